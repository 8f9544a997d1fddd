/* services/isolate_host/sandbox.h - what a host may still do once a worker's code runs: compute, read and
 * write its link, say something on standard error, and end.
 *
 * Sealing is for good. What the system does not offer is passed over with one warning at most.
 * Thread: the process's only one, before the first line of a worker's code. */
#ifndef WK_ISOLATE_HOST_SANDBOX_H
#define WK_ISOLATE_HOST_SANDBOX_H
#include "kernel/base/base.h"

enum wk_seal_layer {
    WK_SEAL_SYSCALLS = 1, /* a system call that is not on the list kills the process */
    WK_SEAL_FILES = 2,    /* Landlock: no file can be opened by name */
    WK_SEAL_EXEC = 4,     /* no memory can become executable */
    WK_SEAL_FDS = 8,      /* only the descriptors that are needed are open */
};

/* Keeps link_fd, standard output and error, and the loop's own descriptors. memory_limit_bytes is the
 * worker's; 0: address space is not bounded. The result: the layers that hold. */
unsigned wk_host_seal(int link_fd, size_t memory_limit_bytes);
/* All of it but the filter of system calls: what must hold even if the filter let something by. */
unsigned wk_host_seal_limits(int link_fd, size_t memory_limit_bytes);
#endif
