/* Buffers and their views, RegExp, Error, objects of platform classes. */
#include "runtime/serialize/writer.h"

#include "runtime/binding/utf8.h"
#include "runtime/binding/webidl.h"
#include "runtime/regexp/regexp.h"
#include "runtime/serialize/host.h"

/* --- buffers --- */

static void
refuse_detached(struct wk_writer *w)
{
    (void)wk_throw_dom(w->thr, "DataCloneError",
                       "An ArrayBuffer is detached and could not be cloned.");
}

/* The bytes from offset on that are really there. */
static const uint8_t *
bytes_of(struct wk_writer *w, const duk_hbufobj *b, uint32_t *length)
{
    duk_hbuffer *buf = b->buf;
    size_t size = DUK_HBUFFER_GET_SIZE(buf);

    if (b->offset > size)
        *length = 0;
    else
        *length = b->length < size - b->offset ? b->length : (uint32_t)(size - b->offset);
    return (const uint8_t *)DUK_HBUFFER_GET_DATA_PTR(w->thr->heap, buf) + b->offset;
}

void
wk_write_buffer(struct wk_writer *w, duk_hbufobj *b)
{
    const uint8_t *bytes;
    uint32_t length;

    if (b->buf == NULL)
        refuse_detached(w);
    bytes = bytes_of(w, b, &length);
    wk_put_byte(w, WK_SER_BUFFER);
    wk_put_bytes(w, bytes, length);
}

void
wk_write_view_buffer(struct wk_writer *w, duk_hbufobj *b)
{
    duk_tval tv;

    if (b->buf == NULL)
        refuse_detached(w);
    if (b->buf_prop ==
        NULL) { /* nobody has asked for it yet: made as the getter of .buffer does */
        duk_hbufobj *made;

        duk_require_stack(w->thr, 8);
        made =
            duk_push_bufobj_raw(w->thr,
                                DUK_HOBJECT_FLAG_EXTENSIBLE | DUK_HOBJECT_FLAG_BUFOBJ |
                                    DUK_HOBJECT_CLASS_AS_FLAGS(DUK_HOBJECT_CLASS_ARRAYBUFFER),
                                DUK_BIDX_ARRAYBUFFER_PROTOTYPE);
        made->length = b->offset + b->length;
        made->buf = b->buf;
        DUK_HBUFFER_INCREF(w->thr, b->buf);
        b->buf_prop = &made->obj;
        DUK_HOBJECT_INCREF(w->thr, &made->obj);
        duk_pop(w->thr);
    }
    DUK_TVAL_SET_OBJECT(&tv, b->buf_prop);
    wk_write_value(w, tv);
}

void
wk_write_view(struct wk_writer *w, duk_hbufobj *b)
{
    static const char kinds[] = "?bBCwWdDfF"; /* by class, from DataView on */
    const duk_hbufobj *buffer = (const duk_hbufobj *)(const void *)b->buf_prop;
    uint32_t length;

    if (b->buf == NULL)
        refuse_detached(w);
    bytes_of(w, b, &length);
    wk_put_byte(w, WK_SER_VIEW);
    wk_put_byte(
        w, (uint8_t)kinds[DUK_HOBJECT_GET_CLASS_NUMBER(&b->obj) - DUK_HOBJECT_CLASS_DATAVIEW]);
    wk_put_varint(w, b->offset - buffer->offset);
    wk_put_varint(w, length >> b->shift << b->shift);
    wk_put_varint(w, 0);
}

/* --- RegExp --- */

static uint32_t
regexp_flags(const char *letters)
{
    static const char all[] = "gimyusdv";
    static const uint16_t flags[] = {WK_SER_REGEXP_G, WK_SER_REGEXP_I, WK_SER_REGEXP_M,
                                     WK_SER_REGEXP_Y, WK_SER_REGEXP_U, WK_SER_REGEXP_S,
                                     WK_SER_REGEXP_D, WK_SER_REGEXP_V};
    uint32_t set = 0;

    for (; *letters != '\0'; letters++) {
        const char *at = strchr(all, *letters);

        WK_CHECK(at != NULL);
        set |= flags[at - all];
    }
    return set;
}

void
wk_write_regexp(struct wk_writer *w, duk_hobject *obj)
{
    duk_require_stack(w->thr, 16);
    duk_push_hobject(w->thr, obj);
    if (!wk_regexp_describe(w->thr, -1))
        wk_write_refuse(w, duk_get_tval(w->thr, -1));
    wk_put_byte(w, WK_SER_REGEXP);
    wk_put_string(w, duk_known_hstring(w->thr, -2));
    wk_put_varint(w, regexp_flags(duk_get_string(w->thr, -1)));
    duk_pop_3(w->thr);
}

/* --- Error --- */

static unsigned
error_tag(const char *name)
{
    static const struct {
        const char *name;
        char tag;
    } classes[] = {
        {"EvalError", WK_SER_ERROR_EVAL},           {"RangeError", WK_SER_ERROR_RANGE},
        {"ReferenceError", WK_SER_ERROR_REFERENCE}, {"SyntaxError", WK_SER_ERROR_SYNTAX},
        {"TypeError", WK_SER_ERROR_TYPE},           {"URIError", WK_SER_ERROR_URI}};

    for (size_t i = 0; i < WK_COUNT(classes); i++) {
        if (strcmp(classes[i].name, name) == 0)
            return (unsigned char)classes[i].tag;
    }
    return 0;
}

/* Pushes the own data property of the error at the top; nothing when there is none. */
static bool
push_own_data(struct wk_writer *w, const char *name)
{
    duk_hobject *obj = duk_known_hobject(w->thr, -1);
    duk_propdesc desc;

    duk_push_string(w->thr, name);
    if (!duk_hobject_get_own_propdesc(w->thr, obj, duk_known_hstring(w->thr, -1), &desc,
                                      DUK_GETDESC_FLAG_PUSH_VALUE)) {
        duk_pop(w->thr);
        return false;
    }
    duk_remove(w->thr, -2);
    if ((desc.flags & DUK_PROPDESC_FLAG_ACCESSOR) == 0)
        return true;
    duk_pop(w->thr);
    return false;
}

/* The encoding of V8 itself; the error is at the top of the stack. */
static void
write_error_plain(struct wk_writer *w)
{
    unsigned tag;

    wk_put_byte(w, WK_SER_ERROR);
    duk_get_prop_literal(w->thr, -1, "name");
    if ((tag = error_tag(duk_to_string(w->thr, -1))) != 0)
        wk_put_byte(w, tag);
    duk_pop(w->thr);
    if (push_own_data(w, "message")) {
        duk_to_string(w->thr, -1);
        wk_put_byte(w, WK_SER_ERROR_MESSAGE);
        wk_put_string(w, duk_known_hstring(w->thr, -1));
        duk_pop(w->thr);
    }
    duk_get_prop_literal(w->thr, -1, "stack");
    if (duk_is_string(w->thr, -1) && !duk_is_symbol(w->thr, -1)) {
        wk_put_byte(w, WK_SER_ERROR_STACK);
        wk_put_string(w, duk_known_hstring(w->thr, -1));
    }
    duk_pop(w->thr);
    if (push_own_data(w, "cause")) {
        wk_put_byte(w, WK_SER_ERROR_CAUSE);
        wk_write_top(w);
    }
    wk_put_byte(w, WK_SER_ERROR_END);
}

/* The peer's encoding: kind, name, message, and an object of the other properties, which
 * hostobjects makes. */
static void
write_error_enhanced(struct wk_writer *w)
{
    duk_uint_t kind;

    wk_engine_require(w->thr, "hostobjects");
    duk_get_prop_literal(w->thr, -1, "errorParts");
    duk_remove(w->thr, -2);
    duk_dup(w->thr, -2);
    duk_call(w->thr, 1); /* [kind, name, message, properties] */
    wk_put_byte(w, WK_SER_HOST);
    wk_put_varint(w, WK_SER_HOST_ERROR);
    duk_get_prop_index(w->thr, -1, 0);
    wk_put_varint(w, kind = duk_get_uint(w->thr, -1));
    duk_pop(w->thr);
    for (duk_uarridx_t i = kind == 0 ? 1 : 2; i <= 3; i++) {
        duk_get_prop_index(w->thr, -1, i);
        wk_write_top(w);
    }
    duk_pop(w->thr);
}

void
wk_write_error(struct wk_writer *w, duk_hobject *obj)
{
    duk_require_stack(w->thr, 16);
    wk_writer_before_script(w);
    duk_push_hobject(w->thr, obj);
    if (wk_serialize_has_enhanced_errors(w->thr))
        write_error_enhanced(w);
    else
        write_error_plain(w);
    duk_pop(w->thr);
}

/* --- platform objects --- */

/* A header list: its length, then each name, by number if it is a common one, and value. */
static void
write_header_list(struct wk_writer *w)
{
    duk_uarridx_t n = (duk_uarridx_t)duk_get_length(w->thr, -1);
    size_t len;

    wk_put_varint(w, n / 2);
    for (duk_uarridx_t i = 0; i + 1 < n; i += 2) {
        const char *text;
        uint32_t number;

        duk_get_prop_index(w->thr, -1, i);
        text = wk_to_utf8(w->thr, -1, &len);
        wk_put_varint(w, number = wk_common_header_number(text, len));
        if (number == 0)
            wk_put_bytes(w, text, len);
        duk_pop(w->thr);
        duk_get_prop_index(w->thr, -1, i + 1);
        text = wk_to_utf8(w->thr, -1, &len);
        wk_put_bytes(w, text, len);
        duk_pop(w->thr);
    }
}

/* The part at the top, popped. */
static void
write_part(struct wk_writer *w, char form)
{
    const char *bytes;
    duk_size_t len;

    switch (form) {
    case WK_HOST_NUMBER:
        wk_put_varint(w, duk_get_uint(w->thr, -1));
        break;
    case WK_HOST_TEXT:
        bytes = wk_to_utf8(w->thr, -1, &len);
        wk_put_bytes(w, bytes, len);
        break;
    case WK_HOST_BYTES:
        bytes = duk_require_buffer_data(w->thr, -1, &len);
        wk_put_bytes(w, bytes, len);
        break;
    case WK_HOST_HEADERS:
        write_header_list(w);
        break;
    default:
        WK_CHECK(form == WK_HOST_VALUE);
        wk_write_value(w, *duk_get_tval(w->thr, -1));
    }
    duk_pop(w->thr);
}

void
wk_write_host(struct wk_writer *w, duk_hobject *obj)
{
    const char *forms;

    duk_require_stack(w->thr, 16);
    wk_writer_before_script(
        w); /* the parts are new objects, that no other may take the address of */
    wk_engine_require(w->thr, "hostobjects");
    duk_get_prop_literal(w->thr, -1, "write");
    duk_push_hobject(w->thr, obj);
    duk_dup(w->thr, -4);
    duk_call(w->thr, 2); /* [tag, forms, part, ...]; [ name module parts ] */
    wk_put_byte(w, WK_SER_HOST);
    duk_get_prop_index(w->thr, -1, 0);
    wk_put_varint(w, duk_get_uint(w->thr, -1));
    duk_pop(w->thr);
    duk_get_prop_index(w->thr, -1, 1); /* [ name module parts forms ] */
    forms = duk_get_string(w->thr, -1);
    for (duk_uarridx_t i = 0; forms[i] != '\0'; i++) {
        duk_get_prop_index(w->thr, -2, i + 2);
        write_part(w, forms[i]);
    }
    duk_pop_n(w->thr, 4);
}
