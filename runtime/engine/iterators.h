/* runtime/engine/iterators.h - what the builtins' iterators share. Private to runtime/engine.
 */
#ifndef WK_RUNTIME_ENGINE_ITERATORS_H
#define WK_RUNTIME_ENGINE_ITERATORS_H
#include "runtime/engine/engine_priv.h"

/* The flags of an iterator object: what it walks and what it gives. */
enum wk_iterator_kind {
    WK_GIVES_KEYS = 1,
    WK_GIVES_VALUES = 2,
    WK_GIVES_ENTRIES = WK_GIVES_KEYS | WK_GIVES_VALUES,
    WK_ITERATES_ARRAY = 0x10,
    WK_ITERATES_STRING = 0x20,
    WK_ITERATES_MAP = 0x30,
    WK_ITERATES_SET = 0x40,
    WK_ITERATES_SELF = 0x50, /* over an array, for lowered for-of */
    WK_ITERATES_FAMILY = 0xf0,
    WK_GIVES_SELF = 0x100, /* is its own result object: lowered for-of over a Map or Set */
};

/* Wraps the value at the top: { value, done }. */
void wk_push_result(duk_hthread *thr, bool done);
/* Wraps the two values at the top: [key, value]. */
void wk_push_pair(duk_hthread *thr);
/* The last step of next(): the value at the top, as a result object. Gives 1. */
duk_ret_t wk_iterator_answer(duk_hthread *thr, struct wk_slots *it, bool done);
struct wk_slots *wk_iterator_push(duk_hthread *thr, duk_idx_t source,
                                  enum wk_iterator_kind gives, enum wk_intrinsic proto);
/* Pushes `this`, an iterator of that family; throws TypeError when it is not. */
struct wk_slots *wk_iterator_this(duk_hthread *thr, unsigned family, const char *name);
void wk_iterator_proto(duk_hthread *thr, enum wk_intrinsic which, const char *tag,
                       duk_c_function next);
/* Fills a collection from an iterable by its adder; own: the intrinsic adder, which is not
 * called but done at once (Map and Set only). Both indices are absolute. */
void wk_fill(duk_hthread *thr, duk_idx_t target, duk_idx_t iterable, const char *adder,
             duk_c_function own, bool pairs);
duk_ret_t wk_tslib_values(duk_context *ctx);
#endif
