/* GET and HEAD: files, parts of them, and directories as JSON. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include "services/disk/disk.h"
#include "services/disk/range.h"

/* Plans what of the file is sent and reads its first piece, so that small files need one visit here. */
static void
file_work(struct wk_request *r)
{
    uint64_t size = (uint64_t)r->st.st_size;
    size_t bytes;
    ssize_t got;

    r->status = 200;
    r->first = 0;
    r->last = size > 0 ? size - 1 : 0;
    if (!r->is_head && !r->whole)
        switch (wk_range_parse(wk_request_header(r, "range"), size, &r->first, &r->last)) {
        case WK_RANGE_BAD:
            r->status = 416;
            return;
        case WK_RANGE_PART:
            r->status = 206;
            break;
        case WK_RANGE_ALL:
            break;
        }
    r->offset = r->first;
    r->left = size > 0 ? r->last - r->first + 1 : 0;
    if (r->is_head || r->left == 0)
        return;
    bytes = r->left < WK_DISK_INLINE_BYTES_MAX ? (size_t)r->left : WK_DISK_INLINE_BYTES_MAX;
    wk_buf_reserve(&r->body, bytes + 1);
    got = pread(r->fd, r->body.data, bytes, (off_t)r->offset);
    if (got <= 0) {
        r->err = got < 0 ? errno : EIO;
        return;
    }
    r->body.len = (size_t)got;
    r->offset += (uint64_t)got;
    r->left -= (uint64_t)got;
}

void
wk_get_open_work(struct wk_request *r, const char *path, bool list)
{
    if ((r->err = wk_tree_read(r->disk->root, path, &r->fd, &r->st)) != 0)
        return;
    if (S_ISREG(r->st.st_mode))
        file_work(r);
    else
        r->err = list ? wk_tree_list(r->fd, r->disk->config->allow_dotfiles, &r->body) : ENOENT;
}

static void
open_work(struct wk_request *r)
{
    wk_get_open_work(r, r->path, true);
}

void
wk_get_file_reply(struct wk_request *r, struct wk_reply *reply, const char *type, char scratch[128])
{
    char *range = scratch + 64;
    struct tm tm;

    reply->status = r->status;
    if (r->status == 416) {
        snprintf(range, 64, "bytes */%llu", (unsigned long long)r->st.st_size);
        wk_reply_header(reply, "Content-Range", range);
        return;
    }
    if (type != NULL)
        wk_reply_header(reply, "Content-Type", type);
    gmtime_r(&r->st.st_mtime, &tm);
    strftime(scratch, 64, "%a, %d %b %Y %H:%M:%S GMT", &tm);
    wk_reply_header(reply, "Last-Modified", scratch);
    if (r->status != 206)
        return;
    snprintf(range, 64, "bytes %llu-%llu/%llu", (unsigned long long)r->first, (unsigned long long)r->last,
             (unsigned long long)r->st.st_size);
    wk_reply_header(reply, "Content-Range", range);
}

static void
opened(struct wk_request *r)
{
    struct wk_reply reply = {.status = 200};
    char scratch[128];

    if (r->err != 0) {
        wk_request_failed(r, r->err);
        return;
    }
    if (S_ISDIR(r->st.st_mode)) {
        wk_reply_header(&reply, "Content-Type", "application/json");
        wk_request_stream(r, &reply);
        return;
    }
    wk_get_file_reply(r, &reply, "application/octet-stream", scratch);
    if (r->status == 416)
        wk_request_refuse(r, &reply, 416);
    else
        wk_request_stream(r, &reply);
}

void
wk_get_begin(struct wk_request *r)
{
    wk_request_run(r, open_work, opened);
}
