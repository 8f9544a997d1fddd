/* [[Get]], [[Set]], [[HasProperty]] with a receiver, and the traps: see proxy.h. */
#include "duk_internal.h"

/* What a [[Get]], [[Set]] or [[HasProperty]] walks: at most this many objects. */
#define CHAIN_MAX 10000

/* Pushes [trap handler], or nothing when the proxy has no such trap. */
static duk_bool_t
push_trap(duk_hthread *thr, duk_hproxy *proxy, const char *name)
{
    duk_require_stack(thr, 12);
    duk_push_hobject(thr, proxy->handler);
    duk_get_prop_string(thr, -1, name);
    if (duk_is_null_or_undefined(thr, -1)) {
        duk_pop_2(thr);
        return 0;
    }
    if (!duk_is_callable(thr, -1))
        (void)duk_type_error(thr, "%s is not a function", duk_safe_to_string(thr, -1));
    duk_insert(thr, -2);
    return 1;
}

static duk_bool_t
is_hidden(duk_hthread *thr)
{
    duk_hstring *key = duk_known_hstring(thr, -1);

    return DUK_HSTRING_HAS_HIDDEN(key);
}

static duk_hobject *
chain_next(duk_hthread *thr, duk_hobject *obj, int *left)
{
    if (--*left == 0)
        (void)duk_range_error(thr, "prototype chain is too long");
    return DUK_HOBJECT_GET_PROTOTYPE(thr->heap, obj);
}

/* [ key ... value ]: a trap may not contradict what the target has fixed. */
static void
check_get(duk_hthread *thr, duk_hobject *target, duk_hstring *key)
{
    duk_propdesc desc;

    if (!duk_hobject_get_own_propdesc(thr, target, key, &desc, DUK_GETDESC_FLAG_PUSH_VALUE))
        return;
    if (!(desc.flags & DUK_PROPDESC_FLAG_CONFIGURABLE)) {
        if (desc.flags & DUK_PROPDESC_FLAG_ACCESSOR
                ? desc.get == NULL && !duk_is_undefined(thr, -2)
                : !(desc.flags & DUK_PROPDESC_FLAG_WRITABLE) && !duk_samevalue(thr, -1, -2))
            (void)duk_type_error(
                thr,
                "'get' on proxy: property '%s' is read-only on the proxy target, but "
                "the proxy did not return its actual value",
                DUK_HSTRING_HAS_SYMBOL(key) ? "symbol"
                                            : (const char *)DUK_HSTRING_GET_DATA(key));
    }
    duk_pop(thr);
}

void
wk_object_get(duk_hthread *thr, duk_hobject *obj, duk_tval *key_tv, duk_tval *receiver_tv)
{
    duk_idx_t key;
    int left = CHAIN_MAX;

    duk_require_stack(thr, 16);
    duk_push_tval(thr, receiver_tv); /* what is walked stays alive */
    duk_push_hobject(thr, obj);
    duk_push_tval(thr, key_tv);
    (void)duk_to_property_key_hstring(thr, -1);
    key = duk_get_top(thr) - 1;
    while (obj != NULL) {
        duk_propdesc desc;

        if (DUK_HOBJECT_IS_PROXY(obj)) {
            duk_hproxy *proxy = (duk_hproxy *)(void *)obj;

            obj = proxy->target;
            if (is_hidden(thr) || !push_trap(thr, proxy, "get"))
                continue;
            duk_push_hobject(thr, obj);
            duk_dup(thr, key);
            duk_dup(thr, key - 2);
            duk_call_method(thr, 3);
            check_get(thr, obj, duk_known_hstring(thr, key));
            goto found;
        }
        if (duk_hobject_get_own_propdesc(thr, obj, duk_known_hstring(thr, key), &desc,
                                         DUK_GETDESC_FLAG_PUSH_VALUE)) {
            if (desc.get != NULL) {
                duk_pop(thr);
                duk_push_hobject(thr, desc.get);
                duk_dup(thr, key - 2);
                duk_call_method(thr, 0);
            }
            goto found;
        }
        obj = chain_next(thr, obj, &left);
    }
    duk_push_undefined(thr);
found:
    duk_replace(thr, key - 2);
    duk_set_top(thr, key - 1);
}

duk_bool_t
wk_object_has(duk_hthread *thr, duk_hobject *obj, duk_tval *key_tv)
{
    duk_idx_t key;
    duk_bool_t rc = 0;
    int left = CHAIN_MAX;

    duk_require_stack(thr, 16);
    duk_push_hobject(thr, obj);
    duk_push_tval(thr, key_tv);
    (void)duk_to_property_key_hstring(thr, -1);
    key = duk_get_top(thr) - 1;
    while (obj != NULL && !rc) {
        duk_propdesc desc;

        if (DUK_HOBJECT_IS_PROXY(obj)) {
            duk_hproxy *proxy = (duk_hproxy *)(void *)obj;

            obj = proxy->target;
            if (is_hidden(thr) || !push_trap(thr, proxy, "has"))
                continue;
            duk_push_hobject(thr, obj);
            duk_dup(thr, key);
            duk_call_method(thr, 2);
            rc = duk_to_boolean_top_pop(thr);
            if (!rc &&
                duk_hobject_get_own_propdesc(thr, obj, duk_known_hstring(thr, key), &desc, 0) &&
                !((desc.flags & DUK_PROPDESC_FLAG_CONFIGURABLE) &&
                  DUK_HOBJECT_HAS_EXTENSIBLE(obj)))
                (void)duk_type_error(
                    thr, "'has' on proxy: trap returned falsish for a property which exists in "
                         "the proxy target as non-configurable");
            break;
        }
        rc = duk_hobject_get_own_propdesc(thr, obj, duk_known_hstring(thr, key), &desc, 0);
        if (!rc)
            obj = chain_next(thr, obj, &left);
    }
    duk_set_top(thr, key - 1);
    return rc;
}

/* ---- own properties, with proxies ---- */

/* [ ... key ] -> [ ... desc ] for any object. */
static void
own_desc(duk_hthread *thr, duk_hobject *obj)
{
    duk_push_hobject(thr, obj);
    duk_insert(thr, -2);
    duk_hobject_object_get_own_property_descriptor(thr, -2);
    duk_remove(thr, -2);
}

static duk_bool_t
desc_flag(duk_hthread *thr, duk_idx_t desc, const char *name)
{
    duk_get_prop_string(thr, desc, name);
    return duk_to_boolean_top_pop(thr);
}

/* Completes what a trap gave. [ desc ] -> [ desc ] */
static void
complete_desc(duk_hthread *thr)
{
    static const char *const data[] = {"value", "writable", "enumerable", "configurable", NULL};
    static const char *const accessor[] = {"get", "set", "enumerable", "configurable", NULL};
    const char *const *names =
        duk_has_prop_literal(thr, -1, "get") || duk_has_prop_literal(thr, -1, "set") ? accessor
                                                                                     : data;

    duk_push_object(thr);
    for (; *names != NULL; names++) {
        duk_get_prop_string(thr, -2, *names);
        if (names[0][0] != 'v' && names[0][0] != 'g' && names[0][0] != 's')
            duk_to_boolean(thr, -1);
        duk_put_prop_string(thr, -2, *names);
    }
    duk_remove(thr, -2);
}

void
wk_proxy_get_own_desc(duk_hthread *thr, duk_hobject *obj)
{
    duk_hproxy *proxy = (duk_hproxy *)(void *)obj;

    if (is_hidden(thr) || !push_trap(thr, proxy, "getOwnPropertyDescriptor")) {
        own_desc(thr, proxy->target);
        return;
    }
    duk_push_hobject(thr, proxy->target);
    duk_dup(thr, -4);
    duk_call_method(thr, 2);
    duk_remove(thr, -2);
    if (duk_is_undefined(thr, -1))
        return;
    if (!duk_is_object(thr, -1))
        (void)duk_type_error(
            thr,
            "'getOwnPropertyDescriptor' on proxy: trap returned neither object nor undefined");
    complete_desc(thr);
}

duk_bool_t
wk_own_has(duk_hthread *thr, duk_hobject *obj, duk_small_uint_t flags)
{
    duk_propdesc desc;
    duk_bool_t rc;

    if (!DUK_HOBJECT_IS_PROXY(obj))
        return duk_hobject_get_own_propdesc(thr, obj, duk_known_hstring(thr, -1), &desc, 0) &&
               (desc.flags & flags) == flags;
    duk_require_stack(thr, 8);
    duk_dup_top(thr);
    wk_proxy_get_own_desc(thr, obj);
    rc = duk_is_object(thr, -1) &&
         (!(flags & DUK_PROPDESC_FLAG_ENUMERABLE) || desc_flag(thr, -1, "enumerable"));
    duk_pop(thr);
    return rc;
}

/* Reflect.defineProperty on a proxy or not: [ ... obj key desc ] -> [ ... ] */
static duk_bool_t
define(duk_hthread *thr)
{
    duk_hobject *obj = duk_known_hobject(thr, -3);
    duk_bool_t rc;

    if (DUK_HOBJECT_IS_PROXY(obj) &&
        push_trap(thr, (duk_hproxy *)(void *)obj, "defineProperty")) {
        duk_push_hobject(thr, ((duk_hproxy *)(void *)obj)->target);
        duk_dup(thr, -5);
        duk_dup(thr, -5);
        duk_call_method(thr, 3);
    } else if (DUK_HOBJECT_IS_PROXY(obj)) {
        duk_push_hobject(thr, ((duk_hproxy *)(void *)obj)->target);
        duk_dup(thr, -3);
        duk_dup(thr, -3);
        rc = define(thr);
        duk_push_boolean(thr, rc);
    } else {
        duk_push_c_function(thr, duk_bi_object_constructor_define_property, 3);
        duk_set_magic(thr, -1, 1);
        duk_dup(thr, -4);
        duk_dup(thr, -4);
        duk_dup(thr, -4);
        duk_call(thr, 3);
    }
    rc = duk_to_boolean_top_pop(thr);
    duk_pop_3(thr);
    return rc;
}

/* OrdinarySetWithOwnDescriptor, the data half: value becomes receiver's own. [ key ] stays. */
static duk_bool_t
set_on_receiver(duk_hthread *thr, duk_idx_t key, duk_tval *value, duk_tval *receiver)
{
    duk_idx_t top = duk_get_top(thr);
    duk_bool_t exists, rc = 0;

    if (!DUK_TVAL_IS_OBJECT(receiver))
        return 0;
    duk_push_tval(thr, receiver);
    duk_dup(thr, key);
    duk_dup(thr, key);
    own_desc(thr, DUK_TVAL_GET_OBJECT(receiver)); /* receiver key desc */
    exists = duk_is_object(thr, -1);
    if (exists &&
        (!duk_has_prop_literal(thr, -1, "writable") || !desc_flag(thr, -1, "writable")))
        goto out;
    duk_pop(thr);
    duk_push_object(thr);
    duk_push_tval(thr, value);
    duk_put_prop_literal(thr, -2, "value");
    if (!exists) {
        static const char *const flags[] = {"writable", "enumerable", "configurable"};

        for (int i = 0; i < 3; i++) {
            duk_push_true(thr);
            duk_put_prop_string(thr, -2, flags[i]);
        }
    }
    rc = define(thr);
out:
    duk_set_top(thr, top);
    return rc;
}

/* The proxy's set trap: [ ... trap handler ] -> [ ... ] */
static duk_bool_t
call_set(duk_hthread *thr, duk_hobject *target, duk_idx_t key)
{
    duk_propdesc desc;
    duk_bool_t rc;

    duk_push_hobject(thr, target);
    duk_dup(thr, key);
    duk_dup(thr, key - 1);
    duk_dup(thr, key - 2);
    duk_call_method(thr, 4);
    rc = duk_to_boolean_top_pop(thr);
    if (rc && duk_hobject_get_own_propdesc(thr, target, duk_known_hstring(thr, key), &desc,
                                           DUK_GETDESC_FLAG_PUSH_VALUE)) {
        if (!(desc.flags & DUK_PROPDESC_FLAG_CONFIGURABLE) &&
            (desc.flags & DUK_PROPDESC_FLAG_ACCESSOR
                 ? desc.set == NULL
                 : !(desc.flags & DUK_PROPDESC_FLAG_WRITABLE) &&
                       !duk_samevalue(thr, -1, key - 1)))
            (void)duk_type_error(
                thr, "'set' on proxy: trap returned truish for a property which exists in the "
                     "proxy target as read-only with a different value");
        duk_pop(thr);
    }
    return rc;
}

duk_bool_t
wk_object_set(duk_hthread *thr, duk_hobject *obj, duk_tval *key_tv, duk_tval *value_tv,
              duk_tval *receiver_tv)
{
    duk_tval value = *value_tv, receiver = *receiver_tv;
    duk_idx_t key;
    duk_bool_t rc = 0;
    int left = CHAIN_MAX;

    duk_require_stack(thr, 24);
    duk_push_hobject(thr, obj);
    duk_push_tval(thr, &receiver);
    duk_push_tval(thr, &value);
    duk_push_tval(thr, key_tv);
    (void)duk_to_property_key_hstring(thr, -1);
    key = duk_get_top(thr) - 1;
    while (obj != NULL) {
        duk_propdesc desc;

        if (DUK_HOBJECT_IS_PROXY(obj)) {
            duk_hproxy *proxy = (duk_hproxy *)(void *)obj;

            duk_bool_t own = DUK_TVAL_IS_OBJECT(&receiver) && DUK_TVAL_GET_OBJECT(&receiver) == obj;

            obj = proxy->target;
            if (is_hidden(thr) && own) { /* lands on the target itself */
                duk_push_hobject(thr, obj);
                rc = duk_hobject_putprop(thr, duk_get_tval(thr, -1), duk_get_tval(thr, key),
                                         &value, 0);
                goto out;
            }
            if (is_hidden(thr) || !push_trap(thr, proxy, "set"))
                continue;
            rc = call_set(thr, obj, key);
            goto out;
        }
        if (duk_hobject_get_own_propdesc(thr, obj, duk_known_hstring(thr, key), &desc, 0)) {
            if (desc.flags & DUK_PROPDESC_FLAG_ACCESSOR) {
                if (desc.set == NULL)
                    goto out;
                duk_push_hobject(thr, desc.set);
                duk_push_tval(thr, &receiver);
                duk_push_tval(thr, &value);
                duk_call_method(thr, 1);
                rc = 1;
                goto out;
            }
            if (!(desc.flags & DUK_PROPDESC_FLAG_WRITABLE))
                goto out;
            if (DUK_TVAL_IS_OBJECT(&receiver) && DUK_TVAL_GET_OBJECT(&receiver) == obj) {
                rc = duk_hobject_putprop(thr, &receiver, duk_get_tval(thr, key), &value, 0);
                goto out;
            }
            break;
        }
        obj = chain_next(thr, obj, &left);
    }
    rc = set_on_receiver(thr, key, &value, &receiver);
out:
    duk_set_top(thr, key - 3);
    return rc;
}

/* ---- the other traps ---- */

duk_ret_t
wk_proxy_call(duk_hthread *thr, const char *trap, duk_bool_t reflect)
{
    duk_hproxy *proxy = (duk_hproxy *)(void *)duk_known_hobject(thr, 0);
    duk_idx_t nargs = duk_get_top(thr);
    duk_bool_t trapped = push_trap(thr, proxy, trap);

    if (!trapped)
        duk_push_current_function(thr);
    duk_push_hobject(thr, proxy->target);
    for (duk_idx_t i = 1; i < nargs; i++)
        duk_dup(thr, i);
    if (trapped)
        duk_call_method(thr, nargs);
    else
        duk_call(thr, nargs);
    if (trap[0] == 'g') { /* getPrototypeOf: what it gives is the answer */
        if (!duk_is_object(thr, -1) && !duk_is_null(thr, -1))
            return duk_type_error(
                thr, "'getPrototypeOf' on proxy: trap returned neither object nor null");
        return 1;
    }
    if (reflect || trap[0] == 'i') {
        duk_to_boolean(thr, -1);
        return 1;
    }
    if (trapped && !duk_to_boolean(thr, -1))
        return duk_type_error(thr, "'%s' on proxy: trap returned falsish", trap);
    duk_dup(thr, 0);
    return 1;
}

void
wk_iterable_to_array(duk_hthread *thr)
{
    duk_hobject *obj = duk_get_hobject(thr, 0);

    if (obj == NULL || DUK_HOBJECT_IS_BUFOBJ(obj) || duk_is_array(thr, 0))
        return;
    duk_require_stack(thr, 8);
    duk_get_prop_string(thr, 0, DUK_WELLKNOWN_SYMBOL("Symbol.iterator"));
    if (duk_is_callable(thr, -1)) {
        duk_push_hobject(thr, thr->builtins[DUK_BIDX_ARRAY_CONSTRUCTOR]);
        duk_push_literal(thr, "from");
        duk_dup(thr, 0);
        duk_call_prop(thr, -3, 1);
        duk_replace(thr, 0);
        duk_pop(thr);
    }
    duk_pop(thr);
}
