/* What went wrong, in the peer's words. */
#include <string.h>
#include "runtime/sql/sql_priv.h"

#define NAME(code)                                                                             \
    case code:                                                                                 \
        return #code

static const char *
primary_name(int rc)
{
    switch (rc & 0xff) {
        NAME(SQLITE_ERROR);
        NAME(SQLITE_INTERNAL);
        NAME(SQLITE_PERM);
        NAME(SQLITE_ABORT);
        NAME(SQLITE_BUSY);
        NAME(SQLITE_LOCKED);
        NAME(SQLITE_NOMEM);
        NAME(SQLITE_READONLY);
        NAME(SQLITE_INTERRUPT);
        NAME(SQLITE_IOERR);
        NAME(SQLITE_CORRUPT);
        NAME(SQLITE_NOTFOUND);
        NAME(SQLITE_FULL);
        NAME(SQLITE_CANTOPEN);
        NAME(SQLITE_PROTOCOL);
        NAME(SQLITE_EMPTY);
        NAME(SQLITE_SCHEMA);
        NAME(SQLITE_TOOBIG);
        NAME(SQLITE_CONSTRAINT);
        NAME(SQLITE_MISMATCH);
        NAME(SQLITE_MISUSE);
        NAME(SQLITE_NOLFS);
        NAME(SQLITE_AUTH);
        NAME(SQLITE_FORMAT);
        NAME(SQLITE_RANGE);
        NAME(SQLITE_NOTADB);
        NAME(SQLITE_NOTICE);
        NAME(SQLITE_WARNING);
    default:
        return "SQLITE_UNKNOWN_ERROR_CODE";
    }
}

/* NULL: it says no more than the primary one. */
static const char *
extended_name(int rc)
{
    switch (rc) {
        NAME(SQLITE_ERROR_MISSING_COLLSEQ);
        NAME(SQLITE_ERROR_RETRY);
        NAME(SQLITE_ABORT_ROLLBACK);
        NAME(SQLITE_LOCKED_VTAB);
        NAME(SQLITE_IOERR_READ);
        NAME(SQLITE_IOERR_SHORT_READ);
        NAME(SQLITE_IOERR_NOMEM);
        NAME(SQLITE_CORRUPT_VTAB);
        NAME(SQLITE_CORRUPT_SEQUENCE);
        NAME(SQLITE_CORRUPT_INDEX);
        NAME(SQLITE_CONSTRAINT_CHECK);
        NAME(SQLITE_CONSTRAINT_COMMITHOOK);
        NAME(SQLITE_CONSTRAINT_DATATYPE);
        NAME(SQLITE_CONSTRAINT_FOREIGNKEY);
        NAME(SQLITE_CONSTRAINT_FUNCTION);
        NAME(SQLITE_CONSTRAINT_NOTNULL);
        NAME(SQLITE_CONSTRAINT_PINNED);
        NAME(SQLITE_CONSTRAINT_PRIMARYKEY);
        NAME(SQLITE_CONSTRAINT_ROWID);
        NAME(SQLITE_CONSTRAINT_TRIGGER);
        NAME(SQLITE_CONSTRAINT_UNIQUE);
        NAME(SQLITE_CONSTRAINT_VTAB);
    default:
        return NULL;
    }
}

void
wk_sql_fail(struct wk_sql *sql, const char *text)
{
    sqlite3_free(sql->message);
    sql->message = sqlite3_mprintf("%s", text);
}

void
wk_sql_fail_db(struct wk_sql *sql, int rc)
{
    int extended = sqlite3_extended_errcode(sql->db), offset = sqlite3_error_offset(sql->db);
    const char *more = (extended & 0xff) == (rc & 0xff) ? extended_name(extended) : NULL;
    char at[40] = "";

    if (offset >= 0)
        sqlite3_snprintf((int)sizeof(at), at, " at offset %d", offset);
    sqlite3_free(sql->message);
    sql->message = sqlite3_mprintf("%s%s: %s%s%s%s", sqlite3_errmsg(sql->db), at,
                                   primary_name(rc), more != NULL ? " (extended: " : "",
                                   more != NULL ? more : "", more != NULL ? ")" : "");
}

void
wk_sql_break(struct wk_sql *sql)
{
    if (sql->error != NULL)
        return;
    sql->error =
        wk_xstrdup(sql->message != NULL ? sql->message : "out of memory: SQLITE_NOMEM");
    if (sql->ops->broken != NULL)
        sql->ops->broken(sql->arg, sql->error);
}
