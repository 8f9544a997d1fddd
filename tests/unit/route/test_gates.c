/* Gate sessions, rule by rule: redirects, what waits, who belongs to them. */
#include "tests/unit/route/gates_fixture.h"

TestSuite(gates, .init = gates_setup, .fini = teardown, .timeout = 60);

/* ---- redirect ---- */

Test(gates, a_redirected_session_arrives_at_the_host_with_all_that_came_after_its_open)
{
    uint32_t gate = gate_open(1), at_store, at_host;
    struct wk_frame open;

    peer_send(&A->peer,
              (struct wk_frame){.kind = WK_FRAME_OPEN, .session = 7, .handle = TO_STORE}, "ask",
              3);
    peers_settle(&loop);
    at_store = last_open(B).session;
    cr_expect_eq(last_open(B).handle, 101);
    data(A, 7, WK_FLAG_RAW, 10);
    data(A, 7, 0, 20);
    data(A, 7, WK_FLAG_RAW | WK_FLAG_END, 30);
    cr_expect_eq(got(B, at_store), 0, "the redirector sees the OPEN only");
    redirect(at_store, 1);
    open = last_open(C);
    at_host = open.session;
    cr_assert_eq(open.parent, gate);
    cr_expect_eq(open.handle, 101, "the target of the handle that was opened");
    cr_expect_eq(memcmp(open.body, "ask", 3), 0);
    cr_assert_eq(got(C, at_host), 3);
    for (uint32_t i = 0; i < 3; i++)
        cr_expect_eq(C->peer.frames[C->peer.count - 3 + i].f.body_bytes, 10 + 10 * i);
    cr_expect_eq(peer_last(&C->peer)->flags, WK_FLAG_RAW | WK_FLAG_END);
    cr_expect_eq(ends_heard(B, at_store), 0, "it stepped out of the path");
    data(C, at_host, WK_FLAG_LAST, 5);
    cr_expect_eq(got(A, 7), 1);
    cr_expect_eq(routes(), 1);
    data(B, at_store, 0, 1); /* its number means nothing any more */
    cr_expect_eq(B->down, 0);
}

Test(gates, windows_hold_across_a_redirect)
{
    uint32_t at_store = (gate_open(1), open_to(A, 1, TO_STORE, 0, 0)), at_host;

    send_frame(A, (struct wk_frame){.kind = WK_FRAME_DATA, .session = 1, .flags = WK_FLAG_RAW},
               WK_SESSION_WINDOW_BYTES);
    redirect(at_store, 1);
    at_host = last_open(C).session;
    send_frame(C, (struct wk_frame){.kind = WK_FRAME_CREDIT, .session = at_host, .arg = 10}, 0);
    peers_settle(&loop);
    data(A, 1, WK_FLAG_RAW, 10);
    cr_expect_eq(A->down, 0);
    data(C, at_host, WK_FLAG_RAW, WK_SESSION_WINDOW_BYTES);
    cr_expect_eq(C->down, 0);
    data(A, 1, WK_FLAG_RAW, 1);
    cr_expect_eq(A->why, WK_EPROTO);
    cr_expect_eq(ends_heard(C, at_host), 1);
}

Test(gates, what_is_kept_for_a_redirect_is_bounded)
{
    uint32_t at_store = (gate_open(1), open_to(A, 1, TO_STORE, 0, 0));

    open_to(A, 2, TO_STORE, 0, 0);
    for (int i = 0; i < 20; i++)
        data(A, 1, 0, 100000);
    cr_expect_eq(close_code(A, 1), WK_EOVERLOADED);
    cr_expect_eq(ends_heard(B, at_store), 1);
    cr_expect_eq(ends_heard(A, 2), 0);
    cr_expect_eq(A->down, 0);
}

Test(gates, the_redirector_may_answer_or_refuse_by_itself_and_hears_the_opener_go)
{
    uint32_t answered = open_to(A, 1, TO_STORE, 0, 0), refused = open_to(A, 2, TO_STORE, 0, 0),
             left = open_to(A, 3, TO_STORE, 0, 0), over = open_to(A, 4, TO_STORE, 0, 0);

    data(B, answered, 0, 3);
    data(B, answered, WK_FLAG_LAST, 0);
    cr_expect_eq(got(A, 1), 2);
    send_frame(
        B, (struct wk_frame){.kind = WK_FRAME_CLOSE, .session = refused, .code = WK_EDENIED},
        0);
    peers_settle(&loop);
    cr_expect_eq(close_code(A, 2), WK_EDENIED);
    send_close(A, 3);
    cr_expect_eq(close_code(B, left), WK_ECANCELED);
    data(A, 4, WK_FLAG_LAST, 3);
    cr_expect_eq(close_code(B, over), WK_OK);
    cr_expect_eq(routes(), 0);
}

Test(gates, a_redirector_that_answers_gets_what_was_kept_and_what_follows)
{
    uint32_t answered = open_to(A, 1, TO_STORE, 0, 0);

    data(A, 1, 0, 20);
    cr_expect_eq(got(B, answered), 0);
    data(B, answered, 0, 3);
    cr_expect_eq(got(A, 1), 1);
    cr_expect_eq(got(B, answered), 1);
    data(A, 1, 0, 30);
    data(B, answered, 0, 3);
    data(A, 1, WK_FLAG_LAST, 40);
    cr_assert_eq(got(B, answered), 3);
    for (uint32_t i = 0; i < 3; i++)
        cr_expect_eq(B->peer.frames[B->peer.count - 3 + i].f.body_bytes, 20 + 10 * i);
    cr_expect_eq(routes(), 0);
    cr_expect_eq(B->down, 0);
}

Test(gates, a_redirect_of_a_session_that_just_ended_is_ignored)
{
    uint32_t at_store = (gate_open(1), open_to(A, 1, TO_STORE, 0, 0));
    size_t before;

    send_close(A, 1);
    before = C->peer.count;
    redirect(at_store, 1);
    cr_expect_eq(C->peer.count, before);
    cr_expect_eq(B->down, 0);
}

Test(gates, a_redirect_through_a_gate_that_just_ended_ends_the_session)
{
    uint32_t gate = gate_open(1), at_store = open_to(A, 1, TO_STORE, 0, 0);

    send_close(C, gate);
    cr_expect_eq(ends_heard(B, 1), 1);
    redirect(at_store, 1);
    cr_expect_eq(close_code(A, 1), WK_EUNAVAILABLE);
    cr_expect_eq(ends_heard(B, at_store), 0, "it has handed it on");
    cr_expect_eq(B->down, 0);
    cr_expect_eq(routes(), 0);
}

Test(gates, redirected_sessions_wait_with_their_gate_for_a_starting_host_in_order)
{
    wk_dest_set(&C->dest, NULL, true);
    gate_open(1);
    for (uint32_t i = 1; i <= 4; i++) {
        redirect(open_to(A, i, TO_STORE, 0, 0), 1);
        data(A, i, 0, i);
    }
    send_close(A, 2);
    cr_expect_eq(C->peer.count, 0);
    cr_expect_eq(gate_info()->waiting, 3);
    wk_dest_set(&C->dest, C->end, false);
    peers_settle(&loop);
    cr_assert_eq(C->peer.count, 7);
    cr_expect_eq(C->peer.frames[0].f.flags, WK_FLAG_GATE);
    for (uint32_t i = 0; i < 3; i++) {
        const struct wk_frame *open = &C->peer.frames[1 + 2 * i].f,
                              *first = &C->peer.frames[2 + 2 * i].f;

        cr_expect_eq(open->parent, C->peer.frames[0].f.session);
        cr_expect_eq(first->session, open->session);
        cr_expect_eq(first->body_bytes, i == 0 ? 1 : i + 2);
    }
    cr_expect_eq(gate_info()->waiting, 0);
}

Test(gates, what_waits_for_one_gate_is_bounded)
{
    wk_dest_set(&C->dest, NULL, true);
    gate_open(1);
    for (uint32_t i = 1; i <= WK_ROUTE_HELD_MAX + 2; i++)
        redirect(open_to(A, i, TO_STORE, 0, 0), 1);
    cr_expect_eq(A->peer.count, 2);
    cr_expect_eq(close_code(A, WK_ROUTE_HELD_MAX + 1), WK_EOVERLOADED);
    wk_dest_set(&C->dest, NULL,
                false); /* the host will not come: the gate session, and all of it */
    peers_settle(&loop);
    cr_expect_eq(close_code(B, 1), WK_EUNAVAILABLE);
    cr_expect_eq(close_code(A, 1), WK_EUNAVAILABLE);
    cr_expect_eq(routes(), 0);
}

Test(gates, a_session_waits_for_a_starting_storage_and_is_kept_there)
{
    wk_dest_set(&B->dest, NULL, true);
    open_to(A, 1, TO_STORE, 0, 0);
    data(A, 1, 0, 4);
    wk_dest_set(&B->dest, B->end, false);
    peers_settle(&loop);
    cr_assert_eq(B->peer.count, 1);
    gate_open(1);
    redirect(B->peer.frames[0].f.session, 1);
    cr_expect_eq(got(C, last_open(C).session), 1);
}

/* ---- the output gate ---- */

Test(gates, outputs_wait_until_the_writes_before_them_are_durable_and_leave_in_order)
{
    uint32_t gate = gate_open(1), first = event(1, 1), second = event(2, 1);

    data(C, first, 0, 1);
    cr_expect_eq(got(A, 1), 1, "nothing was written yet");
    writes(gate, 1);
    cr_expect_eq(got(B, 1), 1, "writes themselves do not wait");
    data(C, first, 0, 2);
    data(C, second, 0, 3);
    writes(gate, 2);
    data(C, second, 0, 4);
    data(C, first, 0, 5);
    cr_expect_eq(got(A, 1) + got(A, 2), 1);
    cr_expect_eq(gate_info()->seen, 2);
    cr_expect_eq(gate_info()->held_frames, 4);
    peer_forget(&A->peer);
    durable(1, 1);
    cr_assert_eq(A->peer.count, 2);
    cr_expect_eq(A->peer.frames[0].f.body_bytes, 2);
    cr_expect_eq(A->peer.frames[1].f.body_bytes, 3);
    durable(1, 2);
    cr_assert_eq(A->peer.count, 4);
    cr_expect_eq(A->peer.frames[2].f.body_bytes, 4);
    cr_expect_eq(A->peer.frames[3].f.body_bytes, 5);
    cr_expect_eq(gate_info()->held_frames + gate_info()->held_bytes, 0);
    data(C, first, 0, 6);
    cr_expect_eq(A->peer.count, 5);
}

Test(gates, the_host_hears_how_far_it_is_durable_and_unconfirmed_writes_hold_nothing)
{
    uint32_t gate = gate_open(1), s = event(1, 1);
    struct wk_frame f;

    writes(gate, 0);
    data(C, s, 0, 1);
    cr_expect_eq(got(A, 1), 1);
    durable(1, 40); /* more than was seen: the others were unconfirmed */
    cr_assert_eq(peer_got(&C->peer, WK_FRAME_GATE, gate, &f), 1);
    cr_expect_eq(f.stamp, 40);
    durable(1, 7); /* it never goes back */
    writes(gate, 30);
    data(C, s, 0, 2);
    cr_expect_eq(got(A, 1), 2);
    cr_expect_eq(gate_info()->advanced, 40);
}

Test(gates, stamps_on_outputs_are_ignored_and_do_not_get_out)
{
    uint32_t gate = gate_open(1), s = event(1, 1);
    struct wk_frame f;

    send_frame(C, (struct wk_frame){.kind = WK_FRAME_DATA, .session = s, .stamp = 99}, 1);
    peers_settle(&loop);
    cr_assert_eq(peer_got(&A->peer, WK_FRAME_DATA, 1, &f), 1);
    cr_expect_eq(f.stamp, 0);
    writes(gate, 5);
    send_frame(C, (struct wk_frame){.kind = WK_FRAME_DATA, .session = s, .stamp = 0}, 1);
    peers_settle(&loop);
    cr_expect_eq(got(A, 1), 1);
    cr_expect_eq(gate_info()->seen, 5);
}

Test(gates, credit_passes_a_closed_gate_and_the_other_direction_is_no_output)
{
    uint32_t gate = gate_open(1), s = event(1, 1);

    data(A, 1, WK_FLAG_RAW, 10);
    writes(gate, 1);
    send_frame(C, (struct wk_frame){.kind = WK_FRAME_CREDIT, .session = s, .arg = 10}, 0);
    data(A, 1, 0, 3);
    cr_expect_eq(peer_got(&A->peer, WK_FRAME_CREDIT, 1, NULL), 1);
    cr_expect_eq(got(C, s), 2);
}

Test(gates, one_gate_does_not_hold_back_another_or_a_session_of_none)
{
    uint32_t gate = gate_open(1), held = event(1, 1), other, plain;

    gate_open(2);
    other = event(2, 2);
    plain = open_to(A, 3, TO_HOST, 0, 0);
    cr_expect_eq(last_open(C).parent, 0);
    writes(gate, 1);
    data(C, held, 0, 1);
    data(C, other, 0, 1);
    data(C, plain, 0, 1);
    cr_expect_eq(got(A, 1), 0);
    cr_expect_eq(got(A, 2), 1);
    cr_expect_eq(got(A, 3), 1);
}

Test(gates, a_held_end_frees_the_number_at_once_and_is_told_in_its_turn)
{
    uint32_t gate = gate_open(1), s = event(1, 1), out;

    writes(gate, 1);
    data(C, s, WK_FLAG_LAST, 3);
    cr_expect_eq(ends_heard(A, 1), 0);
    data(C, s, 0, 1); /* it has no number any more */
    out = open_to(C, 5, TO_OTHER, gate, 0);
    cr_expect_eq(out, 0, "an OPEN is an output too");
    data(C, 5, WK_FLAG_LAST, 2);
    send_frame(C,
               (struct wk_frame){
                   .kind = WK_FRAME_OPEN, .session = 5, .handle = TO_OTHER, .parent = gate},
               1);
    peers_settle(&loop);
    cr_expect_eq(C->down, 0, "it may use its number again");
    data(C, 5, 0, 4);
    cr_expect_eq(D->peer.count, 0);
    durable(1, 1);
    cr_expect_eq(ends_heard(A, 1), 1);
    cr_assert_eq(D->peer.count, 4);
    cr_expect_eq(D->peer.frames[1].f.body_bytes, 2);
    cr_expect_eq(D->peer.frames[1].f.flags, WK_FLAG_LAST);
    cr_expect_eq(D->peer.frames[3].f.body_bytes, 4);
    cr_expect_eq(D->peer.frames[3].f.session, D->peer.frames[2].f.session);
    cr_expect_eq(ends_heard(C, 5) + ends_heard(C, s), 0, "it ended the one, the other lives");
    cr_expect_eq(routes(), 2);
}

Test(gates, the_other_side_may_end_a_session_whose_outputs_wait)
{
    uint32_t gate = gate_open(1), s = event(1, 1), t = event(2, 1);

    writes(gate, 1);
    data(C, s, 0, 1);
    data(C, t, 0, 1);
    data(C, s, WK_FLAG_LAST, 1);
    send_close(A, 1);
    cr_expect_eq(ends_heard(C, s), 0, "it had ended it already");
    send_close(A, 2);
    cr_expect_eq(ends_heard(C, t), 1);
    cr_expect_eq(routes(), 1);
    durable(1, 1);
    cr_expect_eq(got(A, 1) + got(A, 2), 0);
    cr_expect_eq(gate_info()->held_frames, 0);
}

Test(gates, an_open_that_was_taken_back_before_it_left_was_never_there)
{
    uint32_t gate = gate_open(1);

    writes(gate, 1);
    open_to(C, 5, TO_OTHER, gate, 0);
    data(C, 5, 0, 3);
    send_close(C, 5);
    cr_expect_eq(routes(), 1);
    durable(1, 1);
    cr_expect_eq(D->peer.count, 0);
    cr_expect_eq(gate_info()->held_frames, 0);
}

Test(gates, a_held_open_may_find_its_service_gone_or_starting)
{
    uint32_t gate = gate_open(1);

    writes(gate, 1);
    open_to(C, 5, TO_OTHER, gate, 0);
    open_to(C, 6, TO_OTHER, gate, 0);
    data(C, 6, 0, 7);
    wk_dest_set(&D->dest, NULL, true);
    durable(1, 1);
    wk_dest_set(&D->dest, D->end, false);
    peers_settle(&loop);
    cr_expect_eq(D->peer.count, 3);
    writes(gate, 2);
    open_to(C, 7, TO_OTHER, gate, 0);
    wk_dest_set(&D->dest, NULL, false);
    durable(1, 2);
    cr_expect_eq(close_code(C, 7), WK_EUNAVAILABLE);
}

Test(gates, what_waits_in_one_gate_is_bounded_and_costs_the_session_that_is_over_it)
{
    uint32_t gate = gate_open(1), s = event(1, 1), t = event(2, 1);

    writes(gate, 1);
    data(C, t, 0, 10);
    for (size_t i = 0; i <= WK_GATE_HELD_BYTES_MAX >> 20; i++)
        send_frame(C, (struct wk_frame){.kind = WK_FRAME_DATA, .session = s}, 1u << 20);
    peers_settle(&loop);
    cr_expect_eq(close_code(A, 1), WK_EOVERLOADED);
    cr_expect_eq(close_code(C, s), WK_EOVERLOADED);
    cr_expect_eq(ends_heard(A, 2) + ends_heard(B, 1) + ends_heard(C, gate), 0);
    cr_expect_leq(gate_info()->held_bytes, WK_GATE_HELD_BYTES_MAX);
    durable(1, 1);
    cr_expect_eq(got(A, 1), 0);
    cr_expect_eq(got(A, 2), 1);
    cr_expect_eq(gate_info()->held_bytes, 0);
}

Test(gates, what_waits_of_one_process_is_bounded)
{
    uint32_t gates[40], s[40], refused = 0;

    for (uint32_t i = 0; i < 40; i++) {
        gates[i] = gate_open(i + 1);
        s[i] = event(i + 1, i + 1);
        send_frame(C, (struct wk_frame){.kind = WK_FRAME_DATA, .session = gates[i], .stamp = 1},
                   9);
        send_frame(C, (struct wk_frame){.kind = WK_FRAME_DATA, .session = s[i]},
                   (WK_ROUTE_HELD_BYTES_PER_END_MAX >> 5) - 1000);
        peers_settle(&loop);
        refused += close_code(A, i + 1) == WK_EOVERLOADED;
    }
    cr_expect_eq(refused, 8, "%u", refused);
    cr_expect_eq(C->down, 0);
}

/* ---- who belongs to it ---- */

Test(gates, what_the_host_opens_for_the_gate_or_a_session_of_it_is_held_detached_or_not)
{
    uint32_t gate = gate_open(1), s = event(1, 1);

    writes(gate, 1);
    open_to(C, 5, TO_OTHER, gate, WK_FLAG_DETACHED);
    open_to(C, 6, TO_OTHER, s, 0);
    open_to(C, 7, TO_OTHER, s, WK_FLAG_DETACHED);
    open_to(C, 8, TO_OTHER, 6, 0); /* on behalf of one that waits itself */
    cr_expect_eq(D->peer.count, 0);
    cr_expect_neq(open_to(C, 9, TO_OTHER, 0, 0), 0, "another event of the same process");
    peer_forget(&D->peer);
    durable(1, 1);
    cr_expect_eq(D->peer.count, 4);
    for (size_t i = 0; i < D->peer.count; i++)
        cr_expect_eq(D->peer.frames[i].f.parent, 0, "the storage alone opens through a gate");
    writes(gate, 2);
    data(D, D->peer.frames[0].f.session, 0, 3);
    cr_expect_eq(got(C, 5), 1, "answers to the actor are no outputs");
    send_close(A, 1);
    cr_expect_eq(ends_heard(C, 6) + ends_heard(C, 8), 2, "the event's children end with it");
    cr_expect_eq(ends_heard(C, 5) + ends_heard(C, 7), 0);
}

Test(gates, what_an_actor_opens_for_a_session_that_just_ended_is_refused_detached_or_not)
{
    uint32_t gate = gate_open(1), s = event(1, 1), plain = open_to(A, 2, TO_HOST, 0, 0);

    open_to(C, 4, TO_OTHER, gate, 0);
    send_close(A, 1);
    send_close(A, 2);
    send_close(C, 4);
    writes(gate, 1);
    open_to(C, 5, TO_OTHER, s, WK_FLAG_DETACHED);
    open_to(C, 6, TO_OTHER, 4, WK_FLAG_DETACHED);
    cr_expect_eq(close_code(C, 5), WK_ECANCELED);
    cr_expect_eq(close_code(C, 6), WK_ECANCELED, "by the host's own number");
    cr_expect_neq(open_to(C, 7, TO_OTHER, plain, WK_FLAG_DETACHED), 0,
                  "one that is no actor's");
}

Test(gates, a_call_from_one_actor_to_another_waits_for_each_its_own)
{
    uint32_t gate1 = gate_open(1), gate2 = gate_open(2), from = event(1, 1), to;

    writes(gate1, 1);
    cr_expect_eq(open_to(C, 5, TO_STORE, from, 0), 0);
    durable(1, 1);
    redirect(last_open(B).session, 2);
    to = last_open(C).session;
    cr_assert_eq(last_open(C).parent, gate2);
    writes(gate1, 2);
    data(C, 5, 0, 3);
    cr_expect_eq(got(C, to), 0, "the caller's");
    data(C, to, 0, 4);
    cr_expect_eq(got(C, 5), 1, "the other has written nothing");
    durable(1, 2);
    cr_expect_eq(got(C, to), 1);
    writes(gate2, 1);
    data(C, to, WK_FLAG_LAST, 5);
    durable(1, 9);
    cr_expect_eq(ends_heard(C, 5), 0);
    durable(2, 1);
    cr_expect_eq(ends_heard(C, 5), 1);
}

/* So that nobody can ask in another actor's name. */
Test(gates, the_storage_is_told_which_of_its_gates_a_session_was_opened_for)
{
    uint32_t first = gate_open(1), second = gate_open(2), session = event(7, 2);

    open_to(A, 8, TO_STORE, 0, 0);
    cr_expect_eq(last_open(B).parent, 0);
    open_to(C, 21, TO_STORE, second, 0);
    cr_expect_eq(last_open(B).parent, 2);
    open_to(C, 22, TO_STORE, first, WK_FLAG_DETACHED);
    cr_expect_eq(last_open(B).parent, 1);
    open_to(C, 23, TO_STORE, session, 0);
    cr_expect_eq(last_open(B).parent, 2);
    open_to(C, 24, TO_STORE, 0, 0);
    cr_expect_eq(last_open(B).parent, 0);
    open_to(C, 25, TO_OTHER, first, 0);
    cr_expect_eq(last_open(D).parent, 0, "nobody else learns a number of the storage's");
}

Test(gates, an_actor_may_call_itself)
{
    uint32_t gate = gate_open(1), to;

    open_to(C, 5, TO_STORE, gate, 0);
    redirect(last_open(B).session, 1);
    to = last_open(C).session;
    cr_assert_eq(last_open(C).parent, gate);
    writes(gate, 1);
    data(C, 5, 0, 1);
    data(C, to, 0, 1);
    cr_expect_eq(got(C, to) + got(C, 5), 0);
    durable(1, 1);
    cr_expect_eq(got(C, to) + got(C, 5), 2);
    send_close(B, 1);
    cr_expect_eq(routes(), 0);
}

Test(gates, the_storage_opens_sessions_to_the_host_of_the_gate_wherever_the_service_is_now)
{
    uint32_t gate = gate_open(1), alarm;
    struct wk_frame open;

    wk_dest_set(&C->dest, D->end, false); /* another process took over */
    cr_expect_eq(open_to(B, 2, TO_HOST, 1, 0) | D->peer.count, last_open(C).session);
    open = last_open(C);
    alarm = open.session;
    cr_assert_eq(open.parent, gate);
    cr_expect_eq(open.handle, 102);
    writes(gate, 1);
    data(C, alarm, WK_FLAG_LAST, 1);
    cr_expect_eq(got(B, 2), 0);
    durable(1, 1);
    cr_expect_eq(got(B, 2), 1);
    open_to(B, 3, TO_OTHER, 1, 0); /* a target of somebody else's */
    cr_expect_eq(close_code(B, 3), WK_EDENIED);
    send_close(B, 1);
    open_to(B, 4, TO_HOST, 1, WK_FLAG_DETACHED);
    cr_expect_eq(close_code(B, 4), WK_ECANCELED,
                 "never to the host as if it were for no actor");
    cr_expect_eq(B->down, 0);
}

Test(gates, an_alarm_waits_with_its_gate)
{
    wk_dest_set(&C->dest, NULL, true);
    gate_open(1);
    open_to(B, 2, TO_HOST, 1, 0);
    redirect(open_to(A, 1, TO_STORE, 0, 0), 1);
    wk_dest_set(&C->dest, C->end, false);
    peers_settle(&loop);
    cr_assert_eq(C->peer.count, 3);
    cr_expect_eq(C->peer.frames[1].f.handle, 102);
    cr_expect_eq(C->peer.frames[2].f.handle, 101);
}

Test(gates, a_gate_within_a_gate_holds_its_own_and_ends_with_the_outer)
{
    uint32_t outer = gate_open(1), inner = open_to(B, 2, TO_HOST, 1, WK_FLAG_GATE), s;

    cr_assert_eq(last_open(C).parent, outer);
    cr_assert_eq(last_open(C).flags, WK_FLAG_GATE);
    s = event(1, 2);
    writes(outer, 1);
    writes(inner, 1);
    cr_expect_eq(got(B, 2), 1, "its writes do not wait for the outer's");
    data(C, s, 0, 1);
    cr_expect_eq(got(A, 1), 0);
    durable(2, 1);
    cr_expect_eq(got(A, 1), 1);
    send_close(B, 1);
    cr_expect_eq(ends_heard(C, inner) + ends_heard(B, 2) + ends_heard(A, 1), 3);
    cr_expect_eq(routes(), 0);
}
