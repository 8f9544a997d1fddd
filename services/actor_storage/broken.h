/* services/actor_storage/broken.h - incarnations that broke, and stubs whose calls were lost in
 * them, so that no later call of such a stub reaches a successor.
 *
 * Bounded: the oldest are forgotten. Thread: its owner's. */
#ifndef WK_ACTOR_STORAGE_BROKEN_H
#define WK_ACTOR_STORAGE_BROKEN_H
#include "kernel/base/base.h"
#include "proto/kernel.pb-c.h"

#define WK_BROKEN_MAX 4096u

struct wk_broken;
struct wk_broken_list {
    struct wk_broken **slots; /* by number */
    struct wk_broken *oldest, *newest;
    size_t count;
};

/* An incarnation (never 0) of that actor ended with that error; error may be NULL. stubs gave
 * it calls. owner: any number that the actor always has, so that nobody asks for what is
 * another's. */
void wk_broken_add(struct wk_broken_list *list, uint64_t owner, uint64_t incarnation,
                   const uint64_t *stubs, size_t count, wk_err code, const Wk__Error *error);
/* Is one of the two (0: none) broken? Then the error, borrowed until the next wk_broken_add;
 * *code is its code. */
const Wk__Error *wk_broken_find(struct wk_broken_list *list, uint64_t owner,
                                uint64_t incarnation, uint64_t stub, wk_err *code);
void wk_broken_fini(struct wk_broken_list *list);
#endif
