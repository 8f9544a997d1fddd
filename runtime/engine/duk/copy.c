#include "duk_internal.h"

DUK_INTERNAL void
wk_copy_properties(duk_hthread *thr, duk_hobject *to, duk_hobject *from)
{
    duk_size_t bytes = DUK_HOBJECT_P_ALLOC_SIZE(from);
    duk_uint8_t *props;

    if (bytes == 0)
        return;
    props = DUK_ALLOC_CHECKED(thr, bytes);
    memcpy(props, DUK_HOBJECT_GET_PROPS(thr->heap, from), bytes);
    DUK_HOBJECT_SET_PROPS(thr->heap, to, props);
    DUK_HOBJECT_SET_ESIZE(to, DUK_HOBJECT_GET_ESIZE(from));
    DUK_HOBJECT_SET_ENEXT(to, DUK_HOBJECT_GET_ENEXT(from));
    DUK_HOBJECT_SET_HSIZE(to, DUK_HOBJECT_GET_HSIZE(from));
    for (duk_uint_fast32_t i = 0; i < DUK_HOBJECT_GET_ENEXT(to); i++) {
        DUK_HSTRING_INCREF(thr, DUK_HOBJECT_E_GET_KEY(thr->heap, to, i));
        DUK_TVAL_INCREF(thr, DUK_HOBJECT_E_GET_VALUE_TVAL_PTR(thr->heap, to, i));
    }
}

DUK_INTERNAL duk_hobject *
wk_closure_properties(duk_hthread *thr, duk_hcompfunc *from)
{
    duk_hobject *kept = DUK_HCOMPFUNC_GET_VARENV(thr->heap, from);

    return kept != DUK_HCOMPFUNC_GET_LEXENV(thr->heap, from) ? kept : NULL;
}

DUK_INTERNAL void
wk_closure_made(duk_hthread *thr, duk_hcompfunc *from, duk_hcompfunc *closure)
{
    duk_hobject *lex = DUK_HCOMPFUNC_GET_LEXENV(thr->heap, from),
                *var = DUK_HCOMPFUNC_GET_VARENV(thr->heap, from);

    if (lex == NULL) { /* compiled here; one that was loaded has two */
        lex = thr->builtins[DUK_BIDX_GLOBAL_ENV];
        DUK_HCOMPFUNC_SET_LEXENV(thr->heap, from, lex);
        DUK_HOBJECT_INCREF(thr, lex);
    } else if (var == lex) {
        DUK_HCOMPFUNC_SET_VARENV(thr->heap, from, NULL);
        DUK_HOBJECT_DECREF(thr, var);
    } else {
        duk_push_bare_object(thr);
        var = duk_known_hobject(thr, -1);
        wk_copy_properties(thr, var, (duk_hobject *)closure);
        DUK_HCOMPFUNC_SET_VARENV(thr->heap, from, var);
        DUK_HOBJECT_INCREF(thr, var);
        duk_pop(thr);
    }
}
