/* native('store'): what js/host/storage.js is made of, and here what of it reads. Every verb's
 * first argument is the actor's exchange number, the second of most a transaction in memory
 * (its number + 1) or 0.
 *
 * What may have to wait gives a number: of an operation that is complete when it is negative
 * (result(-n) has it at once), otherwise stored(actor, n, locked) is called when result(n)
 * does. */
#include "runtime/actor/store_priv.h"

#include <string.h>
#include "runtime/actor/verbs.h"
#include "runtime/binding/utf8.h"
#include "runtime/serialize/serialize.h"

#define AHEAD 128 /* entries that are asked for when a list that script waits for must ask */

static void
push_span(duk_context *ctx, struct wk_span span)
{
    wk_push_utf8(ctx, span.data, span.len);
}

/* ---- reads ---- */

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
    struct wk_cache_txn *txn = wk_store_txn(ctx, actor);
    struct wk_span key = wk_store_span(ctx, 2);
    unsigned flags = duk_get_uint(ctx, 3);
    struct wk_cache_read *read;
    wk_err err;

    if (txn == NULL)
        wk_store_check_key(ctx, actor, key);
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
    struct wk_cache_txn *txn = wk_store_txn(ctx, actor);
    unsigned flags = duk_get_uint(ctx, 3);
    struct wk_cache_read *read;
    size_t count;
    struct wk_span *keys = wk_store_spans(ctx, 2, 1, &count);
    wk_err err;

    wk_store_check_asked(ctx, keys, count);
    err = txn != NULL
              ? wk_cache_txn_read_keys(txn, keys, count, flags & CACHE_FLAGS, &read)
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
    struct wk_cache_txn *txn = wk_store_txn(ctx, actor);
    unsigned flags = duk_get_uint(ctx, 5);
    struct wk_cache_range range = {.limit = (uint64_t)duk_get_number(ctx, 3),
                                   .reverse = duk_get_boolean(ctx, 4)};
    struct wk_cache_read *read;
    bool some = true;
    wk_err err;

    for (duk_uarridx_t i = 0; i < 4; i++)
        duk_get_prop_index(ctx, 2, i);
    if (!duk_is_undefined(ctx, 6))
        range.start = wk_store_span(ctx, 6);
    if (!duk_is_undefined(ctx, 7)) { /* the next key after it: one NUL longer */
        struct wk_span after = wk_store_span(ctx, 7);
        uint8_t *bytes = duk_push_fixed_buffer(ctx, after.len + 1);

        memcpy(bytes, after.data, after.len);
        range.start = (struct wk_span){bytes, after.len + 1};
    }
    if (!duk_is_undefined(ctx, 8)) {
        range.end = wk_store_span(ctx, 8);
        some = range.end.len > 0; /* nothing is before the empty key */
    }
    if (some && !duk_is_undefined(ctx, 9) && duk_get_length(ctx, 9) > 0)
        some = narrow(ctx, &range, wk_store_span(ctx, 9));
    if (!some || (range.end.len > 0 && compare(range.end, range.start) <= 0)) {
        duk_push_int(ctx, 0);
        return 1;
    }
    wk_store_check_range(ctx, &range);
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
    struct wk_span key = wk_store_span(ctx, 1);
    struct wk_cache_read *read;
    struct wk_entry *const *entries;
    struct store_op *op;
    wk_err err;

    wk_store_check_key(ctx, actor, key);
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

const duk_function_list_entry wk_store_read_verbs[] = {
    {"get", verb_get, 4}, {"getMany", verb_get_many, 4}, {"list", verb_list, 6},
    {"has", verb_has, 2}, {"result", verb_result, 2},    {NULL, NULL, 0},
};

void
wk_store_verbs_init(duk_context *ctx)
{
    wk_engine_native(ctx, "store", wk_store_read_verbs);
    wk_engine_native(ctx, "store", wk_store_write_verbs);
    wk_engine_native(ctx, "store", wk_store_txn_verbs);
}

void
wk_actor_verbs_init(duk_context *ctx)
{
    wk_turns_verbs_init(ctx);
    wk_facets_verbs_init(ctx);
    wk_store_verbs_init(ctx);
    wk_store_fast_init(ctx);
    wk_database_verbs_init(ctx);
}
