/* Options and words of the command line. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "services/wkctl/config/doc.h"
#include "services/wkctl/wkctl.h"

void
wk_complain(const char *fmt, ...)
{
    va_list args;

    fflush(stdout);
    fputs("wkctl: ", stderr);
    va_start(args, fmt);
    vfprintf(stderr, fmt, args);
    va_end(args);
    fputc('\n', stderr);
}

void
wk_command_help(const struct wk_command *command, bool to_stderr)
{
    FILE *to = to_stderr ? stderr : stdout;

    fprintf(to, "Usage: wkctl %s%s%s\n\n%s\n", command->name,
            command->usage[0] != '\0' ? " " : "", command->usage, command->summary);
    if (command->help != NULL)
        fprintf(to, "\n%s", command->help);
}

int
wk_command_misused(const struct wk_command *command, const char *fmt, ...)
{
    va_list args;

    fprintf(stderr, "wkctl %s: ", command->name);
    va_start(args, fmt);
    vfprintf(stderr, fmt, args);
    va_end(args);
    fprintf(stderr, "\nUsage: wkctl %s %s; see wkctl help %s\n", command->name, command->usage,
            command->name);
    return WK_EXIT_USAGE;
}

/* What is wrong with the option that getopt_long did not take. */
static void
option_refused(const struct wk_command *command, char *const *argv,
               const struct option *options, bool no_value)
{
    const char *names[64], *meant = NULL;
    char letter[3] = {'-', (char)optopt, '\0'};
    const char *shown = letter;
    size_t count = 0;

    if (optind > 0 && argv[optind - 1] != NULL && strncmp(argv[optind - 1], "--", 2) == 0)
        shown = argv[optind - 1];
    if (no_value) {
        wk_command_misused(command, "%s needs a value", shown);
        return;
    }
    while (options[count].name != NULL && count < WK_COUNT(names)) {
        names[count] = options[count].name;
        count++;
    }
    if (shown != letter) {
        char *word = wk_xstrndup(shown + 2, strcspn(shown + 2, "="));

        meant = wk_did_you_mean(word, names, count);
        free(word);
    }
    if (meant != NULL)
        wk_command_misused(command, "there is no option %s; did you mean --%s?", shown, meant);
    else
        wk_command_misused(command, "there is no option %s", shown);
}

int
wk_option_next(const struct wk_command *command, int argc, char **argv, const char *letters,
               const struct option *options)
{
    int opt;

    opterr = 0;
    opt = getopt_long(argc, argv, letters, options, NULL);
    if (opt == WK_OPT_HELP || opt == 'h') {
        wk_command_help(command, false);
        return WK_OPT_HELP;
    }
    if (opt == '?' || opt == ':') {
        option_refused(command, argv, options, opt == ':');
        return WK_OPT_BAD;
    }
    return opt;
}

int
wk_options_common(const struct wk_command *self, int argc, char **argv, const char **state,
                  bool *json)
{
    static const struct option options[] = {WK_OPTIONS_COMMON, {0}};
    int opt;

    *state = NULL;
    *json = false;
    while ((opt = wk_option_next(self, argc, argv, ":h", options)) != -1) {
        if (opt == WK_OPT_HELP || opt == WK_OPT_BAD)
            return opt == WK_OPT_HELP ? WK_EXIT_OK : WK_EXIT_USAGE;
        if (opt == WK_OPT_JSON)
            *json = true;
        else
            *state = optarg;
    }
    return -1;
}

bool
wk_option_number(const struct wk_command *command, const char *option, const char *text,
                 long min, long max, long *out)
{
    char *rest;

    *out = strtol(text, &rest, 10);
    if (rest != text && *rest == '\0' && *out >= min && *out <= max)
        return true;
    wk_command_misused(command, "%s needs a number from %ld to %ld, not \"%s\"", option, min,
                       max, text);
    return false;
}
