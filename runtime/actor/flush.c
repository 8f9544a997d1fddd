/* What an actor wrote leaves: all of a turn at its end, in one message as a rule. An output in
 * the middle of a turn is held back in the host until then, so that what it depends on leaves
 * first; only what SQL wrote leaves at once, since its commit may fail and end the actor.
 * Inside transactionSync() nothing can leave, so an output there waits for the end of the turn
 * too, with all that were held back before it. An output of a transaction() that outlasts the
 * turn goes at the turn's end: script may be waiting for what it leads to. */
#include "runtime/actor/actor_priv.h"

#include <stdlib.h>
#include <string.h>
#include "kernel/base/arena.h"
#include "runtime/sql/sql.h"

/* A frame has room for this, and for a value that is as large as values get. */
#define MESSAGE_BYTES_MAX (1u << 20)

struct batch {
    struct wk_actor *actor;
    struct wk_arena bytes;   /* copies: some of what take hands out is gone when it returns */
    struct wk_write *writes; /* few, or from malloc */
    size_t count, cap;
    struct wk_write few[8];
};

static void
hold(struct wk_actor *actor)
{
    if (!actor->held)
        actor->ops->hold(actor->host);
    actor->held = true;
}

static void
release(struct wk_actor *actor)
{
    if (actor->held)
        actor->ops->release(actor->host);
    actor->held = false;
}

static const uint8_t *
bytes_copy(struct wk_arena *arena, struct wk_span span)
{
    void *copy;

    if (span.len == 0)
        return NULL;
    copy = wk_arena_alloc(arena, span.len);
    memcpy(copy, span.data, span.len);
    return copy;
}

static void
batch_add(void *arg, const struct wk_write *write)
{
    struct batch *batch = arg;
    struct wk_write *copy;

    if (batch->count == batch->cap) {
        struct wk_write *old = batch->writes == batch->few ? NULL : batch->writes;

        batch->cap *= 2;
        batch->writes = wk_xrealloc(old, batch->cap * sizeof(*batch->writes));
        if (old == NULL)
            memcpy(batch->writes, batch->few, sizeof(batch->few));
    }
    copy = &batch->writes[batch->count++];
    *copy = *write;
    copy->key.data = bytes_copy(&batch->bytes, write->key);
    copy->value.data = bytes_copy(&batch->bytes, write->value);
}

/* Sends the batch in pieces that fit a message; all of them become durable together, by the
 * last one's end. */
static void
batch_send(struct batch *batch, bool confirmed, bool turn_end)
{
    struct wk_actor *actor = batch->actor;
    size_t from = 0, bytes = 0;

    for (size_t i = 0; i < batch->count; i++) {
        size_t more = batch->writes[i].key.len + batch->writes[i].value.len + 16;

        if (i > from && bytes + more > MESSAGE_BYTES_MAX) {
            actor->messages++;
            WK_EVENT("H.write", actor->incarnation, actor->messages, confirmed, false);
            actor->ops->writes(actor->host, actor->peer, batch->writes + from, i - from,
                               confirmed, false);
            from = i;
            bytes = 0;
        }
        bytes += more;
    }
    actor->messages++;
    WK_EVENT("H.write", actor->incarnation, actor->messages, confirmed, turn_end);
    actor->ops->writes(actor->host, actor->peer, batch->writes + from, batch->count - from,
                       confirmed, turn_end);
    actor->sent = !turn_end;
}

void
wk_actor_flush(struct wk_actor *actor, bool turn_end)
{
    struct batch batch;
    bool confirmed = false;
    size_t kv_count;

    if (actor->storage != WK_ACTOR_STORAGE_DISK || actor->doom != NULL)
        return;
    batch.actor = actor;
    batch.writes = batch.few;
    batch.count = 0;
    batch.cap = WK_COUNT(batch.few);
    batch.bytes = (struct wk_arena){0};
    if (wk_cache_dirty(actor->cache))
        wk_cache_take(actor->cache, actor->messages + 1, batch_add, &batch, &confirmed);
    kv_count = batch.count;
    if (actor->sql != NULL && wk_sql_dirty(actor->sql)) /* may fail, and doom the actor */
        wk_sql_commit(actor->sql, actor->messages + 1, batch_add, &batch);
    wk_facets_take(actor, batch_add, &batch);
    confirmed |= batch.count > kv_count;
    if (actor->doom == NULL && (batch.count > 0 || (turn_end && actor->sent))) {
        batch_send(&batch, confirmed, turn_end);
    }
    if (actor->doom != NULL)
        wk_actor_strand(actor);
    if (turn_end || actor->mark_count == 0)
        release(actor);
    if (batch.writes != batch.few)
        free(batch.writes);
    wk_arena_fini(&batch.bytes);
}

/* A batch that nobody ends: the outputs stay with the kernel. */
void
wk_actor_strand(struct wk_actor *actor)
{
    if (!actor->held)
        return;
    actor->messages++;
    actor->ops->writes(actor->host, actor->peer, NULL, 0, true, false);
    release(actor);
}

/* Something was written that leaves with the turn, unless it is undone before. */
static bool
holds_back(const struct wk_actor *actor)
{
    return wk_cache_untaken(actor->cache) || actor->facet_writes.len > 0 ||
           (actor->sql != NULL && wk_sql_in_transaction(actor->sql));
}

bool
wk_actor_output(struct wk_actor *actor)
{
    if (!actor->ended && actor->in_turn && actor->storage == WK_ACTOR_STORAGE_DISK) {
        if (actor->sql != NULL && wk_sql_dirty(actor->sql))
            wk_actor_flush(actor, false);
        else if (holds_back(actor))
            hold(actor);
    }
    WK_EVENT("H.output", actor->incarnation, actor->held);
    return !actor->ended && actor->doom == NULL;
}
