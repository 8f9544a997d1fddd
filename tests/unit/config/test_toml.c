#include <criterion/criterion.h>
#include <string.h>
#include "services/wkctl/config/doc.h"

static struct wk_arena arena;
static struct wk_diag_list diags;

static struct wk_doc *
parse(const char *text)
{
    wk_diag_fini(&diags);
    return wk_toml_parse(&arena, "f", text, strlen(text), &diags);
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

static void
expect_error(const char *text, int line, int column, const char *message)
{
    cr_expect_null(parse(text), "no error for %s", text);
    if (diags.errors == 0)
        return;
    cr_expect_eq(diags.items[0].line, line, "%s: line %d", text, diags.items[0].line);
    cr_expect_eq(diags.items[0].column, column, "%s: column %d", text, diags.items[0].column);
    cr_expect(strstr(diags.items[0].text, message) != NULL, "%s: %s", text,
              diags.items[0].text);
}

Test(toml, reads_tables_dotted_keys_and_arrays_of_tables)
{
    expect_json(
        "a = 1\n[b]\nc.d = 2\nc.e = 3\n[b.f]\ng = 4\n[[h]]\ni = 5\n[[h]]\n[h.j]\nk = 6\n",
        "{\"a\":1,\"b\":{\"c\":{\"d\":2,\"e\":3},\"f\":{\"g\":4}},\"h\":[{\"i\":5},{\"j\":{"
        "\"k\":6}}]}");
}

Test(toml, reads_a_table_that_is_defined_after_its_child)
{
    expect_json("[a.b]\nx = 1\n[a]\ny = 2\n", "{\"a\":{\"b\":{\"x\":1},\"y\":2}}");
}

Test(toml, reads_inline_tables_and_arrays_over_lines)
{
    expect_json("a = { b = 1, \"c d\" = [ 1, # x\n 2,\n ], e.f = true }\n",
                "{\"a\":{\"b\":1,\"c d\":[1,2],\"e\":{\"f\":true}}}");
}

Test(toml, reads_every_kind_of_string)
{
    expect_json("a = \"x\\t\\u00e9\\U0001F600\"\nb = 'c:\\n'\nc = \"\"\"\nl1\nl\\\n   "
                "2\"\"\"\nd = '''\nx''y'''\n"
                "e = \"\"\"a\"\"\"\"\"\n",
                "{\"a\":\"x\\u0009\xc3\xa9\xf0\x9f\x98\x80\",\"b\":\"c:\\\\n\",\"c\":"
                "\"l1\\nl2\",\"d\":\"x''y\","
                "\"e\":\"a\\\"\\\"\"}");
}

Test(toml, reads_every_kind_of_number)
{
    expect_json("a=[+1, -17, 1_000, 0xff, 0o17, 0b101, 0, -0]\nb=[1.5, +1.0, 5e+22, -2E-2, "
                "6.26_1e-3]\n",
                "{\"a\":[1,-17,1000,255,15,5,0,0],\"b\":[1.5,1.0,5e+22,-2E-2,6.261e-3]}");
    cr_expect(wk_doc_find(parse("a = nan"), "a")->number !=
              wk_doc_find(parse("a=nan"), "a")->number);
}

Test(toml, keeps_dates_and_times_as_strings)
{
    expect_json("a = 2024-01-02\nb = 07:32:00.5\nc = 1979-05-27T07:32:00Z\nd = 1979-05-27 "
                "07:32:00-07:00\n"
                "e = 1979-05-27T07:32:00\n",
                "{\"a\":\"2024-01-02\",\"b\":\"07:32:00.5\",\"c\":\"1979-05-27T07:32:00Z\","
                "\"d\":\"1979-05-27 07:32:00-07:00\",\"e\":\"1979-05-27T07:32:00\"}");
}

Test(toml, reads_line_ends_of_either_kind)
{
    expect_json("a = 1\r\n# c\r\nb = \"\"\"\r\nx\"\"\"\r\n", "{\"a\":1,\"b\":\"x\"}");
}

Test(toml, knows_the_place_of_values_and_keys)
{
    struct wk_doc *doc = parse("[a]\n  key = [ 1,\n   \"x\" ]\n");
    struct wk_doc *key = wk_doc_find(wk_doc_find(doc, "a"), "key");

    cr_expect_eq(key->key_line, 2);
    cr_expect_eq(key->key_column, 3);
    cr_expect_eq(key->last->line, 3);
    cr_expect_eq(key->last->column, 4);
}

Test(toml, refuses_what_is_defined_twice)
{
    expect_error("a = 1\na = 2\n", 2, 1, "twice, first on line 1");
    expect_error("[a]\n[a]\n", 2, 2, "twice");
    expect_error("a = {}\n[a]\n", 2, 2, "twice");
    expect_error("a = {b = 1}\n[a.c]\n", 2, 2, "twice");
    expect_error("a = []\n[[a]]\n", 2, 3, "twice");
    expect_error("[[a]]\n[a]\n", 2, 2, "twice");
    expect_error("[a]\nb.c = 1\n[a.b]\n", 3, 4, "twice");
    expect_error("[a.b]\n[a]\nb.c = 1\n", 3, 1, "twice");
    expect_error("a.b = 1\na.b.c = 2\n", 2, 3, "twice");
}

Test(toml, says_where_the_syntax_is_wrong)
{
    expect_error("a 1\n", 1, 3, "expected =");
    expect_error("a = \n", 1, 5, "expected a value");
    expect_error("a = hello\n", 1, 5, "needs quotes");
    expect_error("a = 1 b = 2\n", 1, 7, "end of the line");
    expect_error("a = \"x\n", 1, 5, "does not end");
    expect_error("a = \"\\q\"\n", 1, 7, "unknown escape");
    expect_error("a = [1 2]\n", 1, 8, "expected , or ]");
    expect_error("a = {b = 1,}\n", 1, 12, "no comma before its }");
    expect_error("[a\n", 1, 3, "expected ]");
    expect_error("[[a]\n", 1, 4, "expected ]]");
    expect_error("= 1\n", 1, 1, "expected a key");
    expect_error("a = 01\n", 1, 5, "no value");
    expect_error("a = 1__0\n", 1, 5, "no value");
    expect_error("a = 9223372036854775808\n", 1, 5, "no value");
    expect_error("a = 0x\n", 1, 5, "no value");
    expect_error("a = 1.\n", 1, 5, "no value");
    expect_error("a = 2026-13-01\n", 1, 5, "no value");
    expect_error("a = \"\\ud800\"\n", 1, 12, "names no character");
    expect_error("a = 1 # \x01\n", 1, 9, "control character");
    expect_error("a = 'x\xff'\n", 1, 7, "UTF-8");
}
