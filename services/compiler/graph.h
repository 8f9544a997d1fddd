/* services/compiler/graph.h - the modules of one worker, found by following imports from the main one.
 *
 * Modules keep the order in which they were found; the first is the main module. A module is code to be
 * lowered, or text, data, JSON. Thread: one. Everything lives in the arena. */
#ifndef WK_COMPILER_GRAPH_H
#define WK_COMPILER_GRAPH_H
#include "proto/bundle.pb-c.h"
#include "proto/config.pb-c.h"
#include "services/compiler/cache.h"
#include "services/compiler/pool.h"
#include "services/compiler/resolve.h"

struct wk_module {
    const char *name;    /* unique; what imports resolve to */
    const char *display; /* what messages and stack traces show */
    const char *path;    /* absolute; NULL: it came with the configuration */
    bool is_code;
    Wk__LoweredModule__Type type; /* of what is not code */
    struct wk_lower_input input;
    struct wk_lowered lowered;
    bool done;
    Wk__ResolvedImport **imports;
    size_t imports_len;
    char **named_exports; /* borrowed from the configuration */
    size_t named_exports_len;
};

struct wk_graph {
    struct wk_arena *arena;
    struct wk_cache cache;
    struct wk_pool *pool;
    struct wk_files files;
    struct wk_resolver resolver;
    struct wk_tsconfig tsconfig;
    const Wk__Worker *worker;
    const char *root; /* NULL: modules came with the configuration */
    const struct wk_define *defines;
    size_t defines_len;
    struct wk_module **modules;
    size_t modules_len, modules_cap;
    void *by_name; /* tree */
    size_t next;   /* the first module whose work was not started */
    size_t pending;
    Wk__Diagnostic **diagnostics;
    size_t diagnostics_len, diagnostics_cap;
    bool failed;
    uint32_t lowered; /* not found in the cache */
    size_t bytes;
};

/* Adds a module that came with the configuration. */
void wk_graph_add_given(struct wk_graph *graph, const Wk__Module *module);
void wk_graph_add_script(struct wk_graph *graph, const char *name, const char *source);
/* Adds the file at path; the module that it is, known already or new. NULL: too many modules. */
struct wk_module *wk_graph_add_file(struct wk_graph *graph, const char *path);

/* Works until every module is done. */
void wk_graph_run(struct wk_graph *graph);
/* Lowers the main module again, as a classic script. */
void wk_graph_main_is_script(struct wk_graph *graph);
void wk_graph_diagnose(struct wk_graph *graph, bool error, const char *file, uint32_t line, uint32_t column,
                       const char *source_line, const char *text);
void wk_graph_fini(struct wk_graph *graph);
#endif
