/* services/wkctl/config/text.c - what every reader needs about texts: UTF-8, and likeness. */
#include <stdlib.h>
#include <string.h>
#include "services/wkctl/config/doc.h"

#define WORD_BYTES_MAX 64

size_t
wk_utf8_put(uint32_t code, char out[4])
{
    if (code < 0x80) {
        out[0] = (char)code;
        return 1;
    }
    if (code < 0x800) {
        out[0] = (char)(0xc0 | code >> 6);
        out[1] = (char)(0x80 | (code & 63));
        return 2;
    }
    if (code < 0x10000) {
        if (code >= 0xd800 && code < 0xe000)
            return 0;
        out[0] = (char)(0xe0 | code >> 12);
        out[1] = (char)(0x80 | (code >> 6 & 63));
        out[2] = (char)(0x80 | (code & 63));
        return 3;
    }
    if (code >= 0x110000)
        return 0;
    out[0] = (char)(0xf0 | code >> 18);
    out[1] = (char)(0x80 | (code >> 12 & 63));
    out[2] = (char)(0x80 | (code >> 6 & 63));
    out[3] = (char)(0x80 | (code & 63));
    return 4;
}

size_t
wk_utf8_bad_at(const char *text, size_t bytes)
{
    const unsigned char *p = (const unsigned char *)text;
    size_t i = 0;

    while (i < bytes) {
        size_t more = p[i] < 0x80 ? 0 : p[i] >= 0xf0 ? 3 : p[i] >= 0xe0 ? 2 : 1;
        uint32_t code;
        char again[4];

        if (more == 0) {
            i++;
            continue;
        }
        if (p[i] < 0xc2 || p[i] > 0xf4 || bytes - i <= more)
            return i;
        code = p[i] & (0x3fu >> more);
        for (size_t k = 1; k <= more; k++) {
            if ((p[i + k] & 0xc0) != 0x80)
                return i;
            code = code << 6 | (p[i + k] & 63u);
        }
        if (wk_utf8_put(code, again) != more + 1)
            return i;
        i += more + 1;
    }
    return bytes;
}

/* The edits (change, insert, delete) between two short words. */
static size_t
word_distance(const char *a, const char *b)
{
    size_t row[WORD_BYTES_MAX + 1];
    size_t an = strlen(a), bn = strlen(b);

    for (size_t j = 0; j <= bn; j++)
        row[j] = j;
    for (size_t i = 1; i <= an; i++) {
        size_t diagonal = row[0];

        row[0] = i;
        for (size_t j = 1; j <= bn; j++) {
            size_t cost = diagonal + (a[i - 1] != b[j - 1]);

            diagonal = row[j];
            if (row[j] + 1 < cost)
                cost = row[j] + 1;
            if (row[j - 1] + 1 < cost)
                cost = row[j - 1] + 1;
            row[j] = cost;
        }
    }
    return row[bn];
}

/* "compatDate" in "compatibilityDate": the letters in their order, at least half of them. */
static bool
word_inside(const char *word, const char *of)
{
    size_t n = strlen(word);
    const char *w = word;

    for (const char *o = of; *o != '\0' && *w != '\0'; o++)
        w += (*o | 32) == (*w | 32);
    return *w == '\0' && n >= 4 && 2 * n >= strlen(of);
}

const char *
wk_did_you_mean(const char *word, const char *const *words, size_t count)
{
    size_t best = (strlen(word) + 2) / 3 + 1;
    const char *found = NULL;

    if (strlen(word) > WORD_BYTES_MAX)
        return NULL;
    for (size_t i = 0; i < count; i++) {
        size_t d;

        if (strlen(words[i]) > WORD_BYTES_MAX)
            continue;
        d = strcasecmp(word, words[i]) == 0 ? 0 : word_distance(word, words[i]);
        if (d < best) {
            best = d;
            found = words[i];
        }
    }
    for (size_t i = 0; i < count && found == NULL; i++)
        if (word_inside(word, words[i]))
            found = words[i];
    return found;
}
