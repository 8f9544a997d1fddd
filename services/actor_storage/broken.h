/* services/actor_storage/broken.h - incarnations that broke, and stubs whose calls were lost in
 * them, so that no later call of such a stub reaches a successor.
 *
 * A process that calls numbers its stubs in the order of their first calls. So one number for
 * each such process says of all its stubs whether they may have called an incarnation: those up
 * to the highest that did. A stub among them whose first call was overtaken, and came after the
 * end, is taken for one that lost a call too: its next call fails, though none was lost.
 *
 * Bounded: the oldest are forgotten. Thread: its owner's. */
#ifndef WK_ACTOR_STORAGE_BROKEN_H
#define WK_ACTOR_STORAGE_BROKEN_H
#include "kernel/base/base.h"
#include "proto/kernel.pb-c.h"

#define WK_BROKEN_MAX 4096u

/* An incarnation got calls of that process's stubs up to this one. */
struct wk_mark {
    uint64_t caller, stub;
};

struct wk_broken;
struct wk_broken_list {
    struct wk_broken **slots; /* by number */
    struct wk_broken *oldest, *newest;
    size_t count;
};

/* An incarnation (never 0) of that actor ended with that error; error may be NULL. owner: any
 * number that the actor always has, so that nobody asks for what is another's. */
void wk_broken_add(struct wk_broken_list *list, uint64_t owner, uint64_t incarnation,
                   const struct wk_mark *marks, size_t count, wk_err code,
                   const Wk__Error *error);
/* Is the incarnation (0: none) broken, or did the caller's stub call one that is? Then the
 * error, borrowed until the next wk_broken_add; *code is its code. */
const Wk__Error *wk_broken_find(struct wk_broken_list *list, uint64_t owner,
                                uint64_t incarnation, struct wk_mark stub, wk_err *code);
void wk_broken_fini(struct wk_broken_list *list);
#endif
