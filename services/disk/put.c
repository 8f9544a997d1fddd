/* PUT and DELETE on a writable directory. The body goes into a temporary file piece by piece; bytes are
 * given back to the sender only when they are written, and the file appears only when it is whole. */
#include <errno.h>
#include <string.h>
#include <unistd.h>
#include "services/disk/disk.h"

struct put {
    struct wk_tree_writer writer;
    bool open;  /* writer is to be committed or aborted */
    bool ended; /* all of the body came */
    struct wk_buf incoming; /* came while the pool wrote request->body */
};

static void put_pump(struct wk_request *r);

static void
undo_work(struct wk_request *r)
{
    struct put *put = r->extra;

    if (put->open)
        wk_tree_write_abort(&put->writer);
    put->open = false;
    wk_buf_fini(&put->incoming);
}

static void
begin_work(struct wk_request *r)
{
    struct put *put = r->extra;

    r->err = wk_tree_write_begin(r->disk->root, r->path, &put->writer);
    put->open = r->err == 0;
}

static void
write_work(struct wk_request *r)
{
    struct put *put = r->extra;

    for (size_t at = 0; at < r->body.len && r->err == 0;) {
        ssize_t wrote = write(put->writer.fd, r->body.data + at, r->body.len - at);

        if (wrote >= 0)
            at += (size_t)wrote;
        else if (errno != EINTR)
            r->err = errno;
    }
}

static void
commit_work(struct wk_request *r)
{
    struct put *put = r->extra;

    put->open = false;
    r->err = wk_tree_write_commit(&put->writer, r->path);
}

static void
answer_done(struct wk_request *r)
{
    struct wk_reply reply = {.status = 204};

    if (r->err != 0)
        wk_request_failed(r, r->err);
    else
        wk_request_answer(r, &reply, NULL, 0);
}

static void
write_done(struct wk_request *r)
{
    if (r->err != 0) {
        wk_request_failed(r, r->err);
        return;
    }
    if (!r->head->body_follows)
        r->body.len = 0; /* it came with the head */
    else if (r->body.len > 0)
        wk_session_consumed(r->session, r->body.len);
    r->body.len = 0;
    put_pump(r);
}

/* Writes what came, or finishes. */
static void
put_pump(struct wk_request *r)
{
    struct put *put = r->extra;

    if (r->working)
        return;
    if (put->incoming.len > 0) {
        struct wk_buf empty = r->body;

        r->body = put->incoming;
        put->incoming = empty;
        put->incoming.len = 0;
        wk_request_run(r, write_work, write_done);
    } else if (put->ended) {
        wk_request_run(r, commit_work, answer_done);
    }
}

static void
put_on_data(struct wk_session *s, void *arg, const uint8_t *data, size_t bytes, uint8_t flags)
{
    struct wk_request *r = arg;
    struct put *put = r->extra;

    wk_buf_add(&put->incoming, data, bytes); /* bounded by the session's window */
    put->ended |= flags & WK_FLAG_END;
    put_pump(r);
}

static void
on_closed(struct wk_session *s, void *arg, wk_err code, const Wk__Error *error)
{
    wk_request_ended(arg);
}

void
wk_put_begin(struct wk_request *r)
{
    static const struct wk_session_events events = {NULL, put_on_data, NULL, on_closed};
    struct put *put = wk_xcalloc(1, sizeof(*put));

    r->extra = put;
    r->undo = undo_work;
    wk_buf_add(&put->incoming, r->head->body.data, r->head->body.len);
    put->ended = !r->head->body_follows;
    wk_session_accept(r->session, &events, r);
    wk_request_run(r, begin_work, write_done);
}

/* ---- DELETE ---- */

static void
remove_work(struct wk_request *r)
{
    r->err = wk_tree_remove(r->disk->root, r->path);
}

void
wk_delete_begin(struct wk_request *r)
{
    wk_request_run(r, remove_work, answer_done);
}
