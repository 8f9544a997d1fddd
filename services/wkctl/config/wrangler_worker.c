/* services/wkctl/config/wrangler_worker.c - the worker of a Wrangler project: code, dates,
 * assets. */
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include "runtime/compat/compat.h"
#include "services/wkctl/config/wrangler_priv.h"

/* wrangler's own rules, which come behind those of the project. */
static const struct {
    const char *type;
    const char *globs[4];
} default_rules[] = {
    {"Text", {"**/*.txt", "**/*.html", "**/*.sql", NULL}},
    {"Data", {"**/*.bin", NULL}},
    {"CompiledWasm", {"**/*.wasm", "**/*.wasm?module", NULL}},
};

static Wk__Rule *
rule_new(const char *type)
{
    Wk__Rule *rule = wk_xmalloc(sizeof(*rule));

    wk__rule__init(rule);
    rule->type = wk_xstrdup(type);
    return rule;
}

static void
read_rule(struct wrangler *w, Wk__Project *project, struct wk_doc *doc)
{
    static const char types[] = "ESModule CommonJS Text Data CompiledWasm";
    const char *type = wrangler_need(w, doc, "type", types);
    struct wk_doc *globs = wrangler_member(w, doc, "globs", WK_DOC_ARRAY);
    struct wk_doc *fallthrough = wrangler_member(w, doc, "fallthrough", WK_DOC_BOOL);
    Wk__Rule *rule;

    wrangler_only(w, doc, "type globs fallthrough");
    if (type == NULL)
        return;
    if (strchr(type, ' ') != NULL || strstr(types, type) == NULL) {
        wrangler_say(w, WK_DIAG_ERROR, wk_doc_find(doc, "type"),
                     "\"%s\" is no type of module; there are: %s", type, types);
        return;
    }
    if (globs == NULL || globs->count == 0) {
        wrangler_say(w, WK_DIAG_ERROR, doc, "\"globs\" is missing: a list like [\"**/*.md\"]");
        return;
    }
    rule = rule_new(type);
    rule->fallthrough = fallthrough != NULL && fallthrough->boolean;
    for (struct wk_doc *g = globs->first; g != NULL; g = g->next)
        if (wrangler_is(w, g, WK_DOC_STRING))
            CONFIG_PUSH(rule, globs, config_text(g));
    CONFIG_PUSH(project, rules, rule);
}

/* A rule of the project without fallthrough replaces wrangler's rule for that type. */
static void
read_rules(struct wrangler *w, Wk__Project *project)
{
    struct wk_doc *rules =
        w->top->count > 0 ? wrangler_get_kind(w, "rules", WK_DOC_ARRAY) : NULL;
    size_t own;

    for (struct wk_doc *r = rules != NULL ? rules->first : NULL; r != NULL; r = r->next)
        if (wrangler_is(w, r, WK_DOC_OBJECT))
            read_rule(w, project, r);
    own = project->n_rules;
    for (size_t i = 0; i < WK_COUNT(default_rules); i++) {
        bool replaced = false;
        Wk__Rule *rule;

        for (size_t k = 0; k < own; k++)
            replaced =
                replaced || (!project->rules[k]->fallthrough &&
                             strcmp(project->rules[k]->type, default_rules[i].type) == 0);
        if (replaced)
            continue;
        rule = rule_new(default_rules[i].type);
        for (const char *const *g = default_rules[i].globs; *g != NULL; g++)
            CONFIG_PUSH(rule, globs, wk_xstrdup(*g));
        CONFIG_PUSH(project, rules, rule);
    }
}

static Wk__Define *
define_new(const struct wk_doc *doc)
{
    Wk__Define *define = wk_xmalloc(sizeof(*define));

    wk__define__init(define);
    define->name = wk_xstrdup(doc->key);
    define->value = config_text(doc);
    return define;
}

void
wrangler_project(struct wrangler *w, Wk__Worker *worker, const char *main_file)
{
    Wk__Project *project = wk_xmalloc(sizeof(*project));
    struct wk_doc *doc;

    wk__project__init(project);
    worker->project = project;
    project->root = wk_xstrdup(w->root);
    project->main = wk_xstrdup(main_file);
    read_rules(w, project);
    if ((doc = wrangler_get_kind(w, "alias", WK_DOC_OBJECT)) != NULL)
        for (struct wk_doc *d = doc->first; d != NULL; d = d->next)
            if (wrangler_is(w, d, WK_DOC_STRING))
                CONFIG_PUSH(project, alias, define_new(d));
    if ((doc = wrangler_get_kind(w, "define", WK_DOC_OBJECT)) != NULL)
        for (struct wk_doc *d = doc->first; d != NULL; d = d->next)
            if (wrangler_is(w, d, WK_DOC_STRING))
                CONFIG_PUSH(project, define, define_new(d));
    if ((doc = wrangler_get_kind(w, "tsconfig", WK_DOC_STRING)) != NULL)
        config_set(&project->tsconfig, doc->text);
    if ((doc = wrangler_get_kind(w, "jsx_factory", WK_DOC_STRING)) != NULL)
        config_set(&project->jsx_factory, doc->text);
    if ((doc = wrangler_get_kind(w, "jsx_fragment", WK_DOC_STRING)) != NULL)
        config_set(&project->jsx_fragment, doc->text);
}

static char *
path_in(const char *root, const char *path)
{
    return path[0] == '/'
               ? wk_xstrdup(path)
               : wk_xasprintf("%s/%s", root, strncmp(path, "./", 2) == 0 ? path + 2 : path);
}

static bool
is_kind(const char *path, mode_t kind)
{
    struct stat st;

    return stat(path, &st) == 0 && (st.st_mode & S_IFMT) == kind;
}

static void
read_compat(struct wrangler *w, Wk__Worker *worker)
{
    struct wk_doc *date = wrangler_get_kind(w, "compatibility_date", WK_DOC_STRING);
    struct wk_doc *flags = wrangler_get_kind(w, "compatibility_flags", WK_DOC_ARRAY);
    char today[11];

    if (date != NULL) {
        config_set(&worker->compatibility_date, date->text);
        config_note(w->load, worker->compatibility_date, date);
    } else {
        wk_compat_date_default(today);
        config_set(&worker->compatibility_date, today);
        if (w->load->opts->compat_date == NULL && wrangler_get(w, "compatibility_date") == NULL)
            wrangler_say(
                w, WK_DIAG_WARNING, NULL,
                "there is no \"compatibility_date\", so today's is used, which may change "
                "how the worker behaves tomorrow; add \"compatibility_date\": \"%s\"",
                today);
    }
    for (struct wk_doc *f = flags != NULL ? flags->first : NULL; f != NULL; f = f->next)
        if (wrangler_is(w, f, WK_DOC_STRING))
            CONFIG_PUSH(worker, compatibility_flags, config_text_noted(w->load, f));
}

static void
read_limits(struct wrangler *w, Wk__Worker *worker)
{
    struct wk_doc *limits = wrangler_get_kind(w, "limits", WK_DOC_OBJECT), *cpu, *crons;
    struct wk_doc *triggers = wrangler_get_kind(w, "triggers", WK_DOC_OBJECT);

    if (limits != NULL) {
        wrangler_only(w, limits, "cpu_ms subrequests");
        if ((cpu = wrangler_member(w, limits, "cpu_ms", WK_DOC_NUMBER)) != NULL) {
            if (cpu->is_integer && cpu->integer > 0 && cpu->integer <= 24 * 3600 * 1000)
                worker->cpu_limit_ms = (uint32_t)cpu->integer;
            else
                wrangler_say(w, WK_DIAG_ERROR, cpu,
                             "\"cpu_ms\" must be a number of milliseconds "
                             "from 1 to 86400000");
        }
    }
    if (triggers != NULL) {
        wrangler_only(w, triggers, "crons");
        crons = wrangler_member(w, triggers, "crons", WK_DOC_ARRAY);
        if (crons != NULL && crons->count > 0)
            wrangler_say(w, WK_DIAG_WARNING, crons,
                         "cron triggers do not fire by themselves here");
    }
}

/* run_worker_first: true, false, or a list of routes. */
static void
read_worker_first(struct wrangler *w, Wk__Assets *assets, struct wk_doc *doc)
{
    if (doc == NULL || doc->kind == WK_DOC_NULL)
        return;
    if (doc->kind == WK_DOC_BOOL) {
        assets->run_worker_first = doc->boolean;
        return;
    }
    if (!wrangler_is(w, doc, WK_DOC_ARRAY))
        return;
    for (struct wk_doc *r = doc->first; r != NULL; r = r->next)
        if (!wrangler_is(w, r, WK_DOC_STRING))
            continue;
        else if (r->text[0] != '/' && strncmp(r->text, "!/", 2) != 0)
            wrangler_say(w, WK_DIAG_ERROR, r, "a route starts with / or with !/");
        else
            CONFIG_PUSH(assets, worker_first_routes, config_text(r));
}

static void
read_choice(struct wrangler *w, struct wk_doc *assets, const char *key, const char *words,
            char **out)
{
    const struct wk_doc *doc = wrangler_member(w, assets, key, WK_DOC_STRING);
    const char *at = doc != NULL && doc->text_len > 0 ? strstr(words, doc->text) : NULL;

    if (at != NULL && (at == words || at[-1] == ' ') &&
        (at[doc->text_len] == ' ' || at[doc->text_len] == '\0'))
        config_set(out, doc->text);
    else if (doc != NULL)
        wrangler_say(w, WK_DIAG_ERROR, doc, "\"%s\" must be one of: %s", key, words);
    else
        config_set(out, key[0] == 'n' ? "none" : "auto-trailing-slash");
}

/* What the assets must know of the worker behind them. */
static void
assets_before_worker(Wk__Disk *disk, const Wk__Worker *worker)
{
    struct wk_compat compat;

    for (size_t i = 0; i < worker->assets->n_worker_first_routes; i++)
        CONFIG_PUSH(disk, worker_first_routes, wk_xstrdup(worker->assets->worker_first_routes[i]));
    wk_compat_resolve(worker->compatibility_date, (const char *const *)worker->compatibility_flags,
                      worker->n_compatibility_flags, WK_COMPAT_EXPERIMENTAL | WK_COMPAT_ANY_DATE, &compat, NULL, NULL);
    disk->navigation_prefers_assets = wk_compat_is_on(&compat, "assets_navigation_prefers_asset_serving");
}

/* The disk service of the assets; worker is NULL if the assets are all there is. */
static void
read_assets(struct wrangler *w, struct wk_doc *doc, Wk__Worker *worker)
{
    const char *directory = wrangler_need(w, doc, "directory", "where the files are");
    const char *binding = wrangler_text(w, doc, "binding");
    char *name = worker != NULL ? wk_xasprintf("%s:assets", w->name) : wk_xstrdup(w->name);
    Wk__Service *service;
    Wk__Binding *b;

    wrangler_only(w, doc,
                  "directory binding html_handling not_found_handling run_worker_first");
    service = config_service(w->load, name, WK__SERVICE__KIND_DISK, doc);
    service->disk->assets = true;
    service->disk->path = path_in(w->root, directory != NULL ? directory : ".");
    if (directory != NULL && !is_kind(service->disk->path, S_IFDIR))
        wrangler_say(w, WK_DIAG_ERROR, wk_doc_find(doc, "directory"),
                     "there is no directory \"%s\" in %s", directory, w->dir);
    read_choice(w, doc, "not_found_handling", "none 404-page single-page-application",
                &service->disk->not_found_handling);
    read_choice(w, doc, "html_handling",
                "auto-trailing-slash force-trailing-slash drop-trailing-slash none",
                &service->disk->html_handling);
    if (worker != NULL) {
        worker->assets = wk_xmalloc(sizeof(*worker->assets));
        wk__assets__init(worker->assets);
        config_set(&worker->assets->service, name);
        read_worker_first(w, worker->assets, wk_doc_find(doc, "run_worker_first"));
        assets_before_worker(service->disk, worker);
        if (binding != NULL) {
            b = config_binding(w->load, worker, binding, doc);
            b->kind_case = WK__BINDING__KIND_ASSETS;
            b->assets = config_designator(w->load, name, doc);
        }
    } else if (binding != NULL) {
        wrangler_say(
            w, WK_DIAG_ERROR, wk_doc_find(doc, "binding"),
            "Cannot use assets with a binding in an assets-only Worker; add \"main\" or "
            "remove \"binding\"");
    }
    free(name);
}

void
wrangler_worker(struct wrangler *w)
{
    struct wk_doc *assets = wrangler_get_kind(w, "assets", WK_DOC_OBJECT);
    struct wk_doc *entry = wrangler_get_kind(w, "main", WK_DOC_STRING);
    Wk__Worker *worker;
    char *path;

    if (entry == NULL && wrangler_get(w, "main") == NULL && assets != NULL) {
        read_assets(w, assets, NULL);
        return;
    }
    if (entry == NULL && wrangler_get(w, "main") == NULL)
        wrangler_say(
            w, WK_DIAG_ERROR, w->top,
            "\"main\" is missing: the entry point of the worker, as \"src/index.ts\" (or "
            "\"assets\": { \"directory\": ... } to serve files only)");
    worker = config_worker(w->load, w->name, w->top);
    if (entry != NULL) {
        path = path_in(w->root, entry->text);
        if (!is_kind(path, S_IFREG))
            wrangler_say(w, WK_DIAG_ERROR, entry,
                         "The entry-point file at \"%s\" was not found in %s.", entry->text,
                         w->dir);
        free(path);
    }
    wrangler_project(w, worker,
                     entry == NULL                        ? ""
                     : strncmp(entry->text, "./", 2) == 0 ? entry->text + 2
                                                          : entry->text);
    read_compat(w, worker);
    read_limits(w, worker);
    wrangler_bindings(w, worker);
    wrangler_actors(w, worker);
    if (assets != NULL)
        read_assets(w, assets, worker);
    wrangler_refused_bindings(w, worker);
    wrangler_dev_vars(w, worker);
}
