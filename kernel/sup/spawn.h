/* kernel/sup/spawn.h - starting processes: fork and exec, or a fork of the zygote.
 *
 * Every child dies with the kernel (PR_SET_PDEATHSIG) and has its standard error in a pipe that the
 * kernel reads. The kernel is a subreaper, so the zygote's forks become its children. Thread: the loop's. */
#ifndef WK_SUP_SPAWN_H
#define WK_SUP_SPAWN_H
#include <sys/types.h>
#include "kernel/base/base.h"
#include "kernel/sup/zygote_wire.h"

struct wk_spawn {
    const char *program; /* base name next to the kernel's own binary */
    int link_fd;         /* the child's end of its link; kept open in it */
    const char *token_hex;
    const int *fds; /* kept open in the child, at the same number */
    size_t fd_count;
    const char *const *env; /* further NAME=VALUE, NULL-terminated; may be NULL */
};

/* Starts a program. *err_fd is the read end of its standard error; the caller's.
 * Errors: WK_EIO (no process or descriptor left, or the program is missing: then it exits 127). */
wk_err wk_spawn(const struct wk_spawn *spawn, pid_t *pid, int *err_fd);

/* The zygote: a warm isolate host that forks on request. Its control descriptor is the kernel's end of
 * a SOCK_SEQPACKET pair; the answers (wk_zygote_reply) are read by the owner. */
wk_err wk_spawn_zygote(const struct wk_spawn *spawn, pid_t *pid, int *err_fd, int *control_fd);
/* Asks for a fork that gets link_fd. *err_fd as above; the pid comes as a reply. */
wk_err wk_spawn_from_zygote(int control_fd, const struct wk_zygote_request *request, int link_fd, int *err_fd);

/* Directory of the kernel's own binary. Not freed. */
const char *wk_spawn_bin_dir(void);
#endif
