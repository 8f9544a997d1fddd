/* What an actor's database promises around its turns. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "tests/unit/sql/fixture.h"

TestSuite(sql, .timeout = 60);

Test(sql, opens_nothing_before_the_first_statement)
{
    struct fixture f;

    fixture_open(&f);
    cr_expect(!wk_sql_is_open(f.sql));
    cr_expect_eq(wk_sql_begin(f.sql), WK_OK);
    cr_expect_eq(wk_sql_release(f.sql), WK_OK);
    fixture_commit(&f);
    cr_expect(!wk_sql_is_open(f.sql));
    cr_expect_eq(wk_sql_bytes_total(), 0);
    cr_expect_eq(f.store.reads + f.store.sent_count, 0);
    fixture_close(&f);
}

Test(sql, emits_what_changed_and_nothing_twice)
{
    struct fixture f;

    fixture_open(&f);
    cr_expect(!wk_sql_dirty(f.sql));
    fixture_run(&f, "create table t(a)");
    cr_expect(wk_sql_dirty(f.sql));
    cr_expect_eq(f.store.dirty, 1);
    cr_assert_eq(page_store_commit_unsynced(&f.store, f.sql), WK_OK);
    cr_expect(!wk_sql_dirty(f.sql));
    cr_expect_eq(f.store.sent_count, 3, "two pages and their count");
    cr_assert_eq(page_store_commit_unsynced(&f.store, f.sql), WK_OK);
    cr_expect_eq(f.store.sent_count, 3);
    fixture_run(&f, "insert into t values (1)");
    cr_assert_eq(page_store_commit_unsynced(&f.store, f.sql), WK_OK);
    cr_expect_eq(f.store.sent_count, 4, "one page, the count is the same");
    fixture_run(&f, "select * from t");
    cr_expect(!wk_sql_dirty(f.sql));
    fixture_close(&f);
}

Test(sql, reads_back_what_is_not_durable_yet)
{
    struct fixture f;

    fixture_open(&f);
    fixture_run(&f, "create table t(a); insert into t values (7)");
    cr_assert_eq(page_store_commit_unsynced(&f.store, f.sql), WK_OK);
    wk_sql_idle(f.sql);
    cr_assert(!wk_sql_is_open(f.sql));
    cr_expect_str_eq(fixture_get(&f, "select a from t"), "7");
    cr_expect_eq(f.store.reads, 0, "the keeper does not have it");
    page_store_sync(&f.store, f.store.seq);
    wk_sql_durable(f.sql, f.store.seq);
    wk_sql_idle(f.sql);
    cr_expect_eq(f.sql->pages.count, 0);
    cr_expect_str_eq(fixture_get(&f, "select a from t"), "7");
    cr_expect_eq(f.store.reads, 2);
    fixture_close(&f);
}

Test(sql, keeps_a_page_that_was_written_again_before_it_was_durable)
{
    struct fixture f;

    fixture_open(&f);
    fixture_run(&f, "create table t(a); insert into t values (1)");
    cr_assert_eq(page_store_commit_unsynced(&f.store, f.sql), WK_OK);
    fixture_run(&f, "update t set a = 2");
    cr_assert_eq(page_store_commit_unsynced(&f.store, f.sql), WK_OK);
    page_store_sync(&f.store, 1);
    wk_sql_durable(f.sql, 1);
    wk_sql_idle(f.sql);
    cr_expect_str_eq(fixture_get(&f, "select a from t"), "2");
    fixture_crash(&f);
    cr_expect_str_eq(fixture_get(&f, "select a from t"), "1");
    fixture_close(&f);
}

Test(sql, asks_for_no_page_that_was_given_with_the_start)
{
    struct fixture f;

    fixture_open(&f);
    fixture_run(&f, "create table t(a); insert into t values (5)");
    fixture_commit(&f);
    fixture_crash(&f);
    for (uint32_t i = 0; i < f.store.count; i++)
        wk_sql_preload(f.sql, i, f.store.pages[i]);
    f.store.reads = 0;
    cr_expect_str_eq(fixture_get(&f, "select a from t"), "5");
    cr_expect_eq(f.store.reads, 0);
    cr_expect_eq(f.sql->pages.count, 0, "SQLite has them now");
    fixture_close(&f);
}

Test(sql, level_that_is_rolled_back_leaves_no_trace)
{
    struct fixture f;

    fixture_open(&f);
    wk_sql_begin(f.sql); /* before there is anything */
    fixture_run(&f, "create table t(a)");
    fixture_run(&f, "insert into t values (1)");
    cr_assert_eq(wk_sql_rollback(f.sql), WK_OK);
    cr_expect(!fixture_try(&f, "select * from t"));
    fixture_run(&f, "create table t(a)");
    wk_sql_begin(f.sql);
    fixture_run(&f, "insert into t values (1)");
    wk_sql_begin(f.sql);
    wk_sql_begin(f.sql);
    fixture_run(&f, "insert into t values (2)");
    cr_assert_eq(wk_sql_release(f.sql), WK_OK);
    cr_expect_str_eq(fixture_get(&f, "select * from t"), "1;2");
    cr_assert_eq(wk_sql_rollback(f.sql), WK_OK);
    cr_expect_str_eq(fixture_get(&f, "select * from t"), "1");
    cr_assert_eq(wk_sql_release(f.sql), WK_OK);
    fixture_commit(&f);
    fixture_crash(&f);
    cr_expect_str_eq(fixture_get(&f, "select * from t"), "1");
    fixture_close(&f);
}

Test(sql, emits_nothing_while_a_level_is_open)
{
    struct fixture f;

    fixture_open(&f);
    wk_sql_begin(f.sql);
    fixture_run(&f, "create table t(a)");
    cr_expect(!wk_sql_dirty(f.sql));
    fixture_commit(&f);
    cr_expect_eq(f.store.count, 0);
    wk_sql_release(f.sql);
    cr_expect(wk_sql_dirty(f.sql));
    fixture_commit(&f);
    cr_expect_eq(f.store.count, 2);
    fixture_close(&f);
}

Test(sql, levels_are_bounded)
{
    struct fixture f;

    fixture_open(&f);
    for (int i = 0; i < WK_SQL_LEVELS_MAX; i++)
        cr_assert_eq(wk_sql_begin(f.sql), WK_OK);
    cr_expect_eq(wk_sql_begin(f.sql), WK_ELIMIT);
    fixture_run(&f, "create table t(a)");
    for (int i = 0; i < WK_SQL_LEVELS_MAX; i++)
        cr_assert_eq(i % 2 ? wk_sql_release(f.sql) : wk_sql_rollback(f.sql), WK_OK);
    cr_expect(!fixture_try(&f, "select * from t"));
    fixture_close(&f);
}

Test(sql, breaks_when_constraints_are_violated_at_the_end_of_the_turn)
{
    struct fixture f;

    fixture_open(&f);
    fixture_run(&f, "create table p(a integer primary key); create table c(b references p(a))");
    fixture_commit(&f);
    fixture_run(&f, "pragma defer_foreign_keys=on");
    fixture_run(&f, "insert into c values (3)");
    cr_expect_eq(page_store_commit(&f.store, f.sql), WK_EBROKEN);
    cr_expect_eq(f.store.broken, 1);
    cr_expect_str_eq(f.store.message,
                     "Durable Object was reset and rolled back to its last known good state "
                     "because the application "
                     "left the database in a state where constraints were violated: FOREIGN "
                     "KEY constraint failed: "
                     "SQLITE_CONSTRAINT (extended: SQLITE_CONSTRAINT_FOREIGNKEY)");
    cr_expect_eq(f.store.sent_count, 0);
    cr_expect(!fixture_try(&f, "select 1"));
    fixture_crash(&f);
    cr_expect_str_eq(fixture_get(&f, "select count(*) from c"), "0");
    fixture_close(&f);
}

Test(sql, breaks_when_an_error_ended_the_transaction)
{
    struct fixture f;

    fixture_open(&f);
    fixture_run(&f, "create table t(a); insert into t values (1)");
    fixture_commit(&f);
    f.sql->trusted = true;
    fixture_run(&f, "pragma max_page_count=10");
    f.sql->trusted = false;
    fixture_run(&f, "insert into t values (2)");
    cr_expect(!fixture_try(&f, "insert into t values (zeroblob(1000000))"));
    cr_expect_str_eq(f.sql->message, "database or disk is full: SQLITE_FULL");
    cr_expect_eq(f.store.broken, 1);
    cr_expect_str_eq(wk_sql_error(f.sql), "database or disk is full: SQLITE_FULL");
    cr_expect(!fixture_try(&f, "insert into t values (4)"));
    cr_expect_str_eq(f.sql->message, "database or disk is full: SQLITE_FULL");
    cr_expect_eq(wk_sql_begin(f.sql), WK_EBROKEN);
    cr_expect_eq(page_store_commit(&f.store, f.sql), WK_EBROKEN);
    fixture_crash(&f);
    cr_expect_str_eq(fixture_get(&f, "select a from t"), "1");
    fixture_close(&f);
}

Test(sql, breaks_when_a_page_cannot_be_read)
{
    struct fixture f;

    fixture_open(&f);
    fixture_run(&f, "create table t(a); insert into t values (1)");
    fixture_commit(&f);
    for (uint32_t after = 1; after <= 2; after++) {
        fixture_crash(&f);
        f.store.reads = 0;
        f.store.fail_reads_after = after;
        cr_expect(!fixture_try(&f, "select * from t"));
        cr_expect_eq(f.store.broken, 1);
        f.store.fail_reads_after = 0;
    }
    fixture_crash(&f);
    cr_expect_str_eq(fixture_get(&f, "select a from t"), "1");
    fixture_close(&f);
}

Test(sql, reset_is_an_empty_database)
{
    struct fixture f;

    fixture_open(&f);
    fixture_run(&f, "create table t(a); insert into t values (1)");
    fixture_commit(&f);
    fixture_run(&f, "insert into t values (2)");
    wk_sql_reset(f.sql);
    page_store_fini(&f.store); /* what WK_WRITE_DELETE_ALL does */
    cr_expect(!wk_sql_dirty(f.sql));
    cr_expect(!fixture_try(&f, "select * from t"));
    fixture_run(&f, "create table t(b)");
    fixture_commit(&f);
    fixture_crash(&f);
    cr_expect_str_eq(fixture_get(&f, "select count(*) from t"), "0");
    fixture_check(&f);
    fixture_close(&f);
}

Test(sql, is_closed_when_idle_and_not_before)
{
    struct fixture f;
    size_t before;

    fixture_open(&f);
    fixture_run(&f, "create table t(a)");
    wk_sql_idle(f.sql);
    cr_expect(wk_sql_is_open(f.sql), "not committed");
    fixture_commit(&f);
    before = wk_sql_bytes_total();
    wk_sql_idle(f.sql);
    cr_expect(!wk_sql_is_open(f.sql));
    cr_expect_lt(wk_sql_bytes_total(), 1024);
    cr_expect_lt(before, 40u << 10, "%zu", before);
    fixture_run(&f, "insert into t values (1)");
    cr_expect_str_eq(fixture_get(&f, "select a from t"), "1");
    fixture_close(&f);
}

Test(sql, closes_those_used_longest_ago_when_many_are_open)
{
    struct fixture f[40];
    size_t most = 0;
    int open = 0;

    for (size_t i = 0; i < WK_COUNT(f); i++) {
        fixture_open(&f[i]);
        fixture_run(&f[i], "create table t(a); insert into t values (zeroblob(1000000))");
        if (i > 0) /* the first is never finished, and stays */
            fixture_commit(&f[i]);
        most = wk_sql_bytes_total() > most ? wk_sql_bytes_total() : most;
    }
    cr_expect_lt(most, 20u << 20);
    cr_expect(wk_sql_is_open(f[0].sql));
    cr_expect(!wk_sql_is_open(f[1].sql));
    for (size_t i = 0; i < WK_COUNT(f); i++)
        open += wk_sql_is_open(f[i].sql);
    cr_expect_gt(open, 8);
    cr_expect_str_eq(fixture_get(&f[1], "select length(a) from t"), "1000000");
    for (size_t i = 0; i < WK_COUNT(f); i++)
        fixture_close(&f[i]);
}

static void
add_page(void *arg, const uint8_t data[WK_PAGE_BYTES])
{
    cr_assert_eq(fwrite(data, WK_PAGE_BYTES, 1, arg), 1);
}

Test(sql, exports_a_file_that_sqlite_reads)
{
    struct fixture f;
    char path[] = "/tmp/wk-sql-XXXXXX";
    int fd = mkstemp(path);
    FILE *out = fdopen(fd, "w");
    sqlite3 *db;
    sqlite3_stmt *stmt;

    fixture_open(&f);
    fixture_run(&f, "create table t(a); insert into t values (42)");
    cr_expect_eq(wk_sql_export(f.sql, add_page, out), WK_EAGAIN);
    fixture_commit(&f);
    cr_assert_eq(wk_sql_export(f.sql, add_page, out), WK_OK);
    fclose(out);
    cr_assert_eq(sqlite3_open_v2(path, &db, SQLITE_OPEN_READONLY, "unix"), SQLITE_OK);
    cr_assert_eq(sqlite3_prepare_v2(db, "select a from t", -1, &stmt, NULL), SQLITE_OK);
    cr_assert_eq(sqlite3_step(stmt), SQLITE_ROW);
    cr_expect_eq(sqlite3_column_int(stmt, 0), 42);
    sqlite3_finalize(stmt);
    sqlite3_close(db);
    unlink(path);
    fixture_close(&f);
}

/* Every allocation may be the one that does not fit: then a statement fails, or the database
 * breaks, and what was durable is there. */
Test(sql, runs_out_of_memory_anywhere_without_harm)
{
    struct fixture f;
    size_t limit;
    bool done = false;

    for (limit = 1000; !done; limit += 777) {
        fixture_open(&f);
        fixture_run(&f, "create table t(a primary key, b); create index i on t(b); insert into "
                        "t values (1, 'x')");
        fixture_commit(&f);
        fixture_crash(&f);
        wk_sql_memory_limit(wk_sql_bytes_total() + limit);
        done =
            fixture_try(
                &f,
                "insert into t values (2, zeroblob(20000)); update t set b = zeroblob(9000)") &&
            page_store_commit(&f.store, f.sql) == WK_OK &&
            fixture_try(&f, "select a from t where b in (select b from t) order by b, a");
        wk_sql_memory_limit(0);
        fixture_crash(&f);
        fixture_check(&f);
        if (!done)
            cr_assert_str_eq(fixture_get(&f, "select a from t where b = 'x'"),
                             strcmp(fixture_get(&f, "select count(*) from t"), "1") == 0 ? "1"
                                                                                         : "");
        else
            cr_assert_str_eq(fixture_get(&f, "select a, length(b) from t"), "1,9000;2,9000");
        fixture_close(&f);
    }
    cr_log_info("enough with %zu bytes", limit);
}

Test(sql, stops_when_the_turn_is_over_its_cpu_limit)
{
    struct wk_engine_opts opts = {0};
    struct wk_engine *engine;
    struct fixture f;

    cr_assert_eq(wk_engine_new(&opts, &engine), WK_OK);
    fixture_open(&f);
    f.sql->engine = engine;
    wk_engine_cpu_limit(engine, 20);
    cr_expect(!fixture_try(&f, "with recursive c(x) as (select 1 union all select x + 1 from "
                               "c) select max(x) from c"));
    cr_expect_str_eq(f.sql->message, "interrupted: SQLITE_INTERRUPT");
    cr_expect(wk_engine_cpu_exceeded(engine));
    wk_engine_cpu_limit(engine, 0);
    fixture_run(&f, "create table t(a)");
    fixture_close(&f);
    wk_sql_fini(engine);
    wk_engine_free(engine);
}

Test(sql, counts_against_the_heap_limit)
{
    struct wk_engine_opts opts = {0};
    struct wk_engine *engine;
    struct fixture f;
    size_t before;

    cr_assert_eq(wk_engine_new(&opts, &engine), WK_OK);
    before = wk_engine_heap_bytes(engine);
    wk_engine_heap_limit(engine, before + (4u << 20));
    fixture_open(&f);
    f.sql->engine = engine;
    fixture_run(&f, "create table t(a)");
    cr_expect_eq(wk_engine_heap_bytes(engine), before + wk_sql_bytes_total());
    cr_expect(!wk_engine_memory_exceeded(engine));
    while (fixture_try(&f, "insert into t values (zeroblob(100000))"))
        cr_assert_lt(wk_sql_bytes_total(), 5u << 20);
    cr_expect(!wk_engine_memory_exceeded(engine)); /* the isolate goes on */
    cr_expect_str_eq(f.sql->message, "out of memory: SQLITE_NOMEM");
    cr_expect_eq(f.store.broken, 1);
    fixture_close(&f);
    wk_sql_fini(engine);
    cr_expect_eq(wk_engine_heap_bytes(engine), before);
    wk_engine_free(engine);
}

Test(sql, gives_back_all_its_memory)
{
    struct fixture f;

    for (int round = 0; round < 3; round++) {
        fixture_open(&f);
        fixture_run(&f, "create table t(a)");
        for (int i = 0; i < 50; i++)
            cr_assert(fixture_try(&f, "insert into t values (%d)", i));
        page_store_commit_unsynced(&f.store, f.sql);
        fixture_close(&f);
        cr_expect_lt(wk_sql_bytes_total(), 1024, "%zu",
                     wk_sql_bytes_total()); /* SQLite's own few */
    }
}
