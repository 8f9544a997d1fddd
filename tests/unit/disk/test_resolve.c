/* Which file a path means: the tables of Wrangler's documentation for /file.html and /folder/index.html. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>
#include "services/disk/mime.h"
#include "services/disk/resolve.h"

static const char *const files[] = {"/index.html", "/file.html", "/folder/index.html", "/bin", "/both.html",
                                    "/both/index.html", "/404.html", "/folder/404.html", NULL};

static bool
exists(void *arg, const char *path)
{
    for (size_t i = 0; files[i] != NULL; i++)
        if (strcmp(files[i], path) == 0)
            return true;
    return false;
}

/* "200 /file.html", "-> /file", "-" */
static const char *
resolved(const char *html, const char *not_found, const char *path)
{
    static char out[256];
    struct wk_arena arena = {0};
    struct wk_resolver r = {html, not_found, exists, NULL, &arena};
    struct wk_intent intent = wk_resolve(&r, path);

    if (intent.kind == WK_INTENT_NONE)
        strcpy(out, "-");
    else if (intent.kind == WK_INTENT_REDIRECT)
        snprintf(out, sizeof(out), "-> %s", intent.path);
    else
        snprintf(out, sizeof(out), "%u %s", intent.status, intent.path);
    wk_arena_fini(&arena);
    return out;
}

Test(resolve, html_handling_is_as_documented)
{
    static const struct {
        const char *path, *automatic, *force, *drop, *none;
    } rows[] = {
        {"/file", "200 /file.html", "-> /file/", "200 /file.html", "-"},
        {"/file.html", "-> /file", "-> /file/", "-> /file", "200 /file.html"},
        {"/file/", "-> /file", "200 /file.html", "-> /file", "-"},
        {"/file/index", "-> /file", "-> /file/", "-> /file", "-"},
        {"/file/index.html", "-> /file", "-> /file/", "-> /file", "-"},
        {"/folder", "-> /folder/", "-> /folder/", "200 /folder/index.html", "-"},
        {"/folder.html", "-> /folder/", "-> /folder/", "-> /folder", "-"},
        {"/folder/", "200 /folder/index.html", "200 /folder/index.html", "-> /folder", "-"},
        {"/folder/index", "-> /folder/", "-> /folder/", "-> /folder", "-"},
        {"/folder/index.html", "-> /folder/", "-> /folder/", "-> /folder", "200 /folder/index.html"},
        {"/", "200 /index.html", "200 /index.html", "200 /index.html", "-"},
        {"/index.html", "-> /", "-> /", "-> /", "200 /index.html"},
        {"/index", "-> /", "-> /", "-> /", "-"},
        {"/bin", "200 /bin", "200 /bin", "200 /bin", "200 /bin"},
        {"/both", "200 /both.html", "-> /both/", "200 /both.html", "-"},
        {"/both/", "200 /both/index.html", "200 /both/index.html", "-> /both", "-"},
        {"/nothing", "-", "-", "-", "-"},
        {"/nothing/", "-", "-", "-", "-"},
    };

    for (size_t i = 0; i < WK_COUNT(rows); i++) {
        cr_expect_str_eq(resolved("auto-trailing-slash", "none", rows[i].path), rows[i].automatic, "auto %s: %s",
                         rows[i].path, resolved("auto-trailing-slash", "none", rows[i].path));
        cr_expect_str_eq(resolved("force-trailing-slash", "none", rows[i].path), rows[i].force, "force %s: %s",
                         rows[i].path, resolved("force-trailing-slash", "none", rows[i].path));
        cr_expect_str_eq(resolved("drop-trailing-slash", "none", rows[i].path), rows[i].drop, "drop %s: %s",
                         rows[i].path, resolved("drop-trailing-slash", "none", rows[i].path));
        cr_expect_str_eq(resolved("none", "none", rows[i].path), rows[i].none, "none %s", rows[i].path);
    }
}

Test(resolve, what_is_missing_is_handled)
{
    cr_expect_str_eq(resolved("auto-trailing-slash", "single-page-application", "/x/y"), "200 /index.html");
    cr_expect_str_eq(resolved("auto-trailing-slash", "404-page", "/folder/x"), "404 /folder/404.html");
    cr_expect_str_eq(resolved("auto-trailing-slash", "404-page", "/other/x"), "404 /404.html");
    cr_expect_str_eq(resolved("none", "404-page", "/"), "404 /404.html");
}

Test(resolve, a_star_in_a_route_stands_for_anything)
{
    cr_expect(wk_route_matches("/api/*", "/api/a/b", 8));
    cr_expect(wk_route_matches("/api/*", "/api/", 5));
    cr_expect(wk_route_matches("/*/x/*", "/a/b/x/", 7));
    cr_expect_not(wk_route_matches("/api/*", "/api", 4));
    cr_expect_not(wk_route_matches("/api", "/api/x", 6));
    cr_expect_not(wk_route_matches("/a*b", "/axc", 4));
}

Test(mime, the_table_is_sorted_and_text_has_a_charset)
{
    cr_expect_str_eq(wk_mime_type("/a/b.HTML"), "text/html; charset=utf-8");
    cr_expect_str_eq(wk_mime_type("app.js"), "text/javascript; charset=utf-8");
    cr_expect_str_eq(wk_mime_type("x.3gp"), "video/3gpp");
    cr_expect_str_eq(wk_mime_type("x.zst"), "application/zstd");
    cr_expect_str_eq(wk_mime_type("x.woff2"), "font/woff2");
    cr_expect_null(wk_mime_type("a.b/none"));
    cr_expect_null(wk_mime_type("x.unknown"));
}
