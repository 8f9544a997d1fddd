/* runtime/regexp/emit.h - a parsed pattern in PCRE2's language, with JavaScript's meaning.
 *
 * There are two forms of each pattern, because Duktape's strings are CESU-8 and JavaScript counts
 * UTF-16 units (or, with the u flag, code points):
 *   narrow  for subjects that are ASCII: PCRE2's 8-bit library on the string's own bytes, no copy, and
 *           a byte offset is the index. Sets are cut to ASCII, so that each is one bitmap.
 *   wide    for all others: PCRE2's 32-bit library on an array of characters, *without* PCRE2_UTF, so
 *           that every character is one element, lone surrogates are characters like any other (as in
 *           JavaScript), and equality under i is spelled out in sets, for PCRE2's is not ECMA-262's.
 *
 * What PCRE2 does otherwise than JavaScript is done in callouts (wk_regexp_callout):
 *   - a loop clears the captures inside it before each pass: (?:(a)|b)* on "ab" leaves group 1 unset;
 *   - a pass that matched nothing fails, once the minimum of passes is reached: (a*)* sets no group 1;
 *   - a lookbehind of no fixed length is searched for by a match of its own.
 * One thing stays different: in X{n,} with n > 0, where X can be empty and tries that *first*, as in
 * (|a)+, PCRE2 leaves the loop after the empty pass.
 *
 * Thread: any. */
#ifndef WK_REGEXP_EMIT_H
#define WK_REGEXP_EMIT_H
#include "kernel/base/buf.h"
#include "runtime/regexp/ast.h"

#define WK_RE_CALLOUTS_MAX 255u /* numbers 0..254; 255 ends a lookbehind */
#define WK_RE_CALLOUT_BEHIND_END 255u
#define WK_RE_BEHINDS_MAX 16u

struct wk_regexp_callout {
    enum { WK_RE_LOOP_BEGIN, WK_RE_PASS_BEGIN, WK_RE_PASS_END, WK_RE_BEHIND } kind;
    uint32_t clear_first, clear_end; /* PCRE2 groups to unset: [first, end) */
    uint32_t group;                  /* the loop's: holds where the pass began, and the count */
    uint32_t passes_min;
    uint32_t behind; /* index of its text */
    bool negate;
    uint32_t length_min, length_max;
};

struct wk_regexp_text {
    struct wk_buf text;
    uint32_t options; /* PCRE2_.. of the compilation */
    uint32_t groups;  /* PCRE2 groups in the text */
    uint32_t *map;    /* PCRE2 group of each capture; [0] is 0 */
    struct wk_regexp_callout *callouts;
    uint32_t callout_count;
    struct wk_buf behinds[WK_RE_BEHINDS_MAX]; /* patterns of lookbehinds */
    uint32_t behind_groups[WK_RE_BEHINDS_MAX];
    uint32_t behind_count;
    const char *error; /* NULL, or why this cannot be said */
};

/* Errors: WK_EUNSUPPORTED or WK_ELIMIT with out->error. Owns: out, ended by wk_regexp_text_fini in
 * every case. */
wk_err wk_regexp_emit(struct wk_regexp_ast *ast, bool narrow, struct wk_regexp_text *out);
void wk_regexp_text_fini(struct wk_regexp_text *text);
#endif
