/* A reader of JSON that only looks for the first error. */
#include "runtime/engine/duk/json_error.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#define CONTEXT_UNITS 10 /* shown on each side of a token in a long text */

struct scan {
    const char *p, *start, *end;
    const char
        *error; /* a message to go with a position; "": p is at a token that is not expected */
};

static bool
fail(struct scan *s, const char *error)
{
    s->error = error;
    return false;
}

static bool
at_end(const struct scan *s)
{
    return s->p >= s->end;
}

static void
skip_space(struct scan *s)
{
    while (!at_end(s) && (*s->p == ' ' || *s->p == '\t' || *s->p == '\n' || *s->p == '\r'))
        s->p++;
}

static bool
is_digit(const struct scan *s)
{
    return !at_end(s) && *s->p >= '0' && *s->p <= '9';
}

static bool
scan_digits(struct scan *s, const char *missing)
{
    if (!is_digit(s))
        return fail(s, missing);
    while (is_digit(s))
        s->p++;
    return true;
}

static bool
scan_number(struct scan *s)
{
    if (*s->p == '-' && (s->p++, !is_digit(s)))
        return fail(s, "No number after minus sign in JSON");
    if (*s->p == '0') {
        s->p++;
        if (is_digit(s))
            return fail(s, "Unexpected number in JSON");
    } else if (!scan_digits(s, "")) {
        return false;
    }
    if (!at_end(s) && *s->p == '.') {
        s->p++;
        if (!scan_digits(s, "Unterminated fractional number in JSON"))
            return false;
    }
    if (!at_end(s) && (*s->p == 'e' || *s->p == 'E')) {
        s->p++;
        if (!at_end(s) && (*s->p == '+' || *s->p == '-'))
            s->p++;
        return scan_digits(s, "Exponent part is missing a number in JSON");
    }
    return true;
}

static bool
scan_escape(struct scan *s)
{
    if (at_end(s))
        return fail(s, "");
    if (*s->p == 'u') {
        s->p++;
        for (int i = 0; i < 4; i++, s->p++) {
            if (at_end(s) || *s->p == '\0' || strchr("0123456789abcdefABCDEF", *s->p) == NULL)
                return fail(s, "Bad Unicode escape in JSON");
        }
        return true;
    }
    if (*s->p == '\0' || strchr("\"\\/bfnrt", *s->p) == NULL)
        return fail(s, "Bad escaped character in JSON");
    s->p++;
    return true;
}

static bool
scan_string(struct scan *s)
{
    for (s->p++; !at_end(s);) {
        unsigned char c = (unsigned char)*s->p;

        if (c < ' ')
            return fail(s, "Bad control character in string literal in JSON");
        s->p++;
        if (c == '"')
            return true;
        if (c == '\\' && !scan_escape(s))
            return false;
    }
    return fail(s, "Unterminated string in JSON");
}

static bool
scan_word(struct scan *s, const char *word)
{
    for (; *word != '\0'; word++, s->p++) {
        if (at_end(s) || *s->p != *word)
            return fail(s, "");
    }
    return true;
}

/* A value that holds no others. */
static bool
scan_plain(struct scan *s)
{
    if (at_end(s))
        return fail(s, "");
    switch (*s->p) {
    case '"':
        return scan_string(s);
    case 't':
        return scan_word(s, "true");
    case 'f':
        return scan_word(s, "false");
    case 'n':
        return scan_word(s, "null");
    default:
        return *s->p == '-' || is_digit(s) ? scan_number(s) : fail(s, "");
    }
}

/* "name": of a property. */
static bool
scan_name(struct scan *s, const char *missing)
{
    skip_space(s);
    if (at_end(s) || *s->p != '"')
        return fail(s, missing);
    if (!scan_string(s))
        return false;
    skip_space(s);
    if (at_end(s) || *s->p != ':')
        return fail(s, "Expected ':' after property name in JSON");
    s->p++;
    return true;
}

/* What follows a value: closes what it ends, and stands before the next one, or at the end with
 * depth 0. */
static bool
scan_after(struct scan *s, const char *closers, size_t *depth)
{
    for (skip_space(s); *depth > 0; skip_space(s)) {
        char closer = closers[*depth - 1];

        if (!at_end(s) && *s->p == ',') {
            s->p++;
            return closer == ']' ||
                   scan_name(s, "Expected double-quoted property name in JSON");
        }
        if (at_end(s) || *s->p != closer)
            return fail(s, closer == ']' ? "Expected ',' or ']' after array element in JSON"
                                         : "Expected ',' or '}' after property value in JSON");
        s->p++;
        (*depth)--;
    }
    return at_end(s) || fail(s, "Unexpected non-whitespace character after JSON");
}

static bool
scan_text(struct scan *s)
{
    char closers[WK_JSON_DEPTH_MAX];
    size_t depth = 0;

    do {
        skip_space(s);
        if (!at_end(s) && (*s->p == '[' || *s->p == '{') && depth < sizeof(closers)) {
            bool array = *s->p++ == '[';

            closers[depth++] = array ? ']' : '}';
            skip_space(s);
            if (at_end(s) || *s->p != closers[depth - 1]) {
                if (!array && !scan_name(s, "Expected property name or '}' in JSON"))
                    return false;
                continue; /* its first value */
            }
        } else if (!scan_plain(s)) {
            return false;
        }
        if (!scan_after(s, closers, &depth))
            return false;
    } while (depth > 0);
    return true;
}

/* ---- words ---- */

static const char *
next_unit(const char *p, const char *end)
{
    for (p++; p < end && ((unsigned char)*p & 0xC0) == 0x80; p++)
        continue;
    return p;
}

static const char *
back_units(const char *p, const char *start, int n)
{
    for (; n > 0 && p > start; n--) {
        for (p--; p > start && ((unsigned char)*p & 0xC0) == 0x80; p--)
            continue;
    }
    return p;
}

static void
say_position(const struct scan *s, char out[WK_JSON_ERROR_BYTES_MAX])
{
    size_t units = 0, line = 1, line_start = 0;

    for (const char *p = s->start; p < s->p; p = next_unit(p, s->end)) {
        units++;
        if (*p == '\n' || (*p == '\r' && !(p + 1 < s->p && p[1] == '\n'))) {
            line++;
            line_start = units;
        }
    }
    snprintf(out, WK_JSON_ERROR_BYTES_MAX, "%s at position %zu (line %zu column %zu)", s->error,
             units, line, units - line_start + 1);
}

static void
say_token(const struct scan *s, char out[WK_JSON_ERROR_BYTES_MAX])
{
    static const char *const words[] = {"undefined", "NaN", "Infinity", "[object Object]"};
    const char *from = back_units(s->p, s->start, CONTEXT_UNITS), *to = s->p;
    const char *token_end = next_unit(s->p, s->end);
    size_t bytes = (size_t)(s->end - s->start), units = 0;

    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        if (strlen(words[i]) == bytes && memcmp(words[i], s->start, bytes) == 0) {
            snprintf(out, WK_JSON_ERROR_BYTES_MAX, "\"%s\" is not valid JSON", words[i]);
            return;
        }
    }
    for (int i = 0; i < CONTEXT_UNITS && to < s->end; i++)
        to = next_unit(to, s->end);
    for (const char *p = s->start; p < s->end && units <= 2 * CONTEXT_UNITS;
         p = next_unit(p, s->end))
        units++;
    if (units <= 2 * CONTEXT_UNITS) {
        from = s->start;
        to = s->end;
    }
    snprintf(out, WK_JSON_ERROR_BYTES_MAX,
             "Unexpected token '%.*s', %s\"%.*s\"%s is not valid JSON", (int)(token_end - s->p),
             s->p, from > s->start ? "..." : "", (int)(to - from), from,
             to < s->end ? "..." : "");
}

void
wk_json_error(const char *text, size_t bytes, char out[WK_JSON_ERROR_BYTES_MAX])
{
    struct scan s = {text, text, text + bytes, NULL};

    out[0] = '\0';
    if (scan_text(&s))
        return;
    if (s.error[0] != '\0')
        say_position(&s, out);
    else if (at_end(&s))
        snprintf(out, WK_JSON_ERROR_BYTES_MAX, "Unexpected end of JSON input");
    else
        say_token(&s, out);
}
