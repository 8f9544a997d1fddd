/* LoadWorker, then the bundle as raw data, then WorkerLoaded. */
#include <stdlib.h>
#include <string.h>
#include "kernel/base/log.h"
#include "kernel/ipc/codec.h"
#include "runtime/compat/compat.h"
#include "services/isolate_host/host.h"
#include "services/isolate_host/sandbox.h"

static struct wk_host *loading;

static void
answer(struct wk_host *host, const char *error, const struct wk_worker_entrypoint *list, size_t count)
{
    Wk__WorkerLoaded loaded = WK__WORKER_LOADED__INIT;
    WK_ENVELOPE(msg, WORKER_LOADED, worker_loaded, &loaded);
    struct wk_arena arena = {0};

    if (host->load_session == NULL)
        return;
    loaded.ok = error == NULL;
    loaded.error = wk_host_error_text(&arena, error != NULL ? error : "");
    loaded.heap_kib = (uint32_t)(wk_isolate_heap_bytes(host->isolate) / 1024);
    loaded.entrypoints = wk_arena_alloc(&arena, (count + 1) * sizeof(void *));
    for (size_t i = 0; i < count; i++) {
        Wk__Entrypoint *e = wk_arena_alloc(&arena, sizeof(*e));
        char *words = wk_arena_strndup(&arena, list[i].handlers, strlen(list[i].handlers)), *save = NULL;

        wk__entrypoint__init(e);
        e->name = (char *)(uintptr_t)list[i].name;
        e->is_class = list[i].is_class;
        e->is_actor = list[i].is_actor;
        e->handlers = wk_arena_alloc(&arena, (strlen(words) / 2 + 2) * sizeof(char *));
        for (char *w = strtok_r(words, " ", &save); w != NULL; w = strtok_r(NULL, " ", &save))
            e->handlers[e->n_handlers++] = w;
        loaded.entrypoints[loaded.n_entrypoints++] = e;
    }
    wk_session_send(host->load_session, &msg, WK_FLAG_END | WK_FLAG_LAST);
    host->load_session = NULL;
    wk_arena_fini(&arena);
}

/* Called by the isolate, once. */
static void
on_loaded(void *arg, const char *error, const struct wk_worker_entrypoint *list, size_t count)
{
    struct wk_host *host = arg;

    host->loaded = error == NULL;
    host->settled = true;
    answer(host, error, list, count);
}

static void
convert_modules(struct wk_host *host, const Wk__Bundle *bundle)
{
    struct wk_arena *arena = &host->worker_arena;
    struct wk_module *modules = wk_arena_alloc(arena, (bundle->n_modules + 1) * sizeof(*modules));

    for (size_t i = 0; i < bundle->n_modules; i++) {
        const Wk__LoweredModule *in = bundle->modules[i];
        struct wk_module_import *imports = wk_arena_alloc(arena, (in->n_imports + 1) * sizeof(*imports));

        for (size_t j = 0; j < in->n_imports; j++)
            imports[j] = (struct wk_module_import){in->imports[j]->specifier, in->imports[j]->module,
                                                   in->imports[j]->error, in->imports[j]->on_demand};
        modules[i] = (struct wk_module){
            .name = in->name,
            .display = wk_arena_strndup(arena, in->display, strlen(in->display)),
            .type = (enum wk_module_type)in->type,
            .code = {(const char *)in->code.data, in->code.len},
            .line_map = {wk_arena_strndup(arena, (const char *)in->line_map.data, in->line_map.len), in->line_map.len},
            .source = {wk_arena_strndup(arena, (const char *)in->source.data, in->source.len), in->source.len},
            .imports = imports,
            .import_count = in->n_imports,
        };
    }
    host->worker.modules = modules;
    host->worker.module_count = bundle->n_modules;
    host->worker.service_worker = bundle->service_worker;
}

static struct wk_worker_binding
convert_binding(const Wk__HostBinding *in)
{
    struct wk_worker_binding out = {.name = in->name, .kind = WK_BINDING_NULL};

    switch (in->kind_case) {
    case WK__HOST_BINDING__KIND_TEXT:
        out.kind = WK_BINDING_TEXT;
        out.value = (struct wk_slice){in->text, strlen(in->text)};
        break;
    case WK__HOST_BINDING__KIND_JSON:
        out.kind = WK_BINDING_JSON;
        out.value = (struct wk_slice){in->json, strlen(in->json)};
        break;
    case WK__HOST_BINDING__KIND_DATA:
        out.kind = WK_BINDING_DATA;
        out.value = (struct wk_slice){(const char *)in->data.data, in->data.len};
        break;
    case WK__HOST_BINDING__KIND_SERVICE_HANDLE:
        out.kind = WK_BINDING_SERVICE;
        out.handle = in->service_handle;
        break;
    case WK__HOST_BINDING__KIND_ACTOR_NAMESPACE:
        out.kind = WK_BINDING_ACTORS;
        out.value = (struct wk_slice){in->actor_namespace->unique_key, strlen(in->actor_namespace->unique_key)};
        out.handle = in->actor_namespace->handle;
        out.shards = in->actor_namespace->shards;
        out.ephemeral = in->actor_namespace->ephemeral;
        break;
    case WK__HOST_BINDING__KIND_ACTOR_CLASS:
        out.kind = WK_BINDING_ACTOR_CLASS;
        out.value = (struct wk_slice){in->actor_class->entrypoint, strlen(in->actor_class->entrypoint)};
        out.props_json = in->actor_class->props_json;
        break;
    case WK__HOST_BINDING__KIND_UNSUPPORTED:
        out.kind = WK_BINDING_UNSUPPORTED;
        out.value = (struct wk_slice){in->unsupported, strlen(in->unsupported)};
        break;
    default:
        break;
    }
    return out;
}

/* Every flag by name, those that are off with a "!" before it. wkctl has checked them. */
static void
convert_flags(struct wk_host *host, const Wk__LoadWorker *load)
{
    struct wk_compat on;
    struct wk_buf text = {0};

    wk_compat_resolve(load->compatibility_date, (const char *const *)load->compatibility_flags,
                      load->n_compatibility_flags, WK_COMPAT_EXPERIMENTAL | WK_COMPAT_ANY_DATE, &on, NULL, NULL);
    for (size_t i = 0; i < wk_compat_count(); i++) {
        const char *name = wk_compat_name(i);

        if (name != NULL && name[0] != '\0')
            wk_buf_addf(&text, "%s%s%s", text.len > 0 ? " " : "", wk_compat_get(&on, i) ? "" : "!", name);
    }
    host->worker.compatibility_flags = wk_arena_strndup(&host->worker_arena, text.data, text.len);
    wk_buf_fini(&text);
}

static void
convert_worker(struct wk_host *host, const Wk__LoadWorker *load)
{
    struct wk_arena *arena = &host->worker_arena;
    struct wk_worker_binding *bindings = wk_arena_alloc(arena, (load->n_bindings + 1) * sizeof(*bindings));
    struct wk_worker_target *targets = wk_arena_alloc(arena, (load->n_targets + 1) * sizeof(*targets));
    struct wk_worker_actors *actors = wk_arena_alloc(arena, (load->n_actor_namespaces + 1) * sizeof(*actors));

    for (size_t i = 0; i < load->n_bindings; i++)
        bindings[i] = convert_binding(load->bindings[i]);
    for (size_t i = 0; i < load->n_targets; i++)
        targets[i] = (struct wk_worker_target){load->targets[i]->entrypoint, load->targets[i]->props_json};
    for (size_t i = 0; i < load->n_actor_namespaces; i++)
        actors[i] = (struct wk_worker_actors){load->actor_namespaces[i]->index, load->actor_namespaces[i]->class_name,
                                              load->actor_namespaces[i]->prevent_eviction,
                                              load->actor_namespaces[i]->ephemeral,
                                              load->actor_namespaces[i]->handle,
                                              load->actor_namespaces[i]->shards};
    host->worker.actors = actors;
    host->worker.actors_count = load->n_actor_namespaces;
    host->worker.name = load->name;
    host->worker.bindings = bindings;
    host->worker.binding_count = load->n_bindings;
    host->worker.targets = targets;
    host->worker.target_count = host->target_count = (uint32_t)load->n_targets;
    convert_flags(host, load);
    host->worker.outbound_handle = (int64_t)load->outbound_handle_plus1 - 1;
    host->worker.cpu_limit_ms = load->cpu_limit_ms;
    host->worker.memory_limit_bytes = (size_t)load->memory_limit_mib << 20;
}

/* Code that was evaluated is in the heap: its text may go. */
static void
release_code(struct wk_host *host)
{
    struct wk_module *modules = (struct wk_module *)(uintptr_t)host->worker.modules;

    if (!host->settled || !wk_isolate_modules_done(host->isolate))
        return;
    for (size_t i = 0; i < host->worker.module_count; i++) {
        modules[i].name = modules[i].display;
        modules[i].code = (struct wk_slice){"", 0};
        modules[i].imports = NULL;
        modules[i].import_count = 0;
    }
    wk_arena_fini(&host->bundle_arena);
}

static void
bundle_complete(struct wk_host *host)
{
    Wk__Bundle *bundle = (Wk__Bundle *)(void *)wk_unpack(&wk__bundle__descriptor, host->bundle_bytes.data,
                                                         host->bundle_bytes.len, &host->bundle_arena);

    wk_buf_fini(&host->bundle_bytes);
    if (bundle == NULL || bundle->n_modules == 0) {
        answer(host, "the bundle is damaged; remove the cache directory and start again", NULL, 0);
        return;
    }
    convert_worker(host, host->load);
    convert_modules(host, bundle);
    wk_host_seal(host->link_fd, host->worker.memory_limit_bytes);
    wk_isolate_load(host->isolate, &host->worker, on_loaded);
    release_code(host);
}

static void
load_on_data(struct wk_session *s, void *arg, const uint8_t *data, size_t bytes, uint8_t flags)
{
    struct wk_host *host = arg;

    if (host->worker.modules != NULL)
        return;
    wk_buf_add(&host->bundle_bytes, data, bytes);
    wk_session_consumed(s, bytes);
    if (host->bundle_bytes.len >= host->load->bundle_bytes)
        bundle_complete(host);
}

static void
load_on_closed(struct wk_session *s, void *arg, wk_err code, const Wk__Error *error)
{
    loading->load_session = NULL;
}

void
wk_host_load_begin(struct wk_host *host, struct wk_session *s, const Wk__LoadWorker *load)
{
    static const struct wk_session_events events = {NULL, load_on_data, NULL, load_on_closed};
    struct wk_buf copy = {0};

    if (host->load != NULL) {
        wk_session_close(s, WK_EEXISTS, "a worker is loaded already");
        return;
    }
    loading = host;
    wk_pack(&load->base, &copy);
    host->load = (Wk__LoadWorker *)(void *)wk_unpack(&wk__load_worker__descriptor, copy.data, copy.len,
                                                     &host->load_arena);
    wk_buf_fini(&copy);
    host->load_session = s;
    wk_session_accept(s, &events, host);
}
