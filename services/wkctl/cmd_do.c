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
    wk_do_fn *fn;
    void *arg;
    bool stopped;
};

static const Wk__StorageTool *
each_on_reply(void *arg, const Wk__StorageToolReply *reply)
{
    struct each *e = arg;

    for (size_t i = 0; i < reply->n_items && !e->stopped; i++)
        e->stopped = !e->fn(e->arg, reply->items[i]) || ferror(stdout);
    return reply->more && !e->stopped ? &next_piece : NULL;
}

int
wk_do_each(struct wk_client *client, const char *service, Wk__StorageTool *ask, wk_do_fn *fn,
           void *arg)
{
    struct each each = {fn, arg, false};
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

void
wk_do_ask(struct wk_do *d, Wk__StorageToolDump *dump)
{
    wk__storage_tool_dump__init(dump);
    dump->unique_key = d->ns.unique_key;
    dump->id = WK_BYTES_OF(d->id, sizeof(d->id));
    dump->facet = d->facet.names;
    dump->n_facet = d->facet.count;
}

int
wk_do_object(struct wk_do *d, Wk__StorageToolDump *dump, wk_do_fn *fn, void *arg)
{
    Wk__StorageTool ask = WK__STORAGE_TOOL__INIT;

    ask.ask_case = WK__STORAGE_TOOL__ASK_DUMP;
    ask.dump = dump;
    return wk_do_each(d->client, wk_namespace_service(&d->ns, d->id), &ask, fn, arg);
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

static bool
print_entry(void *arg, const Wk__StorageToolItem *item)
{
    struct wk_do *d = arg;
    struct wk_buf value = {0}, key = {0};
    char *text;

    if (item->entry == NULL)
        return true;
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
    return true;
}

static int
do_get(struct wk_do *d)
{
    Wk__StorageToolDump dump;

    if (d->json_wanted)
        d->json = json_object();
    wk_do_ask(d, &dump);
    if (d->key != NULL) {
        dump.only_key = true;
        dump.key = WK_BYTES_OF(d->key, strlen(d->key));
    }
    return wk_do_object(d, &dump, print_entry, d);
}

/* ---- which of them ---- */

static const struct verb {
    const char *name, *takes;
    int words_min, words_max; /* after the name: NAMESPACE [ID [MORE]] */
    bool facet;               /* one can be named */
    int (*run)(struct wk_do *d);
} verbs[] = {
    {"ls", "at most a namespace and an id", 0, 2, true, wk_do_ls},
    {"get", "a namespace, an id and perhaps a key", 2, 3, true, do_get},
    {"sql", "a namespace, an id and a statement", 3, 3, true, wk_do_sql},
    {"dump", "a namespace and an id", 2, 2, false, wk_do_dump},
    {"restore", "a namespace and an id", 2, 2, false, wk_do_restore},
    {"alarms", "at most a namespace", 0, 1, false, wk_do_alarms},
};

static const struct verb *
verb_find(const char *name)
{
    for (size_t i = 0; i < WK_COUNT(verbs); i++)
        if (strcmp(verbs[i].name, name) == 0)
            return &verbs[i];
    return NULL;
}

/* What can be wrong before anybody is asked. */
static int
check_words(const struct wk_command *self, const struct wk_do *d, const struct verb *verb,
            int count)
{
    if (count - 1 < verb->words_min || count - 1 > verb->words_max)
        return wk_command_misused(self, "%s takes %s", verb->name, verb->takes);
    if (d->facet.count > 0 && verb->run == wk_do_alarms)
        return wk_command_misused(self, "only objects have alarms, facets have none");
    if (d->facet.count > 0 && !verb->facet)
        return wk_command_misused(self, "%s is of a whole object, with its facets", verb->name);
    if (d->facet.count > 0 && count < 3)
        return wk_command_misused(self, "--facet needs the object that the facet is of");
    return WK_EXIT_OK;
}

/* words: the verb, NAMESPACE, ID, MORE. */
static int
run_verb(struct wk_do *d, const struct verb *verb, char **words, int count)
{
    int status = WK_EXIT_OK;

    if (count > 1 && !wk_namespace_find(d->client, words[1], &d->ns, &status))
        return status;
    if (count > 2 && !wk_do_id(d, words[2], verb->run == wk_do_restore, &status))
        return status;
    d->has_id = count > 2;
    d->key = count > 3 ? words[3] : NULL;
    status = verb->run(d);
    if (status == WK_EXIT_OK && d->json != NULL) {
        char *text = json_dumps(d->json, JSON_COMPACT);

        printf("%s\n", text);
        free(text);
    }
    return status;
}

static void
do_fini(struct wk_do *d)
{
    wk_namespace_fini(&d->ns);
    wk_facet_path_fini(&d->facet);
    json_decref(d->json);
    wk_table_fini(&d->table);
    wk_client_close(d->client);
}

static int
do_run(const struct wk_command *self, int argc, char **argv)
{
    static const struct option options[] = {WK_OPTIONS_COMMON,
                                            {"name", no_argument, NULL, WK_OPT_OWN},
                                            {"facet", required_argument, NULL, 'f'},
                                            {0}};
    struct wk_do d = {0};
    const struct verb *verb;
    const char *state = NULL;
    bool facet_ok = true;
    int opt, status;

    while ((opt = wk_option_next(self, argc, argv, ":h", options)) != -1) {
        if (opt == WK_OPT_HELP || opt == WK_OPT_BAD) {
            do_fini(&d);
            return opt == WK_OPT_HELP ? WK_EXIT_OK : WK_EXIT_USAGE;
        }
        if (opt == WK_OPT_JSON)
            d.json_wanted = true;
        else if (opt == WK_OPT_OWN)
            d.is_name = true;
        else if (opt == 'f') {
            wk_facet_path_fini(&d.facet);
            facet_ok = wk_facet_path_read(optarg, &d.facet);
        } else
            state = optarg;
    }
    if (optind >= argc || (verb = verb_find(argv[optind])) == NULL)
        status = wk_command_misused(self, "say what: ls, get, sql, dump, restore or alarms");
    else if (!facet_ok)
        status = wk_command_misused(self, "a facet is named by at most %u names: a/b/c",
                                    WK_FACET_DEPTH_MAX);
    else if ((status = check_words(self, &d, verb, argc - optind)) == WK_EXIT_OK &&
             (d.client = wk_client_open_or_complain(state, &status)) != NULL)
        status = run_verb(&d, verb, argv + optind, argc - optind);
    do_fini(&d);
    return status;
}

const struct wk_command wk_cmd_do = {
    "do", "ls|get|sql|dump|restore|alarms [NAMESPACE [ID [KEY|STATEMENT]]]",
    "look into Durable Objects as they are stored, copy them out and in",
    "  ls                     the namespaces; with a namespace: its objects\n"
    "  ls NS ID               the object and its facets\n"
    "  get NS ID [KEY]        the entries of an object, or one of them\n"
    "  sql NS ID STATEMENT    a query on a copy of its database\n"
    "  dump NS ID             everything of an object, its facets too, to standard output\n"
    "  restore NS ID          the reverse, from standard input; what there was goes. An "
    "object\n"
    "                         is replaced at once when all has come, or not at all\n"
    "  alarms [NS]            what is due when\n\n"
    "NS is a namespace's unique key or its class, ID 64 hex digits or, but for restore, as "
    "many\n"
    "of the first as no other object has.\n"
    "  --name                 ID is the name that the object was made from\n"
    "  --facet A/B            ls, get, sql: of facet B of the object's facet A. A slash in a\n"
    "                         name is %2F\n"
    "  --json                 the facts as one JSON value\n"
    "  --state DIR            the state directory of the running system\n",
    do_run};
