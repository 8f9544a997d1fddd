/* The URL standard's percent-encode sets, and percent-encoding with them. */
#include "runtime/binding/url_priv.h"

#include <string.h>

static uint8_t set_of[256];

static void
set_add(const char *chars, unsigned bits)
{
    for (; *chars != '\0'; chars++)
        set_of[(unsigned char)*chars] |= (uint8_t)bits;
}

__attribute__((constructor)) static void
set_init(void)
{
    for (int c = 0; c < 256; c++)
        if (c < 0x20 || c > 0x7E)
            set_of[c] = (uint8_t)~WK_SET_HOST_FORBIDDEN;
    set_add(" \"<>`", WK_SET_FRAGMENT);
    set_add(" \"#<>", WK_SET_QUERY | WK_SET_SPECIAL_QUERY | WK_SET_PATH | WK_SET_USERINFO);
    set_add("'", WK_SET_SPECIAL_QUERY);
    set_add("?^`{}", WK_SET_PATH | WK_SET_USERINFO);
    set_add("/:;=@[\\]|", WK_SET_USERINFO);
    for (int c = 0x20; c < 0x7F; c++)
        if (strchr("*-._0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz", c) ==
            NULL)
            set_of[c] |= WK_SET_FORM;
    set_of[0] |= WK_SET_HOST_FORBIDDEN;
    set_add("\t\n\r #/:<>?@[\\]^|", WK_SET_HOST_FORBIDDEN);
}

bool
wk_url_in_set(unsigned char byte, enum wk_url_set set)
{
    return (set_of[byte] & set) != 0;
}

void
wk_url_encode(struct wk_buf *out, const char *text, size_t bytes, enum wk_url_set set)
{
    static const char hex[] = "0123456789ABCDEF";

    for (size_t i = 0; i < bytes;) {
        size_t from = i;

        while (i < bytes && (set_of[(unsigned char)text[i]] & set) == 0)
            i++;
        if (i > from)
            wk_buf_add(out, text + from, i - from);
        for (; i < bytes && (set_of[(unsigned char)text[i]] & set) != 0; i++) {
            unsigned char c = (unsigned char)text[i];

            wk_buf_add(out, (const char[]){'%', hex[c >> 4], hex[c & 15]}, 3);
        }
    }
}

int
wk_hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c |= 0x20;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

void
wk_url_decode(struct wk_buf *out, const char *text, size_t bytes)
{
    wk_buf_reserve(out, bytes);
    for (size_t i = 0; i < bytes; i++) {
        int high, low;

        if (text[i] == '%' && bytes - i > 2 && (high = wk_hex_digit(text[i + 1])) >= 0 &&
            (low = wk_hex_digit(text[i + 2])) >= 0) {
            wk_buf_add_char(out, (char)(high << 4 | low));
            i += 2;
        } else {
            wk_buf_add_char(out, text[i]);
        }
    }
}
