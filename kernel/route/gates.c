/* Gates: what an actor sends waits for its writes to be durable; what is redirected to it goes
 * to its host.
 *
 * A gate's frames wait in one queue, whatever route they are of: the order in which they were
 * sent is the order in which they leave. Each carries the highest stamp that was seen before
 * it, so the queue is sorted by stamp, and while it is not empty its first frame is one that
 * may not leave. */
#include "kernel/base/ebb.h"
#include "kernel/base/fault.h"
#include "kernel/route/router_priv.h"

#include <stdlib.h>
#include <string.h>

static size_t gate_count; /* each an actor with its route */
static struct wk_ebb gate_ebb;

struct wk_gate *
wk_gate_new(struct wk_route *route)
{
    struct wk_gate *gate = wk_xcalloc(1, sizeof(*gate));

    gate->route = route;
    (void)wk_ebb_note(&gate_ebb, ++gate_count);
    return gate;
}

void
wk_gate_free(struct wk_gate *gate)
{
    if (gate == NULL)
        return;
    free(gate);
    (void)wk_ebb_note(&gate_ebb, --gate_count);
}

/* ---- what belongs to it ---- */

void
wk_gate_join(struct wk_gate *gate, struct wk_route *r, int side)
{
    struct wk_member *m = wk_xcalloc(1, sizeof(*m));

    WK_EVENT("K.member", gate->route->serial, r->serial, (uint64_t)side);
    m->gate = gate;
    m->route = r;
    m->next = gate->members;
    m->at = &gate->members;
    if (m->next != NULL)
        m->next->at = &m->next;
    gate->members = m;
    gate->member_count++;
    r->side[side].member = m;
}

static void
gate_wait(struct wk_gate *gate, struct wk_route *r)
{
    r->waits = WK_WAITS_IN_GATE;
    r->extra->next_held = NULL;
    if (gate->waiting_last != NULL)
        gate->waiting_last->extra->next_held = r;
    else
        gate->waiting_first = r;
    gate->waiting_last = r;
    gate->waiting_count++;
}

static void
gate_unwait(struct wk_gate *gate, struct wk_route *r)
{
    struct wk_route **at = &gate->waiting_first, *last = NULL;

    while (*at != NULL && *at != r) {
        last = *at;
        at = &(*at)->extra->next_held;
    }
    WK_CHECK(*at == r);
    *at = r->extra->next_held;
    if (gate->waiting_last == r)
        gate->waiting_last = last;
    gate->waiting_count--;
    r->waits = WK_WAITS_NOT;
}

void
wk_gate_leave(struct wk_route *r)
{
    if (r->waits == WK_WAITS_IN_GATE)
        gate_unwait(r->side[1].member->gate, r);
    for (int side = 0; side < 2; side++) {
        struct wk_member *m = r->side[side].member;

        if (m == NULL)
            continue;
        *m->at = m->next;
        if (m->next != NULL)
            m->next->at = m->at;
        m->gate->member_count--;
        r->side[side].member = NULL;
        free(m);
    }
}

void
wk_gate_enter(struct wk_gate *gate, struct wk_route *r)
{
    const struct side *acceptor = &gate->route->side[1];

    wk_gate_join(gate, r, 1);
    if (acceptor->end != NULL)
        wk_route_deliver_held(r, acceptor->end, acceptor->id);
    else if (gate->waiting_count < WK_ROUTE_HELD_MAX)
        gate_wait(gate, r);
    else
        wk_route_fail(r, 0, WK_EOVERLOADED, NULL);
}

void
wk_gate_opened(struct wk_gate *gate)
{
    const struct side *acceptor = &gate->route->side[1];

    wk_route_pin(gate->route);
    while (gate->waiting_first != NULL) {
        struct wk_route *r = gate->waiting_first;

        gate_unwait(gate, r);
        wk_route_deliver_held(r, acceptor->end, acceptor->id);
    }
    wk_route_unpin(gate->route);
}

/* ---- what waits in it ---- */

static size_t
frame_bytes(const struct wk_frame *f)
{
    return sizeof(struct wk_held_frame) + f->body_bytes;
}

/* What becomes of an output. */
enum out { OUT_PASSED, OUT_HELD, OUT_UNDONE, OUT_REFUSED };

static void
tell_out(const struct wk_gate *gate, const struct wk_route *r, int from,
         const struct wk_frame *f, enum out out)
{
    WK_EVENT("K.out", gate->route->serial, r->serial, (uint64_t)from, f->kind, gate->seen, out);
}

bool
wk_gate_take(struct wk_route *r, int from, const struct wk_frame *f)
{
    struct wk_gate *gate = r->side[from].member != NULL ? r->side[from].member->gate : NULL;
    struct wk_end *end = r->side[from].end;
    struct wk_held_frame *held;
    bool over =
        f->kind == WK_FRAME_CLOSE || (f->kind == WK_FRAME_DATA && (f->flags & WK_FLAG_LAST));

    if (gate == NULL || r->gate != NULL)
        return false;
    if ((gate->first == NULL && gate->seen <= gate->advanced) ||
        WK_FAULT_MUTANT("release_early")) {
        tell_out(gate, r, from, f, OUT_PASSED);
        return false;
    }
    if (f->kind == WK_FRAME_CLOSE && r->open_held) {
        tell_out(gate, r, from, f, OUT_UNDONE);
        return false; /* nobody outside has heard of it */
    }
    if (gate->held_bytes + frame_bytes(f) > WK_GATE_HELD_BYTES_MAX ||
        end->held_bytes + frame_bytes(f) > WK_ROUTE_HELD_BYTES_PER_END_MAX) {
        tell_out(gate, r, from, f, OUT_REFUSED);
        wk_route_fail(r, 0, WK_EOVERLOADED, "too much waits for writes to be confirmed");
        return true;
    }
    tell_out(gate, r, from, f, OUT_HELD);
    held = wk_xmalloc(sizeof(*held) + f->body_bytes);
    *held = (struct wk_held_frame){.route = r,
                                   .stamp = gate->seen,
                                   .bytes = (uint32_t)frame_bytes(f),
                                   .from = from,
                                   .f = *f};
    if (f->body_bytes > 0)
        memcpy(held->body, f->body, f->body_bytes);
    held->f.body = held->body;
    if (gate->last != NULL)
        gate->last->next = held;
    else
        gate->first = held;
    gate->last = held;
    gate->held_frames++;
    gate->held_bytes += held->bytes;
    end->held_bytes += held->bytes;
    wk_route_pin(r);
    if (f->kind == WK_FRAME_OPEN)
        r->open_held = true;
    if (over)
        wk_ids_release(&r->side[from]); /* the sender may use the number again */
    return true;
}

static struct wk_held_frame *
gate_pop(struct wk_gate *gate)
{
    struct wk_held_frame *held = gate->first;

    gate->first = held->next;
    if (gate->first == NULL)
        gate->last = NULL;
    gate->held_frames--;
    gate->held_bytes -= held->bytes;
    gate->route->side[1].end->held_bytes -= held->bytes;
    return held;
}

static void
held_pass(struct wk_held_frame *held)
{
    struct wk_route *r = held->route;

    if (r->dead)
        return;
    switch (held->f.kind) {
    case WK_FRAME_OPEN:
        r->open_held = false;
        wk_route_place(r, &held->f, NULL);
        break;
    case WK_FRAME_CLOSE:
        wk_route_end(r, 1u << held->from, &held->f);
        break;
    default:
        wk_route_forward(r, held->from, &held->f);
        break;
    }
}

void
wk_gate_advance(struct wk_gate *gate, uint64_t stamp)
{
    struct wk_route *route = gate->route;

    if (stamp > gate->advanced)
        gate->advanced = stamp;
    wk_route_pin(route);
    while (gate->first != NULL && gate->first->stamp <= gate->advanced) {
        struct wk_held_frame *held = gate_pop(gate);

        WK_EVENT("K.release", route->serial, held->route->serial, (uint64_t)held->from,
                 held->stamp);
        held_pass(held);
        (void)WK_FAULT_POINT("K.release.partial");
        wk_route_unpin(held->route);
        free(held);
    }
    wk_route_unpin(route);
}

void
wk_gate_end(struct wk_gate *gate, const struct wk_frame *why)
{
    while (gate->first != NULL) {
        struct wk_held_frame *held = gate_pop(gate);

        wk_route_unpin(held->route);
        free(held);
    }
    while (gate->members != NULL)
        wk_route_end(gate->members->route, 0, why);
}
