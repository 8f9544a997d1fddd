/* Points, writes, flushes: the behaviours of the peer's cache by their names. Where the peer
 * sends an operation of its own to its storage, ours is a write of the message that
 * wk_cache_take makes; it never resends, because a link to the daemon that broke ends the
 * incarnation. */
#include "tests/unit/storage/cache_fixture.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "storage/cache_priv.h"

TestSuite(cache, .init = fx_open, .fini = fx_close);

Test(cache, single_key_basics)
{
    struct wk_cache_read *read;

    IS(get("foo"), "miss");
    read = keys("foo");
    IS(ask(read), "keys foo");
    IS(last(read, "foo=123"), "foo=123");
    IS(get("foo"), "123");
    IS(last(keys("bar"), ""), "");
    IS(get("bar"), "absent");
    put("foo", "456");
    IS(get("foo"), "456");
    IS(take(), "put foo=456");
    IS(get("foo"), "456");
    durable();
    IS(get("foo"), "456");
    IS(del("foo"), "1");
    IS(get("foo"), "absent");
    IS(flush(), "delete foo");
    IS(get("foo"), "absent");
    IS(take(), "");
}

Test(cache, multi_key_basics)
{
    struct wk_cache_read *read = keys("foo bar baz bar");
    struct wk_cache_item items[] = {{text("x"), text("1"), false},
                                    {text("w"), text("2"), false}};

    IS(ask(read), "keys bar baz foo");
    IS(last(read, "bar=1 foo=2"), "bar=1 foo=2");
    IS(get("baz"), "absent");
    IS(done(keys("foo baz bar")), "bar=1 foo=2");
    cr_assert_eq(wk_cache_put_many(fx.cache, items, 2, 0), WK_OK);
    IS(flush(), "put x=1; put w=2");
    IS(del("bar baz foo"), "2");
    IS(flush(), "delete bar; delete foo");
}

Test(cache, more_puts)
{
    put("foo", "1");
    IS(get("foo"), "1");
    IS(take(), "put foo=1");
    IS(get("foo"), "1");
    durable();
    IS(get("foo"), "1");
    put("foo", "1");
    IS(take(), "");
    put("foo", "2");
    IS(flush(), "put foo=2");
}

Test(cache, more_deletes)
{
    IS(del("foo"), "0+asked");
    IS(get("foo"), "absent");
    IS(flush(), "counted#1 foo");
    IS(del("foo"), "0");
    IS(take(), "");
    put("foo", "1");
    IS(del("foo"), "1");
    IS(flush(), "delete foo");
}

Test(cache, more_multi_puts)
{
    struct wk_cache_item items[] = {{text("bar"), text("1"), false},
                                    {text("foo"), text("2"), false}};
    struct wk_cache_read *read;

    put("foo", "2");
    flush();
    cr_assert_eq(wk_cache_put_many(fx.cache, items, 2, 0), WK_OK);
    IS(flush(), "put bar=1");
    read = keys("bar baz foo qux");
    IS(ask(read), "keys baz qux");
    IS(last(read, "qux=3"), "bar=1 foo=2 qux=3");
}

Test(cache, more_multi_deletes)
{
    put("known", "1");
    IS(last(keys("none"), ""), "");
    flush();
    IS(del("bar known none foo"), "1+asked");
    IS(flush(), "counted#1 bar; counted#1 foo; delete known");
}

/* Ours: one message of writes; how it is cut into frames is the sender's. */
Test(cache, batching_due_to_max_keys_per_rpc)
{
    put("k1", "1");
    put("k2", "2");
    put("k3", "3");
    flush();
    put("p1", "1");
    IS(del("k1 k2 k3"), "3");
    IS(del("a b c"), "0+asked");
    IS(del("d e"), "0+asked");
    put("p2", "2");
    IS(flush(), "counted#2 a; counted#2 b; counted#2 c; counted#3 d; counted#3 e; put p1=1; "
                "delete k1; delete k2; "
                "delete k3; put p2=2");
}

static void
on_big(void *arg, const struct wk_write *write)
{
    cr_assert_eq(write->value.len, 131072);
    ++*(int *)arg;
}

Test(cache, batching_due_to_max_storage_rpc_words)
{
    struct wk_span value = {wk_xcalloc(1, 131072), 131072};
    char key[8];
    bool confirmed;
    int count = 0;

    for (int i = 0; i < 128; i++) {
        snprintf(key, sizeof(key), "k%d", i);
        cr_assert_eq(wk_cache_put(fx.cache, text(key), value, 0), WK_OK);
    }
    cr_assert_eq(wk_cache_take(fx.cache, 1, on_big, &count, &confirmed), 128);
    cr_assert_eq(count, 128);
    cr_assert(confirmed);
    free((void *)value.data);
}

Test(cache, delete_all)
{
    put("foo", "1");
    IS(del("unknown"), "0+asked");
    IS(last(keys("bar"), "bar=2"), "bar=2");
    del_all();
    cr_assert_eq(wk_cache_alarm_set(fx.cache, 5, 0), WK_OK);
    IS(get("foo"), "absent");
    IS(get("bar"), "absent");
    IS(get("anything"), "absent");
    IS(done(list("..", 0)), "");
    put("baz", "3");
    IS(get("baz"), "3");
    IS(del("foo"), "0");
    IS(take(), "counted#1 unknown; put foo=1; deleteAll; put baz=3; alarm 5");
    IS(done(list("..", 0)), "baz=3");
    fx_purge();
    IS(done(list("..", 0)), "baz=3");
    durable();
    IS(done(list("..", 0)), "baz=3");
}

Test(cache, delete_all_during_transaction_commit)
{
    put("foo", "1");
    IS(take(), "put foo=1");
    put("bar", "2");
    del_all();
    put("baz", "3");
    IS(get("foo"), "absent");
    IS(take(), "put bar=2; deleteAll; put baz=3");
    wk_cache_durable(fx.cache, 1);
    fx_purge();
    IS(get("foo"), "absent");
    IS(get("bar"), "absent");
    wk_cache_durable(fx.cache, 2);
    IS(done(list("..", 0)), "baz=3");
}

/* Ours says no count: script is given none. */
Test(cache, delete_all_again_when_previous_one_is_not_done_yet)
{
    put("foo", "1");
    del_all();
    put("bar", "2");
    del_all();
    put("baz", "3");
    IS(get("bar"), "absent");
    IS(flush(), "put foo=1; deleteAll; put baz=3");
    put("x", "1");
    del_all();
    IS(take(), "put x=1; deleteAll");
    del_all();
    IS(flush(), "deleteAll");
}

Test(cache, coalescing)
{
    put("foo", "1");
    put("foo", "2");
    IS(del("foo"), "1");
    put("bar", "1");
    put("bar", "2");
    IS(del("baz"), "0+asked");
    put("baz", "3");
    IS(del("qux"), "0+asked");
    put("qux", "4");
    IS(del("qux"), "1");
    IS(flush(), "counted#2 baz; counted#3 qux; delete foo; put bar=2; put baz=3; delete qux");
}

Test(cache, canceled_deletes_are_coalesced)
{
    IS(del("foo"), "0+asked");
    wk_cache_delete_forget(fx.cache, fx.request);
    IS(del("bar"), "0+asked");
    wk_cache_delete_forget(fx.cache, fx.request);
    IS(del("baz"), "0+asked");
    put("baz", "1");
    wk_cache_delete_forget(fx.cache, fx.request);
    IS(del("kept"), "0+asked");
    IS(flush(), "counted#4 kept; delete foo; delete bar; put baz=1");
}

Test(cache, canceled_delete_before_delete_all)
{
    IS(del("foo"), "0+asked");
    del_all();
    wk_cache_delete_forget(fx.cache, fx.request);
    IS(flush(), "delete foo; deleteAll");
}

/* The peer holds the flush back until earlier reads ended; ours need not, the daemon reads the
 * state of the question. */
Test(cache, get_put_ordering)
{
    struct wk_cache_read *before = keys("bar foo"), *after;

    put("foo", "2");
    after = keys("bar foo");
    put("foo", "3");
    IS(flush(), "put foo=3");
    IS(last(before, "bar=b foo=1"), "bar=b foo=1");
    IS(get("foo"), "3");
    IS(last(after, "bar=b"), "bar=b foo=2");
    IS(get("foo"), "3");
}

Test(cache, a_late_answer_does_not_bring_back_what_was_overwritten_and_evicted)
{
    struct wk_cache_read *keyed = keys("foo"), *ranged = list("..", 0);

    put("foo", "2");
    flush();
    fx_purge();
    IS(get("foo"), "miss");
    IS(last(keyed, "foo=1"), "foo=1");
    IS(get("foo"), "miss");
    IS(last(ranged, "foo=1"), "foo=1");
    IS(get("foo"), "miss");
}

Test(cache, a_late_answer_does_not_bring_back_what_delete_all_deleted)
{
    struct wk_cache_read *keyed = keys("foo"), *ranged = list("..", 0);

    del_all();
    IS(last(keyed, "foo=1"), "foo=1");
    flush();
    IS(last(ranged, "foo=1"), "foo=1");
    IS(get("foo"), "absent");
}

Test(cache, put_during_flush)
{
    put("foo", "1");
    IS(take(), "put foo=1");
    put("foo", "2");
    IS(get("foo"), "2");
    wk_cache_durable(fx.cache, 1);
    fx_purge();
    IS(get("foo"), "2");
    IS(flush(), "put foo=2");
    IS(get("foo"), "2");
}

/* Ours: never resent, but several may be under way; what was overwritten is not clean before
 * its own message is. */
Test(cache, flush_retry)
{
    put("foo", "1");
    put("bar", "1");
    IS(take(), "put foo=1; put bar=1");
    put("foo", "2");
    IS(del("bar"), "1");
    IS(take(), "put foo=2; delete bar");
    put("foo", "3");
    wk_cache_durable(fx.cache, 1);
    fx_purge();
    IS(get("bar"), "absent");
    wk_cache_durable(fx.cache, 2);
    fx_purge();
    IS(get("bar"), "miss");
    IS(get("foo"), "3");
    IS(flush(), "put foo=3");
}

Test(cache, output_gate_blocked_during_flush)
{
    put("foo", "1");
    IS(take(), "put foo=1"); /* confirmed: the stamp of the message is its number */
    IS(del("foo"), "1");
    IS(take(), "delete foo");
    del_all();
    IS(take(), "deleteAll");
    wk_cache_alarm_set(fx.cache, 5, 0);
    IS(take(), "alarm 5");
}

Test(cache, output_gate_bypass)
{
    putx("foo", "1", UNCONFIRMED);
    IS(take(), "put foo=1; unconfirmed");
    IS(delx("foo bar", UNCONFIRMED), "1+asked");
    IS(take(), "counted#1 bar; delete foo; unconfirmed");
    cr_assert_eq(wk_cache_delete_all(fx.cache, true, UNCONFIRMED), WK_OK);
    IS(take(), "deleteAll+alarm; unconfirmed");
    wk_cache_alarm_set(fx.cache, 5, UNCONFIRMED);
    IS(take(), "alarm 5; unconfirmed");
}

Test(cache, output_gate_bypass_on_one_put_but_not_the_next)
{
    putx("foo", "1", UNCONFIRMED);
    put("bar", "2");
    putx("baz", "3", UNCONFIRMED);
    IS(take(), "put foo=1; put bar=2; put baz=3");
    putx("qux", "4", UNCONFIRMED);
    IS(take(), "put qux=4; unconfirmed");
}

/* Not the peer's: there such a put would leave the gate open. */
Test(cache, a_confirmed_put_of_what_is_under_way_unconfirmed_waits_for_it)
{
    putx("foo", "1", UNCONFIRMED);
    put("foo", "1");
    IS(take(), "put foo=1");
    putx("bar", "1", UNCONFIRMED);
    IS(take(), "put bar=1; unconfirmed");
    put("bar", "1");
    IS(take(), "put bar=1");
    wk_cache_alarm_set(fx.cache, 5, UNCONFIRMED);
    wk_cache_alarm_set(fx.cache, 5, 0);
    IS(flush(), "alarm 5");
    wk_cache_alarm_set(fx.cache, 5, 0);
    IS(flush(), "");
}

static void
on_waited(void *arg, wk_err err)
{
    *(int *)arg = err == WK_OK ? 1 : (int)err;
}

/* The gate and its texts are the actor's; the cache is dead with the error that it was given.
 */
Test(cache, flush_hard_failure)
{
    struct wk_cache_read *read = keys("bar");
    struct wk_cache_deleted deleted;
    int waited = 0;

    put("foo", "1");
    cr_assert(wk_cache_wait(fx.cache, on_waited, &waited));
    IS(take(), "put foo=1");
    wk_cache_break(fx.cache, WK_EBROKEN);
    wk_cache_break(fx.cache, WK_EIO);
    cr_assert_eq(waited, (int)WK_EBROKEN);
    cr_assert_eq(wk_cache_error(fx.cache), WK_EBROKEN);
    cr_assert_eq(wk_cache_put(fx.cache, text("foo"), text("1"), 0), WK_EBROKEN);
    cr_assert_eq(wk_cache_delete(fx.cache, &(struct wk_span){0}, 1, 0, 9, &deleted),
                 WK_EBROKEN);
    cr_assert_eq(wk_cache_delete_all(fx.cache, false, 0), WK_EBROKEN);
    cr_assert_eq(wk_cache_alarm_set(fx.cache, 5, 0), WK_EBROKEN);
    cr_assert_eq(wk_cache_read_error(read), WK_EBROKEN);
    cr_assert_eq(wk_cache_read_answer(read, NULL, 0, true), WK_EBROKEN);
    wk_cache_read_free(read);
    IS(get("foo"), "dead");
    IS(take(), "");
    durable();
    cr_assert_not(wk_cache_dirty(fx.cache));
    cr_assert_null(wk_cache_mark(fx.cache));
    cr_assert_eq(wk_cache_lru_bytes(fx.lru), 0);
}

Test(cache, flush_hard_failure_with_output_gate_bypass)
{
    putx("foo", "1", UNCONFIRMED);
    IS(take(), "put foo=1; unconfirmed");
    wk_cache_break(fx.cache, WK_EIO);
    cr_assert_eq(wk_cache_put(fx.cache, text("foo"), text("1"), 0), WK_EIO);
}

/* Texts with reference ids are made where errors become texts; here the code that was given is
 * kept. */
Test(cache, flush_hard_failure_includes_internal_error_reference_id)
{
    put("foo", "1");
    wk_cache_break(fx.cache, WK_EINTERNAL);
    cr_assert_eq(wk_cache_error(fx.cache), WK_EINTERNAL);
}

/* Ours: the owner asks again for what is still open. */
Test(cache, read_retry)
{
    struct wk_cache_read *read = keys("foo");

    IS(del("bar"), "0+asked");
    put("baz", "1");
    IS(ask(read), "keys foo");
    IS(flush(), "counted#1 bar; put baz=1");
    IS(ask(read), "keys foo");
    IS(last(read, "foo=1"), "foo=1");
    IS(get("foo"), "1");
}

Test(cache, read_retry_on_flush_containing_only_puts)
{
    struct wk_cache_read *read = keys("foo");

    put("baz", "1");
    IS(flush(), "put baz=1");
    IS(ask(read), "keys foo");
    IS(last(read, "foo=1"), "foo=1");
}

Test(cache, read_hard_fail)
{
    struct wk_cache_read *read = keys("foo");

    put("bar", "1");
    wk_cache_read_fail(read, WK_EIO);
    cr_assert_eq(wk_cache_read_error(read), WK_EIO);
    cr_assert_not(wk_cache_read_complete(read));
    wk_cache_read_free(read);
    IS(flush(), "put bar=1");
    cr_assert_eq(wk_cache_error(fx.cache), WK_OK);
}

Test(cache, read_cancel)
{
    struct wk_cache_read *read = keys("foo");

    put("bar", "1");
    wk_cache_read_free(read);
    IS(flush(), "put bar=1");
    IS(get("foo"), "miss");
}

Test(cache, get_multiple_multiple_blocks)
{
    struct wk_cache_read *read = keys("bar baz foo qux");

    answer(read, "baz=1");
    IS(get("bar"), "absent");
    IS(get("baz"), "1");
    IS(get("foo"), "miss");
    answer(read, "foo=2");
    IS(get("foo"), "2");
    IS(get("qux"), "miss");
    IS(last(read, ""), "baz=1 foo=2");
    IS(get("qux"), "absent");
}

Test(cache, get_multiple_partial_retry)
{
    struct wk_cache_read *read = keys("a b c d e");

    answer(read, "b=1");
    IS(ask(read), "keys c d e");
    answer(read, "b=1 d=2");
    IS(ask(read), "keys e");
    IS(last(read, "e=3"), "b=1 d=2 e=3");
}

Test(cache, an_answer_with_a_key_that_was_not_asked_for_fails_the_read)
{
    struct wk_cache_read *read = keys("a c"), *ranged = list("a..c", 1);
    struct wk_cache_item b = {.key = text("b")}, d = {.key = text("d")};

    cr_assert_eq(wk_cache_read_answer(read, &b, 1, false), WK_EPROTO);
    cr_assert_eq(wk_cache_read_error(read), WK_EPROTO);
    cr_assert_eq(wk_cache_read_answer(ranged, &d, 1, false), WK_EPROTO);
    wk_cache_read_free(read);
    wk_cache_read_free(ranged);
}

Test(cache, list_stream_cancellation)
{
    struct wk_cache_read *read = list("a..z", 0);
    struct wk_cache_item item = {.key = text("c")};

    answer(read, "b=1");
    wk_cache_free(fx.cache);
    fx.cache = NULL;
    cr_assert_eq(wk_cache_read_answer(read, &item, 1, true), WK_ECLOSED);
    wk_cache_read_free(read);
}

/* Unknown keys are asked for only if nobody said that there are none. */
Test(cache, never_flush)
{
    struct wk_cache_read *read;
    int waited = 0;

    fx_reopen(fx_limits(1, 0, 1), (struct wk_cache_config){.never_flush = true});
    put("foo", "1");
    IS(get("foo"), "1");
    IS(take(), "");
    cr_assert_not(wk_cache_dirty(fx.cache));
    cr_assert_not(wk_cache_over_dirty(fx.cache));
    cr_assert_not(wk_cache_wait(fx.cache, on_waited, &waited));
    cr_assert_eq(fx.dirty_calls, 0);
    read = keys("bar");
    IS(ask(read), "keys bar");
    IS(last(read, ""), "");
    IS(del("foo"), "1");
    IS(get("foo"), "absent");
}

Test(cache, never_flush_of_an_empty_storage_keeps_everything_and_nothing_more)
{
    struct wk_cache_stats stats;

    fx_reopen(fx_limits(1, 0, 1), (struct wk_cache_config){.never_flush = true});
    wk_cache_assume_empty(fx.cache);
    IS(get("foo"), "absent");
    IS(del("foo"), "0");
    for (int i = 0; i < 100; i++) {
        put("foo", "1");
        put("bar", "2");
        IS(done(listr("..", 0)), "foo=1 bar=2");
        IS(del("foo bar baz"), "2");
    }
    put("foo", "3");
    wk_cache_sweep(fx.lru, 1000000);
    wk_cache_sweep(fx.lru, 2000000);
    IS(done(list("..", 0)), "foo=3");
    wk_cache_stats(fx.cache, &stats);
    cr_assert_eq(stats.entries, 2);
    del_all();
    IS(done(list("..", 0)), "");
    put("x", "1");
    IS(done(list("..", 0)), "x=1");
}

Test(cache, can_wait_for_flush)
{
    int scheduled = 0, in_flight = 0, later = 0;

    cr_assert_not(wk_cache_wait(fx.cache, on_waited, &scheduled));
    putx("foo", "1", UNCONFIRMED);
    cr_assert(wk_cache_wait(fx.cache, on_waited, &scheduled));
    IS(take(), "put foo=1; unconfirmed");
    cr_assert(wk_cache_wait(fx.cache, on_waited, &in_flight));
    wk_cache_alarm_set(fx.cache, 5, 0);
    cr_assert(wk_cache_wait(fx.cache, on_waited, &later));
    IS(take(), "alarm 5");
    cr_assert_eq(scheduled + in_flight + later, 0);
    wk_cache_durable(fx.cache, 1);
    cr_assert_eq(scheduled, 1);
    cr_assert_eq(in_flight, 1);
    cr_assert_eq(later, 0);
    wk_cache_durable(fx.cache, 2);
    cr_assert_eq(later, 1);
    IS(del("bar"), "0+asked");
    cr_assert(wk_cache_wait(fx.cache, on_waited, &later));
    flush();
    del_all();
    cr_assert(wk_cache_wait(fx.cache, on_waited, &later));
    flush();
    cr_assert_not(wk_cache_wait(fx.cache, on_waited, &later));
}

/* Ours: what is in flight counts by the daemon's word alone, which the gate hears too; the
 * cache is gone at once. */
Test(cache, can_shutdown)
{
    int waited = 0;

    wk_cache_break(fx.cache, WK_ECANCELED);
    cr_assert_eq(wk_cache_put(fx.cache, text("foo"), text("1"), UNCONFIRMED), WK_ECANCELED);
    fx_reopen(fx_limits(0, 0, 0), (struct wk_cache_config){0});
    put("foo", "1");
    cr_assert(wk_cache_wait(fx.cache, on_waited, &waited));
    wk_cache_break(fx.cache, WK_ECANCELED);
    cr_assert_eq(waited, (int)WK_ECANCELED);
    IS(take(), "");
    fx_reopen(fx_limits(0, 0, 0), (struct wk_cache_config){0});
    waited = 0;
    putx("foo", "1", UNCONFIRMED);
    take();
    cr_assert(wk_cache_wait(fx.cache, on_waited, &waited));
    wk_cache_break(fx.cache, WK_EUNAVAILABLE);
    cr_assert_eq(waited, (int)WK_EUNAVAILABLE);
    durable();
}

Test(cache, what_the_start_brought_is_known)
{
    struct wk_cache_item some[] = {{text("a"), text("1"), false},
                                   {text("c"), text("3"), false}};
    struct wk_cache_item bad[] = {{text("c"), text("1"), false}, {text("a"), text("3"), false}};

    cr_assert_eq(wk_cache_assume(fx.cache, bad, 2, true), WK_EINVAL);
    cr_assert_eq(wk_cache_assume(fx.cache, some, 2, false), WK_OK);
    IS(get("a"), "1");
    IS(get("b"), "miss");
    fx_open();
    cr_assert_eq(wk_cache_assume(fx.cache, some, 2, true), WK_OK);
    IS(get("b"), "absent");
    IS(get("zz"), "absent");
    IS(done(list("..", 0)), "a=1 c=3");
    IS(take(), "");
}

Test(cache, says_once_that_there_is_something_to_take)
{
    put("foo", "1");
    put("bar", "1");
    cr_assert_eq(fx.dirty_calls, 1);
    flush();
    put("foo", "1");
    cr_assert_eq(fx.dirty_calls, 1);
    put("foo", "2");
    cr_assert_eq(fx.dirty_calls, 2);
}

Test(cache, an_idle_actor_with_one_entry_costs_less_than_700_bytes)
{
    struct wk_cache_item item = {text("count"), text("42"), false};

    struct wk_cache_stats stats;

    cr_assert_eq(wk_cache_assume(fx.cache, &item, 1, true), WK_OK);
    wk_cache_stats(fx.cache, &stats);
    cr_assert_eq(stats.entries, 2);
    cr_assert_lt(sizeof(struct wk_cache) + stats.bytes + 3 * 16 /* of the allocator */, 700);
}
