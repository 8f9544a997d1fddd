/* Random operations, flushes, answers, evictions and rollbacks, against plain arrays: a read
 * gives the state at the call (I17), what is known is right and nothing dirty is lost (I21),
 * counts are those at the call (I25). */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "storage/cache_priv.h"
#include "storage/cache_txn.h"

#define KEYS 12
#define READS 6
#define MESSAGES 2048
#define MARKS 4
#define COUNTS 1024 /* more than the deletes of a run */

static const struct wk_span universe[KEYS] = {
    {(const uint8_t *)"", 0},   {(const uint8_t *)"a", 1},   {(const uint8_t *)"a\0", 2},
    {(const uint8_t *)"ab", 2}, {(const uint8_t *)"b", 1},   {(const uint8_t *)"bb", 2},
    {(const uint8_t *)"c", 1},  {(const uint8_t *)"c\0", 2}, {(const uint8_t *)"d", 1},
    {(const uint8_t *)"dd", 2}, {(const uint8_t *)"e", 1},   {(const uint8_t *)"\xff", 1},
};
/* Bounds of lists that are no keys themselves. */
static const struct wk_span bounds[] = {
    {(const uint8_t *)"a\0\0", 3}, {(const uint8_t *)"az", 2}, {(const uint8_t *)"bb\0", 3},
    {(const uint8_t *)"cc", 2},    {(const uint8_t *)"zz", 2},
};

struct state {
    uint8_t value[KEYS]; /* 0: absent */
    uint64_t alarm;
};

struct open_read {
    struct wk_cache_read *read;
    struct state expect; /* at the call; through a transaction: with its overlay */
    struct state stored; /* what the daemon answers from */
    struct wk_cache_range range;
    bool wanted[KEYS];
    size_t count_expect; /* of a delete: the rest */
    bool list, counts;
};

struct world {
    uint32_t rng;
    struct wk_cache_lru *lru;
    struct wk_cache *cache;
    bool never_flush;
    struct state model;
    struct state at[MESSAGES]; /* the daemon's state after each message */
    uint64_t sent, told;
    struct open_read reads[READS];
    struct {
        struct wk_cache_mark *mark;
        struct state state;
    } marks[MARKS];
    int mark_count;
    struct {
        uint32_t request;
        int64_t expect, got;
        bool forgotten, sent;
    } counts[COUNTS];
    uint32_t requests;
    struct wk_cache_txn *txn;
    int16_t overlay[KEYS]; /* -1: untouched */
    bool asking;
    uint64_t ask_version, ask_answer;
    bool handling;
    bool replaced; /* the alarm, since the handler began */
    uint64_t handled;
    bool confirmed; /* a write since the last take was */
    bool confirmed_at[MARKS], replaced_at[MARKS];
    int relieved, told_dirty;
};

static uint32_t
pick(struct world *w, uint32_t n)
{
    w->rng ^= w->rng << 13;
    w->rng ^= w->rng >> 17;
    w->rng ^= w->rng << 5;
    return w->rng % n;
}

static int
key_index(struct wk_span key)
{
    for (int i = 0; i < KEYS; i++)
        if (wk_span_compare(key, universe[i]) == 0)
            return i;
    return -1;
}

static void
on_dirty(void *arg)
{
    ((struct world *)arg)->told_dirty++;
}

/* ---- the daemon ---- */

static void
apply(void *arg, const struct wk_write *write)
{
    struct world *w = arg;
    struct state *state = &w->at[w->sent + 1];
    int key = key_index(write->key);

    switch (write->kind) {
    case WK_WRITE_PUT:
        cr_assert_eq(write->value.len, 1);
        state->value[key] = write->value.data[0];
        break;
    case WK_WRITE_COUNTED:
        w->counts[write->number % COUNTS].got += state->value[key] != 0;
        w->counts[write->number % COUNTS].sent = true;
        cr_assert(!w->counts[write->number % COUNTS].forgotten);
        state->value[key] = 0;
        break;
    case WK_WRITE_DELETE:
        state->value[key] = 0;
        break;
    case WK_WRITE_DELETE_ALL:
        memset(state->value, 0, sizeof(state->value));
        if (write->number)
            state->alarm = 0;
        break;
    case WK_WRITE_ALARM:
        state->alarm = write->number;
        break;
    case WK_WRITE_ALARM_DONE:
        if (state->alarm == write->number)
            state->alarm = 0;
        break;
    default:
        cr_assert_fail("no such write");
    }
}

static void
do_take(struct world *w)
{
    bool confirmed;
    bool dirty = wk_cache_dirty(w->cache);

    w->at[w->sent + 1] = w->at[w->sent];
    if (wk_cache_take(w->cache, w->sent + 1, apply, w, &confirmed) == 0) {
        cr_assert(!dirty);
        return;
    }
    cr_assert(dirty);
    cr_assert_eq(confirmed, w->confirmed);
    cr_assert_gt(w->told_dirty, 0);
    w->told_dirty = 0;
    w->confirmed = false;
    w->sent++;
    if (w->mark_count == 0 && !w->handling && w->txn == NULL)
        cr_assert_eq(memcmp(w->at[w->sent].value, w->model.value, KEYS), 0);
}

static void
do_durable(struct world *w)
{
    if (w->told == w->sent)
        return;
    w->told += 1 + pick(w, (uint32_t)(w->sent - w->told));
    wk_cache_durable(w->cache, w->told);
}

/* ---- reads ---- */

static struct open_read *
read_slot(struct world *w)
{
    for (int i = 0; i < READS; i++)
        if (w->reads[i].read == NULL)
            return &w->reads[i];
    return NULL;
}

static bool
in_range(const struct wk_cache_range *range, struct wk_span key)
{
    return wk_span_compare(key, range->start) >= 0 &&
           (range->end.len == 0 || wk_span_compare(key, range->end) < 0);
}

static void
read_check(struct open_read *r)
{
    struct wk_entry *const *got;
    size_t n = wk_cache_read_result(r->read, &got), at = 0;

    if (r->counts) {
        cr_assert_eq(n, r->count_expect);
    } else {
        for (int j = 0; j < KEYS; j++) {
            int i = r->list && r->range.reverse ? KEYS - 1 - j : j;

            if (r->list ? !in_range(&r->range, universe[i]) : !r->wanted[i])
                continue;
            if (r->expect.value[i] == 0 ||
                (r->list && r->range.limit > 0 && at == r->range.limit))
                continue;
            cr_assert_lt(at, n, "key %d is missing", i);
            cr_assert_eq(wk_span_compare(wk_entry_key(got[at]), universe[i]), 0, "key %d", i);
            cr_assert_eq(wk_entry_value(got[at]).data[0], r->expect.value[i], "value of key %d",
                         i);
            at++;
        }
        cr_assert_eq(at, n);
    }
    wk_cache_read_free(r->read);
    *r = (struct open_read){0};
}

/* The daemon reads some state between what it told and what was sent before the question. */
static void
read_posted(struct world *w, struct open_read *r)
{
    r->stored = w->at[w->told + pick(w, (uint32_t)(w->sent - w->told) + 1)];
    if (wk_cache_read_complete(r->read))
        read_check(r);
    else
        cr_assert(!w->never_flush);
}

static struct state
seen(struct world *w, bool in_txn)
{
    struct state state = w->model;

    for (int i = 0; in_txn && i < KEYS; i++)
        if (w->overlay[i] >= 0)
            state.value[i] = (uint8_t)w->overlay[i];
    return state;
}

static unsigned
options(struct world *w)
{
    return (pick(w, 6) == 0 ? WK_CACHE_NO_CACHE : 0u) |
           (pick(w, 3) == 0 ? WK_CACHE_UNCONFIRMED : 0u);
}

static void
do_get(struct world *w)
{
    bool in_txn = w->txn != NULL && pick(w, 2);
    struct state state = seen(w, in_txn);
    int i = (int)pick(w, KEYS);
    struct wk_entry *entry;
    enum wk_cache_found found = in_txn
                                    ? wk_cache_txn_get(w->txn, universe[i], options(w), &entry)
                                    : wk_cache_get(w->cache, universe[i], options(w), &entry);

    if (found == WK_CACHE_PRESENT)
        cr_assert_eq(wk_entry_value(entry).data[0], state.value[i]);
    else if (found == WK_CACHE_ABSENT)
        cr_assert_eq(state.value[i], 0);
}

static void
do_read_keys(struct world *w)
{
    struct open_read *r = read_slot(w);
    bool in_txn = w->txn != NULL && pick(w, 2);
    struct wk_span keys[5];
    uint32_t n = 1 + pick(w, 5);

    if (r == NULL)
        return;
    for (uint32_t k = 0; k < n; k++) {
        uint32_t i = pick(w, KEYS);

        keys[k] = universe[i];
        r->wanted[i] = true;
    }
    r->expect = seen(w, in_txn);
    if (in_txn)
        wk_cache_txn_read_keys(w->txn, keys, n, options(w), &r->read);
    else
        wk_cache_read_keys(w->cache, keys, n, options(w), &r->read);
    read_posted(w, r);
}

static struct wk_span
bound(struct world *w)
{
    uint32_t i = pick(w, KEYS + WK_COUNT(bounds));

    return i < KEYS ? universe[i] : bounds[i - KEYS];
}

static void
do_read_list(struct world *w)
{
    struct open_read *r = read_slot(w);
    bool in_txn = w->txn != NULL && pick(w, 2);

    if (r == NULL)
        return;
    r->list = true;
    r->range.start = pick(w, 3) == 0 ? (struct wk_span){0} : bound(w);
    r->range.end = pick(w, 3) == 0 ? (struct wk_span){0} : bound(w);
    r->range.limit = pick(w, 2) ? 0 : 1 + pick(w, 5);
    r->range.reverse = pick(w, 2);
    r->expect = seen(w, in_txn);
    if (in_txn)
        wk_cache_txn_read_list(w->txn, &r->range, options(w), &r->read);
    else
        wk_cache_read_list(w->cache, &r->range, options(w), &r->read);
    read_posted(w, r);
}

/* One piece of the answer to what is still asked, from the state of the question. */
static void
do_answer(struct world *w)
{
    struct open_read *r = &w->reads[pick(w, READS)];
    struct wk_cache_item items[KEYS];
    struct wk_cache_ask ask;
    size_t n = 0, most = pick(w, 4), stop = KEYS;
    bool end = true;

    if (r->read == NULL)
        return;
    wk_cache_read_ask(r->read, &ask);
    if (ask.count == 0 && ask.range.limit > 0)
        stop = ask.range.limit;
    for (int j = 0; j < KEYS; j++) {
        int i = ask.count == 0 && ask.range.reverse ? KEYS - 1 - j : j;
        bool asked = ask.count == 0 && in_range(&ask.range, universe[i]);

        for (size_t k = 0; k < ask.count; k++)
            asked |= wk_span_compare(ask.keys[k], universe[i]) == 0;
        if (!asked || r->stored.value[i] == 0 || n == stop)
            continue;
        if (n == most) {
            end = false;
            break;
        }
        items[n++] = (struct wk_cache_item){universe[i], {&r->stored.value[i], 1}, false};
    }
    cr_assert_eq(wk_cache_read_answer(r->read, items, n, end), WK_OK);
    if (end)
        cr_assert(wk_cache_read_complete(r->read));
    if (wk_cache_read_complete(r->read))
        read_check(r);
}

/* ---- writes ---- */

static void
note_write(struct world *w, unsigned opts, bool changed)
{
    if (!(opts & WK_CACHE_UNCONFIRMED) && changed)
        w->confirmed = true;
}

/* Whether an idle write was one is the cache's to say; the model takes it from there. */
static void
note_confirmed(struct world *w)
{
    w->confirmed = w->cache->confirmed;
}

static void
do_put(struct world *w)
{
    int i = (int)pick(w, KEYS);
    uint8_t value = (uint8_t)(1 + pick(w, 3));
    unsigned opts = options(w);

    if (w->txn != NULL && pick(w, 2)) {
        cr_assert_eq(wk_cache_txn_put(w->txn, universe[i], (struct wk_span){&value, 1}, opts),
                     WK_OK);
        w->overlay[i] = value;
        return;
    }
    cr_assert_eq(wk_cache_put(w->cache, universe[i], (struct wk_span){&value, 1}, opts), WK_OK);
    note_write(w, opts, w->model.value[i] != value);
    note_confirmed(w);
    w->model.value[i] = value;
}

static void
delete_done(struct world *w, struct wk_cache_deleted *deleted, size_t expect)
{
    struct open_read *r;

    cr_assert_leq(deleted->known, expect);
    if (deleted->read == NULL) {
        if (!deleted->asked)
            cr_assert_eq(deleted->known, expect);
        return;
    }
    if ((r = read_slot(w)) == NULL) {
        wk_cache_read_free(deleted->read);
        return;
    }
    r->read = deleted->read;
    r->counts = true;
    r->count_expect = expect - deleted->known;
    read_posted(w, r);
}

static void
do_delete(struct world *w)
{
    bool in_txn = w->txn != NULL && pick(w, 2);
    struct state state = seen(w, in_txn);
    struct wk_span keys[4];
    struct wk_cache_deleted deleted;
    size_t n = 1 + pick(w, 4), expect = 0;
    uint32_t request = ++w->requests, slot = request % COUNTS;
    unsigned opts = options(w);

    for (size_t k = 0; k < n; k++) {
        uint32_t i = pick(w, KEYS);

        keys[k] = universe[i];
        expect += state.value[i] != 0;
        state.value[i] = 0;
        if (in_txn)
            w->overlay[i] = 0;
        else
            w->model.value[i] = 0;
    }
    if (in_txn) {
        cr_assert_eq(wk_cache_txn_delete(w->txn, keys, n, opts, &deleted), WK_OK);
        cr_assert(!deleted.asked);
        delete_done(w, &deleted, expect);
        return;
    }
    cr_assert_eq(wk_cache_delete(w->cache, keys, n, opts, request, &deleted), WK_OK);
    note_confirmed(w);
    delete_done(w, &deleted, expect);
    memset(&w->counts[slot], 0, sizeof(w->counts[slot]));
    if (deleted.asked) {
        w->counts[slot].request = request;
        w->counts[slot].expect = (int64_t)expect - (int64_t)deleted.known;
    }
}

static void
do_forget(struct world *w)
{
    uint32_t slot = pick(w, COUNTS);

    if (w->counts[slot].request == 0 || w->counts[slot].sent)
        return;
    wk_cache_delete_forget(w->cache, w->counts[slot].request);
    w->counts[slot].forgotten = true;
}

static void
do_delete_all(struct world *w)
{
    bool with_alarm = pick(w, 2);

    cr_assert_eq(wk_cache_delete_all(w->cache, with_alarm, options(w)), WK_OK);
    note_confirmed(w);
    memset(w->model.value, 0, sizeof(w->model.value));
    if (with_alarm) {
        w->model.alarm = 0;
        w->replaced = true;
    }
}

static void
do_txn(struct world *w)
{
    if (w->txn == NULL) {
        if (w->mark_count > 0)
            return;
        w->txn = wk_cache_txn_new(w->cache);
        memset(w->overlay, 0xff, sizeof(w->overlay));
        return;
    }
    if (pick(w, 2)) {
        w->model = seen(w, true);
        cr_assert_eq(wk_cache_txn_commit(w->txn), WK_OK);
        note_confirmed(w);
    }
    wk_cache_txn_free(w->txn);
    w->txn = NULL;
}

static void
do_mark(struct world *w)
{
    if (w->mark_count < MARKS && w->txn == NULL && pick(w, 2)) {
        w->marks[w->mark_count].mark = wk_cache_mark(w->cache);
        w->marks[w->mark_count].state = w->model;
        w->confirmed_at[w->mark_count] = w->confirmed;
        w->replaced_at[w->mark_count] = w->replaced;
        w->mark_count++;
        return;
    }
    if (w->mark_count == 0)
        return;
    w->mark_count--;
    if (pick(w, 2)) {
        wk_cache_mark_release(w->marks[w->mark_count].mark);
    } else {
        w->model = w->marks[w->mark_count].state;
        w->confirmed = w->confirmed_at[w->mark_count];
        w->replaced = w->replaced_at[w->mark_count];
        wk_cache_mark_rollback(w->marks[w->mark_count].mark);
        cr_assert_eq(w->cache->confirmed, w->confirmed);
    }
}

/* ---- the alarm ---- */

static void
do_alarm(struct world *w)
{
    uint64_t now, version;

    switch (pick(w, 3)) {
    case 0:
        w->model.alarm = pick(w, 4);
        w->replaced |= w->handling;
        cr_assert_eq(wk_cache_alarm_set(w->cache, w->model.alarm, options(w)), WK_OK);
        note_confirmed(w);
        break;
    case 1:
        if (w->asking) {
            w->asking = false;
            wk_cache_alarm_answer(w->cache, w->ask_version, w->ask_answer, 0);
            break;
        }
        if (wk_cache_alarm_get(w->cache, &now, &version) != WK_CACHE_MISS) {
            cr_assert_eq(now, w->model.alarm);
            break;
        }
        w->asking = true;
        w->ask_version = version;
        w->ask_answer = w->at[w->told + pick(w, (uint32_t)(w->sent - w->told) + 1)].alarm;
        break;
    case 2:
        if (w->mark_count > 0 || w->never_flush)
            break;
        if (w->handling) {
            w->handling = false;
            if (pick(w, 2)) {
                wk_cache_alarm_done(w->cache);
                note_confirmed(w);
            } else {
                if (!w->replaced)
                    w->model.alarm = w->handled;
                wk_cache_alarm_keep(w->cache);
            }
            break;
        }
        w->handled = w->at[w->told + pick(w, (uint32_t)(w->sent - w->told) + 1)].alarm;
        if (w->handled == 0)
            break;
        switch (wk_cache_alarm_arm(w->cache, w->handled, &now)) {
        case WK_CACHE_ARM_CANCEL:
            cr_assert_eq(now, w->model.alarm);
            cr_assert_neq(now, w->handled);
            break;
        case WK_CACHE_ARM_RUN:
            cr_assert_neq(w->model.alarm, w->handled);
            break;
        case WK_CACHE_ARM_DEFERRED:
            w->handling = true;
            w->replaced = false;
            w->model.alarm = 0;
            break;
        }
        break;
    }
}

/* ---- forgetting ---- */

static void
do_evict(struct world *w)
{
    struct wk_entry *at = cache_map_first(&w->cache->map);
    uint32_t skip = pick(w, KEYS);

    if (w->mark_count > 0)
        return;
    for (; at != NULL; at = cache_map_next(at))
        if (at->sync == SYNC_CLEAN && skip-- == 0) {
            cache_evict(at);
            return;
        }
}

static void
audit(struct world *w)
{
    struct wk_entry *at, *prev = NULL;
    size_t entries = 0, bytes = 0;

    for (at = cache_map_first(&w->cache->map); at != NULL; prev = at, at = cache_map_next(at)) {
        int i = key_index(entry_key(at));

        entries++;
        bytes += cache_entry_bytes(at);
        cr_assert(at->cache == w->cache && at->sync != SYNC_LOOSE);
        cr_assert(at->status != ENTRY_UNKNOWN || !at->gap);
        if (prev != NULL)
            cr_assert_lt(wk_span_compare(entry_key(prev), entry_key(at)), 0);
        if (at->status == ENTRY_UNKNOWN || i < 0)
            continue;
        cr_assert_eq(at->status == ENTRY_PRESENT ? entry_value(at).data[0] : 0,
                     w->model.value[i]);
        if (at->sync == SYNC_CLEAN)
            cr_assert_eq(w->model.value[i], w->at[w->told].value[i], "clean, not stored");
    }
    for (int i = 0; i < KEYS; i++) {
        at = cache_map_floor(&w->cache->map, universe[i], true);
        if (at != NULL && at->gap && !span_equal(entry_key(at), universe[i]))
            cr_assert_eq(w->model.value[i], 0, "key %d is in a gap", i);
    }
    cr_assert_eq(entries, w->cache->entries);
    cr_assert_eq(bytes, w->cache->bytes);
}

static void
step(struct world *w)
{
    uint32_t op = pick(w, 25);

    switch (op) {
    case 0 ... 3:
        do_put(w);
        break;
    case 4 ... 5:
        do_delete(w);
        break;
    case 6:
        if (pick(w, 4) == 0)
            do_delete_all(w);
        break;
    case 7 ... 8:
        do_get(w);
        break;
    case 9 ... 10:
        do_read_keys(w);
        break;
    case 11 ... 13:
        do_read_list(w);
        break;
    case 14 ... 16:
        do_answer(w);
        break;
    case 17:
        do_take(w);
        break;
    case 18:
        do_durable(w);
        break;
    case 19:
        do_mark(w);
        break;
    case 20:
        do_txn(w);
        break;
    case 21:
        do_alarm(w);
        break;
    case 22 ... 23:
        do_evict(w);
        break;
    case 24:
        do_forget(w);
        break;
    }
    audit(w);
}

/* Everything comes to its end: the daemon has what the model has. */
static void
settle(struct world *w)
{
    while (w->mark_count > 0)
        do_mark(w);
    if (w->txn != NULL)
        do_txn(w);
    if (w->handling) {
        w->handling = false;
        wk_cache_alarm_done(w->cache);
    }
    w->confirmed = w->cache->confirmed;
    do_take(w);
    while (w->told < w->sent)
        do_durable(w);
    audit(w);
    if (!w->never_flush) {
        cr_assert_eq(memcmp(w->at[w->sent].value, w->model.value, KEYS), 0);
        cr_assert_eq(w->at[w->sent].alarm, w->model.alarm);
        cr_assert_eq(w->cache->dirty_bytes, 0);
    }
    for (int i = 0; i < COUNTS; i++)
        if (w->counts[i].sent)
            cr_assert_eq(w->counts[i].got, w->counts[i].expect);
    for (int i = 0; i < READS; i++)
        wk_cache_read_free(w->reads[i].read);
}

static void
run(uint32_t seed, bool never_flush, int steps)
{
    struct world *w = wk_xcalloc(1, sizeof(*w));
    struct wk_cache_limits limits = WK_CACHE_LIMITS_DEFAULT;
    struct wk_cache_config config = {.hooks = {.arg = w, .dirty = on_dirty},
                                     .never_flush = never_flush};

    w->rng = seed * 2654435761u + 1;
    w->never_flush = never_flush;
    config.no_cache = pick(w, 8) == 0;
    if (pick(w, 3) == 0)
        limits.soft_bytes = 200 + pick(w, 1200);
    w->lru = wk_cache_lru_new(&limits);
    w->cache = wk_cache_new(w->lru, &config);
    if (never_flush) {
        wk_cache_assume_empty(w->cache);
    } else {
        struct wk_cache_item items[KEYS];
        size_t n = 0, some = pick(w, KEYS);

        w->model.alarm = w->at[0].alarm = pick(w, 3);
        for (int i = 0; i < KEYS; i++)
            w->model.value[i] = w->at[0].value[i] = (uint8_t)pick(w, 3);
        for (size_t i = 0; i < (pick(w, 2) ? KEYS : some); i++)
            items[n++] = (struct wk_cache_item){universe[i],
                                                {&w->at[0].value[i], w->at[0].value[i] != 0},
                                                w->at[0].value[i] == 0};
        cr_assert_eq(wk_cache_assume(w->cache, items, n, n == KEYS), WK_OK);
        if (pick(w, 2))
            wk_cache_assume_alarm(w->cache, w->at[0].alarm);
    }
    for (int i = 0; i < steps; i++)
        step(w);
    settle(w);
    wk_cache_free(w->cache);
    wk_cache_lru_free(w->lru); /* checks that every entry is gone */
    free(w);
}

Test(cache_model, random_interleavings_agree_with_a_plain_map)
{
    const char *seeds = getenv("WK_SEEDS"); /* more than usual */

    for (uint32_t i = 1; i <= (seeds != NULL ? (uint32_t)atoi(seeds) : 1500); i++)
        run(i, false, 600);
}

Test(cache_model, a_cache_that_never_flushes_is_the_storage)
{
    for (uint32_t i = 1; i <= 500; i++)
        run(i, true, 600);
}
