#include "services/compiler/path.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

char *
wk_path_fmt(struct wk_arena *arena, const char *fmt, ...)
{
    va_list ap, again;
    char *text;
    int bytes;

    va_start(ap, fmt);
    va_copy(again, ap);
    bytes = vsnprintf(NULL, 0, fmt, ap);
    WK_CHECK(bytes >= 0);
    text = wk_arena_alloc(arena, (size_t)bytes + 1);
    vsnprintf(text, (size_t)bytes + 1, fmt, again);
    va_end(again);
    va_end(ap);
    return text;
}

/* Takes "." and ".." out of path, in place. */
static void
normalize(char *path)
{
    bool absolute = path[0] == '/';
    char *out = path + absolute, *start = out, *p = out;

    while (*p != '\0') {
        char *end = strchrnul(p, '/');
        size_t bytes = (size_t)(end - p);

        if (bytes == 0 || (bytes == 1 && p[0] == '.')) {
            /* nothing */
        } else if (bytes == 2 && p[0] == '.' && p[1] == '.' && out > start &&
                   !(out - start >= 2 && memcmp(out - 2, "..", 2) == 0 && (out - 2 == start || out[-3] == '/'))) {
            while (out > start && out[-1] != '/')
                out--;
            if (out > start)
                out--;
        } else if (!(absolute && out == start && bytes == 2 && p[0] == '.' && p[1] == '.')) {
            if (out > start)
                *out++ = '/';
            memmove(out, p, bytes);
            out += bytes;
        }
        p = *end == '\0' ? end : end + 1;
    }
    *out = '\0';
}

char *
wk_path_join(struct wk_arena *arena, const char *base, const char *more)
{
    char *path = more[0] == '/' || base[0] == '\0' ? wk_path_fmt(arena, "%s", more)
                                                   : wk_path_fmt(arena, "%s/%s", base, more);

    normalize(path);
    return path;
}

char *
wk_path_dir(struct wk_arena *arena, const char *path)
{
    const char *slash = strrchr(path, '/');

    if (slash == path)
        return wk_path_fmt(arena, "/");
    return wk_arena_strndup(arena, path, slash == NULL ? 0 : (size_t)(slash - path));
}

char *
wk_path_relative(struct wk_arena *arena, const char *root, const char *path)
{
    size_t same = 0, i;
    char *ups = wk_path_fmt(arena, "%s", "");

    for (i = 0; root[i] != '\0' && root[i] == path[i]; i++)
        if (root[i] == '/')
            same = i + 1;
    if (root[i] == '\0' && (path[i] == '/' || i == 1))
        return wk_path_fmt(arena, "%s", path + i + (path[i] == '/'));
    for (const char *p = root + same; *p != '\0'; p = *strchrnul(p, '/') == '\0' ? strchrnul(p, '/') : strchrnul(p, '/') + 1)
        ups = wk_path_fmt(arena, "%s../", ups);
    return wk_path_fmt(arena, "%s%s", ups, path + same);
}

bool
wk_path_ends(const char *path, const char *suffix)
{
    size_t path_bytes = strlen(path), suffix_bytes = strlen(suffix);

    return path_bytes >= suffix_bytes && memcmp(path + path_bytes - suffix_bytes, suffix, suffix_bytes) == 0;
}

static bool
match_braces(const char *glob, const char *path)
{
    const char *close = strchr(glob, '}'), *rest = close + 1, *p = glob + 1;
    char alternative[256];

    for (; p <= close; p = strpbrk(p, ",}") + 1) {
        size_t bytes = strcspn(p, ",}");

        if (snprintf(alternative, sizeof(alternative), "%.*s%s", (int)bytes, p, rest) < (int)sizeof(alternative) &&
            wk_path_match(alternative, path))
            return true;
    }
    return false;
}

bool
wk_path_match(const char *glob, const char *path)
{
    for (; *glob != '\0'; glob++, path++) {
        if (glob[0] == '*' && glob[1] == '*') {
            glob += 2;
            if (*glob == '/' && wk_path_match(glob + 1, path))
                return true;
            for (;; path++) {
                if (wk_path_match(glob, path))
                    return true;
                if (*path == '\0')
                    return false;
            }
        }
        if (*glob == '*') {
            for (;; path++) {
                if (wk_path_match(glob + 1, path))
                    return true;
                if (*path == '\0' || *path == '/')
                    return false;
            }
        }
        if (*glob == '{' && strchr(glob, '}') != NULL)
            return match_braces(glob, path);
        if (*path == '\0' || (*glob != '?' && *glob != *path) || (*glob == '?' && *path == '/'))
            return false;
    }
    return *path == '\0';
}
