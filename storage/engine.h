/* storage/engine.h - the ordered map on disk below every actor, and its promises.
 *
 * What was written with a successful wk_engine_write survives the death of the process and of
 * the machine; what was not is there whole or not at all. Something that was durable and is
 * missing or altered is detected when the directory is opened, and refused with a text that
 * says what to do; it is never passed over in silence. After one failed write nothing succeeds
 * on this opening any more (what the disk holds is unknown then, and a second sync would claim
 * success): the process ends, and opens again.
 *
 * Two implementations, one behaviour: RocksDB on a directory, and memory for tests
 * (storage/backend_mem.h).
 *
 * Thread: any, at once; writes are taken one after the other. What wk_engine_* hands out (a
 * scan) is used by one thread at a time. Lifetime: every scan is closed before wk_engine_close.
 */
#ifndef WK_STORAGE_ENGINE_H
#define WK_STORAGE_ENGINE_H
#include "kernel/base/buf.h"
#include "storage/batch.h"

struct wk_engine;
struct wk_scan;

/* Zero means: the default. */
struct wk_engine_options {
    size_t cache_bytes;       /* of blocks read from disk; 32 MiB */
    size_t memtable_bytes;    /* of writes not yet in a table, there are up to two; 16 MiB */
    size_t log_bytes;         /* of each of the two files of the journal; 16 MiB */
    uint64_t reserve_bytes;   /* held back from the disk for when it is full; 64 MiB. 1: none */
    uint64_t low_water_bytes; /* with less space than that no write is begun; 32 MiB. 1: none */
};

/* Opens the directory, made if it is not there, and raises its boot number. text gets one line
 * per thing that the operator should know, also after success (a torn end of the log was
 * dropped); on failure the last says what is wrong and what to do. Errors: WK_EEXISTS, another
 * process has it open; WK_EUNSUPPORTED, a newer version wrote it; WK_EIO, it is damaged or the
 * disk fails; WK_EOVERLOADED, the disk is full. */
wk_err wk_engine_open(const char *dir, const struct wk_engine_options *options,
                      struct wk_buf *text, struct wk_engine **out);
/* Ends an orderly process quicker than a recovery: what only the log had is put into tables.
 * NULL is fine. */
void wk_engine_close(struct wk_engine *engine);

/* How often this directory was opened, this time included: 1 or more. */
uint32_t wk_engine_boot_id(const struct wk_engine *engine);

/* All of batch, durable when it returns WK_OK. Without sync it is durable with the next that
 * has it, and a loss of power before that may leave it there in part: for what may be lost,
 * such as deleting garbage. Errors: WK_EOVERLOADED, the disk is nearly full, nothing was
 * written, the engine lives; WK_EIO, dead: unknown whether it was written, and nothing succeeds
 * any more. */
wk_err wk_engine_write(struct wk_engine *engine, const struct wk_batch *batch, bool sync);
/* A write failed, so this opening is over. Reads still answer as of the last durable state. */
bool wk_engine_dead(const struct wk_engine *engine);

/* How to read. */
enum {
    WK_READ_ANY = 0,
    WK_READ_CACHED = 1, /* only what needs no disk; WK_EAGAIN if it does: ask again on a thread
                           that may wait */
};

/* Adds the value of key to value. WK_ENOTFOUND, WK_EAGAIN, WK_EIO (damaged or unreadable). */
wk_err wk_engine_get(struct wk_engine *engine, int flags, enum wk_space space,
                     struct wk_span key, struct wk_buf *value);
/* The same for up to WK_GET_KEYS_MAX keys, as of one moment: errs[i] and values[i] for keys[i].
 */
#define WK_GET_KEYS_MAX 128
void wk_engine_get_many(struct wk_engine *engine, int flags, enum wk_space space,
                        const struct wk_span *keys, size_t count, struct wk_buf *values,
                        wk_err *errs);

/* The entries from start to before end (empty: no bound), as of now, however long it takes. It
 * stands on the first (reverse: the last) of them. An open scan keeps what was deleted since on
 * disk: close it soon. Borrows nothing after it returned. */
struct wk_scan *wk_scan_open(struct wk_engine *engine, int flags, enum wk_space space,
                             struct wk_span start, struct wk_span end, bool reverse);
/* It stands on an entry. False at the end, and after an error. */
bool wk_scan_valid(const struct wk_scan *scan);
void wk_scan_next(struct wk_scan *scan);
/* Borrowed until wk_scan_next. */
struct wk_span wk_scan_key(const struct wk_scan *scan);
struct wk_span wk_scan_value(const struct wk_scan *scan);
/* WK_OK: what was seen is all there is. WK_EAGAIN (with WK_READ_CACHED), WK_EIO. */
wk_err wk_scan_err(const struct wk_scan *scan);
void wk_scan_close(struct wk_scan *scan);

/* About how much disk the entries from start to before end take. */
uint64_t wk_engine_size(struct wk_engine *engine, enum wk_space space, struct wk_span start,
                        struct wk_span end);

/* Counters since it was opened. */
struct wk_engine_stats {
    uint64_t writes, records, bytes; /* batches given to wk_engine_write, what was in them */
    uint64_t syncs;                  /* calls of fdatasync on the log that a write waited for */
    uint64_t refused;                /* writes, because the disk is nearly full */
    uint64_t log_switches;           /* files of the log that were filled */
    uint64_t replayed;               /* batches that opening took from the log */
    uint64_t free_bytes;             /* of the disk, when last looked at */
    uint64_t memory_bytes;           /* memtables, cached blocks and what tables need */
    bool full, dead;
};
void wk_engine_stats(struct wk_engine *engine, struct wk_engine_stats *out);
/* The same and more as lines of text, for a person. */
void wk_engine_stats_text(struct wk_engine *engine, struct wk_buf *out);

/* A copy of the state as of now in dir, which must not exist yet; the engine goes on meanwhile.
 * dir can be opened as it is: restoring is copying it. WK_EEXISTS, WK_EIO, with a line in text.
 */
wk_err wk_engine_checkpoint(struct wk_engine *engine, const char *dir, struct wk_buf *text);

/* Reads everything that is in dir and compares every checksum; nobody may have it open. A line
 * of what was read, or of what is wrong, in text. Errors as of wk_engine_open. */
wk_err wk_engine_verify(const char *dir, struct wk_buf *text);
/* Makes a damaged directory openable again, with what can be read; one that is whole it leaves
 * alone. What is not used any more is kept beside it, named *.damaged. text tells what was done
 * and what is lost. Errors as of wk_engine_open. */
wk_err wk_engine_repair(const char *dir, struct wk_buf *text);
#endif
