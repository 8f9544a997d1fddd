/* wkctl do: what an operator sees of Durable Objects, and copies of one. */
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "tests/system/stored.h"

TestSuite(storage_tools, .init = stored_setup, .fini = stored_teardown, .timeout = 120);

/* ---- looking ---- */

Test(storage_tools, ls_tells_namespaces_and_their_objects)
{
    char *id = stored_ask("/one/whoami");
    json_t *all, *objects;
    const json_t *object;

    stored_expect("/one/fill", "filled");
    stored_expect("/two/set", "set");
    all = RUN_JSON(&stored, "do", "ls", "--json");
    cr_assert_eq(json_array_size(all), 1);
    cr_expect_str_eq(json_string_value(json_object_get(json_array_get(all, 0), "namespace")),
                     "shop-Item");
    objects = RUN_JSON(&stored, "do", "ls", "Item", "--json");
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
    char *id = stored_ask("/one/whoami");
    json_t *all, *one;

    stored_expect("/one/fill", "filled");
    all = RUN_JSON(&stored, "do", "get", "Item", id, "--json");
    cr_expect_eq(json_object_size(all), 3);
    cr_expect_str_eq(json_string_value(json_object_get(all, "list")), "[1, \"two\", null]");
    one = RUN_JSON(&stored, "do", "get", "Item", "one", "count", "--name", "--json");
    cr_expect_str_eq(json_string_value(json_object_get(one, "count")), "7");
    json_decref(all);
    json_decref(one);
    EXPECT_OUTPUT("when: Date(1970-01-01T00:00:00.000Z)\n", "do", "get", "Item", id);
    EXPECT_OUTPUT("7\n", "do", "get", "Item", id, "count");
    EXPECT_FAILURE(1, "no such key", "do", "get", "Item", id, "nothing");
    EXPECT_FAILURE(100, "\"xyz\" is no id", "do", "get", "Item", "xyz");
    free(id);
}

Test(storage_tools, sql_asks_a_copy)
{
    char *id = stored_ask("/one/whoami");
    json_t *rows;

    stored_expect("/one/fill", "filled");
    stored_expect("/two/set", "set");
    rows = RUN_JSON(&stored, "do", "sql", "Item", id, "SELECT n, s FROM t WHERE n > 297",
                    "--json");
    cr_assert_eq(json_array_size(rows), 2);
    cr_expect_eq(json_integer_value(json_object_get(json_array_get(rows, 1), "n")), 299);
    json_decref(rows);
    EXPECT_OUTPUT("row 42", "do", "sql", "Item", id, "SELECT s FROM t WHERE n = 42");
    EXPECT_FAILURE(1, "no such table: missing", "do", "sql", "Item", id,
                   "SELECT * FROM missing");
    EXPECT_FAILURE(1, "readonly", "do", "sql", "Item", id, "DELETE FROM t");
    EXPECT_FAILURE(1, "has no SQL database", "do", "sql", "Item", "two", "SELECT 1", "--name");
    stored_expect("/one/tell", FILLED);
    free(id);
}

Test(storage_tools, alarms_tells_what_is_due)
{
    char *id = stored_ask("/one/whoami");
    json_t *alarms;
    const json_t *alarm;

    stored_expect("/one/fill", "filled");
    alarms = RUN_JSON(&stored, "do", "alarms", "Item", "--json");
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

    place_write(&stored, "config.capnp", config);
    cr_assert_eq(RUN(&run, &stored, "start", "config.capnp", "--detach", "--state", "memory"),
                 0, "%s", run.err.data);
    run_fini(&run);
    all = RUN_JSON(&stored, "do", "ls", "--json", "--state", "memory");
    cr_expect_eq(json_array_size(all), 0);
    json_decref(all);
    EXPECT_FAILURE(100, "there is no namespace \"Item\" here; there is: none", "do", "ls",
                   "Item", "--state", "memory");
    cr_expect_eq(RUN(&run, &stored, "stop", "--state", "memory"), 0);
    run_fini(&run);
}

Test(storage_tools, inspect_tells_the_counters)
{
    stored_expect("/one/fill", "filled");
    EXPECT_OUTPUT("1 live; since the start: 1 placed", "inspect", "actor-storage");
    EXPECT_OUTPUT("alarms       1 in memory", "inspect", "actor-storage");
}

/* ---- copies of one ---- */

Test(storage_tools, a_dump_restores_an_object)
{
    struct run dump, run;

    stored_expect("/one/fill", "filled");
    cr_assert_eq(RUN(&dump, &stored, "do", "dump", "Item", "one", "--name"), 0);
    stored_expect("/one/set", "set");
    stdin_from(dump.out.data);
    cr_expect_eq(RUN(&run, &stored, "do", "restore", "Item", "one", "--name"), 0, "%s",
                 run.err.data);
    run_fini(&run);
    stored_expect("/one/tell", FILLED);
    stdin_from(dump.out.data);
    cr_expect_eq(RUN(&run, &stored, "do", "restore", "Item", "other", "--name"), 0);
    run_fini(&run);
    stored_expect("/other/tell", FILLED);
    run_fini(&dump);
}

Test(storage_tools, a_large_object_goes_out_and_in)
{
    struct run dump, run;

    stored_expect("/one/many", "many");
    cr_assert_eq(RUN(&dump, &stored, "do", "dump", "Item", "one", "--name"), 0);
    cr_expect_gt(dump.out.len, 2600000);
    stdin_from(dump.out.data);
    cr_expect_eq(RUN(&run, &stored, "do", "restore", "Item", "other", "--name"), 0, "%s",
                 run.err.data);
    run_fini(&run);
    cr_assert_eq(RUN(&run, &stored, "do", "dump", "Item", "other", "--name"), 0);
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
        "{\"durableObject\":3}\n",
        "{\"durableObject\":2}\n{\"key\":\"YQ==\"}\n",
        "{\"durableObject\":2}\n{\"key\":\"YQ==\",\"value\":\"/w9JAg=\"}\n",
        "{\"durableObject\":2}\n{\"page\":0,\"data\":\"AAAA\"}\n",
        "{\"durableObject\":2}\n{\"alarm\":-1}\n",
        "{\"durableObject\":2}\n{\"key\":\"YQ==\",\"value\":\"/"
        "w9JAg==\"}\n{\"durableObject\":2}\n",
    };

    stored_expect("/one/fill", "filled");
    for (size_t i = 0; i < WK_COUNT(bad); i++) {
        stdin_from(bad[i]);
        EXPECT_FAILURE(100, "standard input", "do", "restore", "Item", "one", "--name");
    }
    stored_expect("/one/tell", FILLED);
}

/* ---- facets ---- */

Test(storage_tools, a_facet_is_looked_at_like_an_object)
{
    json_t *facets;

    stored_expect("/one/deep/5", "deep");
    facets = RUN_JSON(&stored, "do", "ls", "Item", "one", "--name", "--json");
    cr_assert_eq(json_array_size(facets), 5);
    cr_expect(json_is_null(json_object_get(json_array_get(facets, 0), "facet")));
    cr_expect_str_eq(json_string_value(json_object_get(json_array_get(facets, 3), "facet")),
                     "a/b/c");
    json_decref(facets);
    facets = RUN_JSON(&stored, "do", "ls", "Item", "one", "--name", "--json", "--facet", "a/b");
    cr_assert_eq(json_array_size(facets), 2);
    cr_expect_str_eq(json_string_value(json_object_get(json_array_get(facets, 0), "facet")),
                     "a/b");
    json_decref(facets);
    EXPECT_OUTPUT("own: 5\n", "do", "get", "Item", "one", "--name", "--facet", "a/b");
    EXPECT_OUTPUT("5\n", "do", "get", "Item", "one", "own", "--name", "--facet", "x%y");
    EXPECT_OUTPUT("5\n", "do", "get", "Item", "one", "own", "--name", "--facet", "x%25y");
    EXPECT_OUTPUT("5", "do", "sql", "Item", "one", "SELECT n FROM p", "--name", "--facet",
                  "a/b/c");
    EXPECT_FAILURE(1, "has no SQL database", "do", "sql", "Item", "one", "SELECT 1", "--name");
    EXPECT_FAILURE(1, "no such facet", "do", "get", "Item", "one", "--name", "--facet", "b");
    EXPECT_FAILURE(100, "at most 3 names", "do", "get", "Item", "one", "--name", "--facet",
                   "a/b/c/d");
    EXPECT_FAILURE(100, "facets have none", "do", "alarms", "Item", "--facet", "a");
    EXPECT_FAILURE(100, "whole object", "do", "dump", "Item", "one", "--name", "--facet", "a");
    EXPECT_FAILURE(100, "needs the object", "do", "ls", "Item", "--facet", "a");
}

Test(storage_tools, a_dump_has_the_facets_and_replaces_those_that_are_there)
{
    struct run dump, run;

    stored_expect("/one/deep/5", "deep");
    stored_expect("/two/deep/6", "deep");
    cr_assert_eq(RUN(&dump, &stored, "do", "dump", "Item", "one", "--name"), 0);
    stdin_from(dump.out.data);
    cr_assert_eq(RUN(&run, &stored, "do", "restore", "Item", "two", "--name"), 0, "%s",
                 run.err.data);
    run_fini(&run);
    stored_expect("/two/all", DEEP("5"));
    cr_assert_eq(RUN(&run, &stored, "do", "dump", "Item", "two", "--name"), 0);
    cr_expect_str_eq(strchr(run.out.data, '\n'), strchr(dump.out.data, '\n'));
    run_fini(&run);
    run_fini(&dump);
    stored_expect("/one/drop", "dropped");
    cr_assert_eq(RUN(&dump, &stored, "do", "dump", "Item", "one", "--name"), 0);
    stdin_from(dump.out.data);
    cr_assert_eq(RUN(&run, &stored, "do", "restore", "Item", "two", "--name"), 0);
    run_fini(&run);
    run_fini(&dump);
    stored_expect("/two/all", "5 4000000000000 | a none | a/b none | a/b/c none | x%y 5");
    stored_stop();
    stored_start();
    stored_expect("/two/all", "5 4000000000000 | a none | a/b none | a/b/c none | x%y 5");
}

/* ---- half of one ---- */

/* A dump of some megabytes; the caller frees. */
static char *
long_dump(void)
{
    struct run dump;
    char *text;

    stored_expect("/one/many", "many");
    cr_assert_eq(RUN(&dump, &stored, "do", "dump", "Item", "one", "--name"), 0);
    text = wk_xstrdup(dump.out.data);
    run_fini(&dump);
    return text;
}

/* A restore of "two" that has taken in most of the dump, and waits for the rest of it; gives
 * the end of the pipe that it reads from. */
static int
restore_half(struct run *run, const char *dump)
{
    size_t len = strlen(dump), at = 0, half = len - 100000;
    int fds[2], saved = dup(STDIN_FILENO);

    cr_assert(pipe2(fds, O_CLOEXEC) == 0 && dup2(fds[0], STDIN_FILENO) == 0);
    close(fds[0]);
    RUN_START(run, &stored, "do", "restore", "Item", "two", "--name");
    dup2(saved, STDIN_FILENO);
    close(saved);
    while (at < half) { /* the pipe holds 64 KiB, so the pieces before were answered */
        ssize_t put = write(fds[1], dump + at, half - at);

        cr_assert_gt(put, 0);
        at += (size_t)put;
    }
    return fds[1];
}

Test(storage_tools, a_dump_that_was_cut_off_changes_nothing)
{
    char *dump = long_dump();

    stored_expect("/two/fill", "filled");
    *strstr(dump, "{\"end\"") = '\0';
    stdin_from(dump);
    EXPECT_FAILURE(100, "was cut off here", "do", "restore", "Item", "two", "--name");
    stored_expect("/two/tell", FILLED);
    free(dump);
}

Test(storage_tools, a_restore_that_is_killed_changes_nothing)
{
    char *dump = long_dump();
    struct run run;
    int fd;

    stored_expect("/two/fill", "filled");
    fd = restore_half(&run, dump);
    kill(run.pid, SIGKILL);
    run_end(&run);
    run_fini(&run);
    close(fd);
    stored_expect("/two/tell", FILLED);
    stdin_from(dump);
    cr_expect_eq(RUN(&run, &stored, "do", "restore", "Item", "two", "--name"), 0, "%s",
                 run.err.data);
    run_fini(&run);
    fd = restore_half(&run, dump);
    kill(run.pid, SIGINT);
    run_end(&run);
    cr_expect_eq(run.status, 1);
    cr_expect_not_null(strstr(run.err.data, "interrupted; nothing was changed"), "%s",
                       run.err.data);
    run_fini(&run);
    close(fd);
    free(dump);
}

Test(storage_tools, a_storage_that_dies_below_a_restore_has_the_old_object)
{
    char *dump = long_dump();
    struct run run;
    int fd;

    stored_expect("/two/deep/5", "deep");
    fd = restore_half(&run, dump);
    cr_assert_eq(kill(stored_pid("actor-storage"), SIGKILL), 0);
    cr_assert_gt(write(fd, dump + strlen(dump) - 100000, 100000), 0);
    close(fd);
    run_end(&run);
    cr_expect_eq(run.status, 111);
    cr_expect_not_null(strstr(run.err.data, "storage service ended"), "%s", run.err.data);
    run_fini(&run);
    stored_expect("/two/all", DEEP("5"));
    free(dump);
}

/* ---- an operator's mistakes ---- */

Test(storage_tools, an_id_may_be_shortened_as_far_as_it_is_one)
{
    char *id = stored_ask("/one/whoami"), *beginning = wk_xstrndup(id, 12);

    stored_expect("/one/fill", "filled");
    EXPECT_OUTPUT("7\n", "do", "get", "Item", beginning, "count");
    EXPECT_FAILURE(100, "begins with \"0000000\"", "do", "get", "Item", "0000000");
    EXPECT_FAILURE(100, "is no id", "do", "restore", "Item", beginning);
    id[0] = id[0] == '0' ? '1' : '0';
    EXPECT_FAILURE(100, "it was made for another one", "do", "get", "Item", id);
    free(beginning);
    free(id);
}

Test(storage_tools, what_is_not_there_is_said_with_what_is)
{
    EXPECT_FAILURE(100, "there is: shop-Item", "do", "get", "Nothing", "one", "--name");
    EXPECT_FAILURE(1, "nothing is stored of this object", "do", "get", "Item", "nobody",
                   "--name");
    EXPECT_FAILURE(1, "nothing is stored of this object", "do", "dump", "Item", "nobody",
                   "--name");
    EXPECT_FAILURE(100, "dump takes a namespace and an id", "do", "dump", "Item");
    EXPECT_FAILURE(100, "say what", "do", "look", "Item");
    stored_stop();
    EXPECT_FAILURE(3, "nothing runs on", "do", "ls");
    EXPECT_FAILURE(3, "nothing runs on", "do", "get", "Item", "one", "--name");
    EXPECT_FAILURE(3, "nothing runs on", "backup", "copy");
    EXPECT_FAILURE(3, "nothing runs on", "import", ".");
}
