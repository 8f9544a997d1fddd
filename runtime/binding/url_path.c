/* The states of the URL parser after the authority: path, query, fragment. */
#include "runtime/binding/url_states.h"

#include <ctype.h>
#include <string.h>

/* "C:" or "C|", alone: the two characters are all there is. */
bool
wk_url_is_drive(const char *p, size_t bytes)
{
    return bytes == 2 && isalpha((unsigned char)p[0]) && (p[1] == ':' || p[1] == '|');
}

/* "/C:" as the first of the path's segments. */
bool
wk_url_path_has_drive(const struct wk_buf *path)
{
    return path->len >= 3 && wk_url_is_drive(path->data + 1, 2) && path->data[2] == ':' &&
           (path->len == 3 || path->data[3] == '/');
}

void
wk_url_shorten(struct wk_url *url)
{
    const char *slash;

    if (wk_buf_is(&url->scheme, "file") && url->path.len == 3 &&
        wk_url_path_has_drive(&url->path))
        return;
    if (url->path.len > 0 && (slash = memrchr(url->path.data, '/', url->path.len)) != NULL)
        url->path.len = (size_t)(slash - url->path.data);
}

enum wk_url_state
wk_url_to_query(struct wk_url_parser *s)
{
    s->p++;
    s->url->query.len = 0;
    s->url->has_query = true;
    return QUERY;
}

enum wk_url_state
wk_url_to_fragment(struct wk_url_parser *s)
{
    s->p++;
    s->url->fragment.len = 0;
    s->url->has_fragment = true;
    return FRAGMENT;
}

enum wk_url_state
wk_url_path_start(struct wk_url_parser *s)
{
    if (s->url->special) {
        if (at_slash(s))
            s->p++;
        return PATH;
    }
    if (!s->override && at(s) == '?')
        return wk_url_to_query(s);
    if (!s->override && at(s) == '#')
        return wk_url_to_fragment(s);
    if (s->p < s->end) {
        if (at(s) == '/')
            s->p++;
        return PATH;
    }
    if (s->override && !s->url->has_host)
        wk_buf_add_char(&s->url->path, '/');
    return DONE;
}

/* How many dots the segment means: "." and "%2e" count one; 0: it is no dot segment. */
static int
segment_dots(const char *p, size_t bytes)
{
    int dots = 0;

    if (bytes == 0 || bytes > 6)
        return 0;
    for (const char *end = p + bytes; p < end; dots++) {
        if (*p == '.')
            p++;
        else if (end - p >= 3 && p[0] == '%' && p[1] == '2' && (p[2] | 0x20) == 'e')
            p += 3;
        else
            return 0;
    }
    return dots <= 2 ? dots : 0;
}

static void
path_segment(struct wk_url_parser *s, const char *end)
{
    struct wk_url *url = s->url;
    size_t bytes = (size_t)(end - s->p);
    int dots = segment_dots(s->p, bytes);
    bool more = end < s->end && (*end == '/' || (url->special && *end == '\\'));
    size_t had;

    if (dots == 2)
        wk_url_shorten(url);
    if (dots > 0) {
        if (!more)
            wk_buf_add_char(&url->path, '/');
        return;
    }
    had = url->path.len;
    wk_buf_add_char(&url->path, '/');
    wk_url_encode(&url->path, s->p, bytes, WK_SET_PATH);
    if (had == 0 && wk_buf_is(&url->scheme, "file") && wk_url_is_drive(s->p, bytes))
        url->path.data[2] = ':';
}

enum wk_url_state
wk_url_path(struct wk_url_parser *s)
{
    for (;;) {
        const char *end = s->p;

        while (end < s->end && *end != '/' && !(s->url->special && *end == '\\') &&
               (s->override || (*end != '?' && *end != '#')))
            end++;
        path_segment(s, end);
        s->p = end;
        if (end == s->end)
            return DONE;
        if (!at_slash(s))
            return at(s) == '?' ? wk_url_to_query(s) : wk_url_to_fragment(s);
        s->p++;
    }
}

enum wk_url_state
wk_url_opaque_path(struct wk_url_parser *s)
{
    const char *end = s->p;

    while (end < s->end && *end != '?' && *end != '#')
        end++;
    wk_url_encode(&s->url->path, s->p, (size_t)(end - s->p), WK_SET_C0);
    s->p = end;
    if (end == s->end)
        return DONE;
    if (s->url->path.len > 0 && s->url->path.data[s->url->path.len - 1] == ' ') {
        s->url->path.len--;
        wk_buf_add_str(&s->url->path, "%20");
    }
    return at(s) == '?' ? wk_url_to_query(s) : wk_url_to_fragment(s);
}

enum wk_url_state
wk_url_query(struct wk_url_parser *s)
{
    const char *end = s->override ? NULL : memchr(s->p, '#', (size_t)(s->end - s->p));

    if (end == NULL)
        end = s->end;
    wk_url_encode(&s->url->query, s->p, (size_t)(end - s->p),
                  s->url->special ? WK_SET_SPECIAL_QUERY : WK_SET_QUERY);
    s->p = end;
    return end == s->end ? DONE : wk_url_to_fragment(s);
}

enum wk_url_state
wk_url_fragment(struct wk_url_parser *s)
{
    wk_url_encode(&s->url->fragment, s->p, (size_t)(s->end - s->p), WK_SET_FRAGMENT);
    return DONE;
}
