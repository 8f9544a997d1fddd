/* native('formdata'): bodies that are forms, between bytes and flat lists of entries. */
#include "runtime/binding/binding.h"
#include "runtime/binding/multipart.h"
#include "runtime/binding/utf8.h"

#include <string.h>

static void
push_unquoted(duk_context *ctx, struct wk_span text)
{
    char *out = duk_push_fixed_buffer(ctx, text.len);
    size_t n = wk_multipart_unquote(text, out);

    wk_push_utf8(ctx, out, n);
    duk_remove(ctx, -2);
}

static void
push_bytes(duk_context *ctx, struct wk_span bytes)
{
    void *out = duk_push_fixed_buffer(ctx, bytes.len);

    if (bytes.len > 0)
        memcpy(out, bytes.data, bytes.len);
    duk_push_buffer_object(ctx, -1, 0, bytes.len, DUK_BUFOBJ_UINT8ARRAY);
    duk_remove(ctx, -2);
}

/* Appends [name, text] or [name, Uint8Array, filename, type] to the array at idx 2. */
static void
push_entry(duk_context *ctx, const struct wk_part *part, duk_uarridx_t at)
{
    duk_push_array(ctx);
    push_unquoted(ctx, part->name);
    duk_put_prop_index(ctx, -2, 0);
    if (part->filename.len == 0) {
        wk_push_utf8(ctx, part->body.data, part->body.len);
        duk_put_prop_index(ctx, -2, 1);
    } else {
        push_bytes(ctx, part->body);
        duk_put_prop_index(ctx, -2, 1);
        push_unquoted(ctx, part->filename);
        duk_put_prop_index(ctx, -2, 2);
        wk_push_utf8(ctx, part->type.len > 0 ? part->type.data : "", part->type.len);
        duk_put_prop_index(ctx, -2, 3);
    }
    duk_put_prop_index(ctx, 2, at);
}

static struct wk_span
bytes_at(duk_context *ctx, duk_idx_t idx)
{
    struct wk_span s = {"", 0};
    const char *data;

    if (duk_is_buffer_data(ctx, idx))
        data = duk_get_buffer_data(ctx, idx, &s.len);
    else
        data = wk_to_utf8(ctx, idx, &s.len);
    if (data != NULL)
        s.data = data;
    return s;
}

/* multipart(bytes or text, boundary) -> [entry, ...] */
static duk_ret_t
formdata_multipart(duk_context *ctx)
{
    struct wk_span body = bytes_at(ctx, 0), boundary = bytes_at(ctx, 1);
    struct wk_multipart m;
    struct wk_part part;
    int more;

    duk_push_array(ctx);
    wk_multipart_init(&m, body, boundary);
    for (duk_uarridx_t i = 0; (more = wk_multipart_next(&m, &part)) > 0; i++)
        push_entry(ctx, &part, i);
    if (more == 0)
        return 1;
    if (m.got.len == 0)
        return duk_type_error(ctx, "%s", m.error);
    duk_push_string(ctx, m.error);
    duk_push_literal(ctx, "\"");
    wk_push_utf8(ctx, m.got.data, m.got.len);
    duk_push_literal(ctx, "\"");
    duk_concat(ctx, 4);
    return duk_type_error(ctx, "%s", duk_get_string(ctx, -1));
}

/* kind(contentType) -> ['multipart', boundary or null] | ['urlencoded', charset or null] | null
 */
static duk_ret_t
formdata_kind(duk_context *ctx)
{
    struct wk_span mime = bytes_at(ctx, 0), value;
    bool multipart = wk_mime_is(mime, "multipart/form-data");

    if (!multipart && !wk_mime_is(mime, "application/x-www-form-urlencoded"))
        return 0;
    duk_push_array(ctx);
    duk_push_string(ctx, multipart ? "multipart" : "urlencoded");
    duk_put_prop_index(ctx, -2, 0);
    if (wk_mime_parameter(mime, multipart ? "boundary" : "charset", &value))
        push_unquoted(ctx, value);
    else
        duk_push_null(ctx);
    duk_put_prop_index(ctx, -2, 1);
    return 1;
}

/* quote(name) -> the name as it stands between the quotes of Content-Disposition */
static duk_ret_t
formdata_quote(duk_context *ctx)
{
    duk_size_t len;
    const char *text = duk_require_lstring(ctx, 0, &len);
    char *start, *out;

    if (len > 0 && text[len - 1] == '\\')
        return duk_type_error(ctx, "Name or filename can't end with backslash");
    start = out = duk_push_fixed_buffer(ctx, 3 * len);
    for (size_t i = 0; i < len; i++) {
        const char *escape = text[i] == '"'    ? "%22"
                             : text[i] == '\n' ? "%0A"
                             : text[i] == '\r' ? "%0D"
                                               : NULL;

        if (escape != NULL)
            out = mempcpy(out, escape, 3);
        else
            *out++ = text[i];
    }
    duk_push_lstring(ctx, start, (size_t)(out - start));
    return 1;
}

void
wk_binding_formdata_init(duk_context *ctx)
{
    static const duk_function_list_entry verbs[] = {{"multipart", formdata_multipart, 2},
                                                    {"kind", formdata_kind, 1},
                                                    {"quote", formdata_quote, 1},
                                                    {NULL, NULL, 0}};

    wk_engine_native(ctx, "formdata", verbs);
}
