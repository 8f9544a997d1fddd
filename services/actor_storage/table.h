/* services/actor_storage/table.h - a hash table of things that are named by a namespace and an
 * id.
 *
 * What is in it embeds a struct wk_node and keeps the bytes of its id itself. The hash is
 * keyed: ids of some namespaces are a tenant's texts. Thread: its owner's. */
#ifndef WK_ACTOR_STORAGE_TABLE_H
#define WK_ACTOR_STORAGE_TABLE_H
#include "storage/storage.h"

struct wk_node {
    struct wk_node *next;
    uint64_t hash;
    uint32_t space; /* index of the namespace */
    uint32_t id_bytes;
    const uint8_t *id; /* of what embeds this */
};

struct wk_table {
    struct wk_node **slots;
    size_t cap, count; /* cap: a power of two, or 0 */
    uint64_t seed;     /* 0: not chosen yet */
};

/* A hash that nobody can steer who does not know the seed. */
uint64_t wk_hash_keyed(uint64_t seed, uint64_t more, struct wk_span bytes);

/* The keyed hash of a name, whether it is there or not: the same as long as the table lives. */
uint64_t wk_table_hash(struct wk_table *table, uint32_t space, struct wk_span id);
/* NULL: there is none. */
struct wk_node *wk_table_find(struct wk_table *table, uint32_t space, struct wk_span id);
/* node->space, id and id_bytes are set; nothing of that name is there. */
void wk_table_add(struct wk_table *table, struct wk_node *node);
void wk_table_remove(struct wk_table *table, struct wk_node *node);
/* Calls fn for each; fn may remove the one it is given. */
void wk_table_each(struct wk_table *table, void (*fn)(void *arg, struct wk_node *node),
                   void *arg);
/* Frees the table, which is empty or whose nodes go another way. */
void wk_table_fini(struct wk_table *table);
#endif
