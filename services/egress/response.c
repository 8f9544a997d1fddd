/* The head of a response: from curl's lines to an HttpResponse. */
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include "services/egress/egress.h"

/* Of this connection only, not of the message. */
static bool
is_hop_by_hop(const char *name, size_t bytes)
{
    static const char *const known[] = {"connection", "keep-alive", "proxy-connection", "transfer-encoding",
                                        "trailer",    "upgrade",    "te"};

    for (size_t i = 0; i < WK_COUNT(known); i++)
        if (strlen(known[i]) == bytes && strncasecmp(known[i], name, bytes) == 0)
            return true;
    return false;
}

/* "HTTP/1.1 200 OK": a head begins; those before it were interim. */
static void
status_line(struct wk_transfer *t, const char *line, size_t bytes)
{
    const char *space = memchr(line, ' ', bytes), *end = line + bytes, *text;

    wk_arena_reset(&t->arena);
    t->header_count = t->header_bytes = 0;
    t->length = -1;
    t->status = space != NULL ? (unsigned)strtoul(space + 1, NULL, 10) : 0;
    text = space != NULL ? memchr(space + 1, ' ', (size_t)(end - space - 1)) : NULL;
    t->status_text = text != NULL ? wk_arena_strndup(&t->arena, text + 1, (size_t)(end - text - 1)) : "";
}

static void
header_add(struct wk_transfer *t, const char *name, size_t name_bytes, const char *value, size_t value_bytes)
{
    t->headers[t->header_count++] = WK_BYTES_OF(wk_arena_strndup(&t->arena, name, name_bytes), name_bytes);
    t->headers[t->header_count++] = WK_BYTES_OF(wk_arena_strndup(&t->arena, value, value_bytes), value_bytes);
}

static bool
is_injected(const struct wk_transfer *t, const char *name, size_t bytes)
{
    const Wk__HttpOptions *o = t->egress->options;

    for (size_t i = 0; i < o->n_inject_response_headers; i++) {
        const char *other = o->inject_response_headers[i]->name;

        if (strlen(other) == bytes && strncasecmp(other, name, bytes) == 0)
            return true;
    }
    return false;
}

static bool
header_line(struct wk_transfer *t, const char *line, size_t bytes)
{
    const char *colon = memchr(line, ':', bytes), *value;
    size_t name_bytes, value_bytes;

    if (colon == NULL)
        return true;
    name_bytes = (size_t)(colon - line);
    value = colon + 1;
    while (value < line + bytes && (*value == ' ' || *value == '\t'))
        value++;
    value_bytes = (size_t)(line + bytes - value);
    while (value_bytes > 0 && (value[value_bytes - 1] == ' ' || value[value_bytes - 1] == '\t'))
        value_bytes--;
    t->header_bytes += bytes;
    if (t->header_bytes > WK_EGRESS_HEADER_BYTES_MAX ||
        t->header_count + 2 > 2 * (WK_EGRESS_HEADERS_MAX - t->egress->options->n_inject_response_headers)) {
        t->too_large = true;
        return false;
    }
    if (!is_hop_by_hop(line, name_bytes) && !is_injected(t, line, name_bytes))
        header_add(t, line, name_bytes, value, value_bytes);
    return true;
}

static void
head_complete(struct wk_transfer *t)
{
    const Wk__HttpOptions *o = t->egress->options;
    curl_off_t length = -1;

    for (size_t i = 0; i < o->n_inject_response_headers; i++) {
        const Wk__HeaderRule *rule = o->inject_response_headers[i];

        if (!rule->remove)
            header_add(t, rule->name, strlen(rule->name), rule->value, strlen(rule->value));
    }
    if (curl_easy_getinfo(t->easy, CURLINFO_CONTENT_LENGTH_DOWNLOAD_T, &length) == CURLE_OK)
        t->length = length;
    t->head_there = true;
    wk_transfer_changed(t);
}

bool
wk_response_line(struct wk_transfer *t, const char *line, size_t bytes)
{
    while (bytes > 0 && (line[bytes - 1] == '\r' || line[bytes - 1] == '\n'))
        bytes--;
    if (t->head_there)
        return true; /* trailers */
    if (bytes >= 5 && memcmp(line, "HTTP/", 5) == 0 && memchr(line, ':', bytes) == NULL)
        status_line(t, line, bytes);
    else if (bytes > 0)
        return header_line(t, line, bytes);
    else if (t->status >= 200)
        head_complete(t);
    return true;
}

void
wk_response_send_head(struct wk_transfer *t, bool whole)
{
    Wk__HttpResponse res = WK__HTTP_RESPONSE__INIT;
    WK_ENVELOPE(msg, HTTP_RESPONSE, http_response, &res);

    res.status = t->status;
    res.status_text = (char *)(uintptr_t)t->status_text;
    res.headers = t->headers;
    res.n_headers = t->header_count;
    res.null_body = whole && (t->is_head || t->status == 204 || t->status == 304);
    res.body_follows = !whole;
    if (whole && !res.null_body) {
        res.body = WK_BYTES_OF(t->down.data, t->down.len);
        res.content_length_plus1 = t->down.len + 1;
    } else if (!whole) {
        res.content_length_plus1 = (uint64_t)(t->length + 1);
    }
    wk_session_send(t->session, &msg, whole ? WK_FLAG_END | WK_FLAG_LAST : 0);
    t->head_sent = true;
}
