#include "tests/unit/route/fixture.h"

#include <criterion/criterion.h>

uv_loop_t loop;
struct process procs[PROCESSES];

static void
on_message(void *arg, struct wk_end *end, const Wk__Envelope *msg)
{
}

static void
on_down(void *arg, struct wk_end *end, wk_err why)
{
    struct process *p = arg;

    p->down++;
    p->why = why;
    p->end = NULL;
    if (p->dest.end == end)
        wk_dest_set(&p->dest, NULL, false);
}

const struct wk_end_events process_events = {on_message, on_down};

static void
process_start(struct process *p)
{
    struct wk_link *near;

    peer_open(&p->peer, &loop, &near);
    p->end = wk_end_new(near, &process_events, p);
    p->down = 0;
}

/* Everyone may open sessions to everyone: handle i is process i, target 100 + i. */
static void
grant_all(struct process *p)
{
    for (uint32_t i = 0; i < PROCESSES; i++)
        wk_end_grant(p->end, i, &procs[i].dest, 100 + i);
}

void
setup(void)
{
    uv_loop_init(&loop);
    for (int i = 0; i < PROCESSES; i++) {
        process_start(&procs[i]);
        procs[i].dest.name = "p";
        wk_dest_set(&procs[i].dest, procs[i].end, false);
    }
    for (int i = 0; i < PROCESSES; i++)
        grant_all(&procs[i]);
    peers_settle(&loop);
}

static void
count_route(void *arg, const struct wk_route_info *info)
{
    ++*(size_t *)arg;
}

size_t
routes(void)
{
    size_t n = 0;

    wk_route_each(count_route, &n);
    return n;
}

void
teardown(void)
{
    for (int i = 0; i < PROCESSES; i++)
        peer_fini(&procs[i].peer);
    peers_settle(&loop);
    cr_expect_eq(routes(), 0, "%zu routes are left", routes());
    cr_expect(peers_loop_end(&loop), "the loop still holds something");
}

void
send_frame(struct process *p, struct wk_frame f, size_t bytes)
{
    static const uint8_t zeros[WK_FRAME_BODY_BYTES_MAX];

    peer_send(&p->peer, f, zeros, bytes);
}

uint32_t
open_to(struct process *p, uint32_t id, uint32_t handle, uint32_t parent, uint8_t flags)
{
    struct process *to = &procs[handle];
    size_t before = to->peer.count;

    send_frame(p,
               (struct wk_frame){.kind = WK_FRAME_OPEN,
                                 .session = id,
                                 .handle = handle,
                                 .parent = parent,
                                 .flags = flags},
               0);
    peers_settle(&loop);
    for (size_t i = before; i < to->peer.count; i++)
        if (to->peer.frames[i].f.kind == WK_FRAME_OPEN)
            return to->peer.frames[i].f.session;
    return 0;
}

void
send_close(struct process *p, uint32_t id)
{
    send_frame(
        p, (struct wk_frame){.kind = WK_FRAME_CLOSE, .session = id, .code = WK_ECANCELED}, 0);
    peers_settle(&loop);
}

size_t
ends_heard(const struct process *p, uint32_t id)
{
    size_t n = 0;

    for (size_t i = 0; i < p->peer.count; i++) {
        const struct wk_frame *f = &p->peer.frames[i].f;

        n += f->session == id && (f->kind == WK_FRAME_CLOSE ||
                                  (f->kind == WK_FRAME_DATA && (f->flags & WK_FLAG_LAST)));
    }
    return n;
}

wk_err
close_code(const struct process *p, uint32_t id)
{
    struct wk_frame f = {.code = 0xffff};

    peer_got(&p->peer, WK_FRAME_CLOSE, id, &f);
    return (wk_err)f.code;
}
