/* A worker behind a socket: served, reloaded, restarted, its errors shown. */
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>
#include "tests/system/system.h"

static const char one_worker[] = "using Workerd = import \"/workerd/workerd.capnp\";\n"
                                 "const config :Workerd.Config = (\n"
                                 "  services = [(name = \"main\", worker = (modules = [(name = "
                                 "\"worker.js\", esModule = embed \"worker.js\")],\n"
                                 "    compatibilityDate = \"2024-01-01\"))],\n"
                                 "  sockets = [(name = \"http\", address = \"127.0.0.1:0\", "
                                 "http = (), service = \"main\")]);\n";

static struct place place;

static void
worker_says(const char *text)
{
    char *code = wk_xasprintf(
        "export default { async fetch() { return new Response('%s'); } };\n", text);

    place_replace(&place, "worker.js", code);
    free(code);
}

static void
setup(void)
{
    place_init(&place);
    place_write(&place, "config.capnp", one_worker);
    worker_says("first");
}

static void
teardown(void)
{
    place_fini(&place);
}

TestSuite(serving, .init = setup, .fini = teardown, .timeout = 60);

static void
expect_served(int port, const char *text)
{
    char *answer = http_get(port, "/");

    cr_expect(answer != NULL && strstr(answer, text) != NULL, "%s",
              answer != NULL ? answer : "no answer");
    free(answer);
}

Test(serving, ready_means_that_it_answers)
{
    struct run start;

    RUN_START(&start, &place, "start", "config.capnp");
    run_await(&start, "Ready on http://127.0.0.1:");
    run_await(&start, "\n");
    expect_served(run_port(&start), "first");
    run_fini(&start);
}

Test(serving, a_finished_request_is_one_json_line)
{
    struct run start;
    const char *line;
    json_t *request;

    RUN_START(&start, &place, "start", "config.capnp");
    run_await(&start, "Ready on http://127.0.0.1:");
    run_await(&start, "\n");
    expect_served(run_port(&start), "first");
    run_await(&start, "\n{");
    run_await(&start, "}\n");
    line = strstr(start.out.data, "\n{") + 1;
    request = json_loads(line, JSON_DISABLE_EOF_CHECK, NULL);
    cr_assert_not_null(request, "%s", line);
    cr_expect_str_eq(json_string_value(json_object_get(request, "method")), "GET");
    cr_expect_eq(json_integer_value(json_object_get(request, "status")), 200);
    json_decref(request);
    run_fini(&start);
}

Test(serving, nothing_lingers_when_the_kernel_of_a_worker_is_killed)
{
    struct run run;
    struct pids pids;
    json_t *ready;

    for (int i = 0; i < 2; i++) {
        ready = RUN_JSON(&place, "start", "config.capnp", "--detach", "--json");
        json_decref(ready);
        pids_watch(&pids, &place);
        cr_expect_geq(pids.count, 4, "kernel, zygote, front, worker at least");
        kill(pids.kernel, SIGKILL);
        pids_await_gone(&pids);
    }
    cr_expect_eq(RUN(&run, &place, "ps"), 3);
    run_fini(&run);
}

Test(serving, nothing_lingers_when_the_foreground_of_a_worker_is_killed)
{
    struct run start;
    struct pids pids;

    RUN_START(&start, &place, "start", "config.capnp");
    run_await(&start, "Ready");
    pids_watch(&pids, &place);
    kill(start.pid, SIGKILL);
    run_end(&start);
    pids_await_gone(&pids);
    run_fini(&start);
}

Test(serving, restart_replaces_the_process_and_requests_go_on)
{
    struct run start;
    json_t *restart;

    RUN_START(&start, &place, "start", "config.capnp");
    run_await(&start, "Ready on http://127.0.0.1:");
    run_await(&start, "\n");
    restart = RUN_JSON(&place, "restart", "main", "--json");
    cr_expect_neq(json_integer_value(json_object_get(restart, "pid")),
                  json_integer_value(json_object_get(restart, "formerPid")));
    expect_served(run_port(&start), "first");
    json_decref(restart);
    run_fini(&start);
}

Test(serving, the_zygote_is_replaced_as_often_as_one_asks)
{
    struct run start;
    struct pids pids;
    json_t *restart;
    json_int_t former = 0;

    RUN_START(&start, &place, "start", "config.capnp");
    run_await(&start, "Ready on http://127.0.0.1:");
    run_await(&start, "\n");
    for (int i = 0; i < 3; i++) {
        int watch = former == 0 ? -1 : (int)syscall(SYS_pidfd_open, (pid_t)former, 0u);
        struct pollfd gone = {watch, POLLIN, 0};

        restart = RUN_JSON(&place, "restart", "zygote", "--json");
        if (watch >= 0)
            cr_expect_eq(poll(&gone, 1, WAIT_MS_MAX), 1, "the former zygote stays");
        close(watch);
        cr_expect_neq(json_integer_value(json_object_get(restart, "pid")), former);
        if (i > 0)
            cr_expect_eq(json_integer_value(json_object_get(restart, "formerPid")), former);
        former = json_integer_value(json_object_get(restart, "pid"));
        json_decref(restart);
        restart = RUN_JSON(&place, "restart", "main", "--json");
        json_decref(restart);
        expect_served(run_port(&start), "first");
    }
    pids_watch(&pids, &place);
    cr_expect_eq(RUN(&(struct run){0}, &place, "stop"), 0);
    run_end(&start);
    pids_await_gone(&pids);
    run_fini(&start);
}

Test(serving, inspect_tells_a_worker_s_entrypoints_and_heap)
{
    json_t *ready = RUN_JSON(&place, "start", "config.capnp", "--detach", "--json");
    json_t *facts = RUN_JSON(&place, "inspect", "main", "--json");
    const json_t *service = json_array_get(json_object_get(facts, "services"), 0);
    const json_t *entry = json_array_get(json_object_get(service, "entrypoints"), 0);

    cr_expect_str_eq(json_string_value(json_object_get(entry, "name")), "default");
    cr_expect_gt(json_integer_value(json_object_get(service, "heapBytes")), 0);
    cr_expect(json_is_object(json_object_get(service, "link")));
    json_decref(facts);
    json_decref(ready);
}

/* ---- errors in code ---- */

static const char broken[] =
    "export default {\n  async fetch() { return new Response('x'; }\n};\n";

Test(serving, a_syntax_error_is_shown_with_its_line_and_nothing_starts)
{
    struct run start;

    place_write(&place, "worker.js", broken);
    cr_expect_eq(RUN(&start, &place, "start", "config.capnp"), 100);
    cr_expect_not_null(strstr(start.err.data, "worker.js:2:"), "%s", start.err.data);
    cr_expect_not_null(
        strstr(start.err.data, "\n    async fetch() { return new Response('x'; }\n"), "%s",
        start.err.data);
    cr_expect_not_null(strstr(start.err.data, " ^\n"), "%s", start.err.data);
    cr_expect_null(strstr(start.out.data, "Ready"));
    run_fini(&start);
    cr_expect_eq(RUN(&start, &place, "ps"), 3);
    run_fini(&start);
}

Test(serving, what_the_top_level_throws_is_shown)
{
    struct run start;

    place_write(&place, "worker.js", "throw new Error('not today');\nexport default {};\n");
    cr_expect_eq(RUN(&start, &place, "start", "config.capnp", "--detach"), 100);
    cr_expect_not_null(strstr(start.err.data, "not today"), "%s", start.err.data);
    run_fini(&start);
}

Test(serving, a_port_in_use_is_a_temporary_cause)
{
    struct run first, second;
    char *addr;

    RUN_START(&first, &place, "start", "config.capnp");
    run_await(&first, "Ready on http://127.0.0.1:");
    run_await(&first, "\n");
    addr = wk_xasprintf("http=127.0.0.1:%d", run_port(&first));
    cr_expect_eq(RUN(&second, &place, "start", "config.capnp", "--state", "other",
                     "--socket-addr", addr),
                 111);
    cr_expect_not_null(strstr(second.err.data, "in use"), "%s", second.err.data);
    run_fini(&second);
    run_fini(&first);
    free(addr);
}

/* ---- watch mode ---- */

static void
start_watching(struct run *start)
{
    RUN_START(start, &place, "start", "config.capnp", "--watch");
    run_await(start, "Ready on http://127.0.0.1:");
    run_await(start, "\n");
}

Test(serving, an_edit_is_live_when_it_says_so)
{
    struct run start;
    int port;

    start_watching(&start);
    port = run_port(&start);
    expect_served(port, "first");
    worker_says("second");
    run_await(&start, "Reloaded in ");
    expect_served(port, "second");
    worker_says("third");
    run_await_times(&start, "Reloaded in ", 2);
    expect_served(port, "third");
    run_fini(&start);
}

Test(serving, every_request_during_a_change_gets_one_version_or_the_other)
{
    struct run start;
    bool changed = false;
    int port;

    start_watching(&start);
    port = run_port(&start);
    worker_says("second");
    for (uint64_t until = wk_now_ms() + WAIT_MS_MAX; !changed && wk_now_ms() < until;) {
        char *answer = http_get(port, "/");

        cr_assert_not_null(answer, "a request was refused");
        changed = strstr(answer, "second") != NULL;
        cr_assert(changed || strstr(answer, "first") != NULL, "%s", answer);
        free(answer);
    }
    cr_expect(changed);
    run_fini(&start);
}

Test(serving, a_syntax_error_keeps_the_last_good_version)
{
    struct run start;
    int port;

    start_watching(&start);
    port = run_port(&start);
    place_replace(&place, "worker.js", broken);
    run_await_err(&start, "last good version");
    cr_expect_not_null(strstr(start.err.data, "worker.js:2:"), "%s", start.err.data);
    expect_served(port, "first");
    worker_says("mended");
    run_await(&start, "Reloaded in ");
    expect_served(port, "mended");
    run_fini(&start);
}

Test(serving, a_configuration_error_keeps_the_last_good_version)
{
    struct run start;
    int port;

    start_watching(&start);
    port = run_port(&start);
    place_replace(&place, "config.capnp", "const config = (\n");
    run_await_err(&start, "config.capnp:");
    expect_served(port, "first");
    worker_says("second");
    place_replace(&place, "config.capnp", one_worker);
    run_await(&start, "Reloaded in ");
    expect_served(port, "second");
    run_fini(&start);
}

Test(serving, watch_mode_waits_for_code_that_can_start)
{
    struct run start;

    place_write(&place, "worker.js", broken);
    RUN_START(&start, &place, "start", "config.capnp", "--watch");
    run_await_err(&start, "Waiting for a change");
    worker_says("at last");
    run_await(&start, "Ready on http://127.0.0.1:");
    run_await(&start, "\n");
    expect_served(run_port(&start), "at last");
    run_fini(&start);
}

Test(serving, what_is_not_there_is_watched_for)
{
    struct run start;
    char *dir = place_path(&place, "lib");

    place_replace(&place, "worker.js",
                  "import '/nowhere.js';\nimport './away//very/far.js';\n"
                  "import { text } from './lib/text.js';\n"
                  "export default { fetch() { return new Response(text); } };\n");
    cr_assert_eq(mkdir(dir, 0700), 0);
    place_write(&place, "wrangler.jsonc",
                "{\"name\": \"main\", \"main\": \"worker.js\", \"compatibility_date\": "
                "\"2024-01-01\"}");
    RUN_START(&start, &place, "start", ".", "--watch", "--port", "0");
    run_await_err(&start, "Waiting for a change");
    place_write(&place, "lib/text.js", "export const text = 'found';\n");
    run_await_err_times(&start, "Waiting for a change", 2);
    cr_expect_null(strstr(start.err.data, "cannot be watched"), "%s", start.err.data);
    place_replace(&place, "worker.js",
                  "import { text } from './lib/text.js';\n"
                  "export default { fetch() { return new Response(text); } };\n");
    run_await(&start, "Ready on http://127.0.0.1:");
    run_await(&start, "\n");
    expect_served(run_port(&start), "found");
    run_fini(&start);
    free(dir);
}

Test(serving, a_socket_can_be_added_while_it_runs)
{
    struct run start;
    json_t *ps;
    int port, added;

    start_watching(&start);
    port = run_port(&start);
    place_replace(&place, "config.capnp",
                  "using Workerd = import \"/workerd/workerd.capnp\";\n"
                  "const config :Workerd.Config = (\n"
                  "  services = [(name = \"main\", worker = (\n"
                  "    modules = [(name = \"worker.js\", esModule = embed \"worker.js\")],\n"
                  "    compatibilityDate = \"2024-01-01\"))],\n"
                  "  sockets = [\n"
                  "    (name = \"http\", address = \"127.0.0.1:0\", service = \"main\"),\n"
                  "    (name = \"more\", address = \"127.0.0.1:0\", service = \"main\")]);\n");
    run_await(&start, "Reloaded in ");
    ps = RUN_JSON(&place, "ps", "--json");
    cr_assert_eq(json_array_size(json_object_get(ps, "sockets")), 2);
    added = atoi(strchr(json_string_value(json_object_get(
                            json_array_get(json_object_get(ps, "sockets"), 1), "address")),
                        ':') +
                 1);
    expect_served(port, "first");
    expect_served(added, "first");
    json_decref(ps);
    run_fini(&start);
}
