/* What one client may cost, and the end of the process. */
#include "tests/service/front/front_fixture.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define GET "GET / HTTP/1.1\r\nHost: a\r\n\r\n"

/* The bytes get that status and the end of the connection, and no session is opened. */
static void
expect_refused(struct front *f, const char *data, size_t bytes, const char *status)
{
    int fd = client_open(f);
    char *got;

    client_send_bytes(fd, data, bytes);
    got = client_rest(fd, NULL);
    cr_expect(strncmp(got, "HTTP/1.1 ", 9) == 0 && strncmp(got + 9, status, 3) == 0,
              "wanted %s, got %.60s", status, got);
    cr_expect_not_null(strstr(got, "\r\nConnection: close\r\n"));
    cr_expect_not(fake_pending(f->fk, 0));
    close(fd);
}

static char *
repeat(const char *before, const char *what, size_t times, const char *after)
{
    struct wk_buf buf = {0};

    wk_buf_add_str(&buf, before);
    while (times-- > 0)
        wk_buf_add_str(&buf, what);
    wk_buf_add_str(&buf, after);
    return wk_buf_take(&buf);
}

Test(limits, of_heads)
{
    struct front f = front_start(NULL);
    const struct {
        const char *before, *what;
        size_t times;
        const char *after, *status;
    } cases[] = {
        {"GET /", "a", 20000, " HTTP/1.1\r\nHost: a\r\n\r\n", "414"},
        {"GET /", "a", 1000000, "", "414"},
        {"GET / HTTP/1.1\r\nHost: a\r\nX: ", "a", 70000, "\r\n\r\n", "431"},
        {"GET / HTTP/1.1\r\nHost: a\r\nX: ", "a", 1000000, "", "431"},
        {"GET / HTTP/1.1\r\nHost: a\r\n", "X: a\r\n", 300, "\r\n", "431"},
        {"GET / HTTP/1.1\r\nHost: a\r\n", "X: a\r\n", 10000, "\r\n", "431"},
        {"GET / HTTP/1.1\r\nHost: ", "a", 300, "\r\n\r\n", "400"},
        {"", "A", 40, " / HTTP/1.1\r\nHost: a\r\n\r\n", "501"},
        {"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1;", "e", 5000,
         "\r\na\r\n0\r\n\r\n", "400"},
        {"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n", "T: a\r\n",
         3000, "\r\n", "431"},
    };

    for (size_t i = 0; i < WK_COUNT(cases); i++) {
        char *text = repeat(cases[i].before, cases[i].what, cases[i].times, cases[i].after);

        expect_refused(&f, text, strlen(text), cases[i].status);
        free(text);
    }
    {
        char *text = repeat("GET /", "a", 16000, " HTTP/1.1\r\nHost: a\r\n\r\n");
        int fd = client_open(&f);

        client_round(&f, fd, text, "long, but fine");
        free(text);
        text = repeat(GET, GET, 0, "");
        client_round(&f, fd, text, "ok");
        free(text);
    }
    front_stop(&f);
}

Test(limits, of_bodies)
{
    struct front_setup setup = {.args = {"body_bytes=10"}};
    struct front f = front_start(&setup);
    const char *large[] = {
        "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 11\r\n\r\nhello worl!",
        "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nb\r\nhello "
        "worl!\r\n0\r\n\r\n",
    };
    int fd;

    for (size_t i = 0; i < WK_COUNT(large); i++)
        expect_refused(&f, large[i], strlen(large[i]), "413");
    fd = client_open(&f);
    client_round(&f, fd, "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\n0123456789",
                 "ok");
    front_stop(&f);
}

Test(limits, of_time_for_a_head)
{
    struct front_setup setup = {.args = {"headers_ms=80"}};
    struct front f = front_start(&setup);
    int silent = client_open(&f);
    char *got;

    expect_refused(&f, "GET / HTT", 9, "408");
    got = client_rest(silent, NULL);
    cr_expect_str_eq(got, "");
    front_stop(&f);
}

Test(limits, of_time_for_a_body)
{
    struct front_setup setup = {.args = {"body_ms=80"}};
    struct front f = front_start(&setup);
    int fd = client_open(&f);
    struct fake_frame *open;
    char *got;

    client_send(fd, "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\nab");
    open = front_request(&f);
    fake_expect(f.fk, WK_FRAME_DATA);
    front_expect_close(&f, open->f.session, WK_ECANCELED);
    got = client_rest(fd, NULL);
    cr_expect(strncmp(got, "HTTP/1.1 408 ", 13) == 0, "%s", got);
    front_stop(&f);
}

Test(limits, of_time_between_requests)
{
    struct front_setup setup = {.args = {"idle_ms=80"}};
    struct front f = front_start(&setup);
    int fd = client_open(&f);
    char *got;

    client_round(&f, fd, GET, "one");
    got = client_rest(fd, NULL);
    cr_expect_str_eq(got, "");
    front_stop(&f);
}

Test(limits, of_time_for_a_client_that_does_not_read)
{
    struct front_setup setup = {.args = {"write_ms=100"}};
    struct front f = front_start(&setup);
    int fd = client_open(&f), small = 4096;
    struct fake_frame *open;
    char *piece = wk_xcalloc(1, 65536);
    uint64_t sent = 0;

    setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &small, sizeof(small));
    client_send(fd, GET);
    open = front_request(&f);
    front_answer_stream(&f, open->f.session, -1);
    while (!fake_pending(f.fk, 1)) { /* as much as it takes, then it is closed */
        if (sent + 65536 > fake_wait_credit(f.fk, 0) + WK_SESSION_WINDOW_BYTES)
            continue;
        fake_send_raw(f.fk, open->f.session, piece, 65536, 0);
        sent += 65536;
    }
    front_expect_close(&f, open->f.session, WK_ECANCELED);
    free(piece);
    front_stop(&f);
}

Test(limits, of_connections_make_room_by_closing_idle_ones_and_else_wait)
{
    struct front_setup setup = {.args = {"connections=2"}};
    struct front f = front_start(&setup);
    int a = client_open(&f), b, c, d;
    struct fake_frame *open_b, *open_c;
    char *got;

    client_round(&f, a, GET, "a");
    b = client_open(&f);
    client_send(b, GET);
    open_b = front_request(&f);
    c = client_open(&f); /* a is idle and has to go */
    got = client_rest(a, NULL);
    cr_expect_str_eq(got, "");
    client_send(c, GET);
    open_c = front_request(&f);
    d = client_open(&f); /* nobody is idle: it waits in the queue of the system */
    client_send(d, GET);
    cr_expect_not(fake_pending(f.fk, 50));
    front_answer(&f, open_b->f.session, "b");
    client_until(b, "b");
    close(b);
    front_answer(&f, front_request(&f)->f.session, "d");
    client_until(d, "d");
    front_answer(&f, open_c->f.session, "c");
    client_until(c, "c");
    front_stop(&f);
}

Test(drain, finishes_what_is_in_flight_and_exits)
{
    struct front f = front_start(NULL);
    int idle = client_open(&f), busy = client_open(&f), streaming = client_open(&f);
    struct fake_frame *open, *stream;
    char *got;

    client_round(&f, idle, GET, "one");
    client_send(busy, GET);
    open = front_request(&f);
    client_send(streaming, GET);
    stream = front_request(&f);
    front_answer_stream(&f, stream->f.session, -1);
    fake_send_raw(f.fk, stream->f.session, "abc", 3, 0);
    client_until(streaming, "abc\r\n");
    front_tell_drain(&f);
    got = client_rest(idle, NULL);
    cr_expect_str_eq(got, "");
    front_answer(&f, open->f.session, "done");
    got = client_rest(busy, NULL);
    cr_expect_str_eq(got,
                     "HTTP/1.1 200 OK\r\nContent-Length: 4\r\nConnection: close\r\n\r\ndone");
    close(busy);
    cr_expect_not(fake_pending(f.fk, 20), "drained too early");
    fake_send_raw(f.fk, stream->f.session, "def", 3, WK_FLAG_END | WK_FLAG_LAST);
    got = client_rest(streaming, NULL);
    cr_expect_str_eq(got, "3\r\ndef\r\n0\r\n\r\n");
    close(streaming);
    fake_expect_msg(f.fk, WK__ENVELOPE__BODY_DRAINED);
    cr_expect_eq(fake_kernel_wait_exit(f.fk), 0);
    front_stop(&f);
}

Test(drain, with_nothing_in_flight_exits_at_once)
{
    struct front f = front_start(NULL);

    front_tell_drain(&f);
    fake_expect_msg(f.fk, WK__ENVELOPE__BODY_DRAINED);
    cr_expect_eq(fake_kernel_wait_exit(f.fk), 0);
    front_stop(&f);
}

Test(drain, of_one_socket_closes_it_and_its_idle_connections_end)
{
    struct front f = front_start(NULL);
    int fd = client_open(&f), listen_fd = f.listen_fd;
    struct fake_frame *open;
    char *got;

    client_send(fd, GET);
    open = front_request(&f);
    f.listen_fd = -1; /* no longer mentioned */
    front_sockets(&f, NULL, FRONT_HANDLE);
    front_answer(&f, open->f.session, "last");
    got = client_rest(fd, NULL);
    cr_expect_not_null(strstr(got, "last"));
    f.listen_fd = listen_fd;
    front_stop(&f);
}
