/* runtime/engine/objects.h - walking an object's own enumerable properties. Private to
 * runtime/engine. */
#ifndef WK_RUNTIME_ENGINE_OBJECTS_H
#define WK_RUNTIME_ENGINE_OBJECTS_H
#include "runtime/engine/iterators.h"

/* Sees [ ... key value ] and leaves both. May change the object. */
typedef void wk_own_fn(duk_hthread *thr, void *arg);
/* Each own enumerable property of the value at idx, in the order of the specification. */
void wk_each_own(duk_hthread *thr, duk_idx_t idx, bool symbols, wk_own_fn *fn, void *arg);
duk_ret_t wk_object_assign(duk_context *ctx);
#endif
