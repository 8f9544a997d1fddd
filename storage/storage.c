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

static size_t
varint_bytes(uint64_t n)
{
    size_t bytes = 1;

    while ((n >>= 7) > 0)
        bytes++;
    return bytes;
}

size_t
wk_record_bytes(size_t key_bytes, size_t value_bytes)
{
    /* a text, then a blob: their types say how long they are, behind a byte for all of that */
    return 1 + varint_bytes(13 + 2 * (uint64_t)key_bytes) +
           varint_bytes(12 + 2 * (uint64_t)value_bytes) + key_bytes + value_bytes;
}
