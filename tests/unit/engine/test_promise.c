/* Promises as the host sees them. */
#include <criterion/criterion.h>
#include "runtime/engine/engine.h"
#include "runtime/engine/promise.h"

struct fixture {
    struct wk_engine *engine;
    duk_context *ctx;
    int rejected, handled_later, uncaught, called;
    bool fulfilled;
    char text[64];
};

static void
on_rejection(duk_context *ctx, bool handled, void *arg)
{
    struct fixture *f = arg;

    cr_expect(wk_promise_is(ctx, -2));
    if (handled)
        f->handled_later++;
    else
        f->rejected++;
}

static void
on_uncaught(duk_context *ctx, void *arg)
{
    struct fixture *f = arg;

    f->uncaught++;
    snprintf(f->text, sizeof(f->text), "%s", duk_safe_to_string(ctx, -1));
}

static void
settled(duk_context *ctx, bool fulfilled, void *arg)
{
    struct fixture *f = arg;

    f->called++;
    f->fulfilled = fulfilled;
    snprintf(f->text, sizeof(f->text), "%s %s", duk_to_string(ctx, -2), duk_to_string(ctx, -1));
}

static struct fixture *
fixture_new(void)
{
    struct fixture *f = wk_xcalloc(1, sizeof(*f));
    struct wk_engine_opts opts = {0};

    cr_assert_eq(wk_engine_new(&opts, &f->engine), WK_OK);
    f->ctx = wk_engine_ctx(f->engine);
    wk_engine_on_rejection(f->engine, on_rejection, f);
    wk_engine_on_uncaught(f->engine, on_uncaught, f);
    return f;
}

static void
fixture_free(struct fixture *f)
{
    cr_expect_eq(duk_get_top(f->ctx), 0);
    wk_engine_free(f->engine);
    free(f);
}

static void
run(struct fixture *f, const char *source)
{
    cr_assert(duk_peval_string(f->ctx, source) == 0, "%s", duk_safe_to_string(f->ctx, -1));
    duk_pop(f->ctx);
    wk_engine_run_jobs(f->engine);
}

Test(engine_promise, a_numbered_promise_is_settled_once)
{
    struct fixture *f = fixture_new();
    uint32_t id = wk_promise_new(f->ctx), other = wk_promise_new(f->ctx);

    cr_expect_neq(id, 0);
    cr_expect_neq(id, other);
    duk_put_global_string(f->ctx, "q");
    duk_put_global_string(f->ctx, "p");
    run(f, "var got = []; p.then(function (v) { got.push(v) }); q.catch(function (v) { "
           "got.push('no ' + v) })");
    duk_push_string(f->ctx, "yes");
    wk_promise_resolve(f->ctx, id);
    duk_push_string(f->ctx, "again");
    wk_promise_resolve(f->ctx, id);
    duk_push_string(f->ctx, "bad");
    wk_promise_reject(f->ctx, other);
    wk_engine_run_jobs(f->engine);
    run(f, "if (got.join() !== 'yes,no bad') throw new Error(got.join())");
    fixture_free(f);
}

Test(engine_promise, numbers_are_used_again)
{
    struct fixture *f = fixture_new();
    uint32_t first = wk_promise_new(f->ctx);

    wk_promise_drop(f->ctx, first);
    for (int i = 0; i < 1000; i++) {
        uint32_t id = wk_promise_new(f->ctx);

        cr_expect_eq(id, first);
        duk_push_int(f->ctx, i);
        wk_promise_resolve(f->ctx, id);
        duk_pop(f->ctx);
    }
    duk_pop(f->ctx);
    for (int i = 0; i < 100; i++) {
        cr_expect_neq(wk_promise_new(f->ctx), 0);
        duk_pop(f->ctx);
    }
    fixture_free(f);
}

Test(engine_promise, resolving_with_a_promise_follows_it)
{
    struct fixture *f = fixture_new();
    uint32_t id = wk_promise_new(f->ctx);

    duk_eval_string(f->ctx, "Promise.reject('inner')");
    wk_promise_resolve(f->ctx, id);
    wk_promise_mark_handled(f->ctx, -1);
    cr_expect_eq(wk_promise_state(f->ctx, -1), WK_PROMISE_PENDING);
    duk_pop(f->ctx);
    wk_engine_run_jobs(f->engine);
    cr_expect_eq(wk_promise_state(f->ctx, -1), WK_PROMISE_REJECTED);
    cr_expect_str_eq(duk_to_string(f->ctx, -1), "inner");
    duk_pop_2(f->ctx);
    fixture_free(f);
}

Test(engine_promise, then_calls_back_from_a_job_with_its_data)
{
    struct fixture *f = fixture_new();

    duk_eval_string(f->ctx, "Promise.resolve('value')");
    duk_push_string(f->ctx, "data");
    wk_promise_then(f->ctx, 0, settled, f);
    cr_expect_eq(f->called, 0);
    wk_engine_run_jobs(f->engine);
    cr_expect_eq(f->called, 1);
    cr_expect(f->fulfilled);
    cr_expect_str_eq(f->text, "data value");
    duk_eval_string(f->ctx, "({ then: function (a, b) { b('thenable') } })");
    duk_push_string(f->ctx, "d2");
    wk_promise_then(f->ctx, 1, settled, f);
    wk_engine_run_jobs(f->engine);
    cr_expect(!f->fulfilled);
    cr_expect_str_eq(f->text, "d2 thenable");
    duk_push_string(f->ctx, "plain");
    duk_push_string(f->ctx, "d3");
    wk_promise_then(f->ctx, 2, settled, f);
    wk_engine_run_jobs(f->engine);
    cr_expect_str_eq(f->text, "d3 plain");
    duk_pop_3(f->ctx);
    fixture_free(f);
}

Test(engine_promise, the_host_hears_of_unhandled_rejections_and_of_late_handlers)
{
    struct fixture *f = fixture_new();

    run(f, "var p = Promise.reject(new Error('x'))");
    cr_expect_eq(f->rejected, 1);
    cr_expect_eq(f->handled_later, 0);
    run(f, "p.catch(function () {})");
    cr_expect_eq(f->handled_later, 1);
    run(f, "p.catch(function () {})");
    cr_expect_eq(f->handled_later, 1);
    run(f, "new Promise(function (a, b) { setLater = b }).catch(function () {}); setLater(1)");
    cr_expect_eq(f->rejected, 1);
    run(f, "Promise.reject(2).then(function () {})");
    cr_expect_eq(f->rejected, 3); /* at once, then the derived one */
    cr_expect_eq(f->handled_later, 2);
    fixture_free(f);
}

Test(engine_promise, a_throwing_job_is_reported_and_the_rest_run)
{
    struct fixture *f = fixture_new();

    for (int i = 0; i < 3; i++) {
        duk_eval_string(f->ctx,
                        i == 1 ? "(function () { throw new TypeError('job') })"
                               : "(function () { n = (typeof n === 'number' ? n : 0) + 1 })");
        wk_engine_enqueue_job(f->ctx, -1);
        duk_pop(f->ctx);
    }
    run(f, "var n = 0");
    cr_expect_eq(f->uncaught, 1);
    cr_expect_str_eq(f->text, "TypeError: job");
    run(f, "if (n !== 2) throw new Error(n)");
    fixture_free(f);
}

Test(engine_promise, the_async_context_travels_with_reactions_and_jobs)
{
    struct fixture *f = fixture_new();

    duk_eval_string(f->ctx,
                    "(function () { return p = new Promise(function (r) { go = r }) })");
    duk_call(f->ctx, 0);
    duk_push_string(f->ctx, "request 1");
    wk_async_context_set(f->ctx);
    duk_push_string(f->ctx, "seen");
    wk_promise_then(f->ctx, 0, settled, f);
    duk_push_undefined(f->ctx);
    wk_async_context_set(f->ctx);
    run(f, "go('v')");
    cr_expect_eq(f->called, 1);
    wk_async_context_get(f->ctx);
    cr_expect(duk_is_undefined(f->ctx, -1));
    duk_pop_2(f->ctx);
    fixture_free(f);
}
