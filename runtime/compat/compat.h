/* runtime/compat/compat.h - which compatibility flags a date and a list of names switch on.
 *
 * A flag is on if it is named, or if its date is reached and its opposite is not named; then
 * those that others imply are added, except where the opposite is named. The texts are the
 * peer's. Thread: any. */
#ifndef WK_COMPAT_H
#define WK_COMPAT_H
#include "kernel/base/buf.h"

#define WK_COMPAT_WORDS 4 /* room for 256 flags */
/* The newest date this build knows about. */
#define WK_COMPAT_DATE_NEWEST "2026-11-24"

struct wk_compat {
    uint64_t on[WK_COMPAT_WORDS];
};

enum {
    WK_COMPAT_EXPERIMENTAL = 1, /* flags that are experimental may be named */
    WK_COMPAT_ANY_DATE = 2,     /* a date in the future is no error: tests of what will be */
};

/* Resolves. Fills *out even when there are errors, as if what is wrong were not there.
 * errors, warnings: a line is added for each; either may be NULL.
 * WK_EINVAL if there was an error. */
wk_err wk_compat_resolve(const char *date, const char *const *names, size_t count,
                         unsigned options, struct wk_compat *out, struct wk_buf *errors,
                         struct wk_buf *warnings);
/* The flags by number, 0 to wk_compat_count() - 1, stable for this build. */
size_t wk_compat_count(void);
const char *wk_compat_name(size_t index);
bool wk_compat_get(const struct wk_compat *set, size_t index);
/* The number of a flag's name, or SIZE_MAX. A search: look up once, at start. */
size_t wk_compat_find(const char *name);
/* False for a name that does not exist. */
bool wk_compat_is_on(const struct wk_compat *set, const char *name);
/* Whether name is a flag or the opposite of one. */
bool wk_compat_is_name(const char *name);
/* "2026-11-21", today in UTC. */
void wk_compat_today(char out[11]);
/* The date for a worker that names none: today's, or the newest known if that is past. */
void wk_compat_date_default(char out[11]);
/* YYYY-MM-DD in the years 2000 to 2999. */
bool wk_compat_date_ok(const char *date);
#endif
