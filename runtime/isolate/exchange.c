/* Exchanges: numbers for script, bytes that wait in either direction. */
#include "runtime/isolate/isolate_priv.h"

#include <stdlib.h>
#include <string.h>

#define QUEUED_BYTES_MAX ((size_t)256 << 20)
#define INDEX_BITS 20u /* as in js/host/context.js */
#define INDEX_MASK ((1u << INDEX_BITS) - 1u)
#define TABLE_MIN 64u
#define GENERATION_MASK ((1u << (32u - INDEX_BITS)) - 1u)

static void
table_size(struct wk_isolate *iso, uint32_t cap)
{
    iso->exchanges = wk_xrealloc(iso->exchanges, cap * sizeof(*iso->exchanges));
    iso->generations = wk_xrealloc(iso->generations, cap * sizeof(*iso->generations));
    iso->free_ids = wk_xrealloc(iso->free_ids, cap * sizeof(*iso->free_ids));
    iso->cap = cap;
}

static void
table_grow(struct wk_isolate *iso)
{
    uint32_t had = iso->cap, cap = had > 0 ? had * 2 : TABLE_MIN;

    WK_CHECK(cap <= INDEX_MASK + 1);
    table_size(iso, cap);
    for (uint32_t i = cap; i-- > had;) {
        iso->exchanges[i] = NULL;
        iso->generations[i] = iso->generation_first;
        iso->free_ids[iso->free_count++] = i;
    }
}

uint32_t
wk_exchanges_shrink(struct wk_isolate *iso)
{
    uint32_t used = iso->cap, cap = TABLE_MIN;

    while (used > 0 && iso->exchanges[used - 1] == NULL)
        used--;
    while (cap < used)
        cap *= 2;
    if (cap >= iso->cap)
        return iso->cap;
    for (uint32_t i = cap; i < iso->cap;
         i++) /* a number that was used does not come back soon */
        if (iso->generations[i] > iso->generation_first)
            iso->generation_first = iso->generations[i];
    table_size(iso, cap);
    iso->free_count = 0;
    for (uint32_t i = cap; i-- > 0;)
        if (iso->exchanges[i] == NULL)
            iso->free_ids[iso->free_count++] = i;
    return cap;
}

struct wk_exchange *
wk_exchange_new(struct wk_isolate *iso, void *peer, bool event)
{
    struct wk_exchange *x = wk_xcalloc(1, sizeof(*x));
    uint32_t index;

    if (iso->free_count == 0)
        table_grow(iso);
    index = iso->free_ids[--iso->free_count];
    iso->generations[index] =
        iso->generations[index] % GENERATION_MASK + 1; /* never 0, so that no number is */
    x->isolate = iso;
    x->peer = peer;
    x->event = event;
    x->id = iso->generations[index] << INDEX_BITS | index;
    iso->exchanges[index] = x;
    if (event)
        iso->charged = x->id; /* its first turn follows */
    return x;
}

struct wk_exchange *
wk_event_new(struct wk_isolate *iso, void *peer, struct wk_actor *actor)
{
    struct wk_exchange *x = wk_exchange_new(iso, peer, true);

    x->actor = actor;
    iso->stats.events++;
    return x;
}

void
wk_exchange_free(struct wk_exchange *x)
{
    struct wk_isolate *iso = x->isolate;
    uint32_t index = x->id & INDEX_MASK;

    wk_exchange_awaited(x);
    if (x->suspect)
        iso->suspects--;
    iso->exchanges[index] = NULL;
    iso->free_ids[iso->free_count++] = index;
    wk_exchange_drop_in(x);
    wk_exchange_drop_out(x);
    free(x);
}

struct wk_exchange *
wk_exchange_find(struct wk_isolate *iso, uint32_t id)
{
    struct wk_exchange *x =
        (id & INDEX_MASK) < iso->cap ? iso->exchanges[id & INDEX_MASK] : NULL;

    return x != NULL && x->id == id ? x : NULL;
}

void
wk_exchange_await(struct wk_exchange *x, struct wk_exchange *event)
{
    if (event == NULL || event->id == 0)
        return;
    x->awaited_by = event->id;
    event->awaits++;
}

void
wk_exchange_awaited(struct wk_exchange *x)
{
    struct wk_exchange *event =
        x->awaited_by != 0 ? wk_exchange_find(x->isolate, x->awaited_by) : NULL;

    x->awaited_by = 0;
    if (event != NULL)
        event->awaits--;
}

void
wk_exchange_queue(struct wk_exchange *x, const void *data, size_t bytes)
{
    wk_buf_add(&x->out, data, bytes);
    x->isolate->queued += bytes;
}

void
wk_isolate_check_queue(duk_context *ctx, size_t bytes)
{
    if (wk_isolate_of(ctx)->queued + bytes > QUEUED_BYTES_MAX)
        (void)duk_error(ctx, DUK_ERR_ERROR, "Too much waits to be sent.");
}

void
wk_exchange_drop_out(struct wk_exchange *x)
{
    x->isolate->queued -= x->out.len;
    wk_buf_fini(&x->out);
    x->out_at = 0;
}

void
wk_exchange_drop_in(struct wk_exchange *x)
{
    if (x->collects)
        x->isolate->collected -= x->in.len;
    x->collects = false;
    wk_buf_fini(&x->in);
    x->in_at = 0;
}

bool
wk_exchange_flush(struct wk_exchange *x)
{
    const struct wk_isolate_ops *ops = x->isolate->ops;
    void *host = x->isolate->host;
    size_t bytes;

    if (x->peer == NULL) {
        wk_exchange_drop_out(x);
        return true;
    }
    bytes = ops->window(host, x->peer);
    if (bytes > x->out.len - x->out_at)
        bytes = x->out.len - x->out_at;
    if (bytes > 0)
        ops->write(host, x->peer, x->out.data + x->out_at, bytes, WK_MORE);
    x->out_at += bytes;
    if (x->out_at < x->out.len)
        return false;
    wk_exchange_drop_out(x);
    if (x->out_end && !x->end_sent) {
        x->end_sent = true;
        ops->write(host, x->peer, NULL, 0, WK_END);
    }
    if (x->out_finish) {
        ops->finish(host, x->peer, WK_OK, NULL);
        x->peer = NULL;
        wk_exchange_free(x);
    }
    return true;
}
