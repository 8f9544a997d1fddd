/* services/wkctl/config/build.c - making the messages of a Config. */
#include <stdlib.h>
#include <string.h>
#include "services/wkctl/config/config_priv.h"

void
config_note(struct config_load *load, const void *what, const struct wk_doc *at)
{
    if (load->where_count == load->where_cap) {
        load->where_cap = load->where_cap > 0 ? load->where_cap * 2 : 64;
        load->where = wk_xrealloc(load->where, load->where_cap * sizeof(*load->where));
    }
    load->where[load->where_count++] = (struct config_where){what, at};
}

const struct wk_doc *
config_at(const struct config_load *load, const void *what)
{
    for (size_t i = 0; i < load->where_count; i++)
        if (load->where[i].what == what)
            return load->where[i].at;
    return NULL;
}

void
config_say(struct config_load *load, enum wk_diag_level level, const void *what,
           const char *fmt, ...)
{
    const struct wk_doc *at = config_at(load, what);
    struct wk_buf path = {0};
    va_list args;

    if (at != NULL)
        wk_doc_path(at, &path);
    va_start(args, fmt);
    wk_diag_addv(load->diags, level, at != NULL ? at->file : load->config->source,
                 at != NULL ? at->line : 0, at != NULL ? at->column : 0, path.data, fmt, args);
    va_end(args);
    wk_buf_fini(&path);
}

char *
config_text(const struct wk_doc *doc)
{
    return doc != NULL && doc->text != NULL ? wk_xstrndup(doc->text, doc->text_len)
                                            : wk_xstrdup("");
}

char *
config_text_noted(struct config_load *load, const struct wk_doc *doc)
{
    char *text = config_text(doc);

    config_note(load, text, doc);
    return text;
}

char *
config_json(const struct wk_doc *doc)
{
    struct wk_buf json = {0};

    wk_doc_to_json(doc, &json);
    return wk_buf_take(&json);
}

void
config_set(char **field, const char *text)
{
    if (*field != NULL && *field != (const char *)protobuf_c_empty_string)
        free(*field);
    *field = wk_xstrdup(text);
}

Wk__Service *
config_service(struct config_load *load, const char *name, Wk__Service__KindCase kind,
               const struct wk_doc *at)
{
    Wk__Service *service = wk_xmalloc(sizeof(*service));

    wk__service__init(service);
    service->name = wk_xstrdup(name);
    service->kind_case = kind;
    if (kind == WK__SERVICE__KIND_WORKER) {
        service->worker = wk_xmalloc(sizeof(*service->worker));
        wk__worker__init(service->worker);
        config_note(load, service->worker, at);
    } else if (kind == WK__SERVICE__KIND_NETWORK) {
        service->network = wk_xmalloc(sizeof(*service->network));
        wk__network__init(service->network);
    } else if (kind == WK__SERVICE__KIND_EXTERNAL) {
        service->external = wk_xmalloc(sizeof(*service->external));
        wk__external__init(service->external);
    } else if (kind == WK__SERVICE__KIND_DISK) {
        service->disk = wk_xmalloc(sizeof(*service->disk));
        wk__disk__init(service->disk);
    }
    config_note(load, service, at);
    CONFIG_PUSH(load->config, services, service);
    return service;
}

Wk__Worker *
config_worker(struct config_load *load, const char *name, const struct wk_doc *at)
{
    return config_service(load, name, WK__SERVICE__KIND_WORKER, at)->worker;
}

Wk__Socket *
config_socket(struct config_load *load, const char *name, const char *address,
              const struct wk_doc *at)
{
    Wk__Socket *socket = wk_xmalloc(sizeof(*socket));

    wk__socket__init(socket);
    socket->name = wk_xstrdup(name);
    socket->address = wk_xstrdup(address);
    config_note(load, socket, at);
    CONFIG_PUSH(load->config, sockets, socket);
    return socket;
}

Wk__Binding *
config_binding(struct config_load *load, Wk__Worker *worker, const char *name,
               const struct wk_doc *at)
{
    Wk__Binding *binding = wk_xmalloc(sizeof(*binding));

    wk__binding__init(binding);
    binding->name = wk_xstrdup(name);
    config_note(load, binding, at);
    CONFIG_PUSH(worker, bindings, binding);
    return binding;
}

Wk__Designator *
config_designator(struct config_load *load, const char *service, const struct wk_doc *at)
{
    Wk__Designator *designator = wk_xmalloc(sizeof(*designator));

    wk__designator__init(designator);
    designator->service = wk_xstrdup(service);
    config_note(load, designator, at);
    return designator;
}

Wk__Service *
config_service_find(const Wk__Config *config, const char *name)
{
    for (size_t i = 0; i < config->n_services; i++)
        if (strcmp(config->services[i]->name, name) == 0)
            return config->services[i];
    return NULL;
}

void
config_watch(struct config_load *load, const char *path)
{
    char *real = realpath(path, NULL); /* whoever watches may stand elsewhere */

    if (real == NULL)
        real = wk_xstrdup(path);
    for (size_t i = 0; i < load->config->n_watched; i++)
        if (strcmp(load->config->watched[i], real) == 0) {
            free(real);
            return;
        }
    CONFIG_PUSH(load->config, watched, real);
}
