/* services/disk/resolve.h - which file of a website a path means, as Wrangler's html_handling and
 * not_found_handling define it.
 *
 * Paths here are decoded and begin with a slash. Thread: any. */
#ifndef WK_DISK_RESOLVE_H
#define WK_DISK_RESOLVE_H
#include "kernel/base/arena.h"

struct wk_resolver {
    const char *html_handling;      /* "auto-trailing-slash", "force-...", "drop-...", "none" */
    const char *not_found_handling; /* "none", "404-page", "single-page-application" */
    bool (*exists)(void *arg, const char *path); /* is it a file? */
    void *arg;
    struct wk_arena *arena; /* of the results */
};

enum wk_intent_kind { WK_INTENT_NONE, WK_INTENT_FILE, WK_INTENT_REDIRECT };
struct wk_intent {
    enum wk_intent_kind kind;
    unsigned status;  /* of a FILE: 200 or 404 */
    const char *path; /* the file, or where to redirect to */
};

struct wk_intent wk_resolve(const struct wk_resolver *resolver, const char *path);
/* Does path match the route, in which '*' stands for anything? */
bool wk_route_matches(const char *route, const char *path, size_t path_bytes);
#endif
