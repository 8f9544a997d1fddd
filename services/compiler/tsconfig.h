/* services/compiler/tsconfig.h - the parts of a tsconfig.json that change what code means.
 *
 * "extends" is followed. Thread: its owner's. Everything is in the arena. */
#ifndef WK_COMPILER_TSCONFIG_H
#define WK_COMPILER_TSCONFIG_H
#include "services/compiler/files.h"
#include "services/compiler/record.h"

struct wk_ts_path {
    const char *pattern; /* with at most one * */
    const char **targets; /* absolute, with at most one *; NULL ends */
};

struct wk_tsconfig {
    struct wk_lower_opts lower;
    const char *base_url; /* absolute; NULL: none */
    struct wk_ts_path *paths;
    size_t paths_len;
};

/* Reads path into out; no file: the defaults. WK_EINVAL: malformed, with *error in the arena. */
wk_err wk_tsconfig_read(struct wk_files *files, struct wk_arena *arena, const char *path, struct wk_tsconfig *out,
                        const char **error);
#endif
