/* What leaves an actor, and in which order: calls through one stub while the process that they
 * go to dies, of which none comes after one that was lost; requests inside transactionSync(),
 * which do not leave before what was written there is durable. */
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include "tests/system/system.h"

static const char caller_config[] =
    "{ \"name\": \"caller\", \"main\": \"src/index.js\", \"compatibility_date\": "
    "\"2026-11-01\",\n"
    "  \"durable_objects\": { \"bindings\": [{ \"name\": \"OWN\", \"class_name\": \"Caller\" "
    "},\n"
    "    { \"name\": \"C\", \"class_name\": \"Callee\", \"script_name\": \"callee\" }] },\n"
    "  \"services\": [{ \"binding\": \"S\", \"service\": \"callee\" }],\n"
    "  \"migrations\": [{ \"tag\": \"v1\", \"new_sqlite_classes\": [\"Caller\"] }] }\n";

/* pair: the second call leaves the caller's process while nobody knows of the end of the first,
 * and waits in the kernel for a write. */
static const char caller[] =
    "import { DurableObject } from 'cloudflare:workers';\n"
    "let go = false;\n"
    "async function released() { while (!go) await new Promise((done) => setTimeout(done, 1)); "
    "}\n"
    "export class Caller extends DurableObject {\n"
    "  async pair() {\n"
    "    const stub = this.env.C.getByName('c');\n"
    "    const first = stub.hang().then(String, String);\n"
    "    await released();\n"
    "    this.ctx.storage.put('n', 1);\n"
    "    const second = stub.mark('second').then(String, String);\n"
    "    return `${await first}|${await second}|${await "
    "this.env.C.getByName('c').mark('other')}`;\n"
    "  }\n"
    "  async sync(how) {\n"
    "    const { storage } = this.ctx, sql = how.startsWith('sql');\n"
    "    storage.sql.exec('create table if not exists t (a)');\n"
    "    await storage.sync();\n"
    "    console.log('it waits');\n"
    "    await released();\n"
    "    let answer;\n"
    "    try {\n"
    "      storage.transactionSync(() => {\n"
    "        sql ? storage.sql.exec('insert into t values (1)') : storage.put('k', how);\n"
    "        answer = this.env.S.fetch('http://s/' + how);\n"
    "        if (how.endsWith('undone')) throw new Error(how);\n"
    "      });\n"
    "    } catch {}\n"
    "    return (await answer).text();\n"
    "  }\n"
    "}\n"
    "export default { async fetch(request, env) {\n"
    "  const path = new URL(request.url).pathname, stub = env.C.getByName('c');\n"
    "  if (path === '/go') { go = true; return new Response('gone'); }\n"
    "  if (path.startsWith('/sync/')) return new Response(await "
    "env.OWN.getByName('o').sync(path.slice(6)));\n"
    "  if (path === '/pair') return new Response(await env.OWN.getByName('o').pair());\n"
    "  const first = await stub.hang().then(String, String);\n"
    "  const second = await stub.mark('second').then(String, String);\n"
    "  return new Response(`${first}|${second}|${await env.C.getByName('c').mark('other')}`);\n"
    "} };\n";

static const char callee_config[] =
    "{ \"name\": \"callee\", \"main\": \"src/index.js\", \"compatibility_date\": "
    "\"2026-11-01\",\n"
    "  \"durable_objects\": { \"bindings\": [{ \"name\": \"C\", \"class_name\": \"Callee\" }] "
    "},\n"
    "  \"migrations\": [{ \"tag\": \"v1\", \"new_sqlite_classes\": [\"Callee\"] }] }\n";
static const char callee[] =
    "import { DurableObject } from 'cloudflare:workers';\n"
    "export class Callee extends DurableObject {\n"
    "  async hang() { console.log('it hangs'); await new Promise((done) => setTimeout(done, "
    "1e6)); }\n"
    "  mark(who) { console.log('marked by', who); return 'marked'; }\n"
    "}\n"
    "export default { fetch(r) { console.log('request', new URL(r.url).pathname); return new "
    "Response('ok'); } };\n";

#define LOST "Error: Network connection lost."

static struct place place;
static struct run run;

static void
project(const char *name, const char *config, const char *script)
{
    char path[64], *src;

    snprintf(path, sizeof(path), "%s/src", name);
    src = place_path(&place, name);
    mkdir(src, 0755);
    free(src);
    src = place_path(&place, path);
    mkdir(src, 0755);
    free(src);
    snprintf(path, sizeof(path), "%s/wrangler.jsonc", name);
    place_write(&place, path, config);
    snprintf(path, sizeof(path), "%s/src/index.js", name);
    place_write(&place, path, script);
}

static void
setup(void)
{
    place_init(&place);
    project("caller", caller_config, caller);
    project("callee", callee_config, callee);
    RUN_START(&run, &place, "start", "caller", "callee", "--port", "0", "--state", place.state);
    run_await(&run, "Ready on");
}

static void
teardown(void)
{
    place_fini(&place);
    run_fini(&run);
}

TestSuite(order, .init = setup, .fini = teardown, .timeout = 60);

static void *
ask(void *path)
{
    return http_get(run_port(&run), path);
}

static pthread_t
ask_begin(const char *path)
{
    pthread_t thread;

    pthread_create(&thread, NULL, ask, (void *)(uintptr_t)path);
    return thread;
}

static void
ask_end(pthread_t thread, const char *want)
{
    void *got = NULL;

    pthread_join(thread, &got);
    cr_assert_not_null(got);
    cr_expect(strstr(got, want) != NULL, "%s, not %s", (char *)got, want);
    free(got);
}

static pid_t
pid_of(const char *service)
{
    json_t *ps = RUN_JSON(&place, "ps", "--json"), *each;
    size_t i;
    pid_t pid = 0;

    json_array_foreach(
        json_object_get(ps, "services"), i,
        each) if (strcmp(json_string_value(json_object_get(each, "name")), service) == 0) pid =
        (pid_t)json_integer_value(json_object_get(each, "pid"));
    json_decref(ps);
    return pid;
}

/* Until the kernel knows. */
static void
kill_and_await(const char *service)
{
    pid_t pid = pid_of(service);

    cr_assert_gt(pid, 0);
    kill(pid, SIGKILL);
    while (pid_of(service) == pid)
        ;
}

/* Until something waits in a gate of the service's. */
static void
await_held(const char *service)
{
    json_int_t held = 0;

    while (held == 0) {
        json_t *facts = RUN_JSON(&place, "inspect", service, "--json"), *gate;
        size_t i;

        json_array_foreach(json_object_get(facts, "gates"), i, gate) held +=
            json_integer_value(json_object_get(gate, "heldFrames"));
        json_decref(facts);
    }
}

Test(order, a_call_that_left_before_the_end_of_its_host_was_known_is_not_delivered_to_a_new_one)
{
    pthread_t pair = ask_begin("/pair");
    pid_t daemon;

    run_await(&run, "it hangs");
    daemon = pid_of("actor-storage");
    kill(daemon, SIGSTOP);
    ask_end(ask_begin("/go"), "gone");
    await_held("caller");
    kill_and_await("callee");
    kill(daemon, SIGCONT);
    ask_end(pair, "\r\n\r\n" LOST "|" LOST "|marked");
    run_await(&run, "marked by other");
    cr_expect(strstr(run.out.data, "marked by second") == NULL);
}

Test(order, a_stub_whose_only_call_was_lost_is_lost)
{
    pthread_t calls = ask_begin("/");

    run_await(&run, "it hangs");
    kill_and_await("callee");
    ask_end(calls, "\r\n\r\n" LOST "|" LOST "|marked");
    calls = ask_begin("/");
    run_await_times(&run, "it hangs", 2);
    kill_and_await("actor-storage");
    ask_end(calls, "\r\n\r\n" LOST "|" LOST "|marked");
}

/* Asks for what the actor does while its daemon is stopped, as soon as it may; gives the
 * daemon.
 */
static pid_t
sync_begin(const char *path, pthread_t *asked)
{
    pid_t daemon = pid_of("actor-storage");

    *asked = ask_begin(path);
    run_await(&run, "it waits");
    kill(daemon, SIGSTOP);
    ask_end(ask_begin("/go"), "gone");
    return daemon;
}

static void
expect_sync(const char *how)
{
    char path[64], line[64];
    pthread_t asked;
    pid_t daemon;

    snprintf(path, sizeof(path), "/sync/%s", how);
    snprintf(line, sizeof(line), "request /%s", how);
    daemon = sync_begin(path, &asked);
    await_held("caller");
    cr_expect(strstr(run.out.data, line) == NULL);
    kill(daemon, SIGCONT);
    ask_end(asked, "\r\n\r\nok");
    run_await(&run, line);
}

Test(order, a_request_inside_transaction_sync_waits_for_entries_to_be_durable)
{
    expect_sync("kv");
}

Test(order, a_request_inside_transaction_sync_waits_for_rows_to_be_durable)
{
    expect_sync("sql");
}

Test(order, a_request_inside_transaction_sync_is_never_sent_when_what_it_waits_for_is_lost)
{
    pthread_t asked;
    pid_t daemon = sync_begin("/sync/sql-lost", &asked);

    await_held("caller");
    kill(daemon, SIGKILL);
    ask_end(asked, " 500 ");
    ask_end(ask_begin("/sync/kv"), "\r\n\r\nok");
    run_await(&run, "request /kv");
    cr_expect(strstr(run.out.data, "request /sql-lost") == NULL);
}

Test(order, a_request_waits_for_nothing_that_was_undone)
{
    pthread_t asked;
    pid_t daemon = sync_begin("/sync/kv-undone", &asked);

    run_await(&run, "request /kv-undone");
    kill(daemon, SIGCONT);
    ask_end(asked, "\r\n\r\nok");
}
