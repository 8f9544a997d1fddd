#include "kernel/ipc/link.h"

#include <malloc.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <nng/nng.h>
#include "kernel/base/buf.h"

#define RX_BYTES (64u << 10)
#define THREAD_STACK_BYTES (256u << 10)

/* One receive and one send are under way at a time. `lock` guards what nng's threads share with the
 * loop; everything else is the loop's. */
struct wk_link {
    unsigned refs;
    uv_loop_t *loop;
    uv_async_t wake;
    uv_prepare_t before_wait; /* runs while something waits to be flushed */
    unsigned handles_open;
    nng_stream *stream;
    nng_aio *rx_aio, *tx_aio;
    const struct wk_link_events *events;
    void *arg;
    bool started, closed;
    wk_err why; /* not WK_OK: it is to be closed */
    struct wk_link_stats stats;

    char *rx_buf[2];
    int rx_current;        /* the buffer that nng fills */
    struct wk_buf partial; /* a frame whose end has not come yet */

    pthread_mutex_t lock;
    bool rx_done, tx_busy, tx_failed;
    int rx_result;
    size_t rx_bytes;
    struct wk_buf pending, sending; /* under lock: queued; handed to nng */
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

void
wk_link_global_init(void)
{
    pthread_attr_t attr;

    /* nng starts a dozen threads that do little: small stacks, one malloc arena. */
    mallopt(M_ARENA_MAX, 1);
    pthread_attr_init(&attr);
    pthread_attr_setstacksize(&attr, THREAD_STACK_BYTES);
    pthread_setattr_default_np(&attr);
    pthread_attr_destroy(&attr);
}

/* ---- nng's threads ---- */

static void
rx_arm(struct wk_link *link)
{
    nng_iov iov = {link->rx_buf[link->rx_current], RX_BYTES};

    nng_aio_set_iov(link->rx_aio, 1, &iov);
    nng_stream_recv(link->stream, link->rx_aio);
}

static void
rx_cb(void *arg)
{
    struct wk_link *link = arg;

    pthread_mutex_lock(&link->lock);
    link->rx_result = nng_aio_result(link->rx_aio);
    link->rx_bytes = nng_aio_count(link->rx_aio);
    link->rx_done = true;
    pthread_mutex_unlock(&link->lock);
    uv_async_send(&link->wake);
}

/* Under lock, no send under way: hands over what is pending. */
static void
tx_arm(struct wk_link *link)
{
    nng_iov iov;

    if (link->sent == link->sending.len) {
        struct wk_buf done = link->sending;

        if (link->pending.len == 0)
            return;
        link->sending = link->pending;
        done.len = 0;
        link->pending = done;
        link->sent = 0;
    }
    link->tx_busy = true;
    iov = (nng_iov){link->sending.data + link->sent, link->sending.len - link->sent};
    nng_aio_set_iov(link->tx_aio, 1, &iov);
    nng_stream_send(link->stream, link->tx_aio);
}

static void
tx_cb(void *arg)
{
    struct wk_link *link = arg;
    bool failed = false;

    pthread_mutex_lock(&link->lock);
    link->tx_busy = false;
    if (nng_aio_result(link->tx_aio) != 0) {
        failed = link->tx_failed = true;
    } else {
        link->sent += nng_aio_count(link->tx_aio);
        tx_arm(link);
    }
    pthread_mutex_unlock(&link->lock);
    if (failed)
        uv_async_send(&link->wake);
}

/* ---- the loop's side ---- */

static void
link_handle_closed(uv_handle_t *handle)
{
    struct wk_link *link = handle->data;

    if (--link->handles_open == 0)
        wk_link_unref(link);
}

/* Takes the link down for good; nng has no callback of it under way when this returns. */
static void
link_finish(struct wk_link *link)
{
    const struct wk_link_events *events = link->events;

    if (link->closed)
        return;
    link->closed = true;
    nng_stream_close(link->stream);
    nng_aio_stop(link->rx_aio);
    nng_aio_stop(link->tx_aio);
    uv_prepare_stop(&link->before_wait);
    if (link->started && events != NULL)
        events->on_closed(link->arg, link, link->why);
    uv_close((uv_handle_t *)&link->wake, link_handle_closed);
    uv_close((uv_handle_t *)&link->before_wait, link_handle_closed);
}

/* Delivers the whole frames in data; gives how many bytes they were. */
static size_t
link_deliver(struct wk_link *link, const uint8_t *data, size_t bytes)
{
    size_t at = 0;

    while (link->why == WK_OK) {
        struct wk_frame frame;
        size_t used;
        wk_err err = wk_frame_decode(data + at, bytes - at, &frame, &used);

        if (err == WK_EAGAIN)
            break;
        if (err != WK_OK) {
            wk_link_close(link, err);
            break;
        }
        at += used;
        link->stats.frames_in++;
        link->events->on_frame(link->arg, link, &frame);
    }
    return at;
}

static void
link_received(struct wk_link *link, const uint8_t *data, size_t bytes)
{
    size_t used;

    link->stats.bytes_in += bytes;
    if (link->partial.len == 0) {
        used = link_deliver(link, data, bytes);
        wk_buf_add(&link->partial, data + used, bytes - used);
    } else {
        wk_buf_add(&link->partial, data, bytes);
        used = link_deliver(link, (const uint8_t *)link->partial.data, link->partial.len);
        wk_buf_shift(&link->partial, used);
    }
    if (link->partial.len == 0 && link->partial.cap > 4 * RX_BYTES)
        wk_buf_fini(&link->partial);
    if (link->why == WK_OK && link->events->on_batch_end != NULL)
        link->events->on_batch_end(link->arg, link);
}

static void
link_on_wake(uv_async_t *wake)
{
    struct wk_link *link = wake->data;
    bool rx_done, tx_failed;
    int result;
    size_t bytes;
    char *data;

    wk_link_ref(link);
    pthread_mutex_lock(&link->lock);
    rx_done = link->rx_done;
    tx_failed = link->tx_failed;
    result = link->rx_result;
    bytes = link->rx_bytes;
    if (rx_done)
        link->rx_done = false;
    pthread_mutex_unlock(&link->lock);
    if (rx_done && result != 0) {
        wk_link_close(link, WK_ECLOSED);
    } else if (rx_done && link->why == WK_OK) {
        data = link->rx_buf[link->rx_current];
        link->rx_current ^= 1;
        rx_arm(link); /* the next receive goes on while this one is dealt with */
        link_received(link, (const uint8_t *)data, bytes);
        wk_link_flush(link);
    }
    if (tx_failed)
        wk_link_close(link, WK_ECLOSED);
    if (link->why != WK_OK)
        link_finish(link);
    wk_link_unref(link);
}

static void
link_before_wait(uv_prepare_t *prepare)
{
    struct wk_link *link = prepare->data;

    uv_prepare_stop(prepare);
    wk_link_flush(link);
}

static struct wk_link *
link_new(uv_loop_t *loop, nng_stream *stream)
{
    struct wk_link *link = wk_xcalloc(1, sizeof(*link));

    link->refs = 2; /* the caller's, and that of the loop's handles */
    link->loop = loop;
    link->stream = stream;
    pthread_mutex_init(&link->lock, NULL);
    WK_CHECK(nng_aio_alloc(&link->rx_aio, rx_cb, link) == 0);
    WK_CHECK(nng_aio_alloc(&link->tx_aio, tx_cb, link) == 0);
    nng_aio_set_timeout(link->rx_aio, NNG_DURATION_INFINITE);
    nng_aio_set_timeout(link->tx_aio, NNG_DURATION_INFINITE);
    link->rx_buf[0] = wk_xmalloc(RX_BYTES);
    link->rx_buf[1] = wk_xmalloc(RX_BYTES);
    WK_CHECK(uv_async_init(loop, &link->wake, link_on_wake) == 0);
    uv_prepare_init(loop, &link->before_wait);
    link->wake.data = link->before_wait.data = link;
    link->handles_open = 2;
    return link;
}

void
wk_link_start(struct wk_link *link, const struct wk_link_events *events, void *arg)
{
    link->events = events;
    link->arg = arg;
    link->started = true;
    rx_arm(link);
}

void
wk_link_send(struct wk_link *link, const struct wk_frame *frame)
{
    uint8_t head[WK_FRAME_HEAD_BYTES];
    size_t queued;

    if (link->closed || link->why != WK_OK)
        return;
    WK_CHECK(frame->body_bytes <= WK_FRAME_BODY_BYTES_MAX);
    wk_frame_encode_head(frame, head);
    pthread_mutex_lock(&link->lock);
    wk_buf_reserve(&link->pending, WK_FRAME_HEAD_BYTES + frame->body_bytes);
    wk_buf_add(&link->pending, head, sizeof(head));
    wk_buf_add(&link->pending, frame->body, frame->body_bytes);
    queued = link->pending.len;
    pthread_mutex_unlock(&link->lock);
    link->stats.frames_out++;
    link->stats.bytes_out += WK_FRAME_HEAD_BYTES + frame->body_bytes;
    if (queued > WK_LINK_QUEUE_BYTES_MAX)
        wk_link_close(link, WK_EOVERLOADED);
    else
        wk_link_flush_soon(link);
}

void
wk_link_flush(struct wk_link *link)
{
    if (link->closed)
        return;
    uv_prepare_stop(&link->before_wait);
    pthread_mutex_lock(&link->lock);
    if (!link->tx_busy && !link->tx_failed)
        tx_arm(link);
    pthread_mutex_unlock(&link->lock);
}

void
wk_link_flush_soon(struct wk_link *link)
{
    if (!link->closed && !uv_is_active((uv_handle_t *)&link->before_wait))
        uv_prepare_start(&link->before_wait, link_before_wait);
}

void
wk_link_close(struct wk_link *link, wk_err why)
{
    if (link->closed || link->why != WK_OK)
        return;
    wk_link_flush(link);
    link->why = why == WK_OK ? WK_ECLOSED : why;
    uv_async_send(&link->wake);
}

void
wk_link_drain(struct wk_link *link, uint32_t timeout_ms)
{
    uint64_t until = wk_now_ms() + timeout_ms;

    wk_link_flush(link);
    while (!link->closed && wk_link_unsent_bytes(link) > 0 && wk_now_ms() < until)
        usleep(500); /* the process ends here: nothing else is left to run */
}

size_t
wk_link_unsent_bytes(struct wk_link *link)
{
    size_t bytes;

    pthread_mutex_lock(&link->lock);
    bytes = link->tx_failed ? 0 : link->pending.len + link->sending.len - link->sent;
    pthread_mutex_unlock(&link->lock);
    return bytes;
}

uint64_t
wk_link_peer_pid(const struct wk_link *link)
{
    uint64_t pid;

    return nng_stream_get_uint64(link->stream, NNG_OPT_IPC_PEER_PID, &pid) == 0 ? pid : 0;
}

void
wk_link_stats(struct wk_link *link, struct wk_link_stats *out)
{
    *out = link->stats;
}

struct wk_link *
wk_link_ref(struct wk_link *link)
{
    link->refs++;
    return link;
}

void
wk_link_unref(struct wk_link *link)
{
    if (link == NULL || --link->refs > 0)
        return;
    nng_aio_free(link->rx_aio);
    nng_aio_free(link->tx_aio);
    nng_stream_free(link->stream);
    pthread_mutex_destroy(&link->lock);
    free(link->rx_buf[0]);
    free(link->rx_buf[1]);
    wk_buf_fini(&link->partial);
    wk_buf_fini(&link->pending);
    wk_buf_fini(&link->sending);
    free(link);
}

wk_err
wk_link_dial(uv_loop_t *loop, const char *url, uint32_t timeout_ms,
             const struct wk_link_events *events, void *arg, struct wk_link **out)
{
    nng_stream_dialer *dialer = NULL;
    nng_aio *aio = NULL;
    wk_err err = WK_EUNAVAILABLE;

    *out = NULL;
    if (nng_stream_dialer_alloc(&dialer, url) != 0)
        return WK_EINVAL;
    WK_CHECK(nng_aio_alloc(&aio, NULL, NULL) == 0);
    nng_aio_set_timeout(aio, (nng_duration)timeout_ms);
    nng_stream_dialer_dial(dialer, aio);
    nng_aio_wait(aio);
    if (nng_aio_result(aio) != 0)
        goto out;
    *out = link_new(loop, nng_aio_get_output(aio, 0));
    wk_link_start(*out, events, arg);
    err = WK_OK;
out:
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
        l->on_link(l->arg, link_new(l->loop, streams[i]));
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
