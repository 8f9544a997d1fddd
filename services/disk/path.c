#include "services/disk/path.h"

#include <ctype.h>
#include <string.h>

const char *
wk_url_path(const char *url, size_t *bytes)
{
    const char *p = strstr(url, "://");

    p = p != NULL ? p + 3 : url;
    p += strcspn(p, "/?#");
    *bytes = strcspn(p, "?#");
    return p;
}

const char *
wk_url_query(const char *url, size_t *bytes)
{
    const char *p = wk_url_path(url, bytes) + *bytes;

    *bytes = *p == '?' ? strcspn(p, "#") : 0;
    return p;
}

static int
hex_value(char c)
{
    const char *digits = "0123456789abcdef", *at = c != '\0' ? strchr(digits, tolower((unsigned char)c)) : NULL;

    return at != NULL ? (int)(at - digits) : -1;
}

/* Length of the UTF-8 sequence at p, 0 if there is none: overlong forms and surrogates are none. */
static size_t
utf8_sequence(const unsigned char *p, size_t bytes)
{
    size_t len = p[0] < 0x80                    ? 1
                 : p[0] >= 0xc2 && p[0] < 0xe0 ? 2
                 : p[0] >= 0xe0 && p[0] < 0xf0 ? 3
                 : p[0] >= 0xf0 && p[0] < 0xf5 ? 4
                                               : 0;

    if (len > bytes)
        return 0;
    for (size_t i = 1; i < len; i++)
        if ((p[i] & 0xc0) != 0x80)
            return 0;
    if (len == 3 && ((p[0] == 0xe0 && p[1] < 0xa0) || (p[0] == 0xed && p[1] >= 0xa0)))
        return 0;
    if (len == 4 && ((p[0] == 0xf0 && p[1] < 0x90) || (p[0] == 0xf4 && p[1] >= 0x90)))
        return 0;
    return len;
}

static bool
utf8_ok(const char *text, size_t bytes)
{
    for (size_t i = 0, len; i < bytes; i += len)
        if ((len = utf8_sequence((const unsigned char *)text + i, bytes - i)) == 0)
            return false;
    return true;
}

bool
wk_percent_decode(const char *text, size_t bytes, struct wk_buf *out)
{
    size_t before = out->len;

    wk_buf_reserve(out, bytes + 1);
    for (size_t i = 0; i < bytes; i++) {
        int high, low;

        if (text[i] != '%') {
            wk_buf_add_char(out, text[i]);
            continue;
        }
        high = i + 2 < bytes ? hex_value(text[i + 1]) : -1;
        low = i + 2 < bytes ? hex_value(text[i + 2]) : -1;
        if (high < 0 || low < 0)
            goto bad;
        wk_buf_add_char(out, (char)(high << 4 | low));
        i += 2;
    }
    if (utf8_ok(out->data + before, out->len - before) &&
        memchr(out->data + before, '\0', out->len - before) == NULL)
        return true;
bad:
    out->len = before;
    out->data[before] = '\0';
    return false;
}

void
wk_percent_encode(const char *text, size_t bytes, struct wk_buf *out)
{
    for (size_t i = 0; i < bytes; i++) {
        unsigned char c = (unsigned char)text[i];

        if (isalnum(c) || (c != '\0' && strchr("-_.!~*'()", c) != NULL))
            wk_buf_add_char(out, (char)c);
        else
            wk_buf_addf(out, "%%%02X", c);
    }
}

/* Takes the last segment away. */
static size_t
parent_of(const char *path, size_t len)
{
    while (len > 0 && path[len - 1] != '/')
        len--;
    return len > 0 ? len - 1 : 0;
}

/* Adds one encoded segment to the path; gives its new length, or WK_PATH_BYTES_MAX if it cannot be. */
static size_t
segment_add(char *out, size_t len, const char *text, size_t bytes)
{
    struct wk_buf name = {0};
    size_t result = WK_PATH_BYTES_MAX;

    if (!wk_percent_decode(text, bytes, &name) || name.len == 0 ||
        memchr(name.data, '/', name.len) != NULL || len + 1 + name.len >= WK_PATH_BYTES_MAX)
        goto out;
    if (strcmp(name.data, ".") == 0) {
        result = len;
    } else if (strcmp(name.data, "..") == 0) {
        result = parent_of(out, len);
    } else {
        if (len > 0)
            out[len++] = '/';
        memcpy(out + len, name.data, name.len);
        result = len + name.len;
    }
out:
    wk_buf_fini(&name);
    return result;
}

wk_err
wk_path_parse(const char *url, char out[WK_PATH_BYTES_MAX], bool *hidden)
{
    size_t bytes, len = 0;
    const char *p = wk_url_path(url, &bytes), *end = p + bytes;

    *hidden = false;
    out[0] = '\0';
    while (p < end && *p == '/') {
        const char *segment = ++p;

        p += strcspn(p, "/?#");
        if (p == segment && p == end)
            break; /* the slash at the end */
        if ((len = segment_add(out, len, segment, (size_t)(p - segment))) == WK_PATH_BYTES_MAX)
            return WK_ENOTFOUND;
    }
    out[len] = '\0';
    *hidden = out[0] == '.' || strstr(out, "/.") != NULL;
    return WK_OK;
}
