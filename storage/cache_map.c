#include "storage/cache_priv.h"

#include <stdlib.h>
#include <string.h>

static int
entry_compare(const struct wk_entry *a, const struct wk_entry *b)
{
    return wk_span_compare(entry_key(a), entry_key(b));
}

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wunused-function"
RB_GENERATE_STATIC(entry_map, wk_entry, node, entry_compare)
#pragma GCC diagnostic pop

/* ---- entries ---- */

size_t
cache_entry_bytes(const struct wk_entry *entry)
{
    return sizeof(*entry) + entry->key_len + entry->value_len;
}

struct wk_entry *
cache_entry_new(struct wk_cache_lru *lru, struct wk_span key, struct wk_span value,
                enum entry_status status)
{
    struct wk_entry *entry;

    WK_CHECK(key.len <= UINT32_MAX && value.len <= UINT32_MAX);
    entry = wk_xmalloc(sizeof(*entry) + key.len + value.len);
    memset(entry, 0, sizeof(*entry));
    entry->refs = 1;
    entry->key_len = (uint32_t)key.len;
    entry->value_len = (uint32_t)value.len;
    entry->status = (uint8_t)status;
    entry->lru = lru;
    if (key.len > 0)
        memcpy(entry->bytes, key.data, key.len);
    if (value.len > 0)
        memcpy(entry->bytes + key.len, value.data, value.len);
    cache_lru_charge(lru, cache_entry_bytes(entry));
    return entry;
}

struct wk_entry *
wk_entry_ref(struct wk_entry *entry)
{
    entry->refs++;
    return entry;
}

void
wk_entry_unref(struct wk_entry *entry)
{
    if (entry == NULL || --entry->refs > 0)
        return;
    WK_CHECK(entry->cache == NULL);
    cache_lru_discharge(entry->lru, cache_entry_bytes(entry));
    free(entry);
}

struct wk_span
wk_entry_key(const struct wk_entry *entry)
{
    return entry_key(entry);
}

struct wk_span
wk_entry_value(const struct wk_entry *entry)
{
    return entry_value(entry);
}

void
cache_list_add(struct entry_list *list, struct wk_entry *entry)
{
    if (list->count == list->cap) {
        list->cap = list->cap > 0 ? list->cap * 2 : 8;
        list->items = wk_xrealloc(list->items, list->cap * sizeof(struct wk_entry *));
    }
    list->items[list->count++] = entry;
}

void
cache_list_fini(struct entry_list *list)
{
    for (size_t i = 0; i < list->count; i++)
        wk_entry_unref(list->items[i]);
    free(list->items);
    *list = (struct entry_list){0};
}

/* ---- the map ---- */

struct wk_entry *
cache_map_find(struct entry_map *map, struct wk_span key)
{
    struct wk_entry *at = RB_ROOT(map);

    while (at != NULL) {
        int order = wk_span_compare(key, entry_key(at));

        if (order == 0)
            return at;
        at = order < 0 ? RB_LEFT(at, node) : RB_RIGHT(at, node);
    }
    return NULL;
}

/* The last below the key, or at it. */
struct wk_entry *
cache_map_floor(struct entry_map *map, struct wk_span key, bool equal_too)
{
    struct wk_entry *at = RB_ROOT(map), *best = NULL;

    while (at != NULL) {
        int order = wk_span_compare(key, entry_key(at));

        if (order > 0 || (order == 0 && equal_too)) {
            best = at;
            if (order == 0)
                break;
            at = RB_RIGHT(at, node);
        } else {
            at = RB_LEFT(at, node);
        }
    }
    return best;
}

/* The first at or above the key. */
struct wk_entry *
cache_map_ceil(struct entry_map *map, struct wk_span key)
{
    struct wk_entry *at = RB_ROOT(map), *best = NULL;

    while (at != NULL) {
        int order = wk_span_compare(key, entry_key(at));

        if (order <= 0) {
            best = at;
            if (order == 0)
                break;
            at = RB_LEFT(at, node);
        } else {
            at = RB_RIGHT(at, node);
        }
    }
    return best;
}

struct wk_entry *
cache_map_next(struct wk_entry *entry)
{
    return RB_NEXT(entry_map, NULL, entry);
}

struct wk_entry *
cache_map_prev(struct wk_entry *entry)
{
    return RB_PREV(entry_map, NULL, entry);
}

struct wk_entry *
cache_map_first(struct entry_map *map)
{
    return RB_MIN(entry_map, map);
}

struct wk_entry *
cache_map_last(struct entry_map *map)
{
    return RB_MAX(entry_map, map);
}

void
cache_map_insert(struct entry_map *map, struct wk_entry *entry)
{
    WK_CHECK(RB_INSERT(entry_map, map, entry) == NULL);
}

void
cache_map_remove(struct entry_map *map, struct wk_entry *entry)
{
    RB_REMOVE(entry_map, map, entry);
}

/* The same place in the tree, without balancing it twice. */
static void
map_replace(struct entry_map *map, struct wk_entry *old, struct wk_entry *entry)
{
    struct wk_entry *parent = RB_PARENT(old, node);

    entry->node = old->node;
    if (parent == NULL)
        RB_ROOT(map) = entry;
    else if (RB_LEFT(parent, node) == old)
        RB_LEFT(parent, node) = entry;
    else
        RB_RIGHT(parent, node) = entry;
    if (RB_LEFT(entry, node) != NULL)
        RB_PARENT(RB_LEFT(entry, node), node) = entry;
    if (RB_RIGHT(entry, node) != NULL)
        RB_PARENT(RB_RIGHT(entry, node), node) = entry;
}

bool
cache_in_gap(struct wk_cache *cache, struct wk_span key)
{
    struct wk_entry *below = cache_map_floor(&cache->map, key, false);

    return below != NULL && below->gap;
}

/* ---- entries in a cache ---- */

void
cache_sync_set(struct wk_cache *cache, struct wk_entry *entry, enum entry_sync sync)
{
    size_t bytes = cache_entry_bytes(entry);

    switch ((enum entry_sync)entry->sync) {
    case SYNC_CLEAN:
        cache_lru_remove(cache->lru, entry);
        break;
    case SYNC_DIRTY:
        TAILQ_REMOVE(&cache->dirty, entry, link);
        cache->dirty_bytes -= bytes;
        break;
    case SYNC_FLYING:
        TAILQ_REMOVE(&cache->flying, entry, link);
        cache->dirty_bytes -= bytes;
        break;
    case SYNC_LOOSE:
    case SYNC_PINNED:
        break;
    }
    entry->sync = (uint8_t)sync;
    switch (sync) {
    case SYNC_CLEAN:
        entry->stale = false;
        cache_lru_add(cache->lru, entry);
        break;
    case SYNC_DIRTY:
        TAILQ_INSERT_TAIL(&cache->dirty, entry, link);
        cache->dirty_bytes += bytes;
        break;
    case SYNC_FLYING:
        cache_flying_insert(cache, entry);
        cache->dirty_bytes += bytes;
        break;
    case SYNC_LOOSE:
    case SYNC_PINNED:
        break;
    }
}

static void
entry_leave(struct wk_cache *cache, struct wk_entry *entry)
{
    cache_sync_set(cache, entry, SYNC_LOOSE);
    cache->entries--;
    cache->bytes -= cache_entry_bytes(entry);
    entry->cache = NULL;
    entry->gap = false;
    wk_entry_unref(entry);
}

void
cache_place(struct wk_cache *cache, struct wk_entry *entry, enum entry_sync sync)
{
    struct wk_entry *below = cache_map_floor(&cache->map, entry_key(entry), true);

    WK_CHECK(entry->cache == NULL);
    entry->gap = below != NULL && below->gap;
    if (below != NULL && span_equal(entry_key(below), entry_key(entry))) {
        map_replace(&cache->map, below, entry);
        entry_leave(cache, below);
    } else {
        cache_map_insert(&cache->map, entry);
    }
    entry->cache = cache;
    cache->entries++;
    cache->bytes += cache_entry_bytes(entry);
    cache_sync_set(cache, entry, sync);
}

void
cache_drop(struct wk_cache *cache, struct wk_entry *entry, bool gap)
{
    struct wk_entry *prev = cache_map_prev(entry);

    if (prev != NULL)
        prev->gap = gap && prev->gap && entry->gap;
    cache_map_remove(&cache->map, entry);
    entry_leave(cache, entry);
}

void
cache_drop_all(struct wk_cache *cache)
{
    struct wk_entry *entry;

    while ((entry = RB_ROOT(&cache->map)) != NULL) {
        cache_map_remove(&cache->map, entry);
        entry_leave(cache, entry);
    }
}

/* Not while a read is open that began before the absence was durable: its answer may still have
 * the key, and only this entry, which cannot be lost unnoticed, says that it is old (invariant
 * 5). */
void
cache_tidy(struct wk_cache *cache, struct wk_entry *entry)
{
    struct wk_entry *prev;
    struct wk_cache_read *read;

    if (entry->status != ENTRY_ABSENT || !entry->gap ||
        (entry->sync != SYNC_CLEAN && (entry->sync != SYNC_PINNED || cache->mark != NULL)))
        return;
    if ((prev = cache_map_prev(entry)) == NULL || !prev->gap)
        return;
    LIST_FOREACH(read, &cache->reads, link)
    if (read->durable < entry->message)
        return;
    cache_drop(cache, entry, true);
}
