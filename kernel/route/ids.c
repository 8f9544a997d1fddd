/* Session numbers: which of a link's numbers means which route. */
#include "kernel/route/router_priv.h"

#include <stdlib.h>
#include <string.h>

#define GENERATION_MASK 0xfffu /* between the index and WK_SESSION_OF_GATE */

static void
ids_grow(struct id_table *t, uint32_t need, bool with_free)
{
    uint32_t cap = t->cap ? t->cap : 32;

    while (cap <= need)
        cap *= 2;
    t->slots = wk_xrealloc(t->slots, cap * sizeof(*t->slots));
    memset(t->slots + t->cap, 0, (cap - t->cap) * sizeof(*t->slots));
    if (with_free) {
        t->generations = wk_xrealloc(t->generations, cap * sizeof(*t->generations));
        memset(t->generations + t->cap, 0, (cap - t->cap) * sizeof(*t->generations));
        t->free = wk_xrealloc(t->free, cap * sizeof(*t->free));
        for (uint32_t i = cap; i-- > t->cap;)
            if (i > 0)
                t->free[t->free_count++] = i;
    }
    t->cap = cap;
}

void
wk_ids_fini(struct id_table *t)
{
    free(t->slots);
    free(t->generations);
    free(t->free);
}

static struct id_table *
ids_of(struct wk_end *end, uint32_t id)
{
    return id & WK_SESSION_OF_KERNEL ? &end->ours : &end->theirs;
}

struct wk_route *
wk_ids_find(struct wk_end *end, uint32_t id, int *which)
{
    struct id_table *t = ids_of(end, id);
    uint32_t index = id & WK_SESSION_INDEX_MASK;
    struct wk_route *r = index < t->cap ? t->slots[index] : NULL;

    if (r == NULL)
        return NULL;
    *which = id & WK_SESSION_OF_KERNEL ? 1 : 0;
    return r->side[*which].id == id ? r : NULL;
}

bool
wk_ids_free(struct wk_end *end, uint32_t id)
{
    uint32_t index = id & WK_SESSION_INDEX_MASK;

    return index != 0 && (index >= end->theirs.cap || end->theirs.slots[index] == NULL);
}

void
wk_ids_take(struct wk_route *r, struct wk_end *end, uint32_t id)
{
    struct id_table *t = &end->theirs;
    uint32_t index = id & WK_SESSION_INDEX_MASK;

    if (index >= t->cap)
        ids_grow(t, index, false);
    WK_EVENT("K.open", r->serial, (uintptr_t)end, id);
    t->slots[index] = r;
    r->side[0].end = end;
    r->side[0].id = id;
    end->session_count++;
}

bool
wk_ids_number(struct wk_route *r, struct wk_end *end)
{
    struct id_table *t = &end->ours;
    uint32_t index;

    if (end->down || end->session_count >= WK_ROUTE_SESSIONS_PER_END_MAX)
        return false;
    if (t->free_count == 0)
        ids_grow(t, t->cap, true);
    index = t->free[--t->free_count];
    t->generations[index] = (uint16_t)((t->generations[index] + 1u) & GENERATION_MASK);
    t->slots[index] = r;
    r->side[1].end = end;
    r->side[1].id =
        WK_SESSION_OF_KERNEL | (uint32_t)t->generations[index] << WK_SESSION_INDEX_BITS | index;
    if (r->gate != NULL || r->side[1].member != NULL)
        r->side[1].id |= WK_SESSION_OF_GATE;
    WK_EVENT("K.accept", r->serial, (uintptr_t)end, r->side[1].id);
    end->session_count++;
    return true;
}

void
wk_ids_release(struct side *s)
{
    uint32_t index = s->id & WK_SESSION_INDEX_MASK;
    struct id_table *t;

    if (s->end == NULL || s->id == 0)
        return;
    t = ids_of(s->end, s->id);
    t->slots[index] = NULL;
    if (t == &s->end->ours)
        t->free[t->free_count++] = index;
    s->end->session_count--;
    s->id = 0;
}
