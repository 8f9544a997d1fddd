/* runtime/engine/engine.h - one Duktape heap: its allocator, its limits, its job queue, its
 * modules.
 *
 * The engine knows the language (builtins, promises, jobs, regexes) and nothing of the web or
 * of any process. Built-in modules are CommonJS, written under runtime/js and compiled into the
 * binary; each gets `native(name)`, which gives the C verbs registered under that name.
 *
 * Thread: one at a time; every call enters the heap. Lifetime: new/free. A fatal engine error
 * ends the process with status WK_ENGINE_EXIT_FATAL: the process is the unit of failure. */
#ifndef WK_RUNTIME_ENGINE_H
#define WK_RUNTIME_ENGINE_H
#include "kernel/base/base.h"
#include "duktape.h"

#define WK_ENGINE_EXIT_FATAL 70

struct wk_engine;

struct wk_engine_opts {
    size_t heap_bytes_max; /* 0: no limit; past it allocations fail with a JS error */
};

/* A heap with the language's builtins, no modules loaded yet. Owns: the caller's,
 * wk_engine_free. */
wk_err wk_engine_new(const struct wk_engine_opts *opts, struct wk_engine **out);
void wk_engine_free(struct wk_engine *engine);
duk_context *wk_engine_ctx(struct wk_engine *engine);
/* The engine that ctx belongs to; never NULL. */
struct wk_engine *wk_engine_of(duk_context *ctx);

/* Bytes the heap holds now with what is charged to it, and the most that may be (0: no limit). */
size_t wk_engine_heap_bytes(const struct wk_engine *engine);
/* How much of the limit is in use, garbage that was not collected yet included: 0 to 1. 0 if there is none. */
double wk_engine_fullness(const struct wk_engine *engine);
void wk_engine_heap_limit(struct wk_engine *engine, size_t bytes_max);

/* Memory outside the heap that a tenant makes grow counts as the heap's: false if it would be near the limit; then
 * nothing is charged, and whoever asked fails. charge_more asks nothing. */
bool wk_engine_charge(struct wk_engine *engine, size_t bytes);
void wk_engine_charge_more(struct wk_engine *engine, size_t bytes);
void wk_engine_discharge(struct wk_engine *engine, size_t bytes);

/* True once an allocation did not fit under the limit, even after collecting garbage or before:
 * script may have caught the error, but the isolate should end. */
bool wk_engine_memory_exceeded(const struct wk_engine *engine);

/* Collects and compacts all there is, and puts the next voluntary collection far off (four times the
 * heap's objects in allocations, and 65,536). For a zygote before it forks: the children then share its
 * pages for as long as they only touch what they use, where a collection would write to every one. */
void wk_engine_seal(struct wk_engine *engine);

/* Math.random() goes on from somewhere else. For whoever was forked: what a heap gives is the
 * same in all its copies. */
void wk_engine_reseed(struct wk_engine *engine);
/* Most of many objects are gone. Gives memory back: circles of a heap that is small again, the size of the table of strings,
 * whole slabs. Not while script runs. */
void wk_engine_ebb(struct wk_engine *engine);

/* From now until cleared, script is ended with an uncatchable RangeError once the thread has
 * used cpu_ms of CPU time, counted from the first check, a few ms of script later. 0 clears. True
 * from the second function when the last run was ended so. */
void wk_engine_cpu_limit(struct wk_engine *engine, uint32_t cpu_ms);
bool wk_engine_cpu_over(struct wk_engine *engine); /* now: for C that works for long */
bool wk_engine_cpu_exceeded(const struct wk_engine *engine);
/* CPU time since the limit was set, and less of what is left of it. */
uint64_t wk_engine_cpu_used_ns(const struct wk_engine *engine);
void wk_engine_cpu_charge(struct wk_engine *engine, uint64_t used_ns);

/* The running script ends with an error that it cannot catch, and the jobs it queued are dropped. For whoever is
 * called by script and then throws. Holds until wk_engine_cpu_limit is called next. */
void wk_engine_stop(struct wk_engine *engine);
bool wk_engine_stopped(const struct wk_engine *engine);

/* Makes verbs reachable as native(name) in built-in modules. The list is copied by Duktape. */
void wk_engine_native(duk_context *ctx, const char *name, const duk_function_list_entry *verbs);

/* Pushes the exports of a built-in module, loading it when it is the first time. Throws. */
void wk_engine_require(duk_context *ctx, const char *name);

/* Runs queued jobs (promise reactions, queueMicrotask, registry cleanups) until none is left.
 * One that throws is reported to the hook of wk_engine_on_uncaught (promise.h); the rest still
 * run. Once the CPU limit is exceeded no further job is begun; what is queued stays. */
void wk_engine_run_jobs(struct wk_engine *engine);
/* Queues the function at idx as a job. */
void wk_engine_enqueue_job(duk_context *ctx, duk_idx_t idx);
#endif
