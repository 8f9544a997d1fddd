/* kernel/route/router_priv.h - the inside of the router, for the files of kernel/route alone.
 *
 *   ids.c      session numbers             deliver.c  frames to their side
 *   handles.c  what a process may open     gates.c    what waits for durable writes, and
 * redirected sessions routes.c   the life of a route         ends.c     frames from a process
 *                                          local.c    ends inside the kernel */
#ifndef WK_ROUTE_ROUTER_PRIV_H
#define WK_ROUTE_ROUTER_PRIV_H
#include "kernel/base/events.h"
#include "kernel/route/router.h"

/* A side of a route whose process is the acceptor of a gate that the route belongs to: what it
 * sends is output. */
struct wk_member {
    struct wk_gate *gate;
    struct wk_route *route;
    struct wk_member *next, **at; /* of the gate */
};

/* One side of a route: a number on a link, or a local end. */
struct side {
    struct wk_end *end;       /* NULL: local, or not there yet */
    uint32_t id;              /* 0: it has none, or gave it back */
    uint32_t may_send;        /* raw bytes it may still send */
    struct wk_member *member; /* NULL: what it sends passes */
};

/* What few routes have, or have for a while. */
struct wk_route_extra {
    struct {
        const struct wk_local *events; /* NULL: not a local end */
        void *arg;
        uint32_t granted,
            granted_count; /* the first of the handles that the side was granted, 0: none */
    } side[2];
    struct wk_buf held; /* frames for an acceptor that is not there yet; first the OPEN */
    size_t open_bytes;  /* of which the OPEN */
    struct wk_route *next_held; /* waiting in the same dest or gate */
};

enum wk_route_wait { WK_WAITS_NOT, WK_WAITS_IN_DEST, WK_WAITS_IN_GATE };

struct wk_route {
    struct side side[2]; /* 0 opened it, 1 accepted it */
    struct wk_dest *dest;
    struct wk_gate *gate; /* it is a gate session; NULL: it is none */
    struct wk_route *parent, *child, *next_sibling, **sibling_at;
    struct wk_route *next_all, **all_at;
    struct wk_route_extra *extra;
    uint64_t serial, opened_ms;
    uint32_t target;
    uint32_t pins; /* who still looks at it: callers on the stack, frames in a gate */
    uint8_t depth; /* at most WK_ROUTE_DEPTH_MAX + 1 */
    uint8_t waits; /* enum wk_route_wait */
    uint8_t ended; /* a bit for each side that said END */
    bool dead : 1;
    bool kept : 1; /* side 1 may redirect it: the frames of side 0 are held for who accepts it
                      then */
    bool answered : 1;  /* by a side 1 that might have redirected it */
    bool open_held : 1; /* its OPEN waits in a gate */
};
/* A hundred thousand idle actors are that many routes and gates. */
_Static_assert(sizeof(struct wk_route) <= 160, "a route is kept small");

/* A frame that waits in a gate. */
struct wk_held_frame {
    struct wk_held_frame *next;
    struct wk_route *route; /* pinned */
    uint64_t stamp;         /* passes when the gate has advanced so far */
    uint32_t bytes;         /* that it is charged with */
    int from;
    struct wk_frame f; /* its body lies in body */
    uint8_t body[];
};

struct wk_gate {
    struct wk_route *route;  /* the gate session; the gate lives as long as its memory */
    uint64_t seen, advanced; /* highest stamp; how far everything is durable */
    struct wk_held_frame *first, *last;
    uint32_t held_frames, held_bytes, member_count;
    uint32_t waiting_count;
    struct wk_member *members;
    struct wk_route *waiting_first, *waiting_last; /* until the acceptor is there */
};

struct id_table {
    struct wk_route **slots;
    uint16_t *generations;
    uint32_t *free;
    uint32_t cap, free_count;
};

struct grant {
    struct wk_dest *dest;
    uint32_t target;
};

/* A handle that came over a session. */
struct granted {
    struct grant to; /* dest NULL: free */
    uint32_t next;   /* of the same session and side, or the next free one; 0: none */
    uint32_t generation;
};

struct wk_end {
    struct wk_link *link;
    const struct wk_dest *serves; /* that it was, or is, the process of; NULL: none */
    const struct wk_end_events *events;
    void *arg;
    char *name;
    struct id_table theirs; /* numbers that the process chose */
    struct id_table ours;   /* numbers that the kernel chose */
    struct grant *grants;
    uint32_t grant_count, session_count;
    struct granted *granted; /* by index; 0 is not used */
    uint32_t granted_cap, granted_free;
    size_t held_bytes; /* kept of what it sent */
    bool active, down, may_gate;
};

/* Messages to ends inside the kernel live here until the handler returns. */
extern struct wk_arena wk_route_arena;

/* ---- ids.c ---- */

/* True if the process may give a session that number. */
bool wk_ids_free(struct wk_end *end, uint32_t id);
/* Gives side 0 the number that its process chose, a free one. */
void wk_ids_take(struct wk_route *r, struct wk_end *end, uint32_t id);
/* Gives side 1 a number on end; false: there are too many. */
bool wk_ids_number(struct wk_route *r, struct wk_end *end);
/* The side has no number any more. */
void wk_ids_release(struct side *s);
/* The route that the process calls id, and which side of it the process is; NULL: none. */
struct wk_route *wk_ids_find(struct wk_end *end, uint32_t id, int *which);
void wk_ids_fini(struct id_table *t);

/* ---- handles.c ---- */

/* What the process may open as handle. false: nothing. */
bool wk_handle_find(const struct wk_end *end, uint32_t handle, struct grant *out);
/* Gives a side of the route a handle; 0: it has too many. */
uint32_t wk_handle_mint(struct wk_route *r, int side, struct grant to);
/* Takes back what was granted over the route. */
void wk_handles_drop(struct wk_route *r);

/* ---- routes.c ---- */

struct wk_route *wk_route_new(struct wk_dest *dest, uint32_t target);
struct wk_route_extra *wk_route_extra(struct wk_route *r);
const struct wk_local *wk_route_local(const struct wk_route *r, int side);
void wk_route_set_parent(struct wk_route *r, struct wk_route *parent);
/* Ends the route; the sides in `told` (a bit each) know already. Invariants 2, 3 and 6. */
void wk_route_end(struct wk_route *r, unsigned told, const struct wk_frame *why);
/* Ends the route with a code and perhaps a text; told as in wk_route_end. */
void wk_route_fail(struct wk_route *r, unsigned told, wk_err code, const char *text);
/* Keeps the memory of a route while something might end it. */
void wk_route_pin(struct wk_route *r);
/* True if the route lives; if not, its memory is gone with the last pin. */
bool wk_route_unpin(struct wk_route *r);

/* ---- deliver.c ---- */

void wk_dest_unhold(struct wk_route *r);
/* Brings a new route to its acceptor: at once, later, or never. f is the OPEN; end: NULL, or
 * whoever is to have it. */
void wk_route_place(struct wk_route *r, const struct wk_frame *f, struct wk_end *end);
/* Hands a frame to the other side. LAST ends the route after it. */
void wk_route_forward(struct wk_route *r, int from, const struct wk_frame *f);
/* Keeps a frame of side 0. false: that was too much, and the route has ended. */
bool wk_route_hold(struct wk_route *r, const struct wk_frame *f);
/* What was kept is not needed any more. */
void wk_route_unhold(struct wk_route *r);
/* Gives end what was kept. via: its number of the gate session that it comes through, 0: none.
 */
void wk_route_deliver_held(struct wk_route *r, struct wk_end *end, uint32_t via);
/* Side 1 answers by itself, so it redirects no more: it gets what was kept. False: the route has ended. */
bool wk_route_answered(struct wk_route *r);

/* ---- gates.c ---- */

struct wk_gate *wk_gate_new(struct wk_route *route);
void wk_gate_free(struct wk_gate *gate); /* NULL: nothing */
/* Outputs of that side of the route wait for the gate. */
void wk_gate_join(struct wk_gate *gate, struct wk_route *r, int side);
/* The route, with what was kept of it, goes to the gate's acceptor. */
void wk_gate_enter(struct wk_gate *gate, struct wk_route *r);
/* The gate's acceptor is there. */
void wk_gate_opened(struct wk_gate *gate);
/* True if the frame waits in a gate now, or ended the route because there is no room. */
bool wk_gate_take(struct wk_route *r, int from, const struct wk_frame *f);
/* Everything up to stamp is durable. */
void wk_gate_advance(struct wk_gate *gate, uint64_t stamp);
/* The route belongs to no gate any more. */
void wk_gate_leave(struct wk_route *r);
/* The gate session ends: so does what belongs to it. */
void wk_gate_end(struct wk_gate *gate, const struct wk_frame *why);
#endif
