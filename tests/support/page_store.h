/* tests/support/page_store.h - the keeper of a database's pages, in memory.
 *
 * What was emitted is kept apart until page_store_sync; a crash is a database made anew from
 * the durable pages. */
#ifndef WK_TESTS_PAGE_STORE_H
#define WK_TESTS_PAGE_STORE_H
#include "runtime/sql/sql.h"

struct page_store {
    uint8_t **pages; /* durable */
    uint32_t count;
    struct {
        uint64_t seq;
        uint32_t number;
        uint8_t *data; /* NULL: number is the page count */
    } * sent;
    size_t sent_count, sent_cap;
    uint64_t seq;                     /* of the batch that is being emitted */
    uint32_t reads, fail_reads_after; /* 0: never */
    struct wk_sql *close_in_read;     /* by the next one */
    uint32_t broken;                  /* times */
    char message[512];                /* why */
    uint32_t dirty;
};

extern const struct wk_sql_ops page_store_ops; /* arg: the store */
void page_store_fini(struct page_store *store);
void page_store_emit(void *arg, const struct wk_write *write);
/* Makes all up to seq durable. */
void page_store_sync(struct page_store *store, uint64_t seq);
void page_store_drop_unsynced(struct page_store *store);
/* A new database of the durable pages. */
struct wk_sql *page_store_open(struct page_store *store);
/* Commits with the next seq; and makes it durable. */
wk_err page_store_commit(struct page_store *store, struct wk_sql *sql);
wk_err page_store_commit_unsynced(struct page_store *store, struct wk_sql *sql);
#endif
