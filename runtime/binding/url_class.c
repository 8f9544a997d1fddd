/* native('url'): the URL class. An instance owns one buffer with its serialization and where
 * its parts are, so that reading a component is a slice of it. */
#include "runtime/binding/binding.h"
#include "runtime/binding/url_priv.h"
#include "runtime/binding/utf8.h"
#include "runtime/binding/webidl.h"

#include <string.h>

#define RECORD_KEY DUK_HIDDEN_SYMBOL("url")
#define SCRATCH_BYTES_MAX 65536u

enum getter { GET_HREF = WK_URL_HASH + 1, GET_ORIGIN };

struct record {
    void *owner; /* the instance: one that merely inherits from it is no URL */
    struct wk_url_parts parts;
    uint32_t bytes;
    char href[];
};

/* Kept from call to call: a parse allocates nothing, and a throw between leaks nothing. */
static __thread struct wk_url scratch, scratch_base;
static __thread struct wk_buf scratch_href;

static void
scratch_trim(void)
{
    if (scratch_href.cap <= SCRATCH_BYTES_MAX)
        return;
    wk_url_fini(&scratch);
    wk_url_fini(&scratch_base);
    wk_buf_fini(&scratch_href);
}

/* Serializes the scratch URL into the object at idx. */
static void
record_put(duk_context *ctx, duk_idx_t idx)
{
    struct wk_url_parts parts;
    struct record *record;

    idx = duk_normalize_index(ctx, idx);
    scratch_href.len = 0;
    wk_url_href(&scratch, &scratch_href, &parts);
    record = duk_push_fixed_buffer(ctx, sizeof(*record) + scratch_href.len + 1);
    record->owner = duk_get_heapptr(ctx, idx);
    record->parts = parts;
    record->bytes = (uint32_t)scratch_href.len;
    memcpy(record->href, scratch_href.data, scratch_href.len + 1);
    duk_put_prop_literal(ctx, idx, RECORD_KEY);
    scratch_trim();
}

/* The record of `this`; leaves `this` and the record on the stack. */
static const struct record *
record_of_this(duk_context *ctx)
{
    const struct record *record = NULL;

    duk_push_this(ctx);
    if (duk_is_object(ctx, -1) && duk_get_prop_literal(ctx, -1, RECORD_KEY))
        record = duk_get_buffer_data(ctx, -1, NULL);
    if (record == NULL || record->owner != duk_get_heapptr(ctx, -2))
        (void)wk_throw_illegal_invocation(ctx);
    return record;
}

/* Parses argument 0 with argument 1 as base into the scratch URL. */
static bool
parse_arguments(duk_context *ctx)
{
    const struct wk_url *base = NULL;
    const char *text, *base_text = NULL;
    size_t bytes, base_bytes = 0;

    text = wk_to_utf8(ctx, 0, &bytes);
    if (duk_get_top(ctx) > 1 && !duk_is_undefined(ctx, 1))
        base_text = wk_to_utf8(ctx, 1, &base_bytes);
    if (base_text != NULL) {
        if (!wk_url_parse(&scratch_base, base_text, base_bytes, NULL))
            return false;
        base = &scratch_base;
    }
    return wk_url_parse(&scratch, text, bytes, base);
}

static duk_ret_t
url_construct(duk_context *ctx)
{
    duk_idx_t count = duk_get_top(ctx);

    wk_push_constructed(ctx, "URL");
    duk_pop(ctx);
    if (count == 0)
        return wk_throw_construct_parameter(ctx, "URL", 1, "USVString");
    if (!parse_arguments(ctx))
        return duk_type_error(ctx, "Invalid URL string.");
    duk_push_this(ctx);
    record_put(ctx, -1);
    return 0;
}

static duk_ret_t
url_can_parse(duk_context *ctx)
{
    if (duk_get_top(ctx) == 0)
        return wk_throw_parameter(ctx, "canParse", "URL", 1, "USVString");
    duk_push_boolean(ctx, parse_arguments(ctx));
    return 1;
}

static duk_ret_t
url_parse(duk_context *ctx)
{
    if (duk_get_top(ctx) == 0)
        return wk_throw_parameter(ctx, "parse", "URL", 1, "USVString");
    if (!parse_arguments(ctx)) {
        duk_push_null(ctx);
        return 1;
    }
    duk_push_current_function(ctx);
    duk_get_prop_literal(ctx, -1, DUK_HIDDEN_SYMBOL("class"));
    duk_get_prop_literal(ctx, -1, "prototype");
    duk_push_object(ctx);
    duk_dup(ctx, -2);
    duk_set_prototype(ctx, -2);
    record_put(ctx, -1);
    return 1;
}

static void
push_slice(duk_context *ctx, const struct record *record, uint32_t start, uint32_t end)
{
    duk_push_lstring(ctx, record->href + start, end - start);
}

static void
push_origin(duk_context *ctx, const struct record *record)
{
    const struct wk_url_parts *at = &record->parts;
    bool blob = memcmp(record->href, "blob:", 5) == 0;

    if (at->special && memcmp(record->href, "file:", 5) != 0 &&
        at->user_start == at->host_start) {
        push_slice(ctx, record, 0, at->path_start);
    } else if (at->special || blob) {
        wk_url_load(&scratch, record->href, at);
        scratch_href.len = 0;
        wk_url_origin(&scratch, &scratch_href);
        duk_push_lstring(ctx, scratch_href.data, scratch_href.len);
    } else {
        duk_push_literal(ctx, "null");
    }
}

static duk_ret_t
url_get(duk_context *ctx)
{
    const struct record *record = record_of_this(ctx);
    const struct wk_url_parts *at = &record->parts;
    uint32_t end = record->bytes;

    switch (duk_get_current_magic(ctx)) {
    case WK_URL_PROTOCOL:
        push_slice(ctx, record, 0, at->scheme_end);
        break;
    case WK_URL_USERNAME:
        push_slice(ctx, record, at->user_start, at->user_end);
        break;
    case WK_URL_PASSWORD:
        push_slice(ctx, record, at->pass_start, at->pass_end);
        break;
    case WK_URL_HOST:
        push_slice(ctx, record, at->host_start, at->port >= 0 ? at->path_start : at->host_end);
        break;
    case WK_URL_HOSTNAME:
        push_slice(ctx, record, at->host_start, at->host_end);
        break;
    case WK_URL_PORT:
        if (at->port >= 0)
            push_slice(ctx, record, at->host_end + 1, at->path_start);
        else
            duk_push_literal(ctx, "");
        break;
    case WK_URL_PATHNAME:
        push_slice(ctx, record, at->path_start, at->path_end);
        break;
    case WK_URL_SEARCH:
        if (at->query_end > at->query_start && at->query_start > 0)
            push_slice(ctx, record, at->query_start - 1, at->query_end);
        else
            duk_push_literal(ctx, "");
        break;
    case WK_URL_HASH:
        if (at->fragment_start > 0 && end > at->fragment_start)
            push_slice(ctx, record, at->fragment_start - 1, end);
        else
            duk_push_literal(ctx, "");
        break;
    case GET_ORIGIN:
        push_origin(ctx, record);
        break;
    default:
        push_slice(ctx, record, 0, end);
        break;
    }
    return 1;
}

static duk_ret_t
url_set(duk_context *ctx)
{
    int which = duk_get_current_magic(ctx);
    const struct record *record = record_of_this(ctx);
    size_t bytes;
    const char *text = wk_to_utf8(ctx, 0, &bytes);

    if (which == GET_HREF) {
        if (!wk_url_parse(&scratch, text, bytes, NULL))
            return duk_type_error(
                ctx, "Failed to set the 'href' property on 'URL': the provided value is not of "
                     "type 'valid URL string'.");
    } else {
        wk_url_load(&scratch, record->href, &record->parts);
        wk_url_set(&scratch, (enum wk_url_component)which, text, bytes);
    }
    record_put(ctx, -2);
    return 0;
}

/* setQuery(url, text): what a URLSearchParams does to its URL; text is already encoded, '' is
 * no query. */
static duk_ret_t
url_set_query(duk_context *ctx)
{
    const struct record *record;
    size_t bytes;
    const char *text = duk_require_lstring(ctx, 1, &bytes);

    duk_get_prop_literal(ctx, 0, RECORD_KEY);
    record = duk_require_buffer_data(ctx, -1, NULL);
    wk_url_load(&scratch, record->href, &record->parts);
    scratch.has_query = bytes > 0;
    wk_buf_set(&scratch.query, text, bytes);
    record_put(ctx, 0);
    return 0;
}

static void
define_method(duk_context *ctx, const char *name, duk_c_function fn)
{
    duk_push_string(ctx, name);
    duk_push_c_function(ctx, fn, DUK_VARARGS);
    duk_push_string(ctx, "name");
    duk_push_string(ctx, name);
    duk_def_prop(ctx, -3, DUK_DEFPROP_HAVE_VALUE | DUK_DEFPROP_SET_CONFIGURABLE);
    duk_dup(ctx, 0);
    duk_put_prop_literal(ctx, -2, DUK_HIDDEN_SYMBOL("class"));
    duk_def_prop(ctx, -3,
                 DUK_DEFPROP_HAVE_VALUE | DUK_DEFPROP_SET_WRITABLE |
                     DUK_DEFPROP_SET_CONFIGURABLE | DUK_DEFPROP_SET_ENUMERABLE);
}

/* define(URL, prototype): the accessors and the static functions, in the peer's order. */
static duk_ret_t
url_define(duk_context *ctx)
{
    static const struct {
        const char *name;
        int magic;
    } accessors[] = {{"origin", GET_ORIGIN},        {"href", GET_HREF},
                     {"protocol", WK_URL_PROTOCOL}, {"username", WK_URL_USERNAME},
                     {"password", WK_URL_PASSWORD}, {"host", WK_URL_HOST},
                     {"hostname", WK_URL_HOSTNAME}, {"port", WK_URL_PORT},
                     {"pathname", WK_URL_PATHNAME}, {"search", WK_URL_SEARCH},
                     {"hash", WK_URL_HASH}};

    for (size_t i = 0; i < WK_COUNT(accessors); i++) {
        duk_uint_t flags =
            DUK_DEFPROP_HAVE_GETTER | DUK_DEFPROP_SET_ENUMERABLE | DUK_DEFPROP_SET_CONFIGURABLE;

        duk_push_string(ctx, accessors[i].name);
        duk_push_c_function(ctx, url_get, 0);
        duk_set_magic(ctx, -1, accessors[i].magic);
        if (accessors[i].magic != GET_ORIGIN) {
            flags |= DUK_DEFPROP_HAVE_SETTER;
            duk_push_c_function(ctx, url_set, 1);
            duk_set_magic(ctx, -1, accessors[i].magic);
        }
        duk_def_prop(ctx, 1, flags);
    }
    duk_dup(ctx, 0);
    define_method(ctx, "canParse", url_can_parse);
    define_method(ctx, "parse", url_parse);
    return 0;
}

void
wk_binding_url_init(duk_context *ctx)
{
    static const duk_function_list_entry verbs[] = {{"URL", url_construct, DUK_VARARGS},
                                                    {"define", url_define, 2},
                                                    {"setQuery", url_set_query, 2},
                                                    {NULL, NULL, 0}};

    wk_engine_native(ctx, "url", verbs);
}
