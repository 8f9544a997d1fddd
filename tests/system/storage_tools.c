/* wkctl do, backup, restore, repair: what an operator sees of Durable Objects, and does with
 * them. */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "tests/system/system.h"

#define MAKE_TABLE "CREATE TABLE IF NOT EXISTS t (n INTEGER, s TEXT)"

static const char project[] =
    "{ \"name\": \"shop\", \"main\": \"index.js\", \"compatibility_date\": \"2026-11-01\",\n"
    "  \"durable_objects\": { \"bindings\": [{ \"name\": \"ITEMS\", \"class_name\": \"Item\" "
    "}] },\n"
    "  \"migrations\": [{ \"tag\": \"v1\", \"new_sqlite_classes\": [\"Item\"] }] }\n";
static const char worker[] =
    "import { DurableObject } from 'cloudflare:workers';\n"
    "export class Item extends DurableObject {\n"
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
    "  async alarm() {}\n"
    "  async set() { await this.ctx.storage.put('count', 8); return 'set'; }\n"
    "  async many() {\n"
    "    for (let i = 0; i < 40; i++) await this.ctx.storage.put('k' + i, 'x'.repeat(50000));\n"
    "    return 'many';\n"
    "  }\n"
    "}\n"
    "export default {\n"
    "  async fetch(request, env) {\n"
    "    const [, name, op] = new URL(request.url).pathname.split('/');\n"
    "    return new Response(await env.ITEMS.get(env.ITEMS.idFromName(name))[op]());\n"
    "  },\n"
    "};\n";

static struct place place;
static int port;

static void
start(void)
{
    json_t *ready = RUN_JSON(&place, "start", ".", "--detach", "--port", "0", "--json");
    const char *url = json_string_value(
        json_object_get(json_array_get(json_object_get(ready, "sockets"), 0), "address"));

    cr_assert_not_null(url);
    port = atoi(strrchr(url, ':') + 1);
    json_decref(ready);
}

static void
stop(void)
{
    struct run run;

    cr_assert_eq(RUN(&run, &place, "stop"), 0, "%s", run.err.data);
    run_fini(&run);
}

static void
setup(void)
{
    place_init(&place);
    place_write(&place, "wrangler.jsonc", project);
    place_write(&place, "index.js", worker);
    start();
}

static void
teardown(void)
{
    place_fini(&place);
}

TestSuite(storage_tools, .init = setup, .fini = teardown, .timeout = 120);

/* The body of what an object answers; the caller frees. */
static char *
ask(const char *path)
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

static void
expect(const char *path, const char *body)
{
    char *got = ask(path);

    cr_expect_str_eq(got, body, "%s: %s", path, got);
    free(got);
}

#define FILLED "count,list,when 300 4000000000000 7"

/* Runs a command that fails, and looks for its words. */
static void
expect_failure(int status, const char *words, const char *const *args)
{
    struct run run;

    cr_expect_eq(run_all(&run, &place, args), status, "%s: %d", args[1], run.status);
    cr_expect_not_null(strstr(run.err.data != NULL ? run.err.data : "", words), "%s",
                       run.err.data);
    run_fini(&run);
}
#define EXPECT_FAILURE(status, words, ...)                                                     \
    expect_failure(status, words, (const char *const[]){__VA_ARGS__, NULL})

static void
expect_output(const char *words, const char *const *args)
{
    struct run run;

    cr_expect_eq(run_all(&run, &place, args), 0, "%s", run.err.data);
    cr_expect_not_null(strstr(run.out.data != NULL ? run.out.data : "", words), "%s",
                       run.out.data);
    run_fini(&run);
}
#define EXPECT_OUTPUT(words, ...) expect_output(words, (const char *const[]){__VA_ARGS__, NULL})

/* ---- looking ---- */

Test(storage_tools, ls_tells_namespaces_and_their_objects)
{
    char *id = ask("/one/whoami");
    json_t *all, *objects;
    const json_t *object;

    expect("/one/fill", "filled");
    expect("/two/set", "set");
    all = RUN_JSON(&place, "do", "ls", "--json");
    cr_assert_eq(json_array_size(all), 1);
    cr_expect_str_eq(json_string_value(json_object_get(json_array_get(all, 0), "namespace")),
                     "shop-Item");
    objects = RUN_JSON(&place, "do", "ls", "Item", "--json");
    cr_assert_eq(json_array_size(objects), 2);
    object = json_array_get(objects, 0);
    if (strcmp(json_string_value(json_object_get(object, "id")), id) != 0)
        object = json_array_get(objects, 1);
    cr_expect_str_eq(json_string_value(json_object_get(object, "id")), id);
    cr_expect_eq(json_integer_value(json_object_get(object, "entries")), 3);
    cr_expect_gt(json_integer_value(json_object_get(object, "bytes")), 4096);
    cr_expect(json_is_true(json_object_get(object, "live")));
    json_decref(all);
    json_decref(objects);
    EXPECT_OUTPUT("NAMESPACE", "do", "ls");
    EXPECT_OUTPUT(id, "do", "ls", "shop-Item");
    EXPECT_FAILURE(100, "there is no namespace \"Nothing\" here; there is: shop-Item", "do",
                   "ls", "Nothing");
    free(id);
}

Test(storage_tools, get_tells_values)
{
    char *id = ask("/one/whoami");
    json_t *all, *one;

    expect("/one/fill", "filled");
    all = RUN_JSON(&place, "do", "get", "Item", id, "--json");
    cr_expect_eq(json_object_size(all), 3);
    cr_expect_str_eq(json_string_value(json_object_get(all, "list")), "[1, \"two\", null]");
    one = RUN_JSON(&place, "do", "get", "Item", "one", "count", "--name", "--json");
    cr_expect_str_eq(json_string_value(json_object_get(one, "count")), "7");
    json_decref(all);
    json_decref(one);
    EXPECT_OUTPUT("when: Date(1970-01-01T00:00:00.000Z)\n", "do", "get", "Item", id);
    EXPECT_OUTPUT("7\n", "do", "get", "Item", id, "count");
    EXPECT_FAILURE(1, "no such key", "do", "get", "Item", id, "nothing");
    EXPECT_FAILURE(100, "\"123\" is no id", "do", "get", "Item", "123");
    free(id);
}

Test(storage_tools, sql_asks_a_copy)
{
    char *id = ask("/one/whoami");
    json_t *rows;

    expect("/one/fill", "filled");
    expect("/two/set", "set");
    rows =
        RUN_JSON(&place, "do", "sql", "Item", id, "SELECT n, s FROM t WHERE n > 297", "--json");
    cr_assert_eq(json_array_size(rows), 2);
    cr_expect_eq(json_integer_value(json_object_get(json_array_get(rows, 1), "n")), 299);
    json_decref(rows);
    EXPECT_OUTPUT("row 42", "do", "sql", "Item", id, "SELECT s FROM t WHERE n = 42");
    EXPECT_FAILURE(1, "no such table: missing", "do", "sql", "Item", id,
                   "SELECT * FROM missing");
    EXPECT_FAILURE(1, "readonly", "do", "sql", "Item", id, "DELETE FROM t");
    EXPECT_FAILURE(1, "has no SQL database", "do", "sql", "Item", "two", "SELECT 1", "--name");
    expect("/one/tell", FILLED);
    free(id);
}

Test(storage_tools, alarms_tells_what_is_due)
{
    char *id = ask("/one/whoami");
    json_t *alarms;
    const json_t *alarm;

    expect("/one/fill", "filled");
    alarms = RUN_JSON(&place, "do", "alarms", "Item", "--json");
    cr_assert_eq(json_array_size(alarms), 1);
    alarm = json_array_get(alarms, 0);
    cr_expect_str_eq(json_string_value(json_object_get(alarm, "id")), id);
    cr_expect_str_eq(json_string_value(json_object_get(alarm, "name")), "one");
    cr_expect_eq(json_integer_value(json_object_get(alarm, "at")), 4000000000000);
    json_decref(alarms);
    EXPECT_OUTPUT("2096-10-02 07:06:40 UTC", "do", "alarms");
    free(id);
}

Test(storage_tools, objects_in_memory_are_not_shown)
{
    static const char config[] =
        "using Workerd = import \"/workerd/workerd.capnp\";\n"
        "const config :Workerd.Config = (services = [(name = \"main\", worker = (\n"
        "  modules = [(name = \"worker\", esModule = embed \"index.js\")],\n"
        "  durableObjectNamespaces = [(className = \"Item\", uniqueKey = \"memory\")],\n"
        "  durableObjectStorage = (inMemory = void), compatibilityDate = \"2026-11-01\"))]);\n";
    struct run run;
    json_t *all;

    place_write(&place, "config.capnp", config);
    cr_assert_eq(RUN(&run, &place, "start", "config.capnp", "--detach", "--state", "memory"), 0,
                 "%s", run.err.data);
    run_fini(&run);
    all = RUN_JSON(&place, "do", "ls", "--json", "--state", "memory");
    cr_expect_eq(json_array_size(all), 0);
    json_decref(all);
    EXPECT_FAILURE(100, "there is no namespace \"Item\" here; there is: none", "do", "ls",
                   "Item", "--state", "memory");
    cr_expect_eq(RUN(&run, &place, "stop", "--state", "memory"), 0);
    run_fini(&run);
}

Test(storage_tools, inspect_tells_the_counters)
{
    expect("/one/fill", "filled");
    EXPECT_OUTPUT("1 live; since the start: 1 placed", "inspect", "actor-storage");
    EXPECT_OUTPUT("alarms       1 pending", "inspect", "actor-storage");
}

/* ---- copies of one ---- */

/* The dump in a file, to be read from standard input. */
static void
stdin_from(const char *text)
{
    char *path;
    int fd;

    place_write(&place, "stdin", text);
    path = place_path(&place, "stdin");
    fd = open(path, O_RDONLY | O_CLOEXEC);
    cr_assert(fd >= 0 && dup2(fd, STDIN_FILENO) == 0);
    close(fd);
    free(path);
}

Test(storage_tools, a_dump_restores_an_object)
{
    struct run dump, run;

    expect("/one/fill", "filled");
    cr_assert_eq(RUN(&dump, &place, "do", "dump", "Item", "one", "--name"), 0);
    expect("/one/set", "set");
    stdin_from(dump.out.data);
    cr_expect_eq(RUN(&run, &place, "do", "restore", "Item", "one", "--name"), 0, "%s",
                 run.err.data);
    run_fini(&run);
    expect("/one/tell", FILLED);
    stdin_from(dump.out.data);
    cr_expect_eq(RUN(&run, &place, "do", "restore", "Item", "other", "--name"), 0);
    run_fini(&run);
    expect("/other/tell", FILLED);
    run_fini(&dump);
}

Test(storage_tools, a_large_object_goes_out_and_in)
{
    struct run dump, run;

    expect("/one/many", "many");
    cr_assert_eq(RUN(&dump, &place, "do", "dump", "Item", "one", "--name"), 0);
    cr_expect_gt(dump.out.len, 2600000);
    stdin_from(dump.out.data);
    cr_expect_eq(RUN(&run, &place, "do", "restore", "Item", "other", "--name"), 0, "%s",
                 run.err.data);
    run_fini(&run);
    cr_assert_eq(RUN(&run, &place, "do", "dump", "Item", "other", "--name"), 0);
    cr_expect_str_eq(strchr(run.out.data, '\n'), strchr(dump.out.data, '\n'));
    run_fini(&run);
    run_fini(&dump);
}

Test(storage_tools, what_is_no_dump_changes_nothing)
{
    static const char *const bad[] = {
        "",
        "hello\n",
        "{\"key\":\"YQ==\",\"value\":\"/w9JAg==\"}\n",
        "{\"durableObject\":2}\n",
        "{\"durableObject\":1}\n{\"key\":\"YQ==\"}\n",
        "{\"durableObject\":1}\n{\"key\":\"YQ==\",\"value\":\"/w9JAg=\"}\n",
        "{\"durableObject\":1}\n{\"page\":0,\"data\":\"AAAA\"}\n",
        "{\"durableObject\":1}\n{\"alarm\":-1}\n",
        "{\"durableObject\":1}\n{\"key\":\"YQ==\",\"value\":\"/"
        "w9JAg==\"}\n{\"durableObject\":1}\n",
    };

    expect("/one/fill", "filled");
    for (size_t i = 0; i < WK_COUNT(bad); i++) {
        stdin_from(bad[i]);
        EXPECT_FAILURE(100, "standard input", "do", "restore", "Item", "one", "--name");
    }
    expect("/one/tell", FILLED);
}

/* ---- copies of all ---- */

Test(storage_tools, a_backup_is_restored_in_place_and_elsewhere)
{
    char *persist = place_path(&place, "elsewhere");
    json_t *told;

    expect("/one/fill", "filled");
    told = RUN_JSON(&place, "backup", "copy", "--json");
    cr_expect_str_eq(json_string_value(json_array_get(json_object_get(told, "services"), 0)),
                     "actor-storage");
    json_decref(told);
    expect("/one/set", "set");
    EXPECT_FAILURE(100, "is there already", "backup", "copy");
    EXPECT_FAILURE(111, "is in use", "restore", "copy");
    stop();
    told = RUN_JSON(&place, "restore", "copy", "--json");
    cr_expect_eq(json_array_size(json_object_get(told, "restored")), 1);
    cr_expect_eq(json_array_size(json_object_get(told, "kept")), 1);
    json_decref(told);
    start();
    expect("/one/tell", FILLED);
    EXPECT_OUTPUT("restored ", "restore", "copy", "--persist-to", persist);
    EXPECT_FAILURE(100, "has nothing of nobody", "restore", "copy", "--persist-to", persist,
                   "--service", "nobody");
    EXPECT_FAILURE(100, "is no whole backup", "restore", ".");
    free(persist);
}

/* Turns a byte in the middle of a file that matters. */
static void
damage(const char *name)
{
    char *path = place_path(&place, name), byte;
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

Test(storage_tools, a_damaged_backup_is_refused)
{
    struct run run;

    expect("/one/fill", "filled");
    cr_assert_eq(RUN(&run, &place, "backup", "copy"), 0, "%s", run.err.data);
    run_fini(&run);
    stop();
    damage("copy/actor-storage/tables/CURRENT");
    EXPECT_FAILURE(100, "cannot be used; nothing was changed", "restore", "copy");
    start();
    expect("/one/tell", FILLED);
}

Test(storage_tools, a_damaged_database_is_refused_with_the_command_that_repairs_it)
{
    struct run run;

    expect("/one/fill", "filled");
    EXPECT_FAILURE(111, "another process has this storage open", "repair", ".wk/state/actors");
    stop();
    damage(".wk/state/actors/watermark");
    cr_assert_eq(RUN(&run, &place, "repair", ".wk/state/actors"), 0, "%s", run.err.data);
    cr_expect_not_null(strstr(run.out.data, "repaired; it can be opened"), "%s", run.out.data);
    run_fini(&run);
    start();
    expect("/one/tell", FILLED);
    EXPECT_FAILURE(100, "no-such", "repair", "no-such");
}
