#include "kernel/base/confine.h"

#include <linux/landlock.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

void
wk_confine_common(void)
{
    const struct rlimit none = {0, 0};

    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    setrlimit(RLIMIT_CORE, &none);
}

#ifdef __SANITIZE_ADDRESS__
bool
wk_confine_files(void)
{
    return false; /* the sanitizers read files about the process when they have found something */
}

bool
wk_confine_ruleset(int fd)
{
    return false;
}
#else
/* The rights on files that Landlock of that version knows: each version added bits at the top. */
static uint64_t
landlock_files(long version)
{
    static const uint8_t bits[] = {0, 13, 14, 15, 15, 16};

    return (UINT64_C(1) << bits[version < (long)WK_COUNT(bits) ? (size_t)version : WK_COUNT(bits) - 1]) - 1;
}

bool
wk_confine_files(void)
{
    long version = syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);
    struct landlock_ruleset_attr attr = {0};
    int fd;
    bool done;

    if (version < 1)
        return false;
    attr.handled_access_fs = landlock_files(version);
    fd = (int)syscall(SYS_landlock_create_ruleset, &attr, sizeof(attr), 0);
    if (fd < 0)
        return false;
    done = wk_confine_ruleset(fd); /* no rule: nothing is allowed */
    close(fd);
    return done;
}

bool
wk_confine_ruleset(int fd)
{
    return fd >= 0 && syscall(SYS_landlock_restrict_self, fd, 0) == 0;
}
#endif
