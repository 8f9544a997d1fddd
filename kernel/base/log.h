/* kernel/base/log.h - one event, one line: "LEVEL noun.verb key=value ..." to stderr.
 *
 * The supervisor adds time and service. Control bytes in the text are escaped, so a line stays one
 * line whatever a tenant put into a name. Thread: any (one write per line). */
#ifndef WK_BASE_LOG_H
#define WK_BASE_LOG_H
#include "kernel/base/base.h"

enum wk_log_level { WK_ERROR, WK_WARN, WK_INFO, WK_DEBUG };
#define WK_LOG_LEVEL_REQUEST 5u /* of a LogLine: a finished request */

/* Lines above level are not written; the default is WK_INFO. */
void wk_log_level_set(enum wk_log_level level);
/* Lines go to sink instead of standard error; NULL restores. text has no newline. */
void wk_log_sink_set(void (*sink)(enum wk_log_level level, const char *text));
void wk_log(enum wk_log_level level, const char *event, const char *fmt, ...) WK_PRINTF(3, 4);
#endif
