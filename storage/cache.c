#include "storage/cache.h"

#include <stdlib.h>

#include "storage/cache_priv.h"

struct wk_cache *
wk_cache_new(struct wk_cache_lru *lru, const struct wk_cache_config *config)
{
    struct wk_cache *cache = wk_xcalloc(1, sizeof(*cache));

    cache->lru = lru;
    cache->config = *config;
    RB_INIT(&cache->map);
    TAILQ_INIT(&cache->dirty);
    TAILQ_INIT(&cache->flying);
    TAILQ_INIT(&cache->counted);
    TAILQ_INIT(&cache->waiters);
    LIST_INIT(&cache->reads);
    return cache;
}

void
wk_cache_break(struct wk_cache *cache, wk_err err)
{
    struct wk_cache_read *read;

    WK_CHECK(err != WK_OK);
    if (cache->err != WK_OK)
        return;
    cache->err = err;
    while ((read = LIST_FIRST(&cache->reads)) != NULL)
        wk_cache_read_fail(read, err);
    cache_undo_break(cache);
    cache_drop_all(cache);
    cache_counted_free(&cache->counted);
    cache_before_free(cache->before);
    cache->before = NULL;
    cache->alarm = (struct alarm){.version = cache->alarm.version + 1};
    cache_pressure(cache);
    cache_waiters_run(cache);
}

void
wk_cache_free(struct wk_cache *cache)
{
    if (cache == NULL)
        return;
    wk_cache_break(cache, WK_ECLOSED);
    free(cache);
}

wk_err
wk_cache_error(const struct wk_cache *cache)
{
    return cache->err;
}

/* ---- what is known from the start ---- */

static enum entry_sync
stored_sync(const struct wk_cache *cache)
{
    return cache->config.never_flush ? SYNC_PINNED : SYNC_CLEAN;
}

void
wk_cache_assume_empty(struct wk_cache *cache)
{
    wk_cache_assume(cache, NULL, 0, true);
    wk_cache_assume_alarm(cache, 0);
}

wk_err
wk_cache_assume(struct wk_cache *cache, const struct wk_cache_item *items, size_t count,
                bool whole)
{
    struct wk_entry *entry;

    WK_CHECK(RB_EMPTY(&cache->map));
    for (size_t i = 1; i < count; i++)
        if (wk_span_compare(items[i - 1].key, items[i].key) >= 0)
            return WK_EINVAL;
    if (whole && (count == 0 || items[0].key.len > 0)) {
        entry =
            cache_entry_new(cache->lru, (struct wk_span){0}, (struct wk_span){0}, ENTRY_ABSENT);
        cache_place(cache, entry, stored_sync(cache));
        entry->gap = true;
    }
    for (size_t i = 0; i < count; i++) {
        if (items[i].absent && whole)
            continue;
        entry = cache_entry_new(cache->lru, items[i].key, items[i].value,
                                items[i].absent ? ENTRY_ABSENT : ENTRY_PRESENT);
        cache_place(cache, entry, stored_sync(cache));
        entry->gap = whole;
    }
    return cache_limit(cache);
}

void
wk_cache_assume_alarm(struct wk_cache *cache, uint64_t ms_plus1)
{
    cache->alarm = (struct alarm){.known = true, .time = ms_plus1, .sync = SYNC_CLEAN};
}

/* ---- one key ---- */

enum wk_cache_found
wk_cache_get(struct wk_cache *cache, struct wk_span key, unsigned options,
             struct wk_entry **out)
{
    struct wk_entry *entry;

    *out = NULL;
    if (cache->err != WK_OK)
        return WK_CACHE_DEAD;
    if (cache->config.no_cache)
        options |= WK_CACHE_NO_CACHE;
    if ((entry = cache_map_floor(&cache->map, key, true)) == NULL)
        return WK_CACHE_MISS;
    if (span_equal(entry_key(entry), key)) {
        if (entry->status == ENTRY_UNKNOWN)
            return WK_CACHE_MISS;
        cache_touch(entry, options);
        if (entry->status == ENTRY_ABSENT)
            return WK_CACHE_ABSENT;
        *out = entry;
        return WK_CACHE_PRESENT;
    }
    if (!entry->gap)
        return WK_CACHE_MISS;
    cache_touch(entry, WK_CACHE_NO_CACHE);
    return WK_CACHE_ABSENT;
}

void
wk_cache_stats(const struct wk_cache *cache, struct wk_cache_stats *out)
{
    out->entries = cache->entries;
    out->bytes = cache->bytes;
    out->dirty_bytes = cache->dirty_bytes + (cache->before != NULL ? cache->before->bytes : 0);
}
