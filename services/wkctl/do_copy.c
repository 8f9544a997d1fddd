/* wkctl do dump and restore: one object as lines of JSON, bytes in base64. */
#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>
#include "services/wkctl/do.h"
#include "services/wkctl/v8_text.h"
#include "services/wkctl/wkctl.h"

#define PIECE_BYTES (192u << 10)
#define LINE_BYTES_MAX (16u << 20)
#define FORMAT 1

/* ---- base64 ---- */

static json_t *
base64_json(ProtobufCBinaryData bytes)
{
    char *text = wk_xmalloc(4 * (bytes.len / 3 + 1) + 1);
    json_t *out;

    EVP_EncodeBlock((uint8_t *)text, bytes.data, (int)bytes.len);
    out = json_string(text);
    free(text);
    return out;
}

/* The bytes of a member; data NULL: it is missing or malformed. The caller frees. */
static ProtobufCBinaryData
base64_bytes(const json_t *object, const char *key)
{
    const json_t *member = json_object_get(object, key);
    ProtobufCBinaryData out = {0};
    size_t len = json_string_length(member);
    const char *text = json_string_value(member);
    int got;

    if (text == NULL || len % 4 != 0)
        return out;
    out.data = wk_xmalloc(len / 4 * 3 + 1);
    got = EVP_DecodeBlock(out.data, (const uint8_t *)text, (int)len);
    if (got < 0) {
        free(out.data);
        out.data = NULL;
        return out;
    }
    out.len = (size_t)got;
    for (size_t i = len; i > 0 && text[i - 1] == '=' && out.len > 0; i--)
        out.len--;
    return out;
}

/* ---- out ---- */

static void
print_line(json_t *line)
{
    json_dumpf(line, stdout, JSON_COMPACT);
    putchar('\n');
    json_decref(line);
}

static void
dump_item(void *arg, const Wk__StorageToolItem *item)
{
    struct wk_do *d = arg;

    d->found++;
    if (item->alarm_ms_plus1 > 0)
        print_line(json_pack("{s:I}", "alarm", (json_int_t)(item->alarm_ms_plus1 - 1)));
    if (item->page_count > 0)
        print_line(json_pack("{s:I}", "pages", (json_int_t)item->page_count));
    if (item->page != NULL)
        print_line(json_pack("{s:I, s:o}", "page", (json_int_t)item->page->number, "data", base64_json(item->page->data)));
    if (item->entry != NULL) {
        struct wk_buf text = {0};
        json_t *line = json_pack("{s:o, s:o}", "key", base64_json(item->entry->key), "value", base64_json(item->entry->value));

        if (wk_v8_text(&text, item->entry->value.data, item->entry->value.len))
            json_object_set_new(line, "text", json_string(text.data)); /* for a person; restore does not read it */
        print_line(line);
        wk_buf_fini(&text);
    }
}

int
wk_do_dump(struct wk_do *d)
{
    Wk__StorageToolDump dump = WK__STORAGE_TOOL_DUMP__INIT;
    Wk__StorageTool ask = WK__STORAGE_TOOL__INIT;
    char id[2 * WK_ACTOR_ID_BYTES + 1];

    ask.ask_case = WK__STORAGE_TOOL__ASK_DUMP;
    ask.dump = &dump;
    dump.unique_key = d->ns.unique_key;
    dump.id = WK_BYTES_OF(d->id, sizeof(d->id));
    wk_actor_id_text(d->id, sizeof(d->id), id, sizeof(id));
    print_line(json_pack("{s:i, s:s, s:s}", "durableObject", FORMAT, "namespace", d->ns.unique_key, "id", id));
    return wk_do_each(d->client, wk_namespace_service(&d->ns, d->id), &ask, dump_item, d);
}

/* ---- in ---- */

struct restore {
    struct wk_do *d;
    Wk__StorageToolWrite write;
    Wk__StorageTool ask;
    struct wk_arena arena; /* of the piece under way */
    size_t line, done;
    int status;
    bool ended;
};

static void *
keep(struct restore *r, const void *data, size_t len)
{
    return wk_arena_strndup(&r->arena, data, len);
}

static Wk__StorageWrite *
new_write(struct restore *r)
{
    Wk__StorageWrite *w = wk_arena_alloc(&r->arena, sizeof(*w));

    wk__storage_write__init(w);
    r->write.writes[r->write.n_writes++] = w;
    return w;
}

static ProtobufCBinaryData
member_bytes(struct restore *r, const json_t *line, const char *key, bool *ok)
{
    ProtobufCBinaryData bytes = base64_bytes(line, key), kept = {bytes.len, NULL};

    *ok &= bytes.data != NULL;
    kept.data = keep(r, bytes.data != NULL ? (char *)bytes.data : "", bytes.len);
    free(bytes.data);
    return kept;
}

/* One line into the piece; false: it is none of ours. */
static bool
take_line(struct restore *r, const json_t *line)
{
    bool ok = true;

    if (json_object_get(line, "durableObject") != NULL)
        return r->line == 1 && json_integer_value(json_object_get(line, "durableObject")) == FORMAT;
    if (r->line == 1)
        return false;
    if (json_object_get(line, "alarm") != NULL) {
        Wk__StorageWrite *w = new_write(r);

        w->kind_case = WK__STORAGE_WRITE__KIND_ALARM_MS_PLUS1;
        w->alarm_ms_plus1 = (uint64_t)json_integer_value(json_object_get(line, "alarm")) + 1;
    } else if (json_object_get(line, "pages") != NULL) {
        Wk__StorageWrite *w = new_write(r);

        w->kind_case = WK__STORAGE_WRITE__KIND_PAGE_COUNT;
        w->page_count = (uint32_t)json_integer_value(json_object_get(line, "pages"));
    } else if (json_object_get(line, "page") != NULL) {
        Wk__StorageWrite *w = new_write(r);

        w->kind_case = WK__STORAGE_WRITE__KIND_PAGE;
        w->page = wk_arena_alloc(&r->arena, sizeof(*w->page));
        wk__storage_page__init(w->page);
        w->page->number = (uint32_t)json_integer_value(json_object_get(line, "page"));
        w->page->data = member_bytes(r, line, "data", &ok);
    } else {
        Wk__StorageWrite *w = new_write(r);

        w->kind_case = WK__STORAGE_WRITE__KIND_PUT;
        w->put = wk_arena_alloc(&r->arena, sizeof(*w->put));
        wk__storage_entry__init(w->put);
        w->put->key = member_bytes(r, line, "key", &ok);
        w->put->value = member_bytes(r, line, "value", &ok);
    }
    return ok;
}

/* Reads lines up to a piece's size. */
static void
read_piece(struct restore *r)
{
    static char *text;
    static size_t cap;
    size_t bytes = 0;
    ssize_t len;

    wk_arena_reset(&r->arena);
    r->write.begin = r->line == 0;
    r->write.n_writes = 0;
    r->write.writes = wk_arena_alloc(&r->arena, (PIECE_BYTES / 16) * sizeof(void *));
    while (bytes < PIECE_BYTES && r->write.n_writes < PIECE_BYTES / 16 - 1 && (len = getline(&text, &cap, stdin)) > 0) {
        json_t *line = len < (ssize_t)LINE_BYTES_MAX ? json_loadb(text, (size_t)len, 0, NULL) : NULL;

        r->line++;
        bytes += (size_t)len;
        if (line == NULL || !take_line(r, line)) {
            wk_complain("standard input, line %zu: this is no line of a dump; nothing was changed", r->line);
            r->status = WK_EXIT_USAGE;
        }
        json_decref(line);
        if (r->status != WK_EXIT_OK)
            return;
    }
    r->write.end = r->ended = feof(stdin) != 0;
}

static const Wk__StorageTool *
restore_on_reply(void *arg, const Wk__StorageToolReply *reply)
{
    struct restore *r = arg;

    if (r->ended || r->status != WK_EXIT_OK)
        return NULL;
    read_piece(r);
    return r->status == WK_EXIT_OK ? &r->ask : NULL;
}

int
wk_do_restore(struct wk_do *d)
{
    struct restore r = {.d = d, .arena = {.quota = 64u << 20}};
    struct wk_answer answer;

    wk__storage_tool_write__init(&r.write);
    wk__storage_tool__init(&r.ask);
    r.ask.ask_case = WK__STORAGE_TOOL__ASK_WRITE;
    r.ask.write = &r.write;
    r.ask.service = (char *)(uintptr_t)wk_namespace_service(&d->ns, d->id);
    r.write.unique_key = d->ns.unique_key;
    r.write.id = WK_BYTES_OF(d->id, sizeof(d->id));
    read_piece(&r);
    if (r.status == WK_EXIT_OK && r.line == 0) {
        wk_complain("standard input is empty; give it a dump");
        r.status = WK_EXIT_USAGE;
    }
    if (r.status == WK_EXIT_OK) {
        if (wk_client_tool(d->client, &r.ask, restore_on_reply, &r, &answer) != WK_OK) {
            wk_complain("%s", wk_answer_why(&answer));
            r.status = wk_exit_of(answer.code);
        }
        wk_answer_fini(&answer);
    }
    wk_arena_fini(&r.arena);
    return r.status;
}
