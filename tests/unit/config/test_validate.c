#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>
#include "services/wkctl/config/config_priv.h"
#include "tests/unit/config/fixture.h"

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

TestSuite(validate, .init = setup, .fini = teardown);

/* One worker "m" with these fields, and these services and sockets beside it. */
static wk_err
load(const char *worker, const char *services, const char *sockets)
{
    char *text =
        wk_xasprintf("using Workerd = import \"/workerd/workerd.capnp\";\n"
                     "const c :Workerd.Config = (services = [(name = \"m\", worker = (\n"
                     "compatibilityDate = \"2024-01-21\", %s)),\n%s],\nsockets = [%s]);\n",
                     worker, services, sockets);
    wk_err err;

    config_fixture_file(&f, "c.capnp", text);
    free(text);
    err = config_fixture_load(&f, "@c.capnp", NULL);
    return err;
}

#define MODULES "modules = [(name = \"w\", esModule = \"\")], "

Test(validate, follows_every_designator)
{
    load(MODULES
         "bindings = [(name = \"A\", service = \"zz\"), (name = \"B\"),\n(name = \"C\", "
         "durableObjectNamespace = \"Foo\"),"
         "(name = \"D\", durableObjectNamespace = (className = \"Foo\", serviceName = "
         "\"qq\")), (name = \"E\", service = (name = \"internet\", entrypoint = \"x\")),"
         "(name = \"F\", service = (name = \"internet\", props = (json = \"{}\"))), (name = "
         "\"G\", durableObjectNamespace = (className = \"Foo\", serviceName = \"m\"))],\n"
         "globalOutbound = \"g1\", cacheApiOutbound = \"g2\", tails = [\"g3\"], "
         "durableObjectStorage = (localDisk = \"g4\")",
         "", "");
    cr_expect(config_fixture_says(&f, "Worker \"m\"'s binding \"A\" refers to a service "
                                      "\"zz\", but no such service is defined."));
    cr_expect(config_fixture_says(
        &f, "service m: Worker \"m\"'s binding \"B\" does not specify any binding value."));
    cr_expect(config_fixture_says(&f,
                                  "c.capnp:4:1: error: service m: Worker \"m\"'s binding \"C\" "
                                  "refers to a Durable Object namespace named \"Foo\", but no "
                                  "such Durable Object namespace is defined by this Worker."));
    cr_expect(config_fixture_says(&f, "service m: Worker \"m\"'s binding \"D\" refers to a "
                                      "service \"qq\", but no such service is defined."));
    cr_expect(config_fixture_says(
        &f,
        "Worker \"m\"'s binding \"E\" refers to service \"internet\" with a named entrypoint "
        "\"x\", but \"internet\" is not a Worker, so does not have any named entrypoints."));
    cr_expect(config_fixture_says(
        &f, "Worker \"m\"'s binding \"F\" refers to service \"internet\" and provides a "
            "`props` value, but \"internet\" is not a Worker, so cannot accept `props`"));
    cr_expect(config_fixture_says(
        &f,
        "in service \"m\", but no such Durable Object namespace is defined by that service."));
    cr_expect(config_fixture_says(
        &f, "c.capnp:5:18: error: Worker \"m\"'s globalOutbound refers to a service \"g1\""));
    cr_expect(
        config_fixture_says(&f, "Worker \"m\"'s cacheApiOutbound refers to a service \"g2\""));
    cr_expect(config_fixture_says(&f, "Worker \"m\"'s tails refers to a service \"g3\""));
    cr_expect(config_fixture_says(&f, "service m: durableObjectStorage config refers to a "
                                      "service \"g4\", but no such service is defined."));
    cr_expect_eq(f.diags.errors, 11);
}

Test(validate, looks_at_modules_and_bindings)
{
    load("modules = []", "", "");
    cr_expect(config_fixture_says(&f, "service m: Modules list cannot be empty."));
    load("modules = [(name = \"a\", text = \"\"), (name = \"a\", text = \"\"), (name = \"b\")]",
         "", "");
    cr_expect(config_fixture_says(&f, "Main module must be an ES module."));
    cr_expect(config_fixture_says(&f, "Module \"a\" already added to bundle"));
    cr_expect(config_fixture_says(&f, "module \"b\" has no content"));
    load(MODULES "bindings = [(name = \"x\", text = \"\"), (name = \"x\", text = \"\"), (name "
                 "= \"j\", json = \"{bad\"), (name = \"e\", unsafeEval = void),"
                 "(name = \"s\", service = (name = \"m\", props = (json = \"[\")))]",
         "", "");
    cr_expect(config_fixture_says(&f, "two bindings are named \"x\""));
    cr_expect(config_fixture_says(&f, "the json of binding \"j\" is no JSON"));
    cr_expect(config_fixture_says(&f, "its props are no JSON"));
    cr_expect(config_fixture_says(
        &f,
        "service m: Unsafe eval bindings are an experimental feature which may change or go "
        "away in the future. You must run workerd with `--experimental` to use this feature."));
    cr_expect_eq(load(MODULES "compatibilityFlags = [\"nodejs_compat\", \"bogus\"]", "", ""),
                 WK_EINVAL);
    cr_expect(config_fixture_says(
        &f, "c.capnp:3:115: error: service m: No such compatibility flag: bogus"));
}

Test(validate, a_class_for_facets_is_one_of_the_worker_itself)
{
    load(MODULES "bindings = [(name = \"own\", durableObjectClass = (name = \"m\", entrypoint = "
                 "\"C\", props = (json = \"{}\"))), (name = \"none\", durableObjectClass = "
                 "\"zz\"),\n(name = \"other\", durableObjectClass = \"internet\")]",
         "", "");
    cr_expect(config_fixture_says(&f, "Worker \"m\"'s binding \"none\" refers to a service "
                                      "\"zz\", but no such service is defined."));
    cr_expect(config_fixture_says(
        &f, "Worker \"m\"'s binding \"other\" refers to a class of service \"internet\"; facets "
            "of classes of other services are not offered here."));
    cr_expect_not(config_fixture_says(&f, "binding \"own\""));
}

Test(validate, looks_at_durable_objects)
{
    load(MODULES
         "durableObjectNamespaces = [(className = \"A\", uniqueKey = \"k\"), (className = "
         "\"A\", uniqueKey = \"a/b\"), (className = \"\", uniqueKey = \"\"),"
         "(className = \"E\", ephemeralLocal = void)]",
         "", "");
    cr_expect(config_fixture_says(&f, "Worker service \"m\" implements durable object classes "
                                      "but has `durableObjectStorage` set to `none`."));
    cr_expect(config_fixture_says(&f, "the class \"A\" has two Durable Object namespaces"));
    cr_expect(config_fixture_says(&f, "the uniqueKey \"a/b\" cannot name a directory"));
    cr_expect(config_fixture_says(&f, "a Durable Object namespace has no className"));
    cr_expect(config_fixture_says(&f, "Ephemeral objects (Durable Object namespaces with type "
                                      "'ephemeralLocal') are an experimental feature"));
    load(MODULES "durableObjectStorage = (localDisk = \"d\")",
         "(name = \"d\", disk = (path = \"/tmp\"))", "");
    cr_expect(config_fixture_says(&f,
                                  "service m: durableObjectStorage config refers to the disk "
                                  "service \"d\", but that service is defined read-only."));
    load(MODULES "durableObjectStorage = (localDisk = \"m\")", "", "");
    cr_expect(
        config_fixture_says(&f, "service m: durableObjectStorage config refers to the service "
                                "\"m\", but that service is not a local disk service."));
}

Test(validate, looks_at_services_and_sockets)
{
    load(
        MODULES,
        "(name = \"m\", disk = (path = \"/tmp\")), (name = \"e\"), (name = \"nd\", disk = "
        "(path = \"/nonexistent\")),"
        "(name = \"n\", network = (allow = [\"public\", \"bogus\", \"1.2.3.4/33\", \"::/0\"]))",
        "(name = \"s\", address = \"127.0.0.1:99999\", service = \"gone\"), (name = \"s\", "
        "address = \"*\"), (name = \"t\", address = \"a b\", service = \"m\")");
    cr_expect(config_fixture_says(&f, "Config defines multiple services named \"m\"."));
    cr_expect(config_fixture_says(&f, "Service named \"e\" does not specify what to serve."));
    cr_expect(
        config_fixture_says(&f, "service nd: Directory named \"nd\" not found: /nonexistent"));
    cr_expect(config_fixture_says(&f, "service n: invalid CIDR: bogus"));
    cr_expect(config_fixture_says(&f, "service n: invalid CIDR: 1.2.3.4/33"));
    cr_expect(config_fixture_says(
        &f, "c.capnp:5:12: error: Socket \"s\": parseAddress: Port number too large."));
    cr_expect(config_fixture_says(
        &f, "Socket \"s\" refers to a service \"gone\", but no such service is defined."));
    cr_expect(config_fixture_says(&f, "Config defines multiple sockets named \"s\"."));
    cr_expect(config_fixture_says(&f, "Socket \"s\" does not say which service it is for"));
    cr_expect(config_fixture_says(&f, "Socket \"t\": parseAddress: a host name has only"));
    cr_expect_eq(f.diags.errors, 10);
}

Test(validate, tells_addresses_from_what_is_none)
{
    static const char *const good[] = {"*:80",
                                       "*",
                                       "1.2.3.4",
                                       "1.2.3.4:0",
                                       "[::1]:80",
                                       "[::1]",
                                       "::1",
                                       "localhost:8080",
                                       "unix:/tmp/x",
                                       "unix-abstract:x",
                                       "a-b.example.com:1"};
    static const char *const bad[] = {"",     ":80",    "a:",    "a:b", "a:65536", "[]:1",
                                      "[::1", "[::1]x", "unix:", "a b", "1::g",    "a/b"};

    for (size_t i = 0; i < WK_COUNT(good); i++)
        cr_expect_null(config_address_bad(good[i]), "%s", good[i]);
    for (size_t i = 0; i < WK_COUNT(bad); i++)
        cr_expect_not_null(config_address_bad(bad[i]), "%s", bad[i]);
}

Test(validate, survives_packing)
{
    cr_assert_eq(load(MODULES, "", "(name = \"s\", address = \"*\", service = \"m\")"), WK_OK);
    size_t bytes = wk__config__get_packed_size(f.config);
    uint8_t *data = wk_xmalloc(bytes);
    struct wk_buf before = {0}, after = {0};

    wk__config__pack(f.config, data);
    Wk__Config *again = wk__config__unpack(NULL, bytes, data);
    wk_config_dump_json(f.config, &before);
    wk_config_dump_json(again, &after);
    cr_expect_str_eq(before.data, after.data);
    cr_expect(strstr(before.data, "\"type\": \"ES_MODULE\"") != NULL);
    wk__config__free_unpacked(again, NULL);
    wk_buf_fini(&before);
    wk_buf_fini(&after);
    free(data);
}

Test(validate, reports_as_text_and_as_json)
{
    struct wk_config_opts opts;
    struct wk_buf out = {0};
    const char *path;
    char *file;

    config_fixture_file(&f, "w.json", "{ \"nam\": \"x\" }");
    file = wk_xasprintf("%s/w.json", f.dir);
    path = file;
    wk_config_opts_init(&opts);
    opts.paths = &path;
    opts.path_count = 1;
    cr_expect_eq(wk_config_check(&opts, true, &out), 1);
    cr_expect(strstr(out.data, "{\"ok\":false,\"errors\":[{\"file\":\"/tmp/wk-config-") ==
              out.data);
    cr_expect(strstr(out.data,
                     "w.json\",\"line\":1,\"column\":3,\"key\":\"nam\",\"text\":"
                     "\"unknown key \\\"nam\\\"; did you mean \\\"name\\\"?\"}") != NULL,
              "%s", out.data);
    wk_buf_fini(&out);
    cr_expect_eq(wk_config_check(&opts, false, &out), 1);
    cr_expect(strstr(out.data, "2 errors, 1 warning\n") != NULL, "%s", out.data);
    wk_buf_fini(&out);
    free(file);
}
