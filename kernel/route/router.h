/* kernel/route/router.h - sessions between the kernel's links: who may open what, and who hears what.
 *
 *   end    a process's link, with its handle table and its session numbers
 *   dest   what a handle names: a service that sessions can be opened to, up, starting or down
 *   route  one session: an opener, an acceptor, a parent on whose behalf it was opened
 *   gate   a session opened with WK_FLAG_GATE, and the routes that belong to it
 *
 * Invariants, each enforced here:
 *   1. A session number means something on one link only; an unknown one is ignored.
 *   2. A route ends once: each side that did not end it hears one CLOSE, then both numbers are free.
 *   3. When a route ends, so do the routes that were opened on its behalf and are not detached.
 *   4. Raw bytes under way are within the window that the other side granted; who sends more loses its
 *      link. What the kernel keeps of what a process sent is bounded for each session, gate and process:
 *      the session that is over it ends.
 *   5. Nothing that the acceptor of a gate sends on a route that belongs to the gate leaves before the gate
 *      was advanced to the highest stamp seen on it until then; all of that leaves in its order.
 *   6. What belongs to a gate ends with it, the same way, and what was held is dropped.
 *
 * Gates. A service that `redirects` (the storage of actors) is shown the OPEN of a session only; the kernel
 * keeps it and what follows, until the service answers, closes, or redirects it: to the acceptor of a gate
 * session that it opened before (one incarnation of an actor, on its host). That session belongs to the gate
 * then, and so does
 *   - what the gate's opener opens with the gate session as its parent: it goes to the gate's acceptor,
 *   - what the acceptor opens with the gate session, or its side of a session of the gate, as its parent,
 *     detached or not. (If that parent has ended it is refused, detached or not: what is to outlive an event
 *     names the gate session.)
 * DATA on the gate session raises the highest stamp seen; GATE from its opener advances it. CREDIT is no
 * output, nor is what is said on gate sessions. A side that said its last into a closed gate has its number
 * back at once, the other side hears of it in its turn.
 *
 * The body of a message is never read here. Thread: the loop's. */
#ifndef WK_ROUTE_ROUTER_H
#define WK_ROUTE_ROUTER_H
#include "kernel/ipc/codec.h"
#include "kernel/ipc/link.h"

#define WK_ROUTE_SESSIONS_PER_END_MAX 200000u
#define WK_ROUTE_DEPTH_MAX 64u  /* sessions opened on behalf of sessions */
#define WK_ROUTE_HELD_MAX 1024u /* sessions waiting for one starting service, or for one gate */
#define WK_ROUTE_HELD_BYTES_PER_END_MAX (128u << 20) /* kept of what one process sent */
#define WK_GATE_HELD_BYTES_MAX (32u << 20) /* waiting in one gate, headers counted: 128 windows */
#define WK_HANDLES_PER_SESSION_MAX 1024u             /* granted over it to one side */
#define WK_HANDLES_PER_END_MAX 65536u                /* granted over sessions */
/* Unsent bytes of a link past which what is sent to it ends the session it belongs to. Far below what would
 * end the link, so that no sender can take it from whoever it sends to. */
#define WK_ROUTE_UNSENT_BYTES_MAX (WK_LINK_QUEUE_BYTES_MAX / 2)

struct wk_end;
struct wk_route;

/* An end of a session inside the kernel itself. Messages live until the handler returns. After
 * on_closed, or the kernel's own close, the route is dead. */
struct wk_local {
    void (*on_message)(void *arg, struct wk_route *route, const Wk__Envelope *msg, uint8_t flags);
    void (*on_writable)(void *arg, struct wk_route *route); /* more raw bytes may be written */
    void (*on_closed)(void *arg, struct wk_route *route, wk_err code, const Wk__Error *error);
};

/* Something that sessions can be opened to. Zero-initialised: down. Lives in its owner. */
struct wk_dest {
    struct wk_end *end;  /* NULL: not up */
    bool starting;       /* opens wait for wk_dest_up */
    bool redirects;      /* hands sessions on: it sees their OPEN only, and a CLOSE */
    const char *name;    /* borrowed, for messages */
    const char *trouble; /* borrowed: why it is down, for who opens; NULL: not known */
    struct wk_route *held_first, *held_last;
    uint32_t held_count;
    uint64_t opened, refused; /* counters */
    /* For a dest inside the kernel: called on an open, sets the acceptor by wk_route_accept_local. */
    void (*local_open)(void *arg, struct wk_route *route, const Wk__Envelope *msg);
    /* An open found the service down: its owner may start it and set starting. May be NULL. */
    void (*on_demand)(void *arg);
    void *arg;
};

struct wk_end_events {
    /* A message to the kernel itself. */
    void (*on_message)(void *arg, struct wk_end *end, const Wk__Envelope *msg);
    /* The link is gone; every session of it has ended. The end is dead after this. */
    void (*on_down)(void *arg, struct wk_end *end, wk_err why);
};

/* Takes over link (its reference) and starts it. */
struct wk_end *wk_end_new(struct wk_link *link, const struct wk_end_events *events, void *arg);
/* Other events from now on: an unknown link became a known process. */
void wk_end_set_events(struct wk_end *end, const struct wk_end_events *events, void *arg);
void wk_end_close(struct wk_end *end, wk_err why);
void wk_end_tell(struct wk_end *end, const Wk__Envelope *msg);
struct wk_link *wk_end_link(struct wk_end *end);
uint32_t wk_end_session_count(const struct wk_end *end);
/* True if anything came from the process since the last call. */
bool wk_end_take_activity(struct wk_end *end);

/* Lets the process open gate sessions. */
void wk_end_allow_gates(struct wk_end *end);
/* Lets the process open sessions to target index of dest through handle, below WK_HANDLE_GRANTED. */
void wk_end_grant(struct wk_end *end, uint32_t handle, struct wk_dest *dest, uint32_t target);
/* Takes back all but what was granted over sessions. */
void wk_end_revoke_all(struct wk_end *end);

/* The service serves at end from now on: what waited is opened there. end NULL: it is down; what waits
 * goes on waiting if starting, and ends with WK_EUNAVAILABLE otherwise. */
void wk_dest_set(struct wk_dest *dest, struct wk_end *end, bool starting);

/* Opens a session from inside the kernel. Refusal comes as on_closed, perhaps before this returns: then
 * the result is NULL. */
struct wk_route *wk_route_open_local(struct wk_dest *dest, struct wk_end *end, uint32_t target,
                                     const Wk__Envelope *msg, uint8_t flags,
                                     const struct wk_local *local, void *arg);
void wk_route_accept_local(struct wk_route *route, const struct wk_local *local, void *arg);
void wk_route_send(struct wk_route *route, const Wk__Envelope *msg, uint8_t flags);
/* One that may wait a little (wk_link_send). */
void wk_route_send_later(struct wk_route *route, const Wk__Envelope *msg);
/* Writes at most what the window allows; gives how much that was. */
size_t wk_route_write(struct wk_route *route, const void *data, size_t bytes, uint8_t flags);
/* Ends the route from inside the kernel; a local end is not told. text may be NULL. */
void wk_route_close(struct wk_route *route, wk_err code, const char *text);

struct wk_route_info {
    uint64_t id;
    const char *opener, *dest; /* borrowed */
    uint64_t age_ms;
    bool has_parent, held;
};
/* Calls fn for every route. */
void wk_route_each(void (*fn)(void *arg, const struct wk_route_info *info), void *arg);

struct wk_gate_info {
    uint64_t id; /* of the gate session, as wk_route_info.id */
    const char *opener, *dest; /* borrowed */
    uint64_t seen, advanced;
    uint32_t held_frames, held_bytes, routes, waiting;
    uint64_t age_ms;
};
/* Calls fn for every gate. */
void wk_gate_each(void (*fn)(void *arg, const struct wk_gate_info *info), void *arg);
/* The name shown for an end. The text is copied. */
void wk_end_name(struct wk_end *end, const char *name);
#endif
