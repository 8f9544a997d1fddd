/* native('sql'): what stands behind storage.sql. */
#include <string.h>
#include "runtime/binding/utf8.h"
#include "runtime/binding/webidl.h"
#include "runtime/sql/memory.h"
#include "runtime/sql/script.h"

#define CLASSES DUK_HIDDEN_SYMBOL("sqlClasses")

struct record {
    void *owner;
    struct wk_sql *sql;
};

static struct record *
record_at(duk_context *ctx, duk_idx_t idx)
{
    struct record *record = NULL;
    duk_size_t bytes;

    idx = duk_normalize_index(ctx, idx);
    if (duk_is_object(ctx, idx)) {
        duk_get_prop_literal(ctx, idx, WK_SQL_RECORD);
        record = duk_get_buffer(ctx, -1, &bytes);
        if (record != NULL &&
            (bytes != sizeof(*record) || record->owner != duk_get_heapptr(ctx, idx)))
            record = NULL;
        duk_pop(ctx);
    }
    return record;
}

/* The database of `this`, which may be used now. */
static struct wk_sql *
database_this(duk_context *ctx)
{
    struct record *record;

    duk_push_this(ctx);
    record = record_at(ctx, -1);
    if (record == NULL)
        (void)wk_throw_illegal_invocation(ctx);
    duk_pop(ctx);
    if (!record->sql->closed && record->sql->ops->check != NULL)
        record->sql->ops->check(record->sql->arg, ctx);
    return record->sql;
}

static struct wk_sql_stmt *
statement_get(duk_context *ctx, struct wk_sql *sql, const char *text, size_t bytes)
{
    struct wk_sql_stmt *stmt = wk_sql_stmt_acquire(sql, text, bytes);

    if (stmt == NULL)
        (void)wk_sql_throw(ctx, sql);
    return stmt;
}

/* exec(query, ...bindings) */
static duk_ret_t
storage_exec(duk_context *ctx)
{
    struct wk_sql *sql = database_this(ctx);
    struct wk_sql_binding bindings[WK_SQL_BINDINGS_MAX];
    struct wk_sql_cursor *cursor;
    const char *text;
    size_t bytes;
    uint32_t count;

    if (duk_get_top(ctx) == 0)
        return wk_throw_parameter(ctx, "exec", "SqlStorage", 1, "String");
    duk_to_string(ctx, 0);
    count = wk_sql_bindings_read(ctx, 1, bindings);
    text = wk_to_utf8(ctx, 0, &bytes);
    cursor = wk_sql_cursor_push(ctx, sql);
    wk_sql_cursor_start(ctx, cursor, sql, statement_get(ctx, sql, text, bytes), bindings,
                        count);
    return 1;
}

/* Runs one statement of ingest to its first row. */
static bool
ingest_one(struct wk_sql *sql, const char *text, size_t bytes, double counters[2])
{
    struct wk_sql_stmt *stmt = wk_sql_stmt_new(sql, text, bytes);
    int rc = SQLITE_ERROR;

    if (stmt == NULL)
        return false;
    if (wk_sql_bindings_apply(sql, stmt->last, NULL, 0) &&
        (sqlite3_stmt_readonly(stmt->last) || wk_sql_ensure_transaction(sql)))
        rc = wk_sql_step(sql, stmt->last);
    counters[0] += (uint32_t)sqlite3_stmt_status(stmt->last, WK_STMTSTATUS_ROWS_READ, 0);
    counters[1] += (uint32_t)sqlite3_stmt_status(stmt->last, WK_STMTSTATUS_ROWS_WRITTEN, 0);
    wk_sql_stmt_free(stmt);
    return rc == SQLITE_ROW || rc == SQLITE_DONE;
}

/* ingest(text): {remainder, rowsRead, rowsWritten, statementCount} */
static duk_ret_t
storage_ingest(duk_context *ctx)
{
    struct wk_sql *sql = database_this(ctx);
    double counters[2] = {0, 0};
    size_t bytes, whole;
    uint32_t count = 0;
    const char *text;

    if (duk_get_top(ctx) == 0)
        return wk_throw_parameter(ctx, "ingest", "SqlStorage", 1, "string");
    text = wk_to_utf8(ctx, 0, &bytes);
    if (!wk_sql_ensure_open(sql))
        return wk_sql_throw(ctx, sql);
    while ((whole = wk_sql_complete(text, bytes)) > 0) {
        if (!ingest_one(sql, text, whole, counters))
            return wk_sql_throw(ctx, sql);
        text += whole;
        bytes -= whole;
        count++;
    }
    duk_push_object(ctx);
    wk_push_utf8(ctx, text, bytes);
    duk_put_prop_literal(ctx, -2, "remainder");
    duk_push_number(ctx, counters[0]);
    duk_put_prop_literal(ctx, -2, "rowsRead");
    duk_push_number(ctx, counters[1]);
    duk_put_prop_literal(ctx, -2, "rowsWritten");
    duk_push_uint(ctx, count);
    duk_put_prop_literal(ctx, -2, "statementCount");
    return 1;
}

static duk_ret_t
storage_size(duk_context *ctx)
{
    struct wk_sql *sql = database_this(ctx);
    double bytes = 0;

    if (!wk_sql_size(sql, &bytes))
        return wk_sql_throw(ctx, sql);
    duk_push_number(ctx, bytes);
    return 1;
}

static duk_ret_t
storage_max_pages(duk_context *ctx)
{
    struct wk_sql *sql = database_this(ctx);
    char text[64];

    sql->max_page_count = duk_to_uint(ctx, 0);
    if (!wk_sql_ensure_open(sql))
        return wk_sql_throw(ctx, sql);
    sqlite3_snprintf((int)sizeof(text), text, "PRAGMA max_page_count=%u", sql->max_page_count);
    sql->trusted = true;
    sqlite3_exec(sql->db, text, NULL, NULL, NULL);
    sql->trusted = false;
    return 0;
}

static duk_ret_t
storage_finalize(duk_context *ctx)
{
    struct record *record = record_at(ctx, 0);

    if (record != NULL && record->sql != NULL) {
        wk_sql_unref(record->sql);
        record->sql = NULL;
    }
    return 0;
}

/* classes(SqlStorage.prototype, Cursor.prototype): objects that C makes are of these. */
static duk_ret_t
sql_classes(duk_context *ctx)
{
    struct wk_sql_classes *classes;

    duk_push_heap_stash(ctx);
    classes = duk_push_fixed_buffer(ctx, sizeof(*classes));
    classes->storage = duk_get_heapptr(ctx, 0);
    classes->cursor = duk_get_heapptr(ctx, 1);
    duk_push_c_function(ctx, wk_sql_cursor_finalize, 2);
    classes->finalizer = duk_get_heapptr(ctx, -1);
    duk_put_prop_literal(ctx, -3, DUK_HIDDEN_SYMBOL("sqlFinalizer"));
    duk_put_prop_literal(ctx, -2, CLASSES);
    duk_push_c_function(ctx, storage_finalize, 2);
    duk_put_prop_literal(ctx, 0, DUK_HIDDEN_SYMBOL("finalize"));
    return 0;
}

void
wk_sql_push(duk_context *ctx, struct wk_sql *sql)
{
    struct record *record;

    wk_engine_require(ctx, "host/sql");
    duk_pop(ctx);
    duk_push_heap_stash(ctx);
    duk_get_prop_literal(ctx, -1, CLASSES);
    sql->classes = duk_require_buffer(ctx, -1, NULL);
    duk_pop_2(ctx);
    sql->engine = wk_engine_of(ctx);
    duk_push_bare_object(ctx);
    record = duk_push_fixed_buffer(ctx, sizeof(*record));
    record->owner = duk_get_heapptr(ctx, -2);
    record->sql = NULL;
    duk_put_prop_literal(ctx, -2, WK_SQL_RECORD);
    duk_push_heapptr(ctx, sql->classes->storage);
    duk_get_prop_literal(ctx, -1, DUK_HIDDEN_SYMBOL("finalize"));
    duk_set_finalizer(ctx, -3);
    duk_set_prototype(ctx, -2);
    record->sql = sql;
    sql->refs++;
}

void
wk_sql_fini(struct wk_engine *engine)
{
    wk_sql_mem_forget(engine);
}

void
wk_sql_init(duk_context *ctx)
{
    static const duk_function_list_entry verbs[] = {
        {"classes", sql_classes, 2},
        {"exec", storage_exec, DUK_VARARGS},
        {"ingest", storage_ingest, DUK_VARARGS},
        {"databaseSize", storage_size, 0},
        {"maxPages", storage_max_pages, 1},
        {NULL, NULL, 0},
    };

    wk_engine_native(ctx, "sql", verbs);
    wk_engine_native(ctx, "sqlCursor", wk_sql_cursor_verbs);
}
