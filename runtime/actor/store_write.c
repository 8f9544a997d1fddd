/* native('store'): what of it writes, and waits until it is durable. */
#include "runtime/actor/store_priv.h"

#include <string.h>
#include "runtime/serialize/serialize.h"

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
    struct wk_cache_txn *txn = wk_store_txn(ctx, actor);
    unsigned flags = duk_get_uint(ctx, 3) & CACHE_FLAGS;
    size_t count;
    struct wk_span *keys = wk_store_spans(ctx, 2, 2, &count);
    struct wk_cache_item *items = duk_push_fixed_buffer(ctx, (count + 1) * sizeof(*items));
    wk_err err = WK_OK;

    duk_require_stack(ctx, (duk_idx_t)count + 16);
    for (size_t i = 0; i < count; i++) {
        duk_get_prop_index(ctx, 2, (duk_uarridx_t)(2 * i + 1));
        items[i] = (struct wk_cache_item){.key = keys[i], .value = bytes_of(ctx, actor)};
        if (txn == NULL)
            wk_store_check_key(ctx, actor, items[i].key);
        if (txn == NULL)
            wk_store_check_value(ctx, actor, items[i].key, items[i].value.len);
    }
    actor = wk_store_arg(ctx); /* script that ran may have broken it */
    txn = wk_store_txn(ctx, actor);
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
    struct wk_cache_txn *txn = wk_store_txn(ctx, actor);
    unsigned flags = duk_get_uint(ctx, 3);
    struct wk_cache_deleted out = {0};
    struct store_op *op;
    size_t count;
    struct wk_span *keys = wk_store_spans(ctx, 2, 1, &count);
    uint32_t request = actor->store_last + 1;
    bool later;
    wk_err err;

    for (size_t i = 0; txn == NULL && i < count; i++)
        wk_store_check_key(ctx, actor, keys[i]);
    wk_store_check_asked(ctx, keys, count);
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
    struct wk_cache_txn *txn = wk_store_txn(ctx, actor);
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
    struct wk_cache_txn *txn = wk_store_txn(ctx, actor);
    uint64_t ms_plus1 = duk_is_null(ctx, 2) ? 0 : (uint64_t)duk_get_number(ctx, 2) + 1;
    unsigned flags = duk_get_uint(ctx, 3) & CACHE_FLAGS;
    wk_err err = txn != NULL ? wk_cache_txn_alarm_set(txn, ms_plus1, flags)
                             : wk_cache_alarm_set(actor->cache, ms_plus1, flags);

    return err != WK_OK ? wk_store_throw(ctx, actor, err) : 0;
}

/* ---- waiting for writes ---- */

/* sync(actor): an operation that is done when all that was written is durable; 0: it is. */
static duk_ret_t
verb_sync(duk_context *ctx)
{
    struct wk_actor *actor = wk_store_arg(ctx);
    struct store_op *op;

    wk_actor_flush(actor, false);
    if (actor->storage != WK_ACTOR_STORAGE_DISK || actor->durable >= actor->messages) {
        WK_EVENT("H.sync", actor->incarnation, 0);
        return 0;
    }
    op = wk_store_op_new(actor, STORE_SYNC, false);
    WK_EVENT("H.sync", actor->incarnation, op->number);
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

    if (!wk_turns_over(actor))
        return 0;
    duk_push_uint(
        ctx, wk_store_op_new(actor, STORE_PRESSURE, !(duk_get_uint(ctx, 1) & FLAG_CONCURRENT))
                 ->number);
    return 1;
}

const duk_function_list_entry wk_store_write_verbs[] = {
    {"put", verb_put, 4},
    {"delete", verb_delete, 4},
    {"deleteAll", verb_delete_all, 3},
    {"getAlarm", verb_get_alarm, 3},
    {"setAlarm", verb_set_alarm, 4},
    {"sync", verb_sync, 1},
    {"pressure", verb_pressure, 2},
    {NULL, NULL, 0},
};
