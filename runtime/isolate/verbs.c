/* native('host'): what script may do with exchanges. native('worker'): the code of its modules. */
#include "runtime/isolate/isolate_priv.h"

#include <string.h>
#include "runtime/actor/actor.h"
#include "runtime/binding/utf8.h"
#include "runtime/isolate/call.h"

#define HEADER_SLICES_MAX 2048
/* What travels in one message: everything of a request or response but its body. */
#define HEAD_BYTES_MAX (8u << 20)

/* The exchange named by argument 0; NULL if it is gone. */
static struct wk_exchange *
arg_exchange(duk_context *ctx)
{
    return wk_exchange_find(wk_isolate_of(ctx), duk_get_uint(ctx, 0));
}

/* Something of the exchange is about to leave: an actor's writes leave before. False: nothing may leave, since the
 * actor is broken. */
static bool
may_send(struct wk_exchange *x)
{
    return x == NULL || x->actor == NULL || wk_actor_output(x->actor);
}

/* The bytes of a body argument: a string as UTF-8, or a view. */
static struct wk_slice
body_slice(duk_context *ctx, duk_idx_t idx)
{
    struct wk_slice s;
    duk_size_t bytes;

    if (duk_is_string(ctx, idx)) {
        s.data = wk_to_utf8(ctx, idx, &s.len);
    } else {
        s.data = duk_require_buffer_data(ctx, idx, &bytes);
        s.len = bytes;
    }
    return s;
}

/* Reads a flat header list at idx into slices; the strings stay on the stack. bytes: of the rest of the head. */
static size_t
header_slices(duk_context *ctx, duk_idx_t idx, struct wk_slice *out, size_t bytes)
{
    size_t count = duk_is_object(ctx, idx) ? duk_get_length(ctx, idx) : 0;

    if (count > HEADER_SLICES_MAX)
        (void)duk_type_error(ctx, "too many headers");
    duk_require_stack(ctx, (duk_idx_t)count + 8);
    for (size_t i = 0; i < count; i++) {
        duk_get_prop_index(ctx, idx, (duk_uarridx_t)i);
        out[i].data = wk_to_utf8(ctx, -1, &out[i].len);
        bytes += out[i].len;
    }
    if (bytes > HEAD_BYTES_MAX)
        (void)duk_range_error(ctx, "URL and headers are limited to 8 MiB together.");
    return count;
}

/* respond(id, status, statusText, flat, body | null | true (it follows), last, length or -1): true if the exchange is over. */
static duk_ret_t
host_respond(duk_context *ctx)
{
    static struct wk_slice headers[HEADER_SLICES_MAX];
    struct wk_exchange *x = arg_exchange(ctx);
    struct wk_response_head head = {.content_length = -1};
    enum wk_exchange_end end = WK_MORE;

    if (x == NULL || x->peer == NULL || !may_send(x)) {
        duk_push_true(ctx);
        return 1;
    }
    head.status = duk_get_uint(ctx, 1);
    head.status_text.data = wk_to_utf8(ctx, 2, &head.status_text.len);
    head.headers = headers;
    if (duk_is_boolean(ctx, 4)) {
        head.body_follows = true;
        head.content_length = (int64_t)duk_get_number_default(ctx, 6, -1);
    } else if (duk_is_null_or_undefined(ctx, 4)) {
        head.null_body = true;
    } else {
        head.body = body_slice(ctx, 4);
        head.content_length = (int64_t)head.body.len;
    }
    head.header_count = header_slices(ctx, 3, headers, head.status_text.len);
    wk_isolate_check_queue(ctx, head.body.len);
    x->answered = true;
    head.incarnation = x->actor != NULL ? wk_actor_incarnation(x->actor) : 0;
    if (!head.body_follows && head.body.len <= x->isolate->ops->window(x->isolate->host, x->peer))
        end = duk_get_boolean(ctx, 5) ? WK_LAST : WK_END;
    if (!head.body_follows && end == WK_MORE) { /* a large body goes by the window, as a stream does */
        wk_exchange_queue(x, head.body.data, head.body.len);
        head.body.len = 0;
        head.body_follows = x->out_end = true;
        x->out_finish = duk_get_boolean(ctx, 5);
        x->isolate->ops->respond(x->isolate->host, x->peer, &head, WK_MORE);
        duk_push_boolean(ctx, x->out_finish);
        wk_exchange_flush(x);
        return 1;
    }
    x->end_sent = end != WK_MORE;
    x->isolate->ops->respond(x->isolate->host, x->peer, &head, end);
    if (end == WK_LAST) {
        x->peer = NULL;
        wk_exchange_free(x);
    }
    duk_push_boolean(ctx, end == WK_LAST);
    return 1;
}

/* open(channel, parentId, method, url, flat, body | null | length of what follows or true, cf as JSON or ''): id of
 * a new exchange. */
static duk_ret_t
host_open(duk_context *ctx)
{
    static struct wk_slice headers[HEADER_SLICES_MAX];
    struct wk_isolate *iso = wk_isolate_of(ctx);
    struct wk_exchange *parent = wk_exchange_find(iso, duk_get_uint(ctx, 1)), *x;
    struct wk_request_head head = {.content_length = -1, .headers = headers};
    struct wk_actor_ref ref;
    uint32_t handle;
    bool is_actor;
    void *behalf;

    head.method.data = wk_to_utf8(ctx, 2, &head.method.len);
    head.url.data = wk_to_utf8(ctx, 3, &head.url.len);
    head.cf_json.data = wk_to_utf8(ctx, 6, &head.cf_json.len);
    if (duk_is_boolean(ctx, 5) || duk_is_number(ctx, 5)) {
        head.has_body = head.body_follows = true;
        if (duk_is_number(ctx, 5))
            head.content_length = (int64_t)duk_get_number(ctx, 5);
    } else if (!duk_is_null_or_undefined(ctx, 5)) {
        head.has_body = true;
        head.body = body_slice(ctx, 5);
        head.content_length = (int64_t)head.body.len;
    }
    head.header_count = header_slices(ctx, 4, headers, head.method.len + head.url.len + head.cf_json.len);
    wk_isolate_check_queue(ctx, head.body.len);
    is_actor = wk_isolate_arg_channel(ctx, 0, &handle, &ref);
    if (!may_send(parent) || !wk_actor_behalf(parent, &behalf))
        return duk_error(ctx, DUK_ERR_ERROR, "Network connection lost.");
    x = wk_exchange_new(iso, NULL, false);
    x->actor = parent != NULL ? parent->actor : NULL;
    wk_exchange_await(x, parent);
    if (head.body.len > 65536) { /* too much to travel with the head */
        wk_exchange_queue(x, head.body.data, head.body.len);
        head.body.len = 0;
        head.body_follows = x->out_end = true;
    }
    x->peer = iso->ops->open(iso->host, handle, behalf, is_actor ? &ref : NULL, &head, x);
    if (x->out.len > 0)
        wk_exchange_flush(x);
    duk_push_uint(ctx, x->id);
    return 1;
}

/* write(id, chunk): false if script must wait for writable(id). */
static duk_ret_t
host_write(duk_context *ctx)
{
    struct wk_exchange *x = arg_exchange(ctx);
    struct wk_slice chunk = body_slice(ctx, 1);
    size_t window;

    if (x == NULL || x->peer == NULL || !may_send(x)) {
        duk_push_true(ctx);
        return 1;
    }
    window = x->out.len > 0 ? 0 : x->isolate->ops->window(x->isolate->host, x->peer);
    if (chunk.len <= window) {
        if (chunk.len > 0)
            x->isolate->ops->write(x->isolate->host, x->peer, chunk.data, chunk.len, WK_MORE);
        duk_push_true(ctx);
        return 1;
    }
    wk_exchange_queue(x, chunk.data, chunk.len);
    duk_push_boolean(ctx, wk_exchange_flush(x));
    return 1;
}

/* end(id): nothing more is written. */
static duk_ret_t
host_end(duk_context *ctx)
{
    struct wk_exchange *x = arg_exchange(ctx);

    if (x != NULL && x->peer != NULL && may_send(x)) {
        x->out_end = true;
        wk_exchange_flush(x);
    }
    return 0;
}

/* charge(id): the turn is one of that event. */
static duk_ret_t
host_charge(duk_context *ctx)
{
    wk_isolate_charge(wk_isolate_of(ctx), duk_get_uint(ctx, 0));
    return 0;
}

/* finish(id): script is done with the exchange. */
static duk_ret_t
host_finish(duk_context *ctx)
{
    struct wk_exchange *x = arg_exchange(ctx);

    if (x == NULL || wk_actor_stands(x) || !may_send(x))
        return 0;
    if (x->event && x->peer != NULL && x->out.len > 0) {
        x->out_finish = true; /* when the rest has left */
        return 0;
    }
    if (x->peer != NULL)
        x->isolate->ops->finish(x->isolate->host, x->peer, x->event ? WK_OK : WK_ECANCELED, NULL);
    x->peer = NULL;
    wk_exchange_free(x);
    return 0;
}

/* fail(id, error, traits, detail or undefined): ends it with that error. */
static duk_ret_t
host_fail(duk_context *ctx)
{
    struct wk_exchange *x = arg_exchange(ctx);
    struct wk_slice detail = {0};

    if (x != NULL && may_send(x)) {
        x->answered = true;
        if (!duk_is_undefined(ctx, 3))
            detail = body_slice(ctx, 3);
        wk_isolate_fail(x, WK_EEXCEPTION, 1, duk_get_uint(ctx, 2), detail);
        if (x->event)
            wk_exchange_free(x);
    }
    return 0;
}

/* Pushes the first bytes of what arrived as a Uint8Array and takes them. */
static void
push_in(struct wk_exchange *x, duk_context *ctx, size_t bytes)
{
    if (bytes > 0)
        memcpy(duk_push_fixed_buffer(ctx, bytes), x->in.data + x->in_at, bytes);
    else
        duk_push_fixed_buffer(ctx, 0);
    duk_push_buffer_object(ctx, -1, 0, bytes, DUK_BUFOBJ_UINT8ARRAY);
    duk_remove(ctx, -2);
    x->in_at += bytes;
    if (x->in_at == x->in.len) {
        wk_buf_fini(&x->in);
        x->in_at = 0;
    }
    if (bytes > x->in_credited && x->peer != NULL)
        x->isolate->ops->consumed(x->isolate->host, x->peer, bytes - x->in_credited);
    x->in_credited = x->in_credited > bytes ? x->in_credited - bytes : 0;
}

/* read(id): a Uint8Array, null at the end, undefined when nothing is there yet. */
static duk_ret_t
host_read(duk_context *ctx)
{
    struct wk_exchange *x = arg_exchange(ctx);

    if (x == NULL)
        duk_push_null(ctx);
    else if (x->in.len > x->in_at)
        push_in(x, ctx, x->in.len - x->in_at);
    else if (x->in_end)
        duk_push_null(ctx);
    else
        return 0;
    return 1;
}

/* readAll(id): all of it, or undefined while the end has not come. */
static duk_ret_t
host_read_all(duk_context *ctx)
{
    struct wk_exchange *x = arg_exchange(ctx);

    if (x == NULL) {
        duk_push_fixed_buffer(ctx, 0);
        duk_push_buffer_object(ctx, -1, 0, 0, DUK_BUFOBJ_UINT8ARRAY);
        return 1;
    }
    if (!x->in_end) {
        /* The bytes are going to be kept anyway: let more come. */
        size_t held = x->in.len - x->in_at;

        if (x->peer != NULL && held > 0) {
            x->isolate->ops->consumed(x->isolate->host, x->peer, held - x->in_credited);
            x->in_credited = held;
        }
        x->in_all = true;
        return 0;
    }
    push_in(x, ctx, x->in.len - x->in_at);
    return 1;
}

/* discard(id): nobody will read it. */
static duk_ret_t
host_discard(duk_context *ctx)
{
    struct wk_exchange *x = arg_exchange(ctx);

    if (x == NULL)
        return 0;
    if (!x->event) {
        if (x->peer != NULL)
            x->isolate->ops->finish(x->isolate->host, x->peer, WK_ECANCELED, NULL);
        x->peer = NULL;
        wk_exchange_free(x);
        return 0;
    }
    x->in_discard = true;
    if (x->peer != NULL && x->in.len > x->in_at)
        x->isolate->ops->consumed(x->isolate->host, x->peer, x->in.len - x->in_at);
    wk_buf_fini(&x->in);
    x->in_at = 0;
    return 0;
}

static duk_ret_t
host_timer(duk_context *ctx)
{
    struct wk_isolate *iso = wk_isolate_of(ctx);

    iso->ops->timer(iso->host, (uint64_t)duk_get_number(ctx, 0));
    return 0;
}

/* uncaught(prefix, error): into the log. */
static duk_ret_t
host_uncaught(duk_context *ctx)
{
    wk_isolate_uncaught(wk_isolate_of(ctx), duk_require_string(ctx, 0), 1);
    return 0;
}

/* describe(error): its text, with the stack. */
static duk_ret_t
host_describe(duk_context *ctx)
{
    wk_isolate_describe(ctx, 0);
    return 1;
}

/* log(level, text) */
static duk_ret_t
host_log(duk_context *ctx)
{
    struct wk_isolate *iso = wk_isolate_of(ctx);
    size_t len;
    const char *text = wk_to_utf8(ctx, 1, &len);

    if (iso->ops != NULL)
        iso->ops->log(iso->host, duk_get_int(ctx, 0), text, len);
    return 0;
}

/* testDone(id, passed, error) */
static duk_ret_t
host_test_done(duk_context *ctx)
{
    struct wk_exchange *x = arg_exchange(ctx);
    size_t len;

    if (x != NULL && x->peer != NULL) {
        x->isolate->ops->test_done(x->isolate->host, x->peer, duk_get_boolean(ctx, 1), wk_to_utf8(ctx, 2, &len));
        x->peer = NULL;
        wk_exchange_free(x);
    }
    return 0;
}

/* loaded(error | null, list of [name, handlers, isClass, isActor]) */
static duk_ret_t
host_loaded(duk_context *ctx)
{
    struct wk_isolate *iso = wk_isolate_of(ctx);
    struct wk_worker_entrypoint list[256];
    size_t count = duk_get_length(ctx, 1), len;

    if (count > WK_COUNT(list))
        count = WK_COUNT(list);
    duk_require_stack(ctx, (duk_idx_t)(3 * count) + 16);
    for (size_t i = 0; i < count; i++) {
        duk_get_prop_index(ctx, 1, (duk_uarridx_t)i);
        duk_get_prop_index(ctx, -1, 0);
        list[i].name = wk_to_utf8(ctx, -1, &len);
        duk_get_prop_index(ctx, -2, 1);
        list[i].handlers = wk_to_utf8(ctx, -1, &len);
        duk_get_prop_index(ctx, -3, 2);
        list[i].is_class = duk_get_boolean(ctx, -1);
        duk_pop(ctx);
        duk_get_prop_index(ctx, -3, 3);
        list[i].is_actor = duk_get_boolean(ctx, -1);
        duk_pop(ctx);
    }
    iso->on_loaded(iso->host, duk_is_null(ctx, 0) ? NULL : wk_to_utf8(ctx, 0, &len), list, count);
    return 0;
}

/* ---- native('worker') ---- */

static const struct wk_module *
arg_module(duk_context *ctx)
{
    struct wk_isolate *iso = wk_isolate_of(ctx);
    duk_uint_t index = duk_require_uint(ctx, 0);

    if (iso->worker == NULL || index >= iso->worker->module_count)
        (void)duk_range_error(ctx, "no such module");
    return &iso->worker->modules[index];
}

/* compile(index): the module's function. */
static duk_ret_t
worker_compile(duk_context *ctx)
{
    const struct wk_module *m = arg_module(ctx);

    duk_push_string(ctx, m->type == WK_MODULE_COMMON_JS
                             ? "function (exports, require, module, __filename, __dirname) {"
                             : "function (exports, require, module, __wk_import, __wk_meta) {");
    duk_push_lstring(ctx, m->code.data, m->code.len);
    duk_push_string(ctx, "\n}");
    duk_concat(ctx, 3);
    duk_push_string(ctx, m->display);
    duk_compile(ctx, DUK_COMPILE_FUNCTION);
    return 1;
}

/* script(index): runs a classic script as a program. */
static duk_ret_t
worker_script(duk_context *ctx)
{
    const struct wk_module *m = arg_module(ctx);

    duk_push_lstring(ctx, m->code.data, m->code.len);
    duk_push_string(ctx, m->display);
    duk_compile(ctx, 0);
    duk_call(ctx, 0);
    return 0;
}

static duk_ret_t
worker_text(duk_context *ctx)
{
    const struct wk_module *m = arg_module(ctx);

    wk_push_utf8(ctx, m->code.data, m->code.len);
    return 1;
}

static duk_ret_t
worker_data(duk_context *ctx)
{
    const struct wk_module *m = arg_module(ctx);

    memcpy(duk_push_fixed_buffer(ctx, m->code.len), m->code.data, m->code.len);
    duk_push_buffer_object(ctx, -1, 0, m->code.len, DUK_BUFOBJ_ARRAYBUFFER);
    return 1;
}

void
wk_isolate_verbs_init(duk_context *ctx)
{
    static const duk_function_list_entry host_verbs[] = {
        {"respond", host_respond, 7}, {"open", host_open, 7},         {"write", host_write, 2},
        {"end", host_end, 1},         {"finish", host_finish, 1},     {"fail", host_fail, 4},
        {"charge", host_charge, 1},
        {"read", host_read, 1},       {"readAll", host_read_all, 1},  {"discard", host_discard, 1},
        {"timer", host_timer, 1},     {"uncaught", host_uncaught, 2}, {"describe", host_describe, 1},
        {"log", host_log, 2},         {"loaded", host_loaded, 2},     {"testDone", host_test_done, 3},
        {NULL, NULL, 0},
    };
    static const duk_function_list_entry worker_verbs[] = {
        {"compile", worker_compile, 1}, {"script", worker_script, 1}, {"text", worker_text, 1},
        {"data", worker_data, 1},       {NULL, NULL, 0},
    };

    wk_engine_native(ctx, "host", host_verbs);
    wk_engine_native(ctx, "worker", worker_verbs);
}
