#include "tests/unit/route/fixture.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include "kernel/ipc/codec.h"

TestSuite(route, .init = setup, .fini = teardown, .timeout = 60);

/* ---- grants and numbers ---- */

Test(route, an_open_arrives_with_the_target_of_the_handle_and_a_number_of_the_kernel)
{
    uint32_t id = open_to(A, 1, 1, 0, WK_FLAG_END);
    struct wk_frame f;

    cr_assert_eq(peer_got(&B->peer, WK_FRAME_OPEN, id, &f), 1);
    cr_expect(id & WK_SESSION_OF_KERNEL);
    cr_expect_eq(f.handle, 101);
    cr_expect_eq(f.flags, WK_FLAG_END);
    cr_expect_eq(f.parent, 0);
}

Test(route, no_handle_no_session)
{
    send_frame(A, (struct wk_frame){.kind = WK_FRAME_OPEN, .session = 1, .handle = PROCESSES}, 0);
    send_frame(A, (struct wk_frame){.kind = WK_FRAME_OPEN, .session = 2, .handle = 0xffffffffu}, 0);
    peers_settle(&loop);
    cr_expect_eq(close_code(A, 1), WK_EDENIED);
    cr_expect_eq(close_code(A, 2), WK_EDENIED);
    wk_end_revoke_all(A->end);
    cr_expect_eq(open_to(A, 3, 1, 0, 0), 0);
    cr_expect_eq(close_code(A, 3), WK_EDENIED);
    cr_expect_eq(A->down, 0);
}

Test(route, numbers_that_name_no_session_of_the_link_are_ignored)
{
    uint32_t theirs = open_to(A, 1, 1, 0, 0);

    /* C knows the numbers of A and B, and guesses others */
    const uint32_t guesses[] = {1, theirs, 2, WK_SESSION_OF_KERNEL, 0x7fffffff, 0xffffffff, theirs ^ 1u << WK_SESSION_INDEX_BITS};

    peer_forget(&A->peer);
    peer_forget(&B->peer);
    for (size_t i = 0; i < WK_COUNT(guesses); i++) {
        send_frame(C, (struct wk_frame){.kind = WK_FRAME_DATA, .session = guesses[i]}, 10);
        send_frame(C, (struct wk_frame){.kind = WK_FRAME_CREDIT, .session = guesses[i], .arg = 1}, 0);
        send_frame(C, (struct wk_frame){.kind = WK_FRAME_CLOSE, .session = guesses[i]}, 0);
    }
    peers_settle(&loop);
    cr_expect_eq(A->peer.count + B->peer.count, 0);
    cr_expect_eq(C->down, 0);
    cr_expect_eq(routes(), 1);
}

Test(route, a_number_of_an_ended_session_finds_nobody_even_when_its_index_is_used_again)
{
    uint32_t old = open_to(A, 1, 1, 0, 0), new;

    send_close(A, 1);
    new = open_to(A, 1 | 1u << WK_SESSION_INDEX_BITS, 1, 0, 0);
    cr_assert_eq(old & WK_SESSION_INDEX_MASK, new & WK_SESSION_INDEX_MASK);
    cr_assert_neq(old, new);
    peer_forget(&A->peer);
    send_frame(B, (struct wk_frame){.kind = WK_FRAME_DATA, .session = old, .flags = WK_FLAG_LAST}, 5);
    send_frame(A, (struct wk_frame){.kind = WK_FRAME_CLOSE, .session = 1}, 0);
    peers_settle(&loop);
    cr_expect_eq(A->peer.count, 0);
    cr_expect_eq(routes(), 1);
}

Test(route, a_number_taken_twice_or_not_its_to_choose_costs_the_link)
{
    uint32_t id = open_to(A, 1, 1, 0, 0);

    send_frame(A, (struct wk_frame){.kind = WK_FRAME_OPEN, .session = 1, .handle = 1}, 0);
    send_frame(B, (struct wk_frame){.kind = WK_FRAME_OPEN, .session = WK_SESSION_OF_KERNEL | 5, .handle = 2}, 0);
    send_frame(C, (struct wk_frame){.kind = WK_FRAME_OPEN, .session = 1u << WK_SESSION_INDEX_BITS, .handle = 1}, 0);
    peers_settle(&loop);
    cr_expect_eq(A->why, WK_EPROTO);
    cr_expect_eq(B->why, WK_EPROTO);
    cr_expect_eq(C->why, WK_EPROTO);
    cr_expect_eq(procs[3].down, 0);
    cr_expect_leq(ends_heard(B, id), 1);
}

Test(route, data_goes_both_ways_in_order_and_LAST_ends_both_sides_silently)
{
    uint32_t id = open_to(A, 1, 1, 0, 0);

    for (uint32_t i = 0; i < 10; i++) {
        send_frame(A, (struct wk_frame){.kind = WK_FRAME_DATA, .session = 1, .flags = WK_FLAG_RAW, .arg = i}, i);
        send_frame(B, (struct wk_frame){.kind = WK_FRAME_DATA, .session = id, .stamp = i}, i);
    }
    peers_settle(&loop);
    cr_expect_eq(peer_got(&B->peer, WK_FRAME_DATA, id, NULL), 10);
    cr_expect_eq(peer_got(&A->peer, WK_FRAME_DATA, 1, NULL), 10);
    for (uint32_t i = 0; i < 10; i++)
        cr_expect_eq(B->peer.frames[B->peer.count - 10 + i].f.body_bytes, i);
    send_frame(B, (struct wk_frame){.kind = WK_FRAME_DATA, .session = id, .flags = WK_FLAG_LAST}, 0);
    peers_settle(&loop);
    cr_expect_eq(ends_heard(A, 1), 1);
    cr_expect_eq(ends_heard(B, id), 0);
    cr_expect_eq(routes(), 0);
}

/* ---- the tree ---- */

Test(route, an_end_reaches_what_was_opened_on_its_behalf_but_not_what_was_detached)
{
    uint32_t ab = open_to(A, 1, 1, 0, 0);          /* A -> B */
    uint32_t bc = open_to(B, 1, 2, ab, 0);         /* B -> C for it */
    uint32_t cd = open_to(C, 1, 3, bc, 0);         /* C -> D for that */
    uint32_t kept = open_to(B, 2, 2, ab, WK_FLAG_DETACHED);

    send_close(A, 1);
    cr_expect_eq(ends_heard(B, ab), 1);
    cr_expect_eq(ends_heard(B, 1), 1);
    cr_expect_eq(ends_heard(C, bc), 1);
    cr_expect_eq(ends_heard(C, 1), 1);
    cr_expect_eq(ends_heard(&procs[3], cd), 1);
    cr_expect_eq(close_code(&procs[3], cd), WK_ECANCELED);
    cr_expect_eq(ends_heard(C, kept), 0);
    cr_expect_eq(routes(), 1);
}

Test(route, a_session_for_one_that_just_ended_is_canceled_at_once)
{
    uint32_t ab = open_to(A, 1, 1, 0, 0);

    send_close(A, 1);
    cr_expect_eq(open_to(B, 1, 2, ab, 0), 0);
    cr_expect_eq(close_code(B, 1), WK_ECANCELED);
    cr_expect_neq(open_to(B, 2, 2, ab, WK_FLAG_DETACHED), 0);
}

Test(route, a_child_s_end_leaves_the_parent_and_its_sisters)
{
    uint32_t ab = open_to(A, 1, 1, 0, 0);

    open_to(B, 1, 2, ab, 0);
    open_to(B, 2, 2, ab, 0);
    open_to(B, 3, 2, ab, 0);
    send_close(B, 2);
    cr_expect_eq(ends_heard(A, 1), 0);
    cr_expect_eq(ends_heard(B, 1) + ends_heard(B, 3), 0);
    cr_expect_eq(routes(), 3);
}

Test(route, depth_is_bounded)
{
    uint32_t parent = 0, id = 1;

    for (; id <= WK_ROUTE_DEPTH_MAX + 1; id++)
        cr_assert_neq(parent = open_to(A, id, 0, parent, 0), 0, "depth %u", id);
    cr_expect_eq(open_to(A, id, 0, parent, 0), 0);
    cr_expect_eq(close_code(A, id), WK_ELIMIT);
    cr_expect_eq(A->down, 0);
}

/* ---- services that come and go ---- */

Test(route, what_waits_for_a_starting_service_is_delivered_in_order)
{
    wk_dest_set(&B->dest, NULL, true);
    for (uint32_t i = 1; i <= 5; i++) {
        cr_expect_eq(open_to(A, i, 1, 0, 0), 0);
        send_frame(A, (struct wk_frame){.kind = WK_FRAME_DATA, .session = i, .flags = WK_FLAG_RAW}, 100 + i);
    }
    peers_settle(&loop);
    send_close(A, 2); /* gave up waiting */
    cr_expect_eq(B->peer.count, 0);
    wk_dest_set(&B->dest, B->end, false);
    peers_settle(&loop);
    cr_assert_eq(B->peer.count, 8);
    for (uint32_t i = 0; i < 4; i++) {
        const struct wk_frame *open = &B->peer.frames[2 * i].f, *data = open + sizeof(struct peer_frame) / sizeof(*open);

        cr_expect_eq(open->kind, WK_FRAME_OPEN);
        cr_expect_eq(open->handle, 101);
        cr_expect_eq(data->session, open->session);
        cr_expect_eq(data->body_bytes, 101 + i + (i > 0));
    }
}

Test(route, what_waits_is_bounded_and_the_rest_is_refused)
{
    wk_dest_set(&B->dest, NULL, true);
    for (uint32_t i = 1; i <= WK_ROUTE_HELD_MAX + 3; i++)
        send_frame(A, (struct wk_frame){.kind = WK_FRAME_OPEN, .session = i, .handle = 1}, 0);
    peers_settle(&loop);
    cr_expect_eq(A->peer.count, 3);
    cr_expect_eq(close_code(A, WK_ROUTE_HELD_MAX + 1), WK_EOVERLOADED);
    cr_expect_eq(B->dest.refused, 3);
    peer_forget(&A->peer);
    for (int i = 0; i < 20; i++) /* messages are bounded too */
        send_frame(A, (struct wk_frame){.kind = WK_FRAME_DATA, .session = 1}, 100000);
    peers_settle(&loop);
    cr_expect_eq(close_code(A, 1), WK_EOVERLOADED);
    cr_expect_eq(A->down, 0);
    wk_dest_set(&B->dest, NULL, false);
    peers_settle(&loop);
    cr_expect_eq(A->peer.count, WK_ROUTE_HELD_MAX);
    cr_expect_eq(close_code(A, 2), WK_EUNAVAILABLE);
}

Test(route, LAST_to_a_waiting_session_ends_it_and_frees_its_number)
{
    wk_dest_set(&B->dest, NULL, true);
    open_to(A, 1, 1, 0, 0);
    send_frame(A, (struct wk_frame){.kind = WK_FRAME_DATA, .session = 1, .flags = WK_FLAG_LAST}, 0);
    peers_settle(&loop);
    cr_expect_eq(routes(), 0);
    cr_expect_eq(ends_heard(A, 1), 0);
    open_to(A, 1, 1, 0, 0);
    cr_expect_eq(A->down, 0);
    wk_dest_set(&B->dest, B->end, false);
    peers_settle(&loop);
    cr_expect_eq(B->peer.count, 1);
}

Test(route, an_open_to_a_service_that_is_down_is_refused)
{
    wk_dest_set(&B->dest, NULL, false);
    open_to(A, 1, 1, 0, 0);
    cr_expect_eq(close_code(A, 1), WK_EUNAVAILABLE);
    cr_expect_eq(routes(), 0);
}

static void
start_on_demand(void *arg)
{
    ((struct wk_dest *)arg)->starting = true;
}

Test(route, an_open_may_start_its_service)
{
    wk_dest_set(&B->dest, NULL, false);
    B->dest.on_demand = start_on_demand;
    B->dest.arg = &B->dest;
    open_to(A, 1, 1, 0, 0);
    cr_expect_eq(A->peer.count, 0);
    wk_dest_set(&B->dest, B->end, false);
    peers_settle(&loop);
    cr_expect_eq(B->peer.count, 1);
}

Test(route, a_death_ends_each_session_once_on_the_side_that_lives)
{
    uint32_t out = open_to(A, 1, 1, 0, 0);  /* A -> B */
    uint32_t in = open_to(C, 1, 1, 0, 0);   /* C -> B */
    uint32_t third = open_to(B, 1, 3, out, 0);

    peer_die(&B->peer);
    peers_settle(&loop);
    cr_expect_eq(B->down, 1);
    cr_expect_eq(ends_heard(A, 1), 1);
    cr_expect_eq(close_code(A, 1), WK_EUNAVAILABLE);
    cr_expect_eq(ends_heard(C, 1), 1);
    cr_expect_eq(ends_heard(&procs[3], third), 1);
    cr_expect_eq(routes(), 0);
    cr_expect_neq(in, 0);
}

/* ---- windows ---- */

Test(route, more_than_the_window_costs_the_offender_its_link_and_nobody_else)
{
    uint32_t id = open_to(A, 1, 1, 0, 0);
    uint32_t other = open_to(C, 1, 1, 0, 0);

    send_frame(A, (struct wk_frame){.kind = WK_FRAME_DATA, .session = 1, .flags = WK_FLAG_RAW}, WK_SESSION_WINDOW_BYTES);
    peers_settle(&loop);
    cr_expect_eq(A->down, 0);
    send_frame(B, (struct wk_frame){.kind = WK_FRAME_CREDIT, .session = id, .arg = 10}, 0);
    peers_settle(&loop);
    send_frame(A, (struct wk_frame){.kind = WK_FRAME_DATA, .session = 1, .flags = WK_FLAG_RAW}, 10);
    peers_settle(&loop);
    cr_expect_eq(A->down, 0);
    send_frame(A, (struct wk_frame){.kind = WK_FRAME_DATA, .session = 1, .flags = WK_FLAG_RAW}, 1);
    peers_settle(&loop);
    cr_expect_eq(A->down, 1);
    cr_expect_eq(A->why, WK_EPROTO);
    cr_expect_eq(ends_heard(B, id), 1);
    cr_expect_eq(ends_heard(B, other), 0);
    cr_expect_eq(B->down + C->down, 0);
}

Test(route, credit_for_what_was_never_sent_costs_the_link)
{
    uint32_t id = open_to(A, 1, 1, 0, 0);

    send_frame(A, (struct wk_frame){.kind = WK_FRAME_DATA, .session = 1, .flags = WK_FLAG_RAW}, 10);
    peers_settle(&loop);
    send_frame(B, (struct wk_frame){.kind = WK_FRAME_CREDIT, .session = id, .arg = 11}, 0);
    peers_settle(&loop);
    cr_expect_eq(B->down, 1);
    cr_expect_eq(A->down, 0);
    cr_expect_eq(ends_heard(A, 1), 1);
}

Test(route, a_receiver_that_does_not_read_keeps_its_link_and_costs_the_sender_its_session)
{
    struct process mute = {0};
    struct wk_link *near;
    int pair[2], sent = 0;

    cr_assert_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
    cr_assert_eq(wk_link_adopt(&loop, pair[0], &near), WK_OK);
    mute.end = wk_end_new(near, &process_events, &mute);
    wk_dest_set(&B->dest, mute.end, false);
    open_to(A, 1, 1, 0, 0);
    open_to(C, 1, 1, 0, 0);
    while (ends_heard(A, 1) == 0 && sent++ < 100) {
        send_frame(A, (struct wk_frame){.kind = WK_FRAME_DATA, .session = 1}, WK_FRAME_BODY_BYTES_MAX);
        peers_settle(&loop);
    }
    cr_expect_eq(close_code(A, 1), WK_EOVERLOADED);
    cr_expect_eq(sent, WK_ROUTE_UNSENT_BYTES_MAX / WK_FRAME_BODY_BYTES_MAX + 1);
    cr_expect_eq(mute.down, 0);
    cr_expect_eq(ends_heard(C, 1), 0);
    open_to(C, 2, 1, 0, 0); /* an empty one still finds room */
    cr_expect_eq(ends_heard(C, 2), 0);
    close(pair[1]);
    peers_settle(&loop);
    cr_expect_eq(mute.down, 1);
    cr_expect_eq(ends_heard(C, 1), 1);
}

static wk_err
say_after_end(struct wk_frame f, size_t bytes)
{
    uint32_t id = open_to(A, 1, 1, 0, 0);
    wk_err why;

    send_frame(A, (struct wk_frame){.kind = WK_FRAME_DATA, .session = 1, .flags = WK_FLAG_RAW | WK_FLAG_END}, 3);
    send_frame(B, (struct wk_frame){.kind = WK_FRAME_DATA, .session = id}, 3); /* the other direction goes on */
    f.session = 1;
    send_frame(A, f, bytes);
    peers_settle(&loop);
    why = A->why;
    cr_expect_eq(B->down, 0);
    return why;
}

Test(route, credit_and_an_end_may_follow_END)
{
    cr_expect_eq(say_after_end((struct wk_frame){.kind = WK_FRAME_CREDIT}, 0), WK_OK);
    send_close(A, 1);
    cr_expect_eq(say_after_end((struct wk_frame){.kind = WK_FRAME_DATA, .flags = WK_FLAG_LAST}, 0), WK_OK);
    cr_expect_eq(say_after_end((struct wk_frame){.kind = WK_FRAME_DATA, .flags = WK_FLAG_LAST | WK_FLAG_RAW | WK_FLAG_END}, 0), WK_OK);
    cr_expect_eq(say_after_end((struct wk_frame){.kind = WK_FRAME_CLOSE, .code = WK_ECANCELED}, 5), WK_OK);
    cr_expect_eq(A->down, 0);
    cr_expect_eq(routes(), 0);
}

Test(route, a_message_after_END_costs_the_link)
{
    cr_expect_eq(say_after_end((struct wk_frame){.kind = WK_FRAME_DATA}, 1), WK_EPROTO);
}

Test(route, a_last_message_after_END_costs_the_link)
{
    cr_expect_eq(say_after_end((struct wk_frame){.kind = WK_FRAME_DATA, .flags = WK_FLAG_LAST}, 1), WK_EPROTO);
}

Test(route, raw_bytes_after_END_of_an_open_cost_the_link)
{
    open_to(A, 1, 1, 0, WK_FLAG_END);
    send_frame(A, (struct wk_frame){.kind = WK_FRAME_DATA, .session = 1, .flags = WK_FLAG_RAW}, 1);
    peers_settle(&loop);
    cr_expect_eq(A->why, WK_EPROTO);
}

/* ---- frames that are none ---- */

Test(route, garbage_costs_the_link_and_nobody_else)
{
    uint8_t junk[64];
    uint32_t id = open_to(A, 1, 1, 0, 0);

    memset(junk, 0xee, sizeof(junk));
    peer_raw(&A->peer, junk, sizeof(junk));
    memset(junk, 0, sizeof(junk));
    peer_raw(&C->peer, junk, sizeof(junk));
    peers_settle(&loop);
    cr_expect_eq(A->why, WK_ELIMIT);
    cr_expect_eq(C->why, WK_EPROTO);
    cr_expect_eq(B->down, 0);
    cr_expect_eq(ends_heard(B, id), 1);
}

Test(route, a_malformed_message_to_the_kernel_costs_the_link)
{
    peer_send(&A->peer, (struct wk_frame){.kind = WK_FRAME_DATA}, "\xff\xff\xff", 3);
    send_frame(B, (struct wk_frame){.kind = WK_FRAME_CLOSE}, 0);
    open_to(C, 1, 3, 0, 0);
    send_frame(C, (struct wk_frame){.kind = WK_FRAME_REDIRECT, .session = 1, .handle = 1}, 0);
    peers_settle(&loop);
    cr_expect_eq(A->why, WK_EPROTO);
    cr_expect_eq(B->why, WK_EPROTO);
    cr_expect_eq(C->why, WK_EPROTO);
}

/* ---- ends inside the kernel ---- */

struct local {
    unsigned messages, writable, closed;
    wk_err code;
    char text[64];
};

static void
local_message(void *arg, struct wk_route *r, const Wk__Envelope *msg, uint8_t flags)
{
    ((struct local *)arg)->messages++;
}

static void
local_writable(void *arg, struct wk_route *r)
{
    ((struct local *)arg)->writable++;
}

static void
local_closed(void *arg, struct wk_route *r, wk_err code, const Wk__Error *error)
{
    struct local *l = arg;

    l->closed++;
    l->code = code;
    snprintf(l->text, sizeof(l->text), "%s", error != NULL ? error->message : "");
}

static const struct wk_local local_events = {local_message, local_writable, local_closed};

static struct wk_route *
open_local(struct wk_dest *dest, struct local *l)
{
    Wk__Ping ping = WK__PING__INIT;
    WK_ENVELOPE(msg, PING, ping, &ping);

    *l = (struct local){0};
    return wk_route_open_local(dest, NULL, 7, &msg, 0, &local_events, l);
}

Test(local, every_way_of_being_refused_is_told_once, .init = setup, .fini = teardown)
{
    struct local waits, refused, full;

    wk_dest_set(&B->dest, NULL, false);
    cr_expect_null(open_local(&B->dest, &refused));
    cr_expect_eq(refused.closed, 1);
    wk_dest_set(&B->dest, NULL, true);
    cr_expect_not_null(open_local(&B->dest, &waits));
    for (uint32_t i = 1; i < WK_ROUTE_HELD_MAX; i++)
        send_frame(A, (struct wk_frame){.kind = WK_FRAME_OPEN, .session = i, .handle = 1}, 0);
    peers_settle(&loop);
    cr_expect_null(open_local(&B->dest, &full));
    cr_expect_eq(full.closed, 1);
    cr_expect_eq(full.code, WK_EOVERLOADED);
    cr_expect_eq(waits.closed, 0);
    wk_dest_set(&B->dest, NULL, false);
    cr_expect_eq(waits.closed, 1);
    cr_expect_eq(waits.code, WK_EUNAVAILABLE);
}

Test(local, a_malformed_answer_ends_the_route_for_both, .init = setup, .fini = teardown)
{
    struct local l;
    uint32_t id;

    cr_assert_not_null(open_local(&B->dest, &l));
    peers_settle(&loop);
    id = peer_last(&B->peer)->session;
    peer_send(&B->peer, (struct wk_frame){.kind = WK_FRAME_DATA, .session = id}, "\xff\xff", 2);
    peers_settle(&loop);
    cr_expect_eq(l.closed, 1);
    cr_expect_eq(l.code, WK_EPROTO);
    cr_expect_eq(ends_heard(B, id), 1);
    cr_expect_eq(B->down, 0);
}

Test(local, an_answer_larger_than_a_frame_ends_the_route, .init = setup, .fini = teardown)
{
    Wk__CtlReply reply = WK__CTL_REPLY__INIT;
    WK_ENVELOPE(msg, CTL_REPLY, ctl_reply, &reply);
    struct wk_route *r;
    struct local l;

    reply.json = wk_xmalloc(WK_FRAME_BODY_BYTES_MAX + 1);
    memset(reply.json, 'x', WK_FRAME_BODY_BYTES_MAX);
    reply.json[WK_FRAME_BODY_BYTES_MAX] = '\0';
    cr_assert_not_null(r = open_local(&B->dest, &l));
    wk_route_send(r, &msg, 0);
    cr_expect_eq(l.closed, 1);
    cr_expect_eq(l.code, WK_ELIMIT);
    free(reply.json);
}

Test(local, writes_are_held_to_the_window_and_told_when_it_grows, .init = setup, .fini = teardown)
{
    static uint8_t data[2 * WK_SESSION_WINDOW_BYTES];
    struct local l;
    struct wk_route *r = open_local(&B->dest, &l);

    cr_expect_eq(wk_route_write(r, data, sizeof(data), WK_FLAG_END), WK_SESSION_WINDOW_BYTES);
    cr_expect_eq(wk_route_write(r, data, 10, 0), 0);
    peers_settle(&loop);
    send_frame(B, (struct wk_frame){.kind = WK_FRAME_CREDIT, .session = B->peer.frames[0].f.session, .arg = 4}, 0);
    peers_settle(&loop);
    cr_expect_eq(l.writable, 1);
    cr_expect_eq(wk_route_write(r, data, 10, 0), 4);
    wk_route_close(r, WK_OK, NULL);
    cr_expect_eq(l.closed, 0);
    peers_settle(&loop);
    cr_expect_eq(close_code(B, B->peer.frames[0].f.session), WK_OK);
}
