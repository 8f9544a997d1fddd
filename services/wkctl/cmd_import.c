/* wkctl import DIR [NAMESPACE]...: what the peer stored of Durable Objects, into a running
 * system. Every object is read to its end before any of it is sent, and becomes durable at
 * once; one that cannot be read is told of and the others go on. */
#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include "runtime/sql/import.h"
#include "services/wkctl/do.h"
#include "services/wkctl/object.h"
#include "services/wkctl/peer_files.h"
#include "services/wkctl/progress.h"
#include "services/wkctl/wkctl.h"

struct import {
    const struct wk_command *self;
    struct wk_client *client;
    const char *dir, *as;
    char **wanted; /* namespaces */
    int wanted_count;
    bool replace;
    json_t *json; /* of each namespace */

    /* of the namespace under way */
    struct wk_namespace ns;
    struct wk_peer_files files;
    struct wk_progress progress;
    uint8_t *here; /* ids that have something stored here, sorted */
    size_t here_count;
    uint64_t objects, entries, pages, alarms, kept, failed;
    json_t *failures;
};

/* ---- one object ---- */

static void
take_entry(void *arg, struct wk_span key, struct wk_span value)
{
    wk_object_entry(arg, key.data, key.len, value.data, value.len);
}

static void
take_page(void *arg, uint32_t number, const uint8_t data[WK_PAGE_BYTES])
{
    wk_object_page(arg, number, data);
}

/* error: a text to free, with the file's name. */
static wk_err
object_read(const struct wk_peer_object *from, struct wk_object *to, char **error)
{
    struct wk_sql_import *file = NULL;
    uint32_t page_count = 0;
    wk_err err;

    if (from->facets) {
        *error = wk_xasprintf("%s: it has facets, which cannot be imported", from->path);
        return WK_EUNSUPPORTED;
    }
    if ((err = wk_sql_import_open(from->path, &file, error)) != WK_OK)
        return err;
    if (from->name != NULL)
        wk_object_name(to, from->name);
    if (wk_sql_import_alarm(file) > 0)
        wk_object_alarm(to, wk_sql_import_alarm(file));
    if ((err = wk_sql_import_entries(file, take_entry, to)) == WK_OK &&
        (err = wk_sql_import_pages(file, take_page, to, &page_count)) == WK_OK &&
        page_count > 0)
        wk_object_page_count(to, page_count);
    wk_sql_import_close(file);
    if (err != WK_OK) {
        *error = wk_xasprintf("%s: damaged, it cannot be read to its end", from->path);
    } else if (to->too_large) {
        *error = wk_xasprintf("%s: it has more than %u MiB, or an entry of over %u bytes",
                              from->path, WK_OBJECT_BYTES_MAX >> 20, WK_OBJECT_ENTRY_BYTES_MAX);
        err = WK_ELIMIT;
    }
    return err;
}

static wk_err
object_import(struct import *im, const struct wk_peer_object *from, char **error)
{
    struct wk_object object = {0};
    struct wk_answer answer = {0};
    wk_err err = object_read(from, &object, error);

    if (err != WK_OK)
        goto out;
    if ((err = wk_object_send(&object, im->client, &im->ns, from->id, &answer)) != WK_OK) {
        *error = wk_xasprintf("%s: %s", from->path, wk_answer_why(&answer));
        goto out;
    }
    im->objects++;
    im->entries += object.entries;
    im->pages += object.pages;
    im->alarms += object.alarm_ms_plus1 > 0;
out:
    wk_answer_fini(&answer);
    wk_object_fini(&object);
    return err;
}

/* ---- what is here already ---- */

static int
compare_ids(const void *a, const void *b)
{
    return memcmp(a, b, WK_ACTOR_ID_BYTES);
}

static void
add_here(void *arg, const Wk__StorageToolItem *item)
{
    struct import *im = arg;

    if (item->id.len != WK_ACTOR_ID_BYTES ||
        (item->entries == 0 && item->alarm_ms_plus1 == 0 && item->bytes < WK_PAGE_BYTES))
        return; /* nothing is left of it */
    if ((im->here_count & (im->here_count - 1)) == 0)
        im->here = wk_xrealloc(im->here, (im->here_count > 0 ? 2 * im->here_count : 1) *
                                             WK_ACTOR_ID_BYTES);
    memcpy(im->here + im->here_count++ * WK_ACTOR_ID_BYTES, item->id.data, WK_ACTOR_ID_BYTES);
}

static int
list_here(struct import *im)
{
    Wk__StorageToolList list = WK__STORAGE_TOOL_LIST__INIT;
    Wk__StorageTool ask = WK__STORAGE_TOOL__INIT;
    int status = WK_EXIT_OK;

    ask.ask_case = WK__STORAGE_TOOL__ASK_LIST;
    ask.list = &list;
    list.unique_key = im->ns.unique_key;
    for (size_t i = 0; i < im->ns.service_count && status == WK_EXIT_OK; i++)
        status = wk_do_each(im->client, im->ns.services[i], &ask, add_here, im);
    if (im->here_count > 0)
        qsort(im->here, im->here_count, WK_ACTOR_ID_BYTES, compare_ids);
    return status;
}

static bool
is_here(const struct import *im, const uint8_t *id)
{
    return im->here_count > 0 &&
           bsearch(id, im->here, im->here_count, WK_ACTOR_ID_BYTES, compare_ids) != NULL;
}

/* ---- one namespace ---- */

/* The parts of ids that tell their namespace are right; complains otherwise. */
static bool
ids_fit(const struct import *im, const char *key)
{
    for (size_t i = 0; i < im->files.count; i++) {
        if (wk_actor_id_fits(key, im->files.objects[i].id))
            continue;
        wk_complain(
            "%s: this id was not made for the namespace \"%s\", and ids cannot be carried "
            "to another one; nothing of it was imported",
            im->files.objects[i].path, key);
        return false;
    }
    return true;
}

static void
import_objects(struct import *im)
{
    for (size_t i = 0; i < im->files.count; i++) {
        const struct wk_peer_object *object = &im->files.objects[i];
        char *error = NULL;

        wk_progress_show(&im->progress, i, im->files.count);
        if (!im->replace && is_here(im, object->id)) {
            im->kept++;
        } else if (object_import(im, object, &error) != WK_OK) {
            im->failed++;
            wk_progress_end(&im->progress);
            wk_complain("%s", error);
            json_array_append_new(im->failures, json_string(error));
        }
        free(error);
    }
    wk_progress_end(&im->progress);
}

static void
tell(struct import *im)
{
    if (im->json != NULL) {
        json_array_append_new(
            im->json,
            json_pack("{s:s, s:I, s:I, s:I, s:I, s:I, s:O}", "namespace", im->ns.unique_key,
                      "objects", (json_int_t)im->objects, "entries", (json_int_t)im->entries,
                      "pages", (json_int_t)im->pages, "alarms", (json_int_t)im->alarms, "kept",
                      (json_int_t)im->kept, "failures", im->failures));
        return;
    }
    printf("%s: %" PRIu64 " objects, %" PRIu64 " entries, %" PRIu64 " pages, %" PRIu64
           " alarms\n",
           im->ns.unique_key, im->objects, im->entries, im->pages, im->alarms);
    if (im->kept > 0)
        printf("%s: %" PRIu64 " objects have something stored here and were left as they are; "
               "--replace puts the imported in their place\n",
               im->ns.unique_key, im->kept);
    if (im->failed > 0)
        printf("%s: %" PRIu64 " objects could not be imported\n", im->ns.unique_key,
               im->failed);
}

static int
import_namespace(struct import *im, const char *dir, const char *key)
{
    char *error = NULL;
    int status;

    if (!wk_namespace_find(im->client, key, &im->ns, &status))
        return status;
    if (strcmp(im->ns.unique_key, key) != 0) {
        wk_complain("there is no namespace \"%s\" here, only \"%s\": start the system with a "
                    "configuration that has it",
                    key, im->ns.unique_key);
        status = WK_EXIT_USAGE;
    } else if (wk_peer_files_list(dir, &im->files, &error) != WK_OK) {
        wk_complain("%s", error);
        status = WK_EXIT_FAILED;
    } else if (!ids_fit(im, key)) {
        status = WK_EXIT_USAGE;
    } else if ((status = list_here(im)) == WK_EXIT_OK) {
        import_objects(im);
        tell(im);
        status = im->failed > 0 ? WK_EXIT_FAILED : WK_EXIT_OK;
    }
    free(error);
    return status;
}

static void
namespace_begin(struct import *im)
{
    im->progress = (struct wk_progress){.what = "import"};
    im->objects = im->entries = im->pages = im->alarms = im->kept = im->failed = 0;
    im->failures = json_array();
}

static void
namespace_end(struct import *im)
{
    wk_namespace_fini(&im->ns);
    wk_peer_files_fini(&im->files);
    json_decref(im->failures);
    free(im->here);
    im->here = NULL;
    im->here_count = 0;
}

/* ---- which of them ---- */

static bool
is_wanted(const struct import *im, const char *key)
{
    for (int i = 0; i < im->wanted_count; i++)
        if (wk_namespace_is_called(key, im->wanted[i]))
            return true;
    return im->wanted_count == 0;
}

/* The directories of namespaces: dir itself, or those in it. The caller frees each and the
 * list. */
static char **
namespaces_in(const struct import *im, size_t *count)
{
    DIR *d;
    struct dirent *entry;
    char **out = wk_xcalloc(1, sizeof(*out)), real[PATH_MAX];

    *count = 0;
    if (wk_peer_files_are_in(im->dir) && realpath(im->dir, real) != NULL) {
        out[(*count)++] = wk_xstrdup(real);
        return out;
    }
    d = opendir(im->dir);
    while (d != NULL && (entry = readdir(d)) != NULL) {
        char *path = wk_xasprintf("%s/%s", im->dir, entry->d_name);

        if (entry->d_name[0] != '.' && is_wanted(im, entry->d_name) &&
            wk_peer_files_are_in(path)) {
            out = wk_xrealloc(out, (*count + 1) * sizeof(*out));
            out[(*count)++] = path;
        } else {
            free(path);
        }
    }
    if (d != NULL)
        closedir(d);
    return out;
}

static int
import_all(struct import *im)
{
    size_t count;
    char **dirs = namespaces_in(im, &count);
    int status = WK_EXIT_OK;

    if (count == 0) {
        wk_complain(
            "%s: no objects of %s are there: it is to be the directory of the disk that "
            "the peer stored them on, with a directory for each namespace",
            im->dir, im->wanted_count > 0 ? "such a namespace" : "any namespace");
        status = WK_EXIT_USAGE;
    } else if (im->as != NULL && count > 1) {
        status =
            wk_command_misused(im->self, "--as is for one namespace, and there are %zu", count);
    }
    for (size_t i = 0; i < count; i++) {
        if (status == WK_EXIT_OK || status == WK_EXIT_FAILED) {
            int each;

            namespace_begin(im);
            each = import_namespace(im, dirs[i],
                                    im->as != NULL ? im->as : strrchr(dirs[i], '/') + 1);
            status = each != WK_EXIT_OK ? each : status;
            namespace_end(im);
        }
        free(dirs[i]);
    }
    free(dirs);
    return status;
}

static int
import_run(const struct wk_command *self, int argc, char **argv)
{
    static const struct option options[] = {WK_OPTIONS_COMMON,
                                            {"as", required_argument, NULL, WK_OPT_OWN},
                                            {"replace", no_argument, NULL, 'r'},
                                            {0}};
    struct import im = {.self = self};
    const char *state = NULL;
    int opt, status;

    while ((opt = wk_option_next(self, argc, argv, ":h", options)) != -1) {
        if (opt == WK_OPT_HELP || opt == WK_OPT_BAD)
            return opt == WK_OPT_HELP ? WK_EXIT_OK : WK_EXIT_USAGE;
        if (opt == WK_OPT_JSON && im.json == NULL)
            im.json = json_array();
        else if (opt == WK_OPT_OWN)
            im.as = optarg;
        else if (opt == 'r')
            im.replace = true;
        else if (opt == WK_OPT_STATE)
            state = optarg;
    }
    if (optind >= argc)
        return wk_command_misused(self, "name the directory that the peer stored in");
    im.dir = argv[optind];
    im.wanted = argv + optind + 1;
    im.wanted_count = argc - optind - 1;
    if ((im.client = wk_client_open_or_complain(state, &status)) == NULL)
        return status;
    status = import_all(&im);
    if (im.json != NULL && (status == WK_EXIT_OK || status == WK_EXIT_FAILED)) {
        char *text = json_dumps(im.json, JSON_COMPACT);

        printf("%s\n", text);
        free(text);
    }
    json_decref(im.json);
    wk_client_close(im.client);
    return status;
}

const struct wk_command wk_cmd_import = {
    "import", "DIR [NAMESPACE]...", "take over what the peer stored of Durable Objects",
    "DIR is the directory of the disk that the peer stored on; Wrangler's is\n"
    ".wrangler/state/v3/do. The peer must not run meanwhile. Namespaces go by unique keys.\n"
    "  --as KEY       the namespace here, if the directory was renamed: ids must fit it\n"
    "  --replace      also objects that have something stored here\n"
    "  --json         what was imported, as a JSON array of the namespaces\n"
    "  --state DIR    the state directory of the running system\n",
    import_run};
