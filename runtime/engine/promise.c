/* Promises (ECMA-262 27.2): states, reactions and resolution. The global and its methods are in
 * promise_api.c, the combinators in promise_all.c.
 *
 * Slots: [0] is the result; each reaction takes four more: target, on_fulfilled, on_rejected,
 * async context. A target is what the reaction's outcome goes to: undefined; a promise of ours,
 * settled without resolving functions since script can never see them; a capability; the state
 * of a lowered async function, which is resumed; or a C function. Without a handler the outcome
 * passes through. */
#include "runtime/engine/engine_priv.h"

#define REACTION_SLOTS 4u
#define STATE_MASK 3u
#define HANDLED 4u

struct wk_slots *
wk_promise_push(duk_hthread *thr)
{
    return wk_slots_push(thr, WK_KIND_PROMISE, 1 + REACTION_SLOTS,
                         intrinsic_object(thr, WK_PROMISE_PROTO));
}

static void
tell_host(duk_hthread *thr, struct wk_slots *p, bool handled)
{
    struct wk_engine *engine = engine_of(thr);

    if (engine->on_rejection == NULL)
        return;
    duk_require_stack(thr, 8);
    duk_push_hobject(thr, &p->obj);
    duk_push_tval(thr, &p->slots[0]);
    engine->on_rejection(thr, handled, engine->on_rejection_arg);
    duk_pop_2(thr);
}

/* Settles p and queues its reactions. */
static void
settle(duk_hthread *thr, struct wk_slots *p, enum wk_promise_state state, const duk_tval *value)
{
    enum wk_job job = state == WK_PROMISE_FULFILLED ? WK_JOB_FULFILL : WK_JOB_REJECT;
    duk_tval copy = *value;

    if ((p->flags & STATE_MASK) != WK_PROMISE_PENDING)
        return;
    p->flags |= (duk_uint16_t)state;
    wk_slot_set(thr, p, 0, &copy);
    for (uint32_t i = 1; i < 1 + p->aux * REACTION_SLOTS; i += REACTION_SLOTS) {
        duk_tval *r = &p->slots[i];

        wk_job_add(thr, job, &r[0], &r[state], &p->slots[0], &r[3]);
    }
    for (uint32_t i = 1; i < 1 + p->aux * REACTION_SLOTS; i++)
        wk_slot_clear(thr, p, i);
    p->aux = 0;
    if (state == WK_PROMISE_REJECTED && !(p->flags & HANDLED))
        tell_host(thr, p, false);
}

void
wk_promise_do_reject(duk_hthread *thr, struct wk_slots *p, const duk_tval *value)
{
    settle(thr, p, WK_PROMISE_REJECTED, value);
}

static duk_ret_t
get_then(duk_context *ctx, void *udata)
{
    get_key(ctx, -1, WK_KEY_THEN);
    return 1;
}

static bool
same_object(const duk_tval *tv, const duk_hobject *obj)
{
    return DUK_TVAL_IS_OBJECT(tv) && DUK_TVAL_GET_OBJECT(tv) == obj;
}

void
wk_promise_do_resolve(duk_hthread *thr, struct wk_slots *p, const duk_tval *value)
{
    duk_tval promise, copy = *value, *then;

    if (!DUK_TVAL_IS_OBJECT(&copy)) {
        settle(thr, p, WK_PROMISE_FULFILLED, &copy);
        return;
    }
    duk_require_stack(thr, 8);
    if (DUK_TVAL_GET_OBJECT(&copy) == &p->obj) {
        duk_push_error_object(thr, DUK_ERR_TYPE_ERROR,
                              "Chaining cycle detected for promise #<Promise>");
        settle(thr, p, WK_PROMISE_REJECTED, duk_get_tval(thr, -1));
        duk_pop(thr);
        return;
    }
    duk_push_tval(thr, &copy);
    if (duk_safe_call(thr, get_then, NULL, 1, 1) != 0) {
        settle(thr, p, WK_PROMISE_REJECTED, duk_get_tval(thr, -1));
    } else if (duk_is_callable(thr, -1)) {
        DUK_TVAL_SET_OBJECT(&promise, &p->obj);
        then = duk_get_tval(thr, -1);
        if (same_object(then, intrinsic_object(thr, WK_PROMISE_THEN)) &&
            wk_slots_of_tval(&copy, WK_KIND_PROMISE) != NULL)
            then = NULL;
        wk_job_add(thr, WK_JOB_THENABLE, &promise, &copy, then, NULL);
    } else {
        settle(thr, p, WK_PROMISE_FULFILLED, &copy);
    }
    duk_pop(thr);
}

static void
reaction_add(duk_hthread *thr, struct wk_slots *p, const duk_tval *values[REACTION_SLOTS])
{
    uint32_t at = 1 + p->aux * REACTION_SLOTS;

    if (at + REACTION_SLOTS > p->count) {
        wk_slots_reserve(thr, p, 1 + p->aux * 2 * REACTION_SLOTS);
        for (uint32_t i = p->count; i < at + REACTION_SLOTS; i++)
            DUK_TVAL_SET_UNDEFINED(&p->slots[i]);
        p->count = at + REACTION_SLOTS;
    }
    for (uint32_t i = 0; i < REACTION_SLOTS; i++) {
        if (values[i] != NULL) {
            DUK_TVAL_SET_TVAL(&p->slots[at + i], values[i]);
            DUK_TVAL_INCREF(thr, &p->slots[at + i]);
        }
    }
    p->aux++;
}

void
wk_promise_do_then(duk_hthread *thr, struct wk_slots *p, const duk_tval *target,
                   const duk_tval *on_fulfilled, const duk_tval *on_rejected)
{
    /* Copies: the value stack may move when memory is asked for. */
    duk_tval copies[REACTION_SLOTS];
    const duk_tval *values[] = {target, on_fulfilled, on_rejected,
                                intrinsic(thr, WK_ASYNC_CONTEXT)};
    bool handled = p->flags & HANDLED;

    p->flags |= HANDLED;
    switch (p->flags & STATE_MASK) {
    case WK_PROMISE_PENDING:
        for (uint32_t i = 0; i < REACTION_SLOTS; i++) {
            if (values[i] != NULL) {
                copies[i] = *values[i];
                values[i] = &copies[i];
            }
        }
        reaction_add(thr, p, values);
        break;
    case WK_PROMISE_FULFILLED:
        wk_job_add(thr, WK_JOB_FULFILL, target, on_fulfilled, &p->slots[0], NULL);
        break;
    default:
        wk_job_add(thr, WK_JOB_REJECT, target, on_rejected, &p->slots[0], NULL);
        if (!handled)
            tell_host(thr, p, true);
    }
}

void
wk_promise_await(duk_hthread *thr, duk_idx_t idx, const duk_tval *target)
{
    duk_tval value = *duk_require_tval(thr, idx), to = *target;
    struct wk_slots *p = wk_slots_of_tval(&value, WK_KIND_PROMISE);

    if (p != NULL) {
        duk_push_tval(thr, &value);
        get_key(thr, -1, WK_KEY_CONSTRUCTOR);
        if (!same_object(duk_get_tval(thr, -1), intrinsic_object(thr, WK_PROMISE)))
            p = NULL;
        duk_pop_2(thr);
    } else if (!DUK_TVAL_IS_OBJECT(&value)) {
        wk_job_add(thr, WK_JOB_FULFILL, &to, NULL, &value, NULL);
        return;
    }
    if (p != NULL) {
        wk_promise_do_then(thr, p, &to, NULL, NULL);
        return;
    }
    p = wk_promise_push(thr);
    wk_promise_do_resolve(thr, p, &value);
    wk_promise_do_then(thr, p, &to, NULL, NULL);
    duk_pop(thr);
}

void
wk_promise_deliver(duk_hthread *thr, const duk_tval *to, bool ok)
{
    duk_tval copy = *to, *target = &copy;
    struct wk_slots *s;

    if ((s = wk_slots_of_tval(target, WK_KIND_PROMISE)) != NULL) {
        if (ok)
            wk_promise_do_resolve(thr, s, duk_get_tval(thr, -1));
        else
            settle(thr, s, WK_PROMISE_REJECTED, duk_get_tval(thr, -1));
    } else if ((s = wk_slots_of_tval(target, WK_KIND_STATE)) != NULL) {
        wk_state_resume(thr, s, !ok);
        return;
    } else if ((s = wk_slots_of_tval(target, WK_KIND_CAPABILITY)) != NULL) {
        duk_push_tval(thr, &s->slots[ok ? 1 : 2]);
        duk_insert(thr, -2);
        duk_call(thr, 1);
    } else if ((s = wk_slots_of_tval(target, WK_KIND_NATIVE)) != NULL) {
        wk_promise_fn *fn = (wk_promise_fn *)DUK_TVAL_GET_POINTER(&s->slots[0]);

        duk_push_tval(thr, &s->slots[2]);
        duk_insert(thr, -2);
        fn(thr, ok, DUK_TVAL_GET_POINTER(&s->slots[1]));
        duk_pop(thr);
    }
    duk_pop(thr);
}

/* Calls thenable.then with resolving functions; what it throws rejects the promise. */
static void
thenable_job(duk_hthread *thr, duk_idx_t at)
{
    struct wk_slots *p = wk_slots_get(thr, at, WK_KIND_PROMISE), *cell;

    if (duk_is_undefined(thr, at + 2)) {
        duk_tval target = *duk_get_tval(thr, at);

        wk_promise_do_then(thr, wk_slots_get(thr, at + 1, WK_KIND_PROMISE), &target, NULL,
                           NULL);
        return;
    }
    wk_promise_push_functions(thr, p); /* cell resolve reject */
    cell = wk_slots_get(thr, -3, WK_KIND_CELLS);
    duk_dup(thr, at + 2);
    duk_dup(thr, at + 1);
    duk_dup(thr, -4);
    duk_dup(thr, -4);
    if (duk_pcall_method(thr, 2) != 0 && !cell->flags) {
        cell->flags = 1;
        settle(thr, p, WK_PROMISE_REJECTED, duk_get_tval(thr, -1));
    }
}

void
wk_promise_job(duk_hthread *thr, enum wk_job job, duk_idx_t at)
{
    duk_tval target;
    bool ok = job == WK_JOB_FULFILL;

    if (job == WK_JOB_THENABLE) {
        thenable_job(thr, at);
        return;
    }
    if (duk_is_undefined(thr, at + 1)) {
        duk_dup(thr, at + 2);
    } else {
        duk_dup(thr, at + 1);
        duk_dup(thr, at + 2);
        ok = duk_pcall(thr, 1) == 0;
    }
    target = *duk_get_tval(thr, at);
    wk_promise_deliver(thr, &target, ok);
}

enum wk_promise_state
wk_promise_state(duk_context *ctx, duk_idx_t idx)
{
    struct wk_slots *p = wk_slots_get(ctx, idx, WK_KIND_PROMISE);

    if (p == NULL)
        (void)duk_type_error(ctx, "not a promise");
    duk_require_stack(ctx, 1);
    duk_push_tval(ctx, &p->slots[0]);
    return (enum wk_promise_state)(p->flags & STATE_MASK);
}

bool
wk_promise_is(duk_context *ctx, duk_idx_t idx)
{
    return wk_slots_get(ctx, idx, WK_KIND_PROMISE) != NULL;
}

void
wk_promise_mark_handled(duk_context *ctx, duk_idx_t idx)
{
    struct wk_slots *p = wk_slots_get(ctx, idx, WK_KIND_PROMISE);

    if (p != NULL)
        p->flags |= HANDLED;
}
