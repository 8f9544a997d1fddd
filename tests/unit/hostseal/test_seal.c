/* A sealed host: every system call has a verdict. Each try is a process of its own. */
#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include "kernel/base/log.h"
#include "services/isolate_host/sandbox.h"

#ifdef __SANITIZE_ADDRESS__
#define SEALS false /* a host under the sanitizers is not sealed */
#else
#define SEALS true
#endif
#define NEEDS_A_FILTER                                                                             \
    if (!SEALS)                                                                                    \
    return
#define SYSCALL_LAST 470

enum verdict { KILLED, REFUSED, DONE };

typedef long try_fn(void);
static int link_fd, self_pid;

/* Seals a child and lets it try; how it ended, as waitpid says. */
static int
try_sealed(try_fn *fn, const long *raw)
{
    int pair[2], status;
    pid_t pid;

    cr_assert_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
    if ((pid = fork()) == 0) {
        long rv;
        int null = open("/dev/null", O_WRONLY);

        dup2(null, STDERR_FILENO); /* a file would be over the limit of files: a host has a pipe */
        link_fd = pair[0];
        self_pid = (int)getpid();
        if (!(wk_host_seal(link_fd, 128u << 20) & WK_SEAL_SYSCALLS))
            _exit(77);
        rv = fn != NULL ? fn() : syscall(raw[0], raw[1], raw[2], raw[3], raw[4], raw[5], raw[6]);
        syscall(SYS_exit_group, rv == -1 ? 1 : 0);
    }
    cr_assert(pid > 0);
    cr_assert_eq(waitpid(pid, &status, 0), pid);
    close(pair[0]);
    close(pair[1]);
    return status;
}

static enum verdict
verdict_of(int status)
{
    cr_assert_not(WIFEXITED(status) && WEXITSTATUS(status) == 77, "system calls cannot be filtered here");
    if (WIFSIGNALED(status) && WTERMSIG(status) == SIGSYS)
        return KILLED;
    return WIFEXITED(status) && WEXITSTATUS(status) == 0 ? DONE : REFUSED;
}

/* What a host may call, whatever comes of it with arguments that are all zero. */
static bool
is_listed(long nr)
{
    static const long listed[] = {
        SYS_read, SYS_readv, SYS_recvfrom, SYS_write, SYS_writev, SYS_shutdown, SYS_close, SYS_sendto,
        SYS_poll,
        SYS_epoll_wait, SYS_epoll_pwait, SYS_epoll_ctl, SYS_restart_syscall, SYS_clock_nanosleep, SYS_nanosleep,
        SYS_sched_yield, SYS_futex, SYS_clock_gettime, SYS_clock_getres, SYS_gettimeofday, SYS_time, SYS_getrandom,
        SYS_munmap, SYS_mremap, SYS_madvise, SYS_brk, SYS_mprotect, SYS_exit, SYS_exit_group, SYS_rt_sigreturn,
        SYS_rt_sigprocmask, SYS_getpid, SYS_gettid,
    };

    for (size_t i = 0; i < WK_COUNT(listed); i++)
        if (listed[i] == nr)
            return true;
    return false;
}

TestSuite(seal, .timeout = 60);

Test(seal, every_system_call_kills_but_the_listed)
{
    NEEDS_A_FILTER;
    for (long nr = 0; nr <= SYSCALL_LAST; nr++) {
        enum verdict v = verdict_of(try_sealed(NULL, (const long[7]){nr}));

        if (is_listed(nr))
            cr_expect_neq(v, KILLED, "system call %ld is on the list", nr);
        else if (nr == 335 || nr == 336) /* uretprobe, uprobe: no filter sees them; SIGILL but from a probe */
            cr_expect_neq(v, DONE, "system call %ld", nr);
        else
            cr_expect_eq(v, KILLED, "system call %ld is not on the list", nr);
    }
}

Test(seal, system_calls_of_the_other_abis_kill)
{
    NEEDS_A_FILTER;
    cr_expect_eq(verdict_of(try_sealed(NULL, (const long[7]){0x40000000 | SYS_getpid})), KILLED); /* x32 */
}

/* ---- by name, with arguments that would do harm ---- */

static long by_open(void) { return open("/etc/passwd", O_RDONLY); }
static long by_openat(void) { return syscall(SYS_openat, AT_FDCWD, "/proc/1/mem", O_RDWR, 0); }
static long by_creat(void) { return syscall(SYS_creat, "/tmp/wk-seal-test", 0600); }
static long by_socket(void) { return socket(AF_INET, SOCK_STREAM, 0); }
static long by_unix_socket(void) { return socket(AF_UNIX, SOCK_DGRAM, 0); }
static long by_connect(void)
{
    struct sockaddr_un to = {.sun_family = AF_UNIX, .sun_path = "/run/x"};

    return connect(link_fd, (struct sockaddr *)&to, sizeof(to));
}
static long by_sendto_address(void)
{
    struct sockaddr_un to = {.sun_family = AF_UNIX, .sun_path = "/run/x"};

    return sendto(link_fd, "x", 1, MSG_DONTWAIT, (struct sockaddr *)&to, sizeof(to));
}
static long by_passing_fds(void)
{
    struct msghdr msg = {0};

    return sendmsg(link_fd, &msg, MSG_DONTWAIT);
}
static long by_fork(void) { return syscall(SYS_fork); }
static long by_clone(void) { return syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0); }
static long by_thread(void) { return syscall(SYS_clone, CLONE_VM | CLONE_THREAD | CLONE_SIGHAND, 0, 0, 0, 0); }
static long by_exec(void) { return execl("/bin/true", "true", NULL); }
static long by_ptrace(void) { return ptrace(PTRACE_ATTACH, getppid(), 0, 0); }
static long by_kill_all(void) { return kill(-1, 0); }
static long by_kill_kernel(void) { return syscall(SYS_kill, 1, 0); }
static long by_tgkill_other(void) { return syscall(SYS_tgkill, 1, 1, 0); }
static long by_io_uring(void) { return syscall(SYS_io_uring_setup, 1, NULL); }
static long by_bpf(void) { return syscall(SYS_bpf, 0, NULL, 0); }
static long by_userfaultfd(void) { return syscall(SYS_userfaultfd, 0); }
static long by_keyctl(void) { return syscall(SYS_keyctl, 0, 0, 0, 0, 0); }
static long by_perf(void) { return syscall(SYS_perf_event_open, NULL, 0, -1, -1, 0); }
static long by_mount(void) { return mount("none", "/tmp", "tmpfs", 0, NULL); }
static long by_unshare(void) { return unshare(CLONE_NEWUSER); }
static long by_setns(void) { return setns(0, 0); }
static long by_read_memory(void) { return syscall(SYS_process_vm_readv, getppid(), NULL, 0, NULL, 0, 0); }
static long by_write_memory(void) { return syscall(SYS_process_vm_writev, getppid(), NULL, 0, NULL, 0, 0); }
static long by_memfd(void) { return memfd_create("x", 0); }
static long by_mmap_exec(void)
{
    return mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) == MAP_FAILED ? -1 : 0;
}
static long by_mmap_file(void) { return mmap(NULL, 4096, PROT_READ, MAP_PRIVATE, 0, 0) == MAP_FAILED ? -1 : 0; }
static long by_mprotect_exec(void)
{
    return mprotect((void *)((uintptr_t)&link_fd & ~(uintptr_t)4095), 4096, PROT_READ | PROT_EXEC);
}
static long by_pkey_mprotect(void) { return syscall(SYS_pkey_mprotect, 0, 4096, PROT_EXEC, -1); }
static long by_ioctl(void) { return syscall(SYS_ioctl, 0, 0x5412, "x"); } /* TIOCSTI */
static long by_prctl(void) { return prctl(PR_SET_DUMPABLE, 1, 0, 0, 0); }
static long by_rlimit(void) { return syscall(SYS_prlimit64, 0, RLIMIT_AS, NULL, NULL); }
static long by_chdir(void) { return chdir("/"); }
static long by_unlink(void) { return unlink("/tmp/none"); }
static long by_shm(void) { return syscall(SYS_shmget, 0, 4096, 0600); }
static long by_pidfd(void) { return syscall(SYS_pidfd_open, getppid(), 0); }
static long by_getppid(void) { return syscall(SYS_getppid); }
static long by_uname(void) { return syscall(SYS_uname, NULL); }
static long by_setuid(void) { return syscall(SYS_setuid, 0); }
static long by_sigaction(void) { return syscall(SYS_rt_sigaction, SIGSYS, NULL, NULL, 8); }
static long by_timer(void) { return syscall(SYS_timer_create, CLOCK_MONOTONIC, NULL, NULL); }
static long by_seccomp(void) { return syscall(SYS_seccomp, 0, 0, NULL); }
static long by_dup(void) { return dup(link_fd); }

Test(seal, what_would_reach_outside_kills)
{
    NEEDS_A_FILTER;
    static const struct {
        const char *name;
        try_fn *fn;
    } harm[] = {
#define ROW(fn) {#fn, fn}
        ROW(by_open), ROW(by_openat), ROW(by_creat), ROW(by_socket), ROW(by_unix_socket), ROW(by_connect),
        ROW(by_sendto_address), ROW(by_passing_fds), ROW(by_fork), ROW(by_clone), ROW(by_thread), ROW(by_exec),
        ROW(by_ptrace), ROW(by_kill_all), ROW(by_kill_kernel), ROW(by_tgkill_other), ROW(by_io_uring), ROW(by_bpf),
        ROW(by_userfaultfd), ROW(by_keyctl), ROW(by_perf), ROW(by_mount), ROW(by_unshare), ROW(by_setns),
        ROW(by_read_memory), ROW(by_write_memory), ROW(by_memfd), ROW(by_mmap_exec), ROW(by_mmap_file),
        ROW(by_mprotect_exec), ROW(by_pkey_mprotect), ROW(by_ioctl), ROW(by_prctl), ROW(by_rlimit), ROW(by_chdir),
        ROW(by_unlink), ROW(by_shm), ROW(by_pidfd), ROW(by_getppid), ROW(by_uname), ROW(by_setuid),
        ROW(by_sigaction), ROW(by_timer), ROW(by_seccomp), ROW(by_dup),
#undef ROW
    };

    for (size_t i = 0; i < WK_COUNT(harm); i++)
        cr_expect_eq(verdict_of(try_sealed(harm[i].fn, NULL)), KILLED, "%s", harm[i].name);
}

/* ---- what a host lives on ---- */

static long can_say(void) { return send(link_fd, "x", 1, MSG_NOSIGNAL | MSG_DONTWAIT) == 1 ? 0 : -1; }
static long
can_allocate(void)
{
    char *p = malloc(64u << 20);

    if (p == NULL)
        return -1;
    p[32u << 20] = 1;
    free(p);
    return 0;
}
static long
can_tell_time(void)
{
    struct timespec ts;

    return clock_gettime(CLOCK_THREAD_CPUTIME_ID, &ts);
}
static long
can_tell_date(void)
{
    struct tm tm = {.tm_year = 120, .tm_mon = 6, .tm_mday = 1};
    char text[64];

    return mktime(&tm) != (time_t)-1 && strftime(text, sizeof(text), "%c %Z", &tm) > 0 ? 0 : -1;
}
static int compare(const void *a, const void *b) { return *(const int *)a - *(const int *)b; }
static long
can_sort(void)
{
    static int many[100000];

    qsort(many, WK_COUNT(many), sizeof(many[0]), compare);
    return 0;
}
static long
can_log(void)
{
    wk_log(WK_DEBUG, "seal.test", "%s", "");
    return fprintf(stderr, "%s", "") < 0 ? -1 : 0;
}

Test(seal, what_a_host_lives_on_works)
{
    NEEDS_A_FILTER;
    cr_expect_eq(verdict_of(try_sealed(can_say, NULL)), DONE);
    cr_expect_eq(verdict_of(try_sealed(can_allocate, NULL)), DONE);
    cr_expect_eq(verdict_of(try_sealed(can_tell_time, NULL)), DONE);
    cr_expect_eq(verdict_of(try_sealed(can_tell_date, NULL)), DONE);
    cr_expect_eq(verdict_of(try_sealed(can_sort, NULL)), DONE);
    cr_expect_eq(verdict_of(try_sealed(can_log, NULL)), DONE);
}

static long dies_of_check(void)
{
    WK_CHECK(self_pid == 0);
    return 0;
}

Test(seal, a_failed_check_still_ends_by_abort)
{
    NEEDS_A_FILTER;
    int status = try_sealed(dies_of_check, NULL);

    cr_expect(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT, "status %d", status);
}

/* Takes more than the worker's limit and what is beside it. */
static long
takes_too_much(void)
{
    return malloc(2ull << 30) == NULL ? -1 : 0;
}

Test(seal, address_space_is_bounded)
{
    NEEDS_A_FILTER;
    cr_expect_eq(verdict_of(try_sealed(takes_too_much, NULL)), REFUSED);
}

/* ---- the layers below the filter, each by itself: a filter that lets something by must not be alone ---- */

static unsigned layers;

static void
without_filter(void (*fn)(int stray))
{
    int pair[2], status, stray = open("/etc/passwd", O_RDONLY);
    pid_t pid;

    cr_assert_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
    if ((pid = fork()) == 0) {
        layers = wk_host_seal_limits(pair[0], 128u << 20);
        fn(stray);
        _exit(0);
    }
    cr_assert_eq(waitpid(pid, &status, 0), pid);
    cr_expect(WIFEXITED(status) && WEXITSTATUS(status) == 0, "status %d", status);
    close(stray);
    close(pair[0]);
    close(pair[1]);
}

static void
stray_descriptor_is_closed(int stray)
{
    char c;

    if (read(stray, &c, 1) >= 0 || errno != EBADF)
        _exit(1);
    if (read(STDIN_FILENO, &c, 1) != 0) /* /dev/null */
        _exit(2);
}

static void
nothing_opens_or_gains(int stray)
{
    if (prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) != 1 || prctl(PR_GET_DUMPABLE, 0, 0, 0, 0) != 0)
        _exit(1);
    if (layers & WK_SEAL_FILES && open("/etc/passwd", O_RDONLY) >= 0)
        _exit(2);
    if (layers & WK_SEAL_EXEC &&
        mmap(NULL, 4096, PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) != MAP_FAILED)
        _exit(3);
}

Test(seal, only_the_needed_descriptors_stay_open)
{
    without_filter(stray_descriptor_is_closed);
}

Test(seal, files_and_executable_memory_are_refused_below_the_filter)
{
    without_filter(nothing_opens_or_gains);
}
