/* What a live actor asks for: entries, pages, its alarm, as of the durable state.
 *
 * Answered at once if no disk is needed, else by the pool; then what the actor seals later
 * waits for it, so that no answer holds a write that was sent after the question. An answer
 * over a piece is kept, and goes on when asked. */
#include <stdlib.h>
#include <string.h>
#include "kernel/base/log.h"
#include "services/actor_storage/actor_storage.h"

#define NO_SUCH_READ "The read is over."
#define TOO_MANY "Too many reads at once."
#define UNREADABLE "Internal error in Durable Object storage read."

enum read_kind { READ_KEYS, READ_LIST, READ_PAGES };

struct read_item {
    uint32_t key_bytes, value_bytes; /* in bytes, one after the other */
    uint32_t page;
    bool absent;
};

struct wk_read {
    struct wk_read *next;                 /* of the resident */
    struct wk_read *kept_next, **kept_at; /* of the daemon; kept_at NULL: not kept */
    struct wk_resident *resident;
    uv_work_t pool;
    struct wk_engine *engine;
    uint32_t request;
    uint8_t kind;
    bool pooled, holding;
    bool gone; /* nobody waits for it; freed when the pool is through */
    uint64_t used_ms;

    struct wk_buf prefix; /* of the engine's keys */
    struct wk_buf
        keys; /* of READ_KEYS: u32 length and bytes, each; of READ_PAGES: u32 numbers */
    size_t keys_at;
    struct wk_buf start, end; /* of READ_LIST */
    bool reverse, limited;
    uint64_t left; /* entries, if limited */
    struct wk_scan *scan;

    /* the piece */
    wk_err err;
    bool more;
    struct wk_buf bytes;
    struct read_item *items;
    size_t item_count, item_cap;
};

/* ---- filling a piece; anywhere ---- */

static void
piece_add(struct wk_read *read, struct wk_span key, struct wk_span value, uint32_t page,
          bool absent)
{
    if (read->item_count == read->item_cap) {
        read->item_cap = read->item_cap > 0 ? read->item_cap * 2 : 16;
        read->items = wk_xrealloc(read->items, read->item_cap * sizeof(*read->items));
    }
    read->items[read->item_count++] =
        (struct read_item){(uint32_t)key.len, (uint32_t)value.len, page, absent};
    wk_buf_add(&read->bytes, key.data, key.len);
    wk_buf_add(&read->bytes, value.data, value.len);
}

static bool
piece_is_full(const struct wk_read *read)
{
    return read->bytes.len + read->item_count * sizeof(struct read_item) >= WK_PIECE_BYTES;
}

/* One that is large waits for a piece of its own, so that a piece always fits a frame. */
static bool
piece_fits(const struct wk_read *read, size_t bytes)
{
    return read->item_count == 0 || read->bytes.len + bytes <= 2 * (size_t)WK_PIECE_BYTES;
}

/* The next of the keys (or page numbers) that are asked for. */
static bool
key_next(struct wk_read *read, struct wk_span *key, uint32_t *page)
{
    const uint8_t *p = (const uint8_t *)read->keys.data + read->keys_at;

    if (read->keys_at >= read->keys.len)
        return false;
    *page = wk_be32(p);
    *key = (struct wk_span){p, 4};
    if (read->kind == READ_KEYS)
        *key = (struct wk_span){p + 4, *page};
    read->keys_at += read->kind == READ_KEYS ? 4 + (size_t)*page : 4;
    return true;
}

static void
fill_keys(struct wk_read *read, int flags)
{
    struct wk_buf full = {0}, value = {0};
    struct wk_span key;
    uint32_t page;

    wk_buf_add(&full, read->prefix.data, read->prefix.len);
    while (!piece_is_full(read)) {
        size_t before = read->keys_at;
        wk_err err;

        if (!key_next(read, &key, &page))
            break;

        full.len = read->prefix.len;
        wk_buf_add(&full, key.data, key.len);
        value.len = 0;
        err = wk_engine_get(read->engine, flags, WK_SPACE_ENTRIES, wk_span_of(&full), &value);
        if (err != WK_OK && err != WK_ENOTFOUND) {
            read->err = err;
            break;
        }
        if (!piece_fits(read, key.len + value.len)) {
            read->keys_at = before;
            break;
        }
        if (read->kind == READ_KEYS)
            piece_add(read, key, wk_span_of(&value), 0, err == WK_ENOTFOUND);
        else if (err == WK_OK && value.len == WK_PAGE_BYTES)
            piece_add(read, (struct wk_span){NULL, 0}, wk_span_of(&value), page, false);
    }
    read->more = read->err == WK_OK && read->keys_at < read->keys.len;
    wk_buf_fini(&full);
    wk_buf_fini(&value);
}

static void
fill_list(struct wk_read *read, int flags)
{
    if (read->scan == NULL)
        read->scan =
            wk_scan_open(read->engine, flags, WK_SPACE_ENTRIES, wk_span_of(&read->start),
                         wk_span_of(&read->end), read->reverse);
    for (; wk_scan_valid(read->scan) && !piece_is_full(read); wk_scan_next(read->scan)) {
        struct wk_span key = wk_scan_key(read->scan);

        if (!piece_fits(read, key.len + wk_scan_value(read->scan).len))
            break;
        if (read->limited && read->left-- == 0) {
            read->left = 0;
            break;
        }
        key.data += read->prefix.len;
        key.len -= read->prefix.len;
        piece_add(read, key, wk_scan_value(read->scan), 0, false);
    }
    read->err = wk_scan_err(read->scan);
    read->more =
        read->err == WK_OK && wk_scan_valid(read->scan) && !(read->limited && read->left == 0);
}

static void
read_fill(struct wk_read *read, int flags)
{
    read->err = WK_OK;
    read->more = false;
    read->bytes.len = 0;
    read->item_count = 0;
    if (read->kind == READ_LIST)
        fill_list(read, flags);
    else
        fill_keys(read, flags);
}

static void
scan_end(struct wk_read *read)
{
    if (read->scan != NULL)
        wk_scan_close(read->scan);
    read->scan = NULL;
}

/* ---- its life; on the loop ---- */

static void
read_free(struct wk_read *read)
{
    scan_end(read);
    wk_buf_fini(&read->prefix);
    wk_buf_fini(&read->keys);
    wk_buf_fini(&read->start);
    wk_buf_fini(&read->end);
    wk_buf_fini(&read->bytes);
    free(read->items);
    free(read);
}

static void
read_keep(struct wk_read *read)
{
    struct wk_daemon *daemon = read->resident->daemon;

    read->used_ms = wk_now_ms();
    if (read->kept_at != NULL)
        return;
    read->kept_next = daemon->kept_reads;
    read->kept_at = &daemon->kept_reads;
    if (read->kept_next != NULL)
        read->kept_next->kept_at = &read->kept_next;
    daemon->kept_reads = read;
    read->resident->kept_count++;
}

static void
read_unkeep(struct wk_read *read)
{
    if (read->kept_at == NULL)
        return;
    *read->kept_at = read->kept_next;
    if (read->kept_next != NULL)
        read->kept_next->kept_at = read->kept_at;
    read->kept_at = NULL;
    read->resident->kept_count--;
}

/* Sealed turns wait for it, or no longer. The resident is left as it is: call wk_round_resume.
 */
static void
read_hold(struct wk_read *read, bool hold)
{
    if (read->holding == hold)
        return;
    read->holding = hold;
    if (hold)
        read->resident->holds++;
    else
        read->resident->holds--;
}

static void
read_unlink(struct wk_read *read)
{
    struct wk_resident *r = read->resident;
    struct wk_read **at = &r->reads;

    read_unkeep(read);
    read_hold(read, false);
    while (*at != read)
        at = &(*at)->next;
    *at = read->next;
    r->read_count--;
    if (read->pooled)
        read->gone = true;
    else
        read_free(read);
}

void
wk_reads_end(struct wk_resident *r)
{
    while (r->reads != NULL)
        read_unlink(r->reads);
}

static struct wk_read *
read_find(struct wk_resident *r, uint32_t request)
{
    struct wk_read *read = r->reads;

    while (read != NULL && read->request != request)
        read = read->next;
    return read;
}

/* ---- answers ---- */

static void
answer_error(struct wk_resident *r, uint32_t request, const char *text)
{
    Wk__ActorEntries entries = WK__ACTOR_ENTRIES__INIT;
    WK_ENVELOPE(msg, ACTOR_ENTRIES, actor_entries, &entries);

    entries.request = request;
    entries.error = (char *)(uintptr_t)text;
    wk_session_send(r->gate, &msg, 0);
}

static void
answer_alarm(struct wk_resident *r, uint32_t request)
{
    Wk__ActorEntries entries = WK__ACTOR_ENTRIES__INIT;
    WK_ENVELOPE(msg, ACTOR_ENTRIES, actor_entries, &entries);

    entries.request = request;
    entries.alarm_ms_plus1 = r->alarm_durable_plus1;
    wk_session_send(r->gate, &msg, 0);
}

static void
answer_entries(struct wk_read *read, Wk__ActorEntries *answer, struct wk_arena *arena)
{
    Wk__StorageEntry *entries =
        wk_arena_alloc(arena, (read->item_count + 1) * sizeof(*entries));
    size_t at = 0;

    answer->entries = wk_arena_alloc(arena, (read->item_count + 1) * sizeof(*answer->entries));
    for (size_t i = 0; i < read->item_count; i++) {
        const struct read_item *item = &read->items[i];

        wk__storage_entry__init(&entries[i]);
        entries[i].key = WK_BYTES_OF(read->bytes.data + at, item->key_bytes);
        entries[i].value =
            WK_BYTES_OF(read->bytes.data + at + item->key_bytes, item->value_bytes);
        entries[i].absent = item->absent;
        at += item->key_bytes + item->value_bytes;
        answer->entries[answer->n_entries++] = &entries[i];
    }
}

static void
answer_pages(struct wk_read *read, Wk__ActorEntries *answer, struct wk_arena *arena)
{
    Wk__StoragePage *pages = wk_arena_alloc(arena, (read->item_count + 1) * sizeof(*pages));

    answer->pages = wk_arena_alloc(arena, (read->item_count + 1) * sizeof(*answer->pages));
    for (size_t i = 0; i < read->item_count; i++) {
        wk__storage_page__init(&pages[i]);
        pages[i].number = read->items[i].page;
        pages[i].data = WK_BYTES_OF(read->bytes.data + i * WK_PAGE_BYTES, WK_PAGE_BYTES);
        answer->pages[answer->n_pages++] = &pages[i];
    }
}

static void
answer_piece(struct wk_read *read)
{
    Wk__ActorEntries answer = WK__ACTOR_ENTRIES__INIT;
    WK_ENVELOPE(msg, ACTOR_ENTRIES, actor_entries, &answer);
    struct wk_arena arena = {0};

    answer.request = read->request;
    answer.more = read->more;
    if (read->kind == READ_PAGES)
        answer_pages(read, &answer, &arena);
    else
        answer_entries(read, &answer, &arena);
    wk_session_send(read->resident->gate, &msg, 0);
    wk_arena_fini(&arena);
}

/* A piece is there: sends it; the read is over, or kept for the next. */
static void
read_answer(struct wk_read *read)
{
    struct wk_resident *r = read->resident;

    if (read->err != WK_OK) {
        wk_log(WK_ERROR, "actor.read", "err=%s", wk_err_name(read->err));
        answer_error(r, read->request, UNREADABLE);
        read_unlink(read);
        return;
    }
    if (read->more && read->kept_at == NULL && r->kept_count >= WK_READS_KEPT_MAX) {
        answer_error(r, read->request, TOO_MANY);
        read_unlink(read);
        return;
    }
    answer_piece(read);
    if (!read->more) {
        read_unlink(read);
        return;
    }
    read_hold(read, read->kind != READ_LIST); /* a scan stands still, keys do not */
    read_keep(read);
}

static void
read_work(uv_work_t *pool)
{
    read_fill(WK_CONTAINER(pool, struct wk_read, pool), WK_READ_ANY);
}

static void
read_done(uv_work_t *pool, int status)
{
    struct wk_read *read = WK_CONTAINER(pool, struct wk_read, pool);
    struct wk_resident *r = read->resident;

    read->pooled = false;
    r->pooled--;
    if (read->gone) {
        read_free(read);
    } else {
        read_hold(read, false);
        read_answer(read);
    }
    wk_round_resume(r);
}

static void
read_pool(struct wk_read *read)
{
    struct wk_resident *r = read->resident;

    read->pooled = true;
    read_hold(read, read->scan == NULL);
    r->pooled++;
    r->daemon->counters.reads_pooled++;
    WK_CHECK(uv_queue_work(r->daemon->loop, &read->pool, read_work, read_done) == 0);
}

/* ---- questions ---- */

static bool
read_is_good(const Wk__ActorRead *msg)
{
    int kinds = (msg->n_keys > 0) + msg->list + (msg->n_pages > 0) + msg->next + msg->cancel +
                msg->alarm;

    for (size_t i = 0; i < msg->n_keys; i++)
        if (msg->keys[i].len > WK_RECORD_BYTES_MAX)
            return false;
    return kinds == 1 && msg->start.len <= WK_RECORD_BYTES_MAX &&
           msg->end.len <= WK_RECORD_BYTES_MAX;
}

static void
be32_add(struct wk_buf *buf, uint32_t n)
{
    uint8_t be[4];

    wk_be32_put(be, n);
    wk_buf_add(buf, be, sizeof(be));
}

static void
read_range(struct wk_read *read, const Wk__ActorRead *msg)
{
    wk_buf_add(&read->start, read->prefix.data, read->prefix.len);
    wk_buf_add(&read->start, msg->start.data, msg->start.len);
    wk_buf_add(&read->end, read->prefix.data, read->prefix.len);
    if (msg->end.len > 0)
        wk_buf_add(&read->end, msg->end.data, msg->end.len);
    else
        wk_key_after(&read->end, 0);
    read->reverse = msg->reverse;
    read->limited = msg->limit > 0;
    read->left = msg->limit;
}

static struct wk_read *
read_new(struct wk_resident *r, const Wk__ActorRead *msg)
{
    struct wk_read *read = wk_xcalloc(1, sizeof(*read));
    struct wk_entry_key key = {wk_resident_key(r),
                               r->facet,
                               r->view.generation,
                               msg->n_pages > 0 ? WK_KEY_PAGE : WK_KEY_ENTRY,
                               {NULL, 0}};

    read->resident = r;
    read->engine = r->daemon->engine;
    read->request = msg->request;
    read->kind = msg->list ? READ_LIST : msg->n_pages > 0 ? READ_PAGES : READ_KEYS;
    wk_key_add_entry(&read->prefix, &key);
    if (read->kind == READ_LIST)
        read_range(read, msg);
    for (size_t i = 0; i < msg->n_pages; i++)
        be32_add(&read->keys, msg->pages[i]);
    for (size_t i = 0; i < msg->n_keys; i++) {
        be32_add(&read->keys, (uint32_t)msg->keys[i].len);
        wk_buf_add(&read->keys, msg->keys[i].data, msg->keys[i].len);
    }
    read->next = r->reads;
    r->reads = read;
    r->read_count++;
    return read;
}

/* At once if nothing must come from the disk and it fits a piece; else by the pool, from the
 * beginning. */
static void
read_begin(struct wk_resident *r, const Wk__ActorRead *msg)
{
    struct wk_read *read = read_new(r, msg);

    read_fill(read, WK_READ_CACHED);
    if (read->err != WK_EAGAIN && !read->more) {
        read_answer(read);
        return;
    }
    scan_end(read);
    read->keys_at = 0;
    read->left = msg->limit;
    read_pool(read);
}

static void
read_next(struct wk_resident *r, uint32_t request)
{
    struct wk_read *read = read_find(r, request);

    if (read == NULL)
        answer_error(r, request, NO_SUCH_READ);
    else if (!read->pooled)
        read_pool(read);
}

static void
read_cancel(struct wk_resident *r, uint32_t request)
{
    struct wk_read *read = read_find(r, request);

    if (read == NULL)
        return;
    read_unlink(read);
    wk_round_resume(r);
}

/* Of what is not stored here there is nothing. */
static void
read_nothing(struct wk_resident *r, const Wk__ActorRead *msg)
{
    struct wk_read read = {.resident = r, .request = msg->request, .kind = READ_KEYS};

    for (size_t i = 0; i < msg->n_keys; i++)
        piece_add(&read, (struct wk_span){msg->keys[i].data, msg->keys[i].len},
                  (struct wk_span){NULL, 0}, 0, true);
    answer_piece(&read);
    wk_buf_fini(&read.bytes);
    free(read.items);
}

bool
wk_read_take(struct wk_resident *r, const Wk__ActorRead *msg)
{
    r->daemon->counters.reads++;
    if (!read_is_good(msg) ||
        (!msg->next && !msg->cancel && read_find(r, msg->request) != NULL))
        return false;
    if (msg->cancel)
        read_cancel(r, msg->request);
    else if (msg->alarm)
        answer_alarm(r, msg->request);
    else if (!wk_namespace_on_disk(r->ns))
        read_nothing(r, msg);
    else if (msg->next)
        read_next(r, msg->request);
    else if (r->read_count >= WK_READS_MAX)
        answer_error(r, msg->request, TOO_MANY);
    else
        read_begin(r, msg);
    return true;
}

void
wk_reads_tick(struct wk_daemon *daemon, uint64_t now_ms)
{
    struct wk_read *read = daemon->kept_reads;

    while (read != NULL) {
        struct wk_resident *r = read->resident;

        if (read->pooled || now_ms - read->used_ms < WK_READ_IDLE_MS_MAX) {
            read = read->kept_next;
            continue;
        }
        read_unlink(read);
        wk_round_resume(r);
        read = daemon->kept_reads; /* anything may have ended */
    }
}
