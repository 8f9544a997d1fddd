#include "kernel/ipc/codec.h"

#include "proto/code.pb-c.h"

_Static_assert(WK__CODE__INTERNAL == (int)WK_EINTERNAL, "code.proto and err.h agree");
_Static_assert(WK__CODE__UNAVAILABLE == (int)WK_EUNAVAILABLE, "code.proto and err.h agree");
_Static_assert(WK__CODE__EXCEPTION == (int)WK_EEXCEPTION, "code.proto and err.h agree");

static void *
codec_alloc(void *arena, size_t bytes)
{
    return wk_arena_alloc(arena, bytes);
}

static void
codec_free(void *arena, void *ptr)
{
}

ProtobufCMessage *
wk_unpack(const ProtobufCMessageDescriptor *type, const void *data, size_t bytes, struct wk_arena *arena)
{
    ProtobufCAllocator alloc = {codec_alloc, codec_free, arena};

    return protobuf_c_message_unpack(type, &alloc, bytes, data);
}

Wk__Envelope *
wk_unpack_envelope(const void *data, size_t bytes, struct wk_arena *arena)
{
    return (Wk__Envelope *)(void *)wk_unpack(&wk__envelope__descriptor, data, bytes, arena);
}

void
wk_pack(const ProtobufCMessage *msg, struct wk_buf *buf)
{
    size_t bytes = protobuf_c_message_get_packed_size(msg);

    wk_buf_reserve(buf, bytes);
    buf->len += protobuf_c_message_pack(msg, (uint8_t *)buf->data + buf->len);
}
