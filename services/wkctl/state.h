/* services/wkctl/state.h - which state directory is meant, and who is in it.
 *
 * A state directory belongs to one kernel at a time: kernel.addr says where it listens, lock is
 * held while it lives. Thread: main. */
#ifndef WK_WKCTL_STATE_H
#define WK_WKCTL_STATE_H
#include "kernel/base/buf.h"

/* The state directory for commands about a running system: given (--state; may be NULL), else
 * WK_STATE, else a .wk/state from the current directory upwards: the nearest for nth 0, the
 * next one above it for 1, and so on. NULL if there is none; else the caller frees. */
char *wk_state_find(const char *given, unsigned nth);
/* The state directory for starting: given, else WK_STATE, else BASE/.wk/state. The caller
 * frees. */
char *wk_state_for(const char *given, const char *base);
/* Where the kernel of that directory says that it listens, or NULL. The caller frees. */
char *wk_state_url(const char *state_dir);
#endif
