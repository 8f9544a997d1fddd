/* Texts of SQL: where a statement ends, what may be said. */
#include <stdlib.h>
#include <string.h>
#include "tests/unit/sql/fixture.h"

Test(sql, finds_the_end_of_a_statement)
{
    static const struct {
        const char *text;
        size_t whole;
    } cases[] = {
        {"", 0},
        {"select 1", 0},
        {"select 1;", 9},
        {"select 1; select 2;", 9},
        {"select ';';", 11},
        {"select ';", 0},
        {"select \";\" , [;], `;`;", 22},
        {"-- a;\nselect 1;", 15},
        {"-- a;", 0},
        {"/* ; */;", 8},
        {"/* ;", 0},
        {"create trigger t after insert on a begin select 1; end;", 55},
        {"create trigger t after insert on a begin select 1;", 0},
        {"create temp trigger t after insert on a begin select 1; select 2; end ;x", 71},
        {"explain create trigger t begin select 1; end;", 45},
        {"create table trigger_(a);", 25},
        {"select 'end;'; end;", 14},
        {"\xc3\xa9;", 3},
    };

    for (size_t i = 0; i < WK_COUNT(cases); i++)
        cr_expect_eq(wk_sql_complete(cases[i].text, strlen(cases[i].text)), cases[i].whole,
                     "%s: %zu", cases[i].text,
                     wk_sql_complete(cases[i].text, strlen(cases[i].text)));
}

/* Whatever the first whole statement is, SQLite says of it and of nothing shorter that it is
 * whole. */
Test(sql, agrees_with_sqlite_about_whole_statements)
{
    static const char *const words[] = {
        "create ", "trigger ", "temp ",  "end",   ";",   " ",  "explain ", "'a;'",     "\"b\"",
        "--c;\n",  "/*;*/",    "begin ", "end; ", "x.y", "[;", "];",       "select 1", "\n"};
    uint32_t seed = 7;

    for (int round = 0; round < 200000; round++) {
        char text[400] = "";
        size_t whole, n = 1 + (seed >> 16) % 14;

        for (size_t i = 0; i < n; i++) {
            seed = seed * 1664525u + 1013904223u;
            strcat(text, words[(seed >> 8) % WK_COUNT(words)]);
        }
        whole = wk_sql_complete(text, strlen(text));
        for (size_t end = 1; end <= (whole > 0 ? whole : strlen(text)); end++) {
            char rest = text[end];

            if (text[end - 1] != ';')
                continue;
            text[end] = '\0';
            cr_assert_eq(sqlite3_complete(text), end == whole, "%s| %zu", text, whole);
            text[end] = rest;
        }
    }
}

Test(sql, refuses_what_the_tenant_may_not)
{
    static const char *const refused[] = {
        "create table _cf_x(a)",
        "CREATE TABLE _CF_X(a)",
        "create table t as select * from sqlite_master; alter table t rename to _cf_y",
        "create view _cf_v as select 1",
        "create index _cf_i on o(a)",
        "create trigger _cf_t after insert on o begin select 1; end",
        "create virtual table _cf_f using fts5(a)",
        "attach ':memory:' as m",
        "attach '/etc/passwd' as m",
        "detach main",
        "create temp table x(a)",
        "pragma page_size=512",
        "pragma journal_mode=wal",
        "pragma writable_schema=on",
        "pragma temp_store_directory='/'",
        "pragma locking_mode=normal",
        "pragma cache_spill=on",
        "pragma table_info(_cf_x)",
        "select sqlite_version()",
        "select load_extension('x')",
        "select readfile('/etc/passwd')",
        "select fts3_tokenizer('a')",
        "begin",
        "commit",
        "rollback",
        "savepoint a",
        "release a",
        "vacuum",
        "vacuum into '/tmp/x'",
        "update sqlite_master set sql = ''",
        "delete from sqlite_master",
    };
    struct fixture f;

    fixture_open(&f);
    fixture_run(&f, "create table o(a)");
    for (size_t i = 0; i < WK_COUNT(refused); i++)
        cr_expect(!fixture_try(&f, "%s", refused[i]), "%s", refused[i]);
    cr_expect_eq(f.store.broken, 0);
    fixture_commit(&f);
    fixture_check(&f);
    fixture_close(&f);
}

Test(sql, tells_the_time_of_utc_and_opens_no_file_for_it)
{
    struct fixture f;

    setenv("TZ", "America/New_York", 1);
    fixture_open(&f);
    cr_expect_str_eq(fixture_get(&f, "select datetime(0, 'unixepoch', 'localtime')"),
                     "1970-01-01 00:00:00");
    cr_expect_str_eq(fixture_get(&f, "select datetime(0, 'unixepoch', 'utc')"),
                     "1970-01-01 00:00:00");
    cr_expect_leq(
        labs(atol(fixture_get(&f, "select unixepoch('now')")) - (long)(wk_unix_ms() / 1000)),
        1);
    fixture_close(&f);
}

Test(sql, caches_statements_up_to_so_much_text)
{
    struct fixture f;

    fixture_open(&f);
    fixture_run(&f, "select 1");
    cr_expect_eq(f.sql->cache.count, 1);
    fixture_run(&f, "select 1");
    cr_expect_eq(f.sql->cache.count, 1);
    for (int i = 0; i < 600; i++) {
        char *text = wk_xasprintf("select %d /* %3000s */", i, "");

        fixture_run(&f, text);
        free(text);
    }
    cr_expect_leq(f.sql->cache.text_bytes, WK_SQL_CACHE_TEXT_BYTES_MAX);
    cr_expect_gt(f.sql->cache.count, 300);
    fixture_close(&f);
}
