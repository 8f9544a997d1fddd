#include "runtime/regexp/subject.h"

#include <string.h>
#include "runtime/regexp/regexp_priv.h"

struct wide {
    size_t count;
    size_t paired; /* there are surrogate pairs: unit_of[count + 1] follows chars */
    uint32_t chars[];
};

/* One encoded character; whatever is no valid encoding is taken byte by byte. */
static uint32_t
decode_one(const unsigned char *p, size_t left, size_t *used)
{
    uint32_t c = p[0];
    size_t more = c >= 0xf0 && c < 0xf8 ? 3 : c >= 0xe0 ? 2 : c >= 0xc0 ? 1 : 0;

    *used = 1;
    if (more == 0 || c >= 0xf8 || more >= left)
        return c;
    c &= 0x3fu >> more;
    for (size_t i = 1; i <= more; i++) {
        if ((p[i] & 0xc0) != 0x80)
            return p[0];
        c = c << 6 | (p[i] & 0x3f);
    }
    *used = more + 1;
    return c;
}

size_t
wk_cesu8_decode(const char *bytes, size_t byte_count, bool code_points, uint32_t *out)
{
    const unsigned char *p = (const unsigned char *)bytes, *end = p + byte_count;
    size_t count = 0, used;

    while (p < end) {
        uint32_t c = *p;

        if (c < 0x80) {
            out[count++] = c;
            p++;
            continue;
        }
        c = decode_one(p, (size_t)(end - p), &used);
        p += used;
        if (c > 0xffff && !code_points) {
            out[count++] = 0xd7c0 + (c >> 10);
            c = 0xdc00 + (c & 0x3ff);
        } else if (code_points && c >= 0xdc00 && c <= 0xdfff && count > 0 &&
                   out[count - 1] >= 0xd800 && out[count - 1] <= 0xdbff) {
            count--;
            c = 0x10000 + ((out[count] - 0xd800) << 10) + (c - 0xdc00);
        }
        out[count++] = c;
    }
    return count;
}

static struct wide *
wide_push(duk_context *ctx, const char *bytes, size_t byte_count, size_t units, bool code_points)
{
    size_t room = byte_count > units * 2 ? units * 2 : byte_count; /* 4-byte forms give two units */
    struct wide *wide =
        duk_push_fixed_buffer(ctx, sizeof(*wide) + (room + (code_points ? room + 1 : 0)) * sizeof(uint32_t));

    wide->count = wk_cesu8_decode(bytes, byte_count, code_points, wide->chars);
    if (code_points) {
        uint32_t *unit_of = wide->chars + wide->count, at = 0;

        for (size_t i = 0; i < wide->count; i++) {
            unit_of[i] = at;
            at += wide->chars[i] > 0xffff ? 2 : 1;
        }
        unit_of[wide->count] = at;
        wide->paired = at != wide->count;
    }
    return wide;
}

void
wk_regexp_subject_push(duk_context *ctx, struct wk_regexp_state *state, duk_idx_t idx,
                       bool code_points, bool wide_form, struct wk_regexp_subject *out)
{
    struct wk_regexp_wide_cache *cache = &state->wide;
    duk_size_t byte_count;
    struct wide *wide;
    void *string;

    idx = duk_normalize_index(ctx, idx);
    memset(out, 0, sizeof(*out));
    out->bytes = duk_require_lstring(ctx, idx, &byte_count);
    out->byte_count = byte_count;
    out->units = duk_get_length(ctx, idx);
    if (byte_count == out->units && !wide_form) {
        out->count = byte_count;
        duk_push_undefined(ctx);
        return;
    }
    string = duk_get_heapptr(ctx, idx);
    if (cache->string == string && cache->code_points == code_points) {
        duk_push_heapptr(ctx, cache->buffer);
        wide = duk_require_buffer(ctx, -1, NULL);
    } else {
        wide = wide_push(ctx, out->bytes, byte_count, out->units, code_points);
        cache->string = NULL;
        wk_regexp_keep(ctx, WK_RE_KEEP_SUBJECT, idx);
        wk_regexp_keep(ctx, WK_RE_KEEP_WIDE, -1);
        cache->string = string;
        cache->buffer = duk_get_heapptr(ctx, -1);
        cache->code_points = code_points;
    }
    out->chars = wide->chars;
    out->count = wide->count;
    out->unit_of = wide->paired ? wide->chars + wide->count : NULL;
    if (out->unit_of == NULL)
        out->units = wide->count;
    else
        out->units = out->unit_of[wide->count];
}

size_t
wk_regexp_subject_unit(const struct wk_regexp_subject *subject, size_t element)
{
    return subject->unit_of == NULL ? element : subject->unit_of[element];
}

size_t
wk_regexp_subject_element(const struct wk_regexp_subject *subject, size_t unit)
{
    size_t low = 0, high = subject->count;

    if (subject->unit_of == NULL)
        return unit;
    while (low < high) { /* the last element that begins at or before unit */
        size_t mid = (low + high + 1) / 2;

        if (subject->unit_of[mid] <= unit)
            low = mid;
        else
            high = mid - 1;
    }
    return low;
}

size_t
wk_regexp_subject_bytes(const struct wk_regexp_subject *subject, size_t from, size_t to)
{
    size_t bytes = 0;

    if (subject->chars == NULL)
        return to - from;
    for (size_t i = from; i < to; i++) {
        uint32_t c = subject->chars[i];

        bytes += c < 0x80 ? 1 : c < 0x800 ? 2 : c > 0xffff ? 6 : 3;
    }
    return bytes;
}

void
wk_regexp_subject_copy(const struct wk_regexp_subject *subject, size_t from, size_t to, char *out)
{
    if (subject->chars == NULL) {
        memcpy(out, subject->bytes + from, to - from);
        return;
    }
    for (size_t i = from; i < to; i++)
        out += wk_cesu8_put(out, subject->chars[i]);
}

void
wk_regexp_subject_slice(duk_context *ctx, const struct wk_regexp_subject *subject, size_t from, size_t to)
{
    char small[256];
    size_t bytes;
    char *copy;

    if (subject->chars == NULL) {
        duk_push_lstring(ctx, subject->bytes + from, to - from);
        return;
    }
    bytes = wk_regexp_subject_bytes(subject, from, to);
    if (bytes <= sizeof(small)) {
        wk_regexp_subject_copy(subject, from, to, small);
        duk_push_lstring(ctx, small, bytes);
        return;
    }
    copy = duk_push_fixed_buffer(ctx, bytes);
    wk_regexp_subject_copy(subject, from, to, copy);
    duk_push_lstring(ctx, copy, bytes);
    duk_remove(ctx, -2);
}
