#include "services/compiler/files.h"

#include <openssl/evp.h>
#include <search.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* A file changed this shortly before it was noted may change again within the clock's grain. */
#define SETTLE_MS 2000u
#define FILE_BYTES_MAX ((size_t)64 << 20)

static int
compare(const void *a, const void *b)
{
    return strcmp(((const struct wk_file *)a)->path, ((const struct wk_file *)b)->path);
}

static void
keep(void *node)
{
}

void
wk_files_fini(struct wk_files *files)
{
    tdestroy(files->tree, keep);
    free(files->list);
    wk_arena_fini(&files->arena);
    memset(files, 0, sizeof(*files));
}

static uint64_t
mtime_ns(const struct stat *st)
{
    return (uint64_t)st->st_mtim.tv_sec * 1000000000u + (uint64_t)st->st_mtim.tv_nsec;
}

static struct wk_file *
note(struct wk_files *files, const char *path)
{
    struct wk_file probe = {.path = path}, *file;
    void *found = tfind(&probe, &files->tree, compare);
    struct stat st;

    if (found != NULL)
        return *(struct wk_file **)found;
    file = wk_arena_alloc(&files->arena, sizeof(*file));
    file->path = wk_arena_strndup(&files->arena, path, strlen(path));
    if (stat(path, &st) == 0 && S_ISREG(st.st_mode)) {
        file->present = true;
        file->bytes = (uint64_t)st.st_size;
        file->mtime_ns = mtime_ns(&st);
    }
    tsearch(file, &files->tree, compare);
    if (files->len == files->cap) {
        files->cap = files->cap * 2 + 64;
        files->list = wk_xrealloc(files->list, files->cap * sizeof(*files->list));
    }
    files->list[files->len++] = file;
    return file;
}

bool
wk_files_has(struct wk_files *files, const char *path)
{
    return note(files, path)->present;
}

bool
wk_files_has_dir(struct wk_files *files, const char *path)
{
    struct stat st;

    if (stat(path, &st) == 0 && S_ISDIR(st.st_mode))
        return true;
    note(files, path);
    return false;
}

wk_err
wk_files_read(struct wk_files *files, const char *path, size_t bytes_max, const struct wk_file **out)
{
    struct wk_file *file = note(files, path);
    struct wk_buf buf = {0};
    wk_err err;

    if (!file->present)
        return WK_ENOTFOUND;
    if (!file->read) {
        if ((err = wk_buf_read_file(&buf, path, bytes_max)) != WK_OK)
            return err;
        wk_buf_add(&buf, "", 0);
        file->content = wk_arena_strndup(&files->arena, buf.data, buf.len);
        file->bytes = buf.len;
        wk_hash(buf.data, buf.len, file->hash);
        file->read = true;
        wk_buf_fini(&buf);
    }
    *out = file;
    return WK_OK;
}

void
wk_hash(const void *data, size_t bytes, uint8_t hash[WK_HASH_BYTES])
{
    WK_CHECK(EVP_Digest(data, bytes, hash, NULL, EVP_sha256(), NULL) == 1);
}

void
wk_hash_hex(const uint8_t hash[WK_HASH_BYTES], char hex[WK_HASH_HEX_BYTES])
{
    static const char digits[] = "0123456789abcdef";

    for (size_t i = 0; i < WK_HASH_BYTES; i++) {
        hex[2 * i] = digits[hash[i] >> 4];
        hex[2 * i + 1] = digits[hash[i] & 15];
    }
    hex[2 * WK_HASH_BYTES] = '\0';
}

bool
wk_file_unchanged(const struct wk_file *file, uint64_t noted_unix_ms)
{
    struct wk_buf buf = {0};
    uint8_t hash[WK_HASH_BYTES];
    struct stat st;
    bool there = stat(file->path, &st) == 0 && S_ISREG(st.st_mode), same;

    if (there != file->present)
        return false;
    if (!there || !file->read)
        return true; /* only that it is there, or not, was used */
    if ((uint64_t)st.st_size != file->bytes)
        return false;
    if (mtime_ns(&st) == file->mtime_ns && file->mtime_ns / 1000000u + SETTLE_MS < noted_unix_ms)
        return true;
    if (wk_buf_read_file(&buf, file->path, FILE_BYTES_MAX) != WK_OK)
        return false;
    wk_hash(buf.data == NULL ? "" : buf.data, buf.len, hash);
    same = memcmp(hash, file->hash, WK_HASH_BYTES) == 0;
    wk_buf_fini(&buf);
    return same;
}
