#include "services/compiler/pool.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>
#include "kernel/base/log.h"
#include "services/compiler/lowerer.h"

#define ADDRESS_SPACE_MAX ((rlim_t)3584 << 20) /* 2 GiB of them are the heap's reserved region */
#define FRAME_BYTES_MAX (256u << 20)

struct job {
    struct job *next;
    void *tag;
    struct wk_buf input;
};

struct child {
    pid_t pid; /* 0: not started */
    int fd;
    struct job *job;
    uint64_t deadline_ms;
};

struct wk_pool {
    char *bin_path;
    struct wk_lowerer *lowerer; /* what children are forked with */
    unsigned children_max;
    struct child children[WK_POOL_CHILDREN_MAX];
    struct job *head, **tail;
};

struct wk_pool *
wk_pool_new(const char *bin_path, unsigned children)
{
    struct wk_pool *pool = wk_xcalloc(1, sizeof(*pool));
    long processors = sysconf(_SC_NPROCESSORS_ONLN);

    pool->bin_path = wk_xstrdup(bin_path);
    if (children == 0)
        children = processors < 2 ? 2 : (unsigned)processors;
    pool->children_max = children > WK_POOL_CHILDREN_MAX ? WK_POOL_CHILDREN_MAX : children;
    pool->tail = &pool->head;
    return pool;
}

static void
job_free(struct job *job)
{
    if (job == NULL)
        return;
    wk_buf_fini(&job->input);
    free(job);
}

static void
child_end(struct child *child)
{
    if (child->pid == 0)
        return;
    close(child->fd);
    kill(child->pid, SIGKILL);
    while (waitpid(child->pid, NULL, 0) < 0 && errno == EINTR)
        ;
    memset(child, 0, sizeof(*child));
}

void
wk_pool_rest(struct wk_pool *pool)
{
    for (unsigned i = 0; i < WK_POOL_CHILDREN_MAX; i++) {
        job_free(pool->children[i].job);
        child_end(&pool->children[i]);
    }
    wk_lowerer_free(pool->lowerer);
    pool->lowerer = NULL;
}

void
wk_pool_free(struct wk_pool *pool)
{
    if (pool == NULL)
        return;
    wk_pool_rest(pool);
    while (pool->head != NULL) {
        struct job *job = pool->head;

        pool->head = job->next;
        job_free(job);
    }
    free(pool->bin_path);
    free(pool);
}

int
wk_pool_child(const struct wk_pool *pool)
{
    return (int)pool->children[0].pid;
}

/* ---- frames: u32 length, bytes; little-endian as everything on one machine ---- */

static bool
send_frame(int fd, const struct wk_buf *frame)
{
    uint32_t bytes = (uint32_t)frame->len;
    struct iovec iov[2] = {{&bytes, sizeof(bytes)}, {frame->data, frame->len}};
    struct msghdr msg = {.msg_iov = iov, .msg_iovlen = 2};

    for (size_t left = sizeof(bytes) + frame->len; left > 0;) {
        ssize_t n = sendmsg(fd, &msg, MSG_NOSIGNAL);

        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return false;
        left -= (size_t)n;
        for (struct iovec *v = iov; n > 0 && v < iov + 2; v++) {
            size_t part = (size_t)n < v->iov_len ? (size_t)n : v->iov_len;

            v->iov_base = (char *)v->iov_base + part;
            v->iov_len -= part;
            n -= (ssize_t)part;
        }
    }
    return true;
}

/* Waits until deadline_ms (0: for ever) for more to read. */
static bool
await_bytes(int fd, uint64_t deadline_ms)
{
    struct pollfd p = {.fd = fd, .events = POLLIN};

    for (;;) {
        uint64_t now = wk_now_ms();
        int n = poll(&p, 1, deadline_ms == 0 ? -1 : deadline_ms > now ? (int)(deadline_ms - now) : 0);

        if (n > 0 || (n < 0 && errno != EINTR))
            return n > 0;
        if (n == 0)
            return false;
    }
}

static bool
read_exactly(int fd, void *data, size_t bytes, uint64_t deadline_ms)
{
    char *p = data;

    while (bytes > 0) {
        ssize_t n;

        if (!await_bytes(fd, deadline_ms))
            return false;
        if ((n = read(fd, p, bytes)) < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return false;
        p += n;
        bytes -= (size_t)n;
    }
    return true;
}

static bool
read_frame(int fd, struct wk_buf *frame, uint64_t deadline_ms)
{
    uint32_t bytes;

    if (!read_exactly(fd, &bytes, sizeof(bytes), deadline_ms) || bytes > FRAME_BYTES_MAX)
        return false;
    frame->len = 0;
    wk_buf_reserve(frame, bytes);
    if (!read_exactly(fd, frame->data, bytes, deadline_ms))
        return false;
    frame->len = bytes;
    return true;
}

/* ---- a child's life ---- */

static void
child_main(struct wk_lowerer *lowerer, int fd)
{
    struct wk_arena arena = {0};
    struct wk_buf frame = {0};

    while (read_frame(fd, &frame, 0)) {
        struct wk_lower_input input;
        struct wk_lowered lowered;

        if (wk_lower_input_decode(&arena, frame.data, frame.len, &input) != WK_OK)
            _exit(70);
        wk_lowerer_run(lowerer, &arena, &input, &lowered);
        frame.len = 0;
        wk_lowered_encode(&lowered, &frame);
        if (!send_frame(fd, &frame))
            break;
        wk_arena_reset(&arena);
        wk_lowerer_idle(lowerer);
    }
    _exit(0);
}

static void
child_confine(int fd)
{
    struct rlimit space = {ADDRESS_SPACE_MAX, ADDRESS_SPACE_MAX}, core = {0, 0};

    prctl(PR_SET_PDEATHSIG, SIGKILL);
    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    signal(SIGTERM, SIG_DFL);
    signal(SIGINT, SIG_IGN); /* the terminal's: our parent decides */
    WK_CHECK(dup2(fd, 3) == 3);
    close_range(4, ~0u, 0);
    setrlimit(RLIMIT_CORE, &core);
#ifndef __SANITIZE_ADDRESS__
    setrlimit(RLIMIT_AS, &space);
#else
    (void)space;
#endif
}

static wk_err
child_start(struct wk_pool *pool, struct child *child)
{
    int fds[2];
    pid_t pid;
    wk_err err;

    if (pool->lowerer == NULL && (err = wk_lowerer_new(pool->bin_path, &pool->lowerer)) != WK_OK) {
        wk_log(WK_ERROR, "compiler.load", "file=%s err=%s", pool->bin_path, wk_err_name(err));
        return WK_EUNAVAILABLE;
    }
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds) != 0)
        return WK_EUNAVAILABLE;
    if ((pid = fork()) < 0) {
        close(fds[0]);
        close(fds[1]);
        return WK_EUNAVAILABLE;
    }
    if (pid == 0) {
        child_confine(fds[1]);
        child_main(pool->lowerer, 3);
    }
    close(fds[1]);
    *child = (struct child){.pid = pid, .fd = fds[0]};
    return WK_OK;
}

/* ---- jobs ---- */

void
wk_pool_submit(struct wk_pool *pool, const struct wk_lower_input *input, void *tag)
{
    struct job *job = wk_xcalloc(1, sizeof(*job));

    job->tag = tag;
    wk_lower_input_encode(input, &job->input);
    *pool->tail = job;
    pool->tail = &job->next;
}

/* Gives queued jobs to children that have none. */
static wk_err
dispatch(struct wk_pool *pool)
{
    for (unsigned i = 0; i < pool->children_max && pool->head != NULL; i++) {
        struct child *child = &pool->children[i];
        wk_err err;

        if (child->job != NULL)
            continue;
        if (child->pid == 0 && (err = child_start(pool, child)) != WK_OK)
            return err;
        if (!send_frame(child->fd, &pool->head->input)) { /* it died while idle: another takes its place */
            child_end(child);
            if ((err = child_start(pool, child)) != WK_OK)
                return err;
            if (!send_frame(child->fd, &pool->head->input))
                return WK_EUNAVAILABLE;
        }
        child->job = pool->head;
        child->deadline_ms = wk_now_ms() + WK_POOL_MODULE_MS_MAX;
        if ((pool->head = pool->head->next) == NULL)
            pool->tail = &pool->head;
    }
    return WK_OK;
}

/* The child whose reply or end came, or whose time is over. NULL: no child works. */
static struct child *
next_child(struct wk_pool *pool)
{
    struct pollfd fds[WK_POOL_CHILDREN_MAX];
    struct child *who[WK_POOL_CHILDREN_MAX];

    for (;;) {
        uint64_t now = wk_now_ms(), deadline = UINT64_MAX;
        nfds_t n = 0;

        for (unsigned i = 0; i < pool->children_max; i++) {
            struct child *child = &pool->children[i];

            if (child->job == NULL)
                continue;
            if (child->deadline_ms <= now)
                return child;
            if (child->deadline_ms < deadline)
                deadline = child->deadline_ms;
            who[n] = child;
            fds[n++] = (struct pollfd){.fd = child->fd, .events = POLLIN};
        }
        if (n == 0)
            return NULL;
        poll(fds, n, (int)(deadline - now));
        for (nfds_t i = 0; i < n; i++)
            if (fds[i].revents != 0)
                return who[i];
    }
}

static void
drop_queue(struct wk_pool *pool)
{
    while (pool->head != NULL) {
        struct job *job = pool->head;

        pool->head = job->next;
        job_free(job);
    }
    pool->tail = &pool->head;
}

wk_err
wk_pool_wait(struct wk_pool *pool, struct wk_arena *arena, void **tag, struct wk_lowered *out)
{
    struct wk_buf reply = {0};
    struct child *child;
    wk_err err = dispatch(pool);

    if (err != WK_OK) {
        drop_queue(pool);
        return err;
    }
    if ((child = next_child(pool)) == NULL)
        return WK_ENOTFOUND;
    *tag = child->job->tag;
    job_free(child->job);
    child->job = NULL;
    if (!read_frame(child->fd, &reply, child->deadline_ms) ||
        wk_lowered_decode(arena, reply.data, reply.len, out) != WK_OK) {
        bool late = wk_now_ms() >= child->deadline_ms;

        child_end(child);
        wk_lowered_fail(arena, out, 0, 0, late ? "compiling took too long" : "compiling needs more memory than it may have");
    }
    wk_buf_fini(&reply);
    return WK_OK;
}
