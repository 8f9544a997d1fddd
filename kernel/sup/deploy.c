/* A configuration becomes running services, all or nothing:
 *
 *   sockets bound -> every worker compiled -> new workers loaded beside the old ones ->
 * switched over, front told, old ones drained -> reply
 *
 * Until the switch nothing that runs has changed, and a failure leaves it so. */
#include "kernel/kernel.h"

#include <stdlib.h>
#include <string.h>
#include "kernel/base/json.h"
#include "kernel/base/log.h"

#define STORAGE_WAIT_MS 10000u

#define BUNDLE_BYTES_MAX (64u << 20)
#define WORKER_INLINE_BYTES_MAX (1u << 20) /* of a message to the compiler; more follows it */

struct item {
    struct wk_deploy *deploy;
    const Wk__Service *definition;
    struct wk_service *service;
    struct wk_bundle *bundle;
    struct wk_process *process; /* loading */
    struct wk_route *compile;   /* NULL: not under way */
    struct wk_buf worker;       /* packed, for the compiler */
    size_t worker_sent;
    uint32_t lowered, took_ms, targets_before;
    bool changed;
};

struct wk_deploy {
    struct wk_kernel *kernel;
    struct wk_config_ref *config;
    struct wk_route *route; /* NULL: whoever asked went away */
    struct item *items;
    size_t count, waiting;
    bool watch, failed, front_waiting;
    uint64_t storage_since_ms; /* when the wait for storage began; 0: not yet */
    struct wk_buf diagnostics; /* JSON objects, comma-separated */
    struct wk_buf watched; /* JSON strings: files whose change asks for another deployment */
    char *error;
    wk_err code; /* of the failure */
    uint64_t started_ms;
};

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

static void
config_unref(struct wk_config_ref *ref)
{
    if (ref == NULL || --ref->refs > 0)
        return;
    wk_arena_fini(&ref->arena);
    free(ref);
}

/* ---- the answer ---- */

static bool
storage_serves(const struct wk_service *s)
{
    return s->current != NULL && (s->current->state == WK_READY || s->start_again);
}

/* One that does not serve. */
static void
storage_json(struct wk_deploy *d, struct wk_service *s, struct wk_buf *out)
{
    const char *why = s->trouble != NULL ? s->trouble : s->last_exit;

    wk_json_open(out, NULL, '{');
    wk_json_str(out, "service", s->name);
    wk_json_bool(out, "opening", s->trouble == NULL && s->current != NULL);
    wk_json_str(out, "reason", why[0] != '\0' ? why : NULL);
    wk_json_open(out, "namespaces", '[');
    wk_actors_names(d->kernel, d->config->config, s, out);
    wk_json_close(out, ']');
    wk_json_close(out, '}');
}

static void
reply_json(struct wk_deploy *d, struct wk_buf *out)
{
    wk_json_open(out, NULL, '{');
    wk_json_open(out, "sockets", '[');
    for (struct wk_listen *l = d->kernel->listens; l != NULL; l = l->next) {
        char *bound = wk_listen_bound(l);

        wk_json_open(out, NULL, '{');
        wk_json_str(out, "name", l->name);
        wk_json_str(out, "address", bound);
        wk_json_close(out, '}');
        free(bound);
    }
    wk_json_close(out, ']');
    wk_json_open(out, "workers", '[');
    for (size_t i = 0; i < d->count; i++) {
        wk_json_open(out, NULL, '{');
        wk_json_str(out, "name", d->items[i].definition->name);
        wk_json_bool(out, "changed", d->items[i].changed);
        wk_json_int(out, "modulesLowered", d->items[i].lowered);
        wk_json_int(out, "compileMs", d->items[i].took_ms);
        wk_json_close(out, '}');
    }
    wk_json_close(out, ']');
    wk_json_open(out, "diagnostics", '[');
    wk_buf_add_str(out, d->diagnostics.len > 0 ? d->diagnostics.data : "");
    wk_json_close(out, ']');
    wk_json_open(out, "watched", '[');
    wk_buf_add_str(out, d->watched.len > 0 ? d->watched.data : "");
    wk_json_close(out, ']');
    wk_json_open(out, "storage", '[');
    for (struct wk_service *s = d->kernel->services; s != NULL; s = s->next_service)
        if (s->kind == WK_STORAGE && s->wanted && !storage_serves(s))
            storage_json(d, s, out);
    wk_json_close(out, ']');
    wk_json_int(out, "tookMs", (int64_t)(wk_now_ms() - d->started_ms));
    wk_json_close(out, '}');
}

/* The deployment is over, one way or the other. */
static void
deploy_finish(struct wk_deploy *d)
{
    Wk__CtlReply reply = WK__CTL_REPLY__INIT;
    WK_ENVELOPE(msg, CTL_REPLY, ctl_reply, &reply);
    struct wk_buf json = {0};

    reply_json(d, &json);
    reply.code = d->code;
    reply.message = d->error != NULL ? d->error : (char *)(uintptr_t) "";
    reply.json = json.data;
    wk_log(d->failed ? WK_WARN : WK_INFO, d->failed ? "deploy.failed" : "deploy.done",
           "workers=%zu took_ms=%llu", d->count,
           (unsigned long long)(wk_now_ms() - d->started_ms));
    if (d->route != NULL)
        wk_route_send(d->route, &msg, WK_FLAG_LAST);
    d->kernel->deploy = NULL;
    d->kernel->deploying = NULL;
    for (size_t i = 0; i < d->count; i++) {
        struct wk_service *s = d->items[i].service;

        wk_bundle_unref(d->items[i].bundle);
        if (s != NULL) {
            wk_bundle_unref(s->staged_bundle);
            s->staged_bundle = NULL;
            s->staged_definition = NULL;
        }
    }
    config_unref(d->config);
    wk_buf_fini(&json);
    wk_buf_fini(&d->diagnostics);
    wk_buf_fini(&d->watched);
    free(d->items);
    free(d->error);
    free(d);
}

static void
deploy_fail(struct wk_deploy *d, char *error)
{
    if (d->failed) {
        free(error);
        return;
    }
    d->error = error;
    d->code = WK_EINVAL;
    d->failed = true;
}

void
wk_deploy_forget_route(struct wk_kernel *kernel, struct wk_route *route)
{
    if (kernel->deploy != NULL && kernel->deploy->route == route)
        kernel->deploy->route = NULL;
}

/* ---- switching over ---- */

static void
commit_worker(struct item *item)
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

static bool
same_packed(const ProtobufCMessage *a, const ProtobufCMessage *b)
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

static enum wk_service_kind
kind_of(const Wk__Service *definition)
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
    struct wk_service *s = wk_service_get(kernel, definition->name, kind_of(definition));
    bool same = s->definition != NULL && same_packed(&s->definition->base, &definition->base);

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
        bool kept = s == kernel->zygote || s == kernel->front || s == kernel->compiler || s->kind == WK_STORAGE;

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
                   s->trouble == NULL && !storage_serves(s);
    d->front_waiting = false;
    if (d->storage_since_ms == 0)
        d->storage_since_ms = wk_now_ms();
    if (!opening || wk_now_ms() - d->storage_since_ms > STORAGE_WAIT_MS)
        deploy_finish(d);
}

void
wk_deploy_storage_settled(struct wk_kernel *kernel)
{
    if (kernel->deploy != NULL && kernel->deploy->storage_since_ms > 0)
        await_storage(kernel->deploy);
}

static void
deploy_commit(struct wk_deploy *d)
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
    config_unref(former);
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
    deploy_fail(kernel->deploy, wk_xasprintf("the HTTP front cannot be started: %s", error));
    deploy_finish(kernel->deploy);
}

/* ---- loading ---- */

/* One worker less to wait for. */
static void
load_settled(void *arg, struct wk_process *p, const char *error)
{
    struct item *item = arg;
    struct wk_deploy *d = item->deploy;

    if (error != NULL) {
        if (item->service->next == p)
            item->service->next = NULL;
        deploy_fail(d, wk_xasprintf("service %s: %s", item->definition->name, error));
        item->process = NULL;
    }
    if (--d->waiting > 0)
        return;
    if (!d->failed) {
        deploy_commit(d);
        return;
    }
    for (size_t i = 0; i < d->count; i++)
        if (d->items[i].process != NULL)
            wk_process_kill(d->items[i].process);
    deploy_finish(d);
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
item_changed(const struct item *item)
{
    const struct wk_service *s = item->service;

    return s->current == NULL || s->current->state != WK_READY || s->definition == NULL ||
           s->bundle == NULL || strcmp(s->bundle->path, item->bundle->path) != 0 ||
           s->target_count != item->targets_before ||
           item->deploy->watch != item->deploy->kernel->watch ||
           !same_packed(&s->definition->base, &item->definition->base);
}

static void
deploy_load(struct wk_deploy *d)
{
    struct wk_kernel *kernel = d->kernel;
    const Wk__Config *config = d->config->config;

    for (size_t i = 0; i < config->n_services; i++)
        if (config->services[i]->kind_case != WK__SERVICE__KIND_WORKER)
            wk_service_get(kernel, config->services[i]->name, kind_of(config->services[i]));
    for (size_t i = 0; i < d->count; i++) {
        d->items[i].service = wk_service_get(kernel, d->items[i].definition->name, WK_WORKER);
        d->items[i].targets_before = d->items[i].service->target_count;
    }
    collect_targets(kernel, config);
    wk_actors_prepare(kernel, config);
    d->waiting = 1;
    for (size_t i = 0; i < d->count; i++) {
        struct item *item = &d->items[i];
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
            deploy_fail(d, wk_xasprintf("service %s: cannot start an isolate host", s->name));
        }
    }
    if (--d->waiting == 0) {
        if (d->failed)
            deploy_finish(d);
        else
            deploy_commit(d);
    }
}

/* ---- compiling ---- */

static void
add_diagnostic(struct wk_deploy *d, const Wk__Diagnostic *diag)
{
    wk_json_open(&d->diagnostics, NULL, '{');
    wk_json_str(&d->diagnostics, "severity", diag->error ? "error" : "warning");
    wk_json_str(&d->diagnostics, "file", diag->file);
    wk_json_int(&d->diagnostics, "line", diag->line);
    wk_json_int(&d->diagnostics, "column", diag->column);
    wk_json_str(&d->diagnostics, "text", diag->text);
    wk_json_str(&d->diagnostics, "source", diag->source_line);
    wk_json_close(&d->diagnostics, '}');
}

static void
compile_settled(struct wk_deploy *d)
{
    if (--d->waiting > 0)
        return;
    if (d->failed)
        deploy_finish(d);
    else
        deploy_load(d);
}

static void
compile_on_message(void *arg, struct wk_route *route, const Wk__Envelope *msg, uint8_t flags)
{
    struct item *item = arg;
    struct wk_deploy *d = item->deploy;
    const Wk__CompileDone *done = msg->compile_done;

    if (msg->body_case != WK__ENVELOPE__BODY_COMPILE_DONE || item->bundle != NULL)
        return;
    for (size_t i = 0; i < done->n_diagnostics; i++)
        add_diagnostic(d, done->diagnostics[i]);
    for (size_t i = 0; i < done->n_watched; i++)
        wk_json_str(&d->watched, NULL, done->watched[i]);
    item->lowered = done->modules_lowered;
    item->took_ms = done->took_ms;
    if (!done->ok) {
        deploy_fail(d, wk_xasprintf("service %s: its code has errors", item->definition->name));
        return;
    }
    item->bundle = wk_xcalloc(1, sizeof(*item->bundle));
    item->bundle->refs = 1;
    item->bundle->path = wk_xstrdup(done->bundle_path);
    if (wk_buf_read_file(&item->bundle->bytes, done->bundle_path, BUNDLE_BYTES_MAX) != WK_OK)
        deploy_fail(d, wk_xasprintf("cannot read %s, or it is over %u MiB", done->bundle_path,
                                    BUNDLE_BYTES_MAX >> 20));
}

static void
compile_on_closed(void *arg, struct wk_route *route, wk_err code, const Wk__Error *error)
{
    struct item *item = arg;

    item->compile = NULL;
    wk_buf_fini(&item->worker);
    if (item->bundle == NULL && !item->deploy->failed)
        deploy_fail(item->deploy,
                    wk_xasprintf("service %s: the compiler failed: %s", item->definition->name,
                                 error != NULL ? error->message : wk_err_name(code)));
    compile_settled(item->deploy);
}

/* Sends as much of the worker as the window allows. */
static void
compile_pump(struct item *item)
{
    while (item->compile != NULL && item->worker_sent < item->worker.len) {
        size_t piece = item->worker.len - item->worker_sent, sent;

        if (piece > 65536)
            piece = 65536;
        sent = wk_route_write(item->compile, item->worker.data + item->worker_sent, piece, 0);
        item->worker_sent += sent;
        if (sent < piece)
            break;
    }
}

static void
compile_on_writable(void *arg, struct wk_route *route)
{
    compile_pump(arg);
}

static const struct wk_local compile_local = {compile_on_message, compile_on_writable,
                                              compile_on_closed};

static void
compile_start(struct item *item)
{
    struct wk_kernel *kernel = item->deploy->kernel;
    Wk__Compile compile = WK__COMPILE__INIT;
    WK_ENVELOPE(msg, COMPILE, compile, &compile);
    char *cache = wk_xasprintf("%s/cache", kernel->state_dir);
    struct wk_route *route;

    wk_pack(&item->definition->worker->base, &item->worker);
    item->worker_sent = item->worker.len <= WORKER_INLINE_BYTES_MAX ? item->worker.len : 0;
    compile.worker = WK_BYTES_OF(item->worker.data, item->worker_sent);
    compile.worker_bytes = item->worker.len - item->worker_sent;
    compile.cache_dir = cache;
    compile.sources = item->deploy->watch;
    route = wk_route_open_local(&kernel->compiler->dest, NULL, 0, &msg, 0, &compile_local, item);
    if (route != NULL) {
        item->compile = route;
        compile_pump(item);
    }
    free(cache);
}

/* ---- beginning ---- */

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
            deploy_fail(d, wk_xasprintf("socket \"%s\": %s", socket->name, why));
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
        config_unref(ref);
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
        deploy_finish(d);
        return;
    }
    if (ref->config->n_sockets > 0 && kernel->front->current == NULL)
        wk_service_start(
            kernel->front); /* it gets its sockets when there is something to serve */
    d->waiting = 1;
    for (size_t i = 0; i < ref->config->n_services; i++)
        if (ref->config->services[i]->kind_case == WK__SERVICE__KIND_WORKER) {
            struct item *item = &d->items[d->count++];

            item->deploy = d;
            item->definition = ref->config->services[i];
        }
    d->waiting += d->count;
    for (size_t i = 0, count = d->count; i < count; i++)
        compile_start(&d->items[i]);
    compile_settled(d);
}
