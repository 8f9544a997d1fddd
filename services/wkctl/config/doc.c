#include "services/wkctl/config/doc.h"

#include <string.h>

struct wk_doc *
wk_doc_new(struct wk_arena *arena, enum wk_doc_kind kind, const char *file, int line,
           int column)
{
    struct wk_doc *doc = wk_arena_alloc(arena, sizeof(*doc));

    WK_CHECK(doc != NULL);
    doc->kind = kind;
    doc->file = file;
    doc->line = doc->key_line = line;
    doc->column = doc->key_column = column;
    return doc;
}

void
wk_doc_append(struct wk_doc *parent, struct wk_doc *child)
{
    child->parent = parent;
    child->next = NULL;
    if (parent->last != NULL)
        parent->last->next = child;
    else
        parent->first = child;
    parent->last = child;
    parent->count++;
}

struct wk_doc *
wk_doc_find(struct wk_doc *doc, const char *key)
{
    if (doc == NULL || doc->kind != WK_DOC_OBJECT)
        return NULL;
    for (struct wk_doc *c = doc->first; c != NULL; c = c->next)
        if (strcmp(c->key, key) == 0) {
            c->used = true;
            return c;
        }
    return NULL;
}

const char *
wk_doc_kind_name(enum wk_doc_kind kind)
{
    switch (kind) {
    case WK_DOC_NULL:
        return "null";
    case WK_DOC_BOOL:
        return "true or false";
    case WK_DOC_NUMBER:
        return "a number";
    case WK_DOC_STRING:
        return "a string";
    case WK_DOC_BYTES:
        return "data";
    case WK_DOC_ARRAY:
        return "a list";
    default:
        return "an object";
    }
}

void
wk_doc_path(const struct wk_doc *doc, struct wk_buf *out)
{
    size_t index = 0;

    if (doc->parent == NULL)
        return;
    wk_doc_path(doc->parent, out);
    if (doc->key != NULL) {
        wk_buf_addf(out, "%s%s", out->len > 0 ? "." : "", doc->key);
        return;
    }
    for (const struct wk_doc *c = doc->parent->first; c != NULL && c != doc; c = c->next)
        index++;
    wk_buf_addf(out, "[%zu]", index);
}

void
wk_doc_json_string(struct wk_buf *out, const char *text, size_t bytes)
{
    wk_buf_add_char(out, '"');
    for (size_t i = 0; i < bytes; i++) {
        unsigned char c = (unsigned char)text[i];

        if (c == '"' || c == '\\')
            wk_buf_addf(out, "\\%c", c);
        else if (c == '\n')
            wk_buf_add_str(out, "\\n");
        else if (c < 0x20 || c == 0x7f)
            wk_buf_addf(out, "\\u%04x", c);
        else
            wk_buf_add_char(out, (char)c);
    }
    wk_buf_add_char(out, '"');
}

static void
json_base64(struct wk_buf *out, const unsigned char *p, size_t bytes)
{
    static const char digits[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

    wk_buf_add_char(out, '"');
    for (size_t i = 0; i < bytes; i += 3) {
        uint32_t v = (uint32_t)p[i] << 16 | (uint32_t)(i + 1 < bytes ? p[i + 1] : 0) << 8 |
                     (uint32_t)(i + 2 < bytes ? p[i + 2] : 0);

        wk_buf_add_char(out, digits[v >> 18]);
        wk_buf_add_char(out, digits[v >> 12 & 63]);
        wk_buf_add_char(out, i + 1 < bytes ? digits[v >> 6 & 63] : '=');
        wk_buf_add_char(out, i + 2 < bytes ? digits[v & 63] : '=');
    }
    wk_buf_add_char(out, '"');
}

void
wk_doc_to_json(const struct wk_doc *doc, struct wk_buf *out)
{
    switch (doc->kind) {
    case WK_DOC_NULL:
        wk_buf_add_str(out, "null");
        break;
    case WK_DOC_BOOL:
        wk_buf_add_str(out, doc->boolean ? "true" : "false");
        break;
    case WK_DOC_NUMBER:
        wk_buf_add(out, doc->text, doc->text_len);
        break;
    case WK_DOC_STRING:
        wk_doc_json_string(out, doc->text, doc->text_len);
        break;
    case WK_DOC_BYTES:
        json_base64(out, (const unsigned char *)doc->text, doc->text_len);
        break;
    default:
        wk_buf_add_char(out, doc->kind == WK_DOC_ARRAY ? '[' : '{');
        for (const struct wk_doc *c = doc->first; c != NULL; c = c->next) {
            if (c != doc->first)
                wk_buf_add_char(out, ',');
            if (doc->kind == WK_DOC_OBJECT) {
                wk_doc_json_string(out, c->key, strlen(c->key));
                wk_buf_add_char(out, ':');
            }
            wk_doc_to_json(c, out);
        }
        wk_buf_add_char(out, doc->kind == WK_DOC_ARRAY ? ']' : '}');
    }
}

static void
diag_at(struct wk_diag_list *diags, enum wk_diag_level level, const struct wk_doc *at, int line,
        int column, const char *fmt, va_list args)
{
    struct wk_buf path = {0};

    wk_doc_path(at, &path);
    wk_diag_addv(diags, level, at->file, line, column, path.data, fmt, args);
    wk_buf_fini(&path);
}

void
wk_doc_diag(struct wk_diag_list *diags, enum wk_diag_level level, const struct wk_doc *at,
            const char *fmt, ...)
{
    va_list args;

    va_start(args, fmt);
    diag_at(diags, level, at, at->line, at->column, fmt, args);
    va_end(args);
}

void
wk_doc_diag_key(struct wk_diag_list *diags, enum wk_diag_level level, const struct wk_doc *at,
                const char *fmt, ...)
{
    va_list args;

    va_start(args, fmt);
    diag_at(diags, level, at, at->key_line, at->key_column, fmt, args);
    va_end(args);
}
