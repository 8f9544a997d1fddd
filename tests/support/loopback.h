/* tests/support/loopback.h - an isolate with a worker and its actors, and no process around
 * them.
 *
 * What the worker sends through a handle comes back to the same isolate: through handle 0 to
 * its default export, through LOOPBACK_ACTORS to the actors of its class Counter, through
 * LOOPBACK_KEPT to those of its class Kept, if it has that. Messages wait
 * in a queue, so that turns never nest. What actors write is durable at once, and lost with the
 * instance. The clock jumps to the next timer.
 *
 * Thread: one. Lifetime: one a process, since an isolate is. */
#ifndef WK_TESTS_LOOPBACK_H
#define WK_TESTS_LOOPBACK_H
#include "kernel/base/buf.h"
#include "runtime/actor/actor.h"

#define LOOPBACK_KEY "210bd0cbd803ef7883a1ee9d86cce06e"
#define LOOPBACK_ACTORS 1u /* stored */
#define LOOPBACK_EPHEMERAL 2u
#define LOOPBACK_KEPT 3u /* stored, with SQL, never let go */

struct loopback_answer {
    bool done;
    uint32_t status;
    struct wk_buf body;
    wk_err code; /* of the close, when it failed */
    struct wk_buf error;
};

struct loopback_counts {
    size_t placed, offers, ended, writes;
    wk_err last_end;
    char last_error[256];
    char order[64]; /* what was delivered: Writes that end a turn, Unended ones, Calls, Results;
                       the first of them */
};

/* Set before loopback_init. */
extern uint32_t loopback_cpu_limit_ms;
/* Loads the lowered worker in the file; aborts when it does not load. */
void loopback_init(const char *path);
/* A GET of the worker's default export; runs until nothing is left to do. The answer's buffers
 * are the caller's. */
void loopback_get(const char *path, struct loopback_answer *out);
/* A call whose arguments, zeros, come in these pieces, however many bytes were announced. Runs
 * until nothing is left to do. */
void loopback_call_in_pieces(uint64_t announced, const size_t *pieces, size_t count,
                             struct loopback_answer *out);
void loopback_answer_fini(struct loopback_answer *answer);
const struct loopback_counts *loopback_counts(void);
struct wk_isolate *loopback_isolate(void);
/* The test ends the actors itself. */
void loopback_forget(void);
/* Runs what is due, and the timers up to that time. */
void loopback_run(uint64_t until_ms);
/* The actor's alarm, as its daemon would send it; false: no such actor lives. The answer is in
 * *out. */
bool loopback_alarm(const char *name, uint64_t scheduled_ms, struct wk_alarm_result *out);
#endif
