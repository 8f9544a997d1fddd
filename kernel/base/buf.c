#include "kernel/base/buf.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

void
wk_buf_fini(struct wk_buf *buf)
{
    free(buf->data);
    *buf = (struct wk_buf){0};
}

void
wk_buf_reserve(struct wk_buf *buf, size_t more)
{
    size_t need = buf->len + more + 1;
    size_t cap = buf->cap ? buf->cap : 64;

    WK_CHECK(need > more);
    if (need <= buf->cap)
        return;
    while (cap < need)
        cap += cap / 2 + 64;
    buf->data = wk_xrealloc(buf->data, cap);
    buf->cap = cap;
}

void
wk_buf_add(struct wk_buf *buf, const void *data, size_t bytes)
{
    wk_buf_reserve(buf, bytes);
    if (bytes > 0)
        memcpy(buf->data + buf->len, data, bytes);
    buf->len += bytes;
    buf->data[buf->len] = '\0';
}

void
wk_buf_add_str(struct wk_buf *buf, const char *text)
{
    wk_buf_add(buf, text, strlen(text));
}

void
wk_buf_add_char(struct wk_buf *buf, char c)
{
    wk_buf_add(buf, &c, 1);
}

void
wk_buf_addf(struct wk_buf *buf, const char *fmt, ...)
{
    va_list ap, again;
    int bytes;

    va_start(ap, fmt);
    va_copy(again, ap);
    bytes = vsnprintf(NULL, 0, fmt, ap);
    WK_CHECK(bytes >= 0);
    wk_buf_reserve(buf, (size_t)bytes);
    vsnprintf(buf->data + buf->len, (size_t)bytes + 1, fmt, again);
    buf->len += (size_t)bytes;
    va_end(again);
    va_end(ap);
}

void
wk_buf_shift(struct wk_buf *buf, size_t bytes)
{
    WK_CHECK(bytes <= buf->len);
    if (bytes == 0)
        return;
    memmove(buf->data, buf->data + bytes, buf->len - bytes + 1);
    buf->len -= bytes;
}

char *
wk_buf_take(struct wk_buf *buf)
{
    char *data;

    wk_buf_reserve(buf, 0);
    buf->data[buf->len] = '\0';
    data = buf->data;
    *buf = (struct wk_buf){0};
    return data;
}

wk_err
wk_buf_read_file(struct wk_buf *buf, const char *path, size_t bytes_max)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    wk_err err = WK_OK;

    if (fd < 0)
        return errno == ENOENT || errno == ENOTDIR ? WK_ENOTFOUND : WK_EIO;
    for (;;) {
        ssize_t got;

        wk_buf_reserve(buf, 65536);
        got = read(fd, buf->data + buf->len, buf->cap - buf->len - 1);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            err = WK_EIO;
        if (got <= 0)
            break;
        buf->len += (size_t)got;
        if (buf->len > bytes_max) {
            err = WK_ELIMIT;
            break;
        }
    }
    buf->data[buf->len] = '\0';
    close(fd);
    return err;
}

static wk_err
file_write_all(int fd, const char *data, size_t bytes)
{
    while (bytes > 0) {
        ssize_t put = write(fd, data, bytes);

        if (put < 0 && errno == EINTR)
            continue;
        if (put <= 0)
            return WK_EIO;
        data += put;
        bytes -= (size_t)put;
    }
    return fsync(fd) == 0 ? WK_OK : WK_EIO;
}

wk_err
wk_file_replace(const char *path, const void *data, size_t bytes)
{
    char *tmp = wk_xasprintf("%s.%d.tmp", path, (int)getpid());
    int fd = open(tmp, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    wk_err err = WK_EIO;

    if (fd < 0)
        goto out;
    err = file_write_all(fd, data, bytes);
    if (close(fd) != 0 || err != WK_OK || rename(tmp, path) != 0) {
        err = WK_EIO;
        unlink(tmp);
    }
out:
    free(tmp);
    return err;
}

wk_err
wk_mkdirs(const char *dir)
{
    char *path = wk_xstrdup(dir);
    wk_err err = WK_OK;

    for (char *p = path + 1; err == WK_OK; p++) {
        char c = *p;

        if (c != '/' && c != '\0')
            continue;
        *p = '\0';
        if (mkdir(path, 0700) != 0 && errno != EEXIST)
            err = WK_EIO;
        *p = c;
        if (c == '\0')
            break;
    }
    free(path);
    return err;
}
