/* The RegExp constructor, its objects, and the properties that tell of them. */
#include "runtime/regexp/regexp_priv.h"

#include <stdio.h>
#include <string.h>
#include "runtime/regexp/state.h"

/* Hidden properties of the RegExp objects that Duktape makes. */
#define DUKTAPE_BYTECODE "\x82" "Bytecode"
#define DUKTAPE_SOURCE "\x82" "Source"

void
wk_regexp_object(duk_context *ctx, struct wk_regexp_state *state, struct wk_regexp_code *code)
{
    duk_push_heapptr(ctx, state->template);
    duk_call(ctx, 0);
    duk_push_pointer(ctx, code);
    duk_put_prop_heapptr(ctx, -2, state->keys[WK_RE_KEY_CODE]);
    duk_swap_top(ctx, -2);
    duk_put_prop_heapptr(ctx, -2, state->keys[WK_RE_KEY_OWNER]);
}

/* Gives a RegExp that Duktape's compiler made (a literal of a built-in module) a code of ours. */
static struct wk_regexp_code *
adopt_native(duk_context *ctx, struct wk_regexp_state *state, duk_idx_t idx)
{
    struct wk_regexp_code *code = NULL;
    char flags[4];
    size_t n = 0;

    if (duk_get_prop_literal(ctx, idx, DUKTAPE_BYTECODE) && duk_is_string(ctx, -1)) {
        int bits = duk_get_string(ctx, -1)[0]; /* duk_regexp.h: g 1, i 2, m 4 */

        if (bits & 1)
            flags[n++] = 'g';
        if (bits & 2)
            flags[n++] = 'i';
        if (bits & 4)
            flags[n++] = 'm';
        duk_get_prop_literal(ctx, idx, DUKTAPE_SOURCE);
        duk_push_lstring(ctx, flags, n);
        code = wk_regexp_code_push(ctx, state, -2, -1);
        duk_put_prop_heapptr(ctx, idx, state->keys[WK_RE_KEY_OWNER]);
        duk_push_pointer(ctx, code);
        duk_put_prop_heapptr(ctx, idx, state->keys[WK_RE_KEY_CODE]);
        duk_pop_2(ctx);
    }
    duk_pop(ctx);
    return code;
}

struct wk_regexp_code *
wk_regexp_code_of(duk_context *ctx, struct wk_regexp_state *state, duk_idx_t idx)
{
    struct wk_regexp_code *code;

    if (!duk_is_object(ctx, idx))
        return NULL;
    idx = duk_normalize_index(ctx, idx);
    wk_re_get(ctx, state, idx, WK_RE_KEY_CODE);
    code = duk_get_pointer(ctx, -1);
    duk_pop(ctx);
    return code != NULL ? code : adopt_native(ctx, state, idx);
}

struct wk_regexp_code *
wk_regexp_pristine(duk_context *ctx, struct wk_regexp_state *state, duk_idx_t idx)
{
    bool same;

    if (!duk_is_object(ctx, idx))
        return NULL;
    idx = duk_normalize_index(ctx, idx);
    duk_get_prototype(ctx, idx);
    same = duk_get_heapptr(ctx, -1) == state->proto;
    duk_pop(ctx);
    if (!same)
        return NULL;
    wk_re_get(ctx, state, idx, WK_RE_KEY_EXEC);
    same = duk_get_heapptr(ctx, -1) == state->exec;
    duk_pop(ctx);
    return same ? wk_regexp_code_of(ctx, state, idx) : NULL;
}

/* ECMA-262 7.2.8 */
static bool
is_regexp(duk_context *ctx, struct wk_regexp_state *state, duk_idx_t idx)
{
    bool is;

    if (!duk_is_object(ctx, idx))
        return false;
    wk_re_get(ctx, state, idx, WK_RE_KEY_SYMBOLS + WK_RE_MATCH);
    is = duk_is_undefined(ctx, -1) ? wk_regexp_code_of(ctx, state, idx) != NULL : duk_to_boolean(ctx, -1);
    duk_pop(ctx);
    return is;
}

static bool
inherits_proto(duk_context *ctx, struct wk_regexp_state *state, duk_idx_t idx)
{
    bool found = false;
    int steps = 0;

    duk_dup(ctx, idx);
    while (!found && duk_is_object(ctx, -1) && steps++ < 1000) {
        duk_get_prototype(ctx, -1);
        duk_remove(ctx, -2);
        found = duk_get_heapptr(ctx, -1) == state->proto && duk_is_object(ctx, -1);
    }
    duk_pop(ctx);
    return found;
}

/* `class X extends RegExp`, lowered to ES5, calls RegExp as a function on the new X. */
static bool
is_super_call(duk_context *ctx, struct wk_regexp_state *state, duk_idx_t this_idx)
{
    return duk_is_object(ctx, this_idx) && inherits_proto(ctx, state, this_idx) &&
           wk_regexp_code_of(ctx, state, this_idx) == NULL;
}

static void
to_string_or_empty(duk_context *ctx, duk_idx_t idx)
{
    if (duk_is_undefined(ctx, idx)) {
        duk_push_literal(ctx, "");
        duk_replace(ctx, idx);
    }
    duk_to_string(ctx, idx);
}

/* RegExp(pattern, flags) */
duk_ret_t
wk_regexp_constructor(duk_context *ctx)
{
    struct wk_regexp_state *state = wk_regexp_state(ctx);
    bool is = is_regexp(ctx, state, 0), construct = duk_is_constructor_call(ctx);
    struct wk_regexp_code *code;

    duk_push_this(ctx); /* 2 */
    if (!construct)
        construct = is_super_call(ctx, state, 2);
    else if (!duk_is_object(ctx, 2))
        construct = true;
    if (!construct) {
        duk_push_undefined(ctx);
        duk_replace(ctx, 2);
        if (is && duk_is_undefined(ctx, 1)) {
            wk_re_get(ctx, state, 0, WK_RE_KEY_CONSTRUCTOR);
            if (duk_get_heapptr(ctx, -1) == state->constructor) {
                duk_dup(ctx, 0);
                return 1;
            }
            duk_pop(ctx);
        }
    }
    if ((code = wk_regexp_code_of(ctx, state, 0)) != NULL) {
        if (duk_is_undefined(ctx, 1)) {
            duk_push_heapptr(ctx, code->flags_text);
            duk_replace(ctx, 1);
        }
        duk_push_heapptr(ctx, code->source);
        duk_replace(ctx, 0);
    } else if (is) {
        if (duk_is_undefined(ctx, 1)) {
            wk_re_get(ctx, state, 0, WK_RE_KEY_FLAGS);
            duk_replace(ctx, 1);
        }
        duk_get_prop_literal(ctx, 0, "source");
        duk_replace(ctx, 0);
    }
    to_string_or_empty(ctx, 0);
    to_string_or_empty(ctx, 1);
    code = wk_regexp_code_push(ctx, state, 0, 1);
    wk_regexp_object(ctx, state, code);
    if (duk_is_object(ctx, 2)) {
        duk_get_prototype(ctx, 2);
        if (duk_get_heapptr(ctx, -1) != state->proto && duk_is_object(ctx, -1))
            duk_set_prototype(ctx, -2);
        else
            duk_pop(ctx);
    }
    return 1;
}

duk_ret_t
wk_regexp_create(duk_context *ctx)
{
    struct wk_regexp_state *state = wk_regexp_state(ctx);
    struct wk_regexp_code *code = wk_regexp_code_push(ctx, state, 0, 1);

    wk_regexp_object(ctx, state, code);
    return 1;
}

/* --- properties --- */

static const struct {
    const char *name, *getter;
    char letter;
    unsigned flag;
} flag_props[] = {
    {"hasIndices", "get hasIndices", 'd', WK_RE_INDICES},
    {"global", "get global", 'g', WK_RE_GLOBAL},
    {"ignoreCase", "get ignoreCase", 'i', WK_RE_IGNORE_CASE},
    {"multiline", "get multiline", 'm', WK_RE_MULTILINE},
    {"dotAll", "get dotAll", 's', WK_RE_DOT_ALL},
    {"unicode", "get unicode", 'u', WK_RE_UNICODE},
    {"unicodeSets", "get unicodeSets", 'v', WK_RE_SETS},
    {"sticky", "get sticky", 'y', WK_RE_STICKY},
};

/* The code of `this` for a getter; NULL for RegExp.prototype itself. */
static struct wk_regexp_code *
getter_code(duk_context *ctx, struct wk_regexp_state *state, const char *name)
{
    struct wk_regexp_code *code;

    duk_push_this(ctx);
    code = wk_regexp_code_of(ctx, state, -1);
    if (code == NULL && (!duk_is_object(ctx, -1) || duk_get_heapptr(ctx, -1) != state->proto))
        (void)duk_error(ctx, DUK_ERR_TYPE_ERROR, "RegExp.prototype.%s getter called on non-RegExp object", name);
    return code;
}

static duk_ret_t
get_flag(duk_context *ctx)
{
    int which = duk_get_current_magic(ctx);
    struct wk_regexp_code *code = getter_code(ctx, wk_regexp_state(ctx), flag_props[which].name);

    if (code == NULL)
        return 0;
    duk_push_boolean(ctx, (code->flags & flag_props[which].flag) != 0);
    return 1;
}

static duk_ret_t
get_flags(duk_context *ctx)
{
    char text[WK_COUNT(flag_props)];
    size_t n = 0;

    duk_push_this(ctx);
    if (!duk_is_object(ctx, -1))
        return duk_error(ctx, DUK_ERR_TYPE_ERROR, "RegExp.prototype.flags getter called on non-object %s",
                         duk_safe_to_string(ctx, -1));
    for (size_t i = 0; i < WK_COUNT(flag_props); i++) {
        duk_get_prop_string(ctx, -1, flag_props[i].name);
        if (duk_to_boolean(ctx, -1))
            text[n++] = flag_props[i].letter;
        duk_pop(ctx);
    }
    duk_push_lstring(ctx, text, n);
    return 1;
}

/* The source so that /source/ means the same: slashes outside of classes and line ends are escaped. */
static void
push_escaped(duk_context *ctx, const char *s, size_t bytes)
{
    char *out = duk_push_dynamic_buffer(ctx, bytes * 2 + 8);
    size_t n = 0;
    bool in_class = false;

    for (size_t i = 0; i < bytes; i++) {
        bool separator = bytes - i >= 3 && memcmp(s + i, "\xe2\x80", 2) == 0 && ((unsigned char)s[i + 2] & 0xfe) == 0xa8;
        bool escaped = s[i] == '\\' && i + 1 < bytes;

        if (escaped)
            i++;
        if (escaped && s[i] != '\n' && s[i] != '\r') {
            out[n++] = '\\';
            out[n++] = s[i];
            continue;
        }
        if (s[i] == '[' || s[i] == ']')
            in_class = s[i] == '[';
        if (s[i] == '\n' || s[i] == '\r') {
            out[n++] = '\\';
            out[n++] = s[i] == '\n' ? 'n' : 'r';
        } else if (separator) {
            n += (size_t)snprintf(out + n, 7, "\\u202%c", s[i + 2] == (char)0xa8 ? '8' : '9');
            i += 2;
        } else {
            if (s[i] == '/' && !in_class)
                out[n++] = '\\';
            out[n++] = s[i];
        }
    }
    duk_push_lstring(ctx, out, n);
    duk_remove(ctx, -2);
}

static void
push_source(duk_context *ctx, const struct wk_regexp_code *code)
{
    const char *source;
    duk_size_t bytes;

    duk_push_heapptr(ctx, code->source);
    source = duk_get_lstring(ctx, -1, &bytes);
    if (bytes == 0)
        duk_push_literal(ctx, "(?:)");
    else if (memchr(source, '/', bytes) != NULL || memchr(source, '\n', bytes) != NULL ||
             memchr(source, '\r', bytes) != NULL || memchr(source, 0xe2, bytes) != NULL)
        push_escaped(ctx, source, bytes);
    else
        return;
    duk_remove(ctx, -2);
}

static duk_ret_t
get_source(duk_context *ctx)
{
    struct wk_regexp_code *code = getter_code(ctx, wk_regexp_state(ctx), "source");

    if (code == NULL)
        duk_push_literal(ctx, "(?:)");
    else
        push_source(ctx, code);
    return 1;
}

bool
wk_regexp_describe(duk_context *ctx, duk_idx_t idx)
{
    struct wk_regexp_code *code = wk_regexp_code_of(ctx, wk_regexp_state(ctx), idx);

    if (code == NULL)
        return false;
    push_source(ctx, code);
    duk_push_heapptr(ctx, code->flags_text);
    return true;
}

static duk_ret_t
regexp_to_string(duk_context *ctx)
{
    wk_regexp_push_this(ctx, "RegExp.prototype.toString"); /* 0 */
    duk_push_literal(ctx, "/");
    duk_get_prop_literal(ctx, 0, "source");
    duk_push_literal(ctx, "/");
    duk_get_prop_literal(ctx, 0, "flags");
    duk_concat(ctx, 4);
    return 1;
}

/* compile(): what Annex B keeps; the object takes another pattern over. */
static duk_ret_t
regexp_compile(duk_context *ctx)
{
    struct wk_regexp_state *state = wk_regexp_state(ctx);
    struct wk_regexp_code *code;

    wk_regexp_push_this(ctx, "RegExp.prototype.compile");
    if (wk_regexp_code_of(ctx, state, 2) == NULL)
        return wk_regexp_bad_receiver(ctx, "RegExp.prototype.compile");
    if ((code = wk_regexp_code_of(ctx, state, 0)) != NULL) {
        if (!duk_is_undefined(ctx, 1))
            return duk_error(ctx, DUK_ERR_TYPE_ERROR, "Cannot supply flags when constructing one RegExp from another");
        duk_push_heapptr(ctx, code->flags_text);
        duk_replace(ctx, 1);
        duk_push_heapptr(ctx, code->source);
        duk_replace(ctx, 0);
    }
    to_string_or_empty(ctx, 0);
    to_string_or_empty(ctx, 1);
    code = wk_regexp_code_push(ctx, state, 0, 1);
    duk_put_prop_heapptr(ctx, 2, state->keys[WK_RE_KEY_OWNER]);
    duk_push_pointer(ctx, code);
    duk_put_prop_heapptr(ctx, 2, state->keys[WK_RE_KEY_CODE]);
    wk_regexp_set_last_index(ctx, state, 2, 0);
    return 1;
}

static duk_ret_t
get_species(duk_context *ctx)
{
    duk_push_this(ctx);
    return 1;
}

/* The constructor's and the prototype's own properties; the prototype is on top. */
void
wk_regexp_define_properties(duk_context *ctx)
{
    for (size_t i = 0; i < WK_COUNT(flag_props); i++)
        wk_regexp_define_getter(ctx, flag_props[i].name, flag_props[i].getter, get_flag, (int)i);
    wk_regexp_define_getter(ctx, "flags", "get flags", get_flags, 0);
    wk_regexp_define_getter(ctx, "source", "get source", get_source, 0);
    wk_regexp_define_method(ctx, "toString", "toString", regexp_to_string, 0);
    wk_regexp_define_method(ctx, "compile", "compile", regexp_compile, 2);
    duk_push_heapptr(ctx, wk_regexp_state(ctx)->constructor);
    wk_regexp_define_getter(ctx, DUK_WELLKNOWN_SYMBOL("Symbol.species"), "get [Symbol.species]", get_species, 0);
    duk_pop(ctx);
}
