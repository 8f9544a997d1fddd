#include "services/wkctl/log_view.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include "kernel/base/json.h"
#include "services/wkctl/print.h"

static const char *
level_word(uint32_t level)
{
    static const char *const words[] = {"error", "warn", "info", "debug"};

    if (level == WK_LEVEL_REQUEST)
        return "request";
    return words[(level >= WK_LEVEL_CONSOLE ? level - WK_LEVEL_CONSOLE : level) & 3];
}

static void
emit(FILE *to, struct wk_buf *text)
{
    wk_buf_add_char(text, '\n');
    fwrite(text->data, 1, text->len, to);
    fflush(to);
    wk_buf_fini(text);
}

/* ---- requests ---- */

static enum wk_colour
status_colour(int status)
{
    return status >= 500   ? WK_RED
           : status >= 400 ? WK_YELLOW
           : status >= 300 ? WK_CYAN
                           : WK_GREEN;
}

static const char *
status_text(int status)
{
    static const struct {
        int status;
        const char *text;
    } known[] = {{101, "Switching Protocols"},
                 {200, "OK"},
                 {201, "Created"},
                 {204, "No Content"},
                 {206, "Partial Content"},
                 {301, "Moved Permanently"},
                 {302, "Found"},
                 {303, "See Other"},
                 {304, "Not Modified"},
                 {307, "Temporary Redirect"},
                 {308, "Permanent Redirect"},
                 {400, "Bad Request"},
                 {401, "Unauthorized"},
                 {403, "Forbidden"},
                 {404, "Not Found"},
                 {405, "Method Not Allowed"},
                 {409, "Conflict"},
                 {413, "Payload Too Large"},
                 {429, "Too Many Requests"},
                 {500, "Internal Server Error"},
                 {502, "Bad Gateway"},
                 {503, "Service Unavailable"},
                 {504, "Gateway Timeout"}};

    for (size_t i = 0; i < WK_COUNT(known); i++)
        if (known[i].status == status)
            return known[i].text;
    return "";
}

/* "GET /path 200 OK (3ms)" */
static void
request_print(FILE *to, const json_t *r)
{
    int status = (int)json_integer_value(json_object_get(r, "status"));
    double ms = json_number_value(json_object_get(r, "ms"));
    struct wk_buf out = {0};

    wk_buf_add_str(&out, wk_colour(to, WK_BOLD));
    wk_print_clean(&out, wk_json_text(r, "method"));
    wk_buf_addf(&out, "%s ", wk_colour(to, WK_PLAIN));
    wk_print_clean(&out, wk_json_text(r, "url"));
    if (status > 0)
        wk_buf_addf(&out, " %s%d%s%s", wk_colour(to, status_colour(status)), status,
                    status_text(status)[0] != '\0' ? " " : "", status_text(status));
    else
        wk_buf_addf(&out, " %sgone before the answer", wk_colour(to, WK_RED));
    wk_buf_addf(&out, "%s %s(%.*fms)%s", wk_colour(to, WK_PLAIN), wk_colour(to, WK_DIM),
                ms < 10 ? 1 : 0, ms, wk_colour(to, WK_PLAIN));
    emit(to, &out);
}

static void
request_line(const struct wk_log_view *view, const Wk__LogLine *line)
{
    json_t *r =
        wk_print_colours(stdout) && !view->json ? json_loads(line->text, 0, NULL) : NULL;
    struct wk_buf out = {0};

    if (r != NULL) {
        request_print(stdout, r);
    } else {
        wk_buf_add_str(&out, line->text);
        emit(stdout, &out);
    }
    json_decref(r);
}

/* ---- the rest ---- */

static void
add_time(struct wk_buf *out, uint64_t unix_ms, const char *format)
{
    time_t s = (time_t)(unix_ms / 1000);
    struct tm tm;
    char when[40];

    gmtime_r(&s, &tm);
    strftime(when, sizeof(when), format, &tm);
    wk_buf_addf(out, "%s.%03uZ", when, (unsigned)(unix_ms % 1000));
}

static void
json_line(const Wk__LogLine *line)
{
    struct wk_buf out = {0}, when = {0};

    add_time(&when, line->unix_ms, "%Y-%m-%dT%H:%M:%S");
    wk_json_open(&out, NULL, '{');
    wk_json_str(&out, "event", "log");
    wk_json_str(&out, "time", when.data);
    wk_json_str(&out, "service", line->service);
    wk_json_str(&out, "source",
                line->level == WK_LEVEL_REQUEST   ? "request"
                : line->level >= WK_LEVEL_CONSOLE ? "console"
                                                  : "system");
    wk_json_str(&out, "level",
                line->level == WK_LEVEL_REQUEST ? "info" : level_word(line->level));
    if (line->level == WK_LEVEL_REQUEST)
        wk_json_raw(&out, "request", line->text);
    else
        wk_json_str(&out, "text", line->text);
    wk_json_close(&out, '}');
    wk_buf_fini(&when);
    emit(stdout, &out);
}

static void
structured_line(const Wk__LogLine *line)
{
    struct wk_buf out = {0};

    wk_json_open(&out, NULL, '{');
    wk_json_int(&out, "timestamp", (int64_t)line->unix_ms);
    wk_json_str(&out, "level", level_word(line->level));
    wk_json_str(&out, "message", line->text);
    wk_json_close(&out, '}');
    emit(stdout, &out);
}

static void
console_line(const struct wk_log_view *view, const Wk__LogLine *line)
{
    FILE *to = line->level <= WK_LEVEL_CONSOLE + 1 || view->to_stderr ? stderr : stdout;
    enum wk_colour colour = line->level == WK_LEVEL_CONSOLE       ? WK_RED
                            : line->level == WK_LEVEL_CONSOLE + 1 ? WK_YELLOW
                                                                  : WK_PLAIN;
    struct wk_buf out = {0};

    if (view->with_service)
        wk_buf_addf(&out, "%s[%s]%s ", wk_colour(to, WK_DIM), line->service,
                    wk_colour(to, WK_PLAIN));
    wk_buf_addf(&out, "%s%s%s", colour != WK_PLAIN ? wk_colour(to, colour) : "", line->text,
                colour != WK_PLAIN ? wk_colour(to, WK_PLAIN) : "");
    emit(to, &out);
}

static void
system_line(const struct wk_log_view *view, const Wk__LogLine *line)
{
    enum wk_colour colour = line->level == 0 ? WK_RED : line->level == 1 ? WK_YELLOW : WK_DIM;
    struct wk_buf out = {0};

    if (line->level > 1 && !view->verbose)
        return;
    wk_buf_addf(&out, "%s%s: %s: ", wk_colour(stderr, colour), level_word(line->level),
                line->service);
    wk_print_clean(&out, line->text);
    wk_buf_add_str(&out, wk_colour(stderr, WK_PLAIN));
    emit(stderr, &out);
}

static void
dated_line(const Wk__LogLine *line)
{
    enum wk_colour colour = line->level % 10 == 0   ? WK_RED
                            : line->level % 10 == 1 ? WK_YELLOW
                                                    : WK_PLAIN;
    struct wk_buf out = {0};

    wk_buf_add_str(&out, wk_colour(stdout, WK_DIM));
    add_time(&out, line->unix_ms, "%H:%M:%S");
    wk_buf_addf(&out, "%s %s %s%s%s%s ", wk_colour(stdout, WK_PLAIN), line->service,
                colour != WK_PLAIN ? wk_colour(stdout, colour) : "",
                line->level >= WK_LEVEL_CONSOLE ? "console." : "", level_word(line->level),
                wk_colour(stdout, WK_PLAIN));
    if (line->level >= WK_LEVEL_CONSOLE)
        wk_buf_add_str(&out, line->text);
    else
        wk_print_clean(&out, line->text);
    emit(stdout, &out);
}

void
wk_log_view_print(const struct wk_log_view *view, const Wk__LogLine *line)
{
    if (view->json)
        json_line(line);
    else if (line->level == WK_LEVEL_REQUEST)
        request_line(view, line);
    else if (view->dated)
        dated_line(line);
    else if (line->level >= WK_LEVEL_CONSOLE && view->structured)
        structured_line(line);
    else if (line->level >= WK_LEVEL_CONSOLE)
        console_line(view, line);
    else
        system_line(view, line);
}
