/* Bodies that are longer than any buffer, and clients that go away. */
#include "tests/service/front/front_fixture.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define BIG (4u << 20)
#define GET "GET / HTTP/1.1\r\nHost: a\r\n\r\n"

static uint8_t
byte_at(size_t i)
{
    return (uint8_t)(i * 7 + (i >> 11));
}

static char *
pattern(size_t bytes)
{
    char *data = wk_xmalloc(bytes);

    for (size_t i = 0; i < bytes; i++)
        data[i] = (char)byte_at(i);
    return data;
}

struct upload {
    int fd;
    bool chunked;
};

/* A client that sends as fast as it is let. */
static void *
upload_run(void *arg)
{
    struct upload *u = arg;
    char *data = pattern(BIG), line[32];

    for (size_t at = 0; at < BIG;) {
        size_t piece = u->chunked ? 1 + (at * 31) % 30000 : 65536;

        if (piece > BIG - at)
            piece = BIG - at;
        if (u->chunked) {
            snprintf(line, sizeof(line), "%zx\r\n", piece);
            client_send(u->fd, line);
        }
        client_send_bytes(u->fd, data + at, piece);
        if (u->chunked)
            client_send(u->fd, "\r\n");
        at += piece;
    }
    if (u->chunked)
        client_send(u->fd, "0\r\n\r\n");
    free(data);
    return NULL;
}

static void
check_upload(bool chunked)
{
    struct front f = front_start(NULL);
    struct upload u = {client_open(&f), chunked};
    struct fake_frame *open, *data;
    size_t got = 0, bad = 0, credited = 0;
    pthread_t thread;
    char head[128];
    bool end = false;

    snprintf(head, sizeof(head), "POST / HTTP/1.1\r\nHost: a\r\n%s\r\n",
             chunked ? "Transfer-Encoding: chunked\r\n" : "Content-Length: 4194304\r\n");
    client_send(u.fd, head);
    pthread_create(&thread, NULL, upload_run, &u);
    open = front_request(&f);
    cr_assert(open->msg->http_request->body_follows);
    cr_expect_eq(open->msg->http_request->content_length_plus1, chunked ? 0 : BIG + 1);
    while (!end) {
        /* no credit was given yet for what is out: it stops exactly at the window */
        if (got == credited + WK_SESSION_WINDOW_BYTES && (chunked || got < BIG)) {
            cr_expect_not(fake_pending(f.fk, 20), "more than the window");
            fake_send_credit(f.fk, open->f.session, WK_SESSION_WINDOW_BYTES);
            credited += WK_SESSION_WINDOW_BYTES;
        }
        data = fake_expect(f.fk, WK_FRAME_DATA);
        for (size_t i = 0; i < data->f.body_bytes; i++)
            bad += data->f.body[i] != byte_at(got + i);
        got += data->f.body_bytes;
        cr_assert_leq(got, credited + WK_SESSION_WINDOW_BYTES);
        end = data->f.flags & WK_FLAG_END;
    }
    pthread_join(thread, NULL);
    cr_expect_eq(got, BIG);
    cr_expect_eq(bad, 0);
    front_answer(&f, open->f.session, "stored");
    client_until(u.fd, "stored");
    client_round(&f, u.fd, GET, "alive");
    front_stop(&f);
}

Test(stream, uploads_under_the_window_of_the_session)
{
    check_upload(false);
}

Test(stream, uploads_chunks_under_the_window_of_the_session)
{
    check_upload(true);
}

/* Sends BIG bytes in pieces as credit allows; the client reads only when told. */
static void
check_download(bool chunked)
{
    struct front f = front_start(NULL);
    int fd = client_open(&f);
    char *data = pattern(BIG), *got;
    struct fake_frame *open;
    struct wk_buf all = {0};
    size_t sent = 0, small = 1;
    uint64_t before;
    bool answered = false, empty;
    int waits = 0;

    client_send(fd, GET);
    open = front_request(&f);
    front_answer_stream(&f, open->f.session, chunked ? -1 : (long)BIG);
    while (sent < BIG) {
        size_t piece = small++ % 3 == 0 ? 100 : 32768;
        char buf[65536];
        ssize_t n;

        if (piece > BIG - sent)
            piece = BIG - sent;
        fake_send_raw(f.fk, open->f.session, data + sent, piece,
                      sent + piece == BIG ? WK_FLAG_END : 0);
        sent += piece;
        before = fake_wait_credit(f.fk, 0);
        while (sent < BIG && sent > before + WK_SESSION_WINDOW_BYTES - 32768) {
            n = recv(fd, buf, sizeof(buf), MSG_DONTWAIT);
            if (n > 0)
                wk_buf_add(&all, buf, (size_t)n);
            before = fake_wait_credit(f.fk, 0);
        }
    }
    front_expect_close(&f, open->f.session, WK_OK);
    client_send(fd, "GET /last HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
    for (;;) { /* the front asks for the next answer while, or after, this reads the first */
        char buf[65536];
        ssize_t n = recv(fd, buf, sizeof(buf), answered ? 0 : MSG_DONTWAIT);

        empty = !answered && n < 0 && errno == EAGAIN;
        if (!answered && fake_pending(f.fk, empty ? 20 : 0)) {
            front_answer(&f, front_request(&f)->f.session, "last");
            answered = true;
        }
        if (empty && waits++ < 500)
            continue;
        cr_assert_geq(n, 0);
        if (n == 0)
            break;
        wk_buf_add(&all, buf, (size_t)n);
    }
    cr_assert_eq(memcmp(all.data + all.len - 4, "last", 4), 0);
    got = strstr(all.data, "\r\n\r\n") + 4;
    if (!chunked) {
        cr_expect_eq(memcmp(got, data, BIG), 0);
    } else {
        size_t at = 0;

        for (;;) {
            char *next;
            size_t n = strtoul(got, &next, 16);

            cr_assert_eq(memcmp(next, "\r\n", 2), 0);
            if (n == 0)
                break;
            cr_assert_eq(memcmp(next + 2, data + at, n), 0);
            at += n;
            got = next + 2 + n;
            cr_assert_eq(memcmp(got, "\r\n", 2), 0);
            got += 2;
        }
        cr_expect_eq(at, BIG);
    }
    free(data);
    wk_buf_fini(&all);
    front_stop(&f);
}

Test(stream, downloads_with_a_known_length)
{
    check_download(false);
}

Test(stream, downloads_in_chunks)
{
    check_download(true);
}

static void
reset(int fd)
{
    struct linger now = {.l_onoff = 1, .l_linger = 0};

    setsockopt(fd, SOL_SOCKET, SO_LINGER, &now, sizeof(now));
    close(fd);
}

Test(stream, gives_no_credit_for_what_a_client_does_not_read)
{
    struct front f = front_start(NULL);
    int fd = client_open(&f), small = 4096;
    char *piece = pattern(65536);
    struct fake_frame *open;
    uint64_t credit = 0, sent = 0, last;

    setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &small, sizeof(small));
    client_send(fd, GET);
    open = front_request(&f);
    front_answer_stream(&f, open->f.session, -1);
    do { /* until the sockets' buffers are full and the front holds a window of it */
        last = sent;
        while (sent + 65536 <= credit + WK_SESSION_WINDOW_BYTES) {
            fake_send_raw(f.fk, open->f.session, piece, 65536, 0);
            sent += 65536;
        }
        front_sync(&f);
        credit = fake_wait_credit(f.fk, 0);
    } while (sent != last || sent + 65536 <= credit + WK_SESSION_WINDOW_BYTES);
    cr_expect_lt(credit, sent);
    cr_expect_lt(sent, 64u << 20);
    reset(fd);
    front_expect_close(&f, open->f.session, WK_ECANCELED);
    free(piece);
    front_stop(&f);
}

Test(stream, sends_the_first_bytes_before_the_last_are_known)
{
    struct front f = front_start(NULL);
    int fd = client_open(&f);
    struct fake_frame *open;
    char *got;

    client_send(fd, GET);
    open = front_request(&f);
    front_answer_stream(&f, open->f.session, -1);
    fake_send_raw(f.fk, open->f.session, "abc", 3, 0);
    got = client_until(fd, "3\r\nabc\r\n");
    cr_expect_str_eq(got, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n");
    fake_send_raw(f.fk, open->f.session, "", 0, WK_FLAG_END | WK_FLAG_LAST);
    client_until(fd, "0\r\n\r\n");
    client_round(&f, fd, GET, "next");
    front_stop(&f);
}

Test(disconnect, cancels_a_request_that_waits_for_its_answer)
{
    struct front f = front_start(NULL);
    int fd = client_open(&f);
    struct fake_frame *open;

    client_send(fd, GET);
    open = front_request(&f);
    reset(fd);
    front_expect_close(&f, open->f.session, WK_ECANCELED);
    front_stop(&f);
}

Test(disconnect, is_found_out_after_an_orderly_close_too)
{
    struct front_setup setup = {.args = {"half_ms=50"}};
    struct front f = front_start(&setup);
    int fd = client_open(&f);
    struct fake_frame *open;

    client_send(fd, GET);
    open = front_request(&f);
    close(fd);
    front_expect_close(&f, open->f.session, WK_ECANCELED);
    front_stop(&f);
}

Test(disconnect, cancels_a_stream)
{
    struct front f = front_start(NULL);
    int fd = client_open(&f);
    struct fake_frame *open;

    client_send(fd, GET);
    open = front_request(&f);
    front_answer_stream(&f, open->f.session, -1);
    fake_send_raw(f.fk, open->f.session, "abc", 3, 0);
    client_until(fd, "abc\r\n");
    reset(fd);
    front_expect_close(&f, open->f.session, WK_ECANCELED);
    fd = client_open(&f);
    client_round(&f, fd, GET, "others live");
    front_stop(&f);
}

Test(disconnect, in_the_middle_of_a_body_cancels)
{
    struct front f = front_start(NULL);
    int fd = client_open(&f);
    struct fake_frame *open;

    client_send(fd, "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nabc");
    open = front_request(&f);
    fake_expect(f.fk, WK_FRAME_DATA);
    shutdown(fd, SHUT_WR);
    front_expect_close(&f, open->f.session, WK_ECANCELED);
    front_stop(&f);
}

Test(stream, answers_early_and_closes_when_the_worker_does_not_read_the_body)
{
    struct front f = front_start(NULL);
    int fd = client_open(&f);
    struct fake_frame *open;
    char *got;

    client_send(fd, "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 30000000\r\n\r\nabc");
    open = front_request(&f);
    front_answer(&f, open->f.session, "no, thanks");
    got = client_rest(fd, NULL);
    cr_expect_str_eq(
        got, "HTTP/1.1 200 OK\r\nContent-Length: 10\r\nConnection: close\r\n\r\nno, thanks");
    front_stop(&f);
}
