/* The alarm. The daemon does not say whether a deletion found anything: nobody else writes, so
 * it is known. */
#include "tests/unit/storage/cache_fixture.h"

static void
set(uint64_t ms_plus1)
{
    cr_assert_eq(wk_cache_alarm_set(fx.cache, ms_plus1, 0), WK_OK);
}

/* -1: not known */
static int
alarm_now(void)
{
    uint64_t time, version;

    return wk_cache_alarm_get(fx.cache, &time, &version) == WK_CACHE_MISS ? -1 : (int)time;
}

static enum wk_cache_armed
arm(uint64_t ms_plus1)
{
    uint64_t now;

    return wk_cache_alarm_arm(fx.cache, ms_plus1, &now);
}

static void
del_all_with_alarm(void)
{
    cr_assert_eq(wk_cache_delete_all(fx.cache, true, 0), WK_OK);
}

TestSuite(cache_alarm, .init = fx_open, .fini = fx_close);

Test(cache_alarm, get_put)
{
    uint64_t time, version, now;

    cr_assert_eq(wk_cache_alarm_get(fx.cache, &time, &version), WK_CACHE_MISS);
    wk_cache_alarm_answer(fx.cache, version, 0, 0);
    cr_assert_eq(alarm_now(), 0);
    set(5);
    cr_assert_eq(alarm_now(), 5);
    put("foo", "1");
    IS(flush(), "put foo=1; alarm 5");
    cr_assert_eq(alarm_now(), 5);
    set(5);
    IS(flush(), "");
    set(6);
    IS(flush(), "alarm 6");
    set(0);
    cr_assert_eq(alarm_now(), 0);
    IS(flush(), "alarm 0");
    /* the handler runs and succeeds */
    set(7);
    flush();
    cr_assert_eq(arm(7), WK_CACHE_ARM_DEFERRED);
    cr_assert_eq(alarm_now(), 0);
    IS(flush(), "");
    wk_cache_alarm_done(fx.cache);
    IS(take(), "done 7");
    cr_assert_eq(alarm_now(), 0);
    durable();
    cr_assert_eq(alarm_now(), 0);
    /* it sets another */
    set(8);
    flush();
    cr_assert_eq(arm(8), WK_CACHE_ARM_DEFERRED);
    set(9);
    wk_cache_alarm_done(fx.cache);
    IS(flush(), "alarm 9");
    /* it fails */
    cr_assert_eq(arm(9), WK_CACHE_ARM_DEFERRED);
    wk_cache_alarm_keep(fx.cache);
    cr_assert_eq(alarm_now(), 9);
    IS(flush(), "");
    /* the scheduler is behind */
    cr_assert_eq(wk_cache_alarm_arm(fx.cache, 3, &now), WK_CACHE_ARM_CANCEL);
    cr_assert_eq(now, 9);
    set(10);
    cr_assert_eq(arm(9), WK_CACHE_ARM_RUN);
    cr_assert_eq(alarm_now(), 10);
    take();
    cr_assert_eq(arm(9), WK_CACHE_ARM_RUN);
    wk_cache_alarm_done(fx.cache);
    durable();
    cr_assert_eq(alarm_now(), 10);
    cr_assert_eq(arm(9), WK_CACHE_ARM_CANCEL);
}

Test(cache_alarm, uncached_nonnull_alarm_get)
{
    uint64_t time, version;

    cr_assert_eq(wk_cache_alarm_get(fx.cache, &time, &version), WK_CACHE_MISS);
    wk_cache_alarm_answer(fx.cache, version, 5, WK_CACHE_NO_CACHE);
    cr_assert_eq(alarm_now(), -1);
    wk_cache_alarm_answer(fx.cache, version, 5, 0);
    cr_assert_eq(alarm_now(), 5);
}

Test(cache_alarm, a_late_answer_does_not_replace_what_was_set)
{
    uint64_t time, version;

    cr_assert_eq(wk_cache_alarm_get(fx.cache, &time, &version), WK_CACHE_MISS);
    set(7);
    flush();
    wk_cache_alarm_abandon(fx.cache, 7);
    wk_cache_alarm_answer(fx.cache, version, 5, 0);
    cr_assert_eq(alarm_now(), -1);
}

/* Ours: a flush that fails ends the cache. Armed when nothing was known, nothing is afterwards.
 */
Test(cache_alarm, alarm_delete_when_flush_fails)
{
    cr_assert_eq(arm(5), WK_CACHE_ARM_DEFERRED);
    cr_assert_eq(alarm_now(), 0);
    wk_cache_alarm_done(fx.cache);
    IS(take(), "done 5");
    cr_assert_eq(alarm_now(), 0);
    durable();
    cr_assert_eq(alarm_now(), -1);
    cr_assert_eq(arm(5), WK_CACHE_ARM_DEFERRED);
    wk_cache_alarm_done(fx.cache);
    wk_cache_break(fx.cache, WK_EIO);
    IS(take(), "");
}

/* The alarm fires while the same time is being set again: neither the setting nor the deletion
 * is lost. */
Test(cache_alarm, armed_while_its_own_write_is_under_way)
{
    wk_cache_assume_alarm(fx.cache, 5);
    set(0);
    flush();
    set(5);
    cr_assert_eq(arm(5), WK_CACHE_ARM_DEFERRED);
    IS(take(), "alarm 5");
    wk_cache_alarm_keep(fx.cache);
    cr_assert_eq(alarm_now(), 5);
    cr_assert_eq(arm(5), WK_CACHE_ARM_DEFERRED);
    wk_cache_alarm_done(fx.cache);
    IS(flush(), "done 5");
    cr_assert_eq(alarm_now(), 0);
}

/* Ours: the deletion is part of the deleteAll, so it cannot come before. */
Test(cache_alarm, delete_all_with_delete_alarm_deletes_alarm_after_delete_all_succeeds)
{
    set(5);
    put("foo", "1");
    flush();
    put("bar", "2");
    set(6);
    del_all_with_alarm();
    cr_assert_eq(alarm_now(), 0);
    IS(take(), "put bar=2; deleteAll+alarm");
    cr_assert_eq(alarm_now(), 0);
    cr_assert_eq(arm(5), WK_CACHE_ARM_RUN); /* it is not certain yet */
    durable();
    cr_assert_eq(arm(5), WK_CACHE_ARM_CANCEL);
}

Test(cache_alarm, delete_all_without_delete_alarm_preserves_alarm)
{
    set(5);
    del_all();
    cr_assert_eq(alarm_now(), 5);
    IS(flush(), "deleteAll; alarm 5");
    del_all();
    cr_assert_eq(alarm_now(), 5);
    IS(flush(), "deleteAll");
    cr_assert_eq(alarm_now(), 5);
}

Test(cache_alarm, delete_all_with_delete_alarm_does_not_overwrite_subsequent_set_alarm)
{
    set(5);
    flush();
    del_all_with_alarm();
    set(6);
    cr_assert_eq(alarm_now(), 6);
    IS(flush(), "deleteAll+alarm; alarm 6");
    cr_assert_eq(alarm_now(), 6);
    del_all();
    del_all_with_alarm();
    IS(flush(), "deleteAll+alarm");
}

Test(cache_alarm, delete_all_with_delete_alarm_during_alarm_handler_cancels_deferred_delete)
{
    set(5);
    flush();
    cr_assert_eq(arm(5), WK_CACHE_ARM_DEFERRED);
    del_all_with_alarm();
    wk_cache_alarm_done(fx.cache);
    IS(flush(), "deleteAll+alarm");
    cr_assert_eq(alarm_now(), 0);
}

Test(cache_alarm,
     delete_all_without_delete_alarm_during_alarm_handler_preserves_deferred_delete)
{
    set(5);
    flush();
    cr_assert_eq(arm(5), WK_CACHE_ARM_DEFERRED);
    del_all();
    wk_cache_alarm_done(fx.cache);
    IS(flush(), "deleteAll; done 5");
    cr_assert_eq(alarm_now(), 0);
}

Test(cache_alarm, delete_all_failure_with_delete_alarm_does_not_delete_alarm)
{
    set(5);
    flush();
    del_all_with_alarm();
    wk_cache_break(fx.cache, WK_EIO);
    IS(take(), "");
}

/* The text is made elsewhere; the code is kept. */
Test(cache_alarm, delete_all_failure_includes_internal_error_reference_id)
{
    del_all();
    take();
    wk_cache_break(fx.cache, WK_EINTERNAL);
    cr_assert_eq(wk_cache_error(fx.cache), WK_EINTERNAL);
    IS(get("foo"), "dead");
}

Test(cache_alarm, cleared_by_abandon_alarm)
{
    set(5);
    flush();
    cr_assert_eq(wk_cache_alarm_abandon(fx.cache, 5), 0);
    cr_assert_eq(alarm_now(), -1);
    IS(flush(), "");
}

Test(cache_alarm, preserved_after_uncounted_failures)
{
    set(5);
    flush();
    for (int i = 0; i < 100; i++) {
        cr_assert_eq(arm(5), WK_CACHE_ARM_DEFERRED);
        wk_cache_alarm_keep(fx.cache);
    }
    cr_assert_eq(alarm_now(), 5);
    IS(flush(), "");
}

Test(cache_alarm, abandon_alarm_is_a_no_op_when_a_newer_alarm_has_replaced_the_abandoned_one)
{
    set(5);
    flush();
    set(6);
    flush();
    cr_assert_eq(wk_cache_alarm_abandon(fx.cache, 5), 6);
    cr_assert_eq(alarm_now(), 6);
}

Test(cache_alarm, abandon_alarm_returns_none_when_no_alarm_is_stored)
{
    cr_assert_eq(wk_cache_alarm_abandon(fx.cache, 5), 0);
    wk_cache_assume_alarm(fx.cache, 0);
    cr_assert_eq(wk_cache_alarm_abandon(fx.cache, 5), 0);
    cr_assert_eq(alarm_now(), 0);
}

Test(cache_alarm, abandon_alarm_returns_none_when_alarm_is_dirty_not_the_uncommitted_time)
{
    set(5);
    cr_assert_eq(wk_cache_alarm_abandon(fx.cache, 5), 0);
    cr_assert_eq(alarm_now(), 5);
    take();
    cr_assert_eq(wk_cache_alarm_abandon(fx.cache, 5), 0);
    cr_assert_eq(alarm_now(), 5);
    durable();
    cr_assert_eq(alarm_now(), 5);
}

Test(cache_alarm, no_cache_forgets_it_when_clean)
{
    cr_assert_eq(wk_cache_alarm_set(fx.cache, 5, WK_CACHE_NO_CACHE), WK_OK);
    cr_assert_eq(alarm_now(), 5);
    take();
    cr_assert_eq(alarm_now(), 5);
    durable();
    cr_assert_eq(alarm_now(), -1);
}

Test(cache_alarm, of_a_cache_that_never_flushes)
{
    fx_reopen(fx_limits(0, 0, 0), (struct wk_cache_config){.never_flush = true});
    wk_cache_assume_empty(fx.cache);
    set(5);
    IS(take(), "");
    cr_assert_eq(arm(5), WK_CACHE_ARM_DEFERRED);
    wk_cache_alarm_done(fx.cache);
    cr_assert_eq(alarm_now(), 0);
    set(6);
    del_all_with_alarm();
    cr_assert_eq(alarm_now(), 0);
}
