#include "services/wkctl/config/diag.h"

#include <stdio.h>
#include <stdlib.h>

void
wk_diag_fini(struct wk_diag_list *list)
{
    for (size_t i = 0; i < list->count; i++) {
        free(list->items[i].file);
        free(list->items[i].key);
        free(list->items[i].text);
    }
    free(list->items);
    *list = (struct wk_diag_list){0};
}

void
wk_diag_addv(struct wk_diag_list *list, enum wk_diag_level level, const char *file, int line,
             int column, const char *key, const char *fmt, va_list args)
{
    struct wk_diag *item;
    char *text = NULL;

    *(level == WK_DIAG_ERROR ? &list->errors : &list->warnings) += 1;
    if (list->count >= WK_DIAG_MAX)
        return;
    WK_CHECK(vasprintf(&text, fmt, args) >= 0);
    if (list->count == list->cap) {
        list->cap = list->cap > 0 ? list->cap * 2 : 8;
        list->items = wk_xrealloc(list->items, list->cap * sizeof(*list->items));
    }
    item = &list->items[list->count++];
    item->level = level;
    item->file = wk_xstrdup(file != NULL ? file : "");
    item->line = line;
    item->column = column;
    item->key = wk_xstrdup(key != NULL ? key : "");
    item->text = text;
}

void
wk_diag_add(struct wk_diag_list *list, enum wk_diag_level level, const char *file, int line,
            int column, const char *key, const char *fmt, ...)
{
    va_list args;

    va_start(args, fmt);
    wk_diag_addv(list, level, file, line, column, key, fmt, args);
    va_end(args);
}

void
wk_diag_error(struct wk_diag_list *list, const char *fmt, ...)
{
    va_list args;

    va_start(args, fmt);
    wk_diag_addv(list, WK_DIAG_ERROR, NULL, 0, 0, NULL, fmt, args);
    va_end(args);
}

void
wk_diag_print(const struct wk_diag_list *list, struct wk_buf *out)
{
    size_t left = list->errors + list->warnings - list->count;

    for (size_t i = 0; i < list->count; i++) {
        const struct wk_diag *d = &list->items[i];

        if (d->file[0] != '\0') {
            wk_buf_add_str(out, d->file);
            if (d->line > 0)
                wk_buf_addf(out, ":%d:%d", d->line, d->column);
            wk_buf_add_str(out, ": ");
        }
        wk_buf_addf(out, "%s: %s\n", d->level == WK_DIAG_ERROR ? "error" : "warning", d->text);
    }
    if (left > 0)
        wk_buf_addf(out, "and %zu more\n", left);
}
