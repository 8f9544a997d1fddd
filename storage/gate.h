/* storage/gate.h - the input gate of one actor, and the critical sections nested in it.
 *
 * A gate lets one turn in at a time. Whoever enters holds a lock, a counted token; when the
 * last copy is released, exactly one waiter is granted the next one: sections that begin come
 * before ordinary waiters, each in the order of their coming. A critical section is a gate of
 * its own inside a parent, whose lock it keeps while it runs; so what waits outside waits until
 * the section ends.
 *
 *     NEW --wk_gate_wait--> WAITING --the parent's lock--> RUNNING --succeed--> GONE
 *                                                          RUNNING --fail--> broken, with all
 *                                                                            above it
 *
 * A section that is GONE passes for its nearest ancestor that is not. Chains may be very long:
 * everything here is a loop.
 *
 *  1. Nobody waits at a gate whose count is 0, nor at a broken one.
 *  2. A gate that is GONE has neither locks nor waiters of its own.
 *  3. A RUNNING section counts as one lock of its parent.
 *
 * Thread:   one. A waiter's function may call anything here.
 * Lifetime: references: the creator's, one a lock, one a child section. Waiters belong to their
 *           callers, who cancel them before they go. */
#ifndef WK_STORAGE_GATE_H
#define WK_STORAGE_GATE_H
#include "kernel/base/base.h"

#define WK_SECTION_DEADLOCK                                                                    \
    "A critical section within this Durable Object awaited a Promise that apparently will "    \
    "never "                                                                                   \
    "complete. This could happen in particular if a critical section awaits a task that was "  \
    "initiated outside of the critical section. Since a critical section blocks all other "    \
    "tasks "                                                                                   \
    "from completing, this leads to deadlock."

struct wk_gate;

/* A token; gate NULL: none. Not to be copied but by wk_lock_copy. */
struct wk_lock {
    struct wk_gate *gate;
};

struct wk_gate_link {
    struct wk_gate_link *next, *prev;
};

/* The caller's, who finds himself around it. */
struct wk_gate_waiter;
/* Called once for a wait that was queued. WK_OK: waiter->lock is the caller's to release.
 * WK_EBROKEN: wk_gate_error of the gate says why. */
typedef void wk_gate_fn(struct wk_gate_waiter *waiter, wk_err err);
struct wk_gate_waiter {
    struct wk_gate_link link;
    struct wk_gate *at; /* whose hooks count it; NULL: not queued */
    struct wk_lock lock;
    wk_gate_fn *fn;
};

/* Any may be NULL; arg is wk_gate_new's. They must not call back. */
struct wk_gate_hooks {
    void (*locked)(void *arg);
    void (*released)(void *arg);
    void (*waiter_added)(void *arg);
    void (*waiter_removed)(void *arg);
    void (*broken)(void *arg, const char *error); /* the root gate; once */
};

/* A root gate, open. */
struct wk_gate *wk_gate_new(const struct wk_gate_hooks *hooks, void *arg);
void wk_gate_ref(struct wk_gate *gate);
/* The last one of a root with locks is an error of ours. Of a section that runs, it fails the
 * section. */
void wk_gate_unref(struct wk_gate *gate);

/* Asks for a lock. WK_OK: waiter->lock is it, at once; WK_EAGAIN: fn will be called;
 * WK_EBROKEN: neither. The first wait at a section begins it, and a second one must not come
 * before that was granted. */
wk_err wk_gate_wait(struct wk_gate *gate, struct wk_gate_waiter *waiter, wk_gate_fn *fn);
/* Gives a wait up, or the lock that it brought. */
void wk_gate_cancel(struct wk_gate_waiter *waiter);
/* Breaks this gate alone: nobody waits here again. */
void wk_gate_break(struct wk_gate *gate, const char *error);
/* NULL: not broken. Lives as long as the gate. */
const char *wk_gate_error(const struct wk_gate *gate);
/* True if a wait would be granted at once. */
bool wk_gate_open(struct wk_gate *gate);

struct wk_lock wk_lock_copy(const struct wk_lock *lock);
void wk_lock_release(struct wk_lock *lock);
/* True if it belongs to root or a section of it. */
bool wk_lock_is_for(const struct wk_lock *lock, const struct wk_gate *root);
/* The gate or section that it stands for now. */
struct wk_gate *wk_lock_gate(const struct wk_lock *lock);

/* A section inside the gate of lock; blocks nothing before its first wait. */
struct wk_gate *wk_section_new(const struct wk_lock *lock);
/* 0: a root; sections count from 1. */
uint32_t wk_gate_depth(const struct wk_gate *gate);
/* The section is over: who waits in it waits in its parent, and the parent's lock is the
 * caller's. */
struct wk_lock wk_section_succeed(struct wk_gate *section);
/* Breaks it and all above it. Nothing if it is broken already. */
void wk_section_fail(struct wk_gate *section, const char *error);
#endif
