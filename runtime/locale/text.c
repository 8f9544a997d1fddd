/* Between Duktape's strings and UTF-16, normal forms, and the case of letters in a language. */
#include "runtime/locale/locale_priv.h"

#include <string.h>
#include <unicode/unorm2.h>
#include <unicode/ustring.h>
#include "runtime/binding/utf8.h"

#define UNITS_MAX (64 << 20)

const UChar *
wk_push_units(duk_context *ctx, duk_idx_t idx, int32_t *len)
{
    duk_size_t bytes;
    const unsigned char *p = (const unsigned char *)duk_require_lstring(ctx, idx, &bytes),
                        *end = p + bytes;
    size_t units = duk_get_length(ctx, idx);
    UChar *start, *out;

    if (units > UNITS_MAX)
        (void)duk_range_error(ctx, "Invalid string length");
    start = out = duk_push_fixed_buffer(ctx, (units + 1) * sizeof(UChar));
    while (p < end && out < start + units) {
        if (*p < 0x80) {
            *out++ = *p++;
        } else if (*p < 0xE0 && end - p >= 2) {
            *out++ = (UChar)((p[0] & 0x1F) << 6 | (p[1] & 0x3F));
            p += 2;
        } else if (end - p >= 3) {
            *out++ = (UChar)((p[0] & 0x0F) << 12 | (p[1] & 0x3F) << 6 | (p[2] & 0x3F));
            p += 3;
        } else {
            break;
        }
    }
    *len = (int32_t)(out - start);
    return start;
}

void
wk_push_from_units(duk_context *ctx, const UChar *units, int32_t len)
{
    unsigned char *start = duk_push_fixed_buffer(ctx, (size_t)len * 3 + 1), *out = start;

    for (int32_t i = 0; i < len; i++) {
        unsigned unit = units[i];

        if (unit < 0x80) {
            *out++ = (unsigned char)unit;
        } else if (unit < 0x800) {
            *out++ = (unsigned char)(0xC0 | unit >> 6);
            *out++ = (unsigned char)(0x80 | (unit & 0x3F));
        } else {
            *out++ = (unsigned char)(0xE0 | unit >> 12);
            *out++ = (unsigned char)(0x80 | (unit >> 6 & 0x3F));
            *out++ = (unsigned char)(0x80 | (unit & 0x3F));
        }
    }
    duk_push_lstring(ctx, (const char *)start, (duk_size_t)(out - start));
    duk_remove(ctx, -2);
}

/* Runs convert into a buffer that is made as large as it says. */
typedef int32_t convert_fn(const UChar *in, int32_t len, UChar *out, int32_t out_max,
                           const void *how, UErrorCode *status);

static void
push_converted(duk_context *ctx, duk_idx_t idx, convert_fn *convert, const void *how)
{
    int32_t len, n;
    const UChar *in = wk_push_units(ctx, idx, &len);
    int32_t out_max = len + len / 4 + 16;
    UChar *out = duk_push_fixed_buffer(ctx, (size_t)out_max * sizeof(UChar));
    UErrorCode status = U_ZERO_ERROR;

    n = convert(in, len, out, out_max, how, &status);
    if (status == U_BUFFER_OVERFLOW_ERROR && n > out_max) {
        status = U_ZERO_ERROR;
        out = duk_push_fixed_buffer(ctx, (size_t)n * sizeof(UChar));
        n = convert(in, len, out, n, how, &status);
    }
    wk_locale_check(ctx, status);
    wk_push_from_units(ctx, out, n);
}

static int32_t
convert_form(const UChar *in, int32_t len, UChar *out, int32_t out_max, const void *how,
             UErrorCode *status)
{
    return unorm2_normalize(how, in, len, out, out_max, status);
}

/* normalize(text, form): form 0 NFC, 1 NFD, 2 NFKC, 3 NFKD */
static duk_ret_t
text_normalize(duk_context *ctx)
{
    static const UNormalizer2 *(*const forms[])(UErrorCode *) = {
        unorm2_getNFCInstance, unorm2_getNFDInstance, unorm2_getNFKCInstance,
        unorm2_getNFKDInstance};
    UErrorCode status = U_ZERO_ERROR;
    int form = duk_require_int(ctx, 1);
    const UNormalizer2 *normalizer;
    duk_size_t bytes;
    const char *text = duk_require_lstring(ctx, 0, &bytes);

    if (wk_ascii_prefix(text, bytes) == bytes) {
        duk_dup(ctx, 0);
        return 1;
    }
    WK_CHECK(form >= 0 && (size_t)form < WK_COUNT(forms));
    normalizer = forms[form](&status);
    wk_locale_check(ctx, status);
    push_converted(ctx, 0, convert_form, normalizer);
    return 1;
}

static int32_t
convert_upper(const UChar *in, int32_t len, UChar *out, int32_t out_max, const void *how,
              UErrorCode *status)
{
    return u_strToUpper(out, out_max, in, len, how, status);
}

static int32_t
convert_lower(const UChar *in, int32_t len, UChar *out, int32_t out_max, const void *how,
              UErrorCode *status)
{
    return u_strToLower(out, out_max, in, len, how, status);
}

/* cased(text, upper, language) */
static duk_ret_t
text_cased(duk_context *ctx)
{
    push_converted(ctx, 0, duk_require_boolean(ctx, 1) ? convert_upper : convert_lower,
                   duk_require_string(ctx, 2));
    return 1;
}

void
wk_locale_text_init(duk_context *ctx)
{
    static const duk_function_list_entry verbs[] = {
        {"normalize", text_normalize, 2}, {"cased", text_cased, 3}, {NULL, NULL, 0}};

    wk_engine_native(ctx, "locale", verbs);
}
