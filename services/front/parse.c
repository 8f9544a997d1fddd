#include "services/front/parse.h"

#include <string.h>
#include <strings.h>

/* RFC 9110 tchar */
static const bool tchar[256] = {
    ['!'] = 1, ['#'] = 1, ['$'] = 1, ['%'] = 1,         ['&'] = 1,         ['\''] = 1,
    ['*'] = 1, ['+'] = 1, ['-'] = 1, ['.'] = 1,         ['^'] = 1,         ['_'] = 1,
    ['`'] = 1, ['|'] = 1, ['~'] = 1, ['0' ... '9'] = 1, ['A' ... 'Z'] = 1, ['a' ... 'z'] = 1,
};

bool
wk_is_token(const char *text, size_t bytes)
{
    for (size_t i = 0; i < bytes; i++)
        if (!tchar[(uint8_t)text[i]])
            return false;
    return bytes > 0;
}

bool
wk_slice_is(struct wk_slice slice, const char *lower)
{
    return strlen(lower) == slice.len && strncasecmp(slice.at, lower, slice.len) == 0;
}

static enum wk_parse
bad(struct wk_parser *p, unsigned status, const char *reason)
{
    if (p->status == 0) {
        p->status = status;
        p->reason = reason;
    }
    return WK_PARSE_BAD;
}

/* As a callback of llhttp: the first reason stands. */
static int
bad_cb(struct wk_parser *p, unsigned status, const char *reason)
{
    bad(p, status, reason);
    return HPE_USER;
}

/* ---- headers that decide how the message is framed ---- */

static int
take_length(struct wk_parser *p, struct wk_head *head, struct wk_slice value)
{
    uint64_t length = 0;

    if (head->has_length)
        return bad_cb(p, 400, "more than one Content-Length");
    if (value.len == 0 || value.len > 18)
        return bad_cb(p, 400, "malformed Content-Length");
    for (size_t i = 0; i < value.len; i++) {
        if (value.at[i] < '0' || value.at[i] > '9')
            return bad_cb(p, 400, "malformed Content-Length");
        length = length * 10 + (uint64_t)(value.at[i] - '0');
    }
    head->has_length = true;
    head->length = length;
    return 0;
}

static int
take_encoding(struct wk_parser *p, struct wk_head *head, struct wk_slice value)
{
    if (head->chunked)
        return bad_cb(p, 400, "more than one Transfer-Encoding");
    if (!wk_slice_is(value, "chunked"))
        return bad_cb(p, 400, "unsupported Transfer-Encoding");
    head->chunked = true;
    return 0;
}

static int
take_host(struct wk_parser *p, struct wk_head *head, struct wk_slice value)
{
    if (head->has_host)
        return bad_cb(p, 400, "more than one Host");
    head->has_host = true;
    head->host = value;
    return 0;
}

/* What of the headers concerns the front. */
static int
notice(struct wk_parser *p, struct wk_head *head, const struct wk_header *h)
{
    switch (h->name.len) {
    case 4:
        return wk_slice_is(h->name, "host") ? take_host(p, head, h->value) : 0;
    case 6:
        if (wk_slice_is(h->name, "expect") && wk_slice_is(h->value, "100-continue"))
            head->expects_continue = true;
        else if (wk_slice_is(h->name, "accept"))
            head->accepts_html |= memmem(h->value.at, h->value.len, "text/html", 9) != NULL;
        return 0;
    case 14:
        return wk_slice_is(h->name, "content-length") ? take_length(p, head, h->value) : 0;
    case 17:
        return wk_slice_is(h->name, "transfer-encoding") ? take_encoding(p, head, h->value) : 0;
    default:
        return 0;
    }
}

/* ---- callbacks of llhttp ---- */

static int
on_url(llhttp_t *http, const char *at, size_t bytes)
{
    struct wk_parser *p = http->data;

    p->head->target = (struct wk_slice){at, bytes};
    return 0;
}

static int
on_header_field(llhttp_t *http, const char *at, size_t bytes)
{
    struct wk_parser *p = http->data;

    if (p->head == NULL)
        return 0; /* a trailer: read for its form, then dropped */
    if (p->head->count == WK_HEADERS_MAX)
        return bad_cb(p, 431, "too many headers");
    p->head->headers[p->head->count].name = (struct wk_slice){at, bytes};
    p->head->headers[p->head->count].value = (struct wk_slice){at, 0};
    return 0;
}

static int
on_header_value(llhttp_t *http, const char *at, size_t bytes)
{
    struct wk_parser *p = http->data;

    if (p->head == NULL)
        return 0;
    while (bytes > 0 && (at[bytes - 1] == ' ' || at[bytes - 1] == '\t'))
        bytes--;
    p->head->headers[p->head->count].value = (struct wk_slice){at, bytes};
    return 0;
}

static int
on_header_value_complete(llhttp_t *http)
{
    struct wk_parser *p = http->data;
    struct wk_header *h;

    if (p->head == NULL)
        return 0;
    h = &p->head->headers[p->head->count++];
    if (!wk_is_token(h->name.at, h->name.len))
        return bad_cb(p, 400, "malformed header name");
    return notice(p, p->head, h);
}

static int
on_headers_complete(llhttp_t *http)
{
    struct wk_parser *p = http->data;

    if (p->head == NULL)
        return 0;
    if (p->head->chunked && p->head->has_length)
        return bad_cb(p, 400, "both Content-Length and Transfer-Encoding");
    if (p->head->chunked && http->http_minor == 0)
        return bad_cb(p, 400, "Transfer-Encoding in HTTP/1.0");
    if (p->head->has_length && p->head->length > p->body_bytes_max)
        return bad_cb(p, 413, "request body is too large");
    p->head->minor = http->http_minor;
    p->head->keep_alive = llhttp_should_keep_alive(http);
    http->upgrade = 0; /* every request is an HTTP exchange here */
    return 0;
}

static int
on_message_complete(llhttp_t *http)
{
    struct wk_parser *p = http->data;

    p->complete = true;
    return HPE_PAUSED;
}

/* Bytes that are no body: every line ends in CRLF and is short. */
static bool
framing_ok(struct wk_parser *p, const char *at, size_t bytes)
{
    for (size_t i = 0; i < bytes; i++) {
        uint8_t c = (uint8_t)at[i];

        if (p->framing_cr != (c == '\n')) {
            bad(p, 400, "malformed chunk");
            return false;
        }
        if (p->line_bytes == 0 && (c == ' ' || c == '\t')) { /* a folded trailer */
            bad(p, 400, "folded header line");
            return false;
        }
        p->framing_cr = c == '\r';
        p->line_bytes = c == '\n' ? 0 : p->line_bytes + 1;
        if ((c < ' ' && c != '\r' && c != '\n' && c != '\t') || c == 0x7f) {
            bad(p, 400, "malformed chunk");
            return false;
        }
        if (p->trailer ? ++p->trailer_bytes > WK_TRAILER_BYTES_MAX
                       : p->line_bytes > WK_CHUNK_LINE_BYTES_MAX) {
            bad(p, p->trailer ? 431 : 400,
                p->trailer ? "trailers are too large" : "chunk line is too long");
            return false;
        }
    }
    return true;
}

static int
on_body(llhttp_t *http, const char *at, size_t bytes)
{
    struct wk_parser *p = http->data;

    if ((http->flags & F_CHUNKED) && !framing_ok(p, p->cursor, (size_t)(at - p->cursor)))
        return HPE_USER;
    p->cursor = at + bytes;
    p->body_bytes += bytes;
    if (p->body_bytes > p->body_bytes_max)
        return bad_cb(p, 413, "request body is too large");
    p->sink(p->sink_arg, at, bytes);
    return 0;
}

static int
on_chunk_header(llhttp_t *http)
{
    struct wk_parser *p = http->data;

    p->trailer = http->content_length == 0;
    return 0;
}

static const llhttp_settings_t settings = {
    .on_url = on_url,
    .on_header_field = on_header_field,
    .on_header_value = on_header_value,
    .on_header_value_complete = on_header_value_complete,
    .on_headers_complete = on_headers_complete,
    .on_message_complete = on_message_complete,
    .on_body = on_body,
    .on_chunk_header = on_chunk_header,
};

void
wk_parser_init(struct wk_parser *p, uint64_t body_bytes_max)
{
    memset(p, 0, sizeof(*p));
    p->body_bytes_max = body_bytes_max;
    llhttp_init(&p->http, HTTP_REQUEST, &settings);
    p->http.data = p;
}

void
wk_parser_reset(struct wk_parser *p)
{
    wk_parser_init(p, p->body_bytes_max);
}

/* ---- the head ---- */

/* One line with its CRLF. The empty one that ends the head gives DONE. */
static enum wk_parse
scan_line(struct wk_parser *p, const char *line, size_t bytes)
{
    if (bytes < 2 || line[bytes - 2] != '\r')
        return bad(p, 400, "line does not end in CRLF");
    if (memchr(line, '\r', bytes - 2) != NULL)
        return bad(p, 400, "stray CR");
    if (bytes == 2 && p->lines > 0)
        return WK_PARSE_DONE;
    if (bytes == 2)
        return ++p->empty_lines > WK_LEADING_LINES_MAX ? bad(p, 400, "empty request line")
                                                       : WK_PARSE_MORE;
    if (p->lines > 0 && (line[0] == ' ' || line[0] == '\t'))
        return bad(p, 400, "folded header line");
    if (p->lines == 0 && !tchar[(uint8_t)line[0]])
        return bad(p, 400, "malformed request line");
    if (++p->lines > WK_HEADERS_MAX + 1)
        return bad(p, 431, "too many headers");
    return WK_PARSE_MORE;
}

/* What is there of a line that has not ended may already be too much. */
static enum wk_parse
scan_rest(struct wk_parser *p, const char *data, size_t bytes)
{
    if (p->lines == 0 && bytes > p->line_at && !tchar[(uint8_t)data[p->line_at]] &&
        data[p->line_at] != '\r')
        return bad(p, 400, "malformed request line");
    if (p->lines == 0 && bytes - p->line_at > WK_TARGET_BYTES_MAX + WK_METHOD_BYTES_MAX)
        return bad(p, 414, "URL is too long");
    if (bytes > WK_HEAD_BYTES_MAX)
        return bad(p, 431, "headers are too large");
    return WK_PARSE_MORE;
}

/* Finds the end of the head, line by line; each byte is looked at once, however it trickles in.
 */
static enum wk_parse
scan(struct wk_parser *p, const char *data, size_t bytes, size_t *end)
{
    const char *lf;

    while ((lf = memchr(data + p->scanned, '\n', bytes - p->scanned)) != NULL) {
        size_t next = (size_t)(lf - data) + 1;
        enum wk_parse r;

        if (next > WK_HEAD_BYTES_MAX && p->lines > 0)
            return bad(p, 431, "headers are too large");
        r = scan_line(p, data + p->line_at, next - p->line_at);
        p->line_at = p->scanned = next;
        *end = next;
        if (r != WK_PARSE_MORE)
            return r;
    }
    p->scanned = bytes;
    return scan_rest(p, data, bytes);
}

/* Method and version, of which llhttp knows more than we serve. line is without its CRLF. */
static enum wk_parse
check_request_line(struct wk_parser *p, const char *line, size_t bytes, struct wk_head *head)
{
    const char *space = memchr(line, ' ', bytes);
    const char *version;

    if (space == NULL || bytes < 9)
        return bad(p, 400, "malformed request line");
    head->method = (struct wk_slice){line, (size_t)(space - line)};
    if (!wk_is_token(line, head->method.len))
        return bad(p, 400, "malformed request method");
    version = line + bytes - 9;
    if (version <= space || memcmp(version, " HTTP/", 6) != 0 || version[7] != '.')
        return bad(p, 400, "malformed request line");
    if (version[6] != '1' || (version[8] != '0' && version[8] != '1'))
        return bad(p, 505, "HTTP version not supported");
    if (memchr(space + 1, ' ', (size_t)(version - space - 1)) != NULL)
        return bad(p, 400, "malformed request line");
    if ((size_t)(version - space - 1) > WK_TARGET_BYTES_MAX)
        return bad(p, 414, "URL is too long");
    for (const char *c = space + 1; c < version; c++)
        if ((uint8_t)*c <= ' ' || (uint8_t)*c >= 0x7f)
            return bad(p, 400, "invalid URI");
    return WK_PARSE_MORE;
}

static enum wk_parse
bad_from_llhttp(struct wk_parser *p, llhttp_errno_t err)
{
    switch (err) {
    case HPE_INVALID_METHOD:
        return bad(p, 501, "ERROR: Unrecognized request method.");
    case HPE_INVALID_URL:
        return bad(p, 400, "invalid URI");
    case HPE_INVALID_HEADER_TOKEN:
        return bad(p, 400, "malformed header");
    case HPE_INVALID_CONTENT_LENGTH:
    case HPE_UNEXPECTED_CONTENT_LENGTH:
        return bad(p, 400, "malformed Content-Length");
    case HPE_INVALID_TRANSFER_ENCODING:
        return bad(p, 400, "unsupported Transfer-Encoding");
    case HPE_INVALID_CHUNK_SIZE:
        return bad(p, 400, "malformed chunk");
    default:
        return bad(p, 400, "malformed request");
    }
}

enum wk_parse
wk_parser_head(struct wk_parser *p, const char *data, size_t bytes, struct wk_head *head,
               size_t *used)
{
    size_t end = 0, skip, line;
    enum wk_parse r;
    llhttp_errno_t err;

    *used = 0;
    if (p->status != 0)
        return WK_PARSE_BAD;
    if ((r = scan(p, data, bytes, &end)) != WK_PARSE_DONE)
        return r;
    head->count = 0;
    head->has_length = head->chunked = head->keep_alive = false;
    head->expects_continue = head->accepts_html = head->has_host = false;
    head->length = 0;
    head->target = head->host = (struct wk_slice){data, 0};
    skip = 2 * p->empty_lines;
    line = (size_t)((const char *)memchr(data + skip, '\r', end - skip) - (data + skip));
    if ((r = check_request_line(p, data + skip, line, head)) != WK_PARSE_MORE)
        return r;
    p->head = head;
    err = llhttp_execute(&p->http, data + skip, end - skip);
    p->head = NULL;
    if (err != HPE_OK && err != HPE_PAUSED)
        return bad_from_llhttp(p, err);
    if (wk_slice_is(head->method, "connect"))
        return bad(p, 501, "CONNECT is not supported");
    if (!p->complete && !head->chunked && !head->has_length)
        return bad(p, 400, "malformed request");
    *used = end;
    return WK_PARSE_DONE;
}

/* ---- the body ---- */

bool
wk_parser_complete(const struct wk_parser *p)
{
    return p->complete;
}

enum wk_parse
wk_parser_body(struct wk_parser *p, const char *data, size_t bytes,
               void (*sink)(void *arg, const char *data, size_t bytes), void *arg, size_t *used)
{
    bool chunked = p->http.flags & F_CHUNKED;
    const char *end = data + bytes;
    llhttp_errno_t err;

    *used = 0;
    if (p->status != 0)
        return WK_PARSE_BAD;
    if (p->complete)
        return WK_PARSE_DONE;
    p->sink = sink;
    p->sink_arg = arg;
    p->cursor = data;
    err = llhttp_execute(&p->http, data, bytes);
    if (err == HPE_PAUSED)
        end = llhttp_get_error_pos(&p->http);
    else if (err != HPE_OK)
        return bad_from_llhttp(p, err);
    if (chunked && !framing_ok(p, p->cursor, (size_t)(end - p->cursor)))
        return WK_PARSE_BAD;
    *used = (size_t)(end - data);
    return p->complete ? WK_PARSE_DONE : WK_PARSE_MORE;
}
