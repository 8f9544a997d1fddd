/* For tests/js/sql_*.test: sqlStore() is storage.sql over pages in memory, with the calls of
 * the actor around it. */
#include "tests/support/js_sql.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "tests/support/page_store.h"

struct store {
    struct page_store pages;
    struct wk_sql *sql;
};

static struct store *
this_store(duk_context *ctx)
{
    struct store *store;

    duk_push_this(ctx);
    duk_get_prop_literal(ctx, -1, DUK_HIDDEN_SYMBOL("store"));
    store = duk_require_pointer(ctx, -1);
    duk_pop_2(ctx);
    return store;
}

static void
sql_put(duk_context *ctx, struct store *store, duk_idx_t idx)
{
    idx = duk_normalize_index(ctx, idx);
    wk_sql_push(ctx, store->sql);
    duk_dup(ctx, idx); /* the database lives as long as script has a way to it */
    duk_put_prop_literal(ctx, -2, DUK_HIDDEN_SYMBOL("owner"));
    duk_put_prop_literal(ctx, idx, "sql");
}

static duk_ret_t
answer(duk_context *ctx, wk_err err)
{
    duk_push_string(ctx, err == WK_OK ? "ok" : wk_err_name(err));
    return 1;
}

static duk_ret_t
store_commit(duk_context *ctx)
{
    struct store *store = this_store(ctx);

    return answer(ctx, page_store_commit(&store->pages, store->sql));
}

static duk_ret_t
store_commit_unsynced(duk_context *ctx)
{
    struct store *store = this_store(ctx);

    return answer(ctx, page_store_commit_unsynced(&store->pages, store->sql));
}

static duk_ret_t
store_begin(duk_context *ctx)
{
    return answer(ctx, wk_sql_begin(this_store(ctx)->sql));
}

static duk_ret_t
store_release(duk_context *ctx)
{
    return answer(ctx, wk_sql_release(this_store(ctx)->sql));
}

static duk_ret_t
store_rollback(duk_context *ctx)
{
    return answer(ctx, wk_sql_rollback(this_store(ctx)->sql));
}

static duk_ret_t
store_reset(duk_context *ctx)
{
    struct store *store = this_store(ctx);

    wk_sql_reset(store->sql);
    page_store_fini(&store->pages);
    return 0;
}

/* As if the process had died: what was not synced is gone. */
static duk_ret_t
store_crash(duk_context *ctx)
{
    struct store *store = this_store(ctx);

    page_store_drop_unsynced(&store->pages);
    wk_sql_close(store->sql);
    store->sql = page_store_open(&store->pages);
    duk_push_this(ctx);
    sql_put(ctx, store, -1);
    return 0;
}

static duk_ret_t
store_idle(duk_context *ctx)
{
    struct store *store = this_store(ctx);

    wk_sql_idle(store->sql);
    duk_push_boolean(ctx, !wk_sql_is_open(store->sql));
    return 1;
}

static duk_ret_t
store_state(duk_context *ctx)
{
    struct store *store = this_store(ctx);

    duk_push_object(ctx);
    duk_push_boolean(ctx, wk_sql_is_open(store->sql));
    duk_put_prop_literal(ctx, -2, "open");
    duk_push_boolean(ctx, wk_sql_dirty(store->sql));
    duk_put_prop_literal(ctx, -2, "dirty");
    duk_push_uint(ctx, store->pages.reads);
    duk_put_prop_literal(ctx, -2, "reads");
    duk_push_uint(ctx, store->pages.count);
    duk_put_prop_literal(ctx, -2, "pages");
    duk_push_uint(ctx, (duk_uint_t)store->pages.sent_count);
    duk_put_prop_literal(ctx, -2, "sent");
    duk_push_uint(ctx, store->pages.broken);
    duk_put_prop_literal(ctx, -2, "broken");
    duk_push_string(ctx, store->pages.message);
    duk_put_prop_literal(ctx, -2, "message");
    duk_push_number(ctx, (double)wk_sql_bytes_total());
    duk_put_prop_literal(ctx, -2, "bytes");
    return 1;
}

static duk_ret_t
store_fail_reads(duk_context *ctx)
{
    struct store *store = this_store(ctx);

    store->pages.fail_reads_after = store->pages.reads + 1;
    return 0;
}

static duk_ret_t
store_close_in_read(duk_context *ctx)
{
    struct store *store = this_store(ctx);

    store->pages.close_in_read = store->sql;
    store->sql = NULL;
    return 0;
}

static duk_ret_t
store_close(duk_context *ctx)
{
    struct store *store = this_store(ctx);

    wk_sql_close(store->sql);
    store->sql = NULL;
    return 0;
}

static duk_ret_t
store_finalize(duk_context *ctx)
{
    struct store *store;

    duk_get_prop_literal(ctx, 0, DUK_HIDDEN_SYMBOL("store"));
    if ((store = duk_get_pointer(ctx, -1)) != NULL) {
        wk_sql_close(store->sql);
        page_store_fini(&store->pages);
        free(store);
        duk_del_prop_literal(ctx, 0, DUK_HIDDEN_SYMBOL("store"));
    }
    return 0;
}

static duk_ret_t
sql_store(duk_context *ctx)
{
    static const duk_function_list_entry verbs[] = {
        {"commit", store_commit, 0},
        {"commitUnsynced", store_commit_unsynced, 0},
        {"begin", store_begin, 0},
        {"release", store_release, 0},
        {"rollback", store_rollback, 0},
        {"reset", store_reset, 0},
        {"crash", store_crash, 0},
        {"idle", store_idle, 0},
        {"state", store_state, 0},
        {"failReads", store_fail_reads, 0},
        {"close", store_close, 0},
        {"closeInRead", store_close_in_read, 0},
        {NULL, NULL, 0},
    };
    struct store *store = wk_xcalloc(1, sizeof(*store));

    store->sql = page_store_open(&store->pages);
    duk_push_object(ctx);
    duk_push_pointer(ctx, store);
    duk_put_prop_literal(ctx, -2, DUK_HIDDEN_SYMBOL("store"));
    duk_push_c_function(ctx, store_finalize, 2);
    duk_set_finalizer(ctx, -2);
    duk_put_function_list(ctx, -1, verbs);
    sql_put(ctx, store, -1);
    return 1;
}

static duk_ret_t
print_line(duk_context *ctx)
{
    puts(duk_to_string(ctx, 0));
    return 0;
}

void
js_sql_init(duk_context *ctx)
{
    wk_sql_init(ctx);
    wk_engine_require(ctx, "host/sql");
    duk_push_string(ctx, "experimental");
    duk_call_prop(ctx, -2, 0);
    duk_pop_2(ctx);
    duk_push_c_function(ctx, sql_store, 0);
    duk_put_global_literal(ctx, "sqlStore");
    duk_push_c_function(ctx, print_line, 1);
    duk_put_global_literal(ctx, "__print");
}
