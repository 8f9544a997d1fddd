/* services/compiler/pool.h - modules lowered by child processes, two or more at once.
 *
 * The first job loads TypeScript here and forks: children share its heap until they write to it. A child
 * that dies, or takes too long, costs its module an error and is replaced; nothing else notices.
 * Thread: one. The caller may have others: a child only runs the heap, and reads and writes its socket. */
#ifndef WK_COMPILER_POOL_H
#define WK_COMPILER_POOL_H
#include "services/compiler/record.h"

#define WK_POOL_CHILDREN_MAX 4u
#define WK_POOL_MODULE_MS_MAX 120000u

struct wk_pool;

/* bin_path is typescript.bin; children 0: one a processor, at least 2, at most WK_POOL_CHILDREN_MAX.
 * Starts nothing yet. */
struct wk_pool *wk_pool_new(const char *bin_path, unsigned children);
void wk_pool_free(struct wk_pool *pool);
/* Ends the children and frees the heap; the next job starts them again. */
void wk_pool_rest(struct wk_pool *pool);

/* Queues input, which is copied. tag comes back with the result. */
void wk_pool_submit(struct wk_pool *pool, const struct wk_lower_input *input, void *tag);
/* Waits for any result. WK_ENOTFOUND: nothing is queued or running. WK_EUNAVAILABLE: TypeScript cannot
 * be loaded; nothing is queued any more. Owns: the arena. */
wk_err wk_pool_wait(struct wk_pool *pool, struct wk_arena *arena, void **tag, struct wk_lowered *out);

/* For tests: the process that would run the next job, 0 if none was started. */
int wk_pool_child(const struct wk_pool *pool);
#endif
