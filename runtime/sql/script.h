/* runtime/sql/script.h - between script's objects and the database's. Private to runtime/sql.
 *
 * The classes are made by js/host/sql.js; their objects have a buffer of ours under a key of
 * ours. */
#ifndef WK_RUNTIME_SQL_SCRIPT_H
#define WK_RUNTIME_SQL_SCRIPT_H
#include "runtime/sql/sql_priv.h"

#define WK_SQL_RECORD DUK_HIDDEN_SYMBOL("sql")
#define WK_SQL_NAMES DUK_HIDDEN_SYMBOL("sqlNames") /* of a cursor: its column names */
#define WK_SQL_ROWS DUK_HIDDEN_SYMBOL("sqlRows")   /* of a cursor: rows that were read ahead */

/* Heap pointers of the prototypes; script keeps them alive. */
struct wk_sql_classes {
    void *storage, *cursor, *finalizer;
};

/* What is bound to a parameter; the bytes live on the value stack. */
struct wk_sql_binding {
    enum { WK_BIND_NULL, WK_BIND_NUMBER, WK_BIND_TEXT, WK_BIND_BLOB } kind;
    const void *data;
    size_t bytes;
    double number;
};

/* Makes the values from first to last of the stack ready to be bound: afterwards no script runs
 * any more. Gives how many there are; list gets the first WK_SQL_BINDINGS_MAX of them. Throws.
 */
uint32_t wk_sql_bindings_read(duk_context *ctx, duk_idx_t first, struct wk_sql_binding *list);
/* False: failed, with a message. */
bool wk_sql_bindings_apply(struct wk_sql *sql, sqlite3_stmt *stmt,
                           const struct wk_sql_binding *list, uint32_t count);

/* Pushes a column of the row that stmt is on. */
void wk_sql_push_column(duk_context *ctx, sqlite3_stmt *stmt, int column);

/* Pushes, throws an Error with the message of the last failure. */
void wk_sql_push_error(duk_context *ctx, struct wk_sql *sql);
duk_ret_t wk_sql_throw(duk_context *ctx, struct wk_sql *sql);

/* A new cursor on top of the stack, which has nothing yet. */
struct wk_sql_cursor *wk_sql_cursor_push(duk_context *ctx, struct wk_sql *sql);
/* Starts it: the statement is its own from here, whatever fails. The cursor is at the top of
 * the stack. Throws. */
void wk_sql_cursor_start(duk_context *ctx, struct wk_sql_cursor *cursor, struct wk_sql *sql,
                         struct wk_sql_stmt *stmt, const struct wk_sql_binding *bindings,
                         uint32_t count);
extern const duk_function_list_entry wk_sql_cursor_verbs[];
duk_ret_t wk_sql_cursor_finalize(duk_context *ctx);
#endif
