#include "storage/engine.h"

#include <inttypes.h>
#include <string.h>

#include "storage/engine_priv.h"
#include "storage/key.h"

static const struct wk_span boot_key = {(const uint8_t *)"\0boot", 5};

wk_err
wk_engine_boot(struct wk_engine *engine)
{
    struct wk_buf value = {0};
    struct wk_batch batch = {0};
    uint8_t bytes[4];
    wk_err err = wk_engine_get(engine, WK_READ_ANY, WK_SPACE_META, boot_key, &value);

    if (err == WK_OK && value.len != sizeof(bytes))
        err = WK_EIO;
    if (err != WK_OK && err != WK_ENOTFOUND)
        goto out;
    engine->boot_id = err == WK_OK ? wk_be32((const uint8_t *)value.data) + 1 : 1;
    wk_be32_put(bytes, engine->boot_id);
    wk_batch_put(&batch, WK_SPACE_META, boot_key, (struct wk_span){bytes, sizeof(bytes)});
    err = wk_engine_write(engine, &batch, true);
out:
    wk_batch_fini(&batch);
    wk_buf_fini(&value);
    return err;
}

void
wk_engine_close(struct wk_engine *engine)
{
    if (engine != NULL)
        engine->ops->close(engine);
}

uint32_t
wk_engine_boot_id(const struct wk_engine *engine)
{
    return engine->boot_id;
}

wk_err
wk_engine_write(struct wk_engine *engine, const struct wk_batch *batch, bool sync)
{
    return engine->ops->write(engine, batch, sync);
}

bool
wk_engine_dead(const struct wk_engine *engine)
{
    return engine->ops->dead(engine);
}

wk_err
wk_engine_get(struct wk_engine *engine, int flags, enum wk_space space, struct wk_span key,
              struct wk_buf *value)
{
    wk_err err;

    wk_engine_get_many(engine, flags, space, &key, 1, value, &err);
    return err;
}

void
wk_engine_get_many(struct wk_engine *engine, int flags, enum wk_space space,
                   const struct wk_span *keys, size_t count, struct wk_buf *values,
                   wk_err *errs)
{
    engine->ops->get_many(engine, flags, space, keys, count, values, errs);
}

struct wk_scan *
wk_scan_open(struct wk_engine *engine, int flags, enum wk_space space, struct wk_span start,
             struct wk_span end, bool reverse)
{
    return engine->ops->scan(engine, flags, space, start, end, reverse);
}

bool
wk_scan_valid(const struct wk_scan *scan)
{
    return scan->ops->valid(scan);
}

void
wk_scan_next(struct wk_scan *scan)
{
    scan->ops->next(scan);
}

struct wk_span
wk_scan_key(const struct wk_scan *scan)
{
    return scan->ops->key(scan);
}

struct wk_span
wk_scan_value(const struct wk_scan *scan)
{
    return scan->ops->value(scan);
}

wk_err
wk_scan_err(const struct wk_scan *scan)
{
    return scan->ops->err(scan);
}

void
wk_scan_close(struct wk_scan *scan)
{
    if (scan != NULL)
        scan->ops->close(scan);
}

uint64_t
wk_engine_size(struct wk_engine *engine, enum wk_space space, struct wk_span start,
               struct wk_span end)
{
    return engine->ops->size(engine, space, start, end);
}

void
wk_engine_stats(struct wk_engine *engine, struct wk_engine_stats *out)
{
    *out = (struct wk_engine_stats){0};
    engine->ops->stats(engine, out);
}

void
wk_engine_stats_text(struct wk_engine *engine, struct wk_buf *out)
{
    struct wk_engine_stats s;

    wk_engine_stats(engine, &s);
    wk_buf_addf(out,
                "boot %" PRIu32 "\nwrites %" PRIu64 "\nrecords %" PRIu64 "\nbytes %" PRIu64
                "\nsyncs %" PRIu64 "\nrefused %" PRIu64 "\nlog_switches %" PRIu64
                "\nreplayed %" PRIu64 "\nfree_bytes %" PRIu64 "\nmemory_bytes %" PRIu64
                "\nfull %d\ndead %d\n",
                engine->boot_id, s.writes, s.records, s.bytes, s.syncs, s.refused,
                s.log_switches, s.replayed, s.free_bytes, s.memory_bytes, s.full, s.dead);
    engine->ops->stats_text(engine, out);
}

wk_err
wk_engine_checkpoint(struct wk_engine *engine, const char *dir, struct wk_buf *text)
{
    return engine->ops->checkpoint(engine, dir, text);
}
