/* tests/support/js_test.c FILE - runs one lowered test file in an isolate with every builtin.
 *
 * The file sees test(name, fn), assert(value, text), assertEq(a, b), assertThrows(fn, pattern), print(text),
 * toHex(value), fromHex(text) and enhancedErrors(on) for serialized values. Timers
 * are virtual: when no job is left the clock jumps to the next one. Prints a line per test and
 * "N passed, N failed"; exit status 1 if any failed. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "kernel/base/buf.h"
#include "runtime/binding/binding.h"
#include "runtime/engine/engine.h"
#include "runtime/regexp/regexp.h"
#include "runtime/serialize/serialize.h"
#include "runtime/sql/sql.h"
#include "tests/support/js_sql.h"

static int failed, passed;

static duk_ret_t
test_print(duk_context *ctx)
{
    printf("%s\n", duk_to_string(ctx, 0));
    fflush(stdout);
    return 0;
}

static duk_ret_t
test_count(duk_context *ctx)
{
    if (duk_to_boolean(ctx, 0))
        passed++;
    else
        failed++;
    return 0;
}

static duk_ret_t
test_enqueue(duk_context *ctx)
{
    duk_require_function(ctx, 0);
    wk_engine_enqueue_job(ctx, 0);
    return 0;
}

static duk_ret_t
test_gc(duk_context *ctx)
{
    duk_gc(ctx, 0);
    duk_gc(ctx, 0);
    return 0;
}

/* toHex(value): its serialized bytes. */
static duk_ret_t
test_to_hex(duk_context *ctx)
{
    struct wk_buf bytes = {0}; /* a throw leaves it so */

    wk_serialize(ctx, 0, &bytes);
    memcpy(duk_push_fixed_buffer(ctx, bytes.len), bytes.data, bytes.len);
    wk_buf_fini(&bytes);
    duk_hex_encode(ctx, -1);
    return 1;
}

/* fromHex(text): the value of serialized bytes. */
static duk_ret_t
test_from_hex(duk_context *ctx)
{
    duk_size_t len;
    const void *bytes;

    duk_hex_decode(ctx, 0);
    bytes = duk_get_buffer_data(ctx, 0, &len);
    wk_deserialize(ctx, bytes, len);
    return 1;
}

static duk_ret_t
test_enhanced_errors(duk_context *ctx)
{
    wk_serialize_enhanced_errors(ctx, duk_to_boolean(ctx, 0));
    return 0;
}

static const char harness[] =
    "(function (G, print, count, enqueue, require) {\n"
    "  var queue = [], timers = [], now = 0, ids = 0;\n"
    "  function show(v) { try { return typeof v === 'string' ? JSON.stringify(v) : String(JSON.stringify(v) || v); }"
    " catch (e) { return String(v); } }\n"
    "  G.requireBuiltin = require;\n"
    "  if (!G.queueMicrotask) G.queueMicrotask = enqueue;\n"
    "  G.setTimeout = function (f, ms) { timers.push({ id: ++ids, at: now + (+ms || 0), f: f }); return ids; };\n"
    "  G.clearTimeout = function (id) { timers = timers.filter(function (t) { return t.id !== id; }); };\n"
    "  G.assert = function (v, text) { if (!v) throw new Error('assertion failed: ' + (text || show(v))); };\n"
    "  G.assertEq = function (a, b, text) { if (!Object.is(a, b) && show(a) !== show(b) || typeof a !== typeof b)"
    " throw new Error((text ? text + ': ' : '') + show(a) + ' is not ' + show(b)); };\n"
    "  G.assertThrows = function (f, want) { try { f(); } catch (e) {"
    " if (want && !(want instanceof RegExp ? want.test(String(e)) : String(e) === want)) throw new Error('threw ' + e + ', not ' + want);"
    " return e; } throw new Error('did not throw ' + (want || '')); };\n"
    "  G.assertRejects = function (p, want) { return Promise.resolve(p).then(function () { throw new Error('did not reject'); },"
    " function (e) { G.assertThrows(function () { throw e; }, want); return e; }); };\n"
    "  G.test = function (name, f) { queue.push([name, f]); };\n"
    "  function next() {\n"
    "    var t = queue.shift(); if (!t) return;\n"
    "    function ok() { print('ok   ' + t[0]); count(true); next(); }\n"
    "    function no(e) { print('FAIL ' + t[0] + ': ' + (e && e.stack || e)); count(false); next(); }\n"
    "    var r; try { r = t[1](); } catch (e) { return no(e); }\n"
    "    if (r && typeof r.then === 'function') { G.current = t[0]; r.then(ok, no); } else ok();\n"
    "  }\n"
    "  return { start: next, tick: function () {\n"
    "    if (!timers.length) return false;\n"
    "    timers.sort(function (a, b) { return a.at - b.at || a.id - b.id; });\n"
    "    var t = timers.shift(); now = t.at; t.f(); return true; }, left: function () { return queue.length; },"
    " stuck: function () { return G.current; } };\n"
    "})";

static duk_ret_t
test_require(duk_context *ctx)
{
    wk_engine_require(ctx, duk_require_string(ctx, 0));
    return 1;
}

static duk_ret_t
run(duk_context *ctx, void *udata)
{
    struct wk_buf source = {0};
    char *path = udata;

    wk_regexp_init(ctx);
    wk_binding_init(ctx);
    wk_serialize_init(ctx);
    wk_engine_require(ctx, "language");
    wk_engine_require(ctx, "web");
    if (strstr(path, "/sql_") != NULL)
        js_sql_init(ctx);
    duk_push_c_function(ctx, test_gc, 0);
    duk_put_global_string(ctx, "gc");
    duk_push_c_function(ctx, test_print, 1);
    duk_put_global_string(ctx, "print");
    duk_push_c_function(ctx, test_to_hex, 1);
    duk_put_global_string(ctx, "toHex");
    duk_push_c_function(ctx, test_from_hex, 1);
    duk_put_global_string(ctx, "fromHex");
    duk_push_c_function(ctx, test_enhanced_errors, 1);
    duk_put_global_string(ctx, "enhancedErrors");
    duk_eval_string(ctx, harness);
    duk_push_global_object(ctx);
    duk_push_c_function(ctx, test_print, 1);
    duk_push_c_function(ctx, test_count, 1);
    duk_push_c_function(ctx, test_enqueue, 1);
    duk_push_c_function(ctx, test_require, 1);
    duk_call(ctx, 5); /* driver */
    if (wk_buf_read_file(&source, path, 16u << 20) != WK_OK)
        return duk_error(ctx, DUK_ERR_ERROR, "cannot read %s", path);
    duk_push_lstring(ctx, "(function (exports, require) {", 30);
    duk_push_lstring(ctx, source.data, source.len);
    duk_push_string(ctx, "\n})");
    wk_buf_fini(&source);
    duk_concat(ctx, 3);
    duk_push_string(ctx, path);
    duk_compile(ctx, DUK_COMPILE_EVAL);
    duk_call(ctx, 0);
    duk_push_object(ctx);
    duk_push_c_function(ctx, test_require, 1);
    duk_call(ctx, 2);
    duk_pop(ctx);
    duk_push_string(ctx, "start");
    duk_call_prop(ctx, -2, 0);
    duk_pop(ctx);
    for (;;) {
        wk_engine_run_jobs(wk_engine_of(ctx));
        duk_push_string(ctx, "tick");
        duk_call_prop(ctx, -2, 0);
        if (!duk_to_boolean(ctx, -1))
            break;
        duk_pop(ctx);
    }
    duk_pop(ctx);
    duk_push_string(ctx, "left");
    duk_call_prop(ctx, -2, 0);
    if (duk_to_int(ctx, -1) > 0) {
        duk_get_global_string(ctx, "current");
        printf("FAIL %s: its promise never settled\n", duk_to_string(ctx, -1));
        failed++;
    }
    return 0;
}

int
main(int argc, char **argv)
{
    struct wk_engine_opts opts = {0};
    struct wk_engine *engine;

    if (argc != 2) {
        fprintf(stderr, "usage: js-test FILE\n");
        return 100;
    }
    WK_CHECK(wk_engine_new(&opts, &engine) == WK_OK);
    if (duk_safe_call(wk_engine_ctx(engine), run, argv[1], 0, 1) != 0) {
        printf("FAIL %s: %s\n", argv[1], duk_safe_to_stacktrace(wk_engine_ctx(engine), -1));
        failed++;
    }
    printf("%d passed, %d failed\n", passed, failed);
    wk_sql_fini(engine);
    wk_engine_free(engine);
    return failed > 0;
}
