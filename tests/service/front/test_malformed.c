/* Bytes that two readers could read differently: 400 and close, and no worker ever sees them.
 */
#include "tests/service/front/front_fixture.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define H "Host: a\r\n"
#define POST "POST / HTTP/1.1\r\n" H
#define CHUNKED POST "Transfer-Encoding: chunked\r\n\r\n"
#define TEXT(text) text, sizeof(text) - 1

static const struct {
    const char *what, *data;
    size_t bytes;
    const char *status;
} payloads[] = {
    {"length and encoding",
     TEXT(POST "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"), "400"},
    {"encoding and length",
     TEXT(POST "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n"), "400"},
    {"two lengths", TEXT(POST "Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello!"), "400"},
    {"two equal lengths", TEXT(POST "Content-Length: 5\r\nContent-Length: 5\r\n\r\nhello"),
     "400"},
    {"a list of lengths", TEXT(POST "Content-Length: 5, 5\r\n\r\nhello"), "400"},
    {"length +5", TEXT(POST "Content-Length: +5\r\n\r\nhello"), "400"},
    {"length -5", TEXT(POST "Content-Length: -5\r\n\r\nhello"), "400"},
    {"length 0x5", TEXT(POST "Content-Length: 0x5\r\n\r\nhello"), "400"},
    {"length 5_0", TEXT(POST "Content-Length: 5_0\r\n\r\nhello"), "400"},
    {"length 5 0", TEXT(POST "Content-Length: 5 0\r\n\r\nhello"), "400"},
    {"empty length", TEXT(POST "Content-Length:\r\n\r\nhello"), "400"},
    {"huge length", TEXT(POST "Content-Length: 99999999999999999999\r\n\r\nhello"), "400"},
    {"length over 2^64", TEXT(POST "Content-Length: 18446744073709551621\r\n\r\nhello"), "400"},
    {"encoding twice",
     TEXT(POST "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
     "400"},
    {"encoding ,chunked", TEXT(POST "Transfer-Encoding: ,chunked\r\n\r\n0\r\n\r\n"), "400"},
    {"encoding chunked,", TEXT(POST "Transfer-Encoding: chunked,\r\n\r\n0\r\n\r\n"), "400"},
    {"encoding chunked, chunked",
     TEXT(POST "Transfer-Encoding: chunked, chunked\r\n\r\n0\r\n\r\n"), "400"},
    {"encoding chunked, identity",
     TEXT(POST "Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n"), "400"},
    {"encoding xchunked", TEXT(POST "Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n"), "400"},
    {"encoding identity", TEXT(POST "Transfer-Encoding: identity\r\n\r\n"), "400"},
    {"encoding \"chunked\"", TEXT(POST "Transfer-Encoding: \"chunked\"\r\n\r\n0\r\n\r\n"),
     "400"},
    {"encoding with vertical tab", TEXT(POST "Transfer-Encoding: \vchunked\r\n\r\n0\r\n\r\n"),
     "400"},
    {"empty encoding", TEXT(POST "Transfer-Encoding:\r\n\r\n"), "400"},
    {"encoding in HTTP/1.0",
     TEXT("POST / HTTP/1.0\r\n" H "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n"), "400"},
    {"space before colon", TEXT(POST "Content-Length : 5\r\n\r\nhello"), "400"},
    {"tab before colon", TEXT(POST "Transfer-Encoding\t: chunked\r\n\r\n0\r\n\r\n"), "400"},
    {"space before name", TEXT(POST " Content-Length: 5\r\n\r\nhello"), "400"},
    {"folded line", TEXT(POST "X: a\r\n b\r\n\r\n"), "400"},
    {"folded encoding", TEXT(POST "Transfer-Encoding:\r\n chunked\r\n\r\n0\r\n\r\n"), "400"},
    {"bare LF after request line", TEXT("GET / HTTP/1.1\n" H "\r\n"), "400"},
    {"bare LF after header", TEXT("GET / HTTP/1.1\r\nHost: a\n\r\n"), "400"},
    {"bare LF at the end", TEXT("GET / HTTP/1.1\r\n" H "\n"), "400"},
    {"all bare LF", TEXT("GET / HTTP/1.1\nHost: a\n\n"), "400"},
    {"bare CR in header", TEXT("GET / HTTP/1.1\r\n" H "X: a\rb\r\n\r\n"), "400"},
    {"headers separated by CR", TEXT(POST "X: a\rContent-Length: 5\r\n\r\nhello"), "400"},
    {"CR before the name", TEXT(POST "\rContent-Length: 5\r\n\r\nhello"), "400"},
    {"CR CR LF", TEXT("GET / HTTP/1.1\r\r\n" H "\r\n"), "400"},
    {"NUL in header value", TEXT("GET / HTTP/1.1\r\n" H "X: a\0b\r\n\r\n"), "400"},
    {"NUL in header name", TEXT("GET / HTTP/1.1\r\n" H "X\0: a\r\n\r\n"), "400"},
    {"NUL in target", TEXT("GET /\0 HTTP/1.1\r\n" H "\r\n"), "400"},
    {"control character in value", TEXT("GET / HTTP/1.1\r\n" H "X: a\x01\r\n\r\n"), "400"},
    {"DEL in value", TEXT("GET / HTTP/1.1\r\n" H "X: a\x7f\r\n\r\n"), "400"},
    {"no colon", TEXT("GET / HTTP/1.1\r\n" H "Xabc\r\n\r\n"), "400"},
    {"empty name", TEXT("GET / HTTP/1.1\r\n" H ": a\r\n\r\n"), "400"},
    {"name with parentheses", TEXT("GET / HTTP/1.1\r\n" H "X(a): a\r\n\r\n"), "400"},
    {"name in latin1", TEXT("GET / HTTP/1.1\r\n" H "X\xe9: a\r\n\r\n"), "400"},
    {"two hosts", TEXT("GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n"), "400"},
    {"host with space", TEXT("GET / HTTP/1.1\r\nHost: a b\r\n\r\n"), "400"},
    {"host with path", TEXT("GET / HTTP/1.1\r\nHost: a/b\r\n\r\n"), "400"},
    {"host with credentials", TEXT("GET / HTTP/1.1\r\nHost: u@a\r\n\r\n"), "400"},
    {"host with percent", TEXT("GET / HTTP/1.1\r\nHost: %61\r\n\r\n"), "400"},
    {"host with query", TEXT("GET / HTTP/1.1\r\nHost: a?b\r\n\r\n"), "400"},
    {"host with backslash", TEXT("GET / HTTP/1.1\r\nHost: a\\b\r\n\r\n"), "400"},
    {"host with two ports", TEXT("GET / HTTP/1.1\r\nHost: a:1:2\r\n\r\n"), "400"},
    {"host with a word for port", TEXT("GET / HTTP/1.1\r\nHost: a:b\r\n\r\n"), "400"},
    {"host that is a list", TEXT("GET / HTTP/1.1\r\nHost: a,b\r\n\r\n"), "400"},
    {"target without slash", TEXT("GET foo HTTP/1.1\r\n" H "\r\n"), "400"},
    {"target in latin1", TEXT("GET /\xe9 HTTP/1.1\r\n" H "\r\n"), "400"},
    {"target with tab", TEXT("GET /a\tb HTTP/1.1\r\n" H "\r\n"), "400"},
    {"space in target", TEXT("GET /a b HTTP/1.1\r\n" H "\r\n"), "400"},
    {"two spaces", TEXT("GET  / HTTP/1.1\r\n" H "\r\n"), "400"},
    {"trailing space", TEXT("GET / HTTP/1.1 \r\n" H "\r\n"), "400"},
    {"leading space", TEXT(" GET / HTTP/1.1\r\n" H "\r\n"), "400"},
    {"no version", TEXT("GET /\r\n" H "\r\n"), "400"},
    {"version HTTP/1.1x", TEXT("GET / HTTP/1.1x\r\n" H "\r\n"), "400"},
    {"version http/1.1", TEXT("GET / http/1.1\r\n" H "\r\n"), "400"},
    {"version HTTP/01.1", TEXT("GET / HTTP/01.1\r\n" H "\r\n"), "400"},
    {"version HTTP/2.0", TEXT("GET / HTTP/2.0\r\n" H "\r\n"), "505"},
    {"version HTTP/1.2", TEXT("GET / HTTP/1.2\r\n" H "\r\n"), "505"},
    {"version HTTP/0.9", TEXT("GET / HTTP/0.9\r\n" H "\r\n"), "505"},
    {"HTTP/2 preface", TEXT("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"), "505"},
    {"RTSP", TEXT("SETUP / RTSP/1.0\r\n" H "\r\n"), "400"},
    {"unknown method", TEXT("FOO / HTTP/1.1\r\n" H "\r\n"), "501"},
    {"lower case method", TEXT("get / HTTP/1.1\r\n" H "\r\n"), "501"},
    {"CONNECT", TEXT("CONNECT a:80 HTTP/1.1\r\n" H "\r\n"), "501"},
    {"garbage", TEXT("garbage\r\n\r\n"), "400"},
    {"TLS hello", TEXT("\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"), "400"},
    {"three empty lines", TEXT("\r\n\r\n\r\nGET / HTTP/1.1\r\n" H "\r\n"), "400"},
    {"chunk size 0x1", TEXT(CHUNKED "0x1\r\na\r\n0\r\n\r\n"), "400"},
    {"chunk size +1", TEXT(CHUNKED "+1\r\na\r\n0\r\n\r\n"), "400"},
    {"chunk size -1", TEXT(CHUNKED "-1\r\na\r\n0\r\n\r\n"), "400"},
    {"chunk size 1_0", TEXT(CHUNKED "1_0\r\naaaaaaaaaaaaaaaa\r\n0\r\n\r\n"), "400"},
    {"chunk size with space", TEXT(CHUNKED "1 \r\na\r\n0\r\n\r\n"), "400"},
    {"chunk size after space", TEXT(CHUNKED " 1\r\na\r\n0\r\n\r\n"), "400"},
    {"chunk size empty", TEXT(CHUNKED "\r\na\r\n0\r\n\r\n"), "400"},
    {"chunk size over 2^64", TEXT(CHUNKED "10000000000000001\r\na\r\n0\r\n\r\n"), "400"},
    {"chunk line with bare LF", TEXT(CHUNKED "1\na\r\n0\r\n\r\n"), "400"},
    {"chunk data with bare LF", TEXT(CHUNKED "1\r\na\n0\r\n\r\n"), "400"},
    {"chunk data with bare CR", TEXT(CHUNKED "1\r\na\r0\r\n\r\n"), "400"},
    {"chunk data too long", TEXT(CHUNKED "1\r\nab\r\n0\r\n\r\n"), "400"},
    {"chunk extension with CR", TEXT(CHUNKED "1;a\rb\r\na\r\n0\r\n\r\n"), "400"},
    {"chunk extension with bare LF", TEXT(CHUNKED "1;a\na\r\n0\r\n\r\n"), "400"},
    {"chunk extension with NUL", TEXT(CHUNKED "1;a\0\r\na\r\n0\r\n\r\n"), "400"},
    {"last chunk with bare LF", TEXT(CHUNKED "1\r\na\r\n0\n\n"), "400"},
    {"end with bare LF", TEXT(CHUNKED "1\r\na\r\n0\r\n\n"), "400"},
    {"trailer with bare LF", TEXT(CHUNKED "1\r\na\r\n0\r\nX: y\n\r\n"), "400"},
    {"folded trailer", TEXT(CHUNKED "1\r\na\r\n0\r\nX: y\r\n z\r\n\r\n"), "400"},
    {"trailer without colon", TEXT(CHUNKED "1\r\na\r\n0\r\nXy\r\n\r\n"), "400"},
};

Test(malformed, never_reaches_a_worker)
{
    struct front f = front_start(NULL);

    for (size_t i = 0; i < WK_COUNT(payloads); i++) {
        int fd = client_open(&f);
        char *got;
        bool pending;

        client_send_bytes(fd, payloads[i].data, payloads[i].bytes);
        /* a second request behind it must not be served either */
        client_send(fd, "GET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n");
        got = client_rest(fd, NULL);
        cr_expect(strncmp(got, "HTTP/1.1 ", 9) == 0 &&
                      strncmp(got + 9, payloads[i].status, 3) == 0,
                  "%s: wanted %s, got %.80s", payloads[i].what, payloads[i].status, got);
        cr_expect_not_null(strstr(got, "\r\nConnection: close\r\n"), "%s", payloads[i].what);
        cr_expect_null(strstr(got + 9, "HTTP/1.1 "), "%s: answered twice", payloads[i].what);
        pending = fake_pending(f.fk, 0);
        cr_expect_not(pending, "%s: a worker was asked", payloads[i].what);
        while (fake_pending(f.fk, 0))
            fake_next(f.fk);
        close(fd);
    }
    front_stop(&f);
}

Test(malformed, bytes_in_the_middle_of_a_body_cancel_the_request)
{
    struct front f = front_start(NULL);
    int fd = client_open(&f);
    struct fake_frame *open;
    char *got;

    client_send(fd, CHUNKED "3\r\nabc\r\n");
    open = front_request(&f);
    fake_expect(f.fk, WK_FRAME_DATA);
    client_send(fd, "zz\r\n");
    front_expect_close(&f, open->f.session, WK_ECANCELED);
    got = client_rest(fd, NULL);
    cr_expect(strncmp(got, "HTTP/1.1 400 ", 13) == 0, "%s", got);
    front_stop(&f);
}

Test(malformed, client_harms_nobody_else)
{
    struct front f = front_start(NULL);
    int good = client_open(&f), bad = client_open(&f);
    struct fake_frame *open;

    client_send(good, "GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    open = front_request(&f);
    client_send(bad, "GET / HTTP/1.1\nHost: a\r\n\r\n");
    client_rest(bad, NULL);
    front_answer(&f, open->f.session, "unharmed");
    client_until(good, "unharmed");
    front_stop(&f);
}

Test(malformed, looks_odd_but_is_lawful)
{
    struct front f = front_start(NULL);
    const char *fine[] = {
        "\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n",
        "GET / HTTP/1.1\r\nHOST:a\r\nX:\t \r\nY: \xe9\xff\r\n\r\n",
        "GET /?a|b=\"<> HTTP/1.1\r\nHost: a\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: "
        "CHUNKED\r\n\r\n0003;a=\"b\"\r\nabc\r\n000\r\nX: y\r\n\r\n",
        "QUERY / HTTP/1.1\r\nHost: a\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: a\r\nConnection: upgrade\r\nUpgrade: h2c\r\nContent-Length: "
        "1\r\n\r\nx",
    };
    int fd = client_open(&f);

    for (size_t i = 0; i < WK_COUNT(fine); i++) {
        client_send(fd, fine[i]);
        if (strncmp(fine[i], "QUERY", 5) == 0) { /* newer than this llhttp */
            char *got = client_rest(fd, NULL);

            cr_expect(strncmp(got, "HTTP/1.1 501 ", 13) == 0, "%s", got);
            fd = client_open(&f);
            continue;
        }
        front_answer(&f, front_request(&f)->f.session, "fine");
        client_until(fd, "fine");
    }
    front_stop(&f);
}
