/* The global Promise, its prototype, and capabilities for subclasses (ECMA-262 27.2.1.5, .3 to
 * .5). */
#include "runtime/engine/engine_priv.h"

/* ---- resolving functions ---- */

/* magic 0 resolves, 1 rejects; the first call of either counts. */
static duk_ret_t
resolving_function(duk_context *ctx)
{
    struct wk_slots *cell = wk_closure_cell(ctx), *p;

    if (cell->flags)
        return 0;
    cell->flags = 1;
    p = wk_slots_of_tval(&cell->slots[0], WK_KIND_PROMISE);
    if (duk_get_current_magic(ctx) == 0)
        wk_promise_do_resolve(ctx, p, duk_get_tval(ctx, 0));
    else
        wk_promise_do_reject(ctx, p, duk_get_tval(ctx, 0));
    return 0;
}

void
wk_promise_push_functions(duk_hthread *thr, struct wk_slots *p)
{
    struct wk_slots *cell = wk_slots_push(thr, WK_KIND_CELLS, 1, NULL);
    duk_tval promise;

    DUK_TVAL_SET_OBJECT(&promise, &p->obj);
    wk_slot_set(thr, cell, 0, &promise);
    for (int magic = 0; magic < 2; magic++) {
        duk_push_hobject(thr, &cell->obj);
        wk_push_closure(thr, resolving_function, 1, magic);
    }
}

static duk_ret_t
promise_constructor(duk_context *ctx)
{
    duk_hobject *proto = wk_constructor_proto(ctx, "Promise", WK_PROMISE_PROTO);
    struct wk_slots *p, *cell;

    duk_set_top(ctx, 1);
    if (!duk_is_callable(ctx, 0))
        return duk_type_error(ctx, "Promise resolver %s is not a function",
                              duk_safe_to_string(ctx, 0));
    p = wk_slots_push(ctx, WK_KIND_PROMISE, 5, proto);
    wk_promise_push_functions(ctx, p); /* 1: promise cell resolve reject */
    cell = wk_slots_get(ctx, 2, WK_KIND_CELLS);
    duk_dup(ctx, 0);
    duk_dup(ctx, 3);
    duk_dup(ctx, 4);
    if (duk_pcall(ctx, 2) != 0 && !cell->flags) {
        cell->flags = 1;
        wk_promise_do_reject(ctx, p, duk_get_tval(ctx, -1));
    }
    duk_dup(ctx, 1);
    return 1;
}

/* ---- capabilities ---- */

static bool
is_intrinsic_promise(duk_hthread *thr, duk_idx_t idx)
{
    return duk_get_hobject(thr, idx) == intrinsic_object(thr, WK_PROMISE);
}

static duk_ret_t
capability_executor(duk_context *ctx)
{
    struct wk_slots *capability = wk_closure_cell(ctx);

    if (!DUK_TVAL_IS_UNDEFINED(&capability->slots[1]) ||
        !DUK_TVAL_IS_UNDEFINED(&capability->slots[2]))
        return duk_type_error(
            ctx, "Promise executor has already been invoked with non-undefined arguments");
    wk_slot_set(ctx, capability, 1, duk_get_tval(ctx, 0));
    wk_slot_set(ctx, capability, 2, duk_get_tval(ctx, 1));
    return 0;
}

void
wk_capability_push(duk_hthread *thr, duk_idx_t ctor)
{
    struct wk_slots *capability;

    ctor = duk_normalize_index(thr, ctor);
    if (is_intrinsic_promise(thr, ctor)) {
        wk_promise_push(thr);
        return;
    }
    if (!duk_is_constructable(thr, ctor))
        (void)duk_type_error(thr, "%s is not a constructor", duk_safe_to_string(thr, ctor));
    capability = wk_slots_push(thr, WK_KIND_CAPABILITY, 3, NULL);
    duk_dup(thr, ctor);
    duk_dup(thr, -2);
    wk_push_closure(thr, capability_executor, 2, 0);
    duk_new(thr, 1);
    wk_slot_set(thr, capability, 0, duk_get_tval(thr, -1));
    duk_pop(thr);
    for (int i = 1; i <= 2; i++) {
        duk_push_tval(thr, &capability->slots[i]);
        if (!duk_is_callable(thr, -1))
            (void)duk_type_error(thr, "Promise resolve or reject function is not callable");
        duk_pop(thr);
    }
}

void
wk_capability_promise(duk_hthread *thr, duk_idx_t idx)
{
    struct wk_slots *capability = wk_slots_get(thr, idx, WK_KIND_CAPABILITY);

    if (capability != NULL)
        duk_push_tval(thr, &capability->slots[0]);
    else
        duk_dup(thr, idx);
}

void
wk_promise_push_resolved(duk_hthread *thr, duk_idx_t ctor, duk_idx_t idx)
{
    ctor = duk_normalize_index(thr, ctor);
    idx = duk_normalize_index(thr, idx);
    if (wk_slots_get(thr, idx, WK_KIND_PROMISE) != NULL) {
        get_key(thr, idx, WK_KEY_CONSTRUCTOR);
        if (duk_samevalue(thr, -1, ctor)) {
            duk_pop(thr);
            duk_dup(thr, idx);
            return;
        }
        duk_pop(thr);
    }
    wk_capability_push(thr, ctor);
    duk_dup(thr, idx);
    wk_promise_deliver(thr, duk_get_tval(thr, -2), true);
    wk_capability_promise(thr, -1);
    duk_remove(thr, -2);
}

/* Pushes SpeciesConstructor(object at idx, %Promise%). */
static void
push_species(duk_hthread *thr, duk_idx_t idx)
{
    get_key(thr, idx, WK_KEY_CONSTRUCTOR);
    if (is_intrinsic_promise(thr, -1))
        return; /* species-light: its own Symbol.species is taken to be what it was */
    if (duk_is_undefined(thr, -1))
        goto fallback;
    if (!duk_is_object(thr, -1))
        (void)duk_type_error(thr, "The .constructor property is not an object");
    get_key(thr, -1, WK_KEY_SPECIES);
    duk_remove(thr, -2);
    if (!duk_is_null_or_undefined(thr, -1))
        return;
fallback:
    duk_pop(thr);
    duk_push_hobject(thr, intrinsic_object(thr, WK_PROMISE));
}

/* ---- the prototype ---- */

/* this.then(a, b) with a and b on the stack top: [ a b ] -> [ promise ] */
static void
invoke_then(duk_hthread *thr, duk_idx_t object)
{
    object = duk_normalize_index(thr, object);
    get_key(thr, object, WK_KEY_THEN);
    duk_insert(thr, -3);
    duk_dup(thr, object);
    duk_insert(thr, -3);
    duk_call_method(thr, 2);
}

static duk_ret_t
promise_then(duk_context *ctx)
{
    duk_tval target, on_fulfilled, on_rejected;
    struct wk_slots *p;

    duk_push_this(ctx);
    if ((p = wk_slots_get(ctx, 2, WK_KIND_PROMISE)) == NULL)
        return duk_type_error(
            ctx, "Method Promise.prototype.then called on incompatible receiver %s",
            duk_safe_to_string(ctx, 2));
    push_species(ctx, 2);
    wk_capability_push(ctx, -1);
    for (int i = 0; i < 2; i++) {
        if (!duk_is_callable(ctx, i)) {
            duk_push_undefined(ctx);
            duk_replace(ctx, i);
        }
    }
    on_fulfilled = *duk_get_tval(ctx, 0);
    on_rejected = *duk_get_tval(ctx, 1);
    target = *duk_get_tval(ctx, -1);
    wk_promise_do_then(ctx, p, &target, &on_fulfilled, &on_rejected);
    wk_capability_promise(ctx, -1);
    return 1;
}

static duk_ret_t
promise_catch(duk_context *ctx)
{
    duk_push_this(ctx);
    duk_push_undefined(ctx);
    duk_dup(ctx, 0);
    invoke_then(ctx, 1);
    return 1;
}

/* magic 0: gives the cell's value; 1: throws it. */
static duk_ret_t
value_thunk(duk_context *ctx)
{
    duk_push_tval(ctx, &wk_closure_cell(ctx)->slots[0]);
    return duk_get_current_magic(ctx) == 0 ? 1 : duk_throw(ctx);
}

/* The cell: on_finally, constructor. */
static duk_ret_t
finally_function(duk_context *ctx)
{
    struct wk_slots *cell = wk_closure_cell(ctx), *thunk;

    duk_push_tval(ctx, &cell->slots[0]);
    duk_call(ctx, 0);
    duk_push_tval(ctx, &cell->slots[1]);
    wk_promise_push_resolved(ctx, -1, -2);
    thunk = wk_slots_push(ctx, WK_KIND_CELLS, 1, NULL);
    wk_slot_set(ctx, thunk, 0, duk_get_tval(ctx, 0));
    wk_push_closure(ctx, value_thunk, 0, duk_get_current_magic(ctx));
    duk_push_undefined(ctx);
    invoke_then(ctx, -3);
    return 1;
}

static duk_ret_t
promise_finally(duk_context *ctx)
{
    struct wk_slots *cell;

    duk_push_this(ctx);
    if (!duk_is_object(ctx, 1))
        return duk_type_error(ctx, "Promise.prototype.finally called on a non-object");
    push_species(ctx, 1);
    if (!duk_is_callable(ctx, 0)) {
        duk_dup(ctx, 0);
        duk_dup(ctx, 0);
    } else {
        cell = wk_slots_push(ctx, WK_KIND_CELLS, 2, NULL);
        wk_slot_set(ctx, cell, 0, duk_get_tval(ctx, 0));
        wk_slot_set(ctx, cell, 1, duk_get_tval(ctx, 2));
        wk_push_closure(ctx, finally_function, 1, 0);
        duk_push_hobject(ctx, &cell->obj);
        wk_push_closure(ctx, finally_function, 1, 1);
    }
    invoke_then(ctx, 1);
    return 1;
}

/* ---- statics ---- */

static void
require_object_this(duk_context *ctx, const char *name)
{
    duk_push_this(ctx);
    if (!duk_is_object(ctx, -1))
        (void)duk_type_error(ctx, "%s called on non-object", name);
}

static duk_ret_t
promise_resolve(duk_context *ctx)
{
    require_object_this(ctx, "PromiseResolve");
    wk_promise_push_resolved(ctx, 1, 0);
    return 1;
}

static duk_ret_t
promise_reject(duk_context *ctx)
{
    require_object_this(ctx, "PromiseReject");
    wk_capability_push(ctx, 1);
    duk_dup(ctx, 0);
    wk_promise_deliver(ctx, duk_get_tval(ctx, 2), false);
    wk_capability_promise(ctx, 2);
    return 1;
}

static duk_ret_t
promise_with_resolvers(duk_context *ctx)
{
    struct wk_slots *capability;

    require_object_this(ctx, "Promise.withResolvers");
    duk_push_object(ctx);
    wk_capability_push(ctx, 0);
    if ((capability = wk_slots_get(ctx, -1, WK_KIND_CAPABILITY)) != NULL) {
        for (int i = 0; i < 3; i++)
            duk_push_tval(ctx, &capability->slots[i]);
        duk_remove(ctx, -4);
    } else {
        wk_promise_push_functions(ctx, wk_slots_get(ctx, -1, WK_KIND_PROMISE));
        duk_remove(ctx, -3);
    }
    duk_put_prop_string(ctx, 1, "reject");
    duk_put_prop_string(ctx, 1, "resolve");
    duk_put_prop_string(ctx, 1, "promise");
    duk_dup(ctx, 1);
    return 1;
}

static duk_ret_t
promise_try(duk_context *ctx)
{
    duk_idx_t nargs = duk_get_top(ctx);
    int rc;

    require_object_this(ctx, "Promise.try");
    wk_capability_push(ctx, nargs);
    duk_insert(ctx, 0); /* target fn args... this */
    duk_pop(ctx);
    if (nargs == 0) {
        duk_push_undefined(ctx);
        nargs = 1;
    }
    rc = duk_pcall(ctx, nargs - 1);
    wk_promise_deliver(ctx, duk_get_tval(ctx, 0), rc == 0);
    wk_capability_promise(ctx, 0);
    return 1;
}

void
wk_engine_promise_init(duk_context *ctx)
{
    static const duk_function_list_entry statics[] = {
        {"resolve", promise_resolve, 1},
        {"reject", promise_reject, 1},
        {"withResolvers", promise_with_resolvers, 0},
        {"try", promise_try, 1 | WK_VARARGS},
        {NULL, NULL, 0}};
    static const duk_function_list_entry methods[] = {{"then", promise_then, 2},
                                                      {"catch", promise_catch, 1},
                                                      {"finally", promise_finally, 1},
                                                      {NULL, NULL, 0}};

    wk_push_class(ctx, "Promise", promise_constructor, 1, statics, methods);
    wk_intrinsic_set(ctx, WK_PROMISE_PROTO);
    get_key(ctx, -1, WK_KEY_THEN);
    wk_intrinsic_set(ctx, WK_PROMISE_THEN);
    duk_pop_2(ctx);
    wk_intrinsic_set(ctx, WK_PROMISE);
    wk_define_methods(ctx, -1, wk_promise_combinators);
    wk_define_getter(ctx, -1, DUK_WELLKNOWN_SYMBOL("Symbol.species"), wk_return_this);
    get_key(ctx, -1, WK_KEY_RESOLVE);
    wk_intrinsic_set(ctx, WK_PROMISE_RESOLVE);
    duk_pop_2(ctx);
}
