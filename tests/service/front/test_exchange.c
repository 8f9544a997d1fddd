/* One request after another: what the worker is told and what the client gets. */
#include "tests/service/front/front_fixture.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define GET "GET / HTTP/1.1\r\nHost: a\r\n\r\n"

static void
expect_text(char *got, const char *want)
{
    cr_expect_str_eq(got, want);
}

Test(front, answers_a_get)
{
    struct front f = front_start(NULL);
    int fd = client_open(&f);
    struct fake_frame *open;
    const Wk__HttpRequest *req;

    client_send(fd, "GET /p?q=1 HTTP/1.1\r\nHost: a.b:80\r\nX-One:  1 \r\n\r\n");
    open = front_request(&f);
    req = open->msg->http_request;
    cr_expect_eq(open->f.handle, FRONT_HANDLE);
    cr_expect(open->f.flags & WK_FLAG_END);
    cr_expect_str_eq(req->method, "GET");
    cr_expect_str_eq(req->url, "http://a.b:80/p?q=1");
    cr_expect_not(req->has_body);
    cr_expect_not(req->body_follows);
    cr_expect_str_eq(front_header(open, "X-One"), "1");
    cr_expect_str_eq(front_header(open, "Host"), "a.b:80");
    cr_expect(strncmp(req->cf_json, "{\"clientIp\":\"127.0.0.1:", 23) == 0);
    front_answer(&f, open->f.session, "hello");
    expect_text(client_until(fd, "hello"), "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello");
    close(fd);
    front_stop(&f);
}

Test(front, keeps_the_connection_alive)
{
    struct front f = front_start(NULL);
    int fd = client_open(&f);

    for (int i = 0; i < 20; i++)
        expect_text(client_round(&f, fd, GET, "again"),
                    "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nagain");
    close(fd);
    front_stop(&f);
}

Test(front, answers_pipelined_requests_in_order_one_at_a_time)
{
    struct front f = front_start(NULL);
    int fd = client_open(&f);

    client_send(fd, "GET /1 HTTP/1.1\r\nHost: a\r\n\r\nPOST /2 HTTP/1.1\r\nHost: "
                    "a\r\nContent-Length: 2\r\n\r\nxy"
                    "GET /3 HTTP/1.1\r\nHost: a\r\n\r\n");
    for (int i = 1; i <= 3; i++) {
        struct fake_frame *open = front_request(&f);
        char want[16] = "http://a/?";

        want[9] = (char)('0' + i);
        cr_expect_str_eq(open->msg->http_request->url, want);
        cr_expect_eq(open->msg->http_request->body.len, i == 2 ? 2 : 0);
        cr_expect_not(fake_pending(f.fk, 20), "the next request was opened too early");
        front_answer(&f, open->f.session, "ok!");
        client_until(fd, "ok!");
    }
    close(fd);
    front_stop(&f);
}

Test(front, takes_a_request_that_comes_byte_by_byte)
{
    struct front f = front_start(NULL);
    int fd = client_open(&f);
    const char *text = "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: "
                       "chunked\r\n\r\n3;x=y\r\nabc\r\n0\r\nT: 1\r\n\r\n";
    struct fake_frame *open, *data;

    for (const char *c = text; *c != '\0'; c++)
        client_send_bytes(fd, c, 1);
    open = front_request(&f);
    cr_expect(open->msg->http_request->has_body);
    if (open->msg->http_request->body_follows) {
        struct wk_buf body = {0};

        do {
            data = fake_expect(f.fk, WK_FRAME_DATA);
            wk_buf_add(&body, data->f.body, data->f.body_bytes);
            cr_assert(data->f.flags & WK_FLAG_RAW);
        } while (!(data->f.flags & WK_FLAG_END));
        cr_expect_str_eq(body.data, "abc");
        wk_buf_fini(&body);
    } else {
        cr_expect_eq(open->msg->http_request->body.len, 3);
    }
    front_answer(&f, open->f.session, "ok");
    client_until(fd, "ok");
    close(fd);
    front_stop(&f);
}

Test(front, sends_a_small_chunked_body_inline)
{
    struct front f = front_start(NULL);
    int fd = client_open(&f);
    struct fake_frame *open;

    client_send(fd, "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: "
                    "chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n");
    open = front_request(&f);
    cr_expect(open->f.flags & WK_FLAG_END);
    cr_expect_eq(open->msg->http_request->body.len, 5);
    cr_expect(memcmp(open->msg->http_request->body.data, "abcde", 5) == 0);
    cr_expect_eq(open->msg->http_request->content_length_plus1, 0);
    front_stop(&f);
}

Test(front, tells_no_body_from_an_empty_one)
{
    struct front f = front_start(NULL);
    int fd = client_open(&f);
    struct fake_frame *open;

    client_send(fd, "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n");
    open = front_request(&f);
    cr_expect(open->msg->http_request->has_body);
    cr_expect_eq(open->msg->http_request->content_length_plus1, 1);
    front_answer(&f, open->f.session, "ok");
    client_until(fd, "ok");
    client_send(fd, "POST / HTTP/1.1\r\nHost: a\r\n\r\n");
    open = front_request(&f);
    cr_expect_not(open->msg->http_request->has_body);
    front_stop(&f);
}

Test(front, says_continue_when_the_client_waits_for_it)
{
    struct front f = front_start(NULL);
    int fd = client_open(&f);
    struct fake_frame *open, *data;

    client_send(
        fd, "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\n");
    open = front_request(&f);
    cr_expect(open->msg->http_request->body_follows);
    expect_text(client_until(fd, "\r\n\r\n"), "HTTP/1.1 100 Continue\r\n\r\n");
    client_send(fd, "abc");
    data = fake_expect(f.fk, WK_FRAME_DATA);
    cr_expect_eq(data->f.body_bytes, 3);
    front_answer(&f, open->f.session, "ok");
    client_until(fd, "ok");
    front_stop(&f);
}

Test(front, answers_head_without_a_body)
{
    struct front f = front_start(NULL);
    int fd = client_open(&f);
    struct fake_frame *open;

    client_send(fd, "HEAD / HTTP/1.1\r\nHost: a\r\n\r\n");
    open = front_request(&f);
    front_answer(&f, open->f.session, "hidden");
    expect_text(client_until(fd, "\r\n\r\n"), "HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\n");
    client_send(fd, "HEAD / HTTP/1.1\r\nHost: a\r\n\r\n");
    open = front_request(&f);
    front_answer_stream(&f, open->f.session, -1);
    expect_text(client_until(fd, "\r\n\r\n"), "HTTP/1.1 200 OK\r\n\r\n");
    front_expect_close(&f, open->f.session, WK_OK);
    expect_text(client_round(&f, fd, GET, "next"),
                "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nnext");
    front_stop(&f);
}

Test(front, gives_204_and_304_no_body_and_no_length)
{
    struct front f = front_start(NULL);
    int fd = client_open(&f);
    const unsigned statuses[] = {204, 304};
    const char *want[] = {"HTTP/1.1 204 No Content\r\n\r\n",
                          "HTTP/1.1 304 Not Modified\r\n\r\n"};

    for (int i = 0; i < 2; i++) {
        Wk__HttpResponse r = WK__HTTP_RESPONSE__INIT;
        WK_ENVELOPE(msg, HTTP_RESPONSE, http_response, &r);
        struct fake_frame *open;

        client_send(fd, GET);
        open = front_request(&f);
        r.status = statuses[i];
        r.null_body = true;
        fake_send_msg(f.fk, open->f.session, &msg, WK_FLAG_END);
        expect_text(client_until(fd, "\r\n\r\n"), want[i]);
        front_expect_close(&f, open->f.session, WK_OK);
    }
    front_stop(&f);
}

Test(front, speaks_http_1_0)
{
    struct front f = front_start(NULL);
    int fd = client_open(&f);
    struct fake_frame *open;

    expect_text(client_round(&f, fd,
                             "GET / HTTP/1.0\r\nHost: a\r\nConnection: keep-alive\r\n\r\n",
                             "one"),
                "HTTP/1.0 200 OK\r\nContent-Length: 3\r\nConnection: keep-alive\r\n\r\none");
    client_send(fd, "GET / HTTP/1.0\r\nHost: a\r\nConnection: keep-alive\r\n\r\n");
    open = front_request(&f);
    front_answer_stream(&f, open->f.session, -1);
    fake_send_raw(f.fk, open->f.session, "abc", 3, 0);
    fake_send_raw(f.fk, open->f.session, "def", 3, WK_FLAG_END | WK_FLAG_LAST);
    expect_text(client_rest(fd, NULL), "HTTP/1.0 200 OK\r\nConnection: close\r\n\r\nabcdef");
    front_stop(&f);
}

Test(front, closes_when_the_client_asks_for_it)
{
    struct front f = front_start(NULL);
    int fd = client_open(&f);
    struct fake_frame *open;

    client_send(fd, "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
    open = front_request(&f);
    front_answer(&f, open->f.session, "bye");
    expect_text(client_rest(fd, NULL),
                "HTTP/1.1 200 OK\r\nContent-Length: 3\r\nConnection: close\r\n\r\nbye");
    front_stop(&f);
}

Test(front, answers_a_client_that_closed_its_sending_side)
{
    struct front f = front_start(NULL);
    int fd = client_open(&f);

    client_send(fd, GET GET);
    shutdown(fd, SHUT_WR);
    for (int i = 0; i < 2; i++) {
        struct fake_frame *open = front_request(&f);

        front_answer(&f, open->f.session, "here");
    }
    expect_text(client_rest(fd, NULL), "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nhere"
                                       "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nhere");
    front_stop(&f);
}

Test(front, lets_the_host_header_decide_over_an_absolute_target)
{
    struct front f = front_start(NULL);
    int fd = client_open(&f);
    const char *requests[][2] = {
        {"GET http://other/z?1 HTTP/1.1\r\nHost: a\r\n\r\n", "http://a/z?1"},
        {"GET http://other HTTP/1.1\r\nHost: a\r\n\r\n", "http://a/"},
        {"GET http://other?x HTTP/1.1\r\nHost: a\r\n\r\n", "http://a/?x"},
        {"OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n", "http://a/*"},
        {"GET //x/../y%2e HTTP/1.1\r\nHost: a\r\n\r\n", "http://a//x/../y%2e"},
        {"GET /p#frag HTTP/1.1\r\nHost: [::1]:8080\r\n\r\n", "http://[::1]:8080/p"},
    };

    for (size_t i = 0; i < WK_COUNT(requests); i++) {
        struct fake_frame *open;

        client_send(fd, requests[i][0]);
        open = front_request(&f);
        cr_expect_str_eq(open->msg->http_request->url, requests[i][1]);
        front_answer(&f, open->f.session, "ok");
        client_until(fd, "ok");
    }
    front_stop(&f);
}

Test(front, refuses_a_request_without_host_and_goes_on)
{
    struct front f = front_start(NULL);
    int fd = client_open(&f);

    client_send(fd, "GET / HTTP/1.1\r\n\r\n");
    expect_text(client_until(fd, "Bad Request\r\nContent-Length: 11\r\n\r\nBad Request"),
                "HTTP/1.1 400 Bad Request\r\nContent-Length: 11\r\n\r\nBad Request");
    client_round(&f, fd, GET, "fine");
    front_stop(&f);
}

Test(front, applies_the_http_options)
{
    Wk__HeaderRule add = WK__HEADER_RULE__INIT, drop = WK__HEADER_RULE__INIT,
                   *in[] = {&add, &drop};
    Wk__HeaderRule out = WK__HEADER_RULE__INIT, *outs[] = {&out};
    Wk__HttpOptions options = WK__HTTP_OPTIONS__INIT;
    struct front_setup setup = {.options = &options};
    struct front f;
    int fd;
    struct fake_frame *open;
    char *got;

    add.name = out.name = (char *)(uintptr_t) "X-Rq";
    add.value = out.value = (char *)(uintptr_t) "2";
    drop.name = (char *)(uintptr_t) "Foo";
    drop.remove = true;
    options.inject_request_headers = in;
    options.n_inject_request_headers = 2;
    options.inject_response_headers = outs;
    options.n_inject_response_headers = 1;
    options.forwarded_proto_header = (char *)(uintptr_t) "X-FP";
    options.cf_blob_header = (char *)(uintptr_t) "X-CF";
    f = front_start(&setup);
    fd = client_open(&f);
    client_send(fd, "GET / HTTP/1.1\r\nHost: a\r\nx-fp: https\r\nx-cf: {\"a\":1}\r\nfoo: "
                    "1\r\nx-rq: 0\r\n\r\n");
    open = front_request(&f);
    cr_expect_str_eq(open->msg->http_request->url, "https://a/");
    cr_expect_str_eq(open->msg->http_request->cf_json, "{\"a\":1}");
    cr_expect_str_eq(front_header(open, "X-Rq"), "2");
    cr_expect_null(front_header(open, "x-rq"));
    cr_expect_null(front_header(open, "foo"));
    cr_expect_null(front_header(open, "x-fp"));
    cr_expect_null(front_header(open, "x-cf"));
    front_answer(&f, open->f.session, "ok");
    got = client_until(fd, "ok");
    cr_expect_not_null(strstr(got, "\r\nX-Rq: 2\r\n"));
    front_stop(&f);
}

Test(front, logs_a_finished_request_when_asked_to)
{
    struct front_setup setup = {.log_requests = true};
    struct front f = front_start(&setup);
    int fd = client_open(&f);
    struct fake_frame *line;

    client_round(&f, fd, "GET /a?b=\"c HTTP/1.1\r\nHost: a\r\n\r\n", "four");
    line = fake_expect_msg(f.fk, WK__ENVELOPE__BODY_LOG_LINE);
    cr_expect_eq(line->msg->log_line->level, 5);
    cr_expect_not_null(strstr(line->msg->log_line->text,
                              "\"method\":\"GET\",\"url\":\"/a?b=\\\"c\",\"status\":200"));
    cr_expect_not_null(strstr(line->msg->log_line->text, "\"bytes\":4,\"socket\":\"http\""));
    front_stop(&f);
}

Test(front, takes_new_sockets_for_new_requests)
{
    struct front f = front_start(NULL);
    int fd = client_open(&f), fd2;
    struct fake_frame *first, *second;

    client_send(fd, GET);
    first = front_request(&f);
    front_sockets(&f, NULL, 9);
    fd2 = client_open(&f);
    client_send(fd2, GET);
    second = front_request(&f);
    cr_expect_eq(second->f.handle, 9);
    front_answer(&f, first->f.session, "old");
    client_until(fd, "old");
    client_send(fd, GET);
    cr_expect_eq(front_request(&f)->f.handle, 9);
    front_stop(&f);
}
