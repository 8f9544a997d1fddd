/* The URL standard's basic URL parser. A state takes all it can of the input, not one code point. */
#include "runtime/binding/url_priv.h"

#include <ctype.h>
#include <string.h>

enum state {
    DONE,
    FAILED,
    SCHEME_START,
    NO_SCHEME,
    RELATIVE,
    RELATIVE_SLASH,
    SPECIAL_SLASHES,
    AUTHORITY,
    HOST,
    HOSTNAME,
    PORT,
    FILE_START,
    FILE_SLASH,
    FILE_HOST,
    PATH_START,
    PATH,
    OPAQUE_PATH,
    QUERY,
    FRAGMENT,
};

struct parser {
    struct wk_url *url;
    const struct wk_url *base;
    const char *p, *end;
    enum state override; /* DONE: none */
};

int
wk_url_default_port(const char *scheme, size_t bytes)
{
    static const struct {
        const char *name;
        int port;
    } schemes[] = {{"https", 443}, {"http", 80}, {"ws", 80}, {"wss", 443}, {"ftp", 21}, {"file", 0}};

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

/* The character at the pointer, -1 at the end. */
static int
at(const struct parser *s)
{
    return s->p < s->end ? (unsigned char)*s->p : -1;
}

static bool
at_slash(const struct parser *s)
{
    return at(s) == '/' || (s->url->special && at(s) == '\\');
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

/* "C:" or "C|", alone: the two characters are all there is. */
static bool
is_drive(const char *p, size_t bytes)
{
    return bytes == 2 && isalpha((unsigned char)p[0]) && (p[1] == ':' || p[1] == '|');
}

/* Do the remaining characters start with a drive letter that ends there? */
static bool
starts_with_drive(const struct parser *s)
{
    return s->end - s->p >= 2 && is_drive(s->p, 2) && (s->end - s->p == 2 || memchr("/\\?#", s->p[2], 4) != NULL);
}

/* "/C:" as the first of the path's segments. */
static bool
path_has_drive(const struct wk_buf *path)
{
    return path->len >= 3 && is_drive(path->data + 1, 2) && path->data[2] == ':' &&
           (path->len == 3 || path->data[3] == '/');
}

static void
shorten(struct wk_url *url)
{
    const char *slash;

    if (wk_buf_is(&url->scheme, "file") && url->path.len == 3 && path_has_drive(&url->path))
        return;
    if (url->path.len > 0 && (slash = memrchr(url->path.data, '/', url->path.len)) != NULL)
        url->path.len = (size_t)(slash - url->path.data);
}

static enum state
to_query(struct parser *s)
{
    s->p++;
    s->url->query.len = 0;
    s->url->has_query = true;
    return QUERY;
}

static enum state
to_fragment(struct parser *s)
{
    s->p++;
    s->url->fragment.len = 0;
    s->url->has_fragment = true;
    return FRAGMENT;
}

/* ---- scheme ---- */

/* The scheme setter: the name is in scheme. */
static enum state
scheme_override(struct parser *s, const char *name, size_t bytes)
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

static enum state
after_scheme(struct parser *s)
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

static enum state
scheme(struct parser *s)
{
    struct wk_buf *name = &s->url->scheme, own = {0};
    const char *p = s->p;
    enum state next;

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

static enum state
no_scheme(struct parser *s)
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
    return to_fragment(s);
}

static enum state
relative(struct parser *s)
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
        return to_query(s);
    if (at(s) == '#')
        return to_fragment(s);
    if (s->p == s->end)
        return DONE;
    url->has_query = false;
    url->query.len = 0;
    shorten(url);
    return PATH;
}

static enum state
relative_slash(struct parser *s)
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
authority_end(const struct parser *s)
{
    const char *p = s->p;

    while (p < s->end && *p != '/' && *p != '?' && *p != '#' && !(s->url->special && *p == '\\'))
        p++;
    return p;
}

static enum state
authority(struct parser *s)
{
    const char *end = authority_end(s);
    const char *sign = memrchr(s->p, '@', (size_t)(end - s->p));
    const char *colon;

    if (sign == NULL)
        return HOST;
    if (sign + 1 == end)
        return FAILED;
    if ((colon = memchr(s->p, ':', (size_t)(sign - s->p))) != NULL)
        wk_url_encode(&s->url->password, colon + 1, (size_t)(sign - colon - 1), WK_SET_USERINFO);
    else
        colon = sign;
    wk_url_encode(&s->url->username, s->p, (size_t)(colon - s->p), WK_SET_USERINFO);
    s->p = sign + 1;
    return HOST;
}

/* Parses the host [p, end) into the record; it keeps the old one if that fails. */
static bool
set_host(struct parser *s, const char *end)
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

static enum state
host(struct parser *s)
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
    if (p == s->p && s->override && (url->username.len > 0 || url->password.len > 0 || url->port >= 0))
        return FAILED;
    if (!set_host(s, p))
        return FAILED;
    s->p = p;
    return s->override ? DONE : PATH_START;
}

static enum state
port(struct parser *s)
{
    const char *start = s->p;
    int value = 0;

    for (; s->p < s->end && isdigit((unsigned char)*s->p); s->p++)
        if ((value = value * 10 + (*s->p - '0')) > 65535)
            return FAILED;
    if (!s->override && s->p < s->end && !at_slash(s) && at(s) != '?' && at(s) != '#')
        return FAILED;
    if (s->p > start)
        s->url->port =
            s->url->special && value == wk_url_default_port(s->url->scheme.data, s->url->scheme.len) ? -1 : value;
    if (s->override)
        return s->p > start ? DONE : FAILED;
    return PATH_START;
}

/* ---- file ---- */

static enum state
file_start(struct parser *s)
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
        return to_query(s);
    if (at(s) == '#')
        return to_fragment(s);
    if (s->p == s->end)
        return DONE;
    url->has_query = false;
    url->query.len = 0;
    if (starts_with_drive(s))
        url->path.len = 0;
    else
        shorten(url);
    return PATH;
}

static enum state
file_slash(struct parser *s)
{
    const struct wk_url *base = s->base;

    if (at_slash(s)) {
        s->p++;
        return FILE_HOST;
    }
    if (base != NULL && wk_buf_is(&base->scheme, "file")) {
        copy(&s->url->host, &base->host);
        if (!starts_with_drive(s) && path_has_drive(&base->path))
            wk_buf_add(&s->url->path, base->path.data, 3);
    }
    return PATH;
}

static enum state
file_host(struct parser *s)
{
    struct wk_url *url = s->url;
    const char *end = authority_end(s);

    if (!s->override && is_drive(s->p, (size_t)(end - s->p)))
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

/* ---- path, query, fragment ---- */

static enum state
path_start(struct parser *s)
{
    if (s->url->special) {
        if (at_slash(s))
            s->p++;
        return PATH;
    }
    if (!s->override && at(s) == '?')
        return to_query(s);
    if (!s->override && at(s) == '#')
        return to_fragment(s);
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
path_segment(struct parser *s, const char *end)
{
    struct wk_url *url = s->url;
    size_t bytes = (size_t)(end - s->p);
    int dots = segment_dots(s->p, bytes);
    bool more = end < s->end && (*end == '/' || (url->special && *end == '\\'));
    size_t had;

    if (dots == 2)
        shorten(url);
    if (dots > 0) {
        if (!more)
            wk_buf_add_char(&url->path, '/');
        return;
    }
    had = url->path.len;
    wk_buf_add_char(&url->path, '/');
    wk_url_encode(&url->path, s->p, bytes, WK_SET_PATH);
    if (had == 0 && wk_buf_is(&url->scheme, "file") && is_drive(s->p, bytes))
        url->path.data[2] = ':';
}

static enum state
path(struct parser *s)
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
            return at(s) == '?' ? to_query(s) : to_fragment(s);
        s->p++;
    }
}

static enum state
opaque_path(struct parser *s)
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
    return at(s) == '?' ? to_query(s) : to_fragment(s);
}

static enum state
query(struct parser *s)
{
    const char *end = s->override ? NULL : memchr(s->p, '#', (size_t)(s->end - s->p));

    if (end == NULL)
        end = s->end;
    wk_url_encode(&s->url->query, s->p, (size_t)(end - s->p),
                  s->url->special ? WK_SET_SPECIAL_QUERY : WK_SET_QUERY);
    s->p = end;
    return end == s->end ? DONE : to_fragment(s);
}

static enum state
fragment(struct parser *s)
{
    wk_url_encode(&s->url->fragment, s->p, (size_t)(s->end - s->p), WK_SET_FRAGMENT);
    return DONE;
}

static enum state
step(struct parser *s, enum state state)
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
        return path_start(s);
    case PATH:
        return path(s);
    case OPAQUE_PATH:
        return opaque_path(s);
    case QUERY:
        return query(s);
    case FRAGMENT:
        return fragment(s);
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

static bool
run(struct wk_url *url, const char *text, size_t bytes, const struct wk_url *base, enum state state,
    enum state override)
{
    struct parser s = {.url = url, .base = base, .override = override};
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
    url->special = url->has_host = url->has_query = url->has_fragment = url->opaque_path = false;
    while (bytes > 0 && (unsigned char)text[0] <= 0x20) {
        text++;
        bytes--;
    }
    while (bytes > 0 && (unsigned char)text[bytes - 1] <= 0x20)
        bytes--;
    return run(url, text, bytes, base, SCHEME_START, DONE);
}

/* ---- setters ---- */

static void
set_query_or_fragment(struct wk_url *url, struct wk_buf *which, bool *has, char sign, const char *text,
                      size_t bytes)
{
    *has = bytes > 0;
    which->len = 0;
    if (bytes == 0)
        return;
    if (text[0] == sign) {
        text++;
        bytes--;
    }
    run(url, text, bytes, NULL, sign == '?' ? QUERY : FRAGMENT, sign == '?' ? QUERY : FRAGMENT);
}

static void
set_port(struct wk_url *url, const char *text, size_t bytes)
{
    if (bytes == 0)
        url->port = -1;
    else
        run(url, text, bytes, NULL, PORT, PORT);
}

static void
set_protocol(struct wk_url *url, const char *text, size_t bytes)
{
    struct wk_buf with_colon = {0};

    wk_buf_add(&with_colon, text, bytes);
    wk_buf_add_char(&with_colon, ':');
    run(url, with_colon.data, with_colon.len, NULL, SCHEME_START, SCHEME_START);
    wk_buf_fini(&with_colon);
}

void
wk_url_set(struct wk_url *url, enum wk_url_component which, const char *text, size_t bytes)
{
    bool no_credentials = !url->has_host || url->host.len == 0 || wk_buf_is(&url->scheme, "file");
    struct wk_buf *userinfo = which == WK_URL_USERNAME ? &url->username : &url->password;

    if (bytes > WK_URL_BYTES_MAX)
        return;
    switch (which) {
    case WK_URL_PROTOCOL:
        set_protocol(url, text, bytes);
        break;
    case WK_URL_USERNAME:
    case WK_URL_PASSWORD:
        if (no_credentials)
            return;
        userinfo->len = 0;
        wk_url_encode(userinfo, text, bytes, WK_SET_USERINFO);
        break;
    case WK_URL_HOST:
    case WK_URL_HOSTNAME:
        if (!url->opaque_path)
            run(url, text, bytes, NULL, HOST, which == WK_URL_HOST ? HOST : HOSTNAME);
        break;
    case WK_URL_PORT:
        if (!no_credentials)
            set_port(url, text, bytes);
        break;
    case WK_URL_PATHNAME:
        if (url->opaque_path)
            return;
        url->path.len = 0;
        run(url, text, bytes, NULL, PATH_START, PATH_START);
        break;
    case WK_URL_SEARCH:
        set_query_or_fragment(url, &url->query, &url->has_query, '?', text, bytes);
        break;
    case WK_URL_HASH:
        set_query_or_fragment(url, &url->fragment, &url->has_fragment, '#', text, bytes);
        break;
    }
}
