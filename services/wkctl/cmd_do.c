/* wkctl do ...: a look at Durable Objects as they are stored, and copies of them out and in. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include "services/wkctl/actors.h"
#include "services/wkctl/do.h"
#include "services/wkctl/dump_line.h"
#include "services/wkctl/print.h"
#include "services/wkctl/v8_text.h"
#include "services/wkctl/wkctl.h"

/* ---- asking ---- */

static const Wk__StorageTool next_piece = {
    .base = {.descriptor = &wk__storage_tool__descriptor},
    .service = (char *)(uintptr_t) "",
    .ask_case = WK__STORAGE_TOOL__ASK_NEXT,
    .next = true,
};

struct each {
    void (*fn)(void *arg, const Wk__StorageToolItem *item);
    void *arg;
};

static const Wk__StorageTool *
each_on_reply(void *arg, const Wk__StorageToolReply *reply)
{
    struct each *e = arg;

    for (size_t i = 0; i < reply->n_items; i++)
        e->fn(e->arg, reply->items[i]);
    return reply->more ? &next_piece : NULL;
}

int
wk_do_each(struct wk_client *client, const char *service, Wk__StorageTool *ask,
           void (*fn)(void *arg, const Wk__StorageToolItem *item), void *arg)
{
    struct each each = {fn, arg};
    struct wk_answer answer;
    int status = WK_EXIT_OK;

    ask->service = (char *)(uintptr_t)service;
    wk_client_tool(client, ask, each_on_reply, &each, &answer);
    if (answer.code == WK_ENOTFOUND && ask->ask_case == WK__STORAGE_TOOL__ASK_LIST &&
        ask->list->unique_key[0] == '\0')
        answer.code = WK_OK; /* it stores nothing on disk, so it has no namespaces to show */
    if (answer.code != WK_OK) {
        wk_complain("%s: %s", service, wk_answer_why(&answer));
        status = answer.code == WK_ENOTFOUND ? WK_EXIT_FAILED : wk_exit_of(answer.code);
    }
    wk_answer_fini(&answer);
    return status;
}

/* ---- ls ---- */

static void
add_actor(void *arg, const Wk__StorageToolItem *item)
{
    struct wk_do *d = arg;
    char id[2 * WK_ACTOR_ID_BYTES + 1], *size;

    wk_actor_id_text(item->id.data, item->id.len, id, sizeof(id));
    if (d->json != NULL) {
        json_array_append_new(d->json,
                              json_pack("{s:s, s:s, s:I, s:I, s:b}", "id", id, "name",
                                        item->id_name, "entries", (json_int_t)item->entries,
                                        "bytes", (json_int_t)item->bytes, "live", item->live));
        return;
    }
    size = wk_print_kib((item->bytes + 1023) / 1024);
    wk_table_add(&d->table, id);
    wk_table_add(&d->table, item->id_name[0] != '\0' ? item->id_name : NULL);
    wk_table_addf(&d->table, "%" PRIu64, item->entries);
    wk_table_add(&d->table, size);
    wk_table_add(&d->table, item->live ? "live" : "stored");
    free(size);
}

static void
add_namespace(void *arg, const Wk__StorageToolItem *item)
{
    struct wk_do *d = arg;

    if (d->json != NULL) {
        json_array_append_new(d->json, json_pack("{s:s, s:s}", "namespace", item->unique_key,
                                                 "service", d->service));
        return;
    }
    wk_table_add(&d->table, item->unique_key);
    wk_table_add(&d->table, d->service);
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

static int
do_ls(struct wk_do *d)
{
    Wk__StorageToolList list = WK__STORAGE_TOOL_LIST__INIT;
    Wk__StorageTool ask = WK__STORAGE_TOOL__INIT;
    int status = WK_EXIT_OK;

    if (d->json_wanted)
        d->json = json_array();
    if (d->ns.unique_key == NULL) {
        status = ls_namespaces(d);
    } else {
        static const char *const heads[] = {"ID", "NAME", "ENTRIES", "SIZE", "STATE"};

        ask.ask_case = WK__STORAGE_TOOL__ASK_LIST;
        ask.list = &list;
        list.unique_key = d->ns.unique_key;
        d->table.columns = WK_COUNT(heads);
        d->table.right[2] = d->table.right[3] = true;
        for (size_t i = 0; i < WK_COUNT(heads) && d->json == NULL; i++)
            wk_table_add(&d->table, heads[i]);
        for (size_t i = 0; i < d->ns.service_count && status == WK_EXIT_OK; i++)
            status = wk_do_each(d->client, d->ns.services[i], &ask, add_actor, d);
    }
    if (status == WK_EXIT_OK && d->json == NULL)
        wk_table_print(&d->table, stdout, true);
    return status;
}

/* ---- get ---- */

/* A key that is no text, or has a NUL, still names its value. */
static void
json_add(json_t *object, const Wk__StorageEntry *entry, const char *value)
{
    json_t *text = json_string(value), *bytes;

    if (text == NULL)
        text = wk_dump_bytes(entry->value.data, entry->value.len);
    if (json_object_setn(object, (const char *)entry->key.data, entry->key.len, text) != 0) {
        char *name;

        bytes = wk_dump_bytes(entry->key.data, entry->key.len);
        name = wk_xasprintf("base64:%s", json_string_value(bytes));
        json_object_set(object, name, text);
        free(name);
        json_decref(bytes);
    }
    json_decref(text);
}

static void
print_entry(void *arg, const Wk__StorageToolItem *item)
{
    struct wk_do *d = arg;
    struct wk_buf value = {0}, key = {0};
    char *text;

    if (item->entry == NULL)
        return;
    d->found++;
    text = wk_xstrndup((const char *)item->entry->key.data, item->entry->key.len);
    wk_print_clean(&key, text);
    if (!wk_v8_text(&value, item->entry->value.data, item->entry->value.len))
        wk_buf_add_str(&value, " <not understood>");
    if (d->json != NULL)
        json_add(d->json, item->entry, value.data);
    else if (d->key != NULL)
        printf("%s\n", value.data);
    else
        printf("%s%s%s: %s\n", wk_colour(stdout, WK_CYAN), key.len > 0 ? key.data : "",
               wk_colour(stdout, WK_PLAIN), value.data);
    free(text);
    wk_buf_fini(&key);
    wk_buf_fini(&value);
}

static int
do_get(struct wk_do *d)
{
    Wk__StorageToolDump dump = WK__STORAGE_TOOL_DUMP__INIT;
    Wk__StorageTool ask = WK__STORAGE_TOOL__INIT;
    int status;

    if (d->json_wanted)
        d->json = json_object();
    ask.ask_case = WK__STORAGE_TOOL__ASK_DUMP;
    ask.dump = &dump;
    dump.unique_key = d->ns.unique_key;
    dump.id = WK_BYTES_OF(d->id, sizeof(d->id));
    if (d->key != NULL) {
        dump.only_key = true;
        dump.key = WK_BYTES_OF(d->key, strlen(d->key));
    }
    status = wk_do_each(d->client, wk_namespace_service(&d->ns, d->id), &ask, print_entry, d);
    if (status == WK_EXIT_OK && d->found == 0 && d->key != NULL) {
        wk_complain("there is no key \"%s\"", d->key);
        return WK_EXIT_FAILED;
    }
    return status;
}

/* ---- which of them ---- */

static const struct verb {
    const char *name;
    int words_min, words_max; /* after the name: NAMESPACE [ID [MORE]] */
    int (*run)(struct wk_do *d);
} verbs[] = {
    {"ls", 0, 1, do_ls},
    {"get", 2, 3, do_get},
    {"sql", 3, 3, wk_do_sql},
    {"dump", 2, 2, wk_do_dump},
    {"restore", 2, 2, wk_do_restore},
    {"alarms", 0, 1, wk_do_alarms},
};

static const struct verb *
verb_find(const char *name)
{
    for (size_t i = 0; i < WK_COUNT(verbs); i++)
        if (strcmp(verbs[i].name, name) == 0)
            return &verbs[i];
    return NULL;
}

/* words: the verb, NAMESPACE, ID, MORE. */
static int
run_verb(const struct wk_command *self, struct wk_do *d, const struct verb *verb, char **words,
         int count)
{
    int status = WK_EXIT_OK;

    if (count - 1 < verb->words_min || count - 1 > verb->words_max)
        return wk_command_misused(self, "%s takes %s", verb->name,
                                  verb->words_max == 1   ? "at most a namespace"
                                  : verb->words_max == 2 ? "a namespace and an id"
                                  : verb->words_min == 3
                                      ? "a namespace, an id and a statement"
                                      : "a namespace, an id and perhaps a key");
    if (count > 1 && !wk_namespace_find(d->client, words[1], &d->ns, &status))
        return status;
    if (count > 2 && !wk_actor_id(&d->ns, words[2], d->is_name, d->id))
        return wk_command_misused(
            self, "\"%s\" is no id (64 hex digits); with --name it is the name of one",
            words[2]);
    d->key = count > 3 ? words[3] : NULL;
    status = verb->run(d);
    if (status == WK_EXIT_OK && d->json != NULL) {
        char *text = json_dumps(d->json, JSON_COMPACT);

        printf("%s\n", text);
        free(text);
    }
    return status;
}

static int
do_run(const struct wk_command *self, int argc, char **argv)
{
    static const struct option options[] = {
        WK_OPTIONS_COMMON, {"name", no_argument, NULL, WK_OPT_OWN}, {0}};
    struct wk_do d = {0};
    const struct verb *verb;
    const char *state = NULL;
    int opt, status;

    while ((opt = wk_option_next(self, argc, argv, ":h", options)) != -1) {
        if (opt == WK_OPT_HELP || opt == WK_OPT_BAD)
            return opt == WK_OPT_HELP ? WK_EXIT_OK : WK_EXIT_USAGE;
        if (opt == WK_OPT_JSON)
            d.json_wanted = true;
        else if (opt == WK_OPT_OWN)
            d.is_name = true;
        else
            state = optarg;
    }
    if (optind >= argc || (verb = verb_find(argv[optind])) == NULL)
        return wk_command_misused(self, "say what: ls, get, sql, dump, restore or alarms");
    if ((d.client = wk_client_open_or_complain(state, &status)) == NULL)
        return status;
    status = run_verb(self, &d, verb, argv + optind, argc - optind);
    wk_namespace_fini(&d.ns);
    json_decref(d.json);
    wk_table_fini(&d.table);
    wk_client_close(d.client);
    return status;
}

const struct wk_command wk_cmd_do = {
    "do", "ls|get|sql|dump|restore|alarms [NAMESPACE [ID [KEY|STATEMENT]]]",
    "look into Durable Objects as they are stored, copy them out and in",
    "  ls                     the namespaces; with a namespace: its objects\n"
    "  get NS ID [KEY]        the entries of an object, or one of them\n"
    "  sql NS ID STATEMENT    a query on a copy of its database\n"
    "  dump NS ID             everything of an object, to standard output\n"
    "  restore NS ID          the reverse, from standard input; what there was goes\n"
    "  alarms [NS]            what is due when\n\n"
    "NS is a namespace's unique key or its class, ID 64 hex digits.\n"
    "  --name                 ID is the name that the object was made from\n"
    "  --json                 the facts as one JSON value\n"
    "  --state DIR            the state directory of the running system\n",
    do_run};
