#include "duk_internal.h"

/* ---- things ---- */

DUK_INTERNAL const char *
wk_push_key_text(duk_hthread *thr, duk_tval *key)
{
    const char *text, *end;
    duk_size_t bytes;

    duk_push_tval(thr, key);
    if (!duk_is_symbol(thr, -1)) {
        if (!duk_is_object(thr, -1))
            duk_to_string(thr, -1);
        return duk_is_string(thr, -1) ? duk_get_string(thr, -1) : "";
    }
    text = duk_get_lstring(thr, -1, &bytes);
    end = memchr(text, 0xff, bytes);
    duk_push_literal(thr, "Symbol(");
    duk_push_lstring(thr, text + 1, (end != NULL ? (duk_size_t)(end - text) : bytes) - 1);
    duk_push_literal(thr, ")");
    duk_concat(thr, 3);
    duk_remove(thr, -2);
    return duk_get_string(thr, -1);
}

/* #<Class>, without running anything of the object's; arrays and the like as [object Array]. */
static const char *
push_object_text(duk_hthread *thr, duk_hobject *h)
{
    duk_small_uint_t kind = DUK_HOBJECT_GET_CLASS_NUMBER(h);
    duk_hobject *constructor = NULL;
    duk_tval *tv;

    if (kind == DUK_HOBJECT_CLASS_ARRAY || kind == DUK_HOBJECT_CLASS_DATE ||
        kind == DUK_HOBJECT_CLASS_REGEXP || kind == DUK_HOBJECT_CLASS_ERROR) {
        duk_push_sprintf(thr, "[object %s]",
                         (const char *)DUK_HSTRING_GET_DATA(
                             DUK_HTHREAD_GET_STRING(thr, duk_class_number_to_stridx[kind])));
        return duk_get_string(thr, -1);
    }
    for (duk_hobject *at = h; at != NULL && constructor == NULL;
         at = DUK_HOBJECT_GET_PROTOTYPE(thr->heap, at)) {
        if (DUK_HOBJECT_IS_PROXY(at))
            break;
        tv =
            duk_hobject_find_entry_tval_ptr(thr->heap, at, DUK_HTHREAD_STRING_CONSTRUCTOR(thr));
        constructor = tv != NULL && DUK_TVAL_IS_OBJECT(tv) ? DUK_TVAL_GET_OBJECT(tv) : NULL;
    }
    tv = constructor == NULL || DUK_HOBJECT_IS_PROXY(constructor)
             ? NULL
             : duk_hobject_find_entry_tval_ptr(thr->heap, constructor,
                                               DUK_HTHREAD_STRING_NAME(thr));
    duk_push_sprintf(thr, "#<%s>",
                     tv != NULL && DUK_TVAL_IS_STRING(tv) &&
                             DUK_HSTRING_GET_BYTELEN(DUK_TVAL_GET_STRING(tv)) > 0
                         ? (const char *)DUK_HSTRING_GET_DATA(DUK_TVAL_GET_STRING(tv))
                         : "Object");
    return duk_get_string(thr, -1);
}

DUK_INTERNAL const char *
wk_push_value_text(duk_hthread *thr, duk_tval *value)
{
    if (DUK_TVAL_IS_OBJECT(value))
        return push_object_text(thr, DUK_TVAL_GET_OBJECT(value));
    return wk_push_key_text(thr, value);
}

static const char *
type_of(duk_tval *value)
{
    return DUK_TVAL_IS_OBJECT(value)
               ? DUK_HOBJECT_IS_CALLABLE(DUK_TVAL_GET_OBJECT(value)) ? "function" : "object"
           : DUK_TVAL_IS_NULL(value) ? "object"
           : DUK_TVAL_IS_STRING(value)
               ? DUK_HSTRING_HAS_SYMBOL(DUK_TVAL_GET_STRING(value)) ? "symbol" : "string"
           : DUK_TVAL_IS_BOOLEAN(value) ? "boolean"
           : DUK_TVAL_IS_NUMBER(value)  ? "number"
                                        : "undefined";
}

DUK_INTERNAL const char *
wk_push_wanted_function(duk_hthread *thr, duk_tval *value)
{
    const char *type = type_of(value), *text;

    if (DUK_TVAL_IS_OBJECT(value) || DUK_TVAL_IS_UNDEFINED(value) || type[1] == 'y') {
        duk_push_string(thr, type);
    } else {
        text = wk_push_key_text(thr, value);
        duk_push_sprintf(thr, DUK_TVAL_IS_STRING(value) ? "%s \"%s\"" : "%s %s", type, text);
        duk_remove(thr, -2);
    }
    return duk_get_string(thr, -1);
}

DUK_INTERNAL const char *
wk_push_running_name(duk_hthread *thr)
{
    duk_push_current_function(thr);
    if (!duk_is_object(thr, -1) || !duk_get_prop_literal(thr, -1, "name") ||
        !duk_is_string(thr, -1))
        duk_push_literal(thr, "function");
    return duk_get_string(thr, -1);
}

static int
is_numbered(const char *name, const char *stem)
{
    size_t stem_bytes = strlen(stem), digits;

    if (strncmp(name, stem, stem_bytes) != 0)
        return 0;
    digits = strspn(name + stem_bytes, "0123456789");

    return digits > 0 && name[stem_bytes + digits] == '\0';
}

DUK_INTERNAL void
wk_push_function_name(duk_hthread *thr, duk_hstring *name)
{
    const char *text = (const char *)DUK_HSTRING_GET_DATA(name);

    if (is_numbered(text, "class_"))
        duk_push_literal(thr, "");
    else if (is_numbered(text, "default_"))
        duk_push_literal(thr, "default");
    else
        duk_push_hstring(thr, name);
}

/* ---- refusals ---- */

DUK_INTERNAL void
wk_throw_refusal(duk_hthread *thr, enum wk_refusal why, duk_tval *object, duk_tval *key)
{
    static const char *const words[] = {
        [WK_REFUSE_READ_ONLY] = "Cannot assign to read only property '%s' of %s '%s'",
        [WK_REFUSE_ADD] = "Cannot add property %s, object is not extensible",
        [WK_REFUSE_GETTER] = "Cannot set property %s of %s which has only a getter",
        [WK_REFUSE_DELETE] = "Cannot delete property '%s' of %s",
        [WK_REFUSE_REDEFINE] = "Cannot redefine property: %s",
        [WK_REFUSE_DEFINE] = "Cannot define property %s, object is not extensible",
    };
    const char *name = wk_push_key_text(thr, key), *text = wk_push_value_text(thr, object);

    if (why == WK_REFUSE_READ_ONLY)
        (void)duk_type_error(thr, words[why], name, type_of(object), text);
    else if (why == WK_REFUSE_ADD && !DUK_TVAL_IS_OBJECT(object))
        (void)duk_type_error(thr, "Cannot create property '%s' on %s '%s'", name,
                             type_of(object), text);
    else if (why == WK_REFUSE_GETTER || why == WK_REFUSE_DELETE)
        (void)duk_type_error(thr, words[why], name, text);
    else
        (void)duk_type_error(thr, words[why], name);
    DUK_WO_NORETURN(return;);
}

/* ---- numbers ---- */

DUK_INTERNAL duk_int_t
wk_to_int_between(duk_hthread *thr, duk_idx_t idx, duk_int_t min, duk_int_t max,
                  const char *what)
{
    duk_bool_t clamped;
    duk_int_t value = duk_to_int_clamped_raw(thr, idx, min, max, &clamped);

    if (clamped)
        (void)duk_range_error(thr, "%s must be between %ld and %ld", what, (long)min,
                              (long)max);
    return value;
}

DUK_INTERNAL duk_ret_t
wk_throw_typed_array(duk_hthread *thr, duk_small_uint_t shift)
{
    duk_idx_t last = duk_is_object(thr, 0) ? 2 : 0;
    const char *name = wk_push_running_name(thr);
    double offset, bytes;

    if (last == 2 && duk_is_buffer_data(thr, 0)) {
        duk_get_prop_literal(thr, 0, "byteLength");
        bytes = duk_get_number(thr, -1);
        offset = duk_is_undefined(thr, 1) ? 0 : duk_to_number(thr, 1);
        if (offset != (double)((duk_int_t)offset >> shift << shift))
            return duk_range_error(thr, "start offset of %s should be a multiple of %d", name,
                                   1 << shift);
        if (offset < 0 || offset > bytes)
            return duk_range_error(thr, "Start offset %s is outside the bounds of the buffer",
                                   duk_to_string(thr, 1));
        if (duk_is_undefined(thr, 2))
            return duk_range_error(thr, "byte length of %s should be a multiple of %d", name,
                                   1 << shift);
    }
    return duk_range_error(thr, "Invalid typed array length: %s",
                           duk_safe_to_string(thr, last));
}
