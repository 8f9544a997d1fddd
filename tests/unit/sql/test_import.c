/* Files of the peer. Made here the way it makes them: WAL, the tables of its own beside the
 * tenant's. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "runtime/sql/import.h"
#include "tests/unit/sql/fixture.h"

#define PEER_TABLES                                                                            \
    "CREATE TABLE _cf_KV (key TEXT PRIMARY KEY, value BLOB) WITHOUT ROWID;"                    \
    "CREATE TABLE _cf_METADATA (key INTEGER PRIMARY KEY, value BLOB);"

struct peer_file {
    char path[64];
    sqlite3 *db; /* still open, as after a crash: its log was not checkpointed */
};

static void
peer_run(struct peer_file *p, const char *text)
{
    char *error = NULL;

    cr_assert_eq(sqlite3_exec(p->db, text, NULL, NULL, &error), SQLITE_OK, "%s", error);
}

static void
peer_open(struct peer_file *p)
{
    static int n;

    sqlite3_snprintf((int)sizeof(p->path), p->path, "/tmp/wk-peer-%d-%d", (int)getpid(), n++);
    cr_assert_eq(
        sqlite3_open_v2(p->path, &p->db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, "unix"),
        SQLITE_OK);
    peer_run(p, "pragma journal_mode=wal; pragma wal_autocheckpoint=0");
}

static void
peer_close(struct peer_file *p)
{
    char more[80];

    sqlite3_close(p->db);
    unlink(p->path);
    sqlite3_snprintf(80, more, "%s-wal", p->path);
    unlink(more);
    sqlite3_snprintf(80, more, "%s-shm", p->path);
    unlink(more);
}

static void
add_entry(void *arg, struct wk_span key, struct wk_span value)
{
    char *all = arg;

    sprintf(all + strlen(all), "%.*s=%.*s;", (int)key.len, (const char *)key.data,
            (int)value.len, (const char *)value.data);
}

static void
add_page(void *arg, uint32_t number, const uint8_t data[WK_PAGE_BYTES])
{
    struct page_store *store = arg;
    struct wk_write write = {.kind = WK_WRITE_PAGE, .number = number};

    write.value.data = data;
    write.value.len = WK_PAGE_BYTES;
    page_store_emit(store, &write);
}

Test(sql, imports_entries_alarm_and_tables_of_a_peers_file)
{
    struct peer_file p;
    struct wk_sql_import *import;
    struct fixture f;
    char entries[200] = "", *error;
    uint32_t page_count;

    fixture_open(&f); /* first: it chooses SQLite's allocator */
    peer_open(&p);
    peer_run(&p, PEER_TABLES "insert into _cf_KV values ('b', 'two'), ('a', 'one');"
                             "insert into _cf_METADATA values (1, 1700000000123000000), (2, 7);"
                             "create table mine(a integer primary key, b); insert into mine "
                             "values (1, 'x'), (2, 'y');"
                             "create index i on mine(b); create virtual table f using fts5(t); "
                             "insert into f values ('w')");
    cr_assert_eq(wk_sql_import_open(p.path, &import, &error), WK_OK, "%s", error);
    cr_expect_eq(wk_sql_import_alarm(import), 1700000000123u + 1);
    cr_assert_eq(wk_sql_import_entries(import, add_entry, entries), WK_OK);
    cr_expect_str_eq(entries, "a=one;b=two;");
    cr_assert_eq(wk_sql_import_pages(import, add_page, &f.store, &page_count), WK_OK);
    wk_sql_import_close(import);
    page_store_sync(&f.store, UINT64_MAX);
    cr_expect_eq(f.store.count, page_count);
    fixture_crash(&f);
    fixture_check(&f);
    cr_expect_str_eq(fixture_get(&f, "select * from mine"), "1,x;2,y");
    cr_expect_str_eq(fixture_get(&f, "select t from f where f match 'w'"), "w");
    cr_expect_str_eq(
        fixture_get(&f,
                    "select count(*) from sqlite_schema where name like '\\_cf%' escape '\\'"),
        "0");
    fixture_run(&f, "insert into mine values (3, 'z')");
    fixture_commit(&f);
    fixture_close(&f);
    peer_close(&p);
}

Test(sql, import_of_an_actor_without_sql_has_no_pages)
{
    struct peer_file p;
    struct wk_sql_import *import;
    char *error;
    uint32_t page_count = 9;

    peer_open(&p);
    peer_run(&p, PEER_TABLES "insert into _cf_KV values ('a', 'one')");
    cr_assert_eq(wk_sql_import_open(p.path, &import, &error), WK_OK);
    cr_expect_eq(wk_sql_import_alarm(import), 0);
    cr_assert_eq(wk_sql_import_pages(import, add_page, NULL, &page_count), WK_OK);
    cr_expect_eq(page_count, 0);
    wk_sql_import_close(import);
    peer_close(&p);
}

Test(sql, import_says_why_it_cannot)
{
    struct wk_sql_import *import;
    struct peer_file p;
    char *error;
    FILE *bad;

    cr_expect_eq(wk_sql_import_open("/nonexistent/x.sqlite", &import, &error), WK_ENOTFOUND);
    cr_expect_not_null(strstr(error, "No such file"), "%s", error);
    free(error);
    peer_open(&p);
    peer_run(&p, "create table _cf_EXTERNALS(key, idx, token); insert into _cf_EXTERNALS "
                 "values (1, 2, 3)");
    cr_expect_eq(wk_sql_import_open(p.path, &import, &error), WK_EUNSUPPORTED);
    free(error);
    peer_close(&p);
    peer_open(&p);
    peer_run(&p, "create table t(a); insert into t values (zeroblob(20000)); pragma "
                 "wal_checkpoint(truncate)");
    bad = fopen(p.path, "r+");
    fseek(bad, 4096, SEEK_SET);
    fwrite("garbage garbage garbage", 23, 1, bad);
    fclose(bad);
    cr_expect_eq(wk_sql_import_open(p.path, &import, &error), WK_EINVAL);
    free(error);
    peer_close(&p);
}

static void
add_alarm_name(void *arg, const char *id_text, const char *name)
{
    char *all = arg;

    sprintf(all + strlen(all), "%s=%s;", id_text, name);
}

Test(sql, imports_the_names_of_actors_that_have_an_alarm)
{
    struct peer_file p;
    struct fixture f;
    char names[200] = "", *error = NULL;

    fixture_open(&f);
    peer_open(&p);
    peer_run(&p, "create table _cf_ALARM(actor_id text primary key, scheduled_time integer, "
                 "actor_name text) without rowid;"
                 "insert into _cf_ALARM values ('aa', 1, 'first'), ('bb', 2, null), ('cc', 3, "
                 "'third')");
    cr_assert_eq(wk_sql_import_names(p.path, add_alarm_name, names, &error), WK_OK, "%s",
                 error);
    cr_expect_str_eq(names, "aa=first;cc=third;");
    peer_close(&p);
    names[0] = '\0';
    peer_open(&p); /* of an older version */
    peer_run(&p, "create table _cf_ALARM(actor_id text primary key, scheduled_time integer);"
                 "insert into _cf_ALARM values ('aa', 1)");
    cr_expect_eq(wk_sql_import_names(p.path, add_alarm_name, names, &error), WK_OK, "%s",
                 error);
    cr_expect_str_eq(names, "");
    peer_close(&p);
    cr_expect_eq(wk_sql_import_names("/tmp/wk-no-such-file", add_alarm_name, names, &error),
                 WK_ENOTFOUND);
    free(error);
    fixture_close(&f);
}
