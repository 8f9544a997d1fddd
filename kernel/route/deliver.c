/* What goes from one side of a route to the other: at once, later, or never. */
#include "kernel/route/router_priv.h"

#define HELD_BYTES_MAX (WK_SESSION_WINDOW_BYTES + (1u << 20))

struct wk_arena wk_route_arena = {.quota = 64u << 20};

void
wk_dest_unhold(struct wk_dest *dest, struct wk_route *r)
{
    struct wk_route **at = &dest->held_first, *last = NULL;

    while (*at != NULL && *at != r) {
        last = *at;
        at = &(*at)->next_held;
    }
    WK_CHECK(*at == r);
    *at = r->next_held;
    if (dest->held_last == r)
        dest->held_last = last;
    dest->held_count--;
    r->waiting = false;
}

/* Adds a frame to what waits for the acceptor. */
static void
route_hold(struct wk_route *r, const struct wk_frame *f)
{
    uint8_t head[WK_FRAME_HEAD_BYTES];

    if (r->held.len + f->body_bytes > HELD_BYTES_MAX) {
        wk_route_fail(r, 0, WK_EOVERLOADED, NULL);
        return;
    }
    wk_frame_encode_head(f, head);
    wk_buf_add(&r->held, head, sizeof(head));
    wk_buf_add(&r->held, f->body, f->body_bytes);
}

static void
local_deliver(struct wk_route *r, struct side *s, const struct wk_frame *f)
{
    Wk__Envelope *msg;

    if (f->kind == WK_FRAME_CREDIT) {
        if (s->local->on_writable != NULL)
            s->local->on_writable(s->local_arg, r);
        return;
    }
    if (f->kind != WK_FRAME_DATA || (f->flags & WK_FLAG_RAW))
        return; /* no local end takes raw bytes */
    wk_arena_reset(&wk_route_arena);
    msg = wk_unpack_envelope(f->body, f->body_bytes, &wk_route_arena);
    if (msg == NULL)
        wk_route_fail(r, 0, WK_EPROTO, "malformed message");
    else if (s->local->on_message != NULL)
        s->local->on_message(s->local_arg, r, msg, f->flags);
}

/* True if the receiver has room. One that does not read must not lose its link to whoever sends to it. */
static bool
end_has_room(struct wk_end *end, const struct wk_frame *f)
{
    return wk_link_unsent_bytes(end->link) + f->body_bytes <= WK_ROUTE_UNSENT_BYTES_MAX;
}

/* Hands a frame to the other side. LAST ends the route after it. */
void
wk_route_forward(struct wk_route *r, int from, const struct wk_frame *f)
{
    static const struct wk_frame done = {.kind = WK_FRAME_CLOSE, .code = WK_OK};
    struct side *to = &r->side[1 - from];
    struct wk_frame out = *f;

    out.handle = out.parent = 0;
    if (to->end != NULL && !end_has_room(to->end, f)) {
        wk_route_fail(r, 0, WK_EOVERLOADED, NULL);
        return;
    } else if (to->end != NULL) {
        out.session = to->id;
        wk_link_send(to->end->link, &out);
    } else if (to->local != NULL) {
        wk_route_pin(r);
        local_deliver(r, to, f);
        if (wk_route_unpin(r) && (f->flags & WK_FLAG_LAST))
            wk_route_end(r, 1u << from, &done);
        return;
    } else if (from == 0 && !(f->flags & WK_FLAG_LAST)) {
        route_hold(r, &out);
        return;
    }
    if (f->flags & WK_FLAG_LAST) /* over before anybody accepted it: as a CLOSE */
        wk_route_end(r, 3, &done);
}

/* Gives the acceptor's link the OPEN and whatever came after it. */
static void
route_deliver_held(struct wk_route *r, struct wk_end *end)
{
    const uint8_t *data = (const uint8_t *)r->held.data;
    size_t at = 0;

    if (!wk_ids_number(r, end)) {
        wk_route_fail(r, 0, WK_EOVERLOADED, NULL);
        return;
    }
    while (at < r->held.len) {
        struct wk_frame f;
        size_t used;

        WK_CHECK(wk_frame_decode(data + at, r->held.len - at, &f, &used) == WK_OK);
        f.session = r->side[1].id;
        f.handle = f.kind == WK_FRAME_OPEN ? r->target : 0;
        wk_link_send(end->link, &f);
        at += used;
    }
    wk_buf_fini(&r->held);
}

/* Brings a new route to its acceptor: at once, later, or never. f is the OPEN. */
void
wk_route_place(struct wk_route *r, const struct wk_frame *f, struct wk_end *end)
{
    struct wk_dest *dest = r->dest;
    struct wk_frame out = *f;

    out.flags &= (uint8_t)~WK_FLAG_LAST; /* an OPEN is not an end */
    if (end == NULL && dest->end == NULL && !dest->starting && dest->on_demand != NULL)
        dest->on_demand(dest->arg);
    end = end != NULL ? end : dest->end;
    dest->opened++;
    if (dest->local_open != NULL) {
        Wk__Envelope *msg;

        wk_arena_reset(&wk_route_arena);
        msg = wk_unpack_envelope(f->body, f->body_bytes, &wk_route_arena);
        if (msg == NULL)
            wk_route_fail(r, 0, WK_EPROTO, "malformed message");
        else
            dest->local_open(dest->arg, r, msg);
    } else if (end != NULL) {
        if (!end_has_room(end, f) || !wk_ids_number(r, end)) {
            dest->refused++;
            wk_route_fail(r, 0, WK_EOVERLOADED, NULL);
            return;
        }
        out.session = r->side[1].id;
        out.handle = r->target;
        out.parent = 0;
        wk_link_send(end->link, &out);
    } else if (dest->starting && dest->held_count < WK_ROUTE_HELD_MAX) {
        r->waiting = true;
        r->next_held = NULL;
        if (dest->held_last != NULL)
            dest->held_last->next_held = r;
        else
            dest->held_first = r;
        dest->held_last = r;
        dest->held_count++;
        out.parent = 0;
        route_hold(r, &out);
    } else {
        dest->refused++;
        wk_route_fail(r, 0, dest->starting ? WK_EOVERLOADED : WK_EUNAVAILABLE, NULL);
    }
}

void
wk_dest_set(struct wk_dest *dest, struct wk_end *end, bool starting)
{
    dest->end = end;
    dest->starting = starting;
    while (dest->held_first != NULL && (end != NULL || !starting)) {
        struct wk_route *r = dest->held_first;

        wk_dest_unhold(dest, r);
        if (end != NULL)
            route_deliver_held(r, end);
        else
            wk_route_fail(r, 0, WK_EUNAVAILABLE, NULL);
    }
}
