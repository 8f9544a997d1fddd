/* WeakMap, WeakSet, WeakRef, FinalizationRegistry, over the weak table of runtime/engine/duk.
 */
#include "runtime/engine/iterators.h"

#include "runtime/engine/collections.h"

static struct wk_slots *
this_weak(duk_context *ctx, enum wk_kind kind, const char *name)
{
    struct wk_slots *w;

    duk_push_this(ctx);
    if ((w = wk_slots_get(ctx, -1, kind)) == NULL)
        (void)duk_type_error(ctx, "Method %s called on incompatible receiver %s", name,
                             duk_safe_to_string(ctx, -1));
    return w;
}

static duk_hobject *
key_at(duk_context *ctx, duk_idx_t idx, const char *what)
{
    duk_hobject *key = duk_get_hobject(ctx, idx);

    if (key == NULL)
        (void)duk_type_error(ctx, "%s", what);
    return key;
}

static duk_ret_t
weak_map_get(duk_context *ctx)
{
    struct wk_slots *w = this_weak(ctx, WK_KIND_WEAK_MAP, "WeakMap.prototype.get");
    duk_hobject *key = duk_get_hobject(ctx, 0);
    duk_tval *value = key == NULL ? NULL : wk_weak_find(ctx, key, w);

    if (value == NULL)
        return 0;
    duk_push_tval(ctx, value);
    return 1;
}

static duk_ret_t
weak_map_set(duk_context *ctx)
{
    struct wk_slots *w = this_weak(ctx, WK_KIND_WEAK_MAP, "WeakMap.prototype.set");

    wk_weak_set(ctx, key_at(ctx, 0, "Invalid value used as weak map key"), w,
                duk_get_tval(ctx, 1));
    return 1;
}

static duk_ret_t
weak_set_add(duk_context *ctx)
{
    struct wk_slots *w = this_weak(ctx, WK_KIND_WEAK_SET, "WeakSet.prototype.add");
    duk_tval none;

    DUK_TVAL_SET_UNDEFINED(&none);
    wk_weak_set(ctx, key_at(ctx, 0, "Invalid value used in weak set"), w, &none);
    return 1;
}

static duk_ret_t
weak_has(duk_context *ctx, struct wk_slots *w)
{
    duk_hobject *key = duk_get_hobject(ctx, 0);

    duk_push_boolean(ctx, key != NULL && wk_weak_find(ctx, key, w) != NULL);
    return 1;
}

static duk_ret_t
weak_delete(duk_context *ctx, struct wk_slots *w)
{
    duk_hobject *key = duk_get_hobject(ctx, 0);

    duk_push_boolean(ctx, key != NULL && wk_weak_delete(ctx, key, w));
    return 1;
}

static duk_ret_t
weak_map_has(duk_context *ctx)
{
    return weak_has(ctx, this_weak(ctx, WK_KIND_WEAK_MAP, "WeakMap.prototype.has"));
}

static duk_ret_t
weak_map_delete(duk_context *ctx)
{
    return weak_delete(ctx, this_weak(ctx, WK_KIND_WEAK_MAP, "WeakMap.prototype.delete"));
}

static duk_ret_t
weak_set_has(duk_context *ctx)
{
    return weak_has(ctx, this_weak(ctx, WK_KIND_WEAK_SET, "WeakSet.prototype.has"));
}

static duk_ret_t
weak_set_delete(duk_context *ctx)
{
    return weak_delete(ctx, this_weak(ctx, WK_KIND_WEAK_SET, "WeakSet.prototype.delete"));
}

static duk_ret_t
weak_map_constructor(duk_context *ctx)
{
    duk_hobject *proto = wk_constructor_proto(ctx, "WeakMap", WK_WEAK_MAP_PROTO);

    duk_set_top(ctx, 1);
    wk_slots_push(ctx, WK_KIND_WEAK_MAP, 0, proto);
    wk_fill(ctx, 1, 0, "set", NULL, true);
    duk_dup(ctx, 1);
    return 1;
}

static duk_ret_t
weak_set_constructor(duk_context *ctx)
{
    duk_hobject *proto = wk_constructor_proto(ctx, "WeakSet", WK_WEAK_SET_PROTO);

    duk_set_top(ctx, 1);
    wk_slots_push(ctx, WK_KIND_WEAK_SET, 0, proto);
    wk_fill(ctx, 1, 0, "add", NULL, false);
    duk_dup(ctx, 1);
    return 1;
}

/* ---- WeakRef ---- */

/* The value at idx lives until the jobs of this turn have run (KeepDuringJob). */
static void
keep(duk_context *ctx, duk_idx_t idx)
{
    struct wk_slots *kept;

    idx = duk_normalize_index(ctx, idx);
    duk_push_tval(ctx, intrinsic(ctx, WK_KEPT));
    if (duk_is_undefined(ctx, -1)) {
        wk_slots_push(ctx, WK_KIND_SET, 0, NULL);
        wk_intrinsic_set(ctx, WK_KEPT);
        duk_replace(ctx, -2);
    }
    kept = wk_slots_get(ctx, -1, WK_KIND_SET);
    wk_set_put(ctx, kept, idx);
    duk_pop(ctx);
}

static duk_ret_t
weak_ref_constructor(duk_context *ctx)
{
    duk_hobject *proto = wk_constructor_proto(ctx, "WeakRef", WK_WEAK_REF_PROTO), *target;
    struct wk_slots *ref;
    duk_tval none;

    duk_set_top(ctx, 1);
    target = key_at(ctx, 0, "WeakRef: target must be an object");
    ref = wk_slots_push(ctx, WK_KIND_WEAK_REF, 0, proto);
    DUK_TVAL_SET_UNDEFINED(&none);
    wk_weak_set(ctx, target, ref, &none);
    keep(ctx, 0);
    return 1;
}

static duk_ret_t
weak_ref_deref(duk_context *ctx)
{
    duk_hobject *target =
        wk_weak_target(this_weak(ctx, WK_KIND_WEAK_REF, "WeakRef.prototype.deref"));

    if (target == NULL)
        return 0;
    duk_push_hobject(ctx, target);
    keep(ctx, -1);
    return 1;
}

/* ---- FinalizationRegistry ---- */

/* Slot 0 is the callback, slot 1 the weak table's. */
static duk_ret_t
registry_constructor(duk_context *ctx)
{
    duk_hobject *proto = wk_constructor_proto(ctx, "FinalizationRegistry", WK_REGISTRY_PROTO);
    struct wk_slots *registry;

    duk_set_top(ctx, 1);
    if (!duk_is_callable(ctx, 0))
        return duk_type_error(ctx, "FinalizationRegistry: cleanup must be callable");
    registry = wk_slots_push(ctx, WK_KIND_REGISTRY, 2, proto);
    wk_slot_set(ctx, registry, 0, duk_get_tval(ctx, 0));
    return 1;
}

static duk_ret_t
registry_register(duk_context *ctx)
{
    struct wk_slots *registry =
        this_weak(ctx, WK_KIND_REGISTRY, "FinalizationRegistry.prototype.register");
    duk_hobject *target =
                    key_at(ctx, 0, "FinalizationRegistry.prototype.register: invalid target"),
                *token;

    if (duk_samevalue(ctx, 0, 1))
        return duk_type_error(
            ctx,
            "FinalizationRegistry.prototype.register: target and holdings must not be same");
    token = duk_get_hobject(ctx, 2);
    if (token == NULL && !duk_is_undefined(ctx, 2))
        return duk_type_error(ctx, "Invalid unregisterToken ('%s')",
                              duk_safe_to_string(ctx, 2));
    wk_weak_register(ctx, target, registry, duk_get_tval(ctx, 1), token);
    return 0;
}

static duk_ret_t
registry_unregister(duk_context *ctx)
{
    struct wk_slots *registry =
        this_weak(ctx, WK_KIND_REGISTRY, "FinalizationRegistry.prototype.unregister");
    duk_hobject *token = duk_get_hobject(ctx, 0);

    if (token == NULL)
        return duk_type_error(ctx, "Invalid unregisterToken ('%s')",
                              duk_safe_to_string(ctx, 0));
    duk_push_boolean(ctx, wk_weak_unregister(ctx, token, registry));
    return 1;
}

/* Calls the registry's callback for each target that is gone. */
static duk_ret_t
cleanup_job(duk_context *ctx)
{
    struct wk_slots *registry = wk_closure_cell(ctx);

    while (wk_weak_next_dead(ctx, registry)) {
        duk_push_tval(ctx, &registry->slots[0]);
        duk_insert(ctx, -2);
        if (duk_pcall(ctx, 1) != 0)
            wk_engine_report(ctx);
        else
            duk_pop(ctx);
    }
    return 0;
}

bool
wk_registry_jobs_add(duk_hthread *thr)
{
    bool any = false;

    duk_require_stack(thr, 8);
    while (wk_weak_next_pending(thr)) {
        wk_push_closure(thr, cleanup_job, 0, 0);
        wk_engine_enqueue_job(thr, -1);
        duk_pop(thr);
        any = true;
    }
    return any;
}

void
wk_engine_weak_init(duk_context *ctx)
{
    static const duk_function_list_entry map[] = {{"delete", weak_map_delete, 1},
                                                  {"get", weak_map_get, 1},
                                                  {"set", weak_map_set, 2},
                                                  {"has", weak_map_has, 1},
                                                  {NULL, NULL, 0}};
    static const duk_function_list_entry set[] = {{"delete", weak_set_delete, 1},
                                                  {"has", weak_set_has, 1},
                                                  {"add", weak_set_add, 1},
                                                  {NULL, NULL, 0}};
    static const duk_function_list_entry ref[] = {{"deref", weak_ref_deref, 0},
                                                  {NULL, NULL, 0}};
    static const duk_function_list_entry registry[] = {
        {"register", registry_register, 2 | WK_ARGS(1)},
        {"unregister", registry_unregister, 1},
        {NULL, NULL, 0}};
    static const struct {
        const char *name;
        duk_c_function ctor;
        duk_idx_t length;
        const duk_function_list_entry *methods;
        enum wk_intrinsic proto;
    } classes[] = {
        {"WeakMap", weak_map_constructor, 0, map, WK_WEAK_MAP_PROTO},
        {"WeakSet", weak_set_constructor, 0, set, WK_WEAK_SET_PROTO},
        {"WeakRef", weak_ref_constructor, 1, ref, WK_WEAK_REF_PROTO},
        {"FinalizationRegistry", registry_constructor, 1, registry, WK_REGISTRY_PROTO}};

    for (size_t i = 0; i < WK_COUNT(classes); i++) {
        wk_push_class(ctx, classes[i].name, classes[i].ctor, classes[i].length, NULL,
                      classes[i].methods);
        wk_intrinsic_set(ctx, classes[i].proto);
        duk_pop_2(ctx);
    }
}
