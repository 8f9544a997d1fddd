/* wkctl backup DIR: a consistent copy of what the running system's Durable Objects have stored, taken without stopping
 * it. */
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "services/wkctl/actors.h"
#include "services/wkctl/backup.h"
#include "services/wkctl/interrupt.h"
#include "services/wkctl/progress.h"
#include "services/wkctl/scratch.h"
#include "services/wkctl/wkctl.h"

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

char *
wk_backup_part(const char *dir, const char *service)
{
    char *path = wk_xasprintf("%s/%s", dir, service);

    for (char *c = path + strlen(dir) + 1; *c != '\0'; c++)
        *c = *c == '/' ? '_' : *c;
    return path;
}

/* One service into DIR/SERVICE. A service without a database answers WK_ENOTFOUND: nothing to copy. */
static int
backup_service(struct wk_client *client, const char *service, const char *dir, bool *stored)
{
    char *to = wk_backup_part(dir, service);
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

        if (status == WK_EXIT_OK && !wk_interrupted())
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

static int
backup_run(const struct wk_command *self, int argc, char **argv)
{
    static const struct option options[] = {WK_OPTIONS_COMMON, {0}};
    const char *state = NULL;
    bool json = false;
    int opt, status;
    struct wk_client *client;
    json_t *list, *manifest;
    char *dir = NULL, *path, *text;

    while ((opt = wk_option_next(self, argc, argv, ":h", options)) != -1) {
        if (opt == WK_OPT_HELP || opt == WK_OPT_BAD)
            return opt == WK_OPT_HELP ? WK_EXIT_OK : WK_EXIT_USAGE;
        if (opt == WK_OPT_JSON)
            json = true;
        else
            state = optarg;
    }
    if (optind + 1 != argc)
        return wk_command_misused(self, "name one directory");
    if ((client = wk_client_open_or_complain(state, &status)) == NULL)
        return status;
    if ((dir = new_directory(argv[optind])) == NULL) {
        wk_client_close(client);
        return WK_EXIT_USAGE;
    }
    list = json_array();
    manifest = json_pack("{s:i, s:O}", "backup", 1, "services", list);
    wk_interrupt_catch();
    status = backup_all(client, dir, list);
    if (wk_interrupted())
        status = WK_EXIT_FAILED;
    if (status == WK_EXIT_OK) {
        path = wk_xasprintf("%s/" WK_BACKUP_MANIFEST, dir);
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
    if (status != WK_EXIT_OK) { /* half a backup is none */
        wk_scratch_remove(dir);
        wk_complain("%s%s was removed again", wk_interrupted() ? "interrupted; " : "", dir);
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
