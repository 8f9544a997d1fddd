/* Collators: kept open, and String.prototype.localeCompare and Intl.Collator in terms of them.
 */
#include "runtime/locale/collator.h"

#include <stdlib.h>
#include <string.h>
#include <unicode/uloc.h>
#include "runtime/binding/utf8.h"

/* ---- kept open ---- */

static __thread struct {
    struct wk_collation of;
    UCollator *collator;
    uint64_t used; /* when: number of the use */
} kept[WK_COLLATORS_MAX];

static void
set(UCollator *collator, UColAttribute attribute, UColAttributeValue value, UErrorCode *status)
{
    ucol_setAttribute(collator, attribute, value, status);
}

static UCollator *
collator_new(const struct wk_collation *c, UErrorCode *status)
{
    static const UColAttributeValue strength[] = {UCOL_PRIMARY, UCOL_SECONDARY, UCOL_PRIMARY,
                                                  UCOL_TERTIARY};
    UCollator *collator = ucol_open(c->locale, status);

    if (U_FAILURE(*status))
        return NULL;
    set(collator, UCOL_NORMALIZATION_MODE, UCOL_ON, status);
    if (c->has_sensitivity) {
        set(collator, UCOL_STRENGTH, strength[c->sensitivity], status);
        if (c->sensitivity == WK_SENSITIVITY_CASE)
            set(collator, UCOL_CASE_LEVEL, UCOL_ON, status);
    }
    if (c->numeric)
        set(collator, UCOL_NUMERIC_COLLATION, UCOL_ON, status);
    if (c->case_first != WK_CASE_FIRST_FALSE)
        set(collator, UCOL_CASE_FIRST,
            c->case_first == WK_CASE_FIRST_UPPER ? UCOL_UPPER_FIRST : UCOL_LOWER_FIRST, status);
    if (c->ignore_punctuation >= 0)
        set(collator, UCOL_ALTERNATE_HANDLING,
            c->ignore_punctuation ? UCOL_SHIFTED : UCOL_NON_IGNORABLE, status);
    return collator;
}

UCollator *
wk_collation_open(duk_context *ctx, const struct wk_collation *c)
{
    static __thread uint64_t uses;
    UErrorCode status = U_ZERO_ERROR;
    size_t at = 0;

    for (size_t i = 0; i < WK_COUNT(kept); i++) {
        if (kept[i].collator != NULL && memcmp(&kept[i].of, c, sizeof(*c)) == 0) {
            kept[i].used = ++uses;
            return kept[i].collator;
        }
        if (kept[i].used < kept[at].used)
            at = i;
    }
    if (kept[at].collator != NULL)
        ucol_close(kept[at].collator);
    kept[at].collator = collator_new(c, &status);
    if (U_FAILURE(status)) {
        ucol_close(kept[at].collator);
        kept[at].collator = NULL;
    }
    wk_locale_check(ctx, status);
    kept[at].of = *c;
    kept[at].used = ++uses;
    return kept[at].collator;
}

/* ---- what a collation is ---- */

/* Languages that leave ASCII as the root has it. */
static bool
language_is_plain(const char *tag)
{
    static const char *const plain[] = {"en", "fr", "es", "de", "pt", "it", "ca", "fi", "id",
                                        "ms", "nl", "pl", "ro", "sl", "sv", "sw", "vi"};

    for (size_t i = 0; i < WK_COUNT(plain); i++) {
        if (strncmp(tag, plain[i], 2) == 0 && (tag[2] == '\0' || tag[2] == '-'))
            return strstr(tag, "-u-") == NULL;
    }
    return false;
}

void
wk_collation_init(struct wk_collation *c, const char *tag)
{
    UErrorCode status = U_ZERO_ERROR;

    memset(c, 0, sizeof(*c)); /* padding too */
    uloc_forLanguageTag(tag, c->locale, sizeof(c->locale) - 1, NULL, &status);
    c->sensitivity = WK_SENSITIVITY_VARIANT;
    c->ignore_punctuation = -1;
    c->ascii_fast = language_is_plain(tag);
}

/* ---- comparing ---- */

/* Without a surrogate, CESU-8 is UTF-8. */
static bool
is_utf8(const char *text, size_t bytes)
{
    const char *p = text, *end = text + bytes;

    while ((p = memchr(p, 0xED, (size_t)(end - p))) != NULL) {
        if (p + 1 < end && (unsigned char)p[1] >= 0xA0)
            return false;
        p++;
    }
    return true;
}

static int
compare_by_icu(duk_context *ctx, UCollator *collator, duk_idx_t a, duk_idx_t b)
{
    UErrorCode status = U_ZERO_ERROR;
    duk_size_t a_bytes, b_bytes;
    const char *x = duk_get_lstring(ctx, a, &a_bytes), *y = duk_get_lstring(ctx, b, &b_bytes);
    int32_t a_units, b_units;
    const UChar *u, *v;
    int result;

    if (a_bytes > INT32_MAX || b_bytes > INT32_MAX)
        return duk_range_error(ctx, "Invalid string length");
    if (is_utf8(x, a_bytes) && is_utf8(y, b_bytes)) {
        result = ucol_strcollUTF8(collator, x, (int32_t)a_bytes, y, (int32_t)b_bytes, &status);
        wk_locale_check(ctx, status);
        return result;
    }
    u = wk_push_units(ctx, a, &a_units);
    v = wk_push_units(ctx, b, &b_units);
    result = ucol_strcoll(collator, u, a_units, v, b_units);
    duk_pop_2(ctx);
    return result;
}

int
wk_collation_compare(duk_context *ctx, const struct wk_collation *c, duk_idx_t a, duk_idx_t b)
{
    duk_size_t a_bytes, b_bytes;
    const char *x = duk_require_lstring(ctx, a, &a_bytes),
               *y = duk_require_lstring(ctx, b, &b_bytes);
    int order;

    if (x == y) /* strings are interned */
        return 0;
    a = duk_normalize_index(ctx, a);
    b = duk_normalize_index(ctx, b);
    if (c->ascii_fast && duk_get_length(ctx, a) == a_bytes &&
        duk_get_length(ctx, b) == b_bytes) {
        order = wk_ascii_compare(x, a_bytes, y, b_bytes, c->sensitivity);
        if (order != WK_ASCII_UNKNOWN)
            return order;
    }
    return compare_by_icu(ctx, wk_collation_open(ctx, c), a, b);
}
