#include <stdlib.h>
#include <string.h>

#include "storage/cache_priv.h"

/* ---- the result ---- */

/* The strongest that is next in order, of up to three lists; the same key is taken from all of
 * them. */
static struct wk_entry *
merge_next(const struct wk_cache_read *read, const struct entry_list *const lists[3],
           size_t at[3])
{
    struct wk_entry *best = NULL;

    for (int i = 0; i < 3; i++) {
        struct wk_entry *entry = at[i] < lists[i]->count ? lists[i]->items[at[i]] : NULL;
        int order;

        if (entry == NULL)
            continue;
        order = best == NULL ? -1 : wk_span_compare(entry_key(entry), entry_key(best));
        if (best == NULL || (read->reverse ? order > 0 : order < 0))
            best = entry;
    }
    for (int i = 0; best != NULL && i < 3; i++)
        if (at[i] < lists[i]->count &&
            span_equal(entry_key(lists[i]->items[at[i]]), entry_key(best)))
            at[i]++;
    return best;
}

void
cache_read_finish(struct wk_cache_read *read)
{
    const struct entry_list *const lists[3] = {&read->overlay, &read->captured, &read->answers};
    size_t at[3] = {0};
    struct wk_entry *entry;

    while ((read->limit == 0 || read->result.count < read->limit) &&
           (entry = merge_next(read, lists, at)) != NULL)
        if (entry->status == ENTRY_PRESENT)
            cache_list_add(&read->result, wk_entry_ref(entry));
    cache_list_fini(&read->overlay);
    cache_list_fini(&read->captured);
    cache_list_fini(&read->answers);
    LIST_REMOVE(read, link);
    read->cache = NULL;
    read->complete = true;
}

/* ---- what to ask ---- */

static struct wk_span
span_after(struct wk_span span)
{
    uint8_t *data = wk_xmalloc(span.len + 1);

    if (span.len > 0)
        memcpy(data, span.data, span.len);
    data[span.len] = 0;
    return (struct wk_span){data, span.len + 1};
}

void
wk_cache_read_ask(struct wk_cache_read *read, struct wk_cache_ask *out)
{
    WK_CHECK(read->cache != NULL);
    *out = (struct wk_cache_ask){0};
    if (!read->list) {
        out->keys = read->keys + read->key_next;
        out->count = read->key_count - read->key_next;
        return;
    }
    out->range = (struct wk_cache_range){read->from, read->to, 0, read->reverse};
    if (read->ask_limit > 0)
        out->range.limit = read->ask_limit - read->received;
    free((void *)read->asked.data);
    read->asked = (struct wk_span){0};
    if (read->reverse && read->delivered) {
        out->range.end = read->last;
    } else if (read->delivered || read->from_exclusive) {
        read->asked = span_after(read->delivered ? read->last : read->from);
        out->range.start = read->asked;
    }
}

/* ---- answers ---- */

static void
read_moved(struct wk_cache_read *read, struct wk_span key)
{
    free((void *)read->last.data);
    read->last = (struct wk_span){key.len > 0 ? wk_xmemdup(key.data, key.len) : NULL, key.len};
    read->delivered = true;
}

static void
answer_keep(struct wk_cache_read *read, const struct wk_cache_item *item)
{
    struct wk_entry *entry = cache_entry_new(read->lru, item->key, item->value,
                                             item->absent ? ENTRY_ABSENT : ENTRY_PRESENT);

    if (!read->forgetful)
        cache_learn(read->cache, entry);
    if (item->absent)
        wk_entry_unref(entry);
    else
        cache_list_add(&read->answers, entry);
}

/* Up to the key (NULL: to the end) all that were asked for and are not delivered are absent. */
static void
answer_skip(struct wk_cache_read *read, const struct wk_span *key)
{
    while (read->key_next < read->key_count &&
           (key == NULL || wk_span_compare(read->keys[read->key_next], *key) < 0)) {
        struct wk_cache_item absent = {.key = read->keys[read->key_next++], .absent = true};

        answer_keep(read, &absent);
    }
}

static wk_err
answer_key(struct wk_cache_read *read, const struct wk_cache_item *item)
{
    if (read->delivered && wk_span_compare(item->key, read->last) <= 0)
        return WK_OK;
    answer_skip(read, &item->key);
    if (read->key_next == read->key_count || !span_equal(read->keys[read->key_next], item->key))
        return WK_EPROTO;
    read->key_next++;
    answer_keep(read, item);
    read_moved(read, item->key);
    return WK_OK;
}

/* Forward: from the last key, or the begin, up to this one. Reverse: from this one up to the
 * last, or the end. */
static void
learn_between(struct wk_cache_read *read, const struct wk_span *key)
{
    struct known_gap gap;

    if (read->forgetful)
        return;
    if (read->reverse) {
        gap.to = read->delivered ? read->last : read->to;
        gap.from = key != NULL ? *key : read->from;
        gap.from_too = key == NULL;
    } else {
        gap.from = read->delivered ? read->last : read->from;
        gap.from_too = !read->delivered && !read->from_exclusive;
        gap.to = key != NULL ? *key : read->to;
    }
    gap.to_end = gap.to.len == 0 && !(read->reverse ? read->delivered : key != NULL);
    cache_learn_gap(read->cache, &gap);
}

/* The limit is reached: what is behind the last key stays unknown. */
static bool
answer_cut(const struct wk_cache_read *read)
{
    return read->list && read->ask_limit > 0 && read->received == read->ask_limit;
}

/* The lowest key that there can be was delivered. */
static bool
answer_bottom(const struct wk_cache_read *read)
{
    return read->list && read->reverse && read->delivered && span_equal(read->last, read->from);
}

static bool
answer_in_range(const struct wk_cache_read *read, struct wk_span key)
{
    int from = wk_span_compare(key, read->from);

    if (from < 0 || (from == 0 && read->from_exclusive))
        return false;
    return read->to.len == 0 || wk_span_compare(key, read->to) < 0;
}

static wk_err
answer_list(struct wk_cache_read *read, const struct wk_cache_item *item)
{
    if (read->delivered) {
        int order = wk_span_compare(item->key, read->last);

        if (read->reverse ? order >= 0 : order <= 0)
            return WK_OK;
    }
    if (item->absent || !answer_in_range(read, item->key))
        return WK_EPROTO;
    if (answer_cut(read))
        return WK_EPROTO;
    read->received++;
    answer_keep(read, item);
    learn_between(read, &item->key);
    read_moved(read, item->key);
    return WK_OK;
}

static void
answer_end(struct wk_cache_read *read)
{
    if (!read->list)
        answer_skip(read, NULL);
    else if (!answer_cut(read))
        learn_between(read, NULL);
}

wk_err
wk_cache_read_answer(struct wk_cache_read *read, const struct wk_cache_item *items,
                     size_t count, bool end)
{
    struct wk_cache *cache = read->cache;
    wk_err err = WK_OK;

    if (read->complete)
        return WK_OK;
    if (cache == NULL)
        return read->err != WK_OK ? read->err : WK_ECANCELED;
    for (size_t i = 0; i < count && err == WK_OK; i++)
        err = read->list ? answer_list(read, &items[i]) : answer_key(read, &items[i]);
    if (err != WK_OK) {
        wk_cache_read_fail(read, err);
        return err;
    }
    if (end || answer_cut(read) || answer_bottom(read)) {
        answer_end(read);
        cache_read_finish(read);
    }
    return cache_limit(cache);
}
