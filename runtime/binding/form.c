/* native('form'): application/x-www-form-urlencoded, for URLSearchParams, FormData and bodies.
 * A list is a flat array: name, value, name, value. */
#include "runtime/binding/binding.h"
#include "runtime/binding/url_priv.h"
#include "runtime/binding/utf8.h"

#include <string.h>

/* Pushes the string for one name or value: '+' is a space, %XX a byte, the result UTF-8. */
static void
push_decoded(duk_context *ctx, const char *text, size_t bytes, char *scratch)
{
    size_t n = 0;

    if (memchr(text, '+', bytes) == NULL && memchr(text, '%', bytes) == NULL) {
        wk_push_utf8(ctx, text, bytes);
        return;
    }
    for (size_t i = 0; i < bytes; i++) {
        int high, low;

        if (text[i] == '%' && bytes - i > 2 && (high = wk_hex_digit(text[i + 1])) >= 0 &&
            (low = wk_hex_digit(text[i + 2])) >= 0) {
            scratch[n++] = (char)(high << 4 | low);
            i += 2;
        } else {
            scratch[n++] = text[i] == '+' ? ' ' : text[i];
        }
    }
    wk_push_utf8(ctx, scratch, n);
}

/* parse(textOrBytes) -> list */
static duk_ret_t
form_parse(duk_context *ctx)
{
    size_t bytes;
    const char *text = duk_is_buffer_data(ctx, 0) ? duk_get_buffer_data(ctx, 0, &bytes) : NULL;
    duk_uarridx_t count = 0;
    char *scratch;
    duk_idx_t list;

    if (text == NULL && !duk_is_buffer_data(ctx, 0))
        text = wk_to_utf8(ctx, 0, &bytes);
    scratch = duk_push_fixed_buffer(ctx, bytes + 1);
    list = duk_push_array(ctx);
    for (size_t i = 0; i < bytes;) {
        const char *end = memchr(text + i, '&', bytes - i);
        size_t n = end == NULL ? bytes - i : (size_t)(end - (text + i));
        const char *equals = memchr(text + i, '=', n);
        size_t name = equals == NULL ? n : (size_t)(equals - (text + i));

        if (n > 0) {
            push_decoded(ctx, text + i, name, scratch);
            duk_put_prop_index(ctx, list, count++);
            if (name < n)
                push_decoded(ctx, text + i + name + 1, n - name - 1, scratch);
            else
                duk_push_literal(ctx, "");
            duk_put_prop_index(ctx, list, count++);
        }
        i += n + 1;
    }
    return 1;
}

static size_t
encoded_bytes(const char *text, size_t bytes)
{
    size_t n = bytes;

    for (size_t i = 0; i < bytes; i++)
        if (text[i] != ' ' && wk_url_in_set((unsigned char)text[i], WK_SET_FORM))
            n += 2;
    return n;
}

static char *
put_encoded(char *out, const char *text, size_t bytes)
{
    static const char hex[] = "0123456789ABCDEF";

    for (size_t i = 0; i < bytes; i++) {
        unsigned char c = (unsigned char)text[i];

        if (c == ' ') {
            *out++ = '+';
        } else if (wk_url_in_set(c, WK_SET_FORM)) {
            *out++ = '%';
            *out++ = hex[c >> 4];
            *out++ = hex[c & 15];
        } else {
            *out++ = (char)c;
        }
    }
    return out;
}

/* serialize(list) -> text. Two passes: the items are read twice, strings only. */
static duk_ret_t
form_serialize(duk_context *ctx)
{
    duk_uarridx_t count = (duk_uarridx_t)duk_get_length(ctx, 0);
    size_t total = 0, bytes;
    const char *text;
    char *out, *start;

    for (duk_uarridx_t i = 0; i < count; i++) {
        duk_get_prop_index(ctx, 0, i);
        text = wk_to_utf8(ctx, -1, &bytes);
        total += encoded_bytes(text, bytes) + 1;
        duk_pop(ctx);
    }
    if (count == 0) {
        duk_push_literal(ctx, "");
        return 1;
    }
    start = out = duk_push_fixed_buffer(ctx, total);
    for (duk_uarridx_t i = 0; i < count; i++) {
        duk_get_prop_index(ctx, 0, i);
        text = wk_to_utf8(ctx, -1, &bytes);
        out = put_encoded(out, text, bytes);
        *out++ = i % 2 == 0 ? '=' : '&';
        duk_pop(ctx);
    }
    duk_push_lstring(ctx, start, total - 1);
    return 1;
}

void
wk_binding_form_init(duk_context *ctx)
{
    static const duk_function_list_entry verbs[] = {
        {"parse", form_parse, 1}, {"serialize", form_serialize, 1}, {NULL, NULL, 0}};

    wk_engine_native(ctx, "form", verbs);
}
