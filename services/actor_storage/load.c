/* What is stored of one actor, read in one go when it is placed. */
#include <stdlib.h>
#include <string.h>
#include "services/actor_storage/actor_storage.h"

static struct wk_span
span_from(const struct wk_buf *buf, size_t from)
{
    return (struct wk_span){(const uint8_t *)buf->data + from, buf->len - from};
}

/* A scan over one facet of an actor, from some generation and kind on. */
struct walk {
    struct wk_engine *engine;
    int flags;
    const struct wk_actor_key *actor;
    uint16_t facet;
    size_t prefix; /* bytes of a key before its generation */
    struct wk_buf start, end;
    struct wk_scan *scan;
};

static void
walk_close(struct walk *w)
{
    if (w->scan != NULL)
        wk_scan_close(w->scan);
    w->scan = NULL;
}

static void
walk_open(struct walk *w, uint32_t generation, uint8_t kind)
{
    struct wk_entry_key from = {*w->actor, w->facet, generation, kind, {NULL, 0}};

    walk_close(w);
    w->start.len = w->end.len = 0;
    wk_key_add_entry(&w->start, &from);
    wk_key_add_facet(&w->end, w->actor, w->facet);
    w->prefix = w->end.len;
    wk_key_after(&w->end, 0);
    w->scan = wk_scan_open(w->engine, w->flags, WK_SPACE_ENTRIES, span_from(&w->start, 0),
                           span_from(&w->end, 0), false);
}

/* The part of the key where the scan stands that comes after the facet. */
static bool
walk_at(const struct walk *w, uint32_t *generation, uint8_t *kind, struct wk_span *user)
{
    struct wk_span key;

    if (!wk_scan_valid(w->scan))
        return false;
    key = wk_scan_key(w->scan);
    if (key.len < w->prefix + 5)
        return false;
    *generation = wk_be32(key.data + w->prefix);
    *kind = key.data[w->prefix + 4];
    *user = (struct wk_span){key.data + w->prefix + 5, key.len - w->prefix - 5};
    return true;
}

/* Records that are of no generation. Leaves the scan at the current generation's first. */
static void
load_records(struct walk *w, struct wk_loaded *out)
{
    uint32_t generation;
    uint8_t kind;
    struct wk_span user, value;

    walk_open(w, 0, 0);
    while (walk_at(w, &generation, &kind, &user) && generation == 0 && kind < WK_KEY_FACETS) {
        value = wk_scan_value(w->scan);
        if (kind == WK_KEY_GENERATION && value.len == 4)
            out->view.generation = wk_be32(value.data);
        if (kind == WK_KEY_ALARM && value.len >= 8) {
            out->view.alarm_plus1 = wk_be64(value.data);
            wk_buf_add(&out->name, value.data + 8, value.len - 8);
        }
        wk_scan_next(w->scan);
    }
    if (wk_scan_err(w->scan) != WK_OK)
        return;
    out->has_facets = wk_scan_valid(w->scan) && generation == 0 && kind == WK_KEY_FACETS;
    if (walk_at(w, &generation, &kind, &user) &&
        (out->view.generation != generation || kind < WK_KEY_OF_GENERATION))
        walk_open(w, out->view.generation, WK_KEY_OF_GENERATION);
}

static void
load_page(struct wk_loaded *out, struct wk_span user, struct wk_span value)
{
    if (user.len != 4 || value.len != WK_PAGE_BYTES || out->pages_count >= WK_PRELOAD_PAGES_MAX)
        return;
    out->pages[out->pages_count++] = wk_be32(user.data);
    wk_buf_add(&out->bytes, value.data, value.len);
}

/* False: there are too many entries to send them along. */
static bool
load_entry(struct wk_loaded *out, size_t pages_bytes, struct wk_span user, struct wk_span value)
{
    if (out->entry_count >= WK_PRELOAD_ENTRIES_MAX ||
        out->bytes.len - pages_bytes + user.len + value.len > WK_PRELOAD_BYTES_MAX) {
        out->entry_count = 0;
        out->bytes.len = pages_bytes;
        return false;
    }
    out->entries[out->entry_count].key_bytes = (uint32_t)user.len;
    out->entries[out->entry_count++].value_bytes = (uint32_t)value.len;
    wk_buf_add(&out->bytes, user.data, user.len);
    wk_buf_add(&out->bytes, value.data, value.len);
    return true;
}

static void
load_state(struct walk *w, struct wk_loaded *out)
{
    uint32_t generation;
    uint8_t kind;
    struct wk_span user;
    size_t pages_bytes = 0;

    out->whole = true;
    while (walk_at(w, &generation, &kind, &user) && generation == out->view.generation) {
        struct wk_span value = wk_scan_value(w->scan);

        if (kind == WK_KEY_PAGE_COUNT && value.len == 4)
            out->page_count = wk_be32(value.data);
        if (kind == WK_KEY_PAGE && out->page_count > WK_PRELOAD_PAGES_MAX) {
            walk_open(w, generation, WK_KEY_ENTRY);
            continue;
        }
        if (kind == WK_KEY_PAGE) {
            load_page(out, user, value);
            pages_bytes = out->bytes.len;
        }
        if (kind == WK_KEY_ENTRY && !load_entry(out, pages_bytes, user, value)) {
            out->whole = false;
            break;
        }
        wk_scan_next(w->scan);
    }
    out->view.pages = out->page_count;
}

void
wk_load(struct wk_engine *engine, int flags, const struct wk_actor_key *key, uint16_t facet,
        struct wk_loaded *out)
{
    struct walk w = {.engine = engine, .flags = flags, .actor = key, .facet = facet};

    *out = (struct wk_loaded){0};
    load_records(&w, out);
    if ((out->err = wk_scan_err(w.scan)) == WK_OK) {
        load_state(&w, out);
        out->err = wk_scan_err(w.scan);
    }
    walk_close(&w);
    wk_buf_fini(&w.start);
    wk_buf_fini(&w.end);
    if (out->err != WK_OK)
        wk_loaded_fini(out);
}

void
wk_loaded_fini(struct wk_loaded *loaded)
{
    wk_buf_fini(&loaded->name);
    wk_buf_fini(&loaded->bytes);
}
