/* runtime/sql/sql.h - the SQL database of one actor: SQLite over pages that are kept elsewhere.
 *
 * Nothing is opened before script executes its first statement: a struct wk_sql that is never
 * used is a few words. The pages come from ops->page when SQLite wants one, and leave by
 * wk_sql_commit. Between the two the database keeps what was written and is not durable yet,
 * because the keeper answers from what is durable.
 *
 *     turn:  exec* -> wk_sql_commit (emits) ... wk_sql_durable        one implicit transaction
 *     transaction(), transactionSync():  wk_sql_begin -> exec* -> wk_sql_release |
 * wk_sql_rollback
 *
 * While a level of wk_sql_begin is open wk_sql_commit emits nothing, so an actor commits before
 * it opens the first level of a transaction that may outlast its turn.
 *
 * A critical error (out of memory, full, a page that cannot be read, constraints violated at
 * commit) breaks the database for good: ops->broken is called once with the text, and every
 * later call fails with WK_EBROKEN.
 *
 * Thread: the isolate's. Lifetime: wk_sql_new .. wk_sql_close, by its actor; script's objects
 * outlive it and throw. */
#ifndef WK_RUNTIME_SQL_H
#define WK_RUNTIME_SQL_H
#include "runtime/engine/engine.h"
#include "storage/storage.h"

struct wk_sql;

struct wk_sql_ops {
    /* Reads a page of the durable state; may block. number < the page count that was given or
     * emitted. */
    wk_err (*page)(void *arg, uint32_t number, uint8_t out[WK_PAGE_BYTES]);
    /* A critical error, once. The actor breaks: `broken.outputGateBroken; jsg.Error:
     * <message>`. Script is running, and sees the error as well. */
    void (*broken)(void *arg, const char *message);
    /* Before a statement runs or is prepared: throws what script sees if the actor is broken or
     * the context has no right to storage now. May be NULL. */
    void (*check)(void *arg, duk_context *ctx);
    /* Something is dirty that was not: the first write since the last commit. May be NULL. */
    void (*dirty)(void *arg);
};

/* Never fails. ops and arg must live until wk_sql_close. */
struct wk_sql *wk_sql_new(const struct wk_sql_ops *ops, void *arg, uint32_t page_count);
/* Also while a statement waits in ops->page, which then fails. */
void wk_sql_close(struct wk_sql *sql);
/* A page of the durable state that is known already; before the first statement. */
void wk_sql_preload(struct wk_sql *sql, uint32_t number, const uint8_t data[WK_PAGE_BYTES]);

/* There are writes that wk_sql_commit would emit: false while a level is open. */
bool wk_sql_dirty(const struct wk_sql *sql);
/* There is an implicit transaction, be it under levels of wk_sql_begin. */
bool wk_sql_in_transaction(const struct wk_sql *sql);
/* Ends the implicit transaction of the turn and emits what it changed: WK_WRITE_PAGE by number,
 * then one WK_WRITE_PAGE_COUNT if that changed. The bytes are borrowed by emit for the time of
 * the call. seq is for wk_sql_durable: the number of the message that carries them. Errors:
 * WK_EBROKEN, constraints violated or an earlier critical error: nothing was emitted. */
wk_err wk_sql_commit(struct wk_sql *sql, uint64_t seq,
                     void (*emit)(void *arg, const struct wk_write *write), void *arg);
/* Everything emitted with a seq up to this one is durable. */
void wk_sql_durable(struct wk_sql *sql, uint64_t seq);

/* Bytes of pages that are not durable yet; 0 while a level is open, since they cannot leave. */
size_t wk_sql_dirty_bytes(const struct wk_sql *sql);

/* Levels nest, at most WK_SQL_LEVELS_MAX; they may begin before anything was opened, and cost
 * nothing until something is written. Errors: WK_EBROKEN; WK_ELIMIT. */
#define WK_SQL_LEVELS_MAX 1000
wk_err wk_sql_begin(struct wk_sql *sql);
wk_err wk_sql_release(struct wk_sql *sql);
wk_err wk_sql_rollback(struct wk_sql *sql); /* undoes the level and ends it */
uint32_t wk_sql_levels(const struct wk_sql *sql);

/* deleteAll: an empty database, from which WK_WRITE_DELETE_ALL takes the pages. Writes of the
 * implicit transaction go with it. No level may be open. Cursors that are open throw from now
 * on. */
void wk_sql_reset(struct wk_sql *sql);

/* NULL, or the message of the critical error. */
const char *wk_sql_error(const struct wk_sql *sql);

/* Nothing was executed for a while: closes what is open, if nothing is dirty and no cursor is
 * open; the next statement opens it again. */
void wk_sql_idle(struct wk_sql *sql);
/* Bytes that SQLite and the pages hold, of all databases of the process / of this one's own
 * pages. */
size_t wk_sql_bytes_total(void);
size_t wk_sql_bytes(const struct wk_sql *sql);
/* SQLite may hold so much in this process; past it statements fail with SQLITE_NOMEM. */
void wk_sql_memory_limit(size_t bytes_max);
bool wk_sql_is_open(const struct wk_sql *sql);

/* The whole database as the bytes of a .sqlite file: calls page for each page in order. Errors:
 * what ops->page said; WK_EAGAIN while something is dirty. */
wk_err wk_sql_export(struct wk_sql *sql,
                     void (*page)(void *arg, const uint8_t data[WK_PAGE_BYTES]), void *arg);

/* Script's side. wk_sql_init once per heap (native('sql')); then wk_sql_push gives the object
 * behind storage.sql for a database: each call a new one, so the caller keeps it. */
void wk_sql_init(duk_context *ctx);
void wk_sql_push(duk_context *ctx, struct wk_sql *sql);
/* Before wk_engine_free: charges nothing to that heap any more. */
void wk_sql_fini(struct wk_engine *engine);
#endif
