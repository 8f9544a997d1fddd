/* services/actor_storage/actor_storage.h - the storage daemon: which actors are live and where,
 * what they wrote, when it is durable.
 *
 *     event --> resident (resident.c) --not live--> load (load.c) --> ActorStart, a gate
 * session (place.c)
 *                                     --live------> redirected through the gate session
 *     gate session: ActorWrites --> open batch --turn_end--> sealed (writes.c) --> round
 * (round.c) --durable--> the gate is advanced, counts are answered, alarms are scheduled
 * (alarms.c) ActorRead --> read.c
 *
 * Invariants:
 *  1. At most one gate session per resident; a new one is opened only when no batch of the old
 * is sealed and not yet durable: so what is loaded for it is all that will ever be durable of
 * the old.
 *  2. A sealed batch is never dropped and never overtaken by a later one of its actor.
 *  3. At most one round is with the committer. What is sealed meanwhile waits here, so that
 * after a failure nothing that came later of the same actor can become durable.
 *  4. A resident is freed by wk_resident_settle, and only when nothing refers to it: no gate
 * session, no event, no sealed batch, no work in the pool, no run of an alarm, no facet.
 *
 * Thread: the loop's, but for functions named *_work, which run in libuv's pool and touch only
 * their own job. */
#ifndef WK_ACTOR_STORAGE_H
#define WK_ACTOR_STORAGE_H
#include <inttypes.h>
#include <stdatomic.h>
#include <uv.h>
#include "kernel/base/ebb.h"
#include "kernel/base/events.h"
#include "kernel/base/fault.h"
#include "kernel/ipc/codec.h"
#include "kernel/ipc/port.h"
#include "services/actor_storage/broken.h"
#include "services/actor_storage/table.h"
#include "storage/alarm.h"
#include "storage/commit.h"
#include "storage/engine.h"
#include "storage/key.h"

static inline struct wk_span
wk_span_data(ProtobufCBinaryData data)
{
    return (struct wk_span){data.data, data.len};
}

#define WK_TARGET_OF_KERNEL 0xffffffffu
#define WK_NAMESPACES_MAX 65536u
#define WK_EVENTS_WAITING_MAX 1000u
#define WK_NAME_BYTES_MAX 1024u
#define WK_PIECE_BYTES (256u << 10) /* of an answer */
#define WK_PRELOAD_BYTES_MAX (64u << 10)
#define WK_PRELOAD_ENTRIES_MAX 128u
#define WK_PRELOAD_PAGES_MAX 16u
#define WK_COMMIT_MS_MAX 30000u
#define WK_READS_MAX 1024u /* of an actor, at once */
#define WK_READS_KEPT_MAX 16u
#define WK_READ_IDLE_MS_MAX 30000u
#define WK_FACETS_MAX 65535u
#define WK_FACET_DEPTH_MAX 3u
#define WK_FACET_NAME_BYTES_MAX 1024u /* 256 characters */

/* Where things stand, since the start or now. */
struct wk_counters {
    uint64_t residents, live, waiting; /* now; events that wait for their actor */
    uint64_t placed, evicted, broken, moved;
    uint64_t events, overloaded;
    uint64_t messages, batches, rounds, bytes_written; /* rounds: groups that were committed */
    uint64_t reads, reads_pooled, loads_pooled;
    uint64_t alarms_set, alarms_fired, alarms_failed;
    uint64_t ranges_deleted;
};

struct wk_namespace {
    uint32_t index;  /* target of sessions */
    uint32_t number; /* in keys; of one on disk */
    uint32_t handle; /* of the service that runs it */
    uint8_t storage; /* Wk__ActorNamespaceConfig__Storage */
    bool configured; /* it is in the newest configuration */
    bool text;       /* ids are texts */
    bool alarms_loaded;
    char *unique_key, *service, *class_name;
};

struct wk_daemon;
struct wk_resident;
struct wk_tool;

/* Somebody's session that waits for its actor. */
struct wk_event {
    struct wk_event *next;
    struct wk_resident *resident;
    struct wk_session *session;
    struct wk_mark stub;
    uint64_t incarnation; /* that the stub knew; 0: none */
    bool later;           /* the stub's first call came before */
    uint64_t since_ms;    /* monotonic */
};

/* What a batch's writes stand on and lead to. */
struct wk_view {
    uint64_t alarm_plus1;
    uint32_t generation;
    uint32_t pages; /* every page of a higher number is absent */
    bool alarm_changed;
};

/* A run of records of a batch, deletions, of which somebody wants to know how many there were.
 */
struct wk_counted {
    uint32_t request;
    uint32_t first, count; /* of the batch's records */
    uint64_t found;
};

/* What becomes durable together of one actor: open until a turn ends, then sealed. */
struct wk_turn {
    struct wk_turn *next;
    struct wk_batch batch;
    struct wk_view view;
    struct wk_counted *counted;
    size_t counted_count;
    uint64_t incarnation;
    uint64_t n;         /* of its last message; 0: not a host's */
    uint64_t sealed_ms; /* monotonic */
    uint32_t generation_before;
    bool is_counted;
    bool drops_alarm;                    /* wk_alarms_dropped is owed */
    struct wk_facet_write *facet_writes; /* facet_writes.c's; not worked out yet */
    struct wk_resident *facet_root;      /* whose facets they are */
    void (*done)(struct wk_resident *r, void *arg, wk_err err); /* NULL: nobody asks */
    void *arg;
};

enum wk_resident_state {
    WK_RESIDENT_IDLE = 0, /* no incarnation */
    WK_RESIDENT_LOADING,  /* its state is being read; a gate session follows */
    WK_RESIDENT_LIVE,     /* gate is open */
};

struct wk_resident {
    struct wk_node node; /* in daemon->residents; a facet is in its root's list instead */
    struct wk_daemon *daemon;
    struct wk_namespace *ns;
    char *name; /* that the id was made from; NULL: not known */
    uint8_t state;
    bool moving;        /* LIVE, but given no more events */
    bool has_facets;    /* some are stored, or were */
    bool alarm_wanted;  /* its alarm is due and waits for it to be live */
    bool listed;        /* in daemon->behind */
    uint16_t facet;     /* 0: the actor itself */
    uint32_t in_flight; /* sealed turns in rounds */
    uint32_t pooled;    /* jobs in the pool that refer to it */
    uint32_t in_use;    /* callers that have it in hand */
    uint32_t holds;     /* of those, which sealed turns must not overtake */
    uint64_t incarnation;
    struct wk_session *gate;
    uint64_t events;     /* given to the incarnation */
    uint64_t messages;   /* ActorWrites taken from it */
    struct wk_view view; /* of all that is sealed */
    uint64_t alarm_durable_plus1;
    struct wk_turn *open;
    struct wk_turn *sealed, **sealed_end; /* behind pool jobs or counts */
    struct wk_resident *behind_next;      /* daemon->behind: those with something in sealed */
    struct wk_event *waiting, **waiting_end;
    uint32_t waiting_count;
    uint32_t caller_count;
    struct wk_mark *callers; /* that called the incarnation; the first WK_CALLERS_MAX */
    struct wk_read *reads;
    uint32_t read_count;      /* of them */
    uint32_t kept_count;      /* of them with more to give */
    struct wk_facets *facets; /* of an actor that has some or is asked for one */
    struct wk_resident *root; /* of a facet */
    struct wk_tool *tool;     /* writes to it as soon as it is not live */
    uint8_t id[];
};
#define WK_CALLERS_MAX 256u

/* What is committed together. */
struct wk_member {
    struct wk_resident *resident;
    uint64_t incarnation, n;
    struct wk_view view;
    uint32_t generation_before;
    bool drops_alarm;
    struct wk_counted *counted;
    size_t counted_count;
    void (*done)(struct wk_resident *r, void *arg, wk_err err);
    void *arg;
};

struct wk_round {
    struct wk_group group;
    struct wk_member *members;
    size_t count, cap;
    uint64_t first_ms; /* monotonic, of its oldest turn; 0: empty */
    bool late;         /* WK_COMMIT_MS_MAX has passed; its gates are broken */
    bool tidies;       /* it holds deletions of daemon->tidy */
};

struct wk_daemon {
    uv_loop_t *loop;
    struct wk_port *port;
    uv_timer_t tick;                  /* every second */
    struct wk_namespace **namespaces; /* by index */
    uint32_t namespace_count;
    uint32_t shard, shards;
    bool configured, draining;
    bool lost;          /* the process before this one lost calls */
    uint64_t ready_ms;  /* monotonic */
    bool failed, ended; /* the loop stops: something is wrong; it has drained */
    int exit_code;
    struct open_job *opening;
    uint64_t boot_id, counter; /* the next incarnation */

    char *directory;          /* as configured; NULL: nothing on disk */
    struct wk_engine *engine; /* NULL then */
    wk_err (*engine_open)(const char *dir, struct wk_buf *text,
                          struct wk_engine **out); /* for tests */
    struct wk_committer *committer;
    uv_prepare_t before_sleep;
    uv_async_t committed;
    struct wk_group *_Atomic done; /* from the commit thread */
    struct wk_round *filling, *committing, *spare;
    uint32_t lone_rounds; /* the last so many were of one turn each, and nothing came meanwhile */
    uint64_t write_ns;    /* what the last ones took, about */

    struct wk_table residents;
    struct wk_ebb ebb; /* of residents */
    struct wk_resident *behind;
    struct wk_read *kept_reads; /* with more to give, of all residents */
    struct wk_broken_list broken;
    struct wk_buf key, value; /* scratch */
    struct wk_alarms *alarms;
    struct wk_tidy *tidy;
    struct wk_stage *stages; /* replacements under way; stage.c's */
    unsigned tools;          /* conversations with wkctl; one may have a scan open */
    struct wk_counters counters;
};

/* ---- service.c ---- */
void wk_daemon_init(struct wk_daemon *daemon, uv_loop_t *loop);
/* Connects to the kernel; it then says what to store. */
wk_err wk_daemon_connect(struct wk_daemon *daemon, const char *url, const char *token_hex);
/* Until it has drained or failed; gives the exit status. */
int wk_daemon_run(struct wk_daemon *daemon);
/* Something ended that a drain may wait for. */
void wk_daemon_settle(struct wk_daemon *daemon);
/* The engine is dead: everything that waits for it is answered, then the process ends with 111.
 */
void wk_daemon_fail(struct wk_daemon *daemon, const char *text);

/* ---- namespace.c ---- */
/* Takes over a configuration. A text says why not, for the log; NULL: done. */
const char *wk_namespaces_configure(struct wk_daemon *daemon,
                                    const Wk__ConfigureStorage *config);
/* NULL: there is none of that index now. */
struct wk_namespace *wk_namespace_find(struct wk_daemon *daemon, uint32_t index);
struct wk_namespace *wk_namespace_numbered(struct wk_daemon *daemon, uint32_t number);
struct wk_namespace *wk_namespace_keyed(struct wk_daemon *daemon, const char *unique_key);
bool wk_namespace_on_disk(const struct wk_namespace *ns);

/* ---- resident.c ---- */
struct wk_resident *wk_resident_find(struct wk_daemon *daemon, struct wk_namespace *ns,
                                     struct wk_span id);
struct wk_resident *wk_resident_get(struct wk_daemon *daemon, struct wk_namespace *ns,
                                    struct wk_span id);
/* One outside of the table: a facet's. */
struct wk_resident *wk_resident_new(struct wk_daemon *daemon, struct wk_namespace *ns,
                                    struct wk_span id);
void wk_resident_name(struct wk_resident *r, const char *name);
/* The number that it has among the broken. */
uint64_t wk_resident_owner(const struct wk_resident *r);
struct wk_actor_key wk_resident_key(const struct wk_resident *r);
/* Brings on what can go on now: a placement, events, an alarm; or frees it. r may be dead
 * afterwards. */
void wk_resident_settle(struct wk_resident *r);
/* The incarnation is over; its gate session is gone already. */
void wk_resident_ended(struct wk_resident *r, wk_err code, const Wk__Error *error);
/* Ends it from here, with an error that the actor's callers see. */
void wk_resident_break(struct wk_resident *r, wk_err code, const char *message,
                       uint32_t traits);
/* Ends it with WK_OK. */
void wk_resident_evict(struct wk_resident *r);
/* Nothing of its current incarnation is on its way to the disk, and nothing waits. */
bool wk_resident_quiet(const struct wk_resident *r);

/* What stands for an actor (a facet) in what the process tells; the same in each process. */
static inline uint64_t
wk_actor_told(const struct wk_namespace *ns, struct wk_span id, uint16_t facet)
{
    uint64_t space = wk_namespace_on_disk(ns) ? ns->number : (uint64_t)ns->index << 32;

    return wk_event_hash(space << 16 | facet, id.data, id.len);
}

static inline uint64_t
wk_resident_told(const struct wk_resident *r)
{
    return wk_actor_told(r->ns, (struct wk_span){r->id, r->node.id_bytes}, r->facet);
}

/* ---- event.c ---- */
/* A session for an actor was opened. */
void wk_event_open(struct wk_daemon *daemon, struct wk_namespace *ns,
                   struct wk_session *session, const Wk__Envelope *msg);
/* Gives the resident what waits for it. */
void wk_events_give(struct wk_resident *r);
/* Every second: of actors that are to move, gives what waits for long to where they are still busy: it may be
 * what they wait for. */
void wk_events_tick(struct wk_daemon *daemon, uint64_t now_ms);
/* An incarnation broke: ends what waits for it and comes from a stub that lost a call there. */
void wk_events_stick(struct wk_resident *r);
/* Ends what waits for it. */
void wk_events_fail(struct wk_resident *r, wk_err code, const char *message, uint32_t traits);
/* Ends a session with an Error of these words. */
void wk_session_refuse(struct wk_session *session, wk_err code, const char *message,
                       uint32_t traits);
#define WK_TRAIT_REMOTE 1u
#define WK_TRAIT_RETRYABLE 2u
#define WK_TRAIT_OVERLOADED 4u
#define WK_TRAIT_RESET 8u

/* ---- load.c ---- */
struct wk_loaded {
    wk_err err; /* WK_OK, WK_EAGAIN (needs the disk), WK_EIO */
    struct wk_view view;
    uint32_t page_count;
    bool whole, has_facets;
    struct wk_buf name;
    struct wk_buf bytes; /* of entries and pages, one after the other */
    struct {
        uint32_t key_bytes, value_bytes;
    } entries[WK_PRELOAD_ENTRIES_MAX];
    uint32_t entry_count;
    uint32_t pages[WK_PRELOAD_PAGES_MAX];
    uint32_t pages_count;
};
/* What is stored of one actor (or facet). */
void wk_load(struct wk_engine *engine, int flags, const struct wk_actor_key *key,
             uint16_t facet, struct wk_loaded *out);
void wk_loaded_fini(struct wk_loaded *loaded);

/* ---- place.c ---- */
/* Reads what is stored and opens the gate session. */
void wk_place_begin(struct wk_resident *r);

/* ---- gate.c ---- */
extern const struct wk_session_events wk_gate_events;
/* If the daemon is to end: asks the host to let the actor come to rest, and gives it nothing
 * more. */
void wk_gate_quiesce(struct wk_resident *r);

/* ---- writes.c ---- */
/* WK_EPROTO: such a message is not to be had from a host; nothing was done. */
wk_err wk_writes_check(const struct wk_resident *r, const Wk__ActorWrites *writes);
/* The message is good: takes it. */
void wk_writes_take(struct wk_resident *r, const Wk__ActorWrites *writes);
/* The same for writes of somebody else than its host, while it is not live and its view is
 * loaded. */
void wk_writes_seal(struct wk_resident *r, const Wk__ActorWrites *writes,
                    void (*done)(struct wk_resident *r, void *arg, wk_err err), void *arg);
/* Why an alarm's record changes, for who is told of it. */
enum wk_alarm_by {
    WK_ALARM_BY_ACTOR,   /* set or deleted */
    WK_ALARM_BY_HANDLER, /* it succeeded */
    WK_ALARM_BY_DELETE_ALL,
    WK_ALARM_BY_SCHEDULER, /* given up */
};
/* What changes the alarm's record and index. */
void wk_writes_alarm(struct wk_resident *r, struct wk_view *view, struct wk_batch *batch,
                     uint64_t ms_plus1);
void wk_turn_free(struct wk_turn *turn);

/* ---- count.c ---- */
/* Fills in found, from the engine and what the batch itself does before. WK_EAGAIN, WK_EIO. */
wk_err wk_count(struct wk_engine *engine, int flags, const struct wk_batch *batch,
                struct wk_counted *counted, size_t counted_count);

/* ---- round.c ---- */
/* Seals a turn. Owns: turn. */
void wk_round_seal(struct wk_resident *r, struct wk_turn *turn);
/* The same for writes that need no turn of their own: they are in the filling batch already. */
void wk_round_join(struct wk_resident *r, const struct wk_member *member);
/* Sealed turns of r may go on. */
void wk_round_resume(struct wk_resident *r);
struct wk_round *wk_round_filling(struct wk_daemon *daemon);
/* Gives what is filled to the committer, if that is free. */
void wk_round_submit(struct wk_daemon *daemon);
void wk_round_start(struct wk_daemon *daemon);
void wk_round_tick(struct wk_daemon *daemon, uint64_t now_ms);
/* 24 characters and a NUL that a log line and an error have in common. */
void wk_reference(char out[25]);
/* Nothing is sealed and not durable. */
bool wk_round_idle(const struct wk_daemon *daemon);

/* ---- read.c ---- */
/* False: such a message is not to be had from a host. */
bool wk_read_take(struct wk_resident *r, const Wk__ActorRead *read);
/* The incarnation is over. */
void wk_reads_end(struct wk_resident *r);
void wk_reads_tick(struct wk_daemon *daemon, uint64_t now_ms);

/* ---- alarms.c ---- */
/* Of the pending alarms that are stored so many are in memory. */
#define WK_ALARMS_MAX 100000u
void wk_alarms_init(struct wk_daemon *daemon);
/* Another number instead, for tests. */
void wk_alarms_limit(struct wk_daemon *daemon, size_t count);
/* Work in the pool is on the way. */
bool wk_alarms_loading(const struct wk_daemon *daemon);
/* Takes in the pending alarms of namespaces that are new. */
void wk_alarms_load(struct wk_daemon *daemon);
/* The durable record of an actor is now this. */
void wk_alarms_record(struct wk_resident *r, uint64_t ms_plus1);
/* The record of an actor that is not stored on disk. */
uint64_t wk_alarms_in_memory(struct wk_daemon *daemon, struct wk_namespace *ns,
                             struct wk_span id);
/* r is live: starts the handler of its alarm. */
void wk_alarms_give(struct wk_resident *r);
/* r could not be placed. */
void wk_alarms_lost(struct wk_resident *r);
/* The deletion that it asked for is durable, or failed. */
void wk_alarms_dropped(struct wk_resident *r, wk_err err);
void wk_alarms_tick(struct wk_daemon *daemon);
/* Those that are in memory. */
size_t wk_alarms_count(const struct wk_daemon *daemon);

/* ---- tidy.c: what deleteAll left is deleted in the background ---- */
void wk_tidy_init(struct wk_daemon *daemon);
/* Goes on with what an earlier process did not finish. */
void wk_tidy_load(struct wk_daemon *daemon);
/* Adds the record that says so to a batch: generation of the actor (facet) is to be deleted. */
void wk_tidy_note(struct wk_daemon *daemon, struct wk_batch *batch,
                  const struct wk_actor_key *key, uint16_t facet, uint32_t generation);
/* The reverse, before it was begun: the generation is to stay. */
void wk_tidy_unnote(struct wk_daemon *daemon, struct wk_batch *batch,
                    const struct wk_actor_key *key, uint16_t facet, uint32_t generation);
/* Raises *generation to the highest one that is to be deleted. It may wait for the disk. */
wk_err wk_tidy_highest(struct wk_daemon *daemon, const struct wk_actor_key *key, uint16_t facet,
                       uint32_t *generation);
/* What was noted is durable. */
void wk_tidy_begin(struct wk_daemon *daemon, const struct wk_actor_key *key, uint16_t facet,
                   uint32_t generation);
/* A round that held deletions is through. */
void wk_tidy_committed(struct wk_daemon *daemon, wk_err err);

/* ---- stats.c ---- */
/* Answers with the counters; the session is over. */
void wk_stats_open(struct wk_daemon *daemon, struct wk_session *session);

/* ---- tool.c ---- */
/* wkctl looks at what is stored, or changes it. */
void wk_tool_open(struct wk_daemon *daemon, struct wk_session *session,
                  const Wk__StorageTool *ask);

/* r is not live, and nothing of it is on its way to the disk: what r->tool has for it is
 * written. */
void wk_tool_ready(struct wk_resident *r);
/* r is live, and r->tool waits for the end of that. */
void wk_tool_evict(struct wk_resident *r);

/* ---- sandbox.c ---- */
/* What the process gives up: everything it has no use for. */
void wk_daemon_seal(void);
#endif
