/* How a deployment ends: its reply. */
#include "kernel/sup/deploy_priv.h"

#include <stdlib.h>
#include <string.h>
#include "kernel/base/json.h"
#include "kernel/base/log.h"

bool
wk_storage_serves(const struct wk_service *s)
{
    return s->current != NULL && (s->current->state == WK_READY || s->start_again);
}

/* One that does not serve. */
static void
storage_json(struct wk_deploy *d, struct wk_service *s, struct wk_buf *out)
{
    const char *why = s->trouble != NULL ? s->trouble : s->last_exit;

    wk_json_open(out, NULL, '{');
    wk_json_str(out, "service", s->name);
    wk_json_bool(out, "opening", s->trouble == NULL && s->current != NULL);
    wk_json_str(out, "reason", why[0] != '\0' ? why : NULL);
    wk_json_open(out, "namespaces", '[');
    wk_actors_names(d->kernel, d->config->config, s, out);
    wk_json_close(out, ']');
    wk_json_close(out, '}');
}

static void
reply_json(struct wk_deploy *d, struct wk_buf *out)
{
    wk_json_open(out, NULL, '{');
    wk_json_open(out, "sockets", '[');
    for (struct wk_listen *l = d->kernel->listens; l != NULL; l = l->next) {
        char *bound = wk_listen_bound(l);

        wk_json_open(out, NULL, '{');
        wk_json_str(out, "name", l->name);
        wk_json_str(out, "address", bound);
        wk_json_close(out, '}');
        free(bound);
    }
    wk_json_close(out, ']');
    wk_json_open(out, "workers", '[');
    for (size_t i = 0; i < d->count; i++) {
        wk_json_open(out, NULL, '{');
        wk_json_str(out, "name", d->items[i].definition->name);
        wk_json_bool(out, "changed", d->items[i].changed);
        wk_json_int(out, "modulesLowered", d->items[i].lowered);
        wk_json_int(out, "compileMs", d->items[i].took_ms);
        wk_json_close(out, '}');
    }
    wk_json_close(out, ']');
    wk_json_open(out, "diagnostics", '[');
    wk_buf_add_str(out, d->diagnostics.len > 0 ? d->diagnostics.data : "");
    wk_json_close(out, ']');
    wk_json_open(out, "watched", '[');
    wk_buf_add_str(out, d->watched.len > 0 ? d->watched.data : "");
    wk_json_close(out, ']');
    wk_json_open(out, "storage", '[');
    for (struct wk_service *s = d->kernel->services; s != NULL; s = s->next_service)
        if (s->kind == WK_STORAGE && s->wanted && !wk_storage_serves(s))
            storage_json(d, s, out);
    wk_json_close(out, ']');
    wk_json_int(out, "tookMs", (int64_t)(wk_now_ms() - d->started_ms));
    wk_json_close(out, '}');
}

/* The deployment is over, one way or the other. */
void
wk_deploy_finish(struct wk_deploy *d)
{
    Wk__CtlReply reply = WK__CTL_REPLY__INIT;
    WK_ENVELOPE(msg, CTL_REPLY, ctl_reply, &reply);
    struct wk_buf json = {0};

    reply_json(d, &json);
    reply.code = d->code;
    reply.message = d->error != NULL ? d->error : (char *)(uintptr_t) "";
    reply.json = json.data;
    wk_log(d->failed ? WK_WARN : WK_INFO, d->failed ? "deploy.failed" : "deploy.done",
           "workers=%zu took_ms=%llu", d->count,
           (unsigned long long)(wk_now_ms() - d->started_ms));
    if (d->route != NULL)
        wk_route_send(d->route, &msg, WK_FLAG_LAST);
    d->kernel->deploy = NULL;
    d->kernel->deploying = NULL;
    for (size_t i = 0; i < d->count; i++) {
        struct wk_service *s = d->items[i].service;

        wk_bundle_unref(d->items[i].bundle);
        if (s != NULL) {
            wk_bundle_unref(s->staged_bundle);
            s->staged_bundle = NULL;
            s->staged_definition = NULL;
        }
    }
    wk_config_unref(d->config);
    wk_buf_fini(&json);
    wk_buf_fini(&d->diagnostics);
    wk_buf_fini(&d->watched);
    free(d->items);
    free(d->error);
    free(d);
}

void
wk_deploy_fail(struct wk_deploy *d, char *error)
{
    if (d->failed) {
        free(error);
        return;
    }
    d->error = error;
    d->code = WK_EINVAL;
    d->failed = true;
}

void
wk_deploy_forget_route(struct wk_kernel *kernel, struct wk_route *route)
{
    if (kernel->deploy != NULL && kernel->deploy->route == route)
        kernel->deploy->route = NULL;
}
