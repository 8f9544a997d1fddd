/* Where a statement ends in a text that may go on: the same states as sqlite3_complete, which
 * only says whether the whole text ends with one. A semicolon inside CREATE TRIGGER does not
 * end it, one behind END does. */
#include <ctype.h>
#include <string.h>
#include <strings.h>
#include "runtime/sql/sql_priv.h"

enum token { SEMI, SPACE, OTHER, EXPLAIN, CREATE, TEMP, TRIGGER, END, CUT };
enum state { START, NORMAL, EXPLAINED, CREATED, IN_TRIGGER, TRIGGER_SEMI, TRIGGER_END };

static enum token
word_kind(const char *at, size_t bytes)
{
    static const struct {
        const char *word;
        enum token token;
    } words[] = {{"explain", EXPLAIN}, {"create", CREATE},   {"temp", TEMP},
                 {"temporary", TEMP},  {"trigger", TRIGGER}, {"end", END}};

    for (size_t i = 0; i < WK_COUNT(words); i++) {
        if (strlen(words[i].word) == bytes && strncasecmp(at, words[i].word, bytes) == 0)
            return words[i].token;
    }
    return OTHER;
}

static bool
is_word(char c)
{
    return isalnum((unsigned char)c) || c == '_' || c == '$' || (c & 0x80) != 0;
}

/* Up to and with the byte that closes; CUT when it is not there. */
static enum token
until(const char **at, const char *end, char close, enum token token)
{
    const char *found = memchr(*at + 1, close, (size_t)(end - *at - 1));

    if (found == NULL)
        return CUT;
    *at = found + 1;
    return token;
}

static enum token
token_next(const char **at, const char *end)
{
    const char *p = *at, *start = p;

    switch (*p) {
    case ';':
        *at = p + 1;
        return SEMI;
    case ' ':
    case '\t':
    case '\n':
    case '\r':
    case '\f':
        *at = p + 1;
        return SPACE;
    case '\'':
    case '"':
    case '`':
        return until(at, end, *p, OTHER);
    case '[':
        return until(at, end, ']', OTHER);
    case '-':
        if (p + 1 < end && p[1] == '-')
            return until(at, end, '\n', SPACE);
        break;
    case '/':
        if (p + 1 < end && p[1] == '*') {
            const char *close = memmem(p + 2, (size_t)(end - p - 2), "*/", 2);

            *at = close != NULL ? close + 2 : end;
            return close != NULL ? SPACE : CUT;
        }
        break;
    default:
        while (p < end && is_word(*p))
            p++;
        if (p > start) {
            *at = p;
            return word_kind(start, (size_t)(p - start));
        }
        break;
    }
    *at = start + 1;
    return OTHER;
}

static enum state
state_next(enum state state, enum token token)
{
    switch (state) {
    case START:
        return token == EXPLAIN ? EXPLAINED : token == CREATE ? CREATED : NORMAL;
    case EXPLAINED:
        return token == CREATE ? CREATED : token == OTHER ? EXPLAINED : NORMAL;
    case CREATED:
        return token == TEMP ? CREATED : token == TRIGGER ? IN_TRIGGER : NORMAL;
    case TRIGGER_SEMI:
        return token == END ? TRIGGER_END : IN_TRIGGER;
    case TRIGGER_END:
        return IN_TRIGGER;
    default:
        return state;
    }
}

size_t
wk_sql_complete(const char *text, size_t bytes)
{
    const char *at = text, *end = text + bytes;
    enum state state = START;

    while (at < end) {
        enum token token = token_next(&at, end);

        if (token == CUT)
            return 0;
        if (token == SPACE)
            continue;
        if (token != SEMI) {
            state = state_next(state, token);
            continue;
        }
        if (state != IN_TRIGGER && state != TRIGGER_SEMI)
            return (size_t)(at - text);
        state = TRIGGER_SEMI;
    }
    return 0;
}
