/* runtime/engine/duk/slots.h - objects with internal slots, and the weak table, inside Duktape.
 *
 * A slots object is an ordinary JavaScript object that also holds `count` values no script can
 * reach (the internal slots of ECMA-262): a promise's result and reactions, a map's entries.
 * The collector knows them. It may hold a block `ext` of plain memory, which is freed with it.
 *
 * The weak table holds (key, holder, value): WeakMap and WeakSet entries, WeakRef targets,
 * FinalizationRegistry cells. A value is alive while both its key and its holder are; nothing
 * is put on the key itself, so frozen objects and proxies are keys like any other.
 *
 * Included by duk_internal.h, which tools/patch_duktape.py makes. Thread: the heap's. */
#ifndef WK_RUNTIME_ENGINE_DUK_SLOTS_H
#define WK_RUNTIME_ENGINE_DUK_SLOTS_H

enum wk_kind {
    WK_KIND_NONE,
    WK_KIND_PROMISE,
    WK_KIND_CAPABILITY, /* slots: promise, resolve, reject */
    WK_KIND_QUEUE,      /* the job ring */
    WK_KIND_GENERATOR,  /* slot 0: its state */
    WK_KIND_STATE,      /* what lowered generator bodies call _a */
    WK_KIND_COMBINATOR, /* Promise.all and its like, while they wait */
    WK_KIND_NATIVE,     /* a C function waiting for a promise */
    WK_KIND_MAP,
    WK_KIND_SET,
    WK_KIND_ITERATOR,
    WK_KIND_WEAK_MAP,
    WK_KIND_WEAK_SET,
    WK_KIND_WEAK_REF,
    WK_KIND_REGISTRY,
    WK_KIND_CELLS, /* plain storage of the engine's own */
};

struct wk_weak_entry;

struct wk_slots {
    duk_hobject obj;
    duk_tval *slots; /* after this struct, or a block of its own once grown */
    duk_uint32_t count;
    duk_uint32_t cap;
    duk_uint16_t kind;
    duk_uint16_t flags;
    duk_uint32_t aux;
    union {
        void *ext;                  /* freed with the object */
        struct wk_weak_entry *weak; /* holders: their entries */
    } u;
};

#define DUK_HOBJECT_IS_WKSLOTS(h)                                                              \
    (DUK_HOBJECT_GET_CLASS_NUMBER((h)) == DUK_HOBJECT_CLASS_WKSLOTS)
#define WK_SLOTS_IS_HOLDER(s) ((s)->kind >= WK_KIND_WEAK_MAP && (s)->kind <= WK_KIND_REGISTRY)

/* Pushes a new object with count slots, all undefined; proto may be NULL. Throws when memory is
 * out. */
struct wk_slots *wk_slots_push(duk_hthread *thr, enum wk_kind kind, duk_uint32_t count,
                               duk_hobject *proto);
/* Room for cap slots; slots past count are not yet the collector's business. Throws. */
void wk_slots_reserve(duk_hthread *thr, struct wk_slots *s, duk_uint32_t cap);
/* The object at idx when it is of that kind, else NULL. */
struct wk_slots *wk_slots_get(duk_hthread *thr, duk_idx_t idx, enum wk_kind kind);

static inline struct wk_slots *
wk_slots_of_tval(const duk_tval *tv, enum wk_kind kind)
{
    if (DUK_TVAL_IS_OBJECT(tv) && DUK_HOBJECT_IS_WKSLOTS(DUK_TVAL_GET_OBJECT(tv))) {
        struct wk_slots *s = (struct wk_slots *)(void *)DUK_TVAL_GET_OBJECT(tv);

        return s->kind == kind ? s : NULL;
    }
    return NULL;
}

/* Replaces slot i, counting references. */
static inline void
wk_slot_set(duk_hthread *thr, struct wk_slots *s, duk_uint32_t i, duk_tval *tv)
{
    DUK_TVAL_SET_TVAL_UPDREF(thr, &s->slots[i], tv);
}

static inline void
wk_slot_clear(duk_hthread *thr, struct wk_slots *s, duk_uint32_t i)
{
    DUK_TVAL_SET_UNDEFINED_UPDREF(thr, &s->slots[i]);
}

/* ---- the weak table ---- */

/* The value of (key, holder), or NULL. Valid until the next call into the heap. */
duk_tval *wk_weak_find(duk_hthread *thr, duk_hobject *key, struct wk_slots *holder);
/* Sets (key, holder) to *value. Throws when memory is out. */
void wk_weak_set(duk_hthread *thr, duk_hobject *key, struct wk_slots *holder, duk_tval *value);
duk_bool_t wk_weak_delete(duk_hthread *thr, duk_hobject *key, struct wk_slots *holder);
/* WeakRef: the target, or NULL once it is gone. */
duk_hobject *wk_weak_target(struct wk_slots *ref);
/* FinalizationRegistry: adds a cell; token may be NULL. Throws. */
void wk_weak_register(duk_hthread *thr, duk_hobject *key, struct wk_slots *registry,
                      duk_tval *held, duk_hobject *token);
/* Removes the cells registered with token; true if there were any. */
duk_bool_t wk_weak_unregister(duk_hthread *thr, duk_hobject *token, struct wk_slots *registry);
/* Pushes the held value of one cell whose target is gone, and removes the cell; false if there
 * is none. */
duk_bool_t wk_weak_next_dead(duk_hthread *thr, struct wk_slots *registry);
/* Pushes one registry that has such cells, and forgets that it was pending; false if there is
 * none. */
duk_bool_t wk_weak_next_pending(duk_hthread *thr);

/* ---- called by the patched Duktape alone ---- */
void wk_gc_mark_slots(duk_heap *heap, struct wk_slots *s);
void wk_gc_mark_key(duk_heap *heap, duk_hobject *key);
void wk_gc_drop_slots(duk_heap *heap, struct wk_slots *s);
void wk_gc_drop_key(duk_heap *heap, duk_hobject *key);
void wk_gc_free_slots(duk_heap *heap, struct wk_slots *s);
void wk_gc_free_weak(duk_heap *heap);
void wk_duk_mark_tvals(duk_heap *heap, duk_tval *tv, duk_idx_t count);
/* Removes every entry of a holder. */
void wk_weak_drop_holder(duk_heap *heap, struct wk_slots *holder);
void wk_weak_mark_holder(duk_heap *heap, struct wk_slots *holder);
/* Frees what of the holder the table does not: dead cells, when the heap goes without dropping.
 */
void wk_weak_free_holder(duk_heap *heap, struct wk_slots *holder);
#endif
