/* services/front/limits.h - what one client may cost.
 *
 * Sizes are fixed; times and the few numbers that a test or an operator changes live in struct
 * wk_limits, set by NAME=VALUE arguments of wk-front. */
#ifndef WK_FRONT_LIMITS_H
#define WK_FRONT_LIMITS_H
#include <stddef.h>
#include <stdint.h>

#define WK_HEAD_BYTES_MAX (64u << 10)   /* request line and headers together: 431 */
#define WK_TARGET_BYTES_MAX (16u << 10) /* 414 */
#define WK_HEADERS_MAX 256u             /* 431 */
#define WK_METHOD_BYTES_MAX 32u
#define WK_HOST_BYTES_MAX 264u       /* a DNS name, a colon and a port, with some room */
#define WK_CHUNK_LINE_BYTES_MAX 256u /* chunk size with its extensions */
#define WK_TRAILER_BYTES_MAX (8u << 10)
#define WK_LEADING_LINES_MAX 2u /* empty lines before a request line */
#define WK_INLINE_BODY_BYTES_MAX                                                               \
    (64u << 10)                   /* a whole body up to this travels in the message */
#define WK_READ_BYTES (64u << 10) /* one read from a client */
#define WK_READ_AHEAD_BYTES                                                                    \
    (16u << 10) /* kept of a client that is ahead of us; then reading stops */
#define WK_LINGER_BYTES_MAX                                                                    \
    (1u << 20)                     /* thrown away at most before a refused client is cut off */
#define WK_BODY_PROGRESS_BYTES 64u /* per body_ms; less is a client that dawdles */
#define WK_WRITE_PROGRESS_BYTES 1024u /* per write_ms */
#define WK_RESPONSE_HEADERS_MAX 1024u
#define WK_RESPONSE_HEADER_BYTES_MAX (128u << 10)
#define WK_CORK_BYTES (16u << 10) /* of a response collected for one write */
#define WK_SPARES_MAX 64u         /* write buffers kept for reuse */

struct wk_limits {
    uint32_t headers_ms;  /* from the first byte, or the connect, to the end of the head */
    uint32_t idle_ms;     /* between requests */
    uint32_t body_ms;     /* for WK_BODY_PROGRESS_BYTES of a body */
    uint32_t write_ms;    /* for WK_WRITE_PROGRESS_BYTES of a response */
    uint32_t linger_ms;   /* a closed connection's client may take to notice */
    uint32_t half_ms;     /* between looks at a client that has closed its sending side */
    uint32_t connections; /* 0: from the limit on descriptors, at most WK_CONNECTIONS_MAX */
    uint64_t body_bytes;  /* of one request: 413 */
};

#define WK_CONNECTIONS_MAX 10000u
#define WK_LIMITS_DEFAULT                                                                      \
    (struct wk_limits)                                                                         \
    {                                                                                          \
        .headers_ms = 10000, .idle_ms = 60000, .body_ms = 30000, .write_ms = 60000,            \
        .linger_ms = 2000, .half_ms = 1000, .connections = 0, .body_bytes = 64ull << 30        \
    }
#endif
