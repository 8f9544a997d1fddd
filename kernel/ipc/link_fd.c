/* Links over a descriptor: one end of a socket pair that the kernel made and handed down.
 *
 * No thread and no copy more than the socket's: the loop reads and writes by itself. A process that is
 * given its link this way cannot be mistaken for another, needs no address, and costs no thread. */
#include "kernel/ipc/link_priv.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#define READS_A_TURN 8

struct fd_io {
    int fd;
    uv_poll_t poll;
    bool want_write, failed;
    struct wk_buf out;
    size_t sent;
};

/* One turn at a time in a process, so one buffer will do. */
static uint8_t rx_bytes[WK_LINK_RX_BYTES];

static void fd_flush(struct wk_link *link);

static void
fd_on_poll(uv_poll_t *poll, int status, int events)
{
    struct wk_link *link = poll->data;
    struct fd_io *io = link->io;

    wk_link_ref(link);
    if (events & UV_WRITABLE)
        fd_flush(link);
    for (int i = 0; (i < READS_A_TURN || status < 0) && link->why == WK_OK && (status < 0 || (events & UV_READABLE)); i++) {
        ssize_t got = recv(io->fd, rx_bytes, sizeof(rx_bytes), MSG_DONTWAIT);

        if (got < 0 && (errno == EAGAIN || errno == EINTR))
            break;
        if (got <= 0) {
            wk_link_close(link, WK_ECLOSED);
            break;
        }
        wk_link_received(link, rx_bytes, (size_t)got);
        if ((size_t)got < sizeof(rx_bytes) && status == 0)
            break;
    }
    if (status < 0)
        wk_link_close(link, WK_ECLOSED); /* libuv watches it no more */
    wk_link_unref(link);
}

static void
fd_watch(struct wk_link *link)
{
    struct fd_io *io = link->io;

    uv_poll_start(&io->poll, UV_READABLE | (io->want_write ? UV_WRITABLE : 0), fd_on_poll);
}

static size_t
fd_queue(struct wk_link *link, const void *head, size_t head_bytes, const void *body, size_t body_bytes)
{
    struct fd_io *io = link->io;

    wk_buf_reserve(&io->out, head_bytes + body_bytes);
    wk_buf_add(&io->out, head, head_bytes);
    wk_buf_add(&io->out, body, body_bytes);
    return io->out.len - io->sent;
}

static void
fd_flush(struct wk_link *link)
{
    struct fd_io *io = link->io;
    bool want_write;

    while (io->sent < io->out.len && !io->failed) {
        ssize_t put = send(io->fd, io->out.data + io->sent, io->out.len - io->sent, MSG_NOSIGNAL | MSG_DONTWAIT);

        if (put < 0 && errno == EINTR)
            continue;
        if (put < 0 && errno != EAGAIN)
            io->failed = true; /* what the peer said before it went is still to be read; the end follows it */
        if (put <= 0)
            break;
        io->sent += (size_t)put;
    }
    if (io->sent == io->out.len) {
        io->sent = io->out.len = 0;
        if (io->out.cap > 16 * WK_LINK_RX_BYTES)
            wk_buf_fini(&io->out);
    } else if (io->sent > 4 * WK_LINK_RX_BYTES) {
        wk_buf_shift(&io->out, io->sent);
        io->sent = 0;
    }
    want_write = io->sent < io->out.len && !io->failed;
    if (want_write != io->want_write) {
        io->want_write = want_write;
        fd_watch(link);
    }
}

static void
fd_await(struct wk_link *link, int timeout_ms)
{
    struct fd_io *io = link->io;
    struct pollfd ready = {.fd = io->fd, .events = (short)(POLLIN | (io->want_write ? POLLOUT : 0))};
    struct wk_buf *in = &link->partial;
    ssize_t got;

    if (poll(&ready, 1, timeout_ms) <= 0)
        return;
    if (ready.revents & POLLOUT)
        fd_flush(link);
    if (!(ready.revents & ~POLLOUT))
        return;
    wk_buf_reserve(in, WK_LINK_RX_BYTES);
    got = recv(io->fd, in->data + in->len, WK_LINK_RX_BYTES, MSG_DONTWAIT);
    if (got > 0) {
        in->len += (size_t)got;
        in->data[in->len] = '\0';
        link->stats.bytes_in += (size_t)got;
    } else if (got == 0 || (errno != EAGAIN && errno != EINTR)) {
        wk_link_close(link, WK_ECLOSED);
    }
}

static void
fd_wake(struct wk_link *link)
{
}

static void
fd_poll_closed(uv_handle_t *handle)
{
    struct wk_link *link = handle->data;
    struct fd_io *io = link->io;

    close(io->fd);
    io->fd = -1;
    wk_link_unref(link);
}

static void
fd_finish(struct wk_link *link)
{
    struct fd_io *io = link->io;

    wk_link_ref(link);
    shutdown(io->fd, SHUT_RDWR);
    uv_close((uv_handle_t *)&io->poll, fd_poll_closed);
}

static void
fd_free(struct wk_link *link)
{
    struct fd_io *io = link->io;

    wk_buf_fini(&io->out);
    free(io);
}

static size_t
fd_unsent(struct wk_link *link)
{
    const struct fd_io *io = link->io;

    return io->failed ? 0 : io->out.len - io->sent;
}

static uint64_t
fd_peer_pid(const struct wk_link *link)
{
    return 0; /* whoever made the pair knows better */
}

wk_err
wk_link_adopt(uv_loop_t *loop, int fd, struct wk_link **out)
{
    static const struct wk_link_carrier carrier = {fd_watch,  fd_queue, fd_flush,  fd_wake,
                                                   fd_finish, fd_free,  fd_unsent, fd_peer_pid, fd_await};
    struct wk_link *link;
    struct fd_io *io;
    int flags = fcntl(fd, F_GETFL);

    *out = NULL;
    if (flags < 0 || fcntl(fd, F_SETFL, flags | O_NONBLOCK) != 0 || fcntl(fd, F_SETFD, FD_CLOEXEC) != 0)
        return WK_EINVAL;
    link = *out = wk_link_new(loop, &carrier);
    link->io = io = wk_xcalloc(1, sizeof(*io));
    io->fd = fd;
    WK_CHECK(uv_poll_init(loop, &io->poll, fd) == 0);
    io->poll.data = link;
    return WK_OK;
}
