#include "tests/support/fake_kernel.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include "kernel/ipc/link.h"

struct fake_kernel {
    char dir[64], url[96];
    pid_t pid;
    pthread_t thread;
    uv_loop_t loop;
    uv_async_t wake;
    struct wk_link_listener *listener;
    struct wk_link *link;
    pthread_mutex_t lock;
    pthread_cond_t news;
    /* under lock */
    struct fake_frame *in, **in_end, *out, **out_end;
    struct fake_frame *given; /* to the test */
    uint64_t credit;
    bool stop, ready;
};

static struct fake_frame *
frame_copy(const struct wk_frame *f)
{
    struct fake_frame *copy = wk_xcalloc(1, sizeof(*copy));

    copy->f = *f;
    copy->f.body = wk_xmemdup(f->body, f->body_bytes);
    if (!(f->flags & WK_FLAG_RAW) && f->body_bytes > 0)
        copy->msg = wk_unpack_envelope(copy->f.body, f->body_bytes, &copy->arena);
    return copy;
}

static void
frame_free(struct fake_frame *frame)
{
    free((void *)(uintptr_t)frame->f.body);
    wk_arena_fini(&frame->arena);
    free(frame);
}

/* ---- the link's thread ---- */

static void
on_frame(void *arg, struct wk_link *link, const struct wk_frame *f)
{
    struct fake_kernel *fk = arg;

    pthread_mutex_lock(&fk->lock);
    if (f->kind == WK_FRAME_CREDIT) {
        fk->credit += f->arg;
    } else {
        *fk->in_end = frame_copy(f);
        fk->in_end = &(*fk->in_end)->next;
    }
    pthread_cond_broadcast(&fk->news);
    pthread_mutex_unlock(&fk->lock);
}

static void
on_closed(void *arg, struct wk_link *link, wk_err why)
{
    struct fake_kernel *fk = arg;

    fk->link = NULL;
    wk_link_unref(link);
}

static const struct wk_link_events link_events = {on_frame, NULL, on_closed};

static void
on_link(void *arg, struct wk_link *link)
{
    struct fake_kernel *fk = arg;

    fk->link = link;
    wk_link_start(link, &link_events, fk);
}

static void
on_wake(uv_async_t *wake)
{
    struct fake_kernel *fk = wake->data;

    pthread_mutex_lock(&fk->lock);
    for (struct fake_frame *frame = fk->out; frame != NULL; frame = fk->out) {
        fk->out = frame->next;
        if (fk->link != NULL)
            wk_link_send(fk->link, &frame->f);
        frame_free(frame);
    }
    fk->out_end = &fk->out;
    if (fk->stop)
        uv_stop(&fk->loop);
    pthread_mutex_unlock(&fk->lock);
}

static void *
run(void *arg)
{
    struct fake_kernel *fk = arg;

    uv_loop_init(&fk->loop);
    uv_async_init(&fk->loop, &fk->wake, on_wake);
    fk->wake.data = fk;
    cr_assert_eq(wk_link_listen(&fk->loop, fk->url, on_link, fk, &fk->listener), WK_OK);
    pthread_mutex_lock(&fk->lock);
    fk->ready = true;
    pthread_cond_broadcast(&fk->news);
    pthread_mutex_unlock(&fk->lock);
    uv_run(&fk->loop, UV_RUN_DEFAULT);
    wk_link_listener_close(fk->listener);
    if (fk->link != NULL)
        wk_link_close(fk->link, WK_ECLOSED);
    uv_close((uv_handle_t *)&fk->wake, NULL);
    uv_run(&fk->loop, UV_RUN_DEFAULT);
    uv_loop_close(&fk->loop);
    return NULL;
}

/* ---- the test's thread ---- */

static void
deadline_in(struct timespec *at, unsigned ms)
{
    clock_gettime(CLOCK_REALTIME, at);
    at->tv_sec += ms / 1000;
    at->tv_nsec += (long)(ms % 1000) * 1000000;
    if (at->tv_nsec >= 1000000000) {
        at->tv_sec++;
        at->tv_nsec -= 1000000000;
    }
}

struct fake_kernel *
fake_kernel_new(void)
{
    struct fake_kernel *fk = wk_xcalloc(1, sizeof(*fk));

    strcpy(fk->dir, "/tmp/wk-test-XXXXXX");
    cr_assert_not_null(mkdtemp(fk->dir));
    snprintf(fk->url, sizeof(fk->url), "ipc://%s/link", fk->dir);
    fk->in_end = &fk->in;
    fk->out_end = &fk->out;
    pthread_mutex_init(&fk->lock, NULL);
    pthread_cond_init(&fk->news, NULL);
    wk_link_global_init();
    pthread_create(&fk->thread, NULL, run, fk);
    pthread_mutex_lock(&fk->lock);
    while (!fk->ready)
        pthread_cond_wait(&fk->news, &fk->lock);
    pthread_mutex_unlock(&fk->lock);
    return fk;
}

static void
frames_free(struct fake_frame *list)
{
    while (list != NULL) {
        struct fake_frame *next = list->next;

        frame_free(list);
        list = next;
    }
}

void
fake_kernel_free(struct fake_kernel *fk)
{
    char path[96];

    if (fk->pid > 0) {
        kill(fk->pid, SIGKILL);
        waitpid(fk->pid, NULL, 0);
    }
    pthread_mutex_lock(&fk->lock);
    fk->stop = true;
    pthread_mutex_unlock(&fk->lock);
    uv_async_send(&fk->wake);
    pthread_join(fk->thread, NULL);
    frames_free(fk->in);
    frames_free(fk->given);
    snprintf(path, sizeof(path), "%s/link", fk->dir);
    unlink(path);
    rmdir(fk->dir);
    free(fk);
}

static void
child(struct fake_kernel *fk, const char *program, const char *const *args, int fd)
{
    const char *argv[16] = {program};
    char token[65];
    int n = 1;

    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (fd >= 0)
        fcntl(fd, F_SETFD, 0);
    memset(token, 'a', 64);
    token[64] = '\0';
    setenv("WK_LINK_URL", fk->url, 1);
    setenv("WK_LINK_TOKEN", token, 1);
    while (args != NULL && *args != NULL && n < 15)
        argv[n++] = *args++;
    execv(program, (char *const *)(uintptr_t)argv);
    fprintf(stderr, "%s: %s\n", program, strerror(errno));
    _exit(127);
}

void
fake_kernel_start(struct fake_kernel *fk, const char *program, const char *const *args, int fd)
{
    Wk__Welcome welcome = WK__WELCOME__INIT;
    WK_ENVELOPE(msg, WELCOME, welcome, &welcome);
    struct fake_frame *hello;

    fk->pid = fork();
    if (fk->pid == 0)
        child(fk, program, args, fd);
    cr_assert_gt(fk->pid, 0);
    hello = fake_expect_msg(fk, WK__ENVELOPE__BODY_HELLO);
    cr_assert_eq(hello->msg->hello->version, WK_PROTO_VERSION);
    welcome.version = WK_PROTO_VERSION;
    welcome.name = (char *)(uintptr_t) "test";
    fake_send_msg(fk, 0, &msg, 0);
}

pid_t
fake_kernel_pid(const struct fake_kernel *fk)
{
    return fk->pid;
}

int
fake_kernel_wait_exit(struct fake_kernel *fk)
{
    int status;

    cr_assert_eq(waitpid(fk->pid, &status, 0), fk->pid);
    fk->pid = 0;
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

bool
fake_pending(struct fake_kernel *fk, unsigned ms)
{
    struct timespec until;
    bool there;

    deadline_in(&until, ms);
    pthread_mutex_lock(&fk->lock);
    while (fk->in == NULL && pthread_cond_timedwait(&fk->news, &fk->lock, &until) == 0)
        ;
    there = fk->in != NULL;
    pthread_mutex_unlock(&fk->lock);
    return there;
}

struct fake_frame *
fake_next(struct fake_kernel *fk)
{
    struct fake_frame *frame;

    cr_assert(fake_pending(fk, FAKE_WAIT_MS), "no frame came");
    pthread_mutex_lock(&fk->lock);
    frame = fk->in;
    fk->in = frame->next;
    if (fk->in == NULL)
        fk->in_end = &fk->in;
    pthread_mutex_unlock(&fk->lock);
    frame->next = fk->given;
    fk->given = frame;
    return frame;
}

void
fake_forget(struct fake_kernel *fk)
{
    frames_free(fk->given);
    fk->given = NULL;
}

struct fake_frame *
fake_expect(struct fake_kernel *fk, unsigned kind)
{
    struct fake_frame *frame = fake_next(fk);

    cr_assert_eq(frame->f.kind, kind, "frame of kind %u, wanted %u", frame->f.kind, kind);
    return frame;
}

struct fake_frame *
fake_expect_msg(struct fake_kernel *fk, Wk__Envelope__BodyCase body_case)
{
    struct fake_frame *frame = fake_next(fk);

    cr_assert_not_null(frame->msg);
    cr_assert_eq(frame->msg->body_case, body_case, "message %d, wanted %d",
                 frame->msg->body_case, body_case);
    return frame;
}

uint64_t
fake_wait_credit(struct fake_kernel *fk, uint64_t bytes)
{
    struct timespec until;
    uint64_t sum;

    deadline_in(&until, FAKE_WAIT_MS);
    pthread_mutex_lock(&fk->lock);
    while (fk->credit < bytes && pthread_cond_timedwait(&fk->news, &fk->lock, &until) == 0)
        ;
    sum = fk->credit;
    pthread_mutex_unlock(&fk->lock);
    cr_assert_geq(sum, bytes, "credit stays at %lu", (unsigned long)sum);
    return sum;
}

void
fake_send(struct fake_kernel *fk, const struct wk_frame *frame)
{
    pthread_mutex_lock(&fk->lock);
    *fk->out_end = frame_copy(frame);
    fk->out_end = &(*fk->out_end)->next;
    pthread_mutex_unlock(&fk->lock);
    uv_async_send(&fk->wake);
}

void
fake_send_msg(struct fake_kernel *fk, uint32_t session, const Wk__Envelope *msg, uint8_t flags)
{
    struct wk_frame f = {.kind = WK_FRAME_DATA, .flags = flags, .session = session};
    struct wk_buf packed = {0};

    wk_pack(&msg->base, &packed);
    f.body = (const uint8_t *)packed.data;
    f.body_bytes = (uint32_t)packed.len;
    fake_send(fk, &f);
    wk_buf_fini(&packed);
}

void
fake_send_raw(struct fake_kernel *fk, uint32_t session, const void *data, size_t bytes,
              uint8_t flags)
{
    struct wk_frame f = {.kind = WK_FRAME_DATA,
                         .flags = flags | WK_FLAG_RAW,
                         .session = session,
                         .body = data,
                         .body_bytes = (uint32_t)bytes};

    fake_send(fk, &f);
}

void
fake_send_credit(struct fake_kernel *fk, uint32_t session, uint32_t bytes)
{
    struct wk_frame f = {.kind = WK_FRAME_CREDIT, .session = session, .arg = bytes};

    fake_send(fk, &f);
}

void
fake_send_close(struct fake_kernel *fk, uint32_t session, wk_err code, const Wk__Error *error)
{
    struct wk_frame f = {.kind = WK_FRAME_CLOSE, .code = (uint16_t)code, .session = session};
    struct wk_buf packed = {0};

    if (error != NULL) {
        WK_ENVELOPE(msg, ERROR, error, (Wk__Error *)(uintptr_t)error);

        wk_pack(&msg.base, &packed);
        f.body = (const uint8_t *)packed.data;
        f.body_bytes = (uint32_t)packed.len;
    }
    fake_send(fk, &f);
    wk_buf_fini(&packed);
}
