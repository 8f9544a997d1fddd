/* runtime/engine/duk/json.h - what JSON.parse and JSON.stringify say when they fail, inside
 * Duktape.
 *
 * Included by duk_internal.h, which tools/patch_duktape.py makes. Thread: the heap's. */
#ifndef WK_RUNTIME_ENGINE_DUK_JSON_H
#define WK_RUNTIME_ENGINE_DUK_JSON_H

/* Both throw. The text is no JSON; chain[0..count) each hold the next, and `again`, one of
 * them, is held by the last. */
DUK_INTERNAL_DECL DUK_NORETURN(void wk_throw_json_syntax(duk_hthread *thr,
                                                         const duk_uint8_t *text,
                                                         duk_size_t bytes));
DUK_INTERNAL_DECL
DUK_NORETURN(void wk_throw_json_circular(duk_hthread *thr, duk_hobject **chain,
                                         duk_size_t count, duk_hobject *again));
#endif
