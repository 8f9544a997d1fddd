/* wkctl test CONFIG [FILTER]: runs every exported test() handler in a system made for it alone.
 */
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include "kernel/base/json.h"
#include "services/wkctl/kernel_proc.h"
#include "services/wkctl/load.h"
#include "services/wkctl/log_view.h"
#include "services/wkctl/print.h"
#include "services/wkctl/scratch.h"

struct test_run {
    struct wk_config_opts opts;
    const char *filter; /* SERVICE or SERVICE:ENTRYPOINT, globs */
    char *const_name;
    bool json;
    char *state;
    uv_loop_t *loop;
    struct wk_client *client;
    struct wk_kernel_proc kernel;
    struct wk_log_view view;
    uv_signal_t signals[3];
    unsigned passed, failed;
    bool done;
    int status;
};

/* ---- results ---- */

static void
print_error(const char *error)
{
    while (*error != '\0') {
        size_t n = strcspn(error, "\n");

        printf("    %.*s\n", (int)n, error);
        error += n + (error[n] == '\n');
    }
}

static void
print_test_json(const Wk__CtlTestLine *line)
{
    struct wk_buf out = {0};

    wk_json_open(&out, NULL, '{');
    wk_json_str(&out, "name", line->name);
    wk_json_bool(&out, "passed", line->passed);
    wk_json_int(&out, "tookMs", line->took_ms);
    if (!line->passed)
        wk_json_str(&out, "error", line->error);
    wk_json_close(&out, '}');
    printf("%s\n", out.data);
    wk_buf_fini(&out);
}

static void
on_test_line(void *arg, const Wk__Envelope *msg)
{
    const Wk__CtlTestLine *line = msg->ctl_test_line;
    struct test_run *t = arg;

    if (msg->body_case != WK__ENVELOPE__BODY_CTL_TEST_LINE)
        return;
    if (!line->started)
        *(line->passed ? &t->passed : &t->failed) += 1;
    if (t->json) {
        if (!line->started)
            print_test_json(line);
    } else if (line->started) {
        printf("%s[ TEST ]%s %s\n", wk_colour(stdout, WK_DIM), wk_colour(stdout, WK_PLAIN),
               line->name);
    } else {
        printf("%s[ %s ]%s %s (%ums)\n", wk_colour(stdout, line->passed ? WK_GREEN : WK_RED),
               line->passed ? "PASS" : "FAIL", wk_colour(stdout, WK_PLAIN), line->name,
               line->took_ms);
        if (!line->passed)
            print_error(line->error);
    }
    fflush(stdout);
}

static void
tests_done(void *arg, const struct wk_reply *reply)
{
    struct test_run *t = arg;

    t->done = true;
    if (reply->code != WK_OK) {
        wk_complain("%s",
                    reply->message[0] != '\0' ? reply->message : wk_err_name(reply->code));
        t->status = WK_EXIT_FAILED;
        return;
    }
    if (t->json)
        printf("{\"passed\":%u,\"failed\":%u}\n", t->passed, t->failed);
    else if (t->passed + t->failed == 0)
        printf("No tests found!\n");
    if (!t->json)
        printf("%u passed, %u failed\n", t->passed, t->failed);
    t->status = t->failed > 0 || t->passed == 0 ? WK_EXIT_FAILED : WK_EXIT_OK;
}

/* ---- running ---- */

static void
deployed(void *arg, const struct wk_reply *reply)
{
    Wk__CtlTest test = WK__CTL_TEST__INIT;
    WK_ENVELOPE(msg, CTL_TEST, ctl_test, &test);
    struct test_run *t = arg;
    json_t *facts = json_loads(reply->json, 0, NULL);

    wk_deploy_explain(reply, facts);
    json_decref(facts);
    if (reply->code != WK_OK) {
        t->status = wk_exit_of(reply->code);
        t->done = true;
        return;
    }
    test.filter = (char *)(uintptr_t)(t->filter != NULL ? t->filter : "");
    wk_client_send(t->client, &msg, on_test_line, tests_done, t);
}

static void
on_log_line(void *arg, const Wk__Envelope *msg)
{
    struct test_run *t = arg;

    if (msg->body_case != WK__ENVELOPE__BODY_LOG_LINE ||
        msg->log_line->level == WK_LEVEL_REQUEST)
        return;
    if (!t->json)
        wk_log_view_print(&t->view, msg->log_line);
}

static void
log_ended(void *arg, const struct wk_reply *reply)
{
}

static void
on_signal(uv_signal_t *signal, int number)
{
    struct test_run *t = signal->data;

    t->status = 128 + number;
    t->done = true;
}

static void
catch_signals(struct test_run *t)
{
    static const int numbers[] = {SIGINT, SIGTERM, SIGHUP};

    for (size_t i = 0; i < WK_COUNT(numbers); i++) {
        uv_signal_init(t->loop, &t->signals[i]);
        t->signals[i].data = t;
        uv_signal_start(&t->signals[i], on_signal, numbers[i]);
    }
}

static int
run_in_kernel(struct test_run *t, const Wk__Config *config)
{
    Wk__CtlLogs logs = WK__CTL_LOGS__INIT;
    WK_ENVELOPE(follow, CTL_LOGS, ctl_logs, &logs);

    if (wk_client_open(t->loop, t->state, &t->client) != WK_OK) {
        wk_complain("the kernel ended at once");
        return WK_EXIT_TEMPORARY;
    }
    logs.follow = true;
    wk_client_send(t->client, &follow, on_log_line, log_ended, t);
    wk_deploy_send(t->client, config, false, deployed, t);
    while (!t->done)
        uv_run(t->loop, UV_RUN_ONCE);
    wk_client_close(t->client);
    return t->status;
}

static int
run_tests(struct test_run *t)
{
    Wk__Config *config = wk_load(&t->opts, t->json);
    int status = WK_EXIT_TEMPORARY;
    char *why = NULL;

    if (config == NULL)
        return WK_EXIT_USAGE;
    catch_signals(t);
    if ((t->state = wk_scratch_make("wk-test")) == NULL) {
        wk_complain("cannot make a temporary directory");
        goto out;
    }
    wk_scratch_share_cache(t->state);
    if (wk_kernel_proc_start(t->state, true, &t->kernel, &why) != WK_OK) {
        wk_complain("the kernel does not start: %s", why);
        goto out;
    }
    status = run_in_kernel(t, config);
    /* Nothing of it is needed any more, and its children go with it. */
    kill(t->kernel.pid, SIGKILL);
    waitpid(t->kernel.pid, NULL, 0);
    close(t->kernel.hold_fd);
out:
    if (t->state != NULL)
        wk_scratch_remove(t->state);
    free(t->state);
    free(why);
    wk__config__free_unpacked(config, NULL);
    return status;
}

/* The peer's filter may begin with the name of a constant: CONST:SERVICE:ENTRYPOINT. */
static void
split_filter(struct test_run *t)
{
    const char *first = t->filter != NULL ? strchr(t->filter, ':') : NULL;

    if (first == NULL || strchr(first + 1, ':') == NULL)
        return;
    t->const_name = wk_xstrndup(t->filter, (size_t)(first - t->filter));
    t->opts.const_name = t->const_name;
    t->filter = first + 1;
}

static int
test_run(const struct wk_command *self, int argc, char **argv)
{
    struct test_run t = {.loop = uv_default_loop()};
    bool quiet = false;
    const struct wk_flag flags[] = {{"--json", 0, &t.json, NULL, false},
                                    {"--no-verbose", 0, &quiet, NULL, false},
                                    {"--verbose", 0, &t.view.verbose, NULL, false},
                                    {"--predictable", 0, NULL, NULL, false},
                                    {"--gc-stress", 0, NULL, NULL, false},
                                    {"--all-autogates", 0, NULL, NULL, false},
                                    {"--watch", 'w', NULL, NULL, false},
                                    {"--inspector-addr", 'i', NULL, NULL, true},
                                    {0}};
    int status;

    t.view.to_stderr = true;
    wk_config_opts_init(&t.opts);
    t.opts.test = true;
    status = wk_load_args(self, argc, argv, flags, &t.opts, &t.filter);
    if (status < 0) {
        split_filter(&t);
        status = run_tests(&t);
    }
    wk_config_opts_fini(&t.opts);
    free(t.const_name);
    return status;
}

const struct wk_command wk_cmd_test = {
    "test", "[OPTIONS] CONFIG [FILTER]", "run the test() handlers that the workers export",
    "FILTER is SERVICE, SERVICE:ENTRYPOINT or CONST:SERVICE:ENTRYPOINT; * and ? match "
    "anything. What the\n"
    "workers print goes to standard error. Exit code 1 if a test failed or there is none.\n\n"
    "  --json                         one JSON object a test, then {\"passed\", \"failed\"}\n"
    "  --verbose                      the system's own log lines too\n"
    "  -s, --socket-addr NAME=ADDR    override the address of a socket\n"
    "  -d, --directory-path NAME=PATH override the path of a disk service\n"
    "  -e, --external-addr NAME=ADDR  override the address of an external service\n"
    "  -I, --import-path DIR          where absolute imports of Cap'n Proto files are looked "
    "for\n"
    "  --experimental                 allow experimental flags and bindings\n"
    "  --compat-date DATE             the compatibility date of all workers\n"
    "Taken, and without effect: --no-verbose --predictable --gc-stress --all-autogates -w -i "
    "ADDR\n",
    test_run};
