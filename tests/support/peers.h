/* tests/support/peers.h - the far ends of links, scripted: they remember every frame they were sent.
 *
 * All in one process and one loop, over socket pairs, so that a test sees everything and waits for nothing. */
#ifndef WK_TESTS_PEERS_H
#define WK_TESTS_PEERS_H
#include "kernel/base/buf.h"
#include "kernel/ipc/link.h"

struct peer_frame {
    struct wk_frame f; /* body: a copy */
};
struct peer {
    struct wk_link *link;
    int fd; /* the link's, for bytes that no honest link would send */
    struct peer_frame *frames;
    size_t count, cap;
    unsigned batches, closed; /* how often on_batch_end, on_closed were called */
    wk_err why;
    struct peer *next_open;
};

/* Makes a pair; near is the link of one end, not started; peer the other, started. */
void peer_open(struct peer *peer, uv_loop_t *loop, struct wk_link **near);
/* A peer of a link that is there; takes the reference. */
void peer_take(struct peer *peer, struct wk_link *link);
void peer_fini(struct peer *peer);
void peer_forget(struct peer *peer);
void peer_send(struct peer *peer, struct wk_frame frame, const void *body, size_t bytes);
void peer_raw(struct peer *peer, const void *data, size_t bytes);
/* As a process that was killed: the descriptor is shut. */
void peer_die(struct peer *peer);
/* How many frames of that kind came for that session; the last of them in *last, if not NULL. */
size_t peer_got(const struct peer *peer, int kind, uint32_t session, struct wk_frame *last);
const struct wk_frame *peer_last(const struct peer *peer);

/* Runs the loop until nothing moves any more. */
void peers_settle(uv_loop_t *loop);
/* Runs the loop until *flag is not zero; false after 10 s. */
bool peers_await(uv_loop_t *loop, const unsigned *flag);
/* Closes the loop, which must hold nothing any more. false: something leaked. */
bool peers_loop_end(uv_loop_t *loop);
#endif
