/* A hostile process at the router: its bytes are the input, cut into pieces. Two honest processes talk
 * meanwhile, and must not notice: whatever comes, their sessions carry on and the hostile one's end.
 *
 * It is a host of actors, with a gate session of b's, and a storage of actors itself: it may open gates, and
 * redirect what is opened to it. */
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include "kernel/base/log.h"
#include "kernel/route/router.h"
#include "tests/support/peers.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes);

static uv_loop_t loop;
static struct peer a, b, evil;
static struct wk_end *ends[3];
static struct wk_dest dests[3];
static bool down[3];

static void
on_message(void *arg, struct wk_end *end, const Wk__Envelope *msg)
{
}

static void
on_down(void *arg, struct wk_end *end, wk_err why)
{
    size_t i = (size_t)(uintptr_t)arg;

    down[i] = true;
    wk_dest_set(&dests[i], NULL, false);
}

static const struct wk_end_events events = {on_message, on_down};

static void
start(struct peer *peer, size_t i)
{
    struct wk_link *near;

    peer_open(peer, &loop, &near);
    down[i] = false;
    ends[i] = wk_end_new(near, &events, (void *)(uintptr_t)i);
    dests[i] = (struct wk_dest){.end = ends[i], .name = "x"};
}

/* Frames of the input: its first byte chooses how often a valid head is made of what follows, so that
 * the fuzzer need not guess heads. */
static void
attack(const uint8_t *data, size_t bytes)
{
    while (bytes >= 8 && evil.closed == 0) {
        uint8_t body = data[5];
        struct wk_frame f = {.kind = data[0] % 8,
                             .flags = data[1] % 36,
                             .code = data[2],
                             .session = data[3] & 0x3f,
                             .handle = data[4] % 5,
                             .parent = data[6] & 0x3f,
                             .arg = data[7] * 1000u,
                             .stamp = data[7] % 5};

        if (data[3] & 0x40)
            f.session |= WK_SESSION_OF_KERNEL | (data[3] & 0x80 ? 1u << WK_SESSION_INDEX_BITS : 0) |
                         (data[2] & 2 ? WK_SESSION_OF_GATE : 0);
        if (data[6] & 0x40)
            f.parent |= WK_SESSION_OF_KERNEL | 1u << WK_SESSION_INDEX_BITS | (data[6] & 0x80 ? WK_SESSION_OF_GATE : 0);
        if (data[4] & 0x80)
            f.handle |= WK_HANDLE_GRANTED | (data[4] & 0x40 ? 1u << 16 : 0);
        data += 8;
        bytes -= 8;
        if (body > bytes)
            body = (uint8_t)bytes;
        if (f.kind == 0) {
            peer_raw(&evil, data, body);
        } else {
            peer_send(&evil, f, data, body);
        }
        data += body;
        bytes -= body;
        if (f.code & 1)
            uv_run(&loop, UV_RUN_NOWAIT);
    }
}

/* How many ends of the session came. */
static size_t
peer_ends(const struct peer *peer, uint32_t session)
{
    size_t n = 0;

    for (size_t i = 0; i < peer->count; i++) {
        const struct wk_frame *f = &peer->frames[i].f;

        n += f->session == session && (f->kind == WK_FRAME_CLOSE || (f->kind == WK_FRAME_DATA && (f->flags & WK_FLAG_LAST)));
    }
    return n;
}

/* One honest exchange of a with b. */
static void
exchange(uint32_t id)
{
    uint32_t theirs = 0;
    size_t before = b.count;

    peer_send(&a, (struct wk_frame){.kind = WK_FRAME_OPEN, .session = id, .handle = 1}, "ask", 3);
    peers_settle(&loop);
    for (size_t i = before; i < b.count; i++)
        if (b.frames[i].f.kind == WK_FRAME_OPEN && b.frames[i].f.body_bytes == 3 &&
            memcmp(b.frames[i].f.body, "ask", 3) == 0 && b.frames[i].f.handle == 77)
            theirs = b.frames[i].f.session;
    WK_CHECK(theirs != 0);
    peer_send(&b, (struct wk_frame){.kind = WK_FRAME_DATA, .flags = WK_FLAG_LAST, .session = theirs}, "told", 4);
    peers_settle(&loop);
    WK_CHECK(peer_got(&a, WK_FRAME_DATA, id, NULL) == 1);
}

static void
count_route(void *arg, const struct wk_route_info *info)
{
    ++*(size_t *)arg;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
    size_t left = 0;

    wk_log_level_set(WK_ERROR);
    uv_loop_init(&loop);
    start(&a, 0);
    start(&b, 1);
    start(&evil, 2);
    wk_end_grant(ends[0], 1, &dests[1], 77);
    wk_end_grant(ends[2], 1, &dests[1], 66); /* a worker may call b, and itself */
    wk_end_grant(ends[2], 2, &dests[2], 0);
    wk_end_grant(ends[1], 2, &dests[2], 0); /* and b may call it */
    wk_end_grant(ends[0], 2, &dests[2], 0);
    wk_end_allow_gates(ends[1]);
    wk_end_allow_gates(ends[2]);
    dests[2].redirects = true;
    peer_send(&b, (struct wk_frame){.kind = WK_FRAME_OPEN, .session = 1, .handle = 2, .flags = WK_FLAG_GATE}, "x", 1);
    peer_send(&b, (struct wk_frame){.kind = WK_FRAME_OPEN, .session = 2, .handle = 2, .parent = 1}, "x", 1);
    peer_send(&a, (struct wk_frame){.kind = WK_FRAME_OPEN, .session = 3, .handle = 2}, "x", 1);
    exchange(1);
    attack(data, bytes);
    peers_settle(&loop);
    exchange(2);
    peer_send(&b, (struct wk_frame){.kind = WK_FRAME_GATE, .session = 1, .stamp = 3}, NULL, 0);
    peers_settle(&loop);
    WK_CHECK(peer_ends(&a, 3) <= 1 && peer_ends(&b, 1) <= 1 && peer_ends(&b, 2) <= 1);
    WK_CHECK(!down[0] && !down[1]);
    peer_fini(&evil);
    peers_settle(&loop);
    WK_CHECK(down[2]);
    WK_CHECK(peer_ends(&a, 3) == 1 && peer_ends(&b, 1) == 1 && peer_ends(&b, 2) == 1);
    wk_route_each(count_route, &left);
    WK_CHECK(left == 0);
    peer_fini(&a);
    peer_fini(&b);
    WK_CHECK(peers_loop_end(&loop));
    return 0;
}
