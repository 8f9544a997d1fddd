#include "runtime/isolate/isolate_priv.h"

#include <stdlib.h>
#include <string.h>
#include "runtime/actor/actor.h"
#include "runtime/actor/verbs.h"
#include "kernel/base/fault.h"
#include "runtime/binding/binding.h"
#include "runtime/engine/promise.h"
#include "runtime/isolate/call.h"
#include "runtime/binding/utf8.h"
#include "runtime/regexp/regexp.h"
#include "runtime/serialize/serialize.h"

#define REJECTED_MAX 100 /* remembered in one turn */
#define ADMITTED_MAX 64  /* turns of actors that follow one of their own accord */

static struct wk_isolate *the_isolate; /* one a process: its heap is the process */

struct wk_isolate *
wk_isolate_of(duk_context *ctx)
{
    return the_isolate;
}

/* ---- turns ---- */

void
wk_isolate_hook(struct wk_isolate *iso, enum hook hook)
{
    duk_push_heapptr(iso->ctx, iso->hooks[hook]);
}

/* ---- rejections that nobody handles ---- */

#define REJECTED_KEY DUK_HIDDEN_SYMBOL("rejected")

/* Remembers a rejection until the turn ends, or forgets it: [ ... promise reason ]. */
static void
on_rejection(duk_context *ctx, bool handled, void *arg)
{
    struct wk_isolate *iso = arg;
    duk_idx_t promise = duk_get_top(ctx) - 2;
    duk_uarridx_t count;

    duk_push_global_stash(ctx);
    duk_get_prop_string(ctx, -1, REJECTED_KEY);
    count = (duk_uarridx_t)duk_get_length(ctx, -1);
    if (!handled && count < 2 * REJECTED_MAX) {
        duk_dup(ctx, promise);
        duk_put_prop_index(ctx, -2, count);
        duk_dup(ctx, promise + 1);
        duk_put_prop_index(ctx, -2, count + 1);
        iso->rejected++;
    }
    for (duk_uarridx_t i = 0; handled && i < count; i += 2) {
        duk_get_prop_index(ctx, -1, i);
        if (duk_strict_equals(ctx, -1, promise)) {
            duk_push_undefined(ctx);
            duk_put_prop_index(ctx, -3, i);
        }
        duk_pop(ctx);
    }
    duk_pop_2(ctx);
}

/* quiet: of script that was stopped, whose promises are nobody's. */
static void
report_rejections(struct wk_isolate *iso, bool quiet)
{
    duk_context *ctx = iso->ctx;

    iso->rejected = 0;
    duk_push_global_stash(ctx);
    duk_get_prop_string(ctx, -1, REJECTED_KEY);
    for (duk_uarridx_t i = 0; i < duk_get_length(ctx, -1); i += 2) {
        duk_get_prop_index(ctx, -1, i);
        duk_get_prop_index(ctx, -2, i + 1);
        if (!quiet && !duk_is_undefined(ctx, -2))
            wk_isolate_uncaught(iso, "Uncaught (in promise) ", -1);
        duk_pop_2(ctx);
    }
    duk_set_length(ctx, -1, 0);
    duk_pop_2(ctx);
}

static void
on_uncaught(duk_context *ctx, void *arg)
{
    if (!wk_engine_stopped(((struct wk_isolate *)arg)->engine))
        wk_isolate_uncaught(arg, "Uncaught (async) ", -1);
}

/* The turn of an actor used more than it may: the actor ends, and nothing that it queued runs. */
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
        static const struct wk_js_error error = {
            .name = "Error", .message = "Worker exceeded CPU time limit.", .stack = "", .excerpt = ""};

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

/* Calls the function below nargs arguments, then runs all jobs. Pops them; false if it threw. */
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
        report_rejections(iso, stopped);
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
    duk_push_global_stash(iso->ctx);
    duk_push_array(iso->ctx);
    duk_put_prop_string(iso->ctx, -2, REJECTED_KEY);
    duk_pop(iso->ctx);
    wk_engine_on_rejection(iso->engine, on_rejection, iso);
    wk_engine_on_uncaught(iso->engine, on_uncaught, iso);
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

/* ---- loading a worker ---- */

static void
push_imports(duk_context *ctx, const struct wk_module *m)
{
    duk_push_bare_object(ctx);
    for (size_t i = 0; i < m->import_count; i++) {
        const struct wk_module_import *in = &m->imports[i];

        if (in->error[0] != '\0') {
            duk_push_object(ctx);
            wk_push_utf8(ctx, in->error, strlen(in->error));
            duk_put_prop_string(ctx, -2, "error");
        } else {
            duk_push_string(ctx, in->module);
        }
        duk_put_prop_string(ctx, -2, in->specifier);
    }
}

/* The specifiers of what must be evaluated before the module. */
static void
push_evaluated_first(duk_context *ctx, const struct wk_module *m)
{
    duk_uarridx_t count = 0;

    duk_push_array(ctx);
    for (size_t i = 0; i < m->import_count; i++)
        if (!m->imports[i].on_demand) {
            duk_push_string(ctx, m->imports[i].specifier);
            duk_put_prop_index(ctx, -2, count++);
        }
}

static void
push_modules(duk_context *ctx, const struct wk_worker *w)
{
    duk_push_array(ctx);
    for (size_t i = 0; i < w->module_count; i++) {
        duk_push_array(ctx);
        duk_push_string(ctx, w->modules[i].name);
        duk_put_prop_index(ctx, -2, 0);
        duk_push_int(ctx, w->modules[i].type);
        duk_put_prop_index(ctx, -2, 1);
        push_imports(ctx, &w->modules[i]);
        duk_put_prop_index(ctx, -2, 2);
        push_evaluated_first(ctx, &w->modules[i]);
        duk_put_prop_index(ctx, -2, 3);
        duk_put_prop_index(ctx, -2, (duk_uarridx_t)i);
    }
}

static void
push_namespace(duk_context *ctx, const struct wk_worker_binding *b)
{
    duk_push_object(ctx);
    duk_push_uint(ctx, b->handle);
    duk_put_prop_string(ctx, -2, "handle");
    duk_push_uint(ctx, b->shards);
    duk_put_prop_string(ctx, -2, "shards");
    wk_push_utf8(ctx, b->value.data, b->value.len);
    duk_put_prop_string(ctx, -2, "uniqueKey");
    duk_push_boolean(ctx, b->ephemeral);
    duk_put_prop_string(ctx, -2, "ephemeral");
}

/* By index: what their actors are. */
static void
push_actors(duk_context *ctx, const struct wk_worker *w)
{
    duk_push_array(ctx);
    for (size_t i = 0; i < w->actors_count; i++) {
        duk_push_object(ctx);
        wk_push_utf8(ctx, w->actors[i].class_name, strlen(w->actors[i].class_name));
        duk_put_prop_string(ctx, -2, "className");
        duk_push_boolean(ctx, w->actors[i].prevent_eviction);
        duk_put_prop_string(ctx, -2, "preventEviction");
        duk_push_boolean(ctx, w->actors[i].ephemeral);
        duk_put_prop_string(ctx, -2, "ephemeral");
        duk_push_uint(ctx, w->actors[i].handle);
        duk_put_prop_string(ctx, -2, "handle");
        duk_push_uint(ctx, w->actors[i].shards);
        duk_put_prop_string(ctx, -2, "shards");
        duk_put_prop_index(ctx, -2, w->actors[i].index);
    }
}

static void
push_binding(duk_context *ctx, const struct wk_worker_binding *b)
{
    duk_push_array(ctx);
    duk_push_string(ctx, b->name);
    duk_put_prop_index(ctx, -2, 0);
    duk_push_int(ctx, b->kind);
    duk_put_prop_index(ctx, -2, 1);
    if (b->kind == WK_BINDING_SERVICE) {
        duk_push_uint(ctx, b->handle);
    } else if (b->kind == WK_BINDING_ACTORS) {
        push_namespace(ctx, b);
    } else if (b->kind == WK_BINDING_ACTOR_CLASS) {
        duk_push_object(ctx);
        wk_push_utf8(ctx, b->value.data, b->value.len);
        duk_put_prop_string(ctx, -2, "className");
        wk_push_utf8(ctx, b->props_json, strlen(b->props_json));
        duk_put_prop_string(ctx, -2, "props");
    } else if (b->kind == WK_BINDING_DATA) {
        void *p = duk_push_fixed_buffer(ctx, b->value.len);

        if (b->value.len > 0)
            memcpy(p, b->value.data, b->value.len);
        duk_push_buffer_object(ctx, -1, 0, b->value.len, DUK_BUFOBJ_ARRAYBUFFER);
        duk_remove(ctx, -2);
    } else {
        wk_push_utf8(ctx, b->value.data, b->value.len);
    }
    duk_put_prop_index(ctx, -2, 2);
}

static duk_ret_t
push_worker(duk_context *ctx, void *udata)
{
    const struct wk_worker *w = udata;

    duk_push_object(ctx);
    duk_push_string(ctx, w->name);
    duk_put_prop_string(ctx, -2, "name");
    push_modules(ctx, w);
    duk_put_prop_string(ctx, -2, "modules");
    duk_push_array(ctx);
    for (size_t i = 0; i < w->binding_count; i++) {
        push_binding(ctx, &w->bindings[i]);
        duk_put_prop_index(ctx, -2, (duk_uarridx_t)i);
    }
    duk_put_prop_string(ctx, -2, "bindings");
    duk_push_array(ctx);
    for (size_t i = 0; i < w->target_count; i++) {
        duk_push_array(ctx);
        duk_push_string(ctx, w->targets[i].entrypoint);
        duk_put_prop_index(ctx, -2, 0);
        wk_push_utf8(ctx, w->targets[i].props_json, strlen(w->targets[i].props_json));
        duk_put_prop_index(ctx, -2, 1);
        duk_put_prop_index(ctx, -2, (duk_uarridx_t)i);
    }
    duk_put_prop_string(ctx, -2, "targets");
    push_actors(ctx, w);
    duk_put_prop_string(ctx, -2, "actors");
    duk_push_string(ctx, w->compatibility_flags);
    duk_put_prop_string(ctx, -2, "flags");
    duk_push_number(ctx, (double)w->outbound_handle);
    duk_put_prop_string(ctx, -2, "outbound");
    duk_push_boolean(ctx, w->service_worker);
    duk_put_prop_string(ctx, -2, "serviceWorker");
    return 1;
}

void
wk_isolate_load(struct wk_isolate *iso, const struct wk_worker *worker,
                void (*on_loaded)(void *host, const char *error, const struct wk_worker_entrypoint *list,
                                  size_t count))
{
    iso->worker = worker;
    iso->on_loaded = on_loaded;
    iso->cpu_limit_ms = worker->cpu_limit_ms;
    wk_engine_heap_limit(iso->engine, worker->memory_limit_bytes);
    wk_isolate_hook(iso, HOOK_LOAD);
    if (duk_safe_call(iso->ctx, push_worker, (void *)(uintptr_t)worker, 0, 1) != 0) {
        on_loaded(iso->host, "the worker does not fit into its memory", NULL, 0);
        duk_pop_2(iso->ctx);
        return;
    }
    wk_isolate_enter(iso, 1);
}

bool
wk_isolate_modules_done(const struct wk_isolate *iso)
{
    bool done;

    wk_isolate_hook((struct wk_isolate *)(uintptr_t)iso, HOOK_LEFT);
    done = duk_pcall(iso->ctx, 0) == 0 && duk_get_int(iso->ctx, -1) == 0;
    duk_pop(iso->ctx);
    return done;
}

/* ---- what happens ---- */

static void
push_headers(duk_context *ctx, const struct wk_slice *headers, size_t count)
{
    duk_push_bare_array(ctx);
    for (size_t i = 0; i < count; i++) {
        wk_push_utf8(ctx, headers[i].data, headers[i].len);
        duk_put_prop_index(ctx, -2, (duk_uarridx_t)i);
    }
}

/* null, a plain buffer, or true: it follows as data. */
static void
push_body(duk_context *ctx, struct wk_exchange *x, const struct wk_slice *body, bool none, bool follows)
{
    if (none) {
        duk_push_null(ctx);
        x->in_end = true;
    } else if (follows) {
        wk_buf_add(&x->in, body->data, body->len);
        duk_push_true(ctx);
    } else {
        void *p = duk_push_fixed_buffer(ctx, body->len);

        if (body->len > 0)
            memcpy(p, body->data, body->len);
        x->in_end = true;
    }
}

void
wk_isolate_fetch(struct wk_isolate *iso, void *peer, uint32_t target, struct wk_actor *actor,
                 const struct wk_request_head *head, struct wk_exchange **out)
{
    duk_context *ctx = iso->ctx;
    struct wk_exchange *x = wk_exchange_new(iso, peer, true);
    uint32_t id = x->id;

    *out = x;
    x->actor = actor;
    iso->stats.events++;
    duk_require_stack(ctx, 16);
    wk_isolate_hook(iso, HOOK_FETCH);
    duk_push_uint(ctx, x->id);
    duk_push_uint(ctx, target);
    wk_push_utf8(ctx, head->method.data, head->method.len);
    wk_push_utf8(ctx, head->url.data, head->url.len);
    push_headers(ctx, head->headers, head->header_count);
    push_body(ctx, x, &head->body, !head->has_body, head->body_follows);
    duk_push_number(ctx, (double)head->content_length);
    wk_push_utf8(ctx, head->cf_json.data, head->cf_json.len);
    duk_push_uint(ctx, actor != NULL ? wk_actor_exchange(actor) : 0);
    wk_isolate_enter(iso, 9);
    *out = wk_isolate_event_left(iso, id);
}

void
wk_isolate_test(struct wk_isolate *iso, void *peer, const char *entrypoint, struct wk_exchange **out)
{
    struct wk_exchange *x = wk_exchange_new(iso, peer, true);
    uint32_t id = x->id;

    *out = x;
    iso->stats.events++;
    wk_isolate_hook(iso, HOOK_TEST);
    duk_push_uint(iso->ctx, x->id);
    duk_push_string(iso->ctx, entrypoint);
    wk_isolate_enter(iso, 2);
    *out = wk_isolate_event_left(iso, id);
}

void
wk_isolate_response(struct wk_exchange *x, const struct wk_response_head *head)
{
    struct wk_isolate *iso = x->isolate;
    duk_context *ctx = iso->ctx;

    wk_exchange_awaited(x);
    x->in_whole = !head->body_follows;
    duk_require_stack(ctx, 16);
    wk_isolate_hook(iso, HOOK_RESPONSE);
    duk_push_uint(ctx, x->id);
    duk_push_uint(ctx, head->status);
    wk_push_utf8(ctx, head->status_text.data, head->status_text.len);
    push_headers(ctx, head->headers, head->header_count);
    push_body(ctx, x, &head->body, head->null_body, head->body_follows);
    duk_push_number(ctx, (double)head->content_length);
    duk_push_number(ctx, (double)head->incarnation);
    wk_isolate_enter(iso, 7);
}

void
wk_isolate_data(struct wk_exchange *x, const void *data, size_t bytes, bool end)
{
    struct wk_isolate *iso = x->isolate;

    if (x->collects) {
        wk_isolate_collect(x, data, bytes, end);
        return;
    }
    if (x->in_discard) {
        if (bytes > 0)
            iso->ops->consumed(iso->host, x->peer, bytes);
        return;
    }
    wk_buf_add(&x->in, data, bytes);
    x->in_end |= end;
    if (x->in_all && bytes > 0) { /* read whole: kept here anyway, so let more come */
        iso->ops->consumed(iso->host, x->peer, bytes);
        x->in_credited += bytes;
        if (!end)
            return;
    }
    wk_isolate_hook(iso, HOOK_READABLE);
    duk_push_uint(iso->ctx, x->id);
    wk_isolate_enter(iso, 1);
}

void
wk_isolate_writable(struct wk_exchange *x)
{
    struct wk_isolate *iso = x->isolate;
    uint32_t id = x->id;

    if (!wk_exchange_flush(x) || wk_exchange_find(iso, id) == NULL)
        return;
    wk_isolate_hook(iso, HOOK_WRITABLE);
    duk_push_uint(iso->ctx, id);
    wk_isolate_enter(iso, 1);
}

static const char *
code_word(wk_err code)
{
    return code == WK_OK ? NULL : wk_err_name(code);
}

/* Pushes traits, detail (a buffer, or undefined) and incarnation. */
static void
push_trouble(duk_context *ctx, const struct wk_js_error *error)
{
    duk_push_uint(ctx, error != NULL ? error->traits : 0);
    if (error != NULL && error->detail.len > 0)
        memcpy(duk_push_fixed_buffer(ctx, error->detail.len), error->detail.data, error->detail.len);
    else
        duk_push_undefined(ctx);
    duk_push_number(ctx, error != NULL ? (double)error->incarnation : 0);
}

void
wk_isolate_closed(struct wk_exchange *x, wk_err code, const struct wk_js_error *error)
{
    struct wk_isolate *iso = x->isolate;
    duk_context *ctx = iso->ctx;
    uint32_t id = x->id;

    x->peer = NULL;
    x->in_end = true;
    wk_exchange_drop_out(x);
    if (x->collects)
        wk_exchange_drop_in(x);
    if (x->out_finish || (code == WK_OK && x->in_whole)) { /* script was done with it before */
        wk_exchange_free(x);
        return;
    }
    if (code == WK_OK && !x->event && x->in.len > x->in_at) {
        /* The rest is still to be read; the read that finds the end finds it here. */
        wk_isolate_hook(iso, HOOK_READABLE);
        duk_push_uint(ctx, id);
        wk_isolate_enter(iso, 1);
        return;
    }
    wk_isolate_hook(iso, HOOK_CLOSED);
    duk_push_uint(ctx, id);
    if (code_word(code) == NULL)
        duk_push_int(ctx, 0);
    else
        duk_push_string(ctx, code_word(code));
    wk_push_utf8(ctx, error != NULL ? error->name : "", error != NULL ? strlen(error->name) : 0);
    wk_push_utf8(ctx, error != NULL ? error->message : "", error != NULL ? strlen(error->message) : 0);
    push_trouble(ctx, error);
    wk_isolate_enter(iso, 7);
    if ((x = wk_exchange_find(iso, id)) != NULL && !x->event)
        wk_exchange_free(x);
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

    (void)duk_safe_call(iso->ctx, contexts_shrink, &cap, 0, 1); /* without memory it stays as it is */
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
