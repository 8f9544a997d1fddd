/* What the process may still do: talk to the network and read the files that name resolution
 * and TLS need. With Landlock it can write none. */
#include <linux/landlock.h>
#include <sys/syscall.h>
#include <unistd.h>
#include "kernel/base/confine.h"
#include "kernel/base/log.h"
#include "services/egress/egress.h"

#define NEVER                                                                                  \
    (LANDLOCK_ACCESS_FS_EXECUTE | LANDLOCK_ACCESS_FS_WRITE_FILE |                              \
     LANDLOCK_ACCESS_FS_REMOVE_FILE | LANDLOCK_ACCESS_FS_REMOVE_DIR |                          \
     LANDLOCK_ACCESS_FS_MAKE_REG | LANDLOCK_ACCESS_FS_MAKE_DIR |                               \
     LANDLOCK_ACCESS_FS_MAKE_CHAR | LANDLOCK_ACCESS_FS_MAKE_SOCK |                             \
     LANDLOCK_ACCESS_FS_MAKE_FIFO | LANDLOCK_ACCESS_FS_MAKE_BLOCK |                            \
     LANDLOCK_ACCESS_FS_MAKE_SYM)

void
wk_egress_seal(void)
{
    struct landlock_ruleset_attr ruleset = {.handled_access_fs = NEVER};
    int fd;

    wk_confine_common();
    fd = (int)syscall(SYS_landlock_create_ruleset, &ruleset, sizeof(ruleset), 0);
    if (!wk_confine_ruleset(fd))
        wk_log(WK_DEBUG, "egress.landlock", "set=false");
    if (fd >= 0)
        close(fd);
}
