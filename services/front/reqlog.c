/* One JSON line for each finished request, when somebody wants them. */
#include "services/front/conn.h"

#include <stdlib.h>
#include <string.h>
#include "kernel/base/json.h"
#include "kernel/base/log.h"

void
wk_reqlog_begin(struct wk_conn *conn, const struct wk_head *head)
{
    size_t method = head->method.len, target = head->target.len;
    char *both = wk_xmalloc(method + target + 2);

    memcpy(both, head->method.at, method);
    both[method] = '\0';
    memcpy(both + method + 1, head->target.at, target);
    both[method + 1 + target] = '\0';
    free(conn->ex.log_method);
    conn->ex.log_method = both;
    conn->ex.started_ns = wk_now_ns();
}

void
wk_reqlog_end(struct wk_conn *conn)
{
    struct wk_exchange *ex = &conn->ex;
    struct wk_buf line = {0};

    if (ex->log_method == NULL)
        return;
    wk_json_open(&line, NULL, '{');
    wk_json_str(&line, "method", ex->log_method);
    wk_json_str(&line, "url", ex->log_method + strlen(ex->log_method) + 1);
    wk_json_int(&line, "status", ex->status); /* 0: the client went away before the answer */
    wk_json_num(&line, "ms", (double)((wk_now_ns() - ex->started_ns) / 1000) / 1000.0);
    wk_json_int(&line, "bytes", (int64_t)ex->body_sent);
    wk_json_str(&line, "socket", ex->site->name);
    wk_json_str(&line, "client", conn->client);
    wk_json_close(&line, '}');
    wk_port_log(conn->front->port, WK_LOG_LEVEL_REQUEST, line.data);
    wk_buf_fini(&line);
    free(ex->log_method);
    ex->log_method = NULL;
}
