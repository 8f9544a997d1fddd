/* tests/unit/route/gates_fixture.h - what tests of gates say. A is a client, B the storage, C
 * the host of actors, D another service. */
#ifndef WK_TESTS_ROUTE_GATES_FIXTURE_H
#define WK_TESTS_ROUTE_GATES_FIXTURE_H
#include "tests/unit/route/fixture.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include "kernel/ipc/codec.h"

#define TO_STORE 1
#define TO_HOST 2
#define TO_OTHER 3

static inline void
gates_setup(void)
{
    setup();
    B->dest.redirects = true;
    wk_end_allow_gates(B->end);
}

static inline void
data(struct process *p, uint32_t session, uint8_t flags, size_t bytes)
{
    send_frame(p, (struct wk_frame){.kind = WK_FRAME_DATA, .session = session, .flags = flags},
               bytes);
    peers_settle(&loop);
}

/* The host's writes, numbered. */
static inline void
writes(uint32_t gate, uint64_t stamp)
{
    send_frame(C, (struct wk_frame){.kind = WK_FRAME_DATA, .session = gate, .stamp = stamp}, 9);
    peers_settle(&loop);
}

/* The storage says how far they are durable. */
static inline void
durable(uint32_t gate, uint64_t stamp)
{
    send_frame(B, (struct wk_frame){.kind = WK_FRAME_GATE, .session = gate, .stamp = stamp}, 0);
    peers_settle(&loop);
}

static inline void
redirect(uint32_t session, uint32_t gate)
{
    send_frame(
        B, (struct wk_frame){.kind = WK_FRAME_REDIRECT, .session = session, .parent = gate}, 0);
    peers_settle(&loop);
}

/* The last OPEN that p got; {0} if none. */
static inline struct wk_frame
last_open(const struct process *p)
{
    for (size_t i = p->peer.count; i-- > 0;)
        if (p->peer.frames[i].f.kind == WK_FRAME_OPEN)
            return p->peer.frames[i].f;
    return (struct wk_frame){0};
}

/* The storage opens gate session id; gives the host's number of it. */
static inline uint32_t
gate_open(uint32_t id)
{
    return open_to(B, id, TO_HOST, 0, WK_FLAG_GATE);
}

/* The client opens session id to an actor and the storage hands it on; gives the host's number
 * of it. */
static inline uint32_t
event(uint32_t id, uint32_t gate)
{
    redirect(open_to(A, id, TO_STORE, 0, 0), gate);
    return last_open(C).session;
}

/* How many DATA frames that side got. */
static inline size_t
got(const struct process *p, uint32_t session)
{
    return peer_got(&p->peer, WK_FRAME_DATA, session, NULL);
}

static struct wk_gate_info info;
static size_t info_count;

static inline void
note_gate(void *arg, const struct wk_gate_info *i)
{
    info = *i;
    info_count++;
}

/* What the kernel says of the oldest gate. */
static inline struct wk_gate_info *
gate_info(void)
{
    info = (struct wk_gate_info){0};
    info_count = 0;
    wk_gate_each(note_gate, NULL);
    return &info;
}
#endif
