/* native('store'): transactions, and the alarm's handler. */
#include "runtime/actor/store_priv.h"

#include <stdlib.h>
#include "runtime/sql/sql.h"

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
    struct wk_cache_txn *txn = wk_store_txn(ctx, actor);
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

const duk_function_list_entry wk_store_txn_verbs[] = {
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
