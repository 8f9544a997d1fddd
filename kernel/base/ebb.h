/* kernel/base/ebb.h - memory that goes back to the system when most of many things are gone.
 *
 * The C library keeps what was freed for the next time; after a hundred thousand actors that
 * would be far too much. Zero-initialised. Thread: its owner's. */
#ifndef WK_BASE_EBB_H
#define WK_BASE_EBB_H
#include "kernel/base/base.h"

struct wk_ebb {
    size_t peak;  /* the most there were since memory was given back */
    bool falling; /* it was given back, and some are left */
};

/* So many are left. Gives memory back, and says so, once that is a quarter of what it was, if
 * it was a thousand or more; and again when the last of these has gone. */
bool wk_ebb_note(struct wk_ebb *ebb, size_t left);
#endif
