#include "services/compiler/text.h"

#include <string.h>

/* Decodes one character, CESU-8 surrogates as themselves. Gives its bytes, 0 if malformed. */
static size_t
decode(const unsigned char *p, size_t bytes, uint32_t *c)
{
    size_t more = p[0] < 0x80 ? 0 : p[0] >= 0xf0 && p[0] < 0xf5 ? 3 : p[0] >= 0xe0 && p[0] < 0xf0 ? 2 :
                  p[0] >= 0xc2 && p[0] < 0xe0 ? 1 : 9;
    static const uint32_t least[] = {0, 0x80, 0x800, 0x10000};

    if (more == 9 || more >= bytes)
        return 0;
    *c = more == 0 ? p[0] : p[0] & (0x3fu >> more);
    for (size_t i = 1; i <= more; i++) {
        if ((p[i] & 0xc0) != 0x80)
            return 0;
        *c = *c << 6 | (p[i] & 0x3fu);
    }
    return *c < least[more] || *c > 0x10ffff ? 0 : more + 1;
}

static void
add_three(struct wk_buf *out, uint32_t c)
{
    char bytes[3] = {(char)(0xe0 | c >> 12), (char)(0x80 | (c >> 6 & 0x3f)), (char)(0x80 | (c & 0x3f))};

    wk_buf_add(out, bytes, 3);
}

/* How far text is ASCII from the start. */
static size_t
ascii_span(const char *text, size_t bytes)
{
    size_t n = 0;

    while (n < bytes && (unsigned char)text[n] < 0x80)
        n++;
    return n;
}

void
wk_text_to_engine(const char *text, size_t bytes, struct wk_buf *out)
{
    size_t i = bytes >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0 ? 3 : 0;

    wk_buf_reserve(out, bytes + 16);
    wk_buf_add(out, "", 0);
    while (i < bytes) {
        size_t plain = ascii_span(text + i, bytes - i), n;
        uint32_t c = 0;

        wk_buf_add(out, text + i, plain);
        if ((i += plain) >= bytes)
            break;
        n = decode((const unsigned char *)text + i, bytes - i, &c);
        if (n == 0 || (c >= 0xd800 && c < 0xe000)) {
            add_three(out, 0xfffd);
            i += n == 0 ? 1 : n;
            continue;
        }
        if (n == 4) {
            add_three(out, 0xd800 + ((c - 0x10000) >> 10));
            add_three(out, 0xdc00 + ((c - 0x10000) & 0x3ff));
        } else {
            wk_buf_add(out, text + i, n);
        }
        i += n;
    }
}

void
wk_text_to_ascii(const char *text, size_t bytes, struct wk_buf *out)
{
    wk_buf_reserve(out, bytes + bytes / 8 + 16);
    wk_buf_add(out, "", 0);
    for (size_t i = 0; i < bytes;) {
        size_t plain = ascii_span(text + i, bytes - i), n;
        uint32_t c = 0xfffd;

        wk_buf_add(out, text + i, plain);
        if ((i += plain) >= bytes)
            break;
        n = decode((const unsigned char *)text + i, bytes - i, &c);
        if (c > 0xffff)
            wk_buf_addf(out, "\\u%04x\\u%04x", 0xd800 + ((c - 0x10000) >> 10), 0xdc00 + ((c - 0x10000) & 0x3ff));
        else
            wk_buf_addf(out, "\\u%04x", c);
        i += n == 0 ? 1 : n;
    }
}

void
wk_text_to_utf8(const char *text, size_t bytes, struct wk_buf *out)
{
    for (size_t i = 0; i < bytes;) {
        uint32_t c = 0, low = 0;
        size_t n = decode((const unsigned char *)text + i, bytes - i, &c);

        if (n == 3 && c >= 0xd800 && c < 0xdc00 && i + 3 < bytes &&
            decode((const unsigned char *)text + i + 3, bytes - i - 3, &low) == 3 && low >= 0xdc00 && low < 0xe000) {
            char four[4];

            c = 0x10000 + ((c - 0xd800) << 10) + (low - 0xdc00);
            four[0] = (char)(0xf0 | c >> 18);
            four[1] = (char)(0x80 | (c >> 12 & 0x3f));
            four[2] = (char)(0x80 | (c >> 6 & 0x3f));
            four[3] = (char)(0x80 | (c & 0x3f));
            wk_buf_add(out, four, 4);
            i += 6;
        } else if (n == 0 || (c >= 0xd800 && c < 0xe000)) {
            add_three(out, 0xfffd);
            i += n == 0 ? 1 : n;
        } else {
            wk_buf_add(out, text + i, n);
            i += n;
        }
    }
}
