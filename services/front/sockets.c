/* Listening sockets and the sites behind them. */
#include "services/front/conn.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include "kernel/base/log.h"
#include "kernel/ipc/codec.h"

#define BACKLOG 1024
#define OPTIONS_QUOTA (1u << 20)

/* ---- sites ---- */

struct wk_site *
wk_site_ref(struct wk_site *site)
{
    site->refs++;
    return site;
}

void
wk_site_unref(struct wk_site *site)
{
    if (site == NULL || --site->refs > 0)
        return;
    wk_arena_fini(&site->arena);
    free(site->name);
    free(site);
}

/* NULL: its options are malformed. */
static struct wk_site *
site_new(const Wk__FrontSockets *msg, const Wk__FrontSockets__Listen *listen)
{
    struct wk_site *site = wk_xcalloc(1, sizeof(*site));

    site->refs = 1;
    site->name = wk_xstrdup(listen->name);
    site->handle = listen->handle;
    site->error_pages = msg->error_pages;
    site->log_requests = msg->log_requests;
    site->arena.quota = OPTIONS_QUOTA;
    site->options = (const Wk__HttpOptions *)wk_unpack(&wk__http_options__descriptor,
                                                       listen->http_options.data,
                                                       listen->http_options.len, &site->arena);
    if (site->options == NULL) {
        wk_site_unref(site);
        return NULL;
    }
    return site;
}

/* ---- sockets ---- */

void
wk_socket_unref(struct wk_socket *socket)
{
    if (--socket->refs == 0)
        free(socket);
}

static void
socket_closed(uv_handle_t *handle)
{
    wk_socket_unref(WK_CONTAINER(handle, struct wk_socket, uv.handle));
}

/* Out of the list; its connections end after the request they are at. */
static void
socket_close(struct wk_socket *socket)
{
    wk_site_unref(socket->site);
    socket->site = NULL;
    uv_close(&socket->uv.handle, socket_closed);
}

static void
on_connection(uv_stream_t *stream, int status)
{
    struct wk_socket *socket = WK_CONTAINER(stream, struct wk_socket, uv.stream);
    struct wk_front *front = socket->front;

    if (status != 0) {
        wk_log(WK_WARN, "socket.accept_failed", "socket=%s error=%s",
               socket->site != NULL ? socket->site->name : "", uv_err_name(status));
        return;
    }
    if (front->conn_count >= front->conn_max && !wk_conn_evict_idle(front)) {
        socket->paused = true; /* libuv accepts no more before this one is taken */
        return;
    }
    wk_conn_accept(front, socket);
}

void
wk_sockets_resume(struct wk_front *front)
{
    for (struct wk_socket *s = front->sockets; s != NULL; s = s->next) {
        if (!s->paused || front->conn_count >= front->conn_max)
            continue;
        s->paused = false;
        wk_conn_accept(front, s);
    }
}

/* Is fd a socket that listens? Of which kind? */
static bool
fd_listens(int fd, int *domain)
{
    int on = 0;
    socklen_t len = sizeof(on);

    if (getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &on, &len) != 0 || !on)
        return false;
    len = sizeof(*domain);
    return getsockopt(fd, SOL_SOCKET, SO_DOMAIN, domain, &len) == 0;
}

static struct wk_socket *
socket_open(struct wk_front *front, int fd)
{
    struct wk_socket *socket;
    int domain, rc;

    if (!fd_listens(fd, &domain))
        return NULL;
    fcntl(fd, F_SETFD, FD_CLOEXEC);
    socket = wk_xcalloc(1, sizeof(*socket));
    socket->refs = 1;
    socket->front = front;
    socket->fd = fd;
    socket->is_tcp = domain != AF_UNIX;
    if (socket->is_tcp) {
        uv_tcp_init(front->loop, &socket->uv.tcp);
        rc = uv_tcp_open(&socket->uv.tcp, fd);
    } else {
        uv_pipe_init(front->loop, &socket->uv.pipe, 0);
        rc = uv_pipe_open(&socket->uv.pipe, fd);
    }
    if (rc == 0)
        rc = uv_listen(&socket->uv.stream, BACKLOG, on_connection);
    if (rc != 0) {
        socket_close(socket);
        return NULL;
    }
    socket->next = front->sockets;
    front->sockets = socket;
    return socket;
}

static struct wk_socket *
socket_find(struct wk_front *front, int fd)
{
    for (struct wk_socket *s = front->sockets; s != NULL; s = s->next)
        if (s->fd == fd)
            return s;
    return NULL;
}

/* Closes the sockets that were not mentioned. */
static void
sweep(struct wk_front *front)
{
    for (struct wk_socket **at = &front->sockets, *s; (s = *at) != NULL;) {
        if (s->seen) {
            s->seen = false;
            at = &s->next;
            continue;
        }
        *at = s->next;
        socket_close(s);
    }
}

void
wk_sockets_apply(struct wk_front *front, const Wk__FrontSockets *msg)
{
    for (size_t i = 0; i < msg->n_sockets; i++) {
        const Wk__FrontSockets__Listen *listen = msg->sockets[i];
        struct wk_socket *socket = socket_find(front, (int)listen->fd);
        struct wk_site *site = site_new(msg, listen);

        if (site != NULL && socket == NULL)
            socket = socket_open(front, (int)listen->fd);
        if (site == NULL || socket == NULL) {
            wk_log(WK_ERROR, "socket.open_failed", "socket=%s address=%s fd=%u", listen->name,
                   listen->address, listen->fd);
            wk_site_unref(site);
            continue;
        }
        wk_site_unref(socket->site);
        socket->site = site;
        socket->seen = true;
    }
    sweep(front);
}

void
wk_sockets_close_all(struct wk_front *front)
{
    sweep(front); /* nothing is marked as seen between two messages */
}
