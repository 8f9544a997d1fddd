#include "runtime/engine/engine_priv.h"

#include "runtime/binding/webidl.h"
#include "runtime/serialize/writer.h"

void
wk_write_top(struct wk_writer *w)
{
    wk_write_value(w, *duk_get_tval(w->thr, -1));
    duk_pop(w->thr);
}

void
wk_write_refuse(struct wk_writer *w, const duk_tval *tv)
{
    duk_tval value = *tv;

    duk_require_stack(w->thr, 8);
    duk_push_tval(w->thr, &value);
    wk_engine_require(w->thr, "hostobjects");
    duk_get_prop_literal(w->thr, -1, "refuse");
    duk_dup(w->thr, -3);
    duk_call(w->thr, 1); /* throws */
    WK_CHECK(false);
}

static void
refuse(struct wk_writer *w, duk_hobject *obj)
{
    duk_tval tv;

    DUK_TVAL_SET_OBJECT(&tv, obj);
    wk_write_refuse(w, &tv);
}

/* The property of that hidden name on the object or behind it, without looking past a proxy. */
static duk_tval *
hidden(duk_hthread *thr, duk_hobject *obj, duk_hstring *name)
{
    for (; obj != NULL && !DUK_HOBJECT_IS_PROXY(obj);
         obj = DUK_HOBJECT_GET_PROTOTYPE(thr->heap, obj)) {
        duk_tval *tv = duk_hobject_find_entry_tval_ptr(thr->heap, obj, name);

        if (tv != NULL)
            return tv;
    }
    return NULL;
}

static void
refuse_instance(struct wk_writer *w, duk_hobject *obj)
{
    duk_push_hobject(w->thr, obj);
    duk_get_prop_literal(w->thr, -1, "constructor");
    if (duk_is_object(w->thr, -1))
        duk_get_prop_literal(w->thr, -1, "name");
    (void)wk_throw_dom(w->thr, "DataCloneError",
                       "Could not serialize object of type \"%s\". This type does not support serialization.",
                       duk_safe_to_string(w->thr, -1));
}

/* An object with a prototype of its own: a platform object, a BigInt, or an instance of a
 * tenant's class. */
static bool
write_special(struct wk_writer *w, duk_hobject *obj, bool number_taken)
{
    duk_tval *tv;

    if (DUK_HOBJECT_GET_PROTOTYPE(w->thr->heap, obj) ==
            w->thr->builtins[DUK_BIDX_OBJECT_PROTOTYPE] ||
        DUK_HOBJECT_GET_PROTOTYPE(w->thr->heap, obj) == NULL)
        return false;
    duk_require_stack(w->thr, 8);
    duk_push_literal(w->thr, "\xFF"
                             "bigint");
    tv = duk_hobject_find_entry_tval_ptr(w->thr->heap, obj, duk_known_hstring(w->thr, -1));
    duk_pop(w->thr);
    if (!number_taken) {
        if (tv != NULL && DUK_TVAL_IS_STRING(tv))
            wk_write_bigint(w, WK_SER_BIGINT, DUK_TVAL_GET_STRING(tv));
        return tv != NULL;
    }
    duk_push_literal(w->thr, "\xFF"
                             "platform");
    tv = hidden(w->thr, obj, duk_known_hstring(w->thr, -1));
    duk_pop(w->thr);
    if (tv == NULL) {
        if (w->for_call)
            refuse_instance(w, obj);
        return false;
    }
    duk_push_tval(w->thr, tv);
    wk_write_host(w, obj);
    return true;
}

static void
write_plain(struct wk_writer *w, duk_hobject *obj)
{
    uint32_t count;

    if (write_special(w, obj, true))
        return;
    wk_put_byte(w, WK_SER_OBJECT);
    count = wk_write_properties(w, obj, true);
    wk_put_byte(w, WK_SER_OBJECT_END);
    wk_put_varint(w, count);
}

static void
write_internal_value(struct wk_writer *w, duk_hobject *obj, int cls)
{
    duk_tval *tv =
        duk_hobject_find_entry_tval_ptr_stridx(w->thr->heap, obj, DUK_STRIDX_INT_VALUE);

    switch (cls) {
    case DUK_HOBJECT_CLASS_BOOLEAN:
        wk_put_byte(w, DUK_TVAL_GET_BOOLEAN(tv) ? WK_SER_TRUE_OBJECT : WK_SER_FALSE_OBJECT);
        break;
    case DUK_HOBJECT_CLASS_STRING:
        wk_put_byte(w, WK_SER_STRING_OBJECT);
        wk_put_string(w, DUK_TVAL_GET_STRING(tv));
        break;
    default:
        wk_put_byte(w, cls == DUK_HOBJECT_CLASS_DATE ? WK_SER_DATE : WK_SER_NUMBER_OBJECT);
        wk_put_double(w, DUK_TVAL_GET_NUMBER(tv));
        break;
    }
}

static bool
is_view(duk_hobject *obj)
{
    return DUK_HOBJECT_GET_CLASS_NUMBER(obj) >= DUK_HOBJECT_CLASS_DATAVIEW &&
           DUK_HOBJECT_GET_CLASS_NUMBER(obj) <= DUK_HOBJECT_CLASS_FLOAT64ARRAY;
}

static void
write_new_object(struct wk_writer *w, duk_hobject *obj)
{
    int cls = (int)DUK_HOBJECT_GET_CLASS_NUMBER(obj);
    struct wk_slots *slots = (struct wk_slots *)(void *)obj;

    switch (cls) {
    case DUK_HOBJECT_CLASS_ARRAY:
        wk_write_array(w, obj);
        break;
    case DUK_HOBJECT_CLASS_OBJECT:
    case DUK_HOBJECT_CLASS_MATH:
    case DUK_HOBJECT_CLASS_JSON:
        write_plain(w, obj);
        break;
    case DUK_HOBJECT_CLASS_BOOLEAN:
    case DUK_HOBJECT_CLASS_NUMBER:
    case DUK_HOBJECT_CLASS_STRING:
    case DUK_HOBJECT_CLASS_DATE:
        write_internal_value(w, obj, cls);
        break;
    case DUK_HOBJECT_CLASS_REGEXP:
        wk_write_regexp(w, obj);
        break;
    case DUK_HOBJECT_CLASS_ERROR:
        wk_write_error(w, obj);
        break;
    case DUK_HOBJECT_CLASS_WKSLOTS:
        if (slots->kind != WK_KIND_MAP && slots->kind != WK_KIND_SET)
            refuse(w, obj);
        wk_write_collection(w, slots);
        break;
    case DUK_HOBJECT_CLASS_ARRAYBUFFER:
        wk_write_buffer(w, (duk_hbufobj *)(void *)obj);
        break;
    default:
        if (!is_view(obj))
            refuse(w, obj);
        wk_write_view(w, (duk_hbufobj *)(void *)obj);
    }
}

static void
write_object(struct wk_writer *w, duk_hobject *obj)
{
    int64_t number;

    if (DUK_HOBJECT_IS_PROXY(obj) || DUK_HOBJECT_IS_CALLABLE(obj))
        refuse(w, obj);
    if (is_view(obj) && !wk_writer_has(w, obj))
        wk_write_view_buffer(w, (duk_hbufobj *)(void *)obj);
    else if (DUK_HOBJECT_GET_CLASS_NUMBER(obj) == DUK_HOBJECT_CLASS_OBJECT &&
             write_special(w, obj, false))
        return;
    if ((number = wk_writer_number(w, obj)) >= 0) {
        wk_put_byte(w, WK_SER_REFERENCE);
        wk_put_varint(w, (uint32_t)number);
        return;
    }
    if (++w->depth > WK_WRITER_DEPTH_MAX || wk_engine_native_stack_check())
        (void)duk_range_error(w->thr, "Maximum call stack size exceeded");
    write_new_object(w, obj);
    w->depth--;
}

void
wk_write_value(struct wk_writer *w, duk_tval tv)
{
    if (DUK_TVAL_IS_NUMBER(&tv)) {
        wk_put_number(w, &tv);
        return;
    }
    switch (DUK_TVAL_GET_TAG(&tv)) {
    case DUK_TAG_STRING:
        if (DUK_HSTRING_HAS_SYMBOL(DUK_TVAL_GET_STRING(&tv)))
            wk_write_refuse(w, &tv);
        wk_put_string(w, DUK_TVAL_GET_STRING(&tv));
        break;
    case DUK_TAG_OBJECT:
        write_object(w, DUK_TVAL_GET_OBJECT(&tv));
        break;
    case DUK_TAG_UNDEFINED:
        wk_put_byte(w, WK_SER_UNDEFINED);
        break;
    case DUK_TAG_NULL:
        wk_put_byte(w, WK_SER_NULL);
        break;
    case DUK_TAG_BOOLEAN:
        wk_put_byte(w, DUK_TVAL_GET_BOOLEAN(&tv) ? WK_SER_TRUE : WK_SER_FALSE);
        break;
    default:
        wk_write_refuse(w, &tv);
    }
}
