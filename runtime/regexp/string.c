/* The String methods that take a RegExp, or what behaves like one. */
#include "runtime/regexp/regexp_priv.h"

#include <string.h>
#include "runtime/regexp/build.h"
#include "runtime/regexp/state.h"

/* Pushes `this`; throws TypeError for null and undefined. */
static void
push_this_coercible(duk_context *ctx, const char *method)
{
    duk_push_this(ctx);
    if (duk_is_null_or_undefined(ctx, -1))
        (void)duk_error(ctx, DUK_ERR_TYPE_ERROR, "String.prototype.%s called on null or undefined", method);
}

/* If the pattern at 0 has a method under the symbol, calls it with (this, [argument 1]) and leaves the
 * result on top. this is on top before. */
static bool
delegate(duk_context *ctx, struct wk_regexp_state *state, enum wk_re_symbol symbol, duk_idx_t nargs)
{
    duk_idx_t this_idx = duk_get_top_index(ctx);

    if (!duk_is_object(ctx, 0))
        return false;
    wk_re_get(ctx, state, 0, WK_RE_KEY_SYMBOLS + symbol);
    if (duk_is_null_or_undefined(ctx, -1)) {
        duk_pop(ctx);
        return false;
    }
    duk_dup(ctx, 0);
    duk_dup(ctx, this_idx);
    if (nargs > 1)
        duk_dup(ctx, 1);
    duk_call_method(ctx, nargs);
    return true;
}

/* For a global-only method: throws unless a RegExp given has g. */
static void
require_global(duk_context *ctx, struct wk_regexp_state *state, const char *method)
{
    bool is;

    if (!duk_is_object(ctx, 0))
        return;
    wk_re_get(ctx, state, 0, WK_RE_KEY_SYMBOLS + WK_RE_MATCH);
    is = duk_is_undefined(ctx, -1) ? wk_regexp_code_of(ctx, state, 0) != NULL : duk_to_boolean(ctx, -1);
    duk_pop(ctx);
    if (!is)
        return;
    wk_re_get(ctx, state, 0, WK_RE_KEY_FLAGS);
    if (duk_is_null_or_undefined(ctx, -1) || strchr(duk_to_string(ctx, -1), 'g') == NULL)
        (void)duk_error(ctx, DUK_ERR_TYPE_ERROR, "String.prototype.%s called with a non-global RegExp argument", method);
    duk_pop(ctx);
}

/* new RegExp(pattern, flags)[symbol](string); the string is on top. */
static duk_ret_t
with_new_regexp(duk_context *ctx, struct wk_regexp_state *state, enum wk_re_symbol symbol, const char *flags)
{
    duk_idx_t string = duk_get_top_index(ctx);

    duk_to_string(ctx, string);
    duk_push_heapptr(ctx, state->constructor);
    duk_dup(ctx, 0);
    duk_push_string(ctx, flags);
    duk_new(ctx, 2);
    wk_re_get(ctx, state, -1, WK_RE_KEY_SYMBOLS + symbol);
    duk_swap_top(ctx, -2);
    duk_dup(ctx, string);
    duk_call_method(ctx, 1);
    return 1;
}

static duk_ret_t
string_match(duk_context *ctx)
{
    struct wk_regexp_state *state = wk_regexp_state(ctx);

    push_this_coercible(ctx, "match");
    if (delegate(ctx, state, WK_RE_MATCH, 1))
        return 1;
    return with_new_regexp(ctx, state, WK_RE_MATCH, "");
}

static duk_ret_t
string_match_all(duk_context *ctx)
{
    struct wk_regexp_state *state = wk_regexp_state(ctx);

    push_this_coercible(ctx, "matchAll");
    require_global(ctx, state, "matchAll");
    if (delegate(ctx, state, WK_RE_MATCH_ALL, 1))
        return 1;
    return with_new_regexp(ctx, state, WK_RE_MATCH_ALL, "g");
}

static duk_ret_t
string_search(duk_context *ctx)
{
    struct wk_regexp_state *state = wk_regexp_state(ctx);

    push_this_coercible(ctx, "search");
    if (delegate(ctx, state, WK_RE_SEARCH, 1))
        return 1;
    return with_new_regexp(ctx, state, WK_RE_SEARCH, "");
}

/* --- replace and replaceAll of a string: byte search finds whole characters in CESU-8 --- */

struct text_replace {
    struct wk_regexp_subject subject; /* as bytes, whatever they encode */
    const char *text;                 /* NULL: a function, at 1 */
    duk_size_t text_bytes;
    struct wk_build out;
};

static size_t
units_before(const char *bytes, size_t count)
{
    size_t units = 0;

    for (size_t i = 0; i < count; i++)
        units += (bytes[i] & 0xc0) != 0x80;
    return units;
}

static void
text_replace_one(duk_context *ctx, struct text_replace *r, size_t at, size_t bytes, size_t units)
{
    if (r->text == NULL) {
        duk_dup(ctx, 1);
        duk_push_undefined(ctx);
        duk_dup(ctx, 0);
        duk_push_number(ctx, (double)units);
        duk_dup(ctx, 2);
        duk_call_method(ctx, 3);
        wk_build_value(&r->out);
    } else {
        struct wk_expand expand = {.subject = &r->subject, .start = at, .end = at + bytes};

        wk_build_expand(&r->out, r->text, r->text_bytes, &expand);
    }
}

/* Arguments: what 0, replacement 1, this 2. */
static duk_ret_t
text_replace(duk_context *ctx, bool all)
{
    struct text_replace r = {0};
    duk_size_t bytes, what_bytes;
    const char *string = duk_to_lstring(ctx, 2, &bytes), *what = duk_to_lstring(ctx, 0, &what_bytes), *found;
    size_t done = 0, from = 0, at, units = 0, counted = 0;
    bool any = false;

    if (!duk_is_callable(ctx, 1))
        r.text = duk_to_lstring(ctx, 1, &r.text_bytes);
    r.subject.bytes = string;
    r.subject.count = r.subject.byte_count = bytes;
    while (from <= bytes && (found = memmem(string + from, bytes - from, what, what_bytes)) != NULL) {
        at = (size_t)(found - string);
        if (!any)
            wk_build_init(&r.out, ctx, bytes);
        any = true;
        units += units_before(string + counted, at - counted);
        counted = at;
        wk_build_bytes(&r.out, string + done, at - done);
        text_replace_one(ctx, &r, at, what_bytes, units);
        done = at + what_bytes;
        for (from = done; what_bytes == 0 && from < bytes && (string[from + 1] & 0xc0) == 0x80; from++)
            ; /* between characters only */
        from += what_bytes == 0;
        if (!all)
            break;
    }
    if (!any) {
        duk_dup(ctx, 2);
        return 1;
    }
    wk_build_bytes(&r.out, string + done, bytes - done);
    wk_build_push(&r.out);
    return 1;
}

static duk_ret_t
string_replace(duk_context *ctx)
{
    struct wk_regexp_state *state = wk_regexp_state(ctx);

    push_this_coercible(ctx, "replace");
    if (delegate(ctx, state, WK_RE_REPLACE, 2))
        return 1;
    return text_replace(ctx, false);
}

static duk_ret_t
string_replace_all(duk_context *ctx)
{
    struct wk_regexp_state *state = wk_regexp_state(ctx);

    push_this_coercible(ctx, "replaceAll");
    require_global(ctx, state, "replaceAll");
    if (delegate(ctx, state, WK_RE_REPLACE, 2))
        return 1;
    return text_replace(ctx, true);
}

/* --- split by a string --- */

static void
split_characters(duk_context *ctx, duk_idx_t array, duk_uarridx_t limit)
{
    duk_size_t units = duk_get_length(ctx, 2);

    for (duk_size_t i = 0; i < units && i < limit; i++) {
        duk_dup(ctx, 2);
        duk_substring(ctx, -1, i, i + 1);
        duk_put_prop_index(ctx, array, (duk_uarridx_t)i);
    }
}

static duk_ret_t
text_split(duk_context *ctx)
{
    duk_size_t bytes, what_bytes;
    const char *string = duk_to_lstring(ctx, 2, &bytes), *what, *found;
    duk_uarridx_t limit = duk_is_undefined(ctx, 1) ? 0xffffffffu : duk_to_uint32(ctx, 1), count = 0;
    size_t from = 0;

    what = duk_to_lstring(ctx, 0, &what_bytes);
    duk_push_array(ctx); /* 3 */
    if (limit == 0)
        return 1;
    if (what_bytes == 0 && bytes > 0) {
        split_characters(ctx, 3, limit);
        return 1;
    }
    if (what_bytes == 0)
        return 1;
    while ((found = memmem(string + from, bytes - from, what, what_bytes)) != NULL && count < limit) {
        duk_push_lstring(ctx, string + from, (size_t)(found - string) - from);
        duk_put_prop_index(ctx, 3, count++);
        from = (size_t)(found - string) + what_bytes;
    }
    if (count < limit) {
        duk_push_lstring(ctx, string + from, bytes - from);
        duk_put_prop_index(ctx, 3, count);
    }
    return 1;
}

static duk_ret_t
string_split(duk_context *ctx)
{
    struct wk_regexp_state *state = wk_regexp_state(ctx);

    push_this_coercible(ctx, "split");
    if (delegate(ctx, state, WK_RE_SPLIT, 2))
        return 1;
    /* an undefined separator is none: the whole string, whatever a separator "undefined" would do */
    if (duk_is_undefined(ctx, 0)) {
        duk_to_string(ctx, 2);
        duk_push_array(ctx);
        if (!duk_is_undefined(ctx, 1) && duk_to_uint32(ctx, 1) == 0)
            return 1;
        duk_dup(ctx, 2);
        duk_put_prop_index(ctx, -2, 0);
        return 1;
    }
    return text_split(ctx);
}

void
wk_regexp_string_init(duk_context *ctx)
{
    duk_get_global_literal(ctx, "String");
    duk_get_prop_literal(ctx, -1, "prototype");
    wk_regexp_define_method(ctx, "match", "match", string_match, 1);
    wk_regexp_define_method(ctx, "matchAll", "matchAll", string_match_all, 1);
    wk_regexp_define_method(ctx, "search", "search", string_search, 1);
    wk_regexp_define_method(ctx, "replace", "replace", string_replace, 2);
    wk_regexp_define_method(ctx, "replaceAll", "replaceAll", string_replace_all, 2);
    wk_regexp_define_method(ctx, "split", "split", string_split, 2);
    duk_pop_2(ctx);
}
