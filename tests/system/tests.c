/* wkctl test: one line a handler, a summary, and the exit code. */
#include <dirent.h>
#include <stdlib.h>
#include <string.h>
#include "tests/system/system.h"

static const char config[] = "using Workerd = import \"/workerd/workerd.capnp\";\n"
                             "const config :Workerd.Config = (services = [\n"
                             "  (name = \"alpha\", worker = (modules = [(name = \"alpha.js\", "
                             "esModule = embed \"alpha.js\")],\n"
                             "    compatibilityDate = \"2024-01-01\")),\n"
                             "  (name = \"beta\", worker = (modules = [(name = \"beta.js\", "
                             "esModule = embed \"beta.js\")],\n"
                             "    compatibilityDate = \"2024-01-01\"))]);\n";

static struct place place;

static void
setup(void)
{
    place_init(&place);
    place_write(&place, "config.capnp", config);
    place_write(&place, "alpha.js",
                "export default { async test() {} };\nexport const other = { test() {} };\n");
    place_write(&place, "beta.js", "export default { async fetch() {} };\n");
}

static void
teardown(void)
{
    place_fini(&place);
}

TestSuite(tests, .init = setup, .fini = teardown, .timeout = 60);

Test(tests, handlers_that_pass)
{
    struct run run;

    cr_expect_eq(RUN(&run, &place, "test", "config.capnp"), 0, "%s%s", run.out.data,
                 run.err.data);
    cr_expect_not_null(strstr(run.out.data, "[ PASS ] alpha ("), "%s", run.out.data);
    cr_expect_not_null(strstr(run.out.data, "[ PASS ] alpha:other ("), "%s", run.out.data);
    cr_expect_not_null(strstr(run.out.data, "\n2 passed, 0 failed\n"), "%s", run.out.data);
    run_fini(&run);
}

Test(tests, a_handler_that_fails_is_named_with_its_error)
{
    struct run run;

    place_write(&place, "beta.js",
                "export default { async test() { throw new Error('boom'); } };\n");
    cr_expect_eq(RUN(&run, &place, "test", "config.capnp"), 1);
    cr_expect_not_null(strstr(run.out.data, "[ FAIL ] beta ("), "%s", run.out.data);
    cr_expect_not_null(strstr(run.out.data, "Error: boom"), "%s", run.out.data);
    cr_expect_not_null(strstr(run.out.data, "\n2 passed, 1 failed\n"), "%s", run.out.data);
    run_fini(&run);
}

Test(tests, a_filter_chooses)
{
    struct run run;

    cr_expect_eq(RUN(&run, &place, "test", "config.capnp", "alpha:o*"), 0);
    cr_expect_null(strstr(run.out.data, "[ PASS ] alpha ("), "%s", run.out.data);
    cr_expect_not_null(strstr(run.out.data, "1 passed, 0 failed"), "%s", run.out.data);
    run_fini(&run);
    cr_expect_eq(RUN(&run, &place, "test", "config.capnp", "config:alpha:default"), 0, "%s",
                 run.err.data);
    cr_expect_not_null(strstr(run.out.data, "1 passed, 0 failed"), "%s", run.out.data);
    run_fini(&run);
    cr_expect_eq(RUN(&run, &place, "test", "config.capnp", "gamma"), 1);
    cr_expect_not_null(strstr(run.out.data, "No tests found!"), "%s", run.out.data);
    run_fini(&run);
}

Test(tests, the_peer_s_flags_are_taken)
{
    struct run run;

    cr_expect_eq(RUN(&run, &place, "test", "--experimental", "--no-verbose", "--predictable",
                     "--verbose", "--gc-stress", "--all-autogates", "-i", "127.0.0.1:0",
                     "--directory-path", "TEST_TMPDIR=.", "config.capnp", "alpha"),
                 0, "%s", run.err.data);
    run_fini(&run);
    cr_expect_eq(RUN(&run, &place, "test", "config.capnp", "alpha", "beta"), 100);
    run_fini(&run);
}

Test(tests, results_as_json)
{
    struct run run;
    json_t *first;

    cr_expect_eq(RUN(&run, &place, "test", "--json", "config.capnp"), 0);
    first = json_loads(run.out.data, JSON_DISABLE_EOF_CHECK, NULL);
    cr_assert_not_null(first, "%s", run.out.data);
    cr_expect_str_eq(json_string_value(json_object_get(first, "name")), "alpha");
    cr_expect(json_is_true(json_object_get(first, "passed")));
    cr_expect_not_null(strstr(run.out.data, "\n{\"passed\":2,\"failed\":0}\n"), "%s",
                       run.out.data);
    json_decref(first);
    run_fini(&run);
}

Test(tests, code_with_errors_is_not_a_failed_test)
{
    struct run run;

    place_write(&place, "beta.js", "export default {\n  test( {}\n};\n");
    cr_expect_eq(RUN(&run, &place, "test", "config.capnp"), 100, "%s", run.err.data);
    cr_expect_not_null(strstr(run.err.data, "beta.js:3:1: error: "), "%s", run.err.data);
    run_fini(&run);
}

Test(tests, the_temporary_state_is_removed)
{
    struct dirent *entry;
    struct run run;
    DIR *dir;

    cr_expect_eq(RUN(&run, &place, "test", "config.capnp"), 0);
    run_fini(&run);
    dir = opendir(place.dir); /* TMPDIR of the run */
    while ((entry = readdir(dir)) != NULL)
        cr_expect_neq(strncmp(entry->d_name, "wk-test-", 8), 0, "%s lingers", entry->d_name);
    closedir(dir);
}
