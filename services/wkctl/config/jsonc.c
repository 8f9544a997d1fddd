/* services/wkctl/config/jsonc.c - JSON with comments and trailing commas, read strictly
 * otherwise: a key twice, an unknown escape, a control character in a string are errors with
 * their place. Reading stops at the first syntax error, since what follows would only be noise.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "services/wkctl/config/cursor.h"

struct jsonc {
    struct wk_cursor cur;
    struct wk_arena *arena;
    struct wk_buf scratch; /* the string being read */
};

static struct wk_doc *jsonc_value(struct jsonc *j, int depth);

/* Skips blanks and comments. False, with an error, when a comment does not end. */
static bool
jsonc_skip(struct jsonc *j)
{
    while (j->cur.p < j->cur.end) {
        if (*j->cur.p == '\n') {
            j->cur.p++;
            wk_cursor_newline(&j->cur);
        } else if (*j->cur.p == ' ' || *j->cur.p == '\t' || *j->cur.p == '\r') {
            j->cur.p++;
        } else if (j->cur.p[0] == '/' && j->cur.p[1] == '/') {
            while (j->cur.p < j->cur.end && *j->cur.p != '\n')
                j->cur.p++;
        } else if (j->cur.p[0] == '/' && j->cur.p[1] == '*') {
            struct wk_cursor start = j->cur;

            for (j->cur.p += 2; !(j->cur.p[0] == '*' && j->cur.p[1] == '/');) {
                if (j->cur.p >= j->cur.end)
                    return wk_cursor_fail(&start, "this comment does not end; add */");
                if (*j->cur.p++ == '\n')
                    wk_cursor_newline(&j->cur);
            }
            j->cur.p += 2;
        } else {
            break;
        }
    }
    return true;
}

/* After the backslash. A lone surrogate becomes U+FFFD, as no UTF-8 can carry it. */
static bool
jsonc_escape(struct jsonc *j)
{
    static const char from[] = "\"\\/bfnrt", to[] = "\"\\/\b\f\n\r\t";
    const char *at = *j->cur.p != '\0' ? strchr(from, *j->cur.p) : NULL;
    uint32_t code, low;
    char utf8[4];
    size_t n;

    if (at != NULL) {
        wk_buf_add_char(&j->scratch, to[at - from]);
        j->cur.p++;
        return true;
    }
    if (*j->cur.p != 'u')
        return wk_cursor_fail(
            &j->cur, "unknown escape; JSON has \\\" \\\\ \\/ \\b \\f \\n \\r \\t and \\uXXXX");
    j->cur.p++;
    if (!wk_cursor_hex(&j->cur, 4, &code))
        return wk_cursor_fail(&j->cur, "\\u needs four hexadecimal digits");
    if (code >= 0xd800 && code < 0xdc00 && j->cur.p[0] == '\\' && j->cur.p[1] == 'u') {
        const char *back = j->cur.p;

        j->cur.p += 2;
        if (!wk_cursor_hex(&j->cur, 4, &low))
            return wk_cursor_fail(&j->cur, "\\u needs four hexadecimal digits");
        if (low >= 0xdc00 && low < 0xe000)
            code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
        else
            j->cur.p = back;
    }
    n = wk_utf8_put(code, utf8);
    if (n == 0)
        n = wk_utf8_put(0xfffd, utf8);
    wk_buf_add(&j->scratch, utf8, n);
    return true;
}

/* At the opening quote. */
static bool
jsonc_string(struct jsonc *j, const char **out, size_t *out_len)
{
    struct wk_cursor start = j->cur;

    j->scratch.len = 0;
    for (j->cur.p++; *j->cur.p != '"';) {
        if (j->cur.p >= j->cur.end || *j->cur.p == '\n')
            return wk_cursor_fail(&start, "this string does not end on its line; add \"");
        if ((unsigned char)*j->cur.p < 0x20)
            return wk_cursor_fail(&j->cur,
                                  "control character in a string; write it as \\uXXXX");
        if (*j->cur.p == '\\') {
            j->cur.p++;
            if (!jsonc_escape(j))
                return false;
        } else {
            wk_buf_add_char(&j->scratch, *j->cur.p++);
        }
    }
    j->cur.p++;
    *out_len = j->scratch.len;
    *out = wk_arena_strndup(j->arena, j->scratch.data != NULL ? j->scratch.data : "", *out_len);
    return true;
}

static bool
jsonc_number(struct jsonc *j, struct wk_doc *doc)
{
    const char *start = j->cur.p;
    bool whole = true;

    j->cur.p += *j->cur.p == '-';
    if (*j->cur.p == '0')
        j->cur.p++;
    else if (*j->cur.p >= '1' && *j->cur.p <= '9')
        j->cur.p += strspn(j->cur.p, "0123456789");
    else
        return wk_cursor_fail(&j->cur, "a number needs a digit here");
    if (*j->cur.p == '.') {
        whole = false;
        j->cur.p++;
        if (strspn(j->cur.p, "0123456789") == 0)
            return wk_cursor_fail(&j->cur, "a number needs a digit after its point");
        j->cur.p += strspn(j->cur.p, "0123456789");
    }
    if ((*j->cur.p | 32) == 'e') {
        whole = false;
        j->cur.p++;
        j->cur.p += *j->cur.p == '+' || *j->cur.p == '-';
        if (strspn(j->cur.p, "0123456789") == 0)
            return wk_cursor_fail(&j->cur, "a number needs a digit in its exponent");
        j->cur.p += strspn(j->cur.p, "0123456789");
    }
    if ((*j->cur.p >= '0' && *j->cur.p <= '9') || (*j->cur.p | 32) == 'x')
        return wk_cursor_fail(&j->cur, "numbers in JSON are decimal and have no leading zero");
    doc->text_len = (size_t)(j->cur.p - start);
    doc->text = wk_arena_strndup(j->arena, start, doc->text_len);
    doc->number = strtod(doc->text, NULL);
    doc->is_integer = whole && fabs(doc->number) < 9007199254740992.0;
    if (doc->is_integer)
        doc->integer = strtoll(doc->text, NULL, 10);
    return true;
}

/* One member into object, at its key. */
static bool
jsonc_member(struct jsonc *j, struct wk_doc *object, int depth)
{
    int line = j->cur.line, column = wk_cursor_column(&j->cur);
    const char *key;
    struct wk_doc *value, *before;
    size_t key_len;

    if (*j->cur.p != '"')
        return wk_cursor_fail(&j->cur, "expected a key in double quotes, or }");
    if (!jsonc_string(j, &key, &key_len) || !jsonc_skip(j))
        return false;
    if (strlen(key) != key_len)
        return wk_cursor_fail(&j->cur, "a key must not contain \\u0000");
    if (*j->cur.p != ':')
        return wk_cursor_fail(&j->cur, "expected : after the key");
    j->cur.p++;
    if (!jsonc_skip(j) || (value = jsonc_value(j, depth + 1)) == NULL)
        return false;
    value->key = key;
    value->key_line = line;
    value->key_column = column;
    if ((before = wk_doc_find(object, key)) != NULL) {
        value->parent = object;
        wk_doc_diag_key(j->cur.diags, WK_DIAG_ERROR, value,
                        "the key \"%s\" is here twice, first on line %d; remove one of them",
                        key, before->key_line);
        return true; /* go on: this is no reason to stop reading */
    }
    if (object->count >= WK_DOC_KEYS_MAX)
        return wk_cursor_fail(&j->cur, "more than %d keys in one object", WK_DOC_KEYS_MAX);
    wk_doc_append(object, value);
    return true;
}

static bool
jsonc_container(struct jsonc *j, struct wk_doc *doc, int depth)
{
    bool object = doc->kind == WK_DOC_OBJECT;
    char close = object ? '}' : ']';

    for (j->cur.p++;;) {
        struct wk_doc *value;

        if (!jsonc_skip(j))
            return false;
        if (*j->cur.p == close)
            break;
        if (j->cur.p >= j->cur.end)
            return wk_cursor_fail(&j->cur, object ? "the file ends inside {; a } is missing"
                                                  : "the file ends inside [; a ] is missing");
        if (object) {
            if (!jsonc_member(j, doc, depth))
                return false;
        } else {
            if ((value = jsonc_value(j, depth + 1)) == NULL)
                return false;
            wk_doc_append(doc, value);
        }
        if (!jsonc_skip(j))
            return false;
        if (*j->cur.p == ',')
            j->cur.p++;
        else if (*j->cur.p != close)
            return wk_cursor_fail(&j->cur,
                                  object ? "expected , or } here" : "expected , or ] here");
    }
    j->cur.p++;
    return true;
}

static bool
jsonc_word(struct jsonc *j, const char *word)
{
    size_t n = strlen(word);

    if ((size_t)(j->cur.end - j->cur.p) < n || memcmp(j->cur.p, word, n) != 0)
        return false;
    j->cur.p += n;
    return true;
}

static struct wk_doc *
jsonc_value(struct jsonc *j, int depth)
{
    struct wk_doc *doc =
        wk_doc_new(j->arena, WK_DOC_NULL, j->cur.file, j->cur.line, wk_cursor_column(&j->cur));
    bool ok;

    if (depth > WK_DOC_DEPTH_MAX) {
        wk_cursor_fail(&j->cur, "nested too deeply; at most %d levels", WK_DOC_DEPTH_MAX);
        return NULL;
    }
    if (*j->cur.p == '{' || *j->cur.p == '[') {
        doc->kind = *j->cur.p == '{' ? WK_DOC_OBJECT : WK_DOC_ARRAY;
        ok = jsonc_container(j, doc, depth);
    } else if (*j->cur.p == '"') {
        doc->kind = WK_DOC_STRING;
        ok = jsonc_string(j, &doc->text, &doc->text_len);
    } else if (*j->cur.p == '-' || (*j->cur.p >= '0' && *j->cur.p <= '9')) {
        doc->kind = WK_DOC_NUMBER;
        ok = jsonc_number(j, doc);
    } else if (jsonc_word(j, "true")) {
        doc->kind = WK_DOC_BOOL;
        doc->boolean = ok = true;
    } else if (jsonc_word(j, "false")) {
        doc->kind = WK_DOC_BOOL;
        ok = true;
    } else if (jsonc_word(j, "null")) {
        ok = true;
    } else {
        ok = wk_cursor_fail(&j->cur, j->cur.p >= j->cur.end
                                         ? "the file ends where a value was expected"
                                         : "expected a value: \"text\", a number, true, false, "
                                           "null, [ or {");
    }
    return ok ? doc : NULL;
}

struct wk_doc *
wk_jsonc_parse(struct wk_arena *arena, const char *file, const char *text, size_t bytes,
               struct wk_diag_list *diags)
{
    struct jsonc j = {.arena = arena};
    struct wk_doc *doc = NULL;
    bool ok;

    if (!wk_cursor_init(&j.cur, file, text, bytes, diags))
        return NULL;
    ok = jsonc_skip(&j) && (doc = jsonc_value(&j, 1)) != NULL && jsonc_skip(&j);
    if (ok && j.cur.p < j.cur.end)
        ok = wk_cursor_fail(&j.cur, "expected nothing more after the value");
    wk_buf_fini(&j.scratch);
    return ok ? doc : NULL;
}
