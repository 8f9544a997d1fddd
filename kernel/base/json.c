#include "kernel/base/json.h"

#include <inttypes.h>
#include <string.h>

/* Bytes of the well-formed UTF-8 sequence at p, 0 if there is none. */
static size_t
utf8_length(const unsigned char *p, size_t left)
{
    size_t need = p[0] < 0x80 ? 1 : p[0] >= 0xc2 && p[0] < 0xe0 ? 2 : (p[0] & 0xf0) == 0xe0 ? 3
                  : p[0] >= 0xf0 && p[0] < 0xf5                 ? 4
                                                                : 0;

    if (need == 0 || need > left)
        return 0;
    for (size_t i = 1; i < need; i++)
        if ((p[i] & 0xc0) != 0x80)
            return 0;
    if ((p[0] == 0xe0 && p[1] < 0xa0) || (p[0] == 0xed && p[1] >= 0xa0) ||
        (p[0] == 0xf0 && p[1] < 0x90) || (p[0] == 0xf4 && p[1] >= 0x90))
        return 0;
    return need;
}

static void
json_text(struct wk_buf *buf, const char *text, size_t bytes)
{
    const unsigned char *p = (const unsigned char *)text;

    wk_buf_add_char(buf, '"');
    for (size_t i = 0; i < bytes;) {
        size_t length = utf8_length(p + i, bytes - i);

        if (length == 0) {
            wk_buf_add(buf, "\xef\xbf\xbd", 3);
            length = 1;
        } else if (p[i] == '"' || p[i] == '\\') {
            wk_buf_addf(buf, "\\%c", p[i]);
        } else if (p[i] == '\n') {
            wk_buf_add(buf, "\\n", 2);
        } else if (p[i] < 0x20 || p[i] == 0x7f) {
            wk_buf_addf(buf, "\\u%04x", p[i]);
        } else {
            wk_buf_add(buf, p + i, length);
        }
        i += length;
    }
    wk_buf_add_char(buf, '"');
}

static void
json_head(struct wk_buf *buf, const char *key)
{
    char last = buf->len > 0 ? buf->data[buf->len - 1] : '[';

    if (last != '{' && last != '[')
        wk_buf_add_char(buf, ',');
    if (key != NULL) {
        json_text(buf, key, strlen(key));
        wk_buf_add_char(buf, ':');
    }
}

void
wk_json_open(struct wk_buf *buf, const char *key, char bracket)
{
    json_head(buf, key);
    wk_buf_add_char(buf, bracket);
}

void
wk_json_close(struct wk_buf *buf, char bracket)
{
    wk_buf_add_char(buf, bracket);
}

void
wk_json_strn(struct wk_buf *buf, const char *key, const char *value, size_t bytes)
{
    json_head(buf, key);
    json_text(buf, value, bytes);
}

void
wk_json_str(struct wk_buf *buf, const char *key, const char *value)
{
    if (value == NULL)
        wk_json_raw(buf, key, "null");
    else
        wk_json_strn(buf, key, value, strlen(value));
}

void
wk_json_int(struct wk_buf *buf, const char *key, int64_t value)
{
    json_head(buf, key);
    wk_buf_addf(buf, "%" PRId64, value);
}

void
wk_json_num(struct wk_buf *buf, const char *key, double value)
{
    json_head(buf, key);
    wk_buf_addf(buf, "%.10g", value);
}

void
wk_json_bool(struct wk_buf *buf, const char *key, bool value)
{
    wk_json_raw(buf, key, value ? "true" : "false");
}

void
wk_json_raw(struct wk_buf *buf, const char *key, const char *value)
{
    json_head(buf, key);
    wk_buf_add_str(buf, value);
}
