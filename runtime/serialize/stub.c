#include "runtime/serialize/serialize.h"
#include <string.h>
void wk_serialize_init(duk_context *ctx) {}
void wk_serialize(duk_context *ctx, duk_idx_t idx, struct wk_buf *out)
{
    const char *t;
    if (duk_is_function(ctx, idx)) (void)duk_error(ctx, DUK_ERR_ERROR, "could not be cloned.");
    duk_dup(ctx, idx); t = duk_json_encode(ctx, -1); 
    if (t == NULL) t = "null";
    wk_buf_add(out, t, strlen(t)); duk_pop(ctx);
}
void wk_deserialize(duk_context *ctx, const void *data, size_t bytes)
{
    duk_push_lstring(ctx, data, bytes); duk_json_decode(ctx, -1);
}
