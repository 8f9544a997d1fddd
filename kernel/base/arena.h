/* kernel/base/arena.h - memory that is freed all at once: one message, one call, one session.
 *
 * Zero-filled, as the protobuf decoder needs. With a quota, an allocation past it gives NULL and the
 * caller returns WK_ELIMIT. wk_arena_reset keeps the first block for the next use.
 * Thread: its owner's. */
#ifndef WK_BASE_ARENA_H
#define WK_BASE_ARENA_H
#include "kernel/base/base.h"

struct wk_arena_block;
struct wk_arena {
    struct wk_arena_block *blocks; /* newest first */
    size_t used;                   /* bytes handed out since the last reset */
    size_t quota;                  /* 0: none */
};

void *wk_arena_alloc(struct wk_arena *arena, size_t bytes);
char *wk_arena_strndup(struct wk_arena *arena, const char *text, size_t bytes);
void wk_arena_reset(struct wk_arena *arena);
void wk_arena_fini(struct wk_arena *arena);
#endif
