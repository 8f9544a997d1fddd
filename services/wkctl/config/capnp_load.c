/* services/wkctl/config/capnp_load.c - the files of a Cap'n Proto configuration, and which of
 * their constants is the configuration. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include "services/wkctl/config/capnp_eval.h"

static bool
is_file(const char *path)
{
    struct stat st;

    return stat(path, &st) == 0 && S_ISREG(st.st_mode);
}

/* Where a path written in from leads to: beside it, or for /absolute ones in the import paths.
 * Freed by the caller; NULL when there is no such file. */
static char *
find_file(struct capnp_eval *e, const struct capnp_file *from, const char *path)
{
    const char *slash = strrchr(from->path, '/');
    char *found;

    if (path[0] != '/') {
        found = slash != NULL
                    ? wk_xasprintf("%.*s/%s", (int)(slash - from->path), from->path, path)
                    : wk_xstrdup(path);
        if (is_file(found))
            return found;
        free(found);
        return NULL;
    }
    for (size_t i = 0; i < e->opts->import_path_count; i++) {
        found = wk_xasprintf("%s%s", e->opts->import_paths[i], path);
        if (is_file(found))
            return found;
        free(found);
    }
    return NULL;
}

static char *
arena_copy(struct capnp_eval *e, const char *text)
{
    return wk_arena_strndup(e->arena, text, strlen(text));
}

/* Reads path into the arena. */
static wk_err
read_file(struct capnp_eval *e, const char *path, const char **text, size_t *len)
{
    struct wk_buf buf = {0};
    wk_err err = wk_buf_read_file(&buf, path, WK_DOC_BYTES_MAX - e->bytes);

    if (err == WK_OK) {
        e->bytes += buf.len;
        *len = buf.len;
        *text = wk_arena_strndup(e->arena, buf.data != NULL ? buf.data : "", buf.len);
        if (e->seen != NULL)
            e->seen(e->seen_arg, arena_copy(e, path));
    }
    wk_buf_fini(&buf);
    return err;
}

static void
say_unread(struct capnp_eval *e, const struct capnp_file *from, const struct capnp_expr *x,
           const char *what, const char *why)
{
    wk_diag_add(e->diags, WK_DIAG_ERROR, from->path, x->line, x->column, e->field, "%s: %s%s",
                what, x->text, why);
}

static const char *
why_unread(wk_err err)
{
    return err == WK_ELIMIT ? " (all files of a configuration together may have 64 MiB)"
           : err == WK_OK   ? ""
                            : " (it cannot be read; check its permissions)";
}

struct capnp_file *
capnp_import(struct capnp_eval *e, const struct capnp_file *from, const struct capnp_expr *x)
{
    char *path = find_file(e, from, x->text);
    char *real = path != NULL ? realpath(path, NULL) : NULL;
    struct capnp_file *file = NULL;
    const char *text;
    wk_err err = WK_OK;
    size_t len;

    for (file = e->files; real != NULL && file != NULL; file = file->next)
        if (strcmp(file->real, real) == 0)
            goto out;
    file = NULL;
    if (real == NULL || e->file_count >= CAPNP_FILES_MAX ||
        (err = read_file(e, path, &text, &len)) != WK_OK) {
        say_unread(e, from, x, "Import failed", why_unread(err));
        goto out;
    }
    file = wk_arena_alloc(e->arena, sizeof(*file));
    file->path = arena_copy(e, path);
    file->real = arena_copy(e, real);
    file->next = e->files;
    e->files = file;
    e->file_count++;
    capnp_parse(e->arena, file, text, len, e->diags);
out:
    free(path);
    free(real);
    return file;
}

const struct capnp_embed *
capnp_embed_load(struct capnp_eval *e, const struct capnp_file *from,
                 const struct capnp_expr *x)
{
    char *path = find_file(e, from, x->text);
    struct capnp_embed *embed = NULL;
    wk_err err = WK_OK;

    if (path == NULL) {
        say_unread(e, from, x, "Couldn't read file for embed", "");
        return NULL;
    }
    for (embed = e->embeds; embed != NULL; embed = embed->next)
        if (strcmp(embed->path, path) == 0)
            goto out;
    embed = wk_arena_alloc(e->arena, sizeof(*embed));
    if ((err = read_file(e, path, &embed->text, &embed->len)) != WK_OK) {
        say_unread(e, from, x, "Couldn't read file for embed", why_unread(err));
        embed = NULL;
        goto out;
    }
    embed->path = arena_copy(e, path);
    embed->next = e->embeds;
    e->embeds = embed;
out:
    free(path);
    return embed;
}

/* The constant that is the configuration, or NULL after an error with the peer's words. */
static struct capnp_decl *
choose(struct capnp_eval *e, struct capnp_file *file)
{
    const char *name = e->opts->const_name;
    struct capnp_decl *found = NULL;
    struct wk_buf names = {0};
    size_t count = 0;

    for (struct capnp_decl *d = file->decls; d != NULL; d = d->next) {
        struct capnp_type type;
        bool is_config;

        if (d->kind != CAPNP_CONST || (name != NULL && strcmp(name, d->name) != 0))
            continue;
        if (!capnp_resolve_type(e, file, d->type, &type))
            goto out;
        is_config = !type.list && type.type == capnp_struct_find("Config");
        if (name != NULL && !is_config) {
            wk_diag_add(e->diags, WK_DIAG_ERROR, file->path, d->line, d->column, name,
                        "%s: Constant is not of type 'Config'.", name);
            goto out;
        }
        if (!is_config)
            continue;
        found = d;
        wk_buf_addf(&names, "%s%s", count++ > 0 ? ", " : "", d->name);
    }
    if (count == 1)
        goto out;
    found = NULL;
    if (name != NULL)
        wk_diag_add(e->diags, WK_DIAG_ERROR, file->path, 0, 0, name,
                    "%s: No such constant is defined in the config file.", name);
    else if (count == 0)
        wk_diag_add(
            e->diags, WK_DIAG_ERROR, file->path, 0, 0, NULL,
            "The config file does not define any top-level constants of type 'Config'.");
    else
        wk_diag_add(
            e->diags, WK_DIAG_ERROR, file->path, 0, 0, NULL,
            "The config file defines multiple top-level constants of type 'Config', so you "
            "must specify which one to use with <const-name>. The options are: %s",
            names.data);
out:
    wk_buf_fini(&names);
    return found;
}

struct wk_doc *
wk_capnp_parse(struct wk_arena *arena, const char *path, const char *text, size_t bytes,
               const struct wk_capnp_opts *opts, wk_capnp_seen_fn *seen, void *arg,
               struct wk_diag_list *diags)
{
    struct capnp_file file = {.path = path, .real = path};
    struct capnp_eval e = {.arena = arena,
                           .opts = opts,
                           .seen = seen,
                           .seen_arg = arg,
                           .diags = diags,
                           .files = &file,
                           .file_count = 1};
    struct capnp_type type = {.base = CAPNP_STRUCT, .type = capnp_struct_find("Config")};
    char *real = realpath(path, NULL);
    struct capnp_decl *decl;
    struct wk_doc *doc = NULL;

    if (real != NULL)
        file.real = arena_copy(&e, real);
    if (capnp_parse(arena, &file, text, bytes, diags) && (decl = choose(&e, &file)) != NULL) {
        decl->busy = true;
        doc = capnp_eval_value(&e, &file, decl->value, &type);
    }
    free(real);
    return doc;
}

struct wk_doc *
wk_capnp_load(struct wk_arena *arena, const char *path, const struct wk_capnp_opts *opts,
              wk_capnp_seen_fn *seen, void *arg, struct wk_diag_list *diags)
{
    struct wk_buf text = {0};
    struct wk_doc *doc = NULL;
    wk_err err = wk_buf_read_file(&text, path, WK_DOC_BYTES_MAX);

    if (err != WK_OK) {
        wk_diag_add(diags, WK_DIAG_ERROR, path, 0, 0, NULL, "%s",
                    err == WK_ENOTFOUND ? "No such file."
                    : err == WK_ELIMIT  ? "This file is larger than 64 MiB."
                                        : "This file cannot be read; check its permissions.");
    } else {
        if (seen != NULL)
            seen(arg, wk_arena_strndup(arena, path, strlen(path)));
        doc = wk_capnp_parse(arena, path, text.data != NULL ? text.data : "", text.len, opts,
                             seen, arg, diags);
    }
    wk_buf_fini(&text);
    return doc;
}
