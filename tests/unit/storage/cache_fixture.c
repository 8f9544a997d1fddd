#include "tests/unit/storage/cache_fixture.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kernel/base/arena.h"
#include "storage/cache_priv.h"

struct fixture fx;
static struct wk_arena texts; /* of one test */

const char *
say(const char *fmt, ...)
{
    char *made, *kept;
    va_list args;

    va_start(args, fmt);
    cr_assert(vasprintf(&made, fmt, args) >= 0);
    va_end(args);
    kept = wk_arena_strndup(&texts, made, strlen(made));
    free(made);
    return kept;
}

struct wk_span
text(const char *s)
{
    struct wk_span span = {(const uint8_t *)s, strlen(s)};

    if (span.len > 0 && s[span.len - 1] == '+') {
        char *copy = wk_arena_strndup(&texts, s, span.len);

        copy[span.len - 1] = 0;
        span.data = (const uint8_t *)copy;
    }
    return span;
}

static const char *
shown(struct wk_span span)
{
    char *s = wk_arena_strndup(&texts, span.len > 0 ? (const char *)span.data : "", span.len);

    if (span.len > 0 && span.data[span.len - 1] == 0)
        s[span.len - 1] = '+';
    return s;
}

static void
on_dirty(void *arg)
{
    fx.dirty_calls++;
}

static void
on_relieved(void *arg)
{
    fx.relieved_calls++;
}

void
fx_reopen(struct wk_cache_limits limits, struct wk_cache_config config)
{
    config.hooks = (struct wk_cache_hooks){.dirty = on_dirty, .relieved = on_relieved};
    if (fx.cache != NULL)
        fx_close();
    fx = (struct fixture){.lru = wk_cache_lru_new(&limits)};
    fx.cache = wk_cache_new(fx.lru, &config);
}

struct wk_cache_limits
fx_limits(size_t soft, size_t hard, size_t dirty)
{
    struct wk_cache_limits limits = WK_CACHE_LIMITS_DEFAULT;

    limits.soft_bytes = soft ? soft : limits.soft_bytes;
    limits.hard_bytes = hard ? hard : limits.hard_bytes;
    limits.dirty_bytes = dirty ? dirty : limits.dirty_bytes;
    return limits;
}

void
fx_open(void)
{
    fx_reopen(fx_limits(0, 0, 0), (struct wk_cache_config){0});
}

/* That no entry is left is checked by the LRU. */
void
fx_close(void)
{
    wk_cache_read_free(fx.counting);
    wk_cache_free(fx.cache);
    wk_cache_lru_free(fx.lru);
    wk_arena_fini(&texts);
    fx.cache = NULL;
}

void
fx_purge(void)
{
    struct wk_entry *at, *next;

    for (at = cache_map_first(&fx.cache->map); at != NULL; at = next) {
        next = cache_map_next(at);
        if (at->sync == SYNC_CLEAN)
            cache_evict(at);
    }
}

size_t
fx_entry_bytes(const char *key, const char *value)
{
    return sizeof(struct wk_entry) + strlen(key) + strlen(value);
}

/* ---- one key ---- */

const char *
getx(const char *key, unsigned options)
{
    struct wk_entry *entry;

    switch (wk_cache_get(fx.cache, text(key), options, &entry)) {
    case WK_CACHE_MISS:
        return "miss";
    case WK_CACHE_ABSENT:
        return "absent";
    case WK_CACHE_PRESENT:
        return shown(wk_entry_value(entry));
    case WK_CACHE_DEAD:
        return "dead";
    }
    return "?";
}

const char *
get(const char *key)
{
    return getx(key, 0);
}

void
putx(const char *key, const char *value, unsigned options)
{
    cr_assert_eq(wk_cache_put(fx.cache, text(key), text(value), options), WK_OK);
}

void
put(const char *key, const char *value)
{
    putx(key, value, 0);
}

static size_t
words(const char *s, struct wk_span *out)
{
    char *copy = wk_arena_strndup(&texts, s, strlen(s)), *save = NULL;
    size_t n = 0;

    for (char *w = strtok_r(copy, " ", &save); w != NULL; w = strtok_r(NULL, " ", &save))
        out[n++] = text(w);
    return n;
}

const char *
delx(const char *names, unsigned options)
{
    struct wk_span spans[64];
    size_t n = words(names, spans);
    struct wk_cache_deleted deleted;

    cr_assert_eq(wk_cache_delete(fx.cache, spans, n, options, ++fx.request, &deleted), WK_OK);
    if (deleted.read != NULL) {
        wk_cache_read_free(fx.counting);
        fx.counting = deleted.read;
    }
    return say("%d%s%s", (int)deleted.known, deleted.asked ? "+asked" : "",
               deleted.read != NULL ? "+read" : "");
}

const char *
del(const char *names)
{
    return delx(names, 0);
}

void
del_all(void)
{
    cr_assert_eq(wk_cache_delete_all(fx.cache, false, 0), WK_OK);
}

/* ---- flushing ---- */

static void
on_write(void *arg, const struct wk_write *write)
{
    const char **out = arg;

    if (**out != 0)
        *out = say("%s; ", *out);
    switch (write->kind) {
    case WK_WRITE_PUT:
        *out = say("%sput %s=%s", *out, shown(write->key), shown(write->value));
        break;
    case WK_WRITE_DELETE:
        *out = say("%sdelete %s", *out, shown(write->key));
        break;
    case WK_WRITE_COUNTED:
        *out = say("%scounted#%d %s", *out, (int)write->number, shown(write->key));
        break;
    case WK_WRITE_DELETE_ALL:
        *out = say("%sdeleteAll%s", *out, write->number ? "+alarm" : "");
        break;
    case WK_WRITE_ALARM:
        *out = say("%salarm %d", *out, (int)write->number);
        break;
    case WK_WRITE_ALARM_DONE:
        *out = say("%sdone %d", *out, (int)write->number);
        break;
    default:
        *out = say("%s?", *out);
    }
}

const char *
take(void)
{
    const char *out = "";
    bool confirmed;

    if (wk_cache_take(fx.cache, fx.sent + 1, on_write, &out, &confirmed) > 0) {
        fx.sent++;
        if (!confirmed)
            out = say("%s; unconfirmed", out);
    }
    return out;
}

void
durable(void)
{
    wk_cache_durable(fx.cache, fx.sent);
}

const char *
flush(void)
{
    const char *out = take();

    durable();
    return out;
}

/* ---- reads ---- */

struct wk_cache_read *
keysx(const char *names, unsigned options)
{
    struct wk_span spans[64];
    struct wk_cache_read *read;

    cr_assert_eq(wk_cache_read_keys(fx.cache, spans, words(names, spans), options, &read),
                 WK_OK);
    return read;
}

struct wk_cache_read *
keys(const char *names)
{
    return keysx(names, 0);
}

static struct wk_cache_read *
list_any(const char *range, uint64_t limit, bool reverse, unsigned options)
{
    const char *dots = strstr(range, "..");
    struct wk_cache_range r = {.limit = limit, .reverse = reverse};
    struct wk_cache_read *read;

    r.start = text(wk_arena_strndup(&texts, range, (size_t)(dots - range)));
    r.end = text(dots + 2);
    cr_assert_eq(wk_cache_read_list(fx.cache, &r, options, &read), WK_OK);
    return read;
}

struct wk_cache_read *
listx(const char *range, uint64_t limit, unsigned options)
{
    return list_any(range, limit, false, options);
}

struct wk_cache_read *
list(const char *range, uint64_t limit)
{
    return list_any(range, limit, false, 0);
}

struct wk_cache_read *
listr(const char *range, uint64_t limit)
{
    return list_any(range, limit, true, 0);
}

const char *
ask(struct wk_cache_read *read)
{
    const char *out = "";
    struct wk_cache_ask what;

    if (wk_cache_read_complete(read))
        return "nothing";
    wk_cache_read_ask(read, &what);
    if (what.count > 0) {
        out = say("%skeys", out);
        for (size_t i = 0; i < what.count; i++)
            out = say("%s %s", out, shown(what.keys[i]));
        return out;
    }
    out = say("%s%s..%s", out, shown(what.range.start), shown(what.range.end));
    if (what.range.limit > 0)
        out = say("%s limit %d", out, (int)what.range.limit);
    if (what.range.reverse)
        out = say("%s reverse", out);
    return out;
}

static wk_err
answer_any(struct wk_cache_read *read, const char *entries, bool end)
{
    struct wk_cache_item items[64];
    struct wk_span spans[64];
    size_t n = words(entries, spans);

    for (size_t i = 0; i < n; i++) {
        char *word = wk_arena_strndup(&texts, (const char *)spans[i].data, spans[i].len);
        char *eq = strchr(word, '=');

        items[i] = (struct wk_cache_item){.absent = eq == NULL};
        if (eq != NULL) {
            *eq = 0;
            items[i].value = text(eq + 1);
        }
        items[i].key = text(word);
    }
    return wk_cache_read_answer(read, items, n, end);
}

void
answer(struct wk_cache_read *read, const char *entries)
{
    cr_assert_eq(answer_any(read, entries, false), WK_OK);
}

const char *
last(struct wk_cache_read *read, const char *entries)
{
    cr_assert_eq(answer_any(read, entries, true), WK_OK);
    return done(read);
}

const char *
done(struct wk_cache_read *read)
{
    struct wk_entry *const *entries;
    const char *out = "";
    size_t n;

    if (!wk_cache_read_complete(read)) {
        out = say("%s? %s", out, ask(read));
    } else {
        n = wk_cache_read_result(read, &entries);
        for (size_t i = 0; i < n; i++)
            out = say("%s%s%s=%s", out, i > 0 ? " " : "", shown(wk_entry_key(entries[i])),
                      shown(wk_entry_value(entries[i])));
    }
    wk_cache_read_free(read);
    return out;
}
