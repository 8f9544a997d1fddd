/* How many keys of a deletion there were. */
#include <stdlib.h>
#include <string.h>
#include "services/actor_storage/actor_storage.h"

/* What the records of the batch so far did to a key: the newest one decides. */
struct seen {
    struct wk_span key; /* len 0: none, as every key of the engine has a prefix */
    bool present;
};

struct seen_table {
    struct seen *slots;
    size_t mask;
    uint64_t seed;
};

static struct seen *
seen_slot(const struct seen_table *table, struct wk_span key)
{
    size_t at = wk_hash_keyed(table->seed, 0, key) & table->mask;

    for (; table->slots[at].key.len > 0; at = (at + 1) & table->mask)
        if (wk_span_compare(table->slots[at].key, key) == 0)
            break;
    return &table->slots[at];
}

static wk_err
was_there(struct wk_engine *engine, int flags, const struct seen *seen, struct wk_span key,
          struct wk_buf *value, bool *there)
{
    wk_err err = WK_OK;

    *there = seen->present;
    if (seen->key.len > 0)
        return WK_OK;
    value->len = 0;
    err = wk_engine_get(engine, flags, WK_SPACE_ENTRIES, key, value);
    *there = err == WK_OK;
    return err == WK_ENOTFOUND ? WK_OK : err;
}

wk_err
wk_count(struct wk_engine *engine, int flags, const struct wk_batch *batch,
         struct wk_counted *counted, size_t counted_count)
{
    struct wk_span rest = {(const uint8_t *)batch->records.data, batch->records.len};
    struct seen_table table = {.mask = 16};
    struct wk_record record;
    struct wk_buf value = {0};
    size_t c = 0;
    wk_err err = WK_OK;

    wk_random(&table.seed, sizeof(table.seed));
    while (table.mask < 2 * (size_t)batch->count)
        table.mask *= 2;
    table.slots = wk_xcalloc(table.mask, sizeof(*table.slots));
    table.mask--;
    for (size_t i = 0; i < counted_count; i++)
        counted[i].found = 0;
    for (uint32_t i = 0; err == WK_OK && wk_batch_next(&rest, &record) == WK_OK; i++) {
        struct seen *seen;
        bool there;

        while (c < counted_count && i >= counted[c].first + counted[c].count)
            c++;
        if (record.space != WK_SPACE_ENTRIES || record.kind == WK_RECORD_DELETE_RANGE)
            continue; /* ranges are of pages */
        seen = seen_slot(&table, record.key);
        if (c < counted_count && i >= counted[c].first) {
            err = was_there(engine, flags, seen, record.key, &value, &there);
            counted[c].found += there;
        }
        *seen = (struct seen){record.key, record.kind == WK_RECORD_PUT};
    }
    free(table.slots);
    wk_buf_fini(&value);
    return err;
}
