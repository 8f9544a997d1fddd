/* wkctl import DIR [NAMESPACE]...: what the peer stored of Durable Objects, into a running
 * system. Every object becomes durable at once, when it was read to its end; one that cannot be
 * read is told of and the others go on. */
#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "runtime/sql/import.h"
#include "services/wkctl/do.h"
#include "services/wkctl/interrupt.h"
#include "services/wkctl/object.h"
#include "services/wkctl/peer_facets.h"
#include "services/wkctl/peer_files.h"
#include "services/wkctl/progress.h"
#include "services/wkctl/wkctl.h"

#define FACETS_BYTES_MAX (128u << 20)

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
    uint64_t objects, entries, pages, alarms, facets, kept, failed;
    uint64_t bytes_done, bytes_total;
    json_t *failures;
};

/* ---- one object ---- */

/* One that is on its way. */
struct taking {
    struct import *im;
    struct wk_object object;
};

static void
take_progress(const struct taking *t)
{
    const struct import *im = t->im;

    wk_progress_show(&t->im->progress, im->bytes_done + t->object.bytes, im->bytes_total);
}

static void
take_entry(void *arg, struct wk_span key, struct wk_span value)
{
    struct taking *t = arg;

    wk_object_entry(&t->object, key.data, key.len, value.data, value.len);
    take_progress(t);
}

static void
take_page(void *arg, uint32_t number, const uint8_t data[WK_PAGE_BYTES])
{
    struct taking *t = arg;

    wk_object_page(&t->object, number, data);
    take_progress(t);
}

/* A database, of the object or of a facet. error: a text to free, with the file's name. */
static wk_err
database_read(struct taking *t, const char *path, bool is_facet, char **error)
{
    struct wk_sql_import *file = NULL;
    uint32_t page_count = 0;
    wk_err err;

    if ((err = wk_sql_import_open(path, &file, error)) != WK_OK)
        return err;
    if (wk_sql_import_alarm(file) > 0 && !is_facet)
        wk_object_alarm(&t->object, wk_sql_import_alarm(file));
    if ((err = wk_sql_import_entries(file, take_entry, t)) == WK_OK &&
        (err = wk_sql_import_pages(file, take_page, t, &page_count)) == WK_OK && page_count > 0)
        wk_object_page_count(&t->object, page_count);
    wk_sql_import_close(file);
    if (err != WK_OK)
        *error = wk_xasprintf("%s: damaged, it cannot be read to its end", path);
    return err;
}

/* The databases of its facets, each below the one it is in. */
static wk_err
facet_databases_read(struct taking *t, const struct wk_peer_object *from,
                     const struct wk_peer_facets *facets, char **error)
{
    wk_err err = WK_OK;

    for (size_t n = 1; n <= facets->count && err == WK_OK && t->object.err == WK_OK; n++) {
        const char *names[WK_FACET_DEPTH_MAX];
        size_t count = wk_peer_facets_path(facets, n, names);
        char rest[32], *path;

        snprintf(rest, sizeof(rest), ".%zu.sqlite", n);
        path = wk_peer_file(from, rest);
        if (access(path, F_OK) == 0) { /* else it was deleted */
            if (count > 0) {
                wk_object_facet(&t->object, names, count);
                err = database_read(t, path, true, error);
            } else {
                *error = wk_xasprintf("%s: a facet that is deeper than can be", path);
                err = WK_EINVAL;
            }
        }
        free(path);
    }
    return err;
}

static wk_err
facets_read(struct taking *t, const struct wk_peer_object *from, char **error)
{
    struct wk_peer_facets facets = {0};
    struct wk_buf bytes = {0};
    char *path = wk_peer_file(from, ".facets");
    wk_err err = WK_OK;

    if (!from->facets && from->facet_highest == 0)
        goto out;
    if (from->facets && (err = wk_buf_read_file(&bytes, path, FACETS_BYTES_MAX)) != WK_OK) {
        *error = wk_xasprintf("%s: it cannot be read (%s)", path, wk_err_name(err));
    } else if (!wk_peer_facets_parse(bytes.data != NULL ? bytes.data : "", bytes.len,
                                     &facets) ||
               facets.count < from->facet_highest) {
        *error = wk_xasprintf("%s: damaged or missing: it is to tell the names of the object's "
                              "%u facets",
                              path, from->facet_highest);
        err = WK_EINVAL;
    } else {
        err = facet_databases_read(t, from, &facets, error);
    }
out:
    wk_peer_facets_fini(&facets);
    wk_buf_fini(&bytes);
    free(path);
    return err;
}

static wk_err
object_import(struct import *im, const struct wk_peer_object *from, char **error)
{
    struct taking t = {.im = im};
    wk_err err;

    wk_object_init(&t.object, im->client, &im->ns, from->id);
    if (from->name != NULL)
        wk_object_name(&t.object, from->name);
    if ((err = database_read(&t, from->path, false, error)) == WK_OK &&
        (err = facets_read(&t, from, error)) == WK_OK &&
        (err = wk_object_end(&t.object)) == WK_OK) {
        im->objects++;
        im->entries += t.object.entries;
        im->pages += t.object.pages;
        im->alarms += t.object.has_alarm;
        im->facets += t.object.facets;
    } else if (*error == NULL) {
        *error = wk_xasprintf("%s: %s", from->path, t.object.why);
    }
    wk_object_fini(&t.object);
    return err;
}

/* ---- what is here already ---- */

static int
compare_ids(const void *a, const void *b)
{
    return memcmp(a, b, WK_ACTOR_ID_BYTES);
}

static bool
add_here(void *arg, const Wk__StorageToolItem *item)
{
    struct import *im = arg;

    if (item->id.len != WK_ACTOR_ID_BYTES || (item->entries == 0 && item->alarm_ms_plus1 == 0 &&
                                              item->facets == 0 && item->bytes < WK_PAGE_BYTES))
        return true; /* nothing is left of it */
    if ((im->here_count & (im->here_count - 1)) == 0)
        im->here = wk_xrealloc(im->here, (im->here_count > 0 ? 2 * im->here_count : 1) *
                                             WK_ACTOR_ID_BYTES);
    memcpy(im->here + im->here_count++ * WK_ACTOR_ID_BYTES, item->id.data, WK_ACTOR_ID_BYTES);
    return true;
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
    for (size_t i = 0; i < im->files.count; i++)
        im->bytes_total += im->files.objects[i].bytes;
    for (size_t i = 0; i < im->files.count && !wk_interrupted(); i++) {
        const struct wk_peer_object *object = &im->files.objects[i];
        char *error = NULL;

        wk_progress_show(&im->progress, im->bytes_done, im->bytes_total);
        if (!im->replace && is_here(im, object->id)) {
            im->kept++;
        } else if (object_import(im, object, &error) != WK_OK) {
            im->failed++;
            wk_progress_end(&im->progress);
            wk_complain("%s", error);
            json_array_append_new(im->failures, json_string(error));
        }
        im->bytes_done += object->bytes;
        free(error);
    }
    wk_progress_end(&im->progress);
}

static void
tell(struct import *im)
{
    if (im->json != NULL) {
        json_array_append_new(im->json,
                              json_pack("{s:s, s:I, s:I, s:I, s:I, s:I, s:I, s:O}", "namespace",
                                        im->ns.unique_key, "objects", (json_int_t)im->objects,
                                        "entries", (json_int_t)im->entries, "pages",
                                        (json_int_t)im->pages, "alarms", (json_int_t)im->alarms,
                                        "facets", (json_int_t)im->facets, "kept",
                                        (json_int_t)im->kept, "failures", im->failures));
        return;
    }
    printf("%s: %" PRIu64 " objects, %" PRIu64 " entries, %" PRIu64 " pages, %" PRIu64
           " alarms, %" PRIu64 " facets\n",
           im->ns.unique_key, im->objects, im->entries, im->pages, im->alarms, im->facets);
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
    im->objects = im->entries = im->pages = im->alarms = im->facets = im->kept = im->failed = 0;
    im->bytes_done = im->bytes_total = 0;
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
        if ((status == WK_EXIT_OK || status == WK_EXIT_FAILED) && !wk_interrupted()) {
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
    if (wk_interrupted()) {
        wk_complain(
            "interrupted; the objects that were imported so far are whole and stay, and "
            "the same command goes on with the others");
        status = WK_EXIT_FAILED;
    }
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
    wk_interrupt_catch();
    wk_sql_import_stop(&wk_interrupt_flag);
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
