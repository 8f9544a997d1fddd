#include "storage/commit.h"

#include <pthread.h>
#include <stdlib.h>

#include "storage/engine.h"

struct wk_committer {
    struct wk_engine *engine;
    wk_commit_fn *done;
    void *arg;
    pthread_t thread;
    pthread_mutex_t lock; /* of what follows */
    pthread_cond_t changed;
    struct wk_group *waiting;
    bool writing;
    bool ending;
};

static void
write_group(struct wk_committer *committer, struct wk_group *group)
{
    group->started_ns = wk_now_ns();
    group->err = wk_engine_write(committer->engine, &group->batch, true);
    group->done_ns = wk_now_ns();
}

static void *
commit_run(void *arg)
{
    struct wk_committer *committer = arg;

    pthread_mutex_lock(&committer->lock);
    for (;;) {
        struct wk_group *group;

        while (committer->waiting == NULL && !committer->ending)
            pthread_cond_wait(&committer->changed, &committer->lock);
        if ((group = committer->waiting) == NULL)
            break;
        committer->waiting = NULL;
        committer->writing = true;
        pthread_mutex_unlock(&committer->lock);
        write_group(committer, group);
        committer->done(committer->arg, group);
        pthread_mutex_lock(&committer->lock);
        committer->writing = false;
    }
    pthread_mutex_unlock(&committer->lock);
    return NULL;
}

struct wk_committer *
wk_commit_new(struct wk_engine *engine, wk_commit_fn *done, void *arg)
{
    struct wk_committer *committer = wk_xcalloc(1, sizeof(*committer));

    committer->engine = engine;
    committer->done = done;
    committer->arg = arg;
    pthread_mutex_init(&committer->lock, NULL);
    pthread_cond_init(&committer->changed, NULL);
    WK_CHECK(pthread_create(&committer->thread, NULL, commit_run, committer) == 0);
    return committer;
}

wk_err
wk_commit_submit(struct wk_committer *committer, struct wk_group *group)
{
    wk_err err = WK_EAGAIN;

    pthread_mutex_lock(&committer->lock);
    if (committer->waiting == NULL) {
        if (group->submitted_ns == 0)
            group->submitted_ns = wk_now_ns();
        committer->waiting = group;
        err = WK_OK;
    }
    pthread_mutex_unlock(&committer->lock);
    if (err == WK_OK) /* whoever is woken finds the lock free */
        pthread_cond_signal(&committer->changed);
    return err;
}

wk_err
wk_commit_now(struct wk_committer *committer, struct wk_group *group)
{
    bool busy;

    pthread_mutex_lock(&committer->lock);
    busy = committer->waiting != NULL || committer->writing;
    if (!busy)
        committer->writing = true;
    pthread_mutex_unlock(&committer->lock);
    if (busy)
        return WK_EAGAIN;
    group->submitted_ns = wk_now_ns();
    write_group(committer, group);
    pthread_mutex_lock(&committer->lock);
    committer->writing = false;
    pthread_mutex_unlock(&committer->lock);
    return WK_OK;
}

struct wk_group *
wk_commit_recall(struct wk_committer *committer)
{
    struct wk_group *group;

    pthread_mutex_lock(&committer->lock);
    group = committer->waiting;
    committer->waiting = NULL;
    pthread_mutex_unlock(&committer->lock);
    return group;
}

bool
wk_commit_idle(struct wk_committer *committer)
{
    bool idle;

    pthread_mutex_lock(&committer->lock);
    idle = committer->waiting == NULL && !committer->writing;
    pthread_mutex_unlock(&committer->lock);
    return idle;
}

void
wk_commit_free(struct wk_committer *committer)
{
    if (committer == NULL)
        return;
    pthread_mutex_lock(&committer->lock);
    committer->ending = true;
    pthread_cond_signal(&committer->changed);
    pthread_mutex_unlock(&committer->lock);
    pthread_join(committer->thread, NULL);
    pthread_cond_destroy(&committer->changed);
    pthread_mutex_destroy(&committer->lock);
    free(committer);
}
