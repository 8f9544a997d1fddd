/* wkctl logs: the recent lines, and the following ones with -f. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include "services/wkctl/client.h"
#include "services/wkctl/log_view.h"
#include "services/wkctl/wkctl.h"

#define LINES_DEFAULT 100

static struct wk_log_view view = {.verbose = true, .dated = true};

static void
logs_on_line(void *arg, const Wk__Envelope *line)
{
    if (line->body_case == WK__ENVELOPE__BODY_LOG_LINE)
        wk_log_view_print(&view, line->log_line);
}

static int
logs_run(const struct wk_command *self, int argc, char **argv)
{
    static const struct option options[] = {{"follow", no_argument, NULL, 'f'},
                                            {"lines", required_argument, NULL, 'n'},
                                            WK_OPTIONS_COMMON,
                                            {0}};
    Wk__CtlLogs logs = WK__CTL_LOGS__INIT;
    WK_ENVELOPE(msg, CTL_LOGS, ctl_logs, &logs);
    struct wk_client *client;
    struct wk_answer answer;
    const char *state = NULL;
    long lines = LINES_DEFAULT;
    int opt, status;

    while ((opt = wk_option_next(self, argc, argv, ":hfn:", options)) != -1) {
        if (opt == WK_OPT_HELP || opt == WK_OPT_BAD)
            return opt == WK_OPT_HELP ? WK_EXIT_OK : WK_EXIT_USAGE;
        if (opt == 'f')
            logs.follow = true;
        else if (opt == 'n' && !wk_option_number(self, "-n", optarg, 0, 1000000, &lines))
            return WK_EXIT_USAGE;
        else if (opt == WK_OPT_JSON)
            view.json = true;
        else if (opt == WK_OPT_STATE)
            state = optarg;
    }
    if (optind + 1 < argc)
        return wk_command_misused(self, "one service at a time");
    if (optind < argc)
        logs.service = argv[optind];
    logs.lines = (uint32_t)lines;
    if ((client = wk_client_open_or_complain(state, &status)) == NULL)
        return status;
    /* A follower ends with a signal, or with the kernel: both are how it should be. */
    if (wk_client_ask(client, &msg, logs_on_line, NULL, &answer) != WK_OK &&
        !(logs.follow && wk_client_is_down(client))) {
        wk_complain("%s", wk_answer_why(&answer));
        status = wk_exit_of(answer.code);
    } else {
        status = WK_EXIT_OK;
    }
    wk_answer_fini(&answer);
    wk_client_close(client);
    return status;
}

const struct wk_command wk_cmd_logs = {
    "logs", "[-f] [-n N] [SERVICE]", "print the recent log lines of all services or of one",
    "  -f, --follow   go on with new lines, and with every finished request\n"
    "  -n, --lines N  how many recent lines (100)\n"
    "  --json         one JSON object a line\n"
    "  --state DIR    the state directory of the running system\n",
    logs_run};
