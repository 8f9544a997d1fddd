#include "storage/cache_priv.h"

#include <stdlib.h>

#define NUMBER_LATER UINT64_MAX /* of a waiter: of the message that is not made yet */

struct waiter {
    TAILQ_ENTRY(waiter) link;
    uint64_t number;
    wk_cache_wait_fn *fn;
    void *arg;
};

struct taking {
    wk_cache_write_fn *fn;
    void *arg;
    size_t count;
};

bool
cache_untaken(const struct wk_cache *cache)
{
    return cache->before != NULL || !TAILQ_EMPTY(&cache->dirty) ||
           !TAILQ_EMPTY(&cache->counted) || cache->alarm.set ||
           cache->alarm.deferred == DEFERRED_READY;
}

bool
wk_cache_dirty(const struct wk_cache *cache)
{
    return cache->err == WK_OK && !cache->config.never_flush && cache->mark == NULL &&
           cache_untaken(cache);
}

bool
wk_cache_untaken(const struct wk_cache *cache)
{
    return cache->err == WK_OK && !cache->config.never_flush && cache_untaken(cache);
}

void
cache_tell_dirty(struct wk_cache *cache)
{
    if (cache->told || !wk_cache_dirty(cache))
        return;
    cache->told = true;
    if (cache->config.hooks.dirty != NULL)
        cache->config.hooks.dirty(cache->config.hooks.arg);
}

void
cache_wrote(struct wk_cache *cache, bool confirmed)
{
    cache->confirmed |= confirmed;
    cache_pressure(cache);
    cache_tell_dirty(cache);
}

void
cache_pressure(struct wk_cache *cache)
{
    size_t before = cache->before != NULL ? cache->before->bytes : 0;
    bool was = cache->over;

    cache->over = cache->err == WK_OK && !cache->config.never_flush &&
                  cache->dirty_bytes + before > cache_lru_dirty_max(cache->lru);
    if (was && !cache->over && cache->config.hooks.relieved != NULL)
        cache->config.hooks.relieved(cache->config.hooks.arg);
}

bool
wk_cache_over_dirty(const struct wk_cache *cache)
{
    return cache->over && cache->mark == NULL;
}

/* ---- handing out ---- */

static void
take_one(struct taking *taking, enum wk_write_kind kind, const struct wk_entry *entry,
         uint64_t number)
{
    struct wk_write write = {.kind = kind, .number = number};

    if (entry != NULL)
        write.key = entry_key(entry);
    if (kind == WK_WRITE_PUT)
        write.value = entry_value(entry);
    taking->fn(taking->arg, &write);
    taking->count++;
}

/* Before all others: no other write of the batch may change the counts. */
static void
take_counted(struct taking *taking, struct counted_queue *queue)
{
    struct counted *counted;

    TAILQ_FOREACH(counted, queue, link)
    for (size_t i = 0; i < counted->entries.count; i++)
        take_one(taking, WK_WRITE_COUNTED, counted->entries.items[i], counted->request);
}

static void
take_entry(struct taking *taking, const struct wk_entry *entry)
{
    if (entry->marker || entry->counted)
        return;
    take_one(taking, entry->status == ENTRY_PRESENT ? WK_WRITE_PUT : WK_WRITE_DELETE, entry, 0);
}

static void
take_before(struct wk_cache *cache, struct taking *taking, uint64_t number)
{
    struct before_all *before = cache->before;

    if (before == NULL)
        return;
    take_counted(taking, &before->counted);
    for (size_t i = 0; i < before->writes.count; i++)
        take_entry(taking, before->writes.items[i]);
    take_one(taking, WK_WRITE_DELETE_ALL, NULL, before->with_alarm);
    if (before->with_alarm)
        cache_alarm_all_taken(cache, number);
    cache->before = NULL;
    cache_before_free(before);
}

size_t
wk_cache_take(struct wk_cache *cache, uint64_t number, wk_cache_write_fn *fn, void *arg,
              bool *confirmed)
{
    struct taking taking = {fn, arg, 0};
    struct wk_entry *entry;
    struct waiter *waiter;

    *confirmed = false;
    if (!wk_cache_dirty(cache))
        return 0;
    WK_CHECK(number > cache->taken && number != NUMBER_LATER);
    take_before(cache, &taking, number);
    take_counted(&taking, &cache->counted);
    while ((entry = TAILQ_FIRST(&cache->dirty)) != NULL) {
        take_entry(&taking, entry);
        entry->counted = false;
        entry->message = number;
        cache_sync_set(cache, entry, SYNC_FLYING);
    }
    cache_counted_free(&cache->counted);
    taking.count += cache_alarm_take(cache, number, fn, arg);
    *confirmed = cache->confirmed;
    cache->taken = number;
    cache->confirmed = false;
    cache->told = false;
    TAILQ_FOREACH(waiter, &cache->waiters, link)
    if (waiter->number == NUMBER_LATER)
        waiter->number = number;
    cache_pressure(cache);
    return taking.count;
}

/* ---- durable ---- */

/* By rising message; what comes back from a rollback is not the newest. */
void
cache_flying_insert(struct wk_cache *cache, struct wk_entry *entry)
{
    struct wk_entry *at = TAILQ_LAST(&cache->flying, entry_queue);

    while (at != NULL && at->message > entry->message)
        at = TAILQ_PREV(at, entry_queue, link);
    if (at != NULL)
        TAILQ_INSERT_AFTER(&cache->flying, at, entry, link);
    else
        TAILQ_INSERT_HEAD(&cache->flying, entry, link);
}

void
wk_cache_durable(struct wk_cache *cache, uint64_t number)
{
    struct wk_entry *entry;

    if (cache->err != WK_OK || number <= cache->durable)
        return;
    cache->durable = number;
    while ((entry = TAILQ_FIRST(&cache->flying)) != NULL && entry->message <= number) {
        cache_sync_set(cache, entry, SYNC_CLEAN);
        entry->marker = false;
        if (entry->no_cache && cache->mark == NULL)
            cache_evict(entry);
        else
            cache_tidy(cache, entry);
    }
    cache_alarm_durable(cache);
    if (cache_limit(cache) != WK_OK)
        return;
    cache_pressure(cache);
    cache_waiters_run(cache);
}

/* ---- sync() ---- */

bool
wk_cache_wait(struct wk_cache *cache, wk_cache_wait_fn *fn, void *arg)
{
    bool untaken = cache_untaken(cache);
    struct waiter *waiter;

    if (cache->err != WK_OK || cache->config.never_flush ||
        (!untaken && cache->taken <= cache->durable))
        return false;
    waiter = wk_xcalloc(1, sizeof(*waiter));
    *waiter =
        (struct waiter){.number = untaken ? NUMBER_LATER : cache->taken, .fn = fn, .arg = arg};
    TAILQ_INSERT_TAIL(&cache->waiters, waiter, link);
    return true;
}

static struct waiter *
waiter_due(struct wk_cache *cache)
{
    struct waiter *waiter;
    bool untaken = cache_untaken(cache);

    TAILQ_FOREACH(waiter, &cache->waiters, link)
    {
        if (waiter->number == NUMBER_LATER && !untaken) /* it was rolled back */
            waiter->number = cache->taken;
        if (cache->err != WK_OK || waiter->number <= cache->durable)
            return waiter;
    }
    return NULL;
}

/* Anything may happen in a call, so each begins anew. */
void
cache_waiters_run(struct wk_cache *cache)
{
    struct waiter *waiter;

    while ((waiter = waiter_due(cache)) != NULL) {
        TAILQ_REMOVE(&cache->waiters, waiter, link);
        waiter->fn(waiter->arg, cache->err);
        free(waiter);
    }
}
