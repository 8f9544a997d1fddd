/* runtime/isolate/call.h - channels, and methods called across workers, for the files of
 * runtime/isolate alone. */
#ifndef WK_RUNTIME_ISOLATE_CALL_H
#define WK_RUNTIME_ISOLATE_CALL_H
#include "runtime/isolate/isolate_priv.h"

#define WK_CALL_BYTES_MAX (32u << 20)
#define WK_CALL_TOO_LARGE                                                                      \
    "Serialized RPC arguments or return values are limited to 32MiB, but the size of this "    \
    "value was: %lu bytes."
/* More than that goes beside the message, as the other side takes it in. */
#define WK_CALL_INLINE_BYTES_MAX (64u << 10)
/* Of all calls and results that are not whole yet. */
#define WK_CALLS_COLLECTED_BYTES_MAX (256u << 20)

/* Reads a channel (host/channel.js): its handle, and the actor behind it; false: a service's.
 * What ref points to stays on the stack. */
bool wk_isolate_arg_channel(duk_context *ctx, duk_idx_t idx, uint32_t *handle,
                            struct wk_actor_ref *ref);
void wk_isolate_call_verbs_init(duk_context *ctx);
/* A piece of arguments, or of a result. */
void wk_isolate_collect(struct wk_exchange *x, const void *data, size_t bytes, bool end);
#endif
