#include "storage/batch.h"

#include <string.h>

/* The tags of RocksDB's write batch, for records that name their column family. */
enum { TAG_DELETE = 0x4, TAG_PUT = 0x5, TAG_DELETE_RANGE = 0xe };

static void
add_varint(struct wk_buf *out, uint32_t n)
{
    uint8_t bytes[5];
    size_t len = 0;

    while (n >= 0x80) {
        bytes[len++] = (uint8_t)(n | 0x80);
        n >>= 7;
    }
    bytes[len++] = (uint8_t)n;
    wk_buf_add(out, bytes, len);
}

static void
add_span(struct wk_buf *out, struct wk_span span)
{
    WK_CHECK(span.len <= UINT32_MAX);
    add_varint(out, (uint32_t)span.len);
    wk_buf_add(out, span.data, span.len);
}

static void
begin_record(struct wk_batch *batch, uint8_t tag, enum wk_space space)
{
    wk_buf_add(&batch->records, &tag, 1);
    add_varint(&batch->records, space);
    batch->count++;
}

void
wk_batch_put(struct wk_batch *batch, enum wk_space space, struct wk_span key,
             struct wk_span value)
{
    begin_record(batch, TAG_PUT, space);
    add_span(&batch->records, key);
    add_span(&batch->records, value);
}

void
wk_batch_delete(struct wk_batch *batch, enum wk_space space, struct wk_span key)
{
    begin_record(batch, TAG_DELETE, space);
    add_span(&batch->records, key);
}

void
wk_batch_delete_range(struct wk_batch *batch, enum wk_space space, struct wk_span start,
                      struct wk_span end)
{
    if (wk_span_compare(start, end) >= 0)
        return;
    begin_record(batch, TAG_DELETE_RANGE, space);
    add_span(&batch->records, start);
    add_span(&batch->records, end);
}

void
wk_batch_append(struct wk_batch *batch, const struct wk_batch *more)
{
    wk_buf_add(&batch->records, more->records.data, more->records.len);
    batch->count += more->count;
}

void
wk_batch_reset(struct wk_batch *batch, size_t keep_bytes_max)
{
    if (batch->records.cap > keep_bytes_max)
        wk_buf_fini(&batch->records);
    batch->records.len = 0;
    batch->count = 0;
}

void
wk_batch_fini(struct wk_batch *batch)
{
    wk_buf_fini(&batch->records);
    batch->count = 0;
}

static bool
take_varint(struct wk_span *rest, uint32_t *out)
{
    uint64_t n = 0;

    for (unsigned shift = 0; shift < 35 && rest->len > 0; shift += 7) {
        uint8_t byte = *rest->data++;

        rest->len--;
        n |= (uint64_t)(byte & 0x7f) << shift;
        if (byte < 0x80) {
            *out = (uint32_t)n;
            return n <= UINT32_MAX;
        }
    }
    return false;
}

static bool
take_span(struct wk_span *rest, struct wk_span *out)
{
    uint32_t len;

    if (!take_varint(rest, &len) || len > rest->len)
        return false;
    *out = (struct wk_span){rest->data, len};
    rest->data += len;
    rest->len -= len;
    return true;
}

wk_err
wk_batch_next(struct wk_span *rest, struct wk_record *out)
{
    uint32_t space;
    uint8_t tag;

    if (rest->len == 0)
        return WK_ENOTFOUND;
    tag = *rest->data++;
    rest->len--;
    *out = (struct wk_record){0};
    if (!take_varint(rest, &space) || space >= WK_SPACES || !take_span(rest, &out->key))
        return WK_EPROTO;
    out->space = (enum wk_space)space;
    switch (tag) {
    case TAG_DELETE:
        out->kind = WK_RECORD_DELETE;
        return WK_OK;
    case TAG_PUT:
        out->kind = WK_RECORD_PUT;
        break;
    case TAG_DELETE_RANGE:
        out->kind = WK_RECORD_DELETE_RANGE;
        break;
    default:
        return WK_EPROTO;
    }
    return take_span(rest, &out->value) ? WK_OK : WK_EPROTO;
}
