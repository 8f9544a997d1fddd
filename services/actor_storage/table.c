#include "services/actor_storage/table.h"

#include <stdlib.h>
#include <string.h>

#define SLOTS_MIN 64

/* A multiply-and-fold hash over words of 8 bytes; the seed keeps it from being guessed. */
static uint64_t
mix(uint64_t a, uint64_t b)
{
    unsigned __int128 product = (unsigned __int128)a * b;

    return (uint64_t)product ^ (uint64_t)(product >> 64);
}

uint64_t
wk_hash_keyed(uint64_t seed, uint64_t more, struct wk_span bytes)
{
    uint64_t hash = seed ^ mix(more ^ UINT64_C(0xa0761d6478bd642f), bytes.len ^ seed);

    for (size_t at = 0; at < bytes.len; at += 8) {
        uint64_t word = 0;

        memcpy(&word, bytes.data + at, bytes.len - at < 8 ? bytes.len - at : 8);
        hash = mix(hash ^ word ^ seed, UINT64_C(0xe7037ed1a0b428db) ^ (seed >> 1));
    }
    return hash;
}

uint64_t
wk_table_hash(struct wk_table *table, uint32_t space, struct wk_span id)
{
    while (table->seed == 0)
        wk_random(&table->seed, sizeof(table->seed));
    return wk_hash_keyed(table->seed, space, id);
}

static void
table_resize(struct wk_table *table, size_t cap)
{
    struct wk_node **slots = wk_xcalloc(cap, sizeof(*slots));

    for (size_t i = 0; i < table->cap; i++) {
        for (struct wk_node *node = table->slots[i], *next; node != NULL; node = next) {
            next = node->next;
            node->next = slots[node->hash & (cap - 1)];
            slots[node->hash & (cap - 1)] = node;
        }
    }
    free(table->slots);
    table->slots = slots;
    table->cap = cap;
}

struct wk_node *
wk_table_find(struct wk_table *table, uint32_t space, struct wk_span id)
{
    uint64_t hash;

    if (table->count == 0)
        return NULL;
    hash = wk_table_hash(table, space, id);
    for (struct wk_node *node = table->slots[hash & (table->cap - 1)]; node != NULL;
         node = node->next)
        if (node->hash == hash && node->space == space && node->id_bytes == id.len &&
            memcmp(node->id, id.data, id.len) == 0)
            return node;
    return NULL;
}

void
wk_table_add(struct wk_table *table, struct wk_node *node)
{
    struct wk_node **slot;

    if (table->count >= table->cap)
        table_resize(table, table->cap > 0 ? table->cap * 2 : SLOTS_MIN);
    node->hash = wk_table_hash(table, node->space, (struct wk_span){node->id, node->id_bytes});
    slot = &table->slots[node->hash & (table->cap - 1)];
    node->next = *slot;
    *slot = node;
    table->count++;
}

void
wk_table_remove(struct wk_table *table, struct wk_node *node)
{
    struct wk_node **at = &table->slots[node->hash & (table->cap - 1)];

    while (*at != node)
        at = &(*at)->next;
    *at = node->next;
    table->count--;
    if (table->cap > SLOTS_MIN && table->count < table->cap / 8)
        table_resize(table, table->cap / 4);
}

void
wk_table_each(struct wk_table *table, void (*fn)(void *arg, struct wk_node *node), void *arg)
{
    size_t count = table->count, n = 0;
    struct wk_node **all = wk_xcalloc(count + 1, sizeof(struct wk_node *));

    for (size_t i = 0; i < table->cap; i++)
        for (struct wk_node *node = table->slots[i]; node != NULL; node = node->next)
            all[n++] = node;
    for (size_t i = 0; i < n; i++)
        fn(arg, all[i]);
    free(all);
}

void
wk_table_fini(struct wk_table *table)
{
    free(table->slots);
    *table = (struct wk_table){0};
}
