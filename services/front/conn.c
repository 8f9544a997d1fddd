#include "services/front/conn.h"

#include <arpa/inet.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include "kernel/base/log.h"

/* ---- life ---- */

static void
conn_closed(uv_handle_t *handle)
{
    struct wk_conn *conn = WK_CONTAINER(handle, struct wk_conn, uv.handle);
    struct wk_front *front = conn->front;

    wk_buf_fini(&conn->in);
    wk_out_rest(conn);
    wk_socket_unref(conn->socket);
    if (conn->prev != NULL)
        conn->prev->next = conn->next;
    else
        front->conns = conn->next;
    if (conn->next != NULL)
        conn->next->prev = conn->prev;
    free(conn);
    front->conn_count--;
    wk_front_conn_gone(front);
}

/* Everything but the handle itself. */
static void
conn_leave(struct wk_conn *conn, const char *why)
{
    conn->state = WK_CONN_CLOSING;
    wk_timer_stop(&conn->read_timer);
    wk_timer_stop(&conn->write_timer);
    wk_out_fini(conn);
    wk_exchange_end_session(conn, WK_ECANCELED, why);
    if (conn->ex.site != NULL)
        wk_reqlog_end(conn);
    wk_site_unref(conn->ex.site);
    conn->ex.site = NULL;
}

void
wk_conn_close(struct wk_conn *conn)
{
    if (conn->state == WK_CONN_CLOSING)
        return;
    conn_leave(conn, "connection closed");
    uv_close(&conn->uv.handle, conn_closed);
}

void
wk_conn_lost(struct wk_conn *conn)
{
    if (conn->state == WK_CONN_CLOSING)
        return;
    conn_leave(conn, "client disconnected");
    if (!conn->is_tcp || uv_tcp_close_reset(&conn->uv.tcp, conn_closed) != 0)
        uv_close(&conn->uv.handle, conn_closed);
}

static void
client_name(struct wk_conn *conn)
{
    struct sockaddr_storage addr;
    char ip[INET6_ADDRSTRLEN] = "";
    int len = sizeof(addr);

    snprintf(conn->client, sizeof(conn->client), "unix");
    if (!conn->is_tcp || uv_tcp_getpeername(&conn->uv.tcp, (struct sockaddr *)&addr, &len) != 0)
        return;
    if (addr.ss_family == AF_INET) {
        const struct sockaddr_in *v4 = (const struct sockaddr_in *)&addr;

        inet_ntop(AF_INET, &v4->sin_addr, ip, sizeof(ip));
        snprintf(conn->client, sizeof(conn->client), "%s:%u", ip, ntohs(v4->sin_port));
    } else {
        const struct sockaddr_in6 *v6 = (const struct sockaddr_in6 *)&addr;

        inet_ntop(AF_INET6, &v6->sin6_addr, ip, sizeof(ip));
        snprintf(conn->client, sizeof(conn->client), "[%s]:%u", ip, ntohs(v6->sin6_port));
    }
}
void
wk_conn_accept(struct wk_front *front, struct wk_socket *socket)
{
    struct wk_conn *conn = wk_xcalloc(1, sizeof(*conn));

    conn->front = front;
    conn->socket = socket;
    socket->refs++;
    conn->is_tcp = socket->is_tcp;
    if (conn->is_tcp)
        uv_tcp_init(front->loop, &conn->uv.tcp);
    else
        uv_pipe_init(front->loop, &conn->uv.pipe, 0);
    conn->next = front->conns;
    if (conn->next != NULL)
        conn->next->prev = conn;
    front->conns = conn;
    front->conn_count++;
    wk_parser_init(&conn->parser, front->limits.body_bytes);
    if (uv_accept(&socket->uv.stream, &conn->uv.stream) != 0) {
        wk_conn_close(conn);
        return;
    }
    if (conn->is_tcp)
        uv_tcp_nodelay(&conn->uv.tcp, 1);
    client_name(conn);
    wk_timer_arm(&front->timers, &conn->read_timer, WK_TIMER_HEAD);
    wk_conn_read_set(conn, true);
}

/* ---- the end of a connection ---- */

static void
shutdown_done(uv_shutdown_t *req, int status)
{
    struct wk_conn *conn = req->data;

    if (conn->state == WK_CONN_LINGER && conn->eof)
        wk_conn_close(conn);
}

/* Closes in a way that the client still gets what was written: a close with unread bytes would
 * send a reset that overtakes the answer. */
static void
linger(struct wk_conn *conn)
{
    conn->state = WK_CONN_LINGER;
    conn->mark = 0;
    if (!conn->pumping)
        wk_buf_fini(&conn->in);
    conn->shutdown_req.data = conn;
    if (uv_shutdown(&conn->shutdown_req, &conn->uv.stream, shutdown_done) != 0) {
        wk_conn_close(conn);
        return;
    }
    wk_timer_arm(&conn->front->timers, &conn->read_timer, WK_TIMER_LINGER);
    wk_conn_read_set(conn, true);
}

/* The response is written: on to the next request, or the end. */
static void
exchange_done(struct wk_conn *conn)
{
    struct wk_exchange *ex = &conn->ex;
    bool again = ex->keep_alive && wk_parser_complete(&conn->parser) && !ex->cut &&
                 conn->socket->site != NULL;
    bool reset = ex->cut && ex->body_kind == WK_BODY_TO_CLOSE;

    if (ex->site != NULL)
        wk_reqlog_end(conn);
    wk_site_unref(ex->site);
    *ex = (struct wk_exchange){0};
    wk_out_rest(conn);
    if (reset) { /* to this client a plain close would look like the end of the body */
        wk_conn_lost(conn);
        return;
    }
    if (!again) {
        linger(conn);
        return;
    }
    wk_parser_reset(&conn->parser);
    conn->state = WK_CONN_HEAD;
    wk_timer_stop(&conn->read_timer);
    wk_conn_pump(conn);
}

void
wk_conn_drained(struct wk_conn *conn)
{
    if (conn->ex.answered && conn->state != WK_CONN_CLOSING && conn->state != WK_CONN_LINGER)
        exchange_done(conn);
}
/* ---- time ---- */

/* The client has closed its sending side; has it gone altogether? Nobody can tell before
 * something is sent to it, so a client of HTTP/1.1 that waits long gets one interim response,
 * which a living client skips and a dead one's system answers with a reset. */
static void
half_look(struct wk_conn *conn)
{
    struct pollfd pfd = {.events = 0};
    uv_os_fd_t fd;

    if (uv_fileno(&conn->uv.handle, &fd) != 0)
        return;
    pfd.fd = fd;
    if (poll(&pfd, 1, 0) > 0 && (pfd.revents & (POLLERR | POLLHUP))) {
        wk_conn_lost(conn);
        return;
    }
    wk_timer_arm(&conn->front->timers, &conn->read_timer, WK_TIMER_HALF);
    if (!conn->probed && !conn->ex.head_sent && conn->ex.minor > 0) {
        conn->probed = true;
        wk_conn_say_continue(conn);
    }
}

static void
write_timer_fired(struct wk_conn *conn)
{
    size_t left = uv_stream_get_write_queue_size(&conn->uv.stream);

    if (left + WK_WRITE_PROGRESS_BYTES > conn->out.left_before) {
        wk_conn_lost(conn);
        return;
    }
    conn->out.left_before = left;
    wk_timer_arm(&conn->front->timers, &conn->write_timer, WK_TIMER_WRITE);
}

static void
body_timer_fired(struct wk_conn *conn)
{
    uint64_t got = conn->parser.body_bytes - conn->mark;

    if (got >= WK_BODY_PROGRESS_BYTES) {
        conn->mark = conn->parser.body_bytes;
        wk_timer_arm(&conn->front->timers, &conn->read_timer, WK_TIMER_BODY);
        return;
    }
    wk_exchange_end_session(conn, WK_ECANCELED, "client too slow");
    if (conn->ex.head_sent)
        wk_conn_lost(conn);
    else
        wk_error_answer(conn, 408, "Request Timeout", true);
}

void
wk_conn_timer_fired(struct wk_timer *timer)
{
    struct wk_conn *conn;

    if (timer->kind == WK_TIMER_WRITE) {
        write_timer_fired(WK_CONTAINER(timer, struct wk_conn, write_timer));
        return;
    }
    conn = WK_CONTAINER(timer, struct wk_conn, read_timer);
    switch (timer->kind) {
    case WK_TIMER_HEAD:
        if (conn->in.len > 0)
            wk_error_answer(conn, 408, "Request Timeout", true);
        else
            wk_conn_close(conn);
        return;
    case WK_TIMER_BODY:
        body_timer_fired(conn);
        return;
    case WK_TIMER_HALF:
        half_look(conn);
        return;
    default: /* idle or lingering */
        wk_conn_close(conn);
    }
}

/* ---- all connections ---- */

bool
wk_conn_evict_idle(struct wk_front *front)
{
    struct wk_timer *t = wk_timers_first(&front->timers, WK_TIMER_IDLE);

    if (t == NULL)
        return false;
    wk_conn_close(WK_CONTAINER(t, struct wk_conn, read_timer));
    return true;
}

void
wk_conn_drain_all(struct wk_front *front)
{
    for (struct wk_conn *conn = front->conns, *next; conn != NULL; conn = next) {
        uv_os_fd_t fd;
        int unread = 0;

        next = conn->next;
        conn->ex.keep_alive = false;
        if (conn->state != WK_CONN_HEAD || conn->in.len > 0)
            continue;
        if (uv_fileno(&conn->uv.handle, &fd) == 0)
            ioctl(fd, FIONREAD, &unread);
        if (unread > 0)
            continue; /* a request is already here: it gets its answer */
        if (conn->served)
            wk_conn_close(conn);
        else /* just connected: its first request may be on the way */
            wk_timer_arm(&front->timers, &conn->read_timer, WK_TIMER_LINGER);
    }
}
