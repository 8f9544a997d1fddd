/* wkctl start: a kernel, a configuration, and in the foreground its log until it ends.
 *
 *   load --> kernel up --> follow the log --> deploy --> Ready --> (watch: deploy again ...)
 * --> gone
 *
 * Detached it ends at Ready. In the foreground this process holds a pipe that ends the kernel
 * with it. */
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include "kernel/base/json.h"
#include "services/wkctl/kernel_proc.h"
#include "services/wkctl/load.h"
#include "services/wkctl/log_view.h"
#include "services/wkctl/print.h"
#include "services/wkctl/state.h"
#include "services/wkctl/watch.h"

#define DETACHED_READY_MS_MAX 120000

struct start {
    struct wk_config_opts opts;
    const char *state_given;
    char *state;
    bool detach, watch, verbose, json;
    uv_loop_t *loop;
    struct wk_client *client;
    struct wk_kernel_proc kernel;
    Wk__Config *config; /* as last read without errors */
    struct wk_log_view view;
    struct wk_watch *files;
    bool deploying, again, ready, gone;
    uint64_t changed_ms; /* when the change was seen that is being deployed */
    uint64_t read_ns;    /* of CLOCK_REALTIME: when the files were begun to be read */
    uv_signal_t signals[3];
    uv_timer_t too_long;
    unsigned stops;
    int status;
};

static void deploy_again(struct start *s);

/* ---- Ready ---- */

static void
print_ready_json(const struct start *s, const json_t *facts, bool in_part)
{
    struct wk_buf out = {0};
    json_t *each;
    size_t i;

    wk_json_open(&out, NULL, '{');
    wk_json_str(&out, "event", in_part ? "serving-in-part" : "ready");
    wk_json_int(&out, "pid", s->kernel.pid);
    wk_json_str(&out, "state", s->state);
    wk_json_open(&out, "sockets", '[');
    json_array_foreach(json_object_get(facts, "sockets"), i, each)
    {
        char *url = wk_socket_url(wk_json_text(each, "address"));

        wk_json_open(&out, NULL, '{');
        wk_json_str(&out, "name", wk_json_text(each, "name"));
        wk_json_str(&out, "address", wk_json_text(each, "address"));
        wk_json_str(&out, "url", url);
        wk_json_close(&out, '}');
        free(url);
    }
    wk_json_close(&out, ']');
    wk_json_open(&out, "storage", '[');
    json_array_foreach(json_object_get(facts, "storage"), i, each)
    {
        char *text = json_dumps(each, JSON_COMPACT);

        wk_buf_addf(&out, "%s%s", i > 0 ? "," : "", text);
        free(text);
    }
    wk_json_close(&out, ']');
    wk_json_close(&out, '}');
    printf("%s\n", out.data);
    wk_buf_fini(&out);
}

/* What has Durable Objects that cannot be used; whether there are such. */
static bool
complain_storage(const json_t *facts)
{
    json_t *each, *key;
    bool failed = false;
    size_t i, j;

    json_array_foreach(json_object_get(facts, "storage"), i, each)
    {
        const char *reason = wk_json_text(each, "reason");
        struct wk_buf keys = {0};

        json_array_foreach(json_object_get(each, "namespaces"), j, key)
            wk_buf_addf(&keys, "%s%s", j > 0 ? ", " : "", json_string_value(key));
        if (json_is_true(json_object_get(each, "opening"))) {
            wk_complain("the Durable Objects of %s are not there yet: %s is still opening what "
                        "they stored; requests to them wait",
                        keys.data != NULL ? keys.data : "", wk_json_text(each, "service"));
        } else {
            failed = true;
            wk_complain("the Durable Objects of %s cannot be used, all else serves: %s",
                        keys.data != NULL ? keys.data : "",
                        reason[0] != '\0' ? reason : "see wkctl logs");
        }
        wk_buf_fini(&keys);
    }
    return failed;
}

/* The first line is exactly this: programs wait for it. One that says something else is for a
 * system that serves only in part. */
static void
print_ready(const struct start *s, const json_t *facts, bool in_part)
{
    const json_t *sockets = json_object_get(facts, "sockets");
    const char *ready = in_part ? "Serving in part" : "Ready";
    json_t *each;
    size_t i;

    if (s->json)
        print_ready_json(s, facts, in_part);
    else if (json_array_size(sockets) == 0)
        printf("%s, with no socket to listen on\n", ready);
    else
        json_array_foreach(sockets, i, each)
        {
            char *url = wk_socket_url(wk_json_text(each, "address"));

            if (i == 0)
                printf("%s on %s\n", ready, url);
            else
                printf("%s on %s (%s)\n", ready, url, wk_json_text(each, "name"));
            free(url);
        }
    fflush(stdout);
}

static void
print_reloaded(const struct start *s)
{
    uint64_t took_ms = wk_now_ms() - s->changed_ms;

    if (s->json)
        printf("{\"event\":\"reloaded\",\"tookMs\":%" PRIu64 "}\n", took_ms);
    else
        printf("%sReloaded in %" PRIu64 " ms%s\n", wk_colour(stdout, WK_GREEN), took_ms,
               wk_colour(stdout, WK_PLAIN));
    fflush(stdout);
}

static void
print_findings_json(const struct wk_reply *reply, const json_t *facts)
{
    char *diagnostics = json_dumps(json_object_get(facts, "diagnostics"), JSON_COMPACT);
    struct wk_buf out = {0};

    wk_json_open(&out, NULL, '{');
    wk_json_str(&out, "event", reply->code != WK_OK ? "failed" : "warned");
    wk_json_str(&out, "message", reply->message);
    wk_json_raw(&out, "diagnostics", diagnostics != NULL ? diagnostics : "[]");
    wk_json_close(&out, '}');
    printf("%s\n", out.data);
    fflush(stdout);
    wk_buf_fini(&out);
    free(diagnostics);
}

/* ---- watching ---- */

static void
on_files_changed(void *arg, uint64_t first_ms)
{
    struct start *s = arg;

    if (s->changed_ms == 0)
        s->changed_ms = first_ms;
    if (s->deploying)
        s->again = true;
    else
        deploy_again(s);
}

/* What the last deployment read: the configuration's files and the workers'. A failed one may
 * have read less than all, so its files come on top of the former ones only if it has some. */
static void
watch_files(struct start *s, const json_t *facts, bool failed)
{
    const json_t *watched = json_object_get(facts, "watched");
    size_t n = json_array_size(watched), count = 0, i, missed;
    const char **paths;
    json_t *each;

    wk_watch_anything(s->files, failed);
    if (failed && n == 0 && s->ready)
        return;
    paths = wk_xcalloc(n + s->config->n_watched + 2, sizeof(*paths));
    for (i = 0; i < s->config->n_watched; i++)
        paths[count++] = s->config->watched[i];
    if (s->config->source[0] != '\0')
        paths[count++] = s->config->source;
    json_array_foreach(watched, i, each) paths[count++] = json_string_value(each);
    missed = wk_watch_set(s->files, paths, count, s->read_ns);
    if (missed > 0)
        wk_complain(
            "%zu of %zu files cannot be watched; see /proc/sys/fs/inotify/max_user_watches",
            missed, count);
    free(paths);
}

/* ---- deploying ---- */

static size_t
worker_count(const Wk__Config *config)
{
    size_t n = 0;

    for (size_t i = 0; i < config->n_services; i++)
        n += config->services[i]->kind_case == WK__SERVICE__KIND_WORKER;
    return n;
}

static void
stop_answered(void *arg, const struct wk_reply *reply)
{
}

static void
stop_now(struct start *s)
{
    Wk__CtlStop stop = WK__CTL_STOP__INIT;
    WK_ENVELOPE(msg, CTL_STOP, ctl_stop, &stop);

    stop.now = true;
    wk_client_send(s->client, &msg, NULL, stop_answered, s);
}

static void
say_waiting(const struct start *s)
{
    if (!s->json)
        fprintf(stderr, "%s\n",
                s->ready ? "The last good version goes on; waiting for a change"
                         : "Waiting for a change");
}

static void
deployed(void *arg, const struct wk_reply *reply)
{
    struct start *s = arg;
    json_t *facts = json_loads(reply->json, 0, NULL);
    bool failed = reply->code != WK_OK, in_part = false;

    s->deploying = false;
    if (s->gone || s->stops > 0)
        goto out;
    if (s->json && (failed || json_array_size(json_object_get(facts, "diagnostics")) > 0))
        print_findings_json(reply, facts);
    else
        wk_deploy_explain(reply, facts);
    if (failed && !s->watch) {
        s->status = wk_exit_of(reply->code);
        stop_now(s);
        goto out;
    }
    if (failed)
        say_waiting(s);
    in_part = !failed && complain_storage(facts);
    if (!failed && s->ready)
        print_reloaded(s);
    else if (!failed)
        print_ready(s, facts, in_part);
    if (in_part && s->detach)
        s->status = WK_EXIT_FAILED; /* it runs on; what was asked for is not all there */
    s->ready |= !failed;
    s->changed_ms = 0;
    if (s->files != NULL)
        watch_files(s, facts, failed);
    if (s->again)
        deploy_again(s);
out:
    json_decref(facts);
}

static void
note_read_time(struct start *s)
{
    struct timespec now;

    clock_gettime(CLOCK_REALTIME_COARSE, &now);
    s->read_ns = (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

static void
deploy(struct start *s)
{
    s->view.with_service = worker_count(s->config) > 1;
    s->view.structured = s->config->structured_logging;
    s->deploying = true;
    wk_deploy_send(s->client, s->config, s->watch, deployed, s);
}

static void
deploy_again(struct start *s)
{
    Wk__Config *config;

    s->again = false;
    note_read_time(s);
    if ((config = wk_load(&s->opts, s->json)) == NULL) {
        s->changed_ms = 0; /* the former files stay watched */
        say_waiting(s);
        return;
    }
    wk__config__free_unpacked(s->config, NULL);
    s->config = config;
    deploy(s);
}

/* ---- the end ---- */

static void
on_gone(void *arg)
{
    struct start *s = arg;

    s->gone = true;
}

static void
on_signal(uv_signal_t *signal, int number)
{
    struct start *s = signal->data;
    Wk__CtlStop stop = WK__CTL_STOP__INIT;
    WK_ENVELOPE(msg, CTL_STOP, ctl_stop, &stop);

    stop.now = s->stops++ > 0;
    if (s->gone)
        return;
    if (!stop.now && !s->json)
        fprintf(stderr, "%sStopping; once more to stop at once\n",
                number == SIGINT ? "\n" : "");
    wk_client_send(s->client, &msg, NULL, stop_answered, s);
}

static void
catch_signals(struct start *s)
{
    static const int numbers[] = {SIGINT, SIGTERM, SIGHUP};

    for (size_t i = 0; i < WK_COUNT(numbers); i++) {
        uv_signal_init(s->loop, &s->signals[i]);
        s->signals[i].data = s;
        uv_signal_start(&s->signals[i], on_signal, numbers[i]);
    }
}

/* The kernel's link is down: it ends, or it is not ours any more. */
static void
reap_kernel(struct start *s)
{
    int how = 0;

    if (s->kernel.hold_fd >= 0)
        close(s->kernel.hold_fd);
    if (waitpid(s->kernel.pid, &how, 0) != s->kernel.pid || s->status != WK_EXIT_OK ||
        s->stops > 1)
        return;
    if (WIFSIGNALED(how))
        wk_complain("the kernel was killed by signal %d (%s)", WTERMSIG(how),
                    strsignal(WTERMSIG(how)));
    else if (WEXITSTATUS(how) != 0)
        wk_complain("the kernel ended with status %d; see %s/wk.log", WEXITSTATUS(how),
                    s->state);
    if (how != 0)
        s->status = WK_EXIT_TEMPORARY;
}

/* ---- the beginning ---- */

static void
on_log_line(void *arg, const Wk__Envelope *line)
{
    struct start *s = arg;

    /* A failed deployment is told of by its reply, in full. */
    if (line->body_case == WK__ENVELOPE__BODY_LOG_LINE &&
        strncmp(line->log_line->text, "deploy.failed", strlen("deploy.failed")) != 0)
        wk_log_view_print(&s->view, line->log_line);
}

/* Nobody watches a detached start: it must come to an end by itself. */
static void
on_too_long(uv_timer_t *timer)
{
    struct start *s = timer->data;

    wk_complain("not ready after %d s; see %s/wk.log", DETACHED_READY_MS_MAX / 1000, s->state);
    s->status = WK_EXIT_TEMPORARY;
    stop_now(s);
}

static void
limit_wait(struct start *s)
{
    uv_timer_init(s->loop, &s->too_long);
    s->too_long.data = s;
    uv_timer_start(&s->too_long, on_too_long, DETACHED_READY_MS_MAX, 0);
}

static void
log_ended(void *arg, const struct wk_reply *reply)
{
}

static void
follow_log(struct start *s)
{
    Wk__CtlLogs logs = WK__CTL_LOGS__INIT;
    WK_ENVELOPE(msg, CTL_LOGS, ctl_logs, &logs);

    logs.follow = true;
    wk_client_send(s->client, &msg, on_log_line, log_ended, s);
}

static int
complain_running(const struct start *s, struct wk_client *client)
{
    Wk__CtlPs ps = WK__CTL_PS__INIT;
    WK_ENVELOPE(msg, CTL_PS, ctl_ps, &ps);
    struct wk_answer answer = {0};
    const json_t *socket;
    char *url;

    if (client != NULL && wk_client_ask(client, &msg, NULL, NULL, &answer) == WK_OK) {
        socket = json_array_get(json_object_get(answer.json, "sockets"), 0);
        url = wk_socket_url(wk_json_text(socket, "address"));
        wk_complain("already running on %s (pid %" JSON_INTEGER_FORMAT "%s%s)", s->state,
                    json_integer_value(json_object_get(
                        json_array_get(json_object_get(answer.json, "services"), 0), "pid")),
                    socket != NULL ? ", " : "", socket != NULL ? url : "");
        free(url);
    } else {
        wk_complain("already running on %s", s->state);
    }
    fprintf(stderr, "wkctl stop ends it, wkctl restart SERVICE replaces a service, --state DIR "
                    "starts another\n");
    wk_answer_fini(&answer);
    return WK_EXIT_TEMPORARY;
}

static int
start_kernel(struct start *s)
{
    struct wk_client *other;
    char *why = NULL;
    wk_err err = wk_client_open(s->loop, s->state, &other);
    int status;

    if (err != WK_ENOTFOUND) {
        status = complain_running(s, other);
        wk_client_close(other);
        return status;
    }
    err = wk_kernel_proc_start(s->state, !s->detach, &s->kernel, &why);
    if (err == WK_EEXISTS)
        status = complain_running(s, NULL);
    else if (err != WK_OK)
        wk_complain("the kernel does not start: %s", why), status = WK_EXIT_TEMPORARY;
    else
        status = WK_EXIT_OK;
    free(why);
    return status;
}

static int
start_all(struct start *s)
{
    int status;

    note_read_time(s);
    if ((s->config = wk_load(&s->opts, s->json)) == NULL)
        return WK_EXIT_USAGE;
    if ((status = start_kernel(s)) != WK_EXIT_OK)
        return status;
    catch_signals(s);
    if (wk_client_open(s->loop, s->state, &s->client) != WK_OK) {
        wk_complain("the kernel ended at once; see %s/wk.log", s->state);
        kill(s->kernel.pid, SIGTERM);
        return WK_EXIT_TEMPORARY;
    }
    wk_client_on_down(s->client, on_gone, s);
    if (s->watch && wk_watch_open(s->loop, on_files_changed, s, &s->files) != WK_OK)
        wk_complain("cannot watch files: no inotify instance left");
    follow_log(s);
    if (s->detach)
        limit_wait(s);
    deploy(s);
    while (!s->gone && !(s->detach && s->ready))
        uv_run(s->loop, UV_RUN_ONCE);
    if (s->gone)
        reap_kernel(s);
    return s->status;
}

static int
start_run(const struct wk_command *self, int argc, char **argv)
{
    struct start s = {.loop = uv_default_loop(), .kernel = {.hold_fd = -1}};
    const struct wk_flag flags[] = {
        {"--detach", 0, &s.detach, NULL, false},     {"--watch", 'w', &s.watch, NULL, false},
        {"--verbose", 0, &s.verbose, NULL, false},   {"--json", 0, &s.json, NULL, false},
        {"--state", 0, NULL, &s.state_given, false}, {0}};
    char *base;
    int status;

    wk_config_opts_init(&s.opts);
    status = wk_load_args(self, argc, argv, flags, &s.opts, NULL);
    if (status < 0 && s.detach && s.watch)
        status = wk_command_misused(self, "--watch needs the foreground; leave --detach out");
    if (status < 0) {
        base = wk_load_base(&s.opts);
        s.state = wk_state_for(s.state_given, base);
        free(base);
        s.view = (struct wk_log_view){
            .json = s.json && !s.detach, .verbose = s.verbose, .to_stderr = s.detach};
        status = start_all(&s);
    }
    wk_client_close(s.client);
    if (s.config != NULL)
        wk__config__free_unpacked(s.config, NULL);
    wk_config_opts_fini(&s.opts);
    free(s.state);
    return status;
}

const struct wk_command wk_cmd_start = {
    "start", "[PROJECT|CONFIG] [OPTIONS]",
    "run a Wrangler project, a Cap'n Proto configuration or one module",
    "Prints \"Ready on http://HOST:PORT\" when it serves, then the log. Ctrl-C stops it.\n\n"
    "  --detach                       return when it serves, and leave it running\n"
    "  -w, --watch                    deploy every change of a file at once; error pages show "
    "the source\n"
    "  --state DIR                    where it keeps what it needs (PROJECT/.wk/state)\n"
    "  --verbose                      the system's own log lines too\n"
    "  --json                         one JSON object a line: ready, reloaded, every log "
    "line\n\n"
    "  --env NAME                     the environment of a Wrangler project\n"
    "  --port N, --host ADDRESS       where to listen (8787 on 127.0.0.1; port 0: any free "
    "one)\n"
    "  --persist-to DIR               where a project's Durable Objects are stored\n"
    "  --storage-shards N             storage processes that share the Durable Objects (1)\n"
    "  -s, --socket-addr NAME=ADDR    override the address of a socket\n"
    "  -d, --directory-path NAME=PATH override the path of a disk service\n"
    "  -e, --external-addr NAME=ADDR  override the address of an external service\n"
    "  -I, --import-path DIR          where absolute imports of Cap'n Proto files are looked "
    "for\n"
    "  --experimental                 allow experimental flags and bindings\n"
    "  --compat-date DATE             the compatibility date of all workers\n",
    start_run};
