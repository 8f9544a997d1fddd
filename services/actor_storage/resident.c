/* Actors that are live, or about to be, or not yet through with what they wrote. */
#include <stdlib.h>
#include <string.h>
#include "services/actor_storage/actor_storage.h"

#include "kernel/base/fault.h"
#include "services/actor_storage/facets.h"

struct wk_resident *
wk_resident_find(struct wk_daemon *daemon, struct wk_namespace *ns, struct wk_span id)
{
    struct wk_node *node = wk_table_find(&daemon->residents, ns->index, id);

    return node != NULL ? WK_CONTAINER(node, struct wk_resident, node) : NULL;
}

struct wk_resident *
wk_resident_new(struct wk_daemon *daemon, struct wk_namespace *ns, struct wk_span id)
{
    struct wk_resident *r = wk_xcalloc(1, sizeof(*r) + id.len);

    r->daemon = daemon;
    r->ns = ns;
    memcpy(r->id, id.data, id.len);
    r->node.space = ns->index;
    r->node.id = r->id;
    r->node.id_bytes = (uint32_t)id.len;
    r->sealed_end = &r->sealed;
    r->waiting_end = &r->waiting;
    (void)wk_ebb_note(&daemon->ebb, ++daemon->counters.residents);
    return r;
}

struct wk_resident *
wk_resident_get(struct wk_daemon *daemon, struct wk_namespace *ns, struct wk_span id)
{
    struct wk_resident *r = wk_resident_find(daemon, ns, id);

    if (r == NULL) {
        r = wk_resident_new(daemon, ns, id);
        wk_table_add(&daemon->residents, &r->node);
    }
    return r;
}

void
wk_resident_name(struct wk_resident *r, const char *name)
{
    if (r->name == NULL && name[0] != '\0')
        r->name = wk_xstrdup(name);
}

struct wk_actor_key
wk_resident_key(const struct wk_resident *r)
{
    return (struct wk_actor_key){r->ns->number, r->ns->text, {r->id, r->node.id_bytes}};
}

static void
resident_free(struct wk_resident *r)
{
    struct wk_daemon *daemon = r->daemon;
    struct wk_resident *root = r->root;

    WK_CHECK(r->gate == NULL && r->open == NULL && r->reads == NULL && !r->listed);
    if (r->root != NULL)
        wk_facet_gone(r);
    else
        wk_table_remove(&daemon->residents, &r->node);
    (void)wk_ebb_note(&daemon->ebb, --daemon->counters.residents);
    wk_facets_free(r);
    free(r->callers);
    free(r->name);
    free(r);
    if (root != NULL)
        wk_resident_settle(root);
    wk_daemon_settle(daemon);
}

void
wk_resident_settle(struct wk_resident *r)
{
    if (r->state == WK_RESIDENT_LIVE) {
        if (r->tool != NULL) {
            wk_tool_evict(r);
        } else if (!r->moving) {
            wk_events_give(r);
            if (r->alarm_wanted)
                wk_alarms_give(r);
        }
        return;
    }
    if (r->state == WK_RESIDENT_LOADING || r->pooled > 0 || r->in_use > 0)
        return;
    if ((r->in_flight > 0 || r->sealed != NULL) &&
        !(WK_FAULT_MUTANT("fence_ignored") && r->waiting != NULL))
        return; /* invariant 1 */
    if (r->tool != NULL) {
        if (!wk_facets_busy(r)) /* what its facets sealed commits before */
            wk_tool_ready(r);
    } else if (r->waiting != NULL || r->alarm_wanted) {
        if (!wk_facet_must_wait(r))
            wk_place_begin(r);
    } else if (!wk_facets_busy(r))
        resident_free(r); /* invariant 4 */
}

bool
wk_resident_quiet(const struct wk_resident *r)
{
    return r->in_flight == 0 && r->sealed == NULL && r->open == NULL && r->pooled == 0 &&
           r->waiting == NULL && !r->alarm_wanted && r->tool == NULL && wk_facets_quiet(r);
}

uint64_t
wk_resident_owner(const struct wk_resident *r)
{
    uint64_t actor = wk_table_hash(&r->daemon->residents, r->ns->index,
                                   (struct wk_span){r->id, r->node.id_bytes});

    return actor ^ r->facet * UINT64_C(0x9e3779b97f4a7c15);
}

void
wk_resident_ended(struct wk_resident *r, wk_err code, const Wk__Error *error)
{
    struct wk_daemon *daemon = r->daemon;

    WK_CHECK(r->state == WK_RESIDENT_LIVE);
    WK_EVENT("D.end", r->incarnation, code);
    r->in_use++;
    if (code != WK_OK) {
        wk_broken_add(&daemon->broken, wk_resident_owner(r), r->incarnation, r->callers,
                      r->caller_count, code, error);
        daemon->counters.broken++;
        wk_events_stick(r);
    } else if (r->moving) {
        daemon->counters.moved++;
    } else {
        daemon->counters.evicted++;
    }
    daemon->counters.live--;
    r->gate = NULL;
    r->state = WK_RESIDENT_IDLE;
    r->moving = false;
    free(r->callers);
    r->callers = NULL;
    r->caller_count = 0;
    wk_turn_free(r->open);
    r->open = NULL;
    wk_reads_end(r);
    wk_facets_end(r, code, error);
    r->in_use--;
    wk_round_resume(r); /* what is sealed still commits */
}

void
wk_resident_break(struct wk_resident *r, wk_err code, const char *message, uint32_t traits)
{
    Wk__Error error = WK__ERROR__INIT;
    struct wk_session *gate = r->gate;

    error.code = (uint32_t)code;
    error.name = (char *)(uintptr_t) "Error";
    error.message = (char *)(uintptr_t)message;
    error.traits = traits;
    error.incarnation = r->incarnation;
    r->gate = NULL;
    wk_session_fail(gate, code, &error);
    wk_resident_ended(r, code, &error);
}

void
wk_resident_evict(struct wk_resident *r)
{
    struct wk_session *gate = r->gate;

    r->gate = NULL;
    wk_session_close(gate, WK_OK, NULL);
    wk_resident_ended(r, WK_OK, NULL);
}
