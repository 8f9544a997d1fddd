/* runtime/engine/heap.h - the memory of one Duktape heap: small blocks in slabs by size, large
 * ones from malloc, every byte counted; whoever calls holds it to a cap.
 *
 * What is free goes back to the system by whole slabs. The heads of the slabs are apart from
 * them, so a free one keeps no page; a few stay as they are for whoever comes next. A slab with
 * one live block in it stays: after most of a heap is gone, wk_heap_tidy puts the fullest slabs
 * first, so that new blocks fill these and the others drain.
 *
 * A sealed heap (wk_heap_seal, called before the process forks) never gives out memory of its
 * old slabs again, and forgets what is freed there: a forked child that allocates and frees
 * leaves the pages it shares with its siblings as they are. Without this a thousand small
 * objects of a new worker would fill holes on nearly every page, and copy the whole heap.
 *
 * Thread: the heap's. Under AddressSanitizer every block comes from malloc, so that misuse is
 * seen. */
#ifndef WK_RUNTIME_HEAP_H
#define WK_RUNTIME_HEAP_H
#include "kernel/base/base.h"

#define WK_HEAP_CLASSES 28

struct wk_slab;

struct wk_heap {
    size_t bytes;          /* in use, rounded up as given out */
    struct wk_slab *slabs; /* the head of each slab of the region */
    char *region, *region_next, *region_end;
    struct wk_slab *free_warm, *free_cold; /* whole slabs; the cold have no memory */
    uint32_t warm;                         /* of these, the warm ones */
    uint32_t epoch;
    struct wk_slab *partial[WK_HEAP_CLASSES]; /* with room; the first is used */
};

void wk_heap_init(struct wk_heap *heap);
void wk_heap_fini(struct wk_heap *heap);
/* NULL for 0 bytes, or when the system has none. */
void *wk_heap_alloc(struct wk_heap *heap, size_t bytes);
void *wk_heap_realloc(struct wk_heap *heap, void *ptr, size_t bytes);
/* Bytes that ptr may use. */
size_t wk_heap_size(const struct wk_heap *heap, const void *ptr);
void wk_heap_free(struct wk_heap *heap, void *ptr);
void wk_heap_seal(struct wk_heap *heap);
/* Most of what was here is gone, and little will happen for a while. */
void wk_heap_tidy(struct wk_heap *heap);
/* Bytes of the slabs that are not cold: above what is in use in them by the gaps. */
size_t wk_heap_slab_bytes(const struct wk_heap *heap);
#endif
