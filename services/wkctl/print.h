/* services/wkctl/print.h - text for a person: colours, tables, durations, findings in source
 * code.
 *
 * Colours only on a terminal and without NO_COLOR. Text that comes from a tenant passes
 * wk_print_clean, so that it cannot move the cursor. Thread: main. */
#ifndef WK_WKCTL_PRINT_H
#define WK_WKCTL_PRINT_H
#include <jansson.h>
#include <stdio.h>
#include "kernel/base/buf.h"

enum wk_colour { WK_PLAIN, WK_BOLD, WK_DIM, WK_RED, WK_GREEN, WK_YELLOW, WK_BLUE, WK_CYAN };

/* Whether to is a terminal that shows colours. */
bool wk_print_colours(FILE *to);
/* The escape sequence, or "" where there are no colours. */
const char *wk_colour(FILE *to, enum wk_colour colour);

/* "850ms", "12.3s", "4m 05s", "2h 10m", "3d 4h". The caller frees. */
char *wk_print_duration(uint64_t ms);
/* "812 KiB", "12.4 MiB". The caller frees. */
char *wk_print_kib(uint64_t kib);
/* Adds text without control characters; a tab becomes a blank. */
void wk_print_clean(struct wk_buf *out, const char *text);

/* A table: rows of cells, as wide as their widest. Zero-initialised but for columns. */
#define WK_TABLE_COLUMNS_MAX 12
struct wk_table {
    size_t columns;
    bool right[WK_TABLE_COLUMNS_MAX]; /* numbers stand to the right */
    char **cells;                     /* rows of columns; owned */
    size_t count;
};
/* Adds a cell; text is copied, NULL is "-". */
void wk_table_add(struct wk_table *table, const char *text);
void wk_table_addf(struct wk_table *table, const char *fmt, ...) WK_PRINTF(2, 3);
/* Prints all rows, the first one bold if it is a heading, and empties the table. */
void wk_table_print(struct wk_table *table, FILE *to, bool heading);
/* Forgets what is in it, printed or not. */
void wk_table_fini(struct wk_table *table);

/* "file:line:column: error: text", then the source line and a caret under the column if source
 * is known. column counts characters from 1; 0: no column. file "" or NULL: no place. */
void wk_print_finding(FILE *to, bool error, const char *file, unsigned line, unsigned column,
                      const char *text, const char *source);
/* The "diagnostics" array of a deployment's reply. */
void wk_print_findings(FILE *to, const json_t *diagnostics);

/* String member of a JSON object, or "". */
const char *wk_json_text(const json_t *object, const char *key);
#endif
