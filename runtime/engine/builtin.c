/* What the native builtins share: intrinsics and keys, closures, classes, iteration of
 * iterables. */
#include "runtime/engine/engine_priv.h"

static const char *const key_names[WK_KEYS] = {
    [WK_KEY_CELL] = DUK_HIDDEN_SYMBOL("cell"),
    [WK_KEY_THEN] = "then",
    [WK_KEY_CONSTRUCTOR] = "constructor",
    [WK_KEY_PROTOTYPE] = "prototype",
    [WK_KEY_NEXT] = "next",
    [WK_KEY_DONE] = "done",
    [WK_KEY_VALUE] = "value",
    [WK_KEY_RETURN] = "return",
    [WK_KEY_THROW] = "throw",
    [WK_KEY_RESOLVE] = "resolve",
    [WK_KEY_LABEL] = "label",
    [WK_KEY_ITERATOR] = DUK_WELLKNOWN_SYMBOL("Symbol.iterator"),
    [WK_KEY_SPECIES] = DUK_WELLKNOWN_SYMBOL("Symbol.species"),
    [WK_KEY_ERRORS] = "errors",
    [WK_KEY_ADD] = "add",
    [WK_KEY_SET] = "set",
};

void
wk_engine_cells_init(duk_hthread *thr)
{
    struct wk_slots *cells = wk_slots_push(thr, WK_KIND_CELLS, WK_INTRINSICS + WK_KEYS, NULL);

    engine_of(thr)->cells = cells;
    duk_push_global_stash(thr);
    duk_dup(thr, -2);
    duk_put_prop_string(thr, -2, DUK_HIDDEN_SYMBOL("cells"));
    for (int i = 0; i < WK_KEYS; i++) {
        duk_push_string(thr, key_names[i]);
        wk_slot_set(thr, cells, (duk_uint32_t)(WK_INTRINSICS + i), duk_get_tval(thr, -1));
        duk_pop(thr);
    }
    duk_pop_2(thr);
    wk_slots_push(thr, WK_KIND_CELLS, 16, NULL)->count = 0;
    wk_intrinsic_set(thr, WK_RESOLVERS);
    duk_pop(thr);
}

void
wk_intrinsic_set(duk_hthread *thr, enum wk_intrinsic which)
{
    wk_slot_set(thr, engine_of(thr)->cells, which, duk_require_tval(thr, -1));
}

void
wk_push_closure(duk_hthread *thr, duk_c_function fn, duk_idx_t nargs, int magic)
{
    duk_push_c_function(thr, fn, nargs);
    duk_set_magic(thr, -1, magic);
    duk_insert(thr, -2);
    duk_put_prop_heapptr(thr, -2, key_string(thr, WK_KEY_CELL));
}

struct wk_slots *
wk_closure_cell(duk_hthread *thr)
{
    duk_hobject *fn = DUK_ACT_GET_FUNC(thr->callstack_curr);
    duk_tval *tv = duk_hobject_find_entry_tval_ptr(thr->heap, fn, key_string(thr, WK_KEY_CELL));

    return (struct wk_slots *)(void *)DUK_TVAL_GET_OBJECT(tv);
}

duk_hobject *
wk_constructor_proto(duk_hthread *thr, const char *name, enum wk_intrinsic proto)
{
    duk_hobject *wanted = intrinsic_object(thr, proto), *self, *found = NULL;

    duk_push_this(thr);
    if ((self = duk_get_hobject(thr, -1)) != NULL) {
        duk_hobject *p = DUK_HOBJECT_GET_PROTOTYPE(thr->heap, self);

        if (duk_is_constructor_call(thr)) {
            found = p != NULL ? p : wanted;
        } else {
            for (duk_hobject *at = p; at != NULL && found == NULL;
                 at = DUK_HOBJECT_GET_PROTOTYPE(thr->heap, at))
                found = at == wanted ? p : NULL;
        }
    }
    duk_pop(thr); /* its caller holds it */
    if (found == NULL)
        (void)duk_type_error(thr,
                             strcmp(name, "Promise") == 0 ? "%s constructor cannot be invoked without 'new'"
                                                          : "Constructor %s requires 'new'",
                             name);
    return found;
}

/* Defines `name` and `length` of the function at the top. */
static void
define_name(duk_hthread *thr, const char *name, duk_idx_t length)
{
    duk_push_literal(thr, "name");
    duk_push_string(thr, name);
    duk_def_prop(thr, -3, DUK_DEFPROP_HAVE_VALUE | DUK_DEFPROP_SET_CONFIGURABLE);
    duk_push_literal(thr, "length");
    duk_push_int(thr, length);
    duk_def_prop(thr, -3, DUK_DEFPROP_HAVE_VALUE | DUK_DEFPROP_SET_CONFIGURABLE);
}

void
wk_define_value(duk_hthread *thr, duk_idx_t idx, const char *key)
{
    idx = duk_normalize_index(thr, idx);
    duk_push_string(thr, key);
    duk_insert(thr, -2);
    duk_def_prop(thr, idx,
                 DUK_DEFPROP_HAVE_VALUE | DUK_DEFPROP_SET_WRITABLE |
                     DUK_DEFPROP_SET_CONFIGURABLE | DUK_DEFPROP_CLEAR_ENUMERABLE |
                     DUK_DEFPROP_FORCE);
}

/* The name a function has under a key: symbols as [Symbol.iterator]. */
static const char *
display_name(const char *key, char *out, size_t bytes)
{
    const char *end;

    if ((unsigned char)key[0] != 0x81)
        return key;
    end = strchr(key, '\xff');
    snprintf(out, bytes, "[%.*s]", (int)(end - key - 1), key + 1);
    return out;
}

void
wk_define_getter(duk_hthread *thr, duk_idx_t idx, const char *key, duk_c_function get)
{
    char symbol[64], name[80];

    idx = duk_normalize_index(thr, idx);
    duk_push_string(thr, key);
    duk_push_c_function(thr, get, 0);
    snprintf(name, sizeof(name), "get %s", display_name(key, symbol, sizeof(symbol)));
    define_name(thr, name, 0);
    duk_def_prop(thr, idx, DUK_DEFPROP_HAVE_GETTER | DUK_DEFPROP_SET_CONFIGURABLE);
}

/* nargs of an entry: the function's length in the low byte, and WK_VARARGS when it takes any
 * number. */
void
wk_define_methods(duk_hthread *thr, duk_idx_t idx, const duk_function_list_entry *methods)
{
    char symbol[64];

    idx = duk_normalize_index(thr, idx);
    for (; methods->key != NULL; methods++) {
        int varargs = methods->nargs & WK_VARARGS, length = methods->nargs & 0xf;

        duk_push_c_function(thr, methods->value,
                            varargs ? DUK_VARARGS : length + (methods->nargs >> 8));
        define_name(thr, display_name(methods->key, symbol, sizeof(symbol)), length);
        wk_define_value(thr, idx, methods->key);
    }
}

void
wk_define_tag(duk_hthread *thr, duk_idx_t idx, const char *tag)
{
    idx = duk_normalize_index(thr, idx);
    duk_push_string(thr, DUK_WELLKNOWN_SYMBOL("Symbol.toStringTag"));
    duk_push_string(thr, tag);
    duk_def_prop(thr, idx, DUK_DEFPROP_HAVE_VALUE | DUK_DEFPROP_SET_CONFIGURABLE);
}

void
wk_push_class(duk_hthread *thr, const char *name, duk_c_function ctor, duk_idx_t length,
              const duk_function_list_entry *statics, const duk_function_list_entry *methods)
{
    duk_push_c_function(thr, ctor, DUK_VARARGS);
    define_name(thr, name, length);
    duk_push_object(thr);
    duk_push_literal(thr, "prototype");
    duk_dup(thr, -2);
    duk_def_prop(thr, -4, DUK_DEFPROP_HAVE_VALUE | DUK_DEFPROP_CLEAR_WEC);
    duk_dup(thr, -2);
    wk_define_value(thr, -2, "constructor");
    if (statics != NULL)
        wk_define_methods(thr, -2, statics);
    wk_define_methods(thr, -1, methods);
    wk_define_tag(thr, -1, name);
    duk_push_global_object(thr);
    duk_dup(thr, -3);
    wk_define_value(thr, -2, name);
    duk_pop(thr);
}

duk_ret_t
wk_return_this(duk_context *ctx)
{
    duk_push_this(ctx);
    return 1;
}

/* ---- iterables ---- */

struct each {
    wk_each_fn *fn;
    void *arg;
    bool in_fn;
};

/* [ iterator next ]: to the end, or until fn has enough. */
static duk_ret_t
each_run(duk_context *ctx, void *udata)
{
    struct each *each = udata;
    duk_idx_t next = duk_get_top(ctx) - 1;

    for (bool more = true; more;) {
        duk_dup(ctx, next);
        duk_dup(ctx, next - 1);
        duk_call_method(ctx, 0);
        if (!duk_is_object(ctx, -1))
            return duk_type_error(ctx, "Iterator result %s is not an object",
                                  duk_safe_to_string(ctx, -1));
        get_key(ctx, -1, WK_KEY_DONE);
        if (duk_to_boolean(ctx, -1))
            return 0;
        get_key(ctx, -2, WK_KEY_VALUE);
        each->in_fn = true;
        more = each->fn(ctx, each->arg);
        each->in_fn = !more;
        duk_pop_3(ctx);
    }
    return 0;
}

/* iterator.return(), whatever it does. [ iterator ] -> [ result ] */
static duk_ret_t
each_close(duk_context *ctx, void *udata)
{
    get_key(ctx, -1, WK_KEY_RETURN);
    if (duk_is_null_or_undefined(ctx, -1))
        return 0;
    duk_dup(ctx, -2);
    duk_call_method(ctx, 0);
    return 1;
}

bool
wk_is_plain_array(duk_hthread *thr, duk_idx_t idx)
{
    bool plain;

    if (!duk_is_array(thr, idx))
        return false;
    get_key(thr, idx, WK_KEY_ITERATOR);
    plain = duk_get_hobject(thr, -1) == intrinsic_object(thr, WK_ARRAY_VALUES);
    duk_pop(thr);
    return plain;
}

void
wk_push_iterator(duk_hthread *thr, duk_idx_t idx)
{
    idx = duk_normalize_index(thr, idx);
    duk_require_stack(thr, 16);
    if (duk_is_null_or_undefined(thr, idx))
        (void)duk_type_error(thr, "%s is not iterable", duk_safe_to_string(thr, idx));
    get_key(thr, idx, WK_KEY_ITERATOR);
    if (!duk_is_callable(thr, -1)) {
        duk_push_string(thr, duk_is_object(thr, idx) ? "object" : duk_safe_to_string(thr, idx));
        (void)duk_type_error(thr, "%s is not iterable", duk_get_string(thr, -1));
    }
    duk_dup(thr, idx);
    duk_call_method(thr, 0);
    if (!duk_is_object(thr, -1))
        (void)duk_type_error(thr, "Result of the Symbol.iterator method is not an object");
}

void
wk_each(duk_hthread *thr, duk_idx_t idx, wk_each_fn *fn, void *arg)
{
    struct each each = {fn, arg, false};
    int rc;

    idx = duk_normalize_index(thr, idx);
    if (wk_is_plain_array(thr, idx)) {
        for (duk_uarridx_t i = 0; i < duk_get_length(thr, idx); i++) {
            duk_get_prop_index(thr, idx, i);
            rc = fn(thr, arg);
            duk_pop(thr);
            if (!rc)
                return;
        }
        return;
    }
    wk_push_iterator(thr, idx);
    duk_dup_top(thr);
    get_key(thr, -1, WK_KEY_NEXT);
    rc = duk_safe_call(thr, each_run, &each, 2, 1); /* iterator outcome */
    if (each.in_fn) {
        duk_dup(thr, -2);
        if (duk_safe_call(thr, each_close, NULL, 1, 1) != 0 && rc == 0)
            (void)duk_throw(thr);
        duk_pop(thr);
    }
    if (rc != 0)
        (void)duk_throw(thr);
    duk_pop_2(thr);
}
