#include "services/wkctl/watch.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

#define QUIET_MS 20 /* an editor's save is several events */
#define GATHER_MS_MAX 100
#define EVENTS                                                                                 \
    (IN_CLOSE_WRITE | IN_MOVED_TO | IN_MOVED_FROM | IN_CREATE | IN_DELETE | IN_DELETE_SELF |   \
     IN_MOVE_SELF)
#define SLACK_NS 5000000u /* the clock of file times is coarse */

struct entry {
    int wd;
    char *name; /* in that directory */
};

struct wk_watch {
    int fd;
    uv_poll_t poll;
    uv_timer_t quiet;
    int closing; /* handles still open */
    void (*on_change)(void *arg, uint64_t first_ms);
    void *arg;
    struct entry *entries;
    size_t count;
    uint64_t first_ms; /* 0: nothing gathered */
    bool anything;
};

/* ---- events ---- */

static void
on_quiet(uv_timer_t *timer)
{
    struct wk_watch *w = timer->data;
    uint64_t first_ms = w->first_ms;

    w->first_ms = 0;
    w->on_change(w->arg, first_ms);
}

static void
changed(struct wk_watch *w)
{
    uint64_t now = wk_now_ms(), wait = QUIET_MS;

    if (w->first_ms == 0)
        w->first_ms = now;
    if (now + wait > w->first_ms + GATHER_MS_MAX)
        wait = now < w->first_ms + GATHER_MS_MAX ? w->first_ms + GATHER_MS_MAX - now : 0;
    uv_update_time(w->quiet.loop);
    uv_timer_start(&w->quiet, on_quiet, wait, 0);
}

static bool
concerns(const struct wk_watch *w, const struct inotify_event *event)
{
    if (event->mask & (IN_Q_OVERFLOW | IN_DELETE_SELF | IN_MOVE_SELF))
        return true;
    if (event->len == 0)
        return false;
    if (w->anything && event->name[0] != '.')
        return true;
    for (size_t i = 0; i < w->count; i++)
        if (w->entries[i].wd == event->wd && strcmp(w->entries[i].name, event->name) == 0)
            return true;
    return false;
}

static void
on_readable(uv_poll_t *poll, int status, int events)
{
    struct wk_watch *w = poll->data;
    char bytes[8192] __attribute__((aligned(__alignof__(struct inotify_event))));
    ssize_t got;

    while ((got = read(w->fd, bytes, sizeof(bytes))) > 0) {
        for (ssize_t at = 0; at < got;) {
            const struct inotify_event *event =
                (const struct inotify_event *)(const void *)(bytes + at);

            if (concerns(w, event))
                changed(w);
            at += (ssize_t)(sizeof(*event) + event->len);
        }
    }
}

/* ---- opening and closing ---- */

wk_err
wk_watch_open(uv_loop_t *loop, void (*on_change)(void *arg, uint64_t first_ms), void *arg,
              struct wk_watch **out)
{
    struct wk_watch *w = wk_xcalloc(1, sizeof(*w));

    *out = NULL;
    w->fd = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
    if (w->fd < 0) {
        free(w);
        return WK_EIO;
    }
    w->on_change = on_change;
    w->arg = arg;
    uv_poll_init(loop, &w->poll, w->fd);
    uv_timer_init(loop, &w->quiet);
    w->poll.data = w->quiet.data = w;
    uv_poll_start(&w->poll, UV_READABLE, on_readable);
    *out = w;
    return WK_OK;
}

static void
entries_free(struct entry *entries, size_t count)
{
    for (size_t i = 0; i < count; i++)
        free(entries[i].name);
    free(entries);
}

static void
handle_closed(uv_handle_t *handle)
{
    struct wk_watch *w = handle->data;

    if (--w->closing > 0)
        return;
    close(w->fd);
    entries_free(w->entries, w->count);
    free(w);
}

void
wk_watch_close(struct wk_watch *w)
{
    if (w == NULL)
        return;
    w->closing = 2;
    uv_close((uv_handle_t *)&w->poll, handle_closed);
    uv_close((uv_handle_t *)&w->quiet, handle_closed);
}

void
wk_watch_anything(struct wk_watch *w, bool anything)
{
    w->anything = anything;
}

/* ---- the set ---- */

static void
entry_add(struct wk_watch *w, int wd, const char *name)
{
    if (w->count % 64 == 0)
        w->entries = wk_xrealloc(w->entries, (w->count + 64) * sizeof(*w->entries));
    w->entries[w->count++] = (struct entry){wd, wk_xstrdup(name)};
}

/* Makes path absolute and drops what names nothing: double slashes and one at the end. */
static bool
path_normal(const char *path, char *out, size_t size)
{
    size_t n = 0;

    if (path[0] != '/') {
        if (getcwd(out, size) == NULL)
            return false;
        n = strlen(out);
        if (n + 1 >= size)
            return false;
        out[n++] = '/';
    }
    for (; *path != '\0'; path++) {
        if (*path == '/' && n > 0 && out[n - 1] == '/')
            continue;
        if (n + 1 >= size)
            return false;
        out[n++] = *path;
    }
    if (n > 1 && out[n - 1] == '/')
        n--;
    out[n] = '\0';
    return true;
}

/* Watches the nearest directory above path that there is and that may be watched, for the next
 * name below it; false when the system has no more watches. What is no path for the system is
 * not waited for. */
static bool
path_add(struct wk_watch *w, const char *path)
{
    char dir[PATH_MAX];
    int wd;

    if (!path_normal(path, dir, sizeof(dir)))
        return true;
    wd = inotify_add_watch(w->fd, dir, EVENTS | IN_ONLYDIR);
    if (wd >= 0) /* a directory where something was looked for: counts while anything does */
        entry_add(w, wd, "");
    for (char *slash; wd < 0 || strcmp(dir, "/") != 0;) {
        slash = strrchr(dir, '/');
        *slash = '\0';
        wd = inotify_add_watch(w->fd, slash == dir ? "/" : dir, EVENTS | IN_ONLYDIR);
        if (wd >= 0) {
            entry_add(w, wd, slash + 1);
            return true;
        }
        if (errno == ENOSPC || errno == ENOMEM)
            return false;
        if (slash == dir)
            return true;
    }
    return true;
}

/* Directories that nothing is watched in any more. */
static void
forget_unused(struct wk_watch *w, const struct entry *former, size_t former_count)
{
    int last = -1;

    for (size_t i = 0; i < former_count; i++) {
        bool used = former[i].wd == last;

        for (size_t j = 0; j < w->count && !used; j++)
            used = w->entries[j].wd == former[i].wd;
        if (!used)
            inotify_rm_watch(w->fd, former[i].wd);
        last = former[i].wd;
    }
}

static uint64_t
modified_ns(const char *path)
{
    struct stat st;

    if (stat(path, &st) != 0)
        return 0;
    return (uint64_t)st.st_mtim.tv_sec * 1000000000u + (uint64_t)st.st_mtim.tv_nsec;
}

size_t
wk_watch_set(struct wk_watch *w, const char *const *paths, size_t count, uint64_t since_ns)
{
    struct entry *former = w->entries;
    size_t former_count = w->count, failed = 0;
    char real[PATH_MAX];
    bool late = false;

    w->entries = NULL;
    w->count = 0;
    for (size_t i = 0; i < count; i++) {
        if (!path_add(w, paths[i]))
            failed++;
        if (realpath(paths[i], real) != NULL && strcmp(real, paths[i]) != 0)
            path_add(w, real); /* what a link points to */
    }
    forget_unused(w, former, former_count);
    entries_free(former, former_count);
    for (size_t i = 0; i < count && !late; i++)
        late = modified_ns(paths[i]) > since_ns + SLACK_NS;
    if (late)
        changed(w);
    return failed;
}
