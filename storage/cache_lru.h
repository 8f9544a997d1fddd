/* storage/cache_lru.h - the memory that the caches of one process share.
 *
 * Counts the bytes of every entry that is alive and knows which clean one was used last. Over
 * the soft limit the longest unused are dropped; over the hard one even so, the cache that grew
 * is dead (WK_EMEMORY).
 *
 * Thread:   the loop's.
 * Lifetime: outlives its caches and their entries. */
#ifndef WK_STORAGE_CACHE_LRU_H
#define WK_STORAGE_CACHE_LRU_H
#include "kernel/base/base.h"

struct wk_cache_lru;

struct wk_cache_limits {
    size_t soft_bytes;
    size_t hard_bytes;
    size_t dirty_bytes; /* of one cache, then back-pressure */
    uint64_t stale_ms;
};
#define WK_CACHE_LIMITS_DEFAULT                                                                \
    {                                                                                          \
        .soft_bytes = 16u << 20, .hard_bytes = 128u << 20, .dirty_bytes = 8u << 20,            \
        .stale_ms = 30000                                                                      \
    }

struct wk_cache_lru *wk_cache_lru_new(const struct wk_cache_limits *limits);
void wk_cache_lru_free(struct wk_cache_lru *lru);
size_t wk_cache_lru_bytes(const struct wk_cache_lru *lru);
/* Before an event is delivered, and from a timer: at most once per stale_ms, drops the clean
 * entries that were not used since the last sweep but one; what is not used lives between one
 * and two periods. */
void wk_cache_sweep(struct wk_cache_lru *lru, uint64_t now_ms);
#endif
