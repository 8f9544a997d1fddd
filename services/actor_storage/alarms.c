/* The scheduler of alarms: whose time has come is placed and run. What is known of an alarm is
 * storage/alarm.h's; here are its entry in a heap, and the session that it runs in.
 *
 * The heap is in the order of the monotonic clock as far as that is known now; when the two
 * clocks move against each other it is made anew. The nearest alarms are in it, about 200 bytes
 * each; alarm_window.c brings in the others in time. */
#include <stdlib.h>
#include <string.h>
#include "kernel/base/log.h"
#include "services/actor_storage/alarms_priv.h"

#define FIRED_PER_TURN 64
#define CLOCK_JUMP_MS 250
#define EARLY_MS 100 /* of a mutant */

/* The time of day that alarms are due by. */
static uint64_t
due_clock_ms(void)
{
    return wk_unix_ms() + (WK_FAULT_MUTANT("alarm_early") ? EARLY_MS : 0);
}

static uint32_t
random_number(void)
{
    uint32_t n;

    wk_random(&n, sizeof(n));
    return n;
}

/* ---- the heap ---- */

static void
heap_set(struct wk_alarms *alarms, size_t at, struct alarm_entry *e)
{
    alarms->heap[at - 1] = e;
    e->heap_at = at;
}

static void
heap_up(struct wk_alarms *alarms, struct alarm_entry *e, size_t at)
{
    while (at > 1 && alarms->heap[at / 2 - 1]->wake_ms > e->wake_ms) {
        heap_set(alarms, at, alarms->heap[at / 2 - 1]);
        at /= 2;
    }
    heap_set(alarms, at, e);
}

static void
heap_down(struct wk_alarms *alarms, struct alarm_entry *e, size_t at)
{
    for (size_t child; (child = 2 * at) <= alarms->count; at = child) {
        if (child < alarms->count &&
            alarms->heap[child]->wake_ms < alarms->heap[child - 1]->wake_ms)
            child++;
        if (alarms->heap[child - 1]->wake_ms >= e->wake_ms)
            break;
        heap_set(alarms, at, alarms->heap[child - 1]);
    }
    heap_set(alarms, at, e);
}

static void
heap_add(struct wk_alarms *alarms, struct alarm_entry *e)
{
    if (alarms->count == alarms->cap) {
        alarms->cap = alarms->cap > 0 ? alarms->cap * 2 : 64;
        alarms->heap = wk_xrealloc(alarms->heap, alarms->cap * sizeof(struct alarm_entry *));
    }
    heap_up(alarms, e, ++alarms->count);
}

static void
heap_remove(struct wk_alarms *alarms, struct alarm_entry *e)
{
    size_t at = e->heap_at;
    struct alarm_entry *last;

    if (at == 0)
        return;
    e->heap_at = 0;
    last = alarms->heap[--alarms->count];
    if (last == e)
        return;
    heap_down(alarms, last, at);
    if (last->heap_at == at)
        heap_up(alarms, last, at);
}

/* ---- waiting ---- */

static void on_timer(uv_timer_t *timer);

void
wk_alarms_timer_set(struct wk_alarms *alarms, uint64_t at_least_ms)
{
    uint64_t now_ms = wk_now_ms(), wake_ms = wk_alarm_window_wake_ms(alarms);

    if (alarms->count > 0 && alarms->heap[0]->wake_ms < wake_ms)
        wake_ms = alarms->heap[0]->wake_ms;
    if (wake_ms == UINT64_MAX) {
        uv_timer_stop(&alarms->timer);
        return;
    }
    if (wake_ms < now_ms + at_least_ms)
        wake_ms = now_ms + at_least_ms;
    uv_update_time(alarms->timer.loop);
    uv_timer_start(&alarms->timer, on_timer, wake_ms - now_ms, 0);
}

uint64_t
wk_alarms_monotonic(const struct wk_alarms *alarms, uint64_t unix_ms)
{
    if (alarms->clock_ms > 0)
        return unix_ms > (uint64_t)alarms->clock_ms ? unix_ms - (uint64_t)alarms->clock_ms : 0;
    return unix_ms < UINT64_MAX / 2 ? unix_ms + (uint64_t)-alarms->clock_ms : UINT64_MAX / 2;
}

static inline uint64_t
entry_told(const struct alarm_entry *e)
{
    return wk_actor_told(e->ns, (struct wk_span){e->id, e->node.id_bytes}, 0);
}

void
wk_alarm_entry_schedule(struct alarm_entry *e)
{
    struct wk_alarms *alarms = e->daemon->alarms;
    uint64_t due_ms = wk_alarms_monotonic(alarms, e->alarm.due_ms);

    if (WK_FAULT_MUTANT("alarm_early"))
        due_ms -= EARLY_MS;
    heap_remove(alarms, e);
    e->wake_ms = due_ms > e->alarm.retry_at_ms ? due_ms : e->alarm.retry_at_ms;
    WK_EVENT("D.armed", entry_told(e), e->alarm.due_ms, e->alarm.retry_at_ms != 0);
    heap_add(alarms, e);
    if (e->heap_at == 1)
        wk_alarms_timer_set(alarms, 0);
}

struct alarm_entry *
wk_alarm_entry_find(struct wk_daemon *daemon, uint32_t space, struct wk_span id)
{
    struct wk_node *node = wk_table_find(&daemon->alarms->entries, space, id);

    return node != NULL ? WK_CONTAINER(node, struct alarm_entry, node) : NULL;
}

static struct alarm_entry *
entry_of(struct wk_resident *r)
{
    struct alarm_entry *e =
        wk_alarm_entry_find(r->daemon, r->ns->index, (struct wk_span){r->id, r->node.id_bytes});

    return e == NULL || e->gone ? NULL : e;
}

struct alarm_entry *
wk_alarm_entry_new(struct wk_daemon *daemon, struct wk_namespace *ns, struct wk_span id,
                   uint64_t due_ms)
{
    struct alarm_entry *e = wk_xcalloc(1, sizeof(*e) + id.len);

    e->daemon = daemon;
    e->ns = ns;
    memcpy(e->id, id.data, id.len);
    e->node.space = ns->index;
    e->node.id = e->id;
    e->node.id_bytes = (uint32_t)id.len;
    wk_alarm_init(&e->alarm, due_ms, !wk_namespace_on_disk(ns));
    wk_table_add(&daemon->alarms->entries, &e->node);
    return e;
}

void
wk_alarm_entry_free(struct alarm_entry *e)
{
    WK_EVENT("D.forgot", entry_told(e));
    heap_remove(e->daemon->alarms, e);
    wk_table_remove(&e->daemon->alarms->entries, &e->node);
    free(e);
}

/* It waits, or is no more. */
static void
entry_follow(struct alarm_entry *e, enum wk_alarm_verdict verdict)
{
    struct wk_alarms *alarms = e->daemon->alarms;

    if (verdict != WK_ALARM_FORGET) {
        wk_alarm_entry_schedule(e);
        return;
    }
    heap_remove(alarms, e);
    wk_alarm_window_forget(e);
    wk_alarm_window_check(alarms);
}

static struct wk_resident *
entry_resident(struct alarm_entry *e)
{
    return wk_resident_get(e->daemon, e->ns, (struct wk_span){e->id, e->node.id_bytes});
}

/* There is no entry, or one of a record that was gone. */
static void
record_new(struct wk_resident *r, uint64_t ms_plus1)
{
    struct wk_alarms *alarms = r->daemon->alarms;
    struct wk_span id = {r->id, r->node.id_bytes};
    struct alarm_entry *e = wk_alarm_entry_find(r->daemon, r->ns->index, id);
    bool stored = wk_namespace_on_disk(r->ns);

    if (e == NULL && ms_plus1 == 0 && !(stored && alarms->window.loading))
        return;
    if (e == NULL && stored && !wk_alarm_window_takes(alarms, r->ns, id, ms_plus1 - 1)) {
        wk_alarm_window_check(alarms);
        return;
    }
    if (e == NULL)
        e = wk_alarm_entry_new(r->daemon, r->ns, id, 0);
    e->gone = false;
    if (ms_plus1 == 0) {
        wk_alarm_window_forget(e);
        return;
    }
    wk_alarm_init(&e->alarm, ms_plus1 - 1, !stored);
    wk_alarm_entry_schedule(e);
    wk_alarm_window_grown(alarms);
}

void
wk_alarms_record(struct wk_resident *r, uint64_t ms_plus1)
{
    struct alarm_entry *e = entry_of(r);
    enum wk_alarm_verdict verdict;

    r->daemon->counters.alarms_set += ms_plus1 != 0;
    if (e == NULL) {
        record_new(r, ms_plus1);
        return;
    }
    verdict = wk_alarm_record(&e->alarm, ms_plus1);
    if (verdict == WK_ALARM_FORGET || e->alarm.state == WK_ALARM_WAITING)
        entry_follow(e, verdict);
}

uint64_t
wk_alarms_in_memory(struct wk_daemon *daemon, struct wk_namespace *ns, struct wk_span id)
{
    struct alarm_entry *e = wk_alarm_entry_find(daemon, ns->index, id);

    return e != NULL ? wk_alarm_known(&e->alarm) : 0;
}

/* ---- dropping ---- */

static void
drop_over(struct alarm_entry *e, bool ok)
{
    struct wk_resident *r =
        wk_resident_find(e->daemon, e->ns, (struct wk_span){e->id, e->node.id_bytes});
    Wk__ActorAlarmGone gone = WK__ACTOR_ALARM_GONE__INIT;
    WK_ENVELOPE(msg, ACTOR_ALARM_GONE, actor_alarm_gone, &gone);

    gone.scheduled_ms = e->alarm.due_ms;
    if (ok && r != NULL && r->state == WK_RESIDENT_LIVE)
        wk_session_send(r->gate, &msg, 0);
    entry_follow(e, wk_alarm_dropped(&e->alarm, ok, wk_now_ms(), random_number()));
}

void
wk_alarms_dropped(struct wk_resident *r, wk_err err)
{
    struct alarm_entry *e = entry_of(r);

    (void)WK_FAULT_POINT("D.alarm.after_delete_commit");
    if (e != NULL && e->alarm.state == WK_ALARM_DROPPING)
        drop_over(e, err == WK_OK);
}

/* The record goes, unless something newer is on its way to the disk already. */
static void
entry_drop(struct alarm_entry *e)
{
    struct wk_resident *r = entry_resident(e);
    struct wk_turn *turn;

    if (!wk_namespace_on_disk(e->ns)) {
        r->view.alarm_plus1 = r->alarm_durable_plus1 = 0;
        wk_alarm_record(&e->alarm, 0);
        drop_over(e, true);
        wk_resident_settle(r);
        return;
    }
    if (r->state == WK_RESIDENT_LOADING) { /* what it reads must not change under it */
        drop_over(e, false);
        return;
    }
    if (r->state == WK_RESIDENT_IDLE && r->in_flight == 0 && r->sealed == NULL)
        r->view = (struct wk_view){.alarm_plus1 = e->alarm.due_ms + 1};
    if (r->view.alarm_plus1 != e->alarm.due_ms + 1) {
        drop_over(e, true);
        wk_resident_settle(r);
        return;
    }
    turn = wk_xcalloc(1, sizeof(*turn));
    turn->view = r->view;
    turn->drops_alarm = true;
    WK_EVENT("D.alarm", entry_told(e), 0, 0, WK_ALARM_BY_SCHEDULER);
    wk_writes_alarm(r, &turn->view, &turn->batch, 0);
    (void)WK_FAULT_POINT("D.alarm.before_delete_commit");
    wk_round_seal(r, turn);
}

/* ---- running ---- */

static void
entry_end(struct alarm_entry *e, struct wk_alarm_result result)
{
    enum wk_alarm_verdict verdict;

    e->session = NULL;
    WK_EVENT("D.ran", entry_told(e), result.ok, result.canceled, result.retry, result.counted);
    e->daemon->counters.alarms_failed += !result.ok;
    verdict = wk_alarm_end(&e->alarm, result, wk_now_ms(), random_number());
    if (verdict == WK_ALARM_DROP)
        entry_drop(e);
    else
        entry_follow(e, verdict);
}

static struct wk_alarm_result
result_of(const Wk__ActorAlarmDone *done)
{
    struct wk_alarm_result result = {.ok = done->outcome == WK__ACTOR_ALARM_DONE__OUTCOME__OK,
                                     .canceled = done->outcome ==
                                                 WK__ACTOR_ALARM_DONE__OUTCOME__CANCELED,
                                     .retry = done->retry,
                                     .counted = done->counted};

    return result;
}

static void
run_on_message(struct wk_session *session, void *arg, const Wk__Envelope *msg, uint8_t flags)
{
    static const struct wk_session_events over = {0};
    struct alarm_entry *e = arg;

    if (msg->body_case != WK__ENVELOPE__BODY_ACTOR_ALARM_DONE) {
        wk_session_close(session, WK_EPROTO, NULL);
        entry_end(e, WK_ALARM_LOST);
        return;
    }
    wk_session_accept(session, &over, NULL); /* the entry may go before the session */
    if (!(flags & WK_FLAG_LAST))
        wk_session_close(session, WK_OK, NULL);
    entry_end(e, result_of(msg->actor_alarm_done));
}

static void
run_on_closed(struct wk_session *session, void *arg, wk_err code, const Wk__Error *error)
{
    entry_end(arg, WK_ALARM_LOST);
}

static const struct wk_session_events run_events = {.on_message = run_on_message,
                                                    .on_closed = run_on_closed};

void
wk_alarms_give(struct wk_resident *r)
{
    struct alarm_entry *e = entry_of(r);
    Wk__ActorAlarm alarm = WK__ACTOR_ALARM__INIT;
    WK_ENVELOPE(msg, ACTOR_ALARM, actor_alarm, &alarm);
    uint64_t wait_ms;

    r->alarm_wanted = false;
    if (e == NULL || e->alarm.state != WK_ALARM_WAITING)
        return;
    if (!wk_alarm_ready(&e->alarm, due_clock_ms(), wk_now_ms(),
                        &wait_ms)) { /* it was set anew meanwhile */
        wk_alarm_entry_schedule(e);
        return;
    }
    heap_remove(e->daemon->alarms, e);
    alarm.scheduled_ms = e->alarm.due_ms;
    alarm.retry_count = e->alarm.counted;
    WK_EVENT("D.fired", entry_told(e), e->alarm.due_ms, wk_unix_ms(), r->incarnation,
             e->alarm.counted);
    wk_alarm_begin(&e->alarm);
    r->events++;
    r->daemon->counters.alarms_fired++;
    e->session = wk_port_open(r->daemon->port, r->ns->handle, r->gate, &msg, WK_FLAG_END,
                              &run_events, e);
    (void)WK_FAULT_POINT("D.alarm.fired");
}

void
wk_alarms_lost(struct wk_resident *r)
{
    struct alarm_entry *e = entry_of(r);

    r->alarm_wanted = false;
    if (e == NULL || e->alarm.state != WK_ALARM_WAITING)
        return;
    wk_alarm_defer(&e->alarm, wk_now_ms(), random_number());
    wk_alarm_entry_schedule(e);
}

/* ---- due ---- */

/* False: the clock was set back, or it is a matter of a millisecond; *wait_ms says for how
 * long. */
static bool
entry_due(struct alarm_entry *e, uint64_t *wait_ms)
{
    struct wk_resident *r;

    if (!wk_alarm_ready(&e->alarm, due_clock_ms(), wk_now_ms(), wait_ms))
        return false;
    heap_remove(e->daemon->alarms, e);
    r = entry_resident(e);
    r->alarm_wanted = true;
    wk_resident_settle(r);
    return true;
}

static void
on_timer(uv_timer_t *timer)
{
    struct wk_alarms *alarms = timer->data;
    uint64_t now_ms = wk_now_ms(), wait_ms = 0;

    if (alarms->daemon->draining) /* what is due is the next process's */
        return;
    for (unsigned n = 0; n < FIRED_PER_TURN && alarms->count > 0; n++)
        if (alarms->heap[0]->wake_ms > now_ms || !entry_due(alarms->heap[0], &wait_ms))
            break;
    wk_alarm_window_check(alarms);
    wk_alarms_timer_set(alarms, wait_ms);
}

/* The wake-up times are made anew when the clocks have moved against each other. */
void
wk_alarms_tick(struct wk_daemon *daemon)
{
    struct wk_alarms *alarms = daemon->alarms;
    int64_t clock_ms = (int64_t)wk_unix_ms() - (int64_t)wk_now_ms();
    size_t count = alarms->count;
    struct alarm_entry **all;

    wk_alarm_window_check(alarms);
    if (llabs(clock_ms - alarms->clock_ms) < CLOCK_JUMP_MS)
        return;
    alarms->clock_ms = clock_ms;
    all = wk_xmalloc((count + 1) * sizeof(struct alarm_entry *));
    memcpy(all, alarms->heap, count * sizeof(struct alarm_entry *));
    for (size_t i = 0; i < count; i++)
        wk_alarm_entry_schedule(all[i]);
    free(all);
    wk_alarms_timer_set(alarms, 0);
}

size_t
wk_alarms_count(const struct wk_daemon *daemon)
{
    return daemon->alarms->entries.count;
}

/* ---- start ---- */

void
wk_alarms_init(struct wk_daemon *daemon)
{
    struct wk_alarms *alarms = wk_xcalloc(1, sizeof(*alarms));

    alarms->heap = wk_xcalloc(64, sizeof(struct alarm_entry *));
    alarms->cap = 64;
    alarms->daemon = daemon;
    alarms->clock_ms = (int64_t)wk_unix_ms() - (int64_t)wk_now_ms();
    alarms->timer.data = alarms;
    uv_timer_init(daemon->loop, &alarms->timer);
    wk_alarm_window_init(alarms);
    daemon->alarms = alarms;
}

void
wk_alarms_limit(struct wk_daemon *daemon, size_t count)
{
    daemon->alarms->window.max = daemon->alarms->window.shrink_at = count;
}

bool
wk_alarms_loading(const struct wk_daemon *daemon)
{
    return daemon->alarms->window.loading;
}

void
wk_alarms_load(struct wk_daemon *daemon)
{
    bool more = false;

    if (daemon->engine == NULL)
        return;
    for (uint32_t i = 0; i < daemon->namespace_count; i++) {
        struct wk_namespace *ns = daemon->namespaces[i];

        if (ns == NULL || ns->alarms_loaded || !wk_namespace_on_disk(ns))
            continue;
        ns->alarms_loaded = more = true;
    }
    if (more)
        wk_alarm_window_reset(daemon->alarms);
}
