/* What a process needs to become READY: its handles, its sockets, its worker. */
#include "kernel/kernel.h"

#include <stdlib.h>
#include <string.h>
#include "kernel/base/log.h"

/* Grants handle for the designator; false if there is no such service. */
static bool
grant(struct wk_kernel *kernel, struct wk_end *end, uint32_t handle, const Wk__Designator *to)
{
    struct wk_service *s = wk_service_configured(kernel, to->service);

    if (s == NULL)
        return false;
    wk_end_grant(end, handle, &s->dest,
                 s->kind == WK_WORKER ? wk_service_target(s, to->entrypoint, to->props_json) : WK_TARGET_ONLY);
    return true;
}

/* The worker with its assets in front of it, if that is how it is to be reached from outside. */
static struct wk_service *
assets_before(struct wk_kernel *kernel, const Wk__Designator *to)
{
    const struct wk_service *s = wk_service_find(kernel, to->service);
    const Wk__Assets *assets = NULL;

    if (s != NULL && s->kind == WK_WORKER && s->definition != NULL)
        assets = s->definition->worker->assets;
    if (assets == NULL || assets->run_worker_first || to->entrypoint[0] != '\0')
        return NULL;
    return wk_service_find(kernel, assets->service);
}

/* Grants handle for what a socket serves. */
static bool
grant_socket(struct wk_kernel *kernel, struct wk_end *end, uint32_t handle, const Wk__Designator *to)
{
    struct wk_service *assets = assets_before(kernel, to);

    if (assets == NULL)
        return grant(kernel, end, handle, to);
    wk_end_grant(end, handle, &assets->dest, WK_TARGET_ASSETS_WORKER);
    return true;
}

/* ---- the front ---- */

static void
equip_front(struct wk_kernel *kernel, struct wk_process *p)
{
    const Wk__Config *config = kernel->config != NULL ? kernel->config->config : NULL;
    Wk__FrontSockets sockets = WK__FRONT_SOCKETS__INIT;
    WK_ENVELOPE(msg, FRONT_SOCKETS, front_sockets, &sockets);
    struct wk_arena arena = {0};
    struct wk_buf options = {0};

    if (config == NULL || p == NULL || p->end == NULL || p->state == WK_DRAINING)
        return;
    sockets.sockets = wk_arena_alloc(&arena, (config->n_sockets + 1) * sizeof(void *));
    for (size_t i = 0; i < config->n_sockets; i++) {
        const Wk__Socket *socket = config->sockets[i];
        Wk__FrontSockets__Listen *out = wk_arena_alloc(&arena, sizeof(*out));
        struct wk_listen *l = kernel->listens;

        while (l != NULL && strcmp(l->name, socket->name) != 0)
            l = l->next;
        if (l == NULL || !grant_socket(kernel, p->end, (uint32_t)i, socket->service))
            continue;
        wk__front_sockets__listen__init(out);
        out->name = socket->name;
        out->fd = (uint32_t)l->fd;
        out->handle = (uint32_t)i;
        out->address = l->address;
        if (socket->http != NULL) {
            options.len = 0;
            wk_pack(&socket->http->base, &options);
            out->http_options.len = options.len;
            out->http_options.data = (uint8_t *)wk_arena_strndup(&arena, options.data, options.len);
        }
        sockets.sockets[sockets.n_sockets++] = out;
    }
    sockets.error_pages = kernel->watch;
    sockets.log_requests = wk_logbook_wants_requests(kernel);
    wk_end_tell(p->end, &msg);
    wk_arena_fini(&arena);
    wk_buf_fini(&options);
}

void
wk_equip_front(struct wk_kernel *kernel)
{
    equip_front(kernel, kernel->front->current);
    if (kernel->front->next != kernel->front->current)
        equip_front(kernel, kernel->front->next);
}

/* ---- workers ---- */

/* Sends as much of the bundle as the window allows. */
static void
load_pump(struct wk_process *p)
{
    const struct wk_buf *bytes = &p->bundle->bytes;

    while (p->load_route != NULL && p->bundle_sent < bytes->len) {
        size_t piece = bytes->len - p->bundle_sent, sent;

        if (piece > 65536)
            piece = 65536;
        sent = wk_route_write(p->load_route, bytes->data + p->bundle_sent, piece, 0);
        p->bundle_sent += sent;
        if (sent < piece)
            break;
    }
}

static void
load_on_message(void *arg, struct wk_route *route, const Wk__Envelope *msg, uint8_t flags)
{
    struct wk_process *p = arg;
    struct wk_buf copy = {0};

    if (msg->body_case != WK__ENVELOPE__BODY_WORKER_LOADED)
        return;
    p->load_route = NULL; /* the host ends it with this message */
    if (!msg->worker_loaded->ok) {
        wk_process_failed(p, msg->worker_loaded->error);
        return;
    }
    wk_pack(&msg->worker_loaded->base, &copy);
    p->loaded = (Wk__WorkerLoaded *)(void *)wk_unpack(&wk__worker_loaded__descriptor, copy.data, copy.len,
                                                      &p->loaded_arena);
    wk_buf_fini(&copy);
    wk_process_ready(p);
}

static void
load_on_writable(void *arg, struct wk_route *route)
{
    load_pump(arg);
}

static void
load_on_closed(void *arg, struct wk_route *route, wk_err code, const Wk__Error *error)
{
    struct wk_process *p = arg;

    p->load_route = NULL;
    if (p->state == WK_UP && code != WK_EUNAVAILABLE) /* else its exit says more */
        wk_process_failed(p, error != NULL ? error->message : "the worker could not be loaded");
}

static const struct wk_local load_local = {load_on_message, load_on_writable, load_on_closed};

static void
host_binding(struct wk_process *p, const Wk__Binding *b, Wk__HostBinding *out, uint32_t *handles,
             struct wk_arena *arena)
{
    out->name = b->name;
    switch (b->kind_case) {
    case WK__BINDING__KIND_TEXT:
        out->kind_case = WK__HOST_BINDING__KIND_TEXT;
        out->text = b->text;
        break;
    case WK__BINDING__KIND_DATA:
        out->kind_case = WK__HOST_BINDING__KIND_DATA;
        out->data = b->data;
        break;
    case WK__BINDING__KIND_JSON:
        out->kind_case = WK__HOST_BINDING__KIND_JSON;
        out->json = b->json;
        break;
    case WK__BINDING__KIND_SERVICE:
    case WK__BINDING__KIND_ASSETS:
        out->kind_case = WK__HOST_BINDING__KIND_SERVICE_HANDLE;
        out->service_handle = *handles;
        if (grant(p->kernel, p->end, *handles, b->service))
            (*handles)++;
        break;
    case WK__BINDING__KIND_ACTOR_NAMESPACE:
        out->actor_namespace = wk_actors_of_binding(p, b->actor_namespace, handles, arena);
        if (out->actor_namespace != NULL)
            out->kind_case = WK__HOST_BINDING__KIND_ACTOR_NAMESPACE;
        break;
    case WK__BINDING__KIND_ACTOR_CLASS:
        out->kind_case = WK__HOST_BINDING__KIND_ACTOR_CLASS;
        out->actor_class = wk_arena_alloc(arena, sizeof(*out->actor_class));
        wk__target__init(out->actor_class);
        out->actor_class->entrypoint = b->actor_class->entrypoint;
        out->actor_class->props_json = b->actor_class->props_json;
        break;
    case WK__BINDING__KIND_UNSUPPORTED:
        out->kind_case = WK__HOST_BINDING__KIND_UNSUPPORTED;
        out->unsupported = b->unsupported;
        break;
    default:
        out->kind_case = WK__HOST_BINDING__KIND_UNSUPPORTED;
        out->unsupported = (char *)(uintptr_t)"this kind of binding is not offered by this version";
        break;
    }
}

static void
equip_worker(struct wk_process *p)
{
    struct wk_service *s = p->service;
    const Wk__Worker *worker = p->definition->worker;
    Wk__LoadWorker load = WK__LOAD_WORKER__INIT;
    WK_ENVELOPE(msg, LOAD_WORKER, load_worker, &load);
    struct wk_arena arena = {0};
    Wk__Designator internet = WK__DESIGNATOR__INIT;
    uint32_t handles = 1;

    internet.service = (char *)(uintptr_t)"internet";
    load.name = s->name;
    load.compatibility_date = worker->compatibility_date;
    load.n_compatibility_flags = worker->n_compatibility_flags;
    load.compatibility_flags = worker->compatibility_flags;
    load.bundle_bytes = p->bundle->bytes.len;
    load.cpu_limit_ms = p->cpu_limit_ms = worker->cpu_limit_ms ? worker->cpu_limit_ms : WK_CPU_LIMIT_MS_DEFAULT;
    load.memory_limit_mib = worker->memory_limit_mib ? worker->memory_limit_mib : 128;
    load.watch = p->kernel->watch;
    load.generation = p->generation;
    load.bindings = wk_arena_alloc(&arena, (worker->n_bindings + 1) * sizeof(void *));
    for (size_t i = 0; i < worker->n_bindings; i++) {
        Wk__HostBinding *b = wk_arena_alloc(&arena, sizeof(*b));

        wk__host_binding__init(b);
        host_binding(p, worker->bindings[i], b, &handles, &arena);
        load.bindings[load.n_bindings++] = b;
    }
    if (grant(p->kernel, p->end, handles, worker->global_outbound != NULL ? worker->global_outbound : &internet))
        load.outbound_handle_plus1 = ++handles;
    wk_actors_of_worker(p, &load, &handles, &arena);
    load.targets = wk_arena_alloc(&arena, (s->target_count + 1) * sizeof(void *));
    for (uint32_t i = 0; i < s->target_count; i++) {
        Wk__Target *t = wk_arena_alloc(&arena, sizeof(*t));

        wk__target__init(t);
        t->entrypoint = s->targets[i].entrypoint;
        t->props_json = s->targets[i].props_json;
        load.targets[load.n_targets++] = t;
    }
    p->load_route = wk_route_open_local(&s->dest, p->end, WK_TARGET_KERNEL, &msg, 0, &load_local, p);
    wk_arena_fini(&arena);
    load_pump(p);
}

/* ---- disk and egress ---- */

/* Lets the assets of a worker hand requests on to it. */
static void
grant_worker_behind(struct wk_process *p)
{
    const Wk__Config *config = p->kernel->config != NULL ? p->kernel->config->config : NULL;
    Wk__Designator to = WK__DESIGNATOR__INIT;

    for (size_t i = 0; config != NULL && i < config->n_services; i++) {
        const Wk__Service *s = config->services[i];

        if (s->kind_case != WK__SERVICE__KIND_WORKER || s->worker->assets == NULL ||
            strcmp(s->worker->assets->service, p->service->name) != 0)
            continue;
        to.service = s->name;
        grant(p->kernel, p->end, 0, &to);
    }
}

static void
equip_configured(struct wk_process *p)
{
    Wk__Configure configure = WK__CONFIGURE__INIT;
    WK_ENVELOPE(msg, CONFIGURE, configure, &configure);
    struct wk_buf packed = {0};

    if (p->service->kind == WK_DISK)
        grant_worker_behind(p);
    wk_pack(&p->definition->base, &packed);
    configure.service = WK_BYTES_OF(packed.data, packed.len);
    wk_end_tell(p->end, &msg);
    wk_buf_fini(&packed);
}

void
wk_equip(struct wk_process *p)
{
    switch (p->service->kind) {
    case WK_FRONT:
        equip_front(p->kernel, p); /* it says Ready when it serves */
        break;
    case WK_WORKER:
        equip_worker(p);
        break;
    case WK_DISK:
    case WK_EGRESS:
        equip_configured(p);
        break;
    case WK_STORAGE:
        wk_actors_equip_storage(p);
        break;
    case WK_COMPILER:
    case WK_ZYGOTE:
        break; /* says Ready by itself */
    }
}
