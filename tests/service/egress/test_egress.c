/* A real wk-egress behind a scripted kernel, and a server for it to talk to. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "tests/support/fake_http.h"
#include "tests/support/origin.h"

static struct fake_kernel *fk;
static uint16_t port;
static char url_text[512], address[32];

static void
setup(void)
{
    port = origin_start();
    snprintf(address, sizeof(address), "127.0.0.1:%u", port);
}

static void
teardown(void)
{
    if (fk != NULL)
        fake_kernel_free(fk);
}

TestSuite(egress, .init = setup, .fini = teardown, .timeout = 60);

static void
start(Wk__Service *service)
{
    fk = fake_kernel_new();
    fake_kernel_start(fk, WK_BIN "/wk-egress", NULL, -1);
    fake_configure(fk, service);
}

static void
start_network(char *allow)
{
    Wk__Service service = WK__SERVICE__INIT;
    Wk__Network network = WK__NETWORK__INIT;

    network.allow = &allow;
    network.n_allow = 1;
    service.kind_case = WK__SERVICE__KIND_NETWORK;
    service.network = &network;
    start(&service);
}

static void
start_external(const char *to, Wk__HttpOptions *options)
{
    Wk__Service service = WK__SERVICE__INIT;
    Wk__External external = WK__EXTERNAL__INIT;

    external.address = (char *)(uintptr_t)to;
    external.http = options;
    service.kind_case = WK__SERVICE__KIND_EXTERNAL;
    service.external = &external;
    start(&service);
}

static const char *
url(const char *path)
{
    snprintf(url_text, sizeof(url_text), "http://127.0.0.1:%u%s", port, path);
    return url_text;
}

/* The server echoes what it got: does that contain text? */
static void
expect_got(struct fake_reply *reply, const char *text)
{
    cr_expect_not_null(strstr(reply->body.data, text), "wanted \"%s\" in \"%s\"", text, reply->body.data);
}

static void
expect_error(const char *path, wk_err code, const char *text)
{
    struct fake_reply reply = FETCH(fk, "GET", url(path));

    cr_expect_eq(reply.code, code, "%s: %s", path, wk_err_name(reply.code));
    cr_expect_not_null(strstr(reply.error, text), "%s: %s", path, reply.error);
    fake_reply_fini(&reply);
}

Test(egress, passes_requests_and_responses_as_they_are)
{
    struct fake_reply reply;

    start_network("local");
    reply = FETCH(fk, "GET", url("/a%2fb/../c?q=%20"), {"X-One", "1", "X-Empty", "", "Connection", "close", "Host", "evil"});
    cr_expect_eq(reply.status, 200);
    expect_got(&reply, "GET /a%2fb/../c?q=%20 HTTP/1.1\r\nHost: 127.0.0.1:");
    expect_got(&reply, "\r\nX-One: 1\r\nX-Empty:\r\n\r\n");
    cr_expect_null(strstr(reply.body.data, "evil"));
    cr_expect_null(strstr(reply.body.data, "Accept"));
    cr_expect_not_null(strstr(reply.headers.data, "X-Keep: a\nX-Keep: b\n"));
    cr_expect_null(strstr(reply.headers.data, "Connection"));
    fake_reply_fini(&reply);
}

Test(egress, methods_and_bodies_arrive)
{
    struct fake_reply reply;
    uint32_t session;

    start_network("local");
    reply = FETCH(fk, "PUT", url("/x"), .body = "hello");
    expect_got(&reply, "PUT /x HTTP/1.1");
    expect_got(&reply, "Content-Length: 5\r\n");
    expect_got(&reply, "\r\n\r\nhello");
    cr_expect_null(strstr(reply.body.data, "Expect"));
    fake_reply_fini(&reply);
    reply = FETCH(fk, "DELETE", url("/x"));
    expect_got(&reply, "DELETE /x HTTP/1.1");
    fake_reply_fini(&reply);
    reply = FETCH(fk, "HEAD", url("/big?42"));
    cr_expect_eq(reply.status, 200);
    cr_expect_not_null(strstr(reply.headers.data, "Content-Length: 42"));
    cr_expect_eq(reply.body.len, 0);
    fake_reply_fini(&reply);
    session = fake_open(fk, &(struct fake_request){"POST", url("/x"), .body_follows = true});
    fake_send_raw(fk, session, "one ", 4, 0);
    fake_send_raw(fk, session, "two", 3, WK_FLAG_END);
    reply = fake_reply(fk, session);
    expect_got(&reply, "Transfer-Encoding: chunked");
    expect_got(&reply, "\r\n\r\none two");
    fake_reply_fini(&reply);
}

Test(egress, redirects_and_interim_responses_are_left_to_others)
{
    struct fake_reply reply;

    start_network("local");
    reply = FETCH(fk, "GET", url("/to?/there"));
    cr_expect_eq(reply.status, 302);
    cr_expect_not_null(strstr(reply.headers.data, "Location: /there\n"));
    cr_expect_str_eq(reply.body.data, "moved");
    fake_reply_fini(&reply);
    reply = FETCH(fk, "GET", url("/early"));
    cr_expect_eq(reply.status, 200);
    cr_expect_null(strstr(reply.headers.data, "Link"));
    fake_reply_fini(&reply);
    reply = FETCH(fk, "GET", url("/204"));
    cr_expect_eq(reply.status, 204);
    fake_reply_fini(&reply);
}

Test(egress, a_lost_connection_is_an_error_and_a_lost_body_too)
{
    struct fake_reply reply;

    start_network("local");
    expect_error("/cut", WK_EUNAVAILABLE, "Network connection lost.");
    expect_error("/garbage", WK_EUNAVAILABLE, "Network connection lost.");
    expect_error("/headers?200000", WK_ELIMIT, "headers are too large");
    reply = FETCH(fk, "GET", url("/short"));
    cr_expect_eq(reply.status, 200);
    cr_expect_str_eq(reply.body.data, "short");
    cr_expect_eq(reply.code, WK_EUNAVAILABLE);
    fake_reply_fini(&reply);
    reply = FETCH(fk, "GET", "http://127.0.0.1:1/");
    cr_expect_eq(reply.code, WK_EUNAVAILABLE);
    fake_reply_fini(&reply);
}

Test(egress, hostile_requests_are_refused)
{
    static const char *const urls[] = {"file:///etc/passwd", "ftp://127.0.0.1/", "http://", "nothing",
                                       "http://127.0.0.1/a b", "http://127.0.0.1/\r\nX: y"};
    struct fake_reply reply;

    start_network("local");
    for (size_t i = 0; i < WK_COUNT(urls); i++) {
        reply = FETCH(fk, "GET", urls[i]);
        cr_expect_eq(reply.status, 0, "%s", urls[i]);
        cr_expect(reply.code == WK_EINVAL || reply.code == WK_EUNSUPPORTED, "%s: %s", urls[i], wk_err_name(reply.code));
        fake_reply_fini(&reply);
    }
    reply = FETCH(fk, "GET", url("/"), {"X", "a\r\nInjected: 1"});
    cr_expect_eq(reply.code, WK_EINVAL);
    fake_reply_fini(&reply);
    reply = FETCH(fk, "GET / HTTP/1.1\r\nX: y\r\n\r\nGET", url("/"));
    cr_expect_eq(reply.code, WK_EINVAL);
    fake_reply_fini(&reply);
}

Test(egress, a_network_that_is_public_does_not_reach_this_machine)
{
    static const char *const hosts[] = {"127.0.0.1", "localhost", "[::1]", "[::ffff:127.0.0.1]", "0.0.0.0", "127.1",
                                        "2130706433", "0x7f.1", "user:pw@127.0.0.1"};

    start_network("public");
    for (size_t i = 0; i < WK_COUNT(hosts); i++) {
        struct fake_reply reply;

        snprintf(url_text, sizeof(url_text), "http://%s:%u/", hosts[i], port);
        reply = FETCH(fk, "GET", url_text);
        cr_expect_eq(reply.status, 0, "%s", url_text);
        cr_expect_eq(reply.code, WK_EDENIED, "%s: %s %s", url_text, wk_err_name(reply.code), reply.error);
        cr_expect_not_null(strstr(reply.error, "is not allowed"));
        fake_reply_fini(&reply);
    }
}

Test(egress, connections_are_used_again)
{
    struct fake_reply a, b;

    start_network("local");
    a = FETCH(fk, "GET", url("/conn"));
    b = FETCH(fk, "GET", url("/conn"));
    cr_expect_str_eq(a.body.data, "1");
    cr_expect_str_eq(b.body.data, "1");
    fake_reply_fini(&a);
    fake_reply_fini(&b);
}

Test(egress, a_large_response_waits_for_its_reader)
{
    uint32_t session;
    struct fake_reply reply;
    size_t got = 0;

    start_network("local");
    session = fake_open(fk, &(struct fake_request){"GET", url("/big?3000000")});
    fake_expect_msg(fk, WK__ENVELOPE__BODY_HTTP_RESPONSE);
    while (got < WK_SESSION_WINDOW_BYTES) {
        struct fake_frame *frame = fake_expect(fk, WK_FRAME_DATA);

        got += frame->f.body_bytes;
    }
    cr_expect_eq(got, WK_SESSION_WINDOW_BYTES);
    cr_expect_not(fake_pending(fk, 50), "more than the window");
    fake_send_credit(fk, session, WK_SESSION_WINDOW_BYTES);
    reply = fake_reply(fk, session);
    cr_expect_eq(got + reply.body.len, 3000000);
    fake_reply_fini(&reply);
}

Test(egress, a_session_that_ends_takes_its_transfer_along)
{
    Wk__Drain drain = WK__DRAIN__INIT;
    WK_ENVELOPE(msg, DRAIN, drain, &drain);
    uint32_t session;

    start_network("local");
    session = fake_open(fk, &(struct fake_request){"POST", url("/x"), .body_follows = true});
    fake_send_raw(fk, session, "some", 4, 0);
    fake_send_msg(fk, 0, &msg, 0);
    cr_expect_not(fake_pending(fk, 50), "it drains while a transfer is under way");
    fake_send_close(fk, session, WK_ECANCELED, NULL);
    fake_expect_msg(fk, WK__ENVELOPE__BODY_DRAINED);
    cr_expect_eq(fake_kernel_wait_exit(fk), 0);
}

Test(egress, an_external_service_gets_everything_whatever_the_host)
{
    struct fake_reply reply;

    start_external(address, NULL);
    reply = FETCH(fk, "GET", "https://example.org:99/p?q#f");
    cr_expect_eq(reply.status, 200);
    expect_got(&reply, "GET /p?q HTTP/1.1\r\nHost: example.org:99\r\n");
    fake_reply_fini(&reply);
}

Test(egress, http_options_rewrite_headers)
{
    Wk__HttpOptions o = WK__HTTP_OPTIONS__INIT;
    Wk__HeaderRule add = WK__HEADER_RULE__INIT, gone = WK__HEADER_RULE__INIT;
    Wk__HeaderRule *rules[] = {&add, &gone};
    struct fake_reply reply;

    add.name = (char *)(uintptr_t) "X-Inj";
    add.value = (char *)(uintptr_t) "yes";
    gone.name = (char *)(uintptr_t) "x-drop";
    gone.remove = true;
    o.inject_request_headers = o.inject_response_headers = rules;
    o.n_inject_request_headers = o.n_inject_response_headers = 2;
    o.forwarded_proto_header = (char *)(uintptr_t) "X-Proto";
    start_external(address, &o);
    reply = FETCH(fk, "GET", "https://h/", {"X-Drop", "1", "x-inj", "no", "X-Proto", "spoofed"});
    expect_got(&reply, "X-Inj: yes\r\nX-Proto: https\r\n\r\n");
    cr_expect_null(strstr(reply.body.data, "X-Drop"));
    cr_expect_null(strstr(reply.body.data, "spoofed"));
    cr_expect_null(strstr(reply.headers.data, "X-Drop"));
    cr_expect_not_null(strstr(reply.headers.data, "X-Inj: yes\n"));
    fake_reply_fini(&reply);
}

Test(egress, proxy_style_sends_the_whole_url)
{
    Wk__HttpOptions o = WK__HTTP_OPTIONS__INIT;
    struct fake_reply reply;

    o.style_proxy = true;
    start_external(address, &o);
    reply = FETCH(fk, "GET", "https://example.org/p?q");
    expect_got(&reply, "GET https://example.org/p?q HTTP/1.1\r\n");
    cr_expect_null(strstr(reply.body.data, "Host:"));
    fake_reply_fini(&reply);
}
