/* What goes from one side of a route to the other: at once, later, or never. */
#include "kernel/route/router_priv.h"

#define HELD_BYTES_MAX (WK_SESSION_WINDOW_BYTES + (1u << 20)) /* after the OPEN */

struct wk_arena wk_route_arena = {.quota = 64u << 20};

/* ---- frames for an acceptor that is not there yet ---- */

static void
dest_hold(struct wk_dest *dest, struct wk_route *r)
{
    struct wk_route_extra *x = wk_route_extra(r);

    r->waits = WK_WAITS_IN_DEST;
    x->next_held = NULL;
    if (dest->held_last != NULL)
        dest->held_last->extra->next_held = r;
    else
        dest->held_first = r;
    dest->held_last = r;
    dest->held_count++;
}

void
wk_dest_unhold(struct wk_route *r)
{
    struct wk_dest *dest = r->dest;
    struct wk_route **at = &dest->held_first, *last = NULL;

    if (r->waits != WK_WAITS_IN_DEST)
        return;
    while (*at != NULL && *at != r) {
        last = *at;
        at = &(*at)->extra->next_held;
    }
    WK_CHECK(*at == r);
    *at = r->extra->next_held;
    if (dest->held_last == r)
        dest->held_last = last;
    dest->held_count--;
    r->waits = WK_WAITS_NOT;
}

bool
wk_route_hold(struct wk_route *r, const struct wk_frame *f)
{
    struct wk_route_extra *x = wk_route_extra(r);
    struct wk_end *end = r->side[0].end;
    uint8_t head[WK_FRAME_HEAD_BYTES];
    size_t bytes = sizeof(head) + f->body_bytes;

    if ((x->held.len > 0 && x->held.len - x->open_bytes + bytes > HELD_BYTES_MAX) ||
        (end != NULL && end->held_bytes + bytes > WK_ROUTE_HELD_BYTES_PER_END_MAX)) {
        wk_route_fail(r, 0, WK_EOVERLOADED, NULL);
        return false;
    }
    if (x->held.len == 0)
        x->open_bytes = bytes;
    if (end != NULL)
        end->held_bytes += bytes;
    wk_frame_encode_head(f, head);
    wk_buf_add(&x->held, head, sizeof(head));
    wk_buf_add(&x->held, f->body, f->body_bytes);
    return true;
}

void
wk_route_unhold(struct wk_route *r)
{
    if (r->extra == NULL)
        return;
    if (r->side[0].end != NULL)
        r->side[0].end->held_bytes -= r->extra->held.len;
    wk_buf_fini(&r->extra->held);
}

/* ---- frames ---- */

static void
local_deliver(struct wk_route *r, int side, const struct wk_frame *f)
{
    const struct wk_local *local = wk_route_local(r, side);
    void *arg = r->extra->side[side].arg;
    Wk__Envelope *msg;

    if (f->kind == WK_FRAME_CREDIT) {
        if (local->on_writable != NULL)
            local->on_writable(arg, r);
        return;
    }
    if (f->kind != WK_FRAME_DATA || (f->flags & WK_FLAG_RAW))
        return; /* no local end takes raw bytes, or has handles */
    wk_arena_reset(&wk_route_arena);
    msg = wk_unpack_envelope(f->body, f->body_bytes, &wk_route_arena);
    if (msg == NULL)
        wk_route_fail(r, 0, WK_EPROTO, "malformed message");
    else if (local->on_message != NULL)
        local->on_message(arg, r, msg, f->flags);
}

/* True if the receiver has room. One that does not read must not lose its link to whoever sends
 * to it. */
static bool
end_has_room(struct wk_end *end, size_t bytes)
{
    return wk_link_unsent_bytes(end->link) + bytes <= WK_ROUTE_UNSENT_BYTES_MAX;
}

/* Puts a frame on the link of that side. false: the route has ended for it. */
static bool
side_send(struct wk_route *r, int side, const struct wk_frame *f)
{
    struct side *to = &r->side[side];
    struct wk_frame out = *f;

    if (!end_has_room(to->end, f->body_bytes)) {
        wk_route_fail(r, 0, WK_EOVERLOADED, NULL);
        return false;
    }
    if (f->kind == WK_FRAME_GRANT) {
        struct grant what = {(struct wk_dest *)(uintptr_t)f->stamp,
                             f->arg}; /* see on_grant in ends.c */

        out.handle = wk_handle_mint(r, side, what);
        out.stamp = out.arg = 0;
        if (out.handle == 0) {
            wk_route_fail(r, 0, WK_EOVERLOADED, "too many handles");
            return false;
        }
    }
    out.session = to->id;
    wk_link_send(to->end->link, &out);
    return true;
}

void
wk_route_forward(struct wk_route *r, int from, const struct wk_frame *f)
{
    static const struct wk_frame done = {.kind = WK_FRAME_CLOSE, .code = WK_OK};
    int side = 1 - from;
    struct side *to = &r->side[side];
    const struct wk_local *local = wk_route_local(r, side);
    bool last = f->kind == WK_FRAME_DATA && (f->flags & WK_FLAG_LAST);
    struct wk_frame out = *f;

    out.flags &= WK_FLAG_RAW | WK_FLAG_END | WK_FLAG_LAST;
    out.handle = out.parent = 0;
    if (f->kind != WK_FRAME_GRANT && r->gate == NULL)
        out.stamp = 0;
    if (from == 0 && f->kind != WK_FRAME_CREDIT &&
        (r->kept || (to->end == NULL && local == NULL))) {
        if (last) /* over before anybody accepted it: as a CLOSE */
            wk_route_end(r, 1, &done);
        else
            wk_route_hold(r, &out);
        return;
    }
    if (local != NULL) {
        wk_route_pin(r);
        local_deliver(r, side, f);
        if (wk_route_unpin(r) && last)
            wk_route_end(r, 1u << from, &done);
        return;
    }
    if (to->id != 0 &&
        !side_send(r, side, &out)) /* id 0: it said its last, which waits in a gate */
        return;
    if (last)
        wk_route_end(r, 3, &done);
}

/* ---- to the acceptor ---- */

/* The number of the gate session on whose behalf the route was opened, if it is end that opened that. */
static uint32_t
behalf_of(const struct wk_route *r, const struct wk_end *end)
{
    const struct wk_member *m = r->side[0].member;
    const struct side *opener = m != NULL ? &m->gate->route->side[0] : NULL;

    return opener != NULL && opener->end == end ? opener->id : 0;
}

void
wk_route_deliver_held(struct wk_route *r, struct wk_end *end, uint32_t via)
{
    struct wk_buf *held = &wk_route_extra(r)->held;
    size_t at = 0;

    if (!end_has_room(end, held->len) || !wk_ids_number(r, end)) {
        r->dest->refused++;
        wk_route_fail(r, 0, WK_EOVERLOADED, NULL);
        return;
    }
    r->kept = r->dest->redirects && via == 0 && r->gate == NULL;
    while (at < (r->kept ? r->extra->open_bytes : held->len)) {
        struct wk_frame f;
        size_t used;

        WK_CHECK(wk_frame_decode((const uint8_t *)held->data + at, held->len - at, &f, &used) ==
                 WK_OK);
        if (f.kind == WK_FRAME_OPEN) {
            f.handle = r->target;
            f.parent = via != 0 ? via : behalf_of(r, end);
        }
        if (!side_send(r, 1, &f))
            return;
        at += used;
    }
    if (!r->kept)
        wk_route_unhold(r);
    if (r->gate != NULL)
        wk_gate_opened(r->gate);
}

bool
wk_route_answered(struct wk_route *r)
{
    bool was_kept = r->kept, sent = true;
    struct wk_buf *held;

    r->answered = true;
    r->kept = false;
    if (!was_kept)
        return true;
    held = &r->extra->held;
    wk_route_pin(r);
    for (size_t at = r->extra->open_bytes, used; sent && at < held->len; at += used) {
        struct wk_frame f;

        WK_CHECK(wk_frame_decode((const uint8_t *)held->data + at, held->len - at, &f, &used) == WK_OK);
        sent = side_send(r, 1, &f);
    }
    if (sent)
        wk_route_unhold(r);
    return wk_route_unpin(r) && sent;
}

/* For a dest inside the kernel. */
static void
place_local(struct wk_route *r, const struct wk_frame *f)
{
    Wk__Envelope *msg;

    wk_arena_reset(&wk_route_arena);
    msg = wk_unpack_envelope(f->body, f->body_bytes, &wk_route_arena);
    if (msg == NULL)
        wk_route_fail(r, 0, WK_EPROTO, "malformed message");
    else
        r->dest->local_open(r->dest->arg, r, msg);
}

/* To a process that is there. */
static void
place_at(struct wk_route *r, const struct wk_frame *f, struct wk_end *end)
{
    struct wk_frame out = *f;

    if (r->dest->redirects && r->gate == NULL) {
        if (wk_route_hold(r, f))
            wk_route_deliver_held(r, end, 0);
        return;
    }
    if (!end_has_room(end, f->body_bytes) || !wk_ids_number(r, end)) {
        r->dest->refused++;
        wk_route_fail(r, 0, WK_EOVERLOADED, NULL);
        return;
    }
    out.session = r->side[1].id;
    out.handle = r->target;
    wk_link_send(end->link, &out);
}

/* What is done for an actor reaches the process that the actor is of, though that is to go and the next one begins: it
 * goes when the actor is idle, and so waits for what the actor waits for. */
static struct wk_end *
end_behind(const struct wk_route *r)
{
    for (const struct wk_route *at = r; at != NULL; at = at->parent)
        for (int which = 0; which < 2; which++) {
            const struct wk_member *m = at->side[which].member;
            struct wk_end *opener = m != NULL ? m->gate->route->side[0].end : NULL;

            if (opener != NULL && opener->serves == r->dest)
                return opener;
        }
    return NULL;
}

void
wk_route_place(struct wk_route *r, const struct wk_frame *f, struct wk_end *end)
{
    struct wk_dest *dest = r->dest;
    struct wk_frame out = *f;

    if (end == NULL && dest->end == NULL)
        end = end_behind(r);

    out.flags &= (uint8_t)~WK_FLAG_LAST; /* an OPEN is not an end */
    out.parent = 0;
    out.stamp = 0;
    if (end == NULL && dest->end == NULL && !dest->starting && dest->on_demand != NULL)
        dest->on_demand(dest->arg);
    end = end != NULL ? end : dest->end;
    dest->opened++;
    if (dest->local_open != NULL) {
        place_local(r, &out);
    } else if (end != NULL) {
        place_at(r, &out, end);
    } else if (dest->starting && dest->held_count < WK_ROUTE_HELD_MAX) {
        dest_hold(dest, r);
        wk_route_hold(r, &out);
    } else {
        dest->refused++;
        wk_route_fail(r, 0, dest->starting ? WK_EOVERLOADED : WK_EUNAVAILABLE,
                      dest->starting ? NULL : dest->trouble);
    }
}

void
wk_dest_set(struct wk_dest *dest, struct wk_end *end, bool starting)
{
    dest->end = end;
    dest->starting = starting;
    if (end != NULL)
        end->serves = dest;
    while (dest->held_first != NULL && (end != NULL || !starting)) {
        struct wk_route *r = dest->held_first;

        wk_dest_unhold(r);
        if (end != NULL)
            wk_route_deliver_held(r, end, 0);
        else
            wk_route_fail(r, 0, WK_EUNAVAILABLE, dest->trouble);
    }
}
