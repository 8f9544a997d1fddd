/* services/wkctl/config/capnp_build.c - from the tree of a Cap'n Proto configuration to a
 * Config.
 *
 * The tree was checked against the schema, so here every field has the right kind or is absent.
 */
#include <stdlib.h>
#include <string.h>
#include "services/wkctl/config/capnp.h"
#include "services/wkctl/config/config_priv.h"

static const char *
text_of(struct wk_doc *object, const char *field)
{
    const struct wk_doc *doc = wk_doc_find(object, field);

    return doc != NULL ? doc->text : "";
}

static bool
flag_of(struct wk_doc *object, const char *field)
{
    const struct wk_doc *doc = wk_doc_find(object, field);

    return doc != NULL && doc->boolean;
}

static struct wk_doc *
items_of(struct wk_doc *object, const char *field)
{
    const struct wk_doc *doc = wk_doc_find(object, field);

    return doc != NULL ? doc->first : NULL;
}

static Wk__Designator *
build_designator(struct config_load *load, struct wk_doc *doc)
{
    Wk__Designator *d = config_designator(load, text_of(doc, "name"), doc);
    struct wk_doc *props = wk_doc_find(doc, "props"), *json = wk_doc_find(props, "json");

    config_set(&d->entrypoint, text_of(doc, "entrypoint"));
    if (json != NULL)
        d->props_json = config_text(json);
    return d;
}

static Wk__HeaderRule *
build_header(struct wk_doc *doc)
{
    Wk__HeaderRule *rule = wk_xmalloc(sizeof(*rule));

    wk__header_rule__init(rule);
    config_set(&rule->name, text_of(doc, "name"));
    config_set(&rule->value, text_of(doc, "value"));
    rule->remove = wk_doc_find(doc, "value") == NULL;
    return rule;
}

static Wk__HttpOptions *
build_http(struct wk_doc *doc)
{
    Wk__HttpOptions *http = wk_xmalloc(sizeof(*http));

    wk__http_options__init(http);
    if (doc == NULL)
        return http;
    http->style_proxy = strcmp(text_of(doc, "style"), "proxy") == 0;
    config_set(&http->forwarded_proto_header, text_of(doc, "forwardedProtoHeader"));
    config_set(&http->cf_blob_header, text_of(doc, "cfBlobHeader"));
    for (struct wk_doc *h = items_of(doc, "injectRequestHeaders"); h != NULL; h = h->next)
        CONFIG_PUSH(http, inject_request_headers, build_header(h));
    for (struct wk_doc *h = items_of(doc, "injectResponseHeaders"); h != NULL; h = h->next)
        CONFIG_PUSH(http, inject_response_headers, build_header(h));
    return http;
}

static void
build_module(struct config_load *load, Wk__Worker *worker, struct wk_doc *doc)
{
    static const struct {
        const char *field;
        Wk__Module__Type type;
    } kinds[] = {{"esModule", WK__MODULE__TYPE__ES_MODULE},
                 {"text", WK__MODULE__TYPE__TEXT},
                 {"commonJsModule", WK__MODULE__TYPE__COMMON_JS},
                 {"data", WK__MODULE__TYPE__DATA},
                 {"json", WK__MODULE__TYPE__JSON},
                 {"wasm", WK__MODULE__TYPE__WASM}};
    Wk__Module *module = wk_xmalloc(sizeof(*module));

    wk__module__init(module);
    config_set(&module->name, text_of(doc, "name"));
    for (size_t i = 0; i < WK_COUNT(kinds); i++) {
        const struct wk_doc *source = wk_doc_find(doc, kinds[i].field);

        if (source == NULL || module->type != WK__MODULE__TYPE__UNSPECIFIED)
            continue;
        module->type = kinds[i].type;
        module->source.len = source->text_len;
        module->source.data = wk_xmemdup(source->text, source->text_len);
        if (source->origin != NULL)
            config_set(&module->path, source->origin);
    }
    for (struct wk_doc *name = items_of(doc, "namedExports"); name != NULL; name = name->next)
        CONFIG_PUSH(module, named_exports, config_text(name));
    config_note(load, module, doc);
    CONFIG_PUSH(worker, modules, module);
}

static void
build_binding(struct config_load *load, Wk__Worker *worker, struct wk_doc *doc)
{
    Wk__Binding *b = config_binding(load, worker, text_of(doc, "name"), doc);
    struct wk_doc *v;

    if ((v = wk_doc_find(doc, "text")) != NULL) {
        b->kind_case = WK__BINDING__KIND_TEXT;
        b->text = config_text(v);
    } else if ((v = wk_doc_find(doc, "data")) != NULL) {
        b->kind_case = WK__BINDING__KIND_DATA;
        b->data.len = v->text_len;
        b->data.data = wk_xmemdup(v->text, v->text_len);
    } else if ((v = wk_doc_find(doc, "json")) != NULL) {
        b->kind_case = WK__BINDING__KIND_JSON;
        b->json = config_text(v);
    } else if ((v = wk_doc_find(doc, "service")) != NULL) {
        b->kind_case = WK__BINDING__KIND_SERVICE;
        b->service = build_designator(load, v);
    } else if ((v = wk_doc_find(doc, "kvNamespace")) != NULL) {
        b->kind_case = WK__BINDING__KIND_KV_NAMESPACE;
        b->kv_namespace = build_designator(load, v);
    } else if ((v = wk_doc_find(doc, "r2Bucket")) != NULL) {
        b->kind_case = WK__BINDING__KIND_R2_BUCKET;
        b->r2_bucket = build_designator(load, v);
    } else if ((v = wk_doc_find(doc, "queue")) != NULL) {
        b->kind_case = WK__BINDING__KIND_QUEUE;
        b->queue = build_designator(load, v);
    } else if ((v = wk_doc_find(doc, "fromEnvironment")) != NULL) {
        b->kind_case = WK__BINDING__KIND_FROM_ENVIRONMENT;
        b->from_environment = config_text(v);
    } else if (wk_doc_find(doc, "unsafeEval") != NULL) {
        b->kind_case = WK__BINDING__KIND_UNSAFE_EVAL;
        b->unsafe_eval = wk_xstrdup("");
    } else if ((v = wk_doc_find(doc, "durableObjectClass")) != NULL) {
        b->kind_case = WK__BINDING__KIND_ACTOR_CLASS;
        b->actor_class = build_designator(load, v);
    } else if ((v = wk_doc_find(doc, "durableObjectNamespace")) != NULL) {
        b->kind_case = WK__BINDING__KIND_ACTOR_NAMESPACE;
        b->actor_namespace = wk_xmalloc(sizeof(*b->actor_namespace));
        wk__actor_binding__init(b->actor_namespace);
        config_set(&b->actor_namespace->class_name, text_of(v, "className"));
        config_set(&b->actor_namespace->service, text_of(v, "serviceName"));
    } else if (doc->count > 1) {
        b->kind_case = WK__BINDING__KIND_UNSUPPORTED; /* reported where it was read */
        b->unsupported = wk_xstrdup("This kind of binding is not supported here.");
    }
}

static void
build_namespace(struct config_load *load, Wk__Worker *worker, struct wk_doc *doc)
{
    Wk__ActorNamespace *ns = wk_xmalloc(sizeof(*ns));

    wk__actor_namespace__init(ns);
    config_set(&ns->class_name, text_of(doc, "className"));
    config_set(&ns->unique_key, text_of(doc, "uniqueKey"));
    ns->ephemeral_local = wk_doc_find(doc, "ephemeralLocal") != NULL;
    ns->prevent_eviction = flag_of(doc, "preventEviction");
    ns->enable_sql = flag_of(doc, "enableSql");
    config_note(load, ns, doc);
    CONFIG_PUSH(worker, actor_namespaces, ns);
}

static void
build_actor_storage(struct config_load *load, Wk__Worker *worker, struct wk_doc *doc)
{
    struct wk_doc *disk = wk_doc_find(doc, "localDisk");

    if (disk != NULL) {
        worker->actor_storage_case = WK__WORKER__ACTOR_STORAGE_STORAGE_LOCAL_DISK;
        worker->storage_local_disk = config_text_noted(load, disk);
    } else if (wk_doc_find(doc, "inMemory") != NULL) {
        worker->actor_storage_case = WK__WORKER__ACTOR_STORAGE_STORAGE_IN_MEMORY;
        worker->storage_in_memory = true;
    } else {
        worker->actor_storage_case = WK__WORKER__ACTOR_STORAGE_STORAGE_NONE;
        worker->storage_none = true;
    }
}

static void
build_worker(struct config_load *load, Wk__Worker *worker, struct wk_doc *doc)
{
    struct wk_doc *script = wk_doc_find(doc, "serviceWorkerScript"), *v;

    if ((v = wk_doc_find(doc, "compatibilityDate")) != NULL)
        worker->compatibility_date = config_text_noted(load, v);
    for (v = items_of(doc, "compatibilityFlags"); v != NULL; v = v->next)
        CONFIG_PUSH(worker, compatibility_flags, config_text_noted(load, v));
    for (v = items_of(doc, "modules"); v != NULL; v = v->next)
        build_module(load, worker, v);
    if (script != NULL) {
        worker->service_worker_script = config_text(script);
        config_set(&worker->service_worker_name,
                   script->origin != NULL ? script->origin : "worker.js");
    }
    for (v = items_of(doc, "bindings"); v != NULL; v = v->next)
        build_binding(load, worker, v);
    if ((v = wk_doc_find(doc, "globalOutbound")) != NULL)
        worker->global_outbound = build_designator(load, v);
    if ((v = wk_doc_find(doc, "cacheApiOutbound")) != NULL)
        worker->cache_api_outbound = build_designator(load, v);
    for (v = items_of(doc, "durableObjectNamespaces"); v != NULL; v = v->next)
        build_namespace(load, worker, v);
    build_actor_storage(load, worker, wk_doc_find(doc, "durableObjectStorage"));
    for (v = items_of(doc, "tails"); v != NULL; v = v->next) {
        if (wk_doc_find(v, "entrypoint") != NULL || wk_doc_find(v, "props") != NULL)
            wk_doc_diag(load->diags, WK_DIAG_ERROR, v,
                        "a tail is named by its service alone; entrypoint and props are not "
                        "supported here");
        CONFIG_PUSH(worker, tails, wk_xstrdup(text_of(v, "name")));
        config_note(load, worker->tails[worker->n_tails - 1], v);
    }
}

static void
build_service(struct config_load *load, struct wk_doc *doc)
{
    const char *name = text_of(doc, "name");
    struct wk_doc *v, *https;
    Wk__Service *s;

    if ((v = wk_doc_find(doc, "worker")) != NULL) {
        build_worker(load, config_worker(load, name, doc), v);
    } else if ((v = wk_doc_find(doc, "network")) != NULL) {
        s = config_service(load, name, WK__SERVICE__KIND_NETWORK, doc);
        for (struct wk_doc *i = items_of(v, "allow"); i != NULL; i = i->next)
            CONFIG_PUSH(s->network, allow, config_text_noted(load, i));
        if (wk_doc_find(v, "allow") == NULL)
            CONFIG_PUSH(s->network, allow, wk_xstrdup("public"));
        for (struct wk_doc *i = items_of(v, "deny"); i != NULL; i = i->next)
            CONFIG_PUSH(s->network, deny, config_text_noted(load, i));
    } else if ((v = wk_doc_find(doc, "external")) != NULL) {
        s = config_service(load, name, WK__SERVICE__KIND_EXTERNAL, doc);
        config_set(&s->external->address, text_of(v, "address"));
        https = wk_doc_find(v, "https");
        s->external->tls = https != NULL;
        s->external->http =
            build_http(https != NULL ? wk_doc_find(https, "options") : wk_doc_find(v, "http"));
    } else if ((v = wk_doc_find(doc, "disk")) != NULL) {
        s = config_service(load, name, WK__SERVICE__KIND_DISK, doc);
        config_set(&s->disk->path, text_of(v, "path"));
        s->disk->writable = flag_of(v, "writable");
        s->disk->allow_dotfiles = flag_of(v, "allowDotfiles");
    } else {
        config_service(load, name, WK__SERVICE__KIND__NOT_SET, doc);
    }
}

static void
config_seen(void *arg, const char *path)
{
    config_watch(arg, path);
}

void
config_read_capnp(struct config_load *load, const char *path)
{
    const struct wk_capnp_opts opts = {.const_name = load->opts->const_name,
                                       .import_paths = load->opts->import_paths,
                                       .import_path_count = load->opts->import_path_count};
    size_t errors = load->diags->errors;
    struct wk_doc *doc, *v, *logging;

    config_set(&load->config->source, path);
    doc = wk_capnp_load(&load->arena, path, &opts, config_seen, load, load->diags);
    load->incomplete = load->diags->errors > errors; /* like the peer: first the values */
    if (doc == NULL || load->incomplete)
        return;
    for (v = items_of(doc, "services"); v != NULL; v = v->next)
        build_service(load, v);
    for (v = items_of(doc, "sockets"); v != NULL; v = v->next) {
        Wk__Socket *socket = config_socket(load, text_of(v, "name"), text_of(v, "address"), v);

        socket->http = build_http(wk_doc_find(v, "http"));
        if (wk_doc_find(v, "service") != NULL)
            socket->service = build_designator(load, wk_doc_find(v, "service"));
    }
    logging = wk_doc_find(doc, "logging");
    load->config->structured_logging =
        flag_of(logging != NULL ? logging : doc, "structuredLogging");
}
