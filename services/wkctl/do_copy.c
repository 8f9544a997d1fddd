/* wkctl do dump and restore: one object as lines of JSON, bytes in base64. */
#include <stdlib.h>
#include <string.h>
#include "services/wkctl/do.h"
#include "services/wkctl/dump_line.h"
#include "services/wkctl/object.h"
#include "services/wkctl/v8_text.h"
#include "services/wkctl/wkctl.h"

/* ---- out ---- */

static void
print_line(json_t *line)
{
    json_dumpf(line, stdout, JSON_COMPACT);
    putchar('\n');
    json_decref(line);
}

static void
dump_head(const struct wk_do *d, const char *name)
{
    char id[2 * WK_ACTOR_ID_BYTES + 1];
    json_t *line;

    wk_actor_id_text(d->id, sizeof(d->id), id, sizeof(id));
    line = json_pack("{s:i, s:s, s:s}", "durableObject", WK_DUMP_FORMAT, "namespace",
                     d->ns.unique_key, "id", id);
    if (name[0] != '\0')
        json_object_set_new(line, "name", json_string(name));
    print_line(line);
}

static void
dump_entry(const Wk__StorageEntry *entry)
{
    struct wk_buf text = {0};
    json_t *line =
        json_pack("{s:o, s:o}", "key", wk_dump_bytes(entry->key.data, entry->key.len), "value",
                  wk_dump_bytes(entry->value.data, entry->value.len));

    if (wk_v8_text(&text, entry->value.data, entry->value.len)) /* for a person */
        json_object_set_new(line, "text", json_string(text.data));
    print_line(line);
    wk_buf_fini(&text);
}

static void
dump_item(void *arg, const Wk__StorageToolItem *item)
{
    struct wk_do *d = arg;

    if (d->found++ == 0)
        dump_head(d, item->id_name);
    if (item->facets > 0)
        wk_complain("this object has facets; a dump is without them (a backup has them)");
    if (item->alarm_ms_plus1 > 0)
        print_line(json_pack("{s:I}", "alarm", (json_int_t)(item->alarm_ms_plus1 - 1)));
    if (item->page_count > 0)
        print_line(json_pack("{s:I}", "pages", (json_int_t)item->page_count));
    if (item->page != NULL)
        print_line(json_pack("{s:I, s:o}", "page", (json_int_t)item->page->number, "data",
                             wk_dump_bytes(item->page->data.data, item->page->data.len)));
    if (item->entry != NULL)
        dump_entry(item->entry);
}

int
wk_do_dump(struct wk_do *d)
{
    Wk__StorageToolDump dump = WK__STORAGE_TOOL_DUMP__INIT;
    Wk__StorageTool ask = WK__STORAGE_TOOL__INIT;

    ask.ask_case = WK__STORAGE_TOOL__ASK_DUMP;
    ask.dump = &dump;
    dump.unique_key = d->ns.unique_key;
    dump.id = WK_BYTES_OF(d->id, sizeof(d->id));
    return wk_do_each(d->client, wk_namespace_service(&d->ns, d->id), &ask, dump_item, d);
}

/* ---- in ---- */

/* False: it stands where it may not. */
static bool
take_line(struct wk_object *object, const struct wk_dump_line *line, size_t number)
{
    if ((line->kind == WK_DUMP_HEAD) != (number == 1))
        return false;
    switch (line->kind) {
    case WK_DUMP_HEAD:
        if (line->key.len > 0)
            wk_object_name(object, line->key.data);
        break;
    case WK_DUMP_ALARM:
        wk_object_alarm(object, line->number + 1);
        break;
    case WK_DUMP_PAGE_COUNT:
        wk_object_page_count(object, (uint32_t)line->number);
        break;
    case WK_DUMP_PAGE:
        wk_object_page(object, (uint32_t)line->number, line->value.data);
        break;
    case WK_DUMP_ENTRY:
        wk_object_entry(object, line->key.data, line->key.len, line->value.data,
                        line->value.len);
        break;
    }
    return true;
}

/* All of standard input; false after a complaint. */
static bool
read_dump(struct wk_object *object)
{
    char *text = NULL;
    size_t cap = 0, number = 0;
    ssize_t len;
    bool ok = true;

    while (ok && (len = getline(&text, &cap, stdin)) > 0) {
        struct wk_dump_line line;

        number++;
        if (!wk_dump_line_read(&line, text, (size_t)len) || !take_line(object, &line, number)) {
            wk_complain(
                "standard input, line %zu: this is no line of a dump; nothing was changed",
                number);
            ok = false;
        } else if (object->too_large) {
            wk_complain("standard input, line %zu: this is too large; nothing was changed",
                        number);
            ok = false;
        }
        wk_dump_line_fini(&line);
    }
    free(text);
    if (ok && number == 0)
        wk_complain("standard input is empty; give it a dump");
    return ok && number > 0;
}

int
wk_do_restore(struct wk_do *d)
{
    struct wk_object object = {0};
    struct wk_answer answer;
    int status = WK_EXIT_USAGE;

    if (read_dump(&object)) {
        if (wk_object_send(&object, d->client, &d->ns, d->id, &answer) != WK_OK)
            wk_complain("%s", wk_answer_why(&answer));
        status = wk_exit_of(answer.code);
        wk_answer_fini(&answer);
    }
    if (status == WK_EXIT_OK && d->json_wanted)
        d->json = json_pack("{s:I, s:I, s:b}", "entries", (json_int_t)object.entries, "pages",
                            (json_int_t)object.pages, "alarm", object.alarm_ms_plus1 > 0);
    wk_object_fini(&object);
    return status;
}
