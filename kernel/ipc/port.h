/* kernel/ipc/port.h - a service's end of its link: sessions it opens and sessions opened to it.
 *
 * A session carries messages (Envelope) and raw bytes both ways and ends once: by wk_session_close or
 * WK_FLAG_LAST from here, or by the other side (on_closed). Raw bytes are under flow control: send only
 * what wk_session_window allows, and call wk_session_consumed for what was taken in; on_writable tells
 * when the window grew from empty.
 *
 *     on_open / wk_port_open --> OPEN --close from either side--> gone; the pointer is dead after
 *     on_closed or wk_session_close; on_closed comes only for an end that this side did not cause: the other
 *     side did, or what came from it could not be understood.
 *
 * A gate session (opened with WK_FLAG_GATE; see kernel/route/router.h) is how a service that places actors
 * talks with the host of one. It redirects sessions through it, says what is durable, and opens sessions
 * on its behalf; on the host these know the gate session that they came through (wk_session_via).
 *
 * Thread: the loop's. When the link dies every session is closed with WK_EUNAVAILABLE, then on_down. A session that is
 * opened after the link died, in one of these calls, hears nothing and goes with the port; who might do that asks
 * wk_port_is_down. */
#ifndef WK_IPC_PORT_H
#define WK_IPC_PORT_H
#include "kernel/base/arena.h"
#include "kernel/ipc/link.h"
#include "proto/envelope.pb-c.h"

struct wk_port;
struct wk_session;

struct wk_session_events {
    /* A message; msg lives until the handler returns. flags: WK_FLAG_END, WK_FLAG_LAST seen with it (for
     * LAST, on_closed(WK_OK) follows). */
    void (*on_message)(struct wk_session *session, void *arg, const Wk__Envelope *msg, uint8_t flags);
    /* Raw bytes, or an END without any; data lives until the handler returns. */
    void (*on_data)(struct wk_session *session, void *arg, const uint8_t *data, size_t bytes, uint8_t flags);
    void (*on_writable)(struct wk_session *session, void *arg);
    /* Ended by the other side or by the kernel. error may be NULL. */
    void (*on_closed)(struct wk_session *session, void *arg, wk_err code, const Wk__Error *error);
    /* On a gate session that was opened to this service: everything up to stamp is durable. */
    void (*on_gate)(struct wk_session *session, void *arg, uint64_t stamp);
    /* The other side gave this one a handle; it is good while the session lives. */
    void (*on_grant)(struct wk_session *session, void *arg, uint32_t handle);
};

struct wk_port_events {
    /* Somebody opened a session to this service. target is the index that the opener's handle names.
     * msg is the first message. Call wk_session_accept inside, or the session is refused with
     * WK_EUNSUPPORTED. flags as in on_message. */
    void (*on_open)(void *arg, struct wk_session *session, uint32_t target, const Wk__Envelope *msg,
                    uint8_t flags);
    /* A message of the kernel to this process (session 0). */
    void (*on_kernel)(void *arg, const Wk__Envelope *msg);
    void (*on_down)(void *arg, wk_err why);
    void (*on_batch_end)(void *arg); /* may be NULL */
};

/* Connects to the kernel, says Hello and waits for Welcome, at most timeout_ms.
 * token_hex comes from the environment (WK_LINK_TOKEN) or, for a control client, is NULL.
 * Errors: WK_EUNAVAILABLE, nobody there; WK_EDENIED, the token was refused; WK_EINVAL, wrong words. */
wk_err wk_port_connect(uv_loop_t *loop, const char *url, const char *token_hex, const char *service,
                       uint32_t timeout_ms, const struct wk_port_events *events, void *arg,
                       struct wk_port **out);
void wk_port_free(struct wk_port *port);
struct wk_link *wk_port_link(struct wk_port *port);
/* The name that the kernel gave this process. */
const char *wk_port_name(const struct wk_port *port);
size_t wk_port_session_count(const struct wk_port *port);
/* The link died. True before on_down, already while its sessions are closed for it. */
bool wk_port_is_down(const struct wk_port *port);

/* True while the session of that number lives. */
bool wk_port_session_alive(struct wk_port *port, uint32_t session_id);
/* Ends every session with that code, as wk_session_close; no on_closed comes. */
void wk_port_close_all(struct wk_port *port, wk_err code, const char *text);

/* Blocks the thread until the session's handlers call wk_port_wait_done, at most timeout_ms. Only what comes on
 * that session is dispatched meanwhile; everything else keeps its order and comes from the loop afterwards.
 * May be called inside a handler, whose message stays good; not inside a handler that runs during a wait.
 * Errors: WK_ETIMEDOUT; WK_ECLOSED, the session or the link ended; WK_EUNSUPPORTED, a link that cannot. */
wk_err wk_port_wait(struct wk_port *port, struct wk_session *session, uint32_t timeout_ms);
void wk_port_wait_done(struct wk_port *port);

/* Sends a message to the kernel itself. */
void wk_port_tell(struct wk_port *port, const Wk__Envelope *msg);
/* Sends a line for the log. level as LogLine.level; one about a request may wait a little (wk_link_send). */
void wk_port_log(struct wk_port *port, uint32_t level, const char *text);

/* Opens a session through handle. parent may be NULL. flags: WK_FLAG_END, WK_FLAG_DETACHED, WK_FLAG_GATE.
 * An actor names its gate session, or a living session of it, as the parent of everything it opens: that makes
 * the new one wait for its writes. What is to outlive the event that it serves names the gate session.
 * Never fails at once: what is wrong comes as on_closed. Owns: the port's; dead after its end. */
struct wk_session *wk_port_open(struct wk_port *port, uint32_t handle, struct wk_session *parent,
                                const Wk__Envelope *msg, uint8_t flags,
                                const struct wk_session_events *events, void *arg);
void wk_session_accept(struct wk_session *session, const struct wk_session_events *events, void *arg);
void *wk_session_arg(const struct wk_session *session);
uint32_t wk_session_id(const struct wk_session *session);
/* The gate session that an incoming session came through or, for a service that redirects, the one of its own on whose
 * behalf it was opened; NULL: none, or that has ended. */
struct wk_session *wk_session_via(const struct wk_session *session);
struct wk_port *wk_session_port(const struct wk_session *session);

/* Sends a message. With WK_FLAG_LAST the session is over and the pointer dead. */
void wk_session_send(struct wk_session *session, const Wk__Envelope *msg, uint8_t flags);
/* The same on a gate session that was opened to this service, with the number of the writes in it. */
void wk_session_send_stamped(struct wk_session *session, const Wk__Envelope *msg, uint8_t flags, uint64_t stamp);
/* Hands a session that was opened to this service, and not answered, on to the acceptor of the gate session.
 * The pointer of session is dead. */
void wk_session_redirect(struct wk_session *session, struct wk_session *gate);
/* Everything up to stamp is durable: what waited for it leaves, and the acceptor is told. */
void wk_session_advance(struct wk_session *gate, uint64_t stamp);
/* Gives the other side a handle to what this side's handle leads to, while the session lives. */
void wk_session_grant(struct wk_session *session, uint32_t handle);
/* Raw bytes that may be sent now. */
size_t wk_session_window(const struct wk_session *session);
/* Sends raw bytes, at most wk_session_window() of them; pieces larger than a frame are split.
 * With WK_FLAG_LAST the session is over and the pointer dead. */
void wk_session_write(struct wk_session *session, const void *data, size_t bytes, uint8_t flags);
/* Says that bytes of what on_data brought are dealt with, so that the other side may send more. */
void wk_session_consumed(struct wk_session *session, size_t bytes);
/* Ends the session. text may be NULL; with it an Error travels along. The pointer is dead. */
void wk_session_close(struct wk_session *session, wk_err code, const char *text);
/* As wk_session_close, with a whole Error. */
void wk_session_fail(struct wk_session *session, wk_err code, const Wk__Error *error);
#endif
