#ifndef WK_TEST_SQL_FIXTURE_H
#define WK_TEST_SQL_FIXTURE_H
#include <criterion/criterion.h>
#include "runtime/sql/sql_priv.h"
#include "tests/support/page_store.h"

struct fixture {
    struct page_store store;
    struct wk_sql *sql;
};

void fixture_open(struct fixture *f);
void fixture_close(struct fixture *f);
/* As if the process had died. */
void fixture_crash(struct fixture *f);
/* Runs a text; false: it failed, wk_sql.message says why. */
bool fixture_try(struct fixture *f, const char *fmt, ...) WK_PRINTF(2, 3);
void fixture_run(struct fixture *f, const char *text);
/* The rows of a query, values joined by commas and rows by semicolons; valid until the next
 * call. */
const char *fixture_get(struct fixture *f, const char *text);
void fixture_commit(struct fixture *f);
/* The pages are a whole database. */
void fixture_check(struct fixture *f);
#endif
