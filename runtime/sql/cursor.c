/* native('sql'): a cursor over the rows of one execution. It is always one row ahead of what
 * script was given, so that its statement goes back to the cache with the last row.
 *
 * Rows of a statement that writes (RETURNING) are all read at once: the statement must have
 * ended when the transaction does, at the end of the turn, and SQLite holds them in memory
 * anyhow. */
#include <string.h>
#include "runtime/binding/utf8.h"
#include "runtime/binding/webidl.h"
#include "runtime/sql/script.h"

static void
counters_read(struct wk_sql_cursor *cursor)
{
    cursor->rows_read =
        (uint32_t)sqlite3_stmt_status(cursor->stmt->last, WK_STMTSTATUS_ROWS_READ, 0);
    cursor->rows_written =
        (uint32_t)sqlite3_stmt_status(cursor->stmt->last, WK_STMTSTATUS_ROWS_WRITTEN, 0);
}

void
wk_sql_cursor_end(struct wk_sql_cursor *cursor, enum wk_sql_cursor_state state)
{
    struct wk_sql *sql = cursor->sql;

    if (cursor->stmt == NULL)
        return;
    counters_read(cursor);
    wk_sql_stmt_release(sql, cursor->stmt);
    cursor->stmt = NULL;
    cursor->state = state;
    *(cursor->prev != NULL ? &cursor->prev->next : &sql->live) = cursor->next;
    if (cursor->next != NULL)
        cursor->next->prev = cursor->prev;
    cursor->sql = NULL;
    wk_sql_unref(sql);
}

/* The record of the object at idx; NULL: it is no cursor. */
static struct wk_sql_cursor *
cursor_at(duk_context *ctx, duk_idx_t idx)
{
    struct wk_sql_cursor *cursor = NULL;

    idx = duk_normalize_index(ctx, idx);
    if (duk_is_object(ctx, idx)) {
        duk_get_prop_literal(ctx, idx, WK_SQL_RECORD);
        duk_size_t bytes;

        cursor = duk_get_buffer(ctx, -1, &bytes);
        if (cursor != NULL &&
            (bytes != sizeof(*cursor) || cursor->owner != duk_get_heapptr(ctx, idx)))
            cursor = NULL;
        duk_pop(ctx);
    }
    return cursor;
}

/* Pushes `this`. */
static struct wk_sql_cursor *
cursor_this(duk_context *ctx)
{
    struct wk_sql_cursor *cursor;

    duk_push_this(ctx);
    if ((cursor = cursor_at(ctx, -1)) == NULL)
        (void)wk_throw_illegal_invocation(ctx);
    return cursor;
}

duk_ret_t
wk_sql_cursor_finalize(duk_context *ctx)
{
    struct wk_sql_cursor *cursor = cursor_at(ctx, 0);

    if (cursor != NULL)
        wk_sql_cursor_end(cursor, WK_CURSOR_CLOSED);
    return 0;
}

struct wk_sql_cursor *
wk_sql_cursor_push(duk_context *ctx, struct wk_sql *sql)
{
    struct wk_sql_cursor *cursor;

    duk_push_bare_object(ctx);
    duk_push_heapptr(ctx, sql->classes->cursor);
    duk_set_prototype(ctx, -2);
    cursor = duk_push_fixed_buffer(ctx, sizeof(*cursor));
    memset(cursor, 0, sizeof(*cursor));
    cursor->owner = duk_get_heapptr(ctx, -2);
    duk_put_prop_literal(ctx, -2, WK_SQL_RECORD);
    return cursor;
}

/* Pushes the values of the row as an array. */
static void
push_row_array(duk_context *ctx, sqlite3_stmt *stmt)
{
    int n = sqlite3_data_count(stmt);

    duk_push_array(ctx);
    for (int i = 0; i < n; i++) {
        wk_sql_push_column(ctx, stmt, i);
        duk_put_prop_index(ctx, -2, (duk_uarridx_t)i);
    }
}

/* Reads what is left into an array of arrays under WK_SQL_ROWS. */
static int
rows_keep(duk_context *ctx, struct wk_sql_cursor *cursor)
{
    sqlite3_stmt *stmt = cursor->stmt->last;
    int rc = SQLITE_ROW;

    duk_push_array(ctx);
    while (rc == SQLITE_ROW) {
        push_row_array(ctx, stmt);
        duk_put_prop_index(ctx, -2, cursor->row_count++);
        rc = wk_sql_step(cursor->sql, stmt);
    }
    duk_put_prop_literal(ctx, -2, WK_SQL_ROWS);
    return rc;
}

static void
names_put(duk_context *ctx, struct wk_sql_cursor *cursor)
{
    sqlite3_stmt *stmt = cursor->stmt->last;

    duk_push_array(ctx);
    for (uint32_t i = 0; i < cursor->column_count; i++) {
        const char *name = sqlite3_column_name(stmt, (int)i);

        wk_push_utf8(ctx, name != NULL ? name : "", name != NULL ? strlen(name) : 0);
        duk_put_prop_index(ctx, -2, i);
    }
    duk_put_prop_literal(ctx, -2, WK_SQL_NAMES);
}

static void
cursor_link(struct wk_sql_cursor *cursor, struct wk_sql *sql, struct wk_sql_stmt *stmt)
{
    cursor->sql = sql;
    cursor->stmt = stmt;
    cursor->state = WK_CURSOR_LIVE;
    cursor->next = sql->live;
    if (cursor->next != NULL)
        cursor->next->prev = cursor;
    sql->live = cursor;
    sql->refs++;
}

/* The rest of wk_sql_cursor_start; the cursor holds its statement. False: failed with a
 * message. */
static bool
cursor_run(duk_context *ctx, struct wk_sql_cursor *cursor,
           const struct wk_sql_binding *bindings, uint32_t count)
{
    struct wk_sql *sql = cursor->sql;
    sqlite3_stmt *stmt = cursor->stmt->last;
    bool writes = !sqlite3_stmt_readonly(stmt);
    int rc;

    if (!wk_sql_bindings_apply(sql, stmt, bindings, count) ||
        (writes && !wk_sql_ensure_transaction(sql)))
        return false;
    if ((rc = wk_sql_step(sql, stmt)) != SQLITE_ROW && rc != SQLITE_DONE)
        return false;
    cursor->reused = cursor->stmt->uses++ > 0;
    cursor->column_count = (uint32_t)sqlite3_column_count(stmt);
    if (cursor->column_count > 0)
        names_put(ctx, cursor);
    if (writes && rc == SQLITE_ROW) {
        rc = rows_keep(ctx, cursor);
        wk_sql_cursor_end(cursor, WK_CURSOR_ROWS);
        return rc == SQLITE_DONE;
    }
    if (rc == SQLITE_DONE)
        wk_sql_cursor_end(cursor, WK_CURSOR_DONE);
    return true;
}

void
wk_sql_cursor_start(duk_context *ctx, struct wk_sql_cursor *cursor, struct wk_sql *sql,
                    struct wk_sql_stmt *stmt, const struct wk_sql_binding *bindings,
                    uint32_t count)
{
    /* Once it is linked nothing may throw before it has its finalizer. */
    if (sqlite3_column_count(stmt->last) > 0) {
        duk_push_heapptr(ctx, sql->classes->finalizer);
        duk_set_finalizer(ctx, -2);
    }
    cursor_link(cursor, sql, stmt);
    if (!cursor_run(ctx, cursor, bindings, count)) {
        wk_sql_cursor_end(cursor, WK_CURSOR_CLOSED);
        (void)wk_sql_throw(ctx, sql);
    }
}

/* ---- what script calls ---- */

/* Pushes the values of the row as an object; names at names_idx. Takes the array of values at
 * values_idx, or the row that stmt is on if that is negative. */
static void
push_row_object(duk_context *ctx, sqlite3_stmt *stmt, uint32_t count, duk_idx_t names_idx,
                duk_idx_t values_idx)
{
    duk_push_object(ctx);
    for (uint32_t i = 0; i < count; i++) {
        duk_get_prop_index(ctx, names_idx, i);
        if (values_idx >= 0)
            duk_get_prop_index(ctx, values_idx, i);
        else
            wk_sql_push_column(ctx, stmt, (int)i);
        duk_put_prop(ctx, -3);
    }
}

/* One of the rows that were kept. */
static void
kept_push(duk_context *ctx, struct wk_sql_cursor *cursor, duk_idx_t idx, bool raw)
{
    duk_get_prop_literal(ctx, idx, WK_SQL_ROWS);
    duk_get_prop_index(ctx, -1, cursor->rows_at++);
    duk_remove(ctx, -2);
    if (!raw) {
        duk_get_prop_literal(ctx, idx, WK_SQL_NAMES);
        push_row_object(ctx, NULL, cursor->column_count, duk_get_top_index(ctx),
                        duk_get_top_index(ctx) - 1);
        duk_replace(ctx, -3);
        duk_pop(ctx);
    }
    if (cursor->rows_at == cursor->row_count) {
        cursor->state = WK_CURSOR_DONE;
        duk_del_prop_literal(ctx, idx, WK_SQL_ROWS);
    }
}

/* Pushes the next row of the cursor at idx: false, nothing is pushed, when there is none.
 * Throws. */
static bool
row_push(duk_context *ctx, struct wk_sql_cursor *cursor, duk_idx_t idx, bool raw)
{
    struct wk_sql *sql = cursor->sql;
    sqlite3_stmt *stmt;
    int rc;

    switch (cursor->state) {
    case WK_CURSOR_DONE:
        return false;
    case WK_CURSOR_ROWS:
        kept_push(ctx, cursor, idx, raw);
        return true;
    case WK_CURSOR_DELETED:
        (void)duk_generic_error(ctx,
                                "SQLite query was canceled because the database was deleted.");
        return false;
    case WK_CURSOR_CLOSED:
        (void)duk_generic_error(ctx, "SQL cursor was closed.");
        return false;
    default:
        break;
    }
    if (sql->ops->check != NULL)
        sql->ops->check(sql->arg, ctx);
    stmt = cursor->stmt->last;
    if (raw) {
        push_row_array(ctx, stmt);
    } else {
        duk_get_prop_literal(ctx, idx, WK_SQL_NAMES);
        push_row_object(ctx, stmt, cursor->column_count, duk_get_top_index(ctx), -1);
        duk_remove(ctx, -2);
    }
    rc = wk_sql_step(sql, stmt);
    if (rc == SQLITE_DONE) {
        wk_sql_cursor_end(cursor, WK_CURSOR_DONE);
    } else if (rc != SQLITE_ROW) {
        wk_sql_push_error(ctx, sql); /* before what may be the last reference goes */
        wk_sql_cursor_end(cursor, WK_CURSOR_CLOSED);
        (void)duk_throw(ctx);
    }
    return true;
}

static duk_ret_t
push_step(duk_context *ctx, struct wk_sql_cursor *cursor, duk_idx_t idx, bool raw)
{
    bool done = !row_push(ctx, cursor, idx, raw);

    duk_push_object(ctx);
    duk_push_boolean(ctx, done);
    duk_put_prop_literal(ctx, -2, "done");
    if (done)
        duk_push_undefined(ctx);
    else
        duk_dup(ctx, -2);
    duk_put_prop_literal(ctx, -2, "value");
    return 1;
}

static duk_ret_t
cursor_next(duk_context *ctx)
{
    struct wk_sql_cursor *cursor = cursor_this(ctx);

    return push_step(ctx, cursor, duk_get_top_index(ctx), false);
}

/* step(cursor, raw): what an iterator over it answers. */
static duk_ret_t
cursor_step(duk_context *ctx)
{
    struct wk_sql_cursor *cursor = cursor_at(ctx, 0);

    if (cursor == NULL)
        return wk_throw_illegal_invocation(ctx);
    return push_step(ctx, cursor, 0, duk_get_boolean(ctx, 1));
}

static duk_ret_t
push_all(duk_context *ctx, struct wk_sql_cursor *cursor, duk_idx_t idx, bool raw)
{
    duk_uarridx_t n = 0;

    duk_push_array(ctx);
    while (row_push(ctx, cursor, idx, raw))
        duk_put_prop_index(ctx, -2, n++);
    return 1;
}

/* all(cursor, raw): what is left, in an array. */
static duk_ret_t
cursor_all(duk_context *ctx)
{
    struct wk_sql_cursor *cursor = cursor_at(ctx, 0);

    if (cursor == NULL)
        return wk_throw_illegal_invocation(ctx);
    return push_all(ctx, cursor, 0, duk_get_boolean(ctx, 1));
}

static duk_ret_t
cursor_to_array(duk_context *ctx)
{
    struct wk_sql_cursor *cursor = cursor_this(ctx);

    return push_all(ctx, cursor, duk_get_top_index(ctx), false);
}

static duk_ret_t
cursor_one(duk_context *ctx)
{
    struct wk_sql_cursor *cursor = cursor_this(ctx);

    if (!row_push(ctx, cursor, duk_get_top_index(ctx), false))
        return duk_generic_error(
            ctx, "Expected exactly one result from SQL query, but got no results.");
    if (cursor->state != WK_CURSOR_DONE) {
        if (cursor->state == WK_CURSOR_LIVE)
            wk_sql_cursor_end(cursor, WK_CURSOR_DONE);
        cursor->state = WK_CURSOR_DONE;
        return duk_generic_error(
            ctx, "Expected exactly one result from SQL query, but got multiple results.");
    }
    return 1;
}

static duk_ret_t
cursor_column_names(duk_context *ctx)
{
    (void)cursor_this(ctx);
    if (!duk_get_prop_literal(ctx, -1, WK_SQL_NAMES)) {
        duk_pop(ctx);
        duk_push_array(ctx);
        duk_dup(ctx, -1);
        duk_put_prop_literal(ctx, -3, WK_SQL_NAMES);
    }
    return 1;
}

static duk_ret_t
cursor_rows_read(duk_context *ctx)
{
    struct wk_sql_cursor *cursor = cursor_this(ctx);

    if (cursor->stmt != NULL)
        counters_read(cursor);
    duk_push_number(ctx, cursor->rows_read);
    return 1;
}

static duk_ret_t
cursor_rows_written(duk_context *ctx)
{
    struct wk_sql_cursor *cursor = cursor_this(ctx);

    if (cursor->stmt != NULL)
        counters_read(cursor);
    duk_push_number(ctx, cursor->rows_written);
    return 1;
}

static duk_ret_t
cursor_reused(duk_context *ctx)
{
    duk_push_boolean(ctx, cursor_this(ctx)->reused);
    return 1;
}

const duk_function_list_entry wk_sql_cursor_verbs[] = {
    {"next", cursor_next, 0},
    {"step", cursor_step, 2},
    {"all", cursor_all, 2},
    {"toArray", cursor_to_array, 0},
    {"one", cursor_one, 0},
    {"columnNames", cursor_column_names, 0},
    {"rowsRead", cursor_rows_read, 0},
    {"rowsWritten", cursor_rows_written, 0},
    {"reused", cursor_reused, 0},
    {NULL, NULL, 0},
};
