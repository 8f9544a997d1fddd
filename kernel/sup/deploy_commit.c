/* The switch: from here on the new configuration is what runs. */
#include "kernel/sup/deploy_priv.h"

#include <stdlib.h>
#include <string.h>
#include "kernel/base/log.h"

#define STORAGE_WAIT_MS 10000u

static void
commit_worker(struct wk_deploy_item *item)
{
    struct wk_service *s = item->service;

    s->definition = item->definition;
    s->wanted = true;
    if (!item->changed)
        return;
    wk_bundle_unref(s->bundle);
    s->bundle = wk_bundle_ref(item->bundle);
    s->backoff_ms = 0;
    wk_process_take_over(item->process);
}

bool
wk_same_packed(const ProtobufCMessage *a, const ProtobufCMessage *b)
{
    struct wk_buf x = {0}, y = {0};
    bool same;

    wk_pack(a, &x);
    wk_pack(b, &y);
    same = x.len == y.len && memcmp(x.data, y.data, x.len) == 0;
    wk_buf_fini(&x);
    wk_buf_fini(&y);
    return same;
}

enum wk_service_kind
wk_kind_of(const Wk__Service *definition)
{
    switch (definition->kind_case) {
    case WK__SERVICE__KIND_DISK:
        return WK_DISK;
    case WK__SERVICE__KIND_WORKER:
        return WK_WORKER;
    default:
        return WK_EGRESS;
    }
}

static void
commit_other(struct wk_kernel *kernel, const Wk__Service *definition)
{
    struct wk_service *s = wk_service_get(kernel, definition->name, wk_kind_of(definition));
    bool same =
        s->definition != NULL && wk_same_packed(&s->definition->base, &definition->base);

    s->definition = definition;
    s->on_demand = true;
    s->wanted = true;
    if (!same && s->current != NULL)
        wk_service_restart(s);
}

/* Services that the new configuration does not know end. */
static void
commit_removed(struct wk_kernel *kernel, const Wk__Config *config)
{
    for (struct wk_service *s = kernel->services; s != NULL; s = s->next_service) {
        bool kept = s == kernel->zygote || s == kernel->front || s == kernel->compiler ||
                    s->kind == WK_STORAGE;

        for (size_t i = 0; i < config->n_services && !kept; i++)
            kept = strcmp(config->services[i]->name, s->name) == 0;
        if (kept)
            continue;
        s->definition = NULL;
        wk_service_stop(s, false);
    }
}

static void
commit_sockets(struct wk_deploy *d)
{
    struct wk_kernel *kernel = d->kernel;
    struct wk_process *front = kernel->front->current;
    bool other_set = false; /* of descriptors than the running front has */

    for (struct wk_listen *l = kernel->listens, *next; l != NULL; l = next) {
        next = l->next;
        other_set |= !l->used || !l->inherited;
        if (!l->used)
            wk_listen_close(kernel, l);
    }
    d->front_waiting = true;
    if (front == NULL)
        wk_service_start(kernel->front);
    else if (other_set)
        wk_service_restart(kernel->front);
    else
        wk_equip_front(kernel);
}

/* Whoever asked is told what cannot serve; a recovery that takes long is not waited for. */
static void
await_storage(struct wk_deploy *d)
{
    bool opening = false;

    for (const struct wk_service *s = d->kernel->services; s != NULL; s = s->next_service)
        opening |= s->kind == WK_STORAGE && s->wanted && s->current != NULL &&
                   s->trouble == NULL && !wk_storage_serves(s);
    d->front_waiting = false;
    if (d->storage_since_ms == 0)
        d->storage_since_ms = wk_now_ms();
    if (!opening || wk_now_ms() - d->storage_since_ms > STORAGE_WAIT_MS)
        wk_deploy_finish(d);
}

void
wk_deploy_storage_settled(struct wk_kernel *kernel)
{
    if (kernel->deploy != NULL && kernel->deploy->storage_since_ms > 0)
        await_storage(kernel->deploy);
}

void
wk_deploy_commit(struct wk_deploy *d)
{
    struct wk_kernel *kernel = d->kernel;
    const Wk__Config *config = d->config->config;
    struct wk_config_ref *former = kernel->config;

    d->config->refs++;
    kernel->config = d->config;
    kernel->watch = d->watch;
    for (size_t i = 0; i < config->n_services; i++)
        if (config->services[i]->kind_case != WK__SERVICE__KIND_WORKER)
            commit_other(kernel, config->services[i]);
    wk_actors_commit(kernel, config);
    for (size_t i = 0; i < d->count; i++)
        commit_worker(&d->items[i]);
    commit_removed(kernel, config);
    wk_config_unref(former);
    if (config->n_sockets == 0)
        await_storage(d);
    else
        commit_sockets(d);
}

void
wk_deploy_front_ready(struct wk_kernel *kernel)
{
    if (kernel->deploy != NULL && kernel->deploy->front_waiting)
        await_storage(kernel->deploy);
}

void
wk_deploy_front_failed(struct wk_kernel *kernel, const char *error)
{
    if (kernel->deploy == NULL || !kernel->deploy->front_waiting)
        return;
    wk_deploy_fail(kernel->deploy, wk_xasprintf("the HTTP front cannot be started: %s", error));
    wk_deploy_finish(kernel->deploy);
}
