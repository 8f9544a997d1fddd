#include "kernel/ipc/frame.h"

#include <criterion/criterion.h>
#include <string.h>

static const struct wk_frame sample = {.kind = WK_FRAME_DATA,
                                       .flags = WK_FLAG_RAW | WK_FLAG_LAST,
                                       .code = 0x1234,
                                       .session = 0x80040007,
                                       .handle = 0xfffffffe,
                                       .parent = 3,
                                       .arg = 0x01020304,
                                       .stamp = 0x1122334455667788,
                                       .body_bytes = 5};

static size_t
encode(const struct wk_frame *f, uint8_t out[64])
{
    wk_frame_encode_head(f, out);
    memcpy(out + WK_FRAME_HEAD_BYTES, "hello", 5);
    return WK_FRAME_HEAD_BYTES + 5;
}

Test(frame, what_is_written_is_read)
{
    uint8_t bytes[64];
    struct wk_frame f;
    size_t used;

    cr_assert_eq(wk_frame_decode(bytes, encode(&sample, bytes), &f, &used), WK_OK);
    cr_expect_eq(used, WK_FRAME_HEAD_BYTES + 5);
    cr_expect_eq(f.kind, sample.kind);
    cr_expect_eq(f.flags, sample.flags);
    cr_expect_eq(f.code, sample.code);
    cr_expect_eq(f.session, sample.session);
    cr_expect_eq(f.handle, sample.handle);
    cr_expect_eq(f.parent, sample.parent);
    cr_expect_eq(f.arg, sample.arg);
    cr_expect_eq(f.stamp, sample.stamp);
    cr_expect_eq(memcmp(f.body, "hello", 5), 0);
}

Test(frame, numbers_are_little_endian_on_every_machine)
{
    uint8_t bytes[64];

    encode(&sample, bytes);
    cr_expect_eq(memcmp(bytes, "\x05\0\0\0\x02\x05\x34\x12\x07\0\x04\x80", 12), 0);
}

Test(frame, any_shorter_input_asks_for_more)
{
    uint8_t bytes[64];
    size_t whole = encode(&sample, bytes), used;
    struct wk_frame f;

    for (size_t n = 0; n < whole; n++) {
        cr_expect_eq(wk_frame_decode(bytes, n, &f, &used), WK_EAGAIN, "%zu bytes", n);
        cr_expect_eq(used, n < WK_FRAME_HEAD_BYTES ? WK_FRAME_HEAD_BYTES : whole);
    }
}

Test(frame, a_body_over_the_limit_is_refused_by_its_head)
{
    struct wk_frame f = sample;
    uint8_t bytes[64];
    size_t used;

    f.body_bytes = WK_FRAME_BODY_BYTES_MAX;
    wk_frame_encode_head(&f, bytes);
    cr_expect_eq(wk_frame_decode(bytes, WK_FRAME_HEAD_BYTES, &f, &used), WK_EAGAIN);
    f = sample;
    f.body_bytes = WK_FRAME_BODY_BYTES_MAX + 1;
    wk_frame_encode_head(&f, bytes);
    cr_expect_eq(wk_frame_decode(bytes, WK_FRAME_HEAD_BYTES, &f, &used), WK_ELIMIT);
    f.body_bytes = UINT32_MAX;
    wk_frame_encode_head(&f, bytes);
    cr_expect_eq(wk_frame_decode(bytes, WK_FRAME_HEAD_BYTES, &f, &used), WK_ELIMIT);
}

Test(frame, every_kind_and_flag_that_does_not_exist_is_refused)
{
    uint8_t bytes[64];
    size_t whole = encode(&sample, bytes), used;
    struct wk_frame f;

    for (int kind = 0; kind < 256; kind++) {
        bytes[4] = (uint8_t)kind;
        cr_expect_eq(wk_frame_decode(bytes, whole, &f, &used),
                     kind >= WK_FRAME_OPEN && kind <= WK_FRAME_GRANT ? WK_OK : WK_EPROTO, "kind %d", kind);
    }
    bytes[4] = WK_FRAME_DATA;
    for (int flags = 0; flags < 256; flags++) {
        bytes[5] = (uint8_t)flags;
        cr_expect_eq(wk_frame_decode(bytes, whole, &f, &used), flags <= WK_FLAGS_ALL ? WK_OK : WK_EPROTO, "flags %d", flags);
    }
}
