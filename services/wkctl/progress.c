#include "services/wkctl/progress.h"

#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>

#define AFTER_MS 1000u
#define EVERY_MS 100u
#define WIDTH 30

void
wk_progress_show(struct wk_progress *p, uint64_t done, uint64_t total)
{
    uint64_t now = wk_now_ms();
    int full;

    if (p->began_ms == 0)
        p->began_ms = now;
    if (now - p->began_ms < AFTER_MS || now - p->shown_ms < EVERY_MS || !isatty(STDERR_FILENO))
        return;
    p->shown_ms = now;
    p->shown = true;
    if (total == 0) {
        fprintf(stderr, "\r%s: %" PRIu64 "\033[K", p->what, done);
        return;
    }
    full = (int)(done >= total ? WIDTH : done * WIDTH / total);
    fprintf(stderr, "\r%s [%.*s%.*s] %3u%%\033[K", p->what, full, "##############################", WIDTH - full,
            "..............................", (unsigned)(done >= total ? 100 : done * 100 / total));
}

void
wk_progress_end(struct wk_progress *p)
{
    if (p->shown)
        fputs("\r\033[K", stderr);
}
