#include "services/compiler/graph.h"

#include <search.h>
#include <stdlib.h>
#include <string.h>
#include "services/compiler/compile.h"
#include "services/compiler/json.h"
#include "services/compiler/lowerer.h"
#include "services/compiler/path.h"

static int
by_name(const void *a, const void *b)
{
    return strcmp(((const struct wk_module *)a)->name, ((const struct wk_module *)b)->name);
}

static void
keep(void *node)
{
}

void
wk_graph_fini(struct wk_graph *graph)
{
    tdestroy(graph->by_name, keep);
    wk_packages_fini(&graph->resolver.packages);
    wk_files_fini(&graph->files);
    free(graph->modules);
    free(graph->diagnostics);
}

void
wk_graph_diagnose(struct wk_graph *graph, bool error, const char *file, uint32_t line, uint32_t column,
                  const char *source_line, const char *text)
{
    Wk__Diagnostic *d = wk_arena_alloc(graph->arena, sizeof(*d));

    wk__diagnostic__init(d);
    d->error = error;
    d->file = wk_path_fmt(graph->arena, "%s", file);
    d->line = line;
    d->column = column;
    d->text = wk_path_fmt(graph->arena, "%s", text);
    d->source_line = wk_path_fmt(graph->arena, "%s", source_line);
    if (graph->diagnostics_len == graph->diagnostics_cap) {
        graph->diagnostics_cap = graph->diagnostics_cap * 2 + 16;
        graph->diagnostics = wk_xrealloc(graph->diagnostics, graph->diagnostics_cap * sizeof(*graph->diagnostics));
    }
    graph->diagnostics[graph->diagnostics_len++] = d;
    graph->failed |= error;
}

/* ---- modules ---- */

static struct wk_module *
find(struct wk_graph *graph, const char *name)
{
    struct wk_module probe = {.name = name};
    void *node = tfind(&probe, &graph->by_name, by_name);

    return node == NULL ? NULL : *(struct wk_module **)node;
}

static struct wk_module *
add(struct wk_graph *graph, const char *name)
{
    struct wk_module *m;

    if (graph->modules_len == WK_MODULES_MAX) {
        if (!graph->failed)
            wk_graph_diagnose(graph, true, name, 0, 0, "", "the worker has more than 10,000 modules");
        return NULL;
    }
    m = wk_arena_alloc(graph->arena, sizeof(*m));
    m->name = m->display = name;
    m->input.opts = graph->tsconfig.lower;
    m->input.opts.defines = graph->defines;
    m->input.opts.defines_len = graph->defines_len;
    if (graph->modules_len == graph->modules_cap) {
        graph->modules_cap = graph->modules_cap * 2 + 64;
        graph->modules = wk_xrealloc(graph->modules, graph->modules_cap * sizeof(*graph->modules));
    }
    graph->modules[graph->modules_len++] = m;
    tsearch(m, &graph->by_name, by_name);
    return m;
}

static void
set_source(struct wk_module *m, const char *source, size_t bytes)
{
    m->input.display = m->display;
    m->input.source = source;
    m->input.source_bytes = bytes;
}

void
wk_graph_add_given(struct wk_graph *graph, const Wk__Module *given)
{
    struct wk_module *m;

    if (find(graph, given->name) != NULL) {
        wk_graph_diagnose(graph, true, given->name, 0, 0, "", "Duplicate module name.");
        return;
    }
    if ((m = add(graph, given->name)) == NULL)
        return;
    set_source(m, (const char *)given->source.data, given->source.len);
    m->input.ours = true;
    m->named_exports = given->named_exports;
    m->named_exports_len = given->n_named_exports;
    switch (given->type) {
    case WK__MODULE__TYPE__COMMON_JS:
        m->is_code = true;
        m->input.kind = WK_LOWER_CJS;
        break;
    case WK__MODULE__TYPE__TEXT:
        m->type = WK__LOWERED_MODULE__TYPE__TEXT;
        break;
    case WK__MODULE__TYPE__DATA:
        m->type = WK__LOWERED_MODULE__TYPE__DATA;
        break;
    case WK__MODULE__TYPE__JSON:
        m->type = WK__LOWERED_MODULE__TYPE__JSON;
        break;
    case WK__MODULE__TYPE__WASM:
        m->type = WK__LOWERED_MODULE__TYPE__WASM;
        break;
    default:
        m->is_code = true;
        m->input.kind = WK_LOWER_ESM;
    }
}

void
wk_graph_add_script(struct wk_graph *graph, const char *name, const char *source)
{
    struct wk_module *m = add(graph, name);

    m->is_code = true;
    m->input.kind = WK_LOWER_SCRIPT;
    m->input.ours = true;
    set_source(m, source, strlen(source));
}

/* What a project's rules make of a file: false if it is code (kind is set). */
static bool
not_code(struct wk_graph *graph, const char *name, Wk__LoweredModule__Type *type, enum wk_lower_kind *kind)
{
    static const struct {
        const char *glob, *word;
        Wk__LoweredModule__Type type;
    } defaults[] = {
        {"**/*.txt", "Text", WK__LOWERED_MODULE__TYPE__TEXT},   {"**/*.html", "Text", WK__LOWERED_MODULE__TYPE__TEXT},
        {"**/*.sql", "Text", WK__LOWERED_MODULE__TYPE__TEXT},   {"**/*.bin", "Data", WK__LOWERED_MODULE__TYPE__DATA},
        {"**/*.wasm", "CompiledWasm", WK__LOWERED_MODULE__TYPE__WASM}, {"**/*.json", "Json", WK__LOWERED_MODULE__TYPE__JSON},
    };
    const Wk__Project *project = graph->worker->project;

    for (size_t i = 0; i < project->n_rules; i++) {
        const Wk__Rule *rule = project->rules[i];

        for (size_t j = 0; j < rule->n_globs; j++) {
            if (!wk_path_match(rule->globs[j], name))
                continue;
            *type = strcmp(rule->type, "Text") == 0           ? WK__LOWERED_MODULE__TYPE__TEXT
                    : strcmp(rule->type, "Data") == 0         ? WK__LOWERED_MODULE__TYPE__DATA
                    : strcmp(rule->type, "CompiledWasm") == 0 ? WK__LOWERED_MODULE__TYPE__WASM
                                                              : WK__LOWERED_MODULE__TYPE__UNSPECIFIED;
            *kind = strcmp(rule->type, "CommonJS") == 0   ? WK_LOWER_CJS
                    : strcmp(rule->type, "ESModule") == 0 ? WK_LOWER_ESM
                                                          : WK_LOWER_AUTO;
            return *type != WK__LOWERED_MODULE__TYPE__UNSPECIFIED;
        }
    }
    for (size_t i = 0; i < WK_COUNT(defaults); i++)
        if (wk_path_match(defaults[i].glob, name)) {
            *type = defaults[i].type;
            return true;
        }
    return false;
}

/* What the extension and the package around it say. */
static enum wk_lower_kind
kind_of(struct wk_graph *graph, const char *path)
{
    struct wk_package *package;
    const char *type;

    if (wk_path_ends(path, ".mjs") || wk_path_ends(path, ".mts"))
        return WK_LOWER_ESM;
    if (wk_path_ends(path, ".cjs") || wk_path_ends(path, ".cts"))
        return WK_LOWER_CJS;
    package = wk_package_around(&graph->resolver.packages, wk_path_dir(graph->arena, path));
    type = package == NULL ? NULL : wk_json_str(package->json, "type");
    return type != NULL && strcmp(type, "module") == 0 && strstr(path, "/node_modules/") != NULL ? WK_LOWER_ESM : WK_LOWER_AUTO;
}

struct wk_module *
wk_graph_add_file(struct wk_graph *graph, const char *path)
{
    const char *name = *path == '\0' ? "(empty)" : wk_path_relative(graph->arena, graph->root, path);
    struct wk_module *m = find(graph, name);
    const struct wk_file *file;
    wk_err err;

    if (m != NULL || (m = add(graph, name)) == NULL)
        return m;
    m->input.ours = strstr(name, "node_modules/") == NULL;
    if (*path == '\0') {
        m->is_code = true;
        m->input.kind = WK_LOWER_CJS;
        set_source(m, "", 0);
        return m;
    }
    m->path = path;
    m->input.kind = WK_LOWER_AUTO;
    m->is_code = !not_code(graph, name, &m->type, &m->input.kind);
    if (m->is_code && m->input.kind == WK_LOWER_AUTO)
        m->input.kind = kind_of(graph, path);
    if ((err = wk_files_read(&graph->files, path, m->is_code ? WK_SOURCE_BYTES_MAX : WK_BUNDLE_BYTES_MAX, &file)) != WK_OK) {
        wk_graph_diagnose(graph, true, name, 0, 0, "",
                          err == WK_ELIMIT ? "the file is too large for a module" : "the file cannot be read");
        m->is_code = false;
        set_source(m, "", 0);
        return m;
    }
    set_source(m, file->content, file->bytes);
    return m;
}

/* ---- imports ---- */

/* Line `line` of a module's source, for a message. */
static const char *
source_line(struct wk_graph *graph, const struct wk_module *m, uint32_t line)
{
    const char *p = m->input.source, *end = p + m->input.source_bytes;

    for (; line > 1 && p < end; line--) {
        const char *next = memchr(p, '\n', (size_t)(end - p));

        if (next == NULL)
            return "";
        p = next + 1;
    }
    return wk_arena_strndup(graph->arena, p, strcspn(p, "\r\n") > 160 ? 160 : strcspn(p, "\r\n"));
}

/* As the peer finds modules of a configuration: by name, seen from the importing module's. */
static const char *
resolve_given(struct wk_graph *graph, const struct wk_module *from, const char *specifier)
{
    static const char *const schemes[] = {"cloudflare:", "node:", "workerd:", "wk:"};
    const struct wk_module *m;

    for (size_t i = 0; i < WK_COUNT(schemes); i++)
        if (strncmp(specifier, schemes[i], strlen(schemes[i])) == 0)
            return specifier;
    m = find(graph, specifier[0] == '/'
                        ? wk_path_join(graph->arena, "", specifier + 1)
                        : wk_path_join(graph->arena, wk_path_dir(graph->arena, from->name), specifier));
    if (m == NULL)
        m = find(graph, specifier);
    if (m != NULL)
        return m->name;
    return wk_resolve_is_node(specifier) ? wk_path_fmt(graph->arena, "node:%s", specifier) : NULL;
}

/* The name of what specifier means in m; NULL: nothing. Adds files it had not seen. */
static const char *
resolve(struct wk_graph *graph, struct wk_module *m, const struct wk_import *import)
{
    struct wk_resolved found;
    struct wk_module *target;

    if (graph->root == NULL)
        return resolve_given(graph, m, import->specifier);
    if (wk_resolve(&graph->resolver, m->path == NULL ? graph->root : m->path, import->specifier,
                   import->kind == WK_IMPORT_REQUIRE, &found) != WK_OK)
        return NULL;
    if (found.builtin != NULL)
        return found.builtin;
    target = wk_graph_add_file(graph, found.path);
    return target == NULL ? "" : target->name;
}

static void
follow_imports(struct wk_graph *graph, struct wk_module *m)
{
    m->imports = wk_arena_alloc(graph->arena, (m->lowered.imports_len + 1) * sizeof(*m->imports));
    for (size_t i = 0; i < m->lowered.imports_len; i++) {
        const struct wk_import *import = &m->lowered.imports[i];
        Wk__ResolvedImport *resolved = wk_arena_alloc(graph->arena, sizeof(*resolved));
        const char *name = resolve(graph, m, import);

        wk__resolved_import__init(resolved);
        resolved->specifier = (char *)import->specifier;
        resolved->on_demand = import->kind == WK_IMPORT_DYNAMIC;
        if (name != NULL) {
            resolved->module = (char *)name;
        } else {
            resolved->error = wk_path_fmt(graph->arena, "No such module \"%s\".\n  imported from \"%s\"", import->specifier, m->name);
            if (import->kind == WK_IMPORT_STATIC)
                wk_graph_diagnose(graph, true, m->display, import->line, import->column,
                                  source_line(graph, m, import->line),
                                  wk_path_fmt(graph->arena, "No such module \"%s\".", import->specifier));
        }
        m->imports[m->imports_len++] = resolved;
    }
}

/* ---- work ---- */

static void
finish(struct wk_graph *graph, struct wk_module *m)
{
    m->done = true;
    graph->bytes += m->lowered.code_bytes;
    for (size_t i = 0; i < m->lowered.problems_len; i++) {
        const struct wk_problem *p = &m->lowered.problems[i];

        wk_graph_diagnose(graph, p->error, m->display, p->line, p->column, p->source_line, p->text);
    }
    follow_imports(graph, m);
}

static void
check_json(struct wk_graph *graph, struct wk_module *m)
{
    json_error_t error;
    json_t *json = json_loadb(m->input.source, m->input.source_bytes, JSON_DECODE_ANY | JSON_ALLOW_NUL, &error);

    if (json == NULL)
        wk_graph_diagnose(graph, true, m->display, (uint32_t)error.line, (uint32_t)error.column,
                          source_line(graph, m, (uint32_t)error.line), error.text);
    json_decref(json);
}

static void
start(struct wk_graph *graph, struct wk_module *m)
{
    if (!m->is_code) {
        if (m->type == WK__LOWERED_MODULE__TYPE__JSON)
            check_json(graph, m);
        graph->bytes += m->input.source_bytes;
        m->done = true;
    } else if (wk_cache_module_get(&graph->cache, graph->arena, &m->input, &m->lowered) == WK_OK) {
        finish(graph, m);
    } else {
        wk_pool_submit(graph->pool, &m->input, m);
        graph->pending++;
        graph->lowered++;
    }
}

static void
take_one(struct wk_graph *graph)
{
    struct wk_lowered lowered;
    void *tag;
    wk_err err = wk_pool_wait(graph->pool, graph->arena, &tag, &lowered);

    if (err != WK_OK) {
        graph->pending = 0;
        wk_graph_diagnose(graph, true, graph->modules[0]->display, 0, 0, "", "the compiler cannot start");
        return;
    }
    struct wk_module *m = tag;

    graph->pending--;
    m->lowered = lowered;
    if (!wk_lowered_has_error(&lowered))
        wk_cache_module_put(&graph->cache, &m->input, &lowered);
    finish(graph, m);
}

void
wk_graph_run(struct wk_graph *graph)
{
    for (;;) {
        while (graph->next < graph->modules_len)
            start(graph, graph->modules[graph->next++]);
        if (graph->pending == 0)
            return;
        take_one(graph);
    }
}

void
wk_graph_main_is_script(struct wk_graph *graph)
{
    struct wk_module *m = graph->modules[0];

    m->input.kind = WK_LOWER_SCRIPT;
    m->done = false;
    m->imports_len = 0;
    graph->bytes -= m->lowered.code_bytes;
    start(graph, m);
    wk_graph_run(graph);
}
