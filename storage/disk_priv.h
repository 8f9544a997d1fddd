/* storage/disk_priv.h - the engine on a directory, for the files that make it up.
 *
 *     DIR/format      the version of all this; written last when it is made
 *     DIR/lock        held by the process that has it open
 *     DIR/journal.*   groups of writes, storage/journal.h
 *     DIR/watermark   the last group that was acknowledged
 *     DIR/tables/     RocksDB
 *     DIR/reserve     space for when the disk is full
 *
 * A write goes to the journal, is synced there, and then to RocksDB's memory. Groups are
 * numbered from 1 on, without a gap. "flushed" is a number, kept in the tables: all groups up
 * to it are in tables on disk. Opening replays the groups behind it. A journal file is used
 * again when all its groups are flushed.
 *
 * Thread: write_lock is held by whoever writes; flush_lock by whoever flushes, taken after
 * write_lock. */
#ifndef WK_STORAGE_DISK_PRIV_H
#define WK_STORAGE_DISK_PRIV_H
#include <pthread.h>
#include <stdatomic.h>

#include "storage/backend_rocksdb.h"
#include "storage/engine_priv.h"
#include "storage/journal.h"
#include "storage/room.h"
#include "storage/watermark.h"

#define WK_DISK_FORMAT 1u

struct wk_disk {
    struct wk_engine base;
    char *dir;
    int lock_fd;
    struct wk_tables *tables;
    struct wk_journal *journal;
    struct wk_watermark *watermark;
    struct wk_room *room;

    pthread_mutex_t write_lock; /* of number, durable, frame and the journal */
    uint64_t number;            /* of the last group */
    uint64_t durable;           /* of the last that a sync covered */
    uint64_t first_of_current;  /* the first group in the journal's current file */
    struct wk_buf frame;

    pthread_mutex_t stats_lock; /* apart from write_lock, which is held while the disk syncs */
    struct wk_engine_stats stats;

    pthread_mutex_t flush_lock;
    atomic_uint_least64_t applied; /* the last group that is in the tables' memory */

    pthread_t keeper; /* flushes, and looks after things once a second */
    bool keeper_runs;
    pthread_mutex_t keeper_lock; /* of what follows */
    pthread_cond_t keeper_wake, keeper_done;
    bool flush_wanted, ending;
    uint64_t flushed;

    atomic_bool dead;
};

/* What opening found. */
struct wk_recovery {
    uint64_t flushed;      /* in tables */
    uint64_t last;         /* the last group of an unbroken run */
    uint64_t acknowledged; /* the last that is known to have been */
    size_t dropped;        /* groups behind last that never were */
};

/* ---- disk.c ---- */
/* Nothing is open yet; wk_engine_close frees it at any stage. */
struct wk_disk *wk_disk_new(const char *dir);
/* Everything is open: starts the keeper. */
wk_err wk_disk_start(struct wk_disk *disk);
/* Makes all that is applied durable in tables. */
wk_err wk_disk_flush(struct wk_disk *disk);

/* ---- disk_open.c: what verify and repair need of it, too ---- */
void wk_disk_defaults(const struct wk_engine_options *from, struct wk_engine_options *to);
/* Takes the lock of dir, which is made if make. */
wk_err wk_disk_lock(const char *dir, bool make, struct wk_buf *text, int *fd);
/* WK_ENOTFOUND: there is no format file. */
wk_err wk_disk_check_format(const char *dir, struct wk_buf *text);
wk_err wk_disk_write_format(const char *dir);

/* ---- disk_recover.c ---- */
wk_err wk_disk_read_flushed(struct wk_tables *tables, uint64_t *out);
/* Compares journal, watermark (NULL: none) and tables. WK_EIO: something that was acknowledged
 * is missing; says what, where, and what to do. */
wk_err wk_disk_judge(const char *dir, const struct wk_journal *journal,
                     const struct wk_watermark *watermark, uint64_t flushed,
                     struct wk_buf *text, struct wk_recovery *out);
/* Writes the journal's groups behind `after` up to `last` to the tables. */
wk_err wk_disk_replay(struct wk_tables *tables, const struct wk_journal *journal,
                      uint64_t after, uint64_t last, uint64_t *count);
/* All groups up to number were given to the tables: makes them durable there, and notes it. */
wk_err wk_disk_flush_tables(struct wk_tables *tables, uint64_t number);

/* ---- disk_verify.c ---- */
/* Every entry of the tables, so that every checksum was compared. */
wk_err wk_disk_read_all(struct wk_tables *tables, uint64_t *entries, uint64_t *bytes);

/* ---- disk_copy.c ---- */
wk_err wk_disk_checkpoint(struct wk_engine *engine, const char *dir, struct wk_buf *text);
#endif
