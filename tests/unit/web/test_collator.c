#include <criterion/criterion.h>
#include <string.h>
#include "runtime/locale/collator.h"

static int
by_icu(const char *a, size_t a_bytes, const char *b, size_t b_bytes)
{
    static UCollator *collator;
    UErrorCode status = U_ZERO_ERROR;

    if (collator == NULL)
        collator = ucol_open("en_US", &status);
    cr_assert(U_SUCCESS(status));
    return ucol_strcollUTF8(collator, a, (int32_t)a_bytes, b, (int32_t)b_bytes, &status);
}

static void
expect_the_same(const char *a, size_t a_bytes, const char *b, size_t b_bytes)
{
    int order = wk_ascii_compare(a, a_bytes, b, b_bytes, WK_SENSITIVITY_VARIANT);

    if (order != WK_ASCII_UNKNOWN)
        cr_assert_eq(order, by_icu(a, a_bytes, b, b_bytes), "'%.*s' and '%.*s'", (int)a_bytes,
                     a, (int)b_bytes, b);
}

Test(collator, orders_each_two_ascii_characters_as_icu_does)
{
    for (int a = 0; a < 128; a++) {
        for (int b = 0; b < 128; b++) {
            char x[] = {'m', (char)a, 'n', 'A'}, y[] = {'m', (char)b, 'N', 'a'};

            expect_the_same(x, 4, y, 4);
            expect_the_same(x + 1, 1, y + 1, 1);
            expect_the_same(x, 2, y, 3);
            expect_the_same(x, 2, y, 1);
        }
    }
}

Test(collator, orders_random_ascii_as_icu_does)
{
    static const char alphabet[] = "aAbB zZ09_-'\x01~";
    unsigned seed = 1;

    for (int i = 0; i < 100000; i++) {
        char x[8], y[8];
        size_t n[2];

        for (size_t k = 0; k < 16; k++) {
            seed = seed * 1103515245 + 12345;
            (k < 8 ? x : y)[k % 8] = alphabet[(seed >> 16) % (sizeof(alphabet) - 1)];
        }
        n[0] = (seed >> 8) % 9;
        n[1] = (seed >> 12) % 9;
        memcpy(y, x, seed % 3 * 2);
        expect_the_same(x, n[0], y, n[1]);
    }
}

Test(collator, knows_every_ascii_character_that_icu_does_not_leave_out)
{
    for (int a = 0; a < 128; a++) {
        char x = (char)a;
        int left_out = by_icu(&x, 1, "", 0) == 0;

        cr_expect_eq(wk_ascii_compare(&x, 1, "m", 1, WK_SENSITIVITY_VARIANT) ==
                         WK_ASCII_UNKNOWN,
                     left_out, "%d", a);
    }
}
