#include "runtime/binding/utf8.h"

#include <string.h>

#define HIGH_BITS 0x8080808080808080u

size_t
wk_ascii_prefix(const void *bytes, size_t len)
{
    const unsigned char *p = bytes;
    size_t i = 0;

    for (; i + 8 <= len; i += 8) {
        uint64_t word;

        memcpy(&word, p + i, 8);
        if ((word & HIGH_BITS) != 0)
            break;
    }
    while (i < len && p[i] < 0x80)
        i++;
    return i;
}

int
wk_utf8_next(const unsigned char *p, const unsigned char *end, uint32_t *code)
{
    unsigned char lead = *p, low = 0x80, high = 0xBF;
    int need;

    if (lead < 0x80) {
        *code = lead;
        return 1;
    }
    if (lead < 0xC2 || lead > 0xF4)
        return -1;
    need = lead < 0xE0 ? 1 : lead < 0xF0 ? 2 : 3;
    if (lead == 0xE0)
        low = 0xA0;
    else if (lead == 0xED)
        high = 0x9F;
    else if (lead == 0xF0)
        low = 0x90;
    else if (lead == 0xF4)
        high = 0x8F;
    *code = lead & (0x3Fu >> need);
    for (int i = 1; i <= need; i++) {
        if (p + i == end)
            return WK_UTF8_CUT;
        if (p[i] < low || p[i] > high)
            return -i;
        *code = *code << 6 | (p[i] & 0x3Fu);
        low = 0x80;
        high = 0xBF;
    }
    return need + 1;
}

static unsigned char *
put_3(unsigned char *out, uint32_t code)
{
    out[0] = (unsigned char)(0xE0 | code >> 12);
    out[1] = (unsigned char)(0x80 | (code >> 6 & 0x3F));
    out[2] = (unsigned char)(0x80 | (code & 0x3F));
    return out + 3;
}

/* The CESU-8 of UTF-8 bytes; counts only while out is NULL. Gives the length. */
static size_t
cesu8_from_utf8(const unsigned char *p, size_t len, unsigned char *out)
{
    const unsigned char *end = p + len;
    size_t total = 0;

    while (p < end) {
        uint32_t code;
        int n = wk_utf8_next(p, end, &code);
        size_t bytes = n <= 0 ? 3 : n == 4 ? 6 : (size_t)n;

        if (out != NULL) {
            if (n <= 0)
                out = put_3(out, 0xFFFD);
            else if (n == 4)
                out = put_3(put_3(out, 0xD7C0 + (code >> 10)), 0xDC00 + (code & 0x3FF));
            else {
                memcpy(out, p, (size_t)n);
                out += n;
            }
        }
        total += bytes;
        p = n == WK_UTF8_CUT ? end : p + (n < 0 ? -n : n);
    }
    return total;
}

/* True when the bytes are UTF-8 without characters above U+FFFF: CESU-8 then is the same. */
static bool
utf8_is_cesu8(const unsigned char *p, size_t len)
{
    const unsigned char *end = p + len;

    while (p < end) {
        uint32_t code;
        int n;

        p += wk_ascii_prefix(p, (size_t)(end - p));
        if (p == end)
            break;
        n = wk_utf8_next(p, end, &code);
        if (n <= 0 || n == 4)
            return false;
        p += n;
    }
    return true;
}

void
wk_push_utf8(duk_context *ctx, const void *bytes, size_t len)
{
    size_t total;
    void *out;

    if (utf8_is_cesu8(bytes, len)) {
        duk_push_lstring(ctx, bytes, len);
        return;
    }
    total = cesu8_from_utf8(bytes, len, NULL);
    out = duk_push_fixed_buffer(ctx, total);
    cesu8_from_utf8(bytes, len, out);
    duk_push_lstring(ctx, out, total);
    duk_remove(ctx, -2);
}

void
wk_push_latin1(duk_context *ctx, const void *bytes, size_t len)
{
    const unsigned char *p = bytes;
    size_t ascii = wk_ascii_prefix(bytes, len), total = len;
    unsigned char *out, *start;

    if (ascii == len) {
        duk_push_lstring(ctx, bytes, len);
        return;
    }
    for (size_t i = ascii; i < len; i++)
        total += p[i] >> 7;
    start = out = duk_push_fixed_buffer(ctx, total);
    for (size_t i = 0; i < len; i++) {
        if (p[i] < 0x80) {
            *out++ = p[i];
        } else {
            *out++ = (unsigned char)(0xC0 | p[i] >> 6);
            *out++ = (unsigned char)(0x80 | (p[i] & 0x3F));
        }
    }
    duk_push_lstring(ctx, (const char *)start, total);
    duk_remove(ctx, -2);
}

/* The first encoded surrogate (ED A0..BF xx) at or after p, or end. */
static const unsigned char *
find_surrogate(const unsigned char *p, const unsigned char *end)
{
    while (p < end && (p = memchr(p, 0xED, (size_t)(end - p))) != NULL) {
        if (end - p >= 3 && p[1] >= 0xA0)
            return p;
        p++;
    }
    return end;
}

/* UTF-8 of CESU-8; out has room for as many bytes as come in. Gives the length. */
static size_t
utf8_from_cesu8(const unsigned char *p, size_t len, unsigned char *out)
{
    const unsigned char *end = p + len;
    unsigned char *start = out;

    while (p < end) {
        const unsigned char *next = find_surrogate(p, end);

        memcpy(out, p, (size_t)(next - p));
        out += next - p;
        p = next;
        if (p == end)
            break;
        if (p[1] < 0xB0 && end - p >= 6 && p[3] == 0xED && p[4] >= 0xB0) {
            uint32_t code = 0x10000 + ((p[1] & 0x0Fu) << 16 | (p[2] & 0x3Fu) << 10 |
                                       (p[4] & 0x0Fu) << 6 | (p[5] & 0x3Fu));

            *out++ = (unsigned char)(0xF0 | code >> 18);
            *out++ = (unsigned char)(0x80 | (code >> 12 & 0x3F));
            *out++ = (unsigned char)(0x80 | (code >> 6 & 0x3F));
            *out++ = (unsigned char)(0x80 | (code & 0x3F));
            p += 6;
        } else {
            out = put_3(out, 0xFFFD);
            p += 3;
        }
    }
    return (size_t)(out - start);
}

const char *
wk_to_utf8(duk_context *ctx, duk_idx_t idx, size_t *len)
{
    const char *text = duk_to_lstring(ctx, idx, len);
    const unsigned char *p = (const unsigned char *)text;
    char *out;

    if (find_surrogate(p, p + *len) == p + *len)
        return text;
    idx = duk_normalize_index(ctx, idx);
    out = duk_push_dynamic_buffer(ctx, *len);
    *len = utf8_from_cesu8(p, *len, (unsigned char *)out);
    out = duk_resize_buffer(ctx, -1, *len);
    duk_replace(ctx, idx);
    return out;
}
