/* Who stores which actors: a storage service for each directory that the configuration names, and one for what is kept
 * in memory only; each as many times as it is shared. */
#include "kernel/kernel.h"

#include <stdlib.h>
#include <string.h>
#include "kernel/base/json.h"
#include "kernel/base/log.h"

#define PROJECT_DISK "wk:storage" /* the disk service that Wrangler projects store on */

/* A namespace, as a walk over the configuration finds it. */
struct place {
    const Wk__Service *worker;
    const Wk__ActorNamespace *ns;
    const char *disk; /* name of the disk service; NULL: in memory */
};

static uint32_t
shards_of(const Wk__Config *config)
{
    return config->storage_shards > 0 ? config->storage_shards : 1;
}

static struct place
place_of(const Wk__Service *worker, const Wk__ActorNamespace *ns)
{
    bool disk = worker->worker->actor_storage_case == WK__WORKER__ACTOR_STORAGE_STORAGE_LOCAL_DISK;

    return (struct place){worker, ns, disk && !ns->ephemeral_local ? worker->worker->storage_local_disk : NULL};
}

static struct wk_service *
storage_of(struct wk_kernel *kernel, const Wk__Config *config, const struct place *at, uint32_t shard)
{
    char *base = at->disk == NULL ? wk_xstrdup("actor-storage:memory")
                 : strcmp(at->disk, PROJECT_DISK) == 0 ? wk_xstrdup("actor-storage")
                                                       : wk_xasprintf("actor-storage:%s", at->disk);
    char *name = shards_of(config) > 1 ? wk_xasprintf("%s#%u", base, shard) : wk_xstrdup(base);
    struct wk_service *s = wk_service_get(kernel, name, WK_STORAGE);

    free(base);
    free(name);
    return s;
}

static const Wk__Service *
config_service(const Wk__Config *config, const char *name)
{
    for (size_t i = 0; i < config->n_services; i++)
        if (strcmp(config->services[i]->name, name) == 0)
            return config->services[i];
    return NULL;
}

/* Calls fn for every namespace. */
static void
each_place(const Wk__Config *config, void (*fn)(void *arg, const struct place *at), void *arg)
{
    for (size_t i = 0; i < config->n_services; i++) {
        const Wk__Service *s = config->services[i];

        for (size_t j = 0; s->kind_case == WK__SERVICE__KIND_WORKER && j < s->worker->n_actor_namespaces; j++) {
            struct place at = place_of(s, s->worker->actor_namespaces[j]);

            fn(arg, &at);
        }
    }
}

static void
namespace_fill(Wk__ActorNamespaceConfig *out, const struct place *at, uint32_t index)
{
    wk__actor_namespace_config__init(out);
    out->class_name = at->ns->class_name;
    out->unique_key = at->ns->unique_key;
    out->service = at->worker->name;
    out->ephemeral = at->ns->ephemeral_local;
    out->prevent_eviction = at->ns->prevent_eviction;
    out->enable_sql = at->ns->enable_sql;
    out->storage = at->disk != NULL ? WK__ACTOR_NAMESPACE_CONFIG__STORAGE__DISK
                   : at->ns->ephemeral_local || at->worker->worker->actor_storage_case !=
                                                    WK__WORKER__ACTOR_STORAGE_STORAGE_IN_MEMORY
                       ? WK__ACTOR_NAMESPACE_CONFIG__STORAGE__NONE
                       : WK__ACTOR_NAMESPACE_CONFIG__STORAGE__MEMORY;
    out->index = index;
}

/* A worker may have namespaces of two storages, one with a directory and one without: their numbers must differ. */
#define INDEX_WITHOUT_DISK 4096u

/* What a namespace is called in the storage's list of targets. An ephemeral one has no key. */
static uint32_t
index_in(struct wk_service *storage, const struct place *at)
{
    uint32_t target = wk_service_target(storage, at->ns->ephemeral_local ? at->ns->class_name : at->ns->unique_key,
                                        at->ns->ephemeral_local ? at->worker->name : "");

    return at->disk != NULL ? target : target + INDEX_WITHOUT_DISK;
}

/* ---- the services ---- */

struct walk {
    struct wk_kernel *kernel;
    const Wk__Config *config;
    struct wk_service *only; /* the storage whose namespaces are collected */
    Wk__ConfigureStorage *out;
    struct wk_arena *arena;
    struct wk_end *end;
};

static void
prepare_one(void *arg, const struct place *at)
{
    struct walk *w = arg;

    for (uint32_t i = 0; i < shards_of(w->config); i++)
        index_in(storage_of(w->kernel, w->config, at, i), at);
}

void
wk_actors_prepare(struct wk_kernel *kernel, const Wk__Config *config)
{
    struct walk walk = {.kernel = kernel, .config = config};

    each_place(config, prepare_one, &walk);
}

static void
want_one(void *arg, const struct place *at)
{
    struct walk *w = arg;

    for (uint32_t i = 0; i < shards_of(w->config); i++)
        storage_of(w->kernel, w->config, at, i)->wanted = true;
}

void
wk_actors_commit(struct wk_kernel *kernel, const Wk__Config *config)
{
    struct walk walk = {.kernel = kernel, .config = config};

    for (struct wk_service *s = kernel->services; s != NULL; s = s->next_service)
        if (s->kind == WK_STORAGE)
            s->wanted = false;
    each_place(config, want_one, &walk);
    for (struct wk_service *s = kernel->services; s != NULL; s = s->next_service) {
        if (s->kind != WK_STORAGE)
            continue;
        if (!s->wanted)
            wk_service_stop(s, false);
        else if (s->current == NULL)
            wk_service_start(s);
        else if (s->current->end != NULL)
            wk_actors_equip_storage(s->current);
    }
}

static void
collect_one(void *arg, const struct place *at)
{
    struct walk *w = arg;
    uint32_t shards = shards_of(w->config);
    Wk__ActorNamespaceConfig *ns;

    for (uint32_t i = 0; i < shards; i++) {
        struct wk_service *storage = storage_of(w->kernel, w->config, at, i);
        const Wk__Service *disk = at->disk != NULL ? config_service(w->config, at->disk) : NULL;
        struct wk_service *worker = wk_service_configured(w->kernel, at->worker->name);

        if (storage != w->only || worker == NULL)
            continue;
        ns = wk_arena_alloc(w->arena, sizeof(*ns));
        namespace_fill(ns, at, index_in(storage, at));
        ns->handle = at->disk != NULL ? ns->index : ns->index - INDEX_WITHOUT_DISK;
        wk_end_grant(w->end, ns->handle, &worker->dest, WK_TARGET_ACTORS);
        w->out->namespaces[w->out->n_namespaces++] = ns;
        w->out->shard = i;
        w->out->shards = shards;
        if (disk != NULL)
            w->out->directory = disk->disk->path;
    }
}

/* Its namespaces, and a handle to the worker of each. */
void
wk_actors_equip_storage(struct wk_process *p)
{
    const Wk__Config *config = p->kernel->config != NULL ? p->kernel->config->config : NULL;
    Wk__ConfigureStorage configure = WK__CONFIGURE_STORAGE__INIT;
    WK_ENVELOPE(msg, CONFIGURE_STORAGE, configure_storage, &configure);
    struct wk_arena arena = {0};
    struct walk walk = {p->kernel, config, p->service, &configure, &arena, p->end};

    if (config == NULL || p->end == NULL || p->state == WK_DRAINING)
        return;
    configure.namespaces = wk_arena_alloc(&arena, (p->service->target_count + 1) * sizeof(void *));
    configure.lost = p->service->lost;
    wk_end_revoke_all(p->end);
    each_place(config, collect_one, &walk);
    wk_end_tell(p->end, &msg);
    wk_arena_fini(&arena);
}

struct names {
    struct wk_kernel *kernel;
    const Wk__Config *config;
    const struct wk_service *storage;
    struct wk_buf *out;
};

static void
name_one(void *arg, const struct place *at)
{
    struct names *n = arg;

    for (uint32_t i = 0; i < shards_of(n->config); i++)
        if (storage_of(n->kernel, n->config, at, i) == n->storage)
            wk_json_str(n->out, NULL, at->ns->unique_key);
}

void
wk_actors_names(struct wk_kernel *kernel, const Wk__Config *config,
                const struct wk_service *storage, struct wk_buf *out)
{
    struct names names = {kernel, config, storage, out};

    each_place(config, name_one, &names);
}

/* ---- workers ---- */

/* The configuration that the process is to run under: of the deployment under way, if there is one. */
static const Wk__Config *
config_of(const struct wk_kernel *kernel)
{
    return kernel->deploying != NULL ? kernel->deploying : kernel->config != NULL ? kernel->config->config : NULL;
}

/* Grants a handle for each shard of the namespace, from *handles on. */
static Wk__ActorNamespaceConfig *
namespace_grant(struct wk_process *p, const Wk__Config *config, const struct place *at, uint32_t *handles,
                struct wk_arena *arena)
{
    Wk__ActorNamespaceConfig *ns = wk_arena_alloc(arena, sizeof(*ns));
    uint32_t shards = shards_of(config);

    for (uint32_t shard = 0; shard < shards; shard++) {
        struct wk_service *storage = storage_of(p->kernel, config, at, shard);

        wk_end_grant(p->end, *handles + shard, &storage->dest, index_in(storage, at));
    }
    namespace_fill(ns, at, index_in(storage_of(p->kernel, config, at, 0), at));
    ns->handle = *handles;
    ns->shards = shards;
    *handles += shards;
    return ns;
}

/* The handles are for the facets of its actors. */
void
wk_actors_of_worker(struct wk_process *p, Wk__LoadWorker *load, uint32_t *handles, struct wk_arena *arena)
{
    const Wk__Config *config = config_of(p->kernel);
    const Wk__Worker *worker = p->definition->worker;

    load->actor_namespaces = wk_arena_alloc(arena, (worker->n_actor_namespaces + 1) * sizeof(void *));
    for (size_t i = 0; config != NULL && i < worker->n_actor_namespaces; i++) {
        struct place at = place_of(p->definition, worker->actor_namespaces[i]);

        load->actor_namespaces[load->n_actor_namespaces++] = namespace_grant(p, config, &at, handles, arena);
    }
}

Wk__ActorNamespaceConfig *
wk_actors_of_binding(struct wk_process *p, const Wk__ActorBinding *binding, uint32_t *handles,
                     struct wk_arena *arena)
{
    const Wk__Config *config = config_of(p->kernel);
    const char *name = binding->service[0] != '\0' ? binding->service : p->definition->name;
    const Wk__Service *worker = config != NULL ? config_service(config, name) : NULL;

    for (size_t i = 0; worker != NULL && worker->kind_case == WK__SERVICE__KIND_WORKER &&
                       i < worker->worker->n_actor_namespaces;
         i++) {
        struct place at = place_of(worker, worker->worker->actor_namespaces[i]);

        if (strcmp(at.ns->class_name, binding->class_name) == 0)
            return namespace_grant(p, config, &at, handles, arena);
    }
    return NULL;
}
