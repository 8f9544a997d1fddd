#include "services/front/front.h"

#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include "kernel/base/log.h"
#include "kernel/ipc/codec.h"
#include "services/front/conn.h"

#define CONNECT_MS 10000
#define FDS_KEPT 64u /* descriptors that are no client's */
#define DRAIN_MS 1000

static unsigned
conn_max(const struct wk_limits *limits)
{
    struct rlimit fds;
    unsigned max = limits->connections > 0 ? limits->connections : WK_CONNECTIONS_MAX;

    if (getrlimit(RLIMIT_NOFILE, &fds) == 0) {
        fds.rlim_cur = fds.rlim_max;
        setrlimit(RLIMIT_NOFILE, &fds);
        if (fds.rlim_cur < max + FDS_KEPT)
            max = fds.rlim_cur > 2 * FDS_KEPT ? (unsigned)fds.rlim_cur - FDS_KEPT : FDS_KEPT;
    }
    return max;
}

void
wk_front_init(struct wk_front *front, uv_loop_t *loop, const struct wk_limits *limits)
{
    const uint32_t after_ms[WK_TIMER_KINDS] = {
        [WK_TIMER_HEAD] = limits->headers_ms,  [WK_TIMER_IDLE] = limits->idle_ms,
        [WK_TIMER_BODY] = limits->body_ms,     [WK_TIMER_WRITE] = limits->write_ms,
        [WK_TIMER_LINGER] = limits->linger_ms, [WK_TIMER_HALF] = limits->half_ms,
    };

    front->loop = loop;
    front->limits = *limits;
    front->conn_max = conn_max(limits);
    wk_timers_init(&front->timers, loop, after_ms, wk_conn_timer_fired);
}

static void
front_say(struct wk_front *front, const Wk__Envelope *msg)
{
    wk_port_tell(front->port, msg);
}

static void
drained_check(struct wk_front *front)
{
    Wk__Drained drained = WK__DRAINED__INIT;
    WK_ENVELOPE(msg, DRAINED, drained, &drained);

    if (!front->draining || front->conn_count > 0)
        return;
    front_say(front, &msg);
    wk_link_drain(wk_port_link(front->port), DRAIN_MS);
    uv_stop(front->loop);
}

void
wk_front_conn_gone(struct wk_front *front)
{
    wk_sockets_resume(front);
    drained_check(front);
}

void
wk_front_drain(struct wk_front *front)
{
    if (front->draining)
        return;
    front->draining = true;
    wk_log(WK_INFO, "front.drain", "connections=%u", front->conn_count);
    wk_conn_drain_all(front);
    wk_sockets_close_all(front);
    drained_check(front);
}

static void
on_kernel(void *arg, const Wk__Envelope *msg)
{
    struct wk_front *front = arg;
    Wk__Ready ready = WK__READY__INIT;
    WK_ENVELOPE(reply, READY, ready, &ready);

    switch (msg->body_case) {
    case WK__ENVELOPE__BODY_FRONT_SOCKETS:
        if (front->draining)
            return;
        wk_sockets_apply(front, msg->front_sockets);
        front_say(front, &reply); /* each time: a deployment waits for it */
        front->ready = true;
        return;
    case WK__ENVELOPE__BODY_DRAIN:
        wk_front_drain(front);
        return;
    default:
        return;
    }
}

static void
on_down(void *arg, wk_err why)
{
    struct wk_front *front = arg;

    wk_log(WK_ERROR, "front.link_down", "why=%s", wk_err_name(why));
    uv_stop(front->loop);
}

static void
on_batch_end(void *arg)
{
    wk_out_flush_corked(arg);
}

/* Nobody holds a handle to the front. */
static void
on_open(void *arg, struct wk_session *session, uint32_t target, const Wk__Envelope *msg,
        uint8_t flags)
{
}

static const struct wk_port_events port_events = {on_open, on_kernel, on_down, on_batch_end};

wk_err
wk_front_connect(struct wk_front *front, const char *url, const char *token_hex)
{
    return wk_port_connect(front->loop, url, token_hex, "front", CONNECT_MS, &port_events,
                           front, &front->port);
}

void
wk_front_fini(struct wk_front *front)
{
    while (front->spare_count > 0)
        wk_buf_fini(&front->spares[--front->spare_count]);
    wk_buf_fini(&front->text);
    wk_buf_fini(&front->inline_body);
    wk_buf_fini(&front->url);
    wk_port_free(front->port);
    front->port = NULL;
}
