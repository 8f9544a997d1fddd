#include "runtime/sql/pages.h"

#include <stdlib.h>
#include "runtime/sql/memory.h"

void
wk_sql_pages_fini(struct wk_sql_pages *pages)
{
    wk_sql_pages_truncate(pages, 0);
    wk_sql_mem_free(pages->slots);
    *pages = (struct wk_sql_pages){0};
}

struct wk_sql_page *
wk_sql_pages_find(const struct wk_sql_pages *pages, uint32_t number)
{
    struct wk_sql_page *page;

    if (pages->count == 0)
        return NULL;
    page = pages->slots[number & (pages->slot_count - 1)];
    while (page != NULL && page->number != number)
        page = page->next;
    return page;
}

static bool
slots_grow(struct wk_sql_pages *pages)
{
    uint32_t slot_count = pages->slot_count == 0 ? 8 : pages->slot_count * 2;
    struct wk_sql_page **slots = wk_sql_mem_alloc(slot_count * sizeof(*slots));

    if (slots == NULL)
        return pages->slot_count > 0; /* longer chains, then */
    for (uint32_t i = 0; i < slot_count; i++)
        slots[i] = NULL;
    for (struct wk_sql_page *p = pages->oldest; p != NULL; p = p->newer) {
        p->next = slots[p->number & (slot_count - 1)];
        slots[p->number & (slot_count - 1)] = p;
    }
    wk_sql_mem_free(pages->slots);
    pages->slots = slots;
    pages->slot_count = slot_count;
    return true;
}

static void
list_take(struct wk_sql_pages *pages, struct wk_sql_page *page)
{
    *(page->older != NULL ? &page->older->newer : &pages->oldest) = page->newer;
    *(page->newer != NULL ? &page->newer->older : &pages->newest) = page->older;
    if (page->seq == WK_PAGE_PENDING)
        pages->pending--;
    if (page->seq != 0)
        pages->dirty--;
}

static void
list_add(struct wk_sql_pages *pages, struct wk_sql_page *page, uint64_t seq)
{
    page->older = pages->newest;
    page->newer = NULL;
    *(page->older != NULL ? &page->older->newer : &pages->oldest) = page;
    pages->newest = page;
    page->seq = seq;
    if (seq == WK_PAGE_PENDING)
        pages->pending++;
    if (seq != 0)
        pages->dirty++;
}

struct wk_sql_page *
wk_sql_pages_put(struct wk_sql_pages *pages, uint32_t number, uint64_t seq)
{
    struct wk_sql_page *page = wk_sql_pages_find(pages, number), **slot;

    if (page != NULL) {
        list_take(pages, page);
        list_add(pages, page, seq);
        return page;
    }
    if (pages->count >= pages->slot_count && !slots_grow(pages))
        return NULL;
    if ((page = wk_sql_mem_alloc(sizeof(*page))) == NULL)
        return NULL;
    slot = &pages->slots[number & (pages->slot_count - 1)];
    page->number = number;
    page->next = *slot;
    *slot = page;
    pages->count++;
    list_add(pages, page, seq);
    return page;
}

void
wk_sql_pages_drop(struct wk_sql_pages *pages, struct wk_sql_page *page)
{
    struct wk_sql_page **at = &pages->slots[page->number & (pages->slot_count - 1)];

    while (*at != page)
        at = &(*at)->next;
    *at = page->next;
    pages->count--;
    list_take(pages, page);
    wk_sql_mem_free(page);
}

static int
by_number(const void *a, const void *b)
{
    const struct wk_sql_page *x = *(struct wk_sql_page *const *)a,
                             *y = *(struct wk_sql_page *const *)b;

    return x->number < y->number ? -1 : x->number > y->number;
}

void
wk_sql_pages_sent(struct wk_sql_pages *pages, uint64_t seq, struct wk_sql_page **out)
{
    uint32_t n = 0;

    WK_CHECK(seq > 0 && seq < WK_PAGE_PENDING);
    for (struct wk_sql_page *p = pages->newest; p != NULL && p->seq == WK_PAGE_PENDING;
         p = p->older) {
        p->seq = seq;
        out[n++] = p;
    }
    WK_CHECK(n == pages->pending);
    pages->pending = 0;
    qsort(out, n, sizeof(*out), by_number);
}

void
wk_sql_pages_durable(struct wk_sql_pages *pages, uint64_t seq)
{
    struct wk_sql_page *page = pages->oldest, *newer;

    while (page != NULL && page->seq == 0)
        page = page->newer;
    for (; page != NULL && page->seq <= seq; page = newer) {
        newer = page->newer;
        wk_sql_pages_drop(pages, page);
    }
    if (pages->count == 0) {
        wk_sql_mem_free(pages->slots);
        pages->slots = NULL;
        pages->slot_count = 0;
    }
}

void
wk_sql_pages_truncate(struct wk_sql_pages *pages, uint32_t page_count)
{
    struct wk_sql_page *newer;

    for (struct wk_sql_page *page = pages->oldest; page != NULL; page = newer) {
        newer = page->newer;
        if (page->number >= page_count)
            wk_sql_pages_drop(pages, page);
    }
}
