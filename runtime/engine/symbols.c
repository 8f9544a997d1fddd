/* The well-known symbols that Duktape does not have, and Symbol.prototype.description. */
#include "runtime/engine/engine_priv.h"

static duk_ret_t
symbol_description(duk_context *ctx)
{
    const char *text, *end;
    duk_size_t bytes;

    duk_push_this(ctx);
    if (duk_is_object(ctx, -1)) {
        duk_push_literal(ctx, "valueOf");
        duk_call_prop(ctx, 0, 0);
    }
    if (!duk_is_symbol(ctx, -1))
        return duk_type_error(ctx,
                              "Symbol.prototype.description requires that 'this' be a Symbol");
    /* 0x80 description (registered), or 0x81 description 0xff unique [0xff: it has no
     * description] */
    text = duk_get_lstring(ctx, -1, &bytes);
    if ((end = memchr(text, 0xff, bytes)) == NULL)
        end = text + bytes;
    else if (end < text + bytes - 1 && (unsigned char)text[bytes - 1] == 0xff)
        return 0;
    duk_push_lstring(ctx, text + 1, (duk_size_t)(end - text) - 1);
    return 1;
}

void
wk_engine_symbols_init(duk_context *ctx)
{
    static const char *const names[] = {"asyncIterator", "matchAll", "match",   "replace",
                                        "search",        "split",    "species", "unscopables",
                                        "asyncDispose",  "dispose"};

    duk_get_global_literal(ctx, "Symbol");
    for (size_t i = 0; i < WK_COUNT(names); i++) {
        char text[64];

        if (duk_has_prop_string(ctx, -1, names[i]))
            continue;
        snprintf(text, sizeof(text), "\x81Symbol.%s\xff", names[i]);
        duk_push_string(ctx, names[i]);
        duk_push_string(ctx, text);
        duk_def_prop(ctx, -3, DUK_DEFPROP_HAVE_VALUE | DUK_DEFPROP_CLEAR_WEC);
    }
    duk_get_prop_literal(ctx, -1, "prototype");
    wk_define_getter(ctx, -1, "description", symbol_description);
    duk_pop_2(ctx);
}
