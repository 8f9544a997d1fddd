#include "kernel/route/router.h"

#include <stdlib.h>
#include <string.h>

#define HELD_BYTES_MAX (WK_SESSION_WINDOW_BYTES + (1u << 20))

/* One side of a route: a number on a link, or a local end. */
struct side {
    struct wk_end *end; /* NULL: local, or not there yet */
    uint32_t id;
    uint32_t may_send; /* raw bytes it may still send */
    const struct wk_local *local;
    void *local_arg;
};

struct wk_route {
    struct side side[2]; /* 0 opened it, 1 accepted it */
    struct wk_dest *dest;
    struct wk_route *parent, *child, *next_sibling, **sibling_at;
    struct wk_route *next_held; /* waiting in dest */
    struct wk_route *next_all, **all_at;
    struct wk_buf held; /* frames for an acceptor that is not there yet */
    uint64_t serial, opened_ms;
    uint32_t target, depth;
    unsigned pins; /* callers on the stack that still look at it */
    bool waiting, dead;
};

struct id_table {
    struct wk_route **slots;
    uint16_t *generations;
    uint32_t *free;
    uint32_t cap, free_count;
};

struct grant {
    struct wk_dest *dest;
    uint32_t target;
};

struct wk_end {
    struct wk_link *link;
    const struct wk_end_events *events;
    void *arg;
    char *name;
    struct id_table theirs; /* numbers that the process chose */
    struct id_table ours;   /* numbers that the kernel chose */
    struct grant *grants;
    uint32_t grant_count, session_count;
    bool active, down;
};

static struct wk_route *all_routes;
static uint64_t route_serial;
static struct wk_arena local_arena = {.quota = 64u << 20};
static struct wk_buf packed;

/* ---- session numbers ---- */

static void
table_grow(struct id_table *t, uint32_t need, bool with_free)
{
    uint32_t cap = t->cap ? t->cap : 32;

    while (cap <= need)
        cap *= 2;
    t->slots = wk_xrealloc(t->slots, cap * sizeof(*t->slots));
    memset(t->slots + t->cap, 0, (cap - t->cap) * sizeof(*t->slots));
    if (with_free) {
        t->generations = wk_xrealloc(t->generations, cap * sizeof(*t->generations));
        memset(t->generations + t->cap, 0, (cap - t->cap) * sizeof(*t->generations));
        t->free = wk_xrealloc(t->free, cap * sizeof(*t->free));
        for (uint32_t i = cap; i-- > t->cap;)
            if (i > 0)
                t->free[t->free_count++] = i;
    }
    t->cap = cap;
}

static void
table_fini(struct id_table *t)
{
    free(t->slots);
    free(t->generations);
    free(t->free);
}

static struct id_table *
table_of(struct wk_end *end, uint32_t id)
{
    return id & WK_SESSION_OF_KERNEL ? &end->ours : &end->theirs;
}

static struct wk_route *
route_find(struct wk_end *end, uint32_t id, int *which)
{
    struct id_table *t = table_of(end, id);
    uint32_t index = id & WK_SESSION_INDEX_MASK;
    struct wk_route *r = index < t->cap ? t->slots[index] : NULL;

    if (r == NULL)
        return NULL;
    *which = id & WK_SESSION_OF_KERNEL ? 1 : 0;
    return r->side[*which].id == id ? r : NULL;
}

static bool
side_number(struct wk_route *r, struct wk_end *end)
{
    struct id_table *t = &end->ours;
    uint32_t index;

    if (end->session_count >= WK_ROUTE_SESSIONS_PER_END_MAX)
        return false;
    if (t->free_count == 0)
        table_grow(t, t->cap, true);
    index = t->free[--t->free_count];
    t->generations[index] = (uint16_t)((t->generations[index] + 1u) & 0x1fffu);
    t->slots[index] = r;
    r->side[1].end = end;
    r->side[1].id = WK_SESSION_OF_KERNEL | (uint32_t)t->generations[index] << WK_SESSION_INDEX_BITS | index;
    end->session_count++;
    return true;
}

static void
side_release(struct side *s)
{
    struct id_table *t;
    uint32_t index = s->id & WK_SESSION_INDEX_MASK;

    if (s->end == NULL)
        return;
    t = table_of(s->end, s->id);
    t->slots[index] = NULL;
    if (t == &s->end->ours)
        t->free[t->free_count++] = index;
    s->end->session_count--;
    s->end = NULL;
}

/* ---- routes ---- */

static struct wk_route *
route_new(struct wk_dest *dest, uint32_t target)
{
    struct wk_route *r = wk_xcalloc(1, sizeof(*r));

    r->dest = dest;
    r->target = target;
    r->serial = ++route_serial;
    r->opened_ms = wk_now_ms();
    r->side[0].may_send = r->side[1].may_send = WK_SESSION_WINDOW_BYTES;
    r->next_all = all_routes;
    r->all_at = &all_routes;
    if (all_routes != NULL)
        all_routes->all_at = &r->next_all;
    all_routes = r;
    return r;
}

static void
route_set_parent(struct wk_route *r, struct wk_route *parent)
{
    r->parent = parent;
    r->depth = parent->depth + 1;
    r->next_sibling = parent->child;
    r->sibling_at = &parent->child;
    if (parent->child != NULL)
        parent->child->sibling_at = &r->next_sibling;
    parent->child = r;
}

static void
route_unlink_parent(struct wk_route *r)
{
    if (r->parent == NULL)
        return;
    *r->sibling_at = r->next_sibling;
    if (r->next_sibling != NULL)
        r->next_sibling->sibling_at = r->sibling_at;
    r->parent = NULL;
}

static void
dest_unhold(struct wk_dest *dest, struct wk_route *r)
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

static const Wk__Error *
error_of(const struct wk_frame *f, struct wk_arena *arena)
{
    Wk__Envelope *msg = f->body_bytes > 0 ? wk_unpack_envelope(f->body, f->body_bytes, arena) : NULL;

    return msg != NULL && msg->body_case == WK__ENVELOPE__BODY_ERROR ? msg->error : NULL;
}

/* Tells one side that the route is over. f carries code and perhaps an Error body. */
static void
side_tell_close(struct wk_route *r, struct side *s, const struct wk_frame *f)
{
    if (s->end != NULL && !s->end->down) {
        struct wk_frame out = {.kind = WK_FRAME_CLOSE,
                               .code = f->code,
                               .session = s->id,
                               .body = f->body,
                               .body_bytes = f->body_bytes,
                               .stamp = f->stamp};

        wk_link_send(s->end->link, &out);
    } else if (s->local != NULL && s->local->on_closed != NULL) {
        struct wk_arena arena = {.quota = local_arena.quota}; /* a message may be in local_arena just now */

        s->local->on_closed(s->local_arg, r, (wk_err)f->code, error_of(f, &arena));
        wk_arena_fini(&arena);
    }
}

/* Ends the route; the sides in `told` (a bit each) know already. Invariants 2 and 3. */
static void
route_end(struct wk_route *r, unsigned told, const struct wk_frame *why)
{
    static const struct wk_frame canceled = {.kind = WK_FRAME_CLOSE, .code = WK_ECANCELED};

    if (r->dead)
        return;
    r->dead = true;
    if (r->waiting)
        dest_unhold(r->dest, r);
    route_unlink_parent(r);
    for (int i = 0; i < 2; i++)
        if (!(told & 1u << i))
            side_tell_close(r, &r->side[i], why);
    while (r->child != NULL)
        route_end(r->child, 0, &canceled);
    side_release(&r->side[0]);
    side_release(&r->side[1]);
    *r->all_at = r->next_all;
    if (r->next_all != NULL)
        r->next_all->all_at = r->all_at;
    wk_buf_fini(&r->held);
    if (r->pins == 0)
        free(r);
}

/* Keeps the memory of a route while a handler might end it. */
static void
route_pin(struct wk_route *r)
{
    r->pins++;
}

/* True if the route lives; if not, its memory is gone with the last pin. */
static bool
route_unpin(struct wk_route *r)
{
    bool alive = !r->dead;

    if (--r->pins == 0 && !alive)
        free(r);
    return alive;
}

/* Ends the route with a code and perhaps a text; told as in route_end. */
static void
route_fail(struct wk_route *r, unsigned told, wk_err code, const char *text)
{
    struct wk_frame why = {.kind = WK_FRAME_CLOSE, .code = (uint16_t)code};
    Wk__Error error = WK__ERROR__INIT;
    WK_ENVELOPE(msg, ERROR, error, &error);
    struct wk_buf body = {0};

    if (text != NULL) {
        error.code = (uint32_t)code;
        error.message = (char *)(uintptr_t)text;
        wk_pack(&msg.base, &body);
        why.body = (const uint8_t *)body.data;
        why.body_bytes = (uint32_t)body.len;
    }
    route_end(r, told, &why);
    wk_buf_fini(&body);
}

void
wk_route_close(struct wk_route *r, wk_err code, const char *text)
{
    route_fail(r, (r->side[0].local ? 1u : 0u) | (r->side[1].local ? 2u : 0u), code, text);
}

/* ---- delivery ---- */

/* Adds a frame to what waits for the acceptor. */
static void
route_hold(struct wk_route *r, const struct wk_frame *f)
{
    uint8_t head[WK_FRAME_HEAD_BYTES];

    if (r->held.len + f->body_bytes > HELD_BYTES_MAX) {
        route_fail(r, 0, WK_EOVERLOADED, NULL);
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
    wk_arena_reset(&local_arena);
    msg = wk_unpack_envelope(f->body, f->body_bytes, &local_arena);
    if (msg == NULL)
        route_fail(r, 0, WK_EPROTO, "malformed message");
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
static void
route_forward(struct wk_route *r, int from, const struct wk_frame *f)
{
    static const struct wk_frame done = {.kind = WK_FRAME_CLOSE, .code = WK_OK};
    struct side *to = &r->side[1 - from];
    struct wk_frame out = *f;

    out.handle = out.parent = 0;
    if (to->end != NULL && !end_has_room(to->end, f)) {
        route_fail(r, 0, WK_EOVERLOADED, NULL);
        return;
    } else if (to->end != NULL) {
        out.session = to->id;
        wk_link_send(to->end->link, &out);
    } else if (to->local != NULL) {
        route_pin(r);
        local_deliver(r, to, f);
        if (route_unpin(r) && (f->flags & WK_FLAG_LAST))
            route_end(r, 1u << from, &done);
        return;
    } else if (from == 0 && !(f->flags & WK_FLAG_LAST)) {
        route_hold(r, &out);
        return;
    }
    if (f->flags & WK_FLAG_LAST) /* over before anybody accepted it: as a CLOSE */
        route_end(r, 3, &done);
}

/* Gives the acceptor's link the OPEN and whatever came after it. */
static void
route_deliver_held(struct wk_route *r, struct wk_end *end)
{
    const uint8_t *data = (const uint8_t *)r->held.data;
    size_t at = 0;

    if (!side_number(r, end)) {
        route_fail(r, 0, WK_EOVERLOADED, NULL);
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
static void
route_place(struct wk_route *r, const struct wk_frame *f, struct wk_end *end)
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

        wk_arena_reset(&local_arena);
        msg = wk_unpack_envelope(f->body, f->body_bytes, &local_arena);
        if (msg == NULL)
            route_fail(r, 0, WK_EPROTO, "malformed message");
        else
            dest->local_open(dest->arg, r, msg);
    } else if (end != NULL) {
        if (!end_has_room(end, f) || !side_number(r, end)) {
            dest->refused++;
            route_fail(r, 0, WK_EOVERLOADED, NULL);
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
        route_fail(r, 0, dest->starting ? WK_EOVERLOADED : WK_EUNAVAILABLE, NULL);
    }
}

void
wk_dest_set(struct wk_dest *dest, struct wk_end *end, bool starting)
{
    dest->end = end;
    dest->starting = starting;
    while (dest->held_first != NULL && (end != NULL || !starting)) {
        struct wk_route *r = dest->held_first;

        dest_unhold(dest, r);
        if (end != NULL)
            route_deliver_held(r, end);
        else
            route_fail(r, 0, WK_EUNAVAILABLE, NULL);
    }
}

/* ---- frames from a process ---- */

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
        table_grow(&end->theirs, index, false);
    if (end->theirs.slots[index] != NULL) {
        wk_end_close(end, WK_EPROTO);
        return;
    }
    if (f->handle >= end->grant_count || end->grants[f->handle].dest == NULL) {
        struct wk_frame no = {.kind = WK_FRAME_CLOSE, .code = WK_EDENIED, .session = f->session};

        wk_link_send(end->link, &no);
        return;
    }
    r = route_new(end->grants[f->handle].dest, end->grants[f->handle].target);
    r->side[0].end = end;
    r->side[0].id = f->session;
    end->theirs.slots[index] = r;
    end->session_count++;
    if (f->parent != 0 && !(f->flags & WK_FLAG_DETACHED)) {
        if ((parent = route_find(end, f->parent, &which)) == NULL) {
            route_fail(r, 0, WK_ECANCELED, NULL); /* invariant 3: it ended while this was on its way */
            return;
        }
        route_set_parent(r, parent);
    }
    if (r->depth > WK_ROUTE_DEPTH_MAX) {
        route_fail(r, 0, WK_ELIMIT, "Subrequest depth limit exceeded. A Worker may be calling itself.");
        return;
    }
    route_place(r, f, NULL);
}

static void
on_session_frame(struct wk_end *end, const struct wk_frame *f)
{
    int from;
    struct wk_route *r = route_find(end, f->session, &from);

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
        route_forward(r, from, f);
        break;
    case WK_FRAME_CREDIT:
        if (f->arg > WK_SESSION_WINDOW_BYTES - r->side[1 - from].may_send) {
            wk_end_close(end, WK_EPROTO);
            return;
        }
        r->side[1 - from].may_send += f->arg;
        route_forward(r, from, f);
        break;
    case WK_FRAME_CLOSE:
        route_end(r, 1u << from, f);
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

        wk_arena_reset(&local_arena);
        msg = f->kind == WK_FRAME_DATA ? wk_unpack_envelope(f->body, f->body_bytes, &local_arena) : NULL;
        if (msg == NULL)
            wk_end_close(end, WK_EPROTO);
        else
            end->events->on_message(end->arg, end, msg);
    }
}

static void
table_end_all(struct id_table *t, unsigned told)
{
    static const struct wk_frame gone = {.kind = WK_FRAME_CLOSE, .code = WK_EUNAVAILABLE};

    for (uint32_t i = 0; i < t->cap; i++)
        if (t->slots[i] != NULL)
            route_end(t->slots[i], told, &gone);
}

static void
end_on_closed(void *arg, struct wk_link *link, wk_err why)
{
    struct wk_end *end = arg;

    end->down = true;
    table_end_all(&end->theirs, 1);
    table_end_all(&end->ours, 2);
    end->events->on_down(end->arg, end, why);
    table_fini(&end->theirs);
    table_fini(&end->ours);
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

/* ---- ends inside the kernel ---- */

struct wk_route *
wk_route_open_local(struct wk_dest *dest, struct wk_end *end, uint32_t target, const Wk__Envelope *msg,
                    uint8_t flags, const struct wk_local *local, void *arg)
{
    struct wk_route *r = route_new(dest, target);
    struct wk_frame frame = {.kind = WK_FRAME_OPEN, .flags = flags};
    struct wk_buf body = {0};
    bool alive;

    route_pin(r);
    r->side[0].local = local;
    r->side[0].local_arg = arg;
    wk_pack(&msg->base, &body);
    frame.body = (const uint8_t *)body.data;
    frame.body_bytes = (uint32_t)body.len;
    if (body.len > WK_FRAME_BODY_BYTES_MAX) {
        route_fail(r, 2, WK_ELIMIT, "message too large");
    } else if (end == NULL && dest->end == NULL && !dest->starting && dest->on_demand == NULL) {
        struct wk_frame why = {.kind = WK_FRAME_CLOSE, .code = WK_EUNAVAILABLE};

        route_end(r, 2, &why);
    } else {
        route_place(r, &frame, end);
    }
    alive = route_unpin(r);
    wk_buf_fini(&body);
    return alive ? r : NULL;
}

void
wk_route_accept_local(struct wk_route *r, const struct wk_local *local, void *arg)
{
    r->side[1].local = local;
    r->side[1].local_arg = arg;
}

static int
local_side(const struct wk_route *r)
{
    return r->side[0].local != NULL ? 0 : 1;
}

void
wk_route_send(struct wk_route *r, const Wk__Envelope *msg, uint8_t flags)
{
    struct wk_frame frame = {.kind = WK_FRAME_DATA, .flags = flags};
    struct wk_buf body = {0};

    wk_pack(&msg->base, &body);
    frame.body = (const uint8_t *)body.data;
    frame.body_bytes = (uint32_t)body.len;
    if (body.len > WK_FRAME_BODY_BYTES_MAX)
        route_fail(r, 0, WK_ELIMIT, "message too large");
    else
        route_forward(r, local_side(r), &frame);
    wk_buf_fini(&body);
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
    route_forward(r, from, &frame);
    return bytes;
}

void
wk_route_each(void (*fn)(void *arg, const struct wk_route_info *info), void *arg)
{
    for (struct wk_route *r = all_routes; r != NULL; r = r->next_all) {
        struct wk_route_info info = {
            .id = r->serial,
            .opener = r->side[0].end != NULL && r->side[0].end->name != NULL ? r->side[0].end->name : "kernel",
            .dest = r->dest->name != NULL ? r->dest->name : "kernel",
            .age_ms = wk_now_ms() - r->opened_ms,
            .has_parent = r->parent != NULL,
            .held = r->waiting,
        };

        fn(arg, &info);
    }
}
