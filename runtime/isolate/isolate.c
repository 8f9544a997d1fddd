/* An isolate: making it, its timers, its memory. */
#include "runtime/isolate/isolate_priv.h"

#include "runtime/actor/verbs.h"
#include "runtime/binding/binding.h"
#include "runtime/isolate/call.h"
#include "runtime/regexp/regexp.h"
#include "runtime/serialize/serialize.h"

static struct wk_isolate *the_isolate; /* one a process: its heap is the process */

struct wk_isolate *
wk_isolate_of(duk_context *ctx)
{
    return the_isolate;
}

void
wk_isolate_hook(struct wk_isolate *iso, enum hook hook)
{
    duk_push_heapptr(iso->ctx, iso->hooks[hook]);
}

/* ---- starting ---- */

/* The module is at the top of the stack. */
static void
hook_find(struct wk_isolate *iso, enum hook hook, const char *name)
{
    duk_context *ctx = iso->ctx;

    duk_get_prop_string(ctx, -1, name);
    duk_require_function(ctx, -1);
    iso->hooks[hook] = duk_get_heapptr(ctx, -1);
    duk_pop(ctx); /* the module's exports keep it */
}

static duk_ret_t
isolate_boot(duk_context *ctx, void *udata)
{
    static const struct {
        enum hook hook;
        const char *module, *name;
    } hooks[] = {
        {HOOK_FETCH, "host/dispatch", "fetch"},
        {HOOK_TEST, "host/dispatch", "test"},
        {HOOK_READABLE, "host/dispatch", "readable"},
        {HOOK_WRITABLE, "host/dispatch", "writable"},
        {HOOK_RESPONSE, "host/dispatch", "response"},
        {HOOK_CLOSED, "host/dispatch", "closed"},
        {HOOK_TIMERS, "host/dispatch", "timers"},
        {HOOK_HUNG, "host/dispatch", "hung"},
        {HOOK_LOAD, "host/dispatch", "load"},
        {HOOK_LEFT, "host/dispatch", "left"},
        {HOOK_STOP, "host/dispatch", "stop"},
        {HOOK_ACTOR_OPENED, "host/turns", "opened"},
        {HOOK_ACTOR_CLOSED, "host/turns", "closed"},
        {HOOK_GRANTED, "host/turns", "granted"},
        {HOOK_STORED, "host/storage", "stored"},
        {HOOK_CALL, "host/dispatch", "call"},
        {HOOK_ARGUMENTS, "host/dispatch", "arguments"},
        {HOOK_RESULT, "host/dispatch", "result"},
        {HOOK_ALARM, "host/actors", "alarm"},
        {HOOK_LEAVING, "host/actors", "leaving"},
        {HOOK_ACTOR_EVENTS, "host/actors", "events"},
    };
    struct wk_isolate *iso = udata;

    wk_regexp_init(ctx);
    wk_binding_init(ctx);
    wk_serialize_init(ctx);
    wk_isolate_verbs_init(ctx);
    wk_isolate_call_verbs_init(ctx);
    wk_actor_verbs_init(ctx);
    wk_engine_require(ctx, "language");
    wk_isolate_stacks_init(ctx);
    wk_engine_require(ctx, "web");
    for (size_t i = 0; i < WK_COUNT(hooks); i++) {
        wk_engine_require(ctx, hooks[i].module);
        hook_find(iso, hooks[i].hook, hooks[i].name);
        duk_pop(ctx);
    }
    return 0;
}

struct wk_isolate *
wk_isolate_new(void)
{
    struct wk_isolate *iso = wk_xcalloc(1, sizeof(*iso));
    struct wk_engine_opts opts = {0};

    WK_CHECK(the_isolate == NULL);
    the_isolate = iso;
    WK_CHECK(wk_engine_new(&opts, &iso->engine) == WK_OK);
    iso->ctx = wk_engine_ctx(iso->engine);
    if (duk_safe_call(iso->ctx, isolate_boot, iso, 0, 1) != 0)
        wk_check_failed(duk_safe_to_stacktrace(iso->ctx, -1), "the built-in modules", 0);
    duk_pop(iso->ctx);
    wk_isolate_rejections_init(iso);
    wk_engine_seal(iso->engine);
    return iso;
}

void
wk_isolate_attach(struct wk_isolate *iso, const struct wk_isolate_ops *ops, void *host)
{
    iso->ops = ops;
    iso->host = host;
    wk_engine_reseed(iso->engine);
}

void
wk_isolate_timers(struct wk_isolate *iso)
{
    bool more = true;

    for (int i = 0; more && i < 64; i++) {
        wk_isolate_hook(iso, HOOK_TIMERS);
        more = wk_isolate_enter(iso, 0);
    }
    if (more)
        iso->ops->timer(iso->host, wk_now_ms()); /* the rest after what else waits */
}

void
wk_isolate_idle(struct wk_isolate *iso)
{
    if (iso->suspects == 0)
        return;
    for (uint32_t i = 0; i < iso->cap; i++) {
        struct wk_exchange *x = iso->exchanges[i];

        if (x == NULL || !x->suspect || x->awaits > 0)
            continue;
        wk_isolate_hook(iso, HOOK_HUNG);
        duk_push_uint(iso->ctx, x->id);
        wk_isolate_enter(iso, 1);
        x = iso->exchanges[i];
        if (x != NULL && x->suspect && x->answered) {
            x->suspect = false;
            iso->suspects--;
        }
    }
}

/* context.js has an array by the same index. */
static duk_ret_t
contexts_shrink(duk_context *ctx, void *udata)
{
    uint32_t cap = *(uint32_t *)udata;

    wk_engine_require(ctx, "host/context");
    duk_get_prop_literal(ctx, -1, "slots");
    if (duk_get_length(ctx, -1) > cap) {
        duk_set_length(ctx, -1, cap);
        duk_compact(ctx, -1);
    }
    return 0;
}

void
wk_isolate_ebb(struct wk_isolate *iso)
{
    uint32_t cap = wk_exchanges_shrink(iso);

    (void)duk_safe_call(iso->ctx, contexts_shrink, &cap, 0,
                        1); /* without memory it stays as it is */
    duk_pop(iso->ctx);
    wk_engine_ebb(iso->engine);
}

size_t
wk_isolate_heap_bytes(const struct wk_isolate *iso)
{
    return wk_engine_heap_bytes(iso->engine);
}

void
wk_isolate_stats(const struct wk_isolate *iso, struct wk_isolate_stats *out)
{
    *out = iso->stats;
}
