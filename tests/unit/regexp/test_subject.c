#include <criterion/criterion.h>
#include <string.h>
#include "runtime/regexp/subject.h"

static size_t
decode(const char *bytes, bool code_points, uint32_t *out)
{
    return wk_cesu8_decode(bytes, strlen(bytes), code_points, out);
}

Test(subject, decodes_surrogate_pairs_as_units_or_code_points)
{
    uint32_t out[16];

    cr_assert_eq(decode("a\xed\xa0\xbd\xed\xb8\x80", false, out), 3);
    cr_expect(out[0] == 'a' && out[1] == 0xd83d && out[2] == 0xde00);
    cr_assert_eq(decode("a\xed\xa0\xbd\xed\xb8\x80", true, out), 2);
    cr_expect_eq(out[1], 0x1f600);
    cr_assert_eq(decode("\xf0\x9f\x98\x80", false, out), 2);
    cr_expect(out[0] == 0xd83d && out[1] == 0xde00);
}

Test(subject, keeps_lone_surrogates)
{
    uint32_t out[16];

    cr_assert_eq(decode("\xed\xb8\x80\xed\xa0\xbd", true, out), 2);
    cr_expect(out[0] == 0xde00 && out[1] == 0xd83d);
}

Test(subject, takes_broken_bytes_one_by_one)
{
    uint32_t out[16];

    cr_assert_eq(decode("\xc3", false, out), 1);
    cr_assert_eq(decode("\xe4\xb8", true, out), 2);
    cr_assert_eq(decode("\x80\xffz", true, out), 3);
    cr_expect_eq(out[2], 'z');
}

Test(subject, encodes_what_it_decoded)
{
    static const uint32_t chars[] = {'a', 0xe9, 0x4e2d, 0xd83d, 0x1f600, 0x10ffff};

    for (size_t i = 0; i < WK_COUNT(chars); i++) {
        char bytes[7] = {0};
        uint32_t out[6];

        cr_expect_leq(wk_cesu8_put(bytes, chars[i]), 6);
        cr_assert_eq(decode(bytes, true, out), 1);
        cr_expect_eq(out[0], chars[i]);
    }
}
