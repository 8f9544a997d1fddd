/* Errors of script as text for a person. */
#include "runtime/isolate/isolate_priv.h"

#include <string.h>
#include "runtime/binding/utf8.h"

/* Pushes the string property, or "". Never throws for what a getter does. */
static duk_ret_t
get_text(duk_context *ctx, void *name)
{
    duk_get_prop_string(ctx, -1, name);
    duk_to_string(ctx, -1);
    return 1;
}

static void
push_text(duk_context *ctx, duk_idx_t idx, const char *name)
{
    duk_dup(ctx, idx);
    if (!duk_is_object(ctx, -1) || duk_safe_call(ctx, get_text, (void *)(uintptr_t)name, 1, 1) != 0 ||
        !duk_is_string(ctx, -1)) {
        duk_pop(ctx);
        duk_push_string(ctx, "");
    } else if (strcmp(duk_get_string(ctx, -1), "undefined") == 0) {
        duk_pop(ctx);
        duk_push_string(ctx, "");
    }
}

static duk_ret_t
to_text(duk_context *ctx, void *udata)
{
    duk_to_string(ctx, -1);
    return 1;
}

void
wk_isolate_describe(duk_context *ctx, duk_idx_t idx)
{
    idx = duk_normalize_index(ctx, idx);
    push_text(ctx, idx, "stack");
    if (duk_get_length(ctx, -1) > 0)
        return;
    duk_pop(ctx);
    duk_dup(ctx, idx);
    if (duk_is_symbol(ctx, -1) || duk_safe_call(ctx, to_text, NULL, 1, 1) != 0) {
        duk_pop(ctx);
        duk_push_string(ctx, "(JavaScript exception with no message)");
    }
}

void
wk_isolate_uncaught(struct wk_isolate *iso, const char *prefix, duk_idx_t idx)
{
    duk_context *ctx = iso->ctx;
    const char *text;
    size_t len;

    iso->stats.exceptions++;
    duk_push_string(ctx, prefix);
    wk_isolate_describe(ctx, idx < 0 ? idx - 1 : idx);
    duk_concat(ctx, 2);
    text = wk_to_utf8(ctx, -1, &len);
    iso->ops->log(iso->host, 0, text, len);
    duk_pop(ctx);
}

void
wk_isolate_fail(struct wk_exchange *x, wk_err code, duk_idx_t idx)
{
    struct wk_isolate *iso = x->isolate;
    duk_context *ctx = iso->ctx;
    struct wk_js_error error;
    size_t len;

    idx = duk_normalize_index(ctx, idx);
    push_text(ctx, idx, "name");
    push_text(ctx, idx, "message");
    wk_isolate_describe(ctx, idx);
    if (!duk_is_object(ctx, idx)) {
        duk_dup_top(ctx);
        duk_replace(ctx, -3); /* the message of what is no error is its text */
    }
    error.name = wk_to_utf8(ctx, -3, &len);
    error.message = wk_to_utf8(ctx, -2, &len);
    error.stack = wk_to_utf8(ctx, -1, &len);
    if (x->peer != NULL)
        iso->ops->finish(iso->host, x->peer, code, &error);
    x->peer = NULL;
    duk_pop_3(ctx);
}
