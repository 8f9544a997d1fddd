/* The control endpoint: what `wkctl` may ask. One request a session. */
#include "kernel/kernel.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "kernel/base/log.h"

static void
control_reply(struct wk_route *route, wk_err code, const char *message, const char *json)
{
    Wk__CtlReply reply = WK__CTL_REPLY__INIT;
    WK_ENVELOPE(msg, CTL_REPLY, ctl_reply, &reply);

    reply.code = (uint32_t)code;
    reply.message = (char *)(uintptr_t)message;
    reply.json = (char *)(uintptr_t)json;
    wk_route_send(route, &msg, WK_FLAG_LAST);
}

/* Resident memory in KiB. */
static long
resident_kib(pid_t pid)
{
    char path[64];
    long pages = 0;
    FILE *f;

    snprintf(path, sizeof(path), "/proc/%d/statm", (int)pid);
    if ((f = fopen(path, "re")) == NULL)
        return 0;
    if (fscanf(f, "%*d %ld", &pages) != 1)
        pages = 0;
    fclose(f);
    return pages * (sysconf(_SC_PAGESIZE) / 1024);
}

static const char *
service_state(const struct wk_service *s)
{
    if (s->current != NULL)
        return wk_process_state_name(s->current);
    if (s->on_demand && s->wanted)
        return "idle";
    return s->parked_until_ms > wk_now_ms() ? "parked" : s->wanted ? "down" : "stopped";
}

static void
json_service(struct wk_buf *out, const struct wk_service *s)
{
    const struct wk_process *p = s->current;

    wk_json_open(out, NULL, '{');
    wk_json_str(out, "name", s->name);
    wk_json_str(out, "kind", wk_service_kind_name(s->kind));
    wk_json_str(out, "state", service_state(s));
    wk_json_int(out, "pid", p != NULL ? p->pid : 0);
    wk_json_int(out, "uptimeMs", p != NULL ? (int64_t)(wk_now_ms() - p->started_ms) : 0);
    wk_json_int(out, "restarts", (int64_t)s->restarts);
    wk_json_int(out, "sessions", p != NULL && p->end != NULL ? wk_end_session_count(p->end) : 0);
    wk_json_int(out, "opened", (int64_t)s->dest.opened);
    wk_json_int(out, "residentKib", p != NULL && p->pid > 0 ? resident_kib(p->pid) : 0);
    wk_json_str(out, "lastExit", s->last_exit[0] != '\0' ? s->last_exit : NULL);
    if (s->trouble != NULL)
        wk_json_str(out, "trouble", s->trouble);
    wk_json_close(out, '}');
}

static void
json_kernel(struct wk_buf *out, const struct wk_kernel *kernel)
{
    wk_json_open(out, NULL, '{');
    wk_json_str(out, "name", "kernel");
    wk_json_str(out, "kind", "kernel");
    wk_json_str(out, "state", kernel->stopping ? "draining" : "ready");
    wk_json_int(out, "pid", getpid());
    wk_json_int(out, "uptimeMs", (int64_t)(wk_now_ms() - kernel->started_ms));
    wk_json_int(out, "restarts", 0);
    wk_json_int(out, "sessions", 0);
    wk_json_int(out, "opened", (int64_t)kernel->control.opened);
    wk_json_int(out, "residentKib", resident_kib(getpid()));
    wk_json_str(out, "lastExit", NULL);
    wk_json_close(out, '}');
}

static void
control_ps(struct wk_kernel *kernel, struct wk_route *route)
{
    struct wk_buf json = {0};

    wk_json_open(&json, NULL, '{');
    wk_json_open(&json, "services", '[');
    json_kernel(&json, kernel);
    for (struct wk_service *s = kernel->services; s != NULL; s = s->next_service)
        if (s->wanted || s->current != NULL)
            json_service(&json, s);
    wk_json_close(&json, ']');
    wk_json_open(&json, "sockets", '[');
    for (struct wk_listen *l = kernel->listens; l != NULL; l = l->next) {
        char *bound = wk_listen_bound(l);

        wk_json_open(&json, NULL, '{');
        wk_json_str(&json, "name", l->name);
        wk_json_str(&json, "address", bound);
        wk_json_close(&json, '}');
        free(bound);
    }
    wk_json_close(&json, ']');
    wk_json_close(&json, '}');
    control_reply(route, WK_OK, "", json.data);
    wk_buf_fini(&json);
}

/* ---- inspect ---- */

#define INSPECT_LIST_MAX 200

struct inspect {
    struct wk_kernel *kernel;
    struct wk_route *route; /* NULL: the asker went away */
    struct wk_service *service;
    struct wk_buf json;
    size_t sessions, gates; /* counted; INSPECT_LIST_MAX of each are told */
};

static bool
is_inspected(const struct inspect *in, const char *opener, const char *dest)
{
    return in->service == NULL || strcmp(dest, in->service->name) == 0 || strcmp(opener, in->service->name) == 0;
}

static void
json_session(void *arg, const struct wk_route_info *info)
{
    struct inspect *in = arg;

    if (!is_inspected(in, info->opener, info->dest) || in->sessions++ >= INSPECT_LIST_MAX)
        return;
    wk_json_open(&in->json, NULL, '{');
    wk_json_int(&in->json, "id", (int64_t)info->id);
    wk_json_str(&in->json, "from", info->opener);
    wk_json_str(&in->json, "to", info->dest);
    wk_json_int(&in->json, "ageMs", (int64_t)info->age_ms);
    wk_json_bool(&in->json, "child", info->has_parent);
    wk_json_bool(&in->json, "waiting", info->held);
    wk_json_close(&in->json, '}');
}

static void
json_gate(void *arg, const struct wk_gate_info *info)
{
    struct inspect *in = arg;

    if (!is_inspected(in, info->opener, info->dest) || in->gates++ >= INSPECT_LIST_MAX)
        return;
    wk_json_open(&in->json, NULL, '{');
    wk_json_int(&in->json, "id", (int64_t)info->id);
    wk_json_str(&in->json, "from", info->opener);
    wk_json_str(&in->json, "to", info->dest);
    wk_json_int(&in->json, "ageMs", (int64_t)info->age_ms);
    wk_json_int(&in->json, "seen", (int64_t)info->seen);
    wk_json_int(&in->json, "advanced", (int64_t)info->advanced);
    wk_json_int(&in->json, "heldFrames", info->held_frames);
    wk_json_int(&in->json, "heldBytes", info->held_bytes);
    wk_json_int(&in->json, "sessions", info->routes);
    wk_json_int(&in->json, "waiting", info->waiting);
    wk_json_close(&in->json, '}');
}

static void
json_entrypoints(struct wk_buf *out, const struct wk_process *p)
{
    wk_json_open(out, "entrypoints", '[');
    for (size_t i = 0; p->loaded != NULL && i < p->loaded->n_entrypoints; i++) {
        const Wk__Entrypoint *e = p->loaded->entrypoints[i];

        wk_json_open(out, NULL, '{');
        wk_json_str(out, "name", e->name[0] != '\0' ? e->name : "default");
        wk_json_open(out, "handlers", '[');
        for (size_t j = 0; j < e->n_handlers; j++)
            wk_json_str(out, NULL, e->handlers[j]);
        wk_json_close(out, ']');
        wk_json_close(out, '}');
    }
    wk_json_close(out, ']');
}

static void
json_link(struct wk_buf *out, const struct wk_process *p)
{
    struct wk_link_stats stats;

    if (p->end == NULL)
        return;
    wk_link_stats(wk_end_link(p->end), &stats);
    wk_json_open(out, "link", '{');
    wk_json_int(out, "framesIn", (int64_t)stats.frames_in);
    wk_json_int(out, "framesOut", (int64_t)stats.frames_out);
    wk_json_int(out, "bytesIn", (int64_t)stats.bytes_in);
    wk_json_int(out, "bytesOut", (int64_t)stats.bytes_out);
    wk_json_int(out, "unsentBytes", (int64_t)wk_link_unsent_bytes(wk_end_link(p->end)));
    wk_json_close(out, '}');
}

static void
inspect_finish(struct inspect *in, const Wk__HostStats *stats, const char *storage)
{
    struct wk_buf *out = &in->json;

    wk_json_open(out, NULL, '{');
    wk_json_open(out, "services", '[');
    if (in->service == NULL)
        json_kernel(out, in->kernel);
    for (struct wk_service *s = in->kernel->services; s != NULL; s = s->next_service)
        if ((in->service == NULL || s == in->service) && (s->wanted || s->current != NULL)) {
            json_service(out, s);
            out->len--; /* reopen the object for more facts */
            wk_json_int(out, "generation", s->generation);
            wk_json_int(out, "refused", (int64_t)s->dest.refused);
            wk_json_int(out, "waiting", s->dest.held_count);
            if (s->current != NULL) {
                json_entrypoints(out, s->current);
                json_link(out, s->current);
            }
            if (stats != NULL) {
                wk_json_int(out, "heapBytes", (int64_t)stats->heap_bytes);
                wk_json_int(out, "events", (int64_t)stats->events);
                wk_json_int(out, "exceptions", (int64_t)stats->exceptions);
                wk_json_int(out, "cpuMs", (int64_t)stats->cpu_ms);
            }
            if (storage != NULL)
                wk_buf_addf(out, ",\"storage\":%s", storage);
            wk_json_close(out, '}');
        }
    wk_json_close(out, ']');
    wk_json_open(out, "sessions", '[');
    wk_route_each(json_session, in);
    wk_json_close(out, ']');
    wk_json_open(out, "gates", '[');
    wk_gate_each(json_gate, in);
    wk_json_close(out, ']');
    wk_json_int(out, "gateCount", (int64_t)in->gates);
    wk_json_close(out, '}');
    control_reply(in->route, WK_OK, "", out->data);
    wk_buf_fini(out);
    free(in);
}

static void
inspect_on_stats(void *arg, struct wk_route *route, const Wk__Envelope *msg, uint8_t flags)
{
    struct inspect *in = arg;

    if (msg->body_case == WK__ENVELOPE__BODY_HOST_STATS && in->route != NULL) {
        Wk__HostStats stats = *msg->host_stats;

        wk_route_close(route, WK_OK, NULL);
        inspect_finish(in, &stats, NULL);
    } else if (msg->body_case == WK__ENVELOPE__BODY_STORAGE_STATS && in->route != NULL) {
        char *json = wk_xstrdup(msg->storage_stats->json);

        wk_route_close(route, WK_OK, NULL);
        inspect_finish(in, NULL, json);
        free(json);
    }
}

static void
inspect_on_closed(void *arg, struct wk_route *route, wk_err code, const Wk__Error *error)
{
    inspect_finish(arg, NULL, NULL);
}

static void
control_inspect(struct wk_kernel *kernel, struct wk_route *route, const char *name)
{
    static const struct wk_local local = {inspect_on_stats, NULL, inspect_on_closed};
    struct wk_service *s = name[0] != '\0' ? wk_service_find(kernel, name) : NULL;
    Wk__HostStatsGet get = WK__HOST_STATS_GET__INIT;
    WK_ENVELOPE(msg, HOST_STATS_GET, host_stats_get, &get);
    Wk__StorageStatsGet storage_get = WK__STORAGE_STATS_GET__INIT;
    WK_ENVELOPE(storage_msg, STORAGE_STATS_GET, storage_stats_get, &storage_get);
    struct inspect *in;

    if (name[0] != '\0' && s == NULL && strcmp(name, "kernel") != 0) {
        wk_route_close(route, WK_ENOTFOUND, "there is no service of that name; see wkctl ps");
        return;
    }
    in = wk_xcalloc(1, sizeof(*in));
    in->kernel = kernel;
    in->route = route;
    in->service = s;
    if (s != NULL && (s->kind == WK_WORKER || s->kind == WK_STORAGE) && s->current != NULL &&
        s->current->state == WK_READY)
        wk_route_open_local(&s->dest, s->current->end, WK_TARGET_KERNEL, s->kind == WK_WORKER ? &msg : &storage_msg,
                            WK_FLAG_END, &local, in);
    else
        inspect_finish(in, NULL, NULL);
}

/* ---- the rest ---- */

static void
control_restart(struct wk_kernel *kernel, struct wk_route *route, const char *name)
{
    struct wk_service *s = wk_service_find(kernel, name);

    if (s == NULL) {
        wk_route_close(route, WK_ENOTFOUND, "there is no service of that name; see wkctl ps");
        return;
    }
    wk_log(WK_INFO, "service.restart", "service=%s", s->name);
    wk_service_restart(s);
    control_reply(route, WK_OK, "", "{}");
}

static void
control_on_closed(void *arg, struct wk_route *route, wk_err code, const Wk__Error *error)
{
    wk_logbook_unfollow(arg, route);
    wk_deploy_forget_route(arg, route);
    wk_test_forget_route(route);
}

const struct wk_local wk_control_local = {NULL, NULL, control_on_closed};

static void
control_on_open(void *arg, struct wk_route *route, const Wk__Envelope *msg)
{
    struct wk_kernel *kernel = arg;

    wk_route_accept_local(route, &wk_control_local, kernel);
    switch (msg->body_case) {
    case WK__ENVELOPE__BODY_CTL_PS:
        control_ps(kernel, route);
        break;
    case WK__ENVELOPE__BODY_CTL_INSPECT:
        control_inspect(kernel, route, msg->ctl_inspect->service);
        break;
    case WK__ENVELOPE__BODY_CTL_RESTART:
        control_restart(kernel, route, msg->ctl_restart->service);
        break;
    case WK__ENVELOPE__BODY_CTL_STOP:
        wk_kernel_stop(kernel, msg->ctl_stop->now); /* the answer is the end of the link */
        break;
    case WK__ENVELOPE__BODY_CTL_LOGS:
        wk_logbook_follow(kernel, route, msg->ctl_logs);
        break;
    case WK__ENVELOPE__BODY_CTL_DEPLOY:
        if (msg->ctl_deploy->more)
            wk_upload_begin(kernel, msg->ctl_deploy, route);
        else
            wk_deploy_start(kernel, msg->ctl_deploy, route);
        break;
    case WK__ENVELOPE__BODY_STORAGE_TOOL:
        wk_tool_open(kernel, route, msg);
        break;
    case WK__ENVELOPE__BODY_CTL_TEST:
        wk_test_run(kernel, msg->ctl_test->filter, route);
        break;
    default:
        wk_route_close(route, WK_EUNSUPPORTED, "this kernel does not know that request");
        break;
    }
}

void
wk_control_init(struct wk_kernel *kernel)
{
    kernel->control = (struct wk_dest){.name = "control", .local_open = control_on_open, .arg = kernel};
}
