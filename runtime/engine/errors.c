/* Errors (ECMA-262 20.5): constructors that lowered subclasses can call, cause,
 * captureStackTrace, AggregateError. They share Duktape's prototypes, so the engine's own
 * errors are of the same classes. */
#include "runtime/engine/engine_priv.h"

static const struct {
    const char *name;
    int bidx;
} kinds[] = {{"Error", DUK_BIDX_ERROR_PROTOTYPE},
             {"EvalError", DUK_BIDX_EVAL_ERROR_PROTOTYPE},
             {"RangeError", DUK_BIDX_RANGE_ERROR_PROTOTYPE},
             {"ReferenceError", DUK_BIDX_REFERENCE_ERROR_PROTOTYPE},
             {"SyntaxError", DUK_BIDX_SYNTAX_ERROR_PROTOTYPE},
             {"TypeError", DUK_BIDX_TYPE_ERROR_PROTOTYPE},
             {"URIError", DUK_BIDX_URI_ERROR_PROTOTYPE}};

/* The prototype for what the running constructor makes, which may be called as a function, and
 * then with `this` an instance that a lowered subclass is setting up. */
static duk_hobject *
error_proto(duk_hthread *thr, duk_hobject *own)
{
    duk_hobject *self, *p, *at;

    duk_push_this(thr);
    self = duk_get_hobject(thr, -1);
    duk_pop(thr);
    if (self == NULL || (p = DUK_HOBJECT_GET_PROTOTYPE(thr->heap, self)) == NULL)
        return own;
    if (duk_is_constructor_call(thr))
        return p;
    for (at = p; at != NULL; at = DUK_HOBJECT_GET_PROTOTYPE(thr->heap, at)) {
        if (at == own)
            return p;
    }
    return own;
}

/* Pushes an error with the message at `message` and the cause in the options at `options`. */
static void
push_error(duk_hthread *thr, duk_hobject *proto, duk_idx_t message, duk_idx_t options)
{
    duk_push_object_helper(thr,
                           DUK_HOBJECT_FLAG_EXTENSIBLE | DUK_HOBJECT_FLAG_FASTREFS |
                               DUK_HOBJECT_CLASS_AS_FLAGS(DUK_HOBJECT_CLASS_ERROR),
                           DUK_BIDX_ERROR_PROTOTYPE);
    duk_push_hobject(thr, proto);
    duk_set_prototype(thr, -2);
    if (!duk_is_undefined(thr, message)) {
        duk_dup(thr, message);
        duk_to_string(thr, -1);
        wk_define_value(thr, -2, "message");
    }
    if (duk_is_object(thr, options) && duk_has_prop_literal(thr, options, "cause")) {
        duk_get_prop_literal(thr, options, "cause");
        wk_define_value(thr, -2, "cause");
    }
    if (!duk_is_constructor_call(
            thr)) /* else Duktape adds the trace, and does not name this function */
        duk_err_augment_error_create(
            thr, thr, NULL, 0, DUK_AUGMENT_FLAG_NOBLAME_FILELINE | DUK_AUGMENT_FLAG_SKIP_ONE);
}

static duk_ret_t
error_constructor(duk_context *ctx)
{
    duk_hthread *thr = ctx;

    duk_set_top(ctx, 2);
    push_error(thr, error_proto(thr, thr->builtins[duk_get_current_magic(ctx)]), 0, 1);
    return 1;
}

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
    duk_idx_t array = 3;

    duk_set_top(ctx, 3);
    duk_push_array(ctx);
    wk_each(ctx, 0, collect, &array);
    push_error(ctx, error_proto(ctx, intrinsic_object(ctx, WK_AGGREGATE_ERROR_PROTO)), 1, 2);
    duk_dup(ctx, array);
    wk_define_value(ctx, -2, "errors");
    return 1;
}

/* Error.captureStackTrace(object): gives it a `stack` of now. */
static duk_ret_t
capture_stack_trace(duk_context *ctx)
{
    const char *stack, *frames;

    duk_set_top(ctx, 1);
    duk_require_object(ctx, 0);
    duk_push_undefined(ctx);
    push_error(ctx, ((duk_hthread *)ctx)->builtins[DUK_BIDX_ERROR_PROTOTYPE], 1, 1);
    duk_get_prop_literal(ctx, -1, "stack");
    stack = duk_to_string(ctx, -1);
    frames = strchr(stack, '\n');
    duk_push_hobject(ctx, ((duk_hthread *)ctx)->builtins[DUK_BIDX_ERROR_PROTOTYPE]);
    duk_get_prop_literal(ctx, -1, "toString");
    duk_dup(ctx, 0);
    duk_call_method(ctx, 0);
    duk_push_string(ctx, frames == NULL ? "" : frames);
    duk_concat(ctx, 2);
    wk_define_value(ctx, 0, "stack");
    return 0;
}

static void
define_error(duk_context *ctx, size_t i)
{
    static const duk_function_list_entry none[] = {{NULL, NULL, 0}};
    duk_hthread *thr = ctx;

    wk_push_class(ctx, kinds[i].name, error_constructor, 1, NULL, none);
    duk_pop(ctx); /* the prototype is Duktape's own */
    duk_set_magic(ctx, -1, kinds[i].bidx);
    duk_push_literal(ctx, "prototype");
    duk_push_hobject(ctx, thr->builtins[kinds[i].bidx]);
    duk_dup(ctx, -3);
    wk_define_value(ctx, -2, "constructor");
    duk_def_prop(ctx, -3, DUK_DEFPROP_HAVE_VALUE | DUK_DEFPROP_FORCE | DUK_DEFPROP_CLEAR_WEC);
    if (i > 0) {
        duk_get_global_literal(ctx, "Error");
        duk_set_prototype(ctx, -2);
    }
    duk_pop(ctx);
}

void
wk_engine_errors_init(duk_context *ctx)
{
    static const duk_function_list_entry none[] = {{NULL, NULL, 0}};
    static const duk_function_list_entry statics[] = {
        {"captureStackTrace", capture_stack_trace, 1 | WK_ARGS(1)}, {NULL, NULL, 0}};

    for (size_t i = 0; i < WK_COUNT(kinds); i++)
        define_error(ctx, i);
    duk_get_global_literal(ctx, "Error");
    wk_define_methods(ctx, -1, statics);
    duk_push_int(ctx, 10);
    duk_put_prop_literal(ctx, -2, "stackTraceLimit");
    wk_push_class(ctx, "AggregateError", aggregate_error, 2, NULL, none);
    duk_del_prop_string(ctx, -1, DUK_WELLKNOWN_SYMBOL("Symbol.toStringTag"));
    wk_intrinsic_set(ctx, WK_AGGREGATE_ERROR_PROTO);
    duk_push_literal(ctx, "AggregateError");
    wk_define_value(ctx, -2, "name");
    duk_push_literal(ctx, "");
    wk_define_value(ctx, -2, "message");
    duk_get_prop_literal(ctx, -3, "prototype");
    duk_set_prototype(ctx, -2);
    duk_pop(ctx);
    duk_dup(ctx, -2);
    duk_set_prototype(ctx, -2);
    duk_pop_2(ctx);
}
