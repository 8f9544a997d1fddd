/* What wkctl prints: shapes of --json, tables, errors, help. */
#include <stdlib.h>
#include <string.h>
#include "tests/system/system.h"

static const char disk_only[] = "using Workerd = import \"/workerd/workerd.capnp\";\n"
                                "const config :Workerd.Config = (services = [(name = "
                                "\"files\", disk = (path = \".\"))]);\n";

static struct place place;

static void
setup(void)
{
    place_init(&place);
    place_write(&place, "config.capnp", disk_only);
}

static void
teardown(void)
{
    place_fini(&place);
}

TestSuite(facts, .init = setup, .fini = teardown, .timeout = 60);

static void
start_detached(void)
{
    struct run run;

    cr_assert_eq(RUN(&run, &place, "start", "config.capnp", "--detach"), 0, "%s", run.err.data);
    run_fini(&run);
}

static const json_t *
service_of(const json_t *facts, const char *name)
{
    json_t *each;
    size_t i;

    json_array_foreach(json_object_get(facts, "services"), i, each)
    {
        if (strcmp(json_string_value(json_object_get(each, "name")), name) == 0)
            return each;
    }
    cr_assert_fail("no service %s", name);
    return NULL;
}

Test(facts, ps_tells_each_service)
{
    static const char *const numbers[] = {"pid", "uptimeMs", "restarts", "sessions",
                                          "residentKib"};
    json_t *ps;
    const json_t *kernel, *files;
    struct run run;

    start_detached();
    ps = RUN_JSON(&place, "ps", "--json");
    kernel = service_of(ps, "kernel");
    files = service_of(ps, "files");
    for (size_t i = 0; i < WK_COUNT(numbers); i++)
        cr_expect(json_is_integer(json_object_get(files, numbers[i])), "%s", numbers[i]);
    cr_expect_gt(json_integer_value(json_object_get(kernel, "residentKib")), 0);
    cr_expect_str_eq(json_string_value(json_object_get(files, "kind")), "disk");
    cr_expect(json_is_array(json_object_get(ps, "sockets")));
    json_decref(ps);
    cr_expect_eq(RUN(&run, &place, "ps"), 0);
    cr_expect_eq(strncmp(run.out.data, "NAME ", 5), 0, "%s", run.out.data);
    cr_expect_not_null(strstr(run.out.data, "\nfiles "));
    cr_expect_null(strchr(run.out.data, '\033'), "no colours where there is no terminal");
    run_fini(&run);
}

Test(facts, inspect_tells_the_whole_system_or_one_service)
{
    struct run run;
    json_t *all, *one;

    start_detached();
    all = RUN_JSON(&place, "inspect", "--json");
    one = RUN_JSON(&place, "inspect", "files", "--json");
    cr_expect_gt(json_array_size(json_object_get(all, "services")), 1);
    cr_expect_eq(json_array_size(json_object_get(one, "services")), 1);
    cr_expect(json_is_integer(json_object_get(service_of(one, "files"), "refused")));
    cr_expect(json_is_array(json_object_get(all, "sessions")));
    json_decref(all);
    json_decref(one);
    cr_expect_eq(RUN(&run, &place, "inspect"), 0);
    cr_expect_not_null(strstr(run.out.data, "kernel (kernel): ready"));
    run_fini(&run);
    cr_expect_eq(RUN(&run, &place, "inspect", "nobody"), 1);
    cr_expect_not_null(strstr(run.err.data, "no service of that name"));
    run_fini(&run);
}

static const char actor_config[] =
    "using Workerd = import \"/workerd/workerd.capnp\";\n"
    "const config :Workerd.Config = (\n"
    "  services = [(name = \"main\", worker = (modules = [(name = \"w.js\", esModule =\n"
    "    \"export class Counter { constructor(state) { this.storage = state.storage; }\"\n"
    "    \"  async fetch() { this.storage.put('n', 1); return new Response('counted'); } };\"\n"
    "    \"export default { fetch(r, env) { return env.C.get(env.C.idFromName('a')).fetch(r); } };\")],\n"
    "    compatibilityDate = \"2024-01-01\", durableObjectStorage = (localDisk = \"files\"),\n"
    "    durableObjectNamespaces = [(className = \"Counter\", uniqueKey = \"k\")],\n"
    "    bindings = [(name = \"C\", durableObjectNamespace = \"Counter\")])),\n"
    "    (name = \"files\", disk = (path = \".\", writable = true))],\n"
    "  sockets = [(name = \"http\", address = \"127.0.0.1:0\", http = (), service = \"main\")]);\n";

Test(facts, inspect_tells_the_gates_of_actors)
{
    struct run start, run;
    json_t *facts, *gate;
    char *answer;

    place_write(&place, "actors.capnp", actor_config);
    RUN_START(&start, &place, "start", "actors.capnp");
    run_await(&start, "Ready");
    answer = http_get(run_port(&start), "/");
    cr_assert_not_null(answer);
    cr_expect_not_null(strstr(answer, "counted"), "%s", answer);
    free(answer);
    facts = RUN_JSON(&place, "inspect", "main", "--json");
    gate = json_array_get(json_object_get(facts, "gates"), 0);
    cr_assert_not_null(gate);
    cr_expect_eq(json_integer_value(json_object_get(facts, "gateCount")), 1);
    cr_expect_str_eq(json_string_value(json_object_get(gate, "to")), "main");
    cr_expect_geq(json_integer_value(json_object_get(gate, "seen")), 1);
    cr_expect_geq(json_integer_value(json_object_get(gate, "advanced")),
                  json_integer_value(json_object_get(gate, "seen")), "what was answered is durable");
    cr_expect_eq(json_integer_value(json_object_get(gate, "heldFrames")), 0);
    json_decref(facts);
    cr_expect_eq(RUN(&run, &place, "inspect"), 0);
    cr_expect_not_null(strstr(run.out.data, "GATE"));
    run_fini(&run);
    run_fini(&start);
}

Test(facts, logs_are_json_lines)
{
    struct run run;
    json_t *line;

    start_detached();
    cr_assert_eq(RUN(&run, &place, "logs", "--json", "-n", "1000", "kernel"), 0, "%s",
                 run.err.data);
    run.out.data[strcspn(run.out.data, "\n")] = '\0';
    line = json_loads(run.out.data, 0, NULL);
    cr_assert_not_null(line, "%s", run.out.data);
    cr_expect_str_eq(json_string_value(json_object_get(line, "service")), "kernel");
    cr_expect_str_eq(json_string_value(json_object_get(line, "source")), "system");
    cr_expect(json_is_string(json_object_get(line, "time")) &&
              json_is_string(json_object_get(line, "text")));
    json_decref(line);
    run_fini(&run);
}

Test(facts, following_the_log_ends_with_the_kernel)
{
    struct run logs, stop;

    start_detached();
    RUN_START(&logs, &place, "logs", "-f");
    run_await(&logs, "deploy.done");
    cr_expect_eq(RUN(&stop, &place, "stop"), 0);
    run_end(&logs);
    cr_expect_eq(logs.status, 0, "%s", logs.err.data);
    run_fini(&logs);
    run_fini(&stop);
}

Test(facts, start_and_stop_tell_as_json)
{
    json_t *ready, *stopped;

    ready = RUN_JSON(&place, "start", "config.capnp", "--detach", "--json");
    cr_expect_str_eq(json_string_value(json_object_get(ready, "event")), "ready");
    cr_expect_str_eq(json_string_value(json_object_get(ready, "state")), place.state);
    cr_expect(json_is_array(json_object_get(ready, "sockets")));
    stopped = RUN_JSON(&place, "stop", "--json");
    cr_expect_eq(json_integer_value(json_object_get(stopped, "pid")),
                 json_integer_value(json_object_get(ready, "pid")));
    json_decref(ready);
    json_decref(stopped);
}

/* ---- wrong configurations ---- */

Test(facts, an_error_in_the_configuration_is_shown_where_it_is)
{
    struct run run;

    place_write(&place, "bad.capnp",
                "using Workerd = import \"/workerd/workerd.capnp\";\n"
                "const config :Workerd.Config = (servces = []);\n");
    cr_expect_eq(RUN(&run, &place, "start", "bad.capnp"), 100);
    cr_expect_not_null(strstr(run.err.data, "bad.capnp:2:"), "%s", run.err.data);
    cr_expect_not_null(strstr(run.err.data, "error: "), "%s", run.err.data);
    cr_expect_not_null(strstr(run.err.data, "\n  const config"), "%s", run.err.data);
    cr_expect_not_null(strstr(run.err.data, " ^\n"), "%s", run.err.data);
    run_fini(&run);
    cr_expect_eq(RUN(&run, &place, "check", "bad.capnp"), 1);
    cr_expect_not_null(strstr(run.out.data, "bad.capnp:2:"), "%s", run.out.data);
    cr_expect_not_null(strstr(run.out.data, "1 error, 0 warnings"), "%s", run.out.data);
    run_fini(&run);
}

Test(facts, check_tells_as_json)
{
    json_t *fine = RUN_JSON(&place, "check", "config.capnp", "--json"), *bad;
    struct run run;

    cr_expect(json_is_true(json_object_get(fine, "ok")));
    json_decref(fine);
    place_write(&place, "bad.capnp", "const config = ");
    cr_expect_eq(RUN(&run, &place, "check", "bad.capnp", "--json"), 1);
    bad = json_loads(run.out.data, 0, NULL);
    cr_assert_not_null(bad, "%s", run.out.data);
    cr_expect(json_is_false(json_object_get(bad, "ok")));
    cr_expect_gt(json_array_size(json_object_get(bad, "errors")), 0);
    json_decref(bad);
    run_fini(&run);
}

Test(facts, a_missing_configuration_is_wrong_use)
{
    struct run run;

    cr_expect_eq(RUN(&run, &place, "start", "nowhere.capnp"), 100);
    cr_expect_not_null(strstr(run.err.data, "nowhere.capnp"), "%s", run.err.data);
    run_fini(&run);
}

/* ---- words ---- */

Test(facts, a_mistyped_word_is_guessed)
{
    struct run run;

    cr_expect_eq(RUN(&run, &place, "strat"), 100);
    cr_expect_not_null(strstr(run.err.data, "did you mean \"start\""), "%s", run.err.data);
    run_fini(&run);
    cr_expect_eq(RUN(&run, &place, "ps", "--jsno"), 100);
    cr_expect_not_null(strstr(run.err.data, "did you mean --json"), "%s", run.err.data);
    run_fini(&run);
    cr_expect_eq(RUN(&run, &place, "start", "--detatch"), 100);
    cr_expect_not_null(strstr(run.err.data, "did you mean --detach"), "%s", run.err.data);
    run_fini(&run);
}

Test(facts, every_command_explains_itself)
{
    static const char *const commands[] = {"start",   "stop", "ps",    "inspect",
                                           "restart", "logs", "check", "test"};
    struct run run;

    for (size_t i = 0; i < WK_COUNT(commands); i++) {
        char *usage = wk_xasprintf("Usage: wkctl %s", commands[i]);

        cr_expect_eq(RUN(&run, &place, commands[i], "--help"), 0);
        cr_expect_not_null(strstr(run.out.data, usage), "%s: %s", commands[i], run.out.data);
        run_fini(&run);
        cr_expect_eq(RUN(&run, &place, "help", commands[i]), 0);
        run_fini(&run);
        free(usage);
    }
    cr_expect_eq(RUN(&run, &place, "version"), 0);
    cr_expect_eq(strncmp(run.out.data, "wkctl ", 6), 0);
    run_fini(&run);
}

Test(facts, commands_about_nothing_running_say_so)
{
    static const char *const commands[] = {"stop", "ps", "inspect", "logs"};
    struct run run;

    for (size_t i = 0; i < WK_COUNT(commands); i++) {
        cr_expect_eq(RUN(&run, &place, commands[i]), 3, "%s", commands[i]);
        cr_expect_not_null(strstr(run.err.data, "nothing runs"), "%s", run.err.data);
        run_fini(&run);
    }
    cr_expect_eq(RUN(&run, &place, "restart", "files"), 3);
    run_fini(&run);
}
