/* kernel/ipc/frame.h - the unit of a link: a fixed header that the kernel reads, and a body that it
 * does not.
 *
 * All numbers little-endian:
 *   0 u32 body bytes   4 u8 kind   5 u8 flags   6 u16 code   8 u32 session   12 u32 handle
 *  16 u32 parent      20 u32 arg  24 u64 stamp
 *
 * A session number is local to its link, like a file descriptor. WK_SESSION_OF_KERNEL is set in those
 * that the kernel chose, with WK_SESSION_OF_GATE in those of gate sessions and what came through one; the low WK_SESSION_INDEX_BITS are an index, the bits between a generation, so
 * that a frame for an ended session finds nobody instead of a stranger. Session 0 is the conversation
 * between a process and the kernel itself.
 *
 * A handle is what an OPEN names: a number of the process's table, written there by the kernel when it was
 * configured, or with WK_HANDLE_GRANTED set given to it over a session, for as long as that session lives.
 *
 * A gate session holds back what its acceptor says elsewhere: see WK_FLAG_GATE in kernel/route/router.h.
 *
 * Thread: any; nothing here keeps state. */
#ifndef WK_IPC_FRAME_H
#define WK_IPC_FRAME_H
#include "kernel/base/base.h"

#define WK_PROTO_VERSION 1u
#define WK_FRAME_HEAD_BYTES 32u
/* Room for what an actor stores under one key, and for the two bounds of a list. What may be larger (bodies,
 * arguments, results, bundles) goes in pieces. */
#define WK_FRAME_BODY_BYTES_MAX (17u << 20)
#define WK_SESSION_OF_KERNEL 0x80000000u
#define WK_SESSION_OF_GATE 0x40000000u
#define WK_SESSION_INDEX_BITS 18u
#define WK_SESSION_INDEX_MASK ((1u << WK_SESSION_INDEX_BITS) - 1u)
#define WK_HANDLE_GRANTED 0x40000000u
/* Raw bytes that may be under way in one direction of a session before its reader says more. */
#define WK_SESSION_WINDOW_BYTES (256u << 10)

enum wk_frame_kind {
    WK_FRAME_OPEN = 1,     /* session, handle, parent; body: the first message. Delivered: handle is the target, parent
                            * the receiver's number of the gate session that it came through or, where sessions are
                            * redirected, on whose behalf it was opened; 0: none */
    WK_FRAME_DATA = 2,     /* session; body: a message, or raw bytes. stamp: see there */
    WK_FRAME_CLOSE = 3,    /* session, code; body: none or an Error; the session is over */
    WK_FRAME_CREDIT = 4,   /* session, arg: that many more raw bytes may be sent */
    WK_FRAME_REDIRECT = 5, /* session: one opened to the sender, parent: a gate session that it opened. The session is
                            * the gate's acceptor's from now on, as if it had been opened there */
    WK_FRAME_GATE = 6,     /* session: a gate session, from its opener; stamp: durable up to there. Passed on */
    WK_FRAME_GRANT = 7,    /* session, handle: one of the sender's. Delivered: one of the receiver's to the same */
    WK_FRAME_KIND_MAX = WK_FRAME_GRANT,
};

enum wk_frame_flag {
    WK_FLAG_RAW = 1,      /* the body is a piece of the stream, not an Envelope */
    WK_FLAG_END = 2,      /* nothing follows in this direction but a close: CLOSE, or LAST without a body */
    WK_FLAG_LAST = 4,     /* as if a CLOSE with WK_OK followed */
    WK_FLAG_DETACHED = 8, /* OPEN: survives its parent's end (waitUntil) */
    WK_FLAG_GATE = 16,    /* OPEN: a gate session */
    WK_FLAGS_ALL = 31,
};

struct wk_frame {
    uint8_t kind;
    uint8_t flags;
    uint16_t code; /* enum wk_err, of a CLOSE */
    uint32_t session;
    uint32_t handle;
    uint32_t parent; /* OPEN: the sender's session on whose behalf this one is opened; 0: none */
    uint32_t arg;
    uint64_t stamp; /* DATA on a gate session, from its acceptor: the number of writes to confirm; GATE: the number
                     * confirmed. Elsewhere the kernel clears it */
    const uint8_t *body; /* borrowed */
    uint32_t body_bytes;
    bool later; /* not on the wire: see wk_link_send */
};

/* Writes the header of frame into head. */
void wk_frame_encode_head(const struct wk_frame *frame, uint8_t head[WK_FRAME_HEAD_BYTES]);

/* Reads the frame that starts at data. *used is its whole size in bytes. The body points into data.
 * Errors: WK_EAGAIN, more bytes are needed (*used is then the size needed, as far as known);
 *         WK_ELIMIT, its body is over WK_FRAME_BODY_BYTES_MAX; WK_EPROTO, a kind or flag that does not
 *         exist. Both end the link. */
wk_err wk_frame_decode(const uint8_t *data, size_t bytes, struct wk_frame *frame, size_t *used);
#endif
