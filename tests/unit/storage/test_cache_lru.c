/* Limits, staleness, back-pressure and no_cache. */
#include "tests/unit/storage/cache_fixture.h"

#include <stdlib.h>

#include "storage/cache_priv.h"

static void
open_soft(size_t bytes)
{
    fx_reopen(fx_limits(bytes, 0, 0), (struct wk_cache_config){0});
}

/* Of an entry with a key of three bytes and a value of one. */
static size_t
one(void)
{
    return fx_entry_bytes("foo", "1");
}

static void
evict(const char *key)
{
    cache_evict(cache_map_find(&fx.cache->map, text(key)));
}

TestSuite(cache_lru, .init = fx_open, .fini = fx_close);

Test(cache_lru, purge)
{
    open_soft(one());
    put("foo", "1");
    put("bar", "2");
    flush();
    IS(get("foo"), "miss");
    IS(get("bar"), "2");
    IS(last(keys("baz"), "baz=3"), "baz=3");
    IS(get("bar"), "miss");
    IS(last(keys("qux"), ""), "");
    cr_assert_leq(wk_cache_lru_bytes(fx.lru), one());
}

Test(cache_lru, purge_ordering)
{
    open_soft(3 * one());
    put("foo", "1");
    put("bar", "2");
    put("baz", "3");
    flush();
    IS(get("foo"), "1");
    put("qux", "4");
    flush();
    IS(get("bar"), "miss");
    IS(get("foo"), "1");
    IS(get("baz"), "3");
    IS(get("qux"), "4");
}

Test(cache_lru, purge_larger)
{
    open_soft(3 * one());
    IS(last(keys("aaa"), "aaa=0"), "aaa=0");
    for (char c = 'a'; c < 'k'; c++)
        put((char[]){'k', 'k', c, 0}, "1");
    IS(get("aaa"), "miss");
    for (char c = 'a'; c < 'k'; c++)
        IS(get((char[]){'k', 'k', c, 0}), "1");
    take();
    IS(get("kka"), "1");
    durable();
    IS(get("kka"), "miss");
    IS(get("kkg"), "miss");
    IS(get("kkh"), "1");
    IS(get("kkj"), "1");
}

Test(cache_lru, purge_everything)
{
    open_soft(1);
    IS(last(keys("foo bar"), "foo=1"), "foo=1");
    IS(get("foo"), "miss");
    IS(last(list("a..z", 0), "foo=1 qux=2"), "foo=1 qux=2");
    IS(get("foo"), "miss");
    put("foo", "2");
    IS(get("foo"), "2");
    flush();
    IS(get("foo"), "miss");
    cr_assert_eq(wk_cache_lru_bytes(fx.lru), 0);
}

Test(cache_lru, is_shared_by_the_actors_of_a_process)
{
    struct wk_cache_config config = {0};
    struct wk_cache *other;
    struct wk_entry *entry;

    open_soft(one());
    other = wk_cache_new(fx.lru, &config);
    put("foo", "1");
    flush();
    cr_assert_eq(wk_cache_assume(other, &(struct wk_cache_item){text("bar"), text("2"), false},
                                 1, false),
                 WK_OK);
    IS(get("foo"), "miss");
    cr_assert_eq(wk_cache_get(other, text("bar"), 0, &entry), WK_CACHE_PRESENT);
    wk_cache_free(other);
}

Test(cache_lru, evict_on_timeout)
{
    put("foo", "1");
    put("bar", "2");
    flush();
    wk_cache_sweep(fx.lru, 100000);
    IS(get("foo"), "1");
    wk_cache_sweep(fx.lru, 129999); /* too early */
    IS(wk_entry_value(cache_map_find(&fx.cache->map, text("bar"))).data ? "there" : "",
       "there");
    wk_cache_sweep(fx.lru, 130000);
    IS(get("bar"), "miss");
    IS(get("foo"), "1");
    wk_cache_sweep(fx.lru, 160000);
    wk_cache_sweep(fx.lru, 190000);
    IS(get("foo"), "miss");
    put("dirty", "3");
    wk_cache_sweep(fx.lru, 220000);
    wk_cache_sweep(fx.lru, 250000);
    wk_cache_sweep(fx.lru, 280000);
    IS(get("dirty"), "3");
}

Test(cache_lru, backpressure_due_to_dirty_pressure_threshold)
{
    fx_reopen(fx_limits(0, 0, 2 * one()), (struct wk_cache_config){0});
    put("foo", "1");
    put("bar", "2");
    cr_assert_not(wk_cache_over_dirty(fx.cache));
    put("baz", "3");
    cr_assert(wk_cache_over_dirty(fx.cache));
    IS(del("baz"), "1");
    take();
    cr_assert(wk_cache_over_dirty(fx.cache));
    cr_assert_eq(fx.relieved_calls, 0);
    durable();
    cr_assert_not(wk_cache_over_dirty(fx.cache));
    cr_assert_eq(fx.relieved_calls, 1);
}

Test(cache_lru, backpressure_counts_what_waits_for_a_delete_all)
{
    fx_reopen(fx_limits(0, 0, 2 * one()), (struct wk_cache_config){0});
    put("foo", "1");
    put("bar", "2");
    put("baz", "3");
    del_all();
    cr_assert(wk_cache_over_dirty(fx.cache));
    flush();
    cr_assert_not(wk_cache_over_dirty(fx.cache));
    cr_assert_eq(fx.relieved_calls, 1);
}

static void
three_in_a_known_range(void)
{
    IS(last(list("a..z", 0), "bbb=1 ccc=2 ddd=3"), "bbb=1 ccc=2 ddd=3");
}

Test(cache_lru, evict_entry_with_known_empty_gaps)
{
    three_in_a_known_range();
    evict("ccc");
    IS(get("bbc"), "miss");
    IS(get("ccc"), "miss");
    IS(get("ccd"), "miss");
    IS(get("bbb"), "1");
    IS(get("bba"), "absent");
    IS(get("ddd"), "3");
    IS(get("dde"), "absent");
    IS(done(list("a..z", 0)), "? bbb+..z");
    IS(done(listr("a..z", 0)), "? a..ddd reverse");
    IS(last(list("a..z", 0), "ccc=2 ddd=3"), "bbb=1 ccc=2 ddd=3");
    IS(done(list("a..z", 0)), "bbb=1 ccc=2 ddd=3");
}

Test(cache_lru, evict_gap_entry_with_known_empty_gaps)
{
    three_in_a_known_range();
    evict("z");
    IS(get("dde"), "miss");
    IS(get("ddd"), "3");
    IS(get("ccd"), "absent");
    IS(done(list("a..z", 0)), "? ddd+..z");
}

Test(cache_lru, evict_entry_with_trailing_known_empty_gap)
{
    three_in_a_known_range();
    evict("ddd");
    IS(get("ccd"), "miss");
    IS(get("ddd"), "miss");
    IS(get("dde"), "miss");
    IS(get("bbc"), "absent");
    IS(done(list("a..z", 0)), "? ccc+..z");
}

Test(cache_lru, timeout_entry_with_known_empty_gaps)
{
    three_in_a_known_range();
    wk_cache_sweep(fx.lru, 100000);
    IS(get("a"), "absent");
    IS(get("bbb"), "1");
    IS(get("ddd"), "3");
    wk_cache_sweep(fx.lru, 130000);
    IS(get("ccc"), "miss");
    IS(get("bbc"), "miss");
    IS(get("bba"), "absent");
    IS(done(list("a..z", 0)), "? bbb+..z");
}

Test(cache_lru, evict_stale_entire_list_with_end_marker)
{
    three_in_a_known_range();
    wk_cache_sweep(fx.lru, 100000);
    wk_cache_sweep(fx.lru, 130000);
    cr_assert_eq(wk_cache_lru_bytes(fx.lru), 0);
    IS(done(list("a..z", 0)), "? a..z");
}

Test(cache_lru, purge_everything_while_listing)
{
    struct wk_cache_read *read;

    open_soft(1);
    read = list("a..z", 0);
    answer(read, "bbb=1");
    answer(read, "ccc=2");
    IS(last(read, "ddd=3"), "bbb=1 ccc=2 ddd=3");
    cr_assert_eq(wk_cache_lru_bytes(fx.lru), 0);
}

Test(cache_lru, purge_everything_while_listing_has_previous_entry)
{
    struct wk_cache_read *read;

    open_soft(1);
    put("aaa", "0");
    read = list("b..z", 0);
    answer(read, "bbb=1 ccc=2");
    IS(last(read, "ddd=3"), "bbb=1 ccc=2 ddd=3");
    IS(get("aaa"), "0");
    IS(get("aab"), "miss");
    IS(get("bbb"), "miss");
    read = listr("b..z", 0);
    answer(read, "ddd=3 ccc=2");
    IS(last(read, "bbb=1"), "ddd=3 ccc=2 bbb=1");
    IS(get("ddd"), "miss");
}

Test(cache_lru, exceed_hard_limit_on_read)
{
    struct wk_cache_read *read;
    struct wk_cache_item items[3] = {{text("bbb"), text("1"), false},
                                     {text("ccc"), text("2"), false},
                                     {text("ddd"), text("3"), false}};

    fx_reopen(fx_limits(one(), 2 * one(), 0), (struct wk_cache_config){0});
    read = list("a..z", 0);
    cr_assert_eq(wk_cache_read_answer(read, items, 3, false), WK_EMEMORY);
    cr_assert_eq(wk_cache_read_error(read), WK_EMEMORY);
    cr_assert_eq(wk_cache_error(fx.cache), WK_EMEMORY);
    cr_assert_eq(wk_cache_put(fx.cache, text("foo"), text("1"), 0), WK_EMEMORY);
    wk_cache_read_free(read);
    cr_assert_eq(wk_cache_lru_bytes(fx.lru), 0);
}

Test(cache_lru, exceed_hard_limit_on_write)
{
    fx_reopen(fx_limits(one(), 2 * one(), 0), (struct wk_cache_config){0});
    put("foo", "1");
    put("bar", "2");
    cr_assert_eq(wk_cache_put(fx.cache, text("baz"), text("3"), 0), WK_EMEMORY);
    cr_assert_eq(wk_cache_error(fx.cache), WK_EMEMORY);
    cr_assert_eq(wk_cache_lru_bytes(fx.lru), 0);
}

Test(cache_lru, exceed_hard_limit_breaks_the_cache_that_grew_and_no_other)
{
    struct wk_cache_config config = {0};
    struct wk_cache *other;

    fx_reopen(fx_limits(one(), 2 * one(), 0), config);
    other = wk_cache_new(fx.lru, &config);
    put("foo", "1");
    cr_assert_eq(wk_cache_put(other, text("bar"), text("1"), 0), WK_OK);
    cr_assert_eq(wk_cache_put(other, text("baz"), text("1"), 0), WK_EMEMORY);
    put("foo", "2");
    IS(get("foo"), "2");
    wk_cache_free(other);
}

Test(cache_lru, skip_cache)
{
    struct wk_cache_read *read;

    IS(last(keysx("foo", NO_CACHE), "foo=1"), "foo=1");
    IS(get("foo"), "miss");
    putx("bar", "2", NO_CACHE);
    IS(getx("bar", NO_CACHE), "2");
    IS(take(), "put bar=2");
    IS(getx("bar", NO_CACHE), "2");
    durable();
    IS(get("bar"), "miss");
    putx("bar", "3", NO_CACHE);
    IS(get("bar"), "3"); /* somebody wants it kept */
    flush();
    IS(get("bar"), "3");
    put("dirty", "4");
    read = listx("a..z", 0, NO_CACHE);
    IS(ask(read), "a..z");
    IS(last(read, "bar=x corge=5 foo=1"), "bar=3 corge=5 dirty=4 foo=1");
    IS(get("corge"), "miss");
    IS(get("b"), "miss");
    IS(delx("bar gone", NO_CACHE), "1+asked");
    flush();
    IS(get("bar"), "miss");
    IS(get("gone"), "miss");
}

Test(cache_lru, skip_cache_for_all)
{
    fx_reopen(fx_limits(0, 0, 0), (struct wk_cache_config){.no_cache = true});
    put("foo", "1");
    IS(get("foo"), "1");
    flush();
    IS(get("foo"), "miss");
    IS(last(list("a..z", 0), "foo=1"), "foo=1");
    cr_assert_eq(wk_cache_lru_bytes(fx.lru), 0);
}

Test(cache_lru, an_entry_that_is_held_outlives_its_cache)
{
    struct wk_entry *entry;

    put("foo", "1");
    cr_assert_eq(wk_cache_get(fx.cache, text("foo"), 0, &entry), WK_CACHE_PRESENT);
    wk_entry_ref(entry);
    put("foo", "2");
    wk_cache_free(fx.cache);
    fx.cache = NULL;
    cr_assert_eq(wk_entry_value(entry).data[0], '1');
    wk_entry_unref(entry);
}
