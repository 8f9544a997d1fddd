/* native('chunk'): what bodies and streams do with bytes.
 *
 * A "source" is an ArrayBuffer or a view. encode(text) and copy(source) give a new Uint8Array,
 * as do concat(list of Uint8Array) and view(source), which shares the source's memory;
 * decode(source) is text without its byte order mark; isSource(value) tells. move(to, at, from,
 * start, end) copies bytes between sources. */
#include <string.h>
#include "runtime/binding/binding.h"
#include "runtime/binding/utf8.h"

/* Pushes a Uint8Array of len bytes; where they are. */
static char *
push_bytes(duk_context *ctx, size_t len)
{
    char *to = duk_push_fixed_buffer(ctx, len);

    duk_push_buffer_object(ctx, -1, 0, len, DUK_BUFOBJ_UINT8ARRAY);
    duk_remove(ctx, -2);
    return to;
}

static duk_ret_t
chunk_encode(duk_context *ctx)
{
    size_t len;
    const char *text = wk_to_utf8(ctx, 0, &len);
    char *to = push_bytes(ctx, len);

    if (len > 0)
        memcpy(to, text, len);
    return 1;
}

static duk_ret_t
chunk_copy(duk_context *ctx)
{
    duk_size_t len;
    const void *from = duk_require_buffer_data(ctx, 0, &len);
    char *to = push_bytes(ctx, len);

    if (len > 0)
        memcpy(to, from, len);
    return 1;
}

static duk_ret_t
chunk_decode(duk_context *ctx)
{
    duk_size_t len;
    const char *from = duk_require_buffer_data(ctx, 0, &len);

    if (len >= 3 && memcmp(from, "\xEF\xBB\xBF", 3) == 0) {
        from += 3;
        len -= 3;
    }
    wk_push_utf8(ctx, from, len);
    return 1;
}

static duk_ret_t
chunk_concat(duk_context *ctx)
{
    duk_uarridx_t count = (duk_uarridx_t)duk_get_length(ctx, 0);
    duk_size_t len, total = 0;
    char *to;

    for (duk_uarridx_t i = 0; i < count; i++) {
        duk_get_prop_index(ctx, 0, i);
        duk_require_buffer_data(ctx, -1, &len);
        total += len;
        duk_pop(ctx);
    }
    to = push_bytes(ctx, total);
    for (duk_uarridx_t i = 0; i < count; i++) {
        const void *from;

        duk_get_prop_index(ctx, 0, i);
        from = duk_require_buffer_data(ctx, -1, &len);
        if (len > 0)
            memcpy(to, from, len);
        to += len;
        duk_pop(ctx);
    }
    return 1;
}

static duk_ret_t
chunk_view(duk_context *ctx)
{
    duk_uint_t offset = 0;
    duk_size_t len;

    duk_require_buffer_data(ctx, 0, &len);
    if (duk_get_prop_literal(ctx, 0, "byteOffset"))
        offset = duk_require_uint(ctx, -1);
    if (duk_get_prop_literal(ctx, 0, "buffer"))
        duk_push_buffer_object(ctx, -1, offset, len, DUK_BUFOBJ_UINT8ARRAY);
    else
        duk_push_buffer_object(ctx, 0, 0, len, DUK_BUFOBJ_UINT8ARRAY);
    return 1;
}

static duk_ret_t
chunk_move(duk_context *ctx)
{
    duk_size_t to_len, from_len;
    char *to = duk_require_buffer_data(ctx, 0, &to_len);
    duk_uint_t at = duk_require_uint(ctx, 1), start = duk_require_uint(ctx, 3),
               end = duk_require_uint(ctx, 4);
    const char *from = duk_require_buffer_data(ctx, 2, &from_len);

    if (start > end || end > from_len || at > to_len || end - start > to_len - at)
        return duk_range_error(ctx, "out of bounds");
    if (end > start)
        memmove(to + at, from + start, end - start);
    return 0;
}

static duk_ret_t
chunk_is_source(duk_context *ctx)
{
    duk_push_boolean(ctx, duk_is_buffer_data(ctx, 0));
    return 1;
}

void
wk_binding_chunk_init(duk_context *ctx)
{
    static const duk_function_list_entry verbs[] = {
        {"encode", chunk_encode, 1},      {"copy", chunk_copy, 1}, {"decode", chunk_decode, 1},
        {"concat", chunk_concat, 1},      {"view", chunk_view, 1}, {"move", chunk_move, 5},
        {"isSource", chunk_is_source, 1}, {NULL, NULL, 0}};

    wk_engine_native(ctx, "chunk", verbs);
}
