/* IPv4 and IPv6 addresses in URLs: the standard's parsers and serializers. */
#include "runtime/binding/url_priv.h"

#include <ctype.h>
#include <string.h>

#define IPV4_TOO_BIG (1ull << 40)

/* One IPv4 number (decimal, 0octal, 0xhex); -1: not a number. Saturates at IPV4_TOO_BIG. */
static int64_t
ipv4_number(const char *p, size_t bytes)
{
    unsigned radix = 10;
    uint64_t value = 0;

    if (bytes == 0)
        return -1;
    if (bytes >= 2 && p[0] == '0' && (p[1] | 0x20) == 'x') {
        radix = 16;
        p += 2;
        bytes -= 2;
    } else if (bytes >= 2 && p[0] == '0') {
        radix = 8;
        p++;
        bytes--;
    }
    for (size_t i = 0; i < bytes; i++) {
        int digit = wk_hex_digit(p[i]);

        if (digit < 0 || (unsigned)digit >= radix)
            return -1;
        value = value * radix + (unsigned)digit;
        if (value > IPV4_TOO_BIG)
            value = IPV4_TOO_BIG;
    }
    return (int64_t)value;
}

/* Does the name end in a number, so that it has to be an IPv4 address? */
static bool
ends_in_number(const char *text, size_t bytes)
{
    const char *last;
    size_t n, digits = 0;

    if (bytes > 0 && text[bytes - 1] == '.')
        bytes--;
    last = memrchr(text, '.', bytes);
    last = last == NULL ? text : last + 1;
    n = (size_t)(text + bytes - last);
    while (digits < n && isdigit((unsigned char)last[digits]))
        digits++;
    return n > 0 && (digits == n || ipv4_number(last, n) >= 0);
}

int
wk_url_ipv4(struct wk_buf *out, const char *text, size_t bytes)
{
    int64_t numbers[4];
    int count = 0;
    uint64_t address;
    const char *end;

    if (bytes == 0 || !ends_in_number(text, bytes))
        return 0;
    if (text[bytes - 1] == '.')
        bytes--;
    end = text + bytes;
    for (const char *p = text;; p++) {
        const char *dot = memchr(p, '.', (size_t)(end - p));

        if (dot == NULL)
            dot = end;
        if (count == 4 || (numbers[count++] = ipv4_number(p, (size_t)(dot - p))) < 0)
            return -1;
        p = dot;
        if (p == end)
            break;
    }
    for (int i = 0; i < count - 1; i++)
        if (numbers[i] > 255)
            return -1;
    if ((uint64_t)numbers[count - 1] >= 1ull << (8 * (5 - count)))
        return -1;
    address = (uint64_t)numbers[count - 1];
    for (int i = 0; i < count - 1; i++)
        address += (uint64_t)numbers[i] << (8 * (3 - i));
    wk_buf_addf(out, "%u.%u.%u.%u", (unsigned)(address >> 24 & 255),
                (unsigned)(address >> 16 & 255), (unsigned)(address >> 8 & 255),
                (unsigned)(address & 255));
    return 1;
}

/* The dotted tail of an IPv6 address into pieces[*piece] and the next. False: invalid. */
static bool
ipv6_dotted(const char *p, const char *end, uint16_t *pieces, int *piece)
{
    int seen = 0;

    if (*piece > 6)
        return false;
    while (p < end) {
        int value = -1;

        if (seen > 0) {
            if (*p != '.' || seen >= 4)
                return false;
            p++;
        }
        for (; p < end && isdigit((unsigned char)*p); p++) {
            if (value == 0)
                return false;
            value = (value < 0 ? 0 : value * 10) + (*p - '0');
            if (value > 255)
                return false;
        }
        if (value < 0)
            return false;
        pieces[*piece] = (uint16_t)(pieces[*piece] << 8 | value);
        if (++seen == 2 || seen == 4)
            ++*piece;
    }
    return seen == 4;
}

static bool
ipv6_parse(const char *p, const char *end, uint16_t *pieces)
{
    int piece = 0, compress = -1;

    if (p < end && *p == ':') {
        if (end - p < 2 || p[1] != ':')
            return false;
        p += 2;
        compress = ++piece;
    }
    while (p < end) {
        const char *start = p;
        int value = 0;

        if (piece == 8)
            return false;
        if (*p == ':') {
            if (compress >= 0)
                return false;
            p++;
            compress = ++piece;
            continue;
        }
        for (; p < end && p - start < 4 && wk_hex_digit(*p) >= 0; p++)
            value = value * 16 + wk_hex_digit(*p);
        if (p < end && *p == '.') {
            if (p == start || !ipv6_dotted(start, end, pieces, &piece))
                return false;
            break;
        }
        if (p < end && *p == ':') {
            if (++p == end)
                return false;
        } else if (p < end) {
            return false;
        }
        pieces[piece++] = (uint16_t)value;
    }
    if (compress < 0)
        return piece == 8;
    for (int swaps = piece - compress, to = 7; to != 0 && swaps > 0; to--, swaps--) {
        uint16_t moved = pieces[compress + swaps - 1];

        pieces[compress + swaps - 1] = pieces[to];
        pieces[to] = moved;
    }
    return true;
}

bool
wk_url_ipv6(struct wk_buf *out, const char *text, size_t bytes)
{
    uint16_t pieces[8] = {0};
    int best = -1, best_len = 1;

    if (!ipv6_parse(text, text + bytes, pieces))
        return false;
    for (int i = 0; i < 8; i++) {
        int run = 0;

        while (i + run < 8 && pieces[i + run] == 0)
            run++;
        if (run > best_len) {
            best = i;
            best_len = run;
        }
        if (run > 0)
            i += run - 1;
    }
    wk_buf_add_char(out, '[');
    for (int i = 0; i < 8; i++) {
        if (i == best) {
            wk_buf_add_str(out, i == 0 ? "::" : ":");
            i += best_len - 1;
            continue;
        }
        wk_buf_addf(out, i < 7 ? "%x:" : "%x", pieces[i]);
    }
    wk_buf_add_char(out, ']');
    return true;
}
