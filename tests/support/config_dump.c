/* tests/support/config_dump.c - reads a configuration as wkctl does and prints it: config-dump
 * [--check|--json|--packed] PATH... [flags]. For trying things out, and for the tests of files.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "services/wkctl/config/config.h"

static int
print_packed(const Wk__Config *config)
{
    size_t bytes = wk__config__get_packed_size(config);
    uint8_t *data = wk_xmalloc(bytes + 1);

    wk__config__pack(config, data);
    fwrite(data, 1, bytes, stdout);
    free(data);
    return 0;
}

int
main(int argc, char **argv)
{
    struct wk_config_opts opts;
    struct wk_diag_list diags = {0};
    struct wk_buf out = {0};
    const char *mode = "";
    Wk__Config *config = NULL;
    int status = 1, took;

    wk_config_opts_init(&opts);
    for (int i = 1; i < argc;) {
        if (strcmp(argv[i], "--check") == 0 || strcmp(argv[i], "--json") == 0 ||
            strcmp(argv[i], "--packed") == 0) {
            mode = argv[i++];
            continue;
        }
        if ((took = wk_config_opts_take(&opts, argc, argv, &i, &diags)) == 1)
            continue;
        if (took == 0)
            fprintf(stderr, "config-dump: unknown option %s\n%s", argv[i], wk_config_opts_help);
        goto out;
    }
    if (strcmp(mode, "--check") == 0 || strcmp(mode, "--json") == 0) {
        status = wk_config_check(&opts, strcmp(mode, "--json") == 0, &out);
    } else if (wk_config_load(&opts, &config, &diags) == WK_OK) {
        status = 0;
        if (strcmp(mode, "--packed") == 0)
            print_packed(config);
        else
            wk_config_dump_json(config, &out);
        wk__config__free_unpacked(config, NULL);
    }
out:
    fputs(out.data != NULL ? out.data : "", stdout);
    wk_buf_fini(&out);
    wk_diag_print(&diags, &out);
    fputs(out.data != NULL ? out.data : "", stderr);
    wk_buf_fini(&out);
    wk_diag_fini(&diags);
    wk_config_opts_fini(&opts);
    return status;
}
