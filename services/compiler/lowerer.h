/* services/compiler/lowerer.h - TypeScript in a heap: lowers one module at a time.
 *
 * Loading takes about 30 ms and 12 MiB; afterwards a module costs about 10 us a byte. The bytecode comes
 * from typescript.bin, which the build made; it is trusted as much as the program itself.
 * Thread: its owner's. After fork() both sides have one of their own. */
#ifndef WK_COMPILER_LOWERER_H
#define WK_COMPILER_LOWERER_H
#include "services/compiler/record.h"

/* What a file may be, and what lowering one may use. */
#define WK_SOURCE_BYTES_MAX (16u << 20)
#define WK_LOWER_HEAP_BYTES_MAX ((size_t)768 << 20)
#define WK_LOWER_CPU_MS_MAX 60000u

struct wk_lowerer;

/* Loads bin_path. WK_ENOTFOUND, WK_EINVAL (not made by this build). */
wk_err wk_lowerer_new(const char *bin_path, struct wk_lowerer **out);
void wk_lowerer_free(struct wk_lowerer *lowerer);

/* Lowers one module. Never fails: what goes wrong is among out's problems. Owns: the arena. */
void wk_lowerer_run(struct wk_lowerer *lowerer, struct wk_arena *arena, const struct wk_lower_input *input,
                    struct wk_lowered *out);

/* Frees what earlier modules left behind. Call it when nobody waits. */
void wk_lowerer_idle(struct wk_lowerer *lowerer);
#endif
