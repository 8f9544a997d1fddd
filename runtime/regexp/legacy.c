/* RegExp.$1 .. $9 and the like: what the last match left. Only positions are noted; strings are made
 * when asked for. */
#include "runtime/regexp/regexp_priv.h"

#include <string.h>
#include "runtime/regexp/state.h"

enum legacy_what { CAPTURE_1 = 1, CAPTURE_9 = 9, LAST_MATCH, INPUT, LEFT, RIGHT, LAST_PAREN };

void
wk_regexp_note_legacy(duk_context *ctx, struct wk_regexp_state *state, struct wk_regexp_code *code,
                      duk_idx_t string, const struct wk_regexp_subject *subject,
                      const struct wk_regexp_match *match)
{
    struct wk_regexp_legacy *last = &state->legacy;
    void *text = duk_get_heapptr(ctx, string);

    if (last->string != text) {
        last->string = NULL;
        wk_regexp_keep(ctx, WK_RE_KEEP_LAST_INPUT, string);
        last->string = text;
    }
    last->captures = code->captures;
    last->wide = subject->chars != NULL;
    last->code_points = (code->flags & WK_RE_CODE_POINTS) != 0;
    for (uint32_t i = 0; i <= code->captures && i < WK_COUNT(last->start); i++) {
        last->start[i] = wk_regexp_start(match, i);
        last->end[i] = wk_regexp_end(match, i);
    }
}

static duk_ret_t
get_legacy(duk_context *ctx)
{
    struct wk_regexp_state *state = wk_regexp_state(ctx);
    struct wk_regexp_legacy last = state->legacy;
    struct wk_regexp_subject subject;
    int what = duk_get_current_magic(ctx);

    if (what == LAST_PAREN)
        what = last.captures == 0 ? 0 : last.captures > 9 ? 9 : (int)last.captures;
    if (last.string == NULL || (what <= CAPTURE_9 && (what == 0 || (uint32_t)what > last.captures ||
                                                      last.start[what] == WK_REGEXP_UNSET))) {
        duk_push_literal(ctx, "");
        return 1;
    }
    duk_push_heapptr(ctx, last.string);
    if (what == INPUT)
        return 1;
    wk_regexp_subject_push(ctx, state, 0, last.code_points, last.wide, &subject);
    if (what == LEFT)
        wk_regexp_subject_slice(ctx, &subject, 0, last.start[0]);
    else if (what == RIGHT)
        wk_regexp_subject_slice(ctx, &subject, last.end[0], subject.count);
    else if (what == LAST_MATCH)
        wk_regexp_subject_slice(ctx, &subject, last.start[0], last.end[0]);
    else
        wk_regexp_subject_slice(ctx, &subject, last.start[what], last.end[what]);
    return 1;
}

void
wk_regexp_define_legacy(duk_context *ctx)
{
    static const struct {
        const char *name, *getter;
        int what;
    } names[] = {{"input", "get input", INPUT},          {"$_", "get $_", INPUT},
                 {"lastMatch", "get lastMatch", LAST_MATCH}, {"$&", "get $&", LAST_MATCH},
                 {"lastParen", "get lastParen", LAST_PAREN}, {"$+", "get $+", LAST_PAREN},
                 {"leftContext", "get leftContext", LEFT}, {"$`", "get $`", LEFT},
                 {"rightContext", "get rightContext", RIGHT}, {"$'", "get $'", RIGHT}};
    char name[3] = "$1", getter[7] = "get $1";

    for (int i = CAPTURE_1; i <= CAPTURE_9; i++) {
        name[1] = getter[5] = (char)('0' + i);
        wk_regexp_define_getter(ctx, name, getter, get_legacy, i);
    }
    for (size_t i = 0; i < WK_COUNT(names); i++)
        wk_regexp_define_getter(ctx, names[i].name, names[i].getter, get_legacy, names[i].what);
}
