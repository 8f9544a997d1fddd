/* ASCII as the root of the Unicode collation orders it: by the characters without their case
 * first, then small letters before capitals at the first difference. */
#include "runtime/locale/collator.h"

static const char order[] = "\t\n\v\f\r _-,;:!?.'\"()[]{}@*/\\&#%`^+<=>|~$0123456789";

static __thread uint8_t weights[128]; /* 0: a control character, which ICU leaves out */

static void
weights_init(void)
{
    uint8_t weight = 1;

    for (const char *p = order; *p != '\0'; p++)
        weights[(unsigned char)*p] = weight++;
    for (int i = 0; i < 26; i++)
        weights['a' + i] = weights['A' + i] = weight++;
}

int
wk_ascii_compare(const char *a, size_t a_bytes, const char *b, size_t b_bytes,
                 enum wk_sensitivity sensitivity)
{
    size_t bytes = a_bytes < b_bytes ? a_bytes : b_bytes, i;
    int cased = 0;

    if (weights['a'] == 0)
        weights_init();
    for (i = 0; i < bytes; i++) {
        uint8_t x = weights[(unsigned char)a[i]], y = weights[(unsigned char)b[i]];

        if (x == 0 || y == 0)
            return WK_ASCII_UNKNOWN;
        if (x != y)
            return x < y ? -1 : 1;
        if (cased == 0 && a[i] != b[i])
            cased = a[i] > b[i] ? -1 : 1; /* small letters come first */
    }
    if (a_bytes != b_bytes) {
        if (weights[(unsigned char)(a_bytes > b_bytes ? a : b)[i]] == 0)
            return WK_ASCII_UNKNOWN;
        return a_bytes > b_bytes ? 1 : -1;
    }
    return sensitivity <= WK_SENSITIVITY_ACCENT ? 0 : cased;
}
