/* kernel/ipc/codec.h - packing and unpacking of messages; the only place that calls protobuf-c.
 *
 * Unpacked messages live in an arena that zero-fills (the decoder of protobuf-c 1.4 relies on it) and
 * is capped, so that hostile bytes cost a bounded amount of memory. Thread: any, one arena each. */
#ifndef WK_IPC_CODEC_H
#define WK_IPC_CODEC_H
#include <protobuf-c/protobuf-c.h>
#include "kernel/base/arena.h"
#include "kernel/base/buf.h"
#include "proto/envelope.pb-c.h"

/* The message in bytes, living in arena. NULL if it is malformed or too large for the arena's quota. */
ProtobufCMessage *wk_unpack(const ProtobufCMessageDescriptor *type, const void *data, size_t bytes,
                            struct wk_arena *arena);
Wk__Envelope *wk_unpack_envelope(const void *data, size_t bytes, struct wk_arena *arena);
/* Adds the packed message to buf. */
void wk_pack(const ProtobufCMessage *msg, struct wk_buf *buf);

/* Declares an Envelope NAME with its body set: WK_ENVELOPE(env, HTTP_REQUEST, http_request, &req); */
#define WK_ENVELOPE(name, CASE, field, value)                                                      \
    Wk__Envelope name = WK__ENVELOPE__INIT;                                                        \
    name.body_case = WK__ENVELOPE__BODY_##CASE;                                                    \
    name.field = (value)
#define WK_BYTES_OF(ptr, size) ((ProtobufCBinaryData){.data = (uint8_t *)(uintptr_t)(ptr), .len = (size)})
#endif
