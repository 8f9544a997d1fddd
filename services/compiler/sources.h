/* services/compiler/sources.h - a bundle that carries the author's own files, so that error pages can show
 * the lines around a throw. Only in watch mode. Thread: any. */
#ifndef WK_COMPILER_SOURCES_H
#define WK_COMPILER_SOURCES_H
#include "kernel/base/arena.h"
#include "proto/bundle.pb-c.h"

/* Writes a copy of done's bundle with the sources of modules outside node_modules, beside it, and makes
 * done name the copy. If anything fails done stays as it is: pages then show no lines. */
void wk_sources_add(Wk__CompileDone *done, struct wk_arena *arena, const Wk__Compile *compile);
#endif
