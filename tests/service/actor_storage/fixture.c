#include "tests/service/actor_storage/fixture.h"

#include <criterion/criterion.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

struct fake_kernel *fk;
char storage_dir[64] = "/tmp/wk-storage-XXXXXX";
static int control[2] = {-1, -1};
static uint32_t last_session, last_request;
static bool in_memory, has_dir, crashed;

/* ---- the process ---- */

void
storage_launch(void)
{
    if (!has_dir)
        cr_assert_not_null(mkdtemp(storage_dir));
    has_dir = true;
    fk = fake_kernel_new();
    if (in_memory) {
        char number[16];

        cr_assert_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, control), 0);
        snprintf(number, sizeof(number), "%d", control[1]);
        setenv("WK_TEST_CONTROL", number, 1);
        fake_kernel_start(fk, WK_BIN "/../tool/actor-storage-mem", NULL, control[1]);
        close(control[1]);
    } else {
        fake_kernel_start(fk, WK_BIN "/wk-actor-storage", NULL, -1);
    }
}

void
storage_disk(char command)
{
    char answer = 0;

    cr_assert_eq(write(control[0], &command, 1), 1);
    cr_assert_eq(read(control[0], &answer, 1), 1);
    cr_assert_eq(answer, command);
}

void
storage_configure_send(const struct ns_setup *setup, size_t count, uint32_t shard,
                       uint32_t shards)
{
    Wk__ConfigureStorage configure = WK__CONFIGURE_STORAGE__INIT;
    WK_ENVELOPE(msg, CONFIGURE_STORAGE, configure_storage, &configure);
    Wk__ActorNamespaceConfig ns[8], *list[8];
    bool disk = false;

    for (size_t i = 0; i < count; i++) {
        wk__actor_namespace_config__init(&ns[i]);
        ns[i].unique_key = (char *)(uintptr_t)setup[i].key;
        ns[i].class_name = (char *)(uintptr_t) "Class";
        ns[i].service = (char *)(uintptr_t) "worker";
        ns[i].storage = setup[i].storage;
        ns[i].ephemeral = setup[i].ephemeral;
        ns[i].index = (uint32_t)i;
        ns[i].handle = (uint32_t)i + 10;
        list[i] = &ns[i];
        disk |= setup[i].storage == DISK;
    }
    configure.namespaces = list;
    configure.n_namespaces = count;
    configure.shard = shard;
    configure.lost = crashed;
    configure.shards = shards;
    configure.directory = disk ? storage_dir : (char *)(uintptr_t) "";
    fake_send_msg(fk, 0, &msg, 0);
}

static const struct ns_setup usual[] = {{"first", DISK, false},
                                        {"second", DISK, false},
                                        {"third", MEMORY, false},
                                        {"", NONE, true}};

static void
start(void)
{
    storage_launch();
    storage_configure_send(usual, WK_COUNT(usual), 0, 1);
    (void)fake_expect_msg(fk, WK__ENVELOPE__BODY_READY);
}

void
storage_start(void)
{
    in_memory = false;
    start();
}

void
storage_start_mem(void)
{
    in_memory = true;
    start();
}

void
storage_crash(void)
{
    crashed = true;
    fake_kernel_free(fk); /* kills it */
    fk = NULL;
}

void
storage_restart(void)
{
    storage_crash();
    start();
}

void
storage_stop(void)
{
    char command[96];

    if (fk != NULL)
        fake_kernel_free(fk);
    fk = NULL;
    if (control[0] >= 0)
        close(control[0]);
    snprintf(command, sizeof(command), "rm -rf %s", storage_dir);
    if (has_dir)
        cr_assert_eq(system(command), 0);
    memcpy(storage_dir + strlen(storage_dir) - 6, "XXXXXX", 6);
    has_dir = false;
}

/* ---- events ---- */

ProtobufCBinaryData
actor_id(unsigned number)
{
    static uint8_t ids[64][32];
    uint8_t *id = ids[number % 64];

    memset(id, 0, 32);
    id[0] = (uint8_t)(number >> 16);
    id[1] = (uint8_t)(number >> 8);
    id[31] = (uint8_t)number;
    return WK_BYTES_OF(id, 32);
}

static void
open_send(struct wk_frame *f, const Wk__Envelope *msg)
{
    struct wk_buf packed = {0};

    f->kind = WK_FRAME_OPEN;
    f->session = WK_SESSION_OF_KERNEL | ++last_session;
    wk_pack(&msg->base, &packed);
    f->body = (const uint8_t *)packed.data;
    f->body_bytes = (uint32_t)packed.len;
    fake_send(fk, f);
    wk_buf_fini(&packed);
}

uint32_t
event_open(const struct event_setup *setup)
{
    Wk__ActorRef ref = WK__ACTOR_REF__INIT;
    Wk__RpcCall call = WK__RPC_CALL__INIT;
    WK_ENVELOPE(msg, RPC_CALL, rpc_call, &call);
    struct wk_frame f = {.handle = setup->ns, .parent = setup->via};

    ref.id = setup->text_id != NULL ? WK_BYTES_OF(setup->text_id, strlen(setup->text_id))
                                    : actor_id(setup->actor);
    if (setup->name != NULL)
        ref.name = (char *)(uintptr_t)setup->name;
    ref.stub = setup->stub;
    ref.caller = setup->caller == 0 && setup->stub != 0 ? CALLER : setup->caller;
    ref.later = setup->later;
    ref.incarnation = setup->incarnation;
    ref.facet = setup->facet;
    msg.actor = &ref;
    open_send(&f, &msg);
    return f.session;
}

struct gate
gate_expect(void)
{
    struct fake_frame *frame = fake_expect(fk, WK_FRAME_OPEN);

    cr_assert_eq(frame->f.flags & WK_FLAG_GATE, WK_FLAG_GATE);
    cr_assert_eq(frame->msg->body_case, WK__ENVELOPE__BODY_ACTOR_START);
    cr_assert_eq(frame->f.handle, frame->msg->actor_start->namespace_ + 10);
    return (struct gate){frame->f.session, frame->f.parent,
                         frame->msg->actor_start->incarnation, frame->msg->actor_start, 0};
}

void
redirect_expect(uint32_t event, const struct gate *gate)
{
    struct fake_frame *frame = fake_expect(fk, WK_FRAME_REDIRECT);

    cr_assert_eq(frame->f.session, event);
    cr_assert_eq(frame->f.parent, gate->session);
}

struct gate
place(uint32_t ns, unsigned actor)
{
    uint32_t event = EVENT(ns, actor);
    struct gate gate = gate_expect();

    redirect_expect(event, &gate);
    return gate;
}

void
advance_expect(const struct gate *gate, uint64_t n)
{
    struct fake_frame *frame = fake_expect(fk, WK_FRAME_GATE);

    cr_assert_eq(frame->f.session, gate->session);
    cr_assert_eq(frame->f.stamp, n, "advanced to %lu, wanted %lu",
                 (unsigned long)frame->f.stamp, (unsigned long)n);
}

const Wk__Error *
close_expect(uint32_t session, wk_err code)
{
    struct fake_frame *frame = fake_expect(fk, WK_FRAME_CLOSE);

    cr_assert_eq(frame->f.session, session);
    cr_assert_eq(frame->f.code, code, "code %u, wanted %u", frame->f.code, code);
    return frame->msg != NULL ? frame->msg->error : NULL;
}

static const char *
stats_get(void)
{
    Wk__StorageStatsGet get = WK__STORAGE_STATS_GET__INIT;
    WK_ENVELOPE(msg, STORAGE_STATS_GET, storage_stats_get, &get);
    struct wk_frame f = {.handle = 0xffffffffu, .flags = WK_FLAG_END};
    struct fake_frame *frame;

    open_send(&f, &msg);
    frame = fake_expect_msg(fk, WK__ENVELOPE__BODY_STORAGE_STATS);
    cr_assert_eq(frame->f.session, f.session);
    return frame->msg->storage_stats->json;
}

void
nothing_expect(void)
{
    stats_get();
}

uint64_t
counter(const char *name)
{
    char key[64];
    const char *json = stats_get(), *at;

    snprintf(key, sizeof(key), "\"%s\":", name);
    at = strstr(json, key);
    cr_assert_not_null(at, "no %s in %s", name, json);
    return strtoull(at + strlen(key), NULL, 10);
}

/* ---- the host's words ---- */

static ProtobufCBinaryData
text_bytes(const char *text)
{
    return WK_BYTES_OF(text, strlen(text));
}

#define WORDS_MAX 256
struct script {
    Wk__ActorWrites msg;
    Wk__StorageWrite writes[WORDS_MAX], *list[WORDS_MAX];
    Wk__StorageEntry entries[WORDS_MAX];
    Wk__CountedDelete counted[WORDS_MAX];
    Wk__DeleteAll all[WORDS_MAX];
    Wk__StoragePage pages[WORDS_MAX];
    uint8_t page_bytes[WORDS_MAX][4096];
    ProtobufCBinaryData keys[WORDS_MAX];
    size_t key_count;
};

static void
counted_parse(struct script *s, size_t n, char *word)
{
    Wk__CountedDelete *c = &s->counted[n];
    char *save = NULL, *keys = strchr(word, ':');

    wk__counted_delete__init(c);
    c->request = (uint32_t)strtoul(word, NULL, 10);
    c->keys = &s->keys[s->key_count];
    for (char *key = strtok_r(keys + 1, ",", &save); key != NULL;
         key = strtok_r(NULL, ",", &save)) {
        s->keys[s->key_count++] = text_bytes(key);
        c->n_keys++;
    }
    s->writes[n].kind_case = WK__STORAGE_WRITE__KIND_COUNTED;
    s->writes[n].counted = c;
}

static void
page_parse(struct script *s, size_t n, const char *word)
{
    Wk__StoragePage *page = &s->pages[n];

    wk__storage_page__init(page);
    page->number = (uint32_t)strtoul(word, NULL, 10);
    memset(s->page_bytes[n], (int)page->number, 4096);
    page->data = WK_BYTES_OF(s->page_bytes[n], 4096);
    s->writes[n].kind_case = WK__STORAGE_WRITE__KIND_PAGE;
    s->writes[n].page = page;
}

static void
put_parse(struct script *s, size_t n, char *word)
{
    char *equals = strchr(word, '=');

    cr_assert_not_null(equals, "what is %s?", word);
    *equals = '\0';
    wk__storage_entry__init(&s->entries[n]);
    s->entries[n].key = text_bytes(word);
    s->entries[n].value = text_bytes(equals + 1);
    s->writes[n].kind_case = WK__STORAGE_WRITE__KIND_PUT;
    s->writes[n].put = &s->entries[n];
}

static void
number_parse(struct script *s, size_t n, const char *word)
{
    if (word[0] == '@') {
        s->writes[n].kind_case = WK__STORAGE_WRITE__KIND_ALARM_MS_PLUS1;
        s->writes[n].alarm_ms_plus1 = word[1] != '\0' ? strtoull(word + 1, NULL, 10) + 1 : 0;
    } else {
        s->writes[n].kind_case = WK__STORAGE_WRITE__KIND_ALARM_DONE_MS_PLUS1;
        s->writes[n].alarm_done_ms_plus1 = strtoull(word + 1, NULL, 10) + 1;
    }
}

static void
word_parse(struct script *s, size_t n, char *word)
{
    Wk__StorageWrite *w = &s->writes[n];

    if (word[0] == '-') {
        w->kind_case = WK__STORAGE_WRITE__KIND_DELETE;
        w->delete_ = text_bytes(word + 1);
    } else if (word[0] == '?') {
        counted_parse(s, n, word + 1);
    } else if (word[0] == '!') {
        wk__delete_all__init(&s->all[n]);
        s->all[n].delete_alarm = word[1] == 'a';
        w->kind_case = WK__STORAGE_WRITE__KIND_DELETE_ALL;
        w->delete_all = &s->all[n];
    } else if (word[0] == '#' && word[1] == '#') {
        w->kind_case = WK__STORAGE_WRITE__KIND_PAGE_COUNT;
        w->page_count = (uint32_t)strtoul(word + 2, NULL, 10);
    } else if (word[0] == '#') {
        page_parse(s, n, word + 1);
    } else if (word[0] == '@' || word[0] == '~') {
        number_parse(s, n, word);
    } else {
        put_parse(s, n, word);
    }
}

static void
send_stamped(uint32_t session, const Wk__Envelope *msg, uint64_t stamp)
{
    struct wk_frame f = {.kind = WK_FRAME_DATA, .session = session, .stamp = stamp};
    struct wk_buf packed = {0};

    wk_pack(&msg->base, &packed);
    f.body = (const uint8_t *)packed.data;
    f.body_bytes = (uint32_t)packed.len;
    fake_send(fk, &f);
    wk_buf_fini(&packed);
}

void
writes_raw(uint32_t session, const Wk__ActorWrites *writes)
{
    WK_ENVELOPE(msg, ACTOR_WRITES, actor_writes, (Wk__ActorWrites *)(uintptr_t)writes);

    send_stamped(session, &msg, 0);
}

void
writes(struct gate *gate, const char *text)
{
    struct script *s = calloc(1, sizeof(*s));
    char *copy = strdup(text), *save = NULL;
    WK_ENVELOPE(msg, ACTOR_WRITES, actor_writes, &s->msg);

    wk__actor_writes__init(&s->msg);
    for (char *word = strtok_r(copy, " ", &save); word != NULL;
         word = strtok_r(NULL, " ", &save)) {
        size_t n = s->msg.n_writes;

        if (strcmp(word, ";") == 0) {
            s->msg.turn_end = true;
            continue;
        }
        wk__storage_write__init(&s->writes[n]);
        word_parse(s, n, word);
        s->list[n] = &s->writes[n];
        s->msg.n_writes++;
    }
    s->msg.writes = s->list;
    send_stamped(gate->session, &msg, ++gate->messages);
    free(copy);
    free(s);
}

const Wk__ActorEntries *
entries_expect(const struct gate *gate, uint32_t request)
{
    struct fake_frame *frame = fake_expect_msg(fk, WK__ENVELOPE__BODY_ACTOR_ENTRIES);

    cr_assert_eq(frame->f.session, gate->session);
    cr_assert_eq(frame->msg->actor_entries->request, request);
    return frame->msg->actor_entries;
}

const Wk__ActorEntries *
read_msg(const struct gate *gate, const Wk__ActorRead *read)
{
    Wk__ActorRead ask = *read;
    WK_ENVELOPE(msg, ACTOR_READ, actor_read, &ask);

    if (ask.request == 0)
        ask.request = 1000 + ++last_request;
    fake_send_msg(fk, gate->session, &msg, 0);
    return entries_expect(gate, ask.request);
}

const Wk__ActorEntries *
read_keys(const struct gate *gate, const char *words)
{
    Wk__ActorRead read = WK__ACTOR_READ__INIT;
    ProtobufCBinaryData keys[WORDS_MAX];
    char *copy = strdup(words), *save = NULL;
    const Wk__ActorEntries *answer;

    for (char *word = strtok_r(copy, " ", &save); word != NULL;
         word = strtok_r(NULL, " ", &save))
        keys[read.n_keys++] = text_bytes(word);
    read.keys = keys;
    answer = read_msg(gate, &read);
    free(copy);
    return answer;
}

const Wk__ActorEntries *
read_range(const struct gate *gate, const char *start, const char *end, uint64_t limit,
           bool reverse)
{
    Wk__ActorRead read = WK__ACTOR_READ__INIT;

    read.list = true;
    read.start = text_bytes(start);
    read.end = text_bytes(end);
    read.limit = limit;
    read.reverse = reverse;
    return read_msg(gate, &read);
}

uint64_t
alarm_read(const struct gate *gate)
{
    Wk__ActorRead read = WK__ACTOR_READ__INIT;

    read.alarm = true;
    return read_msg(gate, &read)->alarm_ms_plus1;
}

const char *
entries_text(size_t count, Wk__StorageEntry *const *entries)
{
    static char text[8192];
    size_t at = 0;

    text[0] = '\0';
    for (size_t i = 0; i < count && at < sizeof(text) - 1; i++) {
        const Wk__StorageEntry *e = entries[i];

        at += (size_t)snprintf(text + at, sizeof(text) - at, "%s%s%.*s%s%.*s", i > 0 ? " " : "",
                               e->absent ? "-" : "", (int)e->key.len, (const char *)e->key.data,
                               e->absent ? "" : "=", (int)e->value.len,
                               (const char *)e->value.data);
    }
    return text;
}

void
gate_close(const struct gate *gate, wk_err code, const char *message)
{
    Wk__Error error = WK__ERROR__INIT;

    error.code = code;
    error.message = (char *)(uintptr_t)message;
    fake_send_close(fk, gate->session, code, message != NULL ? &error : NULL);
}

void
offer(const struct gate *gate, uint64_t events)
{
    Wk__ActorOffer body = WK__ACTOR_OFFER__INIT;
    WK_ENVELOPE(msg, ACTOR_OFFER, actor_offer, &body);

    body.events = events;
    fake_send_msg(fk, gate->session, &msg, 0);
}

void
moving(const struct gate *gate, uint64_t events)
{
    Wk__ActorMoving body = WK__ACTOR_MOVING__INIT;
    WK_ENVELOPE(msg, ACTOR_MOVING, actor_moving, &body);

    body.events = events;
    fake_send_msg(fk, gate->session, &msg, 0);
}

uint32_t
alarm_expect(const struct gate *gate, uint64_t scheduled_ms, uint32_t retries)
{
    struct fake_frame *frame = fake_expect(fk, WK_FRAME_OPEN);

    cr_assert_eq(frame->msg->body_case, WK__ENVELOPE__BODY_ACTOR_ALARM);
    cr_assert_eq(frame->f.parent, gate->session);
    cr_assert_eq(frame->msg->actor_alarm->scheduled_ms, scheduled_ms);
    cr_assert_eq(frame->msg->actor_alarm->retry_count, retries);
    return frame->f.session;
}

void
alarm_done(uint32_t session, Wk__ActorAlarmDone__Outcome outcome, bool retry, bool counted)
{
    Wk__ActorAlarmDone body = WK__ACTOR_ALARM_DONE__INIT;
    WK_ENVELOPE(msg, ACTOR_ALARM_DONE, actor_alarm_done, &body);

    body.outcome = outcome;
    body.retry = retry;
    body.counted = counted;
    fake_send_msg(fk, session, &msg, WK_FLAG_END | WK_FLAG_LAST);
}
