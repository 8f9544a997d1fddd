/* services/front/front.h - the whole process: its port, its sockets, its connections.
 *
 *     STARTING --first FrontSockets--> SERVING --Drain--> DRAINING --last connection gone-->
 * loop stops
 *
 * A FrontSockets that comes again replaces handles and options for requests that begin after
 * it; requests under way keep the site they began with. Thread: the loop's. Lifetime: main's;
 * one per process (or test). */
#ifndef WK_FRONT_FRONT_H
#define WK_FRONT_FRONT_H
#include "kernel/base/buf.h"
#include "kernel/ipc/port.h"
#include "proto/config.pb-c.h"
#include "services/front/parse.h"
#include "services/front/timers.h"

struct wk_conn;

/* How requests of one socket are treated: immutable, shared by the socket and requests under
 * way. */
struct wk_site {
    unsigned refs;
    char *name;
    uint32_t handle;
    bool error_pages, log_requests;
    struct wk_arena arena;          /* holds options */
    const Wk__HttpOptions *options; /* never NULL */
};

/* A listening socket. */
struct wk_socket {
    struct wk_socket *next;
    struct wk_front *front;
    union {
        uv_handle_t handle;
        uv_stream_t stream;
        uv_tcp_t tcp;
        uv_pipe_t pipe;
    } uv;
    int fd;
    bool is_tcp, paused, seen;
    unsigned refs;        /* the list's, and one a connection */
    struct wk_site *site; /* NULL: the socket was taken away */
};

struct wk_front {
    uv_loop_t *loop;
    struct wk_port *port;
    struct wk_limits limits;
    struct wk_timers timers;
    struct wk_socket *sockets;
    struct wk_conn *conns; /* list */
    unsigned conn_count, conn_max;
    struct wk_conn *corked; /* with bytes to write at the end of this batch */
    bool draining, ready;
    struct wk_buf spares[WK_SPARES_MAX]; /* empty write buffers */
    unsigned spare_count;
    /* Used within one call only. */
    struct wk_head head;
    struct wk_buf text; /* a head being written */
    struct wk_buf inline_body;
    struct wk_buf url;
    char read_buf[WK_READ_BYTES];
};

void wk_front_init(struct wk_front *front, uv_loop_t *loop, const struct wk_limits *limits);
/* Connects to the kernel at url. Errors: as wk_port_connect. */
wk_err wk_front_connect(struct wk_front *front, const char *url, const char *token_hex);
/* Frees what is left after the loop has ended. */
void wk_front_fini(struct wk_front *front);
/* Begins to drain; tells the kernel and stops the loop when nothing is left. */
void wk_front_drain(struct wk_front *front);
/* A connection went away: there may be room again, or nothing left to wait for. */
void wk_front_conn_gone(struct wk_front *front);

/* ---- sockets.c ---- */
void wk_sockets_apply(struct wk_front *front, const Wk__FrontSockets *msg);
void wk_sockets_close_all(struct wk_front *front);
/* Accepts what waited for room. */
void wk_sockets_resume(struct wk_front *front);
void wk_socket_unref(struct wk_socket *socket);
struct wk_site *wk_site_ref(struct wk_site *site);
void wk_site_unref(struct wk_site *site);
#endif
