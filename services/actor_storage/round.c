/* Group commit: what the turns of all actors wrote goes to the disk in rounds, each with one
 * sync. While one is with the committer the next fills. */
#include <stdlib.h>
#include <string.h>
#include "kernel/base/log.h"
#include "services/actor_storage/actor_storage.h"
#include "services/actor_storage/facets.h"

/* When a round is written by the loop itself (write_here). */
#define LONE_ROUNDS_MIN 8u
#define HERE_NS_MAX 500000u
#define HERE_BYTES_MAX (64u << 10)
#define TIMED_OUT                                                                              \
    "Durable Object storage operation exceeded timeout which caused object to be reset."
#define DISK_FULL "database or disk is full: SQLITE_FULL"
#define FAILED                                                                                 \
    "Internal error in Durable Object storage write caused object to be reset; reference = "
#define KEEP_BYTES_MAX (1u << 20) /* of an empty round */

struct count_job {
    uv_work_t pool;
    struct wk_resident *resident;
    struct wk_engine *engine;
    struct wk_turn *turn; /* the first of resident->sealed, which stays there */
    wk_err err;
};

/* ---- filling ---- */

struct wk_round *
wk_round_filling(struct wk_daemon *daemon)
{
    if (daemon->filling == NULL) {
        daemon->filling =
            daemon->spare != NULL ? daemon->spare : wk_xcalloc(1, sizeof(struct wk_round));
        daemon->spare = NULL;
    }
    return daemon->filling;
}

void
wk_round_join(struct wk_resident *r, const struct wk_member *member)
{
    struct wk_round *round = wk_round_filling(r->daemon);

    if (round->count == round->cap) {
        round->cap = round->cap > 0 ? round->cap * 2 : 16;
        round->members = wk_xrealloc(round->members, round->cap * sizeof(*round->members));
    }
    round->members[round->count++] = *member;
    if (round->first_ms == 0)
        round->first_ms = wk_now_ms();
    WK_EVENT("D.join", wk_resident_told(r), member->incarnation, member->n);
    r->in_flight++;
    r->daemon->counters.batches++;
    if (WK_FAULT_MUTANT("gate_early") && r->gate != NULL &&
        r->incarnation == member->incarnation)
        wk_session_advance(r->gate, member->n);
}

/* ---- sealed turns ---- */

static void
behind_add(struct wk_resident *r)
{
    if (r->listed)
        return;
    r->listed = true;
    r->behind_next = r->daemon->behind;
    r->daemon->behind = r;
}

static void
behind_remove(struct wk_resident *r)
{
    struct wk_resident **at = &r->daemon->behind;

    if (!r->listed)
        return;
    while (*at != r)
        at = &(*at)->behind_next;
    *at = r->behind_next;
    r->listed = false;
}

static struct wk_turn *
sealed_take(struct wk_resident *r)
{
    struct wk_turn *turn = r->sealed;

    r->sealed = turn->next;
    if (r->sealed == NULL) {
        r->sealed_end = &r->sealed;
        behind_remove(r);
    }
    return turn;
}

/* They will never be written: so says whoever broke their incarnation. */
static void
sealed_drop(struct wk_resident *r, wk_err err)
{
    while (r->sealed != NULL) {
        struct wk_turn *turn = sealed_take(r);

        if (turn->drops_alarm)
            wk_alarms_dropped(r, err);
        if (turn->done != NULL)
            turn->done(r, turn->arg, err);
        wk_turn_free(turn);
    }
}

static void
turn_join(struct wk_resident *r, struct wk_turn *turn)
{
    struct wk_member member = {.resident = r,
                               .incarnation = turn->incarnation,
                               .n = turn->n,
                               .view = turn->view,
                               .generation_before = turn->generation_before,
                               .drops_alarm = turn->drops_alarm,
                               .counted = turn->counted,
                               .counted_count = turn->counted_count,
                               .done = turn->done,
                               .arg = turn->arg};

    wk_batch_append(&wk_round_filling(r->daemon)->group.batch, &turn->batch);
    wk_round_join(r, &member);
    turn->counted = NULL; /* the member's now */
    wk_turn_free(turn);
}

static void
unreadable(struct wk_resident *r, wk_err err)
{
    wk_log(WK_ERROR, "actor.count", "err=%s", wk_err_name(err));
    sealed_drop(r, err);
    if (r->state == WK_RESIDENT_LIVE)
        wk_resident_break(r, WK_EBROKEN,
                          "Internal error in Durable Object storage caused object to be reset.",
                          WK_TRAIT_REMOTE | WK_TRAIT_RESET);
    else
        wk_resident_settle(r);
}

static void
count_work(uv_work_t *pool)
{
    struct count_job *job = WK_CONTAINER(pool, struct count_job, pool);

    job->err = wk_count(job->engine, WK_READ_ANY, &job->turn->batch, job->turn->counted,
                        job->turn->counted_count);
}

static void
count_done(uv_work_t *pool, int status)
{
    struct count_job *job = WK_CONTAINER(pool, struct count_job, pool);
    struct wk_resident *r = job->resident;
    wk_err err = job->err;

    r->pooled--;
    r->holds--;
    if (r->sealed == job->turn)
        job->turn->is_counted = true;
    free(job);
    if (err != WK_OK)
        unreadable(r, err);
    else
        wk_round_resume(r);
}

/* WK_EAGAIN: the count comes later. */
static wk_err
turn_count(struct wk_resident *r, struct wk_turn *turn)
{
    struct wk_daemon *daemon = r->daemon;
    struct count_job *job;
    wk_err err;

    if (turn->is_counted || turn->counted_count == 0)
        return WK_OK;
    err = wk_count(daemon->engine, WK_READ_CACHED, &turn->batch, turn->counted,
                   turn->counted_count);
    if (err != WK_EAGAIN)
        return err;
    job = wk_xcalloc(1, sizeof(*job));
    *job = (struct count_job){.resident = r, .engine = daemon->engine, .turn = turn};
    r->pooled++;
    r->holds++;
    WK_CHECK(uv_queue_work(daemon->loop, &job->pool, count_work, count_done) == 0);
    return WK_EAGAIN;
}

/* In order, as far as nothing holds them up; a count stands on what is durable. r may be dead
 * afterwards. */
static wk_err
sealed_go(struct wk_resident *r)
{
    while (r->sealed != NULL && r->holds == 0) {
        struct wk_turn *turn = r->sealed;
        wk_err err;

        if ((turn->counted_count > 0 || turn->facet_writes != NULL) && r->in_flight > 0)
            break;
        if (turn->facet_writes != NULL && !wk_facet_writes_ready(r))
            break;
        if ((err = turn_count(r, turn)) != WK_OK)
            return err;
        if (turn->facet_writes != NULL && (err = wk_facet_writes_expand(r, turn)) != WK_OK)
            return err;
        turn_join(r, sealed_take(r));
    }
    return WK_OK;
}

void
wk_round_resume(struct wk_resident *r)
{
    wk_err err = sealed_go(r);

    if (err != WK_OK && err != WK_EAGAIN)
        unreadable(r, err);
    else
        wk_resident_settle(r);
}

void
wk_round_seal(struct wk_resident *r, struct wk_turn *turn)
{
    bool alarm_changed = turn->view.alarm_changed;
    uint64_t alarm_plus1 = r->view.alarm_plus1;

    WK_EVENT("D.seal", wk_resident_told(r), turn->incarnation, turn->n);
    turn->generation_before = r->view.generation;
    turn->sealed_ms = wk_now_ms();
    r->view = turn->view;
    if (!alarm_changed)
        r->view.alarm_plus1 =
            alarm_plus1; /* the daemon may have changed it while the turn was open */
    *r->sealed_end = turn;
    r->sealed_end = &turn->next;
    behind_add(r);
    wk_round_resume(r);
}

/* ---- durable, or not ---- */

static void
counts_answer(struct wk_resident *r, const struct wk_member *m)
{
    for (size_t i = 0; i < m->counted_count; i++) {
        Wk__ActorEntries entries = WK__ACTOR_ENTRIES__INIT;
        WK_ENVELOPE(msg, ACTOR_ENTRIES, actor_entries, &entries);

        entries.request = m->counted[i].request;
        entries.count = m->counted[i].found;
        wk_session_send(r->gate, &msg, 0);
    }
}

static void
member_durable(struct wk_member *m)
{
    struct wk_resident *r = m->resident;
    struct wk_actor_key key = wk_resident_key(r);

    if (m->view.alarm_changed && r->facet == 0) {
        r->alarm_durable_plus1 = m->view.alarm_plus1;
        wk_alarms_record(r, m->view.alarm_plus1);
    }
    for (uint32_t g = m->generation_before; g < m->view.generation; g++)
        wk_tidy_begin(r->daemon, &key, r->facet, g);
    if (r->state == WK_RESIDENT_LIVE && r->incarnation == m->incarnation && m->n > 0) {
        wk_session_advance(r->gate, m->n);
        counts_answer(r, m);
        (void)WK_FAULT_POINT("D.advance.partial");
    }
}

void
wk_reference(char out[25])
{
    static const char letters[] = "0123456789abcdefghijklmnopqrstuv";
    uint8_t random[24];

    wk_random(random, sizeof(random));
    for (size_t i = 0; i < sizeof(random); i++)
        out[i] = letters[random[i] & 31];
    out[24] = '\0';
}

static void
member_lost(struct wk_member *m, wk_err err)
{
    struct wk_resident *r = m->resident;
    char text[sizeof(FAILED) + 24] = FAILED;

    sealed_drop(r, err);
    if (r->state != WK_RESIDENT_LIVE)
        return;
    if (err == WK_EOVERLOADED) {
        wk_resident_break(r, WK_EBROKEN, DISK_FULL, WK_TRAIT_REMOTE | WK_TRAIT_RESET);
        return;
    }
    wk_reference(text + sizeof(FAILED) - 1);
    wk_resident_break(r, WK_EBROKEN, text, WK_TRAIT_REMOTE | WK_TRAIT_RESET);
}

/* What has become durable may be what a turn that deletes or copies facets waits for: the
 * root's, or a facet's. Such a turn may end other facets, so all are kept in hand meanwhile. */
static void
facets_resume(struct wk_resident *root)
{
    struct wk_resident *next;

    if (root->facets->writes_pending == 0)
        return;
    for (struct wk_resident *f = root->facets->list; f != NULL; f = f->facets->next)
        f->in_use++;
    for (struct wk_resident *f = root->facets->list; f != NULL; f = f->facets->next)
        if (f->sealed != NULL)
            wk_round_resume(f);
    for (struct wk_resident *f = root->facets->list; f != NULL; f = f->facets->next)
        f->in_use--;
    for (struct wk_resident *f = root->facets->list; f != NULL; f = next) {
        next = f->facets->next;
        wk_resident_settle(f);
    }
}

static void
round_member_left(struct wk_resident *r)
{
    struct wk_resident *root = r->root;

    if (root != NULL)
        root->in_use++; /* the facet may have been the last thing that it lives for */
    wk_round_resume(r);
    if (root == NULL)
        return;
    facets_resume(root);
    root->in_use--;
    wk_round_resume(root);
}

/* Its members leave it; the residents go on. */
static void
round_finish(struct wk_daemon *daemon, struct wk_round *round, wk_err err)
{
    for (size_t i = 0; i < round->count; i++) {
        struct wk_member *m = &round->members[i];
        struct wk_resident *r = m->resident;

        if (err == WK_OK)
            member_durable(m);
        else
            member_lost(m, err); /* r lives on: in_flight still counts it */
        free(m->counted);
        if (m->drops_alarm)
            wk_alarms_dropped(r, err);
        if (m->done != NULL)
            m->done(r, m->arg, err);
        r->in_flight--;
        round_member_left(r);
    }
    if (round->tidies)
        wk_tidy_committed(daemon, err);
    round->count = 0;
    round->first_ms = 0;
    round->late = round->tidies = false;
    wk_batch_reset(&round->group.batch, KEEP_BYTES_MAX);
    if (daemon->spare == NULL) {
        daemon->spare = round;
        return;
    }
    wk_batch_fini(&round->group.batch);
    free(round->members);
    free(round);
}

/* Nothing that came after it may become durable either: it may stand on what failed. */
static void
round_failed(struct wk_daemon *daemon, struct wk_round *round, wk_err err)
{
    struct wk_round *next = daemon->filling;

    wk_log(WK_ERROR, "commit.failed", "err=%s actors=%zu", wk_err_name(err), round->count);
    daemon->filling = NULL;
    round_finish(daemon, round, err);
    if (next != NULL)
        round_finish(daemon, next, err);
    if (err != WK_EOVERLOADED)
        wk_daemon_fail(daemon, "the storage cannot be written any more");
}

static void
round_done(struct wk_daemon *daemon, struct wk_round *round, wk_err err)
{
    bool lone = round->count == 1 && daemon->filling == NULL;

    daemon->committing = NULL;
    daemon->lone_rounds = lone ? daemon->lone_rounds + 1 : 0;
    daemon->write_ns =
        (daemon->write_ns * 3 + round->group.done_ns - round->group.started_ns) / 4;
    if (err == WK_OK)
        err = WK_FAULT_POINT("D.commit.result");
    WK_EVENT("D.done", err);
    if (err != WK_OK) {
        round_failed(daemon, round, err);
    } else {
        daemon->counters.rounds++;
        daemon->counters.bytes_written += round->group.batch.records.len;
        round_finish(daemon, round, WK_OK);
    }
    wk_daemon_settle(daemon);
}

static void
tell_synced(const struct wk_group *group)
{
    (void)WK_FAULT_POINT("D.commit.after_sync");
    WK_EVENT("D.synced", group->err);
}

/* On the commit thread. */
static void
on_commit(void *arg, struct wk_group *group)
{
    struct wk_daemon *daemon = arg;

    tell_synced(group);
    atomic_store(&daemon->done, group);
    uv_async_send(&daemon->committed);
}

static void
on_committed(uv_async_t *async)
{
    struct wk_daemon *daemon = async->data;
    struct wk_group *group = atomic_exchange(&daemon->done, NULL);

    if (group != NULL)
        round_done(daemon, WK_CONTAINER(group, struct wk_round, group), group->err);
}

/* One turn after the other, on a disk that is fast: nobody else waits meanwhile, or not for
 * long. */
static bool
write_here(const struct wk_daemon *daemon, const struct wk_round *round)
{
    return round->count == 1 && daemon->lone_rounds >= LONE_ROUNDS_MIN &&
           daemon->write_ns <= HERE_NS_MAX && round->group.batch.records.len <= HERE_BYTES_MAX;
}

/* True: a round is over, and what it held up may be there now. */
static bool
round_submit(struct wk_daemon *daemon)
{
    struct wk_round *round = daemon->filling;

    if (round == NULL || daemon->committing != NULL || daemon->failed ||
        (round->count == 0 && round->group.batch.count == 0))
        return false;
    daemon->filling = NULL;
    if (round->group.batch.count ==
        0) { /* turns without a write; what was before them is durable */
        WK_EVENT("D.empty", round->count);
        round_finish(daemon, round, WK_OK);
        return true;
    }
    WK_EVENT("D.commit", round->count, round->tidies);
    if (WK_FAULT_POINT("D.commit.before_write") != WK_OK) {
        WK_EVENT("D.done", WK_EIO);
        round_failed(daemon, round, WK_EIO);
        return false;
    }
    daemon->committing = round; /* invariant 3 */
    round->group.submitted_ns = 0;
    if (write_here(daemon, round) && wk_commit_now(daemon->committer, &round->group) == WK_OK) {
        tell_synced(&round->group);
        round_done(daemon, round, round->group.err);
        return true;
    }
    WK_CHECK(wk_commit_submit(daemon->committer, &round->group) == WK_OK);
    return false;
}

void
wk_round_submit(struct wk_daemon *daemon)
{
    while (round_submit(daemon))
        ;
}

static void
on_before_sleep(uv_prepare_t *prepare)
{
    struct wk_daemon *daemon = prepare->data;

    wk_round_submit(daemon);
    if (daemon->port != NULL)
        wk_link_flush(wk_port_link(daemon->port)); /* what that said: the loop sleeps now */
}

void
wk_round_start(struct wk_daemon *daemon)
{
    daemon->committer = wk_commit_new(daemon->engine, on_commit, daemon);
    daemon->committed.data = daemon;
    WK_CHECK(uv_async_init(daemon->loop, &daemon->committed, on_committed) == 0);
    daemon->before_sleep.data = daemon;
    uv_prepare_init(daemon->loop, &daemon->before_sleep);
    uv_prepare_start(&daemon->before_sleep, on_before_sleep);
}

bool
wk_round_idle(const struct wk_daemon *daemon)
{
    return daemon->committing == NULL && daemon->behind == NULL &&
           (daemon->filling == NULL ||
            (daemon->filling->count == 0 && daemon->filling->group.batch.count == 0));
}

/* ---- too slow ---- */

static void
resident_late(struct wk_resident *r)
{
    if (r->state == WK_RESIDENT_LIVE)
        wk_resident_break(r, WK_EBROKEN, TIMED_OUT,
                          WK_TRAIT_REMOTE | WK_TRAIT_OVERLOADED | WK_TRAIT_RESET);
}

/* What it holds may become durable yet; nobody will have been told. */
static void
round_late(struct wk_round *round, uint64_t now_ms)
{
    if (round == NULL || round->late || round->first_ms == 0 ||
        now_ms - round->first_ms < WK_COMMIT_MS_MAX)
        return;
    round->late = true;
    for (size_t i = 0; i < round->count; i++)
        if (round->members[i].incarnation == round->members[i].resident->incarnation)
            resident_late(round->members[i].resident);
}

void
wk_round_tick(struct wk_daemon *daemon, uint64_t now_ms)
{
    struct wk_resident *next;

    round_late(daemon->committing, now_ms);
    round_late(daemon->filling, now_ms);
    for (struct wk_resident *r = daemon->behind; r != NULL; r = next) {
        next = r->behind_next;
        if (now_ms - r->sealed->sealed_ms >= WK_COMMIT_MS_MAX &&
            r->sealed->incarnation == r->incarnation)
            resident_late(r);
    }
}
