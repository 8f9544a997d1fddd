#include "services/actor_storage/facets.h"

#include <stdlib.h>
#include <string.h>

bool
wk_facet_path_ok(char **path, size_t count)
{
    return false;
}

struct wk_resident *
wk_facet_of(struct wk_resident *root, struct wk_session *session, const Wk__ActorRef *ref)
{
    wk_session_close(session, WK_EUNSUPPORTED,
                     "This Durable Object does not support creating facets.");
    wk_resident_settle(root);
    return NULL;
}

Wk__FacetRef *
wk_facet_ref(struct wk_resident *r)
{
    return NULL;
}

struct wk_session *
wk_facet_parent(struct wk_resident *r)
{
    return NULL;
}

bool
wk_facets_busy(const struct wk_resident *r)
{
    return false;
}

void
wk_facet_gone(struct wk_resident *r)
{
}

void
wk_facets_free(struct wk_resident *r)
{
}

void
wk_facet_write(struct wk_resident *r, struct wk_turn *turn, const Wk__StorageWrite *write)
{
}

void
wk_facet_writes_free(struct wk_turn *turn)
{
}

wk_err
wk_facet_writes_expand(struct wk_resident *r, struct wk_turn *turn)
{
    return WK_OK;
}
