/* RegExp.prototype[Symbol.replace]. */
#include "runtime/regexp/regexp_priv.h"

#include <string.h>
#include "runtime/regexp/build.h"

/* Arguments: string 0, replacement 1, this 2. */
struct replacement {
    struct wk_regexp_code *code;
    struct wk_regexp_subject subject;
    struct wk_regexp_match match;
    const char *text; /* NULL: it is a function */
    duk_size_t text_bytes;
    bool has_dollar;
    struct wk_build out;
};

static void
add_capture(struct wk_build *build, void *arg, uint32_t i)
{
    struct replacement *r = arg;

    if (wk_regexp_start(&r->match, i) != WK_REGEXP_UNSET)
        wk_build_slice(build, &r->subject, wk_regexp_start(&r->match, i), wk_regexp_end(&r->match, i));
}

static void
add_named(struct wk_build *build, void *arg, const char *name, size_t bytes)
{
    struct replacement *r = arg;

    for (uint32_t i = 0; i < r->code->name_count; i++) {
        const struct wk_regexp_group_name *known = &r->code->names[i];

        if (strlen(known->name) == bytes && memcmp(known->name, name, bytes) == 0)
            add_capture(build, r, known->capture);
    }
}

/* Adds what replaces the match [start, end). */
static void
add_replacement(duk_context *ctx, struct replacement *r, size_t start, size_t end)
{
    struct wk_regexp_code *code = r->code;

    if (r->text == NULL) {
        duk_idx_t args = 3;

        duk_require_stack(ctx, (duk_idx_t)code->captures + 8);
        duk_dup(ctx, 1);
        duk_push_undefined(ctx);
        wk_regexp_subject_slice(ctx, &r->subject, start, end);
        for (uint32_t i = 1; i <= code->captures; i++, args++) {
            if (wk_regexp_start(&r->match, i) == WK_REGEXP_UNSET)
                duk_push_undefined(ctx);
            else
                wk_regexp_subject_slice(ctx, &r->subject, wk_regexp_start(&r->match, i),
                                        wk_regexp_end(&r->match, i));
        }
        duk_push_number(ctx, (double)wk_regexp_subject_unit(&r->subject, start));
        duk_dup(ctx, 0);
        if (code->name_count > 0) {
            wk_regexp_push_groups(ctx, code, &r->subject, &r->match);
            args++;
        }
        duk_call_method(ctx, args);
        wk_build_value(&r->out);
    } else if (r->has_dollar) {
        struct wk_expand expand = {.subject = &r->subject,
                                   .start = start,
                                   .end = end,
                                   .captures = code->captures,
                                   .capture = add_capture,
                                   .named = code->name_count > 0 ? add_named : NULL,
                                   .arg = r};

        wk_build_expand(&r->out, r->text, r->text_bytes, &expand);
    } else {
        wk_build_bytes(&r->out, r->text, r->text_bytes);
    }
}

/* A regexp that no script can watch: no result arrays, one pass over the string. */
static void
replace_fast(duk_context *ctx, struct wk_regexp_state *state, struct replacement *r)
{
    unsigned flags = r->code->flags;
    bool global = (flags & WK_RE_GLOBAL) != 0, sticky = (flags & WK_RE_STICKY) != 0;
    size_t at = 0, done = 0, start, end;
    bool any = false;

    wk_regexp_code_subject(ctx, r->code, 0, &r->subject);
    if (global)
        wk_regexp_set_last_index(ctx, state, 2, 0);
    else if (sticky) {
        double index = wk_regexp_last_index(ctx, state, 2);

        at = index > (double)r->subject.units ? r->subject.count + 1
                                              : wk_regexp_subject_element(&r->subject, (size_t)index);
    }
    while (at <= r->subject.count && wk_regexp_run(ctx, r->code, &r->subject, at, sticky, &r->match)) {
        start = wk_regexp_start(&r->match, 0);
        end = wk_regexp_end(&r->match, 0);
        if (!any)
            wk_build_init(&r->out, ctx, r->subject.byte_count);
        any = true;
        wk_regexp_note_legacy(ctx, state, r->code, 0, &r->subject, &r->match);
        if (sticky && !global)
            wk_regexp_set_last_index(ctx, state, 2, (double)wk_regexp_subject_unit(&r->subject, end));
        wk_build_slice(&r->out, &r->subject, done, start);
        add_replacement(ctx, r, start, end);
        done = end;
        at = end > start ? end : end + 1;
        if (!global)
            break;
    }
    if (!any) {
        if (sticky && !global)
            wk_regexp_set_last_index(ctx, state, 2, 0);
        duk_dup(ctx, 0);
        return;
    }
    wk_build_slice(&r->out, &r->subject, done, r->subject.count);
    wk_build_push(&r->out);
}

/* --- the standard's steps, when a script can see them --- */

struct slow_match {
    duk_context *ctx;
    duk_idx_t captures; /* value stack index of capture 1 */
    duk_idx_t groups;   /* of the named groups' object */
};

static void
add_slow_capture(struct wk_build *build, void *arg, uint32_t i)
{
    struct slow_match *m = arg;

    duk_dup(m->ctx, m->captures + (duk_idx_t)i - 1);
    if (duk_is_undefined(m->ctx, -1))
        duk_pop(m->ctx);
    else
        wk_build_value(build);
}

static void
add_slow_named(struct wk_build *build, void *arg, const char *name, size_t bytes)
{
    struct slow_match *m = arg;

    duk_get_prop_lstring(m->ctx, m->groups, name, bytes);
    if (duk_is_undefined(m->ctx, -1))
        duk_pop(m->ctx);
    else
        wk_build_value(build);
}

static double
result_position(duk_context *ctx, duk_idx_t result, double length)
{
    double position;

    duk_get_prop_literal(ctx, result, "index");
    position = duk_to_number(ctx, -1);
    duk_pop(ctx);
    return position > length ? length : position > 0 ? position : 0;
}

/* Calls the replacer with what is on the stack from `first` on; its string stays on top. */
static void
call_slow_replacer(duk_context *ctx, duk_idx_t first, duk_idx_t groups, double position)
{
    duk_idx_t args = groups - first + 2;

    duk_dup(ctx, 1);
    duk_push_undefined(ctx);
    for (duk_idx_t i = first; i < groups; i++)
        duk_dup(ctx, i);
    duk_push_number(ctx, position);
    duk_dup(ctx, 0);
    if (!duk_is_undefined(ctx, groups)) {
        duk_dup(ctx, groups);
        args++;
    }
    duk_call_method(ctx, args);
    duk_to_string(ctx, -1);
}

/* Adds the replacement of one result array; subject is the string by UTF-16 units. */
static void
add_slow(duk_context *ctx, struct replacement *r, duk_idx_t result, double *done)
{
    duk_idx_t top = duk_get_top(ctx);
    struct slow_match m = {ctx, top + 1, 0};
    struct wk_expand expand = {.subject = &r->subject, .capture = add_slow_capture, .arg = &m};
    double position;

    duk_get_prop_index(ctx, result, 0);
    expand.matched = duk_to_lstring(ctx, -1, &expand.matched_bytes);
    position = result_position(ctx, result, (double)r->subject.units);
    expand.captures = (uint32_t)duk_get_length(ctx, result);
    expand.captures -= expand.captures > 0;
    duk_require_stack(ctx, (duk_idx_t)expand.captures * 2 + 16);
    for (uint32_t i = 1; i <= expand.captures; i++) {
        duk_get_prop_index(ctx, result, i);
        if (!duk_is_undefined(ctx, -1))
            duk_to_string(ctx, -1);
    }
    duk_get_prop_literal(ctx, result, "groups");
    m.groups = duk_get_top_index(ctx);
    if (r->text == NULL)
        call_slow_replacer(ctx, top, m.groups, position);
    if (position >= *done) {
        expand.start = (size_t)position;
        expand.end = expand.start + duk_get_length(ctx, top);
        if (expand.end > r->subject.count)
            expand.end = r->subject.count;
        wk_build_slice(&r->out, &r->subject, (size_t)*done, expand.start);
        if (r->text == NULL) {
            wk_build_value(&r->out);
        } else {
            if (!duk_is_undefined(ctx, m.groups)) {
                duk_to_object(ctx, m.groups);
                expand.named = add_slow_named;
            }
            wk_build_expand(&r->out, r->text, r->text_bytes, &expand);
        }
        *done = (double)expand.end;
    }
    duk_set_top(ctx, top);
}

static void
replace_slow(duk_context *ctx, struct wk_regexp_state *state, struct replacement *r)
{
    duk_idx_t flags, results;
    duk_uarridx_t count = 0;
    bool global, code_points;
    double done = 0;

    wk_re_get(ctx, state, 2, WK_RE_KEY_FLAGS);
    flags = duk_get_top_index(ctx);
    global = strchr(duk_to_string(ctx, flags), 'g') != NULL;
    code_points = strpbrk(duk_get_string(ctx, flags), "uv") != NULL;
    duk_push_array(ctx);
    results = flags + 1;
    if (global)
        wk_regexp_set_last_index(ctx, state, 2, 0);
    for (;;) {
        wk_regexp_exec_any(ctx, state, 2, 0);
        if (duk_is_null(ctx, -1))
            break;
        duk_dup_top(ctx);
        duk_put_prop_index(ctx, results, count++);
        if (!global)
            break;
        duk_get_prop_index(ctx, -1, 0);
        if (*duk_to_string(ctx, -1) == '\0')
            wk_regexp_set_last_index(
                ctx, state, 2, wk_regexp_advance(ctx, 0, wk_regexp_last_index(ctx, state, 2), code_points));
        duk_pop_2(ctx);
    }
    wk_regexp_subject_push(ctx, state, 0, false, false, &r->subject);
    wk_build_init(&r->out, ctx, r->subject.byte_count);
    for (duk_uarridx_t i = 0; i < count; i++) {
        duk_get_prop_index(ctx, results, i);
        add_slow(ctx, r, duk_get_top_index(ctx), &done);
        duk_pop(ctx);
    }
    wk_build_slice(&r->out, &r->subject, (size_t)done, r->subject.count);
    wk_build_push(&r->out);
}

duk_ret_t
wk_regexp_symbol_replace(duk_context *ctx)
{
    struct wk_regexp_state *state = wk_regexp_state(ctx);
    struct replacement r = {0};

    wk_regexp_push_this(ctx, "RegExp.prototype.@@replace");
    duk_to_string(ctx, 0);
    if (!duk_is_callable(ctx, 1)) {
        r.text = duk_to_lstring(ctx, 1, &r.text_bytes);
        r.has_dollar = memchr(r.text, '$', r.text_bytes) != NULL;
    }
    if ((r.code = wk_regexp_pristine(ctx, state, 2)) != NULL)
        replace_fast(ctx, state, &r);
    else
        replace_slow(ctx, state, &r);
    return 1;
}
