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
    char *path;             /* of its database */
    char *name;             /* that the id was made from; NULL: not known */
    unsigned facet_highest; /* number of a facet that has a database; 0: none */
    bool facets;            /* there is a file of their names */
    uint64_t bytes;         /* of all its files */
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
/* The file of one of its parts: ".3.sqlite", ".facets". The caller frees. */
char *wk_peer_file(const struct wk_peer_object *object, const char *rest);
#endif
