/* native('encoding'): what TextEncoder and TextDecoder (runtime/js/encoding.js) are made of. */
#include "runtime/binding/encoding.h"
#include "runtime/binding/binding.h"
#include "runtime/binding/utf8.h"

#include <string.h>

#define DECODER_KEY DUK_HIDDEN_SYMBOL("decoder")

/* label(text) -> the encoding's name, or undefined */
static duk_ret_t
encoding_label(duk_context *ctx)
{
    duk_size_t bytes;
    const char *text = duk_require_lstring(ctx, 0, &bytes);
    const char *name = wk_encoding_of_label(text, bytes);

    if (name == NULL)
        return 0;
    duk_push_string(ctx, name);
    return 1;
}

/* encode(text) -> Uint8Array */
static duk_ret_t
encoding_encode(duk_context *ctx)
{
    size_t len;
    const char *text = wk_to_utf8(ctx, 0, &len);
    void *out = duk_push_fixed_buffer(ctx, len);

    if (len > 0)
        memcpy(out, text, len);
    duk_push_buffer_object(ctx, -1, 0, len, DUK_BUFOBJ_UINT8ARRAY);
    return 1;
}

/* encodeInto(text, view) -> [units read, bytes written]: whole characters only. */
static duk_ret_t
encoding_encode_into(duk_context *ctx)
{
    size_t len, room, written = 0;
    double units = 0;
    const char *text = wk_to_utf8(ctx, 0, &len);
    char *to = duk_require_buffer_data(ctx, 1, &room);

    while (written < len) {
        unsigned char lead = (unsigned char)text[written];
        size_t n = lead < 0x80 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;

        if (written + n > room)
            break;
        memcpy(to + written, text + written, n);
        written += n;
        units += n == 4 ? 2 : 1;
    }
    duk_push_array(ctx);
    duk_push_number(ctx, units);
    duk_put_prop_index(ctx, -2, 0);
    duk_push_number(ctx, (double)written);
    duk_put_prop_index(ctx, -2, 1);
    return 1;
}

static duk_ret_t
decoder_finalize(duk_context *ctx)
{
    duk_get_prop_literal(ctx, 0, DECODER_KEY);
    if (duk_is_buffer(ctx, -1))
        wk_decoder_fini(duk_get_buffer(ctx, -1, NULL));
    return 0;
}

/* decoder(name, fatal) -> a handle for decode() */
static duk_ret_t
encoding_decoder(duk_context *ctx)
{
    const char *name = duk_require_string(ctx, 0);
    struct wk_decoder *decoder;

    duk_push_bare_object(ctx);
    decoder = duk_push_fixed_buffer(ctx, sizeof(*decoder));
    duk_put_prop_literal(ctx, -2, DECODER_KEY);
    duk_push_c_function(ctx, decoder_finalize, 1);
    duk_set_finalizer(ctx, -2);
    if (!wk_decoder_init(decoder, name))
        return duk_range_error(ctx, "\"%s\" is not a valid encoding.", name);
    decoder->fatal = duk_to_boolean(ctx, 1);
    return 1;
}

/* Drops a byte order mark from the string on top. */
static void
drop_bom(duk_context *ctx)
{
    duk_size_t len;
    const char *text = duk_get_lstring(ctx, -1, &len);

    if (len >= 3 && memcmp(text, "\xEF\xBB\xBF", 3) == 0) {
        duk_push_lstring(ctx, text + 3, len - 3);
        duk_remove(ctx, -2);
    }
}

/* decode(handle, bytes or undefined, stream, keepBom) -> text, or undefined when ill-formed and
 * fatal */
static duk_ret_t
encoding_decode(duk_context *ctx)
{
    bool stream = duk_to_boolean(ctx, 2), keep_bom = duk_to_boolean(ctx, 3);
    struct wk_decoder *decoder;
    duk_size_t len = 0;
    const uint8_t *bytes =
        duk_is_undefined(ctx, 1) ? NULL : duk_require_buffer_data(ctx, 1, &len);
    bool unicode;

    duk_get_prop_literal(ctx, 0, DECODER_KEY);
    decoder = duk_require_buffer(ctx, -1, NULL);
    if (bytes == NULL)
        bytes = (const uint8_t *)"";
    if (!wk_decoder_push(ctx, decoder, bytes, len, !stream)) {
        decoder->bom_seen = false;
        return 0;
    }
    unicode = decoder->kind <= WK_DECODE_UTF16BE;
    if (unicode && !keep_bom && !decoder->bom_seen)
        drop_bom(ctx);
    decoder->bom_seen = stream && (decoder->bom_seen || len > decoder->pending_count);
    return 1;
}

/* utf8(bytes) -> text; a byte order mark is dropped: what Body.text() does. */
static duk_ret_t
encoding_utf8(duk_context *ctx)
{
    duk_size_t len;
    const uint8_t *bytes = duk_require_buffer_data(ctx, 0, &len);

    if (len >= 3 && memcmp(bytes, "\xEF\xBB\xBF", 3) == 0) {
        bytes += 3;
        len -= 3;
    }
    wk_push_utf8(ctx, bytes, len);
    return 1;
}

void
wk_binding_encoding_init(duk_context *ctx)
{
    static const duk_function_list_entry verbs[] = {{"label", encoding_label, 1},
                                                    {"encode", encoding_encode, 1},
                                                    {"encodeInto", encoding_encode_into, 2},
                                                    {"decoder", encoding_decoder, 2},
                                                    {"decode", encoding_decode, 4},
                                                    {"utf8", encoding_utf8, 1},
                                                    {NULL, NULL, 0}};

    wk_engine_native(ctx, "encoding", verbs);
}
