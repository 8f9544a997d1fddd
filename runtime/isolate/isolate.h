/* runtime/isolate/isolate.h - an isolate that runs a worker: its modules, its events, its exchanges.
 *
 * Knows nothing of processes and messages: whoever hosts it gives `ops`, and calls in when something
 * happened. An exchange is one conversation: an event that came in (a request, a test), or a
 * subrequest that script opened. `peer` is the host's pointer for it.
 *
 *     event:      wk_isolate_fetch -> ops.respond, ops.write* -> ops.finish
 *     subrequest: ops.open -> wk_isolate_response, wk_isolate_data* -> either side ends it
 *
 * Every call in runs one turn: script, then all jobs that it queued. Turns never nest.
 * Thread: one. Lifetime: wk_isolate_new .. the process; an isolate is not taken down, its process is. */
#ifndef WK_RUNTIME_ISOLATE_H
#define WK_RUNTIME_ISOLATE_H
#include "kernel/base/base.h"

struct wk_isolate;
struct wk_exchange;
struct wk_actor; /* runtime/actor/actor.h */

struct wk_slice {
    const char *data;
    size_t len;
};

struct wk_request_head {
    struct wk_slice method, url, cf_json;
    const struct wk_slice *headers; /* name, value, name, value ... */
    size_t header_count;            /* slices, so twice the headers */
    struct wk_slice body;           /* the part that is there already */
    bool has_body, body_follows;
    int64_t content_length; /* -1: not known */
};

struct wk_response_head {
    uint32_t status;
    struct wk_slice status_text;
    const struct wk_slice *headers;
    size_t header_count;
    struct wk_slice body;
    bool null_body, body_follows;
    int64_t content_length; /* -1: not known */
    uint64_t incarnation;   /* of the actor that answers; 0: none */
};

/* Bits of Error.traits. */
#define WK_TRAIT_OVERLOADED 4u
#define WK_TRAIT_RESET 8u

struct wk_js_error {
    const char *name, *message, *stack; /* UTF-8; "" when there is none */
    const char *excerpt;                /* the author's lines around the throw */
    uint32_t traits;                    /* as Error.traits */
    struct wk_slice detail;             /* the thrown value's serialization; empty: none */
    uint64_t incarnation;               /* of the actor that failed; 0: none */
};

/* Whom a subrequest or a call is for, in a namespace of actors. */
#define WK_FACET_DEPTH_MAX 3u /* below the actor */
struct wk_actor_ref {
    struct wk_slice id, name; /* name empty: none */
    uint64_t stub, incarnation;
    bool later; /* it is not the stub's first call */
    struct wk_slice facet[WK_FACET_DEPTH_MAX]; /* names down to a facet of it */
    size_t facet_depth;                        /* 0: the actor itself */
};
#define WK_ACTOR_NAME_BYTES_MAX 1024u

/* A method of an entrypoint or an actor. */
struct wk_call_head {
    struct wk_slice method, arguments; /* serialized; empty: none */
    uint64_t follow_bytes;             /* of arguments, that come as data instead; 0: none */
    bool get;                          /* a property's value is asked for */
};

struct wk_call_result {
    struct wk_slice value; /* serialized; empty: none */
    uint64_t follow_bytes; /* as of arguments */
    uint64_t incarnation;
};

/* Values as in ActorAlarmDone. */
enum wk_alarm_outcome {
    WK_ALARM_OK,
    WK_ALARM_EXCEPTION,
    WK_ALARM_CANCELED,
    WK_ALARM_ABORTED,
    WK_ALARM_NO_HANDLER,
    WK_ALARM_TIMED_OUT,
};

struct wk_alarm_result {
    enum wk_alarm_outcome outcome;
    bool retry, counted;
    uint64_t incarnation;
};

enum wk_exchange_end {
    WK_MORE = 0,
    WK_END = 1,  /* nothing follows in this direction */
    WK_LAST = 2, /* and the exchange is over */
};

struct wk_isolate_ops {
    /* An event's answer. end WK_LAST: peer is not used again. */
    void (*respond)(void *host, void *peer, const struct wk_response_head *head, enum wk_exchange_end end);
    size_t (*window)(void *host, void *peer); /* raw bytes that may be written now */
    void (*write)(void *host, void *peer, const void *data, size_t bytes, enum wk_exchange_end end);
    void (*consumed)(void *host, void *peer, size_t bytes);
    /* Ends the exchange; error may be NULL. */
    void (*finish)(void *host, void *peer, wk_err code, const struct wk_js_error *error);
    /* Opens a subrequest on behalf of parent (NULL: of nobody); gives its peer. actor: NULL, or whom it is for. */
    void *(*open)(void *host, uint32_t handle, void *parent, const struct wk_actor_ref *actor,
                  const struct wk_request_head *head, struct wk_exchange *exchange);
    /* The same for a call; answered by wk_isolate_result. */
    void *(*call)(void *host, uint32_t handle, void *parent, const struct wk_actor_ref *actor,
                  const struct wk_call_head *head, struct wk_exchange *exchange);
    /* A call's answer. end WK_LAST: peer is not used again. */
    void (*result)(void *host, void *peer, const struct wk_call_result *result, enum wk_exchange_end end);
    /* An alarm's; peer is not used again. */
    void (*alarm_done)(void *host, void *peer, const struct wk_alarm_result *result);
    void (*test_done)(void *host, void *peer, bool passed, const char *error);
    /* level: 0 error, 1 warn, 2 info, 3 debug */
    void (*log)(void *host, int level, const char *text, size_t bytes);
    /* Call wk_isolate_timers at that time of wk_now_ms(); 0: no timer is set. */
    void (*timer)(void *host, uint64_t due_ms);
    /* The heap is beyond use (memory limit): end the process after telling everybody. */
    void (*broken)(void *host, wk_err code);
};

enum wk_module_type {
    WK_MODULE_ES = 1,
    WK_MODULE_COMMON_JS = 2,
    WK_MODULE_ES_ASYNC = 3,
    WK_MODULE_TEXT = 4,
    WK_MODULE_DATA = 5,
    WK_MODULE_JSON = 6,
    WK_MODULE_SCRIPT = 7,
    WK_MODULE_WASM = 8,
};

struct wk_module_import {
    const char *specifier, *module, *error;
    bool on_demand; /* by import() */
};

struct wk_module {
    const char *name, *display;
    enum wk_module_type type;
    struct wk_slice code, line_map;
    struct wk_slice source; /* the author's text; empty: not known */
    const struct wk_module_import *imports;
    size_t import_count;
};

enum wk_binding_kind {
    WK_BINDING_TEXT,
    WK_BINDING_JSON,
    WK_BINDING_DATA,
    WK_BINDING_SERVICE,
    WK_BINDING_NULL,
    WK_BINDING_UNSUPPORTED,
    WK_BINDING_ACTORS, /* a namespace: value is its unique key; shards handles from `handle` on */
    WK_BINDING_ACTOR_CLASS, /* a class of this worker: value is its name */
};

struct wk_worker_binding {
    const char *name;
    enum wk_binding_kind kind;
    struct wk_slice value;
    uint32_t handle, shards;
    bool ephemeral;
    const char *props_json; /* of a class; "": none */
};

/* A namespace whose actors this worker runs. */
struct wk_worker_actors {
    uint32_t index; /* as in wk_actor_start */
    const char *class_name;
    bool prevent_eviction, ephemeral;
    uint32_t handle, shards; /* of the namespace, for facets: as of a binding */
};

struct wk_worker_target {
    const char *entrypoint, *props_json;
};

struct wk_worker_entrypoint {
    const char *name; /* "": the default export */
    const char *handlers; /* names, separated by a space */
    bool is_class, is_actor;
};

/* Borrowed until wk_isolate_load returns, but for the modules: until wk_isolate_modules_done says so. */
struct wk_worker {
    const char *name;
    const struct wk_module *modules;
    size_t module_count;
    const struct wk_worker_binding *bindings;
    size_t binding_count;
    const struct wk_worker_target *targets;
    size_t target_count;
    const struct wk_worker_actors *actors;
    size_t actors_count;
    const char *compatibility_flags; /* every name, a space between; those that are off begin with "!" */
    bool service_worker; /* the main module registers listeners instead of exporting */
    int64_t outbound_handle; /* of global fetch(); -1: none */
    uint32_t cpu_limit_ms;
    size_t memory_limit_bytes;
};

/* A warm isolate: builtins loaded, nothing of a worker. Meant to be forked; ops come later. */
struct wk_isolate *wk_isolate_new(void);
void wk_isolate_attach(struct wk_isolate *isolate, const struct wk_isolate_ops *ops, void *host);

/* Evaluates the worker's modules. on_loaded is called once, perhaps later (top-level await): error NULL and
 * its entrypoints, or what went wrong, with its stack. */
void wk_isolate_load(struct wk_isolate *isolate, const struct wk_worker *worker,
                     void (*on_loaded)(void *host, const char *error, const struct wk_worker_entrypoint *list,
                                       size_t count));
/* True if no module is left to evaluate, so that the memory of the modules' code may go. */
bool wk_isolate_modules_done(const struct wk_isolate *isolate);

/* A request for target, or for the actor if it is not NULL. *out: NULL when it is over already; so below. */
void wk_isolate_fetch(struct wk_isolate *isolate, void *peer, uint32_t target, struct wk_actor *actor,
                      const struct wk_request_head *head, struct wk_exchange **out);
/* A call of a method, the same way. */
void wk_isolate_call(struct wk_isolate *isolate, void *peer, uint32_t target, struct wk_actor *actor,
                     const struct wk_call_head *call, struct wk_exchange **out);
/* The actor's alarm is due. */
void wk_isolate_alarm(struct wk_isolate *isolate, void *peer, struct wk_actor *actor, uint64_t scheduled_ms,
                      uint32_t retries, struct wk_exchange **out);
/* The actors here that nothing keeps. *out is the caller's, to be freed. */
size_t wk_isolate_leaving(struct wk_isolate *isolate, struct wk_actor ***out);
/* How many events were given to it. */
uint64_t wk_isolate_actor_events(const struct wk_actor *actor);

/* Runs test() of an entrypoint. */
void wk_isolate_test(struct wk_isolate *isolate, void *peer, const char *entrypoint, struct wk_exchange **out);

void wk_isolate_response(struct wk_exchange *exchange, const struct wk_response_head *head);
/* A call was answered. */
void wk_isolate_result(struct wk_exchange *exchange, const struct wk_call_result *result);
void wk_isolate_data(struct wk_exchange *exchange, const void *data, size_t bytes, bool end);
void wk_isolate_writable(struct wk_exchange *exchange);
/* The other side ended the exchange: its peer is dead. error may be NULL. */
void wk_isolate_closed(struct wk_exchange *exchange, wk_err code, const struct wk_js_error *error);
void wk_isolate_timers(struct wk_isolate *isolate);
/* Nothing more is to be done now: finds requests that can never be answered. */
void wk_isolate_idle(struct wk_isolate *isolate);
/* Most of many actors are gone: tables that grew for them shrink, and memory goes back to the system. Not in a turn. */
void wk_isolate_ebb(struct wk_isolate *isolate);

size_t wk_isolate_heap_bytes(const struct wk_isolate *isolate);
struct wk_isolate_stats {
    uint64_t events, exceptions, cpu_ns;
};
void wk_isolate_stats(const struct wk_isolate *isolate, struct wk_isolate_stats *out);
#endif
