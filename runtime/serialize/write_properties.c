/* Properties, arrays, Map and Set: what is walked, and may change under the walk (writer.h). */
#include "runtime/serialize/writer.h"

#define IS_COLLECTION(obj) (DUK_HOBJECT_GET_CLASS_NUMBER(obj) == DUK_HOBJECT_CLASS_WKSLOTS)

static bool
is_key(duk_hthread *thr, duk_hobject *obj, uint32_t i, duk_hstring *key)
{
    return key != NULL && !DUK_HSTRING_HAS_SYMBOL(key) &&
           DUK_HOBJECT_E_SLOT_IS_ENUMERABLE(thr->heap, obj, i);
}

/* The next property in the entry part, *i; false at the end. */
static bool
next_entry(struct wk_writer *w, struct wk_walk *walk, uint32_t *i)
{
    duk_heap *heap = w->thr->heap;
    duk_int_t e_idx, h_idx;

    if (walk->used != DUK_HOBJECT_GET_ENEXT(walk->of)) {
        /* The collector closed the gaps that deleted properties had left. */
        walk->used = DUK_HOBJECT_GET_ENEXT(walk->of);
        if (walk->last == NULL)
            walk->at = 0;
        else if (duk_hobject_find_entry(heap, walk->of, walk->last, &e_idx, &h_idx))
            walk->at = (uint32_t)e_idx + 1;
    }
    for (; walk->at < walk->used; walk->at++) {
        duk_hstring *key = DUK_HOBJECT_E_GET_KEY(heap, walk->of, walk->at);

        if (is_key(w->thr, walk->of, walk->at, key)) {
            walk->last = key;
            *i = walk->at++;
            return true;
        }
    }
    return false;
}

static void
add_rest(duk_hthread *thr, struct wk_slots *rest, const duk_tval *tv)
{
    if (rest->count == rest->cap)
        wk_slots_reserve(thr, rest, rest->cap < 8 ? 16 : rest->cap * 2);
    rest->slots[rest->count] = *tv;
    DUK_TVAL_INCREF(thr, &rest->slots[rest->count]);
    rest->count++;
}

void
wk_walk_take_rest(struct wk_writer *w, struct wk_walk *walk)
{
    struct wk_slots *rest, *m = (struct wk_slots *)(void *)walk->of;
    duk_tval tv, *entry;
    uint32_t i;

    duk_require_stack(w->thr, 8);
    rest = wk_slots_push(w->thr, WK_KIND_CELLS, 0, NULL);
    DUK_TVAL_SET_OBJECT(&tv, &rest->obj);
    wk_writer_keep(w, &tv);
    if (IS_COLLECTION(walk->of)) {
        while ((entry = wk_collection_next(m, &walk->at)) != NULL) {
            add_rest(w->thr, rest, entry);
            if (m->kind == WK_KIND_MAP)
                add_rest(w->thr, rest, entry + 1);
        }
    } else {
        while (next_entry(w, walk, &i)) {
            DUK_TVAL_SET_STRING(&tv, DUK_HOBJECT_E_GET_KEY(w->thr->heap, walk->of, i));
            add_rest(w->thr, rest, &tv);
        }
    }
    walk->rest = rest;
    duk_pop(w->thr);
}

/* --- properties --- */

static void
write_key(struct wk_writer *w, duk_hstring *key)
{
    duk_tval tv;

    if (DUK_HSTRING_HAS_ARRIDX(key)) {
        DUK_TVAL_SET_DOUBLE(&tv, (double)DUK_HSTRING_GET_ARRIDX_FAST(key));
        wk_put_number(w, &tv);
    } else {
        wk_put_string(w, key);
    }
}

static void
write_accessor(struct wk_writer *w, duk_hobject *obj, duk_hstring *key, duk_hobject *getter)
{
    duk_require_stack(w->thr, 8);
    duk_push_hstring(w->thr, key);
    if (getter == NULL) {
        duk_push_undefined(w->thr);
    } else {
        duk_push_hobject(w->thr, getter);
        duk_push_hobject(w->thr, obj);
        wk_writer_before_script(w);
        duk_call_method(w->thr, 0);
    }
    write_key(w, key);
    wk_write_top(w);
    duk_pop(w->thr);
}

/* The property at i of the entry part. */
static void
write_entry(struct wk_writer *w, duk_hobject *obj, uint32_t i)
{
    duk_hstring *key = DUK_HOBJECT_E_GET_KEY(w->thr->heap, obj, i);

    if (DUK_HOBJECT_E_SLOT_IS_ACCESSOR(w->thr->heap, obj, i)) {
        write_accessor(w, obj, key, DUK_HOBJECT_E_GET_VALUE_GETTER(w->thr->heap, obj, i));
    } else {
        write_key(w, key);
        wk_write_value(w, *DUK_HOBJECT_E_GET_VALUE_TVAL_PTR(w->thr->heap, obj, i));
    }
}

/* The property of that name, if it is still there. The key is someone else's to keep. */
static bool
write_own(struct wk_writer *w, duk_hobject *obj, duk_hstring *key, bool with_key)
{
    duk_propdesc desc;

    duk_require_stack(w->thr, 8);
    if (!duk_hobject_get_own_propdesc(w->thr, obj, key, &desc, DUK_GETDESC_FLAG_PUSH_VALUE))
        return false;
    if ((desc.flags & DUK_PROPDESC_FLAG_ACCESSOR) != 0 && desc.get != NULL) {
        duk_pop(w->thr); /* undefined, in its place */
        duk_push_hobject(w->thr, desc.get);
        duk_push_hobject(w->thr, obj);
        wk_writer_before_script(w);
        duk_call_method(w->thr, 0);
    }
    if (with_key)
        write_key(w, key);
    wk_write_top(w);
    return true;
}

/* Pushes the keys of an object whose indices have to come first, in order. */
static struct wk_slots *
push_sorted_keys(struct wk_writer *w, duk_hobject *obj)
{
    struct wk_slots *rest;

    duk_require_stack(w->thr, 8);
    rest = wk_slots_push(w->thr, WK_KIND_CELLS, 0, NULL);
    duk_push_hobject(w->thr, obj);
    duk_enum(w->thr, -1, DUK_ENUM_OWN_PROPERTIES_ONLY | DUK_ENUM_SORT_ARRAY_INDICES);
    while (duk_next(w->thr, -1, 0)) {
        add_rest(w->thr, rest, duk_get_tval(w->thr, -1));
        duk_pop(w->thr);
    }
    duk_pop_2(w->thr);
    return rest;
}

static bool
has_index(duk_hthread *thr, duk_hobject *obj)
{
    if (DUK_HOBJECT_GET_ASIZE(obj) > 0)
        return true;
    for (uint32_t i = 0; i < DUK_HOBJECT_GET_ENEXT(obj); i++) {
        duk_hstring *key = DUK_HOBJECT_E_GET_KEY(thr->heap, obj, i);

        if (key != NULL && DUK_HSTRING_HAS_ARRIDX(key))
            return true;
    }
    return false;
}

uint32_t
wk_write_properties(struct wk_writer *w, duk_hobject *obj, bool indices)
{
    struct wk_walk walk = {w->walks, obj, 0, NULL, DUK_HOBJECT_GET_ENEXT(obj), NULL};
    bool sorted = indices && has_index(w->thr, obj);
    uint32_t i, count = 0;

    w->walks = &walk;
    if (sorted)
        walk.rest = push_sorted_keys(w, obj);
    while (walk.rest == NULL && next_entry(w, &walk, &i)) {
        if (!indices && DUK_HSTRING_HAS_ARRIDX(walk.last))
            continue;
        write_entry(w, obj, i);
        count++;
    }
    for (i = 0; walk.rest != NULL && i < walk.rest->count; i++) {
        duk_hstring *key = DUK_TVAL_GET_STRING(&walk.rest->slots[i]);

        if (indices || !DUK_HSTRING_HAS_ARRIDX(key))
            count += write_own(w, obj, key, true);
    }
    if (sorted)
        duk_pop(w->thr);
    w->walks = walk.up;
    return count;
}

/* --- arrays --- */

/* The array part's value at i, NULL when it is not there. */
static duk_tval *
element(duk_hthread *thr, duk_hobject *obj, uint32_t i)
{
    duk_tval *tv;

    if (!DUK_HOBJECT_HAS_ARRAY_PART(obj) || i >= DUK_HOBJECT_GET_ASIZE(obj) ||
        i >= ((duk_harray *)(void *)obj)->length)
        return NULL;
    tv = DUK_HOBJECT_A_GET_BASE(thr->heap, obj) + i;
    return DUK_TVAL_IS_UNUSED(tv) ? NULL : tv;
}

static bool
is_small(duk_tval *tv)
{
    double d = DUK_TVAL_GET_NUMBER(tv);

    return d >= WK_SER_SMALL_MIN && d <= WK_SER_SMALL_MAX && d == (int32_t)d &&
           (d != 0 || !signbit(d));
}

/* No holes, and as new: what V8 calls packed. *doubles: numbers alone, and not all of them
 * small. */
static bool
is_dense(duk_hthread *thr, duk_hobject *obj, uint32_t length, bool *doubles)
{
    bool numbers = true, small = true;

    if (!DUK_HOBJECT_HAS_EXTENSIBLE(obj))
        return false;
    for (uint32_t i = 0; i < length; i++) {
        duk_tval *tv = element(thr, obj, i);

        if (tv == NULL)
            return false;
        numbers = numbers && DUK_TVAL_IS_NUMBER(tv);
        small = small && numbers && is_small(tv);
    }
    *doubles = numbers && !small;
    return true;
}

static void
write_index(struct wk_writer *w, duk_hobject *obj, uint32_t i)
{
    duk_tval *tv = element(w->thr, obj, i);

    if (tv != NULL) {
        wk_write_value(w, *tv);
        return;
    }
    /* Script made a hole, or an accessor, since the array was found dense. */
    duk_require_stack(w->thr, 8);
    duk_push_uint(w->thr, i);
    duk_to_string(w->thr, -1);
    if (!write_own(w, obj, duk_known_hstring(w->thr, -1), false))
        wk_put_byte(w, WK_SER_HOLE);
    duk_pop(w->thr);
}

void
wk_write_array(struct wk_writer *w, duk_hobject *obj)
{
    uint32_t length = ((duk_harray *)(void *)obj)->length, count;
    bool doubles, dense = is_dense(w->thr, obj, length, &doubles);

    wk_put_byte(w, dense ? WK_SER_DENSE : WK_SER_SPARSE);
    wk_put_varint(w, length);
    if (dense && doubles) {
        for (uint32_t i = 0; i < length; i++) {
            wk_put_byte(w, WK_SER_DOUBLE);
            wk_put_double(w, DUK_TVAL_GET_NUMBER(element(w->thr, obj, i)));
        }
    } else if (dense) {
        for (uint32_t i = 0; i < length; i++)
            write_index(w, obj, i);
    }
    count = wk_write_properties(w, obj, !dense);
    wk_put_byte(w, dense ? WK_SER_DENSE_END : WK_SER_SPARSE_END);
    wk_put_varint(w, count);
    wk_put_varint(w, length);
}

/* --- Map, Set --- */

void
wk_write_collection(struct wk_writer *w, struct wk_slots *m)
{
    struct wk_walk walk = {w->walks, &m->obj, 0, NULL, 0, NULL};
    bool map = m->kind == WK_KIND_MAP;
    uint32_t count = wk_collection_size(m) * (map ? 2 : 1);
    duk_tval *entry, value;

    w->walks = &walk;
    wk_put_byte(w, map ? WK_SER_MAP : WK_SER_SET);
    while (walk.rest == NULL && (entry = wk_collection_next(m, &walk.at)) != NULL) {
        bool script = map && DUK_TVAL_IS_OBJECT(entry); /* may run while the key is written */

        if (script) {
            duk_require_stack(w->thr, 8);
            duk_push_tval(w->thr, entry + 1);
        } else if (map) {
            value = entry[1];
        }
        wk_write_value(w, *entry);
        if (script)
            wk_write_top(w);
        else if (map)
            wk_write_value(w, value);
    }
    for (uint32_t i = 0; walk.rest != NULL && i < walk.rest->count; i++)
        wk_write_value(w, walk.rest->slots[i]);
    w->walks = walk.up;
    wk_put_byte(w, map ? WK_SER_MAP_END : WK_SER_SET_END);
    wk_put_varint(w, count);
}
