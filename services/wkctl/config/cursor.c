#include "services/wkctl/config/cursor.h"

#include <string.h>

bool
wk_cursor_init(struct wk_cursor *cur, const char *file, const char *text, size_t bytes,
               struct wk_diag_list *diags)
{
    size_t bad = wk_utf8_bad_at(text, bytes);
    const char *nul = memchr(text, '\0', bad);

    *cur = (struct wk_cursor){.file = file,
                              .p = text,
                              .end = text + bytes,
                              .line = 1,
                              .column_at = text,
                              .column = 1,
                              .diags = diags};
    if (nul != NULL)
        bad = (size_t)(nul - text);
    if (bad < bytes) {
        while (cur->p < text + bad)
            if (*cur->p++ == '\n')
                wk_cursor_newline(cur);
        return wk_cursor_fail(cur, nul != NULL ? "a NUL byte; this is not a text file"
                                               : "this is not UTF-8; save the file as UTF-8");
    }
    if (bytes >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0)
        cur->p = cur->column_at = text + 3;
    return true;
}

void
wk_cursor_newline(struct wk_cursor *cur)
{
    cur->line++;
    cur->column_at = cur->p;
    cur->column = 1;
}

int
wk_cursor_column(struct wk_cursor *cur)
{
    while (cur->column_at < cur->p)
        cur->column += ((unsigned char)*cur->column_at++ & 0xc0) != 0x80;
    return cur->column;
}

bool
wk_cursor_fail(struct wk_cursor *cur, const char *fmt, ...)
{
    va_list args;

    va_start(args, fmt);
    wk_diag_addv(cur->diags, WK_DIAG_ERROR, cur->file, cur->line, wk_cursor_column(cur), NULL,
                 fmt, args);
    va_end(args);
    return false;
}

bool
wk_cursor_hex(struct wk_cursor *cur, int digits, uint32_t *out)
{
    *out = 0;
    for (int i = 0; i < digits; i++, cur->p++) {
        char c = *cur->p;

        if (c >= '0' && c <= '9')
            *out = *out << 4 | (uint32_t)(c - '0');
        else if ((c | 32) >= 'a' && (c | 32) <= 'f')
            *out = *out << 4 | (uint32_t)((c | 32) - 'a' + 10);
        else
            return false;
    }
    return true;
}
