/* wkctl COMMAND ...: starts, stops and looks into a system of workers. Dispatch only. */
#include <locale.h>
#include <signal.h>
#include <stdarg.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "kernel/base/log.h"
#include "services/wkctl/config/doc.h"
#include "services/wkctl/wkctl.h"

static int help_run(const struct wk_command *self, int argc, char **argv);
static int version_run(const struct wk_command *self, int argc, char **argv);

static const struct wk_command cmd_help = {"help", "[COMMAND]", "explain a command", NULL,
                                           help_run};
static const struct wk_command cmd_version = {"version", "", "print the version", NULL,
                                              version_run};

static const struct wk_command *const commands[] = {
    &wk_cmd_start,   &wk_cmd_stop,   &wk_cmd_ps,     &wk_cmd_inspect, &wk_cmd_restart,
    &wk_cmd_logs,    &wk_cmd_test,   &wk_cmd_check,  &wk_cmd_do,      &wk_cmd_backup,
    &wk_cmd_restore, &wk_cmd_repair, &wk_cmd_import, &cmd_help,       &cmd_version,
};

static const char exit_codes[] =
    "Exit codes:\n"
    "  0    success\n"
    "  1    what was asked did not succeed: a test failed, a service did not restart\n"
    "  3    nothing runs on that state directory\n"
    "  100  wrong use, a wrong configuration, or code with errors\n"
    "  111  a temporary cause: already running, an address in use, no answer\n";

static const struct wk_command *
command_find(const char *name)
{
    for (size_t i = 0; i < WK_COUNT(commands); i++)
        if (strcmp(commands[i]->name, name) == 0)
            return commands[i];
    return NULL;
}

static int
command_unknown(const char *name)
{
    const char *names[WK_COUNT(commands)];
    const char *meant;

    for (size_t i = 0; i < WK_COUNT(commands); i++)
        names[i] = commands[i]->name;
    meant = wk_did_you_mean(name, names, WK_COUNT(names));
    if (meant != NULL)
        wk_complain("there is no command \"%s\"; did you mean \"%s\"?", name, meant);
    else
        wk_complain("there is no command \"%s\"; wkctl help lists them", name);
    return WK_EXIT_USAGE;
}

static void
print_overview(FILE *to)
{
    fprintf(to,
            "wkctl runs JavaScript and TypeScript workers, each in a process of its own.\n\n"
            "Usage: wkctl COMMAND [OPTIONS]\n\n");
    for (size_t i = 0; i < WK_COUNT(commands); i++)
        fprintf(to, "  %-8s %s\n", commands[i]->name, commands[i]->summary);
    fprintf(to,
            "\nEvery command that prints facts takes --json. A running system is found by its "
            "state directory:\n"
            "--state DIR, else $WK_STATE, else the nearest .wk/state from the current "
            "directory upwards.\n"
            "wkctl help COMMAND lists a command's options.\n\n%s",
            exit_codes);
}

static int
help_run(const struct wk_command *self, int argc, char **argv)
{
    const struct wk_command *command;

    if (argc < 2 || argv[1][0] == '-') {
        print_overview(stdout);
        return WK_EXIT_OK;
    }
    if ((command = command_find(argv[1])) == NULL)
        return command_unknown(argv[1]);
    wk_command_help(command, false);
    return WK_EXIT_OK;
}

static int
version_run(const struct wk_command *self, int argc, char **argv)
{
    if (argc > 1 && strcmp(argv[1], "--json") == 0)
        printf("{\"name\":\"wkctl\",\"version\":\"%s\"}\n", WK_VERSION);
    else
        printf("wkctl %s\n", WK_VERSION);
    return WK_EXIT_OK;
}

/* Who closed a pipe knows; for all else there is a word. */
static bool
output_failed(void)
{
    struct pollfd out = {STDOUT_FILENO, POLLOUT, 0};

    if (fflush(stdout) == 0 && !ferror(stdout))
        return false;
    if (poll(&out, 1, 0) != 1 || (out.revents & POLLERR) == 0)
        wk_complain("standard output takes no more; what was printed is not whole");
    return true;
}

int
main(int argc, char **argv)
{
    const struct wk_command *command;
    int status;

    setlocale(LC_CTYPE, "");
    signal(SIGPIPE, SIG_IGN);
    wk_log_level_set(WK_WARN);
    if (argc < 2) {
        print_overview(stderr);
        return WK_EXIT_USAGE;
    }
    if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0)
        command = &cmd_help;
    else if (strcmp(argv[1], "--version") == 0 || strcmp(argv[1], "-V") == 0)
        command = &cmd_version;
    else if ((command = command_find(argv[1])) == NULL)
        return command_unknown(argv[1]);
    status = command->run(command, argc - 1, argv + 1);
    /* A full disk or a closed pipe must not pass for success. */
    if (output_failed() && status == WK_EXIT_OK)
        status = WK_EXIT_TEMPORARY;
    return status;
}
