/* Puts RegExp in place. */
#include "runtime/regexp/regexp_priv.h"

#include <string.h>
#include "runtime/regexp/state.h"

static const struct {
    const char *property, *symbol, *name;
    duk_c_function fn;
    duk_idx_t nargs;
} symbols[] = {
    [WK_RE_MATCH] = {"match", DUK_WELLKNOWN_SYMBOL("Symbol.match"), "[Symbol.match]", wk_regexp_symbol_match, 1},
    [WK_RE_MATCH_ALL] = {"matchAll", DUK_WELLKNOWN_SYMBOL("Symbol.matchAll"), "[Symbol.matchAll]",
                         wk_regexp_symbol_match_all, 1},
    [WK_RE_REPLACE] = {"replace", DUK_WELLKNOWN_SYMBOL("Symbol.replace"), "[Symbol.replace]",
                       wk_regexp_symbol_replace, 2},
    [WK_RE_SEARCH] = {"search", DUK_WELLKNOWN_SYMBOL("Symbol.search"), "[Symbol.search]",
                      wk_regexp_symbol_search, 1},
    [WK_RE_SPLIT] = {"split", DUK_WELLKNOWN_SYMBOL("Symbol.split"), "[Symbol.split]", wk_regexp_symbol_split, 2},
};

static void
name_function(duk_context *ctx, const char *name)
{
    duk_push_literal(ctx, "name");
    duk_push_string(ctx, name);
    duk_def_prop(ctx, -3, DUK_DEFPROP_HAVE_VALUE | DUK_DEFPROP_SET_CONFIGURABLE | DUK_DEFPROP_FORCE);
}

void *
wk_regexp_define_method(duk_context *ctx, const char *key, const char *name, duk_c_function fn, duk_idx_t nargs)
{
    void *function;

    duk_push_string(ctx, key);
    duk_push_c_function(ctx, fn, nargs);
    name_function(ctx, name);
    function = duk_get_heapptr(ctx, -1);
    duk_def_prop(ctx, -3, DUK_DEFPROP_HAVE_VALUE | DUK_DEFPROP_SET_WRITABLE | DUK_DEFPROP_CLEAR_ENUMERABLE |
                              DUK_DEFPROP_SET_CONFIGURABLE | DUK_DEFPROP_FORCE);
    return function;
}

void
wk_regexp_define_getter(duk_context *ctx, const char *key, const char *name, duk_c_function fn, int magic)
{
    duk_push_string(ctx, key);
    duk_push_c_function(ctx, fn, 0);
    duk_set_magic(ctx, -1, magic);
    name_function(ctx, name);
    duk_def_prop(ctx, -3, DUK_DEFPROP_HAVE_GETTER | DUK_DEFPROP_CLEAR_ENUMERABLE |
                              DUK_DEFPROP_SET_CONFIGURABLE | DUK_DEFPROP_FORCE);
}

/* Symbol.match and the others, which Duktape lacks. */
static void
symbols_init(duk_context *ctx)
{
    duk_get_global_literal(ctx, "Symbol");
    for (size_t i = 0; i <= WK_COUNT(symbols); i++) {
        bool species = i == WK_COUNT(symbols);

        duk_push_string(ctx, species ? "species" : symbols[i].property);
        duk_push_string(ctx, species ? DUK_WELLKNOWN_SYMBOL("Symbol.species") : symbols[i].symbol);
        duk_def_prop(ctx, -3, DUK_DEFPROP_HAVE_VALUE | DUK_DEFPROP_HAVE_WRITABLE | DUK_DEFPROP_HAVE_ENUMERABLE |
                                  DUK_DEFPROP_HAVE_CONFIGURABLE | DUK_DEFPROP_FORCE);
    }
    duk_pop(ctx);
}

static void
keep_pointer(duk_context *ctx, void *value, uint32_t slot)
{
    duk_push_heapptr(ctx, value);
    wk_regexp_keep(ctx, slot, -1);
    duk_pop(ctx);
}

/* The constructor on top, the prototype under it. */
static void
constructor_init(duk_context *ctx, struct wk_regexp_state *state)
{
    duk_push_c_function(ctx, wk_regexp_constructor, 2);
    name_function(ctx, "RegExp");
    state->constructor = duk_get_heapptr(ctx, -1);
    wk_regexp_keep(ctx, WK_RE_KEEP_CONSTRUCTOR, -1);
    duk_push_literal(ctx, "prototype");
    duk_dup(ctx, -3);
    duk_def_prop(ctx, -3, DUK_DEFPROP_HAVE_VALUE | DUK_DEFPROP_HAVE_WRITABLE | DUK_DEFPROP_HAVE_ENUMERABLE |
                              DUK_DEFPROP_HAVE_CONFIGURABLE | DUK_DEFPROP_FORCE);
    wk_regexp_define_legacy(ctx);
    duk_push_global_object(ctx);
    duk_push_literal(ctx, "RegExp");
    duk_dup(ctx, -3);
    duk_def_prop(ctx, -3, DUK_DEFPROP_HAVE_VALUE | DUK_DEFPROP_SET_WRITABLE | DUK_DEFPROP_CLEAR_ENUMERABLE |
                              DUK_DEFPROP_SET_CONFIGURABLE | DUK_DEFPROP_FORCE);
    wk_regexp_define_method(ctx, "__wk_regexp", "__wk_regexp", wk_regexp_create, 2);
    duk_pop(ctx);
    duk_push_literal(ctx, "constructor");
    duk_dup(ctx, -2);
    duk_def_prop(ctx, -4, DUK_DEFPROP_HAVE_VALUE | DUK_DEFPROP_SET_WRITABLE | DUK_DEFPROP_CLEAR_ENUMERABLE |
                              DUK_DEFPROP_SET_CONFIGURABLE | DUK_DEFPROP_FORCE);
    duk_pop(ctx);
}

static duk_ret_t
return_this(duk_context *ctx)
{
    duk_push_this(ctx);
    return 1;
}

/* %RegExpStringIteratorPrototype% */
static void
iterator_init(duk_context *ctx)
{
    duk_push_object(ctx);
    wk_regexp_define_method(ctx, "next", "next", wk_regexp_iterator_next, 0);
    wk_regexp_define_method(ctx, DUK_WELLKNOWN_SYMBOL("Symbol.iterator"), "[Symbol.iterator]", return_this, 0);
    duk_push_string(ctx, DUK_WELLKNOWN_SYMBOL("Symbol.toStringTag"));
    duk_push_literal(ctx, "RegExp String Iterator");
    duk_def_prop(ctx, -3, DUK_DEFPROP_HAVE_VALUE | DUK_DEFPROP_CLEAR_ENUMERABLE |
                              DUK_DEFPROP_SET_CONFIGURABLE | DUK_DEFPROP_FORCE);
    wk_regexp_keep(ctx, WK_RE_KEEP_ITERATOR, -1);
    duk_pop(ctx);
}

void
wk_regexp_init(duk_context *ctx)
{
    struct wk_regexp_state *state = wk_regexp_state_new(ctx);

    symbols_init(ctx);
    duk_eval_string(ctx, "(function () { return /(?:)/; })");
    state->template = duk_get_heapptr(ctx, -1);
    wk_regexp_keep(ctx, WK_RE_KEEP_TEMPLATE, -1);
    duk_call(ctx, 0);
    duk_get_prototype(ctx, -1);
    state->proto = duk_get_heapptr(ctx, -1);
    wk_regexp_keep(ctx, WK_RE_KEEP_PROTO, -1);
    constructor_init(ctx, state);
    wk_regexp_define_properties(ctx);
    state->exec = wk_regexp_define_method(ctx, "exec", "exec", wk_regexp_exec, 1);
    keep_pointer(ctx, state->exec, WK_RE_KEEP_EXEC);
    wk_regexp_define_method(ctx, "test", "test", wk_regexp_test, 1);
    for (uint32_t i = 0; i < WK_COUNT(symbols); i++) {
        state->methods[i] = wk_regexp_define_method(ctx, symbols[i].symbol, symbols[i].name, symbols[i].fn,
                                                    symbols[i].nargs);
        keep_pointer(ctx, state->methods[i], WK_RE_KEEP_SYMBOLS + i);
    }
    duk_pop_2(ctx);
    iterator_init(ctx);
    wk_regexp_string_init(ctx);
}
