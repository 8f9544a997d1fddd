/* services/wkctl/progress.h - a bar on standard error, once something takes over a second, on a terminal only.
 *
 * Zero-initialised but for what. Thread: main. */
#ifndef WK_WKCTL_PROGRESS_H
#define WK_WKCTL_PROGRESS_H
#include "kernel/base/base.h"

struct wk_progress {
    const char *what; /* "backup" */
    uint64_t began_ms, shown_ms;
    bool shown;
};

/* total 0: not known. */
void wk_progress_show(struct wk_progress *progress, uint64_t done, uint64_t total);
/* Takes the bar away. */
void wk_progress_end(struct wk_progress *progress);
#endif
