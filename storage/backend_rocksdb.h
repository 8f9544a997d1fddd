/* storage/backend_rocksdb.h - the tables: RocksDB below the engine, without a log of its own.
 *
 * What is written here survives a death only after wk_tables_flush; storage/journal.h holds it
 * until then. So RocksDB's log stays empty.
 *
 * Thread: any, at once. Lifetime: every scan is closed before wk_tables_close (RocksDB aborts
 * otherwise). */
#ifndef WK_STORAGE_BACKEND_ROCKSDB_H
#define WK_STORAGE_BACKEND_ROCKSDB_H
#include "storage/engine.h"

struct wk_tables;

/* A batch of RocksDB begins with its sequence number, which RocksDB sets, and its count. */
#define WK_TABLES_HEAD_BYTES 12u
void wk_tables_put_head(uint8_t head[WK_TABLES_HEAD_BYTES], uint32_t count);

enum wk_tables_mode {
    WK_TABLES_CREATE,
    WK_TABLES_EXIST,
    WK_TABLES_READ_ONLY,
    WK_TABLES_SALVAGED, /* spaces that were lost are made, and may have any number: for reading
                         */
};
/* WK_EIO, with RocksDB's words in text. */
wk_err wk_tables_open(const char *dir, enum wk_tables_mode mode,
                      const struct wk_engine_options *options, struct wk_buf *text,
                      struct wk_tables **out);
void wk_tables_close(struct wk_tables *tables);

/* head and records of a batch. Reads see it when it returns. */
wk_err wk_tables_write(struct wk_tables *tables, struct wk_span batch);
/* What was written to the space before the call is durable when it returns. */
wk_err wk_tables_flush(struct wk_tables *tables, enum wk_space space);
/* As wk_engine_get_many, wk_scan_open, wk_engine_size. */
void wk_tables_get_many(struct wk_tables *tables, int flags, enum wk_space space,
                        const struct wk_span *keys, size_t count, struct wk_buf *values,
                        wk_err *errs);
struct wk_scan *wk_tables_scan(struct wk_tables *tables, int flags, enum wk_space space,
                               struct wk_span start, struct wk_span end, bool reverse);
uint64_t wk_tables_size(struct wk_tables *tables, enum wk_space space, struct wk_span start,
                        struct wk_span end);
uint64_t wk_tables_memory(struct wk_tables *tables);
void wk_tables_text(struct wk_tables *tables, struct wk_buf *out);
/* Flushes and compactions that failed since it was opened. */
uint64_t wk_tables_background_errors(struct wk_tables *tables);
/* Hard links of all tables into dir, which is made. Nothing may be unflushed. */
wk_err wk_tables_checkpoint(struct wk_tables *tables, const char *dir, struct wk_buf *text);
/* Makes what RocksDB can still find in dir openable, losing the rest. */
wk_err wk_tables_salvage(const char *dir, struct wk_buf *text);
#endif
