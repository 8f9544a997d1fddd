/* From a parsed head to an HttpRequest and its session. */
#include "services/front/conn.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>
#include "kernel/ipc/codec.h"

/* The arrays of the one message being packed; 2 entries a header, and those that are injected.
 */
#define FIELDS_MAX (2 * (WK_HEADERS_MAX + 64u))
static ProtobufCBinaryData fields[FIELDS_MAX];

/* name[:port]: the letters, digits and marks of names and addresses. Nothing that an URL parser
 * would read as the end of the host, as credentials, or decode into something else. */
static bool
host_ok(struct wk_slice host)
{
    const char *bracket = memrchr(host.at, ']', host.len);
    const char *from = bracket != NULL ? bracket : host.at, *end = host.at + host.len;
    const char *colon = memchr(from, ':', (size_t)(end - from));

    if (host.len == 0 || host.len > WK_HOST_BYTES_MAX || host.at[0] == ':')
        return false;
    for (size_t i = 0; i < host.len; i++)
        if (!isalnum((unsigned char)host.at[i]) && memchr(".-_~:[]", host.at[i], 7) == NULL)
            return false;
    if (bracket != NULL && (host.at[0] != '[' || (bracket + 1 != end && bracket[1] != ':')))
        return false;
    for (; colon != NULL && colon + 1 < end; colon++)
        if (!isdigit((unsigned char)colon[1]))
            return false;
    return true;
}

/* The part of an absolute target that begins its path; NULL: the target is not absolute. */
static const char *
absolute_path(struct wk_slice target)
{
    const char *p = memmem(target.at, target.len, "://", 3), *end = target.at + target.len;

    if (p == NULL || p == target.at || !isalpha((unsigned char)target.at[0]))
        return NULL;
    for (const char *c = target.at; c < p; c++)
        if (!isalnum((unsigned char)*c) && *c != '+' && *c != '-' && *c != '.')
            return NULL;
    for (p += 3; p < end && *p != '/' && *p != '?'; p++)
        ;
    return p;
}

static struct wk_slice
without_fragment(struct wk_slice target)
{
    const char *hash = memchr(target.at, '#', target.len);

    if (hash != NULL)
        target.len = (size_t)(hash - target.at);
    return target;
}

static struct wk_slice
scheme_of(const struct wk_conn *conn, const struct wk_head *head)
{
    const char *name = conn->ex.site->options->forwarded_proto_header;
    size_t len = strlen(name);

    for (unsigned i = 0; len > 0 && i < head->count; i++)
        if (head->headers[i].name.len == len &&
            strncasecmp(head->headers[i].name.at, name, len) == 0)
            return head->headers[i].value;
    return (struct wk_slice){"http", 4};
}

/* In proxy style the target is the URL. Otherwise the Host header decides, whatever an absolute
 * target says: one header, one rule. */
static bool
build_url(struct wk_conn *conn, const struct wk_head *head)
{
    struct wk_buf *url = &conn->front->url;
    struct wk_slice target = without_fragment(head->target), scheme;
    const char *path = absolute_path(target);

    url->len = 0;
    if (conn->ex.site->options->style_proxy) {
        if (strncasecmp(target.at, "http://", 7) != 0 &&
            strncasecmp(target.at, "https://", 8) != 0)
            return false;
        wk_buf_add(url, target.at, target.len);
        return true;
    }
    scheme = scheme_of(conn, head);
    if (!head->has_host || !host_ok(head->host) ||
        (!wk_slice_is(scheme, "http") && !wk_slice_is(scheme, "https")))
        return false;
    wk_buf_add(url, scheme.at, scheme.len);
    wk_buf_add(url, "://", 3);
    wk_buf_add(url, head->host.at, head->host.len);
    if (path != NULL)
        target = (struct wk_slice){path, (size_t)(target.at + target.len - path)};
    else if (target.len == 0 || (target.at[0] != '/' && !wk_slice_is(target, "*")))
        return false;
    if (target.len == 0 || target.at[0] != '/')
        wk_buf_add_char(url, '/');
    wk_buf_add(url, target.at, target.len);
    return true;
}

static bool
name_is(struct wk_slice name, const char *other)
{
    return strlen(other) == name.len && strncasecmp(name.at, other, name.len) == 0;
}

/* The header does not reach the worker as it came: its value went elsewhere or is replaced. */
static bool
header_dropped(const Wk__HttpOptions *options, struct wk_slice name)
{
    if (!options->style_proxy && name_is(name, options->forwarded_proto_header))
        return true;
    if (name_is(name, options->cf_blob_header))
        return true;
    for (size_t i = 0; i < options->n_inject_request_headers; i++)
        if (name_is(name, options->inject_request_headers[i]->name))
            return true;
    return false;
}

static size_t
field_add(size_t n, const char *name, size_t name_len, const char *value, size_t value_len)
{
    fields[n++] = WK_BYTES_OF(name, name_len);
    fields[n++] = WK_BYTES_OF(value, value_len);
    return n;
}

static size_t
collect_fields(const struct wk_head *head, const Wk__HttpOptions *options)
{
    bool plain = options->forwarded_proto_header[0] == '\0' &&
                 options->cf_blob_header[0] == '\0' && options->n_inject_request_headers == 0;
    size_t n = 0;

    for (unsigned i = 0; i < head->count; i++) {
        const struct wk_header *h = &head->headers[i];

        if (plain || !header_dropped(options, h->name))
            n = field_add(n, h->name.at, h->name.len, h->value.at, h->value.len);
    }
    for (size_t i = 0; i < options->n_inject_request_headers && n + 2 <= FIELDS_MAX; i++) {
        const Wk__HeaderRule *rule = options->inject_request_headers[i];

        if (!rule->remove)
            n = field_add(n, rule->name, strlen(rule->name), rule->value, strlen(rule->value));
    }
    return n;
}

/* What becomes request.cf: the configured header's value, else who the client is. */
static void
build_cf(struct wk_conn *conn, const struct wk_head *head, struct wk_buf *cf)
{
    const char *name = conn->ex.site->options->cf_blob_header;

    cf->len = 0;
    if (name[0] == '\0') {
        wk_buf_add(cf, "{\"clientIp\":\"", 13);
        wk_buf_add_str(cf, conn->client);
        wk_buf_add(cf, "\"}", 2);
        return;
    }
    for (unsigned i = 0; i < head->count; i++)
        if (name_is(head->headers[i].name, name)) {
            wk_buf_add(cf, head->headers[i].value.at, head->headers[i].value.len);
            return;
        }
}

bool
wk_request_open(struct wk_conn *conn, const struct wk_head *head, const char *body,
                size_t body_bytes, bool follows, unsigned *status, const char **why)
{
    static const ProtobufCBinaryData none;
    struct wk_front *front = conn->front;
    Wk__HttpRequest req = WK__HTTP_REQUEST__INIT;
    WK_ENVELOPE(msg, HTTP_REQUEST, http_request, &req);
    char method[WK_METHOD_BYTES_MAX + 1];

    *status = 400;
    *why = "Bad Request";
    if (!build_url(conn, head) || head->method.len > WK_METHOD_BYTES_MAX)
        return false;
    memcpy(method, head->method.at, head->method.len);
    method[head->method.len] = '\0';
    build_cf(conn, head, &front->text);
    req.method = method;
    req.url = front->url.data;
    req.headers = fields;
    req.n_headers = collect_fields(head, conn->ex.site->options);
    req.has_body = head->has_length || head->chunked;
    req.body = body_bytes > 0 && !follows ? WK_BYTES_OF(body, body_bytes) : none;
    req.body_follows = follows;
    req.content_length_plus1 = head->has_length ? head->length + 1 : 0;
    req.cf_json = front->text.len > 0 ? front->text.data : req.cf_json;
    req.client_address = conn->client;
    conn->ex.session = wk_port_open(front->port, conn->ex.site->handle, NULL, &msg,
                                    follows ? 0 : WK_FLAG_END, &wk_response_events, conn);
    if (follows && body_bytes > 0)
        wk_session_write(conn->ex.session, body, body_bytes, 0);
    return true;
}
