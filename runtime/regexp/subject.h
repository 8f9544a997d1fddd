/* runtime/regexp/subject.h - the string that is matched, in the form the matcher takes.
 *
 * Positions are in elements: bytes of an ASCII string, else UTF-16 units or code points (u flag).
 *
 * Thread: the heap's. Lifetime: until the value that wk_regexp_subject_push left on the value stack is
 * popped, and with it the string. */
#ifndef WK_REGEXP_SUBJECT_H
#define WK_REGEXP_SUBJECT_H
#include "duktape.h"
#include "kernel/base/base.h"

struct wk_regexp_state;

struct wk_regexp_subject {
    const char *bytes; /* the string as Duktape has it: CESU-8 */
    size_t byte_count;
    size_t units;          /* its length for JavaScript */
    const uint32_t *chars; /* wide form; NULL: narrow, elements are bytes */
    size_t count;          /* elements */
    const uint32_t *unit_of; /* element -> UTF-16 index, count + 1 of them; NULL: the same */
};

/* Prepares the string at idx and pushes what keeps the wide form alive (undefined when narrow). The
 * last wide form is kept, for loops with lastIndex. wide: even when it is ASCII. Throws when memory is
 * out. */
void wk_regexp_subject_push(duk_context *ctx, struct wk_regexp_state *state, duk_idx_t idx,
                            bool code_points, bool wide, struct wk_regexp_subject *out);

/* Between elements and UTF-16 indices. An index inside a surrogate pair is that of the pair. */
size_t wk_regexp_subject_unit(const struct wk_regexp_subject *subject, size_t element);
size_t wk_regexp_subject_element(const struct wk_regexp_subject *subject, size_t unit);

/* Pushes the part [from, to) as a string. */
void wk_regexp_subject_slice(duk_context *ctx, const struct wk_regexp_subject *subject, size_t from,
                             size_t to);
/* The bytes of [from, to) as CESU-8: how many, and written to out. */
size_t wk_regexp_subject_bytes(const struct wk_regexp_subject *subject, size_t from, size_t to);
void wk_regexp_subject_copy(const struct wk_regexp_subject *subject, size_t from, size_t to, char *out);

/* One character as CESU-8 (a pair of three bytes past U+FFFF): bytes written, at most 6. */
static inline size_t
wk_cesu8_put(char *out, uint32_t c)
{
    if (c > 0xffff) {
        uint32_t high = 0xd7c0 + (c >> 10);

        wk_cesu8_put(out, high);
        wk_cesu8_put(out + 3, 0xdc00 + (c & 0x3ff));
        return 6;
    }
    if (c < 0x80) {
        out[0] = (char)c;
        return 1;
    }
    if (c < 0x800) {
        out[0] = (char)(0xc0 | c >> 6);
        out[1] = (char)(0x80 | (c & 0x3f));
        return 2;
    }
    out[0] = (char)(0xe0 | c >> 12);
    out[1] = (char)(0x80 | (c >> 6 & 0x3f));
    out[2] = (char)(0x80 | (c & 0x3f));
    return 3;
}

/* Decodes CESU-8 (or UTF-8) to units, or code points; out has room for byte_count. Returns how many. */
size_t wk_cesu8_decode(const char *bytes, size_t byte_count, bool code_points, uint32_t *out);
#endif
