/* Values on their way in and out. */
#include <math.h>
#include <string.h>
#include "runtime/binding/utf8.h"
#include "runtime/sql/script.h"

void
wk_sql_push_error(duk_context *ctx, struct wk_sql *sql)
{
    const char *text = sql->message != NULL ? sql->message : "out of memory: SQLITE_NOMEM";

    wk_push_utf8(ctx, text, strlen(text));
    duk_push_error_object(ctx, DUK_ERR_ERROR, "%s", duk_get_string(ctx, -1));
}

duk_ret_t
wk_sql_throw(duk_context *ctx, struct wk_sql *sql)
{
    wk_sql_push_error(ctx, sql);
    return duk_throw(ctx);
}

uint32_t
wk_sql_bindings_read(duk_context *ctx, duk_idx_t first, struct wk_sql_binding *list)
{
    duk_idx_t top = duk_get_top(ctx);

    for (duk_idx_t i = first; i < top; i++) {
        if (duk_check_type_mask(ctx, i,
                                DUK_TYPE_MASK_NUMBER | DUK_TYPE_MASK_STRING |
                                    DUK_TYPE_MASK_NULL | DUK_TYPE_MASK_UNDEFINED)) {
            if (duk_is_symbol(ctx, i))
                (void)duk_type_error(ctx, "Cannot convert a Symbol value to a string");
        } else if (!duk_is_buffer_data(ctx, i)) {
            duk_to_string(ctx, i); /* may run script */
        }
    }
    for (duk_idx_t i = first; i < top && i - first < WK_SQL_BINDINGS_MAX; i++) {
        struct wk_sql_binding *b = &list[i - first];

        if (duk_is_number(ctx, i)) {
            b->kind = WK_BIND_NUMBER;
            b->number = duk_get_number(ctx, i);
        } else if (duk_is_string(ctx, i)) {
            b->kind = WK_BIND_TEXT;
            b->data = wk_to_utf8(ctx, i, &b->bytes);
        } else if (duk_is_null_or_undefined(ctx, i)) {
            b->kind = WK_BIND_NULL;
        } else {
            duk_size_t bytes;

            b->kind = WK_BIND_BLOB;
            b->data = duk_get_buffer_data(ctx, i, &bytes);
            b->bytes = bytes;
        }
    }
    return (uint32_t)(top - first);
}

static int
bind_one(sqlite3_stmt *stmt, int at, const struct wk_sql_binding *b)
{
    switch (b->kind) {
    case WK_BIND_NUMBER:
        return sqlite3_bind_double(stmt, at, b->number);
    case WK_BIND_TEXT:
        return sqlite3_bind_text64(stmt, at, b->data, b->bytes, SQLITE_TRANSIENT, SQLITE_UTF8);
    case WK_BIND_BLOB:
        return sqlite3_bind_blob64(stmt, at, b->bytes > 0 ? b->data : "", b->bytes,
                                   SQLITE_TRANSIENT);
    default:
        return sqlite3_bind_null(stmt, at);
    }
}

bool
wk_sql_bindings_apply(struct wk_sql *sql, sqlite3_stmt *stmt, const struct wk_sql_binding *list,
                      uint32_t count)
{
    int rc;

    if (count != (uint32_t)sqlite3_bind_parameter_count(stmt)) {
        wk_sql_fail(sql, "Wrong number of parameter bindings for SQL query.");
        return false;
    }
    for (uint32_t i = 0; i < count; i++) {
        if ((rc = bind_one(stmt, (int)i + 1, &list[i])) != SQLITE_OK) {
            wk_sql_fail_db(sql, rc);
            return false;
        }
    }
    return true;
}

static void
push_integer(duk_context *ctx, sqlite3_int64 n)
{
    if (n >= INT32_MIN && n <= INT32_MAX)
        duk_push_int(ctx, (duk_int_t)n);
    else
        duk_push_number(ctx, (double)n);
}

void
wk_sql_push_column(duk_context *ctx, sqlite3_stmt *stmt, int column)
{
    const void *data;
    size_t bytes;

    switch (sqlite3_column_type(stmt, column)) {
    case SQLITE_INTEGER:
        push_integer(ctx, sqlite3_column_int64(stmt, column));
        break;
    case SQLITE_FLOAT:
        duk_push_number(ctx, sqlite3_column_double(stmt, column));
        break;
    case SQLITE_TEXT:
        data = sqlite3_column_text(stmt, column);
        wk_push_utf8(ctx, data, (size_t)sqlite3_column_bytes(stmt, column));
        break;
    case SQLITE_BLOB:
        data = sqlite3_column_blob(stmt, column);
        bytes = (size_t)sqlite3_column_bytes(stmt, column);
        memcpy(duk_push_fixed_buffer(ctx, bytes), bytes > 0 ? data : "", bytes);
        duk_push_buffer_object(ctx, -1, 0, bytes, DUK_BUFOBJ_ARRAYBUFFER);
        duk_remove(ctx, -2);
        break;
    default:
        duk_push_null(ctx);
        break;
    }
}
