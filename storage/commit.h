/* storage/commit.h - the group commit: one thread that writes the batches of all actors with
 * one sync.
 *
 *     caller                                commit thread
 *     fills group 1, submits it ----------> writes and syncs 1
 *     fills group 2, submits it  (waits)    ...
 *     recalls 2, adds to it, submits it     done(1)
 *                                           writes and syncs 2
 *
 * One group is written, one may wait. What waits can be recalled to put more into it, so a
 * caller that always recalls has every batch that was sealed while a sync ran in the next one.
 *
 * After an error that is not WK_EOVERLOADED the committer is dead: that group and every later
 * one fails.
 *
 * Thread:   one caller; unless it says wk_commit_now, done is called on the commit thread, one at a time, in the order of the
 * groups. Lifetime: a submitted group is the committer's until done or wk_commit_recall gives
 * it back. */
#ifndef WK_STORAGE_COMMIT_H
#define WK_STORAGE_COMMIT_H
#include "storage/batch.h"

struct wk_committer;
struct wk_engine;

struct wk_group {
    struct wk_batch batch;
    wk_err err;            /* once done */
    uint64_t submitted_ns; /* wk_now_ns of the first wk_commit_submit */
    uint64_t started_ns, done_ns;
    struct wk_group *next; /* the owner's, to list it by */
    void *arg;             /* the owner's */
};

/* group is the owner's again; group->err says how it went: WK_OK, durable; WK_EOVERLOADED, the
 * disk is nearly full and nothing of it was written; WK_EIO, dead. On the commit thread: hand
 * it to the loop (uv_async_send). */
typedef void wk_commit_fn(void *arg, struct wk_group *group);

/* Starts the thread. engine must live longer. */
struct wk_committer *wk_commit_new(struct wk_engine *engine, wk_commit_fn *done, void *arg);
/* Takes the group; done is called exactly once unless it is recalled. WK_EAGAIN: another waits
 * already, so recall that; the group is still the caller's. */
wk_err wk_commit_submit(struct wk_committer *committer, struct wk_group *group);
/* Writes the group here and now, and does not call done: for whoever has nothing else to do, since to wake the thread and to
 * be woken by it costs as much as a fast disk's sync. WK_EAGAIN: another is written or waits, and nothing was done. */
wk_err wk_commit_now(struct wk_committer *committer, struct wk_group *group);
/* The group that waits and was not begun, the caller's again; NULL if none. */
struct wk_group *wk_commit_recall(struct wk_committer *committer);
/* Nothing is written and nothing waits. A done that is being called counts as written. */
bool wk_commit_idle(struct wk_committer *committer);
/* Waits until what was submitted is done, then ends the thread. NULL is fine. */
void wk_commit_free(struct wk_committer *committer);
#endif
