/* The weak table: (key, holder) -> value, see slots.h.
 *
 * One hash table for the heap. An entry is in up to three lists: its hash chain, its key's list
 * and its holder's list. A key's list hangs off a head entry, (key, NULL); the key's header bit
 * WKWEAK says that it has one. Invariants: no entry outlives its key or its holder (both drop
 * their entries when they are freed), but a registry's cell whose key is gone stays in the
 * holder's list with key NULL until a job takes it. Nothing here runs script. */
#include "duk_internal.h"

enum entry_kind { ENTRY_HEAD, ENTRY_VALUE, ENTRY_REF, ENTRY_CELL, ENTRY_TOKEN };

struct wk_weak_entry {
    struct wk_weak_entry *chain;
    struct wk_weak_entry *key_next, *key_prev; /* a head's key_next is the first */
    struct wk_weak_entry *holder_next, *holder_prev;
    struct wk_weak_entry *peer; /* CELL <-> TOKEN */
    duk_hobject *key;
    struct wk_slots *holder;
    duk_tval value;
    enum entry_kind kind;
};

struct weak_table {
    struct wk_weak_entry **buckets;
    duk_size_t size; /* a power of two */
    duk_size_t used;
    struct wk_slots *pending; /* registries with dead cells, see wk_weak_next_pending */
};

static struct weak_table *
table_get(duk_hthread *thr)
{
    struct weak_table *t = thr->heap->wk_weak;

    if (t == NULL) {
        t = DUK_ALLOC_CHECKED_ZEROED(thr, sizeof(*t));
        thr->heap->wk_weak = t;
    }
    return t;
}

static duk_size_t
hash_of(const duk_hobject *key, const struct wk_slots *holder)
{
    duk_uint64_t h = ((duk_uint64_t)(duk_uintptr_t)key >> 4) * 0x9e3779b97f4a7c15u;

    h ^= ((duk_uint64_t)(duk_uintptr_t)holder >> 4) * 0xc2b2ae3d27d4eb4fu;
    return (duk_size_t)(h ^ (h >> 29));
}

static struct wk_weak_entry *
entry_find(const struct weak_table *t, const duk_hobject *key, const struct wk_slots *holder)
{
    struct wk_weak_entry *e;

    if (t == NULL || t->size == 0)
        return NULL;
    e = t->buckets[hash_of(key, holder) & (t->size - 1)];
    while (e != NULL && (e->key != key || e->holder != holder || e->kind > ENTRY_REF))
        e = e->chain;
    return e;
}

static void
chain_add(struct weak_table *t, struct wk_weak_entry *e)
{
    struct wk_weak_entry **bucket = &t->buckets[hash_of(e->key, e->holder) & (t->size - 1)];

    e->chain = *bucket;
    *bucket = e;
    t->used++;
}

static void
chain_remove(struct weak_table *t, struct wk_weak_entry *e)
{
    struct wk_weak_entry **at = &t->buckets[hash_of(e->key, e->holder) & (t->size - 1)];

    while (*at != e)
        at = &(*at)->chain;
    *at = e->chain;
    t->used--;
}

/* Room for two more entries. May collect garbage, so comes before anything is looked up. */
static void
table_grow(duk_hthread *thr, struct weak_table *t)
{
    duk_size_t size = t->size == 0 ? 64 : t->size * 2;
    struct wk_weak_entry **old, **grown;
    duk_size_t old_size;

    if (t->used + 2 <= t->size)
        return;
    grown = DUK_ALLOC_CHECKED_ZEROED(thr, size * sizeof(*grown));
    old = t->buckets;
    old_size = t->size;
    t->buckets = grown;
    t->size = size;
    t->used = 0;
    for (duk_size_t i = 0; i < old_size; i++) {
        for (struct wk_weak_entry *e = old[i], *next; e != NULL; e = next) {
            next = e->chain;
            chain_add(t, e);
        }
    }
    DUK_FREE_CHECKED(thr, old);
}

static void
key_link(struct wk_weak_entry *head, struct wk_weak_entry *e)
{
    e->key_prev = head;
    e->key_next = head->key_next;
    if (e->key_next != NULL)
        e->key_next->key_prev = e;
    head->key_next = e;
}

static void
holder_link(struct wk_slots *holder, struct wk_weak_entry *e)
{
    e->holder_prev = NULL;
    e->holder_next = holder->u.weak;
    if (e->holder_next != NULL)
        e->holder_next->holder_prev = e;
    holder->u.weak = e;
}

static void
holder_unlink(struct wk_weak_entry *e)
{
    if (e->holder_prev != NULL)
        e->holder_prev->holder_next = e->holder_next;
    else
        e->holder->u.weak = e->holder_next;
    if (e->holder_next != NULL)
        e->holder_next->holder_prev = e->holder_prev;
}

/* Takes e off its key; the key loses its head with its last entry. */
static void
key_unlink(duk_heap *heap, struct wk_weak_entry *e)
{
    struct weak_table *t = heap->wk_weak;
    struct wk_weak_entry *head = e->key_prev;

    chain_remove(t, e);
    e->key_prev->key_next = e->key_next;
    if (e->key_next != NULL)
        e->key_next->key_prev = e->key_prev;
    if (head->kind == ENTRY_HEAD && head->key_next == NULL) {
        DUK_HEAPHDR_CLEAR_FLAG_BITS(&e->key->hdr, DUK_HEAPHDR_FLAG_WKWEAK);
        chain_remove(t, head);
        DUK_FREE(heap, head);
    }
    e->key = NULL;
}

static void
peer_drop(duk_heap *heap, struct wk_weak_entry *e)
{
    struct wk_weak_entry *peer = e->peer;

    if (peer == NULL)
        return;
    e->peer = peer->peer = NULL;
    if (peer->kind == ENTRY_TOKEN) {
        holder_unlink(peer);
        key_unlink(heap, peer);
        DUK_FREE(heap, peer);
    }
}

/* Forgets e and its value. No side effects beyond freeing. */
static void
entry_drop(duk_heap *heap, struct wk_weak_entry *e)
{
    duk_tval value = e->value;

    peer_drop(heap, e);
    holder_unlink(e);
    if (e->key != NULL)
        key_unlink(heap, e);
    DUK_FREE(heap, e);
    DUK_TVAL_DECREF_NORZ(heap->heap_thread, &value);
}

/* A linked entry for (key, holder) with value undefined. */
static struct wk_weak_entry *
entry_new(duk_hthread *thr, duk_hobject *key, struct wk_slots *holder, enum entry_kind kind)
{
    struct weak_table *t = table_get(thr);
    struct wk_weak_entry *e, *head;

    table_grow(thr, t);
    e = DUK_ALLOC_CHECKED_ZEROED(thr, sizeof(*e));
    if ((head = entry_find(t, key, NULL)) == NULL) {
        head = DUK_ALLOC_ZEROED(thr->heap, sizeof(*head));
        if (head == NULL) {
            DUK_FREE_CHECKED(thr, e);
            DUK_ERROR_ALLOC_FAILED(thr);
        }
        head->key = key;
        DUK_TVAL_SET_UNDEFINED(&head->value);
        chain_add(t, head);
        DUK_HEAPHDR_SET_FLAG_BITS(&key->hdr, DUK_HEAPHDR_FLAG_WKWEAK);
    }
    e->key = key;
    e->holder = holder;
    e->kind = kind;
    DUK_TVAL_SET_UNDEFINED(&e->value);
    chain_add(t, e);
    key_link(head, e);
    holder_link(holder, e);
    return e;
}

duk_tval *
wk_weak_find(duk_hthread *thr, duk_hobject *key, struct wk_slots *holder)
{
    struct wk_weak_entry *e;

    if (!DUK_HEAPHDR_CHECK_FLAG_BITS(&key->hdr, DUK_HEAPHDR_FLAG_WKWEAK))
        return NULL;
    e = entry_find(thr->heap->wk_weak, key, holder);
    return e == NULL ? NULL : &e->value;
}

void
wk_weak_set(duk_hthread *thr, duk_hobject *key, struct wk_slots *holder, duk_tval *value)
{
    struct wk_weak_entry *e = entry_find(thr->heap->wk_weak, key, holder);
    duk_tval copy = *value;

    if (e == NULL)
        e = entry_new(thr, key, holder,
                      holder->kind == WK_KIND_WEAK_REF ? ENTRY_REF : ENTRY_VALUE);
    DUK_TVAL_SET_TVAL_UPDREF(thr, &e->value, &copy);
}

duk_bool_t
wk_weak_delete(duk_hthread *thr, duk_hobject *key, struct wk_slots *holder)
{
    struct wk_weak_entry *e = entry_find(thr->heap->wk_weak, key, holder);

    if (e == NULL)
        return 0;
    entry_drop(thr->heap, e);
    return 1;
}

duk_hobject *
wk_weak_target(struct wk_slots *ref)
{
    return ref->u.weak == NULL ? NULL : ref->u.weak->key;
}

void
wk_weak_register(duk_hthread *thr, duk_hobject *key, struct wk_slots *registry, duk_tval *held,
                 duk_hobject *token)
{
    duk_tval copy = *held;
    struct wk_weak_entry *cell = entry_new(thr, key, registry, ENTRY_CELL);

    DUK_TVAL_SET_TVAL_UPDREF(thr, &cell->value, &copy);
    if (token != NULL) {
        struct wk_weak_entry *e = entry_new(thr, token, registry, ENTRY_TOKEN);

        e->peer = cell;
        cell->peer = e;
    }
}

duk_bool_t
wk_weak_unregister(duk_hthread *thr, duk_hobject *token, struct wk_slots *registry)
{
    struct wk_weak_entry *head, *e, *next;
    duk_bool_t any = 0;

    for (duk_bool_t again = 1; again;) {
        again = 0;
        if (!DUK_HEAPHDR_CHECK_FLAG_BITS(&token->hdr, DUK_HEAPHDR_FLAG_WKWEAK))
            break;
        head = entry_find(thr->heap->wk_weak, token, NULL);
        for (e = head->key_next; e != NULL; e = next) {
            next = e->key_next;
            if (e->kind == ENTRY_TOKEN && e->holder == registry) {
                if (e->peer != NULL)
                    entry_drop(thr->heap, e->peer); /* drops e with it */
                else
                    entry_drop(thr->heap, e);
                any = again = 1;
                break; /* the list has changed */
            }
        }
    }
    return any;
}

duk_bool_t
wk_weak_next_dead(duk_hthread *thr, struct wk_slots *registry)
{
    struct wk_weak_entry *e = registry->u.weak;

    while (e != NULL && (e->kind != ENTRY_CELL || e->key != NULL))
        e = e->holder_next;
    if (e == NULL)
        return 0;
    duk_push_tval(thr, &e->value);
    entry_drop(thr->heap, e);
    return 1;
}

/* Pending registries form a list through slot 1, as plain pointers, since it must not keep them
 * alive; aux says that one is in it. */
duk_bool_t
wk_weak_next_pending(duk_hthread *thr)
{
    struct weak_table *t = thr->heap->wk_weak;
    struct wk_slots *registry;

    if (t == NULL || t->pending == NULL)
        return 0;
    registry = t->pending;
    t->pending = (struct wk_slots *)DUK_TVAL_GET_POINTER(&registry->slots[1]);
    DUK_TVAL_SET_UNDEFINED(&registry->slots[1]);
    registry->aux = 0;
    duk_push_hobject(thr, &registry->obj);
    return 1;
}

/* ---- the collector ---- */

static void
pending_add(struct weak_table *t, struct wk_slots *registry)
{
    if (registry->aux)
        return;
    registry->aux = 1;
    DUK_TVAL_SET_POINTER(&registry->slots[1], t->pending);
    t->pending = registry;
}

static void
pending_remove(struct weak_table *t, struct wk_slots *registry)
{
    struct wk_slots *r = t->pending, *next;

    if (r == registry) {
        t->pending = (struct wk_slots *)DUK_TVAL_GET_POINTER(&r->slots[1]);
        return;
    }
    for (; r != NULL; r = next) {
        next = (struct wk_slots *)DUK_TVAL_GET_POINTER(&r->slots[1]);
        if (next == registry) {
            r->slots[1] = registry->slots[1];
            return;
        }
    }
}

void
wk_gc_mark_key(duk_heap *heap, duk_hobject *key)
{
    struct wk_weak_entry *e = entry_find(heap->wk_weak, key, NULL);

    for (e = e->key_next; e != NULL; e = e->key_next) {
        if (e->kind == ENTRY_VALUE && DUK_HEAPHDR_HAS_REACHABLE(&e->holder->obj.hdr))
            wk_duk_mark_tvals(heap, &e->value, 1);
    }
}

void
wk_weak_mark_holder(duk_heap *heap, struct wk_slots *holder)
{
    for (struct wk_weak_entry *e = holder->u.weak; e != NULL; e = e->holder_next) {
        if (e->kind == ENTRY_CELL ||
            (e->kind == ENTRY_VALUE && DUK_HEAPHDR_HAS_REACHABLE(&e->key->hdr)))
            wk_duk_mark_tvals(heap, &e->value, 1);
    }
}

void
wk_weak_drop_holder(duk_heap *heap, struct wk_slots *holder)
{
    while (holder->u.weak != NULL)
        entry_drop(heap, holder->u.weak);
    if (holder->kind == WK_KIND_REGISTRY && holder->aux)
        pending_remove(heap->wk_weak, holder);
}

void
wk_gc_drop_key(duk_heap *heap, duk_hobject *key)
{
    while (DUK_HEAPHDR_CHECK_FLAG_BITS(&key->hdr, DUK_HEAPHDR_FLAG_WKWEAK)) {
        struct wk_weak_entry *e = entry_find(heap->wk_weak, key, NULL)->key_next;

        if (e->kind == ENTRY_CELL) {
            key_unlink(heap, e); /* its token goes on naming it until a job takes it */
            pending_add(heap->wk_weak, e->holder);
        } else if (e->kind == ENTRY_TOKEN) {
            if (e->peer != NULL)
                e->peer->peer = NULL;
            e->peer = NULL;
            entry_drop(heap, e);
        } else {
            entry_drop(heap, e);
        }
    }
}

void
wk_weak_free_holder(duk_heap *heap, struct wk_slots *holder)
{
    for (struct wk_weak_entry *e = holder->u.weak, *next; e != NULL; e = next) {
        next = e->holder_next;
        if (e->key == NULL)
            DUK_FREE(heap, e);
    }
}

void
wk_gc_free_weak(duk_heap *heap)
{
    struct weak_table *t = heap->wk_weak;

    if (t == NULL)
        return;
    for (duk_size_t i = 0; i < t->size; i++) {
        for (struct wk_weak_entry *e = t->buckets[i], *next; e != NULL; e = next) {
            next = e->chain;
            DUK_FREE(heap, e);
        }
    }
    DUK_FREE(heap, t->buckets);
    DUK_FREE(heap, t);
    heap->wk_weak = NULL;
}
