/* storage/file.h - files of the engine: whole reads and writes, durable names.
 *
 * Thread: any. */
#ifndef WK_STORAGE_FILE_H
#define WK_STORAGE_FILE_H
#include <sys/types.h>
#include "kernel/base/buf.h"

/* name in dir, for the caller to free(). */
char *wk_file_path(const char *dir, const char *name);
/* All bytes at offset, whatever the system does in pieces. WK_EIO. */
wk_err wk_file_write_at(int fd, const void *data, size_t bytes, off_t offset);
/* Up to bytes from offset; *got is less at the end of the file. WK_EIO. */
wk_err wk_file_read_at(int fd, void *data, size_t bytes, off_t offset, size_t *got);
/* The names in dir are durable. */
wk_err wk_dir_sync(const char *dir);
/* The name of path in its directory is durable. */
wk_err wk_name_sync(const char *path);
#endif
