/* wkctl do ls: namespaces, the objects of one, the facets of an object. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include "services/wkctl/do.h"
#include "services/wkctl/wkctl.h"

static bool
add_actor(void *arg, const Wk__StorageToolItem *item)
{
    struct wk_do *d = arg;
    char id[2 * WK_ACTOR_ID_BYTES + 1], *size;

    wk_actor_id_text(item->id.data, item->id.len, id, sizeof(id));
    if (d->json != NULL) {
        json_array_append_new(d->json,
                              json_pack("{s:s, s:s, s:I, s:I, s:I, s:b}", "id", id, "name",
                                        item->id_name, "entries", (json_int_t)item->entries,
                                        "bytes", (json_int_t)item->bytes, "facets",
                                        (json_int_t)item->facets, "live", item->live));
        return true;
    }
    size = wk_print_kib((item->bytes + 1023) / 1024);
    wk_table_add(&d->table, id);
    wk_table_add(&d->table, item->id_name[0] != '\0' ? item->id_name : NULL);
    wk_table_addf(&d->table, "%" PRIu64, item->entries);
    wk_table_add(&d->table, size);
    wk_table_addf(&d->table, "%" PRIu32, item->facets);
    wk_table_add(&d->table, item->live ? "live" : "stored");
    free(size);
    return true;
}

static bool
add_namespace(void *arg, const Wk__StorageToolItem *item)
{
    struct wk_do *d = arg;

    if (d->json != NULL) {
        json_array_append_new(d->json, json_pack("{s:s, s:s}", "namespace", item->unique_key,
                                                 "service", d->service));
        return true;
    }
    wk_table_add(&d->table, item->unique_key);
    wk_table_add(&d->table, d->service);
    return true;
}

static int
ls_namespaces(struct wk_do *d)
{
    Wk__StorageToolList list = WK__STORAGE_TOOL_LIST__INIT;
    Wk__StorageTool ask = WK__STORAGE_TOOL__INIT;
    size_t count;
    char **services = wk_storage_services(d->client, &count);
    int status = WK_EXIT_OK;

    ask.ask_case = WK__STORAGE_TOOL__ASK_LIST;
    ask.list = &list;
    d->table.columns = 2;
    if (d->json == NULL) {
        wk_table_add(&d->table, "NAMESPACE");
        wk_table_add(&d->table, "SERVICE");
    }
    for (size_t i = 0; i < count; i++) {
        d->service = services[i];
        if (status == WK_EXIT_OK)
            status = wk_do_each(d->client, services[i], &ask, add_namespace, d);
        free(services[i]);
    }
    free(services);
    return status;
}

/* ---- of one object ---- */

static bool
add_facet(void *arg, const Wk__StorageToolItem *item)
{
    struct wk_do *d = arg;
    struct wk_buf path = {0}, clean = {0};
    char *names[2 * WK_FACET_DEPTH_MAX], *size;
    size_t count = 0;

    for (size_t i = 0; i < d->facet.count; i++)
        names[count++] = d->facet.names[i];
    for (size_t i = 0; i < item->n_facet && count < WK_COUNT(names); i++)
        names[count++] = item->facet[i];
    wk_facet_path_text(names, count, &path);
    if (d->json != NULL) {
        json_array_append_new(
            d->json,
            json_pack("{s:o, s:I, s:I}", "facet",
                      count > 0 ? json_stringn(path.data, path.len) : json_null(), "entries",
                      (json_int_t)item->entries, "bytes", (json_int_t)item->bytes));
    } else {
        wk_print_clean(&clean, path.data != NULL ? path.data : "");
        size = wk_print_kib((item->bytes + 1023) / 1024);
        wk_table_add(&d->table, count > 0 ? clean.data : "(the object itself)");
        wk_table_addf(&d->table, "%" PRIu64, item->entries);
        wk_table_add(&d->table, size);
        free(size);
    }
    wk_buf_fini(&path);
    wk_buf_fini(&clean);
    return true;
}

static int
ls_facets(struct wk_do *d)
{
    static const char *const heads[] = {"FACET", "ENTRIES", "SIZE"};
    Wk__StorageToolDump dump;

    d->table.columns = WK_COUNT(heads);
    d->table.right[1] = d->table.right[2] = true;
    for (size_t i = 0; i < WK_COUNT(heads) && d->json == NULL; i++)
        wk_table_add(&d->table, heads[i]);
    wk_do_ask(d, &dump);
    dump.below = dump.heads = true;
    return wk_do_object(d, &dump, add_facet, d);
}

int
wk_do_ls(struct wk_do *d)
{
    Wk__StorageToolList list = WK__STORAGE_TOOL_LIST__INIT;
    Wk__StorageTool ask = WK__STORAGE_TOOL__INIT;
    int status = WK_EXIT_OK;

    if (d->json_wanted)
        d->json = json_array();
    if (d->ns.unique_key == NULL) {
        status = ls_namespaces(d);
    } else if (d->has_id) {
        status = ls_facets(d);
    } else {
        static const char *const heads[] = {"ID", "NAME", "ENTRIES", "SIZE", "FACETS", "STATE"};

        ask.ask_case = WK__STORAGE_TOOL__ASK_LIST;
        ask.list = &list;
        list.unique_key = d->ns.unique_key;
        d->table.columns = WK_COUNT(heads);
        d->table.right[2] = d->table.right[3] = d->table.right[4] = true;
        for (size_t i = 0; i < WK_COUNT(heads) && d->json == NULL; i++)
            wk_table_add(&d->table, heads[i]);
        for (size_t i = 0; i < d->ns.service_count && status == WK_EXIT_OK; i++)
            status = wk_do_each(d->client, d->ns.services[i], &ask, add_actor, d);
    }
    if (status == WK_EXIT_OK && d->json == NULL)
        wk_table_print(&d->table, stdout, true);
    return status;
}
