/* What lies outside the isolates: a directory, a website's assets, servers that fetch() talks
 * to. */
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include "tests/support/origin.h"
#include "tests/system/system.h"

static struct place place;

static void
setup(void)
{
    place_init(&place);
}

static void
teardown(void)
{
    place_fini(&place);
}

TestSuite(outside, .init = setup, .fini = teardown, .timeout = 60);

/* Starts it, on a port of its own choice, and gives that. */
static int
start(const char *what)
{
    struct run run;
    int port;

    cr_assert_eq(RUN(&run, &place, "start", what, "--detach", "--port", "0"), 0, "%s",
                 run.err.data);
    port = run_port(&run);
    run_fini(&run);
    return port;
}

/* GET path answers with that status, and text is in the answer. */
static void
expect(int port, const char *path, const char *status, const char *text)
{
    char *got = http_get(port, path);

    cr_assert_not_null(got, "%s", path);
    cr_expect_eq(strncmp(got + 9, status, 3), 0, "%s: %s", path, got);
    cr_expect_not_null(strstr(got, text), "%s: wanted \"%s\", got \"%s\"", path, text, got);
    free(got);
}

/* ---- disk ---- */

static const char disk_config[] =
    "using Workerd = import \"/workerd/workerd.capnp\";\n"
    "const config :Workerd.Config = (\n"
    "  services = [(name = \"files\", disk = (path = \"files\", writable = true)),\n"
    "              (name = \"main\", worker = (modules = [(name = \"m.js\", esModule = embed "
    "\"m.js\")],\n"
    "                compatibilityDate = \"2025-09-01\", bindings = [(name = \"FILES\", "
    "service = \"files\")]))],\n"
    "  sockets = [(name = \"http\", address = \"127.0.0.1:0\", http = (), service = "
    "\"main\")]);\n";
static const char disk_worker[] =
    "export default { async fetch(req, env) {\n"
    "  const path = new URL(req.url).pathname;\n"
    "  if (path === '/write') {\n"
    "    const put = await env.FILES.fetch('http://d/new/file', { method: 'PUT', body: "
    "'x'.repeat(300000) });\n"
    "    const get = await env.FILES.fetch('http://d/new/file');\n"
    "    return new Response(put.status + ' ' + get.status + ' ' + (await "
    "get.text()).length);\n"
    "  }\n"
    "  return env.FILES.fetch(req);\n"
    "} };\n";

Test(outside, a_worker_reads_and_writes_a_directory)
{
    struct stat st;
    char *written = place_path(&place, "files/new/file");
    int port;

    place_write(&place, "config.capnp", disk_config);
    place_write(&place, "m.js", disk_worker);
    place_write(&place, "files/a.txt", "from the disk");
    port = start("config.capnp");
    expect(port, "/a.txt", "200", "\r\n\r\nfrom the disk");
    expect(port, "/", "200", "[{\"name\":\"a.txt\",\"type\":\"file\"}]");
    expect(port, "/none", "404", "Not Found");
    expect(port, "/write", "200", "204 200 300000");
    cr_expect_eq(stat(written, &st), 0);
    cr_expect_eq(st.st_size, 300000);
    free(written);
}

/* ---- assets ---- */

static const char site_config[] =
    "{ \"name\": \"site\", \"main\": \"src/index.js\", \"compatibility_date\": "
    "\"2025-09-01\",\n"
    "  \"assets\": { \"directory\": \"public\", \"binding\": \"ASSETS\",\n"
    "               \"not_found_handling\": \"404-page\"%s } }\n";
static const char site_worker[] =
    "export default { async fetch(req, env) {\n"
    "  const path = new URL(req.url).pathname;\n"
    "  if (path === '/bound') { const r = await env.ASSETS.fetch('http://x/about');\n"
    "    return new Response('bound ' + r.status + ' ' + await r.text()); }\n"
    "  if (path === '/missing') { const r = await env.ASSETS.fetch('http://x/none');\n"
    "    return new Response('missing ' + r.status + ' ' + await r.text()); }\n"
    "  return new Response('worker ' + path);\n"
    "} };\n";

static int
site_start(const char *more)
{
    char *config = wk_xasprintf(site_config, more);
    int port;

    place_write(&place, "wrangler.jsonc", config);
    place_write(&place, "src/index.js", site_worker);
    place_write(&place, "public/index.html", "the index");
    place_write(&place, "public/about.html", "the about");
    place_write(&place, "public/404.html", "not here");
    port = start(".");
    free(config);
    return port;
}

Test(outside, assets_answer_first_and_the_worker_the_rest)
{
    int port = site_start("");

    expect(port, "/", "200", "Content-Type: text/html; charset=utf-8");
    expect(port, "/about", "200", "\r\n\r\nthe about");
    expect(port, "/about.html", "307", "Location: /about\r\n");
    expect(port, "/api", "200", "\r\n\r\nworker /api");
    expect(port, "/bound", "200", "bound 200 the about");
    expect(port, "/missing", "200", "missing 404 not here");
}

Test(outside, the_worker_goes_first_where_it_is_told_to)
{
    int port = site_start(", \"run_worker_first\": true");

    expect(port, "/about", "200", "worker /about");
    expect(port, "/bound", "200", "bound 200 the about");
}

Test(outside, routes_tell_where_the_worker_goes_first)
{
    int port = site_start(", \"run_worker_first\": [\"/a*\", \"!/about\"]");

    expect(port, "/about", "200", "the about");
    expect(port, "/api", "200", "worker /api");
    expect(port, "/bound", "404", "not here");
}

Test(outside, a_website_without_worker)
{
    int port;

    place_write(&place, "wrangler.jsonc",
                "{ \"name\": \"site\", \"assets\": { \"directory\": \"public\",\n"
                "  \"not_found_handling\": \"single-page-application\" } }\n");
    place_write(&place, "public/index.html", "the app");
    port = start(".");
    expect(port, "/", "200", "the app");
    expect(port, "/some/where", "200", "the app");
}

Test(outside, a_website_says_itself_what_moved_and_which_headers_it_has)
{
    int port;

    place_write(&place, "public/_redirects", "/old /about 301\n/blog/* https://blog.example/:splat\n/alias /about 200\n");
    place_write(&place, "public/_headers", "/*\n  X-Site: yes\n  Cache-Control: no-store\n/about\n  X-Site: about\n  ! ETag\n");
    port = site_start("");
    expect(port, "/old?q=1", "301", "Location: /about?q=1\r\n");
    expect(port, "/blog/a/b", "302", "Location: https://blog.example/a/b\r\n");
    expect(port, "/alias", "200", "\r\n\r\nthe about");
    expect(port, "/about", "200", "X-Site: yes, about\r\n");
    expect(port, "/", "200", "Cache-Control: no-store\r\n");
    expect(port, "/api", "200", "\r\n\r\nworker /api");
    expect(port, "/_headers", "200", "worker /_headers");
    place_replace(&place, "public/_redirects", "/old / 308\n");
    expect(port, "/old", "308", "Location: /\r\n");
}

/* ---- fetch ---- */

static const char fetch_config[] =
    "using Workerd = import \"/workerd/workerd.capnp\";\n"
    "const config :Workerd.Config = (\n"
    "  services = [(name = \"ext\", external = (address = \"127.0.0.1:%u\", http = "
    "(cfBlobHeader = \"X-Cf\"))),\n"
    "              (name = \"main\", worker = (modules = [(name = \"m.js\", esModule = embed "
    "\"m.js\")],\n"
    "                compatibilityDate = \"2025-09-01\", globalOutbound = \"ext\",\n"
    "                bindings = [(name = \"NET\", service = \"internet\"), (name = \"PORT\", "
    "json = \"%u\")]))],\n"
    "  sockets = [(name = \"http\", address = \"127.0.0.1:0\", http = (), service = "
    "\"main\")]);\n";
static const char fetch_worker[] =
    "const headers = { authorization: 'secret', 'x-kept': '1' };\n"
    "const tests = {\n"
    "  follow: () => fetch('http://a/to?/there'),\n"
    "  manual: () => fetch('http://a/to?/there', { redirect: 'manual' }),\n"
    "  post: () => fetch('http://a/to?/there', { method: 'POST', body: 'x' }),\n"
    "  keep: () => fetch('http://a/307?/there', { method: 'POST', body: 'kept' }),\n"
    "  see: () => fetch('http://a/303?/there', { method: 'PUT', body: 'x' }),\n"
    "  stream: () => fetch('http://a/307?/there', { method: 'POST',\n"
    "    body: new ReadableStream({ start(to) { to.enqueue(new Uint8Array(1)); to.close(); } "
    "}) }),\n"
    "  same: () => fetch('http://a/to?/there', { headers }),\n"
    "  cross: () => fetch('http://a/to?http://b/there', { headers }),\n"
    "  loop: () => fetch('http://a/loop'),\n"
    "  invalid: () => fetch('http://a/to?http://[bad'),\n"
    "  lost: () => fetch('http://a/cut'),\n"
    "  cf: () => fetch('http://a/x', { cf: { colo: 'X' } }),\n"
    "  scheme: () => fetch('ftp://a/'),\n"
    "  denied: env => env.NET.fetch('http://127.0.0.1:' + env.PORT + '/'),\n"
    "  big: () => fetch('http://a/big?1000000').then(async r => new Response('' + (await "
    "r.arrayBuffer()).byteLength)),\n"
    "};\n"
    "export default { async fetch(req, env, ctx) {\n"
    "  const name = new URL(req.url).pathname.slice(1);\n"
    "  if (name === 'pass') { ctx.passThroughOnException(); throw new Error('passed on'); }\n"
    "  try {\n"
    "    const res = await tests[name](env);\n"
    "    return new Response(`${res.status} ${res.url} ${res.redirected} ${await "
    "res.text()}`);\n"
    "  } catch (e) { return new Response(`${e.name}: ${e.message}`); }\n"
    "} };\n";

static int
fetch_start(void)
{
    unsigned origin = origin_start();
    char *config = wk_xasprintf(fetch_config, origin, origin);

    place_write(&place, "config.capnp", config);
    place_write(&place, "m.js", fetch_worker);
    free(config);
    return start("config.capnp");
}

Test(outside, redirects_are_followed_as_the_method_says)
{
    int port = fetch_start();

    expect(port, "/follow", "200", "200 http://a/there true GET /there HTTP/1.1");
    expect(port, "/manual", "200", "302 http://a/to?/there false moved");
    expect(port, "/post", "200", "GET /there HTTP/1.1");
    expect(port, "/keep", "200", "\r\n\r\nkept");
    expect(port, "/see", "200", "GET /there HTTP/1.1");
    expect(port, "/stream", "200", "TypeError: A request with a one-time-use body");
    expect(port, "/same", "200", "authorization: secret");
    expect(port, "/invalid", "200",
           "TypeError: Invalid Location header; unable to follow redirect.");
    expect(port, "/loop", "200", "TypeError: Too many redirects.http://a/loop, http://a/loop");
}

Test(outside, a_secret_is_not_sent_to_another_origin)
{
    int port = fetch_start();
    char *got = http_get(port, "/cross");

    cr_assert_not_null(got);
    cr_expect_not_null(strstr(got, "Host: b\r\nx-kept: 1\r\n"), "%s", got);
    cr_expect_null(strstr(got, "secret"));
    free(got);
}

Test(outside, what_fails_outside_is_told)
{
    int port = fetch_start();

    expect(port, "/lost", "200", "Error: Network connection lost.");
    expect(port, "/denied", "200", "is not allowed");
    expect(port, "/scheme", "200", "TypeError: Fetch API cannot load: ftp://a/");
    expect(port, "/cf", "200", "X-Cf: {\"colo\":\"X\"}");
    expect(port, "/big", "200", "200  false 1000000");
}

Test(outside, a_worker_that_throws_may_let_the_request_pass)
{
    int port = fetch_start();

    expect(port, "/pass", "200", "GET /pass HTTP/1.1\r\nHost: test\r\n");
}
