#include "services/disk/range.h"

#include <string.h>
#include <strings.h>

static const char *
skip_space(const char *p)
{
    return p + strspn(p, " \t");
}

/* Reads a number; NULL if there is none. A huge one becomes the largest there is. */
static const char *
number(const char *p, uint64_t *out)
{
    if (*p < '0' || *p > '9')
        return NULL;
    for (*out = 0; *p >= '0' && *p <= '9'; p++)
        *out = *out > (UINT64_MAX - 9) / 10 ? UINT64_MAX : *out * 10 + (uint64_t)(*p - '0');
    return p;
}

static enum wk_range_kind
clip(uint64_t from, uint64_t to, uint64_t bytes, uint64_t *first, uint64_t *last)
{
    if (from >= bytes || to < from)
        return WK_RANGE_BAD;
    *first = from;
    *last = to < bytes ? to : bytes - 1;
    return *first == 0 && *last == bytes - 1 ? WK_RANGE_ALL : WK_RANGE_PART;
}

enum wk_range_kind
wk_range_parse(const char *header, uint64_t bytes, uint64_t *first, uint64_t *last)
{
    const char *p;
    uint64_t from, to = UINT64_MAX;

    if (header == NULL)
        return WK_RANGE_ALL;
    p = skip_space(header);
    if (strncasecmp(p, "bytes", 5) != 0 || *(p = skip_space(p + 5)) != '=')
        return WK_RANGE_BAD;
    p = skip_space(p + 1);
    if (strchr(p, ',') != NULL)
        return WK_RANGE_ALL;
    if (*p == '-') {
        if ((p = number(skip_space(p + 1), &to)) == NULL || *skip_space(p) != '\0' || to == 0 || bytes == 0)
            return WK_RANGE_BAD;
        return clip(to < bytes ? bytes - to : 0, bytes - 1, bytes, first, last);
    }
    if ((p = number(p, &from)) == NULL || *(p = skip_space(p)) != '-')
        return WK_RANGE_BAD;
    p = skip_space(p + 1);
    if (*p != '\0' && ((p = number(p, &to)) == NULL || *skip_space(p) != '\0'))
        return WK_RANGE_BAD;
    return clip(from, to, bytes, first, last);
}
