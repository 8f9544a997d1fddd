/* Making a damaged directory openable, with what can be read. Everything that is replaced is
 * kept beside it, and at every step until the last rename the directory is as it was: a repair
 * that is interrupted can be run again. */
#include "storage/engine.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "storage/disk_priv.h"
#include "storage/file.h"

#define FILE_BYTES_MAX (2u << 30)
#define BATCH_BYTES (1u << 20)

struct repair {
    const char *dir;
    struct wk_buf *text;
    struct wk_engine_options options;
    struct wk_tables *tables;
    bool rebuilt; /* the tables lost something, so all that the journal has is put on top */
};

/* path.damaged, or the first path.damaged.N that is not there. */
static char *
kept_name(const char *path)
{
    char *name = wk_xasprintf("%s.damaged", path);

    for (unsigned n = 1; access(name, F_OK) == 0; n++) {
        free(name);
        name = wk_xasprintf("%s.damaged.%u", path, n);
    }
    return name;
}

static wk_err
keep_file(struct repair *r, const char *name)
{
    char *path = wk_file_path(r->dir, name), *kept = kept_name(path);
    struct wk_buf bytes = {0};
    wk_err err = wk_buf_read_file(&bytes, path, FILE_BYTES_MAX);

    if (err == WK_OK)
        err = wk_file_replace(kept, bytes.data, bytes.len);
    if (err == WK_OK)
        wk_buf_addf(r->text, "%s: kept as %s\n", path, kept);
    else if (err != WK_ENOTFOUND)
        wk_buf_addf(r->text, "%s: can not be kept: %s\n", path, strerror(errno));
    wk_buf_fini(&bytes);
    free(kept);
    free(path);
    return err == WK_ENOTFOUND ? WK_OK : err;
}

/* Calls fn for every name in dir but . and .. */
static wk_err
each_file(const char *dir, const char *other, wk_err (*fn)(const char *path, const char *other))
{
    DIR *d = opendir(dir);
    struct dirent *entry;
    wk_err err = d != NULL ? WK_OK : errno == ENOENT ? WK_ENOTFOUND : WK_EIO;

    while (err == WK_OK && (entry = readdir(d)) != NULL) {
        char *path, *to;

        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
            continue;
        path = wk_file_path(dir, entry->d_name);
        to = other != NULL ? wk_file_path(other, entry->d_name) : NULL;
        err = fn(path, to);
        free(to);
        free(path);
    }
    if (d != NULL)
        closedir(d);
    return err;
}

static wk_err
remove_tree(const char *path, const char *unused)
{
    if (unlink(path) == 0 || errno == ENOENT)
        return WK_OK;
    if (errno != EISDIR || each_file(path, NULL, remove_tree) != WK_OK || rmdir(path) != 0)
        return WK_EIO;
    return WK_OK;
}

static wk_err
link_file(const char *path, const char *to)
{
    struct stat st;

    if (stat(path, &st) != 0 || !S_ISREG(st.st_mode))
        return WK_OK;
    return link(path, to) == 0 ? WK_OK : WK_EIO;
}

static wk_err
flush_batch(struct wk_tables *to, struct wk_batch *batch)
{
    uint8_t head[WK_TABLES_HEAD_BYTES];
    struct wk_buf bytes = {0};
    wk_err err;

    wk_tables_put_head(head, batch->count);
    wk_buf_add(&bytes, head, sizeof(head));
    wk_buf_add(&bytes, batch->records.data, batch->records.len);
    err = wk_tables_write(to, (struct wk_span){(uint8_t *)bytes.data, bytes.len});
    wk_buf_fini(&bytes);
    wk_batch_reset(batch, BATCH_BYTES * 2);
    return err;
}

/* All entries of one space; what can not be read in it is not there any more, RocksDB took it
 * out. */
static wk_err
copy_space(struct wk_tables *from, struct wk_tables *to, enum wk_space space, uint64_t *entries)
{
    struct wk_span all = {0};
    struct wk_scan *scan = wk_tables_scan(from, WK_READ_ANY, space, all, all, false);
    struct wk_batch batch = {0};
    wk_err err = WK_OK;

    for (; wk_scan_valid(scan) && err == WK_OK; wk_scan_next(scan)) {
        wk_batch_put(&batch, space, wk_scan_key(scan), wk_scan_value(scan));
        ++*entries;
        if (batch.records.len >= BATCH_BYTES)
            err = flush_batch(to, &batch);
    }
    if (err == WK_OK)
        err = wk_scan_err(scan);
    if (err == WK_OK && batch.count > 0)
        err = flush_batch(to, &batch);
    wk_batch_fini(&batch);
    wk_scan_close(scan);
    return err;
}

/* Column families have numbers, and a salvage gives new ones: so what it found is copied to
 * tables that are made as always. */
static wk_err
copy_tables(struct repair *r, const char *from_dir, const char *to_dir)
{
    struct wk_tables *from = NULL, *to = NULL;
    uint64_t entries = 0;
    wk_err err;

    if ((err = wk_tables_open(from_dir, WK_TABLES_SALVAGED, &r->options, r->text, &from)) !=
            WK_OK ||
        (err = wk_tables_open(to_dir, WK_TABLES_CREATE, &r->options, r->text, &to)) != WK_OK)
        goto out;
    for (size_t i = 0; i < WK_SPACES && err == WK_OK; i++)
        if ((err = copy_space(from, to, (enum wk_space)i, &entries)) == WK_OK)
            err = wk_tables_flush(to, (enum wk_space)i);
    if (err == WK_OK)
        wk_buf_addf(r->text, "%s/tables: %" PRIu64 " entries could be read\n", r->dir, entries);
out:
    wk_tables_close(to);
    wk_tables_close(from);
    return err;
}

static wk_err
rebuild_tables(struct repair *r, const char *path)
{
    char *work = wk_file_path(r->dir, "tables.salvage"),
         *made = wk_file_path(r->dir, "tables.new");
    char *kept = kept_name(path);
    wk_err err;

    if ((err = remove_tree(work, NULL)) != WK_OK || (err = remove_tree(made, NULL)) != WK_OK ||
        mkdir(work, 0700) != 0 || (err = each_file(path, work, link_file)) != WK_OK ||
        (err = wk_tables_salvage(work, r->text)) != WK_OK ||
        (err = copy_tables(r, work, made)) != WK_OK)
        goto out;
    err = WK_EIO;
    if (renameat2(AT_FDCWD, made, AT_FDCWD, path, RENAME_EXCHANGE) == 0 &&
        rename(made, kept) == 0)
        err = wk_dir_sync(r->dir);
    if (err == WK_OK)
        wk_buf_addf(r->text,
                    "%s: made again from what could be read; what was deleted or overwritten "
                    "lately may "
                    "be back. The old ones are kept as %s\n",
                    path, kept);
    (void)remove_tree(work, NULL);
out:
    free(kept);
    free(made);
    free(work);
    return err;
}

static wk_err
repair_tables(struct repair *r)
{
    char *path = wk_file_path(r->dir, "tables");
    uint64_t entries, bytes;
    wk_err err = wk_tables_open(path, WK_TABLES_EXIST, &r->options, r->text, &r->tables);

    if (err == WK_OK && (err = wk_disk_read_all(r->tables, &entries, &bytes)) == WK_OK)
        goto out;
    wk_tables_close(r->tables);
    r->tables = NULL;
    r->rebuilt = true;
    if ((err = rebuild_tables(r, path)) == WK_OK)
        err = wk_tables_open(path, WK_TABLES_EXIST, &r->options, r->text, &r->tables);
out:
    free(path);
    return err;
}

/* The journal's groups on top of the tables, up to the first that is missing. *next: a number
 * above all that were ever given. */
static wk_err
repair_state(struct repair *r, const struct wk_journal *journal,
             const struct wk_watermark *watermark, uint64_t *highest)
{
    size_t count;
    const struct wk_journal_group *groups = wk_journal_groups(journal, &count);
    uint64_t flushed, last, replayed;
    wk_err err;

    if ((err = wk_disk_read_flushed(r->tables, &flushed)) != WK_OK)
        return err;
    /* rebuilt tables may lack anything: then all groups there are, from the first on */
    if (r->rebuilt && count > 0)
        flushed = groups[0].number - 1;
    *highest = watermark != NULL ? wk_watermark_get(watermark) : 0;
    *highest = *highest > flushed ? *highest : flushed;
    last = flushed;
    for (size_t i = 0; i < count; i++) {
        last += groups[i].number == last + 1;
        *highest = *highest > groups[i].number ? *highest : groups[i].number;
        *highest = *highest > groups[i].durable ? *highest : groups[i].durable;
    }
    if ((err = wk_disk_replay(r->tables, journal, flushed, last, &replayed)) != WK_OK)
        return err;
    wk_buf_addf(r->text, "%s: %" PRIu64 " groups of writes taken from the journal\n", r->dir,
                replayed);
    if (*highest > last)
        wk_buf_addf(r->text, "%s: groups %" PRIu64 " to %" PRIu64 " are lost\n", r->dir,
                    last + 1, *highest);
    return wk_disk_flush_tables(r->tables, *highest);
}

static wk_err
replace_journal(struct repair *r, uint64_t highest)
{
    wk_err err;

    for (unsigned i = 0; i < WK_JOURNAL_FILES; i++)
        if ((err = keep_file(r, wk_journal_name(i))) != WK_OK)
            return err;
    if ((err = keep_file(r, WK_WATERMARK_NAME)) != WK_OK)
        return err;
    if ((err = wk_journal_create(r->dir, r->options.log_bytes, highest + 1, r->text)) ==
            WK_OK &&
        (err = wk_watermark_create(r->dir, highest)) == WK_OK)
        err = wk_disk_write_format(r->dir);
    return err;
}

/* What is not a database must not be made one. */
static bool
is_storage(const char *dir)
{
    static const char *const parts[] = {"format", "tables", "journal.0", WK_WATERMARK_NAME};
    bool found = false;

    for (size_t i = 0; i < WK_COUNT(parts); i++) {
        char *path = wk_file_path(dir, parts[i]);

        found |= access(path, F_OK) == 0;
        free(path);
    }
    return found;
}

static bool
is_whole(const char *dir)
{
    struct wk_buf text = {0};
    wk_err err = wk_engine_verify(dir, &text);

    wk_buf_fini(&text);
    return err == WK_OK;
}

wk_err
wk_engine_repair(const char *dir, struct wk_buf *text)
{
    struct repair r = {.dir = dir, .text = text};
    struct wk_journal *journal = NULL;
    struct wk_watermark *watermark = NULL;
    uint64_t highest;
    int lock_fd;
    wk_err err;

    wk_disk_defaults(NULL, &r.options);
    if (!is_storage(dir)) {
        wk_buf_addf(text, "%s: there is no storage here\n", dir);
        return WK_ENOTFOUND;
    }
    if (is_whole(dir)) {
        wk_buf_addf(text, "%s: nothing is damaged, and nothing was changed\n", dir);
        return WK_OK;
    }
    if ((err = wk_disk_lock(dir, false, text, &lock_fd)) != WK_OK)
        return err;
    /* a lost or illegible format file is written again, a newer one is not ours to judge */
    if ((err = wk_disk_check_format(dir, text)) == WK_EUNSUPPORTED ||
        (err = wk_journal_open(dir, r.options.log_bytes, true, text, &journal)) != WK_OK)
        goto out;
    (void)wk_watermark_open(dir, text, &watermark);
    if ((err = repair_tables(&r)) == WK_OK &&
        (err = repair_state(&r, journal, watermark, &highest)) == WK_OK)
        err = replace_journal(&r, highest);
    wk_buf_addf(text, "%s: %s\n", dir,
                err == WK_OK ? "repaired; it can be opened" : "could not be repaired");
out:
    wk_tables_close(r.tables);
    wk_watermark_close(watermark);
    wk_journal_close(journal);
    close(lock_fd);
    return err;
}
