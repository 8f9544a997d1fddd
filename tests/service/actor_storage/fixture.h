/* A real wk-actor-storage behind a scripted kernel that also plays the hosts and the callers.
 */
#ifndef WK_TESTS_STORAGE_FIXTURE_H
#define WK_TESTS_STORAGE_FIXTURE_H
#include "tests/support/fake_kernel.h"

#define DISK WK__ACTOR_NAMESPACE_CONFIG__STORAGE__DISK
#define MEMORY WK__ACTOR_NAMESPACE_CONFIG__STORAGE__MEMORY
#define NONE WK__ACTOR_NAMESPACE_CONFIG__STORAGE__NONE

extern struct fake_kernel *fk;
extern char storage_dir[64];

struct ns_setup {
    const char *key;
    unsigned storage;
    bool ephemeral;
};

/* The program over the directory of the test, with namespaces 0 and 1 ("first", "second") on
 * disk, 2 in memory, 3 ephemeral; waits until it is ready. */
void storage_start(void);
/* The same on a disk in memory, which storage_disk commands; see tests/support/storage_mem.c.
 */
void storage_start_mem(void);
void storage_disk(char command);
/* Only starts the program. */
void storage_launch(void);
void storage_configure_send(const struct ns_setup *setup, size_t count, uint32_t shard,
                            uint32_t shards);
/* kill -9, and a new one on the same directory. */
void storage_crash(void);
void storage_restart(void);
void storage_stop(void);

/* An id of that number. */
ProtobufCBinaryData actor_id(unsigned number);

#define CALLER 0x1234567890u
struct event_setup {
    uint32_t ns;
    unsigned actor;
    const char *text_id; /* of an ephemeral namespace */
    const char *name;
    uint64_t stub, incarnation;
    bool later;
    uint64_t caller; /* 0: CALLER, if there is a stub */
    Wk__FacetRef *facet;
    uint32_t via; /* the gate session that it is opened through */
};
/* Opens a session for an actor; gives its number. */
uint32_t event_open(const struct event_setup *setup);
#define EVENT(...) event_open(&(struct event_setup){__VA_ARGS__})

/* The next frame must open a gate session. */
struct gate {
    uint32_t session, parent;
    uint64_t incarnation;
    const Wk__ActorStart *start; /* of the frame, which stays */
    uint64_t messages;
};
struct gate gate_expect(void);
/* The next frame must redirect event through gate. */
void redirect_expect(uint32_t event, const struct gate *gate);
/* Both: an event of an actor that is placed for it. */
struct gate place(uint32_t ns, unsigned actor);
/* The next frame must advance gate to n. */
void advance_expect(const struct gate *gate, uint64_t n);
/* The next frame must end the session so; gives the Error, or NULL. */
const Wk__Error *close_expect(uint32_t session, wk_err code);
/* Nothing comes: what the daemon says to a question asked now is the next. */
void nothing_expect(void);
/* A counter of the daemon. */
uint64_t counter(const char *name);

/* Writes of one message: text is words: "k=v" put, "-k" delete, "?n:k,k" counted deletion of
 * number n, "!" deleteAll,
 * "!a" with the alarm, "@ms" alarm, "@" none, "~ms" alarm done, "#n" page n filled with its
 * number, "##n" page count, ";" the turn ends. */
void writes(struct gate *gate, const char *text);
void writes_raw(uint32_t session, const Wk__ActorWrites *msg);

/* Asks and gives the answer. Words: "k k" keys; "start..end" list, "<" reverse, "^n" limit. */
const Wk__ActorEntries *read_keys(const struct gate *gate, const char *words);
const Wk__ActorEntries *read_range(const struct gate *gate, const char *start, const char *end,
                                   uint64_t limit, bool reverse);
const Wk__ActorEntries *read_msg(const struct gate *gate, const Wk__ActorRead *read);
const Wk__ActorEntries *entries_expect(const struct gate *gate, uint32_t request);
/* "k=v k=v" of entries; absent ones as "-k". */
const char *entries_text(size_t count, Wk__StorageEntry *const *entries);
uint64_t alarm_read(const struct gate *gate);

/* The host's side of an end. */
void gate_close(const struct gate *gate, wk_err code, const char *message);
void offer(const struct gate *gate, uint64_t events);
void moving(const struct gate *gate, uint64_t events);
/* The next frame must open an alarm's session on gate; gives its number. */
uint32_t alarm_expect(const struct gate *gate, uint64_t scheduled_ms, uint32_t retries);
void alarm_done(uint32_t session, Wk__ActorAlarmDone__Outcome outcome, bool retry,
                bool counted);
#endif
