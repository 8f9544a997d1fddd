/* New workers are loaded beside the old ones. */
#include "kernel/sup/deploy_priv.h"

#include <string.h>

/* One worker less to wait for. */
static void
load_settled(void *arg, struct wk_process *p, const char *error)
{
    struct wk_deploy_item *item = arg;
    struct wk_deploy *d = item->deploy;

    if (error != NULL) {
        if (item->service->next == p)
            item->service->next = NULL;
        wk_deploy_fail(d, wk_xasprintf("service %s: %s", item->definition->name, error));
        item->process = NULL;
    }
    if (--d->waiting > 0)
        return;
    if (!d->failed) {
        wk_deploy_commit(d);
        return;
    }
    for (size_t i = 0; i < d->count; i++)
        if (d->items[i].process != NULL)
            wk_process_kill(d->items[i].process);
    wk_deploy_finish(d);
}

/* Every designator gets its target before any worker is told its list. */
static void
collect_targets(struct wk_kernel *kernel, const Wk__Config *config)
{
    const Wk__Designator *to;

    for (size_t i = 0; i < config->n_sockets; i++)
        if ((to = config->sockets[i]->service) != NULL &&
            wk_service_configured(kernel, to->service) != NULL)
            wk_service_target(wk_service_configured(kernel, to->service), to->entrypoint,
                              to->props_json);
    for (size_t i = 0; i < config->n_services; i++) {
        const Wk__Worker *w = config->services[i]->worker;

        if (config->services[i]->kind_case != WK__SERVICE__KIND_WORKER)
            continue;
        if ((to = w->global_outbound) != NULL &&
            wk_service_configured(kernel, to->service) != NULL)
            wk_service_target(wk_service_configured(kernel, to->service), to->entrypoint,
                              to->props_json);
        for (size_t j = 0; j < w->n_bindings; j++)
            if (w->bindings[j]->kind_case == WK__BINDING__KIND_SERVICE &&
                (to = w->bindings[j]->service) != NULL &&
                wk_service_configured(kernel, to->service) != NULL)
                wk_service_target(wk_service_configured(kernel, to->service), to->entrypoint,
                                  to->props_json);
    }
}

static bool
item_changed(const struct wk_deploy_item *item)
{
    const struct wk_service *s = item->service;

    return s->current == NULL || s->current->state != WK_READY || s->definition == NULL ||
           s->bundle == NULL || strcmp(s->bundle->path, item->bundle->path) != 0 ||
           s->target_count != item->targets_before ||
           item->deploy->watch != item->deploy->kernel->watch ||
           !wk_same_packed(&s->definition->base, &item->definition->base);
}

void
wk_deploy_load(struct wk_deploy *d)
{
    struct wk_kernel *kernel = d->kernel;
    const Wk__Config *config = d->config->config;

    for (size_t i = 0; i < config->n_services; i++)
        if (config->services[i]->kind_case != WK__SERVICE__KIND_WORKER)
            wk_service_get(kernel, config->services[i]->name, wk_kind_of(config->services[i]));
    for (size_t i = 0; i < d->count; i++) {
        d->items[i].service = wk_service_get(kernel, d->items[i].definition->name, WK_WORKER);
        d->items[i].targets_before = d->items[i].service->target_count;
    }
    collect_targets(kernel, config);
    wk_actors_prepare(kernel, config);
    d->waiting = 1;
    for (size_t i = 0; i < d->count; i++) {
        struct wk_deploy_item *item = &d->items[i];
        struct wk_service *s = item->service;

        if (!(item->changed = item_changed(item)))
            continue;
        s->staged_definition = item->definition;
        s->staged_bundle = wk_bundle_ref(item->bundle);
        if (s->current == NULL)
            wk_dest_set(&s->dest, NULL, true);
        d->waiting++;
        item->process = wk_process_start(s, load_settled, item);
        if (item->process == NULL) {
            d->waiting--;
            wk_deploy_fail(d,
                           wk_xasprintf("service %s: cannot start an isolate host", s->name));
        }
    }
    if (--d->waiting == 0) {
        if (d->failed)
            wk_deploy_finish(d);
        else
            wk_deploy_commit(d);
    }
}
