#include "kernel/base/log.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define LOG_LINE_BYTES 2048

static enum wk_log_level log_level = WK_INFO;
static void (*log_sink)(enum wk_log_level level, const char *text);

void
wk_log_sink_set(void (*sink)(enum wk_log_level level, const char *text))
{
    log_sink = sink;
}

void
wk_log_level_set(enum wk_log_level level)
{
    log_level = level;
}

void
wk_log(enum wk_log_level level, const char *event, const char *fmt, ...)
{
    static const char *const words[] = {"error", "warn", "info", "debug"};
    char line[LOG_LINE_BYTES];
    va_list ap;
    int len, more, head;

    if (level > log_level)
        return;
    len = snprintf(line, sizeof(line), "%s %s ", words[level], event);
    head = (int)strlen(words[level]) + 1;
    va_start(ap, fmt);
    more = vsnprintf(line + len, sizeof(line) - (size_t)len - 1, fmt, ap);
    va_end(ap);
    len += more < 0 ? 0 : more;
    if (len > LOG_LINE_BYTES - 2)
        len = LOG_LINE_BYTES - 2;
    for (int i = 0; i < len; i++)
        if ((unsigned char)line[i] < 0x20 || line[i] == 0x7f)
            line[i] = ' ';
    line[len] = '\0';
    if (log_sink != NULL) {
        log_sink(level, line + head);
        return;
    }
    line[len++] = '\n';
    if (write(STDERR_FILENO, line, (size_t)len) < 0)
        return; /* nobody is left to tell */
}
