/* runtime/actor/actor_priv.h - an actor's inside, for the files of runtime/actor alone. */
#ifndef WK_RUNTIME_ACTOR_PRIV_H
#define WK_RUNTIME_ACTOR_PRIV_H
#include "kernel/base/buf.h"
#include "kernel/base/events.h"
#include "runtime/actor/actor.h"
#include "runtime/isolate/isolate_priv.h"
#include "storage/cache.h"
#include "storage/cache_read.h"
#include "storage/cache_txn.h"
#include "storage/gate.h"

/* One entry into the actor that waits at a gate, or was let in and waits for its turn. */
struct turn_wait {
    struct wk_gate_waiter waiter; /* its lock, once granted */
    struct wk_actor *actor;
    struct turn_wait *next, *prev; /* among the actor's */
    struct turn_wait *ready;       /* in the isolate's queue */
    uint32_t number;               /* script's, or of the operation */
    bool operation;                /* one that kept its lock has its result */
    bool granted, dead;
    bool after_section; /* the section before it was succeeded */
};

struct section {
    uint32_t number;
    struct wk_gate *gate;
};

/* What script does with storage and gets later. A read asks the daemon; the others wait for
 * something. */
enum store_kind {
    STORE_GET,
    STORE_MANY,
    STORE_LIST,
    STORE_COUNT,
    STORE_ALARM,
    STORE_SYNC,
    STORE_PRESSURE
};

struct store_op {
    struct store_op *next;
    uint32_t number; /* script's, and of the request to the daemon */
    enum store_kind kind;
    struct wk_lock lock; /* kept until its result is there; none with allowConcurrency */
    bool done;
    wk_err err;
    unsigned options;           /* WK_CACHE_* */
    struct wk_cache_read *read; /* STORE_GET, MANY, LIST; COUNT inside a transaction */
    uint64_t count, alarm, version, upto;
};

struct wk_actor {
    struct wk_isolate *isolate;
    struct wk_exchange *exchange; /* stands for the conversation */
    const struct wk_actor_ops *ops;
    void *host, *peer;
    uint64_t incarnation;
    enum wk_actor_storage storage;
    bool ended;    /* nothing more happens; freed when no turn of it runs */
    bool in_turn;  /* the running turn is its own */
    bool sent;     /* a message left since the last one that ended a turn */
    bool held;     /* outputs wait in the host for what was written before them */
    struct wk_gate *gate;
    struct turn_wait *waits;
    struct section *sections; /* that are not over */
    uint32_t section_count, section_cap, section_last;
    struct wk_cache *cache; /* NULL: nothing is kept */
    struct wk_sql *sql;     /* NULL: script never asked for it */
    struct database_start *sql_start;
    bool sql_enabled;
    struct wk_buf facet_writes; /* facets.c's */
    char *doom; /* why it breaks at the end of the turn; nothing leaves any more */
    uint64_t messages, durable; /* so many ActorWrites left; so many are durable */
    struct store_op *store_ops, *store_spent; /* under way or not taken; the last one taken */
    uint32_t store_last;
    struct wk_cache_mark **marks; /* of transactions on disk, the outermost first */
    uint32_t mark_count, mark_cap;
    struct wk_cache_txn **txns; /* of transactions in memory; NULL where one is over */
    uint32_t txn_count;
    struct turn_wait *pressed,
        **pressed_tail; /* granted, but too much is dirty */
};

/* The running turn, and who is next. One an isolate. */
struct wk_turns {
    struct wk_actor *actor; /* whose turn it is */
    struct wk_lock lock;
    struct turn_wait *first, **tail; /* granted */
};

/* turns.c */
struct wk_turns *wk_turns_of(struct wk_isolate *isolate);
void wk_turns_fini(struct wk_actor *actor);
/* More is not durable than may be: no turn of the actor begins. */
bool wk_turns_over(const struct wk_actor *actor);
/* Whoever waited for less may go on, if it is less. */
void wk_turns_relieve(struct wk_actor *actor);
/* An operation has its result, and its turn begins as soon as one may; takes the lock. */
void wk_turns_operation(struct wk_actor *actor, struct wk_lock *lock, uint32_t number);
/* A turn begins with this lock, which it takes. */
enum turn_why { TURN_ENTERS, TURN_WAITED, TURN_RESUMES, TURN_AFTER_SECTION };
void wk_turns_begin(struct wk_actor *actor, struct wk_lock *lock, enum turn_why why);
void wk_turns_verbs_init(duk_context *ctx);

/* flush.c: what was written leaves. */
void wk_actor_flush(struct wk_actor *actor, bool turn_end);
/* The actor ends in its turn: outputs that wait for what it wrote never leave. */
void wk_actor_strand(struct wk_actor *actor);

/* facets.c: native('facets'), deletions and copies of facets. */
void wk_facets_verbs_init(duk_context *ctx);
/* Hands out those of the turn, which are then forgotten. */
void wk_facets_take(struct wk_actor *actor, void (*fn)(void *arg, const struct wk_write *write),
                    void *arg);

/* database.c: native('database') */
void wk_database_open(struct wk_actor *actor, const struct wk_actor_start *start);
void wk_database_fini(struct wk_actor *actor);
void wk_database_verbs_init(duk_context *ctx);
/* Everything in it is deleted. */
void wk_database_reset(struct wk_actor *actor);

/* actor.c */
/* The actor breaks with this message when its turn ends; until then script gets it from
 * storage. */
void wk_actor_doom(struct wk_actor *actor, const char *message);
struct wk_actor *wk_actor_arg(duk_context *ctx,
                              duk_idx_t idx); /* by its exchange number; NULL: gone */
void wk_actor_put_down(struct wk_actor *actor); /* frees one that ended, unless its turn runs */

#define SCRATCH_KEPT_BYTES 65536u

/* store.c: the actor's cache, its operations under way. */
void wk_store_open(struct wk_actor *actor, const struct wk_actor_start *start);
void wk_store_fini(struct wk_actor *actor);
struct store_op *wk_store_op_new(struct wk_actor *actor, enum store_kind kind, bool keep_lock);
struct store_op *wk_store_op_find(struct wk_actor *actor, uint32_t number);
/* Asks the daemon for what the read does not know. */
void wk_store_ask(struct wk_actor *actor, struct store_op *op);
/* The same, and waits for it. */
void wk_store_ask_now(struct wk_actor *actor, struct store_op *op);
/* It has its result: the next turn of the actor takes it. */
void wk_store_op_done(struct wk_actor *actor, struct store_op *op);
/* Gives script the result. locked: in the turn that has begun for it. */
void wk_store_op_turn(struct wk_actor *actor, uint32_t number, bool locked);
/* Takes it off the list; alive until the next one is spent. */
void wk_store_op_spend(struct wk_actor *actor, struct store_op *op);
/* What the last one taken read may be as large as a cache: it goes with the turn. */
void wk_store_turn_end(struct wk_actor *actor);
void wk_store_op_free(struct wk_actor *actor, struct store_op *op);

/* store_verbs.c: native('store') */
void wk_store_verbs_init(duk_context *ctx);
/* The actor of the verb's first argument; throws if there is none. */
struct wk_actor *wk_store_arg(duk_context *ctx);
/* Throws unless it is the actor's turn. */
void wk_store_check(duk_context *ctx, const struct wk_actor *actor);
/* Throws what err means to script; over the hard limit the actor breaks. */
duk_ret_t wk_store_throw(duk_context *ctx, struct wk_actor *actor, wk_err err);

/* store_fast.c: get, put and delete as methods */
void wk_store_fast_init(duk_context *ctx);

#endif
