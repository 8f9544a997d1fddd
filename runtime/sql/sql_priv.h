/* runtime/sql/sql_priv.h - the database's inside, for the files of runtime/sql alone. */
#ifndef WK_RUNTIME_SQL_PRIV_H
#define WK_RUNTIME_SQL_PRIV_H
#include "runtime/sql/pages.h"
#include "runtime/sql/sql.h"
#include "sqlite3.h"

/* runtime/tools/patch_sqlite.py counts these */
#define WK_STMTSTATUS_ROWS_READ 9
#define WK_STMTSTATUS_ROWS_WRITTEN 10

#define WK_SQL_BINDINGS_MAX 100
#define WK_SQL_CACHE_TEXT_BYTES_MAX (1u << 20)
#define WK_SQL_VALUE_BYTES_MAX WK_RECORD_BYTES_MAX /* as the peer has it */

struct wk_sql_classes;

/* Statements that were compiled from one text. All but the last ran while they were compiled,
 * and run again before each further execution. */
struct wk_sql_stmt {
    struct wk_sql_stmt *next;          /* in its slot of the cache */
    struct wk_sql_stmt *older, *newer; /* by use */
    sqlite3_stmt *last, **prelude;
    uint32_t prelude_count, hash, text_bytes, uses;
    bool cached, busy;
    char text[];
};

struct wk_sql_cache {
    struct wk_sql_stmt **slots;
    uint32_t slot_count, count, text_bytes;
    struct wk_sql_stmt *oldest, *newest;
};

enum wk_sql_cursor_state {
    WK_CURSOR_DONE,
    WK_CURSOR_LIVE,    /* on a row */
    WK_CURSOR_ROWS,    /* what is left are rows in memory */
    WK_CURSOR_DELETED, /* the database was reset */
    WK_CURSOR_CLOSED,
};

/* Lives in a buffer of its object. While it has a statement it is in the list of its database.
 */
struct wk_sql_cursor {
    void *owner; /* heap pointer */
    struct wk_sql *sql;
    struct wk_sql_stmt *stmt;
    struct wk_sql_cursor *prev, *next;
    enum wk_sql_cursor_state state;
    uint32_t column_count, rows_at, row_count; /* of the rows in memory */
    double rows_read, rows_written;
    bool reused;
};

struct wk_sql {
    const struct wk_sql_ops *ops;
    void *arg;
    uint32_t refs; /* the owner, script's objects, open cursors */
    bool closed;
    sqlite3 *db;
    struct wk_sql *older, *newer; /* of the open ones, by use */
    sqlite3_stmt *begin, *commit;
    struct wk_sql_pages pages;
    uint32_t page_count, sent_page_count;
    uint32_t max_page_count;      /* 0: none; for tests */
    bool in_transaction;          /* BEGIN ran */
    bool running;                 /* inside a statement: no other may start */
    uint32_t levels, levels_real; /* begun; of these with a savepoint */
    wk_err page_err;              /* why the last page could not be read */
    char *error;                  /* the critical one */
    char *message;                /* of the last failure; sqlite3_free */
    bool trusted;                 /* the authorizer lets through */
    bool transaction_refused;     /* the authorizer met BEGIN or the like */
    struct wk_sql_cache cache;
    struct wk_sql_cursor *live;
    const struct wk_sql_classes *classes;
    struct wk_engine *engine;
};

/* vfs.c: the file behind sql->db. */
void wk_sql_vfs_init(void);
int wk_sql_vfs_open(struct wk_sql *sql, sqlite3 **out);

/* authorize.c */
int wk_sql_authorize(void *arg, int action, const char *a, const char *b, const char *database,
                     const char *trigger);

/* errors.c: sets sql->message. */
void wk_sql_fail(struct wk_sql *sql, const char *text);
/* "message at offset n: SQLITE_X (extended: SQLITE_X_Y)" of the last failure of sql->db. */
void wk_sql_fail_db(struct wk_sql *sql, int rc);
/* A critical error with the message of the last failure. */
void wk_sql_break(struct wk_sql *sql);

/* transaction.c */
/* Before a statement that writes. Fails with a message. */
bool wk_sql_ensure_transaction(struct wk_sql *sql);
/* Statements of our own. */
int wk_sql_run(struct wk_sql *sql, const char *text);

/* database.c: all fail with a message. */
bool wk_sql_ensure_open(struct wk_sql *sql);
/* sqlite3_step: SQLITE_ROW, SQLITE_DONE, or anything else: it failed. */
int wk_sql_step(struct wk_sql *sql, sqlite3_stmt *stmt);
void wk_sql_unref(struct wk_sql *sql);
/* Pages in use, times their size. */
bool wk_sql_size(struct wk_sql *sql, double *bytes);

/* statement.c */
/* Compiles text; the statements before its last one run. NULL: failed. The text is not cached
 * yet. */
struct wk_sql_stmt *wk_sql_stmt_new(struct wk_sql *sql, const char *text, size_t bytes);
void wk_sql_stmt_free(struct wk_sql_stmt *stmt);
/* A statement for one execution: from the cache, where its text runs nowhere else. Gives it
 * back by release. */
struct wk_sql_stmt *wk_sql_stmt_acquire(struct wk_sql *sql, const char *text, size_t bytes);
void wk_sql_stmt_release(struct wk_sql *sql, struct wk_sql_stmt *stmt);
void wk_sql_cache_clear(struct wk_sql *sql);

/* ingest.c: bytes of the first statement of text that is whole, its semicolon included; 0:
 * there is none. */
size_t wk_sql_complete(const char *text, size_t bytes);

/* cursor.c */
/* Takes the statement from a cursor, which is in state then. */
void wk_sql_cursor_end(struct wk_sql_cursor *cursor, enum wk_sql_cursor_state state);
#endif
