/* One character, or one of a set. */
#include "runtime/regexp/emit_priv.h"

#include <stdlib.h>
#include "runtime/regexp/fold.h"

#define ASCII_LAST 0x7f

static void
put(struct wk_re_emitter *e, uint32_t c)
{
    if (c < 0x80 && ((c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z')))
        wk_buf_add_char(e->text, (char)c);
    else
        wk_buf_addf(e->text, "\\x{%x}", c);
}

/* Matches no character; of length 1, which lookbehinds count on. */
static void
put_never(struct wk_re_emitter *e)
{
    wk_buf_add_str(e->text, e->narrow ? "[^\\x{0}-\\x{ff}]" : "[^\\x{0}-\\x{ffffffff}]");
}

void
wk_re_emit_char(struct wk_re_emitter *e, uint32_t c)
{
    uint32_t equals[WK_FOLD_EQUALS_MAX], letter;
    size_t count = 1, kept = 0;

    equals[0] = c;
    if ((e->ast->flags & WK_RE_IGNORE_CASE) != 0)
        count = wk_fold_equals(c, e->code_points, equals);
    for (size_t i = 0; i < count; i++)
        if (!e->narrow || equals[i] <= ASCII_LAST)
            equals[kept++] = equals[i];
    letter = equals[0] | 0x20;
    if (kept == 0) {
        put_never(e);
    } else if (kept == 1 || (kept == 2 && equals[1] == letter && letter < 0x80 && !e->spell_case)) {
        put(e, equals[kept - 1]);
    } else {
        wk_buf_add_char(e->text, '[');
        for (size_t i = 0; i < kept; i++)
            put(e, equals[i]);
        wk_buf_add_char(e->text, ']');
    }
}

void
wk_re_emit_any(struct wk_re_emitter *e)
{
    if ((e->ast->flags & WK_RE_DOT_ALL) != 0)
        wk_buf_add_char(e->text, '.');
    else
        wk_buf_add_str(e->text, e->narrow ? "[^\\x{a}\\x{d}]" : "[^\\x{a}\\x{d}\\x{2028}\\x{2029}]");
}

/* [ranges of set, properties] */
static void
put_set(struct wk_re_emitter *e, const USet *set, bool negate, const char *properties)
{
    wk_buf_add_str(e->text, negate ? "[^" : "[");
    for (int32_t i = 0; i < uset_getItemCount(set); i++) {
        UErrorCode error = U_ZERO_ERROR;
        UChar32 first, last;

        if (uset_getItem(set, i, &first, &last, NULL, 0, &error) != 0)
            continue;
        put(e, (uint32_t)first);
        if (last > first + 1)
            wk_buf_add_char(e->text, '-');
        if (last > first)
            put(e, (uint32_t)last);
    }
    if (properties != NULL)
        wk_buf_add_str(e->text, properties);
    wk_buf_add_char(e->text, ']');
}

static void
emit_chars(struct wk_re_emitter *e, const struct wk_regexp_node *node)
{
    UChar32 max = e->narrow ? ASCII_LAST : e->code_points ? 0x10ffff : 0xffff;
    USet *set = uset_clone(node->set);
    bool negate = node->negate;

    uset_removeAllStrings(set);
    uset_retain(set, 0, max);
    if (uset_containsRange(set, 0, max) || uset_isEmpty(set)) {
        if (negate == uset_isEmpty(set))
            wk_buf_add_char(e->text, '.');
        else
            put_never(e);
    } else if (node->rest != NULL && !e->narrow) {
        put_set(e, node->rest, negate, node->properties);
    } else {
        if (uset_contains(set, max)) { /* its complement is shorter, and all beyond is in */
            uset_complement(set);
            uset_retain(set, 0, max);
            negate = !negate;
        }
        put_set(e, set, negate, NULL);
    }
    uset_close(set);
}

static int
string_longer(const void *a, const void *b)
{
    const UChar *x = *(const UChar *const *)a, *y = *(const UChar *const *)b;

    return y[0] != x[0] ? (int)y[0] - (int)x[0] : 0;
}

/* The v flag's strings, longest first; the first unit of each entry is its length. */
static void
emit_strings(struct wk_re_emitter *e, const struct wk_regexp_node *node)
{
    int32_t items = uset_getItemCount(node->set), ranges = uset_getRangeCount(node->set);
    UChar(*strings)[64] = wk_xcalloc((size_t)(items - ranges), sizeof(*strings));
    UChar **order = wk_xcalloc((size_t)(items - ranges), sizeof(*order));
    bool chars_done = false;

    for (int32_t i = ranges; i < items; i++) {
        UErrorCode error = U_ZERO_ERROR;
        UChar32 first, last;

        strings[i - ranges][0] =
            (UChar)uset_getItem(node->set, i, &first, &last, strings[i - ranges] + 1, 62, &error);
        order[i - ranges] = strings[i - ranges];
    }
    qsort(order, (size_t)(items - ranges), sizeof(*order), string_longer);
    wk_buf_add_str(e->text, "(?:");
    for (int32_t i = 0; i < items - ranges; i++) {
        if (order[i][0] == 0) {
            emit_chars(e, node);
            chars_done = true;
            wk_buf_add_char(e->text, '|');
            continue;
        }
        for (UChar k = 1; k <= order[i][0]; k++) {
            uint32_t c = order[i][k];

            if (c >= 0xd800 && c <= 0xdbff && k < order[i][0] && order[i][k + 1] >= 0xdc00 &&
                order[i][k + 1] <= 0xdfff) {
                c = 0x10000 + ((c - 0xd800) << 10) + (order[i][k + 1] - 0xdc00u);
                k++;
            }
            wk_re_emit_char(e, c);
        }
        wk_buf_add_char(e->text, '|');
    }
    if (chars_done)
        e->text->data[--e->text->len] = '\0';
    else
        emit_chars(e, node);
    wk_buf_add_char(e->text, ')');
    free(strings);
    free(order);
}

void
wk_re_emit_class(struct wk_re_emitter *e, const struct wk_regexp_node *node)
{
    if (uset_hasStrings(node->set))
        emit_strings(e, node);
    else
        emit_chars(e, node);
}
