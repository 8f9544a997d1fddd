/* What deleteAll left behind is deleted in the background: a generation of an actor that is no
 * longer current.
 *
 * That it is to be done is on disk, in the batch that raised the generation, until it is done:
 * "gc/" and what the keys of the generation begin with, in the space of meta. Small ones are
 * deleted key by key: a reader passes over ranges that were deleted each time it looks for
 * something, over keys only while it scans where they were. */
#include <stdlib.h>
#include <string.h>
#include "kernel/base/log.h"
#include "services/actor_storage/actor_storage.h"
#include "services/actor_storage/stage.h"

#define RECORD_PREFIX "gc/"
#define RECORD_PREFIX_BYTES 3u
#define KEYS_MAX 4096u /* of one piece of work, and of what is deleted key by key */
#define ITEMS_MAX 64u  /* of one piece of work */

struct item {
    struct item *next;
    uint32_t bytes;
    uint8_t prefix[];
};

struct wk_tidy {
    struct wk_daemon *daemon;
    struct item *first, **last;
    bool running;
    /* the piece of work */
    uv_work_t pool;
    struct wk_engine *engine;
    struct wk_batch batch;
    size_t items, done; /* of the list, from its first: to be dealt with; dealt with by batch */
    wk_err err;
};

void
wk_tidy_init(struct wk_daemon *daemon)
{
    struct wk_tidy *tidy = wk_xcalloc(1, sizeof(*tidy));

    tidy->daemon = daemon;
    tidy->last = &tidy->first;
    daemon->tidy = tidy;
}

static void
prefix_add(struct wk_buf *out, const struct wk_actor_key *key, uint16_t facet,
           uint32_t generation)
{
    uint8_t be[4];

    wk_key_add_facet(out, key, facet);
    wk_be32_put(be, generation);
    wk_buf_add(out, be, sizeof(be));
}

/* In daemon->key. */
static struct wk_span
record_key(struct wk_daemon *daemon, const struct wk_actor_key *key, uint16_t facet,
           uint32_t generation)
{
    daemon->key.len = 0;
    wk_buf_add_str(&daemon->key, RECORD_PREFIX);
    prefix_add(&daemon->key, key, facet, generation);
    return wk_span_of(&daemon->key);
}

void
wk_tidy_note(struct wk_daemon *daemon, struct wk_batch *batch, const struct wk_actor_key *key,
             uint16_t facet, uint32_t generation)
{
    wk_batch_put(batch, WK_SPACE_META, record_key(daemon, key, facet, generation),
                 (struct wk_span){NULL, 0});
    wk_stages_note(daemon, key, facet, generation);
}

void
wk_tidy_unnote(struct wk_daemon *daemon, struct wk_batch *batch, const struct wk_actor_key *key,
               uint16_t facet, uint32_t generation)
{
    wk_batch_delete(batch, WK_SPACE_META, record_key(daemon, key, facet, generation));
}

wk_err
wk_tidy_highest(struct wk_daemon *daemon, const struct wk_actor_key *key, uint16_t facet,
                uint32_t *generation)
{
    struct wk_buf start = {0}, end = {0};
    struct wk_scan *scan;
    wk_err err;

    wk_buf_add_str(&start, RECORD_PREFIX);
    wk_key_add_facet(&start, key, facet);
    wk_buf_add(&end, start.data, start.len);
    wk_key_after(&end, RECORD_PREFIX_BYTES);
    scan = wk_scan_open(daemon->engine, WK_READ_ANY, WK_SPACE_META, wk_span_of(&start),
                        wk_span_of(&end), true);
    if (wk_scan_valid(scan) && wk_scan_key(scan).len == start.len + 4) {
        uint32_t noted = wk_be32(wk_scan_key(scan).data + start.len);

        if (noted > *generation)
            *generation = noted;
    }
    err = wk_scan_err(scan);
    wk_scan_close(scan);
    wk_buf_fini(&start);
    wk_buf_fini(&end);
    return err;
}

/* ---- in the pool ---- */

/* The keys of one generation; more than keys_max: the whole range. */
static wk_err
item_work(struct wk_tidy *tidy, const struct item *item, size_t *keys)
{
    struct wk_buf start = {0}, end = {0}, record = {0};
    struct wk_batch deletions = {0};
    struct wk_scan *scan;
    wk_err err;

    wk_buf_add(&start, item->prefix, item->bytes);
    wk_buf_add_char(&start, WK_KEY_OF_GENERATION);
    wk_buf_add(&end, item->prefix, item->bytes);
    wk_key_after(&end, 0);
    scan = wk_scan_open(tidy->engine, WK_READ_ANY, WK_SPACE_ENTRIES, wk_span_of(&start),
                        wk_span_of(&end), false);
    for (; wk_scan_valid(scan) && deletions.count <= KEYS_MAX; wk_scan_next(scan))
        wk_batch_delete(&deletions, WK_SPACE_ENTRIES, wk_scan_key(scan));
    err = wk_scan_err(scan);
    wk_scan_close(scan);
    *keys += deletions.count;
    if (deletions.count > KEYS_MAX)
        wk_batch_delete_range(&tidy->batch, WK_SPACE_ENTRIES, wk_span_of(&start),
                              wk_span_of(&end));
    else
        wk_batch_append(&tidy->batch, &deletions);
    wk_buf_add_str(&record, RECORD_PREFIX);
    wk_buf_add(&record, item->prefix, item->bytes);
    wk_batch_delete(&tidy->batch, WK_SPACE_META, wk_span_of(&record));
    wk_batch_fini(&deletions);
    wk_buf_fini(&start);
    wk_buf_fini(&end);
    wk_buf_fini(&record);
    return err;
}

static void
tidy_work(uv_work_t *pool)
{
    struct wk_tidy *tidy = WK_CONTAINER(pool, struct wk_tidy, pool);
    size_t keys = 0;

    for (struct item *item = tidy->first;; item = item->next) {
        tidy->err = item_work(tidy, item, &keys);
        if (tidy->err != WK_OK || ++tidy->done == tidy->items || keys >= KEYS_MAX)
            return;
    }
}

/* ---- on the loop ---- */

static void
tidy_done(uv_work_t *pool, int status)
{
    struct wk_tidy *tidy = WK_CONTAINER(pool, struct wk_tidy, pool);
    struct wk_round *round;

    (void)WK_FAULT_POINT("D.deleteall.between");
    if (tidy->err != WK_OK) { /* the records stay, for the next process */
        wk_log(WK_ERROR, "tidy.read", "err=%s", wk_err_name(tidy->err));
        wk_batch_reset(&tidy->batch, 0);
        return;
    }
    round = wk_round_filling(tidy->daemon);
    wk_batch_append(&round->group.batch, &tidy->batch);
    wk_batch_reset(&tidy->batch, 0);
    round->tidies = true;
}

static void
tidy_go(struct wk_tidy *tidy)
{
    if (tidy->running || tidy->first == NULL || tidy->daemon->failed)
        return;
    tidy->running = true;
    tidy->engine = tidy->daemon->engine;
    tidy->err = WK_OK;
    tidy->done = 0;
    tidy->items = 0;
    for (struct item *item = tidy->first; item != NULL && tidy->items < ITEMS_MAX;
         item = item->next)
        tidy->items++; /* those that come while the pool is at it are for the next time */
    WK_CHECK(uv_queue_work(tidy->daemon->loop, &tidy->pool, tidy_work, tidy_done) == 0);
}

void
wk_tidy_committed(struct wk_daemon *daemon, wk_err err)
{
    struct wk_tidy *tidy = daemon->tidy;

    tidy->running = false;
    if (err != WK_OK) /* later, with the next that is noted */
        return;
    for (; tidy->done > 0; tidy->done--) {
        struct item *item = tidy->first;

        tidy->first = item->next;
        if (tidy->first == NULL)
            tidy->last = &tidy->first;
        free(item);
        daemon->counters.ranges_deleted++;
    }
    tidy_go(tidy);
}

static void
item_add(struct wk_tidy *tidy, struct wk_span prefix)
{
    struct item *item = wk_xcalloc(1, sizeof(*item) + prefix.len);

    item->bytes = (uint32_t)prefix.len;
    memcpy(item->prefix, prefix.data, prefix.len);
    *tidy->last = item;
    tidy->last = &item->next;
}

void
wk_tidy_begin(struct wk_daemon *daemon, const struct wk_actor_key *key, uint16_t facet,
              uint32_t generation)
{
    struct wk_buf prefix = {0};

    prefix_add(&prefix, key, facet, generation);
    item_add(daemon->tidy, wk_span_of(&prefix));
    wk_buf_fini(&prefix);
    tidy_go(daemon->tidy);
}

void
wk_tidy_load(struct wk_daemon *daemon)
{
    struct wk_span start = {(const uint8_t *)RECORD_PREFIX, RECORD_PREFIX_BYTES};
    struct wk_span end = {(const uint8_t *)"gc0", 3}; /* '0' comes after '/' */
    struct wk_scan *scan =
        wk_scan_open(daemon->engine, WK_READ_ANY, WK_SPACE_META, start, end, false);

    for (; wk_scan_valid(scan); wk_scan_next(scan)) {
        struct wk_span key = wk_scan_key(scan);

        item_add(daemon->tidy, (struct wk_span){key.data + RECORD_PREFIX_BYTES,
                                                key.len - RECORD_PREFIX_BYTES});
    }
    if (wk_scan_err(scan) != WK_OK)
        wk_daemon_fail(daemon, "what is to be deleted cannot be read");
    wk_scan_close(scan);
    tidy_go(daemon->tidy);
}
