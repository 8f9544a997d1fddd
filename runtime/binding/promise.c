/* native('promise'): promises for built-in modules, without the closures that the language's
 * own way takes.
 *
 * pending() is a promise; resolve(promise, value) and reject(promise, reason) settle it.
 * on(promise, target, n) calls a method of target once the promise is settled: the n-th pair
 * below. */
#include "runtime/engine/promise.h"
#include "runtime/binding/binding.h"

static const struct reaction {
    const char *fulfilled, *rejected;
} reactions[] = {
    {"onStarted", "onStartFailed"},  {"onPulled", "onPullFailed"},
    {"onWritten", "onWriteFailed"},  {"onClosed", "onCloseFailed"},
    {"onSettled", "onSettleFailed"},
};

static duk_ret_t
promise_pending(duk_context *ctx)
{
    wk_promise_push_pending(ctx);
    return 1;
}

static duk_ret_t
promise_resolve(duk_context *ctx)
{
    wk_promise_settle(ctx, 0, true);
    return 0;
}

static duk_ret_t
promise_reject(duk_context *ctx)
{
    wk_promise_settle(ctx, 0, false);
    return 0;
}

/* [ ... target value ] */
static void
react(duk_context *ctx, bool fulfilled, void *arg)
{
    const struct reaction *reaction = arg;
    duk_idx_t target = duk_get_top(ctx) - 2;

    duk_push_string(ctx, fulfilled ? reaction->fulfilled : reaction->rejected);
    duk_dup(ctx, target + 1);
    duk_call_prop(ctx, target, 1);
    duk_pop(ctx);
}

static duk_ret_t
promise_on(duk_context *ctx)
{
    duk_uint_t n = duk_require_uint(ctx, 2);

    if (n >= sizeof(reactions) / sizeof(reactions[0]))
        return duk_range_error(ctx, "no reaction %u", (unsigned)n);
    duk_dup(ctx, 1);
    wk_promise_then(ctx, 0, react, (void *)(uintptr_t)&reactions[n]);
    return 0;
}

static duk_ret_t
promise_handled(duk_context *ctx)
{
    wk_promise_mark_handled(ctx, 0);
    return 0;
}

void
wk_binding_promise_init(duk_context *ctx)
{
    static const duk_function_list_entry verbs[] = {
        {"pending", promise_pending, 0}, {"resolve", promise_resolve, 2},
        {"reject", promise_reject, 2},   {"on", promise_on, 3},
        {"handled", promise_handled, 1}, {NULL, NULL, 0}};

    wk_engine_native(ctx, "promise", verbs);
}
