/* Sessions that were opened for an actor: handed on to where it lives, after it is placed if it
 * must be. */
#include <stdlib.h>
#include <string.h>
#include "services/actor_storage/actor_storage.h"
#include "services/actor_storage/facets.h"

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

/* The stub's calls go to this incarnation: if it breaks, so does the stub. One that has had an
 * answer of it says so, and need not be noted. */
static void
stub_note(struct wk_resident *r, uint64_t stub)
{
    size_t newest = (r->stub_count - 1) % WK_STUBS_MAX;

    if (stub == 0 || (r->stub_count > 0 && r->stubs[newest] == stub))
        return;
    if (r->stub_count < WK_STUBS_MAX && (r->stub_count & (r->stub_count - 1)) == 0) {
        size_t cap = r->stub_count > 0 ? r->stub_count * 2 : 1;

        r->stubs = wk_xrealloc(r->stubs, cap * sizeof(*r->stubs));
    }
    r->stubs[r->stub_count++ % WK_STUBS_MAX] = stub;
}

static void
event_give(struct wk_resident *r, struct wk_session *session, uint64_t stub,
           uint64_t incarnation)
{
    WK_EVENT("D.admit", r->incarnation, wk_session_id(session),
             stub & UINT64_C(0xffffffffffff));
    if (incarnation != r->incarnation)
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
        event_give(r, event->session, event->stub, event->incarnation);
        free(event);
    }
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

static void
event_wait(struct wk_resident *r, struct wk_session *session, const Wk__ActorRef *ref)
{
    struct wk_event *event = wk_xcalloc(1, sizeof(*event));

    *event = (struct wk_event){NULL, r, session, ref->stub, ref->incarnation};
    *r->waiting_end = event;
    r->waiting_end = &event->next;
    r->waiting_count++;
    r->daemon->counters.waiting++;
    wk_session_accept(session, &event_events, event);
}

/* A stub of a broken incarnation stays broken. */
static bool
event_is_stuck(struct wk_daemon *daemon, struct wk_namespace *ns, struct wk_session *session,
               const Wk__ActorRef *ref)
{
    const Wk__Error *error;
    wk_err code;

    if (ref->stub == 0 && ref->incarnation == 0)
        return false;
    error = wk_broken_find(&daemon->broken,
                           wk_table_hash(&daemon->residents, ns->index,
                                         (struct wk_span){ref->id.data, ref->id.len}),
                           ref->incarnation, ref->stub, &code);
    if (error == NULL)
        return false;
    WK_EVENT("D.stuck", wk_session_id(session), ref->stub & UINT64_C(0xffffffffffff));
    wk_session_fail(session, code, error);
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
    if (event_is_stuck(daemon, ns, session, ref))
        return;
    r = wk_resident_get(daemon, ns, (struct wk_span){ref->id.data, ref->id.len});
    wk_resident_name(r, ref->name);
    if (ref->facet != NULL && (r = wk_facet_of(r, session, ref)) == NULL)
        return;
    if (r->state == WK_RESIDENT_LIVE && !r->moving) {
        event_give(r, session, ref->stub, ref->incarnation);
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
