/* Reading everything, to know that it can be. */
#include "storage/engine.h"

#include <inttypes.h>
#include <stdlib.h>
#include <unistd.h>

#include "storage/disk_priv.h"
#include "storage/file.h"

wk_err
wk_disk_read_all(struct wk_tables *tables, uint64_t *entries, uint64_t *bytes)
{
    wk_err err = WK_OK;

    *entries = *bytes = 0;
    for (size_t i = 0; i < WK_SPACES && err == WK_OK; i++) {
        struct wk_scan *scan = wk_tables_scan(tables, WK_READ_ANY, (enum wk_space)i,
                                              (struct wk_span){0}, (struct wk_span){0}, false);

        for (; wk_scan_valid(scan); wk_scan_next(scan)) {
            ++*entries;
            *bytes += wk_scan_key(scan).len + wk_scan_value(scan).len;
        }
        err = wk_scan_err(scan);
        wk_scan_close(scan);
    }
    return err;
}

static wk_err
verify_tables(const char *dir, struct wk_buf *text, uint64_t *flushed)
{
    struct wk_engine_options options;
    char *path = wk_file_path(dir, "tables");
    struct wk_tables *tables = NULL;
    uint64_t entries, bytes;
    wk_err err;

    wk_disk_defaults(NULL, &options);
    if ((err = wk_tables_open(path, WK_TABLES_READ_ONLY, &options, text, &tables)) != WK_OK)
        goto out;
    if ((err = wk_disk_read_flushed(tables, flushed)) == WK_OK)
        err = wk_disk_read_all(tables, &entries, &bytes);
    if (err == WK_OK)
        wk_buf_addf(text, "%s: %" PRIu64 " entries, %" PRIu64 " bytes, all of them readable\n",
                    path, entries, bytes);
out:
    if (err != WK_OK)
        wk_buf_addf(text, "%s is damaged: wkctl repair %s\n", path, dir);
    wk_tables_close(tables);
    free(path);
    return err;
}

wk_err
wk_engine_verify(const char *dir, struct wk_buf *text)
{
    struct wk_journal *journal = NULL;
    struct wk_watermark *watermark = NULL;
    struct wk_recovery found;
    uint64_t flushed = 0;
    int lock_fd;
    wk_err err;

    if ((err = wk_disk_lock(dir, false, text, &lock_fd)) != WK_OK)
        return err;
    if ((err = wk_disk_check_format(dir, text)) == WK_ENOTFOUND)
        wk_buf_addf(text, "%s: there is no storage here\n", dir);
    if (err != WK_OK || (err = wk_journal_open(dir, 0, false, text, &journal)) != WK_OK ||
        (err = wk_watermark_open(dir, text, &watermark)) != WK_OK ||
        (err = verify_tables(dir, text, &flushed)) != WK_OK)
        goto out;
    if ((err = wk_disk_judge(dir, journal, watermark, flushed, text, &found)) == WK_OK)
        wk_buf_addf(text,
                    "%s: groups up to %" PRIu64 " are in tables, up to %" PRIu64
                    " in the journal, and up to %" PRIu64 " were acknowledged\n",
                    dir, found.flushed, found.last, found.acknowledged);
out:
    wk_watermark_close(watermark);
    wk_journal_close(journal);
    close(lock_fd);
    return err;
}
