/* services/wkctl/config/toml_value.c - TOML's strings, numbers, booleans, dates and times. */
#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "services/wkctl/config/toml_priv.h"

#define TOKEN_BYTES_MAX 64

static bool
toml_is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* Behind a backslash. In a string of several lines a backslash at the end of a line takes away
 * the line end and the blanks that follow. */
static bool
toml_escape(struct toml *t, bool lines)
{
    static const char from[] = "\"\\bfnrt", to[] = "\"\\\b\f\n\r\t";
    const char *at = *t->cur.p != '\0' ? strchr(from, *t->cur.p) : NULL;
    const char *q = t->cur.p + strspn(t->cur.p, " \t\r");
    uint32_t code;
    char utf8[4];
    size_t n;

    if (at != NULL) {
        wk_buf_add_char(&t->scratch, to[at - from]);
        t->cur.p++;
        return true;
    }
    if (*t->cur.p == 'u' || *t->cur.p == 'U') {
        int digits = *t->cur.p == 'u' ? 4 : 8;

        t->cur.p++;
        if (!wk_cursor_hex(&t->cur, digits, &code))
            return wk_cursor_fail(&t->cur, "this escape needs %d hexadecimal digits", digits);
        if ((n = wk_utf8_put(code, utf8)) == 0)
            return wk_cursor_fail(&t->cur, "this escape names no character");
        wk_buf_add(&t->scratch, utf8, n);
        return true;
    }
    if (!lines || *q != '\n')
        return wk_cursor_fail(&t->cur, "unknown escape; TOML has \\b \\t \\n \\f \\r \\\" \\\\ "
                                       "\\uXXXX \\UXXXXXXXX (or use a 'literal' string)");
    for (t->cur.p = q; *t->cur.p != '\0' && strchr(" \t\r\n", *t->cur.p) != NULL;)
        if (*t->cur.p++ == '\n')
            wk_cursor_newline(&t->cur);
    return true;
}

/* The closing quotes of a string of several lines; up to two more belong to the text. */
static bool
toml_closes(struct toml *t, char quote)
{
    size_t n = 0;

    while (n < 5 && t->cur.p[n] == quote)
        n++;
    if (n < 3)
        return false;
    for (size_t i = 3; i < n; i++)
        wk_buf_add_char(&t->scratch, quote);
    t->cur.p += n;
    return true;
}

bool
toml_string(struct toml *t, const char **out, size_t *out_len)
{
    char quote = *t->cur.p;
    bool lines = t->cur.p[1] == quote && t->cur.p[2] == quote;
    struct wk_cursor start = t->cur;

    t->scratch.len = 0;
    t->cur.p += lines ? 3 : 1;
    if (lines) { /* a line end right behind the quotes does not count */
        const char *nl = t->cur.p + (t->cur.p[0] == '\r' && t->cur.p[1] == '\n');

        if (*nl == '\n') {
            t->cur.p = nl + 1;
            wk_cursor_newline(&t->cur);
        }
    }
    for (;;) {
        char c = *t->cur.p;

        if (t->cur.p >= t->cur.end || (c == '\n' && !lines))
            return wk_cursor_fail(&start, "this string does not end; add %s%c",
                                  lines ? "three times " : "", quote);
        if (lines ? toml_closes(t, quote) : c == quote)
            break;
        if (c == '\\' && quote == '"') {
            t->cur.p++;
            if (!toml_escape(t, lines))
                return false;
            continue;
        }
        if (((unsigned char)c < 0x20 && c != '\t' && c != '\n' &&
             !(c == '\r' && t->cur.p[1] == '\n' && lines)) ||
            c == 0x7f)
            return wk_cursor_fail(&t->cur, "control character in a string; use an escape");
        t->cur.p++;
        if (c == '\n')
            wk_cursor_newline(&t->cur);
        wk_buf_add_char(&t->scratch, c);
    }
    t->cur.p += !lines;
    *out_len = t->scratch.len;
    *out = wk_arena_strndup(t->arena, t->scratch.data != NULL ? t->scratch.data : "", *out_len);
    return true;
}

/* Does s read like the pattern, where 0 stands for a digit? Returns the length, or 0. */
static size_t
toml_like(const char *s, const char *pattern)
{
    size_t i;

    for (i = 0; pattern[i] != '\0'; i++)
        if (pattern[i] == '0' ? !toml_is_digit(s[i]) : (s[i] | 32) != (pattern[i] | 32))
            return 0;
    return i;
}

static bool
toml_in_range(const char *two, int from, int to)
{
    int value = (two[0] - '0') * 10 + two[1] - '0';

    return value >= from && value <= to;
}

/* The length of a date, a time, or both at s; 0 if there is none. */
static size_t
toml_date_length(const char *s)
{
    size_t date = toml_like(s, "0000-00-00"), time = 0, offset = 0;
    const char *clock = s;

    if (date > 0) {
        if (!toml_in_range(s + 5, 1, 12) || !toml_in_range(s + 8, 1, 31))
            return 0;
        if (((s[date] | 32) != 't' && s[date] != ' ') ||
            toml_like(s + date + 1, "00:00:00") == 0)
            return date;
        clock = s + date + 1;
        date++;
    }
    if ((time = toml_like(clock, "00:00:00")) == 0 || !toml_in_range(clock, 0, 23) ||
        !toml_in_range(clock + 3, 0, 59) || !toml_in_range(clock + 6, 0, 60))
        return 0;
    if (clock[time] == '.' && toml_is_digit(clock[time + 1]))
        for (time++; toml_is_digit(clock[time]);)
            time++;
    if (date > 0 && (clock[time] | 32) == 'z')
        offset = 1;
    else if (date > 0 && (clock[time] == '+' || clock[time] == '-'))
        offset = toml_like(clock + time + 1, "00:00") > 0 ? 6 : 0;
    return date + time + offset;
}

/* Copies the token without its underscores; false if one does not stand between two digits. */
static bool
toml_plain_number(const char *s, size_t bytes, char *out)
{
    for (size_t i = 0; i < bytes; i++) {
        if (s[i] == '_') {
            if (i == 0 || i + 1 >= bytes || !isxdigit((unsigned char)s[i - 1]) ||
                !isxdigit((unsigned char)s[i + 1]))
                return false;
            continue;
        }
        *out++ = s[i];
    }
    *out = '\0';
    return true;
}

static bool
toml_set_integer(struct toml *t, struct wk_doc *doc, int64_t value)
{
    char *text = wk_arena_alloc(t->arena, 24);

    doc->is_integer = true;
    doc->integer = value;
    doc->number = (double)value;
    doc->text_len = (size_t)snprintf(text, 24, "%" PRId64, value);
    doc->text = text;
    return true;
}

/* [+-] digits [. digits] [e [+-] digits]; no leading zero. */
static bool
toml_is_decimal(const char *s, bool *whole)
{
    *whole = true;
    s += *s == '+' || *s == '-';
    if (!toml_is_digit(*s) || (*s == '0' && toml_is_digit(s[1])))
        return false;
    s += strspn(s, "0123456789");
    if (*s == '.') {
        *whole = false;
        if (!toml_is_digit(*++s))
            return false;
        s += strspn(s, "0123456789");
    }
    if ((*s | 32) == 'e') {
        *whole = false;
        s++;
        s += *s == '+' || *s == '-';
        if (!toml_is_digit(*s))
            return false;
        s += strspn(s, "0123456789");
    }
    return *s == '\0';
}

static bool
toml_number(struct toml *t, struct wk_doc *doc, const char *token)
{
    char plain[TOKEN_BYTES_MAX + 1];
    const char *body = token + (*token == '+' || *token == '-');
    int base = token[0] != '0'   ? 10
               : token[1] == 'x' ? 16
               : token[1] == 'o' ? 8
               : token[1] == 'b' ? 2
                                 : 10;
    char *end;
    bool whole;

    if (strcmp(body, "inf") == 0 || strcmp(body, "nan") == 0) {
        doc->number = strtod(token, NULL);
        doc->text = "null"; /* what JSON makes of them */
        doc->text_len = 4;
        return true;
    }
    if (!toml_plain_number(token, strlen(token), plain))
        return false;
    errno = 0;
    if (base != 10) {
        int64_t value = strtoll(plain + 2, &end, base);

        return isxdigit((unsigned char)plain[2]) && *end == '\0' && errno == 0 &&
               toml_set_integer(t, doc, value);
    }
    if (!toml_is_decimal(plain, &whole))
        return false;
    if (whole) {
        int64_t value = strtoll(plain, NULL, 10);

        return errno == 0 && toml_set_integer(t, doc, value);
    }
    doc->number = strtod(plain, NULL);
    doc->text = wk_arena_strndup(t->arena, plain + (*plain == '+'), strlen(plain));
    doc->text_len = strlen(doc->text);
    return isfinite(doc->number);
}

/* true, false, a number, a date or a time: everything that has no opening mark. */
static bool
toml_bare(struct toml *t, struct wk_doc *doc)
{
    char token[TOKEN_BYTES_MAX + 1];
    size_t n = toml_date_length(t->cur.p);
    bool date = n > 0;

    if (!date)
        n = strspn(t->cur.p,
                   "0123456789+-_.abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ");
    if (n == 0 || n > TOKEN_BYTES_MAX)
        return wk_cursor_fail(&t->cur,
                              "expected a value: \"text\", a number, true, false, a date, "
                              "[ or {");
    memcpy(token, t->cur.p, n);
    token[n] = '\0';
    if (date) {
        doc->kind = WK_DOC_STRING;
        doc->text = wk_arena_strndup(t->arena, token, n);
        doc->text_len = n;
    } else if (strcmp(token, "true") == 0 || strcmp(token, "false") == 0) {
        doc->kind = WK_DOC_BOOL;
        doc->boolean = token[0] == 't';
    } else {
        doc->kind = WK_DOC_NUMBER;
        if (!toml_number(t, doc, token))
            return wk_cursor_fail(&t->cur, "\"%s\" is no value; a text needs quotes", token);
    }
    t->cur.p += n;
    return true;
}

struct wk_doc *
toml_value(struct toml *t, int depth)
{
    struct wk_doc *doc;

    if (depth > WK_DOC_DEPTH_MAX) {
        wk_cursor_fail(&t->cur, "nested too deeply");
        return NULL;
    }
    if (*t->cur.p == '[')
        return toml_array(t, depth);
    if (*t->cur.p == '{')
        return toml_inline_table(t, depth);
    doc = toml_new(t, WK_DOC_STRING, t->cur.line, wk_cursor_column(&t->cur));
    if (*t->cur.p == '"' || *t->cur.p == '\'')
        return toml_string(t, &doc->text, &doc->text_len) ? doc : NULL;
    return toml_bare(t, doc) ? doc : NULL;
}
