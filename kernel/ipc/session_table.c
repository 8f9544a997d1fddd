/* Sessions by their number. */
#include "kernel/ipc/port_priv.h"

#include <stdlib.h>
#include <string.h>

#define SPARE_SESSIONS_MAX 256u /* kept for the next ones */

void
wk_session_table_grow(struct session_table *t, uint32_t need)
{
    uint32_t cap = t->cap ? t->cap : 64;

    while (cap <= need)
        cap *= 2;
    t->slots = wk_xrealloc(t->slots, cap * sizeof(*t->slots));
    t->generations = wk_xrealloc(t->generations, cap * sizeof(*t->generations));
    t->free = wk_xrealloc(t->free, cap * sizeof(*t->free));
    memset(t->slots + t->cap, 0, (cap - t->cap) * sizeof(*t->slots));
    memset(t->generations + t->cap, 0, (cap - t->cap) * sizeof(*t->generations));
    for (uint32_t i = cap; i-- > t->cap;)
        if (i > 0) /* index 0 stays unused, so that no session is number 0 */
            t->free[t->free_count++] = i;
    t->cap = cap;
}

void
wk_session_table_fini(struct session_table *t)
{
    free(t->slots);
    free(t->generations);
    free(t->free);
}

static struct session_table *
table_of(struct wk_port *port, uint32_t id)
{
    return id & WK_SESSION_OF_KERNEL ? &port->theirs : &port->own;
}

struct wk_session *
wk_session_find(struct wk_port *port, uint32_t id)
{
    struct session_table *t = table_of(port, id);
    uint32_t index = id & WK_SESSION_INDEX_MASK;
    struct wk_session *s = index < t->cap ? t->slots[index] : NULL;

    return s != NULL && s->id == id ? s : NULL;
}

struct wk_session *
wk_session_new(struct wk_port *port, uint32_t id)
{
    struct wk_session *s = port->free_sessions;

    if (s != NULL) {
        port->free_sessions = s->next_free;
        port->free_session_count--;
    } else {
        s = wk_xmalloc(sizeof(*s));
    }
    *s = (struct wk_session){.port = port, .id = id, .window = WK_SESSION_WINDOW_BYTES};
    table_of(port, id)->slots[id & WK_SESSION_INDEX_MASK] = s;
    port->session_count++;
    return s;
}

void
wk_session_forget(struct wk_session *s)
{
    struct wk_port *port = s->port;
    struct session_table *t = table_of(port, s->id);
    uint32_t index = s->id & WK_SESSION_INDEX_MASK;

    t->slots[index] = NULL;
    if (t == &port->own)
        t->free[t->free_count++] = index;
    port->session_count--;
    if (port->free_sessions != NULL && port->free_session_count >= SPARE_SESSIONS_MAX) {
        struct wk_session *spare = port->free_sessions; /* not s: its owner may be about to look at it */

        port->free_sessions = spare->next_free;
        port->free_session_count--;
        free(spare);
    }
    s->next_free = port->free_sessions;
    port->free_sessions = s;
    port->free_session_count++;
}

uint32_t
wk_session_id_take(struct wk_port *port)
{
    struct session_table *t = &port->own;
    uint32_t index;

    if (t->free_count == 0)
        wk_session_table_grow(t, t->cap);
    index = t->free[--t->free_count];
    WK_CHECK(index <= WK_SESSION_INDEX_MASK);
    t->generations[index] = (uint16_t)((t->generations[index] + 1u) & 0x1fffu);
    return index | (uint32_t)t->generations[index] << WK_SESSION_INDEX_BITS;
}
