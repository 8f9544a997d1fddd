#include "runtime/engine/heap.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#define SLAB_BYTES ((size_t)16 << 10)
#define SLAB_HEAD_BYTES 64u
#define REGION_BYTES ((size_t)2 << 30) /* of addresses; memory comes as it is touched */
#define SMALL_MAX 2048u
#define LARGE_HEAD_BYTES 16u /* holds the size, keeps the alignment */

struct wk_slab {
    struct wk_slab *next, **at; /* in the list it is in; at NULL: in none */
    void *free;                 /* freed blocks, linked through their first word */
    char *bump, *end;           /* never used yet */
    uint32_t epoch, used;
    uint16_t block, class;
};
_Static_assert(sizeof(struct wk_slab) <= SLAB_HEAD_BYTES, "a slab's head fits");

static const uint16_t class_bytes[WK_HEAP_CLASSES] = {
    16,  32,  48,  64,  80,  96,  112, 128, 144,  160,  176,  192,  208,  224,
    240, 256, 320, 384, 448, 512, 640, 768, 896,  1024, 1280, 1536, 1792, 2048,
};

static unsigned
class_of(size_t bytes)
{
    unsigned octave, base;

    if (bytes <= 256)
        return (unsigned)((bytes + 15) / 16) - 1;
    octave = 63u - (unsigned)__builtin_clzl(bytes - 1); /* 8, 9 or 10 */
    base = 16u + (octave - 8u) * 4u;
    return base + (unsigned)((bytes - 1 - ((size_t)1 << octave)) >> (octave - 2u));
}

static bool
in_region(const struct wk_heap *heap, const void *ptr)
{
    return (const char *)ptr >= heap->region && (const char *)ptr < heap->region_end;
}

static struct wk_slab *
slab_of(const void *ptr)
{
    return (struct wk_slab *)((uintptr_t)ptr & ~(uintptr_t)(SLAB_BYTES - 1));
}

/* ---- slabs ---- */

static void
list_add(struct wk_slab **list, struct wk_slab *s)
{
    s->next = *list;
    s->at = list;
    if (s->next != NULL)
        s->next->at = &s->next;
    *list = s;
}

static void
list_remove(struct wk_slab *s)
{
    *s->at = s->next;
    if (s->next != NULL)
        s->next->at = s->at;
    s->at = NULL;
}

static struct wk_slab *
slab_new(struct wk_heap *heap, unsigned class)
{
    struct wk_slab *s = heap->free_slabs;

    if (s != NULL) {
        list_remove(s);
    } else {
        if (heap->region_next == heap->region_end)
            return NULL;
        s = (struct wk_slab *)(void *)heap->region_next;
        heap->region_next += SLAB_BYTES;
    }
    *s = (struct wk_slab){.epoch = heap->epoch, .class = (uint16_t)class, .block = class_bytes[class]};
    s->bump = (char *)s + SLAB_HEAD_BYTES;
    s->end = s->bump + (SLAB_BYTES - SLAB_HEAD_BYTES) / s->block * s->block;
    list_add(&heap->partial[class], s);
    return s;
}

static void *
small_alloc(struct wk_heap *heap, unsigned class)
{
    struct wk_slab *s = heap->partial[class];
    void *p;

    if (s == NULL && (s = slab_new(heap, class)) == NULL)
        return NULL;
    if (s->free != NULL) {
        p = s->free;
        memcpy(&s->free, p, sizeof(s->free));
    } else {
        p = s->bump;
        s->bump += s->block;
    }
    s->used++;
    if (s->free == NULL && s->bump == s->end)
        list_remove(s); /* full */
    return p;
}

static void
small_free(struct wk_heap *heap, struct wk_slab *s, void *p)
{
    if (s->epoch != heap->epoch)
        return; /* shared with other processes: left alone */
    memcpy(p, &s->free, sizeof(s->free));
    s->free = p;
    s->used--;
    if (s->at == NULL)
        list_add(&heap->partial[s->class], s);
    if (s->used == 0 && s->next != NULL) { /* another one has room: this one may go */
        list_remove(s);
        madvise((char *)s + 4096, SLAB_BYTES - 4096, MADV_DONTNEED);
        list_add(&heap->free_slabs, s);
    }
}

/* ---- the heap ---- */

void
wk_heap_init(struct wk_heap *heap)
{
    *heap = (struct wk_heap){.epoch = 1};
#ifndef __SANITIZE_ADDRESS__
    char *p = mmap(NULL, REGION_BYTES + SLAB_BYTES, PROT_READ | PROT_WRITE,
                   MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

    if (p == MAP_FAILED)
        return; /* then all comes from malloc */
    heap->region = heap->region_next = (char *)(((uintptr_t)p + SLAB_BYTES - 1) & ~(uintptr_t)(SLAB_BYTES - 1));
    heap->region_end = heap->region + REGION_BYTES;
    madvise(heap->region, REGION_BYTES, MADV_NOHUGEPAGE); /* a huge page would be copied whole */
#endif
}

void
wk_heap_fini(struct wk_heap *heap)
{
    if (heap->region != NULL)
        munmap(heap->region, REGION_BYTES);
    heap->region = heap->region_next = heap->region_end = NULL;
}

void
wk_heap_seal(struct wk_heap *heap)
{
    heap->epoch++;
    memset(heap->partial, 0, sizeof(heap->partial));
    heap->free_slabs = NULL;
}

static void *
large_alloc(struct wk_heap *heap, size_t bytes)
{
    char *p;

    if ((p = malloc(bytes + LARGE_HEAD_BYTES)) == NULL)
        return NULL;
    memcpy(p, &bytes, sizeof(bytes));
    heap->bytes += bytes;
    return p + LARGE_HEAD_BYTES;
}

static size_t
large_bytes(const void *ptr)
{
    size_t bytes;

    memcpy(&bytes, (const char *)ptr - LARGE_HEAD_BYTES, sizeof(bytes));
    return bytes;
}

void *
wk_heap_alloc(struct wk_heap *heap, size_t bytes)
{
    unsigned class;
    void *p;

    if (bytes == 0)
        return NULL;
    if (bytes > SMALL_MAX || heap->region == NULL)
        return large_alloc(heap, bytes);
    class = class_of(bytes);
    if ((p = small_alloc(heap, class)) == NULL)
        return large_alloc(heap, bytes);
    heap->bytes += class_bytes[class];
    return p;
}

void
wk_heap_free(struct wk_heap *heap, void *ptr)
{
    if (ptr == NULL)
        return;
    if (in_region(heap, ptr)) {
        struct wk_slab *s = slab_of(ptr);

        heap->bytes -= s->block;
        small_free(heap, s, ptr);
    } else {
        heap->bytes -= large_bytes(ptr);
        free((char *)ptr - LARGE_HEAD_BYTES);
    }
}

/* A large block that stays large: malloc may grow it in place. */
static void *
large_realloc(struct wk_heap *heap, void *ptr, size_t had, size_t bytes)
{
    char *p;

    if ((p = realloc((char *)ptr - LARGE_HEAD_BYTES, bytes + LARGE_HEAD_BYTES)) == NULL)
        return NULL;
    memcpy(p, &bytes, sizeof(bytes));
    heap->bytes += bytes - had;
    return p + LARGE_HEAD_BYTES;
}

size_t
wk_heap_size(const struct wk_heap *heap, const void *ptr)
{
    return in_region(heap, ptr) ? slab_of(ptr)->block : large_bytes(ptr);
}

void *
wk_heap_realloc(struct wk_heap *heap, void *ptr, size_t bytes)
{
    size_t had;
    void *p;

    if (ptr == NULL)
        return wk_heap_alloc(heap, bytes);
    if (bytes == 0) {
        wk_heap_free(heap, ptr);
        return NULL;
    }
    if (in_region(heap, ptr)) {
        had = slab_of(ptr)->block;
        if (bytes <= had && (had <= 32 || bytes > had / 2))
            return ptr;
    } else {
        had = large_bytes(ptr);
        if (bytes > SMALL_MAX || heap->region == NULL)
            return large_realloc(heap, ptr, had, bytes);
    }
    if ((p = wk_heap_alloc(heap, bytes)) == NULL)
        return bytes <= had ? ptr : NULL; /* to shrink must not fail */
    memcpy(p, ptr, had < bytes ? had : bytes);
    wk_heap_free(heap, ptr);
    return p;
}
