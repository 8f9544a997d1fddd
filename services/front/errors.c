/* Answers that the front gives by itself. */
#include "services/front/conn.h"

#include <string.h>
#include <stdlib.h>

const char *
wk_status_text(unsigned status)
{
    static const struct {
        unsigned status;
        const char *text;
    } known[] = {
        {200, "OK"},
        {201, "Created"},
        {202, "Accepted"},
        {203, "Non-Authoritative Information"},
        {204, "No Content"},
        {205, "Reset Content"},
        {206, "Partial Content"},
        {207, "Multi-Status"},
        {208, "Already Reported"},
        {226, "IM Used"},
        {300, "Multiple Choices"},
        {301, "Moved Permanently"},
        {302, "Found"},
        {303, "See Other"},
        {304, "Not Modified"},
        {305, "Use Proxy"},
        {307, "Temporary Redirect"},
        {308, "Permanent Redirect"},
        {400, "Bad Request"},
        {401, "Unauthorized"},
        {402, "Payment Required"},
        {403, "Forbidden"},
        {404, "Not Found"},
        {405, "Method Not Allowed"},
        {406, "Not Acceptable"},
        {407, "Proxy Authentication Required"},
        {408, "Request Timeout"},
        {409, "Conflict"},
        {410, "Gone"},
        {411, "Length Required"},
        {412, "Precondition Failed"},
        {413, "Payload Too Large"},
        {414, "URI Too Long"},
        {415, "Unsupported Media Type"},
        {416, "Range Not Satisfiable"},
        {417, "Expectation Failed"},
        {418, "I'm a teapot"},
        {421, "Misdirected Request"},
        {422, "Unprocessable Entity"},
        {423, "Locked"},
        {424, "Failed Dependency"},
        {425, "Too Early"},
        {426, "Upgrade Required"},
        {428, "Precondition Required"},
        {429, "Too Many Requests"},
        {431, "Request Header Fields Too Large"},
        {451, "Unavailable For Legal Reasons"},
        {500, "Internal Server Error"},
        {501, "Not Implemented"},
        {502, "Bad Gateway"},
        {503, "Service Unavailable"},
        {504, "Gateway Timeout"},
        {505, "HTTP Version Not Supported"},
        {506, "Variant Also Negotiates"},
        {507, "Insufficient Storage"},
        {508, "Loop Detected"},
        {510, "Not Extended"},
        {511, "Network Authentication Required"},
    };
    static const char *const classes[] = {"Informational", "Successful", "Redirection",
                                          "Client Error", "Server Error"};

    for (size_t i = 0; i < WK_COUNT(known); i++)
        if (known[i].status == status)
            return known[i].text;
    return status >= 100 && status < 600 ? classes[status / 100 - 1] : "Unknown";
}

/* Sends a whole answer; extra are further header lines or "". */
static void
answer(struct wk_conn *conn, unsigned status, const char *type, const char *extra,
       const char *body, size_t bytes, bool close)
{
    struct wk_buf *buf = &conn->front->text;
    struct wk_exchange *ex = &conn->ex;
    bool old = ex->site != NULL && ex->minor == 0;
    uv_buf_t parts[2];

    if (close || conn->front->draining || ex->site == NULL)
        ex->keep_alive = false;
    buf->len = 0;
    wk_buf_addf(buf, "HTTP/1.%d %u %s\r\nContent-Length: %zu\r\n", old ? 0 : 1, status,
                wk_status_text(status), bytes);
    if (type != NULL)
        wk_buf_addf(buf, "Content-Type: %s\r\n", type);
    wk_buf_addf(buf, "%s%s\r\n", extra,
                !ex->keep_alive ? "Connection: close\r\n"
                : old           ? "Connection: keep-alive\r\n"
                                : "");
    parts[0] = uv_buf_init(buf->data, (unsigned)buf->len);
    parts[1] = uv_buf_init((char *)(uintptr_t)body, ex->is_head ? 0 : (unsigned)bytes);
    ex->status = (uint16_t)status;
    ex->body_sent = parts[1].len;
    ex->body_kind = WK_BODY_LENGTH;
    ex->head_sent = ex->answered = true;
    if (conn->state == WK_CONN_HEAD)
        conn->state = WK_CONN_ANSWER;
    wk_out_send(conn, parts, 2, 0);
}

void
wk_error_answer(struct wk_conn *conn, unsigned status, const char *text, bool close)
{
    answer(conn, status, close ? "text/plain" : NULL, "", text, strlen(text), close);
}

/* ---- errors of workers ---- */

void
wk_html_escape(struct wk_buf *buf, const char *text, size_t bytes)
{
    for (size_t i = 0; i < bytes; i++) {
        switch (text[i]) {
        case '&':
            wk_buf_add_str(buf, "&amp;");
            break;
        case '<':
            wk_buf_add_str(buf, "&lt;");
            break;
        case '>':
            wk_buf_add_str(buf, "&gt;");
            break;
        case '"':
            wk_buf_add_str(buf, "&quot;");
            break;
        case '\'':
            wk_buf_add_str(buf, "&#39;");
            break;
        default:
            wk_buf_add_char(buf, text[i]);
        }
    }
}

static const char page_top[] =
    "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\n"
    "<meta name=\"viewport\" content=\"width=device-width\"><title>Worker "
    "error</title>\n<style>\n"
    ":root{color-scheme:light "
    "dark;--bg:#fff;--fg:#1c1e21;--soft:#f4f4f6;--line:#dcdce0;--bad:#b3261e}\n"
    "@media(prefers-color-scheme:dark){:root{--bg:#17181b;--fg:#e6e6e9;--soft:#212328;--line:#"
    "3a3c42;"
    "--bad:#ff8a80}}\n"
    "body{background:var(--bg);color:var(--fg);font:16px/1.5 system-ui,sans-serif;margin:0}\n"
    "main{max-width:60rem;margin:0 auto;padding:3rem 1.5rem}\n"
    "h1{font-size:1rem;font-weight:600;margin:0 0 .5rem;opacity:.7}\n"
    "h2{color:var(--bad);font-size:1.5rem;margin:0 0 "
    "1.5rem;overflow-wrap:anywhere;white-space:pre-wrap}\n"
    "pre{background:var(--soft);border:1px solid var(--line);border-radius:8px;padding:1rem;"
    "overflow:auto;font:14px/1.6 ui-monospace,monospace}\n"
    "</style></head><body><main>\n<h1>500 &middot; the worker threw an exception</h1>\n<h2>";

void
wk_error_page(struct wk_buf *buf, const Wk__Error *error)
{
    const char *name = error->name[0] != '\0' ? error->name : "Error";

    wk_buf_add_str(buf, page_top);
    /* the message of a JavaScript error may or may not begin with its class */
    if (strncmp(error->message, name, strlen(name)) != 0) {
        wk_html_escape(buf, name, strlen(name));
        wk_buf_add_str(buf, ": ");
    }
    wk_html_escape(buf, error->message, strlen(error->message));
    wk_buf_add_str(buf, "</h2>\n");
    if (error->excerpt[0] != '\0') {
        wk_buf_add_str(buf, "<pre>");
        wk_html_escape(buf, error->excerpt, strlen(error->excerpt));
        wk_buf_add_str(buf, "</pre>\n");
    }
    if (error->stack[0] != '\0') {
        wk_buf_add_str(buf, "<pre>");
        wk_html_escape(buf, error->stack, strlen(error->stack));
        wk_buf_add_str(buf, "</pre>\n");
    }
    wk_buf_add_str(buf, "</main></body></html>\n");
}

static void
answer_plain(struct wk_conn *conn, unsigned status, const char *extra, const char *text)
{
    answer(conn, status, NULL, extra, text, strlen(text), true);
}

void
wk_error_session(struct wk_conn *conn, wk_err code, const Wk__Error *error)
{
    struct wk_buf page = {0};

    switch (code) {
    case WK_EUNAVAILABLE:
        answer_plain(conn, 503, "", "Service Unavailable");
        return;
    case WK_EOVERLOADED:
        answer_plain(conn, 503, "Retry-After: 1\r\n", "Service Unavailable");
        return;
    case WK_ECPU:
    case WK_EMEMORY:
        answer_plain(conn, 503, "", "Worker exceeded resource limits");
        return;
    case WK_EPROTO:
        answer_plain(conn, 502, "", "Bad Gateway");
        return;
    default:
        break;
    }
    if (error == NULL || !conn->ex.site->error_pages || !conn->ex.accepts_html) {
        answer_plain(conn, 500, "", "Internal Server Error");
        return;
    }
    wk_error_page(&page, error);
    answer(conn, 500, "text/html;charset=utf-8", "Cache-Control: no-store\r\n", page.data,
           page.len, true);
    wk_buf_fini(&page);
}
