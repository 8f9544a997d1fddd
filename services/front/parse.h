/* services/front/parse.h - bytes of one client into requests, strictly.
 *
 * llhttp (strict, nothing lenient) does the parsing. Around it stand checks of our own wherever
 * a proxy in front of us might read the same bytes differently: line ends other than CRLF,
 * folded lines, more than one Content-Length or Host, anything but "Transfer-Encoding:
 * chunked", overlong chunk lines. Any doubt is a 400 and the end of the connection.
 *
 * A head is parsed when all of it is there, in one piece, so that method, target and headers
 * are slices of the caller's bytes. A body is handed on in slices as it comes, without its
 * chunk framing.
 *
 *     HEAD --wk_parser_head DONE--> BODY --wk_parser_body DONE--> (wk_parser_reset) HEAD
 *     any --BAD--> only wk_parser_reset helps
 *
 * Thread: one at a time. No sockets and no allocation here. */
#ifndef WK_FRONT_PARSE_H
#define WK_FRONT_PARSE_H
#include <stdbool.h>
#include "llhttp.h"
#include "services/front/limits.h"

struct wk_slice {
    const char *at;
    size_t len;
};

struct wk_header {
    struct wk_slice name, value;
};

struct wk_head {
    struct wk_slice method, target, host;
    uint64_t length; /* of the body; with has_length */
    unsigned minor;  /* HTTP/1.minor */
    unsigned count;
    bool has_length, chunked, keep_alive;
    bool expects_continue, accepts_html, has_host;
    struct wk_header headers[WK_HEADERS_MAX];
};

enum wk_parse { WK_PARSE_MORE, WK_PARSE_DONE, WK_PARSE_BAD };

struct wk_parser {
    llhttp_t http;
    struct wk_head *head;    /* only inside wk_parser_head */
    size_t scanned, line_at; /* of the head: looked at; start of the line */
    unsigned lines, empty_lines;
    unsigned status; /* when BAD: what to answer, and why */
    const char *reason;
    /* body */
    void (*sink)(void *arg, const char *data, size_t bytes);
    void *sink_arg;
    const char *cursor; /* framing up to here was checked */
    uint64_t body_bytes, body_bytes_max;
    uint32_t line_bytes, trailer_bytes;
    bool framing_cr, trailer, complete;
};

/* body_bytes_max: longer bodies are BAD with 413. */
void wk_parser_init(struct wk_parser *parser, uint64_t body_bytes_max);
/* Ready for the next request on the same connection. */
void wk_parser_reset(struct wk_parser *parser);

/* Looks for a whole head at the start of data. MORE: call again with the same bytes and more
 * (what was looked at is not looked at again). DONE: *head is filled with slices of data, *used
 * is its size; when the request has no body it is complete. BAD: parser->status and ->reason.
 */
enum wk_parse wk_parser_head(struct wk_parser *parser, const char *data, size_t bytes,
                             struct wk_head *head, size_t *used);
/* The request that wk_parser_head gave has nothing left to read. */
bool wk_parser_complete(const struct wk_parser *parser);
/* Calls sink for each piece of body in data. MORE: all of data was used. DONE: the body ended
 * after *used bytes. BAD: as above; pieces before the bad byte were delivered. */
enum wk_parse wk_parser_body(struct wk_parser *parser, const char *data, size_t bytes,
                             void (*sink)(void *arg, const char *data, size_t bytes), void *arg,
                             size_t *used);

bool wk_slice_is(struct wk_slice slice, const char *lower); /* ASCII, whatever the case */
bool wk_is_token(const char *text, size_t bytes);           /* RFC 9110 token */
#endif
