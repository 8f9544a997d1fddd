#include "services/wkctl/object.h"

#include <stdlib.h>
#include <string.h>
#include "services/wkctl/interrupt.h"

#define PIECE_BYTES (192u << 10)
#define WRITE_BYTES 64u /* about what a write takes beside its data */

void
wk_object_init(struct wk_object *object, struct wk_client *client,
               const struct wk_namespace *ns, const uint8_t id[WK_ACTOR_ID_BYTES])
{
    *object = (struct wk_object){.client = client, .ns = ns};
    memcpy(object->id, id, sizeof(object->id));
}

static void
facet_forget(struct wk_object *object)
{
    while (object->facet_count > 0)
        free(object->facet[--object->facet_count]);
}

void
wk_object_fini(struct wk_object *object)
{
    wk_talk_free(object->talk);
    wk_arena_fini(&object->arena);
    facet_forget(object);
    free(object->writes);
    free(object->id_name);
    free(object->why);
    *object = (struct wk_object){0};
}

static void
failed(struct wk_object *object, wk_err err, const char *why)
{
    object->err = err;
    object->why = wk_xstrdup(why);
}

/* ---- sending ---- */

/* A name that makes another id is another object's. */
static bool
name_fits(const struct wk_object *object)
{
    uint8_t named[WK_ACTOR_ID_BYTES];

    return object->id_name != NULL && wk_actor_id(object->ns, object->id_name, true, named) &&
           memcmp(named, object->id, sizeof(named)) == 0;
}

static void
piece_send(struct wk_object *object, bool end)
{
    Wk__StorageTool ask = WK__STORAGE_TOOL__INIT;
    Wk__StorageToolWrite write = WK__STORAGE_TOOL_WRITE__INIT;
    const struct wk_answer *answer;

    if (object->err != WK_OK)
        return;
    if (wk_interrupted()) {
        failed(object, WK_ECANCELED, "interrupted; nothing of this object was changed");
        return;
    }
    ask.ask_case = WK__STORAGE_TOOL__ASK_WRITE;
    ask.write = &write;
    ask.service = (char *)(uintptr_t)wk_namespace_service(object->ns, object->id);
    if (object->talk == NULL) {
        object->talk = wk_talk_new(object->client);
        write.begin = true;
        write.unique_key = object->ns->unique_key;
        write.id = WK_BYTES_OF(object->id, sizeof(object->id));
        if (name_fits(object))
            write.id_name = object->id_name;
    }
    write.facet = object->facet;
    write.n_facet = object->facet_count;
    write.writes = object->writes;
    write.n_writes = object->count;
    write.end = end;
    if ((answer = wk_talk_say(object->talk, &ask))->code != WK_OK) {
        bool unknown = end && answer->message[0] == '\0';

        failed(object, answer->code,
               unknown
                   ? "the storage service ended before it answered: the object is as it was "
                     "or as it was to be, and nothing between; do it again"
               : answer->message[0] != '\0'
                   ? answer->message
                   : "the storage service ended; nothing of this object was changed");
    }
    wk_arena_reset(&object->arena);
    object->count = object->piece_bytes = 0;
}

wk_err
wk_object_end(struct wk_object *object)
{
    piece_send(object, true);
    return object->err;
}

/* ---- adding ---- */

/* NULL: nothing is added any more. */
static Wk__StorageWrite *
add_write(struct wk_object *object, size_t bytes)
{
    Wk__StorageWrite *write;

    if (bytes > WK_OBJECT_ENTRY_BYTES_MAX && object->err == WK_OK)
        failed(object, WK_ELIMIT, "it has an entry that is too large to be stored");
    if (object->count > 0 && object->piece_bytes + bytes + WRITE_BYTES > PIECE_BYTES)
        piece_send(object, false);
    if (object->err != WK_OK)
        return NULL;
    if (object->count == object->cap) {
        object->cap = object->cap > 0 ? object->cap * 2 : 64;
        object->writes = wk_xrealloc(object->writes, object->cap * sizeof(Wk__StorageWrite *));
    }
    write = wk_arena_alloc(&object->arena, sizeof(*write));
    wk__storage_write__init(write);
    object->writes[object->count++] = write;
    object->piece_bytes += bytes + WRITE_BYTES;
    object->bytes += bytes;
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
    free(object->id_name);
    object->id_name = wk_xstrdup(name);
}

void
wk_object_facet(struct wk_object *object, const char *const *path, size_t count)
{
    WK_CHECK(count <= WK_FACET_DEPTH_MAX);
    if (object->count > 0 || object->talk == NULL)
        piece_send(object, false); /* the first is the actor's own, also if there is nothing */
    facet_forget(object);
    while (object->facet_count < count) {
        object->facet[object->facet_count] = wk_xstrdup(path[object->facet_count]);
        object->facet_count++;
    }
    object->facets++;
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
    object->has_alarm = ms_plus1 > 0;
}
