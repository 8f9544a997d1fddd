/* runtime/serialize/bigint.h - BigInt, of which this engine has the digits alone. Private to
 * runtime/serialize. */
#ifndef WK_SERIALIZE_BIGINT_H
#define WK_SERIALIZE_BIGINT_H
#include "duk_internal.h"
#include <stdbool.h>
#include <stdint.h>

/* 65,536 bits: the conversion's time grows with the square. */
#define WK_BIGINT_BYTES_MAX 8192u

/* Pushes the decimal digits of bytes, low first. Throws RangeError when they are too many. */
void wk_push_bigint_digits(duk_hthread *thr, const uint8_t *bytes, uint32_t length,
                           bool negative);
#endif
