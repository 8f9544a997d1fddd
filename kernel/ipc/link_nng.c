/* Links over nng byte streams: control clients, and processes on other machines.
 *
 * One receive and one send are under way at a time. nng calls back on threads of its own; `lock` guards
 * what they share with the loop. */
#include "kernel/ipc/link_priv.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <nng/nng.h>

struct nng_io {
    nng_stream *stream;
    nng_aio *rx_aio, *tx_aio;
    char *rx_buf[2];
    int rx_current; /* the buffer that nng fills */
    pthread_mutex_t lock;
    bool rx_done, tx_busy, tx_failed;
    int rx_result;
    size_t rx_bytes;
    struct wk_buf pending, sending; /* queued; handed to nng */
    size_t sent;
};

struct wk_link_listener {
    uv_loop_t *loop;
    uv_async_t wake;
    nng_stream_listener *listener;
    nng_aio *aio;
    void (*on_link)(void *arg, struct wk_link *link);
    void *arg;
    pthread_mutex_t lock;
    nng_stream *accepted[64];
    unsigned accepted_count;
    bool paused; /* accepted is full */
};

static void
rx_arm(struct wk_link *link)
{
    struct nng_io *io = link->io;
    nng_iov iov = {io->rx_buf[io->rx_current], WK_LINK_RX_BYTES};

    nng_aio_set_iov(io->rx_aio, 1, &iov);
    nng_stream_recv(io->stream, io->rx_aio);
}

static void
rx_cb(void *arg)
{
    struct wk_link *link = arg;
    struct nng_io *io = link->io;

    pthread_mutex_lock(&io->lock);
    io->rx_result = nng_aio_result(io->rx_aio);
    io->rx_bytes = nng_aio_count(io->rx_aio);
    io->rx_done = true;
    pthread_mutex_unlock(&io->lock);
    uv_async_send(&link->wake);
}

/* Under lock, no send under way: hands over what is pending. */
static void
tx_arm(struct wk_link *link)
{
    struct nng_io *io = link->io;
    nng_iov iov;

    if (io->sent == io->sending.len) {
        struct wk_buf done = io->sending;

        if (io->pending.len == 0)
            return;
        io->sending = io->pending;
        done.len = 0;
        io->pending = done;
        io->sent = 0;
    }
    io->tx_busy = true;
    iov = (nng_iov){io->sending.data + io->sent, io->sending.len - io->sent};
    nng_aio_set_iov(io->tx_aio, 1, &iov);
    nng_stream_send(io->stream, io->tx_aio);
}

static void
tx_cb(void *arg)
{
    struct wk_link *link = arg;
    struct nng_io *io = link->io;
    bool failed = false;

    pthread_mutex_lock(&io->lock);
    io->tx_busy = false;
    if (nng_aio_result(io->tx_aio) != 0) {
        failed = io->tx_failed = true;
    } else {
        io->sent += nng_aio_count(io->tx_aio);
        tx_arm(link);
    }
    pthread_mutex_unlock(&io->lock);
    if (failed)
        uv_async_send(&link->wake);
}

static void
nng_start(struct wk_link *link)
{
    rx_arm(link);
}

static size_t
nng_queue(struct wk_link *link, const void *head, size_t head_bytes, const void *body, size_t body_bytes)
{
    struct nng_io *io = link->io;
    size_t queued;

    pthread_mutex_lock(&io->lock);
    wk_buf_reserve(&io->pending, head_bytes + body_bytes);
    wk_buf_add(&io->pending, head, head_bytes);
    wk_buf_add(&io->pending, body, body_bytes);
    queued = io->pending.len;
    pthread_mutex_unlock(&io->lock);
    return queued;
}

static void
nng_flush(struct wk_link *link)
{
    struct nng_io *io = link->io;

    pthread_mutex_lock(&io->lock);
    if (!io->tx_busy && !io->tx_failed)
        tx_arm(link);
    pthread_mutex_unlock(&io->lock);
}

static void
nng_wake(struct wk_link *link)
{
    struct nng_io *io = link->io;
    bool rx_done, tx_failed;
    int result;
    size_t bytes;
    char *data;

    pthread_mutex_lock(&io->lock);
    rx_done = io->rx_done;
    tx_failed = io->tx_failed;
    result = io->rx_result;
    bytes = io->rx_bytes;
    io->rx_done = false;
    pthread_mutex_unlock(&io->lock);
    if (rx_done && result != 0) {
        wk_link_close(link, WK_ECLOSED);
    } else if (rx_done && link->why == WK_OK) {
        data = io->rx_buf[io->rx_current];
        io->rx_current ^= 1;
        rx_arm(link); /* the next receive goes on while this one is dealt with */
        wk_link_received(link, (const uint8_t *)data, bytes);
    }
    if (tx_failed)
        wk_link_close(link, WK_ECLOSED);
}

static void
nng_finish(struct wk_link *link)
{
    struct nng_io *io = link->io;

    nng_stream_close(io->stream);
    nng_aio_stop(io->rx_aio);
    nng_aio_stop(io->tx_aio);
}

static void
nng_io_free(struct wk_link *link)
{
    struct nng_io *io = link->io;

    nng_aio_free(io->rx_aio);
    nng_aio_free(io->tx_aio);
    nng_stream_free(io->stream);
    pthread_mutex_destroy(&io->lock);
    free(io->rx_buf[0]);
    free(io->rx_buf[1]);
    wk_buf_fini(&io->pending);
    wk_buf_fini(&io->sending);
    free(io);
}

static size_t
nng_unsent(struct wk_link *link)
{
    struct nng_io *io = link->io;
    size_t bytes;

    pthread_mutex_lock(&io->lock);
    bytes = io->tx_failed ? 0 : io->pending.len + io->sending.len - io->sent;
    pthread_mutex_unlock(&io->lock);
    return bytes;
}

static uint64_t
nng_peer_pid(const struct wk_link *link)
{
    const struct nng_io *io = link->io;
    uint64_t pid;

    return nng_stream_get_uint64(io->stream, NNG_OPT_IPC_PEER_PID, &pid) == 0 ? pid : 0;
}

static struct wk_link *
nng_link_new(uv_loop_t *loop, nng_stream *stream)
{
    static const struct wk_link_carrier carrier = {nng_start,  nng_queue,   nng_flush,  nng_wake,
                                                   nng_finish, nng_io_free, nng_unsent, nng_peer_pid};
    struct wk_link *link = wk_link_new(loop, &carrier);
    struct nng_io *io = link->io = wk_xcalloc(1, sizeof(*io));

    io->stream = stream;
    pthread_mutex_init(&io->lock, NULL);
    WK_CHECK(nng_aio_alloc(&io->rx_aio, rx_cb, link) == 0);
    WK_CHECK(nng_aio_alloc(&io->tx_aio, tx_cb, link) == 0);
    nng_aio_set_timeout(io->rx_aio, NNG_DURATION_INFINITE);
    nng_aio_set_timeout(io->tx_aio, NNG_DURATION_INFINITE);
    io->rx_buf[0] = wk_xmalloc(WK_LINK_RX_BYTES);
    io->rx_buf[1] = wk_xmalloc(WK_LINK_RX_BYTES);
    return link;
}

wk_err
wk_link_dial_nng(uv_loop_t *loop, const char *url, uint32_t timeout_ms, struct wk_link **out)
{
    nng_stream_dialer *dialer = NULL;
    nng_aio *aio = NULL;
    wk_err err = WK_EUNAVAILABLE;

    if (nng_stream_dialer_alloc(&dialer, url) != 0)
        return WK_EINVAL;
    WK_CHECK(nng_aio_alloc(&aio, NULL, NULL) == 0);
    nng_aio_set_timeout(aio, (nng_duration)timeout_ms);
    nng_stream_dialer_dial(dialer, aio);
    nng_aio_wait(aio);
    if (nng_aio_result(aio) == 0) {
        *out = nng_link_new(loop, nng_aio_get_output(aio, 0));
        err = WK_OK;
    }
    nng_aio_free(aio);
    nng_stream_dialer_free(dialer);
    return err;
}

/* ---- listening ---- */

static void
accept_cb(void *arg)
{
    struct wk_link_listener *l = arg;

    if (nng_aio_result(l->aio) == NNG_ECLOSED || nng_aio_result(l->aio) == NNG_ECANCELED)
        return;
    pthread_mutex_lock(&l->lock);
    if (nng_aio_result(l->aio) == 0)
        l->accepted[l->accepted_count++] = nng_aio_get_output(l->aio, 0);
    l->paused = l->accepted_count == WK_COUNT(l->accepted);
    if (!l->paused)
        nng_stream_listener_accept(l->listener, l->aio);
    pthread_mutex_unlock(&l->lock);
    uv_async_send(&l->wake);
}

static void
listener_on_wake(uv_async_t *wake)
{
    struct wk_link_listener *l = wake->data;
    nng_stream *streams[WK_COUNT(l->accepted)];
    unsigned count;

    pthread_mutex_lock(&l->lock);
    count = l->accepted_count;
    memcpy(streams, l->accepted, count * sizeof(streams[0]));
    l->accepted_count = 0;
    if (l->paused)
        nng_stream_listener_accept(l->listener, l->aio);
    l->paused = false;
    pthread_mutex_unlock(&l->lock);
    for (unsigned i = 0; i < count; i++)
        l->on_link(l->arg, nng_link_new(l->loop, streams[i]));
}

wk_err
wk_link_listen(uv_loop_t *loop, const char *url, void (*on_link)(void *arg, struct wk_link *link),
               void *arg, struct wk_link_listener **out)
{
    struct wk_link_listener *l = wk_xcalloc(1, sizeof(*l));
    int rv;

    *out = NULL;
    if (nng_stream_listener_alloc(&l->listener, url) != 0) {
        free(l);
        return WK_EINVAL;
    }
    if ((rv = nng_stream_listener_listen(l->listener)) != 0) {
        nng_stream_listener_free(l->listener);
        free(l);
        return rv == NNG_EADDRINUSE ? WK_EEXISTS : WK_EIO;
    }
    l->loop = loop;
    l->on_link = on_link;
    l->arg = arg;
    pthread_mutex_init(&l->lock, NULL);
    WK_CHECK(nng_aio_alloc(&l->aio, accept_cb, l) == 0);
    WK_CHECK(uv_async_init(loop, &l->wake, listener_on_wake) == 0);
    l->wake.data = l;
    nng_stream_listener_accept(l->listener, l->aio);
    *out = l;
    return WK_OK;
}

static void
listener_handle_closed(uv_handle_t *handle)
{
    struct wk_link_listener *l = handle->data;

    pthread_mutex_destroy(&l->lock);
    free(l);
}

void
wk_link_listener_close(struct wk_link_listener *l)
{
    if (l == NULL)
        return;
    nng_stream_listener_close(l->listener);
    nng_aio_stop(l->aio);
    nng_aio_free(l->aio);
    nng_stream_listener_free(l->listener);
    for (unsigned i = 0; i < l->accepted_count; i++)
        nng_stream_free(l->accepted[i]);
    uv_close((uv_handle_t *)&l->wake, listener_handle_closed);
}
