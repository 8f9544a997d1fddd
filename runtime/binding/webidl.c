/* native('webidl'): hidden(name) gives a property key that no tenant code can name. */
#include "runtime/binding/webidl.h"

#include <stdarg.h>
#include <string.h>
#include "runtime/binding/binding.h"
#include "runtime/binding/utf8.h"

duk_ret_t
wk_throw_illegal_invocation(duk_context *ctx)
{
    return duk_type_error(
        ctx, "Illegal invocation: function called with incorrect `this` reference. See "
             "https://developers.cloudflare.com/workers/observability/errors/"
             "#illegal-invocation-errors for details.");
}

duk_ret_t
wk_throw_parameter(duk_context *ctx, const char *verb, const char *type, int n,
                   const char *want)
{
    return duk_type_error(ctx,
                          "Failed to execute '%s' on '%s': parameter %d is not of type '%s'.",
                          verb, type, n, want);
}

duk_ret_t
wk_throw_construct_parameter(duk_context *ctx, const char *type, int n, const char *want)
{
    return duk_type_error(
        ctx, "Failed to construct '%s': constructor parameter %d is not of type '%s'.", type, n,
        want);
}

duk_ret_t
wk_throw_dom(duk_context *ctx, const char *name, const char *fmt, ...)
{
    va_list ap;

    wk_engine_require(ctx, "domexception");
    duk_get_prop_string(ctx, -1, "DOMException");
    va_start(ap, fmt);
    duk_push_vsprintf(ctx, fmt, ap);
    va_end(ap);
    duk_push_string(ctx, name);
    duk_new(ctx, 2);
    return duk_throw(ctx);
}

void
wk_push_constructed(duk_context *ctx, const char *type)
{
    duk_push_this(ctx);
    if (duk_is_constructor_call(ctx))
        return;
    duk_push_current_function(ctx);
    if (!duk_is_object(ctx, -2) || !duk_instanceof(ctx, -2, -1))
        (void)duk_type_error(
            ctx,
            "Failed to construct '%s': Please use the 'new' operator, this object constructor "
            "cannot be called as a function.",
            type);
    duk_pop(ctx);
}

static duk_ret_t
webidl_hidden(duk_context *ctx)
{
    size_t len;
    const char *name = duk_require_lstring(ctx, 0, &len);
    char key[64];

    if (len + 1 > sizeof(key))
        return duk_range_error(ctx, "name too long");
    key[0] = '\xFF';
    memcpy(key + 1, name, len);
    duk_push_lstring(ctx, key, len + 1);
    return 1;
}

/* usv(value): ToString, then lone surrogates become U+FFFD. */
static duk_ret_t
webidl_usv(duk_context *ctx)
{
    size_t len;
    const char *text = wk_to_utf8(ctx, 0, &len);

    if (duk_is_string(ctx, 0)) {
        duk_dup(ctx, 0);
        return 1;
    }
    wk_push_utf8(ctx, text, len);
    return 1;
}

static duk_ret_t
webidl_str(duk_context *ctx)
{
    duk_to_string(ctx, 0);
    return 1;
}

void
wk_binding_webidl_init(duk_context *ctx)
{
    static const duk_function_list_entry verbs[] = {{"hidden", webidl_hidden, 1},
                                                    {"usv", webidl_usv, 1},
                                                    {"str", webidl_str, 1},
                                                    {NULL, NULL, 0}};

    wk_engine_native(ctx, "webidl", verbs);
}
