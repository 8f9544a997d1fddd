#include <criterion/criterion.h>
#include "runtime/regexp/fold.h"

static void
expect_equals(uint32_t c, bool code_points, const uint32_t *want, size_t count)
{
    uint32_t got[WK_FOLD_EQUALS_MAX];
    size_t n = wk_fold_equals(c, code_points, got);

    cr_assert_eq(n, count, "U+%04X: %zu", c, n);
    for (size_t i = 0; i < n; i++)
        cr_expect_eq(got[i], want[i], "U+%04X: U+%04X", c, got[i]);
}

Test(fold, upper_case_of_one_unit_without_code_points)
{
    expect_equals('k', false, (const uint32_t[]){'K', 'k'}, 2);
    expect_equals('1', false, (const uint32_t[]){'1'}, 1);
    expect_equals(0x212a, false, (const uint32_t[]){0x212a}, 1); /* Kelvin: lower case is ASCII */
    expect_equals(0xdf, false, (const uint32_t[]){0xdf}, 1);     /* sharp s: upper case is longer */
    expect_equals(0xb5, false, (const uint32_t[]){0xb5, 0x39c, 0x3bc}, 3);
    expect_equals(0x3c3, false, (const uint32_t[]){0x3a3, 0x3c2, 0x3c3}, 3);
    expect_equals(0x131, false, (const uint32_t[]){0x131}, 1);
    expect_equals(0x1c5, false, (const uint32_t[]){0x1c4, 0x1c5, 0x1c6}, 3);
}

Test(fold, simple_folding_with_code_points)
{
    expect_equals('k', true, (const uint32_t[]){'K', 'k', 0x212a}, 3);
    expect_equals('s', true, (const uint32_t[]){'S', 's', 0x17f}, 3);
    expect_equals(0xdf, true, (const uint32_t[]){0xdf, 0x1e9e}, 2);
    expect_equals(0x10400, true, (const uint32_t[]){0x10400, 0x10428}, 2);
}

Test(fold, closing_a_set_adds_equals_and_nothing_else)
{
    USet *set = uset_openEmpty();

    uset_add(set, 'b');
    uset_addRange(set, 0xe9, 0xea);
    wk_fold_close(set, false);
    cr_expect_eq(uset_size(set), 6);
    cr_expect(uset_contains(set, 0xc9) && uset_contains(set, 'B'));
    uset_clear(set);
    uset_add(set, 'K');
    wk_fold_close(set, true);
    cr_expect_eq(uset_size(set), 3);
    uset_close(set);
}
