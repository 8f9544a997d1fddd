#include "runtime/binding/multipart.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

static bool
is_token(char c)
{
    return c > ' ' && c < 0x7F && strchr("()<>@,;:\\\"/[]?={}", c) == NULL;
}

static bool
is_blank(char c)
{
    return c == ' ' || c == '\t';
}

static struct wk_span
trim(struct wk_span s)
{
    while (s.len > 0 && (is_blank(s.data[0]) || s.data[0] == '\r' || s.data[0] == '\n')) {
        s.data++;
        s.len--;
    }
    while (s.len > 0 && (is_blank(s.data[s.len - 1]) || s.data[s.len - 1] == '\r' ||
                         s.data[s.len - 1] == '\n'))
        s.len--;
    return s;
}

static bool
span_is(struct wk_span s, const char *text)
{
    return s.len == strlen(text) && strncasecmp(s.data, text, s.len) == 0;
}

static int
failed(struct wk_multipart *m, const char *error)
{
    m->error = error;
    return -1;
}

void
wk_multipart_init(struct wk_multipart *m, struct wk_span body, struct wk_span boundary)
{
    *m = (struct wk_multipart){
        .at = body.data, .end = body.data + body.len, .boundary = boundary};
}

/* The boundary in the next "--boundary" (or newline + "--boundary") that starts at or after
 * from; NULL: none. */
static const char *
find_boundary(const struct wk_multipart *m, const char *from, bool after_newline)
{
    size_t n = m->boundary.len;
    const char *p = from;

    for (; p < m->end; p++) {
        if ((p = memmem(p, (size_t)(m->end - p), m->boundary.data, n)) == NULL)
            return NULL;
        if (p - from >= 2 + after_newline && p[-1] == '-' && p[-2] == '-' &&
            (!after_newline || p[-3] == '\n'))
            return p;
    }
    return NULL;
}

/* Where the blank line after the headers begins and where it ends; false: there is none. */
static bool
find_headers_end(const char *p, const char *end, const char **headers_end, const char **body)
{
    while ((p = memchr(p, '\n', (size_t)(end - p))) != NULL) {
        const char *next = p + 1;

        if (next < end && *next == '\r')
            next++;
        if (next < end && *next == '\n') {
            *headers_end = p;
            *body = next + 1;
            return true;
        }
        p++;
    }
    return false;
}

/* Takes the header lines apart. False: one is no header. */
static bool
read_headers(struct wk_span block, struct wk_span *disposition, struct wk_span *type)
{
    const char *p = block.data, *end = p + block.len;

    while (p < end) {
        const char *newline = memchr(p, '\n', (size_t)(end - p));
        struct wk_span line = {p, (size_t)((newline == NULL ? end : newline) - p)};
        struct wk_span name = {p, 0}, value;

        while (name.len < line.len && is_token(p[name.len]))
            name.len++;
        if (name.len == 0 || name.len == line.len || p[name.len] != ':' ||
            memchr(p, '\0', line.len) != NULL)
            return false;
        value = trim((struct wk_span){p + name.len + 1, line.len - name.len - 1});
        if (span_is(name, "content-disposition"))
            *disposition = value;
        else if (span_is(name, "content-type"))
            *type = value;
        p = newline == NULL ? end : newline + 1;
    }
    return true;
}

/* The end of the quoted string that opens at p (after the quote): at its closing quote; NULL:
 * none. */
static const char *
quoted_end(const char *p, const char *end)
{
    for (; p < end; p++) {
        if (*p == '"')
            return p;
        if (*p == '\\')
            p++;
    }
    return NULL;
}

/* name="..." and filename="..." out of Content-Disposition's parameters. */
static void
read_parameters(const char *p, const char *end, struct wk_part *part)
{
    while (p < end) {
        struct wk_span key;
        const char *close;

        while (p < end && (*p == ';' || is_blank(*p)))
            p++;
        key.data = p;
        while (p < end && is_token(*p))
            p++;
        key.len = (size_t)(p - key.data);
        while (p < end && is_blank(*p))
            p++;
        if (p == end || *p != '=') {
            p += p < end && key.len == 0;
            continue;
        }
        for (p++; p < end && is_blank(*p);)
            p++;
        if (p == end || *p != '"')
            continue;
        if ((close = quoted_end(p + 1, end)) == NULL)
            return;
        if (key.len == 4 && memcmp(key.data, "name", 4) == 0)
            part->name = (struct wk_span){p + 1, (size_t)(close - p - 1)};
        else if (key.len == 8 && memcmp(key.data, "filename", 8) == 0)
            part->filename = (struct wk_span){p + 1, (size_t)(close - p - 1)};
        p = close + 1;
    }
}

static int
read_disposition(struct wk_multipart *m, struct wk_span value, struct wk_part *part)
{
    size_t n = 0;

    if (value.data == NULL)
        return failed(m, "No valid Content-Disposition header found in FormData part.");
    while (n < value.len && is_token(value.data[n]))
        n++;
    if (n == 0)
        return failed(m, "Invalid Content-Disposition header found in FormData part.");
    if (n != 9 || memcmp(value.data, "form-data", 9) != 0) {
        m->got = (struct wk_span){value.data, n};
        return failed(m, "Content-Disposition header for FormData part must have the value "
                         "\"form-data\", possibly "
                         "followed by parameters. Got: ");
    }
    read_parameters(value.data + n, value.data + value.len, part);
    if (part->name.len == 0)
        return failed(m, "Content-Disposition header in FormData part is missing a name.");
    return 1;
}

/* Past the boundary at p: 1 another part follows, 0 it was the last, -1 neither. */
static int
after_boundary(struct wk_multipart *m, const char *p)
{
    m->at = p + m->boundary.len;
    if (m->end - m->at >= 2 && m->at[0] == '-' && m->at[1] == '-')
        return 0;
    if (m->at < m->end && *m->at == '\r')
        m->at++;
    if (m->at < m->end && *m->at == '\n') {
        m->at++;
        return 1;
    }
    return failed(m, "Boundary string was not succeeded by CRLF, LF, or '--'.");
}

int
wk_multipart_next(struct wk_multipart *m, struct wk_part *part)
{
    struct wk_span disposition = {0};
    const char *headers = m->at, *headers_end, *body, *p;
    int more;

    *part = (struct wk_part){0};
    if (!m->started) {
        m->started = true;
        if ((p = find_boundary(m, m->at, false)) == NULL)
            return failed(m, "No initial boundary string (or you have a truncated message).");
        more = after_boundary(m, p);
    } else {
        p = m->at; /* the boundary's, found with the part before */
        more = after_boundary(m, p);
    }
    if (more <= 0)
        return more;
    headers = m->at;
    if (!find_headers_end(headers, m->end, &headers_end, &body))
        return failed(m, "No multipart message header termination found.");
    if (!read_headers((struct wk_span){headers, (size_t)(headers_end - headers)}, &disposition,
                      &part->type))
        return failed(m, "FormData part had invalid headers.");
    if (read_disposition(m, disposition, part) < 0)
        return -1;
    if ((p = find_boundary(m, body, true)) == NULL || p + m->boundary.len == m->end)
        return failed(m, "No subsequent boundary string after multipart message.");
    part->body = (struct wk_span){body, (size_t)(p - 3 - body)};
    if (part->body.len > 0 && p[-4] == '\r')
        part->body.len--;
    m->at = p;
    return 1;
}

size_t
wk_multipart_unquote(struct wk_span text, char *out)
{
    size_t n = 0;

    for (size_t i = 0; i < text.len; i++) {
        if (text.data[i] == '\\' && i + 1 < text.len)
            i++;
        out[n++] = text.data[i];
    }
    return n;
}

bool
wk_mime_parameter(struct wk_span mime, const char *name, struct wk_span *value)
{
    const char *p = memchr(mime.data, ';', mime.len), *end = mime.data + mime.len;

    while (p != NULL && p < end) {
        struct wk_span key;
        const char *close;

        for (p++; p < end && is_blank(*p);)
            p++;
        key.data = p;
        while (p < end && *p != ';' && *p != '=')
            p++;
        key.len = (size_t)(p - key.data);
        if (p == end || *p == ';')
            continue;
        p++;
        if (p < end && *p == '"' && (close = quoted_end(p + 1, end)) != NULL) {
            *value = (struct wk_span){p + 1, (size_t)(close - p - 1)};
            if (span_is(key, name))
                return true;
            p = memchr(close, ';', (size_t)(end - close));
            continue;
        }
        close = memchr(p, ';', (size_t)(end - p));
        *value = trim((struct wk_span){p, (size_t)((close == NULL ? end : close) - p)});
        if (span_is(key, name) && value->len > 0)
            return true;
        p = close;
    }
    return false;
}

bool
wk_mime_is(struct wk_span mime, const char *essence)
{
    const char *semicolon = mime.len == 0 ? NULL : memchr(mime.data, ';', mime.len);

    if (semicolon != NULL)
        mime.len = (size_t)(semicolon - mime.data);
    return span_is(trim(mime), essence);
}
