/* services/wkctl/config/opts.h - the flags that say what to read and what to override.
 *
 *     PATH...                            projects, or one .capnp file [and the name of its
 * constant] -s, --socket-addr NAME=ADDR        -d, --directory-path NAME=PATH -e,
 * --external-addr NAME=ADDR      -I, --import-path DIR
 *     --experimental                     --compat-date DATE
 *     --env NAME                         --port N (0: any free one)       --host ADDRESS
 *     --persist-to DIR                   where Durable Objects of Wrangler projects are stored
 *     --storage-shards N                 storage processes that share them
 *
 * A value may follow its flag or an =. Thread: its owner's. Texts are borrowed from argv. */
#ifndef WK_CONFIG_OPTS_H
#define WK_CONFIG_OPTS_H
#include "services/wkctl/config/diag.h"

#define WK_CONFIG_SHARDS_MAX 64u

struct wk_config_pair {
    const char *name; /* borrowed, ends at name_len */
    size_t name_len;
    const char *value;
};

struct wk_config_pairs {
    struct wk_config_pair *items;
    size_t count;
};

struct wk_config_opts {
    const char **paths; /* none: the current directory */
    size_t path_count;
    const char *const_name; /* of a Cap'n Proto file; NULL: its only one */
    struct wk_config_pairs sockets;
    struct wk_config_pairs directories;
    struct wk_config_pairs externals;
    const char **import_paths;
    size_t import_path_count;
    bool experimental;
    const char *compat_date;
    const char *env;
    int port; /* -1: as the project says; 0: any free one */
    const char *host;
    const char *persist_to;
    uint32_t storage_shards; /* 0: one */
    bool test; /* for wkctl test: TEST_TMPDIR may be overridden without being there */
};

void wk_config_opts_init(struct wk_config_opts *opts);
void wk_config_opts_fini(struct wk_config_opts *opts);
/* Looks at argv[*index]. Returns 1 and moves *index behind what it took, 0 if this is no flag
 * of ours (and not a path), -1 after adding an error. "--" is not taken. */
int wk_config_opts_take(struct wk_config_opts *opts, int argc, char **argv, int *index,
                        struct wk_diag_list *diags);
/* The lines of a help text about these flags. */
extern const char wk_config_opts_help[];
#endif
