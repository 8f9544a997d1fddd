/* A request that no asset answers, handed on to the worker: what comes from either side goes to the other.
 *
 * Each direction holds back at most one window of bytes: a side is told that its bytes were consumed only
 * when the other side's window took them. */
#include <stdlib.h>
#include <string.h>
#include "services/disk/disk.h"

struct way {
    struct wk_session *to; /* NULL: it ended */
    struct wk_buf held;
    uint8_t flags; /* END, LAST that follow what is held */
};

struct forward {
    struct wk_disk *disk;
    struct way up, down; /* to the worker; to the client */
};

static struct way *
way_from(struct forward *f, struct wk_session *s)
{
    return f->up.to != NULL && wk_session_id(s) == wk_session_id(f->up.to) ? &f->down : &f->up;
}

/* Frees it once both sides have ended. */
static void
forward_settle(struct forward *f)
{
    struct wk_disk *disk = f->disk;

    if (f->up.to != NULL || f->down.to != NULL)
        return;
    wk_buf_fini(&f->up.held);
    wk_buf_fini(&f->down.held);
    free(f);
    disk->requests--;
    wk_disk_request_gone(disk);
}

/* Sends what is held as far as the window goes. other: where it came from. */
static void
way_pump(struct forward *f, struct way *way, struct way *other)
{
    size_t bytes;
    uint8_t flags;

    if (way->to == NULL)
        return;
    bytes = way->held.len < wk_session_window(way->to) ? way->held.len : wk_session_window(way->to);
    flags = bytes == way->held.len ? way->flags : 0;
    if (bytes == 0 && flags == 0)
        return;
    wk_session_write(way->to, way->held.data, bytes, flags);
    wk_buf_shift(&way->held, bytes);
    if (flags != 0)
        way->flags = 0;
    if (bytes > 0 && other->to != NULL)
        wk_session_consumed(other->to, bytes);
    if (flags & WK_FLAG_LAST) {
        way->to = NULL;
        if (other->to != NULL)
            wk_session_close(other->to, WK_OK, NULL);
        other->to = NULL;
        forward_settle(f);
    }
}

static void
on_message(struct wk_session *s, void *arg, const Wk__Envelope *msg, uint8_t flags)
{
    struct forward *f = arg;
    struct way *way = way_from(f, s);

    if (way->to == NULL)
        return;
    wk_session_send(way->to, msg, flags & (WK_FLAG_END | WK_FLAG_LAST));
    if (flags & WK_FLAG_LAST)
        way->to = NULL; /* s ends by itself after this */
}

static void
on_data(struct wk_session *s, void *arg, const uint8_t *data, size_t bytes, uint8_t flags)
{
    struct forward *f = arg;
    struct way *way = way_from(f, s);

    if (way->to == NULL)
        return;
    wk_buf_add(&way->held, data, bytes);
    way->flags |= flags & (WK_FLAG_END | WK_FLAG_LAST);
    way_pump(f, way, way == &f->up ? &f->down : &f->up);
}

static void
on_writable(struct wk_session *s, void *arg)
{
    struct forward *f = arg;
    bool is_up = f->up.to != NULL && wk_session_id(s) == wk_session_id(f->up.to);

    way_pump(f, is_up ? &f->up : &f->down, is_up ? &f->down : &f->up);
}

/* One side ended. With WK_OK the rest for the other is still sent; an error overtakes it. */
static void
on_closed(struct wk_session *s, void *arg, wk_err code, const Wk__Error *error)
{
    struct forward *f = arg;
    struct way *way = way_from(f, s), *back = way == &f->up ? &f->down : &f->up;

    back->to = NULL;
    if (way->to != NULL && (code != WK_OK || !(way->flags & WK_FLAG_LAST))) {
        wk_session_fail(way->to, code, error);
        way->to = NULL;
    }
    forward_settle(f);
}

static const struct wk_session_events events = {on_message, on_data, on_writable, on_closed};

void
wk_forward_begin(struct wk_request *r)
{
    struct forward *f = wk_xcalloc(1, sizeof(*f));
    WK_ENVELOPE(msg, HTTP_REQUEST, http_request, (Wk__HttpRequest *)(uintptr_t)r->head);

    f->disk = r->disk;
    r->disk->requests++;
    f->down.to = r->session;
    f->up.to = wk_port_open(r->disk->port, WK_DISK_HANDLE_WORKER, r->session, &msg,
                            r->head->body_follows ? 0 : WK_FLAG_END, &events, f);
    if (r->early.len > 0 || r->early_flags != 0) {
        wk_buf_add(&f->up.held, r->early.data, r->early.len);
        f->up.flags = r->early_flags;
    }
    wk_session_accept(f->down.to, &events, f);
    wk_request_ended(r);
    way_pump(f, &f->up, &f->down);
}
