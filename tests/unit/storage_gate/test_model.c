/* Random waits, copies, releases, sections and cancels, against a model that knows only the
 * rules: one grant an opening, in order, children first (I8); nothing outside a section that
 * runs (I9); whoever can be granted is (I15). */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>
#include "storage/gate.h"

#define THINGS 64
#define STEPS 20000
#define SEEDS 20

struct place { /* a gate, as the model sees it */
    struct wk_gate *gate;
    int parent; /* index; -1: the root */
    enum { FREE, NEW, WAITING, RUNNING, GONE } state;
    int locks; /* of its own */
    int first; /* the wait that begins it */
};

struct wait {
    struct wk_gate_waiter waiter;
    enum { NONE, QUEUED, HELD } state;
    int place;   /* where it was asked; moved when that is gone */
    bool begins; /* a section */
    long turn;   /* order of coming, among those of its place and class */
    struct wk_lock copies[3];
    int copy_count;
};

static struct place places[THINGS];
static struct wait waits[THINGS];
static long turn;
static uint64_t seed;
static int granted; /* index of the wait that the last step granted; -1 */

static uint32_t
rnd(uint32_t below)
{
    seed = seed * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)(seed >> 33) % below;
}

static int
live(int p)
{
    while (places[p].state == GONE)
        p = places[p].parent;
    return p;
}

/* Locks that the place has by rule: its own, those of children that run, those of what is gone
 * into it. */
static int
count(int p)
{
    int n = 0;

    for (int i = 0; i < THINGS; i++) {
        if (places[i].state == FREE || live(i) != p)
            continue;
        n += places[i].locks;
    }
    for (int i = 0; i < THINGS; i++)
        if (i > 0 && places[i].state == RUNNING && i != p && live(places[i].parent) == p)
            n++;
    return n;
}

/* Who must be granted next in p; -1: nobody. */
static int
head(int p)
{
    int best = -1;

    for (int i = 0; i < THINGS; i++) {
        struct wait *w = &waits[i];
        int at = w->begins ? live(places[w->place].parent) : live(w->place);

        if (w->state != QUEUED || at != p)
            continue;
        if (best < 0 || (w->begins && !waits[best].begins) ||
            (w->begins == waits[best].begins && w->turn < waits[best].turn))
            best = i;
    }
    return best;
}

static void
on_granted(struct wk_gate_waiter *waiter, wk_err err)
{
    struct wait *w = WK_CONTAINER(waiter, struct wait, waiter);
    int p = w->begins ? live(places[w->place].parent) : live(w->place), n = (int)(w - waits);

    cr_assert_eq(err, WK_OK);
    cr_assert_eq(count(p), 0, "granted while it was locked");
    cr_assert_eq(head(p), n, "not the one whose turn it is");
    w->state = HELD;
    if (w->begins)
        places[w->place].state = RUNNING;
    places[w->place].locks++;
    granted = n;
}

static int
pick_wait(int state)
{
    int at = (int)rnd(THINGS);

    for (int i = 0; i < THINGS; i++)
        if ((int)waits[(at + i) % THINGS].state == state)
            return (at + i) % THINGS;
    return -1;
}

static int
pick_place(void)
{
    int at = (int)rnd(THINGS);

    for (int i = 0; i < THINGS; i++) {
        int p = (at + i) % THINGS;

        if (places[p].state == RUNNING || places[p].state == GONE)
            return p;
    }
    return 0;
}

static void
do_wait(int p, bool begins)
{
    int n = pick_wait(NONE);
    struct wait *w;
    wk_err err;
    int at;

    if (n < 0)
        return;
    w = &waits[n];
    w->place = p;
    w->begins = begins;
    w->copy_count = 0;
    w->turn = ++turn;
    at = begins ? live(places[p].parent) : live(p);
    if (begins)
        places[p].state = WAITING;
    granted = -1;
    err = wk_gate_wait(places[p].gate, &w->waiter, on_granted);
    cr_assert_eq(granted, -1);
    if (count(at) == 0) {
        cr_assert_eq(err, WK_OK);
        if (begins)
            places[p].state = RUNNING;
        w->state = HELD;
        places[p].locks++;
        /* a wait at what is gone is one at its ancestor */
    } else {
        cr_assert_eq(err, WK_EAGAIN);
        w->state = QUEUED;
    }
}

static void
do_release(void)
{
    int n = pick_wait(HELD);
    struct wait *w;

    if (n < 0)
        return;
    w = &waits[n];
    granted = -1;
    places[w->place].locks--;
    if (w->copy_count > 0) {
        wk_lock_release(&w->copies[--w->copy_count]);
    } else {
        w->state = NONE;
        wk_lock_release(&w->waiter.lock);
    }
}

static void
do_cancel(void)
{
    int n = pick_wait(QUEUED);

    if (n < 0)
        return;
    waits[n].state = NONE;
    wk_gate_cancel(&waits[n].waiter);
    if (waits[n].begins)
        places[waits[n].place].state = NEW;
}

static void
do_section(void)
{
    int n = pick_wait(HELD), p = -1;

    for (int i = 1; i < THINGS; i++)
        if (places[i].state == FREE)
            p = i;
    if (n < 0 || p < 0)
        return;
    places[p].gate = wk_section_new(&waits[n].waiter.lock);
    places[p].parent = live(waits[n].place);
    places[p].state = NEW;
    places[p].locks = 0;
    do_wait(p, true);
}

static void
do_succeed(void)
{
    int p = pick_place(), parent, n = pick_wait(NONE);
    struct wait *w;

    if (p == 0 || places[p].state != RUNNING || n < 0)
        return;
    parent = live(places[p].parent);
    granted = -1;
    /* What waited inside stands behind what waited in the parent, in its order. */
    for (int pass = 0; pass < 2; pass++)
        for (long last = 0;;) {
            int best = -1;

            for (int i = 0; i < THINGS; i++) {
                int at = waits[i].begins ? live(places[waits[i].place].parent)
                                         : live(waits[i].place);

                if (waits[i].state == QUEUED && at == p && waits[i].begins == (pass == 0) &&
                    waits[i].turn > last && waits[i].turn < 1L << 40 &&
                    (best < 0 || waits[i].turn < waits[best].turn))
                    best = i;
            }
            if (best < 0)
                break;
            last = waits[best].turn;
            waits[best].turn = (1L << 40) + ++turn;
        }
    for (int i = 0; i < THINGS; i++)
        if (waits[i].turn > 1L << 40)
            waits[i].turn -= 1L << 40;
    places[p].state = GONE;
    w = &waits[n];
    w->waiter.lock = wk_section_succeed(places[p].gate);
    w->waiter.at = NULL;
    cr_assert_eq(wk_lock_gate(&w->waiter.lock), places[parent].gate);
    w->state = HELD;
    w->place = parent;
    w->begins = false;
    w->copy_count = 0;
    places[parent].locks++;
    cr_assert_eq(granted, -1, "the caller has the lock");
}

static void
do_copy(void)
{
    int n = pick_wait(HELD);

    if (n < 0 || waits[n].copy_count == 3)
        return;
    waits[n].copies[waits[n].copy_count++] = wk_lock_copy(&waits[n].waiter.lock);
    places[waits[n].place].locks++;
}

static void
step(void)
{
    switch (rnd(9)) {
    case 0:
    case 1:
        do_wait(pick_place(), false);
        break;
    case 2:
    case 3:
    case 4:
        do_release();
        break;
    case 5:
        do_section();
        break;
    case 6:
        do_succeed();
        break;
    case 7:
        do_copy();
        break;
    default:
        do_cancel();
    }
    for (int p = 0; p < THINGS; p++)
        if (places[p].state == RUNNING && count(p) == 0)
            cr_assert_eq(head(p), -1, "somebody waits at an open gate");
}

static void
wind_up(void)
{
    struct wk_gate *root = places[0].gate;

    for (int n; (n = pick_wait(QUEUED)) >= 0;) {
        waits[n].state = NONE;
        wk_gate_cancel(&waits[n].waiter);
        if (waits[n].begins)
            places[waits[n].place].state = NEW;
    }
    while (pick_wait(HELD) >= 0)
        do_release();
    for (int p = 1; p < THINGS; p++)
        if (places[p].state != FREE)
            wk_gate_unref(places[p].gate);
    wk_gate_unref(root);
}

Test(gate_model, keeps_the_rules_under_random_interleavings)
{
    for (int s = 1; s <= SEEDS; s++) {
        seed = (uint64_t)s * 7919;
        turn = 0;
        memset(places, 0, sizeof(places));
        memset(waits, 0, sizeof(waits));
        places[0] =
            (struct place){.gate = wk_gate_new(NULL, NULL), .parent = -1, .state = RUNNING};
        for (int i = 0; i < STEPS; i++) {
            step();
            /* room for new sections: whatever is gone and has no locks of its own, and no one
             * below it */
            for (int p = 1; p < THINGS; p++) {
                bool used = places[p].state != GONE || places[p].locks > 0;

                for (int q = 0; q < THINGS && !used; q++)
                    used = (places[q].state != FREE && places[q].parent == p) ||
                           (waits[q].state != NONE && waits[q].place == p);
                if (!used) {
                    wk_gate_unref(places[p].gate);
                    places[p].state = FREE;
                }
            }
        }
        wind_up();
    }
}
