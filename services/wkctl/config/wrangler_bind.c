/* services/wkctl/config/wrangler_bind.c - vars, .dev.vars, services and the like. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "services/wkctl/config/dotenv.h"
#include "services/wkctl/config/wrangler_priv.h"

#define DEV_VARS_BYTES_MAX (1u << 20)

static void
binding_clear(Wk__Binding *b)
{
    if (b->kind_case == WK__BINDING__KIND_TEXT)
        free(b->text);
    else if (b->kind_case == WK__BINDING__KIND_JSON)
        free(b->json);
    b->kind_case = WK__BINDING__KIND__NOT_SET;
}

static void
read_vars(struct wrangler *w, Wk__Worker *worker, struct wk_doc *vars)
{
    for (struct wk_doc *v = vars->first; v != NULL; v = v->next) {
        Wk__Binding *b = config_binding(w->load, worker, v->key, v);

        if (v->kind == WK_DOC_STRING && strlen(v->text) == v->text_len) {
            b->kind_case = WK__BINDING__KIND_TEXT;
            b->text = config_text(v);
        } else {
            b->kind_case = WK__BINDING__KIND_JSON;
            b->json = config_json(v);
        }
    }
}

static void
read_service(struct wrangler *w, Wk__Worker *worker, struct wk_doc *doc)
{
    const char *name = wrangler_need(w, doc, "binding", "the name of the binding in env");
    const char *target = wrangler_need(w, doc, "service", "the name of the worker to call");
    const char *entrypoint = wrangler_text(w, doc, "entrypoint");
    const char *env = wrangler_text(w, doc, "environment");
    struct wk_doc *props = wrangler_member(w, doc, "props", WK_DOC_OBJECT);
    char *service;
    Wk__Binding *b;

    wrangler_only(w, doc,
                  "binding service entrypoint environment props remote experimental_remote");
    if (name == NULL || target == NULL)
        return;
    service = env != NULL ? wk_xasprintf("%s-%s", target, env) : wk_xstrdup(target);
    b = config_binding(w->load, worker, name, doc);
    b->kind_case = WK__BINDING__KIND_SERVICE;
    b->service = config_designator(w->load, service, wk_doc_find(doc, "service"));
    free(service);
    if (entrypoint != NULL)
        config_set(&b->service->entrypoint, entrypoint);
    if (props != NULL)
        b->service->props_json = config_json(props);
}

static void
read_tail(struct wrangler *w, Wk__Worker *worker, struct wk_doc *doc)
{
    const char *target = wrangler_need(w, doc, "service", "the name of the tail worker");
    const char *env = wrangler_text(w, doc, "environment");

    wrangler_only(w, doc, "service environment");
    if (target == NULL)
        return;
    CONFIG_PUSH(worker, tails,
                env != NULL ? wk_xasprintf("%s-%s", target, env) : wk_xstrdup(target));
    config_note(w->load, worker->tails[worker->n_tails - 1], doc);
}

static void
read_each(struct wrangler *w, const char *key, Wk__Worker *worker,
          void read(struct wrangler *, Wk__Worker *, struct wk_doc *))
{
    struct wk_doc *list = wrangler_get_kind(w, key, WK_DOC_ARRAY);

    for (struct wk_doc *d = list != NULL ? list->first : NULL; d != NULL; d = d->next)
        if (wrangler_is(w, d, WK_DOC_OBJECT))
            read(w, worker, d);
}

void
wrangler_bindings(struct wrangler *w, Wk__Worker *worker)
{
    struct wk_doc *vars = wrangler_get_kind(w, "vars", WK_DOC_OBJECT), *version;
    const char *name;
    Wk__Binding *b;

    if (vars != NULL)
        read_vars(w, worker, vars);
    read_each(w, "services", worker, read_service);
    read_each(w, "tail_consumers", worker, read_tail);
    version = wrangler_get_kind(w, "version_metadata", WK_DOC_OBJECT);
    if (version != NULL && (name = wrangler_need(w, version, "binding",
                                                 "the name of the binding in env")) != NULL) {
        wrangler_only(w, version, "binding");
        b = config_binding(w->load, worker, name, version);
        b->kind_case = WK__BINDING__KIND_JSON;
        b->json = wk_xstrdup("{\"id\":\"00000000-0000-0000-0000-000000000000\",\"tag\":\"\","
                             "\"timestamp\":\"1970-01-01T00:00:00.000Z\"}");
    }
}

struct dev_vars {
    struct wrangler *w;
    Wk__Worker *worker;
};

static void
dev_var_set(void *arg, const char *name, const char *value, int line)
{
    struct dev_vars *vars = arg;
    Wk__Binding *b = NULL;

    for (size_t i = 0; i < vars->worker->n_bindings && b == NULL; i++)
        if (strcmp(vars->worker->bindings[i]->name, name) == 0 &&
            (vars->worker->bindings[i]->kind_case == WK__BINDING__KIND_TEXT ||
             vars->worker->bindings[i]->kind_case == WK__BINDING__KIND_JSON))
            b = vars->worker->bindings[i];
    if (b == NULL)
        b = config_binding(vars->w->load, vars->worker, name, NULL);
    binding_clear(b);
    b->kind_case = WK__BINDING__KIND_TEXT;
    b->text = wk_xstrdup(value);
}

/* .dev.vars.ENV if it is there, else .dev.vars: not both, as wrangler dev does. */
void
wrangler_dev_vars(struct wrangler *w, Wk__Worker *worker)
{
    struct dev_vars vars = {w, worker};
    struct wk_buf text = {0};
    char *path = NULL;
    wk_err err;

    if (w->env_name != NULL && w->env_name[0] != '\0')
        path = wk_xasprintf("%s/.dev.vars.%s", w->root, w->env_name);
    if (path == NULL || access(path, F_OK) != 0) {
        free(path);
        path = wk_xasprintf("%s/.dev.vars", w->root);
    }
    if (access(path, F_OK) == 0) {
        config_watch(w->load, path);
        err = wk_buf_read_file(&text, path, DEV_VARS_BYTES_MAX);
        if (err != WK_OK)
            wk_diag_add(w->load->diags, WK_DIAG_ERROR, path, 0, 0, NULL, "%s",
                        err == WK_ELIMIT ? "This file is larger than 1 MiB."
                                         : "This file cannot be read; check its permissions.");
        else if (wk_utf8_bad_at(text.data != NULL ? text.data : "", text.len) < text.len)
            wk_diag_add(w->load->diags, WK_DIAG_ERROR, path, 0, 0, NULL,
                        "this is not UTF-8; save the file as UTF-8");
        else if (text.len > 0)
            wk_dotenv_read(text.data, dev_var_set, &vars);
    }
    wk_buf_fini(&text);
    free(path);
}
