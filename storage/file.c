#include "storage/file.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdlib.h>
#include <unistd.h>

char *
wk_file_path(const char *dir, const char *name)
{
    return wk_xasprintf("%s/%s", dir, name);
}

wk_err
wk_file_write_at(int fd, const void *data, size_t bytes, off_t offset)
{
    const char *p = data;

    while (bytes > 0) {
        ssize_t n = pwrite(fd, p, bytes, offset);

        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return WK_EIO;
        p += n;
        offset += n;
        bytes -= (size_t)n;
    }
    return WK_OK;
}

wk_err
wk_file_read_at(int fd, void *data, size_t bytes, off_t offset, size_t *got)
{
    char *p = data;

    *got = 0;
    while (*got < bytes) {
        ssize_t n = pread(fd, p + *got, bytes - *got, offset + (off_t)*got);

        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return WK_EIO;
        if (n == 0)
            break;
        *got += (size_t)n;
    }
    return WK_OK;
}

wk_err
wk_dir_sync(const char *dir)
{
    int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    wk_err err = fd >= 0 && fsync(fd) == 0 ? WK_OK : WK_EIO;

    if (fd >= 0)
        close(fd);
    return err;
}

wk_err
wk_name_sync(const char *path)
{
    char *copy = wk_xstrdup(path);
    wk_err err = wk_dir_sync(dirname(copy));

    free(copy);
    return err;
}
