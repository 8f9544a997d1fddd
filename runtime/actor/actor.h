/* runtime/actor/actor.h - a live actor inside an isolate: who it is, its input gate, its cache,
 * its database, and what its turns wrote.
 *
 * Knows nothing of processes and messages: whoever hosts it gives `ops`, and calls in when
 * something happened. What goes out over ops belongs to one conversation with the actor's
 * storage (its gate session).
 *
 *     wk_actor_open --turns--> ops->writes*, ops->read*
 *                              ... wk_actor_entries*, wk_actor_durable*
 *         ends by wk_actor_closed (the other side), or by ops->end (it broke here); not by both
 *
 * In script an actor is known by the number of an exchange (wk_actor_exchange): it stands for
 * the conversation, so that what the actor opens is opened on its behalf. Exchanges of an
 * actor's events have the actor set; what they send leaves after what the actor wrote before.
 *
 * Every call in may run turns: script, then its jobs, then the next turn that the gate admits.
 * Turns never nest.
 *
 * Thread:   the isolate's.
 * Lifetime: wk_actor_open .. its end; freed by itself, so when ops->end was called or
 *           wk_actor_closed returned the pointer is dead. */
#ifndef WK_RUNTIME_ACTOR_H
#define WK_RUNTIME_ACTOR_H
#include "runtime/isolate/isolate.h"
#include "storage/storage.h"

struct wk_actor;
struct wk_cache;
struct wk_sql;

/* Below is what a namespace may keep: ActorNamespaceConfig.Storage has the same values. */
enum wk_actor_storage {
    WK_ACTOR_STORAGE_NONE = 0,
    WK_ACTOR_STORAGE_MEMORY = 1, /* lives as long as the instance; nothing is sent */
    WK_ACTOR_STORAGE_DISK = 2,
};

struct wk_actor_entry {
    struct wk_span key, value;
    bool absent;
};

struct wk_actor_page {
    uint32_t number;
    const uint8_t *data; /* WK_PAGE_BYTES */
};

/* All of it is borrowed until wk_actor_open returns. */
struct wk_actor_start {
    uint32_t namespace_index;
    struct wk_span id, name; /* name empty: none */
    uint64_t incarnation;
    enum wk_actor_storage storage;
    bool enable_sql; /* storage.sql and storage.kv are offered */
    const char *const *facet; /* names down to it from its actor */
    size_t facet_depth;       /* 0: it is no facet */
    uint64_t alarm_ms_plus1;
    bool whole; /* entries are all there is */
    const struct wk_actor_entry *entries;
    size_t entry_count;
    uint32_t page_count;
    const struct wk_actor_page *pages;
    size_t pages_known;
};

/* What an ActorRead asks. */
struct wk_actor_read {
    uint32_t request;
    const struct wk_span *keys;
    size_t key_count;
    bool list, reverse, next, cancel, alarm;
    struct wk_span start, end; /* end empty: no bound */
    uint64_t limit;            /* 0: none */
    const uint32_t *pages;
    size_t page_count;
};

/* What an ActorEntries answers; borrowed for the call. */
struct wk_actor_answer {
    uint32_t request;
    const struct wk_actor_entry *entries;
    size_t entry_count;
    bool more;
    uint64_t count, alarm_ms_plus1;
    const struct wk_actor_page *pages;
    size_t page_count;
    const char *error; /* NULL or "": none */
};

struct wk_actor_ops {
    /* The next ActorWrites, the nth call being number n (from 1). Everything is borrowed for
     * the call. count 0: only says that the turn is over. */
    void (*writes)(void *host, void *peer, const struct wk_write *writes, size_t count,
                   bool confirmed, bool turn_end);
    /* From hold to release everything but writes and reads waits here, the sender's order kept. Both in one turn, never
     * nested. */
    void (*hold)(void *host);
    void (*release)(void *host);
    /* Answered by wk_actor_entries later, never within the call. */
    void (*read)(void *host, void *peer, const struct wk_actor_read *read);
    /* Waits for the answer, and gives it to `answer` before it returns; no other function of
     * the actor is called meanwhile. Errors: the session ended; wk_actor_closed comes later. */
    wk_err (*read_now)(void *host, void *peer, const struct wk_actor_read *read,
                       void (*answer)(void *arg, const struct wk_actor_answer *answer),
                       void *arg);
    /* The peer on whose behalf the actor opens what it opens, as isolate ops want it; NULL: the
     * other side has ended the conversation, and the actor is yet to hear. */
    void *(*behalf)(void *host, void *peer);
    /* Nothing keeps the actor (ActorOffer). */
    void (*offer)(void *host, void *peer, uint64_t events);
    /* The actor is broken: the conversation and every event of the actor end with this error.
     * error has the broken actor's message, without prefixes. peer is dead afterwards. */
    void (*end)(void *host, void *peer, wk_err code, const struct wk_js_error *error);
};

/* An actor whose instance is made by its first event. */
struct wk_actor *wk_actor_open(struct wk_isolate *isolate, const struct wk_actor_start *start,
                               const struct wk_actor_ops *ops, void *host, void *peer);
void wk_actor_entries(struct wk_actor *actor, const struct wk_actor_answer *answer);
/* Everything of the first n messages is durable. */
void wk_actor_durable(struct wk_actor *actor, uint64_t n);
/* The other side ended the conversation: the instance ends without another turn. */
void wk_actor_closed(struct wk_actor *actor, wk_err code, const struct wk_js_error *error);

/* For the host's tables. */
void *wk_actor_peer(const struct wk_actor *actor);
uint64_t wk_actor_incarnation(const struct wk_actor *actor);
uint32_t wk_actor_exchange(const struct wk_actor *actor);

/* ---- for the files of runtime/isolate, which run the turns ---- */

/* The actor whose turn it is; NULL: none. */
struct wk_actor *wk_actor_current(struct wk_isolate *isolate);
/* The exchange is one of the actor's, or stands for it; NULL: neither. */
struct wk_exchange;
struct wk_actor *wk_actor_of(const struct wk_exchange *exchange);
/* The exchange is no event's and no subrequest's, but stands for the conversation. */
bool wk_actor_stands(const struct wk_exchange *exchange);
/* On whose behalf is what the exchange's script opens? False: nothing may be opened any more. */
bool wk_actor_behalf(const struct wk_exchange *parent, void **out);
/* Something is about to leave the actor: what it wrote so far leaves first. False: the actor is
 * broken, and nothing may leave. */
bool wk_actor_output(struct wk_actor *actor);
/* The turn is over and its jobs have run: what it wrote leaves, its lock goes. */
void wk_actor_turn_end(struct wk_actor *actor);
/* Ends it with this error, in its own turn or not; no more of its script may run. */
void wk_actor_break(struct wk_actor *actor, wk_err code, const struct wk_js_error *error);
/* True while a critical section of it is not over. */
bool wk_actor_in_section(const struct wk_actor *actor);
/* Runs the next turn that a gate has admitted; false: there is none. */
bool wk_actor_turn_next(struct wk_isolate *isolate);
#endif
