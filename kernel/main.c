/* wk-kernel --state DIR [--ready-fd N] [--log FILE] [--die-with-fd N]: the supervisor. Wiring only.
 *
 * Holds DIR/lock while it lives, listens at the address it writes to DIR/kernel.addr, and exits with 0
 * after an ordered stop, 100 for wrong use, 111 when DIR is in use or cannot be used.
 *
 * --ready-fd N     "up" is written there when it listens
 * --log FILE       what it says goes there, once DIR is its own
 * --die-with-fd N  a pipe whose other end closes when whoever started it ends: an ordered stop then */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>
#include "kernel/base/events.h"
#include "kernel/base/log.h"
#include "kernel/kernel.h"

#define SOCKET_PATH_MAX 100
#define HELLO_MS_MAX 10000

static struct wk_kernel kernel;
static uv_signal_t signals[3];
static uv_poll_t starter;
/* An ordered stop: how far it is. */
enum stop_step { STOP_NONE, STOP_FRONT, STOP_WORKERS, STOP_STORAGE };
static enum stop_step stop_step;

struct options {
    const char *state, *log;
    int ready_fd, die_with_fd; /* -1: none */
};

/* ---- who connects ---- */

/* A connection that has not said who it is. */
struct stranger {
    struct wk_end *end;
    uint64_t since_ms;
    struct stranger *next;
};
static struct stranger *strangers;

/* stranger: NULL, or no stranger any more. */
static void
stranger_forget(struct stranger *stranger)
{
    struct stranger **at = &strangers;

    while (*at != NULL && *at != stranger)
        at = &(*at)->next;
    if (*at == NULL)
        return;
    *at = stranger->next;
    free(stranger);
}

static void
strangers_watch(uint64_t now)
{
    for (struct stranger *s = strangers; s != NULL; s = s->next)
        if (now - s->since_ms > HELLO_MS_MAX)
            wk_end_close(s->end, WK_ETIMEDOUT);
}

static void
on_unknown_down(void *arg, struct wk_end *end, wk_err why)
{
    stranger_forget(arg);
}

static void
on_process_message(void *arg, struct wk_end *end, const Wk__Envelope *msg)
{
    struct wk_process *p = arg;

    switch (msg->body_case) {
    case WK__ENVELOPE__BODY_READY:
        if (p->state == WK_UP)
            wk_process_ready(p);
        if (p->service == kernel.front && p == kernel.front->current)
            wk_deploy_front_ready(&kernel);
        break;
    case WK__ENVELOPE__BODY_LOG_LINE:
        wk_logbook_add(&kernel, p->service->name, msg->log_line->level, msg->log_line->text);
        break;
    case WK__ENVELOPE__BODY_STORAGE_UNABLE:
        if (p->service->kind == WK_STORAGE)
            wk_service_unable(p->service, msg->storage_unable->reason);
        break;
    case WK__ENVELOPE__BODY_DRAINED:
        wk_process_kill(p); /* nothing of it is needed any more */
        break;
    default:
        break; /* Pong: having been heard is all it says */
    }
}

static void
on_client_message(void *arg, struct wk_end *end, const Wk__Envelope *msg)
{
}

static const struct wk_end_events process_events = {on_process_message, wk_process_on_down};
static const struct wk_end_events client_events = {on_client_message, on_unknown_down};

static void
welcome(struct wk_end *end, const char *name)
{
    Wk__Welcome out = WK__WELCOME__INIT;
    WK_ENVELOPE(msg, WELCOME, welcome, &out);

    out.version = WK_PROTO_VERSION;
    out.name = (char *)(uintptr_t)name;
    out.state_dir = kernel.state_dir;
    wk_end_tell(end, &msg);
}

static void on_hello(void *arg, struct wk_end *end, const Wk__Envelope *msg);
static const struct wk_end_events unknown_events = {on_hello, on_unknown_down};

/* The first message of a link: a process that was started here, or a control client. The socket lies
 * in a directory of mode 0700, so who reaches it may control. */
static void
on_hello(void *arg, struct wk_end *end, const Wk__Envelope *msg)
{
    struct wk_process *p;

    stranger_forget(arg);
    wk_end_set_events(end, &unknown_events, NULL);
    if (msg->body_case != WK__ENVELOPE__BODY_HELLO || msg->hello->version != WK_PROTO_VERSION) {
        wk_log(WK_WARN, "link.refused", "reason=\"no Hello of version %u\"", WK_PROTO_VERSION);
        wk_end_close(end, WK_EPROTO);
    } else if (msg->hello->token.len == 0) {
        wk_end_set_events(end, &client_events, NULL);
        wk_end_name(end, "wkctl");
        wk_end_grant(end, 0, &kernel.control, 0);
        welcome(end, "wkctl");
    } else if ((p = wk_process_of_token(&kernel, msg->hello->token.data, msg->hello->token.len)) != NULL) {
        wk_end_set_events(end, &process_events, p);
        welcome(end, p->service->name);
        wk_process_linked(p, end);
    } else {
        wk_log(WK_WARN, "link.refused", "reason=\"unknown token\"");
        wk_end_close(end, WK_EDENIED);
    }
}

void
wk_kernel_accept(struct wk_link *link)
{
    wk_end_new(link, &unknown_events, NULL); /* a child: whoever started it watches it */
}

static void
on_link(void *arg, struct wk_link *link)
{
    struct stranger *s = wk_xcalloc(1, sizeof(*s));

    s->since_ms = wk_now_ms();
    s->next = strangers;
    strangers = s;
    s->end = wk_end_new(link, &unknown_events, s);
}

/* ---- stopping ---- */

/* Which step of an ordered stop ends the service: nothing ends before what sends to it. */
static enum stop_step
step_of(const struct wk_service *s)
{
    return s->kind == WK_FRONT ? STOP_FRONT : s->kind == WK_STORAGE ? STOP_STORAGE : STOP_WORKERS;
}

static bool
any_left(enum stop_step step)
{
    for (struct wk_process *p = kernel.processes; p != NULL; p = p->next_process)
        if (!p->reaped && p->state != WK_GONE && step_of(p->service) <= step &&
            (p->pid > 0 || p->end != NULL)) /* not one that the zygote never made */
            return true;
    return false;
}

/* Processes that no service has as its current one: those of a deployment that will not be finished. */
static void
stop_strays(void)
{
    for (struct wk_process *p = kernel.processes, *next; p != NULL; p = next) {
        next = p->next_process;
        if (p != p->service->current && p->state != WK_DRAINING)
            wk_process_kill(p);
    }
}

/* One step further when what was asked to end has ended. */
static void
stop_advance(void)
{
    while (stop_step != STOP_NONE && !any_left(stop_step)) {
        if (stop_step == STOP_STORAGE) {
            uv_stop(kernel.loop);
            return;
        }
        stop_step++;
        for (struct wk_service *s = kernel.services; s != NULL; s = s->next_service)
            if (step_of(s) == stop_step)
                wk_service_stop(s, s->kind == WK_ZYGOTE || s->kind == WK_COMPILER);
        stop_strays();
    }
}

void
wk_kernel_stop(struct wk_kernel *k, bool now)
{
    if (now) {
        uv_stop(k->loop);
        return;
    }
    if (k->stopping)
        return;
    k->stopping = true;
    wk_log(WK_INFO, "kernel.stopping", "services=ordered");
    stop_step = STOP_FRONT;
    stop_strays();
    wk_service_stop(k->front, false);
    stop_advance();
}

static void
on_signal(uv_signal_t *signal, int number)
{
    if (number == SIGCHLD) {
        wk_process_reap(&kernel);
        stop_advance();
    } else {
        wk_kernel_stop(&kernel, kernel.stopping); /* the second time at once */
    }
}

static void
on_watch(uv_timer_t *timer)
{
    wk_process_watch(&kernel);
    wk_deploy_storage_settled(&kernel);
    strangers_watch(wk_now_ms());
    if (kernel.stopping)
        stop_advance();
}

/* ---- starting ---- */

static _Noreturn void
refuse(int status, const char *text, const char *what)
{
    fprintf(stderr, "wk-kernel: %s%s%s\n", text, what != NULL ? ": " : "", what != NULL ? what : "");
    exit(status);
}

/* The lock is the kernel's for as long as it lives; its text names who has it. */
static void
lock_state(const char *dir)
{
    char *path = wk_xasprintf("%s/lock", dir), pid[32];
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);

    if (fd < 0)
        refuse(111, "cannot use the state directory", strerror(errno));
    if (flock(fd, LOCK_EX | LOCK_NB) != 0)
        refuse(111, "another kernel runs on this state directory", dir);
    snprintf(pid, sizeof(pid), "%d\n", (int)getpid());
    if (ftruncate(fd, 0) != 0 || write(fd, pid, strlen(pid)) < 0)
        refuse(111, "cannot write the lock", path);
    free(path); /* fd stays open: it is the lock */
}

/* A path short enough for a socket address; written to DIR/kernel.addr for wkctl. */
static char *
choose_url(const char *dir)
{
    char *path = wk_xasprintf("%s/kernel.sock", dir), *url, *addr;

    if (strlen(path) > SOCKET_PATH_MAX) {
        char tmp[] = "/tmp/wk-XXXXXX";

        if (mkdtemp(tmp) == NULL)
            refuse(111, "cannot make a directory for the socket", strerror(errno));
        free(path);
        path = wk_xasprintf("%s/kernel.sock", tmp);
    }
    unlink(path); /* the lock is ours: whatever lies there is stale */
    url = wk_xasprintf("ipc://%s", path);
    addr = wk_xasprintf("%s/kernel.addr", dir);
    if (wk_file_replace(addr, url, strlen(url)) != WK_OK)
        refuse(111, "cannot write", addr);
    free(addr);
    free(path);
    return url;
}

/* Nobody is to look for this kernel any more. */
static void
remove_url(void)
{
    char *addr = wk_xasprintf("%s/kernel.addr", kernel.state_dir), *path = wk_xstrdup(kernel.url + strlen("ipc://"));

    unlink(addr);
    unlink(path);
    if (strncmp(path, "/tmp/wk-", 8) == 0) { /* choose_url made a directory for it */
        *strrchr(path, '/') = '\0';
        rmdir(path);
    }
    free(addr);
    free(path);
}

static void
start_signals(void)
{
    static const int numbers[] = {SIGCHLD, SIGTERM, SIGINT};

    signal(SIGPIPE, SIG_IGN);
    for (size_t i = 0; i < WK_COUNT(numbers); i++) {
        uv_signal_init(kernel.loop, &signals[i]);
        uv_signal_start(&signals[i], on_signal, numbers[i]);
    }
}

static void
raise_limits(void)
{
    struct rlimit files;

    if (getrlimit(RLIMIT_NOFILE, &files) == 0) {
        files.rlim_cur = files.rlim_max;
        setrlimit(RLIMIT_NOFILE, &files);
    }
}

/* Nothing is ever written to the pipe: readable means that whoever held the other end is gone. */
static void
on_starter_gone(uv_poll_t *poll, int status, int events)
{
    uv_poll_stop(poll);
    wk_log(WK_INFO, "kernel.starter_gone", "next=stop");
    wk_kernel_stop(&kernel, false);
}

static void
watch_starter(int fd)
{
    if (fcntl(fd, F_SETFD, FD_CLOEXEC) != 0 || uv_poll_init(kernel.loop, &starter, fd) != 0)
        refuse(100, "--die-with-fd names no pipe", NULL);
    uv_poll_start(&starter, UV_READABLE | UV_DISCONNECT, on_starter_gone);
}

static void
parse_args(int argc, char **argv, struct options *options)
{
    *options = (struct options){.ready_fd = -1, .die_with_fd = -1};
    for (int i = 1; i + 1 < argc; i += 2) {
        if (strcmp(argv[i], "--state") == 0)
            options->state = argv[i + 1];
        else if (strcmp(argv[i], "--log") == 0)
            options->log = argv[i + 1];
        else if (strcmp(argv[i], "--ready-fd") == 0)
            options->ready_fd = atoi(argv[i + 1]);
        else if (strcmp(argv[i], "--die-with-fd") == 0)
            options->die_with_fd = atoi(argv[i + 1]);
        else
            refuse(100, "unknown option", argv[i]);
    }
    if (options->state == NULL || argc % 2 == 0)
        refuse(100, "usage: wk-kernel --state DIR [--ready-fd N] [--log FILE] [--die-with-fd N]; "
                    "people use wkctl start", NULL);
}

int
main(int argc, char **argv)
{
    struct options options;

    parse_args(argc, argv, &options);
    umask(077);
    if (wk_mkdirs(options.state) != WK_OK || (kernel.state_dir = realpath(options.state, NULL)) == NULL)
        refuse(111, "cannot make the state directory", options.state);
    lock_state(kernel.state_dir);
    if (options.log != NULL && wk_logbook_file(options.log) != WK_OK)
        refuse(111, "cannot write the log", options.log);
    WK_EVENTS_OPEN('K', "kernel");
    raise_limits();
    prctl(PR_SET_CHILD_SUBREAPER, 1);
    wk_link_global_init();
    kernel.loop = uv_default_loop();
    kernel.started_ms = wk_now_ms();
    kernel.url = choose_url(kernel.state_dir);
    start_signals();
    wk_logbook_init(&kernel);
    wk_control_init(&kernel);
    kernel.zygote = wk_service_get(&kernel, "zygote", WK_ZYGOTE);
    kernel.front = wk_service_get(&kernel, "front", WK_FRONT);
    kernel.compiler = wk_service_get(&kernel, "compiler", WK_COMPILER);
    kernel.compiler->on_demand = kernel.compiler->wanted = true;
    if (wk_link_listen(kernel.loop, kernel.url, on_link, NULL, &kernel.listener) != WK_OK)
        refuse(111, "cannot listen", kernel.url);
    if (options.die_with_fd >= 0)
        watch_starter(options.die_with_fd);
    if (options.ready_fd >= 0 && (write(options.ready_fd, "up\n", 3) != 3 || close(options.ready_fd) != 0))
        refuse(111, "whoever started the kernel is gone", NULL);
    wk_service_start(kernel.zygote);
    wk_service_start(kernel.compiler);
    uv_timer_init(kernel.loop, &kernel.watch_timer);
    uv_timer_start(&kernel.watch_timer, on_watch, WK_WATCH_MS, WK_WATCH_MS);
    wk_log(WK_INFO, "kernel.started", "state=%s", kernel.state_dir);
    uv_run(kernel.loop, UV_RUN_DEFAULT);
    /* Children die with this process; only what outlives it is cleaned up. */
    while (kernel.listens != NULL)
        wk_listen_close(&kernel, kernel.listens);
    remove_url();
    _exit(0);
}
