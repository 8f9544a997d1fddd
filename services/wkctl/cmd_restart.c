/* wkctl restart SERVICE: replaces a service's process, and returns when the new one serves. */
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "services/wkctl/client.h"
#include "services/wkctl/print.h"
#include "services/wkctl/wkctl.h"

#define LOOK_EVERY_MS 10
#define READY_MS_MAX 30000

struct restart {
    struct wk_client *client;
    const char *name;
    pid_t former;
    char *failure; /* what the log said about it */
};

static bool
finds_service(const struct wk_answer *answer, const char *name, json_t **out)
{
    json_t *each;
    size_t i;

    json_array_foreach(json_object_get(answer->json, "services"), i, each)
    {
        if (strcmp(wk_json_text(each, "name"), name) == 0) {
            *out = each;
            return true;
        }
    }
    return false;
}

/* Whether the service serves, and from which process. */
static bool
look(struct restart *r, pid_t *pid)
{
    Wk__CtlPs ps = WK__CTL_PS__INIT;
    WK_ENVELOPE(msg, CTL_PS, ctl_ps, &ps);
    struct wk_answer answer;
    json_t *service;
    bool ready = false;

    *pid = 0;
    if (wk_client_ask(r->client, &msg, NULL, NULL, &answer) == WK_OK &&
        finds_service(&answer, r->name, &service)) {
        *pid = (pid_t)json_integer_value(json_object_get(service, "pid"));
        ready = strcmp(wk_json_text(service, "state"), "ready") == 0;
    }
    wk_answer_fini(&answer);
    return ready;
}

/* The kernel says so in its log when a new process did not come up. */
static void
on_log_line(void *arg, const Wk__Envelope *line)
{
    struct restart *r = arg;
    const char *text, *reason;
    char *mine;

    if (line->body_case != WK__ENVELOPE__BODY_LOG_LINE || r->failure != NULL)
        return;
    text = line->log_line->text;
    mine = wk_xasprintf(" service=%s ", r->name);
    if ((strncmp(text, "service.restart_failed", 22) == 0 ||
         strncmp(text, "service.start_failed", 20) == 0) &&
        strstr(text, mine) != NULL) {
        reason = strstr(text, "reason=\"");
        r->failure = wk_xstrdup(reason != NULL ? reason + strlen("reason=\"") : text);
        if (reason != NULL && r->failure[0] != '\0')
            r->failure[strlen(r->failure) - 1] = '\0'; /* the closing quote */
    }
    free(mine);
}

static void
log_ended(void *arg, const struct wk_reply *reply)
{
}

static void
follow_kernel(struct restart *r)
{
    Wk__CtlLogs logs = WK__CTL_LOGS__INIT;
    WK_ENVELOPE(msg, CTL_LOGS, ctl_logs, &logs);

    logs.follow = true;
    logs.service = (char *)(uintptr_t) "kernel";
    wk_client_send(r->client, &msg, on_log_line, log_ended, r);
}

static void
nap_over(uv_timer_t *timer)
{
    *(bool *)timer->data = true;
}

static void
nap(uint64_t ms)
{
    uv_timer_t *timer = wk_xcalloc(1, sizeof(*timer));
    bool over = false;

    uv_timer_init(uv_default_loop(), timer);
    timer->data = &over;
    uv_timer_start(timer, nap_over, ms, 0);
    while (!over)
        uv_run(uv_default_loop(), UV_RUN_ONCE);
    uv_close((uv_handle_t *)timer, (uv_close_cb)free);
}

static int
restart_wait(struct restart *r, long wait_ms, pid_t *pid)
{
    uint64_t until = wk_now_ms() + (uint64_t)wait_ms;

    for (;;) {
        if (look(r, pid) && *pid != r->former)
            return WK_EXIT_OK;
        if (wk_client_is_down(r->client)) {
            wk_complain("the kernel went away");
            return WK_EXIT_TEMPORARY;
        }
        if (r->failure != NULL) {
            wk_complain("%s did not restart: %s", r->name, r->failure);
            return WK_EXIT_FAILED;
        }
        if (wk_now_ms() >= until) {
            wk_complain("%s is not ready after %ld s; see wkctl logs %s", r->name,
                        wait_ms / 1000, r->name);
            return WK_EXIT_FAILED;
        }
        nap(LOOK_EVERY_MS);
    }
}

static int
restart_do(struct restart *r, bool json)
{
    Wk__CtlRestart restart = WK__CTL_RESTART__INIT;
    WK_ENVELOPE(msg, CTL_RESTART, ctl_restart, &restart);
    uint64_t started_ms = wk_now_ms();
    struct wk_answer answer;
    int status;
    pid_t pid = 0;

    restart.service = (char *)(uintptr_t)r->name;
    follow_kernel(r);
    look(r, &r->former);
    if (wk_client_ask(r->client, &msg, NULL, NULL, &answer) != WK_OK) {
        wk_complain("%s: %s", r->name, wk_answer_why(&answer));
        status = answer.code == WK_ENOTFOUND ? WK_EXIT_FAILED : wk_exit_of(answer.code);
    } else {
        status = restart_wait(r, READY_MS_MAX, &pid);
    }
    wk_answer_fini(&answer);
    if (status == WK_EXIT_OK && json)
        printf("{\"service\":\"%s\",\"formerPid\":%d,\"pid\":%d,\"tookMs\":%" PRIu64 "}\n",
               r->name, (int)r->former, (int)pid, wk_now_ms() - started_ms);
    else if (status == WK_EXIT_OK)
        printf("%s restarted: pid %d -> %d, ready in %" PRIu64 " ms\n", r->name, (int)r->former,
               (int)pid, wk_now_ms() - started_ms);
    return status;
}

static int
restart_run(const struct wk_command *self, int argc, char **argv)
{
    struct restart r = {0};
    const char *state;
    bool json;
    int status;

    if ((status = wk_options_common(self, argc, argv, &state, &json)) >= 0)
        return status;
    if (optind + 1 != argc)
        return wk_command_misused(self, "name one service; wkctl ps lists them");
    r.name = argv[optind];
    if (strcmp(r.name, "kernel") == 0)
        return wk_command_misused(self,
                                  "the kernel itself restarts with wkctl stop and wkctl start");
    if ((r.client = wk_client_open_or_complain(state, &status)) == NULL)
        return status;
    status = restart_do(&r, json);
    wk_client_close(r.client);
    free(r.failure);
    return status;
}

const struct wk_command wk_cmd_restart = {
    "restart", "SERVICE",
    "replace a service's process; requests in flight finish on the old one",
    "  --json         the old and the new process, as one JSON object\n"
    "  --state DIR    the state directory of the running system\n",
    restart_run};
