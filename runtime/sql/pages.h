/* runtime/sql/pages.h - pages of a database that its keeper cannot answer for: written and not
 * durable yet, or given before anybody asked.
 *
 *     put --> PENDING --sent(seq)--> SENT --durable(seq)--> gone
 *
 * Invariant: in the list, from the oldest, come the known ones, those that were sent by rising
 * seq, and last the pending ones.
 *
 * Thread: the isolate's. Memory: accounted (memory.c); put fails when there is none. */
#ifndef WK_RUNTIME_SQL_PAGES_H
#define WK_RUNTIME_SQL_PAGES_H
#include "storage/storage.h"

#define WK_PAGE_PENDING UINT64_MAX

struct wk_sql_page {
    struct wk_sql_page *next; /* in its slot */
    struct wk_sql_page *older, *newer;
    uint64_t seq; /* 0: known; WK_PAGE_PENDING: not sent */
    uint32_t number;
    uint8_t data[WK_PAGE_BYTES];
};

struct wk_sql_pages {
    struct wk_sql_page **slots;
    uint32_t slot_count, count, pending;
    uint32_t dirty; /* pending or sent */
    struct wk_sql_page *oldest, *newest;
};

void wk_sql_pages_fini(struct wk_sql_pages *pages);
struct wk_sql_page *wk_sql_pages_find(const struct wk_sql_pages *pages, uint32_t number);
/* The page, made if there is none, as the newest, pending (or known, seq 0). NULL: no memory.
 */
struct wk_sql_page *wk_sql_pages_put(struct wk_sql_pages *pages, uint32_t number, uint64_t seq);
void wk_sql_pages_drop(struct wk_sql_pages *pages, struct wk_sql_page *page);
/* Those that are pending, by number, are now sent with seq. out: room for pages->pending. */
void wk_sql_pages_sent(struct wk_sql_pages *pages, uint64_t seq, struct wk_sql_page **out);
void wk_sql_pages_durable(struct wk_sql_pages *pages, uint64_t seq);
/* Forgets pages from page_count on; all of them: 0. */
void wk_sql_pages_truncate(struct wk_sql_pages *pages, uint32_t page_count);
#endif
