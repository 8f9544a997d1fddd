#include "services/isolate_host/host.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include "kernel/base/log.h"
#include "kernel/ipc/codec.h"

static struct wk_host host;

static uint64_t
process_cpu_ms(void)
{
    struct timespec ts;

    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &ts);
    return (uint64_t)ts.tv_sec * 1000u + (uint64_t)ts.tv_nsec / 1000000u;
}

static void
send_stats(struct wk_session *s)
{
    Wk__HostStats out = WK__HOST_STATS__INIT;
    WK_ENVELOPE(msg, HOST_STATS, host_stats, &out);
    static const struct wk_session_events none = {0};
    struct wk_isolate_stats stats;

    wk_isolate_stats(host.isolate, &stats);
    out.heap_bytes = wk_isolate_heap_bytes(host.isolate);
    out.events = stats.events;
    out.exceptions = stats.exceptions;
    out.cpu_ms = process_cpu_ms();
    out.open_sessions = (uint32_t)wk_port_session_count(host.port);
    wk_session_accept(s, &none, NULL);
    wk_session_send(s, &msg, WK_FLAG_END | WK_FLAG_LAST);
}

static void
drain_check(void)
{
    Wk__Drained drained = WK__DRAINED__INIT;
    WK_ENVELOPE(msg, DRAINED, drained, &drained);

    wk_host_actors_leave(&host);
    if (!host.draining || wk_port_session_count(host.port) > 0)
        return;
    wk_port_tell(host.port, &msg);
    wk_link_drain(wk_port_link(host.port), 500);
    _exit(0);
}

static void
event_open(struct wk_session *s, uint32_t target, const Wk__Envelope *msg)
{
    struct wk_session *via = wk_session_via(s);
    struct wk_actor *actor = via != NULL ? wk_host_actor_of(via) : NULL;

    if (via != NULL && actor == NULL)
        wk_session_close(s, WK_EUNAVAILABLE, NULL);
    else
        wk_host_event_open(&host, s, target, actor, msg);
}

static void
on_open(void *arg, struct wk_session *s, uint32_t target, const Wk__Envelope *msg, uint8_t flags)
{
    if (target == WK_HOST_TARGET_KERNEL && msg->body_case == WK__ENVELOPE__BODY_LOAD_WORKER)
        wk_host_load_begin(&host, s, msg->load_worker);
    else if (target == WK_HOST_TARGET_KERNEL && msg->body_case == WK__ENVELOPE__BODY_HOST_STATS_GET)
        send_stats(s);
    else if (target == WK_HOST_TARGET_ACTORS && msg->body_case == WK__ENVELOPE__BODY_ACTOR_START)
        wk_host_actor_place(&host, s, msg->actor_start);
    else
        event_open(s, target, msg);
}

static void
on_kernel(void *arg, const Wk__Envelope *msg)
{
    if (msg->body_case != WK__ENVELOPE__BODY_DRAIN || host.draining)
        return;
    host.draining = true;
    wk_host_actors_drain(&host);
}

static void
on_down(void *arg, wk_err why)
{
    _exit(0); /* without the kernel there is nobody to serve */
}

static void
on_batch_end(void *arg)
{
    wk_host_actors_deal(&host);
    wk_isolate_idle(host.isolate);
    if (host.ebbed) {
        host.ebbed = false;
        wk_isolate_ebb(host.isolate);
    }
    drain_check();
}

_Noreturn void
wk_host_run(struct wk_isolate *isolate, const char *url, const char *token_hex)
{
    static const struct wk_port_events events = {on_open, on_kernel, on_down, on_batch_end};
    wk_err err;

    wk_link_global_init();
    uv_loop_init(&host.loop);
    host.isolate = isolate;
    host.link_fd = strncmp(url, "fd:", 3) == 0 ? atoi(url + 3) : -1;
    uv_timer_init(&host.loop, &host.timer);
    host.timer.data = &host;
    wk_isolate_attach(isolate, &wk_host_ops, &host);
    if ((err = wk_port_connect(&host.loop, url, token_hex, "isolate-host", 10000, &events, &host, &host.port)) !=
        WK_OK) {
        wk_log(WK_ERROR, "host.connect", "err=%s", wk_err_name(err));
        _exit(111);
    }
    uv_run(&host.loop, UV_RUN_DEFAULT);
    _exit(0);
}
