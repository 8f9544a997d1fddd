/* runtime/regexp/code.h - compiled patterns, shared and cached, and matching with them.
 *
 * A code is what one (source, flags) compiles to. Each belongs to a JavaScript object without
 * properties of its own to see, whose finalizer frees it; RegExp objects refer to that object, and so
 * do the last WK_REGEXP_CODES_MAX of the cache. The wide form is compiled when first needed.
 *
 * Limits: a match ends with a RangeError after WK_REGEXP_STEPS_MAX backtracking steps (about 0.15 s)
 * or WK_REGEXP_FRAMES_KB_MAX of backtracking memory, and when the worker's CPU time is over. All
 * memory is the heap's. No JIT: hosts may not map executable memory.
 *
 * Thread: the heap's. */
#ifndef WK_REGEXP_CODE_H
#define WK_REGEXP_CODE_H
#include "runtime/regexp/emit.h"
#include "runtime/regexp/subject.h"

#define WK_REGEXP_CODES_MAX 512u
#define WK_REGEXP_STEPS_MAX 8000000u
#define WK_REGEXP_FRAMES_KB_MAX 65536u
#define WK_REGEXP_COMPILED_BYTES_MAX (16u << 20)

struct wk_regexp_state;

struct wk_regexp_group_name {
    char *name;
    uint32_t capture;
};

struct wk_regexp_behind {
    void *code, *match_data, *match_context;
};

struct wk_regexp_form {
    enum { WK_RE_FORM_NONE, WK_RE_FORM_READY, WK_RE_FORM_TOO_LARGE } state;
    void *code; /* pcre2_code_8 or _32 */
    struct wk_regexp_text text;
    struct wk_regexp_behind behinds[WK_RE_BEHINDS_MAX];
};

struct wk_regexp_code {
    unsigned flags;
    uint32_t captures;
    struct wk_regexp_group_name *names; /* in order; the same name may come again */
    uint32_t name_count;
    struct wk_regexp_form forms[2]; /* narrow, wide */
    struct wk_regexp_state *state;
    void *object;         /* the heap's object that owns it */
    void *source, *flags_text; /* its strings, kept by the object */
    struct wk_regexp_code *newer, *older, *next; /* in the cache: by use, by hash */
    uint32_t slot;                               /* of the array that keeps it there */
};

/* Finds or compiles the code of two strings on the stack; pushes its object. Throws SyntaxError. */
struct wk_regexp_code *wk_regexp_code_push(duk_context *ctx, struct wk_regexp_state *state,
                                           duk_idx_t source_idx, duk_idx_t flags_idx);
void wk_regexp_code_free(struct wk_regexp_code *code);

/* The last match of the heap: element positions of each capture, until the next match. */
struct wk_regexp_match {
    const size_t *vector;
    const uint32_t *map;
};

static inline size_t
wk_regexp_start(const struct wk_regexp_match *match, uint32_t capture)
{
    return match->vector[2 * match->map[capture]];
}

static inline size_t
wk_regexp_end(const struct wk_regexp_match *match, uint32_t capture)
{
    return match->vector[2 * match->map[capture] + 1];
}

#define WK_REGEXP_UNSET (~(size_t)0)

/* wk_regexp_subject_push for what this code wants. */
void wk_regexp_code_subject(duk_context *ctx, struct wk_regexp_code *code, duk_idx_t idx,
                            struct wk_regexp_subject *out);
/* Matches from element `start` on, or only there. Throws RangeError past a limit. */
bool wk_regexp_run(duk_context *ctx, struct wk_regexp_code *code,
                   const struct wk_regexp_subject *subject, size_t start, bool sticky,
                   struct wk_regexp_match *match);
#endif
