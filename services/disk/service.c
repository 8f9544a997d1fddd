/* The service: what the kernel tells it, who opens what. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>
#include "kernel/base/log.h"
#include "services/disk/disk.h"

#define CONNECT_MS 10000
#define DRAIN_MS 1000

static void
drained_check(struct wk_disk *disk)
{
    Wk__Drained drained = WK__DRAINED__INIT;
    WK_ENVELOPE(msg, DRAINED, drained, &drained);

    if (!disk->draining || disk->requests > 0)
        return;
    wk_port_tell(disk->port, &msg);
    wk_link_drain(wk_port_link(disk->port), DRAIN_MS);
    uv_stop(disk->loop);
}

void
wk_disk_request_gone(struct wk_disk *disk)
{
    drained_check(disk);
}

/* ---- requests ---- */

static void
site_begin(struct wk_request *r, uint32_t target)
{
    r->behind_worker = target == WK_DISK_TARGET_WORKER;
    wk_site_begin(r);
}

static void
write_begin(struct wk_request *r, bool hidden, bool is_put)
{
    struct wk_reply reply = {0};

    if (!r->disk->config->writable)
        wk_request_refuse(r, &reply, 405);
    else if (hidden || r->path[0] == '\0')
        wk_request_refuse(r, &reply, 403);
    else if (is_put)
        wk_put_begin(r);
    else
        wk_delete_begin(r);
}

static void
files_begin(struct wk_request *r)
{
    const char *method = r->head->method;
    struct wk_reply reply = {0};
    bool hidden, is_put = strcmp(method, "PUT") == 0, is_delete = strcmp(method, "DELETE") == 0;
    char path[WK_PATH_BYTES_MAX];
    wk_err err = wk_path_parse(r->head->url, path, &hidden);

    hidden &= !r->disk->config->allow_dotfiles;
    r->path = wk_arena_strndup(&r->arena, path, strlen(path));
    if (!is_put && !is_delete && !r->is_head && strcmp(method, "GET") != 0)
        wk_request_refuse(r, &reply, 501);
    else if (is_put || is_delete)
        write_begin(r, hidden || err != WK_OK, is_put);
    else if (err != WK_OK || hidden)
        wk_request_refuse(r, &reply, 404);
    else
        wk_get_begin(r);
}

static void
on_open(void *arg, struct wk_session *s, uint32_t target, const Wk__Envelope *msg,
        uint8_t flags)
{
    struct wk_disk *disk = arg;
    struct wk_request *r;

    if (msg->body_case != WK__ENVELOPE__BODY_HTTP_REQUEST || target > WK_DISK_TARGET_WORKER)
        return;
    if (disk->config == NULL) {
        wk_session_close(s, WK_EUNAVAILABLE, NULL);
        return;
    }
    r = wk_request_new(disk, s, msg);
    if (disk->config->assets)
        site_begin(r, target);
    else
        files_begin(r);
}

/* ---- the kernel ---- */

/* Once: a process serves one directory; for another there is another process. */
static void
on_configure(struct wk_disk *disk, const Wk__Configure *configure)
{
    Wk__Ready ready = WK__READY__INIT;
    WK_ENVELOPE(msg, READY, ready, &ready);
    const Wk__Service *service;

    if (disk->config != NULL)
        return;
    service = (const Wk__Service *)(const void *)wk_unpack(
        &wk__service__descriptor, configure->service.data, configure->service.len,
        &disk->arena);
    if (service == NULL || service->kind_case != WK__SERVICE__KIND_DISK) {
        wk_log(WK_ERROR, "disk.configure", "reason=\"this is no disk\"");
        exit(100);
    }
    disk->root = wk_tree_open(service->disk->path, service->disk->writable);
    if (disk->root < 0) {
        wk_log(WK_ERROR, "disk.open", "path=\"%s\" reason=\"%s\"", service->disk->path,
               strerror(errno));
        exit(100);
    }
    wk_disk_seal(service->disk->path, service->disk->writable);
    disk->config = service->disk;
    wk_port_tell(disk->port, &msg);
}

static void
on_kernel(void *arg, const Wk__Envelope *msg)
{
    struct wk_disk *disk = arg;

    if (msg->body_case == WK__ENVELOPE__BODY_CONFIGURE) {
        on_configure(disk, msg->configure);
    } else if (msg->body_case == WK__ENVELOPE__BODY_DRAIN) {
        disk->draining = true;
        drained_check(disk);
    }
}

static void
on_down(void *arg, wk_err why)
{
    struct wk_disk *disk = arg;

    uv_stop(disk->loop);
}

void
wk_disk_init(struct wk_disk *disk, uv_loop_t *loop)
{
    struct rlimit fds;

    *disk = (struct wk_disk){.loop = loop, .root = -1};
    wk_site_rules_init(&disk->rules);
    umask(022); /* the kernel's own is for its state; these files are the user's */
    if (getrlimit(RLIMIT_NOFILE, &fds) == 0) {
        fds.rlim_cur = fds.rlim_max;
        setrlimit(RLIMIT_NOFILE, &fds);
    }
}

wk_err
wk_disk_connect(struct wk_disk *disk, const char *url, const char *token_hex)
{
    static const struct wk_port_events events = {on_open, on_kernel, on_down, NULL};

    return wk_port_connect(disk->loop, url, token_hex, "disk", CONNECT_MS, &events, disk,
                           &disk->port);
}
