/* runtime/binding/webidl.h - what C functions behind Web API classes have in common: errors and
 * receivers.
 *
 * The texts are the peer's. Thread: the heap's. */
#ifndef WK_RUNTIME_WEBIDL_H
#define WK_RUNTIME_WEBIDL_H
#include "runtime/engine/engine.h"

/* Each throws and does not return; the duk_ret_t is for `return wk_throw_...`. */
duk_ret_t wk_throw_illegal_invocation(duk_context *ctx);
/* Failed to execute 'verb' on 'type': parameter n is not of type 'want'. */
duk_ret_t wk_throw_parameter(duk_context *ctx, const char *verb, const char *type, int n,
                             const char *want);
/* Failed to construct 'type': constructor parameter n is not of type 'want'. */
duk_ret_t wk_throw_construct_parameter(duk_context *ctx, const char *type, int n,
                                       const char *want);
/* A DOMException; the module "domexception" must be loadable. */
duk_ret_t wk_throw_dom(duk_context *ctx, const char *name, const char *fmt, ...)
    WK_PRINTF(3, 4);

/* For a constructor in C: pushes `this`, made by `new` or given by a lowered subclass's
 * _super.call(this). Throws when it is neither. */
void wk_push_constructed(duk_context *ctx, const char *type);
#endif
