#include "services/compiler/resolve.h"

#include <stdlib.h>
#include <string.h>
#include "services/compiler/path.h"

#define ALIAS_DEPTH_MAX 8

static const char *const extensions[] = {".ts", ".tsx", ".mts", ".cts", ".js", ".mjs", ".cjs", ".jsx", ".json"};
/* what TypeScript lets a specifier say instead of the file's own extension */
static const char *const written_as[][3] = {
    {".js", ".ts", ".tsx"}, {".jsx", ".tsx", ".ts"}, {".mjs", ".mts", NULL}, {".cjs", ".cts", NULL},
};
static const char *const node_modules[] = {
    "assert", "assert/strict", "async_hooks", "buffer", "child_process", "cluster", "console", "constants", "crypto",
    "dgram", "diagnostics_channel", "dns", "dns/promises", "domain", "events", "fs", "fs/promises", "http", "http2",
    "https", "inspector", "inspector/promises", "module", "net", "os", "path", "path/posix", "path/win32", "perf_hooks",
    "process", "punycode", "querystring", "readline", "readline/promises", "repl", "stream", "stream/consumers",
    "stream/promises", "stream/web", "string_decoder", "sys", "timers", "timers/promises", "tls", "trace_events", "tty",
    "url", "util", "util/types", "v8", "vm", "wasi", "worker_threads", "zlib",
};

static wk_err resolve_from(struct wk_resolver *r, const char *dir, const char *specifier, bool is_require, int depth,
                           struct wk_resolved *out);

bool
wk_resolve_is_node(const char *specifier)
{
    for (size_t i = 0; i < WK_COUNT(node_modules); i++)
        if (strcmp(specifier, node_modules[i]) == 0)
            return true;
    return false;
}

static bool
starts(const char *text, const char *with)
{
    return strncmp(text, with, strlen(with)) == 0;
}

/* path with every link followed. */
static wk_err
found(struct wk_resolver *r, const char *path, struct wk_resolved *out)
{
    char *real = realpath(path, NULL);

    out->path = wk_path_fmt(r->arena, "%s", real == NULL ? path : real);
    free(real);
    return WK_OK;
}

static wk_err
load_file(struct wk_resolver *r, const char *path, struct wk_resolved *out)
{
    if (wk_files_has(r->files, path))
        return found(r, path, out);
    for (size_t i = 0; i < WK_COUNT(written_as); i++) {
        if (!wk_path_ends(path, written_as[i][0]))
            continue;
        for (size_t j = 1; j < 3 && written_as[i][j] != NULL; j++) {
            size_t stem = strlen(path) - strlen(written_as[i][0]);
            char *other = wk_path_fmt(r->arena, "%.*s%s", (int)stem, path, written_as[i][j]);

            if (wk_files_has(r->files, other))
                return found(r, other, out);
        }
    }
    for (size_t i = 0; i < WK_COUNT(extensions); i++) {
        char *other = wk_path_fmt(r->arena, "%s%s", path, extensions[i]);

        if (wk_files_has(r->files, other))
            return found(r, other, out);
    }
    return WK_ENOTFOUND;
}

/* The "browser" map may send a file of the package elsewhere, or say that it is empty. */
static wk_err
through_browser(struct wk_resolver *r, struct wk_resolved *out)
{
    struct wk_package *package;
    const char *to, *key;

    if (out->path == NULL || strstr(out->path, "/node_modules/") == NULL ||
        (package = wk_package_around(&r->packages, wk_path_dir(r->arena, out->path))) == NULL)
        return WK_OK;
    key = wk_path_fmt(r->arena, "./%s", wk_path_relative(r->arena, package->dir, out->path));
    if ((to = wk_package_browser(package, key)) == NULL)
        return WK_OK;
    if (*to == '\0') {
        out->path = "";
        return WK_OK;
    }
    return load_file(r, wk_path_join(r->arena, package->dir, to), out);
}

static wk_err
load_directory(struct wk_resolver *r, const char *dir, struct wk_resolved *out)
{
    static const char *const fields[] = {"browser", "module", "main"};
    struct wk_package *package = wk_package_in(&r->packages, dir);

    for (size_t i = 0; package != NULL && i < WK_COUNT(fields); i++) {
        const char *entry = wk_json_str(package->json, fields[i]);

        if (entry == NULL || *entry == '\0')
            continue;
        entry = wk_path_join(r->arena, dir, entry);
        if (load_file(r, entry, out) == WK_OK || load_file(r, wk_path_join(r->arena, entry, "index"), out) == WK_OK)
            return WK_OK;
    }
    return load_file(r, wk_path_join(r->arena, dir, "index"), out);
}

static wk_err
load_path(struct wk_resolver *r, const char *path, bool as_directory, struct wk_resolved *out)
{
    wk_err err = as_directory ? WK_ENOTFOUND : load_file(r, path, out);

    if (err != WK_OK && wk_files_has_dir(r->files, path))
        err = load_directory(r, path, out);
    return err == WK_OK ? through_browser(r, out) : err;
}

static wk_err
load_package(struct wk_resolver *r, const char *dir, const char *subpath, bool is_require, struct wk_resolved *out)
{
    struct wk_package *package = wk_package_in(&r->packages, dir);
    const json_t *exports = package == NULL ? NULL : json_object_get(package->json, "exports");
    const char *target;

    if (exports != NULL && !json_is_null(exports)) {
        target = wk_package_map(r->arena, exports, wk_path_fmt(r->arena, ".%s", subpath), is_require);
        if (target == NULL || !starts(target, "./"))
            return WK_ENOTFOUND;
        if (wk_files_has(r->files, wk_path_join(r->arena, dir, target)))
            return found(r, wk_path_join(r->arena, dir, target), out);
        return WK_ENOTFOUND;
    }
    if (*subpath == '\0')
        return load_path(r, dir, true, out);
    return load_path(r, wk_path_fmt(r->arena, "%s%s", dir, subpath), false, out);
}

/* Where the package name in "name/sub" or "@scope/name/sub" ends. */
static size_t
package_name_bytes(const char *specifier)
{
    const char *slash = strchr(specifier, '/');

    if (specifier[0] == '@' && slash != NULL)
        slash = strchr(slash + 1, '/');
    return slash == NULL ? strlen(specifier) : (size_t)(slash - specifier);
}

static wk_err
load_bare(struct wk_resolver *r, const char *dir, const char *specifier, bool is_require, struct wk_resolved *out)
{
    size_t name_bytes = package_name_bytes(specifier);
    char *name = wk_arena_strndup(r->arena, specifier, name_bytes);
    struct wk_package *own = wk_package_around(&r->packages, dir);
    const char *own_name = own == NULL ? NULL : wk_json_str(own->json, "name");

    if (own_name != NULL && strcmp(own_name, name) == 0 && json_object_get(own->json, "exports") != NULL &&
        load_package(r, own->dir, specifier + name_bytes, is_require, out) == WK_OK)
        return WK_OK;
    for (;; dir = wk_path_dir(r->arena, dir)) {
        if (!wk_path_ends(dir, "/node_modules")) {
            char *candidate = wk_path_fmt(r->arena, "%s/node_modules/%s", strcmp(dir, "/") == 0 ? "" : dir, name);

            if (wk_files_has_dir(r->files, candidate))
                return load_package(r, candidate, specifier + name_bytes, is_require, out);
        }
        if (strcmp(dir, "/") == 0 || *dir == '\0')
            return WK_ENOTFOUND;
    }
}

static wk_err
load_tsconfig_path(struct wk_resolver *r, const char *specifier, struct wk_resolved *out)
{
    const struct wk_tsconfig *config = r->tsconfig;
    const struct wk_ts_path *best = NULL;
    size_t best_head = 0, bytes = strlen(specifier);

    for (size_t i = 0; config != NULL && i < config->paths_len; i++) {
        const char *pattern = config->paths[i].pattern, *star = strchr(pattern, '*');
        size_t head = star == NULL ? strlen(pattern) : (size_t)(star - pattern);

        if (star == NULL ? strcmp(pattern, specifier) != 0
                         : strncmp(pattern, specifier, head) != 0 || bytes < head + strlen(star + 1) ||
                               !wk_path_ends(specifier, star + 1))
            continue;
        if (best == NULL || star == NULL || head > best_head) {
            best = &config->paths[i];
            best_head = star == NULL ? SIZE_MAX : head;
        }
    }
    for (size_t i = 0; best != NULL && best->targets[i] != NULL; i++) {
        const char *star = strchr(best->targets[i], '*'), *pattern_star = strchr(best->pattern, '*');
        const char *path = best->targets[i];

        if (star != NULL && pattern_star != NULL)
            path = wk_path_fmt(r->arena, "%.*s%.*s%s", (int)(star - path), path,
                               (int)(bytes - best_head - strlen(pattern_star + 1)), specifier + best_head, star + 1);
        if (load_path(r, path, false, out) == WK_OK)
            return WK_OK;
    }
    if (config != NULL && config->base_url != NULL)
        return load_path(r, wk_path_join(r->arena, config->base_url, specifier), false, out);
    return WK_ENOTFOUND;
}

static const char *
aliased(struct wk_resolver *r, const char *specifier)
{
    for (size_t i = 0; i < r->aliases_len; i++) {
        size_t bytes = strlen(r->aliases[i].name);

        if (strncmp(specifier, r->aliases[i].name, bytes) == 0 && (specifier[bytes] == '\0' || specifier[bytes] == '/'))
            return wk_path_fmt(r->arena, "%s%s", r->aliases[i].value, specifier + bytes);
    }
    return NULL;
}

/* #x: the nearest package's "imports". */
static wk_err
load_import(struct wk_resolver *r, const char *dir, const char *specifier, bool is_require, int depth, struct wk_resolved *out)
{
    struct wk_package *package = wk_package_around(&r->packages, dir);
    const json_t *imports = package == NULL ? NULL : json_object_get(package->json, "imports");
    const char *target = imports == NULL ? NULL : wk_package_map(r->arena, imports, specifier, is_require);

    if (target == NULL)
        return WK_ENOTFOUND;
    if (starts(target, "./"))
        return load_file(r, wk_path_join(r->arena, package->dir, target), out);
    return resolve_from(r, package->dir, target, is_require, depth + 1, out);
}

static wk_err
builtin(struct wk_resolver *r, const char *name, struct wk_resolved *out)
{
    out->builtin = wk_path_fmt(r->arena, "%s", name);
    return WK_OK;
}

/* A package's "browser" map also speaks of bare names. */
static bool
bare_browser(struct wk_resolver *r, const char *dir, const char **specifier)
{
    struct wk_package *package = strstr(dir, "/node_modules/") == NULL ? NULL : wk_package_around(&r->packages, dir);
    const char *to = package == NULL ? NULL : wk_package_browser(package, *specifier);

    if (to == NULL)
        return false;
    *specifier = starts(to, "./") ? wk_path_join(r->arena, package->dir, to) : to;
    return true;
}

static wk_err
resolve_from(struct wk_resolver *r, const char *dir, const char *specifier, bool is_require, int depth, struct wk_resolved *out)
{
    const char *other = aliased(r, specifier);
    size_t bytes = strlen(specifier);

    if (depth > ALIAS_DEPTH_MAX || bytes == 0)
        return WK_ENOTFOUND;
    if (other != NULL && strcmp(other, specifier) != 0)
        return resolve_from(r, starts(other, "./") ? r->root : dir, other, is_require, depth + 1, out);
    if (starts(specifier, "cloudflare:") || starts(specifier, "node:") || starts(specifier, "workerd:") || starts(specifier, "wk:"))
        return builtin(r, specifier, out);
    if (wk_path_ends(specifier, "?module"))
        specifier = wk_arena_strndup(r->arena, specifier, bytes - strlen("?module"));
    if (specifier[0] == '#')
        return load_import(r, dir, specifier, is_require, depth, out);
    if (specifier[0] == '/' || strcmp(specifier, ".") == 0 || strcmp(specifier, "..") == 0 || starts(specifier, "./") ||
        starts(specifier, "../"))
        return load_path(r, wk_path_join(r->arena, dir, specifier), specifier[strlen(specifier) - 1] == '/', out);
    if (strstr(dir, "/node_modules/") == NULL && load_tsconfig_path(r, specifier, out) == WK_OK)
        return WK_OK;
    if (bare_browser(r, dir, &specifier)) {
        if (*specifier == '\0') {
            out->path = "";
            return WK_OK;
        }
        if (*specifier == '/')
            return load_path(r, specifier, false, out);
    }
    if (r->node_first && wk_resolve_is_node(specifier))
        return builtin(r, wk_path_fmt(r->arena, "node:%s", specifier), out);
    if (load_bare(r, dir, specifier, is_require, out) == WK_OK)
        return WK_OK;
    if (wk_resolve_is_node(specifier))
        return builtin(r, wk_path_fmt(r->arena, "node:%s", specifier), out);
    return WK_ENOTFOUND;
}

wk_err
wk_resolve(struct wk_resolver *resolver, const char *from, const char *specifier, bool is_require, struct wk_resolved *out)
{
    memset(out, 0, sizeof(*out));
    return resolve_from(resolver, wk_path_dir(resolver->arena, from), specifier, is_require, 0, out);
}
