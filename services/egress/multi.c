/* libcurl's sockets and timer on our loop. */
#include <stdlib.h>
#include "services/egress/egress.h"

static void
timer_fired(uv_timer_t *timer)
{
    struct wk_egress *egress = timer->data;
    int running;

    curl_multi_socket_action(egress->multi, CURL_SOCKET_TIMEOUT, 0, &running);
    wk_multi_flush(egress);
}

static int
on_timer(CURLM *multi, long ms, void *arg)
{
    struct wk_egress *egress = arg;

    if (ms < 0)
        uv_timer_stop(&egress->timer);
    else
        uv_timer_start(&egress->timer, timer_fired, (uint64_t)ms, 0);
    return 0;
}

struct watch {
    struct wk_egress *egress;
    uv_poll_t poll;
    curl_socket_t fd;
};

static void
watch_ready(uv_poll_t *poll, int status, int events)
{
    struct watch *w = poll->data;
    struct wk_egress *egress = w->egress;
    int what = (events & UV_READABLE ? CURL_CSELECT_IN : 0) | (events & UV_WRITABLE ? CURL_CSELECT_OUT : 0), running;

    if (status < 0)
        what = CURL_CSELECT_ERR;
    curl_multi_socket_action(egress->multi, w->fd, what, &running); /* w may be gone */
    wk_multi_flush(egress);
}

static void
watch_closed(uv_handle_t *handle)
{
    free(handle->data);
}

static int
on_socket(CURL *easy, curl_socket_t fd, int what, void *arg, void *socket_arg)
{
    struct wk_egress *egress = arg;
    struct watch *w = socket_arg;

    if (what == CURL_POLL_REMOVE) {
        if (w != NULL) {
            uv_poll_stop(&w->poll);
            uv_close((uv_handle_t *)&w->poll, watch_closed);
        }
        curl_multi_assign(egress->multi, fd, NULL);
        return 0;
    }
    if (w == NULL) {
        w = wk_xcalloc(1, sizeof(*w));
        w->egress = egress;
        w->fd = fd;
        w->poll.data = w;
        if (uv_poll_init_socket(egress->loop, &w->poll, fd) != 0) {
            free(w);
            return -1;
        }
        curl_multi_assign(egress->multi, fd, w);
    }
    uv_poll_start(&w->poll, (what & CURL_POLL_IN ? UV_READABLE : 0) | (what & CURL_POLL_OUT ? UV_WRITABLE : 0),
                  watch_ready);
    return 0;
}

void
wk_multi_init(struct wk_egress *egress)
{
    WK_CHECK(curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK);
    egress->multi = curl_multi_init();
    WK_CHECK(egress->multi != NULL);
    uv_timer_init(egress->loop, &egress->timer);
    egress->timer.data = egress;
    curl_multi_setopt(egress->multi, CURLMOPT_SOCKETFUNCTION, on_socket);
    curl_multi_setopt(egress->multi, CURLMOPT_SOCKETDATA, egress);
    curl_multi_setopt(egress->multi, CURLMOPT_TIMERFUNCTION, on_timer);
    curl_multi_setopt(egress->multi, CURLMOPT_TIMERDATA, egress);
    curl_multi_setopt(egress->multi, CURLMOPT_MAX_TOTAL_CONNECTIONS, (long)WK_EGRESS_CONNECTIONS_MAX);
    curl_multi_setopt(egress->multi, CURLMOPT_MAXCONNECTS, (long)WK_EGRESS_IDLE_CONNECTIONS_MAX);
}

void
wk_multi_add(struct wk_transfer *t)
{
    curl_multi_add_handle(t->egress->multi, t->easy); /* goes on by the timer */
}

void
wk_multi_unpause(struct wk_transfer *t)
{
    bool up = t->up_paused && (t->up_at < t->up.len || t->up_ended);
    bool down = t->down_paused && t->down.len < WK_EGRESS_HELD_BYTES;

    if (t->done || (!up && !down))
        return;
    if (up)
        t->up_paused = false;
    if (down)
        t->down_paused = false;
    curl_easy_pause(t->easy, (t->up_paused ? CURLPAUSE_SEND : 0) | (t->down_paused ? CURLPAUSE_RECV : 0));
}

void
wk_multi_flush(struct wk_egress *egress)
{
    CURLMsg *msg;
    int left;

    while ((msg = curl_multi_info_read(egress->multi, &left)) != NULL) {
        struct wk_transfer *t;

        if (msg->msg != CURLMSG_DONE)
            continue;
        curl_easy_getinfo(msg->easy_handle, CURLINFO_PRIVATE, (char **)&t);
        t->done = true;
        t->result = msg->data.result;
        wk_transfer_changed(t);
    }
    while (egress->changed != NULL) {
        struct wk_transfer *t = egress->changed;

        egress->changed = t->next_changed;
        t->is_changed = false;
        wk_transfer_flush(t);
    }
}
