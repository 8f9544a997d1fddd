#include "services/wkctl/copy_tree.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "services/wkctl/interrupt.h"

struct copy {
    struct wk_progress *progress;
    uint64_t *done, total;
};

static bool
is_dots(const char *name)
{
    return strcmp(name, ".") == 0 || strcmp(name, "..") == 0;
}

uint64_t
wk_tree_bytes(const char *path)
{
    struct stat st;
    struct dirent *entry;
    uint64_t bytes = 0;
    DIR *dir;

    if (lstat(path, &st) != 0)
        return 0;
    if (!S_ISDIR(st.st_mode))
        return S_ISREG(st.st_mode) ? (uint64_t)st.st_size : 0;
    dir = opendir(path);
    while (dir != NULL && (entry = readdir(dir)) != NULL) {
        char *inner = wk_xasprintf("%s/%s", path, entry->d_name);

        if (!is_dots(entry->d_name))
            bytes += wk_tree_bytes(inner);
        free(inner);
    }
    if (dir != NULL)
        closedir(dir);
    return bytes;
}

static bool
copy_file(const char *from, const char *to, struct copy *c)
{
    FILE *in = fopen(from, "rbe"), *out = in != NULL ? fopen(to, "wbxe") : NULL;
    char piece[65536];
    size_t n;
    bool ok = out != NULL;

    while (ok && (n = fread(piece, 1, sizeof(piece), in)) > 0) {
        ok = fwrite(piece, 1, n, out) == n && !wk_interrupted();
        wk_progress_show(c->progress, *c->done += n, c->total);
    }
    ok = ok && !ferror(in) && fflush(out) == 0 && fsync(fileno(out)) == 0;
    if (in != NULL)
        fclose(in);
    if (out != NULL)
        ok = fclose(out) == 0 && ok;
    return ok;
}

static bool
sync_directory(const char *path)
{
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    bool ok = fd >= 0 && fsync(fd) == 0;

    if (fd >= 0)
        close(fd);
    return ok;
}

static bool copy_directory(const char *from, const char *to, struct copy *c);

static bool
copy_one(const char *from, const char *to, struct copy *c)
{
    struct stat st;

    if (lstat(from, &st) != 0)
        return false;
    if (S_ISDIR(st.st_mode))
        return copy_directory(from, to, c);
    return !S_ISREG(st.st_mode) || copy_file(from, to, c);
}

static bool
copy_directory(const char *from, const char *to, struct copy *c)
{
    DIR *dir = mkdir(to, 0700) == 0 ? opendir(from) : NULL;
    struct dirent *entry;
    bool ok = dir != NULL;

    while (ok && (entry = readdir(dir)) != NULL) {
        char *a = wk_xasprintf("%s/%s", from, entry->d_name),
             *b = wk_xasprintf("%s/%s", to, entry->d_name);

        ok = is_dots(entry->d_name) || copy_one(a, b, c);
        free(a);
        free(b);
    }
    if (dir != NULL)
        closedir(dir);
    return ok && sync_directory(to);
}

bool
wk_tree_copy(const char *from, const char *to, struct wk_progress *progress, uint64_t *done,
             uint64_t total)
{
    struct copy c = {progress, done, total};

    return copy_directory(from, to, &c);
}
