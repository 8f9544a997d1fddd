#include "storage/cache_read.h"

#include <stdlib.h>
#include <string.h>

#include "storage/cache_priv.h"

static struct wk_span
span_copy(struct wk_span span)
{
    return (struct wk_span){span.len > 0 ? wk_xmemdup(span.data, span.len) : NULL, span.len};
}

static struct wk_cache_read *
read_new(struct wk_cache *cache, unsigned options)
{
    struct wk_cache_read *read = wk_xcalloc(1, sizeof(*read));

    read->cache = cache;
    read->lru = cache->lru;
    read->durable = cache->durable;
    read->forgetful = (options & WK_CACHE_NO_CACHE) != 0 || cache->config.no_cache;
    LIST_INSERT_HEAD(&cache->reads, read, link);
    return read;
}

void
wk_cache_read_free(struct wk_cache_read *read)
{
    if (read == NULL)
        return;
    if (read->cache != NULL)
        LIST_REMOVE(read, link);
    cache_list_fini(&read->captured);
    cache_list_fini(&read->overlay);
    cache_list_fini(&read->answers);
    cache_list_fini(&read->result);
    free(read->keys);
    free(read->key_bytes);
    free((void *)read->from.data);
    free((void *)read->to.data);
    free((void *)read->last.data);
    free((void *)read->asked.data);
    free(read);
}

bool
wk_cache_read_complete(const struct wk_cache_read *read)
{
    return read->complete;
}

wk_err
wk_cache_read_error(const struct wk_cache_read *read)
{
    return read->err;
}

void
wk_cache_read_fail(struct wk_cache_read *read, wk_err err)
{
    if (read->cache == NULL)
        return;
    LIST_REMOVE(read, link);
    read->cache = NULL;
    read->err = err;
}

size_t
wk_cache_read_result(struct wk_cache_read *read, struct wk_entry *const **out)
{
    WK_CHECK(read->complete);
    *out = read->result.items;
    return read->result.count;
}

static void
read_capture(struct wk_cache_read *read, struct wk_entry *entry, unsigned options)
{
    cache_touch(entry, options);
    cache_list_add(&read->captured, wk_entry_ref(entry));
}

/* ---- keys ---- */

static int
span_order(const void *a, const void *b)
{
    return wk_span_compare(*(const struct wk_span *)a, *(const struct wk_span *)b);
}

/* The keys that are not known, in one block. */
static void
keys_keep(struct wk_cache_read *read, struct wk_span *keys, size_t count)
{
    size_t bytes = 0, at = 0;

    for (size_t i = 0; i < count; i++)
        bytes += keys[i].len;
    read->keys = keys;
    read->key_count = count;
    read->key_bytes = wk_xmalloc(bytes + 1);
    for (size_t i = 0; i < count; i++) {
        if (keys[i].len > 0)
            memcpy(read->key_bytes + at, keys[i].data, keys[i].len);
        keys[i].data = read->key_bytes + at;
        at += keys[i].len;
    }
}

struct wk_cache_read *
cache_read_keys(struct wk_cache *cache, struct entry_map *overlay, const struct wk_span *keys,
                size_t count, unsigned options)
{
    struct wk_cache_read *read = read_new(cache, options);
    struct wk_span *sorted = wk_xcalloc(count + 1, sizeof(*sorted));
    struct wk_entry *entry;
    size_t unknown = 0;

    for (size_t i = 0; i < count; i++)
        sorted[i] = keys[i];
    qsort(sorted, count, sizeof(*sorted), span_order);
    for (size_t i = 0; i < count; i++) {
        if (i + 1 < count && span_equal(sorted[i], sorted[i + 1]))
            continue;
        if (overlay != NULL && (entry = cache_map_find(overlay, sorted[i])) != NULL) {
            cache_list_add(&read->overlay, wk_entry_ref(entry));
            continue;
        }
        switch (wk_cache_get(cache, sorted[i], options, &entry)) {
        case WK_CACHE_PRESENT:
            cache_list_add(&read->captured, wk_entry_ref(entry));
            break;
        case WK_CACHE_MISS:
            sorted[unknown++] = sorted[i];
            break;
        case WK_CACHE_ABSENT:
        case WK_CACHE_DEAD:
            break;
        }
    }
    keys_keep(read, sorted, unknown);
    if (unknown == 0)
        cache_read_finish(read);
    return read;
}

wk_err
wk_cache_read_keys(struct wk_cache *cache, const struct wk_span *keys, size_t count,
                   unsigned options, struct wk_cache_read **out)
{
    *out = NULL;
    if (cache->err != WK_OK)
        return cache->err;
    *out = cache_read_keys(cache, NULL, keys, count, options);
    return WK_OK;
}

/* ---- list ---- */

/* While a list is scanned: what is known to be in the result, and what the daemon may have too
 * much. */
struct scan {
    struct wk_cache_read *read;
    const struct wk_cache_range *range;
    unsigned options;
    uint64_t limit;          /* 0: none */
    bool known;              /* everything so far */
    uint64_t present;        /* captured */
    uint64_t present_known;  /* of these, before the first unknown place */
    uint64_t absent_unknown; /* captured behind it, and perhaps still stored */
};

/* False: enough. */
static bool
scan_entry(struct scan *scan, struct wk_entry *entry)
{
    read_capture(scan->read, entry, scan->options);
    if (entry->status == ENTRY_ABSENT) {
        scan->absent_unknown += !scan->known && entry->sync != SYNC_CLEAN;
        return true;
    }
    scan->present++;
    scan->present_known += scan->known;
    return scan->present != scan->limit;
}

static bool
past_end(const struct wk_cache_range *range, struct wk_span key)
{
    return range->end.len > 0 && wk_span_compare(key, range->end) >= 0;
}

/* There is no key between the two. */
static bool
adjoin(struct wk_span key, struct wk_span end)
{
    return end.len == key.len + 1 && end.data[key.len] == 0 &&
           (key.len == 0 || memcmp(end.data, key.data, key.len) == 0);
}

static void
scan_forward(struct scan *scan)
{
    const struct wk_cache_range *range = scan->range;
    struct wk_cache_read *read = scan->read;
    struct wk_entry *at = cache_map_floor(&read->cache->map, range->start, true);
    bool exact = at != NULL && span_equal(entry_key(at), range->start);

    scan->known = exact || (at != NULL && at->gap);
    if (!scan->known)
        read->from = span_copy(range->start);
    else
        cache_touch(at, WK_CACHE_NO_CACHE);
    if (!exact)
        at = cache_map_ceil(&read->cache->map, range->start);
    for (; at != NULL && !past_end(range, entry_key(at)); at = cache_map_next(at)) {
        if (at->status == ENTRY_UNKNOWN) {
            if (scan->known)
                read->from = span_copy(entry_key(at));
            scan->known = false;
            continue;
        }
        if (!scan_entry(scan, at))
            return;
        if (scan->known && !at->gap && !adjoin(entry_key(at), range->end)) {
            scan->known = false;
            read->from = span_copy(entry_key(at));
            read->from_exclusive = true;
        }
    }
}

static void
scan_reverse(struct scan *scan)
{
    const struct wk_cache_range *range = scan->range;
    struct wk_cache_read *read = scan->read;
    struct entry_map *map = &read->cache->map;
    struct wk_entry *at =
        range->end.len > 0 ? cache_map_floor(map, range->end, false) : cache_map_last(map);
    struct wk_span lowest = range->end;

    scan->known = true;
    for (;; at = cache_map_prev(at)) {
        /* known down to `lowest`, but not what is between this one and that, or not this one itself */
        if (scan->known && (at == NULL || at->status == ENTRY_UNKNOWN ||
                            (!at->gap && !adjoin(entry_key(at), lowest)))) {
            scan->known = false;
            read->to = span_copy(lowest);
        }
        if (at == NULL || wk_span_compare(entry_key(at), range->start) < 0)
            return;
        if (at->status == ENTRY_UNKNOWN)
            continue;
        if (!scan_entry(scan, at))
            return;
        lowest = entry_key(at);
        if (scan->known && span_equal(lowest, range->start))
            return;
    }
}

static void
capture_overlay(struct wk_cache_read *read, struct entry_map *overlay,
                const struct wk_cache_range *range, uint64_t *absent)
{
    struct wk_entry *at;

    if (overlay == NULL)
        return;
    for (at = cache_map_ceil(overlay, range->start);
         at != NULL && !past_end(range, entry_key(at)); at = cache_map_next(at)) {
        cache_list_add(&read->overlay, wk_entry_ref(at));
        *absent += at->status == ENTRY_ABSENT;
    }
    for (size_t i = 0, n = read->overlay.count; range->reverse && i < n / 2; i++) {
        at = read->overlay.items[i];
        read->overlay.items[i] = read->overlay.items[n - 1 - i];
        read->overlay.items[n - 1 - i] = at;
    }
}

struct wk_cache_read *
cache_read_list(struct wk_cache *cache, struct entry_map *overlay,
                const struct wk_cache_range *range, unsigned options)
{
    struct wk_cache_read *read = read_new(cache, options);
    struct scan scan = {.read = read, .range = range, .options = options};
    uint64_t overlaid = 0;

    read->list = true;
    read->reverse = range->reverse;
    read->limit = range->limit;
    if (range->end.len > 0 && wk_span_compare(range->end, range->start) <= 0) {
        cache_read_finish(read);
        return read;
    }
    if (read->forgetful)
        scan.options |= WK_CACHE_NO_CACHE;
    capture_overlay(read, overlay, range, &overlaid);
    scan.limit = range->limit > 0 ? range->limit + overlaid : 0;
    if (range->reverse)
        scan_reverse(&scan);
    else
        scan_forward(&scan);
    if (scan.known || (scan.limit > 0 && scan.present_known >= scan.limit)) {
        cache_read_finish(read);
        return read;
    }
    if (scan.limit > 0)
        read->ask_limit = scan.limit - scan.present_known + scan.absent_unknown;
    if (range->reverse)
        read->from = span_copy(range->start);
    else
        read->to = span_copy(range->end);
    return read;
}

wk_err
wk_cache_read_list(struct wk_cache *cache, const struct wk_cache_range *range, unsigned options,
                   struct wk_cache_read **out)
{
    *out = NULL;
    if (cache->err != WK_OK)
        return cache->err;
    *out = cache_read_list(cache, NULL, range, options);
    return WK_OK;
}
