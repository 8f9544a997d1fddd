#include <criterion/criterion.h>
#include <string.h>
#include "services/front/conn.h"

Test(errors, escape_what_html_would_read)
{
    struct wk_buf buf = {0};

    wk_html_escape(&buf, "a<b>&\"'c", 8);
    cr_expect_str_eq(buf.data, "a&lt;b&gt;&amp;&quot;&#39;c");
    wk_buf_fini(&buf);
}

Test(errors, name_every_status)
{
    cr_expect_str_eq(wk_status_text(200), "OK");
    cr_expect_str_eq(wk_status_text(299), "Successful");
    cr_expect_str_eq(wk_status_text(599), "Server Error");
    cr_expect_str_eq(wk_status_text(1000), "Unknown");
}

Test(errors, page_says_the_class_once)
{
    struct wk_buf buf = {0};
    Wk__Error error = WK__ERROR__INIT;

    error.name = (char *)(uintptr_t) "TypeError";
    error.message = (char *)(uintptr_t) "TypeError: x is not a function";
    wk_error_page(&buf, &error);
    cr_expect_not_null(strstr(buf.data, "<h2>TypeError: x is not a function</h2>"));
    cr_expect_null(strstr(buf.data, "<pre>"));
    wk_buf_fini(&buf);
}
