/* wkctl backup DIR: a consistent copy of what the running system's Durable Objects have stored, taken without stopping
 * it. wkctl restore DIR: the reverse, for a system that does not run. */
#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include "services/wkctl/actors.h"
#include "services/wkctl/print.h"
#include "services/wkctl/progress.h"
#include "services/wkctl/state.h"
#include "services/wkctl/wkctl.h"

#define MANIFEST "backup.json"
#define DATABASE "actors" /* what a storage directory calls it */

/* ---- out ---- */

struct backup {
    struct wk_progress progress;
    Wk__StorageTool next;
};

static const Wk__StorageTool *
backup_on_reply(void *arg, const Wk__StorageToolReply *reply)
{
    struct backup *b = arg;

    wk_progress_show(&b->progress, reply->done, reply->total);
    return reply->more ? &b->next : NULL;
}

/* One service into DIR/SERVICE. A service without a database answers WK_ENOTFOUND: nothing to copy. */
static int
backup_service(struct wk_client *client, const char *service, const char *dir, bool *stored)
{
    char *to = wk_xasprintf("%s/%s", dir, service);
    Wk__StorageTool ask = WK__STORAGE_TOOL__INIT;
    struct backup b = {.progress = {.what = service}};
    struct wk_answer answer;
    int status = WK_EXIT_OK;

    wk__storage_tool__init(&b.next);
    b.next.ask_case = WK__STORAGE_TOOL__ASK_NEXT;
    b.next.next = true;
    ask.service = (char *)(uintptr_t)service;
    ask.ask_case = WK__STORAGE_TOOL__ASK_BACKUP_DIR;
    ask.backup_dir = to;
    *stored = wk_client_tool(client, &ask, backup_on_reply, &b, &answer) == WK_OK;
    wk_progress_end(&b.progress);
    if (!*stored && answer.code != WK_ENOTFOUND) {
        wk_complain("%s: %s", service, wk_answer_why(&answer));
        status = wk_exit_of(answer.code);
    }
    wk_answer_fini(&answer);
    free(to);
    return status;
}

static int
backup_all(struct wk_client *client, const char *dir, json_t *list)
{
    size_t count;
    char **services = wk_storage_services(client, &count);
    int status = WK_EXIT_OK;

    for (size_t i = 0; i < count; i++) {
        bool stored = false;

        if (status == WK_EXIT_OK)
            status = backup_service(client, services[i], dir, &stored);
        if (stored)
            json_array_append_new(list, json_string(services[i]));
        free(services[i]);
    }
    free(services);
    return status;
}

/* An absolute, new directory; NULL after a complaint. The caller frees. */
static char *
new_directory(const char *path)
{
    char real[PATH_MAX];

    if (mkdir(path, 0700) != 0) {
        wk_complain("%s: %s", path, errno == EEXIST ? "is there already; name a new directory" : strerror(errno));
        return NULL;
    }
    return realpath(path, real) != NULL ? wk_xstrdup(real) : NULL;
}

/* The options that both commands have. -1: go on; else the exit code. */
static int
common_options(const struct wk_command *self, int argc, char **argv, const struct option *options, const char **state,
               const char **own, bool *json)
{
    int opt;

    while ((opt = wk_option_next(self, argc, argv, ":h", options)) != -1) {
        if (opt == WK_OPT_HELP || opt == WK_OPT_BAD)
            return opt == WK_OPT_HELP ? WK_EXIT_OK : WK_EXIT_USAGE;
        if (opt == WK_OPT_JSON)
            *json = true;
        else if (opt == WK_OPT_STATE)
            *state = optarg;
        else
            *own = optarg;
    }
    if (optind + 1 != argc)
        return wk_command_misused(self, "name one directory");
    return -1;
}

static int
backup_run(const struct wk_command *self, int argc, char **argv)
{
    static const struct option options[] = {WK_OPTIONS_COMMON, {0}};
    const char *state = NULL, *own = NULL;
    bool json = false;
    int status = common_options(self, argc, argv, options, &state, &own, &json);
    struct wk_client *client;
    json_t *list, *manifest;
    char *dir = NULL, *path, *text;

    if (status != -1)
        return status;
    if ((client = wk_client_open_or_complain(state, &status)) == NULL)
        return status;
    if ((dir = new_directory(argv[optind])) == NULL) {
        wk_client_close(client);
        return WK_EXIT_USAGE;
    }
    list = json_array();
    manifest = json_pack("{s:i, s:O}", "backup", 1, "services", list);
    status = backup_all(client, dir, list);
    if (status == WK_EXIT_OK) {
        path = wk_xasprintf("%s/" MANIFEST, dir);
        text = json_dumps(manifest, JSON_COMPACT);
        if (wk_file_replace(path, text, strlen(text)) != WK_OK) {
            wk_complain("%s cannot be written", path);
            status = WK_EXIT_TEMPORARY;
        } else if (json) {
            printf("%s\n", text);
        } else {
            printf("%zu storage service%s in %s\n", json_array_size(list), json_array_size(list) == 1 ? "" : "s", dir);
        }
        free(text);
        free(path);
    }
    json_decref(manifest);
    json_decref(list);
    free(dir);
    wk_client_close(client);
    return status;
}

const struct wk_command wk_cmd_backup = {
    "backup", "DIR",
    "copy what the Durable Objects have stored, while they run",
    "DIR must not be there yet. The copy is as of one moment for each storage service.\n"
    "  --json         what was copied, as one JSON object\n"
    "  --state DIR    the state directory of the running system\n",
    backup_run};

/* ---- in ---- */

/* Runs wk-actor-storage beside this program; its exit status. */
static int
run_storage(const char *flag, const char *dir)
{
    char self[PATH_MAX], *slash, *program;
    ssize_t len = readlink("/proc/self/exe", self, sizeof(self) - 1);
    int status = 0;
    pid_t pid;

    WK_CHECK(len > 0);
    self[len] = '\0';
    if ((slash = strrchr(self, '/')) != NULL)
        *slash = '\0';
    program = wk_xasprintf("%s/wk-actor-storage", self);
    fflush(stdout);
    pid = fork();
    if (pid == 0) {
        execl(program, program, flag, dir, (char *)NULL);
        _exit(127);
    }
    free(program);
    if (pid < 0 || waitpid(pid, &status, 0) != pid)
        return WK_EXIT_TEMPORARY;
    return WIFEXITED(status) ? WEXITSTATUS(status) : WK_EXIT_FAILED;
}

static bool
copy_file(const char *from, const char *to)
{
    FILE *in = fopen(from, "rbe"), *out = fopen(to, "wbxe");
    char piece[65536];
    size_t n;
    bool ok = in != NULL && out != NULL;

    while (ok && (n = fread(piece, 1, sizeof(piece), in)) > 0)
        ok = fwrite(piece, 1, n, out) == n;
    ok = ok && !ferror(in) && fflush(out) == 0 && fsync(fileno(out)) == 0;
    if (in != NULL)
        fclose(in);
    if (out != NULL)
        ok = fclose(out) == 0 && ok;
    return ok;
}

/* A database is a directory of files. */
static bool
copy_database(const char *from, const char *to)
{
    struct wk_progress progress = {.what = "restore"};
    DIR *dir = mkdir(to, 0700) == 0 ? opendir(from) : NULL;
    struct dirent *entry;
    uint64_t done = 0;
    bool ok = dir != NULL;

    while (ok && (entry = readdir(dir)) != NULL) {
        char *a = wk_xasprintf("%s/%s", from, entry->d_name), *b = wk_xasprintf("%s/%s", to, entry->d_name);
        struct stat st;

        if (stat(a, &st) == 0 && S_ISREG(st.st_mode))
            ok = copy_file(a, b);
        wk_progress_show(&progress, ++done, 0);
        free(a);
        free(b);
    }
    wk_progress_end(&progress);
    if (dir != NULL)
        closedir(dir);
    return ok;
}

static bool
is_directory(const char *path)
{
    struct stat st;

    return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

/* from is checked, copied beside to, and takes its place; what was there stays as TO.before-N. */
static int
restore_database(const char *from, const char *to)
{
    char *part = wk_xasprintf("%s.restoring", to), *former;
    int status = run_storage("--verify", from);

    if (status != 0) {
        wk_complain("%s is no whole backup; nothing was changed", from);
        status = WK_EXIT_USAGE;
    } else if (is_directory(to) && run_storage("--verify", to) == WK_EXIT_TEMPORARY) {
        wk_complain("%s is in use; stop the system first (wkctl stop)", to);
        status = WK_EXIT_TEMPORARY;
    } else if (!copy_database(from, part)) {
        wk_complain("cannot copy to %s: %s", part, strerror(errno));
        status = WK_EXIT_TEMPORARY;
    } else {
        former = wk_xasprintf("%s.before-%llu", to, (unsigned long long)time(NULL));
        if (is_directory(to) && rename(to, former) == 0)
            printf("what was there is kept in %s\n", former);
        if (rename(part, to) != 0) {
            wk_complain("%s: %s", to, strerror(errno));
            status = WK_EXIT_TEMPORARY;
        } else {
            printf("restored %s\n", to);
        }
        free(former);
    }
    free(part);
    return status;
}

static int
restore_run(const struct wk_command *self, int argc, char **argv)
{
    static const struct option options[] = {
        WK_OPTIONS_COMMON, {"persist-to", required_argument, NULL, WK_OPT_OWN}, {0}};
    const char *state = NULL, *own = NULL;
    bool json = false;
    int status = common_options(self, argc, argv, options, &state, &own, &json);
    char *dir, *from, *to;

    if (status != -1)
        return status;
    dir = own != NULL ? wk_xstrdup(own) : wk_state_for(state, ".");
    from = wk_xasprintf("%s/actor-storage", argv[optind]);
    to = wk_xasprintf("%s/" DATABASE, dir);
    if (!is_directory(from)) {
        wk_complain("%s has no actor-storage: it is no backup of a project; copy the directory of the service that you "
                    "mean into its storage directory by hand",
                    argv[optind]);
        status = WK_EXIT_USAGE;
    } else if (wk_mkdirs(dir) != WK_OK) {
        wk_complain("%s cannot be made", dir);
        status = WK_EXIT_TEMPORARY;
    } else {
        status = restore_database(from, to);
    }
    free(to);
    free(from);
    free(dir);
    return status;
}

const struct wk_command wk_cmd_restore = {
    "restore", "DIR [--persist-to STORAGE]",
    "put a backup in the place of what Durable Objects have stored",
    "For a system that does not run. What was there is kept beside it.\n"
    "  --persist-to DIR   where the project stores (.wk/state)\n"
    "  --state DIR        the project's state directory\n",
    restore_run};

/* ---- repair ---- */

static int
repair_run(const struct wk_command *self, int argc, char **argv)
{
    static const struct option options[] = {WK_OPTIONS_COMMON, {0}};
    const char *state = NULL, *own = NULL;
    bool json = false;
    int status = common_options(self, argc, argv, options, &state, &own, &json);

    return status != -1 ? status : run_storage("--repair", argv[optind]);
}

const struct wk_command wk_cmd_repair = {
    "repair", "DATABASE",
    "make a damaged database of Durable Objects usable again, without what was lost",
    "DATABASE is the directory that an error named. The damaged parts are kept beside it.\n",
    repair_run};
