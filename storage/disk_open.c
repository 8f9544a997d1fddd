/* Opening a directory: lock, format, space, tables, then what the journal has and the tables
 * have not. */
#include "storage/engine.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "storage/disk_priv.h"
#include "storage/file.h"

#define FORMAT_NAME "format"
#define FORMAT_TEXT "wk-storage %u\n"

void
wk_disk_defaults(const struct wk_engine_options *from, struct wk_engine_options *to)
{
    *to = from != NULL ? *from : (struct wk_engine_options){0};
    if (to->cache_bytes == 0)
        to->cache_bytes = 32u << 20;
    if (to->memtable_bytes == 0)
        to->memtable_bytes = 16u << 20;
    if (to->log_bytes == 0)
        to->log_bytes = 16u << 20;
    if (to->reserve_bytes == 0)
        to->reserve_bytes = 64u << 20;
    if (to->low_water_bytes == 0)
        to->low_water_bytes = 32u << 20;
}

wk_err
wk_disk_lock(const char *dir, bool make, struct wk_buf *text, int *fd)
{
    char *path = wk_file_path(dir, "lock");
    wk_err err = WK_OK;

    *fd = -1;
    if (make && ((err = wk_mkdirs(dir)) != WK_OK || (err = wk_name_sync(dir)) != WK_OK)) {
        wk_buf_addf(text, "%s: can not be made: %s\n", dir, strerror(errno));
        goto out;
    }
    if ((*fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600)) < 0) {
        wk_buf_addf(text, "%s: %s\n", path, strerror(errno));
        err = errno == ENOENT ? WK_ENOTFOUND : WK_EIO;
        goto out;
    }
    if (flock(*fd, LOCK_EX | LOCK_NB) != 0) {
        wk_buf_addf(text, "%s: another process has this storage open\n", dir);
        close(*fd);
        *fd = -1;
        err = WK_EEXISTS;
    }
out:
    free(path);
    return err;
}

wk_err
wk_disk_check_format(const char *dir, struct wk_buf *text)
{
    char *path = wk_file_path(dir, FORMAT_NAME);
    struct wk_buf bytes = {0};
    unsigned version = 0;
    wk_err err = wk_buf_read_file(&bytes, path, 4096);

    if (err == WK_ENOTFOUND)
        goto out;
    if (err != WK_OK || sscanf(bytes.data, FORMAT_TEXT, &version) != 1 || version == 0) {
        wk_buf_addf(text,
                    "%s: is damaged. Restore a backup, or keep what can be read: wkctl repair "
                    "%s\n",
                    path, dir);
        err = WK_EIO;
    } else if (version > WK_DISK_FORMAT) {
        wk_buf_addf(text,
                    "%s: written by a newer version (format %u, this program knows up to %u). "
                    "Run that version, or restore a backup made by this one\n",
                    dir, version, WK_DISK_FORMAT);
        err = WK_EUNSUPPORTED;
    }
out:
    wk_buf_fini(&bytes);
    free(path);
    return err;
}

wk_err
wk_disk_write_format(const char *dir)
{
    char *path = wk_file_path(dir, FORMAT_NAME);
    char *bytes = wk_xasprintf(FORMAT_TEXT, WK_DISK_FORMAT);
    wk_err err = wk_file_replace(path, bytes, strlen(bytes));

    if (err == WK_OK)
        err = wk_dir_sync(dir);
    free(bytes);
    free(path);
    return err;
}

/* The journal and the watermark are made only where nothing was ever acknowledged: before there
 * is a format file. Should that file alone have been lost, they and the tables are there, and
 * are left alone. */
static wk_err
make_parts(const char *dir, const struct wk_engine_options *options, struct wk_buf *text)
{
    char *tables = wk_file_path(dir, "tables");
    char *watermark = wk_file_path(dir, WK_WATERMARK_NAME);
    wk_err err = WK_OK;

    if (access(watermark, F_OK) != 0 && access(tables, F_OK) != 0) {
        if ((err = wk_journal_create(dir, options->log_bytes, 1, text)) == WK_OK)
            err = wk_watermark_create(dir, 0);
        if (err == WK_EIO)
            wk_buf_addf(text, "%s: can not be made: %s\n", watermark, strerror(errno));
    }
    free(watermark);
    free(tables);
    return err;
}

static wk_err
open_tables(struct wk_disk *disk, bool make, const struct wk_engine_options *options,
            struct wk_buf *text)
{
    char *dir = wk_file_path(disk->dir, "tables");
    wk_err err = wk_tables_open(dir, make ? WK_TABLES_CREATE : WK_TABLES_EXIST, options, text,
                                &disk->tables);

    if (err == WK_EIO)
        wk_buf_addf(
            text,
            "%s can not be opened: it is damaged, or the disk fails. Restore a backup, or "
            "keep what can be read: wkctl repair %s\n",
            dir, disk->dir);
    free(dir);
    return err;
}

/* Tables and journal are open: brings the tables to the state that was acknowledged. */
static wk_err
recover(struct wk_disk *disk, struct wk_buf *text)
{
    struct wk_recovery found;
    uint64_t flushed;
    wk_err err;

    if ((err = wk_disk_read_flushed(disk->tables, &flushed)) != WK_OK) {
        wk_buf_addf(text, "%s/tables: can not be read: wkctl repair %s\n", disk->dir,
                    disk->dir);
        return err;
    }
    if ((err = wk_disk_judge(disk->dir, disk->journal, disk->watermark, flushed, text,
                             &found)) != WK_OK)
        return err;
    if ((err = wk_disk_replay(disk->tables, disk->journal, flushed, found.last,
                              &disk->stats.replayed)) == WK_OK &&
        disk->stats.replayed > 0)
        err = wk_disk_flush_tables(disk->tables, found.last);
    wk_journal_forget(disk->journal);
    if (err == WK_OK)
        err = wk_journal_begin(disk->journal, found.last + 1, 0);
    if (err != WK_OK)
        wk_buf_addf(text, "%s: can not write what the journal has to the tables\n", disk->dir);
    disk->number = disk->durable = disk->flushed = found.last;
    disk->first_of_current = found.last + 1;
    atomic_store(&disk->applied, found.last);
    return err;
}

static wk_err
open_room(struct wk_disk *disk, const struct wk_engine_options *options, struct wk_buf *text)
{
    wk_err err =
        wk_room_open(disk->dir, options->reserve_bytes, options->low_water_bytes, &disk->room);

    if (err != WK_OK)
        wk_buf_addf(text, "%s/%s: %s\n", disk->dir, WK_ROOM_RESERVE_NAME, strerror(errno));
    else if (wk_room_full(disk->room))
        wk_buf_addf(text, "%s: the disk is nearly full (%" PRIu64 " bytes are left)\n",
                    disk->dir, wk_room_free_bytes(disk->room));
    /* Opening itself writes a little, and the boot number has to be written. */
    if (err == WK_OK && wk_room_full(disk->room))
        err = WK_EOVERLOADED;
    return err;
}

wk_err
wk_engine_open(const char *dir, const struct wk_engine_options *given, struct wk_buf *text,
               struct wk_engine **out)
{
    struct wk_disk *disk = wk_disk_new(dir);
    struct wk_engine_options options;
    bool make;
    wk_err err;

    *out = NULL;
    wk_disk_defaults(given, &options);
    if ((err = wk_disk_lock(dir, true, text, &disk->lock_fd)) != WK_OK)
        goto out;
    err = wk_disk_check_format(dir, text);
    make = err == WK_ENOTFOUND;
    if ((err != WK_OK && !make) || (err = open_room(disk, &options, text)) != WK_OK)
        goto out;
    if (make && (err = make_parts(dir, &options, text)) != WK_OK)
        goto out;
    if ((err = wk_journal_open(dir, options.log_bytes, false, text, &disk->journal)) != WK_OK ||
        (err = wk_watermark_open(dir, text, &disk->watermark)) != WK_OK) {
        wk_buf_addf(text,
                    "%s is damaged. Nothing was changed. Restore a backup, or accept that some "
                    "writes may be lost: wkctl repair %s\n",
                    dir, dir);
        goto out;
    }
    if ((err = open_tables(disk, make, &options, text)) != WK_OK ||
        (err = recover(disk, text)) != WK_OK ||
        (make && (err = wk_disk_write_format(dir)) != WK_OK) ||
        (err = wk_disk_start(disk)) != WK_OK || (err = wk_engine_boot(&disk->base)) != WK_OK)
        goto out;
    *out = &disk->base;
    disk = NULL;
out:
    wk_engine_close(disk != NULL ? &disk->base : NULL);
    return err;
}
