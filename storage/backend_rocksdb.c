#include "storage/backend_rocksdb.h"

#include <inttypes.h>
#include <rocksdb/c.h>
#include <stdlib.h>
#include <string.h>

#include "storage/engine_priv.h"

#define OPEN_FILES_MAX 512       /* of tables, so that descriptors are left for the rest */
#define SMALL_MEMTABLE (2 << 20) /* alarms and meta hold little */

static const char *const space_names[WK_SPACES] = {"default", "alarms", "meta"};

struct wk_tables {
    rocksdb_t *db;
    rocksdb_options_t *options[WK_SPACES];
    rocksdb_block_based_table_options_t *table_options;
    rocksdb_cache_t *cache;
    rocksdb_column_family_handle_t *spaces[WK_SPACES];
    rocksdb_writeoptions_t *no_log;
    rocksdb_flushoptions_t *flush_and_wait;
    rocksdb_readoptions_t *read_any;
};

struct tables_scan {
    struct wk_scan base;
    rocksdb_iterator_t *iterator;
    rocksdb_readoptions_t *options;
    char *start, *end; /* the options borrow them */
    bool reverse;
};

/* Takes RocksDB's error, says it in text (if there is one). */
static wk_err
take_error(char *error, struct wk_buf *text)
{
    wk_err err = WK_EIO;

    if (error == NULL)
        return WK_OK;
    if (strncmp(error, "Result incomplete", 17) == 0)
        err = WK_EAGAIN;
    else if (text != NULL)
        wk_buf_addf(text, "RocksDB says: %s\n", error);
    rocksdb_free(error);
    return err;
}

static rocksdb_options_t *
make_options(struct wk_tables *tables, enum wk_space space, enum wk_tables_mode mode,
             size_t memtable_bytes)
{
    rocksdb_options_t *o = rocksdb_options_create();

    rocksdb_options_set_create_if_missing(o, mode == WK_TABLES_CREATE);
    rocksdb_options_set_create_missing_column_families(o, mode == WK_TABLES_CREATE ||
                                                              mode == WK_TABLES_SALVAGED);
    rocksdb_options_set_paranoid_checks(o, 1);
    rocksdb_options_set_max_open_files(o, OPEN_FILES_MAX);
    rocksdb_options_set_max_background_jobs(
        o, 2); /* below 8: ordering of flushes that are retried */
    rocksdb_options_set_write_buffer_size(o, space == WK_SPACE_ENTRIES ? memtable_bytes
                                                                       : SMALL_MEMTABLE);
    rocksdb_options_set_max_write_buffer_number(o, 2);
    rocksdb_options_set_level_compaction_dynamic_level_bytes(o, 1);
    rocksdb_options_set_compression(o, rocksdb_lz4_compression);
    rocksdb_options_set_bottommost_compression(o, rocksdb_zstd_compression);
    /* Tables reach the disk while they are written, so that no sync of the journal waits behind
     * a whole one. */
    rocksdb_options_set_bytes_per_sync(o, 1 << 20);
    rocksdb_options_set_wal_recovery_mode(o, rocksdb_absolute_consistency_recovery);
    rocksdb_options_set_info_log_level(o, 2 /* warnings */);
    rocksdb_options_set_keep_log_file_num(o, 2);
    rocksdb_options_set_max_log_file_size(o, 1 << 20);
    rocksdb_options_set_stats_dump_period_sec(o, 0);
    rocksdb_options_set_block_based_table_factory(o, tables->table_options);
    return o;
}

void
wk_tables_put_head(uint8_t head[WK_TABLES_HEAD_BYTES], uint32_t count)
{
    memset(head, 0, WK_TABLES_HEAD_BYTES);
    for (size_t i = 0; i < 4; i++)
        head[8 + i] = (uint8_t)(count >> (8 * i));
}

wk_err
wk_tables_open(const char *dir, enum wk_tables_mode mode,
               const struct wk_engine_options *options, struct wk_buf *text,
               struct wk_tables **out)
{
    struct wk_tables *tables = wk_xcalloc(1, sizeof(*tables));
    const rocksdb_options_t *of_spaces[WK_SPACES];
    char *error = NULL;
    wk_err err;

    *out = NULL;
    tables->cache = rocksdb_cache_create_lru(options->cache_bytes);
    tables->table_options = rocksdb_block_based_options_create();
    rocksdb_block_based_options_set_block_cache(tables->table_options, tables->cache);
    rocksdb_block_based_options_set_block_size(tables->table_options, 8 << 10);
    rocksdb_block_based_options_set_filter_policy(tables->table_options,
                                                  rocksdb_filterpolicy_create_bloom_full(10));
    /* What tables need in memory counts against the cache, else it grows with the data. */
    rocksdb_block_based_options_set_cache_index_and_filter_blocks(tables->table_options, 1);
    rocksdb_block_based_options_set_pin_l0_filter_and_index_blocks_in_cache(
        tables->table_options, 1);
    for (size_t i = 0; i < WK_SPACES; i++)
        of_spaces[i] = tables->options[i] =
            make_options(tables, (enum wk_space)i, mode, options->memtable_bytes);
    tables->no_log = rocksdb_writeoptions_create();
    rocksdb_writeoptions_disable_WAL(tables->no_log, 1);
    tables->flush_and_wait = rocksdb_flushoptions_create();
    rocksdb_flushoptions_set_wait(tables->flush_and_wait, 1);
    tables->read_any = rocksdb_readoptions_create();
    if (mode == WK_TABLES_READ_ONLY)
        tables->db = rocksdb_open_for_read_only_column_families(
            tables->options[0], dir, WK_SPACES, space_names, of_spaces, tables->spaces, 0,
            &error);
    else
        tables->db = rocksdb_open_column_families(
            tables->options[0], dir, WK_SPACES, space_names, of_spaces, tables->spaces, &error);
    if ((err = take_error(error, text)) != WK_OK) {
        tables->db = NULL;
        goto out;
    }
    /* Batches name spaces by number, see storage/batch.h. */
    for (uint32_t i = 0; i < WK_SPACES; i++)
        if (mode != WK_TABLES_SALVAGED &&
            rocksdb_column_family_handle_get_id(tables->spaces[i]) != i) {
            wk_buf_addf(text, "%s: the column families are not this program's\n", dir);
            err = WK_EIO;
            goto out;
        }
    *out = tables;
    tables = NULL;
out:
    wk_tables_close(tables);
    return err;
}

void
wk_tables_close(struct wk_tables *tables)
{
    if (tables == NULL)
        return;
    for (size_t i = 0; tables->db != NULL && i < WK_SPACES; i++)
        rocksdb_column_family_handle_destroy(tables->spaces[i]);
    if (tables->db != NULL)
        rocksdb_close(tables->db);
    for (size_t i = 0; i < WK_SPACES; i++)
        rocksdb_options_destroy(tables->options[i]);
    rocksdb_block_based_options_destroy(tables->table_options);
    rocksdb_cache_destroy(tables->cache);
    rocksdb_writeoptions_destroy(tables->no_log);
    rocksdb_flushoptions_destroy(tables->flush_and_wait);
    rocksdb_readoptions_destroy(tables->read_any);
    free(tables);
}

wk_err
wk_tables_write(struct wk_tables *tables, struct wk_span batch)
{
    rocksdb_writebatch_t *b =
        rocksdb_writebatch_create_from((const char *)batch.data, batch.len);
    char *error = NULL;

    rocksdb_write(tables->db, tables->no_log, b, &error);
    rocksdb_writebatch_destroy(b);
    return take_error(error, NULL);
}

wk_err
wk_tables_flush(struct wk_tables *tables, enum wk_space space)
{
    char *error = NULL;

    rocksdb_flush_cf(tables->db, tables->flush_and_wait, tables->spaces[space], &error);
    return take_error(error, NULL);
}

/* One answer of RocksDB, whose memory it takes. */
static wk_err
take_value(rocksdb_pinnableslice_t *found, char *error, struct wk_buf *value)
{
    wk_err err = take_error(error, NULL);

    if (err == WK_OK && found == NULL)
        err = WK_ENOTFOUND;
    if (err == WK_OK) {
        size_t len;
        const char *data = rocksdb_pinnableslice_value(found, &len);

        wk_buf_add(value, data, len);
    }
    rocksdb_pinnableslice_destroy(found);
    return err;
}

static void
get_some(struct wk_tables *tables, enum wk_space space, const struct wk_span *keys,
         size_t count, struct wk_buf *values, wk_err *errs)
{
    rocksdb_pinnableslice_t *found[WK_GET_KEYS_MAX] = {NULL};
    const char *data[WK_GET_KEYS_MAX] = {NULL};
    char *errors[WK_GET_KEYS_MAX] = {NULL};
    size_t sizes[WK_GET_KEYS_MAX] = {0};

    for (size_t i = 0; i < count; i++) {
        data[i] = (const char *)keys[i].data;
        sizes[i] = keys[i].len;
    }
    rocksdb_batched_multi_get_cf(tables->db, tables->read_any, tables->spaces[space], count,
                                 data, sizes, found, errors, false);
    for (size_t i = 0; i < count; i++)
        errs[i] = take_value(found[i], errors[i], &values[i]);
}

/* One by one: the call for many reads from the disk whatever it was told. */
static void
get_cached(struct wk_tables *tables, enum wk_space space, const struct wk_span *keys,
           size_t count, struct wk_buf *values, wk_err *errs)
{
    rocksdb_readoptions_t *how = rocksdb_readoptions_create();
    const rocksdb_snapshot_t *moment = count > 1 ? rocksdb_create_snapshot(tables->db) : NULL;

    rocksdb_readoptions_set_read_tier(how, 1);
    rocksdb_readoptions_set_snapshot(how, moment);
    for (size_t i = 0; i < count; i++) {
        char *error = NULL;
        rocksdb_pinnableslice_t *found =
            rocksdb_get_pinned_cf(tables->db, how, tables->spaces[space],
                                  (const char *)keys[i].data, keys[i].len, &error);

        errs[i] = take_value(found, error, &values[i]);
    }
    if (moment != NULL)
        rocksdb_release_snapshot(tables->db, moment);
    rocksdb_readoptions_destroy(how);
}

void
wk_tables_get_many(struct wk_tables *tables, int flags, enum wk_space space,
                   const struct wk_span *keys, size_t count, struct wk_buf *values,
                   wk_err *errs)
{
    if (flags & WK_READ_CACHED) {
        get_cached(tables, space, keys, count, values, errs);
        return;
    }
    /* As of one moment only if it is one call. */
    WK_CHECK(count <= WK_GET_KEYS_MAX);
    get_some(tables, space, keys, count, values, errs);
}

static bool
scan_valid(const struct wk_scan *base)
{
    const struct tables_scan *scan = WK_CONTAINER(base, struct tables_scan, base);

    return rocksdb_iter_valid(scan->iterator);
}

static void
scan_next(struct wk_scan *base)
{
    struct tables_scan *scan = WK_CONTAINER(base, struct tables_scan, base);

    if (scan->reverse)
        rocksdb_iter_prev(scan->iterator);
    else
        rocksdb_iter_next(scan->iterator);
}

static struct wk_span
scan_key(const struct wk_scan *base)
{
    const struct tables_scan *scan = WK_CONTAINER(base, struct tables_scan, base);
    struct wk_span key;

    key.data = (const uint8_t *)rocksdb_iter_key(scan->iterator, &key.len);
    return key;
}

static struct wk_span
scan_value(const struct wk_scan *base)
{
    const struct tables_scan *scan = WK_CONTAINER(base, struct tables_scan, base);
    struct wk_span value;

    value.data = (const uint8_t *)rocksdb_iter_value(scan->iterator, &value.len);
    return value;
}

static wk_err
scan_err(const struct wk_scan *base)
{
    const struct tables_scan *scan = WK_CONTAINER(base, struct tables_scan, base);
    char *error = NULL;

    rocksdb_iter_get_error(scan->iterator, &error);
    return take_error(error, NULL);
}

static void
scan_close(struct wk_scan *base)
{
    struct tables_scan *scan = WK_CONTAINER(base, struct tables_scan, base);

    rocksdb_iter_destroy(scan->iterator);
    rocksdb_readoptions_destroy(scan->options);
    free(scan->start);
    free(scan->end);
    free(scan);
}

struct wk_scan *
wk_tables_scan(struct wk_tables *tables, int flags, enum wk_space space, struct wk_span start,
               struct wk_span end, bool reverse)
{
    static const struct wk_scan_ops ops = {scan_close, scan_valid, scan_next,
                                           scan_key,   scan_value, scan_err};
    struct tables_scan *scan = wk_xcalloc(1, sizeof(*scan));

    scan->base.ops = &ops;
    scan->reverse = reverse;
    scan->options = rocksdb_readoptions_create();
    scan->start = wk_xmemdup(start.data, start.len);
    scan->end = wk_xmemdup(end.data, end.len);
    if (flags & WK_READ_CACHED)
        rocksdb_readoptions_set_read_tier(scan->options, 1);
    if (start.len > 0)
        rocksdb_readoptions_set_iterate_lower_bound(scan->options, scan->start, start.len);
    if (end.len > 0)
        rocksdb_readoptions_set_iterate_upper_bound(scan->options, scan->end, end.len);
    scan->iterator =
        rocksdb_create_iterator_cf(tables->db, scan->options, tables->spaces[space]);
    if (reverse)
        rocksdb_iter_seek_to_last(scan->iterator);
    else
        rocksdb_iter_seek_to_first(scan->iterator);
    return &scan->base;
}

uint64_t
wk_tables_size(struct wk_tables *tables, enum wk_space space, struct wk_span start,
               struct wk_span end)
{
    const char *starts = (const char *)start.data, *ends = (const char *)end.data;
    char *error = NULL;
    uint64_t bytes = 0;

    if (start.len == 0)
        starts = "";
    if (end.len == 0) {
        ends = "\xff\xff\xff\xff\xff\xff\xff\xff"; /* behind every key there is */
        end.len = 8;
    }
    rocksdb_approximate_sizes_cf(tables->db, tables->spaces[space], 1, &starts, &start.len,
                                 &ends, &end.len, &bytes, &error);
    return take_error(error, NULL) == WK_OK ? bytes : 0;
}

uint64_t
wk_tables_memory(struct wk_tables *tables)
{
    static const char *const names[] = {"rocksdb.cur-size-all-mem-tables",
                                        "rocksdb.estimate-table-readers-mem"};
    uint64_t bytes = rocksdb_cache_get_usage(tables->cache), n;

    for (size_t i = 0; i < WK_SPACES; i++)
        for (size_t k = 0; k < WK_COUNT(names); k++)
            if (rocksdb_property_int_cf(tables->db, tables->spaces[i], names[k], &n) == 0)
                bytes += n;
    return bytes;
}

void
wk_tables_text(struct wk_tables *tables, struct wk_buf *out)
{
    static const char *const names[] = {
        "rocksdb.estimate-num-keys",   "rocksdb.total-sst-files-size",
        "rocksdb.num-live-versions",   "rocksdb.num-running-compactions",
        "rocksdb.num-running-flushes", "rocksdb.estimate-pending-compaction-bytes",
        "rocksdb.is-write-stopped",    "rocksdb.background-errors",
    };
    uint64_t n;

    for (size_t i = 0; i < WK_SPACES; i++)
        for (size_t k = 0; k < WK_COUNT(names); k++)
            if (rocksdb_property_int_cf(tables->db, tables->spaces[i], names[k], &n) == 0)
                wk_buf_addf(out, "%s.%s %" PRIu64 "\n", space_names[i], names[k] + 8, n);
}

uint64_t
wk_tables_background_errors(struct wk_tables *tables)
{
    uint64_t errors = 0;

    return rocksdb_property_int(tables->db, "rocksdb.background-errors", &errors) == 0 ? errors
                                                                                       : 0;
}

wk_err
wk_tables_checkpoint(struct wk_tables *tables, const char *dir, struct wk_buf *text)
{
    char *error = NULL;
    rocksdb_checkpoint_t *checkpoint = rocksdb_checkpoint_object_create(tables->db, &error);
    wk_err err = take_error(error, text);

    if (err != WK_OK)
        return err;
    error = NULL;
    rocksdb_checkpoint_create(checkpoint, dir, 0, &error);
    rocksdb_checkpoint_object_destroy(checkpoint);
    return take_error(error, text);
}

wk_err
wk_tables_salvage(const char *dir, struct wk_buf *text)
{
    rocksdb_options_t *options = rocksdb_options_create();
    char *error = NULL;

    rocksdb_options_set_info_log_level(options, 2);
    rocksdb_repair_db(options, dir, &error);
    rocksdb_options_destroy(options);
    return take_error(error, text);
}
