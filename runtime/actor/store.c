/* The cache of an actor, what script waits for from it, and what the daemon answers. */
#include "runtime/actor/actor_priv.h"

#include <stdlib.h>
#include "kernel/base/fault.h"
#include "runtime/sql/sql.h"

static struct wk_cache_lru *
lru_of(struct wk_isolate *iso)
{
    static const struct wk_cache_limits limits = WK_CACHE_LIMITS_DEFAULT;

    if (iso->cache_lru == NULL)
        iso->cache_lru = wk_cache_lru_new(&limits);
    return iso->cache_lru;
}

/* The items of entries; the caller frees them. */
static struct wk_cache_item *
items_of(const struct wk_actor_entry *entries, size_t count)
{
    struct wk_cache_item *items = wk_xcalloc(count + 1, sizeof(*items));

    for (size_t i = 0; i < count; i++)
        items[i] = (struct wk_cache_item){entries[i].key, entries[i].value, entries[i].absent};
    return items;
}

void
wk_store_open(struct wk_actor *actor, const struct wk_actor_start *start)
{
    struct wk_cache_config config = {
        .never_flush = start->storage == WK_ACTOR_STORAGE_MEMORY,
    };
    struct wk_cache_item *items;

    if (start->storage == WK_ACTOR_STORAGE_NONE)
        return;
    actor->cache = wk_cache_new(lru_of(actor->isolate), &config);
    if (start->storage == WK_ACTOR_STORAGE_MEMORY) {
        wk_cache_assume_empty(actor->cache);
        return;
    }
    items = items_of(start->entries, start->entry_count);
    wk_cache_assume(actor->cache, items, start->entry_count, start->whole);
    wk_cache_assume_alarm(actor->cache, start->alarm_ms_plus1);
    free(items);
}

/* ---- operations ---- */

struct store_op *
wk_store_op_new(struct wk_actor *actor, enum store_kind kind, bool keep_lock)
{
    struct store_op *op = wk_xcalloc(1, sizeof(*op));

    op->number = ++actor->store_last;
    op->kind = kind;
    if (keep_lock && actor->in_turn)
        WK_EVENT("H.op", actor->incarnation, op->number);
    if (keep_lock && actor->in_turn && !WK_FAULT_MUTANT("turn_during_read"))
        op->lock = wk_lock_copy(&wk_turns_of(actor->isolate)->lock);
    op->next = actor->store_ops;
    actor->store_ops = op;
    return op;
}

struct store_op *
wk_store_op_find(struct wk_actor *actor, uint32_t number)
{
    struct store_op *op = actor->store_ops;

    while (op != NULL && op->number != number)
        op = op->next;
    return op;
}

static void
op_free(struct store_op *op)
{
    if (op == NULL)
        return;
    wk_cache_read_free(op->read);
    wk_lock_release(&op->lock);
    free(op);
}

static void
op_unlink(struct wk_actor *actor, struct store_op *op)
{
    struct store_op **at = &actor->store_ops;

    while (*at != op)
        at = &(*at)->next;
    *at = op->next;
}

void
wk_store_op_free(struct wk_actor *actor, struct store_op *op)
{
    WK_EVENT("H.result", actor->incarnation, op->number);
    op_unlink(actor, op);
    op_free(op);
}

void
wk_store_op_spend(struct wk_actor *actor, struct store_op *op)
{
    op_unlink(actor, op);
    op_free(actor->store_spent);
    actor->store_spent = op;
}

void
wk_store_turn_end(struct wk_actor *actor)
{
    op_free(actor->store_spent);
    actor->store_spent = NULL;
}

void
wk_store_fini(struct wk_actor *actor)
{
    struct store_op *next;

    for (struct store_op *op = actor->store_ops; op != NULL; op = next) {
        next = op->next;
        op_free(op);
    }
    actor->store_ops = NULL;
    op_free(actor->store_spent);
    for (uint32_t i = 0; i < actor->txn_count; i++)
        if (actor->txns[i] != NULL)
            wk_cache_txn_free(actor->txns[i]);
    free(actor->txns);
    while (actor->mark_count > 0)
        wk_cache_mark_release(actor->marks[--actor->mark_count]);
    free(actor->marks);
    if (actor->cache != NULL) {
        wk_cache_break(actor->cache, WK_EBROKEN);
        wk_cache_free(actor->cache);
    }
    actor->cache = NULL;
}

/* ---- questions and answers ---- */

static void
read_of(struct store_op *op, struct wk_actor_read *read)
{
    struct wk_cache_ask ask;

    wk_cache_read_ask(op->read, &ask);
    *read = (struct wk_actor_read){.request = op->number};
    if (ask.count > 0) {
        read->keys = ask.keys;
        read->key_count = ask.count;
        return;
    }
    read->list = true;
    read->start = ask.range.start;
    read->end = ask.range.end;
    read->limit = ask.range.limit;
    read->reverse = ask.range.reverse;
}

void
wk_store_ask(struct wk_actor *actor, struct store_op *op)
{
    struct wk_actor_read read = {.request = op->number, .alarm = true};

    if (op->read != NULL)
        read_of(op, &read);
    actor->ops->read(actor->host, actor->peer, &read);
}

static void
op_answer(struct wk_actor *actor, struct store_op *op, const struct wk_actor_answer *answer)
{
    bool failed = answer->error != NULL && answer->error[0] != '\0';

    if (failed)
        op->err = WK_EIO;
    if (op->read != NULL) {
        struct wk_cache_item *items;

        if (failed) {
            wk_cache_read_fail(op->read, WK_EIO);
            return;
        }
        items = items_of(answer->entries, answer->entry_count);
        op->err = wk_cache_read_answer(op->read, items, answer->entry_count, !answer->more);
        free(items);
    } else if (op->kind == STORE_ALARM && !failed) {
        op->alarm = answer->alarm_ms_plus1;
        wk_cache_alarm_answer(actor->cache, op->version, op->alarm, op->options);
    } else if (op->kind == STORE_COUNT) {
        op->count += answer->count;
    }
}

void
wk_actor_entries(struct wk_actor *actor, const struct wk_actor_answer *answer)
{
    struct store_op *op = wk_store_op_find(actor, answer->request);

    if (op == NULL || op->done)
        return;
    op_answer(actor, op, answer);
    if (op->err == WK_OK && answer->more && op->read != NULL &&
        !wk_cache_read_complete(op->read)) {
        struct wk_actor_read next = {.request = op->number, .next = true};

        actor->ops->read(actor->host, actor->peer, &next);
        return;
    }
    wk_store_op_done(actor, op);
}

struct now {
    struct wk_actor *actor;
    struct store_op *op;
    bool more;
};

static void
now_answer(void *arg, const struct wk_actor_answer *answer)
{
    struct now *now = arg;

    op_answer(now->actor, now->op, answer);
    now->more = answer->more;
}

void
wk_store_ask_now(struct wk_actor *actor, struct store_op *op)
{
    struct wk_actor_read read = {.request = op->number, .alarm = true};
    struct now now = {actor, op, true};

    if (op->read != NULL)
        read_of(op, &read);
    while (now.more && op->err == WK_OK &&
           (op->read == NULL || !wk_cache_read_complete(op->read))) {
        now.more = false;
        op->err = actor->ops->read_now(actor->host, actor->peer, &read, now_answer, &now);
        read = (struct wk_actor_read){.request = op->number, .next = true};
    }
    op->done = true;
}

void
wk_store_op_turn(struct wk_actor *actor, uint32_t number, bool locked)
{
    struct wk_isolate *iso = actor->isolate;

    WK_EVENT("H.result", actor->incarnation, number);
    wk_isolate_hook(iso, HOOK_STORED);
    duk_push_uint(iso->ctx, actor->exchange->id);
    duk_push_uint(iso->ctx, number);
    duk_push_boolean(iso->ctx, locked);
    wk_isolate_turn(iso, 3);
}

void
wk_store_op_done(struct wk_actor *actor, struct store_op *op)
{
    struct wk_isolate *iso = actor->isolate;

    op->done = true;
    if (op->kind == STORE_SYNC)
        WK_EVENT("H.synced", actor->incarnation, op->number);
    if (op->lock.gate != NULL && wk_turns_over(actor)) {
        wk_turns_operation(actor, &op->lock, op->number);
    } else if (op->lock.gate != NULL) {
        wk_turns_begin(actor, &op->lock, TURN_RESUMES);
        wk_store_op_turn(actor, op->number, true);
    } else {
        wk_store_op_turn(actor, op->number, false);
    }
    wk_isolate_admit(iso);
}

/* Operations that waited for no answer, but for writes to be durable. The result: one that has
 * waited enough. */
static struct store_op *
find_waited(struct wk_actor *actor)
{
    struct store_op *found = NULL;

    for (struct store_op *op = actor->store_ops; op != NULL; op = op->next)
        if (!op->done && ((op->kind == STORE_SYNC && op->upto <= actor->durable) ||
                          (op->kind == STORE_PRESSURE && !wk_turns_over(actor))))
            found = op; /* the oldest is the last */
    return found;
}

void
wk_actor_durable(struct wk_actor *actor, uint64_t n)
{
    struct wk_isolate *iso = actor->isolate;
    uint32_t id = actor->exchange->id;
    struct wk_exchange *x;
    struct store_op *op;

    if (n <= actor->durable || actor->cache == NULL)
        return;
    WK_EVENT("H.durable", actor->incarnation, n);
    actor->durable = n;
    wk_cache_durable(actor->cache, n);
    if (actor->sql != NULL)
        wk_sql_durable(actor->sql, n);
    while ((x = wk_exchange_find(iso, id)) != NULL && !actor->ended &&
           (op = find_waited(actor)) != NULL)
        wk_store_op_done(actor, op);
    if (x == NULL || actor->ended || actor->pressed == NULL)
        return;
    wk_turns_relieve(actor);
    wk_isolate_admit(iso);
}
