#include "runtime/serialize/serialize.h"

#include "runtime/serialize/host.h"
#include "runtime/serialize/reader.h"
#include "runtime/serialize/writer.h"

#define PLAIN_ERRORS DUK_HIDDEN_SYMBOL("serialize.plainErrors")

bool
wk_serialize_has_enhanced_errors(duk_context *ctx)
{
    bool plain;

    duk_push_global_stash(ctx);
    plain = duk_has_prop_literal(ctx, -1, PLAIN_ERRORS);
    duk_pop(ctx);
    return !plain;
}

void
wk_serialize_enhanced_errors(duk_context *ctx, bool on)
{
    duk_push_global_stash(ctx);
    if (on) {
        duk_del_prop_literal(ctx, -1, PLAIN_ERRORS);
    } else {
        duk_push_true(ctx);
        duk_put_prop_literal(ctx, -2, PLAIN_ERRORS);
    }
    duk_pop(ctx);
}

void
wk_serialize(duk_context *ctx, duk_idx_t idx, struct wk_buf *out)
{
    struct wk_writer w;
    duk_tval value = *duk_require_tval(ctx, idx);

    wk_writer_init(&w, ctx);
    wk_write_value(&w, value);
    wk_buf_add(out, w.data, w.len);
    duk_pop_n(ctx, WK_WRITER_SLOTS);
}

/* --- reading --- */

static void
reader_init(struct wk_reader *r, duk_context *ctx, const uint8_t *data, size_t bytes)
{
    duk_require_stack(ctx, 32);
    *r = (struct wk_reader){
        .thr = ctx, .at = data, .end = data + bytes, .version = WK_SER_VERSION_OLD};
    r->elements_left = bytes;
    if (bytes > 0 && *data == WK_SER_HEADER) {
        r->at++;
        r->version = wk_read_varint(r);
        if (r->version < WK_SER_VERSION_OLD || r->version > WK_SER_VERSION)
            (void)duk_error(
                ctx, DUK_ERR_ERROR,
                "Unable to deserialize cloned data due to invalid or unsupported version.");
    }
    r->views_have_flags = r->version > WK_SER_VERSION_OLD;
    r->table_idx = duk_get_top(ctx);
    duk_push_undefined(ctx);
}

/* Leaves the value in the place of the table. */
static void
reader_run(struct wk_reader *r)
{
    wk_read_value(r);
    duk_replace(r->thr, r->table_idx);
}

static duk_ret_t
read_in_safety(duk_context *ctx, void *arg)
{
    struct wk_reader r;

    (void)ctx;
    r = *(struct wk_reader *)arg;
    r.table_idx = duk_get_top(ctx);
    duk_push_undefined(ctx);
    reader_run(&r);
    return 1;
}

/* Some data that says 13 was written as 14 is: it is tried as one, then as the other. */
static void
read_old(struct wk_reader *r)
{
    if (duk_safe_call(r->thr, read_in_safety, r, 0, 1) == DUK_EXEC_SUCCESS) {
        duk_replace(r->thr, r->table_idx);
        return;
    }
    duk_pop(r->thr);
    r->views_have_flags = true;
    reader_run(r);
}

void
wk_deserialize(duk_context *ctx, const void *data, size_t bytes)
{
    struct wk_reader r;

    reader_init(&r, ctx, data, bytes);
    if (r.version == WK_SER_VERSION_OLD)
        read_old(&r);
    else
        reader_run(&r);
}

/* --- native('serialize') --- */

#define COPIED_BYTES_MAX 65536u

/* Pushes what was written as a plain buffer: a copy of just the size, or if it is large the
 * writer's own. */
static void
push_written(duk_context *ctx, struct wk_writer *w)
{
    if (w->len <= COPIED_BYTES_MAX || w->data == w->local) {
        memcpy(duk_push_fixed_buffer(ctx, w->len), w->data, w->len);
        return;
    }
    w->data = duk_resize_buffer(ctx, w->base + WK_WRITER_BYTES, w->len);
    duk_dup(ctx, w->base + WK_WRITER_BYTES);
}

/* serialize(value, forCall) -> Uint8Array */
static duk_ret_t
verb_serialize(duk_context *ctx)
{
    struct wk_writer w;
    bool for_call = duk_get_boolean(ctx, 1);

    wk_writer_init(&w, ctx);
    w.for_call = for_call;
    wk_write_value(&w, *duk_require_tval(ctx, 0));
    push_written(ctx, &w);
    duk_push_buffer_object(ctx, -1, 0, w.len, DUK_BUFOBJ_UINT8ARRAY);
    return 1;
}

/* deserialize(bytes) -> value */
static duk_ret_t
verb_deserialize(duk_context *ctx)
{
    duk_size_t len;
    void *data = duk_require_buffer_data(ctx, 0, &len);

    wk_deserialize(ctx, data, len);
    return 1;
}

/* clone(value) -> a copy; structuredClone itself, while nothing but a value is given */
static duk_ret_t
verb_clone(duk_context *ctx)
{
    struct wk_writer w;
    duk_idx_t nargs = duk_get_top(ctx);
    duk_tval *value;

    if (nargs == 0 || (nargs > 1 && !duk_is_undefined(ctx, 1))) {
        wk_engine_require(ctx, "clone");
        duk_get_prop_literal(ctx, -1, "cloneWithOptions");
        duk_insert(ctx, 0);
        duk_pop(ctx);
        duk_call(ctx, nargs);
        return 1;
    }
    value = duk_require_tval(ctx, 0);

    if (duk_is_primitive(ctx, 0) && !duk_is_symbol(ctx, 0)) {
        duk_dup(ctx, 0);
        return 1;
    }
    wk_writer_init(&w, ctx);
    wk_write_value(&w, *value);
    wk_deserialize(ctx, w.data, w.len);
    return 1;
}

/* enhancedErrors(on) */
static duk_ret_t
verb_enhanced_errors(duk_context *ctx)
{
    wk_serialize_enhanced_errors(ctx, duk_require_boolean(ctx, 0));
    return 0;
}

void
wk_serialize_init(duk_context *ctx)
{
    static const duk_function_list_entry verbs[] = {{"serialize", verb_serialize, 2},
                                                    {"deserialize", verb_deserialize, 1},
                                                    {"clone", verb_clone, DUK_VARARGS},
                                                    {"enhancedErrors", verb_enhanced_errors, 1},
                                                    {NULL, NULL, 0}};

    wk_engine_native(ctx, "serialize", verbs);
}
