/* Durable Objects through every process: front, kernel, storage daemon, isolate host. */
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include "tests/system/system.h"

static const char wrangler[] =
    "{ \"name\": \"actors\", \"main\": \"src/index.js\", \"compatibility_date\": "
    "\"2026-11-01\",\n"
    "  \"limits\": { \"cpu_ms\": 300 },\n"
    "  \"durable_objects\": { \"bindings\": [{ \"name\": \"C\", \"class_name\": \"Counter\" }] "
    "},\n"
    "  \"migrations\": [{ \"tag\": \"v1\", \"new_sqlite_classes\": [\"Counter\"] }] }\n";

static const char worker[] =
    "import { DurableObject } from 'cloudflare:workers';\n"
    "export class Counter extends DurableObject {\n"
    "  made = crypto.randomUUID();\n"
    "  async add() {\n"
    "    const n = ((await this.ctx.storage.get('n')) || 0) + 1;\n"
    "    await this.ctx.storage.put('n', n);\n"
    "    return n;\n"
    "  }\n"
    "  async fetch(request) { return new Response(`${await this.add()} ${await "
    "request.text()}`); }\n"
    "  async value() { return (await this.ctx.storage.get('n')) || 0; }\n"
    "  instance() { return this.made; }\n"
    "  below([name, ...rest]) {\n"
    "    const stub = this.ctx.facets.get(name, () => ({ class: this.ctx.exports.Counter }));\n"
    "    return rest.length ? stub.below(rest) : stub.add();\n"
    "  }\n"
    "  one() { return this.below(['a']); }\n"
    "  deep() { return this.below(['a', 'b', 'c']); }\n"
    "  async both() { const n = await this.add(); return `${n} ${await this.one()} ${await "
    "this.below(['a', 'b'])}`; }\n"
    "  drop() { this.ctx.facets.delete('a'); }\n"
    "  copy() { this.ctx.facets.clone('a', 'z'); }\n"
    "  copied() { return this.below(['z', 'b']); }\n"
    "  async relay() { await this.add(); return this.env.C.getByName('callee').value(); }\n"
    "  async slow() { const n = await this.add(); await new Promise((done) => setTimeout(done, "
    "300)); return n; }\n"
    "  spin() { for (;;); }\n"
    "  hold() { this.held = new Uint8Array(65536).fill(1); return this.held.length; }\n"
    "  async mutual() {\n"
    "    await this.add();\n"
    "    await scheduler.wait(700);\n"
    "    return this.env.C.getByName('callee').back(this.ctx.id.name);\n"
    "  }\n"
    "  async back(name) { await scheduler.wait(700); return "
    "this.env.C.getByName(name).value(); }\n"
    "  async wake(ms) { await this.ctx.storage.setAlarm(Date.now() + ms); }\n"
    "  async alarm() { console.log('alarm', this.ctx.id.name); await this.add(); }\n"
    "  abort() { this.ctx.abort('by request'); }\n"
    "  async lose() { this.ctx.storage.put('n', 1000); this.ctx.abort('lost'); }\n"
    "}\n"
    "export default { async fetch(request, env) {\n"
    "  const [, name, method, argument] = new URL(request.url).pathname.split('/');\n"
    "  const stub = env.C.get(env.C.idFromName(name));\n"
    "  try {\n"
    "    if (method === 'fetch') return await stub.fetch(request);\n"
    "    const value = await stub[method](argument && Number(argument));\n"
    "    return new Response(String(value));\n"
    "  } catch (e) {\n"
    "    return new Response(`${e} ${JSON.stringify(e)}`, { status: 500 });\n"
    "  }\n"
    "} };\n";

static struct place place;
static struct run run;

static void
start(void)
{
    RUN_START(&run, &place, "start", "--port", "0");
    run_await(&run, "Ready on");
}

static void
stop(void)
{
    struct run stopping;

    cr_assert_eq(RUN(&stopping, &place, "stop"), 0, "%s", stopping.err.data);
    run_fini(&stopping);
    run_end(&run);
    run_fini(&run);
}

static void
setup(void)
{
    char *src;

    place_init(&place);
    src = place_path(&place, "src");
    mkdir(src, 0755);
    free(src);
    place_write(&place, "wrangler.jsonc", wrangler);
    place_write(&place, "src/index.js", worker);
    start();
}

static void
teardown(void)
{
    place_fini(&place);
    run_fini(&run);
}

TestSuite(actors, .init = setup, .fini = teardown, .timeout = 120);

static char *
ask(const char *path)
{
    return run_ask(&run, path);
}

static void
expect(const char *path, const char *want)
{
    run_expect(&run, path, want);
}

static void
expect_part(const char *path, const char *want)
{
    char *got = ask(path);

    cr_expect(strstr(got, want) != NULL, "%s: %s, not %s", path, got, want);
    free(got);
}

static pid_t
pid_of(const char *service)
{
    json_t *ps = RUN_JSON(&place, "ps", "--json"), *each;
    size_t i;
    pid_t pid = 0;

    json_array_foreach(json_object_get(ps, "services"), i, each)
    {
        const char *name = json_string_value(json_object_get(each, "name"));

        if (name != NULL && strncmp(name, service, strlen(service)) == 0)
            pid = (pid_t)json_integer_value(json_object_get(each, "pid"));
    }
    json_decref(ps);
    cr_assert_gt(pid, 0, "no process of %s", service);
    return pid;
}

/* Waits until wkctl ps tells another process of the service. */
static void
await_other(const char *service, pid_t than)
{
    for (;;) {
        json_t *ps = RUN_JSON(&place, "ps", "--json"), *each;
        size_t i;
        bool there = false;

        json_array_foreach(json_object_get(ps, "services"), i, each)
        {
            const char *name = json_string_value(json_object_get(each, "name"));
            const char *state = json_string_value(json_object_get(each, "state"));

            if (strncmp(name, service, strlen(service)) == 0 && strcmp(state, "ready") == 0 &&
                json_integer_value(json_object_get(each, "pid")) != than)
                there = true;
        }
        json_decref(ps);
        if (there)
            return;
    }
}

Test(actors, what_was_answered_is_there_after_a_restart_of_everything)
{
    expect("/a/add", "1");
    expect("/a/add", "2");
    expect("/b/fetch", "1 ");
    stop();
    start();
    expect("/a/value", "2");
    expect("/a/add", "3");
    expect("/b/value", "1");
}

struct adder {
    pthread_t thread;
    const char *path;
    int count, ok;
};

static void *
ask_many(void *arg)
{
    struct adder *adder = arg;

    for (int i = 0; i < adder->count; i++) {
        char *response = http_get(run_port(&run), adder->path);

        adder->ok += response != NULL && strstr(response, " 200 ") != NULL;
        free(response);
    }
    return NULL;
}

static int
ask_in_parallel(const char *path, int threads, int each, void (*meanwhile)(void))
{
    struct adder adders[8] = {0};
    int ok = 0;

    for (int i = 0; i < threads; i++) {
        adders[i].path = path;
        adders[i].count = each;
        pthread_create(&adders[i].thread, NULL, ask_many, &adders[i]);
    }
    if (meanwhile != NULL)
        meanwhile();
    for (int i = 0; i < threads; i++) {
        pthread_join(adders[i].thread, NULL);
        ok += adders[i].ok;
    }
    return ok;
}

Test(actors, one_counts_what_comes_from_everywhere)
{
    cr_expect_eq(ask_in_parallel("/shared/add", 8, 25, NULL), 200);
    expect("/shared/value", "200");
}

static void
restart_one(const char *service)
{
    struct run restart;

    cr_expect_eq(RUN(&restart, &place, "restart", service), 0, "%s", restart.err.data);
    run_fini(&restart);
}

static void
restart_worker(void)
{
    for (int i = 0; i < 3; i++)
        restart_one("actors");
}

Test(actors, a_restart_of_their_worker_moves_them_and_no_request_fails)
{
    expect("/shared/add", "1");
    cr_expect_eq(ask_in_parallel("/shared/add", 4, 50, restart_worker), 200);
    expect("/shared/value", "201");
}

static void
restart_storage(void)
{
    for (int i = 0; i < 3; i++)
        restart_one("actor-storage");
}

Test(actors, a_restart_of_their_storage_ends_them_where_they_are_idle_and_no_request_fails)
{
    uint64_t began_ms;

    expect("/shared/both", "1 1 1");
    cr_expect_eq(ask_in_parallel("/shared/both", 4, 50, restart_storage), 200);
    expect("/shared/both", "202 202 202");
    began_ms = wk_now_ms();
    restart_storage(); /* would wait until they are idle for ten seconds, three times */
    cr_expect_lt(wk_now_ms() - began_ms, 9000);
    expect("/shared/both", "203 203 203");
}

Test(actors, of_two_storages_one_restarts_and_the_objects_of_the_other_are_not_in_its_way)
{
    uint64_t began_ms;

    stop();
    run_fini(&run);
    RUN_START(&run, &place, "start", "--port", "0", "--storage-shards", "2", "--persist-to",
              "two");
    run_await(&run, "Ready on");
    for (int i = 0; i < 3000; i++) {
        char path[32];

        snprintf(path, sizeof(path), "/s%d/value", i);
        expect(path, "0");
    }
    began_ms = wk_now_ms();
    for (int i = 0; i < 2; i++) {
        struct run restart;

        cr_expect_eq(RUN(&restart, &place, "restart", "actor-storage#0"), 0, "%s",
                     restart.err.data);
        run_fini(&restart);
    }
    cr_expect_lt(wk_now_ms() - began_ms, 9000, "nobody waited for them to be idle long enough");
    expect("/s1/value", "0");
}

static void
restart_both_soon(void)
{
    char *there;

    do /* a call is under way */
        there = ask("/caller/value");
    while (strcmp(there, "0") == 0 && (free(there), true));
    free(there);
    restart_one("actor-storage");
    restart_one("actors");
}

Test(actors, those_that_call_each_other_do_not_wait_for_each_other_to_move)
{
    cr_expect_eq(ask_in_parallel("/caller/mutual", 2, 4, restart_both_soon), 8);
    expect("/caller/value", "8");
}

/* Twice as much as an isolate may have, in less time than an object needs to count as idle. */
Test(actors, more_than_fits_into_memory_makes_room_for_each_other)
{
    pid_t host;

    expect("/first/add", "1");
    host = pid_of("actors");
    for (int i = 0; i < 4000; i++) {
        char path[32];

        snprintf(path, sizeof(path), "/h%d/hold", i);
        expect(path, "65536");
    }
    cr_expect_eq(pid_of("actors"), host);
    expect("/first/value", "1");
}

Test(actors, a_killed_host_costs_the_requests_that_it_had_and_no_answer)
{
    char *before = ask("/k/instance"), *after;
    pid_t host = pid_of("actors");

    expect("/k/add", "1");
    kill(host, SIGKILL);
    await_other("actors", host);
    expect("/k/value", "1");
    after = ask("/k/instance");
    cr_expect_str_neq(before, after);
    free(before);
    free(after);
}

Test(actors, a_killed_daemon_takes_their_instances_along_and_loses_no_answer)
{
    pid_t daemon;

    expect("/k/add", "1");
    daemon = pid_of("actor-storage");
    kill(daemon, SIGKILL);
    await_other("actor-storage", daemon);
    expect("/k/value", "1");
    expect("/k/add", "2");
}

Test(actors, each_may_call_another_whoever_else_lives_in_its_process)
{
    expect("/callee/add", "1");
    expect("/first/relay", "1");
    expect("/second/relay", "1");
    expect("/third/relay", "1");
    expect("/first/relay", "1");
}

Test(actors, facets_keep_what_they_stored_over_restarts_and_go_when_they_are_deleted)
{
    expect("/r/both", "1 1 1");
    expect("/r/deep", "1");
    stop();
    start();
    expect("/r/deep", "2");
    expect("/r/both", "2 2 2");
    expect("/other/both", "1 1 1");
    expect("/r/copy", "undefined");
    expect("/r/drop", "undefined");
    stop();
    start();
    expect("/r/both", "3 1 1");
    expect("/r/deep", "1");
    expect("/r/copied", "3");
}

Test(actors, facets_go_where_their_actor_goes_and_no_request_fails)
{
    char *total;
    int n = 0, facet = 0, below = 0;

    expect("/shared/both", "1 1 1");
    cr_expect_eq(ask_in_parallel("/shared/both", 4, 50, restart_worker), 200);
    total = ask("/shared/both");
    cr_expect_eq(sscanf(total, "%d %d %d", &n, &facet, &below), 3, "%s", total);
    cr_expect(n == 202 && facet == 202 && below == 202, "%s", total);
    free(total);
}

Test(actors, a_killed_host_or_daemon_costs_facets_no_answer)
{
    pid_t pid = pid_of("actors");

    expect("/k/both", "1 1 1");
    kill(pid, SIGKILL);
    await_other("actors", pid);
    expect("/k/both", "2 2 2");
    pid = pid_of("actor-storage");
    kill(pid, SIGKILL);
    await_other("actor-storage", pid);
    expect("/k/both", "3 3 3");
}

Test(actors, an_abort_discards_what_was_not_durable_and_tells_the_caller)
{
    expect("/l/add", "1");
    expect("/l/lose", "Error: lost {\"durableObjectReset\":true}");
    expect("/l/value", "1");
}

Test(actors, one_that_spins_is_reset_and_others_are_served)
{
    expect("/s/add", "1");
    expect_part("/s/spin",
                "Error: Durable Object exceeded its CPU time limit and was reset. {");
    expect("/s/value", "1");
    expect("/t/add", "1");
}

Test(actors, an_alarm_fires_and_an_overdue_one_at_the_next_start)
{
    expect("/w/wake/1", "undefined");
    run_await(&run, "alarm w");
    expect("/w/value", "1");
    expect("/x/wake/2000", "undefined");
    stop();
    start();
    run_await(&run, "alarm x");
    expect("/x/value", "1");
}

Test(actors, an_idle_one_is_let_go_and_made_again)
{
    char *before = ask("/i/instance"), *after;
    int64_t gates = 1;

    while (gates > 0) { /* ten seconds, as the peer has it */
        json_t *facts = RUN_JSON(&place, "inspect", "actors", "--json");

        gates = json_integer_value(json_object_get(facts, "gateCount"));
        json_decref(facts);
    }
    after = ask("/i/instance");
    cr_expect_str_neq(before, after);
    free(before);
    free(after);
}
