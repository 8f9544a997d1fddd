#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>
#include "runtime/binding/url.h"

/* The serialization of text against base, in a static buffer; "invalid". */
static const char *
href_of(const char *text, const char *base_text)
{
    static char out[256];
    struct wk_url url = {0}, base = {0};
    struct wk_buf href = {0};
    bool ok = base_text == NULL || wk_url_parse(&base, base_text, strlen(base_text), NULL);

    if (ok && wk_url_parse(&url, text, strlen(text), base_text != NULL ? &base : NULL))
        wk_url_href(&url, &href, NULL);
    else
        wk_buf_add_str(&href, "invalid");
    snprintf(out, sizeof(out), "%s", href.data);
    wk_buf_fini(&href);
    wk_url_fini(&url);
    wk_url_fini(&base);
    return out;
}

Test(url, serializes_what_it_parsed)
{
    cr_expect_str_eq(href_of("HTTP://EXAMPLE.com:80/a/../b?c#d", NULL),
                     "http://example.com/b?c#d");
    cr_expect_str_eq(href_of("../x", "https://a/b/c/d"), "https://a/b/x");
    cr_expect_str_eq(href_of("x", NULL), "invalid");
    cr_expect_str_eq(href_of("foo:/.//p", NULL), "foo:/.//p");
}

Test(url, a_record_is_good_for_the_next_parse)
{
    struct wk_url url = {0};
    struct wk_buf href = {0};

    cr_assert(wk_url_parse(&url, "http://u:p@h:1/p?q#f", 20, NULL));
    cr_assert_not(wk_url_parse(&url, "http://[", 8, NULL));
    cr_assert(wk_url_parse(&url, "a:b", 3, NULL));
    wk_url_href(&url, &href, NULL);
    cr_expect_str_eq(href.data, "a:b");
    wk_buf_fini(&href);
    wk_url_fini(&url);
}

Test(url, parts_point_into_the_serialization)
{
    struct wk_url url = {0};
    struct wk_buf href = {0};
    struct wk_url_parts at;

    cr_assert(wk_url_parse(&url, "https://u:p@h:81/x?y#z", 22, NULL));
    wk_url_href(&url, &href, &at);
    cr_expect_arr_eq(href.data + at.user_start, "u", 1);
    cr_expect_arr_eq(href.data + at.pass_start, "p", 1);
    cr_expect_arr_eq(href.data + at.host_start, "h", 1);
    cr_expect_arr_eq(href.data + at.path_start, "/x", 2);
    cr_expect_arr_eq(href.data + at.query_start, "y", 1);
    cr_expect_arr_eq(href.data + at.fragment_start, "z", 1);
    cr_expect_eq(at.port, 81);
    wk_buf_fini(&href);
    wk_url_fini(&url);
}
