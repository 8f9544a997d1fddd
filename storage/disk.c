/* The engine on a directory while it is open: writes, reads, flushes. */
#include "storage/engine.h"

#include <errno.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "kernel/base/log.h"
#include "storage/disk_priv.h"

#define FRAME_KEEP_BYTES (4u << 20)

static struct wk_disk *
disk_of(const struct wk_engine *engine)
{
    return WK_CONTAINER(engine, struct wk_disk, base);
}

static void
disk_die(struct wk_disk *disk, const char *why)
{
    if (!atomic_exchange(&disk->dead, true))
        wk_log(WK_ERROR, "engine.dead", "why=%s", why);
    pthread_mutex_lock(&disk->keeper_lock);
    pthread_cond_broadcast(&disk->keeper_done);
    pthread_mutex_unlock(&disk->keeper_lock);
}

wk_err
wk_disk_flush(struct wk_disk *disk)
{
    uint64_t number;
    wk_err err;

    pthread_mutex_lock(&disk->flush_lock);
    number = atomic_load(&disk->applied);
    err = atomic_load(&disk->dead) ? WK_EIO : wk_disk_flush_tables(disk->tables, number);
    pthread_mutex_unlock(&disk->flush_lock);
    if (err != WK_OK) {
        disk_die(disk, "flush");
        return err;
    }
    pthread_mutex_lock(&disk->keeper_lock);
    if (number > disk->flushed) /* another flush may have been later, and told so first */
        disk->flushed = number;
    pthread_cond_broadcast(&disk->keeper_done);
    pthread_mutex_unlock(&disk->keeper_lock);
    return WK_OK;
}

static void
keeper_round(struct wk_disk *disk)
{
    if (wk_watermark_sync(disk->watermark) != WK_OK)
        disk_die(disk, "watermark");
    if (wk_tables_background_errors(disk->tables) > 0)
        disk_die(disk, "compaction");
    wk_room_upkeep(disk->room);
}

static void *
keeper_run(void *arg)
{
    struct wk_disk *disk = arg;
    struct timespec next;

    clock_gettime(CLOCK_MONOTONIC, &next);
    pthread_mutex_lock(&disk->keeper_lock);
    while (!disk->ending) {
        bool flush = disk->flush_wanted;

        if (!flush &&
            pthread_cond_timedwait(&disk->keeper_wake, &disk->keeper_lock, &next) == 0)
            continue;
        disk->flush_wanted = false;
        pthread_mutex_unlock(&disk->keeper_lock);
        if (flush) {
            (void)wk_disk_flush(disk);
        } else {
            keeper_round(disk);
            clock_gettime(CLOCK_MONOTONIC, &next);
            next.tv_sec++;
        }
        pthread_mutex_lock(&disk->keeper_lock);
    }
    pthread_mutex_unlock(&disk->keeper_lock);
    return NULL;
}

wk_err
wk_disk_start(struct wk_disk *disk)
{
    if (pthread_create(&disk->keeper, NULL, keeper_run, disk) != 0)
        return WK_EUNAVAILABLE;
    disk->keeper_runs = true;
    return WK_OK;
}

static void
keeper_stop(struct wk_disk *disk)
{
    if (!disk->keeper_runs)
        return;
    pthread_mutex_lock(&disk->keeper_lock);
    disk->ending = true;
    pthread_cond_broadcast(&disk->keeper_wake);
    pthread_mutex_unlock(&disk->keeper_lock);
    pthread_join(disk->keeper, NULL);
}

static void
count(struct wk_disk *disk, uint64_t *counter, uint64_t more)
{
    pthread_mutex_lock(&disk->stats_lock);
    *counter += more;
    pthread_mutex_unlock(&disk->stats_lock);
}

/* The current file of the journal is full: goes to the other as soon as all its groups are
 * flushed. */
static wk_err
switch_journal(struct wk_disk *disk, size_t bytes)
{
    pthread_mutex_lock(&disk->keeper_lock);
    while (disk->flushed + 1 < disk->first_of_current && !atomic_load(&disk->dead))
        pthread_cond_wait(&disk->keeper_done, &disk->keeper_lock);
    pthread_mutex_unlock(&disk->keeper_lock);
    if (atomic_load(&disk->dead))
        return WK_EIO;
    disk->first_of_current = disk->number + 1;
    count(disk, &disk->stats.log_switches, 1);
    return wk_journal_begin(disk->journal, disk->number + 1, bytes);
}

static void
want_flush(struct wk_disk *disk)
{
    pthread_mutex_lock(&disk->keeper_lock);
    disk->flush_wanted = true;
    pthread_cond_signal(&disk->keeper_wake);
    pthread_mutex_unlock(&disk->keeper_lock);
}

static void
make_frame(struct wk_buf *frame, const struct wk_batch *batch)
{
    uint8_t head[WK_JOURNAL_FRAME_BYTES + WK_TABLES_HEAD_BYTES] = {0};

    wk_tables_put_head(head + WK_JOURNAL_FRAME_BYTES, batch->count);
    frame->len = 0;
    wk_buf_add(frame, head, sizeof(head));
    wk_buf_add(frame, batch->records.data, batch->records.len);
}

/* The frame to the journal, then to the tables. Anything that fails is unknown to have
 * happened. */
static wk_err
write_frame(struct wk_disk *disk, bool sync)
{
    struct wk_span payload = {(const uint8_t *)disk->frame.data + WK_JOURNAL_FRAME_BYTES,
                              disk->frame.len - WK_JOURNAL_FRAME_BYTES};
    wk_err err;

    if (!wk_journal_fits(disk->journal, payload.len)) {
        if ((err = switch_journal(disk, payload.len)) != WK_OK)
            return err;
        want_flush(disk);
    }
    disk->number++;
    if ((err = wk_journal_append(disk->journal, &disk->frame, disk->number, disk->durable,
                                 sync)) != WK_OK)
        return err;
    if (sync) {
        count(disk, &disk->stats.syncs, 1);
        disk->durable = disk->number;
        if ((err = wk_watermark_set(disk->watermark, disk->number)) != WK_OK)
            return err;
    }
    if ((err = wk_tables_write(disk->tables, payload)) != WK_OK)
        return err;
    atomic_store(&disk->applied, disk->number);
    return WK_OK;
}

static wk_err
disk_write(struct wk_engine *engine, const struct wk_batch *batch, bool sync)
{
    struct wk_disk *disk = disk_of(engine);
    wk_err err = WK_OK;

    if (batch->records.len > WK_JOURNAL_GROUP_BYTES_MAX - WK_TABLES_HEAD_BYTES)
        return WK_ELIMIT;
    pthread_mutex_lock(&disk->write_lock);
    if (atomic_load(&disk->dead))
        err = WK_EIO;
    else if ((err = wk_room_check(disk->room, batch->records.len)) != WK_OK)
        count(disk, &disk->stats.refused, 1);
    if (err == WK_OK) {
        make_frame(&disk->frame, batch);
        if (write_frame(disk, sync) != WK_OK) {
            disk_die(disk, "write");
            err = WK_EIO;
        }
        if (disk->frame.cap > FRAME_KEEP_BYTES)
            wk_buf_fini(&disk->frame);
    }
    if (err == WK_OK) {
        count(disk, &disk->stats.writes, 1);
        count(disk, &disk->stats.records, batch->count);
        count(disk, &disk->stats.bytes, batch->records.len);
    }
    pthread_mutex_unlock(&disk->write_lock);
    return err;
}

static bool
disk_dead(const struct wk_engine *engine)
{
    return atomic_load(&disk_of(engine)->dead);
}

static void
disk_get_many(struct wk_engine *engine, int flags, enum wk_space space,
              const struct wk_span *keys, size_t count, struct wk_buf *values, wk_err *errs)
{
    wk_tables_get_many(disk_of(engine)->tables, flags, space, keys, count, values, errs);
}

static struct wk_scan *
disk_scan(struct wk_engine *engine, int flags, enum wk_space space, struct wk_span start,
          struct wk_span end, bool reverse)
{
    return wk_tables_scan(disk_of(engine)->tables, flags, space, start, end, reverse);
}

static uint64_t
disk_size(struct wk_engine *engine, enum wk_space space, struct wk_span start,
          struct wk_span end)
{
    return wk_tables_size(disk_of(engine)->tables, space, start, end);
}

static void
disk_stats(struct wk_engine *engine, struct wk_engine_stats *out)
{
    struct wk_disk *disk = disk_of(engine);

    pthread_mutex_lock(&disk->stats_lock);
    *out = disk->stats;
    pthread_mutex_unlock(&disk->stats_lock);
    out->full = wk_room_full(disk->room);
    out->free_bytes = wk_room_free_bytes(disk->room);
    out->dead = atomic_load(&disk->dead);
    out->memory_bytes = wk_tables_memory(disk->tables);
}

static void
disk_stats_text(struct wk_engine *engine, struct wk_buf *out)
{
    wk_tables_text(disk_of(engine)->tables, out);
}

static void
disk_close(struct wk_engine *engine)
{
    struct wk_disk *disk = disk_of(engine);

    keeper_stop(disk);
    if (disk->keeper_runs && !atomic_load(&disk->dead) &&
        atomic_load(&disk->applied) > disk->flushed)
        (void)wk_disk_flush(disk);
    if (disk->watermark != NULL)
        (void)wk_watermark_sync(disk->watermark);
    wk_tables_close(disk->tables);
    wk_journal_close(disk->journal);
    wk_watermark_close(disk->watermark);
    wk_room_close(disk->room);
    pthread_mutex_destroy(&disk->write_lock);
    pthread_mutex_destroy(&disk->stats_lock);
    pthread_mutex_destroy(&disk->flush_lock);
    pthread_mutex_destroy(&disk->keeper_lock);
    pthread_cond_destroy(&disk->keeper_wake);
    pthread_cond_destroy(&disk->keeper_done);
    wk_buf_fini(&disk->frame);
    free(disk->dir);
    if (disk->lock_fd >= 0)
        close(disk->lock_fd); /* last: until here nobody else may open it */
    free(disk);
}

struct wk_disk *
wk_disk_new(const char *dir)
{
    static const struct wk_engine_ops ops = {
        disk_close, disk_write, disk_dead,       disk_get_many,      disk_scan,
        disk_size,  disk_stats, disk_stats_text, wk_disk_checkpoint,
    };
    struct wk_disk *disk = wk_xcalloc(1, sizeof(*disk));
    pthread_condattr_t monotonic;

    disk->base.ops = &ops;
    disk->dir = wk_xstrdup(dir);
    disk->lock_fd = -1;
    pthread_mutex_init(&disk->write_lock, NULL);
    pthread_mutex_init(&disk->stats_lock, NULL);
    pthread_mutex_init(&disk->flush_lock, NULL);
    pthread_mutex_init(&disk->keeper_lock, NULL);
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(&disk->keeper_wake, &monotonic);
    pthread_cond_init(&disk->keeper_done, &monotonic);
    pthread_condattr_destroy(&monotonic);
    return disk;
}
