/* The input gate and its critical sections: the named behaviours, and every rule. */
#include <criterion/criterion.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "storage/gate.h"

#define DEEP 100000

/* A wait, and what became of it. */
struct wait {
    struct wk_gate_waiter waiter;
    int granted, broken, order;
    bool release_at_once;
};

static int order;

static void
note(struct wk_gate_waiter *waiter, wk_err err)
{
    struct wait *w = WK_CONTAINER(waiter, struct wait, waiter);

    if (err == WK_OK)
        w->granted++;
    else
        w->broken++;
    w->order = ++order;
    if (err == WK_OK && w->release_at_once)
        wk_lock_release(&waiter->lock);
}

static wk_err
ask(struct wk_gate *gate, struct wait *w)
{
    memset(w, 0, sizeof(*w));
    return wk_gate_wait(gate, &w->waiter, note);
}

static void
drop(struct wait *w)
{
    wk_lock_release(&w->waiter.lock);
}

/* A section under w's lock that runs; first has its lock. w's lock is released. */
static struct wk_gate *
enter(struct wait *w, struct wait *first)
{
    struct wk_gate *cs = wk_section_new(&w->waiter.lock);

    cr_assert_eq(ask(cs, first), WK_EAGAIN);
    drop(w);
    cr_assert_eq(first->granted, 1);
    return cs;
}

Test(gate, basics)
{
    struct wk_gate *gate = wk_gate_new(NULL, NULL);
    struct wait a, b, c, d;

    cr_assert(wk_gate_open(gate));
    cr_assert_eq(ask(gate, &a), WK_OK);
    cr_assert(!wk_gate_open(gate));
    cr_assert_eq(ask(gate, &b), WK_EAGAIN);
    cr_assert_eq(ask(gate, &c), WK_EAGAIN);
    drop(&a);
    cr_assert(b.granted == 1 && c.granted == 0);
    drop(&b);
    cr_assert_eq(c.granted, 1);
    drop(&c);
    cr_assert_eq(ask(gate, &d), WK_OK);
    drop(&d);
    wk_gate_unref(gate);
}

Test(gate, a_copy_keeps_it_locked)
{
    struct wk_gate *gate = wk_gate_new(NULL, NULL);
    struct wk_lock copy;
    struct wait a, b;

    ask(gate, &a);
    ask(gate, &b);
    copy = wk_lock_copy(&a.waiter.lock);
    drop(&a);
    cr_assert_eq(b.granted, 0);
    wk_lock_release(&copy);
    cr_assert_eq(b.granted, 1);
    drop(&b);
    wk_gate_unref(gate);
}

Test(gate, a_cancelled_waiter_leaves_its_queue_or_passes_the_lock_on)
{
    struct wk_gate *gate = wk_gate_new(NULL, NULL);
    struct wait a, b, c, d;

    ask(gate, &a);
    ask(gate, &b);
    ask(gate, &c);
    ask(gate, &d);
    wk_gate_cancel(&b.waiter);
    drop(&a);
    cr_assert(b.granted == 0 && c.granted == 1 && d.granted == 0);
    wk_gate_cancel(&c.waiter); /* it was granted */
    cr_assert_eq(d.granted, 1);
    drop(&d);
    wk_gate_unref(gate);
}

Test(gate, knows_whose_a_lock_is)
{
    struct wk_gate *gate = wk_gate_new(NULL, NULL), *other = wk_gate_new(NULL, NULL), *cs;
    struct wait a, in;

    ask(gate, &a);
    cs = enter(&a, &in);
    cr_assert(wk_lock_is_for(&in.waiter.lock, gate));
    cr_assert(wk_lock_is_for(&in.waiter.lock, cs));
    cr_assert(!wk_lock_is_for(&in.waiter.lock, other));
    wk_section_fail(cs, "x");
    drop(&in);
    wk_gate_unref(cs);
    wk_gate_unref(gate);
    wk_gate_unref(other);
}

Test(gate, critical_section)
{
    struct wk_gate *gate = wk_gate_new(NULL, NULL), *cs;
    struct wait a, out1, out2, in1, in2, in3;
    struct wk_lock after;

    ask(gate, &a);
    ask(gate, &out1);
    cs = enter(&a, &in1); /* before out1, which came earlier: CS-2 */
    cr_assert_eq(out1.granted, 0);
    ask(gate, &out2);
    ask(cs, &in2);
    ask(cs, &in3);
    drop(&in1);
    cr_assert(in2.granted == 1 && in3.granted == 0 && out1.granted == 0);
    after = wk_section_succeed(cs); /* in2's lock is the parent's now, and in3 waits there */
    cr_assert_eq(wk_lock_gate(&after), gate);
    drop(&in2);
    cr_assert(out1.granted == 0 && in3.granted == 0);
    wk_lock_release(&after);
    cr_assert(out1.granted == 1 && in3.granted == 0 && out2.granted == 0);
    drop(&out1);
    cr_assert(out2.granted == 1 && in3.granted == 0);
    drop(&out2);
    cr_assert_eq(in3.granted, 1);
    drop(&in3);
    cr_assert_eq(ask(cs, &in1), WK_OK); /* CS-7: a late wait goes to the parent */
    cr_assert_eq(wk_lock_gate(&in1.waiter.lock), gate);
    drop(&in1);
    wk_gate_unref(cs);
    wk_gate_unref(gate);
}

Test(gate, multiple_critical_sections_start_together)
{
    struct wk_gate *gate = wk_gate_new(NULL, NULL), *cs1, *cs2;
    struct wait a, in1, in2, out;
    struct wk_lock after;

    ask(gate, &a);
    cs1 = wk_section_new(&a.waiter.lock);
    cs2 = wk_section_new(&a.waiter.lock);
    ask(gate, &out);
    ask(cs1, &in1);
    ask(cs2, &in2);
    drop(&a);
    cr_assert(in1.granted == 1 && in2.granted == 0);
    after = wk_section_succeed(cs1);
    drop(&in1);
    cr_assert_eq(in2.granted, 0);
    wk_lock_release(&after);
    cr_assert(in2.granted == 1 && out.granted == 0);
    after = wk_section_succeed(cs2);
    drop(&in2);
    wk_lock_release(&after);
    cr_assert_eq(out.granted, 1);
    drop(&out);
    wk_gate_unref(cs1);
    wk_gate_unref(cs2);
    wk_gate_unref(gate);
}

Test(gate, nested_critical_sections)
{
    struct wk_gate *gate = wk_gate_new(NULL, NULL), *outer, *inner;
    struct wait a, out, in, outer_wait, inner_wait;
    struct wk_lock after;

    ask(gate, &a);
    ask(gate, &out);
    outer = enter(&a, &in);
    inner = enter(&in, &inner_wait);
    cr_assert(wk_gate_depth(outer) == 1 && wk_gate_depth(inner) == 2);
    cr_assert_eq(ask(outer, &outer_wait), WK_EAGAIN);
    drop(&inner_wait);
    cr_assert_eq(outer_wait.granted, 0);
    after = wk_section_succeed(inner);
    cr_assert_eq(wk_lock_gate(&after), outer);
    wk_lock_release(&after);
    cr_assert(outer_wait.granted == 1 && out.granted == 0);
    after = wk_section_succeed(outer);
    drop(&outer_wait);
    wk_lock_release(&after);
    cr_assert_eq(out.granted, 1);
    drop(&out);
    wk_gate_unref(inner);
    wk_gate_unref(outer);
    wk_gate_unref(gate);
}

Test(gate, a_nested_critical_section_outlives_its_parent)
{
    struct wk_gate *gate = wk_gate_new(NULL, NULL), *outer, *inner;
    struct wait a, out, in, inner_wait;
    struct wk_lock after;

    ask(gate, &a);
    ask(gate, &out);
    outer = enter(&a, &in);
    inner = enter(&in, &inner_wait);
    after = wk_section_succeed(outer);
    wk_lock_release(&after);
    drop(&inner_wait);
    cr_assert_eq(out.granted, 0, "the inner one still has the root locked");
    after = wk_section_succeed(inner);
    cr_assert_eq(wk_lock_gate(&after), gate);
    wk_gate_unref(outer);
    wk_lock_release(&after);
    cr_assert_eq(out.granted, 1);
    drop(&out);
    wk_gate_unref(inner);
    wk_gate_unref(gate);
}

Test(gate, a_lock_of_a_critical_section_outlives_it)
{
    struct wk_gate *gate = wk_gate_new(NULL, NULL), *cs;
    struct wait a, in, out;
    struct wk_lock after;

    ask(gate, &a);
    cs = enter(&a, &in);
    ask(gate, &out);
    after = wk_section_succeed(cs);
    wk_gate_unref(cs);
    wk_lock_release(&after);
    cr_assert_eq(out.granted, 0);
    drop(&in);
    cr_assert_eq(out.granted, 1);
    drop(&out);
    wk_gate_unref(gate);
}

static int breaks;
static char break_text[64];
static void
on_broken(void *arg, const char *error)
{
    breaks++;
    snprintf(break_text, sizeof(break_text), "%s", error);
}

Test(gate, broken)
{
    static const struct wk_gate_hooks hooks = {.broken = on_broken};
    struct wk_gate *gate = wk_gate_new(&hooks, NULL), *outer, *inner, *late;
    struct wait a, in, inner_lock, in_inner, in_outer, out, child, x;

    ask(gate, &a);
    ask(gate, &out);
    outer = enter(&a, &in);
    inner = enter(&in, &inner_lock);
    late = wk_section_new(&inner_lock.waiter.lock);
    ask(inner, &in_inner);
    cr_assert_eq(ask(late, &child), WK_EAGAIN);
    ask(outer, &in_outer);
    wk_section_fail(inner, "it failed");
    cr_assert(in_inner.broken == 1 && in_outer.broken == 1 && out.broken == 1 &&
              child.broken == 1);
    cr_assert_lt(child.order, in_inner.order, "children first");
    cr_assert(breaks == 1 && strcmp(break_text, "it failed") == 0);
    cr_assert_eq(ask(gate, &x), WK_EBROKEN);
    cr_assert_eq(ask(outer, &x), WK_EBROKEN);
    cr_assert_eq(ask(inner, &x), WK_EBROKEN);
    cr_assert_eq(ask(late, &x), WK_EBROKEN);
    cr_assert_str_eq(wk_gate_error(gate), "it failed");
    cr_assert_str_eq(wk_gate_error(late), "it failed");
    wk_section_fail(inner, "again");
    cr_assert_str_eq(wk_gate_error(inner), "it failed");
    drop(&inner_lock);
    wk_gate_unref(late);
    wk_gate_unref(inner);
    wk_gate_unref(outer);
    wk_gate_unref(gate);
}

Test(gate, a_section_under_a_broken_parent_is_broken)
{
    struct wk_gate *gate = wk_gate_new(NULL, NULL), *before, *during;
    struct wait a, x, y;

    ask(gate, &a);
    before = wk_section_new(&a.waiter.lock);
    during = wk_section_new(&a.waiter.lock);
    cr_assert_eq(ask(during, &y), WK_EAGAIN);
    wk_gate_break(gate, "gone");
    cr_assert_eq(y.broken, 1);
    cr_assert_eq(ask(before, &x), WK_EBROKEN);
    cr_assert_str_eq(wk_gate_error(before), "gone");
    cr_assert_str_eq(wk_gate_error(during), "gone");
    drop(&a);
    wk_gate_unref(before);
    wk_gate_unref(during);
    wk_gate_unref(gate);
}

Test(gate, a_section_that_nobody_holds_fails)
{
    struct wk_gate *gate = wk_gate_new(NULL, NULL), *cs;
    struct wait a, in, out;

    ask(gate, &a);
    cs = enter(&a, &in);
    ask(gate, &out);
    drop(&in);
    cr_assert_eq(out.broken, 0);
    wk_gate_unref(cs);
    cr_assert_eq(out.broken, 1);
    cr_assert_str_eq(wk_gate_error(gate), WK_SECTION_DEADLOCK);
    wk_gate_unref(gate);
}

Test(gate, a_section_that_never_began_blocks_nothing)
{
    struct wk_gate *gate = wk_gate_new(NULL, NULL), *cs;
    struct wait a, b, in;

    ask(gate, &a);
    cs = wk_section_new(&a.waiter.lock);
    ask(cs, &in);
    wk_gate_cancel(&in.waiter);
    ask(gate, &b);
    drop(&a);
    cr_assert(in.granted == 0 && b.granted == 1);
    drop(&b);
    wk_gate_unref(cs);
    cr_assert_null(wk_gate_error(gate));
    wk_gate_unref(gate);
}

Test(gate, succeeding_under_a_broken_root_rejects_who_waits_inside)
{
    struct wk_gate *gate = wk_gate_new(NULL, NULL), *cs;
    struct wait a, in, more;
    struct wk_lock after;

    ask(gate, &a);
    cs = enter(&a, &in);
    ask(cs, &more);
    wk_gate_break(gate, "gone");
    cr_assert_eq(more.broken, 0);
    after = wk_section_succeed(cs);
    cr_assert_eq(more.broken, 1);
    wk_lock_release(&after);
    drop(&in);
    wk_gate_unref(cs);
    wk_gate_unref(gate);
}

Test(gate, waiters_that_let_go_at_once_are_served_in_a_loop)
{
    struct wk_gate *gate = wk_gate_new(NULL, NULL);
    struct wait a, *many = calloc(DEEP, sizeof(*many));

    ask(gate, &a);
    for (int i = 0; i < DEEP; i++) {
        ask(gate, &many[i]);
        many[i].release_at_once = true;
    }
    drop(&a);
    for (int i = 0; i < DEEP; i++)
        cr_assert_eq(many[i].granted, 1);
    free(many);
    cr_assert(wk_gate_open(gate));
    wk_gate_unref(gate);
}

/* ---- long chains: loops, no recursion ---- */

struct chain {
    struct wk_gate *root, **cs;
    struct wait last;
};

/* DEEP sections, each inside the one before; the innermost has a lock. */
static void
chain_make(struct chain *chain)
{
    struct wait w;

    chain->root = wk_gate_new(NULL, NULL);
    chain->cs = calloc(DEEP, sizeof(*chain->cs));
    ask(chain->root, &w);
    for (int i = 0; i < DEEP; i++) {
        struct wait next;

        chain->cs[i] = wk_section_new(&w.waiter.lock);
        ask(chain->cs[i], &next);
        chain->last = next;
        /* The waiter is queued where it stands, so it is moved only when it is not. */
        wk_gate_cancel(&next.waiter);
        drop(&w);
        cr_assert_eq(ask(chain->cs[i], &w), WK_OK);
    }
    chain->last = w;
}

Test(gate, tears_a_deep_chain_down_without_overflowing_the_stack)
{
    struct chain c;

    chain_make(&c);
    cr_assert_eq(wk_gate_depth(c.cs[DEEP - 1]), DEEP);
    drop(&c.last);
    for (int i = 0; i < DEEP - 1; i++)
        wk_gate_unref(c.cs[i]);
    cr_assert_null(wk_gate_error(c.root));
    wk_gate_unref(c.cs[DEEP - 1]); /* the last one holds all others */
    cr_assert_str_eq(wk_gate_error(c.root), WK_SECTION_DEADLOCK);
    wk_gate_unref(c.root);
    free(c.cs);
}

Test(gate, failure_climbs_a_deep_chain)
{
    struct chain c;

    chain_make(&c);
    wk_section_fail(c.cs[DEEP - 1], "deep");
    cr_assert_str_eq(wk_gate_error(c.root), "deep");
    cr_assert_str_eq(wk_gate_error(c.cs[DEEP / 2]), "deep");
    drop(&c.last);
    for (int i = DEEP; i-- > 0;)
        wk_gate_unref(c.cs[i]);
    wk_gate_unref(c.root);
    free(c.cs);
}

Test(gate, a_late_wait_and_a_late_release_pass_a_deep_chain_that_is_over)
{
    struct chain c;
    struct wait out, late;
    struct wk_lock copy;

    chain_make(&c);
    copy = wk_lock_copy(&c.last.waiter.lock);
    ask(c.root, &out);
    for (int i = 0; i < DEEP; i++) { /* from the outermost: each leaves a longer way */
        struct wk_lock after = wk_section_succeed(c.cs[i]);

        wk_lock_release(&after);
    }
    drop(&c.last);
    cr_assert_eq(out.granted, 0);
    cr_assert_eq(ask(c.cs[DEEP - 1], &late), WK_EAGAIN);
    wk_lock_release(&copy);
    cr_assert(out.granted == 1 && late.granted == 0);
    drop(&out);
    cr_assert_eq(late.granted, 1);
    drop(&late);
    for (int i = 0; i < DEEP; i++)
        wk_gate_unref(c.cs[i]);
    wk_gate_unref(c.root);
    free(c.cs);
}

Test(gate, a_deep_chain_that_is_over_from_the_inside)
{
    struct chain c;
    struct wait x;

    chain_make(&c);
    drop(&c.last);
    for (int i = DEEP; i-- > 0;) {
        struct wk_lock after = wk_section_succeed(c.cs[i]);

        wk_lock_release(&after);
    }
    cr_assert_eq(ask(c.cs[DEEP - 1], &x), WK_OK);
    cr_assert_eq(wk_lock_gate(&x.waiter.lock), c.root);
    for (int i = DEEP; i-- > 0;)
        wk_gate_unref(c.cs[i]);
    drop(&x);
    wk_gate_unref(c.root);
    free(c.cs);
}

Test(gate, tear_down_leaves_a_child_that_outlives_its_parent_usable)
{
    struct wk_gate *gate = wk_gate_new(NULL, NULL), *outer, *inner;
    struct wait a, in, inner_lock, more;
    struct wk_lock after;

    ask(gate, &a);
    outer = enter(&a, &in);
    inner = enter(&in, &inner_lock);
    after = wk_section_succeed(outer);
    wk_lock_release(&after);
    wk_gate_unref(outer);
    cr_assert_eq(ask(inner, &more), WK_EAGAIN);
    drop(&inner_lock);
    cr_assert_eq(more.granted, 1);
    after = wk_section_succeed(inner);
    drop(&more);
    wk_lock_release(&after);
    wk_gate_unref(inner);
    cr_assert(wk_gate_open(gate));
    wk_gate_unref(gate);
}

Test(gate, a_root_with_locks_must_not_go, .signal = SIGABRT)
{
    struct wk_gate *gate = wk_gate_new(NULL, NULL);
    struct wait a;

    ask(gate, &a);
    gate = wk_lock_gate(&a.waiter.lock);
    wk_gate_unref(gate);
    wk_gate_unref(gate);
}

static int locked, released, added, removed;
static void
on_locked(void *arg)
{
    locked++;
}
static void
on_released(void *arg)
{
    released++;
}
static void
on_added(void *arg)
{
    added++;
}
static void
on_removed(void *arg)
{
    removed++;
}

Test(gate, tells_its_hooks)
{
    static const struct wk_gate_hooks hooks = {on_locked, on_released, on_added, on_removed,
                                               on_broken};
    struct wk_gate *gate = wk_gate_new(&hooks, NULL);
    struct wk_lock copy;
    struct wait a, b;

    ask(gate, &a);
    copy = wk_lock_copy(&a.waiter.lock);
    cr_assert_eq(locked, 1);
    ask(gate, &b);
    cr_assert(added == 1 && removed == 0);
    drop(&a);
    cr_assert_eq(released, 0);
    wk_lock_release(&copy);
    cr_assert(released == 1 && locked == 2 && removed == 1);
    drop(&b);
    cr_assert_eq(released, 2);
    wk_gate_unref(gate);
}
