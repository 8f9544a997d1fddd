/* Methods called across workers: native('host').call and .result, and their other ends. */
#include "runtime/isolate/call.h"

#include <string.h>
#include "runtime/actor/actor.h"
#include "runtime/binding/utf8.h"

/* The names down to a facet, of the array on top; they stay on the stack. */
static void
facet_path(duk_context *ctx, struct wk_actor_ref *ref)
{
    size_t depth = duk_get_length(ctx, -1);

    if (depth > WK_FACET_DEPTH_MAX)
        (void)duk_range_error(ctx, "too deep");
    for (size_t i = 0; i < depth; i++) {
        duk_get_prop_index(ctx, -1 - (duk_idx_t)i, (duk_uarridx_t)i);
        ref->facet[i].data = wk_to_utf8(ctx, -1, &ref->facet[i].len);
    }
    ref->facet_depth = depth;
}

bool
wk_isolate_arg_channel(duk_context *ctx, duk_idx_t idx, uint32_t *handle,
                       struct wk_actor_ref *ref)
{
    duk_size_t bytes;

    memset(ref, 0, sizeof(*ref));
    duk_require_stack(ctx, 12);
    duk_get_prop_literal(ctx, idx, "handle");
    *handle = duk_get_uint(ctx, -1);
    duk_get_prop_literal(ctx, idx, "id");
    if (duk_is_null(ctx, -1))
        return false;
    if (duk_is_string(ctx, -1)) {
        ref->id.data = wk_to_utf8(ctx, -1, &ref->id.len);
    } else {
        ref->id.data = duk_require_buffer(ctx, -1, &bytes);
        ref->id.len = bytes;
    }
    duk_get_prop_literal(ctx, idx, "name");
    if (duk_is_string(ctx, -1))
        ref->name.data = wk_to_utf8(ctx, -1, &ref->name.len);
    if (ref->name.len > WK_ACTOR_NAME_BYTES_MAX)
        ref->name.len = 0; /* the actor does not learn it */
    duk_get_prop_literal(ctx, idx, "nonce");
    ref->stub = (uint64_t)duk_get_number(ctx, -1);
    duk_get_prop_literal(ctx, idx, "calls");
    ref->later = duk_get_number(ctx, -1) > 1;
    duk_get_prop_literal(ctx, idx, "incarnation");
    ref->incarnation = (uint64_t)duk_get_number(ctx, -1);
    duk_get_prop_literal(ctx, idx, "path");
    if (!duk_is_null(ctx, -1))
        facet_path(ctx, ref);
    return true;
}

/* What the actor wrote before leaves first; false: that broke it. */
static bool
may_send(struct wk_exchange *x)
{
    return x == NULL || x->actor == NULL || wk_actor_output(x->actor);
}

/* call(channel, parentId, name, arguments or undefined, get): id of a new exchange. */
static duk_ret_t
host_call(duk_context *ctx)
{
    struct wk_isolate *iso = wk_isolate_of(ctx);
    struct wk_exchange *parent = wk_exchange_find(iso, duk_get_uint(ctx, 1)), *x;
    struct wk_call_head call = {0};
    struct wk_actor_ref ref;
    uint32_t handle;
    bool is_actor;
    void *behalf;
    duk_size_t bytes;

    call.method.data = wk_to_utf8(ctx, 2, &call.method.len);
    if (!duk_is_undefined(ctx, 3)) {
        call.arguments.data = duk_require_buffer_data(ctx, 3, &bytes);
        call.arguments.len = bytes;
    }
    call.get = duk_get_boolean(ctx, 4);
    if (call.method.len + call.arguments.len > WK_CALL_BYTES_MAX)
        return duk_error(ctx, DUK_ERR_ERROR, WK_CALL_TOO_LARGE,
                         (unsigned long)call.arguments.len);
    is_actor = wk_isolate_arg_channel(ctx, 0, &handle, &ref);
    if (!may_send(parent) || !wk_actor_behalf(parent, &behalf))
        return duk_error(ctx, DUK_ERR_ERROR, "Network connection lost.");
    x = wk_exchange_new(iso, NULL, false);
    x->actor = parent != NULL ? parent->actor : NULL;
    wk_exchange_await(x, parent);
    x->peer = iso->ops->call(iso->host, handle, behalf, is_actor ? &ref : NULL, &call, x);
    duk_push_uint(ctx, x->id);
    return 1;
}

/* result(id, bytes, last): true if the exchange is over. */
static duk_ret_t
host_result(duk_context *ctx)
{
    struct wk_isolate *iso = wk_isolate_of(ctx);
    struct wk_exchange *x = wk_exchange_find(iso, duk_get_uint(ctx, 0));
    struct wk_slice value;
    duk_size_t bytes;
    bool last = duk_get_boolean(ctx, 2);

    if (x == NULL || x->peer == NULL || !may_send(x)) {
        duk_push_true(ctx);
        return 1;
    }
    value.data = duk_require_buffer_data(ctx, 1, &bytes);
    value.len = bytes;
    x->answered = x->end_sent = true;
    iso->ops->result(iso->host, x->peer, &value,
                     x->actor != NULL ? wk_actor_incarnation(x->actor) : 0,
                     last ? WK_LAST : WK_END);
    if (last) {
        x->peer = NULL;
        wk_exchange_free(x);
    }
    duk_push_boolean(ctx, last);
    return 1;
}

/* alarmDone(id, outcome, retry, counted) */
static duk_ret_t
host_alarm_done(duk_context *ctx)
{
    struct wk_isolate *iso = wk_isolate_of(ctx);
    struct wk_exchange *x = wk_exchange_find(iso, duk_get_uint(ctx, 0));
    struct wk_alarm_result result = {
        .outcome = (enum wk_alarm_outcome)duk_get_int(ctx, 1),
        .retry = duk_get_boolean(ctx, 2),
        .counted = duk_get_boolean(ctx, 3),
    };

    if (x == NULL || x->peer == NULL || !may_send(x))
        return 0;
    if (x->actor != NULL)
        result.incarnation = wk_actor_incarnation(x->actor);
    iso->ops->alarm_done(iso->host, x->peer, &result);
    x->peer = NULL;
    wk_exchange_free(x);
    return 0;
}

void
wk_isolate_call_verbs_init(duk_context *ctx)
{
    static const duk_function_list_entry verbs[] = {{"call", host_call, 5},
                                                    {"result", host_result, 3},
                                                    {"alarmDone", host_alarm_done, 4},
                                                    {NULL, NULL, 0}};

    wk_engine_native(ctx, "rpc", verbs);
}

/* ---- what comes in ---- */

static void
push_bytes(duk_context *ctx, const struct wk_slice *bytes)
{
    if (bytes->len == 0) {
        duk_push_undefined(ctx);
        return;
    }
    memcpy(duk_push_fixed_buffer(ctx, bytes->len), bytes->data, bytes->len);
}

static struct wk_exchange *
event_new(struct wk_isolate *iso, void *peer, struct wk_actor *actor)
{
    struct wk_exchange *x = wk_exchange_new(iso, peer, true);

    x->actor = actor;
    iso->stats.events++;
    return x;
}

void
wk_isolate_call(struct wk_isolate *iso, void *peer, uint32_t target, struct wk_actor *actor,
                const struct wk_call_head *call, struct wk_exchange **out)
{
    duk_context *ctx = iso->ctx;
    struct wk_exchange *x = event_new(iso, peer, actor);
    uint32_t id = x->id;

    *out = x;
    duk_require_stack(ctx, 10);
    wk_isolate_hook(iso, HOOK_CALL);
    duk_push_uint(ctx, id);
    duk_push_uint(ctx, target);
    wk_push_utf8(ctx, call->method.data, call->method.len);
    push_bytes(ctx, &call->arguments);
    duk_push_boolean(ctx, call->get);
    duk_push_uint(ctx, actor != NULL ? wk_actor_exchange(actor) : 0);
    wk_isolate_enter(iso, 6);
    *out = wk_isolate_event_left(iso, id);
}

void
wk_isolate_alarm(struct wk_isolate *iso, void *peer, struct wk_actor *actor,
                 uint64_t scheduled_ms, uint32_t retries, struct wk_exchange **out)
{
    duk_context *ctx = iso->ctx;
    struct wk_exchange *x = event_new(iso, peer, actor);
    uint32_t id = x->id;

    *out = x;
    duk_require_stack(ctx, 8);
    wk_isolate_hook(iso, HOOK_ALARM);
    duk_push_uint(ctx, wk_actor_exchange(actor));
    duk_push_uint(ctx, id);
    duk_push_number(ctx, (double)scheduled_ms);
    duk_push_uint(ctx, retries);
    wk_isolate_enter(iso, 4);
    *out = wk_isolate_event_left(iso, id);
}

void
wk_isolate_result(struct wk_exchange *x, const struct wk_slice *value, uint64_t incarnation)
{
    struct wk_isolate *iso = x->isolate;
    duk_context *ctx = iso->ctx;

    wk_exchange_awaited(x);
    x->in_whole = true;
    duk_require_stack(ctx, 8);
    wk_isolate_hook(iso, HOOK_RESULT);
    duk_push_uint(ctx, x->id);
    push_bytes(ctx, value);
    duk_push_number(ctx, (double)incarnation);
    wk_isolate_enter(iso, 3);
}

/* ---- who may leave ---- */

size_t
wk_isolate_leaving(struct wk_isolate *iso, struct wk_actor **out, size_t max)
{
    duk_context *ctx = iso->ctx;
    size_t count, found = 0;

    wk_isolate_hook(iso, HOOK_LEAVING);
    if (duk_pcall(ctx, 0) != 0) {
        duk_pop(ctx);
        return 0;
    }
    count = duk_get_length(ctx, -1);
    for (size_t i = 0; i < count && found < max; i++) {
        struct wk_exchange *x;

        duk_get_prop_index(ctx, -1, (duk_uarridx_t)i);
        x = wk_exchange_find(iso, duk_get_uint(ctx, -1));
        duk_pop(ctx);
        if (x != NULL && x->actor != NULL)
            out[found++] = x->actor;
    }
    duk_pop(ctx);
    return found;
}

uint64_t
wk_isolate_actor_events(const struct wk_actor *actor)
{
    struct wk_isolate *iso = wk_isolate_of(NULL);
    uint64_t events;

    wk_isolate_hook(iso, HOOK_ACTOR_EVENTS);
    duk_push_uint(iso->ctx, wk_actor_exchange(actor));
    events = duk_pcall(iso->ctx, 1) == 0 ? (uint64_t)duk_get_number(iso->ctx, -1) : 0;
    duk_pop(iso->ctx);
    return events;
}
