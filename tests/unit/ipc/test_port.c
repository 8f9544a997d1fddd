#include "kernel/ipc/port.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include "kernel/ipc/codec.h"
#include "tests/support/peers.h"

/* The kernel is a script; the port under test is a service's. */
static uv_loop_t loop;
static struct peer kernel;
static struct wk_port *port;

struct seen {
    unsigned opened, messages, data, writable, closed, down, kernel, left;
    size_t bytes;
    uint8_t flags;
    uint32_t target, session;
    wk_err code;
    char text[64];
    bool accept, close_inside;
    struct wk_session *s, *via;
    uint64_t stamp;
    unsigned gates, grants;
    uint32_t handle;
    /* of a handler that waits */
    uint32_t wait_in, wait_for; /* numbers of sessions; 0: none */
    bool waiting;
    unsigned waits, wait_ms;
    wk_err waited;
    char kept[16];   /* what its message says after the wait */
    char order[256]; /* the messages, as they came */
};
static struct seen seen;

static void wait_inside(struct wk_session *s, const Wk__Envelope *msg);

static void
on_message(struct wk_session *s, void *arg, const Wk__Envelope *msg, uint8_t flags)
{
    seen.messages++;
    seen.flags = flags;
    if (msg->body_case == WK__ENVELOPE__BODY_CTL_REPLY)
        strncat(seen.order, msg->ctl_reply->json, sizeof(seen.order) - strlen(seen.order) - 1);
    if (seen.waiting && wk_session_id(s) == seen.wait_for)
        wk_port_wait_done(port);
    else if (wk_session_id(s) == seen.wait_in)
        wait_inside(s, msg);
    if (seen.close_inside)
        wk_session_close(s, WK_OK, NULL);
}

static void
on_data(struct wk_session *s, void *arg, const uint8_t *data, size_t bytes, uint8_t flags)
{
    seen.data++;
    seen.bytes += bytes;
    seen.flags = flags;
}

static void
on_writable(struct wk_session *s, void *arg)
{
    seen.writable++;
}

static void
on_closed(struct wk_session *s, void *arg, wk_err code, const Wk__Error *error)
{
    seen.closed++;
    seen.code = code;
    snprintf(seen.text, sizeof(seen.text), "%s", error != NULL ? error->message : "");
}

static void
on_gate(struct wk_session *s, void *arg, uint64_t stamp)
{
    seen.gates++;
    seen.stamp = stamp;
}

static void
on_grant(struct wk_session *s, void *arg, uint32_t handle)
{
    seen.grants++;
    seen.handle = handle;
}

static const struct wk_session_events session_events = {on_message, on_data, on_writable, on_closed, on_gate, on_grant};

static void
on_open(void *arg, struct wk_session *s, uint32_t target, const Wk__Envelope *msg, uint8_t flags)
{
    seen.opened++;
    seen.target = target;
    seen.flags = flags;
    seen.s = s;
    seen.via = wk_session_via(s);
    if (seen.accept)
        wk_session_accept(s, &session_events, NULL);
    if (seen.close_inside)
        wk_session_close(s, WK_EDENIED, "not today");
}

static void
on_kernel(void *arg, const Wk__Envelope *msg)
{
    seen.kernel++;
}

static void
on_down(void *arg, wk_err why)
{
    seen.down++;
    seen.code = why;
}

static const struct wk_port_events port_events = {on_open, on_kernel, on_down, NULL};

static void
say(uint32_t session, uint8_t kind, uint8_t flags, const Wk__Envelope *msg)
{
    struct wk_buf body = {0};

    if (msg != NULL)
        wk_pack(&msg->base, &body);
    peer_send(&kernel, (struct wk_frame){.kind = kind, .flags = flags, .session = session, .handle = 42}, body.data,
              body.len);
    wk_buf_fini(&body);
}

static void
say_welcome(const char *name)
{
    Wk__Welcome welcome = WK__WELCOME__INIT;
    WK_ENVELOPE(msg, WELCOME, welcome, &welcome);

    welcome.name = (char *)(uintptr_t)name;
    say(0, WK_FRAME_DATA, 0, &msg);
    wk_link_flush(kernel.link);
}

static void
setup(void)
{
    char token[65], url[16];
    struct wk_link *far;
    int pair[2];

    uv_loop_init(&loop);
    cr_assert_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
    cr_assert_eq(wk_link_adopt(&loop, pair[0], &far), WK_OK);
    peer_take(&kernel, far);
    kernel.fd = pair[0];
    say_welcome("svc");
    snprintf(url, sizeof(url), "fd:%d", pair[1]);
    memset(token, 'a', 64);
    token[64] = '\0';
    seen = (struct seen){.accept = true};
    cr_assert_eq(wk_port_connect(&loop, url, token, "test", 2000, &port_events, NULL, &port), WK_OK);
    peers_settle(&loop);
    cr_assert_eq(kernel.count, 1); /* Hello */
    peer_forget(&kernel);
}

static void
teardown(void)
{
    peer_fini(&kernel);
    peers_settle(&loop);
    cr_expect_eq(wk_port_session_count(port), seen.left);
    cr_expect_eq(seen.down, 1);
    wk_port_free(port);
    cr_expect(peers_loop_end(&loop));
}

TestSuite(port, .init = setup, .fini = teardown, .timeout = 30);

static Wk__Ping ping = WK__PING__INIT;
#define PING(msg) WK_ENVELOPE(msg, PING, ping, &ping)

/* The kernel opens a session to the port. */
static void
open_in(uint32_t index)
{
    PING(msg);
    say(WK_SESSION_OF_KERNEL | index, WK_FRAME_OPEN, 0, &msg);
    peers_settle(&loop);
}

/* The port opens one; gives its number. */
static uint32_t
open_out(struct wk_session **s)
{
    PING(msg);
    *s = wk_port_open(port, 3, NULL, &msg, WK_FLAG_END, &session_events, NULL);
    peers_settle(&loop);
    cr_assert_eq(peer_last(&kernel)->kind, WK_FRAME_OPEN);
    return wk_session_id(*s);
}

Test(port, has_the_name_that_the_kernel_gave_it_and_answers_pings)
{
    PING(msg);
    cr_expect_str_eq(wk_port_name(port), "svc");
    say(0, WK_FRAME_DATA, 0, &msg);
    peers_settle(&loop);
    cr_expect_eq(kernel.count, 1);
    cr_expect_eq(seen.kernel, 0);
}

Test(port, an_accepted_session_carries_messages_and_data_and_ends_by_LAST)
{
    PING(msg);
    uint32_t id = WK_SESSION_OF_KERNEL | 5;

    open_in(5);
    cr_expect_eq(seen.target, 42);
    say(id, WK_FRAME_DATA, WK_FLAG_END, &msg);
    peer_send(&kernel, (struct wk_frame){.kind = WK_FRAME_DATA, .flags = WK_FLAG_RAW, .session = id}, "abc", 3);
    peers_settle(&loop);
    cr_expect_eq(seen.messages, 1);
    cr_expect_eq(seen.bytes, 3);
    wk_session_send(seen.s, &msg, 0);
    wk_session_write(seen.s, "12345", 5, WK_FLAG_END | WK_FLAG_LAST);
    peers_settle(&loop);
    cr_assert_eq(kernel.count, 2);
    cr_expect_eq(kernel.frames[1].f.flags, WK_FLAG_RAW | WK_FLAG_END | WK_FLAG_LAST);
    cr_expect_eq(wk_port_session_count(port), 0);
    cr_expect_eq(seen.closed, 0);
}

Test(port, LAST_from_the_other_side_is_a_close_after_it)
{
    PING(msg);

    open_in(1);
    say(WK_SESSION_OF_KERNEL | 1, WK_FRAME_DATA, WK_FLAG_LAST, &msg);
    peers_settle(&loop);
    cr_expect_eq(seen.messages, 1);
    cr_expect_eq(seen.closed, 1);
    cr_expect_eq(seen.code, WK_OK);
    cr_expect_eq(kernel.count, 0);
}

Test(port, what_nobody_accepts_is_refused)
{
    struct wk_frame f;

    seen.accept = false;
    open_in(1);
    cr_assert_eq(peer_got(&kernel, WK_FRAME_CLOSE, WK_SESSION_OF_KERNEL | 1, &f), 1);
    cr_expect_eq(f.code, WK_EUNSUPPORTED);
    seen.accept = seen.close_inside = true;
    open_in(2);
    cr_assert_eq(peer_got(&kernel, WK_FRAME_CLOSE, WK_SESSION_OF_KERNEL | 2, &f), 1);
    cr_expect_eq(f.code, WK_EDENIED);
    cr_expect_gt(f.body_bytes, 0);
    cr_expect_eq(seen.closed, 0);
}

Test(port, a_malformed_message_ends_its_session_only)
{
    uint32_t id = WK_SESSION_OF_KERNEL | 1;

    open_in(1);
    peer_send(&kernel, (struct wk_frame){.kind = WK_FRAME_DATA, .session = id}, "\xff\xff", 2);
    peer_send(&kernel, (struct wk_frame){.kind = WK_FRAME_OPEN, .session = id + 1}, "\xff\xff", 2);
    peers_settle(&loop);
    cr_expect_eq(peer_got(&kernel, WK_FRAME_CLOSE, id, NULL), 1);
    cr_expect_eq(peer_got(&kernel, WK_FRAME_CLOSE, id + 1, NULL), 1);
    cr_expect_eq(seen.down, 0);
    cr_expect_eq(seen.closed, 1); /* its owner knows that it is dead */
    cr_expect_eq(seen.code, WK_EPROTO);
    open_in(7);
    cr_expect_eq(seen.opened, 2);
}

Test(port, a_close_brings_its_error)
{
    Wk__Error error = WK__ERROR__INIT;
    WK_ENVELOPE(msg, ERROR, error, &error);
    struct wk_session *s;
    uint32_t id = open_out(&s);
    struct wk_buf body = {0};

    error.message = "it broke";
    wk_pack(&msg.base, &body);
    peer_send(&kernel, (struct wk_frame){.kind = WK_FRAME_CLOSE, .session = id, .code = WK_EEXCEPTION}, body.data, body.len);
    peer_send(&kernel, (struct wk_frame){.kind = WK_FRAME_CLOSE, .session = id, .code = WK_EIO}, NULL, 0);
    peers_settle(&loop);
    cr_expect_eq(seen.closed, 1);
    cr_expect_eq(seen.code, WK_EEXCEPTION);
    cr_expect_str_eq(seen.text, "it broke");
    cr_expect_not(wk_port_session_alive(port, id));
    wk_buf_fini(&body);
}

Test(port, stale_numbers_find_nobody)
{
    PING(msg);
    struct wk_session *s;
    uint32_t old = open_out(&s), new;

    wk_session_close(s, WK_ECANCELED, NULL);
    new = open_out(&s);
    cr_assert_neq(old, new);
    cr_assert_eq(old & WK_SESSION_INDEX_MASK, new & WK_SESSION_INDEX_MASK);
    say(old, WK_FRAME_DATA, WK_FLAG_LAST, &msg);
    say(old, WK_FRAME_CLOSE, 0, NULL);
    say(0x7ffffff0, WK_FRAME_CLOSE, 0, NULL);
    peer_send(&kernel, (struct wk_frame){.kind = WK_FRAME_CREDIT, .session = old, .arg = 5}, NULL, 0);
    peers_settle(&loop);
    cr_expect_eq(seen.messages + seen.closed, 0);
    cr_expect_eq(wk_session_window(s), WK_SESSION_WINDOW_BYTES);
}

Test(port, a_used_up_window_opens_again_with_credit_and_says_so_once)
{
    static uint8_t data[WK_SESSION_WINDOW_BYTES];
    struct wk_session *s;
    uint32_t id = open_out(&s);

    wk_session_write(s, data, sizeof(data) - 1, 0);
    cr_expect_eq(wk_session_window(s), 1);
    peer_send(&kernel, (struct wk_frame){.kind = WK_FRAME_CREDIT, .session = id, .arg = 1}, NULL, 0);
    peers_settle(&loop);
    cr_expect_eq(seen.writable, 0, "it was never empty");
    wk_session_write(s, data, 2, 0);
    cr_expect_eq(wk_session_window(s), 0);
    peer_send(&kernel, (struct wk_frame){.kind = WK_FRAME_CREDIT, .session = id, .arg = 100}, NULL, 0);
    peers_settle(&loop);
    cr_expect_eq(seen.writable, 1);
    cr_expect_eq(wk_session_window(s), 100);
}

Test(port, credit_is_given_in_steps_for_all_that_was_consumed)
{
    struct wk_frame f = {0};
    uint64_t credited = 0;

    open_in(1);
    for (int i = 0; i < 64; i++)
        wk_session_consumed(seen.s, WK_SESSION_WINDOW_BYTES / 32);
    peers_settle(&loop);
    for (size_t i = 0; i < kernel.count; i++)
        credited += kernel.frames[i].f.kind == WK_FRAME_CREDIT ? kernel.frames[i].f.arg : 0;
    cr_expect_eq(credited, 2 * WK_SESSION_WINDOW_BYTES);
    cr_expect_leq(peer_got(&kernel, WK_FRAME_CREDIT, WK_SESSION_OF_KERNEL | 1, &f), 8);
}

Test(port, a_handler_may_end_the_session_it_was_called_for)
{
    PING(msg);

    open_in(1);
    seen.close_inside = true;
    say(WK_SESSION_OF_KERNEL | 1, WK_FRAME_DATA, WK_FLAG_LAST, &msg);
    peers_settle(&loop);
    cr_expect_eq(seen.closed, 0, "who ended it is not told");
    cr_expect_eq(peer_got(&kernel, WK_FRAME_CLOSE, WK_SESSION_OF_KERNEL | 1, NULL), 1);
}

Test(port, the_death_of_the_link_ends_every_session_once_then_the_port)
{
    struct wk_session *s;

    for (uint32_t i = 1; i <= 100; i++) {
        open_in(i);
        open_out(&s);
    }
    peer_die(&kernel);
    peers_settle(&loop);
    cr_expect_eq(seen.closed, 200);
    cr_expect_eq(seen.down, 1);
}

static void
on_closed_open_another(struct wk_session *s, void *arg, wk_err code, const Wk__Error *error)
{
    PING(msg);

    seen.closed++;
    cr_expect(wk_port_is_down(port));
    wk_port_open(port, 3, NULL, &msg, WK_FLAG_END, &session_events, NULL);
}

/* Under a sanitizer that looks for leaks. */
Test(port, what_is_opened_on_a_dying_link_goes_with_the_port)
{
    static const struct wk_session_events events = {.on_closed = on_closed_open_another};
    PING(msg);

    for (uint32_t i = 0; i < 3; i++)
        wk_port_open(port, 3, NULL, &msg, WK_FLAG_END, &events, NULL);
    peers_settle(&loop);
    cr_expect(!wk_port_is_down(port));
    peer_die(&kernel);
    peers_settle(&loop);
    cr_expect_eq(seen.closed, 3);
    seen.left = 3;
}

Test(port, close_all_tells_the_kernel_and_nobody_here)
{
    struct wk_session *s;

    open_in(1);
    open_out(&s);
    wk_port_close_all(port, WK_ECPU, "limit");
    peers_settle(&loop);
    cr_expect_eq(peer_got(&kernel, WK_FRAME_CLOSE, WK_SESSION_OF_KERNEL | 1, NULL), 1);
    cr_expect_eq(wk_port_session_count(port), 0);
    cr_expect_eq(seen.closed, 0);
}

Test(port, many_sessions_at_once_have_numbers_of_their_own)
{
    struct wk_session *all[3000], *s;
    PING(msg);

    for (size_t i = 0; i < WK_COUNT(all); i++)
        all[i] = wk_port_open(port, 3, NULL, &msg, 0, &session_events, NULL);
    cr_expect_eq(wk_port_session_count(port), WK_COUNT(all));
    for (size_t i = 1; i < WK_COUNT(all); i++)
        cr_expect_neq(wk_session_id(all[i]), wk_session_id(all[i - 1]));
    peers_settle(&loop);
    cr_expect_eq(kernel.count, WK_COUNT(all));
    cr_expect_neq(open_out(&s), 0);
}

/* ---- gate sessions ---- */

Test(port, a_gate_session_is_opened_advanced_and_redirected_through)
{
    PING(msg);
    struct wk_session *gate = wk_port_open(port, 3, NULL, &msg, WK_FLAG_GATE, &session_events, NULL);
    uint32_t id = wk_session_id(gate);
    struct wk_frame f;

    open_in(5);
    wk_session_advance(gate, 0x123456789a);
    wk_session_redirect(seen.s, gate);
    wk_session_grant(gate, 8);
    peers_settle(&loop);
    cr_assert_eq(peer_got(&kernel, WK_FRAME_OPEN, id, &f), 1);
    cr_expect_eq(f.flags, WK_FLAG_GATE);
    cr_assert_eq(peer_got(&kernel, WK_FRAME_GATE, id, &f), 1);
    cr_expect_eq(f.stamp, 0x123456789a);
    cr_assert_eq(peer_got(&kernel, WK_FRAME_REDIRECT, WK_SESSION_OF_KERNEL | 5, &f), 1);
    cr_expect_eq(f.parent, id);
    cr_assert_eq(peer_got(&kernel, WK_FRAME_GRANT, id, &f), 1);
    cr_expect_eq(f.handle, 8);
    cr_expect_eq(wk_port_session_count(port), 1, "the session that it handed on is not its any more");
    cr_expect_eq(seen.closed, 0);
}

Test(port, a_host_knows_the_gate_that_a_session_came_through_and_what_is_durable)
{
    uint32_t gate = WK_SESSION_OF_KERNEL | 1;
    struct wk_session *gate_session;
    struct wk_frame f;
    PING(msg);

    open_in(1);
    gate_session = seen.s;
    cr_expect_null(seen.via);
    wk_session_send_stamped(gate_session, &msg, 0, 77);
    peer_send(&kernel, (struct wk_frame){.kind = WK_FRAME_OPEN, .session = gate + 1, .parent = gate}, NULL, 0);
    peer_send(&kernel, (struct wk_frame){.kind = WK_FRAME_GATE, .session = gate, .stamp = 77}, NULL, 0);
    peer_send(&kernel, (struct wk_frame){.kind = WK_FRAME_GRANT, .session = gate + 1, .handle = WK_HANDLE_GRANTED | 3}, NULL, 0);
    peers_settle(&loop);
    cr_expect_eq(seen.opened, 2);
    cr_expect_eq(seen.via, gate_session);
    cr_assert_eq(peer_got(&kernel, WK_FRAME_DATA, gate, &f), 1);
    cr_expect_eq(f.stamp, 77);
    cr_expect_eq(seen.stamp, 77);
    cr_expect_eq(seen.handle, WK_HANDLE_GRANTED | 3);
    wk_session_close(gate_session, WK_EBROKEN, NULL);
    cr_expect_null(wk_session_via(seen.s));
    peer_send(&kernel, (struct wk_frame){.kind = WK_FRAME_OPEN, .session = gate + 2, .parent = gate}, NULL, 0);
    peer_send(&kernel, (struct wk_frame){.kind = WK_FRAME_GATE, .session = gate, .stamp = 78}, NULL, 0);
    peers_settle(&loop);
    cr_expect_eq(seen.opened, 2, "an event of an instance that is no more is nobody's");
    cr_assert_eq(peer_got(&kernel, WK_FRAME_CLOSE, gate + 2, &f), 1);
    cr_expect_eq(f.code, WK_ECANCELED);
    cr_expect_eq(seen.gates, 1);
}

/* ---- waiting for one session ---- */

static void
say_text(uint32_t index, const char *text)
{
    Wk__CtlReply reply = WK__CTL_REPLY__INIT;
    WK_ENVELOPE(msg, CTL_REPLY, ctl_reply, &reply);

    reply.json = (char *)(uintptr_t)text;
    say(WK_SESSION_OF_KERNEL | index, WK_FRAME_DATA, 0, &msg);
}

/* What a handler does that needs an answer before it can return. */
static void
wait_inside(struct wk_session *s, const Wk__Envelope *msg)
{
    PING(ask);

    seen.waiting = true;
    wk_session_send(s, &ask, 0);
    for (unsigned i = 0; i < seen.waits; i++)
        seen.waited = wk_port_wait(port, seen.s, seen.wait_ms);
    seen.waiting = false;
    snprintf(seen.kept, sizeof(seen.kept), "%s", msg->ctl_reply->json);
}

/* Sessions 1 to 4 are open; the handler of a message on 1 waits for one on 4. */
static void
waits_setup(void)
{
    setup();
    for (uint32_t i = 1; i <= 4; i++)
        open_in(i);
    seen.wait_in = WK_SESSION_OF_KERNEL | 1;
    seen.wait_for = WK_SESSION_OF_KERNEL | 4;
    seen.waits = 1;
    seen.wait_ms = 10000;
}

TestSuite(port_wait, .init = waits_setup, .fini = teardown, .timeout = 30);

Test(port_wait, the_answer_comes_first_and_everything_else_afterwards_in_order)
{
    seen.waits = 2;
    say_text(2, "a");
    say_text(1, "B");
    say_text(3, "c");
    say_text(2, "d");
    say_text(4, "E");
    say_text(3, "f");
    say_text(4, "g"); /* it was not waited for any more, but the next wait takes it */
    say_text(2, "h");
    peers_settle(&loop);
    cr_expect_str_eq(seen.order, "aBEgcdfh");
    cr_expect_eq(seen.waited, WK_OK);
    cr_expect_str_eq(seen.kept, "B", "the message of the handler that waits stays good");
    cr_expect_eq(peer_got(&kernel, WK_FRAME_DATA, WK_SESSION_OF_KERNEL | 1, NULL), 1, "the question left");
}

Test(port_wait, it_gives_up_after_its_time_and_the_answer_comes_later)
{
    seen.wait_ms = 5;
    say_text(1, "A");
    say_text(2, "b");
    peers_settle(&loop);
    cr_expect_eq(seen.waited, WK_ETIMEDOUT);
    cr_expect_str_eq(seen.order, "Ab");
    say_text(4, "c");
    peers_settle(&loop);
    cr_expect_str_eq(seen.order, "Abc");
}

Test(port_wait, the_end_of_the_session_ends_it)
{
    say_text(1, "A");
    say(WK_SESSION_OF_KERNEL | 4, WK_FRAME_CLOSE, 0, NULL);
    say_text(2, "b");
    peers_settle(&loop);
    cr_expect_eq(seen.waited, WK_ECLOSED);
    cr_expect_eq(seen.closed, 1);
    cr_expect_str_eq(seen.order, "Ab");
    say_text(3, "c");
    peers_settle(&loop);
    cr_expect_str_eq(seen.order, "Abc");
}

Test(port_wait, the_end_of_the_link_ends_it)
{
    say_text(1, "A");
    wk_link_flush(kernel.link);
    peer_die(&kernel);
    peers_settle(&loop);
    cr_expect_eq(seen.waited, WK_ECLOSED);
    cr_expect_eq(seen.closed, 4);
    cr_expect_eq(seen.down, 1);
}

struct speech {
    struct wk_buf text;
    size_t piece;
};

/* Says it in pieces, while the port's thread waits. */
static void *
speak(void *arg)
{
    const struct speech *speech = arg;
    size_t at = 0;

    while (at < speech->text.len) {
        size_t left = speech->text.len - at;
        struct pollfd room = {.fd = kernel.fd, .events = POLLOUT};
        ssize_t put = send(kernel.fd, speech->text.data + at, left < speech->piece ? left : speech->piece, MSG_NOSIGNAL);

        if (put > 0)
            at += (size_t)put;
        else if (errno == EAGAIN)
            poll(&room, 1, -1);
        else
            break;
        sched_yield();
    }
    return NULL;
}

/* Runs the port until so many messages came. */
static void
hear(struct speech *speech, unsigned messages)
{
    pthread_t thread;

    pthread_create(&thread, NULL, speak, speech);
    for (uint64_t until = wk_now_ms() + 10000; seen.messages < messages && wk_now_ms() < until;)
        uv_run(&loop, UV_RUN_ONCE);
    pthread_join(thread, NULL);
    wk_buf_fini(&speech->text);
}

static void
add_text(struct wk_buf *out, uint32_t index, const char *text)
{
    Wk__CtlReply reply = WK__CTL_REPLY__INIT;
    WK_ENVELOPE(msg, CTL_REPLY, ctl_reply, &reply);
    struct wk_frame f = {.kind = WK_FRAME_DATA, .session = WK_SESSION_OF_KERNEL | index};
    uint8_t head[WK_FRAME_HEAD_BYTES];
    struct wk_buf body = {0};

    reply.json = (char *)(uintptr_t)text;
    wk_pack(&msg.base, &body);
    f.body_bytes = (uint32_t)body.len;
    wk_frame_encode_head(&f, head);
    wk_buf_add(out, head, sizeof(head));
    wk_buf_add(out, body.data, body.len);
    wk_buf_fini(&body);
}

Test(port_wait, frames_in_pieces_are_put_together_before_during_and_after)
{
    struct speech all = {.piece = 1};

    add_text(&all.text, 1, "A");
    add_text(&all.text, 2, "b");
    add_text(&all.text, 4, "C");
    add_text(&all.text, 3, "d");
    hear(&all, 4);
    cr_expect_str_eq(seen.order, "ACbd");
    cr_expect_eq(seen.waited, WK_OK);
}

Test(port_wait, much_that_is_not_waited_for_is_kept_whole)
{
    static char large[100001];
    struct speech all = {.piece = 70000};

    memset(large, 'x', sizeof(large) - 1);
    add_text(&all.text, 1, "A");
    for (int i = 0; i < 30; i++)
        add_text(&all.text, 2, large);
    add_text(&all.text, 4, "B");
    hear(&all, 32);
    cr_expect_eq(seen.messages, 32);
    cr_expect_eq(seen.waited, WK_OK);
    cr_expect_eq(strncmp(seen.order, "ABxxx", 5), 0);
}

/* ---- connecting ---- */

Test(connect, a_kernel_that_says_nothing_or_hangs_up_is_an_error)
{
    struct wk_port *p;
    char url[16];
    int pair[2];

    uv_loop_init(&loop);
    cr_assert_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
    snprintf(url, sizeof(url), "fd:%d", pair[1]);
    cr_expect_eq(wk_port_connect(&loop, url, NULL, "t", 30, &port_events, NULL, &p), WK_EUNAVAILABLE);
    cr_expect_null(p);
    close(pair[0]);
    cr_assert_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
    close(pair[0]);
    snprintf(url, sizeof(url), "fd:%d", pair[1]);
    cr_expect_eq(wk_port_connect(&loop, url, NULL, "t", 2000, &port_events, NULL, &p), WK_EDENIED);
    cr_expect_eq(wk_port_connect(&loop, "fd:987", NULL, "t", 10, &port_events, NULL, &p), WK_EINVAL);
    cr_expect_eq(wk_port_connect(&loop, "fd:0", "abc", "t", 10, &port_events, NULL, &p), WK_EINVAL);
    cr_expect_eq(seen.down, 0);
    cr_expect(peers_loop_end(&loop));
}
