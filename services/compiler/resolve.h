/* services/compiler/resolve.h - from an import specifier to a file, by Node's rules as bundlers know them.
 *
 * Relative specifiers with or without extension ("./x.js" finds "./x.ts"), directories, packages found
 * from the importing file upwards (links followed), "exports" and "imports" with the conditions workerd,
 * worker, browser, import or require, default; "browser", "module", "main"; a package's own name; aliases
 * and tsconfig paths. cloudflare:, node: and workerd: names are built in, left to the isolate host.
 * Thread: its owner's. Results live in the arena. */
#ifndef WK_COMPILER_RESOLVE_H
#define WK_COMPILER_RESOLVE_H
#include "services/compiler/package.h"
#include "services/compiler/tsconfig.h"

struct wk_resolver {
    struct wk_arena *arena;  /* borrowed */
    struct wk_files *files;  /* borrowed */
    struct wk_packages packages;
    const struct wk_tsconfig *tsconfig; /* borrowed */
    const struct wk_define *aliases;    /* borrowed: specifier -> specifier */
    size_t aliases_len;
    const char *root;        /* borrowed: aliases to "./x" mean this directory */
    bool node_first; /* bare "fs" is node:fs even where a package has that name */
};

struct wk_resolved {
    const char *builtin; /* "node:fs"; else NULL */
    const char *path;    /* absolute, real; "" for an empty module */
};

/* The module that `specifier` names in the file `from`. WK_ENOTFOUND. */
wk_err wk_resolve(struct wk_resolver *resolver, const char *from, const char *specifier, bool is_require,
                  struct wk_resolved *out);
/* Is it one of Node's module names ("fs", "path/posix")? */
bool wk_resolve_is_node(const char *specifier);
#endif
