#include "services/front/parse.h"

#include <criterion/criterion.h>
#include <string.h>
#include "kernel/base/buf.h"

static struct wk_head head;

static void
collect(void *arg, const char *data, size_t bytes)
{
    wk_buf_add(arg, data, bytes);
}

static enum wk_parse
parse(struct wk_parser *p, const char *text, size_t *used)
{
    wk_parser_init(p, 1000);
    return wk_parser_head(p, text, strlen(text), &head, used);
}

static void
expect_slice(struct wk_slice s, const char *text)
{
    cr_expect(s.len == strlen(text) && memcmp(s.at, text, s.len) == 0, "\"%.*s\" is not \"%s\"",
              (int)s.len, s.at, text);
}

Test(parse, gives_the_parts_of_a_head)
{
    struct wk_parser p;
    size_t used;
    const char *text = "GET /a?b HTTP/1.1\r\nHost: h:1\r\nX-Y:  v w \t\r\nEmpty:\r\nAccept: a, "
                       "text/html\r\n\r\nNEXT";

    cr_assert_eq(parse(&p, text, &used), WK_PARSE_DONE);
    cr_expect_str_eq(text + used, "NEXT");
    expect_slice(head.method, "GET");
    expect_slice(head.target, "/a?b");
    expect_slice(head.host, "h:1");
    cr_expect_eq(head.count, 4);
    expect_slice(head.headers[1].name, "X-Y");
    expect_slice(head.headers[1].value, "v w");
    expect_slice(head.headers[2].value, "");
    cr_expect(head.keep_alive);
    cr_expect(head.accepts_html);
    cr_expect(wk_parser_complete(&p));
}

Test(parse, wants_more_until_the_head_is_whole)
{
    const char *text = "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\n";
    struct wk_parser p;
    size_t used;

    wk_parser_init(&p, 1000);
    for (size_t n = 0; n < strlen(text); n++)
        cr_assert_eq(wk_parser_head(&p, text, n, &head, &used), WK_PARSE_MORE);
    cr_assert_eq(wk_parser_head(&p, text, strlen(text), &head, &used), WK_PARSE_DONE);
    cr_expect(head.has_length);
    cr_expect_eq(head.length, 3);
    cr_expect_not(wk_parser_complete(&p));
}

Test(parse, decides_what_keeps_the_connection)
{
    const struct {
        const char *text;
        bool keeps;
    } cases[] = {
        {"GET / HTTP/1.1\r\n\r\n", true},
        {"GET / HTTP/1.1\r\nConnection: close\r\n\r\n", false},
        {"GET / HTTP/1.1\r\nConnection: x, Close\r\n\r\n", false},
        {"GET / HTTP/1.0\r\n\r\n", false},
        {"GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n", true},
    };
    struct wk_parser p;
    size_t used;

    for (size_t i = 0; i < WK_COUNT(cases); i++) {
        cr_assert_eq(parse(&p, cases[i].text, &used), WK_PARSE_DONE);
        cr_expect_eq(head.keep_alive, cases[i].keeps, "%s", cases[i].text);
    }
}

Test(parse, takes_the_framing_off_a_chunked_body)
{
    const char *text = "5;x\r\nhello\r\n1\r\n!\r\n0\r\nT: t\r\n\r\nNEXT";
    struct wk_parser p;
    struct wk_buf body = {0};
    size_t used;

    cr_assert_eq(parse(&p, "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n", &used),
                 WK_PARSE_DONE);
    cr_expect(head.chunked);
    cr_assert_eq(wk_parser_body(&p, text, strlen(text), collect, &body, &used), WK_PARSE_DONE);
    cr_expect_str_eq(body.data, "hello!");
    cr_expect_str_eq(text + used, "NEXT");
    wk_buf_fini(&body);
}

Test(parse, stops_at_the_end_of_a_body_of_known_length)
{
    struct wk_parser p;
    struct wk_buf body = {0};
    size_t used;

    cr_assert_eq(parse(&p, "POST / HTTP/1.1\r\nContent-Length: 4\r\n\r\n", &used),
                 WK_PARSE_DONE);
    cr_assert_eq(wk_parser_body(&p, "ab", 2, collect, &body, &used), WK_PARSE_MORE);
    cr_assert_eq(wk_parser_body(&p, "cdGET", 5, collect, &body, &used), WK_PARSE_DONE);
    cr_expect_eq(used, 2);
    cr_expect_str_eq(body.data, "abcd");
    wk_parser_reset(&p);
    cr_expect_not(wk_parser_complete(&p));
    wk_buf_fini(&body);
}

Test(parse, stays_bad_once_it_is_bad)
{
    struct wk_parser p;
    size_t used;
    const char *good = "GET / HTTP/1.1\r\n\r\n";

    cr_assert_eq(parse(&p, "GET / HTTP/1.1\n\n", &used), WK_PARSE_BAD);
    cr_expect_eq(p.status, 400);
    cr_assert_eq(wk_parser_head(&p, good, strlen(good), &head, &used), WK_PARSE_BAD);
    wk_parser_reset(&p);
    cr_assert_eq(wk_parser_head(&p, good, strlen(good), &head, &used), WK_PARSE_DONE);
}

Test(parse, does_not_look_at_a_byte_twice_while_a_head_trickles_in)
{
    struct wk_parser p;
    struct wk_buf text = {0};
    size_t used;

    wk_buf_add_str(&text, "GET / HTTP/1.1\r\nX: ");
    wk_parser_init(&p, 1000);
    cr_assert_eq(wk_parser_head(&p, text.data, text.len, &head, &used), WK_PARSE_MORE);
    cr_expect_eq(p.scanned, text.len);
    cr_expect_eq(p.line_at, 16);
    wk_buf_fini(&text);
}
