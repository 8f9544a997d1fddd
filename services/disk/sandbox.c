/* Second layer around the directory: even what openat2 would let through stays beneath it.
 * Landlock holds for this thread and those it starts, so it is set before the pool's first. */
#include <fcntl.h>
#include <linux/landlock.h>
#include <sys/syscall.h>
#include <unistd.h>
#include "kernel/base/confine.h"
#include "kernel/base/log.h"
#include "services/disk/disk.h"

#define READING (LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR)
#define WRITING                                                                                \
    (LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_REMOVE_FILE |                          \
     LANDLOCK_ACCESS_FS_REMOVE_DIR | LANDLOCK_ACCESS_FS_MAKE_REG |                             \
     LANDLOCK_ACCESS_FS_MAKE_DIR)
#define NEVER                                                                                  \
    (LANDLOCK_ACCESS_FS_EXECUTE | LANDLOCK_ACCESS_FS_MAKE_CHAR |                               \
     LANDLOCK_ACCESS_FS_MAKE_SOCK | LANDLOCK_ACCESS_FS_MAKE_FIFO |                             \
     LANDLOCK_ACCESS_FS_MAKE_BLOCK | LANDLOCK_ACCESS_FS_MAKE_SYM)

static bool
landlock_set(const char *path, uint64_t allowed)
{
    struct landlock_ruleset_attr ruleset = {.handled_access_fs = READING | WRITING | NEVER};
    struct landlock_path_beneath_attr beneath = {.allowed_access = allowed};
    int fd = (int)syscall(SYS_landlock_create_ruleset, &ruleset, sizeof(ruleset), 0);
    bool set = false;

    if (fd < 0)
        return false; /* the system has none */
    beneath.parent_fd = open(path, O_PATH | O_CLOEXEC);
    if (beneath.parent_fd >= 0)
        set =
            syscall(SYS_landlock_add_rule, fd, LANDLOCK_RULE_PATH_BENEATH, &beneath, 0) == 0 &&
            wk_confine_ruleset(fd);
    close(beneath.parent_fd);
    close(fd);
    return set;
}

void
wk_disk_seal(const char *path, bool writable)
{
    wk_confine_common();
    if (!landlock_set(path, writable ? READING | WRITING : READING))
        wk_log(WK_DEBUG, "disk.landlock", "set=false");
}
