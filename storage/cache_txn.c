#include "storage/cache_txn.h"

#include <stdlib.h>

#include "storage/cache_priv.h"

struct wk_cache_txn {
    struct wk_cache *cache;
    struct entry_map map; /* PRESENT and ABSENT ones; nothing is known of what is between */
    bool alarm_set;
    uint64_t alarm;
    unsigned alarm_options;
};

struct wk_cache_txn *
wk_cache_txn_new(struct wk_cache *cache)
{
    struct wk_cache_txn *txn = wk_xcalloc(1, sizeof(*txn));

    txn->cache = cache;
    RB_INIT(&txn->map);
    return txn;
}

static struct wk_entry *
txn_pop(struct wk_cache_txn *txn)
{
    struct wk_entry *entry = cache_map_first(&txn->map);

    if (entry != NULL)
        cache_map_remove(&txn->map, entry);
    return entry;
}

void
wk_cache_txn_free(struct wk_cache_txn *txn)
{
    struct wk_entry *entry;

    if (txn == NULL)
        return;
    while ((entry = txn_pop(txn)) != NULL)
        wk_entry_unref(entry);
    free(txn);
}

static unsigned
entry_options(const struct wk_entry *entry)
{
    return (entry->no_cache ? WK_CACHE_NO_CACHE : 0u) |
           (entry->confirmed ? 0u : WK_CACHE_UNCONFIRMED);
}

wk_err
wk_cache_txn_commit(struct wk_cache_txn *txn)
{
    struct wk_cache *cache = txn->cache;
    struct wk_entry *entry;

    if (cache->err != WK_OK)
        return cache->err;
    while ((entry = txn_pop(txn)) != NULL)
        cache_write(cache, entry, entry_options(entry));
    if (txn->alarm_set)
        wk_cache_alarm_set(cache, txn->alarm, txn->alarm_options);
    txn->alarm_set = false;
    return cache_limit(cache);
}

/* ---- reading ---- */

enum wk_cache_found
wk_cache_txn_get(struct wk_cache_txn *txn, struct wk_span key, unsigned options,
                 struct wk_entry **out)
{
    struct wk_entry *entry = cache_map_find(&txn->map, key);

    if (entry == NULL || txn->cache->err != WK_OK)
        return wk_cache_get(txn->cache, key, options, out);
    *out = entry->status == ENTRY_PRESENT ? entry : NULL;
    return entry->status == ENTRY_PRESENT ? WK_CACHE_PRESENT : WK_CACHE_ABSENT;
}

wk_err
wk_cache_txn_read_keys(struct wk_cache_txn *txn, const struct wk_span *keys, size_t count,
                       unsigned options, struct wk_cache_read **out)
{
    *out = NULL;
    if (txn->cache->err != WK_OK)
        return txn->cache->err;
    *out = cache_read_keys(txn->cache, &txn->map, keys, count, options);
    return WK_OK;
}

wk_err
wk_cache_txn_read_list(struct wk_cache_txn *txn, const struct wk_cache_range *range,
                       unsigned options, struct wk_cache_read **out)
{
    *out = NULL;
    if (txn->cache->err != WK_OK)
        return txn->cache->err;
    *out = cache_read_list(txn->cache, &txn->map, range, options);
    return WK_OK;
}

/* ---- writing ---- */

static void
txn_write(struct wk_cache_txn *txn, struct wk_span key, struct wk_span value,
          enum entry_status status, unsigned options)
{
    struct wk_entry *old = cache_map_find(&txn->map, key);
    struct wk_entry *entry = cache_entry_new(txn->cache->lru, key, value, status);

    entry->no_cache = (options & WK_CACHE_NO_CACHE) != 0;
    entry->confirmed = (options & WK_CACHE_UNCONFIRMED) == 0;
    if (old != NULL) {
        cache_map_remove(&txn->map, old);
        entry->confirmed |= old->confirmed;
        wk_entry_unref(old);
    }
    cache_map_insert(&txn->map, entry);
}

wk_err
wk_cache_txn_put(struct wk_cache_txn *txn, struct wk_span key, struct wk_span value,
                 unsigned options)
{
    if (txn->cache->err != WK_OK)
        return txn->cache->err;
    txn_write(txn, key, value, ENTRY_PRESENT, options);
    return cache_limit(txn->cache);
}

wk_err
wk_cache_txn_delete(struct wk_cache_txn *txn, const struct wk_span *keys, size_t count,
                    unsigned options, struct wk_cache_deleted *out)
{
    struct wk_span *unknown = wk_xcalloc(count + 1, sizeof(*unknown));
    struct wk_entry *entry;
    size_t n = 0;

    *out = (struct wk_cache_deleted){0};
    for (size_t i = 0; i < count; i++)
        if (wk_cache_txn_get(txn, keys[i], WK_CACHE_NO_CACHE, &entry) == WK_CACHE_MISS)
            unknown[n++] = keys[i];
    if (n > 0)
        out->read = cache_read_keys(txn->cache, NULL, unknown, n, WK_CACHE_NO_CACHE);
    free(unknown);
    for (size_t i = 0; i < count; i++) {
        enum wk_cache_found found = wk_cache_txn_get(txn, keys[i], WK_CACHE_NO_CACHE, &entry);

        out->known += found == WK_CACHE_PRESENT;
        if (found != WK_CACHE_DEAD) /* an absent key too: it may be written outside before the commit */
            txn_write(txn, keys[i], (struct wk_span){0}, ENTRY_ABSENT, options);
    }
    if (cache_limit(txn->cache) != WK_OK) {
        wk_cache_read_free(out->read);
        *out = (struct wk_cache_deleted){0};
    }
    return txn->cache->err;
}

/* ---- the alarm ---- */

enum wk_cache_found
wk_cache_txn_alarm_get(struct wk_cache_txn *txn, uint64_t *ms_plus1, uint64_t *version)
{
    if (!txn->alarm_set || txn->cache->err != WK_OK)
        return wk_cache_alarm_get(txn->cache, ms_plus1, version);
    *version = 0;
    *ms_plus1 = txn->alarm;
    return txn->alarm != 0 ? WK_CACHE_PRESENT : WK_CACHE_ABSENT;
}

wk_err
wk_cache_txn_alarm_set(struct wk_cache_txn *txn, uint64_t ms_plus1, unsigned options)
{
    if (txn->cache->err != WK_OK)
        return txn->cache->err;
    txn->alarm_set = true;
    txn->alarm = ms_plus1;
    txn->alarm_options = options;
    return WK_OK;
}
