#include "runtime/engine/heap.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#define SLAB_SHIFT 14u
#define SLAB_BYTES ((size_t)1 << SLAB_SHIFT)
#define REGION_BYTES ((size_t)2 << 30) /* of addresses; memory comes as it is touched */
#define SLABS (REGION_BYTES / SLAB_BYTES)
#define WARM_MAX 16u /* free slabs that keep their memory */
#define SMALL_MAX 2048u
#define LARGE_HEAD_BYTES 16u /* holds the size, keeps the alignment */

struct wk_slab {
    struct wk_slab *next, **at; /* in the list it is in; at NULL: in none */
    void *free;                 /* freed blocks, linked through their first word */
    char *bump, *end;           /* never used yet */
    uint32_t epoch, used;
    uint16_t block, class;
} __attribute__((aligned(64)));
_Static_assert(sizeof(struct wk_slab) == 64, "a head is a cache line");

static const uint16_t class_bytes[WK_HEAP_CLASSES] = {
    16,  32,  48,  64,  80,  96,  112, 128, 144, 160,  176,  192,  208,  224,
    240, 256, 320, 384, 448, 512, 640, 768, 896, 1024, 1280, 1536, 1792, 2048,
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
slab_of(const struct wk_heap *heap, const void *ptr)
{
    return &heap->slabs[(size_t)((const char *)ptr - heap->region) >> SLAB_SHIFT];
}

static char *
memory_of(const struct wk_heap *heap, const struct wk_slab *s)
{
    return heap->region + ((size_t)(s - heap->slabs) << SLAB_SHIFT);
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
    struct wk_slab *s;

    if ((s = heap->free_warm) != NULL) {
        list_remove(s);
        heap->warm--;
    } else if ((s = heap->free_cold) != NULL) {
        list_remove(s);
    } else {
        if (heap->region_next == heap->region_end)
            return NULL;
        s = slab_of(heap, heap->region_next);
        heap->region_next += SLAB_BYTES;
    }
    *s = (struct wk_slab){
        .epoch = heap->epoch, .class = (uint16_t) class, .block = class_bytes[class]};
    s->bump = memory_of(heap, s);
    s->end = s->bump + SLAB_BYTES / s->block * s->block;
    list_add(&heap->partial[class], s);
    return s;
}

static void
slab_free(struct wk_heap *heap, struct wk_slab *s, uint32_t warm_max)
{
    list_remove(s);
    if (heap->warm < warm_max) {
        heap->warm++;
        list_add(&heap->free_warm, s);
    } else {
        madvise(memory_of(heap, s), SLAB_BYTES, MADV_DONTNEED);
        list_add(&heap->free_cold, s);
    }
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
    if (s->used == 0 && (s->next != NULL || s->at != &heap->partial[s->class]))
        slab_free(heap, s, WARM_MAX); /* another one has room */
}

/* Fullest first. */
static struct wk_slab *
sorted(struct wk_slab *list)
{
    struct wk_slab *half = NULL, *out = NULL, **tail = &out, *rest[2] = {NULL, NULL};

    if (list == NULL || list->next == NULL)
        return list;
    for (unsigned i = 0; list != NULL; i++) {
        half = list->next;
        list->next = rest[i & 1];
        rest[i & 1] = list;
        list = half;
    }
    rest[0] = sorted(rest[0]);
    rest[1] = sorted(rest[1]);
    while (rest[0] != NULL || rest[1] != NULL) {
        unsigned pick = rest[0] == NULL || (rest[1] != NULL && rest[1]->used > rest[0]->used);

        *tail = rest[pick];
        rest[pick] = rest[pick]->next;
        tail = &(*tail)->next;
    }
    *tail = NULL;
    return out;
}

/* ---- the heap ---- */

void
wk_heap_init(struct wk_heap *heap)
{
    *heap = (struct wk_heap){.epoch = 1};
#ifndef __SANITIZE_ADDRESS__
    char *p = mmap(NULL, SLABS * sizeof(struct wk_slab) + REGION_BYTES, PROT_READ | PROT_WRITE,
                   MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

    if (p == MAP_FAILED)
        return; /* then all comes from malloc */
    heap->slabs = (struct wk_slab *)(void *)p;
    heap->region = heap->region_next = p + SLABS * sizeof(struct wk_slab);
    heap->region_end = heap->region + REGION_BYTES;
    /* A huge page would be copied whole. */
    madvise(p, SLABS * sizeof(struct wk_slab) + REGION_BYTES, MADV_NOHUGEPAGE);
#endif
}

void
wk_heap_fini(struct wk_heap *heap)
{
    if (heap->region != NULL)
        munmap(heap->slabs, SLABS * sizeof(struct wk_slab) + REGION_BYTES);
    heap->slabs = NULL;
    heap->region = heap->region_next = heap->region_end = NULL;
}

void
wk_heap_seal(struct wk_heap *heap)
{
    heap->epoch++;
    memset(heap->partial, 0, sizeof(heap->partial));
    heap->free_warm = heap->free_cold = NULL;
    heap->warm = 0;
}

void
wk_heap_tidy(struct wk_heap *heap)
{
    struct wk_slab *s, **at;

    for (unsigned class = 0; class < WK_HEAP_CLASSES; class ++) {
        heap->partial[class] = sorted(heap->partial[class]);
        for (at = &heap->partial[class]; (s = *at) != NULL; at = &s->next)
            s->at = at;
        for (at = &heap->partial[class]; (s = *at) != NULL;)
            if (s->used == 0)
                slab_free(heap, s, 0);
            else
                at = &s->next;
    }
    while ((s = heap->free_warm) != NULL) {
        heap->warm--;
        slab_free(heap, s, 0);
    }
}

size_t
wk_heap_slab_bytes(const struct wk_heap *heap)
{
    size_t bytes = (size_t)(heap->region_next - heap->region);

    for (const struct wk_slab *s = heap->free_cold; s != NULL; s = s->next)
        bytes -= SLAB_BYTES;
    return bytes;
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
        struct wk_slab *s = slab_of(heap, ptr);

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
    return in_region(heap, ptr) ? slab_of(heap, ptr)->block : large_bytes(ptr);
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
        had = slab_of(heap, ptr)->block;
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
