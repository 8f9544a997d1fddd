/* kernel/kernel.h - the supervisor as a whole: what its parts share.
 *
 * Thread: the loop's. Lifetime: one, main's. */
#ifndef WK_KERNEL_H
#define WK_KERNEL_H
#include "kernel/base/json.h"
#include "kernel/sup/service.h"

/* A deployed configuration, kept while a service points into it. */
struct wk_config_ref {
    unsigned refs;
    struct wk_arena arena;
    Wk__Config *config;
};

/* A worker's lowered modules, as the compiler wrote them. */
struct wk_bundle {
    unsigned refs;
    struct wk_buf bytes; /* a packed wk.Bundle */
    char *path;
};

struct wk_listen {
    char *name, *address;
    int fd;
    bool used;      /* by the configuration being deployed */
    bool inherited; /* the newest front has the descriptor */
    struct wk_listen *next;
};

struct wk_deploy;
struct wk_logbook;

struct wk_kernel {
    uv_loop_t *loop;
    char *state_dir, *url;
    struct wk_link_listener *listener;
    struct wk_service *services;
    struct wk_process *processes;
    struct wk_service *zygote, *front, *compiler;
    struct wk_dest control;
    struct wk_config_ref *config; /* what runs now */
    const Wk__Config *deploying;  /* what will run when the deployment under way succeeds; NULL: none is */
    struct wk_listen *listens;
    struct wk_deploy *deploy; /* under way; at most one */
    struct wk_logbook *logbook;
    uint32_t serial;
    bool watch, stopping, zygote_warm;
    uint64_t started_ms;
    uv_timer_t watch_timer;
};

/* kernel/sup/deploy.c: a configuration becomes running services, all or nothing. The reply goes to
 * route as CtlReply. */
void wk_deploy_start(struct wk_kernel *kernel, const Wk__CtlDeploy *request, struct wk_route *route);
/* The opener of the deployment went away: it goes on, nobody is told. */
void wk_deploy_forget_route(struct wk_kernel *kernel, struct wk_route *route);
/* The front could not be started. */
void wk_deploy_front_failed(struct wk_kernel *kernel, const char *error);
/* The front is READY: perhaps the last step of a deployment. */
void wk_deploy_front_ready(struct wk_kernel *kernel);
/* A storage is ready or has failed, or time has passed. */
void wk_deploy_storage_settled(struct wk_kernel *kernel);
struct wk_bundle *wk_bundle_ref(struct wk_bundle *bundle);
void wk_bundle_unref(struct wk_bundle *bundle);

/* The target index of sessions that the kernel itself opens to a host; no handle has it. */
#define WK_TARGET_KERNEL 0xffffffffu
/* The target of the storage daemons' sessions to a host; no other handle has it. */
#define WK_TARGET_ACTORS 0xfffffffeu
/* The target of what has no entrypoints; and of assets, these with the worker behind them. */
#define WK_TARGET_ONLY 0u
#define WK_TARGET_ASSETS_WORKER 1u

/* kernel/sup/equip.c: what a process needs to become READY. */
void wk_equip(struct wk_process *process);
/* kernel/sup/actors.c: who stores which actors. The storage services that the configuration needs, by name. */
void wk_actors_prepare(struct wk_kernel *kernel, const Wk__Config *config);
/* Starts those that it needs, tells those that run, stops the others. */
void wk_actors_commit(struct wk_kernel *kernel, const Wk__Config *config);
void wk_actors_equip_storage(struct wk_process *process);
/* Adds the unique keys of the namespaces that the storage has, as JSON strings. */
void wk_actors_names(struct wk_kernel *kernel, const Wk__Config *config,
                     const struct wk_service *storage, struct wk_buf *out);
/* What a worker is told of its own namespaces, and of one that it is bound to; NULL: there is no such. Handles from
 * *handles on are granted to it. */
void wk_actors_of_worker(struct wk_process *process, Wk__LoadWorker *load, uint32_t *handles, struct wk_arena *arena);
Wk__ActorNamespaceConfig *wk_actors_of_binding(struct wk_process *process, const Wk__ActorBinding *binding,
                                               uint32_t *handles, struct wk_arena *arena);

/* Gives the front its sockets and handles (again). */
void wk_equip_front(struct wk_kernel *kernel);

/* kernel/sup/listen.c: listening sockets, kept by the kernel so that no restart refuses a connection.
 * On failure *why is text for a person, to be freed. */
struct wk_listen *wk_listen_open(struct wk_kernel *kernel, const char *name, const char *address, char **why);
void wk_listen_close(struct wk_kernel *kernel, struct wk_listen *listen);
/* The address it really listens on ("127.0.0.1:40123"); the caller frees. */
char *wk_listen_bound(const struct wk_listen *listen);

/* kernel/control/control.c */
void wk_control_init(struct wk_kernel *kernel);
extern const struct wk_local wk_control_local; /* of whoever asked, until the answer */
/* kernel/control/upload.c: a deployment whose configuration comes in pieces, of which first is the first. */
void wk_upload_begin(struct wk_kernel *kernel, const Wk__CtlDeploy *first, struct wk_route *route);
/* kernel/control/tool.c: joins a control client with a storage daemon, for as long as both want. */
void wk_tool_open(struct wk_kernel *kernel, struct wk_route *client, const Wk__Envelope *msg);
/* kernel/control/test_run.c: runs test() handlers one after the other, a CtlTestLine each. */
void wk_test_run(struct wk_kernel *kernel, const char *filter, struct wk_route *route);
void wk_test_forget_route(struct wk_route *route);

/* kernel/control/logbook.c: recent lines, the log file, and who follows. */
void wk_logbook_init(struct wk_kernel *kernel);
/* Standard output and error go to the file at path from now on, in pieces of bounded size. */
wk_err wk_logbook_file(const char *path);
void wk_logbook_add(struct wk_kernel *kernel, const char *service, uint32_t level, const char *text);
/* Streams lines to route: the recent ones, and further ones if follow. */
void wk_logbook_follow(struct wk_kernel *kernel, struct wk_route *route, const Wk__CtlLogs *request);
void wk_logbook_unfollow(struct wk_kernel *kernel, struct wk_route *route);
bool wk_logbook_wants_requests(const struct wk_kernel *kernel);

/* kernel/sup/stderr.c: lines of a child's standard error into the logbook. */
struct wk_stderr;
struct wk_stderr *wk_stderr_open(struct wk_kernel *kernel, int fd, const char *service);
void wk_stderr_close(struct wk_stderr *err);

/* A new link: whoever is at its other end says Hello first. Takes the reference. */
void wk_kernel_accept(struct wk_link *link);

/* Ends everything in order: front first, then workers, then the kernel itself. */
void wk_kernel_stop(struct wk_kernel *kernel, bool now);
#endif
