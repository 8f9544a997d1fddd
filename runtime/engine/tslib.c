/* tslib's hot helpers: spread, rest, destructuring, private members, extends, super calls. */
#include "runtime/engine/objects.h"

/* ---- destructuring and spread ---- */

struct reading {
    duk_idx_t array;
    duk_uarridx_t n;
    double limit;
};

static bool
read_one(duk_hthread *thr, void *arg)
{
    struct reading *r = arg;

    duk_dup_top(thr);
    duk_put_prop_index(thr, r->array, r->n++);
    return r->n < r->limit;
}

/* Copies the elements of the array-like at idx to out. */
static duk_uarridx_t
copy_elements(duk_hthread *thr, duk_idx_t idx, duk_idx_t out, duk_uarridx_t to, duk_uarridx_t n)
{
    for (duk_uarridx_t i = 0; i < n; i++) {
        duk_get_prop_index(thr, idx, i);
        duk_put_prop_index(thr, out, to + i);
    }
    return to + n;
}

/* An arguments object: iterable, though Duktape's has no iterator of its own. */
static bool
is_arguments(duk_hthread *thr, duk_idx_t idx)
{
    duk_hobject *obj = duk_get_hobject(thr, idx);

    return obj != NULL && DUK_HOBJECT_GET_CLASS_NUMBER(obj) == DUK_HOBJECT_CLASS_ARGUMENTS;
}

/* __read(o, n): an array of o's first n values. Lowered code only reads it, so that an array will do as
 * it is, and live, as a destructuring iterator would see it. */
static duk_ret_t
tslib_read(duk_context *ctx)
{
    struct reading r = {2, 0,
                        duk_is_undefined(ctx, 1) ? DUK_DOUBLE_INFINITY : duk_to_number(ctx, 1)};

    if (wk_is_plain_array(ctx, 0)) {
        duk_dup(ctx, 0);
        return 1;
    }
    duk_push_array(ctx);
    if (is_arguments(ctx, 0))
        copy_elements(ctx, 0, 2, 0, (duk_uarridx_t)duk_get_length(ctx, 0));
    else if (r.limit > 0)
        wk_each(ctx, 0, read_one, &r);
    duk_set_top(ctx, 3);
    return 1;
}

/* __spreadArray(to, from, pack): a new array. */
static duk_ret_t
tslib_spread_array(duk_context *ctx)
{
    duk_uarridx_t a = (duk_uarridx_t)duk_get_length(ctx, 0),
                  b = (duk_uarridx_t)duk_get_length(ctx, 1);

    duk_push_harray_with_size(ctx, a + b);
    copy_elements(ctx, 1, 3, copy_elements(ctx, 0, 3, 0, a), b);
    return 1;
}

struct leaving_out {
    duk_idx_t target, keys;
    duk_uarridx_t n;
};

static void
rest_one(duk_hthread *thr, void *arg)
{
    struct leaving_out *l = arg;

    for (duk_uarridx_t i = 0; i < l->n; i++) {
        bool same;

        duk_get_prop_index(thr, l->keys, i);
        if (!duk_is_symbol(thr, -1))
            duk_to_string(thr, -1);
        same = duk_strict_equals(thr, -1, -3);
        duk_pop(thr);
        if (same)
            return;
    }
    duk_dup(thr, -2);
    duk_dup(thr, -2);
    duk_put_prop(thr, l->target);
}

/* __rest(source, keys): its other properties. */
static duk_ret_t
tslib_rest(duk_context *ctx)
{
    struct leaving_out l = {2, 1, (duk_uarridx_t)duk_get_length(ctx, 1)};

    duk_push_object(ctx);
    if (!duk_is_null_or_undefined(ctx, 0))
        wk_each_own(ctx, 0, true, rest_one, &l);
    return 1;
}

/* ---- private members: (receiver, state, [value,] kind, f) ---- */

static bool
has_member(duk_hthread *thr, duk_idx_t receiver, duk_idx_t state)
{
    struct wk_slots *w = wk_slots_get(thr, state, WK_KIND_WEAK_MAP);
    bool has;

    if (w == NULL)
        w = wk_slots_get(thr, state, WK_KIND_WEAK_SET);
    if (w != NULL) {
        duk_hobject *key = duk_get_hobject(thr, receiver);

        return key != NULL && wk_weak_find(thr, key, w) != NULL;
    }
    if (duk_is_function(thr, state))
        return duk_strict_equals(thr, receiver, state);
    duk_dup(thr, state);
    duk_push_literal(thr, "has");
    duk_dup(thr, receiver);
    duk_call_prop(thr, -3, 1);
    has = duk_to_boolean(thr, -1);
    duk_pop_2(thr);
    return has;
}

static char
kind_at(duk_hthread *thr, duk_idx_t idx)
{
    const char *kind = duk_get_string(thr, idx);

    return kind == NULL ? 'f' : kind[0];
}

/* The value in a WeakMap, or NULL. */
static duk_tval *
member(duk_hthread *thr, duk_idx_t receiver, duk_idx_t state)
{
    struct wk_slots *w = wk_slots_get(thr, state, WK_KIND_WEAK_MAP);
    duk_hobject *key = w == NULL ? NULL : duk_get_hobject(thr, receiver);

    return key == NULL ? NULL : wk_weak_find(thr, key, w);
}

static duk_ret_t
tslib_private_get(duk_context *ctx)
{
    duk_tval *value = member(ctx, 0, 1);
    char kind;

    if (value != NULL && duk_is_undefined(ctx, 3)) {
        duk_push_tval(ctx, value);
        return 1;
    }
    kind = kind_at(ctx, 2);
    if (kind == 'a' && !duk_is_callable(ctx, 3))
        return duk_type_error(ctx, "Private accessor was defined without a getter");
    if (!has_member(ctx, 0, 1))
        return duk_type_error(
            ctx, "Cannot read private member from an object whose class did not declare it");
    if (kind == 'm') {
        duk_dup(ctx, 3);
    } else if (kind == 'a') {
        duk_dup(ctx, 3);
        duk_dup(ctx, 0);
        duk_call_method(ctx, 0);
    } else if (duk_is_object(ctx, 3)) {
        get_key(ctx, 3, WK_KEY_VALUE);
    } else {
        duk_push_literal(ctx, "get");
        duk_dup(ctx, 0);
        duk_call_prop(ctx, 1, 1);
    }
    return 1;
}

static duk_ret_t
tslib_private_set(duk_context *ctx)
{
    duk_tval *slot = member(ctx, 0, 1);
    char kind = kind_at(ctx, 3);

    if (kind == 'm')
        return duk_type_error(ctx, "Private method is not writable");
    if (kind == 'a' && !duk_is_callable(ctx, 4))
        return duk_type_error(ctx, "Private accessor was defined without a setter");
    if (slot == NULL && !has_member(ctx, 0, 1))
        return duk_type_error(
            ctx, "Cannot write private member to an object whose class did not declare it");
    if (kind == 'a') {
        duk_dup(ctx, 4);
        duk_dup(ctx, 0);
        duk_dup(ctx, 2);
        duk_call_method(ctx, 1);
    } else if (duk_is_object(ctx, 4)) {
        duk_dup(ctx, 2);
        duk_put_prop_heapptr(ctx, 4, key_string(ctx, WK_KEY_VALUE));
    } else if (slot != NULL) {
        DUK_TVAL_SET_TVAL_UPDREF((duk_hthread *)ctx, slot, duk_get_tval(ctx, 2));
    } else {
        duk_push_literal(ctx, "set");
        duk_dup(ctx, 0);
        duk_dup(ctx, 2);
        duk_call_prop(ctx, 1, 2);
    }
    duk_dup(ctx, 2);
    return 1;
}

static duk_ret_t
tslib_private_in(duk_context *ctx)
{
    if (!duk_is_object(ctx, 1))
        return duk_type_error(ctx, "Cannot use 'in' operator on non-object");
    duk_push_boolean(ctx, has_member(ctx, 1, 0));
    return 1;
}

/* ---- classes ---- */

/* __extends(derived, base) */
static duk_ret_t
tslib_extends(duk_context *ctx)
{
    if (!duk_is_function(ctx, 1) && !duk_is_null(ctx, 1))
        return duk_type_error(ctx, "Class extends value %s is not a constructor or null",
                              duk_safe_to_string(ctx, 1));
    duk_push_object(ctx);
    if (duk_is_null(ctx, 1)) {
        duk_push_undefined(ctx); /* Function.prototype stays the constructor's prototype */
    } else {
        duk_dup(ctx, 1);
        duk_set_prototype(ctx, 0);
        get_key(ctx, 1, WK_KEY_PROTOTYPE);
        if (!duk_is_object(ctx, -1) && !duk_is_null(ctx, -1))
            return duk_type_error(
                ctx, "Class extends value does not have valid prototype property %s",
                duk_safe_to_string(ctx, -1));
        if (duk_is_null(ctx, -1)) {
            duk_pop(ctx);
            duk_push_undefined(ctx);
        }
    }
    duk_set_prototype(ctx, 2);
    duk_dup(ctx, 0);
    wk_define_value(ctx, 2, "constructor");
    duk_put_prop_heapptr(ctx, 0, key_string(ctx, WK_KEY_PROTOTYPE));
    return 0;
}

/* __wkSuper(base, thisArg, args): super(...args) of a lowered class. A constructor of the
 * engine makes its own kind of object, which gets thisArg's prototype; a lowered one sets
 * thisArg up. */
static duk_ret_t
tslib_super(duk_context *ctx)
{
    duk_hobject *base = duk_get_hobject(ctx, 0);
    duk_idx_t n = duk_is_object(ctx, 2) ? (duk_idx_t)duk_get_length(ctx, 2) : 0;
    bool native =
        base != NULL && DUK_HOBJECT_IS_NATFUNC(base) && DUK_HOBJECT_HAS_CONSTRUCTABLE(base);

    if (native && base == ((duk_hthread *)ctx)->builtins[DUK_BIDX_OBJECT_CONSTRUCTOR])
        return 0;
    duk_require_stack(ctx, n + 8);
    duk_dup(ctx, 0);
    if (!native)
        duk_dup(ctx, 1);
    for (duk_idx_t i = 0; i < n; i++)
        duk_get_prop_index(ctx, 2, (duk_uarridx_t)i);
    if (!native) {
        duk_call_method(ctx, n);
        return 1;
    }
    duk_new(ctx, n);
    if (duk_is_object(ctx, 1)) {
        duk_get_prototype(ctx, 1);
        duk_set_prototype(ctx, -2);
    }
    return 1;
}

void
wk_engine_tslib_init(duk_context *ctx)
{
    static const duk_function_list_entry tslib[] = {
        {"__read", tslib_read, 2},
        {"__spreadArray", tslib_spread_array, 3},
        {"__assign", wk_object_assign, DUK_VARARGS},
        {"__rest", tslib_rest, 2},
        {"__classPrivateFieldGet", tslib_private_get, 4},
        {"__classPrivateFieldSet", tslib_private_set, 5},
        {"__classPrivateFieldIn", tslib_private_in, 2},
        {"__extends", tslib_extends, 2},
        {"__wkSuper", tslib_super, 3},
        {NULL, NULL, 0}};

    wk_engine_native(ctx, "tslib", tslib);
}
