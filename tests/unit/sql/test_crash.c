/* A database that is opened again from what was durable when the process died is the one that
 * was committed then. */
#include <stdlib.h>
#include <string.h>
#include "tests/unit/sql/fixture.h"

#define ROUNDS 60
#define COMMITS 40

static uint32_t
next(uint32_t *seed)
{
    *seed = *seed * 1664525u + 1013904223u;
    return *seed >> 8;
}

static void
random_statement(struct fixture *f, uint32_t *seed)
{
    uint32_t id = next(seed) % 60,
             bytes = next(seed) % 6 == 0 ? next(seed) % 30000 : next(seed) % 200;

    switch (next(seed) % 12) {
    case 0:
        fixture_try(f, "create index if not exists i on t(b)");
        break;
    case 1:
        fixture_try(f, "drop index if exists i");
        break;
    case 2:
        fixture_try(f, "delete from t where a %% 7 = %u", id % 7);
        break;
    case 3:
        fixture_try(f, "update t set b = hex(zeroblob(%u)) || a where a > %u", bytes / 8, id);
        break;
    case 4:
        fixture_try(f, "create table if not exists u%u as select * from t", id % 3);
        break;
    case 5:
        fixture_try(f, "drop table if exists u%u", id % 3);
        break;
    case 6:
        fixture_try(f, "insert into t values (%u, 'dup')",
                    id); /* may fail, and the turn goes on */
        break;
    default:
        fixture_try(f, "replace into t values (%u, hex(zeroblob(%u)) || '%u')", id, bytes,
                    next(seed));
        break;
    }
}

static void
random_turn(struct fixture *f, uint32_t *seed)
{
    uint32_t levels = 0;

    for (uint32_t n = next(seed) % 8; n > 0; n--) {
        uint32_t what = next(seed) % 10;

        if (what == 0 && levels < 4 && wk_sql_begin(f->sql) == WK_OK)
            levels++;
        else if (what == 1 && levels > 0) {
            cr_assert_eq(next(seed) % 2 ? wk_sql_release(f->sql) : wk_sql_rollback(f->sql),
                         WK_OK);
            levels--;
        } else if (what == 2 && levels == 0)
            wk_sql_idle(f->sql);
        else
            random_statement(f, seed);
    }
    for (; levels > 0; levels--)
        cr_assert_eq(next(seed) % 2 ? wk_sql_release(f->sql) : wk_sql_rollback(f->sql), WK_OK);
}

/* All there is, as one text. */
static char *
content(struct fixture *f)
{
    static const char *const tables[] = {"t", "u0", "u1", "u2"};
    char *all = wk_xstrdup(fixture_get(f, "select name, sql from sqlite_schema order by name"));

    for (size_t i = 0; i < WK_COUNT(tables); i++) {
        char query[100], *more;

        sqlite3_snprintf(100, query, "select 1 from sqlite_schema where name = '%s'",
                         tables[i]);
        if (fixture_get(f, query)[0] == '\0')
            continue;
        sqlite3_snprintf(100, query, "select * from %s order by a", tables[i]);
        more = wk_xasprintf("%s\n%s: %s", all, tables[i], fixture_get(f, query));
        free(all);
        all = more;
    }
    return all;
}

/* Turns, some of them durable at once, some later, then a crash. seq_first: of the state there
 * is. */
static void
round_run(struct fixture *f, uint32_t *seed)
{
    char *states[COMMITS + 1], *after;
    uint64_t first = f->store.seq, durable = first;

    states[0] = content(f);
    for (uint32_t i = 1; i <= COMMITS; i++) {
        random_turn(f, seed);
        cr_assert_eq(page_store_commit_unsynced(&f->store, f->sql), WK_OK);
        cr_assert(!wk_sql_dirty(f->sql));
        states[i] = content(f);
        if (next(seed) % 3 == 0) {
            uint64_t upto = first + 1 + next(seed) % i;

            durable = upto > durable ? upto : durable;
            page_store_sync(&f->store, durable);
            wk_sql_durable(f->sql, durable);
        }
    }
    random_turn(f, seed); /* dies before its end */
    fixture_crash(f);
    fixture_check(f);
    after = content(f);
    cr_assert(strcmp(after, states[durable - first]) == 0, "state %d", (int)(durable - first));
    free(after);
    for (uint32_t i = 0; i <= COMMITS; i++)
        free(states[i]);
    cr_assert_eq(page_store_commit(&f->store, f->sql), WK_OK);
}

Test(sql, what_was_durable_survives_a_crash_anywhere, .timeout = 300)
{
    struct fixture f;
    uint32_t seed = 20240607;

    fixture_open(&f);
    fixture_run(&f, "create table t(a integer primary key, b)");
    fixture_commit(&f);
    for (int round = 0; round < ROUNDS; round++)
        round_run(&f, &seed);
    fixture_close(&f);
}
