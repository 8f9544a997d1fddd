/* One actor as it is stored, its facets too, for wkctl: as of one moment, since one scan over
 * its keys stays open from the first piece to the last. All but the beginning runs in the pool.
 *
 * The records of the actor that are of no generation come first: its generation, its alarm and
 * the names of its facets. A facet's number is higher than that of the one above it. */
#include <stdlib.h>
#include <string.h>
#include "services/actor_storage/facets.h"
#include "services/actor_storage/tool.h"

#define NO_FACET "the object has no such facet; wkctl do ls with its id lists those it has"
#define NOTHING "nothing is stored of this object; wkctl do ls lists those there are"

struct facet_name {
    char *name; /* NULL: there is none of that number */
    uint16_t parent;
};

struct wk_dump {
    bool only_key, below, heads;
    char *path[WK_FACET_DEPTH_MAX]; /* of the facet that is asked for */
    size_t path_count;

    struct wk_arena arena;
    struct facet_name *names; /* by number */
    size_t name_cap;
    char *id_name;
    uint64_t alarm_plus1;
    uint16_t base; /* the number of what is asked for */

    struct wk_scan *scan;
    uint32_t generation; /* the current one where the scan stands */
    uint16_t facet;
    bool began, headed, found;
    Wk__StorageToolItem *head; /* with heads: of the piece, and counted up */
};

bool
wk_tool_dump_begin(struct wk_tool *tool, const Wk__StorageToolDump *ask)
{
    struct wk_dump *d;

    if (!wk_key_id_ok((struct wk_span){ask->id.data, ask->id.len}, false)) {
        tool->error = "an actor is named by the 64 hex digits of its id";
        return false;
    }
    if (ask->n_facet > 0 && !wk_facet_path_ok(ask->facet, ask->n_facet)) {
        tool->error = NO_FACET;
        return false;
    }
    d = tool->dump = wk_xcalloc(1, sizeof(*d));
    d->only_key = ask->only_key;
    d->below = ask->below;
    d->heads = ask->heads;
    wk_buf_add(&tool->key, ask->key.data, ask->key.len);
    for (; d->path_count < ask->n_facet; d->path_count++)
        d->path[d->path_count] = wk_arena_strndup(&d->arena, ask->facet[d->path_count],
                                                  strlen(ask->facet[d->path_count]));
    return true;
}

void
wk_dump_free(struct wk_dump *dump)
{
    if (dump == NULL)
        return;
    if (dump->scan != NULL)
        wk_scan_close(dump->scan);
    wk_arena_fini(&dump->arena);
    free(dump->names);
    free(dump);
}

/* ---- names ---- */

/* See facets.c for the record. */
static void
name_add(struct wk_dump *d, struct wk_span user, struct wk_span value)
{
    uint16_t number;

    if (user.len < 2 || value.len != 2)
        return;
    number = wk_be16(value.data);
    if (number >= d->name_cap) {
        size_t cap = number < 32768 ? 2 * (size_t)number + 8 : 65536;

        d->names = wk_xrealloc(d->names, cap * sizeof(*d->names));
        memset(d->names + d->name_cap, 0, (cap - d->name_cap) * sizeof(*d->names));
        d->name_cap = cap;
    }
    d->names[number] = (struct facet_name){
        wk_arena_strndup(&d->arena, (const char *)user.data + 2, user.len - 2),
        wk_be16(user.data)};
}

static const struct facet_name *
name_of(const struct wk_dump *d, uint16_t number)
{
    return number > 0 && number < d->name_cap && d->names[number].name != NULL
               ? &d->names[number]
               : NULL;
}

/* The number of the path that is asked for. */
static bool
base_find(struct wk_dump *d)
{
    for (size_t i = 0; i < d->path_count; i++) {
        size_t n = 1;

        while (n < d->name_cap && (d->names[n].name == NULL || d->names[n].parent != d->base ||
                                   strcmp(d->names[n].name, d->path[i]) != 0))
            n++;
        if (n >= d->name_cap)
            return false;
        d->base = (uint16_t)n;
    }
    return true;
}

/* Its path below what is asked for, from the end; how many names, -1: it is not below it. */
static int
path_up(const struct wk_dump *d, uint16_t number, const char *up[WK_FACET_DEPTH_MAX])
{
    const struct facet_name *name;
    int count = 0;

    for (; number != d->base; number = name->parent) {
        if ((name = name_of(d, number)) == NULL || count == (int)WK_FACET_DEPTH_MAX)
            return -1;
        up[count++] = name->name;
    }
    return count;
}

/* ---- the scan ---- */

static void
scan_open(struct wk_tool *tool, const struct wk_actor_key *actor, uint16_t facet, bool rest)
{
    struct wk_dump *d = tool->dump;
    struct wk_buf start = {0}, end = {0};

    wk_key_add_facet(&start, actor, facet);
    if (rest)
        wk_key_add_actor(&end, actor);
    else
        wk_buf_add(&end, start.data, start.len);
    wk_key_after(&end, 0);
    if (d->scan != NULL)
        wk_scan_close(d->scan);
    d->scan = wk_scan_open(tool->engine, WK_READ_ANY, WK_SPACE_ENTRIES, wk_span_of(&start),
                           wk_span_of(&end), false);
    wk_buf_fini(&start);
    wk_buf_fini(&end);
}

/* Takes in what is of no generation; the scan stands behind it. */
static void
records_read(struct wk_dump *d)
{
    struct wk_entry_key key;

    for (; wk_scan_valid(d->scan); wk_scan_next(d->scan)) {
        struct wk_span value = wk_scan_value(d->scan);

        if (wk_key_entry(wk_scan_key(d->scan), false, &key) != WK_OK)
            continue;
        if (key.facet > 0 || key.generation > 0 || key.kind >= WK_KEY_OF_GENERATION)
            return;
        if (key.kind == WK_KEY_GENERATION && value.len == 4)
            d->generation = wk_be32(value.data);
        else if (key.kind == WK_KEY_ALARM && value.len >= 8) {
            d->alarm_plus1 = wk_be64(value.data);
            d->id_name =
                wk_arena_strndup(&d->arena, (const char *)value.data + 8, value.len - 8);
        } else if (key.kind == WK_KEY_FACETS)
            name_add(d, key.user, value);
    }
}

/* ---- items ---- */

static void
head_add(struct wk_tool *tool, uint16_t facet)
{
    struct wk_dump *d = tool->dump;
    const char *up[WK_FACET_DEPTH_MAX];
    int count = path_up(d, facet, up);
    Wk__StorageToolItem *item = wk_tool_item(tool);

    d->headed = true;
    d->head = item;
    item->id = wk_tool_bytes(tool, wk_span_of(&tool->id));
    if (facet == 0) {
        item->id_name = wk_arena_strndup(&tool->arena, d->id_name != NULL ? d->id_name : "",
                                         d->id_name != NULL ? strlen(d->id_name) : 0);
        item->alarm_ms_plus1 = d->alarm_plus1;
    }
    item->facet = wk_arena_alloc(&tool->arena, (WK_FACET_DEPTH_MAX + 1) * sizeof(char *));
    while (count > 0)
        item->facet[item->n_facet++] =
            wk_arena_strndup(&tool->arena, up[count - 1], strlen(up[count - 1])),
        count--;
}

static void
entry_add(struct wk_tool *tool, struct wk_span key, struct wk_span value)
{
    Wk__StorageToolItem *item = wk_tool_item(tool);

    item->entry = wk_arena_alloc(&tool->arena, sizeof(*item->entry));
    wk__storage_entry__init(item->entry);
    item->entry->key = wk_tool_bytes(tool, key);
    item->entry->value = wk_tool_bytes(tool, value);
}

static void
page_add(struct wk_tool *tool, struct wk_span number, struct wk_span data)
{
    Wk__StorageToolItem *item;

    if (number.len != 4)
        return;
    item = wk_tool_item(tool);
    item->page = wk_arena_alloc(&tool->arena, sizeof(*item->page));
    wk__storage_page__init(item->page);
    item->page->number = wk_be32(number.data);
    item->page->data = wk_tool_bytes(tool, data);
}

static void
key_add(struct wk_tool *tool, const struct wk_entry_key *key, struct wk_span value)
{
    struct wk_dump *d = tool->dump;

    d->found = true;
    if (key->kind == WK_KEY_PAGE_COUNT && value.len == 4)
        d->head->page_count = wk_be32(value.data); /* the first of its facet: so is the head */
    else if (d->heads) {
        d->head->entries += key->kind == WK_KEY_ENTRY;
        d->head->bytes += key->user.len + value.len;
    } else if (key->kind == WK_KEY_PAGE)
        page_add(tool, key->user, value);
    else if (key->kind == WK_KEY_ENTRY)
        entry_add(tool, key->user, value);
}

/* ---- the pieces ---- */

/* The actor itself has a head even if nothing else is of it. */
static void
facet_end(struct wk_tool *tool)
{
    struct wk_dump *d = tool->dump;

    if (!d->headed && d->facet == d->base && d->base == 0 && (d->below || d->alarm_plus1 > 0))
        head_add(tool, 0);
    d->headed = false;
    d->generation = 0;
}

/* The key where the scan stands; false: the piece is full. */
static bool
take(struct wk_tool *tool, const struct wk_entry_key *key, struct wk_span value)
{
    struct wk_dump *d = tool->dump;
    const char *up[WK_FACET_DEPTH_MAX];

    if (key->facet != d->facet) {
        facet_end(tool);
        d->facet = key->facet;
    }
    if (key->generation == 0 && key->kind == WK_KEY_GENERATION && value.len == 4)
        d->generation = wk_be32(value.data);
    if (key->kind < WK_KEY_OF_GENERATION || key->generation != d->generation ||
        path_up(d, key->facet, up) < 0)
        return true;
    if (tool->count > 0 && tool->bytes + key->user.len + value.len > WK_PIECE_BYTES)
        return false;
    if (!d->headed)
        head_add(tool, key->facet);
    key_add(tool, key, value);
    return true;
}

static void
piece(struct wk_tool *tool)
{
    struct wk_dump *d = tool->dump;
    struct wk_entry_key key;

    for (; wk_scan_valid(d->scan); wk_scan_next(d->scan)) {
        if (wk_key_entry(wk_scan_key(d->scan), false, &key) != WK_OK)
            continue;
        if (!take(tool, &key, wk_scan_value(d->scan))) {
            tool->more = true;
            return;
        }
    }
    facet_end(tool);
    if (wk_scan_err(d->scan) != WK_OK)
        wk_tool_failed(tool, WK_EIO, WK_TOOL_UNREADABLE);
    else if (!d->found && d->alarm_plus1 == 0 && (d->base > 0 || d->below || d->name_cap == 0))
        wk_tool_failed(tool, WK_ENOTFOUND, NOTHING);
}

static void
one_key(struct wk_tool *tool, const struct wk_actor_key *actor)
{
    struct wk_entry_key entry = {*actor, tool->dump->base, 0, WK_KEY_ENTRY,
                                 wk_span_of(&tool->key)};
    struct wk_buf key = {0}, value = {0};
    struct wk_loaded loaded;
    wk_err err;

    wk_load(tool->engine, WK_READ_ANY, actor, tool->dump->base, &loaded);
    entry.generation = loaded.view.generation;
    wk_key_add_entry(&key, &entry);
    if ((err = loaded.err) == WK_OK)
        err = wk_engine_get(tool->engine, WK_READ_ANY, WK_SPACE_ENTRIES, wk_span_of(&key),
                            &value);
    if (err == WK_OK)
        entry_add(tool, wk_span_of(&tool->key), wk_span_of(&value));
    else if (err == WK_ENOTFOUND)
        wk_tool_failed(tool, err, "the actor has no such key");
    else
        wk_tool_failed(tool, err, WK_TOOL_UNREADABLE);
    if (loaded.err == WK_OK)
        wk_loaded_fini(&loaded);
    wk_buf_fini(&key);
    wk_buf_fini(&value);
}

void
wk_tool_dump_work(struct wk_tool *tool)
{
    struct wk_dump *d = tool->dump;
    struct wk_actor_key actor;

    if (d->began) {
        piece(tool);
        return;
    }
    d->began = true;
    actor = (struct wk_actor_key){wk_tool_number(tool), false, wk_span_of(&tool->id)};
    if (actor.space == 0)
        return;
    scan_open(tool, &actor, 0, d->below);
    records_read(d);
    if (wk_scan_err(d->scan) != WK_OK) {
        wk_tool_failed(tool, WK_EIO, WK_TOOL_UNREADABLE);
        return;
    }
    if (!base_find(d)) {
        wk_tool_failed(tool, WK_ENOTFOUND, NO_FACET);
        return;
    }
    if (d->base > 0) { /* names and numbers never change, so this is as good a moment */
        scan_open(tool, &actor, d->base, d->below);
        d->facet = d->base;
        d->generation = 0;
    }
    if (d->only_key)
        one_key(tool, &actor);
    else
        piece(tool);
}
