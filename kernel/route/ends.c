/* The ends: what processes say, and how they come and go. */
#include "kernel/route/router_priv.h"

#include <stdlib.h>
#include <string.h>

static struct wk_buf packed;

static void
on_open(struct wk_end *end, const struct wk_frame *f)
{
    uint32_t index = f->session & WK_SESSION_INDEX_MASK;
    struct wk_route *r, *parent;
    int which;

    if ((f->session & WK_SESSION_OF_KERNEL) || index == 0 || index >= WK_ROUTE_SESSIONS_PER_END_MAX) {
        wk_end_close(end, WK_EPROTO);
        return;
    }
    if (index >= end->theirs.cap)
        wk_ids_grow(&end->theirs, index, false);
    if (end->theirs.slots[index] != NULL) {
        wk_end_close(end, WK_EPROTO);
        return;
    }
    if (f->handle >= end->grant_count || end->grants[f->handle].dest == NULL) {
        struct wk_frame no = {.kind = WK_FRAME_CLOSE, .code = WK_EDENIED, .session = f->session};

        wk_link_send(end->link, &no);
        return;
    }
    r = wk_route_new(end->grants[f->handle].dest, end->grants[f->handle].target);
    r->side[0].end = end;
    r->side[0].id = f->session;
    end->theirs.slots[index] = r;
    end->session_count++;
    if (f->parent != 0 && !(f->flags & WK_FLAG_DETACHED)) {
        if ((parent = wk_ids_find(end, f->parent, &which)) == NULL) {
            wk_route_fail(r, 0, WK_ECANCELED, NULL); /* invariant 3: it ended while this was on its way */
            return;
        }
        wk_route_set_parent(r, parent);
    }
    if (r->depth > WK_ROUTE_DEPTH_MAX) {
        wk_route_fail(r, 0, WK_ELIMIT, "Subrequest depth limit exceeded. A Worker may be calling itself.");
        return;
    }
    wk_route_place(r, f, NULL);
}

static void
on_session_frame(struct wk_end *end, const struct wk_frame *f)
{
    int from;
    struct wk_route *r = wk_ids_find(end, f->session, &from);

    if (r == NULL)
        return; /* invariant 1; it ended while this was on its way */
    switch (f->kind) {
    case WK_FRAME_DATA:
        if (f->flags & WK_FLAG_RAW) {
            if (f->body_bytes > r->side[from].may_send) {
                wk_end_close(end, WK_EPROTO); /* invariant 4 */
                return;
            }
            r->side[from].may_send -= f->body_bytes;
        }
        wk_route_forward(r, from, f);
        break;
    case WK_FRAME_CREDIT:
        if (f->arg > WK_SESSION_WINDOW_BYTES - r->side[1 - from].may_send) {
            wk_end_close(end, WK_EPROTO);
            return;
        }
        r->side[1 - from].may_send += f->arg;
        wk_route_forward(r, from, f);
        break;
    case WK_FRAME_CLOSE:
        wk_route_end(r, 1u << from, f);
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
        msg = f->kind == WK_FRAME_DATA ? wk_unpack_envelope(f->body, f->body_bytes, &wk_route_arena) : NULL;
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
    end->events->on_down(end->arg, end, why);
    wk_ids_fini(&end->theirs);
    wk_ids_fini(&end->ours);
    free(end->grants);
    free(end->name);
    wk_link_unref(end->link);
    free(end);
}

static const struct wk_link_events end_link_events = {end_on_frame, NULL, end_on_closed};

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

void
wk_end_grant(struct wk_end *end, uint32_t handle, struct wk_dest *dest, uint32_t target)
{
    if (handle >= end->grant_count) {
        end->grants = wk_xrealloc(end->grants, (handle + 1) * sizeof(*end->grants));
        memset(end->grants + end->grant_count, 0,
               (handle + 1 - end->grant_count) * sizeof(*end->grants));
        end->grant_count = handle + 1;
    }
    end->grants[handle] = (struct grant){dest, target};
}

void
wk_end_revoke_all(struct wk_end *end)
{
    end->grant_count = 0;
}
