/* storage/cache_priv.h - what the files of the cache share; nobody else includes it.
 *
 * The numbers of invariants are those of cache.h. */
#ifndef WK_STORAGE_CACHE_PRIV_H
#define WK_STORAGE_CACHE_PRIV_H
#include <sys/queue.h>
#include <uv/tree.h>

#include "storage/cache.h"
#include "storage/cache_read.h"

enum entry_status {
    ENTRY_PRESENT,
    ENTRY_ABSENT,
    ENTRY_UNKNOWN, /* ends a known-empty gap; says nothing of its own key and never has a gap */
};

enum entry_sync {
    SYNC_LOOSE,  /* in no list: held by reads, marks, transactions */
    SYNC_CLEAN,  /* in the LRU */
    SYNC_DIRTY,  /* in cache->dirty */
    SYNC_FLYING, /* in cache->flying: handed out as part of `message` */
    SYNC_PINNED, /* of a cache that never flushes; in no list */
};

struct wk_entry {
    uint32_t refs;
    uint32_t key_len;
    uint32_t value_len;
    uint32_t mark;        /* serial of the mark it was written under; 0: none */
    uint8_t status;       /* enum entry_status */
    uint8_t sync;         /* enum entry_sync */
    uint8_t gap : 1;      /* invariant 2 */
    uint8_t stale : 1;    /* not used since the last sweep */
    uint8_t no_cache : 1; /* forget it when clean */
    uint8_t confirmed : 1;
    uint8_t counted : 1;    /* handed out by its struct counted, not by itself */
    uint8_t marker : 1;     /* of a deleteAll; not a write of its own */
    uint64_t message;       /* that it was handed out with; 0: it came from the daemon */
    struct wk_cache *cache; /* in whose map it is, or NULL */
    struct wk_cache_lru *lru;
    RB_ENTRY(wk_entry) node;
    TAILQ_ENTRY(wk_entry) link;
    uint8_t bytes[]; /* key, value */
};

RB_HEAD(entry_map, wk_entry);
TAILQ_HEAD(entry_queue, wk_entry);

/* A growing array of references. */
struct entry_list {
    struct wk_entry **items;
    size_t count, cap;
};

/* A delete whose count somebody waits for. */
struct counted {
    TAILQ_ENTRY(counted) link;
    uint32_t request;
    struct entry_list entries;
};
TAILQ_HEAD(counted_queue, counted);

/* What must be handed out before a deleteAll, and the deleteAll. */
struct before_all {
    struct entry_list writes;
    struct counted_queue counted;
    size_t bytes;
    bool with_alarm;
};

enum deferred {
    DEFERRED_NONE,
    DEFERRED_WAITING, /* the handler runs; the alarm reads as none */
    DEFERRED_READY,   /* it succeeded; the deletion is to be handed out */
    DEFERRED_FLYING,
};

struct alarm {
    uint64_t time; /* + 1; if known */
    uint64_t set_time;
    uint64_t message; /* SYNC_FLYING: that carries it */
    uint64_t deferred_time, deferred_message;
    uint64_t version; /* of the answer that could still be taken in */
    uint32_t mark;
    uint8_t sync;     /* CLEAN, DIRTY, FLYING */
    uint8_t deferred; /* enum deferred */
    bool known;
    bool known_before; /* the deferral */
    bool set;          /* set_time is to be handed out */
    bool by_all;       /* the deleteAll that is to be handed out carries it */
    bool no_cache;
    bool confirmed;
};

struct undo;
struct waiter;
struct wk_cache {
    struct wk_cache_lru *lru;
    struct wk_cache_config config;
    struct entry_map map;
    struct entry_queue dirty;  /* not handed out */
    struct entry_queue flying; /* handed out, by rising message */
    size_t entries, bytes, dirty_bytes;
    struct counted_queue counted;
    struct before_all *before; /* a deleteAll that was not handed out */
    struct alarm alarm;
    uint64_t taken, durable;          /* numbers of messages */
    LIST_HEAD(, wk_cache_read) reads; /* unfinished */
    TAILQ_HEAD(, waiter) waiters;
    struct wk_cache_mark *mark; /* newest */
    struct undo *undos;
    uint32_t undo_count, undo_cap;
    uint32_t mark_serial;
    wk_err err;
    bool confirmed; /* a confirmed write was not handed out yet */
    bool told;      /* hooks.dirty was called and nothing taken since */
    bool over;      /* more dirty bytes than the limit */
};

struct wk_cache_read {
    LIST_ENTRY(wk_cache_read) link; /* in cache->reads while not finished */
    struct wk_cache *cache;         /* NULL when finished */
    struct wk_cache_lru *lru;
    uint64_t durable; /* cache->durable at the call */
    wk_err err;
    bool complete;
    bool list;
    bool reverse;
    bool forgetful;             /* takes nothing into the cache: NO_CACHE, or invariant 5 */
    bool from_exclusive;        /* the unknown part begins after `from` */
    bool delivered;             /* something was; `last` says up to where */
    struct entry_list captured; /* in the order of the result */
    struct entry_list overlay;  /* a transaction's own, stronger than captured */
    struct entry_list answers;
    struct entry_list result;
    uint64_t limit; /* of the result; 0: none */
    /* keys: those that are not known */
    struct wk_span *keys; /* the bytes are one block, key_bytes */
    uint8_t *key_bytes;
    size_t key_count, key_next;
    /* list: the unknown part, and how far the answer came */
    struct wk_span from, to;
    uint64_t ask_limit, received;
    struct wk_span last;
    struct wk_span asked; /* the bound that wk_cache_read_ask made */
};

/* cache_map.c */
struct wk_entry *cache_entry_new(struct wk_cache_lru *lru, struct wk_span key,
                                 struct wk_span value, enum entry_status status);
size_t cache_entry_bytes(const struct wk_entry *entry);
void cache_list_add(struct entry_list *list, struct wk_entry *entry); /* takes the reference */
void cache_list_fini(struct entry_list *list);
struct wk_entry *cache_map_find(struct entry_map *map, struct wk_span key);
struct wk_entry *cache_map_floor(struct entry_map *map, struct wk_span key, bool equal_too);
struct wk_entry *cache_map_ceil(struct entry_map *map, struct wk_span key);
struct wk_entry *cache_map_next(struct wk_entry *entry);
struct wk_entry *cache_map_prev(struct wk_entry *entry);
struct wk_entry *cache_map_first(struct entry_map *map);
struct wk_entry *cache_map_last(struct entry_map *map);
void cache_map_insert(struct entry_map *map, struct wk_entry *entry);
void cache_map_remove(struct entry_map *map, struct wk_entry *entry);
/* Without the entry there is a known-empty gap at the key. */
bool cache_in_gap(struct wk_cache *cache, struct wk_span key);
/* Moves it to the list of sync. */
void cache_sync_set(struct wk_cache *cache, struct wk_entry *entry, enum entry_sync sync);
/* Takes the reference; in place of what there is at its key, whose gap it inherits. */
void cache_place(struct wk_cache *cache, struct wk_entry *entry, enum entry_sync sync);
/* Out of the map and its list; gap says whether its place is known to be empty. */
void cache_drop(struct wk_cache *cache, struct wk_entry *entry, bool gap);
void cache_drop_all(struct wk_cache *cache);
/* Invariant: a clean absent entry inside a gap says nothing. Drops it then. */
void cache_tidy(struct wk_cache *cache, struct wk_entry *entry);

/* cache_learn.c: taking in what the daemon said */
void cache_learn(struct wk_cache *cache,
                 struct wk_entry *entry); /* borrows; shares it if it is news */
struct known_gap {
    struct wk_span from, to;
    bool from_too; /* nothing at from either, unless the map says so */
    bool to_end;   /* there is no bound; to is not looked at */
};
void cache_learn_gap(struct wk_cache *cache, const struct known_gap *gap);

/* cache_lru.c */
void cache_lru_charge(struct wk_cache_lru *lru, size_t bytes);
void cache_lru_discharge(struct wk_cache_lru *lru, size_t bytes);
void cache_lru_add(struct wk_cache_lru *lru, struct wk_entry *entry);
void cache_lru_remove(struct wk_cache_lru *lru, struct wk_entry *entry);
void cache_touch(struct wk_entry *entry, unsigned options);
void cache_evict(struct wk_entry *entry);
size_t cache_lru_dirty_max(const struct wk_cache_lru *lru);
/* Down to the soft limit; WK_EMEMORY, and the cache is dead, if the hard one is exceeded even
 * so. */
wk_err cache_limit(struct wk_cache *cache);

/* cache_write.c */
/* Takes the reference. */
void cache_write(struct wk_cache *cache, struct wk_entry *entry, unsigned options);
void cache_before_free(struct before_all *before);
void cache_counted_free(struct counted_queue *queue);

/* cache_flush.c */
bool cache_untaken(const struct wk_cache *cache);
void cache_wrote(struct wk_cache *cache, bool confirmed);
void cache_tell_dirty(struct wk_cache *cache);
void cache_pressure(struct wk_cache *cache);
void cache_flying_insert(struct wk_cache *cache, struct wk_entry *entry);
void cache_waiters_run(struct wk_cache *cache);

/* cache_alarm.c */
size_t cache_alarm_take(struct wk_cache *cache, uint64_t number, wk_cache_write_fn *fn,
                        void *arg);
void cache_alarm_all_taken(struct wk_cache *cache, uint64_t number);
void cache_alarm_durable(struct wk_cache *cache);
void cache_alarm_delete_all(struct wk_cache *cache, bool confirmed);

/* cache_undo.c; all do nothing while no mark is open */
void cache_undo_key(struct wk_cache *cache, struct wk_entry *entry, struct wk_entry *old);
void cache_undo_alarm(struct wk_cache *cache);
/* Takes the whole map away, to be given back by a rollback. */
void cache_undo_all(struct wk_cache *cache, bool had_before, bool before_alarm);
void cache_undo_break(struct wk_cache *cache);

/* cache_read.c */
struct wk_cache_read *cache_read_keys(struct wk_cache *cache, struct entry_map *overlay,
                                      const struct wk_span *keys, size_t count,
                                      unsigned options);
struct wk_cache_read *cache_read_list(struct wk_cache *cache, struct entry_map *overlay,
                                      const struct wk_cache_range *range, unsigned options);
/* Merges, and takes it off the list of reads. */
void cache_read_finish(struct wk_cache_read *read);

static inline struct wk_span
entry_key(const struct wk_entry *entry)
{
    return (struct wk_span){entry->bytes, entry->key_len};
}
static inline struct wk_span
entry_value(const struct wk_entry *entry)
{
    return (struct wk_span){entry->bytes + entry->key_len, entry->value_len};
}
static inline bool
span_equal(struct wk_span a, struct wk_span b)
{
    return wk_span_compare(a, b) == 0;
}
#endif
