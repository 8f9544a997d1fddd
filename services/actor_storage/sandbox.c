/* The directory is not all it may write to: backups go where the operator says. But it runs no
 * program and makes nothing but plain files and directories. Landlock holds for this thread and
 * those it starts, so it is set before the pool's first. */
#include <linux/landlock.h>
#include <sys/syscall.h>
#include <unistd.h>
#include "kernel/base/confine.h"
#include "kernel/base/log.h"
#include "services/actor_storage/actor_storage.h"

#define NEVER                                                                                  \
    (LANDLOCK_ACCESS_FS_EXECUTE | LANDLOCK_ACCESS_FS_MAKE_CHAR |                               \
     LANDLOCK_ACCESS_FS_MAKE_SOCK | LANDLOCK_ACCESS_FS_MAKE_FIFO |                             \
     LANDLOCK_ACCESS_FS_MAKE_BLOCK | LANDLOCK_ACCESS_FS_MAKE_SYM)

void
wk_daemon_seal(void)
{
    struct landlock_ruleset_attr ruleset = {.handled_access_fs = NEVER};
    int fd = (int)syscall(SYS_landlock_create_ruleset, &ruleset, sizeof(ruleset), 0);

    wk_confine_common();
    if (!wk_confine_ruleset(fd))
        wk_log(WK_DEBUG, "storage.landlock", "set=false");
    if (fd >= 0)
        close(fd);
}
