#include "fixture.h"

#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include "storage/commit.h"

/* What was done, in order, and a way to wait for it. */
struct log {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    char text[256];
    unsigned count;
};

static void
done(void *arg, struct wk_group *group)
{
    struct log *log = arg;

    pthread_mutex_lock(&log->lock);
    snprintf(log->text + strlen(log->text), sizeof(log->text) - strlen(log->text), "%s:%s ",
             (const char *)group->arg, wk_err_name(group->err));
    log->count++;
    pthread_cond_broadcast(&log->changed);
    pthread_mutex_unlock(&log->lock);
}

static void
await(struct log *log, unsigned count)
{
    pthread_mutex_lock(&log->lock);
    while (log->count < count)
        pthread_cond_wait(&log->changed, &log->lock);
    pthread_mutex_unlock(&log->lock);
}

struct commit_fixture {
    struct fixture f;
    struct log log;
    struct wk_committer *committer;
    struct wk_group groups[4];
};

static void
commit_fixture_init(struct commit_fixture *c)
{
    static char names[4][2] = {"0", "1", "2", "3"};

    memset(c, 0, sizeof(*c));
    c->f = fixture_new(true);
    pthread_mutex_init(&c->log.lock, NULL);
    pthread_cond_init(&c->log.changed, NULL);
    c->committer = wk_commit_new(c->f.engine, done, &c->log);
    for (size_t i = 0; i < 4; i++) {
        c->groups[i].arg = names[i];
        wk_batch_put(&c->groups[i].batch, WK_SPACE_ENTRIES, span(names[i]), span("v"));
    }
}

static void
commit_fixture_fini(struct commit_fixture *c)
{
    wk_commit_free(c->committer);
    for (size_t i = 0; i < 4; i++)
        wk_batch_fini(&c->groups[i].batch);
    fixture_fini(&c->f);
}

Test(commit, makes_a_group_durable_and_says_so_after)
{
    struct commit_fixture c;

    commit_fixture_init(&c);
    wk_mem_disk_hold(c.f.disk, true);
    cr_assert_eq(wk_commit_submit(c.committer, &c.groups[0]), WK_OK);
    wk_mem_disk_await_syncs(c.f.disk, 2); /* the first was the boot number's */
    cr_expect_eq(c.log.count, 0);
    cr_expect_not(wk_commit_idle(c.committer));
    expect_text(get(&c.f, "0"), "-");
    wk_mem_disk_hold(c.f.disk, false);
    await(&c.log, 1);
    cr_expect_str_eq(c.log.text, "0:ok ");
    expect_text(get(&c.f, "0"), "v");
    cr_expect_geq(c.groups[0].done_ns, c.groups[0].started_ns);
    cr_expect_geq(c.groups[0].started_ns, c.groups[0].submitted_ns);
    commit_fixture_fini(&c);
}

Test(commit, lets_one_group_wait_and_gives_it_back_to_be_filled)
{
    struct commit_fixture c;

    commit_fixture_init(&c);
    wk_mem_disk_hold(c.f.disk, true);
    cr_assert_eq(wk_commit_submit(c.committer, &c.groups[0]), WK_OK);
    wk_mem_disk_await_syncs(c.f.disk, 2);
    cr_expect_null(wk_commit_recall(c.committer), "it was begun");
    cr_assert_eq(wk_commit_submit(c.committer, &c.groups[1]), WK_OK);
    cr_assert_eq(wk_commit_submit(c.committer, &c.groups[2]), WK_EAGAIN);
    cr_assert_eq(wk_commit_recall(c.committer), &c.groups[1]);
    wk_batch_append(&c.groups[1].batch, &c.groups[2].batch);
    cr_assert_eq(wk_commit_submit(c.committer, &c.groups[1]), WK_OK);
    wk_mem_disk_hold(c.f.disk, false);
    await(&c.log, 2);
    cr_expect_str_eq(c.log.text, "0:ok 1:ok ");
    expect_text(list(&c.f, "", "", false), "0=v 1=v 2=v ");
    commit_fixture_fini(&c);
}

Test(commit, writes_a_group_at_once_when_nothing_else_is_under_way)
{
    struct commit_fixture c;

    commit_fixture_init(&c);
    cr_assert_eq(wk_commit_now(c.committer, &c.groups[0]), WK_OK);
    cr_expect_eq(c.groups[0].err, WK_OK);
    cr_expect_geq(c.groups[0].done_ns, c.groups[0].started_ns);
    expect_text(get(&c.f, "0"), "v");
    cr_expect(wk_commit_idle(c.committer));
    wk_mem_disk_hold(c.f.disk, true);
    cr_assert_eq(wk_commit_submit(c.committer, &c.groups[1]), WK_OK);
    cr_expect_eq(wk_commit_now(c.committer, &c.groups[2]), WK_EAGAIN);
    wk_mem_disk_hold(c.f.disk, false);
    await(&c.log, 1);
    cr_expect_str_eq(c.log.text, "1:ok ", "of what was written at once nobody is told");
    expect_text(list(&c.f, "", "", false), "0=v 1=v ");
    commit_fixture_fini(&c);
}

Test(commit, fails_everything_after_a_failed_sync)
{
    struct commit_fixture c;

    commit_fixture_init(&c);
    wk_mem_disk_fail_sync(c.f.disk, 2);
    for (unsigned i = 0; i < 4; i++) {
        cr_assert_eq(wk_commit_submit(c.committer, &c.groups[i]), WK_OK);
        await(&c.log, i + 1);
    }
    cr_expect_str_eq(c.log.text, "0:ok 1:io 2:io 3:io ");
    expect_text(list(&c.f, "", "", false), "0=v ");
    commit_fixture_fini(&c);
}

Test(commit, lives_through_a_full_disk)
{
    struct commit_fixture c;

    commit_fixture_init(&c);
    wk_mem_disk_set_full(c.f.disk, true);
    cr_assert_eq(wk_commit_submit(c.committer, &c.groups[0]), WK_OK);
    await(&c.log, 1);
    wk_mem_disk_set_full(c.f.disk, false);
    cr_assert_eq(wk_commit_submit(c.committer, &c.groups[1]), WK_OK);
    await(&c.log, 2);
    cr_expect_str_eq(c.log.text, "0:overloaded 1:ok ");
    expect_text(list(&c.f, "", "", false), "1=v ");
    commit_fixture_fini(&c);
}

Test(commit, finishes_what_was_submitted_before_it_ends)
{
    struct commit_fixture c;

    commit_fixture_init(&c);
    cr_assert_eq(wk_commit_submit(c.committer, &c.groups[0]), WK_OK);
    wk_commit_free(c.committer);
    c.committer = NULL;
    cr_expect_str_eq(c.log.text, "0:ok ");
    commit_fixture_fini(&c);
}
