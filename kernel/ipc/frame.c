#include "kernel/ipc/frame.h"

#include <endian.h>
#include <string.h>

static void
put16(uint8_t *out, uint16_t value)
{
    value = htole16(value);
    memcpy(out, &value, sizeof(value));
}

static void
put32(uint8_t *out, uint32_t value)
{
    value = htole32(value);
    memcpy(out, &value, sizeof(value));
}

static void
put64(uint8_t *out, uint64_t value)
{
    value = htole64(value);
    memcpy(out, &value, sizeof(value));
}

static uint16_t
get16(const uint8_t *in)
{
    uint16_t value;

    memcpy(&value, in, sizeof(value));
    return le16toh(value);
}

static uint32_t
get32(const uint8_t *in)
{
    uint32_t value;

    memcpy(&value, in, sizeof(value));
    return le32toh(value);
}

static uint64_t
get64(const uint8_t *in)
{
    uint64_t value;

    memcpy(&value, in, sizeof(value));
    return le64toh(value);
}

void
wk_frame_encode_head(const struct wk_frame *frame, uint8_t head[WK_FRAME_HEAD_BYTES])
{
    put32(head, frame->body_bytes);
    head[4] = frame->kind;
    head[5] = frame->flags;
    put16(head + 6, frame->code);
    put32(head + 8, frame->session);
    put32(head + 12, frame->handle);
    put32(head + 16, frame->parent);
    put32(head + 20, frame->arg);
    put64(head + 24, frame->stamp);
}

wk_err
wk_frame_decode(const uint8_t *data, size_t bytes, struct wk_frame *frame, size_t *used)
{
    uint32_t body_bytes;

    *used = WK_FRAME_HEAD_BYTES;
    if (bytes < WK_FRAME_HEAD_BYTES)
        return WK_EAGAIN;
    body_bytes = get32(data);
    if (body_bytes > WK_FRAME_BODY_BYTES_MAX)
        return WK_ELIMIT;
    if (data[4] < WK_FRAME_OPEN || data[4] > WK_FRAME_KIND_MAX || (data[5] & ~WK_FLAGS_ALL) != 0)
        return WK_EPROTO;
    *used = WK_FRAME_HEAD_BYTES + (size_t)body_bytes;
    if (bytes < *used)
        return WK_EAGAIN;
    *frame = (struct wk_frame){
        .kind = data[4],
        .flags = data[5],
        .code = get16(data + 6),
        .session = get32(data + 8),
        .handle = get32(data + 12),
        .parent = get32(data + 16),
        .arg = get32(data + 20),
        .stamp = get64(data + 24),
        .body = data + WK_FRAME_HEAD_BYTES,
        .body_bytes = body_bytes,
    };
    return WK_OK;
}
