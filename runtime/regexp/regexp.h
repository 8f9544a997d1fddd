/* runtime/regexp/regexp.h - RegExp on PCRE2, with ECMA-262's language and V8's words.
 *
 * Thread: the heap's. Lifetime: the heap's. */
#ifndef WK_REGEXP_REGEXP_H
#define WK_REGEXP_REGEXP_H
#include <stdbool.h>
#include "duktape.h"

/* Replaces RegExp, what is on RegExp.prototype, and the String methods that take a RegExp; adds the
 * well-known symbols they use. RegExp.prototype stays the same object, so that literals which Duktape
 * compiled itself (built-in modules) behave alike. Defines the hidden global __wk_regexp. Call it once,
 * before core-js, which then has nothing to replace. */
void wk_regexp_init(duk_context *ctx);

/* The function (source, flags) -> RegExp: what a lowered literal calls. Strings only; the
 * object is new each time, its compiled code is shared. */
duk_ret_t wk_regexp_create(duk_context *ctx);

/* Pushes what a RegExp at idx was made of, whatever script has put on it: [ source flags ], the source as
 * its property shows it. False when it is none, and nothing is pushed. */
bool wk_regexp_describe(duk_context *ctx, duk_idx_t idx);
#endif
