/* services/wkctl/copy_tree.h - a directory with all that is in it, copied and on disk.
 *
 * Thread: main. */
#ifndef WK_WKCTL_COPY_TREE_H
#define WK_WKCTL_COPY_TREE_H
#include "services/wkctl/progress.h"

/* The bytes of the files in it. */
uint64_t wk_tree_bytes(const char *path);
/* Makes to, which must not be there. *done counts bytes, shown as of total. Anything but files
 * and directories is left out. False: errno says why. */
bool wk_tree_copy(const char *from, const char *to, struct wk_progress *progress,
                  uint64_t *done, uint64_t total);
#endif
