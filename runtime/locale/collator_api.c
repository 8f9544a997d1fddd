/* What script sees of collators: localeCompare, and the verbs behind Intl.Collator. */
#include "runtime/locale/collator.h"

#include <string.h>
#include <unicode/uloc.h>

#define CELL DUK_HIDDEN_SYMBOL("collation")

/* ---- options ---- */

/* Which of the words option `name` is; `none` when it is undefined. Throws RangeError when it
 * is another. */
static int
option_word(duk_context *ctx, duk_idx_t options, const char *name, const char *const *words,
            int count, int none)
{
    const char *word;
    int i = none;

    duk_get_prop_string(ctx, options, name);
    if (!duk_is_undefined(ctx, -1)) {
        word = duk_to_string(ctx, -1);
        for (i = 0; i < count && strcmp(words[i], word) != 0; i++)
            continue;
        if (i == count)
            (void)duk_range_error(
                ctx, "Value %s out of range for Intl.Collator options property %s", word, name);
    }
    duk_pop(ctx);
    return i;
}

/* 0, 1, or -1 when it is undefined. */
static int
option_bool(duk_context *ctx, duk_idx_t options, const char *name)
{
    int value = -1;

    duk_get_prop_string(ctx, options, name);
    if (!duk_is_undefined(ctx, -1))
        value = duk_to_boolean(ctx, -1);
    duk_pop(ctx);
    return value;
}

/* The collation that ICU's name asks for (@collation=) stays there only if the language has it.
 */
static void
keep_known_type(struct wk_collation *c)
{
    UErrorCode status = U_ZERO_ERROR;
    char wanted[32];
    UEnumeration *types;
    const char *type = NULL;

    if (uloc_getKeywordValue(c->locale, "collation", wanted, sizeof(wanted), &status) <= 0 ||
        U_FAILURE(status))
        return;
    types = ucol_getKeywordValuesForLocale("collation", c->locale, false, &status);
    while (U_SUCCESS(status) && (type = uenum_next(types, NULL, &status)) != NULL) {
        if (strcmp(type, wanted) == 0 && strcmp(type, "standard") != 0 &&
            strcmp(type, "search") != 0)
            break;
    }
    uenum_close(types);
    status = U_ZERO_ERROR;
    if (type == NULL)
        uloc_setKeywordValue("collation", NULL, c->locale, sizeof(c->locale), &status);
}

/* The keywords of the tag that say what options say. */
static void
read_keywords(struct wk_collation *c)
{
    UErrorCode status = U_ZERO_ERROR;
    char value[32];

    if (uloc_getKeywordValue(c->locale, "colnumeric", value, sizeof(value), &status) > 0)
        c->numeric = strcmp(value, "yes") == 0;
    status = U_ZERO_ERROR;
    if (uloc_getKeywordValue(c->locale, "colcasefirst", value, sizeof(value), &status) > 0)
        c->case_first = strcmp(value, "upper") == 0   ? WK_CASE_FIRST_UPPER
                        : strcmp(value, "lower") == 0 ? WK_CASE_FIRST_LOWER
                                                      : WK_CASE_FIRST_FALSE;
    keep_known_type(c);
}

static void
read_collation_option(duk_context *ctx, duk_idx_t options, struct wk_collation *c)
{
    UErrorCode status = U_ZERO_ERROR;
    const char *type;

    duk_get_prop_literal(ctx, options, "collation");
    if (!duk_is_undefined(ctx, -1)) {
        c->ascii_fast = false;
        type = uloc_toLegacyType("co", duk_to_string(ctx, -1));
        if (type != NULL && strlen(type) < 24) {
            uloc_setKeywordValue("collation", type, c->locale, sizeof(c->locale), &status);
            keep_known_type(c);
        }
    }
    duk_pop(ctx);
}

static void
read_options(duk_context *ctx, duk_idx_t options, struct wk_collation *c)
{
    static const char *const usages[] = {"sort", "search"}, *const matchers[] = {"lookup",
                                                                                 "best fit"};
    static const char *const cases[] = {"false", "upper", "lower"};
    static const char *const sensitivities[] = {"base", "accent", "case", "variant"};
    UErrorCode status = U_ZERO_ERROR;
    int value;

    if (duk_is_null(ctx, options))
        (void)duk_type_error(ctx, "Cannot convert undefined or null to object");
    duk_to_object(ctx, options);
    c->search = option_word(ctx, options, "usage", usages, 2, 0);
    option_word(ctx, options, "localeMatcher", matchers, 2, 0);
    read_collation_option(ctx, options, c);
    if ((value = option_bool(ctx, options, "numeric")) >= 0)
        c->numeric = value;
    c->case_first = (uint8_t)option_word(ctx, options, "caseFirst", cases, 3, c->case_first);
    if ((value = option_word(ctx, options, "sensitivity", sensitivities, 4, -1)) >= 0) {
        c->has_sensitivity = true;
        c->sensitivity = (uint8_t)value;
    }
    c->ignore_punctuation = (int8_t)option_bool(ctx, options, "ignorePunctuation");
    if (c->search)
        uloc_setKeywordValue("collation", "search", c->locale, sizeof(c->locale), &status);
    if (c->search || c->numeric || c->case_first != WK_CASE_FIRST_FALSE ||
        c->ignore_punctuation > 0)
        c->ascii_fast = false;
}

/* From the arguments locales and options. */
static void
resolve(duk_context *ctx, duk_idx_t locales, duk_idx_t options, struct wk_collation *c)
{
    char tag[WK_LOCALE_BYTES_MAX];

    if (duk_is_undefined(ctx, locales))
        memcpy(tag, "en-US", sizeof("en-US"));
    else
        wk_locale_resolve(ctx, locales, tag);
    wk_collation_init(c, tag);
    if (!c->ascii_fast)
        read_keywords(c);
    if (!duk_is_undefined(ctx, options))
        read_options(ctx, options, c);
}

/* ---- verbs ---- */

/* String.prototype.localeCompare(that, locales, options) */
static duk_ret_t
locale_compare(duk_context *ctx)
{
    static __thread struct wk_collation plain;
    struct wk_collation c;

    duk_push_this(ctx);
    if (duk_is_null_or_undefined(ctx, 3))
        return duk_type_error(ctx,
                              "String.prototype.localeCompare called on null or undefined");
    duk_to_string(ctx, 3);
    duk_to_string(ctx, 0);
    if (duk_is_undefined(ctx, 1) && duk_is_undefined(ctx, 2)) {
        if (plain.locale[0] == '\0')
            wk_collation_init(&plain, "en-US");
        duk_push_int(ctx, wk_collation_compare(ctx, &plain, 3, 0));
    } else {
        resolve(ctx, 1, 2, &c);
        duk_push_int(ctx, wk_collation_compare(ctx, &c, 3, 0));
    }
    return 1;
}

/* The compare function of one Intl.Collator. */
static duk_ret_t
collator_compare(duk_context *ctx)
{
    const struct wk_collation *c;

    duk_to_string(ctx, 0);
    duk_to_string(ctx, 1);
    duk_push_current_function(ctx);
    duk_get_prop_literal(ctx, -1, CELL);
    c = duk_require_buffer(ctx, -1, NULL);
    duk_push_int(ctx, wk_collation_compare(ctx, c, 0, 1));
    return 1;
}

/* collator(locales, options) -> its compare function */
static duk_ret_t
collator_make(duk_context *ctx)
{
    struct wk_collation c;

    resolve(ctx, 0, 1, &c);
    duk_push_c_function(ctx, collator_compare, 2);
    duk_push_literal(ctx, "name");
    duk_push_literal(ctx, "");
    duk_def_prop(ctx, -3,
                 DUK_DEFPROP_HAVE_VALUE | DUK_DEFPROP_SET_CONFIGURABLE | DUK_DEFPROP_FORCE);
    memcpy(duk_push_fixed_buffer(ctx, sizeof(c)), &c, sizeof(c));
    duk_put_prop_literal(ctx, -2, CELL);
    return 1;
}

static void
put_word(duk_context *ctx, const char *name, const char *word)
{
    duk_push_string(ctx, word);
    duk_put_prop_string(ctx, -2, name);
}

/* The tag and the collation of an open collator. */
static void
put_locale(duk_context *ctx, const struct wk_collation *c, UCollator *collator)
{
    UErrorCode status = U_ZERO_ERROR;
    char id[2 * WK_LOCALE_BYTES_MAX], tag[2 * WK_LOCALE_BYTES_MAX], type[32];
    const char *valid = ucol_getLocaleByType(collator, ULOC_VALID_LOCALE, &status),
               *name = NULL;

    memcpy(id, c->locale, sizeof(id));
    if (c->search)
        uloc_setKeywordValue("collation", NULL, id, sizeof(id), &status);
    uloc_toLanguageTag(id, tag, sizeof(tag), true, &status);
    wk_locale_check(ctx, status);
    put_word(ctx, "locale", tag);
    put_word(ctx, "usage", c->search ? "search" : "sort");
    if (uloc_getKeywordValue(valid, "collation", type, sizeof(type), &status) > 0 &&
        U_SUCCESS(status) && !c->search)
        name = uloc_toUnicodeLocaleType("co", type);
    put_word(ctx, "collation", name != NULL ? name : "default");
}

/* resolved(compare) -> what Intl.Collator.prototype.resolvedOptions gives */
static duk_ret_t
collator_resolved(duk_context *ctx)
{
    static const char *const cases[] = {"false", "upper", "lower"};
    static const char *const sensitivities[] = {"base", "accent", "case", "variant"};
    UErrorCode status = U_ZERO_ERROR;
    const struct wk_collation *c;
    UCollator *collator;

    duk_get_prop_literal(ctx, 0, CELL);
    c = duk_require_buffer(ctx, -1, NULL);
    collator = wk_collation_open(ctx, c);
    duk_push_object(ctx);
    put_locale(ctx, c, collator);
    put_word(ctx, "sensitivity", sensitivities[c->sensitivity]);
    duk_push_boolean(ctx, ucol_getAttribute(collator, UCOL_ALTERNATE_HANDLING, &status) ==
                              UCOL_SHIFTED);
    duk_put_prop_literal(ctx, -2, "ignorePunctuation");
    duk_push_boolean(ctx, c->numeric);
    duk_put_prop_literal(ctx, -2, "numeric");
    put_word(ctx, "caseFirst", cases[c->case_first]);
    return 1;
}

void
wk_locale_collator_init(duk_context *ctx)
{
    static const duk_function_list_entry verbs[] = {{"localeCompare", locale_compare, 3},
                                                    {"collator", collator_make, 2},
                                                    {"collatorResolved", collator_resolved, 1},
                                                    {NULL, NULL, 0}};

    wk_engine_native(ctx, "locale", verbs);
}
