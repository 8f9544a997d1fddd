/* runtime/isolate/call.h - channels, and methods called across workers, for the files of
 * runtime/isolate alone. */
#ifndef WK_RUNTIME_ISOLATE_CALL_H
#define WK_RUNTIME_ISOLATE_CALL_H
#include "runtime/isolate/isolate_priv.h"

/* What one message has room for. */
#define WK_CALL_BYTES_MAX (4000u << 10)
#define WK_CALL_TOO_LARGE                                                                      \
    "Serialized RPC arguments or return values are limited to 4000KiB, but the size of this "  \
    "value was: %lu bytes."

/* Reads a channel (host/channel.js): its handle, and the actor behind it; false: a service's.
 * What ref points to stays on the stack. */
bool wk_isolate_arg_channel(duk_context *ctx, duk_idx_t idx, uint32_t *handle,
                            struct wk_actor_ref *ref);
void wk_isolate_call_verbs_init(duk_context *ctx);
#endif
