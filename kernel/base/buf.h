/* kernel/base/buf.h - a growing run of bytes, always followed by a NUL that len does not count.
 *
 * Zero-initialised is empty. Thread: its owner's. Lifetime: wk_buf_fini frees; wk_buf_take moves out. */
#ifndef WK_BASE_BUF_H
#define WK_BASE_BUF_H
#include "kernel/base/base.h"

struct wk_buf {
    char *data; /* NULL while nothing was ever added */
    size_t len;
    size_t cap;
};

void wk_buf_fini(struct wk_buf *buf);
void wk_buf_reserve(struct wk_buf *buf, size_t more);
void wk_buf_add(struct wk_buf *buf, const void *data, size_t bytes);
void wk_buf_add_str(struct wk_buf *buf, const char *text);
void wk_buf_add_char(struct wk_buf *buf, char c);
void wk_buf_addf(struct wk_buf *buf, const char *fmt, ...) WK_PRINTF(2, 3);
/* Drops the first bytes. */
void wk_buf_shift(struct wk_buf *buf, size_t bytes);
/* The bytes, now the caller's to free(); the buffer is empty again. Never NULL. */
char *wk_buf_take(struct wk_buf *buf);
/* Reads a whole file. WK_ENOTFOUND, WK_ELIMIT (over bytes_max), WK_EIO. */
wk_err wk_buf_read_file(struct wk_buf *buf, const char *path, size_t bytes_max);
/* Writes path atomically: temporary file, fsync, rename. WK_EIO. */
wk_err wk_file_replace(const char *path, const void *data, size_t bytes);
/* Makes dir and its parents, mode 0700. WK_EIO. */
wk_err wk_mkdirs(const char *dir);
#endif
