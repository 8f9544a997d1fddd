/* services/compiler/package.h - package.json: entry points, exports and imports.
 *
 * Read once a compilation; a malformed file counts as an empty object and its error is kept.
 * Thread: its owner's. Lifetime: wk_packages_fini ends every struct wk_package. */
#ifndef WK_COMPILER_PACKAGE_H
#define WK_COMPILER_PACKAGE_H
#include "services/compiler/files.h"
#include "services/compiler/json.h"

struct wk_package {
    const char *dir; /* absolute */
    json_t *json;    /* an object */
    struct wk_package *next;
};

struct wk_packages {
    struct wk_files *files; /* borrowed */
    struct wk_arena *arena; /* borrowed */
    struct wk_package *list;
};

void wk_packages_fini(struct wk_packages *packages);
/* The package.json in dir; NULL: there is none. */
struct wk_package *wk_package_in(struct wk_packages *packages, const char *dir);
/* The nearest one at or above dir, not past a node_modules; NULL: none. */
struct wk_package *wk_package_around(struct wk_packages *packages, const char *dir);

/* Conditions are tried in the order the package writes them; these are true. */
extern const char *const wk_package_conditions[]; /* besides "import" or "require"; NULL ends */

/* What map (the "exports" or "imports" value) says of key ("." or "./x" or "#x"): a path relative to the
 * package ("./dist/x.js"), or for imports any specifier. NULL: nothing. In the arena. */
const char *wk_package_map(struct wk_arena *arena, const json_t *map, const char *key, bool is_require);
/* What the "browser" object makes of file ("./x.js") or a bare specifier: another one, "" for an empty
 * module, NULL for no change. */
const char *wk_package_browser(const struct wk_package *package, const char *file);
#endif
