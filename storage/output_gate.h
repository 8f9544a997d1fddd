/* storage/output_gate.h - the output gate as a sequence of locks.
 *
 * Every write that must be durable before anything leaves takes a lock, numbered from 1. A wait
 * covers the locks that were taken before it and no later one; it ends when all of them have
 * settled, in whatever order, and fails if one of them failed. A failed lock breaks the gate at
 * once, and every later wait fails.
 *
 * Thread:   one. A waiter's function may call anything here but wk_output_gate_free.
 * Lifetime: wk_output_gate_new .. wk_output_gate_free, which cancels every wait without a call.
 */
#ifndef WK_STORAGE_OUTPUT_GATE_H
#define WK_STORAGE_OUTPUT_GATE_H
#include "kernel/base/base.h"

#define WK_OUTPUT_CANCELED "output lock was canceled before completion"
#define WK_OUTPUT_TIMED_OUT                                                                    \
    "broken.outputGateBroken; jsg.Error: Durable Object storage operation exceeded timeout "   \
    "which caused object to be reset."
#define WK_OUTPUT_TIMEOUT_MS 30000u

struct wk_output_gate;
struct wk_output_waiter;
/* WK_OK or WK_EBROKEN, once. */
typedef void wk_output_fn(struct wk_output_waiter *waiter, wk_err err);
struct wk_output_waiter { /* the caller's */
    struct wk_output_waiter *next, **at;
    uint64_t upto; /* covers the locks below */
    wk_output_fn *fn;
};

struct wk_output_hooks { /* any may be NULL; must not call back */
    void (*locked)(void *arg);
    void (*released)(void *arg);
    void (*waiter_added)(void *arg);
    void (*waiter_removed)(void *arg);
    void (*broken)(void *arg, const char *error); /* once */
};

/* timeout_ms 0: locks never expire. */
struct wk_output_gate *wk_output_gate_new(uint32_t timeout_ms,
                                          const struct wk_output_hooks *hooks, void *arg);
void wk_output_gate_free(struct wk_output_gate *gate);

uint64_t wk_output_gate_lock(struct wk_output_gate *gate, uint64_t now_ms);
void wk_output_gate_done(struct wk_output_gate *gate, uint64_t lock);
void wk_output_gate_fail(struct wk_output_gate *gate, uint64_t lock, const char *error);
/* Whoever held it gave up: it counts as failed. */
void wk_output_gate_cancel(struct wk_output_gate *gate, uint64_t lock);
/* Fails every lock that is older than the time-out. The result: when the next will be, 0: none.
 */
uint64_t wk_output_gate_expire(struct wk_output_gate *gate, uint64_t now_ms);

/* WK_OK: nothing is to be waited for. WK_EAGAIN: fn will be called. WK_EBROKEN: a covered lock
 * failed, and all of them are settled. */
wk_err wk_output_gate_wait(struct wk_output_gate *gate, struct wk_output_waiter *waiter,
                           wk_output_fn *fn);
void wk_output_waiter_cancel(struct wk_output_gate *gate, struct wk_output_waiter *waiter);
/* Why it is broken; NULL: it is not. */
const char *wk_output_gate_error(const struct wk_output_gate *gate);
#endif
