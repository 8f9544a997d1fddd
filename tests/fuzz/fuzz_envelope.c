/* Every decoder of messages with the arena's quota: hostile bytes cost bounded memory, and what was
 * decoded is whole: it can be packed and decoded again. The first byte chooses the type. */
#include "kernel/ipc/codec.h"
#include "proto/bundle.pb-c.h"
#include "proto/config.pb-c.h"

#define QUOTA (4u << 20)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
    static const ProtobufCMessageDescriptor *const types[] = {
        &wk__envelope__descriptor, &wk__bundle__descriptor, &wk__config__descriptor, &wk__worker__descriptor,
        &wk__load_worker__descriptor, &wk__http_options__descriptor,
    };
    static struct wk_arena arena = {.quota = QUOTA}, again = {.quota = 2 * QUOTA};
    const ProtobufCMessageDescriptor *type;
    ProtobufCMessage *msg;
    struct wk_buf packed = {0};

    if (bytes == 0)
        return 0;
    type = types[data[0] % WK_COUNT(types)];
    wk_arena_reset(&arena);
    wk_arena_reset(&again);
    msg = wk_unpack(type, data + 1, bytes - 1, &arena);
    WK_CHECK(arena.used <= QUOTA);
    if (msg == NULL)
        return 0;
    WK_CHECK(protobuf_c_message_check(msg));
    wk_pack(msg, &packed);
    /* an unknown field may come back as what is none, so it need not succeed */
    (void)wk_unpack(type, packed.data, packed.len, &again);
    WK_CHECK(again.used <= again.quota);
    wk_buf_fini(&packed);
    return 0;
}
