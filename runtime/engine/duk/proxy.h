/* runtime/engine/duk/proxy.h - property access with a receiver, and the proxy traps Duktape
 * lacks.
 *
 * [[Get]], [[Set]] and [[HasProperty]] of ECMA-262 10.1 and 10.5: proxies anywhere in a
 * prototype chain see the access with its true receiver. Called by the patched Duktape wherever
 * it meets a proxy, and by Reflect. Keys are property keys or what coerces to them; hidden
 * symbols pass proxies by. */
#ifndef WK_RUNTIME_ENGINE_DUK_PROXY_H
#define WK_RUNTIME_ENGINE_DUK_PROXY_H

/* Pushes obj[key] with that receiver. */
void wk_object_get(duk_hthread *thr, duk_hobject *obj, duk_tval *key, duk_tval *receiver);
/* False when the property may not be set. */
duk_bool_t wk_object_set(duk_hthread *thr, duk_hobject *obj, duk_tval *key, duk_tval *value,
                         duk_tval *receiver);
duk_bool_t wk_object_has(duk_hthread *thr, duk_hobject *obj, duk_tval *key);
/* [ ... key ] -> [ ... descriptor or undefined ] */
void wk_proxy_get_own_desc(duk_hthread *thr, duk_hobject *proxy);
/* Whether an own property exists and has these attributes (DUK_PROPDESC_FLAG_*); key at the top
 * stays. */
duk_bool_t wk_own_has(duk_hthread *thr, duk_hobject *obj, duk_small_uint_t flags);
/* The running Object.* or Reflect.* function, whose first argument is a proxy: its trap, or the
 * same function on the target. Pushes its result; reflect says that it answers with a boolean.
 */
duk_ret_t wk_proxy_call(duk_hthread *thr, const char *trap, duk_bool_t reflect);
/* An iterable at index 0 that is no array and no buffer becomes an array of its values (typed
 * arrays). */
void wk_iterable_to_array(duk_hthread *thr);
#endif
