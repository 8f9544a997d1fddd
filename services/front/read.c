/* The read side: bytes of the client into requests, as far as the state and the session's
 * window allow. */
#include "services/front/conn.h"

/* ---- requests ---- */

static void
refuse(struct wk_conn *conn)
{
    wk_exchange_end_session(conn, WK_ECANCELED, "malformed request body");
    if (conn->ex.head_sent)
        wk_response_cut(conn);
    else
        wk_error_answer(conn, conn->parser.status, conn->parser.reason, true);
}

static void
sink_inline(void *arg, const char *data, size_t bytes)
{
    wk_buf_add(arg, data, bytes);
}

static void
sink_session(void *arg, const char *data, size_t bytes)
{
    struct wk_conn *conn = arg;

    if (conn->ex.session != NULL)
        wk_session_write(conn->ex.session, data, bytes, 0);
}

void
wk_conn_say_continue(struct wk_conn *conn)
{
    static const char text[] = "HTTP/1.1 100 Continue\r\n\r\n";
    uv_buf_t part = uv_buf_init((char *)(uintptr_t)text, sizeof(text) - 1);

    wk_out_send(conn, &part, 1, 0);
}

/* A head is there. Takes what has come of the body, opens the session, gives the bytes of data
 * used. */
static size_t
request_begin(struct wk_conn *conn, const char *data, size_t bytes)
{
    struct wk_front *front = conn->front;
    const struct wk_head *head = &front->head;
    size_t take = bytes < WK_INLINE_BODY_BYTES_MAX ? bytes : WK_INLINE_BODY_BYTES_MAX, used = 0;
    unsigned status;
    const char *why;
    bool complete = wk_parser_complete(&conn->parser);

    front->inline_body.len = 0;
    conn->served = true;
    conn->ex.minor = (uint8_t)head->minor;
    conn->ex.keep_alive = head->keep_alive && !front->draining;
    conn->ex.is_head = wk_slice_is(head->method, "head");
    conn->ex.accepts_html = head->accepts_html;
    conn->ex.site = wk_site_ref(conn->socket->site);
    conn->state = WK_CONN_ANSWER;
    if (!complete && take > 0) {
        enum wk_parse r =
            wk_parser_body(&conn->parser, data, take, sink_inline, &front->inline_body, &used);

        if (r == WK_PARSE_BAD) {
            refuse(conn);
            return bytes;
        }
        complete = r == WK_PARSE_DONE;
    }
    if (conn->ex.site->log_requests)
        wk_reqlog_begin(conn, head);
    if (!wk_request_open(conn, head, front->inline_body.data, front->inline_body.len, !complete,
                         &status, &why)) {
        /* a forgotten Host is the peer's one error that keeps the connection */
        wk_error_answer(conn, status, why, head->host.len > 0 || !complete);
        return used;
    }
    if (complete) {
        wk_timer_stop(&conn->read_timer);
        return used;
    }
    conn->state = WK_CONN_BODY;
    conn->mark = conn->parser.body_bytes;
    wk_timer_arm(&front->timers, &conn->read_timer, WK_TIMER_BODY);
    if (head->expects_continue && head->minor > 0 && bytes == 0)
        wk_conn_say_continue(conn);
    return used;
}

/* Hands on as much of the body as the session takes. */
static size_t
body_go_on(struct wk_conn *conn, const char *data, size_t bytes)
{
    size_t window = conn->ex.session != NULL ? wk_session_window(conn->ex.session) : bytes,
           used;
    enum wk_parse r;

    if (bytes > window)
        bytes = window;
    if (bytes == 0)
        return 0;
    r = wk_parser_body(&conn->parser, data, bytes, sink_session, conn, &used);
    if (r == WK_PARSE_BAD) {
        refuse(conn);
        return bytes;
    }
    if (r == WK_PARSE_DONE) {
        wk_timer_stop(&conn->read_timer);
        conn->state = WK_CONN_ANSWER;
        if (conn->ex.session != NULL)
            wk_session_write(conn->ex.session, NULL, 0, WK_FLAG_END);
    }
    return used;
}

/* Takes what it can of data in the present state; gives how much that was. 0: it has to wait.
 */
static size_t
conn_step(struct wk_conn *conn, const char *data, size_t bytes)
{
    size_t used;

    switch (conn->state) {
    case WK_CONN_HEAD:
        if (conn->socket->site == NULL) { /* no longer served here */
            wk_conn_close(conn);
            return bytes;
        }
        if (!wk_timer_armed(&conn->read_timer, WK_TIMER_HEAD))
            wk_timer_arm(&conn->front->timers, &conn->read_timer, WK_TIMER_HEAD);
        switch (wk_parser_head(&conn->parser, data, bytes, &conn->front->head, &used)) {
        case WK_PARSE_MORE:
            return 0;
        case WK_PARSE_BAD:
            refuse(conn);
            return bytes;
        case WK_PARSE_DONE:
            return used + request_begin(conn, data + used, bytes - used);
        }
        return 0;
    case WK_CONN_BODY:
        return body_go_on(conn, data, bytes);
    case WK_CONN_LINGER:
        conn->mark += bytes;
        if (conn->mark > WK_LINGER_BYTES_MAX)
            wk_conn_lost(conn);
        return bytes;
    case WK_CONN_CLOSING:
        return bytes;
    case WK_CONN_ANSWER:
        return 0;
    }
    return 0;
}

/* Gives how much of data is dealt with; the rest must be kept. */
static size_t
conn_take(struct wk_conn *conn, const char *data, size_t bytes)
{
    size_t at = 0, used;

    conn->pumping = true;
    while (at < bytes && (used = conn_step(conn, data + at, bytes - at)) > 0)
        at += used;
    conn->pumping = false;
    return at;
}

/* The client has sent its last byte. What it asked for before is still answered. */
static void
half_closed(struct wk_conn *conn)
{
    switch (conn->state) {
    case WK_CONN_HEAD: /* in the middle of a head or between requests */
    case WK_CONN_LINGER:
        wk_conn_close(conn);
        return;
    case WK_CONN_BODY:
        if (conn->in.len == 0)
            wk_conn_lost(conn); /* the body is cut off; the worker's read fails */
        return;
    case WK_CONN_ANSWER:
        if (!wk_timer_armed(&conn->read_timer, WK_TIMER_HALF))
            wk_timer_arm(&conn->front->timers, &conn->read_timer, WK_TIMER_HALF);
        return;
    case WK_CONN_CLOSING:
        return;
    }
}

/* After bytes were dealt with: is more wanted, and until when? */
static void
conn_settle(struct wk_conn *conn)
{
    bool wait = false;

    if (conn->state == WK_CONN_CLOSING)
        return;
    if (conn->in.len == 0 && conn->state != WK_CONN_BODY)
        wk_buf_fini(&conn->in); /* invariant 2 */
    if (conn->eof) {
        half_closed(conn);
        return;
    }
    if (conn->state == WK_CONN_HEAD && conn->in.len == 0 && conn->served) {
        if (conn->front->draining) {
            wk_conn_close(conn);
            return;
        }
        if (!wk_timer_armed(&conn->read_timer, WK_TIMER_IDLE))
            wk_timer_arm(&conn->front->timers, &conn->read_timer, WK_TIMER_IDLE);
    }
    if (conn->state == WK_CONN_ANSWER || conn->state == WK_CONN_BODY)
        wait = conn->in.len >= WK_READ_AHEAD_BYTES;
    if (conn->state == WK_CONN_BODY) {
        wait |= conn->in.len > 0;
        if (wait)
            wk_timer_stop(&conn->read_timer); /* it is the worker who dawdles */
        else if (!wk_timer_armed(&conn->read_timer, WK_TIMER_BODY))
            wk_timer_arm(&conn->front->timers, &conn->read_timer, WK_TIMER_BODY);
    }
    wk_conn_read_set(conn, !wait);
}

void
wk_conn_pump(struct wk_conn *conn)
{
    if (conn->pumping || conn->state == WK_CONN_CLOSING)
        return; /* the one at work below goes on by itself */
    if (conn->in.len > 0)
        wk_buf_shift(&conn->in, conn_take(conn, conn->in.data, conn->in.len));
    conn_settle(conn);
}

static void
conn_alloc(uv_handle_t *handle, size_t suggested, uv_buf_t *out)
{
    struct wk_conn *conn = WK_CONTAINER(handle, struct wk_conn, uv.handle);

    if (conn->in.len == 0) {
        *out = uv_buf_init(conn->front->read_buf, sizeof(conn->front->read_buf));
        return;
    }
    wk_buf_reserve(&conn->in, WK_READ_AHEAD_BYTES);
    *out =
        uv_buf_init(conn->in.data + conn->in.len, (unsigned)(conn->in.cap - conn->in.len - 1));
}

static void
conn_read(uv_stream_t *stream, ssize_t n, const uv_buf_t *buf)
{
    struct wk_conn *conn = WK_CONTAINER(stream, struct wk_conn, uv.stream);

    if (n == UV_EOF) {
        conn->reading = false;
        uv_read_stop(stream);
        conn->eof = true;
        half_closed(conn);
        return;
    }
    if (n < 0) {
        wk_conn_lost(conn);
        return;
    }
    if (buf->base == conn->front->read_buf) {
        size_t used = conn_take(conn, buf->base, (size_t)n);

        if (conn->state != WK_CONN_CLOSING)
            wk_buf_add(&conn->in, buf->base + used, (size_t)n - used);
    } else if (n > 0) {
        conn->in.len += (size_t)n;
        conn->in.data[conn->in.len] = '\0';
        wk_buf_shift(&conn->in, conn_take(conn, conn->in.data, conn->in.len));
    }
    conn_settle(conn);
}

void
wk_conn_read_set(struct wk_conn *conn, bool on)
{
    if (on == conn->reading || conn->eof || conn->state == WK_CONN_CLOSING)
        return;
    conn->reading = on;
    if (on)
        uv_read_start(&conn->uv.stream, conn_alloc, conn_read);
    else
        uv_read_stop(&conn->uv.stream);
}
