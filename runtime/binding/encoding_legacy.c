/* The encodings older than Unicode. Single bytes: a table, read from ICU once and corrected
 * where the Encoding standard says otherwise. Chinese, Japanese, Korean: ICU's converters as
 * they are. */
#include "runtime/binding/encoding.h"

#include <string.h>
#include <unicode/ucnv.h>

static const struct {
    const char *encoding;
    uint8_t byte;
    uint16_t code;
} corrections[] = {
    {"koi8-u", 0xAE, 0x45E},
    {"koi8-u", 0xBE, 0x40E},
    {"windows-874", 0xDB, 0xFFFD},
    {"windows-874", 0xDC, 0xFFFD},
    {"windows-874", 0xDD, 0xFFFD},
    {"windows-874", 0xDE, 0xFFFD},
    {"windows-874", 0xFC, 0xFFFD},
    {"windows-874", 0xFD, 0xFFFD},
    {"windows-874", 0xFE, 0xFFFD},
    {"windows-874", 0xFF, 0xFFFD},
    {"windows-1253", 0xAA, 0xFFFD},
    {"windows-1255", 0xCA, 0x5BA},
    /* iso-8859-16, which ICU lacks, is iso-8859-2 but for these */
    {"iso-8859-16", 0xA2, 0x105},
    {"iso-8859-16", 0xA4, 0x20AC},
    {"iso-8859-16", 0xA5, 0x201E},
    {"iso-8859-16", 0xA6, 0x160},
    {"iso-8859-16", 0xA8, 0x161},
    {"iso-8859-16", 0xA9, 0xA9},
    {"iso-8859-16", 0xAA, 0x218},
    {"iso-8859-16", 0xAB, 0xAB},
    {"iso-8859-16", 0xAE, 0x17A},
    {"iso-8859-16", 0xB1, 0xB1},
    {"iso-8859-16", 0xB2, 0x10C},
    {"iso-8859-16", 0xB4, 0x17D},
    {"iso-8859-16", 0xB5, 0x201D},
    {"iso-8859-16", 0xB6, 0xB6},
    {"iso-8859-16", 0xB7, 0xB7},
    {"iso-8859-16", 0xB8, 0x17E},
    {"iso-8859-16", 0xB9, 0x10D},
    {"iso-8859-16", 0xBA, 0x219},
    {"iso-8859-16", 0xBB, 0xBB},
    {"iso-8859-16", 0xBC, 0x152},
    {"iso-8859-16", 0xBD, 0x153},
    {"iso-8859-16", 0xBE, 0x178},
    {"iso-8859-16", 0xC0, 0xC0},
    {"iso-8859-16", 0xC5, 0x106},
    {"iso-8859-16", 0xC6, 0xC6},
    {"iso-8859-16", 0xC8, 0xC8},
    {"iso-8859-16", 0xCA, 0xCA},
    {"iso-8859-16", 0xCC, 0xCC},
    {"iso-8859-16", 0xCF, 0xCF},
    {"iso-8859-16", 0xD2, 0xD2},
    {"iso-8859-16", 0xD7, 0x15A},
    {"iso-8859-16", 0xD8, 0x170},
    {"iso-8859-16", 0xD9, 0xD9},
    {"iso-8859-16", 0xDB, 0xDB},
    {"iso-8859-16", 0xDD, 0x118},
    {"iso-8859-16", 0xDE, 0x21A},
    {"iso-8859-16", 0xE0, 0xE0},
    {"iso-8859-16", 0xE5, 0x107},
    {"iso-8859-16", 0xE6, 0xE6},
    {"iso-8859-16", 0xE8, 0xE8},
    {"iso-8859-16", 0xEA, 0xEA},
    {"iso-8859-16", 0xEC, 0xEC},
    {"iso-8859-16", 0xEF, 0xEF},
    {"iso-8859-16", 0xF2, 0xF2},
    {"iso-8859-16", 0xF7, 0x15B},
    {"iso-8859-16", 0xF8, 0x171},
    {"iso-8859-16", 0xF9, 0xF9},
    {"iso-8859-16", 0xFB, 0xFB},
    {"iso-8859-16", 0xFD, 0x119},
    {"iso-8859-16", 0xFE, 0x21B},
    {"iso-8859-16", 0xFF, 0xFF},
};

/* Where ICU knows the standard's encoding by another name; multi: not one byte a character. */
static const struct {
    const char *encoding, *icu;
    bool multi;
} converters[] = {
    {"gbk", "gb18030", true},
    {"gb18030", "gb18030", true},
    {"big5", "Big5-HKSCS", true},
    {"euc-jp", "EUC-JP", true},
    {"iso-2022-jp", "ISO-2022-JP", true},
    {"shift_jis", "ibm-943_P15A-2003", true},
    {"euc-kr", "windows-949", true},
    {"iso-8859-8-i", "iso-8859-8", false},
    {"iso-8859-16", "iso-8859-2", false},
};

static void
on_bad_bytes(const void *context, UConverterToUnicodeArgs *args, const char *bytes,
             int32_t length, UConverterCallbackReason reason, UErrorCode *err)
{
    static const UChar replacement = 0xFFFD;

    if (reason > UCNV_IRREGULAR)
        return;
    *err = U_ZERO_ERROR;
    ucnv_cbToUWriteUChars(args, &replacement, 1, 0, err);
}

static bool
table_from_icu(struct wk_decoder *decoder, UConverter *converter, const char *encoding)
{
    for (int i = 0; i < 128; i++) {
        UErrorCode err = U_ZERO_ERROR;
        char byte = (char)(i + 128);
        UChar out[4];

        decoder->table[i] =
            ucnv_toUChars(converter, out, 4, &byte, 1, &err) == 1 ? out[0] : 0xFFFD;
    }
    for (size_t i = 0; i < WK_COUNT(corrections); i++)
        if (strcmp(corrections[i].encoding, encoding) == 0)
            decoder->table[corrections[i].byte - 128] = corrections[i].code;
    ucnv_close(converter);
    return true;
}

bool
wk_decoder_init_legacy(struct wk_decoder *decoder, const char *encoding)
{
    const char *icu = encoding;
    UErrorCode err = U_ZERO_ERROR;
    UConverter *converter;
    bool multi = false;

    decoder->kind = WK_DECODE_TABLE;
    if (strcmp(encoding, "x-user-defined") == 0) {
        for (uint16_t i = 0; i < 128; i++)
            decoder->table[i] = (uint16_t)(0xF780 + i);
        return true;
    }
    for (size_t i = 0; i < WK_COUNT(converters); i++) {
        if (strcmp(converters[i].encoding, encoding) == 0) {
            icu = converters[i].icu;
            multi = converters[i].multi;
        }
    }
    converter = ucnv_open(icu, &err);
    if (U_FAILURE(err))
        return false;
    if (!multi)
        return table_from_icu(decoder, converter, encoding);
    decoder->kind = WK_DECODE_ICU;
    decoder->converter = converter;
    ucnv_setToUCallBack(converter, on_bad_bytes, NULL, NULL, NULL, &err);
    return true;
}

static uint8_t *
put_unit(uint8_t *out, uint16_t unit)
{
    if (unit < 0x80) {
        *out++ = (uint8_t)unit;
    } else if (unit < 0x800) {
        *out++ = (uint8_t)(0xC0 | unit >> 6);
        *out++ = (uint8_t)(0x80 | (unit & 0x3F));
    } else {
        *out++ = (uint8_t)(0xE0 | unit >> 12);
        *out++ = (uint8_t)(0x80 | (unit >> 6 & 0x3F));
        *out++ = (uint8_t)(0x80 | (unit & 0x3F));
    }
    return out;
}

bool
wk_decoder_push_icu(duk_context *ctx, struct wk_decoder *decoder, const uint8_t *bytes,
                    size_t len, bool flush)
{
    UErrorCode err = U_ZERO_ERROR;
    const char *in = (const char *)bytes, *end = in + len;
    /* a byte never makes more than two units; some are held back from the chunk before */
    size_t units_max = 2 * len + 16;
    UChar *units = duk_push_fixed_buffer(ctx, units_max * sizeof(UChar)), *out = units;
    uint8_t *text = duk_push_fixed_buffer(ctx, units_max * 3), *to = text;

    if (decoder->fatal)
        ucnv_setToUCallBack(decoder->converter, UCNV_TO_U_CALLBACK_STOP, NULL, NULL, NULL,
                            &err);
    ucnv_toUnicode(decoder->converter, &out, units + units_max, &in, end, NULL, flush, &err);
    if (flush || U_FAILURE(err))
        ucnv_resetToUnicode(decoder->converter);
    if (U_FAILURE(err)) {
        duk_pop_2(ctx);
        return false;
    }
    for (const UChar *unit = units; unit < out; unit++)
        to = put_unit(to, *unit);
    duk_push_lstring(ctx, (const char *)text, (size_t)(to - text));
    duk_remove(ctx, -2);
    duk_remove(ctx, -2);
    return true;
}

void
wk_decoder_fini(struct wk_decoder *decoder)
{
    if (decoder->converter != NULL)
        ucnv_close(decoder->converter);
    decoder->converter = NULL;
}
