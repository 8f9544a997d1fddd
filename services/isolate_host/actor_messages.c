#include "services/isolate_host/actor_messages.h"

#include <string.h>
#include "kernel/ipc/codec.h"

static struct wk_span
span_of(ProtobufCBinaryData bytes)
{
    return (struct wk_span){bytes.data, bytes.len};
}

static ProtobufCBinaryData
binary_of(struct wk_span span)
{
    return WK_BYTES_OF(span.data, span.len);
}

static void *
out_alloc(struct wk_arena *arena, size_t count, size_t bytes)
{
    return wk_arena_alloc(arena, (count > 0 ? count : 1) * bytes);
}

/* ---- what leaves ---- */

static Wk__StorageEntry *
entry_message(struct wk_arena *arena, struct wk_span key, struct wk_span value)
{
    Wk__StorageEntry *out = out_alloc(arena, 1, sizeof(*out));

    wk__storage_entry__init(out);
    out->key = binary_of(key);
    out->value = binary_of(value);
    return out;
}

static void
fill_counted(struct wk_arena *arena, Wk__StorageWrite *out, const struct wk_write *write)
{
    out->kind_case = WK__STORAGE_WRITE__KIND_COUNTED;
    out->counted = out_alloc(arena, 1, sizeof(*out->counted));
    wk__counted_delete__init(out->counted);
    out->counted->request = (uint32_t)write->number;
    out->counted->keys = out_alloc(arena, 1, sizeof(ProtobufCBinaryData));
    out->counted->keys[0] = binary_of(write->key);
    out->counted->n_keys = 1;
}

static void
fill_page(struct wk_arena *arena, Wk__StorageWrite *out, const struct wk_write *write)
{
    out->kind_case = WK__STORAGE_WRITE__KIND_PAGE;
    out->page = out_alloc(arena, 1, sizeof(*out->page));
    wk__storage_page__init(out->page);
    out->page->number = (uint32_t)write->number;
    out->page->data = binary_of(write->value);
}

/* Names with a NUL behind each. */
static char **
path_list(struct wk_arena *arena, struct wk_span names, size_t *count)
{
    char **out = out_alloc(arena, WK_FACET_DEPTH_MAX, sizeof(*out));
    char *at = out_alloc(arena, names.len + 1, 1), *end = at + names.len;

    if (names.len > 0)
        memcpy(at, names.data, names.len);
    *end = '\0';
    for (*count = 0; at < end && *count < WK_FACET_DEPTH_MAX; at += strlen(at) + 1)
        out[(*count)++] = at;
    return out;
}

static void
fill_facet_delete(struct wk_arena *arena, Wk__StorageWrite *out, const struct wk_write *write)
{
    out->kind_case = WK__STORAGE_WRITE__KIND_FACET_DELETE;
    out->facet_delete = out_alloc(arena, 1, sizeof(*out->facet_delete));
    wk__facet_delete__init(out->facet_delete);
    out->facet_delete->path = path_list(arena, write->key, &out->facet_delete->n_path);
}

static void
fill_facet_clone(struct wk_arena *arena, Wk__StorageWrite *out, const struct wk_write *write)
{
    out->kind_case = WK__STORAGE_WRITE__KIND_FACET_CLONE;
    out->facet_clone = out_alloc(arena, 1, sizeof(*out->facet_clone));
    wk__facet_clone__init(out->facet_clone);
    out->facet_clone->from = path_list(arena, write->key, &out->facet_clone->n_from);
    out->facet_clone->to = path_list(arena, write->value, &out->facet_clone->n_to);
}

static void
write_fill(struct wk_arena *arena, Wk__StorageWrite *out, const struct wk_write *write)
{
    switch (write->kind) {
    case WK_WRITE_PUT:
        out->kind_case = WK__STORAGE_WRITE__KIND_PUT;
        out->put = entry_message(arena, write->key, write->value);
        break;
    case WK_WRITE_DELETE:
        out->kind_case = WK__STORAGE_WRITE__KIND_DELETE;
        out->delete_ = binary_of(write->key);
        break;
    case WK_WRITE_COUNTED:
        fill_counted(arena, out, write);
        break;
    case WK_WRITE_DELETE_ALL:
        out->kind_case = WK__STORAGE_WRITE__KIND_DELETE_ALL;
        out->delete_all = out_alloc(arena, 1, sizeof(*out->delete_all));
        wk__delete_all__init(out->delete_all);
        out->delete_all->delete_alarm = write->number != 0;
        break;
    case WK_WRITE_ALARM:
        out->kind_case = WK__STORAGE_WRITE__KIND_ALARM_MS_PLUS1;
        out->alarm_ms_plus1 = write->number;
        break;
    case WK_WRITE_ALARM_DONE:
        out->kind_case = WK__STORAGE_WRITE__KIND_ALARM_DONE_MS_PLUS1;
        out->alarm_done_ms_plus1 = write->number;
        break;
    case WK_WRITE_PAGE:
        fill_page(arena, out, write);
        break;
    case WK_WRITE_PAGE_COUNT:
        out->kind_case = WK__STORAGE_WRITE__KIND_PAGE_COUNT;
        out->page_count = (uint32_t)write->number;
        break;
    case WK_WRITE_FACET_DELETE:
        fill_facet_delete(arena, out, write);
        break;
    case WK_WRITE_FACET_CLONE:
        fill_facet_clone(arena, out, write);
        break;
    }
}

void
wk_actor_message_writes(struct wk_arena *arena, const struct wk_write *writes, size_t count,
                        bool turn_end, Wk__ActorWrites *out)
{
    Wk__StorageWrite *items = out_alloc(arena, count, sizeof(*items));

    out->writes = out_alloc(arena, count, sizeof(void *));
    for (size_t i = 0; i < count; i++) {
        wk__storage_write__init(&items[i]);
        write_fill(arena, &items[i], &writes[i]);
        out->writes[i] = &items[i];
    }
    out->n_writes = count;
    out->turn_end = turn_end;
}

void
wk_actor_message_read(struct wk_arena *arena, const struct wk_actor_read *read,
                      Wk__ActorRead *out)
{
    out->request = read->request;
    out->n_keys = read->key_count;
    out->keys = out_alloc(arena, read->key_count, sizeof(*out->keys));
    for (size_t i = 0; i < read->key_count; i++)
        out->keys[i] = binary_of(read->keys[i]);
    out->list = read->list;
    out->reverse = read->reverse;
    out->next = read->next;
    out->cancel = read->cancel;
    out->alarm = read->alarm;
    out->start = binary_of(read->start);
    out->end = binary_of(read->end);
    out->limit = read->limit;
    out->n_pages = read->page_count;
    out->pages = (uint32_t *)(uintptr_t)read->pages;
}

static struct wk_actor_entry *
entries_of(struct wk_arena *arena, Wk__StorageEntry **in, size_t count)
{
    struct wk_actor_entry *out = out_alloc(arena, count, sizeof(*out));

    for (size_t i = 0; i < count; i++)
        out[i] =
            (struct wk_actor_entry){span_of(in[i]->key), span_of(in[i]->value), in[i]->absent};
    return out;
}

/* Those that are whole. */
static struct wk_actor_page *
pages_of(struct wk_arena *arena, Wk__StoragePage **in, size_t count, size_t *out_count)
{
    struct wk_actor_page *out = out_alloc(arena, count, sizeof(*out));
    size_t n = 0;

    for (size_t i = 0; i < count; i++)
        if (in[i]->data.len == WK_PAGE_BYTES)
            out[n++] = (struct wk_actor_page){in[i]->number, in[i]->data.data};
    *out_count = n;
    return out;
}

void
wk_actor_message_entries(struct wk_arena *arena, const Wk__ActorEntries *in,
                         struct wk_actor_answer *out)
{
    *out = (struct wk_actor_answer){
        .request = in->request,
        .entries = entries_of(arena, in->entries, in->n_entries),
        .entry_count = in->n_entries,
        .more = in->more,
        .count = in->count,
        .alarm_ms_plus1 = in->alarm_ms_plus1,
        .error = in->error,
    };
    out->pages = pages_of(arena, in->pages, in->n_pages, &out->page_count);
}

void
wk_actor_message_start(struct wk_arena *arena, const Wk__ActorStart *in,
                       struct wk_actor_start *out)
{
    *out = (struct wk_actor_start){
        .namespace_index = in->namespace_,
        .incarnation = in->incarnation,
        .alarm_ms_plus1 = in->alarm_ms_plus1,
        .whole = in->whole,
        .entries = entries_of(arena, in->entries, in->n_entries),
        .entry_count = in->n_entries,
        .page_count = in->page_count,
    };
    out->pages = pages_of(arena, in->pages, in->n_pages, &out->pages_known);
    if (in->actor != NULL) {
        out->id = span_of(in->actor->id);
        out->name = (struct wk_span){(const uint8_t *)in->actor->name, strlen(in->actor->name)};
        if (in->actor->facet != NULL) {
            out->facet = (const char *const *)in->actor->facet->path;
            out->facet_depth = in->actor->facet->n_path;
        }
    }
}
