/* kernel/base/base.h - the small things every file needs: checks, allocation, the clock, bytes.
 *
 * wk_x* functions abort when memory is out: they are for what the process itself needs. What a tenant
 * can make grow lives in arenas or in its own heap, and fails as an error. Thread: any. */
#ifndef WK_BASE_BASE_H
#define WK_BASE_BASE_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "kernel/base/err.h"

#define WK_CHECK(cond) ((cond) ? (void)0 : wk_check_failed(#cond, __FILE__, __LINE__))
#define WK_COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define WK_CONTAINER(ptr, type, member) ((type *)(void *)((char *)(ptr)-offsetof(type, member)))
#define WK_PRINTF(fmt, first) __attribute__((format(printf, fmt, first)))

_Noreturn void wk_check_failed(const char *cond, const char *file, int line);

void *wk_xmalloc(size_t bytes);
void *wk_xcalloc(size_t count, size_t bytes);
void *wk_xrealloc(void *ptr, size_t bytes);
char *wk_xstrdup(const char *text);
char *wk_xstrndup(const char *text, size_t bytes);
void *wk_xmemdup(const void *data, size_t bytes);
char *wk_xasprintf(const char *fmt, ...) WK_PRINTF(1, 2);

/* Milliseconds / nanoseconds of the monotonic clock. */
uint64_t wk_now_ms(void);
uint64_t wk_now_ns(void);
/* Milliseconds since the Unix epoch. */
uint64_t wk_unix_ms(void);
/* Cryptographically strong random bytes; aborts if the system has none. */
void wk_random(void *out, size_t bytes);
/* Equal in constant time. */
bool wk_equal_secret(const void *a, const void *b, size_t bytes);
#endif
