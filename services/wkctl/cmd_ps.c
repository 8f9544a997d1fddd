/* wkctl ps: what runs, one row a process. */
#include <stdlib.h>
#include <string.h>
#include "services/wkctl/client.h"
#include "services/wkctl/print.h"
#include "services/wkctl/wkctl.h"

static uint64_t
number(const json_t *object, const char *key)
{
    json_int_t value = json_integer_value(json_object_get(object, key));

    return value > 0 ? (uint64_t)value : 0;
}

static void
service_row(struct wk_table *table, const json_t *s)
{
    uint64_t pid = number(s, "pid");
    char *uptime = pid != 0 ? wk_print_duration(number(s, "uptimeMs")) : NULL;
    char *memory = pid != 0 ? wk_print_kib(number(s, "residentKib")) : NULL;

    wk_table_add(table, wk_json_text(s, "name"));
    wk_table_add(table, wk_json_text(s, "kind"));
    wk_table_add(table, wk_json_text(s, "state"));
    wk_table_addf(table, pid != 0 ? "%llu" : "-", (unsigned long long)pid);
    wk_table_add(table, uptime);
    wk_table_addf(table, "%llu", (unsigned long long)number(s, "restarts"));
    wk_table_addf(table, "%llu", (unsigned long long)number(s, "sessions"));
    wk_table_add(table, memory);
    wk_table_add(table, wk_json_text(s, "lastExit"));
    free(uptime);
    free(memory);
}

static void
print_ps(const json_t *facts)
{
    static const char *const heads[] = {"NAME",     "KIND",     "STATE",  "PID",      "UPTIME",
                                        "RESTARTS", "SESSIONS", "MEMORY", "LAST EXIT"};
    struct wk_table table = {.columns = WK_COUNT(heads)};
    json_t *each;
    size_t i;

    table.right[3] = table.right[4] = table.right[5] = table.right[6] = table.right[7] = true;
    for (i = 0; i < WK_COUNT(heads); i++)
        wk_table_add(&table, heads[i]);
    json_array_foreach(json_object_get(facts, "services"), i, each) service_row(&table, each);
    wk_table_print(&table, stdout, true);
    json_array_foreach(json_object_get(facts, "services"), i, each)
    {
        if (json_object_get(each, "trouble") != NULL)
            printf("\n%s: %s\n", wk_json_text(each, "name"), wk_json_text(each, "trouble"));
    }
    json_array_foreach(json_object_get(facts, "sockets"), i, each)
        printf("%ssocket %s: %s\n", i == 0 ? "\n" : "", wk_json_text(each, "name"),
               wk_json_text(each, "address"));
}

static int
ps_run(const struct wk_command *self, int argc, char **argv)
{
    Wk__CtlPs ps = WK__CTL_PS__INIT;
    WK_ENVELOPE(msg, CTL_PS, ctl_ps, &ps);
    const char *state;
    bool json;
    int status;

    if ((status = wk_options_common(self, argc, argv, &state, &json)) >= 0)
        return status;
    if (optind < argc)
        return wk_command_misused(self, "it takes no \"%s\"", argv[optind]);
    return wk_client_show(state, &msg, json, print_ps);
}

const struct wk_command wk_cmd_ps = {
    "ps", "[OPTIONS]", "list the processes: state, age, restarts, sessions, memory",
    "  --json         the facts as one JSON object: services, sockets\n"
    "  --state DIR    the state directory of the running system\n",
    ps_run};
