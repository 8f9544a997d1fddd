/* The assets of a website: which file, which headers, and when the worker is asked instead. */
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include "services/disk/disk.h"
#include "services/disk/mime.h"
#include "services/disk/resolve.h"
#include "services/disk/rules.h"

/* Files that say how the others are served, and those that are secrets by custom: never assets.
 */
static bool
is_private(const char *path)
{
    static const char *const at_root[] = {"/_headers", "/_redirects", "/.assetsignore",
                                          "/_worker.js"};
    static const char *const anywhere[] = {"/.dev.vars", "/.env", "/.git", "/.wrangler"};

    for (size_t i = 0; i < WK_COUNT(at_root); i++)
        if (strcmp(path, at_root[i]) == 0)
            return true;
    for (size_t i = 0; i < WK_COUNT(anywhere); i++) {
        const char *at = strstr(path, anywhere[i]);
        char after = at != NULL ? at[strlen(anywhere[i])] : 'x';

        if (after == '\0' || after == '/' || after == '.')
            return true;
    }
    return false;
}

/* Has it a segment that is empty, "." or ".."? Decoding may have made one. */
static bool
is_crooked(const char *path)
{
    for (const char *p = path; *p == '/';) {
        size_t len = strcspn(++p, "/");

        if (len == 0 || (len == 1 && p[0] == '.') || (len == 2 && p[0] == '.' && p[1] == '.'))
            return true;
        p += len;
    }
    return false;
}

static bool
asset_exists(void *arg, const char *path)
{
    const struct wk_request *r = arg;

    return path[0] == '/' && strlen(path) < WK_PATH_BYTES_MAX && !is_crooked(path) &&
           !is_private(path) && wk_tree_is_file(r->disk->root, path + 1);
}

/* The path of url without "." and "..": what an URL parser makes of it. */
static void
normalized_path(const char *url, struct wk_buf *out)
{
    size_t bytes;
    const char *p = wk_url_path(url, &bytes), *end = p + bytes;

    wk_buf_add(out, "", 0);
    while (p < end) {
        const char *name = ++p;
        struct wk_buf plain = {0};
        size_t len = strcspn(p, "/?#");
        bool dots, up;

        wk_buf_add(&plain, "", 0);
        wk_percent_decode(name, len, &plain);
        up = strcmp(plain.data, "..") == 0;
        dots = up || strcmp(plain.data, ".") == 0;
        wk_buf_fini(&plain);
        p += len;
        if (up)
            while (out->len > 0 && out->data[--out->len] != '/')
                ;
        if (!dots || p >= end)
            wk_buf_add_char(out, '/');
        if (!dots)
            wk_buf_add(out, name, len);
    }
    if (out->len == 0)
        wk_buf_add_char(out, '/');
    out->data[out->len] = '\0';
}

/* Each segment decoded if it can be; runs of slashes become one. */
static void
decoded_path(const char *path, struct wk_buf *out)
{
    struct wk_buf all = {0};

    while (*path == '/') {
        size_t len = strcspn(++path, "/");

        wk_buf_add_char(&all, '/');
        if (!wk_percent_decode(path, len, &all))
            wk_buf_add(&all, path, len);
        path += len;
    }
    for (size_t i = 0; i < all.len && all.data[i] != '\0'; i++)
        if (all.data[i] != '/' || out->len == 0 || out->data[out->len - 1] != '/')
            wk_buf_add_char(out, all.data[i]);
    wk_buf_fini(&all);
}

static void
encoded_path(const char *path, struct wk_buf *out)
{
    while (*path == '/') {
        size_t len = strcspn(++path, "/");

        wk_buf_add_char(out, '/');
        wk_percent_encode(path, len, out);
        path += len;
    }
}

static const char *
not_found_handling(struct wk_request *r)
{
    const Wk__Disk *config = r->disk->config;
    const char *mode;

    if (!r->behind_worker || config->n_worker_first_routes > 0)
        return config->not_found_handling;
    mode = config->navigation_prefers_assets ? wk_request_header(r, "sec-fetch-mode") : NULL;
    return mode != NULL && strcmp(mode, "navigate") == 0 ? config->not_found_handling : "none";
}

/* Do the rules send the path elsewhere? A path that is only served from another one takes its
 * place. */
static bool
is_moved(struct wk_request *r, struct wk_buf *raw)
{
    struct wk_rules_target target;

    if (!wk_site_rules_redirect(r, raw->data, &target))
        return false;
    if (target.status == 200) {
        raw->len = 0;
        normalized_path(target.to, raw);
        return false;
    }
    r->location = target.to;
    r->moved = target.status;
    return true;
}

/* Finds what answers; opens it. r->file NULL: nothing; r->location: a redirect. */
static void
look_work(struct wk_request *r)
{
    struct wk_resolver resolver = {r->disk->config->html_handling, not_found_handling(r),
                                   asset_exists, r, &r->arena};
    struct wk_buf raw = {0}, path = {0}, canonical = {0};
    struct wk_intent intent;
    const char *query;
    size_t query_bytes;

    wk_site_rules_take(r);
    normalized_path(r->head->url, &raw);
    if (is_moved(r, &raw))
        goto out;
    decoded_path(raw.data, &path);
    intent = wk_resolve(&resolver, path.data);
    if (intent.kind == WK_INTENT_NONE)
        goto out;
    r->file = intent.path;
    encoded_path(intent.kind == WK_INTENT_REDIRECT ? intent.path : path.data, &canonical);
    if (intent.kind == WK_INTENT_REDIRECT || strcmp(canonical.data, raw.data) != 0) {
        query = wk_url_query(r->head->url, &query_bytes);
        wk_buf_add(&canonical, query, query_bytes);
        r->location = wk_arena_strndup(&r->arena, canonical.data, canonical.len);
        r->moved = 307;
    } else if (strcmp(r->head->method, "GET") == 0 || r->is_head) {
        r->whole = intent.status != 200;
        r->type = wk_mime_type(intent.path);
        wk_get_open_work(r, intent.path + 1, false);
        if (intent.status != 200)
            r->status = intent.status;
    }
out:
    wk_buf_fini(&raw);
    wk_buf_fini(&path);
    wk_buf_fini(&canonical);
}

/* Is etag among those that the client has? */
static bool
has_current(struct wk_request *r, const char *etag)
{
    const char *list = wk_request_header(r, "if-none-match"), *at;

    if (list == NULL || r->status == 404)
        return false;
    at = strstr(list, etag);
    return strcmp(list, "*") == 0 ||
           (at != NULL && (at == list || strchr(" ,/", at[-1]) != NULL));
}

static void
file_answer(struct wk_request *r)
{
    struct wk_reply reply = {0};
    char scratch[128], etag[64];

    snprintf(etag, sizeof(etag), "\"%llx-%llx\"",
             (unsigned long long)r->st.st_mtim.tv_sec * 1000000000u +
                 (unsigned long long)r->st.st_mtim.tv_nsec,
             (unsigned long long)r->st.st_size);
    wk_get_file_reply(r, &reply, r->type, scratch);
    if (r->status == 416) {
        wk_request_refuse(r, &reply, 416);
        return;
    }
    wk_reply_header(&reply, "ETag", etag);
    if (wk_request_header(r, "authorization") == NULL && wk_request_header(r, "range") == NULL)
        wk_reply_header(&reply, "Cache-Control", "public, max-age=0, must-revalidate");
    wk_site_rules_headers(r, &reply);
    if (has_current(r, etag)) {
        reply.status = 304;
        wk_request_answer(r, &reply, NULL, 0);
    } else {
        wk_request_stream(r, &reply);
    }
}

static void
looked(struct wk_request *r)
{
    struct wk_reply reply = {0};

    if (r->file == NULL && r->location == NULL && r->behind_worker) {
        wk_forward_begin(r);
        return;
    }
    if (r->file != NULL && strcmp(r->head->method, "GET") != 0 && !r->is_head)
        reply.status = 405;
    else if (r->location != NULL)
        reply.status = r->moved;
    else if (r->file == NULL)
        reply.status = 404;
    if (reply.status == r->moved && r->location != NULL)
        wk_reply_header(&reply, "Location", r->location);
    if (reply.status != 0) {
        wk_site_rules_headers(r, &reply);
        wk_request_answer(r, &reply, NULL, 0);
    } else if (r->err != 0) {
        wk_request_failed(r, r->err);
    } else {
        file_answer(r);
    }
}

/* Do the routes send the request to the worker first? *assets: they send it to the assets
 * alone. */
static bool
goes_to_worker(const struct wk_request *r, bool *assets)
{
    const Wk__Disk *config = r->disk->config;
    size_t bytes;
    const char *path = wk_url_path(r->head->url, &bytes);
    bool worker = false;

    *assets = false;
    for (size_t i = 0; i < config->n_worker_first_routes; i++) {
        const char *route = config->worker_first_routes[i];

        if (route[0] == '!')
            *assets |= wk_route_matches(route + 1, path, bytes);
        else
            worker |= wk_route_matches(route, path, bytes);
    }
    return worker && !*assets;
}

void
wk_site_begin(struct wk_request *r)
{
    bool assets;

    if (r->behind_worker && goes_to_worker(r, &assets)) {
        wk_forward_begin(r);
        return;
    }
    if (r->behind_worker)
        r->behind_worker = !assets;
    wk_request_run(r, look_work, looked);
}
