/* native('clock'): nowMs() is the Unix time with fractions, monotonicMs() never goes back. */
#include "runtime/binding/binding.h"

static duk_ret_t
clock_now_ms(duk_context *ctx)
{
    duk_push_number(ctx, (double)wk_unix_ms());
    return 1;
}

static duk_ret_t
clock_monotonic_ms(duk_context *ctx)
{
    duk_push_number(ctx, (double)wk_now_ns() / 1e6);
    return 1;
}

void
wk_binding_clock_init(duk_context *ctx)
{
    static const duk_function_list_entry verbs[] = {
        {"nowMs", clock_now_ms, 0}, {"monotonicMs", clock_monotonic_ms, 0}, {NULL, NULL, 0}};

    wk_engine_native(ctx, "clock", verbs);
}
