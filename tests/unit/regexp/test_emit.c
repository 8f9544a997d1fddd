#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#define PCRE2_CODE_UNIT_WIDTH 0
#include <pcre2.h>
#include "runtime/regexp/emit.h"
#include "runtime/regexp/subject.h"

/* Parses and emits; the text (or the error) is the caller's to free. */
static char *
translate(const char *source, unsigned flags, bool narrow, struct wk_regexp_text *text)
{
    size_t bytes = strlen(source), count;
    uint32_t *chars = calloc(bytes + 1, sizeof(*chars));
    struct wk_regexp_ast ast;
    char *result;

    memset(text, 0, sizeof(*text));
    count = wk_cesu8_decode(source, bytes, (flags & WK_RE_CODE_POINTS) != 0, chars);
    if (wk_regexp_parse(chars, count, flags, &ast) != WK_OK)
        result = strdup(ast.error);
    else if (wk_regexp_emit(&ast, narrow, text) != WK_OK)
        result = strdup(text->error);
    else
        result = strdup(text->text.data == NULL ? "" : text->text.data);
    wk_regexp_ast_fini(&ast);
    free(chars);
    return result;
}

struct row {
    const char *source;
    unsigned flags;
    const char *narrow, *wide;
};

static void
check_rows(const struct row *rows, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct wk_regexp_text text;
        char *narrow, *wide;

        narrow = translate(rows[i].source, rows[i].flags, true, &text);
        wk_regexp_text_fini(&text);
        wide = translate(rows[i].source, rows[i].flags, false, &text);
        wk_regexp_text_fini(&text);
        cr_expect_str_eq(narrow, rows[i].narrow, "/%s/ narrow: %s", rows[i].source, narrow);
        cr_expect_str_eq(wide, rows[i].wide, "/%s/ wide: %s", rows[i].source, wide);
        free(narrow);
        free(wide);
    }
}

Test(emit, writes_every_construct_in_pcre2)
{
    static const struct row rows[] = {
        {"", 0, "", ""},
        {"a.c", 0, "a[^\\x{a}\\x{d}]c", "a[^\\x{a}\\x{d}\\x{2028}\\x{2029}]c"},
        {"a.c", WK_RE_DOT_ALL, "a.c", "a.c"},
        {"^a$", 0, "\\Aa\\z", "\\Aa\\z"},
        {"^a$", WK_RE_MULTILINE, "(?<![^\\x{a}\\x{d}])a(?![^\\x{a}\\x{d}])",
         "(?<![^\\x{a}\\x{d}\\x{2028}\\x{2029}])a(?![^\\x{a}\\x{d}\\x{2028}\\x{2029}])"},
        {"[^]", 0, ".", "."},
        {"[]", 0, "[^\\x{0}-\\x{ff}]", "[^\\x{0}-\\x{ffffffff}]"},
        {"\\d\\D", 0, "[0-9][^0-9]", "[0-9][^0-9]"},
        {"\\w", 0, "[0-9A-Z\\x{5f}a-z]", "[0-9A-Z\\x{5f}a-z]"},
        {"(a)\\1", 0, "(a)(?:\\g{1})", "(a)(?:\\g{1})"},
        {"(?<n>a)\\k<n>", 0, "(a)(?:\\g{1})", "(a)(?:\\g{1})"},
        {"a|b*?|c{2,}", 0, "a|b*?|c{2,}", "a|b*?|c{2,}"},
        {"(?:ab)+", 0, "(?:ab)+", "(?:ab)+"},
        {"(?=a)(?!b)(?<=c|de)(?<!f)", 0, "(?=a)(?!b)(?<=c|de)(?<!f)", "(?=a)(?!b)(?<=c|de)(?<!f)"},
        {"\\b\\B", 0, "\\b\\B", "\\b\\B"},
        {"#{1} -", 0, "\\x{23}{1,1}\\x{20}\\x{2d}", "\\x{23}{1,1}\\x{20}\\x{2d}"},
        {"(*ACCEPT)", 0, "Nothing to repeat", "Nothing to repeat"},
    };

    check_rows(rows, WK_COUNT(rows));
}

Test(emit, cuts_sets_to_ascii_in_the_narrow_form_only)
{
    static const struct row rows[] = {
        {"\xc3\xa9", 0, "[^\\x{0}-\\x{ff}]", "\\x{e9}"},
        {"[\xc3\xa0-\xc3\xbc" "x]", 0, "[x]", "[x\\x{e0}-\\x{fc}]"},
        {"\\p{L}", WK_RE_UNICODE, "[A-Za-z]", "[\\p{L}]"},
        {"[\\p{L}_]", WK_RE_UNICODE, "[A-Z\\x{5f}a-z]", "[\\x{5f}\\p{L}]"},
        {"\\P{Lu}", WK_RE_UNICODE, "[^A-Z]", "[\\P{Lu}]"},
    };

    check_rows(rows, WK_COUNT(rows));
}

Test(emit, spells_case_out_where_pcre2_would_differ)
{
    static const struct row rows[] = {
        {"k", WK_RE_IGNORE_CASE, "k", "k"},
        {"k", WK_RE_IGNORE_CASE | WK_RE_UNICODE, "k", "[Kk\\x{212a}]"},
        {"\xc3\xa9", WK_RE_IGNORE_CASE, "[^\\x{0}-\\x{ff}]", "[\\x{c9}\\x{e9}]"},
        {"(a)\\1", WK_RE_IGNORE_CASE, "(a)(?:\\g{1})", "([Aa])(?i:\\g{1})"},
    };

    check_rows(rows, WK_COUNT(rows));
}

Test(emit, watches_loops_only_where_a_pass_may_skip_or_be_empty)
{
    static const struct row rows[] = {
        {"(?:(a)(b))*", 0, "(?:(a)(b))*", "(?:(a)(b))*"},
        {"(?:(a)|b)*", 0, "(?:(?C0)(?:(a)|b))*", "(?:(?C0)(?:(a)|b))*"},
        {"(?:(a)|b)?", 0, "(?:(a)|b)?", "(?:(a)|b)?"},
        {"(?:a*)*", 0, "(?:a*)*", "(?:a*)*"},
        {"(a*)*", 0, "(?:()(?C0)(?:(?C1)(?:(a*))(?C2))*)", "(?:()(?C0)(?:(?C1)(?:(a*))(?C2))*)"},
        {"(?=a)*", 0, "(?:(?!)(?:(?=a)))?", "(?:(?!)(?:(?=a)))?"},
    };

    check_rows(rows, WK_COUNT(rows));
}

Test(emit, numbers_captures_past_the_groups_it_adds)
{
    struct wk_regexp_text text;
    char *written = translate("(a*)*\\2(b)", 0, true, &text);

    cr_expect_eq(text.groups, 3);
    cr_expect_eq(text.map[1], 2);
    cr_expect_eq(text.map[2], 3);
    cr_expect_neq(strstr(written, "\\g{3}"), NULL);
    free(written);
    wk_regexp_text_fini(&text);
}

Test(emit, gives_a_lookbehind_of_no_fixed_length_a_pattern_of_its_own)
{
    struct wk_regexp_text text;
    char *written = translate("(?<!a+)b", 0, true, &text);

    cr_expect_str_eq(written, "(?:(?C0))b");
    cr_assert_eq(text.behind_count, 1);
    cr_expect_str_eq(text.behinds[0].data, "(?:a+)(?C255)");
    cr_expect_eq(text.callouts[0].negate, true);
    cr_expect_eq(text.callouts[0].length_min, 1);
    cr_expect((text.options & PCRE2_NO_AUTO_POSSESS) != 0);
    free(written);
    wk_regexp_text_fini(&text);
}

Test(emit, refuses_what_it_cannot_say)
{
    static const struct row rows[] = {
        {"(?<=(a+))b", 0, "Lookbehind of variable length with captures is not supported",
         "Lookbehind of variable length with captures is not supported"},
        {"(a)(?<=\\1)b", 0, "Lookbehind of variable length with captures is not supported",
         "Lookbehind of variable length with captures is not supported"},
        {"a{70000}", 0, "Regular expression too large", "Regular expression too large"},
    };

    check_rows(rows, WK_COUNT(rows));
}

/* PCRE2 must take whatever is written. */
Test(emit, writes_only_what_pcre2_compiles)
{
    static const char *const sources[] = {"[\\d-z]", "[^\\W]", "\\u{1f600}", "[]", "[^]", "(?<=[]|a)", "x{0}",
                                          "(?:){3}", "()*", "\\cA[\\b]", "\\x00", "[\\x00-\\x7f]", "a{65535}"};

    for (size_t i = 0; i < WK_COUNT(sources); i++)
        for (unsigned flags = 0; flags < 256; flags++) {
            struct wk_regexp_text text;
            char *written;
            pcre2_code_8 *code;
            int error;
            PCRE2_SIZE at;

            if ((flags & WK_RE_CODE_POINTS) == WK_RE_CODE_POINTS)
                continue;
            written = translate(sources[i], flags, true, &text);
            if (text.text.data != NULL) {
                code = pcre2_compile_8((PCRE2_SPTR8)written, strlen(written), text.options, &error, &at, NULL);
                cr_expect_neq(code, NULL, "/%s/ as %s: %d at %zu", sources[i], written, error, at);
                pcre2_code_free_8(code);
            }
            free(written);
            wk_regexp_text_fini(&text);
        }
}
