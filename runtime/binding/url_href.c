/* Serializing URL records, and loading them back from a serialization. */
#include "runtime/binding/url_priv.h"

#include <string.h>

static void
put(struct wk_buf *out, const struct wk_buf *part)
{
    if (part->len > 0)
        wk_buf_add(out, part->data, part->len);
}

static void
put_authority(const struct wk_url *url, struct wk_buf *out, struct wk_url_parts *at)
{
    wk_buf_add_str(out, "//");
    at->user_start = (uint32_t)out->len;
    put(out, &url->username);
    at->user_end = at->pass_start = at->pass_end = (uint32_t)out->len;
    if (url->password.len > 0) {
        wk_buf_add_char(out, ':');
        at->pass_start = (uint32_t)out->len;
        put(out, &url->password);
        at->pass_end = (uint32_t)out->len;
    }
    if (url->username.len > 0 || url->password.len > 0)
        wk_buf_add_char(out, '@');
    at->host_start = (uint32_t)out->len;
    put(out, &url->host);
    at->host_end = (uint32_t)out->len;
    if (url->port >= 0)
        wk_buf_addf(out, ":%d", url->port);
}

void
wk_url_href(const struct wk_url *url, struct wk_buf *out, struct wk_url_parts *parts)
{
    struct wk_url_parts own, *at = parts != NULL ? parts : &own;

    *at = (struct wk_url_parts){.port = url->port,
                                .has_host = url->has_host,
                                .opaque_path = url->opaque_path,
                                .special = url->special};
    wk_buf_reserve(out, url->scheme.len + url->username.len + url->password.len +
                            url->host.len + url->path.len + url->query.len + url->fragment.len +
                            20);
    put(out, &url->scheme);
    wk_buf_add_char(out, ':');
    at->scheme_end = at->user_start = at->user_end = at->pass_start = at->pass_end =
        (uint32_t)out->len;
    at->host_start = at->host_end = (uint32_t)out->len;
    if (url->has_host)
        put_authority(url, out, at);
    else if (!url->opaque_path && url->path.len > 1 && url->path.data[0] == '/' &&
             url->path.data[1] == '/')
        wk_buf_add_str(out, "/.");
    at->path_start = (uint32_t)out->len;
    put(out, &url->path);
    at->path_end = at->query_end = (uint32_t)out->len;
    if (url->has_query) {
        wk_buf_add_char(out, '?');
        at->query_start = (uint32_t)out->len;
        put(out, &url->query);
        at->query_end = (uint32_t)out->len;
    }
    if (url->has_fragment) {
        wk_buf_add_char(out, '#');
        at->fragment_start = (uint32_t)out->len;
        put(out, &url->fragment);
    }
}

void
wk_url_load(struct wk_url *url, const char *href, const struct wk_url_parts *at)
{
    wk_buf_set(&url->scheme, href, at->scheme_end - 1);
    wk_buf_set(&url->username, href + at->user_start, at->user_end - at->user_start);
    wk_buf_set(&url->password, href + at->pass_start, at->pass_end - at->pass_start);
    wk_buf_set(&url->host, href + at->host_start, at->host_end - at->host_start);
    wk_buf_set(&url->path, href + at->path_start, at->path_end - at->path_start);
    url->has_query = at->query_start > 0;
    url->has_fragment = at->fragment_start > 0;
    url->query.len = url->fragment.len = 0;
    if (url->has_query)
        wk_buf_set(&url->query, href + at->query_start, at->query_end - at->query_start);
    if (url->has_fragment)
        wk_buf_set(&url->fragment, href + at->fragment_start,
                   strlen(href + at->fragment_start));
    url->port = at->port;
    url->has_host = at->has_host;
    url->opaque_path = at->opaque_path;
    url->special = at->special;
}

void
wk_url_origin(const struct wk_url *url, struct wk_buf *out)
{
    struct wk_url inner = {0};

    if (wk_buf_is(&url->scheme, "blob")) {
        if (url->path.len > 0 && wk_url_parse(&inner, url->path.data, url->path.len, NULL) &&
            (wk_buf_is(&inner.scheme, "http") || wk_buf_is(&inner.scheme, "https")))
            wk_url_origin(&inner, out);
        else
            wk_buf_add_str(out, "null");
        wk_url_fini(&inner);
        return;
    }
    if (!url->special || wk_buf_is(&url->scheme, "file")) {
        wk_buf_add_str(out, "null");
        return;
    }
    put(out, &url->scheme);
    wk_buf_add_str(out, "://");
    put(out, &url->host);
    if (url->port >= 0)
        wk_buf_addf(out, ":%d", url->port);
}

void
wk_url_fini(struct wk_url *url)
{
    struct wk_buf *parts[] = {&url->scheme, &url->username, &url->password, &url->host,
                              &url->path,   &url->query,    &url->fragment};

    for (size_t i = 0; i < WK_COUNT(parts); i++)
        wk_buf_fini(parts[i]);
}
