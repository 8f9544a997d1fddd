/* What arrives from outside: events, bytes of bodies, answers to subrequests, ends. */
#include "runtime/isolate/isolate_priv.h"

#include <string.h>
#include "runtime/actor/actor.h"
#include "runtime/binding/utf8.h"
#include "runtime/isolate/call.h"

static void
push_headers(duk_context *ctx, const struct wk_slice *headers, size_t count)
{
    duk_push_bare_array(ctx);
    for (size_t i = 0; i < count; i++) {
        wk_push_utf8(ctx, headers[i].data, headers[i].len);
        duk_put_prop_index(ctx, -2, (duk_uarridx_t)i);
    }
}

/* null, a plain buffer, or true: it follows as data. */
static void
push_body(duk_context *ctx, struct wk_exchange *x, const struct wk_slice *body, bool none,
          bool follows)
{
    if (none) {
        duk_push_null(ctx);
        x->in_end = true;
    } else if (follows) {
        wk_buf_add(&x->in, body->data, body->len);
        duk_push_true(ctx);
    } else {
        void *p = duk_push_fixed_buffer(ctx, body->len);

        if (body->len > 0)
            memcpy(p, body->data, body->len);
        x->in_end = true;
    }
}

void
wk_isolate_fetch(struct wk_isolate *iso, void *peer, uint32_t target, struct wk_actor *actor,
                 const struct wk_request_head *head, struct wk_exchange **out)
{
    duk_context *ctx = iso->ctx;
    struct wk_exchange *x = wk_event_new(iso, peer, actor);
    uint32_t id = x->id;

    *out = x;
    duk_require_stack(ctx, 16);
    wk_isolate_hook(iso, HOOK_FETCH);
    duk_push_uint(ctx, x->id);
    duk_push_uint(ctx, target);
    wk_push_utf8(ctx, head->method.data, head->method.len);
    wk_push_utf8(ctx, head->url.data, head->url.len);
    push_headers(ctx, head->headers, head->header_count);
    push_body(ctx, x, &head->body, !head->has_body, head->body_follows);
    duk_push_number(ctx, (double)head->content_length);
    wk_push_utf8(ctx, head->cf_json.data, head->cf_json.len);
    duk_push_uint(ctx, actor != NULL ? wk_actor_exchange(actor) : 0);
    wk_isolate_enter(iso, 9);
    *out = wk_isolate_event_left(iso, id);
}

void
wk_isolate_test(struct wk_isolate *iso, void *peer, const char *entrypoint,
                struct wk_exchange **out)
{
    struct wk_exchange *x = wk_event_new(iso, peer, NULL);
    uint32_t id = x->id;

    *out = x;
    wk_isolate_hook(iso, HOOK_TEST);
    duk_push_uint(iso->ctx, x->id);
    duk_push_string(iso->ctx, entrypoint);
    wk_isolate_enter(iso, 2);
    *out = wk_isolate_event_left(iso, id);
}

void
wk_isolate_response(struct wk_exchange *x, const struct wk_response_head *head)
{
    struct wk_isolate *iso = x->isolate;
    duk_context *ctx = iso->ctx;

    wk_exchange_awaited(x);
    x->in_whole = !head->body_follows;
    duk_require_stack(ctx, 16);
    wk_isolate_hook(iso, HOOK_RESPONSE);
    duk_push_uint(ctx, x->id);
    duk_push_uint(ctx, head->status);
    wk_push_utf8(ctx, head->status_text.data, head->status_text.len);
    push_headers(ctx, head->headers, head->header_count);
    push_body(ctx, x, &head->body, head->null_body, head->body_follows);
    duk_push_number(ctx, (double)head->content_length);
    duk_push_number(ctx, (double)head->incarnation);
    wk_isolate_enter(iso, 7);
}

void
wk_isolate_data(struct wk_exchange *x, const void *data, size_t bytes, bool end)
{
    struct wk_isolate *iso = x->isolate;

    if (x->collects) {
        wk_isolate_collect(x, data, bytes, end);
        return;
    }
    if (x->in_discard) {
        if (bytes > 0)
            iso->ops->consumed(iso->host, x->peer, bytes);
        return;
    }
    wk_buf_add(&x->in, data, bytes);
    x->in_end |= end;
    if (x->in_all && bytes > 0) { /* read whole: kept here anyway, so let more come */
        iso->ops->consumed(iso->host, x->peer, bytes);
        x->in_credited += bytes;
        if (!end)
            return;
    }
    wk_isolate_hook(iso, HOOK_READABLE);
    duk_push_uint(iso->ctx, x->id);
    wk_isolate_enter(iso, 1);
}

void
wk_isolate_writable(struct wk_exchange *x)
{
    struct wk_isolate *iso = x->isolate;
    uint32_t id = x->id;

    if (!wk_exchange_flush(x) || wk_exchange_find(iso, id) == NULL)
        return;
    wk_isolate_hook(iso, HOOK_WRITABLE);
    duk_push_uint(iso->ctx, id);
    wk_isolate_enter(iso, 1);
}

static const char *
code_word(wk_err code)
{
    return code == WK_OK ? NULL : wk_err_name(code);
}

/* Pushes traits, detail (a buffer, or undefined) and incarnation. */
static void
push_trouble(duk_context *ctx, const struct wk_js_error *error)
{
    duk_push_uint(ctx, error != NULL ? error->traits : 0);
    if (error != NULL && error->detail.len > 0)
        memcpy(duk_push_fixed_buffer(ctx, error->detail.len), error->detail.data,
               error->detail.len);
    else
        duk_push_undefined(ctx);
    duk_push_number(ctx, error != NULL ? (double)error->incarnation : 0);
}

void
wk_isolate_closed(struct wk_exchange *x, wk_err code, const struct wk_js_error *error)
{
    struct wk_isolate *iso = x->isolate;
    duk_context *ctx = iso->ctx;
    uint32_t id = x->id;

    x->peer = NULL;
    x->in_end = true;
    wk_exchange_drop_out(x);
    if (x->collects)
        wk_exchange_drop_in(x);
    if (x->out_finish || (code == WK_OK && x->in_whole)) { /* script was done with it before */
        wk_exchange_free(x);
        return;
    }
    if (code == WK_OK && !x->event && x->in.len > x->in_at) {
        /* The rest is still to be read; the read that finds the end finds it here. */
        wk_isolate_hook(iso, HOOK_READABLE);
        duk_push_uint(ctx, id);
        wk_isolate_enter(iso, 1);
        return;
    }
    wk_isolate_hook(iso, HOOK_CLOSED);
    duk_push_uint(ctx, id);
    if (code_word(code) == NULL)
        duk_push_int(ctx, 0);
    else
        duk_push_string(ctx, code_word(code));
    wk_push_utf8(ctx, error != NULL ? error->name : "",
                 error != NULL ? strlen(error->name) : 0);
    wk_push_utf8(ctx, error != NULL ? error->message : "",
                 error != NULL ? strlen(error->message) : 0);
    push_trouble(ctx, error);
    wk_isolate_enter(iso, 7);
    if ((x = wk_exchange_find(iso, id)) != NULL && !x->event)
        wk_exchange_free(x);
}
