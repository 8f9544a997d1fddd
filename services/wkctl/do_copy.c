/* wkctl do dump and restore: one object, its facets too, as lines of JSON, bytes in base64. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "services/wkctl/do.h"
#include "services/wkctl/dump_line.h"
#include "services/wkctl/interrupt.h"
#include "services/wkctl/object.h"
#include "services/wkctl/v8_text.h"
#include "services/wkctl/wkctl.h"

/* ---- out ---- */

static void
print_line(struct wk_do *d, json_t *line)
{
    json_dumpf(line, stdout, JSON_COMPACT);
    putchar('\n');
    json_decref(line);
    d->found++;
}

static void
dump_object(struct wk_do *d, const char *name)
{
    char id[2 * WK_ACTOR_ID_BYTES + 1];
    json_t *line;

    wk_actor_id_text(d->id, sizeof(d->id), id, sizeof(id));
    line = json_pack("{s:i, s:s, s:s}", "durableObject", WK_DUMP_FORMAT, "namespace",
                     d->ns.unique_key, "id", id);
    if (name[0] != '\0')
        json_object_set_new(line, "name", json_string(name));
    print_line(d, line);
}

static void
dump_facet(struct wk_do *d, const Wk__StorageToolItem *item)
{
    json_t *path = json_array();

    for (size_t i = 0; i < item->n_facet; i++)
        json_array_append_new(path, json_string(item->facet[i]));
    print_line(d, json_pack("{s:o}", "facet", path));
}

static void
dump_entry(struct wk_do *d, const Wk__StorageEntry *entry)
{
    struct wk_buf text = {0};
    json_t *line =
        json_pack("{s:o, s:o}", "key", wk_dump_bytes(entry->key.data, entry->key.len), "value",
                  wk_dump_bytes(entry->value.data, entry->value.len));

    if (wk_v8_text(&text, entry->value.data, entry->value.len)) /* for a person */
        json_object_set_new(line, "text", json_string(text.data));
    print_line(d, line);
    wk_buf_fini(&text);
}

static bool
dump_item(void *arg, const Wk__StorageToolItem *item)
{
    struct wk_do *d = arg;

    if (d->found == 0)
        dump_object(d, item->id_name);
    if (item->n_facet > 0)
        dump_facet(d, item);
    if (item->alarm_ms_plus1 > 0)
        print_line(d, json_pack("{s:I}", "alarm", (json_int_t)(item->alarm_ms_plus1 - 1)));
    if (item->page_count > 0)
        print_line(d, json_pack("{s:I}", "pages", (json_int_t)item->page_count));
    if (item->page != NULL)
        print_line(d, json_pack("{s:I, s:o}", "page", (json_int_t)item->page->number, "data",
                                wk_dump_bytes(item->page->data.data, item->page->data.len)));
    if (item->entry != NULL)
        dump_entry(d, item->entry);
    return true;
}

int
wk_do_dump(struct wk_do *d)
{
    Wk__StorageToolDump dump;
    int status;

    wk_do_ask(d, &dump);
    dump.below = true;
    status = wk_do_object(d, &dump, dump_item, d);
    if (status == WK_EXIT_OK)
        print_line(d, json_pack("{s:I}", "end", (json_int_t)d->found + 1));
    return status;
}

/* ---- in ---- */

static bool
take_facet(struct wk_object *object, const struct wk_dump_line *line)
{
    const char *path[WK_FACET_DEPTH_MAX], *at = line->key.data;

    for (size_t i = 0; i < line->number; i++, at += strlen(at) + 1)
        path[i] = at;
    wk_object_facet(object, path, line->number);
    return true;
}

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
        return true;
    case WK_DUMP_FACET:
        return take_facet(object, line);
    case WK_DUMP_END:
        return line->number == number;
    case WK_DUMP_ALARM:
        if (object->facets > 0)
            return false;
        wk_object_alarm(object, line->number + 1);
        return true;
    case WK_DUMP_PAGE_COUNT:
        wk_object_page_count(object, (uint32_t)line->number);
        return true;
    case WK_DUMP_PAGE:
        wk_object_page(object, (uint32_t)line->number, line->value.data);
        return true;
    case WK_DUMP_ENTRY:
        wk_object_entry(object, line->key.data, line->key.len, line->value.data,
                        line->value.len);
        return true;
    }
    return false;
}

/* All of standard input; false after a complaint. */
static bool
read_dump(struct wk_object *object)
{
    char *text = NULL;
    size_t cap = 0, number = 0;
    ssize_t len;
    bool ok = true, ended = false;

    while (ok && object->err == WK_OK && (len = getline(&text, &cap, stdin)) > 0) {
        struct wk_dump_line line = {0};

        number++;
        ok = !ended && wk_dump_line_read(&line, text, (size_t)len) &&
             take_line(object, &line, number);
        if (!ok && !wk_interrupted()) /* else its end is missing */
            wk_complain(
                "standard input, line %zu: this is no line of a dump; nothing was changed",
                number);
        else
            ended = line.kind == WK_DUMP_END;
        wk_dump_line_fini(&line);
    }
    free(text);
    if (wk_interrupted())
        wk_complain("interrupted; nothing was changed");
    else if (ok && object->err == WK_OK && number == 0)
        wk_complain("standard input is empty; give it a dump: wkctl do dump NS ID");
    else if (ok && object->err == WK_OK && !ended)
        wk_complain("standard input, line %zu: the dump was cut off here, it has no end; "
                    "nothing was changed",
                    number);
    return ok && (ended || object->err != WK_OK) && !wk_interrupted();
}

int
wk_do_restore(struct wk_do *d)
{
    struct wk_object object;
    int status = WK_EXIT_USAGE;

    if (isatty(STDIN_FILENO)) {
        wk_complain("restore reads a dump from standard input: wkctl do dump NS ID | wkctl do "
                    "restore NS ID");
        return status;
    }
    wk_interrupt_catch();
    wk_object_init(&object, d->client, &d->ns, d->id);
    if (read_dump(&object)) {
        if (wk_object_end(&object) != WK_OK)
            wk_complain("%s", object.why);
        status = wk_exit_of(object.err);
    } else if (wk_interrupted()) {
        status = WK_EXIT_FAILED;
    }
    if (status == WK_EXIT_OK && d->json_wanted)
        d->json = json_pack("{s:I, s:I, s:b, s:I}", "entries", (json_int_t)object.entries,
                            "pages", (json_int_t)object.pages, "alarm", object.has_alarm,
                            "facets", (json_int_t)object.facets);
    wk_object_fini(&object);
    return status;
}
