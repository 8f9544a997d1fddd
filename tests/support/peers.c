#include "tests/support/peers.h"

#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define QUIET_PASSES 6

static uint64_t activity;
static struct peer *all_open;

static void
peer_on_frame(void *arg, struct wk_link *link, const struct wk_frame *f)
{
    struct peer *peer = arg;
    struct wk_frame *copy;

    activity++;
    if (peer->count == peer->cap) {
        peer->cap = peer->cap ? 2 * peer->cap : 16;
        peer->frames = wk_xrealloc(peer->frames, peer->cap * sizeof(*peer->frames));
    }
    copy = &peer->frames[peer->count++].f;
    *copy = *f;
    copy->body = wk_xmemdup(f->body, f->body_bytes);
}

static void
peer_on_batch_end(void *arg, struct wk_link *link)
{
    ((struct peer *)arg)->batches++;
}

static void
peer_on_closed(void *arg, struct wk_link *link, wk_err why)
{
    struct peer *peer = arg;

    activity++;
    peer->closed++;
    peer->why = why;
}

void
peer_take(struct peer *peer, struct wk_link *link)
{
    static const struct wk_link_events events = {peer_on_frame, peer_on_batch_end, peer_on_closed};

    *peer = (struct peer){.link = link, .fd = -1, .next_open = all_open};
    all_open = peer;
    wk_link_start(link, &events, peer);
}

void
peer_open(struct peer *peer, uv_loop_t *loop, struct wk_link **near)
{
    struct wk_link *far;
    int pair[2];

    WK_CHECK(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) == 0);
    WK_CHECK(wk_link_adopt(loop, pair[0], near) == WK_OK);
    WK_CHECK(wk_link_adopt(loop, pair[1], &far) == WK_OK);
    peer_take(peer, far);
    peer->fd = pair[1];
}

void
peer_forget(struct peer *peer)
{
    for (size_t i = 0; i < peer->count; i++)
        free((void *)(uintptr_t)peer->frames[i].f.body);
    peer->count = 0;
}

void
peer_fini(struct peer *peer)
{
    struct peer **at = &all_open;

    while (*at != NULL && *at != peer)
        at = &(*at)->next_open;
    if (*at == NULL)
        return;
    *at = peer->next_open;
    wk_link_close(peer->link, WK_ECLOSED);
    wk_link_unref(peer->link);
    peer_forget(peer);
    free(peer->frames);
    peer->frames = NULL;
}

void
peer_send(struct peer *peer, struct wk_frame frame, const void *body, size_t bytes)
{
    frame.body = body;
    frame.body_bytes = (uint32_t)bytes;
    wk_link_send(peer->link, &frame);
}

void
peer_raw(struct peer *peer, const void *data, size_t bytes)
{
    const char *p = data;

    wk_link_flush(peer->link);
    while (bytes > 0 && peer->closed == 0) {
        ssize_t put = send(peer->fd, p, bytes, MSG_NOSIGNAL | MSG_DONTWAIT);

        if (put <= 0)
            return; /* the other end is full, or had enough */
        p += put;
        bytes -= (size_t)put;
    }
}

void
peer_die(struct peer *peer)
{
    if (peer->closed == 0)
        shutdown(peer->fd, SHUT_RDWR);
}

size_t
peer_got(const struct peer *peer, int kind, uint32_t session, struct wk_frame *last)
{
    size_t n = 0;

    for (size_t i = 0; i < peer->count; i++)
        if (peer->frames[i].f.kind == kind && peer->frames[i].f.session == session) {
            n++;
            if (last != NULL)
                *last = peer->frames[i].f;
        }
    return n;
}

const struct wk_frame *
peer_last(const struct peer *peer)
{
    return peer->count > 0 ? &peer->frames[peer->count - 1].f : NULL;
}

static size_t
unsent(void)
{
    size_t bytes = 0;

    for (const struct peer *p = all_open; p != NULL; p = p->next_open)
        bytes += wk_link_unsent_bytes(p->link);
    return bytes;
}

void
peers_settle(uv_loop_t *loop)
{
    uint64_t seen = activity + unsent();

    for (int quiet = 0; quiet < QUIET_PASSES; quiet++) {
        uv_run(loop, UV_RUN_NOWAIT);
        if (seen != activity + unsent())
            quiet = 0;
        seen = activity + unsent();
    }
}

bool
peers_await(uv_loop_t *loop, const unsigned *flag)
{
    uint64_t until = wk_now_ms() + 10000;

    while (*flag == 0 && wk_now_ms() < until) {
        uv_run(loop, UV_RUN_NOWAIT);
        usleep(200); /* nng's threads need the processor */
    }
    return *flag != 0;
}

bool
peers_loop_end(uv_loop_t *loop)
{
    for (int i = 0; i < 10000 && uv_loop_alive(loop); i++)
        uv_run(loop, UV_RUN_NOWAIT);
    for (int i = 0; i < 10; i++)
        uv_run(loop, UV_RUN_NOWAIT);
    return uv_loop_close(loop) == 0;
}
