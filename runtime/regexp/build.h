/* runtime/regexp/build.h - a string in the making: bytes in a buffer of the heap, so that building is
 * linear and an error anywhere frees it.
 *
 * Thread: the heap's. Lifetime: the value that wk_build_init leaves on the value stack. */
#ifndef WK_REGEXP_BUILD_H
#define WK_REGEXP_BUILD_H
#include "runtime/regexp/subject.h"

struct wk_build {
    duk_context *ctx;
    duk_idx_t idx;
    char *data;
    size_t len, cap;
};

void wk_build_init(struct wk_build *build, duk_context *ctx, size_t bytes_expected);
void wk_build_bytes(struct wk_build *build, const char *bytes, size_t count);
void wk_build_slice(struct wk_build *build, const struct wk_regexp_subject *subject, size_t from, size_t to);
/* Adds ToString of the value on top, and pops it. */
void wk_build_value(struct wk_build *build);
/* Pushes the string. */
void wk_build_push(struct wk_build *build);

/* What $-patterns of a replacement refer to (ECMA-262 22.1.3.19.1). */
struct wk_expand {
    const struct wk_regexp_subject *subject;
    size_t start, end; /* the match, in elements */
    const char *matched; /* what $& is, if not just that; else NULL */
    size_t matched_bytes;
    uint32_t captures;
    /* Adds capture i, 1 to captures; nothing if unset. */
    void (*capture)(struct wk_build *build, void *arg, uint32_t i);
    /* Adds the capture of that name; NULL: there are no named groups, and $< is text. */
    void (*named)(struct wk_build *build, void *arg, const char *name, size_t bytes);
    void *arg;
};

void wk_build_expand(struct wk_build *build, const char *text, size_t bytes, const struct wk_expand *expand);
#endif
