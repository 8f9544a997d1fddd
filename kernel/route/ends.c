/* The ends: what processes say, and how they come and go. */
#include "kernel/base/fault.h"
#include "kernel/route/router_priv.h"

#include <stdlib.h>

static struct wk_buf packed;

/* ---- frames from a process ---- */

static void
refuse(struct wk_end *end, uint32_t session, wk_err code)
{
    struct wk_frame no = {.kind = WK_FRAME_CLOSE, .code = (uint16_t)code, .session = session};

    wk_link_send(end->link, &no);
}

/* An OPEN of a gate's opener on behalf of the gate session: it goes where that went. */
static void
open_through(struct wk_gate *gate, struct wk_route *r, const struct wk_frame *f)
{
    struct wk_frame out = *f;

    r->dest->opened++;
    if (r->dest != gate->route->dest) { /* a target means something to its service only */
        wk_route_fail(r, 0, WK_EDENIED, NULL);
        return;
    }
    out.flags &= (uint8_t)~WK_FLAG_LAST;
    out.parent = 0;
    out.stamp = 0;
    if (wk_route_hold(r, &out))
        wk_gate_enter(gate, r);
}

/* Makes it a child of its parent, and a member of its gate. false: it has ended. *through: the
 * gate whose opener opens it. */
static bool
open_on_behalf(struct wk_end *end, struct wk_route *r, const struct wk_frame *f,
               struct wk_gate **through)
{
    bool detached = f->flags & WK_FLAG_DETACHED;
    struct wk_route *parent;
    int which;

    if (f->parent == 0)
        return true;
    parent = wk_ids_find(end, f->parent, &which);
    if (parent == NULL || parent == r) {
        if (detached &&
            (f->parent & (WK_SESSION_OF_KERNEL | WK_SESSION_OF_GATE)) == WK_SESSION_OF_KERNEL)
            return true; /* it survives, and cannot have been an actor's: no gate would hold it
                            any more */
        wk_route_fail(r, 0, WK_ECANCELED,
                      NULL); /* invariant 3: it ended while this was on its way */
        return false;
    }
    if (!detached)
        wk_route_set_parent(r, parent);
    if (parent->gate != NULL && which == 0)
        *through = parent->gate;
    else if (parent->gate != NULL)
        wk_gate_join(parent->gate, r, 0);
    else if (parent->side[which].member != NULL)
        wk_gate_join(parent->side[which].member->gate, r, 0);
    if (r->depth > WK_ROUTE_DEPTH_MAX) {
        wk_route_fail(r, 0, WK_ELIMIT,
                      "Subrequest depth limit exceeded. A Worker may be calling itself.");
        return false;
    }
    return true;
}

static void
on_open(struct wk_end *end, const struct wk_frame *f)
{
    struct wk_gate *through = NULL;
    struct wk_route *r;
    struct grant to;

    if ((f->session & WK_SESSION_OF_KERNEL) || !wk_ids_free(end, f->session)) {
        wk_end_close(end, WK_EPROTO);
        return;
    }
    if (!wk_handle_find(end, f->handle, &to) || ((f->flags & WK_FLAG_GATE) && !end->may_gate)) {
        refuse(end, f->session, WK_EDENIED);
        return;
    }
    if (end->session_count >= WK_ROUTE_SESSIONS_PER_END_MAX) {
        to.dest->refused++;
        refuse(end, f->session, WK_EOVERLOADED);
        return;
    }
    r = wk_route_new(to.dest, to.target);
    wk_ids_take(r, end, f->session);
    if (f->flags & WK_FLAG_GATE) {
        WK_EVENT("K.gate", r->serial);
        r->gate = wk_gate_new(r);
    }
    if (f->flags & WK_FLAG_END)
        r->ended |= 1;
    if (!open_on_behalf(end, r, f, &through))
        return;
    if (through != NULL)
        open_through(through, r, f);
    else if (!wk_gate_take(r, 0, f))
        wk_route_place(r, f, NULL);
}

/* The sender steps out of the path: the session goes on with the acceptor of its gate. */
static void
on_redirect(struct wk_end *end, const struct wk_frame *f)
{
    int which;
    struct wk_route *r = wk_ids_find(end, f->session, &which),
                    *via = wk_ids_find(end, f->parent, &which);

    if (!(f->session & WK_SESSION_OF_KERNEL) || (f->parent & WK_SESSION_OF_KERNEL) ||
        (via != NULL && via->gate == NULL) || (r != NULL && (!r->kept || r->answered))) {
        wk_end_close(end, WK_EPROTO);
        return;
    }
    if (r == NULL)
        return;
    if (via == NULL) { /* it sees the end of the gate session, or did */
        wk_route_fail(r, 2, WK_EUNAVAILABLE, NULL);
        return;
    }
    WK_EVENT("K.redirect", r->serial, via->serial);
    wk_ids_release(&r->side[1]);
    r->side[1].end = NULL;
    r->kept = false;
    wk_gate_enter(via->gate, r);
    (void)WK_FAULT_POINT("K.redirect.sent");
}

static void
on_data(struct wk_end *end, struct wk_route *r, int from, const struct wk_frame *f)
{
    if (f->flags & WK_FLAG_RAW) {
        if (f->body_bytes > r->side[from].may_send) {
            wk_end_close(end, WK_EPROTO); /* invariant 4 */
            return;
        }
        r->side[from].may_send -= f->body_bytes;
    }
    if (f->flags & WK_FLAG_END)
        r->ended |= (uint8_t)(1u << from);
    if (from == 1 && !wk_route_answered(r))
        return;
    if (r->gate != NULL && from == 1 && f->stamp > r->gate->seen) {
        WK_EVENT("K.seen", r->serial, f->stamp);
        r->gate->seen = f->stamp;
    }
    if (!wk_gate_take(r, from, f))
        wk_route_forward(r, from, f);
}

static void
on_credit(struct wk_end *end, struct wk_route *r, int from, const struct wk_frame *f)
{
    if (f->arg > WK_SESSION_WINDOW_BYTES - r->side[1 - from].may_send) {
        wk_end_close(end, WK_EPROTO);
        return;
    }
    r->side[1 - from].may_send += f->arg;
    wk_route_forward(r, from, f);
}

static void
on_gate(struct wk_end *end, struct wk_route *r, const struct wk_frame *f)
{
    if (r->gate == NULL) {
        wk_end_close(end, WK_EPROTO);
        return;
    }
    wk_route_pin(r);
    WK_EVENT("K.advance", r->serial, f->stamp);
    wk_gate_advance(r->gate, f->stamp);
    if (wk_route_unpin(r))
        wk_route_forward(r, 0, f);
}

static void
on_grant(struct wk_end *end, struct wk_route *r, int from, const struct wk_frame *f)
{
    struct wk_frame out = *f;
    struct grant to;

    if (!wk_handle_find(end, f->handle,
                        &to)) { /* perhaps it was taken back while this was on its way */
        wk_route_fail(r, 0, WK_EDENIED, NULL);
        return;
    }
    /* what it leads to is settled now; inside the kernel the frame carries that, and becomes a
     * handle of the receiver's when it reaches it */
    out.stamp = (uintptr_t)to.dest;
    out.arg = to.target;
    out.flags = 0;
    if (from == 1 && !wk_route_answered(r))
        return;
    if (!wk_gate_take(r, from, &out))
        wk_route_forward(r, from, &out);
}

/* True for what may not follow an END. */
static bool
is_late(const struct wk_route *r, int from, const struct wk_frame *f)
{
    if (!(r->ended & 1u << from))
        return false;
    return f->kind == WK_FRAME_GRANT ||
           (f->kind == WK_FRAME_DATA && (!(f->flags & WK_FLAG_LAST) || f->body_bytes > 0));
}

static void
on_session_frame(struct wk_end *end, const struct wk_frame *f)
{
    int from;
    struct wk_route *r = wk_ids_find(end, f->session, &from);

    if (f->kind == WK_FRAME_REDIRECT) {
        on_redirect(end, f);
        return;
    }
    if (f->kind == WK_FRAME_GATE && (f->session & WK_SESSION_OF_KERNEL)) {
        wk_end_close(end, WK_EPROTO); /* only who opened it may */
        return;
    }
    if (r == NULL)
        return; /* invariant 1; it ended while this was on its way */
    if (is_late(r, from, f)) {
        wk_end_close(end, WK_EPROTO);
        return;
    }
    switch (f->kind) {
    case WK_FRAME_DATA:
        on_data(end, r, from, f);
        break;
    case WK_FRAME_CREDIT:
        on_credit(end, r, from, f);
        break;
    case WK_FRAME_CLOSE:
        if (!wk_gate_take(r, from, f))
            wk_route_end(r, 1u << from, f);
        break;
    case WK_FRAME_GATE:
        on_gate(end, r, f);
        break;
    case WK_FRAME_GRANT:
        on_grant(end, r, from, f);
        break;
    default:
        wk_end_close(end, WK_EPROTO);
        break;
    }
}

static void
end_on_frame(void *arg, struct wk_link *link, const struct wk_frame *f)
{
    struct wk_end *end = arg;

    end->active = true;
    if (f->kind == WK_FRAME_OPEN) {
        on_open(end, f);
    } else if (f->session != 0) {
        on_session_frame(end, f);
    } else {
        Wk__Envelope *msg;

        wk_arena_reset(&wk_route_arena);
        msg = f->kind == WK_FRAME_DATA
                  ? wk_unpack_envelope(f->body, f->body_bytes, &wk_route_arena)
                  : NULL;
        if (msg == NULL)
            wk_end_close(end, WK_EPROTO);
        else
            end->events->on_message(end->arg, end, msg);
    }
}

static void
ends_all(struct id_table *t, unsigned told)
{
    static const struct wk_frame gone = {.kind = WK_FRAME_CLOSE, .code = WK_EUNAVAILABLE};

    for (uint32_t i = 0; i < t->cap; i++)
        if (t->slots[i] != NULL)
            wk_route_end(t->slots[i], told, &gone);
}

static void
end_on_closed(void *arg, struct wk_link *link, wk_err why)
{
    struct wk_end *end = arg;

    end->down = true;
    ends_all(&end->theirs, 1);
    ends_all(&end->ours, 2);
    WK_EVENT("K.down", (uintptr_t)end);
    WK_CHECK(end->held_bytes == 0);
    end->events->on_down(end->arg, end, why);
    wk_ids_fini(&end->theirs);
    wk_ids_fini(&end->ours);
    free(end->grants);
    free(end->granted);
    free(end->name);
    wk_link_unref(end->link);
    free(end);
}

static const struct wk_link_events end_link_events = {end_on_frame, NULL, end_on_closed};

/* ---- ends ---- */

struct wk_end *
wk_end_new(struct wk_link *link, const struct wk_end_events *events, void *arg)
{
    struct wk_end *end = wk_xcalloc(1, sizeof(*end));

    end->link = link;
    end->events = events;
    end->arg = arg;
    wk_link_start(link, &end_link_events, end);
    return end;
}

void
wk_end_set_events(struct wk_end *end, const struct wk_end_events *events, void *arg)
{
    end->events = events;
    end->arg = arg;
}

void
wk_end_allow_gates(struct wk_end *end)
{
    end->may_gate = true;
}

void
wk_end_name(struct wk_end *end, const char *name)
{
    free(end->name);
    end->name = wk_xstrdup(name);
}

void
wk_end_close(struct wk_end *end, wk_err why)
{
    wk_link_close(end->link, why);
}

void
wk_end_tell(struct wk_end *end, const Wk__Envelope *msg)
{
    struct wk_frame frame = {.kind = WK_FRAME_DATA};

    packed.len = 0;
    wk_pack(&msg->base, &packed);
    if (packed.len > WK_FRAME_BODY_BYTES_MAX) {
        wk_end_close(end, WK_ELIMIT);
        return;
    }
    frame.body = (const uint8_t *)packed.data;
    frame.body_bytes = (uint32_t)packed.len;
    wk_link_send(end->link, &frame);
}

struct wk_link *
wk_end_link(struct wk_end *end)
{
    return end->link;
}

uint32_t
wk_end_session_count(const struct wk_end *end)
{
    return end->session_count;
}

bool
wk_end_take_activity(struct wk_end *end)
{
    bool was = end->active;

    end->active = false;
    return was;
}
