/* services/wkctl/config/cursor.h - where a reader stands in a text: the byte, the line, the
 * column.
 *
 * The text is NUL-terminated at end, so that looking at p[0] is always allowed, and p[1]
 * whenever p[0] is not NUL. Thread: its owner's. */
#ifndef WK_CONFIG_CURSOR_H
#define WK_CONFIG_CURSOR_H
#include "services/wkctl/config/doc.h"

struct wk_cursor {
    const char *file;
    const char *p;
    const char *end;
    int line;
    const char *column_at; /* column was counted up to here, on this line */
    int column;
    struct wk_diag_list *diags;
};

/* Places the cursor behind a byte order mark. False, with an error at the place, if the text is
 * not UTF-8 or, where the format has no use for them, contains NUL. */
bool wk_cursor_init(struct wk_cursor *cur, const char *file, const char *text, size_t bytes,
                    struct wk_diag_list *diags);
/* To be called when p stands behind a line feed. */
void wk_cursor_newline(struct wk_cursor *cur);
/* The column of p, from 1, in characters. */
int wk_cursor_column(struct wk_cursor *cur);
/* Adds an error at p. Always false. */
bool wk_cursor_fail(struct wk_cursor *cur, const char *fmt, ...) WK_PRINTF(2, 3);
/* Reads digits (4 or 8) of hexadecimal behind \u or \U. False without an error if they are not.
 */
bool wk_cursor_hex(struct wk_cursor *cur, int digits, uint32_t *out);
#endif
