#include "tests/service/front/front_fixture.h"

#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#ifndef WK_BIN
#define WK_BIN "build/bin"
#endif

static struct wk_arena texts; /* what clients got; gone with front_stop */

static char *
keep(struct wk_buf *buf)
{
    char *text = wk_arena_alloc(&texts, buf->len + 1);

    if (buf->len > 0)
        memcpy(text, buf->data, buf->len);
    wk_buf_fini(buf);
    return text;
}

static int
listen_somewhere(uint16_t *port)
{
    struct sockaddr_in addr = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
    socklen_t len = sizeof(addr);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

    cr_assert_eq(bind(fd, (struct sockaddr *)&addr, len), 0);
    cr_assert_eq(listen(fd, 128), 0);
    cr_assert_eq(getsockname(fd, (struct sockaddr *)&addr, &len), 0);
    *port = ntohs(addr.sin_port);
    return fd;
}

void
front_sockets(struct front *f, const struct front_setup *setup, uint32_t handle)
{
    Wk__FrontSockets sockets = WK__FRONT_SOCKETS__INIT;
    Wk__FrontSockets__Listen listen = WK__FRONT_SOCKETS__LISTEN__INIT, *list = &listen;
    WK_ENVELOPE(msg, FRONT_SOCKETS, front_sockets, &sockets);
    struct wk_buf options = {0};

    if (setup != NULL && setup->options != NULL)
        wk_pack(&setup->options->base, &options);
    listen.name = (char *)(uintptr_t) "http";
    listen.fd = (uint32_t)f->listen_fd;
    listen.handle = handle;
    listen.http_options = WK_BYTES_OF(options.data, options.len);
    sockets.n_sockets = f->listen_fd >= 0;
    sockets.sockets = &list;
    sockets.error_pages = setup != NULL && setup->error_pages;
    sockets.log_requests = setup != NULL && setup->log_requests;
    fake_send_msg(f->fk, 0, &msg, 0);
    wk_buf_fini(&options);
}

void
front_sync(struct front *f)
{
    Wk__Ping ping = WK__PING__INIT;
    WK_ENVELOPE(msg, PING, ping, &ping);
    struct fake_frame *frame;

    fake_send_msg(f->fk, 0, &msg, 0);
    while ((frame = fake_next(f->fk))->msg != NULL && frame->msg->body_case == WK__ENVELOPE__BODY_READY)
        continue; /* it says Ready after every list of sockets */
    cr_assert_eq(frame->msg->body_case, WK__ENVELOPE__BODY_PONG);
}

struct front
front_start(const struct front_setup *setup)
{
    struct front f = {.fk = fake_kernel_new()};

    f.listen_fd = listen_somewhere(&f.tcp_port);
    fake_kernel_start(f.fk, WK_BIN "/wk-front", setup != NULL ? setup->args : NULL,
                      f.listen_fd);
    front_sockets(&f, setup, FRONT_HANDLE);
    fake_expect_msg(f.fk, WK__ENVELOPE__BODY_READY);
    return f;
}

void
front_stop(struct front *f)
{
    fake_kernel_free(f->fk);
    wk_arena_fini(&texts);
    if (f->listen_fd >= 0)
        close(f->listen_fd);
}

void
front_tell_drain(struct front *f)
{
    Wk__Drain drain = WK__DRAIN__INIT;
    WK_ENVELOPE(msg, DRAIN, drain, &drain);

    fake_send_msg(f->fk, 0, &msg, 0);
}

struct fake_frame *
front_request(struct front *f)
{
    struct fake_frame *open = fake_expect(f->fk, WK_FRAME_OPEN);

    cr_assert_not_null(open->msg);
    cr_assert_eq(open->msg->body_case, WK__ENVELOPE__BODY_HTTP_REQUEST);
    return open;
}

void
front_answer(struct front *f, uint32_t session, const char *body)
{
    Wk__HttpResponse r = WK__HTTP_RESPONSE__INIT;
    WK_ENVELOPE(msg, HTTP_RESPONSE, http_response, &r);

    r.status = 200;
    r.body = WK_BYTES_OF(body, strlen(body));
    fake_send_msg(f->fk, session, &msg, WK_FLAG_END | WK_FLAG_LAST);
}

void
front_answer_stream(struct front *f, uint32_t session, long length)
{
    Wk__HttpResponse r = WK__HTTP_RESPONSE__INIT;
    WK_ENVELOPE(msg, HTTP_RESPONSE, http_response, &r);

    r.status = 200;
    r.body_follows = true;
    r.content_length_plus1 = (uint64_t)(length + 1);
    fake_send_msg(f->fk, session, &msg, 0);
}

void
front_expect_close(struct front *f, uint32_t session, wk_err code)
{
    struct fake_frame *close = fake_expect(f->fk, WK_FRAME_CLOSE);

    cr_assert_eq(close->f.session, session);
    cr_assert_eq(close->f.code, code, "closed with %s", wk_err_name((wk_err)close->f.code));
}

const char *
front_header(const struct fake_frame *open, const char *name)
{
    const Wk__HttpRequest *req = open->msg->http_request;

    static char value[4096];

    for (size_t i = 0; i < req->n_headers; i += 2)
        if (req->headers[i].len == strlen(name) &&
            memcmp(req->headers[i].data, name, strlen(name)) == 0) {
            snprintf(value, sizeof(value), "%.*s", (int)req->headers[i + 1].len,
                     (const char *)req->headers[i + 1].data);
            return value;
        }
    return NULL;
}

int
client_open(struct front *f)
{
    struct sockaddr_in addr = {.sin_family = AF_INET,
                               .sin_addr = {htonl(INADDR_LOOPBACK)},
                               .sin_port = htons(f->tcp_port)};
    struct timeval wait = {.tv_sec = FAKE_WAIT_MS / 1000};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof(wait));
    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &wait, sizeof(wait));
    cr_assert_eq(connect(fd, (struct sockaddr *)&addr, sizeof(addr)), 0);
    return fd;
}

void
client_send_bytes(int fd, const void *data, size_t bytes)
{
    const char *p = data;

    while (bytes > 0) {
        ssize_t n = send(fd, p, bytes, MSG_NOSIGNAL);

        if (n < 0 && (errno == EPIPE || errno == ECONNRESET))
            return; /* it was refused before its end: what came back tells */
        cr_assert_gt(n, 0, "send: %s", strerror(errno));
        p += n;
        bytes -= (size_t)n;
    }
}

void
client_send(int fd, const char *text)
{
    client_send_bytes(fd, text, strlen(text));
}

char *
client_until(int fd, const char *text)
{
    struct wk_buf got = {0};
    size_t want = strlen(text);

    wk_buf_add(&got, "", 0);
    while (got.len < want || memcmp(got.data + got.len - want, text, want) != 0) {
        char c;
        ssize_t n = recv(fd, &c, 1, 0);

        cr_assert_eq(n, 1, "wanted \"%s\", got \"%s\" and then %s", text, got.data,
                     n == 0 ? "the end" : strerror(errno));
        wk_buf_add_char(&got, c);
    }
    return keep(&got);
}

char *
client_rest(int fd, bool *reset)
{
    struct wk_buf got = {0};
    char piece[65536];
    ssize_t n;

    while ((n = recv(fd, piece, sizeof(piece), 0)) > 0)
        wk_buf_add(&got, piece, (size_t)n);
    if (n < 0 && errno != ECONNRESET)
        wk_buf_addf(&got, "[not closed: %s]", strerror(errno));
    if (reset != NULL)
        *reset = n < 0;
    return keep(&got);
}

char *
client_round(struct front *f, int fd, const char *request, const char *body)
{
    struct fake_frame *open;

    client_send(fd, request);
    open = front_request(f);
    front_answer(f, open->f.session, body);
    return client_until(fd, body);
}
