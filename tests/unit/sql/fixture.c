#include "tests/unit/sql/fixture.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include "kernel/base/buf.h"

void
fixture_open(struct fixture *f)
{
    memset(f, 0, sizeof(*f));
    f->sql = page_store_open(&f->store);
}

void
fixture_close(struct fixture *f)
{
    wk_sql_close(f->sql);
    page_store_fini(&f->store);
}

void
fixture_crash(struct fixture *f)
{
    page_store_drop_unsynced(&f->store);
    wk_sql_close(f->sql);
    f->sql = page_store_open(&f->store);
}

static bool
run_text(struct fixture *f, const char *text, struct wk_buf *out)
{
    struct wk_sql_stmt *stmt = wk_sql_stmt_acquire(f->sql, text, strlen(text));
    int rc = SQLITE_ERROR;

    if (stmt == NULL)
        return false;
    if (sqlite3_stmt_readonly(stmt->last) || wk_sql_ensure_transaction(f->sql)) {
        while ((rc = wk_sql_step(f->sql, stmt->last)) == SQLITE_ROW) {
            if (out == NULL)
                continue;
            if (out->len > 0)
                wk_buf_add(out, ";", 1);
            for (int i = 0; i < sqlite3_data_count(stmt->last); i++) {
                const char *value = (const char *)sqlite3_column_text(stmt->last, i);

                if (i > 0)
                    wk_buf_add(out, ",", 1);
                if (value != NULL)
                    wk_buf_add(out, value, strlen(value));
            }
        }
    }
    wk_sql_stmt_release(f->sql, stmt);
    return rc == SQLITE_DONE;
}

bool
fixture_try(struct fixture *f, const char *fmt, ...)
{
    char text[4096];
    va_list args;

    va_start(args, fmt);
    sqlite3_vsnprintf((int)sizeof(text), text, fmt, args);
    va_end(args);
    return run_text(f, text, NULL);
}

void
fixture_run(struct fixture *f, const char *text)
{
    cr_assert(run_text(f, text, NULL), "%s: %s", text, f->sql->message);
}

const char *
fixture_get(struct fixture *f, const char *text)
{
    static struct wk_buf out;

    out.len = 0;
    cr_assert(run_text(f, text, &out), "%s: %s", text, f->sql->message);
    wk_buf_add(&out, "", 1);
    return out.data;
}

void
fixture_commit(struct fixture *f)
{
    cr_assert_eq(page_store_commit(&f->store, f->sql), WK_OK);
}

void
fixture_check(struct fixture *f)
{
    cr_assert(wk_sql_ensure_open(f->sql));
    f->sql->trusted = true;
    cr_assert_str_eq(fixture_get(f, "pragma integrity_check"), "ok");
    f->sql->trusted = false;
}
