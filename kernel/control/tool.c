/* What wkctl asks of a storage daemon: handed on, and the answers back. */
#include "kernel/kernel.h"

#include <stdlib.h>
#include <string.h>

struct tool {
    struct wk_route *client, *daemon;
};

static void
tool_on_request(void *arg, struct wk_route *route, const Wk__Envelope *msg, uint8_t flags)
{
    struct tool *t = arg;

    if (msg->body_case == WK__ENVELOPE__BODY_STORAGE_TOOL && t->daemon != NULL)
        wk_route_send(t->daemon, msg, 0);
}

static void
tool_on_client_closed(void *arg, struct wk_route *route, wk_err code, const Wk__Error *error)
{
    struct tool *t = arg;

    if (t->daemon != NULL)
        wk_route_close(t->daemon, WK_ECANCELED, NULL);
    free(t);
}

static void
tool_on_reply(void *arg, struct wk_route *route, const Wk__Envelope *msg, uint8_t flags)
{
    struct tool *t = arg;

    if (msg->body_case == WK__ENVELOPE__BODY_STORAGE_TOOL_REPLY)
        wk_route_send(t->client, msg, 0);
}

/* The daemon ended it: so does the client's side. */
static void
tool_on_daemon_closed(void *arg, struct wk_route *route, wk_err code, const Wk__Error *error)
{
    struct tool *t = arg;
    struct wk_route *client = t->client;

    free(t);
    wk_route_close(client, code, error != NULL ? error->message : NULL);
}

void
wk_tool_open(struct wk_kernel *kernel, struct wk_route *client, const Wk__Envelope *msg)
{
    static const struct wk_local client_local = {tool_on_request, NULL, tool_on_client_closed};
    static const struct wk_local daemon_local = {tool_on_reply, NULL, tool_on_daemon_closed};
    struct wk_service *s = wk_service_find(kernel, msg->storage_tool->service);
    struct wk_route *daemon;
    struct tool *t;

    if (s == NULL || s->kind != WK_STORAGE) {
        wk_route_close(client, WK_ENOTFOUND, "there is no storage service of that name; see wkctl ps");
        return;
    }
    t = wk_xcalloc(1, sizeof(*t));
    t->client = client;
    wk_route_accept_local(client, &client_local, t);
    daemon = wk_route_open_local(&s->dest, NULL, WK_TARGET_KERNEL, msg, 0, &daemon_local, t);
    if (daemon != NULL) /* else t is gone already */
        t->daemon = daemon;
}
