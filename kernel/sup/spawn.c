#include "kernel/sup/spawn.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#define ENV_MAX 48
#define ZYGOTE_FD 3

const char *
wk_spawn_bin_dir(void)
{
    static char dir[PATH_MAX];
    ssize_t len;
    char *slash;

    if (dir[0] != '\0')
        return dir;
    len = readlink("/proc/self/exe", dir, sizeof(dir) - 1);
    WK_CHECK(len > 0);
    dir[len] = '\0';
    if ((slash = strrchr(dir, '/')) != NULL)
        *slash = '\0';
    return dir;
}

/* The child's side, between fork and exec: only what is safe there. */
static _Noreturn void
child_exec(const struct wk_spawn *spawn, const char *path, char *const envp[], int err_fd, int zygote_fd,
           pid_t kernel_pid)
{
    char *argv[] = {(char *)(uintptr_t)spawn->program, NULL};
    sigset_t none;

    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    signal(SIGPIPE, SIG_IGN);
    setsid(); /* a Ctrl-C on the terminal is wkctl's to deal with */
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != kernel_pid)
        _exit(111);
    dup2(err_fd, STDERR_FILENO);
    dup2(err_fd, STDOUT_FILENO);
    if (zygote_fd >= 0) {
        if (zygote_fd == ZYGOTE_FD)
            fcntl(zygote_fd, F_SETFD, 0);
        else
            dup2(zygote_fd, ZYGOTE_FD);
    }
    if (spawn->link_fd >= 0)
        fcntl(spawn->link_fd, F_SETFD, 0);
    for (size_t i = 0; i < spawn->fd_count; i++)
        fcntl(spawn->fds[i], F_SETFD, 0);
    execve(path, argv, envp);
    _exit(127);
}

static size_t
child_env(const struct wk_spawn *spawn, char *envp[ENV_MAX + 1])
{
    static const char *const kept[] = {"PATH", "HOME", "LANG", "TZ", "WK_LIB_DIR", "ASAN_OPTIONS",
                                       "UBSAN_OPTIONS", "LSAN_OPTIONS", "LD_PRELOAD", "NO_COLOR",
#ifdef WK_FAULTS
                                       "WK_FAULT", "WK_MUTANT", "WK_EVENTS",
#endif
    };
    size_t n = 0;

    envp[n++] = wk_xasprintf("WK_LINK_URL=fd:%d", spawn->link_fd);
    envp[n++] = wk_xasprintf("WK_LINK_TOKEN=%s", spawn->token_hex);
    for (size_t i = 0; i < WK_COUNT(kept); i++)
        if (getenv(kept[i]) != NULL)
            envp[n++] = wk_xasprintf("%s=%s", kept[i], getenv(kept[i]));
    for (size_t i = 0; spawn->env != NULL && spawn->env[i] != NULL && n < ENV_MAX; i++)
        envp[n++] = wk_xstrdup(spawn->env[i]);
    envp[n] = NULL;
    return n;
}

static wk_err
spawn_process(const struct wk_spawn *spawn, int zygote_fd, pid_t *pid, int *err_fd)
{
    char *path = wk_xasprintf("%s/%s", wk_spawn_bin_dir(), spawn->program);
    char *envp[ENV_MAX + 1];
    size_t env_count = child_env(spawn, envp);
    pid_t self = getpid();
    int err_pipe[2];
    wk_err err = WK_EIO;

    *err_fd = -1;
    if (pipe2(err_pipe, O_CLOEXEC) != 0)
        goto out;
    *pid = fork();
    if (*pid == 0)
        child_exec(spawn, path, envp, err_pipe[1], zygote_fd, self);
    close(err_pipe[1]);
    if (*pid < 0) {
        close(err_pipe[0]);
        goto out;
    }
    *err_fd = err_pipe[0];
    err = WK_OK;
out:
    for (size_t i = 0; i < env_count; i++)
        free(envp[i]);
    free(path);
    return err;
}

wk_err
wk_spawn(const struct wk_spawn *spawn, pid_t *pid, int *err_fd)
{
    return spawn_process(spawn, -1, pid, err_fd);
}

wk_err
wk_spawn_zygote(const struct wk_spawn *spawn, pid_t *pid, int *err_fd, int *control_fd)
{
    int pair[2];
    wk_err err;

    *control_fd = -1;
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) != 0)
        return WK_EIO;
    err = spawn_process(spawn, pair[1], pid, err_fd);
    close(pair[1]);
    if (err == WK_OK)
        *control_fd = pair[0];
    else
        close(pair[0]);
    return err;
}

wk_err
wk_spawn_from_zygote(int control_fd, const struct wk_zygote_request *request, int link_fd, int *err_fd)
{
    union {
        char bytes[CMSG_SPACE(2 * sizeof(int))];
        struct cmsghdr align;
    } control = {0};
    struct iovec iov = {(void *)(uintptr_t)request, sizeof(*request)};
    struct msghdr msg = {.msg_iov = &iov,
                         .msg_iovlen = 1,
                         .msg_control = control.bytes,
                         .msg_controllen = sizeof(control.bytes)};
    struct cmsghdr *cmsg = CMSG_FIRSTHDR(&msg);
    int err_pipe[2];
    ssize_t sent;

    *err_fd = -1;
    if (pipe2(err_pipe, O_CLOEXEC) != 0)
        return WK_EIO;
    cmsg->cmsg_level = SOL_SOCKET;
    cmsg->cmsg_type = SCM_RIGHTS;
    cmsg->cmsg_len = CMSG_LEN(2 * sizeof(int));
    memcpy(CMSG_DATA(cmsg), (int[]){err_pipe[1], link_fd}, 2 * sizeof(int));
    sent = sendmsg(control_fd, &msg, MSG_NOSIGNAL | MSG_DONTWAIT);
    close(err_pipe[1]);
    if (sent != (ssize_t)sizeof(*request)) {
        close(err_pipe[0]);
        return WK_EUNAVAILABLE;
    }
    *err_fd = err_pipe[0];
    return WK_OK;
}
