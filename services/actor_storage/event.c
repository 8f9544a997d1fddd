/* Sessions that were opened for an actor: handed on to where it lives, after it is placed if it
 * must be. */
#include <stdlib.h>
#include <string.h>
#include "services/actor_storage/actor_storage.h"
#include "services/actor_storage/facets.h"

/* A call is not longer under way before it reaches this process. */
#define LATE_MS_MAX 120000u
/* Then objects that call each other would wait for each other to move. */
#define MOVE_MS_MAX 3000u
#define TOO_MANY "Durable Object is overloaded. Too many requests queued."

void
wk_session_refuse(struct wk_session *session, wk_err code, const char *message, uint32_t traits)
{
    Wk__Error error = WK__ERROR__INIT;

    error.code = (uint32_t)code;
    error.name = (char *)(uintptr_t) "Error";
    error.message = (char *)(uintptr_t)message;
    error.traits = traits;
    wk_session_fail(session, code, &error);
}

/* Takes it off the list of those that wait. */
static void
event_unlink(struct wk_event *event)
{
    struct wk_resident *r = event->resident;
    struct wk_event **at = &r->waiting;

    while (*at != event)
        at = &(*at)->next;
    *at = event->next;
    if (event->next == NULL)
        r->waiting_end = at;
    r->waiting_count--;
    r->daemon->counters.waiting--;
}

/* Whoever asked went away while it waited. */
static void
event_on_closed(struct wk_session *session, void *arg, wk_err code, const Wk__Error *error)
{
    struct wk_event *event = arg;
    struct wk_resident *r = event->resident;

    event_unlink(event);
    free(event);
    wk_resident_settle(r);
}

static const struct wk_session_events event_events = {.on_closed = event_on_closed};

/* A stub in the event log; 0: a caller that is not known. */
static inline uint64_t
stub_word(struct wk_mark stub)
{
    return stub.caller == 0 ? 0
                            : (stub.caller * UINT64_C(0x9e3779b97f4a7c15) + stub.stub) &
                                  UINT64_C(0xffffffffffff);
}

/* The stub's calls go to this incarnation: if it breaks, so does the stub. */
static void
stub_note(struct wk_resident *r, struct wk_mark stub)
{
    uint32_t i = 0;

    if (stub.caller == 0)
        return;
    while (i < r->caller_count && r->callers[i].caller != stub.caller)
        i++;
    if (i == r->caller_count) {
        if (i == WK_CALLERS_MAX)
            return;
        if ((i & (i - 1)) == 0)
            r->callers = wk_xrealloc(r->callers, (i > 0 ? 2 * i : 1) * sizeof(*r->callers));
        r->callers[r->caller_count++] = stub;
    } else if (r->callers[i].stub < stub.stub) {
        r->callers[i].stub = stub.stub;
    }
}

static void
event_give(struct wk_resident *r, struct wk_session *session, struct wk_mark stub)
{
    WK_EVENT("D.admit", r->incarnation, wk_session_id(session), stub_word(stub));
    stub_note(r, stub);
    r->events++;
    r->daemon->counters.events++;
    wk_session_redirect(session, r->gate);
}

void
wk_events_give(struct wk_resident *r)
{
    struct wk_event *event;

    while ((event = r->waiting) != NULL) {
        event_unlink(event);
        event_give(r, event->session, event->stub);
        free(event);
    }
}

static void
give_late(void *arg, struct wk_node *node)
{
    struct wk_resident *r = WK_CONTAINER(node, struct wk_resident, node);
    const uint64_t *now_ms = arg;

    if (r->moving && r->state == WK_RESIDENT_LIVE && r->waiting != NULL && r->tool == NULL &&
        *now_ms - r->waiting->since_ms > MOVE_MS_MAX)
        wk_events_give(r);
}

void
wk_events_tick(struct wk_daemon *daemon, uint64_t now_ms)
{
    if (daemon->counters.waiting > 0)
        wk_table_each(&daemon->residents, give_late, &now_ms);
}

void
wk_events_fail(struct wk_resident *r, wk_err code, const char *message, uint32_t traits)
{
    struct wk_event *event;

    while ((event = r->waiting) != NULL) {
        event_unlink(event);
        wk_session_refuse(event->session, code, message, traits);
        free(event);
    }
}

static struct wk_mark
stub_of(const Wk__ActorRef *ref)
{
    return (struct wk_mark){ref->caller, ref->stub};
}

static void
event_wait(struct wk_resident *r, struct wk_session *session, const Wk__ActorRef *ref)
{
    struct wk_event *event = wk_xcalloc(1, sizeof(*event));

    *event = (struct wk_event){NULL, r, session, stub_of(ref), ref->incarnation, ref->later,
                                wk_now_ms()};
    *r->waiting_end = event;
    r->waiting_end = &event->next;
    r->waiting_count++;
    r->daemon->counters.waiting++;
    wk_session_accept(session, &event_events, event);
}

/* A process before this one was lost, and the stub called it, or may have: the call is none
 * that this one knows of, and may have been sent before anybody knew. */
static bool
went_before(const struct wk_resident *r, struct wk_mark stub, uint64_t incarnation)
{
    const struct wk_daemon *daemon = r->daemon;

    if (!daemon->lost)
        return false;
    if (incarnation != 0)
        return incarnation >> 32 != daemon->boot_id;
    if (stub.caller == 0 || wk_now_ms() - daemon->ready_ms > LATE_MS_MAX)
        return false;
    for (uint32_t i = 0; i < r->caller_count; i++)
        if (r->callers[i].caller == stub.caller && r->callers[i].stub >= stub.stub)
            return false;
    for (const struct wk_event *e = r->waiting; e != NULL; e = e->next)
        if (e->stub.caller == stub.caller && e->stub.stub == stub.stub)
            return false;
    return true;
}

/* A stub of a broken incarnation stays broken: one that had an answer of it, or may have lost
 * a call there. */
static const Wk__Error *
broken_of(struct wk_resident *r, struct wk_mark stub, uint64_t incarnation, bool later,
          wk_err *code)
{
    if ((!later && incarnation == 0) || (r->gate != NULL && incarnation == r->incarnation))
        return NULL;
    return wk_broken_find(&r->daemon->broken, wk_resident_owner(r), incarnation, stub, code);
}

void
wk_events_stick(struct wk_resident *r)
{
    struct wk_event *next;

    for (struct wk_event *event = r->waiting; event != NULL; event = next) {
        const Wk__Error *error;
        wk_err code;

        next = event->next;
        error = broken_of(r, event->stub, event->incarnation, event->later, &code);
        if (error == NULL)
            continue;
        event_unlink(event);
        wk_session_fail(event->session, code, error);
        free(event);
    }
}

/* True: the session is over. */
static bool
event_is_stuck(struct wk_resident *r, struct wk_session *session, const Wk__ActorRef *ref)
{
    const Wk__Error *error;
    wk_err code;

    error = broken_of(r, stub_of(ref), ref->incarnation, ref->later, &code);
    if (error != NULL)
        wk_session_fail(session, code, error);
    else if (ref->later && went_before(r, stub_of(ref), ref->incarnation))
        wk_session_close(session, WK_EUNAVAILABLE, NULL);
    else
        return false;
    WK_EVENT("D.stuck", wk_session_id(session), stub_word(stub_of(ref)));
    wk_resident_settle(r);
    return true;
}

static const char *
ref_bad(struct wk_daemon *daemon, const struct wk_namespace *ns, const Wk__ActorRef *ref)
{
    if (!wk_key_id_ok((struct wk_span){ref->id.data, ref->id.len}, ns->text))
        return "not an id of this namespace";
    if (strlen(ref->name) > WK_NAME_BYTES_MAX)
        return "the name of an id is too long";
    if (daemon->shards > 1 &&
        wk_actor_shard(ref->id.data, ref->id.len, daemon->shards) != daemon->shard)
        return "the actor is another daemon's";
    return NULL;
}

void
wk_event_open(struct wk_daemon *daemon, struct wk_namespace *ns, struct wk_session *session,
              const Wk__Envelope *msg)
{
    const Wk__ActorRef *ref = msg->actor;
    const char *bad = ref_bad(daemon, ns, ref);
    struct wk_resident *r;

    if (bad != NULL) {
        wk_session_close(session, WK_EINVAL, bad);
        return;
    }
    r = wk_resident_get(daemon, ns, (struct wk_span){ref->id.data, ref->id.len});
    wk_resident_name(r, ref->name);
    if (ref->facet != NULL && (r = wk_facet_of(r, session, ref)) == NULL)
        return;
    if (event_is_stuck(r, session, ref))
        return;
    if (r->state == WK_RESIDENT_LIVE && !r->moving) {
        event_give(r, session, stub_of(ref));
        return;
    }
    if (r->waiting_count >= WK_EVENTS_WAITING_MAX) {
        daemon->counters.overloaded++;
        wk_session_refuse(session, WK_EOVERLOADED, TOO_MANY, WK_TRAIT_OVERLOADED);
        return;
    }
    event_wait(r, session, ref);
    (void)WK_FAULT_POINT("D.deliver.queued");
    wk_resident_settle(r);
}
