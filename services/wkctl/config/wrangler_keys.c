/* services/wkctl/config/wrangler_keys.c - every key that a Wrangler configuration may have. */
#include <string.h>
#include "services/wkctl/config/wrangler_priv.h"

#define TOP WRANGLER_TOP
#define INH WRANGLER_INHERITED
#define ENV WRANGLER_PER_ENV
#define READ WRANGLER_READ, NULL, NULL, NULL
#define SILENT WRANGLER_SILENT, NULL, NULL, NULL
#define NOTED(why) WRANGLER_NOTED, why, NULL, NULL
#define REFUSED(why) WRANGLER_REFUSED, why, NULL, NULL
#define BINDING(what, inner, label) WRANGLER_BINDING, what, inner, label

/* clang-format off */
static const struct wrangler_key keys[] = {
    {"name", INH, READ}, {"main", INH, READ}, {"compatibility_date", INH, READ},
    {"compatibility_flags", INH, READ}, {"rules", INH, READ}, {"tsconfig", INH, READ},
    {"jsx_factory", INH, READ}, {"jsx_fragment", INH, READ}, {"alias", TOP, READ}, {"define", ENV, READ},
    {"vars", ENV, READ}, {"durable_objects", ENV, READ}, {"migrations", INH, READ}, {"services", ENV, READ},
    {"assets", INH, READ}, {"limits", INH, READ}, {"triggers", INH, READ}, {"dev", TOP, READ},
    {"env", TOP, READ}, {"tail_consumers", ENV, READ}, {"version_metadata", ENV, READ},
    {"$schema", TOP, SILENT}, {"account_id", INH, SILENT}, {"cache", INH, SILENT},
    {"compliance_region", INH, SILENT}, {"first_party_worker", INH, SILENT}, {"keep_names", INH, SILENT},
    {"keep_vars", TOP, SILENT}, {"legacy_env", TOP, SILENT}, {"logpush", INH, SILENT}, {"minify", INH, SILENT},
    {"observability", INH, SILENT}, {"placement", INH, SILENT}, {"preserve_file_names", INH, SILENT},
    {"preview_urls", INH, SILENT}, {"previews", INH, SILENT}, {"python_modules", INH, SILENT}, {"route", INH, SILENT},
    {"routes", INH, SILENT}, {"secrets", ENV, SILENT}, {"send_metrics", TOP, SILENT},
    {"upload_source_maps", INH, SILENT}, {"usage_model", INH, SILENT}, {"workers_dev", INH, SILENT},
    {"zone_id", INH, SILENT},
    {"base_dir", INH, NOTED("modules are found through the imports of main")},
    {"find_additional_modules", INH, NOTED("modules are found through the imports of main")},
    {"no_bundle", INH, NOTED("modules are always compiled one by one")},
    {"build", INH, NOTED("build commands are not run here; run yours before")},
    {"streaming_tail_consumers", ENV, NOTED("streaming tails are not offered; use tail_consumers")},
    {"containers", ENV, NOTED("containers are not offered")},
    {"cloudchamber", ENV, NOTED("containers are not offered")},
    {"site", INH, REFUSED("Workers Sites are not offered; serve the directory with \"assets\"")},
    {"exports", INH, REFUSED("name the classes of Durable Objects in \"migrations\"")},
    {"pages_build_output_dir", TOP, REFUSED("Pages projects are not offered; use \"assets\" with this directory")},
    {"text_blobs", TOP, REFUSED("import the file instead")}, {"data_blobs", TOP, REFUSED("import the file instead")},
    {"wasm_modules", TOP, REFUSED("the engine has no WebAssembly")},
    {"ai", ENV, BINDING("Workers AI", NULL, "binding")},
    {"ai_search", ENV, BINDING("AI Search", NULL, "binding")},
    {"ai_search_namespaces", ENV, BINDING("AI Search", NULL, "binding")},
    {"analytics_engine_datasets", ENV, BINDING("Analytics Engine", NULL, "binding")},
    {"artifacts", ENV, BINDING("Artifacts", NULL, "binding")},
    {"browser", ENV, BINDING("Browser Rendering", NULL, "binding")},
    {"d1_databases", ENV, BINDING("D1", NULL, "binding")},
    {"dispatch_namespaces", ENV, BINDING("Workers for Platforms", NULL, "binding")},
    {"flagship", ENV, BINDING("Flagship", NULL, "binding")},
    {"hyperdrive", ENV, BINDING("Hyperdrive", NULL, "binding")},
    {"images", ENV, BINDING("Images", NULL, "binding")},
    {"kv_namespaces", ENV, BINDING("KV", NULL, "binding")},
    {"logfwdr", INH, BINDING("logfwdr", "bindings", "name")},
    {"media", ENV, BINDING("Media Transformations", NULL, "binding")},
    {"mtls_certificates", ENV, BINDING("mTLS", NULL, "binding")},
    {"pipelines", ENV, BINDING("Pipelines", NULL, "binding")},
    {"queues", ENV, BINDING("Queues", "producers", "binding")},
    {"r2_buckets", ENV, BINDING("R2", NULL, "binding")},
    {"ratelimits", ENV, BINDING("Rate Limiting", NULL, "name")},
    {"secrets_store_secrets", ENV, BINDING("Secrets Store", NULL, "binding")},
    {"send_email", ENV, BINDING("Email", NULL, "name")},
    {"stream", ENV, BINDING("Stream", NULL, "binding")},
    {"unsafe", ENV, BINDING("unsafe", "bindings", "name")},
    {"unsafe_hello_world", ENV, BINDING("hello world", NULL, "binding")},
    {"vectorize", ENV, BINDING("Vectorize", NULL, "binding")},
    {"vpc_networks", ENV, BINDING("VPC", NULL, "binding")},
    {"vpc_services", ENV, BINDING("VPC", NULL, "binding")},
    {"worker_loaders", ENV, BINDING("Worker Loader", NULL, "binding")},
    {"workflows", ENV, BINDING("Workflows", NULL, "binding")},
};
/* clang-format on */

const struct wrangler_key *
wrangler_key_find(const char *name)
{
    for (size_t i = 0; i < WK_COUNT(keys); i++)
        if (strcmp(keys[i].name, name) == 0)
            return &keys[i];
    return NULL;
}

static void
say_unknown(struct wrangler *w, const struct wk_doc *doc, bool in_env)
{
    const char *names[WK_COUNT(keys)], *near;
    struct wk_buf list = {0};
    size_t count = 0;

    for (size_t i = 0; i < WK_COUNT(keys); i++) {
        if (in_env && keys[i].scope == WRANGLER_TOP)
            continue;
        names[count++] = keys[i].name;
        if (keys[i].use == WRANGLER_READ)
            wk_buf_addf(&list, "%s%s", list.len > 0 ? ", " : "", keys[i].name);
    }
    near = wk_did_you_mean(doc->key, names, count);
    if (near != NULL)
        wk_doc_diag_key(w->load->diags, WK_DIAG_ERROR, doc,
                        "unknown key \"%s\"; did you mean \"%s\"?", doc->key, near);
    else
        wk_doc_diag_key(w->load->diags, WK_DIAG_ERROR, doc,
                        "unknown key \"%s\"; supported are: %s", doc->key, list.data);
    wk_buf_fini(&list);
}

static bool
is_empty(const struct wk_doc *doc)
{
    return doc->kind == WK_DOC_NULL || (doc->kind == WK_DOC_BOOL && !doc->boolean) ||
           ((doc->kind == WK_DOC_ARRAY || doc->kind == WK_DOC_OBJECT) && doc->count == 0);
}

static void
check_level(struct wrangler *w, struct wk_doc *object, bool in_env, bool chosen)
{
    for (struct wk_doc *doc = object->first; doc != NULL; doc = doc->next) {
        const struct wrangler_key *key = wrangler_key_find(doc->key);

        if (key == NULL) {
            say_unknown(w, doc, in_env);
        } else if (in_env && key->scope == WRANGLER_TOP) {
            wk_doc_diag_key(w->load->diags, WK_DIAG_ERROR, doc,
                            "\"%s\" belongs at the top level, not into an environment",
                            doc->key);
        } else if (key->use == WRANGLER_REFUSED && !is_empty(doc)) {
            wk_doc_diag_key(w->load->diags, WK_DIAG_ERROR, doc, "\"%s\" is not supported: %s",
                            doc->key, key->note);
        } else if (key->use == WRANGLER_NOTED && chosen && !is_empty(doc)) {
            wk_doc_diag_key(w->load->diags, WK_DIAG_WARNING, doc, "\"%s\" has no effect: %s",
                            doc->key, key->note);
        }
    }
}

/* wrangler warns about the same: a list that an environment does not repeat is empty in it. */
static void
check_not_repeated(struct wrangler *w)
{
    for (struct wk_doc *doc = w->top->first; doc != NULL; doc = doc->next) {
        const struct wrangler_key *key = wrangler_key_find(doc->key);

        if (key != NULL && key->scope == WRANGLER_PER_ENV && key->use != WRANGLER_SILENT &&
            wk_doc_find(w->env, doc->key) == NULL)
            wk_doc_diag_key(
                w->load->diags, WK_DIAG_WARNING, doc,
                "\"%s\" exists at the top level, but not on \"env.%s\". This is not what "
                "you probably want, since \"%s\" is not inherited by environments. "
                "Please add \"%s\" to \"env.%s\".",
                doc->key, w->env_name, doc->key, doc->key, w->env_name);
    }
}

void
wrangler_check_keys(struct wrangler *w)
{
    struct wk_doc *envs = wk_doc_find(w->top, "env");

    check_level(w, w->top, false, true);
    if (envs != NULL && wrangler_is(w, envs, WK_DOC_OBJECT))
        for (struct wk_doc *env = envs->first; env != NULL; env = env->next)
            if (wrangler_is(w, env, WK_DOC_OBJECT))
                check_level(w, env, true, env == w->env);
    if (w->env != NULL)
        check_not_repeated(w);
}

static void
refuse_binding(struct wrangler *w, Wk__Worker *worker, const struct wrangler_key *key,
               struct wk_doc *doc)
{
    struct wk_doc *name = wk_doc_find(doc, key->label);
    Wk__Binding *binding;

    if (name == NULL || name->kind != WK_DOC_STRING) {
        wk_doc_diag(w->load->diags, WK_DIAG_ERROR, doc,
                    "\"%s\" is missing: the name of the binding", key->label);
        return;
    }
    wk_doc_diag(w->load->diags, WK_DIAG_WARNING, doc,
                "%s is not supported here; env.%s throws when it is used", key->note,
                name->text);
    binding = config_binding(w->load, worker, name->text, doc);
    binding->kind_case = WK__BINDING__KIND_UNSUPPORTED;
    binding->unsupported =
        wk_xasprintf("The binding \"%s\" cannot be used: %s (\"%s\") is not supported here.",
                     name->text, key->note, key->name);
}

void
wrangler_refused_bindings(struct wrangler *w, Wk__Worker *worker)
{
    for (size_t i = 0; i < WK_COUNT(keys); i++) {
        struct wk_doc *doc;

        if (keys[i].use != WRANGLER_BINDING || (doc = wrangler_get(w, keys[i].name)) == NULL)
            continue;
        if (keys[i].inner != NULL)
            doc = wk_doc_find(doc, keys[i].inner);
        if (doc == NULL || is_empty(doc))
            continue;
        if (doc->kind == WK_DOC_OBJECT)
            refuse_binding(w, worker, &keys[i], doc);
        else if (wrangler_is(w, doc, WK_DOC_ARRAY))
            for (struct wk_doc *item = doc->first; item != NULL; item = item->next)
                if (wrangler_is(w, item, WK_DOC_OBJECT))
                    refuse_binding(w, worker, &keys[i], item);
    }
}
