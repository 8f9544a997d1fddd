/* From HttpResponse and data frames to bytes for the client.
 *
 * The host is not trusted: status, headers and lengths are checked here again. Before the head
 * is sent a bad response becomes a 502; after it the connection is cut. */
#include "services/front/conn.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include "kernel/base/log.h"

#define FRAME_DIRECT_BYTES                                                                     \
    (8u << 10) /* data frames from here on are written without a copy                          \
                */

/* ---- the session ---- */

void
wk_exchange_end_session(struct wk_conn *conn, wk_err code, const char *text)
{
    struct wk_session *session = conn->ex.session;

    conn->ex.session = NULL; /* invariant 1 */
    if (session != NULL)
        wk_session_close(session, code, text);
}

/* Is this event of the request that the connection is at? */
static bool
is_current(const struct wk_conn *conn, const struct wk_session *session)
{
    return conn->state != WK_CONN_CLOSING && conn->ex.session != NULL &&
           wk_session_id(conn->ex.session) == wk_session_id(session);
}

/* All of the response is known. With LAST the session ends by itself. */
static void
session_done(struct wk_conn *conn, uint8_t flags)
{
    if (flags & WK_FLAG_LAST)
        conn->ex.session = NULL;
    else
        wk_exchange_end_session(conn, WK_OK, NULL);
}

void
wk_response_cut(struct wk_conn *conn)
{
    conn->ex.cut = true;
    conn->ex.answered = true;
    wk_out_send(conn, NULL, 0, 0);
}

/* What the host sent makes no sense. */
static void
host_broke(struct wk_conn *conn, const char *what)
{
    wk_log(WK_WARN, "response.invalid", "socket=%s what=\"%s\"", conn->ex.site->name, what);
    wk_exchange_end_session(conn, WK_EPROTO, what);
    if (conn->ex.head_sent)
        wk_response_cut(conn);
    else
        wk_error_answer(conn, 502, "Bad Gateway", true);
}

/* ---- checks ---- */

static bool
text_ok(const char *text, size_t bytes)
{
    for (size_t i = 0; i < bytes; i++) {
        uint8_t c = (uint8_t)text[i];

        if ((c < ' ' && c != '\t') || c == 0x7f)
            return false;
    }
    return true;
}

static const char *
response_fault(const Wk__HttpResponse *r)
{
    size_t bytes = 0;

    if (r->status < 200 || r->status > 599)
        return "status out of range";
    if (!text_ok(r->status_text, strlen(r->status_text)))
        return "status text";
    if (r->n_headers % 2 != 0 || r->n_headers > 2 * WK_RESPONSE_HEADERS_MAX)
        return "number of headers";
    for (size_t i = 0; i < r->n_headers; i += 2) {
        const ProtobufCBinaryData *name = &r->headers[i], *value = &r->headers[i + 1];

        if (!wk_is_token((const char *)name->data, name->len))
            return "header name";
        if (!text_ok((const char *)value->data, value->len))
            return "header value";
        bytes += name->len + value->len;
    }
    if (bytes > WK_RESPONSE_HEADER_BYTES_MAX)
        return "size of headers";
    if (!r->body_follows && r->content_length_plus1 != 0 && !r->null_body &&
        r->content_length_plus1 - 1 != r->body.len)
        return "content length";
    if (r->body_follows && r->body.len > 0)
        return "two bodies";
    return NULL;
}

/* ---- the head ---- */

static bool
name_is(const ProtobufCBinaryData *name, const char *other, size_t len)
{
    return name->len == len && strncasecmp((const char *)name->data, other, len) == 0;
}

/* Framing of this connection is ours to say, not the worker's. */
static bool
is_ours(const ProtobufCBinaryData *name)
{
    switch (name->len) {
    case 2:
        return name_is(name, "te", 2);
    case 7:
        return name_is(name, "upgrade", 7) || name_is(name, "trailer", 7);
    case 10:
        return name_is(name, "connection", 10) || name_is(name, "keep-alive", 10);
    case 14:
        return name_is(name, "content-length", 14);
    case 16:
        return name_is(name, "proxy-connection", 16);
    case 17:
        return name_is(name, "transfer-encoding", 17);
    default:
        return false;
    }
}

static bool
is_injected(const ProtobufCBinaryData *name, const Wk__HttpOptions *options)
{
    for (size_t i = 0; i < options->n_inject_response_headers; i++) {
        const char *other = options->inject_response_headers[i]->name;

        if (name_is(name, other, strlen(other)))
            return true;
    }
    return false;
}

static void
add_header(struct wk_buf *buf, const char *name, size_t name_len, const char *value,
           size_t value_len)
{
    char *p;

    wk_buf_reserve(buf, name_len + value_len + 4);
    p = buf->data + buf->len;
    memcpy(p, name, name_len);
    p += name_len;
    *p++ = ':';
    *p++ = ' ';
    if (value_len > 0)
        memcpy(p, value, value_len);
    p += value_len;
    *p++ = '\r';
    *p++ = '\n';
    *p = '\0';
    buf->len = (size_t)(p - buf->data);
}

static void
add_headers(struct wk_buf *buf, const Wk__HttpResponse *r, const Wk__HttpOptions *options)
{
    bool inject = options->n_inject_response_headers > 0;

    for (size_t i = 0; i < r->n_headers; i += 2) {
        const ProtobufCBinaryData *name = &r->headers[i], *value = &r->headers[i + 1];

        if (!is_ours(name) && !(inject && is_injected(name, options)))
            add_header(buf, (const char *)name->data, name->len, (const char *)value->data,
                       value->len);
    }
    for (size_t i = 0; i < options->n_inject_response_headers; i++) {
        const Wk__HeaderRule *rule = options->inject_response_headers[i];
        ProtobufCBinaryData name = {strlen(rule->name), (uint8_t *)rule->name};

        if (!rule->remove && !is_ours(&name))
            add_header(buf, rule->name, name.len, rule->value, strlen(rule->value));
    }
}

static void
add_number(struct wk_buf *buf, uint64_t value)
{
    char digits[24], *p = digits + sizeof(digits);

    do
        *--p = (char)('0' + value % 10);
    while ((value /= 10) > 0);
    wk_buf_add(buf, p, (size_t)(digits + sizeof(digits) - p));
}

static void
add_status_line(struct wk_buf *buf, const struct wk_exchange *ex, const char *text)
{
    wk_buf_add(buf, ex->minor == 0 ? "HTTP/1.0 " : "HTTP/1.1 ", 9);
    add_number(buf, ex->status);
    wk_buf_add_char(buf, ' ');
    wk_buf_add_str(buf, text[0] != '\0' ? text : wk_status_text(ex->status));
    wk_buf_add(buf, "\r\n", 2);
}

/* The length that the worker itself put into the headers. */
static bool
declared_length(const Wk__HttpResponse *r, uint64_t *length)
{
    for (size_t i = 0; i < r->n_headers; i += 2) {
        const ProtobufCBinaryData *value = &r->headers[i + 1];
        uint64_t n = 0;

        if (!name_is(&r->headers[i], "content-length", 14) || value->len == 0 ||
            value->len > 18)
            continue;
        for (size_t k = 0; k < value->len; k++) {
            if (value->data[k] < '0' || value->data[k] > '9')
                return false;
            n = n * 10 + (uint64_t)(value->data[k] - '0');
        }
        *length = n;
        return true;
    }
    return false;
}

/* A response to HEAD may say how long the body would be. One that has none, or says how else it
 * would be sent, does not: its length could be any. */
static bool
announced_length(const Wk__HttpResponse *r, uint64_t *length)
{
    if (declared_length(r, length))
        return true;
    for (size_t i = 0; i < r->n_headers; i += 2) {
        if (name_is(&r->headers[i], "transfer-encoding", 17))
            return false;
    }
    *length = r->content_length_plus1 != 0 ? r->content_length_plus1 - 1 : r->body.len;
    return *length > 0;
}

static void
add_length(struct wk_buf *buf, uint64_t length)
{
    wk_buf_add(buf, "Content-Length: ", 16);
    add_number(buf, length);
    wk_buf_add(buf, "\r\n", 2);
}

/* Decides how the body is framed and says so. */
static void
add_framing(struct wk_buf *buf, struct wk_exchange *ex, const Wk__HttpResponse *r)
{
    uint64_t length = 0;
    bool known = ex->is_head ? announced_length(r, &length) : true;

    if (ex->status == 204 || ex->status == 304) {
        if (ex->is_head && ex->status == 304 && declared_length(r, &length))
            add_length(buf, length);
        ex->body_kind = WK_BODY_NONE;
        return;
    }
    if (!ex->is_head && !r->body_follows) {
        length = r->body.len;
    } else if (!ex->is_head) {
        known = r->content_length_plus1 != 0;
        length = known ? r->content_length_plus1 - 1 : 0;
    }
    if (known)
        add_length(buf, length);
    ex->body_left = length;
    ex->body_kind = ex->is_head ? WK_BODY_NONE
                    : known     ? WK_BODY_LENGTH
                    : ex->minor ? WK_BODY_CHUNKED
                                : WK_BODY_TO_CLOSE;
    if (ex->body_kind == WK_BODY_CHUNKED)
        wk_buf_add_str(buf, "Transfer-Encoding: chunked\r\n");
    if (ex->body_kind == WK_BODY_TO_CLOSE)
        ex->keep_alive = false;
}

static void
build_head(struct wk_conn *conn, const Wk__HttpResponse *r)
{
    struct wk_buf *buf = &conn->front->text;
    struct wk_exchange *ex = &conn->ex;

    buf->len = 0;
    ex->status = (uint16_t)r->status;
    if (conn->front->draining || (!r->body_follows && !wk_parser_complete(&conn->parser)))
        ex->keep_alive = false;
    add_status_line(buf, ex, r->status_text);
    add_framing(buf, ex, r);
    add_headers(buf, r, ex->site->options);
    if (!ex->keep_alive)
        wk_buf_add_str(buf, "Connection: close\r\n");
    else if (ex->minor == 0)
        wk_buf_add_str(buf, "Connection: keep-alive\r\n");
    wk_buf_add(buf, "\r\n", 2);
    ex->head_sent = true;
}

/* ---- events of the session ---- */

static void
on_message(struct wk_session *session, void *arg, const Wk__Envelope *msg, uint8_t flags)
{
    struct wk_conn *conn = arg;
    struct wk_exchange *ex = &conn->ex;
    const Wk__HttpResponse *r = msg->http_response;
    const char *fault;
    uv_buf_t parts[2];

    if (!is_current(conn, session))
        return;
    if (msg->body_case != WK__ENVELOPE__BODY_HTTP_RESPONSE || ex->head_sent) {
        host_broke(conn, "unexpected message");
        return;
    }
    if (r->status == 101) {
        wk_exchange_end_session(conn, WK_EUNSUPPORTED, "WebSocket is not supported here");
        wk_error_answer(conn, 501, "WebSocket is not supported here", true);
        return;
    }
    if ((fault = response_fault(r)) != NULL ||
        (r->body_follows && (flags & (WK_FLAG_END | WK_FLAG_LAST)) != 0)) {
        host_broke(conn, fault != NULL ? fault : "missing body");
        return;
    }
    build_head(conn, r);
    parts[0] = uv_buf_init(conn->front->text.data, (unsigned)conn->front->text.len);
    if (r->body_follows && ex->body_kind != WK_BODY_NONE) {
        wk_out_cork(conn, parts, 1, 0);
        return;
    }
    parts[1] = uv_buf_init((char *)r->body.data,
                           ex->body_kind == WK_BODY_NONE ? 0 : (unsigned)r->body.len);
    ex->body_left = 0;
    ex->body_sent = parts[1].len;
    session_done(conn, flags);
    ex->answered = true;
    wk_out_send(conn, parts, 2, 0); /* ex may be the next request's after this */
}

/* Puts size in hex and a line end before a chunk; gives the length. */
static unsigned
chunk_head(char out[16], size_t bytes)
{
    return (unsigned)snprintf(out, 16, "%zx\r\n", bytes);
}

static void
send_piece(struct wk_conn *conn, const uint8_t *data, size_t bytes, bool end)
{
    struct wk_exchange *ex = &conn->ex;
    char head[16];
    uv_buf_t parts[3];
    unsigned n = 0;

    if (ex->body_kind == WK_BODY_CHUNKED && bytes > 0)
        parts[n++] = uv_buf_init(head, chunk_head(head, bytes));
    if (bytes > 0)
        parts[n++] = uv_buf_init((char *)(uintptr_t)data, (unsigned)bytes);
    if (ex->body_kind == WK_BODY_CHUNKED && (bytes > 0 || end))
        parts[n++] = !end        ? uv_buf_init((char *)(uintptr_t) "\r\n", 2)
                     : bytes > 0 ? uv_buf_init((char *)(uintptr_t) "\r\n0\r\n\r\n", 7)
                                 : uv_buf_init((char *)(uintptr_t) "0\r\n\r\n", 5);
    ex->answered = end;
    if (end || bytes >= FRAME_DIRECT_BYTES || conn->out.queue.len + bytes > WK_CORK_BYTES)
        wk_out_send(conn, parts, n, bytes);
    else if (n > 0)
        wk_out_cork(conn, parts, n, bytes);
}

static void
on_data(struct wk_session *session, void *arg, const uint8_t *data, size_t bytes, uint8_t flags)
{
    struct wk_conn *conn = arg;
    struct wk_exchange *ex = &conn->ex;
    bool end = flags & (WK_FLAG_END | WK_FLAG_LAST);

    if (!is_current(conn, session))
        return;
    if (!ex->head_sent) {
        host_broke(conn, "body before the response");
        return;
    }
    if (conn->out.queue_credit + conn->out.sending_credit + bytes >
        2 * WK_SESSION_WINDOW_BYTES) {
        host_broke(conn, "more body than was asked for");
        return;
    }
    if (ex->body_kind == WK_BODY_LENGTH) {
        if (bytes > ex->body_left || (end && bytes != ex->body_left)) {
            host_broke(conn, "body does not fit its length");
            return;
        }
        ex->body_left -= bytes;
    }
    ex->body_sent += bytes;
    if (end)
        session_done(conn, flags);
    send_piece(conn, data, bytes, end);
}

static void
on_writable(struct wk_session *session, void *arg)
{
    struct wk_conn *conn = arg;

    if (is_current(conn, session))
        wk_conn_pump(conn);
}

static void
on_closed(struct wk_session *session, void *arg, wk_err code, const Wk__Error *error)
{
    struct wk_conn *conn = arg;

    if (!is_current(conn, session))
        return;
    conn->ex.session = NULL;
    if (conn->ex.head_sent)
        wk_response_cut(conn);
    else
        wk_error_session(conn, code, error);
}

const struct wk_session_events wk_response_events = {on_message, on_data, on_writable,
                                                     on_closed};
