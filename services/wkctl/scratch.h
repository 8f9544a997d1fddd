/* services/wkctl/scratch.h - a state directory for one run only.
 *
 * Thread: main. */
#ifndef WK_WKCTL_SCRATCH_H
#define WK_WKCTL_SCRATCH_H

/* Makes a directory under TMPDIR, mode 0700. NULL if it cannot. The caller frees the path. */
char *wk_scratch_make(const char *prefix);
/* Lets a system on that directory use what earlier runs compiled: $XDG_CACHE_HOME/wk,
 * ~/.cache/wk. Without a home nothing is shared. */
void wk_scratch_share_cache(const char *dir);
/* Removes it with all that is in it; links are not followed. */
void wk_scratch_remove(const char *dir);
#endif
