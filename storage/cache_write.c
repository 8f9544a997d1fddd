#include "storage/cache_priv.h"

#include <stdlib.h>

/* A write that changes nothing is none. But a confirmed one upon the same that is under way
 * unconfirmed counts: an output after it has to wait, and nothing else would make it. */
static bool
write_is_idle(struct wk_entry *old, struct wk_entry *entry, bool gap)
{
    if (old == NULL || old->status == ENTRY_UNKNOWN)
        return gap && old == NULL && entry->status == ENTRY_ABSENT;
    if (old->status != entry->status)
        return false;
    if (entry->status == ENTRY_PRESENT && !span_equal(entry_value(old), entry_value(entry)))
        return false;
    if (!entry->no_cache)
        old->no_cache = false;
    return old->sync == SYNC_CLEAN || old->sync == SYNC_PINNED || old->confirmed ||
           !entry->confirmed;
}

void
cache_write(struct wk_cache *cache, struct wk_entry *entry, unsigned options)
{
    struct wk_entry *old = cache_map_find(&cache->map, entry_key(entry));

    if (cache->config.no_cache)
        options |= WK_CACHE_NO_CACHE;
    entry->no_cache = (options & WK_CACHE_NO_CACHE) != 0;
    entry->confirmed = (options & WK_CACHE_UNCONFIRMED) == 0;
    if (write_is_idle(old, entry, old == NULL && cache_in_gap(cache, entry_key(entry)))) {
        if (old != NULL)
            cache_touch(old, options);
        wk_entry_unref(entry);
        return;
    }
    cache_undo_key(cache, entry, old);
    cache_place(cache, entry, cache->config.never_flush ? SYNC_PINNED : SYNC_DIRTY);
    cache_wrote(cache, entry->confirmed);
    cache_tidy(cache, entry);
}

wk_err
wk_cache_put(struct wk_cache *cache, struct wk_span key, struct wk_span value, unsigned options)
{
    if (cache->err != WK_OK)
        return cache->err;
    cache_write(cache, cache_entry_new(cache->lru, key, value, ENTRY_PRESENT), options);
    return cache_limit(cache);
}

wk_err
wk_cache_put_many(struct wk_cache *cache, const struct wk_cache_item *items, size_t count,
                  unsigned options)
{
    if (cache->err != WK_OK)
        return cache->err;
    for (size_t i = 0; i < count; i++)
        cache_write(cache,
                    cache_entry_new(cache->lru, items[i].key, items[i].value, ENTRY_PRESENT),
                    options);
    return cache_limit(cache);
}

/* ---- delete ---- */

static struct wk_entry *
delete_one(struct wk_cache *cache, struct wk_span key, unsigned options, bool counted)
{
    struct wk_entry *entry =
        cache_entry_new(cache->lru, key, (struct wk_span){0}, ENTRY_ABSENT);

    entry->counted = counted;
    cache_write(cache, entry, options);
    return entry; /* alive only if it was no idle write */
}

/* What the daemon has to say about it must be asked before the deletes; what is not handed out
 * is not counted. */
static void
delete_read_first(struct wk_cache *cache, const struct wk_span *keys, size_t count,
                  struct wk_cache_deleted *out)
{
    struct wk_span *unknown = wk_xcalloc(count + 1, sizeof(*unknown));
    struct wk_entry *entry;
    size_t n = 0;

    for (size_t i = 0; i < count; i++)
        if (wk_cache_get(cache, keys[i], WK_CACHE_NO_CACHE, &entry) == WK_CACHE_MISS)
            unknown[n++] = keys[i];
    if (n > 0)
        out->read = cache_read_keys(cache, NULL, unknown, n, WK_CACHE_NO_CACHE);
    free(unknown);
}

wk_err
wk_cache_delete(struct wk_cache *cache, const struct wk_span *keys, size_t count,
                unsigned options, uint32_t request, struct wk_cache_deleted *out)
{
    struct counted *counted = NULL;
    struct wk_entry *entry;
    bool read_first = cache->mark != NULL || cache->config.never_flush;

    *out = (struct wk_cache_deleted){0};
    if (cache->err != WK_OK)
        return cache->err;
    if (read_first)
        delete_read_first(cache, keys, count, out);
    for (size_t i = 0; i < count; i++) {
        enum wk_cache_found found = wk_cache_get(cache, keys[i], WK_CACHE_NO_CACHE, &entry);

        if (found != WK_CACHE_MISS || read_first) {
            out->known += found == WK_CACHE_PRESENT;
            delete_one(cache, keys[i], options, false);
            continue;
        }
        if (counted == NULL) {
            counted = wk_xcalloc(1, sizeof(*counted));
            counted->request = request;
            TAILQ_INSERT_TAIL(&cache->counted, counted, link);
        }
        cache_list_add(&counted->entries,
                       wk_entry_ref(delete_one(cache, keys[i], options, true)));
    }
    out->asked = counted != NULL;
    if (cache_limit(cache) != WK_OK) {
        wk_cache_read_free(out->read);
        *out = (struct wk_cache_deleted){0};
    }
    return cache->err;
}

static void
counted_free(struct counted *counted)
{
    cache_list_fini(&counted->entries);
    free(counted);
}

void
cache_counted_free(struct counted_queue *queue)
{
    struct counted *counted;

    while ((counted = TAILQ_FIRST(queue)) != NULL) {
        TAILQ_REMOVE(queue, counted, link);
        counted_free(counted);
    }
}

/* Its entries, where nothing was written over them, become deletes like any other. */
static bool
counted_forget(struct counted_queue *queue, uint32_t request)
{
    struct counted *counted;

    TAILQ_FOREACH(counted, queue, link)
    {
        if (counted->request != request)
            continue;
        for (size_t i = 0; i < counted->entries.count; i++)
            counted->entries.items[i]->counted = false;
        TAILQ_REMOVE(queue, counted, link);
        counted_free(counted);
        return true;
    }
    return false;
}

void
wk_cache_delete_forget(struct wk_cache *cache, uint32_t request)
{
    if (!counted_forget(&cache->counted, request) && cache->before != NULL)
        counted_forget(&cache->before->counted, request);
}

/* ---- deleteAll ---- */

void
cache_before_free(struct before_all *before)
{
    if (before == NULL)
        return;
    cache_list_fini(&before->writes);
    cache_counted_free(&before->counted);
    free(before);
}

static struct before_all *
before_new(struct wk_cache *cache)
{
    struct before_all *before = wk_xcalloc(1, sizeof(*before));
    struct wk_entry *entry;

    TAILQ_INIT(&before->counted);
    TAILQ_FOREACH(entry, &cache->dirty, link)
    {
        if (entry->marker)
            continue;
        cache_list_add(&before->writes, wk_entry_ref(entry));
        before->bytes += cache_entry_bytes(entry);
    }
    TAILQ_CONCAT(&before->counted, &cache->counted, link);
    return before;
}

/* What was written between two of which the first was not handed out is of no use to anybody.
 */
wk_err
wk_cache_delete_all(struct wk_cache *cache, bool with_alarm, unsigned options)
{
    struct wk_cache_read *read;
    struct wk_entry *entry;
    bool had_before = cache->before != NULL;
    bool before_alarm = had_before && cache->before->with_alarm;

    if (cache->err != WK_OK)
        return cache->err;
    LIST_FOREACH(read, &cache->reads, link)
    read->forgetful = true; /* invariant 5 */
    if (!had_before && !cache->config.never_flush)
        cache->before = before_new(cache);
    if (cache->before != NULL)
        cache->before->with_alarm |= with_alarm;
    cache_undo_all(cache, had_before, before_alarm);
    cache_drop_all(cache);
    entry = cache_entry_new(cache->lru, (struct wk_span){0}, (struct wk_span){0}, ENTRY_ABSENT);
    entry->marker = true;
    entry->confirmed = !(options & WK_CACHE_UNCONFIRMED);
    cache_place(cache, entry, cache->config.never_flush ? SYNC_PINNED : SYNC_DIRTY);
    entry->gap = true;
    if (with_alarm)
        cache_alarm_delete_all(cache, !(options & WK_CACHE_UNCONFIRMED));
    cache_wrote(cache, !(options & WK_CACHE_UNCONFIRMED));
    return cache_limit(cache);
}
