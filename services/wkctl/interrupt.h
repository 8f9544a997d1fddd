/* services/wkctl/interrupt.h - Ctrl-C while something is half made: the command hears of it,
 * takes away what it made, and ends with WK_EXIT_FAILED. A second one ends it at once.
 *
 * Thread: main. */
#ifndef WK_WKCTL_INTERRUPT_H
#define WK_WKCTL_INTERRUPT_H
#include <signal.h>
#include <stdbool.h>

/* From here on SIGINT, SIGTERM and SIGHUP only set the flag and end standard input, once
 * each. */
void wk_interrupt_catch(void);
bool wk_interrupted(void);
/* The flag itself, for a library. */
extern volatile sig_atomic_t wk_interrupt_flag;
#endif
