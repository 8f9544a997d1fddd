/* What a machine does to the storage process of a running system: no memory, no descriptors, a
 * clock that jumps, a stop. What was answered is there afterwards. */
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include "tests/support/preload_faults.h"
#include "tests/system/stored.h"

#define ALLOCATIONS_MAX 3000 /* about what some requests take */
#define ROUNDS 8             /* the kernel waits longer after each death */

static struct wk_test_faults *faults;

static char dir[] = "/tmp/wk-faults-XXXXXX", *library, *state;

static void
setup(void)
{
    char *built = realpath(WK_PRELOAD, NULL);
    int fd;

    cr_assert_not_null(built);
    cr_assert_not_null(mkdtemp(dir));
    library = wk_xasprintf("%s/faults.so", dir);
    state = wk_xasprintf("%s.state", library);
    cr_assert_eq(symlink(built, library), 0);
    free(built);
    fd = open(state, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    cr_assert(fd >= 0 && ftruncate(fd, sizeof(*faults)) == 0);
    faults = mmap(NULL, sizeof(*faults), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    cr_assert_neq(faults, MAP_FAILED);
    close(fd);
    setenv("LD_PRELOAD", library, 1);
    stored_setup();
    unsetenv("LD_PRELOAD");
}

static void
teardown(void)
{
    stored_teardown();
    unlink(library);
    unlink(state);
    rmdir(dir);
    free(library);
    free(state);
}

TestSuite(storage_faults, .init = setup, .fini = teardown, .timeout = 120);

/* The number that an object answers; -1: it failed. */
static long
count(const char *path)
{
    char *answer = stored_get(path), *body = strstr(answer, "\r\n\r\n");
    long n = strncmp(answer, "HTTP/1.1 200", 12) == 0 && body != NULL ? atol(body + 4) : -1;

    free(answer);
    return n;
}

/* Answers again, at the latest when the storage was started anew. */
static long
count_await(const char *path)
{
    uint64_t until = wk_now_ms() + WAIT_MS_MAX;
    long n;

    while ((n = count(path)) < 0)
        cr_assert_lt(wk_now_ms(), until);
    return n;
}

Test(storage_faults, an_allocation_that_fails_loses_nothing_that_was_answered)
{
    long answered = 0, deaths = 0;
    pid_t pid = stored_pid("actor-storage");

    srand(7);
    for (int round = 0; round < ROUNDS; round++) {
        __atomic_store_n(&faults->allocations, 1 + rand() % ALLOCATIONS_MAX, __ATOMIC_RELAXED);
        for (int i = 0; i < 200 && faults->allocations > 0; i++) {
            long n = count("/one/add");

            if (n < 0)
                continue;
            cr_assert_gt(n, answered, "%ld was answered after %ld", n, answered);
            answered = n;
        }
        __atomic_store_n(&faults->allocations, 0, __ATOMIC_RELAXED);
        cr_assert_geq(count_await("/one/count"), answered);
        deaths += stored_pid("actor-storage") != pid;
        pid = stored_pid("actor-storage");
    }
    cr_expect_gt(deaths, 0, "no allocation failed");
    cr_expect_gt(answered, 100);
    stored_stop();
    EXPECT_OUTPUT("nothing is damaged", "repair", ".wk/state/actors");
}

Test(storage_faults, a_storage_without_descriptors_refuses_and_loses_nothing)
{
    pid_t pid = stored_pid("actor-storage");
    struct rlimit few = {12, 12};
    long answered;

    answered = count_await("/one/add");
    cr_assert_eq(prlimit(pid, RLIMIT_NOFILE, &few, NULL), 0);
    EXPECT_FAILURE(111, "actor-storage: ", "backup", "copy");
    cr_expect_eq(count_await("/one/count"), answered);
    cr_expect_gt(count_await("/one/add"), answered);
}

/* At most so many alarms have come; waits for that many. */
static void
alarms_await(long n)
{
    uint64_t until = wk_now_ms() + WAIT_MS_MAX;

    while (count_await("/one/alarms") < n)
        cr_assert_lt(wk_now_ms(), until);
    cr_expect_eq(count_await("/one/alarms"), n);
}

Test(storage_faults, alarms_go_by_the_clock_wherever_it_jumps)
{
    char path[64];
    time_t now = time(NULL);

    snprintf(path, sizeof(path), "/one/alarmAt/%lld", (long long)(now + 3600) * 1000);
    stored_expect(path, "set");
    __atomic_store_n(&faults->clock_s, -365 * 86400, __ATOMIC_RELAXED);
    stored_expect("/one/alarms", "0");
    __atomic_store_n(&faults->clock_s, 3700, __ATOMIC_RELAXED);
    alarms_await(1);
    __atomic_store_n(&faults->clock_s, 3690, __ATOMIC_RELAXED); /* back again: not twice */
    snprintf(path, sizeof(path), "/one/alarmAt/%lld", (long long)(now + 86400) * 1000);
    stored_expect(path, "set");
    __atomic_store_n(&faults->clock_s, 365 * 86400, __ATOMIC_RELAXED);
    alarms_await(2);
}

Test(storage_faults, a_storage_that_stands_still_is_waited_for)
{
    pid_t pid = stored_pid("actor-storage"), child;
    long answered = count_await("/one/add");
    int how;

    cr_assert_eq(kill(pid, SIGSTOP), 0);
    child = fork();
    if (child == 0)
        _exit(count("/one/add") == answered + 1 ? 0 : 1);
    stored_expect("/plain", "plain"); /* all else serves */
    cr_assert_eq(kill(pid, SIGCONT), 0);
    cr_assert_eq(waitpid(child, &how, 0), child);
    cr_expect(WIFEXITED(how) && WEXITSTATUS(how) == 0);
    cr_expect_eq(stored_pid("actor-storage"), pid);
}
