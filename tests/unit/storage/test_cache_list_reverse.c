/* list() descending: the mirror of test_cache_list.c. What is known is cut off at the end,
 * never at the start. */
#include "tests/unit/storage/cache_fixture.h"

TestSuite(cache_list_reverse, .init = fx_open, .fini = fx_close);

Test(cache_list_reverse, list)
{
    struct wk_cache_read *read = listr("bar..qux", 0);

    IS(ask(read), "bar..qux reverse");
    IS(last(read, "foo=123 baz=789 bar=456"), "foo=123 baz=789 bar=456");
    IS(get("bar"), "456");
    IS(get("corge"), "absent");
    IS(get("qux"), "miss");
    IS(get("a"), "miss");
    IS(done(listr("bar..qux", 0)), "foo=123 baz=789 bar=456");
    IS(done(list("bar..qux", 0)), "bar=456 baz=789 foo=123");
    IS(done(listr("bar..qux", 2)), "foo=123 baz=789");
    IS(done(listr("foo..bar", 0)), "");
}

Test(cache_list_reverse, all)
{
    struct wk_cache_read *read = listr("..", 0);

    IS(ask(read), ".. reverse");
    IS(last(read, "foo=2 bar=1"), "foo=2 bar=1");
    IS(done(listr("..", 0)), "foo=2 bar=1");
    IS(done(listr("baz..", 0)), "foo=2");
    IS(done(listr("..foo", 0)), "bar=1");
    IS(get(""), "absent");
    IS(get("zzz"), "absent");
}

Test(cache_list_reverse, with_limit)
{
    struct wk_cache_read *read = listr("bar..qux", 3);

    IS(ask(read), "bar..qux limit 3 reverse");
    IS(last(read, "grault=3 garply=2 foo=1"), "grault=3 garply=2 foo=1");
    IS(get("gg"), "absent");
    IS(get("corge"), "miss");
    IS(done(listr("bar..qux", 3)), "grault=3 garply=2 foo=1");
    IS(done(listr("bar..qux", 1)), "grault=3");
    read = listr("bar..qux", 4);
    IS(ask(read), "bar..foo limit 1 reverse");
    IS(last(read, "corge=0"), "grault=3 garply=2 foo=1 corge=0");
    IS(get("fff"), "absent");
    IS(get("baz"), "miss");
}

Test(cache_list_reverse, with_limit_around_negative_entries)
{
    struct wk_cache_read *read;

    IS(del("bar corge grault"), "0+asked");
    put("foo", "x");
    IS(del("foo"), "1");
    read = listr("a..z", 3);
    IS(ask(read), "a..z limit 7 reverse");
    IS(last(read, "waldo=6 grault=5 garply=4 foo=3 corge=2 baz=1 bar=0"),
       "waldo=6 garply=4 baz=1");
    IS(done(listr("a..z", 3)), "waldo=6 garply=4 baz=1");
    read = listr("a..z", 4);
    IS(ask(read), "a..bar limit 1 reverse");
    IS(last(read, ""), "waldo=6 garply=4 baz=1");
}

Test(cache_list_reverse, start_point_is_not_present)
{
    IS(last(listr("bar..qux", 0), "foo=2 baz=1"), "foo=2 baz=1");
    IS(get("bar"), "absent");
    IS(done(listr("bar..qux", 0)), "foo=2 baz=1");
}

Test(cache_list_reverse, multiple_ranges)
{
    struct wk_cache_read *read;

    IS(last(listr("a..c", 0), "b=2 a=1"), "b=2 a=1");
    IS(last(listr("x..z", 0), "y=3"), "y=3");
    IS(done(listr("a..c", 0)), "b=2 a=1");
    IS(done(listr("x..z", 0)), "y=3");
    IS(get("c"), "miss");
    read = listr("a..z", 0);
    IS(ask(read), "a..x reverse");
    IS(last(read, "k=9 b=2 a=1"), "y=3 k=9 b=2 a=1");
    IS(done(listr("a..z", 0)), "y=3 k=9 b=2 a=1");
}

Test(cache_list_reverse, with_some_already_cached_keys_in_range)
{
    struct wk_cache_read *read;

    IS(last(keys("bbb"), "bbb=clean"), "bbb=clean");
    IS(last(keys("ccc"), ""), "");
    put("ddd", "dirty");
    IS(del("eee"), "0+asked");
    read = listr("a..z", 0);
    IS(ask(read), "a..z reverse");
    IS(last(read, "fff=new eee=other ddd=other ccc=other bbb=other"),
       "fff=new ddd=dirty bbb=clean");
    IS(done(listr("a..z", 0)), "fff=new ddd=dirty bbb=clean");
}

Test(cache_list_reverse, with_seemingly_redundant_dirty_entries)
{
    struct wk_cache_read *read;

    put("bar", "1");
    IS(del("baz"), "0+asked");
    read = listr("a..z", 0);
    IS(last(read, "bar=1"), "bar=1");
    put("late", "2");
    IS(take(), "counted#1 baz; put bar=1; put late=2");
    put("foo", "3");
    durable();
    IS(flush(), "put foo=3");
    IS(done(listr("a..z", 0)), "late=2 foo=3 bar=1");
}

Test(cache_list_reverse, starting_from_known_value)
{
    struct wk_cache_read *read;

    IS(last(keys("bar"), "bar=1"), "bar=1");
    read = listr("bar..qux", 0);
    IS(ask(read), "bar..qux reverse");
    IS(last(read, "foo=2 bar=1"), "foo=2 bar=1");
    IS(done(listr("bar..qux", 0)), "foo=2 bar=1");
}

Test(cache_list_reverse, starting_from_unknown_value)
{
    struct wk_cache_read *read;

    IS(last(keys("foo"), "foo=2"), "foo=2");
    read = listr("bar..qux", 0);
    IS(ask(read), "bar..qux reverse");
    IS(last(read, "foo=2 baz=1"), "foo=2 baz=1");
    IS(done(listr("bar..qux", 0)), "foo=2 baz=1");
}

Test(cache_list_reverse, consecutively_absent_midpoint)
{
    IS(last(listr("bar..corge", 0), "baz=2 bar=1"), "baz=2 bar=1");
    IS(last(listr("corge..qux", 0), "foo=3"), "foo=3");
    IS(get("corge"), "absent");
    IS(done(listr("bar..qux", 0)), "foo=3 baz=2 bar=1");
}

Test(cache_list_reverse, consecutively_reverse_absent_midpoint)
{
    IS(last(listr("corge..qux", 0), "foo=3"), "foo=3");
    IS(last(listr("bar..corge", 0), "baz=2 bar=1"), "baz=2 bar=1");
    IS(get("corge"), "absent");
    IS(done(listr("bar..qux", 0)), "foo=3 baz=2 bar=1");
}

Test(cache_list_reverse, consecutively_present_midpoint)
{
    IS(last(listr("bar..corge", 0), "baz=2 bar=1"), "baz=2 bar=1");
    IS(last(listr("corge..qux", 0), "foo=3 corge=x"), "foo=3 corge=x");
    IS(done(listr("bar..qux", 0)), "foo=3 corge=x baz=2 bar=1");
}

Test(cache_list_reverse, consecutively_reverse_present_midpoint)
{
    IS(last(listr("corge..qux", 0), "foo=3 corge=x"), "foo=3 corge=x");
    IS(last(listr("bar..corge", 0), "baz=2 bar=1"), "baz=2 bar=1");
    IS(done(listr("bar..qux", 0)), "foo=3 corge=x baz=2 bar=1");
}

Test(cache_list_reverse, starting_in_known_empty_gap)
{
    struct wk_cache_read *read;

    IS(last(listr("bar..foo", 0), "bar=1"), "bar=1");
    read = listr("corge..qux", 0);
    IS(ask(read), "corge..qux reverse");
    IS(last(read, "garply=2"), "garply=2");
    IS(done(listr("bar..qux", 0)), "garply=2 bar=1");
}

Test(cache_list_reverse, ending_in_known_empty_gap)
{
    struct wk_cache_read *read;

    IS(last(listr("corge..qux", 0), "corge=1"), "corge=1");
    read = listr("bar..foo", 0);
    IS(ask(read), "bar..corge reverse");
    IS(last(read, "baz=2"), "corge=1 baz=2");
    IS(done(listr("bar..qux", 0)), "corge=1 baz=2");
}

Test(cache_list_reverse, with_limit_and_dirty_puts_that_end_up_past_the_limit)
{
    struct wk_cache_read *read;

    put("eee", "1");
    put("bbb", "2");
    read = listr("a..z", 3);
    IS(ask(read), "a..z limit 3 reverse");
    IS(last(read, "fff=3 ddd=4 ccc=5"), "fff=3 eee=1 ddd=4");
    IS(done(listr("a..z", 4)), "fff=3 eee=1 ddd=4 ccc=5");
    read = listr("a..z", 5);
    IS(ask(read), "a..ccc limit 1 reverse");
    IS(last(read, "aaa=6"), "fff=3 eee=1 ddd=4 ccc=5 bbb=2");
    IS(done(listr("a..z", 6)), "fff=3 eee=1 ddd=4 ccc=5 bbb=2 aaa=6");
}

Test(cache_list_reverse, overwrite_endpoint)
{
    IS(last(listr("bar..foo", 0), "baz=1"), "baz=1");
    put("foo", "2");
    IS(done(listr("bar..foo", 0)), "baz=1");
    IS(done(listr("bar..foo+", 0)), "foo=2 baz=1");
}

Test(cache_list_reverse, delete_endpoint)
{
    struct wk_cache_read *read = listr("bar..qux", 2);

    IS(last(read, "foo=2 corge=1"), "foo=2 corge=1");
    IS(del("corge"), "1");
    flush();
    read = listr("bar..qux", 2);
    IS(ask(read), "bar..corge limit 1 reverse");
    IS(last(read, "baz=0"), "foo=2 baz=0");
    IS(done(listr("bar..qux", 2)), "foo=2 baz=0");
}

Test(cache_list_reverse, interleave_streaming_with_other_ops)
{
    struct wk_cache_read *read;

    put("ccc", "old");
    read = listr("aaa..zzz", 0);
    answer(read, "fff=4 eee=3");
    IS(get("zzy"), "absent");
    IS(get("fff"), "4");
    IS(get("ddd"), "miss");
    IS(done(listr("eee..zzz", 0)), "fff=4 eee=3");
    put("fff", "new");
    put("ccc", "new");
    put("ddd", "new");
    IS(del("eee"), "1");
    answer(read, "ddd=2");
    IS(get("ddd"), "new");
    IS(flush(), "put fff=new; put ccc=new; put ddd=new; delete eee");
    IS(last(read, "bbb=1"), "fff=4 eee=3 ddd=2 ccc=old bbb=1");
    IS(done(listr("aaa..zzz", 0)), "fff=new ddd=new ccc=new bbb=1");
}

Test(cache_list_reverse, end_of_first_block_deleted_at_inopportune_time)
{
    struct wk_cache_read *read = listr("aaa..zzz", 0);

    answer(read, "ddd=3 ccc=2");
    IS(del("ccc"), "1");
    IS(flush(), "delete ccc");
    IS(get("ccc"), "absent");
    IS(get("cc"), "miss");
    IS(last(read, "bbb=1"), "ddd=3 ccc=2 bbb=1");
    IS(done(listr("aaa..zzz", 0)), "ddd=3 bbb=1");
}

Test(cache_list_reverse, retry_on_failure)
{
    struct wk_cache_read *read = listr("aaa..zzz", 4);

    answer(read, "ddd=3 ccc=2");
    IS(ask(read), "aaa..ccc limit 2 reverse");
    answer(read, "ccc=2");
    IS(ask(read), "aaa..ccc limit 2 reverse");
    IS(last(read, "bbb=1"), "ddd=3 ccc=2 bbb=1");
    IS(done(listr("aaa..zzz", 0)), "ddd=3 ccc=2 bbb=1");
}

Test(cache_list_reverse, down_to_the_start_itself_is_the_end)
{
    struct wk_cache_read *read = listr("bbb..zzz", 0);

    answer(read, "ccc=2 bbb=1");
    IS(done(read), "ccc=2 bbb=1");
    IS(done(listr("bbb..zzz", 0)), "ccc=2 bbb=1");
}
