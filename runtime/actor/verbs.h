/* runtime/actor/verbs.h - what script may do with actors and their storage: native('actor'),
 * native('store').
 *
 * Thread: the isolate's. */
#ifndef WK_RUNTIME_ACTOR_VERBS_H
#define WK_RUNTIME_ACTOR_VERBS_H
#include "runtime/engine/engine.h"

void wk_actor_verbs_init(duk_context *ctx);
#endif
