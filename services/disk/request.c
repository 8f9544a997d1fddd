/* One request: its life, the pool, its answer. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>
#include "services/disk/disk.h"

/* ---- life ---- */

static void
request_free(struct wk_request *r)
{
    struct wk_disk *disk = r->disk;

    if (r->fd >= 0)
        close(r->fd);
    disk->requests--;
    wk_site_rules_drop(r);
    wk_buf_fini(&r->body);
    wk_buf_fini(&r->early);
    wk_arena_fini(&r->arena);
    free(r->extra);
    free(r);
    wk_disk_request_gone(disk);
}

/* Invariant 2. */
static void
request_settle(struct wk_request *r)
{
    void (*undo)(struct wk_request *) = r->undo;

    if (r->session != NULL || r->working)
        return;
    r->undo = NULL;
    if (undo != NULL)
        wk_request_run(r, undo, NULL);
    else
        request_free(r);
}

void
wk_request_ended(struct wk_request *r)
{
    r->session = NULL;
    request_settle(r);
}

/* What the opener sends while LOOK is on waits: a worker may want it. */
static void
early_on_data(struct wk_session *s, void *arg, const uint8_t *data, size_t bytes, uint8_t flags)
{
    struct wk_request *r = arg;

    wk_buf_add(&r->early, data, bytes);
    r->early_flags |= flags & (WK_FLAG_END | WK_FLAG_LAST);
}

static void
on_closed(struct wk_session *s, void *arg, wk_err code, const Wk__Error *error)
{
    wk_request_ended(arg);
}

struct wk_request *
wk_request_new(struct wk_disk *disk, struct wk_session *session, const Wk__Envelope *msg)
{
    static const struct wk_session_events events = {NULL, early_on_data, NULL, on_closed};
    struct wk_request *r = wk_xcalloc(1, sizeof(*r));
    struct wk_buf packed = {0};

    wk_pack(&msg->http_request->base, &packed);
    r->head = (const Wk__HttpRequest *)(const void *)wk_unpack(
        &wk__http_request__descriptor, packed.data, packed.len, &r->arena);
    wk_buf_fini(&packed);
    WK_CHECK(r->head != NULL);
    r->disk = disk;
    r->session = session;
    r->fd = -1;
    r->is_head = strcmp(r->head->method, "HEAD") == 0;
    disk->requests++;
    wk_session_accept(session, &events, r);
    return r;
}

static void
pool_work(uv_work_t *pool)
{
    struct wk_request *r = pool->data;

    r->work(r);
}

static void
pool_done(uv_work_t *pool, int status)
{
    struct wk_request *r = pool->data;

    r->working = false;
    if (r->session != NULL)
        r->done(r);
    else
        request_settle(r);
}

void
wk_request_run(struct wk_request *r, void (*work)(struct wk_request *),
               void (*done)(struct wk_request *))
{
    WK_CHECK(!r->working);
    r->working = true;
    r->work = work;
    r->done = done;
    r->pool.data = r;
    WK_CHECK(uv_queue_work(r->disk->loop, &r->pool, pool_work, pool_done) == 0);
}

const char *
wk_request_header(struct wk_request *r, const char *name)
{
    const Wk__HttpRequest *head = r->head;
    size_t len = strlen(name);

    for (size_t i = 0; i + 1 < head->n_headers; i += 2)
        if (head->headers[i].len == len &&
            strncasecmp((const char *)head->headers[i].data, name, len) == 0)
            return wk_arena_strndup(&r->arena, (const char *)head->headers[i + 1].data,
                                    head->headers[i + 1].len);
    return NULL;
}

/* ---- the answer ---- */

void
wk_reply_header(struct wk_reply *reply, const char *name, const char *value)
{
    WK_CHECK(reply->count < 2 * WK_REPLY_HEADERS_MAX);
    reply->headers[reply->count++] = WK_BYTES_OF(name, strlen(name));
    reply->headers[reply->count++] = WK_BYTES_OF(value, strlen(value));
}

static const char *
status_text(unsigned status)
{
    static const struct {
        unsigned status;
        const char *text;
    } known[] = {
        {200, "OK"},
        {204, "No Content"},
        {206, "Partial Content"},
        {301, "Moved Permanently"},
        {302, "Found"},
        {303, "See Other"},
        {304, "Not Modified"},
        {307, "Temporary Redirect"},
        {308, "Permanent Redirect"},
        {403, "Unauthorized"}, /* the peer's words */
        {404, "Not Found"},
        {405, "Method Not Allowed"},
        {406, "Not Acceptable"},
        {416, "Range Not Satisfiable"},
        {501, "Not Implemented"},
    };

    for (size_t i = 0; i < WK_COUNT(known); i++)
        if (known[i].status == status)
            return known[i].text;
    return "Internal Server Error";
}

/* Sends the head. length: of the body, -1 if there is none to speak of. */
static void
send_head(struct wk_request *r, struct wk_reply *reply, int64_t length, const void *body,
          size_t bytes, uint8_t flags)
{
    Wk__HttpResponse res = WK__HTTP_RESPONSE__INIT;
    WK_ENVELOPE(msg, HTTP_RESPONSE, http_response, &res);
    char digits[24];

    if (length >= 0 && reply->tells_length) {
        snprintf(digits, sizeof(digits), "%lld", (long long)length);
        wk_reply_header(reply, "Content-Length", digits);
    }
    res.content_length_plus1 = (uint64_t)(length + 1);
    res.status = reply->status;
    res.status_text = (char *)(uintptr_t)status_text(reply->status);
    res.headers = reply->headers;
    res.n_headers = reply->count;
    res.null_body = r->is_head || length < 0;
    if (!r->is_head) {
        res.body = WK_BYTES_OF(body, bytes);
        res.body_follows = !(flags & WK_FLAG_LAST);
    }
    wk_session_send(r->session, &msg, flags);
}

void
wk_request_answer(struct wk_request *r, struct wk_reply *reply, const void *body, size_t bytes)
{
    bool bare = reply->status == 204 || reply->status == 304;

    send_head(r, reply, bare ? -1 : (int64_t)bytes, body, bytes, WK_FLAG_END | WK_FLAG_LAST);
    wk_request_ended(r);
}

void
wk_request_refuse(struct wk_request *r, struct wk_reply *reply, unsigned status)
{
    const char *text = status_text(status);

    reply->status = status;
    wk_request_answer(r, reply, text, strlen(text));
}

void
wk_request_failed(struct wk_request *r, int err)
{
    struct wk_reply reply = {0};

    switch (err) {
    case ENOENT:
        wk_request_refuse(r, &reply, 404);
        return;
    case ENXIO:
        wk_request_refuse(r, &reply, 406);
        return;
    case EACCES:
    case EPERM:
        wk_request_refuse(r, &reply, 403);
        return;
    case EMFILE:
    case ENFILE:
    case ENOMEM:
        wk_session_close(r->session, WK_EOVERLOADED, NULL);
        break;
    default:
        wk_session_close(r->session, WK_EIO, strerror(err));
        break;
    }
    wk_request_ended(r);
}

/* ---- a body that follows ---- */

static void stream_pump(struct wk_request *r);

/* Reads the next piece of the file. */
static void
stream_work(struct wk_request *r)
{
    size_t bytes = r->left < WK_DISK_PIECE_BYTES ? (size_t)r->left : WK_DISK_PIECE_BYTES;
    ssize_t got;

    r->body.len = r->body_at = 0;
    wk_buf_reserve(&r->body, bytes + 1);
    do
        got = pread(r->fd, r->body.data, bytes, (off_t)r->offset);
    while (got < 0 && errno == EINTR);
    r->err = got < 0 ? errno : got == 0 ? EIO : 0; /* 0: the file became shorter */
    if (got > 0) {
        r->body.len = (size_t)got;
        r->offset += (uint64_t)got;
        r->left -= (uint64_t)got;
    }
}

static void
stream_read(struct wk_request *r)
{
    if (r->err == 0) {
        stream_pump(r);
        return;
    }
    wk_session_close(r->session, WK_EIO, "the file could not be read");
    wk_request_ended(r);
}

/* Writes what the window allows, reads on when everything is written. */
static void
stream_pump(struct wk_request *r)
{
    size_t bytes = r->body.len - r->body_at, window = wk_session_window(r->session);
    bool last;

    if (bytes > window)
        bytes = window;
    last = r->body_at + bytes == r->body.len && r->left == 0;
    if (bytes > 0 || last)
        wk_session_write(r->session, r->body.data + r->body_at, bytes,
                         last ? WK_FLAG_END | WK_FLAG_LAST : 0);
    r->body_at += bytes;
    if (last)
        wk_request_ended(r);
    else if (r->body_at == r->body.len)
        wk_request_run(r, stream_work, stream_read);
}

static void
stream_on_writable(struct wk_session *s, void *arg)
{
    struct wk_request *r = arg;

    if (!r->working)
        stream_pump(r);
}

static void
stream_on_data(struct wk_session *s, void *arg, const uint8_t *data, size_t bytes,
               uint8_t flags)
{
    if (bytes > 0)
        wk_session_consumed(s, bytes);
}

void
wk_request_stream(struct wk_request *r, struct wk_reply *reply)
{
    static const struct wk_session_events events = {NULL, stream_on_data, stream_on_writable,
                                                    on_closed};

    if (r->left == 0 && r->body.len <= WK_DISK_INLINE_BYTES_MAX) {
        wk_request_answer(r, reply, r->body.data, r->body.len);
        return;
    }
    if (r->is_head) {
        send_head(r, reply, (int64_t)(r->left + r->body.len), NULL, 0,
                  WK_FLAG_END | WK_FLAG_LAST);
        wk_request_ended(r);
        return;
    }
    send_head(r, reply, (int64_t)(r->left + r->body.len), NULL, 0, 0);
    wk_session_accept(r->session, &events, r);
    stream_pump(r);
}
