/* wkctl inspect [SERVICE]: everything the kernel knows of a service, or of the whole system. */
#include <stdlib.h>
#include <string.h>
#include "services/wkctl/client.h"
#include "services/wkctl/inspect_storage.h"
#include "services/wkctl/print.h"
#include "services/wkctl/wkctl.h"

#define LABEL_WIDTH 13

static unsigned long long
number(const json_t *object, const char *key)
{
    json_int_t value = json_integer_value(json_object_get(object, key));

    return value > 0 ? (unsigned long long)value : 0;
}

static void
label(const char *name)
{
    printf("  %s%-*s%s", wk_colour(stdout, WK_DIM), LABEL_WIDTH, name,
           wk_colour(stdout, WK_PLAIN));
}

static void
print_process(const json_t *s)
{
    char *uptime, *memory;

    if (number(s, "pid") == 0)
        return;
    uptime = wk_print_duration(number(s, "uptimeMs"));
    memory = wk_print_kib(number(s, "residentKib"));
    label("process");
    printf("pid %llu, up %s, %s resident\n", number(s, "pid"), uptime, memory);
    free(uptime);
    free(memory);
}

static void
print_worker(const json_t *s)
{
    char *heap;

    if (json_object_get(s, "heapBytes") == NULL)
        return;
    heap = wk_print_kib(number(s, "heapBytes") / 1024);
    label("heap");
    printf("%s\n", heap);
    free(heap);
    label("events");
    printf("%llu, %llu with an exception, %llu ms of CPU\n", number(s, "events"),
           number(s, "exceptions"), number(s, "cpuMs"));
}

static void
print_link(const json_t *link)
{
    char *in, *out;

    if (link == NULL)
        return;
    in = wk_print_kib(number(link, "bytesIn") / 1024);
    out = wk_print_kib(number(link, "bytesOut") / 1024);
    label("link");
    printf("in %llu frames, %s; out %llu frames, %s; %llu bytes unsent\n",
           number(link, "framesIn"), in, number(link, "framesOut"), out,
           number(link, "unsentBytes"));
    free(in);
    free(out);
}

static void
print_entrypoints(const json_t *entrypoints)
{
    json_t *e, *handler;
    size_t i, j;

    json_array_foreach(entrypoints, i, e)
    {
        struct wk_buf line = {0};

        wk_print_clean(&line, wk_json_text(e, "name"));
        wk_buf_add_str(&line, " (");
        json_array_foreach(json_object_get(e, "handlers"), j, handler)
        {
            wk_buf_add_str(&line, j > 0 ? ", " : "");
            wk_print_clean(&line, json_string_value(handler));
        }
        label(i == 0 ? "entrypoints" : "");
        printf("%s)\n", line.data);
        wk_buf_fini(&line);
    }
}

static void
print_service(const json_t *s)
{
    struct wk_buf text = {0};

    wk_print_clean(&text, wk_json_text(s, "name"));
    printf("%s%s%s (%s): %s\n", wk_colour(stdout, WK_BOLD), text.data,
           wk_colour(stdout, WK_PLAIN), wk_json_text(s, "kind"), wk_json_text(s, "state"));
    print_process(s);
    label("sessions");
    printf("%llu open, %llu waiting, %llu opened, %llu refused\n", number(s, "sessions"),
           number(s, "waiting"), number(s, "opened"), number(s, "refused"));
    label("restarts");
    text.len = 0;
    wk_print_clean(&text, wk_json_text(s, "lastExit"));
    printf("%llu%s%s\n", number(s, "restarts"), text.len > 0 ? ", the last after: " : "",
           text.len > 0 ? text.data : "");
    print_worker(s);
    wk_inspect_storage(json_object_get(s, "storage"), label);
    print_link(json_object_get(s, "link"));
    print_entrypoints(json_object_get(s, "entrypoints"));
    wk_buf_fini(&text);
}

static void
print_sessions(const json_t *sessions)
{
    struct wk_table table = {.columns = 5, .right = {true, false, false, true, false}};
    json_t *each;
    size_t i;

    if (json_array_size(sessions) == 0)
        return;
    wk_table_add(&table, "SESSION");
    wk_table_add(&table, "FROM");
    wk_table_add(&table, "TO");
    wk_table_add(&table, "AGE");
    wk_table_add(&table, "STATE");
    json_array_foreach(sessions, i, each)
    {
        char *age = wk_print_duration(number(each, "ageMs"));

        wk_table_addf(&table, "%llu", number(each, "id"));
        wk_table_add(&table, wk_json_text(each, "from"));
        wk_table_add(&table, wk_json_text(each, "to"));
        wk_table_add(&table, age);
        wk_table_addf(
            &table, "%s%s", json_is_true(json_object_get(each, "waiting")) ? "waiting" : "open",
            json_is_true(json_object_get(each, "child")) ? ", on behalf of another" : "");
        free(age);
    }
    putchar('\n');
    wk_table_print(&table, stdout, true);
}

static void
print_gates(const json_t *gates, unsigned long long count)
{
    struct wk_table table = {.columns = 7,
                             .right = {true, false, false, true, true, true, true}};
    json_t *each;
    size_t i;

    if (json_array_size(gates) == 0)
        return;
    wk_table_add(&table, "GATE");
    wk_table_add(&table, "FROM");
    wk_table_add(&table, "TO");
    wk_table_add(&table, "WRITES");
    wk_table_add(&table, "DURABLE");
    wk_table_add(&table, "HELD");
    wk_table_add(&table, "SESSIONS");
    json_array_foreach(gates, i, each)
    {
        wk_table_addf(&table, "%llu", number(each, "id"));
        wk_table_add(&table, wk_json_text(each, "from"));
        wk_table_add(&table, wk_json_text(each, "to"));
        wk_table_addf(&table, "%llu", number(each, "seen"));
        wk_table_addf(&table, "%llu", number(each, "advanced"));
        wk_table_addf(&table, "%llu (%llu bytes)", number(each, "heldFrames"),
                      number(each, "heldBytes"));
        wk_table_addf(&table, "%llu", number(each, "sessions"));
    }
    putchar('\n');
    wk_table_print(&table, stdout, true);
    if (count > json_array_size(gates))
        printf("%llu more\n", count - (unsigned long long)json_array_size(gates));
}

static void
print_inspect(const json_t *facts)
{
    json_t *each;
    size_t i;

    json_array_foreach(json_object_get(facts, "services"), i, each) print_service(each);
    print_sessions(json_object_get(facts, "sessions"));
    print_gates(json_object_get(facts, "gates"), number(facts, "gateCount"));
}

static int
inspect_run(const struct wk_command *self, int argc, char **argv)
{
    Wk__CtlInspect inspect = WK__CTL_INSPECT__INIT;
    WK_ENVELOPE(msg, CTL_INSPECT, ctl_inspect, &inspect);
    const char *state;
    bool json;
    int status;

    if ((status = wk_options_common(self, argc, argv, &state, &json)) >= 0)
        return status;
    if (optind + 1 < argc)
        return wk_command_misused(self, "one service at a time");
    if (optind < argc)
        inspect.service = argv[optind];
    return wk_client_show(state, &msg, json, print_inspect);
}

const struct wk_command wk_cmd_inspect = {
    "inspect", "[OPTIONS] [SERVICE]",
    "show a service's sessions, link, entrypoints and heap, or everything",
    "  --json         the facts as one JSON object: services, sessions, gates\n"
    "  --state DIR    the state directory of the running system\n",
    inspect_run};
