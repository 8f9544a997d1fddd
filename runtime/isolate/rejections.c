/* Rejections that nobody handles, remembered until the turn ends, and what jobs throw. */
#include "runtime/isolate/isolate_priv.h"

#include "runtime/engine/promise.h"

#define REJECTED_MAX 100 /* remembered in one turn */
#define REJECTED_KEY DUK_HIDDEN_SYMBOL("rejected")

/* Remembers a rejection until the turn ends, or forgets it: [ ... promise reason ]. */
static void
on_rejection(duk_context *ctx, bool handled, void *arg)
{
    struct wk_isolate *iso = arg;
    duk_idx_t promise = duk_get_top(ctx) - 2;
    duk_uarridx_t count;

    duk_push_global_stash(ctx);
    duk_get_prop_string(ctx, -1, REJECTED_KEY);
    count = (duk_uarridx_t)duk_get_length(ctx, -1);
    if (!handled && count < 2 * REJECTED_MAX) {
        duk_dup(ctx, promise);
        duk_put_prop_index(ctx, -2, count);
        duk_dup(ctx, promise + 1);
        duk_put_prop_index(ctx, -2, count + 1);
        iso->rejected++;
    }
    for (duk_uarridx_t i = 0; handled && i < count; i += 2) {
        duk_get_prop_index(ctx, -1, i);
        if (duk_strict_equals(ctx, -1, promise)) {
            duk_push_undefined(ctx);
            duk_put_prop_index(ctx, -3, i);
        }
        duk_pop(ctx);
    }
    duk_pop_2(ctx);
}

void
wk_isolate_report_rejections(struct wk_isolate *iso, bool quiet)
{
    duk_context *ctx = iso->ctx;

    iso->rejected = 0;
    duk_push_global_stash(ctx);
    duk_get_prop_string(ctx, -1, REJECTED_KEY);
    for (duk_uarridx_t i = 0; i < duk_get_length(ctx, -1); i += 2) {
        duk_get_prop_index(ctx, -1, i);
        duk_get_prop_index(ctx, -2, i + 1);
        if (!quiet && !duk_is_undefined(ctx, -2))
            wk_isolate_uncaught(iso, "Uncaught (in promise) ", -1);
        duk_pop_2(ctx);
    }
    duk_set_length(ctx, -1, 0);
    duk_pop_2(ctx);
}

static void
on_uncaught(duk_context *ctx, void *arg)
{
    if (!wk_engine_stopped(((struct wk_isolate *)arg)->engine))
        wk_isolate_uncaught(arg, "Uncaught (async) ", -1);
}

void
wk_isolate_rejections_init(struct wk_isolate *iso)
{
    duk_push_global_stash(iso->ctx);
    duk_push_array(iso->ctx);
    duk_put_prop_string(iso->ctx, -2, REJECTED_KEY);
    duk_pop(iso->ctx);
    wk_engine_on_rejection(iso->engine, on_rejection, iso);
    wk_engine_on_uncaught(iso->engine, on_uncaught, iso);
}
