/* _headers and _redirects, as Wrangler documents them. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>
#include "kernel/base/buf.h"
#include "services/disk/rules.h"

/* "302 /to" or "-" */
static const char *
redirected(const char *text, const char *path, const char *query)
{
    static char out[512];
    struct wk_rules *rules = wk_rules_parse(NULL, text, true);
    struct wk_arena arena = {0};
    struct wk_rules_target target;

    strcpy(out, "-");
    if (wk_rules_redirect(rules, &arena, path, query, &target))
        snprintf(out, sizeof(out), "%u %s", target.status, target.to);
    wk_arena_fini(&arena);
    wk_rules_free(rules);
    return out;
}

static size_t
ignored(const char *headers, const char *redirects)
{
    struct wk_rules *rules = wk_rules_parse(headers, redirects, true);
    size_t n = wk_rules_ignored(rules);

    wk_rules_free(rules);
    return n;
}

static void
collect(void *arg, const char *name, const char *value)
{
    wk_buf_addf(arg, "%s%s%s\n", name, value != NULL ? "=" : " gone",
                value != NULL ? value : "");
}

static void
expect_headers(const char *text, const char *host, const char *path, const char *want)
{
    struct wk_rules *rules = wk_rules_parse(text, NULL, true);
    struct wk_arena arena = {0};
    struct wk_buf got = {0};

    wk_buf_add(&got, "", 0);
    wk_rules_headers(rules, &arena, host, path, collect, &got);
    cr_expect_str_eq(got.data, want, "%s: %s", path, got.data);
    wk_buf_fini(&got);
    wk_arena_fini(&arena);
    wk_rules_free(rules);
}

Test(rules, a_redirect_has_a_status_and_302_without_one)
{
    const char *text = "# comment\n/home /\n\n/old  /new 301\r\n/out https://x.example/a#b "
                       "308\n/in /page 200\n";

    cr_expect_str_eq(redirected(text, "/home", ""), "302 /");
    cr_expect_str_eq(redirected(text, "/old", ""), "301 /new");
    cr_expect_str_eq(redirected(text, "/out", ""), "308 https://x.example/a#b");
    cr_expect_str_eq(redirected(text, "/in", "?q"), "200 /page");
    cr_expect_str_eq(redirected(text, "/old/", ""), "-");
    cr_expect_str_eq(redirected(text, "/new", ""), "-");
}

Test(rules, the_query_is_kept_unless_the_destination_has_one)
{
    cr_expect_str_eq(redirected("/a /b", "/a", "?x=1"), "302 /b?x=1");
    cr_expect_str_eq(redirected("/a /b?y#f", "/a", "?x=1"), "302 /b?y#f");
    cr_expect_str_eq(redirected("/a /b#f", "/a", "?x=1"), "302 /b?x=1#f");
}

Test(rules, stars_and_names_stand_for_pieces)
{
    const char *text =
        "/blog/* https://blog.example/:splat\n/m/:id/:name /x/:name?id=:id\n/p:a-z /:a\n";

    cr_expect_str_eq(redirected(text, "/blog/", ""), "302 https://blog.example/");
    cr_expect_str_eq(redirected(text, "/blog/a/b", ""), "302 https://blog.example/a/b");
    cr_expect_str_eq(redirected(text, "/m/5/joe", ""), "302 /x/joe?id=5");
    cr_expect_str_eq(redirected(text, "/m/5/joe/x", ""), "-");
    cr_expect_str_eq(redirected(text, "/m//joe", ""), "-");
    cr_expect_str_eq(redirected(text, "/pabc-z", ""), "302 /abc");
}

Test(rules, the_exact_path_goes_before_patterns_and_the_first_line_before_the_next)
{
    const char *text = "/a/* /wild\n/a/b /exact\n/a/b /later\n/a/:x /named\n";

    cr_expect_str_eq(redirected(text, "/a/b", ""), "302 /exact");
    cr_expect_str_eq(redirected(text, "/a/c", ""), "302 /wild");
    cr_expect_eq(ignored(NULL, text), 1);
}

Test(rules, lines_that_are_no_redirect_are_left_out)
{
    cr_expect_eq(ignored(NULL, "/a\n"), 1);
    cr_expect_eq(ignored(NULL, "/a /b 404\n/a /b x\n/a /b 302 more\n"), 3);
    cr_expect_eq(ignored(NULL, "a /b\nhttps://h/a /b\n/a b\n/a ftp://x\n"), 4);
    cr_expect_eq(ignored(NULL, "/a https://x.example 200\n/a //x.example 200\n"), 2);
    cr_expect_eq(ignored(NULL, "/a/*/b/* /c\n/:a/:a /c\n"), 2);
    cr_expect_eq(ignored(NULL, "/* /index.html 200\n/ /index\n/a /a\n"), 3);
    cr_expect_str_eq(redirected("/* /index.html 200", "/x", ""), "-");
}

Test(rules, there_are_so_many_redirects_and_no_more)
{
    struct wk_buf text = {0};

    for (int i = 0; i < WK_REDIRECTS_STATIC_MAX + 5; i++)
        wk_buf_addf(&text, "/s%d /t\n", i);
    for (int i = 0; i < WK_REDIRECTS_DYNAMIC_MAX + 3; i++)
        wk_buf_addf(&text, "/d%d/* /t\n", i);
    cr_expect_eq(ignored(NULL, text.data), 8);
    wk_buf_fini(&text);
}

Test(rules, headers_of_every_path_that_applies)
{
    const char *text =
        "# comment\n/*\n  X-All: 1\n  Set-Cookie: a=b\n/a/:name\n  X-Name: is :name\n  ! ETag\n"
        "https://site.example/*\n  X-Host: yes\nhttps://:any.example/b\n  X-Any: :any\n";

    expect_headers(text, "h", "/b", "X-All=1\nSet-Cookie=a=b\n");
    expect_headers(text, "h", "/a/joe", "X-All=1\nSet-Cookie=a=b\nETag gone\nX-Name=is joe\n");
    expect_headers(text, "site.example", "/b",
                   "X-All=1\nSet-Cookie=a=b\nX-Host=yes\nX-Any=site\n");
}

Test(rules, lines_that_are_no_header_are_left_out)
{
    cr_expect_eq(
        ignored("X: before any path\n/a\nno colon\nBad Name: x\nEmpty:\n! bad name\nGood: x\n",
                NULL),
        5);
    expect_headers("/a\nX-A: \x01\nX-B : b\n", "h", "/a", "X-B=b\n");
}

Test(rules, a_path_full_of_placeholders_ends)
{
    struct wk_buf path = {0};

    for (int i = 0; i < 3000; i++)
        wk_buf_add_char(&path, i == 0 ? '/' : 'a');
    cr_expect_str_eq(redirected("/:a:b:c:d:e:f:g! /x", path.data, ""), "-");
    wk_buf_fini(&path);
}
