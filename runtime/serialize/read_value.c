#include "runtime/engine/engine_priv.h"

#include "runtime/binding/utf8.h"
#include "runtime/serialize/bigint.h"
#include "runtime/serialize/reader.h"

void
wk_read_fail(struct wk_reader *r)
{
    (void)duk_error(r->thr, DUK_ERR_ERROR, "Unable to deserialize cloned data.");
    WK_CHECK(false);
}

void
wk_reader_check_depth(struct wk_reader *r)
{
    if (wk_engine_native_stack_check())
        (void)duk_range_error(r->thr, "Maximum call stack size exceeded");
    duk_require_stack(r->thr, 16);
}

/* --- the table of objects --- */

uint32_t
wk_reader_number(struct wk_reader *r)
{
    uint32_t number = r->ids++;
    struct wk_slots *table = r->table;

    if (number == 0)
        return 0;
    if (table == NULL) {
        table = r->table = wk_slots_push(r->thr, WK_KIND_CELLS, 8, NULL);
        duk_replace(r->thr, r->table_idx);
    }
    if (number >= table->count) {
        wk_slots_reserve(r->thr, table, number < 16 ? 32 : number * 2);
        while (table->count < table->cap) {
            DUK_TVAL_SET_UNDEFINED(&table->slots[table->count]);
            table->count++;
        }
    }
    return number;
}

void
wk_reader_made(struct wk_reader *r, uint32_t number)
{
    if (number == 0)
        r->first = duk_known_hobject(r->thr, -1);
    else
        wk_slot_set(r->thr, r->table, number, duk_get_tval(r->thr, -1));
}

static void
read_reference(struct wk_reader *r)
{
    uint32_t number = wk_read_varint(r);

    if (number >= r->ids)
        wk_read_fail(r);
    if (number == 0 && r->first != NULL)
        duk_push_hobject(r->thr, r->first);
    else if (number > 0 && DUK_TVAL_IS_OBJECT(&r->table->slots[number]))
        duk_push_tval(r->thr, &r->table->slots[number]);
    else
        wk_read_fail(r); /* inside itself, where it cannot be */
}

/* --- strings --- */

static uint8_t *
put_unit(uint8_t *out, uint32_t unit)
{
    if (unit < 0x80) {
        *out++ = (uint8_t)unit;
    } else if (unit < 0x800) {
        *out++ = (uint8_t)(0xC0 | unit >> 6);
        *out++ = (uint8_t)(0x80 | (unit & 0x3F));
    } else {
        *out++ = (uint8_t)(0xE0 | unit >> 12);
        *out++ = (uint8_t)(0x80 | (unit >> 6 & 0x3F));
        *out++ = (uint8_t)(0x80 | (unit & 0x3F));
    }
    return out;
}

/* UTF-16 units become a Duktape string one by one: surrogates are encoded each for itself
 * there. */
static void
push_utf16(struct wk_reader *r, const uint8_t *p, size_t bytes)
{
    uint8_t *start, *out;

    if (bytes % 2 != 0)
        wk_read_fail(r);
    start = out = duk_push_fixed_buffer(r->thr, bytes / 2 * 3);
    for (size_t i = 0; i < bytes; i += 2)
        out = put_unit(out, p[i] | (uint32_t)p[i + 1] << 8);
    duk_push_lstring(r->thr, (const char *)start, (size_t)(out - start));
    duk_remove(r->thr, -2);
}

/* The string whose tag was read; false: the tag is another one's. */
static bool
read_string_of(struct wk_reader *r, int tag)
{
    uint32_t length;

    if (tag != WK_SER_LATIN1 && tag != WK_SER_UTF16 && tag != WK_SER_UTF8)
        return false;
    length = wk_read_varint(r);
    if (tag == WK_SER_LATIN1)
        wk_push_latin1(r->thr, wk_read_bytes(r, length), length);
    else if (tag == WK_SER_UTF8)
        wk_push_utf8(r->thr, wk_read_bytes(r, length), length);
    else
        push_utf16(r, wk_read_bytes(r, length), length);
    return true;
}

void
wk_read_string(struct wk_reader *r)
{
    int tag = wk_peek_tag(r);

    if (tag < 0)
        wk_read_fail(r);
    r->at++;
    if (!read_string_of(r, tag))
        wk_read_fail(r);
}

void
wk_read_bigint(struct wk_reader *r)
{
    uint32_t bits = wk_read_varint(r), length = bits >> 1;
    const uint8_t *bytes = wk_read_bytes(r, length);

    wk_engine_require(r->thr, "unsupported");
    duk_get_prop_literal(r->thr, -1, "BigInt");
    duk_remove(r->thr, -2);
    wk_push_bigint_digits(r->thr, bytes, length, (bits & 1) != 0);
    duk_call(r->thr, 1);
}

/* --- simple objects --- */

static void
read_date(struct wk_reader *r)
{
    uint32_t number = wk_reader_number(r);
    double ms = wk_read_double(r);

    if (!(fabs(ms) <= 8.64e15))
        ms = NAN;
    duk_push_object_helper(r->thr,
                           DUK_HOBJECT_FLAG_EXTENSIBLE | DUK_HOBJECT_FLAG_FASTREFS |
                               DUK_HOBJECT_CLASS_AS_FLAGS(DUK_HOBJECT_CLASS_DATE),
                           DUK_BIDX_DATE_PROTOTYPE);
    duk_push_number(r->thr, trunc(ms) + 0.0);
    duk_xdef_prop_stridx_short(r->thr, -2, DUK_STRIDX_INT_VALUE, DUK_PROPDESC_FLAGS_W);
    wk_reader_made(r, number);
}

static void
read_boxed(struct wk_reader *r, int tag)
{
    uint32_t number = wk_reader_number(r);

    switch (tag) {
    case WK_SER_NUMBER_OBJECT:
        duk_push_number(r->thr, wk_read_double(r));
        break;
    case WK_SER_STRING_OBJECT:
        wk_read_string(r);
        break;
    case WK_SER_BIGINT_OBJECT:
        wk_read_bigint(r);
        break;
    default:
        duk_push_boolean(r->thr, tag == WK_SER_TRUE_OBJECT);
    }
    duk_to_object(r->thr, -1);
    wk_reader_made(r, number);
}

/* What is no object and no string. */
static bool
read_primitive(struct wk_reader *r, int tag)
{
    uint32_t n;

    switch (tag) {
    case WK_SER_INT32:
        n = wk_read_varint(r);
        duk_push_int(r->thr, (duk_int_t)(n >> 1 ^ -(n & 1)));
        return true;
    case WK_SER_UINT32:
        duk_push_uint(r->thr, wk_read_varint(r));
        return true;
    case WK_SER_DOUBLE:
        duk_push_number(r->thr, wk_read_double(r));
        return true;
    case WK_SER_TRUE:
    case WK_SER_FALSE:
        duk_push_boolean(r->thr, tag == WK_SER_TRUE);
        return true;
    case WK_SER_UNDEFINED:
        duk_push_undefined(r->thr);
        return true;
    case WK_SER_NULL:
        duk_push_null(r->thr);
        return true;
    case WK_SER_BIGINT:
        wk_read_bigint(r);
        return true;
    default:
        return false;
    }
}

/* A buffer may be followed by a view of it, which then is the value. */
static void
read_view_behind(struct wk_reader *r)
{
    if (DUK_HOBJECT_GET_CLASS_NUMBER(duk_known_hobject(r->thr, -1)) ==
            DUK_HOBJECT_CLASS_ARRAYBUFFER &&
        wk_peek_tag(r) == WK_SER_VIEW) {
        r->at++;
        wk_read_view(r);
    }
}

static void
read_object_of(struct wk_reader *r, int tag)
{
    wk_reader_check_depth(r);
    switch (tag) {
    case WK_SER_REFERENCE:
        read_reference(r);
        read_view_behind(r);
        break;
    case WK_SER_BUFFER:
    case WK_SER_BUFFER_RESIZABLE:
        wk_read_buffer(r, tag == WK_SER_BUFFER_RESIZABLE);
        read_view_behind(r);
        break;
    case WK_SER_OBJECT:
        wk_read_object(r);
        break;
    case WK_SER_DENSE:
        wk_read_dense(r);
        break;
    case WK_SER_SPARSE:
        wk_read_sparse(r);
        break;
    case WK_SER_MAP:
        wk_read_map(r);
        break;
    case WK_SER_SET:
        wk_read_set(r);
        break;
    case WK_SER_DATE:
        read_date(r);
        break;
    case WK_SER_NUMBER_OBJECT:
    case WK_SER_STRING_OBJECT:
    case WK_SER_BIGINT_OBJECT:
    case WK_SER_TRUE_OBJECT:
    case WK_SER_FALSE_OBJECT:
        read_boxed(r, tag);
        break;
    case WK_SER_REGEXP:
        wk_read_regexp(r);
        break;
    case WK_SER_ERROR:
        wk_read_error(r);
        break;
    case WK_SER_HOST:
        wk_read_host(r);
        break;
    default:
        wk_read_fail(r);
    }
}

void
wk_read_value(struct wk_reader *r)
{
    int tag = wk_peek_tag(r);

    while (tag == WK_SER_OBJECT_COUNT) {
        r->at++;
        (void)wk_read_varint(r);
        tag = wk_peek_tag(r);
    }
    if (tag < 0)
        wk_read_fail(r);
    r->at++;
    if (!read_primitive(r, tag) && !read_string_of(r, tag))
        read_object_of(r, tag);
}
