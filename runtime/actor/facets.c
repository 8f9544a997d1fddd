/* native('facets'): deletions and copies of an actor's facets, which leave with what its turn
 * wrote. Paths are arrays of names, from the actor's own facet down. */
#include "runtime/actor/actor_priv.h"

#include <string.h>
#include "runtime/actor/verbs.h"
#include "runtime/binding/utf8.h"

/* What facet_writes is a run of; key and value follow. */
struct record {
    uint32_t kind, key_bytes, value_bytes;
};

static uint32_t
path_add(duk_context *ctx, duk_idx_t idx, struct wk_buf *out)
{
    size_t before = out->len, depth = duk_is_array(ctx, idx) ? duk_get_length(ctx, idx) : 0;

    for (size_t i = 0; i < depth; i++) {
        const char *name;
        size_t bytes;

        duk_get_prop_index(ctx, idx, (duk_uarridx_t)i);
        name = wk_to_utf8(ctx, -1, &bytes);
        wk_buf_add(out, name, bytes);
        wk_buf_add_char(out, '\0');
        duk_pop(ctx);
    }
    return (uint32_t)(out->len - before);
}

static void
write_add(duk_context *ctx, enum wk_write_kind kind)
{
    struct wk_actor *actor = wk_actor_arg(ctx, 0);
    struct record record = {.kind = kind};
    size_t at;

    if (actor == NULL || actor->storage != WK_ACTOR_STORAGE_DISK)
        return; /* what there was ended with the facet */
    at = actor->facet_writes.len;
    wk_buf_add(&actor->facet_writes, &record, sizeof(record));
    record.key_bytes = path_add(ctx, 1, &actor->facet_writes);
    record.value_bytes = path_add(ctx, 2, &actor->facet_writes);
    memcpy(actor->facet_writes.data + at, &record, sizeof(record));
}

/* delete(actor, path) */
static duk_ret_t
facets_delete(duk_context *ctx)
{
    write_add(ctx, WK_WRITE_FACET_DELETE);
    return 0;
}

/* clone(actor, path of the source, path of the copy) */
static duk_ret_t
facets_clone(duk_context *ctx)
{
    write_add(ctx, WK_WRITE_FACET_CLONE);
    return 0;
}

void
wk_facets_take(struct wk_actor *actor, void (*fn)(void *arg, const struct wk_write *write),
               void *arg)
{
    struct wk_buf *writes = &actor->facet_writes;

    for (size_t at = 0; at < writes->len;) {
        const uint8_t *bytes = (const uint8_t *)writes->data + at + sizeof(struct record);
        struct wk_write write = {0};
        struct record record;

        memcpy(&record, writes->data + at, sizeof(record));
        write.kind = (enum wk_write_kind)record.kind;
        write.key = (struct wk_span){bytes, record.key_bytes};
        write.value = (struct wk_span){bytes + record.key_bytes, record.value_bytes};
        fn(arg, &write);
        at += sizeof(record) + record.key_bytes + record.value_bytes;
    }
    wk_buf_fini(writes);
}

void
wk_facets_verbs_init(duk_context *ctx)
{
    static const duk_function_list_entry verbs[] = {
        {"delete", facets_delete, 2}, {"clone", facets_clone, 3}, {NULL, NULL, 0}};

    wk_engine_native(ctx, "facets", verbs);
}
