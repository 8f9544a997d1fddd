/* The implicit transaction of a turn, its levels, and what leaves when it ends.
 *
 * Every statement that writes runs inside one BEGIN; levels are savepoints in it, made when
 * something is about to be written, so that a level around reads costs nothing. */
#include <stdlib.h>
#include "runtime/sql/sql_priv.h"

#define TEXT_COMMIT_FAILED                                                                     \
    "Durable Object was reset and rolled back to its last known good state because the "       \
    "application left the "                                                                    \
    "database in a state where constraints were violated: "

int
wk_sql_run(struct wk_sql *sql, const char *text)
{
    int rc;

    sql->trusted = true;
    rc = sqlite3_exec(sql->db, text, NULL, NULL, NULL);
    sql->trusted = false;
    return rc;
}

static int
run_prepared(struct wk_sql *sql, sqlite3_stmt *stmt)
{
    int rc;

    sql->trusted = true; /* it may be compiled again */
    sqlite3_step(stmt);
    rc = sqlite3_reset(stmt);
    sql->trusted = false;
    return rc;
}

static int
run_savepoint(struct wk_sql *sql, const char *verb, uint32_t level)
{
    char text[64];

    sqlite3_snprintf((int)sizeof(text), text, "%s _cf_savepoint_%u", verb, level);
    return wk_sql_run(sql, text);
}

bool
wk_sql_ensure_transaction(struct wk_sql *sql)
{
    int rc = SQLITE_OK;

    if (sql->in_transaction && sql->levels_real == sql->levels)
        return true;
    if (!sql->in_transaction) {
        if ((rc = run_prepared(sql, sql->begin)) == SQLITE_OK) {
            sql->in_transaction = true;
            if (sql->ops->dirty != NULL)
                sql->ops->dirty(sql->arg);
        }
    }
    while (rc == SQLITE_OK && sql->levels_real < sql->levels) {
        if ((rc = run_savepoint(sql, "SAVEPOINT", sql->levels_real)) == SQLITE_OK)
            sql->levels_real++;
    }
    if (rc == SQLITE_OK)
        return true;
    wk_sql_fail_db(sql, rc);
    wk_sql_break(sql);
    return false;
}

wk_err
wk_sql_begin(struct wk_sql *sql)
{
    if (sql->error != NULL)
        return WK_EBROKEN;
    if (sql->levels >= WK_SQL_LEVELS_MAX)
        return WK_ELIMIT;
    sql->levels++;
    return WK_OK;
}

/* Ends the innermost level. */
static wk_err
level_end(struct wk_sql *sql, bool undo)
{
    int rc = SQLITE_OK;

    WK_CHECK(sql->levels > 0);
    sql->levels--;
    if (sql->error != NULL)
        return WK_EBROKEN;
    if (sql->levels_real <= sql->levels)
        return WK_OK;
    sql->levels_real = sql->levels;
    if (undo)
        rc = run_savepoint(sql, "ROLLBACK TO", sql->levels);
    if (rc == SQLITE_OK)
        rc = run_savepoint(sql, "RELEASE", sql->levels);
    if (rc == SQLITE_OK)
        return WK_OK;
    wk_sql_fail_db(sql, rc);
    wk_sql_break(sql);
    return WK_EBROKEN;
}

wk_err
wk_sql_release(struct wk_sql *sql)
{
    return level_end(sql, false);
}

wk_err
wk_sql_rollback(struct wk_sql *sql)
{
    return level_end(sql, true);
}

uint32_t
wk_sql_levels(const struct wk_sql *sql)
{
    return sql->levels;
}

/* ---- what leaves ---- */

size_t
wk_sql_dirty_bytes(const struct wk_sql *sql)
{
    return sql->levels > 0 ? 0 : (size_t)sql->pages.dirty * WK_PAGE_BYTES;
}

bool
wk_sql_dirty(const struct wk_sql *sql)
{
    if (sql->error != NULL || sql->levels > 0)
        return false;
    return sql->in_transaction || sql->pages.pending > 0 ||
           sql->page_count != sql->sent_page_count;
}

bool
wk_sql_in_transaction(const struct wk_sql *sql)
{
    return sql->in_transaction;
}

static wk_err
commit_failed(struct wk_sql *sql, int rc)
{
    char *why;

    wk_sql_fail_db(sql, rc);
    if ((rc & 0xff) == SQLITE_CONSTRAINT) {
        why = sqlite3_mprintf("%s%s", TEXT_COMMIT_FAILED, sql->message);
        sqlite3_free(sql->message);
        sql->message = why;
    }
    wk_sql_break(sql);
    wk_sql_run(sql, "ROLLBACK");
    return WK_EBROKEN;
}

static void
pages_emit(struct wk_sql *sql, uint64_t seq,
           void (*emit)(void *arg, const struct wk_write *write), void *arg)
{
    uint32_t n = sql->pages.pending;
    struct wk_sql_page *few[32],
        **list = n <= WK_COUNT(few) ? few : wk_xcalloc(n, sizeof(struct wk_sql_page *));

    wk_sql_pages_sent(&sql->pages, seq, list);
    for (uint32_t i = 0; i < n; i++) {
        struct wk_write write = {.kind = WK_WRITE_PAGE, .number = list[i]->number};

        write.value.data = list[i]->data;
        write.value.len = WK_PAGE_BYTES;
        emit(arg, &write);
    }
    if (list != few)
        free(list);
    if (sql->page_count != sql->sent_page_count) {
        struct wk_write write = {.kind = WK_WRITE_PAGE_COUNT, .number = sql->page_count};

        emit(arg, &write);
        sql->sent_page_count = sql->page_count;
    }
}

wk_err
wk_sql_commit(struct wk_sql *sql, uint64_t seq,
              void (*emit)(void *arg, const struct wk_write *write), void *arg)
{
    int rc;

    if (sql->error != NULL)
        return WK_EBROKEN;
    if (sql->levels > 0)
        return WK_OK;
    WK_CHECK(!sql->running);
    if (sql->in_transaction) {
        if ((rc = run_prepared(sql, sql->commit)) != SQLITE_OK)
            return commit_failed(sql, rc);
        sql->in_transaction = false;
    }
    pages_emit(sql, seq, emit, arg);
    return WK_OK;
}

void
wk_sql_durable(struct wk_sql *sql, uint64_t seq)
{
    wk_sql_pages_durable(&sql->pages, seq);
}
