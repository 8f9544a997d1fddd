#include <criterion/criterion.h>
#include <string.h>
#include "services/wkctl/config/doc.h"

static struct wk_arena arena;
static struct wk_diag_list diags;

static struct wk_doc *
parse(const char *text)
{
    wk_diag_fini(&diags);
    return wk_jsonc_parse(&arena, "f", text, strlen(text), &diags);
}

static void
expect_error(const char *text, int line, int column, const char *message)
{
    struct wk_doc *doc = parse(text);

    cr_expect(diags.errors > 0, "no error for %s", text);
    if (diags.errors == 0)
        return;
    cr_expect_eq(diags.items[0].line, line, "%s: line %d", text, diags.items[0].line);
    cr_expect_eq(diags.items[0].column, column, "%s: column %d", text, diags.items[0].column);
    cr_expect(strstr(diags.items[0].text, message) != NULL, "%s: %s", text,
              diags.items[0].text);
    (void)doc;
}

static void
expect_json(const char *text, const char *json)
{
    struct wk_doc *doc = parse(text);
    struct wk_buf out = {0};

    cr_assert(doc != NULL, "%s: %s", text, diags.count > 0 ? diags.items[0].text : "?");
    wk_doc_to_json(doc, &out);
    cr_expect_str_eq(out.data, json);
    wk_buf_fini(&out);
}

Test(jsonc, reads_comments_and_trailing_commas)
{
    expect_json("// a\n{ /* b\n */ \"a\": [1, 2,], // c\n }", "{\"a\":[1,2]}");
}

Test(jsonc, keeps_numbers_as_they_are_written)
{
    expect_json("[0, -0, 1.50, 1e9, -2E-3, 12345678901234567890]",
                "[0,-0,1.50,1e9,-2E-3,12345678901234567890]");
    cr_expect(parse("12")->is_integer);
    cr_expect_not(parse("1e3")->is_integer);
    cr_expect_not(parse("12345678901234567890")->is_integer);
}

Test(jsonc, decodes_escapes_and_surrogate_pairs)
{
    cr_expect_str_eq(parse("\"\\u00e9\\n\\/\\ud83d\\ude00\"")->text,
                     "\xc3\xa9\n/\xf0\x9f\x98\x80");
    cr_expect_str_eq(parse("\"\\ud83dx\"")->text, "\xef\xbf\xbdx");
}

Test(jsonc, knows_the_place_of_values_and_keys)
{
    struct wk_doc *doc = parse("{\n  \"\xc3\xa9\": 1, \"b\":\n    true }"),
                  *b = wk_doc_find(doc, "b");

    cr_expect_eq(b->key_line, 2);
    cr_expect_eq(b->key_column, 11);
    cr_expect_eq(b->line, 3);
    cr_expect_eq(b->column, 5);
}

Test(jsonc, says_where_the_syntax_is_wrong)
{
    expect_error("{ \"a\" 1 }", 1, 7, "expected :");
    expect_error("{\n\"a\": 1\n\"b\": 2 }", 3, 1, "expected , or }");
    expect_error("[1 2]", 1, 4, "expected , or ]");
    expect_error("{ a: 1 }", 1, 3, "double quotes");
    expect_error("[01]", 1, 3, "leading zero");
    expect_error("[1.]", 1, 4, "digit after its point");
    expect_error("[1e]", 1, 4, "exponent");
    expect_error("\"abc", 1, 1, "does not end");
    expect_error("\"a\\x\"", 1, 4, "unknown escape");
    expect_error("\"a\tb\"", 1, 3, "control character");
    expect_error("/* x", 1, 1, "comment does not end");
    expect_error("{} x", 1, 4, "nothing more");
    expect_error("{ \"a\": [", 1, 9, "file ends");
    expect_error("", 1, 1, "file ends");
    expect_error("nul", 1, 1, "expected a value");
    expect_error("\"\xff\"", 1, 2, "UTF-8");
}

Test(jsonc, reports_a_key_twice_and_reads_on)
{
    struct wk_doc *doc = parse("{ \"a\": 1,\n \"a\": 2, \"a\": 3, \"b\": 4 }");

    cr_assert_not_null(doc);
    cr_expect_eq(diags.errors, 2);
    cr_expect_eq(diags.items[0].line, 2);
    cr_expect_eq(wk_doc_find(doc, "a")->integer, 1);
    cr_expect_eq(wk_doc_find(doc, "b")->integer, 4);
}

Test(jsonc, refuses_what_is_nested_too_deeply)
{
    char text[2 * 70 + 1] = {0};

    memset(text, '[', 70);
    memset(text + 70, ']', 70);
    cr_expect_null(parse(text));
    cr_expect(strstr(diags.items[0].text, "nested too deeply") != NULL);
    memset(text, ' ', 6);
    memset(text + 134, ' ', 6);
    cr_expect_not_null(parse(text));
}

Test(jsonc, names_the_path_of_a_value)
{
    struct wk_doc *doc = parse("{\"a\":{\"b\":[1,{\"c\":2}]}}");
    struct wk_doc *c = wk_doc_find(wk_doc_find(wk_doc_find(doc, "a"), "b")->last, "c");
    struct wk_buf path = {0};

    wk_doc_path(c, &path);
    cr_expect_str_eq(path.data, "a.b[1].c");
    wk_buf_fini(&path);
}

Test(text, suggests_the_word_that_was_meant)
{
    static const char *const words[] = {"compatibilityDate", "bindings", "modules"};

    cr_expect_str_eq(wk_did_you_mean("compatDate", words, 3), "compatibilityDate");
    cr_expect_str_eq(wk_did_you_mean("binding", words, 3), "bindings");
    cr_expect_str_eq(wk_did_you_mean("MODULES", words, 3), "modules");
    cr_expect_null(wk_did_you_mean("zzz", words, 3));
}

Test(text, finds_bytes_that_are_no_utf8)
{
    cr_expect_eq(wk_utf8_bad_at("a\xc3\xa9z", 4), 4);
    cr_expect_eq(wk_utf8_bad_at("a\xc3", 2), 1);
    cr_expect_eq(wk_utf8_bad_at("\xc0\x80", 2), 0);         /* overlong */
    cr_expect_eq(wk_utf8_bad_at("\xe0\x80\x80", 3), 0);     /* overlong */
    cr_expect_eq(wk_utf8_bad_at("ab\xed\xa0\x80", 5), 2);   /* surrogate */
    cr_expect_eq(wk_utf8_bad_at("\xf4\x90\x80\x80", 4), 0); /* past the last */
}
