#include "storage/cache_lru.h"

#include <stdlib.h>

#include "storage/cache_priv.h"

#define TRIM_PASSED_MAX 32

struct wk_cache_lru {
    struct wk_cache_limits limits;
    struct entry_queue clean; /* least recently used first */
    size_t bytes;             /* of every entry alive */
    uint64_t sweep_ms;        /* when the last sweep was; 0: never */
};

struct wk_cache_lru *
wk_cache_lru_new(const struct wk_cache_limits *limits)
{
    struct wk_cache_lru *lru = wk_xcalloc(1, sizeof(*lru));

    lru->limits = *limits;
    TAILQ_INIT(&lru->clean);
    return lru;
}

void
wk_cache_lru_free(struct wk_cache_lru *lru)
{
    if (lru == NULL)
        return;
    WK_CHECK(lru->bytes == 0);
    free(lru);
}

size_t
wk_cache_lru_bytes(const struct wk_cache_lru *lru)
{
    return lru->bytes;
}

size_t
cache_lru_dirty_max(const struct wk_cache_lru *lru)
{
    return lru->limits.dirty_bytes;
}

void
cache_lru_charge(struct wk_cache_lru *lru, size_t bytes)
{
    lru->bytes += bytes;
}

void
cache_lru_discharge(struct wk_cache_lru *lru, size_t bytes)
{
    WK_CHECK(lru->bytes >= bytes);
    lru->bytes -= bytes;
}

void
cache_lru_add(struct wk_cache_lru *lru, struct wk_entry *entry)
{
    TAILQ_INSERT_TAIL(&lru->clean, entry, link);
}

void
cache_lru_remove(struct wk_cache_lru *lru, struct wk_entry *entry)
{
    TAILQ_REMOVE(&lru->clean, entry, link);
}

void
cache_touch(struct wk_entry *entry, unsigned options)
{
    if (entry->sync == SYNC_CLEAN) {
        TAILQ_REMOVE(&entry->lru->clean, entry, link);
        TAILQ_INSERT_TAIL(&entry->lru->clean, entry, link);
    }
    entry->stale = false;
    if (!(options & WK_CACHE_NO_CACHE))
        entry->no_cache = false;
}

/* Its key becomes unknown, and so do the gaps on both sides. A read that began before this
 * entry was durable can no longer tell its old answer from news (invariant 5). */
void
cache_evict(struct wk_entry *entry)
{
    struct wk_cache *cache = entry->cache;
    struct wk_cache_read *read;

    WK_CHECK(entry->sync == SYNC_CLEAN); /* invariant 3 */
    LIST_FOREACH(read, &cache->reads, link)
    if (read->durable < entry->message)
        read->forgetful = true;
    cache_drop(cache, entry, false);
}

/* Entries of a cache with an open mark go to the back of the queue; a few each time, so that a
 * long transaction does not make every write look at all of them. */
static void
lru_trim(struct wk_cache_lru *lru)
{
    struct wk_entry *entry;
    int passed = 0;

    while (lru->bytes > lru->limits.soft_bytes && passed < TRIM_PASSED_MAX &&
           (entry = TAILQ_FIRST(&lru->clean)) != NULL) {
        if (entry->cache->mark == NULL) {
            cache_evict(entry);
            continue;
        }
        cache_touch(entry, WK_CACHE_NO_CACHE); /* invariant 4 */
        passed++;
    }
}

wk_err
cache_limit(struct wk_cache *cache)
{
    struct wk_cache_lru *lru = cache->lru;

    if (lru->bytes > lru->limits.soft_bytes)
        lru_trim(lru);
    if (lru->bytes > lru->limits.hard_bytes)
        wk_cache_break(cache, WK_EMEMORY);
    return cache->err;
}

void
wk_cache_sweep(struct wk_cache_lru *lru, uint64_t now_ms)
{
    struct wk_entry *entry, *next;

    if (lru->sweep_ms != 0 && now_ms - lru->sweep_ms < lru->limits.stale_ms)
        return;
    lru->sweep_ms = now_ms;
    for (entry = TAILQ_FIRST(&lru->clean); entry != NULL; entry = next) {
        next = TAILQ_NEXT(entry, link);
        if (entry->cache->mark != NULL) /* invariant 4 */
            continue;
        if (entry->stale)
            cache_evict(entry);
        else
            entry->stale = true;
    }
}
