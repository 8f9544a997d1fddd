#include "services/compiler/compile.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "kernel/base/log.h"
#include "services/compiler/graph.h"
#include "services/compiler/path.h"

#define COMPILER_VERSION "1"
#define TRIM_EVERY 256u /* modules lowered */

struct wk_compiler {
    struct wk_pool *pool;
    char *version;     /* of the compiler and its TypeScript */
    unsigned untrimmed; /* modules written since the cache was trimmed */
};

/* ---- protobuf in arenas ---- */

static void *
arena_alloc(void *data, size_t bytes)
{
    return wk_arena_alloc(data, bytes);
}

static void
arena_free(void *data, void *ptr)
{
}

ProtobufCAllocator
wk_compile_allocator(struct wk_arena *arena)
{
    return (ProtobufCAllocator){arena_alloc, arena_free, arena};
}

/* ---- the compiler ---- */

static char *
default_lib_dir(void)
{
    const char *env = getenv("WK_LIB_DIR");
    char self[4096], *slash;
    ssize_t n;

    if (env != NULL && *env != '\0')
        return wk_xstrdup(env);
    if ((n = readlink("/proc/self/exe", self, sizeof(self) - 1)) <= 0)
        return wk_xstrdup("/usr/local/lib/wk");
    self[n] = '\0';
    if ((slash = strrchr(self, '/')) != NULL)
        *slash = '\0';
    return wk_xasprintf("%s/../lib/wk", self);
}

wk_err
wk_compiler_new(const char *lib_dir, unsigned children, struct wk_compiler **out)
{
    struct wk_compiler *compiler = wk_xcalloc(1, sizeof(*compiler));
    char *dir = lib_dir == NULL ? default_lib_dir() : wk_xstrdup(lib_dir);
    char *bin = wk_xasprintf("%s/typescript.bin", dir), *id_path = wk_xasprintf("%s/typescript.id", dir);
    struct wk_buf id = {0};
    wk_err err;

    *out = NULL;
    if ((err = wk_buf_read_file(&id, id_path, 4096)) != WK_OK || id.len == 0) {
        err = err == WK_OK ? WK_EINVAL : err;
        goto out;
    }
    compiler->version = wk_xasprintf("%s %s", COMPILER_VERSION, id.data);
    compiler->pool = wk_pool_new(bin, children);
    *out = compiler;
    compiler = NULL;
out:
    wk_buf_fini(&id);
    free(id_path);
    free(bin);
    free(dir);
    wk_compiler_free(compiler);
    return err;
}

void
wk_compiler_free(struct wk_compiler *compiler)
{
    if (compiler == NULL)
        return;
    wk_pool_free(compiler->pool);
    free(compiler->version);
    free(compiler);
}

void
wk_compiler_rest(struct wk_compiler *compiler)
{
    wk_pool_rest(compiler->pool);
}

/* ---- one compilation ---- */

static const struct wk_define *
defines_of(struct wk_arena *arena, Wk__Define **list, size_t n)
{
    struct wk_define *out = wk_arena_alloc(arena, (n + 1) * sizeof(*out));

    for (size_t i = 0; i < n; i++)
        out[i] = (struct wk_define){list[i]->name, list[i]->value};
    return out;
}

static bool
has_flag(const Wk__Worker *worker, const char *flag)
{
    for (size_t i = 0; i < worker->n_compatibility_flags; i++)
        if (strcmp(worker->compatibility_flags[i], flag) == 0)
            return true;
    return false;
}

static void
add_project(struct wk_graph *graph, const Wk__Project *project)
{
    char *real = realpath(project->root, NULL);
    const char *config, *error = NULL;
    struct wk_resolved found;

    graph->root = wk_path_fmt(graph->arena, "%s", real == NULL ? project->root : real);
    free(real);
    config = wk_path_join(graph->arena, graph->root, *project->tsconfig == '\0' ? "tsconfig.json" : project->tsconfig);
    if (wk_tsconfig_read(&graph->files, graph->arena, config, &graph->tsconfig, &error) != WK_OK)
        wk_graph_diagnose(graph, true, wk_path_relative(graph->arena, graph->root, config), 0, 0, "", error);
    graph->defines = defines_of(graph->arena, project->define, project->n_define);
    graph->defines_len = project->n_define;
    graph->resolver = (struct wk_resolver){
        .arena = graph->arena, .files = &graph->files, .packages = {.files = &graph->files, .arena = graph->arena},
        .tsconfig = &graph->tsconfig, .aliases = defines_of(graph->arena, project->alias, project->n_alias),
        .aliases_len = project->n_alias, .root = graph->root, .node_first = has_flag(graph->worker, "nodejs_compat"),
    };
    if (wk_resolve(&graph->resolver, wk_path_join(graph->arena, graph->root, "x"),
                   wk_path_join(graph->arena, graph->root, project->main), false, &found) != WK_OK ||
        found.path == NULL || *found.path == '\0') {
        wk_graph_diagnose(graph, true, project->main, 0, 0, "", "The entry-point file was not found.");
        return;
    }
    wk_graph_add_file(graph, found.path);
}

static void
add_modules(struct wk_graph *graph)
{
    const Wk__Worker *worker = graph->worker;

    if (worker->project != NULL) {
        add_project(graph, worker->project);
    } else if (worker->n_modules > 0) {
        for (size_t i = 0; i < worker->n_modules; i++)
            wk_graph_add_given(graph, worker->modules[i]);
    } else {
        wk_graph_add_script(graph, *worker->service_worker_name == '\0' ? "worker.js" : worker->service_worker_name,
                            worker->service_worker_script);
    }
}

/* A project's main module with no export is a classic script: it calls addEventListener. */
static bool
settle_service_worker(struct wk_graph *graph)
{
    struct wk_module *m = graph->modules[0];
    bool imports = false;

    if (graph->worker->project == NULL || graph->failed)
        return graph->worker->project == NULL && graph->worker->n_modules == 0;
    if (!m->is_code || m->lowered.exported)
        return false;
    for (size_t i = 0; i < m->imports_len; i++)
        imports |= strncmp(m->imports[i]->specifier, "wk:", 3) != 0;
    if (!imports && m->lowered.type == WK__LOWERED_MODULE__TYPE__COMMON_JS)
        wk_graph_main_is_script(graph);
    return true;
}

static void
pack_module(struct wk_arena *arena, const struct wk_module *m, Wk__LoweredModule *out)
{
    wk__lowered_module__init(out);
    out->name = (char *)m->name;
    out->display = (char *)m->display;
    out->type = m->is_code ? m->lowered.type : m->type;
    out->code.data = (uint8_t *)(m->is_code ? m->lowered.code : m->input.source);
    out->code.len = m->is_code ? m->lowered.code_bytes : m->input.source_bytes;
    out->line_map.data = (uint8_t *)m->lowered.line_map;
    out->line_map.len = m->lowered.line_map_bytes;
    out->imports = m->imports;
    out->n_imports = m->imports_len;
    out->named_exports = m->named_exports;
    out->n_named_exports = m->named_exports_len;
}

/* Absolute paths of what was read. After an error also the directories of what was looked for and not
 * there: making the missing file is what mends it. */
static void
list_watched(struct wk_graph *graph, Wk__CompileDone *done)
{
    const char *last = "";

    done->watched = wk_arena_alloc(graph->arena, (graph->files.len + 1) * sizeof(*done->watched));
    for (size_t i = 0; i < graph->files.len; i++) {
        const struct wk_file *file = graph->files.list[i];
        const char *dir;

        if (file->read) {
            done->watched[done->n_watched++] = wk_path_fmt(graph->arena, "%s", file->path);
        } else if (graph->failed && !file->present && strstr(file->path, "/node_modules/") == NULL) {
            dir = wk_path_dir(graph->arena, file->path);
            if (strcmp(dir, last) != 0 && access(dir, F_OK) == 0)
                done->watched[done->n_watched++] = (char *)(last = dir);
        }
    }
}

static wk_err
write_bundle(struct wk_graph *graph, bool service_worker, Wk__CompileDone *done)
{
    Wk__Bundle bundle = WK__BUNDLE__INIT;
    Wk__LoweredModule *modules = wk_arena_alloc(graph->arena, (graph->modules_len + 1) * sizeof(*modules));
    const char *path;
    uint8_t *packed;
    size_t bytes;
    wk_err err;

    bundle.modules = wk_arena_alloc(graph->arena, (graph->modules_len + 1) * sizeof(*bundle.modules));
    bundle.n_modules = graph->modules_len;
    for (size_t i = 0; i < graph->modules_len; i++) {
        pack_module(graph->arena, graph->modules[i], &modules[i]);
        bundle.modules[i] = &modules[i];
    }
    bundle.service_worker = service_worker;
    bundle.watched = done->watched;
    bundle.n_watched = done->n_watched;
    bundle.diagnostics = graph->diagnostics;
    bundle.n_diagnostics = graph->diagnostics_len;
    bytes = wk__bundle__get_packed_size(&bundle);
    packed = wk_xmalloc(bytes + 1);
    wk__bundle__pack(&bundle, packed);
    if ((err = wk_cache_bundle_put(&graph->cache, graph->arena, packed, bytes, &path)) == WK_OK)
        done->bundle_path = (char *)path;
    free(packed);
    return err;
}

static void
stamp(struct wk_graph *graph, const void *worker, size_t worker_bytes, Wk__CompileDone *done)
{
    size_t bytes = wk__compile_done__get_packed_size(done);
    uint8_t *packed = wk_xmalloc(bytes + 1);

    wk__compile_done__pack(done, packed);
    wk_cache_stamp_put(&graph->cache, worker, worker_bytes, &graph->files, packed, bytes, done->bundle_path);
    free(packed);
}

static void
compile_graph(struct wk_graph *graph, const void *worker, size_t worker_bytes, struct wk_compiled *out)
{
    Wk__CompileDone *done = out->done;
    bool service_worker = false;

    add_modules(graph);
    if (!graph->failed) {
        wk_graph_run(graph);
        service_worker = settle_service_worker(graph);
    }
    if (!graph->failed && graph->bytes > WK_BUNDLE_BYTES_MAX)
        wk_graph_diagnose(graph, true, graph->modules[0]->display, 0, 0, "", "the worker is larger than 64 MiB");
    list_watched(graph, done);
    if (!graph->failed && write_bundle(graph, service_worker, done) != WK_OK)
        wk_graph_diagnose(graph, true, graph->modules[0]->display, 0, 0, "", "the bundle cannot be written to the cache directory");
    done->ok = !graph->failed;
    done->n_diagnostics = graph->diagnostics_len;
    done->diagnostics = wk_arena_alloc(graph->arena, (graph->diagnostics_len + 1) * sizeof(*done->diagnostics));
    if (graph->diagnostics_len > 0)
        memcpy(done->diagnostics, graph->diagnostics, graph->diagnostics_len * sizeof(*done->diagnostics));
    if (done->ok)
        stamp(graph, worker, worker_bytes, done);
    done->modules_lowered = graph->lowered;
}

static bool
use_stamp(const struct wk_cache *cache, const void *worker, size_t worker_bytes, struct wk_compiled *out)
{
    ProtobufCAllocator allocator = wk_compile_allocator(&out->arena);
    const char *packed, *path;
    Wk__CompileDone *done;
    size_t bytes;

    if (wk_cache_stamp_get(cache, &out->arena, worker, worker_bytes, &packed, &bytes, &path) != WK_OK ||
        (done = wk__compile_done__unpack(&allocator, bytes, (const uint8_t *)packed)) == NULL)
        return false;
    done->bundle_path = (char *)path;
    out->done = done;
    out->from_stamp = true;
    return true;
}

wk_err
wk_compile(struct wk_compiler *compiler, const void *worker, size_t worker_bytes, const char *cache_dir, struct wk_compiled *out)
{
    uint64_t start_ns = wk_now_ns();
    ProtobufCAllocator allocator;
    struct wk_graph graph;

    memset(out, 0, sizeof(*out));
    out->done = wk_arena_alloc(&out->arena, sizeof(*out->done));
    wk__compile_done__init(out->done);
    allocator = wk_compile_allocator(&out->arena);
    graph = (struct wk_graph){.arena = &out->arena, .pool = compiler->pool, .cache = {cache_dir, compiler->version}};
    if (!use_stamp(&graph.cache, worker, worker_bytes, out)) {
        if ((graph.worker = wk__worker__unpack(&allocator, worker_bytes, worker)) == NULL)
            return WK_EINVAL;
        compile_graph(&graph, worker, worker_bytes, out);
        wk_graph_fini(&graph);
        if ((compiler->untrimmed += out->done->modules_lowered) >= TRIM_EVERY) {
            compiler->untrimmed = 0;
            wk_cache_trim(&graph.cache, WK_CACHE_BYTES_MAX);
        }
    }
    out->done->took_ms = (uint32_t)((wk_now_ns() - start_ns) / 1000000u);
    return WK_OK;
}

void
wk_compiled_fini(struct wk_compiled *compiled)
{
    wk_arena_fini(&compiled->arena);
    memset(compiled, 0, sizeof(*compiled));
}
