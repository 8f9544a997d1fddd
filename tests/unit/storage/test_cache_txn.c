/* transaction() of an actor in memory: an overlay. */
#include "tests/unit/storage/cache_fixture.h"

#include <stdlib.h>

static struct wk_cache_txn *txn;

static void
txn_open(void)
{
    fx_open();
    txn = wk_cache_txn_new(fx.cache);
}

static void
txn_close(void)
{
    wk_cache_txn_free(txn);
    fx_close();
}

static const char *
tget(const char *key)
{
    struct wk_entry *entry;

    switch (wk_cache_txn_get(txn, text(key), 0, &entry)) {
    case WK_CACHE_MISS:
        return "miss";
    case WK_CACHE_ABSENT:
        return "absent";
    case WK_CACHE_PRESENT:
        return say("%.*s", (int)wk_entry_value(entry).len, wk_entry_value(entry).data);
    case WK_CACHE_DEAD:
        break;
    }
    return "dead";
}

static void
tputx(const char *key, const char *value, unsigned options)
{
    cr_assert_eq(wk_cache_txn_put(txn, text(key), text(value), options), WK_OK);
}

static void
tput(const char *key, const char *value)
{
    tputx(key, value, 0);
}

static struct wk_cache_read *
tlist(const char *start, const char *end, uint64_t limit, bool reverse)
{
    struct wk_cache_range range = {text(start), text(end), limit, reverse};
    struct wk_cache_read *read;

    cr_assert_eq(wk_cache_txn_read_list(txn, &range, 0, &read), WK_OK);
    return read;
}

static struct wk_cache_read *
tkeys(const struct wk_span *spans, size_t count)
{
    struct wk_cache_read *read;

    cr_assert_eq(wk_cache_txn_read_keys(txn, spans, count, 0, &read), WK_OK);
    return read;
}

/* The known; what is to be read goes to fx.counting. */
static int
tdel(const struct wk_span *spans, size_t count)
{
    struct wk_cache_deleted deleted;

    cr_assert_eq(wk_cache_txn_delete(txn, spans, count, 0, &deleted), WK_OK);
    cr_assert_not(deleted.asked);
    wk_cache_read_free(fx.counting);
    fx.counting = deleted.read;
    return (int)deleted.known;
}

static void
commit(void)
{
    cr_assert_eq(wk_cache_txn_commit(txn), WK_OK);
    wk_cache_txn_free(txn);
    txn = wk_cache_txn_new(fx.cache);
}

TestSuite(cache_txn, .init = txn_open, .fini = txn_close);

Test(cache_txn, read_through)
{
    struct wk_span foo_bar[] = {text("foo"), text("bar")};
    struct wk_cache_read *read;

    put("foo", "1");
    IS(tget("foo"), "1");
    IS(tget("bar"), "miss");
    read = tkeys(foo_bar, 2);
    IS(ask(read), "keys bar");
    IS(last(read, "bar=2"), "bar=2 foo=1");
    IS(get("bar"), "2");
    IS(last(tlist("a", "z", 0, false), "bar=2 qux=3"), "bar=2 foo=1 qux=3");
    IS(get("qux"), "3");
    IS(done(tlist("a", "z", 2, true)), "qux=3 foo=1");
}

Test(cache_txn, overlay_changes)
{
    struct wk_span spans[] = {text("bar"), text("foo"), text("none")};
    struct wk_cache_read *read;

    tput("foo", "new");
    IS(tget("foo"), "new");
    IS(get("foo"), "miss");
    cr_assert_eq(tdel(spans, 3), 1);
    IS(ask(fx.counting), "keys bar none");
    IS(tget("bar"), "absent");
    IS(tget("none"), "absent");
    IS(last(fx.counting, "bar=1"), "bar=1"); /* one more */
    fx.counting = NULL;
    tput("qux", "2");
    read = tlist("a", "z", 2, false);
    IS(ask(read), "a..z limit 5");
    IS(last(read, "bar=1 corge=3 foo=4 grault=5 waldo=6"), "corge=3 grault=5");
    read = tlist("a", "z", 0, true);
    IS(ask(read), "a..z reverse");
    wk_cache_read_free(read);
    IS(take(), "");
    cr_assert_eq(fx.dirty_calls, 0);
    commit();
    IS(get("qux"), "2");
    IS(get("bar"), "absent");
    IS(flush(), "delete bar; delete foo; put qux=2");
}

Test(cache_txn, overlay_changes_precached)
{
    struct wk_span bar = text("bar");

    IS(last(list("..", 0), "bar=1 foo=2 qux=3"), "bar=1 foo=2 qux=3");
    tput("foo", "x");
    tput("aaa", "y");
    cr_assert_eq(tdel(&bar, 1), 1);
    cr_assert_null(fx.counting);
    IS(done(tlist("", "", 0, false)), "aaa=y foo=x qux=3");
    IS(done(tlist("", "", 2, true)), "qux=3 foo=x");
    IS(done(list("..", 0)), "bar=1 foo=2 qux=3");
    commit();
    IS(flush(), "put aaa=y; delete bar; put foo=x");
}

Test(cache_txn, output_gate_blocked_during_flush)
{
    tput("foo", "1");
    IS(take(), "");
    commit();
    IS(take(), "put foo=1");
}

Test(cache_txn, output_gate_bypass)
{
    tputx("foo", "1", UNCONFIRMED);
    commit();
    IS(take(), "put foo=1; unconfirmed");
}

Test(cache_txn, output_gate_bypass_on_one_put_but_not_the_next)
{
    tputx("foo", "1", UNCONFIRMED);
    tput("bar", "2");
    tputx("bar", "3", UNCONFIRMED);
    commit();
    IS(take(), "put bar=3; put foo=1");
}

/* Ours: one message. */
Test(cache_txn, multiple_put_batches)
{
    tput("a", "1");
    tput("b", "2");
    tput("c", "3");
    tput("d", "4");
    tput("e", "5");
    IS(take(), "");
    IS(get("c"), "miss");
    commit();
    IS(take(), "put a=1; put b=2; put c=3; put d=4; put e=5");
}

/* Ours: how many keys go in one question is the sender's. */
Test(cache_txn, multiple_counted_delete_batches)
{
    struct wk_span spans[] = {text("a"),    text("b"),    text("known"),
                              text("none"), text("over"), text("a")};

    put("known", "1");
    IS(last(keys("none"), ""), "");
    flush();
    tput("over", "2");
    cr_assert_eq(tdel(spans, 6), 2);
    IS(last(fx.counting, "b=1"), "b=1");
    fx.counting = NULL;
    commit();
    IS(flush(), "delete a; delete b; delete known; delete over");
}

Test(cache_txn, negative_list_range_returns_nothing)
{
    tput("foo", "1");
    IS(done(tlist("qux", "bar", 0, false)), "");
    IS(done(tlist("qux", "bar", 0, true)), "");
}

Test(cache_txn, plain_writes_go_past_it_and_stay)
{
    tput("foo", "in");
    put("foo", "out");
    put("bar", "out");
    IS(tget("foo"), "in");
    IS(tget("bar"), "out");
    wk_cache_txn_free(txn);
    txn = wk_cache_txn_new(fx.cache);
    IS(get("foo"), "out");
    IS(flush(), "put foo=out; put bar=out");
}

Test(cache_txn, has_an_alarm_of_its_own)
{
    uint64_t time, version;

    wk_cache_assume_alarm(fx.cache, 5);
    cr_assert_eq(wk_cache_txn_alarm_get(txn, &time, &version), WK_CACHE_PRESENT);
    cr_assert_eq(time, 5);
    cr_assert_eq(wk_cache_txn_alarm_set(txn, 7, 0), WK_OK);
    cr_assert_eq(wk_cache_txn_alarm_get(txn, &time, &version), WK_CACHE_PRESENT);
    cr_assert_eq(time, 7);
    wk_cache_alarm_get(fx.cache, &time, &version);
    cr_assert_eq(time, 5);
    tput("foo", "1");
    commit();
    IS(flush(), "put foo=1; alarm 7");
}

Test(cache_txn, of_a_dead_cache_says_so)
{
    tput("foo", "1");
    wk_cache_break(fx.cache, WK_EIO);
    IS(tget("foo"), "dead");
    cr_assert_eq(wk_cache_txn_put(txn, text("foo"), text("2"), 0), WK_EIO);
    cr_assert_eq(wk_cache_txn_commit(txn), WK_EIO);
}
