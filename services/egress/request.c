/* From an HttpRequest to what curl is to do.
 *
 * The target of the request goes out as it came (CURLOPT_REQUEST_TARGET): curl's URL says only whom to
 * connect to. For an external service that is its address, whatever host the URL names. */
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include "services/egress/egress.h"

struct url {
    const char *scheme, *host, *target; /* host: "name[:port]" without credentials; target: "/path?query" */
    size_t scheme_bytes, host_bytes, target_bytes;
};

static bool
url_split(const char *text, struct url *u)
{
    const char *p = strstr(text, "://"), *end, *at;

    if (p == NULL)
        return false;
    u->scheme = text;
    u->scheme_bytes = (size_t)(p - text);
    u->host = p + 3;
    end = u->host + strcspn(u->host, "/?#");
    at = memrchr(u->host, '@', (size_t)(end - u->host));
    if (at != NULL)
        u->host = at + 1;
    u->host_bytes = (size_t)(end - u->host);
    u->target = end;
    u->target_bytes = strcspn(end, "#");
    for (const char *c = text; *c != '\0'; c++)
        if ((unsigned char)*c <= ' ' || *c == 0x7f)
            return false;
    return u->host_bytes > 0;
}

static bool
is_https(const struct url *u)
{
    return u->scheme_bytes == 5 && strncasecmp(u->scheme, "https", 5) == 0;
}

static bool
is_http(const struct url *u)
{
    return u->scheme_bytes == 4 && strncasecmp(u->scheme, "http", 4) == 0;
}

/* ---- whom to connect to ---- */

static void
set_external(struct wk_transfer *t, const Wk__External *external)
{
    const char *address = external->address;
    char *url;

    if (strncmp(address, "unix:", 5) == 0)
        curl_easy_setopt(t->easy, CURLOPT_UNIX_SOCKET_PATH, address + 5);
    else if (strncmp(address, "unix-abstract:", 14) == 0)
        curl_easy_setopt(t->easy, CURLOPT_ABSTRACT_UNIX_SOCKET, address + 14);
    if (strncmp(address, "unix:", 5) == 0 || strncmp(address, "unix-abstract:", 14) == 0)
        address = "localhost";
    url = wk_xasprintf("%s://%s/", external->tls ? "https" : "http", address);
    curl_easy_setopt(t->easy, CURLOPT_URL, url);
    free(url);
}

static void
set_network(struct wk_transfer *t, const struct url *u)
{
    char *url = wk_xasprintf("%s://%.*s/", is_https(u) ? "https" : "http", (int)u->host_bytes, u->host);

    curl_easy_setopt(t->easy, CURLOPT_URL, url);
    curl_easy_setopt(t->easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_2TLS);
    free(url);
}

static void
set_target(struct wk_transfer *t, const struct url *u, const char *url)
{
    char *target;

    if (t->egress->options->style_proxy)
        target = wk_xstrndup(url, strcspn(url, "#"));
    else
        target = wk_xasprintf("%s%.*s", u->target_bytes == 0 || *u->target != '/' ? "/" : "", (int)u->target_bytes,
                              u->target);
    curl_easy_setopt(t->easy, CURLOPT_REQUEST_TARGET, target);
    free(target);
}

/* ---- headers ---- */

static bool
name_is(const ProtobufCBinaryData *name, const char *other)
{
    return strlen(other) == name->len && strncasecmp((const char *)name->data, other, name->len) == 0;
}

/* Said by curl, or of the connection only. */
static bool
is_ours(const ProtobufCBinaryData *name)
{
    static const char *const known[] = {"host", "content-length", "transfer-encoding", "connection", "keep-alive",
                                        "proxy-connection", "te", "trailer", "upgrade", "expect"};

    for (size_t i = 0; i < WK_COUNT(known); i++)
        if (name_is(name, known[i]))
            return true;
    return false;
}

static bool
is_replaced(const ProtobufCBinaryData *name, const Wk__HttpOptions *o)
{
    if ((!o->style_proxy && o->forwarded_proto_header[0] != '\0' && name_is(name, o->forwarded_proto_header)) ||
        (o->cf_blob_header[0] != '\0' && name_is(name, o->cf_blob_header)))
        return true;
    for (size_t i = 0; i < o->n_inject_request_headers; i++)
        if (name_is(name, o->inject_request_headers[i]->name))
            return true;
    return false;
}

/* No bytes that could end a line. */
static bool
is_clean(const ProtobufCBinaryData *text)
{
    for (size_t i = 0; i < text->len; i++)
        if (text->data[i] == '\r' || text->data[i] == '\n' || text->data[i] == '\0')
            return false;
    return true;
}

static void
add_line(struct wk_transfer *t, const char *name, size_t name_bytes, const char *value, size_t value_bytes)
{
    struct wk_buf line = {0};

    wk_buf_add(&line, name, name_bytes);
    wk_buf_add_char(&line, value_bytes > 0 ? ':' : ';'); /* curl's way to say an empty value */
    if (value_bytes > 0) {
        wk_buf_add_char(&line, ' ');
        wk_buf_add(&line, value, value_bytes);
    }
    t->send_headers = curl_slist_append(t->send_headers, line.data);
    WK_CHECK(t->send_headers != NULL);
    wk_buf_fini(&line);
}

static bool
add_given(struct wk_transfer *t, const Wk__HttpRequest *req)
{
    for (size_t i = 0; i + 1 < req->n_headers; i += 2) {
        const ProtobufCBinaryData *name = &req->headers[i], *value = &req->headers[i + 1];

        if (name->len == 0 || !is_clean(name) || !is_clean(value) || memchr(name->data, ':', name->len) != NULL)
            return false;
        if (!is_ours(name) && !is_replaced(name, t->egress->options))
            add_line(t, (const char *)name->data, name->len, (const char *)value->data, value->len);
    }
    return true;
}

static bool
set_headers(struct wk_transfer *t, const Wk__HttpRequest *req, const struct url *u)
{
    static const char *const off[] = {"Accept:", "Expect:", "Content-Type:", "User-Agent:"};
    const Wk__HttpOptions *o = t->egress->options;

    if (o->style_proxy)
        t->send_headers = curl_slist_append(t->send_headers, "Host:");
    else
        add_line(t, "Host", 4, u->host, u->host_bytes);
    if (!add_given(t, req))
        return false;
    for (size_t i = 0; i < o->n_inject_request_headers; i++) {
        const Wk__HeaderRule *rule = o->inject_request_headers[i];

        if (!rule->remove)
            add_line(t, rule->name, strlen(rule->name), rule->value, strlen(rule->value));
    }
    if (o->forwarded_proto_header[0] != '\0' && !o->style_proxy)
        add_line(t, o->forwarded_proto_header, strlen(o->forwarded_proto_header), u->scheme, u->scheme_bytes);
    if (o->cf_blob_header[0] != '\0' && req->cf_json[0] != '\0')
        add_line(t, o->cf_blob_header, strlen(o->cf_blob_header), req->cf_json, strlen(req->cf_json));
    for (size_t i = 0; i < WK_COUNT(off); i++) { /* what curl would add by itself */
        bool given = false;

        for (struct curl_slist *h = t->send_headers; h != NULL && !given; h = h->next)
            given = strncasecmp(h->data, off[i], strlen(off[i]) - 1) == 0 && strchr(":;", h->data[strlen(off[i]) - 1]);
        if (!given)
            t->send_headers = curl_slist_append(t->send_headers, off[i]);
    }
    curl_easy_setopt(t->easy, CURLOPT_HTTPHEADER, t->send_headers);
    return true;
}

/* ---- method and body ---- */

static void
set_body(struct wk_transfer *t, const Wk__HttpRequest *req)
{
    bool quiet = strcmp(req->method, "GET") == 0 || t->is_head || strcmp(req->method, "OPTIONS") == 0 ||
                 strcmp(req->method, "TRACE") == 0;

    if (t->is_head) {
        curl_easy_setopt(t->easy, CURLOPT_NOBODY, 1L);
        return;
    }
    if (!req->has_body && quiet) {
        curl_easy_setopt(t->easy, CURLOPT_HTTPGET, 1L);
    } else {
        curl_easy_setopt(t->easy, CURLOPT_UPLOAD, 1L);
        wk_buf_add(&t->up, req->body.data, req->body.len);
        t->up_whole = t->up_ended = !req->body_follows;
        if (!req->body_follows)
            curl_easy_setopt(t->easy, CURLOPT_INFILESIZE_LARGE, (curl_off_t)req->body.len);
        else if (req->content_length_plus1 > 0)
            curl_easy_setopt(t->easy, CURLOPT_INFILESIZE_LARGE, (curl_off_t)(req->content_length_plus1 - 1));
    }
    curl_easy_setopt(t->easy, CURLOPT_CUSTOMREQUEST, req->method);
}

static void
set_options(CURL *e)
{
    curl_easy_setopt(e, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(e, CURLOPT_PROXY, ""); /* whatever the environment says */
    curl_easy_setopt(e, CURLOPT_NETRC, (long)CURL_NETRC_IGNORED);
    curl_easy_setopt(e, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(e, CURLOPT_FOLLOWLOCATION, 0L);
    curl_easy_setopt(e, CURLOPT_HTTP_CONTENT_DECODING, 0L);
    curl_easy_setopt(e, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
    curl_easy_setopt(e, CURLOPT_CONNECTTIMEOUT_MS, WK_EGRESS_CONNECT_MS);
    curl_easy_setopt(e, CURLOPT_TCP_KEEPALIVE, 1L);
    curl_easy_setopt(e, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
    curl_easy_setopt(e, CURLOPT_BUFFERSIZE, 65536L);
    curl_easy_setopt(e, CURLOPT_UPLOAD_BUFFERSIZE, 65536L);
}

wk_err
wk_request_build(struct wk_transfer *t, const Wk__HttpRequest *req, const char **why)
{
    const Wk__Service *service = t->egress->service;
    struct url u;

    *why = "The URL cannot be fetched.";
    if (!url_split(req->url, &u))
        return WK_EINVAL;
    if (strspn(req->method, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz-_") != strlen(req->method) ||
        req->method[0] == '\0')
        return WK_EINVAL;
    if (service->kind_case == WK__SERVICE__KIND_NETWORK && !is_http(&u) && !is_https(&u))
        return WK_EUNSUPPORTED;
    t->host = wk_xstrndup(u.host, u.host_bytes);
    t->is_head = strcmp(req->method, "HEAD") == 0;
    set_options(t->easy);
    if (service->kind_case == WK__SERVICE__KIND_EXTERNAL)
        set_external(t, service->external);
    else
        set_network(t, &u);
    set_target(t, &u, req->url);
    set_body(t, req);
    *why = "A header of the request is malformed.";
    return set_headers(t, req, &u) ? WK_OK : WK_EINVAL;
}
