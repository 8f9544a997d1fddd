#include "storage/gate.h"

#include <stdlib.h>
#include <string.h>

enum state { ROOT, NEW, WAITING, RUNNING, GONE };

/* What broke a gate; its whole chain shares it. */
struct error {
    uint32_t refs;
    char text[];
};

struct wk_gate {
    enum state state;
    bool granting; /* a loop further down the stack grants */
    uint32_t refs, count, depth;
    struct wk_gate *parent; /* holds a reference; none of a root */
    struct wk_gate_link children, waiters;
    struct error *error;
    const struct wk_gate_hooks *hooks;
    void *arg;
    /* A section's own wait in its parent, and whom it tells then. */
    struct wk_gate_waiter begin;
    struct wk_gate_waiter *first;
};

#define HOOK(gate, name)                                                                       \
    ((gate)->hooks != NULL && (gate)->hooks->name != NULL ? (gate)->hooks->name((gate)->arg)   \
                                                          : (void)0)

/* ---- queues ---- */

static void
link_init(struct wk_gate_link *list)
{
    list->next = list->prev = list;
}

static bool
link_empty(const struct wk_gate_link *list)
{
    return list->next == list;
}

static void
link_append(struct wk_gate_link *list, struct wk_gate_link *link)
{
    link->next = list;
    link->prev = list->prev;
    list->prev->next = link;
    list->prev = link;
}

static void
link_remove(struct wk_gate_link *link)
{
    link->prev->next = link->next;
    link->next->prev = link->prev;
    link_init(link);
}

/* Moves all of from behind all of to. */
static void
link_splice(struct wk_gate_link *to, struct wk_gate_link *from)
{
    if (link_empty(from))
        return;
    from->next->prev = to->prev;
    to->prev->next = from->next;
    from->prev->next = to;
    to->prev = from->prev;
    link_init(from);
}

static struct wk_gate_waiter *
waiter_of(struct wk_gate_link *link)
{
    return WK_CONTAINER(link, struct wk_gate_waiter, link);
}

/* Takes a waiter off its queue. */
static void
waiter_take(struct wk_gate_waiter *waiter)
{
    link_remove(&waiter->link);
    HOOK(waiter->at, waiter_removed);
    waiter->at = NULL;
}

/* ---- errors ---- */

static struct error *
error_new(const char *text)
{
    size_t bytes = strlen(text) + 1;
    struct error *error = wk_xmalloc(sizeof(*error) + bytes);

    error->refs = 0;
    memcpy(error->text, text, bytes);
    return error;
}

static void
error_unref(struct error *error)
{
    if (error != NULL && --error->refs == 0)
        free(error);
}

/* Everybody who waits is told: children first. */
static void
set_broken(struct wk_gate *gate, struct error *error)
{
    struct wk_gate_link all;

    if (gate->error != NULL)
        return;
    gate->error = error;
    error->refs++;
    if (gate->state == ROOT && gate->hooks != NULL && gate->hooks->broken != NULL)
        gate->hooks->broken(gate->arg, error->text);
    link_init(&all);
    link_splice(&all, &gate->children);
    link_splice(&all, &gate->waiters);
    gate->refs++;
    while (!link_empty(&all)) {
        struct wk_gate_waiter *waiter = waiter_of(all.next);

        waiter_take(waiter);
        waiter->fn(waiter, WK_EBROKEN);
    }
    wk_gate_unref(gate);
}

/* ---- gates ---- */

static struct wk_gate *
gate_alloc(enum state state)
{
    struct wk_gate *gate = wk_xcalloc(1, sizeof(*gate));

    gate->state = state;
    gate->refs = 1;
    link_init(&gate->children);
    link_init(&gate->waiters);
    link_init(&gate->begin.link);
    return gate;
}

struct wk_gate *
wk_gate_new(const struct wk_gate_hooks *hooks, void *arg)
{
    struct wk_gate *gate = gate_alloc(ROOT);

    gate->hooks = hooks;
    gate->arg = arg;
    return gate;
}

void
wk_gate_ref(struct wk_gate *gate)
{
    gate->refs++;
}

/* The nearest that is not GONE, from gate on. Whoever is passed points there from now on, so
 * that a long way is gone once. */
static struct wk_gate *
resolve(struct wk_gate *gate)
{
    struct wk_gate *top = gate, *held = NULL;

    while (top->state == GONE)
        top = top->parent;
    while (gate != top && gate->parent != top) {
        struct wk_gate *next = gate->parent; /* with the reference that gate had */

        gate->parent = top;
        top->refs++;
        if (held != NULL)
            wk_gate_unref(held);
        held = gate = next;
    }
    if (held != NULL)
        wk_gate_unref(held);
    return top;
}

static struct wk_gate *
parent_of(struct wk_gate *section)
{
    struct wk_gate *top = resolve(section->parent), *parent = section->parent;

    if (parent != top) {
        section->parent = top;
        top->refs++;
        wk_gate_unref(parent);
    }
    return top;
}

/* ---- locks ---- */

static struct wk_lock
lock_take(struct wk_gate *gate)
{
    if (gate->count++ == 0 && gate->state == ROOT)
        HOOK(gate, locked);
    gate->refs++;
    return (struct wk_lock){gate};
}

/* Grants while the gate is open and somebody waits. */
static void
grant(struct wk_gate *gate)
{
    if (gate->granting)
        return;
    gate->granting = true;
    gate->refs++;
    while (gate->count == 0) {
        struct wk_gate_link *list =
            !link_empty(&gate->children) ? &gate->children : &gate->waiters;
        struct wk_gate_waiter *waiter;

        if (link_empty(list))
            break;
        waiter = waiter_of(list->next);
        waiter_take(waiter);
        waiter->lock = lock_take(gate);
        waiter->fn(waiter, WK_OK);
    }
    gate->granting = false;
    wk_gate_unref(gate);
}

/* One lock less, its reference apart. */
static void
lock_drop(struct wk_gate *gate)
{
    WK_CHECK(gate->count > 0);
    if (--gate->count > 0)
        return;
    if (gate->state == ROOT)
        HOOK(gate, released);
    grant(gate);
}

struct wk_lock
wk_lock_copy(const struct wk_lock *lock)
{
    return lock_take(resolve(lock->gate));
}

void
wk_lock_release(struct wk_lock *lock)
{
    struct wk_gate *gate = lock->gate;

    if (gate == NULL)
        return;
    lock->gate = NULL;
    lock_drop(resolve(gate));
    wk_gate_unref(gate);
}

bool
wk_lock_is_for(const struct wk_lock *lock, const struct wk_gate *root)
{
    const struct wk_gate *gate = lock->gate;

    while (gate != NULL && gate != root)
        gate = gate->parent;
    return gate != NULL;
}

struct wk_gate *
wk_lock_gate(const struct wk_lock *lock)
{
    return resolve(lock->gate);
}

/* ---- the end of a gate ---- */

/* Ends what a section has of its parent; nobody has a reference to it any more. */
static void
section_fini(struct wk_gate *section)
{
    if (section->state == WAITING) {
        waiter_take(&section->begin);
        section->first->at = NULL;
    }
    if (section->state == RUNNING) {
        section->refs++; /* for those who are told */
        wk_section_fail(section, WK_SECTION_DEADLOCK);
        WK_CHECK(--section->refs == 0);
        lock_drop(parent_of(section)); /* which is broken: nobody is granted it */
    }
}

void
wk_gate_unref(struct wk_gate *gate)
{
    while (gate != NULL && --gate->refs == 0) {
        struct wk_gate *parent;

        if (gate->state != ROOT)
            section_fini(gate);
        WK_CHECK(gate->count == 0 && link_empty(&gate->children) && link_empty(&gate->waiters));
        error_unref(gate->error);
        parent = gate->parent;
        free(gate);
        gate = parent;
    }
}

/* ---- waiting ---- */

static void
enqueue(struct wk_gate *gate, struct wk_gate_link *list, struct wk_gate_waiter *waiter)
{
    waiter->at = gate;
    link_append(list, &waiter->link);
    HOOK(gate, waiter_added);
}

/* The section keeps its parent's lock, which lock is, and needs no second reference for it. */
static void
section_run(struct wk_gate *section, struct wk_lock lock)
{
    struct wk_gate *parent = parent_of(section);

    WK_CHECK(lock.gate == parent && parent->refs > 1);
    parent->refs--;
    section->state = RUNNING;
}

static void
section_granted(struct wk_gate_waiter *begin, wk_err err)
{
    struct wk_gate *section = WK_CONTAINER(begin, struct wk_gate, begin);
    struct wk_gate_waiter *first = section->first;

    first->at = NULL;
    if (err == WK_OK) {
        section_run(section, begin->lock);
        begin->lock.gate = NULL;
        first->lock = lock_take(section);
    } else {
        section->state = NEW;
        set_broken(section, parent_of(section)->error);
    }
    first->fn(first, err);
}

static wk_err
section_begin(struct wk_gate *section, struct wk_gate_waiter *waiter)
{
    struct wk_gate *parent = parent_of(section);

    if (parent->error != NULL) {
        set_broken(section, parent->error);
        return WK_EBROKEN;
    }
    section->begin.fn = section_granted;
    if (parent->count == 0) {
        section_run(section, lock_take(parent));
        waiter->lock = lock_take(section);
        return WK_OK;
    }
    section->state = WAITING;
    section->first = waiter;
    waiter->at = section; /* so that it can be cancelled */
    enqueue(parent, &parent->children, &section->begin);
    return WK_EAGAIN;
}

wk_err
wk_gate_wait(struct wk_gate *gate, struct wk_gate_waiter *waiter, wk_gate_fn *fn)
{
    link_init(&waiter->link);
    waiter->at = NULL;
    waiter->lock.gate = NULL;
    waiter->fn = fn;
    gate = resolve(gate);
    if (gate->error != NULL)
        return WK_EBROKEN;
    WK_CHECK(gate->state != WAITING);
    if (gate->state == NEW)
        return section_begin(gate, waiter);
    if (gate->count == 0) {
        waiter->lock = lock_take(gate);
        return WK_OK;
    }
    enqueue(gate, &gate->waiters, waiter);
    return WK_EAGAIN;
}

void
wk_gate_cancel(struct wk_gate_waiter *waiter)
{
    struct wk_gate *at = waiter->at;

    if (at != NULL && at->state == WAITING && at->first == waiter) {
        waiter_take(&at->begin);
        at->state = NEW;
        waiter->at = NULL;
    } else if (at != NULL) {
        waiter_take(waiter);
    }
    wk_lock_release(&waiter->lock);
}

void
wk_gate_break(struct wk_gate *gate, const char *text)
{
    struct error *error = error_new(text);

    error->refs++;
    set_broken(resolve(gate), error);
    error_unref(error);
}

const char *
wk_gate_error(const struct wk_gate *gate)
{
    while (gate->state == GONE)
        gate = gate->parent;
    return gate->error != NULL ? gate->error->text : NULL;
}

bool
wk_gate_open(struct wk_gate *gate)
{
    gate = resolve(gate);
    return gate->error == NULL && gate->count == 0 &&
           (gate->state == ROOT || gate->state == RUNNING);
}

/* ---- critical sections ---- */

struct wk_gate *
wk_section_new(const struct wk_lock *lock)
{
    struct wk_gate *section = gate_alloc(NEW), *parent = resolve(lock->gate);

    section->parent = parent;
    parent->refs++;
    section->depth = parent->depth + 1;
    section->hooks = parent->hooks;
    section->arg = parent->arg;
    return section;
}

uint32_t
wk_gate_depth(const struct wk_gate *gate)
{
    return gate->depth;
}

static void
move_waiters(struct wk_gate *to, struct wk_gate_link *list, struct wk_gate_link *from)
{
    for (struct wk_gate_link *link = from->next; link != from; link = link->next)
        waiter_of(link)->at = to;
    link_splice(list, from);
}

struct wk_lock
wk_section_succeed(struct wk_gate *section)
{
    struct wk_gate *parent = parent_of(section);

    WK_CHECK(section->state == RUNNING);
    if (parent->error != NULL) /* invariant 1 */
        set_broken(section, parent->error);
    move_waiters(parent, &parent->children, &section->children);
    move_waiters(parent, &parent->waiters, &section->waiters);
    parent->count += section->count;
    section->count = 0;
    section->state = GONE;
    parent->refs++; /* the caller's lock is the one that the section had */
    return (struct wk_lock){parent};
}

void
wk_section_fail(struct wk_gate *section, const char *text)
{
    struct error *error;
    struct wk_gate *gate = section;

    if (section->error != NULL)
        return;
    error = error_new(text);
    error->refs++;
    gate->refs++;
    while (gate != NULL) {
        struct wk_gate *parent = gate->parent;

        if (gate->error != NULL)
            parent = NULL;
        else
            set_broken(gate, error);
        if (parent != NULL)
            parent->refs++;
        wk_gate_unref(gate);
        gate = parent;
    }
    error_unref(error);
}
