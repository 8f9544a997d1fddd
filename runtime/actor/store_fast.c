/* native('storeFast'): get, put and delete of DurableObjectStorage for the calls that nearly
 * all calls are: one string key, no options, and everything known here. All others go on to the
 * function in JavaScript that stands behind: make(verb, slow) gives the method. make(verb,
 * slow, true) gives it without promises, for storage.kv.
 *
 * `this` carries its actor's exchange number under STORE_KEY. */
#include "runtime/actor/actor_priv.h"

#include <string.h>
#include "runtime/binding/utf8.h"
#include "runtime/engine/promise.h"
#include "runtime/serialize/serialize.h"

#define STORE_KEY DUK_HIDDEN_SYMBOL("storeActor")
#define SLOW_KEY DUK_HIDDEN_SYMBOL("storeSlow")

#define FAST_KEY_BYTES_MAX 2048u
#define FAST_VALUE_BYTES_MAX 131072u

/* The actor of `this` if it is its turn and the first argument is a key; NULL: not for us. */
static struct wk_actor *
fast_actor(duk_context *ctx, duk_idx_t nargs, struct wk_span *key)
{
    struct wk_isolate *iso = wk_isolate_of(ctx);
    struct wk_actor *actor = wk_actor_current(iso);
    uint32_t id;

    if (duk_get_top(ctx) != nargs || !duk_is_string(ctx, 0) || duk_is_symbol(ctx, 0) ||
        actor == NULL || actor->cache == NULL || actor->ended || actor->doom != NULL)
        return NULL;
    duk_push_this(ctx);
    if (!duk_is_object(ctx, -1)) {
        duk_pop(ctx);
        return NULL;
    }
    duk_get_prop_lstring(ctx, -1, STORE_KEY, sizeof(STORE_KEY) - 1);
    id = duk_get_uint(ctx, -1);
    duk_pop_2(ctx);
    if (actor->exchange->id != id)
        return NULL;
    key->data = (const uint8_t *)wk_to_utf8(ctx, 0, &key->len);
    return key->len <= FAST_KEY_BYTES_MAX ? actor : NULL;
}

/* The value at the top of the stack is what the method gives: a promise of it, or (magic 1:
 * storage.kv) itself. */
static duk_ret_t
resolved(duk_context *ctx)
{
    if (duk_get_current_magic(ctx) == 1)
        return 1;
    wk_promise_push_pending(ctx);
    duk_insert(ctx, -2);
    wk_promise_settle(ctx, -2, true);
    return 1;
}

static duk_ret_t
slow(duk_context *ctx)
{
    duk_idx_t nargs = duk_get_top(ctx);

    duk_push_current_function(ctx);
    duk_get_prop_lstring(ctx, -1, SLOW_KEY, sizeof(SLOW_KEY) - 1);
    duk_remove(ctx, -2);
    duk_push_this(ctx);
    duk_insert(ctx, 0);
    duk_insert(ctx, 0);
    duk_call_method(ctx, nargs);
    return 1;
}

static duk_ret_t
fast_get(duk_context *ctx)
{
    struct wk_span key, value;
    struct wk_entry *entry;
    struct wk_actor *actor = fast_actor(ctx, 1, &key);

    if (actor == NULL)
        return slow(ctx);
    switch (wk_cache_get(actor->cache, key, 0, &entry)) {
    case WK_CACHE_PRESENT:
        value = wk_entry_value(entry);
        wk_deserialize(ctx, value.data, value.len);
        return resolved(ctx);
    case WK_CACHE_ABSENT:
        duk_push_undefined(ctx);
        return resolved(ctx);
    default:
        return slow(ctx);
    }
}

static duk_ret_t
serialize(duk_context *ctx, void *udata)
{
    wk_serialize(ctx, 1, udata);
    return 0;
}

/* The same with the error at the top of the stack. */
static duk_ret_t
rejected(duk_context *ctx)
{
    if (duk_get_current_magic(ctx) == 1)
        return duk_throw(ctx);
    wk_promise_push_pending(ctx);
    duk_insert(ctx, -2);
    wk_promise_settle(ctx, -2, false);
    return 1;
}

static duk_ret_t
fast_put(duk_context *ctx)
{
    struct wk_buf *scratch;
    struct wk_span key, value;
    struct wk_actor *actor;
    bool wrote = false;

    if (duk_get_top(ctx) != 2 || duk_is_undefined(ctx, 1) ||
        (actor = fast_actor(ctx, 2, &key)) == NULL || wk_turns_over(actor))
        return slow(ctx);
    scratch = &actor->isolate->scratch;
    if (!duk_is_object(ctx, 1) && !duk_is_symbol(ctx, 1))
        wk_serialize(ctx, 1, scratch);
    else if (duk_safe_call(ctx, serialize, scratch, 0, 1) != 0)
        return rejected(ctx);
    value = (struct wk_span){(const uint8_t *)scratch->data, scratch->len};
    /* A getter of the value is script, which may have ended the actor; memory stays until the
     * turn ends. */
    if (value.len <= FAST_VALUE_BYTES_MAX && !actor->ended)
        wrote = wk_cache_put(actor->cache, key, value, 0) == WK_OK;
    scratch->len = 0;
    if (scratch->cap > SCRATCH_KEPT_BYTES)
        wk_buf_fini(scratch);
    if (!wrote || wk_turns_over(actor))
        return slow(ctx); /* which says what is wrong; the same put twice is one */
    duk_push_undefined(ctx);
    return resolved(ctx);
}

static duk_ret_t
fast_delete(duk_context *ctx)
{
    struct wk_cache_deleted out = {0};
    struct wk_span key;
    struct wk_entry *entry;
    struct wk_actor *actor = fast_actor(ctx, 1, &key);
    enum wk_cache_found found;

    if (actor == NULL || wk_turns_over(actor) ||
        (found = wk_cache_get(actor->cache, key, 0, &entry)) == WK_CACHE_MISS ||
        found == WK_CACHE_DEAD)
        return slow(ctx);
    if (found == WK_CACHE_PRESENT &&
        wk_cache_delete(actor->cache, &key, 1, 0, actor->store_last + 1, &out) != WK_OK)
        return slow(ctx);
    duk_push_boolean(ctx, found == WK_CACHE_PRESENT);
    return resolved(ctx);
}

/* make(name, slow, sync) */
static duk_ret_t
fast_make(duk_context *ctx)
{
    static const struct {
        const char *name;
        duk_c_function fn;
    } methods[] = {{"get", fast_get}, {"put", fast_put}, {"delete", fast_delete}};
    const char *name = duk_require_string(ctx, 0);

    for (size_t i = 0; i < WK_COUNT(methods); i++) {
        if (strcmp(methods[i].name, name) != 0)
            continue;
        duk_push_c_function(ctx, methods[i].fn, DUK_VARARGS);
        duk_set_magic(ctx, -1, duk_get_boolean(ctx, 2));
        duk_push_string(ctx, "name");
        duk_dup(ctx, 0);
        duk_def_prop(ctx, -3,
                     DUK_DEFPROP_HAVE_VALUE | DUK_DEFPROP_FORCE | DUK_DEFPROP_SET_CONFIGURABLE);
        duk_push_string(ctx, "length");
        duk_push_int(ctx, 0);
        duk_def_prop(ctx, -3,
                     DUK_DEFPROP_HAVE_VALUE | DUK_DEFPROP_FORCE | DUK_DEFPROP_SET_CONFIGURABLE);
        duk_dup(ctx, 1);
        duk_put_prop_lstring(ctx, -2, SLOW_KEY, sizeof(SLOW_KEY) - 1);
        return 1;
    }
    return 0;
}

void
wk_store_fast_init(duk_context *ctx)
{
    static const duk_function_list_entry verbs[] = {{"make", fast_make, 3}, {NULL, NULL, 0}};

    wk_engine_native(ctx, "storeFast", verbs);
}
