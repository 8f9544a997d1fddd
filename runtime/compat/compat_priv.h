/* runtime/compat/compat_priv.h - one row of the flag table. */
#ifndef WK_COMPAT_PRIV_H
#define WK_COMPAT_PRIV_H
#include "runtime/compat/compat.h"

enum {
    COMPAT_EXPERIMENTAL = 1, /* needs --experimental */
    COMPAT_ALL_DATES = 2,    /* on whatever the date */
    COMPAT_OBSOLETE = 4,     /* accepted, without effect */
};

struct compat_flag {
    const char *name;
    const char *off_name; /* or NULL */
    const char *date;     /* on from this date, or NULL: only by name */
    int marks;
    const char *implied_by;   /* names, any of which is enough, between blanks; or NULL */
    const char *implied_date; /* from this date on */
};

extern const struct compat_flag compat_flags[];
extern const size_t compat_flag_count;
#endif
