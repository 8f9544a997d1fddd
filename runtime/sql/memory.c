#include "runtime/sql/memory.h"

#include <malloc.h>
#include <stdlib.h>
#include "runtime/engine/engine.h"
#include "runtime/sql/sql_priv.h"

static struct {
    struct wk_engine *engine;
    size_t bytes, bytes_max; /* max 0: none of its own */
    bool installed;
} memory;

static bool
may_take(size_t bytes)
{
    if (memory.bytes_max != 0 && memory.bytes + bytes > memory.bytes_max)
        return false;
    return memory.engine == NULL || wk_engine_charge(memory.engine, bytes);
}

/* What was asked for and what the block can hold differ a little; the block counts. */
static void
took(void *ptr, size_t asked)
{
    size_t bytes = malloc_usable_size(ptr);

    memory.bytes += bytes;
    if (memory.engine != NULL && bytes > asked)
        wk_engine_charge_more(memory.engine, bytes - asked);
}

static void
gave(size_t bytes)
{
    memory.bytes -= bytes;
    if (memory.engine != NULL)
        wk_engine_discharge(memory.engine, bytes);
}

void *
wk_sql_mem_alloc(size_t bytes)
{
    void *ptr;

    if (!may_take(bytes))
        return NULL;
    if ((ptr = malloc(bytes)) == NULL) {
        if (memory.engine != NULL)
            wk_engine_discharge(memory.engine, bytes);
        return NULL;
    }
    took(ptr, bytes);
    return ptr;
}

void
wk_sql_mem_free(void *ptr)
{
    if (ptr == NULL)
        return;
    gave(malloc_usable_size(ptr));
    free(ptr);
}

size_t
wk_sql_mem_bytes(void)
{
    return memory.bytes;
}

static void *
lite_malloc(int bytes)
{
    return wk_sql_mem_alloc((size_t)bytes);
}

static void *
lite_realloc(void *ptr, int bytes)
{
    size_t had = malloc_usable_size(ptr), want = (size_t)bytes;
    void *moved;

    if (want > had && !may_take(want - had))
        return NULL;
    if ((moved = realloc(ptr, want)) == NULL) {
        if (want > had && memory.engine != NULL)
            wk_engine_discharge(memory.engine, want - had);
        return NULL;
    }
    if (want > had) {
        memory.bytes -= had;
        took(moved, want); /* had was charged before, the rest above */
    } else {
        size_t has = malloc_usable_size(moved);

        if (has < had)
            gave(had - has);
    }
    return moved;
}

static int
lite_size(void *ptr)
{
    return (int)malloc_usable_size(ptr);
}

static int
lite_roundup(int bytes)
{
    return (bytes + 7) & ~7;
}

static int
lite_init(void *arg)
{
    return SQLITE_OK;
}

static void
lite_shutdown(void *arg)
{
}

void
wk_sql_mem_init(struct wk_engine *engine)
{
    static const sqlite3_mem_methods methods = {
        lite_malloc,  wk_sql_mem_free, lite_realloc,  lite_size,
        lite_roundup, lite_init,       lite_shutdown, NULL};

    if (memory.engine == NULL && engine != NULL) {
        memory.engine = engine;
        wk_engine_charge_more(engine, memory.bytes);
    }
    if (memory.installed)
        return;
    WK_CHECK(sqlite3_config(SQLITE_CONFIG_MALLOC, &methods) == SQLITE_OK);
    WK_CHECK(sqlite3_config(SQLITE_CONFIG_PAGECACHE, NULL, 0, 0) == SQLITE_OK);
    memory.installed = true;
}

void
wk_sql_mem_forget(struct wk_engine *engine)
{
    if (memory.engine != engine)
        return;
    wk_engine_discharge(engine, memory.bytes);
    memory.engine = NULL;
}

void
wk_sql_memory_limit(size_t bytes_max)
{
    memory.bytes_max = bytes_max;
}

size_t
wk_sql_bytes_total(void)
{
    return memory.bytes;
}
