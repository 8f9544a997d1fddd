#include "storage/storage.h"

#include <string.h>

int
wk_span_compare(struct wk_span a, struct wk_span b)
{
    size_t len = a.len < b.len ? a.len : b.len;
    int order = len > 0 ? memcmp(a.data, b.data, len) : 0;

    return order != 0 ? order : a.len < b.len ? -1 : a.len > b.len;
}

/* FNV-1a: spreads texts as well as the random bytes that most ids are. */
uint32_t
wk_actor_shard(const void *id, size_t len, uint32_t shards)
{
    const uint8_t *p = id;
    uint32_t hash = 2166136261u;

    for (size_t i = 0; i < len; i++)
        hash = (hash ^ p[i]) * 16777619u;
    return shards > 1 ? hash % shards : 0;
}
