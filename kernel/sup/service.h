/* kernel/sup/service.h - services and the processes that run them: starting, readiness, restarts.
 *
 *   process   STARTING --Hello--> UP --Ready / WorkerLoaded--> READY --Drain--> DRAINING --> gone
 *   service   is reachable through its dest while its current process is READY; between processes
 *             opens wait a moment (starting), or fail at once while it is parked.
 *
 * A service that crashes more often than WK_RESTARTS_PER_WINDOW in WK_RESTART_WINDOW_MS waits longer
 * and longer before it is started again (back-off); `wkctl restart` and a deployment start it at once.
 *
 * Thread: the loop's. Lifetime: a service lives until the kernel ends, a process until it was reaped. */
#ifndef WK_SUP_SERVICE_H
#define WK_SUP_SERVICE_H
#include <sys/types.h>
#include "kernel/route/router.h"
#include "proto/config.pb-c.h"

#define WK_RESTARTS_PER_WINDOW 5
#define WK_RESTART_WINDOW_MS 10000u
#define WK_BACKOFF_MS_MAX 10000u
#define WK_CPU_LIMIT_MS_DEFAULT 30000u
#define WK_HANG_GRACE_MS 500u

struct wk_kernel;
struct wk_process;

enum wk_service_kind { WK_FRONT, WK_ZYGOTE, WK_COMPILER, WK_WORKER, WK_DISK, WK_EGRESS, WK_STORAGE };
enum wk_process_state { WK_STARTING, WK_UP, WK_READY, WK_DRAINING, WK_GONE };

/* Which entrypoint with which props a handle names; its index is what an OPEN carries. */
struct wk_target {
    char *entrypoint, *props_json;
};

struct wk_service {
    struct wk_kernel *kernel;
    char *name;
    enum wk_service_kind kind;
    struct wk_dest dest;
    struct wk_process *current; /* serves, or is about to */
    struct wk_process *next;    /* loads the version that a deployment will switch to */
    struct wk_service *next_service;
    bool wanted;    /* to be running */
    bool on_demand; /* started by the first open, stopped when idle */
    bool exclusive; /* its processes own something: one ends before the next starts */
    bool start_again; /* when the draining process has ended */

    /* configuration; of a worker, what its next process will load */
    const Wk__Service *definition;
    struct wk_bundle *bundle;
    const Wk__Service *staged_definition; /* of the deployment under way; NULL: none */
    struct wk_bundle *staged_bundle;
    struct wk_target *targets;
    uint32_t target_count, generation;

    /* restarts */
    uint64_t restarts, crash_ms[WK_RESTARTS_PER_WINDOW];
    uint32_t backoff_ms;
    uint64_t parked_until_ms;
    uv_timer_t restart_timer;
    char last_exit[160];
    bool lost; /* its last process did not end by itself */
    char *trouble; /* of a storage: why it cannot serve, for an operator; NULL: none is known */
};

struct wk_process {
    struct wk_service *service;
    struct wk_kernel *kernel;
    struct wk_process *next_process;
    enum wk_process_state state;
    pid_t pid; /* 0: the zygote has not said yet */
    uint32_t serial;
    uint8_t token[32];
    char token_hex[65];
    struct wk_end *end;
    struct wk_stderr *err;
    int control_fd; /* a zygote's */
    int link_fd;    /* the process's end of its link, until it has it */
    uv_poll_t *control_poll;
    uint64_t started_ms, ready_ms, heard_ms;
    uint64_t cpu_ms_plus1; /* when it was first found silent; 0: it is not */
    uint64_t bundle_sent;
    struct wk_route *load_route;
    const Wk__Service *definition; /* what it is to run; read only until it is READY */
    struct wk_bundle *bundle;
    Wk__WorkerLoaded *loaded; /* what it exports */
    struct wk_arena loaded_arena;
    uint32_t cpu_limit_ms, generation;
    bool reaped, link_down, killed_for_hang, asked_to_stop;
    void (*on_settled)(void *arg, struct wk_process *process, const char *error); /* loaded, or failed */
    void *settled_arg;
};

/* Finds or makes a service. */
struct wk_service *wk_service_get(struct wk_kernel *kernel, const char *name, enum wk_service_kind kind);
/* By name, as a person says it: a configured service before one of the system's own. */
struct wk_service *wk_service_find(struct wk_kernel *kernel, const char *name);
/* One that the configuration names. */
struct wk_service *wk_service_configured(struct wk_kernel *kernel, const char *name);
/* The index that names (entrypoint, props) at the service; made when new. */
uint32_t wk_service_target(struct wk_service *service, const char *entrypoint, const char *props_json);

/* Makes sure that a process runs or is on its way; at once, whatever the back-off. */
void wk_service_start(struct wk_service *service);
/* Ends the current process (in order, or killed) and does not start another. */
void wk_service_stop(struct wk_service *service, bool now);
/* A new process takes over, then the old one drains: no request fails. An exclusive service's drains first;
 * what is opened meanwhile waits. */
void wk_service_restart(struct wk_service *service);

/* What its process says instead of that it is ready. */
void wk_service_unable(struct wk_service *service, const char *reason);

/* Its current process ended unasked: restart now, or after a back-off. */
void wk_service_crashed(struct wk_service *service);

/* Starts a process beside the current one; on_settled once it is READY (error NULL) or failed, for a zygote
 * before this returns. */
struct wk_process *wk_process_start(struct wk_service *service,
                                    void (*on_settled)(void *arg, struct wk_process *process, const char *error),
                                    void *arg);
/* The service is reached at process from now on; the former one drains. */
void wk_process_take_over(struct wk_process *process);
void wk_process_drain(struct wk_process *process);
void wk_process_kill(struct wk_process *process);
/* READY: called by the part of the kernel that knows what that means for its kind. */
void wk_process_ready(struct wk_process *process);
/* It cannot become READY; error is text for a person. */
void wk_process_failed(struct wk_process *process, const char *error);

/* A link said Hello with this token. NULL: nobody was given it. */
struct wk_process *wk_process_of_token(struct wk_kernel *kernel, const uint8_t *token, size_t bytes);
void wk_process_linked(struct wk_process *process, struct wk_end *end);
/* Its link is gone (wk_end_events.on_down). */
void wk_process_on_down(void *process, struct wk_end *end, wk_err why);
/* SIGCHLD: collects what ended. */
void wk_process_reap(struct wk_kernel *kernel);
/* Every WK_WATCH_MS: pings, kills what hangs, drains what is on demand and idle. */
void wk_process_watch(struct wk_kernel *kernel);
#define WK_WATCH_MS 100u
const char *wk_process_state_name(const struct wk_process *process);
const char *wk_service_kind_name(enum wk_service_kind kind);
#endif
