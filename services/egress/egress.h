/* services/egress/egress.h - outbound HTTP: the service, and one exchange in it.
 *
 * libcurl's multi interface drives the connections from our loop; it calls back into transfer.c, which only
 * collects. What a turn collected leaves afterwards (wk_multi_flush), so that a small response is one message:
 *
 *     on_open --> built (request.c), added to curl --> head, body collected (response.c) --> sent
 *
 * Back-pressure: at most WK_EGRESS_HELD_BYTES of a body wait here in each direction, then curl's reading is
 * paused, or the session is not credited. Invariants:
 *  1. transfer->session is NULL from the moment its end was sent or seen.
 *  2. a transfer is freed from the loop, never inside a callback of curl.
 *
 * Thread: the loop's; libcurl resolves names on threads of its own. */
#ifndef WK_EGRESS_EGRESS_H
#define WK_EGRESS_EGRESS_H
#include <curl/curl.h>
#include <uv.h>
#include "kernel/ipc/codec.h"
#include "kernel/ipc/port.h"
#include "proto/config.pb-c.h"
#include "services/egress/network.h"

#define WK_EGRESS_HELD_BYTES (64u << 10)
#define WK_EGRESS_TRANSFERS_MAX 8192u
#define WK_EGRESS_CONNECTIONS_MAX 1024u
#define WK_EGRESS_IDLE_CONNECTIONS_MAX 128u
#define WK_EGRESS_CONNECT_MS 30000L
#define WK_EGRESS_HEADERS_MAX 1024u
#define WK_EGRESS_HEADER_BYTES_MAX (128u << 10)
#define WK_EGRESS_LOST "Network connection lost."

struct wk_transfer;

struct wk_egress {
    uv_loop_t *loop;
    struct wk_port *port;
    struct wk_arena arena; /* of service */
    const Wk__Service *service; /* NULL until Configure came */
    struct wk_network *network; /* of a network service */
    const Wk__HttpOptions *options; /* of an external one; never NULL once configured */
    CURLM *multi;
    uv_timer_t timer;
    struct wk_transfer *changed; /* have something to send to their sessions */
    size_t transfers;
    bool draining;
};

struct wk_transfer {
    struct wk_egress *egress;
    struct wk_session *session; /* invariant 1 */
    CURL *easy;
    struct curl_slist *send_headers;
    bool is_head;
    char *host; /* that it goes to, for messages */

    /* the request's body */
    struct wk_buf up;
    size_t up_at;    /* bytes of up that curl has */
    bool up_ended;   /* all of it is in up */
    bool up_whole;   /* came with the head: can be sent again */
    bool up_paused;

    /* the response */
    struct wk_arena arena; /* of the head */
    unsigned status;
    const char *status_text;
    ProtobufCBinaryData headers[2 * WK_EGRESS_HEADERS_MAX];
    size_t header_count, header_bytes;
    int64_t length; /* -1: not known */
    bool head_there, head_sent, too_large;
    struct wk_buf down; /* body that was not sent yet */
    bool down_paused;

    bool done, denied, is_changed;
    CURLcode result;
    struct wk_transfer *next_changed;
};

void wk_egress_init(struct wk_egress *egress, uv_loop_t *loop);
wk_err wk_egress_connect(struct wk_egress *egress, const char *url, const char *token_hex);
/* A transfer was freed: perhaps the last one that draining waits for. */
void wk_egress_transfer_gone(struct wk_egress *egress);

/* ---- multi.c: curl and the loop ---- */
void wk_multi_init(struct wk_egress *egress);
void wk_multi_add(struct wk_transfer *t);
/* Lets a paused side go on as far as nothing holds it back. */
void wk_multi_unpause(struct wk_transfer *t);
/* Takes the results of what ended and sends what was collected. */
void wk_multi_flush(struct wk_egress *egress);

/* ---- transfer.c ---- */
void wk_transfer_open(struct wk_egress *egress, struct wk_session *session, const Wk__HttpRequest *req);
/* The transfer has something to send. */
void wk_transfer_changed(struct wk_transfer *t);
/* Sends what there is; frees the transfer if it is over. */
void wk_transfer_flush(struct wk_transfer *t);

/* ---- request.c ---- */
/* Fills t->easy from the request. *why is text for the caller of fetch().
 * Errors: WK_EINVAL, WK_EUNSUPPORTED. */
wk_err wk_request_build(struct wk_transfer *t, const Wk__HttpRequest *req, const char **why);

/* ---- response.c ---- */
/* One line of the head as curl gives it; false: it is too large. */
bool wk_response_line(struct wk_transfer *t, const char *line, size_t bytes);
/* Sends the head, with the body if whole says that t->down is all of it. */
void wk_response_send_head(struct wk_transfer *t, bool whole);

/* ---- sandbox.c ---- */
void wk_egress_seal(void);
#endif
