#include "duk_internal.h"

DUK_INTERNAL void
wk_push_array_like(duk_hthread *thr, duk_idx_t idx, duk_double_t length)
{
    duk_hobject *h = duk_get_hobject(thr, idx);

    if (h == NULL || DUK_HOBJECT_GET_CLASS_NUMBER(h) != DUK_HOBJECT_CLASS_ARRAY ||
        DUK_HOBJECT_GET_PROTOTYPE(thr->heap, h) == thr->builtins[DUK_BIDX_ARRAY_PROTOTYPE]) {
        duk_push_array(thr);
        return;
    }
    duk_get_prop_literal(thr, idx, "constructor");
    if (duk_is_object(thr, -1)) {
        duk_get_prop_string(thr, -1, DUK_WELLKNOWN_SYMBOL("Symbol.species"));
        duk_remove(thr, -2);
    }
    if (duk_is_null_or_undefined(thr, -1)) {
        duk_pop(thr);
        duk_push_array(thr);
        return;
    }
    duk_push_number(thr, length);
    duk_new(thr, 1);
}
