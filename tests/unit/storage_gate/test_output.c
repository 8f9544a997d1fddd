/* The output gate's sequence of locks, rule by rule. */
#include <criterion/criterion.h>
#include "storage/output_gate.h"

struct wait {
    struct wk_output_waiter waiter;
    int ok, broken;
};

static void
note(struct wk_output_waiter *waiter, wk_err err)
{
    struct wait *w = WK_CONTAINER(waiter, struct wait, waiter);

    *(err == WK_OK ? &w->ok : &w->broken) += 1;
}

static wk_err
ask(struct wk_output_gate *gate, struct wait *w)
{
    *w = (struct wait){0};
    return wk_output_gate_wait(gate, &w->waiter, note);
}

Test(output_gate, basics)
{
    struct wk_output_gate *gate = wk_output_gate_new(0, NULL, NULL);
    struct wait a, b, c;
    uint64_t lock;

    cr_assert_eq(ask(gate, &a), WK_OK);
    lock = wk_output_gate_lock(gate, 0);
    cr_assert_eq(ask(gate, &b), WK_EAGAIN);
    cr_assert_eq(ask(gate, &c), WK_EAGAIN);
    wk_output_gate_done(gate, lock);
    cr_assert(b.ok == 1 && c.ok == 1);
    cr_assert_eq(ask(gate, &a), WK_OK);
    wk_output_gate_free(gate);
}

Test(output_gate, out_of_order)
{
    struct wk_output_gate *gate = wk_output_gate_new(0, NULL, NULL);
    struct wait a, b, c;
    uint64_t one, two, three;

    one = wk_output_gate_lock(gate, 0);
    ask(gate, &a);
    two = wk_output_gate_lock(gate, 0);
    ask(gate, &b);
    three = wk_output_gate_lock(gate, 0);
    ask(gate, &c);
    wk_output_gate_done(gate,
                        three); /* a later lock frees nobody who waits for an earlier one */
    wk_output_gate_done(gate, two);
    cr_assert(a.ok == 0 && b.ok == 0 && c.ok == 0);
    wk_output_gate_done(gate, one);
    cr_assert(a.ok == 1 && b.ok == 1 && c.ok == 1);
    one = wk_output_gate_lock(gate, 0);
    ask(gate, &a);
    two = wk_output_gate_lock(gate, 0);
    ask(gate, &b);
    wk_output_gate_done(gate, one); /* nor does a later one keep him */
    cr_assert(a.ok == 1 && b.ok == 0);
    wk_output_gate_done(gate, two);
    cr_assert_eq(b.ok, 1);
    wk_output_gate_free(gate);
}

static int breaks;
static void
on_broken(void *arg, const char *error)
{
    breaks++;
}

Test(output_gate, exception)
{
    static const struct wk_output_hooks hooks = {.broken = on_broken};
    struct wk_output_gate *gate = wk_output_gate_new(0, &hooks, NULL);
    struct wait a, b, c, d;
    uint64_t one, two, three;

    one = wk_output_gate_lock(gate, 0);
    ask(gate, &a);
    two = wk_output_gate_lock(gate, 0);
    ask(gate, &b);
    three = wk_output_gate_lock(gate, 0);
    wk_output_gate_fail(gate, two, "disk");
    cr_assert_eq(breaks, 1, "at once");
    cr_assert_str_eq(wk_output_gate_error(gate), "disk");
    cr_assert(a.broken == 0 && b.broken == 0, "only after every earlier one has settled");
    cr_assert_eq(ask(gate, &c), WK_EAGAIN);
    wk_output_gate_done(gate, one);
    cr_assert(a.ok == 1 && b.broken == 1 && c.broken == 0);
    wk_output_gate_fail(gate, three, "again");
    cr_assert(c.broken == 1 && breaks == 1);
    cr_assert_str_eq(wk_output_gate_error(gate), "disk");
    cr_assert_eq(ask(gate, &d), WK_EBROKEN, "for ever");
    one = wk_output_gate_lock(gate, 0);
    cr_assert_eq(ask(gate, &d), WK_EAGAIN);
    wk_output_gate_done(gate, one);
    cr_assert_eq(d.broken, 1);
    wk_output_gate_free(gate);
}

Test(output_gate, canceled)
{
    struct wk_output_gate *gate = wk_output_gate_new(0, NULL, NULL);
    uint64_t lock = wk_output_gate_lock(gate, 0);
    struct wait a, b;

    ask(gate, &a);
    ask(gate, &b);
    wk_output_waiter_cancel(gate, &b.waiter);
    wk_output_gate_cancel(gate, lock);
    cr_assert(a.broken == 1 && b.broken == 0);
    cr_assert_str_eq(wk_output_gate_error(gate), "output lock was canceled before completion");
    wk_output_gate_done(gate, lock); /* settled once */
    cr_assert_eq(ask(gate, &a), WK_EBROKEN);
    wk_output_gate_free(gate);
}

Test(output_gate, a_lock_that_takes_too_long_fails)
{
    struct wk_output_gate *gate = wk_output_gate_new(WK_OUTPUT_TIMEOUT_MS, NULL, NULL);
    uint64_t one = wk_output_gate_lock(gate, 1000), two = wk_output_gate_lock(gate, 5000);
    struct wait a;

    ask(gate, &a);
    cr_assert_eq(wk_output_gate_expire(gate, 30999), 31000);
    cr_assert_null(wk_output_gate_error(gate));
    wk_output_gate_done(gate, one);
    cr_assert_eq(wk_output_gate_expire(gate, 31000), 35000);
    cr_assert_eq(wk_output_gate_expire(gate, 35000), 0);
    cr_assert_eq(a.broken, 1);
    cr_assert_str_eq(wk_output_gate_error(gate), WK_OUTPUT_TIMED_OUT);
    wk_output_gate_done(gate, two);
    wk_output_gate_free(gate);
}

Test(output_gate, many_locks)
{
    struct wk_output_gate *gate = wk_output_gate_new(0, NULL, NULL);
    struct wait w;
    uint64_t first = wk_output_gate_lock(gate, 0);

    for (int i = 0; i < 1000; i++)
        wk_output_gate_done(gate, wk_output_gate_lock(gate, 0));
    ask(gate, &w);
    cr_assert_eq(w.ok, 0);
    wk_output_gate_done(gate, first);
    cr_assert_eq(w.ok, 1);
    wk_output_gate_free(gate);
}
