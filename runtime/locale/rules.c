/* Plural rules, and where words, sentences and characters as people see them begin. */
#include "runtime/locale/locale_priv.h"

#include <string.h>
#include <unicode/ubrk.h>
#include <unicode/uloc.h>
#include <unicode/upluralrules.h>

/* plural(tag, ordinal, number) -> its category; without a number all that the language has */
static duk_ret_t
rules_plural(duk_context *ctx)
{
    static __thread UPluralRules *rules; /* the last used */
    static __thread char of[WK_LOCALE_BYTES_MAX + 1];
    UErrorCode status = U_ZERO_ERROR;
    char wanted[WK_LOCALE_BYTES_MAX + 1], word[16] = "";
    UChar out[16];
    int32_t n;

    snprintf(wanted, sizeof(wanted), "%c%.*s", duk_require_boolean(ctx, 1) ? 'o' : 'c',
             WK_LOCALE_BYTES_MAX - 1, duk_require_string(ctx, 0));
    if (rules == NULL || strcmp(of, wanted) != 0) {
        uplrules_close(rules);
        of[0] = '\0';
        rules = uplrules_openForType(
            wanted + 1, wanted[0] == 'o' ? UPLURAL_TYPE_ORDINAL : UPLURAL_TYPE_CARDINAL,
            &status);
        wk_locale_check(ctx, status);
        memcpy(of, wanted, sizeof(of));
    }
    if (duk_is_undefined(ctx, 2)) {
        UEnumeration *words = uplrules_getKeywords(rules, &status);
        const char *next;

        duk_push_array(ctx);
        for (duk_uarridx_t i = 0;
             U_SUCCESS(status) && (next = uenum_next(words, NULL, &status)) != NULL; i++) {
            duk_push_string(ctx, next);
            duk_put_prop_index(ctx, -2, i);
        }
        uenum_close(words);
        return 1;
    }
    n = uplrules_select(rules, duk_require_number(ctx, 2), out, WK_COUNT(out), &status);
    wk_locale_check(ctx, status);
    for (int32_t i = 0; i < n && i < (int32_t)sizeof(word) - 1; i++)
        word[i] = (char)out[i];
    duk_push_string(ctx, word);
    return 1;
}

struct breaks {
    UBreakIterator *iterator;
    const UChar *units;
    int32_t len;
};

/* [ ... list ]: every break but 0, each followed by whether the stretch before it is a word. */
static duk_ret_t
breaks_list(duk_context *ctx, void *udata)
{
    struct breaks *b = udata;
    UErrorCode status = U_ZERO_ERROR;
    duk_uarridx_t n = 0;
    int32_t at;

    ubrk_setText(b->iterator, b->units, b->len, &status);
    wk_locale_check(ctx, status);
    duk_push_array(ctx);
    for (ubrk_first(b->iterator); (at = ubrk_next(b->iterator)) != UBRK_DONE;) {
        duk_push_int(ctx, at);
        duk_put_prop_index(ctx, -2, n++);
        duk_push_boolean(ctx, ubrk_getRuleStatus(b->iterator) >= UBRK_WORD_NONE_LIMIT);
        duk_put_prop_index(ctx, -2, n++);
    }
    return 1;
}

/* breaks(tag, granularity 0 grapheme 1 word 2 sentence, text) -> breaks_list */
static duk_ret_t
rules_breaks(duk_context *ctx)
{
    static const UBreakIteratorType types[] = {UBRK_CHARACTER, UBRK_WORD, UBRK_SENTENCE};
    UErrorCode status = U_ZERO_ERROR;
    const char *tag = duk_require_string(ctx, 0);
    unsigned type = duk_require_uint(ctx, 1);
    struct breaks b;
    duk_ret_t rc;

    WK_CHECK(type < WK_COUNT(types));
    b.units = wk_push_units(ctx, 2, &b.len);
    b.iterator = ubrk_open(types[type], tag, NULL, 0, &status);
    wk_locale_check(ctx, status);
    rc = duk_safe_call(ctx, breaks_list, &b, 0, 1);
    ubrk_close(b.iterator);
    return rc == 0 ? 1 : duk_throw(ctx);
}

void
wk_locale_rules_init(duk_context *ctx)
{
    static const duk_function_list_entry verbs[] = {
        {"plural", rules_plural, 3}, {"breaks", rules_breaks, 3}, {NULL, NULL, 0}};

    wk_engine_native(ctx, "locale", verbs);
}
