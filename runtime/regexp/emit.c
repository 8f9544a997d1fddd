#include "runtime/regexp/emit.h"

#include <stdlib.h>
#include <string.h>
#define PCRE2_CODE_UNIT_WIDTH 0
#include <pcre2.h>
#include "runtime/regexp/emit_priv.h"

#define REPEAT_MAX 65535u /* PCRE2's */

static void emit(struct wk_re_emitter *e, struct wk_regexp_node *node);

void
wk_re_emit_fail(struct wk_re_emitter *e, wk_err err, const char *why)
{
    if (e->err == WK_OK) {
        e->err = err;
        e->out->error = why;
    }
}

static bool
has_captures(const struct wk_regexp_node *node)
{
    return node->cap_end > node->cap_first;
}

/* The loop may make a pass too many that matches nothing. */
static bool
loop_checks_empty(const struct wk_regexp_node *loop)
{
    const struct wk_regexp_node *body = loop->child;

    return loop->max > loop->min && body->nullable && (!body->empty_last || has_captures(body));
}

static bool
loop_clears(const struct wk_re_emitter *e, const struct wk_regexp_node *loop)
{
    return !e->searching && loop->max > 1 && has_captures(loop) && (loop->child->skips || loop->child->has_ref);
}

static bool
look_is_search(const struct wk_regexp_node *look)
{
    if (!look->behind)
        return false;
    if (look->child->kind != WK_RE_ALT)
        return look->child->length_min != look->child->length_max;
    for (const struct wk_regexp_node *c = look->child->child; c != NULL; c = c->next)
        if (c->length_min != c->length_max)
            return true;
    return false;
}

/* Numbers the PCRE2 groups in the order in which they will be written: references look ahead. */
static void
number(struct wk_re_emitter *e, struct wk_regexp_node *node)
{
    uint32_t groups = e->groups;

    if (node->kind == WK_RE_GROUP)
        e->out->map[node->value] = ++e->groups;
    if (node->kind == WK_RE_QUANT && node->child->length_max > 0 && loop_checks_empty(node))
        node->loop_group = ++e->groups;
    if (node->kind == WK_RE_LOOK && look_is_search(node)) {
        e->groups = 0;
        number(e, node->child);
        e->groups = groups;
        for (uint32_t i = node->cap_first; i < node->cap_end; i++)
            e->out->map[i] = ++e->groups;
        return;
    }
    for (struct wk_regexp_node *c = node->child; c != NULL; c = c->next)
        number(e, c);
}

static uint32_t
callout_add(struct wk_re_emitter *e, const struct wk_regexp_callout *callout)
{
    struct wk_regexp_text *out = e->out;

    if (out->callout_count == WK_RE_CALLOUTS_MAX) {
        wk_re_emit_fail(e, WK_ELIMIT, "Regular expression too large");
        return 0;
    }
    out->callouts = wk_xrealloc(out->callouts, (out->callout_count + 1) * sizeof(*callout));
    out->callouts[out->callout_count] = *callout;
    wk_buf_addf(e->text, "(?C%u)", out->callout_count);
    return out->callout_count++;
}

static void
emit_repeat(struct wk_re_emitter *e, const struct wk_regexp_node *loop)
{
    uint32_t min = loop->min, max = loop->max > REPEAT_MAX ? WK_REGEXP_INFINITE : loop->max;

    if (min > REPEAT_MAX)
        wk_re_emit_fail(e, WK_ELIMIT, "Regular expression too large");
    else if (max == WK_REGEXP_INFINITE && min < 2)
        wk_buf_add_char(e->text, min == 0 ? '*' : '+');
    else if (max == WK_REGEXP_INFINITE)
        wk_buf_addf(e->text, "{%u,}", min);
    else if (min == 0 && max == 1)
        wk_buf_add_char(e->text, '?');
    else
        wk_buf_addf(e->text, "{%u,%u}", min, max);
    if (!loop->greedy)
        wk_buf_add_char(e->text, '?');
}

/* What stands in parentheses of its own: a lookbehind's alternatives may differ in length only there. */
static void
emit_inside(struct wk_re_emitter *e, struct wk_regexp_node *node)
{
    if (node->kind != WK_RE_ALT) {
        emit(e, node);
        return;
    }
    for (struct wk_regexp_node *c = node->child; c != NULL; c = c->next) {
        emit(e, c);
        if (c->next != NULL)
            wk_buf_add_char(e->text, '|');
    }
}

static void
emit_in_parens(struct wk_re_emitter *e, const char *open, struct wk_regexp_node *node)
{
    wk_buf_add_str(e->text, open);
    emit_inside(e, node);
    wk_buf_add_char(e->text, ')');
}

/* A loop that minds its passes: (?:()(?Cbegin)(?:(?Cpass)body(?Cend))*). */
static void
emit_watched_loop(struct wk_re_emitter *e, struct wk_regexp_node *loop)
{
    bool checks = loop->loop_group != 0;
    struct wk_regexp_callout callout = {.group = loop->loop_group, .passes_min = loop->min};

    wk_buf_add_str(e->text, "(?:");
    if (checks) {
        wk_buf_add_str(e->text, "()");
        callout.kind = WK_RE_LOOP_BEGIN;
        callout_add(e, &callout);
        wk_buf_add_str(e->text, "(?:");
    }
    callout.kind = WK_RE_PASS_BEGIN;
    if (loop_clears(e, loop)) {
        callout.clear_first = e->out->map[loop->cap_first];
        callout.clear_end = e->out->map[loop->cap_end - 1] + 1;
    }
    callout_add(e, &callout);
    emit_in_parens(e, "(?:", loop->child);
    if (checks) {
        callout.kind = WK_RE_PASS_END;
        callout_add(e, &callout);
        wk_buf_add_char(e->text, ')');
        emit_repeat(e, loop);
        wk_buf_add_char(e->text, ')');
    } else {
        wk_buf_add_char(e->text, ')');
        emit_repeat(e, loop);
    }
}

static void
emit_quantified(struct wk_re_emitter *e, struct wk_regexp_node *loop)
{
    struct wk_regexp_node *body = loop->child;
    bool bare = body->kind == WK_RE_CHAR || body->kind == WK_RE_ANY || body->kind == WK_RE_GROUP;

    if (body->length_max == 0) {
        /* a pass of no width: none beyond the minimum, and more than one are like one */
        wk_buf_add_str(e->text, loop->min == 0 ? "(?:(?!)" : "(?:");
        emit_in_parens(e, "(?:", body);
        wk_buf_add_str(e->text, loop->min == 0 ? ")?" : ")");
        return;
    }
    if (loop->loop_group != 0 || loop_clears(e, loop)) {
        emit_watched_loop(e, loop);
        return;
    }
    if (bare)
        emit(e, body);
    else
        emit_in_parens(e, "(?:", body);
    emit_repeat(e, loop);
}

static void
emit_ref(struct wk_re_emitter *e, const struct wk_regexp_node *node)
{
    wk_buf_add_str(e->text, e->spell_case ? "(?i:" : "(?:");
    for (const uint32_t *capture = node->refs; *capture != 0; capture++)
        wk_buf_addf(e->text, "\\g{%u}", e->out->map[*capture]);
    wk_buf_add_char(e->text, ')');
}

/* A lookbehind of no fixed length becomes a callout with a pattern of its own. */
static void
emit_search_behind(struct wk_re_emitter *e, struct wk_regexp_node *look)
{
    struct wk_regexp_callout callout = {.kind = WK_RE_BEHIND,
                                        .behind = e->out->behind_count,
                                        .negate = look->negate,
                                        .length_min = look->child->length_min,
                                        .length_max = look->child->length_max};
    struct wk_buf *text = e->text;
    bool searching;

    if ((has_captures(look) && !look->negate) || look->has_ref) {
        wk_re_emit_fail(e, WK_EUNSUPPORTED,
                        "Lookbehind of variable length with captures is not supported");
        return;
    }
    if (e->out->behind_count == WK_RE_BEHINDS_MAX) {
        wk_re_emit_fail(e, WK_ELIMIT, "Regular expression too large");
        return;
    }
    wk_buf_add_str(text, "(?:");
    callout_add(e, &callout);
    wk_buf_add_char(text, ')');
    if (has_captures(look)) { /* of a negative one: never set, but there */
        wk_buf_add_str(text, "(?:(?!)");
        for (uint32_t i = look->cap_first; i < look->cap_end; i++)
            wk_buf_add_str(text, "()");
        wk_buf_add_str(text, ")?");
    }
    searching = e->searching;
    e->searching = true;
    e->text = &e->out->behinds[e->out->behind_count++];
    emit_in_parens(e, "(?:", look->child);
    wk_buf_addf(e->text, "(?C%u)", WK_RE_CALLOUT_BEHIND_END);
    e->text = text;
    e->searching = searching;
}

static void
emit_look(struct wk_re_emitter *e, struct wk_regexp_node *node)
{
    if (look_is_search(node)) {
        emit_search_behind(e, node);
        return;
    }
    emit_in_parens(e,
                   node->behind ? (node->negate ? "(?<!" : "(?<=") : (node->negate ? "(?!" : "(?="),
                   node->child);
}

static void
emit_assertion(struct wk_re_emitter *e, const struct wk_regexp_node *node)
{
    bool multiline = (e->ast->flags & WK_RE_MULTILINE) != 0;
    const char *breaks = e->narrow ? "\\x{a}\\x{d}" : "\\x{a}\\x{d}\\x{2028}\\x{2029}";

    if (node->kind == WK_RE_BEGIN && !multiline)
        wk_buf_add_str(e->text, "\\A");
    else if (node->kind == WK_RE_END && !multiline)
        wk_buf_add_str(e->text, "\\z");
    else
        wk_buf_addf(e->text, "(?%s![^%s])", node->kind == WK_RE_BEGIN ? "<" : "", breaks);
}

/* \b: PCRE2's own knows ASCII words, which is right but for u with i (and under PCRE2_UCP). */
static void
emit_word_boundary(struct wk_re_emitter *e, const struct wk_regexp_node *node)
{
    bool more = e->code_points && (e->ast->flags & WK_RE_IGNORE_CASE) != 0;
    const char *word = more ? "[0-9A-Za-z_\\x{17f}\\x{212a}]" : "[0-9A-Za-z_]";

    if (e->narrow || (!more && !e->spell_case))
        wk_buf_add_str(e->text, node->negate ? "\\B" : "\\b");
    else if (node->negate)
        wk_buf_addf(e->text, "(?:(?<=%s)(?=%s)|(?<!%s)(?!%s))", word, word, word, word);
    else
        wk_buf_addf(e->text, "(?:(?<=%s)(?!%s)|(?<!%s)(?=%s))", word, word, word, word);
}

static void
emit(struct wk_re_emitter *e, struct wk_regexp_node *node)
{
    if (e->err != WK_OK)
        return;
    switch (node->kind) {
    case WK_RE_EMPTY:
        break;
    case WK_RE_CHAR:
        wk_re_emit_char(e, node->value);
        break;
    case WK_RE_ANY:
        wk_re_emit_any(e);
        break;
    case WK_RE_CLASS:
        wk_re_emit_class(e, node);
        break;
    case WK_RE_SEQ:
        for (struct wk_regexp_node *c = node->child; c != NULL; c = c->next)
            emit(e, c);
        break;
    case WK_RE_ALT:
        emit_in_parens(e, "(?:", node);
        break;
    case WK_RE_GROUP:
        emit_in_parens(e, "(", node->child);
        break;
    case WK_RE_LOOK:
        emit_look(e, node);
        break;
    case WK_RE_QUANT:
        emit_quantified(e, node);
        break;
    case WK_RE_REF:
        emit_ref(e, node);
        break;
    case WK_RE_BEGIN:
    case WK_RE_END:
        emit_assertion(e, node);
        break;
    case WK_RE_WORD:
        emit_word_boundary(e, node);
        break;
    }
}

wk_err
wk_regexp_emit(struct wk_regexp_ast *ast, bool narrow, struct wk_regexp_text *out)
{
    bool ignore_case = (ast->flags & WK_RE_IGNORE_CASE) != 0;
    struct wk_re_emitter e = {.ast = ast, .out = out, .text = &out->text, .narrow = narrow};

    memset(out, 0, sizeof(*out));
    e.code_points = (ast->flags & WK_RE_CODE_POINTS) != 0;
    e.spell_case = ignore_case && ast->has_ref && !narrow;
    out->map = wk_xcalloc(ast->captures + 1, sizeof(*out->map));
    out->options = PCRE2_DOTALL | PCRE2_MATCH_UNSET_BACKREF | PCRE2_NEVER_BACKSLASH_C;
    if (e.spell_case)
        out->options |= PCRE2_UCP; /* only so that references ignore case beyond ASCII */
    else if (ignore_case)
        out->options |= PCRE2_CASELESS; /* ASCII letters; the rest is in sets */
    number(&e, ast->root);
    out->groups = e.groups;
    emit_inside(&e, ast->root);
    if (out->behind_count > 0)
        out->options |= PCRE2_NO_AUTO_POSSESS; /* it thinks nothing can fail at a callout */
    return e.err;
}

void
wk_regexp_text_fini(struct wk_regexp_text *text)
{
    wk_buf_fini(&text->text);
    for (uint32_t i = 0; i < text->behind_count; i++)
        wk_buf_fini(&text->behinds[i]);
    free(text->map);
    free(text->callouts);
    text->map = NULL;
    text->callouts = NULL;
}
