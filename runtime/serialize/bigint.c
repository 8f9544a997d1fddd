/* BigInt between decimal digits, which is what this engine keeps of one, and bytes. */
#include "runtime/serialize/bigint.h"

#include "runtime/serialize/reader.h"
#include "runtime/serialize/writer.h"

#define LIMBS_MAX (WK_BIGINT_BYTES_MAX / 4)
#define CHUNK 1000000000u /* nine digits at a time */

/* limbs = limbs * factor + more; gives the new count. */
static uint32_t
multiply_add(uint32_t *limbs, uint32_t count, uint32_t factor, uint32_t more)
{
    uint64_t carry = more;

    for (uint32_t i = 0; i < count; i++) {
        carry += (uint64_t)limbs[i] * factor;
        limbs[i] = (uint32_t)carry;
        carry >>= 32;
    }
    if (carry != 0)
        limbs[count++] = (uint32_t)carry;
    return count;
}

/* limbs = limbs / CHUNK; gives the remainder. */
static uint32_t
divide(uint32_t *limbs, uint32_t *count)
{
    uint64_t rest = 0;

    for (uint32_t i = *count; i-- > 0;) {
        rest = rest << 32 | limbs[i];
        limbs[i] = (uint32_t)(rest / CHUNK);
        rest %= CHUNK;
    }
    while (*count > 0 && limbs[*count - 1] == 0)
        --*count;
    return (uint32_t)rest;
}

static void
too_large(duk_hthread *thr)
{
    (void)duk_range_error(thr, "Maximum BigInt size exceeded");
}

void
wk_write_bigint(struct wk_writer *w, enum wk_ser_tag tag, duk_hstring *digits)
{
    const uint8_t *p = DUK_HSTRING_GET_DATA(digits), *end = DUK_HSTRING_GET_DATA_END(digits);
    bool negative = p < end && *p == '-';
    uint32_t *limbs, count = 0, bytes, chunk = 0, scale = 1;

    if (negative)
        p++;
    if ((size_t)(end - p) > WK_BIGINT_BYTES_MAX * 2)
        too_large(w->thr);
    duk_require_stack(w->thr, 8);
    limbs = duk_push_fixed_buffer(w->thr, WK_BIGINT_BYTES_MAX + 16);
    for (; p < end; p++) {
        if (*p < '0' || *p > '9')
            (void)duk_type_error(w->thr, "BigInt is not supported by this runtime");
        chunk = chunk * 10 + (*p - '0');
        scale *= 10;
        if (scale == CHUNK || p + 1 == end) {
            count = multiply_add(limbs, count, scale, chunk);
            chunk = 0;
            scale = 1;
        }
        if (count > LIMBS_MAX)
            too_large(w->thr);
    }
    bytes = (count + 1) / 2 * 8; /* V8's digits have 64 bits */
    wk_put_byte(w, tag);
    wk_put_varint(w, bytes << 1 | (negative && count > 0));
    memcpy(wk_put_room(w, bytes), limbs, bytes);
    duk_pop(w->thr);
}

void
wk_push_bigint_digits(duk_hthread *thr, const uint8_t *bytes, uint32_t length, bool negative)
{
    uint32_t *limbs, count = (length + 3) / 4;
    char *text, *at;

    if (length > WK_BIGINT_BYTES_MAX)
        too_large(thr);
    limbs = duk_push_fixed_buffer(thr, (size_t)count * 4 + 4);
    memcpy(limbs, bytes, length);
    while (count > 0 && limbs[count - 1] == 0)
        count--;
    text = duk_push_fixed_buffer(thr, (size_t)length * 3 + 24);
    at = text + (size_t)length * 3 + 24;
    negative = negative && count > 0;
    do {
        uint32_t chunk = divide(limbs, &count);

        for (int i = 0; i < 9 && (count > 0 || chunk > 0 || i == 0); i++, chunk /= 10)
            *--at = (char)('0' + chunk % 10);
    } while (count > 0);
    if (negative)
        *--at = '-';
    duk_push_lstring(thr, at, (size_t)(text + (size_t)length * 3 + 24 - at));
    duk_replace(thr, -3);
    duk_pop(thr);
}
