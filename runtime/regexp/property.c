/* \p{..}: the names ECMA-262 knows, exactly as written there (ICU's look-up alone is lenient). */
#include <stdio.h>
#include <string.h>
#include <unicode/uchar.h>
#include "runtime/regexp/parse_priv.h"

/* ECMA-262 tables 67 and 68 (the second: properties of strings, v flag only). */
static const UProperty binary_properties[] = {
    UCHAR_ASCII_HEX_DIGIT, UCHAR_ALPHABETIC, UCHAR_BIDI_CONTROL, UCHAR_BIDI_MIRRORED,
    UCHAR_CASE_IGNORABLE, UCHAR_CASED, UCHAR_CHANGES_WHEN_CASEFOLDED,
    UCHAR_CHANGES_WHEN_CASEMAPPED, UCHAR_CHANGES_WHEN_LOWERCASED,
    UCHAR_CHANGES_WHEN_NFKC_CASEFOLDED, UCHAR_CHANGES_WHEN_TITLECASED,
    UCHAR_CHANGES_WHEN_UPPERCASED, UCHAR_DASH, UCHAR_DEFAULT_IGNORABLE_CODE_POINT,
    UCHAR_DEPRECATED, UCHAR_DIACRITIC, UCHAR_EMOJI, UCHAR_EMOJI_COMPONENT, UCHAR_EMOJI_MODIFIER,
    UCHAR_EMOJI_MODIFIER_BASE, UCHAR_EMOJI_PRESENTATION, UCHAR_EXTENDED_PICTOGRAPHIC,
    UCHAR_EXTENDER, UCHAR_GRAPHEME_BASE, UCHAR_GRAPHEME_EXTEND, UCHAR_HEX_DIGIT,
    UCHAR_IDS_BINARY_OPERATOR, UCHAR_IDS_TRINARY_OPERATOR, UCHAR_ID_CONTINUE, UCHAR_ID_START,
    UCHAR_IDEOGRAPHIC, UCHAR_JOIN_CONTROL, UCHAR_LOGICAL_ORDER_EXCEPTION, UCHAR_LOWERCASE,
    UCHAR_MATH, UCHAR_NONCHARACTER_CODE_POINT, UCHAR_PATTERN_SYNTAX, UCHAR_PATTERN_WHITE_SPACE,
    UCHAR_QUOTATION_MARK, UCHAR_RADICAL, UCHAR_REGIONAL_INDICATOR, UCHAR_S_TERM,
    UCHAR_SOFT_DOTTED, UCHAR_TERMINAL_PUNCTUATION, UCHAR_UNIFIED_IDEOGRAPH, UCHAR_UPPERCASE,
    UCHAR_VARIATION_SELECTOR, UCHAR_WHITE_SPACE, UCHAR_XID_CONTINUE, UCHAR_XID_START,
};
static const UProperty string_properties[] = {
    UCHAR_BASIC_EMOJI,
    UCHAR_EMOJI_KEYCAP_SEQUENCE,
    UCHAR_RGI_EMOJI_MODIFIER_SEQUENCE,
    UCHAR_RGI_EMOJI_FLAG_SEQUENCE,
    UCHAR_RGI_EMOJI_TAG_SEQUENCE,
    UCHAR_RGI_EMOJI_ZWJ_SEQUENCE,
    UCHAR_RGI_EMOJI,
};

static bool
is_property_name(UProperty property, const char *name)
{
    const char *known;

    for (int i = 0; i < 8; i++)
        if ((known = u_getPropertyName(property, (UPropertyNameChoice)i)) != NULL &&
            strcmp(known, name) == 0)
            return true;
    return false;
}

static bool
is_value_name(UProperty property, int32_t value, const char *name)
{
    const char *known;

    for (int i = 0; i < 8; i++)
        if ((known = u_getPropertyValueName(property, value, (UPropertyNameChoice)i)) != NULL &&
            strcmp(known, name) == 0)
            return true;
    return false;
}

static bool
apply_value(USet *set, UProperty names, UProperty property, const char *value, const char *prefix,
            char native[40])
{
    int32_t number = u_getPropertyValueEnum(names, value);
    UErrorCode error = U_ZERO_ERROR;
    const char *short_name;

    if (number == UCHAR_INVALID_CODE || !is_value_name(names, number, value))
        return false;
    uset_applyIntPropertyValue(set, property, number, &error);
    short_name = u_getPropertyValueName(names, number, U_SHORT_PROPERTY_NAME);
    if (short_name != NULL && strcmp(short_name, "LC") != 0 && strcmp(short_name, "n/a") != 0)
        snprintf(native, 40, "%s%s", prefix, short_name);
    return U_SUCCESS(error);
}

static bool
apply_binary(USet *set, const UProperty *known, size_t count, const char *text)
{
    UProperty property = u_getPropertyEnum(text);
    UErrorCode error = U_ZERO_ERROR;
    const USet *members;

    for (size_t i = 0; i < count; i++) {
        if (known[i] != property || !is_property_name(property, text))
            continue;
        members = u_getBinaryPropertySet(property, &error);
        if (U_SUCCESS(error))
            uset_addAll(set, members);
        return U_SUCCESS(error);
    }
    return false;
}

static bool
apply_special(USet *set, const char *text)
{
    UErrorCode error = U_ZERO_ERROR;

    if (strcmp(text, "Any") == 0)
        uset_addRange(set, 0, 0x10ffff);
    else if (strcmp(text, "ASCII") == 0)
        uset_addRange(set, 0, 0x7f);
    else if (strcmp(text, "Assigned") == 0) {
        uset_applyIntPropertyValue(set, UCHAR_GENERAL_CATEGORY_MASK, U_GC_CN_MASK, &error);
        uset_complement(set);
    } else
        return false;
    return true;
}

bool
wk_re_property(USet *set, const char *text, bool strings, char native[40])
{
    const char *value = strchr(text, '=');
    size_t name = value == NULL ? 0 : (size_t)(value - text);

    if (value != NULL) {
        value++;
        if ((name == 2 && memcmp(text, "gc", 2) == 0) ||
            (name == 16 && memcmp(text, "General_Category", 16) == 0))
            return apply_value(set, UCHAR_GENERAL_CATEGORY_MASK, UCHAR_GENERAL_CATEGORY_MASK,
                               value, "", native);
        if ((name == 2 && memcmp(text, "sc", 2) == 0) ||
            (name == 6 && memcmp(text, "Script", 6) == 0))
            return apply_value(set, UCHAR_SCRIPT, UCHAR_SCRIPT, value, "sc:", native);
        if ((name == 3 && memcmp(text, "scx", 3) == 0) ||
            (name == 17 && memcmp(text, "Script_Extensions", 17) == 0))
            return apply_value(set, UCHAR_SCRIPT, UCHAR_SCRIPT_EXTENSIONS, value, "scx:", native);
        return false;
    }
    if (apply_special(set, text))
        return true;
    if (apply_binary(set, binary_properties, WK_COUNT(binary_properties), text)) {
        const char *short_name = u_getPropertyName(u_getPropertyEnum(text), U_SHORT_PROPERTY_NAME);

        if (short_name != NULL && strcmp(short_name, "CWKCF") != 0)
            snprintf(native, 40, "%s", short_name);
        return true;
    }
    if (strings && apply_binary(set, string_properties, WK_COUNT(string_properties), text))
        return true;
    return apply_value(set, UCHAR_GENERAL_CATEGORY_MASK, UCHAR_GENERAL_CATEGORY_MASK, text, "",
                       native);
}
