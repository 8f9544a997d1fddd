/* services/wkctl/actors.h - which storage service has which namespace, and what an actor is
 * called.
 *
 * Thread: main. */
#ifndef WK_WKCTL_ACTORS_H
#define WK_WKCTL_ACTORS_H
#include "services/wkctl/client.h"

#define WK_ACTOR_ID_BYTES 32u

/* A namespace as a person names it: its unique key, or the class that ends it ("Counter" for
 * "shop-Counter"). */
struct wk_namespace {
    char *unique_key;
    char **services; /* the storage services that share it; usually one */
    size_t service_count;
};

/* Whether a person who says wanted may mean the namespace of that unique key. NULL: any. */
bool wk_namespace_is_called(const char *key, const char *wanted);
/* Finds it among those of the running system. name NULL: the only one there is. Complains
 * itself; false then, and *status is the exit code. */
bool wk_namespace_find(struct wk_client *client, const char *name, struct wk_namespace *out,
                       int *status);
void wk_namespace_fini(struct wk_namespace *ns);
/* Whether that service has some of its objects. */
bool wk_namespace_has(const struct wk_namespace *ns, const char *service);
/* The names of all storage services; *count of them. The caller frees each and the list. */
char **wk_storage_services(struct wk_client *client, size_t *count);

/* An id from 64 hex digits, or from a name: as idFromName() of the namespace makes it. False:
 * it is neither. */
bool wk_actor_id(const struct wk_namespace *ns, const char *text, bool is_name,
                 uint8_t id[WK_ACTOR_ID_BYTES]);
/* Whether an id was made for the namespace of that key. */
bool wk_actor_id_fits(const char *unique_key, const uint8_t id[WK_ACTOR_ID_BYTES]);
/* 64 hex digits and a NUL. */
void wk_actor_id_text(const uint8_t *id, size_t len, char *out, size_t size);
/* The service that has the actor. */
const char *wk_namespace_service(const struct wk_namespace *ns,
                                 const uint8_t id[WK_ACTOR_ID_BYTES]);
#endif
