#include "services/diag/diag.h"

#include <string.h>

#define LINE_SHOWN_MAX 160u

/* One line of somebody's text: no escape sequence reaches the terminal. */
static void
add_plain(struct wk_buf *out, const char *text, size_t bytes)
{
    for (size_t i = 0; i < bytes; i++) {
        unsigned char c = (unsigned char)text[i];

        wk_buf_add_char(out, c == '\t' ? ' ' : c < 0x20 || c == 0x7f ? '?' : (char)c);
    }
}

/* A message may have several lines. */
static void
add_text(struct wk_buf *out, const char *text)
{
    while (*text != '\0') {
        size_t bytes = strcspn(text, "\n");

        add_plain(out, text, bytes);
        wk_buf_add_char(out, '\n');
        text += bytes + (text[bytes] == '\n');
    }
}

/* Columns count UTF-16 units; the caret stands under the character. */
static void
add_caret(struct wk_buf *out, const char *line, uint32_t column)
{
    uint32_t at = 1;

    wk_buf_add_str(out, "  ");
    for (const unsigned char *p = (const unsigned char *)line; *p != '\0' && at < column; p++) {
        if ((*p & 0xc0) == 0x80)
            continue;
        at += *p >= 0xf0 ? 2 : 1;
        wk_buf_add_char(out, ' ');
    }
    wk_buf_add_str(out, "^\n");
}

void
wk_diagnostic_format(const Wk__Diagnostic *d, struct wk_buf *out)
{
    size_t shown = strlen(d->source_line);

    add_plain(out, d->file, strlen(d->file));
    if (d->line > 0)
        wk_buf_addf(out, ":%u:%u", d->line, d->column);
    wk_buf_addf(out, ": %s: ", d->error ? "error" : "warning");
    add_text(out, *d->text == '\0' ? "unknown" : d->text);
    if (d->line == 0 || shown == 0)
        return;
    wk_buf_add_str(out, "  ");
    add_plain(out, d->source_line, shown > LINE_SHOWN_MAX ? LINE_SHOWN_MAX : shown);
    wk_buf_add_char(out, '\n');
    if (d->column > 0 && d->column <= LINE_SHOWN_MAX)
        add_caret(out, d->source_line, d->column);
}

void
wk_diagnostics_format(Wk__Diagnostic *const *list, size_t n, struct wk_buf *out)
{
    size_t errors = 0;

    for (size_t i = 0; i < n; i++) {
        wk_diagnostic_format(list[i], out);
        errors += list[i]->error;
    }
    if (n > 1)
        wk_buf_addf(out, "%zu error%s, %zu warning%s\n", errors, errors == 1 ? "" : "s", n - errors, n - errors == 1 ? "" : "s");
}
