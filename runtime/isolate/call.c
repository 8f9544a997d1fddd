/* Methods called across workers: native('host').call and .result, and their other ends. */
#include "runtime/isolate/call.h"

#include <string.h>
#include "runtime/actor/actor.h"
#include "runtime/binding/utf8.h"

#define METHOD_BYTES_MAX 65536u

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

/* The serialized value at idx. Throws if it is over the limit. */
static struct wk_slice
arg_value(duk_context *ctx, duk_idx_t idx)
{
    struct wk_slice value;
    duk_size_t bytes;

    value.data = duk_require_buffer_data(ctx, idx, &bytes);
    value.len = bytes;
    if (bytes > WK_CALL_BYTES_MAX)
        (void)duk_error(ctx, DUK_ERR_ERROR, WK_CALL_TOO_LARGE, (unsigned long)bytes);
    wk_isolate_check_queue(ctx, bytes);
    return value;
}

/* A large value goes by the window, as a stream does: moves it there, and gives its size. */
static uint64_t
send_beside(struct wk_exchange *x, struct wk_slice *value)
{
    uint64_t bytes = value->len;

    if (bytes <= WK_CALL_INLINE_BYTES_MAX)
        return 0;
    wk_exchange_queue(x, value->data, value->len);
    x->out_end = true;
    value->len = 0;
    return bytes;
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

    call.method.data = wk_to_utf8(ctx, 2, &call.method.len);
    if (call.method.len > METHOD_BYTES_MAX)
        return duk_range_error(ctx, "the name of a method is at most %u bytes",
                               METHOD_BYTES_MAX);
    if (!duk_is_undefined(ctx, 3))
        call.arguments = arg_value(ctx, 3);
    call.get = duk_get_boolean(ctx, 4);
    is_actor = wk_isolate_arg_channel(ctx, 0, &handle, &ref);
    if (!may_send(parent) || !wk_actor_behalf(parent, &behalf))
        return duk_error(ctx, DUK_ERR_ERROR, "Network connection lost.");
    x = wk_exchange_new(iso, NULL, false);
    x->actor = parent != NULL ? parent->actor : NULL;
    wk_exchange_await(x, parent);
    call.follow_bytes = send_beside(x, &call.arguments);
    x->peer = iso->ops->call(iso->host, handle, behalf, is_actor ? &ref : NULL, &call, x);
    if (call.follow_bytes > 0)
        wk_exchange_flush(x);
    duk_push_uint(ctx, x->id);
    return 1;
}

/* sending(id): true while not all has left; writable(id) tells when it has. */
static duk_ret_t
host_sending(duk_context *ctx)
{
    struct wk_exchange *x = wk_exchange_find(wk_isolate_of(ctx), duk_get_uint(ctx, 0));

    duk_push_boolean(ctx, x != NULL && x->peer != NULL && x->out.len > 0);
    return 1;
}

/* result(id, bytes, last): true if the exchange is over; it is not while it is sending. */
static duk_ret_t
host_result(duk_context *ctx)
{
    struct wk_isolate *iso = wk_isolate_of(ctx);
    struct wk_exchange *x = wk_exchange_find(iso, duk_get_uint(ctx, 0));
    struct wk_call_result result = {.value = arg_value(ctx, 1)};
    bool last = duk_get_boolean(ctx, 2);

    if (x == NULL || x->peer == NULL || !may_send(x)) {
        duk_push_true(ctx);
        return 1;
    }
    x->answered = true;
    result.incarnation = x->actor != NULL ? wk_actor_incarnation(x->actor) : 0;
    result.follow_bytes = send_beside(x, &result.value);
    last = last && result.follow_bytes == 0;
    x->end_sent = result.follow_bytes == 0;
    iso->ops->result(iso->host, x->peer, &result,
                     last                      ? WK_LAST
                     : result.follow_bytes > 0 ? WK_MORE
                                               : WK_END);
    if (result.follow_bytes > 0)
        wk_exchange_flush(x);
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
                                                    {"sending", host_sending, 1},
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

/* ---- arguments and results that come in pieces ---- */

/* What was announced comes as data from now on, if anything was. False: it is more than is
 * taken. */
static bool
collect_begin(struct wk_exchange *x, uint64_t bytes)
{
    x->collects = bytes > 0 && bytes <= WK_CALL_BYTES_MAX;
    x->in_total = x->collects ? (size_t)bytes : 0;
    return bytes <= WK_CALL_BYTES_MAX;
}

/* Nothing good came from the other side: the exchange is over for both. */
static void
ended(struct wk_exchange *x, wk_err code)
{
    struct wk_isolate *iso = x->isolate;

    if (x->peer != NULL)
        iso->ops->finish(iso->host, x->peer, code, NULL);
    wk_isolate_closed(x, code, NULL);
}

/* Nobody in script has heard of it. */
static void
refuse(struct wk_exchange *x, wk_err code)
{
    x->isolate->ops->finish(x->isolate->host, x->peer, code, NULL);
    x->peer = NULL;
    wk_exchange_free(x);
}

static void
result_enter(struct wk_exchange *x, const struct wk_slice *value)
{
    struct wk_isolate *iso = x->isolate;
    duk_context *ctx = iso->ctx;

    wk_exchange_awaited(x);
    x->in_whole = true;
    duk_require_stack(ctx, 8);
    wk_isolate_hook(iso, HOOK_RESULT);
    duk_push_uint(ctx, x->id);
    push_bytes(ctx, value);
    duk_push_number(ctx, (double)x->in_incarnation);
    wk_exchange_drop_in(x);
    wk_isolate_enter(iso, 3);
}

static void
arguments_enter(struct wk_exchange *x, const struct wk_slice *value)
{
    struct wk_isolate *iso = x->isolate;
    duk_context *ctx = iso->ctx;

    duk_require_stack(ctx, 8);
    wk_isolate_hook(iso, HOOK_ARGUMENTS);
    duk_push_uint(ctx, x->id);
    push_bytes(ctx, value);
    wk_exchange_drop_in(x);
    wk_isolate_enter(iso, 2);
}

/* All of it is there. */
static void
collected(struct wk_exchange *x)
{
    const struct wk_slice value = {x->in.data, x->in.len};

    if (x->event)
        arguments_enter(x, &value);
    else
        result_enter(x, &value);
}

void
wk_isolate_call(struct wk_isolate *iso, void *peer, uint32_t target, struct wk_actor *actor,
                const struct wk_call_head *call, struct wk_exchange **out)
{
    duk_context *ctx = iso->ctx;
    struct wk_exchange *x = wk_event_new(iso, peer, actor);
    uint32_t id = x->id;

    *out = x;
    if (!collect_begin(x, call->follow_bytes)) {
        refuse(x, WK_EPROTO);
        *out = NULL;
        return;
    }
    duk_require_stack(ctx, 10);
    wk_isolate_hook(iso, HOOK_CALL);
    duk_push_uint(ctx, id);
    duk_push_uint(ctx, target);
    wk_push_utf8(ctx, call->method.data, call->method.len);
    if (x->collects)
        duk_push_true(ctx);
    else
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
    struct wk_exchange *x = wk_event_new(iso, peer, actor);
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
wk_isolate_result(struct wk_exchange *x, const struct wk_call_result *result)
{
    if (x->collects || x->in_whole || !collect_begin(x, result->follow_bytes)) {
        ended(x, WK_EPROTO);
        return;
    }
    x->in_incarnation = result->incarnation;
    if (!x->collects)
        result_enter(x, &result->value);
}

void
wk_isolate_collect(struct wk_exchange *x, const void *data, size_t bytes, bool end)
{
    struct wk_isolate *iso = x->isolate;
    size_t left = x->in_total - x->in.len;

    if (bytes > left || (end && bytes < left)) {
        ended(x, WK_EPROTO);
        return;
    }
    if (iso->collected + bytes > WK_CALLS_COLLECTED_BYTES_MAX) {
        ended(x, WK_EOVERLOADED);
        return;
    }
    if (bytes > 0) {
        if (x->in.len == 0)
            wk_buf_reserve(&x->in, x->in_total);
        wk_buf_add(&x->in, data, bytes);
        iso->collected += bytes;
        iso->ops->consumed(iso->host, x->peer, bytes);
    }
    if (end)
        collected(x);
}

/* ---- who may leave ---- */

size_t
wk_isolate_leaving(struct wk_isolate *iso, struct wk_actor ***out)
{
    duk_context *ctx = iso->ctx;
    size_t count, found = 0;

    *out = NULL;
    wk_isolate_hook(iso, HOOK_LEAVING);
    if (duk_pcall(ctx, 0) != 0) {
        duk_pop(ctx);
        return 0;
    }
    count = duk_get_length(ctx, -1);
    *out = wk_xmalloc((count + 1) * sizeof(**out));
    for (size_t i = 0; i < count; i++) {
        struct wk_exchange *x;

        duk_get_prop_index(ctx, -1, (duk_uarridx_t)i);
        x = wk_exchange_find(iso, duk_get_uint(ctx, -1));
        duk_pop(ctx);
        if (x != NULL && x->actor != NULL)
            (*out)[found++] = x->actor;
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
