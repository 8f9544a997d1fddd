/* Buffers and their views, RegExp, Error, objects of platform classes. */
#include "runtime/engine/engine_priv.h"

#include "runtime/binding/utf8.h"
#include "runtime/regexp/regexp.h"
#include "runtime/serialize/host.h"
#include "runtime/serialize/reader.h"

/* --- buffers --- */

void
wk_read_buffer(struct wk_reader *r, bool resizable)
{
    uint32_t number = wk_reader_number(r), length = wk_read_varint(r);
    const uint8_t *bytes;
    void *data;

    /* There are no resizable buffers here: it keeps the length it has. */
    if (resizable && wk_read_varint(r) < length)
        wk_read_fail(r);
    bytes = wk_read_bytes(r, length);
    data = duk_push_fixed_buffer(r->thr, length);
    if (length > 0)
        memcpy(data, bytes, length);
    duk_push_buffer_object(r->thr, -1, 0, length, DUK_BUFOBJ_ARRAYBUFFER);
    duk_remove(r->thr, -2);
    wk_reader_made(r, number);
}

static duk_uint_t
view_type(struct wk_reader *r, int kind, unsigned *shift)
{
    static const struct {
        char kind;
        uint8_t shift;
        uint8_t type;
    } views[] = {{'?', 0, DUK_BUFOBJ_DATAVIEW},     {'b', 0, DUK_BUFOBJ_INT8ARRAY},
                 {'B', 0, DUK_BUFOBJ_UINT8ARRAY},   {'C', 0, DUK_BUFOBJ_UINT8CLAMPEDARRAY},
                 {'w', 1, DUK_BUFOBJ_INT16ARRAY},   {'W', 1, DUK_BUFOBJ_UINT16ARRAY},
                 {'d', 2, DUK_BUFOBJ_INT32ARRAY},   {'D', 2, DUK_BUFOBJ_UINT32ARRAY},
                 {'f', 2, DUK_BUFOBJ_FLOAT32ARRAY}, {'F', 3, DUK_BUFOBJ_FLOAT64ARRAY}};

    for (size_t i = 0; i < WK_COUNT(views); i++) {
        if (views[i].kind == kind) {
            *shift = views[i].shift;
            return views[i].type;
        }
    }
    if (kind == 'q' || kind == 'Q' || kind == 'h')
        (void)duk_type_error(r->thr, "%s is not supported by this runtime",
                             kind == 'q'   ? "BigInt64Array"
                             : kind == 'Q' ? "BigUint64Array"
                                           : "Float16Array");
    wk_read_fail(r);
}

void
wk_read_view(struct wk_reader *r)
{
    const duk_hbufobj *buffer =
        (const duk_hbufobj *)(const void *)duk_known_hobject(r->thr, -1);
    uint32_t kind = wk_read_varint(r), offset = wk_read_varint(r), length = wk_read_varint(r),
             flags = 0;
    uint32_t number, left;
    unsigned shift;
    duk_uint_t type;

    if (r->views_have_flags)
        flags = wk_read_varint(r);
    if (buffer->buf == NULL || offset > buffer->length || length > buffer->length - offset)
        wk_read_fail(r);
    type = view_type(r, (int)kind, &shift);
    left = buffer->length - offset;
    if ((flags & WK_SER_VIEW_TRACKS) != 0)
        length = left >> shift << shift;
    if (offset >> shift << shift != offset || length >> shift << shift != length)
        wk_read_fail(r);
    number = wk_reader_number(r);
    duk_push_buffer_object(r->thr, -1, offset, length, type);
    duk_remove(r->thr, -2);
    wk_reader_made(r, number);
}

/* --- RegExp --- */

void
wk_read_regexp(struct wk_reader *r)
{
    static const char letters[] = "gimyus\0dv"; /* by bit */
    uint32_t number = wk_reader_number(r), flags;
    char text[sizeof(letters)];
    size_t n = 0;

    duk_push_c_function(r->thr, wk_regexp_create, 2);
    wk_read_string(r);
    flags = wk_read_varint(r);
    for (unsigned i = 0; flags != 0; i++, flags >>= 1) {
        if (i >= sizeof(letters) - 1 || ((flags & 1) != 0 && letters[i] == '\0'))
            wk_read_fail(r);
        if ((flags & 1) != 0)
            text[n++] = letters[i];
    }
    duk_push_lstring(r->thr, text, n);
    duk_call(r->thr, 2); /* a SyntaxError is as good as any: V8 would not have written it */
    wk_reader_made(r, number);
}

/* --- Error --- */

static void
define_hidden(struct wk_reader *r, const char *name)
{
    duk_hobject *obj = duk_known_hobject(r->thr, -2);
    duk_hstring *key;

    duk_push_string(r->thr, name);
    key = duk_known_hstring(r->thr, -1);
    duk_insert(r->thr, -2);
    duk_hobject_define_property_internal(r->thr, obj, key, DUK_PROPDESC_FLAGS_WC);
    duk_pop(r->thr);
}

static void
push_error(struct wk_reader *r)
{
    duk_push_object_helper(r->thr,
                           DUK_HOBJECT_FLAG_EXTENSIBLE | DUK_HOBJECT_FLAG_FASTREFS |
                               DUK_HOBJECT_CLASS_AS_FLAGS(DUK_HOBJECT_CLASS_ERROR),
                           DUK_BIDX_ERROR_PROTOTYPE);
}

static void
set_class(struct wk_reader *r, int prototype)
{
    DUK_HOBJECT_SET_PROTOTYPE_UPDREF(r->thr, duk_known_hobject(r->thr, -1),
                                     r->thr->builtins[prototype]);
}

static bool
read_error_part(struct wk_reader *r)
{
    switch (wk_read_varint(r) & 0xFF) {
    case WK_SER_ERROR_EVAL:
        set_class(r, DUK_BIDX_EVAL_ERROR_PROTOTYPE);
        return true;
    case WK_SER_ERROR_RANGE:
        set_class(r, DUK_BIDX_RANGE_ERROR_PROTOTYPE);
        return true;
    case WK_SER_ERROR_REFERENCE:
        set_class(r, DUK_BIDX_REFERENCE_ERROR_PROTOTYPE);
        return true;
    case WK_SER_ERROR_SYNTAX:
        set_class(r, DUK_BIDX_SYNTAX_ERROR_PROTOTYPE);
        return true;
    case WK_SER_ERROR_TYPE:
        set_class(r, DUK_BIDX_TYPE_ERROR_PROTOTYPE);
        return true;
    case WK_SER_ERROR_URI:
        set_class(r, DUK_BIDX_URI_ERROR_PROTOTYPE);
        return true;
    case WK_SER_ERROR_MESSAGE:
        wk_read_string(r);
        define_hidden(r, "message");
        return true;
    case WK_SER_ERROR_STACK:
        wk_read_string(r);
        define_hidden(r, "stack");
        return true;
    case WK_SER_ERROR_CAUSE:
        wk_read_value(r);
        define_hidden(r, "cause");
        return true;
    case WK_SER_ERROR_END:
        return false;
    default:
        wk_read_fail(r);
    }
}

void
wk_read_error(struct wk_reader *r)
{
    uint32_t number = wk_reader_number(r);

    push_error(r);
    wk_reader_made(r, number);
    while (read_error_part(r))
        ;
}

/* The peer's encoding. The object is there before its parts, so that it may be its own cause.
 */
static void
read_error_enhanced(struct wk_reader *r, uint32_t number)
{
    static const int prototypes[] = {
        [2] = DUK_BIDX_TYPE_ERROR_PROTOTYPE,      [3] = DUK_BIDX_RANGE_ERROR_PROTOTYPE,
        [4] = DUK_BIDX_REFERENCE_ERROR_PROTOTYPE, [5] = DUK_BIDX_SYNTAX_ERROR_PROTOTYPE,
        [10] = DUK_BIDX_EVAL_ERROR_PROTOTYPE,     [11] = DUK_BIDX_URI_ERROR_PROTOTYPE,
    };
    uint32_t kind = wk_read_varint(r);

    push_error(r);
    wk_reader_made(r, number);
    if (kind < WK_COUNT(prototypes) && prototypes[kind] != 0)
        set_class(r, prototypes[kind]);
    else if (kind == 12)
        DUK_HOBJECT_SET_PROTOTYPE_UPDREF(r->thr, duk_known_hobject(r->thr, -1),
                                         intrinsic_object(r->thr, WK_AGGREGATE_ERROR_PROTO));
    wk_engine_require(r->thr, "hostobjects");
    duk_get_prop_literal(r->thr, -1, "fillError");
    duk_remove(r->thr, -2);
    duk_dup(r->thr, -2);
    if (kind == 0)
        wk_read_value(r);
    else
        duk_push_undefined(r->thr);
    wk_read_value(r);
    wk_read_value(r);
    duk_call(r->thr, 4);
    duk_pop(r->thr);
}

/* --- platform objects --- */

static void
read_text(struct wk_reader *r)
{
    uint32_t length = wk_read_varint(r);

    wk_push_utf8(r->thr, wk_read_bytes(r, length), length);
}

static void
read_header_list(struct wk_reader *r)
{
    uint32_t count = wk_read_varint(r), number;

    if (count > wk_reader_left(r) / 2)
        wk_read_fail(r);
    duk_push_array(r->thr);
    for (uint32_t i = 0; i < count; i++) {
        if ((number = wk_read_varint(r)) == 0)
            read_text(r);
        else if (wk_common_header_name(number) != NULL)
            duk_push_string(r->thr, wk_common_header_name(number));
        else
            wk_read_fail(r);
        duk_put_prop_index(r->thr, -2, i * 2);
        read_text(r);
        duk_put_prop_index(r->thr, -2, i * 2 + 1);
    }
}

static void
read_part(struct wk_reader *r, char form)
{
    const uint8_t *bytes;
    uint32_t length;
    void *data;

    switch (form) {
    case WK_HOST_NUMBER:
        duk_push_uint(r->thr, wk_read_varint(r));
        break;
    case WK_HOST_TEXT:
        read_text(r);
        break;
    case WK_HOST_BYTES:
        length = wk_read_varint(r);
        bytes = wk_read_bytes(r, length);
        data = duk_push_fixed_buffer(r->thr, length);
        if (length > 0)
            memcpy(data, bytes, length);
        duk_push_buffer_object(r->thr, -1, 0, length, DUK_BUFOBJ_UINT8ARRAY);
        duk_remove(r->thr, -2);
        break;
    case WK_HOST_HEADERS:
        read_header_list(r);
        break;
    default:
        WK_CHECK(form == WK_HOST_VALUE);
        wk_read_value(r);
    }
}

void
wk_read_host(struct wk_reader *r)
{
    uint32_t number = wk_reader_number(r), tag = wk_read_varint(r);
    duk_idx_t top = duk_get_top(r->thr);
    const char *forms;

    if (tag == WK_SER_HOST_ERROR) {
        read_error_enhanced(r, number);
        return;
    }
    wk_engine_require(r->thr, "hostobjects");
    duk_get_prop_literal(r->thr, -1, "forms");
    duk_push_uint(r->thr, tag);
    duk_call(r->thr, 1);
    if ((forms = duk_get_string(r->thr, -1)) == NULL)
        wk_read_fail(r);
    duk_push_array(r->thr); /* [ module forms parts ] */
    for (duk_uarridx_t i = 0; forms[i] != '\0'; i++) {
        read_part(r, forms[i]);
        duk_put_prop_index(r->thr, top + 2, i);
    }
    duk_get_prop_literal(r->thr, top, "read");
    duk_push_uint(r->thr, tag);
    duk_dup(r->thr, top + 2);
    duk_call(r->thr, 2);
    if (!duk_is_object(r->thr, -1))
        wk_read_fail(r);
    duk_replace(r->thr, top);
    duk_set_top(r->thr, top + 1);
    wk_reader_made(r, number);
}
