/* RegExp.prototype[Symbol.match], [Symbol.matchAll], [Symbol.search]. */
#include "runtime/regexp/regexp_priv.h"

#include <string.h>

#define ITERATOR_MATCHER DUK_HIDDEN_SYMBOL("matcher")
#define ITERATOR_STRING DUK_HIDDEN_SYMBOL("string")
#define ITERATOR_FLAGS DUK_HIDDEN_SYMBOL("flags")

enum { ITERATE_GLOBAL = 1, ITERATE_CODE_POINTS = 2, ITERATE_DONE = 4 };

/* Empty matches move on, so that a global loop ends. */
static void
step_over_empty(duk_context *ctx, struct wk_regexp_state *state, duk_idx_t object, duk_idx_t string,
                duk_idx_t result, bool code_points)
{
    duk_get_prop_index(ctx, result, 0);
    if (duk_get_length(ctx, -1) == 0 || *duk_to_string(ctx, -1) == '\0')
        wk_regexp_set_last_index(
            ctx, state, object,
            wk_regexp_advance(ctx, string, wk_regexp_last_index(ctx, state, object), code_points));
    duk_pop(ctx);
}

/* Is one of the letters in the string of flags? */
static bool
flags_have(duk_context *ctx, duk_idx_t flags, const char *letters)
{
    return strpbrk(duk_get_string(ctx, flags), letters) != NULL;
}

static void
push_flags(duk_context *ctx, struct wk_regexp_state *state, duk_idx_t object)
{
    wk_re_get(ctx, state, object, WK_RE_KEY_FLAGS);
    duk_to_string(ctx, -1);
}

/* All matches of a regexp that no script can watch. */
static void
match_all_fast(duk_context *ctx, struct wk_regexp_state *state, struct wk_regexp_code *code, duk_idx_t object,
               duk_idx_t string)
{
    bool sticky = (code->flags & WK_RE_STICKY) != 0;
    struct wk_regexp_subject subject;
    struct wk_regexp_match match;
    duk_uarridx_t count = 0;
    size_t at = 0;

    wk_regexp_set_last_index(ctx, state, object, 0);
    wk_regexp_code_subject(ctx, code, string, &subject);
    duk_push_array(ctx);
    while (at <= subject.count && wk_regexp_run(ctx, code, &subject, at, sticky, &match)) {
        size_t start = wk_regexp_start(&match, 0), end = wk_regexp_end(&match, 0);

        wk_regexp_note_legacy(ctx, state, code, string, &subject, &match);
        wk_regexp_subject_slice(ctx, &subject, start, end);
        duk_put_prop_index(ctx, -2, count++);
        at = end > start ? end : end + 1;
    }
    if (count == 0)
        duk_push_null(ctx);
}

duk_ret_t
wk_regexp_symbol_match(duk_context *ctx)
{
    struct wk_regexp_state *state = wk_regexp_state(ctx);
    struct wk_regexp_code *code;
    duk_uarridx_t count = 0;
    bool code_points;

    wk_regexp_push_this(ctx, "RegExp.prototype.@@match"); /* string this */
    duk_to_string(ctx, 0);
    if ((code = wk_regexp_pristine(ctx, state, 1)) != NULL) {
        if ((code->flags & WK_RE_GLOBAL) != 0)
            match_all_fast(ctx, state, code, 1, 0);
        else
            wk_regexp_builtin_exec(ctx, state, code, 1, 0);
        return 1;
    }
    push_flags(ctx, state, 1); /* 2 */
    if (!flags_have(ctx, 2, "g")) {
        wk_regexp_exec_any(ctx, state, 1, 0);
        return 1;
    }
    code_points = flags_have(ctx, 2, "uv");
    wk_regexp_set_last_index(ctx, state, 1, 0);
    duk_push_array(ctx); /* 3 */
    for (;;) {
        wk_regexp_exec_any(ctx, state, 1, 0); /* 4 */
        if (duk_is_null(ctx, 4))
            break;
        step_over_empty(ctx, state, 1, 0, 4, code_points);
        duk_get_prop_index(ctx, 4, 0);
        duk_to_string(ctx, -1);
        duk_put_prop_index(ctx, 3, count++);
        duk_pop(ctx);
    }
    if (count > 0)
        duk_pop(ctx);
    return 1;
}

void
wk_regexp_push_species(duk_context *ctx, struct wk_regexp_state *state, duk_idx_t object)
{
    wk_re_get(ctx, state, object, WK_RE_KEY_CONSTRUCTOR);
    if (duk_is_undefined(ctx, -1)) {
        duk_pop(ctx);
        duk_push_heapptr(ctx, state->constructor);
        return;
    }
    if (!duk_is_object(ctx, -1))
        (void)duk_error(ctx, DUK_ERR_TYPE_ERROR, "The .constructor property is not an object");
    if (duk_get_heapptr(ctx, -1) == state->constructor)
        return;
    wk_re_get(ctx, state, -1, WK_RE_KEY_SPECIES);
    if (duk_is_null_or_undefined(ctx, -1)) {
        duk_pop_2(ctx);
        duk_push_heapptr(ctx, state->constructor);
        return;
    }
    duk_remove(ctx, -2);
}

duk_ret_t
wk_regexp_symbol_match_all(duk_context *ctx)
{
    struct wk_regexp_state *state = wk_regexp_state(ctx);
    int flags = 0;

    wk_regexp_push_this(ctx, "RegExp.prototype.@@matchAll"); /* string this */
    duk_to_string(ctx, 0);
    wk_regexp_push_species(ctx, state, 1);
    push_flags(ctx, state, 1); /* 3 */
    flags |= flags_have(ctx, 3, "g") ? ITERATE_GLOBAL : 0;
    flags |= flags_have(ctx, 3, "uv") ? ITERATE_CODE_POINTS : 0;
    duk_dup(ctx, 2);
    duk_dup(ctx, 1);
    duk_dup(ctx, 3);
    duk_new(ctx, 2); /* 4: matcher */
    wk_regexp_set_last_index(ctx, state, 4, wk_regexp_last_index(ctx, state, 1));
    duk_push_object(ctx);
    wk_regexp_push_kept(ctx, state, WK_RE_KEEP_ITERATOR);
    duk_set_prototype(ctx, -2);
    duk_dup(ctx, 4);
    duk_put_prop_literal(ctx, -2, ITERATOR_MATCHER);
    duk_dup(ctx, 0);
    duk_put_prop_literal(ctx, -2, ITERATOR_STRING);
    duk_push_int(ctx, flags);
    duk_put_prop_literal(ctx, -2, ITERATOR_FLAGS);
    return 1;
}

/* { value: what is on top, done } */
static void
push_step(duk_context *ctx, bool done)
{
    duk_push_object(ctx);
    duk_swap_top(ctx, -2);
    duk_put_prop_literal(ctx, -2, "value");
    duk_push_boolean(ctx, done);
    duk_put_prop_literal(ctx, -2, "done");
}

duk_ret_t
wk_regexp_iterator_next(duk_context *ctx)
{
    struct wk_regexp_state *state = wk_regexp_state(ctx);
    int flags;

    wk_regexp_push_this(ctx, "%RegExpStringIterator%.prototype.next"); /* 0 */
    if (!duk_get_prop_literal(ctx, 0, ITERATOR_MATCHER))               /* 1 */
        return wk_regexp_bad_receiver(ctx, "%RegExpStringIterator%.prototype.next");
    duk_get_prop_literal(ctx, 0, ITERATOR_STRING); /* 2 */
    duk_get_prop_literal(ctx, 0, ITERATOR_FLAGS);
    flags = duk_get_int(ctx, -1);
    if ((flags & ITERATE_DONE) == 0) {
        wk_regexp_exec_any(ctx, state, 1, 2); /* 4 */
        if (duk_is_null(ctx, 4) || (flags & ITERATE_GLOBAL) == 0) {
            duk_push_int(ctx, flags | ITERATE_DONE);
            duk_put_prop_literal(ctx, 0, ITERATOR_FLAGS);
        } else {
            step_over_empty(ctx, state, 1, 2, 4, (flags & ITERATE_CODE_POINTS) != 0);
        }
        if (!duk_is_null(ctx, 4)) {
            push_step(ctx, false);
            return 1;
        }
    }
    duk_push_undefined(ctx);
    push_step(ctx, true);
    return 1;
}

duk_ret_t
wk_regexp_symbol_search(duk_context *ctx)
{
    struct wk_regexp_state *state = wk_regexp_state(ctx);
    struct wk_regexp_code *code;
    struct wk_regexp_subject subject;
    struct wk_regexp_match match;

    wk_regexp_push_this(ctx, "RegExp.prototype.@@search"); /* string this */
    duk_to_string(ctx, 0);
    if ((code = wk_regexp_pristine(ctx, state, 1)) != NULL) {
        wk_regexp_code_subject(ctx, code, 0, &subject);
        if (wk_regexp_run(ctx, code, &subject, 0, (code->flags & WK_RE_STICKY) != 0, &match)) {
            wk_regexp_note_legacy(ctx, state, code, 0, &subject, &match);
            duk_push_number(ctx, (double)wk_regexp_subject_unit(&subject, wk_regexp_start(&match, 0)));
        } else {
            duk_push_int(ctx, -1);
        }
        return 1;
    }
    wk_re_get(ctx, state, 1, WK_RE_KEY_LAST_INDEX); /* 2 */
    duk_push_int(ctx, 0);
    if (!duk_samevalue(ctx, 2, 3))
        wk_regexp_set_last_index(ctx, state, 1, 0);
    wk_regexp_exec_any(ctx, state, 1, 0);           /* 4 */
    wk_re_get(ctx, state, 1, WK_RE_KEY_LAST_INDEX); /* 5 */
    if (!duk_samevalue(ctx, 5, 2)) {
        duk_dup(ctx, 2);
        duk_put_prop_heapptr(ctx, 1, state->keys[WK_RE_KEY_LAST_INDEX]);
    }
    if (duk_is_null(ctx, 4))
        duk_push_int(ctx, -1);
    else
        wk_re_get(ctx, state, 4, WK_RE_KEY_INDEX);
    return 1;
}
