/* The system's functions as a failing disk would do them: these stand before the C library's.
 */
#include "fixture.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <unistd.h>

int fail_fdatasync_in;
uint64_t pretended_free_bytes;
int die_at_sync;

/* Everything that was written so far is in the system's memory, so a kill between two of these
 * is what all others between them are. */
static void
count_sync(void)
{
    if (die_at_sync > 0 && --die_at_sync == 0)
        kill(getpid(), SIGKILL);
}

static bool
is_journal(int fd)
{
    char link[64], path[512] = {0};

    snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
    return readlink(link, path, sizeof(path) - 1) > 0 && strstr(path, "/journal.") != NULL;
}

int
fsync(int fd)
{
    count_sync();
    return (int)syscall(SYS_fsync, fd);
}

int
fdatasync(int fd)
{
    count_sync();
    if (fail_fdatasync_in > 0 && is_journal(fd) && --fail_fdatasync_in == 0) {
        errno = EIO;
        return -1;
    }
    return (int)syscall(SYS_fdatasync, fd);
}

int
fstatvfs(int fd, struct statvfs *out)
{
    struct statfs st;

    if (fstatfs(fd, &st) != 0)
        return -1;
    *out = (struct statvfs){.f_bsize = (unsigned long)st.f_bsize,
                            .f_frsize = (unsigned long)st.f_frsize,
                            .f_bavail = st.f_bavail};
    if (pretended_free_bytes > 0)
        out->f_bavail = pretended_free_bytes / out->f_frsize;
    return 0;
}
