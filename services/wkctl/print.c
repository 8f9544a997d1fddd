#include "services/wkctl/print.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <wchar.h>

/* ---- colours ---- */

bool
wk_print_colours(FILE *to)
{
    static int known[3] = {-1, -1, -1};
    int fd = fileno(to);
    const char *none = getenv("NO_COLOR"), *term = getenv("TERM");
    bool colours;

    if (fd < 0 || fd > 2)
        return false;
    if (known[fd] >= 0)
        return known[fd];
    colours = (none == NULL || none[0] == '\0') &&
              (term == NULL || strcmp(term, "dumb") != 0) && isatty(fd);
    known[fd] = colours;
    return colours;
}

const char *
wk_colour(FILE *to, enum wk_colour colour)
{
    static const char *const codes[] = {"\033[0m",  "\033[1m",  "\033[2m",  "\033[31m",
                                        "\033[32m", "\033[33m", "\033[34m", "\033[36m"};

    return wk_print_colours(to) ? codes[colour] : "";
}

/* ---- words ---- */

char *
wk_print_duration(uint64_t ms)
{
    uint64_t s = ms / 1000;

    if (ms < 1000)
        return wk_xasprintf("%" PRIu64 "ms", ms);
    if (s < 60)
        return wk_xasprintf("%" PRIu64 ".%" PRIu64 "s", s, ms / 100 % 10);
    if (s < 3600)
        return wk_xasprintf("%" PRIu64 "m %02" PRIu64 "s", s / 60, s % 60);
    if (s < 86400)
        return wk_xasprintf("%" PRIu64 "h %02" PRIu64 "m", s / 3600, s / 60 % 60);
    return wk_xasprintf("%" PRIu64 "d %" PRIu64 "h", s / 86400, s / 3600 % 24);
}

char *
wk_print_kib(uint64_t kib)
{
    if (kib < 1024)
        return wk_xasprintf("%" PRIu64 " KiB", kib);
    if (kib < 1024 * 1024)
        return wk_xasprintf("%.1f MiB", (double)kib / 1024);
    return wk_xasprintf("%.1f GiB", (double)kib / 1024 / 1024);
}

void
wk_print_clean(struct wk_buf *out, const char *text)
{
    for (; *text != '\0'; text++) {
        unsigned char c = (unsigned char)*text;

        if (c == '\t')
            wk_buf_add_char(out, ' ');
        else if (c < 0x20 || c == 0x7f)
            wk_buf_addf(out, "\\x%02x", c);
        else
            wk_buf_add_char(out, (char)c);
    }
}

const char *
wk_json_text(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));

    return text != NULL ? text : "";
}

/* ---- tables ---- */

void
wk_table_add(struct wk_table *table, const char *text)
{
    struct wk_buf clean = {0};

    wk_print_clean(&clean, text != NULL && text[0] != '\0' ? text : "-");
    if (table->count % 64 == 0)
        table->cells = wk_xrealloc(table->cells, (table->count + 64) * sizeof(*table->cells));
    table->cells[table->count++] = wk_buf_take(&clean);
}

void
wk_table_addf(struct wk_table *table, const char *fmt, ...)
{
    va_list args;
    char *text;

    va_start(args, fmt);
    WK_CHECK(vasprintf(&text, fmt, args) >= 0);
    va_end(args);
    wk_table_add(table, text);
    free(text);
}

/* Characters, near enough to columns. */
static size_t
text_width(const char *text)
{
    size_t n = 0;

    for (; *text != '\0'; text++)
        n += ((unsigned char)*text & 0xc0) != 0x80;
    return n;
}

static void
cell_print(const struct wk_table *table, FILE *to, size_t i, size_t width)
{
    size_t column = i % table->columns, pad = width - text_width(table->cells[i]);
    bool last = column + 1 == table->columns;

    fprintf(to, "%*s%s%*s%s", table->right[column] ? (int)pad : 0, "", table->cells[i],
            table->right[column] || last ? 0 : (int)pad, "", last ? "" : "  ");
}

void
wk_table_print(struct wk_table *table, FILE *to, bool heading)
{
    size_t widths[WK_TABLE_COLUMNS_MAX] = {0};

    WK_CHECK(table->columns > 0 && table->columns <= WK_TABLE_COLUMNS_MAX);
    for (size_t i = 0; i < table->count; i++)
        if (text_width(table->cells[i]) > widths[i % table->columns])
            widths[i % table->columns] = text_width(table->cells[i]);
    for (size_t i = 0; i < table->count; i++) {
        size_t column = i % table->columns;

        if (heading && i == 0)
            fputs(wk_colour(to, WK_BOLD), to);
        cell_print(table, to, i, widths[column]);
        if (heading && i + 1 == table->columns)
            fputs(wk_colour(to, WK_PLAIN), to);
        if (column + 1 == table->columns)
            fputc('\n', to);
    }
    wk_table_fini(table);
}

void
wk_table_fini(struct wk_table *table)
{
    for (size_t i = 0; i < table->count; i++)
        free(table->cells[i]);
    free(table->cells);
    table->cells = NULL;
    table->count = 0;
}

/* ---- findings ---- */

/* Blanks up to the column, tabs kept, so that the caret stands under what it means. */
static void
caret_print(FILE *to, const char *source, unsigned column)
{
    const char *p = source;

    for (unsigned at = 1; at < column && *p != '\0'; at++) {
        fputc(*p == '\t' ? '\t' : ' ', to);
        do
            p++;
        while (((unsigned char)*p & 0xc0) == 0x80);
    }
    fprintf(to, "%s^%s\n", wk_colour(to, WK_GREEN), wk_colour(to, WK_PLAIN));
}

void
wk_print_finding(FILE *to, bool error, const char *file, unsigned line, unsigned column,
                 const char *text, const char *source)
{
    if (file != NULL && file[0] != '\0') {
        fprintf(to, "%s%s", wk_colour(to, WK_BOLD), file);
        if (line > 0)
            fprintf(to, ":%u", line);
        if (line > 0 && column > 0)
            fprintf(to, ":%u", column);
        fprintf(to, ":%s ", wk_colour(to, WK_PLAIN));
    }
    fprintf(to, "%s%s:%s %s\n", wk_colour(to, error ? WK_RED : WK_YELLOW),
            error ? "error" : "warning", wk_colour(to, WK_PLAIN), text);
    if (source == NULL || source[0] == '\0')
        return;
    fprintf(to, "  %.*s\n", (int)strcspn(source, "\r\n"), source);
    if (column > 0) {
        fputs("  ", to);
        caret_print(to, source, column);
    }
}

void
wk_print_findings(FILE *to, const json_t *diagnostics)
{
    size_t i;
    json_t *d;

    json_array_foreach(diagnostics, i, d)
    {
        wk_print_finding(to, strcmp(wk_json_text(d, "severity"), "warning") != 0,
                         wk_json_text(d, "file"),
                         (unsigned)json_integer_value(json_object_get(d, "line")),
                         (unsigned)json_integer_value(json_object_get(d, "column")),
                         wk_json_text(d, "text"), wk_json_text(d, "source"));
    }
}
