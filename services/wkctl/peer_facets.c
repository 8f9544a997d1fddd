#include "services/wkctl/peer_facets.h"

#include <stdlib.h>
#include <string.h>

#define FACETS_MAX 65535u

static const uint8_t magic[8] = {0x57, 0xef, 0xb0, 0xc5, 0x5b, 0xce, 0xcd, 0xc4};

static uint16_t
le16(const uint8_t *p)
{
    return (uint16_t)(p[0] | p[1] << 8);
}

static void
facet_add(struct wk_peer_facets *facets, uint16_t parent, const uint8_t *name, size_t bytes)
{
    struct wk_buf text = {0};

    if ((facets->count & (facets->count - 1)) == 0)
        facets->list = wk_xrealloc(facets->list, (facets->count > 0 ? 2 * facets->count : 1) *
                                                     sizeof(*facets->list));
    wk_facet_name_add(&text, (const char *)name, bytes);
    facets->list[facets->count++] = (struct wk_peer_facet){
        parent, wk_xstrndup(text.data != NULL ? text.data : "", text.len)};
    wk_buf_fini(&text);
}

bool
wk_peer_facets_parse(const void *data, size_t bytes, struct wk_peer_facets *out)
{
    const uint8_t *p = data;

    *out = (struct wk_peer_facets){0};
    if (bytes < sizeof(magic)) /* nobody came as far as a record */
        return memcmp(p, magic, bytes) == 0;
    if (memcmp(p, magic, sizeof(magic)) != 0)
        return false;
    for (size_t at = sizeof(magic); bytes - at >= 4;) {
        uint16_t parent = le16(p + at), len = le16(p + at + 2);

        if (len > bytes - at - 4)
            break; /* torn */
        if (parent > out->count || out->count == FACETS_MAX)
            return false;
        facet_add(out, parent, p + at + 4, len);
        at += 4u + len;
    }
    return true;
}

void
wk_peer_facets_fini(struct wk_peer_facets *facets)
{
    for (size_t i = 0; i < facets->count; i++)
        free(facets->list[i].name);
    free(facets->list);
    *facets = (struct wk_peer_facets){0};
}

size_t
wk_peer_facets_path(const struct wk_peer_facets *facets, size_t number,
                    const char *path[WK_FACET_DEPTH_MAX])
{
    size_t depth = 0, at;

    for (at = number; at > 0; at = facets->list[at - 1].parent)
        if (++depth > WK_FACET_DEPTH_MAX)
            return 0;
    for (at = number; at > 0; at = facets->list[at - 1].parent)
        path[--depth] = facets->list[at - 1].name;
    for (at = number; at > 0; at = facets->list[at - 1].parent)
        depth++;
    return depth;
}
