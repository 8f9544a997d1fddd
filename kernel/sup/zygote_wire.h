/* kernel/sup/zygote_wire.h - what the kernel and the zygote say to each other over their socket pair: two
 * fixed records between two binaries of one build. A request brings two descriptors: the host's standard
 * error and its link. */
#ifndef WK_SUP_ZYGOTE_WIRE_H
#define WK_SUP_ZYGOTE_WIRE_H
#include <stdint.h>

struct wk_zygote_request {
    uint32_t serial;
    char name[128];
    char token_hex[65];
    int32_t kernel_pid;
};
struct wk_zygote_reply {
    uint32_t serial;
    int32_t pid; /* -1: the fork failed */
};
#endif
