#include "tests/support/page_store.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static wk_err
store_page(void *arg, uint32_t number, uint8_t out[WK_PAGE_BYTES])
{
    struct page_store *store = arg;

    store->reads++;
    if (store->close_in_read != NULL) {
        wk_sql_close(store->close_in_read);
        store->close_in_read = NULL;
        return WK_ECLOSED;
    }
    if (store->fail_reads_after != 0 && store->reads >= store->fail_reads_after)
        return WK_EUNAVAILABLE;
    /* Only what is durable can be asked for: everything newer is the database's own to know. */
    WK_CHECK(number < store->count && store->pages[number] != NULL);
    memcpy(out, store->pages[number], WK_PAGE_BYTES);
    return WK_OK;
}

static void
store_broken(void *arg, const char *message)
{
    struct page_store *store = arg;

    store->broken++;
    snprintf(store->message, sizeof(store->message), "%s", message);
}

static void
store_dirty(void *arg)
{
    ((struct page_store *)arg)->dirty++;
}

const struct wk_sql_ops page_store_ops = {
    .page = store_page, .broken = store_broken, .dirty = store_dirty};

void
page_store_drop_unsynced(struct page_store *store)
{
    for (size_t i = 0; i < store->sent_count; i++)
        free(store->sent[i].data);
    store->sent_count = 0;
}

void
page_store_fini(struct page_store *store)
{
    page_store_drop_unsynced(store);
    free(store->sent);
    for (uint32_t i = 0; i < store->count; i++)
        free(store->pages[i]);
    free(store->pages);
    memset(store, 0, sizeof(*store));
}

void
page_store_emit(void *arg, const struct wk_write *write)
{
    struct page_store *store = arg;

    if (store->sent_count == store->sent_cap) {
        store->sent_cap = store->sent_cap == 0 ? 16 : store->sent_cap * 2;
        store->sent = wk_xrealloc(store->sent, store->sent_cap * sizeof(*store->sent));
    }
    store->sent[store->sent_count].seq = store->seq;
    store->sent[store->sent_count].number = (uint32_t)write->number;
    store->sent[store->sent_count].data = NULL;
    if (write->kind == WK_WRITE_PAGE)
        store->sent[store->sent_count].data = wk_xmemdup(write->value.data, write->value.len);
    else
        WK_CHECK(write->kind == WK_WRITE_PAGE_COUNT);
    store->sent_count++;
}

static void
count_set(struct page_store *store, uint32_t count)
{
    for (uint32_t i = count; i < store->count; i++)
        free(store->pages[i]);
    store->pages = wk_xrealloc(store->pages, (count + 1) * sizeof(*store->pages));
    for (uint32_t i = store->count; i < count; i++)
        store->pages[i] = NULL;
    store->count = count;
}

void
page_store_sync(struct page_store *store, uint64_t seq)
{
    size_t n = 0;

    for (; n < store->sent_count && store->sent[n].seq <= seq; n++) {
        uint32_t number = store->sent[n].number;

        if (store->sent[n].data == NULL) {
            count_set(store, number);
            continue;
        }
        if (number >= store->count)
            count_set(store, number + 1);
        free(store->pages[number]);
        store->pages[number] = store->sent[n].data;
    }
    if (n > 0)
        memmove(store->sent, store->sent + n, (store->sent_count - n) * sizeof(*store->sent));
    store->sent_count -= n;
}

struct wk_sql *
page_store_open(struct page_store *store)
{
    store->broken = 0;
    store->message[0] = '\0';
    return wk_sql_new(&page_store_ops, store, store->count);
}

wk_err
page_store_commit_unsynced(struct page_store *store, struct wk_sql *sql)
{
    store->seq++;
    return wk_sql_commit(sql, store->seq, page_store_emit, store);
}

wk_err
page_store_commit(struct page_store *store, struct wk_sql *sql)
{
    wk_err err = page_store_commit_unsynced(store, sql);

    if (err == WK_OK) {
        page_store_sync(store, store->seq);
        wk_sql_durable(sql, store->seq);
    }
    return err;
}
