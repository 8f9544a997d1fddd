/* A compromised isolate host at the router: it has its own link, and may say on it whatever it likes. Each
 * row is one thing it tries; its link is closed or the try is ignored, and two honest services, one of
 * which it may call and one of which it may not, go on as if nothing had been.
 *
 * It runs two actors, whose gates the store opened; the front has called the first. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>
#include "kernel/route/router.h"
#include "tests/support/peers.h"

#define TARGET_FRONT 11
#define TARGET_STORE 22
#define STREAM 5 /* the front's number of a session to the host, open all the while */
#define CALL 6   /* of one to the first actor */
#define GATE_1 1 /* the store's numbers of the gate sessions */
#define GATE_2 2

static uv_loop_t loop;
static struct peer front, store, evil;
static struct wk_dest store_dest, host_dest;
static struct wk_end *ends[3];
static wk_err down[3]; /* WK_OK: up */
static uint32_t victim; /* the store's number of a session with the front */
static uint32_t served; /* the host's number of STREAM */
static uint32_t called; /* of CALL */
static uint32_t gate_1, gate_2;

static void
on_message(void *arg, struct wk_end *end, const Wk__Envelope *msg)
{
    if (msg->body_case == WK__ENVELOPE__BODY_HELLO)
        wk_end_close(end, WK_EDENIED); /* known already */
}

static void
on_down(void *arg, struct wk_end *end, wk_err why)
{
    down[(uintptr_t)arg] = why;
    if (host_dest.end == end)
        wk_dest_set(&host_dest, NULL, false);
}

static const struct wk_end_events events = {on_message, on_down};

static void
start(struct peer *peer, uintptr_t i)
{
    struct wk_link *near;

    peer_open(peer, &loop, &near);
    ends[i] = wk_end_new(near, &events, (void *)i);
}

static uint32_t
last_open(const struct peer *p)
{
    for (size_t i = p->count; i-- > 0;)
        if (p->frames[i].f.kind == WK_FRAME_OPEN)
            return p->frames[i].f.session;
    return 0;
}

static void
setup(void)
{
    uv_loop_init(&loop);
    store_dest.redirects = false;
    start(&front, 0);
    start(&store, 1);
    start(&evil, 2);
    wk_dest_set(&store_dest, ends[1], false);
    wk_dest_set(&host_dest, ends[2], false);
    wk_end_grant(ends[0], 0, &store_dest, TARGET_FRONT);
    wk_end_grant(ends[0], 1, &host_dest, 0);
    wk_end_grant(ends[2], 0, &store_dest, TARGET_STORE);
    peer_send(&front, (struct wk_frame){.kind = WK_FRAME_OPEN, .session = 1, .handle = 0}, "v", 1);
    peers_settle(&loop);
    victim = last_open(&store);
    peer_send(&front, (struct wk_frame){.kind = WK_FRAME_OPEN, .session = STREAM, .handle = 1}, "s", 1);
    peers_settle(&loop);
    served = last_open(&evil);
    wk_end_allow_gates(ends[1]);
    wk_end_grant(ends[1], 0, &host_dest, 0);
    for (uint32_t i = GATE_1; i <= GATE_2; i++) {
        peer_send(&store, (struct wk_frame){.kind = WK_FRAME_OPEN, .flags = WK_FLAG_GATE, .session = i, .handle = 0}, "g", 1);
        peers_settle(&loop);
        *(i == GATE_1 ? &gate_1 : &gate_2) = last_open(&evil);
    }
    store_dest.redirects = true; /* from now on: victim is a session of its own */
    peer_send(&front, (struct wk_frame){.kind = WK_FRAME_OPEN, .session = CALL, .handle = 0}, "c", 1);
    peers_settle(&loop);
    peer_send(&store, (struct wk_frame){.kind = WK_FRAME_REDIRECT, .session = last_open(&store), .parent = GATE_1}, NULL, 0);
    peers_settle(&loop);
    called = last_open(&evil);
    cr_assert(victim != 0 && served != 0 && gate_1 != 0 && gate_2 != 0 && called != gate_2);
}

/* The honest session still carries both ways, and nobody but the host heard of anything. */
static void
check_others(const char *row)
{
    size_t before_front = peer_got(&front, WK_FRAME_DATA, 1, NULL);
    size_t before_store = peer_got(&store, WK_FRAME_DATA, victim, NULL);

    cr_expect_eq(down[0], WK_OK, "%s: the front lost its link", row);
    cr_expect_eq(down[1], WK_OK, "%s: the store lost its link", row);
    cr_expect_eq(before_front, 0, "%s: the front heard what the store never said", row);
    cr_expect_eq(before_store, 0, "%s: the store heard what the front never said", row);
    cr_expect_eq(peer_got(&front, WK_FRAME_DATA, CALL, NULL), 0, "%s: an answer left before its write was durable", row);
    for (uint32_t i = GATE_1; i <= GATE_2; i++)
        cr_expect_leq(peer_got(&store, WK_FRAME_CLOSE, i, NULL), 1, "%s", row);
    peer_send(&front, (struct wk_frame){.kind = WK_FRAME_DATA, .session = 1}, "a", 1);
    peer_send(&store, (struct wk_frame){.kind = WK_FRAME_DATA, .session = victim}, "b", 1);
    peers_settle(&loop);
    cr_expect_eq(peer_got(&front, WK_FRAME_DATA, 1, NULL), 1, "%s", row);
    cr_expect_eq(peer_got(&store, WK_FRAME_DATA, victim, NULL), 1, "%s", row);
    cr_expect_eq(peer_got(&front, WK_FRAME_CLOSE, 1, NULL) + peer_got(&store, WK_FRAME_CLOSE, victim, NULL), 0, "%s", row);
    for (size_t i = 0; i < store.count; i++) /* the target is the handle's, whatever was asked for */
        if (store.frames[i].f.kind == WK_FRAME_OPEN)
            cr_expect(store.frames[i].f.handle == TARGET_FRONT || store.frames[i].f.handle == TARGET_STORE, "%s", row);
}

static void
say(struct wk_frame f, size_t bytes)
{
    static const uint8_t zeros[WK_FRAME_BODY_BYTES_MAX];

    peer_send(&evil, f, zeros, bytes);
}

#define SAY(bytes, ...) say((struct wk_frame){__VA_ARGS__}, bytes)

/* ---- what it tries ---- */

static void
guess_sessions(void)
{
    for (uint32_t i = 0; i < 3000; i++) {
        uint32_t id = (i & 1 ? WK_SESSION_OF_KERNEL : 0) | (i % 40) | ((i / 40) << WK_SESSION_INDEX_BITS);

        if (id == served || id == 0 || id == called || id == gate_1 || id == gate_2)
            continue;
        SAY(3, .kind = WK_FRAME_DATA, .session = id);
        SAY(0, .kind = WK_FRAME_CREDIT, .session = id, .arg = 7);
        SAY(0, .kind = WK_FRAME_CLOSE, .session = id);
    }
}

static void use_the_victims_number(void) { SAY(3, .kind = WK_FRAME_DATA, .session = victim ^ 3u << WK_SESSION_INDEX_BITS, .flags = WK_FLAG_LAST); }

static void
guess_handles(void)
{
    for (uint32_t i = 1; i < 2000; i++)
        SAY(0, .kind = WK_FRAME_OPEN, .session = i, .handle = i == 1999 ? UINT32_MAX : i);
}

static void claim_a_target(void) { SAY(9, .kind = WK_FRAME_OPEN, .session = 1, .handle = 0, .arg = TARGET_FRONT, .code = 3); }
static void
claim_parents(void)
{
    for (uint32_t i = 1; i < 64; i++)
        SAY(0, .kind = WK_FRAME_OPEN, .session = i, .handle = 0, .parent = i & 1 ? victim + i : 1);
}
static void own_parent(void) { SAY(0, .kind = WK_FRAME_OPEN, .session = 1, .handle = 0, .parent = 1); }
static void kernels_number(void) { SAY(0, .kind = WK_FRAME_OPEN, .session = WK_SESSION_OF_KERNEL | 3); }
static void number_zero(void) { SAY(0, .kind = WK_FRAME_OPEN, .session = 0); }
static void largest_number(void) { SAY(0, .kind = WK_FRAME_OPEN, .session = WK_SESSION_INDEX_MASK); }
static void
number_twice(void)
{
    SAY(0, .kind = WK_FRAME_OPEN, .session = 1);
    SAY(0, .kind = WK_FRAME_OPEN, .session = 1 | 1u << WK_SESSION_INDEX_BITS);
}
static void
answer_twice(void)
{
    SAY(3, .kind = WK_FRAME_DATA, .session = served, .flags = WK_FLAG_LAST);
    SAY(3, .kind = WK_FRAME_DATA, .session = served, .flags = WK_FLAG_LAST);
    SAY(3, .kind = WK_FRAME_CLOSE, .session = served);
}
static void credit_never_owed(void) { SAY(0, .kind = WK_FRAME_CREDIT, .session = served, .arg = 1); }
static void credit_that_wraps(void) { SAY(0, .kind = WK_FRAME_CREDIT, .session = served, .arg = UINT32_MAX); }
static void
past_the_window(void)
{
    SAY(WK_SESSION_WINDOW_BYTES, .kind = WK_FRAME_DATA, .session = served, .flags = WK_FLAG_RAW);
    SAY(1, .kind = WK_FRAME_DATA, .session = served, .flags = WK_FLAG_RAW);
}
static void past_the_window_at_once(void) { SAY(WK_FRAME_BODY_BYTES_MAX, .kind = WK_FRAME_DATA, .session = served, .flags = WK_FLAG_RAW); }
static void redirect(void) { SAY(0, .kind = WK_FRAME_REDIRECT, .session = served, .handle = 0); }
static void redirect_to_the_other_actor(void) { SAY(0, .kind = WK_FRAME_REDIRECT, .session = called, .parent = gate_2); }
static void redirect_a_gate(void) { SAY(0, .kind = WK_FRAME_REDIRECT, .session = gate_1, .parent = gate_2); }
static void
redirect_through_its_own(void)
{
    SAY(0, .kind = WK_FRAME_OPEN, .session = 1, .handle = 0, .flags = WK_FLAG_GATE);
    SAY(0, .kind = WK_FRAME_REDIRECT, .session = called, .parent = 1);
}
static void
open_gates(void)
{
    for (uint32_t i = 1; i < 2000; i++)
        SAY(0, .kind = WK_FRAME_OPEN, .session = i, .handle = 0, .flags = WK_FLAG_GATE);
}
static void advance_its_gate(void) { SAY(0, .kind = WK_FRAME_GATE, .session = gate_1, .stamp = UINT64_MAX); }
static void advance_by_guess(void) { SAY(0, .kind = WK_FRAME_GATE, .session = GATE_1, .stamp = 9); SAY(0, .kind = WK_FRAME_GATE, .session = victim ^ 1, .stamp = 9); }
static void advance_what_is_no_gate(void) { SAY(0, .kind = WK_FRAME_GATE, .session = called, .stamp = 9); }
/* The front must not see the answer to a call before the write that it depends on is durable. */
static void
answer_before_the_write_is_durable(void)
{
    SAY(1, .kind = WK_FRAME_DATA, .session = gate_1, .stamp = 1);
    SAY(5, .kind = WK_FRAME_DATA, .session = called);
    SAY(5, .kind = WK_FRAME_DATA, .session = called, .stamp = 1);
    SAY(1, .kind = WK_FRAME_DATA, .session = gate_2, .stamp = UINT64_MAX);
    SAY(5, .kind = WK_FRAME_DATA, .session = called, .flags = WK_FLAG_LAST);
}
static void
call_out_before_the_write_is_durable(void)
{
    SAY(1, .kind = WK_FRAME_DATA, .session = gate_1, .stamp = 1);
    SAY(0, .kind = WK_FRAME_OPEN, .session = 1, .handle = 0, .parent = gate_1);
    SAY(0, .kind = WK_FRAME_OPEN, .session = 2, .handle = 0, .parent = called, .flags = WK_FLAG_DETACHED);
    SAY(5, .kind = WK_FRAME_DATA, .session = 1);
}
static void
fill_a_gate(void)
{
    SAY(1, .kind = WK_FRAME_DATA, .session = gate_2, .stamp = 1);
    for (uint32_t i = 1; i < 3000; i++) {
        SAY(0, .kind = WK_FRAME_OPEN, .session = i, .handle = 0, .parent = gate_2);
        SAY(30000, .kind = WK_FRAME_DATA, .session = i);
        if (i % 500 == 0)
            peers_settle(&loop);
    }
}
static void
reuse_a_number_that_waits(void)
{
    SAY(1, .kind = WK_FRAME_DATA, .session = gate_2, .stamp = 1);
    for (uint32_t i = 1; i < 5000; i++) {
        SAY(0, .kind = WK_FRAME_OPEN, .session = 1, .handle = 0, .parent = gate_2);
        SAY(0, .kind = WK_FRAME_DATA, .session = 1, .flags = WK_FLAG_LAST);
    }
}
static void
answer_with_an_ended_gate(void)
{
    SAY(0, .kind = WK_FRAME_CLOSE, .session = gate_2, .code = WK_EBROKEN);
    SAY(5, .kind = WK_FRAME_DATA, .session = gate_2, .stamp = 4);
    SAY(0, .kind = WK_FRAME_OPEN, .session = 1, .handle = 0, .parent = gate_2);
}
static void grant_what_it_has_not(void) { SAY(0, .kind = WK_FRAME_GRANT, .session = gate_2, .handle = 5); }
static void
grant_storm(void)
{
    for (int i = 0; i < 20000; i++)
        SAY(0, .kind = WK_FRAME_GRANT, .session = gate_2, .handle = 0);
}
static void open_by_a_guessed_grant(void) { SAY(0, .kind = WK_FRAME_OPEN, .session = 1, .handle = WK_HANDLE_GRANTED | 1); SAY(0, .kind = WK_FRAME_OPEN, .session = 2, .handle = UINT32_MAX); }
static void
speak_after_its_end(void)
{
    SAY(0, .kind = WK_FRAME_DATA, .session = served, .flags = WK_FLAG_END | WK_FLAG_RAW);
    SAY(1, .kind = WK_FRAME_DATA, .session = served);
}
static void unknown_kind(void) { SAY(0, .kind = 77, .session = served); }
static void unknown_flag(void) { SAY(0, .kind = WK_FRAME_DATA, .flags = 64, .session = served); }
static void
open_storm(void)
{
    for (uint32_t i = 1; i < 20000; i++) {
        SAY(0, .kind = WK_FRAME_OPEN, .session = i);
        if (i % 2000 == 0)
            peers_settle(&loop);
    }
}
static void
open_and_close_storm(void)
{
    for (uint32_t i = 1; i < 20000; i++) {
        SAY(0, .kind = WK_FRAME_OPEN, .session = 1);
        SAY(0, .kind = WK_FRAME_CLOSE, .session = 1);
        if (i % 2000 == 0)
            peers_settle(&loop);
    }
}
static void
message_storm(void)
{
    for (int i = 0; i < 100000; i++)
        SAY(2, .kind = WK_FRAME_DATA, .session = served);
}
static void forged_stamp(void) { SAY(3, .kind = WK_FRAME_DATA, .session = served, .stamp = UINT64_MAX); }
static void oversize_frame(void) { peer_raw(&evil, "\x01\0\x10\x01\x02\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0", 32); }
static void huge_length(void) { peer_raw(&evil, "\xff\xff\xff\xff\x02\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0", 32); }
static void half_a_frame_for_ever(void) { peer_raw(&evil, "\x05\0\0\0\x02\0\0\0", 8); }
static void
plain_http(void)
{
    static const char text[] = "GET / HTTP/1.1\r\nHost: x\r\n\r\n........";

    peer_raw(&evil, text, sizeof(text) - 1);
}
static void malformed_to_the_kernel(void) { peer_send(&evil, (struct wk_frame){.kind = WK_FRAME_DATA}, "\x0a\xff\xff\xff\xff\x0f", 6); }
static void overlong_varint(void) { peer_send(&evil, (struct wk_frame){.kind = WK_FRAME_DATA}, "\x12\x0b\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff", 14); }
static void
nested_deep(void)
{
    static uint8_t deep[60000];

    memset(deep, 0x0b, sizeof(deep)); /* groups in groups */
    peer_send(&evil, (struct wk_frame){.kind = WK_FRAME_DATA}, deep, sizeof(deep));
}
static void
repeated_a_million_times(void)
{
    static uint8_t many[2 * 1000000 + 8];
    size_t at = 0;

    /* LoadWorker { bindings: {}, bindings: {}, ... } : two bytes each here, a hundred there */
    many[at++] = 0x82, many[at++] = 0x19; /* field 400 */
    many[at++] = 0x80, many[at++] = 0x89, many[at++] = 0x7a; /* 2,000,000 bytes */
    for (int i = 0; i < 1000000; i++)
        many[at++] = 0x22, many[at++] = 0;
    peer_send(&evil, (struct wk_frame){.kind = WK_FRAME_DATA}, many, at);
}
static void other_kind_to_the_kernel(void) { SAY(0, .kind = WK_FRAME_CLOSE, .session = 0); }
static void hello_again(void) { peer_send(&evil, (struct wk_frame){.kind = WK_FRAME_DATA}, "\x12\x00", 2); }
static void vanish(void) { peer_die(&evil); }

static const struct row {
    const char *name;
    void (*fn)(void);
    wk_err closed; /* WK_OK: ignored, the link stays */
} rows[] = {
#define ROW(fn, closed) {#fn, fn, closed}
    ROW(guess_sessions, WK_OK),           ROW(use_the_victims_number, WK_OK),
    ROW(guess_handles, WK_OK),            ROW(claim_a_target, WK_OK),
    ROW(claim_parents, WK_OK),            ROW(own_parent, WK_OK),
    ROW(kernels_number, WK_EPROTO),       ROW(number_zero, WK_EPROTO),
    ROW(largest_number, WK_OK),     ROW(number_twice, WK_EPROTO),
    ROW(answer_twice, WK_OK),             ROW(credit_never_owed, WK_EPROTO),
    ROW(credit_that_wraps, WK_EPROTO),    ROW(past_the_window, WK_EPROTO),
    ROW(past_the_window_at_once, WK_EPROTO), ROW(redirect, WK_EPROTO),
    ROW(unknown_kind, WK_EPROTO),         ROW(unknown_flag, WK_EPROTO),
    ROW(open_storm, WK_OK),               ROW(open_and_close_storm, WK_OK),
    ROW(message_storm, WK_OK),            ROW(forged_stamp, WK_OK),
    ROW(oversize_frame, WK_ELIMIT),       ROW(huge_length, WK_ELIMIT),
    ROW(half_a_frame_for_ever, WK_OK),    ROW(plain_http, WK_ELIMIT),
    ROW(malformed_to_the_kernel, WK_EPROTO), ROW(overlong_varint, WK_EPROTO),
    ROW(nested_deep, WK_EPROTO),          ROW(repeated_a_million_times, WK_EPROTO),
    ROW(other_kind_to_the_kernel, WK_EPROTO), ROW(hello_again, WK_EDENIED),
    ROW(vanish, WK_ECLOSED),              ROW(redirect_to_the_other_actor, WK_EPROTO),
    ROW(redirect_a_gate, WK_EPROTO),      ROW(redirect_through_its_own, WK_EPROTO),
    ROW(open_gates, WK_OK),               ROW(advance_its_gate, WK_EPROTO),
    ROW(advance_by_guess, WK_EPROTO),     ROW(advance_what_is_no_gate, WK_EPROTO),
    ROW(answer_before_the_write_is_durable, WK_OK), ROW(call_out_before_the_write_is_durable, WK_OK),
    ROW(fill_a_gate, WK_OK),              ROW(reuse_a_number_that_waits, WK_OK),
    ROW(answer_with_an_ended_gate, WK_OK), ROW(grant_what_it_has_not, WK_OK),
    ROW(grant_storm, WK_OK),              ROW(open_by_a_guessed_grant, WK_OK),
    ROW(speak_after_its_end, WK_EPROTO),
#undef ROW
};

static void
count_route(void *arg, const struct wk_route_info *info)
{
    ++*(size_t *)arg;
}

Test(evilhost, harms_itself_at_most, .timeout = 120)
{
    for (size_t i = 0; i < WK_COUNT(rows); i++) {
        size_t left = 0;

        memset(down, 0, sizeof(down));
        setup();
        rows[i].fn();
        peers_settle(&loop);
        cr_expect_eq(down[2], rows[i].closed, "%s: %s", rows[i].name, wk_err_name(down[2]));
        if (rows[i].closed != WK_OK)
            for (uint32_t id = STREAM; id <= CALL; id++)
                cr_expect_eq(peer_got(&front, WK_FRAME_CLOSE, id, NULL), 1, "%s: the front waits for ever", rows[i].name);
        check_others(rows[i].name);
        peer_fini(&evil);
        peers_settle(&loop);
        cr_expect_leq(peer_got(&front, WK_FRAME_CLOSE, STREAM, NULL), 1, "%s", rows[i].name);
        peer_fini(&front);
        peer_fini(&store);
        peers_settle(&loop);
        wk_route_each(count_route, &left);
        cr_expect_eq(left, 0, "%s: %zu routes are left", rows[i].name, left);
        cr_assert(peers_loop_end(&loop), "%s", rows[i].name);
    }
}
