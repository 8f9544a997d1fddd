#include "tests/system/stored.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define MAKE_TABLE "CREATE TABLE IF NOT EXISTS t (n INTEGER, s TEXT)"

static const char project[] =
    "{ \"name\": \"shop\", \"main\": \"index.js\", \"compatibility_date\": \"2026-11-01\",\n"
    "  \"durable_objects\": { \"bindings\": [{ \"name\": \"ITEMS\", \"class_name\": \"Item\" "
    "}] },\n"
    "  \"migrations\": [{ \"tag\": \"v1\", \"new_sqlite_classes\": [\"Item\"] }] }\n";
static const char worker[] =
    "import { DurableObject } from 'cloudflare:workers';\n"
    "const PATHS = ['a', 'a/b', 'a/b/c', 'x%y'];\n"
    "export class Part extends DurableObject {\n"
    "  async store(n) {\n"
    "    await this.ctx.storage.put('own', n);\n"
    "    this.ctx.storage.sql.exec('CREATE TABLE IF NOT EXISTS p (n)');\n"
    "    this.ctx.storage.sql.exec('DELETE FROM p');\n"
    "    this.ctx.storage.sql.exec('INSERT INTO p VALUES (?)', n);\n"
    "  }\n"
    "  async what() {\n"
    "    const own = await this.ctx.storage.get('own');\n"
    "    if (own === undefined) return 'none';\n"
    "    const n = this.ctx.storage.sql.exec('SELECT n FROM p').one().n;\n"
    "    return n === own ? n : `${n} is not ${own}`;\n"
    "  }\n"
    "  at([name, ...rest], method, ...args) {\n"
    "    const stub = this.ctx.facets.get(name, () => ({ class: this.ctx.exports.Part }));\n"
    "    return rest.length ? stub.at(rest, method, ...args) : stub[method](...args);\n"
    "  }\n"
    "}\n"
    "export class Item extends Part {\n"
    "  async deep(n) {\n"
    "    await this.ctx.storage.put('root', n);\n"
    "    await this.ctx.storage.setAlarm(4000000000000);\n"
    "    for (const path of PATHS) await this.at(path.split('/'), 'store', n);\n"
    "    return 'deep';\n"
    "  }\n"
    "  async all() {\n"
    "    const out = [`${await this.ctx.storage.get('root')} ${await "
    "this.ctx.storage.getAlarm()}`];\n"
    "    for (const path of PATHS) out.push(`${path} ${await this.at(path.split('/'), "
    "'what')}`);\n"
    "    return out.join(' | ');\n"
    "  }\n"
    "  async drop() { this.ctx.facets.delete('a'); return 'dropped'; }\n"
    "  async fill() {\n"
    "    const { storage } = this.ctx;\n"
    "    await storage.put({ count: 7, list: [1, 'two', null], when: new Date(0) });\n"
    "    storage.sql.exec('" MAKE_TABLE "');\n"
    "    for (let i = 0; i < 300; i++) storage.sql.exec('INSERT INTO t VALUES (?, ?)', i, 'row "
    "' + i);\n"
    "    await storage.setAlarm(4000000000000);\n"
    "    return 'filled';\n"
    "  }\n"
    "  async tell() {\n"
    "    const { storage } = this.ctx;\n"
    "    storage.sql.exec('" MAKE_TABLE "');\n"
    "    const rows = storage.sql.exec('SELECT count(*) AS n FROM t').one().n;\n"
    "    const all = [...await storage.list()].map(([key]) => key).join();\n"
    "    return `${all} ${rows} ${await storage.getAlarm()} ${await storage.get('count')}`;\n"
    "  }\n"
    "  async whoami() { return this.ctx.id.toString(); }\n"
    "  async alarm() {\n"
    "    await this.ctx.storage.put('alarms', 1 + await this.alarms());\n"
    "  }\n"
    "  async alarms() { return (await this.ctx.storage.get('alarms')) ?? 0; }\n"
    "  async alarmAt(ms) { await this.ctx.storage.setAlarm(ms); return 'set'; }\n"
    "  async count() { return (await this.ctx.storage.get('added')) ?? 0; }\n"
    "  async add() {\n"
    "    const n = 1 + await this.count();\n"
    "    this.ctx.storage.put('added', n);\n"
    "    return n;\n"
    "  }\n"
    "  async set() { await this.ctx.storage.put('count', 8); return 'set'; }\n"
    "  async many() {\n"
    "    for (let i = 0; i < 40; i++) await this.ctx.storage.put('k' + i, 'x'.repeat(50000));\n"
    "    return 'many';\n"
    "  }\n"
    "}\n"
    "export default {\n"
    "  async fetch(request, env) {\n"
    "    if (request.url.endsWith('/plain')) return new Response('plain');\n"
    "    const [, name, op, n] = new URL(request.url).pathname.split('/');\n"
    "    const item = env.ITEMS.get(env.ITEMS.idFromName(name));\n"
    "    return item[op](Number(n)).then((text) => new Response(text),\n"
    "      (error) => new Response(`caught ${error.message}`, { status: 500 }));\n"
    "  },\n"
    "};\n";

struct place stored;
static int port;

static void
take_port(const json_t *ready)
{
    const char *url = json_string_value(
        json_object_get(json_array_get(json_object_get(ready, "sockets"), 0), "address"));

    cr_assert_not_null(url);
    port = atoi(strrchr(url, ':') + 1);
}

void
stored_start(void)
{
    json_t *ready = RUN_JSON(&stored, "start", ".", "--detach", "--port", "0", "--json");

    cr_expect_str_eq(json_string_value(json_object_get(ready, "event")), "ready");
    take_port(ready);
    json_decref(ready);
}

void
stored_start_in_part(const char *words)
{
    struct run run;
    json_t *ready;
    const json_t *storage;
    char *answer;

    cr_assert_eq(RUN(&run, &stored, "start", ".", "--detach", "--port", "0", "--json"), 1,
                 "%d %s", run.status, run.out.data);
    cr_assert_not_null(
        strstr(run.err.data,
               "the Durable Objects of shop-Item cannot be used, all else serves"),
        "%s", run.err.data);
    cr_assert_not_null(strstr(run.err.data, words), "%s", run.err.data);
    cr_assert_not_null((ready = json_loads(run.out.data, 0, NULL)));
    cr_expect_str_eq(json_string_value(json_object_get(ready, "event")), "serving-in-part");
    storage = json_array_get(json_object_get(ready, "storage"), 0);
    cr_expect_not_null(strstr(json_string_value(json_object_get(storage, "reason")), words));
    take_port(ready);
    json_decref(ready);
    run_fini(&run);
    stored_expect("/plain", "plain");
    answer = stored_get("/one/tell");
    cr_expect_not_null(strstr(answer, "caught "), "%s", answer);
    cr_expect_not_null(strstr(answer, words), "%s", answer);
    free(answer);
}

void
stored_stop(void)
{
    struct run run;

    cr_assert_eq(RUN(&run, &stored, "stop"), 0, "%s", run.err.data);
    run_fini(&run);
}

void
stored_setup(void)
{
    place_init(&stored);
    place_write(&stored, "wrangler.jsonc", project);
    place_write(&stored, "index.js", worker);
    stored_start();
}

void
stored_teardown(void)
{
    place_fini(&stored);
}

char *
stored_ask(const char *path)
{
    char *answer = http_get(port, path), *body;

    cr_assert(answer != NULL && strncmp(answer, "HTTP/1.1 200", 12) == 0, "%s: %s", path,
              answer != NULL ? answer : "no answer");
    body = strstr(answer, "\r\n\r\n");
    cr_assert_not_null(body);
    body = wk_xstrdup(body + 4);
    free(answer);
    return body;
}

void
stored_expect(const char *path, const char *body)
{
    char *got = stored_ask(path);

    cr_expect_str_eq(got, body, "%s: %s", path, got);
    free(got);
}

void
expect_failure(int status, const char *words, const char *const *args)
{
    struct run run;

    cr_expect_eq(run_all(&run, &stored, args), status, "%s: %d", args[1], run.status);
    cr_expect_not_null(strstr(run.err.data != NULL ? run.err.data : "", words), "%s",
                       run.err.data);
    run_fini(&run);
}
void
expect_output(const char *words, const char *const *args)
{
    struct run run;

    cr_expect_eq(run_all(&run, &stored, args), 0, "%s", run.err.data);
    cr_expect_not_null(strstr(run.out.data != NULL ? run.out.data : "", words), "%s",
                       run.out.data);
    run_fini(&run);
}

void
stdin_from(const char *text)
{
    char *path;
    int fd;

    place_write(&stored, "stdin", text);
    path = place_path(&stored, "stdin");
    fd = open(path, O_RDONLY | O_CLOEXEC);
    cr_assert(fd >= 0 && dup2(fd, STDIN_FILENO) == 0);
    close(fd);
    free(path);
}

void
damage(const char *name)
{
    char *path = place_path(&stored, name), byte;
    int fd = open(path, O_RDWR | O_CLOEXEC);
    off_t middle;

    cr_assert_geq(fd, 0, "%s", path);
    middle = lseek(fd, 0, SEEK_END) / 2;
    cr_assert_eq(pread(fd, &byte, 1, middle), 1);
    byte ^= 0x55;
    cr_assert_eq(pwrite(fd, &byte, 1, middle), 1);
    close(fd);
    free(path);
}

char *
stored_get(const char *path)
{
    char *answer = http_get(port, path);

    return answer != NULL ? answer : wk_xstrdup("");
}

pid_t
stored_pid(const char *service)
{
    json_t *ps = RUN_JSON(&stored, "ps", "--json"), *each;
    pid_t pid = 0;
    size_t i;

    json_array_foreach(json_object_get(ps, "services"), i, each)
    {
        if (strcmp(json_string_value(json_object_get(each, "name")), service) == 0)
            pid = (pid_t)json_integer_value(json_object_get(each, "pid"));
    }
    json_decref(ps);
    cr_assert_gt(pid, 0, "%s does not run", service);
    return pid;
}
