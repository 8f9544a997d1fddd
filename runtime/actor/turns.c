/* native('actor'), the part that is about turns: entering, critical sections, breaking.
 * turns.js is above. */
#include "runtime/actor/actor_priv.h"

#include <stdlib.h>
#include "runtime/sql/sql.h"

#define SQL_DIRTY_BYTES_MAX (8u << 20) /* as much as of entries */

struct wk_turns *
wk_turns_of(struct wk_isolate *iso)
{
    if (iso->turns == NULL) {
        iso->turns = wk_xcalloc(1, sizeof(*iso->turns));
        iso->turns->tail = &iso->turns->first;
    }
    return iso->turns;
}

/* ---- who waits ---- */

static struct turn_wait *
wait_new(struct wk_actor *actor, uint32_t number)
{
    struct turn_wait *wait = wk_xcalloc(1, sizeof(*wait));

    wait->actor = actor;
    wait->number = number;
    wait->next = actor->waits;
    if (wait->next != NULL)
        wait->next->prev = wait;
    actor->waits = wait;
    return wait;
}

static void
wait_free(struct turn_wait *wait)
{
    if (wait->prev != NULL)
        wait->prev->next = wait->next;
    else if (wait->actor != NULL)
        wait->actor->waits = wait->next;
    if (wait->next != NULL)
        wait->next->prev = wait->prev;
    free(wait);
}

static void
make_ready(struct turn_wait *wait)
{
    struct wk_turns *turns = wk_turns_of(wait->actor->isolate);

    wait->granted = true;
    *turns->tail = wait;
    turns->tail = &wait->ready;
}

bool
wk_turns_over(const struct wk_actor *actor)
{
    if (actor->cache == NULL)
        return false;
    return wk_cache_over_dirty(actor->cache) ||
           (actor->sql != NULL && wk_sql_dirty_bytes(actor->sql) > SQL_DIRTY_BYTES_MAX);
}

/* Back-pressure: whoever enters waits, with the lock, until less is dirty. What is dirty leaves
 * when a turn ends and needs no other turn to become durable. */
static void
press(struct turn_wait *wait)
{
    struct wk_actor *actor = wait->actor;

    WK_EVENT("H.pressed", actor->incarnation);
    wait->ready = NULL;
    *actor->pressed_tail = wait;
    actor->pressed_tail = &wait->ready;
}

static void
on_granted(struct wk_gate_waiter *waiter, wk_err err)
{
    struct turn_wait *wait = WK_CONTAINER(waiter, struct turn_wait, waiter);
    struct wk_actor *actor = wait->actor;

    if (err != WK_OK) {
        wait_free(wait);
    } else if (wk_turns_over(actor)) {
        press(wait);
    } else {
        make_ready(wait);
    }
}

static void
pressed_release(struct wk_actor *actor)
{
    struct turn_wait *wait = actor->pressed;

    actor->pressed = NULL;
    actor->pressed_tail = &actor->pressed;
    while (wait != NULL) {
        struct turn_wait *next = wait->ready;

        wait->ready = NULL;
        make_ready(wait);
        wait = next;
    }
}

void
wk_turns_relieve(struct wk_actor *actor)
{
    if (actor->pressed != NULL && !wk_turns_over(actor))
        pressed_release(actor);
}

void
wk_turns_operation(struct wk_actor *actor, struct wk_lock *lock, uint32_t number)
{
    struct turn_wait *wait = wait_new(actor, number);

    wait->operation = true;
    wait->waiter.at = NULL;
    wait->waiter.lock = *lock;
    lock->gate = NULL;
    on_granted(&wait->waiter, WK_OK);
}

/* ---- turns ---- */

/* The number of the section that the lock is of; 0: of none. */
static uint32_t
section_of(const struct wk_actor *actor, const struct wk_lock *lock)
{
    const struct wk_gate *gate = wk_lock_gate(lock);

    for (uint32_t i = 0; i < actor->section_count; i++)
        if (actor->sections[i].gate == gate)
            return actor->sections[i].number;
    return 0;
}

void
wk_turns_begin(struct wk_actor *actor, struct wk_lock *lock, enum turn_why why)
{
    struct wk_turns *turns = wk_turns_of(actor->isolate);

    WK_EVENT("H.turn", actor->incarnation, why, section_of(actor, lock),
             wk_turns_over(actor));
    WK_CHECK(turns->actor == NULL);
    if (actor->cache != NULL)
        wk_cache_sweep(actor->isolate->cache_lru, wk_now_ms());
    turns->actor = actor;
    turns->lock = *lock;
    lock->gate = NULL;
    actor->in_turn = true;
}

struct wk_actor *
wk_actor_current(struct wk_isolate *iso)
{
    return iso->turns != NULL ? iso->turns->actor : NULL;
}

bool
wk_actor_in_section(const struct wk_actor *actor)
{
    return actor->section_count > 0;
}

void
wk_actor_turn_end(struct wk_actor *actor)
{
    struct wk_turns *turns = actor->isolate->turns;

    if (!actor->ended)
        wk_actor_flush(actor, true);
    if (!actor->ended && actor->doom != NULL) {
        struct wk_js_error error = {"Error", actor->doom, "", ""};

        wk_actor_break(actor, WK_EBROKEN, &error);
    }
    wk_store_turn_end(actor);
    WK_EVENT("H.turned", actor->incarnation);
    actor->in_turn = false;
    turns->actor = NULL;
    wk_lock_release(&turns->lock);
    if (actor->ended)
        wk_actor_put_down(actor);
    else
        wk_turns_relieve(actor); /* it may have undone what it wrote */
}

bool
wk_actor_turn_next(struct wk_isolate *iso)
{
    struct wk_turns *turns = iso->turns;
    struct turn_wait *wait;
    struct wk_actor *actor;
    uint32_t number;
    bool operation;

    if (turns == NULL || (wait = turns->first) == NULL)
        return false;
    turns->first = wait->ready;
    if (turns->first == NULL)
        turns->tail = &turns->first;
    if (wait->dead) {
        wait_free(wait);
        return true;
    }
    actor = wait->actor;
    if (wk_turns_over(actor)) { /* by the turn before */
        wait->granted = false;
        press(wait);
        return true;
    }
    number = wait->number;
    operation = wait->operation;
    wk_turns_begin(actor, &wait->waiter.lock,
                   operation             ? TURN_RESUMES
                   : wait->after_section ? TURN_AFTER_SECTION
                                         : TURN_WAITED);
    wait_free(wait);
    if (operation) {
        wk_store_op_turn(actor, number, true);
        return true;
    }
    wk_isolate_hook(iso, HOOK_GRANTED);
    duk_push_uint(iso->ctx, number);
    wk_isolate_turn(iso, 1);
    return true;
}

void
wk_turns_fini(struct wk_actor *actor)
{
    struct turn_wait *next;

    pressed_release(actor);
    for (struct turn_wait *wait = actor->waits; wait != NULL; wait = next) {
        next = wait->next;
        wk_gate_cancel(&wait->waiter);
        if (wait->granted) { /* the isolate's queue has it */
            wait->dead = true;
            wait->actor = NULL;
            wait->next = wait->prev = NULL;
        } else {
            free(wait);
        }
    }
    actor->waits = NULL;
    for (uint32_t i = 0; i < actor->section_count; i++)
        wk_gate_unref(actor->sections[i].gate);
    free(actor->sections);
    actor->sections = NULL;
    actor->section_count = actor->section_cap = 0;
}

/* ---- sections ---- */

static struct section *
section_find(struct wk_actor *actor, uint32_t number)
{
    for (uint32_t i = actor->section_count; i-- > 0;)
        if (actor->sections[i].number == number)
            return &actor->sections[i];
    return NULL;
}

static struct section *
section_add(struct wk_actor *actor, struct wk_gate *gate)
{
    struct section *section;

    if (actor->section_count == actor->section_cap) {
        actor->section_cap = actor->section_cap ? actor->section_cap * 2 : 2;
        actor->sections =
            wk_xrealloc(actor->sections, actor->section_cap * sizeof(*actor->sections));
    }
    section = &actor->sections[actor->section_count++];
    section->number = ++actor->section_last;
    section->gate = gate;
    return section;
}

static void
section_remove(struct wk_actor *actor, struct section *section)
{
    *section = actor->sections[--actor->section_count];
    if (actor->section_count == 0) {
        free(actor->sections);
        actor->sections = NULL;
        actor->section_cap = 0;
    }
}

/* ---- verbs ---- */

/* enter(actor, section or 0, number): true, the turn is the actor's now; false, granted(number)
 * will be called. */
static duk_ret_t
verb_enter(duk_context *ctx)
{
    struct wk_actor *actor = wk_actor_arg(ctx, 0);
    uint32_t number = duk_get_uint(ctx, 2);
    struct section *section;
    struct wk_turns *turns;
    struct wk_gate *gate;
    struct turn_wait *wait;
    wk_err err;

    if (actor == NULL)
        return 0;
    turns = wk_turns_of(actor->isolate);
    section = duk_get_uint(ctx, 1) == 0 ? NULL : section_find(actor, duk_get_uint(ctx, 1));
    gate = section != NULL ? section->gate : actor->gate;
    if (turns->actor == NULL && wk_gate_open(gate) && !wk_turns_over(actor)) {
        struct wk_gate_waiter now;

        WK_CHECK(wk_gate_wait(gate, &now, NULL) == WK_OK);
        wk_turns_begin(actor, &now.lock, TURN_ENTERS);
        duk_push_true(ctx);
        return 1;
    }
    wait = wait_new(actor, number);
    WK_EVENT("H.waits", actor->incarnation);
    err = wk_gate_wait(gate, &wait->waiter, on_granted);
    if (err != WK_EAGAIN)
        on_granted(&wait->waiter, err);
    return 0;
}

/* sectionBegin(actor, number): the section's number; granted(number) is called inside it. */
static duk_ret_t
verb_section_begin(duk_context *ctx)
{
    struct wk_actor *actor = wk_actor_arg(ctx, 0);
    struct wk_turns *turns;
    struct section *section;
    struct turn_wait *wait;
    wk_err err;

    if (actor == NULL || (turns = wk_turns_of(actor->isolate))->actor != actor)
        return duk_error(ctx, DUK_ERR_ERROR, "no turn of the actor");
    WK_EVENT("H.section", actor->incarnation, actor->section_last + 1,
             section_of(actor, &turns->lock));
    section = section_add(actor, wk_section_new(&turns->lock));
    duk_push_uint(ctx, section->number);
    wait = wait_new(actor, duk_get_uint(ctx, 1));
    err = wk_gate_wait(section->gate, &wait->waiter, on_granted);
    if (err != WK_EAGAIN)
        on_granted(&wait->waiter, err);
    return 1;
}

/* sectionSucceed(actor, section, number): granted(number) is the next turn of its parent. */
static duk_ret_t
verb_section_succeed(duk_context *ctx)
{
    struct wk_actor *actor = wk_actor_arg(ctx, 0);
    struct section *section;
    struct turn_wait *wait;

    if (actor == NULL || (section = section_find(actor, duk_get_uint(ctx, 1))) == NULL)
        return 0;
    wait = wait_new(actor, duk_get_uint(ctx, 2));
    wait->after_section = true;
    WK_EVENT("H.succeeds", actor->incarnation, section->number);
    wait->waiter.at = NULL;
    wait->waiter.lock = wk_section_succeed(section->gate);
    wk_gate_unref(section->gate);
    section_remove(actor, section);
    on_granted(&wait->waiter, WK_OK);
    return 0;
}

/* breakActor(actor, error): does not return in the actor's own turn. */
static duk_ret_t
verb_break(duk_context *ctx)
{
    struct wk_actor *actor = wk_actor_arg(ctx, 0);
    struct wk_buf excerpt = {0};
    struct wk_js_error error;
    bool own;

    if (actor == NULL)
        return 0;
    own = actor->in_turn;
    wk_isolate_js_error(actor->isolate, 1, &error, &excerpt);
    wk_actor_break(actor, WK_EBROKEN, &error);
    wk_buf_fini(&excerpt);
    if (!own)
        return 0;
    wk_engine_stop(wk_engine_of(ctx));
    return duk_error(ctx, DUK_ERR_ERROR, "the actor is broken");
}

/* offer(actor, events): nothing keeps it, and it was given so many. */
static duk_ret_t
verb_offer(duk_context *ctx)
{
    struct wk_actor *actor = wk_actor_arg(ctx, 0);

    if (actor != NULL && !actor->ended)
        actor->ops->offer(actor->host, actor->peer, (uint64_t)duk_get_number(ctx, 1));
    return 0;
}

/* fullness(): of the isolate's memory, 0 to 1. */
static duk_ret_t
verb_fullness(duk_context *ctx)
{
    duk_push_number(ctx, wk_engine_fullness(wk_engine_of(ctx)));
    return 1;
}

void
wk_turns_verbs_init(duk_context *ctx)
{
    static const duk_function_list_entry verbs[] = {
        {"enter", verb_enter, 3},
        {"sectionBegin", verb_section_begin, 2},
        {"sectionSucceed", verb_section_succeed, 3},
        {"breakActor", verb_break, 2},
        {"offer", verb_offer, 2},
        {"fullness", verb_fullness, 0},
        {NULL, NULL, 0},
    };

    wk_engine_native(ctx, "actor", verbs);
}
