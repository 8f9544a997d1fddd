/* services/disk/rules.h - the _headers and _redirects of a website, as Wrangler documents them.
 *
 * _redirects: "SOURCE DESTINATION [STATUS]" a line. _headers: a path, then its headers, "Name:
 * value", or
 * "! Name" to take one away; several paths may apply. In a path '*' stands for anything
 * (:splat) and ":name" for a piece of a segment; both may be used in destinations and values.
 * Lines that are no rule are left out and counted.
 *
 * Thread: any; a parsed set does not change. Lifetime: parse/free. */
#ifndef WK_DISK_RULES_H
#define WK_DISK_RULES_H
#include "kernel/base/arena.h"

#define WK_REDIRECTS_STATIC_MAX 2000
#define WK_REDIRECTS_DYNAMIC_MAX 100
#define WK_HEADER_RULES_MAX 100

struct wk_rules;

/* Text of each file; NULL: there is none. html_handling: paths lose their ".html", so that
 * rules which lead back there would never end. */
struct wk_rules *wk_rules_parse(const char *headers, const char *redirects, bool html_handling);
void wk_rules_free(struct wk_rules *rules);
/* Lines that were left out. */
size_t wk_rules_ignored(const struct wk_rules *rules);

struct wk_rules_target {
    unsigned status; /* 301, 302, 303, 307, 308; 200: to is a path, served in the place of this
                        one */
    const char *to;  /* lives as long as the arena */
};
/* The redirect for a path, if there is one. query begins with '?' or is empty. */
bool wk_rules_redirect(const struct wk_rules *rules, struct wk_arena *arena, const char *path,
                       const char *query, struct wk_rules_target *out);

/* Sees each header that the rules for host and path set, in their order; value NULL: it is
 * taken away. */
typedef void wk_rules_header_fn(void *arg, const char *name, const char *value);
void wk_rules_headers(const struct wk_rules *rules, struct wk_arena *arena, const char *host,
                      const char *path, wk_rules_header_fn *fn, void *arg);
#endif
