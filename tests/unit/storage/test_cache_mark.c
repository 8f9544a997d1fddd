/* Savepoints: a rolled-back transaction leaves no trace (I23). */
#include "tests/unit/storage/cache_fixture.h"

TestSuite(cache_mark, .init = fx_open, .fini = fx_close);

Test(cache_mark, nothing_is_handed_out_while_one_is_open)
{
    struct wk_cache_mark *mark;

    put("foo", "1");
    mark = wk_cache_mark(fx.cache);
    put("bar", "2");
    cr_assert_not(wk_cache_dirty(fx.cache));
    IS(take(), "");
    wk_cache_mark_release(mark);
    cr_assert_eq(fx.dirty_calls, 2);
    IS(flush(), "put foo=1; put bar=2");
}

Test(cache_mark, rollback_restores_entries_gaps_alarm_and_the_confirmed_flag)
{
    struct wk_cache_mark *mark;
    uint64_t time, version;

    IS(last(list("a..z", 0), "bar=1 foo=2"), "bar=1 foo=2");
    wk_cache_assume_alarm(fx.cache, 5);
    putx("dirty", "3", UNCONFIRMED);
    mark = wk_cache_mark(fx.cache);
    put("bar", "x");
    put("new", "y");
    IS(del("foo dirty unknown"), "2");
    wk_cache_alarm_set(fx.cache, 6, 0);
    IS(done(list("a..z", 0)), "bar=x new=y");
    wk_cache_mark_rollback(mark);
    IS(done(list("a..z", 0)), "bar=1 dirty=3 foo=2");
    wk_cache_alarm_get(fx.cache, &time, &version);
    cr_assert_eq(time, 5);
    IS(flush(), "put dirty=3; unconfirmed");
    IS(done(list("a..z", 0)), "bar=1 dirty=3 foo=2");
}

Test(cache_mark, rollback_of_what_was_not_known_makes_it_unknown_again)
{
    struct wk_cache_mark *mark = wk_cache_mark(fx.cache);

    put("foo", "1");
    IS(del("bar"), "0+read");
    IS(ask(fx.counting), "keys bar");
    IS(get("bar"), "absent");
    IS(last(fx.counting, "bar=1"), "bar=1");
    fx.counting = NULL;
    wk_cache_mark_rollback(mark);
    IS(get("foo"), "miss");
    IS(get("bar"), "miss");
    cr_assert_eq(fx.dirty_calls, 0);
    IS(take(), "");
}

Test(cache_mark, nested)
{
    struct wk_cache_mark *outer, *inner;

    put("a", "0");
    outer = wk_cache_mark(fx.cache);
    put("a", "1");
    inner = wk_cache_mark(fx.cache);
    put("a", "2");
    put("b", "2");
    wk_cache_mark_rollback(inner);
    IS(get("a"), "1");
    IS(get("b"), "miss");
    inner = wk_cache_mark(fx.cache);
    put("a", "3");
    wk_cache_mark_release(inner);
    IS(get("a"), "3");
    IS(take(), "");
    wk_cache_mark_rollback(outer);
    IS(get("a"), "0");
    IS(flush(), "put a=0");
}

Test(cache_mark, delete_all_rolls_back)
{
    struct wk_cache_mark *mark;

    IS(last(list("a..z", 0), "bar=1 foo=2"), "bar=1 foo=2");
    put("fly", "3");
    IS(take(), "put fly=3");
    put("dirty", "4");
    IS(del("zz"), "0+asked");
    mark = wk_cache_mark(fx.cache);
    del_all();
    put("new", "5");
    del_all();
    put("newer", "6");
    IS(done(list("..", 0)), "newer=6");
    wk_cache_durable(fx.cache, 1);
    wk_cache_mark_rollback(mark);
    IS(done(list("a..z", 0)), "bar=1 dirty=4 fly=3 foo=2");
    IS(get("zz"), "absent");
    IS(flush(), "counted#1 zz; put dirty=4");
    fx_purge();
    IS(get("fly"), "miss");
}

Test(cache_mark, delete_all_in_a_released_one_is_handed_out)
{
    struct wk_cache_mark *mark;

    put("foo", "1");
    mark = wk_cache_mark(fx.cache);
    del_all();
    put("bar", "2");
    wk_cache_mark_release(mark);
    IS(flush(), "put foo=1; deleteAll; put bar=2");
    IS(done(list("..", 0)), "bar=2");
}

/* The first deleteAll is under way: what it deleted must not be read from the daemon again. */
Test(cache_mark, a_delete_all_under_way_outlives_the_rollback_of_another)
{
    struct wk_cache_mark *mark;

    del_all();
    IS(take(), "deleteAll");
    mark = wk_cache_mark(fx.cache);
    put("foo", "1");
    del_all();
    wk_cache_mark_rollback(mark);
    fx_purge();
    IS(done(list("..", 0)), "");
    durable();
    IS(done(list("..", 0)), "");
    IS(take(), "");
}

Test(cache_mark, what_became_durable_meanwhile_is_clean_after_a_rollback)
{
    struct wk_cache_mark *mark;

    put("foo", "1");
    IS(take(), "put foo=1");
    mark = wk_cache_mark(fx.cache);
    put("foo", "2");
    wk_cache_durable(fx.cache, 1);
    wk_cache_mark_rollback(mark);
    IS(get("foo"), "1");
    IS(take(), "");
    fx_purge();
    IS(get("foo"), "miss");
}

Test(cache_mark, no_back_pressure_and_no_eviction_while_one_is_open)
{
    struct wk_cache_mark *mark;

    fx_reopen(fx_limits(1, 0, 1), (struct wk_cache_config){0});
    put("foo", "1");
    take();
    cr_assert(wk_cache_over_dirty(fx.cache));
    mark = wk_cache_mark(fx.cache);
    cr_assert_not(wk_cache_over_dirty(fx.cache));
    durable();
    wk_cache_sweep(fx.lru, 100000);
    wk_cache_sweep(fx.lru, 200000);
    IS(get("foo"), "1");
    put("foo", "2");
    wk_cache_mark_rollback(mark);
    cr_assert_not(wk_cache_over_dirty(fx.cache));
    IS(get("foo"), "miss");
}

static void
on_waited(void *arg, wk_err err)
{
    ++*(int *)arg;
}

Test(cache_mark, who_waits_for_what_is_rolled_back_is_called)
{
    struct wk_cache_mark *mark = wk_cache_mark(fx.cache);
    int calls = 0;

    put("foo", "1");
    cr_assert(wk_cache_wait(fx.cache, on_waited, &calls));
    wk_cache_mark_rollback(mark);
    cr_assert_eq(calls, 1);
}

Test(cache_mark, ends_quietly_when_the_cache_is_dead)
{
    struct wk_cache_mark *outer = wk_cache_mark(fx.cache), *inner = wk_cache_mark(fx.cache);

    put("foo", "1");
    del_all();
    wk_cache_alarm_set(fx.cache, 5, 0);
    wk_cache_break(fx.cache, WK_EIO);
    wk_cache_mark_rollback(inner);
    wk_cache_mark_release(outer);
    wk_cache_mark_release(NULL);
}

Test(cache_mark, many_writes_of_one_key_are_noted_once)
{
    struct wk_cache_mark *mark;
    size_t before;

    put("foo", "0");
    mark = wk_cache_mark(fx.cache);
    put("foo", "1");
    before = wk_cache_lru_bytes(fx.lru);
    for (int i = 0; i < 1000; i++)
        put("foo", i % 2 ? "1" : "2");
    /* the one before the mark, the first in it, the newest */
    cr_assert_leq(wk_cache_lru_bytes(fx.lru), before + fx_entry_bytes("foo", "0"));
    wk_cache_mark_rollback(mark);
    IS(get("foo"), "0");
}
