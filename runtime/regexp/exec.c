/* One match: exec, test, and the arrays that tell of it. */
#include "runtime/regexp/regexp_priv.h"

#include <math.h>
#include <string.h>

#define SAFE_INTEGER_MAX 9007199254740991.0

void
wk_regexp_push_this(duk_context *ctx, const char *method)
{
    duk_push_this(ctx);
    if (!duk_is_object(ctx, -1))
        wk_regexp_bad_receiver(ctx, method);
}

duk_ret_t
wk_regexp_bad_receiver(duk_context *ctx, const char *method)
{
    duk_push_this(ctx);
    return duk_error(ctx, DUK_ERR_TYPE_ERROR, "Method %s called on incompatible receiver %s", method,
                     duk_is_object(ctx, -1) ? "#<Object>" : duk_safe_to_string(ctx, -1));
}

double
wk_regexp_last_index(duk_context *ctx, struct wk_regexp_state *state, duk_idx_t object)
{
    double index;

    wk_re_get(ctx, state, object, WK_RE_KEY_LAST_INDEX);
    index = duk_to_number(ctx, -1);
    duk_pop(ctx);
    if (!(index > 0))
        return 0;
    return index > SAFE_INTEGER_MAX ? SAFE_INTEGER_MAX : floor(index);
}

void
wk_regexp_set_last_index(duk_context *ctx, struct wk_regexp_state *state, duk_idx_t object, double index)
{
    object = duk_normalize_index(ctx, object);
    duk_push_number(ctx, index);
    duk_put_prop_heapptr(ctx, object, state->keys[WK_RE_KEY_LAST_INDEX]);
}

double
wk_regexp_advance(duk_context *ctx, duk_idx_t string, double index, bool code_points)
{
    duk_codepoint_t high, low;

    if (!code_points || index + 1 >= (double)duk_get_length(ctx, string))
        return index + 1;
    high = duk_char_code_at(ctx, string, (duk_size_t)index);
    low = duk_char_code_at(ctx, string, (duk_size_t)index + 1);
    return index + (high >= 0xd800 && high <= 0xdbff && low >= 0xdc00 && low <= 0xdfff ? 2 : 1);
}

static void
push_capture(duk_context *ctx, const struct wk_regexp_subject *subject, const struct wk_regexp_match *match,
             uint32_t capture)
{
    if (wk_regexp_start(match, capture) == WK_REGEXP_UNSET)
        duk_push_undefined(ctx);
    else
        wk_regexp_subject_slice(ctx, subject, wk_regexp_start(match, capture), wk_regexp_end(match, capture));
}

/* Where the capture was, [start, end], or undefined. */
static void
push_span(duk_context *ctx, const struct wk_regexp_subject *subject, const struct wk_regexp_match *match,
          uint32_t capture)
{
    if (wk_regexp_start(match, capture) == WK_REGEXP_UNSET) {
        duk_push_undefined(ctx);
        return;
    }
    duk_push_array(ctx);
    duk_push_number(ctx, (double)wk_regexp_subject_unit(subject, wk_regexp_start(match, capture)));
    duk_put_prop_index(ctx, -2, 0);
    duk_push_number(ctx, (double)wk_regexp_subject_unit(subject, wk_regexp_end(match, capture)));
    duk_put_prop_index(ctx, -2, 1);
}

typedef void push_fn(duk_context *ctx, const struct wk_regexp_subject *subject,
                     const struct wk_regexp_match *match, uint32_t capture);

/* { name: push(capture) }, or undefined when no group has a name. Of several groups of one name the
 * one that took part counts. */
static void
push_named(duk_context *ctx, struct wk_regexp_code *code, const struct wk_regexp_subject *subject,
           const struct wk_regexp_match *match, push_fn *push)
{
    if (code->name_count == 0) {
        duk_push_undefined(ctx);
        return;
    }
    duk_push_bare_object(ctx);
    for (uint32_t i = 0; i < code->name_count; i++) {
        const struct wk_regexp_group_name *name = &code->names[i];

        if (wk_regexp_start(match, name->capture) == WK_REGEXP_UNSET && duk_has_prop_string(ctx, -1, name->name))
            continue;
        push(ctx, subject, match, name->capture);
        duk_put_prop_string(ctx, -2, name->name);
    }
}

void
wk_regexp_push_groups(duk_context *ctx, struct wk_regexp_code *code, const struct wk_regexp_subject *subject,
                      const struct wk_regexp_match *match)
{
    push_named(ctx, code, subject, match, push_capture);
}

/* The array that exec returns. */
static void
push_result(duk_context *ctx, struct wk_regexp_state *state, struct wk_regexp_code *code, duk_idx_t string,
            const struct wk_regexp_subject *subject, const struct wk_regexp_match *match)
{
    duk_push_array(ctx);
    for (uint32_t i = 0; i <= code->captures; i++) {
        push_capture(ctx, subject, match, i);
        duk_put_prop_index(ctx, -2, i);
    }
    duk_push_number(ctx, (double)wk_regexp_subject_unit(subject, wk_regexp_start(match, 0)));
    duk_put_prop_heapptr(ctx, -2, state->keys[WK_RE_KEY_INDEX]);
    duk_dup(ctx, string);
    duk_put_prop_heapptr(ctx, -2, state->keys[WK_RE_KEY_INPUT]);
    push_named(ctx, code, subject, match, push_capture);
    duk_put_prop_heapptr(ctx, -2, state->keys[WK_RE_KEY_GROUPS]);
    if ((code->flags & WK_RE_INDICES) == 0)
        return;
    duk_push_array(ctx);
    for (uint32_t i = 0; i <= code->captures; i++) {
        push_span(ctx, subject, match, i);
        duk_put_prop_index(ctx, -2, i);
    }
    push_named(ctx, code, subject, match, push_span);
    duk_put_prop_heapptr(ctx, -2, state->keys[WK_RE_KEY_GROUPS]);
    duk_put_prop_heapptr(ctx, -2, state->keys[WK_RE_KEY_INDICES]);
}

bool
wk_regexp_exec_raw(duk_context *ctx, struct wk_regexp_state *state, struct wk_regexp_code *code,
                   duk_idx_t object, duk_idx_t string, struct wk_regexp_subject *subject,
                   struct wk_regexp_match *match)
{
    bool moves = (code->flags & (WK_RE_GLOBAL | WK_RE_STICKY)) != 0, found;
    double index = moves ? wk_regexp_last_index(ctx, state, object) : 0;
    size_t start;

    wk_regexp_code_subject(ctx, code, string, subject);
    found = index <= (double)subject->units;
    if (found) {
        start = wk_regexp_subject_element(subject, (size_t)index);
        found = wk_regexp_run(ctx, code, subject, start, (code->flags & WK_RE_STICKY) != 0, match);
    }
    if (found)
        wk_regexp_note_legacy(ctx, state, code, string, subject, match);
    if (moves)
        wk_regexp_set_last_index(
            ctx, state, object, found ? (double)wk_regexp_subject_unit(subject, wk_regexp_end(match, 0)) : 0);
    return found;
}

void
wk_regexp_builtin_exec(duk_context *ctx, struct wk_regexp_state *state, struct wk_regexp_code *code,
                       duk_idx_t object, duk_idx_t string)
{
    struct wk_regexp_subject subject;
    struct wk_regexp_match match;

    object = duk_normalize_index(ctx, object);
    string = duk_normalize_index(ctx, string);
    if (wk_regexp_exec_raw(ctx, state, code, object, string, &subject, &match))
        push_result(ctx, state, code, string, &subject, &match);
    else
        duk_push_null(ctx);
    duk_remove(ctx, -2); /* what the subject needed */
}

void
wk_regexp_exec_any(duk_context *ctx, struct wk_regexp_state *state, duk_idx_t object, duk_idx_t string)
{
    struct wk_regexp_code *code;

    object = duk_normalize_index(ctx, object);
    string = duk_normalize_index(ctx, string);
    wk_re_get(ctx, state, object, WK_RE_KEY_EXEC);
    if (duk_is_callable(ctx, -1) && duk_get_heapptr(ctx, -1) != state->exec) {
        duk_dup(ctx, object);
        duk_dup(ctx, string);
        duk_call_method(ctx, 1);
        if (!duk_is_object(ctx, -1) && !duk_is_null(ctx, -1))
            (void)duk_error(ctx, DUK_ERR_TYPE_ERROR, "RegExp exec method returned something other than an Object or null");
        return;
    }
    duk_pop(ctx);
    if ((code = wk_regexp_code_of(ctx, state, object)) == NULL)
        wk_regexp_bad_receiver(ctx, "RegExp.prototype.exec");
    wk_regexp_builtin_exec(ctx, state, code, object, string);
}

duk_ret_t
wk_regexp_exec(duk_context *ctx)
{
    struct wk_regexp_state *state = wk_regexp_state(ctx);
    struct wk_regexp_code *code;

    duk_push_this(ctx);
    if ((code = wk_regexp_code_of(ctx, state, 1)) == NULL)
        return wk_regexp_bad_receiver(ctx, "RegExp.prototype.exec");
    duk_to_string(ctx, 0);
    wk_regexp_builtin_exec(ctx, state, code, 1, 0);
    return 1;
}

duk_ret_t
wk_regexp_test(duk_context *ctx)
{
    struct wk_regexp_state *state = wk_regexp_state(ctx);
    struct wk_regexp_code *code;
    struct wk_regexp_subject subject;
    struct wk_regexp_match match;

    wk_regexp_push_this(ctx, "RegExp.prototype.test");
    duk_to_string(ctx, 0);
    if ((code = wk_regexp_pristine(ctx, state, 1)) != NULL) {
        duk_push_boolean(ctx, wk_regexp_exec_raw(ctx, state, code, 1, 0, &subject, &match));
        return 1;
    }
    wk_regexp_exec_any(ctx, state, 1, 0);
    duk_push_boolean(ctx, !duk_is_null(ctx, -1));
    return 1;
}
