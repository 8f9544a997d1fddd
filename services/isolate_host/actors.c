/* The actors of this host: a gate session each, and what is said on it.
 *
 * While script waits for one answer (ops_read_now), everything else that comes for the actor is
 * kept, and dealt with when its turn is over: nothing may enter an actor in the middle of a
 * turn. */
#include <stdlib.h>
#include <string.h>
#include "kernel/base/ebb.h"
#include "kernel/base/events.h"
#include "kernel/ipc/codec.h"
#include "services/isolate_host/actor_messages.h"
#include "services/isolate_host/host.h"

#define DAEMON_WAIT_MS 30000u
#define MOVED_REQUEST UINT32_MAX

/* The actor of a gate session. */
struct wk_gate_peer {
    struct wk_host *host;
    struct wk_actor *actor;
    struct wk_session
        *session; /* NULL: the other side ended it, and the actor is yet to hear */
    struct wk_gate_peer *next, *prev;
    uint64_t messages; /* ActorWrites sent */
    uint64_t confirmed,
        durable;   /* of these, the last that outputs wait for, and how far that is done */
    bool is_facet; /* goes with its actor */
    bool moved;    /* the daemon gives no more events, and all that it gave have arrived */
};

/* Something that came while script was waiting for something else. */
struct kept {
    struct kept *next;
    struct wk_gate_peer *gate;
    struct wk_buf message; /* packed ActorEntries; empty: none */
    uint64_t durable;      /* 0: none */
    bool closed;
    wk_err code;
    Wk__Error *error; /* of closed; in error_arena */
    struct wk_arena error_arena;
};

/* The one answer that script waits for. */
static struct {
    struct wk_gate_peer *gate; /* NULL: it does not wait */
    uint32_t request;
    bool answered;
    void (*answer)(void *arg, const struct wk_actor_answer *answer);
    void *arg;
} wait_for;

static struct kept *kept_first, **kept_tail = &kept_first;
static struct wk_arena out_arena;

/* ---- what leaves ---- */

static void
ops_writes(void *host, void *peer, const struct wk_write *writes, size_t count, bool confirmed,
           bool turn_end)
{
    Wk__ActorWrites out = WK__ACTOR_WRITES__INIT;
    WK_ENVELOPE(msg, ACTOR_WRITES, actor_writes, &out);
    struct wk_link *link = wk_port_link(((struct wk_host *)host)->port);
    struct wk_gate_peer *gate = peer;

    if (gate->session == NULL)
        return;
    wk_arena_reset(&out_arena);
    wk_actor_message_writes(&out_arena, writes, count, turn_end, &out);
    gate->messages++;
    if (confirmed)
        gate->confirmed = gate->messages;
    wk_link_hold_pause(link, true);
    wk_session_send_stamped(gate->session, &msg, 0, confirmed ? gate->messages : 0);
    wk_link_hold_pause(link, false);
}

static void
ops_hold(void *arg)
{
    struct wk_host *host = arg;

    wk_link_hold(wk_port_link(host->port));
}

static void
ops_release(void *arg)
{
    struct wk_host *host = arg;

    wk_link_release(wk_port_link(host->port));
}

static void
ops_read(void *host, void *peer, const struct wk_actor_read *read)
{
    Wk__ActorRead out = WK__ACTOR_READ__INIT;
    WK_ENVELOPE(msg, ACTOR_READ, actor_read, &out);
    struct wk_link *link = wk_port_link(((struct wk_host *)host)->port);
    struct wk_gate_peer *gate = peer;

    if (gate->session == NULL)
        return;
    wk_arena_reset(&out_arena);
    wk_actor_message_read(&out_arena, read, &out);
    wk_link_hold_pause(link, true); /* before what is written later, which it must not see */
    wk_session_send(gate->session, &msg, 0);
    wk_link_hold_pause(link, false);
}

static wk_err
ops_read_now(void *arg, void *peer, const struct wk_actor_read *read,
             void (*answer)(void *arg, const struct wk_actor_answer *answer), void *answer_arg)
{
    struct wk_host *host = arg;
    struct wk_gate_peer *gate = peer;

    if (gate->session == NULL)
        return WK_EUNAVAILABLE;
    wait_for.gate = gate;
    wait_for.request = read->request;
    wait_for.answered = false;
    wait_for.answer = answer;
    wait_for.arg = answer_arg;
    ops_read(arg, peer, read);
    (void)wk_port_wait(host->port, gate->session,
                       DAEMON_WAIT_MS); /* what came says how it went */
    wait_for.gate = NULL;
    return wait_for.answered ? WK_OK : WK_EUNAVAILABLE;
}

static void *
ops_behalf(void *host, void *peer)
{
    return ((struct wk_gate_peer *)peer)->session;
}

static void
ops_offer(void *host, void *peer, uint64_t events)
{
    Wk__ActorOffer offer = WK__ACTOR_OFFER__INIT;
    WK_ENVELOPE(msg, ACTOR_OFFER, actor_offer, &offer);
    struct wk_gate_peer *gate = peer;

    offer.events = events;
    if (gate->session != NULL)
        wk_session_send(gate->session, &msg, 0);
}

static size_t gate_count;
static struct wk_ebb gate_ebb;

static void
gate_free(struct wk_gate_peer *gate)
{
    struct wk_host *host = gate->host;

    if (gate->prev != NULL)
        gate->prev->next = gate->next;
    else
        host->gates = gate->next;
    if (gate->next != NULL)
        gate->next->prev = gate->prev;
    for (struct kept *k = kept_first; k != NULL; k = k->next)
        if (k->gate == gate)
            k->gate = NULL;
    if (gate->moved)
        host->movers--;
    free(gate);
    if (wk_ebb_note(&gate_ebb, --gate_count))
        host->ebbed = true;
}

static void
ops_end(void *host, void *peer, wk_err code, const struct wk_js_error *error)
{
    struct wk_gate_peer *gate = peer;
    struct wk_session *session = gate->session;
    struct wk_js_error copy;

    if (error != NULL) {
        copy = *error;
        copy.incarnation = wk_actor_incarnation(gate->actor);
    }
    gate_free(gate);
    if (session != NULL)
        wk_host_fail(session, code, error != NULL ? &copy : NULL);
}

static const struct wk_actor_ops actor_ops = {
    .writes = ops_writes,
    .hold = ops_hold,
    .release = ops_release,
    .read = ops_read,
    .read_now = ops_read_now,
    .behalf = ops_behalf,
    .offer = ops_offer,
    .end = ops_end,
};

/* ---- what comes in ---- */

static struct kept *
keep(struct wk_gate_peer *gate)
{
    struct kept *k = wk_xcalloc(1, sizeof(*k));

    k->gate = gate;
    *kept_tail = k;
    kept_tail = &k->next;
    return k;
}

static void
entries_arrived(struct wk_gate_peer *gate, const Wk__ActorEntries *entries)
{
    struct wk_arena arena = {0};
    struct wk_actor_answer answer;

    wk_actor_message_entries(&arena, entries, &answer);
    if (wait_for.gate == gate && !wait_for.answered && answer.request == wait_for.request) {
        wait_for.answered = true;
        wait_for.answer(wait_for.arg, &answer);
        wk_port_wait_done(gate->host->port);
    } else {
        wk_actor_entries(gate->actor, &answer);
    }
    wk_arena_fini(&arena);
}

/* The actor is to leave as soon as nothing keeps it. */
static void
gate_moved(struct wk_gate_peer *gate)
{
    if (!gate->moved)
        gate->host->movers++;
    gate->moved = true;
}

static void
on_message(struct wk_session *s, void *arg, const Wk__Envelope *msg, uint8_t flags)
{
    struct wk_gate_peer *gate = arg;

    if (gate != NULL && msg->body_case == WK__ENVELOPE__BODY_ACTOR_QUIESCE)
        gate_moved(gate);
    if (gate == NULL || msg->body_case != WK__ENVELOPE__BODY_ACTOR_ENTRIES)
        return;
    if (msg->actor_entries->request == MOVED_REQUEST)
        gate_moved(gate);
    else if (wait_for.gate == NULL || msg->actor_entries->request == wait_for.request)
        entries_arrived(gate, msg->actor_entries);
    else
        wk_pack(&msg->actor_entries->base, &keep(gate)->message);
}

static void
on_gate(struct wk_session *s, void *arg, uint64_t stamp)
{
    struct wk_gate_peer *gate = arg;

    if (gate == NULL)
        return;
    gate->durable = stamp;
    if (wait_for.gate != NULL)
        keep(gate)->durable = stamp;
    else
        wk_actor_durable(gate->actor, stamp);
}

static void
gate_ended(struct wk_gate_peer *gate, wk_err code, const Wk__Error *error)
{
    struct wk_actor *actor = gate->actor;
    struct wk_js_error out;

    if (error != NULL)
        out = (struct wk_js_error){.name = error->name,
                                   .message = error->message,
                                   .stack = error->stack,
                                   .excerpt = "",
                                   .traits = error->traits};
    gate_free(gate);
    wk_actor_closed(actor, code, error != NULL ? &out : NULL);
}

static void
on_closed(struct wk_session *s, void *arg, wk_err code, const Wk__Error *error)
{
    struct wk_gate_peer *gate = arg;
    struct wk_buf packed = {0};
    struct kept *k;

    if (gate == NULL)
        return;
    gate->session = NULL;
    if (wait_for.gate == NULL) {
        gate_ended(gate, code, error);
        return;
    }
    k = keep(gate);
    k->closed = true;
    k->code = code;
    if (error != NULL) {
        wk_pack(&error->base, &packed);
        k->error = (Wk__Error *)(void *)wk_unpack(&wk__error__descriptor, packed.data,
                                                  packed.len, &k->error_arena);
        wk_buf_fini(&packed);
    }
    wk_port_wait_done(gate->host->port);
}

static void
kept_deal(struct kept *k)
{
    struct wk_arena arena = {0};
    Wk__ActorEntries *entries;

    if (k->gate == NULL)
        return;
    if (k->closed) {
        gate_ended(k->gate, k->code, k->error);
    } else if (k->durable > 0) {
        wk_actor_durable(k->gate->actor, k->durable);
    } else {
        entries = (Wk__ActorEntries *)(void *)wk_unpack(
            &wk__actor_entries__descriptor, k->message.data, k->message.len, &arena);
        if (entries != NULL)
            entries_arrived(k->gate, entries);
        wk_arena_fini(&arena);
    }
}

void
wk_host_actors_deal(struct wk_host *host)
{
    struct kept *k;

    while ((k = kept_first) != NULL) {
        kept_first = k->next;
        if (kept_first == NULL)
            kept_tail = &kept_first;
        kept_deal(k);
        wk_buf_fini(&k->message);
        wk_arena_fini(&k->error_arena);
        free(k);
    }
}

/* ---- placing ---- */

static const Wk__ActorNamespaceConfig *
namespace_of(const struct wk_host *host, uint32_t index)
{
    for (size_t i = 0; i < host->load->n_actor_namespaces; i++)
        if (host->load->actor_namespaces[i]->index == index)
            return host->load->actor_namespaces[i];
    return NULL;
}

void
wk_host_actor_place(struct wk_host *host, struct wk_session *s, const Wk__ActorStart *start)
{
    static const struct wk_session_events events = {
        .on_message = on_message, .on_closed = on_closed, .on_gate = on_gate};
    const Wk__ActorNamespaceConfig *config =
        host->loaded ? namespace_of(host, start->namespace_) : NULL;
    struct wk_arena arena = {0};
    struct wk_actor_start in;
    struct wk_gate_peer *gate;

    bool is_facet = start->actor != NULL && start->actor->facet != NULL;

    if (config == NULL || (host->draining && !is_facet)) {
        wk_session_close(s, WK_EUNAVAILABLE, NULL);
        return;
    }
    wk_actor_message_start(&arena, start, &in);
    in.storage = (enum wk_actor_storage)config->storage;
    in.enable_sql = config->enable_sql;
    gate = wk_xcalloc(1, sizeof(*gate));
    (void)wk_ebb_note(&gate_ebb, ++gate_count);
    gate->host = host;
    gate->session = s;
    gate->is_facet = is_facet;
    gate->next = host->gates;
    if (gate->next != NULL)
        gate->next->prev = gate;
    host->gates = gate;
    WK_EVENT("H.actor", in.incarnation, wk_session_id(s));
    wk_session_accept(s, &events, gate);
    gate->actor = wk_actor_open(host->isolate, &in, &actor_ops, host, gate);
    wk_arena_fini(&arena);
}

struct wk_actor *
wk_host_actor_of(struct wk_session *via)
{
    struct wk_gate_peer *gate = wk_session_arg(via);

    return gate != NULL && gate->session != NULL ? gate->actor : NULL;
}

/* ---- leaving ---- */

/* The daemon gives no more events once it has heard of this; its answer to a read that it hears
 * of next comes behind all those that it gave before. */
void
wk_host_actors_drain(struct wk_host *host)
{
    Wk__ActorMoving moving = WK__ACTOR_MOVING__INIT;
    WK_ENVELOPE(msg, ACTOR_MOVING, actor_moving, &moving);
    const struct wk_actor_read read = {.request = MOVED_REQUEST, .alarm = true};

    for (struct wk_gate_peer *gate = host->gates; gate != NULL; gate = gate->next) {
        if (gate->is_facet)
            continue;
        moving.events = wk_isolate_actor_events(gate->actor);
        if (gate->session != NULL)
            wk_session_send(gate->session, &msg, 0);
        ops_read(host, gate, &read);
    }
}

static bool
all_durable(const struct wk_gate_peer *gate)
{
    return gate->durable >= gate->confirmed;
}

/* What an output still waits for would be lost with the session, and with those of its facets.
 */
static bool
facets_durable(const struct wk_host *host)
{
    for (const struct wk_gate_peer *gate = host->gates; gate != NULL; gate = gate->next)
        if (gate->is_facet && !all_durable(gate))
            return false;
    return true;
}

void
wk_host_actors_leave(struct wk_host *host)
{
    struct wk_actor **leaving;
    size_t count;

    if (host->movers == 0 || !facets_durable(host))
        return;
    count = wk_isolate_leaving(host->isolate, &leaving);
    for (size_t i = 0; i < count; i++) {
        struct wk_gate_peer *gate = wk_actor_peer(leaving[i]);
        struct wk_session *session = gate->session;

        if (!gate->moved || !all_durable(gate))
            continue;
        gate_free(gate);
        wk_actor_closed(leaving[i], WK_OK, NULL);
        if (session != NULL)
            wk_session_close(session, WK_OK, NULL);
    }
    free(leaving);
}
