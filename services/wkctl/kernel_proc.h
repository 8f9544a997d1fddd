/* services/wkctl/kernel_proc.h - starting a kernel process, and waiting for one to be gone.
 *
 * Thread: main. */
#ifndef WK_WKCTL_KERNEL_PROC_H
#define WK_WKCTL_KERNEL_PROC_H
#include <sys/types.h>
#include "kernel/base/buf.h"

struct wk_kernel_proc {
    pid_t pid;
    int hold_fd; /* while it is open the kernel stays; -1: the kernel stays anyway */
};

/* Starts wk-kernel, which lies beside this program, on state_dir and waits until it listens. It
 * gets a session of its own, so a Ctrl-C on the terminal does not reach it, and logs to
 * STATE/wk.log. With held it stops by itself when this process ends, however it ends. Errors:
 * WK_EEXISTS, another kernel has that directory; WK_EUNAVAILABLE, it did not come up. *why is
 * then text for a person, to be freed. */
wk_err wk_kernel_proc_start(const char *state_dir, bool held, struct wk_kernel_proc *out,
                            char **why);

/* Watches a process that need not be a child. -1: it is gone already. */
int wk_pid_watch(pid_t pid);
/* Waits until the watched process is gone, at most timeout_ms (-1: without end), and closes the
 * watch if it is. False: it still runs. */
bool wk_pid_wait(int watch_fd, pid_t pid, int timeout_ms);
#endif
