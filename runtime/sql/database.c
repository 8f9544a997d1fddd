/* Opening, running and closing a database, and which of them stay open. */
#include <stdlib.h>
#include <string.h>
#include "runtime/sql/memory.h"
#include "runtime/sql/sql_priv.h"

/* Of SQLite's machine between looks at the CPU limit: some 100 us. */
#define PROGRESS_OPS 20000
#define OPEN_BYTES_MAX (16u << 20)
#define TEXT_CLOSED "The database was closed."

/* Databases that are open. Their page caches are what grows; past OPEN_BYTES_MAX those that
 * were used longest ago are closed, if nothing of theirs is in flight. */
static struct wk_sql *oldest, *newest;

static void
open_take(struct wk_sql *sql)
{
    *(sql->older != NULL ? &sql->older->newer : &oldest) = sql->newer;
    *(sql->newer != NULL ? &sql->newer->older : &newest) = sql->older;
}

static void
open_add(struct wk_sql *sql)
{
    sql->older = newest;
    sql->newer = NULL;
    *(sql->older != NULL ? &sql->older->newer : &oldest) = sql;
    newest = sql;
}

static void
open_touch(struct wk_sql *sql)
{
    if (sql == newest)
        return;
    open_take(sql);
    open_add(sql);
}

static void
open_trim(void)
{
    struct wk_sql *next;

    for (struct wk_sql *sql = oldest; sql != NULL && wk_sql_mem_bytes() > OPEN_BYTES_MAX;
         sql = next) {
        next = sql->newer;
        wk_sql_idle(sql);
    }
}

struct wk_sql *
wk_sql_new(const struct wk_sql_ops *ops, void *arg, uint32_t page_count)
{
    struct wk_sql *sql = wk_xcalloc(1, sizeof(*sql));

    wk_sql_mem_init(NULL);
    sql->ops = ops;
    sql->arg = arg;
    sql->refs = 1;
    sql->page_count = sql->sent_page_count = page_count;
    return sql;
}

void
wk_sql_preload(struct wk_sql *sql, uint32_t number, const uint8_t data[WK_PAGE_BYTES])
{
    struct wk_sql_page *page;

    if (sql->db != NULL || number >= sql->page_count ||
        wk_sql_pages_find(&sql->pages, number) != NULL)
        return;
    if ((page = wk_sql_pages_put(&sql->pages, number, 0)) != NULL)
        memcpy(page->data, data, WK_PAGE_BYTES);
}

/* Finalizes every statement; open cursors end in that state. */
static void
database_close(struct wk_sql *sql, enum wk_sql_cursor_state state)
{
    while (sql->live != NULL)
        wk_sql_cursor_end(sql->live, state);
    wk_sql_cache_clear(sql);
    sqlite3_finalize(sql->begin);
    sqlite3_finalize(sql->commit);
    sql->begin = sql->commit = NULL;
    if (sql->db != NULL) {
        WK_CHECK(sqlite3_close(sql->db) == SQLITE_OK);
        open_take(sql);
    }
    sql->db = NULL;
    sql->in_transaction = false;
    sql->levels_real = 0;
}

void
wk_sql_unref(struct wk_sql *sql)
{
    if (--sql->refs > 0)
        return;
    if (sql->db != NULL) { /* closed while a statement ran */
        database_close(sql, WK_CURSOR_CLOSED);
        wk_sql_pages_fini(&sql->pages);
    }
    sqlite3_free(sql->message);
    free(sql->error);
    free(sql);
}

static wk_err
page_of_nobody(void *arg, uint32_t number, uint8_t out[WK_PAGE_BYTES])
{
    return WK_EBROKEN;
}

void
wk_sql_close(struct wk_sql *sql)
{
    static const struct wk_sql_ops nobody = {.page = page_of_nobody};

    if (sql == NULL)
        return;
    WK_CHECK(!sql->closed);
    sql->closed = true;
    if (sql->running) { /* it waits for a page: the statement fails, and the rest ends with the
                           last object */
        sql->ops = &nobody;
        if (sql->error == NULL)
            sql->error = wk_xstrdup(TEXT_CLOSED);
    } else {
        database_close(sql, WK_CURSOR_CLOSED);
        wk_sql_pages_fini(&sql->pages);
    }
    wk_sql_unref(sql);
}

static int
on_progress(void *arg)
{
    struct wk_sql *sql = arg;

    return sql->engine != NULL && wk_engine_cpu_over(sql->engine);
}

static void
limits_set(sqlite3 *db)
{
    static const struct {
        int id, value;
    } limits[] = {
        {SQLITE_LIMIT_LENGTH, WK_SQL_VALUE_BYTES_MAX},
        {SQLITE_LIMIT_SQL_LENGTH, 100000},
        {SQLITE_LIMIT_COLUMN, 100},
        {SQLITE_LIMIT_EXPR_DEPTH, 100},
        {SQLITE_LIMIT_COMPOUND_SELECT, 5},
        {SQLITE_LIMIT_VDBE_OP, 25000},
        {SQLITE_LIMIT_FUNCTION_ARG, 127},
        {SQLITE_LIMIT_ATTACHED, 0},
        {SQLITE_LIMIT_LIKE_PATTERN_LENGTH, 50},
        {SQLITE_LIMIT_VARIABLE_NUMBER, WK_SQL_BINDINGS_MAX},
        {SQLITE_LIMIT_TRIGGER_DEPTH, 10},
        {SQLITE_LIMIT_WORKER_THREADS, 0},
    };

    for (size_t i = 0; i < WK_COUNT(limits); i++)
        sqlite3_limit(db, limits[i].id, limits[i].value);
}

/* The journal in memory serves rollback; nothing may reach the file before COMMIT, so no
 * spilling. */
static int
database_configure(struct wk_sql *sql)
{
    static const char pragmas[] =
        "PRAGMA locking_mode=EXCLUSIVE; PRAGMA journal_mode=MEMORY; PRAGMA synchronous=OFF;"
        "PRAGMA cache_spill=OFF; PRAGMA temp_store=MEMORY";
    int rc;

    limits_set(sql->db);
    sqlite3_db_config(sql->db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
    sqlite3_set_authorizer(sql->db, wk_sql_authorize, sql);
    sqlite3_progress_handler(sql->db, PROGRESS_OPS, on_progress, sql);
    sql->trusted = true;
    if ((rc = sqlite3_exec(sql->db, pragmas, NULL, NULL, NULL)) == SQLITE_OK)
        rc = sqlite3_prepare_v3(sql->db, "BEGIN", -1, SQLITE_PREPARE_PERSISTENT, &sql->begin,
                                NULL);
    if (rc == SQLITE_OK)
        rc = sqlite3_prepare_v3(sql->db, "COMMIT", -1, SQLITE_PREPARE_PERSISTENT, &sql->commit,
                                NULL);
    if (rc == SQLITE_OK && sql->max_page_count > 0) {
        char text[64];

        sqlite3_snprintf((int)sizeof(text), text, "PRAGMA max_page_count=%u",
                         sql->max_page_count);
        rc = sqlite3_exec(sql->db, text, NULL, NULL, NULL);
    }
    sql->trusted = false;
    return rc;
}

bool
wk_sql_ensure_open(struct wk_sql *sql)
{
    int rc;

    if (sql->closed)
        return wk_sql_fail(sql, TEXT_CLOSED), false;
    if (sql->error != NULL)
        return wk_sql_fail(sql, sql->error), false;
    if (sql->db != NULL) {
        open_touch(sql);
        return true;
    }
    open_trim();
    wk_sql_mem_init(sql->engine);
    wk_sql_vfs_init();
    rc = wk_sql_vfs_open(sql, &sql->db);
    if (sql->db != NULL)
        open_add(sql);
    if (rc == SQLITE_OK && (rc = database_configure(sql)) == SQLITE_OK)
        return true;
    if (sql->db != NULL)
        wk_sql_fail_db(sql, rc);
    else
        wk_sql_fail(sql, "out of memory: SQLITE_NOMEM");
    wk_sql_break(sql);
    database_close(sql, WK_CURSOR_CLOSED);
    return false;
}

int
wk_sql_step(struct wk_sql *sql, sqlite3_stmt *stmt)
{
    int rc;

    sql->page_err = WK_OK;
    sql->running = true;
    rc = sqlite3_step(stmt);
    sql->running = false;
    if (rc == SQLITE_ROW || rc == SQLITE_DONE)
        return rc;
    wk_sql_fail_db(sql, rc);
    /* Some errors end the transaction, and what was written before in it is gone; and an actor
     * whose pages do not come has no state to go on with. */
    if ((sql->in_transaction && sqlite3_get_autocommit(sql->db)) || sql->page_err != WK_OK)
        wk_sql_break(sql);
    return rc;
}

void
wk_sql_reset(struct wk_sql *sql)
{
    WK_CHECK(sql->levels == 0 && !sql->running);
    if (sql->in_transaction)
        wk_sql_run(sql, "ROLLBACK");
    database_close(sql, WK_CURSOR_DELETED);
    wk_sql_pages_fini(&sql->pages);
    sql->page_count = sql->sent_page_count = 0;
}

const char *
wk_sql_error(const struct wk_sql *sql)
{
    return sql->error;
}

/* ---- memory ---- */

bool
wk_sql_is_open(const struct wk_sql *sql)
{
    return sql->db != NULL;
}

void
wk_sql_idle(struct wk_sql *sql)
{
    if (sql->db == NULL || sql->running || sql->live != NULL || sql->in_transaction ||
        sql->levels > 0 || sql->error != NULL || sql->pages.pending > 0)
        return;
    database_close(sql, WK_CURSOR_CLOSED);
}

size_t
wk_sql_bytes(const struct wk_sql *sql)
{
    return sizeof(*sql) + (size_t)sql->pages.count * sizeof(struct wk_sql_page);
}

bool
wk_sql_size(struct wk_sql *sql, double *bytes)
{
    sqlite3_stmt *stmt;
    int rc;

    if (!wk_sql_ensure_open(sql))
        return false;
    sql->trusted = true; /* the pragmas are compiled when it runs */
    rc = sqlite3_prepare_v2(
        sql->db,
        "select (select * from pragma_page_count) - (select * from pragma_freelist_count)", -1,
        &stmt, NULL);
    if (rc != SQLITE_OK)
        wk_sql_fail_db(sql, rc);
    else if ((rc = wk_sql_step(sql, stmt)) == SQLITE_ROW)
        *bytes = (double)sqlite3_column_int64(stmt, 0) * WK_PAGE_BYTES;
    sqlite3_finalize(stmt);
    sql->trusted = false;
    if (*bytes < WK_PAGE_BYTES) /* the peer's file has its first page from the start */
        *bytes = WK_PAGE_BYTES;
    return rc == SQLITE_ROW;
}

wk_err
wk_sql_export(struct wk_sql *sql, void (*page)(void *arg, const uint8_t data[WK_PAGE_BYTES]),
              void *arg)
{
    uint8_t data[WK_PAGE_BYTES];

    if (sql->in_transaction || sql->pages.pending > 0)
        return WK_EAGAIN;
    for (uint32_t i = 0; i < sql->page_count; i++) {
        const struct wk_sql_page *found = wk_sql_pages_find(&sql->pages, i);
        wk_err err = WK_OK;

        if (found == NULL && (err = sql->ops->page(sql->arg, i, data)) != WK_OK)
            return err;
        page(arg, found != NULL ? found->data : data);
    }
    return WK_OK;
}
