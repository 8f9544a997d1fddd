/* The Unicode decoders of the Encoding standard, and the single-byte ones, chunk by chunk. */
#include "runtime/binding/encoding.h"
#include "runtime/binding/utf8.h"

#include <string.h>

bool
wk_decoder_init(struct wk_decoder *decoder, const char *encoding)
{
    memset(decoder, 0, sizeof(*decoder));
    if (strcmp(encoding, "utf-8") == 0)
        decoder->kind = WK_DECODE_UTF8;
    else if (strcmp(encoding, "utf-16le") == 0)
        decoder->kind = WK_DECODE_UTF16LE;
    else if (strcmp(encoding, "utf-16be") == 0)
        decoder->kind = WK_DECODE_UTF16BE;
    else
        return wk_decoder_init_legacy(decoder, encoding);
    return true;
}

/* How many bytes at the end are the start of a character that is still to be completed. */
static size_t
utf8_cut(const uint8_t *bytes, size_t len)
{
    for (size_t n = 1; n <= 3 && n <= len; n++) {
        const uint8_t *p = bytes + len - n;
        uint32_t code;

        if (*p < 0x80)
            return 0;
        if (*p >= 0xC0)
            return wk_utf8_next(p, bytes + len, &code) == WK_UTF8_CUT ? n : 0;
    }
    return 0;
}

static bool
utf8_valid(const uint8_t *p, size_t len)
{
    const uint8_t *end = p + len;
    uint32_t code;
    int n;

    for (;;) {
        p += wk_ascii_prefix(p, (size_t)(end - p));
        if (p == end)
            return true;
        if ((n = wk_utf8_next(p, end, &code)) <= 0)
            return false;
        p += n;
    }
}

static bool
push_utf8(duk_context *ctx, struct wk_decoder *decoder, const uint8_t *bytes, size_t len,
          bool flush)
{
    if (decoder->fatal && !utf8_valid(bytes, len))
        return false;
    wk_push_utf8(ctx, bytes, len);
    return true;
}

/* Units in pairs of bytes; a surrogate without its partner becomes U+FFFD. */
static bool
push_utf16(duk_context *ctx, struct wk_decoder *decoder, const uint8_t *bytes, size_t len)
{
    int low = decoder->kind == WK_DECODE_UTF16LE ? 0 : 1;
    uint8_t *start = duk_push_fixed_buffer(ctx, len / 2 * 3 + 3), *out = start;
    bool ok = len % 2 == 0;

    for (size_t i = 0; i < len; i += 2) {
        uint32_t unit = i + 1 < len
                            ? bytes[i + (size_t)low] | (uint32_t)bytes[i + 1 - (size_t)low] << 8
                            : 0xFFFD;
        uint32_t next =
            i + 3 < len ? bytes[i + 2 + (size_t)low] | (uint32_t)bytes[i + 3 - (size_t)low] << 8
                        : 0;
        bool pair = (unit & 0xFC00) == 0xD800 && (next & 0xFC00) == 0xDC00;

        if ((unit & 0xF800) == 0xD800 && !pair) {
            unit = 0xFFFD;
            ok = false;
        }
        if (unit < 0x80) {
            *out++ = (uint8_t)unit;
        } else if (unit < 0x800) {
            *out++ = (uint8_t)(0xC0 | unit >> 6);
            *out++ = (uint8_t)(0x80 | (unit & 0x3F));
        } else {
            for (int k = 0; k <= pair; k++, unit = next) {
                *out++ = (uint8_t)(0xE0 | unit >> 12);
                *out++ = (uint8_t)(0x80 | (unit >> 6 & 0x3F));
                *out++ = (uint8_t)(0x80 | (unit & 0x3F));
            }
            i += pair ? 2 : 0;
        }
    }
    if (decoder->fatal && !ok) {
        duk_pop(ctx);
        return false;
    }
    duk_push_lstring(ctx, (const char *)start, (size_t)(out - start));
    duk_remove(ctx, -2);
    return true;
}

/* An odd byte, or a high surrogate whose partner may come with the next chunk. */
static size_t
utf16_cut(const struct wk_decoder *decoder, const uint8_t *bytes, size_t len)
{
    size_t odd = len % 2;
    const uint8_t *last = bytes + len - odd - 2;

    if (len - odd < 2 ||
        ((decoder->kind == WK_DECODE_UTF16LE ? last[1] : last[0]) & 0xFC) != 0xD8)
        return odd;
    return odd + 2;
}

static bool
push_table(duk_context *ctx, struct wk_decoder *decoder, const uint8_t *bytes, size_t len)
{
    size_t ascii = wk_ascii_prefix(bytes, len);
    uint8_t *start, *out;

    if (ascii == len) {
        duk_push_lstring(ctx, (const char *)bytes, len);
        return true;
    }
    start = out = duk_push_fixed_buffer(ctx, len * 3);
    for (size_t i = 0; i < len; i++) {
        uint32_t unit = bytes[i] < 0x80 ? bytes[i] : decoder->table[bytes[i] - 128];

        if (unit == 0xFFFD && decoder->fatal) {
            duk_pop(ctx);
            return false;
        }
        if (unit < 0x80) {
            *out++ = (uint8_t)unit;
            continue;
        }
        if (unit < 0x800) {
            *out++ = (uint8_t)(0xC0 | unit >> 6);
        } else {
            *out++ = (uint8_t)(0xE0 | unit >> 12);
            *out++ = (uint8_t)(0x80 | (unit >> 6 & 0x3F));
        }
        *out++ = (uint8_t)(0x80 | (unit & 0x3F));
    }
    duk_push_lstring(ctx, (const char *)start, (size_t)(out - start));
    duk_remove(ctx, -2);
    return true;
}

/* Pushes what of the bytes is complete and keeps the rest. */
static bool
push_kept(duk_context *ctx, struct wk_decoder *decoder, const uint8_t *bytes, size_t len,
          bool flush)
{
    bool utf8 = decoder->kind == WK_DECODE_UTF8;
    size_t cut = flush ? 0 : utf8 ? utf8_cut(bytes, len) : utf16_cut(decoder, bytes, len);
    bool ok;

    ok = utf8 ? push_utf8(ctx, decoder, bytes, len - cut, flush)
              : push_utf16(ctx, decoder, bytes, len - cut);
    decoder->pending_count = ok ? (uint8_t)cut : 0;
    if (ok)
        memcpy(decoder->pending, bytes + len - cut, cut);
    return ok;
}

bool
wk_decoder_push(duk_context *ctx, struct wk_decoder *decoder, const uint8_t *bytes, size_t len,
                bool flush)
{
    size_t kept = decoder->pending_count;
    uint8_t *joined;
    bool ok;

    if (decoder->kind == WK_DECODE_ICU)
        return wk_decoder_push_icu(ctx, decoder, bytes, len, flush);
    if (decoder->kind == WK_DECODE_TABLE)
        return push_table(ctx, decoder, bytes, len);
    if (kept == 0)
        return push_kept(ctx, decoder, bytes, len, flush);
    joined = duk_push_fixed_buffer(ctx, kept + len);
    memcpy(joined, decoder->pending, kept);
    if (len > 0)
        memcpy(joined + kept, bytes, len);
    ok = push_kept(ctx, decoder, joined, kept + len, flush);
    duk_remove(ctx, ok ? -2 : -1);
    return ok;
}
