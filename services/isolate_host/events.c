/* Sessions that are requests or tests, and the subrequests of a worker. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "kernel/base/events.h"
#include "kernel/ipc/codec.h"
#include "runtime/actor/actor.h"
#include "services/isolate_host/host.h"

#define HEADERS_MAX 4096
#define ERROR_TEXT_BYTES_MAX (4u << 20) /* of each text of an error: they fit a message */
#define LOG_BYTES_MAX (256u << 10)


/* ---- what the isolate asks for ---- */

static struct wk_arena out_arena;

static ProtobufCBinaryData *
binary_list(const struct wk_slice *slices, size_t count)
{
    static ProtobufCBinaryData list[HEADERS_MAX];

    WK_CHECK(count <= HEADERS_MAX);
    for (size_t i = 0; i < count; i++)
        list[i] = WK_BYTES_OF(slices[i].data, slices[i].len);
    return list;
}

static char *
text_of(const struct wk_slice *s)
{
    return s->len == 0 ? (char *)(uintptr_t)"" : wk_arena_strndup(&out_arena, s->data, s->len);
}

static uint8_t
end_flags(enum wk_exchange_end end)
{
    return end == WK_LAST ? WK_FLAG_END | WK_FLAG_LAST : end == WK_END ? WK_FLAG_END : 0;
}

static void
ops_respond(void *host, void *peer, const struct wk_response_head *head, enum wk_exchange_end end)
{
    Wk__HttpResponse res = WK__HTTP_RESPONSE__INIT;
    WK_ENVELOPE(msg, HTTP_RESPONSE, http_response, &res);

    wk_arena_reset(&out_arena);
    res.status = head->status;
    res.status_text = text_of(&head->status_text);
    res.n_headers = head->header_count;
    res.headers = binary_list(head->headers, head->header_count);
    res.body = WK_BYTES_OF(head->body.data, head->body.len);
    res.body_follows = head->body_follows;
    res.null_body = head->null_body;
    res.content_length_plus1 = (uint64_t)(head->content_length + 1);
    res.incarnation = head->incarnation;
    wk_session_send(peer, &msg, end_flags(end));
}

static size_t
ops_window(void *host, void *peer)
{
    return wk_session_window(peer);
}

static void
ops_write(void *host, void *peer, const void *data, size_t bytes, enum wk_exchange_end end)
{
    wk_session_write(peer, data, bytes, end_flags(end));
}

static void
ops_consumed(void *host, void *peer, size_t bytes)
{
    wk_session_consumed(peer, bytes);
}

/* At most max bytes of it, whole characters. */
static size_t
clipped(const char *text, size_t bytes, size_t max)
{
    if (bytes <= max)
        return bytes;
    while (max > 0 && ((uint8_t)text[max] & 0xC0) == 0x80)
        max--;
    return max;
}

char *
wk_host_error_text(struct wk_arena *clips, const char *text)
{
    size_t bytes = strlen(text), kept = clipped(text, bytes, ERROR_TEXT_BYTES_MAX);

    return kept == bytes ? (char *)(uintptr_t)text : wk_arena_strndup(clips, text, kept);
}

void
wk_host_fail(struct wk_session *s, wk_err code, const struct wk_js_error *error)
{
    Wk__Error out = WK__ERROR__INIT;
    struct wk_arena clips = {0};

    if (error == NULL) {
        wk_session_close(s, code, NULL);
        return;
    }
    out.code = (uint32_t)code;
    out.name = wk_host_error_text(&clips, error->name);
    out.message = wk_host_error_text(&clips, error->message);
    out.stack = wk_host_error_text(&clips, error->stack);
    out.excerpt = wk_host_error_text(&clips, error->excerpt);
    out.traits = error->traits | (code == WK_EBROKEN ? WK_TRAIT_RESET : 0);
    out.detail = WK_BYTES_OF(error->detail.data, error->detail.len);
    out.incarnation = error->incarnation;
    wk_session_fail(s, code, &out);
    wk_arena_fini(&clips);
}

static void
ops_finish(void *host, void *peer, wk_err code, const struct wk_js_error *error)
{
    wk_host_fail(peer, code, error);
}

static void
ops_result(void *host, void *peer, const struct wk_call_result *in, enum wk_exchange_end end)
{
    Wk__RpcResult result = WK__RPC_RESULT__INIT;
    WK_ENVELOPE(msg, RPC_RESULT, rpc_result, &result);

    result.value = WK_BYTES_OF(in->value.data, in->value.len);
    result.follow_bytes = in->follow_bytes;
    result.incarnation = in->incarnation;
    wk_session_send(peer, &msg, end_flags(end));
}

static void
ops_alarm_done(void *host, void *peer, const struct wk_alarm_result *result)
{
    Wk__ActorAlarmDone done = WK__ACTOR_ALARM_DONE__INIT;
    WK_ENVELOPE(msg, ACTOR_ALARM_DONE, actor_alarm_done, &done);

    done.outcome = (Wk__ActorAlarmDone__Outcome)result->outcome;
    done.retry = result->retry;
    done.counted = result->counted;
    done.incarnation = result->incarnation;
    wk_session_send(peer, &msg, WK_FLAG_END | WK_FLAG_LAST);
}

static void
ops_test_done(void *host, void *peer, bool passed, const char *error)
{
    Wk__TestDone done = WK__TEST_DONE__INIT;
    WK_ENVELOPE(msg, TEST_DONE, test_done, &done);

    done.passed = passed;
    wk_arena_reset(&out_arena);
    done.error = wk_host_error_text(&out_arena, error);
    wk_session_send(peer, &msg, WK_FLAG_END | WK_FLAG_LAST);
}

static void
ops_log(void *arg, int level, const char *text, size_t bytes)
{
    struct wk_host *host = arg;
    char *copy = wk_xstrndup(text, clipped(text, bytes, LOG_BYTES_MAX));

    wk_port_log(host->port, 10 + (uint32_t)level, copy);
    free(copy);
}

static void
on_timer(uv_timer_t *timer)
{
    struct wk_host *host = timer->data;

    wk_isolate_timers(host->isolate);
    wk_isolate_idle(host->isolate);
}

static void
ops_timer(void *arg, uint64_t due_ms)
{
    struct wk_host *host = arg;
    uint64_t now = wk_now_ms();

    if (due_ms == 0) {
        uv_timer_stop(&host->timer);
        return;
    }
    uv_update_time(&host->loop);
    uv_timer_start(&host->timer, on_timer, due_ms > now ? due_ms - now : 0, 0);
}

static void
ops_broken(void *arg, wk_err code)
{
    struct wk_host *host = arg;
    const char text[] = "Worker exceeded memory limit.";

    ops_log(host, 0, text, sizeof(text) - 1);
    wk_port_close_all(host->port, code, text);
    wk_link_drain(wk_port_link(host->port), 200);
    _exit(12);
}

/* ---- what comes in ---- */

static void
response_head(const Wk__HttpResponse *res, struct wk_response_head *head, struct wk_slice *headers)
{
    *head = (struct wk_response_head){
        .status = res->status,
        .status_text = {res->status_text, strlen(res->status_text)},
        .headers = headers,
        .header_count = res->n_headers < HEADERS_MAX ? res->n_headers : HEADERS_MAX,
        .body = {(const char *)res->body.data, res->body.len},
        .null_body = res->null_body,
        .body_follows = res->body_follows,
        .content_length = (int64_t)res->content_length_plus1 - 1,
        .incarnation = res->incarnation,
    };
    for (size_t i = 0; i < head->header_count; i++)
        headers[i] = (struct wk_slice){(const char *)res->headers[i].data, res->headers[i].len};
}

static void
on_message(struct wk_session *s, void *arg, const Wk__Envelope *msg, uint8_t flags)
{
    static struct wk_slice headers[HEADERS_MAX];
    struct wk_response_head head;

    if (arg != NULL && msg->body_case == WK__ENVELOPE__BODY_RPC_RESULT) {
        const Wk__RpcResult *in = msg->rpc_result;
        const struct wk_call_result result = {.value = {(const char *)in->value.data, in->value.len},
                                              .follow_bytes = in->follow_bytes,
                                              .incarnation = in->incarnation};

        wk_isolate_result(arg, &result);
        return;
    }
    if (arg == NULL || msg->body_case != WK__ENVELOPE__BODY_HTTP_RESPONSE)
        return;
    response_head(msg->http_response, &head, headers);
    wk_isolate_response(arg, &head);
}

static void
on_data(struct wk_session *s, void *arg, const uint8_t *data, size_t bytes, uint8_t flags)
{
    if (arg != NULL)
        wk_isolate_data(arg, data, bytes, flags & (WK_FLAG_END | WK_FLAG_LAST));
    else if (bytes > 0)
        wk_session_consumed(s, bytes);
}

static void
on_writable(struct wk_session *s, void *arg)
{
    if (arg != NULL)
        wk_isolate_writable(arg);
}

static void
on_closed(struct wk_session *s, void *arg, wk_err code, const Wk__Error *error)
{
    struct wk_js_error out;

    if (arg == NULL)
        return;
    if (error != NULL)
        out = (struct wk_js_error){
            .name = error->name,
            .message = error->message,
            .stack = error->stack,
            .excerpt = "",
            .traits = error->traits,
            .detail = {(const char *)error->detail.data, error->detail.len},
            .incarnation = error->incarnation,
        };
    wk_isolate_closed(arg, code, error != NULL ? &out : NULL);
}

static const struct wk_session_events exchange_events = {
    .on_message = on_message, .on_data = on_data, .on_writable = on_writable, .on_closed = on_closed};

/* Says beside the message whom it is for. */
static void
address(Wk__Envelope *msg, Wk__ActorRef *out, const struct wk_actor_ref *actor)
{
    static Wk__FacetRef facet;
    static char *path[WK_FACET_DEPTH_MAX];
    static uint64_t caller;

    if (actor == NULL)
        return;
    if (actor->facet_depth > 0) {
        wk__facet_ref__init(&facet);
        facet.path = path;
        for (size_t i = 0; i < actor->facet_depth; i++)
            path[facet.n_path++] = text_of(&actor->facet[i]);
        out->facet = &facet;
    }
    out->id = WK_BYTES_OF(actor->id.data, actor->id.len);
    out->name = text_of(&actor->name);
    if (caller == 0) /* not before the fork of this process */
        wk_random(&caller, sizeof(caller));
    out->caller = caller;
    out->stub = actor->stub;
    out->later = actor->later;
    out->incarnation = actor->incarnation;
    msg->actor = out;
}

static void *
ops_call(void *arg, uint32_t handle, void *parent, const struct wk_actor_ref *actor,
         const struct wk_call_head *head, struct wk_exchange *x)
{
    struct wk_host *host = arg;
    Wk__RpcCall call = WK__RPC_CALL__INIT;
    Wk__ActorRef ref = WK__ACTOR_REF__INIT;
    WK_ENVELOPE(msg, RPC_CALL, rpc_call, &call);

    wk_arena_reset(&out_arena);
    call.method = text_of(&head->method);
    call.arguments = WK_BYTES_OF(head->arguments.data, head->arguments.len);
    call.follow_bytes = head->follow_bytes;
    call.get = head->get;
    address(&msg, &ref, actor);
    return wk_port_open(host->port, handle, parent, &msg, call.follow_bytes > 0 ? 0 : WK_FLAG_END, &exchange_events,
                        x);
}

static void *
ops_open(void *arg, uint32_t handle, void *parent, const struct wk_actor_ref *actor,
         const struct wk_request_head *head, struct wk_exchange *x)
{
    struct wk_host *host = arg;
    Wk__HttpRequest req = WK__HTTP_REQUEST__INIT;
    Wk__ActorRef ref = WK__ACTOR_REF__INIT;
    WK_ENVELOPE(msg, HTTP_REQUEST, http_request, &req);

    wk_arena_reset(&out_arena);
    req.method = text_of(&head->method);
    req.url = text_of(&head->url);
    req.cf_json = text_of(&head->cf_json);
    req.n_headers = head->header_count;
    req.headers = binary_list(head->headers, head->header_count);
    req.body = WK_BYTES_OF(head->body.data, head->body.len);
    req.has_body = head->has_body;
    req.body_follows = head->body_follows;
    req.content_length_plus1 = (uint64_t)(head->content_length + 1);
    address(&msg, &ref, actor);
    return wk_port_open(host->port, handle, parent, &msg, head->body_follows ? 0 : WK_FLAG_END, &exchange_events, x);
}

const struct wk_isolate_ops wk_host_ops = {
    .respond = ops_respond,
    .window = ops_window,
    .write = ops_write,
    .consumed = ops_consumed,
    .finish = ops_finish,
    .open = ops_open,
    .call = ops_call,
    .result = ops_result,
    .alarm_done = ops_alarm_done,
    .test_done = ops_test_done,
    .log = ops_log,
    .timer = ops_timer,
    .broken = ops_broken,
};

static void
fetch_open(struct wk_host *host, struct wk_session *s, uint32_t target, struct wk_actor *actor,
           const Wk__HttpRequest *req, struct wk_exchange **out)
{
    static struct wk_slice headers[HEADERS_MAX];
    struct wk_request_head head = {
        .method = {req->method, strlen(req->method)},
        .url = {req->url, strlen(req->url)},
        .cf_json = {req->cf_json, strlen(req->cf_json)},
        .headers = headers,
        .header_count = req->n_headers < HEADERS_MAX ? req->n_headers : HEADERS_MAX,
        .body = {(const char *)req->body.data, req->body.len},
        .has_body = req->has_body,
        .body_follows = req->body_follows,
        .content_length = (int64_t)req->content_length_plus1 - 1,
    };

    for (size_t i = 0; i < head.header_count; i++)
        headers[i] = (struct wk_slice){(const char *)req->headers[i].data, req->headers[i].len};
    wk_isolate_fetch(host->isolate, s, target, actor, &head, out);
}

static void
call_open(struct wk_host *host, struct wk_session *s, uint32_t target, struct wk_actor *actor,
          const Wk__RpcCall *call, struct wk_exchange **out)
{
    const struct wk_call_head head = {
        .method = {call->method, strlen(call->method)},
        .arguments = {(const char *)call->arguments.data, call->arguments.len},
        .follow_bytes = call->follow_bytes,
        .get = call->get,
    };

    wk_isolate_call(host->isolate, s, target, actor, &head, out);
}

void
wk_host_event_open(struct wk_host *host, struct wk_session *s, uint32_t target, struct wk_actor *actor,
                   const Wk__Envelope *msg)
{
    struct wk_exchange *x = NULL;
    uint32_t id = wk_session_id(s);

    if (!host->loaded) {
        wk_session_close(s, WK_EUNAVAILABLE, NULL);
        return;
    }
    if (actor != NULL)
        WK_EVENT("H.event", wk_actor_incarnation(actor), id);
    wk_session_accept(s, &exchange_events, NULL);
    if (msg->body_case == WK__ENVELOPE__BODY_HTTP_REQUEST && (actor != NULL || target < host->target_count)) {
        fetch_open(host, s, target, actor, msg->http_request, &x);
    } else if (msg->body_case == WK__ENVELOPE__BODY_RPC_CALL && (actor != NULL || target < host->target_count)) {
        call_open(host, s, target, actor, msg->rpc_call, &x);
    } else if (msg->body_case == WK__ENVELOPE__BODY_ACTOR_ALARM && actor != NULL) {
        wk_isolate_alarm(host->isolate, s, actor, msg->actor_alarm->scheduled_ms, msg->actor_alarm->retry_count, &x);
    } else if (msg->body_case == WK__ENVELOPE__BODY_TEST_RUN && target == WK_HOST_TARGET_KERNEL) {
        wk_isolate_test(host->isolate, s, msg->test_run->entrypoint, &x);
    } else {
        wk_session_close(s, WK_EUNSUPPORTED, NULL);
        return;
    }
    if (x != NULL && wk_port_session_alive(host->port, id))
        wk_session_accept(s, &exchange_events, x);
}
