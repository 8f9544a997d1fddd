/* A tenant's SQL, whatever it is: nothing of ours is seen or changed, and what was committed
 * opens again whole. The first byte says how the text is run: all at once, or by ingest; with
 * or without a level around it. */
#include <stdlib.h>
#include <string.h>
#include "runtime/sql/sql_priv.h"
#include "tests/support/page_store.c"

#define STEPS_MAX 50
#define ROWS_MAX 100

static int steps;

static int
on_step(void *arg)
{
    return ++steps > STEPS_MAX;
}

static void
run(struct wk_sql *sql, const char *text, size_t bytes)
{
    struct wk_sql_stmt *stmt = wk_sql_stmt_acquire(sql, text, bytes);

    if (stmt == NULL)
        return;
    if (sqlite3_stmt_readonly(stmt->last) || wk_sql_ensure_transaction(sql)) {
        for (int rows = 0; rows < ROWS_MAX && wk_sql_step(sql, stmt->last) == SQLITE_ROW;
             rows++)
            ;
    }
    wk_sql_stmt_release(sql, stmt);
}

static void
expect(struct wk_sql *sql, const char *query, const char *want)
{
    sqlite3_stmt *stmt;

    WK_CHECK(wk_sql_ensure_open(sql));
    sql->trusted = true;
    WK_CHECK(sqlite3_prepare_v2(sql->db, query, -1, &stmt, NULL) == SQLITE_OK);
    WK_CHECK(sqlite3_step(stmt) == SQLITE_ROW);
    WK_CHECK(strcmp((const char *)sqlite3_column_text(stmt, 0), want) == 0);
    sqlite3_finalize(stmt);
    sql->trusted = false;
}

static void
set_up(struct wk_sql *sql)
{
    WK_CHECK(wk_sql_ensure_open(sql) && wk_sql_ensure_transaction(sql));
    sql->trusted = true;
    WK_CHECK(sqlite3_exec(
                 sql->db,
                 "create table _cf_secret(a); insert into _cf_secret values ('ours');"
                 "create table t(a integer primary key, b, c unique); insert into t values (1, "
                 "2, 3), (4, 5, 6);"
                 "create virtual table f using fts5(x); insert into f values ('some words')",
                 NULL, NULL, NULL) == SQLITE_OK);
    sql->trusted = false;
}

static void
run_all(struct wk_sql *sql, uint8_t how, const char *text, size_t bytes)
{
    size_t whole;

    if (how & 2)
        wk_sql_begin(sql);
    if (how & 1) {
        for (int i = 0; i < 20 && (whole = wk_sql_complete(text, bytes)) > 0;
             i++, text += whole, bytes -= whole)
            run(sql, text, whole);
    } else {
        run(sql, text, bytes);
    }
    if (how & 2)
        (void)(how & 4 ? wk_sql_release(sql) : wk_sql_rollback(sql));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct page_store store = {0};
    struct wk_sql *sql;

    if (size < 2)
        return 0;
    sql = page_store_open(&store);
    wk_sql_memory_limit(64u << 20);
    set_up(sql);
    WK_CHECK(page_store_commit(&store, sql) == WK_OK);
    steps = 0;
    sqlite3_progress_handler(sql->db, 1000, on_step, NULL);
    run_all(sql, data[0], (const char *)data + 1, size - 1);
    if (page_store_commit(&store, sql) != WK_OK)
        page_store_drop_unsynced(&store);
    wk_sql_close(sql);
    sql = page_store_open(&store);
    expect(sql, "select a from _cf_secret", "ours");
    expect(sql, "pragma quick_check", "ok");
    wk_sql_close(sql);
    page_store_fini(&store);
    return 0;
}
