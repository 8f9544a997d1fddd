/* tests/support/lower_run.c - lower-run CACHE_DIR ROOT...: compiles ROOT/main.{js,ts,...} and runs it.
 *
 * Each root gets a heap of its own with the language and no web; log(...) prints a line. What a run
 * printed is written to ROOT/actual, diagnostics and a thrown error included. The module loader is the
 * smallest that keeps the rules of proto/bundle.proto. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "runtime/binding/binding.h"
#include "runtime/engine/engine.h"
#include "runtime/linemap/line_map.h"
#include "runtime/regexp/regexp.h"
#include "services/compiler/compile.h"
#include "services/compiler/text.h"
#include "services/diag/diag.h"

static FILE *actual;

static duk_ret_t
run_print(duk_context *ctx)
{
    struct wk_buf line = {0};
    duk_size_t bytes;
    const char *text = duk_to_lstring(ctx, 0, &bytes);

    wk_buf_add(&line, "", 0);
    wk_text_to_utf8(text, bytes, &line);
    fprintf(actual, "%s\n", line.data);
    wk_buf_fini(&line);
    return 0;
}

static duk_ret_t
run_require(duk_context *ctx)
{
    wk_engine_require(ctx, duk_require_string(ctx, 0));
    return 1;
}

static const char loader[] =
    "(function (modules, print, builtin, G) {\n"
    "  function show(v, deep) {\n"
    "    if (typeof v === 'string') return deep ? JSON.stringify(v) : v;\n"
    "    if (typeof v === 'function') return '[function ' + v.name + ']';\n"
    "    if (typeof v === 'symbol') return v.toString();\n"
    "    if (v === null || typeof v !== 'object') return Object.is(v, -0) ? '-0' : String(v);\n"
    "    if (v instanceof Error) return v.name + ': ' + v.message;\n"
    "    if (Array.isArray(v)) { var o = []; for (var i = 0; i < v.length; i++) o.push(i in v ? show(v[i], 1) : '<hole>'); return '[' + o.join(',') + ']'; }\n"
    "    if (typeof v.then === 'function') return '[promise]';\n"
    "    return '{' + Object.keys(v).map(function (k) { return k + ':' + show(v[k], 1); }).join(',') + '}';\n"
    "  }\n"
    "  G.log = function () { print(Array.prototype.map.call(arguments, function (v) { return show(v); }).join(' ')); };\n"
    "  G.globalThis = G;\n"
    "  G.__wk_tslib = builtin('tslib');\n"
    "  var cache = {};\n"
    "  function load(name) {\n"
    "    if (name === 'wk:tslib') return { exports: builtin('tslib') };\n"
    "    if (cache[name]) return cache[name];\n"
    "    var d = modules[name], m = cache[name] = { exports: {}, id: name };\n"
    "    if (!d) throw new Error('No such module \"' + name + '\".');\n"
    "    function target(s) { var r = d.imports[s]; if (!r) throw new Error('No such module \"' + s + '\".'); if (r.error) throw new Error(r.error); return r.module; }\n"
    "    function require(s) { return load(target(s)).exports; }\n"
    "    function dynamic(s) { return new Promise(function (ok) { var x = load(target('' + s)); ok(x.done ? x.done.then(function () { return x.exports; }) : x.exports); }); }\n"
    "    if (d.type === 4) m.exports = { default: d.code, __esModule: true };\n"
    "    else if (d.type === 6) { m.exports = JSON.parse(d.code); }\n"
    "    else if (d.type === 7) (0, eval)(d.code);\n"
    "    else if (d.type === 2) d.fn.call(m.exports, m.exports, require, m, name, '');\n"
    "    else { m.done = d.fn.call(undefined, m.exports, require, m, dynamic, { url: 'file:///' + name, main: name === modules.first }); }\n"
    "    return m;\n"
    "  }\n"
    "  load(modules.first);\n"
    "  var done = cache[modules.first].done;\n"
    "  if (done) done.then(null, function (e) { print('rejected ' + show(e)); });\n"
    "})";

static const char *
parameters_of(const Wk__LoweredModule *m)
{
    return m->type == WK__LOWERED_MODULE__TYPE__COMMON_JS ? "exports, require, module, __filename, __dirname"
                                                          : "exports, require, module, __wk_import, __wk_meta";
}

static void
push_module(duk_context *ctx, const Wk__LoweredModule *m)
{
    duk_push_object(ctx);
    duk_push_int(ctx, (int)m->type);
    duk_put_prop_string(ctx, -2, "type");
    duk_push_lstring(ctx, (char *)m->code.data, m->code.len);
    duk_put_prop_string(ctx, -2, "code");
    if (m->type == WK__LOWERED_MODULE__TYPE__ES || m->type == WK__LOWERED_MODULE__TYPE__ES_ASYNC ||
        m->type == WK__LOWERED_MODULE__TYPE__COMMON_JS) {
        duk_push_sprintf(ctx, "(function (%s) {", parameters_of(m));
        duk_push_lstring(ctx, (char *)m->code.data, m->code.len);
        duk_push_string(ctx, "\n})");
        duk_concat(ctx, 3);
        duk_push_string(ctx, m->display);
        duk_compile(ctx, DUK_COMPILE_EVAL);
        duk_call(ctx, 0);
        duk_put_prop_string(ctx, -2, "fn");
    }
    duk_push_bare_object(ctx);
    for (size_t i = 0; i < m->n_imports; i++) {
        duk_push_bare_object(ctx);
        duk_push_string(ctx, m->imports[i]->module);
        duk_put_prop_string(ctx, -2, "module");
        duk_push_string(ctx, m->imports[i]->error);
        duk_put_prop_string(ctx, -2, "error");
        duk_put_prop_string(ctx, -2, m->imports[i]->specifier);
    }
    duk_put_prop_string(ctx, -2, "imports");
}

static duk_ret_t
run(duk_context *ctx, void *udata)
{
    const Wk__Bundle *bundle = udata;

    wk_regexp_init(ctx);
    wk_binding_init(ctx); /* only for keys that script cannot name */
    wk_engine_require(ctx, "language");
    duk_eval_string(ctx, loader);
    duk_push_bare_object(ctx);
    for (size_t i = 0; i < bundle->n_modules; i++) {
        push_module(ctx, bundle->modules[i]);
        duk_put_prop_string(ctx, -2, bundle->modules[i]->name);
    }
    duk_push_string(ctx, bundle->modules[0]->name);
    duk_put_prop_string(ctx, -2, "first");
    duk_push_c_function(ctx, run_print, 1);
    duk_push_c_function(ctx, run_require, 1);
    duk_push_global_object(ctx);
    duk_call(ctx, 4);
    wk_engine_run_jobs(wk_engine_of(ctx));
    return 0;
}

static void
run_bundle(const char *path)
{
    struct wk_engine_opts opts = {.heap_bytes_max = 256u << 20};
    struct wk_arena arena = {0};
    ProtobufCAllocator allocator = wk_compile_allocator(&arena);
    struct wk_buf buf = {0};
    struct wk_engine *engine;
    Wk__Bundle *bundle;

    WK_CHECK(wk_buf_read_file(&buf, path, WK_BUNDLE_BYTES_MAX * 2) == WK_OK);
    WK_CHECK((bundle = wk__bundle__unpack(&allocator, buf.len, (uint8_t *)buf.data)) != NULL);
    WK_CHECK(wk_engine_new(&opts, &engine) == WK_OK);
    wk_engine_cpu_limit(engine, 10000);
    if (duk_safe_call(wk_engine_ctx(engine), run, bundle, 0, 1) != 0) {
        fprintf(actual, "threw %s\n", duk_safe_to_string(wk_engine_ctx(engine), -1));
        if (getenv("LOWER_RUN_STACK") != NULL)
            printf("%s\n", duk_safe_to_stacktrace(wk_engine_ctx(engine), -1));
    }
    wk_engine_free(engine);
    wk_buf_fini(&buf);
    wk_arena_fini(&arena);
}

static void
run_root(struct wk_compiler *compiler, const char *cache_dir, char *root)
{
    Wk__Worker worker = WK__WORKER__INIT;
    Wk__Project project = WK__PROJECT__INIT;
    struct wk_compiled compiled;
    struct wk_buf packed = {0}, text = {0};
    char *path = wk_xasprintf("%s/actual", root);

    char *globs[] = {(char *)"main.js", (char *)"main.ts", (char *)"main.tsx"};
    Wk__Rule rule = WK__RULE__INIT, *rules[] = {&rule};

    rule.type = (char *)"ESModule";
    rule.globs = globs;
    rule.n_globs = WK_COUNT(globs);
    project.rules = rules;
    project.n_rules = 1;
    project.root = root;
    project.main = (char *)"main";
    worker.project = &project;
    wk_buf_reserve(&packed, wk__worker__get_packed_size(&worker));
    packed.len = wk__worker__pack(&worker, (uint8_t *)packed.data);
    WK_CHECK((actual = fopen(path, "w")) != NULL);
    WK_CHECK(wk_compile(compiler, packed.data, packed.len, cache_dir, &compiled) == WK_OK);
    wk_diagnostics_format(compiled.done->diagnostics, compiled.done->n_diagnostics, &text);
    if (text.len > 0)
        fputs(text.data, actual);
    if (compiled.done->ok)
        run_bundle(compiled.done->bundle_path);
    fclose(actual);
    wk_compiled_fini(&compiled);
    wk_buf_fini(&text);
    wk_buf_fini(&packed);
    free(path);
}

int
main(int argc, char **argv)
{
    struct wk_compiler *compiler;

    if (argc < 3) {
        fprintf(stderr, "usage: lower-run CACHE_DIR ROOT...\n");
        return 100;
    }
    WK_CHECK(wk_compiler_new(NULL, 0, &compiler) == WK_OK);
    for (int i = 2; i < argc; i++)
        run_root(compiler, argv[1], argv[i]);
    wk_compiler_free(compiler);
    return 0;
}
