/* A hostile host at the storage daemon: what it says on its gate session is the input. Another
 * actor lives beside it, and must not notice: it writes before and reads after, and finds what
 * it wrote.
 *
 * The input is a run of messages: a byte that chooses the kind, two of length, the packed body.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include "kernel/base/log.h"
#include "services/actor_storage/actor_storage.h"
#include "storage/backend_mem.h"
#include "tests/support/peers.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes);

#define KERNEL WK_SESSION_OF_KERNEL

static uv_loop_t loop;
static struct wk_daemon daemon_;
static struct peer peer;
static struct wk_mem_disk *disk;
static size_t seen; /* frames of the peer that were looked at */
static uint32_t gates[2], sessions;

static wk_err
open_mem(const char *dir, struct wk_buf *text, struct wk_engine **out)
{
    return wk_mem_disk_open(disk, out);
}

static void
send_packed(struct wk_frame f, const Wk__Envelope *msg)
{
    struct wk_buf packed = {0};

    wk_pack(&msg->base, &packed);
    peer_send(&peer, f, packed.data, packed.len);
    wk_buf_fini(&packed);
}

/* The frames that came since: which gate sessions were opened and which ended. */
static void
look(void)
{
    for (; seen < peer.count; seen++) {
        const struct wk_frame *f = &peer.frames[seen].f;

        if (f->kind == WK_FRAME_OPEN && (f->flags & WK_FLAG_GATE))
            gates[f->body_bytes > 0 &&
                  memmem(f->body, f->body_bytes, "\xee\xee\xee\xee", 4) != NULL] = f->session;
        for (int i = 0; i < 2; i++)
            if (f->kind == WK_FRAME_CLOSE && f->session == gates[i])
                gates[i] = 0;
    }
}

static void
run(void)
{
    for (int i = 0; i < 6; i++)
        uv_run(&loop, UV_RUN_NOWAIT);
    look();
}

static void
place(int which)
{
    Wk__ActorRef ref = WK__ACTOR_REF__INIT;
    Wk__RpcCall call = WK__RPC_CALL__INIT;
    WK_ENVELOPE(msg, RPC_CALL, rpc_call, &call);
    uint8_t id[32];

    memset(id, which == 1 ? 0xee : 0x11, sizeof(id));
    ref.id = WK_BYTES_OF(id, sizeof(id));
    msg.actor = &ref;
    while (gates[which] == 0) {
        send_packed((struct wk_frame){.kind = WK_FRAME_OPEN, .session = KERNEL | ++sessions},
                    &msg);
        for (int i = 0; i < 1000 && gates[which] == 0; i++)
            run();
    }
}

static void
configure(void)
{
    Wk__ConfigureStorage config = WK__CONFIGURE_STORAGE__INIT;
    WK_ENVELOPE(msg, CONFIGURE_STORAGE, configure_storage, &config);
    Wk__ActorNamespaceConfig ns = WK__ACTOR_NAMESPACE_CONFIG__INIT, *list[1] = {&ns};

    ns.unique_key = (char *)(uintptr_t) "key";
    ns.storage = WK__ACTOR_NAMESPACE_CONFIG__STORAGE__DISK;
    config.namespaces = list;
    config.n_namespaces = 1;
    config.directory = (char *)(uintptr_t) "/tmp";
    send_packed((struct wk_frame){.kind = WK_FRAME_DATA}, &msg);
    while (!daemon_.configured)
        uv_run(&loop, UV_RUN_ONCE);
}

static void
quiet(enum wk_log_level level, const char *text)
{
}

static void
start(void)
{
    static char url[32];
    Wk__Welcome welcome = WK__WELCOME__INIT;
    WK_ENVELOPE(msg, WELCOME, welcome, &welcome);
    struct wk_link *far;
    char token[65] = {0};
    int pair[2];

    memset(token, 'a', 64);
    wk_log_sink_set(quiet);
    uv_loop_init(&loop);
    disk = wk_mem_disk_new();
    WK_CHECK(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) == 0);
    WK_CHECK(wk_link_adopt(&loop, pair[1], &far) == WK_OK);
    peer_take(&peer, far);
    send_packed((struct wk_frame){.kind = WK_FRAME_DATA}, &msg);
    wk_daemon_init(&daemon_, &loop);
    daemon_.engine_open = open_mem;
    snprintf(url, sizeof(url), "fd:%d", pair[0]);
    WK_CHECK(wk_daemon_connect(&daemon_, url, token) == WK_OK);
    configure();
}

/* The neighbour writes a number that nobody else knows, and finds it. */
static void
neighbour(void)
{
    static uint64_t n;
    Wk__ActorWrites w = WK__ACTOR_WRITES__INIT;
    WK_ENVELOPE(msg, ACTOR_WRITES, actor_writes, &w);
    Wk__StorageWrite put = WK__STORAGE_WRITE__INIT, *list[1] = {&put};
    Wk__StorageEntry entry = WK__STORAGE_ENTRY__INIT;
    size_t before;

    place(1);
    n++;
    entry.key = WK_BYTES_OF("n", 1);
    entry.value = WK_BYTES_OF(&n, sizeof(n));
    put.kind_case = WK__STORAGE_WRITE__KIND_PUT;
    put.put = &entry;
    w.writes = list;
    w.n_writes = 1;
    w.turn_end = true;
    before = peer_got(&peer, WK_FRAME_GATE, gates[1], NULL);
    send_packed((struct wk_frame){.kind = WK_FRAME_DATA, .session = gates[1]}, &msg);
    while (peer_got(&peer, WK_FRAME_GATE, gates[1], NULL) == before) {
        uv_run(&loop, UV_RUN_ONCE);
        look();
        WK_CHECK(gates[1] != 0);
    }
}

static void
attack_one(uint8_t kind, const uint8_t *body, size_t bytes)
{
    static const uint32_t numbers[] = {202, 204, 206, 208, 211, 202, 204};
    uint32_t tag = numbers[kind % WK_COUNT(numbers)] << 3 | 2;
    struct wk_buf packed = {0};
    size_t length = bytes;

    for (; tag >= 128; tag >>= 7)
        wk_buf_add_char(&packed, (char)(tag | 128));
    wk_buf_add_char(&packed, (char)tag);
    for (; length >= 128; length >>= 7)
        wk_buf_add_char(&packed, (char)(length | 128));
    wk_buf_add_char(&packed, (char)length);
    wk_buf_add(&packed, body, bytes);
    peer_send(&peer,
              (struct wk_frame){.kind = WK_FRAME_DATA,
                                .session = gates[0],
                                .flags = kind >= 250 ? WK_FLAG_RAW : 0},
              packed.data, packed.len);
    wk_buf_fini(&packed);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
    if (daemon_.loop == NULL)
        start();
    while (bytes >= 3) {
        size_t length = (size_t)data[1] | (size_t)data[2] << 8;

        length = length < bytes - 3 ? length : bytes - 3;
        place(0);
        attack_one(data[0], data + 3, length);
        if (data[0] & 1)
            run();
        data += 3 + length;
        bytes -= 3 + length;
    }
    run();
    neighbour();
    peer_forget(&peer);
    seen = 0;
    WK_CHECK(!daemon_.failed && peer.closed == 0);
    WK_CHECK(daemon_.counters.residents <= 2);
    return 0;
}
