#include "storage/cache_priv.h"

/* The alarm that reads see, its write that is to be handed out, and the deletion that waits for
 * the handler are three things: an alarm may be armed while its own write is still under way.
 */

static void
alarm_changed(struct wk_cache *cache)
{
    cache->alarm.version++;
}

static void
alarm_know(struct wk_cache *cache, uint64_t time, enum entry_sync sync)
{
    cache->alarm.known = true;
    cache->alarm.time = time;
    cache->alarm.sync = (uint8_t)sync;
    alarm_changed(cache);
}

enum wk_cache_found
wk_cache_alarm_get(struct wk_cache *cache, uint64_t *ms_plus1, uint64_t *version)
{
    *ms_plus1 = 0;
    *version = cache->alarm.version;
    if (cache->err != WK_OK)
        return WK_CACHE_DEAD;
    if (cache->alarm.deferred != DEFERRED_NONE)
        return WK_CACHE_ABSENT;
    if (!cache->alarm.known)
        return WK_CACHE_MISS;
    *ms_plus1 = cache->alarm.time;
    return *ms_plus1 != 0 ? WK_CACHE_PRESENT : WK_CACHE_ABSENT;
}

void
wk_cache_alarm_answer(struct wk_cache *cache, uint64_t version, uint64_t ms_plus1,
                      unsigned options)
{
    if (cache->err != WK_OK || version != cache->alarm.version || cache->alarm.known ||
        (options & WK_CACHE_NO_CACHE) || cache->config.no_cache)
        return;
    cache->alarm.no_cache = false;
    alarm_know(cache, ms_plus1, SYNC_CLEAN);
}

wk_err
wk_cache_alarm_set(struct wk_cache *cache, uint64_t ms_plus1, unsigned options)
{
    struct alarm *alarm = &cache->alarm;
    bool confirmed = !(options & WK_CACHE_UNCONFIRMED);

    if (cache->err != WK_OK)
        return cache->err;
    if (alarm->known && alarm->deferred == DEFERRED_NONE && alarm->time == ms_plus1 &&
        (alarm->sync == SYNC_CLEAN || alarm->confirmed || !confirmed))
        return WK_OK;
    cache_undo_alarm(cache);
    alarm->deferred = DEFERRED_NONE;
    alarm->by_all = false;
    alarm->set = true;
    alarm->set_time = ms_plus1;
    alarm->confirmed = confirmed;
    alarm->no_cache = (options & WK_CACHE_NO_CACHE) != 0 || cache->config.no_cache;
    alarm_know(cache, ms_plus1, SYNC_DIRTY);
    cache_wrote(cache, confirmed);
    return WK_OK;
}

void
cache_alarm_delete_all(struct wk_cache *cache, bool confirmed)
{
    struct alarm *alarm = &cache->alarm;

    cache_undo_alarm(cache);
    alarm->deferred = DEFERRED_NONE;
    alarm->set = false;
    alarm->by_all = true;
    alarm->confirmed = confirmed;
    alarm->no_cache = false;
    alarm_know(cache, 0, cache->config.never_flush ? SYNC_CLEAN : SYNC_DIRTY);
}

/* ---- the handler ---- */

enum wk_cache_armed
wk_cache_alarm_arm(struct wk_cache *cache, uint64_t ms_plus1, uint64_t *now)
{
    struct alarm *alarm = &cache->alarm;

    *now = 0;
    if (cache->err != WK_OK || alarm->deferred != DEFERRED_NONE)
        return WK_CACHE_ARM_CANCEL;
    if (alarm->known && alarm->time != ms_plus1) {
        if (alarm->sync != SYNC_CLEAN)
            return WK_CACHE_ARM_RUN;
        *now = alarm->time;
        return WK_CACHE_ARM_CANCEL;
    }
    alarm->known_before = alarm->known;
    alarm->deferred = DEFERRED_WAITING;
    alarm->deferred_time = ms_plus1;
    alarm_changed(cache);
    return WK_CACHE_ARM_DEFERRED;
}

static void
alarm_deferred_end(struct wk_cache *cache)
{
    cache->alarm.deferred = DEFERRED_NONE;
    alarm_know(cache, 0, SYNC_CLEAN);
    if (!cache->alarm.known_before || cache->alarm.no_cache)
        cache->alarm.known = false;
}

void
wk_cache_alarm_done(struct wk_cache *cache)
{
    if (cache->err != WK_OK || cache->alarm.deferred != DEFERRED_WAITING)
        return;
    cache_undo_alarm(cache);
    if (cache->config.never_flush) {
        cache->alarm.set = false;
        alarm_deferred_end(cache);
        return;
    }
    cache->alarm.deferred = DEFERRED_READY;
    alarm_changed(cache);
    cache_wrote(cache, true);
}

void
wk_cache_alarm_keep(struct wk_cache *cache)
{
    struct alarm *alarm = &cache->alarm;

    if (cache->err != WK_OK || alarm->deferred != DEFERRED_WAITING)
        return;
    cache_undo_alarm(cache);
    alarm->deferred = DEFERRED_NONE;
    alarm_know(cache, alarm->deferred_time,
               alarm->known_before ? (enum entry_sync)alarm->sync : SYNC_CLEAN);
}

uint64_t
wk_cache_alarm_abandon(struct wk_cache *cache, uint64_t ms_plus1)
{
    struct alarm *alarm = &cache->alarm;

    if (cache->err != WK_OK || !alarm->known || alarm->sync != SYNC_CLEAN ||
        alarm->deferred != DEFERRED_NONE)
        return 0;
    if (alarm->time != ms_plus1)
        return alarm->time;
    cache_undo_alarm(cache);
    alarm->known = false;
    alarm_changed(cache);
    return 0;
}

/* ---- flushing ---- */

size_t
cache_alarm_take(struct wk_cache *cache, uint64_t number, wk_cache_write_fn *fn, void *arg)
{
    struct alarm *alarm = &cache->alarm;
    size_t count = 0;

    if (alarm->set) {
        fn(arg, &(struct wk_write){.kind = WK_WRITE_ALARM, .number = alarm->set_time});
        count++;
        alarm->set = false;
        alarm->sync = SYNC_FLYING;
        alarm->message = number;
    }
    if (alarm->deferred == DEFERRED_READY) {
        fn(arg,
           &(struct wk_write){.kind = WK_WRITE_ALARM_DONE, .number = alarm->deferred_time});
        count++;
        alarm->deferred = DEFERRED_FLYING;
        alarm->deferred_message = number;
    }
    return count;
}

/* The deleteAll that deletes the alarm was handed out. */
void
cache_alarm_all_taken(struct wk_cache *cache, uint64_t number)
{
    if (!cache->alarm.by_all)
        return;
    cache->alarm.by_all = false;
    cache->alarm.sync = SYNC_FLYING;
    cache->alarm.message = number;
}

void
cache_alarm_durable(struct wk_cache *cache)
{
    struct alarm *alarm = &cache->alarm;

    if (alarm->sync == SYNC_FLYING && alarm->message <= cache->durable) {
        alarm->sync = SYNC_CLEAN;
        if (alarm->no_cache && alarm->deferred == DEFERRED_NONE)
            alarm->known = false;
        alarm_changed(cache);
    }
    if (alarm->deferred == DEFERRED_FLYING && alarm->deferred_message <= cache->durable)
        alarm_deferred_end(cache);
}
