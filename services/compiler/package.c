#include "services/compiler/package.h"

#include <string.h>
#include "services/compiler/path.h"

#define PACKAGE_BYTES_MAX (4u << 20)

const char *const wk_package_conditions[] = {"workerd", "worker", "browser", "default", NULL};

void
wk_packages_fini(struct wk_packages *packages)
{
    for (struct wk_package *p = packages->list; p != NULL; p = p->next)
        json_decref(p->json);
    packages->list = NULL;
}

struct wk_package *
wk_package_in(struct wk_packages *packages, const char *dir)
{
    const struct wk_file *file;
    struct wk_package *p;
    json_error_t error;

    for (p = packages->list; p != NULL; p = p->next)
        if (strcmp(p->dir, dir) == 0)
            return p->json == NULL ? NULL : p;
    p = wk_arena_alloc(packages->arena, sizeof(*p));
    p->dir = wk_path_fmt(packages->arena, "%s", dir);
    p->next = packages->list;
    packages->list = p;
    if (wk_files_read(packages->files, wk_path_join(packages->arena, dir, "package.json"), PACKAGE_BYTES_MAX, &file) != WK_OK)
        return NULL;
    p->json = wk_json_parse(file->content, file->bytes, &error);
    if (!json_is_object(p->json)) {
        json_decref(p->json);
        p->json = json_object();
    }
    return p;
}

struct wk_package *
wk_package_around(struct wk_packages *packages, const char *dir)
{
    for (;;) {
        struct wk_package *p;

        if (wk_path_ends(dir, "/node_modules"))
            return NULL;
        if ((p = wk_package_in(packages, dir)) != NULL || strcmp(dir, "/") == 0)
            return p;
        dir = wk_path_dir(packages->arena, dir);
    }
}

static bool
holds(const char *condition, bool is_require)
{
    if (strcmp(condition, is_require ? "require" : "import") == 0)
        return true;
    for (const char *const *c = wk_package_conditions; *c != NULL; c++)
        if (strcmp(condition, *c) == 0)
            return true;
    return false;
}

/* target with every * replaced by what the pattern matched. */
static const char *
fill(struct wk_arena *arena, const char *target, const char *match)
{
    const char *star;

    if (match == NULL)
        return target;
    while ((star = strchr(target, '*')) != NULL) {
        size_t head = (size_t)(star - target);
        /* a match cannot bring a * of its own: file names with one are not supported */
        if (strchr(match, '*') != NULL)
            return NULL;
        target = wk_path_fmt(arena, "%.*s%s%s", (int)head, target, match, star + 1);
    }
    return target;
}

/* Gives the target; *dead is set where the package says null. */
static const char *
target_of(struct wk_arena *arena, const json_t *value, const char *match, bool is_require, bool *dead)
{
    const char *key, *found;
    const json_t *entry;
    void *iter;

    if (json_is_string(value))
        return fill(arena, json_string_value(value), match);
    if (json_is_null(value))
        *dead = true;
    if (json_is_array(value)) {
        /* what is no path inside the package is passed over */
        for (size_t i = 0; i < json_array_size(value); i++)
            if (!(json_is_string(json_array_get(value, i)) && json_string_value(json_array_get(value, i))[0] != '.') &&
                (found = target_of(arena, json_array_get(value, i), match, is_require, dead)) != NULL)
                return found;
    }
    if (!json_is_object(value))
        return NULL;
    for (iter = json_object_iter((json_t *)value); iter != NULL; iter = json_object_iter_next((json_t *)value, iter)) {
        key = json_object_iter_key(iter);
        entry = json_object_iter_value(iter);
        if (!holds(key, is_require))
            continue;
        if ((found = target_of(arena, entry, match, is_require, dead)) != NULL || *dead)
            return found;
    }
    return NULL;
}

/* Does key match pattern, "./a/" and a star? Then *match is what the star stands for. */
static bool
pattern_matches(struct wk_arena *arena, const char *pattern, const char *key, const char **match)
{
    const char *star = strchr(pattern, '*');
    size_t head, tail, bytes = strlen(key);

    if (star == NULL)
        return false;
    head = (size_t)(star - pattern);
    tail = strlen(star + 1);
    if (bytes < head + tail || memcmp(pattern, key, head) != 0 || memcmp(star + 1, key + bytes - tail, tail) != 0)
        return false;
    *match = wk_arena_strndup(arena, key + head, bytes - head - tail);
    return true;
}

const char *
wk_package_map(struct wk_arena *arena, const json_t *map, const char *key, bool is_require)
{
    const char *name, *match = NULL, *best_match = NULL;
    const json_t *best = NULL, *value;
    size_t best_bytes = 0;
    bool dead = false;
    json_t *object = (json_t *)map;

    const char *first = json_is_object(map) ? json_object_iter_key(json_object_iter(object)) : NULL;
    if (key[0] == '.' && (first == NULL || first[0] != '.')) /* sugar: the whole value is "." */
        return strcmp(key, ".") == 0 ? target_of(arena, map, NULL, is_require, &dead) : NULL;
    if ((value = json_object_get(map, key)) != NULL && strchr(key, '*') == NULL)
        return target_of(arena, value, NULL, is_require, &dead);
    json_object_foreach(object, name, value)
    {
        size_t bytes = strcspn(name, "*");

        if (!pattern_matches(arena, name, key, &match)) {
            size_t len = strlen(name); /* the older form: "./dir/" maps a directory */
            if (len == 0 || name[len - 1] != '/' || strncmp(name, key, len) != 0)
                continue;
            match = NULL;
        }
        if (best == NULL || bytes > best_bytes) {
            best = value;
            best_bytes = bytes;
            best_match = match == NULL ? wk_path_fmt(arena, "\001%s", key + strlen(name)) : match;
        }
    }
    if (best == NULL)
        return NULL;
    if (best_match[0] != '\001')
        return target_of(arena, best, best_match, is_require, &dead);
    name = target_of(arena, best, NULL, is_require, &dead);
    return name == NULL ? NULL : wk_path_fmt(arena, "%s%s", name, best_match + 1);
}

const char *
wk_package_browser(const struct wk_package *package, const char *file)
{
    const json_t *map = json_object_get(package->json, "browser"), *value;

    if (!json_is_object(map) || (value = json_object_get(map, file)) == NULL)
        return NULL;
    return json_is_false(value) ? "" : json_string_value(value);
}
