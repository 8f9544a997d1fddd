#include "runtime/regexp/code.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#define PCRE2_CODE_UNIT_WIDTH 0
#include <pcre2.h>
#include "runtime/regexp/regexp_priv.h"
#include "runtime/regexp/state.h"

#define BIG_BLOCK_BYTES (256u << 10)
#define RUNS_PER_CPU_CHECK 16u

/* PCRE2 allocates where Duktape does, so that a tenant's patterns and matches count as its own. */
static void *
memory_alloc(size_t bytes, void *data)
{
    struct wk_regexp_state *state = data;

    if (state->compiling && bytes > WK_REGEXP_COMPILED_BYTES_MAX)
        return NULL;
    if (bytes > BIG_BLOCK_BYTES)
        state->big_frames = true;
    return state->memory.alloc_func(state->memory.udata, bytes);
}

static void
memory_free(void *ptr, void *data)
{
    struct wk_regexp_state *state = data;

    state->memory.free_func(state->memory.udata, ptr);
}

#define WIDTH 8
#include "runtime/regexp/run_width.h"
#undef WIDTH
#define WIDTH 32
#include "runtime/regexp/run_width.h"
#undef WIDTH

bool
wk_regexp_contexts_new(struct wk_regexp_state *state)
{
    return contexts_new_8(state) && contexts_new_32(state);
}

void
wk_regexp_contexts_free(struct wk_regexp_state *state)
{
    contexts_free_8(state);
    contexts_free_32(state);
}

/* --- compiling --- */

struct compile_error {
    const char *why; /* NULL: none */
    bool memory;
};

static void
compile_failed(struct compile_error *error, int code)
{
    switch (code) {
    case PCRE2_ERROR_LOOKBEHIND_NOT_FIXED_LENGTH:
    case PCRE2_ERROR_LOOKBEHIND_TOO_COMPLICATED:
    case PCRE2_ERROR_LOOKBEHIND_TOO_LONG:
        error->why = "Lookbehind of this kind is not supported";
        break;
    case PCRE2_ERROR_HEAP_FAILED:
        error->memory = true;
        error->why = "Regular expression too large";
        break;
    default:
        error->why = "Regular expression too large";
        break;
    }
}

/* Writes the pattern in one form and compiles that. */
static void
form_make(struct wk_regexp_state *state, struct wk_regexp_form *form, struct wk_regexp_ast *ast,
          bool narrow, struct compile_error *error)
{
    int failed;

    error->why = NULL;
    if (wk_regexp_emit(ast, narrow, &form->text) != WK_OK) {
        error->why = form->text.error;
        wk_regexp_text_fini(&form->text);
        memset(form, 0, sizeof(*form));
        return;
    }
    state->compiling = true;
    failed = narrow ? form_compile_8(state, form) : form_compile_32(state, form);
    state->compiling = false;
    state->big_frames = false;
    if (failed != 0)
        compile_failed(error, failed);
}

static void
names_take(struct wk_regexp_code *code, const struct wk_regexp_ast *ast)
{
    for (const struct wk_regexp_name *n = ast->names; n != NULL; n = n->next)
        code->name_count++;
    if (code->name_count == 0)
        return;
    code->names = wk_xcalloc(code->name_count, sizeof(*code->names));
    code->name_count = 0;
    for (const struct wk_regexp_name *n = ast->names; n != NULL; n = n->next) {
        code->names[code->name_count].name = wk_xstrdup(n->name);
        code->names[code->name_count++].capture = n->capture;
    }
}

/* Decodes and parses; chars is the caller's to free. */
static void
source_parse(const char *source, size_t bytes, unsigned flags, uint32_t **chars, struct wk_regexp_ast *ast)
{
    size_t count;

    *chars = wk_xcalloc(bytes + 1, sizeof(**chars));
    count = wk_cesu8_decode(source, bytes, (flags & WK_RE_CODE_POINTS) != 0, *chars);
    wk_regexp_parse(*chars, count, flags, ast);
}

/* Which of the two forms is compiled first: the narrow one, unless it is too large for PCRE2's 8-bit
 * library (64 KB); then the wide one serves for all subjects. */
static struct wk_regexp_code *
code_new(struct wk_regexp_state *state, const char *source, size_t bytes, unsigned flags,
         struct compile_error *error)
{
    struct wk_regexp_code *code = wk_xcalloc(1, sizeof(*code));
    struct wk_regexp_ast ast;
    uint32_t *chars;

    code->state = state;
    code->flags = flags;
    source_parse(source, bytes, flags, &chars, &ast);
    error->why = ast.error;
    if (error->why == NULL) {
        code->captures = ast.captures;
        names_take(code, &ast);
        form_make(state, &code->forms[0], &ast, true, error);
        if (error->why != NULL) {
            form_make(state, &code->forms[1], &ast, false, error);
            code->forms[0].state = WK_RE_FORM_TOO_LARGE;
        }
    }
    wk_regexp_ast_fini(&ast);
    free(chars);
    state->codes++;
    if (error->why == NULL)
        return code;
    wk_regexp_code_free(code);
    return NULL;
}

void
wk_regexp_code_free(struct wk_regexp_code *code)
{
    if (code == NULL)
        return;
    form_free_8(&code->forms[0]);
    form_free_32(&code->forms[1]);
    for (uint32_t i = 0; i < code->name_count; i++)
        free(code->names[i].name);
    free(code->names);
    code->state->codes--;
    wk_regexp_state_release(code->state);
    free(code);
}

/* --- the cache: source and flags are interned strings, equal when their pointers are --- */

static uint32_t
hash_of(const void *source, const void *flags)
{
    uintptr_t h = (uintptr_t)source / 16 * 31 + (uintptr_t)flags / 16;

    return (uint32_t)(h ^ h >> 15) % WK_RE_HASH_SIZE;
}

static void
cache_unlink_use(struct wk_regexp_state *state, struct wk_regexp_code *code)
{
    *(code->newer != NULL ? &code->newer->older : &state->newest) = code->older;
    *(code->older != NULL ? &code->older->newer : &state->oldest) = code->newer;
}

static void
cache_link_use(struct wk_regexp_state *state, struct wk_regexp_code *code)
{
    code->newer = NULL;
    code->older = state->newest;
    *(state->newest != NULL ? &state->newest->newer : &state->oldest) = code;
    state->newest = code;
}

static void
cache_drop(struct wk_regexp_state *state, struct wk_regexp_code *code)
{
    struct wk_regexp_code **at = &state->hash[hash_of(code->source, code->flags_text)];

    while (*at != code)
        at = &(*at)->next;
    *at = code->next;
    cache_unlink_use(state, code);
    state->cached--;
}

static struct wk_regexp_code *
cache_find(struct wk_regexp_state *state, const void *source, const void *flags)
{
    struct wk_regexp_code *code = state->hash[hash_of(source, flags)];

    while (code != NULL && (code->source != source || code->flags_text != flags))
        code = code->next;
    if (code != NULL && state->newest != code) {
        cache_unlink_use(state, code);
        cache_link_use(state, code);
    }
    return code;
}

/* The object on top owns code; the stash keeps it reachable while it is cached. */
static void
cache_add(duk_context *ctx, struct wk_regexp_state *state, struct wk_regexp_code *code)
{
    struct wk_regexp_code **at = &state->hash[hash_of(code->source, code->flags_text)];

    code->slot = state->cached;
    if (state->cached == WK_REGEXP_CODES_MAX) {
        code->slot = state->oldest->slot;
        cache_drop(state, state->oldest);
    }
    code->next = *at;
    *at = code;
    cache_link_use(state, code);
    state->cached++;
    wk_regexp_hold(ctx, state, -1, code->slot); /* may run the finalizer of the one dropped */
}

static unsigned
flag_of(int letter)
{
    static const char letters[] = "dgimsuvy";
    static const unsigned flags[] = {WK_RE_INDICES, WK_RE_GLOBAL, WK_RE_IGNORE_CASE, WK_RE_MULTILINE,
                                     WK_RE_DOT_ALL, WK_RE_UNICODE, WK_RE_SETS, WK_RE_STICKY};
    const char *found = letter == 0 ? NULL : strchr(letters, letter);

    return found == NULL ? 0 : flags[found - letters];
}

static unsigned
flags_parse(duk_context *ctx, duk_idx_t idx)
{
    const char *text = duk_get_string(ctx, idx);
    size_t count = duk_get_length(ctx, idx);
    unsigned flags = 0;

    for (size_t i = 0; i < count; i++) {
        unsigned flag = flag_of((unsigned char)text[i]);

        if (flag == 0 || (flags & flag) != 0 || ((flags | flag) & WK_RE_CODE_POINTS) == WK_RE_CODE_POINTS)
            (void)duk_error(ctx, DUK_ERR_SYNTAX_ERROR,
                            "Invalid flags supplied to RegExp constructor '%s'", text);
        flags |= flag;
    }
    return flags;
}

static void
compile_throw(duk_context *ctx, duk_idx_t source_idx, duk_idx_t flags_idx, const struct compile_error *error)
{
    if (error->memory)
        (void)duk_error(ctx, DUK_ERR_RANGE_ERROR, "out of memory for a regular expression");
    duk_push_literal(ctx, "Invalid regular expression: /");
    duk_dup(ctx, source_idx);
    duk_push_literal(ctx, "/");
    duk_dup(ctx, flags_idx);
    duk_push_literal(ctx, ": ");
    duk_push_string(ctx, error->why);
    duk_concat(ctx, 6);
    duk_push_error_object(ctx, DUK_ERR_SYNTAX_ERROR, "%s", "");
    duk_dup(ctx, -2);
    duk_put_prop_literal(ctx, -2, "message");
    (void)duk_throw(ctx);
}

struct wk_regexp_code *
wk_regexp_code_push(duk_context *ctx, struct wk_regexp_state *state, duk_idx_t source_idx, duk_idx_t flags_idx)
{
    void *source, *flags_text;
    struct wk_regexp_code *code;
    struct compile_error error = {0};
    const char *text;
    duk_size_t bytes;
    unsigned flags;

    source_idx = duk_require_normalize_index(ctx, source_idx);
    flags_idx = duk_require_normalize_index(ctx, flags_idx);
    text = duk_require_lstring(ctx, source_idx, &bytes);
    source = duk_require_heapptr(ctx, source_idx);
    flags_text = duk_require_heapptr(ctx, flags_idx);
    if ((code = cache_find(state, source, flags_text)) != NULL) {
        duk_push_heapptr(ctx, code->object);
        return code;
    }
    flags = flags_parse(ctx, flags_idx);
    wk_regexp_owner_push(ctx, state, source_idx, flags_idx);
    code = code_new(state, text, bytes, flags, &error);
    if (code == NULL)
        compile_throw(ctx, source_idx, flags_idx, &error);
    code->source = source;
    code->flags_text = flags_text;
    code->object = duk_get_heapptr(ctx, -1);
    wk_regexp_owner_set(ctx, -1, code);
    cache_add(ctx, state, code);
    return code;
}

/* --- matching --- */

/* The wide form, or for a pattern too large for the narrow one the only form. */
static struct wk_regexp_form *
form_for(duk_context *ctx, struct wk_regexp_code *code, bool narrow)
{
    struct wk_regexp_form *form = &code->forms[narrow ? 0 : 1];
    struct compile_error error = {0};
    struct wk_regexp_ast ast;
    const char *source;
    duk_size_t bytes;
    uint32_t *chars;

    if (form->state == WK_RE_FORM_READY)
        return form;
    duk_push_heapptr(ctx, code->flags_text);
    duk_push_heapptr(ctx, code->source);
    source = duk_get_lstring(ctx, -1, &bytes);
    source_parse(source, bytes, code->flags, &chars, &ast);
    form_make(code->state, form, &ast, false, &error);
    wk_regexp_ast_fini(&ast);
    free(chars);
    if (error.why != NULL)
        compile_throw(ctx, -1, -2, &error);
    duk_pop_2(ctx);
    return form;
}

void
wk_regexp_code_subject(duk_context *ctx, struct wk_regexp_code *code, duk_idx_t idx,
                       struct wk_regexp_subject *out)
{
    wk_regexp_subject_push(ctx, code->state, idx, (code->flags & WK_RE_CODE_POINTS) != 0,
                           code->forms[0].state == WK_RE_FORM_TOO_LARGE, out);
}

static void
check_cpu(duk_context *ctx, struct wk_regexp_state *state, bool now)
{
    if (!now && ++state->runs % RUNS_PER_CPU_CHECK != 0 && !wk_engine_cpu_exceeded(state->engine))
        return;
    if (wk_engine_exec_timeout(state->engine) != 0)
        (void)duk_error(ctx, DUK_ERR_RANGE_ERROR, "execution timeout");
}

static void
run_failed(duk_context *ctx, struct wk_regexp_state *state, int rc)
{
    check_cpu(ctx, state, true);
    switch (rc) {
    case PCRE2_ERROR_MATCHLIMIT:
    case PCRE2_ERROR_DEPTHLIMIT:
        (void)duk_error(ctx, DUK_ERR_RANGE_ERROR, "regular expression exceeded its match limit");
        break;
    case PCRE2_ERROR_HEAPLIMIT:
    case PCRE2_ERROR_NOMEMORY:
        (void)duk_error(ctx, DUK_ERR_RANGE_ERROR, "regular expression exceeded its memory limit");
        break;
    default:
        (void)duk_error(ctx, DUK_ERR_ERROR, "regular expression failed (%d)", rc);
    }
}

static void
drop_big_frames(struct wk_regexp_state *state)
{
    drop_data_8(state);
    drop_data_32(state);
    state->big_frames = false;
}

bool
wk_regexp_run(duk_context *ctx, struct wk_regexp_code *code, const struct wk_regexp_subject *subject,
              size_t start, bool sticky, struct wk_regexp_match *match)
{
    struct wk_regexp_state *state = code->state;
    bool narrow = subject->chars == NULL;
    uint32_t options = sticky ? PCRE2_ANCHORED : 0;
    struct wk_regexp_form *form = form_for(ctx, code, narrow);
    int rc;

    check_cpu(ctx, state, false);
    if (state->big_frames)
        drop_big_frames(state);
    match->map = form->text.map;
    if (narrow)
        rc = run_8(state, form, (const PCRE2_UCHAR8 *)subject->bytes, subject->count, start, options,
                   &match->vector);
    else
        rc = run_32(state, form, subject->chars, subject->count, start, options, &match->vector);
    if (rc <= 0 && state->big_frames)
        drop_big_frames(state);
    if (rc < 0 && rc != PCRE2_ERROR_NOMATCH)
        run_failed(ctx, state, rc);
    return rc > 0;
}
