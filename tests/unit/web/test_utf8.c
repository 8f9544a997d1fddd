#include <criterion/criterion.h>
#include <string.h>
#include "runtime/binding/utf8.h"

static duk_context *ctx;
static struct wk_engine *engine;

static void
setup(void)
{
    struct wk_engine_opts opts = {0};

    cr_assert_eq(wk_engine_new(&opts, &engine), WK_OK);
    ctx = wk_engine_ctx(engine);
}

static void
teardown(void)
{
    wk_engine_free(engine);
}

TestSuite(utf8, .init = setup, .fini = teardown);

/* What bytes become as a JS string, as its internal bytes. */
static const char *
pushed(const char *bytes)
{
    duk_set_top(ctx, 0);
    wk_push_utf8(ctx, bytes, strlen(bytes));
    return duk_get_string(ctx, 0);
}

Test(utf8, keeps_what_is_the_same_inside)
{
    cr_expect_str_eq(pushed("plain"), "plain");
    cr_expect_str_eq(pushed("\xC3\xA9\xE2\x82\xAC"), "\xC3\xA9\xE2\x82\xAC");
}

Test(utf8, splits_characters_beyond_the_first_plane)
{
    cr_expect_str_eq(pushed("a\xF0\x9F\x98\x80z"), "a\xED\xA0\xBD\xED\xB8\x80z");
    cr_expect_eq(duk_get_length(ctx, 0), 4);
}

Test(utf8, replaces_each_ill_formed_part_once)
{
    cr_expect_str_eq(pushed("\xFF"), "\xEF\xBF\xBD");
    cr_expect_str_eq(pushed("\xF0\x9F\x98z"), "\xEF\xBF\xBDz");
    cr_expect_str_eq(pushed("\xED\xA0\x80"), "\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD");
    cr_expect_str_eq(pushed("\xE2\x82"), "\xEF\xBF\xBD");
}

Test(utf8, gives_the_strings_own_bytes_when_nothing_changes)
{
    size_t len;

    duk_push_string(ctx, "caf\xC3\xA9");
    cr_expect_eq(wk_to_utf8(ctx, -1, &len), duk_get_string(ctx, -1));
    cr_expect_eq(len, 5);
}

Test(utf8, joins_surrogates_and_replaces_lone_ones)
{
    size_t len;
    const char *out;

    duk_eval_string(ctx, "'a\\ud83d\\ude00\\ud800b\\udc00'");
    out = wk_to_utf8(ctx, -1, &len);
    cr_expect_eq(len, 12);
    cr_expect_arr_eq(out,
                     "a\xF0\x9F\x98\x80\xEF\xBF\xBD"
                     "b\xEF\xBF\xBD",
                     12);
}

Test(utf8, finds_the_end_of_ascii_at_any_distance)
{
    char text[40];

    for (size_t at = 0; at < sizeof(text); at++) {
        memset(text, 'x', sizeof(text));
        text[at] = '\x80';
        cr_expect_eq(wk_ascii_prefix(text, sizeof(text)), at);
    }
    cr_expect_eq(wk_ascii_prefix("", 0), 0);
}

Test(utf8, latin1_bytes_are_characters)
{
    wk_push_latin1(ctx, "a\xE9\xFF", 3);
    cr_expect_str_eq(duk_get_string(ctx, -1), "a\xC3\xA9\xC3\xBF");
}
