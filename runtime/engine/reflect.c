/* Reflect's property functions with receivers and symbol keys, Proxy.revocable. */
#include "runtime/engine/engine_priv.h"

/* The arguments' key at 1 becomes a property key. Gives the target. */
static duk_hobject *
target_and_key(duk_context *ctx, const char *name)
{
    duk_hobject *target = duk_get_hobject(ctx, 0);

    if (target == NULL)
        (void)duk_type_error(ctx, "Reflect.%s called on non-object", name);
    (void)duk_to_property_key_hstring(ctx, 1);
    return target;
}

static duk_ret_t
reflect_get(duk_context *ctx)
{
    duk_hobject *target = target_and_key(ctx, "get");
    duk_tval key = *duk_get_tval(ctx, 1),
             receiver = *duk_get_tval(ctx, duk_get_top(ctx) > 2 ? 2 : 0);

    wk_object_get(ctx, target, &key, &receiver);
    return 1;
}

static duk_ret_t
reflect_set(duk_context *ctx)
{
    duk_hobject *target = target_and_key(ctx, "set");
    duk_tval key = *duk_get_tval(ctx, 1), value, receiver;

    if (duk_get_top(ctx) < 3)
        duk_set_top(ctx, 3);
    value = *duk_get_tval(ctx, 2);
    receiver = *duk_get_tval(ctx, duk_get_top(ctx) > 3 ? 3 : 0);
    duk_push_boolean(ctx, wk_object_set(ctx, target, &key, &value, &receiver));
    return 1;
}

static duk_ret_t
reflect_has(duk_context *ctx)
{
    duk_hobject *target = target_and_key(ctx, "has");
    duk_tval key = *duk_get_tval(ctx, 1);

    duk_push_boolean(ctx, wk_object_has(ctx, target, &key));
    return 1;
}

static duk_ret_t
reflect_delete(duk_context *ctx)
{
    duk_tval target, key;

    (void)target_and_key(ctx, "deleteProperty");
    target = *duk_get_tval(ctx, 0);
    key = *duk_get_tval(ctx, 1);
    duk_push_boolean(ctx, duk_hobject_delprop(ctx, &target, &key, 0));
    return 1;
}

/* ---- Proxy.revocable: a revoked proxy has a handler whose every trap throws ---- */

static duk_ret_t
revoked_trap(duk_context *ctx)
{
    return duk_type_error(ctx, "Cannot perform an operation on a proxy that has been revoked");
}

static duk_ret_t
proxy_revoke(duk_context *ctx)
{
    static const char *const traps[] = {"get",
                                        "set",
                                        "has",
                                        "deleteProperty",
                                        "ownKeys",
                                        "apply",
                                        "construct",
                                        "getOwnPropertyDescriptor",
                                        "defineProperty",
                                        "getPrototypeOf",
                                        "setPrototypeOf",
                                        "isExtensible",
                                        "preventExtensions"};
    struct wk_slots *cell = wk_closure_cell(ctx);
    duk_hproxy *proxy;
    duk_hobject *old, *handler;

    if (DUK_TVAL_IS_UNDEFINED(&cell->slots[0]))
        return 0;
    duk_push_tval(ctx, &cell->slots[0]);
    proxy = (duk_hproxy *)(void *)duk_known_hobject(ctx, -1);
    wk_slot_clear(ctx, cell, 0);
    duk_push_bare_object(ctx);
    duk_push_c_function(ctx, revoked_trap, 0);
    for (size_t i = 0; i < WK_COUNT(traps); i++) {
        duk_dup_top(ctx);
        duk_put_prop_string(ctx, -3, traps[i]);
    }
    duk_pop(ctx);
    handler = duk_known_hobject(ctx, -1);
    old = proxy->handler;
    proxy->handler = handler;
    DUK_HOBJECT_INCREF((duk_hthread *)ctx, handler);
    DUK_HOBJECT_DECREF((duk_hthread *)ctx, old);
    return 0;
}

static duk_ret_t
proxy_revocable(duk_context *ctx)
{
    struct wk_slots *cell;

    duk_push_object(ctx);
    duk_dup(ctx, 0);
    duk_dup(ctx, 1);
    duk_push_proxy(ctx, 0);
    cell = wk_slots_push(ctx, WK_KIND_CELLS, 1, NULL);
    wk_slot_set(ctx, cell, 0, duk_get_tval(ctx, -2));
    wk_push_closure(ctx, proxy_revoke, 0, 0);
    duk_put_prop_literal(ctx, 2, "revoke");
    duk_put_prop_literal(ctx, 2, "proxy");
    duk_set_top(ctx, 3);
    return 1;
}

void
wk_engine_reflect_init(duk_context *ctx)
{
    static const duk_function_list_entry reflect[] = {{"get", reflect_get, 2 | WK_VARARGS},
                                                      {"set", reflect_set, 3 | WK_VARARGS},
                                                      {"has", reflect_has, 2},
                                                      {"deleteProperty", reflect_delete, 2},
                                                      {NULL, NULL, 0}};
    static const duk_function_list_entry proxy[] = {{"revocable", proxy_revocable, 2},
                                                    {NULL, NULL, 0}};

    duk_get_global_literal(ctx, "Reflect");
    wk_define_methods(ctx, -1, reflect);
    wk_define_tag(ctx, -1, "Reflect");
    duk_get_global_literal(ctx, "Proxy");
    wk_define_methods(ctx, -1, proxy);
    duk_pop_2(ctx);
}
