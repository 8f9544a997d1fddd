/* Services: by name, their targets, when they are started again. */
#include "kernel/kernel.h"

#include <stdlib.h>
#include <string.h>
#include "kernel/base/log.h"

const char *
wk_service_kind_name(enum wk_service_kind kind)
{
    static const char *const names[] = {"front",  "zygote", "compiler",
                                        "worker", "disk",   "egress", "storage"};

    return names[kind];
}

static bool
is_system(enum wk_service_kind kind)
{
    return kind == WK_FRONT || kind == WK_ZYGOTE || kind == WK_COMPILER || kind == WK_STORAGE;
}

/* The configuration's names and those of the system's own services do not meet. */
static struct wk_service *
service_named(struct wk_kernel *kernel, const char *name, bool system)
{
    struct wk_service *s = kernel->services;

    while (s != NULL && (is_system(s->kind) != system || strcmp(s->name, name) != 0))
        s = s->next_service;
    return s;
}

struct wk_service *
wk_service_configured(struct wk_kernel *kernel, const char *name)
{
    return service_named(kernel, name, false);
}

struct wk_service *
wk_service_find(struct wk_kernel *kernel, const char *name)
{
    struct wk_service *s = service_named(kernel, name, false);

    return s != NULL ? s : service_named(kernel, name, true);
}

static void
service_on_demand(void *arg)
{
    struct wk_service *s = arg;

    if (s->wanted && wk_now_ms() >= s->parked_until_ms)
        wk_service_start(s);
}

struct wk_service *
wk_service_get(struct wk_kernel *kernel, const char *name, enum wk_service_kind kind)
{
    struct wk_service *s = service_named(kernel, name, is_system(kind)),
                      **at = &kernel->services;

    if (s != NULL && s->kind != kind) { /* the name means something else from now on */
        if (s->current != NULL)
            wk_process_kill(s->current);
        s->current = NULL;
        wk_dest_set(&s->dest, NULL, false);
        s->definition = NULL;
        s->kind = kind;
    }
    if (s != NULL)
        return s;
    s = wk_xcalloc(1, sizeof(*s));
    s->kernel = kernel;
    s->name = wk_xstrdup(name);
    s->kind = kind;
    s->dest.name = s->name;
    s->dest.arg = s;
    s->dest.on_demand = service_on_demand;
    s->exclusive = s->dest.redirects = kind == WK_STORAGE;
    uv_timer_init(kernel->loop, &s->restart_timer);
    s->restart_timer.data = s;
    while (*at != NULL)
        at = &(*at)->next_service;
    *at = s;
    return s;
}

uint32_t
wk_service_target(struct wk_service *s, const char *entrypoint, const char *props_json)
{
    for (uint32_t i = 0; i < s->target_count; i++)
        if (strcmp(s->targets[i].entrypoint, entrypoint) == 0 &&
            strcmp(s->targets[i].props_json, props_json) == 0)
            return i;
    s->targets = wk_xrealloc(s->targets, (s->target_count + 1) * sizeof(*s->targets));
    s->targets[s->target_count] =
        (struct wk_target){wk_xstrdup(entrypoint), wk_xstrdup(props_json)};
    return s->target_count++;
}

/* ---- starting and restarting ---- */

static void
trouble_set(struct wk_service *s, const char *reason)
{
    free(s->trouble);
    s->trouble = reason != NULL ? wk_xstrdup(reason) : NULL;
    s->dest.trouble = s->trouble;
}

void
wk_service_unable(struct wk_service *s, const char *reason)
{
    trouble_set(s, reason);
}

static void
start_settled(void *arg, struct wk_process *p, const char *error)
{
    struct wk_service *s = p->service;

    if (error == NULL) {
        trouble_set(s, NULL);
        wk_process_take_over(p);
    } else {
        s->parked_until_ms = wk_now_ms() + 1000;
        if (s == s->kernel->front)
            wk_deploy_front_failed(s->kernel, error);
        if (!s->kernel->stopping)
            wk_log(WK_WARN, "service.start_failed", "service=%s reason=\"%s\"", s->name, error);
    }
    wk_deploy_storage_settled(s->kernel);
}

void
wk_service_start(struct wk_service *s)
{
    s->wanted = true;
    uv_timer_stop(&s->restart_timer);
    s->parked_until_ms = 0;
    if (s->current != NULL && s->current->state != WK_DRAINING)
        return;
    if (s->current != NULL)
        s->current = NULL; /* the draining one finishes by itself */
    wk_dest_set(&s->dest, NULL, true);
    s->current = wk_process_start(s, start_settled, NULL);
    if (s->current == NULL)
        wk_dest_set(&s->dest, NULL, false);
}

void
wk_service_stop(struct wk_service *s, bool now)
{
    s->wanted = s->start_again = false;
    uv_timer_stop(&s->restart_timer);
    if (s->current == NULL)
        wk_dest_set(&s->dest, NULL, false);
    else if (now)
        wk_process_kill(s->current);
    else
        wk_process_drain(s->current);
}

static void
restart_settled(void *arg, struct wk_process *p, const char *error)
{
    struct wk_service *s = p->service;

    if (s->next == p)
        s->next = NULL;
    if (error == NULL) {
        s->restarts++;
        wk_process_take_over(p);
    } else {
        wk_log(WK_ERROR, "service.restart_failed", "service=%s reason=\"%s\"", s->name, error);
    }
}

void
wk_service_restart(struct wk_service *s)
{
    s->backoff_ms = 0;
    memset(s->crash_ms, 0, sizeof(s->crash_ms));
    if (s->current == NULL || s->current->state != WK_READY) {
        if (s->current != NULL)
            wk_process_kill(s->current);
        wk_service_start(s);
    } else if (s->exclusive) {
        s->start_again = true;
        wk_process_drain(s->current);
    } else if (s->next == NULL) {
        struct wk_process *p = wk_process_start(s, restart_settled, NULL);

        s->next = p == s->current ? NULL : p; /* a zygote has taken over already */
    }
}

static void
restart_due(uv_timer_t *timer)
{
    struct wk_service *s = timer->data;

    if (s->wanted && s->current == NULL)
        wk_service_start(s);
}

/* The current process ended without being asked: when to start the next one. */
void
wk_service_crashed(struct wk_service *s)
{
    uint64_t now = wk_now_ms();
    bool often = s->crash_ms[0] != 0 && now - s->crash_ms[0] < WK_RESTART_WINDOW_MS;

    memmove(s->crash_ms, s->crash_ms + 1, sizeof(s->crash_ms) - sizeof(s->crash_ms[0]));
    s->crash_ms[WK_RESTARTS_PER_WINDOW - 1] = now;
    s->restarts++;
    if (!often)
        s->backoff_ms = 0;
    else
        s->backoff_ms = s->backoff_ms == 0 ? 200 : s->backoff_ms * 2;
    if (s->backoff_ms > WK_BACKOFF_MS_MAX)
        s->backoff_ms = WK_BACKOFF_MS_MAX;
    if (s->backoff_ms == 0) {
        wk_service_start(s);
        return;
    }
    wk_log(WK_WARN, "service.backoff", "service=%s wait_ms=%u restarts=%llu", s->name,
           s->backoff_ms, (unsigned long long)s->restarts);
    s->parked_until_ms = now + s->backoff_ms;
    wk_dest_set(&s->dest, NULL, false);
    uv_timer_start(&s->restart_timer, restart_due, s->backoff_ms, 0);
}
