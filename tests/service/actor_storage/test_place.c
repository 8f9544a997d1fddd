/* Where actors are placed, and what reaches them. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>
#include "tests/service/actor_storage/fixture.h"

TestSuite(place, .fini = storage_stop, .timeout = 60);

Test(place, the_first_event_places_the_actor_and_follows_it_there)
{
    uint32_t event;
    struct gate gate;

    storage_start();
    event = EVENT(.ns = 1, .actor = 7, .name = "seven");
    gate = gate_expect();
    cr_expect_eq(gate.start->namespace_, 1);
    cr_expect_arr_eq(gate.start->actor->id.data, actor_id(7).data, 32);
    cr_expect_str_eq(gate.start->actor->name, "seven");
    cr_expect(gate.start->whole);
    cr_expect_eq(gate.start->n_entries, 0);
    cr_expect_eq(gate.start->alarm_ms_plus1, 0);
    redirect_expect(event, &gate);
}

Test(place, later_events_follow_without_a_new_placement_in_order)
{
    struct gate gate;
    uint32_t a, b;

    storage_start();
    gate = place(0, 1);
    a = EVENT(0, 1);
    b = EVENT(0, 1);
    redirect_expect(a, &gate);
    redirect_expect(b, &gate);
    cr_expect_eq(counter("events"), 3);
    cr_expect_eq(counter("placed"), 1);
}

Test(place, the_same_id_in_another_namespace_is_another_actor)
{
    struct gate a, b;

    storage_start();
    a = place(0, 1);
    b = place(1, 1);
    cr_expect_neq(a.session, b.session);
    cr_expect_gt(b.incarnation, a.incarnation);
}

Test(place, a_host_that_says_nothing_in_the_middle_of_a_turn_delays_nobody_else)
{
    struct gate silent, other;

    storage_start();
    silent = place(0, 1);
    writes(&silent, "a=1"); /* the turn never ends */
    redirect_expect(EVENT(0, 1), &silent);
    other = place(1, 2);
    writes(&other, "b=1 ;");
    advance_expect(&other, 1);
}

Test(place, incarnations_rise_across_restarts)
{
    uint64_t before;

    storage_start();
    before = place(0, 1).incarnation;
    storage_restart();
    cr_expect_gt(place(0, 1).incarnation, before);
}

Test(place, what_is_small_comes_along_and_is_whole)
{
    struct gate gate;

    storage_start();
    gate = place(0, 1);
    writes(&gate, "b=2 a=1 c= #0 #1 ##2 ;");
    advance_expect(&gate, 1);
    gate_close(&gate, WK_OK, NULL);
    gate = place(0, 1);
    cr_expect(gate.start->whole);
    cr_expect_str_eq(entries_text(gate.start->n_entries, gate.start->entries), "a=1 b=2 c=");
    cr_expect_eq(gate.start->page_count, 2);
    cr_assert_eq(gate.start->n_pages, 2);
    cr_expect_eq(gate.start->pages[1]->number, 1);
    cr_expect_eq(gate.start->pages[1]->data.data[4095], 1);
}

Test(place, of_many_entries_none_comes_along)
{
    struct gate gate;
    char text[4096] = "";

    storage_start();
    gate = place(0, 1);
    for (int i = 0; i < 129; i++)
        sprintf(text + strlen(text), "k%d=v ", i);
    strcat(text, ";");
    writes(&gate, text);
    advance_expect(&gate, 1);
    gate_close(&gate, WK_OK, NULL);
    gate = place(0, 1);
    cr_expect_not(gate.start->whole);
    cr_expect_eq(gate.start->n_entries, 0);
}

Test(place, with_many_pages_entries_still_come_along)
{
    struct gate gate;
    char text[1024] = "a=1 ";

    storage_start();
    gate = place(0, 1);
    for (int i = 0; i < 20; i++)
        sprintf(text + strlen(text), "#%d ", i);
    strcat(text, "##20 ;");
    writes(&gate, text);
    advance_expect(&gate, 1);
    gate_close(&gate, WK_OK, NULL);
    gate = place(0, 1);
    cr_expect_eq(gate.start->page_count, 20);
    cr_expect_eq(gate.start->n_pages, 0);
    cr_expect(gate.start->whole);
    cr_expect_str_eq(entries_text(gate.start->n_entries, gate.start->entries), "a=1");
}

/* ---- the end of an incarnation ---- */

Test(place, an_offer_evicts_if_no_more_was_given)
{
    struct gate gate;
    uint32_t event;

    storage_start();
    gate = place(0, 1);
    offer(&gate, 1);
    close_expect(gate.session, WK_OK);
    cr_expect_eq(counter("residents"), 0);
    cr_expect_eq(counter("evicted"), 1);
    event = EVENT(0, 1);
    gate = gate_expect();
    redirect_expect(event, &gate);
}

Test(place, an_offer_that_an_event_has_crossed_is_passed_over)
{
    struct gate gate;
    uint32_t event;

    storage_start();
    gate = place(0, 1);
    event = EVENT(0, 1);
    redirect_expect(event, &gate);
    offer(&gate, 1);
    nothing_expect();
    offer(&gate, 2);
    close_expect(gate.session, WK_OK);
}

Test(place, an_offer_waits_for_what_is_not_durable)
{
    struct gate gate;

    storage_start_mem();
    gate = place(0, 1);
    storage_disk('h');
    writes(&gate, "a=1 ;");
    offer(&gate, 1);
    nothing_expect();
    storage_disk('r');
    advance_expect(&gate, 1);
    offer(&gate, 1);
    close_expect(gate.session, WK_OK);
}

Test(place, a_moving_actor_gets_no_more_and_is_placed_anew_when_it_has_gone)
{
    struct gate gate, next;
    uint32_t event;

    storage_start();
    gate = place(0, 1);
    moving(&gate, 1);
    event = EVENT(0, 1);
    nothing_expect();
    gate_close(&gate, WK_OK, NULL);
    next = gate_expect();
    cr_expect_gt(next.incarnation, gate.incarnation);
    redirect_expect(event, &next);
}

Test(place, what_was_sealed_is_durable_before_the_next_incarnation_begins)
{
    struct gate gate;
    uint32_t event;

    storage_start_mem();
    gate = place(0, 1);
    storage_disk('h');
    writes(&gate, "a=1 ;");
    writes(&gate, "b=2 ;");
    writes(&gate, "lost=1");
    gate_close(&gate, WK_EUNAVAILABLE, NULL);
    event = EVENT(0, 1);
    nothing_expect();
    storage_disk('r');
    gate = gate_expect();
    cr_expect_str_eq(entries_text(gate.start->n_entries, gate.start->entries), "a=1 b=2");
    redirect_expect(event, &gate);
}

Test(place, a_caller_that_leaves_while_it_waits_leaves_nothing)
{
    struct gate gate;
    uint32_t event;

    storage_start();
    gate = place(0, 1);
    moving(&gate, 1);
    event = EVENT(0, 1);
    fake_send_close(fk, event, WK_ECANCELED, NULL);
    cr_expect_eq(counter("waiting"), 0);
    gate_close(&gate, WK_OK, NULL);
    cr_expect_eq(counter("residents"), 0);
}

Test(place, a_thousand_wait_and_the_next_is_refused)
{
    struct gate gate;
    uint32_t event = 0;
    const Wk__Error *error;

    storage_start();
    gate = place(0, 1);
    moving(&gate, 1);
    for (int i = 0; i < 1001; i++)
        event = EVENT(0, 1);
    error = close_expect(event, WK_EOVERLOADED);
    cr_assert_not_null(error);
    cr_expect_eq(error->traits, 4);
    cr_expect_eq(counter("waiting"), 1000);
}

/* ---- broken ---- */

Test(place, a_stub_of_a_broken_incarnation_stays_broken_and_others_do_not)
{
    struct gate gate, next;
    uint32_t event;
    const Wk__Error *error;

    storage_start();
    gate = place(0, 1);
    event = EVENT(.ns = 0, .actor = 1, .stub = 77); /* its call is lost */
    redirect_expect(event, &gate);
    gate_close(&gate, WK_EBROKEN, "it broke");
    event = EVENT(.ns = 0, .actor = 1, .stub = 77, .later = true);
    error = close_expect(event, WK_EBROKEN);
    cr_assert_not_null(error);
    cr_expect_str_eq(error->message, "it broke");
    cr_expect_eq(error->incarnation, gate.incarnation);
    event = EVENT(.ns = 0, .actor = 1, .stub = 5, .incarnation = gate.incarnation);
    error = close_expect(event, WK_EBROKEN);
    cr_expect_str_eq(error->message, "it broke");
    event = EVENT(.ns = 0, .actor = 1, .stub = 78);
    next = gate_expect();
    redirect_expect(event, &next);
    event = EVENT(.ns = 0, .actor = 1, .stub = 78, .incarnation = next.incarnation);
    redirect_expect(event, &next);
    event = EVENT(.ns = 0, .actor = 2,
                  .incarnation = gate.incarnation); /* nobody asks for another's */
    gate_expect();
    (void)fake_expect(fk, WK_FRAME_REDIRECT);
}

Test(place, a_call_is_not_delivered_after_one_of_its_stub_that_was_lost_with_the_host)
{
    struct gate gate, next;
    uint32_t event;

    storage_start();
    event = EVENT(.ns = 0, .actor = 1, .stub = 1);
    gate = gate_expect();
    redirect_expect(event, &gate);
    for (unsigned i = 2; i <= 300; i++) {
        event = EVENT(.ns = 0, .actor = 1, .stub = i);
        redirect_expect(event, &gate);
    }
    gate_close(&gate, WK_EUNAVAILABLE, NULL);
    event = EVENT(.ns = 0, .actor = 1, .stub = 1, .later = true);
    close_expect(event, WK_EUNAVAILABLE);
    event = EVENT(.ns = 0, .actor = 1, .stub = 301); /* a new stub has the new instance */
    next = gate_expect();
    redirect_expect(event, &next);
    event = EVENT(.ns = 0, .actor = 1, .stub = 301, .later = true);
    redirect_expect(event, &next);
    event = EVENT(.ns = 0, .actor = 1, .stub = 150, .later = true);
    close_expect(event, WK_EUNAVAILABLE);
    event = EVENT(.ns = 0, .actor = 1, .stub = 150, .caller = 9, .later = true);
    redirect_expect(event, &next); /* another process's stub of that number */
    event =
        EVENT(.ns = 0, .actor = 1, .stub = 150, .incarnation = next.incarnation, .later = true);
    redirect_expect(event, &next); /* it was overtaken, and has had an answer since */
}

Test(place, a_call_that_waits_fails_when_one_before_it_is_lost)
{
    struct gate gate, next;
    uint32_t first, second, third;

    storage_start();
    first = EVENT(.ns = 0, .actor = 1, .stub = 1);
    gate = gate_expect();
    redirect_expect(first, &gate);
    moving(&gate, 1);
    second = EVENT(.ns = 0, .actor = 1, .stub = 1, .later = true);
    third = EVENT(.ns = 0, .actor = 1, .stub = 2);
    nothing_expect();
    gate_close(&gate, WK_EUNAVAILABLE, NULL);
    close_expect(second, WK_EUNAVAILABLE);
    next = gate_expect();
    redirect_expect(third, &next);
}

Test(place, a_call_is_not_delivered_after_one_that_was_lost_with_the_daemon)
{
    struct gate gate, before;
    uint32_t event;

    storage_start();
    before = place(0, 1);
    storage_restart();
    event = EVENT(.ns = 0, .actor = 1, .stub = 1, .later = true);
    close_expect(event, WK_EUNAVAILABLE);
    event =
        EVENT(.ns = 0, .actor = 1, .stub = 2, .incarnation = before.incarnation, .later = true);
    close_expect(event, WK_EUNAVAILABLE);
    event = EVENT(.ns = 0, .actor = 1, .stub = 3);
    gate = gate_expect();
    redirect_expect(event, &gate);
    event = EVENT(.ns = 0, .actor = 1, .stub = 3, .later = true);
    redirect_expect(event, &gate);
    moving(&gate, 2);
    event = EVENT(.ns = 0, .actor = 1, .stub = 3, .later = true);
    nothing_expect();
    gate_close(&gate, WK_OK, NULL);
    gate = gate_expect();
    redirect_expect(event, &gate);
}

Test(place, a_stub_of_an_evicted_incarnation_goes_on)
{
    struct gate gate;
    uint32_t event;

    storage_start();
    gate = place(0, 1);
    offer(&gate, 1);
    close_expect(gate.session, WK_OK);
    event = EVENT(.ns = 0, .actor = 1, .stub = 77, .incarnation = gate.incarnation);
    gate = gate_expect();
    redirect_expect(event, &gate);
}

Test(place, broken_ones_are_forgotten_when_there_are_too_many)
{
    struct gate first, gate;
    uint32_t event;

    storage_start();
    first = place(0, 1);
    gate_close(&first, WK_EBROKEN, "first");
    for (int i = 0; i < 4096; i++) {
        gate = place(0, 2);
        gate_close(&gate, WK_EBROKEN, "later");
    }
    event = EVENT(.ns = 0, .actor = 2, .incarnation = gate.incarnation);
    close_expect(event, WK_EBROKEN);
    event = EVENT(.ns = 0, .actor = 1, .incarnation = first.incarnation);
    gate = gate_expect();
    redirect_expect(event, &gate);
}

/* ---- who may ask for what ---- */

Test(place, what_names_no_actor_is_refused)
{
    char longer[2100];
    uint32_t event;

    storage_start();
    event = EVENT(.ns = 0, .text_id = "short");
    close_expect(event, WK_EINVAL);
    event = EVENT(.ns = 3, .text_id = "");
    close_expect(event, WK_EINVAL);
    memset(longer, 'x', sizeof(longer) - 1);
    longer[sizeof(longer) - 1] = '\0';
    event = EVENT(.ns = 3, .text_id = longer);
    close_expect(event, WK_EINVAL);
    event = EVENT(.ns = 0, .actor = 1, .name = longer);
    close_expect(event, WK_EINVAL);
    event = EVENT(.ns = 9, .actor = 1);
    close_expect(event, WK_ENOTFOUND);
    cr_expect_eq(counter("residents"), 0);
}

Test(place, an_ephemeral_actor_is_placed_with_nothing)
{
    struct gate gate;
    uint32_t event;

    storage_start();
    event = EVENT(.ns = 3, .text_id = "some text");
    gate = gate_expect();
    redirect_expect(event, &gate);
    cr_expect(gate.start->whole);
    writes(&gate, "a=1 ;");
    advance_expect(&gate, 1);
    cr_expect_str_eq(entries_text(1, read_keys(&gate, "a")->entries), "-a");
}

Test(place, an_actor_of_another_shard_is_refused)
{
    static const struct ns_setup setup[] = {{"first", DISK, false}};
    unsigned refused = 0;

    storage_launch();
    storage_configure_send(setup, 1, 1, 4);
    (void)fake_expect_msg(fk, WK__ENVELOPE__BODY_READY);
    for (unsigned i = 0; i < 16; i++) {
        struct fake_frame *frame;

        EVENT(0, i);
        frame = fake_next(fk);
        refused += frame->f.kind == WK_FRAME_CLOSE;
        if (frame->f.kind == WK_FRAME_OPEN)
            (void)fake_expect(fk, WK_FRAME_REDIRECT);
    }
    cr_expect_gt(refused, 6);
    cr_expect_lt(refused, 16);
}

Test(place, a_directory_of_another_number_of_shards_is_refused)
{
    static const struct ns_setup setup[] = {{"first", DISK, false}};

    storage_start();
    storage_crash();
    storage_launch();
    storage_configure_send(setup, 1, 0, 2);
    cr_expect_eq(fake_kernel_wait_exit(fk), 100);
}

Test(place, the_order_of_namespaces_in_the_configuration_does_not_matter)
{
    static const struct ns_setup other[] = {
        {"zero", DISK, false}, {"second", DISK, false}, {"first", DISK, false}};
    struct gate gate;

    storage_start();
    gate = place(0, 1); /* of "first" */
    writes(&gate, "a=first ;");
    advance_expect(&gate, 1);
    gate = place(1, 1);
    writes(&gate, "a=second ;");
    advance_expect(&gate, 1);
    storage_crash();
    storage_launch();
    storage_configure_send(other, 3, 0, 1);
    (void)fake_expect_msg(fk, WK__ENVELOPE__BODY_READY);
    gate = place(2, 1);
    cr_expect_str_eq(entries_text(gate.start->n_entries, gate.start->entries), "a=first");
    gate = place(1, 1);
    cr_expect_str_eq(entries_text(gate.start->n_entries, gate.start->entries), "a=second");
    gate = place(0, 1);
    cr_expect_eq(gate.start->n_entries, 0);
}

/* ---- draining ---- */

Test(place, a_drain_lets_actors_come_to_rest_and_waits_for_what_they_wrote)
{
    Wk__Drain drain = WK__DRAIN__INIT;
    WK_ENVELOPE(msg, DRAIN, drain, &drain);
    struct gate gate;
    struct fake_frame *frame;

    storage_start_mem();
    gate = place(0, 1);
    fake_send_msg(fk, 0, &msg, 0);
    frame = fake_expect_msg(fk, WK__ENVELOPE__BODY_ACTOR_QUIESCE);
    cr_expect_eq(frame->f.session, gate.session);
    storage_disk('h');
    writes(&gate, "a=1 ;");
    gate_close(&gate, WK_OK, NULL);
    cr_expect_not(fake_pending(fk, 50));
    storage_disk('r');
    (void)fake_expect_msg(fk, WK__ENVELOPE__BODY_DRAINED);
    cr_expect_eq(fake_kernel_wait_exit(fk), 0);
}
