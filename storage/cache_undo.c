#include "storage/cache_priv.h"

#include <stdlib.h>

enum undo_kind { UNDO_KEY, UNDO_ALL, UNDO_ALARM };

/* What the map was before a deleteAll. Of its entries only the clean ones are still in a list
 * of others. */
struct parked {
    struct entry_map map;
    struct entry_queue dirty, flying;
    size_t entries, bytes, dirty_bytes;
    bool had_before, before_alarm;
};

struct undo {
    enum undo_kind kind;
    enum entry_sync sync;   /* of old, then */
    bool gap;               /* no old, but known to be absent */
    struct wk_entry *old;   /* NULL: its key was not in the map */
    struct wk_entry *entry; /* what was written; says the key */
    union {
        struct parked *parked;
        struct alarm *alarm;
    };
};

struct wk_cache_mark {
    struct wk_cache *cache; /* NULL: it broke */
    struct wk_cache_mark *below;
    uint32_t serial;
    uint32_t undo_count; /* cache->undo_count at the mark */
    bool confirmed;      /* cache->confirmed then */
};

static struct undo *
undo_add(struct wk_cache *cache, enum undo_kind kind)
{
    if (cache->undo_count == cache->undo_cap) {
        cache->undo_cap = cache->undo_cap > 0 ? cache->undo_cap * 2 : 8;
        cache->undos = wk_xrealloc(cache->undos, cache->undo_cap * sizeof(struct undo));
    }
    cache->undos[cache->undo_count] = (struct undo){.kind = kind};
    return &cache->undos[cache->undo_count++];
}

/* Once for each key and mark: only what was there at the mark is of interest. */
void
cache_undo_key(struct wk_cache *cache, struct wk_entry *entry, struct wk_entry *old)
{
    struct undo *undo;

    if (cache->mark == NULL)
        return;
    entry->mark = cache->mark->serial;
    if (old != NULL && old->mark == entry->mark)
        return;
    undo = undo_add(cache, UNDO_KEY);
    undo->entry = wk_entry_ref(entry);
    if (old != NULL) {
        undo->old = wk_entry_ref(old);
        undo->sync = (enum entry_sync)old->sync;
    } else {
        undo->gap = cache_in_gap(cache, entry_key(entry));
    }
}

void
cache_undo_alarm(struct wk_cache *cache)
{
    if (cache->mark == NULL || cache->alarm.mark == cache->mark->serial)
        return;
    undo_add(cache, UNDO_ALARM)->alarm = wk_xmemdup(&cache->alarm, sizeof(cache->alarm));
    cache->alarm.mark = cache->mark->serial;
}

void
cache_undo_all(struct wk_cache *cache, bool had_before, bool before_alarm)
{
    struct parked *parked;

    if (cache->mark == NULL)
        return;
    parked = wk_xcalloc(1, sizeof(*parked));
    undo_add(cache, UNDO_ALL)->parked = parked;
    parked->map = cache->map;
    parked->entries = cache->entries;
    parked->bytes = cache->bytes;
    parked->dirty_bytes = cache->dirty_bytes;
    parked->had_before = had_before;
    parked->before_alarm = before_alarm;
    TAILQ_INIT(&parked->dirty);
    TAILQ_INIT(&parked->flying);
    TAILQ_CONCAT(&parked->dirty, &cache->dirty, link);
    TAILQ_CONCAT(&parked->flying, &cache->flying, link);
    RB_INIT(&cache->map);
    cache->entries = cache->bytes = cache->dirty_bytes = 0;
}

/* ---- forgetting what was noted ---- */

static void
parked_free(struct wk_cache *cache, struct parked *parked)
{
    struct wk_entry *entry;

    while ((entry = RB_ROOT(&parked->map)) != NULL) {
        cache_map_remove(&parked->map, entry);
        if (entry->sync == SYNC_CLEAN)
            cache_lru_remove(cache->lru, entry);
        entry->sync = SYNC_LOOSE;
        entry->cache = NULL;
        entry->gap = false;
        wk_entry_unref(entry);
    }
    free(parked);
}

static void
undo_forget(struct wk_cache *cache, struct undo *undo)
{
    switch (undo->kind) {
    case UNDO_KEY:
        wk_entry_unref(undo->old);
        wk_entry_unref(undo->entry);
        break;
    case UNDO_ALL:
        parked_free(cache, undo->parked);
        break;
    case UNDO_ALARM:
        free(undo->alarm);
        break;
    }
}

/* ---- rolling back ---- */

/* It may have become durable since. */
static enum entry_sync
sync_now(const struct wk_cache *cache, enum entry_sync sync, uint64_t message)
{
    return sync == SYNC_FLYING && message <= cache->durable ? SYNC_CLEAN : sync;
}

static void
rollback_key(struct wk_cache *cache, struct undo *undo)
{
    struct wk_entry *now;

    if (undo->old != NULL) {
        enum entry_sync sync = sync_now(cache, undo->sync, undo->old->message);

        cache_place(cache, wk_entry_ref(undo->old), sync);
        if (undo->old->status == ENTRY_UNKNOWN)
            undo->old->gap = false;
        return;
    }
    /* If the key was in a gap, the gap is whole again; if not, the one before it never had one.
     */
    if ((now = cache_map_find(&cache->map, entry_key(undo->entry))) != NULL)
        cache_drop(cache, now, undo->gap);
}

static void
rollback_all(struct wk_cache *cache, struct parked *parked)
{
    struct before_all *before = cache->before;
    struct wk_entry *entry;

    cache_drop_all(cache);
    cache->map = parked->map;
    cache->entries = parked->entries;
    cache->bytes = parked->bytes;
    cache->dirty_bytes = parked->dirty_bytes;
    TAILQ_CONCAT(&cache->dirty, &parked->dirty, link);
    TAILQ_CONCAT(&cache->flying, &parked->flying, link);
    while ((entry = TAILQ_FIRST(&cache->flying)) != NULL && entry->message <= cache->durable)
        cache_sync_set(cache, entry, SYNC_CLEAN);
    RB_INIT(&parked->map);
    if (before == NULL)
        return;
    before->with_alarm = parked->before_alarm;
    if (parked->had_before)
        return;
    TAILQ_CONCAT(&cache->counted, &before->counted, link);
    cache->before = NULL;
    cache_before_free(before);
}

static void
rollback_alarm(struct wk_cache *cache, const struct alarm *alarm)
{
    uint64_t version = cache->alarm.version + 1;

    cache->alarm = *alarm;
    cache->alarm.version = version;
    cache_alarm_durable(cache);
}

static void
undo_run(struct wk_cache *cache, struct undo *undo)
{
    switch (undo->kind) {
    case UNDO_KEY:
        rollback_key(cache, undo);
        break;
    case UNDO_ALL:
        rollback_all(cache, undo->parked);
        break;
    case UNDO_ALARM:
        rollback_alarm(cache, undo->alarm);
        break;
    }
}

/* ---- marks ---- */

struct wk_cache_mark *
wk_cache_mark(struct wk_cache *cache)
{
    struct wk_cache_mark *mark;

    if (cache->err != WK_OK)
        return NULL;
    mark = wk_xcalloc(1, sizeof(*mark));
    mark->cache = cache;
    mark->below = cache->mark;
    mark->serial = ++cache->mark_serial;
    mark->undo_count = cache->undo_count;
    mark->confirmed = cache->confirmed;
    cache->mark = mark;
    return mark;
}

/* Absences that a cache which never flushes kept for the sake of the mark. */
static void
undo_tidy(struct wk_cache *cache, const struct undo *undo)
{
    struct wk_entry *now;

    if (undo->kind == UNDO_KEY && cache->config.never_flush &&
        (now = cache_map_find(&cache->map, entry_key(undo->entry))) != NULL)
        cache_tidy(cache, now);
}

static void
mark_end(struct wk_cache_mark *mark, bool rollback)
{
    struct wk_cache *cache = mark != NULL ? mark->cache : NULL;
    bool outermost;

    if (cache == NULL) {
        free(mark);
        return;
    }
    WK_CHECK(cache->mark == mark);
    outermost = mark->below == NULL;
    while (rollback && cache->undo_count > mark->undo_count) {
        undo_run(cache, &cache->undos[cache->undo_count - 1]);
        undo_forget(cache, &cache->undos[--cache->undo_count]);
    }
    if (rollback)
        cache->confirmed = mark->confirmed;
    cache->mark = mark->below;
    free(mark);
    if (outermost) {
        for (uint32_t i = 0; i < cache->undo_count; i++) {
            undo_tidy(cache, &cache->undos[i]);
            undo_forget(cache, &cache->undos[i]);
        }
        free(cache->undos);
        cache->undos = NULL;
        cache->undo_count = cache->undo_cap = 0;
        cache->told = false;
    }
    if (cache_limit(cache) != WK_OK)
        return;
    cache_pressure(cache);
    cache_tell_dirty(cache);
    if (rollback)
        cache_waiters_run(cache);
}

void
wk_cache_mark_release(struct wk_cache_mark *mark)
{
    mark_end(mark, false);
}

void
wk_cache_mark_rollback(struct wk_cache_mark *mark)
{
    mark_end(mark, true);
}

void
cache_undo_break(struct wk_cache *cache)
{
    struct wk_cache_mark *mark;

    while (cache->undo_count > 0)
        undo_forget(cache, &cache->undos[--cache->undo_count]);
    free(cache->undos);
    cache->undos = NULL;
    cache->undo_cap = 0;
    while ((mark = cache->mark) != NULL) {
        cache->mark = mark->below;
        mark->cache = NULL;
    }
}
