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
/* The target of the storage daemons' sessions: no other handle has it. */
#define WK_HOST_TARGET_ACTORS 0xfffffffeu

struct wk_gate_peer;
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
    struct wk_gate_peer *gates; /* of the actors here */
    size_t movers;              /* of them, those that are to leave */
    bool loaded, settled, draining;
    bool ebbed; /* most of its actors have gone: memory is to be given back */
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
/* actors.c: gate sessions, each an actor that was placed here. */
void wk_host_actor_place(struct wk_host *host, struct wk_session *session, const Wk__ActorStart *start);
/* The actor of a gate session; NULL: it has ended. */
struct wk_actor *wk_host_actor_of(struct wk_session *via);
/* What came while script was waiting for one answer. */
void wk_host_actors_deal(struct wk_host *host);
/* Tells the daemons that this host is going. */
void wk_host_actors_drain(struct wk_host *host);
/* Of the actors that are to leave, since this host or their daemon is going, those go that nothing keeps. Whenever something
 * was done. */
void wk_host_actors_leave(struct wk_host *host);

/* events.c. A text of an error that leaves; clips is for the copy, if it is too long. */
char *wk_host_error_text(struct wk_arena *clips, const char *text);
/* Ends the session with that error; NULL: with the code alone. */
void wk_host_fail(struct wk_session *session, wk_err code, const struct wk_js_error *error);
#endif
