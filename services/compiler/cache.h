/* services/compiler/cache.h - lowered modules, bundles and stamps on disk, by hash.
 *
 *     DIR/modules/HASH     a lowered module; HASH of compiler, options, name and source
 *     DIR/bundles/HASH.pb  a packed wk.Bundle; HASH of its bytes
 *     DIR/stamps/HASH      what a whole compilation looked at and gave; HASH of compiler and worker
 *
 * Every entry is written atomically and carries, or is named by, the hash of its content: a damaged one
 * counts as missing. An entry not used for a long time goes first when modules outgrow WK_CACHE_BYTES_MAX.
 * Any number of processes may share a directory. Thread: any. */
#ifndef WK_COMPILER_CACHE_H
#define WK_COMPILER_CACHE_H
#include "services/compiler/files.h"
#include "services/compiler/record.h"

#define WK_CACHE_BYTES_MAX ((uint64_t)512 << 20)

struct wk_cache {
    const char *dir;     /* absolute, borrowed */
    const char *version; /* of compiler and TypeScript, borrowed */
};

/* WK_ENOTFOUND: not there, or damaged. Owns: the arena. */
wk_err wk_cache_module_get(const struct wk_cache *cache, struct wk_arena *arena, const struct wk_lower_input *input,
                           struct wk_lowered *out);
/* Failure to write is logged and no error: it costs time later. */
void wk_cache_module_put(const struct wk_cache *cache, const struct wk_lower_input *input, const struct wk_lowered *lowered);

/* Stores a packed bundle; path gets where. WK_EIO. */
wk_err wk_cache_bundle_put(const struct wk_cache *cache, struct wk_arena *arena, const void *data, size_t bytes,
                           const char **path);

/* The stamp of worker (a packed wk.Worker): the packed CompileDone it led to, if every file is as it was
 * and the bundle is whole. WK_ENOTFOUND. Owns: the arena. */
wk_err wk_cache_stamp_get(const struct wk_cache *cache, struct wk_arena *arena, const void *worker, size_t worker_bytes,
                          const char **done, size_t *done_bytes, const char **bundle_path);
void wk_cache_stamp_put(const struct wk_cache *cache, const void *worker, size_t worker_bytes, const struct wk_files *files,
                        const void *done, size_t done_bytes, const char *bundle_path);

/* Keeps the cache within bytes_max. Call it after something was added, when nobody waits. */
void wk_cache_trim(const struct wk_cache *cache, uint64_t bytes_max);
#endif
