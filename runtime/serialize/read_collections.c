/* Objects, arrays, Map, Set. */
#include "runtime/serialize/reader.h"

/* Replaces the number at the top by its string. */
static void
key_from_number(struct wk_reader *r)
{
    if (!duk_is_string(r->thr, -1)) {
        if (!duk_is_number(r->thr, -1))
            wk_read_fail(r);
        duk_to_string(r->thr, -1);
    }
}

/* Defines obj[key] = value from the top of the stack, [ obj key value ], which it pops; false
 * when the property is there already, or none that an array may get. */
static bool
define(struct wk_reader *r, duk_hobject *obj, bool array)
{
    duk_hstring *key = duk_known_hstring(r->thr, -2);
    duk_propdesc desc;
    uint32_t before;

    if (array) {
        if (DUK_HSTRING_HAS_ARRIDX(key) &&
            DUK_HSTRING_GET_ARRIDX_FAST(key) >= ((duk_harray *)(void *)obj)->length)
            return false;
        if (duk_hobject_get_own_propdesc(r->thr, obj, key, &desc, 0))
            return false;
        duk_hobject_define_property_internal(r->thr, obj, key, DUK_PROPDESC_FLAGS_WEC);
    } else {
        before = DUK_HOBJECT_GET_ENEXT(obj);
        duk_hobject_define_property_internal(r->thr, obj, key, DUK_PROPDESC_FLAGS_WEC);
        if (DUK_HOBJECT_GET_ENEXT(obj) == before)
            return false;
    }
    duk_pop(r->thr);
    return true;
}

/* Reads properties into the object at the top of the stack, until the end tag, which it takes.
 */
static uint32_t
read_properties(struct wk_reader *r, int end_tag, bool array)
{
    duk_hobject *obj = duk_known_hobject(r->thr, -1);
    uint32_t count = 0;

    while (wk_peek_tag(r) != end_tag) {
        wk_read_value(r);
        key_from_number(r);
        wk_read_value(r);
        if (!define(r, obj, array))
            wk_read_fail(r);
        count++;
    }
    r->at++;
    return count;
}

void
wk_read_object(struct wk_reader *r)
{
    uint32_t number = wk_reader_number(r), count;

    duk_push_object(r->thr);
    wk_reader_made(r, number);
    count = read_properties(r, WK_SER_OBJECT_END, false);
    if (wk_read_varint(r) != count)
        wk_read_fail(r);
}

/* --- arrays --- */

/* Moves the value at the top to the array's element i. */
static void
put_element(struct wk_reader *r, duk_hobject *array, uint32_t i)
{
    if (DUK_HOBJECT_HAS_ARRAY_PART(array) && i < DUK_HOBJECT_GET_ASIZE(array)) {
        duk_tval *tv = DUK_HOBJECT_A_GET_BASE(r->thr->heap, array) + i;

        WK_CHECK(DUK_TVAL_IS_UNUSED(tv));
        *tv = *duk_get_tval(r->thr, -1);
        DUK_TVAL_INCREF(r->thr, tv);
        duk_pop(r->thr);
    } else { /* a collection took the room that was not used yet */
        duk_hobject_define_property_internal_arridx(r->thr, array, i, DUK_PROPDESC_FLAGS_WEC);
    }
}

static void
read_array_end(struct wk_reader *r, int end_tag, uint32_t length)
{
    uint32_t count = read_properties(r, end_tag, true);

    if (wk_read_varint(r) != count || wk_read_varint(r) != length)
        wk_read_fail(r);
}

void
wk_read_dense(struct wk_reader *r)
{
    uint32_t length = wk_read_varint(r), number = wk_reader_number(r);
    duk_hobject *array;

    if (length > r->elements_left)
        wk_read_fail(r);
    r->elements_left -= length;
    array = &duk_push_harray_with_size(r->thr, length)->obj;
    wk_reader_made(r, number);
    for (uint32_t i = 0; i < length; i++) {
        if (wk_peek_tag(r) == WK_SER_HOLE) {
            r->at++;
            continue;
        }
        wk_read_value(r);
        put_element(r, array, i);
    }
    read_array_end(r, WK_SER_DENSE_END, length);
}

void
wk_read_sparse(struct wk_reader *r)
{
    uint32_t length = wk_read_varint(r), number = wk_reader_number(r);

    duk_push_harray(r->thr)->length = length;
    wk_reader_made(r, number);
    read_array_end(r, WK_SER_SPARSE_END, length);
}

/* --- Map, Set --- */

void
wk_read_map(struct wk_reader *r)
{
    uint32_t number = wk_reader_number(r), count = 0;
    struct wk_slots *map = wk_map_push(r->thr);

    wk_reader_made(r, number);
    for (; wk_peek_tag(r) != WK_SER_MAP_END; count += 2) {
        wk_read_value(r);
        wk_read_value(r);
        wk_map_put(r->thr, map, -2, -1);
        duk_pop_2(r->thr);
    }
    r->at++;
    if (wk_read_varint(r) != count)
        wk_read_fail(r);
}

void
wk_read_set(struct wk_reader *r)
{
    uint32_t number = wk_reader_number(r), count = 0;
    struct wk_slots *set = wk_set_push(r->thr);

    wk_reader_made(r, number);
    for (; wk_peek_tag(r) != WK_SER_SET_END; count++) {
        wk_read_value(r);
        wk_set_put(r->thr, set, -1);
        duk_pop(r->thr);
    }
    r->at++;
    if (wk_read_varint(r) != count)
        wk_read_fail(r);
}
