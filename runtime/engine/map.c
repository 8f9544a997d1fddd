/* Map and Set (ECMA-262 24.1, 24.2): hash tables that keep insertion order.
 *
 * Slots hold the entries in order, two a Map entry (key, value), one a Set entry; a deleted one
 * has the unused tag as its key. aux is the number of live entries, u.ext the index (none while
 * the table is small), flags the number of iterators that walk it. Invariant: entries only move
 * (compact) while no iterator walks, so a position stays good under any mutation. */
#include "runtime/engine/iterators.h"

#include "runtime/engine/collections.h"

#define SMALL 8u /* entries that are searched one by one */
#define EMPTY 0u /* in the index: entry number + 1 */
#define GONE 0xffffffffu

struct index {
    uint32_t mask;
    uint32_t at[];
};

static uint32_t
stride_of(const struct wk_slots *m)
{
    return m->kind == WK_KIND_MAP ? 2 : 1;
}

static uint32_t
used_of(const struct wk_slots *m)
{
    return m->count / stride_of(m);
}

/* Keys as they are compared: -0 is 0, a whole double is the same as a fastint. */
static double
number_of(duk_tval *tv)
{
    double d = DUK_TVAL_GET_NUMBER(tv);

    return d == 0 ? 0 : d;
}

static uint32_t
hash_of(duk_tval *tv)
{
    uint64_t h;

    if (DUK_TVAL_IS_NUMBER(tv)) {
        double d = number_of(tv);

        if (d != d)
            return 0x7ff80000u;
        memcpy(&h, &d, sizeof(h));
    } else if (DUK_TVAL_IS_HEAP_ALLOCATED(tv)) {
        h = (uint64_t)(uintptr_t)DUK_TVAL_GET_HEAPHDR(tv) >> 4;
    } else if (DUK_TVAL_IS_BOOLEAN(tv)) {
        h = 3 + DUK_TVAL_GET_BOOLEAN(tv);
    } else {
        h = DUK_TVAL_IS_UNDEFINED(tv) ? 1 : 2;
    }
    h ^= h >> 32; /* a double's low bits are mostly zero */
    h *= 0x9e3779b97f4a7c15u;
    return (uint32_t)(h >> 32) ^ (uint32_t)(h >> 52);
}

static bool
same_value_zero(duk_tval *a, duk_tval *b)
{
    if (DUK_TVAL_IS_NUMBER(a)) {
        double x, y;

        if (!DUK_TVAL_IS_NUMBER(b))
            return false;
        x = DUK_TVAL_GET_NUMBER(a);
        y = DUK_TVAL_GET_NUMBER(b);
        return x == y || (x != x && y != y);
    }
    if (DUK_TVAL_IS_NUMBER(b) || DUK_TVAL_GET_TAG(a) != DUK_TVAL_GET_TAG(b))
        return false;
    if (DUK_TVAL_IS_HEAP_ALLOCATED(a))
        return DUK_TVAL_GET_HEAPHDR(a) == DUK_TVAL_GET_HEAPHDR(b);
    return !DUK_TVAL_IS_BOOLEAN(a) || DUK_TVAL_GET_BOOLEAN(a) == DUK_TVAL_GET_BOOLEAN(b);
}

/* The entry of key, or -1; *where is its place in the index. */
static int64_t
find(const struct wk_slots *m, duk_tval *key, uint32_t *where)
{
    const struct index *index = m->u.ext;
    uint32_t stride = stride_of(m), used = used_of(m);

    if (index == NULL) {
        for (uint32_t i = 0; i < used; i++) {
            if (same_value_zero(&m->slots[i * stride], key))
                return i;
        }
        return -1;
    }
    for (uint32_t i = hash_of(key) & index->mask; index->at[i] != EMPTY;
         i = (i + 1) & index->mask) {
        if (index->at[i] != GONE &&
            same_value_zero(&m->slots[(index->at[i] - 1) * stride], key)) {
            *where = i;
            return index->at[i] - 1;
        }
    }
    return -1;
}

static void
index_add(struct index *index, duk_tval *key, uint32_t entry)
{
    uint32_t i = hash_of(key) & index->mask;

    while (index->at[i] != EMPTY && index->at[i] != GONE)
        i = (i + 1) & index->mask;
    index->at[i] = entry + 1;
}

/* Drops deleted entries. The slots behind the last are out of the collector's sight. */
static void
compact(struct wk_slots *m)
{
    uint32_t stride = stride_of(m), to = 0;

    for (uint32_t i = 0; i < m->count; i += stride) {
        if (DUK_TVAL_IS_UNUSED(&m->slots[i]))
            continue;
        for (uint32_t j = 0; j < stride; j++)
            m->slots[to + j] = m->slots[i + j];
        to += stride;
    }
    m->count = to;
}

/* Room for one more entry, in the slots and in the index. Throws before anything has changed.
 */
static void
make_room(duk_hthread *thr, struct wk_slots *m)
{
    uint32_t stride = stride_of(m), used = used_of(m), buckets;
    struct index *index = m->u.ext;
    bool rebuild = false;

    if (m->count + stride > m->cap) {
        if (m->flags == 0 && m->aux < used / 2 + 1 && used > SMALL) {
            compact(m);
            rebuild = true;
        } else {
            wk_slots_reserve(thr, m, m->cap * 2 < 8 * stride ? 8 * stride : m->cap * 2);
        }
        used = used_of(m);
    }
    if (used < SMALL && index == NULL)
        return;
    if (index == NULL || (used + 1) * 4 > (index->mask + 1) * 3) {
        for (buckets = 32; buckets < (used + 1) * 2; buckets *= 2)
            ;
        index = DUK_ALLOC_ZEROED(thr->heap, sizeof(*index) + buckets * sizeof(index->at[0]));
        if (index == NULL &&
            rebuild) { /* compacted already: the old index must go on being right */
            index = m->u.ext;
            memset(index->at, 0, (index->mask + 1) * sizeof(index->at[0]));
        } else if (index == NULL) {
            DUK_ERROR_ALLOC_FAILED(thr);
        } else {
            index->mask = buckets - 1;
            DUK_FREE(thr->heap, m->u.ext);
            m->u.ext = index;
        }
        rebuild = true;
    } else if (rebuild) {
        memset(index->at, 0, (index->mask + 1) * sizeof(index->at[0]));
    }
    for (uint32_t i = 0; rebuild && i < used; i++) {
        if (!DUK_TVAL_IS_UNUSED(&m->slots[i * stride]))
            index_add(index, &m->slots[i * stride], i);
    }
}

/* Sets key to value (a Set has none). Both are on the stack. */
static void
put(duk_hthread *thr, struct wk_slots *m, duk_idx_t key_idx, duk_idx_t value_idx)
{
    duk_tval key = *duk_get_tval(thr, key_idx), *slot;
    uint32_t where, stride = stride_of(m);
    int64_t at = find(m, &key, &where);

    if (at >= 0) {
        if (stride == 2)
            wk_slot_set(thr, m, (uint32_t)at * 2 + 1, duk_get_tval(thr, value_idx));
        return;
    }
    make_room(thr, m);
    slot = &m->slots[m->count];
    if (DUK_TVAL_IS_NUMBER(&key) && DUK_TVAL_GET_NUMBER(&key) == 0)
        DUK_TVAL_SET_I32(&key, 0); /* not -0 */
    slot[0] = key;
    DUK_TVAL_INCREF(thr, &slot[0]);
    if (stride == 2) {
        slot[1] = *duk_get_tval(thr, value_idx);
        DUK_TVAL_INCREF(thr, &slot[1]);
    }
    if (m->u.ext != NULL)
        index_add(m->u.ext, &key, used_of(m));
    m->count += stride;
    m->aux++;
}

void
wk_set_put(duk_hthread *thr, struct wk_slots *set, duk_idx_t idx)
{
    put(thr, set, idx, idx);
}

void
wk_map_put(duk_hthread *thr, struct wk_slots *map, duk_idx_t key_idx, duk_idx_t value_idx)
{
    put(thr, map, key_idx, value_idx);
}

struct wk_slots *
wk_map_push(duk_hthread *thr)
{
    return wk_slots_push(thr, WK_KIND_MAP, 0, intrinsic_object(thr, WK_MAP_PROTO));
}

struct wk_slots *
wk_set_push(duk_hthread *thr)
{
    return wk_slots_push(thr, WK_KIND_SET, 0, intrinsic_object(thr, WK_SET_PROTO));
}

duk_tval *
wk_collection_next(struct wk_slots *m, uint32_t *at)
{
    uint32_t stride = stride_of(m), used = used_of(m);

    while (*at < used) {
        duk_tval *entry = &m->slots[(*at)++ * stride];

        if (!DUK_TVAL_IS_UNUSED(entry))
            return entry;
    }
    return NULL;
}

uint32_t
wk_collection_size(const struct wk_slots *m)
{
    return m->aux;
}

static bool
erase(duk_hthread *thr, struct wk_slots *m, duk_tval *key)
{
    uint32_t where = 0, stride = stride_of(m);
    int64_t at = find(m, key, &where);
    duk_tval old[2];

    if (at < 0)
        return false;
    if (m->u.ext != NULL)
        ((struct index *)m->u.ext)->at[where] = GONE;
    for (uint32_t j = 0; j < stride; j++) {
        old[j] = m->slots[(uint32_t)at * stride + j];
        DUK_TVAL_SET_UNUSED(&m->slots[(uint32_t)at * stride + j]);
    }
    m->aux--;
    if (m->aux == 0 && m->flags == 0) {
        m->count = 0;
        DUK_FREE_CHECKED(thr, m->u.ext);
        m->u.ext = NULL;
    }
    for (uint32_t j = 0; j < stride; j++)
        DUK_TVAL_DECREF(thr, &old[j]);
    return true;
}

static void
erase_all(duk_hthread *thr, struct wk_slots *m)
{
    for (uint32_t i = 0; i < m->count; i++) {
        duk_tval old = m->slots[i];

        DUK_TVAL_SET_UNUSED(&m->slots[i]);
        DUK_TVAL_DECREF_NORZ(thr, &old);
    }
    m->aux = 0;
    DUK_FREE_CHECKED(thr, m->u.ext);
    m->u.ext = NULL;
    if (m->flags == 0)
        m->count = 0;
}

/* ---- the methods ---- */

/* Pushes `this`. */
static struct wk_slots *
this_map(duk_context *ctx, enum wk_kind kind)
{
    struct wk_slots *m;

    duk_push_this(ctx);
    if ((m = wk_slots_get(ctx, -1, kind)) == NULL)
        (void)duk_type_error(ctx, "Method %s called on incompatible receiver %s",
                             kind == WK_KIND_MAP ? "Map.prototype" : "Set.prototype",
                             duk_safe_to_string(ctx, -1));
    return m;
}

static duk_ret_t
map_get(duk_context *ctx)
{
    struct wk_slots *m = this_map(ctx, WK_KIND_MAP);
    uint32_t where;
    int64_t at = find(m, duk_get_tval(ctx, 0), &where);

    if (at < 0)
        return 0;
    duk_push_tval(ctx, &m->slots[at * 2 + 1]);
    return 1;
}

static duk_ret_t
map_set(duk_context *ctx)
{
    put(ctx, this_map(ctx, WK_KIND_MAP), 0, 1);
    return 1;
}

static duk_ret_t
set_add(duk_context *ctx)
{
    put(ctx, this_map(ctx, WK_KIND_SET), 0, 0);
    return 1;
}

static duk_ret_t
has(duk_context *ctx, enum wk_kind kind)
{
    uint32_t where;

    duk_push_boolean(ctx, find(this_map(ctx, kind), duk_get_tval(ctx, 0), &where) >= 0);
    return 1;
}

static duk_ret_t
map_has(duk_context *ctx)
{
    return has(ctx, WK_KIND_MAP);
}

static duk_ret_t
set_has(duk_context *ctx)
{
    return has(ctx, WK_KIND_SET);
}

static duk_ret_t
map_delete(duk_context *ctx)
{
    duk_push_boolean(ctx, erase(ctx, this_map(ctx, WK_KIND_MAP), duk_get_tval(ctx, 0)));
    return 1;
}

static duk_ret_t
set_delete(duk_context *ctx)
{
    duk_push_boolean(ctx, erase(ctx, this_map(ctx, WK_KIND_SET), duk_get_tval(ctx, 0)));
    return 1;
}

static duk_ret_t
map_clear(duk_context *ctx)
{
    erase_all(ctx, this_map(ctx, WK_KIND_MAP));
    return 0;
}

static duk_ret_t
set_clear(duk_context *ctx)
{
    erase_all(ctx, this_map(ctx, WK_KIND_SET));
    return 0;
}

static duk_ret_t
map_size(duk_context *ctx)
{
    duk_push_uint(ctx, this_map(ctx, WK_KIND_MAP)->aux);
    return 1;
}

static duk_ret_t
set_size(duk_context *ctx)
{
    duk_push_uint(ctx, this_map(ctx, WK_KIND_SET)->aux);
    return 1;
}

/* ---- iterators ---- */

static struct wk_slots *
iterate(duk_context *ctx, enum wk_kind kind, unsigned gives)
{
    struct wk_slots *m = this_map(ctx, kind), *it;
    bool is_map = kind == WK_KIND_MAP;

    it = wk_iterator_push(ctx, -1, (is_map ? WK_ITERATES_MAP : WK_ITERATES_SET) | gives,
                          is_map ? WK_MAP_ITERATOR_PROTO : WK_SET_ITERATOR_PROTO);
    if (m->flags == 0xffff) /* nobody walks one map 65535 times at once by accident */
        (void)duk_range_error(ctx, "too many iterators");
    m->flags++;
    it->aux = 0;
    return it;
}

/* The next live entry, or -1 at the end, when the iterator lets its map go. */
static int64_t
advance(duk_hthread *thr, struct wk_slots *it, struct wk_slots **out)
{
    struct wk_slots *m;
    uint32_t stride;

    if (DUK_TVAL_IS_UNDEFINED(&it->slots[0]))
        return -1;
    m = *out = (struct wk_slots *)(void *)DUK_TVAL_GET_OBJECT(&it->slots[0]);
    stride = stride_of(m);
    for (uint32_t i = it->aux; i < used_of(m); i++) {
        if (!DUK_TVAL_IS_UNUSED(&m->slots[i * stride])) {
            it->aux = i + 1;
            return i;
        }
    }
    m->flags--;
    wk_slot_clear(thr, it, 0);
    return -1;
}

static duk_ret_t
map_iterator_next(duk_context *ctx)
{
    struct wk_slots *it = wk_iterator_this(ctx, WK_ITERATES_MAP, "a Map Iterator"), *m;
    int64_t at = advance(ctx, it, &m);

    if (at < 0) {
        duk_push_undefined(ctx);
        return wk_iterator_answer(ctx, it, true);
    }
    if (it->flags & WK_GIVES_KEYS)
        duk_push_tval(ctx, &m->slots[at * 2]);
    if (it->flags & WK_GIVES_VALUES)
        duk_push_tval(ctx, &m->slots[at * 2 + 1]);
    if ((it->flags & WK_GIVES_ENTRIES) == WK_GIVES_ENTRIES)
        wk_push_pair(ctx);
    return wk_iterator_answer(ctx, it, false);
}

static duk_ret_t
set_iterator_next(duk_context *ctx)
{
    struct wk_slots *it = wk_iterator_this(ctx, WK_ITERATES_SET, "a Set Iterator"), *m;
    int64_t at = advance(ctx, it, &m);

    if (at < 0) {
        duk_push_undefined(ctx);
        return wk_iterator_answer(ctx, it, true);
    }
    duk_push_tval(ctx, &m->slots[at]);
    if ((it->flags & WK_GIVES_ENTRIES) == WK_GIVES_ENTRIES) {
        duk_dup_top(ctx);
        wk_push_pair(ctx);
    }
    return wk_iterator_answer(ctx, it, false);
}

static duk_ret_t
map_keys(duk_context *ctx)
{
    iterate(ctx, WK_KIND_MAP, WK_GIVES_KEYS);
    return 1;
}

static duk_ret_t
map_values(duk_context *ctx)
{
    iterate(ctx, WK_KIND_MAP, WK_GIVES_VALUES);
    return 1;
}

static duk_ret_t
map_entries(duk_context *ctx)
{
    iterate(ctx, WK_KIND_MAP, WK_GIVES_ENTRIES);
    return 1;
}

static duk_ret_t
set_values(duk_context *ctx)
{
    iterate(ctx, WK_KIND_SET, WK_GIVES_VALUES);
    return 1;
}

static duk_ret_t
set_entries(duk_context *ctx)
{
    iterate(ctx, WK_KIND_SET, WK_GIVES_ENTRIES);
    return 1;
}

static duk_ret_t
for_each(duk_context *ctx, enum wk_kind kind)
{
    struct wk_slots *it, *m;
    int64_t at;

    duk_set_top(ctx, 2);
    it = iterate(ctx, kind, WK_GIVES_ENTRIES); /* 2: this, 3: it */
    if (!duk_is_callable(ctx, 0))
        return duk_type_error(ctx, "%s is not a function", duk_safe_to_string(ctx, 0));
    while ((at = advance(ctx, it, &m)) >= 0) {
        uint32_t stride = stride_of(m);

        duk_dup(ctx, 0);
        duk_dup(ctx, 1);
        duk_push_tval(ctx, &m->slots[at * stride + stride - 1]);
        duk_push_tval(ctx, &m->slots[at * stride]);
        duk_dup(ctx, 2);
        duk_call_method(ctx, 3);
        duk_pop(ctx);
    }
    return 0;
}

static duk_ret_t
map_for_each(duk_context *ctx)
{
    return for_each(ctx, WK_KIND_MAP);
}

static duk_ret_t
set_for_each(duk_context *ctx)
{
    return for_each(ctx, WK_KIND_SET);
}

/* ---- constructors ---- */

struct filling {
    duk_idx_t target;
    duk_idx_t adder; /* -1: the intrinsic one */
    bool pairs;
};

static bool
fill_one(duk_hthread *thr, void *arg)
{
    struct filling *f = arg;
    duk_idx_t top = duk_get_top(thr), item = top - 1;

    duk_require_stack(thr, 8);
    if (f->pairs && !duk_is_object(thr, item))
        (void)duk_type_error(thr, "Iterator value %s is not an entry object",
                             duk_safe_to_string(thr, item));
    if (f->adder >= 0) {
        duk_dup(thr, f->adder);
        duk_dup(thr, f->target);
    }
    if (f->pairs) {
        duk_get_prop_index(thr, item, 0);
        duk_get_prop_index(thr, item, 1);
    } else {
        duk_dup(thr, item);
    }
    if (f->adder >= 0)
        duk_call_method(thr, f->pairs ? 2 : 1);
    else
        put(thr, (struct wk_slots *)(void *)duk_known_hobject(thr, f->target),
            f->pairs ? -2 : -1, -1);
    duk_set_top(thr, top);
    return true;
}

/* WeakMap and WeakSet are filled the same way. */
void
wk_fill(duk_hthread *thr, duk_idx_t target, duk_idx_t iterable, const char *adder,
        duk_c_function own, bool pairs)
{
    struct filling f = {target, -1, pairs};

    if (duk_is_null_or_undefined(thr, iterable))
        return;
    duk_get_prop_string(thr, target, adder);
    if (own == NULL || duk_get_c_function(thr, -1) != own)
        f.adder = duk_get_top(thr) - 1;
    if (!duk_is_callable(thr, -1))
        (void)duk_type_error(thr, "'%s' returned for property '%s' of object is not a function",
                             duk_safe_to_string(thr, -1), adder);
    wk_each(thr, iterable, fill_one, &f);
}

static duk_ret_t
map_constructor(duk_context *ctx)
{
    duk_hobject *proto = wk_constructor_proto(ctx, "Map", WK_MAP_PROTO);

    duk_set_top(ctx, 1);
    wk_slots_push(ctx, WK_KIND_MAP, 0, proto);
    wk_fill(ctx, 1, 0, "set", map_set, true);
    duk_dup(ctx, 1);
    return 1;
}

static duk_ret_t
set_constructor(duk_context *ctx)
{
    duk_hobject *proto = wk_constructor_proto(ctx, "Set", WK_SET_PROTO);

    duk_set_top(ctx, 1);
    wk_slots_push(ctx, WK_KIND_SET, 0, proto);
    wk_fill(ctx, 1, 0, "add", set_add, false);
    duk_dup(ctx, 1);
    return 1;
}

static void
class_end(duk_context *ctx, enum wk_intrinsic proto, const char *iterator, duk_c_function size)
{
    wk_intrinsic_set(ctx, proto);
    wk_define_getter(ctx, -1, "size", size);
    duk_get_prop_string(ctx, -1, iterator);
    wk_define_value(ctx, -2, DUK_WELLKNOWN_SYMBOL("Symbol.iterator"));
    wk_define_getter(ctx, -2, DUK_WELLKNOWN_SYMBOL("Symbol.species"), wk_return_this);
    duk_pop_2(ctx);
}

void
wk_engine_maps_init(duk_context *ctx)
{
    static const duk_function_list_entry map[] = {{"get", map_get, 1},
                                                  {"set", map_set, 2},
                                                  {"has", map_has, 1},
                                                  {"delete", map_delete, 1},
                                                  {"clear", map_clear, 0},
                                                  {"entries", map_entries, 0},
                                                  {"forEach", map_for_each, 1 | WK_ARGS(1)},
                                                  {"keys", map_keys, 0},
                                                  {"values", map_values, 0},
                                                  {NULL, NULL, 0}};
    static const duk_function_list_entry set[] = {
        {"has", set_has, 1},         {"add", set_add, 1},
        {"delete", set_delete, 1},   {"clear", set_clear, 0},
        {"entries", set_entries, 0}, {"forEach", set_for_each, 1 | WK_ARGS(1)},
        {"values", set_values, 0},   {NULL, NULL, 0}};

    wk_iterator_proto(ctx, WK_MAP_ITERATOR_PROTO, "Map Iterator", map_iterator_next);
    wk_iterator_proto(ctx, WK_SET_ITERATOR_PROTO, "Set Iterator", set_iterator_next);
    wk_push_class(ctx, "Map", map_constructor, 0, NULL, map);
    class_end(ctx, WK_MAP_PROTO, "entries", map_size);
    wk_push_class(ctx, "Set", set_constructor, 0, NULL, set);
    duk_get_prop_literal(ctx, -1, "values");
    wk_define_value(ctx, -2, "keys");
    class_end(ctx, WK_SET_PROTO, "values", set_size);
}
