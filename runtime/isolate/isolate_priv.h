/* runtime/isolate/isolate_priv.h - the isolate's inside, for the files of runtime/isolate alone. */
#ifndef WK_RUNTIME_ISOLATE_PRIV_H
#define WK_RUNTIME_ISOLATE_PRIV_H
#include "kernel/base/buf.h"
#include "runtime/engine/engine.h"
#include "runtime/isolate/isolate.h"

/* Functions of built-in modules that the host calls; kept alive in the stash. */
enum hook {
    HOOK_FETCH,
    HOOK_TEST,
    HOOK_READABLE,
    HOOK_WRITABLE,
    HOOK_RESPONSE,
    HOOK_CLOSED,
    HOOK_TIMERS,
    HOOK_HUNG,
    HOOK_LOAD,
    HOOK_LEFT,
    HOOK_STOP,
    HOOK_ACTOR_OPENED,
    HOOK_ACTOR_CLOSED,
    HOOK_GRANTED,
    HOOK_STORED,
    HOOK_CALL,
    HOOK_ARGUMENTS,
    HOOK_RESULT,
    HOOK_ALARM,
    HOOK_LEAVING,
    HOOK_ACTOR_EVENTS,
    HOOK_COUNT,
};

struct wk_exchange {
    struct wk_isolate *isolate;
    struct wk_actor *actor; /* whose event or subrequest it is; NULL: no actor's */
    void *peer;  /* NULL: the other side is gone */
    uint32_t id; /* index in the table, with a generation above it */
    uint32_t awaited_by; /* of a subrequest without a response yet: the exchange that it is made for; 0: none */
    uint32_t awaits;     /* of an event: such subrequests */
    bool event, answered, suspect, end_sent;
    uint64_t cpu_ns; /* of an event: what its former turns used */
    bool in_whole; /* of a subrequest: its response came with all of the body */
    struct wk_buf in; /* arrived, not read yet */
    size_t in_at;
    size_t in_credited; /* of what waits, bytes that were credited already (read whole) */
    bool in_end, in_all, in_discard;
    bool collects; /* arguments or a result of in_total bytes come in pieces (call.c) */
    size_t in_total;
    uint64_t in_incarnation; /* of the result that comes */
    struct wk_buf out; /* written, over the window; empty when all has left */
    size_t out_at;
    bool out_end, out_finish;
};

struct wk_isolate {
    struct wk_engine *engine;
    duk_context *ctx;
    const struct wk_isolate_ops *ops;
    void *host;
    void *hooks[HOOK_COUNT]; /* heap pointers */
    struct wk_exchange **exchanges; /* by index */
    uint32_t *generations, *free_ids;
    uint32_t cap, free_count;
    uint32_t generation_first; /* of an index that the table did not reach, or no longer */
    uint32_t suspects, rejected;
    const struct wk_worker *worker;
    void (*on_loaded)(void *host, const char *error, const struct wk_worker_entrypoint *list, size_t count);
    uint32_t cpu_limit_ms;
    uint32_t charged; /* the event whose turn it is; 0: none, or an actor's */
    bool more_timers, modules_done;
    struct wk_isolate_stats stats;
    struct wk_turns *turns;         /* of actors; NULL: there was none yet */
    struct wk_cache_lru *cache_lru; /* the same */
    struct wk_buf scratch;          /* of one verb's call; empty between them */
    size_t collected;               /* bytes of arguments and results that are not whole yet */
    size_t queued;                  /* bytes of what left script and waits for windows */
};

struct wk_isolate *wk_isolate_of(duk_context *ctx);

/* turn.c: a turn is the function that hook pushes, called with nargs arguments, then all jobs. Nobody but
 * runtime/actor and runtime/isolate starts one, and none inside another. False if the function threw. */
void wk_isolate_hook(struct wk_isolate *isolate, enum hook hook);
bool wk_isolate_turn(struct wk_isolate *isolate, duk_idx_t nargs);
/* The same for what comes from outside: then also the turns that it admitted to actors. */
bool wk_isolate_enter(struct wk_isolate *isolate, duk_idx_t nargs);
/* Only those. */
void wk_isolate_admit(struct wk_isolate *isolate);

/* rejections.c */
void wk_isolate_rejections_init(struct wk_isolate *isolate);
/* quiet: of script that was stopped, whose promises are nobody's. */
void wk_isolate_report_rejections(struct wk_isolate *isolate, bool quiet);

/* After the turn of an event: its exchange if it is not over yet. */
struct wk_exchange *wk_isolate_event_left(struct wk_isolate *isolate, uint32_t id);

/* exchange.c */
struct wk_exchange *wk_exchange_new(struct wk_isolate *isolate, void *peer, bool event);
/* One of an event, which is counted; actor: whose it is, or NULL. */
struct wk_exchange *wk_event_new(struct wk_isolate *isolate, void *peer, struct wk_actor *actor);
void wk_exchange_free(struct wk_exchange *exchange);
/* NULL when it is gone. */
struct wk_exchange *wk_exchange_find(struct wk_isolate *isolate, uint32_t id);
/* The table ends behind the last one in use; so many indices it has now. */
uint32_t wk_exchanges_shrink(struct wk_isolate *isolate);
/* The subrequest is under way for the event (NULL: for none), and: it is no more. */
void wk_exchange_await(struct wk_exchange *exchange, struct wk_exchange *event);
void wk_exchange_awaited(struct wk_exchange *exchange);
/* Sends what is pending, as far as the window goes. True if nothing is left. */
bool wk_exchange_flush(struct wk_exchange *exchange);
/* For when a window has room. */
void wk_exchange_queue(struct wk_exchange *exchange, const void *data, size_t bytes);
/* Throws if there is too much of that. */
void wk_isolate_check_queue(duk_context *ctx, size_t bytes);
/* What arrived goes, read or not. */
void wk_exchange_drop_in(struct wk_exchange *exchange);
/* What waits goes, unsent. */
void wk_exchange_drop_out(struct wk_exchange *exchange);

/* The turn is one of the event of that id: what that has used before counts against its limit. */
void wk_isolate_charge(struct wk_isolate *isolate, uint32_t id);

/* verbs.c: native('host'), native('worker') */
void wk_isolate_verbs_init(duk_context *ctx);

/* errors.c: error.stack names the author's files and lines; what an error says to a person, with the author's files and lines. */
/* The text of the value at idx: its stack if it has one. Pushes a string. */
void wk_isolate_stacks_init(duk_context *ctx);
void wk_isolate_describe(duk_context *ctx, duk_idx_t idx);
/* Logs it as an uncaught error. */
void wk_isolate_uncaught(struct wk_isolate *isolate, const char *prefix, duk_idx_t idx);
/* The error at idx: leaves three strings on the stack that out points to, and into excerpt, the caller's. */
void wk_isolate_js_error(struct wk_isolate *isolate, duk_idx_t idx, struct wk_js_error *out, struct wk_buf *excerpt);
/* Ends an exchange with the error at idx; detail: its serialization, may be empty. */
void wk_isolate_fail(struct wk_exchange *exchange, wk_err code, duk_idx_t idx, uint32_t traits,
                     struct wk_slice detail);
#endif
