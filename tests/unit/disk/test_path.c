#include <criterion/criterion.h>
#include <string.h>
#include "services/disk/path.h"
#include "services/disk/range.h"

static const char *
parsed(const char *url)
{
    static char out[WK_PATH_BYTES_MAX];
    bool hidden;

    return wk_path_parse(url, out, &hidden) == WK_OK ? out : NULL;
}

Test(path, segments_are_decoded_and_joined)
{
    cr_expect_str_eq(parsed("http://h/a/b%20c?x#y"), "a/b c");
    cr_expect_str_eq(parsed("http://h/sub/"), "sub");
    cr_expect_str_eq(parsed("http://h"), "");
    cr_expect_str_eq(parsed("http://h?x=/y"), "");
}

Test(path, dots_never_lead_above_the_root)
{
    cr_expect_str_eq(parsed("http://h/../../a"), "a");
    cr_expect_str_eq(parsed("http://h/a/%2e%2E/b"), "b");
    cr_expect_str_eq(parsed("http://h/a/b/../../.."), "");
    cr_expect_str_eq(parsed("http://h/./a/."), "a");
}

Test(path, what_can_name_nothing_is_refused)
{
    static const char *const bad[] = {"http://h/a%2fb", "http://h/a%00", "http://h/a//b", "http://h//a",
                                      "http://h/%zz", "http://h/a%", "http://h/a%2", "http://h/%ff"};
    char url[WK_PATH_BYTES_MAX + 16] = "http://h/";

    for (size_t i = 0; i < WK_COUNT(bad); i++)
        cr_expect_null(parsed(bad[i]), "%s", bad[i]);
    memset(url + 9, 'a', WK_PATH_BYTES_MAX);
    cr_expect_null(parsed(url), "too long");
}

Test(path, dotfiles_are_told)
{
    char out[WK_PATH_BYTES_MAX];
    bool hidden;

    wk_path_parse("http://h/a/.b/c", out, &hidden);
    cr_expect(hidden);
    wk_path_parse("http://h/.b/../c.d", out, &hidden);
    cr_expect_not(hidden);
}

struct range_case {
    const char *header;
    uint64_t bytes;
    enum wk_range_kind kind;
    uint64_t first, last;
};

Test(range, one_range_of_bytes_is_understood)
{
    static const struct range_case cases[] = {
        {NULL, 10, WK_RANGE_ALL, 0, 0},
        {"bytes=0-4", 10, WK_RANGE_PART, 0, 4},
        {"bytes=3-", 10, WK_RANGE_PART, 3, 9},
        {"bytes=-3", 10, WK_RANGE_PART, 7, 9},
        {"bytes=5-99999999999999999999999", 10, WK_RANGE_PART, 5, 9},
        {" BYTES = 1 - 2 ", 10, WK_RANGE_PART, 1, 2},
        {"bytes=0-9", 10, WK_RANGE_ALL, 0, 0},
        {"bytes=-10", 10, WK_RANGE_ALL, 0, 0},
        {"bytes=0-1,4-5", 10, WK_RANGE_ALL, 0, 0},
        {"bytes=10-", 10, WK_RANGE_BAD, 0, 0},
        {"bytes=-0", 10, WK_RANGE_BAD, 0, 0},
        {"bytes=4-2", 10, WK_RANGE_BAD, 0, 0},
        {"bytes=", 10, WK_RANGE_BAD, 0, 0},
        {"bytes=1", 10, WK_RANGE_BAD, 0, 0},
        {"bytes=1-2x", 10, WK_RANGE_BAD, 0, 0},
        {"chars=0-1", 10, WK_RANGE_BAD, 0, 0},
        {"bytes=0-0", 0, WK_RANGE_BAD, 0, 0},
        {"bytes=-1", 0, WK_RANGE_BAD, 0, 0},
    };

    for (size_t i = 0; i < WK_COUNT(cases); i++) {
        const struct range_case *c = &cases[i];
        uint64_t first = 0, last = 0;

        cr_expect_eq(wk_range_parse(c->header, c->bytes, &first, &last), c->kind, "%s", c->header);
        if (c->kind == WK_RANGE_PART)
            cr_expect(first == c->first && last == c->last, "%s: %lu-%lu", c->header, (unsigned long)first,
                      (unsigned long)last);
    }
}
