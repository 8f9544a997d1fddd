/* storage/storage.h - words that the parts of storage share.
 *
 * Thread: any; nothing here keeps state. */
#ifndef WK_STORAGE_STORAGE_H
#define WK_STORAGE_STORAGE_H
#include "kernel/base/buf.h"

#define WK_PAGE_BYTES 4096u
/* A key with its value, in the record that SQLite makes of them on the peer. */
#define WK_RECORD_BYTES_MAX 8388642u

/* Borrowed bytes. Keys compare as unsigned bytes, a prefix before what it begins. */
struct wk_span {
    const uint8_t *data;
    size_t len;
};

static inline struct wk_span
wk_span_of(const struct wk_buf *buf)
{
    return (struct wk_span){(const uint8_t *)buf->data, buf->len};
}

/* One change of an actor's state, as a batch carries it. */
enum wk_write_kind {
    WK_WRITE_PUT = 1,      /* key, value */
    WK_WRITE_DELETE,       /* key */
    WK_WRITE_COUNTED,      /* key; number: the request that is told how many of its keys there were */
    WK_WRITE_DELETE_ALL,   /* number: 1, the alarm too */
    WK_WRITE_ALARM,        /* number: unix ms + 1; 0 deletes it */
    WK_WRITE_ALARM_DONE,   /* number: unix ms + 1: deletes it if it is still that */
    WK_WRITE_PAGE,         /* number: of the page; value: WK_PAGE_BYTES */
    WK_WRITE_PAGE_COUNT,   /* number: pages beyond it are gone */
    WK_WRITE_FACET_DELETE, /* key: path, its names with a NUL behind each */
    WK_WRITE_FACET_CLONE,  /* key: path of the source; value: path of the copy */
};

struct wk_write {
    enum wk_write_kind kind;
    struct wk_span key, value;
    uint64_t number;
};

/* Which of the daemons that share a storage has the actor. */
uint32_t wk_actor_shard(const void *id, size_t len, uint32_t shards);

/* The size of that record. */
size_t wk_record_bytes(size_t key_bytes, size_t value_bytes);

int wk_span_compare(struct wk_span a, struct wk_span b);
#endif
