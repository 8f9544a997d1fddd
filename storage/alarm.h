/* storage/alarm.h - the alarm of one actor, as the scheduler sees it.
 *
 * The truth is the actor's record, which is written in batches like everything else: whoever
 * makes it durable calls wk_alarm_record. Times of alarms are unix ms; delays are on the
 * monotonic clock, so that a clock that is set cannot shorten or stretch them. Retry counters
 * are in memory only: after a restart a pending alarm begins again.
 *
 *     WAITING --due: wk_alarm_begin--> RUNNING --wk_alarm_end--> WAITING: a retry, or what was
 * set meanwhile
 *                                                            --> forgotten: the record is gone
 *                                                            --> DROPPING: the record must go
 * --wk_alarm_dropped--> WAITING (set meanwhile, or it failed), forgotten
 *
 *  1. A new record while RUNNING or DROPPING is kept for later, the latest only, and never
 * touches the run.
 *  2. A new record while WAITING, also for a retry, replaces it at once, with fresh counters:
 * so no alarm comes later than its time because an older one failed. (The peer lets the retry
 * come first.)
 *  3. The record goes only by the actor's own writes, or by DROPPING: after a run that
 * succeeded, the last counted retry, or an abort that asked for it.
 *
 * Thread: its owner's. Plain data. */
#ifndef WK_STORAGE_ALARM_H
#define WK_STORAGE_ALARM_H
#include "kernel/base/base.h"

#define WK_ALARM_RETRIES_MAX 6u /* counted ones */
#define WK_ALARM_RETRY_MS 2000u /* before the first, doubled for each */
#define WK_ALARM_DOUBLINGS_MAX 9u

enum wk_alarm_state { WK_ALARM_WAITING = 0, WK_ALARM_RUNNING, WK_ALARM_DROPPING };

struct wk_alarm {
    uint64_t due_ms;      /* unix; what the handler is told */
    uint64_t retry_at_ms; /* monotonic; 0: this is no retry */
    uint64_t next_plus1;  /* the record that was set while it runs, + 1; 0: none was */
    uint8_t state;
    uint8_t counted;     /* failures that count */
    uint8_t backoff;     /* doublings of the next delay */
    bool uncounted_last; /* the failure before did not count */
    bool gone;           /* the record was deleted while it runs */
    bool in_memory; /* of a namespace without a disk: every failure counts, one try fewer */
};

/* How a run ended. */
struct wk_alarm_result {
    bool ok;
    bool canceled; /* the actor knows another time; nothing was run */
    bool retry;    /* only if not ok */
    bool counted;
};
/* Instead of a result: the session or the host went away. */
#define WK_ALARM_LOST ((struct wk_alarm_result){.retry = true})

enum wk_alarm_verdict {
    WK_ALARM_WAIT,   /* for wk_alarm_ready */
    WK_ALARM_FORGET, /* there is none any more */
    WK_ALARM_DROP,   /* delete the record if it is due_ms still, then call wk_alarm_dropped */
};

void wk_alarm_init(struct wk_alarm *alarm, uint64_t due_ms, bool in_memory);
/* The record is now this (unix ms + 1; 0: none), durably. WAIT: its time may have changed. */
enum wk_alarm_verdict wk_alarm_record(struct wk_alarm *alarm, uint64_t ms_plus1);
/* WAITING, and its time has come on both clocks. If not, *wait_ms says for how long, as the
 * clocks run now. */
bool wk_alarm_ready(const struct wk_alarm *alarm, uint64_t unix_ms, uint64_t now_ms,
                    uint64_t *wait_ms);
/* WAITING, and it could not be started: no run, no failure, but it waits for a while. */
void wk_alarm_defer(struct wk_alarm *alarm, uint64_t now_ms, uint32_t random);
/* The record as far as this knows it: unix ms + 1; 0: none. */
uint64_t wk_alarm_known(const struct wk_alarm *alarm);
/* The handler is started. */
void wk_alarm_begin(struct wk_alarm *alarm);
/* random: any number, for the jitter. Never FORGET while the record stands. */
enum wk_alarm_verdict wk_alarm_end(struct wk_alarm *alarm, struct wk_alarm_result result,
                                   uint64_t now_ms, uint32_t random);
/* The deletion is durable, or failed. wk_alarm_record was called for it before, if it deleted
 * something. */
enum wk_alarm_verdict wk_alarm_dropped(struct wk_alarm *alarm, bool ok, uint64_t now_ms,
                                       uint32_t random);
#endif
