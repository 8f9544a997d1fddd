/* Ends of sessions inside the kernel itself. */
#include "kernel/route/router_priv.h"

struct wk_route *
wk_route_open_local(struct wk_dest *dest, struct wk_end *end, uint32_t target,
                    const Wk__Envelope *msg, uint8_t flags, const struct wk_local *local,
                    void *arg)
{
    struct wk_route *r = wk_route_new(dest, target);
    struct wk_frame frame = {.kind = WK_FRAME_OPEN, .flags = flags & (uint8_t)~WK_FLAG_GATE};
    struct wk_buf body = {0};
    bool alive;

    WK_EVENT("K.open", r->serial, 0, 0);
    wk_route_pin(r);
    wk_route_extra(r)->side[0].events = local;
    r->extra->side[0].arg = arg;
    wk_pack(&msg->base, &body);
    frame.body = (const uint8_t *)body.data;
    frame.body_bytes = (uint32_t)body.len;
    if (body.len > WK_FRAME_BODY_BYTES_MAX) {
        wk_route_fail(r, 2, WK_ELIMIT, "message too large");
    } else if (end == NULL && dest->end == NULL && !dest->starting && dest->on_demand == NULL) {
        struct wk_frame why = {.kind = WK_FRAME_CLOSE, .code = WK_EUNAVAILABLE};

        wk_route_end(r, 2, &why);
    } else {
        wk_route_place(r, &frame, end);
    }
    alive = wk_route_unpin(r);
    wk_buf_fini(&body);
    return alive ? r : NULL;
}

void
wk_route_accept_local(struct wk_route *r, const struct wk_local *local, void *arg)
{
    WK_EVENT("K.accept", r->serial, 0, 0);
    wk_route_extra(r)->side[1].events = local;
    r->extra->side[1].arg = arg;
}

static int
local_side(const struct wk_route *r)
{
    return wk_route_local(r, 0) != NULL ? 0 : 1;
}

static void
send_frame(struct wk_route *r, const Wk__Envelope *msg, struct wk_frame frame)
{
    struct wk_buf body = {0};

    wk_pack(&msg->base, &body);
    frame.body = (const uint8_t *)body.data;
    frame.body_bytes = (uint32_t)body.len;
    if (body.len > WK_FRAME_BODY_BYTES_MAX)
        wk_route_fail(r, 0, WK_ELIMIT, "message too large");
    else
        wk_route_forward(r, local_side(r), &frame);
    wk_buf_fini(&body);
}

void
wk_route_send(struct wk_route *r, const Wk__Envelope *msg, uint8_t flags)
{
    send_frame(r, msg, (struct wk_frame){.kind = WK_FRAME_DATA, .flags = flags});
}

void
wk_route_send_later(struct wk_route *r, const Wk__Envelope *msg)
{
    send_frame(r, msg, (struct wk_frame){.kind = WK_FRAME_DATA, .later = true});
}

size_t
wk_route_write(struct wk_route *r, const void *data, size_t bytes, uint8_t flags)
{
    int from = local_side(r);
    struct wk_frame frame = {.kind = WK_FRAME_DATA, .flags = WK_FLAG_RAW, .body = data};

    if (bytes > r->side[from].may_send)
        bytes = r->side[from].may_send;
    else
        frame.flags |= flags;
    r->side[from].may_send -= (uint32_t)bytes;
    frame.body_bytes = (uint32_t)bytes;
    wk_route_forward(r, from, &frame);
    return bytes;
}
