/* services/compiler/files.h - every file one compilation looked at, and whether it was there.
 *
 * What was read is noted with its hash, what was looked for and missing is noted too: together they are
 * the stamp that tells later, without compiling, that nothing changed.
 * Thread: its owner's. */
#ifndef WK_COMPILER_FILES_H
#define WK_COMPILER_FILES_H
#include "kernel/base/arena.h"
#include "kernel/base/buf.h"

#define WK_HASH_BYTES 32u
#define WK_HASH_HEX_BYTES (2 * WK_HASH_BYTES + 1)

struct wk_file {
    const char *path; /* absolute */
    bool present;     /* false: looked for, not a file */
    bool read;        /* content and hash are known */
    uint64_t bytes, mtime_ns;
    uint8_t hash[WK_HASH_BYTES];
    const char *content; /* NUL after it */
};

struct wk_files {
    struct wk_arena arena;
    void *tree; /* of struct wk_file by path */
    struct wk_file **list;
    size_t len, cap;
};

void wk_files_fini(struct wk_files *files);
/* Is path a regular file? Noted either way. */
bool wk_files_has(struct wk_files *files, const char *path);
/* Is path a directory? Noted when it is not. */
bool wk_files_has_dir(struct wk_files *files, const char *path);
/* The file with content and hash. WK_ENOTFOUND, WK_ELIMIT, WK_EIO. Owns: files. */
wk_err wk_files_read(struct wk_files *files, const char *path, size_t bytes_max, const struct wk_file **out);

void wk_hash(const void *data, size_t bytes, uint8_t hash[WK_HASH_BYTES]);
void wk_hash_hex(const uint8_t hash[WK_HASH_BYTES], char hex[WK_HASH_HEX_BYTES]);
/* True if the file at path still is what it was: by size and time where that is certain, else by hash. */
bool wk_file_unchanged(const struct wk_file *file, uint64_t noted_unix_ms);
#endif
