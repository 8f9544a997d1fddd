#include "services/compiler/cache.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>
#include "kernel/base/log.h"
#include "services/compiler/path.h"

#define ENTRY_BYTES_MAX ((size_t)128 << 20)
#define TOUCH_S (24 * 3600) /* an entry's time of use is kept this exactly */
#define MAGIC "wkc1"
#define MAGIC_BYTES 4u

/* ---- entries: magic, hash of the payload, payload ---- */

/* Not synced: an entry that a power cut damages counts as missing. */
static wk_err
replace(const char *path, const struct wk_buf *entry)
{
    char *tmp = wk_xasprintf("%s.%d.tmp", path, (int)getpid());
    int fd = open(tmp, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    bool ok = fd >= 0 && write(fd, entry->data, entry->len) == (ssize_t)entry->len;

    if (fd >= 0 && close(fd) != 0)
        ok = false;
    if (ok && rename(tmp, path) != 0)
        ok = false;
    if (!ok)
        unlink(tmp);
    free(tmp);
    return ok ? WK_OK : WK_EIO;
}

static wk_err
entry_put(const char *dir, const char *path, const struct wk_buf *payload)
{
    struct wk_buf entry = {0};
    uint8_t hash[WK_HASH_BYTES];
    wk_err err;

    wk_hash(payload->data, payload->len, hash);
    wk_buf_add(&entry, MAGIC, MAGIC_BYTES);
    wk_buf_add(&entry, hash, sizeof(hash));
    wk_buf_add(&entry, payload->data, payload->len);
    if ((err = wk_mkdirs(dir)) == WK_OK)
        err = replace(path, &entry);
    if (err != WK_OK)
        wk_log(WK_WARN, "cache.write", "path=%s err=%s", path, wk_err_name(err));
    wk_buf_fini(&entry);
    return err;
}

static void
touch(const char *path)
{
    struct stat st;

    if (stat(path, &st) == 0 && st.st_mtime + TOUCH_S < time(NULL))
        (void)utimensat(AT_FDCWD, path, NULL, 0);
}

/* Reads an entry; payload borrows from buf. */
static wk_err
entry_get(const char *path, struct wk_buf *buf, const char **payload, size_t *bytes)
{
    const size_t head = MAGIC_BYTES + WK_HASH_BYTES;
    uint8_t hash[WK_HASH_BYTES];

    if (wk_buf_read_file(buf, path, ENTRY_BYTES_MAX) != WK_OK || buf->len < head ||
        memcmp(buf->data, MAGIC, MAGIC_BYTES) != 0)
        return WK_ENOTFOUND;
    *payload = buf->data + head;
    *bytes = buf->len - head;
    wk_hash(*payload, *bytes, hash);
    if (memcmp(hash, buf->data + MAGIC_BYTES, WK_HASH_BYTES) != 0) {
        wk_log(WK_WARN, "cache.damaged", "path=%s", path);
        return WK_ENOTFOUND;
    }
    touch(path);
    return WK_OK;
}

static char *
keyed_path(const struct wk_cache *cache, struct wk_arena *arena, const char *kind, const struct wk_buf *key)
{
    uint8_t hash[WK_HASH_BYTES];
    char hex[WK_HASH_HEX_BYTES];

    wk_hash(key->data, key->len, hash);
    wk_hash_hex(hash, hex);
    return wk_path_fmt(arena, "%s/%s/%s", cache->dir, kind, hex);
}

/* ---- modules ---- */

static char *
module_path(const struct wk_cache *cache, struct wk_arena *arena, const struct wk_lower_input *input)
{
    struct wk_buf key = {0};
    char *path;

    wk_buf_addf(&key, "%s\n", cache->version);
    wk_lower_input_encode(input, &key);
    path = keyed_path(cache, arena, "modules", &key);
    wk_buf_fini(&key);
    return path;
}

wk_err
wk_cache_module_get(const struct wk_cache *cache, struct wk_arena *arena, const struct wk_lower_input *input,
                    struct wk_lowered *out)
{
    struct wk_buf buf = {0};
    const char *payload = NULL;
    size_t bytes = 0;
    wk_err err = entry_get(module_path(cache, arena, input), &buf, &payload, &bytes);

    if (err == WK_OK && wk_lowered_decode(arena, payload, bytes, out) != WK_OK)
        err = WK_ENOTFOUND;
    wk_buf_fini(&buf);
    return err;
}

void
wk_cache_module_put(const struct wk_cache *cache, const struct wk_lower_input *input, const struct wk_lowered *lowered)
{
    struct wk_arena arena = {0};
    struct wk_buf payload = {0};

    wk_lowered_encode(lowered, &payload);
    entry_put(wk_path_fmt(&arena, "%s/modules", cache->dir), module_path(cache, &arena, input), &payload);
    wk_buf_fini(&payload);
    wk_arena_fini(&arena);
}

/* ---- bundles: named by their own hash ---- */

static bool
bundle_whole(const char *path)
{
    const char *name = strrchr(path, '/');
    struct wk_buf buf = {0};
    uint8_t hash[WK_HASH_BYTES];
    char hex[WK_HASH_HEX_BYTES];
    bool whole = false;

    if (name != NULL && wk_buf_read_file(&buf, path, ENTRY_BYTES_MAX) == WK_OK && buf.len > 0) {
        wk_hash(buf.data, buf.len, hash);
        wk_hash_hex(hash, hex);
        whole = strncmp(name + 1, hex, WK_HASH_HEX_BYTES - 1) == 0;
    }
    wk_buf_fini(&buf);
    return whole;
}

wk_err
wk_cache_bundle_put(const struct wk_cache *cache, struct wk_arena *arena, const void *data, size_t bytes, const char **path)
{
    char *dir = wk_path_fmt(arena, "%s/bundles", cache->dir);
    uint8_t hash[WK_HASH_BYTES];
    char hex[WK_HASH_HEX_BYTES];
    wk_err err;

    wk_hash(data, bytes, hash);
    wk_hash_hex(hash, hex);
    *path = wk_path_fmt(arena, "%s/%s.pb", dir, hex);
    if (bundle_whole(*path)) {
        touch(*path);
        return WK_OK;
    }
    if ((err = wk_mkdirs(dir)) != WK_OK)
        return err;
    return wk_file_replace(*path, data, bytes);
}

/* ---- stamps: lines of files, then the answer ---- */

static char *
stamp_path(const struct wk_cache *cache, struct wk_arena *arena, const void *worker, size_t worker_bytes)
{
    struct wk_buf key = {0};
    char *path;

    wk_buf_addf(&key, "%s\n", cache->version);
    wk_buf_add(&key, worker, worker_bytes);
    path = keyed_path(cache, arena, "stamps", &key);
    wk_buf_fini(&key);
    return path;
}

/* One looked-at file: "flags bytes mtime hash path\0". */
static void
put_file(struct wk_buf *out, const struct wk_file *file)
{
    char hex[WK_HASH_HEX_BYTES];

    wk_hash_hex(file->hash, hex);
    wk_buf_addf(out, "%d%d %llu %llu %s %s", file->present, file->read, (unsigned long long)file->bytes,
                (unsigned long long)file->mtime_ns, hex, file->path);
    wk_buf_add_char(out, '\0');
}

static bool
get_file(const char *line, struct wk_file *file, char hex[WK_HASH_HEX_BYTES])
{
    unsigned long long bytes, mtime;
    int present, was_read, at = 0;

    if (sscanf(line, "%1d%1d %llu %llu %64s %n", &present, &was_read, &bytes, &mtime, hex, &at) != 5 || at == 0)
        return false;
    *file = (struct wk_file){.path = line + at, .present = present != 0, .read = was_read != 0, .bytes = bytes, .mtime_ns = mtime};
    for (size_t i = 0; i < WK_HASH_BYTES; i++) {
        unsigned byte;

        if (sscanf(hex + 2 * i, "%2x", &byte) != 1)
            return false;
        file->hash[i] = (uint8_t)byte;
    }
    return true;
}

void
wk_cache_stamp_put(const struct wk_cache *cache, const void *worker, size_t worker_bytes, const struct wk_files *files,
                   const void *done, size_t done_bytes, const char *bundle_path)
{
    struct wk_arena arena = {0};
    struct wk_buf payload = {0};

    wk_buf_addf(&payload, "%llu %zu %zu %s", (unsigned long long)wk_unix_ms(), files->len, done_bytes, bundle_path);
    wk_buf_add_char(&payload, '\0');
    for (size_t i = 0; i < files->len; i++)
        put_file(&payload, files->list[i]);
    wk_buf_add(&payload, done, done_bytes);
    entry_put(wk_path_fmt(&arena, "%s/stamps", cache->dir), stamp_path(cache, &arena, worker, worker_bytes), &payload);
    wk_buf_fini(&payload);
    wk_arena_fini(&arena);
}

/* Compares the files of a stamp with the disk. Gives what follows them, NULL if something changed. */
static const char *
check_files(const char *p, const char *end, size_t count, uint64_t noted_ms)
{
    char hex[WK_HASH_HEX_BYTES];
    struct wk_file file;

    for (size_t i = 0; i < count; i++) {
        if (p >= end || memchr(p, '\0', (size_t)(end - p)) == NULL || !get_file(p, &file, hex) ||
            !wk_file_unchanged(&file, noted_ms))
            return NULL;
        p += strlen(p) + 1;
    }
    return p;
}

wk_err
wk_cache_stamp_get(const struct wk_cache *cache, struct wk_arena *arena, const void *worker, size_t worker_bytes,
                   const char **done, size_t *done_bytes, const char **bundle_path)
{
    struct wk_buf buf = {0};
    const char *p = NULL, *end;
    unsigned long long noted_ms;
    size_t bytes = 0, count;
    int at = 0;
    wk_err err = entry_get(stamp_path(cache, arena, worker, worker_bytes), &buf, &p, &bytes);

    if (err != WK_OK)
        goto out;
    err = WK_ENOTFOUND;
    end = p + bytes;
    if (memchr(p, '\0', bytes) == NULL || sscanf(p, "%llu %zu %zu %n", &noted_ms, &count, done_bytes, &at) != 3 || at == 0)
        goto out;
    *bundle_path = wk_path_fmt(arena, "%s", p + at);
    if ((p = check_files(p + strlen(p) + 1, end, count, noted_ms)) == NULL || (size_t)(end - p) != *done_bytes ||
        !bundle_whole(*bundle_path))
        goto out;
    *done = wk_arena_strndup(arena, p, *done_bytes);
    err = WK_OK;
out:
    wk_buf_fini(&buf);
    return err;
}

/* ---- size ---- */

struct entry {
    char *path;
    uint64_t bytes;
    time_t used;
};

static int
older(const void *a, const void *b)
{
    const struct entry *x = a, *y = b;

    return (x->used > y->used) - (x->used < y->used);
}

static size_t
list_entries(const char *dir, struct entry **entries, size_t len, size_t *cap)
{
    DIR *d = opendir(dir);
    struct dirent *e;

    while (d != NULL && (e = readdir(d)) != NULL) {
        char *path;
        struct stat st;

        if (e->d_name[0] == '.')
            continue;
        path = wk_xasprintf("%s/%s", dir, e->d_name);
        if (stat(path, &st) != 0 || !S_ISREG(st.st_mode)) {
            free(path);
            continue;
        }
        if (len == *cap) {
            *cap = *cap * 2 + 256;
            *entries = wk_xrealloc(*entries, *cap * sizeof(**entries));
        }
        (*entries)[len++] = (struct entry){path, (uint64_t)st.st_size, st.st_mtime};
    }
    if (d != NULL)
        closedir(d);
    return len;
}

void
wk_cache_trim(const struct wk_cache *cache, uint64_t bytes_max)
{
    static const char *const kinds[] = {"modules", "bundles", "stamps"};
    struct entry *entries = NULL;
    size_t len = 0, cap = 0;
    uint64_t total = 0;

    for (size_t i = 0; i < WK_COUNT(kinds); i++) {
        char *dir = wk_xasprintf("%s/%s", cache->dir, kinds[i]);

        len = list_entries(dir, &entries, len, &cap);
        free(dir);
    }
    for (size_t i = 0; i < len; i++)
        total += entries[i].bytes;
    if (total > bytes_max) {
        qsort(entries, len, sizeof(*entries), older);
        /* down to three quarters, so that this is not done each time */
        for (size_t i = 0; i < len && total > bytes_max / 4 * 3; i++)
            if (unlink(entries[i].path) == 0)
                total -= entries[i].bytes;
    }
    for (size_t i = 0; i < len; i++)
        free(entries[i].path);
    free(entries);
}
