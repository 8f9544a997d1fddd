/* kernel/base/confine.h - rights that a process gives up for good.
 *
 * Each call only ever takes away, and children inherit what is left. What the system does not offer is
 * passed over: the result says so, and the caller decides. Thread: the first of the process, before
 * others start: Landlock binds the calling thread and those that it starts. */
#ifndef WK_BASE_CONFINE_H
#define WK_BASE_CONFINE_H
#include "kernel/base/base.h"

/* No new privileges by exec, no core file (it would hold tenants' secrets). */
void wk_confine_common(void);
/* No file can be opened by name any more. Descriptors stay. false: the system has no Landlock. */
bool wk_confine_files(void);
/* What the Landlock ruleset behind fd says, from now on. fd stays the caller's; -1: the system has no
 * Landlock. false: not done; never under a sanitizer, whose report needs files and a look at every thread. */
bool wk_confine_ruleset(int fd);
#endif
