/* services/wkctl/peer_facets.h - the names of an actor's facets, as the peer keeps them in
 * ID.facets:
 *
 *     magic (8 bytes)  { parent (u16 LE)  length (u16 LE)  name }...
 *
 * The nth record is facet n; 0 is the actor itself. A last record that is torn was never used.
 * Thread: any. Lifetime: until wk_peer_facets_fini. */
#ifndef WK_WKCTL_PEER_FACETS_H
#define WK_WKCTL_PEER_FACETS_H
#include "services/wkctl/facet_path.h"

struct wk_peer_facet {
    uint16_t parent; /* less than its own number */
    char *name;      /* as messages have it */
};

struct wk_peer_facets {
    struct wk_peer_facet *list; /* the first is facet 1 */
    size_t count;
};

/* False: the bytes are no such file. To be freed either way. */
bool wk_peer_facets_parse(const void *data, size_t bytes, struct wk_peer_facets *out);
void wk_peer_facets_fini(struct wk_peer_facets *facets);
/* The names from the actor's facet down to number; borrowed. 0: it is deeper than can be. */
size_t wk_peer_facets_path(const struct wk_peer_facets *facets, size_t number,
                           const char *path[WK_FACET_DEPTH_MAX]);
#endif
