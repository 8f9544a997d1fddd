/* runtime/regexp/regexp_priv.h - what one heap holds for regular expressions.
 *
 * struct wk_regexp_state is made by wk_regexp_init and freed by a finalizer when the heap goes. Names
 * that are looked up on every call are kept as heap pointers; their strings live in the keep array. */
#ifndef WK_REGEXP_REGEXP_PRIV_H
#define WK_REGEXP_REGEXP_PRIV_H
#include "runtime/engine/engine.h"
#include "runtime/regexp/code.h"
#include "runtime/regexp/regexp.h"

#define WK_RE_HASH_SIZE 1024u

enum wk_re_keep {
    WK_RE_KEEP_SUBJECT,
    WK_RE_KEEP_WIDE,
    WK_RE_KEEP_TEMPLATE, /* function returning a new object of class RegExp */
    WK_RE_KEEP_PROTO,    /* RegExp.prototype */
    WK_RE_KEEP_CONSTRUCTOR,
    WK_RE_KEEP_ITERATOR, /* prototype of what matchAll returns */
    WK_RE_KEEP_EXEC,
    WK_RE_KEEP_SYMBOLS, /* our methods on the prototype; WK_RE_SYMBOL_.. follow */
    WK_RE_KEEP_METHODS_LAST = WK_RE_KEEP_SYMBOLS + 4,
    WK_RE_KEEP_LAST_INPUT, /* legacy statics: the string last matched */
    WK_RE_KEEP_FINALIZER,  /* of the objects that own codes */
    WK_RE_KEEP_CODES,      /* array of those in the cache */
    WK_RE_KEEP_KEYS,       /* the interned keys; WK_RE_KEY_.. follow */
};

enum wk_re_symbol { WK_RE_MATCH, WK_RE_MATCH_ALL, WK_RE_REPLACE, WK_RE_SEARCH, WK_RE_SPLIT };

enum wk_re_key {
    WK_RE_KEY_CODE,   /* hidden: pointer to struct wk_regexp_code */
    WK_RE_KEY_OWNER,  /* hidden: the object owning it */
    WK_RE_KEY_LAST_INDEX,
    WK_RE_KEY_EXEC,
    WK_RE_KEY_INDEX,
    WK_RE_KEY_INPUT,
    WK_RE_KEY_GROUPS,
    WK_RE_KEY_INDICES,
    WK_RE_KEY_FLAGS,
    WK_RE_KEY_CONSTRUCTOR,
    WK_RE_KEY_SYMBOLS, /* Symbol.match .. Symbol.split */
    WK_RE_KEY_SPECIES = WK_RE_KEY_SYMBOLS + 5,
    WK_RE_KEY_COUNT
};

struct wk_regexp_wide_cache {
    void *string, *buffer;
    bool code_points;
};

struct wk_regexp_legacy { /* RegExp.$1 .. $9: where the last match was, in elements */
    void *string;
    size_t start[10], end[10]; /* [0]: the match */
    uint32_t captures;
    bool code_points, wide;
};

struct wk_regexp_state {
    struct wk_engine *engine;
    duk_memory_functions memory;
    void *general_8, *general_32, *compile_8, *compile_32, *match_8, *match_32;
    void *data_8, *data_32; /* match data, grown to the most groups seen */
    uint32_t groups_8, groups_32;
    bool big_frames; /* the last match took much memory for its frames */
    bool compiling;
    uint32_t runs;
    struct wk_regexp_wide_cache wide;
    struct wk_regexp_legacy legacy;
    struct wk_regexp_code *newest, *oldest;
    struct wk_regexp_code *hash[WK_RE_HASH_SIZE];
    uint32_t cached, codes;   /* in the cache; alive */
    void *keep;             /* heap pointer of the array */
    void *proto, *constructor, *exec, *template, *finalizer, *held;
    bool closing;
    void *methods[5]; /* by enum wk_re_symbol */
    void *keys[WK_RE_KEY_COUNT];
};

struct wk_regexp_state *wk_regexp_state(duk_context *ctx);

/* Keeps the value at idx reachable in that slot. */
void wk_regexp_keep(duk_context *ctx, uint32_t slot, duk_idx_t idx);
void wk_regexp_push_kept(duk_context *ctx, const struct wk_regexp_state *state, uint32_t slot);

static inline duk_bool_t
wk_re_get(duk_context *ctx, const struct wk_regexp_state *state, duk_idx_t idx, enum wk_re_key key)
{
    return duk_get_prop_heapptr(ctx, idx, state->keys[key]);
}

/* regexp.c: the code of a RegExp object at idx; NULL if it is none. Objects that Duktape made get
 * theirs now. */
struct wk_regexp_code *wk_regexp_code_of(duk_context *ctx, struct wk_regexp_state *state, duk_idx_t idx);
/* A new RegExp with the code whose object is on top; replaces it there. */
void wk_regexp_object(duk_context *ctx, struct wk_regexp_state *state, struct wk_regexp_code *code);
/* The code of a RegExp that nothing was overridden on, so that no script runs; else NULL. */
struct wk_regexp_code *wk_regexp_pristine(duk_context *ctx, struct wk_regexp_state *state, duk_idx_t idx);
duk_ret_t wk_regexp_constructor(duk_context *ctx);

/* exec.c: RegExpBuiltinExec and RegExpExec (ECMA-262 22.2.7): pushes the result or null. */
void wk_regexp_builtin_exec(duk_context *ctx, struct wk_regexp_state *state,
                            struct wk_regexp_code *code, duk_idx_t object, duk_idx_t string);
void wk_regexp_exec_any(duk_context *ctx, struct wk_regexp_state *state, duk_idx_t object,
                        duk_idx_t string);
/* Reads lastIndex as ToLength; Set(.., true). */
double wk_regexp_last_index(duk_context *ctx, struct wk_regexp_state *state, duk_idx_t object);
void wk_regexp_set_last_index(duk_context *ctx, struct wk_regexp_state *state, duk_idx_t object,
                              double index);
double wk_regexp_advance(duk_context *ctx, duk_idx_t string, double index, bool code_points);
/* One match from lastIndex on, lastIndex updated as exec does; the subject is pushed. */
bool wk_regexp_exec_raw(duk_context *ctx, struct wk_regexp_state *state, struct wk_regexp_code *code,
                        duk_idx_t object, duk_idx_t string, struct wk_regexp_subject *subject,
                        struct wk_regexp_match *match);
void wk_regexp_note_legacy(duk_context *ctx, struct wk_regexp_state *state, struct wk_regexp_code *code,
                           duk_idx_t string, const struct wk_regexp_subject *subject,
                           const struct wk_regexp_match *match);
void wk_regexp_push_groups(duk_context *ctx, struct wk_regexp_code *code,
                           const struct wk_regexp_subject *subject, const struct wk_regexp_match *match);
duk_ret_t wk_regexp_exec(duk_context *ctx);
duk_ret_t wk_regexp_test(duk_context *ctx);

/* match.c, replace.c, split.c, string.c: the methods by enum wk_re_symbol. */
duk_ret_t wk_regexp_symbol_match(duk_context *ctx);
duk_ret_t wk_regexp_symbol_match_all(duk_context *ctx);
duk_ret_t wk_regexp_symbol_replace(duk_context *ctx);
duk_ret_t wk_regexp_symbol_search(duk_context *ctx);
duk_ret_t wk_regexp_symbol_split(duk_context *ctx);
duk_ret_t wk_regexp_iterator_next(duk_context *ctx);
void wk_regexp_string_init(duk_context *ctx);
/* Throws TypeError unless `this`, pushed, is an object. */
void wk_regexp_push_this(duk_context *ctx, const char *method);
/* Throws that TypeError. */
duk_ret_t wk_regexp_bad_receiver(duk_context *ctx, const char *method);
/* SpeciesConstructor(object, %RegExp%), pushed. */
void wk_regexp_push_species(duk_context *ctx, struct wk_regexp_state *state, duk_idx_t object);
#endif
