/* Compiled statements, and the cache of them by text: what was used longest ago goes when the
 * texts are more than WK_SQL_CACHE_TEXT_BYTES_MAX. */
#include <string.h>
#include <strings.h>
#include "runtime/sql/memory.h"
#include "runtime/sql/sql_priv.h"

#define TEXT_TRANSACTION                                                                       \
    "To execute a transaction, please use the state.storage.transaction() or "                 \
    "state.storage.transactionSync() "                                                         \
    "APIs instead of the SQL BEGIN TRANSACTION or SAVEPOINT statements. The JavaScript API "   \
    "is safer because it "                                                                     \
    "will automatically roll back on exceptions, and because it interacts correctly with "     \
    "Durable Objects' "                                                                        \
    "automatic atomic write coalescing."

static bool
is_space(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

/* Runs a statement that is not the last of its text, to its first row or its end. */
static bool
prelude_run(struct wk_sql *sql, sqlite3_stmt *stmt)
{
    int rc;

    if (!sqlite3_stmt_readonly(stmt) && !wk_sql_ensure_transaction(sql))
        return false;
    rc = wk_sql_step(sql, stmt);
    sqlite3_reset(stmt);
    return rc == SQLITE_ROW || rc == SQLITE_DONE;
}

static bool
prelude_add(struct wk_sql_stmt *stmt, sqlite3_stmt *compiled)
{
    sqlite3_stmt **grown =
        sqlite3_realloc64(stmt->prelude, (stmt->prelude_count + 1) * sizeof(sqlite3_stmt *));

    if (grown == NULL)
        return false;
    stmt->prelude = grown;
    stmt->prelude[stmt->prelude_count++] = compiled;
    return true;
}

static bool
compile_one(struct wk_sql *sql, const char *at, size_t bytes, sqlite3_stmt **out,
            const char **tail)
{
    int rc;

    *out = NULL;
    sql->transaction_refused = false;
    sql->page_err = WK_OK;
    sql->running = true;
    rc = sqlite3_prepare_v3(sql->db, at, (int)bytes, SQLITE_PREPARE_PERSISTENT, out, tail);
    sql->running = false;
    if (rc != SQLITE_OK) {
        if (rc == SQLITE_AUTH && sql->transaction_refused)
            wk_sql_fail(sql, TEXT_TRANSACTION);
        else
            wk_sql_fail_db(sql, rc);
        if (sql->page_err != WK_OK)
            wk_sql_break(sql);
        return false;
    }
    if (*out == NULL) {
        wk_sql_fail(sql, "SQL code did not contain a statement.");
        return false;
    }
    return true;
}

static bool
compile(struct wk_sql *sql, struct wk_sql_stmt *stmt)
{
    const char *at = stmt->text, *end = stmt->text + stmt->text_bytes, *tail;
    sqlite3_stmt *compiled;

    for (;;) {
        if (!compile_one(sql, at, (size_t)(end - at), &compiled, &tail))
            return false;
        while (tail < end && is_space(*tail))
            tail++;
        if (tail == end) {
            stmt->last = compiled;
            return true;
        }
        if (sqlite3_bind_parameter_count(compiled) != 0) {
            sqlite3_finalize(compiled);
            wk_sql_fail(sql, "When executing multiple SQL statements in a single call, only "
                             "the last statement can "
                             "have parameters.");
            return false;
        }
        if (!prelude_run(sql, compiled) || !prelude_add(stmt, compiled)) {
            sqlite3_finalize(compiled);
            return false;
        }
        at = tail;
    }
}

static bool
has_pragma(const char *text, size_t bytes)
{
    for (size_t i = 0; i + 6 <= bytes; i++) {
        if (strncasecmp(text + i, "pragma", 6) == 0)
            return true;
    }
    return false;
}

struct wk_sql_stmt *
wk_sql_stmt_new(struct wk_sql *sql, const char *text, size_t bytes)
{
    struct wk_sql_stmt *stmt;

    if (!wk_sql_ensure_open(sql))
        return NULL;
    /* In a transaction some pragmas do nothing, so one inside a level must see that there is a
     * transaction. */
    if (sql->levels > sql->levels_real && has_pragma(text, bytes) &&
        !wk_sql_ensure_transaction(sql))
        return NULL;
    if (bytes > INT32_MAX || (stmt = wk_sql_mem_alloc(sizeof(*stmt) + bytes + 1)) == NULL) {
        wk_sql_fail(sql, "out of memory: SQLITE_NOMEM");
        return NULL;
    }
    memset(stmt, 0, sizeof(*stmt));
    memcpy(stmt->text, text, bytes);
    stmt->text[bytes] = '\0';
    stmt->text_bytes = (uint32_t)bytes;
    if (!compile(sql, stmt)) {
        wk_sql_stmt_free(stmt);
        return NULL;
    }
    return stmt;
}

void
wk_sql_stmt_free(struct wk_sql_stmt *stmt)
{
    for (uint32_t i = 0; i < stmt->prelude_count; i++)
        sqlite3_finalize(stmt->prelude[i]);
    sqlite3_free(stmt->prelude);
    sqlite3_finalize(stmt->last);
    wk_sql_mem_free(stmt);
}

/* ---- the cache ---- */

static uint32_t
text_hash(const char *text, size_t bytes)
{
    uint32_t h = 2166136261u;

    for (size_t i = 0; i < bytes; i++)
        h = (h ^ (unsigned char)text[i]) * 16777619u;
    return h;
}

static struct wk_sql_stmt *
cache_find(const struct wk_sql_cache *cache, const char *text, size_t bytes, uint32_t hash)
{
    struct wk_sql_stmt *s;

    if (cache->count == 0)
        return NULL;
    for (s = cache->slots[hash & (cache->slot_count - 1)]; s != NULL; s = s->next) {
        if (s->hash == hash && s->text_bytes == bytes && memcmp(s->text, text, bytes) == 0)
            return s;
    }
    return NULL;
}

static void
lru_take(struct wk_sql_cache *cache, struct wk_sql_stmt *stmt)
{
    *(stmt->older != NULL ? &stmt->older->newer : &cache->oldest) = stmt->newer;
    *(stmt->newer != NULL ? &stmt->newer->older : &cache->newest) = stmt->older;
}

static void
lru_add(struct wk_sql_cache *cache, struct wk_sql_stmt *stmt)
{
    stmt->older = cache->newest;
    stmt->newer = NULL;
    *(stmt->older != NULL ? &stmt->older->newer : &cache->oldest) = stmt;
    cache->newest = stmt;
}

static bool
cache_grow(struct wk_sql_cache *cache)
{
    uint32_t slot_count = cache->slot_count == 0 ? 8 : cache->slot_count * 2;
    struct wk_sql_stmt **slots = wk_sql_mem_alloc(slot_count * sizeof(*slots));

    if (slots == NULL)
        return cache->slot_count > 0;
    memset(slots, 0, slot_count * sizeof(*slots));
    for (struct wk_sql_stmt *s = cache->oldest; s != NULL; s = s->newer) {
        s->next = slots[s->hash & (slot_count - 1)];
        slots[s->hash & (slot_count - 1)] = s;
    }
    wk_sql_mem_free(cache->slots);
    cache->slots = slots;
    cache->slot_count = slot_count;
    return true;
}

/* One that is busy lives on until it is released. */
static void
cache_remove(struct wk_sql_cache *cache, struct wk_sql_stmt *stmt)
{
    struct wk_sql_stmt **at = &cache->slots[stmt->hash & (cache->slot_count - 1)];

    while (*at != stmt)
        at = &(*at)->next;
    *at = stmt->next;
    lru_take(cache, stmt);
    cache->count--;
    cache->text_bytes -= stmt->text_bytes;
    stmt->cached = false;
    if (!stmt->busy)
        wk_sql_stmt_free(stmt);
}

static void
cache_add(struct wk_sql_cache *cache, struct wk_sql_stmt *stmt, uint32_t hash)
{
    struct wk_sql_stmt **slot;

    stmt->hash = hash;
    if (cache->count >= cache->slot_count && !cache_grow(cache))
        return;
    slot = &cache->slots[hash & (cache->slot_count - 1)];
    stmt->next = *slot;
    *slot = stmt;
    lru_add(cache, stmt);
    cache->count++;
    cache->text_bytes += stmt->text_bytes;
    stmt->cached = true;
}

void
wk_sql_cache_clear(struct wk_sql *sql)
{
    while (sql->cache.oldest != NULL)
        cache_remove(&sql->cache, sql->cache.oldest);
    wk_sql_mem_free(sql->cache.slots);
    sql->cache = (struct wk_sql_cache){0};
}

static bool
prelude_again(struct wk_sql *sql, struct wk_sql_stmt *stmt)
{
    for (uint32_t i = 0; i < stmt->prelude_count; i++) {
        if (!prelude_run(sql, stmt->prelude[i]))
            return false;
    }
    return true;
}

struct wk_sql_stmt *
wk_sql_stmt_acquire(struct wk_sql *sql, const char *text, size_t bytes)
{
    uint32_t hash = text_hash(text, bytes);
    struct wk_sql_stmt *stmt;

    if (!wk_sql_ensure_open(sql))
        return NULL;
    stmt = cache_find(&sql->cache, text, bytes, hash);
    if (stmt != NULL && !stmt->busy) {
        lru_take(&sql->cache, stmt);
        lru_add(&sql->cache, stmt);
        stmt->busy = true;
        if (!prelude_again(sql, stmt)) {
            wk_sql_stmt_release(sql, stmt);
            return NULL;
        }
        return stmt;
    }
    if (stmt != NULL)
        return wk_sql_stmt_new(sql, text, bytes);
    if ((stmt = wk_sql_stmt_new(sql, text, bytes)) == NULL)
        return NULL;
    stmt->busy = true;
    cache_add(&sql->cache, stmt, hash);
    while (sql->cache.text_bytes > WK_SQL_CACHE_TEXT_BYTES_MAX)
        cache_remove(&sql->cache, sql->cache.oldest);
    return stmt;
}

void
wk_sql_stmt_release(struct wk_sql *sql, struct wk_sql_stmt *stmt)
{
    stmt->busy = false;
    if (!stmt->cached) {
        wk_sql_stmt_free(stmt);
        return;
    }
    sqlite3_reset(stmt->last);
    if (sqlite3_bind_parameter_count(stmt->last) > 0)
        sqlite3_clear_bindings(stmt->last);
    sqlite3_stmt_status(stmt->last, WK_STMTSTATUS_ROWS_READ, 1);
    sqlite3_stmt_status(stmt->last, WK_STMTSTATUS_ROWS_WRITTEN, 1);
}
