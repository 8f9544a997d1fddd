/* Processes: from the fork to the reaping. */
#include "kernel/kernel.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>
#include "kernel/base/events.h"
#include "kernel/base/log.h"
#include "kernel/sup/spawn.h"

#define DRAIN_MS_MAX 30000u
#define ON_DEMAND_IDLE_MS 3000u

static const char *const programs[] = {"wk-front",         "wk-isolate-host", "wk-compiler",
                                       "wk-isolate-host", "wk-disk",         "wk-egress",
                                       "wk-actor-storage"};

const char *
wk_process_state_name(const struct wk_process *p)
{
    static const char *const names[] = {"starting", "up", "ready", "draining", "gone"};

    return names[p->state];
}

static void
process_settle(struct wk_process *p, const char *error)
{
    void (*fn)(void *, struct wk_process *, const char *) = p->on_settled;

    p->on_settled = NULL;
    if (fn != NULL)
        fn(p->settled_arg, p, error);
}

/* ---- the zygote ---- */

static wk_err
zygote_ask(struct wk_kernel *kernel, struct wk_process *p)
{
    struct wk_process *z = kernel->zygote->current;
    struct wk_zygote_request request = {.serial = p->serial, .kernel_pid = getpid()};
    int err_fd;
    wk_err err;

    if (z == NULL || z->control_fd < 0)
        return WK_OK; /* asked when the next zygote is there */
    snprintf(request.name, sizeof(request.name), "%s", p->service->name);
    memcpy(request.token_hex, p->token_hex, sizeof(request.token_hex));
    if ((err = wk_spawn_from_zygote(z->control_fd, &request, p->link_fd, &err_fd)) == WK_OK) {
        wk_stderr_close(p->err);
        p->err = wk_stderr_open(kernel, err_fd, p->service->name);
        close(p->link_fd);
        p->link_fd = -1;
    }
    return err;
}

static void
zygote_on_reply(uv_poll_t *poll, int status, int events)
{
    struct wk_process *z = poll->data;
    struct wk_zygote_reply reply;

    while (z->control_fd >= 0 &&
           recv(z->control_fd, &reply, sizeof(reply), MSG_DONTWAIT) == (ssize_t)sizeof(reply)) {
        struct wk_process *p = z->kernel->processes;

        while (p != NULL && (p->serial != reply.serial || p->service->kind != WK_WORKER))
            p = p->next_process;
        if (p != NULL && p->pid == 0 && reply.pid > 0)
            p->pid = reply.pid;
        else if (p != NULL && reply.pid <= 0)
            wk_process_failed(p, "cannot fork an isolate host");
    }
    if (status < 0)
        uv_poll_stop(poll);
}

static void
zygote_watch(struct wk_process *p)
{
    p->control_poll = wk_xcalloc(1, sizeof(*p->control_poll));
    uv_poll_init(p->kernel->loop, p->control_poll, p->control_fd);
    p->control_poll->data = p;
    uv_poll_start(p->control_poll, UV_READABLE, zygote_on_reply);
    for (struct wk_process *w = p->kernel->processes; w != NULL; w = w->next_process)
        if (w->service->kind == WK_WORKER && w->pid == 0 && w->end == NULL && w->state == WK_STARTING)
            zygote_ask(p->kernel, w);
}

static void
zygote_unwatch(struct wk_process *p)
{
    if (p->control_poll != NULL)
        uv_close((uv_handle_t *)p->control_poll, (uv_close_cb)free);
    p->control_poll = NULL;
    if (p->control_fd >= 0)
        close(p->control_fd);
    p->control_fd = -1;
}

/* ---- starting ---- */

static wk_err
process_spawn(struct wk_process *p)
{
    struct wk_service *s = p->service;
    struct wk_kernel *kernel = p->kernel;
    int fds[64], err_fd = -1;
    struct wk_spawn spawn = {.program = programs[s->kind],
                             .link_fd = p->link_fd,
                             .token_hex = p->token_hex,
                             .fds = fds};
    wk_err err;

    switch (s->kind) {
    case WK_WORKER:
        return zygote_ask(kernel, p);
    case WK_ZYGOTE:
        err = wk_spawn_zygote(&spawn, &p->pid, &err_fd, &p->control_fd);
        break;
    case WK_FRONT:
        for (struct wk_listen *l = kernel->listens; l != NULL && spawn.fd_count < WK_COUNT(fds); l = l->next) {
            fds[spawn.fd_count++] = l->fd;
            l->inherited = true;
        }
        err = wk_spawn(&spawn, &p->pid, &err_fd);
        break;
    default:
        err = wk_spawn(&spawn, &p->pid, &err_fd);
        break;
    }
    if (err == WK_OK)
        p->err = wk_stderr_open(kernel, err_fd, s->name);
    if (p->link_fd >= 0)
        close(p->link_fd);
    p->link_fd = -1;
    return err;
}

/* Makes the pair that the process and the kernel will speak over. */
static bool
process_link(struct wk_process *p)
{
    struct wk_link *link;
    int pair[2];

    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) != 0)
        return false;
    p->link_fd = pair[1];
    WK_CHECK(wk_link_adopt(p->kernel->loop, pair[0], &link) == WK_OK);
    wk_kernel_accept(link);
    return true;
}

struct wk_process *
wk_process_start(struct wk_service *s, void (*on_settled)(void *arg, struct wk_process *p, const char *error),
                 void *arg)
{
    struct wk_kernel *kernel = s->kernel;
    struct wk_process *p = wk_xcalloc(1, sizeof(*p));

    p->service = s;
    p->kernel = kernel;
    p->serial = ++kernel->serial;
    p->control_fd = p->link_fd = -1;
    p->started_ms = p->heard_ms = wk_now_ms();
    p->on_settled = on_settled;
    p->settled_arg = arg;
    p->generation = ++s->generation;
    p->cpu_limit_ms = WK_CPU_LIMIT_MS_DEFAULT;
    p->definition = s->staged_definition != NULL ? s->staged_definition : s->definition;
    p->bundle = wk_bundle_ref(s->staged_bundle != NULL ? s->staged_bundle : s->bundle);
    wk_random(p->token, sizeof(p->token));
    for (size_t i = 0; i < sizeof(p->token); i++)
        snprintf(p->token_hex + 2 * i, 3, "%02x", p->token[i]);
    p->next_process = kernel->processes;
    kernel->processes = p;
    if ((s->kind != WK_ZYGOTE && !process_link(p)) || process_spawn(p) != WK_OK) {
        kernel->processes = p->next_process;
        free(p);
        wk_log(WK_ERROR, "process.start_failed", "service=%s", s->name);
        return NULL;
    }
    if (s->kind == WK_ZYGOTE) { /* it serves no sessions: what is asked of it waits until it answers */
        p->state = WK_READY;
        process_settle(p, NULL);
        zygote_watch(p);
    }
    return p;
}

struct wk_process *
wk_process_of_token(struct wk_kernel *kernel, const uint8_t *token, size_t bytes)
{
    for (struct wk_process *p = kernel->processes; p != NULL; p = p->next_process)
        if (bytes == sizeof(p->token) && p->end == NULL && p->state == WK_STARTING &&
            wk_equal_secret(token, p->token, bytes))
            return p;
    return NULL;
}

void
wk_process_linked(struct wk_process *p, struct wk_end *end)
{
    p->end = end;
    p->state = WK_UP;
    p->heard_ms = wk_now_ms();
    if (p->pid == 0)
        p->pid = (pid_t)wk_link_peer_pid(wk_end_link(end));
    WK_EVENT("K.process", (uintptr_t)end, wk_event_hash(0, p->token, sizeof(p->token)));
    explicit_bzero(p->token, sizeof(p->token)); /* good for one link */
    wk_end_name(end, p->service->name);
    if (p->service->dest.redirects)
        wk_end_allow_gates(end);
    wk_equip(p);
}

void
wk_process_ready(struct wk_process *p)
{
    if (p->state != WK_UP)
        return;
    p->state = WK_READY;
    p->ready_ms = wk_now_ms();
    wk_log(WK_DEBUG, "process.ready", "service=%s pid=%d took_ms=%llu", p->service->name, (int)p->pid,
           (unsigned long long)(p->ready_ms - p->started_ms));
    process_settle(p, NULL);
}

void
wk_process_failed(struct wk_process *p, const char *error)
{
    process_settle(p, error);
    wk_process_kill(p);
}

void
wk_process_take_over(struct wk_process *p)
{
    struct wk_service *s = p->service;
    struct wk_process *former = s->current;

    s->current = p;
    if (s->next == p)
        s->next = NULL;
    wk_dest_set(&s->dest, p->end, false);
    if (former != NULL && former != p)
        wk_process_drain(former);
}

/* ---- ending ---- */

void
wk_process_drain(struct wk_process *p)
{
    Wk__Drain drain = WK__DRAIN__INIT;
    WK_ENVELOPE(msg, DRAIN, drain, &drain);

    p->asked_to_stop = true;
    if (p->state == WK_DRAINING || p->state == WK_GONE)
        return;
    if (p->control_fd >= 0) { /* a zygote: it forks what it was asked for, then finds no more */
        p->state = WK_DRAINING;
        shutdown(p->control_fd, SHUT_WR);
        return;
    }
    if (p->end == NULL) {
        wk_process_kill(p);
        return;
    }
    p->state = WK_DRAINING;
    p->heard_ms = wk_now_ms();
    if (p->service->dest.end == p->end)
        wk_dest_set(&p->service->dest, NULL, p->service->wanted);
    wk_end_tell(p->end, &msg);
}

void
wk_process_kill(struct wk_process *p)
{
    p->asked_to_stop = true;
    if (p->pid > 0 && !p->reaped)
        kill(p->pid, SIGKILL);
    if (p->end != NULL)
        wk_end_close(p->end, WK_ECLOSED);
}

static void
process_free(struct wk_process *p)
{
    struct wk_process **at = &p->kernel->processes;

    while (*at != p)
        at = &(*at)->next_process;
    *at = p->next_process;
    zygote_unwatch(p);
    if (p->link_fd >= 0)
        close(p->link_fd);
    wk_stderr_close(p->err);
    wk_bundle_unref(p->bundle);
    wk_arena_fini(&p->loaded_arena);
    free(p);
}

/* The process is useless from now on: its service goes on without it. */
static void
process_gone(struct wk_process *p)
{
    struct wk_service *s = p->service;
    bool was_current = s->current == p, asked = p->asked_to_stop;

    if (p->state == WK_GONE)
        return;
    s->lost = p->state != WK_DRAINING;
    p->state = WK_GONE;
    if (s->next == p)
        s->next = NULL;
    if (was_current)
        s->current = NULL;
    process_settle(p, s->last_exit[0] != '\0' ? s->last_exit : "the process ended");
    if (!was_current || s->current != NULL)
        return;
    wk_dest_set(&s->dest, NULL, s->wanted && (!asked || s->start_again) && s->backoff_ms == 0);
    if (s->start_again && !p->kernel->stopping) {
        s->start_again = false;
        wk_service_start(s);
        return;
    }
    if (p->kernel->stopping || asked || !s->wanted)
        return;
    wk_service_crashed(s);
}

static void
describe_exit(struct wk_process *p, int status)
{
    struct wk_service *s = p->service;

    if (p->killed_for_hang)
        snprintf(s->last_exit, sizeof(s->last_exit), "killed: exceeded its CPU limit of %u ms", p->cpu_limit_ms);
    else if (WIFSIGNALED(status))
        snprintf(s->last_exit, sizeof(s->last_exit), "killed by signal %d (%s)", WTERMSIG(status),
                 strsignal(WTERMSIG(status)));
    else if (WEXITSTATUS(status) == 127)
        snprintf(s->last_exit, sizeof(s->last_exit), "cannot run %s/%s", wk_spawn_bin_dir(),
                 programs[s->kind]);
    else
        snprintf(s->last_exit, sizeof(s->last_exit), "exited with status %d", WEXITSTATUS(status));
}

void
wk_process_reap(struct wk_kernel *kernel)
{
    int status;
    pid_t pid;

    while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
        struct wk_process *p = kernel->processes;

        while (p != NULL && p->pid != pid)
            p = p->next_process;
        if (p == NULL)
            continue; /* a zygote's go-between */
        p->reaped = true;
        if (!p->asked_to_stop || p->killed_for_hang) {
            describe_exit(p, status);
            p->asked_to_stop |= WIFEXITED(status) && (WEXITSTATUS(status) == 100 || WEXITSTATUS(status) == 127);
            wk_log(p->killed_for_hang ? WK_WARN : WK_ERROR, "process.died", "service=%s pid=%d reason=\"%s\"",
                   p->service->name, (int)pid, p->service->last_exit);
        }
        process_gone(p);
        if (status != 0)
            p->service->lost = true;
        if (p->end != NULL)
            wk_end_close(p->end, WK_ECLOSED);
        if (p->link_down || p->end == NULL)
            process_free(p);
    }
}

/* The link of a process is gone; without it the process is nothing. */
void
wk_process_on_down(void *arg, struct wk_end *end, wk_err why)
{
    struct wk_process *p = arg;

    p->end = NULL;
    p->link_down = true;
    if (p->pid > 0 && !p->reaped)
        kill(p->pid, SIGKILL);
    if (p->service->dest.end == end)
        wk_dest_set(&p->service->dest, NULL, p->service->wanted && !p->asked_to_stop);
    if (p->reaped) {
        process_free(p);
        return;
    }
    process_gone(p);
}

/* ---- watching ---- */

/* CPU milliseconds that the process has used. */
static uint64_t
process_cpu_ms(pid_t pid)
{
    char path[64], text[512];
    unsigned long user = 0, sys = 0;
    FILE *f;
    char *p;

    snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
    if ((f = fopen(path, "re")) == NULL)
        return 0;
    if (fgets(text, sizeof(text), f) != NULL && (p = strrchr(text, ')')) != NULL)
        sscanf(p + 2, "%*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lu %lu", &user, &sys);
    fclose(f);
    return (user + sys) * 1000u / (uint64_t)sysconf(_SC_CLK_TCK);
}

/* A process that says nothing although it was asked: it hangs, or it waits for the processor. */
static void
process_watch_one(struct wk_process *p, uint64_t now)
{
    Wk__Ping ping = WK__PING__INIT;
    WK_ENVELOPE(msg, PING, ping, &ping);
    uint64_t silent_ms;

    if (wk_end_take_activity(p->end) || wk_end_session_count(p->end) == 0) {
        p->heard_ms = now;
        p->cpu_ms_plus1 = 0;
        return;
    }
    silent_ms = now - p->heard_ms;
    if (silent_ms < 2 * WK_WATCH_MS)
        return;
    if (p->cpu_ms_plus1 == 0) { /* first silent look: note the CPU time, ask for a sign of life */
        p->cpu_ms_plus1 = 1 + process_cpu_ms(p->pid);
        wk_end_tell(p->end, &msg);
    } else if (silent_ms > p->cpu_limit_ms + WK_HANG_GRACE_MS &&
               process_cpu_ms(p->pid) + 1 - p->cpu_ms_plus1 >= p->cpu_limit_ms) {
        p->killed_for_hang = true;
        kill(p->pid, SIGKILL);
    }
}

void
wk_process_watch(struct wk_kernel *kernel)
{
    uint64_t now = wk_now_ms();

    for (struct wk_process *p = kernel->processes, *next; p != NULL; p = next) {
        next = p->next_process;
        if (p->end == NULL || p->pid <= 0)
            continue;
        if (p->service->kind == WK_WORKER)
            process_watch_one(p, now);
        if (p->state == WK_DRAINING && now - p->heard_ms > DRAIN_MS_MAX)
            wk_process_kill(p);
        if (p->service->on_demand && p->state == WK_READY && p->service->current == p) {
            if (wk_end_session_count(p->end) > 0)
                p->ready_ms = now;
            else if (now - p->ready_ms > ON_DEMAND_IDLE_MS)
                wk_process_drain(p);
        }
    }
}
