/* storage/cache.h - the write-back cache of one actor, above the storage daemon.
 *
 * A pure state machine: it sends nothing and knows no clock. What it does not know is asked by
 * its owner with a read; what was written is handed out by wk_cache_take in messages with
 * rising numbers, and becomes clean when wk_cache_durable says that a number is durable.
 * Several may be under way.
 *
 *     unknown --read--> CLEAN --write--> DIRTY --take--> FLYING n --durable n--> CLEAN
 *     CLEAN --no longer used, or NO_CACHE--> unknown      FLYING n --write--> DIRTY
 *
 *  1. A key has at most one entry in the map. Entries never change: a write makes a new one, so
 *     whoever holds an old one still sees the state as of its call.
 *  2. An entry's gap flag says: no key exists between it and the next entry of the map.
 *  3. What is not clean is never evicted; what is clean equals what the daemon made durable.
 *  4. While a mark is open nothing leaves and nothing is evicted: a rollback is exact.
 *  5. An answer is never taken in where something newer was known after the question was asked.
 *
 * The daemon answers a read from the durable state at the time when it receives the question,
 * or a later one, but without any write that was sent after the question.
 *
 * Errors:   one that an operation gives without saying why here means that the cache is dead;
 *           every call gives it from then on.
 * Thread:   the loop's; nothing here locks.
 * Lifetime: reads and marks may outlive the cache, and fail or do nothing then; entries may
 *           too, but not the LRU. */
#ifndef WK_STORAGE_CACHE_H
#define WK_STORAGE_CACHE_H
#include "storage/cache_lru.h"
#include "storage/storage.h"

struct wk_cache;
struct wk_entry;

/* Options of an operation, ored. */
enum {
    WK_CACHE_NO_CACHE = 1,    /* forget it as soon as it is clean */
    WK_CACHE_UNCONFIRMED = 2, /* outputs need not wait for this write */
};

/* Called in the midst of an operation: they may note or post, not call the cache. */
struct wk_cache_hooks {
    void *arg;
    /* There is something for wk_cache_take now and there was not. May be NULL. */
    void (*dirty)(void *arg);
    /* wk_cache_over_dirty was true and no longer is. May be NULL. */
    void (*relieved)(void *arg);
};

struct wk_cache_config {
    struct wk_cache_hooks hooks;
    bool never_flush; /* the cache is the storage: nothing is handed out or evicted */
    bool no_cache;    /* every operation is WK_CACHE_NO_CACHE */
};

struct wk_cache *wk_cache_new(struct wk_cache_lru *lru, const struct wk_cache_config *config);
/* What is dirty is lost, waiters are called with WK_ECLOSED. */
void wk_cache_free(struct wk_cache *cache);

/* Ends it: what is dirty is lost, open reads fail, waiters are called with err. The first err
 * stays. */
void wk_cache_break(struct wk_cache *cache, wk_err err);
/* WK_OK while it lives. */
wk_err wk_cache_error(const struct wk_cache *cache);

/* ---- what is known from the start; only before the first operation ---- */

struct wk_cache_item {
    struct wk_span key, value;
    bool absent;
};
/* Nothing is stored: every key is known absent, and there is no alarm. */
void wk_cache_assume_empty(struct wk_cache *cache);
/* These are stored, in rising order of keys; whole: nothing else is. WK_EINVAL: not in order.
 */
wk_err wk_cache_assume(struct wk_cache *cache, const struct wk_cache_item *items, size_t count,
                       bool whole);
/* Unix ms + 1; 0: none. */
void wk_cache_assume_alarm(struct wk_cache *cache, uint64_t ms_plus1);

/* ---- entries: immutable, shared ---- */

struct wk_entry *wk_entry_ref(struct wk_entry *entry);
void wk_entry_unref(struct wk_entry *entry);
/* Valid as long as the entry is. */
struct wk_span wk_entry_key(const struct wk_entry *entry);
struct wk_span wk_entry_value(const struct wk_entry *entry);

/* ---- reading one key ---- */

enum wk_cache_found {
    WK_CACHE_MISS = 0, /* not known here: wk_cache_read_keys */
    WK_CACHE_ABSENT,
    WK_CACHE_PRESENT,
    WK_CACHE_DEAD, /* wk_cache_error */
};
/* *out is borrowed until the next call that changes the cache, non-NULL only if PRESENT. */
enum wk_cache_found wk_cache_get(struct wk_cache *cache, struct wk_span key, unsigned options,
                                 struct wk_entry **out);

/* ---- reads that may need the daemon (cache_read.h has the rest of their life) ---- */

struct wk_cache_read;
struct wk_cache_range {
    struct wk_span start; /* inclusive; empty: from the first key */
    struct wk_span end;   /* exclusive; empty: no bound */
    uint64_t limit;       /* 0: none */
    bool reverse;         /* descending, and the limit counts from the end */
};
/* Begins a read of the state as of now. It may be complete at once: wk_cache_read_complete.
 * Keys may come in any order; repeated ones count once.
 * Owns: *out is the caller's, wk_cache_read_free. */
wk_err wk_cache_read_keys(struct wk_cache *cache, const struct wk_span *keys, size_t count,
                          unsigned options, struct wk_cache_read **out);
wk_err wk_cache_read_list(struct wk_cache *cache, const struct wk_cache_range *range,
                          unsigned options, struct wk_cache_read **out);

/* ---- writing ---- */

/* Key and value are copied; any key will do, the empty one too, and sizes are the caller's to
 * limit. WK_EMEMORY: over the hard limit, and dead. */
wk_err wk_cache_put(struct wk_cache *cache, struct wk_span key, struct wk_span value,
                    unsigned options);
wk_err wk_cache_put_many(struct wk_cache *cache, const struct wk_cache_item *items,
                         size_t count, unsigned options);

/* How many of the keys there were: `known`, and the rest comes later if asked or read say so.
 * asked: the daemon tells it with the request number, when the deletes are durable.
 * read:  instead, while a mark is open: the count of its entries. The caller's to free. */
struct wk_cache_deleted {
    uint64_t known;
    bool asked;
    struct wk_cache_read *read;
};
/* Deletes; from now on the keys are absent. `request` is the number that a counted delete gets
 * if one is needed; a number is used once. A key named twice counts once. */
wk_err wk_cache_delete(struct wk_cache *cache, const struct wk_span *keys, size_t count,
                       unsigned options, uint32_t request, struct wk_cache_deleted *out);
/* Nobody waits for the count any more: if it was not handed out yet it will not be counted. */
void wk_cache_delete_forget(struct wk_cache *cache, uint32_t request);
/* The whole key space is known absent from now on; with_alarm: and no alarm is set. */
wk_err wk_cache_delete_all(struct wk_cache *cache, bool with_alarm, unsigned options);

/* ---- flushing ---- */

typedef void wk_cache_write_fn(void *arg, const struct wk_write *write);
/* Is there something for wk_cache_take? Not while a mark is open. */
bool wk_cache_dirty(const struct wk_cache *cache);
/* Hands out what was written and not handed out, in an order in which a plain store may replay
 * it; all of it belongs together. `number` is what wk_cache_durable will name, higher than any
 * before; if the writes go in several messages that become durable together, the first one's
 * will do. The bytes are borrowed during fn. Gives the count of writes; *confirmed: an output
 * must wait for them. */
size_t wk_cache_take(struct wk_cache *cache, uint64_t number, wk_cache_write_fn *fn, void *arg,
                     bool *confirmed);
/* There is something to hand out, or there will be if no mark that is open is rolled back. */
bool wk_cache_untaken(const struct wk_cache *cache);
/* Everything handed out with a number up to this one is durable. Calls waiters. */
void wk_cache_durable(struct wk_cache *cache, uint64_t number);

typedef void wk_cache_wait_fn(void *arg, wk_err err);
/* sync(): calls fn once when all that was written up to now is durable (or the cache is dead)
 * and gives true; gives false, and never calls, if that is so already. */
bool wk_cache_wait(struct wk_cache *cache, wk_cache_wait_fn *fn, void *arg);

/* More dirty bytes than the limit: give the actor nothing until hooks.relieved. Never while a
 * mark is open. */
bool wk_cache_over_dirty(const struct wk_cache *cache);

/* ---- savepoints: transaction(), transactionSync() of actors on disk ---- */

struct wk_cache_mark;
/* They nest: the newest is ended first. NULL if the cache is dead, which the others accept. */
struct wk_cache_mark *wk_cache_mark(struct wk_cache *cache);
void wk_cache_mark_release(struct wk_cache_mark *mark);
/* Everything is as it was at the mark: entries, alarm, whether a confirmed write waits. */
void wk_cache_mark_rollback(struct wk_cache_mark *mark);

/* ---- the alarm; times are unix ms + 1, 0 is none ---- */

/* MISS: ask the daemon and give the answer with the version. */
enum wk_cache_found wk_cache_alarm_get(struct wk_cache *cache, uint64_t *ms_plus1,
                                       uint64_t *version);
void wk_cache_alarm_answer(struct wk_cache *cache, uint64_t version, uint64_t ms_plus1,
                           unsigned options);
wk_err wk_cache_alarm_set(struct wk_cache *cache, uint64_t ms_plus1, unsigned options);

enum wk_cache_armed {
    WK_CACHE_ARM_CANCEL,   /* outdated: do not run the handler; *now is the alarm there is */
    WK_CACHE_ARM_RUN,      /* run it; it has been replaced by a newer alarm already */
    WK_CACHE_ARM_DEFERRED, /* run it, then wk_cache_alarm_done or wk_cache_alarm_keep */
};
/* The scheduler wants to run the handler of this time. */
enum wk_cache_armed wk_cache_alarm_arm(struct wk_cache *cache, uint64_t ms_plus1,
                                       uint64_t *now);
/* The handler succeeded: the alarm is deleted, unless the handler set another. */
void wk_cache_alarm_done(struct wk_cache *cache);
/* The handler failed: the alarm stays. */
void wk_cache_alarm_keep(struct wk_cache *cache);
/* The scheduler gave up on this time. Gives what should be scheduled instead, 0: nothing. */
uint64_t wk_cache_alarm_abandon(struct wk_cache *cache, uint64_t ms_plus1);

/* ---- figures ---- */

struct wk_cache_stats {
    size_t entries;     /* in the map, markers included */
    size_t bytes;       /* of them */
    size_t dirty_bytes; /* not durable yet */
};
void wk_cache_stats(const struct wk_cache *cache, struct wk_cache_stats *out);
#endif
