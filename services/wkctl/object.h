/* services/wkctl/object.h - all of one Durable Object, on its way into a running system.
 *
 * It is sent as it is added, in pieces: the daemon puts them aside on its disk, and in the
 * place of what there was at wk_object_end. Until then nothing of the object has changed, and
 * if that never comes nothing will have. After a failure what is added is ignored; err and why
 * tell.
 *
 *     init --> name, alarm, page_count, page, entry --facet--> page_count, page, entry --> end
 *
 * Thread: main; adding runs the loop. Lifetime: until wk_object_fini; what is added is
 * copied. */
#ifndef WK_WKCTL_OBJECT_H
#define WK_WKCTL_OBJECT_H
#include "kernel/base/arena.h"
#include "services/wkctl/actors.h"
#include "services/wkctl/facet_path.h"
#include "storage/storage.h"

#define WK_OBJECT_ENTRY_BYTES_MAX WK_RECORD_BYTES_MAX

struct wk_object {
    struct wk_client *client;
    const struct wk_namespace *ns;
    uint8_t id[WK_ACTOR_ID_BYTES];
    struct wk_talk *talk; /* NULL: nothing was sent yet */
    bool began;

    /* the piece that is next; of arena */
    struct wk_arena arena;
    Wk__StorageWrite **writes;
    size_t count, cap, piece_bytes;
    char *id_name;                   /* that the id was made from; NULL: not known */
    char *facet[WK_FACET_DEPTH_MAX]; /* whose the piece is */
    size_t facet_count;

    size_t entries, pages, facets; /* that were added */
    uint64_t bytes;
    bool has_alarm;
    wk_err err;
    char *why; /* for a person */
};

void wk_object_init(struct wk_object *object, struct wk_client *client,
                    const struct wk_namespace *ns, const uint8_t id[WK_ACTOR_ID_BYTES]);
/* What did not come to its end does not take place. */
void wk_object_fini(struct wk_object *object);
void wk_object_name(struct wk_object *object, const char *name);
/* What follows is of this facet. At most WK_FACET_DEPTH_MAX names. */
void wk_object_facet(struct wk_object *object, const char *const *path, size_t count);
void wk_object_entry(struct wk_object *object, const void *key, size_t key_bytes,
                     const void *value, size_t value_bytes);
/* data: WK_PAGE_BYTES. */
void wk_object_page(struct wk_object *object, uint32_t number, const void *data);
void wk_object_page_count(struct wk_object *object, uint32_t count);
void wk_object_alarm(struct wk_object *object, uint64_t ms_plus1);
/* It was all: puts it in the place of what is stored of the actor. */
wk_err wk_object_end(struct wk_object *object);
#endif
