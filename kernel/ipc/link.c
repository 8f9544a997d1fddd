#include "kernel/ipc/link_priv.h"

#include <malloc.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define THREAD_STACK_BYTES (256u << 10)
#define LATER_BYTES_MAX (32u << 10)

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

static void
link_handle_closed(uv_handle_t *handle)
{
    struct wk_link *link = handle->data;

    if (--link->handles_open == 0)
        wk_link_unref(link);
}

/* Takes the link down for good. */
static void
link_finish(struct wk_link *link)
{
    if (link->closed)
        return;
    link->closed = true;
    link->carrier->finish(link);
    uv_prepare_stop(&link->before_wait);
    if (link->started && link->events != NULL)
        link->events->on_closed(link->arg, link, link->why);
    uv_close((uv_handle_t *)&link->wake, link_handle_closed);
    uv_close((uv_handle_t *)&link->before_wait, link_handle_closed);
    uv_close((uv_handle_t *)&link->later_timer, link_handle_closed);
}

/* Delivers the whole frames of run. */
static void
link_deliver(struct wk_link *link, struct wk_link_run *run)
{
    link->run = run;
    while (link->why == WK_OK) {
        struct wk_frame frame;
        size_t used;
        wk_err err = wk_frame_decode(run->data + run->at, run->bytes - run->at, &frame, &used);

        if (err == WK_EAGAIN)
            break;
        if (err != WK_OK) {
            wk_link_close(link, err);
            break;
        }
        run->at += used;
        link->stats.frames_in++;
        link->events->on_frame(link->arg, link, &frame);
    }
    link->run = NULL;
}

void
wk_link_received(struct wk_link *link, const uint8_t *data, size_t bytes)
{
    struct wk_link_run run = {data, bytes, 0};
    struct wk_buf own = {0};

    link->stats.bytes_in += bytes;
    link->left = false;
    if (link->partial.len > 0) {
        wk_buf_add(&link->partial, data, bytes);
        own = link->partial;
        link->partial = (struct wk_buf){0}; /* a wait may fill it while own is delivered */
        run = (struct wk_link_run){(const uint8_t *)own.data, own.len, 0};
    }
    link_deliver(link, &run);
    if (own.data == NULL) {
        wk_buf_add(&link->partial, run.data + run.at, run.bytes - run.at);
    } else if (link->partial.len > 0) { /* a wait took the rest of own there */
        wk_buf_fini(&own);
    } else {
        wk_buf_fini(&link->partial);
        wk_buf_shift(&own, run.at);
        link->partial = own;
    }
    if (link->partial.len == 0 && link->partial.cap > 4 * WK_LINK_RX_BYTES)
        wk_buf_fini(&link->partial);
    if (link->why == WK_OK && link->events->on_batch_end != NULL)
        link->events->on_batch_end(link->arg, link);
    wk_link_flush(link);
}

/* ---- waiting ---- */

/* Shows take the whole frames of partial from *at on; *at moves past those that it leaves. True: it is done. */
static bool
wait_take(struct wk_link *link, size_t *at, enum wk_link_taken (*take)(void *arg, const struct wk_frame *frame),
          void *arg)
{
    while (link->why == WK_OK) {
        struct wk_buf *partial = &link->partial;
        struct wk_frame frame;
        size_t used;
        wk_err err = wk_frame_decode((const uint8_t *)partial->data + *at, partial->len - *at, &frame, &used);
        enum wk_link_taken taken;

        if (err != WK_OK) {
            if (err != WK_EAGAIN)
                wk_link_close(link, err);
            break;
        }
        if ((taken = take(arg, &frame)) == WK_LINK_LEFT) {
            *at += used;
            continue;
        }
        link->stats.frames_in++;
        memmove(partial->data + *at, partial->data + *at + used, partial->len - *at - used);
        partial->len -= used;
        if (taken == WK_LINK_DONE)
            return true;
    }
    return false;
}

wk_err
wk_link_wait(struct wk_link *link, uint32_t timeout_ms,
             enum wk_link_taken (*take)(void *arg, const struct wk_frame *frame), void *arg)
{
    uint64_t until = wk_now_ms() + timeout_ms, now;
    struct wk_link_run *run = link->run;
    wk_err err = WK_EAGAIN;
    size_t at = 0;

    if (link->carrier->await == NULL)
        return WK_EUNSUPPORTED;
    if (run != NULL && link->why == WK_OK) { /* what came with the frame being delivered is next */
        wk_buf_add(&link->partial, run->data + run->at, run->bytes - run->at);
        run->at = run->bytes;
    }
    wk_link_flush(link);
    while (err == WK_EAGAIN) {
        if (wait_take(link, &at, take, arg))
            err = WK_OK;
        else if (link->closed || link->why != WK_OK)
            err = WK_ECLOSED;
        else if ((now = wk_now_ms()) >= until)
            err = WK_ETIMEDOUT;
        else
            link->carrier->await(link, (int)(until - now));
        if (link->partial.len > WK_LINK_QUEUE_BYTES_MAX)
            wk_link_close(link, WK_EOVERLOADED);
    }
    if (link->partial.len > 0 && !link->closed) {
        link->left = true;
        uv_async_send(&link->wake);
    }
    return err;
}

/* ---- the loop ---- */

static void
link_on_wake(uv_async_t *wake)
{
    struct wk_link *link = wake->data;

    wk_link_ref(link);
    if (link->left && link->why == WK_OK)
        wk_link_received(link, NULL, 0);
    link->carrier->wake(link);
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

struct wk_link *
wk_link_new(uv_loop_t *loop, const struct wk_link_carrier *carrier)
{
    struct wk_link *link = wk_xcalloc(1, sizeof(*link));

    link->carrier = carrier;
    link->refs = 2;
    link->loop = loop;
    WK_CHECK(uv_async_init(loop, &link->wake, link_on_wake) == 0);
    uv_prepare_init(loop, &link->before_wait);
    uv_timer_init(loop, &link->later_timer);
    link->wake.data = link->before_wait.data = link->later_timer.data = link;
    link->handles_open = 3;
    return link;
}

void
wk_link_start(struct wk_link *link, const struct wk_link_events *events, void *arg)
{
    link->events = events;
    link->arg = arg;
    link->started = true;
    link->carrier->start(link);
}

/* What could wait is queued now. */
static void
later_queue(struct wk_link *link)
{
    if (link->later.len == 0 || link->closed)
        return;
    uv_timer_stop(&link->later_timer);
    link->carrier->queue(link, link->later.data, link->later.len, NULL, 0);
    link->later.len = 0;
}

static void
later_due(uv_timer_t *timer)
{
    later_queue(timer->data);
    wk_link_flush(timer->data);
}

/* False: it cannot wait, since there is too much of it, or it has to go behind what is held. */
static bool
later_take(struct wk_link *link, const uint8_t *head, const struct wk_frame *frame)
{
    if (!frame->later || link->holding || link->later.len + frame->body_bytes > LATER_BYTES_MAX)
        return false;
    if (link->later.len == 0)
        uv_timer_start(&link->later_timer, later_due, WK_LINK_LATER_MS, 0);
    wk_buf_add(&link->later, head, WK_FRAME_HEAD_BYTES);
    wk_buf_add(&link->later, frame->body, frame->body_bytes);
    return true;
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
    link->stats.frames_out++;
    link->stats.bytes_out += WK_FRAME_HEAD_BYTES + frame->body_bytes;
    if (later_take(link, head, frame))
        return;
    later_queue(link);
    if (link->holding && !link->hold_paused) {
        wk_buf_add(&link->held, head, sizeof(head));
        wk_buf_add(&link->held, frame->body, frame->body_bytes);
        queued = link->held.len;
    } else {
        queued = link->carrier->queue(link, head, sizeof(head), frame->body, frame->body_bytes);
    }
    if (queued > WK_LINK_QUEUE_BYTES_MAX)
        wk_link_close(link, WK_EOVERLOADED);
    else
        wk_link_flush_soon(link);
}

void
wk_link_hold(struct wk_link *link)
{
    WK_CHECK(!link->holding);
    link->holding = true;
}

void
wk_link_hold_pause(struct wk_link *link, bool pause)
{
    link->hold_paused = pause;
}

void
wk_link_release(struct wk_link *link)
{
    size_t queued = 0;

    WK_CHECK(link->holding && !link->hold_paused);
    link->holding = false;
    if (!link->closed && link->why == WK_OK && link->held.len > 0)
        queued = link->carrier->queue(link, link->held.data, link->held.len, NULL, 0);
    link->held.len = 0;
    if (link->held.cap > 4 * WK_LINK_RX_BYTES)
        wk_buf_fini(&link->held);
    if (queued > WK_LINK_QUEUE_BYTES_MAX)
        wk_link_close(link, WK_EOVERLOADED);
    else if (queued > 0)
        wk_link_flush_soon(link);
}

void
wk_link_flush(struct wk_link *link)
{
    if (link->closed)
        return;
    uv_prepare_stop(&link->before_wait);
    link->carrier->flush(link);
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
    later_queue(link);
    wk_link_flush(link);
    if (link->why != WK_OK)
        return; /* the flush found it closed */
    link->why = why == WK_OK ? WK_ECLOSED : why;
    uv_async_send(&link->wake);
}

void
wk_link_drain(struct wk_link *link, uint32_t timeout_ms)
{
    uint64_t until = wk_now_ms() + timeout_ms;

    later_queue(link);
    wk_link_flush(link);
    while (!link->closed && wk_link_unsent_bytes(link) > 0 && wk_now_ms() < until) {
        usleep(500); /* the process ends here: nothing else is left to run */
        wk_link_flush(link);
    }
}

size_t
wk_link_unsent_bytes(struct wk_link *link)
{
    return link->closed ? 0 : link->carrier->unsent(link) + link->held.len + link->later.len;
}

uint64_t
wk_link_peer_pid(const struct wk_link *link)
{
    return link->carrier->peer_pid(link);
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
    link->carrier->free(link);
    wk_buf_fini(&link->held);
    wk_buf_fini(&link->later);
    wk_buf_fini(&link->partial);
    free(link);
}

wk_err
wk_link_dial(uv_loop_t *loop, const char *url, uint32_t timeout_ms, const struct wk_link_events *events, void *arg,
             struct wk_link **out)
{
    wk_err err;

    *out = NULL;
    if (strncmp(url, "fd:", 3) == 0)
        err = wk_link_adopt(loop, atoi(url + 3), out);
    else
        err = wk_link_dial_nng(loop, url, timeout_ms, out);
    if (err == WK_OK)
        wk_link_start(*out, events, arg);
    return err;
}
