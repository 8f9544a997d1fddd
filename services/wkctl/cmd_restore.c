/* wkctl restore DIR: the reverse of backup, for a system that does not run. wkctl repair
 * DATABASE: makes a damaged one usable again. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include "services/wkctl/backup.h"
#include "services/wkctl/copy_tree.h"
#include "services/wkctl/interrupt.h"
#include "services/wkctl/scratch.h"
#include "services/wkctl/state.h"
#include "services/wkctl/wkctl.h"

#define PROJECT_SERVICE "actor-storage" /* stores the objects of projects */
#define DATABASE "actors"               /* what a storage directory calls a database */
#define SHARDS_MAX 64u

/* Runs wk-actor-storage beside this program; its exit status. quiet: what it says goes to
 * standard error. */
static int
run_storage(const char *flag, const char *dir, bool quiet)
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
        if (quiet)
            dup2(STDERR_FILENO, STDOUT_FILENO);
        execl(program, program, flag, dir, (char *)NULL);
        _exit(127);
    }
    free(program);
    if (pid < 0 || waitpid(pid, &status, 0) != pid)
        return WK_EXIT_TEMPORARY;
    return WIFEXITED(status) ? WEXITSTATUS(status) : WK_EXIT_FAILED;
}

/* ---- restore ---- */

struct restore {
    const char *backup, *service;
    char *storage; /* the directory that gets databases */
    size_t parts;  /* how many share the objects */
    char *from[SHARDS_MAX], *part[SHARDS_MAX], *to[SHARDS_MAX];
    char *former[SHARDS_MAX],
        *kept[SHARDS_MAX]; /* databases that are there, and will be called */
    int locks[SHARDS_MAX]; /* of former ones, held */
    size_t former_count;
};

/* "actors", or "actors.0of2". */
static bool
is_database(const char *name)
{
    unsigned shard, shards;
    int end = 0;

    return strcmp(name, DATABASE) == 0 ||
           (sscanf(name, DATABASE ".%uof%u%n", &shard, &shards, &end) == 2 &&
            name[end] == '\0');
}

static bool
has_service(const json_t *services, const char *name)
{
    json_t *each;
    size_t i;

    json_array_foreach(services, i, each)
    {
        if (json_is_string(each) && strcmp(json_string_value(each), name) == 0)
            return true;
    }
    return false;
}

/* The nth of those that share what the service has. The caller frees. */
static char *
sharing(const struct restore *r, size_t n)
{
    return wk_xasprintf("%s#%zu", r->service, n);
}

static size_t
count_sharing(const struct restore *r, const json_t *services)
{
    for (size_t n = 0;; n++) {
        char *name = sharing(r, n);
        bool there = has_service(services, name);

        free(name);
        if (!there)
            return n;
    }
}

/* What of the backup goes where; complains. */
static int
plan(struct restore *r)
{
    char *path = wk_xasprintf("%s/" WK_BACKUP_MANIFEST, r->backup);
    json_t *manifest = json_load_file(path, 0, NULL),
           *services = json_object_get(manifest, "services");
    bool alone = has_service(services, r->service);

    r->parts = alone ? 1 : count_sharing(r, services);
    if (!json_is_array(services)) {
        wk_complain("%s is no whole backup: it has no " WK_BACKUP_MANIFEST, r->backup);
    } else if (r->parts == 0 || r->parts > SHARDS_MAX) {
        char *there = json_dumps(services, JSON_COMPACT);

        wk_complain("%s has nothing of %s; it has %s: choose with --service, and say with "
                    "--persist-to where that one stores",
                    r->backup, r->service, there);
        free(there);
        r->parts = 0;
    }
    for (size_t i = 0; i < r->parts; i++) {
        char *service = alone ? wk_xstrdup(r->service) : sharing(r, i);
        char *name =
            alone ? wk_xstrdup(DATABASE) : wk_xasprintf(DATABASE ".%zuof%zu", i, r->parts);

        r->from[i] = wk_backup_part(r->backup, service);
        r->to[i] = wk_xasprintf("%s/%s", r->storage, name);
        r->part[i] = wk_xasprintf("%s/restoring.%s", r->storage, name);
        free(service);
        free(name);
    }
    json_decref(manifest);
    free(path);
    return r->parts > 0 ? WK_EXIT_OK : WK_EXIT_USAGE;
}

static int
verify(const struct restore *r)
{
    for (size_t i = 0; i < r->parts; i++) {
        int status = run_storage("--verify", r->from[i], true);

        if (status == WK_EXIT_OK)
            continue;
        wk_complain("%s cannot be used; nothing was changed", r->from[i]);
        return status == WK_EXIT_TEMPORARY ? WK_EXIT_TEMPORARY : WK_EXIT_USAGE;
    }
    return WK_EXIT_OK;
}

/* Who has a database open holds its lock; so do we, until all is done. */
static bool
former_add(struct restore *r, const char *name, time_t now)
{
    char *path = wk_xasprintf("%s/%s", r->storage, name);
    char *lock = wk_xasprintf("%s/lock", path);
    int fd = open(lock, O_RDWR | O_CLOEXEC);
    bool unused = fd < 0 || flock(fd, LOCK_EX | LOCK_NB) == 0;

    free(lock);
    if (!unused) {
        wk_complain("%s is in use; stop the system first (wkctl stop)", path);
        close(fd);
        free(path);
        return false;
    }
    r->former[r->former_count] = path;
    r->locks[r->former_count] = fd;
    r->kept[r->former_count++] =
        wk_xasprintf("%s/before-%llu.%s", r->storage, (unsigned long long)now, name);
    return true;
}

static int
find_former(struct restore *r)
{
    DIR *dir = opendir(r->storage);
    struct dirent *entry;
    time_t now = time(NULL);
    bool ok = true;

    while (ok && dir != NULL && (entry = readdir(dir)) != NULL)
        if (is_database(entry->d_name) && r->former_count < SHARDS_MAX)
            ok = former_add(r, entry->d_name, now);
    if (dir != NULL)
        closedir(dir);
    return ok ? WK_EXIT_OK : WK_EXIT_TEMPORARY;
}

static int
copy_parts(const struct restore *r)
{
    struct wk_progress progress = {.what = "restore"};
    uint64_t done = 0, total = 0;
    bool ok = true;

    for (size_t i = 0; i < r->parts; i++)
        total += wk_tree_bytes(r->from[i]);
    for (size_t i = 0; i < r->parts && ok; i++) {
        wk_scratch_remove(r->part[i]); /* of one that was killed */
        ok = wk_tree_copy(r->from[i], r->part[i], &progress, &done, total);
        if (!ok) {
            wk_progress_end(&progress);
            if (wk_interrupted())
                wk_complain("interrupted; nothing was changed");
            else
                wk_complain("%s cannot be copied to %s: %s; nothing was changed", r->from[i],
                            r->part[i], strerror(errno));
        }
    }
    wk_progress_end(&progress);
    for (size_t i = 0; i < r->parts && !ok; i++)
        wk_scratch_remove(r->part[i]);
    return ok ? WK_EXIT_OK : wk_interrupted() ? WK_EXIT_FAILED : WK_EXIT_TEMPORARY;
}

static int
move(const char *from, const char *to)
{
    if (rename(from, to) == 0)
        return WK_EXIT_OK;
    wk_complain("%s cannot become %s: %s", from, to, strerror(errno));
    return WK_EXIT_TEMPORARY;
}

/* The new one where the old one is, which is called kept then. At no moment is there none, so
 * that no system starts with an empty one. */
static int
exchange(const char *part, const char *to, const char *kept)
{
    if (renameat2(AT_FDCWD, part, AT_FDCWD, to, RENAME_EXCHANGE) == 0)
        return move(part, kept);
    if (errno != EINVAL && errno != ENOSYS) { /* a file system that cannot */
        wk_complain("%s cannot become %s: %s", part, to, strerror(errno));
        return WK_EXIT_TEMPORARY;
    }
    if (move(to, kept) != WK_EXIT_OK)
        return WK_EXIT_TEMPORARY;
    if (move(part, to) == WK_EXIT_OK)
        return WK_EXIT_OK;
    (void)move(kept, to);
    return WK_EXIT_TEMPORARY;
}

static int
swap_part(const struct restore *r, size_t part)
{
    for (size_t i = 0; i < r->former_count; i++)
        if (strcmp(r->former[i], r->to[part]) == 0)
            return exchange(r->part[part], r->to[part], r->kept[i]);
    return move(r->part[part], r->to[part]);
}

/* What the backup has no counterpart of: another number of shards wrote it. */
static int
move_others(const struct restore *r)
{
    int status = WK_EXIT_OK;

    for (size_t i = 0; i < r->former_count && status == WK_EXIT_OK; i++) {
        bool exchanged = false;

        for (size_t j = 0; j < r->parts; j++)
            exchanged |= strcmp(r->former[i], r->to[j]) == 0;
        if (!exchanged)
            status = move(r->former[i], r->kept[i]);
    }
    return status;
}

static int
swap(const struct restore *r)
{
    int status = WK_EXIT_OK;

    for (size_t i = 0; i < r->parts && status == WK_EXIT_OK; i++)
        status = swap_part(r, i);
    if (status == WK_EXIT_OK)
        status = move_others(r);
    return status;
}

static void
tell(const struct restore *r, bool json)
{
    json_t *restored = json_array(), *kept = json_array(),
           *facts = json_pack("{s:o, s:o}", "restored", restored, "kept", kept);
    char *text;

    for (size_t i = 0; i < r->parts; i++)
        json_array_append_new(restored, json_string(r->to[i]));
    for (size_t i = 0; i < r->former_count; i++)
        json_array_append_new(kept, json_string(r->kept[i]));
    text = json ? json_dumps(facts, JSON_COMPACT) : NULL;
    if (text != NULL)
        printf("%s\n", text);
    for (size_t i = 0; i < r->parts && !json; i++)
        printf("restored %s\n", r->to[i]);
    for (size_t i = 0; i < r->former_count && !json; i++)
        printf("what was there is kept in %s\n", r->kept[i]);
    free(text);
    json_decref(facts);
}

static void
restore_fini(struct restore *r)
{
    for (size_t i = 0; i < r->parts; i++) {
        free(r->from[i]);
        free(r->part[i]);
        free(r->to[i]);
    }
    for (size_t i = 0; i < r->former_count; i++) {
        free(r->former[i]);
        free(r->kept[i]);
        if (r->locks[i] >= 0)
            close(r->locks[i]);
    }
    free(r->storage);
}

static int
restore_run(const struct wk_command *self, int argc, char **argv)
{
    static const struct option options[] = {WK_OPTIONS_COMMON,
                                            {"persist-to", required_argument, NULL, WK_OPT_OWN},
                                            {"service", required_argument, NULL, 's'},
                                            {0}};
    struct restore r = {.service = PROJECT_SERVICE};
    const char *state = NULL, *storage = NULL;
    bool json = false;
    int opt, status;

    while ((opt = wk_option_next(self, argc, argv, ":h", options)) != -1) {
        if (opt == WK_OPT_HELP || opt == WK_OPT_BAD)
            return opt == WK_OPT_HELP ? WK_EXIT_OK : WK_EXIT_USAGE;
        if (opt == WK_OPT_JSON)
            json = true;
        else if (opt == WK_OPT_OWN)
            storage = optarg;
        else if (opt == 's')
            r.service = optarg;
        else
            state = optarg;
    }
    if (optind + 1 != argc)
        return wk_command_misused(self, "name one directory");
    r.backup = argv[optind];
    wk_interrupt_catch();
    r.storage = storage != NULL ? wk_xstrdup(storage) : wk_state_for(state, ".");
    if (wk_mkdirs(r.storage) != WK_OK) {
        wk_complain("%s cannot be made: %s", r.storage, strerror(errno));
        status = WK_EXIT_TEMPORARY;
    } else if ((status = plan(&r)) == WK_EXIT_OK && (status = verify(&r)) == WK_EXIT_OK &&
               (status = find_former(&r)) == WK_EXIT_OK &&
               (status = copy_parts(&r)) == WK_EXIT_OK && (status = swap(&r)) == WK_EXIT_OK) {
        tell(&r, json);
    }
    restore_fini(&r);
    return status;
}

const struct wk_command wk_cmd_restore = {
    "restore", "DIR [--persist-to STORAGE] [--service NAME]",
    "put a backup in the place of what Durable Objects have stored",
    "For a system that does not run. What was there is kept beside it.\n"
    "  --persist-to DIR   where the objects are stored (.wk/state)\n"
    "  --service NAME     which storage service's part of the backup (actor-storage)\n"
    "  --json             what was put where, as one JSON object\n"
    "  --state DIR        the project's state directory\n",
    restore_run};

/* ---- repair ---- */

static int
repair_run(const struct wk_command *self, int argc, char **argv)
{
    static const struct option options[] = {WK_OPTIONS_COMMON, {0}};
    bool json = false;
    int opt, status;

    while ((opt = wk_option_next(self, argc, argv, ":h", options)) != -1) {
        if (opt == WK_OPT_HELP || opt == WK_OPT_BAD)
            return opt == WK_OPT_HELP ? WK_EXIT_OK : WK_EXIT_USAGE;
        json = json || opt == WK_OPT_JSON;
    }
    if (optind + 1 != argc)
        return wk_command_misused(self, "name one database");
    status = run_storage("--repair", argv[optind], json);
    if (json)
        printf("{\"repaired\":%s}\n", status == WK_EXIT_OK ? "true" : "false");
    return status;
}

const struct wk_command wk_cmd_repair = {
    "repair", "DATABASE",
    "make a damaged database of Durable Objects usable again, without what was lost",
    "DATABASE is the directory that an error named. The damaged parts are kept beside it.\n"
    "  --json    whether it was repaired, as one JSON object\n",
    repair_run};
