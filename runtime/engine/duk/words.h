/* runtime/engine/duk/words.h - errors of the engine in the words that people know from V8,
 * inside Duktape.
 *
 * Included by duk_internal.h, which tools/patch_duktape.py makes. Thread: the heap's. */
#ifndef WK_RUNTIME_ENGINE_DUK_WORDS_H
#define WK_RUNTIME_ENGINE_DUK_WORDS_H

/* Why a property of an object does not change. */
enum wk_refusal {
    WK_REFUSE_READ_ONLY,
    WK_REFUSE_ADD,
    WK_REFUSE_GETTER,
    WK_REFUSE_DELETE,
    WK_REFUSE_REDEFINE,
    WK_REFUSE_DEFINE
};
DUK_INTERNAL_DECL DUK_NORETURN(void wk_throw_refusal(duk_hthread *thr, enum wk_refusal why,
                                                     duk_tval *object, duk_tval *key));

/* A property key as it is shown: text, or Symbol(text). Pushes it. */
DUK_INTERNAL_DECL const char *wk_push_key_text(duk_hthread *thr, duk_tval *key);
/* A value where a function was wanted: undefined, number 3, string "x", object. Pushes it. */
DUK_INTERNAL_DECL const char *wk_push_wanted_function(duk_hthread *thr, duk_tval *value);
/* Any value, briefly: #<Class>, [object Array], 5. Pushes it. */
DUK_INTERNAL_DECL const char *wk_push_value_text(duk_hthread *thr, duk_tval *value);
/* The name of the native function that runs. Pushes it. */
DUK_INTERNAL_DECL const char *wk_push_running_name(duk_hthread *thr);

/* ToInteger of the argument at idx; RangeError "<what> must be between <min> and <max>". */
DUK_INTERNAL_DECL duk_int_t wk_to_int_between(duk_hthread *thr, duk_idx_t idx, duk_int_t min,
                                              duk_int_t max, const char *what);
/* Why a typed array of elements of 1 << shift bytes was not made of its arguments. */
DUK_INTERNAL_DECL duk_ret_t wk_throw_typed_array(duk_hthread *thr, duk_small_uint_t shift);

/* What was called or constructed, as it stands in the code: `o.f`, `f`, `g(...).f`. Local
 * variables have names by what wk_push_names puts behind a function's line numbers: [ ...
 * pc2line ] -> [ ... pc2line ], a fixed buffer. */
DUK_INTERNAL_DECL void wk_push_names(duk_hthread *thr, duk_hobject *varmap);
DUK_INTERNAL_DECL const char *wk_push_called_property(duk_hthread *thr,
                                                      duk_tval *key); /* with GETPROPC */
/* The name that script sees: class_1 and default_1 are the lowering's for `class {}` and
 * `export default class {}`. */
DUK_INTERNAL_DECL void wk_push_function_name(duk_hthread *thr, duk_hstring *name);
/* Throws: what is called or, else, constructed is no function that can be so. */
DUK_INTERNAL_DECL DUK_NORETURN(void wk_throw_not_callable(duk_hthread *thr, duk_tval *value,
                                                          int construct));
#endif
