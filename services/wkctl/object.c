#include "services/wkctl/object.h"

#include <stdlib.h>
#include <string.h>

#define PIECE_BYTES (192u << 10)
#define WRITE_BYTES 64u /* about what a write takes beside its data */

/* ---- collecting ---- */

void
wk_object_fini(struct wk_object *object)
{
    wk_arena_fini(&object->arena);
    free(object->writes);
    *object = (struct wk_object){0};
}

/* NULL: it does not fit any more. */
static Wk__StorageWrite *
add_write(struct wk_object *object, size_t bytes)
{
    Wk__StorageWrite *write;

    if (bytes > WK_OBJECT_ENTRY_BYTES_MAX ||
        object->bytes + bytes + WRITE_BYTES > WK_OBJECT_BYTES_MAX) {
        object->too_large = true;
        return NULL;
    }
    if (object->count == object->cap) {
        object->cap = object->cap > 0 ? object->cap * 2 : 64;
        object->writes = wk_xrealloc(object->writes, object->cap * sizeof(Wk__StorageWrite *));
    }
    write = wk_arena_alloc(&object->arena, sizeof(*write));
    wk__storage_write__init(write);
    object->writes[object->count++] = write;
    object->bytes += bytes + WRITE_BYTES;
    return write;
}

static ProtobufCBinaryData
keep(struct wk_object *object, const void *data, size_t bytes)
{
    return WK_BYTES_OF((uint8_t *)wk_arena_strndup(&object->arena, data, bytes), bytes);
}

void
wk_object_name(struct wk_object *object, const char *name)
{
    object->id_name = wk_arena_strndup(&object->arena, name, strlen(name));
}

void
wk_object_entry(struct wk_object *object, const void *key, size_t key_bytes, const void *value,
                size_t value_bytes)
{
    Wk__StorageWrite *write = add_write(object, key_bytes + value_bytes);

    if (write == NULL)
        return;
    write->kind_case = WK__STORAGE_WRITE__KIND_PUT;
    write->put = wk_arena_alloc(&object->arena, sizeof(*write->put));
    wk__storage_entry__init(write->put);
    write->put->key = keep(object, key, key_bytes);
    write->put->value = keep(object, value, value_bytes);
    object->entries++;
}

void
wk_object_page(struct wk_object *object, uint32_t number, const void *data)
{
    Wk__StorageWrite *write = add_write(object, WK_PAGE_BYTES);

    if (write == NULL)
        return;
    write->kind_case = WK__STORAGE_WRITE__KIND_PAGE;
    write->page = wk_arena_alloc(&object->arena, sizeof(*write->page));
    wk__storage_page__init(write->page);
    write->page->number = number;
    write->page->data = keep(object, data, WK_PAGE_BYTES);
    object->pages++;
}

void
wk_object_page_count(struct wk_object *object, uint32_t count)
{
    Wk__StorageWrite *write = add_write(object, 0);

    if (write == NULL)
        return;
    write->kind_case = WK__STORAGE_WRITE__KIND_PAGE_COUNT;
    write->page_count = count;
}

void
wk_object_alarm(struct wk_object *object, uint64_t ms_plus1)
{
    Wk__StorageWrite *write = add_write(object, 0);

    if (write == NULL)
        return;
    write->kind_case = WK__STORAGE_WRITE__KIND_ALARM_MS_PLUS1;
    write->alarm_ms_plus1 = ms_plus1;
    object->alarm_ms_plus1 = ms_plus1;
}

/* ---- sending ---- */

struct sending {
    const struct wk_object *object;
    size_t at;
    Wk__StorageTool ask;
    Wk__StorageToolWrite write;
};

static size_t
bytes_of(const Wk__StorageWrite *write)
{
    size_t bytes = WRITE_BYTES;

    if (write->kind_case == WK__STORAGE_WRITE__KIND_PUT)
        bytes += write->put->key.len + write->put->value.len;
    else if (write->kind_case == WK__STORAGE_WRITE__KIND_PAGE)
        bytes += write->page->data.len;
    return bytes;
}

/* One write at least, however long. */
static void
next_piece(struct sending *s)
{
    const struct wk_object *object = s->object;
    size_t bytes = 0, from = s->at;

    while (s->at < object->count &&
           (s->at == from || bytes + bytes_of(object->writes[s->at]) <= PIECE_BYTES))
        bytes += bytes_of(object->writes[s->at++]);
    s->write.begin = from == 0;
    s->write.writes = object->writes + from;
    s->write.n_writes = s->at - from;
    s->write.end = s->at == object->count;
}

static const Wk__StorageTool *
send_on_reply(void *arg, const Wk__StorageToolReply *reply)
{
    struct sending *s = arg;

    if (s->write.end)
        return NULL;
    next_piece(s);
    return &s->ask;
}

wk_err
wk_object_send(const struct wk_object *object, struct wk_client *client,
               const struct wk_namespace *ns, const uint8_t id[WK_ACTOR_ID_BYTES],
               struct wk_answer *answer)
{
    struct sending s = {.object = object};
    uint8_t named[WK_ACTOR_ID_BYTES];

    wk__storage_tool__init(&s.ask);
    wk__storage_tool_write__init(&s.write);
    s.ask.ask_case = WK__STORAGE_TOOL__ASK_WRITE;
    s.ask.write = &s.write;
    s.ask.service = (char *)(uintptr_t)wk_namespace_service(ns, id);
    s.write.unique_key = ns->unique_key;
    s.write.id = WK_BYTES_OF((uint8_t *)(uintptr_t)id, WK_ACTOR_ID_BYTES);
    /* a name that makes another id is another object's */
    if (object->id_name != NULL && wk_actor_id(ns, object->id_name, true, named) &&
        memcmp(named, id, sizeof(named)) == 0)
        s.write.id_name = object->id_name;
    next_piece(&s);
    return wk_client_tool(client, &s.ask, send_on_reply, &s, answer);
}
