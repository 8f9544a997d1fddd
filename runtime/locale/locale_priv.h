/* runtime/locale/locale_priv.h - the inside of runtime/locale. */
#ifndef WK_RUNTIME_LOCALE_PRIV_H
#define WK_RUNTIME_LOCALE_PRIV_H
#include "runtime/locale/locale.h"

#include <unicode/utypes.h>

/* The canonical form of a language tag; false when it is none. */
bool wk_locale_canonical(const char *tag, size_t bytes, char out[WK_LOCALE_BYTES_MAX]);
/* The ICU name of the nearest locale that there is for a canonical tag, keywords left out;
 * false: none. */
bool wk_locale_known(const char *tag, char out[WK_LOCALE_BYTES_MAX]);
/* What the locales argument of an Intl function asks for: the first known of a string, an array
 * or nothing (then en-US), as a canonical tag. Throws what CanonicalizeLocaleList throws. */
void wk_locale_resolve(duk_context *ctx, duk_idx_t idx, char out[WK_LOCALE_BYTES_MAX]);

/* The string at idx as UTF-16: pushes a buffer that holds it. */
const UChar *wk_push_units(duk_context *ctx, duk_idx_t idx, int32_t *len);
/* Pushes the string of UTF-16 units. */
void wk_push_from_units(duk_context *ctx, const UChar *units, int32_t len);

/* Throws RangeError when ICU failed at what cannot fail but for want of memory. */
void wk_locale_check(duk_context *ctx, UErrorCode status);

void wk_locale_text_init(duk_context *ctx);
void wk_locale_collator_init(duk_context *ctx);
void wk_locale_rules_init(duk_context *ctx);
#endif
