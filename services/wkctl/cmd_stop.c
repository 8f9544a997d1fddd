/* wkctl stop: ends a running system in order, and returns when it is gone. */
#include <stdio.h>
#include <stdlib.h>
#include "services/wkctl/client.h"
#include "services/wkctl/kernel_proc.h"
#include "services/wkctl/wkctl.h"

static void
stop_answered(void *arg, const struct wk_reply *reply)
{
    *(bool *)arg = true; /* the end of the link is the answer */
}

/* The kernel's own process, which ps lists first; 0 if it did not tell. */
static pid_t
kernel_pid(struct wk_client *client)
{
    Wk__CtlPs ps = WK__CTL_PS__INIT;
    WK_ENVELOPE(msg, CTL_PS, ctl_ps, &ps);
    struct wk_answer answer;
    pid_t pid = 0;

    if (wk_client_ask(client, &msg, NULL, NULL, &answer) == WK_OK)
        pid = (pid_t)json_integer_value(json_object_get(
            json_array_get(json_object_get(answer.json, "services"), 0), "pid"));
    wk_answer_fini(&answer);
    return pid;
}

static int
stop_run(const struct wk_command *self, int argc, char **argv)
{
    enum { NOW = WK_OPT_OWN };
    static const struct option options[] = {
        {"now", no_argument, NULL, NOW}, WK_OPTIONS_COMMON, {0}};
    Wk__CtlStop stop = WK__CTL_STOP__INIT;
    WK_ENVELOPE(msg, CTL_STOP, ctl_stop, &stop);
    struct wk_client *client;
    const char *state = NULL;
    bool json = false, answered = false;
    int opt, status, watch;
    uint64_t started_ms = wk_now_ms();
    pid_t pid;

    while ((opt = wk_option_next(self, argc, argv, ":h", options)) != -1) {
        if (opt == WK_OPT_HELP || opt == WK_OPT_BAD)
            return opt == WK_OPT_HELP ? WK_EXIT_OK : WK_EXIT_USAGE;
        if (opt == NOW)
            stop.now = true;
        else if (opt == WK_OPT_JSON)
            json = true;
        else
            state = optarg;
    }
    if (optind < argc)
        return wk_command_misused(self, "it takes no \"%s\"", argv[optind]);
    if ((client = wk_client_open_or_complain(state, &status)) == NULL)
        return status;
    pid = kernel_pid(client);
    watch = pid > 0 ? wk_pid_watch(pid) : -1;
    wk_client_send(client, &msg, NULL, stop_answered, &answered);
    while (!answered)
        uv_run(uv_default_loop(), UV_RUN_ONCE);
    wk_pid_wait(watch, pid, -1);
    wk_client_close(client);
    if (json)
        printf("{\"stopped\":true,\"pid\":%d,\"tookMs\":%llu}\n", (int)pid,
               (unsigned long long)(wk_now_ms() - started_ms));
    return WK_EXIT_OK;
}

const struct wk_command wk_cmd_stop = {
    "stop", "[--now]",
    "end the running system: first no new requests, then what is in flight, then all",
    "  --now          at once: requests in flight are lost\n"
    "  --json         what was stopped, as one JSON object\n"
    "  --state DIR    the state directory of the running system\n",
    stop_run};
