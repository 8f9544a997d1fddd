/* runtime/sql/memory.h - the memory of SQLite and of the pages beside it: counted, charged to
 * the isolate's heap limit, and refused past it.
 *
 * Thread: the isolate's. State: one of the process, as SQLite's allocator is. */
#ifndef WK_RUNTIME_SQL_MEMORY_H
#define WK_RUNTIME_SQL_MEMORY_H
#include "kernel/base/base.h"

struct wk_engine;

/* Makes SQLite allocate here; before its first use. Whose limit it counts against: may be NULL.
 */
void wk_sql_mem_init(struct wk_engine *engine);
/* From now on nothing is charged to that engine: it ends. */
void wk_sql_mem_forget(struct wk_engine *engine);
/* NULL past the limit. */
void *wk_sql_mem_alloc(size_t bytes);
void wk_sql_mem_free(void *ptr);
size_t wk_sql_mem_bytes(void);
#endif
