/* The job queue (ECMA-262 9.5): a ring of native jobs.
 *
 * A job is four values (a, b, c and the async context it was made in) in the slots of one
 * object, so that the collector sees them, and a kind in that object's plain memory. */
#include "runtime/engine/engine_priv.h"

#define JOB_SLOTS 4u
#define RING_MIN 64u    /* jobs; a power of two, as every size is */
#define RING_KEEP 4096u /* a bigger ring goes once it is empty */

static struct wk_slots *
ring_of(duk_hthread *thr)
{
    return (struct wk_slots *)(void *)intrinsic_object(thr, WK_QUEUE);
}

/* Twice the room. What lies before the head moves behind the old end, so that order stays. */
static void
ring_grow(duk_hthread *thr, struct wk_slots *ring)
{
    struct wk_engine *engine = engine_of(thr);
    uint32_t had = ring->aux, want = had * 2, moved = engine->jobs_head;
    unsigned char *kinds = DUK_ALLOC_CHECKED(thr, want), *old_kinds = ring->u.ext;
    duk_tval *slots;

    memcpy(kinds, old_kinds, had);
    ring->u.ext = kinds;
    DUK_FREE_CHECKED(thr, old_kinds);
    wk_slots_reserve(thr, ring, want * JOB_SLOTS);
    slots = ring->slots;
    memcpy((void *)(slots + had * JOB_SLOTS), (void *)slots,
           moved * JOB_SLOTS * sizeof(*slots));
    memcpy(kinds + had, kinds, moved);
    for (uint32_t i = 0; i < moved * JOB_SLOTS; i++)
        DUK_TVAL_SET_UNDEFINED(&slots[i]);
    for (uint32_t i = (had + moved) * JOB_SLOTS; i < want * JOB_SLOTS; i++)
        DUK_TVAL_SET_UNDEFINED(&slots[i]);
    ring->count = want * JOB_SLOTS;
    ring->aux = want;
}

void
wk_job_add(duk_hthread *thr, enum wk_job job, const duk_tval *a, const duk_tval *b,
           const duk_tval *c, const duk_tval *context)
{
    struct wk_engine *engine = engine_of(thr);
    struct wk_slots *ring = ring_of(thr);
    const duk_tval *values[JOB_SLOTS] = {
        a, b, c, context != NULL ? context : intrinsic(thr, WK_ASYNC_CONTEXT)};
    duk_tval copies[JOB_SLOTS], *slots;
    uint32_t at;

    for (uint32_t i = 0; i < JOB_SLOTS; i++) { /* the stack they may be on can move */
        if (values[i] != NULL)
            copies[i] = *values[i];
        else
            DUK_TVAL_SET_UNDEFINED(&copies[i]);
    }
    if (engine->jobs_len == ring->aux)
        ring_grow(thr, ring);
    at = (engine->jobs_head + engine->jobs_len++) & (ring->aux - 1);
    ((unsigned char *)ring->u.ext)[at] = (unsigned char)job;
    slots = ring->slots + at * JOB_SLOTS;
    for (uint32_t i = 0; i < JOB_SLOTS; i++) {
        slots[i] = copies[i];
        DUK_TVAL_INCREF(thr, &slots[i]);
    }
}

/* Moves the next job onto the stack: a b c context. */
static enum wk_job
ring_take(duk_hthread *thr)
{
    struct wk_engine *engine = engine_of(thr);
    struct wk_slots *ring = ring_of(thr);
    uint32_t at = engine->jobs_head;
    duk_tval *slots = ring->slots + at * JOB_SLOTS;

    for (uint32_t i = 0; i < JOB_SLOTS; i++) {
        DUK_TVAL_SET_TVAL(thr->valstack_top, &slots[i]); /* the reference moves with it */
        DUK_TVAL_SET_UNDEFINED(&slots[i]);
        thr->valstack_top++;
    }
    engine->jobs_head = (at + 1) & (ring->aux - 1);
    engine->jobs_len--;
    return ((unsigned char *)ring->u.ext)[at];
}

/* What is queued never runs. */
static void
jobs_drop(duk_hthread *thr)
{
    struct wk_engine *engine = engine_of(thr);
    duk_idx_t top = duk_get_top(thr);

    while (engine->jobs_len > 0) {
        ring_take(thr);
        duk_set_top(thr, top);
    }
}

void
wk_engine_report(duk_hthread *thr)
{
    struct wk_engine *engine = engine_of(thr);

    if (engine->on_uncaught != NULL)
        engine->on_uncaught(thr, engine->on_uncaught_arg);
    duk_pop(thr);
}

static duk_ret_t
run_all(duk_context *ctx, void *udata)
{
    struct wk_engine *engine = udata;
    duk_hthread *thr = ctx;
    duk_idx_t base = duk_get_top(thr); /* a safe call works in its caller's frame */

    wk_registry_jobs_add(thr);
    while (engine->jobs_len > 0 && !engine->cpu_exceeded && !engine->stopped) {
        enum wk_job job = ring_take(thr);

        wk_slot_set(thr, engine->cells, WK_ASYNC_CONTEXT, thr->valstack_top - 1);
        duk_pop(thr);
        if (job == WK_JOB_CALL) {
            duk_dup(thr, base);
            if (duk_pcall(thr, 0) != 0)
                wk_engine_report(thr);
        } else {
            wk_promise_job(thr, job, base);
        }
        duk_set_top(thr, base);
    }
    if (engine->jobs_len == 0 && ring_of(thr)->aux > RING_KEEP) {
        engine->jobs_head = 0;
        wk_engine_jobs_init(thr);
    }
    return 0;
}

void
wk_engine_run_jobs(struct wk_engine *engine)
{
    duk_hthread *thr = engine->ctx;
    duk_tval none;

    if (engine->jobs_running)
        return;
    engine->jobs_running = true;
    DUK_TVAL_SET_UNDEFINED(&none);
    duk_require_stack(thr, 32); /* for the jobs' values, so that taking one cannot fail */
    do {
        if (engine->stopped)
            jobs_drop(thr);
        if (duk_safe_call(thr, run_all, engine, 0, 1) != 0) {
            wk_engine_report(thr);
            continue;
        }
        duk_pop(thr);
    } while (engine->jobs_len > 0 && !engine->cpu_exceeded);
    if (engine->stopped)
        jobs_drop(thr);
    wk_slot_set(thr, engine->cells, WK_ASYNC_CONTEXT, &none);
    wk_slot_set(thr, engine->cells, WK_KEPT, &none);
    engine->jobs_running = false;
}

void
wk_engine_enqueue_job(duk_context *ctx, duk_idx_t idx)
{
    duk_tval fn = *duk_require_tval(ctx, idx);

    wk_job_add(ctx, WK_JOB_CALL, &fn, NULL, NULL, NULL);
}

void
wk_engine_on_uncaught(struct wk_engine *engine, wk_uncaught_fn *fn, void *arg)
{
    engine->on_uncaught = fn;
    engine->on_uncaught_arg = arg;
}

void
wk_async_context_get(duk_context *ctx)
{
    duk_push_tval(ctx, intrinsic(ctx, WK_ASYNC_CONTEXT));
}

void
wk_async_context_set(duk_context *ctx)
{
    wk_slot_set(ctx, engine_of(ctx)->cells, WK_ASYNC_CONTEXT, duk_require_tval(ctx, -1));
    duk_pop(ctx);
}

void
wk_engine_jobs_init(duk_context *ctx)
{
    struct wk_slots *ring = wk_slots_push(ctx, WK_KIND_QUEUE, RING_MIN * JOB_SLOTS, NULL);

    ring->u.ext = DUK_ALLOC_CHECKED((duk_hthread *)ctx, RING_MIN);
    ring->aux = RING_MIN;
    wk_intrinsic_set(ctx, WK_QUEUE);
    duk_pop(ctx);
}
