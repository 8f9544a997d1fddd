/* What a process may open: the handles that it was configured with, and those that came over a
 * session.
 *
 * A granted handle is WK_HANDLE_GRANTED, 14 bits of generation, 16 bits of index, so that one
 * whose session ended leads nowhere instead of to a stranger. */
#include "kernel/route/router_priv.h"

#include <stdlib.h>
#include <string.h>

#define INDEX_BITS 16u
#define GENERATION_MASK 0x3fffu

void
wk_end_grant(struct wk_end *end, uint32_t handle, struct wk_dest *dest, uint32_t target)
{
    WK_CHECK(handle < WK_HANDLE_GRANTED);
    if (handle >= end->grant_count) {
        end->grants = wk_xrealloc(end->grants, (handle + 1) * sizeof(*end->grants));
        memset(end->grants + end->grant_count, 0,
               (handle + 1 - end->grant_count) * sizeof(*end->grants));
        end->grant_count = handle + 1;
    }
    end->grants[handle] = (struct grant){dest, target};
}

void
wk_end_revoke_all(struct wk_end *end)
{
    end->grant_count = 0;
}

bool
wk_handle_find(const struct wk_end *end, uint32_t handle, struct grant *out)
{
    uint32_t index = handle & ((1u << INDEX_BITS) - 1u);

    *out = (struct grant){0};
    if (handle < end->grant_count)
        *out = end->grants[handle];
    else if (handle >> 30 == WK_HANDLE_GRANTED >> 30 && index < end->granted_cap &&
             end->granted[index].generation == (handle >> INDEX_BITS & GENERATION_MASK))
        *out = end->granted[index].to;
    return out->dest != NULL;
}

/* false: there are as many as there may be. */
static bool
granted_grow(struct wk_end *end)
{
    uint32_t cap = end->granted_cap ? 2 * end->granted_cap : 16;

    if (end->granted_cap >= WK_HANDLES_PER_END_MAX)
        return false;
    end->granted = wk_xrealloc(end->granted, cap * sizeof(*end->granted));
    memset(end->granted + end->granted_cap, 0,
           (cap - end->granted_cap) * sizeof(*end->granted));
    for (uint32_t i = cap; i-- > end->granted_cap;)
        if (i > 0) {
            end->granted[i].next = end->granted_free;
            end->granted_free = i;
        }
    end->granted_cap = cap;
    return true;
}

uint32_t
wk_handle_mint(struct wk_route *r, int side, struct grant to)
{
    struct wk_end *end = r->side[side].end;
    struct wk_route_extra *x = wk_route_extra(r);
    struct granted *g;
    uint32_t index;

    if (x->side[side].granted_count >= WK_HANDLES_PER_SESSION_MAX ||
        (end->granted_free == 0 && !granted_grow(end)))
        return 0;
    index = end->granted_free;
    g = &end->granted[index];
    end->granted_free = g->next;
    g->to = to;
    g->next = x->side[side].granted;
    x->side[side].granted = index;
    x->side[side].granted_count++;
    return WK_HANDLE_GRANTED | g->generation << INDEX_BITS | index;
}

void
wk_handles_drop(struct wk_route *r)
{
    for (int side = 0; r->extra != NULL && side < 2; side++) {
        struct wk_end *end = r->side[side].end;
        uint32_t index = r->extra->side[side].granted;

        while (index != 0) {
            struct granted *g = &end->granted[index];
            uint32_t next = g->next;

            *g = (struct granted){.next = end->granted_free,
                                  .generation = (g->generation + 1u) & GENERATION_MASK};
            end->granted_free = index;
            index = next;
        }
        r->extra->side[side].granted = r->extra->side[side].granted_count = 0;
    }
}
