#include "kernel/ipc/frame.h"

#include <string.h>

static void
put_le(uint8_t *out, uint64_t value, int bytes)
{
    for (int i = 0; i < bytes; i++)
        out[i] = (uint8_t)(value >> (8 * i));
}

static uint64_t
get_le(const uint8_t *in, int bytes)
{
    uint64_t value = 0;

    for (int i = 0; i < bytes; i++)
        value |= (uint64_t)in[i] << (8 * i);
    return value;
}

void
wk_frame_encode_head(const struct wk_frame *frame, uint8_t head[WK_FRAME_HEAD_BYTES])
{
    put_le(head, frame->body_bytes, 4);
    head[4] = frame->kind;
    head[5] = frame->flags;
    put_le(head + 6, frame->code, 2);
    put_le(head + 8, frame->session, 4);
    put_le(head + 12, frame->handle, 4);
    put_le(head + 16, frame->parent, 4);
    put_le(head + 20, frame->arg, 4);
    put_le(head + 24, frame->stamp, 8);
}

wk_err
wk_frame_decode(const uint8_t *data, size_t bytes, struct wk_frame *frame, size_t *used)
{
    uint32_t body_bytes;

    *used = WK_FRAME_HEAD_BYTES;
    if (bytes < WK_FRAME_HEAD_BYTES)
        return WK_EAGAIN;
    body_bytes = (uint32_t)get_le(data, 4);
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
        .code = (uint16_t)get_le(data + 6, 2),
        .session = (uint32_t)get_le(data + 8, 4),
        .handle = (uint32_t)get_le(data + 12, 4),
        .parent = (uint32_t)get_le(data + 16, 4),
        .arg = (uint32_t)get_le(data + 20, 4),
        .stamp = get_le(data + 24, 8),
        .body = data + WK_FRAME_HEAD_BYTES,
        .body_bytes = body_bytes,
    };
    return WK_OK;
}
