#include "services/compiler/json.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

/* The end of the string or comment that starts at p, else p. */
static char *
skip_string(char *p, char *end)
{
    for (p++; p < end && *p != '"'; p++)
        if (*p == '\\')
            p++;
    return p < end ? p + 1 : end;
}

/* Comments become spaces, so that lines and columns stay. */
static void
blank_comments(char *p, char *end)
{
    while (p < end) {
        if (*p == '"') {
            p = skip_string(p, end);
        } else if (p[0] == '/' && p[1] == '/') {
            for (; p < end && *p != '\n'; p++)
                *p = ' ';
        } else if (p[0] == '/' && p[1] == '*') {
            char *stop = strstr(p + 2, "*/");

            stop = stop == NULL ? end : stop + 2;
            for (; p < stop; p++)
                *p = *p == '\n' ? '\n' : ' ';
        } else {
            p++;
        }
    }
}

static void
blank_trailing_commas(char *p, char *end)
{
    while (p < end) {
        if (*p == '"') {
            p = skip_string(p, end);
            continue;
        }
        if (*p == ',') {
            char *next = p + 1;

            while (next < end && isspace((unsigned char)*next))
                next++;
            if (next < end && (*next == '}' || *next == ']'))
                *p = ' ';
        }
        p++;
    }
}

json_t *
wk_json_parse(const char *text, size_t bytes, json_error_t *error)
{
    size_t bom = bytes >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0 ? 3 : 0;
    char *copy = wk_xstrndup(text + bom, bytes - bom);
    size_t len = strlen(copy);
    json_t *json;

    blank_comments(copy, copy + len);
    blank_trailing_commas(copy, copy + len);
    json = json_loadb(copy, len, JSON_DECODE_ANY, error);
    free(copy);
    return json;
}

const char *
wk_json_str(const json_t *object, const char *key)
{
    return json_string_value(json_object_get(object, key));
}
