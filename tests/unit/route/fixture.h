/* tests/unit/route/fixture.h - a router with some scripted processes. */
#ifndef WK_TESTS_ROUTE_FIXTURE_H
#define WK_TESTS_ROUTE_FIXTURE_H
#include "kernel/route/router.h"
#include "tests/support/peers.h"

#define PROCESSES 4

struct process {
    struct peer peer;
    struct wk_end *end;
    unsigned down;
    wk_err why;
    struct wk_dest dest;
};

extern uv_loop_t loop;
extern struct process procs[PROCESSES];
/* arg: the struct process */
extern const struct wk_end_events process_events;

#define A (&procs[0])
#define B (&procs[1])
#define C (&procs[2])
#define D (&procs[3])

/* Everyone may open sessions to everyone: handle i is process i, target 100 + i. */
void setup(void);
/* Every process goes; no route may be left. */
void teardown(void);
size_t routes(void);
/* p says f with that many bytes of zeros. */
void send_frame(struct process *p, struct wk_frame f, size_t bytes);
/* p opens session id through handle; gives the acceptor's number for it, 0 if it was not
 * delivered. */
uint32_t open_to(struct process *p, uint32_t id, uint32_t handle, uint32_t parent,
                 uint8_t flags);
void send_close(struct process *p, uint32_t id);
/* How many ends that side heard: a CLOSE, or a frame with LAST. */
size_t ends_heard(const struct process *p, uint32_t id);
wk_err close_code(const struct process *p, uint32_t id);
#endif
