/* A host that errs or lies. */
#include "tests/service/front/front_fixture.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define GET "GET / HTTP/1.1\r\nHost: a\r\n\r\n"
#define BYTES(text)                                                                            \
    {                                                                                          \
        sizeof(text) - 1, (uint8_t *)(uintptr_t)(text)                                         \
    }

/* Sends r to a fresh request; gives all that the client saw. */
static char *
respond(struct front *f, const Wk__HttpResponse *r, uint8_t flags)
{
    WK_ENVELOPE(msg, HTTP_RESPONSE, http_response, (Wk__HttpResponse *)(uintptr_t)r);
    int fd = client_open(f);
    struct fake_frame *open;
    char *got;

    client_send(fd, "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
    open = front_request(f);
    fake_send_msg(f->fk, open->f.session, &msg, flags);
    got = client_rest(fd, NULL);
    close(fd);
    return got;
}

static void
expect_502(struct front *f, const Wk__HttpResponse *r, const char *what)
{
    char *got = respond(f, r, WK_FLAG_END);
    struct fake_frame *close = fake_expect(f->fk, WK_FRAME_CLOSE);

    cr_expect(strncmp(got, "HTTP/1.1 502 Bad Gateway\r\n", 26) == 0, "%s: %s", what, got);
    cr_expect_eq(close->f.code, WK_EPROTO, "%s", what);
}

Test(host, with_a_bad_response_becomes_a_502)
{
    struct front f = front_start(NULL);
    ProtobufCBinaryData bad[][2] = {
        {BYTES("X"), BYTES("a\r\nSet-Cookie: b")},
        {BYTES("X"), BYTES("a\nb")},
        {BYTES("X"), BYTES("a\0b")},
        {BYTES("X\r\nY"), BYTES("1")},
        {BYTES("X Y"), BYTES("1")},
        {BYTES(""), BYTES("1")},
        {BYTES("X:"), BYTES("1")},
        {BYTES("X\0"), BYTES("1")},
        {BYTES("\xe9"), BYTES("1")},
    };
    const unsigned statuses[] = {0, 99, 100, 199, 600, 1000, 4294967295u};

    for (size_t i = 0; i < WK_COUNT(bad); i++) {
        Wk__HttpResponse r = WK__HTTP_RESPONSE__INIT;

        r.status = 200;
        r.headers = bad[i];
        r.n_headers = 2;
        expect_502(&f, &r, "header");
        r.n_headers = 1;
        expect_502(&f, &r, "odd");
    }
    for (size_t i = 0; i < WK_COUNT(statuses); i++) {
        Wk__HttpResponse r = WK__HTTP_RESPONSE__INIT;

        r.status = statuses[i];
        expect_502(&f, &r, "status");
    }
    {
        Wk__HttpResponse r = WK__HTTP_RESPONSE__INIT;

        r.status = 200;
        r.status_text = (char *)(uintptr_t) "OK\r\nX: y";
        expect_502(&f, &r, "status text");
        r.status_text = (char *)(uintptr_t) "";
        r.content_length_plus1 = 11;
        expect_502(&f, &r, "length");
        r.content_length_plus1 = 0;
        r.body_follows = true;
        expect_502(&f, &r, "no body behind END");
    }
    front_stop(&f);
}

Test(host, does_not_frame_the_connection)
{
    struct front f = front_start(NULL);
    ProtobufCBinaryData headers[] = {
        BYTES("Connection"),
        BYTES("upgrade"),
        BYTES("Transfer-Encoding"),
        BYTES("gzip"),
        BYTES("Keep-Alive"),
        BYTES("5"),
        BYTES("CONTENT-length"),
        BYTES("99"),
        BYTES("Upgrade"),
        BYTES("h2c"),
        BYTES("TE"),
        BYTES("x"),
        BYTES("Trailer"),
        BYTES("x"),
        BYTES("Proxy-Connection"),
        BYTES("x"),
        BYTES("Foo-Bar"),
        BYTES(""),
        BYTES("Set-Cookie"),
        BYTES("a"),
        BYTES("Set-Cookie"),
        BYTES("b"),
    };
    Wk__HttpResponse r = WK__HTTP_RESPONSE__INIT;
    char *got;

    r.status = 299;
    r.headers = headers;
    r.n_headers = WK_COUNT(headers);
    r.body = (ProtobufCBinaryData)BYTES("x");
    got = respond(&f, &r, WK_FLAG_END | WK_FLAG_LAST);
    cr_expect_str_eq(
        got, "HTTP/1.1 299 Successful\r\nContent-Length: 1\r\nFoo-Bar: \r\nSet-Cookie: a\r\n"
             "Set-Cookie: b\r\nConnection: close\r\n\r\nx");
    front_stop(&f);
}

Test(host, that_offers_an_upgrade_gets_a_501_across)
{
    struct front f = front_start(NULL);
    Wk__HttpResponse r = WK__HTTP_RESPONSE__INIT;
    char *got;

    r.status = 101;
    got = respond(&f, &r, 0);
    cr_expect(strncmp(got, "HTTP/1.1 501 Not Implemented\r\n", 30) == 0, "%s", got);
    front_stop(&f);
}

/* A response with that length whose body is piece (and END if it is said). */
static char *
respond_stream(struct front *f, long length, const char *piece, uint8_t flags, bool close_it,
               bool *reset)
{
    int fd = client_open(f);
    struct fake_frame *open;
    char *got;

    client_send(fd, GET);
    open = front_request(f);
    front_answer_stream(f, open->f.session, length);
    fake_send_raw(f->fk, open->f.session, piece, strlen(piece), flags);
    if (close_it)
        fake_send_close(f->fk, open->f.session, WK_EUNAVAILABLE, NULL);
    got = client_rest(fd, reset);
    close(fd);
    return got;
}

Test(host, whose_body_does_not_fit_its_length_is_cut_off)
{
    struct front f = front_start(NULL);
    char *got = respond_stream(&f, 5, "abc", WK_FLAG_END, false, NULL);

    cr_expect_null(strstr(got, "abc"));
    fake_expect(f.fk, WK_FRAME_CLOSE);
    got = respond_stream(&f, 5, "abcdefgh", 0, false, NULL);
    cr_expect_null(strstr(got, "fgh"));
    fake_expect(f.fk, WK_FRAME_CLOSE);
    front_stop(&f);
}

Test(host, that_dies_in_a_stream_ends_the_connection_without_a_last_chunk)
{
    struct front f = front_start(NULL);
    char *got = respond_stream(&f, -1, "abc", 0, true, NULL);

    cr_expect_str_eq(got, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n");
    front_stop(&f);
}

Test(host, that_dies_in_a_stream_to_an_old_client_resets_it)
{
    struct front f = front_start(NULL);
    int fd = client_open(&f);
    struct fake_frame *open;
    bool reset;

    client_send(fd, "GET / HTTP/1.0\r\nHost: a\r\n\r\n");
    open = front_request(&f);
    front_answer_stream(&f, open->f.session, -1);
    fake_send_raw(f.fk, open->f.session, "abc", 3, 0);
    client_until(fd, "abc");
    fake_send_close(f.fk, open->f.session, WK_EUNAVAILABLE, NULL);
    client_rest(fd, &reset);
    cr_expect(reset);
    front_stop(&f);
}

Test(host, that_sends_twice_or_out_of_order_is_closed)
{
    struct front f = front_start(NULL);
    int fd = client_open(&f);
    struct fake_frame *open;
    char *got;

    client_send(fd, GET);
    open = front_request(&f);
    fake_send_raw(f.fk, open->f.session, "early", 5, 0);
    front_expect_close(&f, open->f.session, WK_EPROTO);
    got = client_rest(fd, NULL);
    cr_expect(strncmp(got, "HTTP/1.1 502", 12) == 0);
    fd = client_open(&f);
    client_send(fd, GET);
    open = front_request(&f);
    front_answer_stream(&f, open->f.session, -1);
    front_answer_stream(&f, open->f.session, -1);
    front_expect_close(&f, open->f.session, WK_EPROTO);
    got = client_rest(fd, NULL);
    cr_expect_null(strstr(got, "0\r\n\r\n"));
    front_stop(&f);
}

Test(host, that_ends_a_request_without_answering)
{
    const struct {
        wk_err code;
        const char *head, *body;
    } cases[] = {
        {WK_EUNAVAILABLE, "HTTP/1.1 503 Service Unavailable\r\n",
         "\r\n\r\nService Unavailable"},
        {WK_EOVERLOADED,
         "HTTP/1.1 503 Service Unavailable\r\nContent-Length: 19\r\nRetry-After: 1\r\n",
         "\r\n\r\nService Unavailable"},
        {WK_ECPU, "HTTP/1.1 503 ", "\r\n\r\nWorker exceeded resource limits"},
        {WK_EMEMORY, "HTTP/1.1 503 ", "\r\n\r\nWorker exceeded resource limits"},
        {WK_EEXCEPTION,
         "HTTP/1.1 500 Internal Server Error\r\nContent-Length: 21\r\nConnection: close\r\n",
         "\r\n\r\nInternal Server Error"},
        {WK_EPROTO, "HTTP/1.1 502 Bad Gateway\r\n", "\r\n\r\nBad Gateway"},
        {WK_OK, "HTTP/1.1 500 ", "\r\n\r\nInternal Server Error"},
    };
    struct front f = front_start(NULL);

    for (size_t i = 0; i < WK_COUNT(cases); i++) {
        int fd = client_open(&f);
        struct fake_frame *open;
        char *got;

        client_send(fd, "GET / HTTP/1.1\r\nHost: a\r\nAccept: text/html\r\n\r\n");
        open = front_request(&f);
        fake_send_close(f.fk, open->f.session, cases[i].code, NULL);
        got = client_rest(fd, NULL);
        cr_expect(strncmp(got, cases[i].head, strlen(cases[i].head)) == 0, "%s", got);
        cr_expect_not_null(strstr(got, cases[i].body), "%s", got);
        close(fd);
    }
    front_stop(&f);
}

Test(host, error_is_shown_as_a_page_in_watch_mode)
{
    struct front_setup setup = {.error_pages = true};
    struct front f = front_start(&setup);
    Wk__Error error = WK__ERROR__INIT;
    const char *accepts[] = {"text/html,*/*", "*/*"};

    error.name = (char *)(uintptr_t) "TypeError";
    error.message = (char *)(uintptr_t) "<script>boom</script>";
    error.stack = (char *)(uintptr_t) "at f (main.js:3:4) \"&\"";
    for (int i = 0; i < 2; i++) {
        int fd = client_open(&f);
        struct fake_frame *open;
        char *got, request[128] = "GET / HTTP/1.1\r\nHost: a\r\nAccept: ";

        strcat(request, accepts[i]);
        strcat(request, "\r\n\r\n");
        client_send(fd, request);
        open = front_request(&f);
        fake_send_close(f.fk, open->f.session, WK_EEXCEPTION, &error);
        got = client_rest(fd, NULL);
        cr_expect(strncmp(got, "HTTP/1.1 500 ", 13) == 0);
        cr_expect_null(strstr(got, "<script>"));
        cr_expect_eq(strstr(got, "TypeError: &lt;script&gt;boom&lt;/script&gt;") != NULL,
                     i == 0);
        cr_expect_eq(strstr(got, "at f (main.js:3:4) &quot;&amp;&quot;") != NULL, i == 0);
        cr_expect_eq(strstr(got, "Internal Server Error\r\n\r\n") != NULL, 0);
        close(fd);
    }
    front_stop(&f);
}
