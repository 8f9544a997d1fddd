/* Alarms: when they come, how often, and what is left of them. */
#include <criterion/criterion.h>
#include <stdio.h>
#include "tests/service/actor_storage/fixture.h"

TestSuite(alarms, .fini = storage_stop, .timeout = 60);

#define FAR 4102444800000ull /* in the year 2100 */
#define OK WK__ACTOR_ALARM_DONE__OUTCOME__OK
#define EXCEPTION WK__ACTOR_ALARM_DONE__OUTCOME__EXCEPTION
#define ABORTED WK__ACTOR_ALARM_DONE__OUTCOME__ABORTED
#define CANCELED WK__ACTOR_ALARM_DONE__OUTCOME__CANCELED

static void
set(struct gate *gate, uint64_t at_ms)
{
    char text[32];

    snprintf(text, sizeof(text), "@%lu ;", (unsigned long)at_ms);
    writes(gate, text);
    advance_expect(gate, gate->messages);
}

Test(alarms, one_comes_at_its_time_and_not_before)
{
    struct gate gate;
    uint64_t due;

    storage_start();
    gate = place(0, 1);
    due = wk_unix_ms() + 150;
    set(&gate, due);
    alarm_expect(&gate, due, 0);
    cr_expect_geq(wk_unix_ms(), due);
}

Test(alarms, a_sleeping_actor_is_placed_for_its_alarm_under_its_name)
{
    struct gate gate;
    uint64_t due;
    uint32_t event;

    storage_start();
    event = EVENT(.ns = 0, .actor = 1, .name = "its name");
    gate = gate_expect();
    redirect_expect(event, &gate);
    due = wk_unix_ms() + 150;
    set(&gate, due);
    offer(&gate, 1);
    close_expect(gate.session, WK_OK);
    gate = gate_expect();
    cr_expect_str_eq(gate.start->actor->name, "its name");
    cr_expect_eq(gate.start->alarm_ms_plus1, due + 1);
    alarm_expect(&gate, due, 0);
    offer(&gate, 0); /* the alarm counts as an event */
    nothing_expect();
    offer(&gate, 1);
    close_expect(gate.session, WK_OK);
}

Test(alarms, the_actors_own_deletion_ends_it)
{
    struct gate gate;
    uint32_t run;
    char text[32];

    storage_start();
    gate = place(0, 1);
    set(&gate, 1000);
    run = alarm_expect(&gate, 1000, 0);
    snprintf(text, sizeof(text), "~1000 ;");
    writes(&gate, text);
    advance_expect(&gate, 2);
    alarm_done(run, OK, false, false);
    nothing_expect();
    cr_expect_eq(counter("alarms"), 0);
    cr_expect_eq(alarm_read(&gate), 0);
    storage_restart();
    nothing_expect();
}

Test(alarms, a_success_without_it_deletes_the_record)
{
    struct gate gate;
    uint32_t run;
    struct fake_frame *gone;

    storage_start();
    gate = place(0, 1);
    set(&gate, 1000);
    run = alarm_expect(&gate, 1000, 0);
    alarm_done(run, OK, false, false);
    gone = fake_expect_msg(fk, WK__ENVELOPE__BODY_ACTOR_ALARM_GONE);
    cr_expect_eq(gone->msg->actor_alarm_gone->scheduled_ms, 1000);
    cr_expect_eq(alarm_read(&gate), 0);
    cr_expect_eq(counter("alarms"), 0);
}

Test(alarms, one_that_was_set_while_it_ran_follows)
{
    struct gate gate;
    uint32_t run;

    storage_start();
    gate = place(0, 1);
    set(&gate, 1000);
    run = alarm_expect(&gate, 1000, 0);
    set(&gate, 2000);
    nothing_expect(); /* one at a time */
    alarm_done(run, EXCEPTION, true, true);
    alarm_expect(&gate, 2000, 0);
}

Test(alarms, a_failure_is_repeated_after_two_seconds_with_its_count)
{
    struct gate gate;
    uint64_t before;

    storage_start();
    gate = place(0, 1);
    set(&gate, 1000);
    alarm_done(alarm_expect(&gate, 1000, 0), EXCEPTION, true, true);
    before = wk_now_ms();
    alarm_expect(&gate, 1000, 1);
    cr_expect_geq(wk_now_ms() - before, 1990);
    cr_expect_lt(wk_now_ms() - before, 4000);
    cr_expect_eq(counter("alarmsFailed"), 1);
}

Test(alarms, an_abort_without_retry_gives_it_up)
{
    struct gate gate;

    storage_start();
    gate = place(0, 1);
    set(&gate, 1000);
    alarm_done(alarm_expect(&gate, 1000, 0), ABORTED, false, false);
    (void)fake_expect_msg(fk, WK__ENVELOPE__BODY_ACTOR_ALARM_GONE);
    cr_expect_eq(counter("alarms"), 0);
}

Test(alarms, what_replaces_one_that_is_given_up_is_kept)
{
    struct gate gate;

    storage_start_mem();
    gate = place(0, 1);
    set(&gate, 1000);
    alarm_expect(&gate, 1000, 0);
    storage_disk('h');
    writes(&gate, "@5000000000000 ;");
    storage_disk('w');
    alarm_done(1, ABORTED, false, false);
    storage_disk('r');
    advance_expect(&gate, 2);
    cr_expect_eq(alarm_read(&gate), 5000000000001);
    cr_expect_eq(counter("alarms"), 1);
}

Test(alarms, a_host_that_dies_in_the_handler_has_it_again)
{
    struct gate gate;
    uint32_t run;

    storage_start();
    gate = place(0, 1);
    set(&gate, 1000);
    run = alarm_expect(&gate, 1000, 0);
    gate_close(&gate, WK_EUNAVAILABLE, NULL);
    fake_send_close(fk, run, WK_EUNAVAILABLE, NULL);
    gate = gate_expect();
    alarm_expect(&gate, 1000, 0); /* that did not count */
}

Test(alarms, what_was_due_while_nobody_was_there_comes_at_the_start)
{
    struct gate gate;
    uint64_t due;

    storage_start();
    gate = place(0, 1);
    due = wk_unix_ms() + 300;
    set(&gate, due);
    gate = place(1, 1);
    set(&gate, FAR);
    storage_restart();
    gate = gate_expect();
    cr_expect_eq(gate.start->namespace_, 0);
    alarm_expect(&gate, due, 0);
    cr_expect_eq(counter("alarms"), 2);
}

Test(alarms, deleting_and_replacing_leave_one_timer)
{
    struct gate gate;

    storage_start();
    gate = place(0, 1);
    set(&gate, FAR);
    set(&gate, FAR + 1);
    cr_expect_eq(counter("alarms"), 1);
    writes(&gate, "@ ;");
    advance_expect(&gate, 3);
    cr_expect_eq(counter("alarms"), 0);
    set(&gate, FAR);
    storage_restart();
    cr_expect_eq(counter("alarms"), 1);
    gate = place(0, 1);
    cr_expect_eq(gate.start->alarm_ms_plus1, FAR + 1);
}

Test(alarms, of_many_each_comes_in_the_order_of_time)
{
    struct gate gates[40];
    uint64_t due = wk_unix_ms() + 2000;

    storage_start();
    for (unsigned i = 0; i < 40; i++) {
        gates[i] = place(0, i);
        set(&gates[i], due + (i * 7) % 40);
    }
    for (unsigned i = 0; i < 40; i++)
        for (unsigned j = 0; j < 40; j++)
            if ((j * 7) % 40 == i)
                alarm_expect(&gates[j], due + i, 0);
}

Test(alarms, of_a_namespace_in_memory_outlive_the_instance)
{
    struct gate gate;
    uint64_t due;
    uint32_t run;

    storage_start();
    gate = place(2, 1);
    due = wk_unix_ms() + 150;
    set(&gate, due);
    offer(&gate, 1);
    close_expect(gate.session, WK_OK);
    gate = gate_expect();
    cr_expect_eq(gate.start->alarm_ms_plus1, due + 1);
    run = alarm_expect(&gate, due, 0);
    alarm_done(run, OK, false, false);
    (void)fake_expect_msg(fk, WK__ENVELOPE__BODY_ACTOR_ALARM_GONE);
    cr_expect_eq(alarm_read(&gate), 0);
}

Test(alarms, a_moving_actor_has_its_alarm_at_the_next_place)
{
    struct gate gate;
    uint64_t due;

    storage_start();
    gate = place(0, 1);
    due = wk_unix_ms() + 100;
    set(&gate, due);
    moving(&gate, 1);
    cr_expect_not(fake_pending(fk, 200));
    gate_close(&gate, WK_OK, NULL);
    gate = gate_expect();
    alarm_expect(&gate, due, 0);
}
