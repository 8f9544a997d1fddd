/* runtime/regexp/ast.h - a JavaScript pattern as a tree.
 *
 * wk_regexp_parse() accepts exactly what ECMA-262 accepts (with Annex B where no u or v flag is given)
 * and says what V8 says about the rest. A pattern is an array of characters: UTF-16 units without the
 * u and v flags, code points with them; so is everything that counts in characters below.
 *
 * Thread: any. Lifetime: init by parse, whatever it returns; ended by wk_regexp_ast_fini. */
#ifndef WK_REGEXP_AST_H
#define WK_REGEXP_AST_H
#include <unicode/uset.h>
#include "kernel/base/arena.h"

#define WK_REGEXP_PATTERN_MAX (256u << 10) /* characters */
#define WK_REGEXP_DEPTH_MAX 400u           /* groups within groups */
#define WK_REGEXP_CAPTURES_MAX 32767u
#define WK_REGEXP_INFINITE UINT32_MAX

enum wk_regexp_flag {
    WK_RE_INDICES = 1,      /* d */
    WK_RE_GLOBAL = 2,       /* g */
    WK_RE_IGNORE_CASE = 4,  /* i */
    WK_RE_MULTILINE = 8,    /* m */
    WK_RE_DOT_ALL = 16,     /* s */
    WK_RE_UNICODE = 32,     /* u */
    WK_RE_SETS = 64,        /* v */
    WK_RE_STICKY = 128,     /* y */
};
#define WK_RE_CODE_POINTS (WK_RE_UNICODE | WK_RE_SETS)

enum wk_regexp_kind {
    WK_RE_EMPTY,
    WK_RE_CHAR,   /* value */
    WK_RE_ANY,    /* . */
    WK_RE_CLASS,  /* set, negate, rest, properties */
    WK_RE_SEQ,    /* children in order */
    WK_RE_ALT,    /* children as alternatives */
    WK_RE_GROUP,  /* capture number in value, one child */
    WK_RE_LOOK,   /* behind, negate, one child */
    WK_RE_QUANT,  /* min, max, greedy, one child */
    WK_RE_REF,    /* refs: capture numbers, 0-ended; at most one of them took part */
    WK_RE_BEGIN,  /* ^ */
    WK_RE_END,    /* $ */
    WK_RE_WORD,   /* \b; negate: \B */
};

struct wk_regexp_node {
    enum wk_regexp_kind kind;
    bool greedy, negate, behind;
    /* What the emitter has to know of a subtree: */
    bool nullable;   /* can match the empty string */
    bool empty_last; /* tries everything else before the empty match */
    bool skips;      /* can succeed and leave one of its captures unset */
    bool has_ref;
    uint32_t cap_first, cap_end; /* captures inside: [cap_first, cap_end) */
    uint32_t length_min, length_max;
    uint32_t value, min, max;
    uint32_t loop_group; /* the emitter's: PCRE2 group that counts a loop, 0: none */
    uint32_t *refs;
    USet *set;        /* all of the class, before negation */
    USet *rest;       /* what of the set is not in properties; NULL: there are none */
    char *properties; /* as PCRE2 class items: \p{Lu}\P{sc:Grek} */
    struct wk_regexp_node *child, *next;
    struct wk_regexp_node *next_class; /* for fini */
};

struct wk_regexp_name {
    const char *name; /* CESU-8, NUL-ended */
    uint32_t capture;
    struct wk_regexp_name *next;
    const void *path; /* of alternatives, while parsing */
};

struct wk_regexp_ast {
    unsigned flags;
    uint32_t captures; /* without the whole match */
    struct wk_regexp_node *root;
    struct wk_regexp_name *names; /* in order of their captures */
    const char *error;            /* V8's words; NULL when it parsed */
    bool has_ref;
    struct wk_arena arena;
    struct wk_regexp_node *classes;
};

/* Parses chars[0..count). Errors: WK_EINVAL with ast->error set. */
wk_err wk_regexp_parse(const uint32_t *chars, size_t count, unsigned flags,
                       struct wk_regexp_ast *ast);
void wk_regexp_ast_fini(struct wk_regexp_ast *ast);
#endif
