/* services/front/conn.h - one client connection and the request on it.
 *
 *     HEAD --head parsed--> BODY --all of it read--> ANSWER --response written--> HEAD | LINGER
 *     HEAD --bad bytes, answered--> LINGER
 *     any --wk_conn_close, wk_conn_lost--> CLOSING --> freed
 *
 * One request at a time: bytes that a client sends ahead wait in `in`, at most
 * WK_READ_AHEAD_BYTES, then reading stops. Invariants:
 *  1. ex.session is NULL from the moment its end was sent or seen.
 *  2. a connection in state HEAD with no bytes holds no buffer.
 *  3. in LINGER our side is shut down and what still comes is thrown away.
 *
 * Files: conn.c (life, time), read.c (reading), request.c (HttpRequest), response.c
 * (HttpResponse, data), out.c (writing), errors.c (answers of the front itself), reqlog.c.
 * Thread: the loop's. */
#ifndef WK_FRONT_CONN_H
#define WK_FRONT_CONN_H
#include "services/front/front.h"

enum wk_conn_state {
    WK_CONN_HEAD,
    WK_CONN_BODY,
    WK_CONN_ANSWER,
    WK_CONN_LINGER,
    WK_CONN_CLOSING
};
enum wk_body_kind { WK_BODY_NONE, WK_BODY_LENGTH, WK_BODY_CHUNKED, WK_BODY_TO_CLOSE };

struct wk_exchange {
    struct wk_session *session;
    struct wk_site *site; /* NULL: no request under way */
    char *log_method;     /* method NUL url, when requests are logged */
    uint64_t started_ns;  /* of requests that are logged */
    uint64_t body_left;   /* of the response, for WK_BODY_LENGTH */
    uint64_t body_sent;
    uint16_t status;
    uint8_t body_kind;
    uint8_t minor; /* HTTP/1.minor of the request */
    bool keep_alive;
    bool is_head;
    bool accepts_html;
    bool head_sent; /* the response has begun */
    bool answered;  /* all of the response is in the out queue */
    bool cut;       /* close without a proper end once the queue is empty */
};

struct wk_out {
    struct wk_buf queue, sending;
    uv_write_t req;
    size_t queue_credit, sending_credit; /* bytes of the session among them */
    size_t left_before;                  /* unsent bytes when the write timer was armed */
    bool busy, corked;
    struct wk_conn *next_corked;
};

struct wk_conn {
    union {
        uv_handle_t handle;
        uv_stream_t stream;
        uv_tcp_t tcp;
        uv_pipe_t pipe;
    } uv;
    struct wk_front *front;
    struct wk_socket *socket;
    struct wk_conn *prev, *next;
    enum wk_conn_state state;
    bool reading, eof, pumping, probed, is_tcp;
    bool served; /* has had a request */
    struct wk_parser parser;
    struct wk_buf in; /* bytes not parsed yet */
    struct wk_timer read_timer, write_timer;
    uint64_t mark; /* body bytes when the body timer was armed; bytes lingered through */
    struct wk_exchange ex;
    struct wk_out out;
    uv_shutdown_t shutdown_req;
    char client[56]; /* address and port */
};

/* ---- conn.c ---- */
void wk_conn_accept(struct wk_front *front, struct wk_socket *socket);
/* The out queue is empty. */
void wk_conn_drained(struct wk_conn *conn);
/* The client is gone, or is to be cut off: ends the session, resets the connection. */
void wk_conn_lost(struct wk_conn *conn);
void wk_conn_close(struct wk_conn *conn);
void wk_conn_timer_fired(struct wk_timer *timer);
void wk_conn_drain_all(struct wk_front *front);
/* Makes room by closing the connection that has been idle longest. */
bool wk_conn_evict_idle(struct wk_front *front);

/* ---- read.c ---- */
/* Goes on with what is in `in`: the session can take more, or the response is done. */
void wk_conn_pump(struct wk_conn *conn);
void wk_conn_read_set(struct wk_conn *conn, bool on);
/* Sends an interim response. */
void wk_conn_say_continue(struct wk_conn *conn);

/* ---- request.c ---- */
/* Opens the session for head, whose body begins with body. follows: data frames come after it.
 * On a request that cannot be served 0 sessions are opened and *status, *why say what to
 * answer; false then. */
bool wk_request_open(struct wk_conn *conn, const struct wk_head *head, const char *body,
                     size_t body_bytes, bool follows, unsigned *status, const char **why);

/* ---- response.c ---- */
extern const struct wk_session_events wk_response_events;
/* Ends the session, if one is open. */
void wk_exchange_end_session(struct wk_conn *conn, wk_err code, const char *text);
/* Ends the response early: what was queued is still written, then the connection is closed so
 * that the client sees that something is missing. */
void wk_response_cut(struct wk_conn *conn);

/* ---- out.c ---- */
/* Writes the parts now, or queues what the socket does not take. credit: bytes of the session
 * in them. */
void wk_out_send(struct wk_conn *conn, const uv_buf_t *parts, unsigned count, size_t credit);
/* Queues the parts until wk_out_flush_corked or the next wk_out_send. */
void wk_out_cork(struct wk_conn *conn, const uv_buf_t *parts, unsigned count, size_t credit);
void wk_out_flush_corked(struct wk_front *front);
/* Gives the buffers back. */
void wk_out_rest(struct wk_conn *conn);
/* The connection closes: it is corked no longer. */
void wk_out_fini(struct wk_conn *conn);

/* ---- errors.c ---- */
/* Answers with a short text of the front's own and, if close, ends the connection after it. */
void wk_error_answer(struct wk_conn *conn, unsigned status, const char *text, bool close);
/* Answers a session that ended without a response. error may be NULL. */
void wk_error_session(struct wk_conn *conn, wk_err code, const Wk__Error *error);
const char *wk_status_text(unsigned status);
/* Adds text with &, <, > and quotes escaped. */
void wk_html_escape(struct wk_buf *buf, const char *text, size_t bytes);
void wk_error_page(struct wk_buf *buf, const Wk__Error *error);

/* ---- reqlog.c ---- */
void wk_reqlog_begin(struct wk_conn *conn, const struct wk_head *head);
void wk_reqlog_end(struct wk_conn *conn);
#endif
