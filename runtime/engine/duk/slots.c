/* Objects with internal slots: allocation, growth, and the collector's hooks. */
#include "duk_internal.h"

#define SLOTS_FLAGS                                                                            \
    (DUK_HOBJECT_FLAG_EXTENSIBLE | DUK_HOBJECT_CLASS_AS_FLAGS(DUK_HOBJECT_CLASS_WKSLOTS))

struct wk_slots *
wk_slots_push(duk_hthread *thr, enum wk_kind kind, duk_uint32_t count, duk_hobject *proto)
{
    struct wk_slots *s;

    duk_require_stack(thr, 1);
    s = DUK_ALLOC_CHECKED_ZEROED(thr, sizeof(*s) + count * sizeof(duk_tval));
    s->obj.hdr.h_flags = SLOTS_FLAGS | DUK_HTYPE_OBJECT;
    s->slots = (duk_tval *)(void *)(s + 1);
    s->count = s->cap = count;
    s->kind = (duk_uint16_t)kind;
    for (duk_uint32_t i = 0; i < count; i++)
        DUK_TVAL_SET_UNDEFINED(&s->slots[i]);
    DUK_HOBJECT_SET_PROTOTYPE(thr->heap, &s->obj, proto);
    DUK_HOBJECT_INCREF_ALLOWNULL(thr, proto);
    DUK_HEAP_INSERT_INTO_HEAP_ALLOCATED(thr->heap, &s->obj.hdr);
    duk_push_hobject(thr, &s->obj);
    return s;
}

void
wk_slots_reserve(duk_hthread *thr, struct wk_slots *s, duk_uint32_t cap)
{
    duk_tval *inline_slots = (duk_tval *)(void *)(s + 1), *grown;

    if (cap <= s->cap)
        return;
    if (cap > 0x4000000u)
        DUK_ERROR_RANGE(thr, "collection is too large");
    grown = DUK_ALLOC_CHECKED(thr, cap * sizeof(duk_tval));
    memcpy((void *)grown, (void *)s->slots, s->count * sizeof(duk_tval));
    if (s->slots != inline_slots)
        DUK_FREE_CHECKED(thr, s->slots);
    s->slots = grown;
    s->cap = cap;
}

struct wk_slots *
wk_slots_get(duk_hthread *thr, duk_idx_t idx, enum wk_kind kind)
{
    duk_tval *tv = duk_get_tval(thr, idx);

    return tv == NULL ? NULL : wk_slots_of_tval(tv, kind);
}

void
wk_gc_mark_slots(duk_heap *heap, struct wk_slots *s)
{
    wk_duk_mark_tvals(heap, s->slots, (duk_idx_t)s->count);
    if (WK_SLOTS_IS_HOLDER(s))
        wk_weak_mark_holder(heap, s);
}

/* A map counts in its flags the iterators that walk it: this one will not get to the end. */
static void
iterator_release(struct wk_slots *it)
{
    struct wk_slots *m = wk_slots_of_tval(&it->slots[0], WK_KIND_MAP);

    if (m == NULL)
        m = wk_slots_of_tval(&it->slots[0], WK_KIND_SET);
    if (m != NULL)
        m->flags--;
}

void
wk_gc_drop_slots(duk_heap *heap, struct wk_slots *s)
{
    duk_hthread *thr = heap->heap_thread;

    if (s->kind == WK_KIND_ITERATOR)
        iterator_release(s);
    for (duk_uint32_t i = 0; i < s->count; i++)
        DUK_TVAL_DECREF_NORZ(thr, &s->slots[i]);
    if (WK_SLOTS_IS_HOLDER(s))
        wk_weak_drop_holder(heap, s);
}

void
wk_gc_free_slots(duk_heap *heap, struct wk_slots *s)
{
    if (s->slots != (duk_tval *)(void *)(s + 1))
        DUK_FREE(heap, s->slots);
    if (WK_SLOTS_IS_HOLDER(s))
        wk_weak_free_holder(heap, s);
    else
        DUK_FREE(heap, s->u.ext);
}
