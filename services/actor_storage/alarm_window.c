/* Pending alarms that are in memory: the nearest. The others are read from the index by time
 * when these become few.
 *
 * The horizon goes down when there are too many entries, and up when more were loaded. What
 * runs, waits for a retry, or is not stored on disk stays whatever its time. */
#include <stdlib.h>
#include <string.h>
#include "kernel/base/fault.h"
#include "kernel/base/log.h"
#include "services/actor_storage/alarms_priv.h"

/* Read by the pool: keys one behind the other, each after its length (u16). */
struct load_job {
    uv_work_t pool;
    struct wk_alarms *alarms;
    uint64_t serial;
    size_t keys_max;
    struct wk_buf from, keys, next; /* next: the first that is not among them; empty: none */
    wk_err err;
};

static size_t
few(const struct wk_alarms *alarms)
{
    return alarms->window.max / 2;
}

void
wk_alarm_window_init(struct wk_alarms *alarms)
{
    alarms->window.max = alarms->window.shrink_at = WK_ALARMS_MAX;
    alarms->window.complete = true;
}

/* ---- the horizon ---- */

static int
key_cmp(struct wk_span a, struct wk_span b)
{
    size_t less = a.len < b.len ? a.len : b.len;
    int cmp = less > 0 ? memcmp(a.data, b.data, less) : 0;

    return cmp != 0 ? cmp : (a.len > b.len) - (a.len < b.len);
}

static struct wk_span
key_of(struct alarm_window *window, const struct wk_namespace *ns, struct wk_span id,
       uint64_t due_ms)
{
    const struct wk_actor_key actor = {.space = ns->number, .id = id, .text = ns->text};

    window->key.len = 0;
    wk_key_add_alarm(&window->key, due_ms, &actor);
    return wk_span_of(&window->key);
}

/* Owns nothing of key. Empty: everything is in memory. */
static void
horizon_set(struct alarm_window *window, struct wk_span key)
{
    window->serial++;
    window->complete = key.len == 0;
    window->from.len = 0;
    if (key.len == 0)
        return;
    wk_buf_add(&window->from, key.data, key.len);
    window->horizon_ms = wk_be64(key.data);
}

bool
wk_alarm_window_takes(struct wk_alarms *alarms, const struct wk_namespace *ns,
                      struct wk_span id, uint64_t due_ms)
{
    struct alarm_window *window = &alarms->window;

    return window->complete || window->loading ||
           key_cmp(key_of(window, ns, id, due_ms), wk_span_of(&window->from)) < 0;
}

/* So many run, or are about to, that more are of no use. */
static bool
is_busy(const struct wk_alarms *alarms)
{
    return alarms->entries.count - alarms->count >= alarms->window.max;
}

uint64_t
wk_alarm_window_wake_ms(const struct wk_alarms *alarms)
{
    const struct alarm_window *window = &alarms->window;

    return window->complete || window->loading || is_busy(alarms)
               ? UINT64_MAX
               : wk_alarms_monotonic(alarms, window->horizon_ms);
}

/* ---- too many ---- */

static bool
is_plain(const struct alarm_entry *e)
{
    return e->heap_at != 0 && e->alarm.state == WK_ALARM_WAITING && e->alarm.retry_at_ms == 0 &&
           !e->gone && wk_namespace_on_disk(e->ns);
}

/* As in the index. */
static int
entry_cmp(const void *x, const void *y)
{
    const struct alarm_entry *a = *(struct alarm_entry *const *)x,
                             *b = *(struct alarm_entry *const *)y;
    int cmp = (a->alarm.due_ms > b->alarm.due_ms) - (a->alarm.due_ms < b->alarm.due_ms);

    if (cmp == 0)
        cmp = (a->ns->number > b->ns->number) - (a->ns->number < b->ns->number);
    if (cmp == 0) /* of a text its length comes first */
        cmp = (a->node.id_bytes > b->node.id_bytes) - (a->node.id_bytes < b->node.id_bytes);
    return cmp != 0 ? cmp : memcmp(a->id, b->id, a->node.id_bytes);
}

void
wk_alarm_window_grown(struct wk_alarms *alarms)
{
    struct alarm_window *window = &alarms->window;
    size_t count = 0, kept = window->max / 2;
    struct alarm_entry **plain;
    struct wk_span key;

    if (window->loading || alarms->entries.count <= window->shrink_at)
        return;
    plain = wk_xmalloc((alarms->count + 1) * sizeof(*plain));
    for (size_t i = 0; i < alarms->count; i++)
        if (is_plain(alarms->heap[i]))
            plain[count++] = alarms->heap[i];
    if (count > kept) {
        qsort(plain, count, sizeof(*plain), entry_cmp);
        key = key_of(window, plain[kept]->ns,
                     (struct wk_span){plain[kept]->id, plain[kept]->node.id_bytes},
                     plain[kept]->alarm.due_ms);
        if (window->complete || key_cmp(key, wk_span_of(&window->from)) < 0)
            horizon_set(window, key);
        for (size_t i = kept; i < count; i++)
            wk_alarm_window_forget(plain[i]);
    }
    free(plain);
    window->shrink_at = alarms->entries.count + window->max / 2;
    if (window->shrink_at < window->max)
        window->shrink_at = window->max;
}

/* ---- loading ---- */

void
wk_alarm_window_forget(struct alarm_entry *e)
{
    struct alarm_window *window = &e->daemon->alarms->window;

    if (!window->loading || !wk_namespace_on_disk(e->ns)) {
        wk_alarm_entry_free(e);
        return;
    }
    e->gone = true;
    if (e->listed)
        return;
    e->listed = true;
    e->next_gone = window->gone;
    window->gone = e;
}

static void
gone_free(struct alarm_window *window)
{
    struct alarm_entry *e;

    while ((e = window->gone) != NULL) {
        window->gone = e->next_gone;
        e->listed = false;
        if (e->gone)
            wk_alarm_entry_free(e);
    }
}

static void
take_one(struct wk_daemon *daemon, struct wk_span key)
{
    struct wk_namespace *ns;
    struct wk_actor_key actor;
    uint32_t number;
    uint64_t due_ms;

    if (wk_key_alarm_space(key, &number) != WK_OK)
        return;
    ns = wk_namespace_numbered(daemon, number);
    if (ns == NULL || wk_key_alarm(key, ns->text, &due_ms, &actor) != WK_OK)
        return;
    if (WK_FAULT_MUTANT("alarm_forgotten"))
        return;
    if (wk_alarm_entry_find(daemon, ns->index, actor.id) == NULL)
        wk_alarm_entry_schedule(wk_alarm_entry_new(daemon, ns, actor.id, due_ms));
}

static void
take_all(struct wk_daemon *daemon, const struct wk_buf *keys)
{
    for (size_t at = 0; at < keys->len;) {
        uint16_t bytes;

        memcpy(&bytes, keys->data + at, sizeof(bytes));
        at += sizeof(bytes);
        take_one(daemon, (struct wk_span){(const uint8_t *)keys->data + at, bytes});
        at += bytes;
    }
}

static void
load_read(struct load_job *job)
{
    const struct wk_span none = {NULL, 0};
    struct wk_scan *scan = wk_scan_open(job->alarms->daemon->engine, WK_READ_ANY,
                                        WK_SPACE_ALARMS, wk_span_of(&job->from), none, false);
    size_t count = 0;

    for (; wk_scan_valid(scan) && count < job->keys_max; wk_scan_next(scan), count++) {
        struct wk_span key = wk_scan_key(scan);
        uint16_t bytes = (uint16_t)key.len;

        wk_buf_add(&job->keys, &bytes, sizeof(bytes));
        wk_buf_add(&job->keys, key.data, key.len);
    }
    if (wk_scan_valid(scan))
        wk_buf_add(&job->next, wk_scan_key(scan).data, wk_scan_key(scan).len);
    job->err = wk_scan_err(scan);
    wk_scan_close(scan);
}

static struct load_job *
job_new(struct wk_alarms *alarms)
{
    struct load_job *job = wk_xcalloc(1, sizeof(*job));

    job->alarms = alarms;
    job->serial = alarms->window.serial;
    job->keys_max = alarms->window.max / 8 + 1;
    wk_buf_add(&job->from, alarms->window.from.data, alarms->window.from.len);
    return job;
}

/* Takes in what was read, unless the horizon has moved since. Frees the job. */
static void
job_end(struct load_job *job)
{
    struct wk_alarms *alarms = job->alarms;
    struct alarm_window *window = &alarms->window;

    if (job->err != WK_OK) {
        wk_daemon_fail(alarms->daemon, "the alarms cannot be read");
    } else if (job->serial == window->serial) {
        take_all(alarms->daemon, &job->keys);
        horizon_set(window, wk_span_of(&job->next));
    }
    window->loading = false;
    gone_free(window);
    wk_buf_fini(&job->from);
    wk_buf_fini(&job->keys);
    wk_buf_fini(&job->next);
    free(job);
}

static void
load_work(uv_work_t *pool)
{
    load_read(WK_CONTAINER(pool, struct load_job, pool));
}

static void
load_done(uv_work_t *pool, int status)
{
    struct load_job *job = WK_CONTAINER(pool, struct load_job, pool);
    struct wk_alarms *alarms = job->alarms;

    job_end(job);
    wk_alarm_window_grown(alarms);
    wk_alarm_window_check(alarms);
    wk_alarms_timer_set(alarms, 0);
    wk_daemon_settle(alarms->daemon);
}

/* Nothing that is there comes before the horizon, and what is under way leaves room. */
static bool
is_dry(const struct wk_alarms *alarms)
{
    return !is_busy(alarms) &&
           (alarms->count == 0 || alarms->heap[0]->wake_ms > wk_alarm_window_wake_ms(alarms));
}

void
wk_alarm_window_check(struct wk_alarms *alarms)
{
    struct alarm_window *window = &alarms->window;
    struct load_job *job;

    if (alarms->entries.count <= few(alarms))
        window->shrink_at = window->max;
    if (window->complete || window->loading || alarms->daemon->draining ||
        alarms->daemon->failed || (alarms->entries.count > few(alarms) && !is_dry(alarms)))
        return;
    job = job_new(alarms);
    window->loading = true;
    WK_CHECK(uv_queue_work(alarms->daemon->loop, &job->pool, load_work, load_done) == 0);
}

void
wk_alarm_window_reset(struct wk_alarms *alarms)
{
    struct alarm_window *window = &alarms->window;
    struct load_job *job;
    bool loading = window->loading;

    window->serial++; /* what is being read is of no use */
    window->from.len = 0;
    job = job_new(alarms);
    load_read(job);
    job_end(job);
    window->loading = loading;
    wk_alarm_window_grown(alarms);
    wk_alarm_window_check(alarms);
    wk_alarms_timer_set(alarms, 0);
}
