/* tests/unit/storage/cache_fixture.h - one cache as texts: what is asked, handed out and known.
 *
 * Lists of keys and entries are words: "a b", "a=1 b=2". A key's last byte 0 is printed as '+'.
 * One test is one process, so there is one cache at a time. */
#ifndef WK_TESTS_CACHE_FIXTURE_H
#define WK_TESTS_CACHE_FIXTURE_H
#include <criterion/criterion.h>

#include "storage/cache.h"
#include "storage/cache_read.h"
#include "storage/cache_txn.h"

#define IS(expr, text)                                                                         \
    cr_assert_str_eq((expr), (text), "line %d: %s is '%s', not '%s'", __LINE__, #expr, (expr), \
                     (text))

enum { NO_CACHE = WK_CACHE_NO_CACHE, UNCONFIRMED = WK_CACHE_UNCONFIRMED };

struct fixture {
    struct wk_cache_lru *lru;
    struct wk_cache *cache;
    uint64_t sent;
    uint32_t request;
    int dirty_calls, relieved_calls;
    struct wk_cache_read *counting; /* what the last del() has to read */
};
extern struct fixture fx;

void fx_open(void);
void fx_close(void);
void fx_reopen(struct wk_cache_limits limits, struct wk_cache_config config);
struct wk_cache_limits fx_limits(size_t soft, size_t hard, size_t dirty);
/* Nothing known, all clean entries of the cache gone. */
void fx_purge(void);
size_t fx_entry_bytes(const char *key, const char *value);

struct wk_span text(const char *text);
/* Lives until fx_close. */
const char *say(const char *fmt, ...) WK_PRINTF(1, 2);

/* "miss", "absent", the value; "dead". */
const char *get(const char *key);
const char *getx(const char *key, unsigned options);
void put(const char *key, const char *value);
void putx(const char *key, const char *value, unsigned options);
/* "N"; "N+asked" under number fx.request; "N+read" by fx.counting. */
const char *del(const char *keys);
const char *delx(const char *keys, unsigned options);
void del_all(void);

/* What is handed out: "put a=1; delete b; counted#1 c; deleteAll; deleteAll+alarm; alarm 5;
 * done 5"; a last "; unconfirmed". */
const char *take(void);
void durable(void);
const char *flush(void); /* both */

/* Begin a read; "start..end", either may be missing; limit 0: none. */
struct wk_cache_read *keys(const char *keys);
struct wk_cache_read *keysx(const char *keys, unsigned options);
struct wk_cache_read *list(const char *range, uint64_t limit);
struct wk_cache_read *listx(const char *range, uint64_t limit, unsigned options);
struct wk_cache_read *listr(const char *range, uint64_t limit);
/* "keys a b"; "a..b"; "a..b limit 3"; "a..b reverse" */
const char *ask(struct wk_cache_read *read);
void answer(struct wk_cache_read *read, const char *entries);
/* The last piece; gives the result and frees the read. */
const char *last(struct wk_cache_read *read, const char *entries);
/* Of a complete read, which is freed; else "? " and what it asks, and it is canceled. */
const char *done(struct wk_cache_read *read);
#endif
