/* services/wkctl/peer_files.h - the directory in which the peer keeps one namespace.
 *
 *     UNIQUEKEY/ID.sqlite (+ -wal, -shm)   an object     metadata.sqlite   alarms, with names
 *               ID.facets, ID.N.sqlite     its facets
 *
 * Thread: main. Lifetime: until wk_peer_files_fini. */
#ifndef WK_WKCTL_PEER_FILES_H
#define WK_WKCTL_PEER_FILES_H
#include "services/wkctl/actors.h"

struct wk_peer_object {
    uint8_t id[WK_ACTOR_ID_BYTES];
    char *path; /* of its database */
    char *name; /* that the id was made from; NULL: not known */
    bool facets;
};

struct wk_peer_files {
    char *dir;
    struct wk_peer_object *objects; /* by id */
    size_t count;
};

/* Whether there is a database of an object in it. */
bool wk_peer_files_are_in(const char *dir);
/* error: on failure a text to free, with the file's name. */
wk_err wk_peer_files_list(const char *dir, struct wk_peer_files *out, char **error);
void wk_peer_files_fini(struct wk_peer_files *files);
#endif
