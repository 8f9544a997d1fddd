/* Strings that are built piece by piece, see append.h.
 *
 * The references to a string are counted, so that one whose every holder is known here can be
 * changed. Known are the registers of the instruction and, where its result is stored at once
 * into the variable or property that the string was read from, that one too: all get the
 * result, the last by its own store again. */
#include "duk_internal.h"

#define APPEND_BYTES_MIN 256
#define HOLDERS_MAX 2

static duk_size_t
append_room(duk_size_t bytes)
{
    duk_size_t step = (duk_size_t)1
                      << (sizeof(long) * 8 - 1 - (duk_size_t)__builtin_clzl(bytes));

    step /= 8;
    return (bytes + step - 1) / step * step;
}

/* What the next instruction stores this one's result into, if that is a variable or a plain
 * property. */
static duk_tval *
stored_into(duk_hthread *thr, const duk_tval *result)
{
    duk_instr_t ins = **thr->ptr_curr_pc;
    duk_tval *regs = thr->valstack_bottom, *consts, *key, *object;
    duk_activation *act = thr->callstack_curr;
    duk_small_uint_t op = DUK_DEC_OP(ins), attrs;
    duk_int_t entry, hash;

    consts = DUK_HCOMPFUNC_GET_CONSTS_BASE(thr->heap, (duk_hcompfunc *)DUK_ACT_GET_FUNC(act));
    if (op == DUK_OP_PUTVAR)
        return regs + DUK_DEC_A(ins) == result
                   ? wk_duk_variable(thr, DUK_TVAL_GET_STRING(consts + DUK_DEC_BC(ins)))
                   : NULL;
    if (op != DUK_OP_PUTPROP_RR && op != DUK_OP_PUTPROP_CR)
        return NULL;
    key = (op == DUK_OP_PUTPROP_CR ? consts : regs) + DUK_DEC_B(ins);
    object = regs + DUK_DEC_A(ins);
    if (regs + DUK_DEC_C(ins) != result || !DUK_TVAL_IS_OBJECT(object) ||
        DUK_HOBJECT_HAS_EXOTIC_BEHAVIOR(DUK_TVAL_GET_OBJECT(object)) ||
        !DUK_TVAL_IS_STRING(key) ||
        !duk_hobject_find_entry(thr->heap, DUK_TVAL_GET_OBJECT(object),
                                DUK_TVAL_GET_STRING(key), &entry, &hash))
        return NULL;
    attrs = DUK_HOBJECT_E_GET_FLAGS(thr->heap, DUK_TVAL_GET_OBJECT(object), entry);
    if ((attrs & DUK_PROPDESC_FLAG_ACCESSOR) || !(attrs & DUK_PROPDESC_FLAG_WRITABLE))
        return NULL;
    return DUK_HOBJECT_E_GET_VALUE_TVAL_PTR(thr->heap, DUK_TVAL_GET_OBJECT(object), entry);
}

static duk_bool_t
holds(const duk_tval *tv, const duk_hstring *h)
{
    return tv != NULL && DUK_TVAL_IS_STRING(tv) && DUK_TVAL_GET_STRING(tv) == h;
}

static duk_hstring *
table_find(duk_heap *heap, const duk_hstring *like)
{
    duk_hstring *h = heap->strtable[DUK_HSTRING_GET_HASH(like) & heap->st_mask];

    for (; h != NULL; h = h->hdr.h_next)
        if (DUK_HSTRING_GET_HASH(h) == DUK_HSTRING_GET_HASH(like) &&
            DUK_HSTRING_GET_BYTELEN(h) == DUK_HSTRING_GET_BYTELEN(like) &&
            memcmp(DUK_HSTRING_GET_DATA(h), DUK_HSTRING_GET_DATA(like),
                   DUK_HSTRING_GET_BYTELEN(h)) == 0)
            return h;
    return NULL;
}

static void
table_add(duk_heap *heap, duk_hstring *h)
{
    duk_hstring **slot = heap->strtable + (DUK_HSTRING_GET_HASH(h) & heap->st_mask);

    h->hdr.h_next = *slot;
    *slot = h;
    heap->st_count++;
}

/* The string, moved if it must; NULL: as before, for want of memory. It is in no table
 * afterwards. */
static duk_hstring *
grow(duk_heap *heap, duk_hstring *h, duk_hstring *tail)
{
    duk_size_t had = DUK_HSTRING_GET_BYTELEN(h), more = DUK_HSTRING_GET_BYTELEN(tail);
    duk_size_t room = append_room(sizeof(*h) + had + more + 1);
    duk_bool_t grown = DUK_HEAPHDR_CHECK_FLAG_BITS(&h->hdr, WK_HSTRING_FLAG_GROWN);
    duk_size_t clen = h->clen, tail_clen = 0;
    duk_uint8_t *data;
    int i;

    if (clen != 0)
        tail_clen = DUK_HSTRING_GET_CHARLEN(tail);
    duk_heap_strtable_unlink(heap, h);
    if (!grown || room != append_room(sizeof(*h) + had + 1)) {
        duk_hstring *moved = heap->realloc_func(heap->heap_udata, h, room);

        if (moved == NULL) {
            table_add(heap, h);
            return NULL;
        }
        for (i = 0; i < DUK_HEAP_STRCACHE_SIZE; i++)
            if (heap->strcache[i].h == h)
                heap->strcache[i].h = moved;
        h = moved;
        DUK_HEAPHDR_SET_FLAG_BITS(&h->hdr, WK_HSTRING_FLAG_GROWN);
    }
    data = (duk_uint8_t *)(h + 1);
    memcpy(data + had, DUK_HSTRING_GET_DATA(tail), more);
    data[had + more] = 0;
    DUK_HSTRING_SET_BYTELEN(h, (duk_uint32_t)(had + more));
    h->clen = (duk_uint32_t)(clen != 0 ? clen + tail_clen : 0);
    if (clen + tail_clen != had + more)
        DUK_HSTRING_CLEAR_ASCII(h);
    DUK_HSTRING_SET_HASH(h, duk_heap_hashstring(heap, data, had + more));
    return h;
}

static duk_bool_t
append(duk_hthread *thr, duk_tval *x, duk_hstring *tail, duk_tval *z, duk_bool_t x_dead)
{
    duk_heap *heap = thr->heap;
    duk_hstring *h = DUK_TVAL_GET_STRING(x), *same;
    duk_tval *holders[HOLDERS_MAX] = {x};
    duk_size_t count = 1, refs = DUK_HEAPHDR_GET_REFCOUNT(&h->hdr), i;

    if (DUK_HSTRING_HAS_SYMBOL(tail) || tail == h ||
        DUK_HSTRING_GET_BYTELEN(tail) > DUK_HSTRING_MAX_BYTELEN - DUK_HSTRING_GET_BYTELEN(h))
        return 0;
    if (x != z) {
        if (!x_dead || !holds(z, h))
            return 0;
        holders[count++] = z;
    }
    if (refs > count && x == z && holds(holders[count] = stored_into(thr, z), h))
        count++;
    if (refs != count || (h = grow(heap, h, tail)) == NULL)
        return 0;
    if ((same = table_find(heap, h)) != NULL) {
        DUK_HEAPHDR_SET_REFCOUNT(&same->hdr, DUK_HEAPHDR_GET_REFCOUNT(&same->hdr) + count);
        duk_heap_strcache_string_remove(heap, h);
        heap->free_func(heap->heap_udata, h);
        h = same;
    } else {
        table_add(heap, h);
    }
    for (i = 0; i < count; i++)
        DUK_TVAL_SET_STRING(holders[i], h);
    return 1;
}

duk_bool_t
wk_append(duk_hthread *thr, duk_tval *x, duk_tval *y, duk_tval *z, duk_bool_t x_dead)
{
    duk_hstring *h = DUK_TVAL_GET_STRING(x);
    duk_idx_t x_at = (duk_idx_t)(x - thr->valstack_bottom),
              z_at = (duk_idx_t)(z - thr->valstack_bottom);
    duk_bool_t done;

    if (DUK_HSTRING_GET_BYTELEN(h) < APPEND_BYTES_MIN || DUK_HSTRING_HAS_SYMBOL(h) ||
        DUK_HEAPHDR_GET_REFCOUNT(&h->hdr) > HOLDERS_MAX)
        return 0;
    if (DUK_TVAL_IS_STRING(y))
        return append(thr, x, DUK_TVAL_GET_STRING(y), z, x_dead);
    if (!DUK_TVAL_IS_NUMBER(y))
        return 0;
    duk_push_tval(thr, y);
    duk_to_string(thr, -1); /* may collect garbage, and so move the stack */
    done = append(thr, thr->valstack_bottom + x_at, duk_known_hstring(thr, -1),
                  thr->valstack_bottom + z_at, x_dead);
    duk_pop_unsafe(thr);
    return done;
}
