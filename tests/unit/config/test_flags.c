#include <criterion/criterion.h>
#include <string.h>
#include "tests/unit/config/fixture.h"

static struct config_fixture f;

static void
setup(void)
{
    config_fixture_init(&f);
    config_fixture_file(&f, "c.capnp",
                        "using Workerd = import \"/workerd/workerd.capnp\";\n"
                        "const c :Workerd.Config = (services = [(name = \"m\", worker = "
                        "(modules = [(name = \"w\", esModule = \"\")])),\n"
                        "(name = \"d\", disk = ()), (name = \"x\", external = ())],\n"
                        "sockets = [(name = \"http\", service = \"m\"), (name = \"b\", address "
                        "= \"1.2.3.4\", service = \"m\")]);");
}

static void
teardown(void)
{
    config_fixture_fini(&f);
}

TestSuite(flags, .init = setup, .fini = teardown);

Test(flags, fill_what_the_configuration_leaves_open)
{
    cr_expect_eq(config_fixture_load(&f, "@c.capnp", NULL), WK_EINVAL);
    cr_expect(config_fixture_says(
        &f, "c.capnp:4:12: error: Socket \"http\" has no address in the config, so must be "
            "specified on the command line with `--socket-addr`."));
    cr_expect(config_fixture_says(
        &f, "c.capnp:3:1: error: service d: Directory \"d\" has no path in the config, so must "
            "be specified on the command line with `--directory-path`."));
    cr_expect(config_fixture_says(
        &f, "c.capnp:3:26: error: service x: External service \"x\" has no address in the "
            "config, so must be specified on the command line with `--external-addr`."));
    cr_expect(config_fixture_says(
        &f, "c.capnp:2:40: error: service m: Worker must specify compatibilityDate."));
    cr_expect_eq(f.diags.errors, 4);
    cr_assert_eq(config_fixture_load(&f, "-s", "http=*:0", "--socket-addr=b=unix:/tmp/s",
                                     "-dd=/tmp", "--external-addr", "x=localhost:1",
                                     "--compat-date=2024-01-01", "@c.capnp", NULL),
                 WK_OK);
    cr_expect_str_eq(f.config->sockets[0]->address, "*:0");
    cr_expect_str_eq(f.config->sockets[1]->address, "unix:/tmp/s");
    cr_expect_str_eq(f.config->services[1]->disk->path, "/tmp");
    cr_expect_str_eq(f.config->services[2]->external->address, "localhost:1");
    cr_expect_str_eq(f.config->services[0]->worker->compatibility_date, "2024-01-01");
}

Test(flags, make_relative_directories_absolute)
{
    cr_assert_eq(config_fixture_load(&f, "-shttp=*:0", "-dd=.", "-ex=h",
                                     "--compat-date=2024-01-01", "@c.capnp", NULL),
                 WK_OK);
    cr_expect_eq(f.config->services[1]->disk->path[0], '/');
}

Test(flags, must_match_something)
{
    config_fixture_load(&f, "-s", "foo=1", "-d", "m=/tmp", "-e", "d=x", "@c.capnp", NULL);
    cr_expect(config_fixture_says(&f, "error: Config did not define any socket named \"foo\" "
                                      "to match the override provided on the command line."));
    cr_expect(
        config_fixture_says(&f, "error: Config did not define any disk service named \"m\" to "
                                "match the override provided on the command line."));
    cr_expect(
        config_fixture_says(&f, "error: Config did not define any external service named \"d\" "
                                "to match the override provided on the command line."));
}

Test(flags, are_read_strictly)
{
    config_fixture_load(&f, "-s", "foo", NULL);
    cr_expect(config_fixture_says(
        &f, "invalid value 'foo' for '--socket-addr <name>=<addr>': Expected <name>=<value>"));
    config_fixture_load(&f, "--env", NULL);
    cr_expect(config_fixture_says(&f, "a value is required for '--env'"));
    config_fixture_load(&f, "--port", "70000", NULL);
    cr_expect(config_fixture_says(&f, "invalid value '70000' for '--port'"));
    config_fixture_load(&f, "@c.capnp", "a", "b", NULL);
    cr_expect(config_fixture_says(&f, "unexpected argument 'b'"));
}

Test(flags, move_the_http_socket)
{
    cr_assert_eq(config_fixture_load(&f, "@c.capnp", "-dd=/tmp", "-ex=h", "--compat-date",
                                     "2024-01-01", "--port", "0", NULL),
                 WK_OK);
    cr_expect_str_eq(f.config->sockets[0]->address, "127.0.0.1:0");
    cr_expect_str_eq(f.config->sockets[1]->address, "1.2.3.4");
    cr_assert_eq(config_fixture_load(&f, "@c.capnp", "-dd=/tmp", "-ex=h", "--compat-date",
                                     "2024-01-01", "--host", "::1", NULL),
                 WK_OK);
    cr_expect_str_eq(f.config->sockets[0]->address, "[::1]:8787");
}

Test(flags, do_not_override_a_date_of_the_file)
{
    config_fixture_file(&f, "d.capnp",
                        "using Workerd = import \"/workerd/workerd.capnp\"; const c "
                        ":Workerd.Config = (services = "
                        "[(name = \"m\", worker = (modules = [(name = \"w\", esModule = "
                        "\"\")], compatibilityDate = \"2024-01-01\"))]);");
    cr_expect_eq(config_fixture_load(&f, "@d.capnp", "--compat-date", "2024-01-01", NULL),
                 WK_EINVAL);
    cr_expect(config_fixture_says(
        &f,
        "service m: Worker specifies compatibilityDate but --compat-date was provided. When "
        "using --compat-date, workers must not specify compatibilityDate in the config."));
}
