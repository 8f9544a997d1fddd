/* A copy of the state while the engine goes on. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "storage/disk_priv.h"
#include "storage/file.h"

#define COPY_LOG_BYTES (64u << 10) /* opening makes it as large as it should be */

/* Links of the tables as of one moment, and which groups they have. Writes wait meanwhile, so
 * what is not in tables yet is put there before. */
static wk_err
copy_tables(struct wk_disk *disk, const char *to, struct wk_buf *text, uint64_t *number)
{
    char *tables = wk_file_path(to, "tables");
    wk_err err = wk_disk_flush(disk);

    if (err == WK_OK) {
        pthread_mutex_lock(&disk->write_lock);
        *number = disk->number;
        if ((err = wk_disk_flush(disk)) == WK_OK)
            err = wk_tables_checkpoint(disk->tables, tables, text);
        pthread_mutex_unlock(&disk->write_lock);
    }
    free(tables);
    return err;
}

wk_err
wk_disk_checkpoint(struct wk_engine *engine, const char *dir, struct wk_buf *text)
{
    struct wk_disk *disk = WK_CONTAINER(engine, struct wk_disk, base);
    char *partial = wk_xasprintf("%s.partial", dir);
    uint64_t number = 0;
    wk_err err = WK_OK;

    if (access(dir, F_OK) == 0 || mkdir(partial, 0700) != 0) {
        wk_buf_addf(text, "%s: is there already\n", access(dir, F_OK) == 0 ? dir : partial);
        err = WK_EEXISTS;
        goto out;
    }
    if ((err = copy_tables(disk, partial, text, &number)) == WK_OK &&
        (err = wk_journal_create(partial, COPY_LOG_BYTES, number + 1, text)) == WK_OK &&
        (err = wk_watermark_create(partial, number)) == WK_OK &&
        (err = wk_disk_write_format(partial)) == WK_OK)
        err = rename(partial, dir) == 0 ? wk_name_sync(dir) : WK_EIO;
    if (err == WK_OK)
        wk_buf_addf(text, "%s: a copy of all groups up to %" PRIu64 "\n", dir, number);
    else
        wk_buf_addf(text, "%s: the copy failed\n", dir);
out:
    free(partial);
    return err;
}
