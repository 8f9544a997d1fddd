#include "services/wkctl/kernel_proc.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define KERNEL_PROGRAM "wk-kernel"
#define START_MS_MAX 10000
#define SAID_BYTES_MAX 8192
#define PID_POLL_MS 10
#define WATCH_NONE (-2) /* no pidfd on this system: look again and again */

/* What the child needs, all made before the fork. */
struct exec_plan {
    char *path, *log, ready_fd[16], hold_fd[16];
    const char *argv[12];
    int said_fd, keep_fd; /* keep_fd: -1 if not held */
};

static char *
kernel_path(void)
{
    char self[PATH_MAX], *slash;
    ssize_t len = readlink("/proc/self/exe", self, sizeof(self) - 1);

    WK_CHECK(len > 0);
    self[len] = '\0';
    if ((slash = strrchr(self, '/')) != NULL)
        *slash = '\0';
    return wk_xasprintf("%s/%s", self, KERNEL_PROGRAM);
}

static void
plan_make(struct exec_plan *plan, const char *state_dir, int said_fd, int keep_fd)
{
    size_t n = 0;

    plan->path = kernel_path();
    plan->log = wk_xasprintf("%s/wk.log", state_dir);
    plan->said_fd = said_fd;
    plan->keep_fd = keep_fd;
    snprintf(plan->ready_fd, sizeof(plan->ready_fd), "%d", said_fd);
    snprintf(plan->hold_fd, sizeof(plan->hold_fd), "%d", keep_fd);
    plan->argv[n++] = KERNEL_PROGRAM;
    plan->argv[n++] = "--state";
    plan->argv[n++] = state_dir;
    plan->argv[n++] = "--log";
    plan->argv[n++] = plan->log;
    plan->argv[n++] = "--ready-fd";
    plan->argv[n++] = plan->ready_fd;
    if (keep_fd >= 0) {
        plan->argv[n++] = "--die-with-fd";
        plan->argv[n++] = plan->hold_fd;
    }
    plan->argv[n] = NULL;
}

/* The child's side, between fork and exec. Until the kernel has its log it complains into the
 * pipe. */
static _Noreturn void
child_exec(const struct exec_plan *plan)
{
    sigset_t none;
    int null_fd = open("/dev/null", O_RDWR);

    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    signal(SIGPIPE, SIG_DFL);
    setsid();
    if (null_fd >= 0) {
        dup2(null_fd, STDIN_FILENO);
        dup2(null_fd, STDOUT_FILENO);
    }
    dup2(plan->said_fd, STDERR_FILENO);
    fcntl(plan->said_fd, F_SETFD, 0);
    if (plan->keep_fd >= 0)
        fcntl(plan->keep_fd, F_SETFD, 0);
    execv(plan->path, (char *const *)(uintptr_t)plan->argv);
    dprintf(STDERR_FILENO, "cannot run %s: %s\n", plan->path, strerror(errno));
    _exit(111);
}

/* Reads until the kernel says "up" (true) or ends; said is then what it complained about. */
static bool
await_up(int fd, struct wk_buf *said)
{
    uint64_t until = wk_now_ms() + START_MS_MAX;

    while (said->len < SAID_BYTES_MAX) {
        struct pollfd poll_fd = {fd, POLLIN, 0};
        uint64_t now = wk_now_ms();
        ssize_t got;

        if (now >= until || poll(&poll_fd, 1, (int)(until - now)) == 0) {
            wk_buf_add_str(said, "it did not come up in time");
            return false;
        }
        wk_buf_reserve(said, 1024);
        got = read(fd, said->data + said->len, 1024);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            break;
        said->len += (size_t)got;
        said->data[said->len] = '\0';
        if (strcmp(said->data, "up\n") == 0 ||
            (said->len > 3 && strstr(said->data, "\nup\n") != NULL))
            return true;
    }
    return false;
}

/* The last line that the kernel said, without its name. */
static char *
said_text(struct wk_buf *said)
{
    static const char prefix[] = KERNEL_PROGRAM ": ";
    char *text;

    wk_buf_reserve(said, 0);
    while (said->len > 0 && said->data[said->len - 1] == '\n')
        said->len--;
    said->data[said->len] = '\0';
    text = strrchr(said->data, '\n');
    text = text != NULL ? text + 1 : said->data;
    if (strncmp(text, prefix, sizeof(prefix) - 1) == 0)
        text += sizeof(prefix) - 1;
    return wk_xstrdup(text[0] != '\0' ? text : "it ended without a word");
}

wk_err
wk_kernel_proc_start(const char *state_dir, bool held, struct wk_kernel_proc *out, char **why)
{
    int said[2] = {-1, -1}, hold[2] = {-1, -1};
    struct exec_plan plan;
    struct wk_buf text = {0};
    bool up = false;

    *why = NULL;
    *out = (struct wk_kernel_proc){.pid = -1, .hold_fd = -1};
    if (pipe2(said, O_CLOEXEC) != 0 || (held && pipe2(hold, O_CLOEXEC) != 0)) {
        *why = wk_xasprintf("cannot make a pipe: %s", strerror(errno));
        return WK_EUNAVAILABLE;
    }
    plan_make(&plan, state_dir, said[1], hold[0]);
    fflush(NULL);
    out->pid = fork();
    if (out->pid == 0)
        child_exec(&plan);
    close(said[1]);
    if (hold[0] >= 0)
        close(hold[0]);
    up = out->pid > 0 && await_up(said[0], &text);
    close(said[0]);
    out->hold_fd = hold[1];
    free(plan.path);
    free(plan.log);
    if (!up) {
        *why = said_text(&text);
        if (out->pid > 0) {
            kill(out->pid, SIGKILL);
            waitpid(out->pid, NULL, 0);
        }
        if (hold[1] >= 0)
            close(hold[1]);
    }
    wk_buf_fini(&text);
    return up ? WK_OK : strncmp(*why, "another kernel", 14) == 0 ? WK_EEXISTS : WK_EUNAVAILABLE;
}

/* ---- waiting for an end ---- */

int
wk_pid_watch(pid_t pid)
{
    int fd = (int)syscall(SYS_pidfd_open, pid, 0u);

    if (fd >= 0)
        return fd;
    return errno == ESRCH ? -1 : WATCH_NONE;
}

bool
wk_pid_wait(int watch_fd, pid_t pid, int timeout_ms)
{
    struct pollfd poll_fd = {watch_fd, POLLIN, 0};
    const struct timespec nap = {0, PID_POLL_MS * 1000000l};
    uint64_t until = wk_now_ms() + (uint64_t)(timeout_ms > 0 ? timeout_ms : 0);

    if (watch_fd == -1)
        return true;
    if (watch_fd >= 0) {
        int ready = poll(&poll_fd, 1, timeout_ms);

        if (ready > 0)
            close(watch_fd);
        return ready > 0;
    }
    while (kill(pid, 0) == 0) {
        if (timeout_ms >= 0 && wk_now_ms() >= until)
            return false;
        nanosleep(&nap, NULL);
    }
    return true;
}
