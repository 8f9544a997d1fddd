/* The service: what the kernel tells it, who opens what. */
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include "kernel/base/log.h"
#include "services/egress/egress.h"

#define CONNECT_MS 10000
#define DRAIN_MS 1000

static void
drained_check(struct wk_egress *egress)
{
    Wk__Drained drained = WK__DRAINED__INIT;
    WK_ENVELOPE(msg, DRAINED, drained, &drained);

    if (!egress->draining || egress->transfers > 0)
        return;
    wk_port_tell(egress->port, &msg);
    wk_link_drain(wk_port_link(egress->port), DRAIN_MS);
    uv_stop(egress->loop);
}

void
wk_egress_transfer_gone(struct wk_egress *egress)
{
    drained_check(egress);
}

static void
on_open(void *arg, struct wk_session *s, uint32_t target, const Wk__Envelope *msg, uint8_t flags)
{
    struct wk_egress *egress = arg;

    if (msg->body_case != WK__ENVELOPE__BODY_HTTP_REQUEST)
        return;
    if (egress->service == NULL)
        wk_session_close(s, WK_EUNAVAILABLE, NULL);
    else
        wk_transfer_open(egress, s, msg->http_request);
}

/* Once: a process serves one service; for another there is another process. */
static void
on_configure(struct wk_egress *egress, const Wk__Configure *configure)
{
    static const Wk__HttpOptions plain = WK__HTTP_OPTIONS__INIT;
    Wk__Ready ready = WK__READY__INIT;
    WK_ENVELOPE(msg, READY, ready, &ready);
    const Wk__Service *service;

    if (egress->service != NULL)
        return;
    service = (const Wk__Service *)(const void *)wk_unpack(&wk__service__descriptor, configure->service.data,
                                                          configure->service.len, &egress->arena);
    egress->options = &plain;
    if (service != NULL && service->kind_case == WK__SERVICE__KIND_NETWORK) {
        const Wk__Network *n = service->network;

        egress->network = wk_network_new(n->allow, n->n_allow, n->deny, n->n_deny);
    } else if (service != NULL && service->kind_case == WK__SERVICE__KIND_EXTERNAL) {
        if (service->external->http != NULL)
            egress->options = service->external->http;
    } else {
        wk_log(WK_ERROR, "egress.configure", "reason=\"neither network nor external\"");
        exit(100);
    }
    egress->service = service;
    wk_egress_seal();
    wk_port_tell(egress->port, &msg);
}

static void
on_kernel(void *arg, const Wk__Envelope *msg)
{
    struct wk_egress *egress = arg;

    if (msg->body_case == WK__ENVELOPE__BODY_CONFIGURE) {
        on_configure(egress, msg->configure);
    } else if (msg->body_case == WK__ENVELOPE__BODY_DRAIN) {
        egress->draining = true;
        drained_check(egress);
    }
}

static void
on_down(void *arg, wk_err why)
{
    struct wk_egress *egress = arg;

    uv_stop(egress->loop);
}

void
wk_egress_init(struct wk_egress *egress, uv_loop_t *loop)
{
    struct rlimit fds;

    *egress = (struct wk_egress){.loop = loop};
    if (getrlimit(RLIMIT_NOFILE, &fds) == 0) {
        fds.rlim_cur = fds.rlim_max;
        setrlimit(RLIMIT_NOFILE, &fds);
    }
    wk_multi_init(egress);
}

wk_err
wk_egress_connect(struct wk_egress *egress, const char *url, const char *token_hex)
{
    static const struct wk_port_events events = {on_open, on_kernel, on_down, NULL};

    return wk_port_connect(egress->loop, url, token_hex, "egress", CONNECT_MS, &events, egress, &egress->port);
}
