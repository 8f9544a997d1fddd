#include "services/compiler/tsconfig.h"

#include <stdlib.h>
#include <string.h>
#include "services/compiler/json.h"
#include "services/compiler/path.h"

#define EXTENDS_MAX 16
#define TSCONFIG_BYTES_MAX (1u << 20)

struct reading {
    struct wk_files *files;
    struct wk_arena *arena;
    struct wk_tsconfig *out;
    const char *error;
    bool fields_known;
    int depth;
};

static wk_err read_one(struct reading *r, const char *path, bool must);

static const char *
kept(struct reading *r, const char *text)
{
    return wk_arena_strndup(r->arena, text, strlen(text));
}

static void
read_paths(struct reading *r, const char *dir, json_t *paths)
{
    const char *base = r->out->base_url != NULL ? r->out->base_url : dir;
    const char *pattern;
    json_t *targets;
    size_t n = 0;

    r->out->paths = wk_arena_alloc(r->arena, (json_object_size(paths) + 1) * sizeof(*r->out->paths));
    json_object_foreach(paths, pattern, targets)
    {
        struct wk_ts_path *path = &r->out->paths[n++];
        size_t len = 0;

        path->pattern = kept(r, pattern);
        path->targets = wk_arena_alloc(r->arena, (json_array_size(targets) + 1) * sizeof(*path->targets));
        for (size_t i = 0; i < json_array_size(targets); i++)
            if (json_is_string(json_array_get(targets, i)))
                path->targets[len++] = wk_path_join(r->arena, base, json_string_value(json_array_get(targets, i)));
    }
    r->out->paths_len = n;
}

static void
read_options(struct reading *r, const char *dir, const json_t *options)
{
    struct wk_lower_opts *lower = &r->out->lower;
    json_t *fields = json_object_get(options, "useDefineForClassFields");
    json_t *paths = json_object_get(options, "paths");
    const char *text;

    if ((text = wk_json_str(options, "jsx")) != NULL)
        lower->jsx = kept(r, text);
    if ((text = wk_json_str(options, "jsxImportSource")) != NULL)
        lower->jsx_import_source = kept(r, text);
    if ((text = wk_json_str(options, "jsxFactory")) != NULL)
        lower->jsx_factory = kept(r, text);
    if ((text = wk_json_str(options, "jsxFragmentFactory")) != NULL)
        lower->jsx_fragment_factory = kept(r, text);
    if ((text = wk_json_str(options, "baseUrl")) != NULL)
        r->out->base_url = wk_path_join(r->arena, dir, text);
    if (json_is_object(paths))
        read_paths(r, dir, paths);
    if (json_is_boolean(fields)) {
        lower->assign_fields = json_is_false(fields);
        r->fields_known = true;
    } else if ((text = wk_json_str(options, "target")) != NULL && !r->fields_known) {
        /* as tsc: fields are assigned below ES2022 */
        lower->assign_fields = strcasecmp(text, "esnext") != 0 && !(strncasecmp(text, "es20", 4) == 0 && atoi(text + 2) >= 2022);
    }
}

/* "extends": a path, or a file of a package. */
static wk_err
read_extended(struct reading *r, const char *dir, const char *name)
{
    char *path;

    if (name[0] == '.' || name[0] == '/') {
        path = wk_path_join(r->arena, dir, name);
        if (!wk_files_has(r->files, path))
            path = wk_path_fmt(r->arena, "%s.json", path);
        return read_one(r, path, true);
    }
    for (;; dir = wk_path_dir(r->arena, dir)) {
        for (size_t i = 0; i < 3; i++) {
            path = i == 0   ? wk_path_fmt(r->arena, "%s/node_modules/%s", dir, name)
                   : i == 1 ? wk_path_fmt(r->arena, "%s/node_modules/%s.json", dir, name)
                            : wk_path_fmt(r->arena, "%s/node_modules/%s/tsconfig.json", dir, name);
            if (wk_files_has(r->files, path))
                return read_one(r, path, true);
        }
        if (strcmp(dir, "/") == 0)
            break;
    }
    r->error = wk_path_fmt(r->arena, "tsconfig: cannot find \"%s\" to extend", name);
    return WK_EINVAL;
}

static wk_err
read_extends(struct reading *r, const char *dir, const json_t *extends)
{
    wk_err err = WK_OK;

    if (json_is_string(extends))
        return read_extended(r, dir, json_string_value(extends));
    for (size_t i = 0; err == WK_OK && i < json_array_size(extends); i++)
        if (json_is_string(json_array_get(extends, i)))
            err = read_extended(r, dir, json_string_value(json_array_get(extends, i)));
    return err;
}

static wk_err
read_one(struct reading *r, const char *path, bool must)
{
    const char *dir = wk_path_dir(r->arena, path);
    const struct wk_file *file;
    json_error_t error;
    json_t *json;
    wk_err err;

    if (++r->depth > EXTENDS_MAX || wk_files_read(r->files, path, TSCONFIG_BYTES_MAX, &file) != WK_OK) {
        if (!must)
            return WK_OK;
        r->error = wk_path_fmt(r->arena, "%s: cannot be read", path);
        return WK_EINVAL;
    }
    if ((json = wk_json_parse(file->content, file->bytes, &error)) == NULL || !json_is_object(json)) {
        r->error = wk_path_fmt(r->arena, "%s:%d:%d: %s", path, json == NULL ? error.line : 1,
                               json == NULL ? error.column : 1, json == NULL ? error.text : "not an object");
        json_decref(json);
        return WK_EINVAL;
    }
    if ((err = read_extends(r, dir, json_object_get(json, "extends"))) == WK_OK)
        read_options(r, dir, json_object_get(json, "compilerOptions"));
    json_decref(json);
    return err;
}

wk_err
wk_tsconfig_read(struct wk_files *files, struct wk_arena *arena, const char *path, struct wk_tsconfig *out, const char **error)
{
    struct reading r = {.files = files, .arena = arena, .out = out};
    wk_err err;

    memset(out, 0, sizeof(*out));
    err = read_one(&r, path, false);
    *error = r.error;
    return err;
}
