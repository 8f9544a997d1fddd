#include "services/wkctl/config/opts.h"

#include <stdlib.h>
#include <string.h>

const char wk_config_opts_help[] =
    "  --env NAME                     the environment of a Wrangler project\n"
    "  --port N, --host ADDRESS       where to listen (8787 on 127.0.0.1; port 0: any free "
    "one)\n"
    "  --persist-to DIR               where a project's Durable Objects are stored\n"
    "  --storage-shards N             storage processes that share the Durable Objects (1)\n"
    "  -s, --socket-addr NAME=ADDR    override the address of a socket\n"
    "  -d, --directory-path NAME=PATH override the path of a disk service\n"
    "  -e, --external-addr NAME=ADDR  override the address of an external service\n"
    "  -I, --import-path DIR          where absolute imports of Cap'n Proto files are looked "
    "for\n"
    "  --experimental                 allow experimental flags and bindings\n"
    "  --compat-date DATE             the compatibility date of all workers\n";

void
wk_config_opts_init(struct wk_config_opts *opts)
{
    *opts = (struct wk_config_opts){.port = -1};
}

void
wk_config_opts_fini(struct wk_config_opts *opts)
{
    free(opts->paths);
    free(opts->import_paths);
    free(opts->sockets.items);
    free(opts->directories.items);
    free(opts->externals.items);
    wk_config_opts_init(opts);
}

static void
add_text(const char ***list, size_t *count, const char *text)
{
    *list = wk_xrealloc(*list, (*count + 1) * sizeof(**list));
    (*list)[(*count)++] = text;
}

static int
add_pair(struct wk_config_pairs *pairs, const char *flag, const char *value_name,
         const char *text, struct wk_diag_list *diags)
{
    const char *eq = strchr(text, '=');

    if (eq == NULL || eq == text) {
        wk_diag_error(diags, "invalid value '%s' for '%s <name>=<%s>': Expected <name>=<value>",
                      text, flag, value_name);
        return -1;
    }
    pairs->items = wk_xrealloc(pairs->items, (pairs->count + 1) * sizeof(*pairs->items));
    pairs->items[pairs->count++] = (struct wk_config_pair){text, (size_t)(eq - text), eq + 1};
    return 1;
}

static int
set_port(struct wk_config_opts *opts, const char *text, struct wk_diag_list *diags)
{
    char *end;
    long port = strtol(text, &end, 10);

    if (*text == '\0' || *end != '\0' || port < 0 || port > 65535) {
        wk_diag_error(
            diags, "invalid value '%s' for '--port': expected a number from 0 to 65535", text);
        return -1;
    }
    opts->port = (int)port;
    return 1;
}

static bool
ends_with(const char *text, const char *end)
{
    size_t n = strlen(text), m = strlen(end);

    return n >= m && strcmp(text + n - m, end) == 0;
}

/* The name behind one Cap'n Proto file is that of its constant, as for the peer. */
static int
add_path(struct wk_config_opts *opts, const char *text, struct wk_diag_list *diags)
{
    bool capnp = opts->path_count == 1 &&
                 (ends_with(opts->paths[0], ".capnp") || ends_with(opts->paths[0], ".wd-test"));

    if (!capnp) {
        add_text(&opts->paths, &opts->path_count, text);
        return 1;
    }
    if (opts->const_name != NULL) {
        wk_diag_error(diags,
                      "unexpected argument '%s': one Cap'n Proto file and one constant of it "
                      "can be named",
                      text);
        return -1;
    }
    opts->const_name = text;
    return 1;
}

static int
set_shards(struct wk_config_opts *opts, const char *value, struct wk_diag_list *diags)
{
    char *end;
    unsigned long n = strtoul(value, &end, 10);

    if (*value == '\0' || *end != '\0' || n < 1 || n > WK_CONFIG_SHARDS_MAX) {
        wk_diag_error(diags, "--storage-shards takes a number from 1 to %u, not '%s'", WK_CONFIG_SHARDS_MAX,
                      value);
        return -1;
    }
    opts->storage_shards = (uint32_t)n;
    return 1;
}

static int
take_value(struct wk_config_opts *opts, const char *flag, const char *value,
           struct wk_diag_list *diags)
{
    if (strcmp(flag, "--socket-addr") == 0)
        return add_pair(&opts->sockets, flag, "addr", value, diags);
    if (strcmp(flag, "--directory-path") == 0)
        return add_pair(&opts->directories, flag, "path", value, diags);
    if (strcmp(flag, "--external-addr") == 0)
        return add_pair(&opts->externals, flag, "addr", value, diags);
    if (strcmp(flag, "--import-path") == 0)
        add_text(&opts->import_paths, &opts->import_path_count, value);
    else if (strcmp(flag, "--compat-date") == 0)
        opts->compat_date = value;
    else if (strcmp(flag, "--env") == 0)
        opts->env = value;
    else if (strcmp(flag, "--host") == 0)
        opts->host = value;
    else if (strcmp(flag, "--persist-to") == 0)
        opts->persist_to = value;
    else if (strcmp(flag, "--storage-shards") == 0)
        return set_shards(opts, value, diags);
    else
        return set_port(opts, value, diags);
    return 1;
}

int
wk_config_opts_take(struct wk_config_opts *opts, int argc, char **argv, int *index,
                    struct wk_diag_list *diags)
{
    static const struct {
        const char *flag;
        char letter;
    } flags[] = {{"--socket-addr", 's'},
                 {"--directory-path", 'd'},
                 {"--external-addr", 'e'},
                 {"--import-path", 'I'},
                 {"--compat-date", 0},
                 {"--env", 0},
                 {"--port", 0},
                 {"--host", 0},
                 {"--persist-to", 0},
                 {"--storage-shards", 0}};
    const char *arg = argv[*index], *value = NULL;
    size_t n = strcspn(arg, "=");

    if (arg[0] != '-' || arg[1] == '\0') {
        *index += 1;
        return add_path(opts, arg, diags);
    }
    if (strcmp(arg, "--experimental") == 0) {
        *index += 1;
        opts->experimental = true;
        return 1;
    }
    for (size_t i = 0; i < WK_COUNT(flags); i++) {
        if (arg[1] == '-') {
            if (strlen(flags[i].flag) != n || strncmp(arg, flags[i].flag, n) != 0)
                continue;
            value = arg[n] == '=' ? arg + n + 1 : NULL;
        } else if (arg[1] != flags[i].letter) {
            continue;
        } else if (arg[2] != '\0') {
            value = arg + 2;
        }
        *index += 1;
        if (value == NULL && *index < argc)
            value = argv[(*index)++];
        if (value != NULL)
            return take_value(opts, flags[i].flag, value, diags);
        wk_diag_error(diags, "a value is required for '%s' but none was supplied",
                      flags[i].flag);
        return -1;
    }
    return 0;
}
