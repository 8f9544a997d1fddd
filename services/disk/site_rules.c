/* The rules of the website as they are now: its files may be edited while it is served. */
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>
#include "kernel/base/log.h"
#include "services/disk/disk.h"
#include "services/disk/rules.h"

#define RULES_BYTES_MAX (4u << 20)

static const char *const names[WK_RULES_FILES] = {"_headers", "_redirects"};

struct wk_site_rules {
    struct wk_rules *rules;
    int refs; /* under the lock */
};

void
wk_site_rules_init(struct wk_rules_cache *cache)
{
    WK_CHECK(uv_mutex_init(&cache->lock) == 0);
}

/* Opens a file of rules; *stamp: what tells it from another version. -1: there is none. */
static int
rules_open(const struct wk_disk *disk, size_t which, struct wk_rules_stamp *stamp)
{
    struct stat st;
    int fd = -1;

    memset(stamp, 0, sizeof(*stamp));
    if (wk_tree_read(disk->root, names[which], &fd, &st) != 0)
        return -1;
    *stamp =
        (struct wk_rules_stamp){st.st_ino, st.st_size, st.st_mtim.tv_sec, st.st_mtim.tv_nsec};
    if (S_ISREG(st.st_mode) && st.st_size <= RULES_BYTES_MAX)
        return fd;
    close(fd);
    return -1;
}

static char *
rules_text(int fd)
{
    struct wk_buf text = {0};
    ssize_t got;

    if (fd < 0)
        return NULL;
    do {
        wk_buf_reserve(&text, 64u << 10);
        got = read(fd, text.data + text.len, 64u << 10);
        text.len += got > 0 ? (size_t)got : 0;
    } while (got > 0 && text.len <= RULES_BYTES_MAX);
    wk_buf_add(&text, "", 0);
    return wk_buf_take(&text);
}

static struct wk_site_rules *
rules_load(const struct wk_disk *disk, const int *fds)
{
    struct wk_site_rules *site = wk_xcalloc(1, sizeof(*site));
    char *headers = rules_text(fds[0]), *redirects = rules_text(fds[1]);

    site->refs = 1;
    site->rules =
        wk_rules_parse(headers, redirects, strcmp(disk->config->html_handling, "none") != 0);
    if (wk_rules_ignored(site->rules) > 0)
        wk_log(WK_WARN, "disk.rules_ignored", "lines=%zu", wk_rules_ignored(site->rules));
    free(headers);
    free(redirects);
    return site;
}

static void
rules_release(struct wk_site_rules *site)
{
    if (site == NULL || --site->refs > 0)
        return;
    wk_rules_free(site->rules);
    free(site);
}

/* In the pool. */
void
wk_site_rules_take(struct wk_request *r)
{
    struct wk_rules_cache *cache = &r->disk->rules;
    struct wk_rules_stamp stamps[WK_RULES_FILES];
    int fds[WK_RULES_FILES];

    for (size_t i = 0; i < WK_RULES_FILES; i++)
        fds[i] = rules_open(r->disk, i, &stamps[i]);
    uv_mutex_lock(&cache->lock);
    if (cache->current == NULL || memcmp(stamps, cache->stamps, sizeof(stamps)) != 0) {
        rules_release(cache->current);
        cache->current = rules_load(r->disk, fds);
        memcpy(cache->stamps, stamps, sizeof(stamps));
    }
    r->rules = cache->current;
    r->rules->refs++;
    uv_mutex_unlock(&cache->lock);
    for (size_t i = 0; i < WK_RULES_FILES; i++)
        if (fds[i] >= 0)
            close(fds[i]);
}

void
wk_site_rules_drop(struct wk_request *r)
{
    struct wk_rules_cache *cache = &r->disk->rules;

    if (r->rules == NULL)
        return;
    uv_mutex_lock(&cache->lock);
    rules_release(r->rules);
    uv_mutex_unlock(&cache->lock);
    r->rules = NULL;
}

bool
wk_site_rules_redirect(struct wk_request *r, const char *path, struct wk_rules_target *out)
{
    size_t bytes;
    const char *query = wk_url_query(r->head->url, &bytes);

    return wk_rules_redirect(r->rules->rules, &r->arena, path,
                             wk_arena_strndup(&r->arena, query, bytes), out);
}

/* ---- headers ---- */

struct setting {
    struct wk_request *r;
    struct wk_reply *reply;
    const char
        *set[WK_REPLY_HEADERS_MAX]; /* names that a rule has set: the next one adds to it */
    size_t set_count;
};

static ProtobufCBinaryData *
reply_find(struct wk_reply *reply, const char *name)
{
    for (size_t i = 0; i < reply->count; i += 2)
        if (reply->headers[i].len == strlen(name) &&
            strncasecmp((const char *)reply->headers[i].data, name, reply->headers[i].len) == 0)
            return &reply->headers[i];
    return NULL;
}

static void
header_remove(struct wk_reply *reply, const char *name)
{
    ProtobufCBinaryData *at;

    while ((at = reply_find(reply, name)) != NULL) {
        memmove(at, at + 2, (size_t)(reply->headers + reply->count - at - 2) * sizeof(*at));
        reply->count -= 2;
    }
}

static bool
was_set(const struct setting *s, const char *name)
{
    for (size_t i = 0; i < s->set_count; i++)
        if (strcasecmp(s->set[i], name) == 0)
            return true;
    return false;
}

static void
header_set(void *arg, const char *name, const char *value)
{
    struct setting *s = arg;
    bool again = was_set(s, name), joins = again && strcasecmp(name, "set-cookie") != 0;
    ProtobufCBinaryData *at = joins ? reply_find(s->reply, name) : NULL;

    if (value == NULL || !again)
        header_remove(s->reply, name);
    if (value == NULL)
        return;
    if (at != NULL) {
        size_t bytes = at[1].len + strlen(value) + 3;
        char *both = wk_arena_alloc(&s->r->arena, bytes);

        snprintf(both, bytes, "%.*s, %s", (int)at[1].len, (const char *)at[1].data, value);
        at[1] = WK_BYTES_OF(both, bytes - 1);
    } else if (s->reply->count + 4 <
               2 * WK_REPLY_HEADERS_MAX) { /* room for the length is kept */
        wk_reply_header(s->reply, name, value);
        if (!again && s->set_count < WK_COUNT(s->set))
            s->set[s->set_count++] = name;
    }
}

void
wk_site_rules_headers(struct wk_request *r, struct wk_reply *reply)
{
    struct setting s = {.r = r, .reply = reply};
    const char *url = r->head->url, *host = strstr(url, "://");
    size_t bytes;
    const char *path = wk_url_path(url, &bytes);

    host = host == NULL ? "" : host + 3;
    wk_rules_headers(r->rules->rules, &r->arena,
                     wk_arena_strndup(&r->arena, host, strcspn(host, ":/?#")),
                     wk_arena_strndup(&r->arena, path, bytes), header_set, &s);
}
