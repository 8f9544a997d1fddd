#include "services/disk/resolve.h"

#include <string.h>

/* For a path with that ending: the file is the path with file_less cut off its end and file_plus put there.
 * If it is what dest (made likewise) would serve, dest is redirected to; without dest it is served. */
struct rule {
    const char *when; /* the end of the path; "=..." the whole of it; "" any */
    const char *file_less, *file_plus;
    const char *dest_less, *dest_plus; /* NULL: serve */
};

static const struct rule auto_slash[] = {
    {"/index", "", "", NULL, NULL},
    {"/index", "", ".html", "index", ""},
    {"/index", "/index", ".html", "/index", ""},
    {"/index.html", "", "", "index.html", ""},
    {"/index.html", "/index.html", ".html", "/index.html", ""},
    {"/", "", "index.html", NULL, NULL},
    {"/", "/", ".html", "/", ""},
    {".html", "", "", ".html", ""},
    {".html", ".html", "/index.html", ".html", "/"},
    {"", "", "", NULL, NULL},
    {"", "", ".html", NULL, NULL},
    {"", "", "/index.html", "", "/"},
    {NULL, NULL, NULL, NULL, NULL},
};

static const struct rule force_slash[] = {
    {"/index", "", "", NULL, NULL},
    {"/index", "", ".html", "index", ""},
    {"/index", "/index", ".html", "index", ""},
    {"/index.html", "", "", "index.html", ""},
    {"/index.html", "/index.html", ".html", "index.html", ""},
    {"/", "", "index.html", NULL, NULL},
    {"/", "/", ".html", NULL, NULL},
    {".html", "", "", ".html", "/"},
    {".html", "", "", NULL, NULL},
    {".html", ".html", "/index.html", ".html", "/"},
    {"", "", "", NULL, NULL},
    {"", "", ".html", "", "/"},
    {"", "", "/index.html", "", "/"},
    {NULL, NULL, NULL, NULL, NULL},
};

static const struct rule drop_slash[] = {
    {"=/index", "", "", NULL, NULL},
    {"=/index", "", ".html", "index", ""},
    {"/index", "", "", NULL, NULL},
    {"/index", "/index", ".html", "/index", ""},
    {"/index", "", ".html", "/index", ""},
    {"=/index.html", "", "", "index.html", ""},
    {"/index.html", "", "", "/index.html", ""},
    {"/index.html", "", "", NULL, NULL},
    {"/index.html", "/index.html", ".html", "/index.html", ""},
    {"=/", "", "index.html", NULL, NULL},
    {"/", "/", ".html", "/", ""},
    {"/", "/", "/index.html", "/", ""},
    {".html", "", "", ".html", ""},
    {".html", ".html", "/index.html", ".html", ""},
    {"", "", "", NULL, NULL},
    {"", "", ".html", NULL, NULL},
    {"", "", "/index.html", NULL, NULL},
    {NULL, NULL, NULL, NULL, NULL},
};

static const struct rule none[] = {
    {"", "", "", NULL, NULL},
    {NULL, NULL, NULL, NULL, NULL},
};

static const struct rule *
rules_of(const struct wk_resolver *r)
{
    switch (r->html_handling[0]) {
    case 'f':
        return force_slash;
    case 'd':
        return drop_slash;
    case 'n':
        return none;
    default:
        return auto_slash;
    }
}

static bool
ends_with(const char *path, const char *end)
{
    size_t len = strlen(path), end_len = strlen(end);

    return len >= end_len && strcmp(path + len - end_len, end) == 0;
}

static bool
applies(const struct rule *rule, const char *path)
{
    return rule->when[0] == '=' ? strcmp(path, rule->when + 1) == 0 : ends_with(path, rule->when);
}

/* path with less cut off its end and plus put there. */
static const char *
replaced(const struct wk_resolver *r, const char *path, const char *less, const char *plus)
{
    size_t kept = strlen(path) - strlen(less), more = strlen(plus);
    char *out = wk_arena_alloc(r->arena, kept + more + 1);

    memcpy(out, path, kept);
    memcpy(out + kept, plus, more + 1);
    return out;
}

static struct wk_intent
not_found(const struct wk_resolver *r, const char *path)
{
    struct wk_intent intent = {WK_INTENT_NONE, 0, NULL};

    if (r->not_found_handling[0] == 's' && r->exists(r->arg, "/index.html"))
        intent = (struct wk_intent){WK_INTENT_FILE, 200, "/index.html"};
    if (r->not_found_handling[0] != '4')
        return intent;
    for (const char *slash = strrchr(path, '/'); slash != NULL;) {
        const char *dir = wk_arena_strndup(r->arena, path, (size_t)(slash - path));
        const char *page = replaced(r, dir, "", "/404.html");

        if (r->exists(r->arg, page))
            return (struct wk_intent){WK_INTENT_FILE, 404, page};
        path = dir;
        slash = strrchr(path, '/');
    }
    return intent;
}

/* deep: asked what the target of a redirect would serve; no further redirects then. */
static struct wk_intent
resolve(const struct wk_resolver *r, const char *path, bool deep)
{
    const char *group = NULL; /* the first ending that applies is the only one beside "" */

    for (const struct rule *rule = rules_of(r); rule->when != NULL; rule++) {
        const char *file, *dest;
        struct wk_intent there;

        if (rule->when[0] != '\0' && group == NULL && applies(rule, path))
            group = rule->when;
        if (rule->when[0] != '\0' && (group == NULL || strcmp(rule->when, group) != 0))
            continue;
        file = replaced(r, path, rule->file_less, rule->file_plus);
        if (rule->dest_less == NULL) {
            if (r->exists(r->arg, file))
                return (struct wk_intent){WK_INTENT_FILE, 200, file};
            continue;
        }
        dest = replaced(r, path, rule->dest_less, rule->dest_plus);
        if (deep || !r->exists(r->arg, file) || r->exists(r->arg, dest))
            continue;
        there = resolve(r, dest, true);
        if (there.kind == WK_INTENT_FILE && strcmp(there.path, file) == 0)
            return (struct wk_intent){WK_INTENT_REDIRECT, 0, dest};
    }
    return not_found(r, path);
}

struct wk_intent
wk_resolve(const struct wk_resolver *r, const char *path)
{
    return resolve(r, path, false);
}

bool
wk_route_matches(const char *route, const char *path, size_t bytes)
{
    const char *star = NULL, *end = path + bytes, *retry = path;

    while (path < end) {
        if (*route == '*') {
            star = ++route;
            retry = path;
        } else if (*route != '\0' && *route == *path) {
            route++;
            path++;
        } else if (star != NULL) {
            route = star;
            path = ++retry;
        } else {
            return false;
        }
    }
    while (*route == '*')
        route++;
    return *route == '\0';
}
