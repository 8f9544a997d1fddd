#include "services/isolate_host/sandbox.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <seccomp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>
#include "kernel/base/confine.h"
#include "kernel/base/events.h"
#include "kernel/base/log.h"

#ifndef PR_SET_MDWE
#define PR_SET_MDWE 65
#define PR_MDWE_REFUSE_EXEC_GAIN 1
#endif
#define FDS_MAX 64
#define OVERHEAD_BYTES (512ull << 20) /* address space beside the heap: code, shared heap, buffers */

/* ---- descriptors ---- */

/* epoll and eventfd of the loop: they lead nowhere. */
static bool
fd_is_of_loop(int fd)
{
    char path[32], target[64];
    ssize_t len;

    snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
    len = readlink(path, target, sizeof(target) - 1);
    if (len < 0)
        return false;
    target[len] = '\0';
    return strcmp(target, "anon_inode:[eventpoll]") == 0 || strcmp(target, "anon_inode:[eventfd]") == 0 ||
           strncmp(target, "pipe:", 5) == 0; /* libuv's own, where it wakes itself by a pipe */
}

/* Closes everything else, and what standard input is. */
static bool
close_others(int link_fd)
{
    DIR *dir = opendir("/proc/self/fd");
    int others[FDS_MAX], count = 0, null = open("/dev/null", O_RDONLY | O_CLOEXEC);
    struct dirent *e;

    if (null >= 0) {
        dup2(null, STDIN_FILENO);
        close(null);
    } else {
        close(STDIN_FILENO);
    }
    if (dir == NULL)
        return false;
    while ((e = readdir(dir)) != NULL && count < FDS_MAX) {
        int fd = atoi(e->d_name);

        if (fd > STDERR_FILENO && fd != link_fd && fd != WK_EVENTS_FD && fd != dirfd(dir) &&
            !fd_is_of_loop(fd))
            others[count++] = fd;
    }
    closedir(dir);
    for (int i = 0; i < count; i++)
        close(others[i]);
    return count < FDS_MAX;
}

/* ---- limits ---- */

#ifdef __SANITIZE_ADDRESS__
static size_t
address_space_bytes(void)
{
    return 0; /* unbounded: the sanitizer's shadow takes terabytes */
}
#else
static size_t
address_space_bytes(void)
{
    FILE *f = fopen("/proc/self/statm", "re");
    size_t pages = 0;

    if (f == NULL)
        return 0;
    if (fscanf(f, "%zu", &pages) != 1)
        pages = 0;
    fclose(f);
    return pages * (size_t)sysconf(_SC_PAGESIZE);
}
#endif

static void
limit(int what, rlim_t most)
{
    const struct rlimit value = {most, most};

    setrlimit((__rlimit_resource_t)what, &value);
}

static void
set_limits(size_t memory_limit_bytes)
{
    size_t now = address_space_bytes();

#ifndef __SANITIZE_ADDRESS__
    if (WK_EVENTS_FD < 0)
        limit(RLIMIT_FSIZE,
              0); /* standard error is a pipe; a sanitizer's report may be a file */
#endif
    limit(RLIMIT_NPROC, 0);
    limit(RLIMIT_NOFILE, FDS_MAX);
    limit(RLIMIT_MEMLOCK, 0);
    limit(RLIMIT_MSGQUEUE, 0);
    if (memory_limit_bytes > 0 && now > 0)
        limit(RLIMIT_AS, now + 2 * memory_limit_bytes + OVERHEAD_BYTES);
}

/* ---- system calls ---- */

#ifdef __SANITIZE_ADDRESS__
static bool
filter_syscalls(void)
{
    return false; /* the sanitizers' runtime asks for more */
}
#else
#define NO_EXEC SCMP_A2_32(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0)

/* Whatever else is asked for kills the process: the kernel hears of it as signal 31. */
static int
allow_list(scmp_filter_ctx ctx)
{
    static const int always[] = {
        /* the link and standard error */
        SCMP_SYS(read), SCMP_SYS(readv), SCMP_SYS(recvfrom), SCMP_SYS(write), SCMP_SYS(writev), SCMP_SYS(shutdown),
        SCMP_SYS(close),
        /* a wait for one answer on the link */
        SCMP_SYS(poll),
        /* the loop */
        SCMP_SYS(epoll_wait), SCMP_SYS(epoll_pwait), SCMP_SYS(epoll_ctl), SCMP_SYS(restart_syscall),
        SCMP_SYS(clock_nanosleep), SCMP_SYS(nanosleep), SCMP_SYS(sched_yield), SCMP_SYS(futex),
        /* clocks, where the vDSO has none: the processor's time always asks the kernel */
        SCMP_SYS(clock_gettime), SCMP_SYS(clock_getres), SCMP_SYS(gettimeofday), SCMP_SYS(time),
        SCMP_SYS(getrandom),
        /* memory; mmap and mprotect below */
        SCMP_SYS(munmap), SCMP_SYS(mremap), SCMP_SYS(madvise), SCMP_SYS(brk),
        /* the end */
        SCMP_SYS(exit), SCMP_SYS(exit_group), SCMP_SYS(rt_sigreturn), SCMP_SYS(rt_sigprocmask),
        SCMP_SYS(getpid), SCMP_SYS(gettid),
    };
    int rv = 0;

    for (size_t i = 0; i < WK_COUNT(always); i++)
        rv |= seccomp_rule_add(ctx, SCMP_ACT_ALLOW, always[i], 0);
    /* to the peer of the link, and to nobody else */
    rv |= seccomp_rule_add(ctx, SCMP_ACT_ALLOW, SCMP_SYS(sendto), 1, SCMP_A4_64(SCMP_CMP_EQ, 0));
    rv |= seccomp_rule_add(ctx, SCMP_ACT_ALLOW, SCMP_SYS(mmap), 2, NO_EXEC,
                           SCMP_A3_32(SCMP_CMP_MASKED_EQ, MAP_ANONYMOUS, MAP_ANONYMOUS));
    rv |= seccomp_rule_add(ctx, SCMP_ACT_ALLOW, SCMP_SYS(mprotect), 1, NO_EXEC);
    /* abort(): a signal to itself */
    rv |= seccomp_rule_add(ctx, SCMP_ACT_ALLOW, SCMP_SYS(tgkill), 1, SCMP_A0_32(SCMP_CMP_EQ, (unsigned)getpid()));
    return rv;
}

static bool
filter_syscalls(void)
{
    scmp_filter_ctx ctx = seccomp_init(SCMP_ACT_KILL_PROCESS);
    bool done;

    if (ctx == NULL)
        return false;
    done = seccomp_attr_set(ctx, SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_KILL_PROCESS) == 0 &&
           seccomp_attr_set(ctx, SCMP_FLTATR_CTL_OPTIMIZE, 2) == 0 && allow_list(ctx) == 0 && seccomp_load(ctx) == 0;
    seccomp_release(ctx);
    return done;
}
#endif

static int
compare_bytes(const void *a, const void *b)
{
    return *(const char *)a - *(const char *)b;
}

/* What the C library looks up at its first use, it looks up now or never. */
static void
preload(void)
{
    char enough[2048] = {0}; /* so many that qsort asks how much memory there is */

    setenv("TZ", ":/etc/localtime", 0); /* unset, every mktime would look at the file again */
    tzset();
    qsort(enough, sizeof(enough), 1, compare_bytes);
}

unsigned
wk_host_seal_limits(int link_fd, size_t memory_limit_bytes)
{
    unsigned layers = 0;

    preload();
    wk_confine_common();
    if (close_others(link_fd))
        layers |= WK_SEAL_FDS;
    set_limits(memory_limit_bytes);
    prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
    if (wk_confine_files())
        layers |= WK_SEAL_FILES;
    if (prctl(PR_SET_MDWE, PR_MDWE_REFUSE_EXEC_GAIN, 0, 0, 0) == 0)
        layers |= WK_SEAL_EXEC;
    return layers;
}

unsigned
wk_host_seal(int link_fd, size_t memory_limit_bytes)
{
    unsigned layers = wk_host_seal_limits(link_fd, memory_limit_bytes);

    if (filter_syscalls())
        layers |= WK_SEAL_SYSCALLS;
    else
        wk_log(WK_WARN, "host.not_sealed", "reason=\"system calls cannot be filtered here\"");
    return layers;
}
