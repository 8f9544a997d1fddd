/* tests/support/js_sql.h - storage.sql for js-test. */
#ifndef WK_TESTS_JS_SQL_H
#define WK_TESTS_JS_SQL_H
#include "runtime/engine/engine.h"

void js_sql_init(duk_context *ctx);
#endif
