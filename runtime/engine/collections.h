/* runtime/engine/collections.h - Map and Set objects for C that looks inside Duktape.
 *
 * Include "duk_internal.h" first. No script runs. Thread: the heap's. */
#ifndef WK_RUNTIME_ENGINE_COLLECTIONS_H
#define WK_RUNTIME_ENGINE_COLLECTIONS_H
#include <stdbool.h>
#include <stdint.h>

/* Each pushes a new one, with the intrinsic prototype. Throws when memory is out. */
struct wk_slots *wk_map_push(duk_hthread *thr);
struct wk_slots *wk_set_push(duk_hthread *thr);
/* Sets the key at key_idx to the value at value_idx. Throws when memory is out. */
void wk_map_put(duk_hthread *thr, struct wk_slots *map, duk_idx_t key_idx, duk_idx_t value_idx);
/* Adds the value at idx. Throws when memory is out. */
void wk_set_put(duk_hthread *thr, struct wk_slots *set, duk_idx_t idx);
/* The next entry from *at on (0: the first): its key, a Map's value behind it. NULL at the end.
 * Valid until the collection changes. */
duk_tval *wk_collection_next(struct wk_slots *m, uint32_t *at);
/* The number of its entries. */
uint32_t wk_collection_size(const struct wk_slots *m);
#endif
