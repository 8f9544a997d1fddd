/* Object.assign, entries, values, fromEntries, and what tslib's __assign and __rest share with
 * them. */
#include "runtime/engine/objects.h"

/* Plain: its own properties are its entry part alone, and no script runs by listing them. */
static bool
is_plain(duk_hobject *obj)
{
    return !DUK_HOBJECT_IS_PROXY(obj) && !DUK_HOBJECT_HAS_ARRAY_PART(obj) &&
           !DUK_HOBJECT_HAS_EXOTIC_ARRAY(obj) && !DUK_HOBJECT_HAS_EXOTIC_STRINGOBJ(obj) &&
           !DUK_HOBJECT_HAS_EXOTIC_ARGUMENTS(obj) && !DUK_HOBJECT_IS_BUFOBJ(obj) &&
           !DUK_HOBJECT_IS_COMPFUNC(obj);
}

/* An index-like key must come before the others, which needs sorting: not for the fast way. */
static bool
is_ordered(duk_hthread *thr, duk_hobject *obj)
{
    for (duk_uint_fast32_t i = 0; i < DUK_HOBJECT_GET_ENEXT(obj); i++) {
        duk_hstring *key = DUK_HOBJECT_E_GET_KEY(thr->heap, obj, i);

        if (key != NULL && (DUK_HSTRING_HAS_ARRIDX(key) || DUK_HSTRING_HAS_SYMBOL(key)))
            return false;
    }
    return true;
}

static void
each_fast(duk_hthread *thr, duk_hobject *obj, wk_own_fn *fn, void *arg)
{
    /* fn may change obj: every step looks again. */
    for (duk_uint_fast32_t i = 0; i < DUK_HOBJECT_GET_ENEXT(obj); i++) {
        duk_hstring *key = DUK_HOBJECT_E_GET_KEY(thr->heap, obj, i);

        if (key == NULL || !DUK_HOBJECT_E_SLOT_IS_ENUMERABLE(thr->heap, obj, i))
            continue;
        duk_push_hstring(thr, key);
        if (DUK_HOBJECT_E_SLOT_IS_ACCESSOR(thr->heap, obj, i)) {
            duk_push_hobject(thr, obj);
            duk_dup(thr, -2);
            duk_get_prop(thr, -2);
            duk_remove(thr, -2);
        } else {
            duk_push_tval(thr, DUK_HOBJECT_E_GET_VALUE_TVAL_PTR(thr->heap, obj, i));
        }
        fn(thr, arg);
        duk_pop_2(thr);
    }
}

static bool
still_enumerable(duk_hthread *thr, duk_idx_t obj, duk_idx_t key)
{
    bool yes;

    duk_dup(thr, key);
    duk_get_prop_desc(thr, obj, 0);
    yes = duk_is_object(thr, -1) &&
          (duk_get_prop_literal(thr, -1, "enumerable"), duk_to_boolean_top_pop(thr));
    duk_pop(thr);
    return yes;
}

static void
each_slow(duk_hthread *thr, duk_idx_t idx, bool symbols, wk_own_fn *fn, void *arg)
{
    duk_uarridx_t n;
    duk_idx_t keys;
    bool proxy = DUK_HOBJECT_IS_PROXY(duk_known_hobject(thr, idx));

    keys = duk_get_top(thr);
    duk_enum(thr, idx,
             DUK_ENUM_OWN_PROPERTIES_ONLY | DUK_ENUM_SORT_ARRAY_INDICES |
                 (symbols ? DUK_ENUM_INCLUDE_SYMBOLS : 0) |
                 (proxy ? DUK_ENUM_INCLUDE_NONENUMERABLE : 0));
    duk_push_array(thr); /* enumerator keys */
    for (n = 0; duk_next(thr, keys, 0); n++)
        duk_put_prop_index(thr, keys + 1, n);
    for (duk_uarridx_t i = 0; i < n; i++) {
        duk_get_prop_index(thr, keys + 1, i);
        if (still_enumerable(thr, idx, -1)) {
            duk_dup_top(thr);
            duk_get_prop(thr, idx);
            fn(thr, arg);
            duk_pop(thr);
        }
        duk_pop(thr);
    }
    duk_set_top(thr, keys);
}

void
wk_each_own(duk_hthread *thr, duk_idx_t idx, bool symbols, wk_own_fn *fn, void *arg)
{
    duk_hobject *obj = duk_get_hobject(thr, idx);

    duk_require_stack(thr, 16);
    idx = duk_normalize_index(thr, idx);
    if (obj != NULL && is_plain(obj) && is_ordered(thr, obj)) {
        each_fast(thr, obj, fn, arg);
    } else {
        duk_dup(thr, idx);
        duk_to_object(thr, -1);
        each_slow(thr, duk_get_top(thr) - 1, symbols, fn, arg);
        duk_pop(thr);
    }
}

/* ---- Object.assign ---- */

static void
copy_one(duk_hthread *thr, void *arg)
{
    duk_dup(thr, -2);
    duk_dup(thr, -2);
    duk_put_prop(thr, *(duk_idx_t *)arg);
}

duk_ret_t
wk_object_assign(duk_context *ctx)
{
    duk_idx_t nargs = duk_get_top(ctx), target = 0;

    if (nargs == 0 || duk_is_null_or_undefined(ctx, 0))
        return duk_type_error(ctx, "Cannot convert undefined or null to object");
    duk_to_object(ctx, 0);
    for (duk_idx_t i = 1; i < nargs; i++) {
        if (!duk_is_null_or_undefined(ctx, i))
            wk_each_own(ctx, i, true, copy_one, &target);
    }
    duk_set_top(ctx, 1);
    return 1;
}

/* ---- entries, values, fromEntries ---- */

struct listing {
    duk_idx_t array;
    duk_uarridx_t n;
};

static void
list_value(duk_hthread *thr, void *arg)
{
    struct listing *l = arg;

    duk_dup_top(thr);
    duk_put_prop_index(thr, l->array, l->n++);
}

static void
list_entry(duk_hthread *thr, void *arg)
{
    struct listing *l = arg;

    duk_dup(thr, -2);
    duk_dup(thr, -2);
    wk_push_pair(thr);
    duk_put_prop_index(thr, l->array, l->n++);
}

static duk_ret_t
list(duk_context *ctx, wk_own_fn *fn)
{
    struct listing l = {1, 0};

    if (duk_is_null_or_undefined(ctx, 0))
        return duk_type_error(ctx, "Cannot convert undefined or null to object");
    duk_push_array(ctx);
    wk_each_own(ctx, 0, false, fn, &l);
    return 1;
}

static duk_ret_t
object_values(duk_context *ctx)
{
    return list(ctx, list_value);
}

static duk_ret_t
object_entries(duk_context *ctx)
{
    return list(ctx, list_entry);
}

static bool
entry_put(duk_hthread *thr, void *arg)
{
    if (!duk_is_object(thr, -1))
        (void)duk_type_error(thr, "Iterator value %s is not an entry object",
                             duk_safe_to_string(thr, -1));
    duk_get_prop_index(thr, -1, 0);
    duk_get_prop_index(thr, -2, 1);
    duk_def_prop(thr, *(duk_idx_t *)arg, DUK_DEFPROP_HAVE_VALUE | DUK_DEFPROP_SET_WEC);
    return true;
}

static duk_ret_t
object_from_entries(duk_context *ctx)
{
    duk_idx_t target = 1;

    duk_push_object(ctx);
    wk_each(ctx, 0, entry_put, &target);
    duk_set_top(ctx, 2);
    return 1;
}

static duk_ret_t
object_has_own(duk_context *ctx)
{
    if (duk_is_null_or_undefined(ctx, 0))
        return duk_type_error(ctx, "Cannot convert undefined or null to object");
    duk_to_object(ctx, 0);
    duk_get_prop_desc(ctx, 0, 0);
    duk_push_boolean(ctx, duk_is_object(ctx, -1));
    return 1;
}

/* Takes Duktape's own extensions out of script's reach. */
static void
hide_extensions(duk_context *ctx)
{
    static const struct {
        const char *object, *key;
    } hidden[] = {{NULL, "Duktape"},
                  {NULL, "CBOR"},
                  {NULL, "Buffer"},
                  {"String", "fromBufferRaw"},
                  {"Uint8Array", "allocPlain"},
                  {"Uint8Array", "plainOf"},
                  {"ArrayBuffer", "allocPlain"},
                  {"ArrayBuffer", "plainOf"}};

    for (size_t i = 0; i < WK_COUNT(hidden); i++) {
        if (hidden[i].object == NULL)
            duk_push_global_object(ctx);
        else
            duk_get_global_string(ctx, hidden[i].object);
        duk_del_prop_string(ctx, -1, hidden[i].key);
        duk_pop(ctx);
    }
}

void
wk_engine_objects_init(duk_context *ctx)
{
    static const duk_function_list_entry statics[] = {
        {"assign", wk_object_assign, 2 | WK_VARARGS},
        {"values", object_values, 1},
        {"entries", object_entries, 1},
        {"fromEntries", object_from_entries, 1},
        {"hasOwn", object_has_own, 2},
        {NULL, NULL, 0}};

    duk_get_global_literal(ctx, "Object");
    wk_define_methods(ctx, -1, statics);
    duk_pop(ctx);
    hide_extensions(ctx);
}
