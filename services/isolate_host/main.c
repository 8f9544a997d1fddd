/* wk-isolate-host: the zygote. A warm isolate that the kernel has forked into hosts.
 *
 * Descriptor 3 is the kernel's control socket: a wk_zygote_request with the host's standard error comes in,
 * a wk_zygote_reply goes out. The host is made a child of the kernel: the zygote forks a go-between that
 * forks the host and ends, and the kernel is the subreaper above both. */
#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>
#include <unicode/putil.h>
#include <unicode/udata.h>
#include "kernel/base/events.h"
#include "kernel/base/log.h"
#include "kernel/sup/zygote_wire.h"
#include "services/isolate_host/host.h"

#define CONTROL_FD 3

static struct wk_isolate *isolate;

static _Noreturn void
become_host(const struct wk_zygote_request *request, int err_fd, int link_fd)
{
    char name[16], url[16];

    close(CONTROL_FD);
    dup2(err_fd, STDERR_FILENO);
    dup2(err_fd, STDOUT_FILENO);
    close(err_fd);
    while (getppid() != request->kernel_pid) { /* until the go-between is gone */
        if (kill(request->kernel_pid, 0) != 0)
            _exit(111);
        sched_yield();
    }
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != request->kernel_pid)
        _exit(111);
    snprintf(name, sizeof(name), "wk:%.12s", request->name);
    prctl(PR_SET_NAME, name);
    snprintf(url, sizeof(url), "fd:%d", link_fd);
    WK_EVENTS_OPEN('H', "isolate-host");
    wk_host_run(isolate, url, request->token_hex);
}

static void
fork_host(const struct wk_zygote_request *request, int err_fd, int link_fd)
{
    struct wk_zygote_reply reply = {.serial = request->serial, .pid = -1};
    pid_t between = fork();

    if (between == 0) {
        pid_t pid = fork();

        if (pid == 0)
            become_host(request, err_fd, link_fd);
        reply.pid = pid;
        _exit(send(CONTROL_FD, &reply, sizeof(reply), 0) == (ssize_t)sizeof(reply) ? 0 : 1);
    }
    if (between < 0 && send(CONTROL_FD, &reply, sizeof(reply), 0) < 0)
        _exit(111);
    waitpid(between, NULL, 0);
}

/* One request; false when the kernel is gone. */
static bool
serve_one(void)
{
    struct wk_zygote_request request;
    union {
        char bytes[CMSG_SPACE(2 * sizeof(int))];
        struct cmsghdr align;
    } control;
    struct iovec iov = {&request, sizeof(request)};
    struct msghdr msg = {
        .msg_iov = &iov, .msg_iovlen = 1, .msg_control = control.bytes, .msg_controllen = sizeof(control.bytes)};
    struct cmsghdr *cmsg;
    ssize_t got = recvmsg(CONTROL_FD, &msg, MSG_CMSG_CLOEXEC);
    int fds[2];

    if (got < 0 && errno == EINTR)
        return true;
    if (got != (ssize_t)sizeof(request) || (cmsg = CMSG_FIRSTHDR(&msg)) == NULL)
        return false;
    if (cmsg->cmsg_len != CMSG_LEN(sizeof(fds)))
        return false;
    memcpy(fds, CMSG_DATA(cmsg), sizeof(fds));
    fork_host(&request, fds[0], fds[1]);
    close(fds[0]);
    close(fds[1]);
    return true;
}

int
main(void)
{
    struct rlimit stack = {8u << 20, 8u << 20};
    UErrorCode icu = U_ZERO_ERROR;

    setrlimit(RLIMIT_STACK, &stack);
    udata_setFileAccess(UDATA_NO_FILES, &icu); /* its tables are in its library; a host can open no file */
    u_setTimeZoneFilesDirectory("", &icu);     /* these it looks for all the same */
    isolate = wk_isolate_new();
    while (serve_one())
        continue;
    return 0;
}
