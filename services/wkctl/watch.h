/* services/wkctl/watch.h - tells when one of a set of files changes.
 *
 * Directories are watched, not files, because editors replace a file by renaming another one
 * over it. A file that is not there yet is waited for, and so are the directories that it would be in. Events are gathered until it is quiet
 * for a moment. Thread: the loop's. Lifetime: until wk_watch_close. */
#ifndef WK_WKCTL_WATCH_H
#define WK_WKCTL_WATCH_H
#include <uv.h>
#include "kernel/base/buf.h"

struct wk_watch;

/* Calls on_change after files changed. first_ms (monotonic) is when the first change was seen.
 * Errors: WK_EIO, the system gives no more watches. */
wk_err wk_watch_open(uv_loop_t *loop, void (*on_change)(void *arg, uint64_t first_ms),
                     void *arg, struct wk_watch **out);
void wk_watch_close(struct wk_watch *watch);
/* The paths to watch from now on, instead of the former ones; copied. What was changed after
 * since_ns (of CLOCK_REALTIME) counts as a change seen now. Returns how many could not be
 * watched. */
size_t wk_watch_set(struct wk_watch *watch, const char *const *paths, size_t count,
                    uint64_t since_ns);
/* Whether any file beside the watched ones counts too: perhaps one that was missing. */
void wk_watch_anything(struct wk_watch *watch, bool anything);
#endif
