/* Turns: script is entered, all jobs are run, and what the turn did has its consequences. */
#include "runtime/isolate/isolate_priv.h"

#include <string.h>
#include "kernel/base/fault.h"
#include "runtime/actor/actor.h"

#define ADMITTED_MAX 64 /* turns of actors that follow one of their own accord */

/* The turn of an actor used more than it may: the actor ends, and nothing that it queued runs.
 */
static void
actor_over_cpu(struct wk_isolate *iso, struct wk_actor *actor)
{
    static const struct wk_js_error error = {
        .name = "Error",
        .message = "Durable Object exceeded its CPU time limit and was reset.",
        .stack = "",
        .excerpt = "",
        .traits = WK_TRAIT_OVERLOADED,
    };

    wk_engine_cpu_limit(iso->engine, 0);
    wk_actor_break(actor, WK_EBROKEN, &error);
    wk_engine_stop(iso->engine);
    wk_engine_run_jobs(iso->engine);
    iso->ops->log(iso->host, 0, error.message, strlen(error.message));
    wk_engine_cpu_limit(iso->engine, 0);
}

/* The turn used more than it may: its request ends, the isolate goes on. */
static void
turn_over_cpu(struct wk_isolate *iso)
{
    struct wk_exchange *x;

    if (wk_actor_current(iso) != NULL) {
        actor_over_cpu(iso, wk_actor_current(iso));
        return;
    }
    wk_engine_cpu_limit(iso->engine, 1000);
    wk_isolate_hook(iso, HOOK_STOP);
    if (duk_pcall(iso->ctx, 0) == 0 && duk_is_number(iso->ctx, -1) &&
        (x = wk_exchange_find(iso, duk_get_uint(iso->ctx, -1))) != NULL) {
        static const struct wk_js_error error = {.name = "Error",
                                                 .message = "Worker exceeded CPU time limit.",
                                                 .stack = "",
                                                 .excerpt = ""};

        if (x->peer != NULL)
            iso->ops->finish(iso->host, x->peer, WK_ECPU, &error);
        x->peer = NULL;
        wk_exchange_free(x);
    }
    duk_pop(iso->ctx);
    iso->ops->log(iso->host, 0, "Worker exceeded CPU time limit.", 31);
    wk_engine_cpu_limit(iso->engine, 0);
}

/* The event that the turn was charged to, if it is not over, has used that much more. */
static void
settle_charge(struct wk_isolate *iso)
{
    struct wk_exchange *x = iso->charged != 0 ? wk_exchange_find(iso, iso->charged) : NULL;

    iso->charged = 0;
    if (x != NULL)
        x->cpu_ns += wk_engine_cpu_used_ns(iso->engine);
}

void
wk_isolate_charge(struct wk_isolate *iso, uint32_t id)
{
    struct wk_exchange *x = wk_exchange_find(iso, id);

    if (iso->charged != 0 && iso->charged != id) {
        settle_charge(iso);
        wk_engine_cpu_limit(iso->engine, iso->cpu_limit_ms);
    }
    if (x == NULL || iso->charged == id)
        return;
    iso->charged = id;
    if (x->cpu_ns > 0)
        wk_engine_cpu_charge(iso->engine, x->cpu_ns);
}

/* Once memory was out script may go on in any odd state: the isolate ends. */
static void
check_memory(struct wk_isolate *iso)
{
    if (wk_engine_memory_exceeded(iso->engine))
        iso->ops->broken(iso->host, WK_EMEMORY);
}

/* What the turn wrote leaves. An actor that ended in it is freed then. */
static void
actor_turn_end(struct wk_actor *actor)
{
    bool inside = wk_actor_in_section(actor);

    wk_actor_turn_end(actor);
    (void)WK_FAULT_POINT("H.turn.end");
    if (inside)
        (void)WK_FAULT_POINT("H.cs.inside");
}

/* Calls the function below nargs arguments, then runs all jobs. Pops them; false if it threw.
 */
bool
wk_isolate_turn(struct wk_isolate *iso, duk_idx_t nargs)
{
    duk_context *ctx = iso->ctx;
    struct wk_actor *actor;
    bool ok, stopped;

    wk_engine_cpu_limit(iso->engine, iso->cpu_limit_ms);
    ok = duk_pcall(ctx, nargs) == DUK_EXEC_SUCCESS;
    if (!ok && !wk_engine_cpu_exceeded(iso->engine) && !wk_engine_stopped(iso->engine))
        wk_isolate_uncaught(iso, "Uncaught ", -1);
    if (ok && duk_is_boolean(ctx, -1))
        ok = duk_get_boolean(ctx, -1);
    duk_pop(ctx);
    if (iso->turns != NULL && wk_actor_current(iso) != NULL)
        (void)WK_FAULT_POINT("H.turn.mid");
    wk_engine_run_jobs(iso->engine);
    stopped = wk_engine_stopped(iso->engine);
    settle_charge(iso);
    if (wk_engine_cpu_exceeded(iso->engine))
        turn_over_cpu(iso);
    else
        wk_engine_cpu_limit(iso->engine, 0);
    if (iso->turns != NULL && (actor = wk_actor_current(iso)) != NULL)
        actor_turn_end(actor);
    if (iso->rejected > 0)
        wk_isolate_report_rejections(iso, stopped);
    check_memory(iso);
    return ok;
}

void
wk_isolate_admit(struct wk_isolate *iso)
{
    bool more = iso->turns != NULL;

    for (int i = 0; more && i < ADMITTED_MAX; i++)
        more = wk_actor_turn_next(iso);
    if (more)
        iso->ops->timer(iso->host, wk_now_ms()); /* the rest after what else waits */
}

bool
wk_isolate_enter(struct wk_isolate *iso, duk_idx_t nargs)
{
    bool ok = wk_isolate_turn(iso, nargs);

    wk_isolate_admit(iso);
    return ok;
}

static void
suspect(struct wk_exchange *x)
{
    if (x->event && x->actor == NULL && !x->answered && !x->suspect) {
        x->suspect = true;
        x->isolate->suspects++;
    }
}

struct wk_exchange *
wk_isolate_event_left(struct wk_isolate *iso, uint32_t id)
{
    struct wk_exchange *x = wk_exchange_find(iso, id);

    if (x != NULL)
        suspect(x);
    return x;
}
