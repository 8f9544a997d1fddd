/* kernel/route/router.h - sessions between the kernel's links: who may open what, and who hears what.
 *
 *   end    a process's link, with its handle table and its session numbers
 *   dest   what a handle names: a service that sessions can be opened to, up, starting or down
 *   route  one session: an opener, an acceptor, a parent on whose behalf it was opened
 *
 * Invariants, each enforced here:
 *   1. A session number means something on one link only; an unknown one is ignored.
 *   2. A route ends once: each side that did not end it hears one CLOSE, then both numbers are free.
 *   3. When a route ends, so do the routes that were opened on its behalf and are not detached.
 *   4. Raw bytes under way are within the window that the other side granted; who sends more loses its
 *      link. What waits for a starting service is bounded by that and by WK_ROUTE_HELD_MAX.
 *
 * The body of a message is never read here. Thread: the loop's. */
#ifndef WK_ROUTE_ROUTER_H
#define WK_ROUTE_ROUTER_H
#include "kernel/ipc/codec.h"
#include "kernel/ipc/link.h"

#define WK_ROUTE_SESSIONS_PER_END_MAX 65536u
#define WK_ROUTE_DEPTH_MAX 64u  /* sessions opened on behalf of sessions */
#define WK_ROUTE_HELD_MAX 1024u /* sessions waiting for one starting service */
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
    bool redirects;      /* hands sessions on: it sees their OPEN only */
    const char *name;    /* borrowed, for messages */
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

/* Lets the process open sessions to target index of dest through handle. */
void wk_end_grant(struct wk_end *end, uint32_t handle, struct wk_dest *dest, uint32_t target);
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
/* The name shown for an end. The text is copied. */
void wk_end_name(struct wk_end *end, const char *name);
#endif
