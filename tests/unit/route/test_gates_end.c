/* Gate sessions, rule by rule: how they end, what nobody may, grants. */
#include "tests/unit/route/gates_fixture.h"

TestSuite(gates_end, .init = gates_setup, .fini = teardown, .timeout = 60);

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

Test(gates_end, everything_of_a_gate_ends_as_the_storage_ends_it)
{
    end_of_the_gate(B, 1, gate_open(1));
}

Test(gates_end, everything_of_a_gate_ends_as_the_host_ends_it)
{
    end_of_the_gate(C, 1, gate_open(1));
}

Test(gates_end, a_superseded_host_can_neither_answer_nor_write)
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

Test(gates_end, a_death_of_the_host_ends_all_of_its_gates_once)
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

Test(gates_end, a_death_of_the_storage_ends_its_gates_and_what_it_was_asked)
{
    uint32_t gate = gate_open(1), s = event(1, 1);

    open_to(A, 2, TO_STORE, 0, 0);
    peer_die(&B->peer);
    peers_settle(&loop);
    cr_expect_eq(ends_heard(A, 1) + ends_heard(A, 2) + ends_heard(C, gate) + ends_heard(C, s),
                 4);
    cr_expect_eq(routes(), 0);
}

Test(gates_end, a_client_that_does_not_read_costs_its_session_when_the_gate_opens)
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

Test(gates_end, a_process_at_its_limit_is_refused_the_next_session_and_keeps_its_link)
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

Test(gates_end, only_who_was_allowed_to_opens_gate_sessions)
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

Test(gates_end, a_granted_handle_leads_where_the_giver_s_did_and_lives_as_long_as_the_session)
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

Test(gates_end, who_has_no_handle_cannot_give_it)
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

Test(gates_end, grants_of_an_actor_are_outputs_and_those_to_it_follow_a_redirect)
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

Test(gates_end, grants_are_bounded)
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

Test(gates_end, what_is_done_for_an_actor_reaches_the_process_that_it_is_of)
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
