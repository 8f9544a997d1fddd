/* runtime/engine/promise.h - promises for host code, and what the host is told about
 * rejections.
 *
 * The host makes a promise for work it starts, keeps its number, and settles it when the work
 * is done:
 *
 *     uint32_t id = wk_promise_new(ctx);        // [ ... promise ], return it to script
 *     duk_push_string(ctx, "answer");
 *     wk_promise_resolve(ctx, id);              // [ ... ]; reactions are queued, not run
 *     wk_engine_run_jobs(engine);
 *
 * A number keeps its promise alive until it is settled or dropped, and then may be used again.
 * Thread: the heap's. All of these throw a JavaScript error when memory is out. */
#ifndef WK_RUNTIME_PROMISE_H
#define WK_RUNTIME_PROMISE_H
#include <stdbool.h>
#include <stdint.h>
#include "duktape.h"

struct wk_engine;

enum wk_promise_state { WK_PROMISE_PENDING, WK_PROMISE_FULFILLED, WK_PROMISE_REJECTED };

/* Pushes a pending promise; gives the number that settles it, never 0. */
uint32_t wk_promise_new(duk_context *ctx);
/* The same without a number: the promise is its own handle and lives only as long as someone holds it.
 * settle pops the value at the top of the stack; ok is resolve, and a settled promise stays as it is. */
void wk_promise_push_pending(duk_context *ctx);
void wk_promise_settle(duk_context *ctx, duk_idx_t idx, bool ok);
/* Settle with the value at the top of the stack, which is popped. Resolving with a promise or another
 * thenable follows it. A number that is not in use is ignored (the value is popped all the same). */
void wk_promise_resolve(duk_context *ctx, uint32_t id);
void wk_promise_reject(duk_context *ctx, uint32_t id);
/* Gives the number up; the promise stays pending if nobody else can settle it. */
void wk_promise_drop(duk_context *ctx, uint32_t id);

/* True if the value at idx is a promise of this engine (subclasses included). */
bool wk_promise_is(duk_context *ctx, duk_idx_t idx);
/* The state of the promise at idx; pushes its value, reason, or undefined while it is pending.
 * Reading does not count as handling a rejection. Throws TypeError when it is no promise. */
enum wk_promise_state wk_promise_state(duk_context *ctx, duk_idx_t idx);
/* Counts as handling a rejection of the promise at idx: nothing is reported for it. */
void wk_promise_mark_handled(duk_context *ctx, duk_idx_t idx);

/* Calls fn once, from a job, when the value at idx (any value: as by `await`) has settled. fn
 * finds [ ... data value ] and leaves the stack as it was; what it throws goes to the uncaught
 * hook. data is the value at the top of the stack, which wk_promise_then pops; the heap keeps
 * it alive. */
typedef void wk_promise_fn(duk_context *ctx, bool fulfilled, void *arg);
void wk_promise_then(duk_context *ctx, duk_idx_t idx, wk_promise_fn *fn, void *arg);

/* Rejections: called when a promise is rejected and nobody handles it, and again, with handled
 * true, when somebody does so later. [ ... promise reason ]; must not throw or run script. What
 * is still unhandled when the jobs have run is what the web calls an unhandled rejection. */
typedef void wk_rejection_fn(duk_context *ctx, bool handled, void *arg);
void wk_engine_on_rejection(struct wk_engine *engine, wk_rejection_fn *fn, void *arg);

/* What a job throws: [ ... error ]. May run script; must not throw. */
typedef void wk_uncaught_fn(duk_context *ctx, void *arg);
void wk_engine_on_uncaught(struct wk_engine *engine, wk_uncaught_fn *fn, void *arg);

/* The async context: one value that every promise reaction and queued job carries on from where
 * it was made (AsyncLocalStorage stands on it). get pushes it, set pops it. undefined outside.
 */
void wk_async_context_get(duk_context *ctx);
void wk_async_context_set(duk_context *ctx);
#endif
