/* The SQL database of an actor: made when script first asks for it, its pages read from the
 * daemon. */
#include "runtime/actor/actor_priv.h"

#include <stdlib.h>
#include <string.h>
#include "runtime/actor/verbs.h"
#include "runtime/sql/sql.h"

#define NOT_ENABLED                                                                            \
    "SQL is not enabled for this Durable Object class. To enable it, change `new_classes` to " \
    "`new_sqlite_classes` within the 'migrations' field in your wrangler.jsonc or "            \
    "wrangler.toml "                                                                           \
    "file. If using workerd directly,set `enableSql = true` in your workerd config for the "   \
    "class. "                                                                                  \
    "Note that this change cannot be made after the class is already deployed to production."
#define NOT_SQLITE                                                                             \
    "This Durable Object is not backed by SQLite storage, so the SQL API is not available. "   \
    "SQL "                                                                                     \
    "can be enabled on a new Durable Object class by using the `new_sqlite_classes` instead "  \
    "of "                                                                                      \
    "`new_classes` under `[[migrations]]` in your wrangler.toml, but an already-deployed "     \
    "class "                                                                                   \
    "cannot be converted to SQLite (except by deleting the existing data)."

/* What ActorStart said of it, until it is made. */
struct database_start {
    uint32_t page_count;
    size_t known;
    struct {
        uint32_t number;
        uint8_t data[WK_PAGE_BYTES];
    } pages[];
};

void
wk_database_open(struct wk_actor *actor, const struct wk_actor_start *start)
{
    struct database_start *kept;

    actor->sql_enabled = start->enable_sql;
    if (start->storage != WK_ACTOR_STORAGE_DISK || !start->enable_sql || start->page_count == 0)
        return;
    kept = wk_xmalloc(sizeof(*kept) + start->pages_known * sizeof(kept->pages[0]));
    kept->page_count = start->page_count;
    kept->known = start->pages_known;
    for (size_t i = 0; i < start->pages_known; i++) {
        kept->pages[i].number = start->pages[i].number;
        memcpy(kept->pages[i].data, start->pages[i].data, WK_PAGE_BYTES);
    }
    actor->sql_start = kept;
}

void
wk_database_fini(struct wk_actor *actor)
{
    if (actor->sql != NULL)
        wk_sql_close(actor->sql);
    actor->sql = NULL;
    free(actor->sql_start);
    actor->sql_start = NULL;
}

void
wk_database_reset(struct wk_actor *actor)
{
    if (actor->sql != NULL)
        wk_sql_reset(actor->sql);
    free(actor->sql_start);
    actor->sql_start = NULL;
}

/* ---- what the database asks of us ---- */

struct page_now {
    uint8_t *out;
    uint32_t number;
    wk_err err;
};

static void
page_answer(void *arg, const struct wk_actor_answer *answer)
{
    struct page_now *now = arg;

    for (size_t i = 0; i < answer->page_count; i++)
        if (answer->pages[i].number == now->number) {
            memcpy(now->out, answer->pages[i].data, WK_PAGE_BYTES);
            now->err = WK_OK;
        }
}

static wk_err
database_page(void *arg, uint32_t number, uint8_t out[WK_PAGE_BYTES])
{
    struct wk_actor *actor = arg;
    struct page_now now = {out, number, WK_EIO};
    struct wk_actor_read read = {
        .request = ++actor->store_last, .pages = &number, .page_count = 1};
    wk_err err;

    if (actor->ended)
        return WK_EBROKEN;
    err = actor->ops->read_now(actor->host, actor->peer, &read, page_answer, &now);
    return err != WK_OK ? err : now.err;
}

static void
database_broken(void *arg, const char *message)
{
    wk_actor_doom(arg, message);
}

static void
database_check(void *arg, duk_context *ctx)
{
    struct wk_actor *actor = arg;

    if (actor->ended)
        (void)duk_error(ctx, DUK_ERR_ERROR, "Durable Object storage is no longer accessible.");
    wk_store_check(ctx, actor);
    if (actor->storage != WK_ACTOR_STORAGE_DISK)
        (void)duk_error(ctx, DUK_ERR_ERROR, "%s", NOT_SQLITE);
    if (!actor->sql_enabled)
        (void)duk_error(ctx, DUK_ERR_ERROR, "%s", NOT_ENABLED);
}

static const struct wk_sql_ops database_ops = {
    .page = database_page,
    .broken = database_broken,
    .check = database_check,
};

/* open(actor): the object behind storage.sql; once an actor. */
static duk_ret_t
verb_open(duk_context *ctx)
{
    struct wk_actor *actor = wk_store_arg(ctx);
    struct database_start *start = actor->sql_start;

    if (actor->sql == NULL) {
        actor->sql = wk_sql_new(&database_ops, actor, start != NULL ? start->page_count : 0);
        for (size_t i = 0; start != NULL && i < start->known; i++)
            wk_sql_preload(actor->sql, start->pages[i].number, start->pages[i].data);
        for (uint32_t i = 0; i < actor->mark_count; i++)
            wk_sql_begin(actor->sql);
        free(start);
        actor->sql_start = NULL;
    }
    wk_sql_push(ctx, actor->sql);
    return 1;
}

/* rest(actor): it is idle, and stays here. */
static duk_ret_t
verb_rest(duk_context *ctx)
{
    struct wk_actor *actor = wk_actor_arg(ctx, 0);

    if (actor != NULL && actor->sql != NULL)
        wk_sql_idle(actor->sql);
    return 0;
}

void
wk_database_verbs_init(duk_context *ctx)
{
    static const duk_function_list_entry verbs[] = {
        {"open", verb_open, 1}, {"rest", verb_rest, 1}, {NULL, NULL, 0}};

    wk_engine_native(ctx, "database", verbs);
    wk_sql_init(ctx);
}
