/* services/wkctl/config/diag.h - what is wrong with a configuration, and where.
 *
 * A list collects every finding of one load, so that a person fixes a file in one go. Past
 * WK_DIAG_MAX findings the rest is only counted.
 * Thread: its owner's. Lifetime: zero-initialised is empty; wk_diag_fini frees. */
#ifndef WK_CONFIG_DIAG_H
#define WK_CONFIG_DIAG_H
#include <stdarg.h>
#include "kernel/base/buf.h"

#define WK_DIAG_MAX 200

enum wk_diag_level { WK_DIAG_ERROR, WK_DIAG_WARNING };

struct wk_diag {
    enum wk_diag_level level;
    char *file; /* "" when no file is to blame, as for a command line option */
    int line;   /* from 1; 0: none */
    int column; /* from 1, in characters; 0: none */
    char *key;  /* "env.staging.vars", "services[0].worker.bindings[2]", or "" */
    char *text;
};

struct wk_diag_list {
    struct wk_diag *items;
    size_t count;
    size_t cap;
    size_t errors; /* of all that were added, also past WK_DIAG_MAX */
    size_t warnings;
};

void wk_diag_fini(struct wk_diag_list *list);
/* Copies everything. file and key may be NULL. */
void wk_diag_add(struct wk_diag_list *list, enum wk_diag_level level, const char *file,
                 int line, int column, const char *key, const char *fmt, ...) WK_PRINTF(7, 8);
void wk_diag_addv(struct wk_diag_list *list, enum wk_diag_level level, const char *file,
                  int line, int column, const char *key, const char *fmt, va_list args)
    WK_PRINTF(7, 0);
/* An error about the command line, without a place. */
void wk_diag_error(struct wk_diag_list *list, const char *fmt, ...) WK_PRINTF(2, 3);
/* One line each: "file:line:column: error: text". */
void wk_diag_print(const struct wk_diag_list *list, struct wk_buf *out);
#endif
