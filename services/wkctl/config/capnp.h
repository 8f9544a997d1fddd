/* services/wkctl/config/capnp.h - reads the peer's configuration files in Cap'n Proto text.
 *
 * The subset that such files use: constants, using, import, embed, literals. Values are checked
 * against the peer's schema while they are read, so that the tree that comes out has only known
 * fields of the right kind; fields that are not offered here were reported. Unset fields are
 * absent; an enum is a string; Void is null. */
#ifndef WK_CONFIG_CAPNP_H
#define WK_CONFIG_CAPNP_H
#include "services/wkctl/config/doc.h"

struct wk_capnp_opts {
    const char *const_name;          /* NULL: the only Config constant of the file */
    const char *const *import_paths; /* where import "/..." and embed "/..." are looked for */
    size_t import_path_count;
};

/* Called for every file that was read: path lives in the arena. */
typedef void wk_capnp_seen_fn(void *arg, const char *path);

/* Reads path. NULL after adding at least one error; errors in values may also be added while a
 * tree is returned, so look at diags->errors. */
struct wk_doc *wk_capnp_load(struct wk_arena *arena, const char *path,
                             const struct wk_capnp_opts *opts, wk_capnp_seen_fn *seen,
                             void *arg, struct wk_diag_list *diags);
/* The same from a text in memory, path naming it: for tests and fuzzing. */
struct wk_doc *wk_capnp_parse(struct wk_arena *arena, const char *path, const char *text,
                              size_t bytes, const struct wk_capnp_opts *opts,
                              wk_capnp_seen_fn *seen, void *arg, struct wk_diag_list *diags);
#endif
