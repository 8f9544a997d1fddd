/* services/wkctl/wkctl.h - the commands, what they share, how they end.
 *
 * Facts go to standard output, everything said to the person beside them to standard error.
 * Thread: main. */
#ifndef WK_WKCTL_H
#define WK_WKCTL_H
#include <getopt.h>
#include "kernel/base/buf.h"

#define WK_VERSION "0.1.0"

enum wk_exit {
    WK_EXIT_OK = 0,
    WK_EXIT_FAILED = 1, /* what was asked did not succeed: a test failed, a restart did not */
    WK_EXIT_NOT_RUNNING = 3, /* nothing runs on that state directory */
    WK_EXIT_USAGE =
        100, /* wrong use, a wrong configuration, code with errors: no use trying again */
    WK_EXIT_TEMPORARY = 111, /* in use, not reachable, out of something: may work later */
};

struct wk_command {
    const char *name;
    const char *usage;   /* after the name: "[-f] [SERVICE]" */
    const char *summary; /* one line */
    const char *help;    /* the options, a line each; may be NULL */
    int (*run)(const struct wk_command *self, int argc, char **argv);
};

extern const struct wk_command wk_cmd_start, wk_cmd_stop, wk_cmd_ps, wk_cmd_inspect,
    wk_cmd_restart, wk_cmd_logs, wk_cmd_check, wk_cmd_test, wk_cmd_do, wk_cmd_backup,
    wk_cmd_restore, wk_cmd_repair, wk_cmd_import;

/* Prints the command's usage and options. */
void wk_command_help(const struct wk_command *command, bool to_stderr);
/* Prints "wkctl NAME: text" and where help is; the result is WK_EXIT_USAGE. */
int wk_command_misused(const struct wk_command *command, const char *fmt, ...) WK_PRINTF(2, 3);
/* Prints "wkctl: text" to standard error. */
void wk_complain(const char *fmt, ...) WK_PRINTF(1, 2);

/* The next option as getopt_long gives it, -1 at the end. WK_OPT_HELP was dealt with,
 * WK_OPT_BAD was complained about: return WK_EXIT_OK or WK_EXIT_USAGE then. */
enum { WK_OPT_HELP = 1000, WK_OPT_BAD, WK_OPT_JSON, WK_OPT_STATE, WK_OPT_OWN };
int wk_option_next(const struct wk_command *command, int argc, char **argv, const char *letters,
                   const struct option *options);
/* The rows that every command has; end the table with {0}. */
#define WK_OPTIONS_COMMON                                                                      \
    {"help", no_argument, NULL, WK_OPT_HELP}, {"json", no_argument, NULL, WK_OPT_JSON},        \
    {                                                                                          \
        "state", required_argument, NULL, WK_OPT_STATE                                         \
    }
/* Reads the options of a command that has none but --json and --state: -1, and the arguments
 * begin at argv[optind]; or what to exit with. */
int wk_options_common(const struct wk_command *self, int argc, char **argv, const char **state,
                      bool *json);
/* A number of the given range, for an option's argument; complains and gives false otherwise.
 */
bool wk_option_number(const struct wk_command *command, const char *option, const char *text,
                      long min, long max, long *out);
#endif
