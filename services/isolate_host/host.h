/* services/isolate_host/host.h - one worker's process: a link to the kernel, an isolate, and the
 * messages between them.
 *
 * Thread: one. Lifetime: the process; wk_host_run ends it. */
#ifndef WK_ISOLATE_HOST_H
#define WK_ISOLATE_HOST_H
#include "kernel/base/buf.h"
#include "kernel/ipc/port.h"
#include "runtime/isolate/isolate.h"

/* The target of sessions that the kernel itself opens. */
#define WK_HOST_TARGET_KERNEL 0xffffffffu
/* Error.traits: durableObjectReset. */
#define WK_HOST_TRAIT_RESET 8u

struct wk_host {
    uv_loop_t loop;
    struct wk_port *port;
    struct wk_isolate *isolate;
    uv_timer_t timer;
    struct wk_session *load_session; /* until the worker is loaded */
    struct wk_arena load_arena, bundle_arena;
    Wk__LoadWorker *load;
    struct wk_buf bundle_bytes;
    struct wk_worker worker;
    struct wk_arena worker_arena; /* what worker points into */
    uint32_t target_count;
    bool loaded, settled, draining;
    int link_fd;
};

/* Connects to the kernel as the process that was given token_hex, and serves until the kernel is gone. */
_Noreturn void wk_host_run(struct wk_isolate *isolate, const char *url, const char *token_hex);

/* load.c: LoadWorker, then the bundle. */
void wk_host_load_begin(struct wk_host *host, struct wk_session *session, const Wk__LoadWorker *load);

/* events.c: sessions that are requests or tests, and subrequests. */
extern const struct wk_isolate_ops wk_host_ops;
/* actor: whom it is for; NULL: nobody in particular. */
void wk_host_event_open(struct wk_host *host, struct wk_session *session, uint32_t target, struct wk_actor *actor,
                        const Wk__Envelope *msg);
/* Ends the session with that error; NULL: with the code alone. */
void wk_host_fail(struct wk_session *session, wk_err code, const struct wk_js_error *error);
#endif
