#include <criterion/criterion.h>
#include "storage/alarm.h"

#define OK ((struct wk_alarm_result){.ok = true})
#define COUNTED ((struct wk_alarm_result){.retry = true, .counted = true})
#define CANCELED ((struct wk_alarm_result){.canceled = true})
#define ABORTED ((struct wk_alarm_result){0})

static struct wk_alarm
waiting(uint64_t due_ms)
{
    struct wk_alarm a;

    wk_alarm_init(&a, due_ms, false);
    return a;
}

static struct wk_alarm
running(uint64_t due_ms)
{
    struct wk_alarm a = waiting(due_ms);

    wk_alarm_begin(&a);
    return a;
}

static struct wk_alarm
dropping(uint64_t due_ms)
{
    struct wk_alarm a = running(due_ms);

    cr_assert_eq(wk_alarm_end(&a, OK, 0, 0), WK_ALARM_DROP);
    return a;
}

/* ---- set ---- */

Test(alarm, set_while_waiting_replaces_the_timer_and_resets_the_counters)
{
    struct wk_alarm a = running(100);

    wk_alarm_end(&a, COUNTED, 0, 0);
    cr_expect_eq(wk_alarm_record(&a, 201), WK_ALARM_WAIT);
    cr_expect_eq(a.due_ms, 200);
    cr_expect_eq(a.counted, 0);
    cr_expect_eq(a.retry_at_ms, 0);
}

Test(alarm, set_while_running_comes_after_the_run_whatever_its_result)
{
    struct wk_alarm_result results[] = {OK, COUNTED, CANCELED, ABORTED, WK_ALARM_LOST};

    for (size_t i = 0; i < WK_COUNT(results); i++) {
        struct wk_alarm a = running(100);

        cr_expect_eq(wk_alarm_record(&a, 301), WK_ALARM_WAIT);
        cr_expect_eq(wk_alarm_record(&a, 201), WK_ALARM_WAIT); /* the latest */
        cr_expect_eq(a.state, WK_ALARM_RUNNING);
        cr_expect_eq(a.due_ms, 100);
        cr_expect_eq(wk_alarm_end(&a, results[i], 0, 0), WK_ALARM_WAIT);
        cr_expect_eq(a.due_ms, 200);
        cr_expect_eq(a.state, WK_ALARM_WAITING);
        cr_expect_eq(a.counted, 0);
    }
}

Test(alarm, set_to_the_running_time_runs_it_again)
{
    struct wk_alarm a = running(100);

    wk_alarm_record(&a, 101);
    cr_expect_eq(wk_alarm_end(&a, OK, 0, 0), WK_ALARM_WAIT);
    cr_expect_eq(a.due_ms, 100);
}

Test(alarm, set_while_dropping_is_scheduled_once_it_is_dropped)
{
    struct wk_alarm a = dropping(100);

    cr_expect_eq(wk_alarm_record(&a, 201), WK_ALARM_WAIT);
    cr_expect_eq(wk_alarm_dropped(&a, true, 0, 0), WK_ALARM_WAIT);
    cr_expect_eq(a.due_ms, 200);
    cr_expect_eq(a.state, WK_ALARM_WAITING);
}

/* ---- delete ---- */

Test(alarm, delete_while_waiting_forgets_it)
{
    struct wk_alarm a = waiting(100);

    cr_expect_eq(wk_alarm_record(&a, 0), WK_ALARM_FORGET);
}

Test(alarm, delete_between_retries_forgets_the_retry)
{
    struct wk_alarm a = running(100);

    wk_alarm_end(&a, COUNTED, 0, 0);
    cr_expect_eq(wk_alarm_record(&a, 0), WK_ALARM_FORGET);
}

Test(alarm, delete_while_running_removes_what_was_set_and_the_run_goes_on)
{
    struct wk_alarm a = running(100);

    wk_alarm_record(&a, 201);
    cr_expect_eq(wk_alarm_record(&a, 0), WK_ALARM_WAIT);
    cr_expect_eq(a.state, WK_ALARM_RUNNING);
    cr_expect_eq(wk_alarm_end(&a, OK, 0, 0), WK_ALARM_FORGET);
}

/* The peer would retry it from memory; the actor, knowing of no alarm, would cancel that. */
Test(alarm, a_failed_run_whose_record_is_gone_is_not_retried)
{
    struct wk_alarm a = running(100);

    wk_alarm_record(&a, 0);
    cr_expect_eq(wk_alarm_end(&a, COUNTED, 0, 0), WK_ALARM_FORGET);
}

Test(alarm, delete_while_dropping_removes_what_was_set_meanwhile)
{
    struct wk_alarm a = dropping(100);

    wk_alarm_record(&a, 201);
    wk_alarm_record(&a, 0);
    cr_expect_eq(wk_alarm_dropped(&a, true, 0, 0), WK_ALARM_FORGET);
}

/* ---- due ---- */

Test(alarm, never_before_its_time_also_when_the_clock_was_set_back)
{
    struct wk_alarm a = waiting(1000);
    uint64_t wait_ms;

    cr_expect_not(wk_alarm_ready(&a, 999, 5000, &wait_ms));
    cr_expect_eq(wait_ms, 1);
    cr_expect(wk_alarm_ready(&a, 1000, 5001, &wait_ms));
    cr_expect_not(wk_alarm_ready(&a, 500, 6000, &wait_ms));
    cr_expect_eq(wait_ms, 500);
    cr_expect(wk_alarm_ready(&a, 900000, 6000, &wait_ms));
}

Test(alarm, a_retry_waits_by_the_clock_that_cannot_be_set)
{
    struct wk_alarm a = running(1000);
    uint64_t wait_ms;

    wk_alarm_end(&a, COUNTED, 10000, 0);
    cr_expect_not(wk_alarm_ready(&a, 999999999, 11999, &wait_ms));
    cr_expect_eq(wait_ms, 1);
    cr_expect(wk_alarm_ready(&a, 1000, 12000, &wait_ms));
    cr_expect_not(wk_alarm_ready(&a, 900, 12000, &wait_ms)); /* set back before its time */
}

Test(alarm, what_runs_is_not_ready)
{
    struct wk_alarm a = running(100);
    uint64_t wait_ms;

    cr_expect_not(wk_alarm_ready(&a, 1000, 1000, &wait_ms));
    a = dropping(100);
    cr_expect_not(wk_alarm_ready(&a, 1000, 1000, &wait_ms));
}

/* ---- results ---- */

Test(alarm, success_drops_the_record_unless_the_actor_did)
{
    struct wk_alarm a = running(100);

    cr_expect_eq(wk_alarm_end(&a, OK, 0, 0), WK_ALARM_DROP);
    cr_expect_eq(wk_alarm_record(&a, 0), WK_ALARM_WAIT); /* that deletion */
    cr_expect_eq(wk_alarm_dropped(&a, true, 0, 0), WK_ALARM_FORGET);

    a = running(100);
    wk_alarm_record(&a, 0); /* the actor's own, durable before its result */
    cr_expect_eq(wk_alarm_end(&a, OK, 0, 0), WK_ALARM_FORGET);
}

Test(alarm, an_abort_without_retry_gives_it_up)
{
    struct wk_alarm a = running(100);

    cr_expect_eq(wk_alarm_end(&a, ABORTED, 0, 0), WK_ALARM_DROP);
}

Test(alarm, seven_runs_with_doubling_delays_then_it_is_given_up)
{
    struct wk_alarm a = waiting(100);
    uint64_t now = 0, wait_ms;

    for (unsigned i = 0; i < 6; i++) {
        wk_alarm_begin(&a);
        cr_expect_eq(a.counted, i);
        cr_expect_eq(wk_alarm_end(&a, COUNTED, now, 0), WK_ALARM_WAIT);
        cr_expect_eq(a.due_ms, 100);
        cr_expect_not(wk_alarm_ready(&a, 1000, now, &wait_ms));
        cr_expect_eq(wait_ms, 2000u << i);
        now += wait_ms;
    }
    wk_alarm_begin(&a);
    cr_expect_eq(wk_alarm_end(&a, COUNTED, now, 0), WK_ALARM_DROP);
}

Test(alarm, failures_that_do_not_count_repeat_for_ever_with_a_longest_delay)
{
    struct wk_alarm a = waiting(100);

    for (unsigned i = 0; i < 1000; i++) {
        uint64_t expected = 2000u << (i < 9 ? i : 9);

        wk_alarm_begin(&a);
        cr_expect_eq(wk_alarm_end(&a, WK_ALARM_LOST, 0, 0), WK_ALARM_WAIT);
        cr_expect_eq(a.retry_at_ms, expected, "%u", i);
        cr_expect_eq(a.counted, 0);
    }
}

Test(alarm, the_first_counted_failure_after_uncounted_ones_begins_with_the_shortest_delay)
{
    struct wk_alarm a = waiting(100);

    for (unsigned i = 0; i < 5; i++) {
        wk_alarm_begin(&a);
        wk_alarm_end(&a, WK_ALARM_LOST, 0, 0);
    }
    wk_alarm_begin(&a);
    wk_alarm_end(&a, COUNTED, 0, 0);
    cr_expect_eq(a.retry_at_ms, 2000);
    wk_alarm_begin(&a);
    wk_alarm_end(&a, COUNTED, 0, 0);
    cr_expect_eq(a.retry_at_ms, 4000);
}

Test(alarm, the_jitter_is_at_most_a_quarter)
{
    for (uint32_t random = 0; random < 5000; random++) {
        struct wk_alarm a = running(100);

        wk_alarm_end(&a, COUNTED, 0, random * 857143u);
        cr_expect_geq(a.retry_at_ms, 2000);
        cr_expect_leq(a.retry_at_ms, 2500);
    }
}

/* The peer deletes its row then, as the actor's own record is elsewhere; here it is that
 * record. */
Test(alarm, a_canceled_run_keeps_its_record)
{
    struct wk_alarm a = running(100);

    cr_expect_eq(wk_alarm_end(&a, CANCELED, 0, 0), WK_ALARM_WAIT);
    cr_expect_eq(a.due_ms, 100);
    cr_expect_eq(a.counted, 0);
}

Test(alarm, if_it_cannot_be_dropped_it_stays)
{
    struct wk_alarm a = dropping(100);

    cr_expect_eq(wk_alarm_dropped(&a, false, 0, 0), WK_ALARM_WAIT);
    cr_expect_eq(a.due_ms, 100);
    cr_expect_eq(a.retry_at_ms, 2000);
}

Test(alarm, in_memory_six_runs_whether_failures_count_or_not)
{
    struct wk_alarm a;
    unsigned runs = 0;

    wk_alarm_init(&a, 100, true);
    do {
        wk_alarm_begin(&a);
        runs++;
    } while (wk_alarm_end(&a, WK_ALARM_LOST, 0, 0) == WK_ALARM_WAIT);
    cr_expect_eq(runs, 6);
}

Test(alarm, what_cannot_be_started_waits_and_counts_nothing)
{
    struct wk_alarm a = waiting(100);

    for (unsigned i = 0; i < 100; i++)
        wk_alarm_defer(&a, 0, 0);
    cr_expect_eq(a.counted, 0);
    cr_expect_eq(a.retry_at_ms, 1024000);
    cr_expect_eq(a.state, WK_ALARM_WAITING);
}

Test(alarm, what_is_known_of_the_record)
{
    struct wk_alarm a = waiting(100);

    cr_expect_eq(wk_alarm_known(&a), 101);
    wk_alarm_begin(&a);
    cr_expect_eq(wk_alarm_known(&a), 101);
    wk_alarm_record(&a, 0);
    cr_expect_eq(wk_alarm_known(&a), 0);
    wk_alarm_record(&a, 301);
    cr_expect_eq(wk_alarm_known(&a), 301);
}

/* ---- any order of events ---- */

/* While the record stands there is a wait, a run or a drop for it; never two runs; what is due
 * is the latest. */
Test(alarm, no_alarm_is_lost_in_any_order_of_events)
{
    uint32_t seed = 1;

    for (unsigned round = 0; round < 20000; round++) {
        uint64_t record = 101;
        struct wk_alarm a = waiting(100);
        bool alive = true;

        for (unsigned step = 0; step < 12 && alive; step++) {
            enum wk_alarm_verdict verdict = WK_ALARM_WAIT;

            seed = seed * 1664525u + 1013904223u;
            if ((seed >> 24) % 3 == 0) {
                record = (seed >> 20) % 3 == 0 ? 0 : 101 + (seed >> 16) % 5;
                verdict = wk_alarm_record(&a, record);
            } else if (a.state == WK_ALARM_WAITING) {
                cr_assert_eq(a.due_ms + 1, record);
                wk_alarm_begin(&a);
            } else if (a.state == WK_ALARM_RUNNING) {
                struct wk_alarm_result results[] = {OK, COUNTED, CANCELED, ABORTED,
                                                    WK_ALARM_LOST};

                verdict = wk_alarm_end(&a, results[(seed >> 16) % 5], step, seed);
                cr_assert(verdict != WK_ALARM_FORGET || record == 0);
            } else {
                if (record == a.due_ms + 1) { /* the deletion that it asked for */
                    record = 0;
                    wk_alarm_record(&a, 0);
                }
                verdict = wk_alarm_dropped(&a, true, step, seed);
            }
            alive = verdict != WK_ALARM_FORGET;
            cr_assert(alive || record == 0);
        }
    }
}
