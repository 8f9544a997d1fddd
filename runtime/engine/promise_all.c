/* Promise.all, allSettled, any and race (ECMA-262 27.2.4.1 to .5).
 *
 * While one waits, an object of kind COMBINATOR holds the values array and the capability; aux
 * counts what is still out, plus one while the iterable is being read. A promise of ours with
 * the intrinsic `then` gets a native reaction; anything else is asked through its `then`, with
 * closures. */
#include "runtime/engine/engine_priv.h"

enum combine { ALL, ALL_SETTLED, ANY, RACE };

struct combining {
    struct wk_slots *combinator;
    enum combine how;
    duk_idx_t ctor, resolve;
    uint32_t index;
};

/* The values array has everything: the capability gets it. */
static void
finish(duk_hthread *thr, struct wk_slots *combinator)
{
    duk_tval target = combinator->slots[1];

    if (combinator->flags == ANY) {
        duk_push_error_object(thr, DUK_ERR_ERROR, "All promises were rejected");
        duk_push_hobject(thr, intrinsic_object(thr, WK_AGGREGATE_ERROR_PROTO));
        duk_set_prototype(thr, -2);
        duk_push_tval(thr, &combinator->slots[0]);
        wk_define_value(thr, -2, "errors");
    } else {
        duk_push_tval(thr, &combinator->slots[0]);
    }
    wk_promise_deliver(thr, &target, combinator->flags != ANY);
}

/* Element index has settled with the value at the top, which is popped. */
static void
element_settled(duk_hthread *thr, struct wk_slots *combinator, uint32_t index, bool fulfilled)
{
    duk_tval target = combinator->slots[1];

    if (combinator->flags == (fulfilled ? ANY : ALL)) {
        wk_promise_deliver(thr, &target, fulfilled);
        return;
    }
    if (combinator->flags == ALL_SETTLED) {
        duk_push_object(thr);
        duk_push_string(thr, fulfilled ? "fulfilled" : "rejected");
        duk_put_prop_literal(thr, -2, "status");
        duk_insert(thr, -2);
        duk_put_prop_string(thr, -2, fulfilled ? "value" : "reason");
    }
    duk_push_tval(thr, &combinator->slots[0]);
    duk_insert(thr, -2);
    duk_put_prop_index(thr, -2, index);
    duk_pop(thr);
    if (--combinator->aux == 0)
        finish(thr, combinator);
}

/* Of a promise of ours: [ ... combinator value ] */
static void
element_reaction(duk_context *ctx, bool fulfilled, void *arg)
{
    duk_dup_top(ctx);
    element_settled(ctx, wk_slots_get(ctx, -3, WK_KIND_COMBINATOR), (uint32_t)(uintptr_t)arg,
                    fulfilled);
}

/* For anything else; the cell: combinator, index; flags: called. magic: rejected. */
static duk_ret_t
element_function(duk_context *ctx)
{
    struct wk_slots *cell = wk_closure_cell(ctx);
    duk_int_t rejected = duk_get_current_magic(ctx);

    if (cell->flags)
        return 0;
    cell->flags = 1;
    element_settled(ctx, wk_slots_of_tval(&cell->slots[0], WK_KIND_COMBINATOR), cell->aux,
                    !rejected);
    return 0;
}

/* The capability's resolve (magic 0) or reject as a function, when it is a bare promise. */
static duk_ret_t
capability_function(duk_context *ctx)
{
    duk_tval target = wk_closure_cell(ctx)->slots[0];

    wk_promise_deliver(ctx, &target, duk_get_current_magic(ctx) == 0);
    return 0;
}

static void
push_capability_function(duk_hthread *thr, const duk_tval *target, int rejects)
{
    struct wk_slots *capability = wk_slots_of_tval(target, WK_KIND_CAPABILITY), *cell;

    if (capability != NULL) {
        duk_push_tval(thr, &capability->slots[1 + rejects]);
        return;
    }
    cell = wk_slots_push(thr, WK_KIND_CELLS, 1, NULL);
    wk_slot_set(thr, cell, 0, (duk_tval *)target);
    wk_push_closure(thr, capability_function, 1, rejects);
}

static void
push_element_function(duk_hthread *thr, struct wk_slots *cell, int rejected)
{
    duk_push_hobject(thr, &cell->obj);
    wk_push_closure(thr, element_function, 1, rejected);
}

/* promise.then(...) for the promise at the top, which stays. */
static void
subscribe(duk_hthread *thr, struct combining *c)
{
    duk_tval target = c->combinator->slots[1];
    struct wk_slots *cell;

    get_key(thr, -1, WK_KEY_THEN);
    duk_dup(thr, -2);
    if (c->how == RACE) {
        push_capability_function(thr, &target, 0);
        push_capability_function(thr, &target, 1);
    } else {
        cell = wk_slots_push(thr, WK_KIND_CELLS, 1, NULL);
        duk_push_hobject(thr, &c->combinator->obj);
        wk_slot_set(thr, cell, 0, duk_get_tval(thr, -1));
        cell->aux = c->index;
        duk_pop(thr);
        if (c->how == ANY)
            push_capability_function(thr, &target, 0);
        else
            push_element_function(thr, cell, 0);
        if (c->how == ALL)
            push_capability_function(thr, &target, 1);
        else
            push_element_function(thr, cell, 1);
        duk_remove(thr, -3);
    }
    duk_call_method(thr, 2);
    duk_pop(thr);
}

static bool
has_intrinsic_then(duk_hthread *thr)
{
    bool yes;

    if (wk_slots_get(thr, -1, WK_KIND_PROMISE) == NULL)
        return false;
    get_key(thr, -1, WK_KEY_THEN);
    yes = duk_get_hobject(thr, -1) == intrinsic_object(thr, WK_PROMISE_THEN);
    duk_pop(thr);
    get_key(thr, -1, WK_KEY_CONSTRUCTOR);
    yes = yes && duk_get_hobject(thr, -1) == intrinsic_object(thr, WK_PROMISE);
    duk_pop(thr);
    return yes;
}

/* The same without script: the promise at the top gets a native reaction. */
static void
subscribe_native(duk_hthread *thr, struct combining *c)
{
    duk_tval target = c->combinator->slots[1];
    struct wk_slots *p = wk_slots_get(thr, -1, WK_KIND_PROMISE), *native;

    if (c->how == RACE) {
        wk_promise_do_then(thr, p, &target, NULL, NULL);
        return;
    }
    native = wk_slots_push(thr, WK_KIND_NATIVE, 3, NULL);
    DUK_TVAL_SET_POINTER(&native->slots[0], (void *)element_reaction);
    DUK_TVAL_SET_POINTER(&native->slots[1], (void *)(uintptr_t)c->index);
    duk_push_hobject(thr, &c->combinator->obj);
    wk_slot_set(thr, native, 2, duk_get_tval(thr, -1));
    duk_pop(thr);
    DUK_TVAL_SET_OBJECT(&target, &native->obj);
    wk_promise_do_then(thr, p, &target, NULL, NULL);
    duk_pop(thr);
}

/* One value of the iterable, at the top. */
static bool
combine_one(duk_hthread *thr, void *arg)
{
    struct combining *c = arg;
    bool intrinsic_resolve =
        duk_get_hobject(thr, c->resolve) == intrinsic_object(thr, WK_PROMISE_RESOLVE);

    duk_require_stack(thr, 16);
    if (c->how != RACE) {
        duk_push_tval(thr, &c->combinator->slots[0]);
        duk_push_undefined(thr);
        duk_put_prop_index(thr, -2, c->index);
        duk_pop(thr);
    }
    if (intrinsic_resolve) {
        wk_promise_push_resolved(thr, c->ctor, -1);
    } else {
        duk_dup(thr, c->resolve);
        duk_dup(thr, c->ctor);
        duk_dup(thr, -3);
        duk_call_method(thr, 1);
    }
    c->combinator->aux++;
    if (has_intrinsic_then(thr))
        subscribe_native(thr, c);
    else
        subscribe(thr, c);
    c->index++;
    duk_pop(thr);
    return true;
}

/* [ iterable ctor combinator ] */
static duk_ret_t
combine_all(duk_context *ctx, void *udata)
{
    struct combining *c = udata;
    duk_idx_t top = duk_get_top(ctx);

    c->ctor = top - 2;
    get_key(ctx, c->ctor, WK_KEY_RESOLVE);
    c->resolve = top;
    if (!duk_is_callable(ctx, -1))
        return duk_type_error(ctx, "Promise resolve or reject function is not callable");
    wk_each(ctx, top - 3, combine_one, c);
    if (--c->combinator->aux == 0 && c->how != RACE)
        finish(ctx, c->combinator);
    return 0;
}

static duk_ret_t
combine(duk_context *ctx, enum combine how)
{
    struct combining c = {.how = how};
    duk_tval target;

    duk_push_this(ctx);
    if (!duk_is_object(ctx, 1))
        return duk_type_error(ctx, "Promise combinator called on non-object");
    wk_capability_push(ctx, 1);
    target = *duk_get_tval(ctx, 2);
    duk_dup(ctx, 0);
    duk_dup(ctx, 1);
    c.combinator = wk_slots_push(ctx, WK_KIND_COMBINATOR, 2, NULL);
    c.combinator->flags = (duk_uint16_t)how;
    c.combinator->aux = 1;
    duk_push_array(ctx);
    wk_slot_set(ctx, c.combinator, 0, duk_get_tval(ctx, -1));
    wk_slot_set(ctx, c.combinator, 1, duk_get_tval(ctx, 2));
    duk_pop(ctx);
    if (duk_safe_call(ctx, combine_all, &c, 3, 1) != 0) {
        wk_promise_deliver(ctx, &target, false);
    }
    wk_capability_promise(ctx, 2);
    return 1;
}

static duk_ret_t
promise_all(duk_context *ctx)
{
    return combine(ctx, ALL);
}

static duk_ret_t
promise_all_settled(duk_context *ctx)
{
    return combine(ctx, ALL_SETTLED);
}

static duk_ret_t
promise_any(duk_context *ctx)
{
    return combine(ctx, ANY);
}

static duk_ret_t
promise_race(duk_context *ctx)
{
    return combine(ctx, RACE);
}

const duk_function_list_entry wk_promise_combinators[] = {
    {"all", promise_all, 1},
    {"allSettled", promise_all_settled, 1},
    {"any", promise_any, 1},
    {"race", promise_race, 1},
    {NULL, NULL, 0}};
