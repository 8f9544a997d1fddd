/* services/compiler/compile.h - a worker's configuration in, a bundle out.
 *
 * Nothing changed since the last time: the stamp says so and nothing is read but what it names. Else the
 * graph is walked from the main module; every module comes from the cache or from the pool of lowering
 * processes. An error anywhere means that there is no bundle, and leaves older ones as they are.
 *
 * Thread: one at a time. wk_compile blocks until it is done: seconds for a first start of something big. */
#ifndef WK_COMPILER_COMPILE_H
#define WK_COMPILER_COMPILE_H
#include "kernel/base/arena.h"
#include "proto/bundle.pb-c.h"
#include "proto/config.pb-c.h"

#define WK_MODULES_MAX 10000u
#define WK_BUNDLE_BYTES_MAX ((size_t)64 << 20)

struct wk_compiler;

/* lib_dir holds typescript.bin and typescript.id; NULL: WK_LIB_DIR of the environment, else ../lib/wk
 * beside the program. children: see wk_pool_new. WK_ENOTFOUND: they are not there. */
wk_err wk_compiler_new(const char *lib_dir, unsigned children, struct wk_compiler **out);
void wk_compiler_free(struct wk_compiler *compiler);
/* Gives back memory and processes that only a compilation needs. */
void wk_compiler_rest(struct wk_compiler *compiler);

struct wk_compiled {
    struct wk_arena arena;    /* of everything below */
    Wk__CompileDone *done;    /* never NULL; done->ok says whether there is a bundle */
    bool from_stamp;          /* nothing had changed */
};

/* Compiles a packed wk.Worker; cache_dir is absolute. WK_EINVAL: not a wk.Worker. Other trouble is among
 * done's diagnostics. Owns: the caller's, wk_compiled_fini, also after an error. */
wk_err wk_compile(struct wk_compiler *compiler, const void *worker, size_t worker_bytes, const char *cache_dir,
                  struct wk_compiled *out);
void wk_compiled_fini(struct wk_compiled *compiled);

/* A packed CompileDone or Bundle or Worker is unpacked into an arena, which owns it. */
ProtobufCAllocator wk_compile_allocator(struct wk_arena *arena);
#endif
