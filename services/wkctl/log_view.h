/* services/wkctl/log_view.h - log lines as a person or a program reads them.
 *
 * Thread: main. */
#ifndef WK_WKCTL_LOG_VIEW_H
#define WK_WKCTL_LOG_VIEW_H
#include "kernel/ipc/codec.h"

/* LogLine.level */
enum { WK_LEVEL_REQUEST = 5, WK_LEVEL_CONSOLE = 10 };

struct wk_log_view {
    bool json;         /* one JSON object a line, whatever it is */
    bool verbose;      /* the system's info lines too */
    bool with_service; /* the console lines of several workers are told apart */
    bool to_stderr;    /* console output never goes to standard output */
    bool structured;   /* console lines as JSON: timestamp, level, message */
    bool dated;        /* a book of past lines: time, service and level before each */
};

/* Prints one line at once. */
void wk_log_view_print(const struct wk_log_view *view, const Wk__LogLine *line);
#endif
