/* Pieces of what is stored, for wkctl. All of it runs in the pool. */
#include <stdlib.h>
#include <string.h>
#include "services/actor_storage/tool.h"

#define ACTORS_PER_PIECE 1000u
#define NAMESPACE_PREFIX "ns/"
#define NO_NAMESPACE "there is no namespace of that key here"
#define UNREADABLE "what is stored cannot be read"

static struct wk_span
span_of(const struct wk_buf *buf)
{
    return (struct wk_span){(const uint8_t *)buf->data, buf->len};
}

static ProtobufCBinaryData
bytes_copy(struct wk_tool *tool, struct wk_span bytes)
{
    uint8_t *copy = wk_arena_alloc(&tool->arena, bytes.len + 1);

    if (bytes.len > 0)
        memcpy(copy, bytes.data, bytes.len);
    tool->bytes += bytes.len;
    return WK_BYTES_OF(copy, bytes.len);
}

static Wk__StorageToolItem *
item_add(struct wk_tool *tool)
{
    Wk__StorageToolItem *item = wk_arena_alloc(&tool->arena, sizeof(*item));

    if (tool->count == tool->cap) {
        tool->cap = tool->cap > 0 ? tool->cap * 2 : 64;
        tool->items = wk_xrealloc(tool->items, tool->cap * sizeof(Wk__StorageToolItem *));
    }
    wk__storage_tool_item__init(item);
    item->unique_key = tool->unique_key;
    tool->items[tool->count++] = item;
    tool->bytes += 64;
    return item;
}

static bool
piece_is_full(const struct wk_tool *tool)
{
    return tool->bytes >= WK_PIECE_BYTES || tool->count >= ACTORS_PER_PIECE;
}

/* The next piece begins behind all keys that begin like this. */
static void
continue_after(struct wk_tool *tool, struct wk_span prefix)
{
    tool->at.len = 0;
    wk_buf_add(&tool->at, prefix.data, prefix.len);
    wk_key_after(&tool->at, 0);
}

static void
continue_at(struct wk_tool *tool, struct wk_span key)
{
    tool->at.len = 0;
    wk_buf_add(&tool->at, key.data, key.len);
}

static void
failed(struct wk_tool *tool, wk_err err, const char *text)
{
    tool->err = err;
    tool->error = text;
}

static void
scan_end(struct wk_tool *tool, struct wk_scan *scan)
{
    if (wk_scan_err(scan) != WK_OK)
        failed(tool, WK_EIO, UNREADABLE);
    wk_scan_close(scan);
}

/* The number of the namespace; 0: there is none, and the error is set. */
static uint32_t
number_of(struct wk_tool *tool)
{
    struct wk_buf key = {0}, value = {0};
    uint32_t number = 0;

    wk_buf_add_str(&key, NAMESPACE_PREFIX);
    wk_buf_add_str(&key, tool->unique_key);
    if (wk_engine_get(tool->engine, WK_READ_ANY, WK_SPACE_META, span_of(&key), &value) ==
            WK_OK &&
        value.len == 4)
        number = wk_be32((const uint8_t *)value.data);
    else
        failed(tool, WK_ENOTFOUND, NO_NAMESPACE);
    wk_buf_fini(&key);
    wk_buf_fini(&value);
    return number;
}

/* ---- namespaces ---- */

static uint64_t
space_bytes(struct wk_tool *tool, uint32_t number)
{
    struct wk_buf start = {0}, end = {0};
    uint64_t bytes;

    wk_key_add_space(&start, number);
    wk_key_add_space(&end, number);
    wk_key_after(&end, 0);
    bytes = wk_engine_size(tool->engine, WK_SPACE_ENTRIES, span_of(&start), span_of(&end));
    wk_buf_fini(&start);
    wk_buf_fini(&end);
    return bytes;
}

void
wk_tool_namespaces_work(struct wk_tool *tool)
{
    struct wk_span start = {(const uint8_t *)NAMESPACE_PREFIX, 3},
                   end = {(const uint8_t *)"ns0", 3};
    struct wk_scan *scan =
        wk_scan_open(tool->engine, WK_READ_ANY, WK_SPACE_META, start, end, false);

    for (; wk_scan_valid(scan); wk_scan_next(scan)) {
        struct wk_span key = wk_scan_key(scan), value = wk_scan_value(scan);
        Wk__StorageToolItem *item = item_add(tool);

        item->unique_key =
            wk_arena_strndup(&tool->arena, (const char *)key.data + 3, key.len - 3);
        if (value.len == 4)
            item->bytes = space_bytes(tool, wk_be32(value.data));
    }
    scan_end(tool, scan);
}

/* ---- actors ---- */

static void
actor_add_key(struct wk_tool *tool, Wk__StorageToolItem *item, const struct wk_entry_key *key,
              struct wk_span value, uint32_t *generation)
{
    if (key->generation == 0 && key->facet == 0 && key->kind == WK_KEY_GENERATION &&
        value.len == 4)
        *generation = wk_be32(value.data);
    if (key->generation == 0 && key->facet == 0 && key->kind == WK_KEY_ALARM &&
        value.len >= 8) {
        item->alarm_ms_plus1 = wk_be64(value.data);
        item->id_name =
            wk_arena_strndup(&tool->arena, (const char *)value.data + 8, value.len - 8);
    }
    if (key->facet == 0 && key->generation != *generation && key->kind >= WK_KEY_OF_GENERATION)
        return; /* deleted, and not tidied yet */
    item->entries += key->kind == WK_KEY_ENTRY;
    item->bytes += key->user.len + value.len;
}

void
wk_tool_list_work(struct wk_tool *tool)
{
    struct wk_actor_key actor = {.space = number_of(tool), .id = {NULL, 0}};
    struct wk_buf start = {0}, end = {0};
    struct wk_scan *scan;
    Wk__StorageToolItem *item = NULL;
    uint32_t generation = 0;

    if (actor.space == 0)
        return;
    wk_key_add_space(&start, actor.space);
    wk_key_add_space(&end, actor.space);
    wk_key_after(&end, 0);
    if (tool->at.len == 0 && tool->id.len == WK_ACTOR_ID_BYTES) {
        wk_buf_add(&start, tool->id.data, tool->id.len);
        continue_after(tool, span_of(&start));
    }
    scan = wk_scan_open(tool->engine, WK_READ_ANY, WK_SPACE_ENTRIES,
                        tool->at.len > 0 ? span_of(&tool->at) : span_of(&start), span_of(&end),
                        false);
    for (; wk_scan_valid(scan); wk_scan_next(scan)) {
        struct wk_entry_key key;

        if (wk_key_entry(wk_scan_key(scan), false, &key) != WK_OK)
            continue;
        if (item == NULL ||
            wk_span_compare(key.actor.id, (struct wk_span){item->id.data, item->id.len}) != 0) {
            if ((tool->more = piece_is_full(tool)))
                break;
            item = item_add(tool);
            item->id = bytes_copy(tool, key.actor.id);
            generation = 0;
        }
        actor_add_key(tool, item, &key, wk_scan_value(scan), &generation);
    }
    if (tool->more)
        continue_at(tool, wk_scan_key(scan));
    scan_end(tool, scan);
    wk_buf_fini(&start);
    wk_buf_fini(&end);
}

/* ---- one actor ---- */

static uint32_t
facets_count(struct wk_tool *tool, const struct wk_actor_key *actor)
{
    struct wk_entry_key all = {.actor = *actor, .kind = WK_KEY_FACETS};
    struct wk_buf start = {0}, end = {0};
    struct wk_scan *scan;
    uint32_t count = 0;

    wk_key_add_entry(&start, &all);
    wk_key_add_entry(&end, &all);
    wk_key_after(&end, 0);
    scan = wk_scan_open(tool->engine, WK_READ_ANY, WK_SPACE_ENTRIES, span_of(&start),
                        span_of(&end), false);
    for (; wk_scan_valid(scan); wk_scan_next(scan))
        count++;
    scan_end(tool, scan);
    wk_buf_fini(&start);
    wk_buf_fini(&end);
    return count;
}

static void
dump_head(struct wk_tool *tool, const struct wk_actor_key *actor,
          const struct wk_loaded *loaded)
{
    Wk__StorageToolItem *item = item_add(tool);

    item->id = bytes_copy(tool, span_of(&tool->id));
    item->id_name = wk_arena_strndup(
        &tool->arena, loaded->name.data != NULL ? loaded->name.data : "", loaded->name.len);
    item->alarm_ms_plus1 = loaded->view.alarm_plus1;
    item->page_count = loaded->page_count;
    item->facets = facets_count(tool, actor);
}

static void
dump_entry(struct wk_tool *tool, struct wk_span key, struct wk_span value)
{
    Wk__StorageToolItem *item = item_add(tool);

    item->entry = wk_arena_alloc(&tool->arena, sizeof(*item->entry));
    wk__storage_entry__init(item->entry);
    item->entry->key = bytes_copy(tool, key);
    item->entry->value = bytes_copy(tool, value);
}

static void
dump_page(struct wk_tool *tool, struct wk_span number, struct wk_span data)
{
    Wk__StorageToolItem *item;

    if (number.len != 4)
        return;
    item = item_add(tool);
    item->page = wk_arena_alloc(&tool->arena, sizeof(*item->page));
    wk__storage_page__init(item->page);
    item->page->number = wk_be32(number.data);
    item->page->data = bytes_copy(tool, data);
}

/* From tool->at on; sets it to where the next piece begins. */
static void
dump_range(struct wk_tool *tool, const struct wk_actor_key *actor)
{
    struct wk_buf end = {0};
    struct wk_scan *scan;

    wk_key_add_facet(&end, actor, 0);
    wk_buf_add(&end, tool->at.data + end.len, 4); /* the generation of where it begins */
    wk_key_after(&end, 0);
    scan = wk_scan_open(tool->engine, WK_READ_ANY, WK_SPACE_ENTRIES, span_of(&tool->at),
                        span_of(&end), false);
    for (; wk_scan_valid(scan); wk_scan_next(scan)) {
        struct wk_entry_key key;
        struct wk_span value = wk_scan_value(scan);

        if (wk_key_entry(wk_scan_key(scan), false, &key) != WK_OK)
            continue;
        if (tool->count > 0 && tool->bytes + key.user.len + value.len > WK_PIECE_BYTES) {
            tool->more = true;
            break;
        }
        if (key.kind == WK_KEY_PAGE)
            dump_page(tool, key.user, value);
        else if (key.kind == WK_KEY_ENTRY)
            dump_entry(tool, key.user, value);
    }
    if (tool->more)
        continue_at(tool, wk_scan_key(scan));
    scan_end(tool, scan);
    wk_buf_fini(&end);
}

static void
dump_one(struct wk_tool *tool, const struct wk_actor_key *actor, uint32_t generation)
{
    struct wk_entry_key entry = {*actor, 0, generation, WK_KEY_ENTRY, span_of(&tool->key)};
    struct wk_buf key = {0}, value = {0};
    wk_err err;

    wk_key_add_entry(&key, &entry);
    err = wk_engine_get(tool->engine, WK_READ_ANY, WK_SPACE_ENTRIES, span_of(&key), &value);
    if (err == WK_OK)
        dump_entry(tool, span_of(&tool->key), span_of(&value));
    else if (err == WK_ENOTFOUND)
        failed(tool, err, "the actor has no such key");
    else
        failed(tool, err, UNREADABLE);
    wk_buf_fini(&key);
    wk_buf_fini(&value);
}

void
wk_tool_dump_work(struct wk_tool *tool)
{
    struct wk_actor_key actor = {number_of(tool), false, span_of(&tool->id)};
    struct wk_entry_key from = {actor, 0, 0, WK_KEY_OF_GENERATION, {NULL, 0}};
    struct wk_loaded loaded;

    if (actor.space == 0)
        return;
    if (tool->at.len > 0) {
        dump_range(tool, &actor);
        return;
    }
    wk_load(tool->engine, WK_READ_ANY, &actor, 0, &loaded);
    if (loaded.err != WK_OK) {
        failed(tool, loaded.err, UNREADABLE);
        return;
    }
    if (tool->only_key) {
        dump_one(tool, &actor, loaded.view.generation);
    } else {
        dump_head(tool, &actor, &loaded);
        from.generation = loaded.view.generation;
        wk_key_add_entry(&tool->at, &from);
        dump_range(tool, &actor);
    }
    wk_loaded_fini(&loaded);
}

/* ---- alarms ---- */

static void
alarm_name(struct wk_tool *tool, Wk__StorageToolItem *item, const struct wk_actor_key *actor)
{
    struct wk_entry_key entry = {*actor, 0, 0, WK_KEY_ALARM, {NULL, 0}};
    struct wk_buf key = {0}, value = {0};

    wk_key_add_entry(&key, &entry);
    if (wk_engine_get(tool->engine, WK_READ_ANY, WK_SPACE_ENTRIES, span_of(&key), &value) ==
            WK_OK &&
        value.len > 8)
        item->id_name = wk_arena_strndup(&tool->arena, value.data + 8, value.len - 8);
    wk_buf_fini(&key);
    wk_buf_fini(&value);
}

void
wk_tool_alarms_work(struct wk_tool *tool)
{
    uint32_t number = number_of(tool), space;
    struct wk_scan *scan;

    if (number == 0)
        return;
    scan = wk_scan_open(tool->engine, WK_READ_ANY, WK_SPACE_ALARMS, span_of(&tool->at),
                        (struct wk_span){NULL, 0}, false);
    for (; wk_scan_valid(scan); wk_scan_next(scan)) {
        struct wk_actor_key actor;
        Wk__StorageToolItem *item;
        uint64_t due_ms;

        if (wk_key_alarm_space(wk_scan_key(scan), &space) != WK_OK || space != number ||
            wk_key_alarm(wk_scan_key(scan), false, &due_ms, &actor) != WK_OK)
            continue;
        if ((tool->more = piece_is_full(tool)))
            break;
        item = item_add(tool);
        item->id = bytes_copy(tool, actor.id);
        item->alarm_ms_plus1 = due_ms + 1;
        alarm_name(tool, item, &actor);
    }
    if (tool->more)
        continue_at(tool, wk_scan_key(scan));
    scan_end(tool, scan);
}

/* ---- backup ---- */

void
wk_tool_backup_work(struct wk_tool *tool)
{
    struct wk_buf text = {0};
    wk_err err = wk_engine_checkpoint(tool->engine, tool->backup_dir, &text);

    if (err != WK_OK)
        failed(tool, err,
               wk_arena_strndup(&tool->arena, text.data != NULL ? text.data : "", text.len));
    wk_buf_fini(&text);
}
