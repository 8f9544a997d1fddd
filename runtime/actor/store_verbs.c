/* native('store'): what js/host/storage.js is made of. Every verb's first argument is the
 * actor's exchange number, the second of most a transaction in memory (its number + 1) or 0.
 *
 * What may have to wait gives a number: of an operation that is complete when it is negative
 * (result(-n) has it at once), otherwise stored(actor, n, locked) is called when result(n)
 * does. */
#include "runtime/actor/actor_priv.h"

#include <stdlib.h>
#include <string.h>
#include "runtime/actor/verbs.h"
#include "runtime/binding/utf8.h"
#include "runtime/serialize/serialize.h"
#include "runtime/sql/sql.h"

/* flags of script, beside WK_CACHE_NO_CACHE and WK_CACHE_UNCONFIRMED */
#define FLAG_CONCURRENT 4u
#define FLAG_NOW 8u
#define AHEAD 128
#define CACHE_FLAGS (WK_CACHE_NO_CACHE | WK_CACHE_UNCONFIRMED)

/* A write travels in one frame of 4 MiB. */
#define DISK_BYTES_MAX ((4u << 20) - 4096u)
#define TOO_BIG "string or blob too big: SQLITE_TOOBIG"
#define MEMORY_KEY_BYTES_MAX 2048u
#define MEMORY_VALUE_BYTES_MAX (131072u + 34u)

#define OTHER_ACTOR                                                                            \
    "Cannot perform I/O on behalf of a different Durable Object. I/O objects (such as "        \
    "streams, "                                                                                \
    "request/response bodies, and others) created in the context of one Durable Object "       \
    "cannot be "                                                                               \
    "accessed from a different Durable Object in the same isolate. This is a limitation of "   \
    "Cloudflare Workers which allows us to improve overall performance."
#define OVERFLOWED                                                                             \
    "Durable Object's isolate exceeded its memory limit due to overflowing the storage "       \
    "cache. "                                                                                  \
    "This could be due to writing too many values to storage without stopping to wait for "    \
    "writes "                                                                                  \
    "to complete, or due to reading too many values in a single operation (e.g. a large "      \
    "list()). "                                                                                \
    "All objects in the isolate were reset."

struct wk_actor *
wk_store_arg(duk_context *ctx)
{
    struct wk_actor *actor = wk_actor_arg(ctx, 0);

    if (actor == NULL || actor->ended || actor->cache == NULL)
        (void)duk_error(ctx, DUK_ERR_ERROR, "Durable Object storage is no longer accessible.");
    if (actor->doom != NULL)
        (void)duk_error(ctx, DUK_ERR_ERROR, "%s", actor->doom);
    return actor;
}

void
wk_store_check(duk_context *ctx, const struct wk_actor *actor)
{
    if (wk_actor_current(actor->isolate) != actor)
        (void)duk_error(ctx, DUK_ERR_ERROR, "%s", OTHER_ACTOR);
}

duk_ret_t
wk_store_throw(duk_context *ctx, struct wk_actor *actor, wk_err err)
{
    struct wk_js_error error;
    struct wk_buf excerpt = {0};

    if (err != WK_EMEMORY && actor->doom != NULL)
        return duk_error(ctx, DUK_ERR_ERROR, "%s", actor->doom);
    if (err != WK_EMEMORY)
        return duk_error(ctx, DUK_ERR_ERROR, "Durable Object storage is no longer accessible.");
    duk_push_error_object(ctx, DUK_ERR_ERROR, "%s", OVERFLOWED);
    wk_isolate_js_error(actor->isolate, -1, &error, &excerpt);
    wk_actor_break(actor, WK_EMEMORY, &error);
    wk_buf_fini(&excerpt);
    wk_engine_stop(wk_engine_of(ctx));
    return duk_error(ctx, DUK_ERR_ERROR, "the actor is broken");
}

static struct wk_cache_txn *
arg_txn(duk_context *ctx, struct wk_actor *actor)
{
    uint32_t n = duk_get_uint(ctx, 1);

    if (n == 0)
        return NULL;
    if (n > actor->txn_count || actor->txns[n - 1] == NULL)
        (void)duk_error(ctx, DUK_ERR_ERROR, "no such transaction");
    return actor->txns[n - 1];
}

/* The string at idx; the bytes live with the stack slot. */
static struct wk_span
span_of(duk_context *ctx, duk_idx_t idx)
{
    size_t len;
    const char *p = wk_to_utf8(ctx, idx, &len);

    return (struct wk_span){(const uint8_t *)p, len};
}

static void
push_span(duk_context *ctx, struct wk_span span)
{
    wk_push_utf8(ctx, span.data, span.len);
}

static void
check_key(duk_context *ctx, const struct wk_actor *actor, struct wk_span key)
{
    if (actor->storage == WK_ACTOR_STORAGE_MEMORY && key.len > MEMORY_KEY_BYTES_MAX)
        (void)duk_range_error(
            ctx, "Keys cannot be larger than 2048 bytes. A key of size %zu was provided.",
            key.len);
    if (key.len > DISK_BYTES_MAX)
        (void)duk_error(ctx, DUK_ERR_ERROR, TOO_BIG);
}

static void
check_value(duk_context *ctx, const struct wk_actor *actor, struct wk_span key, size_t bytes)
{
    if (actor->storage == WK_ACTOR_STORAGE_MEMORY && bytes > MEMORY_VALUE_BYTES_MAX)
        (void)duk_range_error(
            ctx, "Values cannot be larger than 131072 bytes. A value of size %zu was provided.",
            bytes);
    if (key.len + bytes > DISK_BYTES_MAX)
        (void)duk_error(ctx, DUK_ERR_ERROR, TOO_BIG);
}

/* ---- reads ---- */

/* Spans of the strings of an array at idx, in a buffer that is left on the stack with them. */
static struct wk_span *
spans_of(duk_context *ctx, duk_idx_t idx, duk_uarridx_t step, size_t *count)
{
    duk_uarridx_t n = (duk_uarridx_t)duk_get_length(ctx, idx) / step;
    struct wk_span *spans;

    idx = duk_normalize_index(ctx, idx);
    duk_require_stack(ctx, (duk_idx_t)n + 16);
    spans = duk_push_fixed_buffer(ctx, (n + 1) * sizeof(*spans));
    for (duk_uarridx_t i = 0; i < n; i++) {
        duk_get_prop_index(ctx, idx, i * step);
        spans[i] = span_of(ctx, -1);
    }
    *count = n;
    return spans;
}

/* Pushes the operation's number; asks the daemon if it is not complete. */
static duk_ret_t
begin_read(duk_context *ctx, struct wk_actor *actor, enum store_kind kind,
           struct wk_cache_read *read, unsigned flags)
{
    struct store_op *op;

    op = wk_store_op_new(
        actor, kind, !(flags & (FLAG_CONCURRENT | FLAG_NOW)) && !wk_cache_read_complete(read));
    op->read = read;
    op->done = wk_cache_read_complete(read);
    if (!op->done && flags & FLAG_NOW)
        wk_store_ask_now(actor, op);
    else if (!op->done)
        wk_store_ask(actor, op);
    duk_push_number(ctx, op->done ? -(double)op->number : (double)op->number);
    return 1;
}

/* get(actor, txn, key, flags) */
static duk_ret_t
verb_get(duk_context *ctx)
{
    struct wk_actor *actor = wk_store_arg(ctx);
    struct wk_cache_txn *txn = arg_txn(ctx, actor);
    struct wk_span key = span_of(ctx, 2);
    unsigned flags = duk_get_uint(ctx, 3);
    struct wk_cache_read *read;
    wk_err err;

    if (txn == NULL)
        check_key(ctx, actor, key);
    err = txn != NULL ? wk_cache_txn_read_keys(txn, &key, 1, flags & CACHE_FLAGS, &read)
                      : wk_cache_read_keys(actor->cache, &key, 1, flags & CACHE_FLAGS, &read);
    return err != WK_OK ? wk_store_throw(ctx, actor, err)
                        : begin_read(ctx, actor, STORE_GET, read, flags);
}

/* getMany(actor, txn, keys, flags) */
static duk_ret_t
verb_get_many(duk_context *ctx)
{
    struct wk_actor *actor = wk_store_arg(ctx);
    struct wk_cache_txn *txn = arg_txn(ctx, actor);
    unsigned flags = duk_get_uint(ctx, 3);
    struct wk_cache_read *read;
    size_t count;
    struct wk_span *keys = spans_of(ctx, 2, 1, &count);
    wk_err err =
        txn != NULL ? wk_cache_txn_read_keys(txn, keys, count, flags & CACHE_FLAGS, &read)
                    : wk_cache_read_keys(actor->cache, keys, count, flags & CACHE_FLAGS, &read);

    return err != WK_OK ? wk_store_throw(ctx, actor, err)
                        : begin_read(ctx, actor, STORE_MANY, read, flags);
}

static int
compare(struct wk_span a, struct wk_span b)
{
    return wk_span_compare(a, b);
}

static bool
begins_with(struct wk_span s, struct wk_span prefix)
{
    return s.len >= prefix.len && memcmp(s.data, prefix.data, prefix.len) == 0;
}

/* The least span that is greater than all that begin with prefix, in a buffer that is pushed;
 * empty: none. */
static struct wk_span
after_prefix(duk_context *ctx, struct wk_span prefix)
{
    uint8_t *bytes = duk_push_fixed_buffer(ctx, prefix.len + 1);
    size_t len = prefix.len;

    memcpy(bytes, prefix.data, prefix.len);
    while (len > 0 && bytes[len - 1] == 0xff)
        len--;
    if (len > 0)
        bytes[len - 1]++;
    return (struct wk_span){bytes, len};
}

/* Narrows the range to a prefix; false: nothing is left. */
static bool
narrow(duk_context *ctx, struct wk_cache_range *range, struct wk_span prefix)
{
    if (compare(range->start, prefix) < 0)
        range->start = prefix;
    else if (!begins_with(range->start, prefix))
        return false;
    if (range->end.len > 0 && compare(range->end, prefix) <= 0)
        return false;
    if (range->end.len == 0 || !begins_with(range->end, prefix))
        range->end = after_prefix(ctx, prefix);
    return true;
}

/* A list that script waits for goes one key at a time: when it must ask, it asks for more. */
static wk_err
read_ahead(struct wk_actor *actor, const struct wk_cache_range *range)
{
    struct wk_cache_range ahead = *range;
    struct wk_cache_read *read;
    struct store_op *op;
    wk_err err = wk_cache_read_list(actor->cache, range, 0, &read);

    if (err != WK_OK)
        return err;
    if (wk_cache_read_complete(read)) {
        wk_cache_read_free(read);
        return WK_OK;
    }
    wk_cache_read_free(read);
    ahead.limit = AHEAD;
    if ((err = wk_cache_read_list(actor->cache, &ahead, 0, &read)) != WK_OK)
        return err;
    op = wk_store_op_new(actor, STORE_LIST, false);
    op->read = read;
    if (!wk_cache_read_complete(read))
        wk_store_ask_now(actor, op);
    err = op->err;
    wk_store_op_free(actor, op);
    return err;
}

/* list(actor, txn, [start, startAfter, end, prefix] (undefined: none), limit or 0, reverse,
 * flags): 0, there is nothing in that range. */
static duk_ret_t
verb_list(duk_context *ctx)
{
    struct wk_actor *actor = wk_store_arg(ctx);
    struct wk_cache_txn *txn = arg_txn(ctx, actor);
    unsigned flags = duk_get_uint(ctx, 5);
    struct wk_cache_range range = {.limit = (uint64_t)duk_get_number(ctx, 3),
                                   .reverse = duk_get_boolean(ctx, 4)};
    struct wk_cache_read *read;
    bool some = true;
    wk_err err;

    for (duk_uarridx_t i = 0; i < 4; i++)
        duk_get_prop_index(ctx, 2, i);
    if (!duk_is_undefined(ctx, 6))
        range.start = span_of(ctx, 6);
    if (!duk_is_undefined(ctx, 7)) { /* the next key after it: one NUL longer */
        struct wk_span after = span_of(ctx, 7);
        uint8_t *bytes = duk_push_fixed_buffer(ctx, after.len + 1);

        memcpy(bytes, after.data, after.len);
        range.start = (struct wk_span){bytes, after.len + 1};
    }
    if (!duk_is_undefined(ctx, 8)) {
        range.end = span_of(ctx, 8);
        some = range.end.len > 0; /* nothing is before the empty key */
    }
    if (some && !duk_is_undefined(ctx, 9) && duk_get_length(ctx, 9) > 0)
        some = narrow(ctx, &range, span_of(ctx, 9));
    if (!some || (range.end.len > 0 && compare(range.end, range.start) <= 0)) {
        duk_push_int(ctx, 0);
        return 1;
    }
    if (flags & FLAG_NOW && (err = read_ahead(actor, &range)) != WK_OK)
        return wk_store_throw(ctx, actor, err);
    err = txn != NULL ? wk_cache_txn_read_list(txn, &range, flags & CACHE_FLAGS, &read)
                      : wk_cache_read_list(actor->cache, &range, flags & CACHE_FLAGS, &read);
    return err != WK_OK ? wk_store_throw(ctx, actor, err)
                        : begin_read(ctx, actor, STORE_LIST, read, flags);
}

/* has(actor, key): waits for it. */
static duk_ret_t
verb_has(duk_context *ctx)
{
    struct wk_actor *actor = wk_store_arg(ctx);
    struct wk_span key = span_of(ctx, 1);
    struct wk_cache_read *read;
    struct wk_entry *const *entries;
    struct store_op *op;
    wk_err err;

    check_key(ctx, actor, key);
    if ((err = wk_cache_read_keys(actor->cache, &key, 1, 0, &read)) != WK_OK)
        return wk_store_throw(ctx, actor, err);
    op = wk_store_op_new(actor, STORE_GET, false);
    op->read = read;
    if (!wk_cache_read_complete(read))
        wk_store_ask_now(actor, op);
    err = op->err;
    duk_push_boolean(ctx, err == WK_OK && wk_cache_read_result(read, &entries) > 0);
    wk_store_op_free(actor, op);
    return err != WK_OK ? wk_store_throw(ctx, actor, err) : 1;
}

/* ---- writes ---- */

/* Replaces the value at the top of the stack by its bytes. Script may run in here. */
static struct wk_span
bytes_of(duk_context *ctx, struct wk_actor *actor)
{
    struct wk_buf *scratch = &actor->isolate->scratch;
    struct wk_span bytes;
    uint8_t *p;

    wk_serialize(ctx, -1, scratch);
    bytes.len = scratch->len;
    scratch->len = 0;
    p = duk_push_fixed_buffer(ctx, bytes.len);
    memcpy(p, scratch->data, bytes.len);
    if (scratch->cap > SCRATCH_KEPT_BYTES)
        wk_buf_fini(scratch);
    duk_remove(ctx, -2);
    bytes.data = p;
    return bytes;
}

/* put(actor, txn, [key, value, ...], flags) */
static duk_ret_t
verb_put(duk_context *ctx)
{
    struct wk_actor *actor = wk_store_arg(ctx);
    struct wk_cache_txn *txn = arg_txn(ctx, actor);
    unsigned flags = duk_get_uint(ctx, 3) & CACHE_FLAGS;
    size_t count;
    struct wk_span *keys = spans_of(ctx, 2, 2, &count);
    struct wk_cache_item *items = duk_push_fixed_buffer(ctx, (count + 1) * sizeof(*items));
    wk_err err = WK_OK;

    duk_require_stack(ctx, (duk_idx_t)count + 16);
    for (size_t i = 0; i < count; i++) {
        duk_get_prop_index(ctx, 2, (duk_uarridx_t)(2 * i + 1));
        items[i] = (struct wk_cache_item){.key = keys[i], .value = bytes_of(ctx, actor)};
        if (txn == NULL)
            check_key(ctx, actor, items[i].key);
        if (txn == NULL)
            check_value(ctx, actor, items[i].key, items[i].value.len);
    }
    actor = wk_store_arg(ctx); /* script that ran may have broken it */
    txn = arg_txn(ctx, actor);
    if (txn == NULL)
        err = wk_cache_put_many(actor->cache, items, count, flags);
    for (size_t i = 0; txn != NULL && err == WK_OK && i < count; i++)
        err = wk_cache_txn_put(txn, items[i].key, items[i].value, flags);
    return err != WK_OK ? wk_store_throw(ctx, actor, err) : 0;
}

/* delete(actor, txn, keys, flags): an operation */
static duk_ret_t
verb_delete(duk_context *ctx)
{
    struct wk_actor *actor = wk_store_arg(ctx);
    struct wk_cache_txn *txn = arg_txn(ctx, actor);
    unsigned flags = duk_get_uint(ctx, 3);
    struct wk_cache_deleted out = {0};
    struct store_op *op;
    size_t count;
    struct wk_span *keys = spans_of(ctx, 2, 1, &count);
    uint32_t request = actor->store_last + 1;
    bool later;
    wk_err err;

    for (size_t i = 0; txn == NULL && i < count; i++)
        check_key(ctx, actor, keys[i]);
    err = txn != NULL
              ? wk_cache_txn_delete(txn, keys, count, flags & CACHE_FLAGS, &out)
              : wk_cache_delete(actor->cache, keys, count, flags & CACHE_FLAGS, request, &out);
    if (err != WK_OK)
        return wk_store_throw(ctx, actor, err);
    later = out.asked || (out.read != NULL && !wk_cache_read_complete(out.read));
    op = wk_store_op_new(actor, STORE_COUNT, later && !(flags & (FLAG_CONCURRENT | FLAG_NOW)));
    op->read = out.read;
    op->count = out.known;
    op->done = !later;
    if (out.read != NULL && later && flags & FLAG_NOW)
        wk_store_ask_now(actor, op);
    else if (out.read != NULL && later)
        wk_store_ask(actor, op);
    duk_push_number(ctx, op->done ? -(double)op->number : (double)op->number);
    return 1;
}

/* deleteAll(actor, withAlarm, flags) */
static duk_ret_t
verb_delete_all(duk_context *ctx)
{
    struct wk_actor *actor = wk_store_arg(ctx);
    wk_err err = wk_cache_delete_all(actor->cache, duk_get_boolean(ctx, 1),
                                     duk_get_uint(ctx, 2) & CACHE_FLAGS);

    if (err != WK_OK)
        return wk_store_throw(ctx, actor, err);
    wk_database_reset(actor);
    return 0;
}

/* getAlarm(actor, txn, flags): an operation */
static duk_ret_t
verb_get_alarm(duk_context *ctx)
{
    struct wk_actor *actor = wk_store_arg(ctx);
    struct wk_cache_txn *txn = arg_txn(ctx, actor);
    unsigned flags = duk_get_uint(ctx, 2);
    uint64_t alarm = 0, version = 0;
    enum wk_cache_found found = txn != NULL
                                    ? wk_cache_txn_alarm_get(txn, &alarm, &version)
                                    : wk_cache_alarm_get(actor->cache, &alarm, &version);
    struct store_op *op;

    if (found == WK_CACHE_DEAD)
        return wk_store_throw(ctx, actor, wk_cache_error(actor->cache));
    op = wk_store_op_new(actor, STORE_ALARM,
                         found == WK_CACHE_MISS && !(flags & FLAG_CONCURRENT));
    op->alarm = alarm;
    op->version = version;
    op->done = found != WK_CACHE_MISS;
    if (!op->done)
        wk_store_ask(actor, op);
    duk_push_number(ctx, op->done ? -(double)op->number : (double)op->number);
    return 1;
}

/* setAlarm(actor, txn, ms or null, flags) */
static duk_ret_t
verb_set_alarm(duk_context *ctx)
{
    struct wk_actor *actor = wk_store_arg(ctx);
    struct wk_cache_txn *txn = arg_txn(ctx, actor);
    uint64_t ms_plus1 = duk_is_null(ctx, 2) ? 0 : (uint64_t)duk_get_number(ctx, 2) + 1;
    unsigned flags = duk_get_uint(ctx, 3) & CACHE_FLAGS;
    wk_err err = txn != NULL ? wk_cache_txn_alarm_set(txn, ms_plus1, flags)
                             : wk_cache_alarm_set(actor->cache, ms_plus1, flags);

    return err != WK_OK ? wk_store_throw(ctx, actor, err) : 0;
}

/* ---- results ---- */

static void
push_read(duk_context *ctx, const struct store_op *op)
{
    struct wk_entry *const *entries;
    size_t count = wk_cache_read_result(op->read, &entries);

    if (op->kind == STORE_GET) {
        struct wk_span value = count > 0 ? wk_entry_value(entries[0]) : (struct wk_span){0};

        if (count > 0)
            wk_deserialize(ctx, value.data, value.len);
        else
            duk_push_undefined(ctx);
        return;
    }
    duk_push_array(ctx);
    for (size_t i = 0; i < count; i++) {
        struct wk_span value = wk_entry_value(entries[i]);

        push_span(ctx, wk_entry_key(entries[i]));
        duk_put_prop_index(ctx, -2, (duk_uarridx_t)(2 * i));
        wk_deserialize(ctx, value.data, value.len);
        duk_put_prop_index(ctx, -2, (duk_uarridx_t)(2 * i + 1));
    }
}

/* result(actor, number): a value, [key, value, ...], a count, a time or null; throws if it
 * failed. */
static duk_ret_t
verb_result(duk_context *ctx)
{
    struct wk_actor *actor = wk_store_arg(ctx);
    struct store_op *op = wk_store_op_find(actor, duk_get_uint(ctx, 1));
    wk_err err;

    if (op == NULL)
        return duk_error(ctx, DUK_ERR_ERROR, "no such operation");
    wk_store_op_spend(actor, op);
    err = op->err != WK_OK || op->read == NULL ? op->err : wk_cache_read_error(op->read);
    if (err == WK_EMEMORY)
        return wk_store_throw(ctx, actor, err);
    if (err != WK_OK)
        return duk_error(ctx, DUK_ERR_ERROR, "Durable Object storage operation failed: %s",
                         wk_err_name(err));
    if (op->kind == STORE_COUNT) {
        struct wk_entry *const *entries;
        size_t more = op->read != NULL ? wk_cache_read_result(op->read, &entries) : 0;

        duk_push_number(ctx, (double)(op->count + more));
    } else if (op->kind == STORE_ALARM) {
        if (op->alarm == 0)
            duk_push_null(ctx);
        else
            duk_push_number(ctx, (double)(op->alarm - 1));
    } else if (op->read != NULL) {
        push_read(ctx, op);
    } else {
        return 0;
    }
    return 1;
}

/* ---- waiting for writes ---- */

/* sync(actor): an operation that is done when all that was written is durable; 0: it is. */
static duk_ret_t
verb_sync(duk_context *ctx)
{
    struct wk_actor *actor = wk_store_arg(ctx);
    struct store_op *op;

    wk_actor_flush(actor, false);
    if (actor->storage != WK_ACTOR_STORAGE_DISK || actor->durable >= actor->messages)
        return 0;
    op = wk_store_op_new(actor, STORE_SYNC, false);
    op->upto = actor->messages;
    duk_push_uint(ctx, op->number);
    return 1;
}

/* pressure(actor, flags): an operation that is done when less is dirty; 0: there is not too
 * much. */
static duk_ret_t
verb_pressure(duk_context *ctx)
{
    struct wk_actor *actor = wk_store_arg(ctx);

    if (!wk_cache_over_dirty(actor->cache))
        return 0;
    duk_push_uint(
        ctx, wk_store_op_new(actor, STORE_PRESSURE, !(duk_get_uint(ctx, 1) & FLAG_CONCURRENT))
                 ->number);
    return 1;
}

/* ---- transactions ---- */

/* mark(actor): the depth of a new savepoint, from 1. */
static duk_ret_t
verb_mark(duk_context *ctx)
{
    struct wk_actor *actor = wk_store_arg(ctx);
    struct wk_cache_mark *mark;
    wk_err err;

    if ((mark = wk_cache_mark(actor->cache)) == NULL)
        return wk_store_throw(ctx, actor, wk_cache_error(actor->cache));
    if (actor->mark_count == actor->mark_cap) {
        actor->mark_cap = actor->mark_cap ? actor->mark_cap * 2 : 2;
        actor->marks =
            wk_xrealloc(actor->marks, actor->mark_cap * sizeof(struct wk_cache_mark *));
    }
    actor->marks[actor->mark_count++] = mark;
    if (actor->sql != NULL && (err = wk_sql_begin(actor->sql)) != WK_OK)
        return wk_store_throw(ctx, actor, err);
    duk_push_uint(ctx, actor->mark_count);
    return 1;
}

/* unmark(actor, depth, keep): ends the newest savepoint; false if that is another. */
static duk_ret_t
verb_unmark(duk_context *ctx)
{
    struct wk_actor *actor = wk_store_arg(ctx);
    struct wk_cache_mark *mark;
    wk_err err = WK_OK;

    if (duk_get_uint(ctx, 1) != actor->mark_count || actor->mark_count == 0) {
        duk_push_false(ctx);
        return 1;
    }
    mark = actor->marks[--actor->mark_count];
    if (duk_get_boolean(ctx, 2)) {
        wk_cache_mark_release(mark);
        if (actor->sql != NULL)
            err = wk_sql_release(actor->sql);
    } else {
        wk_cache_mark_rollback(mark);
        if (actor->sql != NULL)
            err = wk_sql_rollback(actor->sql);
    }
    if (err != WK_OK)
        return wk_store_throw(ctx, actor, err);
    duk_push_true(ctx);
    return 1;
}

/* inTransaction(actor) */
static duk_ret_t
verb_in_transaction(duk_context *ctx)
{
    duk_push_boolean(ctx, wk_store_arg(ctx)->mark_count > 0);
    return 1;
}

/* txnBegin(actor): its number + 1. */
static duk_ret_t
verb_txn_begin(duk_context *ctx)
{
    struct wk_actor *actor = wk_store_arg(ctx);
    uint32_t i = 0;

    while (i < actor->txn_count && actor->txns[i] != NULL)
        i++;
    if (i == actor->txn_count) {
        actor->txns =
            wk_xrealloc(actor->txns, ++actor->txn_count * sizeof(struct wk_cache_txn *));
        actor->txns[i] = NULL;
    }
    if ((actor->txns[i] = wk_cache_txn_new(actor->cache)) == NULL)
        return wk_store_throw(ctx, actor, wk_cache_error(actor->cache));
    duk_push_uint(ctx, i + 1);
    return 1;
}

/* txnEnd(actor, txn, commit) */
static duk_ret_t
verb_txn_end(duk_context *ctx)
{
    struct wk_actor *actor = wk_store_arg(ctx);
    struct wk_cache_txn *txn = arg_txn(ctx, actor);
    wk_err err = WK_OK;

    if (txn == NULL)
        return 0;
    if (duk_get_boolean(ctx, 2))
        err = wk_cache_txn_commit(txn);
    wk_cache_txn_free(txn);
    actor->txns[duk_get_uint(ctx, 1) - 1] = NULL;
    return err != WK_OK ? wk_store_throw(ctx, actor, err) : 0;
}

/* ---- the alarm's handler ---- */

/* armAlarm(actor, ms): null, run the handler; else it is outdated: the time that is set, or -1.
 */
static duk_ret_t
verb_arm_alarm(duk_context *ctx)
{
    struct wk_actor *actor = wk_store_arg(ctx);
    uint64_t now = 0;

    if (wk_cache_alarm_arm(actor->cache, (uint64_t)duk_get_number(ctx, 1) + 1, &now) ==
        WK_CACHE_ARM_CANCEL)
        duk_push_number(ctx, (double)now - 1);
    else
        duk_push_null(ctx);
    return 1;
}

/* alarmDone(actor, succeeded) */
static duk_ret_t
verb_alarm_done(duk_context *ctx)
{
    struct wk_actor *actor = wk_store_arg(ctx);

    if (duk_get_boolean(ctx, 1))
        wk_cache_alarm_done(actor->cache);
    else
        wk_cache_alarm_keep(actor->cache);
    return 0;
}

/* abandonAlarm(actor, ms): the time that should be scheduled instead, or null. */
static duk_ret_t
verb_abandon_alarm(duk_context *ctx)
{
    struct wk_actor *actor = wk_store_arg(ctx);
    uint64_t other = wk_cache_alarm_abandon(actor->cache, (uint64_t)duk_get_number(ctx, 1) + 1);

    if (other == 0)
        duk_push_null(ctx);
    else
        duk_push_number(ctx, (double)(other - 1));
    return 1;
}

/* incarnation(actor): two numbers below 2^32, for bookmarks. */
static duk_ret_t
verb_incarnation(duk_context *ctx)
{
    struct wk_actor *actor = wk_store_arg(ctx);

    duk_push_array(ctx);
    duk_push_uint(ctx, (duk_uint_t)(actor->incarnation >> 32));
    duk_put_prop_index(ctx, -2, 0);
    duk_push_uint(ctx, (duk_uint_t)actor->incarnation);
    duk_put_prop_index(ctx, -2, 1);
    return 1;
}

void
wk_store_verbs_init(duk_context *ctx)
{
    static const duk_function_list_entry verbs[] = {
        {"get", verb_get, 4},
        {"getMany", verb_get_many, 4},
        {"list", verb_list, 6},
        {"has", verb_has, 2},
        {"put", verb_put, 4},
        {"delete", verb_delete, 4},
        {"deleteAll", verb_delete_all, 3},
        {"getAlarm", verb_get_alarm, 3},
        {"setAlarm", verb_set_alarm, 4},
        {"result", verb_result, 2},
        {"sync", verb_sync, 1},
        {"pressure", verb_pressure, 2},
        {"mark", verb_mark, 1},
        {"unmark", verb_unmark, 3},
        {"inTransaction", verb_in_transaction, 1},
        {"txnBegin", verb_txn_begin, 1},
        {"txnEnd", verb_txn_end, 3},
        {"armAlarm", verb_arm_alarm, 2},
        {"alarmDone", verb_alarm_done, 2},
        {"abandonAlarm", verb_abandon_alarm, 2},
        {"incarnation", verb_incarnation, 1},
        {NULL, NULL, 0},
    };

    wk_engine_native(ctx, "store", verbs);
}

void
wk_actor_verbs_init(duk_context *ctx)
{
    wk_turns_verbs_init(ctx);
    wk_store_verbs_init(ctx);
    wk_store_fast_init(ctx);
    wk_database_verbs_init(ctx);
}
