/* What the host of a live actor says on its gate session. */
#include "kernel/base/log.h"
#include "services/actor_storage/actor_storage.h"
#include "services/actor_storage/facets.h"

#define MALFORMED "Durable Object storage was used in a way that cannot be."

/* Nothing of what it sent and was not sealed has any effect; nobody else is affected. */
static void
gate_malformed(struct wk_resident *r)
{
    wk_log(WK_WARN, "gate.malformed", "namespace=%u incarnation=%" PRIu64, r->ns->index,
           r->incarnation);
    wk_resident_break(r, WK_EPROTO, MALFORMED, WK_TRAIT_REMOTE | WK_TRAIT_RESET);
}

static void
on_actor_writes(struct wk_resident *r, const Wk__ActorWrites *writes)
{
    if (wk_writes_check(r, writes) == WK_OK)
        wk_writes_take(r, writes);
    else
        gate_malformed(r);
}

/* Nothing keeps the actor at its host. Nor here? Else it will be offered again. */
static void
on_actor_offer(struct wk_resident *r, const Wk__ActorOffer *offer)
{
    if (offer->events == r->events && wk_resident_quiet(r))
        wk_resident_evict(r);
}

static void
on_actor_moving(struct wk_resident *r)
{
    r->moving = true;
}

static void
gate_on_message(struct wk_session *session, void *arg, const Wk__Envelope *msg, uint8_t flags)
{
    struct wk_resident *r = arg;

    switch (msg->body_case) {
    case WK__ENVELOPE__BODY_ACTOR_WRITES:
        on_actor_writes(r, msg->actor_writes);
        break;
    case WK__ENVELOPE__BODY_ACTOR_READ:
        if (!wk_read_take(r, msg->actor_read))
            gate_malformed(r);
        break;
    case WK__ENVELOPE__BODY_ACTOR_OFFER:
        on_actor_offer(r, msg->actor_offer);
        break;
    case WK__ENVELOPE__BODY_ACTOR_MOVING:
        on_actor_moving(r);
        break;
    default:
        gate_malformed(r);
        break;
    }
}

static void
gate_on_data(struct wk_session *session, void *arg, const uint8_t *data, size_t bytes,
             uint8_t flags)
{
    if (bytes > 0)
        gate_malformed(arg);
}

/* The host ended it, or died. */
static void
gate_on_closed(struct wk_session *session, void *arg, wk_err code, const Wk__Error *error)
{
    struct wk_resident *r = arg;

    r->gate = NULL;
    wk_resident_ended(r, code, error);
}

const struct wk_session_events wk_gate_events = {
    .on_message = gate_on_message, .on_data = gate_on_data, .on_closed = gate_on_closed};

void
wk_gate_quiesce(struct wk_resident *r)
{
    Wk__ActorQuiesce quiesce = WK__ACTOR_QUIESCE__INIT;
    WK_ENVELOPE(msg, ACTOR_QUIESCE, actor_quiesce, &quiesce);

    if (!r->daemon->draining || r->state != WK_RESIDENT_LIVE || r->moving || r->root != NULL)
        return;
    r->moving = true;
    wk_session_send(r->gate, &msg, 0);
}
