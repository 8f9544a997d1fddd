/* What hostile or broken script may cost: CPU, memory, stack. Each ends as an error, and the
 * heap goes on. */
#include <criterion/criterion.h>
#include "runtime/engine/engine.h"

#define CPU_MS 60

static struct wk_engine *
engine_new(size_t heap_bytes_max)
{
    struct wk_engine_opts opts = {.heap_bytes_max = heap_bytes_max};
    struct wk_engine *engine;

    cr_assert_eq(wk_engine_new(&opts, &engine), WK_OK);
    return engine;
}

static bool
run(struct wk_engine *engine, const char *source)
{
    return duk_peval_string(wk_engine_ctx(engine), source) == 0;
}

static void
expect_runs(struct wk_engine *engine, const char *source, const char *want)
{
    bool ok = run(engine, source);

    cr_expect(ok, "%s: %s", source, duk_safe_to_string(wk_engine_ctx(engine), -1));
    cr_expect_str_eq(duk_safe_to_string(wk_engine_ctx(engine), -1), want);
    duk_pop(wk_engine_ctx(engine));
}

Test(engine_limits, script_ends_at_its_cpu_deadline_wherever_it_spins)
{
    static const char *const spins[] = {
        "for (;;) {}",
        "for (;;) { try { for (;;) {} } catch (e) {} }",
        "try { for (;;) {} } finally { for (;;) {} }",
        "for (;;) { try { throw 1 } catch (e) {} finally { continue } }",
        "var o = { get x() { for (;;) {} } }; for (;;) { try { o.x } catch (e) {} }",
        "[2, 1, 3].sort(function () { for (;;) {} })",
        "JSON.stringify({ toJSON: function () { for (;;) {} } })",
        "'aaa'.replace(/a/g, function () { for (;;) {} })",
        "new Map([[1, 1]]).forEach(function () { for (;;) {} })",
        "Object.assign({}, { get x() { for (;;) {} } })",
        "(function f() { try { f() } catch (e) { f() } })()",
        "new Promise(function () { for (;;) {} })",
        "new Proxy({}, { get: function () { for (;;) {} } }).x",
    };

    for (size_t i = 0; i < WK_COUNT(spins); i++) {
        struct wk_engine *engine = engine_new(0);
        uint64_t start = wk_now_ms();

        wk_engine_cpu_limit(engine, CPU_MS);
        (void)run(engine, spins[i]);
        cr_expect(wk_engine_cpu_exceeded(engine), "%s", spins[i]);
        cr_expect(wk_now_ms() - start < 5000, "%s", spins[i]);
        duk_pop(wk_engine_ctx(engine));
        wk_engine_cpu_limit(engine, 0);
        expect_runs(engine, "1 + 1", "2");
        wk_engine_free(engine);
    }
}

Test(engine_limits, a_job_that_spins_ends_the_run_and_leaves_the_rest)
{
    struct wk_engine *engine = engine_new(0);

    wk_engine_cpu_limit(engine, CPU_MS);
    cr_assert(run(engine, "var after = 0; Promise.resolve().then(function f() { for (;;) {} });"
                          "Promise.resolve().then(function () { after++ });"));
    wk_engine_run_jobs(engine);
    cr_expect(wk_engine_cpu_exceeded(engine));
    wk_engine_cpu_limit(engine, 0);
    wk_engine_run_jobs(engine);
    expect_runs(engine, "after", "1");
    wk_engine_free(engine);
}

Test(engine_limits, memory_past_the_cap_is_an_error_and_the_heap_stays_usable)
{
    static const char *const hogs[] = {
        "var a = []; for (;;) a.push(new Array(1000).join('x') + a.length)",
        "var s = 'x'; for (;;) s += s",
        "var m = new Map(); for (var i = 0;; i++) m.set(i, {})",
        "var s = new Set(); for (var i = 0;; i++) s.add('k' + i)",
        "var w = new WeakMap(), k = []; for (;;) { var o = {}; k.push(o); w.set(o, {}) }",
        "var p = Promise.resolve(); for (;;) p.then(function () {})",
        "var a = []; for (;;) a.push(new Uint8Array(100000))",
        "(function () { var list = []; for (;;) new Promise(function (r) { list.push(r) }) "
        "})()",
    };

    for (size_t i = 0; i < WK_COUNT(hogs); i++) {
        struct wk_engine *engine = engine_new((size_t)16 << 20);

        cr_expect(!run(engine, hogs[i]), "%s", hogs[i]);
        duk_pop(wk_engine_ctx(engine));
        cr_expect(wk_engine_heap_bytes(engine) <= ((size_t)16 << 20) + (64u << 10));
        cr_expect(wk_engine_memory_exceeded(engine));
        wk_engine_run_jobs(engine);
        wk_engine_heap_limit(engine, 0); /* a full heap may have no room to say so: given some, it goes on */
        expect_runs(engine, "a = s = m = w = k = p = f = o = undefined; var q = []; q.push({ x: 'y' }); q[0].x", "y");
        wk_engine_heap_limit(engine, 0);
        wk_engine_free(engine);
    }
}

Test(engine_limits, deep_recursion_is_a_range_error)
{
    static const char *const deep[] = {
        "(function f() { f() })()",
        "var o = {}; o.toString = function () { return String(o) }; String(o)",
        "(function f() { [1].forEach(f) })()",
        "(function f() { new Map([[1, 1]]).forEach(f) })()",
        "var p = new Proxy({}, { get: function (t, k, r) { return r[k] } }); p.x",
        "(function f() { JSON.stringify({ toJSON: f }) })()",
        "var s = ''; for (var i = 0; i < 100000; i++) s += '['; JSON.parse(s)",
        "var o = {}; for (var i = 0; i < 100000; i++) o = { o: o }; JSON.stringify(o)",
        "var o = {}; for (var i = 0; i < 20000; i++) o = Object.create(o); o.x",
    };

    for (size_t i = 0; i < WK_COUNT(deep); i++) {
        struct wk_engine *engine = engine_new(0);

        cr_expect(!run(engine, deep[i]), "%s", deep[i]);
        cr_expect(strncmp(duk_safe_to_string(wk_engine_ctx(engine), -1), "RangeError", 10) == 0,
                  "%s: %s", deep[i], duk_safe_to_string(wk_engine_ctx(engine), -1));
        duk_pop(wk_engine_ctx(engine));
        expect_runs(engine, "1 + 1", "2");
        wk_engine_free(engine);
    }
}

Test(engine_limits, script_reaches_none_of_the_engines_own)
{
    struct wk_engine *engine = engine_new(0);

    expect_runs(engine,
                "[typeof Duktape, typeof CBOR, typeof Buffer, typeof globalThis].join()",
                "undefined,undefined,undefined,object");
    expect_runs(engine, "try { Function('return 1') } catch (e) { String(e) }",
                "EvalError: Code generation from strings disallowed for this context");
    expect_runs(engine, "try { (0, eval)('1') } catch (e) { String(e) }",
                "EvalError: Code generation from strings disallowed for this context");
    expect_runs(engine, "try { eval('1') } catch (e) { String(e) }",
                "EvalError: Code generation from strings disallowed for this context");
    expect_runs(engine, "typeof new Function() + eval(5)", "function5");
    wk_engine_free(engine);
}
