/* services/wkctl/config/wrangler_actor.c - Durable Objects: which classes the migrations leave,
 * and the bindings to them. */
#include <stdlib.h>
#include <string.h>
#include "services/wkctl/config/wrangler_priv.h"

#define STORAGE "wk:storage" /* the disk service of all projects' objects */

struct class_list {
    struct {
        const char *name;
        bool sql;
    } * items;
    size_t count;
};

static size_t
class_find(const struct class_list *list, const char *name)
{
    size_t i = 0;

    while (i < list->count && strcmp(list->items[i].name, name) != 0)
        i++;
    return i;
}

static void
class_add(struct class_list *list, const char *name, bool sql)
{
    if (class_find(list, name) < list->count)
        return;
    list->items = wk_xrealloc(list->items, (list->count + 1) * sizeof(*list->items));
    list->items[list->count].name = name;
    list->items[list->count++].sql = sql;
}

static void
read_new(struct wrangler *w, struct wk_doc *migration, const char *key, bool sql,
         struct class_list *list)
{
    struct wk_doc *names = wrangler_member(w, migration, key, WK_DOC_ARRAY);

    for (struct wk_doc *n = names != NULL ? names->first : NULL; n != NULL; n = n->next) {
        if (!wrangler_is(w, n, WK_DOC_STRING))
            continue;
        if (class_find(list, n->text) < list->count)
            wrangler_say(w, WK_DIAG_ERROR, n,
                         "the class \"%s\" was already created by an earlier migration",
                         n->text);
        class_add(list, n->text, sql);
    }
}

/* A class that leaves: deleted, or renamed to something. */
static void
drop(struct wrangler *w, struct wk_doc *at, const char *from, const char *to,
     struct class_list *list)
{
    size_t i = class_find(list, from);

    if (i == list->count) {
        wrangler_say(w, WK_DIAG_ERROR, at,
                     "no earlier migration created the class \"%s\"; there %s", from,
                     list->count > 0 ? "are others" : "is none");
        return;
    }
    if (to != NULL) {
        list->items[i].name = to;
        return;
    }
    list->count--;
    memmove(&list->items[i], &list->items[i + 1], (list->count - i) * sizeof(*list->items));
}

static void
read_migration(struct wrangler *w, struct wk_doc *m, struct class_list *list)
{
    struct wk_doc *changes;

    wrangler_only(w, m,
                  "tag new_classes new_sqlite_classes renamed_classes deleted_classes "
                  "transferred_classes");
    wrangler_need(w, m, "tag", "a name for this migration, like \"v1\"");
    read_new(w, m, "new_classes", false, list);
    read_new(w, m, "new_sqlite_classes", true, list);
    changes = wrangler_member(w, m, "renamed_classes", WK_DOC_ARRAY);
    for (struct wk_doc *c = changes != NULL ? changes->first : NULL; c != NULL; c = c->next) {
        const char *from, *to;

        if (!wrangler_is(w, c, WK_DOC_OBJECT))
            continue;
        from = wrangler_need(w, c, "from", "the class as it was called");
        to = wrangler_need(w, c, "to", "the class as it is called");
        wrangler_only(w, c, "from to");
        if (from != NULL && to != NULL)
            drop(w, c, from, to, list);
    }
    changes = wrangler_member(w, m, "deleted_classes", WK_DOC_ARRAY);
    for (struct wk_doc *c = changes != NULL ? changes->first : NULL; c != NULL; c = c->next)
        if (wrangler_is(w, c, WK_DOC_STRING))
            drop(w, c, c->text, NULL, list);
    changes = wrangler_member(w, m, "transferred_classes", WK_DOC_ARRAY);
    for (struct wk_doc *c = changes != NULL ? changes->first : NULL; c != NULL; c = c->next) {
        const char *to;

        if (!wrangler_is(w, c, WK_DOC_OBJECT))
            continue;
        wrangler_only(w, c, "from from_script to");
        if ((to = wrangler_need(w, c, "to", "the class as it is called here")) != NULL)
            class_add(list, to, false);
    }
}

static void
read_binding(struct wrangler *w, Wk__Worker *worker, struct wk_doc *doc,
             struct class_list *list)
{
    const char *name = wrangler_need(w, doc, "name", "the name of the binding in env");
    const char *class_name = wrangler_need(w, doc, "class_name", "the exported class");
    const char *script = wrangler_text(w, doc, "script_name");
    const char *env = wrangler_text(w, doc, "environment");
    Wk__Binding *b;

    wrangler_only(w, doc, "name class_name script_name environment");
    if (name == NULL || class_name == NULL)
        return;
    b = config_binding(w->load, worker, name, doc);
    b->kind_case = WK__BINDING__KIND_ACTOR_NAMESPACE;
    b->actor_namespace = wk_xmalloc(sizeof(*b->actor_namespace));
    wk__actor_binding__init(b->actor_namespace);
    config_set(&b->actor_namespace->class_name, class_name);
    if (script != NULL) {
        char *service = env != NULL ? wk_xasprintf("%s-%s", script, env) : wk_xstrdup(script);

        if (strcmp(service, w->name) != 0)
            config_set(&b->actor_namespace->service, service);
        free(service);
        if (b->actor_namespace->service[0] != '\0')
            return;
    }
    if (class_find(list, class_name) == list->count) {
        wrangler_say(w, WK_DIAG_WARNING, doc,
                     "no migration creates the class \"%s\", so it has no storage.sql; add "
                     "\"migrations\": [{ \"tag\": \"v1\", \"new_sqlite_classes\": [\"%s\"] }]",
                     class_name, class_name);
        class_add(list, class_name, false);
    }
}

/* Objects of every project are stored under one directory, each class in one of its own. */
static void
add_storage(struct wrangler *w, Wk__Worker *worker)
{
    Wk__Service *disk;

    worker->actor_storage_case = WK__WORKER__ACTOR_STORAGE_STORAGE_LOCAL_DISK;
    worker->storage_local_disk = wk_xstrdup(STORAGE);
    if (config_service_find(w->load->config, STORAGE) != NULL)
        return;
    disk = config_service(w->load, STORAGE, WK__SERVICE__KIND_DISK, NULL);
    disk->disk->writable = true;
    if (w->load->opts->persist_to != NULL)
        config_set(&disk->disk->path, w->load->opts->persist_to);
    else
        disk->disk->path = wk_xasprintf("%s/.wk/state", w->root);
}

void
wrangler_actors(struct wrangler *w, Wk__Worker *worker)
{
    struct wk_doc *objects = wrangler_get_kind(w, "durable_objects", WK_DOC_OBJECT), *bindings;
    struct wk_doc *migrations = wrangler_get_kind(w, "migrations", WK_DOC_ARRAY);
    struct class_list list = {0};

    for (struct wk_doc *m = migrations != NULL ? migrations->first : NULL; m != NULL;
         m = m->next)
        if (wrangler_is(w, m, WK_DOC_OBJECT))
            read_migration(w, m, &list);
    if (objects != NULL) {
        wrangler_only(w, objects, "bindings");
        bindings = wrangler_member(w, objects, "bindings", WK_DOC_ARRAY);
        for (struct wk_doc *b = bindings != NULL ? bindings->first : NULL; b != NULL;
             b = b->next)
            if (wrangler_is(w, b, WK_DOC_OBJECT))
                read_binding(w, worker, b, &list);
    }
    for (size_t i = 0; i < list.count; i++) {
        Wk__ActorNamespace *ns = wk_xmalloc(sizeof(*ns));

        wk__actor_namespace__init(ns);
        ns->class_name = wk_xstrdup(list.items[i].name);
        ns->unique_key = wk_xasprintf("%s-%s", w->name, list.items[i].name);
        ns->enable_sql = list.items[i].sql;
        CONFIG_PUSH(worker, actor_namespaces, ns);
    }
    if (list.count > 0)
        add_storage(w, worker);
    free(list.items);
}
