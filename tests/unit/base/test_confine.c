#include "kernel/base/confine.h"

#include <criterion/criterion.h>
#include <dirent.h>
#include <fcntl.h>
#include <linux/landlock.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

/* Runs fn in a child, for it gives up for good; its result is the status. */
static int
in_child(int (*fn)(void))
{
    int status;
    pid_t pid = fork();

    if (pid == 0)
        _exit(fn());
    cr_assert_eq(waitpid(pid, &status, 0), pid);
    cr_assert(WIFEXITED(status), "status %d", status);
    return WEXITSTATUS(status);
}

static int
common(void)
{
    struct rlimit core;

    wk_confine_common();
    if (prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) != 1)
        return 1;
    return getrlimit(RLIMIT_CORE, &core) == 0 && core.rlim_max == 0 ? 0 : 2;
}

Test(confine, no_new_privileges_and_no_core)
{
    cr_expect_eq(in_child(common), 0);
}

static int
files(void)
{
    int before = open("/etc/passwd", O_RDONLY | O_CLOEXEC);
    char c;

    wk_confine_common();
    if (!wk_confine_files())
        return 77;
    if (read(before, &c, 1) != 1)
        return 1;
    if (open("/etc/passwd", O_RDONLY | O_CLOEXEC) >= 0)
        return 2;
    if (open("/tmp/wk-test-confine", O_WRONLY | O_CREAT | O_CLOEXEC, 0600) >= 0)
        return 3;
    if (opendir("/") != NULL)
        return 4;
    if (mkdir("/tmp/wk-test-confine", 0700) == 0)
        return 5;
    if (execl("/bin/true", "true", NULL) == 0)
        return 6;
    return 0;
}

Test(confine, no_file_can_be_opened_by_name_and_descriptors_stay)
{
    bool offered = syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION) > 0;

#ifdef __SANITIZE_ADDRESS__
    offered = false;
#endif
    cr_expect_eq(in_child(files), offered ? 0 : 77);
}
