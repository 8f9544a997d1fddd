/* services/wkctl/config/validate_worker.c - a worker: its code, flags, bindings and objects. */
#include <stdlib.h>
#include <string.h>
#include "runtime/compat/compat.h"
#include "services/wkctl/config/config_priv.h"

#define MODULES_MAX 10000
#define BINDINGS_MAX 1000
#define EXPERIMENTAL                                                                           \
    " are an experimental feature which may change or go away in the future. You must run "    \
    "workerd "                                                                                 \
    "with `--experimental` to use this feature."

static const Wk__ActorNamespace *
namespace_find(const Wk__Worker *worker, const char *class_name)
{
    for (size_t i = 0; i < worker->n_actor_namespaces; i++)
        if (strcmp(worker->actor_namespaces[i]->class_name, class_name) == 0)
            return worker->actor_namespaces[i];
    return NULL;
}

static void
check_actor_binding(struct config_load *load, const Wk__Service *s, const Wk__Binding *b,
                    const char *who)
{
    const Wk__ActorBinding *actor = b->actor_namespace;
    const Wk__Service *target = s;

    if (actor->service[0] != '\0') {
        target = config_service_find(load->config, actor->service);
        if (target == NULL) {
            config_say(
                load, WK_DIAG_ERROR, b,
                "service %s: %s refers to a service \"%s\", but no such service is defined.%s",
                s->name, who, actor->service, config_other_project(load));
            return;
        }
        if (target->kind_case != WK__SERVICE__KIND_WORKER ||
            namespace_find(target->worker, actor->class_name) == NULL)
            config_say(
                load, WK_DIAG_ERROR, b,
                "service %s: %s refers to a Durable Object namespace named \"%s\" in service "
                "\"%s\", but no such Durable Object namespace is defined by that service.",
                s->name, who, actor->class_name, actor->service);
    } else if (namespace_find(target->worker, actor->class_name) == NULL) {
        config_say(
            load, WK_DIAG_ERROR, b,
            "service %s: %s refers to a Durable Object namespace named \"%s\", but no such "
            "Durable Object namespace is defined by this Worker.",
            s->name, who, actor->class_name);
    }
}

static void
check_json_binding(struct config_load *load, const Wk__Service *s, const Wk__Binding *b)
{
    struct wk_diag_list bad = {0};
    struct wk_arena arena = {0};

    if (wk_jsonc_parse(&arena, "json", b->json, strlen(b->json), &bad) == NULL)
        config_say(load, WK_DIAG_ERROR, b,
                   "service %s: the json of binding \"%s\" is no JSON: %s", s->name, b->name,
                   bad.items[0].text);
    wk_diag_fini(&bad);
    wk_arena_fini(&arena);
}

static void
check_binding(struct config_load *load, const Wk__Service *s, const Wk__Binding *b)
{
    char *who = wk_xasprintf("Worker \"%s\"'s binding \"%s\"", s->name, b->name);

    switch (b->kind_case) {
    case WK__BINDING__KIND__NOT_SET:
        config_say(load, WK_DIAG_ERROR, b, "service %s: %s does not specify any binding value.",
                   s->name, who);
        break;
    case WK__BINDING__KIND_SERVICE:
        config_check_designator(load, b->service, who);
        break;
    case WK__BINDING__KIND_KV_NAMESPACE:
        config_check_designator(load, b->kv_namespace, who);
        break;
    case WK__BINDING__KIND_R2_BUCKET:
        config_check_designator(load, b->r2_bucket, who);
        break;
    case WK__BINDING__KIND_QUEUE:
        config_check_designator(load, b->queue, who);
        break;
    case WK__BINDING__KIND_ASSETS:
        config_check_designator(load, b->assets, who);
        break;
    case WK__BINDING__KIND_ACTOR_NAMESPACE:
        check_actor_binding(load, s, b, who);
        break;
    case WK__BINDING__KIND_ACTOR_CLASS:
        config_check_designator(load, b->actor_class, who);
        if (strcmp(b->actor_class->service, s->name) != 0)
            config_say(load, WK_DIAG_ERROR, b,
                       "service %s: %s refers to a class of service \"%s\"; facets of classes "
                       "of other services are not offered here.",
                       s->name, who, b->actor_class->service);
        break;
    case WK__BINDING__KIND_JSON:
        check_json_binding(load, s, b);
        break;
    case WK__BINDING__KIND_UNSAFE_EVAL:
        if (!load->opts->experimental)
            config_say(load, WK_DIAG_ERROR, b, "service %s: Unsafe eval bindings" EXPERIMENTAL,
                       s->name);
        break;
    default:
        break;
    }
    free(who);
}

/* The text of the worker that a complaint is about: the flag it names, the date, or the worker.
 */
static const void *
compat_place(const struct config_load *load, const Wk__Worker *w, const char *line)
{
    const void *place = w->compatibility_date;
    size_t longest = 0;

    for (size_t i = 0; i < w->n_compatibility_flags; i++) {
        const char *flag = w->compatibility_flags[i], *at = strstr(line, flag);
        size_t n = strlen(flag);

        if (n > longest && at != NULL && (at[n] == '\0' || at[n] == ' ')) {
            longest = n;
            place = flag;
        }
    }
    return config_at(load, place) != NULL ? place : (const void *)w;
}

static void
check_compat(struct config_load *load, const Wk__Service *s)
{
    unsigned options = (load->opts->experimental ? WK_COMPAT_EXPERIMENTAL : 0u) |
                       (load->opts->compat_date != NULL ? WK_COMPAT_ANY_DATE : 0u);
    const Wk__Worker *w = s->worker;
    struct wk_buf out[2] = {0};
    struct wk_compat set;

    if (w->compatibility_date[0] == '\0') {
        config_say(load, WK_DIAG_ERROR, w, "service %s: Worker must specify compatibilityDate.",
                   s->name);
        return;
    }
    wk_compat_resolve(w->compatibility_date, (const char *const *)w->compatibility_flags,
                      w->n_compatibility_flags, options, &set, &out[0], &out[1]);
    for (int i = 0; i < 2; i++) {
        char *save = NULL;

        for (char *line = out[i].data != NULL ? strtok_r(out[i].data, "\n", &save) : NULL;
             line != NULL; line = strtok_r(NULL, "\n", &save))
            config_say(load, i == 0 ? WK_DIAG_ERROR : WK_DIAG_WARNING,
                       compat_place(load, w, line), "service %s: %s", s->name, line);
        wk_buf_fini(&out[i]);
    }
}

static void
check_modules(struct config_load *load, const Wk__Service *s)
{
    const Wk__Worker *w = s->worker;

    if (w->project == NULL && w->n_modules == 0 && w->service_worker_script[0] == '\0')
        config_say(load, WK_DIAG_ERROR, w, "service %s: Modules list cannot be empty.",
                   s->name);
    for (size_t i = 0; i < w->n_modules; i++) {
        const Wk__Module *m = w->modules[i];

        if (i == 0 && m->type != WK__MODULE__TYPE__ES_MODULE)
            config_say(load, WK_DIAG_ERROR, m,
                       "service %s: Uncaught TypeError: Main module must be an ES module.",
                       s->name);
        else if (m->type == WK__MODULE__TYPE__UNSPECIFIED)
            config_say(load, WK_DIAG_ERROR, m,
                       "service %s: module \"%s\" has no content; give it one of esModule, "
                       "commonJsModule, text, data, json",
                       s->name, m->name);
        for (size_t k = 0; k < i; k++)
            if (strcmp(w->modules[k]->name, m->name) == 0)
                config_say(load, WK_DIAG_ERROR, m,
                           "service %s: Uncaught Error: Module \"%s\" already added to bundle",
                           s->name, m->name);
    }
}

static void
check_actors(struct config_load *load, const Wk__Service *s)
{
    const Wk__Worker *w = s->worker;
    bool stored = false;

    for (size_t i = 0; i < w->n_actor_namespaces; i++) {
        const Wk__ActorNamespace *ns = w->actor_namespaces[i];

        stored = stored || !ns->ephemeral_local;
        if (ns->class_name[0] == '\0')
            config_say(load, WK_DIAG_ERROR, ns,
                       "service %s: a Durable Object namespace has no className", s->name);
        if (!ns->ephemeral_local && ns->unique_key[0] == '\0')
            config_say(
                load, WK_DIAG_ERROR, ns,
                "service %s: the Durable Object namespace \"%s\" has no uniqueKey; give it a "
                "text that never changes, since stored objects are found by it",
                s->name, ns->class_name);
        if (ns->unique_key[0] == '.' || strchr(ns->unique_key, '/') != NULL)
            config_say(
                load, WK_DIAG_ERROR, ns,
                "service %s: the uniqueKey \"%s\" cannot name a directory; use no / and no "
                "point in front",
                s->name, ns->unique_key);
        if (ns->ephemeral_local && !load->opts->experimental)
            config_say(load, WK_DIAG_ERROR, ns,
                       "Ephemeral objects (Durable Object namespaces with type "
                       "'ephemeralLocal')" EXPERIMENTAL);
        if (namespace_find(w, ns->class_name) != ns)
            config_say(
                load, WK_DIAG_ERROR, ns,
                "service %s: the class \"%s\" has two Durable Object namespaces; remove one",
                s->name, ns->class_name);
    }
    if (stored && (w->actor_storage_case == WK__WORKER__ACTOR_STORAGE_STORAGE_NONE ||
                   w->actor_storage_case == WK__WORKER__ACTOR_STORAGE__NOT_SET))
        config_say(load, WK_DIAG_ERROR, w,
                   "Worker service \"%s\" implements durable object classes but has "
                   "`durableObjectStorage` set to `none`.",
                   s->name);
}

static void
check_actor_disk(struct config_load *load, const Wk__Service *s)
{
    const char *name = s->worker->storage_local_disk;
    const Wk__Service *disk;

    if (s->worker->actor_storage_case != WK__WORKER__ACTOR_STORAGE_STORAGE_LOCAL_DISK)
        return;
    disk = config_service_find(load->config, name);
    if (disk == NULL)
        config_say(
            load, WK_DIAG_ERROR, name,
            "service %s: durableObjectStorage config refers to a service \"%s\", but no such "
            "service is defined.",
            s->name, name);
    else if (disk->kind_case != WK__SERVICE__KIND_DISK)
        config_say(
            load, WK_DIAG_ERROR, name,
            "service %s: durableObjectStorage config refers to the service \"%s\", but that "
            "service is not a local disk service.",
            s->name, name);
    else if (!disk->disk->writable)
        config_say(
            load, WK_DIAG_ERROR, name,
            "service %s: durableObjectStorage config refers to the disk service \"%s\", but "
            "that service is defined read-only.",
            s->name, name);
}

void
config_check_worker(struct config_load *load, const Wk__Service *s)
{
    const Wk__Worker *w = s->worker;
    char *who;

    if (w->n_modules > MODULES_MAX || w->n_bindings > BINDINGS_MAX ||
        w->n_compatibility_flags > BINDINGS_MAX || w->n_actor_namespaces > BINDINGS_MAX) {
        config_say(
            load, WK_DIAG_ERROR, s,
            "service %s: a worker can have at most %d modules, and %d each of bindings, flags "
            "and Durable Object namespaces",
            s->name, MODULES_MAX, BINDINGS_MAX);
        return;
    }
    check_modules(load, s);
    check_compat(load, s);
    check_actors(load, s);
    check_actor_disk(load, s);
    for (size_t i = 0; i < w->n_bindings; i++) {
        check_binding(load, s, w->bindings[i]);
        for (size_t k = 0; k < i; k++)
            if (strcmp(w->bindings[i]->name, w->bindings[k]->name) == 0)
                config_say(load, WK_DIAG_ERROR, w->bindings[i],
                           "service %s: two bindings are named \"%s\"; rename or remove one",
                           s->name, w->bindings[i]->name);
    }
    if (w->global_outbound != NULL) {
        who = wk_xasprintf("Worker \"%s\"'s globalOutbound", s->name);
        config_check_designator(load, w->global_outbound, who);
        free(who);
    }
    if (w->cache_api_outbound != NULL) {
        who = wk_xasprintf("Worker \"%s\"'s cacheApiOutbound", s->name);
        config_check_designator(load, w->cache_api_outbound, who);
        free(who);
    }
    for (size_t i = 0; i < w->n_tails; i++)
        if (config_service_find(load->config, w->tails[i]) == NULL)
            config_say(
                load, WK_DIAG_ERROR, w->tails[i],
                "Worker \"%s\"'s tails refers to a service \"%s\", but no such service is "
                "defined.",
                s->name, w->tails[i]);
}
