/* wkctl check: what is wrong with a configuration, without starting anything. */
#include <stdio.h>
#include "services/wkctl/load.h"

static int
check_run(const struct wk_command *self, int argc, char **argv)
{
    struct wk_config_opts opts;
    struct wk_buf report = {0};
    bool json = false;
    const struct wk_flag flags[] = {{"--json", 0, &json, NULL, false}, {0}};
    int status;

    wk_config_opts_init(&opts);
    status = wk_load_args(self, argc, argv, flags, &opts, NULL);
    if (status < 0 && json) {
        status = wk_config_check(&opts, true, &report) == 0 ? WK_EXIT_OK : WK_EXIT_FAILED;
        fwrite(report.data != NULL ? report.data : "", 1, report.len, stdout);
    } else if (status < 0) {
        status = wk_load_check(&opts, stdout) ? WK_EXIT_OK : WK_EXIT_FAILED;
    }
    wk_buf_fini(&report);
    wk_config_opts_fini(&opts);
    return status;
}

const struct wk_command wk_cmd_check = {
    "check", "[PROJECT|CONFIG] [OPTIONS]",
    "look for errors in a configuration without starting anything",
    "  --json                         {\"ok\", \"errors\": [...], \"warnings\": [...]}\n\n"
    "Takes the configuration flags of wkctl start. Exit code 1 if there are errors.\n",
    check_run};
