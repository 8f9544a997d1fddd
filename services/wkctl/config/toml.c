/* services/wkctl/config/toml.c - TOML 1.0. Dates and times become strings; integers and floats
 * keep their value and get their JSON spelling. Reading stops at the first error.
 *
 * What TOML forbids is tracked in the tables themselves:
 *   DEFINED   by a [header]: a second header of that name is an error
 *   DOTTED    by a dotted key: only the table that made it may add to it
 *   CLOSED    an inline table or a plain array: nothing may add to it
 *   TABLES    an array of [[tables]]: a [[header]] adds one, a [header] goes into the last */
#include "services/wkctl/config/toml_priv.h"

#include <string.h>

static bool toml_key(struct toml *t, const char **key, int *line, int *column);

/* Blanks on this line. */
void
toml_blanks(struct toml *t)
{
    while (*t->cur.p == ' ' || *t->cur.p == '\t')
        t->cur.p++;
}

/* Blanks, line ends and comments. */
static bool
toml_skip(struct toml *t)
{
    for (;;) {
        toml_blanks(t);
        if (*t->cur.p == '#') {
            while (t->cur.p < t->cur.end && *t->cur.p != '\n') {
                if ((unsigned char)*t->cur.p < 0x20 && *t->cur.p != '\t' &&
                    !(t->cur.p[0] == '\r' && t->cur.p[1] == '\n'))
                    return wk_cursor_fail(&t->cur, "control character in a comment");
                t->cur.p++;
            }
        }
        if (t->cur.p[0] == '\r' && t->cur.p[1] == '\n')
            t->cur.p++;
        if (*t->cur.p != '\n')
            return true;
        t->cur.p++;
        wk_cursor_newline(&t->cur);
    }
}

static bool
toml_line_end(struct toml *t)
{
    toml_blanks(t);
    if (t->cur.p < t->cur.end && *t->cur.p != '\n' && *t->cur.p != '#' &&
        !(t->cur.p[0] == '\r' && t->cur.p[1] == '\n'))
        return wk_cursor_fail(&t->cur, "expected the end of the line here");
    return toml_skip(t);
}

static struct wk_doc *
toml_add(struct toml *t, struct wk_doc *table, struct wk_doc *value, const char *key, int line,
         int column)
{
    if (table->count >= WK_DOC_KEYS_MAX) {
        wk_cursor_fail(&t->cur, "more than %d keys in one table", WK_DOC_KEYS_MAX);
        return NULL;
    }
    value->key = key;
    value->key_line = line;
    value->key_column = column;
    wk_doc_append(table, value);
    return value;
}

static bool
toml_twice(struct toml *t, const struct wk_doc *before, int line, int column)
{
    wk_diag_add(t->cur.diags, WK_DIAG_ERROR, t->cur.file, line, column, before->key,
                "\"%s\" is here twice, first on line %d; remove or merge one of them",
                before->key, before->key_line);
    return false;
}

static enum toml_mark *
toml_mark_of(struct wk_doc *doc)
{
    return &WK_CONTAINER(doc, struct toml_doc, doc)->mark;
}

struct wk_doc *
toml_new(struct toml *t, enum wk_doc_kind kind, int line, int column)
{
    struct toml_doc *doc = wk_arena_alloc(t->arena, sizeof(*doc));

    WK_CHECK(doc != NULL);
    doc->doc.kind = kind;
    doc->doc.file = t->cur.file;
    doc->doc.line = doc->doc.key_line = line;
    doc->doc.column = doc->doc.key_column = column;
    return &doc->doc;
}

/* key = value, or a.b.c = value, into table. */
static bool
toml_pair(struct toml *t, struct wk_doc *table, int depth)
{
    for (int dots = 0;; dots++) {
        const char *key;
        struct wk_doc *there, *value;
        int line, column;

        if (!toml_key(t, &key, &line, &column))
            return false;
        if (depth + dots >= WK_DOC_DEPTH_MAX - 1)
            return wk_cursor_fail(&t->cur, "nested too deeply; at most %d levels",
                                  WK_DOC_DEPTH_MAX);
        there = wk_doc_find(table, key);
        toml_blanks(t);
        if (*t->cur.p == '.') {
            t->cur.p++;
            toml_blanks(t);
            if (there == NULL) {
                there = toml_add(t, table, toml_new(t, WK_DOC_OBJECT, line, column), key, line,
                                 column);
                if (there == NULL)
                    return false;
                *toml_mark_of(there) = TOML_DOTTED;
            } else if (there->kind != WK_DOC_OBJECT || *toml_mark_of(there) != TOML_DOTTED) {
                return toml_twice(t, there, line, column);
            }
            table = there;
            continue;
        }
        if (*t->cur.p != '=')
            return wk_cursor_fail(&t->cur, "expected = after the key");
        t->cur.p++;
        toml_blanks(t);
        if (there != NULL)
            return toml_twice(t, there, line, column);
        if ((value = toml_value(t, depth + dots + 1)) == NULL)
            return false;
        return toml_add(t, table, value, key, line, column) != NULL;
    }
}

/* A bare or quoted key. */
static bool
toml_key(struct toml *t, const char **key, int *line, int *column)
{
    const char *start = t->cur.p;
    size_t bytes;

    *line = t->cur.line;
    *column = wk_cursor_column(&t->cur);
    if (*start == '"' || *start == '\'') {
        if (strncmp(start, "\"\"\"", 3) == 0 || strncmp(start, "'''", 3) == 0)
            return wk_cursor_fail(&t->cur, "a key cannot be a string of several lines");
        if (!toml_string(t, key, &bytes))
            return false;
        if (strlen(*key) != bytes)
            return wk_cursor_fail(&t->cur, "a key must not contain \\u0000");
        return true;
    }
    while ((*t->cur.p >= '0' && *t->cur.p <= '9') || (*t->cur.p >= 'a' && *t->cur.p <= 'z') ||
           (*t->cur.p >= 'A' && *t->cur.p <= 'Z') || *t->cur.p == '_' || *t->cur.p == '-')
        t->cur.p++;
    if (t->cur.p == start)
        return wk_cursor_fail(&t->cur,
                              "expected a key: letters, digits, _ and -, or \"quoted\"");
    *key = wk_arena_strndup(t->arena, start, (size_t)(t->cur.p - start));
    return true;
}

struct wk_doc *
toml_inline_table(struct toml *t, int depth)
{
    struct wk_doc *doc = toml_new(t, WK_DOC_OBJECT, t->cur.line, wk_cursor_column(&t->cur));

    t->cur.p++;
    toml_blanks(t);
    while (*t->cur.p != '}') {
        if (!toml_pair(t, doc, depth))
            return NULL;
        toml_blanks(t);
        if (*t->cur.p == '}')
            break;
        if (*t->cur.p != ',') {
            wk_cursor_fail(&t->cur, "expected , or } here (an inline table stays on one line)");
            return NULL;
        }
        t->cur.p++;
        toml_blanks(t);
        if (*t->cur.p == '}') {
            wk_cursor_fail(&t->cur, "an inline table has no comma before its }");
            return NULL;
        }
    }
    t->cur.p++;
    *toml_mark_of(doc) = TOML_CLOSED;
    return doc;
}

struct wk_doc *
toml_array(struct toml *t, int depth)
{
    struct wk_doc *doc = toml_new(t, WK_DOC_ARRAY, t->cur.line, wk_cursor_column(&t->cur));

    *toml_mark_of(doc) = TOML_CLOSED;
    for (t->cur.p++;;) {
        struct wk_doc *value;

        if (!toml_skip(t))
            return NULL;
        if (*t->cur.p == ']')
            break;
        if ((value = toml_value(t, depth + 1)) == NULL)
            return NULL;
        wk_doc_append(doc, value);
        if (!toml_skip(t))
            return NULL;
        if (*t->cur.p == ',') {
            t->cur.p++;
        } else if (*t->cur.p != ']') {
            wk_cursor_fail(&t->cur, "expected , or ] here");
            return NULL;
        }
    }
    t->cur.p++;
    return doc;
}

/* One step of a header: into key of table, made if it is not there. */
static struct wk_doc *
toml_enter(struct toml *t, struct wk_doc *table, const char *key, int line, int column)
{
    struct wk_doc *there = wk_doc_find(table, key);

    if (there == NULL)
        return toml_add(t, table, toml_new(t, WK_DOC_OBJECT, line, column), key, line, column);
    if (there->kind == WK_DOC_ARRAY && *toml_mark_of(there) == TOML_TABLES)
        return there->last;
    if (there->kind != WK_DOC_OBJECT || *toml_mark_of(there) == TOML_CLOSED) {
        toml_twice(t, there, line, column);
        return NULL;
    }
    return there;
}

static struct wk_doc *
toml_header_last(struct toml *t, struct wk_doc *table, const char *key, bool array, int line,
                 int column)
{
    struct wk_doc *there = wk_doc_find(table, key), *added;

    if (!array) {
        if (there != NULL &&
            (there->kind != WK_DOC_OBJECT || *toml_mark_of(there) != TOML_OPEN)) {
            toml_twice(t, there, line, column);
            return NULL;
        }
        if (there == NULL)
            there =
                toml_add(t, table, toml_new(t, WK_DOC_OBJECT, line, column), key, line, column);
        if (there != NULL)
            *toml_mark_of(there) = TOML_DEFINED;
        return there;
    }
    if (there == NULL) {
        there = toml_add(t, table, toml_new(t, WK_DOC_ARRAY, line, column), key, line, column);
        if (there == NULL)
            return NULL;
        *toml_mark_of(there) = TOML_TABLES;
    } else if (there->kind != WK_DOC_ARRAY || *toml_mark_of(there) != TOML_TABLES) {
        toml_twice(t, there, line, column);
        return NULL;
    }
    added = toml_new(t, WK_DOC_OBJECT, line, column);
    *toml_mark_of(added) = TOML_DEFINED;
    wk_doc_append(there, added);
    return added;
}

/* [a.b] or [[a.b]]: the table that the following pairs go into. */
static struct wk_doc *
toml_header(struct toml *t, struct wk_doc *root)
{
    bool array = t->cur.p[1] == '[';
    struct wk_doc *table = root;

    t->cur.p += array ? 2 : 1;
    for (int depth = 1;; depth++) {
        const char *key;
        int line, column;

        toml_blanks(t);
        if (!toml_key(t, &key, &line, &column))
            return NULL;
        toml_blanks(t);
        if (depth >= WK_DOC_DEPTH_MAX / 4) { /* each may be two levels, [[a.b]] */
            wk_cursor_fail(&t->cur, "nested too deeply; at most %d levels",
                           WK_DOC_DEPTH_MAX / 4);
            return NULL;
        }
        if (*t->cur.p != '.') {
            table = toml_header_last(t, table, key, array, line, column);
            break;
        }
        t->cur.p++;
        if ((table = toml_enter(t, table, key, line, column)) == NULL)
            return NULL;
    }
    if (table == NULL)
        return NULL;
    if (t->cur.p[0] != ']' || (array && t->cur.p[1] != ']')) {
        wk_cursor_fail(&t->cur, array ? "expected ]] here" : "expected ] here");
        return NULL;
    }
    t->cur.p += array ? 2 : 1;
    return table;
}

struct wk_doc *
wk_toml_parse(struct wk_arena *arena, const char *file, const char *text, size_t bytes,
              struct wk_diag_list *diags)
{
    struct toml t = {.arena = arena};
    struct wk_doc *root, *table;
    bool ok;

    if (!wk_cursor_init(&t.cur, file, text, bytes, diags))
        return NULL;
    root = table = toml_new(&t, WK_DOC_OBJECT, 1, 1);
    for (ok = toml_skip(&t); ok && t.cur.p < t.cur.end; ok = ok && toml_line_end(&t)) {
        if (*t.cur.p == '[')
            ok = (table = toml_header(&t, root)) != NULL;
        else
            ok = toml_pair(&t, table, WK_DOC_DEPTH_MAX / 2);
    }
    wk_buf_fini(&t.scratch);
    return ok ? root : NULL;
}
