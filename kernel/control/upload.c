/* A configuration that comes in pieces: kept until the last, one at a time. */
#include "kernel/kernel.h"

#include <stdlib.h>

#define CONFIG_BYTES_MAX (96u << 20)

static struct {
    struct wk_kernel *kernel; /* NULL: none comes */
    struct wk_buf config;
    bool watch;
} upload;

static void
upload_end(void)
{
    wk_buf_fini(&upload.config);
    upload.kernel = NULL;
}

static void
piece_add(struct wk_route *route, const Wk__CtlDeploy *piece)
{
    Wk__CtlDeploy whole = WK__CTL_DEPLOY__INIT;

    if (upload.config.len + piece->config.len > CONFIG_BYTES_MAX) {
        upload_end();
        wk_route_close(route, WK_ELIMIT,
                       "the configuration with the modules in it is over 96 MiB");
        return;
    }
    wk_buf_add(&upload.config, piece->config.data, piece->config.len);
    if (piece->more)
        return;
    whole.config = WK_BYTES_OF(upload.config.data, upload.config.len);
    whole.watch = upload.watch;
    wk_route_accept_local(route, &wk_control_local, upload.kernel);
    wk_deploy_start(upload.kernel, &whole, route);
    upload_end();
}

static void
upload_on_message(void *arg, struct wk_route *route, const Wk__Envelope *msg, uint8_t flags)
{
    if (msg->body_case == WK__ENVELOPE__BODY_CTL_DEPLOY && upload.kernel != NULL)
        piece_add(route, msg->ctl_deploy);
}

static void
upload_on_closed(void *arg, struct wk_route *route, wk_err code, const Wk__Error *error)
{
    upload_end();
}

void
wk_upload_begin(struct wk_kernel *kernel, const Wk__CtlDeploy *first, struct wk_route *route)
{
    static const struct wk_local local = {upload_on_message, NULL, upload_on_closed};

    if (upload.kernel != NULL || kernel->deploy != NULL || kernel->stopping) {
        wk_route_close(route, WK_EOVERLOADED, "another deployment is under way; try again");
        return;
    }
    upload.kernel = kernel;
    upload.watch = first->watch;
    wk_route_accept_local(route, &local, kernel);
    piece_add(route, first);
}
