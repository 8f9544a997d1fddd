/* kernel/ipc/link.h - an ordered stream of frames between a process and the kernel.
 *
 * Carried by an nng stream, or by a descriptor that the kernel handed down (one end of a socket pair).
 *
 * Sends are coalesced: while one send is under way frames queue, and all that queued leaves in the
 * next one. A reader gets every complete frame of one receive before the link is flushed, so replies
 * of one batch share one system call.
 *
 *     OPEN --peer went, bad frame, wk_link_close--> CLOSED (on_closed, once) --wk_link_unref--> gone
 *
 * Bounds: a frame is at most WK_FRAME_BODY_BYTES_MAX; unsent bytes past WK_LINK_QUEUE_BYTES_MAX close
 * the link with WK_EOVERLOADED (flow control of the sessions keeps an honest peer far below).
 *
 * Thread: the loop's. nng calls back on threads of its own; there a link only moves bytes to the loop.
 * Lifetime: reference counted; callbacks never run after on_closed. */
#ifndef WK_IPC_LINK_H
#define WK_IPC_LINK_H
#include <uv.h>
#include "kernel/ipc/frame.h"

#define WK_LINK_QUEUE_BYTES_MAX (256u << 20)
#define WK_LINK_LATER_MS 20u

struct wk_link;
struct wk_link_listener;

struct wk_link_events {
    void (*on_frame)(void *arg, struct wk_link *link, const struct wk_frame *frame);
    /* After the last frame of a batch; may be NULL. */
    void (*on_batch_end)(void *arg, struct wk_link *link);
    void (*on_closed)(void *arg, struct wk_link *link, wk_err why);
};

/* Connects to url ("ipc:///path", "tcp://host:port", "fd:N": an inherited descriptor), waiting at most timeout_ms; for start-up, it
 * blocks. Owns: *out is the caller's reference. Errors: WK_EUNAVAILABLE, WK_EINVAL. */
wk_err wk_link_dial(uv_loop_t *loop, const char *url, uint32_t timeout_ms,
                    const struct wk_link_events *events, void *arg, struct wk_link **out);

/* The same over nng alone, and over a connected stream socket, which is the link's from then on. Neither
 * is started yet. */
wk_err wk_link_dial_nng(uv_loop_t *loop, const char *url, uint32_t timeout_ms, struct wk_link **out);
wk_err wk_link_adopt(uv_loop_t *loop, int fd, struct wk_link **out);

/* Accepts links at url; on_link gets a reference of its own for each and calls wk_link_start.
 * Errors: WK_EEXISTS, somebody listens there; WK_EINVAL; WK_EIO. */
wk_err wk_link_listen(uv_loop_t *loop, const char *url,
                      void (*on_link)(void *arg, struct wk_link *link), void *arg,
                      struct wk_link_listener **out);
void wk_link_listener_close(struct wk_link_listener *listener);

/* Begins to deliver frames; for accepted links. */
void wk_link_start(struct wk_link *link, const struct wk_link_events *events, void *arg);

/* Queues a frame; its body is copied. It leaves at the end of this batch or at wk_link_flush; one that may be later
 * leaves with the next that may not, or after WK_LINK_LATER_MS: nobody is woken for a line of the log alone.
 * On a closed link nothing happens. */
void wk_link_send(struct wk_link *link, const struct wk_frame *frame);
void wk_link_flush(struct wk_link *link);
/* Flushes by itself before the loop next waits. */
void wk_link_flush_soon(struct wk_link *link);

/* Until wk_link_release, what is sent waits beside the queue, and is not flushed; pausing lets what is sent meanwhile go
 * ahead of it. For a process that knows the first thing to say last. */
void wk_link_hold(struct wk_link *link);
void wk_link_hold_pause(struct wk_link *link, bool pause);
void wk_link_release(struct wk_link *link);

/* Ends the link; on_closed(why) follows from the loop. Closing twice is fine. */
void wk_link_close(struct wk_link *link, wk_err why);
/* Waits at most timeout_ms until everything queued was handed to the system: for a process that ends. */
void wk_link_drain(struct wk_link *link, uint32_t timeout_ms);
enum wk_link_taken {
    WK_LINK_LEFT,  /* is to be delivered later, in its place */
    WK_LINK_TAKEN, /* was dealt with */
    WK_LINK_DONE,  /* was dealt with, and nothing more is waited for */
};
/* Blocks the thread for at most timeout_ms and shows take() every frame that comes, until it says
 * WK_LINK_DONE. What it leaves is delivered in order by the loop. May be called while a frame is delivered;
 * that frame's body stays where it is. take() must not wait itself.
 * Errors: WK_ETIMEDOUT; WK_ECLOSED, the link ended (on_closed follows from the loop); WK_EUNSUPPORTED, it is
 * no link over a descriptor. */
wk_err wk_link_wait(struct wk_link *link, uint32_t timeout_ms,
                    enum wk_link_taken (*take)(void *arg, const struct wk_frame *frame), void *arg);
/* Process id of the other end as the system knows it; 0 if it does not. */
uint64_t wk_link_peer_pid(const struct wk_link *link);
size_t wk_link_unsent_bytes(struct wk_link *link);
struct wk_link_stats {
    uint64_t frames_in, frames_out, bytes_in, bytes_out;
};
void wk_link_stats(struct wk_link *link, struct wk_link_stats *out);

struct wk_link *wk_link_ref(struct wk_link *link);
void wk_link_unref(struct wk_link *link);

/* Wakes nobody: threads that nng starts are kept few. Call once before the first link of a process. */
void wk_link_global_init(void);
#endif
