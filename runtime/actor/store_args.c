/* The arguments of native('store'): who, which transaction, which keys; and what errors are to
 * script. */
#include "runtime/actor/store_priv.h"

#include "runtime/binding/utf8.h"

/* Of all keys of one question, or both bounds of a list: a frame has room for them. */
#define ASKED_BYTES_MAX (2u * WK_RECORD_BYTES_MAX)
#define TOO_BIG "string or blob too big: SQLITE_TOOBIG"
#define MEMORY_KEY_BYTES_MAX 2048u
#define MEMORY_VALUE_BYTES_MAX (131072u + 34u)

#define OTHER_ACTOR                                                                            \
    "Cannot perform I/O on behalf of a different Durable Object. I/O objects (such as "        \
    "streams, request/response bodies, and others) created in the context of one Durable "     \
    "Object cannot be accessed from a different Durable Object in the same isolate. This is "  \
    "a limitation of Cloudflare Workers which allows us to improve overall performance."
#define OVERFLOWED                                                                             \
    "Durable Object's isolate exceeded its memory limit due to overflowing the storage "       \
    "cache. This could be due to writing too many values to storage without stopping to wait " \
    "for writes to complete, or due to reading too many values in a single operation (e.g. a " \
    "large list()). All objects in the isolate were reset."

struct wk_actor *
wk_store_arg(duk_context *ctx)
{
    struct wk_actor *actor = wk_actor_arg(ctx, 0);

    if (actor == NULL || actor->ended || actor->cache == NULL)
        (void)duk_error(ctx, DUK_ERR_ERROR, "Durable Object storage is no longer accessible.");
    if (actor->doom != NULL)
        (void)duk_error(ctx, DUK_ERR_ERROR, "%s", actor->doom);
    return actor;
}

void
wk_store_check(duk_context *ctx, const struct wk_actor *actor)
{
    if (wk_actor_current(actor->isolate) != actor)
        (void)duk_error(ctx, DUK_ERR_ERROR, "%s", OTHER_ACTOR);
}

duk_ret_t
wk_store_throw(duk_context *ctx, struct wk_actor *actor, wk_err err)
{
    struct wk_js_error error;
    struct wk_buf excerpt = {0};

    if (err != WK_EMEMORY && actor->doom != NULL)
        return duk_error(ctx, DUK_ERR_ERROR, "%s", actor->doom);
    if (err != WK_EMEMORY)
        return duk_error(ctx, DUK_ERR_ERROR, "Durable Object storage is no longer accessible.");
    duk_push_error_object(ctx, DUK_ERR_ERROR, "%s", OVERFLOWED);
    wk_isolate_js_error(actor->isolate, -1, &error, &excerpt);
    wk_actor_break(actor, WK_EMEMORY, &error);
    wk_buf_fini(&excerpt);
    wk_engine_stop(wk_engine_of(ctx));
    return duk_error(ctx, DUK_ERR_ERROR, "the actor is broken");
}

struct wk_cache_txn *
wk_store_txn(duk_context *ctx, struct wk_actor *actor)
{
    uint32_t n = duk_get_uint(ctx, 1);

    if (n == 0)
        return NULL;
    if (n > actor->txn_count || actor->txns[n - 1] == NULL)
        (void)duk_error(ctx, DUK_ERR_ERROR, "no such transaction");
    return actor->txns[n - 1];
}

struct wk_span
wk_store_span(duk_context *ctx, duk_idx_t idx)
{
    size_t len;
    const char *p = wk_to_utf8(ctx, idx, &len);

    return (struct wk_span){(const uint8_t *)p, len};
}

void
wk_store_check_key(duk_context *ctx, const struct wk_actor *actor, struct wk_span key)
{
    if (actor->storage == WK_ACTOR_STORAGE_MEMORY && key.len > MEMORY_KEY_BYTES_MAX)
        (void)duk_range_error(
            ctx, "Keys cannot be larger than 2048 bytes. A key of size %zu was provided.",
            key.len);
    if (key.len > WK_RECORD_BYTES_MAX)
        (void)duk_error(ctx, DUK_ERR_ERROR, TOO_BIG);
}

void
wk_store_check_asked(duk_context *ctx, const struct wk_span *keys, size_t count)
{
    size_t bytes = 0;

    for (size_t i = 0; i < count; i++)
        bytes += keys[i].len + 8;
    if (bytes > ASKED_BYTES_MAX)
        (void)duk_error(ctx, DUK_ERR_ERROR, TOO_BIG);
}

void
wk_store_check_range(duk_context *ctx, const struct wk_cache_range *range)
{
    if (range->start.len > WK_RECORD_BYTES_MAX || range->end.len > WK_RECORD_BYTES_MAX)
        (void)duk_error(ctx, DUK_ERR_ERROR, TOO_BIG);
}

void
wk_store_check_value(duk_context *ctx, const struct wk_actor *actor, struct wk_span key,
                     size_t bytes)
{
    if (actor->storage == WK_ACTOR_STORAGE_MEMORY && bytes > MEMORY_VALUE_BYTES_MAX)
        (void)duk_range_error(
            ctx, "Values cannot be larger than 131072 bytes. A value of size %zu was provided.",
            bytes);
    if (wk_record_bytes(key.len, bytes) > WK_RECORD_BYTES_MAX)
        (void)duk_error(ctx, DUK_ERR_ERROR, TOO_BIG);
}

struct wk_span *
wk_store_spans(duk_context *ctx, duk_idx_t idx, duk_uarridx_t step, size_t *count)
{
    duk_uarridx_t n = (duk_uarridx_t)duk_get_length(ctx, idx) / step;
    struct wk_span *spans;

    idx = duk_normalize_index(ctx, idx);
    duk_require_stack(ctx, (duk_idx_t)n + 16);
    spans = duk_push_fixed_buffer(ctx, (n + 1) * sizeof(*spans));
    for (duk_uarridx_t i = 0; i < n; i++) {
        duk_get_prop_index(ctx, idx, i * step);
        spans[i] = wk_store_span(ctx, -1);
    }
    *count = n;
    return spans;
}
