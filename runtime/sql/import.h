/* runtime/sql/import.h - reads the file in which the peer keeps one actor: its entries, its
 * alarm, and its SQL database without the peer's own tables.
 *
 * The file and its -wal are copied to a directory of ours first, so that nothing of the peer's
 * changes and a log that was not checkpointed is read. The peer must not run on it meanwhile.
 *
 * Thread: the caller's, as SQLite is built for one. Lifetime: open .. close, which removes the
 * copy. A tool's library: it opens files, which an isolate host may not. */
#ifndef WK_RUNTIME_SQL_IMPORT_H
#define WK_RUNTIME_SQL_IMPORT_H
#include <signal.h>
#include "storage/storage.h"

struct wk_sql_import;

/* While the flag is not 0, what is under way comes to an error soon, and so does everything
 * else; copies are still removed. */
void wk_sql_import_stop(const volatile sig_atomic_t *flag);

/* error: on failure a text to free, why. Errors: WK_ENOTFOUND; WK_EINVAL, damaged or not such a
 * file; WK_EUNSUPPORTED, it holds stubs that were stored; WK_EIO. */
wk_err wk_sql_import_open(const char *path, struct wk_sql_import **out, char **error);
void wk_sql_import_close(struct wk_sql_import *import);

/* Unix ms + 1; 0: none. */
uint64_t wk_sql_import_alarm(const struct wk_sql_import *import);
/* The key-value entries by key; values as V8 serialized them. Borrowed for the call. */
wk_err wk_sql_import_entries(struct wk_sql_import *import,
                             void (*entry)(void *arg, struct wk_span key, struct wk_span value),
                             void *arg);
/* The pages from 0; *page_count 0 and no call if there is nothing of the tenant's. Entries come
 * first: the tables they are in are dropped here. */
wk_err wk_sql_import_pages(struct wk_sql_import *import,
                           void (*page)(void *arg, uint32_t number,
                                        const uint8_t data[WK_PAGE_BYTES]),
                           void *arg, uint32_t *page_count);

/* Of a namespace's metadata.sqlite: the names of actors that have an alarm, each with the text
 * of its id. error, errors: as of wk_sql_import_open. */
wk_err wk_sql_import_names(const char *path,
                           void (*fn)(void *arg, const char *id_text, const char *name),
                           void *arg, char **error);
#endif
