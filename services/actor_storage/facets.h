/* services/actor_storage/facets.h - facets: actors of their own below an actor, with its id, on
 * its host.
 *
 * Thread: the loop's. */
#ifndef WK_ACTOR_STORAGE_FACETS_H
#define WK_ACTOR_STORAGE_FACETS_H
#include "services/actor_storage/actor_storage.h"

bool wk_facet_path_ok(char **path, size_t count);
/* The resident that an event for a facet is for. NULL: the session was refused. */
struct wk_resident *wk_facet_of(struct wk_resident *root, struct wk_session *session,
                                const Wk__ActorRef *ref);
/* For ActorStart; NULL: it is no facet. */
Wk__FacetRef *wk_facet_ref(struct wk_resident *r);
/* The session on whose behalf its gate session is opened: its root's; NULL: it is no facet. */
struct wk_session *wk_facet_parent(struct wk_resident *r);
/* Some facet refers to it still. */
bool wk_facets_busy(const struct wk_resident *r);
/* The facet is about to be freed. */
void wk_facet_gone(struct wk_resident *r);
void wk_facets_free(struct wk_resident *r);

/* A deletion or a copy of facets, in a turn; done when all that was before is durable. */
void wk_facet_write(struct wk_resident *r, struct wk_turn *turn, const Wk__StorageWrite *write);
void wk_facet_writes_free(struct wk_turn *turn);
wk_err wk_facet_writes_expand(struct wk_resident *r, struct wk_turn *turn);
#endif
