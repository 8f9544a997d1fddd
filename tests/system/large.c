/* What is larger than a message, through every process: calls, stored values, modules, texts.
 */
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "tests/system/system.h"

/* Three workers, and so three hosts: whoever asks goes through "main", which calls the objects
 * of "objects" itself or lets "caller" do it. */
static const char config[] =
    "using Workerd = import \"/workerd/workerd.capnp\";\n"
    "const config :Workerd.Config = (\n"
    "  services = [\n"
    "    (name = \"main\", worker = (modules = [\n"
    "        (name = \"main.js\", esModule = embed \"main.js\"),\n"
    "        (name = \"large.txt\", text = embed \"large.txt\")],\n"
    "      bindings = [(name = \"caller\", service = (name = \"caller\", entrypoint = "
    "\"Caller\")),\n"
    "        (name = \"NS\", durableObjectNamespace = (className = \"Large\", serviceName = "
    "\"objects\"))],\n"
    "      compatibilityDate = \"2026-11-01\")),\n"
    "    (name = \"caller\", worker = (modules = [(name = \"caller.js\", esModule = embed "
    "\"caller.js\")],\n"
    "      bindings = [(name = \"NS\", durableObjectNamespace = (className = \"Large\", "
    "serviceName = \"objects\"))],\n"
    "      compatibilityDate = \"2026-11-01\")),\n"
    "    (name = \"objects\", worker = (modules = [(name = \"objects.js\", esModule = embed "
    "\"objects.js\")],\n"
    "      durableObjectNamespaces = [(className = \"Large\", uniqueKey = \"large\", enableSql "
    "= true)],\n"
    "      durableObjectStorage = (localDisk = \"stored\"), compatibilityDate = "
    "\"2026-11-01\")),\n"
    "    (name = \"stored\", disk = (path = \".\", writable = true))],\n"
    "  sockets = [(name = \"http\", address = \"127.0.0.1:0\", http = (), service = "
    "\"main\")]);\n";

static const char main_js[] =
    "import text from 'large.txt';\n"
    "export default { async fetch(request, env) {\n"
    "  const [, who, name, method, argument] = new URL(request.url).pathname.split('/');\n"
    "  try {\n"
    "    if (who === 'module') return new Response(`${text.length} ${text.slice(-4)}`);\n"
    "    if (who === 'caller') return new Response(await env.caller.relay(name, method, "
    "+argument));\n"
    "    return new Response(String(await env.NS.getByName(name)[method](+argument)));\n"
    "  } catch (e) {\n"
    "    return new Response(`${e.name} ${e.message.slice(0, 100)} ${e.message.length}`);\n"
    "  }\n"
    "} };\n";

static const char caller_js[] =
    "import { WorkerEntrypoint } from 'cloudflare:workers';\n"
    "export class Caller extends WorkerEntrypoint {\n"
    "  async relay(name, method, argument) {\n"
    "    try {\n"
    "      const value = await this.env.NS.getByName(name)[method](argument);\n"
    "      return `${method} ${value.length}`;\n"
    "    } catch (e) {\n"
    "      return `${e.name}: ${e.message} ${e.retryable}`;\n"
    "    }\n"
    "  }\n"
    "}\n"
    "export default {};\n";

static const char objects_js[] =
    "import { DurableObject } from 'cloudflare:workers';\n"
    "const MIB = 1 << 20, big = (n) => 'x'.repeat(n);\n"
    "export default {};\n"
    "export class Large extends DurableObject {\n"
    "  ready = new Promise((go) => { this.release = go; });\n"
    "  async held(mib) { console.log('held'); await this.ready; return big(mib * MIB); }\n"
    "  go() { this.release(); return 'gone'; }\n"
    "  fine() { return 'fine'; }\n"
    "  fail(mib) { throw new TypeError(big(mib * MIB)); }\n"
    "  log(mib) { console.log(big(mib * MIB)); return 'logged'; }\n"
    "  async keys(mib) { return (await this.ctx.storage.get([1, 2, 3].map((n) => n + big(mib * "
    "MIB)))).size; }\n"
    /* one turn: values, rows and pages that say n */
    "  write(n) {\n"
    "    const { storage } = this.ctx;\n"
    "    storage.sql.exec('CREATE TABLE IF NOT EXISTS t (n INTEGER, b BLOB)');\n"
    "    storage.sql.exec('DELETE FROM t');\n"
    "    for (let i = 0; i < 18; i++) {\n"
    "      const value = new Uint8Array(i === 0 ? 6 * MIB : MIB);\n"
    "      value[0] = value[value.length - 1] = n;\n"
    "      storage.put('v' + i, value);\n"
    "    }\n"
    "    for (let i = 0; i < 8; i++) storage.sql.exec('INSERT INTO t VALUES (?, "
    "zeroblob(1000000))', n);\n"
    "    return n;\n"
    "  }\n"
    "  async check() {\n"
    "    const { storage } = this.ctx, seen = new Set();\n"
    "    const values = await storage.list({ prefix: 'v' });\n"
    "    for (const value of values.values()) seen.add(value[0]).add(value[value.length - "
    "1]);\n"
    "    storage.sql.exec('CREATE TABLE IF NOT EXISTS t (n INTEGER, b BLOB)');\n"
    "    const rows = [...storage.sql.exec('SELECT n, length(b) AS l FROM t')];\n"
    "    for (const row of rows) seen.add(row.n);\n"
    "    return `${values.size} ${rows.length} ${[...seen].join()}`;\n"
    "  }\n"
    "}\n";

static struct place place;
static struct run run;

static void
setup(void)
{
    size_t bytes = 8u << 20;
    char *text = wk_xmalloc(bytes + 1);

    memset(text, 'a', bytes);
    memcpy(text + bytes - 4, "last", 5);
    place_init(&place);
    place_write(&place, "config.capnp", config);
    place_write(&place, "main.js", main_js);
    place_write(&place, "caller.js", caller_js);
    place_write(&place, "objects.js", objects_js);
    place_write(&place, "large.txt", text);
    free(text);
    RUN_START(&run, &place, "start", "config.capnp");
    run_await(&run, "Ready on");
}

static void
teardown(void)
{
    place_fini(&place);
    run_fini(&run);
}

TestSuite(large, .init = setup, .fini = teardown, .timeout = 120);

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

/* 0: there is none. */
static pid_t
pid_find(const char *service)
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
    return pid;
}

static pid_t
pid_of(const char *service)
{
    pid_t pid = pid_find(service);

    cr_assert_gt(pid, 0, "no process of %s", service);
    return pid;
}

Test(large, a_module_of_eight_mib_is_there)
{
    expect("/module", "8388608 last");
}

/* ---- what a worker says ---- */

Test(large, no_text_of_a_worker_ends_its_host)
{
    pid_t pid;

    expect("/direct/a/fine", "fine");
    pid = pid_of("objects");
    expect("/direct/a/log/20", "logged");
    expect("/direct/a/keys/7", "Error string or blob too big: SQLITE_TOOBIG 37");
    free(ask("/direct/a/fail/20"));
    expect("/direct/a/fine", "fine");
    cr_expect_eq(pid_of("objects"), pid);
}

/* ---- a host that dies in the middle of a result ---- */

struct asking {
    pthread_t thread;
    const char *path;
    char *answer;
};

static void *
ask_aside(void *arg)
{
    struct asking *asking = arg;

    asking->answer = ask(asking->path);
    return NULL;
}

Test(large, a_result_that_is_cut_off_is_a_lost_connection)
{
    struct asking asking = {.path = "/caller/a/held/20"};
    pid_t caller;

    expect("/caller/a/fine", "fine 4");
    caller = pid_of("caller");
    pthread_create(&asking.thread, NULL, ask_aside, &asking);
    run_await(&run, "held");
    kill(caller, SIGSTOP); /* it takes in nothing: the result stops where its window ends */
    expect("/direct/a/go", "gone");
    kill(pid_of("objects"), SIGKILL);
    kill(caller, SIGCONT);
    pthread_join(asking.thread, NULL);
    cr_expect_str_eq(asking.answer, "Error: Network connection lost. true", "%s",
                     asking.answer);
    free(asking.answer);
    expect("/caller/a/fine", "fine 4");
    cr_expect_eq(pid_of("caller"), caller);
}

/* ---- a batch of 32 MiB, and a storage process that dies with a part of it ---- */

static long
resident_kib(pid_t pid)
{
    char *path = wk_xasprintf("/proc/%d/statm", (int)pid);
    FILE *f = fopen(path, "re");
    long pages = -1;

    free(path);
    if (f == NULL)
        return -1;
    if (fscanf(f, "%*d %ld", &pages) != 1)
        pages = -1;
    fclose(f);
    return pages < 0 ? -1 : pages * (sysconf(_SC_PAGESIZE) / 1024);
}

/* Kills the daemon when so much more is in it; what was asked may have been answered before. */
static void
write_and_kill(int n, long more_kib)
{
    char path[64];
    struct asking asking = {.path = path};
    pid_t daemon = pid_of("actor-storage");
    long before = resident_kib(daemon), now;
    uint64_t until = wk_now_ms() + 5000;

    snprintf(path, sizeof(path), "/direct/w/write/%d", n);
    pthread_create(&asking.thread, NULL, ask_aside, &asking);
    while ((now = resident_kib(daemon)) >= 0 && now - before < more_kib && wk_now_ms() < until)
        continue;
    kill(daemon, SIGKILL);
    pthread_join(asking.thread, NULL);
    while (pid_find("actor-storage") == daemon)
        continue;
    free(asking.answer);
}

Test(large, a_large_batch_is_whole_or_not_at_all)
{
    static const long more_kib[] = {1024, 6144, 16384, 32768, 49152};
    char before[64], after[64], *got;

    expect("/direct/w/write/1", "1");
    expect("/direct/w/check", "18 8 1");
    for (int n = 2, was = 1; n < 2 + (int)WK_COUNT(more_kib); n++) {
        write_and_kill(n, more_kib[n - 2]);
        snprintf(before, sizeof(before), "18 8 %d", was);
        snprintf(after, sizeof(after), "18 8 %d", n);
        got = ask("/direct/w/check");
        cr_expect(strcmp(got, before) == 0 || strcmp(got, after) == 0, "%s, not %s or %s", got,
                  before, after);
        was = strcmp(got, after) == 0 ? n : was;
        free(got);
    }
    expect("/direct/w/write/99", "99");
    expect("/direct/w/check", "18 8 99");
}
