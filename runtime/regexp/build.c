#include "runtime/regexp/build.h"

#include <string.h>

void
wk_build_init(struct wk_build *build, duk_context *ctx, size_t bytes_expected)
{
    build->ctx = ctx;
    build->len = 0;
    build->cap = bytes_expected + 64;
    build->data = duk_push_dynamic_buffer(ctx, build->cap);
    build->idx = duk_get_top_index(ctx);
}

static char *
room(struct wk_build *build, size_t bytes)
{
    if (build->cap - build->len < bytes) {
        build->cap = build->cap + build->cap / 2 + bytes;
        build->data = duk_resize_buffer(build->ctx, build->idx, build->cap);
    }
    return build->data + build->len;
}

void
wk_build_bytes(struct wk_build *build, const char *bytes, size_t count)
{
    memcpy(room(build, count), bytes, count);
    build->len += count;
}

void
wk_build_slice(struct wk_build *build, const struct wk_regexp_subject *subject, size_t from, size_t to)
{
    size_t bytes = wk_regexp_subject_bytes(subject, from, to);

    wk_regexp_subject_copy(subject, from, to, room(build, bytes));
    build->len += bytes;
}

void
wk_build_value(struct wk_build *build)
{
    duk_size_t bytes;
    const char *text = duk_to_lstring(build->ctx, -1, &bytes);

    wk_build_bytes(build, text, bytes);
    duk_pop(build->ctx);
}

void
wk_build_push(struct wk_build *build)
{
    duk_push_lstring(build->ctx, build->data, build->len);
}

/* $n or $nn: the number, and how many digits it took; 0 when there is no such capture. */
static uint32_t
capture_number(const char *p, size_t left, uint32_t captures, size_t *digits)
{
    uint32_t one, two;

    if (left < 1 || p[0] < '0' || p[0] > '9')
        return 0;
    one = (uint32_t)(p[0] - '0');
    if (left >= 2 && p[1] >= '0' && p[1] <= '9') {
        two = one * 10 + (uint32_t)(p[1] - '0');
        *digits = 2;
        if (two >= 1 && two <= captures)
            return two;
    }
    *digits = 1;
    return one >= 1 && one <= captures ? one : 0;
}

/* One pattern after '$' at p; how many bytes of it were taken, 0: it is text. */
static size_t
expand_one(struct wk_build *build, const char *p, size_t left, const struct wk_expand *e)
{
    const char *close;
    uint32_t capture;
    size_t digits;

    switch (left > 0 ? p[0] : '\0') {
    case '$':
        wk_build_bytes(build, "$", 1);
        return 1;
    case '&':
        if (e->matched != NULL)
            wk_build_bytes(build, e->matched, e->matched_bytes);
        else
            wk_build_slice(build, e->subject, e->start, e->end);
        return 1;
    case '`':
        wk_build_slice(build, e->subject, 0, e->start);
        return 1;
    case '\'':
        if (e->end < e->subject->count)
            wk_build_slice(build, e->subject, e->end, e->subject->count);
        return 1;
    case '<':
        close = e->named == NULL ? NULL : memchr(p, '>', left);
        if (close == NULL)
            return 0;
        e->named(build, e->arg, p + 1, (size_t)(close - p) - 1);
        return (size_t)(close - p) + 1;
    default:
        if ((capture = capture_number(p, left, e->captures, &digits)) == 0)
            return 0;
        e->capture(build, e->arg, capture);
        return digits;
    }
}

void
wk_build_expand(struct wk_build *build, const char *text, size_t bytes, const struct wk_expand *expand)
{
    const char *p = text, *end = text + bytes, *dollar;
    size_t taken;

    while ((dollar = memchr(p, '$', (size_t)(end - p))) != NULL) {
        wk_build_bytes(build, p, (size_t)(dollar - p));
        taken = expand_one(build, dollar + 1, (size_t)(end - dollar) - 1, expand);
        if (taken == 0)
            wk_build_bytes(build, "$", 1);
        p = dollar + 1 + taken;
    }
    wk_build_bytes(build, p, (size_t)(end - p));
}
