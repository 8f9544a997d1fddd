#include "services/disk/tree.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>
#include "kernel/base/json.h"

#define TEMP_PREFIX ".wk-tmp."
#define DEPTH_MAX 64 /* of directories removed with what is in them */

static bool
is_temp(const char *name)
{
    return strncmp(name, TEMP_PREFIX, sizeof(TEMP_PREFIX) - 1) == 0;
}

static int
open_beneath(int root, const char *path, uint64_t flags)
{
    struct open_how how = {.flags = flags | O_CLOEXEC, .resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS};
    const char *name = strrchr(path, '/');
    int fd;

    if (is_temp(name != NULL ? name + 1 : path)) {
        errno = ENOENT;
        return -1;
    }
    do
        fd = (int)syscall(SYS_openat2, root, path[0] != '\0' ? path : ".", &how, sizeof(how));
    while (fd < 0 && errno == EINTR);
    if (fd < 0 && (errno == EXDEV || errno == ELOOP || errno == ENOTDIR || errno == ENAMETOOLONG))
        errno = ENOENT;
    return fd;
}

int
wk_tree_open(const char *path, bool make)
{
    int fd = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);

    if (fd < 0 && errno == ENOENT && make && wk_mkdirs(path) == WK_OK)
        fd = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
    return fd;
}

int
wk_tree_read(int root, const char *path, int *fd, struct stat *st)
{
    int err = 0;

    *fd = open_beneath(root, path, O_RDONLY | O_NONBLOCK | O_NOCTTY);
    if (*fd < 0)
        return errno;
    if (fstat(*fd, st) != 0)
        err = errno;
    else if (!S_ISREG(st->st_mode) && !S_ISDIR(st->st_mode))
        err = ENXIO;
    if (err != 0) {
        close(*fd);
        *fd = -1;
    }
    return err;
}

bool
wk_tree_is_file(int root, const char *path)
{
    struct stat st;
    int fd = open_beneath(root, path, O_PATH);
    bool is = fd >= 0 && fstat(fd, &st) == 0 && S_ISREG(st.st_mode);

    if (fd >= 0)
        close(fd);
    return is;
}

/* ---- listing ---- */

static const char *
type_name(int dir_fd, const struct dirent *e)
{
    unsigned char type = e->d_type;
    struct stat st;

    if (type == DT_UNKNOWN && fstatat(dir_fd, e->d_name, &st, AT_SYMLINK_NOFOLLOW) == 0)
        type = IFTODT(st.st_mode);
    switch (type) {
    case DT_REG:
        return "file";
    case DT_DIR:
        return "directory";
    case DT_LNK:
        return "symlink";
    case DT_BLK:
        return "blockDevice";
    case DT_CHR:
        return "characterDevice";
    case DT_FIFO:
        return "namedPipe";
    case DT_SOCK:
        return "socket";
    default:
        return "other";
    }
}

static int
by_name(const struct dirent **a, const struct dirent **b)
{
    return strcmp((*a)->d_name, (*b)->d_name);
}

static int
is_shown(const struct dirent *e)
{
    return strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0 && !is_temp(e->d_name);
}

int
wk_tree_list(int fd, bool dotfiles, struct wk_buf *json)
{
    struct dirent **entries;
    int count = scandirat(fd, ".", &entries, is_shown, by_name), err = 0;

    if (count < 0)
        return errno;
    wk_json_open(json, NULL, '[');
    for (int i = 0; i < count; i++) {
        if ((dotfiles || entries[i]->d_name[0] != '.') && json->len < WK_TREE_LISTING_BYTES_MAX) {
            wk_json_open(json, NULL, '{');
            wk_json_str(json, "name", entries[i]->d_name);
            wk_json_str(json, "type", type_name(fd, entries[i]));
            wk_json_close(json, '}');
        }
        free(entries[i]);
    }
    free(entries);
    wk_json_close(json, ']');
    if (json->len >= WK_TREE_LISTING_BYTES_MAX)
        err = EOVERFLOW;
    return err;
}

/* ---- writing ---- */

/* The directory that path is in; with make, it and its parents are made. name is path's last segment. */
static int
open_parent(int root, const char *path, bool make, const char **name)
{
    char *prefix = wk_xstrdup(path), *slash = strrchr(prefix, '/');
    int fd = -1, err = 0;

    *name = slash != NULL ? path + (slash - prefix) + 1 : path;
    if (slash == NULL) {
        fd = open_beneath(root, "", O_PATH | O_DIRECTORY);
        err = errno;
        goto out;
    }
    *slash = '\0';
    fd = open_beneath(root, prefix, O_PATH | O_DIRECTORY);
    err = errno;
    if (fd < 0 && err == ENOENT && make) {
        const char *last;
        int up = open_parent(root, prefix, true, &last);

        if (up >= 0 && mkdirat(up, last, 0777) != 0 && errno != EEXIST)
            err = errno;
        else if (up >= 0) {
            fd = open_beneath(root, prefix, O_PATH | O_DIRECTORY);
            err = fd < 0 && errno == ENOENT ? ENOTDIR : errno;
        } else
            err = errno;
        if (up >= 0)
            close(up);
    }
out:
    free(prefix);
    errno = err;
    return fd;
}

int
wk_tree_write_begin(int root, const char *path, struct wk_tree_writer *w)
{
    const char *name;
    uint64_t random;

    w->fd = -1;
    if ((w->dir_fd = open_parent(root, path, true, &name)) < 0)
        return errno;
    wk_random(&random, sizeof(random));
    snprintf(w->temp, sizeof(w->temp), TEMP_PREFIX "%016llx", (unsigned long long)random);
    w->fd = openat(w->dir_fd, w->temp, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0666);
    if (w->fd < 0) {
        int err = errno;

        close(w->dir_fd);
        return err;
    }
    return 0;
}

int
wk_tree_write_commit(struct wk_tree_writer *w, const char *path)
{
    const char *slash = strrchr(path, '/');
    int err = 0;

    if (fsync(w->fd) != 0 || renameat(w->dir_fd, w->temp, w->dir_fd, slash != NULL ? slash + 1 : path) != 0)
        err = errno;
    if (err != 0) {
        wk_tree_write_abort(w);
        return err;
    }
    close(w->fd);
    close(w->dir_fd);
    return 0;
}

void
wk_tree_write_abort(struct wk_tree_writer *w)
{
    unlinkat(w->dir_fd, w->temp, 0);
    close(w->fd);
    close(w->dir_fd);
}

/* ---- removing ---- */

static int remove_entry(int dir_fd, const char *name, int depth);

static int
remove_inside(int fd, int depth)
{
    DIR *dir = fdopendir(fd);
    struct dirent *e;
    int err = 0;

    if (dir == NULL) {
        err = errno;
        close(fd);
        return err;
    }
    while (err == 0 && (e = readdir(dir)) != NULL)
        if (strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0)
            err = remove_entry(dirfd(dir), e->d_name, depth + 1);
    closedir(dir);
    return err;
}

static int
remove_entry(int dir_fd, const char *name, int depth)
{
    int fd, err;

    if (unlinkat(dir_fd, name, 0) == 0)
        return 0;
    if (errno != EISDIR)
        return errno;
    if (depth > DEPTH_MAX)
        return ENOTEMPTY;
    if ((fd = openat(dir_fd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)) < 0)
        return errno;
    if ((err = remove_inside(fd, depth)) != 0)
        return err;
    return unlinkat(dir_fd, name, AT_REMOVEDIR) == 0 ? 0 : errno;
}

int
wk_tree_remove(int root, const char *path)
{
    const char *name;
    int dir_fd = open_parent(root, path, false, &name), err;

    if (dir_fd < 0)
        return errno;
    err = is_temp(name) ? ENOENT : remove_entry(dir_fd, name, 0);
    close(dir_fd);
    return err;
}
