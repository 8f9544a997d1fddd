/* kernel/ipc/port_priv.h - a port and its sessions, for port.c, session.c and session_table.c. */
#ifndef WK_IPC_PORT_PRIV_H
#define WK_IPC_PORT_PRIV_H
#include "kernel/base/buf.h"
#include "kernel/ipc/port.h"

/* The sessions of one numbering: those this process opened, or those that the kernel opened to it. */
struct session_table {
    struct wk_session **slots; /* by index; NULL: free */
    uint16_t *generations;
    uint32_t *free; /* stack of free indexes; own numbering only */
    uint32_t cap, free_count;
};

struct wk_session {
    struct wk_port *port;
    const struct wk_session_events *events;
    void *arg;
    uint32_t id;
    uint32_t window;   /* raw bytes that may be sent */
    uint32_t consumed; /* raw bytes taken in and not yet credited */
    uint32_t via;      /* number of the gate session that it came through; 0: none */
    bool accepted;
    struct wk_session *next_free;
};

struct wk_port {
    struct wk_link *link;
    const struct wk_port_events *events;
    void *arg;
    char *name;
    bool welcome, down;
    wk_err down_why;
    size_t session_count;
    struct session_table own, theirs;
    struct wk_session *free_sessions;
    uint32_t free_session_count;
    struct wk_arena arena;
    struct wk_arena wait_arena; /* takes its place during a wait: a handler's message may be in the other */
    struct wk_buf packed;
    uint32_t waiting_for; /* a session's number; 0: nothing */
    bool wait_done;
};

/* ---- session_table.c ---- */
/* Room for index need. */
void wk_session_table_grow(struct session_table *table, uint32_t need);
void wk_session_table_fini(struct session_table *table);
/* NULL: it is over, or never was. */
struct wk_session *wk_session_find(struct wk_port *port, uint32_t id);
struct wk_session *wk_session_new(struct wk_port *port, uint32_t id);
/* It leaves its table: nothing reaches it any more. */
void wk_session_forget(struct wk_session *session);
/* A number for one that this process opens. */
uint32_t wk_session_id_take(struct wk_port *port);

/* ---- port.c ---- */
void wk_port_send(struct wk_port *port, const struct wk_frame *frame);
/* The same with the packed message as its body; NULL: none. */
void wk_port_send_packed(struct wk_port *port, struct wk_frame *frame, const Wk__Envelope *msg);
#endif
