/* runtime/regexp/parse_priv.h - what the parser's files share. */
#ifndef WK_REGEXP_PARSE_PRIV_H
#define WK_REGEXP_PARSE_PRIV_H
#include "runtime/regexp/ast.h"

#define WK_RE_NONE UINT32_MAX /* no character: the end of the pattern, or not an escape for one */

struct wk_re_path { /* which alternative of which disjunction we are in */
    uint32_t disjunction, alternative;
    const struct wk_re_path *up;
};

struct wk_re_parser {
    const uint32_t *chars;
    size_t count, at;
    struct wk_regexp_ast *ast;
    bool unicode;             /* u or v */
    bool named;               /* the pattern has named groups, so \k is not a letter */
    uint32_t captures_all;    /* counted ahead */
    uint32_t captures_opened;
    uint32_t disjunctions;
    uint32_t depth;
    uint32_t work; /* costly sets built so far */
    const struct wk_re_path *path;
    const struct wk_re_open *open; /* captures we are inside of */
};

/* The character at `ahead` from here, or WK_RE_NONE. */
static inline uint32_t
wk_re_peek(const struct wk_re_parser *p, size_t ahead)
{
    return p->at + ahead < p->count ? p->chars[p->at + ahead] : WK_RE_NONE;
}

static inline bool
wk_re_accept(struct wk_re_parser *p, uint32_t c)
{
    if (wk_re_peek(p, 0) != c)
        return false;
    p->at++;
    return true;
}

/* Notes the first error; NULL, so that it can be returned. */
void *wk_re_fail(struct wk_re_parser *p, const char *error);
struct wk_regexp_node *wk_re_node(struct wk_re_parser *p, enum wk_regexp_kind kind);
struct wk_regexp_node *wk_re_char(struct wk_re_parser *p, uint32_t c);

/* parse_escape.c: after the backslash. The character that \f \n \cX \xHH \u.. \0 or an identity escape
 * stands for; WK_RE_NONE with p->ast->error set when there is none. */
uint32_t wk_re_char_escape(struct wk_re_parser *p, bool in_class);
int wk_re_hex(uint32_t c);
/* A group name after '<', up to and with '>'; NULL when malformed. */
const char *wk_re_group_name(struct wk_re_parser *p);

/* parse_class.c: '[' was taken; the escapes d D s S w W p P; NULL with the error set. */
struct wk_regexp_node *wk_re_class(struct wk_re_parser *p);
struct wk_regexp_node *wk_re_class_escape(struct wk_re_parser *p);
bool wk_re_is_class_escape(const struct wk_re_parser *p, uint32_t c);
/* Adds what the letter (d s w) stands for. */
void wk_re_add_shorthand(const struct wk_re_parser *p, USet *set, uint32_t letter);
/* The same for \p{..}: text is the short PCRE2 spelling when it has one, else "". False: unknown.
 * Sets with strings are for v only. */
bool wk_re_property(USet *set, const char *text, bool strings, char native[40]);
#endif
