/* runtime/regexp/emit_priv.h - what the emitter's files share. */
#ifndef WK_REGEXP_EMIT_PRIV_H
#define WK_REGEXP_EMIT_PRIV_H
#include "runtime/regexp/emit.h"

struct wk_re_emitter {
    struct wk_regexp_ast *ast;
    struct wk_regexp_text *out;
    struct wk_buf *text; /* where to write: out->text, or a lookbehind's */
    bool narrow, code_points;
    bool spell_case; /* i is spelled out in sets for ASCII too */
    bool searching;  /* in a lookbehind's own pattern: its captures are nobody's */
    uint32_t groups;
    wk_err err;
};

void wk_re_emit_fail(struct wk_re_emitter *e, wk_err err, const char *why);
void wk_re_emit_char(struct wk_re_emitter *e, uint32_t c);
void wk_re_emit_any(struct wk_re_emitter *e);
void wk_re_emit_class(struct wk_re_emitter *e, const struct wk_regexp_node *node);
#endif
