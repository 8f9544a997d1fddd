#include "runtime/serialize/writer.h"

#include "runtime/binding/utf8.h"
#include "runtime/binding/webidl.h"

void
wk_writer_init(struct wk_writer *w, duk_hthread *thr)
{
    duk_require_stack(thr, 32);
    w->thr = thr;
    w->base = duk_get_top(thr);
    for (int i = 0; i < WK_WRITER_SLOTS; i++)
        duk_push_undefined(thr);
    w->data = w->local;
    w->cap = sizeof(w->local);
    w->len = 0;
    w->ids = w->mask = w->depth = 0;
    w->for_call = false;
    w->table = NULL;
    w->kept = NULL;
    w->walks = NULL;
    wk_put_byte(w, WK_SER_HEADER);
    wk_put_byte(w, WK_SER_VERSION);
}

void
wk_writer_grow(struct wk_writer *w, size_t more)
{
    size_t cap = w->cap * 2;

    if (more > WK_SERIALIZED_BYTES_MAX - w->len)
        (void)wk_throw_dom(w->thr, "DataCloneError", "Data cannot be cloned, out of memory.");
    if (cap < w->len + more)
        cap = w->len + more;
    if (w->data == w->local) {
        w->data = duk_push_dynamic_buffer(w->thr, cap);
        memcpy(w->data, w->local, w->len);
        duk_replace(w->thr, w->base + WK_WRITER_BYTES);
    } else {
        w->data = duk_resize_buffer(w->thr, w->base + WK_WRITER_BYTES, cap);
    }
    w->cap = cap;
}

void
wk_put_bytes(struct wk_writer *w, const void *bytes, size_t len)
{
    if (len > WK_SERIALIZED_BYTES_MAX)
        wk_writer_grow(w, len); /* throws */
    wk_put_varint(w, (uint32_t)len);
    if (len > 0)
        memcpy(wk_put_room(w, len), bytes, len);
}

void
wk_put_number(struct wk_writer *w, duk_tval *tv)
{
    double d = DUK_TVAL_GET_NUMBER(tv);
    int32_t i;

    if (d >= WK_SER_SMALL_MIN && d <= WK_SER_SMALL_MAX) {
        i = (int32_t)d;
        if (i == d && (i != 0 || !signbit(d))) {
            wk_put_byte(w, WK_SER_INT32);
            wk_put_varint(w, (uint32_t)i << 1 ^ (uint32_t)(i >> 31));
            return;
        }
    }
    wk_put_byte(w, WK_SER_DOUBLE);
    wk_put_double(w, d);
}

/* --- strings --- */

/* One character of a Duktape string; tolerant, since a string is not an outside's bytes. */
static const uint8_t *
next_char(const uint8_t *p, const uint8_t *end, uint32_t *code)
{
    int more = *p < 0xC0 ? 0 : *p < 0xE0 ? 1 : *p < 0xF0 ? 2 : 3;

    *code = *p < 0x80 || more == 0 ? *p : *p & (0x3Fu >> more);
    for (p++; more > 0 && p < end && (*p & 0xC0) == 0x80; more--, p++)
        *code = *code << 6 | (*p & 0x3F);
    return p;
}

/* UTF-16 units of the characters; *wide: one is over U+00FF. */
static size_t
count_units(const uint8_t *p, const uint8_t *end, bool *wide)
{
    size_t units = 0;
    uint32_t code;

    for (*wide = false; p<end; units += code> 0xFFFF ? 2 : 1) {
        p = next_char(p, end, &code);
        *wide |= code > 0xFF;
    }
    return units;
}

static void
put_wide(struct wk_writer *w, const uint8_t *p, const uint8_t *end, size_t units)
{
    size_t length_bytes = 1;
    uint8_t *out;
    uint32_t code;

    if (units > WK_SERIALIZED_BYTES_MAX / 2)
        wk_writer_grow(w, WK_SERIALIZED_BYTES_MAX); /* throws */
    for (size_t n = units * 2; n >= 0x80; n >>= 7)
        length_bytes++;
    if (((w->len + 1 + length_bytes) & 1) != 0)
        wk_put_byte(w, WK_SER_PADDING);
    wk_put_byte(w, WK_SER_UTF16);
    wk_put_varint(w, (uint32_t)(units * 2));
    out = wk_put_room(w, units * 2);
    while (p < end) {
        p = next_char(p, end, &code);
        if (code > 0xFFFF) {
            uint32_t high = 0xD7C0 + (code >> 10);

            *out++ = (uint8_t)high;
            *out++ = (uint8_t)(high >> 8);
            code = 0xDC00 + (code & 0x3FF);
        }
        *out++ = (uint8_t)code;
        *out++ = (uint8_t)(code >> 8);
    }
}

void
wk_put_string(struct wk_writer *w, duk_hstring *h)
{
    const uint8_t *p = DUK_HSTRING_GET_DATA(h), *end = DUK_HSTRING_GET_DATA_END(h);
    size_t ascii = wk_ascii_prefix(p, (size_t)(end - p)), units;
    uint8_t *out;
    bool wide;

    if (p + ascii == end) {
        wk_put_byte(w, WK_SER_LATIN1);
        wk_put_bytes(w, p, ascii);
        return;
    }
    units = ascii + count_units(p + ascii, end, &wide);
    if (wide) {
        put_wide(w, p, end, units);
        return;
    }
    wk_put_byte(w, WK_SER_LATIN1);
    wk_put_varint(w, (uint32_t)units);
    out = wk_put_room(w, units);
    while (p < end) {
        uint32_t code;

        p = next_char(p, end, &code);
        *out++ = (uint8_t)code;
    }
}

/* --- which objects were seen --- */

static uint32_t
hash_of(const duk_hobject *obj)
{
    return (uint32_t)(((uint64_t)(uintptr_t)obj >> 4) * 0x9e3779b97f4a7c15u >> 32);
}

static struct wk_seen *
table_find(struct wk_seen *table, uint32_t mask, const duk_hobject *obj)
{
    uint32_t i = hash_of(obj) & mask;

    while (table[i].obj != NULL && table[i].obj != obj)
        i = (i + 1) & mask;
    return &table[i];
}

static void
table_grow(struct wk_writer *w)
{
    uint32_t size = w->mask == 0 ? 32 : (w->mask + 1) * 2, mask = size - 1;
    struct wk_seen *table = duk_push_fixed_buffer(w->thr, size * sizeof(*table)); /* zeroed */

    if (w->mask == 0) {
        for (uint32_t i = 0; i < w->ids; i++)
            *table_find(table, mask, w->few[i]) = (struct wk_seen){w->few[i], i};
    }
    for (uint32_t i = 0; w->mask != 0 && i <= w->mask; i++) {
        if (w->table[i].obj != NULL)
            *table_find(table, mask, w->table[i].obj) = w->table[i];
    }
    duk_replace(w->thr, w->base + WK_WRITER_TABLE);
    w->table = table;
    w->mask = mask;
}

bool
wk_writer_has(struct wk_writer *w, const duk_hobject *obj)
{
    for (uint32_t i = 0; w->mask == 0 && i < w->ids; i++) {
        if (w->few[i] == obj)
            return true;
    }
    return w->mask != 0 && table_find(w->table, w->mask, obj)->obj != NULL;
}

int64_t
wk_writer_number(struct wk_writer *w, duk_hobject *obj)
{
    struct wk_seen *at;
    duk_tval tv;

    if (w->mask == 0) {
        for (uint32_t i = 0; i < w->ids; i++) {
            if (w->few[i] == obj)
                return i;
        }
        if (w->ids < WK_WRITER_FEW)
            w->few[w->ids] = obj;
        else
            table_grow(w);
    }
    if (w->mask != 0) {
        at = table_find(w->table, w->mask, obj);
        if (at->obj != NULL)
            return at->id;
        if (w->ids >= w->mask / 4 * 3) {
            table_grow(w);
            at = table_find(w->table, w->mask, obj);
        }
        *at = (struct wk_seen){obj, w->ids};
    }
    w->ids++;
    if (w->kept != NULL) {
        DUK_TVAL_SET_OBJECT(&tv, obj);
        wk_writer_keep(w, &tv);
    }
    return -1;
}

/* --- script --- */

void
wk_writer_keep(struct wk_writer *w, const duk_tval *tv)
{
    struct wk_slots *kept = w->kept;

    if (kept->count == kept->cap)
        wk_slots_reserve(w->thr, kept, kept->cap < 16 ? 32 : kept->cap * 2);
    kept->slots[kept->count] = *tv;
    DUK_TVAL_INCREF(w->thr, &kept->slots[kept->count]);
    kept->count++;
}

static void
keep_seen(struct wk_writer *w)
{
    duk_tval tv;

    for (uint32_t i = 0; w->mask == 0 && i < w->ids; i++) {
        DUK_TVAL_SET_OBJECT(&tv, w->few[i]);
        wk_writer_keep(w, &tv);
    }
    for (uint32_t i = 0; w->mask != 0 && i <= w->mask; i++) {
        if (w->table[i].obj != NULL) {
            DUK_TVAL_SET_OBJECT(&tv, w->table[i].obj);
            wk_writer_keep(w, &tv);
        }
    }
}

void
wk_writer_before_script(struct wk_writer *w)
{
    if (w->kept == NULL) {
        w->kept = wk_slots_push(w->thr, WK_KIND_CELLS, 0, NULL);
        duk_replace(w->thr, w->base + WK_WRITER_KEPT);
        keep_seen(w);
    }
    /* The walks further out were taken aside before, if the inner ones were. */
    for (struct wk_walk *walk = w->walks; walk != NULL && walk->rest == NULL; walk = walk->up)
        wk_walk_take_rest(w, walk);
}
