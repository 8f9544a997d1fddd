/* kernel/route/router_priv.h - the inside of the router, for the files of kernel/route alone.
 *
 *   ids.c numbers   routes.c the life of a route   deliver.c frames to their side   ends.c frames from a
 *   process   local.c ends inside the kernel */
#ifndef WK_ROUTE_ROUTER_PRIV_H
#define WK_ROUTE_ROUTER_PRIV_H
#include "kernel/route/router.h"

/* One side of a route: a number on a link, or a local end. */
struct side {
    struct wk_end *end; /* NULL: local, or not there yet */
    uint32_t id;
    uint32_t may_send; /* raw bytes it may still send */
    const struct wk_local *local;
    void *local_arg;
};

struct wk_route {
    struct side side[2]; /* 0 opened it, 1 accepted it */
    struct wk_dest *dest;
    struct wk_route *parent, *child, *next_sibling, **sibling_at;
    struct wk_route *next_held; /* waiting in dest */
    struct wk_route *next_all, **all_at;
    struct wk_buf held; /* frames for an acceptor that is not there yet */
    uint64_t serial, opened_ms;
    uint32_t target, depth;
    unsigned pins; /* callers on the stack that still look at it */
    bool waiting, dead;
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

struct wk_end {
    struct wk_link *link;
    const struct wk_end_events *events;
    void *arg;
    char *name;
    struct id_table theirs; /* numbers that the process chose */
    struct id_table ours;   /* numbers that the kernel chose */
    struct grant *grants;
    uint32_t grant_count, session_count;
    bool active, down;
};

/* Messages to ends inside the kernel live here until the handler returns. */
extern struct wk_arena wk_route_arena;

/* ---- ids.c ---- */

void wk_ids_grow(struct id_table *t, uint32_t need, bool with_free);
void wk_ids_fini(struct id_table *t);
/* The route that the process calls id, and which side of it the process is; NULL: none. */
struct wk_route *wk_ids_find(struct wk_end *end, uint32_t id, int *which);
/* Gives the acceptor's side a number on end; false: there are too many. */
bool wk_ids_number(struct wk_route *r, struct wk_end *end);
void wk_ids_release(struct side *s);

/* ---- routes.c ---- */

struct wk_route *wk_route_new(struct wk_dest *dest, uint32_t target);
void wk_route_set_parent(struct wk_route *r, struct wk_route *parent);
/* Ends the route; the sides in `told` (a bit each) know already. Invariants 2 and 3. */
void wk_route_end(struct wk_route *r, unsigned told, const struct wk_frame *why);
/* Ends the route with a code and perhaps a text; told as in wk_route_end. */
void wk_route_fail(struct wk_route *r, unsigned told, wk_err code, const char *text);
/* Keeps the memory of a route while a handler might end it. */
void wk_route_pin(struct wk_route *r);
/* True if the route lives; if not, its memory is gone with the last pin. */
bool wk_route_unpin(struct wk_route *r);

/* ---- deliver.c ---- */

void wk_dest_unhold(struct wk_dest *dest, struct wk_route *r);
/* Brings a new route to its acceptor: at once, later, or never. f is the OPEN. */
void wk_route_place(struct wk_route *r, const struct wk_frame *f, struct wk_end *end);
/* Hands a frame to the other side. LAST ends the route after it. */
void wk_route_forward(struct wk_route *r, int from, const struct wk_frame *f);
#endif
