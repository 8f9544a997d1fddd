/* services/compiler/path.h - paths as text. Results are in the arena. Thread: any. */
#ifndef WK_COMPILER_PATH_H
#define WK_COMPILER_PATH_H
#include "kernel/base/arena.h"

/* base/more without "." and ".." parts; more alone if it is absolute. Keeps a relative base relative;
 * ".." past the start of it is kept too. */
char *wk_path_join(struct wk_arena *arena, const char *base, const char *more);
/* All but the last part: "/a/b" -> "/a", "a" -> "". */
char *wk_path_dir(struct wk_arena *arena, const char *path);
/* path as seen from the directory root, "../" for what is outside. */
char *wk_path_relative(struct wk_arena *arena, const char *root, const char *path);
/* Formatted into the arena. */
char *wk_path_fmt(struct wk_arena *arena, const char *fmt, ...) WK_PRINTF(2, 3);
/* Does path end with suffix? */
bool wk_path_ends(const char *path, const char *suffix);
/* Does path match glob: ** (any parts), * and ? (inside one part), {a,b}? */
bool wk_path_match(const char *glob, const char *path);
#endif
