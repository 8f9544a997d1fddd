/* Promises as the host sees them: numbered resolvers, C reactions, the rejection hook. */
#include "runtime/engine/engine_priv.h"

/* The table is an object whose slots hold promises; a free slot holds the next free number. */
static struct wk_slots *
table_of(duk_hthread *thr)
{
    return (struct wk_slots *)(void *)intrinsic_object(thr, WK_RESOLVERS);
}

uint32_t
wk_promise_new(duk_context *ctx)
{
    struct wk_engine *engine = engine_of(ctx);
    struct wk_slots *table = table_of(ctx);
    uint32_t id = engine->resolver_free;

    wk_promise_push(ctx);
    if (id == 0) {
        if (table->count == table->cap)
            wk_slots_reserve(ctx, table, table->cap * 2);
        DUK_TVAL_SET_UNDEFINED(&table->slots[table->count]);
        id = ++table->count;
    } else {
        engine->resolver_free =
            (uint32_t)(duk_uintptr_t)DUK_TVAL_GET_POINTER(&table->slots[id - 1]);
    }
    wk_slot_set(ctx, table, id - 1, duk_get_tval(ctx, -1));
    return id;
}

/* Pushes the promise of id and frees the number; false, nothing pushed, when it is not in use.
 */
static bool
take(duk_context *ctx, uint32_t id)
{
    struct wk_engine *engine = engine_of(ctx);
    struct wk_slots *table = table_of(ctx);

    if (id == 0 || id > table->count || !DUK_TVAL_IS_OBJECT(&table->slots[id - 1]))
        return false;
    duk_push_tval(ctx, &table->slots[id - 1]);
    wk_slot_clear(ctx, table, id - 1);
    DUK_TVAL_SET_POINTER(&table->slots[id - 1], (void *)(duk_uintptr_t)engine->resolver_free);
    engine->resolver_free = id;
    return true;
}

void
wk_promise_resolve(duk_context *ctx, uint32_t id)
{
    duk_require_stack(ctx, 1);
    if (take(ctx, id)) {
        wk_promise_do_resolve(ctx, wk_slots_get(ctx, -1, WK_KIND_PROMISE),
                              duk_get_tval(ctx, -2));
        duk_pop(ctx);
    }
    duk_pop(ctx);
}

void
wk_promise_reject(duk_context *ctx, uint32_t id)
{
    duk_require_stack(ctx, 1);
    if (take(ctx, id)) {
        wk_promise_do_reject(ctx, wk_slots_get(ctx, -1, WK_KIND_PROMISE),
                             duk_get_tval(ctx, -2));
        duk_pop(ctx);
    }
    duk_pop(ctx);
}

void
wk_promise_push_pending(duk_context *ctx)
{
    duk_require_stack(ctx, 1);
    wk_promise_push(ctx);
}

void
wk_promise_settle(duk_context *ctx, duk_idx_t idx, bool ok)
{
    struct wk_slots *p = wk_slots_get(ctx, idx, WK_KIND_PROMISE);

    if (p == NULL)
        (void)duk_type_error(ctx, "not a promise");
    if (ok)
        wk_promise_do_resolve(ctx, p, duk_get_tval(ctx, -1));
    else
        wk_promise_do_reject(ctx, p, duk_get_tval(ctx, -1));
    duk_pop(ctx);
}

void
wk_promise_drop(duk_context *ctx, uint32_t id)
{
    duk_require_stack(ctx, 1);
    if (take(ctx, id))
        duk_pop(ctx);
}

void
wk_promise_then(duk_context *ctx, duk_idx_t idx, wk_promise_fn *fn, void *arg)
{
    struct wk_slots *native;
    duk_tval target;

    idx = duk_require_normalize_index(ctx, idx);
    native = wk_slots_push(ctx, WK_KIND_NATIVE, 3, NULL);
    DUK_TVAL_SET_POINTER(&native->slots[0], (void *)fn);
    DUK_TVAL_SET_POINTER(&native->slots[1], arg);
    wk_slot_set(ctx, native, 2, duk_get_tval(ctx, -2));
    DUK_TVAL_SET_OBJECT(&target, &native->obj);
    wk_promise_await(ctx, idx, &target);
    duk_pop_2(ctx);
}

void
wk_engine_on_rejection(struct wk_engine *engine, wk_rejection_fn *fn, void *arg)
{
    engine->on_rejection = fn;
    engine->on_rejection_arg = arg;
}
