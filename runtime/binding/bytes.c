/* native('bytes'): joining and copying bytes, base64, random ones. */
#include "runtime/binding/binding.h"
#include "runtime/binding/utf8.h"

#include <string.h>

#define JOIN_BYTES_MAX ((size_t)128 << 20)
#define RANDOM_BYTES_MAX 65536u

/* The bytes of a string (as UTF-8) or of a buffer at idx. */
static const char *
bytes_at(duk_context *ctx, duk_idx_t idx, size_t *len)
{
    if (duk_is_buffer_data(ctx, idx))
        return duk_get_buffer_data(ctx, idx, len);
    return wk_to_utf8(ctx, idx, len);
}

/* join(list) -> Uint8Array of all its strings and buffers; a RangeError past 128 MiB */
static duk_ret_t
bytes_join(duk_context *ctx)
{
    duk_uarridx_t count = (duk_uarridx_t)duk_get_length(ctx, 0);
    size_t total = 0, len, at = 0;
    char *out;

    for (duk_uarridx_t i = 0; i < count; i++) {
        duk_get_prop_index(ctx, 0, i);
        bytes_at(ctx, -1, &len);
        total += len;
        duk_pop(ctx);
    }
    if (total > JOIN_BYTES_MAX)
        return duk_range_error(ctx, "Blob size %lu exceeds limit %lu", (unsigned long)total,
                               (unsigned long)JOIN_BYTES_MAX);
    out = duk_push_fixed_buffer(ctx, total);
    for (duk_uarridx_t i = 0; i < count; i++) {
        const char *part;

        duk_get_prop_index(ctx, 0, i);
        part = bytes_at(ctx, -1, &len);
        WK_CHECK(at + len <= total);
        if (len > 0)
            memcpy(out + at, part, len);
        at += len;
        duk_pop(ctx);
    }
    duk_push_buffer_object(ctx, -1, 0, total, DUK_BUFOBJ_UINT8ARRAY);
    return 1;
}

/* buffer(view) -> ArrayBuffer with a copy of the bytes */
static duk_ret_t
bytes_buffer(duk_context *ctx)
{
    duk_size_t len;
    const void *data = duk_require_buffer_data(ctx, 0, &len);
    void *out = duk_push_fixed_buffer(ctx, len);

    if (len > 0)
        memcpy(out, data, len);
    duk_push_buffer_object(ctx, -1, 0, len, DUK_BUFOBJ_ARRAYBUFFER);
    return 1;
}

/* btoa(text) -> base64, or undefined when a character is over U+00FF */
static duk_ret_t
bytes_btoa(duk_context *ctx)
{
    static const char digits[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    duk_size_t len, n = 0;
    const unsigned char *text = (const unsigned char *)duk_require_lstring(ctx, 0, &len);
    unsigned char *bytes = duk_push_fixed_buffer(ctx, len + 2);
    char *start, *out;

    for (size_t i = 0; i < len; i++) {
        if (text[i] < 0x80) {
            bytes[n++] = text[i];
        } else if (text[i] == 0xC2 || text[i] == 0xC3) {
            bytes[n++] = (unsigned char)(text[i] << 6 | (text[i + 1] & 0x3F));
            i++;
        } else {
            return 0;
        }
    }
    start = out = duk_push_fixed_buffer(ctx, (n + 2) / 3 * 4);
    for (size_t i = 0; i < n; i += 3) {
        uint32_t v = (uint32_t)bytes[i] << 16 | (i + 1 < n ? (uint32_t)bytes[i + 1] << 8 : 0) |
                     (i + 2 < n ? bytes[i + 2] : 0);

        *out++ = digits[v >> 18];
        *out++ = digits[v >> 12 & 63];
        *out++ = i + 1 < n ? digits[v >> 6 & 63] : '=';
        *out++ = i + 2 < n ? digits[v & 63] : '=';
    }
    duk_push_lstring(ctx, start, (size_t)(out - start));
    return 1;
}

static int
base64_digit(unsigned char c)
{
    if (c >= 'A' && c <= 'Z')
        return c - 'A';
    if (c >= 'a' && c <= 'z')
        return c - 'a' + 26;
    if (c >= '0' && c <= '9')
        return c - '0' + 52;
    return c == '+' ? 62 : c == '/' ? 63 : -1;
}

/* atob(text) -> text of bytes, or undefined when it is no base64 (forgiving, as the Infra
 * standard has it) */
static duk_ret_t
bytes_atob(duk_context *ctx)
{
    duk_size_t len, count = 0, n = 0, pads = 0;
    const unsigned char *text = (const unsigned char *)duk_require_lstring(ctx, 0, &len);
    unsigned char *out = duk_push_fixed_buffer(ctx, len + 1);
    uint32_t bits = 0;

    for (size_t i = 0; i < len; i++) {
        int digit = base64_digit(text[i]);

        if (text[i] == ' ' || text[i] == '\t' || text[i] == '\n' || text[i] == '\f' ||
            text[i] == '\r')
            continue;
        if (text[i] == '=') {
            pads++;
            continue;
        }
        if (digit < 0 || pads > 0)
            return 0;
        bits = bits << 6 | (uint32_t)digit;
        if (++count % 4 != 1)
            out[n++] = (unsigned char)(bits >> (count % 4 == 2 ? 4 : count % 4 == 3 ? 2 : 0));
    }
    if (pads > 2 || (pads > 0 && (count + pads) % 4 != 0) || count % 4 == 1)
        return 0;
    wk_push_latin1(ctx, out, n);
    return 1;
}

/* random(view): overwrites its bytes with random ones. */
static duk_ret_t
bytes_random(duk_context *ctx)
{
    duk_size_t len;
    void *data = duk_require_buffer_data(ctx, 0, &len);

    if (len > RANDOM_BYTES_MAX)
        return duk_range_error(ctx, "at most %u bytes", RANDOM_BYTES_MAX);
    wk_random(data, len);
    return 0;
}

static void
push_hex(duk_context *ctx, const unsigned char *bytes, size_t from, size_t to)
{
    static const char hex[] = "0123456789abcdef";
    char text[32];

    for (size_t i = from; i < to; i++) {
        text[2 * (i - from)] = hex[bytes[i] >> 4];
        text[2 * (i - from) + 1] = hex[bytes[i] & 15];
    }
    duk_push_lstring(ctx, text, 2 * (to - from));
}

/* uuid() -> a random (version 4) UUID */
static duk_ret_t
bytes_uuid(duk_context *ctx)
{
    static const size_t cuts[] = {0, 4, 6, 8, 10, 16};
    unsigned char b[16];

    wk_random(b, sizeof(b));
    b[6] = (unsigned char)(0x40 | (b[6] & 15));
    b[8] = (unsigned char)(0x80 | (b[8] & 63));
    duk_push_literal(ctx, "-");
    for (size_t i = 0; i + 1 < WK_COUNT(cuts); i++)
        push_hex(ctx, b, cuts[i], cuts[i + 1]);
    duk_join(ctx, 5);
    return 1;
}

/* randomHex() -> 32 random hex digits */
static duk_ret_t
bytes_random_hex(duk_context *ctx)
{
    unsigned char b[16];

    wk_random(b, sizeof(b));
    push_hex(ctx, b, 0, sizeof(b));
    return 1;
}

void
wk_binding_bytes_init(duk_context *ctx)
{
    static const duk_function_list_entry verbs[] = {{"join", bytes_join, 1},
                                                    {"buffer", bytes_buffer, 1},
                                                    {"btoa", bytes_btoa, 1},
                                                    {"atob", bytes_atob, 1},
                                                    {"random", bytes_random, 1},
                                                    {"uuid", bytes_uuid, 0},
                                                    {"randomHex", bytes_random_hex, 0},
                                                    {NULL, NULL, 0}};

    wk_engine_native(ctx, "bytes", verbs);
}
