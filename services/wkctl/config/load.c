/* services/wkctl/config/load.c - which reader a path is for, and the order of one load. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "services/wkctl/config/config_priv.h"

static bool
ends_with(const char *text, const char *end)
{
    size_t n = strlen(text), m = strlen(end);

    return n > m && strcmp(text + n - m, end) == 0;
}

static bool
is_capnp(const char *path)
{
    return ends_with(path, ".capnp") || ends_with(path, ".wd-test");
}

static bool
is_module(const char *path)
{
    static const char *const ends[] = {".js", ".mjs", ".cjs", ".ts", ".mts", ".jsx", ".tsx"};

    for (size_t i = 0; i < WK_COUNT(ends); i++)
        if (ends_with(path, ends[i]))
            return true;
    return false;
}

static void
read_path(struct config_load *load, const char *path, bool first)
{
    struct stat st;

    if (path[0] == '\0')
        path = ".";
    if (stat(path, &st) != 0) {
        wk_diag_add(load->diags, WK_DIAG_ERROR, path, 0, 0, NULL, "%s",
                    errno == ENOENT ? "No such file." : strerror(errno));
        load->incomplete = true;
    } else if (S_ISDIR(st.st_mode)) {
        config_read_wrangler(load, path, NULL, first);
    } else if (is_capnp(path)) {
        if (load->opts->path_count > 1)
            wk_diag_add(
                load->diags, WK_DIAG_ERROR, path, 0, 0, NULL,
                "a Cap'n Proto configuration describes a whole system and cannot be combined "
                "with other paths");
        else
            config_read_capnp(load, path);
    } else if (is_module(path)) {
        config_read_module(load, path, first);
    } else if (ends_with(path, ".json") || ends_with(path, ".jsonc") ||
               ends_with(path, ".toml")) {
        const char *slash = strrchr(path, '/');
        char *dir = slash == NULL   ? wk_xstrdup(".")
                    : slash == path ? wk_xstrdup("/")
                                    : wk_xstrndup(path, (size_t)(slash - path));

        config_read_wrangler(load, dir, path, first);
        free(dir);
    } else {
        wk_diag_add(
            load->diags, WK_DIAG_ERROR, path, 0, 0, NULL,
            "this is no configuration. Name a directory with a wrangler.jsonc, wrangler.json "
            "or wrangler.toml, such a file, a .capnp or .wd-test file, or a .ts or .js "
            "module");
        load->incomplete = true;
    }
}

/* The service that global fetch() goes to, when the configuration has none of that name. */
static void
add_internet(struct config_load *load)
{
    Wk__Service *s;

    if (config_service_find(load->config, "internet") != NULL)
        return;
    s = config_service(load, "internet", WK__SERVICE__KIND_NETWORK, NULL);
    CONFIG_PUSH(s->network, allow, wk_xstrdup("public"));
}

/* Relative paths are meant from where the person stands, and the services stand elsewhere. */
static void
absolute_disks(Wk__Config *config)
{
    for (size_t i = 0; i < config->n_services; i++) {
        Wk__Disk *disk = config->services[i]->kind_case == WK__SERVICE__KIND_DISK
                             ? config->services[i]->disk
                             : NULL;
        char *cwd, *path;

        if (disk == NULL || disk->path[0] == '/' || disk->path[0] == '\0' ||
            (cwd = getcwd(NULL, 0)) == NULL)
            continue;
        path = wk_xasprintf("%s/%s", cwd, disk->path);
        config_set(&disk->path, path);
        free(path);
        free(cwd);
    }
}

wk_err
wk_config_load(const struct wk_config_opts *opts, Wk__Config **out, struct wk_diag_list *diags)
{
    struct config_load load = {.opts = opts, .diags = diags};
    size_t errors = diags->errors;

    load.config = wk_xmalloc(sizeof(*load.config));
    wk__config__init(load.config);
    if (opts->path_count == 0)
        read_path(&load, ".", true);
    for (size_t i = 0; i < opts->path_count; i++)
        read_path(&load, opts->paths[i], i == 0);
    if (!load.incomplete) {
        add_internet(&load);
        config_apply_flags(&load);
        config_validate(&load);
        absolute_disks(load.config);
    }
    free(load.where);
    wk_arena_fini(&load.arena);
    if (diags->errors > errors) {
        wk__config__free_unpacked(load.config, NULL);
        *out = NULL;
        return WK_EINVAL;
    }
    *out = load.config;
    return WK_OK;
}

int
wk_config_check(const struct wk_config_opts *opts, bool json, struct wk_buf *report)
{
    struct wk_diag_list diags = {0};
    Wk__Config *config = NULL;
    wk_err err = wk_config_load(opts, &config, &diags);

    if (json) {
        wk_diag_json(&diags, report);
        wk_buf_add_char(report, '\n');
    } else {
        wk_diag_print(&diags, report);
        if (err == WK_OK)
            wk_buf_addf(report, "ok: %zu services, %zu sockets", config->n_services,
                        config->n_sockets);
        else
            wk_buf_addf(report, "%zu error%s", diags.errors, diags.errors == 1 ? "" : "s");
        if (diags.warnings > 0)
            wk_buf_addf(report, ", %zu warning%s", diags.warnings,
                        diags.warnings == 1 ? "" : "s");
        wk_buf_add_char(report, '\n');
    }
    if (config != NULL)
        wk__config__free_unpacked(config, NULL);
    wk_diag_fini(&diags);
    return err == WK_OK ? 0 : 1;
}
