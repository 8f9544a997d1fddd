#include "kernel/base/arena.h"

#include <stdlib.h>
#include <string.h>

#define ARENA_BLOCK_BYTES 8192u

struct wk_arena_block {
    struct wk_arena_block *next;
    size_t used;
    size_t cap;
    _Alignas(16) char data[];
};

void *
wk_arena_alloc(struct wk_arena *arena, size_t bytes)
{
    struct wk_arena_block *b = arena->blocks;
    size_t need = (bytes + 15u) & ~(size_t)15u;
    void *p;

    if (need < bytes || (arena->quota > 0 && need > arena->quota - arena->used))
        return NULL;
    if (b == NULL || b->cap - b->used < need) {
        size_t cap = need > ARENA_BLOCK_BYTES ? need : ARENA_BLOCK_BYTES;

        b = wk_xmalloc(sizeof(*b) + cap);
        b->cap = cap;
        b->used = 0;
        b->next = arena->blocks;
        arena->blocks = b;
    }
    p = b->data + b->used;
    b->used += need;
    arena->used += need;
    return memset(p, 0, need);
}

char *
wk_arena_strndup(struct wk_arena *arena, const char *text, size_t bytes)
{
    char *copy = wk_arena_alloc(arena, bytes + 1);

    if (copy != NULL && bytes > 0)
        memcpy(copy, text, bytes);
    return copy;
}

void
wk_arena_reset(struct wk_arena *arena)
{
    struct wk_arena_block *keep = arena->blocks;

    while (keep != NULL && keep->next != NULL) {
        struct wk_arena_block *next = keep->next;

        free(keep);
        keep = next;
    }
    if (keep != NULL && keep->cap > 4 * ARENA_BLOCK_BYTES) {
        free(keep);
        keep = NULL;
    }
    if (keep != NULL)
        keep->used = 0;
    arena->blocks = keep;
    arena->used = 0;
}

void
wk_arena_fini(struct wk_arena *arena)
{
    wk_arena_reset(arena);
    free(arena->blocks);
    arena->blocks = NULL;
}
