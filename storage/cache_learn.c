#include "storage/cache_priv.h"

/* What the map knows of a key is as new or newer. */
void
cache_learn(struct wk_cache *cache, struct wk_entry *entry)
{
    struct wk_entry *below = cache_map_floor(&cache->map, entry_key(entry), true);

    if (below != NULL && span_equal(entry_key(below), entry_key(entry))) {
        if (below->status != ENTRY_UNKNOWN)
            return;
    } else if (below != NULL && below->gap) {
        return;
    }
    cache_place(cache, wk_entry_ref(entry), SYNC_CLEAN);
}

static struct wk_entry *
learn_marker(struct wk_cache *cache, struct wk_span key, enum entry_status status)
{
    struct wk_entry *entry = cache_entry_new(cache->lru, key, (struct wk_span){0}, status);

    cache_learn(cache, entry);
    wk_entry_unref(entry);
    return entry; /* alive only if it was news */
}

static bool
gap_ends(const struct known_gap *gap, const struct wk_entry *entry)
{
    return entry == NULL || (!gap->to_end && wk_span_compare(entry_key(entry), gap->to) >= 0);
}

void
cache_learn_gap(struct wk_cache *cache, const struct known_gap *gap)
{
    struct wk_entry *entry, *next;
    bool last = false;

    if (!gap->to_end && cache_map_find(&cache->map, gap->to) == NULL)
        learn_marker(cache, gap->to, ENTRY_UNKNOWN);
    if (gap->from_too)
        learn_marker(cache, gap->from, ENTRY_ABSENT);
    for (entry = cache_map_ceil(&cache->map, gap->from); !gap_ends(gap, entry); entry = next) {
        next = cache_map_next(entry);
        if (entry->status == ENTRY_UNKNOWN) {
            if (span_equal(entry_key(entry), gap->from))
                continue; /* its own key is another matter */
            entry = learn_marker(cache, entry_key(entry), ENTRY_ABSENT);
        }
        entry->gap = true;
    }
    /* The one at `to` too: the gap before it may have made it redundant. */
    for (entry = cache_map_ceil(&cache->map, gap->from); entry != NULL && !last; entry = next) {
        last = gap_ends(gap, entry);
        next = cache_map_next(entry);
        cache_tidy(cache, entry);
    }
}
