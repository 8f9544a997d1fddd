#include "kernel/base/base.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>

_Noreturn void
wk_check_failed(const char *cond, const char *file, int line)
{
    fprintf(stderr, "error check.failed cond=\"%s\" at=%s:%d\n", cond, file, line);
    abort();
}

void *
wk_xmalloc(size_t bytes)
{
    void *p = malloc(bytes ? bytes : 1);

    WK_CHECK(p != NULL);
    return p;
}

void *
wk_xcalloc(size_t count, size_t bytes)
{
    void *p = calloc(count ? count : 1, bytes ? bytes : 1); /* calloc checks the product */

    WK_CHECK(p != NULL);
    return p;
}

void *
wk_xrealloc(void *ptr, size_t bytes)
{
    void *p = realloc(ptr, bytes ? bytes : 1);

    WK_CHECK(p != NULL);
    return p;
}

char *
wk_xstrdup(const char *text)
{
    return wk_xstrndup(text, strlen(text));
}

char *
wk_xstrndup(const char *text, size_t bytes)
{
    char *copy = wk_xmalloc(bytes + 1);

    memcpy(copy, text, bytes);
    copy[bytes] = '\0';
    return copy;
}

void *
wk_xmemdup(const void *data, size_t bytes)
{
    void *copy = wk_xmalloc(bytes);

    if (bytes > 0)
        memcpy(copy, data, bytes);
    return copy;
}

char *
wk_xasprintf(const char *fmt, ...)
{
    va_list ap;
    char *text = NULL;

    va_start(ap, fmt);
    WK_CHECK(vasprintf(&text, fmt, ap) >= 0);
    va_end(ap);
    return text;
}

static uint64_t
clock_ns(clockid_t id)
{
    struct timespec ts;

    clock_gettime(id, &ts);
    return (uint64_t)ts.tv_sec * 1000000000u + (uint64_t)ts.tv_nsec;
}

uint64_t
wk_now_ms(void)
{
    return clock_ns(CLOCK_MONOTONIC) / 1000000u;
}

uint64_t
wk_now_ns(void)
{
    return clock_ns(CLOCK_MONOTONIC);
}

uint64_t
wk_unix_ms(void)
{
    return clock_ns(CLOCK_REALTIME) / 1000000u;
}

void
wk_random(void *out, size_t bytes)
{
    uint8_t *p = out;

    while (bytes > 0) {
        ssize_t got = getrandom(p, bytes, 0);

        WK_CHECK(got > 0 || errno == EINTR);
        if (got > 0) {
            p += got;
            bytes -= (size_t)got;
        }
    }
}

bool
wk_equal_secret(const void *a, const void *b, size_t bytes)
{
    const uint8_t *x = a, *y = b;
    uint8_t diff = 0;

    while (bytes-- > 0)
        diff |= (uint8_t)(*x++ ^ *y++);
    return diff == 0;
}
