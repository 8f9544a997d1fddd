/* wkctl do alarms: what is due when. */
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include "services/wkctl/do.h"
#include "services/wkctl/wkctl.h"

static bool
add_alarm(void *arg, const Wk__StorageToolItem *item)
{
    struct wk_do *d = arg;
    char id[2 * WK_ACTOR_ID_BYTES + 1];

    wk_actor_id_text(item->id.data, item->id.len, id, sizeof(id));
    json_array_append_new(d->alarms,
                          json_pack("{s:s, s:s, s:s, s:I}", "namespace", item->unique_key, "id",
                                    id, "name", item->id_name, "at",
                                    (json_int_t)(item->alarm_ms_plus1 - 1)));
    return true;
}

static bool
note_namespace(void *arg, const Wk__StorageToolItem *item)
{
    json_array_append_new(arg, json_string(item->unique_key));
    return true;
}

/* Of the namespace that was named, or of all that the service has. */
static int
alarms_of(struct wk_do *d, const char *service)
{
    Wk__StorageToolAlarms alarms = WK__STORAGE_TOOL_ALARMS__INIT;
    Wk__StorageToolList list = WK__STORAGE_TOOL_LIST__INIT;
    Wk__StorageTool ask = WK__STORAGE_TOOL__INIT;
    json_t *keys = json_array(), *key;
    int status = WK_EXIT_OK;
    size_t i;

    ask.ask_case = WK__STORAGE_TOOL__ASK_LIST;
    ask.list = &list;
    if (d->ns.unique_key == NULL)
        status = wk_do_each(d->client, service, &ask, note_namespace, keys);
    else
        json_array_append_new(keys, json_string(d->ns.unique_key));
    ask.ask_case = WK__STORAGE_TOOL__ASK_ALARMS;
    ask.alarms = &alarms;
    json_array_foreach(keys, i, key)
    {
        alarms.unique_key = (char *)(uintptr_t)json_string_value(key);
        if (status == WK_EXIT_OK)
            status = wk_do_each(d->client, service, &ask, add_alarm, d);
    }
    json_decref(keys);
    return status;
}

static int
compare_alarms(const void *a, const void *b)
{
    json_int_t at_a = json_integer_value(json_object_get(*(json_t *const *)a, "at")),
               at_b = json_integer_value(json_object_get(*(json_t *const *)b, "at"));

    return at_a < at_b ? -1 : at_a > at_b;
}

/* The same by time: namespaces and services are one behind the other. */
static json_t *
sorted(const json_t *alarms)
{
    size_t count = json_array_size(alarms);
    json_t **each = wk_xcalloc(count + 1, sizeof(json_t *)), *out = json_array();

    for (size_t i = 0; i < count; i++)
        each[i] = json_array_get(alarms, i);
    qsort(each, count, sizeof(json_t *), compare_alarms);
    for (size_t i = 0; i < count; i++)
        json_array_append(out, each[i]);
    free(each);
    return out;
}

static void
print_alarms(struct wk_do *d, const json_t *alarms)
{
    static const char *const heads[] = {"AT", "NAMESPACE", "ID", "NAME"};
    json_t *each;
    size_t i;

    d->table.columns = WK_COUNT(heads);
    for (i = 0; i < WK_COUNT(heads); i++)
        wk_table_add(&d->table, heads[i]);
    json_array_foreach(alarms, i, each)
    {
        json_int_t ms = json_integer_value(json_object_get(each, "at"));
        const char *name = wk_json_text(each, "name");
        time_t seconds = (time_t)(ms / 1000);
        char when[40];
        struct tm tm;

        if (gmtime_r(&seconds, &tm) == NULL ||
            strftime(when, sizeof(when), "%Y-%m-%d %H:%M:%S UTC", &tm) == 0)
            snprintf(when, sizeof(when), "%" JSON_INTEGER_FORMAT, ms);
        wk_table_add(&d->table, when);
        wk_table_add(&d->table, wk_json_text(each, "namespace"));
        wk_table_add(&d->table, wk_json_text(each, "id"));
        wk_table_add(&d->table, name[0] != '\0' ? name : NULL);
    }
    wk_table_print(&d->table, stdout, true);
}

int
wk_do_alarms(struct wk_do *d)
{
    size_t count;
    char **services = wk_storage_services(d->client, &count);
    int status = WK_EXIT_OK;
    json_t *alarms;

    d->alarms = json_array();
    for (size_t i = 0; i < count; i++) {
        if (status == WK_EXIT_OK &&
            (d->ns.unique_key == NULL || wk_namespace_has(&d->ns, services[i])))
            status = alarms_of(d, services[i]);
        free(services[i]);
    }
    free(services);
    alarms = sorted(d->alarms);
    json_decref(d->alarms);
    if (status == WK_EXIT_OK && d->json_wanted)
        d->json = json_incref(alarms);
    else if (status == WK_EXIT_OK)
        print_alarms(d, alarms);
    json_decref(alarms);
    return status;
}
