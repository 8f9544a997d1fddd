#include "storage/disk_priv.h"

#include <inttypes.h>

#include "storage/key.h"

static const struct wk_span flushed_key = {(const uint8_t *)"\0flushed", 8};

wk_err
wk_disk_read_flushed(struct wk_tables *tables, uint64_t *out)
{
    struct wk_buf value = {0};
    wk_err err;

    *out = 0;
    wk_tables_get_many(tables, WK_READ_ANY, WK_SPACE_META, &flushed_key, 1, &value, &err);
    if (err == WK_OK && value.len == 8)
        *out = wk_be64((const uint8_t *)value.data);
    else if (err != WK_ENOTFOUND)
        err = WK_EIO;
    wk_buf_fini(&value);
    return err == WK_ENOTFOUND ? WK_OK : err;
}

wk_err
wk_disk_judge(const char *dir, const struct wk_journal *journal,
              const struct wk_watermark *watermark, uint64_t flushed, struct wk_buf *text,
              struct wk_recovery *out)
{
    size_t count;
    const struct wk_journal_group *groups = wk_journal_groups(journal, &count);

    *out = (struct wk_recovery){.flushed = flushed, .last = flushed};
    out->acknowledged = watermark != NULL ? wk_watermark_get(watermark) : 0;
    for (size_t i = 0; i < count; i++) {
        if (groups[i].number == out->last + 1)
            out->last++;
        else if (groups[i].number > out->last)
            out->dropped++;
        if (groups[i].durable > out->acknowledged)
            out->acknowledged = groups[i].durable;
    }
    if (out->acknowledged > out->last) {
        wk_buf_addf(text,
                    "%s is damaged: of the writes that were acknowledged, groups %" PRIu64
                    " to %" PRIu64 " are missing (",
                    dir, out->last + 1, out->acknowledged);
        wk_journal_place(journal, out->last + 1, text);
        wk_buf_addf(
            text,
            "). Nothing was changed. Restore a backup, or accept the loss: wkctl repair "
            "%s\n",
            dir);
        return WK_EIO;
    }
    if (out->dropped > 0 || wk_journal_torn(journal)) {
        wk_buf_addf(text, "%s: dropped what was being written when the machine stopped (", dir);
        wk_journal_place(journal, out->last + 1, text);
        wk_buf_add_str(text, "); it was not acknowledged\n");
    }
    return WK_OK;
}

wk_err
wk_disk_replay(struct wk_tables *tables, const struct wk_journal *journal, uint64_t after,
               uint64_t last, uint64_t *count)
{
    size_t n;
    const struct wk_journal_group *groups = wk_journal_groups(journal, &n);
    wk_err err = WK_OK;

    *count = 0;
    for (size_t i = 0; i < n && err == WK_OK; i++) {
        if (groups[i].number <= after || groups[i].number > last)
            continue;
        err = wk_tables_write(tables, groups[i].payload);
        ++*count;
    }
    return err;
}

wk_err
wk_disk_flush_tables(struct wk_tables *tables, uint64_t number)
{
    struct wk_batch batch = {0};
    struct wk_buf bytes = {0};
    uint8_t head[WK_TABLES_HEAD_BYTES], value[8];
    wk_err err;

    /* The note comes last, and meta's own entries are flushed with it: it must not be on disk
     * before what it speaks of. */
    if ((err = wk_tables_flush(tables, WK_SPACE_ENTRIES)) != WK_OK ||
        (err = wk_tables_flush(tables, WK_SPACE_ALARMS)) != WK_OK)
        return err;
    wk_be64_put(value, number);
    wk_batch_put(&batch, WK_SPACE_META, flushed_key, (struct wk_span){value, sizeof(value)});
    wk_tables_put_head(head, batch.count);
    wk_buf_add(&bytes, head, sizeof(head));
    wk_buf_add(&bytes, batch.records.data, batch.records.len);
    err = wk_tables_write(tables, (struct wk_span){(uint8_t *)bytes.data, bytes.len});
    if (err == WK_OK)
        err = wk_tables_flush(tables, WK_SPACE_META);
    wk_buf_fini(&bytes);
    wk_batch_fini(&batch);
    return err;
}
