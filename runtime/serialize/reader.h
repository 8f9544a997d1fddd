/* runtime/serialize/reader.h - a value while its bytes are read. Private to runtime/serialize.
 *
 * Bytes are hostile. Every length is held against what is left of them before anything is
 * allocated, and all dense arrays together have no more elements than there are bytes. What a
 * reader makes is on the value stack or in its table of objects, so that a throw needs no
 * cleaning up. No script of the tenant's runs: properties are defined, not assigned.
 *
 * Thread: the heap's. Lifetime: the call's. */
#ifndef WK_SERIALIZE_READER_H
#define WK_SERIALIZE_READER_H
#include "duk_internal.h" /* before anything that includes duktape.h */
#include <math.h>
#include <string.h>
#include "runtime/engine/collections.h"
#include "runtime/serialize/format.h"
#include "runtime/serialize/serialize.h"

struct wk_reader {
    duk_hthread *thr;
    const uint8_t *at, *end;
    uint32_t version;
    bool views_have_flags;
    uint32_t ids;        /* objects so far */
    duk_idx_t table_idx; /* the stack slot of the table */
    duk_hobject
        *first; /* object 0, which is the value itself or its buffer; NULL: not made yet */
    struct wk_slots
        *table; /* the others by number; undefined: not made yet; NULL: there is none */
    size_t elements_left; /* what dense arrays may still have, together */
};

/* Throws: the bytes are no value. */
void wk_read_fail(struct wk_reader *r) __attribute__((noreturn));

static inline size_t
wk_reader_left(const struct wk_reader *r)
{
    return (size_t)(r->end - r->at);
}

static inline uint8_t
wk_read_byte(struct wk_reader *r)
{
    if (r->at == r->end)
        wk_read_fail(r);
    return *r->at++;
}

/* As V8 does it, bits above the 32nd are dropped. */
static inline uint32_t
wk_read_varint(struct wk_reader *r)
{
    uint32_t n = 0;
    unsigned shift = 0;
    uint8_t byte;

    do {
        byte = wk_read_byte(r);
        if (shift < 32)
            n |= (uint32_t)(byte & 0x7F) << shift;
        shift += 7;
    } while ((byte & 0x80) != 0);
    return n;
}

/* That many bytes, which are there. */
static inline const uint8_t *
wk_read_bytes(struct wk_reader *r, size_t n)
{
    const uint8_t *at = r->at;

    if (n > wk_reader_left(r))
        wk_read_fail(r);
    r->at += n;
    return at;
}

static inline double
wk_read_double(struct wk_reader *r)
{
    double d;

    memcpy(&d, wk_read_bytes(r, sizeof(d)), sizeof(d));
    return d != d ? NAN : d; /* a NaN with other bits could be taken for a tagged value */
}

/* The next tag, behind padding, which is not taken; -1 at the end. */
static inline int
wk_peek_tag(struct wk_reader *r)
{
    while (r->at < r->end && *r->at == WK_SER_PADDING)
        r->at++;
    return r->at == r->end ? -1 : *r->at;
}

/* Gives the number of an object whose tag was read. */
uint32_t wk_reader_number(struct wk_reader *r);
/* The object at the top of the stack has that number. */
void wk_reader_made(struct wk_reader *r, uint32_t number);
/* Throws RangeError at the end of the stack. To be called wherever values nest. */
void wk_reader_check_depth(struct wk_reader *r);

/* Each pushes what it reads. */
void wk_read_value(struct wk_reader *r);
void wk_read_string(struct wk_reader *r);
void wk_read_object(struct wk_reader *r);
void wk_read_dense(struct wk_reader *r);
void wk_read_sparse(struct wk_reader *r);
void wk_read_map(struct wk_reader *r);
void wk_read_set(struct wk_reader *r);
void wk_read_buffer(struct wk_reader *r, bool resizable);
/* The buffer is at the top of the stack, and replaced by the view. */
void wk_read_view(struct wk_reader *r);
void wk_read_error(struct wk_reader *r);
void wk_read_regexp(struct wk_reader *r);
void wk_read_host(struct wk_reader *r);
void wk_read_bigint(struct wk_reader *r);
#endif
