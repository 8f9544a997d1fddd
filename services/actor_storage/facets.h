/* services/actor_storage/facets.h - facets: actors of their own below an actor, with its id, on
 * its host.
 *
 * Each has a number, given once: names are in a tree below the actor, its root, and the tree is
 * kept with it. A facet is a resident of its own with a gate session of its own, opened on
 * behalf of its root's; it ends with it. Only the live root's own host may ask for one, on
 * behalf of the root's gate session or of that of a facet above it.
 *
 * Deletions and copies of facets are part of a turn. They are worked out when everything before
 * them is durable, and until they are durable themselves no facet of the actor is placed.
 *
 * Thread: the loop's. */
#ifndef WK_ACTOR_STORAGE_FACETS_H
#define WK_ACTOR_STORAGE_FACETS_H
#include "services/actor_storage/actor_storage.h"

struct wk_facet_name {
    uint16_t parent, number; /* 0: the root; numbers of others from 1 on */
    char *name;
};

struct wk_facets {
    /* of a root */
    bool loaded;
    struct wk_facet_name *names;
    size_t count, cap;
    struct wk_resident *list; /* its facets that are residents */
    unsigned writes_pending;  /* turns that delete or copy facets */
    /* of a facet */
    struct wk_resident *next;
    struct wk_buf ref; /* packed FacetRef */
    struct wk_arena arena;
};

bool wk_facet_path_ok(char **path, size_t count);
/* The resident that an event for a facet is for. NULL: the session was refused. */
struct wk_resident *wk_facet_of(struct wk_resident *root, struct wk_session *session,
                                const Wk__ActorRef *ref);
/* For ActorStart, good until the next call; NULL: it is no facet. */
Wk__FacetRef *wk_facet_ref(struct wk_resident *r);
/* The session on whose behalf its gate session is opened: its root's; NULL: it is no facet. */
struct wk_session *wk_facet_parent(struct wk_resident *r);
/* It may not be placed now. */
bool wk_facet_must_wait(const struct wk_resident *r);
/* Some facet refers to it still. */
bool wk_facets_busy(const struct wk_resident *r);
/* No facet of it has anything under way. */
bool wk_facets_quiet(const struct wk_resident *r);
/* The root's incarnation has ended: so have theirs. */
void wk_facets_end(struct wk_resident *root, wk_err code, const Wk__Error *error);
/* Names that were given may not be on the disk: they are read again. */
void wk_facets_forget(struct wk_resident *root);
/* The facet is about to be freed. */
void wk_facet_gone(struct wk_resident *r);
void wk_facets_free(struct wk_resident *r);
/* The number below parent of that name; 0: there is none. The names must be loaded. */
uint16_t wk_facet_find(const struct wk_resident *root, uint16_t parent, const char *name);
/* The same, with a new number if need be, noted in batch. 0: there are too many. */
uint16_t wk_facet_number(struct wk_resident *root, uint16_t parent, const char *name,
                         struct wk_batch *batch);
/* Reads the names, once. */
wk_err wk_facets_load(struct wk_resident *root);
struct wk_resident *wk_facet_resident(const struct wk_resident *root, uint16_t number);

/* ---- facet_writes.c ---- */
/* A deletion, a copy, or deleteAll of r, which goes for what is below it too. */
void wk_facet_write(struct wk_resident *r, struct wk_turn *turn, const Wk__StorageWrite *write);
void wk_facet_writes_free(struct wk_turn *turn);
/* They may be worked out now. */
bool wk_facet_writes_ready(const struct wk_resident *r);
/* Adds to the turn's batch what they come to. WK_EIO. */
wk_err wk_facet_writes_expand(struct wk_resident *r, struct wk_turn *turn);
#endif
