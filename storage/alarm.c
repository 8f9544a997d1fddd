#include "storage/alarm.h"

void
wk_alarm_init(struct wk_alarm *alarm, uint64_t due_ms, bool in_memory)
{
    *alarm = (struct wk_alarm){.due_ms = due_ms, .in_memory = in_memory};
}

enum wk_alarm_verdict
wk_alarm_record(struct wk_alarm *alarm, uint64_t ms_plus1)
{
    if (alarm->state != WK_ALARM_WAITING) {
        alarm->next_plus1 = ms_plus1;
        alarm->gone = ms_plus1 == 0;
        return WK_ALARM_WAIT;
    }
    if (ms_plus1 == 0)
        return WK_ALARM_FORGET;
    wk_alarm_init(alarm, ms_plus1 - 1, alarm->in_memory);
    return WK_ALARM_WAIT;
}

bool
wk_alarm_ready(const struct wk_alarm *alarm, uint64_t unix_ms, uint64_t now_ms,
               uint64_t *wait_ms)
{
    uint64_t until_due = alarm->due_ms > unix_ms ? alarm->due_ms - unix_ms : 0;
    uint64_t until_retry = alarm->retry_at_ms > now_ms ? alarm->retry_at_ms - now_ms : 0;

    *wait_ms = until_due > until_retry ? until_due : until_retry;
    return alarm->state == WK_ALARM_WAITING && *wait_ms == 0;
}

void
wk_alarm_begin(struct wk_alarm *alarm)
{
    WK_CHECK(alarm->state == WK_ALARM_WAITING);
    alarm->state = WK_ALARM_RUNNING;
    alarm->next_plus1 = 0;
    alarm->gone = false;
}

/* What was set while it ran, or nothing if the record went; invariant 1. */
static bool
alarm_replaced(struct wk_alarm *alarm, enum wk_alarm_verdict *verdict)
{
    if (alarm->next_plus1 != 0) {
        wk_alarm_init(alarm, alarm->next_plus1 - 1, alarm->in_memory);
        *verdict = WK_ALARM_WAIT;
        return true;
    }
    *verdict = WK_ALARM_FORGET;
    return alarm->gone;
}

static void
alarm_retry(struct wk_alarm *alarm, bool counted, uint64_t now_ms, uint32_t random)
{
    unsigned doublings;
    uint64_t delay_ms;

    if (counted) {
        alarm->counted++;
        if (alarm->uncounted_last)
            alarm->backoff = 0;
    }
    alarm->uncounted_last = !counted;
    doublings =
        alarm->backoff < WK_ALARM_DOUBLINGS_MAX ? alarm->backoff : WK_ALARM_DOUBLINGS_MAX;
    delay_ms = (uint64_t)WK_ALARM_RETRY_MS << doublings;
    alarm->retry_at_ms = now_ms + delay_ms + random % (delay_ms / 4 + 1);
    if (alarm->backoff < UINT8_MAX)
        alarm->backoff++;
    alarm->state = WK_ALARM_WAITING;
}

void
wk_alarm_defer(struct wk_alarm *alarm, uint64_t now_ms, uint32_t random)
{
    alarm_retry(alarm, false, now_ms, random);
}

uint64_t
wk_alarm_known(const struct wk_alarm *alarm)
{
    if (alarm->state == WK_ALARM_WAITING || (alarm->next_plus1 == 0 && !alarm->gone))
        return alarm->due_ms + 1;
    return alarm->next_plus1;
}

enum wk_alarm_verdict
wk_alarm_end(struct wk_alarm *alarm, struct wk_alarm_result result, uint64_t now_ms,
             uint32_t random)
{
    enum wk_alarm_verdict verdict;
    bool counted = result.counted || alarm->in_memory;
    unsigned retries_max = WK_ALARM_RETRIES_MAX - alarm->in_memory;

    WK_CHECK(alarm->state == WK_ALARM_RUNNING);
    if (alarm_replaced(alarm, &verdict))
        return verdict;
    /* Nothing ran, though the record is what the run was for: no reason to delete it. */
    if (result.canceled) {
        alarm_retry(alarm, false, now_ms, random);
        return WK_ALARM_WAIT;
    }
    if (result.ok || !result.retry || alarm->counted >= retries_max) {
        alarm->state = WK_ALARM_DROPPING;
        return WK_ALARM_DROP;
    }
    alarm_retry(alarm, counted, now_ms, random);
    return WK_ALARM_WAIT;
}

enum wk_alarm_verdict
wk_alarm_dropped(struct wk_alarm *alarm, bool ok, uint64_t now_ms, uint32_t random)
{
    enum wk_alarm_verdict verdict;

    WK_CHECK(alarm->state == WK_ALARM_DROPPING);
    if (alarm_replaced(alarm, &verdict) || ok)
        return verdict;
    alarm_retry(alarm, false, now_ms, random);
    return WK_ALARM_WAIT;
}
