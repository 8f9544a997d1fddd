/* Changes of what is stored, from wkctl: they are one turn of the actor, which is not live
 * meanwhile. */
#include <stdlib.h>
#include <string.h>
#include "services/actor_storage/tool.h"

#define REPLACED "The Durable Object's storage was replaced by its operator."
#define COLLECTED_BYTES_MAX (256u << 20)

static ProtobufCBinaryData
bytes_copy(struct wk_tool *tool, ProtobufCBinaryData bytes)
{
    uint8_t *copy = wk_arena_alloc(&tool->arena, bytes.len + 1);

    if (bytes.len > 0)
        memcpy(copy, bytes.data, bytes.len);
    return WK_BYTES_OF(copy, bytes.len);
}

/* A copy of a write, of the kinds that an operator may ask for. NULL: it is another. */
static Wk__StorageWrite *
write_copy(struct wk_tool *tool, const Wk__StorageWrite *from)
{
    Wk__StorageWrite *to = wk_arena_alloc(&tool->arena, sizeof(*to));

    wk__storage_write__init(to);
    to->kind_case = from->kind_case;
    switch (from->kind_case) {
    case WK__STORAGE_WRITE__KIND_PUT:
        to->put = wk_arena_alloc(&tool->arena, sizeof(*to->put));
        wk__storage_entry__init(to->put);
        to->put->key = bytes_copy(tool, from->put->key);
        to->put->value = bytes_copy(tool, from->put->value);
        return to;
    case WK__STORAGE_WRITE__KIND_DELETE:
        to->delete_ = bytes_copy(tool, from->delete_);
        return to;
    case WK__STORAGE_WRITE__KIND_PAGE:
        to->page = wk_arena_alloc(&tool->arena, sizeof(*to->page));
        wk__storage_page__init(to->page);
        to->page->number = from->page->number;
        to->page->data = bytes_copy(tool, from->page->data);
        return to;
    case WK__STORAGE_WRITE__KIND_PAGE_COUNT:
        to->page_count = from->page_count;
        return to;
    case WK__STORAGE_WRITE__KIND_ALARM_MS_PLUS1:
        to->alarm_ms_plus1 = from->alarm_ms_plus1;
        return to;
    default:
        return NULL;
    }
}

static bool
collect_one(struct wk_tool *tool, Wk__StorageWrite *write)
{
    if (write == NULL || tool->arena.used > COLLECTED_BYTES_MAX) {
        tool->error = write == NULL
                          ? "that cannot be written this way"
                          : "an object of more than 256 MiB cannot be written at once";
        return false;
    }
    if (tool->writes.n_writes == tool->cap) {
        tool->cap = tool->cap > 0 ? tool->cap * 2 : 64;
        tool->items = wk_xrealloc(tool->items, tool->cap * sizeof(void *));
    }
    tool->writes.writes = (Wk__StorageWrite **)(void *)tool->items;
    tool->writes.writes[tool->writes.n_writes++] = write;
    return true;
}

static bool
collect(struct wk_tool *tool, const Wk__StorageToolWrite *write)
{
    static Wk__DeleteAll all = WK__DELETE_ALL__INIT;

    if (write->begin) {
        Wk__StorageWrite *first = wk_arena_alloc(&tool->arena, sizeof(*first));

        wk__storage_write__init(first);
        all.delete_alarm = true;
        first->kind_case = WK__STORAGE_WRITE__KIND_DELETE_ALL;
        first->delete_all = &all;
        if (!collect_one(tool, first))
            return false;
    }
    for (size_t i = 0; i < write->n_writes; i++)
        if (!collect_one(tool, write_copy(tool, write->writes[i])))
            return false;
    return true;
}

/* ---- making them ---- */

static void
write_over(struct wk_tool *tool, wk_err err)
{
    tool->writing = tool->more = false;
    tool->count = 0; /* items are writes, and not for sending */
    if (err != WK_OK) {
        tool->err = err;
        tool->error = "it could not be written";
    }
    wk_tool_reply(tool);
}

static void
write_done(struct wk_resident *r, void *arg, wk_err err)
{
    write_over(arg, err);
}

void
wk_tool_ready(struct wk_resident *r)
{
    struct wk_tool *tool = r->tool;
    struct wk_actor_key key = wk_resident_key(r);
    struct wk_loaded loaded;

    r->tool = NULL;
    tool->resident = NULL;
    wk_load(r->daemon->engine, WK_READ_ANY, &key, 0,
            &loaded); /* seldom; it may wait for the disk */
    r->view = loaded.view;
    if (loaded.name.len > 0)
        wk_resident_name(r, loaded.name.data);
    else if (tool->id_name != NULL)
        wk_resident_name(r, tool->id_name);
    if (loaded.err != WK_OK) {
        write_over(tool, loaded.err);
        wk_resident_settle(r);
        return;
    }
    wk_loaded_fini(&loaded);
    wk_writes_seal(r, &tool->writes, write_done, tool);
}

static bool
write_begin(struct wk_tool *tool)
{
    struct wk_namespace *ns = wk_namespace_keyed(tool->daemon, tool->unique_key);
    struct wk_span id = {(const uint8_t *)tool->id.data, tool->id.len};
    struct wk_resident *r;

    tool->error =
        ns == NULL || !wk_namespace_on_disk(ns) ? "there is no namespace of that key here"
        : !wk_key_id_ok(id, ns->text) ? "an actor is named by the 64 hex digits of its id"
                                      : NULL;
    if (tool->error != NULL)
        return false;
    r = wk_resident_get(tool->daemon, ns, id);
    if (wk_writes_check(r, &tool->writes) != WK_OK || r->tool != NULL) {
        tool->error =
            r->tool != NULL ? "it is being written already" : "a key or a value is too long";
        wk_resident_settle(r);
        return false;
    }
    tool->writing = true;
    tool->resident = r;
    r->tool = tool;
    if (r->state == WK_RESIDENT_LIVE)
        wk_resident_break(r, WK_EBROKEN, REPLACED, WK_TRAIT_REMOTE | WK_TRAIT_RESET);
    else
        wk_resident_settle(r);
    return true;
}

bool
wk_tool_write(struct wk_tool *tool, const Wk__StorageToolWrite *write)
{
    if (!tool->begun) {
        tool->begun = true;
        tool->unique_key = wk_xstrdup(write->unique_key);
        wk_buf_add(&tool->id, write->id.data, write->id.len);
        if (strlen(write->id_name) <= WK_NAME_BYTES_MAX)
            tool->id_name = wk_xstrdup(write->id_name);
    } else if (write->begin) {
        tool->error = "it has begun already";
        return false;
    }
    if (!collect(tool, write))
        return false;
    if (write->end)
        return write_begin(tool);
    tool->more = true;
    tool->count = 0;
    wk_tool_reply(tool); /* goes on */
    return true;
}

void
wk_tool_write_drop(struct wk_tool *tool)
{
    struct wk_resident *r = tool->resident;

    if (r == NULL)
        return; /* not begun, or a turn already */
    r->tool = NULL;
    tool->resident = NULL;
    tool->writing = false;
    wk_resident_settle(r);
}
