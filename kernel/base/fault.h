/* kernel/base/fault.h - named places where a build made for tests fails on demand.
 *
 * Only a build with FAULTS=1 (-DWK_FAULTS) has them; in others they are nothing. The
 * environment says what happens, one or more of, with commas between them:
 *
 *     WK_FAULT="D.seal:kill:17"               the 17th time the process gets there, it dies as
 * by kill -9 WK_FAULT="D.seal:stop"                  every time, it stops until somebody sends
 * SIGCONT WK_FAULT="D.commit.before_write:error:3"  the 3rd time, the operation behind it fails
 *     WK_FAULT="D.advance:delay_ms:50:2"      the 2nd time, after 50 ms; without a number,
 * every time
 *
 * A mutant is a rule that is left out on purpose, to see that a checker notices:
 * WK_MUTANT="gate_early".
 *
 * Places: D. storage daemon, H. isolate host, K. kernel, F. front.
 * Thread: any. */
#ifndef WK_BASE_FAULT_H
#define WK_BASE_FAULT_H
#include "kernel/base/base.h"

/* The process is at the place. WK_EIO: what follows is to fail as if the system had failed it.
 */
wk_err wk_fault_at(const char *place);
/* The rule is to be left out. */
bool wk_fault_mutant(const char *rule);
/* Reads the environment again, and counts from nothing. */
void wk_fault_reset(void);

#ifdef WK_FAULTS
#define WK_FAULT_POINT(place) wk_fault_at(place)
#define WK_FAULT_MUTANT(rule) wk_fault_mutant(rule)
#else
#define WK_FAULT_POINT(place) WK_OK
#define WK_FAULT_MUTANT(rule) false
#endif
#endif
