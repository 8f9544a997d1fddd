/* Errors beyond ES5: AggregateError. (cause, captureStackTrace and subclassing are in super.c.) */
#include "runtime/engine/engine_priv.h"

static bool
collect(duk_hthread *thr, void *arg)
{
    duk_idx_t array = *(duk_idx_t *)arg;

    duk_dup_top(thr);
    duk_put_prop_index(thr, array, (duk_uarridx_t)duk_get_length(thr, array));
    return true;
}

static duk_ret_t
aggregate_error(duk_context *ctx)
{
    duk_hobject *proto = intrinsic_object(ctx, WK_AGGREGATE_ERROR_PROTO);
    duk_idx_t array = 4;

    duk_set_top(ctx, 3);
    duk_push_this(ctx);
    if (duk_is_object(ctx, 3))
        proto = wk_constructor_proto(ctx, "AggregateError", WK_AGGREGATE_ERROR_PROTO);
    duk_push_array(ctx);
    wk_each(ctx, 0, collect, &array);
    duk_push_error_object(ctx, DUK_ERR_ERROR, "%s", duk_is_undefined(ctx, 1) ? "" : duk_to_string(ctx, 1));
    duk_push_hobject(ctx, proto);
    duk_set_prototype(ctx, 5);
    if (duk_is_undefined(ctx, 1))
        duk_del_prop_string(ctx, 5, "message");
    if (duk_is_object(ctx, 2) && duk_has_prop_string(ctx, 2, "cause")) {
        duk_get_prop_string(ctx, 2, "cause");
        wk_define_value(ctx, 5, "cause");
    }
    duk_dup(ctx, array);
    wk_define_value(ctx, 5, "errors");
    return 1;
}

void
wk_engine_errors_init(duk_context *ctx)
{
    static const duk_function_list_entry methods[] = {{NULL, NULL, 0}};

    wk_push_class(ctx, "AggregateError", aggregate_error, 2, NULL, methods);
    duk_del_prop_string(ctx, -1, DUK_WELLKNOWN_SYMBOL("Symbol.toStringTag"));
    wk_intrinsic_set(ctx, WK_AGGREGATE_ERROR_PROTO);
    duk_push_literal(ctx, "AggregateError");
    wk_define_value(ctx, -2, "name");
    duk_push_literal(ctx, "");
    wk_define_value(ctx, -2, "message");
    duk_get_global_literal(ctx, "Error");
    duk_get_prop_literal(ctx, -1, "prototype");
    duk_set_prototype(ctx, -3);
    duk_set_prototype(ctx, -3);
    duk_pop_2(ctx);
}
