/* native('records'): objects by copying one that has all their properties.
 *
 * A property that script puts on a fresh object costs a walk along its prototypes and, now and
 * then, a larger table; a copy of a whole table costs little more than its memory.
 *
 * make(template, ...values) is a new object with the template's prototype and own properties,
 * of which the first have these values instead. attach(object, key, template) makes one and
 * puts it on object. */
#include "runtime/engine/engine_priv.h"

/* Pushes the copy; the values are count from `values` on. */
static void
push_copy(duk_hthread *thr, duk_hobject *from, const duk_tval *values, duk_uint32_t count)
{
    duk_hobject *to;

    WK_CHECK(DUK_HOBJECT_GET_ASIZE(from) == 0 && count <= DUK_HOBJECT_GET_ENEXT(from));
    duk_push_bare_object(thr);
    to = duk_known_hobject(thr, -1);
    DUK_HOBJECT_SET_PROTOTYPE_UPDREF(thr, to, DUK_HOBJECT_GET_PROTOTYPE(thr->heap, from));
    wk_copy_properties(thr, to, from);
    for (duk_uint32_t i = 0; i < count; i++) {
        duk_tval *value = DUK_HOBJECT_E_GET_VALUE_TVAL_PTR(thr->heap, to, i);

        DUK_TVAL_DECREF_NORZ(thr, value);
        DUK_TVAL_SET_TVAL(value, &values[i]);
        DUK_TVAL_INCREF(thr, value);
    }
}

static duk_ret_t
records_make(duk_context *ctx)
{
    duk_idx_t count = duk_get_top(ctx) - 1;

    duk_require_stack(ctx, 2);
    push_copy(ctx, duk_require_hobject(ctx, 0), count > 0 ? duk_require_tval(ctx, 1) : NULL,
              count);
    return 1;
}

static duk_ret_t
records_attach(duk_context *ctx)
{
    duk_hobject *object = duk_require_hobject(ctx, 0);

    push_copy(ctx, duk_require_hobject(ctx, 2), NULL, 0);
    if (DUK_HOBJECT_IS_PROXY(object) || !DUK_HOBJECT_HAS_EXTENSIBLE(object)) {
        duk_dup(ctx, 1);
        duk_dup(ctx, -2);
        duk_put_prop(ctx, 0);
    } else {
        duk_dup_top(ctx);
        duk_hobject_define_property_internal(ctx, object, duk_require_hstring(ctx, 1),
                                             DUK_PROPDESC_FLAGS_WC);
    }
    return 1;
}

void
wk_engine_records_init(duk_context *ctx)
{
    static const duk_function_list_entry verbs[] = {
        {"make", records_make, DUK_VARARGS}, {"attach", records_attach, 3}, {NULL, NULL, 0}};

    wk_engine_native(ctx, "records", verbs);
}
