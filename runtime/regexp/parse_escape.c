/* Escapes that stand for one character, and group names. */
#include "runtime/regexp/parse_priv.h"

#include <string.h>
#include <unicode/uchar.h>
#include "kernel/base/buf.h"
#include "runtime/regexp/subject.h"

int
wk_re_hex(uint32_t c)
{
    if (c >= '0' && c <= '9')
        return (int)(c - '0');
    c |= 0x20;
    return c >= 'a' && c <= 'f' ? (int)(c - 'a' + 10) : -1;
}

static bool
hex_digits(struct wk_re_parser *p, size_t at, size_t count, uint32_t *value)
{
    *value = 0;
    for (size_t i = 0; i < count; i++) {
        int digit = wk_re_hex(wk_re_peek(p, at + i));

        if (digit < 0)
            return false;
        *value = *value << 4 | (uint32_t)digit;
    }
    return true;
}

/* \u{...}; the 'u' was taken. */
static bool
braced_escape(struct wk_re_parser *p, uint32_t *value)
{
    size_t i = 1;

    *value = 0;
    if (wk_re_peek(p, 0) != '{')
        return false;
    for (; wk_re_hex(wk_re_peek(p, i)) >= 0; i++) {
        *value = *value << 4 | (uint32_t)wk_re_hex(wk_re_peek(p, i));
        if (*value > 0x10ffff)
            return false;
    }
    if (i == 1 || wk_re_peek(p, i) != '}')
        return false;
    p->at += i + 1;
    return true;
}

/* After \u; with code_points also \u{..}, and two escapes for one surrogate pair. */
static bool
unicode_escape(struct wk_re_parser *p, bool code_points, uint32_t *value)
{
    uint32_t low;

    if (code_points && braced_escape(p, value))
        return true;
    if (!hex_digits(p, 0, 4, value))
        return false;
    p->at += 4;
    if (code_points && *value >= 0xd800 && *value <= 0xdbff && wk_re_peek(p, 0) == '\\' &&
        wk_re_peek(p, 1) == 'u' && hex_digits(p, 2, 4, &low) && low >= 0xdc00 && low <= 0xdfff) {
        p->at += 6;
        *value = 0x10000 + ((*value - 0xd800) << 10) + (low - 0xdc00);
    }
    return true;
}

static uint32_t
fail(struct wk_re_parser *p, const char *error)
{
    wk_re_fail(p, error);
    return WK_RE_NONE;
}

/* Up to three octal digits, at most \377. */
static uint32_t
octal_escape(struct wk_re_parser *p)
{
    uint32_t value = 0;

    for (int i = 0; i < 3 && wk_re_peek(p, 0) >= '0' && wk_re_peek(p, 0) <= '7' && value < 040; i++)
        value = value << 3 | (p->chars[p->at++] - '0');
    return value;
}

static uint32_t
digit_escape(struct wk_re_parser *p, uint32_t c, bool in_class)
{
    uint32_t next = wk_re_peek(p, 1);

    if (p->unicode) {
        if (c != '0' || (next >= '0' && next <= '9'))
            return fail(p, in_class ? "Invalid class escape" : "Invalid decimal escape");
        p->at++;
        return 0;
    }
    if (c >= '8') {
        p->at++;
        return c;
    }
    return octal_escape(p);
}

/* \cX; without u a backslash that is none of these stands for itself. */
static uint32_t
control_escape(struct wk_re_parser *p, bool in_class)
{
    uint32_t next = wk_re_peek(p, 1), letter = next | 0x20;

    if ((letter >= 'a' && letter <= 'z' && next < 0x80) ||
        (in_class && !p->unicode && ((next >= '0' && next <= '9') || next == '_'))) {
        p->at += 2;
        return next & 0x1f;
    }
    return p->unicode ? fail(p, "Invalid Unicode escape") : '\\';
}

static uint32_t
identity_escape(struct wk_re_parser *p, uint32_t c, bool in_class)
{
    static const char syntax[] = "^$\\.*+?()[]{}|/", set_syntax[] = "&-!#%,:;<=>@`~";

    if (p->unicode) {
        bool allowed = c < 0x80 && c != 0 &&
                       (strchr(syntax, (int)c) != NULL || (in_class && c == '-') ||
                        (in_class && (p->ast->flags & WK_RE_SETS) != 0 &&
                         strchr(set_syntax, (int)c) != NULL));

        if (!allowed)
            return fail(p, "Invalid escape");
    } else if (c == 'k' && p->named) {
        return fail(p, "Invalid escape");
    }
    p->at++;
    return c;
}

uint32_t
wk_re_char_escape(struct wk_re_parser *p, bool in_class)
{
    uint32_t c = wk_re_peek(p, 0), value;

    switch (c) {
    case WK_RE_NONE:
        return fail(p, "\\ at end of pattern");
    case 'f':
        return p->at++, '\f';
    case 'n':
        return p->at++, '\n';
    case 'r':
        return p->at++, '\r';
    case 't':
        return p->at++, '\t';
    case 'v':
        return p->at++, '\v';
    case 'c':
        return control_escape(p, in_class);
    case 'x':
        p->at++;
        if (hex_digits(p, 0, 2, &value)) {
            p->at += 2;
            return value;
        }
        return p->unicode ? fail(p, "Invalid escape") : 'x';
    case 'u':
        p->at++;
        if (unicode_escape(p, p->unicode, &value))
            return value;
        return p->unicode ? fail(p, "Invalid Unicode escape") : 'u';
    default:
        if (c >= '0' && c <= '9')
            return digit_escape(p, c, in_class);
        return identity_escape(p, c, in_class);
    }
}

/* One code point of a name: as it stands, a surrogate pair, or an escape. */
static uint32_t
name_char(struct wk_re_parser *p)
{
    uint32_t c = wk_re_peek(p, 0), low = wk_re_peek(p, 1);

    if (c == WK_RE_NONE)
        return c;
    p->at++;
    if (c == '\\' && !wk_re_accept(p, 'u'))
        return WK_RE_NONE;
    if (c == '\\')
        return unicode_escape(p, true, &c) ? c : fail(p, "Invalid Unicode escape");
    if (c >= 0xd800 && c <= 0xdbff && low >= 0xdc00 && low <= 0xdfff) {
        p->at++;
        return 0x10000 + ((c - 0xd800) << 10) + (low - 0xdc00);
    }
    return c;
}

const char *
wk_re_group_name(struct wk_re_parser *p)
{
    struct wk_buf name = {0};
    const char *result = NULL;
    char bytes[6];

    for (;;) {
        bool escaped = wk_re_peek(p, 0) == '\\';
        uint32_t c = name_char(p);

        if (c == '>' && !escaped) {
            if (name.len > 0)
                result = wk_arena_strndup(&p->ast->arena, name.data, name.len);
            break;
        }
        if (c > 0x10ffff || !(c == '$' || c == '_' ||
                              u_hasBinaryProperty((UChar32)c, name.len == 0 ? UCHAR_ID_START
                                                                            : UCHAR_ID_CONTINUE) ||
                              (name.len > 0 && (c == 0x200c || c == 0x200d))))
            break;
        wk_buf_add(&name, bytes, wk_cesu8_put(bytes, c));
    }
    wk_buf_fini(&name);
    return result;
}
