/* The write side: straight to the socket when it takes the bytes, a queue when it does not. */
#include "services/front/conn.h"

#include <stdlib.h>
#include <string.h>
#include "kernel/base/fault.h"

static void out_start(struct wk_conn *conn);

/* ---- buffers ---- */

static void
buf_get(struct wk_front *front, struct wk_buf *buf)
{
    if (buf->data == NULL && front->spare_count > 0)
        *buf = front->spares[--front->spare_count];
}

static void
buf_put(struct wk_front *front, struct wk_buf *buf)
{
    if (buf->data != NULL && buf->cap <= 4 * WK_CORK_BYTES &&
        front->spare_count < WK_SPARES_MAX) {
        buf->len = 0;
        front->spares[front->spare_count++] = *buf;
        *buf = (struct wk_buf){0};
    }
    wk_buf_fini(buf);
}

void
wk_out_rest(struct wk_conn *conn)
{
    buf_put(conn->front, &conn->out.queue);
    buf_put(conn->front, &conn->out.sending);
}

/* ---- writing ---- */

/* The client took these bytes of the session: the worker may send as many again. */
static void
credit(struct wk_conn *conn, size_t bytes)
{
    if (bytes > 0 && conn->ex.session != NULL)
        wk_session_consumed(conn->ex.session, bytes);
}

static void
out_done(uv_write_t *req, int status)
{
    struct wk_conn *conn = req->data;
    struct wk_out *out = &conn->out;
    size_t taken = out->sending_credit;

    out->busy = false;
    out->sending.len = 0;
    out->sending_credit = 0;
    wk_timer_stop(&conn->write_timer);
    if (conn->state == WK_CONN_CLOSING)
        return;
    if (status != 0) {
        wk_conn_lost(conn);
        return;
    }
    credit(conn, taken);
    if (out->queue.len > 0)
        out_start(conn);
    else
        wk_conn_drained(conn);
}

/* Hands the queue over to libuv. */
static void
out_start(struct wk_conn *conn)
{
    struct wk_out *out = &conn->out;
    struct wk_buf empty = out->sending;
    uv_buf_t whole;
    int rc;

    out->sending = out->queue;
    out->sending_credit = out->queue_credit;
    out->queue = empty;
    out->queue_credit = 0;
    out->busy = true;
    out->req.data = conn;
    whole = uv_buf_init(out->sending.data, (unsigned)out->sending.len);
    wk_timer_arm(&conn->front->timers, &conn->write_timer, WK_TIMER_WRITE);
    out->left_before = out->sending.len;
    rc = uv_write(&out->req, &conn->uv.stream, &whole, 1, out_done);
    if (rc != 0) {
        out->busy = false;
        wk_conn_lost(conn);
    }
}

static void
queue_add(struct wk_conn *conn, const uv_buf_t *parts, unsigned count, size_t skip)
{
    struct wk_buf *queue = &conn->out.queue;
    size_t bytes = 0;

    for (unsigned i = 0; i < count; i++)
        bytes += parts[i].len;
    if (bytes == skip)
        return;
    buf_get(conn->front, queue);
    wk_buf_reserve(queue, bytes - skip);
    for (unsigned i = 0; i < count; i++) {
        size_t drop = skip < parts[i].len ? skip : parts[i].len;

        skip -= drop;
        wk_buf_add(queue, parts[i].base + drop, parts[i].len - drop);
    }
}

/* One attempt at what is queued and then the parts; gives the bytes written, or -1 with the
 * client gone. */
static ssize_t
out_try(struct wk_conn *conn, const uv_buf_t *parts, unsigned count)
{
    uv_buf_t all[8];
    unsigned n = 0;
    int rc;

    WK_CHECK(count < WK_COUNT(all));
    if (conn->out.queue.len > 0)
        all[n++] = uv_buf_init(conn->out.queue.data, (unsigned)conn->out.queue.len);
    for (unsigned i = 0; i < count; i++)
        if (parts[i].len > 0)
            all[n++] = parts[i];
    if (n == 0)
        return 0;
    rc = uv_try_write(&conn->uv.stream, all, n);
    if (rc == UV_EAGAIN)
        return 0;
    return rc < 0 ? -1 : rc;
}

void
wk_out_send(struct wk_conn *conn, const uv_buf_t *parts, unsigned count, size_t credit_bytes)
{
    struct wk_out *out = &conn->out;
    size_t queued = out->queue.len, wrote = 0;

    (void)WK_FAULT_POINT("F.response.partial");
    if (conn->state == WK_CONN_CLOSING)
        return;
    if (!out->busy) {
        ssize_t n = out_try(conn, parts, count);

        if (n < 0) {
            wk_conn_lost(conn);
            return;
        }
        wrote = (size_t)n;
    }
    if (wrote < queued) {
        wk_buf_shift(&out->queue, wrote);
        wrote = 0;
    } else {
        out->queue.len = 0;
        wrote -= queued;
    }
    queue_add(conn, parts, count, wrote);
    out->queue_credit += credit_bytes;
    if (out->busy)
        return;
    if (out->queue.len > 0) {
        out_start(conn);
        return;
    }
    credit_bytes = out->queue_credit;
    out->queue_credit = 0;
    credit(conn, credit_bytes);
    wk_conn_drained(conn);
}

void
wk_out_cork(struct wk_conn *conn, const uv_buf_t *parts, unsigned count, size_t credit_bytes)
{
    struct wk_out *out = &conn->out;

    if (conn->state == WK_CONN_CLOSING)
        return;
    queue_add(conn, parts, count, 0);
    out->queue_credit += credit_bytes;
    if (!out->corked && !out->busy) {
        out->corked = true;
        out->next_corked = conn->front->corked;
        conn->front->corked = conn;
    }
}

void
wk_out_flush_corked(struct wk_front *front)
{
    struct wk_conn *conn;

    while ((conn = front->corked) != NULL) {
        front->corked = conn->out.next_corked;
        conn->out.corked = false;
        if (!conn->out.busy)
            wk_out_send(conn, NULL, 0, 0);
    }
}

void
wk_out_fini(struct wk_conn *conn)
{
    struct wk_conn **at = &conn->front->corked;

    if (!conn->out.corked)
        return;
    while (*at != conn)
        at = &(*at)->out.next_corked;
    *at = conn->out.next_corked;
    conn->out.corked = false;
}
