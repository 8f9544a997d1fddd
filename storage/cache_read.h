/* storage/cache_read.h - one get or list that may need the daemon's answer.
 *
 *     BEGUN --(nothing unknown)--> COMPLETE
 *     BEGUN --answer ... answer(end)--> COMPLETE
 *     BEGUN --fail, or the cache breaks--> FAILED
 *
 * It has captured what the cache knew at the call; the captured wins over the daemon's answer.
 * Answers are put into the cache as they arrive.
 *
 * Thread:   the loop's.
 * Lifetime: the caller's; it has failed when the cache went first. Freeing an unfinished one
 *           cancels it. */
#ifndef WK_STORAGE_CACHE_READ_H
#define WK_STORAGE_CACHE_READ_H
#include "storage/cache.h"

/* What to ask the daemon. Borrowed from the read. */
struct wk_cache_ask {
    const struct wk_span *keys; /* count > 0: these; they rise */
    size_t count;
    struct wk_cache_range range; /* count == 0 */
};

bool wk_cache_read_complete(const struct wk_cache_read *read);
/* WK_OK, or why it failed. */
wk_err wk_cache_read_error(const struct wk_cache_read *read);
/* What is still to be asked; after a partial answer, the rest. Only while neither complete nor
 * failed. */
void wk_cache_read_ask(struct wk_cache_read *read, struct wk_cache_ask *out);
/* A piece of the answer, in the order that was asked for; end: there is no more. Keys that were
 * delivered before are ignored, keys between two delivered ones are absent. Complete at the
 * end, or as soon as the limit is reached; further pieces are ignored then. Errors: WK_EPROTO,
 * what was not asked for; WK_EMEMORY, over the hard limit; WK_ECLOSED and others, why the cache
 * is dead. The read has failed then. */
wk_err wk_cache_read_answer(struct wk_cache_read *read, const struct wk_cache_item *items,
                            size_t count, bool end);
void wk_cache_read_fail(struct wk_cache_read *read, wk_err err);
/* The present entries in the order of the list (or of keys), once complete. Borrowed from the
 * read. */
size_t wk_cache_read_result(struct wk_cache_read *read, struct wk_entry *const **out);
void wk_cache_read_free(struct wk_cache_read *read);
#endif
