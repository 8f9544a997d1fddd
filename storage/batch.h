/* storage/batch.h - changes of the engine that become durable together, as one run of bytes.
 *
 * The bytes are the records of a RocksDB write batch, a format that is also its log's and
 * therefore does not change. So the batches of many actors become one by being put one behind
 * the other: nothing is read again between the turn that wrote and the disk.
 *
 * Thread: its owner's. Lifetime: zero-initialised is empty; wk_batch_fini frees. */
#ifndef WK_STORAGE_BATCH_H
#define WK_STORAGE_BATCH_H
#include "kernel/base/buf.h"
#include "storage/storage.h"

/* Where a key lives. The numbers are in what is on disk. */
enum wk_space {
    WK_SPACE_ENTRIES = 0, /* keys of storage/key.h */
    WK_SPACE_ALARMS = 1,  /* the index of alarms by time */
    WK_SPACE_META =
        2, /* texts: the daemon's own. Those that begin with a NUL are the engine's */
};
#define WK_SPACES 3

struct wk_batch {
    struct wk_buf records;
    uint32_t count; /* of records */
};

void wk_batch_put(struct wk_batch *batch, enum wk_space space, struct wk_span key,
                  struct wk_span value);
void wk_batch_delete(struct wk_batch *batch, enum wk_space space, struct wk_span key);
/* Every key from start to before end. Nothing if end is not behind start. */
void wk_batch_delete_range(struct wk_batch *batch, enum wk_space space, struct wk_span start,
                           struct wk_span end);
/* Adds what more holds, after what batch holds; more keeps it. */
void wk_batch_append(struct wk_batch *batch, const struct wk_batch *more);
/* Empty again, keeping up to keep_bytes_max of memory. */
void wk_batch_reset(struct wk_batch *batch, size_t keep_bytes_max);
void wk_batch_fini(struct wk_batch *batch);

enum wk_record_kind { WK_RECORD_PUT, WK_RECORD_DELETE, WK_RECORD_DELETE_RANGE };
struct wk_record {
    enum wk_record_kind kind;
    enum wk_space space;
    struct wk_span key, value; /* of a range: start, end */
};
/* Takes the next record off the front of rest (at first, the batch's bytes), borrowing from it.
 * Errors: WK_ENOTFOUND, there is none; WK_EPROTO, these are not records. */
wk_err wk_batch_next(struct wk_span *rest, struct wk_record *out);
#endif
