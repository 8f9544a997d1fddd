/* Gate sessions, redirects and grants, rule by rule. A is a client, B the storage, C the host
 * of actors, D another service. */
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

static void
gates_setup(void)
{
    setup();
    B->dest.redirects = true;
    wk_end_allow_gates(B->end);
}

TestSuite(gates, .init = gates_setup, .fini = teardown, .timeout = 60);

/* ---- what the tests say ---- */

static void
data(struct process *p, uint32_t session, uint8_t flags, size_t bytes)
{
    send_frame(p, (struct wk_frame){.kind = WK_FRAME_DATA, .session = session, .flags = flags},
               bytes);
    peers_settle(&loop);
}

/* The host's writes, numbered. */
static void
writes(uint32_t gate, uint64_t stamp)
{
    send_frame(C, (struct wk_frame){.kind = WK_FRAME_DATA, .session = gate, .stamp = stamp}, 9);
    peers_settle(&loop);
}

/* The storage says how far they are durable. */
static void
durable(uint32_t gate, uint64_t stamp)
{
    send_frame(B, (struct wk_frame){.kind = WK_FRAME_GATE, .session = gate, .stamp = stamp}, 0);
    peers_settle(&loop);
}

static void
redirect(uint32_t session, uint32_t gate)
{
    send_frame(
        B, (struct wk_frame){.kind = WK_FRAME_REDIRECT, .session = session, .parent = gate}, 0);
    peers_settle(&loop);
}

/* The last OPEN that p got; {0} if none. */
static struct wk_frame
last_open(const struct process *p)
{
    for (size_t i = p->peer.count; i-- > 0;)
        if (p->peer.frames[i].f.kind == WK_FRAME_OPEN)
            return p->peer.frames[i].f;
    return (struct wk_frame){0};
}

/* The storage opens gate session id; gives the host's number of it. */
static uint32_t
gate_open(uint32_t id)
{
    return open_to(B, id, TO_HOST, 0, WK_FLAG_GATE);
}

/* The client opens session id to an actor and the storage hands it on; gives the host's number
 * of it. */
static uint32_t
event(uint32_t id, uint32_t gate)
{
    redirect(open_to(A, id, TO_STORE, 0, 0), gate);
    return last_open(C).session;
}

/* How many DATA frames that side got. */
static size_t
got(const struct process *p, uint32_t session)
{
    return peer_got(&p->peer, WK_FRAME_DATA, session, NULL);
}

static struct wk_gate_info info;
static size_t info_count;

static void
note_gate(void *arg, const struct wk_gate_info *i)
{
    info = *i;
    info_count++;
}

/* What the kernel says of the oldest gate. */
static struct wk_gate_info *
gate_info(void)
{
    info = (struct wk_gate_info){0};
    info_count = 0;
    wk_gate_each(note_gate, NULL);
    return &info;
}

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

/* ---- how it ends ---- */

static void
close_with_error(struct process *p, uint32_t id, const char *text)
{
    Wk__Error error = WK__ERROR__INIT;
    WK_ENVELOPE(msg, ERROR, error, &error);
    struct wk_buf body = {0};

    error.message = (char *)(uintptr_t)text;
    wk_pack(&msg.base, &body);
    peer_send(&p->peer,
              (struct wk_frame){.kind = WK_FRAME_CLOSE, .session = id, .code = WK_EBROKEN},
              body.data, body.len);
    peers_settle(&loop);
    wk_buf_fini(&body);
}

static void
end_of_the_gate(struct process *by, uint32_t number_of_store, uint32_t number_of_host)
{
    uint32_t s = event(1, number_of_store), kept = open_to(A, 2, TO_STORE, 0, 0), out;
    struct wk_frame f = {0};

    out = open_to(C, 5, TO_OTHER, number_of_host, WK_FLAG_DETACHED);
    writes(number_of_host, 1);
    data(C, s, WK_FLAG_LAST, 10);
    open_to(C, 6, TO_OTHER, number_of_host, 0);
    close_with_error(by, by == B ? number_of_store : number_of_host, "it broke");
    cr_expect_eq(got(A, 1), 0, "what was held is dropped");
    cr_assert_eq(peer_got(&A->peer, WK_FRAME_CLOSE, 1, &f), 1);
    cr_expect_eq(f.code, WK_EBROKEN);
    cr_expect_neq(memmem(f.body, f.body_bytes, "it broke", 8), NULL);
    cr_expect_eq(ends_heard(C, s), 0, "it had said its last");
    cr_assert_eq(peer_got(&D->peer, WK_FRAME_CLOSE, out, &f), 1);
    cr_expect_eq(f.code, WK_EBROKEN);
    cr_expect_eq(ends_heard(C, 5), 1);
    cr_expect_eq(ends_heard(C, 6), 1);
    cr_expect_eq(D->peer.count, 2, "the OPEN that was held never left");
    cr_expect_eq(ends_heard(B, number_of_store), by != B);
    cr_expect_eq(ends_heard(C, number_of_host), by != C);
    cr_expect_eq(ends_heard(A, 2) + ends_heard(B, kept), 0, "it was not redirected yet");
    cr_expect_eq(routes(), 1);
}

Test(gates, everything_of_a_gate_ends_as_the_storage_ends_it)
{
    end_of_the_gate(B, 1, gate_open(1));
}

Test(gates, everything_of_a_gate_ends_as_the_host_ends_it)
{
    end_of_the_gate(C, 1, gate_open(1));
}

Test(gates, a_superseded_host_can_neither_answer_nor_write)
{
    uint32_t old = gate_open(1), s = event(1, 1), new;

    send_close(B, 1);
    new = gate_open(1 | 1u << WK_SESSION_INDEX_BITS);
    peer_forget(&A->peer);
    peer_forget(&B->peer);
    writes(old, 3);
    data(C, s, WK_FLAG_LAST, 3);
    open_to(C, 5, TO_OTHER, old, 0);
    cr_expect_eq(close_code(C, 5), WK_ECANCELED);
    cr_expect_eq(A->peer.count + B->peer.count + D->peer.count, 0);
    cr_expect_neq(old, new);
    cr_expect_eq(gate_info()->seen, 0);
}

Test(gates, a_death_of_the_host_ends_all_of_its_gates_once)
{
    uint32_t gate = gate_open(1), s = event(1, 1);

    event(2, 1);
    writes(gate, 1);
    data(C, s, WK_FLAG_LAST, 3);
    open_to(C, 5, TO_OTHER, gate, WK_FLAG_DETACHED);
    peer_die(&C->peer);
    peers_settle(&loop);
    cr_expect_eq(close_code(B, 1), WK_EUNAVAILABLE);
    cr_expect_eq(close_code(A, 1), WK_EUNAVAILABLE);
    cr_expect_eq(ends_heard(A, 1) + ends_heard(A, 2) + ends_heard(B, 1), 3);
    cr_expect_eq(got(A, 1) + D->peer.count, 0);
    cr_expect_eq(routes(), 0);
}

Test(gates, a_death_of_the_storage_ends_its_gates_and_what_it_was_asked)
{
    uint32_t gate = gate_open(1), s = event(1, 1);

    open_to(A, 2, TO_STORE, 0, 0);
    peer_die(&B->peer);
    peers_settle(&loop);
    cr_expect_eq(ends_heard(A, 1) + ends_heard(A, 2) + ends_heard(C, gate) + ends_heard(C, s),
                 4);
    cr_expect_eq(routes(), 0);
}

Test(gates, a_client_that_does_not_read_costs_its_session_when_the_gate_opens)
{
    uint32_t gate = gate_open(1), s = event(1, 1), t;
    struct process mute = {0};
    struct wk_link *near;
    int pair[2];

    cr_assert_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
    cr_assert_eq(wk_link_adopt(&loop, pair[0], &near), WK_OK);
    mute.end = wk_end_new(near, &process_events, &mute);
    wk_dest_set(&D->dest, mute.end, false);
    open_to(C, 5, TO_OTHER, gate, 0);
    for (int i = 0; i < 40 && ends_heard(C, 5) == 0; i++) {
        writes(gate, (uint64_t)i + 1);
        data(C, 5, 0, WK_FRAME_BODY_BYTES_MAX - 200);
        durable(1, (uint64_t)i + 1);
    }
    cr_expect_eq(close_code(C, 5), WK_EOVERLOADED);
    data(C, s, 0, 1);
    cr_expect_eq(got(A, 1), 1);
    cr_expect_neq(t = event(2, 1), 0);
    close(pair[1]);
    peers_settle(&loop);
}

/* ---- numbers and memory ---- */

Test(gates, a_process_at_its_limit_is_refused_the_next_session_and_keeps_its_link)
{
    for (uint32_t i = 1; i <= WK_ROUTE_SESSIONS_PER_END_MAX; i++) {
        send_frame(
            A, (struct wk_frame){.kind = WK_FRAME_OPEN, .session = i, .handle = TO_OTHER}, 0);
        if (i % 8192 == 0) {
            peers_settle(&loop);
            peer_forget(&D->peer);
        }
    }
    peers_settle(&loop);
    cr_expect_eq(wk_end_session_count(A->end), WK_ROUTE_SESSIONS_PER_END_MAX);
    cr_expect_eq(wk_end_session_count(D->end), WK_ROUTE_SESSIONS_PER_END_MAX);
    open_to(A, WK_ROUTE_SESSIONS_PER_END_MAX + 5, TO_HOST, 0, 0);
    cr_expect_eq(close_code(A, WK_ROUTE_SESSIONS_PER_END_MAX + 5), WK_EOVERLOADED);
    open_to(C, 1, TO_OTHER, 0, 0);
    cr_expect_eq(close_code(C, 1), WK_EOVERLOADED);
    cr_expect_eq(A->down + C->down + D->down, 0);
    send_close(A, 1);
    cr_expect_neq(open_to(A, 1, TO_HOST, 0, 0), 0);
}

/* ---- what nobody may ---- */

/* The i-th thing that costs the link of whoever says it; NULL: there are no more. */
static const char *
breach(int i, struct process **by)
{
    uint32_t gate = gate_open(1), s = event(1, 1), kept, plain = open_to(A, 3, TO_OTHER, 0, 0),
             answered;

    kept = open_to(A, 2, TO_STORE, 0, 0);
    answered = open_to(A, 4, TO_STORE, 0, 0);
    data(B, answered, 0, 1);
    open_to(B, 9, TO_OTHER, 0, 0);
    const struct {
        const char *what;
        struct process *by;
        struct wk_frame f;
    } all[] = {
        {"redirect of what was redirected to it",
         C,
         {.kind = WK_FRAME_REDIRECT, .session = s, .parent = 1}},
        {"redirect by a service that may not",
         D,
         {.kind = WK_FRAME_REDIRECT, .session = plain, .parent = 1}},
        {"redirect of what it opened",
         B,
         {.kind = WK_FRAME_REDIRECT, .session = 9, .parent = 1}},
        {"redirect of the gate session",
         B,
         {.kind = WK_FRAME_REDIRECT, .session = 1, .parent = 1}},
        {"redirect of the gate session by its acceptor",
         C,
         {.kind = WK_FRAME_REDIRECT, .session = gate, .parent = 1}},
        {"redirect through what is no gate",
         B,
         {.kind = WK_FRAME_REDIRECT, .session = kept, .parent = 9}},
        {"redirect through what was opened to it",
         B,
         {.kind = WK_FRAME_REDIRECT, .session = kept, .parent = kept}},
        {"redirect of what it has answered",
         B,
         {.kind = WK_FRAME_REDIRECT, .session = answered, .parent = 1}},
        {"redirect of what ended through what is no gate",
         B,
         {.kind = WK_FRAME_REDIRECT, .session = WK_SESSION_OF_KERNEL | 99, .parent = 9}},
        {"advance by the acceptor", C, {.kind = WK_FRAME_GATE, .session = gate, .stamp = 1}},
        {"advance of no gate", A, {.kind = WK_FRAME_GATE, .session = 3, .stamp = 1}},
        {"advance of a session opened to it",
         B,
         {.kind = WK_FRAME_GATE, .session = kept, .stamp = 1}},
        {"advance of an actor's session by its caller",
         A,
         {.kind = WK_FRAME_GATE, .session = 1, .stamp = 1}},
    };

    if (i >= (int)WK_COUNT(all))
        return NULL;
    *by = all[i].by;
    send_frame(all[i].by, all[i].f, 0);
    peers_settle(&loop);
    return all[i].what;
}

Test(gate_breach, costs_the_link_of_whoever_said_it_and_no_other, .timeout = 60)
{
    struct process *by;
    const char *what;
    int i = 0;

    do {
        gates_setup();
        if ((what = breach(i++, &by)) != NULL) {
            cr_expect_eq(by->down, 1, "%s", what);
            cr_expect_eq(by->why, WK_EPROTO, "%s: %s", what, wk_err_name(by->why));
            cr_expect_eq(A->down + B->down + C->down + D->down, 1, "%s", what);
        }
        teardown();
    } while (what != NULL);
}

Test(gates, only_who_was_allowed_to_opens_gate_sessions)
{
    open_to(A, 1, TO_HOST, 0, WK_FLAG_GATE);
    open_to(C, 1, TO_OTHER, 0, WK_FLAG_GATE);
    cr_expect_eq(close_code(A, 1), WK_EDENIED);
    cr_expect_eq(close_code(C, 1), WK_EDENIED);
    cr_expect_eq(A->down + C->down, 0);
    cr_expect_eq(routes(), 0);
    gate_info();
    cr_expect_eq(info_count, 0);
}

/* ---- grants ---- */

/* p gives the other side of its session a handle; gives what q was told for its number. */
static uint32_t
grant(struct process *p, uint32_t session, uint32_t handle, const struct process *q,
      uint32_t theirs)
{
    struct wk_frame f = {0};

    send_frame(
        p, (struct wk_frame){.kind = WK_FRAME_GRANT, .session = session, .handle = handle}, 0);
    peers_settle(&loop);
    peer_got(&q->peer, WK_FRAME_GRANT, theirs, &f);
    return f.handle;
}

Test(gates, a_granted_handle_leads_where_the_giver_s_did_and_lives_as_long_as_the_session)
{
    uint32_t to, given, back;

    wk_end_revoke_all(D->end);
    to = open_to(A, 1, TO_OTHER, 0, 0);
    given = grant(A, 1, TO_HOST, D, to);
    cr_assert_geq(given, WK_HANDLE_GRANTED);
    cr_expect_eq(peer_last(&D->peer)->stamp + peer_last(&D->peer)->arg, 0);
    send_frame(D, (struct wk_frame){.kind = WK_FRAME_OPEN, .session = 1, .handle = given}, 4);
    peers_settle(&loop);
    cr_expect_eq(last_open(C).handle, 102);
    back = grant(D, to, given, A, 1); /* handed on: to what it leads to */
    cr_assert_geq(back, WK_HANDLE_GRANTED);
    wk_end_revoke_all(D->end);
    send_frame(D, (struct wk_frame){.kind = WK_FRAME_OPEN, .session = 2, .handle = given}, 4);
    peers_settle(&loop);
    cr_expect_eq(ends_heard(D, 2), 0, "a new configuration leaves it");
    send_close(A, 1);
    send_frame(D, (struct wk_frame){.kind = WK_FRAME_OPEN, .session = 3, .handle = given}, 4);
    send_frame(A, (struct wk_frame){.kind = WK_FRAME_OPEN, .session = 3, .handle = back}, 4);
    peers_settle(&loop);
    cr_expect_eq(close_code(D, 3), WK_EDENIED);
    cr_expect_eq(close_code(A, 3), WK_EDENIED);
    cr_expect_eq(ends_heard(D, 1), 0, "what it opened goes on");
    to = open_to(A, 4, TO_OTHER, 0, 0);
    cr_expect_neq(grant(A, 4, TO_HOST, D, to), given, "the number is another's now");
    cr_expect_eq(A->down + D->down, 0);
}

Test(gates, who_has_no_handle_cannot_give_it)
{
    uint32_t to = open_to(A, 1, TO_OTHER, 0, 0);

    cr_expect_eq(grant(A, 1, 77, D, to), 0);
    cr_expect_eq(close_code(A, 1), WK_EDENIED);
    cr_expect_eq(ends_heard(D, to), 1);
    to = open_to(A, 2, TO_OTHER, 0, 0);
    cr_expect_eq(grant(A, 2, WK_HANDLE_GRANTED | 1, D, to), 0);
    cr_expect_eq(close_code(A, 2), WK_EDENIED);
    cr_expect_eq(A->down, 0);
}

Test(gates, grants_of_an_actor_are_outputs_and_those_to_it_follow_a_redirect)
{
    uint32_t gate = gate_open(1), at_store = open_to(A, 1, TO_STORE, 0, 0), at_host, given;
    struct wk_frame f;

    send_frame(A, (struct wk_frame){.kind = WK_FRAME_GRANT, .session = 1, .handle = TO_OTHER},
               0);
    peers_settle(&loop);
    wk_end_revoke_all(A->end); /* what it was is settled */
    redirect(at_store, 1);
    at_host = last_open(C).session;
    cr_assert_eq(peer_got(&C->peer, WK_FRAME_GRANT, at_host, &f), 1);
    given = f.handle;
    cr_expect_eq(peer_got(&B->peer, WK_FRAME_GRANT, at_store, NULL), 0);
    writes(gate, 1);
    send_frame(
        C, (struct wk_frame){.kind = WK_FRAME_GRANT, .session = at_host, .handle = given}, 0);
    peers_settle(&loop);
    cr_expect_eq(peer_got(&A->peer, WK_FRAME_GRANT, 1, NULL), 0);
    durable(1, 1);
    cr_assert_eq(peer_got(&A->peer, WK_FRAME_GRANT, 1, &f), 1);
    send_frame(A, (struct wk_frame){.kind = WK_FRAME_OPEN, .session = 2, .handle = f.handle},
               0);
    peers_settle(&loop);
    cr_expect_eq(last_open(D).handle, 103);
    cr_assert_neq(grant(B, 1, TO_OTHER, C, gate), 0); /* over a gate session */
    cr_assert_neq(grant(C, gate, TO_OTHER, B, 1), 0);
}

Test(gates, grants_are_bounded)
{
    uint32_t to = open_to(A, 1, TO_OTHER, 0, 0), more = open_to(A, 2, TO_OTHER, 0, 0);

    for (uint32_t i = 0; i < WK_HANDLES_PER_SESSION_MAX; i++)
        send_frame(
            A, (struct wk_frame){.kind = WK_FRAME_GRANT, .session = 1, .handle = TO_HOST}, 0);
    peers_settle(&loop);
    cr_expect_eq(peer_got(&D->peer, WK_FRAME_GRANT, to, NULL), WK_HANDLES_PER_SESSION_MAX);
    cr_expect_eq(ends_heard(A, 1), 0);
    cr_expect_neq(grant(A, 2, TO_HOST, D, more), 0);
    send_frame(A, (struct wk_frame){.kind = WK_FRAME_GRANT, .session = 1, .handle = TO_HOST},
               0);
    peers_settle(&loop);
    cr_expect_eq(close_code(A, 1), WK_EOVERLOADED);
    for (uint32_t i = 0; i < WK_HANDLES_PER_END_MAX; i++) {
        uint32_t session = 3 + i / WK_HANDLES_PER_SESSION_MAX;

        if (i % WK_HANDLES_PER_SESSION_MAX == 0)
            open_to(A, session, TO_OTHER, 0, 0);
        send_frame(
            A, (struct wk_frame){.kind = WK_FRAME_GRANT, .session = session, .handle = TO_HOST},
            0);
    }
    peers_settle(&loop);
    cr_expect_eq(ends_heard(A, 3 + WK_HANDLES_PER_END_MAX / WK_HANDLES_PER_SESSION_MAX - 1), 1,
                 "that was one too many");
    cr_expect_eq(ends_heard(A, 3), 0);
    cr_expect_eq(A->down + D->down, 0);
}

/* ---- a storage that goes ---- */

Test(gates, what_is_done_for_an_actor_reaches_the_process_that_it_is_of)
{
    uint32_t gate = gate_open(1), s = event(1, 1), other;

    wk_dest_set(&B->dest, NULL, true); /* it drains, the next one starts */
    cr_expect_neq(open_to(C, 8, TO_STORE, gate, 0), 0);
    cr_expect_neq(open_to(C, 10, TO_STORE, s, 0), 0);
    other = open_to(C, 12, TO_OTHER, s, 0);
    cr_expect_neq(open_to(D, 14, TO_STORE, other, 0), 0);
    cr_expect_eq(open_to(A, 16, TO_STORE, 0, 0), 0); /* for nobody: it waits */
    cr_expect_eq(open_to(D, 18, TO_STORE, 0, 0), 0);
    wk_dest_set(&B->dest, B->end, false);
    peers_settle(&loop);
    cr_expect_eq(last_open(B).handle, 100 + TO_STORE);
}
