/* RegExp.prototype[Symbol.split]. */
#include "runtime/regexp/regexp_priv.h"

#include <string.h>

struct split_out {
    duk_idx_t array;
    duk_uarridx_t count, limit;
};

/* Takes the value on top; true when the limit is reached. */
static bool
out_add(duk_context *ctx, struct split_out *out)
{
    duk_put_prop_index(ctx, out->array, out->count++);
    return out->count == out->limit;
}

static void
split_fast(duk_context *ctx, struct wk_regexp_state *state, struct wk_regexp_code *code, duk_idx_t string,
           struct split_out *out)
{
    struct wk_regexp_subject subject;
    struct wk_regexp_match match;
    size_t last = 0, at = 0;

    wk_regexp_code_subject(ctx, code, string, &subject);
    if (subject.count == 0) {
        if (wk_regexp_run(ctx, code, &subject, 0, true, &match))
            return;
        duk_dup(ctx, string);
        out_add(ctx, out);
        return;
    }
    while (at < subject.count && wk_regexp_run(ctx, code, &subject, at, false, &match)) {
        size_t start = wk_regexp_start(&match, 0), end = wk_regexp_end(&match, 0);

        if (start >= subject.count)
            break;
        if (end == last || (end == start && start == last)) {
            at = start + 1;
            continue;
        }
        wk_regexp_note_legacy(ctx, state, code, string, &subject, &match);
        wk_regexp_subject_slice(ctx, &subject, last, start);
        if (out_add(ctx, out))
            return;
        for (uint32_t i = 1; i <= code->captures; i++) {
            if (wk_regexp_start(&match, i) == WK_REGEXP_UNSET)
                duk_push_undefined(ctx);
            else
                wk_regexp_subject_slice(ctx, &subject, wk_regexp_start(&match, i), wk_regexp_end(&match, i));
            if (out_add(ctx, out))
                return;
        }
        last = at = end;
    }
    wk_regexp_subject_slice(ctx, &subject, last, subject.count);
    out_add(ctx, out);
}

static void
push_part(duk_context *ctx, duk_idx_t string, double from, double to)
{
    duk_dup(ctx, string);
    duk_substring(ctx, -1, (duk_size_t)from, (duk_size_t)to);
}

/* Takes the result on top: the part before it, its captures. True when the limit is reached. */
static bool
add_result(duk_context *ctx, duk_idx_t string, double from, double to, struct split_out *out)
{
    duk_idx_t result = duk_get_top_index(ctx);
    double captures;

    push_part(ctx, string, from, to);
    if (out_add(ctx, out))
        return true;
    duk_get_prop_literal(ctx, result, "length");
    captures = duk_to_number(ctx, -1);
    duk_pop(ctx);
    for (double i = 1; i < captures; i++) {
        duk_get_prop_index(ctx, result, (duk_uarridx_t)i);
        if (out_add(ctx, out))
            return true;
    }
    return false;
}

/* The standard's steps, when a script can see them; the splitter is on top. */
static void
split_slow(duk_context *ctx, struct wk_regexp_state *state, duk_idx_t string, bool code_points,
           struct split_out *out)
{
    duk_idx_t splitter = duk_get_top_index(ctx);
    double size = (double)duk_get_length(ctx, string), last = 0, at = 0, end;

    if (size == 0) {
        wk_regexp_exec_any(ctx, state, splitter, string);
        if (duk_is_null(ctx, -1)) {
            duk_dup(ctx, string);
            out_add(ctx, out);
        }
        return;
    }
    while (at < size) {
        wk_regexp_set_last_index(ctx, state, splitter, at);
        wk_regexp_exec_any(ctx, state, splitter, string);
        if (!duk_is_null(ctx, -1)) {
            end = wk_regexp_last_index(ctx, state, splitter);
            end = end > size ? size : end;
            if (end != last) {
                if (add_result(ctx, string, last, at, out))
                    return;
                last = at = end;
                duk_pop(ctx);
                continue;
            }
        }
        duk_pop(ctx);
        at = wk_regexp_advance(ctx, string, at, code_points);
    }
    push_part(ctx, string, last, size);
    out_add(ctx, out);
}

duk_ret_t
wk_regexp_symbol_split(duk_context *ctx)
{
    struct wk_regexp_state *state = wk_regexp_state(ctx);
    struct wk_regexp_code *code;
    struct split_out out = {4, 0, 0xffffffffu};
    const char *flags;
    bool plain, code_points;

    wk_regexp_push_this(ctx, "RegExp.prototype.@@split"); /* string limit this */
    duk_to_string(ctx, 0);
    wk_regexp_push_species(ctx, state, 2); /* 3 */
    plain = duk_get_heapptr(ctx, 3) == state->constructor;
    code = plain ? wk_regexp_pristine(ctx, state, 2) : NULL;
    duk_push_array(ctx); /* 4 */
    if (code != NULL) {
        if (!duk_is_undefined(ctx, 1))
            out.limit = duk_to_uint32(ctx, 1);
        if (out.limit > 0)
            split_fast(ctx, state, code, 0, &out);
        duk_dup(ctx, 4);
        return 1;
    }
    wk_re_get(ctx, state, 2, WK_RE_KEY_FLAGS); /* 5 */
    flags = duk_to_string(ctx, 5);
    code_points = strpbrk(flags, "uv") != NULL;
    duk_dup(ctx, 3);
    duk_dup(ctx, 2);
    duk_push_sprintf(ctx, "%s%s", flags, strchr(flags, 'y') != NULL ? "" : "y");
    duk_new(ctx, 2); /* 6 */
    if (!duk_is_undefined(ctx, 1))
        out.limit = duk_to_uint32(ctx, 1);
    if (out.limit > 0)
        split_slow(ctx, state, 0, code_points, &out);
    duk_dup(ctx, 4);
    return 1;
}
