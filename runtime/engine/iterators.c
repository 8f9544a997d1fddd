/* %IteratorPrototype%, array and string iterators, and what for-of over an array is lowered to.
 *
 * An iterator is an object of kind ITERATOR: slot 0 is what it walks (undefined once it is
 * done), aux the position, flags what it gives. Map and Set iterators are in map.c. */
#include "runtime/engine/iterators.h"

/* Gives a fresh object the properties value and done, at VALUE_AT and DONE_AT. */
#define VALUE_AT 0
#define DONE_AT 1
static void
result_properties(duk_hthread *thr, duk_hobject *obj, duk_tval *value, bool done)
{
    duk_tval copy = *value; /* the stack may move */

    duk_hobject_resize_entrypart(thr, obj, 2);
    for (int i = VALUE_AT; i <= DONE_AT; i++) {
        duk_hstring *key = key_string(thr, i == VALUE_AT ? WK_KEY_VALUE : WK_KEY_DONE);

        DUK_HOBJECT_E_SET_KEY(thr->heap, obj, i, key);
        DUK_HSTRING_INCREF(thr, key);
        DUK_HOBJECT_E_SET_FLAGS(thr->heap, obj, i, DUK_PROPDESC_FLAGS_WEC);
    }
    DUK_TVAL_SET_TVAL(DUK_HOBJECT_E_GET_VALUE_TVAL_PTR(thr->heap, obj, VALUE_AT), &copy);
    DUK_TVAL_INCREF(thr, &copy);
    DUK_TVAL_SET_BOOLEAN(DUK_HOBJECT_E_GET_VALUE_TVAL_PTR(thr->heap, obj, DONE_AT), done);
    DUK_HOBJECT_SET_ENEXT(obj, 2);
}

void
wk_push_result(duk_hthread *thr, bool done)
{
    duk_push_object(thr);
    result_properties(thr, duk_known_hobject(thr, -1), duk_get_tval(thr, -2), done);
    duk_remove(thr, -2);
}

struct wk_slots *
wk_iterator_push(duk_hthread *thr, duk_idx_t source, enum wk_iterator_kind gives,
                 enum wk_intrinsic proto)
{
    struct wk_slots *it;

    source = duk_normalize_index(thr, source);
    it = wk_slots_push(thr, WK_KIND_ITERATOR, 1, intrinsic_object(thr, proto));
    it->flags = (duk_uint16_t)gives;
    wk_slot_set(thr, it, 0, duk_get_tval(thr, source));
    return it;
}

struct wk_slots *
wk_iterator_this(duk_hthread *thr, unsigned family, const char *name)
{
    struct wk_slots *it;

    duk_push_this(thr);
    it = wk_slots_get(thr, -1, WK_KIND_ITERATOR);
    if (it == NULL || (it->flags & WK_ITERATES_FAMILY) != family)
        (void)duk_type_error(thr, "next method called on incompatible receiver, not %s", name);
    return it;
}

/* ---- arrays, and whatever has length and indices ---- */

static duk_ret_t
array_iterator_next(duk_context *ctx)
{
    struct wk_slots *it = wk_iterator_this(ctx, WK_ITERATES_ARRAY, "an Array Iterator");
    uint32_t i = it->aux;

    duk_push_tval(ctx, &it->slots[0]);
    if (duk_is_undefined(ctx, -1) || i >= duk_get_length(ctx, -1)) {
        wk_slot_clear(ctx, it, 0);
        duk_push_undefined(ctx);
        wk_push_result(ctx, true);
        return 1;
    }
    it->aux = i + 1;
    if (it->flags & WK_GIVES_KEYS)
        duk_push_uint(ctx, i);
    if (it->flags & WK_GIVES_VALUES)
        duk_get_prop_index(ctx, 1, i);
    if ((it->flags & WK_GIVES_ENTRIES) == WK_GIVES_ENTRIES)
        wk_push_pair(ctx);
    wk_push_result(ctx, false);
    return 1;
}

void
wk_push_pair(duk_hthread *thr)
{
    duk_push_array(thr);
    duk_insert(thr, -3);
    duk_put_prop_index(thr, -3, 1);
    duk_put_prop_index(thr, -2, 0);
}

static duk_ret_t
array_iterator(duk_context *ctx, unsigned gives)
{
    duk_push_this(ctx);
    if (duk_is_null_or_undefined(ctx, -1))
        return duk_type_error(ctx, "Array.prototype method called on null or undefined");
    duk_to_object(ctx, -1);
    wk_iterator_push(ctx, -1, WK_ITERATES_ARRAY | gives, WK_ARRAY_ITERATOR_PROTO);
    return 1;
}

static duk_ret_t
array_keys(duk_context *ctx)
{
    return array_iterator(ctx, WK_GIVES_KEYS);
}

static duk_ret_t
array_values(duk_context *ctx)
{
    return array_iterator(ctx, WK_GIVES_VALUES);
}

static duk_ret_t
array_entries(duk_context *ctx)
{
    return array_iterator(ctx, WK_GIVES_ENTRIES);
}

/* ---- strings, by code point ---- */

static duk_ret_t
string_iterator_next(duk_context *ctx)
{
    struct wk_slots *it = wk_iterator_this(ctx, WK_ITERATES_STRING, "a String Iterator");
    uint32_t i = it->aux, n = 1;
    duk_codepoint_t c;

    duk_push_tval(ctx, &it->slots[0]);
    if (duk_is_undefined(ctx, -1) || i >= duk_get_length(ctx, -1)) {
        wk_slot_clear(ctx, it, 0);
        duk_push_undefined(ctx);
        wk_push_result(ctx, true);
        return 1;
    }
    c = duk_char_code_at(ctx, -1, i);
    if (c >= 0xd800 && c < 0xdc00 && i + 1 < duk_get_length(ctx, -1)) {
        c = duk_char_code_at(ctx, -1, i + 1);
        n += c >= 0xdc00 && c < 0xe000;
    }
    duk_substring(ctx, -1, i, i + n);
    it->aux = i + n;
    wk_push_result(ctx, false);
    return 1;
}

static duk_ret_t
string_iterator(duk_context *ctx)
{
    duk_push_this(ctx);
    if (duk_is_null_or_undefined(ctx, -1))
        return duk_type_error(ctx,
                              "String.prototype[Symbol.iterator] called on null or undefined");
    duk_to_string(ctx, -1);
    wk_iterator_push(ctx, -1, WK_ITERATES_STRING, WK_STRING_ITERATOR_PROTO);
    return 1;
}

/* ---- for-of over an array: the iterator is its own result object ---- */

static void
answer_self(duk_hthread *thr, struct wk_slots *it, bool done)
{
    duk_hobject *obj = &it->obj;

    DUK_TVAL_SET_BOOLEAN(DUK_HOBJECT_E_GET_VALUE_TVAL_PTR(thr->heap, obj, DONE_AT), done);
    DUK_TVAL_SET_TVAL_UPDREF(thr, DUK_HOBJECT_E_GET_VALUE_TVAL_PTR(thr->heap, obj, VALUE_AT),
                             duk_get_tval(thr, -1));
}

duk_ret_t
wk_iterator_answer(duk_hthread *thr, struct wk_slots *it, bool done)
{
    if (it->flags & WK_GIVES_SELF) {
        answer_self(thr, it, done);
        duk_push_hobject(thr, &it->obj);
    } else {
        wk_push_result(thr, done);
    }
    return 1;
}

static duk_ret_t
values_next(duk_context *ctx)
{
    struct wk_slots *it;
    bool done;

    duk_push_this(ctx);
    it = wk_slots_get(ctx, -1, WK_KIND_ITERATOR);
    duk_push_tval(ctx, &it->slots[0]);
    done = it->aux >= duk_get_length(ctx, -1);
    if (done)
        duk_push_undefined(ctx);
    else
        duk_get_prop_index(ctx, -1, it->aux++);
    answer_self(ctx, it, done);
    duk_pop_2(ctx);
    return 1;
}

/* Makes the iterator at the top its own result object. */
static void
make_self(duk_hthread *thr, struct wk_slots *it)
{
    duk_tval none;

    DUK_TVAL_SET_UNDEFINED(&none);
    result_properties(thr, &it->obj, &none, false);
    it->flags |= WK_GIVES_SELF;
}

/* __values: the iterator of anything iterable or array-like. It never gets into script's hands.
 */
duk_ret_t
wk_tslib_values(duk_context *ctx)
{
    bool array_like = wk_is_plain_array(ctx, 0);
    struct wk_slots *it;

    if (!array_like && duk_is_object(ctx, 0)) {
        get_key(ctx, 0, WK_KEY_ITERATOR);
        array_like = duk_is_undefined(ctx, -1) && duk_get_prop_literal(ctx, 0, "length") &&
                     duk_is_number(ctx, -1);
    }
    if (array_like) {
        make_self(ctx, wk_iterator_push(ctx, 0, WK_ITERATES_SELF, WK_VALUES_PROTO));
        return 1;
    }
    wk_push_iterator(ctx, 0);
    it = wk_slots_get(ctx, -1, WK_KIND_ITERATOR);
    if (it != NULL && !duk_samevalue(ctx, 0, -1) && DUK_HOBJECT_GET_ENEXT(&it->obj) == 0 &&
        ((it->flags & WK_ITERATES_FAMILY) == WK_ITERATES_MAP ||
         (it->flags & WK_ITERATES_FAMILY) == WK_ITERATES_SET) &&
        (wk_slots_get(ctx, 0, WK_KIND_MAP) != NULL ||
         wk_slots_get(ctx, 0, WK_KIND_SET) != NULL))
        make_self(ctx, it);
    return 1;
}

/* Pushes an iterator's prototype: next, a tag, %IteratorPrototype% above. Popped, kept as
 * which. */
void
wk_iterator_proto(duk_hthread *thr, enum wk_intrinsic which, const char *tag,
                  duk_c_function next)
{
    const duk_function_list_entry methods[] = {{"next", next, 0}, {NULL, NULL, 0}};

    duk_push_object(thr);
    duk_push_hobject(thr, intrinsic_object(thr, WK_ITERATOR_PROTO));
    duk_set_prototype(thr, -2);
    wk_define_methods(thr, -1, methods);
    if (tag != NULL)
        wk_define_tag(thr, -1, tag);
    wk_intrinsic_set(thr, which);
    duk_pop(thr);
}

static void
array_prototype(duk_hthread *thr, duk_idx_t idx)
{
    static const duk_function_list_entry methods[] = {{"keys", array_keys, 0},
                                                      {"values", array_values, 0},
                                                      {"entries", array_entries, 0},
                                                      {NULL, NULL, 0}};

    idx = duk_normalize_index(thr, idx);
    wk_define_methods(thr, idx, methods);
    duk_get_prop_literal(thr, idx, "values");
    duk_dup_top(thr);
    wk_define_value(thr, idx, DUK_WELLKNOWN_SYMBOL("Symbol.iterator"));
}

void
wk_engine_iterators_init(duk_context *ctx)
{
    static const duk_function_list_entry self[] = {
        {DUK_WELLKNOWN_SYMBOL("Symbol.iterator"), wk_return_this, 0}, {NULL, NULL, 0}};
    static const duk_function_list_entry string[] = {
        {DUK_WELLKNOWN_SYMBOL("Symbol.iterator"), string_iterator, 0}, {NULL, NULL, 0}};

    duk_push_object(ctx);
    wk_define_methods(ctx, -1, self);
    wk_intrinsic_set(ctx, WK_ITERATOR_PROTO);
    duk_pop(ctx);
    wk_iterator_proto(ctx, WK_ARRAY_ITERATOR_PROTO, "Array Iterator", array_iterator_next);
    wk_iterator_proto(ctx, WK_STRING_ITERATOR_PROTO, "String Iterator", string_iterator_next);
    wk_iterator_proto(ctx, WK_VALUES_PROTO, NULL, values_next);
    duk_push_hobject(ctx, ((duk_hthread *)ctx)->builtins[DUK_BIDX_ARRAY_PROTOTYPE]);
    array_prototype(ctx, -1);
    wk_intrinsic_set(ctx, WK_ARRAY_VALUES);
    duk_pop_2(ctx);
    duk_push_hobject(ctx, ((duk_hthread *)ctx)->builtins[DUK_BIDX_UINT8ARRAY_PROTOTYPE]);
    duk_get_prototype(ctx, -1);
    array_prototype(ctx, -1);
    duk_pop_3(ctx);
    duk_push_hobject(ctx, ((duk_hthread *)ctx)->builtins[DUK_BIDX_STRING_PROTOTYPE]);
    wk_define_methods(ctx, -1, string);
    duk_pop(ctx);
}
