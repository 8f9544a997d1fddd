/* A configuration becomes running services, all or nothing:
 *
 *   sockets bound -> every worker compiled -> new workers loaded beside the old ones ->
 * switched over, front told, old ones drained -> reply
 *
 * Until the switch nothing that runs has changed, and a failure leaves it so. */
#include "kernel/sup/deploy_priv.h"

#include <stdlib.h>

struct wk_bundle *
wk_bundle_ref(struct wk_bundle *b)
{
    if (b != NULL)
        b->refs++;
    return b;
}

void
wk_bundle_unref(struct wk_bundle *b)
{
    if (b == NULL || --b->refs > 0)
        return;
    wk_buf_fini(&b->bytes);
    free(b->path);
    free(b);
}

void
wk_config_unref(struct wk_config_ref *ref)
{
    if (ref == NULL || --ref->refs > 0)
        return;
    wk_arena_fini(&ref->arena);
    free(ref);
}

static bool
open_sockets(struct wk_deploy *d)
{
    const Wk__Config *config = d->config->config;
    char *why = NULL;

    for (struct wk_listen *l = d->kernel->listens; l != NULL; l = l->next)
        l->used = false;
    for (size_t i = 0; i < config->n_sockets; i++) {
        const Wk__Socket *socket = config->sockets[i];
        struct wk_listen *l = wk_listen_open(d->kernel, socket->name, socket->address, &why);

        if (l == NULL) {
            wk_deploy_fail(d, wk_xasprintf("socket \"%s\": %s", socket->name, why));
            d->code = WK_EUNAVAILABLE; /* whoever has the address may let it go */
            free(why);
            return false;
        }
        l->used = true;
    }
    return true;
}

void
wk_deploy_start(struct wk_kernel *kernel, const Wk__CtlDeploy *request, struct wk_route *route)
{
    struct wk_deploy *d;
    struct wk_config_ref *ref;

    if (kernel->deploy != NULL || kernel->stopping) {
        wk_route_close(route, WK_EOVERLOADED, "another deployment is under way; try again");
        return;
    }
    ref = wk_xcalloc(1, sizeof(*ref));
    ref->refs = 1;
    ref->config = (Wk__Config *)(void *)wk_unpack(&wk__config__descriptor, request->config.data,
                                                  request->config.len, &ref->arena);
    if (ref->config == NULL) {
        wk_config_unref(ref);
        wk_route_close(route, WK_EINVAL, "malformed configuration");
        return;
    }
    d = wk_xcalloc(1, sizeof(*d));
    d->kernel = kernel;
    d->config = ref;
    d->route = route;
    d->watch = request->watch;
    d->started_ms = wk_now_ms();
    d->items = wk_xcalloc(ref->config->n_services + 1, sizeof(*d->items));
    kernel->deploy = d;
    kernel->deploying = ref->config;
    if (!open_sockets(d)) {
        wk_deploy_finish(d);
        return;
    }
    if (ref->config->n_sockets > 0 && kernel->front->current == NULL)
        wk_service_start(
            kernel->front); /* it gets its sockets when there is something to serve */
    d->waiting = 1;
    for (size_t i = 0; i < ref->config->n_services; i++)
        if (ref->config->services[i]->kind_case == WK__SERVICE__KIND_WORKER) {
            struct wk_deploy_item *item = &d->items[d->count++];

            item->deploy = d;
            item->definition = ref->config->services[i];
        }
    d->waiting += d->count;
    for (size_t i = 0, count = d->count; i < count; i++)
        wk_deploy_compile(&d->items[i]);
    wk_deploy_compiled(d);
}
