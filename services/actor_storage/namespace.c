/* The namespaces there are, and their numbers in keys: given once, kept on disk, so that the
 * order of a configuration never matters. */
#include <stdlib.h>
#include <string.h>
#include "kernel/base/log.h"
#include "services/actor_storage/actor_storage.h"

/* In the space of meta: "ns/" unique_key -> u32 BE. */
#define NUMBER_PREFIX "ns/"

struct wk_namespace *
wk_namespace_find(struct wk_daemon *daemon, uint32_t index)
{
    struct wk_namespace *ns =
        index < daemon->namespace_count ? daemon->namespaces[index] : NULL;

    return ns != NULL && ns->configured ? ns : NULL;
}

struct wk_namespace *
wk_namespace_numbered(struct wk_daemon *daemon, uint32_t number)
{
    for (uint32_t i = 0; i < daemon->namespace_count; i++) {
        struct wk_namespace *ns = daemon->namespaces[i];

        if (ns != NULL && wk_namespace_on_disk(ns) && ns->number == number)
            return ns;
    }
    return NULL;
}

struct wk_namespace *
wk_namespace_keyed(struct wk_daemon *daemon, const char *unique_key)
{
    for (uint32_t i = 0; i < daemon->namespace_count; i++)
        if (daemon->namespaces[i] != NULL &&
            strcmp(daemon->namespaces[i]->unique_key, unique_key) == 0)
            return daemon->namespaces[i];
    return NULL;
}

bool
wk_namespace_on_disk(const struct wk_namespace *ns)
{
    return ns->storage == WK__ACTOR_NAMESPACE_CONFIG__STORAGE__DISK;
}

/* ---- numbers ---- */

/* One more than the highest there is. */
static wk_err
number_next(struct wk_engine *engine, uint32_t *out)
{
    struct wk_span start = {(const uint8_t *)NUMBER_PREFIX, strlen(NUMBER_PREFIX)};
    struct wk_span end = {(const uint8_t *)"ns0", 3}; /* '0' comes after '/' */
    struct wk_scan *scan = wk_scan_open(engine, WK_READ_ANY, WK_SPACE_META, start, end, false);
    uint32_t highest = 0;
    wk_err err;

    for (; wk_scan_valid(scan); wk_scan_next(scan)) {
        struct wk_span value = wk_scan_value(scan);

        if (value.len == 4 && wk_be32(value.data) > highest)
            highest = wk_be32(value.data);
    }
    err = wk_scan_err(scan);
    wk_scan_close(scan);
    *out = highest + 1;
    return err;
}

static wk_err
number_give(struct wk_daemon *daemon, const struct wk_buf *key, uint32_t *number)
{
    struct wk_batch batch = {0};
    uint8_t value[4];
    wk_err err = number_next(daemon->engine, number);

    if (err != WK_OK)
        return err;
    wk_be32_put(value, *number);
    wk_batch_put(&batch, WK_SPACE_META, wk_span_of(key), (struct wk_span){value, 4});
    err = wk_engine_write(daemon->engine, &batch, true);
    wk_batch_fini(&batch);
    return err;
}

static wk_err
number_of(struct wk_daemon *daemon, const char *unique_key, uint32_t *number)
{
    struct wk_buf key = {0}, value = {0};
    wk_err err;

    wk_buf_add_str(&key, NUMBER_PREFIX);
    wk_buf_add_str(&key, unique_key);
    err = wk_engine_get(daemon->engine, WK_READ_ANY, WK_SPACE_META, wk_span_of(&key), &value);
    if (err == WK_OK && value.len == 4)
        *number = wk_be32((const uint8_t *)value.data);
    else if (err == WK_OK)
        err = WK_EIO;
    else if (err == WK_ENOTFOUND)
        err = number_give(daemon, &key, number);
    wk_buf_fini(&key);
    wk_buf_fini(&value);
    return err;
}

/* ---- configuration ---- */

static void
text_set(char **text, const char *value)
{
    free(*text);
    *text = wk_xstrdup(value);
}

static struct wk_namespace *
namespace_get(struct wk_daemon *daemon, uint32_t index)
{
    if (index >= daemon->namespace_count) {
        daemon->namespaces =
            wk_xrealloc(daemon->namespaces, (index + 1) * sizeof(struct wk_namespace *));
        while (daemon->namespace_count <= index)
            daemon->namespaces[daemon->namespace_count++] = NULL;
    }
    if (daemon->namespaces[index] == NULL) {
        daemon->namespaces[index] = wk_xcalloc(1, sizeof(struct wk_namespace));
        daemon->namespaces[index]->index = index;
    }
    return daemon->namespaces[index];
}

static const char *
namespace_configure(struct wk_daemon *daemon, const Wk__ActorNamespaceConfig *config)
{
    struct wk_namespace *ns;

    if (config->index >= WK_NAMESPACES_MAX)
        return "a namespace has no number that can be";
    ns = namespace_get(daemon, config->index);
    if (ns->unique_key != NULL && strcmp(ns->unique_key, config->unique_key) != 0)
        return "the index of a namespace has become another's";
    ns->handle = config->handle;
    ns->storage = (uint8_t)config->storage;
    ns->text = config->ephemeral;
    text_set(&ns->service, config->service);
    text_set(&ns->class_name, config->class_name);
    text_set(&ns->unique_key, config->unique_key);
    ns->configured = true;
    if (!wk_namespace_on_disk(ns))
        return NULL;
    if (daemon->engine == NULL)
        return "a namespace is to be stored on disk, but there is no directory";
    if (ns->number == 0 && number_of(daemon, ns->unique_key, &ns->number) != WK_OK)
        return "the number of a namespace cannot be read or given";
    return NULL;
}

const char *
wk_namespaces_configure(struct wk_daemon *daemon, const Wk__ConfigureStorage *config)
{
    const char *bad = NULL;

    for (uint32_t i = 0; i < daemon->namespace_count; i++)
        if (daemon->namespaces[i] != NULL)
            daemon->namespaces[i]->configured = false;
    for (size_t i = 0; i < config->n_namespaces && bad == NULL; i++)
        bad = namespace_configure(daemon, config->namespaces[i]);
    return bad;
}
