/* Processes that open, send, end and die at random; a checker that knows only what each side saw: whoever
 * did not end a session hears exactly one end of it, whoever did hears at most one that crossed its own. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include "kernel/route/router.h"
#include "tests/support/peers.h"

#define PROCESSES 5
#define STEPS 4000
#define SEEDS 6

struct view {
    uint32_t id;
    bool ended_by_me;
};

struct process {
    struct peer peer;
    struct wk_end *end;
    struct wk_dest dest;
    bool down;
    uint32_t next_index;
    struct view *views;
    size_t count, cap, seen; /* seen: frames looked at for OPENs */
};

static uv_loop_t loop;
static struct process procs[PROCESSES];
static uint64_t random_state;

static uint32_t
rnd(uint32_t below)
{
    random_state = random_state * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)(random_state >> 33) % below;
}

static void
on_message(void *arg, struct wk_end *end, const Wk__Envelope *msg)
{
}

static void
on_down(void *arg, struct wk_end *end, wk_err why)
{
    struct process *p = arg;

    p->down = true;
    if (p->dest.end == end)
        wk_dest_set(&p->dest, NULL, rnd(2) == 0);
}

static const struct wk_end_events end_events = {on_message, on_down};

static void
start(struct process *p)
{
    struct wk_link *near;

    peer_open(&p->peer, &loop, &near);
    p->end = wk_end_new(near, &end_events, p);
    p->down = false;
    p->next_index = 1;
    p->count = p->seen = 0;
    for (uint32_t i = 0; i < PROCESSES; i++)
        wk_end_grant(p->end, i, &procs[i].dest, i);
}

static void
add_view(struct process *p, uint32_t id)
{
    if (p->count == p->cap) {
        p->cap = p->cap ? 2 * p->cap : 64;
        p->views = wk_xrealloc(p->views, p->cap * sizeof(*p->views));
    }
    p->views[p->count++] = (struct view){id, false};
}

static void
look(struct process *p)
{
    for (; p->seen < p->peer.count; p->seen++)
        if (p->peer.frames[p->seen].f.kind == WK_FRAME_OPEN)
            add_view(p, p->peer.frames[p->seen].f.session);
}

static unsigned
ends_heard(const struct process *p, uint32_t id)
{
    unsigned n = 0;

    for (size_t i = 0; i < p->peer.count; i++) {
        const struct wk_frame *f = &p->peer.frames[i].f;

        n += f->session == id && (f->kind == WK_FRAME_CLOSE || (f->kind == WK_FRAME_DATA && (f->flags & WK_FLAG_LAST)));
    }
    return n;
}

static void
send_frame(struct process *p, struct wk_frame f, size_t bytes)
{
    static const uint8_t zeros[4096];

    peer_send(&p->peer, f, zeros, bytes);
}

static void
open_one(struct process *p)
{
    struct wk_frame f = {.kind = WK_FRAME_OPEN, .session = p->next_index++, .handle = rnd(PROCESSES + 1)};

    if (p->count > 0 && rnd(2))
        f.parent = p->views[rnd((uint32_t)p->count)].id; /* perhaps ended long ago */
    if (rnd(4) == 0)
        f.flags |= WK_FLAG_DETACHED;
    if (rnd(16) == 0)
        f.flags |= WK_FLAG_LAST; /* means nothing here */
    add_view(p, f.session);
    send_frame(p, f, rnd(200));
}

static void
use_one(struct process *p)
{
    struct view *v;
    struct wk_frame f = {.kind = WK_FRAME_DATA};

    if (p->count == 0)
        return;
    v = &p->views[rnd((uint32_t)p->count)];
    f.session = v->id;
    switch (rnd(5)) {
    case 0:
        f.kind = WK_FRAME_CLOSE;
        f.code = (uint16_t)rnd(20);
        v->ended_by_me = true;
        break;
    case 1:
        f.flags = WK_FLAG_LAST;
        v->ended_by_me = true;
        break;
    case 2:
        f.flags = WK_FLAG_RAW;
        break;
    default:
        break;
    }
    send_frame(p, f, f.flags & WK_FLAG_RAW ? rnd(20) : rnd(300));
}

static void
kill_one(struct process *p)
{
    peer_die(&p->peer);
    peers_settle(&loop);
    cr_assert(p->down);
    peer_fini(&p->peer);
    start(p);
    if (rnd(2))
        wk_dest_set(&p->dest, p->end, false);
}

static void
step(void)
{
    struct process *p = &procs[rnd(PROCESSES)];
    uint32_t what = rnd(100);

    look(p);
    if (what < 40)
        open_one(p);
    else if (what < 80)
        use_one(p);
    else if (what < 90)
        peers_settle(&loop);
    else if (what < 94)
        wk_dest_set(&p->dest, p->end, false);
    else if (what < 97)
        wk_dest_set(&p->dest, NULL, rnd(2) == 0);
    else if (what < 98)
        kill_one(p);
    cr_assert_not(p->down, "an honest process lost its link: %d", p->peer.why);
}

static void
count_route(void *arg, const struct wk_route_info *info)
{
    ++*(size_t *)arg;
}

static void
end_all_and_check(unsigned seed)
{
    size_t left = 0;

    peers_settle(&loop);
    for (int i = 0; i < PROCESSES; i++) {
        struct process *p = &procs[i];

        look(p);
        for (size_t j = 0; j < p->count; j++)
            if (!p->views[j].ended_by_me && ends_heard(p, p->views[j].id) == 0) {
                send_frame(p, (struct wk_frame){.kind = WK_FRAME_CLOSE, .session = p->views[j].id}, 0);
                p->views[j].ended_by_me = true;
            }
    }
    peers_settle(&loop);
    wk_route_each(count_route, &left);
    cr_assert_eq(left, 0, "seed %u: %zu routes are left", seed, left);
    for (int i = 0; i < PROCESSES; i++) {
        struct process *p = &procs[i];

        cr_expect_eq(wk_end_session_count(p->end), 0, "seed %u: process %d has sessions left", seed, i);
        for (size_t j = 0; j < p->count; j++) {
            unsigned heard = ends_heard(p, p->views[j].id);

            cr_expect(p->views[j].ended_by_me ? heard <= 1 : heard == 1, "seed %u: process %d session %x heard %u ends",
                      seed, i, p->views[j].id, heard);
        }
    }
}

Test(model, each_side_hears_exactly_one_end_whatever_dies, .timeout = 120)
{
    for (unsigned seed = 1; seed <= SEEDS; seed++) {
        random_state = seed * 977u;
        uv_loop_init(&loop);
        for (int i = 0; i < PROCESSES; i++) {
            procs[i].dest = (struct wk_dest){.starting = true};
            start(&procs[i]);
        }
        for (int i = 0; i < STEPS; i++)
            step();
        end_all_and_check(seed);
        for (int i = 0; i < PROCESSES; i++)
            peer_fini(&procs[i].peer);
        cr_assert(peers_loop_end(&loop));
    }
    for (int i = 0; i < PROCESSES; i++)
        free(procs[i].views);
}
