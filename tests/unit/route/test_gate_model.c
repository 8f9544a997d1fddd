/* Clients, a storage and hosts of actors that open, redirect, write, answer, advance, break and
 * die at random, each of them honest. Whoever gets a frame that a host sent as output checks
 * what it says of itself: that the storage has advanced its gate so far, and that it comes
 * after what it got before of that session, or of that gate. At the end every session has ended
 * once on each side, and nothing is left. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "kernel/route/router.h"
#include "tests/support/peers.h"

#define PROCESSES 5 /* 0, 1: clients; 2: the storage; 3, 4: hosts */
#define STORE 2
#define STEPS 6000
#define SEEDS 30
#define GATES_MAX 4000
#define VIEWS_MAX 20000

enum kind { PLAIN, EVENT, GATE_OPENED, GATE_SERVED, MEMBER };

/* A session as one side sees it. */
struct view {
    uint32_t id;
    enum kind kind;
    uint32_t gate; /* index in gates, of GATE_* and MEMBER */
    bool ended_by_me, answered, handed_on;
    unsigned heard; /* ends */
    uint64_t last_seq;
};

struct process {
    struct peer peer;
    struct wk_end *end;
    struct wk_dest dest;
    bool down;
    struct view views[VIEWS_MAX];
    uint32_t count;
    size_t looked; /* at that many frames */
    uint32_t free_numbers[VIEWS_MAX], free_count, fresh;
    uint64_t last_seq[GATES_MAX]; /* of each gate, on sessions that this process opened */
};

/* An incarnation, as the test knows it. */
struct gate {
    uint64_t written, sent, advanced; /* by the host; outputs by the host; by the storage */
};

/* The body of an output. */
struct mark {
    uint64_t magic, gate, seq, needs;
};
#define MAGIC 0x6d61726b6d61726bull

static uv_loop_t loop;
static struct process procs[PROCESSES];
static struct gate gates[GATES_MAX];
static uint32_t gate_count;
static uint64_t random_state;
static size_t outputs_sent, outputs_seen;

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
    p->count = p->free_count = p->fresh = 0;
    p->looked = 0;
    memset(p->last_seq, 0, sizeof(p->last_seq));
    for (uint32_t i = 0; i < PROCESSES; i++)
        wk_end_grant(p->end, i, &procs[i].dest, i);
    if (p == &procs[STORE])
        wk_end_allow_gates(p->end);
}

/* ---- what a process sees ---- */

static struct view *
view_add(struct process *p, uint32_t id, enum kind kind, uint32_t gate)
{
    cr_assert_lt(p->count, VIEWS_MAX);
    p->views[p->count] = (struct view){.id = id, .kind = kind, .gate = gate};
    return &p->views[p->count++];
}

/* The newest session of that number. */
static struct view *
view_find(struct process *p, uint32_t id)
{
    for (uint32_t i = p->count; i-- > 0;)
        if (p->views[i].id == id)
            return &p->views[i];
    return NULL;
}

/* Its number may be used again, with another generation. */
static void
number_free(struct process *p, uint32_t id)
{
    if (!(id & WK_SESSION_OF_KERNEL) && (id >> WK_SESSION_INDEX_BITS) < 0x1fff)
        p->free_numbers[p->free_count++] = id + (1u << WK_SESSION_INDEX_BITS);
}

static uint32_t
number_take(struct process *p)
{
    return p->free_count > 0 && rnd(8) > 0 ? p->free_numbers[--p->free_count] : ++p->fresh;
}

static void
check_mark(struct process *p, const struct wk_frame *f)
{
    struct view *v = view_find(p, f->session);
    struct mark m;

    if (f->body_bytes != sizeof(m) || v == NULL)
        return;
    memcpy(&m, f->body, sizeof(m));
    if (m.magic != MAGIC)
        return;
    outputs_seen++;
    cr_assert_leq(m.needs, gates[m.gate].advanced,
                  "an output left before its writes were durable");
    cr_assert_gt(m.seq, v->last_seq, "outputs on a session changed their order");
    v->last_seq = m.seq;
    if (f->session & WK_SESSION_OF_KERNEL)
        return; /* what was opened to this process may have waited for it after it left the gate
                 */
    cr_assert_gt(m.seq, p->last_seq[m.gate], "outputs of a gate changed their order");
    p->last_seq[m.gate] = m.seq;
}

static void
see_open(struct process *p, const struct wk_frame *f)
{
    struct view *via = f->parent != 0 ? view_find(p, f->parent) : NULL;

    if (f->flags & WK_FLAG_GATE) {
        uint32_t gate;

        cr_assert_eq(f->body_bytes, sizeof(gate));
        memcpy(&gate, f->body, sizeof(gate));
        view_add(p, f->session, GATE_SERVED, gate);
    } else if (p == &procs[STORE]) {
        cr_assert(via == NULL || via->kind == GATE_OPENED,
                  "it was opened for no gate of this storage");
        view_add(p, f->session, EVENT, 0);
    } else if (f->parent != 0) {
        cr_assert(via != NULL && via->kind == GATE_SERVED,
                  "it came through no gate of this host");
        view_add(p, f->session, MEMBER, via->gate);
    } else {
        view_add(p, f->session, PLAIN, 0);
    }
}

static void
see_end(struct process *p, uint32_t id)
{
    struct view *v = view_find(p, id);

    cr_assert_not_null(v);
    v->heard++;
    if (!v->ended_by_me && v->heard == 1)
        number_free(p, id);
}

static void
look(struct process *p)
{
    for (; p->looked < p->peer.count; p->looked++) {
        const struct wk_frame *f = &p->peer.frames[p->looked].f;

        if (f->kind == WK_FRAME_OPEN)
            see_open(p, f);
        if (f->kind == WK_FRAME_OPEN || f->kind == WK_FRAME_DATA || f->kind == WK_FRAME_CLOSE)
            check_mark(p, f);
        if (f->kind == WK_FRAME_CLOSE ||
            (f->kind == WK_FRAME_DATA && (f->flags & WK_FLAG_LAST)))
            see_end(p, f->session);
    }
}

/* A living session of that kind, or of any. */
static struct view *
pick(struct process *p, int kind)
{
    for (int tries = 0; tries < 40 && p->count > 0; tries++) {
        uint32_t recent = p->count < 60 ? p->count : 60;
        struct view *v = &p->views[p->count - 1 - rnd(recent)];

        if (!v->ended_by_me && v->heard == 0 && !v->handed_on &&
            (kind < 0 || v->kind == (enum kind)kind))
            return v;
    }
    return NULL;
}

/* ---- what a process does ---- */

/* Says f; an output of that gate if v belongs to one here. */
static void
say(struct process *p, const struct view *v, struct wk_frame f)
{
    struct mark m = {0};

    if (v != NULL && v->kind == MEMBER) {
        struct gate *g = &gates[v->gate];

        m = (struct mark){MAGIC, v->gate, ++g->sent, g->written};
        outputs_sent++;
        peer_send(&p->peer, f, &m, sizeof(m));
    } else {
        peer_send(&p->peer, f, "x", rnd(2));
    }
}

static void
open_one(struct process *p)
{
    struct wk_frame f = {
        .kind = WK_FRAME_OPEN, .session = number_take(p), .handle = rnd(PROCESSES)};
    struct view *parent = rnd(3) > 0 ? pick(p, p == &procs[STORE] ? PLAIN : -1) : NULL;
    bool for_gate = parent != NULL && (parent->kind == MEMBER || parent->kind == GATE_SERVED);
    struct view *v =
        view_add(p, f.session, for_gate ? MEMBER : PLAIN, for_gate ? parent->gate : 0);

    if (p != &procs[STORE] && rnd(2) == 0)
        f.handle = STORE;
    if (parent != NULL)
        f.parent = parent->id;
    if (rnd(4) == 0)
        f.flags |= WK_FLAG_DETACHED;
    say(p, v, f);
}

static void
end_one(struct process *p, struct view *v)
{
    struct wk_frame f = {.kind = WK_FRAME_CLOSE, .code = (uint16_t)rnd(20), .session = v->id};

    if (rnd(2) && v->kind != GATE_OPENED)
        f = (struct wk_frame){.kind = WK_FRAME_DATA, .flags = WK_FLAG_LAST, .session = v->id};
    if (v->kind == GATE_OPENED || v->kind == GATE_SERVED)
        peer_send(&p->peer, f, NULL, 0);
    else
        say(p, v, f);
    v->ended_by_me = true;
    number_free(p, v->id);
}

static void
use_one(struct process *p)
{
    struct view *v = pick(p, -1);

    if (v == NULL)
        return;
    if (rnd(5) == 0 && (v->kind < GATE_OPENED || v->kind == MEMBER || rnd(12) == 0))
        end_one(p, v);
    else if (v->kind == GATE_SERVED) { /* writes */
        struct wk_frame f = {.kind = WK_FRAME_DATA, .session = v->id};

        if (rnd(4) > 0)
            f.stamp = ++gates[v->gate].written;
        peer_send(&p->peer, f, "w", 1);
    } else if (v->kind != GATE_OPENED) {
        v->answered = true;
        say(p, v,
            (struct wk_frame){
                .kind = WK_FRAME_DATA, .session = v->id, .flags = rnd(4) ? 0 : WK_FLAG_RAW});
    }
}

static void
open_gate(struct process *store)
{
    struct wk_frame f = {.kind = WK_FRAME_OPEN,
                         .flags = WK_FLAG_GATE,
                         .session = number_take(store),
                         .handle = STORE + 1 + rnd(2)};
    struct view *outer = rnd(8) == 0 ? pick(store, GATE_OPENED) : NULL;

    cr_assert_lt(gate_count, GATES_MAX);
    gates[gate_count] = (struct gate){0};
    if (outer != NULL)
        f.parent = outer->id; /* refused if that is on the other host: heard as an end */
    view_add(store, f.session, GATE_OPENED, gate_count);
    peer_send(&store->peer, f, &gate_count, sizeof(gate_count));
    gate_count++;
}

static void
redirect_one(struct process *store)
{
    struct view *v = pick(store, EVENT), *gate = pick(store, GATE_OPENED);

    if (v == NULL || gate == NULL || v->answered)
        return;
    v->handed_on = true;
    peer_send(
        &store->peer,
        (struct wk_frame){.kind = WK_FRAME_REDIRECT, .session = v->id, .parent = gate->id},
        NULL, 0);
}

static void
advance_one(struct process *store)
{
    struct view *v = pick(store, GATE_OPENED);
    struct gate *g = v != NULL ? &gates[v->gate] : NULL;

    if (g == NULL)
        return;
    if (g->written > g->advanced)
        g->advanced += 1 + rnd((uint32_t)(g->written - g->advanced));
    peer_send(&store->peer,
              (struct wk_frame){.kind = WK_FRAME_GATE, .session = v->id, .stamp = g->advanced},
              NULL, 0);
}

static void
alarm_one(struct process *store)
{
    struct view *gate = pick(store, GATE_OPENED);
    struct wk_frame f = {
        .kind = WK_FRAME_OPEN, .session = number_take(store), .handle = STORE + 1 + rnd(2)};

    if (gate != NULL)
        f.parent = gate->id;
    view_add(store, f.session, PLAIN, 0);
    peer_send(&store->peer, f, "a", 1);
}

static void
kill_one(struct process *p)
{
    look(p);
    peer_die(&p->peer);
    peers_settle(&loop);
    cr_assert(p->down);
    peer_fini(&p->peer);
    start(p);
    if (rnd(2))
        wk_dest_set(&p->dest, p->end, false);
}

static void
store_step(struct process *store)
{
    switch (rnd(8)) {
    case 0:
        open_gate(store);
        break;
    case 1:
    case 2:
    case 3:
        redirect_one(store);
        break;
    case 4:
        alarm_one(store);
        break;
    default:
        advance_one(store);
        break;
    }
}

static void
step(void)
{
    struct process *p = &procs[rnd(PROCESSES)];
    uint32_t what = rnd(1000);

    look(p);
    if (p == &procs[STORE] && rnd(8) > 0)
        store_step(p);
    else if (what < 350)
        open_one(p);
    else if (what < 800)
        use_one(p);
    else if (what < 950)
        peers_settle(&loop);
    else if (what < 990)
        wk_dest_set(&p->dest, p->end, false);
    else if (what < 997)
        wk_dest_set(&p->dest, NULL, rnd(4) > 0);
    else
        kill_one(p);
    for (int i = 0; i < PROCESSES; i++)
        cr_assert_not(procs[i].down, "an honest process lost its link: %d", procs[i].peer.why);
}

/* ---- the end ---- */

static void
count_route(void *arg, const struct wk_route_info *info)
{
    ++*(size_t *)arg;
}

static void
count_gate(void *arg, const struct wk_gate_info *info)
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
        for (uint32_t j = 0; j < p->count; j++) {
            struct view *v = &p->views[j];

            if (v->ended_by_me || v->handed_on || v->heard > 0)
                continue;
            peer_send(&p->peer, (struct wk_frame){.kind = WK_FRAME_CLOSE, .session = v->id},
                      NULL, 0);
            v->ended_by_me = true;
        }
    }
    peers_settle(&loop);
    wk_route_each(count_route, &left);
    wk_gate_each(count_gate, &left);
    cr_assert_eq(left, 0, "seed %u: %zu routes and gates are left", seed, left);
    for (int i = 0; i < PROCESSES; i++) {
        struct process *p = &procs[i];

        look(p);
        cr_expect_eq(wk_end_session_count(p->end), 0, "seed %u: process %d has sessions left",
                     seed, i);
        for (uint32_t j = 0; j < p->count; j++) {
            const struct view *v = &p->views[j];

            cr_expect(v->ended_by_me || v->handed_on ? v->heard <= 1 : v->heard == 1,
                      "seed %u: process %d session %x of kind %d heard %u ends", seed, i, v->id,
                      v->kind, v->heard);
        }
    }
}

Test(gate_model, nothing_leaves_early_or_out_of_order_and_everything_ends_once, .timeout = 240)
{
    for (unsigned seed = 1; seed <= SEEDS; seed++) {
        random_state = seed * 7919u;
        gate_count = 0;
        uv_loop_init(&loop);
        for (int i = 0; i < PROCESSES; i++) {
            procs[i].dest = (struct wk_dest){.starting = true, .redirects = i == STORE};
            start(&procs[i]);
        }
        for (int i = 0; i < STEPS; i++)
            step();
        end_all_and_check(seed);
        for (int i = 0; i < PROCESSES; i++)
            peer_fini(&procs[i].peer);
        cr_assert(peers_loop_end(&loop));
    }
    fprintf(stderr, "# %zu outputs sent, %zu seen\n", outputs_sent, outputs_seen);
    cr_expect_gt(outputs_seen, 2000, "%zu of %zu outputs were seen", outputs_seen,
                 outputs_sent);
}
