/* The life of a route: made, child of another, ended once. */
#include "kernel/base/fault.h"
#include "kernel/route/router_priv.h"

#include <stdlib.h>

static struct wk_route *all_routes;
static uint64_t route_serial;

struct wk_route *
wk_route_new(struct wk_dest *dest, uint32_t target)
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
route_free(struct wk_route *r)
{
    struct wk_gate *gate = r->gate;

    free(r->extra);
    free(r);
    wk_gate_free(gate);
}

struct wk_route_extra *
wk_route_extra(struct wk_route *r)
{
    if (r->extra == NULL)
        r->extra = wk_xcalloc(1, sizeof(*r->extra));
    return r->extra;
}

const struct wk_local *
wk_route_local(const struct wk_route *r, int side)
{
    return r->extra != NULL ? r->extra->side[side].events : NULL;
}

void
wk_route_set_parent(struct wk_route *r, struct wk_route *parent)
{
    WK_EVENT("K.child", r->serial, parent->serial);
    r->parent = parent;
    r->depth = (uint8_t)(parent->depth + 1);
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

static const Wk__Error *
error_of(const struct wk_frame *f, struct wk_arena *arena)
{
    Wk__Envelope *msg =
        f->body_bytes > 0 ? wk_unpack_envelope(f->body, f->body_bytes, arena) : NULL;

    return msg != NULL && msg->body_case == WK__ENVELOPE__BODY_ERROR ? msg->error : NULL;
}

/* The sides that a process or the kernel is at, a bit each: who did not end the route hears of
 * its end. */
static unsigned
sides_there(const struct wk_route *r)
{
    unsigned there = 0;

    for (int side = 0; side < 2; side++) {
        const struct wk_local *local = wk_route_local(r, side);
        bool is_process = r->side[side].id != 0 && !r->side[side].end->down;

        if (is_process || (local != NULL && local->on_closed != NULL))
            there |= 1u << side;
    }
    return there;
}

/* Tells one side that the route is over. f carries code and perhaps an Error body. */
static void
side_tell_close(struct wk_route *r, int side, const struct wk_frame *f)
{
    struct side *s = &r->side[side];
    const struct wk_local *local = wk_route_local(r, side);

    if (s->id != 0 && !s->end->down) {
        struct wk_frame out = {.kind = WK_FRAME_CLOSE,
                               .code = f->code,
                               .session = s->id,
                               .body = f->body,
                               .body_bytes = f->body_bytes};

        WK_EVENT("K.told", r->serial, (uint64_t)side);
        wk_link_send(s->end->link, &out);
    } else if (local != NULL && local->on_closed != NULL) {
        struct wk_arena arena = {
            .quota = wk_route_arena.quota}; /* a message may be in wk_route_arena just now */

        WK_EVENT("K.told", r->serial, (uint64_t)side);
        local->on_closed(r->extra->side[side].arg, r, (wk_err)f->code, error_of(f, &arena));
        wk_arena_fini(&arena);
    }
}

void
wk_route_end(struct wk_route *r, unsigned told, const struct wk_frame *why)
{
    static const struct wk_frame canceled = {.kind = WK_FRAME_CLOSE, .code = WK_ECANCELED};

    if (r->dead)
        return;
    r->dead = true;
    WK_EVENT("K.ends", r->serial, told, sides_there(r), why->code);
    wk_dest_unhold(r);
    wk_gate_leave(r);
    route_unlink_parent(r);
    for (int i = 0; i < 2; i++)
        if (!(told & 1u << i) && !(WK_FAULT_MUTANT("end_never") && r->depth > 0))
            side_tell_close(r, i, why);
    if (WK_FAULT_MUTANT("end_twice") && sides_there(r) & ~told & 2u && r->gate == NULL)
        side_tell_close(r, 1, why);
    if (r->gate != NULL)
        wk_gate_end(r->gate, why);
    while (r->child != NULL)
        wk_route_end(r->child, 0, &canceled);
    wk_handles_drop(r);
    wk_route_unhold(r);
    wk_ids_release(&r->side[0]);
    wk_ids_release(&r->side[1]);
    WK_EVENT("K.ended", r->serial);
    *r->all_at = r->next_all;
    if (r->next_all != NULL)
        r->next_all->all_at = r->all_at;
    if (r->pins == 0)
        route_free(r);
}

void
wk_route_pin(struct wk_route *r)
{
    r->pins++;
}

bool
wk_route_unpin(struct wk_route *r)
{
    bool alive = !r->dead;

    if (--r->pins == 0 && !alive)
        route_free(r);
    return alive;
}

void
wk_route_fail(struct wk_route *r, unsigned told, wk_err code, const char *text)
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
    wk_route_end(r, told, &why);
    wk_buf_fini(&body);
}

void
wk_route_close(struct wk_route *r, wk_err code, const char *text)
{
    wk_route_fail(r, (wk_route_local(r, 0) ? 1u : 0u) | (wk_route_local(r, 1) ? 2u : 0u), code,
                  text);
}

static const char *
opener_name(const struct wk_route *r)
{
    return r->side[0].end != NULL && r->side[0].end->name != NULL ? r->side[0].end->name
                                                                  : "kernel";
}

static const char *
dest_name(const struct wk_route *r)
{
    return r->dest->name != NULL ? r->dest->name : "kernel";
}

void
wk_route_each(void (*fn)(void *arg, const struct wk_route_info *info), void *arg)
{
    for (struct wk_route *r = all_routes; r != NULL; r = r->next_all) {
        struct wk_route_info info = {
            .id = r->serial,
            .opener = opener_name(r),
            .dest = dest_name(r),
            .age_ms = wk_now_ms() - r->opened_ms,
            .has_parent = r->parent != NULL,
            .held = r->waits != WK_WAITS_NOT,
        };

        fn(arg, &info);
    }
}

void
wk_gate_each(void (*fn)(void *arg, const struct wk_gate_info *info), void *arg)
{
    for (struct wk_route *r = all_routes; r != NULL; r = r->next_all) {
        const struct wk_gate *g = r->gate;
        struct wk_gate_info info;

        if (g == NULL)
            continue;
        info = (struct wk_gate_info){
            .id = r->serial,
            .opener = opener_name(r),
            .dest = dest_name(r),
            .seen = g->seen,
            .advanced = g->advanced,
            .held_frames = g->held_frames,
            .held_bytes = g->held_bytes,
            .routes = g->member_count,
            .waiting = g->waiting_count,
            .age_ms = wk_now_ms() - r->opened_ms,
        };
        fn(arg, &info);
    }
}
