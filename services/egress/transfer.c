/* One exchange: from its session to curl and back. */
#include <stdlib.h>
#include <string.h>
#include "services/egress/egress.h"

/* ---- life ---- */

static void
transfer_free(struct wk_transfer *t)
{
    struct wk_egress *egress = t->egress;

    for (struct wk_transfer **at = &egress->changed; t->is_changed && *at != NULL; at = &(*at)->next_changed)
        if (*at == t) {
            *at = t->next_changed;
            break;
        }
    curl_multi_remove_handle(egress->multi, t->easy);
    curl_easy_cleanup(t->easy);
    curl_slist_free_all(t->send_headers);
    wk_buf_fini(&t->up);
    wk_buf_fini(&t->down);
    wk_arena_fini(&t->arena);
    free(t->host);
    free(t);
    egress->transfers--;
    wk_egress_transfer_gone(egress);
}

void
wk_transfer_changed(struct wk_transfer *t)
{
    if (t->is_changed)
        return;
    t->is_changed = true;
    t->next_changed = t->egress->changed;
    t->egress->changed = t;
}

/* ---- what curl calls ---- */

static size_t
curl_header(char *data, size_t size, size_t count, void *arg)
{
    struct wk_transfer *t = arg;

    return wk_response_line(t, data, size * count) ? size * count : 0;
}

static size_t
curl_write(char *data, size_t size, size_t count, void *arg)
{
    struct wk_transfer *t = arg;

    if (t->down.len >= WK_EGRESS_HELD_BYTES) {
        t->down_paused = true;
        return CURL_WRITEFUNC_PAUSE;
    }
    wk_buf_add(&t->down, data, size * count);
    wk_transfer_changed(t);
    return size * count;
}

static size_t
curl_read(char *out, size_t size, size_t count, void *arg)
{
    struct wk_transfer *t = arg;
    size_t bytes = t->up.len - t->up_at;

    if (bytes == 0 && !t->up_ended) {
        t->up_paused = true;
        return CURL_READFUNC_PAUSE;
    }
    if (bytes > size * count)
        bytes = size * count;
    if (bytes > 0)
        memcpy(out, t->up.data + t->up_at, bytes);
    t->up_at += bytes;
    if (!t->up_whole && bytes > 0) {
        if (t->up_at == t->up.len || t->up_at >= WK_EGRESS_HELD_BYTES) {
            wk_buf_shift(&t->up, t->up_at);
            t->up_at = 0;
        }
        if (t->session != NULL)
            wk_session_consumed(t->session, bytes);
    }
    return bytes;
}

/* A connection that was kept turned out dead: the request is sent once more. */
static int
curl_seek(void *arg, curl_off_t offset, int origin)
{
    struct wk_transfer *t = arg;

    if (!t->up_whole || origin != SEEK_SET || offset < 0 || (size_t)offset > t->up.len)
        return CURL_SEEKFUNC_CANTSEEK;
    t->up_at = (size_t)offset;
    return CURL_SEEKFUNC_OK;
}

static curl_socket_t
curl_open_socket(void *arg, curlsocktype purpose, struct curl_sockaddr *addr)
{
    struct wk_transfer *t = arg;

    if (t->egress->network != NULL && !wk_network_allows(t->egress->network, &addr->addr)) {
        t->denied = true;
        return CURL_SOCKET_BAD;
    }
    return socket(addr->family, addr->socktype | SOCK_CLOEXEC, addr->protocol);
}

static void
set_callbacks(struct wk_transfer *t)
{
    CURL *e = t->easy;

    curl_easy_setopt(e, CURLOPT_PRIVATE, t);
    curl_easy_setopt(e, CURLOPT_HEADERFUNCTION, curl_header);
    curl_easy_setopt(e, CURLOPT_HEADERDATA, t);
    curl_easy_setopt(e, CURLOPT_WRITEFUNCTION, curl_write);
    curl_easy_setopt(e, CURLOPT_WRITEDATA, t);
    curl_easy_setopt(e, CURLOPT_READFUNCTION, curl_read);
    curl_easy_setopt(e, CURLOPT_READDATA, t);
    curl_easy_setopt(e, CURLOPT_SEEKFUNCTION, curl_seek);
    curl_easy_setopt(e, CURLOPT_SEEKDATA, t);
    curl_easy_setopt(e, CURLOPT_OPENSOCKETFUNCTION, curl_open_socket);
    curl_easy_setopt(e, CURLOPT_OPENSOCKETDATA, t);
}

/* ---- what is sent to the session ---- */

static void
transfer_failed(struct wk_transfer *t)
{
    char *text = NULL;
    wk_err code = WK_EUNAVAILABLE;

    if (t->denied && !t->head_there) {
        code = WK_EDENIED;
        text = wk_xasprintf("connecting to %s is not allowed", t->host);
    } else if (t->too_large) {
        code = WK_ELIMIT;
        text = wk_xstrdup("The response's headers are too large.");
    } else if (t->result == CURLE_COULDNT_RESOLVE_HOST) {
        text = wk_xasprintf("failed to look up the address of %s", t->host);
    }
    wk_session_close(t->session, code, text != NULL ? text : WK_EGRESS_LOST);
    t->session = NULL;
    free(text);
}

void
wk_transfer_flush(struct wk_transfer *t)
{
    bool failed = t->done && t->result != CURLE_OK, over, whole;
    size_t bytes, window;

    failed |= t->done && !t->head_there;
    if (failed && (!t->head_there || (t->head_sent && t->down.len == 0))) {
        transfer_failed(t);
        transfer_free(t);
        return;
    }
    if (t->head_there && !t->head_sent) {
        whole = t->done && !failed;
        wk_response_send_head(t, whole);
        if (whole) {
            t->session = NULL;
            transfer_free(t);
            return;
        }
    }
    window = wk_session_window(t->session);
    bytes = t->down.len < window ? t->down.len : window;
    over = t->done && !failed && bytes == t->down.len;
    if (bytes > 0 || over)
        wk_session_write(t->session, t->down.data, bytes, over ? WK_FLAG_END | WK_FLAG_LAST : 0);
    wk_buf_shift(&t->down, bytes);
    if (over)
        t->session = NULL;
    else if (failed && t->down.len == 0)
        transfer_failed(t);
    if (t->session == NULL)
        transfer_free(t);
    else
        wk_multi_unpause(t);
}

/* ---- what the session brings ---- */

static void
on_data(struct wk_session *s, void *arg, const uint8_t *data, size_t bytes, uint8_t flags)
{
    struct wk_transfer *t = arg;
    struct wk_egress *egress = t->egress;

    wk_buf_add(&t->up, data, bytes); /* bounded by the session's window */
    t->up_ended |= flags & WK_FLAG_END;
    wk_multi_unpause(t);
    wk_multi_flush(egress);
}

static void
on_writable(struct wk_session *s, void *arg)
{
    struct wk_transfer *t = arg;
    struct wk_egress *egress = t->egress;

    wk_transfer_changed(t);
    wk_multi_flush(egress);
}

static void
on_closed(struct wk_session *s, void *arg, wk_err code, const Wk__Error *error)
{
    struct wk_transfer *t = arg;

    t->session = NULL;
    transfer_free(t);
}

void
wk_transfer_open(struct wk_egress *egress, struct wk_session *session, const Wk__HttpRequest *req)
{
    static const struct wk_session_events events = {NULL, on_data, on_writable, on_closed};
    struct wk_transfer *t;
    const char *why = NULL;
    wk_err err;

    if (egress->transfers >= WK_EGRESS_TRANSFERS_MAX) {
        wk_session_close(session, WK_EOVERLOADED, NULL);
        return;
    }
    t = wk_xcalloc(1, sizeof(*t));
    t->egress = egress;
    t->session = session;
    t->length = -1;
    t->easy = curl_easy_init();
    WK_CHECK(t->easy != NULL);
    egress->transfers++;
    wk_session_accept(session, &events, t);
    set_callbacks(t);
    if ((err = wk_request_build(t, req, &why)) != WK_OK) {
        wk_session_close(session, err, why);
        t->session = NULL;
        transfer_free(t);
        return;
    }
    wk_multi_add(t);
}
