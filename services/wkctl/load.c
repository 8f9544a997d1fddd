#include "services/wkctl/load.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "services/wkctl/config/doc.h"
#include "services/wkctl/print.h"

#define PIECE_BYTES (1u << 20) /* of a configuration, as a message has it */
#define SOURCE_BYTES_MAX (16u << 20)

/* ---- the command line ---- */

/* 1: taken, 0: not one of these, -1: its value is missing. */
static int
flag_take(const struct wk_flag *flags, int argc, char **argv, int *index)
{
    const char *arg = argv[*index];
    size_t n = strcspn(arg, "=");

    for (; flags->name != NULL; flags++) {
        bool is_long = strlen(flags->name) == n && strncmp(arg, flags->name, n) == 0;
        bool takes = flags->value != NULL || flags->ignore_value;
        const char *value;

        if (!is_long && !(flags->letter != '\0' && arg[0] == '-' && arg[1] == flags->letter &&
                          (arg[2] == '\0' || takes)))
            continue;
        value = is_long          ? (arg[n] == '=' ? arg + n + 1 : NULL)
                : arg[2] != '\0' ? arg + 2
                                 : NULL;
        if (!takes && value != NULL)
            continue;
        *index += 1;
        if (takes && value == NULL) {
            if (*index >= argc)
                return -1;
            value = argv[(*index)++];
        }
        if (flags->set != NULL)
            *flags->set = true;
        if (flags->value != NULL)
            *flags->value = value;
        return 1;
    }
    return 0;
}

static int
arg_unknown(const struct wk_command *command, const struct wk_flag *flags, const char *arg)
{
    static const char *const shared[] = {
        "socket-addr",  "directory-path", "external-addr", "import-path",
        "experimental", "compat-date",    "env",           "port",
        "host",         "persist-to",     "help"};
    const char *names[64], *meant = NULL;
    char *word = wk_xstrndup(arg + strspn(arg, "-"), strcspn(arg + strspn(arg, "-"), "="));
    size_t n = 0;
    int status;

    for (; n < WK_COUNT(shared); n++)
        names[n] = shared[n];
    for (; flags->name != NULL && n < WK_COUNT(names); flags++)
        names[n++] = flags->name + 2;
    if (strncmp(arg, "--", 2) == 0)
        meant = wk_did_you_mean(word, names, n);
    status = meant != NULL
                 ? wk_command_misused(command, "there is no option %s; did you mean --%s?", arg,
                                      meant)
                 : wk_command_misused(command, "there is no option %s", arg);
    free(word);
    return status;
}

static int
take_word(struct wk_config_opts *opts, int argc, char **argv, int *i, const char **second,
          struct wk_diag_list *diags)
{
    if (second == NULL || opts->path_count == 0)
        return wk_config_opts_take(opts, argc, argv, i, diags);
    if (*second != NULL) {
        wk_diag_error(diags, "unexpected argument '%s'", argv[*i]);
        return -1;
    }
    *second = argv[(*i)++];
    return 1;
}

int
wk_load_args(const struct wk_command *command, int argc, char **argv,
             const struct wk_flag *flags, struct wk_config_opts *opts, const char **second)
{
    struct wk_diag_list diags = {0};
    int status = -1;

    for (int i = 1; i < argc && status < 0;) {
        const char *arg = argv[i];
        int took;

        if (strcmp(arg, "--help") == 0 || strcmp(arg, "-h") == 0) {
            wk_command_help(command, false);
            status = WK_EXIT_OK;
            break;
        }
        if (arg[0] != '-' || arg[1] == '\0')
            took = take_word(opts, argc, argv, &i, second, &diags);
        else if ((took = flag_take(flags, argc, argv, &i)) < 0)
            wk_diag_error(&diags, "a value is required for '%s' but none was supplied", arg);
        else if (took == 0)
            took = wk_config_opts_take(opts, argc, argv, &i, &diags);
        if (took == 0)
            status = arg_unknown(command, flags, arg);
        else if (took < 0)
            status = wk_command_misused(command, "%s", diags.items[0].text);
    }
    wk_diag_fini(&diags);
    return status;
}

char *
wk_load_base(const struct wk_config_opts *opts)
{
    char path[PATH_MAX], *slash;
    struct stat st;

    if (realpath(opts->path_count > 0 ? opts->paths[0] : ".", path) == NULL)
        return wk_xstrdup(".");
    if (stat(path, &st) == 0 && !S_ISDIR(st.st_mode) && (slash = strrchr(path, '/')) != NULL)
        *slash = '\0';
    return wk_xstrdup(path[0] != '\0' ? path : "/");
}

/* ---- findings ---- */

/* Line number line of the file, for the caret; NULL if it is not to be had. The caller frees.
 */
static char *
source_line(const char *file, int line)
{
    struct wk_buf text = {0};
    char *p, *found = NULL;

    if (file[0] == '\0' || line <= 0 ||
        wk_buf_read_file(&text, file, SOURCE_BYTES_MAX) != WK_OK)
        goto out;
    p = text.data;
    for (int i = 1; i < line && p != NULL; i++)
        if ((p = strchr(p, '\n')) != NULL)
            p++;
    if (p != NULL)
        found = wk_xstrndup(p, strcspn(p, "\r\n"));
out:
    wk_buf_fini(&text);
    return found;
}

static void
print_diags(const struct wk_diag_list *diags, FILE *to)
{
    size_t left = diags->errors + diags->warnings - diags->count;

    for (size_t i = 0; i < diags->count; i++) {
        const struct wk_diag *d = &diags->items[i];
        char *source = source_line(d->file, d->line);

        wk_print_finding(to, d->level == WK_DIAG_ERROR, d->file, (unsigned)d->line,
                         (unsigned)d->column, d->text, source);
        free(source);
    }
    if (left > 0)
        fprintf(to, "and %zu more\n", left);
}

Wk__Config *
wk_load(const struct wk_config_opts *opts, bool json)
{
    struct wk_diag_list diags = {0};
    struct wk_buf text = {0};
    Wk__Config *config = NULL;

    wk_config_load(opts, &config, &diags);
    if (json && diags.count > 0) {
        wk_diag_json(&diags, &text);
        printf("%s\n", text.data);
        fflush(stdout);
        wk_buf_fini(&text);
    } else {
        print_diags(&diags, stderr);
    }
    wk_diag_fini(&diags);
    return config;
}

bool
wk_load_check(const struct wk_config_opts *opts, FILE *to)
{
    struct wk_diag_list diags = {0};
    Wk__Config *config = NULL;
    bool fine = wk_config_load(opts, &config, &diags) == WK_OK;

    print_diags(&diags, to);
    fprintf(to, "%zu error%s, %zu warning%s\n", diags.errors, diags.errors == 1 ? "" : "s",
            diags.warnings, diags.warnings == 1 ? "" : "s");
    wk_diag_fini(&diags);
    if (config != NULL)
        wk__config__free_unpacked(config, NULL);
    return fine;
}

/* ---- deploying ---- */

void
wk_deploy_send(struct wk_client *client, const Wk__Config *config, bool watch,
               wk_reply_fn *on_reply, void *arg)
{
    Wk__CtlDeploy deploy = WK__CTL_DEPLOY__INIT;
    WK_ENVELOPE(msg, CTL_DEPLOY, ctl_deploy, &deploy);
    struct wk_session *session = NULL;
    struct wk_buf packed = {0};
    size_t at = 0;

    wk_pack(&config->base, &packed);
    deploy.watch = watch;
    do {
        size_t bytes = packed.len - at < PIECE_BYTES ? packed.len - at : PIECE_BYTES;

        deploy.config = WK_BYTES_OF(packed.data + at, bytes);
        at += bytes;
        deploy.more = at < packed.len;
        if (session == NULL)
            session = wk_client_send(client, &msg, NULL, on_reply, arg);
        else
            wk_session_send(session, &msg, 0);
    } while (session != NULL && deploy.more);
    wk_buf_fini(&packed);
}

void
wk_deploy_explain(const struct wk_reply *reply, const json_t *facts)
{
    fflush(stdout);
    wk_print_findings(stderr, json_object_get(facts, "diagnostics"));
    if (reply->code != WK_OK)
        wk_complain("%s",
                    reply->message[0] != '\0' ? reply->message : wk_err_name(reply->code));
}

char *
wk_socket_url(const char *address)
{
    const char *port = strrchr(address, ':');

    if (strncmp(address, "unix", 4) == 0)
        return wk_xstrdup(address);
    if (port != NULL &&
        (strncmp(address, "*:", 2) == 0 || strncmp(address, "0.0.0.0:", 8) == 0))
        return wk_xasprintf("http://127.0.0.1%s", port);
    return wk_xasprintf("http://%s", address);
}
