#include "services/wkctl/v8_text.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

struct reader {
    struct wk_buf *out;
    const uint8_t *data;
    size_t at, end;
    unsigned depth;
    bool bad;
};

static bool read_value(struct reader *r);

static bool
fail(struct reader *r)
{
    r->bad = true;
    return false;
}

static int
peek(const struct reader *r)
{
    return r->at < r->end ? r->data[r->at] : -1;
}

static uint64_t
read_varint(struct reader *r)
{
    uint64_t value = 0;

    for (unsigned shift = 0; shift < 64 && r->at < r->end; shift += 7) {
        uint8_t byte = r->data[r->at++];

        value |= (uint64_t)(byte & 0x7f) << shift;
        if (!(byte & 0x80))
            return value;
    }
    r->bad = true;
    return 0;
}

static double
read_double(struct reader *r)
{
    double value = 0;

    if (r->end - r->at < sizeof(value)) {
        r->bad = true;
        return 0;
    }
    memcpy(&value, r->data + r->at, sizeof(value));
    r->at += sizeof(value);
    return value;
}

static void
add_number(struct reader *r, double value)
{
    char text[32];

    if (isnan(value) || isinf(value)) {
        wk_buf_add_str(r->out, isnan(value) ? "NaN" : value > 0 ? "Infinity" : "-Infinity");
        return;
    }
    for (int digits = 15; digits <= 17; digits++) {
        snprintf(text, sizeof(text), "%.*g", digits, value);
        if (strtod(text, NULL) == value)
            break;
    }
    wk_buf_add_str(r->out, text);
}

/* ---- strings ---- */

static void
add_unit(struct reader *r, uint32_t c)
{
    if (c == '"' || c == '\\')
        wk_buf_addf(r->out, "\\%c", (int)c);
    else if (c < 0x20 || (c >= 0x7f && c < 0xa0) || (c >= 0xd800 && c < 0xe000))
        wk_buf_addf(r->out, "\\u%04x", c);
    else if (c < 0x80)
        wk_buf_add_char(r->out, (char)c);
    else if (c < 0x800)
        wk_buf_addf(r->out, "%c%c", 0xc0 | c >> 6, 0x80 | (c & 0x3f));
    else if (c < 0x10000)
        wk_buf_addf(r->out, "%c%c%c", 0xe0 | c >> 12, 0x80 | (c >> 6 & 0x3f), 0x80 | (c & 0x3f));
    else
        wk_buf_addf(r->out, "%c%c%c%c", 0xf0 | c >> 18, 0x80 | (c >> 12 & 0x3f), 0x80 | (c >> 6 & 0x3f),
                    0x80 | (c & 0x3f));
}

static void
add_two_byte(struct reader *r, const uint8_t *p, size_t bytes)
{
    for (size_t i = 0; i + 1 < bytes; i += 2) {
        uint32_t c = p[i] | (uint32_t)p[i + 1] << 8, low;

        if (c >= 0xd800 && c < 0xdc00 && i + 3 < bytes &&
            (low = p[i + 2] | (uint32_t)p[i + 3] << 8) >= 0xdc00 && low < 0xe000) {
            c = 0x10000 + ((c - 0xd800) << 10) + (low - 0xdc00);
            i += 2;
        }
        add_unit(r, c);
    }
}

static bool
read_string(struct reader *r, int tag)
{
    uint64_t bytes = read_varint(r);
    const uint8_t *p = r->data + r->at;

    if (r->bad || bytes > r->end - r->at)
        return fail(r);
    r->at += bytes;
    wk_buf_add_char(r->out, '"');
    if (tag == 'c')
        add_two_byte(r, p, bytes);
    for (size_t i = 0; tag != 'c' && i < bytes; i++) {
        if (tag == 'S' && p[i] >= 0x80)
            wk_buf_add_char(r->out, (char)p[i]); /* UTF-8 as it is */
        else
            add_unit(r, p[i]);
    }
    wk_buf_add_char(r->out, '"');
    return true;
}

/* ---- what holds other values ---- */

static bool
read_properties(struct reader *r, int end, bool *first)
{
    while (!r->bad && peek(r) != end) {
        if (!*first)
            wk_buf_add_str(r->out, ", ");
        *first = false;
        if (!read_value(r))
            return false;
        wk_buf_add_str(r->out, ": ");
        if (!read_value(r))
            return false;
    }
    r->at++;
    return !r->bad;
}

static bool
read_object(struct reader *r)
{
    bool first = true;

    wk_buf_add_char(r->out, '{');
    if (!read_properties(r, '{', &first))
        return false;
    read_varint(r);
    wk_buf_add_char(r->out, '}');
    return !r->bad;
}

static bool
read_array(struct reader *r, bool dense)
{
    uint64_t length = read_varint(r);
    bool first = true;

    if (dense && length > r->end - r->at)
        return fail(r);
    wk_buf_add_char(r->out, '[');
    for (uint64_t i = 0; dense && i < length; i++, first = false) {
        if (!first)
            wk_buf_add_str(r->out, ", ");
        if (!read_value(r))
            return false;
    }
    if (!dense)
        wk_buf_addf(r->out, "length %" PRIu64 "%s", length, peek(r) != '@' ? "; " : "");
    if (!read_properties(r, dense ? '$' : '@', &first))
        return false;
    read_varint(r);
    read_varint(r);
    wk_buf_add_char(r->out, ']');
    return !r->bad;
}

static bool
read_collection(struct reader *r, bool map)
{
    int end = map ? ':' : ',';

    wk_buf_add_str(r->out, map ? "Map{" : "Set{");
    for (size_t i = 0; !r->bad && peek(r) != end; i++) {
        if (i > 0)
            wk_buf_add_str(r->out, map && i % 2 == 1 ? " => " : ", ");
        if (!read_value(r))
            return false;
    }
    r->at++;
    read_varint(r);
    wk_buf_add_char(r->out, '}');
    return !r->bad;
}

static bool
read_buffer(struct reader *r, bool resizable)
{
    uint64_t bytes = read_varint(r);

    if (resizable)
        read_varint(r);
    if (r->bad || bytes > r->end - r->at)
        return fail(r);
    wk_buf_addf(r->out, "ArrayBuffer(%" PRIu64 ")<", bytes);
    for (uint64_t i = 0; i < bytes && i < 64; i++)
        wk_buf_addf(r->out, "%s%02x", i > 0 ? " " : "", r->data[r->at + i]);
    wk_buf_add_str(r->out, bytes > 64 ? " ...>" : ">");
    r->at += bytes;
    if (peek(r) == 'V') { /* the view that the buffer was written for */
        static const char names[] = "bB?cCwWdDhfFqQ";
        static const char *const texts[] = {"Int8Array", "Uint8Array", "DataView", "Uint8ClampedArray",
                                            "Uint8ClampedArray", "Int16Array", "Uint16Array", "Int32Array",
                                            "Uint32Array", "Float16Array", "Float32Array", "Float64Array",
                                            "BigInt64Array", "BigUint64Array"};
        int tag;
        const char *at;
        uint64_t offset, length;

        r->at++;
        tag = peek(r);
        r->at++;
        offset = read_varint(r);
        length = read_varint(r);
        read_varint(r); /* flags, of version 14 on */
        at = tag > 0 ? strchr(names, tag) : NULL;
        wk_buf_addf(r->out, " as %s[%" PRIu64 ", %" PRIu64 " bytes]", at != NULL ? texts[at - names] : "view", offset,
                    length);
    }
    return !r->bad;
}

static bool
read_error(struct reader *r)
{
    static const char tags[] = "ERFSTU";
    static const char *const names[] = {"EvalError", "RangeError", "ReferenceError", "SyntaxError", "TypeError",
                                        "URIError"};
    const char *at;

    if (peek(r) > 0 && (at = strchr(tags, peek(r))) != NULL) {
        wk_buf_add_str(r->out, names[at - tags]);
        r->at++;
    } else {
        wk_buf_add_str(r->out, "Error");
    }
    for (;;) {
        int tag = peek(r);

        r->at++;
        if (tag == '.')
            return true;
        if (tag != 'm' && tag != 's' && tag != 'c')
            return fail(r);
        wk_buf_add_str(r->out, tag == 'm' ? " " : tag == 's' ? ", stack " : ", cause ");
        if (!read_value(r))
            return false;
    }
}

static bool
read_bigint(struct reader *r)
{
    uint64_t field = read_varint(r), bytes = field >> 1;

    if (r->bad || bytes > r->end - r->at)
        return fail(r);
    wk_buf_add_str(r->out, field & 1 ? "-0x" : "0x");
    for (uint64_t i = bytes; i-- > 0;)
        wk_buf_addf(r->out, "%02x", r->data[r->at + i]);
    wk_buf_add_str(r->out, bytes == 0 ? "0n" : "n");
    r->at += bytes;
    return true;
}

static bool
read_date(struct reader *r)
{
    double ms = read_double(r);
    bool valid = fabs(ms) <= 8.64e15; /* NaN is not */
    time_t seconds = valid ? (time_t)floor(ms / 1000) : 0;
    struct tm tm;
    char text[40];

    if (!valid || gmtime_r(&seconds, &tm) == NULL ||
        strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%S", &tm) == 0)
        wk_buf_add_str(r->out, "Date(invalid)");
    else
        wk_buf_addf(r->out, "Date(%s.%03dZ)", text, (int)(ms - floor(ms / 1000) * 1000));
    return !r->bad;
}

static bool
read_wrapped(struct reader *r, const char *name, int tag)
{
    wk_buf_addf(r->out, "%s(", name);
    if (tag == 'n')
        add_number(r, read_double(r));
    else if (tag == 'z')
        read_bigint(r);
    else
        read_value(r);
    wk_buf_add_char(r->out, ')');
    return !r->bad;
}

static bool
read_tag(struct reader *r, int tag)
{
    uint64_t n;

    switch (tag) {
    case '_':
    case '0':
    case '-':
        wk_buf_add_str(r->out, tag == '_' ? "undefined" : tag == '0' ? "null" : "<hole>");
        return true;
    case 'T':
    case 'F':
        wk_buf_add_str(r->out, tag == 'T' ? "true" : "false");
        return true;
    case 'y':
    case 'x':
        wk_buf_addf(r->out, "Boolean(%s)", tag == 'y' ? "true" : "false");
        return true;
    case 'I':
        n = read_varint(r);
        wk_buf_addf(r->out, "%" PRId32, (int32_t)((uint32_t)n >> 1) ^ -(int32_t)(n & 1));
        return !r->bad;
    case 'U':
        wk_buf_addf(r->out, "%" PRIu64, read_varint(r));
        return !r->bad;
    case 'N':
        add_number(r, read_double(r));
        return !r->bad;
    case 'Z':
        return read_bigint(r);
    case '"':
    case 'c':
    case 'S':
        return read_string(r, tag);
    case '^':
        wk_buf_addf(r->out, "<reference %" PRIu64 ">", read_varint(r));
        return !r->bad;
    case 'o':
        return read_object(r);
    case 'A':
    case 'a':
        return read_array(r, tag == 'A');
    case 'D':
        return read_date(r);
    case 'n':
        return read_wrapped(r, "Number", tag);
    case 'z':
        return read_wrapped(r, "BigInt", tag);
    case 's':
        return read_wrapped(r, "String", tag);
    case 'R':
        wk_buf_add_str(r->out, "RegExp(");
        if (!read_value(r))
            return false;
        wk_buf_addf(r->out, ", flags %" PRIu64 ")", read_varint(r));
        return !r->bad;
    case ';':
    case '\'':
        return read_collection(r, tag == ';');
    case 'B':
    case '~':
        return read_buffer(r, tag == '~');
    case 'r':
        return read_error(r);
    default:
        return fail(r);
    }
}

static bool
read_value(struct reader *r)
{
    bool ok;

    while (peek(r) == 0)
        r->at++; /* padding */
    if (r->bad || r->at >= r->end)
        return fail(r);
    if (r->depth >= WK_V8_TEXT_DEPTH_MAX || r->out->len > WK_V8_TEXT_BYTES_MAX) {
        wk_buf_add_str(r->out, "...");
        return fail(r);
    }
    r->depth++;
    ok = read_tag(r, r->data[r->at++]);
    r->depth--;
    return ok && !r->bad;
}

bool
wk_v8_text(struct wk_buf *out, const void *data, size_t bytes)
{
    struct reader r = {out, data, 0, bytes, 0, false};

    if (bytes >= 2 && r.data[0] == 0xff)
        r.at = 2;
    return read_value(&r);
}
