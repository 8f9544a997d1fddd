/* What a process does with its sessions: opens, sends, ends. */
#include "kernel/ipc/port_priv.h"

#include <stdio.h>
#include <string.h>
#include "kernel/base/events.h"
#include "kernel/ipc/codec.h"

#define CREDIT_STEP_BYTES (WK_SESSION_WINDOW_BYTES / 4)

struct wk_session *
wk_port_open(struct wk_port *port, uint32_t handle, struct wk_session *parent,
             const Wk__Envelope *msg, uint8_t flags, const struct wk_session_events *events, void *arg)
{
    struct wk_session *s = wk_session_new(port, wk_session_id_take(port));
    struct wk_frame frame = {.kind = WK_FRAME_OPEN,
                             .flags = flags,
                             .session = s->id,
                             .handle = handle,
                             .parent = parent != NULL ? parent->id : 0};

    WK_EVENT("D.open", s->id, (flags & WK_FLAG_GATE) != 0);
    wk_session_accept(s, events, arg);
    wk_port_send_packed(port, &frame, msg);
    return s;
}

void
wk_session_accept(struct wk_session *s, const struct wk_session_events *events, void *arg)
{
    s->events = events;
    s->arg = arg;
    s->accepted = true;
}

void *
wk_session_arg(const struct wk_session *s)
{
    return s->arg;
}

uint32_t
wk_session_id(const struct wk_session *s)
{
    return s->id;
}

struct wk_port *
wk_session_port(const struct wk_session *s)
{
    return s->port;
}

struct wk_session *
wk_session_via(const struct wk_session *s)
{
    return s->via != 0 ? wk_session_find(s->port, s->via) : NULL;
}

void
wk_session_send_stamped(struct wk_session *s, const Wk__Envelope *msg, uint8_t flags, uint64_t stamp)
{
    struct wk_frame frame = {.kind = WK_FRAME_DATA, .flags = flags, .session = s->id, .stamp = stamp};

    wk_port_send_packed(s->port, &frame, msg);
    if (flags & WK_FLAG_LAST)
        wk_session_forget(s);
}

void
wk_session_send(struct wk_session *s, const Wk__Envelope *msg, uint8_t flags)
{
    wk_session_send_stamped(s, msg, flags, 0);
}

void
wk_session_redirect(struct wk_session *s, struct wk_session *gate)
{
    struct wk_frame frame = {.kind = WK_FRAME_REDIRECT, .session = s->id, .parent = gate->id};

    wk_link_send(s->port->link, &frame);
    wk_session_forget(s);
}

void
wk_session_advance(struct wk_session *gate, uint64_t stamp)
{
    struct wk_frame frame = {.kind = WK_FRAME_GATE, .session = gate->id, .stamp = stamp};

    WK_EVENT("D.advance", gate->id, stamp);
    wk_link_send(gate->port->link, &frame);
}

void
wk_session_grant(struct wk_session *s, uint32_t handle)
{
    struct wk_frame frame = {.kind = WK_FRAME_GRANT, .session = s->id, .handle = handle};

    wk_port_send(s->port, &frame);
}

size_t
wk_session_window(const struct wk_session *s)
{
    return s->window;
}

void
wk_session_write(struct wk_session *s, const void *data, size_t bytes, uint8_t flags)
{
    const uint8_t *p = data;
    bool last = flags & WK_FLAG_LAST;

    WK_CHECK(bytes <= s->window);
    s->window -= (uint32_t)bytes;
    do {
        size_t piece = bytes < WK_FRAME_BODY_BYTES_MAX ? bytes : WK_FRAME_BODY_BYTES_MAX;
        struct wk_frame frame = {.kind = WK_FRAME_DATA,
                                 .flags = WK_FLAG_RAW,
                                 .session = s->id,
                                 .body = p,
                                 .body_bytes = (uint32_t)piece};

        bytes -= piece;
        p += piece;
        if (bytes == 0)
            frame.flags |= flags;
        wk_port_send(s->port, &frame);
    } while (bytes > 0);
    if (last)
        wk_session_forget(s);
}

void
wk_session_consumed(struct wk_session *s, size_t bytes)
{
    struct wk_frame frame = {.kind = WK_FRAME_CREDIT, .session = s->id};

    s->consumed += (uint32_t)bytes;
    if (s->consumed < CREDIT_STEP_BYTES)
        return;
    frame.arg = s->consumed;
    s->consumed = 0;
    wk_link_send(s->port->link, &frame);
}

void
wk_session_fail(struct wk_session *s, wk_err code, const Wk__Error *error)
{
    struct wk_frame frame = {.kind = WK_FRAME_CLOSE, .code = (uint16_t)code, .session = s->id};

    if (error != NULL) {
        WK_ENVELOPE(msg, ERROR, error, (Wk__Error *)(uintptr_t)error);

        wk_port_send_packed(s->port, &frame, &msg);
    } else {
        wk_port_send(s->port, &frame);
    }
    wk_session_forget(s);
}

void
wk_session_close(struct wk_session *s, wk_err code, const char *text)
{
    Wk__Error error = WK__ERROR__INIT;

    error.code = (uint32_t)code;
    error.message = (char *)(uintptr_t)text;
    wk_session_fail(s, code, text != NULL ? &error : NULL);
}

bool
wk_port_session_alive(struct wk_port *port, uint32_t session_id)
{
    return wk_session_find(port, session_id) != NULL;
}

static void
table_close_all(struct session_table *t, wk_err code, const char *text)
{
    for (uint32_t i = 0; i < t->cap; i++)
        if (t->slots[i] != NULL)
            wk_session_close(t->slots[i], code, text);
}

void
wk_port_close_all(struct wk_port *port, wk_err code, const char *text)
{
    table_close_all(&port->theirs, code, text);
    table_close_all(&port->own, code, text);
}
