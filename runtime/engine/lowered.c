/* What lowered code calls besides tslib's own helpers (see services/compiler/js/finish.js). */
#include "runtime/engine/engine_priv.h"

/* Gives the function at fn the name of the key at key, unless it has one. Symbols as "[description]". */
static void
name_function(duk_context *ctx, duk_idx_t fn, duk_idx_t key)
{
    bool named;

    if (!duk_is_function(ctx, fn))
        return;
    duk_get_prop_string(ctx, fn, "name");
    named = !duk_is_string(ctx, -1) || duk_get_length(ctx, -1) > 0;
    duk_pop(ctx);
    if (named)
        return;
    duk_push_string(ctx, "name");
    if (duk_is_symbol(ctx, key)) {
        duk_push_string(ctx, "[");
        duk_get_prop_string(ctx, key, "description");
        duk_push_string(ctx, "]");
        duk_concat(ctx, 3);
    } else {
        duk_dup(ctx, key);
        duk_to_string(ctx, -1);
    }
    duk_def_prop(ctx, fn, DUK_DEFPROP_HAVE_VALUE | DUK_DEFPROP_SET_CONFIGURABLE | DUK_DEFPROP_FORCE);
}

/* __wkMethod(target, key, fn): a method of a class: named, not enumerable. */
static duk_ret_t
lowered_method(duk_context *ctx)
{
    name_function(ctx, 2, 1);
    duk_dup(ctx, 1);
    duk_dup(ctx, 2);
    duk_def_prop(ctx, 0,
                 DUK_DEFPROP_HAVE_VALUE | DUK_DEFPROP_SET_WRITABLE | DUK_DEFPROP_SET_CONFIGURABLE |
                     DUK_DEFPROP_CLEAR_ENUMERABLE | DUK_DEFPROP_FORCE);
    return 0;
}

/* __wkNamed(fn, name): fn, named as what it is assigned to. */
static duk_ret_t
lowered_named(duk_context *ctx)
{
    name_function(ctx, 0, 1);
    duk_dup(ctx, 0);
    return 1;
}

/* Pushes the descriptor of key in object or what it inherits from, undefined if there is none. */
static void
push_inherited(duk_context *ctx, duk_idx_t object, duk_idx_t key)
{
    duk_dup(ctx, object);
    while (duk_is_object(ctx, -1)) {
        duk_dup(ctx, key);
        duk_get_prop_desc(ctx, -2, 0);
        if (!duk_is_undefined(ctx, -1)) {
            duk_remove(ctx, -2);
            return;
        }
        duk_pop(ctx);
        duk_get_prototype(ctx, -1);
        duk_remove(ctx, -2);
    }
    duk_pop(ctx);
    duk_push_undefined(ctx);
}

static void
require_home(duk_context *ctx, const char *what)
{
    if (duk_is_null_or_undefined(ctx, 0))
        (void)duk_type_error(ctx, "Cannot %s properties of %s", what, duk_safe_to_string(ctx, 0));
}

/* __wkSuperGet(home, key, receiver): super[key]. */
static duk_ret_t
lowered_super_get(duk_context *ctx)
{
    require_home(ctx, "read");
    push_inherited(ctx, 0, 1);
    if (duk_is_undefined(ctx, -1))
        return 0;
    if (duk_get_prop_string(ctx, -1, "get")) {
        if (!duk_is_function(ctx, -1))
            return 0;
        duk_dup(ctx, 2);
        duk_call_method(ctx, 0);
        return 1;
    }
    duk_get_prop_string(ctx, -2, "value");
    return 1;
}

/* __wkSuperSet(home, key, receiver, value): super[key] = value. Gives value. */
static duk_ret_t
lowered_super_set(duk_context *ctx)
{
    require_home(ctx, "set");
    push_inherited(ctx, 0, 1);
    if (duk_is_object(ctx, -1) && duk_get_prop_string(ctx, -1, "set") && duk_is_function(ctx, -1)) {
        duk_dup(ctx, 2);
        duk_dup(ctx, 3);
        duk_call_method(ctx, 1);
    } else {
        duk_dup(ctx, 1);
        duk_dup(ctx, 3);
        duk_put_prop(ctx, 2);
    }
    duk_dup(ctx, 3);
    return 1;
}

/* __makeTemplateObject(cooked, raw): both frozen, as the language says. */
static duk_ret_t
lowered_template(duk_context *ctx)
{
    duk_push_string(ctx, "raw");
    duk_dup(ctx, 1);
    duk_freeze(ctx, -1);
    duk_def_prop(ctx, 0, DUK_DEFPROP_HAVE_VALUE | DUK_DEFPROP_FORCE);
    duk_freeze(ctx, 0);
    duk_dup(ctx, 0);
    return 1;
}

void
wk_engine_lowered_init(duk_context *ctx)
{
    static const duk_function_list_entry verbs[] = {{"__wkMethod", lowered_method, 3},
                                                    {"__wkNamed", lowered_named, 2},
                                                    {"__wkSuperGet", lowered_super_get, 3},
                                                    {"__wkSuperSet", lowered_super_set, 4},
                                                    {"__makeTemplateObject", lowered_template, 2},
                                                    {NULL, NULL, 0}};

    wk_engine_native(ctx, "tslib", verbs);
}
