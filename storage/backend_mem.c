#include "storage/backend_mem.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "storage/engine_priv.h"

struct entry {
    char *key, *value;
    size_t key_len, value_len;
};

/* Sorted by key. */
struct map {
    struct entry *entries;
    size_t count, cap;
};

struct wk_mem_disk {
    pthread_mutex_t lock; /* of all that follows */
    pthread_cond_t changed;
    struct map durable[WK_SPACES]; /* as of the last sync */
    struct wk_buf *unsynced;       /* the records of each batch since then */
    size_t unsynced_count;
    uint64_t syncs; /* that began */
    unsigned fail_in;
    bool hold, full, open;
};

struct mem_engine {
    struct wk_engine base;
    struct wk_mem_disk *disk;
    struct map current[WK_SPACES];
    struct wk_engine_stats stats;
};

struct mem_scan {
    struct wk_scan base;
    struct map copy;
    size_t at;
    bool reverse;
};

static struct wk_span
key_of(const struct entry *entry)
{
    return (struct wk_span){(const uint8_t *)entry->key, entry->key_len};
}

/* The first entry that is not before key. */
static size_t
map_seek(const struct map *map, struct wk_span key)
{
    size_t low = 0, high = map->count;

    while (low < high) {
        size_t mid = (low + high) / 2;

        if (wk_span_compare(key_of(&map->entries[mid]), key) < 0)
            low = mid + 1;
        else
            high = mid;
    }
    return low;
}

static bool
map_has(const struct map *map, size_t at, struct wk_span key)
{
    return at < map->count && wk_span_compare(key_of(&map->entries[at]), key) == 0;
}

static void
map_remove(struct map *map, size_t from, size_t to)
{
    for (size_t i = from; i < to; i++) {
        free(map->entries[i].key);
        free(map->entries[i].value);
    }
    if (to > from)
        memmove(&map->entries[from], &map->entries[to],
                (map->count - to) * sizeof(struct entry));
    map->count -= to - from;
}

static void
map_insert(struct map *map, size_t at, struct wk_span key, struct wk_span value)
{
    if (map->count == map->cap) {
        map->cap = map->cap * 2 + 16;
        map->entries = wk_xrealloc(map->entries, map->cap * sizeof(struct entry));
    }
    memmove(&map->entries[at + 1], &map->entries[at], (map->count - at) * sizeof(struct entry));
    map->entries[at] = (struct entry){wk_xmemdup(key.data, key.len),
                                      wk_xmemdup(value.data, value.len), key.len, value.len};
    map->count++;
}

static void
map_clear(struct map *map)
{
    map_remove(map, 0, map->count);
    free(map->entries);
    *map = (struct map){0};
}

static void
maps_apply(struct map *maps, struct wk_span records)
{
    struct wk_record record;
    wk_err err;

    while ((err = wk_batch_next(&records, &record)) == WK_OK) {
        struct map *map = &maps[record.space];
        size_t at = map_seek(map, record.key);
        size_t to = record.kind == WK_RECORD_DELETE_RANGE ? map_seek(map, record.value)
                                                          : at + map_has(map, at, record.key);

        map_remove(map, at, to);
        if (record.kind == WK_RECORD_PUT)
            map_insert(map, at, record.key, record.value);
    }
    WK_CHECK(err == WK_ENOTFOUND);
}

/* The first count of what was not synced is on the disk now; the rest is forgotten. */
static void
disk_settle(struct wk_mem_disk *disk, size_t count)
{
    for (size_t i = 0; i < disk->unsynced_count; i++) {
        if (i < count)
            maps_apply(disk->durable, wk_span_of(&disk->unsynced[i]));
        wk_buf_fini(&disk->unsynced[i]);
    }
    free(disk->unsynced);
    disk->unsynced = NULL;
    disk->unsynced_count = 0;
}

static wk_err
disk_sync(struct wk_mem_disk *disk)
{
    disk->syncs++;
    pthread_cond_broadcast(&disk->changed);
    while (disk->hold)
        pthread_cond_wait(&disk->changed, &disk->lock);
    if (disk->fail_in > 0 && --disk->fail_in == 0)
        return WK_EIO;
    disk_settle(disk, disk->unsynced_count);
    return WK_OK;
}

static wk_err
mem_write(struct wk_engine *base, const struct wk_batch *batch, bool sync)
{
    struct mem_engine *engine = WK_CONTAINER(base, struct mem_engine, base);
    struct wk_mem_disk *disk = engine->disk;
    wk_err err = WK_OK;

    pthread_mutex_lock(&disk->lock);
    if (engine->stats.dead)
        err = WK_EIO;
    else if (disk->full)
        err = WK_EOVERLOADED;
    if (err == WK_OK) {
        size_t bytes = (disk->unsynced_count + 1) * sizeof(*disk->unsynced);
        struct wk_buf *records;

        disk->unsynced = wk_xrealloc(disk->unsynced, bytes);
        records = &disk->unsynced[disk->unsynced_count++];
        *records = (struct wk_buf){0};
        wk_buf_add(records, batch->records.data, batch->records.len);
        if (sync) {
            engine->stats.syncs++;
            err = disk_sync(disk);
        }
        if (err == WK_OK)
            maps_apply(engine->current, wk_span_of(&batch->records));
        else
            engine->stats.dead = true;
    }
    engine->stats.refused += err == WK_EOVERLOADED;
    engine->stats.writes += err == WK_OK;
    engine->stats.records += err == WK_OK ? batch->count : 0;
    engine->stats.bytes += err == WK_OK ? batch->records.len : 0;
    pthread_mutex_unlock(&disk->lock);
    return err;
}

static bool
mem_dead(const struct wk_engine *base)
{
    const struct mem_engine *engine = WK_CONTAINER(base, struct mem_engine, base);
    bool dead;

    pthread_mutex_lock(&engine->disk->lock);
    dead = engine->stats.dead;
    pthread_mutex_unlock(&engine->disk->lock);
    return dead;
}

static void
mem_get_many(struct wk_engine *base, int flags, enum wk_space space, const struct wk_span *keys,
             size_t count, struct wk_buf *values, wk_err *errs)
{
    struct mem_engine *engine = WK_CONTAINER(base, struct mem_engine, base);
    const struct map *map = &engine->current[space];

    pthread_mutex_lock(&engine->disk->lock);
    for (size_t i = 0; i < count; i++) {
        size_t at = map_seek(map, keys[i]);

        errs[i] = map_has(map, at, keys[i]) ? WK_OK : WK_ENOTFOUND;
        if (errs[i] == WK_OK)
            wk_buf_add(&values[i], map->entries[at].value, map->entries[at].value_len);
    }
    pthread_mutex_unlock(&engine->disk->lock);
}

static bool
mem_scan_valid(const struct wk_scan *base)
{
    const struct mem_scan *scan = WK_CONTAINER(base, struct mem_scan, base);

    return scan->at < scan->copy.count;
}

static void
mem_scan_next(struct wk_scan *base)
{
    WK_CONTAINER(base, struct mem_scan, base)->at++;
}

static const struct entry *
mem_scan_entry(const struct wk_scan *base)
{
    const struct mem_scan *scan = WK_CONTAINER(base, struct mem_scan, base);

    return &scan->copy.entries[scan->reverse ? scan->copy.count - 1 - scan->at : scan->at];
}

static struct wk_span
mem_scan_key(const struct wk_scan *base)
{
    return key_of(mem_scan_entry(base));
}

static struct wk_span
mem_scan_value(const struct wk_scan *base)
{
    const struct entry *entry = mem_scan_entry(base);

    return (struct wk_span){(const uint8_t *)entry->value, entry->value_len};
}

static wk_err
mem_scan_err(const struct wk_scan *base)
{
    return WK_OK;
}

static void
mem_scan_close(struct wk_scan *base)
{
    struct mem_scan *scan = WK_CONTAINER(base, struct mem_scan, base);

    map_clear(&scan->copy);
    free(scan);
}

static struct wk_scan *
mem_scan_open(struct wk_engine *base, int flags, enum wk_space space, struct wk_span start,
              struct wk_span end, bool reverse)
{
    static const struct wk_scan_ops ops = {mem_scan_close, mem_scan_valid, mem_scan_next,
                                           mem_scan_key,   mem_scan_value, mem_scan_err};
    struct mem_engine *engine = WK_CONTAINER(base, struct mem_engine, base);
    const struct map *map = &engine->current[space];
    struct mem_scan *scan = wk_xcalloc(1, sizeof(*scan));

    scan->base.ops = &ops;
    scan->reverse = reverse;
    pthread_mutex_lock(&engine->disk->lock);
    for (size_t i = map_seek(map, start), to = end.len > 0 ? map_seek(map, end) : map->count;
         i < to; i++) {
        const struct entry *e = &map->entries[i];

        map_insert(&scan->copy, scan->copy.count, key_of(e),
                   (struct wk_span){(const uint8_t *)e->value, e->value_len});
    }
    pthread_mutex_unlock(&engine->disk->lock);
    return &scan->base;
}

static uint64_t
mem_size(struct wk_engine *base, enum wk_space space, struct wk_span start, struct wk_span end)
{
    struct wk_scan *scan = mem_scan_open(base, 0, space, start, end, false);
    uint64_t bytes = 0;

    for (; mem_scan_valid(scan); mem_scan_next(scan))
        bytes += mem_scan_key(scan).len + mem_scan_value(scan).len;
    mem_scan_close(scan);
    return bytes;
}

static void
mem_stats(struct wk_engine *base, struct wk_engine_stats *out)
{
    struct mem_engine *engine = WK_CONTAINER(base, struct mem_engine, base);

    pthread_mutex_lock(&engine->disk->lock);
    *out = engine->stats;
    out->full = engine->disk->full;
    pthread_mutex_unlock(&engine->disk->lock);
}

static void
mem_stats_text(struct wk_engine *base, struct wk_buf *out)
{
    wk_buf_add_str(out, "backend memory\n");
}

static wk_err
mem_checkpoint(struct wk_engine *base, const char *dir, struct wk_buf *text)
{
    wk_buf_add_str(text, "an engine in memory has no copies on disk\n");
    return WK_EUNSUPPORTED;
}

static void
mem_close(struct wk_engine *base)
{
    struct mem_engine *engine = WK_CONTAINER(base, struct mem_engine, base);

    for (size_t i = 0; i < WK_SPACES; i++)
        map_clear(&engine->current[i]);
    pthread_mutex_lock(&engine->disk->lock);
    engine->disk->open = false;
    pthread_mutex_unlock(&engine->disk->lock);
    free(engine);
}

struct wk_mem_disk *
wk_mem_disk_new(void)
{
    struct wk_mem_disk *disk = wk_xcalloc(1, sizeof(*disk));

    pthread_mutex_init(&disk->lock, NULL);
    pthread_cond_init(&disk->changed, NULL);
    return disk;
}

void
wk_mem_disk_free(struct wk_mem_disk *disk)
{
    if (disk == NULL)
        return;
    WK_CHECK(!disk->open);
    disk_settle(disk, 0);
    for (size_t i = 0; i < WK_SPACES; i++)
        map_clear(&disk->durable[i]);
    pthread_cond_destroy(&disk->changed);
    pthread_mutex_destroy(&disk->lock);
    free(disk);
}

wk_err
wk_mem_disk_open(struct wk_mem_disk *disk, struct wk_engine **out)
{
    static const struct wk_engine_ops ops = {
        mem_close, mem_write, mem_dead,       mem_get_many,   mem_scan_open,
        mem_size,  mem_stats, mem_stats_text, mem_checkpoint,
    };
    struct mem_engine *engine;
    bool was_open;
    wk_err err;

    *out = NULL;
    pthread_mutex_lock(&disk->lock);
    was_open = disk->open;
    disk->open = true;
    pthread_mutex_unlock(&disk->lock);
    if (was_open)
        return WK_EEXISTS;
    engine = wk_xcalloc(1, sizeof(*engine));
    engine->base.ops = &ops;
    engine->disk = disk;
    disk_settle(disk, disk->unsynced_count);
    for (size_t i = 0; i < WK_SPACES; i++)
        for (size_t k = 0; k < disk->durable[i].count; k++) {
            const struct entry *e = &disk->durable[i].entries[k];

            map_insert(&engine->current[i], k, key_of(e),
                       (struct wk_span){(const uint8_t *)e->value, e->value_len});
        }
    if ((err = wk_engine_boot(&engine->base)) != WK_OK) {
        mem_close(&engine->base);
        return err;
    }
    *out = &engine->base;
    return WK_OK;
}

void
wk_mem_disk_fail_sync(struct wk_mem_disk *disk, unsigned nth)
{
    pthread_mutex_lock(&disk->lock);
    disk->fail_in = nth;
    pthread_mutex_unlock(&disk->lock);
}

void
wk_mem_disk_hold(struct wk_mem_disk *disk, bool hold)
{
    pthread_mutex_lock(&disk->lock);
    disk->hold = hold;
    pthread_cond_broadcast(&disk->changed);
    pthread_mutex_unlock(&disk->lock);
}

void
wk_mem_disk_await_syncs(struct wk_mem_disk *disk, uint64_t syncs)
{
    pthread_mutex_lock(&disk->lock);
    while (disk->syncs < syncs)
        pthread_cond_wait(&disk->changed, &disk->lock);
    pthread_mutex_unlock(&disk->lock);
}

void
wk_mem_disk_set_full(struct wk_mem_disk *disk, bool full)
{
    pthread_mutex_lock(&disk->lock);
    disk->full = full;
    pthread_mutex_unlock(&disk->lock);
}

void
wk_mem_disk_crash(struct wk_mem_disk *disk, size_t keep_unsynced)
{
    pthread_mutex_lock(&disk->lock);
    WK_CHECK(!disk->open);
    disk_settle(disk, keep_unsynced);
    pthread_mutex_unlock(&disk->lock);
}
