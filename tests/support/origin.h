/* tests/support/origin.h - an HTTP server on the loopback, on a thread of its own, for what goes out.
 *
 * By the path of the target:
 *   /cut        the connection ends without an answer        /garbage  an answer that is not HTTP
 *   /short      100 bytes are promised, 5 come               /early    103 before the answer
 *   /to?L       302 to L       /303?L       /307?L           /big?N    N bytes of zeros
 *   /conn       the number of the connection, from 1         /204      no body
 *   /headers?N  an answer with N bytes of headers            /loop     302 to itself
 *   others      200 with the request's text
 * The answer with the request's text has the headers X-Drop: 1, X-Keep: a, X-Keep: b and Connection: keep-alive.
 * Lifetime: origin_start .. the end of the test's process. */
#ifndef WK_TESTS_ORIGIN_H
#define WK_TESTS_ORIGIN_H
#include <stdint.h>

/* Gives the port. */
uint16_t origin_start(void);
#endif
