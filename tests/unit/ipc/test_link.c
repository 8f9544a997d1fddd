#include "kernel/ipc/link.h"

#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include "tests/support/peers.h"

/* Every test runs over both carriers. */
enum carrier { SOCKET_PAIR, NNG_IPC };

static uv_loop_t loop;
static struct peer a, b;
static struct wk_link_listener *listener;
static unsigned accepted;
static char url[64];

static void
on_link(void *arg, struct wk_link *link)
{
    accepted++;
    peer_take(&b, link);
}

static void
open_pair(enum carrier carrier)
{
    struct wk_link *near;

    uv_loop_init(&loop);
    if (carrier == SOCKET_PAIR) {
        peer_open(&b, &loop, &near);
    } else {
        snprintf(url, sizeof(url), "ipc:///tmp/wk-test-link-%d", (int)getpid());
        cr_assert_eq(wk_link_listen(&loop, url, on_link, NULL, &listener), WK_OK);
        cr_assert_eq(wk_link_dial_nng(&loop, url, 5000, &near), WK_OK);
        cr_assert(peers_await(&loop, &accepted));
    }
    peer_take(&a, near);
}

/* Ends everything; under the sanitizers this is where a leak is seen. */
static void
close_pair(void)
{
    peer_fini(&a);
    peer_fini(&b);
    cr_assert(peers_await(&loop, &a.closed));
    cr_assert(peers_await(&loop, &b.closed));
    wk_link_listener_close(listener);
    cr_expect(peers_loop_end(&loop), "the loop still holds something");
    if (listener != NULL)
        unlink(url + strlen("ipc://"));
}

static void
await_frames(struct peer *p, size_t count)
{
    uint64_t until = wk_now_ms() + 10000;

    while (p->count < count && p->closed == 0 && wk_now_ms() < until) {
        uv_run(&loop, UV_RUN_NOWAIT);
        usleep(100);
    }
    cr_assert_eq(p->count, count);
}

#define BOTH(name)                                                                                 \
    static void name##_over(enum carrier carrier);                                                 \
    Test(link, name##_over_a_socket_pair, .timeout = 30) { name##_over(SOCKET_PAIR); }             \
    Test(link, name##_over_nng, .timeout = 30) { name##_over(NNG_IPC); }                           \
    static void name##_over(enum carrier carrier)

BOTH(frames_arrive_whole_and_in_order)
{
    static uint8_t body[300000];
    size_t total = 0;

    open_pair(carrier);
    for (uint32_t i = 0; i < 300; i++) {
        size_t bytes = (i * 7919u) % sizeof(body);

        memset(body, (int)i, bytes);
        peer_send(&a, (struct wk_frame){.kind = WK_FRAME_DATA, .session = i + 1}, body, bytes);
        peer_send(&b, (struct wk_frame){.kind = WK_FRAME_DATA, .session = i + 1}, NULL, 0);
        total += bytes;
    }
    await_frames(&b, 300);
    await_frames(&a, 300);
    for (uint32_t i = 0; i < 300; i++) {
        const struct wk_frame *f = &b.frames[i].f;

        cr_assert_eq(f->session, i + 1);
        cr_assert_eq(f->body_bytes, (i * 7919u) % sizeof(body));
        if (f->body_bytes > 0)
            cr_expect(f->body[0] == (uint8_t)i && f->body[f->body_bytes - 1] == (uint8_t)i);
        cr_expect_eq(a.frames[i].f.session, i + 1);
    }
    close_pair();
}

static void
send_later(struct peer *p, uint32_t session)
{
    peer_send(p, (struct wk_frame){.kind = WK_FRAME_DATA, .session = session, .later = true}, "line", 4);
}

BOTH(what_may_be_later_waits_for_company_and_keeps_its_place)
{
    open_pair(carrier);
    send_later(&a, 1);
    send_later(&a, 2);
    wk_link_flush(a.link);
    cr_expect_eq(wk_link_unsent_bytes(a.link), 2 * (WK_FRAME_HEAD_BYTES + 4));
    peer_send(&a, (struct wk_frame){.kind = WK_FRAME_DATA, .session = 3}, NULL, 0);
    wk_link_flush(a.link);
    if (carrier == SOCKET_PAIR)
        cr_expect_eq(wk_link_unsent_bytes(a.link), 0);
    await_frames(&b, 3);
    for (uint32_t i = 0; i < 3; i++)
        cr_expect_eq(b.frames[i].f.session, i + 1);
    close_pair();
}

BOTH(what_may_be_later_comes_without_company_too)
{
    open_pair(carrier);
    send_later(&a, 1);
    await_frames(&b, 1);
    cr_expect_eq(b.frames[0].f.body_bytes, 4);
    close_pair();
}

BOTH(what_may_be_later_is_said_before_the_link_ends)
{
    open_pair(carrier);
    send_later(&a, 1);
    wk_link_close(a.link, WK_OK);
    await_frames(&b, 1);
    close_pair();
}

BOTH(much_of_what_may_be_later_does_not_wait)
{
    static const uint8_t line[1000];

    open_pair(carrier);
    for (size_t i = 0; i < 100; i++)
        peer_send(&a, (struct wk_frame){.kind = WK_FRAME_DATA, .later = true}, line, sizeof(line));
    wk_link_flush(a.link);
    if (carrier == SOCKET_PAIR)
        cr_expect_lt(wk_link_unsent_bytes(a.link), 40000);
    await_frames(&b, 100);
    close_pair();
}

BOTH(the_largest_frame_passes)
{
    uint8_t *body = wk_xcalloc(1, WK_FRAME_BODY_BYTES_MAX);

    open_pair(carrier);
    body[WK_FRAME_BODY_BYTES_MAX - 1] = 7;
    peer_send(&a, (struct wk_frame){.kind = WK_FRAME_DATA}, body, WK_FRAME_BODY_BYTES_MAX);
    await_frames(&b, 1);
    cr_expect_eq(b.frames[0].f.body[WK_FRAME_BODY_BYTES_MAX - 1], 7);
    cr_expect_eq(wk_link_unsent_bytes(a.link), 0);
    free(body);
    close_pair();
}

BOTH(what_is_sent_in_one_turn_arrives_in_one_batch)
{
    struct wk_link_stats stats;

    open_pair(carrier);
    for (int i = 0; i < 100; i++)
        peer_send(&a, (struct wk_frame){.kind = WK_FRAME_DATA}, "x", 1);
    await_frames(&b, 100);
    uv_run(&loop, UV_RUN_NOWAIT);
    cr_expect_eq(b.batches, 1);
    wk_link_stats(a.link, &stats);
    cr_expect_eq(stats.frames_out, 100);
    cr_expect_eq(stats.bytes_out, 100 * (WK_FRAME_HEAD_BYTES + 1));
    wk_link_stats(b.link, &stats);
    cr_expect_eq(stats.frames_in, 100);
    close_pair();
}

BOTH(what_is_held_back_comes_behind_what_passes_it_and_in_its_order)
{
    static const uint32_t want[] = {1, 4, 2, 3, 5, 6};
    static uint8_t body[300000];

    open_pair(carrier);
    peer_send(&a, (struct wk_frame){.kind = WK_FRAME_DATA, .session = 1}, NULL, 0);
    wk_link_hold(a.link);
    peer_send(&a, (struct wk_frame){.kind = WK_FRAME_DATA, .session = 2}, body, sizeof(body));
    peer_send(&a, (struct wk_frame){.kind = WK_FRAME_DATA, .session = 3}, NULL, 0);
    await_frames(&b, 1);
    peers_settle(&loop);
    cr_expect_eq(b.count, 1);
    wk_link_hold_pause(a.link, true);
    peer_send(&a, (struct wk_frame){.kind = WK_FRAME_DATA, .session = 4}, NULL, 0);
    wk_link_hold_pause(a.link, false);
    peer_send(&a, (struct wk_frame){.kind = WK_FRAME_DATA, .session = 5}, NULL, 0);
    wk_link_release(a.link);
    peer_send(&a, (struct wk_frame){.kind = WK_FRAME_DATA, .session = 6}, NULL, 0);
    await_frames(&b, WK_COUNT(want));
    for (size_t i = 0; i < WK_COUNT(want); i++)
        cr_expect_eq(b.frames[i].f.session, want[i]);
    close_pair();
}

BOTH(a_close_is_heard_once_on_both_sides_after_what_was_sent)
{
    open_pair(carrier);
    peer_send(&a, (struct wk_frame){.kind = WK_FRAME_DATA}, "last words", 10);
    wk_link_close(a.link, WK_EDENIED);
    wk_link_close(a.link, WK_EIO);
    peer_send(&a, (struct wk_frame){.kind = WK_FRAME_DATA}, "too late", 8);
    cr_assert(peers_await(&loop, &b.closed));
    cr_assert(peers_await(&loop, &a.closed));
    cr_expect_eq(a.closed + b.closed, 2);
    cr_expect_eq(a.why, WK_EDENIED);
    cr_expect_eq(b.why, WK_ECLOSED);
    cr_assert_eq(b.count, 1);
    cr_expect_eq(memcmp(b.frames[0].f.body, "last words", 10), 0);
    cr_expect_eq(wk_link_unsent_bytes(a.link), 0);
    close_pair();
}

BOTH(a_frame_that_is_none_closes_the_link)
{
    struct wk_frame bad = {.kind = 99};

    open_pair(carrier);
    peer_send(&a, (struct wk_frame){.kind = WK_FRAME_DATA}, NULL, 0);
    wk_link_send(a.link, &bad);
    peer_send(&a, (struct wk_frame){.kind = WK_FRAME_DATA}, NULL, 0);
    cr_assert(peers_await(&loop, &b.closed));
    cr_expect_eq(b.why, WK_EPROTO);
    cr_expect_eq(b.count, 1);
    cr_assert(peers_await(&loop, &a.closed));
    cr_expect_eq(a.why, WK_ECLOSED);
    close_pair();
}

BOTH(a_receiver_that_does_not_read_closes_the_link_at_the_bound)
{
    uint8_t *body = wk_xcalloc(1, WK_FRAME_BODY_BYTES_MAX);
    size_t sent = 0;

    open_pair(carrier);
    while (sent <= WK_LINK_QUEUE_BYTES_MAX / WK_FRAME_BODY_BYTES_MAX) { /* the loop does not run: nobody reads */
        peer_send(&a, (struct wk_frame){.kind = WK_FRAME_DATA}, body, WK_FRAME_BODY_BYTES_MAX);
        sent++;
    }
    cr_assert(peers_await(&loop, &a.closed));
    cr_expect_eq(a.why, WK_EOVERLOADED);
    free(body);
    close_pair();
}

Test(link, a_frame_over_the_limit_closes_the_link)
{
    uint8_t head[WK_FRAME_HEAD_BYTES] = {1, 0, 0x10, 1, WK_FRAME_DATA};

    open_pair(SOCKET_PAIR);
    peer_raw(&b, head, sizeof(head));
    cr_assert(peers_await(&loop, &a.closed));
    cr_expect_eq(a.why, WK_ELIMIT);
    close_pair();
}

Test(link, a_head_in_single_bytes_is_put_together)
{
    uint8_t bytes[2 * WK_FRAME_HEAD_BYTES + 3] = {3, 0, 0, 0, WK_FRAME_DATA};

    bytes[WK_FRAME_HEAD_BYTES + 3 + 4] = WK_FRAME_CLOSE;
    open_pair(SOCKET_PAIR);
    for (size_t i = 0; i < sizeof(bytes); i++) {
        peer_raw(&b, bytes + i, 1);
        peers_settle(&loop);
        cr_expect_eq(a.count, i + 1 < WK_FRAME_HEAD_BYTES + 3 ? 0u : i + 1 < sizeof(bytes) ? 1u : 2u);
    }
    close_pair();
}

/* What a process said before it died is read, although sending to it fails, and although it left unread
 * what it was sent itself. */
Test(regress, the_last_words_of_a_dead_process_are_heard)
{
    struct wk_link *near;
    uint8_t head[WK_FRAME_HEAD_BYTES] = {0, 0, 0, 0, WK_FRAME_DATA};
    int pair[2];

    uv_loop_init(&loop);
    cr_assert_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
    cr_assert_eq(wk_link_adopt(&loop, pair[0], &near), WK_OK);
    peer_take(&a, near);
    peer_send(&a, (struct wk_frame){.kind = WK_FRAME_DATA}, "unread", 6);
    wk_link_flush(near);
    cr_assert_eq(send(pair[1], head, sizeof(head), 0), (ssize_t)sizeof(head));
    close(pair[1]);
    peer_send(&a, (struct wk_frame){.kind = WK_FRAME_DATA}, "nobody", 6);
    wk_link_flush(near);
    cr_assert(peers_await(&loop, &a.closed));
    cr_expect_eq(a.count, 1);
    cr_expect_eq(a.why, WK_ECLOSED);
    peer_fini(&a);
    cr_expect(peers_loop_end(&loop));
}

Test(link, nobody_there_and_wrong_addresses_are_errors)
{
    struct wk_link *link;

    uv_loop_init(&loop);
    cr_expect_eq(wk_link_dial(&loop, "ipc:///tmp/wk-no-such-socket", 2000, NULL, NULL, &link), WK_EUNAVAILABLE);
    cr_expect_eq(wk_link_dial(&loop, "nonsense", 2000, NULL, NULL, &link), WK_EINVAL);
    cr_expect_eq(wk_link_dial(&loop, "fd:987", 2000, NULL, NULL, &link), WK_EINVAL);
    cr_expect(peers_loop_end(&loop));
}

Test(link, a_second_listener_is_refused)
{
    struct wk_link_listener *second;

    open_pair(NNG_IPC);
    cr_expect_eq(wk_link_listen(&loop, url, on_link, NULL, &second), WK_EEXISTS);
    cr_expect_eq(wk_link_peer_pid(a.link), (uint64_t)getpid());
    close_pair();
}

Test(link, many_clients_that_come_and_go_leave_nothing)
{
    struct peer clients[40];

    open_pair(NNG_IPC);
    for (size_t i = 0; i < WK_COUNT(clients); i++) {
        struct wk_link *near;

        cr_assert_eq(wk_link_dial_nng(&loop, url, 5000, &near), WK_OK);
        peer_take(&clients[i], near);
        peer_fini(&b); /* the one before it; the listener makes the next */
        while (accepted < i + 2)
            uv_run(&loop, UV_RUN_NOWAIT);
        cr_assert(i > 0 || peers_await(&loop, &a.closed));
        if (i > 0)
            cr_assert(peers_await(&loop, &clients[i - 1].closed));
    }
    for (size_t i = 0; i < WK_COUNT(clients); i++)
        peer_fini(&clients[i]);
    close_pair();
}
