/* services/wkctl/facet_path.h - a facet as a person names it: "carts/today", names from the
 * object's facet down. A slash in a name is %2F, a NUL %00, a percent sign %25; one that stands
 * before anything else is itself.
 *
 * In messages, and so here, names have %25 and %00 but a plain slash. Thread: any. */
#ifndef WK_WKCTL_FACET_PATH_H
#define WK_WKCTL_FACET_PATH_H
#include "kernel/base/buf.h"

#define WK_FACET_DEPTH_MAX 3u
#define WK_FACET_NAME_BYTES_MAX 1024u

struct wk_facet_path {
    char *names[WK_FACET_DEPTH_MAX];
    size_t count;
};

/* False: it is deeper than a facet can be, or a name is too long. To be freed either way. */
bool wk_facet_path_read(const char *text, struct wk_facet_path *out);
void wk_facet_path_fini(struct wk_facet_path *path);
/* Adds it as a person writes it. */
void wk_facet_path_text(char *const *names, size_t count, struct wk_buf *out);
/* Adds a name as the worker says it, as messages have it. */
void wk_facet_name_add(struct wk_buf *out, const char *name, size_t bytes);
#endif
