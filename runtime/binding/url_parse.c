/* The URL standard's basic URL parser. A state takes all it can of the input, not one code
 * point. */
#include "runtime/binding/url_states.h"

#include <ctype.h>
#include <string.h>

int
wk_url_default_port(const char *scheme, size_t bytes)
{
    static const struct {
        const char *name;
        int port;
    } schemes[] = {{"https", 443}, {"http", 80}, {"ws", 80},
                   {"wss", 443},   {"ftp", 21},  {"file", 0}};

    for (size_t i = 0; i < WK_COUNT(schemes); i++)
        if (strlen(schemes[i].name) == bytes && memcmp(schemes[i].name, scheme, bytes) == 0)
            return schemes[i].port;
    return -1;
}

static bool
is_special(const struct wk_buf *scheme)
{
    return wk_url_default_port(scheme->data, scheme->len) >= 0;
}

static void
copy(struct wk_buf *to, const struct wk_buf *from)
{
    wk_buf_set(to, from->len > 0 ? from->data : "", from->len);
}

static void
copy_authority(struct wk_url *url, const struct wk_url *base)
{
    copy(&url->username, &base->username);
    copy(&url->password, &base->password);
    copy(&url->host, &base->host);
    url->has_host = base->has_host;
    url->port = base->port;
}

static void
copy_path_query(struct wk_url *url, const struct wk_url *base)
{
    copy(&url->path, &base->path);
    copy(&url->query, &base->query);
    url->has_query = base->has_query;
    url->opaque_path = base->opaque_path;
}

/* Do the remaining characters start with a drive letter that ends there? */
static bool
starts_with_drive(const struct wk_url_parser *s)
{
    return s->end - s->p >= 2 && wk_url_is_drive(s->p, 2) &&
           (s->end - s->p == 2 || memchr("/\\?#", s->p[2], 4) != NULL);
}

/* ---- scheme ---- */

/* The scheme setter: the name is in scheme. */
static enum wk_url_state
scheme_override(struct wk_url_parser *s, const char *name, size_t bytes)
{
    struct wk_url *url = s->url;
    int port = wk_url_default_port(name, bytes);
    bool to_file = bytes == 4 && memcmp(name, "file", 4) == 0;

    if (url->special != (port >= 0))
        return DONE;
    if (to_file && (url->username.len > 0 || url->password.len > 0 || url->port >= 0))
        return DONE;
    if (wk_buf_is(&url->scheme, "file") && url->host.len == 0)
        return DONE;
    wk_buf_set(&url->scheme, name, bytes);
    if (url->port == port)
        url->port = -1;
    return DONE;
}

static enum wk_url_state
after_scheme(struct wk_url_parser *s)
{
    struct wk_url *url = s->url;

    if (wk_buf_is(&url->scheme, "file"))
        return FILE_START;
    if (url->special) {
        if (s->base != NULL && s->base->scheme.len == url->scheme.len &&
            memcmp(s->base->scheme.data, url->scheme.data, url->scheme.len) == 0 &&
            !(s->end - s->p >= 2 && s->p[0] == '/' && s->p[1] == '/'))
            return RELATIVE;
        return SPECIAL_SLASHES;
    }
    if (at(s) != '/') {
        url->opaque_path = true;
        return OPAQUE_PATH;
    }
    s->p++;
    if (at(s) != '/')
        return PATH;
    s->p++;
    return AUTHORITY;
}

static enum wk_url_state
scheme(struct wk_url_parser *s)
{
    struct wk_buf *name = &s->url->scheme, own = {0};
    const char *p = s->p;
    enum wk_url_state next;

    if (p == s->end || !isalpha((unsigned char)*p))
        return s->override ? FAILED : NO_SCHEME;
    while (p < s->end && (isalnum((unsigned char)*p) || *p == '+' || *p == '-' || *p == '.'))
        p++;
    if (p == s->end || *p != ':')
        return s->override ? FAILED : NO_SCHEME;
    if (s->override)
        name = &own;
    wk_buf_set(name, s->p, (size_t)(p - s->p));
    for (size_t i = 0; i < name->len; i++)
        if (name->data[i] >= 'A' && name->data[i] <= 'Z')
            name->data[i] |= 0x20;
    if (s->override) {
        next = scheme_override(s, own.data, own.len);
        wk_buf_fini(&own);
        return next;
    }
    s->p = p + 1;
    s->url->special = is_special(name);
    return after_scheme(s);
}

static enum wk_url_state
no_scheme(struct wk_url_parser *s)
{
    const struct wk_url *base = s->base;

    if (base == NULL || (base->opaque_path && at(s) != '#'))
        return FAILED;
    if (!base->opaque_path && wk_buf_is(&base->scheme, "file"))
        return FILE_START;
    if (!base->opaque_path)
        return RELATIVE;
    copy(&s->url->scheme, &base->scheme);
    s->url->special = base->special;
    copy_path_query(s->url, base);
    return wk_url_to_fragment(s);
}

static enum wk_url_state
relative(struct wk_url_parser *s)
{
    struct wk_url *url = s->url;

    copy(&url->scheme, &s->base->scheme);
    url->special = s->base->special;
    if (at_slash(s)) {
        s->p++;
        return RELATIVE_SLASH;
    }
    copy_authority(url, s->base);
    copy_path_query(url, s->base);
    if (at(s) == '?')
        return wk_url_to_query(s);
    if (at(s) == '#')
        return wk_url_to_fragment(s);
    if (s->p == s->end)
        return DONE;
    url->has_query = false;
    url->query.len = 0;
    wk_url_shorten(url);
    return PATH;
}

static enum wk_url_state
relative_slash(struct wk_url_parser *s)
{
    if (at_slash(s)) {
        s->p++;
        return s->url->special ? SPECIAL_SLASHES : AUTHORITY;
    }
    copy_authority(s->url, s->base);
    return PATH;
}

/* ---- authority ---- */

static const char *
authority_end(const struct wk_url_parser *s)
{
    const char *p = s->p;

    while (p < s->end && *p != '/' && *p != '?' && *p != '#' &&
           !(s->url->special && *p == '\\'))
        p++;
    return p;
}

static enum wk_url_state
authority(struct wk_url_parser *s)
{
    const char *end = authority_end(s);
    const char *sign = memrchr(s->p, '@', (size_t)(end - s->p));
    const char *colon;

    if (sign == NULL)
        return HOST;
    if (sign + 1 == end)
        return FAILED;
    if ((colon = memchr(s->p, ':', (size_t)(sign - s->p))) != NULL)
        wk_url_encode(&s->url->password, colon + 1, (size_t)(sign - colon - 1),
                      WK_SET_USERINFO);
    else
        colon = sign;
    wk_url_encode(&s->url->username, s->p, (size_t)(colon - s->p), WK_SET_USERINFO);
    s->p = sign + 1;
    return HOST;
}

/* Parses the host [p, end) into the record; it keeps the old one if that fails. */
static bool
set_host(struct wk_url_parser *s, const char *end)
{
    struct wk_buf host = {0};
    bool ok;

    if (!s->override) {
        ok = wk_url_host(&s->url->host, s->p, (size_t)(end - s->p), !s->url->special);
    } else if ((ok = wk_url_host(&host, s->p, (size_t)(end - s->p), !s->url->special))) {
        copy(&s->url->host, &host);
    }
    wk_buf_fini(&host);
    s->url->has_host |= ok;
    return ok;
}

static enum wk_url_state
host(struct wk_url_parser *s)
{
    struct wk_url *url = s->url;
    const char *end = authority_end(s), *p = s->p;
    bool brackets = false;

    if (s->override && wk_buf_is(&url->scheme, "file"))
        return FILE_HOST;
    for (; p < end && (*p != ':' || brackets); p++)
        brackets = *p == '[' ? true : *p == ']' ? false : brackets;
    if (p < end) {
        if (p == s->p || s->override == HOSTNAME || !set_host(s, p))
            return FAILED;
        s->p = p + 1;
        return PORT;
    }
    if (p == s->p && url->special)
        return FAILED;
    if (p == s->p && s->override &&
        (url->username.len > 0 || url->password.len > 0 || url->port >= 0))
        return FAILED;
    if (!set_host(s, p))
        return FAILED;
    s->p = p;
    return s->override ? DONE : PATH_START;
}

static enum wk_url_state
port(struct wk_url_parser *s)
{
    const char *start = s->p;
    int value = 0;

    for (; s->p < s->end && isdigit((unsigned char)*s->p); s->p++)
        if ((value = value * 10 + (*s->p - '0')) > 65535)
            return FAILED;
    if (!s->override && s->p < s->end && !at_slash(s) && at(s) != '?' && at(s) != '#')
        return FAILED;
    if (s->p > start)
        s->url->port = s->url->special && value == wk_url_default_port(s->url->scheme.data,
                                                                       s->url->scheme.len)
                           ? -1
                           : value;
    if (s->override)
        return s->p > start ? DONE : FAILED;
    return PATH_START;
}

/* ---- file ---- */

static enum wk_url_state
file_start(struct wk_url_parser *s)
{
    struct wk_url *url = s->url;
    const struct wk_url *base = s->base;

    wk_buf_set(&url->scheme, "file", 4);
    url->special = true;
    url->has_host = true;
    url->host.len = 0;
    if (at_slash(s)) {
        s->p++;
        return FILE_SLASH;
    }
    if (base == NULL || !wk_buf_is(&base->scheme, "file"))
        return PATH;
    copy_authority(url, base);
    copy_path_query(url, base);
    if (at(s) == '?')
        return wk_url_to_query(s);
    if (at(s) == '#')
        return wk_url_to_fragment(s);
    if (s->p == s->end)
        return DONE;
    url->has_query = false;
    url->query.len = 0;
    if (starts_with_drive(s))
        url->path.len = 0;
    else
        wk_url_shorten(url);
    return PATH;
}

static enum wk_url_state
file_slash(struct wk_url_parser *s)
{
    const struct wk_url *base = s->base;

    if (at_slash(s)) {
        s->p++;
        return FILE_HOST;
    }
    if (base != NULL && wk_buf_is(&base->scheme, "file")) {
        copy(&s->url->host, &base->host);
        if (!starts_with_drive(s) && wk_url_path_has_drive(&base->path))
            wk_buf_add(&s->url->path, base->path.data, 3);
    }
    return PATH;
}

static enum wk_url_state
file_host(struct wk_url_parser *s)
{
    struct wk_url *url = s->url;
    const char *end = authority_end(s);

    if (!s->override && wk_url_is_drive(s->p, (size_t)(end - s->p)))
        return PATH;
    if (end == s->p)
        url->host.len = 0;
    else if (!set_host(s, end))
        return FAILED;
    else if (wk_buf_is(&url->host, "localhost"))
        url->host.len = 0;
    s->p = end;
    url->has_host = true;
    return s->override ? DONE : PATH_START;
}

static enum wk_url_state
step(struct wk_url_parser *s, enum wk_url_state state)
{
    switch (state) {
    case SCHEME_START:
        return scheme(s);
    case NO_SCHEME:
        return no_scheme(s);
    case RELATIVE:
        return relative(s);
    case RELATIVE_SLASH:
        return relative_slash(s);
    case SPECIAL_SLASHES:
        while (at(s) == '/' || at(s) == '\\')
            s->p++;
        return authority(s);
    case AUTHORITY:
        return authority(s);
    case HOST:
    case HOSTNAME:
        return host(s);
    case PORT:
        return port(s);
    case FILE_START:
        return file_start(s);
    case FILE_SLASH:
        return file_slash(s);
    case FILE_HOST:
        return file_host(s);
    case PATH_START:
        return wk_url_path_start(s);
    case PATH:
        return wk_url_path(s);
    case OPAQUE_PATH:
        return wk_url_opaque_path(s);
    case QUERY:
        return wk_url_query(s);
    case FRAGMENT:
        return wk_url_fragment(s);
    default:
        return state;
    }
}

/* Drops tabs and newlines; gives the text itself when it has none. */
static const char *
without_newlines(const char *text, size_t *bytes, struct wk_buf *own)
{
    size_t i = 0;

    while (i < *bytes && text[i] != '\t' && text[i] != '\n' && text[i] != '\r')
        i++;
    if (i == *bytes)
        return text;
    wk_buf_reserve(own, *bytes);
    for (i = 0; i < *bytes; i++)
        if (text[i] != '\t' && text[i] != '\n' && text[i] != '\r')
            wk_buf_add_char(own, text[i]);
    *bytes = own->len;
    return own->len > 0 ? own->data : "";
}

bool
wk_url_run(struct wk_url *url, const char *text, size_t bytes, const struct wk_url *base,
           enum wk_url_state state, enum wk_url_state override)
{
    struct wk_url_parser s = {.url = url, .base = base, .override = override};
    struct wk_buf own = {0};

    s.p = without_newlines(text, &bytes, &own);
    s.end = s.p + bytes;
    while (state > FAILED)
        state = step(&s, state);
    wk_buf_fini(&own);
    return state == DONE;
}

bool
wk_url_parse(struct wk_url *url, const char *text, size_t bytes, const struct wk_url *base)
{
    if (bytes > WK_URL_BYTES_MAX)
        return false;
    url->scheme.len = url->username.len = url->password.len = url->host.len = 0;
    url->path.len = url->query.len = url->fragment.len = 0;
    url->port = -1;
    url->special = url->has_host = url->has_query = url->has_fragment = url->opaque_path =
        false;
    while (bytes > 0 && (unsigned char)text[0] <= 0x20) {
        text++;
        bytes--;
    }
    while (bytes > 0 && (unsigned char)text[bytes - 1] <= 0x20)
        bytes--;
    return wk_url_run(url, text, bytes, base, SCHEME_START, DONE);
}
