/* storage/cache_txn.h - transaction() of an actor in memory: changes apart from the cache until
 * they are committed.
 *
 * Reads through it see its own changes, then the cache, then the daemon. The cache and its
 * other users see nothing of it before wk_cache_txn_commit, which writes all of it into the
 * cache at once.
 *
 * Thread:   the loop's.
 * Lifetime: freed before the cache; freeing an uncommitted one rolls it back. */
#ifndef WK_STORAGE_CACHE_TXN_H
#define WK_STORAGE_CACHE_TXN_H
#include "storage/cache.h"

struct wk_cache_txn;

struct wk_cache_txn *wk_cache_txn_new(struct wk_cache *cache);
void wk_cache_txn_free(struct wk_cache_txn *txn);
wk_err wk_cache_txn_commit(struct wk_cache_txn *txn);

enum wk_cache_found wk_cache_txn_get(struct wk_cache_txn *txn, struct wk_span key,
                                     unsigned options, struct wk_entry **out);
wk_err wk_cache_txn_read_keys(struct wk_cache_txn *txn, const struct wk_span *keys,
                              size_t count, unsigned options, struct wk_cache_read **out);
wk_err wk_cache_txn_read_list(struct wk_cache_txn *txn, const struct wk_cache_range *range,
                              unsigned options, struct wk_cache_read **out);
wk_err wk_cache_txn_put(struct wk_cache_txn *txn, struct wk_span key, struct wk_span value,
                        unsigned options);
/* As wk_cache_delete while a mark is open: never asked, but read. */
wk_err wk_cache_txn_delete(struct wk_cache_txn *txn, const struct wk_span *keys, size_t count,
                           unsigned options, struct wk_cache_deleted *out);
enum wk_cache_found wk_cache_txn_alarm_get(struct wk_cache_txn *txn, uint64_t *ms_plus1,
                                           uint64_t *version);
wk_err wk_cache_txn_alarm_set(struct wk_cache_txn *txn, uint64_t ms_plus1, unsigned options);
#endif
