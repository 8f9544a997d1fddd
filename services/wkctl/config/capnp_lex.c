/* services/wkctl/config/capnp_lex.c - the tokens of Cap'n Proto text. */
#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "services/wkctl/config/capnp_priv.h"

static void
lex_skip(struct capnp_lexer *lx)
{
    for (;;) {
        char c = *lx->cur.p;

        if (c == '#') {
            while (lx->cur.p < lx->cur.end && *lx->cur.p != '\n')
                lx->cur.p++;
        } else if (c == '\n') {
            lx->cur.p++;
            wk_cursor_newline(&lx->cur);
        } else if (c == ' ' || c == '\t' || c == '\r' || c == '\f' || c == '\v') {
            lx->cur.p++;
        } else {
            return;
        }
    }
}

static bool
lex_octal(struct capnp_lexer *lx)
{
    unsigned value = 0;

    for (int i = 0; i < 3 && *lx->cur.p >= '0' && *lx->cur.p <= '7'; i++)
        value = value * 8 + (unsigned)(*lx->cur.p++ - '0');
    if (value > 255)
        return wk_cursor_fail(&lx->cur, "this escape is larger than a byte");
    wk_buf_add_char(&lx->scratch, (char)value);
    return true;
}

/* Behind the backslash. */
static bool
lex_escape(struct capnp_lexer *lx)
{
    static const char from[] = "abfnrtv'\"\\?", to[] = "\a\b\f\n\r\t\v'\"\\?";
    const char *at = *lx->cur.p != '\0' ? strchr(from, *lx->cur.p) : NULL;
    uint32_t value;

    if (at != NULL) {
        wk_buf_add_char(&lx->scratch, to[at - from]);
        lx->cur.p++;
        return true;
    }
    if (*lx->cur.p >= '0' && *lx->cur.p <= '7')
        return lex_octal(lx);
    if (*lx->cur.p != 'x')
        return wk_cursor_fail(&lx->cur,
                              "unknown escape; there are \\a \\b \\f \\n \\r \\t \\v \\' "
                              "\\\" \\\\ \\? \\xHH and octal \\OOO");
    lx->cur.p++;
    if (!wk_cursor_hex(&lx->cur, 2, &value))
        return wk_cursor_fail(&lx->cur, "\\x needs two hexadecimal digits");
    wk_buf_add_char(&lx->scratch, (char)value);
    return true;
}

/* "..." added to the scratch. */
static bool
lex_quoted(struct capnp_lexer *lx)
{
    struct wk_cursor start = lx->cur;

    for (lx->cur.p++; *lx->cur.p != '"';) {
        if (lx->cur.p >= lx->cur.end || *lx->cur.p == '\n')
            return wk_cursor_fail(&start, "this string does not end on its line; add \"");
        if (*lx->cur.p == '\\') {
            lx->cur.p++;
            if (!lex_escape(lx))
                return false;
        } else {
            wk_buf_add_char(&lx->scratch, *lx->cur.p++);
        }
    }
    lx->cur.p++;
    return true;
}

/* `a line up to its end, the line feed included. */
static void
lex_line(struct capnp_lexer *lx)
{
    const char *from = ++lx->cur.p;

    while (lx->cur.p < lx->cur.end && *lx->cur.p != '\n')
        lx->cur.p++;
    wk_buf_add(&lx->scratch, from, (size_t)(lx->cur.p - from));
    wk_buf_add_char(&lx->scratch, '\n');
}

static void
lex_take(struct capnp_lexer *lx, struct capnp_token *token, enum capnp_token_kind kind)
{
    token->kind = kind;
    token->len = lx->scratch.len;
    token->text = wk_arena_strndup(lx->arena, lx->scratch.data != NULL ? lx->scratch.data : "",
                                   token->len);
}

static bool
lex_strings(struct capnp_lexer *lx, struct capnp_token *token)
{
    lx->scratch.len = 0;
    while (*lx->cur.p == '"' || *lx->cur.p == '`') {
        if (*lx->cur.p == '`')
            lex_line(lx);
        else if (!lex_quoted(lx))
            return false;
        lex_skip(lx);
    }
    lex_take(lx, token, CAPNP_STRING);
    return true;
}

/* 0x"00 ff", at the opening quote. */
static bool
lex_bytes(struct capnp_lexer *lx, struct capnp_token *token)
{
    uint32_t value;

    lx->scratch.len = 0;
    for (lx->cur.p++; *lx->cur.p != '"';) {
        if (*lx->cur.p == '\n') {
            lx->cur.p++;
            wk_cursor_newline(&lx->cur);
        } else if (*lx->cur.p == ' ' || *lx->cur.p == '\t' || *lx->cur.p == '\r') {
            lx->cur.p++;
        } else if (wk_cursor_hex(&lx->cur, 2, &value)) {
            wk_buf_add_char(&lx->scratch, (char)value);
        } else {
            return wk_cursor_fail(&lx->cur, "expected two hexadecimal digits or \"");
        }
    }
    lx->cur.p++;
    lex_take(lx, token, CAPNP_BYTES);
    return true;
}

static bool
lex_number(struct capnp_lexer *lx, struct capnp_token *token)
{
    const char *start = lx->cur.p;
    char text[64], *end;
    size_t n = 0;

    while (isalnum((unsigned char)lx->cur.p[n]) || lx->cur.p[n] == '.' ||
           ((lx->cur.p[n] == '-' || lx->cur.p[n] == '+') && (lx->cur.p[n - 1] | 32) == 'e' &&
            (start[1] | 32) != 'x'))
        n++;
    if (n >= sizeof(text))
        return wk_cursor_fail(&lx->cur, "this number is too long");
    memcpy(text, start, n);
    text[n] = '\0';
    errno = 0;
    token->kind = CAPNP_NUMBER;
    token->magnitude = strtoull(text, &end, 0); /* 0x1f, 017, 31 */
    token->is_integer = *end == '\0' && errno == 0;
    token->number = (double)token->magnitude;
    if (!token->is_integer) {
        token->number = strtod(text, &end);
        if (*end != '\0' || (start[1] | 32) == 'x' || !isfinite(token->number))
            return wk_cursor_fail(&lx->cur, "\"%s\" is no number", text);
        token->text = wk_arena_strndup(lx->arena, text, n);
        token->len = n;
    } else {
        token->len = (size_t)snprintf(text, sizeof(text), "%" PRIu64, token->magnitude);
        token->text = wk_arena_strndup(lx->arena, text, token->len);
    }
    lx->cur.p = start + n;
    return true;
}

void
capnp_next(struct capnp_lexer *lx, struct capnp_token *token)
{
    const char *p;
    bool ok = true;

    lex_skip(lx);
    p = lx->cur.p;
    *token = (struct capnp_token){.line = lx->cur.line, .column = wk_cursor_column(&lx->cur)};
    if (p >= lx->cur.end) {
        token->kind = CAPNP_END;
    } else if (*p == '"' || *p == '`') {
        ok = lex_strings(lx, token);
    } else if (p[0] == '0' && p[1] == 'x' && p[2] == '"') {
        lx->cur.p += 2;
        ok = lex_bytes(lx, token);
    } else if (isdigit((unsigned char)*p)) {
        ok = lex_number(lx, token);
    } else if (isalpha((unsigned char)*p) || *p == '_') {
        while (isalnum((unsigned char)*lx->cur.p) || *lx->cur.p == '_')
            lx->cur.p++;
        token->kind = CAPNP_WORD;
        token->len = (size_t)(lx->cur.p - p);
        token->text = wk_arena_strndup(lx->arena, p, token->len);
    } else if (strchr("=:.,;()[]{}$@-", *p) != NULL) {
        token->kind = CAPNP_MARK;
        token->mark = *lx->cur.p++;
    } else {
        ok = wk_cursor_fail(&lx->cur, "unexpected character");
    }
    if (!ok)
        token->kind = CAPNP_BAD;
}
