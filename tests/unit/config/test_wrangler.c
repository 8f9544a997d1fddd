#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>
#include "runtime/compat/compat.h"
#include "tests/unit/config/fixture.h"

static struct config_fixture f;

static void
setup(void)
{
    config_fixture_init(&f);
    config_fixture_file(&f, "src/index.ts", "export default {}");
}

static void
teardown(void)
{
    config_fixture_fini(&f);
}

TestSuite(wrangler, .init = setup, .fini = teardown);

#define BASE                                                                                   \
    "\"name\": \"hello\", \"main\": \"src/index.ts\", \"compatibility_date\": \"2024-01-21\""

static wk_err
load(const char *more)
{
    char *text = wk_xasprintf("{ " BASE "%s%s\n}", more[0] != '\0' ? ",\n" : "", more);

    config_fixture_file(&f, "wrangler.jsonc", text);
    free(text);
    return config_fixture_load(&f, "@", NULL);
}

static wk_err
load_env(const char *more, const char *env)
{
    load(more);
    return config_fixture_load(&f, "@", "--env", env, NULL);
}

static const char *
text_of(const char *name)
{
    Wk__Binding *b = config_fixture_binding(&f, "hello", name);

    return b == NULL                                ? "(none)"
           : b->kind_case == WK__BINDING__KIND_TEXT ? b->text
           : b->kind_case == WK__BINDING__KIND_JSON ? b->json
                                                    : "(other)";
}

Test(wrangler, makes_a_worker_with_a_socket)
{
    cr_assert_eq(load(""), WK_OK);
    Wk__Worker *w = config_fixture_worker(&f, "hello");
    cr_expect_str_eq(w->project->root, f.dir);
    cr_expect_str_eq(w->project->main, "src/index.ts");
    cr_expect_eq(w->project->n_rules, 3);
    cr_expect_str_eq(w->compatibility_date, "2024-01-21");
    cr_expect_eq(f.config->n_sockets, 1);
    cr_expect_str_eq(f.config->sockets[0]->name, "http");
    cr_expect_str_eq(f.config->sockets[0]->address, "127.0.0.1:8787");
    cr_expect_str_eq(f.config->sockets[0]->service->service, "hello");
    cr_expect_eq(f.diags.warnings, 0);
}

Test(wrangler, reads_json_and_toml_alike)
{
    config_fixture_file(
        &f, "wrangler.toml",
        "name = \"hello\"\nmain = \"src/index.ts\"\ncompatibility_date = 2024-01-21\n"
        "[vars]\nA = \"x\"\nB = [1, 2.5, { c = true }]\n");
    cr_assert_eq(config_fixture_load(&f, "@", NULL), WK_OK);
    cr_expect_str_eq(text_of("A"), "x");
    cr_expect_str_eq(text_of("B"), "[1,2.5,{\"c\":true}]");
    config_fixture_file(&f, "wrangler.json", "{ " BASE ", \"vars\": { \"A\": \"y\" } }");
    cr_assert_eq(config_fixture_load(&f, "@", NULL), WK_OK);
    cr_expect_str_eq(text_of("A"), "y");
    cr_expect(config_fixture_says(&f, "there is also a wrangler.toml; it is not read"));
    cr_assert_eq(config_fixture_load(&f, "@wrangler.toml", NULL), WK_OK);
    cr_expect_str_eq(text_of("A"), "x");
}

Test(wrangler, names_unknown_keys_with_their_place)
{
    cr_expect_eq(load("\"compatability_date\": \"x\",\n  \"zzz\": 1, \"env\": { \"s\": { "
                      "\"var\": {}, \"alias\": {} } }"),
                 WK_EINVAL);
    cr_expect(config_fixture_says(
        &f, "wrangler.jsonc:2:1: error: unknown key \"compatability_date\"; did you mean "
            "\"compatibility_date\"?"));
    cr_expect(config_fixture_says(
        &f, "wrangler.jsonc:3:3: error: unknown key \"zzz\"; supported are: name, main,"));
    cr_expect(config_fixture_says(
        &f, "wrangler.jsonc:3:29: error: unknown key \"var\"; did you mean \"vars\"?"));
    cr_expect(config_fixture_says(
        &f, "error: \"alias\" belongs at the top level, not into an environment"));
    cr_expect_str_eq(f.diags.items[2].key, "env.s.var");
    cr_expect_eq(f.diags.errors, 4);
}

Test(wrangler, passes_over_what_is_about_deploying)
{
    cr_expect_eq(load("\"$schema\": \"x\", \"account_id\": \"1\", \"routes\": [\"a\"], "
                      "\"workers_dev\": true, \"observability\": {\"enabled\": true},"
                      "\"minify\": true, \"placement\": {\"mode\": \"smart\"}, \"logpush\": "
                      "false, \"send_metrics\": false"),
                 WK_OK);
    cr_expect_eq(f.diags.warnings, 0);
    cr_expect_eq(load("\"build\": {\"command\": \"make\"}, \"no_bundle\": false"), WK_OK);
    cr_expect(config_fixture_says(&f, "warning: \"build\" has no effect"));
    cr_expect_eq(f.diags.warnings, 1);
    cr_expect_eq(load("\"site\": {\"bucket\": \"x\"}"), WK_EINVAL);
    cr_expect(config_fixture_says(
        &f, "wrangler.jsonc:2:1: error: \"site\" is not supported: Workers Sites"));
}

Test(wrangler, inherits_what_wrangler_inherits)
{
    cr_assert_eq(load_env("\"vars\": {\"A\": \"top\", \"B\": \"top\"}, "
                          "\"compatibility_flags\": [\"nodejs_compat\"],"
                          "\"env\": { \"staging\": { \"name\": \"hello\", \"vars\": {\"A\": "
                          "\"staging\"}, \"compatibility_date\": \"2025-01-01\" } }",
                          "staging"),
                 WK_OK);
    cr_expect_str_eq(text_of("A"), "staging");
    cr_expect_str_eq(text_of("B"), "(none)");
    cr_expect_str_eq(config_fixture_worker(&f, "hello")->compatibility_date, "2025-01-01");
    cr_expect_eq(config_fixture_worker(&f, "hello")->n_compatibility_flags, 1);
    cr_expect_eq(f.diags.warnings, 0);
}

Test(wrangler, warns_about_what_an_environment_does_not_repeat)
{
    cr_assert_eq(
        load_env("\"vars\": {\"A\": \"top\"}, \"env\": { \"staging\": {} }", "staging"), WK_OK);
    cr_expect_not_null(config_fixture_worker(&f, "hello-staging"));
    cr_expect(config_fixture_says(&f, "wrangler.jsonc:2:1: warning: \"vars\" exists at the top "
                                      "level, but not on \"env.staging\"."));
    cr_expect_eq(load_env("\"env\": { \"staging\": {} }", "prod"), WK_EINVAL);
    cr_expect(
        config_fixture_says(&f, "wrangler.jsonc: error: No environment found in configuration "
                                "with name \"prod\". There are: \"staging\""));
}

Test(wrangler, puts_dev_vars_over_vars)
{
    config_fixture_file(
        &f, ".dev.vars",
        "# c\nA=dev # comment\nexport N = 'q#\\n'\nM=\"l1\nl2\\n\"\nbad line\nE=\n");
    config_fixture_file(&f, ".dev.vars.staging", "A=staging");
    cr_assert_eq(load("\"vars\": {\"A\": {\"x\": 1}, \"B\": 1}, \"env\": {\"staging\": "
                      "{\"name\": \"hello\", \"vars\": {}}}"),
                 WK_OK);
    cr_expect_str_eq(text_of("A"), "dev");
    cr_expect_str_eq(text_of("B"), "1");
    cr_expect_str_eq(text_of("N"), "q#\\n");
    cr_expect_str_eq(text_of("M"), "l1\nl2\n");
    cr_expect_str_eq(text_of("E"), "");
    cr_expect_eq(f.config->n_watched, 2);
    cr_assert_eq(config_fixture_load(&f, "@", "--env=staging", NULL), WK_OK);
    cr_expect_str_eq(text_of("A"), "staging");
    cr_expect_str_eq(text_of("N"), "(none)");
}

Test(wrangler, follows_the_migrations_of_durable_objects)
{
    cr_assert_eq(load("\"durable_objects\": {\"bindings\": [{\"name\": \"C\", \"class_name\": "
                      "\"Counter\"}, {\"name\": \"O\", \"class_name\": \"Other\", "
                      "\"script_name\": \"hello\"}]},"
                      "\"migrations\": [{\"tag\": \"v1\", \"new_sqlite_classes\": [\"Old\", "
                      "\"Gone\"], \"new_classes\": [\"Other\"]},"
                      "{\"tag\": \"v2\", \"renamed_classes\": [{\"from\": \"Old\", \"to\": "
                      "\"Counter\"}], \"deleted_classes\": [\"Gone\"]}]"),
                 WK_OK);
    Wk__Worker *w = config_fixture_worker(&f, "hello");
    cr_assert_eq(w->n_actor_namespaces, 2);
    cr_expect_str_eq(w->actor_namespaces[0]->class_name, "Other");
    cr_expect_not(w->actor_namespaces[0]->enable_sql);
    cr_expect_str_eq(w->actor_namespaces[1]->class_name, "Counter");
    cr_expect_str_eq(w->actor_namespaces[1]->unique_key, "hello-Counter");
    cr_expect(w->actor_namespaces[1]->enable_sql);
    cr_expect_str_eq(w->storage_local_disk, "wk:storage");
    cr_expect_eq(f.diags.warnings, 0);
    cr_assert_eq(config_fixture_load(&f, "@", "--persist-to", "/tmp/x", NULL), WK_OK);
    cr_expect_str_eq(f.config->services[1]->disk->path, "/tmp/x");
}

Test(wrangler, says_what_is_wrong_with_migrations)
{
    cr_expect_eq(load("\"durable_objects\": {\"bindings\": [{\"name\": \"C\", \"class_name\": "
                      "\"Counter\"}]}"),
                 WK_OK);
    cr_expect(config_fixture_says(&f, "warning: no migration creates the class \"Counter\""));
    cr_expect_eq(load("\"migrations\": [{\"new_classes\": [\"A\"]}, {\"tag\": \"v2\", "
                      "\"new_classes\": [\"A\"], \"deleted_classes\": [\"X\"], \"x\": 1}]"),
                 WK_EINVAL);
    cr_expect(config_fixture_says(&f, "wrangler.jsonc:2:16: error: \"tag\" is missing"));
    cr_expect(config_fixture_says(&f, "the class \"A\" was already created"));
    cr_expect(config_fixture_says(&f, "no earlier migration created the class \"X\""));
    cr_expect(config_fixture_says(&f, "unknown key \"x\"; supported are: tag new_classes"));
}

Test(wrangler, joins_projects_by_their_service_bindings)
{
    config_fixture_file(&f, "b/w.ts", "");
    config_fixture_file(
        &f, "b/wrangler.jsonc",
        "{\"name\": \"b\", \"main\": \"w.ts\", \"compatibility_date\": \"2024-01-01\","
        "\"durable_objects\": {\"bindings\": [{\"name\": \"X\", \"class_name\": \"X\"}]}, "
        "\"migrations\": [{\"tag\": \"1\", \"new_classes\": [\"X\"]}]}");
    cr_expect_eq(load("\"services\": [{\"binding\": \"B\", \"service\": \"b\", \"entrypoint\": "
                      "\"E\", \"props\": {\"p\": 1}}],"
                      "\"durable_objects\": {\"bindings\": [{\"name\": \"X\", \"class_name\": "
                      "\"X\", \"script_name\": \"b\"}]}"),
                 WK_EINVAL);
    cr_expect(config_fixture_says(
        &f, "wrangler.jsonc:2:42: error: Worker \"hello\"'s binding \"B\" refers to a service "
            "\"b\", but no such service is defined. If it is another project, name that too: "
            "wkctl start . ../OTHER"));
    cr_assert_eq(config_fixture_load(&f, "@", "@b", NULL), WK_OK);
    cr_expect_eq(f.config->n_sockets, 1);
    cr_expect_str_eq(f.config->sockets[0]->service->service, "hello");
    Wk__Binding *b = config_fixture_binding(&f, "hello", "B");
    cr_expect_str_eq(b->service->entrypoint, "E");
    cr_expect_str_eq(b->service->props_json, "{\"p\":1}");
    cr_expect_str_eq(config_fixture_binding(&f, "hello", "X")->actor_namespace->service, "b");
    cr_assert_eq(config_fixture_load(&f, "@", "@", NULL), WK_EINVAL);
    cr_expect(config_fixture_says(&f, "Config defines multiple services named \"hello\"."));
}

Test(wrangler, turns_bindings_that_are_not_offered_into_ones_that_throw)
{
    cr_assert_eq(load("\"kv_namespaces\": [{\"binding\": \"KV\", \"id\": \"1\"}], \"ai\": "
                      "{\"binding\": \"AI\"},"
                      "\"queues\": {\"producers\": [{\"binding\": \"Q\", \"queue\": \"q\"}]}, "
                      "\"triggers\": {\"crons\": [\"* * * * *\"]}"),
                 WK_OK);
    cr_expect_eq(config_fixture_binding(&f, "hello", "KV")->kind_case,
                 WK__BINDING__KIND_UNSUPPORTED);
    cr_expect(strstr(config_fixture_binding(&f, "hello", "Q")->unsupported, "Queues") != NULL);
    cr_expect_not_null(config_fixture_binding(&f, "hello", "AI"));
    cr_expect(config_fixture_says(&f, "wrangler.jsonc:2:19: warning: KV is not supported here; "
                                      "env.KV throws when it is used"));
    cr_expect(config_fixture_says(&f, "warning: cron triggers do not fire by themselves here"));
    cr_expect_eq(f.diags.warnings, 4);
}

Test(wrangler, serves_assets_with_and_without_a_worker)
{
    config_fixture_file(&f, "public/index.html", "x");
    cr_assert_eq(load("\"assets\": {\"directory\": \"./public\", \"binding\": \"ASSETS\", "
                      "\"run_worker_first\": [\"/api/*\", \"!/api/x\"],"
                      "\"not_found_handling\": \"single-page-application\"}"),
                 WK_OK);
    Wk__Worker *w = config_fixture_worker(&f, "hello");
    cr_expect_str_eq(w->assets->service, "hello:assets");
    cr_expect_eq(w->assets->n_worker_first_routes, 2);
    cr_expect_str_eq(config_fixture_binding(&f, "hello", "ASSETS")->assets->service,
                     "hello:assets");
    cr_expect(f.config->services[1]->disk->assets);
    cr_expect_str_eq(f.config->services[1]->disk->not_found_handling,
                     "single-page-application");
    cr_expect_str_eq(f.config->services[1]->disk->html_handling, "auto-trailing-slash");
    config_fixture_file(&f, "wrangler.jsonc",
                        "{ \"name\": \"files\", \"assets\": {\"directory\": \"public\"} }");
    cr_assert_eq(config_fixture_load(&f, "@", NULL), WK_OK);
    cr_expect_eq(f.config->services[0]->kind_case, WK__SERVICE__KIND_DISK);
    cr_expect_str_eq(f.config->sockets[0]->service->service, "files");
    cr_expect_eq(load("\"assets\": {\"directory\": \"nope\", \"html_handling\": \"x\", "
                      "\"dir\": 1, \"run_worker_first\": [\"api\"]}"),
                 WK_EINVAL);
    cr_expect(config_fixture_says(&f, "there is no directory \"nope\""));
    cr_expect(config_fixture_says(&f, "\"html_handling\" must be one of: auto-trailing-slash"));
    cr_expect(config_fixture_says(&f, "unknown key \"dir\""));
    cr_expect(config_fixture_says(&f, "a route starts with / or with !/"));
}

Test(wrangler, reads_rules_alias_define_limits_and_dev)
{
    cr_assert_eq(
        load("\"rules\": [{\"type\": \"Text\", \"globs\": [\"**/*.md\"]}, {\"type\": \"Data\", "
             "\"globs\": [\"**/*.dat\"], \"fallthrough\": true}],"
             "\"alias\": {\"a\": \"./b\"}, \"define\": {\"X\": \"1\"}, \"tsconfig\": "
             "\"t.json\", \"jsx_factory\": \"h\", \"limits\": {\"cpu_ms\": 50},"
             "\"dev\": {\"ip\": \"::1\", \"port\": 9000, \"local_protocol\": \"https\"}"),
        WK_OK);
    Wk__Worker *w = config_fixture_worker(&f, "hello");
    cr_expect_eq(w->project->n_rules, 4); /* ours, then Data and CompiledWasm of wrangler's */
    cr_expect_str_eq(w->project->rules[2]->type, "Data");
    cr_expect_str_eq(w->project->alias[0]->value, "./b");
    cr_expect_str_eq(w->project->define[0]->name, "X");
    cr_expect_str_eq(w->project->jsx_factory, "h");
    cr_expect_eq(w->cpu_limit_ms, 50);
    cr_expect_str_eq(f.config->sockets[0]->address, "[::1]:9000");
    cr_expect(config_fixture_says(&f, "TLS is not offered"));
    cr_expect_eq(
        load("\"rules\": [{\"type\": \"Txt\", \"globs\": [\"a\"]}, {\"type\": \"Text\"}], "
             "\"limits\": {\"cpu_ms\": -1}, \"dev\": {\"port\": 70000, \"prt\": 1}"),
        WK_EINVAL);
    cr_expect(config_fixture_says(&f, "\"Txt\" is no type of module; there are: ESModule"));
    cr_expect(config_fixture_says(&f, "\"globs\" is missing"));
    cr_expect(config_fixture_says(&f, "\"cpu_ms\" must be a number"));
    cr_expect(config_fixture_says(&f, "\"port\" must be a number from 0 to 65535"));
    cr_expect(config_fixture_says(&f, "unknown key \"prt\"; did you mean \"port\"?"));
}

Test(wrangler, says_what_is_missing_and_what_has_the_wrong_kind)
{
    config_fixture_file(&f, "wrangler.jsonc",
                        "{ \"name\": \"Bad Name\", \"main\": \"nope.ts\", "
                        "\"compatibility_flags\": [1], \"vars\": [] }");
    cr_expect_eq(config_fixture_load(&f, "@", NULL), WK_EINVAL);
    cr_expect(config_fixture_says(
        &f, "wrangler.jsonc:1:11: error: Expected \"name\" to be of type string, alphanumeric "
            "and lowercase with dashes only but got \"Bad Name\"."));
    cr_expect(config_fixture_says(
        &f, "wrangler.jsonc:1:31: error: The entry-point file at \"nope.ts\" was not found"));
    cr_expect(
        config_fixture_says(&f, "\"compatibility_flags\" must be a string, but is a number"));
    cr_expect(config_fixture_says(&f, "\"vars\" must be an object, but is a list"));
    cr_expect(config_fixture_says(&f, "warning: there is no \"compatibility_date\""));
    config_fixture_file(&f, "wrangler.jsonc", "{}");
    cr_expect_eq(config_fixture_load(&f, "@", NULL), WK_EINVAL);
    cr_expect(config_fixture_says(&f, "\"main\" is missing"));
    config_fixture_file(&f, "wrangler.jsonc", "[]");
    cr_expect_eq(config_fixture_load(&f, "@", NULL), WK_EINVAL);
    cr_expect(config_fixture_says(&f, "a configuration is an object"));
}

Test(wrangler, starts_a_module_by_itself_and_helps_where_there_is_no_project)
{
    char today[11];

    wk_compat_date_default(today);
    cr_assert_eq(config_fixture_load(&f, "@src/index.ts", NULL), WK_OK);
    cr_expect_str_eq(config_fixture_worker(&f, "index")->compatibility_date, today);
    cr_expect_str_eq(config_fixture_worker(&f, "index")->project->main, "index.ts");
    cr_expect_eq(config_fixture_load(&f, "@", NULL), WK_EINVAL);
    cr_expect(config_fixture_says(
        &f, "there is no wrangler.jsonc, wrangler.json or wrangler.toml here. Create a "
            "wrangler.jsonc with { \"name\": \"hello\", \"main\": \"src/index.ts\""));
    cr_expect(config_fixture_says(&f, "or name the module itself: "));
    config_fixture_file(&f, "package.json", "{\"main\": \"lib/w.mjs\"}");
    config_fixture_file(&f, "lib/w.mjs", "");
    cr_expect_eq(config_fixture_load(&f, "@", NULL), WK_EINVAL);
    cr_expect(config_fixture_says(&f, "\"main\": \"lib/w.mjs\""));
    cr_expect_eq(config_fixture_load(&f, "@gone", NULL), WK_EINVAL);
    cr_expect(config_fixture_says(&f, "gone: error: No such file."));
    config_fixture_file(&f, "x.yaml", "");
    cr_expect_eq(config_fixture_load(&f, "@x.yaml", NULL), WK_EINVAL);
    cr_expect(config_fixture_says(&f, "x.yaml: error: this is no configuration."));
}
