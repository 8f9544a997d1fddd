/* runtime/serialize/writer.h - the bytes of one value while they are made. Private to
 * runtime/serialize.
 *
 * Everything a writer holds is on its caller's C stack or in the heap, anchored by stack slots
 * of the heap, so that a throw from anywhere needs no cleaning up. Bytes begin in `local` and
 * move to a buffer of the heap's when they get many: what a tenant serializes counts as the
 * tenant's memory.
 *
 * Script may run in the middle (getters), and change what is being written. It cannot as long
 * as there is no getter, which is nearly always, so nothing is copied beforehand: the walks
 * under way are linked, and the first time that script is about to run each takes the rest of
 * its keys or entries aside (wk_writer_before_script), and every object seen is kept alive, so
 * that no other gets its address.
 *
 * Thread: the heap's. Lifetime: the call's. */
#ifndef WK_SERIALIZE_WRITER_H
#define WK_SERIALIZE_WRITER_H
#include "duk_internal.h" /* before anything that includes duktape.h */
#include <math.h>
#include <string.h>
#include "runtime/engine/collections.h"
#include "runtime/serialize/format.h"
#include "runtime/serialize/serialize.h"

#define WK_WRITER_FEW 8u /* objects that are searched one by one */
#define WK_WRITER_DEPTH_MAX                                                                    \
    8000u /* nested values; what is written must be readable on a like stack */

enum wk_writer_slot { WK_WRITER_BYTES, WK_WRITER_TABLE, WK_WRITER_KEPT, WK_WRITER_SLOTS };

/* One object whose properties (entries, for a Map or Set) are being written. */
struct wk_walk {
    struct wk_walk *up;
    duk_hobject *of;
    uint32_t at; /* the next entry to look at */
    duk_hstring
        *last; /* the last key taken; finds the place again after the collector moved entries */
    uint32_t used;         /* entries of the object when at was right */
    struct wk_slots *rest; /* what was left when script first ran; NULL: it has not */
};

struct wk_seen {
    duk_hobject *obj; /* NULL: free */
    uint32_t id;
};

struct wk_writer {
    duk_hthread *thr;
    duk_idx_t base; /* WK_WRITER_SLOTS stack slots of ours */
    uint8_t *data;
    size_t len, cap;
    uint32_t ids;  /* objects so far */
    uint32_t mask; /* of the table; 0: none yet */
    uint32_t depth;
    bool for_call; /* of a method elsewhere: instances of a worker's own classes have no form */
    struct wk_seen *table;
    struct wk_slots *kept; /* NULL: no script has run */
    struct wk_walk *walks;
    duk_hobject *few[WK_WRITER_FEW];
    uint8_t local[256];
};

/* Pushes the writer's stack slots and writes the header. */
void wk_writer_init(struct wk_writer *w, duk_hthread *thr);
void wk_writer_grow(struct wk_writer *w, size_t more);

static inline void
wk_put_byte(struct wk_writer *w, unsigned byte)
{
    if (w->len == w->cap)
        wk_writer_grow(w, 1);
    w->data[w->len++] = (uint8_t)byte;
}

static inline void
wk_put_varint(struct wk_writer *w, uint32_t n)
{
    if (w->cap - w->len < 5)
        wk_writer_grow(w, 5);
    for (; n >= 0x80; n >>= 7)
        w->data[w->len++] = (uint8_t)(n | 0x80);
    w->data[w->len++] = (uint8_t)n;
}

/* Room for n bytes, which count as written. */
static inline uint8_t *
wk_put_room(struct wk_writer *w, size_t n)
{
    uint8_t *at;

    if (w->cap - w->len < n)
        wk_writer_grow(w, n);
    at = w->data + w->len;
    w->len += n;
    return at;
}

static inline void
wk_put_double(struct wk_writer *w, double d)
{
    if (d != d)
        d = NAN; /* one NaN, whatever its bits */
    memcpy(wk_put_room(w, sizeof(d)), &d, sizeof(d));
}

void wk_put_string(struct wk_writer *w, duk_hstring *h);
void wk_put_number(struct wk_writer *w, duk_tval *tv);
/* The length and the bytes. */
void wk_put_bytes(struct wk_writer *w, const void *bytes, size_t len);

/* The number of an object seen before, else -1 and it now has the next. */
int64_t wk_writer_number(struct wk_writer *w, duk_hobject *obj);
bool wk_writer_has(struct wk_writer *w, const duk_hobject *obj);
/* To be called before anything that may run script. */
void wk_writer_before_script(struct wk_writer *w);
/* Keeps a heap object alive until the writer ends; after wk_writer_before_script alone. */
void wk_writer_keep(struct wk_writer *w, const duk_tval *tv);

/* properties.c: takes aside what a walk has not come to yet. */
void wk_walk_take_rest(struct wk_writer *w, struct wk_walk *walk);

/* --- the kinds of values, a file each --- */

void wk_write_value(struct wk_writer *w, duk_tval tv);
/* Writes the value at the top of the stack, and pops it. */
void wk_write_top(struct wk_writer *w);
/* Writes own enumerable properties with string keys, of these array indices only if asked for;
 * gives their number. */
uint32_t wk_write_properties(struct wk_writer *w, duk_hobject *obj, bool indices);
void wk_write_array(struct wk_writer *w, duk_hobject *obj);
void wk_write_collection(struct wk_writer *w, struct wk_slots *m);
void wk_write_buffer(struct wk_writer *w, duk_hbufobj *b);
void wk_write_view(struct wk_writer *w, duk_hbufobj *b);
/* Writes a view's buffer, which stands before it. */
void wk_write_view_buffer(struct wk_writer *w, duk_hbufobj *b);
void wk_write_error(struct wk_writer *w, duk_hobject *obj);
void wk_write_regexp(struct wk_writer *w, duk_hobject *obj);
/* An instance of a platform class whose name is at the top of the stack, which it pops. */
void wk_write_host(struct wk_writer *w, duk_hobject *obj);
/* BIGINT or BIGINT_OBJECT, from decimal digits. */
void wk_write_bigint(struct wk_writer *w, enum wk_ser_tag tag, duk_hstring *digits);
/* Throws the DataCloneError of a value that has no form as bytes. */
void wk_write_refuse(struct wk_writer *w, const duk_tval *tv) __attribute__((noreturn));
#endif
