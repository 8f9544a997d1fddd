#include "storage/output_gate.h"

#include <stdlib.h>
#include <string.h>

struct lock {
    bool settled;
    char *error; /* of one that failed */
    uint64_t due_ms;
};

struct wk_output_gate {
    struct lock *locks; /* a ring: lock n is at n & (cap - 1) */
    size_t cap;
    uint64_t first, next; /* the oldest that has not settled, the one after the newest */
    uint64_t failed;      /* the oldest that failed among those before first; 0: none */
    char *error;          /* of the failure that came first */
    struct wk_output_waiter *waiters, **tail;
    uint32_t timeout_ms;
    bool waking;
    const struct wk_output_hooks *hooks;
    void *arg;
};

#define HOOK(gate, name)                                                                       \
    ((gate)->hooks != NULL && (gate)->hooks->name != NULL ? (gate)->hooks->name((gate)->arg)   \
                                                          : (void)0)

struct wk_output_gate *
wk_output_gate_new(uint32_t timeout_ms, const struct wk_output_hooks *hooks, void *arg)
{
    struct wk_output_gate *gate = wk_xcalloc(1, sizeof(*gate));

    gate->first = gate->next = 1;
    gate->tail = &gate->waiters;
    gate->timeout_ms = timeout_ms;
    gate->hooks = hooks;
    gate->arg = arg;
    return gate;
}

static struct lock *
lock_at(const struct wk_output_gate *gate, uint64_t n)
{
    return &gate->locks[n & (gate->cap - 1)];
}

void
wk_output_gate_free(struct wk_output_gate *gate)
{
    if (gate == NULL)
        return;
    for (uint64_t n = gate->first; n < gate->next; n++)
        free(lock_at(gate, n)->error);
    free(gate->locks);
    free(gate->error);
    free(gate);
}

static void
grow(struct wk_output_gate *gate)
{
    struct lock *old = gate->locks;
    size_t had = gate->cap;

    gate->cap = had == 0 ? 4 : had * 2;
    gate->locks = wk_xcalloc(gate->cap, sizeof(*gate->locks));
    for (uint64_t n = gate->first; n < gate->next; n++)
        *lock_at(gate, n) = old[n & (had - 1)];
    free(old);
}

uint64_t
wk_output_gate_lock(struct wk_output_gate *gate, uint64_t now_ms)
{
    uint64_t n = gate->next;

    if (n - gate->first == gate->cap)
        grow(gate);
    gate->next++;
    *lock_at(gate, n) = (struct lock){.due_ms = now_ms + gate->timeout_ms};
    HOOK(gate, locked);
    return n;
}

static void
waiter_take(struct wk_output_gate *gate, struct wk_output_waiter *waiter)
{
    *waiter->at = waiter->next;
    if (waiter->next != NULL)
        waiter->next->at = waiter->at;
    else
        gate->tail = waiter->at;
    waiter->at = NULL;
    HOOK(gate, waiter_removed);
}

static wk_err
outcome(const struct wk_output_gate *gate, uint64_t upto)
{
    return gate->failed != 0 && gate->failed < upto ? WK_EBROKEN : WK_OK;
}

/* Wakes whoever waits for nothing more; waiters stand in the order of what they cover. */
static void
wake(struct wk_output_gate *gate)
{
    if (gate->waking)
        return;
    gate->waking = true;
    while (gate->waiters != NULL && gate->waiters->upto <= gate->first) {
        struct wk_output_waiter *waiter = gate->waiters;

        waiter_take(gate, waiter);
        waiter->fn(waiter, outcome(gate, waiter->upto));
    }
    gate->waking = false;
}

static void
settle(struct wk_output_gate *gate, uint64_t n, const char *error)
{
    struct lock *lock;

    if (n < gate->first || n >= gate->next || lock_at(gate, n)->settled)
        return;
    lock = lock_at(gate, n);
    lock->settled = true;
    if (error != NULL) {
        lock->error = wk_xstrdup(error);
        if (gate->error == NULL) {
            gate->error = wk_xstrdup(error);
            if (gate->hooks != NULL && gate->hooks->broken != NULL)
                gate->hooks->broken(gate->arg, gate->error);
        }
    }
    HOOK(gate, released);
    for (; gate->first < gate->next && lock_at(gate, gate->first)->settled; gate->first++) {
        lock = lock_at(gate, gate->first);
        if (lock->error != NULL && gate->failed == 0)
            gate->failed = gate->first;
        free(lock->error);
        lock->error = NULL;
    }
    wake(gate);
}

void
wk_output_gate_done(struct wk_output_gate *gate, uint64_t lock)
{
    settle(gate, lock, NULL);
}

void
wk_output_gate_fail(struct wk_output_gate *gate, uint64_t lock, const char *error)
{
    settle(gate, lock, error);
}

void
wk_output_gate_cancel(struct wk_output_gate *gate, uint64_t lock)
{
    settle(gate, lock, WK_OUTPUT_CANCELED);
}

uint64_t
wk_output_gate_expire(struct wk_output_gate *gate, uint64_t now_ms)
{
    if (gate->timeout_ms == 0)
        return 0;
    for (uint64_t n = gate->first; n < gate->next; n++) {
        if (n < gate->first || lock_at(gate, n)->settled)
            continue;
        if (lock_at(gate, n)->due_ms > now_ms)
            return lock_at(gate, n)->due_ms;
        settle(gate, n, WK_OUTPUT_TIMED_OUT);
    }
    return 0;
}

wk_err
wk_output_gate_wait(struct wk_output_gate *gate, struct wk_output_waiter *waiter,
                    wk_output_fn *fn)
{
    waiter->at = NULL;
    waiter->next = NULL;
    waiter->upto = gate->next;
    waiter->fn = fn;
    if (gate->first == gate->next)
        return outcome(gate, gate->next);
    waiter->at = gate->tail;
    *gate->tail = waiter;
    gate->tail = &waiter->next;
    HOOK(gate, waiter_added);
    return WK_EAGAIN;
}

void
wk_output_waiter_cancel(struct wk_output_gate *gate, struct wk_output_waiter *waiter)
{
    if (waiter->at != NULL)
        waiter_take(gate, waiter);
}

const char *
wk_output_gate_error(const struct wk_output_gate *gate)
{
    return gate->error;
}
