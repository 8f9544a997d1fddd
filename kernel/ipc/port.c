/* A process at its link: frames come in, messages to the kernel go out. */
#include "kernel/ipc/port_priv.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "kernel/base/events.h"
#include "kernel/base/log.h"
#include "kernel/ipc/codec.h"

#define MSG_ARENA_QUOTA (64u << 20)

/* ---- incoming ---- */

/* Tells the owner that the session ended, after it left the table. */
static void
session_ended(struct wk_session *s, wk_err code, const Wk__Error *error)
{
    const struct wk_session_events *events = s->events;
    void *arg = s->arg;
    bool accepted = s->accepted;
    struct wk_session copy = *s;

    wk_session_forget(s);
    if (accepted && events->on_closed != NULL)
        events->on_closed(&copy, arg, code, error);
}

/* Ends it at both sides. */
static void
session_malformed(struct wk_session *s)
{
    Wk__Error error = WK__ERROR__INIT;
    WK_ENVELOPE(msg, ERROR, error, &error);
    struct wk_frame frame = {.kind = WK_FRAME_CLOSE, .code = WK_EPROTO, .session = s->id};

    error.code = WK_EPROTO;
    error.message = (char *)(uintptr_t) "malformed message";
    wk_port_send_packed(s->port, &frame, &msg);
    session_ended(s, WK_EPROTO, &error);
}

static void
on_open_frame(struct wk_port *port, const struct wk_frame *f)
{
    struct session_table *t = &port->theirs;
    uint32_t index = f->session & WK_SESSION_INDEX_MASK;
    Wk__Envelope *msg;
    struct wk_session *s;

    if (!(f->session & WK_SESSION_OF_KERNEL))
        return;
    if (index >= t->cap)
        wk_session_table_grow(t, index);
    if (t->slots[index] != NULL)
        return;
    s = wk_session_new(port, f->session);
    s->via = f->parent;
    if (f->parent != 0 && wk_session_find(port, f->parent) == NULL) {
        wk_session_close(s, WK_ECANCELED, NULL); /* it is no session of anybody: its gate ended here */
        return;
    }
    msg = wk_unpack_envelope(f->body, f->body_bytes, &port->arena);
    if (msg == NULL) {
        wk_session_close(s, WK_EPROTO, "malformed message");
        return;
    }
    port->events->on_open(port->arg, s, f->handle, msg, f->flags);
    s = wk_session_find(port, f->session);
    if (s != NULL && !s->accepted)
        wk_session_close(s, WK_EUNSUPPORTED, NULL);
}

static void
on_data_frame(struct wk_port *port, const struct wk_frame *f)
{
    struct wk_session *s = wk_session_find(port, f->session);

    if (s == NULL)
        return; /* it ended here while this was on its way */
    if (f->flags & WK_FLAG_RAW) {
        if (s->events->on_data != NULL)
            s->events->on_data(s, s->arg, f->body, f->body_bytes, f->flags);
    } else {
        Wk__Envelope *msg = wk_unpack_envelope(f->body, f->body_bytes, &port->arena);

        if (msg == NULL) {
            session_malformed(s);
            return;
        }
        if (s->events->on_message != NULL)
            s->events->on_message(s, s->arg, msg, f->flags);
    }
    if ((f->flags & WK_FLAG_LAST) && (s = wk_session_find(port, f->session)) != NULL)
        session_ended(s, WK_OK, NULL);
}

static void
on_close_frame(struct wk_port *port, const struct wk_frame *f)
{
    struct wk_session *s = wk_session_find(port, f->session);
    Wk__Envelope *msg = NULL;

    if (s == NULL)
        return;
    if (f->body_bytes > 0)
        msg = wk_unpack_envelope(f->body, f->body_bytes, &port->arena);
    session_ended(s, (wk_err)f->code,
                  msg != NULL && msg->body_case == WK__ENVELOPE__BODY_ERROR ? msg->error : NULL);
}

static void
on_kernel_frame(struct wk_port *port, const struct wk_frame *f)
{
    Wk__Envelope *msg = wk_unpack_envelope(f->body, f->body_bytes, &port->arena);

    if (msg == NULL)
        return;
    if (msg->body_case == WK__ENVELOPE__BODY_WELCOME) {
        port->welcome = true;
        free(port->name);
        port->name = wk_xstrdup(msg->welcome->name);
    } else if (msg->body_case == WK__ENVELOPE__BODY_PING) {
        Wk__Pong pong = WK__PONG__INIT;
        WK_ENVELOPE(reply, PONG, pong, &pong);

        wk_port_tell(port, &reply);
    } else if (port->events->on_kernel != NULL) {
        port->events->on_kernel(port->arg, msg);
    }
}

static void
on_frame(void *arg, struct wk_link *link, const struct wk_frame *f)
{
    struct wk_port *port = arg;
    struct wk_session *s;

    wk_arena_reset(&port->arena);
    switch (f->kind) {
    case WK_FRAME_OPEN:
        on_open_frame(port, f);
        break;
    case WK_FRAME_DATA:
        if (f->session == 0)
            on_kernel_frame(port, f);
        else
            on_data_frame(port, f);
        break;
    case WK_FRAME_CLOSE:
        on_close_frame(port, f);
        break;
    case WK_FRAME_CREDIT:
        if ((s = wk_session_find(port, f->session)) != NULL) {
            bool was_empty = s->window == 0;

            s->window += f->arg;
            if (was_empty && s->accepted && s->events->on_writable != NULL)
                s->events->on_writable(s, s->arg);
        }
        break;
    case WK_FRAME_GATE:
        if ((s = wk_session_find(port, f->session)) != NULL && s->accepted && s->events->on_gate != NULL)
            s->events->on_gate(s, s->arg, f->stamp);
        break;
    case WK_FRAME_GRANT:
        if ((s = wk_session_find(port, f->session)) != NULL && s->accepted && s->events->on_grant != NULL)
            s->events->on_grant(s, s->arg, f->handle);
        break;
    default:
        break;
    }
}

static void
on_batch_end(void *arg, struct wk_link *link)
{
    struct wk_port *port = arg;

    if (port->events->on_batch_end != NULL)
        port->events->on_batch_end(port->arg);
}

static void
table_end_all(struct session_table *t)
{
    for (uint32_t i = 0; i < t->cap; i++)
        if (t->slots[i] != NULL)
            session_ended(t->slots[i], WK_EUNAVAILABLE, NULL);
}

/* What was opened on a dead link has nobody to end it. */
static void
table_forget_all(struct session_table *t)
{
    for (uint32_t i = 0; i < t->cap; i++)
        if (t->slots[i] != NULL)
            wk_session_forget(t->slots[i]);
}

static void
on_link_closed(void *arg, struct wk_link *link, wk_err why)
{
    struct wk_port *port = arg;

    port->down = true;
    port->down_why = why;
    table_end_all(&port->own);
    table_end_all(&port->theirs);
    if (port->welcome && port->events->on_down != NULL)
        port->events->on_down(port->arg, why);
}

/* ---- waiting ---- */

static enum wk_link_taken
wait_take(void *arg, const struct wk_frame *f)
{
    struct wk_port *port = arg;

    if (f->session != port->waiting_for)
        return WK_LINK_LEFT;
    on_frame(port, port->link, f);
    return port->wait_done || wk_session_find(port, port->waiting_for) == NULL ? WK_LINK_DONE : WK_LINK_TAKEN;
}

static void
swap_arenas(struct wk_port *port)
{
    struct wk_arena other = port->wait_arena;

    port->wait_arena = port->arena;
    port->arena = other;
}

wk_err
wk_port_wait(struct wk_port *port, struct wk_session *session, uint32_t timeout_ms)
{
    wk_err err;

    WK_CHECK(port->waiting_for == 0);
    port->waiting_for = session->id;
    port->wait_done = false;
    swap_arenas(port);
    err = wk_link_wait(port->link, timeout_ms, wait_take, port);
    swap_arenas(port);
    port->waiting_for = 0;
    return err == WK_OK && !port->wait_done ? WK_ECLOSED : err;
}

void
wk_port_wait_done(struct wk_port *port)
{
    port->wait_done = true;
}

static const struct wk_link_events port_link_events = {on_frame, on_batch_end, on_link_closed};

/* ---- connecting ---- */

static bool
token_from_hex(const char *hex, uint8_t token[32])
{
    for (int i = 0; i < 32; i++) {
        unsigned value;

        if (sscanf(hex + 2 * i, "%2x", &value) != 1)
            return false;
        token[i] = (uint8_t)value;
    }
    return hex[64] == '\0';
}

static void
connect_timed_out(uv_timer_t *timer)
{
    struct wk_port *port = timer->data;

    wk_link_close(port->link, WK_ETIMEDOUT);
}

/* Runs the loop until the kernel has said Welcome or the link is down. */
static void
await_welcome(uv_loop_t *loop, struct wk_port *port, uint32_t timeout_ms)
{
    uv_timer_t *timer = wk_xcalloc(1, sizeof(*timer));

    uv_timer_init(loop, timer);
    timer->data = port;
    uv_timer_start(timer, connect_timed_out, timeout_ms, 0);
    while (!port->welcome && !port->down)
        uv_run(loop, UV_RUN_ONCE);
    uv_close((uv_handle_t *)timer, (uv_close_cb)free);
}

wk_err
wk_port_connect(uv_loop_t *loop, const char *url, const char *token_hex, const char *service,
                uint32_t timeout_ms, const struct wk_port_events *events, void *arg,
                struct wk_port **out)
{
    struct wk_port *port = wk_xcalloc(1, sizeof(*port));
    Wk__Hello hello = WK__HELLO__INIT;
    WK_ENVELOPE(msg, HELLO, hello, &hello);
    uint8_t token[32];
    wk_err err;

    *out = NULL;
    port->events = events;
    port->arg = arg;
    port->arena.quota = port->wait_arena.quota = MSG_ARENA_QUOTA;
    hello.version = WK_PROTO_VERSION;
    hello.service = (char *)(uintptr_t)service;
    hello.pid = (uint32_t)getpid();
    if (token_hex != NULL) {
        if (strlen(token_hex) != 64 || !token_from_hex(token_hex, token)) {
            free(port);
            return WK_EINVAL;
        }
        hello.token = WK_BYTES_OF(token, sizeof(token));
        WK_EVENT("P.link", wk_event_hash(0, token, sizeof(token)));
    }
    if ((err = wk_link_dial(loop, url, timeout_ms, &port_link_events, port, &port->link)) != WK_OK) {
        free(port);
        return err;
    }
    *out = port; /* events that come right behind the Welcome may use it */
    wk_port_tell(port, &msg);
    wk_link_flush(port->link);
    await_welcome(loop, port, timeout_ms);
    if (port->down) {
        err = port->down_why == WK_ETIMEDOUT ? WK_EUNAVAILABLE : WK_EDENIED;
        wk_port_free(port);
        *out = NULL;
        return err;
    }
    return WK_OK;
}

void
wk_port_free(struct wk_port *port)
{
    if (port == NULL)
        return;
    table_forget_all(&port->own);
    table_forget_all(&port->theirs);
    while (port->free_sessions != NULL) {
        struct wk_session *s = port->free_sessions;

        port->free_sessions = s->next_free;
        free(s);
    }
    wk_link_unref(port->link);
    wk_session_table_fini(&port->own);
    wk_session_table_fini(&port->theirs);
    wk_arena_fini(&port->arena);
    wk_arena_fini(&port->wait_arena);
    wk_buf_fini(&port->packed);
    free(port->name);
    free(port);
}

bool
wk_port_is_down(const struct wk_port *port)
{
    return port->down;
}

struct wk_link *
wk_port_link(struct wk_port *port)
{
    return port->link;
}

const char *
wk_port_name(const struct wk_port *port)
{
    return port->name != NULL ? port->name : "";
}

size_t
wk_port_session_count(const struct wk_port *port)
{
    return port->session_count;
}

/* ---- outgoing ---- */

void
wk_port_send(struct wk_port *port, const struct wk_frame *frame)
{
    WK_EVENT("H.sent", frame->session, frame->kind);
    wk_link_send(port->link, frame);
}

void
wk_port_send_packed(struct wk_port *port, struct wk_frame *frame, const Wk__Envelope *msg)
{
    port->packed.len = 0;
    if (msg != NULL)
        wk_pack(&msg->base, &port->packed);
    frame->body = (const uint8_t *)port->packed.data;
    frame->body_bytes = (uint32_t)port->packed.len;
    wk_port_send(port, frame);
}

void
wk_port_tell(struct wk_port *port, const Wk__Envelope *msg)
{
    struct wk_frame frame = {.kind = WK_FRAME_DATA};

    wk_port_send_packed(port, &frame, msg);
}

void
wk_port_log(struct wk_port *port, uint32_t level, const char *text)
{
    Wk__LogLine line = WK__LOG_LINE__INIT;
    WK_ENVELOPE(msg, LOG_LINE, log_line, &line);
    struct wk_frame frame = {.kind = WK_FRAME_DATA};

    line.level = level;
    line.text = (char *)(uintptr_t)text;
    line.unix_ms = wk_unix_ms();
    frame.later = level == WK_LOG_LEVEL_REQUEST;
    wk_port_send_packed(port, &frame, &msg);
}
