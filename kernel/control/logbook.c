/* The log: a ring of recent lines, the log file (standard error), and whoever follows.
 *
 * Finished requests go to followers only; they are not kept. */
#include "kernel/kernel.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include "kernel/base/log.h"

#define LINES_MAX 2000
#define FOLLOWERS_MAX 64
#define FILE_BYTES_MAX (10 << 20)

struct line {
    uint64_t unix_ms;
    uint32_t level;
    char *service, *text;
};

struct follower {
    struct wk_route *route;
    char *service; /* "": all */
};

struct wk_logbook {
    struct line lines[LINES_MAX]; /* a ring */
    size_t next, count;
    struct follower followers[FOLLOWERS_MAX];
    size_t follower_count;
};

static struct wk_kernel *sink_kernel;
static char *file_path; /* NULL: standard error is whatever it was at the start */
static size_t file_bytes;

static wk_err
file_open(void)
{
    int fd = open(file_path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    off_t at;

    if (fd < 0)
        return WK_EIO;
    at = lseek(fd, 0, SEEK_END);
    file_bytes = at > 0 ? (size_t)at : 0;
    dup2(fd, STDOUT_FILENO);
    dup2(fd, STDERR_FILENO);
    close(fd);
    return WK_OK;
}

/* One former file is kept, so the log takes at most twice FILE_BYTES_MAX. */
static void
file_rotate(void)
{
    char *former = wk_xasprintf("%s.1", file_path);

    if (rename(file_path, former) != 0 || file_open() != WK_OK)
        file_bytes = 0; /* goes on in the old file; tried again after as much */
    free(former);
}

wk_err
wk_logbook_file(const char *path)
{
    free(file_path);
    file_path = wk_xstrdup(path);
    return file_open();
}

static void
line_send(struct wk_route *route, const struct line *line, uint8_t flags)
{
    Wk__LogLine out = WK__LOG_LINE__INIT;
    WK_ENVELOPE(msg, LOG_LINE, log_line, &out);

    out.level = line->level;
    out.service = line->service;
    out.text = line->text;
    out.unix_ms = line->unix_ms;
    if (line->level == WK_LOG_LEVEL_REQUEST)
        wk_route_send_later(route, &msg);
    else
        wk_route_send(route, &msg, flags);
}

static const char *
level_word(uint32_t level)
{
    static const char *const words[] = {"error", "warn", "info", "debug"};

    return level < 4 ? words[level] : level >= 10 && level < 14 ? words[level - 10] : "info";
}

static void
line_print(const struct line *line)
{
    time_t s = (time_t)(line->unix_ms / 1000);
    struct tm tm;
    char when[32];
    int wrote;

    gmtime_r(&s, &tm);
    strftime(when, sizeof(when), "%Y-%m-%dT%H:%M:%S", &tm);
    if (file_path != NULL && file_bytes > FILE_BYTES_MAX)
        file_rotate();
    wrote = fprintf(stderr, "%s.%03uZ %s %s%s %s\n", when, (unsigned)(line->unix_ms % 1000), line->service,
                    line->level >= 10 ? "console." : "", level_word(line->level), line->text);
    if (wrote > 0)
        file_bytes += (size_t)wrote;
}

void
wk_logbook_add(struct wk_kernel *kernel, const char *service, uint32_t level, const char *text)
{
    struct wk_logbook *book = kernel->logbook;
    struct line line = {wk_unix_ms(), level, (char *)(uintptr_t)service, (char *)(uintptr_t)text};

    for (size_t i = 0; i < book->follower_count; i++)
        if (book->followers[i].service[0] == '\0' || strcmp(book->followers[i].service, service) == 0)
            line_send(book->followers[i].route, &line, 0);
    if (level == WK_LOG_LEVEL_REQUEST)
        return;
    line_print(&line);
    free(book->lines[book->next].service);
    free(book->lines[book->next].text);
    line.service = wk_xstrdup(service);
    line.text = wk_xstrdup(text);
    book->lines[book->next] = line;
    book->next = (book->next + 1) % LINES_MAX;
    if (book->count < LINES_MAX)
        book->count++;
}

static void
kernel_log_sink(enum wk_log_level level, const char *text)
{
    wk_logbook_add(sink_kernel, "kernel", (uint32_t)level, text);
}

void
wk_logbook_init(struct wk_kernel *kernel)
{
    kernel->logbook = wk_xcalloc(1, sizeof(*kernel->logbook));
    sink_kernel = kernel;
    wk_log_sink_set(kernel_log_sink);
}

bool
wk_logbook_wants_requests(const struct wk_kernel *kernel)
{
    return kernel->logbook->follower_count > 0;
}

void
wk_logbook_follow(struct wk_kernel *kernel, struct wk_route *route, const Wk__CtlLogs *request)
{
    struct wk_logbook *book = kernel->logbook;
    Wk__CtlReply reply = WK__CTL_REPLY__INIT;
    WK_ENVELOPE(msg, CTL_REPLY, ctl_reply, &reply);
    size_t want = request->lines, seen = 0, first = 0;

    for (size_t i = 0; i < book->count; i++) { /* newest to oldest, to find where to begin */
        const struct line *l = &book->lines[(book->next + LINES_MAX - 1 - i) % LINES_MAX];

        if (request->service[0] == '\0' || strcmp(l->service, request->service) == 0) {
            if (seen == want)
                break;
            seen++;
        }
        first = i + 1;
    }
    for (size_t i = first; i-- > 0;) {
        const struct line *l = &book->lines[(book->next + LINES_MAX - 1 - i) % LINES_MAX];

        if (request->service[0] == '\0' || strcmp(l->service, request->service) == 0)
            line_send(route, l, 0);
    }
    if (!request->follow) {
        wk_route_send(route, &msg, WK_FLAG_LAST);
    } else if (book->follower_count == FOLLOWERS_MAX) {
        wk_route_close(route, WK_EOVERLOADED, "too many follow the log already");
    } else {
        book->followers[book->follower_count++] = (struct follower){route, wk_xstrdup(request->service)};
        if (book->follower_count == 1)
            wk_equip_front(kernel); /* it logs requests from now on */
    }
}

void
wk_logbook_unfollow(struct wk_kernel *kernel, struct wk_route *route)
{
    struct wk_logbook *book = kernel->logbook;

    for (size_t i = 0; i < book->follower_count; i++)
        if (book->followers[i].route == route) {
            free(book->followers[i].service);
            book->followers[i] = book->followers[--book->follower_count];
            if (book->follower_count == 0)
                wk_equip_front(kernel);
            return;
        }
}
