#include "services/wkctl/peer_files.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include "runtime/sql/import.h"

#define ID_CHARS (2 * WK_ACTOR_ID_BYTES)
#define NAMES_FILE "metadata.sqlite"

/* Which object a file belongs to, and the rest of its name: ".sqlite", ".3.sqlite", ".facets".
 */
static bool
file_split(const char *file, uint8_t id[WK_ACTOR_ID_BYTES], const char **rest)
{
    char text[ID_CHARS + 1];

    if (strlen(file) <= ID_CHARS || file[ID_CHARS] != '.')
        return false;
    memcpy(text, file, ID_CHARS);
    text[ID_CHARS] = '\0';
    *rest = file + ID_CHARS;
    return wk_actor_id(NULL, text, false, id);
}

/* The number in ".3.sqlite"; 0: it is another file. */
static unsigned
facet_number(const char *rest)
{
    unsigned number;
    char tail[16];

    return sscanf(rest, ".%u%15s", &number, tail) == 2 && strcmp(tail, ".sqlite") == 0 ? number
                                                                                       : 0;
}

char *
wk_peer_file(const struct wk_peer_object *object, const char *rest)
{
    return wk_xasprintf("%.*s%s", (int)(strlen(object->path) - strlen(".sqlite")), object->path,
                        rest);
}

bool
wk_peer_files_are_in(const char *dir)
{
    DIR *d = opendir(dir);
    struct dirent *entry;
    uint8_t id[WK_ACTOR_ID_BYTES];
    const char *rest;
    bool found = false;

    while (d != NULL && !found && (entry = readdir(d)) != NULL)
        found = file_split(entry->d_name, id, &rest) && strcmp(rest, ".sqlite") == 0;
    if (d != NULL)
        closedir(d);
    return found;
}

static int
by_id(const void *a, const void *b)
{
    return memcmp(((const struct wk_peer_object *)a)->id,
                  ((const struct wk_peer_object *)b)->id, WK_ACTOR_ID_BYTES);
}

static struct wk_peer_object *
object_find(const struct wk_peer_files *files, const uint8_t id[WK_ACTOR_ID_BYTES])
{
    struct wk_peer_object wanted;

    memcpy(wanted.id, id, WK_ACTOR_ID_BYTES);
    return files->count > 0
               ? bsearch(&wanted, files->objects, files->count, sizeof(wanted), by_id)
               : NULL;
}

static void
object_add(struct wk_peer_files *files, const char *file, const uint8_t id[WK_ACTOR_ID_BYTES])
{
    struct wk_peer_object *object;

    if ((files->count & (files->count - 1)) == 0)
        files->objects = wk_xrealloc(files->objects, (files->count > 0 ? 2 * files->count : 1) *
                                                         sizeof(*object));
    object = &files->objects[files->count++];
    *object = (struct wk_peer_object){.path = wk_xasprintf("%s/%s", files->dir, file)};
    memcpy(object->id, id, WK_ACTOR_ID_BYTES);
}

static void
note_part(struct wk_peer_object *object, const char *rest, int dir, const char *file)
{
    unsigned number = facet_number(rest);
    struct stat st;

    if (number > object->facet_highest)
        object->facet_highest = number;
    object->facets |= strcmp(rest, ".facets") == 0;
    if (strstr(rest, ".sqlite") != NULL && fstatat(dir, file, &st, 0) == 0)
        object->bytes += (uint64_t)st.st_size;
}

/* first: the objects; then what belongs to them. */
static wk_err
walk(struct wk_peer_files *files, bool first, char **error)
{
    DIR *dir = opendir(files->dir);
    struct dirent *entry;

    if (dir == NULL) {
        *error = wk_xasprintf("%s: %s", files->dir, strerror(errno));
        return errno == ENOENT ? WK_ENOTFOUND : WK_EIO;
    }
    while ((entry = readdir(dir)) != NULL) {
        uint8_t id[WK_ACTOR_ID_BYTES];
        struct wk_peer_object *object;
        const char *rest;

        if (!file_split(entry->d_name, id, &rest))
            continue;
        if (first && strcmp(rest, ".sqlite") == 0)
            object_add(files, entry->d_name, id);
        else if (!first && (object = object_find(files, id)) != NULL)
            note_part(object, rest, dirfd(dir), entry->d_name);
    }
    closedir(dir);
    return WK_OK;
}

static void
add_name(void *arg, const char *id_text, const char *name)
{
    struct wk_peer_files *files = arg;
    struct wk_peer_object *object;
    uint8_t id[WK_ACTOR_ID_BYTES];

    if (!wk_actor_id(NULL, id_text, false, id) || (object = object_find(files, id)) == NULL)
        return;
    free(object->name);
    object->name = wk_xstrdup(name);
}

static wk_err
read_names(struct wk_peer_files *files, char **error)
{
    char *path = wk_xasprintf("%s/" NAMES_FILE, files->dir);
    wk_err err = wk_sql_import_names(path, add_name, files, error);

    if (err == WK_ENOTFOUND) { /* nobody ever set an alarm */
        free(*error);
        *error = NULL;
        err = WK_OK;
    }
    free(path);
    return err;
}

wk_err
wk_peer_files_list(const char *dir, struct wk_peer_files *out, char **error)
{
    wk_err err;

    *out = (struct wk_peer_files){.dir = wk_xstrdup(dir)};
    *error = NULL;
    if ((err = walk(out, true, error)) == WK_OK) {
        if (out->count > 0)
            qsort(out->objects, out->count, sizeof(*out->objects), by_id);
        if ((err = walk(out, false, error)) == WK_OK)
            err = read_names(out, error);
    }
    if (err != WK_OK)
        wk_peer_files_fini(out);
    return err;
}

void
wk_peer_files_fini(struct wk_peer_files *files)
{
    for (size_t i = 0; i < files->count; i++) {
        free(files->objects[i].path);
        free(files->objects[i].name);
    }
    free(files->objects);
    free(files->dir);
    *files = (struct wk_peer_files){0};
}
