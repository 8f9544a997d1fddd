/* Pieces of what is stored, for wkctl. All of it runs in the pool. */
#include <stdlib.h>
#include <string.h>
#include "services/actor_storage/tool.h"

#define ACTORS_PER_PIECE 1000u
#define NAMESPACE_PREFIX "ns/"
#define NO_NAMESPACE "there is no namespace of that key here"

ProtobufCBinaryData
wk_tool_bytes(struct wk_tool *tool, struct wk_span bytes)
{
    uint8_t *copy = wk_arena_alloc(&tool->arena, bytes.len + 1);

    if (bytes.len > 0)
        memcpy(copy, bytes.data, bytes.len);
    tool->bytes += bytes.len;
    return WK_BYTES_OF(copy, bytes.len);
}

Wk__StorageToolItem *
wk_tool_item(struct wk_tool *tool)
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

void
wk_tool_failed(struct wk_tool *tool, wk_err err, const char *text)
{
    tool->err = err;
    tool->error = text;
}

static void
scan_end(struct wk_tool *tool, struct wk_scan *scan)
{
    if (wk_scan_err(scan) != WK_OK)
        wk_tool_failed(tool, WK_EIO, WK_TOOL_UNREADABLE);
    wk_scan_close(scan);
}

uint32_t
wk_tool_number(struct wk_tool *tool)
{
    struct wk_buf key = {0}, value = {0};
    uint32_t number = 0;

    wk_buf_add_str(&key, NAMESPACE_PREFIX);
    wk_buf_add_str(&key, tool->unique_key);
    if (wk_engine_get(tool->engine, WK_READ_ANY, WK_SPACE_META, wk_span_of(&key), &value) ==
            WK_OK &&
        value.len == 4)
        number = wk_be32((const uint8_t *)value.data);
    else
        wk_tool_failed(tool, WK_ENOTFOUND, NO_NAMESPACE);
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
    bytes =
        wk_engine_size(tool->engine, WK_SPACE_ENTRIES, wk_span_of(&start), wk_span_of(&end));
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
        Wk__StorageToolItem *item = wk_tool_item(tool);

        item->unique_key =
            wk_arena_strndup(&tool->arena, (const char *)key.data + 3, key.len - 3);
        if (value.len == 4)
            item->bytes = space_bytes(tool, wk_be32(value.data));
    }
    scan_end(tool, scan);
}

/* ---- actors ---- */

/* Where a walk over actors stands. */
struct walk {
    Wk__StorageToolItem *item;
    uint32_t generation;
    uint16_t facet, facet_counted;
};

static void
actor_add_key(struct wk_tool *tool, struct walk *w, const struct wk_entry_key *key,
              struct wk_span value)
{
    Wk__StorageToolItem *item = w->item;

    if (key->facet != w->facet) {
        w->facet = key->facet;
        w->generation = 0;
    }
    if (key->generation == 0 && key->kind == WK_KEY_GENERATION && value.len == 4)
        w->generation = wk_be32(value.data);
    if (key->generation == 0 && key->facet == 0 && key->kind == WK_KEY_ALARM &&
        value.len >= 8) {
        item->alarm_ms_plus1 = wk_be64(value.data);
        item->id_name =
            wk_arena_strndup(&tool->arena, (const char *)value.data + 8, value.len - 8);
    }
    if (key->kind >= WK_KEY_OF_GENERATION && key->generation != w->generation)
        return; /* deleted, and not tidied yet; or staged */
    if (key->kind >= WK_KEY_OF_GENERATION && key->facet != w->facet_counted) {
        w->facet_counted = key->facet;
        item->facets++;
    }
    item->entries += key->kind == WK_KEY_ENTRY;
    item->bytes += key->user.len + value.len;
}

void
wk_tool_list_work(struct wk_tool *tool)
{
    struct wk_actor_key actor = {.space = wk_tool_number(tool), .id = {NULL, 0}};
    struct wk_buf start = {0}, end = {0};
    struct wk_scan *scan;
    struct walk w = {0};

    if (actor.space == 0)
        return;
    wk_key_add_space(&start, actor.space);
    wk_key_add_space(&end, actor.space);
    wk_key_after(&end, 0);
    if (tool->at.len == 0 && tool->id.len == WK_ACTOR_ID_BYTES) {
        wk_buf_add(&start, tool->id.data, tool->id.len);
        continue_after(tool, wk_span_of(&start));
    }
    scan = wk_scan_open(tool->engine, WK_READ_ANY, WK_SPACE_ENTRIES,
                        tool->at.len > 0 ? wk_span_of(&tool->at) : wk_span_of(&start),
                        wk_span_of(&end), false);
    for (; wk_scan_valid(scan); wk_scan_next(scan)) {
        struct wk_entry_key key;

        if (wk_key_entry(wk_scan_key(scan), false, &key) != WK_OK)
            continue;
        if (w.item == NULL ||
            wk_span_compare(key.actor.id, (struct wk_span){w.item->id.data, w.item->id.len}) !=
                0) {
            if ((tool->more = piece_is_full(tool)))
                break;
            w = (struct walk){.item = wk_tool_item(tool)};
            w.item->id = wk_tool_bytes(tool, key.actor.id);
        }
        actor_add_key(tool, &w, &key, wk_scan_value(scan));
    }
    if (tool->more)
        continue_at(tool, wk_scan_key(scan));
    scan_end(tool, scan);
    wk_buf_fini(&start);
    wk_buf_fini(&end);
}

/* ---- alarms ---- */

static void
alarm_name(struct wk_tool *tool, Wk__StorageToolItem *item, const struct wk_actor_key *actor)
{
    struct wk_entry_key entry = {*actor, 0, 0, WK_KEY_ALARM, {NULL, 0}};
    struct wk_buf key = {0}, value = {0};

    wk_key_add_entry(&key, &entry);
    if (wk_engine_get(tool->engine, WK_READ_ANY, WK_SPACE_ENTRIES, wk_span_of(&key), &value) ==
            WK_OK &&
        value.len > 8)
        item->id_name = wk_arena_strndup(&tool->arena, value.data + 8, value.len - 8);
    wk_buf_fini(&key);
    wk_buf_fini(&value);
}

void
wk_tool_alarms_work(struct wk_tool *tool)
{
    uint32_t number = wk_tool_number(tool), space;
    struct wk_scan *scan;

    if (number == 0)
        return;
    scan = wk_scan_open(tool->engine, WK_READ_ANY, WK_SPACE_ALARMS, wk_span_of(&tool->at),
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
        item = wk_tool_item(tool);
        item->id = wk_tool_bytes(tool, actor.id);
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
        wk_tool_failed(
            tool, err,
            wk_arena_strndup(&tool->arena, text.data != NULL ? text.data : "", text.len));
    wk_buf_fini(&text);
}
