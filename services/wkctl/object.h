/* services/wkctl/object.h - all of one Durable Object, on its way into a running system.
 *
 * It is collected here first, so that nothing is sent of one that cannot be read to its end;
 * the daemon makes all of it durable at once. At most WK_OBJECT_BYTES_MAX.
 *
 * Zero-initialised is empty. Thread: main. Lifetime: until wk_object_fini; what is added is
 * copied. */
#ifndef WK_WKCTL_OBJECT_H
#define WK_WKCTL_OBJECT_H
#include "kernel/base/arena.h"
#include "services/wkctl/actors.h"
#include "storage/storage.h"

#define WK_OBJECT_BYTES_MAX (240u << 20) /* what a daemon takes at once, without its own part  \
                                          */
#define WK_OBJECT_ENTRY_BYTES_MAX WK_RECORD_BYTES_MAX

struct wk_object {
    struct wk_arena arena;
    Wk__StorageWrite **writes;
    size_t count, cap;
    size_t entries, pages; /* of them */
    uint64_t bytes;
    uint64_t alarm_ms_plus1;
    char *id_name;  /* that the id was made from; NULL: not known. Of the arena */
    bool too_large; /* something did not fit, and was not added */
};

void wk_object_fini(struct wk_object *object);
void wk_object_name(struct wk_object *object, const char *name);
void wk_object_entry(struct wk_object *object, const void *key, size_t key_bytes,
                     const void *value, size_t value_bytes);
/* data: WK_PAGE_BYTES. */
void wk_object_page(struct wk_object *object, uint32_t number, const void *data);
void wk_object_page_count(struct wk_object *object, uint32_t count);
void wk_object_alarm(struct wk_object *object, uint64_t ms_plus1);

/* Puts it in the place of what is stored of the actor. answer is to be freed either way. */
wk_err wk_object_send(const struct wk_object *object, struct wk_client *client,
                      const struct wk_namespace *ns, const uint8_t id[WK_ACTOR_ID_BYTES],
                      struct wk_answer *answer);
#endif
