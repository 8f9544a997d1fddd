/* native('internals'): what only the engine can tell about a value, for structuredClone and the
 * console. */
#include "runtime/engine/engine_priv.h"
#include "runtime/engine/promise.h"

static duk_hobject *
object_at_0(duk_context *ctx)
{
    return duk_is_object(ctx, 0) ? (duk_hobject *)duk_get_heapptr(ctx, 0) : NULL;
}

/* isProxy(value) */
static duk_ret_t
internals_is_proxy(duk_context *ctx)
{
    duk_hobject *h = object_at_0(ctx);

    duk_push_boolean(ctx, h != NULL && DUK_HOBJECT_IS_PROXY(h));
    return 1;
}

/* proxyTarget(proxy) -> its target, without running a trap; undefined for anything else */
static duk_ret_t
internals_proxy_target(duk_context *ctx)
{
    duk_hobject *h = object_at_0(ctx);

    if (h == NULL || !DUK_HOBJECT_IS_PROXY(h))
        return 0;
    duk_push_heapptr(ctx, ((duk_hproxy *)h)->target);
    return 1;
}

/* promiseState(value) -> [0 pending | 1 fulfilled | 2 rejected, value or reason]; undefined: no
 * promise */
static duk_ret_t
internals_promise_state(duk_context *ctx)
{
    enum wk_promise_state state;

    if (!wk_promise_is(ctx, 0))
        return 0;
    duk_push_array(ctx);
    state = wk_promise_state(ctx, 0);
    duk_put_prop_index(ctx, -2, 1);
    duk_push_int(ctx, (int)state);
    duk_put_prop_index(ctx, -2, 0);
    return 1;
}

static duk_hbufobj *
buffer_object_at_0(duk_context *ctx)
{
    duk_hobject *h = object_at_0(ctx);

    return h != NULL && DUK_HOBJECT_IS_BUFOBJ(h) ? (duk_hbufobj *)h : NULL;
}

/* isDetached(arrayBuffer) */
static duk_ret_t
internals_is_detached(duk_context *ctx)
{
    duk_hbufobj *b = buffer_object_at_0(ctx);

    duk_push_boolean(ctx, b != NULL && b->buf == NULL);
    return 1;
}

/* detach(arrayBuffer): it and every view of its bytes are empty from now on. Walks the heap, so
 * its time grows with the number of objects; buffers that move often should rather be copied.
 */
static duk_ret_t
internals_detach(duk_context *ctx)
{
    duk_hbufobj *b = buffer_object_at_0(ctx);
    duk_hbuffer *bytes = b == NULL ? NULL : b->buf;
    duk_heaphdr *h;

    if (bytes == NULL)
        return 0;
    DUK_HBUFFER_INCREF(
        ctx, bytes); /* so that nothing is freed, and no list changed, while we walk */
    for (h = ctx->heap->heap_allocated; h != NULL; h = DUK_HEAPHDR_GET_NEXT(ctx->heap, h)) {
        if (!DUK_HEAPHDR_IS_OBJECT(h) || !DUK_HOBJECT_IS_BUFOBJ((duk_hobject *)h))
            continue;
        b = (duk_hbufobj *)h;
        if (b->buf != bytes)
            continue;
        b->buf = NULL;
        b->offset = b->length = 0;
        DUK_HBUFFER_DECREF_NORZ(ctx, bytes);
    }
    DUK_HBUFFER_DECREF(ctx, bytes);
    return 0;
}

void
wk_engine_internals_init(duk_context *ctx)
{
    static const duk_function_list_entry verbs[] = {
        {"isProxy", internals_is_proxy, 1},
        {"proxyTarget", internals_proxy_target, 1},
        {"promiseState", internals_promise_state, 1},
        {"isDetached", internals_is_detached, 1},
        {"detach", internals_detach, 1},
        {NULL, NULL, 0}};

    wk_engine_native(ctx, "internals", verbs);
}
