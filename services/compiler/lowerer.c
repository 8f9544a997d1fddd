#include "services/compiler/lowerer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "proto/bundle.pb-c.h"
#include "runtime/engine/engine.h"
#include "runtime/linemap/line_map.h"
#include "services/compiler/text.h"

#define BIN_BYTES_MAX (64u << 20)
#define GARBAGE_BYTES (48u << 20) /* collected when idle, once there is more */
#define SOURCE_LINE_MAX 160u
#define MODULES_KEY DUK_HIDDEN_SYMBOL("modules")

struct wk_lowerer {
    struct wk_engine *engine;
    size_t base_bytes; /* of the heap, right after loading */
};

struct job {
    struct wk_lowerer *lowerer;
    struct wk_arena *arena;
    const struct wk_lower_input *input;
    struct wk_lowered *out;
    uint32_t *lines; /* author's line of each generated one */
    size_t lines_len;
};

/* ---- the modules in typescript.bin: "name\nbytes\nbytecode" records ---- */

/* require(name): the record's function, run the first time. */
static duk_ret_t
require(duk_context *ctx)
{
    duk_push_global_stash(ctx);
    duk_get_prop_string(ctx, -1, MODULES_KEY);
    duk_dup(ctx, 0);
    if (!duk_get_prop(ctx, -2))
        return duk_error(ctx, DUK_ERR_REFERENCE_ERROR, "no module %s", duk_to_string(ctx, 0)); /* stash mods module */
    if (!duk_get_prop_string(ctx, -1, "exports")) {
        duk_pop(ctx);
        duk_push_object(ctx);
        duk_put_prop_string(ctx, -2, "exports");
        duk_get_prop_string(ctx, -1, "code");
        duk_get_prop_string(ctx, -2, "exports");
        duk_push_c_function(ctx, require, 1);
        duk_dup(ctx, -4);
        duk_call(ctx, 3);
        duk_pop(ctx);
        duk_del_prop_string(ctx, -1, "code");
        duk_get_prop_string(ctx, -1, "exports");
    }
    return 1;
}

static bool
load_records(duk_context *ctx, char *p, const char *end)
{
    duk_push_global_stash(ctx);
    duk_push_bare_object(ctx);
    while (p < end) {
        char *name = p, *line = memchr(p, '\n', (size_t)(end - p)), *content;
        size_t bytes;

        if (line == NULL)
            return false;
        *line = '\0';
        bytes = strtoul(line + 1, &content, 10);
        if (bytes == 0 || bytes > (size_t)(end - content - 1))
            return false;
        content++;
        memcpy(duk_push_fixed_buffer(ctx, bytes), content, bytes);
        duk_load_function(ctx);
        duk_push_object(ctx);
        duk_swap_top(ctx, -2);
        duk_put_prop_string(ctx, -2, "code");
        duk_put_prop_string(ctx, -2, name);
        p = content + bytes;
    }
    duk_put_prop_string(ctx, -2, MODULES_KEY);
    duk_pop(ctx);
    return true;
}

static void
push_required(duk_context *ctx, const char *name)
{
    duk_push_c_function(ctx, require, 1);
    duk_push_string(ctx, name);
    duk_call(ctx, 1);
}

static duk_ret_t
load(duk_context *ctx, void *udata)
{
    struct wk_buf *bin = udata;

    if (!load_records(ctx, bin->data, bin->data + bin->len))
        return duk_error(ctx, DUK_ERR_ERROR, "malformed");
    duk_push_global_stash(ctx);
    push_required(ctx, "lower");
    duk_get_prop_string(ctx, -1, "lower");
    duk_put_prop_string(ctx, -3, "lower");
    return 0;
}

wk_err
wk_lowerer_new(const char *bin_path, struct wk_lowerer **out)
{
    struct wk_lowerer *lowerer = wk_xcalloc(1, sizeof(*lowerer));
    struct wk_engine_opts opts = {.heap_bytes_max = WK_LOWER_HEAP_BYTES_MAX};
    struct wk_buf bin = {0};
    wk_err err;

    *out = NULL;
    if ((err = wk_buf_read_file(&bin, bin_path, BIN_BYTES_MAX)) != WK_OK)
        goto out;
    if ((err = wk_engine_new(&opts, &lowerer->engine)) != WK_OK)
        goto out;
    if (duk_safe_call(wk_engine_ctx(lowerer->engine), load, &bin, 0, 1) != DUK_EXEC_SUCCESS) {
        err = WK_EINVAL;
        goto out;
    }
    duk_pop(wk_engine_ctx(lowerer->engine));
    lowerer->base_bytes = wk_engine_heap_bytes(lowerer->engine);
    *out = lowerer;
    lowerer = NULL;
out:
    wk_buf_fini(&bin);
    wk_lowerer_free(lowerer);
    return err;
}

void
wk_lowerer_free(struct wk_lowerer *lowerer)
{
    if (lowerer == NULL)
        return;
    wk_engine_free(lowerer->engine);
    free(lowerer);
}

void
wk_lowerer_idle(struct wk_lowerer *lowerer)
{
    if (wk_engine_heap_bytes(lowerer->engine) > lowerer->base_bytes + GARBAGE_BYTES)
        duk_gc(wk_engine_ctx(lowerer->engine), 0);
}

/* ---- one module ---- */

static void
put_string(duk_context *ctx, const char *key, const char *text)
{
    if (text == NULL)
        return;
    duk_push_string(ctx, text);
    duk_put_prop_string(ctx, -2, key);
}

static void
push_input(duk_context *ctx, const struct wk_lower_input *input)
{
    static const char *const kinds[] = {"auto", "esm", "cjs", "script"};
    struct wk_buf *source;
    const struct wk_lower_opts *opts = &input->opts;

    duk_push_object(ctx);
    put_string(ctx, "name", input->display);
    put_string(ctx, "kind", kinds[input->kind <= WK_LOWER_SCRIPT ? input->kind : 0]);
    put_string(ctx, "jsx", opts->jsx);
    put_string(ctx, "jsxImportSource", opts->jsx_import_source);
    put_string(ctx, "jsxFactory", opts->jsx_factory);
    put_string(ctx, "jsxFragmentFactory", opts->jsx_fragment_factory);
    duk_push_boolean(ctx, input->ours);
    duk_put_prop_string(ctx, -2, "ours");
    duk_push_boolean(ctx, !opts->assign_fields);
    duk_put_prop_string(ctx, -2, "defineFields");
    duk_push_bare_object(ctx);
    for (size_t i = 0; i < opts->defines_len; i++)
        put_string(ctx, opts->defines[i].name, opts->defines[i].value);
    duk_put_prop_string(ctx, -2, "define");
    source = &(struct wk_buf){0};
    wk_text_to_engine(input->source, input->source_bytes, source);
    duk_push_lstring(ctx, source->data, source->len);
    wk_buf_fini(source);
    duk_put_prop_string(ctx, -2, "source");
}

static uint32_t
get_number(duk_context *ctx, const char *key)
{
    uint32_t value;

    duk_get_prop_string(ctx, -1, key);
    value = duk_to_uint32(ctx, -1);
    duk_pop(ctx);
    return value;
}

static bool
get_bool(duk_context *ctx, const char *key)
{
    bool value;

    duk_get_prop_string(ctx, -1, key);
    value = duk_to_boolean(ctx, -1);
    duk_pop(ctx);
    return value;
}

static const char *
get_text(duk_context *ctx, struct wk_arena *arena, const char *key)
{
    struct wk_buf text = {0};
    const char *data, *copy;
    duk_size_t bytes;

    duk_get_prop_string(ctx, -1, key);
    data = duk_safe_to_lstring(ctx, -1, &bytes);
    wk_buf_add(&text, "", 0);
    wk_text_to_utf8(data, bytes, &text);
    copy = wk_arena_strndup(arena, text.data, text.len);
    wk_buf_fini(&text);
    duk_pop(ctx);
    return copy;
}

/* Line `line` of the source, cut to what a message can show. */
static const char *
source_line(const struct job *job, uint32_t line)
{
    const char *p = job->input->source, *end = p + job->input->source_bytes, *stop;

    for (; line > 1 && p != NULL && p < end; line--)
        if ((p = memchr(p, '\n', (size_t)(end - p))) != NULL)
            p++;
    if (p == NULL || p >= end)
        return "";
    stop = memchr(p, '\n', (size_t)(end - p));
    stop = stop == NULL ? end : stop;
    if (stop > p && stop[-1] == '\r')
        stop--;
    if ((size_t)(stop - p) > SOURCE_LINE_MAX)
        stop = p + SOURCE_LINE_MAX;
    return wk_arena_strndup(job->arena, p, (size_t)(stop - p));
}

static void
read_problems(duk_context *ctx, struct job *job)
{
    struct wk_lowered *out = job->out;

    duk_get_prop_string(ctx, -1, "diagnostics");
    out->problems_len = duk_get_length(ctx, -1);
    out->problems = wk_arena_alloc(job->arena, (out->problems_len + 1) * sizeof(*out->problems));
    for (size_t i = 0; i < out->problems_len; i++) {
        struct wk_problem *problem = &out->problems[i];

        duk_get_prop_index(ctx, -1, (duk_uarridx_t)i);
        problem->error = get_bool(ctx, "error");
        problem->line = get_number(ctx, "line");
        problem->column = get_number(ctx, "column");
        problem->text = get_text(ctx, job->arena, "text");
        problem->source_line = source_line(job, problem->line);
        duk_pop(ctx);
    }
    duk_pop(ctx);
}

static void
read_imports(duk_context *ctx, struct job *job)
{
    struct wk_lowered *out = job->out;

    duk_get_prop_string(ctx, -1, "imports");
    out->imports_len = duk_get_length(ctx, -1);
    out->imports = wk_arena_alloc(job->arena, (out->imports_len + 1) * sizeof(*out->imports));
    for (size_t i = 0; i < out->imports_len; i++) {
        struct wk_import *import = &out->imports[i];
        const char *kind;

        duk_get_prop_index(ctx, -1, (duk_uarridx_t)i);
        kind = get_text(ctx, job->arena, "kind");
        import->kind = kind[0] == 'd' ? WK_IMPORT_DYNAMIC : kind[0] == 'r' ? WK_IMPORT_REQUIRE : WK_IMPORT_STATIC;
        import->specifier = get_text(ctx, job->arena, "specifier");
        import->line = get_number(ctx, "line");
        import->column = get_number(ctx, "column");
        duk_pop(ctx);
    }
    duk_pop(ctx);
}

static void
read_code(duk_context *ctx, struct job *job)
{
    struct wk_lowered *out = job->out;
    struct wk_buf buf = {0};
    const char *code;
    duk_size_t bytes;

    duk_get_prop_string(ctx, -1, "lines");
    job->lines_len = duk_get_length(ctx, -1);
    job->lines = wk_arena_alloc(job->arena, (job->lines_len + 1) * sizeof(*job->lines));
    for (size_t i = 0; i < job->lines_len; i++) {
        duk_get_prop_index(ctx, -1, (duk_uarridx_t)i);
        job->lines[i] = duk_to_uint32(ctx, -1);
        duk_pop(ctx);
    }
    duk_pop(ctx);
    wk_line_map_encode(job->lines, job->lines_len, &buf);
    wk_buf_add(&buf, "", 0);
    out->line_map_bytes = buf.len;
    out->line_map = (uint8_t *)wk_arena_strndup(job->arena, buf.data, buf.len);
    wk_buf_fini(&buf);
    duk_get_prop_string(ctx, -1, "code");
    code = duk_require_lstring(ctx, -1, &bytes);
    wk_text_to_ascii(code, bytes, &buf);
    out->code_bytes = buf.len;
    out->code = wk_arena_strndup(job->arena, buf.data, buf.len);
    wk_buf_fini(&buf);
    duk_pop(ctx);
}

static uint32_t
type_of(const char *word)
{
    return strcmp(word, "es") == 0         ? WK__LOWERED_MODULE__TYPE__ES
           : strcmp(word, "es_async") == 0 ? WK__LOWERED_MODULE__TYPE__ES_ASYNC
           : strcmp(word, "script") == 0   ? WK__LOWERED_MODULE__TYPE__SCRIPT
                                           : WK__LOWERED_MODULE__TYPE__COMMON_JS;
}

static duk_ret_t
lower(duk_context *ctx, void *udata)
{
    struct job *job = udata;

    duk_push_global_stash(ctx);
    duk_get_prop_string(ctx, -1, "lower");
    push_input(ctx, job->input);
    duk_call(ctx, 1);
    read_problems(ctx, job);
    if (wk_lowered_has_error(job->out))
        return 0;
    read_imports(ctx, job);
    read_code(ctx, job);
    job->out->exported = get_bool(ctx, "exported");
    job->out->type = type_of(get_text(ctx, job->arena, "type"));
    return 0;
}

/* The engine has the last word on what it can run: a module that does not compile is an error here, at
 * the author's line, and not when a request comes. */
static duk_ret_t
check(duk_context *ctx, void *udata)
{
    struct job *job = udata;

    duk_push_string(ctx, job->out->type == WK__LOWERED_MODULE__TYPE__SCRIPT ? "" : "(function () {");
    duk_push_lstring(ctx, job->out->code, job->out->code_bytes);
    duk_push_string(ctx, job->out->type == WK__LOWERED_MODULE__TYPE__SCRIPT ? "" : "\n})");
    duk_concat(ctx, 3);
    duk_push_string(ctx, job->input->display);
    duk_compile(ctx, 0);
    return 0;
}

static void
check_failed(duk_context *ctx, struct job *job)
{
    uint32_t line = get_number(ctx, "lineNumber");
    struct wk_buf text = {0};

    line = line >= 1 && line <= job->lines_len ? job->lines[line - 1] : 0;
    wk_buf_addf(&text, "%s", duk_safe_to_string(ctx, -1));
    wk_lowered_fail(job->arena, job->out, line, line > 0, text.data);
    job->out->problems[0].source_line = source_line(job, line);
    wk_buf_fini(&text);
}

void
wk_lowerer_run(struct wk_lowerer *lowerer, struct wk_arena *arena, const struct wk_lower_input *input,
               struct wk_lowered *out)
{
    duk_context *ctx = wk_engine_ctx(lowerer->engine);
    struct job job = {lowerer, arena, input, out, NULL, 0};
    char text[256];

    memset(out, 0, sizeof(*out));
    if (input->source_bytes > WK_SOURCE_BYTES_MAX) {
        wk_lowered_fail(arena, out, 0, 0, "the file is larger than 16 MiB");
        return;
    }
    wk_engine_cpu_limit(lowerer->engine, WK_LOWER_CPU_MS_MAX);
    if (duk_safe_call(ctx, lower, &job, 0, 1) != DUK_EXEC_SUCCESS) {
        snprintf(text, sizeof(text), "the compiler failed: %s", duk_safe_to_string(ctx, -1));
        wk_lowered_fail(arena, out, 0, 0, wk_engine_cpu_exceeded(lowerer->engine) ? "compiling took too long" : text);
    } else if (!wk_lowered_has_error(out)) {
        duk_pop(ctx);
        if (duk_safe_call(ctx, check, &job, 0, 1) != DUK_EXEC_SUCCESS)
            check_failed(ctx, &job);
    }
    duk_pop(ctx);
    wk_engine_cpu_limit(lowerer->engine, 0);
}
