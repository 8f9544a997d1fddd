#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>
#include "tests/unit/config/fixture.h"

#define HEAD "using Workerd = import \"/workerd/workerd.capnp\";\n"
#define WORKER                                                                                 \
    "modules = [(name = \"w\", esModule = \"export default {}\")], compatibilityDate = "       \
    "\"2024-01-21\""

static struct config_fixture f;

static void
setup(void)
{
    config_fixture_init(&f);
}

static void
teardown(void)
{
    config_fixture_fini(&f);
}

TestSuite(capnp, .init = setup, .fini = teardown);

static wk_err
load(const char *text)
{
    char *whole = wk_xasprintf(HEAD "%s", text);

    config_fixture_file(&f, "c.capnp", whole);
    free(whole);
    return config_fixture_load(&f, "@c.capnp", NULL);
}

/* The configuration with these fields of its one worker. */
static wk_err
load_worker(const char *fields)
{
    char *text =
        wk_xasprintf("const c :Workerd.Config = (services = [(name = \"m\", worker = (" WORKER
                     "\n, %s\n))]);",
                     fields);
    wk_err err = load(text);

    free(text);
    return err;
}

Test(capnp, reads_a_hello_world)
{
    config_fixture_file(&f, "worker.js", "export default {}");
    cr_assert_eq(load("@0xbd7a3f0e4b9c2d11;\n$Cxx.namespace(\"x\");\n"
                      "const config :Workerd.Config = (\n"
                      "  services = [ (name = \"main\", worker = .hello), ],\n"
                      "  sockets = [ (name = \"http\", address = \"*:8080\", http = (), "
                      "service = \"main\") ],\n"
                      ");\n"
                      "const hello :Workerd.Worker = (\n"
                      "  modules = [ (name = \"worker\", esModule = embed \"worker.js\") ],\n"
                      "  compatibilityDate = \"2024-01-21\", # a comment\n"
                      ");\n"),
                 WK_OK);
    cr_expect_eq(f.config->n_services, 2); /* and internet */
    Wk__Module *m = config_fixture_worker(&f, "main")->modules[0];
    cr_expect_eq(m->type, WK__MODULE__TYPE__ES_MODULE);
    cr_expect_eq(m->source.len, 17);
    cr_expect(strstr(m->path, "/worker.js") != NULL);
    cr_expect_str_eq(f.config->sockets[0]->service->service, "main");
    cr_expect_eq(f.config->n_watched, 2);
}

Test(capnp, reads_every_kind_of_module_and_binding)
{
    cr_assert_eq(load("const c :Workerd.Config = (services = [(name = \"m\", worker = ("
                      "modules = [(name = \"a\", esModule = \"\"), (name = \"b\", "
                      "commonJsModule = \"x\", namedExports = [\"p\", \"q\"]),"
                      "(name = \"t\", text = \"x\"), (name = \"d\", data = 0x\"00 ff\"), (name "
                      "= \"j\", json = \"{}\")],"
                      "compatibilityDate = \"2024-01-21\","
                      "bindings = [(name = \"t\", text = \"x\"), (name = \"d\", data = "
                      "\"ab\"), (name = \"j\", json = \"[1]\"),"
                      "(name = \"s\", service = (name = \"m\", entrypoint = \"E\", props = "
                      "(json = \"{\\\"a\\\":1}\"))),"
                      "(name = \"o\", durableObjectNamespace = \"A\"), (name = \"k\", "
                      "kvNamespace = \"m\"),"
                      "(name = \"r\", r2Bucket = \"m\"), (name = \"q\", queue = \"m\"), (name "
                      "= \"e\", fromEnvironment = \"HOME\")],"
                      "durableObjectNamespaces = [(className = \"A\", uniqueKey = \"k\", "
                      "enableSql = true, preventEviction = true)],"
                      "durableObjectStorage = (inMemory = void), globalOutbound = \"m\", tails "
                      "= [\"m\"]))]);"),
                 WK_OK);
    Wk__Worker *w = config_fixture_worker(&f, "m");
    cr_expect_eq(w->modules[1]->n_named_exports, 2);
    cr_expect_eq(w->modules[3]->source.len, 2);
    cr_expect_eq(w->modules[3]->source.data[1], 0xff);
    cr_expect_eq(w->modules[4]->type, WK__MODULE__TYPE__JSON);
    cr_expect_eq(w->bindings[1]->data.len, 2);
    cr_expect_str_eq(w->bindings[3]->service->entrypoint, "E");
    cr_expect_str_eq(w->bindings[3]->service->props_json, "{\"a\":1}");
    cr_expect_str_eq(w->bindings[4]->actor_namespace->class_name, "A");
    cr_expect_eq(w->bindings[5]->kind_case, WK__BINDING__KIND_KV_NAMESPACE);
    cr_expect_str_eq(w->bindings[8]->from_environment, "HOME");
    cr_expect(w->actor_namespaces[0]->enable_sql && w->actor_namespaces[0]->prevent_eviction);
    cr_expect_eq(w->actor_storage_case, WK__WORKER__ACTOR_STORAGE_STORAGE_IN_MEMORY);
    cr_expect_str_eq(w->tails[0], "m");
}

Test(capnp, reads_services_and_http_options)
{
    cr_assert_eq(
        load("const c :Workerd.Config = (services = ["
             "(name = \"n\", network = (allow = [\"public\", \"10.0.0.0/8\"], deny = "
             "[\"10.1.0.0/16\"])), (name = \"n2\", network = ()),"
             "(name = \"x\", external = (address = \"example.com:80\", https = (options = "
             "(style = proxy, cfBlobHeader = \"cf\"),"
             " tlsOptions = (trustBrowserCas = true)))),"
             "(name = \"d\", disk = (path = \"/tmp\", writable = true, allowDotfiles = true))],"
             "sockets = [(name = \"s\", address = \"unix:/tmp/x\", service = \"d\", http = "
             "(forwardedProtoHeader = \"X-Proto\","
             "injectRequestHeaders = [(name = \"A\", value = \"1\"), (name = \"B\")]))], "
             "logging = (structuredLogging = true));"),
        WK_OK);
    cr_expect_eq(f.config->services[0]->network->n_allow, 2);
    cr_expect_str_eq(f.config->services[1]->network->allow[0], "public");
    cr_expect(f.config->services[2]->external->tls);
    cr_expect(f.config->services[2]->external->http->style_proxy);
    cr_expect(f.config->services[3]->disk->writable &&
              f.config->services[3]->disk->allow_dotfiles);
    cr_expect(f.config->structured_logging);
    Wk__HttpOptions *http = f.config->sockets[0]->http;
    cr_expect_str_eq(http->forwarded_proto_header, "X-Proto");
    cr_expect_not(http->inject_request_headers[0]->remove);
    cr_expect(http->inject_request_headers[1]->remove);
}

Test(capnp, joins_strings_and_decodes_escapes)
{
    cr_assert_eq(load_worker("bindings = [(name = \"a\", text = \"x\\ty\" \"\\x41\\102\"), "
                             "(name = \"b\", text =\n"
                             "`line \"1\"\n`line 2\n)]"),
                 WK_OK);
    cr_expect_str_eq(config_fixture_binding(&f, "m", "a")->text, "x\tyAB");
    cr_expect_str_eq(config_fixture_binding(&f, "m", "b")->text, "line \"1\"\nline 2\n");
}

Test(capnp, follows_using_import_and_constants_of_other_files)
{
    config_fixture_file(
        &f, "sub/other.capnp",
        "using W = import \"/workerd/workerd.capnp\".Worker;\nusing import "
        "\"third.capnp\".date;\n"
        "const worker :W = (modules = .mods, compatibilityDate = date);\n"
        "const mods :List(W.Module) = [(name = \"a\", esModule = embed \"a.js\")];");
    config_fixture_file(&f, "sub/third.capnp", "const date :Text = \"2024-01-02\";");
    config_fixture_file(&f, "sub/a.js", "//");
    cr_assert_eq(load("using Other = import \"sub/other.capnp\";\nconst name :Text = \"m\";\n"
                      "const c :Workerd.Config = (services = [(name = .name, worker = "
                      "Other.worker)], sockets = [(name = \"s\", "
                      "address = \"*:1\", service = name)]);"),
                 WK_OK);
    cr_expect_str_eq(config_fixture_worker(&f, "m")->compatibility_date, "2024-01-02");
    cr_expect_str_eq(f.config->sockets[0]->service->service, "m");
    cr_expect_eq(f.config->n_watched, 4);
}

Test(capnp, finds_absolute_imports_in_the_import_paths)
{
    config_fixture_file(&f, "lib/x/o.capnp", "const date :Text = \"2024-01-02\";");
    config_fixture_file(
        &f, "c.capnp",
        HEAD "const c :Workerd.Config = (services = [(name = \"m\", worker = (modules = [(name "
             "= \"a\", "
             "esModule = \"\")], compatibilityDate = import \"/x/o.capnp\".date))]);");
    cr_expect_eq(config_fixture_load(&f, "@c.capnp", NULL), WK_EINVAL);
    cr_expect(config_fixture_says(&f, "c.capnp:2:124: error: Import failed: /x/o.capnp"));
    char *dir = wk_xasprintf("-I%s/lib", f.dir);
    cr_expect_eq(config_fixture_load(&f, dir, "@c.capnp", NULL), WK_OK);
    free(dir);
}

Test(capnp, takes_the_only_config_or_the_one_that_is_named)
{
    config_fixture_file(&f, "c.capnp",
                        HEAD "const a :Workerd.Config = ();\nconst b :Workerd.Config = "
                             "(sockets = []);\nconst t :Text = \"x\";");
    config_fixture_load(&f, "@c.capnp", NULL);
    cr_expect(
        config_fixture_says(&f, "c.capnp: error: The config file defines multiple top-level "
                                "constants of type 'Config', so you must specify which one to "
                                "use with <const-name>. The options are: a, b"));
    cr_expect_eq(config_fixture_load(&f, "@c.capnp", "b", NULL), WK_OK);
    config_fixture_load(&f, "@c.capnp", "t", NULL);
    cr_expect(config_fixture_says(&f, "t: Constant is not of type 'Config'."));
    config_fixture_load(&f, "@c.capnp", "zz", NULL);
    cr_expect(config_fixture_says(&f, "zz: No such constant is defined in the config file."));
    load("");
    cr_expect(config_fixture_says(
        &f, "The config file does not define any top-level constants of type 'Config'."));
}

Test(capnp, names_unknown_fields_with_what_there_is)
{
    load_worker("compatDate = \"x\",\nzzz = 1");
    cr_expect(config_fixture_says(&f, "c.capnp:3:3: error: no field \"compatDate\" in Worker; "
                                      "did you mean \"compatibilityDate\"? fields: modules,"));
    cr_expect(config_fixture_says(&f, "c.capnp:4:1: error: no field \"zzz\" in Worker; fields: "
                                      "modules, serviceWorkerScript,"));
    cr_expect_eq(f.diags.errors, 2);
}

Test(capnp, refuses_known_fields_that_are_not_offered_unless_they_are_empty)
{
    load_worker("moduleFallback = \"localhost\", bindings = [(name = \"x\", hyperdrive = "
                "(database = \"d\"))]");
    cr_expect(config_fixture_says(
        &f, "c.capnp:3:3: error: Worker.moduleFallback is known but not supported here: list "
            "every module under modules. Supported in Worker: "));
    cr_expect(config_fixture_says(
        &f, "c.capnp:3:58: error: Worker.Binding.hyperdrive is known but not supported here"));
    cr_expect_eq(
        load_worker(
            "moduleFallback = \"\", streamingTails = [], containerEngine = (none = void)"),
        WK_OK);
    cr_expect_eq(f.diags.warnings, 0);
    cr_expect_eq(load("const c :Workerd.Config = (v8Flags = [\"--expose-gc\"]);"), WK_OK);
    cr_expect(config_fixture_says(
        &f, "c.capnp:2:28: warning: Config.v8Flags has no effect: the engine is not V8"));
}

Test(capnp, says_when_a_value_has_the_wrong_type)
{
    load_worker(
        "compatibilityFlags = \"x\", bindings = [(name = 5, text = 0x\"41\"), (name = \"u\", "
        "unsafeEval = true)], "
        "durableObjectNamespaces = [(className = \"A\", uniqueKey = \"k\", enableSql = 1)]");
    cr_expect(
        config_fixture_says(&f, "c.capnp:3:24: error: Type mismatch; expected List(Text)."));
    cr_expect(config_fixture_says(&f, "c.capnp:3:49: error: Type mismatch; expected Text."));
    cr_expect(config_fixture_says(&f, "c.capnp:3:59: error: Type mismatch; expected Text."));
    cr_expect(config_fixture_says(&f, "c.capnp:3:94: error: Type mismatch; expected Void."));
    cr_expect(config_fixture_says(&f, "error: Type mismatch; expected Bool."));
    cr_expect_eq(f.diags.errors, 5);
}

Test(capnp, reports_names_and_files_that_do_not_exist)
{
    load("const c :Workerd.Config = (services = .nope, sockets = Workerd.Nope, v8Flags = "
         "[embed \"none\", import \"none.capnp\".x]);");
    cr_expect(config_fixture_says(&f, "c.capnp:2:40: error: Not defined: nope"));
    cr_expect(config_fixture_says(&f, "error: Not defined: Nope, in the peer's schema"));
    cr_expect(config_fixture_says(&f, "error: Couldn't read file for embed: none"));
    cr_expect(config_fixture_says(&f, "error: Import failed: none.capnp"));
    config_fixture_load(&f, "@gone.capnp", NULL);
    cr_expect(config_fixture_says(&f, "gone.capnp: error: No such file."));
}

Test(capnp, ends_at_circles_and_at_what_grows_without_end)
{
    load("const a :Text = .b;\nconst b :Text = .a;\nconst c :Workerd.Config = (v8Flags = "
         "[.a]);");
    cr_expect(config_fixture_says(&f, "Declaration recursively depends on itself."));
    load("using A = B;\nusing B = A;\nconst c :A = 1;");
    cr_expect(config_fixture_says(&f, "Declaration recursively depends on itself"));

    struct wk_buf text = {0};
    wk_buf_add_str(
        &text,
        "const l0 :List(Workerd.Worker.Binding) = [(), (), (), (), (), (), (), (), (), ()];\n");
    for (int i = 1; i < 12; i++) {
        wk_buf_addf(&text, "const l%d :List(Workerd.Worker.Binding) = [", i);
        for (int k = 0; k < 10; k++)
            wk_buf_addf(&text, "(wrapped = (innerBindings = .l%d)),", i - 1);
        wk_buf_add_str(&text, "];\n");
    }
    wk_buf_add_str(&text,
                   "const c :Workerd.Config = (services = [(worker = (bindings = .l11))]);");
    load(text.data);
    cr_expect(f.diags.errors > 0);
    wk_buf_fini(&text);
}

Test(capnp, says_where_the_syntax_is_wrong)
{
    load("const c :Workerd.Config = (services = [ ;");
    cr_expect(config_fixture_says(&f, "c.capnp:2:41: error: expected a value"));
    load("const c :Workerd.Config = (services = []");
    cr_expect(config_fixture_says(&f, "error: the file ends too early"));
    load("const c = 1;");
    cr_expect(config_fixture_says(&f, "c.capnp:2:9: error: expected : and the type"));
    load("const c :Workerd.Config = ()");
    cr_expect(config_fixture_says(&f, "expected ;"));
    load("struct X {}");
    cr_expect(config_fixture_says(&f, "c.capnp:2:1: error: types cannot be declared"));
    load("const c :Text = \"abc\n;");
    cr_expect(config_fixture_says(&f, "c.capnp:2:17: error: this string does not end"));
    load("const c :Text = \"\\q\";");
    cr_expect(config_fixture_says(&f, "unknown escape"));
    load("const c :Text = 12x;");
    cr_expect(config_fixture_says(&f, "\"12x\" is no number"));
    load("const c :Text = \"\";\nconst c :Text = \"\";");
    cr_expect(config_fixture_says(
        &f, "c.capnp:3:7: error: 'c' is already defined in this scope, on line 2."));
    load("const c :Workerd.Config = (services = [], services = []);");
    cr_expect(config_fixture_says(&f, "the field \"services\" is here twice"));
    load("const c :Workerd.Config = (services = [(name = \"a\", network = (), disk = ())]);");
    cr_expect(config_fixture_says(&f, "Service can be only one of \"network\" and \"disk\""));
}

Test(capnp, bounds_what_the_same_file_grows_to_when_it_is_embedded_often)
{
    char *big = wk_xmalloc((16u << 20) + 1);

    memset(big, 'x', 16u << 20);
    big[16u << 20] = '\0';
    config_fixture_file(&f, "big.js", big);
    free(big);
    load("const b :Text = embed \"big.js\";\nconst c :Workerd.Config = (v8Flags = [.b, .b, .b, "
         ".b, .b]);");
    cr_expect(config_fixture_says(&f, "all texts of a configuration together may have 64 MiB"));
    cr_expect_eq(f.diags.errors, 1);
}
