/* kernel/ipc/link_priv.h - the inside of a link, for the files link*.c alone.
 *
 * A link runs over one of two carriers: a descriptor that the kernel handed down (a socket pair: the
 * processes of one machine), or an nng stream (control clients, other machines). */
#ifndef WK_IPC_LINK_PRIV_H
#define WK_IPC_LINK_PRIV_H
#include "kernel/base/buf.h"
#include "kernel/ipc/link.h"

#define WK_LINK_RX_BYTES (64u << 10)

struct wk_link_carrier {
    void (*start)(struct wk_link *link); /* begin to receive */
    /* Queues bytes; gives how many are queued now. */
    size_t (*queue)(struct wk_link *link, const void *head, size_t head_bytes, const void *body, size_t body_bytes);
    void (*flush)(struct wk_link *link);
    void (*wake)(struct wk_link *link); /* in the loop: something happened, or a close is due */
    void (*finish)(struct wk_link *link); /* nothing comes any more after this */
    void (*free)(struct wk_link *link);
    size_t (*unsent)(struct wk_link *link);
    uint64_t (*peer_pid)(const struct wk_link *link);
    /* Blocks until something moves, adds what came to partial. NULL: it cannot. */
    void (*await)(struct wk_link *link, int timeout_ms);
};

/* Bytes that are being delivered, frame by frame. */
struct wk_link_run {
    const uint8_t *data;
    size_t bytes, at;
};

struct wk_link {
    const struct wk_link_carrier *carrier;
    void *io; /* the carrier's own */
    unsigned refs, handles_open;
    uv_loop_t *loop;
    uv_async_t wake;
    uv_prepare_t before_wait; /* runs while something waits to be flushed */
    uv_timer_t later_timer;   /* runs while something is in later */
    const struct wk_link_events *events;
    void *arg;
    bool started, closed;
    wk_err why; /* not WK_OK: it is to be closed */
    struct wk_link_stats stats;
    struct wk_buf partial; /* a frame whose end has not come yet; after a wait, frames before it */
    struct wk_link_run *run; /* of the delivery under way; NULL: none is */
    struct wk_buf held;      /* frames that were sent since wk_link_hold */
    bool holding, hold_paused;
    struct wk_buf later; /* frames that may wait for company; what is sent next goes behind them */
    bool left;               /* partial has frames that a wait left */
};

/* A link whose carrier is about to set io. refs: the caller's, and that of the loop's handles. */
struct wk_link *wk_link_new(uv_loop_t *loop, const struct wk_link_carrier *carrier);
/* Delivers what came, then flushes. */
void wk_link_received(struct wk_link *link, const uint8_t *data, size_t bytes);
#endif
